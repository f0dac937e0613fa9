#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What a container wrote: formats, rotation, reading and following.

bats_require_minimum_version 1.5.0
BUILD=${CORACLE_BUILD:-$BATS_TEST_DIRNAME/../../build}

setup() {
	[ "$(id -u)" = 0 ] || skip "needs root"
	ROOT=$(mktemp -d "${TMPDIR:-/tmp}/coracle-logs.XXXXXX")
	export CORACLE_ROOT=$ROOT/lib
	cor ps >/dev/null
}

teardown() {
	[ -n "${ROOT:-}" ] || return 0
	cor ps -aq | xargs -r timeout $patience "$BUILD/src/cmd/coracle" rm -f >/dev/null
	for stamp in /run/coracle-*/stamp; do
		grep -qsxF "root $CORACLE_ROOT" "$stamp" && rm -rf "$(dirname "$stamp")"
	done
	rm -rf --one-file-system "$ROOT"
}

# What hangs is ended after this; an emulated CPU (tests/vm) is ten times slower.
patience=60
[ -z "${CORACLE_IN_VM:-}" ] || patience=400
cor() {
	timeout $patience "$BUILD/src/cmd/coracle" "$@"
}

# Runs a container named c1 to its end.
finish() {
	cor run -d --name c1 --network none "$@" >/dev/null
	cor wait c1 >/dev/null
}

log_file() {
	echo "$CORACLE_ROOT"/containers/*/log
}

@test "k8s-file: CRI lines, binary safe, both streams" {
	finish host: sh -c 'echo one; printf "a\377\000b\n"; echo bad >&2; printf end'
	grep -aqE '^[0-9-]{10}T[0-9:]{8}\.[0-9]{9}Z stdout F one$' "$(log_file)"
	grep -aqE ' stderr F bad$' "$(log_file)"
	grep -aqE ' stdout P end$' "$(log_file)"
	cor logs c1 2>/dev/null | cmp - <(printf 'one\na\377\000b\nend')
	[ "$(cor logs c1 2>&1 >/dev/null)" = bad ]
}

@test "json-file: Docker's objects" {
	finish --log-driver json-file host: sh -c 'echo "<a> \"b\""; printf "\377\n"'
	jq -e 'select(.stream == "stdout" and (.time | test("Z$")))' "$(log_file)" >/dev/null
	[ "$(jq -rj .log "$(log_file)")" = "$(printf '<a> "b"\n\357\277\275\n')" ]
	[ "$(cor logs c1)" = "$(printf '<a> "b"\n\357\277\275\n')" ]
}

@test "none: nothing is written, and reading says so" {
	finish --log-driver none host: echo x
	[ ! -e "$(log_file)" ]
	run ! cor logs c1
	[[ "$output" == *"does not support reading"* ]]
}

@test "rotation: max-size and max-file bound what is kept, and reading crosses files" {
	finish --log-opt max-size=100k --log-opt max-file=3 host: seq 100000 130000
	[ "$(ls "$(dirname "$(log_file)")" | grep -cE '^log(\.[0-9]+)?$')" = 3 ]
	cor logs c1 >"$ROOT/out"
	[ "$(tail -n 1 "$ROOT/out")" = 130000 ]
	# No gap within what is kept; the first line may have lost its beginning to the rotation.
	sed -i 1d "$ROOT/out"
	cmp "$ROOT/out" <(seq "$(head -n 1 "$ROOT/out")" 130000)
}

@test "--tail counts lines, also of a line in many parts and across files" {
	finish --log-opt max-size=50k --log-opt max-file=5 host: seq 5000
	[ "$(cor logs --tail 0 c1)" = "" ]
	cor logs --tail 3 c1 | cmp - <(seq 4998 5000)
	cor logs --tail 3000 c1 | cmp - <(seq 2001 5000)
	cor rm c1 >/dev/null
	finish host: sh -c 'echo short; head -c 50000 /dev/zero | tr "\0" x; echo'
	[ "$(cor logs --tail 1 c1 | wc -c)" = 50001 ]
	[ "$(cor logs --tail 2 c1 | head -n 1)" = short ]
}

@test "--since, --until and --timestamps" {
	finish host: sh -c 'echo a; sleep 1.2; echo b'
	at=$(sed -n '2s/ .*//p' "$(log_file)")
	[ "$(cor logs --since "$at" c1)" = b ]
	first=$(sed -n '1s/ .*//p' "$(log_file)")
	[ "$(cor logs --until "$first" c1)" = a ]
	cor logs -t c1 | grep -qE '^[0-9-]{10}T[0-9:.]{18}Z a$'
}

@test "-f follows through rotations and ends with the container" {
	cor run -d --name c1 --network none --log-opt max-size=200k --log-opt max-file=3 host: sh -c \
		'for i in $(seq 40); do seq $((i * 1000)) $((i * 1000 + 999)); sleep 0.05; done' >/dev/null
	cor logs -f c1 >"$ROOT/out"
	[ "$(tail -n 1 "$ROOT/out")" = 40999 ]
	sed -i 1d "$ROOT/out"
	cmp "$ROOT/out" <(seq "$(head -n 1 "$ROOT/out")" 40999)
}
