#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# cross-aarch64.sh [BUILD-DIR]: builds everything for aarch64 against Debian's arm64 packages and
# runs the unit tests under qemu-user. Prints TAP; exit 77 with the reason where it cannot be done.
# The packages are unpacked below the build folder: nothing is installed, and no foreign architecture
# is added to the system.
set -u
here=$(dirname "$(readlink -f "$0")")
top=$(dirname "$here")
. "$here/lib/fetch.sh"
build=${1:-$top/build-aarch64}
cache=$build/debian
mkdir -p "$cache"
root=$cache/root
packages="libc6-dev libjansson-dev libsqlite3-dev libseccomp-dev libldns-dev libarchive-dev zlib1g-dev
 libzstd-dev libssl-dev libcmocka-dev"

for tool in aarch64-linux-gnu-gcc qemu-aarch64-static; do
	command -v $tool >/dev/null || { echo "$tool is not installed"; exit 77; }
done

# The closure of the packages, by apt's own resolver over private lists and an empty status.
fetch_root() {
	local options deb link target
	options="$(fetch_options "$cache" debian/bookworm arm64) -o Dir::Cache::archives=$cache/debs
		-o Debug::NoLocking=1 -o APT::Install-Recommends=false"
	rm -rf "$root"
	mkdir -p "$root"
	# shellcheck disable=SC2086
	apt-get $options update && apt-get $options -y --download-only install $packages >/dev/null ||
		return
	for deb in "$cache"/debs/*.deb; do
		dpkg-deb -x "$deb" "$root" || return
	done
	# An absolute link would lead the linker out of the root, to the host's own library.
	find "$root" -type l -lname '/*' | while read -r link; do
		target=$(readlink "$link")
		ln -sfn "$(realpath -m --relative-to="$(dirname "$link")" "$root$target")" "$link"
	done
	: >"$root/complete"
}
if [ ! -e "$root/complete" ]; then
	fetch_root >"$cache/fetch.log" 2>&1 ||
		{ tail -n 3 "$cache/fetch.log" >&2; echo "Debian's arm64 packages cannot be downloaded"; exit 77; }
fi

lib=$root/usr/lib/aarch64-linux-gnu
cat >"$cache/root.txt" <<EOF
[binaries]
exe_wrapper = ['qemu-aarch64-static', '-L', '$root']
[properties]
sys_root = '$root'
pkg_config_libdir = ['$lib/pkgconfig', '$root/usr/share/pkgconfig']
[built-in options]
c_args = ['--sysroot=$root']
c_link_args = ['--sysroot=$root', '-Wl,-rpath-link,$lib:$root/lib/aarch64-linux-gnu']
EOF
log=$build/build.log
if ! { [ -e "$build/build.ninja" ] || meson setup "$build" "$top" \
	--cross-file "$top/cross/aarch64.txt" --cross-file "$cache/root.txt"; } >"$log" 2>&1 ||
	! ninja -C "$build" -j "$(nproc)" >>"$log" 2>&1; then
	tail -n 40 "$log"
	echo "not ok 1 - the cross-build"
	exit 1
fi
echo "ok 1 - the cross-build"

# Whole test programs that need more than qemu-user emulates; single tests skip by themselves.
declare -A lacks=(
	[adopt]="executing a foreign program without binfmt_misc"
	[monitor]="executing a foreign program without binfmt_misc"
	[netd]="clone3"
	[seccomp]="seccomp filters"
	[user]="openat2"
)
export CMOCKA_MESSAGE_OUTPUT=TAP CORACLE_TEST_EMULATED=qemu-user
status=0
for test in "$build"/tests/unit/test_*; do
	[ -f "$test" ] && [ -x "$test" ] || continue
	name=${test##*/test_}
	if [ -n "${lacks[$name]:-}" ]; then
		printf '# skipped: qemu-user does not have %s\nnot ok 1 # SKIP %s\n' "${lacks[$name]}" "$name"
		continue
	fi
	out=$(timeout 300 qemu-aarch64-static -L "$root" "$test" 2>&1 </dev/null)
	failed=$?
	sed -E "s/^((not )?ok [0-9]+ (- |# SKIP ))/\1$name: /" <<<"$out"
	[ $failed = 0 ] && continue
	status=1
	# cmocka's status is the number of failures; a test that died has not said so
	grep -q '^not ok [0-9]* - ' <<<"$out" || echo "not ok 1 - $name: ended with status $failed"
done
exit $status
