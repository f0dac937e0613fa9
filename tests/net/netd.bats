# SPDX-License-Identifier: Apache-2.0
# coracle-netd: names by who asks, the host's resolvers, what it holds, and that it may be killed.
load helpers

look() { in_it "$1" python3 "$peer_py" look "$2"; }
looks_like() { [ "$(look "$1" "$2" 2>/dev/null)" = "$3" ]; }
unknown() { ! look "$1" "$2" 2>/dev/null; }
# address NAME NETWORK [4 or 6]: what the container has on the network.
address() {
	local gateways
	gateways=$(cor network inspect -f '{{range .IPAM.Config}}{{.Gateway}} {{end}}' "$2" | tr ' ' '\n')
	case ${3:-4} in 4) gateways=$(grep -v : <<<"$gateways" | head -1) ;; 6) gateways=$(grep : <<<"$gateways") ;; esac
	in_it "$1" ip -o route get "$gateways" | sed 's/.* src \([^ ]*\).*/\1/'
}
address6() { address "$1" "$2" 6; }
netd_pid() { pgrep -f "^coracle-netd.*$CORACLE_ROOT"; }

# upstream ADDRESS ANSWER: a resolver on the router; what it was asked is in $tmp/asked-ADDRESS.
upstream() {
	router ip addr add "$1/24" dev to-host 2>/dev/null || true
	: >"$tmp/asked-$1"
	router python3 "$BATS_TEST_DIRNAME/dns.py" "$1" "$2" "$tmp/asked-$1" 3>&- &
	servers+=" $!"
	eventually resolver_listens "$1"
}
resolver_listens() { [ -n "$(router ss -Hltn src "$1:53")" ]; }

# with_resolv COMMAND...: where /etc/resolv.conf is $tmp/resolv.conf: netd is started from there.
with_resolv() {
	CORACLE=$coracle_exe timeout $patience nsenter -t "$host_pid" -n unshare -m --propagation private \
		sh -c 'mount --bind "$1" /etc/resolv.conf && shift && exec "$@"' sh "$tmp/resolv.conf" "$coracle_exe" "$@"
}

@test "names: on one network, on both, after connect and disconnect, gone with their container" {
	cor network create front >/dev/null
	cor network create back >/dev/null
	up web --network front
	up db --network back --network-alias store
	eventually looks_like web web "$(address web front)"
	unknown web db
	cor network connect back web
	eventually looks_like web db "$(address db back)"
	looks_like web store "$(address db back)"
	looks_like db web "$(address web back)"
	looks_like web db.back "$(address db back)"
	cor network disconnect back web
	eventually unknown web db
	cor rm -f db >/dev/null
	up db --network front
	eventually looks_like web db "$(address db front)"
}

@test "names: an alias of two, both families, and the way back" {
	cor network create --ipv6 front >/dev/null
	up one --network front --network-alias pair
	up two --network front --network-alias pair
	eventually looks_like one two "$(printf '%s\n' "$(address two front)" "$(address6 two front)" | sort)"
	[ "$(look one pair | wc -l)" = 4 ]
	[ "$(in_it one python3 -c 'import socket, sys; print(socket.gethostbyaddr(sys.argv[1])[0])' "$(address two front)")" = two ]
}

@test "the default network has no names; another network's are not to be had" {
	up one
	up two
	unknown one two
	cor network create front >/dev/null
	up three --network front
	unknown one three
	unknown three one
	# nor by asking the other network's gateway, nor from the host
	in_it one python3 - <<-PYTHON
		import socket
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		s.settimeout(1)
		s.connect(("$(cor network inspect -f '{{(index .IPAM.Config 0).Gateway}}' front)", 53))
		s.send(b"\\1\\2\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0\\5three\\0\\0\\1\\0\\1")
		try:
		    s.recv(512)
		except OSError:
		    raise SystemExit(0)
		raise SystemExit(1)
	PYTHON
}

@test "other names: asked of the host's resolver, which is followed when it changes; by TCP too" {
	upstream 192.0.2.1 203.0.113.1
	upstream 192.0.2.9 203.0.113.9
	echo nameserver 192.0.2.1 >"$tmp/resolv.conf"
	with_resolv network create front >/dev/null
	with_resolv run -d --name web --network front host: sleep 3600 >/dev/null
	eventually looks_like web www.example 203.0.113.1
	looks_like web big.example 203.0.113.1
	echo nameserver 192.0.2.9 >"$tmp/resolv.conf"
	looks_like web www.example 203.0.113.9
	# a silent one is passed over
	printf 'nameserver 192.0.2.77\nnameserver 192.0.2.1\n' >"$tmp/resolv.conf"
	looks_like web www.example 203.0.113.1
	# its own
	with_resolv run -d --name own --network front --dns 192.0.2.9 host: sleep 3600 >/dev/null
	looks_like own www.example 203.0.113.9
	looks_like own web "$(address web front)"
}

@test "an internal network has no upstream: no word leaves (CVE-2024-29018)" {
	upstream 192.0.2.1 203.0.113.1
	echo nameserver 192.0.2.1 >"$tmp/resolv.conf"
	with_resolv network create --internal shut >/dev/null
	with_resolv run -d --name one --network shut host: sleep 3600 >/dev/null
	with_resolv run -d --name two --network shut host: sleep 3600 >/dev/null
	eventually looks_like one two "$(address two shut)"
	unknown one secret.example
	[ ! -s "$tmp/asked-192.0.2.1" ]
}

@test "killed, it is started again by the next command, and serves and holds what it did" {
	cor network create front >/dev/null
	up web --network front -p 8080:80
	up other --network front
	serve web tcp 0.0.0.0 80
	eventually looks_like other web "$(address web front)"
	local first
	first=$(netd_pid)
	kill -9 "$first"
	[ "$(ask_host tcp 192.0.2.2 8080)" = "web 192.0.2.2" ] || [ -n "$(ask_host tcp 192.0.2.2 8080)" ]
	up third --network front
	[ "$(netd_pid)" != "$first" ]
	eventually looks_like third web "$(address web front)"
	eventually holds 8080
	[ -n "$(ask_host tcp ::1 8080)" ]
}
ask_host() { host python3 "$peer_py" ask "$@"; }
holds() { [ -n "$(host ss -Hltn6 "sport = :$1")" ]; }

@test "[::1] and the host's other addresses lead to the port; so do datagrams" {
	up web -p 8080:80 -p 8080:80/udp -p 127.0.0.1:8081:80
	serve web tcp 0.0.0.0 80
	serve web udp 0.0.0.0 80
	[ -n "$(ask_host tcp ::1 8080)" ]
	[ -n "$(ask_host udp ::1 8080)" ]
	[ -n "$(ask_host tcp 127.0.0.1 8081)" ]
	! ask_host tcp 192.0.2.2 8081
	# from outside by IPv6, where the container has none
	[ -n "$(router python3 "$peer_py" ask tcp 2001:db8:1::2 8080)" ]
	cor rm -f web >/dev/null
	eventually no_port 8080
}
no_port() { ! holds "$1"; }

@test "flushed rules are back within a second, and ports are served meanwhile" {
	up web -p 8080:80
	serve web tcp 0.0.0.0 80
	eventually netd_pid
	local table
	table=$(host nft list tables | grep coracle)
	[ -n "$table" ]
	for how in "flush ruleset" "delete $table"; do
		host nft $how
		[ -n "$(ask_host tcp 192.0.2.2 8080)" ]
		sleep 1
		[ "$(host nft list tables | grep coracle)" = "$table" ]
		[ "$(router python3 "$peer_py" ask tcp 192.0.2.2 8080)" = "web 192.0.2.1" ]
	done
	# the table is made once, not for ever: its handle stays
	local handle
	handle=$(host nft -a list tables | grep coracle)
	sleep 1
	[ "$(host nft -a list tables | grep coracle)" = "$handle" ]
}

@test "the pool: a second start takes a ready namespace; nothing of it is left" {
	cor network create front >/dev/null
	up one --network front
	eventually pooled 2
	up two --network front
	eventually pooled 2
	[ "$(in_it two ip -o -4 addr show eth0 | wc -l)" = 1 ]
	in_it two python3 "$peer_py" ping "$(address one front)"
}
# Ports of the bridge that are no container's.
pooled() { [ "$(host ip -o link show type veth master "$(bridge_of front)" | wc -l)" = $(($(cor ps -q | wc -l) + $1)) ]; }
bridge_of() { host ip -o link show type bridge | cut -d: -f2 | tr -d ' ' | head -1; }

@test "a root belongs to one network namespace while its containers run" {
	up web
	run timeout $patience nsenter -t "$outside_pid" -n "$coracle_exe" run --rm host: true
	[ "$status" = 125 ]
	[[ $output == *"belong to another network namespace"* ]]
	cor rm -f web >/dev/null
	timeout $patience nsenter -t "$outside_pid" -n "$coracle_exe" run --rm host: true
	eventually nothing_left
}
