#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run.sh [NAME...]: proves that guards are tested. Each tests/mutants/NAME.patch takes one guard away
# and says in its first lines which test must notice:
#     Guard: what is removed, and which attack it stops
#     Test: tests/runtime/escape.bats | name of the one test that must fail
#     Test: unit test_user | name of the cmocka test that must fail
# The patch is applied to a copy, the copy is built, the test's file is run: exactly that test must
# fail. Prints TAP; a patch that no longer applies is a failure.
set -u
top=$(readlink -f "$(dirname "$(readlink -f "$0")")/../..")
copy=$top/build/mutants
mkdir -p "$copy"
number=0
result() { number=$((number + 1)); echo "$1 $number - $2"; [ -z "${3:-}" ] || sed 's/^/# /' <<<"$3"; }

# Only files that differ are written, and with a new time: ninja must see that a mutant is undone.
fresh_copy() {
	local f
	(cd "$top" && git ls-files -z) | while IFS= read -r -d '' f; do
		cmp -s "$top/$f" "$copy/$f" && continue
		mkdir -p "$(dirname "$copy/$f")" && cp "$top/$f" "$copy/$f"
	done
}
failed_tests() { sed -n '/# SKIP/d; s/^not ok [0-9]* \(- \)\{0,1\}//p' | sed 's/ # .*//'; }

run_one() {
	local name=$1 patch=$top/tests/mutants/$1.patch kind want log failed
	kind=$(sed -n 's/^Test: \(.*\) | .*/\1/p' "$patch")
	want=$(sed -n 's/^Test: .* | //p' "$patch")
	[ -n "$want" ] || { result "not ok" "$name" "the patch names no test"; return; }
	fresh_copy
	log=$(cd "$copy" && patch -p1 --no-backup-if-mismatch -F 0 <"$patch" 2>&1) ||
		{ result "not ok" "$name" "does not apply: $log"; return; }
	[ -e "$copy/build/build.ninja" ] || (cd "$copy" && meson setup build >/dev/null 2>&1)
	log=$(ninja -C "$copy/build" 2>&1) ||
		{ result "not ok" "$name" "does not build: $(tail -n 5 <<<"$log")"; return; }
	case $kind in
	unit\ *) failed=$(cd "$copy" && CMOCKA_MESSAGE_OUTPUT=TAP timeout 300 "build/tests/unit/${kind#unit }" 2>/dev/null | failed_tests) ;;
	*) failed=$(cd "$copy" && CORACLE_SOURCE=$copy CORACLE_BUILD=$copy/build timeout 600 tests/lib/own-net.sh bats --tap "$kind" 2>/dev/null | failed_tests) ;;
	esac
	if [ "$failed" = "$want" ]; then
		result ok "$name: \"$want\" notices"
	else
		result "not ok" "$name" "expected to fail: $want
failed: ${failed:-nothing}"
	fi
}

if [ $# -gt 0 ]; then names=("$@"); else
	names=()
	for p in "$top"/tests/mutants/*.patch; do
		[ -e "$p" ] && n=${p##*/} && names+=("${n%.patch}")
	done
fi
[ ${#names[@]} -gt 0 ] || { echo "no mutants"; exit 77; }
for n in "${names[@]}"; do run_one "$n"; done
echo "1..$number"
