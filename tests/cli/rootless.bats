#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# As an ordinary user: directories and loaded images, network none or host, without limits; with one
# id of its own, and with a range by newuidmap.
bats_require_minimum_version 1.5.0
load helpers

uid=12345

# A home, a root file system and programs that an ordinary user can reach.
user_setup() {
	home=$tmp/home
	mkdir -p "$home/run" "$home/rootfs/bin" "$home/rootfs/etc"
	cp /bin/busybox "$home/rootfs/bin/"
	for a in sh id ls cat chown touch stat true sleep; do ln -s busybox "$home/rootfs/bin/$a"; done
	echo 'root:x:0:0::/:/bin/sh' >"$home/rootfs/etc/passwd"
	chown -R $uid:$uid "$home"
	chmod 755 "$tmp"
	mkdir "$tmp/bin"
	cp "$(dirname "$coracle_exe")"/coracle* "$tmp/bin/" 2>/dev/null || true
	chmod 755 "$tmp/bin"
}

# as_user COMMAND...: without a range of ids
as_user() {
	timeout $patience env -i "PATH=$tmp/bin:/usr/sbin:/usr/bin:/sbin:/bin" "HOME=$home" \
		"XDG_RUNTIME_DIR=$home/run" setpriv --reuid $uid --regid $uid --clear-groups \
		--bounding-set=-all "$@"
}

# with_range COMMAND...: with 65536 ids of /etc/subuid and /etc/subgid, in a mount namespace of its own
with_range() {
	cp /etc/passwd "$tmp/passwd"
	echo "tester:x:$uid:$uid::$home:/bin/sh" >>"$tmp/passwd"
	echo "tester:300000:65536" >"$tmp/subid"
	chmod 644 "$tmp/passwd" "$tmp/subid"
	touch /etc/subuid /etc/subgid
	export tmp home uid
	timeout $patience unshare -m --propagation private sh -c 'mount --bind "$tmp/passwd" /etc/passwd &&
		mount --bind "$tmp/subid" /etc/subuid && mount --bind "$tmp/subid" /etc/subgid &&
		exec env -i "PATH=$tmp/bin:/usr/sbin:/usr/bin:/sbin:/bin" "HOME=$home" \
		"XDG_RUNTIME_DIR=$home/run" setpriv --reuid $uid --regid $uid --clear-groups "$@"' sh "$@"
}

@test "dir: with one id: root inside, nobody outside" {
	user_setup
	as_user coracle run --rm --network none "dir:$home/rootfs" id -u >"$tmp/out"
	[ "$(cat "$tmp/out")" = 0 ]
	as_user coracle run --rm --network none "dir:$home/rootfs" sh -c 'touch /made; ls /made' >"$tmp/out"
	[ "$(cat "$tmp/out")" = /made ]
	[ ! -e "$home/rootfs/made" ]
	as_user coracle run --rm --network none "dir:$home/rootfs:rw" touch /made
	[ "$(stat -c %u "$home/rootfs/made")" = $uid ]
	as_user coracle run --rm --network none "dir:$home/rootfs" sh -c 'exit 7' || [ $? = 7 ]
	[ -z "$(as_user coracle ps -aq)" ]
}

# A tree whose owner has no id in the container: root's.
roots_tree() {
	cp -a "$home/rootfs" "$tmp/roots"
	chown -R 0:0 "$tmp/roots"
}

@test "dir: of somebody else's tree, with one id and with a range" {
	user_setup
	roots_tree
	local words='id -u; touch /made /etc/made; cat /etc/passwd; ls /made /etc/hosts'
	as_user coracle run --rm --network none "dir:$tmp/roots" sh -c "$words" >"$tmp/out"
	diff "$tmp/out" - <<<$'0\nroot:x:0:0::/:/bin/sh\n/etc/hosts\n/made'
	[ ! -e "$tmp/roots/made" ]
	command -v newuidmap >/dev/null || skip "the range: no newuidmap (package uidmap)"
	with_range coracle run --rm --network none "dir:$tmp/roots" sh -c "$words" >"$tmp/out"
	diff "$tmp/out" - <<<$'0\nroot:x:0:0::/:/bin/sh\n/etc/hosts\n/made'
}

@test "a directory with mounts below it is refused by name, and nothing is left" {
	user_setup
	local why="other file systems are mounted below it, and the kernel lets only root have a \
directory without those: name one without mounts, such as dir:/usr"
	fails 125 "dir:/: $why" as_user coracle run --rm --network none dir:/ true
	fails 125 "host: $why" as_user coracle run --rm --network none host: true
	fails 125 "dir:/: $why" as_user coracle run --rm --network none dir:/:rw true
	[ -z "$(as_user coracle ps -aq)" ]
}

@test "a life: run -d, exec, logs, stop, rm; host network" {
	user_setup
	as_user coracle run -d --name c1 --network host "dir:$home/rootfs" sh -c 'echo up; sleep 50'
	[ "$(as_user coracle exec c1 id -u)" = 0 ]
	said() { as_user coracle logs c1 | grep -qx up; }
	eventually said
	as_user coracle stop -t 0 c1
	[ "$(as_user coracle inspect -f '{{.State.Status}}' c1)" = exited ]
	as_user coracle rm c1
}

@test "one directory for XDG_RUNTIME_DIR and XDG_DATA_HOME" {
	user_setup
	as_user env "XDG_RUNTIME_DIR=$home/run" "XDG_DATA_HOME=$home/run" \
		coracle run --rm --network none "dir:$home/rootfs" id -u >"$tmp/out"
	[ "$(cat "$tmp/out")" = 0 ]
}

@test "a loaded image" {
	user_setup
	tar -C "$home/rootfs" -cf "$tmp/image.tar" .
	chmod 644 "$tmp/image.tar"
	as_user coracle import "$tmp/image.tar" mine:1
	[ "$(as_user coracle run --rm --network none mine:1 id -u)" = 0 ]
	as_user coracle rmi mine:1
}

@test "limits are refused by name" {
	user_setup
	run as_user coracle run --rm --network none -m 64m "dir:$home/rootfs" true
	[ "$status" = 125 ]
	[[ $output == *memory* ]]
	[ -z "$(as_user coracle ps -aq)" ]
}

@test "what an ordinary user cannot have is said by name" {
	user_setup
	as_user coracle run -d --name c1 --network none "dir:$home/rootfs" sleep 50
	local dir=dir:$home/rootfs own="each of an ordinary user's containers has a user namespace of its own"
	fails 125 "process.oomScoreAdj -500: lowering it needs CAP_SYS_RESOURCE, which is not ours" \
		as_user coracle run --rm --network none --oom-score-adj -500 "$dir" true
	fails 125 "user 1000 is not mapped in the container's user namespace" \
		as_user coracle run --rm --network none -u 1000 "$dir" true
	fails 125 "network mode container:NAME needs root: $own" \
		as_user coracle run --rm --network container:c1 "$dir" true
	fails 125 "PID mode container:NAME needs root: $own" \
		as_user coracle run --rm --network none --pid container:c1 "$dir" true
	fails 1 "cannot pause container c1: an ordinary user's containers have no control group \
without a delegated one" as_user coracle pause c1
	[ "$(as_user coracle run --rm --network none --oom-score-adj 7 "$dir" cat /proc/self/oom_score_adj)" = 7 ]
	as_user coracle rm -f c1
}

@test "a device by another name is the host's, bound" {
	user_setup
	[ "$(as_user coracle run --rm --network none --device /dev/null:/dev/x \
		"dir:$home/rootfs" stat -c '%F %t:%T' /dev/x)" = "character special file 1:3" ]
}

@test "with a range of ids: other users inside are other ids outside" {
	command -v newuidmap >/dev/null || skip "no newuidmap (package uidmap)"
	user_setup
	with_range coracle run --rm --network none -u 1000 "dir:$home/rootfs" id -u >"$tmp/out"
	[ "$(cat "$tmp/out")" = 1000 ]
	with_range coracle run --rm --network none "dir:$home/rootfs" \
		sh -c 'touch /f; chown 5:6 /f; stat -c %u:%g /f' >"$tmp/out"
	[ "$(cat "$tmp/out")" = 5:6 ]
}
