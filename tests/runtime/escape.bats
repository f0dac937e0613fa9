#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Escapes of the past, played against this runtime. Each test names its model.
load helpers

more_setup() {
	edit 'c["root"]["readonly"] = False'
	root=$bundle/rootfs
	mkdir "$tmp/outside"
	echo untouched >"$tmp/outside/file"
}
outside_is_untouched() {
	[ "$(ls -A "$tmp/outside")" = file ] && [ "$(cat "$tmp/outside/file")" = untouched ]
}

@test "a mount point that is a link out of the root stays inside (CVE-2019-18837)" {
	for target in "$tmp/outside" "../../../../../../../..$tmp/outside" /; do
		ln -sfn "$target" "$root/link"
		for what in "'tmpfs', 'tmpfs'" "source='$tmp/outside', options=['bind']"; do
			edit "mount('/link/made', $what)"
			in_container 'ls -d /link/made'
			outside_is_untouched
			[ ! -e /made ]
			edit "c['mounts'].pop()"
		done
		rm -rf "${root:?}/made" "${root:?}$tmp"
	done
	ln -sfn "$tmp/outside/file" "$root/link"
	edit "mount('/link', source='$bundle/config.json', options=['bind'])"
	in_container true
	outside_is_untouched
	not grep -q "$tmp" /proc/self/mounts
}

@test "a file or directory made as a mount point is made inside the root (CVE-2024-45310)" {
	ln -s "$tmp/outside" "$root/l"
	edit "mount('/l/dir', 'tmpfs', 'tmpfs'); mount('/l/new', source='/etc/hostname', options=['bind'])"
	in_container true
	outside_is_untouched
}

@test "a destination that is renamed to a link while the container starts (CVE-2021-30465)" {
	mkdir "$tmp/volume" "$tmp/volume/a"
	ln -s / "$tmp/volume/b"
	edit "mount('/volume', source='$tmp/volume', options=['bind']); mount('/volume/a/x', 'tmpfs', 'planted')"
	/usr/bin/python3 -IS -c '
import ctypes, os, sys
libc = ctypes.CDLL(None)
os.chdir(sys.argv[1])
while True: libc.renameat2(-100, b"a", -100, b"b", 2)
' "$tmp/volume" &
	racer=$!
	for i in $(seq 25); do
		in_container 'grep planted /proc/self/mountinfo'
		[ "$status" -ne 0 ] || [[ $output == *" /volume/a/x "* || $output == *" /volume/b/x "* || $output == *" /x "* ]]
		not grep -q planted /proc/self/mounts
		[ ! -e /x ]
	done
	kill "$racer"
}

@test "/proc, /sys, /dev of the image are links: refused (CVE-2019-19921, CVE-2025-52881, CVE-2026-41579)" {
	mkdir "$root/fake"
	for place in proc sys dev; do
		rm -rf "${root:?}/$place"
		ln -s fake "$root/$place"
		in_container true
		fails
		has "link"
		rm "$root/$place"
		ln -s "$tmp/outside" "$root/$place"
		in_container true
		fails
		outside_is_untouched
		rm "$root/$place"
	done
	[ -z "$(ls -A "$root/fake")" ]
	# the same by way of a parent
	rm -rf "${root:?}/dev"
	edit 'no_mount("/dev")'
	ln -s fake "$root/dev"
	in_container true
	fails
	[ -z "$(ls -A "$root/fake")" ]
	assert_nothing_left
}

@test "a false /dev/null of the image is neither mask nor stdio nor chowned (CVE-2025-31133, CVE-2026-88265)" {
	edit 'c["mounts"] = [m for m in c["mounts"] if not m["destination"].startswith("/dev")]; p["user"] = {"uid": 1000, "gid": 1000}'
	mkdir "$root/dev"
	ln -s "$tmp/outside/file" "$root/dev/null"
	ln -s /proc/sys/kernel/core_pattern "$root/dev/zero"
	in_container 'stat -c "%F %t:%T" /dev/null /dev/zero; stat -c %t:%T /proc/keys'
	line "character special file 1:3"
	line "character special file 1:5"
	line 1:3
	[ "$(stat -c %u "$tmp/outside/file")" = 0 ]
	outside_is_untouched
}

@test "a false /dev/console, /dev/pts, /dev/ptmx (CVE-2025-52565)" {
	edit 'c["mounts"] = [m for m in c["mounts"] if m["destination"] not in ("/dev", "/dev/shm", "/dev/mqueue")]; p["terminal"] = True'
	mkdir "$root/dev" "$root/dev/pts"
	ln -s "$tmp/outside/file" "$root/dev/console"
	ln -s "$tmp/outside/file" "$root/dev/ptmx"
	args sh -c 'tty; stat -c %t /dev/console'
	run script -qefc "$oci_exe --root $state run --bundle $bundle $id" /dev/null </dev/null
	has /dev/pts/0
	has 88
	outside_is_untouched
	# no devpts there at all
	edit 'no_mount("/dev/pts")'
	rm -rf "$root/dev/pts"
	ln -s "$tmp/outside" "$root/dev/pts"
	run script -qefc "$oci_exe --root $state run --bundle $bundle $id" /dev/null </dev/null
	fails
	outside_is_untouched
}

@test "masked paths cannot be uncovered through links of the image" {
	mkdir "$root/hidden"
	echo secret >"$root/hidden/f"
	ln -s hidden "$root/alias"
	edit 'l["maskedPaths"] += ["/alias"]'
	in_container 'cat /hidden/f /alias/f'
	fails
	has_not secret
}

@test "sysctls are written through a procfs of our own (CVE-2019-16884)" {
	mkdir -p "$root/proc/sys/net/ipv4"
	echo 0 >"$root/proc/sys/net/ipv4/ip_forward"
	edit 'no_mount("/proc"); l["maskedPaths"] = l["readonlyPaths"] = []; l["sysctl"] = {"net.ipv4.ip_forward": "1"}'
	in_container 'cat /proc/sys/net/ipv4/ip_forward; mount -t proc p /tmp'
	[ "${lines[0]}" = 0 ]
	mkdir "$tmp/fakeproc"
	edit "mount('/proc', source='$tmp/fakeproc', options=['bind'])"
	in_container true
	[ -z "$(ls -A "$tmp/fakeproc")" ]
}

@test "working directory by a descriptor that leads out (CVE-2024-21626), in run and in exec" {
	start_container
	for n in $(seq 0 40); do
		for dir in "/proc/self/fd/$n" "/proc/self/fd/$n/../../.." "/proc/1/fd/$n"; do
			run oci exec --cwd "$dir" "$id" true </dev/null
			fails
		done
	done
	oci delete -f "$id"
	for n in $(seq 0 40); do
		edit "p['cwd'] = '/proc/self/fd/$n'"
		in_container 'pwd'
		fails
	done
	ln -s /proc/self/fd/7 "$root/work"
	edit "p['cwd'] = '/work'"
	in_container pwd
	fails
	assert_nothing_left
}

@test "working directory through a link is made and entered inside the root (CVE-2026-55686)" {
	ln -s "$tmp/outside" "$root/work"
	edit "p['cwd'] = '/work/made'; p['user'] = {'uid': 1000, 'gid': 1000}"
	in_container 'pwd -P'
	outside_is_untouched
	[ "$(stat -c %u "$tmp/outside")" = 0 ]
}

@test "no directory of the host is left open (CVE-2024-21626)" {
	in_container 'for fd in /proc/self/fd/*; do readlink $fd; done'
	has_not "$tmp/"
	has_not /sys/fs/cgroup
	start_container
	in_running 'for fd in /proc/self/fd/* /proc/1/fd/*; do readlink $fd; done'
	has_not "$state"
	has_not /sys/fs/cgroup
	# from outside: init holds nothing but its streams
	[ "$(ls "/proc/$(field pid)/fd" | wc -l)" = 3 ]
}

@test "our own program cannot be written through /proc/PID/exe (CVE-2019-5736)" {
	sum=$(sha256sum "$oci_exe")
	# As entry point: the kernel would execute our program inside the container.
	printf '#!/proc/self/exe\n' >"$root/entry"
	chmod 755 "$root/entry"
	args /entry
	run oci run --bundle "$bundle" "$id" </dev/null
	[ "$sum" = "$(sha256sum "$oci_exe")" ]
	# The same with a loader that lets the attacker in.
	mkdir -p "$root/lib64"
	cp /bin/busybox "$root/lib64/ld-linux-x86-64.so.2"
	run oci run --bundle "$bundle" "$id" </dev/null
	[ "$sum" = "$(sha256sum "$oci_exe")" ]
}

@test "our own program, waiting in a PID namespace that others share, cannot be opened or not be written" {
	sum=$(sha256sum "$oci_exe")
	for caps in "'CAP_DAC_OVERRIDE'" "'CAP_DAC_OVERRIDE', 'CAP_SYS_PTRACE'"; do
		edit "caps($caps); ns('pid')"
		start_container 'until [ -d /proc/100 -o -e /tmp/go ]; do usleep 10000; done
			p=$(ls -d /proc/[0-9]* | grep -v "/1$" | head -n 1)
			exec 9<$p/exe && echo opened >/tmp/log
			touch /tmp/held; until [ -e /tmp/dead ]; do usleep 10000; done
			echo x 2>/tmp/err >>/proc/self/fd/9 && echo WRITTEN >>/tmp/log
			touch /tmp/done; sleep 1000'
		attacker=$id pid=$(field pid) id=$id-b
		edit "ns('pid', '/proc/$pid/ns/pid')"
		args true
		oci create --bundle "$bundle" "$id" </dev/null
		touch "$root/tmp/go"
		wait_for eval "[ -e $root/tmp/held ] || ! [ -d /proc/$pid ]"
		oci delete -f "$id"
		touch "$root/tmp/dead"
		id=$attacker
		wait_for eval "[ -e $root/tmp/done ] || ! [ -d /proc/$pid ]"
		case $caps in
		*PTRACE*)
			grep -q opened "$root/tmp/log"
			grep -q "Read-only file system" "$root/tmp/err"
			;;
		*) [ ! -e "$root/tmp/log" ] ;;
		esac
		oci delete -f "$id"
		not grep -q WRITTEN "$root/tmp/log" 2>/dev/null
		[ "$sum" = "$(sha256sum "$oci_exe")" ]
		rm -f "$root"/tmp/*
	done
}

@test "passwd of the image: a link, a FIFO, huge (CVE-2024-9676)" {
	edit 'p["env"] = ["PATH=/bin"]'
	mkdir -p "$root/etc"
	ln -s "$tmp/outside/file" "$root/etc/passwd"
	in_container 'echo $HOME'
	is /
	rm "$root/etc/passwd"
	mkfifo "$root/etc/passwd"
	in_container 'echo $HOME'
	is /
	rm "$root/etc/passwd"
	truncate -s 4G "$root/etc/passwd"
	in_container 'echo $HOME'
	is /
	rm "$root/etc/passwd"
	echo 'r:x:0:0::/home/r:/bin/sh' >"$root/etc/passwd"
	in_container 'echo $HOME'
	is /home/r
	edit 'no_mount("/proc"); l["maskedPaths"] = l["readonlyPaths"] = []'
	mkdir -p "$root/proc/self/fd"
	for n in $(seq 3 40); do ln -s "$tmp/outside/file" "$root/proc/self/fd/$n"; done
	in_container 'echo $HOME'
	is /home/r
}

@test "release_agent is out of reach (CVE-2022-0492)" {
	[ -d /sys/fs/cgroup/memory ] || skip "no v1"
	for extra in "" "'CAP_SYS_ADMIN'"; do
		edit "caps('CAP_CHOWN', 'CAP_DAC_OVERRIDE' ${extra:+, $extra})"
		in_container 'mkdir -p /tmp/c; mount -t cgroup -o memory x /tmp/c; ls /tmp/c/release_agent; echo /x >/tmp/c/release_agent; ls /sys/fs/cgroup/*/release_agent'
		has_not "/tmp/c/release_agent
"
		[ "$(cat /sys/fs/cgroup/memory/release_agent)" = "" ]
	done
}

@test "a sibling's groups cannot be seen or joined through the cgroup mount" {
	[ -d /sys/fs/cgroup/pids ] || skip "no v1"
	start_container
	sibling=$id id=$id-b
	edit 'c["mounts"] = [dict(m, options=[o for o in m["options"] if o != "ro"]) if m["destination"] == "/sys/fs/cgroup" else m for m in c["mounts"]]'
	in_container 'find /sys/fs/cgroup/pids -name "'"$sibling"'*"; ls -d /sys/fs/cgroup/pids/../*; echo 0 >/sys/fs/cgroup/pids/cgroup.procs && echo own'
	has_not "$sibling"
	line own
	id=$sibling
}
