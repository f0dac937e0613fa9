# SPDX-License-Identifier: Apache-2.0
# Published ports: from outside, from the host, from other containers; who is seen; what is refused.
load helpers

web() {
	up web "$@"
	serve web tcp 0.0.0.0 80
}

@test "a port is reached from outside, from the host and from containers, and sees who asks" {
	web -p 8080:80
	[ "$(outside python3 "$peer_py" ask tcp 192.0.2.2 8080)" = "web 198.51.100.2" ]
	[ "$(host python3 "$peer_py" ask tcp 127.0.0.1 8080)" = "web 172.17.0.1" ]
	[ "$(host python3 "$peer_py" ask tcp 192.0.2.2 8080)" != "" ]
	up other
	[ "$(in_it other python3 "$peer_py" ask tcp 192.0.2.2 8080)" != "" ]
	# by the host's address to itself
	[ "$(in_it web python3 "$peer_py" ask tcp 192.0.2.2 8080)" != "" ]
	[ "$(cor port web)" = "80/tcp -> 0.0.0.0:8080
80/tcp -> [::]:8080" ]
	[ "$(cor port web 80)" = "0.0.0.0:8080
[::]:8080" ]
	[[ $(cor ps --filter name=web --format '{{.Ports}}') == "0.0.0.0:8080->80/tcp, "*"[::]:8080->80/tcp" ]]
	cor rm -f web >/dev/null
	! outside python3 "$peer_py" ask tcp 192.0.2.2 8080
}

@test "[::1] and the host's IPv6 address reach a container that has only IPv4" {
	web -p 8080:80
	[[ $(host python3 "$peer_py" ask tcp ::1 8080) == "web "* ]]
	[[ $(outside python3 "$peer_py" ask tcp 2001:db8:1::2 8080) == "web "* ]]
}

@test "udp, ranges that keep their numbers, ranges that are shifted, and ports chosen freely" {
	up web -p 5300:53/udp -p 9000-9010:9000-9010 -p 7000-7002:17000-17002 -p 81
	serve web udp 0.0.0.0 53
	serve web tcp 0.0.0.0 9007
	serve web tcp 0.0.0.0 17002
	serve web tcp 0.0.0.0 81
	[ "$(outside python3 "$peer_py" ask udp 192.0.2.2 5300)" = "web 198.51.100.2" ]
	[ "$(outside python3 "$peer_py" ask tcp 192.0.2.2 9007)" = "web 198.51.100.2" ]
	[ "$(outside python3 "$peer_py" ask tcp 192.0.2.2 7002)" = "web 198.51.100.2" ]
	! outside python3 "$peer_py" ask tcp 192.0.2.2 9011
	free=$(cor port web 81 | head -n 1)
	[ "$(outside python3 "$peer_py" ask tcp 192.0.2.2 "${free##*:}")" = "web 198.51.100.2" ]
}

@test "a port bound to 127.0.0.1 stays there, also from the neighbours (CVE-2020-8558)" {
	web -p 127.0.0.1:8080:80
	[[ $(host python3 "$peer_py" ask tcp 127.0.0.1 8080) == "web "* ]]
	! outside python3 "$peer_py" ask tcp 192.0.2.2 8080
	# a neighbour on the cable, and one on the bridge, send to 127.0.0.1 by the host's MAC address
	host python3 "$peer_py" serve tcp 127.0.0.1 7777 host 3>&- & servers=$!
	up inside --cap-add NET_ADMIN
	eventually host python3 "$peer_py" ask tcp 127.0.0.1 7777
	router sh -c 'echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet; ip addr del 127.0.0.1/8 dev lo;
		ip route add 127.0.0.1 via 192.0.2.2'
	! router python3 "$peer_py" ask tcp 127.0.0.1 7777
	! router python3 "$peer_py" ask tcp 127.0.0.1 8080
	pid=$(cor inspect -f '{{.State.Pid}}' inside)
	nsenter -t "$pid" -n sh -c 'echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet; ip addr del 127.0.0.1/8 dev lo;
		ip route add 127.0.0.1 via 172.17.0.1'
	! nsenter -t "$pid" -n python3 "$peer_py" ask tcp 127.0.0.1 7777
}

@test "what is in use is refused before the container starts, and names the port" {
	web -p 8080:80
	fails 125 "port 8080/tcp on 0.0.0.0 is already published by container web" \
		cor run --rm -p 8080:80 host: touch /started
	host python3 "$peer_py" serve tcp 0.0.0.0 9999 host 3>&- & servers=$!
	eventually host python3 "$peer_py" ask tcp 127.0.0.1 9999
	fails 125 "port 9999/tcp on 0.0.0.0 is in use by another program" cor run --rm -p 9999:80 host: true
	# 300 ports are looked up, not held
	fails 125 "port 9999/tcp on 0.0.0.0 is in use by another program" \
		cor run --rm -p 9800-10099:9800-10099 host: true
	fails 125 "port 8080/tcp on 0.0.0.0 is already published by container web" \
		cor run --rm -p 8000-8400:8000-8400 host: true
	# another program cannot take what is ours, though nothing listens in the container
	up idle -p 6000:6000
	run host timeout 5 python3 "$peer_py" serve tcp 0.0.0.0 6000
	[[ $output == *"Address already in use"* ]]
}

@test "5,000 ports of one container, and 65,000" {
	up many -p 10000-14999:20000-24999
	serve many tcp 0.0.0.0 24999
	[ "$(outside python3 "$peer_py" ask tcp 192.0.2.2 14999)" = "many 198.51.100.2" ]
	cor rm -f many >/dev/null
	up most -p 500-65500:500-65500/tcp
	serve most tcp 0.0.0.0 65000
	[ "$(outside python3 "$peer_py" ask tcp 192.0.2.2 65000)" = "most 198.51.100.2" ]
}

@test "the rules are flushed: within a second ours are back" {
	web -p 8080:80
	host nft add table inet stranger
	host nft flush ruleset
	end=$(($(date +%s%N) + 1000000000))
	until [ "$(outside python3 "$peer_py" ask tcp 192.0.2.2 8080 2>/dev/null)" = "web 198.51.100.2" ]; do
		[ "$(date +%s%N)" -lt $((end + 1000000000)) ]
	done
	host nft list table inet "$group" | grep -q masquerade
}

@test "IPv6 with NAT: from outside, from the host, source kept" {
	cor network create --ipv6 --subnet 10.9.0.0/24 --subnet fd00:9::/64 six >/dev/null
	up web --network six -p 8080:80
	serve web tcp :: 80
	[ "$(outside python3 "$peer_py" ask tcp 2001:db8:1::2 8080)" = "web 2001:db8:2::2" ]
	[[ $(host python3 "$peer_py" ask tcp 2001:db8:1::2 8080) == "web "* ]]
	[[ $(host python3 "$peer_py" ask tcp ::1 8080) == "web "* ]]
	outside python3 "$peer_py" serve tcp 2001:db8:2::2 90 out 3>&- & servers=$!
	eventually router python3 "$peer_py" ask tcp 2001:db8:2::2 90
	[ "$(in_it web python3 "$peer_py" ask tcp 2001:db8:2::2 90)" = "out 2001:db8:1::2" ]
	in_it web python3 "$peer_py" ping 2001:db8:2::2
	up other --network six
	in_it other python3 "$peer_py" ping "$(address6 web six)"
}
