# SPDX-License-Identifier: Apache-2.0
# For the tests of the runtime: a bundle with a static busybox, and coracle-oci on a state root of
# its own. Every test ends with the host as it was.

oci_exe=${CORACLE_BUILD:-$PWD/build}/src/cmd/coracle-oci
probe_dir=${CORACLE_SOURCE:-$PWD}/tests/runtime

setup_file() {
	[ "$(id -u)" = 0 ] || return 0
	template=$BATS_FILE_TMPDIR/template
	export template
	mkdir -p "$template/rootfs/bin" "$template/rootfs/tmp"
	cp /bin/busybox "$template/rootfs/bin/"
	chroot "$template/rootfs" /bin/busybox --install -s /bin
	"$oci_exe" spec --bundle "$template"
	sed -i 's/"terminal": true/"terminal": false/' "$template/config.json"
}

setup() {
	[ "$(id -u)" = 0 ] || skip "needs root"
	tmp=$(mktemp -d)
	chmod 755 "$tmp"
	state=$tmp/state
	bundle=$tmp/bundle
	id=t$$-$BATS_TEST_NUMBER
	cp -a "$template" "$bundle"
	! declare -F more_setup >/dev/null || more_setup
}

teardown() {
	[ -n "${tmp:-}" ] || return 0
	! declare -F more_teardown >/dev/null || more_teardown
	local dir
	for dir in "$state"/*/; do
		[ -d "$dir" ] || continue
		oci delete -f "$(basename "$dir")"
	done
	rm -rf "$tmp"
	assert_no_groups
}

# What hangs is ended after this; an emulated CPU (tests/vm) is ten times slower.
patience=60
[ -z "${CORACLE_IN_VM:-}" ] || patience=400
oci() { timeout $patience "$oci_exe" --root "$state" "$@"; }

# edit PYTHON [WORD...]: changes config.json; c is the document, p its process, l its linux part.
edit() {
	/usr/bin/python3 -IS - "$bundle/config.json" "$@" <<-'PY'
		import json, sys
		path, code, words = sys.argv[1], sys.argv[2], sys.argv[3:]
		c = json.load(open(path))
		p, l = c["process"], c["linux"]
		def ns(kind, path=None):
		    l["namespaces"] = [n for n in l["namespaces"] if n["type"] != kind]
		    l["namespaces"].append({"type": kind, **({"path": path} if path else {})})
		def no_ns(kind):
		    l["namespaces"] = [n for n in l["namespaces"] if n["type"] != kind]
		def mount(destination, type=None, source=None, options=()):
		    m = {"destination": destination, "options": list(options)}
		    if type: m["type"] = type
		    if source: m["source"] = source
		    c["mounts"].append(m)
		def no_mount(destination):
		    c["mounts"] = [m for m in c["mounts"] if m["destination"] != destination]
		def caps(*names):
		    p["capabilities"] = {k: list(names) for k in ("bounding", "effective", "permitted")}
		def userns(first=100000):
		    ns("user")
		    l["uidMappings"] = l["gidMappings"] = [
		        {"containerID": 0, "hostID": first, "size": 65536}]
		exec(code)
		json.dump(c, open(path, "w"), indent=1)
	PY
}

args() { # args WORD...: the container's command
	edit 'p["args"] = words' "$@"
}

# in_container SCRIPT: runs it with sh in a container; output and status as run(1) of bats gives.
in_container() {
	args sh -c "$1"
	run oci run --bundle "$bundle" "$id" </dev/null
}

# start_container [SCRIPT]: a container that goes on.
start_container() {
	args sh -c "${1:-exec sleep 1000}"
	oci run -d --bundle "$bundle" "$id" </dev/null >"$tmp/out" 2>&1 || { cat "$tmp/out"; return 1; }
}
in_running() { run oci exec "$id" sh -c "$1" </dev/null; }
field() { oci state "$id" | sed -n "s/^ *\"$1\": \"\{0,1\}\([^\",]*\).*/\1/p"; }

ok() { [ "$status" -eq 0 ] || { echo "status $status: $output"; return 1; }; }
# Not "! COMMAND": that never ends a test, wherever it stands.
not() { if "$@"; then echo "should have failed: $*"; return 1; fi; }
fails() { [ "$status" -ne 0 ] || { echo "did not fail: $output"; return 1; }; }
has() { [[ $output == *"$1"* ]] || { echo "without '$1': $output"; return 1; }; }
has_not() { [[ $output != *"$1"* ]] || { echo "with '$1': $output"; return 1; }; }
is() { [ "$output" = "$1" ] || { printf 'not "%s" but: "%s"\n' "$1" "$output"; return 1; }; }
line() { grep -qxF -- "$1" <<<"$output" || { echo "no line '$1' in: $output"; return 1; }; }

wait_for() { # wait_for COMMAND...: until it succeeds, at most 5 s; on an emulated CPU 60
	local end=$((SECONDS + 5 ${CORACLE_IN_VM:++ 55}))
	while [ $SECONDS -le $end ]; do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.05
	done
	echo "never: $*"
	return 1
}

groups_left() { find /sys/fs/cgroup -maxdepth 4 -type d -name "$id*" 2>/dev/null; }
assert_no_groups() {
	[ -z "$(groups_left)" ] || { echo "left: $(groups_left)"; return 1; }
}
assert_nothing_left() {
	assert_no_groups
	[ -z "$(ls -A "$state" 2>/dev/null)" ] || { ls -R "$state"; return 1; }
	not grep -q "$tmp" /proc/self/mounts
	not pgrep -f "$tmp/state" >/dev/null
}
