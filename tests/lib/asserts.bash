# SPDX-License-Identifier: Apache-2.0
# What tests of the command line assert by: sourced by the helpers of tests/cli and tests/net, which set
# `settle`, the seconds that something may take.

# Waits until a command succeeds.
eventually() {
	local end=$((SECONDS + settle))
	while [ $SECONDS -le $end ]; do
		"$@" && return
		sleep 0.1
	done
	echo "not in time: $*"
	return 1
}

# fails STATUS TEXT COMMAND...: with this exit status, and one line on standard error that is
# "coracle: TEXT" (and, for a wrong flag, one that names the help).
fails() {
	local expected_status=$1 text=$2 line
	shift 2
	run "$@"
	[ "$status" = "$expected_status" ] || { echo "status $status: $output"; return 1; }
	line=$(grep -v "^See 'coracle" <<<"$output")
	[ "$line" = "coracle: $text" ] || { echo "said: $output"; return 1; }
}
