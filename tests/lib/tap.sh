# SPDX-License-Identifier: Apache-2.0
# Counting of test results for ./check: sourced. Every result is one line "ok NAME", "not ok NAME"
# or "skip NAME: what is missing"; tap_summary prints the closing line and sets the exit status.

tap_passed=0 tap_failed=0 tap_skipped=0 tap_failures=()

tap_wanted() { # whether the filter, if any, selects this name
	case $1 in *"${filter:-}"*) return 0 ;; build:\ release) return 0 ;; esac
	return 1
}
tap_ok() { tap_passed=$((tap_passed + 1)); echo "ok $1"; }
tap_not_ok() { tap_failed=$((tap_failed + 1)); tap_failures+=("$1"); echo "not ok $1"; }
tap_skip() { tap_skipped=$((tap_skipped + 1)); echo "skip $1: ${2:-no reason given}"; }

# tap_step NAME COMMAND...: one result; the output is shown when it failed. Exit 77 is a skip whose
# last line of output says what is missing.
tap_step() {
	local name=$1 log status; shift
	tap_wanted "$name" || return 0
	log=build/check/$(tr -c 'a-zA-Z0-9\n' _ <<<"$name").log
	"$@" >"$log" 2>&1 </dev/null; status=$?
	case $status in
	0) tap_ok "$name" ;;
	77) tap_skip "$name" "$(tail -n 1 "$log")" ;;
	*) tap_not_ok "$name"; tail -n 60 "$log" | sed 's/^/    /' ;;
	esac
}

# tap_read PREFIX LOG: counts the TAP lines of a log. cmocka has no place for the reason of a skip
# and writes "not ok N # SKIP NAME"; a line "# skipped: REASON" before it (tests/unit/support.h) is it.
tap_read() {
	local line name why reason=
	while IFS= read -r line; do
		case $line in
		"# skipped: "*) reason=${line#\# skipped: } ;;
		"not ok "*" # SKIP "*) tap_skip "$1: ${line#* \# SKIP }" "$reason"; reason= ;;
		"ok "* | "not ok "*)
			name=$(sed -E 's/^(not )?ok [0-9]+( -)? ?//; s/ # .*//' <<<"$line")
			case $line in
			*"# skip"* | *"# SKIP"*)
				why=$(sed -E 's/.*# [sS][kK][iI][pP] ?//' <<<"$line")
				tap_skip "$1: $name" "$why" ;;
			"not ok "*) tap_not_ok "$1: $name" ;;
			*) tap_passed=$((tap_passed + 1)) ;;
			esac ;;
		esac
	done <"$2"
}

# tap_nested NAME COMMAND...: a command that prints TAP itself. Without a plan or a result it failed.
tap_nested() {
	local name=$1 log status before; shift
	tap_wanted "$name" || return 0
	log=build/check/$(tr -c 'a-zA-Z0-9\n' _ <<<"$name").log
	before=$((tap_passed + tap_failed + tap_skipped))
	local failed_before=$tap_failed start=$SECONDS
	timeout "${TAP_TIMEOUT:-900}" "$@" >"$log" 2>&1 </dev/null; status=$?
	if [ $status = 77 ]; then
		tap_skip "$name" "$(tail -n 1 "$log")"
		return
	fi
	tap_read "$name" "$log"
	if [ $((tap_passed + tap_failed + tap_skipped)) = "$before" ]; then
		tap_not_ok "$name: printed no result"
	elif [ $status != 0 ] && [ "$tap_failed" = "$failed_before" ]; then
		tap_not_ok "$name: exit status $status"
	fi
	if [ "$tap_failed" != "$failed_before" ]; then
		grep -v '^ok ' "$log" | tail -n 150 | sed 's/^/    /'
	else
		echo "ok $name: $((tap_passed + tap_failed + tap_skipped - before)) results, $((SECONDS - start)) s"
	fi
}

tap_cmocka() { # tap_cmocka NAME BINARY
	CMOCKA_MESSAGE_OUTPUT=TAP tap_nested "$@"
}
tap_bats() { tap_nested "$1" tests/lib/own-net.sh bats --tap "$1"; }

tap_summary() {
	local f
	if [ ${#tap_failures[@]} -gt 0 ]; then
		echo; echo "Failed:"
		for f in "${tap_failures[@]}"; do echo "  $f"; done
	fi
	echo
	echo "$tap_passed passed, $tap_failed failed, $tap_skipped skipped"
	[ "$tap_failed" = 0 ]
	exit
}
