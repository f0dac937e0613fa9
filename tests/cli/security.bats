#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The default seccomp profile and whom -u means, as a user sees them.
load helpers

# calls FLAG... : makes system calls by number in a container and prints "name errno" for each.
calls() {
	cat >"$tmp/calls.py" <<-'PY'
		import ctypes, os, platform
		x86 = platform.machine() == "x86_64"
		libc = ctypes.CDLL(None, use_errno=True)
		def call(name, x, arm, *args):
		    ctypes.set_errno(0)
		    r = libc.syscall(*map(ctypes.c_long, (x if x86 else arm, *args)))
		    print(name, ctypes.get_errno() if r == -1 else 0)
		call("getpid", 39, 172)
		call("socket-inet", 41, 198, 2, 1, 0)
		call("socket-unix", 41, 198, 1, 1, 0)
		call("socket-alg", 41, 198, 38, 5, 0)
		call("socket-alg-high", 41, 198, 38 + (1 << 32), 5, 0)
		call("socket-vsock", 41, 198, 40, 1, 0)
		call("mount", 165, 40, 0, 0, 0, 0, 0)
		call("unshare", 272, 97, 0)
		call("setns", 308, 268, -1, 0)
		call("clone3", 435, 435, 0, 0)
		call("bpf", 321, 280, 9999, 0, 0)
		call("keyctl", 250, 219, 9999)
		call("io_uring", 425, 425, 0, 0)
		call("userfaultfd", 323, 282, -1)
		call("kcmp", 312, 272, 0, 0, 99, 0, 0)
		call("unknown", 2000, 2000)
	PY
	cor run --rm --network none -v "$tmp/calls.py:/calls.py" "$@" host: python3 /calls.py
}

@test "default profile: what is permitted works, what is refused is refused" {
	run calls
	[ "$status" = 0 ]
	[ "$(tr '\n' ' ' <<<"$output")" = "getpid 0 socket-inet 0 socket-unix 0 socket-alg 1 \
socket-alg-high 1 socket-vsock 1 mount 1 unshare 1 setns 1 clone3 38 bpf 1 keyctl 1 io_uring 1 userfaultfd 1 \
kcmp 1 unknown 38 " ]
}

@test "default profile: a capability opens its calls and no others" {
	run calls --cap-add SYS_PTRACE
	[[ $output == *"mount 1"* && $output == *"kcmp 3"* && $output == *"unshare 1"* ]]
	run calls --cap-add SYS_ADMIN
	[[ $output == *"unshare 0"* && $output == *"setns 9"* && $output == *"clone3 22"* ]]
	[[ $output == *"keyctl 1"* && $output == *"socket-alg 1"* && $output == *"kcmp 1"* ]]
	run calls --security-opt seccomp=unconfined
	[[ $output == *"unshare 0"* && $output == *"unknown 38"* && $output != *"socket-alg 1"* ]]
}

# A root file system whose account files were written by somebody who wants to be root.
hostile_root() {
	mkdir -p "$tmp/r/bin" "$tmp/r/etc"
	cp "$(command -v busybox)" "$tmp/r/bin/"
	ln -s busybox "$tmp/r/bin/id"
	cat >"$tmp/r/etc/passwd" <<-'EOT'
		root:x:0:0::/root:/bin/sh
		1000:x:0:0::/:/bin/sh
		web:x:33:44::/srv:/bin/sh
		huge:x:4294967296:0::/:/bin/sh
		minus:x:-1:0::/:/bin/sh
	EOT
	printf 'root:x:0:\nextra:x:55:web\n2000:x:0:web\n' >"$tmp/r/etc/group"
}
ids() { # ids USER FLAG...: "uid gid groups" of a process
	cor run --rm --network none -u "$@" "dir:$tmp/r" /bin/busybox sh -c \
		'sed -n "s/^\(Uid\|Gid\):\t\([0-9]*\).*/\2/p; s/^Groups:\t//p" /proc/self/status' | xargs
}

@test "user: digits are a number, names are looked up, nothing else becomes root" {
	hostile_root
	ln -s busybox "$tmp/r/bin/sed"
	[ "$(ids 1000)" = "1000 0 0" ]
	[ "$(ids 1)" = "1 0 0" ]
	[ "$(ids web)" = "33 44 0 44 55" ]
	[ "$(ids web:extra)" = "33 55 55" ]
	[ "$(ids web:2000)" = "33 2000 2000" ]
	[ "$(ids 4294967294:5)" = "4294967294 5 5" ]
	[ "$(ids web --group-add 7 --group-add extra)" = "33 44 0 7 44 55" ]
	for bad in huge minus nobody -1 +1 0x0 ' 0'; do
		fails 125 "unable to find user $bad: no matching entries in passwd file" \
			cor run --rm --network none "--user=$bad" "dir:$tmp/r" /bin/id
	done
	for bad in 4294967295 4294967296 18446744073709551616; do
		fails 125 "user $bad: not in the range 0-4294967294" \
			cor run --rm --network none -u $bad "dir:$tmp/r" /bin/id
	done
}

@test "user: account files that are links, FIFOs or too large" {
	hostile_root
	rm "$tmp/r/etc/passwd"
	ln -s ../../../../../../../../etc/passwd "$tmp/r/etc/passwd"
	run cor run --rm --network none -u daemon "dir:$tmp/r" /bin/id
	[ "$status" = 125 ] # the host's passwd has a daemon; the link stays in the root and loops
	rm "$tmp/r/etc/passwd"
	mkfifo "$tmp/r/etc/passwd"
	fails 125 '/etc/passwd of the container is not a regular file' \
		cor run --rm --network none -u web "dir:$tmp/r" /bin/id
	rm "$tmp/r/etc/passwd"
	truncate -s 1T "$tmp/r/etc/passwd"
	fails 125 '/etc/passwd of the container is larger than 8388608 bytes' \
		cor run --rm --network none -u web "dir:$tmp/r" /bin/id
	rm "$tmp/r/etc/passwd"
	[ "$(ln -s busybox "$tmp/r/bin/sed"; ids 5:6)" = "5 6 6" ]
}

@test "the compiled filter is kept between starts; a damaged copy is made anew" {
	cor run --rm host: true
	kept=$(ls "$CORACLE_ROOT"/cache/seccomp-*)
	[ "$(stat -c %a "$kept")" = 600 ]
	sum=$(md5sum <"$kept")
	head -c 100 /dev/zero | dd of="$kept" bs=1 seek=200 conv=notrunc status=none
	[[ $(cor run --rm host: grep Seccomp: /proc/self/status) == *2 ]]
	run cor run --rm host: sh -c 'echo x | python3 -c "import socket; socket.socket(38, 5, 0)"'
	[ "$status" != 0 ]
	[ "$(md5sum <"$kept")" = "$sum" ]
}

@test "our own program, run as the container's command, cannot be written (CVE-2019-5736)" {
	cor run -d --name c1 --network none host: /proc/self/exe --root /tmp/inner events
	ours() { cor exec c1 sh -c 'tr "\0" " " </proc/1/cmdline' | grep -q 'exe --root /tmp/inner events'; }
	eventually ours
	# Of one that could be written the kernel says "Text file busy" while it runs.
	run cor exec c1 sh -c ': >/proc/1/exe'
	[ "$status" != 0 ]
	[[ $output == *'Read-only file system'* ]] || { echo "$output"; return 1; }
}
