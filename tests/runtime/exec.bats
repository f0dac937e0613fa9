#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Further processes in a running container.
load helpers

@test "joins all namespaces and groups" {
	edit 'ns("time")'
	start_container
	pid=$(field pid)
	in_running 'for n in cgroup ipc mnt net pid time user uts; do readlink /proc/self/ns/$n; done; sleep 5 & cat /proc/$!/stat >/dev/null; exec sleep 0.2'
	for kind in cgroup ipc mnt net pid time user uts; do line "$(readlink "/proc/$pid/ns/$kind")"; done
	oci exec -d --pid-file "$tmp/pid" "$id" sleep 100 </dev/null
	[ "$(cat "/proc/$(cat "$tmp/pid")/cgroup")" = "$(cat "/proc/$pid/cgroup")" ]
	grep -q "$id" "/proc/$pid/cgroup"
}

@test "under a user namespace" {
	edit 'userns()'
	chown -R 100000:100000 "$bundle/rootfs"
	start_container
	in_running 'id -u; cat /proc/self/uid_map; echo x >/dev/null; hostname'
	ok
	line 0
	line coracle
	run oci exec --user 5:6 "$id" id -u </dev/null
	is 5
}

@test "in a container without a mount namespace: its root" {
	edit 'c["root"]["readonly"] = False; no_ns("mount"); c["mounts"] = []; l["maskedPaths"] = l["readonlyPaths"] = []'
	start_container
	in_running 'ls /; pwd'
	ok
	line bin
	has_not "usr"
}

@test "exit statuses: the process's own, 255 for what could not be started" {
	start_container
	in_running 'exit 3'
	[ "$status" -eq 3 ]
	in_running 'kill -9 $$'
	[ "$status" -eq 137 ]
	run oci exec "$id" nosuch
	[ "$status" -eq 255 ]
	has "executable file not found"
	run oci exec "$id" /tmp
	[ "$status" -eq 255 ]
	run oci exec nosuch true
	[ "$status" -eq 255 ]
	run oci exec "$id"
	[ "$status" -eq 255 ]
}

@test "a process from a file" {
	start_container
	cat >"$tmp/process.json" <<-'JSON'
		{"args": ["sh", "-c", "pwd; id -u; echo $A; exit 4"], "cwd": "/bin", "env": ["PATH=/bin", "A=b"],
		 "user": {"uid": 9, "gid": 9}, "capabilities": {"bounding": []}}
	JSON
	run oci exec --process "$tmp/process.json" "$id" </dev/null
	[ "$status" -eq 4 ]
	is "$(printf '/bin\n9\nb')"
	echo '{"args": []' >"$tmp/process.json"
	run oci exec --process "$tmp/process.json" "$id" </dev/null
	fails
}

@test "input, output and descriptors" {
	start_container
	[ "$(echo typed | oci exec "$id" cat)" = typed ]
	run sh -c "exec 3</etc/hostname 7</etc/hostname; $oci_exe --root $state exec --preserve-fds 1 $id sh -c 'ls /proc/self/fd; cat <&3' </dev/null"
	has "$(cat /etc/hostname)"
	has_not 7
	run sh -c "exec 5</etc/hostname; $oci_exe --root $state exec $id ls /proc/self/fd </dev/null"
	is "$(printf '0\n1\n2\n3')"
}

@test "the container's end ends what was executed in it" {
	start_container
	oci exec -d --pid-file "$tmp/pid" "$id" sleep 1000 </dev/null
	oci kill "$id" KILL
	wait_for eval "! [ -d /proc/$(cat "$tmp/pid") ]"
	run oci exec "$id" true </dev/null
	[ "$status" -eq 255 ]
	has "cannot exec in a stopped container"
}

@test "a container that has only been created takes execs" {
	args sleep 1000
	oci create --bundle "$bundle" "$id" </dev/null
	in_running 'hostname'
	is coracle
	oci start "$id"
	in_running 'ps | grep -c "[s]leep 1000"'
	is 1
}

@test "limits of the container hold for an exec" {
	edit 'l["resources"]["pids"] = {"limit": 5}'
	start_container
	in_running 'for i in 1 2 3 4 5 6 7 8; do sleep 3 & done; wait'
	has "fork"
}

@test "20 at once" {
	start_container
	for i in $(seq 20); do
		oci exec "$id" sh -c "exit $i" </dev/null &
		pids+=" $!"
	done
	i=0
	for pid in $pids; do
		i=$((i + 1)) code=0
		wait "$pid" || code=$?
		[ "$code" -eq "$i" ]
	done
}
