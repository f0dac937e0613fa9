# SPDX-License-Identifier: Apache-2.0
# A world of three machines, each a network namespace that a sleeping process holds: nothing is
# mounted, nothing of the real machine is touched.
#
#     host     192.0.2.2    2001:db8:1::2      where coracle runs
#     router   192.0.2.1 198.51.100.1          knows nothing of containers' subnets: they need NAT
#     outside  198.51.100.2 2001:db8:2::2
#
# host, router, outside COMMAND... run a command there; cor runs coracle on host.

coracle_exe=${CORACLE_BUILD:-$BATS_TEST_DIRNAME/../../build}/src/cmd/coracle
peer_py=$BATS_TEST_DIRNAME/peer.py

patience=60
[ -z "${CORACLE_IN_VM:-}" ] || patience=400
settle=15
[ -z "${CORACLE_IN_VM:-}" ] || settle=75
. "$BATS_TEST_DIRNAME/../lib/asserts.bash"

setup() {
	[ "$(id -u)" = 0 ] || skip "needs root"
	tmp=$(mktemp -d "${TMPDIR:-/tmp}/coracle-net.XXXXXX")
	export CORACLE_ROOT=$tmp/root CORACLE_NETD_LINGER=1
	unset CORACLE_TEST_OWN
	world_up
	group=$(cor info -f '{{.CgroupParent}}')
	run_dir=$(cor info -f '{{.RunDir}}')
	before=$(host_state)
}

teardown() {
	[ -n "${tmp:-}" ] || return 0
	local left
	cor ps -aq | xargs -r timeout $patience nsenter -t "$host_pid" -n "$coracle_exe" rm -f >/dev/null
	[ -n "${BATS_ERROR_STATUS:-}" ] && [ "$BATS_ERROR_STATUS" != 0 ] || eventually nothing_left || left=1
	world_down
	eventually no_groups || left=1
	rm -rf --one-file-system "$tmp" "$run_dir"
	[ -z "${left:-}" ]
}

host() { nsenter -t "$host_pid" -n "$@"; }
router() { nsenter -t "$router_pid" -n "$@"; }
outside() { nsenter -t "$outside_pid" -n "$@"; }
cor() { timeout $patience nsenter -t "$host_pid" -n "$coracle_exe" "$@"; }

# namespace NAME: one more machine; its pid is in $NAME_pid.
namespace() {
	unshare --net sleep 3600 3>&- &
	printf -v "$1_pid" %s $!
	world_pids+=" $!"
	until [ "$(readlink /proc/$!/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.01; done
	nsenter -t $! -n sh -c 'echo 0 >/proc/sys/net/ipv6/conf/all/accept_dad
		echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad; ip link set lo up'
}

# wire A ADDRESSES B ADDRESSES: a cable between two machines; its ends are named to-B and to-A.
wire() {
	local a=$1_pid b=$3_pid address
	nsenter -t "${!a}" -n ip link add "to-$3" type veth peer name "to-$1" netns "${!b}"
	for address in $2; do nsenter -t "${!a}" -n ip addr add "$address" dev "to-$3"; done
	for address in $4; do nsenter -t "${!b}" -n ip addr add "$address" dev "to-$1"; done
	nsenter -t "${!a}" -n ip link set "to-$3" up
	nsenter -t "${!b}" -n ip link set "to-$1" up
}

world_up() {
	world_pids=
	namespace host
	namespace router
	namespace outside
	wire host "192.0.2.2/24 2001:db8:1::2/64" router "192.0.2.1/24 2001:db8:1::1/64"
	wire router "198.51.100.1/24 2001:db8:2::1/64" outside "198.51.100.2/24 2001:db8:2::2/64"
	host ip route add default via 192.0.2.1
	host ip -6 route add default via 2001:db8:1::1
	outside ip route add default via 198.51.100.1
	outside ip -6 route add default via 2001:db8:2::1
	router sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
}

# Whoever lives on one of the machines ends with it: servers are children of shells that have gone.
world_down() {
	local pid ns
	for pid in $world_pids; do
		ns=$(readlink "/proc/$pid/ns/net") || continue
		find /proc/[0-9]*/ns/net -maxdepth 0 -lname "${ns//[\[\]]/?}" 2>/dev/null | cut -d/ -f3 |
			xargs -r kill -9 2>/dev/null
	done
	wait $world_pids 2>/dev/null || true
}

# What of the host must be the same before and after.
host_state() {
	host ip -d link show | sed -E 's/ (numtxqueues|numrxqueues|gso|tso|gro)_?.*//'
	host ip route show table all
	host ip -6 route show table all
	host ip addr show | grep -v valid_lft
	host nft list ruleset
	host cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding
}

no_groups() { [ -z "$(find /sys/fs/cgroup -type d -path "*/$group*" 2>/dev/null)" ]; }

# Containers, bridges, rules and netd: all gone.
nothing_left() {
	[ -z "$(ls "$run_dir/containers" "$CORACLE_ROOT/containers" | grep -v ':$' | tr -d '\n')" ] &&
		! grep -qF "$CORACLE_ROOT" /proc/self/mountinfo &&
		! pgrep -f "^coracle-(monitor|netd).*$CORACLE_ROOT" >/dev/null &&
		[ "$(host_state)" = "$before" ]
}

# up NAME [FLAGS...]: a container that sleeps, and sees the host's programs.
up() {
	local name=$1
	shift
	cor run -d --name "$name" "$@" host: sleep 3600 >/dev/null
}
in_it() { local name=$1; shift; cor exec "$name" "$@"; }
# serve NAME KIND ADDRESS PORT: a server in a container that answers with NAME and whom it sees.
serve() {
	cor exec -d "$1" python3 "$peer_py" serve "$2" "$3" "$4" "$1" >/dev/null
	eventually in_it "$1" sh -c "grep -qi :$(printf %04X "$4") /proc/net/$2 /proc/net/${2}6"
}
ask() { python3 "$peer_py" ask "$@"; }
address() { cor inspect -f "{{(index .NetworkSettings.Networks \"${2:-bridge}\").IPAddress}}" "$1"; }
address6() { cor inspect -f "{{(index .NetworkSettings.Networks \"${2:-bridge}\").GlobalIPv6Address}}" "$1"; }
