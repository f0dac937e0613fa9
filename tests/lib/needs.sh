# SPDX-License-Identifier: Apache-2.0
# What the build and the tests need, for ./quickstart and ./check: sourced, not run. Only -dev
# packages and plain tools; never a daemon.

NEEDS_BUILD="gcc libc6-dev meson ninja-build pkg-config libjansson-dev libsqlite3-dev libseccomp-dev
 libldns-dev libarchive-dev zlib1g-dev libzstd-dev libssl-dev"
NEEDS_TEST="bats jq libcmocka-dev clang-format shellcheck busybox-static uidmap iproute2 procps
 binutils e2fsprogs nftables xz-utils python3 strace attr libcap2-bin util-linux bsdextrautils gcc-aarch64-linux-gnu libc6-dev-arm64-cross
 qemu-user-static clang mmdebstrap"

# needs_missing "PACKAGE...": prints those that are not installed.
needs_missing() {
	local p
	for p in $1; do
		dpkg-query -W -f '${db:Status-Status}\n' "$p" 2>/dev/null | grep -qx installed || echo "$p"
	done
}

# needs_install "PACKAGE...": installs what is missing, by apt; elsewhere says what is wanted.
needs_install() {
	local missing
	if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
		command -v meson >/dev/null && command -v ninja >/dev/null &&
			command -v cc >/dev/null && return 0
		echo "This system has no apt. Install by its own means what these Debian packages give:" >&2
		echo $1 >&2
		return 1
	fi
	missing=$(needs_missing "$1" | tr '\n' ' ')
	[ -n "$missing" ] || return 0
	if [ "$(id -u)" != 0 ]; then
		echo "These packages are missing; as root: apt-get install --no-install-recommends $missing" >&2
		return 1
	fi
	echo "Installing: $missing"
	# --no-upgrade and --no-remove: what is installed stays as it is.
	DEBIAN_FRONTEND=noninteractive apt-get -qq -o APT::Get::Upgrade=false update &&
		DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends --no-upgrade \
			--no-remove $missing >/dev/null
}
