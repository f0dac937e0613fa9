#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Who the process is and what it may: user, capabilities, limits, filters, in run and in exec.
load helpers

more_setup() { edit 'c["root"]["readonly"] = False'; }
status_of() { grep "^$1:" <<<"$output" | tr -d '\t ' | cut -d: -f2; }

@test "14 capabilities by default, none inheritable, in run and in exec (CVE-2022-24769, CVE-2022-29162)" {
	in_container 'cat /proc/self/status'
	for set in CapPrm CapEff CapBnd; do [ "$(status_of $set)" = 00000000a80425fb ]; done
	[ "$(status_of CapInh)" = 0000000000000000 ]
	[ "$(status_of CapAmb)" = 0000000000000000 ]
	start_container
	in_running 'cat /proc/self/status'
	[ "$(status_of CapBnd)" = 00000000a80425fb ]
	[ "$(status_of CapInh)" = 0000000000000000 ]
	run oci exec --cap CAP_SYS_ADMIN "$id" cat /proc/self/status </dev/null
	[ "$(status_of CapEff)" = 00000000a82425fb ]
	[ "$(status_of CapInh)" = 0000000000000000 ]
}

@test "sets as they are asked for; none without" {
	edit 'caps("CAP_CHOWN"); p["capabilities"]["inheritable"] = p["capabilities"]["ambient"] = ["CAP_CHOWN"]; p["user"] = {"uid": 1000, "gid": 1000}'
	in_container 'cat /proc/self/status'
	for set in CapInh CapPrm CapEff CapBnd CapAmb; do [ "$(status_of $set)" = 0000000000000001 ]; done
	edit 'del p["capabilities"]; p["user"] = {"uid": 0, "gid": 0}'
	in_container 'cat /proc/self/status'
	for set in CapInh CapPrm CapEff CapBnd CapAmb; do [ "$(status_of $set)" = 0000000000000000 ]; done
}

@test "another user has no capabilities, and its groups exactly" {
	edit 'p["user"] = {"uid": 1000, "gid": 1001, "additionalGids": [5, 4000000000]}'
	in_container 'id -u; id -g; id -G; cat /proc/self/status'
	line 1000
	line 1001
	line "1001 5 4000000000"
	[ "$(status_of CapEff)" = 0000000000000000 ]
	start_container
	run oci exec --user 7:8 "$id" id -G </dev/null
	is "8 5 4000000000"
	for bad in 4294967295 4294967296 -1 root "1 " 1:x ""; do
		run oci exec --user "$bad" "$id" true </dev/null
		fails
	done
	edit 'p["user"]["uid"] = 4294967296'
	id=$id-b in_container true
	fails
	has uid
}

@test "no_new_privs and umask" {
	edit 'p["noNewPrivileges"] = True; p["user"]["umask"] = 0o77'
	in_container 'cat /proc/self/status; umask'
	[ "$(status_of NoNewPrivs)" = 1 ]
	line 0077
	edit 'p["noNewPrivileges"] = False; del p["user"]["umask"]'
	in_container 'cat /proc/self/status; umask'
	[ "$(status_of NoNewPrivs)" = 0 ]
	line 0022
	start_container
	run oci exec --no-new-privs "$id" cat /proc/self/status </dev/null
	[ "$(status_of NoNewPrivs)" = 1 ]
}

@test "rlimits: set, and a raise that is refused is an error" {
	edit 'p["rlimits"] = [{"type": "RLIMIT_NOFILE", "soft": 100, "hard": 200}, {"type": "RLIMIT_CORE", "soft": 0, "hard": 0}]'
	in_container 'ulimit -n; ulimit -H -n; ulimit -c'
	is "$(printf '100\n200\n0')"
	edit 'p["user"] = {"uid": 1000, "gid": 1000}'
	start_container
	in_running 'ulimit -n'
	is 100
	oci delete -f "$id"
	edit 'userns()'
	chown -R 100000:100000 "$bundle/rootfs"
	in_container 'ulimit -n; ulimit -H -n'
	is "$(printf '100\n200')"
	grep -q '^CapEff:.*[0-7]ffeffffff' /proc/self/status || skip "CAP_SYS_RESOURCE is there"
	edit 'no_ns("user"); l["uidMappings"] = l["gidMappings"] = []; p["rlimits"] = [{"type": "RLIMIT_NOFILE", "soft": 10000000, "hard": 10000000}]'
	in_container true
	fails
	has RLIMIT_NOFILE
	assert_nothing_left
}

@test "oom_score_adj: raised; lowered only with CAP_SYS_RESOURCE, and the error says so" {
	edit 'p["oomScoreAdj"] = 500'
	in_container 'cat /proc/self/oom_score_adj'
	is 500
	edit 'userns()'
	chown -R 100000:100000 "$bundle/rootfs"
	in_container 'cat /proc/self/oom_score_adj'
	is 500
	edit 'p["oomScoreAdj"] = -500'
	in_container 'cat /proc/self/oom_score_adj'
	if [ "$status" -ne 0 ]; then
		has "CAP_SYS_RESOURCE"
		assert_nothing_left
	else
		is -500
	fi
}

@test "I/O priority, scheduler, personality" {
	edit 'p["ioPriority"] = {"class": "IOPRIO_CLASS_BE", "priority": 6}; p["scheduler"] = {"policy": "SCHED_BATCH", "nice": 5}'
	in_container 'ionice -p $$; cut -d" " -f19,41 /proc/self/stat'
	has "best-effort: prio 6"
	line "5 3" # nice, SCHED_BATCH
	edit 'l["personality"] = {"domain": "LINUX32"}'
	in_container 'uname -m'
	[[ $output != x86_64 ]] && [[ $output != aarch64 ]]
}

@test "environment: exactly what is asked for, HOME when absent" {
	edit 'p["env"] = ["A=1", "PATH=/bin", "B=x y"]'
	args /bin/env
	run env LEAK=1 "$oci_exe" --root "$state" run --bundle "$bundle" "$id" </dev/null
	is "$(printf 'A=1\nPATH=/bin\nB=x y\nHOME=/')"
	edit 'p["env"].append("HOME=/h")'
	run oci run --bundle "$bundle" "$id" </dev/null
	line HOME=/h
	start_container
	run oci exec -e A=2 -e C=3 "$id" env </dev/null
	line A=2
	line C=3
	[ "$(grep -c ^A= <<<"$output")" = 1 ]
}

@test "the working directory is made, entered before the user changes, and must be a directory" {
	edit 'p["cwd"] = "/new/dir"'
	in_container pwd
	is /new/dir
	mkdir -m 700 "$bundle/rootfs/private"
	edit 'p["cwd"] = "/private"; p["user"] = {"uid": 1000, "gid": 1000}'
	in_container pwd
	is /private
	edit 'p["cwd"] = "/bin/busybox"'
	in_container pwd
	fails
	has "working directory /bin/busybox"
	edit 'p["cwd"] = "relative"'
	in_container pwd
	fails
}

@test "the command is looked up with the user's rights" {
	mkdir -m 700 "$bundle/rootfs/sbin"
	cp "$bundle/rootfs/bin/busybox" "$bundle/rootfs/sbin/uptime"
	rm "$bundle/rootfs/bin/uptime"
	edit 'p["env"] = ["PATH=/sbin:/bin"]; p["user"] = {"uid": 1000, "gid": 1000}; caps()'
	args uptime
	run oci run --bundle "$bundle" "$id" </dev/null
	fails
	has 'exec: "uptime": Permission denied'
	edit 'p["user"] = {"uid": 0, "gid": 0}'
	run oci run --bundle "$bundle" "$id" </dev/null
	ok
}

@test "a script whose interpreter is missing, a file of no format" {
	printf '#!/no/such\n' >"$bundle/rootfs/bin/script"
	printf 'x' >"$bundle/rootfs/bin/junk"
	chmod 755 "$bundle/rootfs/bin/script" "$bundle/rootfs/bin/junk"
	args script
	run oci run --bundle "$bundle" "$id" </dev/null
	fails
	has "No such file or directory"
	args junk
	run oci run --bundle "$bundle" "$id" </dev/null
	fails
	has "Exec format error"
	assert_nothing_left
}

@test "standard input ends, binary data passes" {
	args sh -c 'cat; echo end'
	run bash -c "echo x | $oci_exe --root $state run --bundle $bundle $id"
	is "$(printf 'x\nend')"
	head -c 1000000 /dev/urandom >"$tmp/data"
	args cat
	oci run --bundle "$bundle" "$id" <"$tmp/data" | cmp - "$tmp/data"
}

@test "the owner of the streams is not changed" {
	edit 'p["user"] = {"uid": 1000, "gid": 1000}'
	: >"$tmp/file"
	args sh -c 'echo x'
	oci run --bundle "$bundle" "$id" </dev/null >"$tmp/file"
	[ "$(stat -c %u "$tmp/file")" = 0 ]
	[ "$(cat "$tmp/file")" = x ]
	[ "$(stat -c %u /dev/null)" = 0 ]
}

@test "seccomp: with and without no_new_privs, in run and in exec" {
	edit 'l["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95}]}'
	for nnp in True False; do
		for uid in 0 1000; do
			edit "p['noNewPrivileges'] = $nnp; p['user'] = {'uid': $uid, 'gid': $uid}"
			in_container 'mkdir /tmp/x; cat /proc/self/status'
			has "Operation not supported"
			[ "$(status_of Seccomp)" = 2 ]
			[ "$(status_of NoNewPrivs)" = $([ $nnp = True ] && echo 1 || echo 0) ]
		done
	done
	edit 'p["noNewPrivileges"] = False; p["user"] = {"uid": 1000, "gid": 1000}'
	start_container
	in_running 'mkdir /tmp/y; cat /proc/self/status'
	has "Operation not supported"
	[ "$(status_of Seccomp)" = 2 ]
	[ "$(status_of CapEff)" = 0000000000000000 ]
}

@test "a filter that refuses nearly everything does not stop the start itself" {
	edit 'l["seccomp"] = {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["execve", "exit_group", "exit", "brk", "arch_prctl", "set_tid_address", "set_robust_list", "rseq", "prlimit64", "readlink", "getrandom", "mprotect", "uname", "readlinkat", "mmap", "getuid", "write", "rt_sigprocmask"], "action": "SCMP_ACT_ALLOW"}]}'
	args /bin/echo ran
	for nnp in True False; do
		edit "p['noNewPrivileges'] = $nnp"
		run oci run --bundle "$bundle" "$id" </dev/null
		has ran
	done
}

@test "a filter that notifies: the agent gets the listener and answers" {
	edit "l['seccomp'] = {'defaultAction': 'SCMP_ACT_ALLOW', 'listenerPath': '$tmp/agent', 'listenerMetadata': 'meta', 'syscalls': [{'names': ['mkdir', 'mkdirat'], 'action': 'SCMP_ACT_NOTIFY'}]}"
	"$probe_dir/seccomp-agent.py" "$tmp/agent" >"$tmp/told" &
	wait_for test -S "$tmp/agent"
	in_container 'mkdir /tmp/x; echo after'
	ok
	has "Operation not supported"
	line after
	wait
	[ "$(cat "$tmp/told")" = "['seccompFd'] meta True creating" ]
	in_container 'echo ran' # nobody listens any more
	fails
	has_not ran
	assert_nothing_left
}

@test "a session keyring of its own: the caller's keys are not there" {
	# Another user than the keys' owner sees them only by possession: through its session's ring.
	edit 'l["maskedPaths"] = []; p["user"] = {"uid": 64321, "gid": 64321}'
	args cat /proc/keys
	# Joins a new session keyring, adds a key, and becomes the runtime.
	cat >"$tmp/with-key" <<-'PY'
		import ctypes, os, platform, sys
		libc = ctypes.CDLL(None)
		keyctl, add_key = (250, 248) if platform.machine() == "x86_64" else (219, 217)
		if libc.syscall(keyctl, 1, None) < 0: sys.exit(77)
		if libc.syscall(add_key, b"user", b"callers-secret", b"x", 1, -3) < 0: sys.exit(77)
		os.execv(sys.argv[1], sys.argv[1:])
	PY
	run /usr/bin/python3 -IS "$tmp/with-key" "$oci_exe" --root "$state" run --no-new-keyring --bundle "$bundle" "$id" </dev/null
	[ "$status" -ne 77 ] || skip "no keyrings here"
	ok
	has callers-secret
	run /usr/bin/python3 -IS "$tmp/with-key" "$oci_exe" --root "$state" run --bundle "$bundle" "$id" </dev/null
	ok
	has_not callers-secret
	has _ses
}

@test "signals: none ignored, none blocked" {
	args cat /proc/self/status
	run bash -c "trap '' INT HUP TERM; $oci_exe --root $state run --bundle $bundle $id </dev/null"
	[ "$(status_of SigIgn)" = 0000000000000000 ]
	[ "$(status_of SigBlk)" = 0000000000000000 ]
}
