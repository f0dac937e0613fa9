#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# suite.sh LAYOUT [smoke | FILE...]: the bats suite in virtual machines with that cgroup layout (v2: Linux
# 6.12, hybrid and v1: 6.1), as one stream of TAP; with `smoke` only the files named in tests/vm/smoke.
#
# Every file has a machine and a limit of its own (VM_TIMEOUT, seconds, is one for all): what hangs or
# kills its kernel is one failure, and the other files still run.
set -u
layout=$1
shift
top=$(readlink -f "$(dirname "$(readlink -f "$0")")/../..")
cd "$top" || exit 1
case ${1:-} in
'') mapfile -t files < <(ls tests/cli/*.bats tests/runtime/*.bats) ;;
smoke) mapfile -t files < <(grep -v '^#' tests/vm/smoke) ;;
*) files=("$@") ;;
esac
export CORACLE_SOURCE=$top CORACLE_BUILD=$top/build CORACLE_IN_VM=1

# Beside other work a file takes three times as long as alone (cli/lifecycle: 390 s, runtime/escape: 220 s).
limit_of() {
	case $1 in
	*/archives.bats) echo 3600 ;;
	*/cli/lifecycle.bats) echo 1800 ;;
	*) echo 900 ;;
	esac
}

number=0 failed=0
result() { # result "ok" | "not ok" TEXT
	number=$((number + 1))
	[ "$1" = ok ] || failed=$((failed + 1))
	echo "$1 $number $2"
}

run_file() {
	local file=$1 name planned=0 seen=0 before=$failed status=1 line last=
	name=${file#tests/} name=${name%.bats}
	while IFS= read -r line; do
		case $line in
		1..*) planned=${line#1..} ;;
		"ok "* | "not ok "*)
			seen=$((seen + 1))
			result "${line%%ok *}ok" "$name: $(sed -E 's/^(not )?ok [0-9]+( -)? ?//' <<<"$line")" ;;
		"exit "*) status=${line#exit } ;;
		*) echo "$line"; last=$line ;;
		esac
	done < <(tests/vm/run --cgroup "$layout" --timeout "${VM_TIMEOUT:-$(limit_of "$file")}" -- \
		bats --tap "$file" 2>&1 </dev/null; echo "exit $?")
	# The last line has said what is missing for any of them.
	[ "$status" != 77 ] || [ $number -gt 0 ] || exit 77
	if [ "$seen" != "$planned" ] || [ "$planned" = 0 ] || { [ "$status" != 0 ] && [ "$failed" = "$before" ]; }; then
		result "not ok" "$name: $seen of $planned tests, exit status $status: $last"
	fi
}

for f in "${files[@]}"; do
	run_file "$f"
done
echo "1..$number"
[ "$failed" = 0 ]
