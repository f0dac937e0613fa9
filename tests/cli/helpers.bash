# SPDX-License-Identifier: Apache-2.0
# For the tests of the command line: a root of its own for each test, and nothing left behind.

coracle_exe=${CORACLE_BUILD:-$BATS_TEST_DIRNAME/../../build}/src/cmd/coracle

setup() {
	[ "$(id -u)" = 0 ] || skip "needs root"
	tmp=$(mktemp -d "${TMPDIR:-/tmp}/coracle-cli.XXXXXX")
	export CORACLE_ROOT=$tmp/root
	unset CORACLE_TEST_OWN
	group=$(cor info -f '{{.CgroupParent}}')
	run_dir=$(cor info -f '{{.RunDir}}')
	mounts_before=$(wc -l </proc/self/mountinfo)
	: >"$CORACLE_ROOT/told-network-default" # said in one test alone
}

teardown() {
	[ -n "${tmp:-}" ] || return 0
	local left
	cor ps -aq | xargs -r timeout 60 "$coracle_exe" rm -f >/dev/null
	eventually nothing_left || left=1
	rm -rf --one-file-system "$tmp" "$run_dir"
	[ -z "${left:-}" ]
}

cor() { timeout 60 "$coracle_exe" "$@"; }

# Waits up to ten seconds until a command succeeds.
eventually() {
	local _
	for _ in $(seq 100); do
		"$@" && return
		sleep 0.1
	done
	echo "not within ten seconds: $*"
	return 1
}

# No group, process, mount or directory of this root's containers.
nothing_left() {
	[ -z "$(find /sys/fs/cgroup -type d -path "*/$group*" 2>/dev/null)" ] &&
		[ -z "$(ls "$run_dir/containers" "$CORACLE_ROOT/containers" | grep -v ':$' | tr -d '\n')" ] &&
		! grep -qF "$CORACLE_ROOT" /proc/self/mountinfo &&
		[ "$(wc -l </proc/self/mountinfo)" -le "$mounts_before" ] &&
		! pgrep -f "^coracle-monitor.*$CORACLE_ROOT" >/dev/null
}

status_is() { [ "$(cor inspect -f '{{.State.Status}}' "$1")" = "$2" ]; }

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

# in_terminal STEP... -- COMMAND...: see terminal.py
in_terminal() { timeout 60 python3 "$BATS_TEST_DIRNAME/terminal.py" "$@"; }
