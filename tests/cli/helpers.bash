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
}

teardown() {
	[ -n "${tmp:-}" ] || return 0
	local left
	cor ps -aq | xargs -r timeout $patience "$coracle_exe" rm -f >/dev/null
	pkill -TERM -f "^coracle-netd --root $CORACLE_ROOT " || true # it would stay for some seconds
	eventually nothing_left || left=1
	rm -rf --one-file-system "$tmp" "$run_dir"
	[ -z "${left:-}" ]
}

# What hangs is ended after this; an emulated CPU (tests/vm) is ten times slower.
patience=60
[ -z "${CORACLE_IN_VM:-}" ] || patience=400
settle=10
[ -z "${CORACLE_IN_VM:-}" ] || settle=60
. "$BATS_TEST_DIRNAME/../lib/asserts.bash"
cor() { timeout $patience "$coracle_exe" "$@"; }

# A root that containers with a user namespace can be seen through: the host's, or, where that is an
# overlay, which cannot be mounted with mapped ids (as in a virtual machine), a small one.
mappable_root() {
	local applet
	[ "$(stat -f -c %T /)" = overlayfs ] || { echo host:; return; }
	mkdir -p "$tmp/mappable/bin" "$tmp/mappable/etc"
	cp "$(command -v busybox)" "$tmp/mappable/bin/busybox"
	for applet in sh true sleep awk readlink; do
		ln -sf busybox "$tmp/mappable/bin/$applet"
	done
	echo "dir:$tmp/mappable"
}

# No group, process, mount or directory of this root's containers.
nothing_left() {
	[ -z "$(find /sys/fs/cgroup -type d -path "*/$group*" 2>/dev/null)" ] &&
		[ -z "$(ls "$run_dir/containers" "$CORACLE_ROOT/containers" | grep -v ':$' | tr -d '\n')" ] &&
		! grep -qF "$CORACLE_ROOT" /proc/self/mountinfo &&
		[ "$(wc -l </proc/self/mountinfo)" -le "$mounts_before" ] &&
		! pgrep -f "^coracle-(monitor|netd).*$CORACLE_ROOT" >/dev/null
}

status_is() { [ "$(cor inspect -f '{{.State.Status}}' "$1")" = "$2" ]; }

# in_terminal STEP... -- COMMAND...: see terminal.py
in_terminal() { timeout $patience python3 "$BATS_TEST_DIRNAME/terminal.py" "$@"; }
