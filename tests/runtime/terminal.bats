#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Terminals: of the container's own devpts, relayed or handed over.
load helpers

more_setup() { edit 'p["terminal"] = True; c["root"]["readonly"] = False'; }
take() { run "$probe_dir/console-socket.py" "$tmp/console" "$@"; }

@test "the terminal is the container's own, owned by the user, and its console" {
	edit 'p["user"] = {"uid": 1000, "gid": 1000}; p["consoleSize"] = {"width": 91, "height": 33}'
	args sh -c 'tty; stat -c %u /dev/pts/0; stty size; stat -c %t:%T /dev/console /dev/pts/0; ps -o pid,sid,tty 2>/dev/null | head -2; echo x >/dev/tty'
	take "$oci_exe" --root "$state" run -d --bundle "$bundle" --console-socket "$tmp/console" "$id" </dev/null
	ok
	has "message /dev/ptmx descriptors 1"
	has /dev/pts/0
	has 1000
	has "33 91"
	[ "$(grep -c "88:0" <<<"$output")" = 2 ]
}

@test "in the foreground it is relayed both ways and its status passed on" {
	args sh -c 'read line; echo "got $line"; exit 9'
	run script -qefc "$oci_exe --root $state run --bundle $bundle $id" /dev/null <<<"typed"
	[ "$status" -eq 9 ]
	has "got typed"
}

@test "a console socket with a long path" {
	dir=$tmp/$(printf 'y%.0s' $(seq 120))
	mkdir "$dir"
	args tty
	run "$probe_dir/console-socket.py" "$dir/console" "$oci_exe" --root "$state" run -d --bundle "$bundle" --console-socket "$dir/console" "$id" </dev/null
	has /dev/pts/0
}

@test "exec with a terminal: relayed, and by a console socket" {
	edit 'p["terminal"] = False'
	start_container
	run script -qefc "$oci_exe --root $state exec -t $id sh -c 'tty; exit 5'" /dev/null </dev/null
	[ "$status" -eq 5 ]
	has /dev/pts/0
	take "$oci_exe" --root "$state" exec -t -d --console-socket "$tmp/console" "$id" tty </dev/null
	has /dev/pts/
}

@test "a terminal that nobody would take, a socket for no terminal" {
	args true
	run oci run -d --bundle "$bundle" "$id" </dev/null
	fails
	has "--console-socket"
	run oci create --bundle "$bundle" "$id" </dev/null
	fails
	run oci run -d --bundle "$bundle" --console-socket "$tmp/none" "$id" </dev/null
	fails
	has "$tmp/none"
	edit 'p["terminal"] = False'
	run oci run -d --bundle "$bundle" --console-socket "$tmp/none" "$id" </dev/null
	fails
	assert_nothing_left
}

@test "a container whose /dev/pts is no devpts gets no terminal" {
	edit 'no_mount("/dev/pts")'
	args true
	run script -qefc "$oci_exe --root $state run --bundle $bundle $id" /dev/null </dev/null
	fails
	has /dev/pts
	assert_nothing_left
}

@test "exec: the container has put something else at /dev/pts" {
	edit 'p["terminal"] = False; caps("CAP_SYS_ADMIN")'
	mkdir "$bundle/rootfs/fake"
	start_container 'mount -t tmpfs x /dev/pts && mknod /dev/pts/ptmx c 1 3; touch /ready; exec sleep 1000'
	wait_for test -e "$bundle/rootfs/ready"
	run script -qefc "$oci_exe --root $state exec -t $id true" /dev/null </dev/null
	fails
	has "no devpts"
}
