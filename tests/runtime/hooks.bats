#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Hooks: when, where, with what on their input, and what a failing one does.
load helpers

# hook KIND: a host-side script that notes its kind, state, namespace and root.
hook() {
	cat >"$tmp/$1.sh" <<-SCRIPT
		#!/bin/sh
		{ echo "$1 \$(readlink /proc/self/ns/mnt) \$(ls -d $tmp 2>/dev/null) \$*"; cat; echo; } >>"$tmp/log"
	SCRIPT
	chmod 755 "$tmp/$1.sh"
	edit "c.setdefault('hooks', {}).setdefault('$1', []).append({'path': '$tmp/$1.sh', 'args': ['name', 'arg'], 'env': ['PATH=/bin:/usr/bin']})"
}

@test "each kind runs at its time, in its namespaces" {
	for kind in prestart createRuntime createContainer poststart poststop; do hook $kind; done
	edit 'c["root"]["readonly"] = False; c["hooks"]["startContainer"] = [{"path": "/bin/sh", "args": ["sh", "-c", "{ echo startContainer; cat; } >/log"]}]'
	args sh -c 'echo command'
	run oci run --bundle "$bundle" "$id" </dev/null
	ok
	is command
	[ "$(grep -oE '^(prestart|create[RC][a-z]*|poststart|poststop)' "$tmp/log" | tr '\n' ' ')" = "prestart createRuntime createContainer poststart poststop " ]
	host=$(readlink /proc/self/ns/mnt)
	for kind in prestart createRuntime poststart poststop; do grep -qxF "$kind $host $tmp arg" "$tmp/log"; done
	grep "^createContainer" "$tmp/log" | grep -vF "$host" | grep -F "$tmp"
	grep -q startContainer "$bundle/rootfs/log"
	grep -q '"status":"created"' "$bundle/rootfs/log"
}

@test "the state on standard input" {
	hook createRuntime
	hook poststop
	edit 'c["annotations"] = {"k": "v"}'
	in_container true
	ok
	grep '^{' "$tmp/log" | /usr/bin/python3 -IS -c '
import json, sys
a, b = [json.loads(l) for l in sys.stdin]
assert a["status"] == "creating" and b["status"] == "stopped", (a, b)
assert a["pid"] > 1 and a["id"] == b["id"] == sys.argv[1] and a["bundle"] == sys.argv[2]
assert a["annotations"] == {"k": "v"} and a["ociVersion"]' "$id" "$bundle"
}

@test "a hook that fails before the start ends it and leaves nothing" {
	for kind in prestart createRuntime createContainer; do
		edit "c['hooks'] = {'$kind': [{'path': '/bin/false'}]}"
		in_container 'echo ran'
		fails
		has "$kind hook /bin/false: it exited with 1"
		has_not ran
		assert_nothing_left
	done
	edit 'c["hooks"] = {"startContainer": [{"path": "/bin/false"}]}'
	in_container 'echo ran'
	fails
	has "startContainer hook"
	has_not ran
	assert_nothing_left
	edit 'c["hooks"] = {"createRuntime": [{"path": "/no/such"}]}'
	in_container true
	fails
	has /no/such
}

@test "a hook that fails afterwards is a warning" {
	edit 'c["hooks"] = {"poststart": [{"path": "/bin/false"}], "poststop": [{"path": "/bin/false"}]}'
	in_container 'echo ran'
	ok
	has ran
	has "poststart hook /bin/false"
	has "poststop hook /bin/false"
	assert_nothing_left
}

@test "a hook has a time limit" {
	edit 'c["hooks"] = {"createRuntime": [{"path": "/bin/sleep", "args": ["sleep", "77.5"], "timeout": 1}]}'
	in_container true
	fails
	has "longer than its 1 s"
	not pgrep -fx "sleep 77.5"
	assert_nothing_left
}

@test "a hook gets no descriptor of ours" {
	printf '#!/bin/sh\nls -l /proc/self/fd >>%s/log\n' "$tmp" >"$tmp/fds.sh"
	chmod 755 "$tmp/fds.sh"
	edit "h = [{'path': '$tmp/fds.sh'}]; c['hooks'] = {'createRuntime': h, 'createContainer': h, 'poststop': h}"
	in_container true
	ok
	not grep -qE ' -> .*(cgroup|/state|rootfs|socket:|mnt:)' "$tmp/log"
}
