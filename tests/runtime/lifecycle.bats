#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The verbs of coracle-oci: syntax, output, exit statuses, and what is left behind.
load helpers

@test "run prints what the command prints and passes its exit status on" {
	in_container 'echo hello; exit 7'
	[ "$status" -eq 7 ]
	is hello
	assert_nothing_left
}

@test "run: a command ended by a signal is 128 and the signal" {
	args sleep 1000
	oci run --bundle "$bundle" "$id" </dev/null &
	runner=$!
	wait_for eval '[ "$(field status)" = running ]'
	oci kill "$id" KILL
	code=0
	wait "$runner" || code=$?
	[ "$code" -eq 137 ]
	assert_nothing_left
}

@test "run passes signals on" {
	args sh -c 'trap "exit 42" TERM; while :; do usleep 20000; done'
	"$oci_exe" --root "$state" run --bundle "$bundle" "$id" </dev/null &
	runner=$!
	wait_for eval '[ "$(field status)" = running ]'
	sleep 0.3
	kill -TERM "$runner"
	code=0
	wait "$runner" || code=$?
	[ "$code" -eq 42 ]
}

@test "run: a command that does not exist, is a directory, may not be executed" {
	args nosuch
	run oci run --bundle "$bundle" "$id"
	[ "$status" -eq 1 ]
	has 'exec: "nosuch": executable file not found in $PATH'
	args /no/such
	run oci run --bundle "$bundle" "$id"
	has 'exec: "/no/such": No such file or directory'
	args /tmp
	run oci run --bundle "$bundle" "$id"
	has 'is a directory'
	echo x >"$bundle/rootfs/bin/plain"
	args plain
	run oci run --bundle "$bundle" "$id"
	[ "$status" -eq 1 ]
	has 'exec: "plain": Permission denied'
	assert_nothing_left
}

@test "create, start, state, kill, delete" {
	args sleep 1000
	oci create --bundle "$bundle" --pid-file "$tmp/pid" "$id" </dev/null
	[ "$(field status)" = created ]
	[ "$(cat "$tmp/pid")" = "$(field pid)" ]
	[ "$(readlink "/proc/$(field pid)/exe")" != /bin/busybox ]
	run oci exec "$id" true
	oci start "$id"
	[ "$(field status)" = running ]
	[ "$(tr '\0' ' ' <"/proc/$(field pid)/cmdline")" = "sleep 1000 " ]
	run oci start "$id"
	fails
	has "cannot start a container that is running"
	run oci delete "$id"
	fails
	has "cannot delete container $id that is not stopped: running"
	oci kill "$id" KILL
	wait_for test "$(field status)" = stopped || wait_for eval '[ "$(field status)" = stopped ]'
	[ "$(field pid)" = 0 ]
	run oci kill "$id" TERM
	fails
	has "container not running"
	oci delete "$id"
	run oci state "$id"
	[ "$status" -eq 1 ]
	has "container \"$id\" does not exist"
	assert_nothing_left
}

@test "state is an OCI state document" {
	edit 'c["annotations"] = {"a.b": "c\"d"}'
	start_container
	oci state "$id" | /usr/bin/python3 -IS -c '
import json, sys
s = json.load(sys.stdin)
assert s["ociVersion"] and s["id"] == sys.argv[1] and s["status"] == "running", s
assert s["bundle"] == sys.argv[2] and s["rootfs"] == sys.argv[2] + "/rootfs", s
assert s["annotations"] == {"a.b": "c\"d"} and s["owner"] == "root" and s["created"], s
' "$id" "$bundle"
}

@test "delete -f takes away what a killed create has left" {
	local h
	mkdir -p "$state/$id"
	cp "$bundle/config.json" "$state/$id/"
	touch "$state/$id/lock"
	for h in /sys/fs/cgroup/pids /sys/fs/cgroup/unified /sys/fs/cgroup; do
		[ ! -e "$h/cgroup.procs" ] || mkdir -p "$h/coracle/$id"
	done
	run oci delete "$id"
	fails
	oci delete -f "$id"
	[ ! -e "$state/$id" ]
	[ -z "$(find /sys/fs/cgroup -type d -name "$id")" ]
}

@test "a created container is deleted without force, a running one with it, a missing one too" {
	args sleep 1000
	oci create --bundle "$bundle" "$id" </dev/null
	oci delete "$id"
	assert_nothing_left
	start_container
	oci delete --force "$id"
	assert_nothing_left
	oci delete -f "$id"
	run oci delete "$id"
	[ "$status" -eq 1 ]
}

@test "an id is used once" {
	start_container
	run oci run --bundle "$bundle" "$id" </dev/null
	fails
	has "container with id \"$id\" exists already"
	[ "$(field status)" = running ]
}

@test "ids, options and verbs that are none" {
	for bad in ../x x/y "" "a b" . ..; do
		run oci run --bundle "$bundle" "$bad" </dev/null
		[ "$status" -eq 1 ]
		has "invalid container ID format"
	done
	run oci run --bundle "$bundle" --nosuch "$id"
	fails
	has "unknown option: --nosuch"
	run oci nosuch
	fails
	has "no such command: nosuch"
	run oci run --bundle "$bundle" --no-pivot "$id"
	fails
	has "--no-pivot is not supported"
	run oci --systemd-cgroup list
	fails
	has "--systemd-cgroup is not supported"
	run oci run --bundle "$tmp/none" "$id"
	fails
	has "$tmp/none"
}

@test "a pid of another process or of before a restart of the machine is not believed" {
	start_container
	pid=$(field pid)
	cp "$state/$id/state.json" "$tmp/saved"
	sed -i 's/"bootId":"[^"]*"/"bootId":"00000000-0000-0000-0000-000000000000"/' "$state/$id/state.json"
	[ "$(field status)" = stopped ]
	run oci kill "$id" KILL
	fails
	[ -d "/proc/$pid" ]
	cp "$tmp/saved" "$state/$id/state.json"
	[ "$(field status)" = running ]
	sed -i 's/"startTime":[0-9]*/"startTime":1/' "$state/$id/state.json"
	[ "$(field status)" = stopped ]
	run oci exec "$id" true
	fails
	has "cannot exec in a stopped container"
	cp "$tmp/saved" "$state/$id/state.json"
}

@test "what a killed create has left is taken over" {
	mkdir -p "$state/$id"
	: >"$state/$id/start.sock"
	in_container 'echo again'
	ok
	is again
}

@test "init ends with a starter that dies before it has recorded it" {
	args sleep 1000
	edit 'c["hooks"] = {"createRuntime": [{"path": "/bin/sleep", "args": ["sleep", "2"]}]}'
	"$oci_exe" --root "$state" create --bundle "$bundle" "$id" </dev/null >/dev/null 2>&1 &
	starter=$!
	wait_for pgrep -P "$starter"
	child=$(pgrep -P "$starter" | head -1)
	kill -9 "$starter"
	wait_for eval "! [ -d /proc/$child ]"
	in_container 'echo again'
	ok
}

@test "log in JSON, to a file, and what goes to standard error" {
	args nosuch
	run oci --log "$tmp/log" --log-format json run --bundle "$bundle" "$id" </dev/null
	fails
	has "executable file not found"
	/usr/bin/python3 -IS -c '
import json, sys
m = json.loads(open(sys.argv[1]).readlines()[-1])
assert m["level"] == "error" and "executable file not found" in m["msg"] and m["time"], m
' "$tmp/log"
	run oci --log-format yaml list
	fails
}

@test "list and ps" {
	start_container
	run oci list
	ok
	has "ID "
	has "running"
	run oci list -q
	is "$id"
	oci list -f json | /usr/bin/python3 -IS -c 'import json,sys; assert len(json.load(sys.stdin)) == 1'
	run oci ps "$id"
	has "sleep 1000"
	[ "$(oci ps -f json "$id")" = "[$(field pid)]" ]
}

@test "pause and resume; exec in a paused container is refused" {
	start_container 'while :; do echo x; usleep 10000; done >/dev/null'
	oci pause "$id"
	[ "$(field status)" = paused ]
	run timeout 20 "$oci_exe" --root "$state" exec "$id" true
	[ "$status" -eq 255 ]
	has "paused"
	oci resume "$id"
	[ "$(field status)" = running ]
	oci pause "$id"
	oci delete -f "$id"
	assert_nothing_left
}

@test "spec writes once; features is JSON" {
	run oci spec --bundle "$bundle"
	fails
	has "exists"
	oci features | /usr/bin/python3 -IS -c '
import json, sys
f = json.load(sys.stdin)
assert "mount" in f["linux"]["namespaces"] and "createRuntime" in f["hooks"], f
assert f["linux"]["cgroup"]["systemd"] is False'
}

@test "descriptors: only those that were asked for are passed on" {
	echo secret >"$tmp/secret"
	args sh -c 'ls /proc/self/fd; cat <&3'
	run sh -c "exec 3<$tmp/secret 4<$tmp/secret 9<$tmp/secret; $oci_exe --root $state run --bundle $bundle --preserve-fds 1 $id </dev/null"
	ok
	has secret
	has_not 9
	args sh -c 'ls /proc/self/fd'
	run sh -c "exec 3<$tmp/secret 8<$tmp/secret; $oci_exe --root $state run --bundle $bundle $id </dev/null"
	is "$(printf '0\n1\n2\n3')" # 3 is the directory that ls reads
	run oci run --bundle "$bundle" --preserve-fds 20 "$id" </dev/null
	fails
	has "is not open"
}

@test "socket activation: LISTEN_FDS is passed on" {
	args sh -c 'echo $LISTEN_FDS $LISTEN_PID; cat <&3'
	echo listening >"$tmp/secret"
	run sh -c "exec 3<$tmp/secret; LISTEN_FDS=1 $oci_exe --root $state run --bundle $bundle $id </dev/null"
	ok
	is "$(printf '1 1\nlistening')"
}

@test "40 containers at once leave nothing" {
	args sh -c 'exit 3'
	for i in $(seq 40); do
		oci run --bundle "$bundle" "$id-$i" </dev/null >/dev/null 2>&1 &
		pids+=" $!"
	done
	for pid in $pids; do
		code=0
		wait "$pid" || code=$?
		[ "$code" -eq 3 ]
	done
	assert_nothing_left
}
