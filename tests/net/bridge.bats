# SPDX-License-Identifier: Apache-2.0
# The default network: an address, the way out, the way between.
load helpers

@test "run without --network: an address on the bridge, and a gateway that answers" {
	run cor run --rm host: sh -c 'ip -4 -o addr show eth0; ip route'
	[ "$status" = 0 ]
	[[ $output == *"inet 172.17.0.2/16"* ]]
	[[ $output == *"default via 172.17.0.1 dev eth0"* ]]
	cor run --rm host: python3 "$peer_py" ping 172.17.0.1
}

@test "out through NAT: the outside sees the host's address, and cannot come in" {
	outside python3 "$peer_py" serve tcp 198.51.100.2 80 out 3>&- & servers=$!
	eventually outside python3 "$peer_py" ask tcp 198.51.100.2 80
	run cor run --rm host: python3 "$peer_py" ask tcp 198.51.100.2 80
	[ "$output" = "out 192.0.2.2" ]
	cor run --rm host: python3 "$peer_py" ping 198.51.100.2
	# even where the router knows the way, nothing that nobody published is reachable
	up web
	serve web tcp 0.0.0.0 8000
	router ip route add 172.17.0.0/16 via 192.0.2.2
	! outside python3 "$peer_py" ask tcp "$(address web)" 8000
	! outside python3 "$peer_py" ping "$(address web)"
}

@test "two containers reach each other, and the host reaches them" {
	up alpha
	up beta
	serve alpha tcp 0.0.0.0 8000
	[ "$(in_it beta python3 "$peer_py" ask tcp "$(address alpha)" 8000)" = "alpha $(address beta)" ]
	[ "$(host python3 "$peer_py" ask tcp "$(address alpha)" 8000)" = "alpha 172.17.0.1" ]
	in_it beta python3 "$peer_py" ping "$(address alpha)"
}

@test "none, host and container: what is there and what is not" {
	run cor run --rm --network none host: sh -c 'ip -o link | cut -d: -f2'
	[ "$output" = " lo" ]
	run cor run --rm --network host host: cat /proc/net/dev
	[[ $output == *to-router* ]]
	up web
	run cor run --rm --network container:web host: ip -4 -o addr show eth0
	[[ $output == *"$(address web)/16"* ]]
	cor stop -t 0 web
	run cor run --rm --network container:web host: true
	[ "$status" = 125 ]
	[[ $output == *"it is not running"* ]]
}

@test "addresses are leases: given back at the end, and not to the next at once" {
	cor run --rm host: true
	run cor run --rm host: sh -c 'ip -4 -o addr show eth0'
	[[ $output == *"172.17.0.3/16"* ]]
	up alpha --network bridge
	[ "$(cor inspect -f '{{.NetworkSettings.Networks.bridge.MacAddress}}' alpha)" = 02:42:ac:11:00:04 ]
	cor kill alpha >/dev/null
	eventually status_is alpha exited
	[ "$(address alpha)" = "" ]
}
status_is() { [ "$(cor inspect -f '{{.State.Status}}' "$1")" = "$2" ]; }

@test "a container in its own user namespace is on the bridge too" {
	[ "$(stat -f -c %T /)" != overlayfs ] || skip "the root is an overlay, which cannot be mounted with mapped ids"
	run cor run --rm --userns auto host: sh -c 'ip -4 -o addr show eth0; ip route; cat /proc/self/uid_map'
	[ "$status" = 0 ]
	[[ $output == *"inet 172.17.0.2/16"* ]]
	[[ $output == *"default via 172.17.0.1"* ]]
	cor run --rm --userns auto host: python3 "$peer_py" ping 172.17.0.1
}

@test "the host has the bridge while it is needed, and is as before some seconds after" {
	up alpha
	host ip link show coracle0 || host ip -o link show type bridge
	[ "$(host ip -o link show type bridge | wc -l)" = 1 ]
	[ "$(host cat /proc/sys/net/ipv4/ip_forward)" = 1 ]
	cor rm -f alpha >/dev/null
	eventually nothing_left
	[ "$(host cat /proc/sys/net/ipv4/ip_forward)" = 0 ]
}

@test "kill -9 of every process of ours: the next command puts it right" {
	up alpha
	up beta -p 8080:80
	serve beta tcp 0.0.0.0 80
	pkill -9 -f "^coracle-(monitor|netd).*$CORACLE_ROOT"
	eventually cor ps >/dev/null
	up gamma
	[ "$(host python3 "$peer_py" ask tcp 192.0.2.2 8080)" != "" ]
	in_it gamma python3 "$peer_py" ping "$(address alpha)"
	[ "$(cor ps -q | wc -l)" = 3 ]
}
