#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# As an ordinary user: the single own id, and newuidmap where it is set up.
load helpers

uid=64123
more_setup() {
	install -m 755 "$oci_exe" "$tmp/coracle-oci"
	mkdir "$state"
	"$oci_exe" spec --rootless --bundle "$tmp"
	mv "$tmp/config.json" "$bundle/config.json"
	edit "p['terminal'] = False; l['uidMappings'][0]['hostID'] = l['gidMappings'][0]['hostID'] = $uid"
	chown -R $uid:$uid "$bundle" "$state"
}
more_teardown() {
	local dir
	for dir in "$state"/*/; do
		[ -d "$dir" ] && mine delete -f "$(basename "$dir")"
	done
	return 0
}
mine() { timeout $patience setpriv --reuid=$uid --regid=$uid --clear-groups "$tmp/coracle-oci" --root "$state" "$@"; }
in_mine() {
	args sh -c "$1"
	chown $uid "$bundle/config.json"
	run mine run --bundle "$bundle" "$id" </dev/null
}

@test "run: root inside, nobody outside" {
	edit 'c["root"]["readonly"] = False'
	in_mine 'id -u; hostname; touch /made; echo x >/dev/null; ls -d /proc/[0-9]* | wc -l; cat /proc/self/uid_map; exit 6'
	[ "$status" -eq 6 ]
	line 0
	[ "$(stat -c %u "$bundle/rootfs/made")" = $uid ]
	has "$uid          1"
	[ -z "$(ls "$state")" ]
}

@test "create, start, exec, kill, delete" {
	args sleep 1000
	chown $uid "$bundle/config.json"
	mine create --bundle "$bundle" "$id" </dev/null
	mine start "$id"
	run mine state "$id"
	has '"status": "running"'
	run mine exec "$id" sh -c 'id -u; hostname' </dev/null
	ok
	line 0
	mine kill "$id" KILL
	sleep 0.5
	mine delete "$id"
}

@test "limits are refused by name, or in force" {
	edit 'l["resources"] = {"memory": {"limit": 10000000}}'
	in_mine 'echo ran'
	fails
	has memory
	has_not ran
}

@test "a user namespace is needed, and the host's network with a read-only /sys" {
	edit 'no_ns("network")'
	in_mine 'readlink /proc/self/ns/net; touch /sys/x'
	has "$(readlink /proc/self/ns/net)"
	has "Read-only"
	edit 'no_ns("user"); l["uidMappings"] = l["gidMappings"] = []'
	in_mine true
	fails
	has "an ordinary user needs a user namespace"
}

@test "the cgroup view is read-only (CVE-2023-25809)" {
	edit 'ns("cgroup"); mount("/sys/fs/cgroup", "cgroup", "cgroup", ["rw"])'
	in_mine 'for f in $(find /sys/fs/cgroup -name cgroup.procs | head -n 20); do echo 1 >$f && echo WRITTEN; done; mkdir /sys/fs/cgroup/x; mkdir /sys/fs/cgroup/*/x'
	has_not WRITTEN
	has "Read-only"
}

@test "our program is sealed: the user could write his own copy of it" {
	chown $uid "$tmp/coracle-oci"
	args sleep 1000
	chown $uid "$bundle/config.json"
	mine create --bundle "$bundle" "$id" </dev/null
	pid=$(mine state "$id" | sed -n 's/.*"pid": \([0-9]*\).*/\1/p')
	has_not "$tmp"
	[[ $(readlink "/proc/$pid/exe") == *memfd* ]]
}

@test "oom_score_adj is raised, groups that cannot be set are refused" {
	edit 'p["oomScoreAdj"] = 300'
	in_mine 'cat /proc/self/oom_score_adj'
	is 300
	edit 'p["user"]["additionalGids"] = [5]'
	in_mine true
	fails
}
