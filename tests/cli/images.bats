#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The verbs over images, and containers of images.
bats_require_minimum_version 1.5.0
load helpers

# A small root with a static busybox as a tar file.
make_tar() {
	command -v busybox >/dev/null || skip "needs busybox"
	local applet
	mkdir -p "$tmp/rootfs/bin" "$tmp/rootfs/etc"
	cp "$(command -v busybox)" "$tmp/rootfs/bin/busybox"
	for applet in sh ls cat echo id sleep env rm; do
		ln -sf busybox "$tmp/rootfs/bin/$applet"
	done
	echo 'app:x:1234:1235::/home:/bin/sh' >"$tmp/rootfs/etc/passwd"
	tar -C "$tmp/rootfs" --numeric-owner -cf "$tmp/bb.tar" .
}

import_bb() {
	make_tar
	cor import -c 'CMD ["sh", "-c", "echo default $A"]' -c 'ENV A=b' -c 'USER app' "$tmp/bb.tar" bb:1
}

@test "import, images, tag, inspect, rmi" {
	id=$(import_bb)
	[[ $id =~ ^sha256:[0-9a-f]{64}$ ]]
	short=${id:7:12}
	run cor images
	[[ ${lines[0]} == 'REPOSITORY   TAG       IMAGE ID       CREATED '*SIZE ]]
	[[ ${lines[1]} == 'bb           1         '"$short"* ]]
	cor tag bb:1 other/name:x
	[ "$(cor images --format '{{.Repository}}:{{.Tag}}' | sort | xargs)" = 'bb:1 other/name:x' ]
	[ "$(cor images -q bb)" = "$short" ]
	[ "$(cor images -q --no-trunc 'other/*')" = "$id" ]
	[ "$(cor images -q -f reference='b*')" = "$short" ]
	[ -z "$(cor images -q -f dangling=true)" ]
	[ "$(cor inspect -f '{{.Id}} {{.Config.User}} {{join .RepoTags ","}}' bb:1)" = "$id app bb:1,other/name:x" ]
	[ "$(cor image inspect -f '{{json .Config.Env}}' "$short")" = '["A=b"]' ]
	[ "$(cor rmi other/name:x)" = 'Untagged: other/name:x' ]
	run cor rmi bb:1
	[ "${lines[0]}" = 'Untagged: bb:1' ]
	[ "${lines[1]}" = "Deleted: $id" ]
	[ -z "$(cor images -q)" ]
	fails 1 'No such image: bb:1' cor rmi bb:1
}

@test "a container of an image: command, environment, user; -u and --entrypoint instead" {
	import_bb
	[ "$(cor run --rm bb:1)" = 'default b' ]
	[ "$(cor run --rm bb:1 id -u)" = 1234 ]
	[ "$(cor run --rm -u 0 bb:1 id -u)" = 0 ]
	[ "$(cor run --rm -e A=c bb:1)" = 'default c' ]
	[ "$(cor run --rm --entrypoint echo bb:1 x)" = x ]
	cor run -d --name web bb:1 sleep 100
	[ "$(cor ps --format '{{.Image}}')" = bb:1 ]
	[ "$(cor ps -q -f ancestor=bb | wc -l)" = 1 ]
	run cor rmi bb:1
	[ "$status" = 1 ]
}

@test "load: from a file and from standard input" {
	import_bb
	make_tar
	mkdir "$tmp/save"
	layer=$(sha256sum <"$tmp/bb.tar" | cut -d' ' -f1)
	cp "$tmp/bb.tar" "$tmp/save/layer.tar"
	printf '{"architecture":"amd64","os":"linux","config":{"Cmd":["echo","loaded"]},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' \
		"$layer" >"$tmp/save/config.json"
	echo '[{"Config":"config.json","RepoTags":["made:1"],"Layers":["layer.tar"]}]' >"$tmp/save/manifest.json"
	tar -C "$tmp/save" -cf "$tmp/save.tar" manifest.json config.json layer.tar
	[ "$(cor load -i "$tmp/save.tar")" = 'Loaded image: made:1' ]
	[ "$(cor run --rm made:1)" = loaded ]
	cor rmi made:1
	[ "$(cor load <"$tmp/save.tar")" = 'Loaded image: made:1' ]
	run cor load -i "$tmp/nosuch"
	[ "$status" = 1 ]
	[ "${#lines[@]}" = 1 ]
	head -c 1000 "$tmp/save.tar" >"$tmp/cut.tar"
	run cor load -i "$tmp/cut.tar"
	[ "$status" = 1 ]
	[ "${#lines[@]}" = 1 ]
}

@test "rmi -f: an image that runs keeps its id, and only a name can go" {
	local id
	make_tar
	cor import "$tmp/bb.tar" bb:1
	id=$(cor images -q bb:1)
	cor run -d --name c1 --network none bb:1 sleep 100
	fails 1 "conflict: unable to delete $id (cannot be forced) - image is being used by running \
container $(cor ps -q)" cor rmi -f "$id"
	[ "$(cor images -q bb:1)" = "$id" ]
	cor stop -t 0 c1
	[ "$(cor rmi -f "$id")" = "Untagged: bb:1" ]
}

@test "dir: is copied on write, with :rw written through" {
	make_tar
	cor run --rm "dir:$tmp/rootfs" sh -c 'echo x >/made; rm /etc/passwd; ls /made'
	[ -e "$tmp/rootfs/etc/passwd" ]
	[ ! -e "$tmp/rootfs/made" ]
	cor run --rm "dir:$tmp/rootfs:rw" sh -c 'echo x >/made'
	[ -e "$tmp/rootfs/made" ]
}

@test "dir: with :rw in a shared mount: nothing that the container mounts arrives on the host" {
	make_tar
	mkdir "$tmp/shared"
	mount -t tmpfs none "$tmp/shared"
	mount --make-shared "$tmp/shared"
	cp -a "$tmp/rootfs" "$tmp/shared/"
	cor run -d --name c1 "dir:$tmp/shared/rootfs:rw" sh -c 'echo x >/made; sleep 100' || code=$?
	mounted=$(grep -cF "$tmp/shared" /proc/self/mountinfo)
	eventually test -e "$tmp/shared/rootfs/made" || code=$?
	cor rm -f c1
	umount -R "$tmp/shared"
	[ -z "${code:-}" ]
	[ "$mounted" = 1 ]
}
