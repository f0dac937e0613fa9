#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The container's file system: root, binds, tmpfs, devices, masks, and the host's table untouched.
load helpers

more_setup() {
	mkdir "$tmp/host" "$tmp/host/sub"
	echo host >"$tmp/host/file"
	edit 'c["root"]["readonly"] = False'
}
more_teardown() {
	! mountpoint -q "$tmp/host/sub" || umount "$tmp/host/sub"
	! mountpoint -q "$tmp/host" || umount "$tmp/host"
}

@test "the root: writable, or read-only with its mounts writable" {
	in_container 'echo x >/made && cat /made'
	is x
	[ -e "$bundle/rootfs/made" ]
	edit 'c["root"]["readonly"] = True'
	in_container 'echo x >/dev/shm/y; touch /z'
	fails
	has "Read-only file system"
	[ ! -e "$bundle/rootfs/z" ]
}

@test "root.path: absolute, relative, missing, a file, 200 characters long" {
	long=$tmp/$(printf 'x%.0s' $(seq 200))
	mv "$bundle/rootfs" "$long"
	edit "c['root']['path'] = '$long'"
	in_container 'echo in'
	is in
	edit 'c["root"]["path"] = "none"'
	in_container true
	fails
	has none
	edit 'c["root"]["path"] = "/etc/passwd"'
	in_container true
	fails
	assert_nothing_left
}

@test "a bind mount: read-write, read-only, of a file, with a relative source, nested in another" {
	echo rel >"$bundle/rel"
	edit "mount('/a', source='$tmp/host', options=['bind'])
mount('/b', source='$tmp/host', options=['rbind', 'ro'])
mount('/etc/f', source='$tmp/host/file', options=['bind', 'ro'])
mount('/a/sub', source='rel', options=['bind']) if False else mount('/r', source='rel', options=['bind'])
mount('/a/sub/deep', source='$tmp/host', options=['bind', 'ro'])"
	in_container 'echo made >/a/made; cat /b/made /etc/f /r /a/sub/deep/file; touch /b/x; touch /etc/f; touch /a/sub/deep/x'
	has made
	has rel
	[ "$(grep -c 'Read-only' <<<"$output")" = 3 ]
	[ -d "$tmp/host/sub/deep" ]
	not grep -q "$tmp" /proc/self/mounts
}

@test "recursive attributes reach what is mounted below, others do not" {
	mount -t tmpfs none "$tmp/host/sub"
	edit "mount('/a', source='$tmp/host', options=['rbind', 'ro'])
mount('/b', source='$tmp/host', options=['rbind', 'rro'])
mount('/c', source='$tmp/host', options=['bind', 'noexec', 'nosuid', 'nodev'])"
	in_container 'touch /a/sub/x && echo yes; touch /b/sub/y || echo no; grep " /c " /proc/mounts; ls /c/sub'
	line yes
	line no
	has noexec
	has nosuid
	has nodev
	not grep -qx y <<<"$output"
}

@test "a missing source fails and leaves nothing" {
	edit "mount('/a', source='$tmp/none', options=['bind'])"
	in_container true
	fails
	has "bind source $tmp/none: No such file or directory"
	assert_nothing_left
}

@test "what is mounted in the container does not appear on the host, unless shared is asked for" {
	mount -t tmpfs none "$tmp/host"
	mount --make-shared "$tmp/host"
	mkdir "$tmp/host/sub"
	edit "caps('CAP_SYS_ADMIN'); mount('/a', source='$tmp/host', options=['rbind'])"
	in_container 'mount -t tmpfs none /a/sub && echo mounted'
	line mounted
	not mountpoint -q "$tmp/host/sub"
	edit "c['mounts'].pop(); mount('/a', source='$tmp/host', options=['rbind', 'rshared'])"
	in_container 'mount -t tmpfs none /a/sub && echo mounted'
	line mounted
	mountpoint -q "$tmp/host/sub"
	umount "$tmp/host/sub"
}

@test "slave: the host's later mounts arrive, private: they do not" {
	mount -t tmpfs none "$tmp/host"
	mount --make-shared "$tmp/host"
	mkdir "$tmp/host/sub"
	edit "mount('/a', source='$tmp/host', options=['rbind', 'rslave']); mount('/b', source='$tmp/host', options=['rbind', 'rprivate'])"
	start_container
	mount -t tmpfs later "$tmp/host/sub"
	in_running 'grep -c "later /a/sub" /proc/mounts; grep -c "later /b/sub" /proc/mounts; true'
	is "$(printf '1\n0')"
	umount "$tmp/host/sub"
}

@test "rootfsPropagation" {
	for value in private slave shared unbindable; do
		edit "l['rootfsPropagation'] = '$value'"
		in_container 'grep " / / \| /rootfs / \|rootfs / " /proc/self/mountinfo | head -n 1'
		ok
		case $value in
		shared) has " shared:" ;;
		unbindable) has " unbindable" ;;
		private) has_not " shared:" ;;
		esac
	done
	not grep -q "$tmp" /proc/self/mounts
}

@test "tmpfs: options, read-only, and filled with what is below" {
	mkdir -p "$bundle/rootfs/full/d"
	echo below >"$bundle/rootfs/full/f"
	ln -s /etc/passwd "$bundle/rootfs/full/l"
	chmod 2750 "$bundle/rootfs/full"
	edit "mount('/t', 'tmpfs', 'tmpfs', ['size=1m', 'mode=1770', 'noexec', 'ro'])
mount('/full', 'tmpfs', 'tmpfs', ['tmpcopyup'])
mount('/t/inside', 'tmpfs', 'tmpfs')"
	in_container 'touch /t/x || echo ro; touch /t/inside/x && echo rw; cat /full/f; readlink /full/l; stat -c %a /full /t; echo new >/full/new; grep " /t " /proc/mounts'
	line ro
	line rw
	line below
	line /etc/passwd
	line 2750
	line 1770
	has noexec
	[ ! -e "$bundle/rootfs/full/new" ]
}

@test "a file system whose option is none, or that is none" {
	edit "mount('/t', 'tmpfs', 'tmpfs', ['nosuchoption=1'])"
	in_container true
	fails
	has nosuchoption
	edit "c['mounts'].pop(); mount('/t', 'nosuchfs', 'x')"
	in_container true
	fails
	has nosuchfs
	assert_nothing_left
}

@test "the root is no mount point" {
	ln -s / "$bundle/rootfs/link"
	for at in / /. /link /link/; do
		edit "mount('$at', 'tmpfs', 'tmpfs')"
		in_container true
		fails
		edit "c['mounts'].pop()"
	done
	assert_nothing_left
}

@test "device nodes and links of /dev" {
	edit "l['devices'] = [{'path': '/dev/net/tun', 'type': 'c', 'major': 10, 'minor': 200, 'fileMode': 0o600, 'uid': 1, 'gid': 2},
{'path': '/dev/pipe', 'type': 'p', 'fileMode': 0o622}]"
	in_container 'stat -c "%n %F %t:%T %a %u:%g" /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty /dev/net/tun /dev/pipe; readlink /dev/fd; readlink /dev/ptmx; ls -l /dev/pts/ptmx; ls /dev/console'
	line "/dev/null character special file 1:3 666 0:0"
	line "/dev/full character special file 1:7 666 0:0"
	line "/dev/net/tun character special file a:c8 600 1:2"
	has "/dev/pipe fifo"
	line /proc/self/fd
	line pts/ptmx
	has "No such file" # a console only with a terminal
}

@test "without a /dev in the mounts the image gets the nodes" {
	edit 'c["mounts"] = [m for m in c["mounts"] if not m["destination"].startswith("/dev")]'
	in_container 'echo x >/dev/null; stat -c %t:%T /dev/zero'
	is 1:5
	[ -c "$bundle/rootfs/dev/null" ]
}

@test "masked and read-only paths" {
	mkdir "$bundle/rootfs/secret"
	echo x >"$bundle/rootfs/secret/x"
	edit 'l["maskedPaths"] += ["/secret", "/none", "/proc/version"]; l["readonlyPaths"] += ["/tmp", "/none"]'
	in_container 'ls /secret; cat /proc/version; cat /proc/keys; touch /tmp/x || echo ro; echo 1 >/proc/sys/kernel/core_pattern || echo ro; stat -c %t:%T /proc/version; touch /secret/y || echo ro'
	[ "$(grep -cx ro <<<"$output")" = 3 ]
	line 1:3
	has_not Linux
}

@test "proc shows the container, sysfs is read-only" {
	in_container 'set -- /proc/[0-9]*; echo $#; touch /sys/x'
	line 1
	fails
}

@test "cgroup view: read-only, only its own groups" {
	edit 'l["resources"]["pids"] = {"limit": 77}'
	in_container 'cat /sys/fs/cgroup/pids/pids.max 2>/dev/null || cat /sys/fs/cgroup/pids.max; mkdir /sys/fs/cgroup/pids/x 2>/dev/null || mkdir /sys/fs/cgroup/x'
	line 77
	fails
	has "Read-only"
}

@test "cgroup view without a cgroup namespace: on v1 the container's groups cut out" {
	[ -d /sys/fs/cgroup/pids ] || skip "no v1"
	edit 'l["resources"]["pids"] = {"limit": 77}; no_ns("cgroup")'
	in_container 'cat /sys/fs/cgroup/pids/pids.max; grep -c /coracle/ /proc/self/cgroup; ls /sys/fs/cgroup/pids/release_agent; grep -c " /sys/fs/cgroup/pids " /proc/mounts'
	line 77
	has "release_agent: No such file"
	line 1
}

@test "mqueue and shm are the container's own" {
	in_container 'grep -c " /dev/mqueue mqueue" /proc/mounts; grep -c " /dev/shm tmpfs" /proc/mounts'
	is "$(printf '1\n1')"
}

@test "an idmapped bind mount" {
	chown 1000:1000 "$tmp/host/file"
	edit "mount('/m', source='$tmp/host', options=['bind', 'idmap']); c['mounts'][-1]['uidMappings'] = c['mounts'][-1]['gidMappings'] = [{'containerID': 1000, 'hostID': 2000, 'size': 1}]"
	in_container 'stat -c %u /m/file'
	[[ $output != *"cannot be mounted with mapped ids"* ]] || skip "not this file system on this kernel"
	is 2000
	edit "userns(); c['mounts'][-1].pop('uidMappings'); c['mounts'][-1].pop('gidMappings')"
	chown -R 100000:100000 "$bundle/rootfs"
	in_container 'stat -c %u /m/file'
	is 1000
}

@test "an overlay among the mounts" {
	mkdir "$tmp/up" "$tmp/work"
	edit "mount('/o', 'overlay', 'overlay', ['lowerdir=$tmp/host', 'upperdir=$tmp/up', 'workdir=$tmp/work'])"
	in_container 'cat /o/file; echo changed >/o/file'
	is host
	[ "$(cat "$tmp/host/file")" = host ]
	[ "$(cat "$tmp/up/file")" = changed ]
}

@test "no mount namespace: chroot, and nothing is mounted" {
	edit 'no_ns("mount")'
	in_container true
	fails
	edit 'c["mounts"] = []; l["maskedPaths"] = l["readonlyPaths"] = []'
	in_container 'ls -d /proc /bin/busybox; readlink /proc/self/ns/mnt'
	has /bin/busybox
}

@test "under a user namespace the device nodes belong to its root and work" {
	edit 'userns(); l["devices"] = [{"path": "/dev/x/y", "type": "c", "major": 1, "minor": 5, "fileMode": 0o640, "uid": 7, "gid": 8}]'
	chown -R 100000:100000 "$bundle/rootfs"
	in_container 'stat -c "%n %t:%T %a %u:%g" /dev /dev/null /dev/x/y; head -c 2 /dev/x/y | wc -c; touch /dev/more && mknod /dev/made c 1 3'
	line "/dev 0:0 755 0:0"
	line "/dev/null 1:3 666 0:0"
	line "/dev/x/y 1:5 640 7:8"
	line 2
	has "Operation not permitted"
	edit 'l["devices"][0]["uid"] = 70000'
	in_container true
	fails
	has "not in the id maps"
}

@test "a mount point that is a link to nothing is made where it points, inside" {
	mkdir "$bundle/rootfs/etc"
	ln -s ../run/systemd/stub.conf "$bundle/rootfs/etc/resolv.conf"
	ln -s "$tmp/outside/x" "$bundle/rootfs/etc/abs"
	ln -s loop "$bundle/rootfs/etc/loop"
	edit "mount('/etc/resolv.conf', source='$tmp/host/file', options=['bind', 'ro']); mount('/etc/abs', source='$tmp/host/file', options=['bind'])"
	in_container 'cat /etc/resolv.conf /run/systemd/stub.conf /etc/abs'
	is "$(printf 'host\nhost\nhost')"
	[ ! -e "$tmp/outside" ]
	edit "mount('/etc/loop', source='$tmp/host/file', options=['bind'])"
	in_container true
	fails
}
