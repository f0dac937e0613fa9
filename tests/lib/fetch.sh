# SPDX-License-Identifier: Apache-2.0
# Debian packages downloaded and unpacked below a build folder, never installed: sourced.
# Lists, archives and signatures are apt's own, kept apart from the system's.

# fetch_mirror: the first Debian mirror that this host uses.
fetch_mirror() {
	apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | sed -n 's,/debian/$,,p' | head -n 1
}

# fetch_options CACHE "ARCHIVE/SUITE..." [ARCH]: makes a private list and prints apt's options for it.
fetch_options() {
	local cache=$1 suites=$2 arch=${3:-} lists s
	lists=$cache/apt/$(tr ' /' '__' <<<"$suites")${arch:+-$arch}
	mkdir -p "$lists/partial" "$cache/debs/partial"
	for s in $suites; do
		echo "deb $(fetch_mirror)/${s%%/*} ${s#*/} main"
		[ -z "${FETCH_SOURCES:-}" ] || echo "deb-src $(fetch_mirror)/${s%%/*} ${s#*/} main"
	done >"$lists.list"
	echo "-qq -o Dir::Etc::SourceList=$lists.list -o Dir::Etc::SourceParts=/dev/null" \
		"-o Dir::State::Lists=$lists -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=" \
		"-o Dir::State::status=/dev/null -o APT::Sandbox::User=root" \
		"${arch:+-o APT::Architecture=$arch -o APT::Architectures=$arch}"
}

# fetch_unpack CACHE "ARCHIVE/SUITE..." DIR PACKAGE...: downloads and unpacks; a package that is a
# mere name for a kernel image is followed to it.
fetch_unpack() {
	local cache=$1 suites=$2 dir=$3 options package real
	shift 3
	mkdir -p "$dir"
	options=$(fetch_options "$cache" "$suites" "${FETCH_ARCH:-}")
	# shellcheck disable=SC2086
	apt-get $options update || return
	for package; do
		real=$package
		case $package in
		linux-image-cloud-* | linux-image-amd64)
			# shellcheck disable=SC2086
			real=$(apt-cache $options depends "$package" |
				sed -n 's/^ *Depends: \(linux-image-[^ ]*\).*/\1/p' | head -n 1) ;;
		esac
		# shellcheck disable=SC2086
		(cd "$cache/debs" && apt-get $options download "$real") || return
		dpkg-deb -x "$(ls -t "$cache/debs/${real}"_*.deb | head -n 1)" "$dir" || return
	done
}
