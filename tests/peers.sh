#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# peers.sh NAME...: other engines' tools for tests and benchmarks (crun, runc, bwrap, skopeo, umoci,
# docker-registry, iperf3), downloaded from the system's own mirror and unpacked below $CORACLE_BUILD/peers;
# nothing is installed. Prints the folder whose programs find their libraries by themselves; 77 and one
# line where one cannot be had.
set -u
here=$(dirname "$(readlink -f "$0")")
. "$here/lib/fetch.sh"
peers=${CORACLE_BUILD:-$here/../build}/peers
mkdir -p "$peers/bin" && peers=$(readlink -f "$peers") || exit 1
exec 9>"$peers/lock"; flock 9

# The packages that bring NAME: its own, and the libraries that a plain Debian may lack.
packages_of() {
	case $1 in
	crun) echo crun libyajl2 ;;
	runc) echo runc ;;
	bwrap) echo bubblewrap ;;
	skopeo) echo skopeo libgpgme11 libassuan0 libdevmapper1.02.1 libostree-1-1 libsoup2.4-1 ;;
	umoci) echo umoci ;;
	docker-registry) echo docker-registry ;;
	iperf3) echo iperf3 libiperf0 libsctp1 ;;
	*) return 1 ;;
	esac
}

for name; do
	[ ! -x "$peers/bin/$name" ] || continue
	packages=$(packages_of "$name") || { echo "no peer is called $name"; exit 1; }
	# shellcheck disable=SC2086
	fetch_unpack "$peers" debian/bookworm "$peers/root" $packages >"$peers/$name.log" 2>&1 ||
		{ echo "$name cannot be downloaded: $(tail -n 1 "$peers/$name.log")"; exit 77; }
	program=$(find "$peers/root/usr/bin" "$peers/root/usr/sbin" -name "$name" 2>/dev/null | head -n 1)
	[ -x "$program" ] || { echo "$name is not in its package"; exit 77; }
	missing=$(LD_LIBRARY_PATH=$peers/root/usr/lib/x86_64-linux-gnu:$peers/root/lib/x86_64-linux-gnu \
		ldd "$program" 2>/dev/null | sed -n 's/^[[:space:]]*\(.*\) => not found/\1/p' | tr '\n' ' ')
	[ -z "$missing" ] || { echo "$name lacks the libraries $missing"; exit 77; }
	if LD_LIBRARY_PATH='' ldd "$program" 2>/dev/null | grep -q 'not found'; then
		printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s "$@"\n' \
			"$peers/root/usr/lib/x86_64-linux-gnu" "$program" >"$peers/bin/$name"
		chmod +x "$peers/bin/$name"
	else
		ln -sf "$program" "$peers/bin/$name"
	fi
done
echo "$peers/bin"
