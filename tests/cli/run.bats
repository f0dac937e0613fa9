#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# run and create: streams, statuses, and flags as the container sees them.
bats_require_minimum_version 1.5.0
load helpers

@test "output and errors come apart, whole and in order" {
	cor run --rm host: sh -c 'for i in $(seq 2000); do echo o$i; echo e$i >&2; done' \
		>"$tmp/out" 2>"$tmp/err"
	[ "$(md5sum <"$tmp/out")" = "$(seq -f o%.0f 2000 | md5sum)" ]
	[ "$(md5sum <"$tmp/err")" = "$(seq -f e%.0f 2000 | md5sum)" ]
}

@test "20 MB go in and come out as they were, to a file and to a slow pipe" {
	head -c 20000000 /dev/urandom >"$tmp/in"
	cor run --rm -i host: cat <"$tmp/in" >"$tmp/out"
	cmp "$tmp/in" "$tmp/out"
	cor run --rm -i host: cat <"$tmp/in" | (sleep 1; cmp - "$tmp/in")
}

@test "the exit status is the container's, or tells who failed" {
	run cor run --rm host: sh -c 'exit 3'
	[ "$status" = 3 ]
	run cor run --rm host: sh -c 'kill -9 $$; sleep 5' # its first process is immune to itself
	run cor run --rm --init host: sh -c 'kill -9 $$'
	[ "$status" = 137 ]
	run -127 cor run --rm host: /nonexistent
	[ "$status" = 127 ]
	run cor run --rm host: /etc/passwd
	[ "$status" = 126 ]
	run cor run --rm -w /nonexistent/ host: true
	[ "$status" = 0 ] # made, as Docker does
	run cor run --rm nosuchimage true
	[ "$status" = 125 ]
	run cor create nosuchimage
	[ "$status" = 1 ]
}

@test "a reader that leaves ends the command, not the container" {
	cor run --name c1 host: sh -c 'yes' | head -n 1 >/dev/null
	status_is c1 running
	cor kill c1
}

@test "a closed standard output is no reason to fail" {
	cor run --rm host: echo x >&-
	cor run --rm -i host: cat <&- >/dev/null
}

@test "-d prints the id, and the container goes on" {
	id=$(cor run -d --name c1 host: sleep 100)
	[[ $id =~ ^[0-9a-f]{64}$ ]]
	[ "$(cor ps -q --no-trunc)" = "$id" ]
	status_is "${id:0:8}" running
}

@test "signals are passed on without a terminal, and not with --sig-proxy=false" {
	"$coracle_exe" run --name c1 host: sh -c \
		'trap "echo got TERM; exit 42" TERM; echo up; while :; do sleep 0.1; done' >"$tmp/out" &
	pid=$!
	eventually grep -q up "$tmp/out"
	kill -TERM $pid
	status=0
	wait $pid || status=$?
	[ "$status" = 42 ]
	grep -q 'got TERM' "$tmp/out"

	"$coracle_exe" run --sig-proxy=false --name c2 host: sh -c 'echo up; sleep 100' >"$tmp/out" &
	pid=$!
	eventually grep -q up "$tmp/out"
	kill -TERM $pid
	wait $pid || status=$?
	[ "$status" = 143 ]
	status_is c2 running
}

@test "environment: flags, files, our own, and one taken away" {
	printf '# note\nA=file\nCORACLE_TEST_OWN\nNOT_SET_ANYWHERE\n' >"$tmp/env"
	export CORACLE_TEST_OWN=mine
	cor run --rm --env-file "$tmp/env" -e A=flag -e B='x y' -e PATH host: env >"$tmp/out"
	grep -qx A=flag "$tmp/out"
	grep -qx 'B=x y' "$tmp/out"
	grep -qx CORACLE_TEST_OWN=mine "$tmp/out"
	grep -qx "PATH=$PATH" "$tmp/out"
	! grep -q NOT_SET "$tmp/out"
}

@test "what it is: host name, user, groups, directory, limits" {
	[ "$(cor run --rm -h box host: cat /proc/sys/kernel/hostname)" = box ]
	[ "$(cor run --rm --hostname box --domainname ex.org host: cat /proc/sys/kernel/domainname)" = ex.org ]
	id=$(cor run -d host: sleep 100)
	[ "$(cor exec "$id" cat /proc/sys/kernel/hostname)" = "${id:0:12}" ]
	[ "$(cor run --rm -u 1000:1001 --group-add 7 host: id -u)" = 1000 ]
	[ "$(cor run --rm -u 1000:1001 --group-add 7 host: id -G)" = '1001 7' ]
	[ "$(cor run --rm -w /usr host: pwd)" = /usr ]
	[ "$(cor run --rm --ulimit nofile=100:200 host: sh -c 'ulimit -Sn; ulimit -Hn' | xargs)" = '100 200' ]
	[ "$(cor run --rm --entrypoint echo host: hello)" = hello ]
}

@test "what it sees: binds, tmpfs, read-only root, devices" {
	mkdir "$tmp/d"
	echo inside >"$tmp/d/f"
	cd "$tmp"
	[ "$(cor run --rm -v "$tmp/d:/mnt" host: cat /mnt/f)" = inside ]
	[ "$(cor run --rm -v ./d:/mnt host: cat /mnt/f)" = inside ]
	run cor run --rm -v "$tmp/d:/mnt:ro" host: touch /mnt/x
	[ "$status" != 0 ]
	cor run --rm --mount "type=bind,source=$tmp/d,target=/mnt" host: touch /mnt/made
	[ -e "$tmp/d/made" ]
	[ "$(cor run --rm --tmpfs /mnt:size=1m host: stat -f -c %T /mnt)" = tmpfs ]
	run cor run --rm --read-only host: touch /x
	[ "$status" != 0 ]
	cor run --rm --read-only --tmpfs /run host: touch /run/x
	[ "$(cor run --rm --device /dev/null:/dev/mine:r host: stat -c %F /dev/mine)" = 'character special file' ]
}

@test "what it may do: capabilities, no-new-privileges, sysctls, seccomp profiles" {
	none=$(cor run --rm --cap-drop ALL host: grep CapEff /proc/self/status)
	[[ $none == *0000000000000000 ]]
	[[ $(cor run --rm --cap-drop ALL --cap-add chown host: grep CapEff /proc/self/status) == *0000000000000001 ]]
	[[ $(cor run --rm --security-opt no-new-privileges host: grep NoNewPrivs /proc/self/status) == *1 ]]
	[ "$(cor run --rm --sysctl kernel.msgmax=12345 host: cat /proc/sys/kernel/msgmax)" = 12345 ]
	printf '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO"}]}' >"$tmp/p.json"
	run cor run --rm --security-opt "seccomp=$tmp/p.json" host: mkdir /tmp/x
	[ "$status" = 1 ]
	[[ $(cor run --rm --security-opt seccomp=unconfined host: grep Seccomp: /proc/self/status) == *0 ]]
}

@test "--rm leaves nothing, and its name is free at once" {
	for _ in 1 2 3; do
		cor run --rm --name c1 host: true
	done
	[ -z "$(cor ps -aq)" ]
}

@test "--cidfile: written, never overwritten, not left by a failure" {
	cor run --rm --cidfile "$tmp/cid" host: true
	[[ $(cat "$tmp/cid") =~ ^[0-9a-f]{64}$ ]]
	run cor run --cidfile "$tmp/cid" host: true
	[ "$status" = 125 ]
	run cor run --cidfile "$tmp/cid2" nosuchimage true
	[ "$status" = 125 ]
	[ ! -e "$tmp/cid2" ]
	[ -z "$(cor ps -aq)" ]
}

@test "a run with --rm that cannot start leaves no container" {
	run -127 cor run --rm --name c1 host: /nonexistent
	[ -z "$(cor ps -aq)" ]
	run -127 cor run --name c1 host: /nonexistent
	[ "$status" = 127 ]
	status_is c1 created
}

@test "create, then start: attached and not" {
	id=$(cor create --name c1 -i host: cat)
	status_is c1 created
	[ "$(echo hello | cor start -ai c1)" = hello ]
	status_is c1 exited
	[ "$(cor create --name c2 host: sh -c 'echo hi; exit 4' | wc -c)" = 65 ]
	run cor start -a c2
	[ "$status" = 4 ]
	[ "$output" = hi ]
	[ "$(cor start c2)" = c2 ]
}

@test "the network is the bridge unless --network says otherwise" {
	[ "$(cor run --rm host: sh -c 'ls /sys/class/net | tr "\n" " "')" = "eth0 lo " ]
	[ "$(cor run --rm --network none host: ls /sys/class/net)" = lo ]
	[ "$(cor run --rm --network host host: readlink /proc/self/ns/net)" = "$(readlink /proc/self/ns/net)" ]
}

@test "started without standard streams, no file of ours is taken for one" {
	local rc=0 stamp
	stamp=$(cat "$CORACLE_ROOT/stamp")
	cor run --rm --network none host: sh -c 'echo x; exit 3' <&- >&- 2>&- || rc=$?
	[ "$rc" = 3 ]
	cor inspect nobody <&- >&- 2>&- || rc=$?
	[ "$rc" = 1 ]
	[ "$(cat "$CORACLE_ROOT/stamp")" = "$stamp" ]
	cor ps
}
