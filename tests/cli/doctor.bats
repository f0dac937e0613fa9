# SPDX-License-Identifier: Apache-2.0
# doctor: what it says is what is there, and it changes nothing.
load helpers

status_of() { cor doctor --json | jq -r --arg name "$1" '.[] | select(.Name == $name).Status'; }

@test "it says what this machine has, and leaves it as it was" {
	before=$(ip -o link; nft list ruleset; cat /proc/sys/net/ipv4/ip_forward)
	run cor doctor
	[ "$status" = 0 ]
	[[ $output == *"kernel"*"Linux $(uname -r)"* ]]
	[ "$(status_of bridges)" = ok ]
	[ "$(status_of nftables)" = ok ]
	[ "$(ip -o link; nft list ruleset; cat /proc/sys/net/ipv4/ip_forward)" = "$before" ]
	ip link add p0 type veth peer name p1
	for kind in macvlan ipvlan; do
		if ip link add try1 link p0 type $kind 2>/dev/null; then
			[ "$(status_of $kind)" = ok ]
			ip link del try1
		else
			[ "$(status_of $kind)" = warn ]
		fi
	done
	ip link del p0
}

@test "another firewall that drops is named" {
	nft 'add table ip strict; add chain ip strict fw { type filter hook forward priority 0; policy drop; }'
	run cor doctor
	nft delete table ip strict
	[[ $output == *"chain ip strict fw drops in forward what no rule accepts"* ]]
}
