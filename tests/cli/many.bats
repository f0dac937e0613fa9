#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Many containers at once leave nothing: no process, mount, group, namespace, file or row.
load helpers

namespaces() { # how many namespaces all processes together are in
	readlink /proc/[0-9]*/ns/* 2>/dev/null | sort -u | wc -l
}

@test "200 containers, 16 at a time, started and removed" {
	count=200
	[ -z "${CORACLE_IN_VM:-}" ] || count=40 # the virtual machine is slower, not different
	before=$(namespaces)
	export coracle_exe
	seq $count | timeout 500 xargs -P 16 -I N sh -c \
		'[ "$("$coracle_exe" run --rm --name cN host: echo N)" = N ]'
	[ -z "$(cor ps -aq)" ]
	eventually nothing_left
	few() { [ "$(namespaces)" -le $((before + 4)) ]; } # other programs of the machine live on
	eventually few
}
