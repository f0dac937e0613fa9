#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Images: loaded, named, run and removed; what is hostile or broken is refused and leaves nothing.

load helpers.bash

maker=$BATS_TEST_DIRNAME/archives.py

make() { python3 "$maker" "$@" || { echo "archives.py $*"; return 1; }; }

# Everything that an image would have left.
store_is_empty() {
	[ "$(cor images -aq | wc -l)" = 0 ] &&
		[ -z "$(ls "$CORACLE_ROOT/layers" "$CORACLE_ROOT/tmp" 2>/dev/null | grep -v ':$' | tr -d '\n')" ] &&
		[ -z "$(ls "$CORACLE_ROOT/blobs/sha256" 2>/dev/null)" ]
}

@test "load, images, inspect, tag, run, rmi" {
	make docker "$tmp/bb.tar" bb:1 other.example:5000/a/bb:2
	run cor load -i "$tmp/bb.tar"
	[ "$output" = $'Loaded image: bb:1\nLoaded image: other.example:5000/a/bb:2' ]
	id=$(cor images -q --no-trunc bb:1)
	[[ $id =~ ^sha256:[0-9a-f]{64}$ ]]
	[ "$(cor inspect -f '{{.Id}}' "${id:7:12}")" = "$id" ]
	[ "$(cor inspect -f '{{json .Config.Cmd}} {{json .Config.Entrypoint}} {{.Os}}' bb:1)" = '["sh"] null linux' ]
	[ "$(cor inspect -f '{{len .RootFS.Layers}}' bb:1)" = 2 ]
	cor tag bb:1 third
	[ "$(cor images --format '{{.Repository}}:{{.Tag}}' | sort | tr '\n' ' ')" = \
		"bb:1 other.example:5000/a/bb:2 third:latest " ]
	[ "$(cor run --rm --network none third cat hello)" = hello ]
	[ "$(cor run --rm --network none "${id:7:12}" cat hello)" = hello ]
	run cor run --rm --network none third ls gone
	[ "$status" != 0 ]
	run cor rmi bb:1 third
	[ "$output" = $'Untagged: bb:1\nUntagged: third:latest' ]
	run cor rmi other.example:5000/a/bb:2
	[ "${lines[0]}" = "Untagged: other.example:5000/a/bb:2" ]
	[ "${lines[1]}" = "Deleted: $id" ]
	[ "${#lines[@]}" = 4 ]
	store_is_empty
	fails 1 "No such image: third:latest" cor rmi third
}

@test "load reads standard input, compressed or not" {
	make docker "$tmp/bb.tar" bb:1
	for how in cat "gzip -c" "zstd -qc" "xz -c" "bzip2 -c"; do
		command -v "${how%% *}" >/dev/null || continue
		run bash -c "$how '$tmp/bb.tar' | '$coracle_exe' load"
		[ "$output" = "Loaded image: bb:1" ]
		cor rmi bb:1
	done
	store_is_empty
}

@test "the store is an OCI layout that others can read" {
	make docker "$tmp/bb.tar" bb:1
	cor load -i "$tmp/bb.tar"
	[ "$(jq -r .imageLayoutVersion "$CORACLE_ROOT/oci-layout")" = 1.0.0 ]
	for blob in "$CORACLE_ROOT"/blobs/sha256/*; do
		[ "$(sha256sum <"$blob" | cut -d' ' -f1)" = "${blob##*/}" ]
	done
	manifest=$(jq -r '.manifests[] | select(.annotations["org.opencontainers.image.ref.name"] == "bb:1").digest' \
		"$CORACLE_ROOT/index.json")
	[ "$(jq -r .config.digest "$CORACLE_ROOT/blobs/sha256/${manifest#sha256:}")" = \
		"$(cor images -q --no-trunc bb:1)" ]
	[ "$(cor inspect -f '{{.Id}}' "bb@$manifest")" = "$(cor images -q --no-trunc bb:1)" ]
}

@test "a name moves to the image that was loaded last" {
	make docker "$tmp/1.tar" bb:1
	MARK=second make docker "$tmp/2.tar" bb:1
	cor load -i "$tmp/1.tar"
	old=$(cor images -q --no-trunc bb:1)
	run cor load -i "$tmp/2.tar"
	[ "${lines[0]}" = "The image bb:1 already exists, renaming the old one with ID $old to empty string" ]
	[ "$(cor images -q --no-trunc bb:1)" != "$old" ]
	[ "$(cor images --format '{{.Tag}}' | sort | tr '\n' ' ')" = "1 <none> " ]
	# layers that both have stay when one goes
	cor rmi "$old"
	# where the load fails nothing was renamed, and nothing says so
	make wrong "$tmp/wrong.tar" diffid
	cor tag bb:1 wrong:1
	run cor load -i "$tmp/wrong.tar"
	[ "$status" = 1 ]
	[ "${#lines[@]}" = 1 ]
	[[ $output != *renaming* ]]
	[ "$(cor run --rm --network none bb:1 cat hello)" = second ]
}

@test "transports: docker-archive, oci-archive, oci; unpacked once" {
	make docker "$tmp/bb.tar" bb:1
	make oci "$tmp/layout" latest
	make oci-archive "$tmp/oci.tar" x:1
	[ "$(cor run --rm --network none "docker-archive:$tmp/bb.tar" cat hello)" = hello ]
	[ "$(cor run --rm --network none "docker-archive:$tmp/bb.tar:bb:1" cat hello)" = hello ]
	[ "$(cor run --rm --network none "oci:$tmp/layout:latest" cat hello)" = hello ]
	[ "$(cor run --rm --network none "oci:$tmp/layout" cat hello)" = hello ]
	[ "$(cor run --rm --network none "oci-archive:$tmp/oci.tar:x:1" cat hello)" = hello ]
	# one content, one image; by transports it gets no name
	[ "$(cor images -q | sort -u | wc -l)" = 1 ]
	[ "$(cor images --format '{{.Repository}}')" = "<none>" ]
	layers=$(stat -c %Y.%i "$CORACLE_ROOT"/layers/*)
	cor run --rm --network none "oci-archive:$tmp/oci.tar:x:1" true
	[ "$layers" = "$(stat -c %Y.%i "$CORACLE_ROOT"/layers/*)" ]
	# another content under the same path is another image
	MARK=second make oci-archive "$tmp/oci.tar" x:1
	[ "$(cor run --rm --network none "oci-archive:$tmp/oci.tar:x:1" cat hello)" = second ]
	fails 125 "docker-archive:$tmp/bb.tar:bb:2: no image bb:2 in the archive" \
		cor run --rm --network none "docker-archive:$tmp/bb.tar:bb:2" true
	fails 125 "oci:$tmp/layout:v9: no image v9 there" cor run --rm --network none "oci:$tmp/layout:v9" true
	fails 125 "oci:$tmp/none: open $tmp/none: No such file or directory" \
		cor run --rm --network none "oci:$tmp/none" true
}

@test "an archive of several images, and one image with several names" {
	make oci-archive "$tmp/oci.tar" a:1 a:2
	run cor load -i "$tmp/oci.tar"
	[ "$output" = $'Loaded image: a:1\nLoaded image: a:2' ]
	[ "$(cor images -q | sort -u | wc -l)" = 1 ]
	cor rmi a:1 a:2
	store_is_empty
}

@test "an image for this machine is taken out of an index" {
	make multi "$tmp/multi.tar" m:1
	cor load -i "$tmp/multi.tar"
	[ "$(cor images -q | wc -l)" = 1 ]
	[ "$(cor inspect -f '{{.Architecture}}' m:1)" = "$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')" ]
}

@test "import: configuration by --change, message, compressed input" {
	make rootfs "$tmp/rootfs.tar"
	run cor import -c 'ENV A=1 B="two words"' -c 'ENV C=$A-$B' -c 'CMD ["cat", "/hello"]' -c 'WORKDIR /etc' \
		-c 'WORKDIR x' -c 'EXPOSE 80 53/udp' -c 'LABEL a=b' -c 'USER 7:8' -c 'VOLUME /data' \
		-c 'STOPSIGNAL SIGINT' -c 'HEALTHCHECK --interval=5s CMD true' -m "by hand" "$tmp/rootfs.tar" imp:1
	[[ $output =~ ^sha256:[0-9a-f]{64}$ ]]
	[ "$(cor inspect -f '{{.Comment}} {{.Config.User}} {{.Config.WorkingDir}} {{.Config.StopSignal}}' imp:1)" = \
		"by hand 7:8 /etc/x SIGINT" ]
	[ "$(cor inspect -f '{{json .Config.Env}}' imp:1)" = '["A=1","B=two words","C=1-two words"]' ]
	[ "$(cor inspect -f '{{json .Config.Healthcheck}}' imp:1)" = '{"Test":["CMD-SHELL","true"],"Interval":5000000000}' ]
	run bash -c "gzip -c '$tmp/rootfs.tar' | '$coracle_exe' import -c 'CMD [\"cat\", \"/hello\"]' - imp:2"
	[ "$(cor run --rm --network none imp:2)" = hello ]
	# the same content is the same layer
	[ "$(ls "$CORACLE_ROOT/layers" | wc -l)" = 1 ]
	run cor import -c 'RUN true' "$tmp/rootfs.tar"
	[ "$status" = 1 ]
	[ "$output" = "coracle: RUN is not a valid change command" ]
	head -c 3000 "$tmp/rootfs.tar" >"$tmp/cut.tar"
	run cor import "$tmp/cut.tar" cut
	[ "$status" = 1 ]
	[[ $output == *"runcated tar archive"* ]]
	[ "$(cor images -q cut | wc -l)" = 0 ]
}

@test "in use: rmi refuses, --force takes the name away" {
	make docker "$tmp/bb.tar" bb:1
	cor load -i "$tmp/bb.tar"
	id=$(cor images -q --no-trunc bb:1)
	short=${id:7:12}
	c=$(cor create --network none bb:1 true)
	fails 1 "conflict: unable to remove repository reference \"bb:1\" (must force) - container ${c:0:12} is using its referenced image $short" \
		cor rmi bb:1
	fails 1 "conflict: unable to delete $short (must be forced) - image is being used by container ${c:0:12}" \
		cor rmi "$short"
	[ "$(cor rmi -f bb:1)" = "Untagged: bb:1" ]
	fails 1 "conflict: unable to delete $short (cannot be forced) - image is being used by container ${c:0:12}" \
		cor rmi -f "$short"
	[ "$(cor start -a "$c"; echo $?)" = 0 ]
	cor rm "$c"
	cor rmi "$short"
	store_is_empty
}

@test "hostile archives: one line, nothing outside touched, nothing left" {
	echo safe >"$tmp/victim"
	for kind in $(make hostile list); do
		make hostile "$tmp/bad.tar" "$kind" "$tmp/victim"
		run cor load -i "$tmp/bad.tar"
		[ "$status" = 1 ] || { echo "$kind: status $status: $output"; return 1; }
		[ "${#lines[@]}" = 1 ] || { echo "$kind: $output"; return 1; }
		[[ $output == coracle:* ]] || { echo "$kind: $output"; return 1; }
		store_is_empty || { echo "$kind left something"; find "$CORACLE_ROOT" -maxdepth 3; return 1; }
		run cor run --rm --network none "docker-archive:$tmp/bad.tar" true
		[ "$status" = 125 ] || { echo "$kind: run: status $status: $output"; return 1; }
		store_is_empty || { echo "$kind left something"; return 1; }
	done
	[ "$(cat "$tmp/victim")" = safe ]
	[ "$(ls "$tmp" | tr '\n' ' ')" = "bad.tar root victim " ]
}

@test "broken archives: cut, damaged, another content than promised" {
	make docker "$tmp/bb.tar" bb:1
	size=$(stat -c %s "$tmp/bb.tar")
	for part in 0 100 512 2000 $((size / 2)) $((size - 11000)); do
		head -c "$part" "$tmp/bb.tar" >"$tmp/cut.tar"
		run cor load -i "$tmp/cut.tar"
		[ "$status" = 1 ] || { echo "$part bytes: $output"; return 1; }
		[ "${#lines[@]}" = 1 ]
		store_is_empty
	done
	gzip -c "$tmp/bb.tar" >"$tmp/bb.tgz"
	head -c $(($(stat -c %s "$tmp/bb.tgz") - 10)) "$tmp/bb.tgz" >"$tmp/cut.tgz"
	run cor load -i "$tmp/cut.tgz"
	[ "$status" = 1 ]
	[ "$output" = "coracle: the gzip data end early" ]
	for kind in diffid blob size; do
		make wrong "$tmp/wrong.tar" "$kind"
		run cor load -i "$tmp/wrong.tar"
		[ "$status" = 1 ] || { echo "$kind: $output"; return 1; }
		store_is_empty || { echo "$kind left something"; return 1; }
	done
	fails 1 "open $tmp/nothing: No such file or directory" cor load -i "$tmp/nothing"
	run cor load -i /dev/zero
	[ "$status" = 1 ]
	store_is_empty
}

@test "a gzip bomb is refused" {
	make bomb "$tmp/bomb.tar"
	[ -z "${CORACLE_IN_VM:-}" ] || patience=1200 # 4 GB are unpacked first: 350 s were seen there
	run cor load -i "$tmp/bomb.tar"
	[ "$status" = 1 ]
	[[ $output == "coracle: layer sha256:"*"decompression bomb" ]]
	store_is_empty
}

@test "a full disk: one line, nothing left" {
	make docker "$tmp/bb.tar" bb:1
	mkdir "$tmp/small"
	mount -t tmpfs -o size=2m tmpfs "$tmp/small"
	mkdir -m 700 "$tmp/small/root"
	run timeout $patience "$coracle_exe" --root "$tmp/small/root" load -i "$tmp/bb.tar"
	left=$(find "$tmp/small/root/layers" "$tmp/small/root/blobs" "$tmp/small/root/tmp" -mindepth 1 -not -name sha256 2>/dev/null)
	run_small=$(timeout $patience "$coracle_exe" --root "$tmp/small/root" info -f '{{.RunDir}}')
	umount -l "$tmp/small"
	rm -rf "$run_small"
	[ "$status" = 1 ]
	[ "${#lines[@]}" = 1 ]
	[[ $output == *"o space left on device"* ]]
	[ -z "$left" ]
}

@test "a full disk can be emptied: rm -f and rmi need no room" {
	make docker "$tmp/bb.tar" bb:1
	mkdir "$tmp/small"
	mount -t tmpfs -o size=16m tmpfs "$tmp/small"
	status=0
	(
		set -e
		mkdir -m 700 "$tmp/small/root"
		export CORACLE_ROOT=$tmp/small/root
		cor load -i "$tmp/bb.tar"
		cor run -d --name c1 --network none bb:1 sleep 1000
		cor run --name c2 --network none bb:1 sh -c 'cat /dev/zero >/big' 2>/dev/null || true
		for _ in $(seq 100); do
			! cor create host: 2>/dev/null || exit 1 # uses up what is left within a page
			cat /dev/zero >>"$tmp/small/filler" 2>/dev/null || break
		done
		cor rm -f c1
		cat /dev/zero >>"$tmp/small/filler" 2>/dev/null || true
		cor rm -f c2 && [ "$(cor ps -aq)" = "" ]
		cat /dev/zero >>"$tmp/small/filler" 2>/dev/null || true
		cor rmi bb:1 && [ "$(cor images -aq)" = "" ]
		test -s "$CORACLE_ROOT/reserve"
	) || status=1
	run_small=$(timeout 60 "$coracle_exe" --root "$tmp/small/root" info -f '{{.RunDir}}')
	umount -l "$tmp/small"
	rm -rf "$run_small"
	[ "$status" = 0 ]
}

@test "two loads of one image at once, and a load that was killed" {
	make docker "$tmp/bb.tar" bb:1
	for _ in 1 2 3; do
		cor load -i "$tmp/bb.tar" >"$tmp/a" &
		one=$!
		cor load -i "$tmp/bb.tar" >"$tmp/b" &
		two=$!
		wait "$one" && wait "$two"
		[ "$(cat "$tmp/a" "$tmp/b")" = $'Loaded image: bb:1\nLoaded image: bb:1' ]
		[ "$(cor run --rm --network none bb:1 cat hello)" = hello ]
		cor rmi bb:1
		store_is_empty
	done
	for delay in 0.02 0.05 0.1 0.2; do
		timeout -s KILL "$delay" "$coracle_exe" load -i "$tmp/bb.tar" || true
	done
	cor load -i "$tmp/bb.tar"
	[ -z "$(ls "$CORACLE_ROOT/tmp")" ]
	cor rmi bb:1
	store_is_empty
}

@test "120 layers" {
	make layers "$tmp/many.tar" many:1 120
	cor load -i "$tmp/many.tar"
	[ "$(cor inspect -f '{{len .RootFS.Layers}}' many:1)" = 121 ]
	[ "$(cor run --rm --network none many:1 sh -c 'cat /layers/1 /layers/120; ls /layers | wc -l')" = $'1\n120\n120' ]
	[ "$(cor run --rm --network none --userns=auto many:1 cat /layers/120)" = 120 ]
	cor rmi many:1
	store_is_empty
}

@test "deleted files and opaque directories stay so, as root and under --userns" {
	make whiteouts "$tmp/w.tar" w:1
	cor load -i "$tmp/w.tar"
	for userns in host auto; do
		run cor run --rm --network none --userns=$userns w:1 sh -c 'ls /opaque /emptied; cat /opaque/new'
		[ "$output" = $'/emptied:\n\n/opaque:\nnew\nfresh' ] || { echo "$userns: $output"; return 1; }
		run cor run --rm --network none --userns=$userns w:1 ls /gone
		[ "$status" = 1 ] || { echo "$userns: $output"; return 1; }
	done
	# a directory that the upper layer only implies keeps what the lower one said of it
	[ "$(cor run --rm --network none w:1 stat -c '%a %u' /tmp /owned | tr '\n' ' ')" = "1777 0 750 42 " ]
}

@test "diff tells added, changed and deleted" {
	make docker "$tmp/bb.tar" bb:1
	cor load -i "$tmp/bb.tar"
	cor run --name cc --network none bb:1 sh -c 'rm /hello; echo >/new; mkdir -p /d/e; chmod 700 /tmp; rm -r /etc; mkdir /etc; echo x >/etc/y'
	run cor diff cc
	[ "$output" = $'A /d\nA /d/e\nC /etc\nD /etc/passwd\nA /etc/y\nD /hello\nA /new\nC /tmp' ]
}

# --- other projects' tools ----------------------------------------------------------------------

peers() {
	peers_bin=$(timeout 600 "$BATS_TEST_DIRNAME/../peers.sh" "$@" 2>/dev/null) ||
		skip "they cannot be fetched: $*"
}

@test "an image made by umoci, copied by skopeo, loads and runs" {
	peers umoci skopeo
	export PATH=$peers_bin:$PATH TMPDIR=$tmp
	sparse=$((1 << 30))
	[ -z "${CORACLE_IN_VM:-}" ] || sparse=$((1 << 26)) # two archives hold its zeros, on a disk of 1500 MB
	umoci init --layout "$tmp/layout"
	umoci new --image "$tmp/layout:bb"
	umoci unpack --image "$tmp/layout:bb" "$tmp/bundle"
	mkdir -p "$tmp/bundle/rootfs/bin" "$tmp/bundle/rootfs/tmp"
	cp /bin/busybox "$tmp/bundle/rootfs/bin/"
	ln -s busybox "$tmp/bundle/rootfs/bin/sh"
	ln "$tmp/bundle/rootfs/bin/busybox" "$tmp/bundle/rootfs/bin/cat"
	mknod "$tmp/bundle/rootfs/zero" c 1 5
	mkfifo "$tmp/bundle/rootfs/fifo"
	setfattr -n user.note -v kept "$tmp/bundle/rootfs/bin/busybox"
	setcap cap_net_raw+ep "$tmp/bundle/rootfs/bin/busybox"
	chmod 1777 "$tmp/bundle/rootfs/tmp"
	truncate -s $sparse "$tmp/bundle/rootfs/sparse"
	echo one >"$tmp/bundle/rootfs/one"
	umoci repack --image "$tmp/layout:bb" "$tmp/bundle"
	rm "$tmp/bundle/rootfs/one"
	echo two >"$tmp/bundle/rootfs/two"
	umoci repack --refresh-bundle --image "$tmp/layout:bb" "$tmp/bundle"
	umoci config --image "$tmp/layout:bb" --config.cmd cat --config.cmd /two
	[ "$(cor run --rm --network none "oci:$tmp/layout:bb")" = two ]
	run cor run --rm --network none "oci:$tmp/layout:bb" cat /one
	[ "$status" != 0 ]
	skopeo --insecure-policy copy "oci:$tmp/layout:bb" "oci-archive:$tmp/o.tar:bb:oci"
	skopeo --insecure-policy copy "oci:$tmp/layout:bb" "docker-archive:$tmp/d.tar:bb:docker"
	[ "$(cor load -i "$tmp/o.tar")" = "Loaded image: bb:oci" ]
	[ "$(cor load -i "$tmp/d.tar")" = "Loaded image: bb:docker" ]
	for image in bb:oci bb:docker; do
		[ "$(cor run --rm --network none "$image")" = two ]
		[ "$(cor run --rm --network none "$image" sh -c '/bin/busybox stat -c "%h %A %a" /bin/cat /zero /fifo /tmp')" = \
			$'2 -rwxr-xr-x 755\n1 crw-r--r-- 644\n1 prw-r--r-- 644\n2 drwxrwxrwt 1777' ]
	done
	layer=$(find "$CORACLE_ROOT/layers" -path '*/bin/busybox' | head -n 1)
	[ "$(getfattr --only-values -n user.note "$layer")" = kept ]
	[[ $(getcap "$layer") == *cap_net_raw=ep ]]
	[ "$(stat -c %s "${layer%/bin/busybox}/sparse")" = $sparse ]
	# and skopeo reads our store
	skopeo --insecure-policy copy "oci:$CORACLE_ROOT:bb:docker" "docker-archive:$tmp/back.tar:back:1"
	[ "$(cor load -i "$tmp/back.tar")" = "Loaded image: back:1" ]
	[ "$(cor images -q --no-trunc back:1)" = "$(cor images -q --no-trunc bb:docker)" ]
}

@test "a Debian made by mmdebstrap is imported, and dpkg -i works in it" {
	command -v mmdebstrap >/dev/null || skip "mmdebstrap is not installed"
	cache=${CORACLE_BUILD:-$BATS_TEST_DIRNAME/../../build}/peers
	mkdir -p "$cache"
	if [ ! -e "$cache/debian.tar" ]; then
		timeout 900 mmdebstrap --variant=essential --format=tar bookworm "$cache/debian.new" \
			>/dev/null 2>&1 || skip "no Debian can be fetched"
		mv "$cache/debian.new" "$cache/debian.tar"
	fi
	timeout 300 "$coracle_exe" import -c 'CMD ["bash"]' "$cache/debian.tar" debian:test
	mkdir -p "$tmp/pkg/DEBIAN" "$tmp/pkg/usr/share/local-thing"
	printf 'Package: local-thing\nVersion: 1.0\nArchitecture: all\nMaintainer: x <x@example.org>\nDescription: x\n' \
		>"$tmp/pkg/DEBIAN/control"
	echo content >"$tmp/pkg/usr/share/local-thing/file"
	dpkg-deb -b "$tmp/pkg" "$tmp/local.deb"
	cor run --name deb --network none -v "$tmp/local.deb:/local.deb:ro" debian:test \
		sh -c 'dpkg -i /local.deb && cat /usr/share/local-thing/file && dpkg -r local-thing'
	run cor logs deb
	[[ $output == *content* ]]
	run cor diff deb
	[[ $output == *"C /var/lib/dpkg/status"* ]]
	[[ $output != *"A /usr/share/local-thing/file"* ]]
}
