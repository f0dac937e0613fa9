# SPDX-License-Identifier: Apache-2.0
# User networks: names, isolation, internal ones, connect and disconnect, options.
load helpers

can() { in_it "$1" python3 "$peer_py" ask tcp "$2" 80; }

@test "names and aliases on a network of one's own; none on the default one" {
	cor network create front >/dev/null
	up web --network front --network-alias www --hostname webhost
	up client --network front
	serve web tcp 0.0.0.0 80
	for name in web www webhost WEB "$(cor inspect -f '{{.Id}}' web | cut -c1-12)"; do
		[ "$(in_it client python3 "$peer_py" look "$name")" = "$(address web front)" ]
	done
	[ "$(can client web)" = "web $(address client front)" ]
	cor rename web shop
	[ "$(in_it client python3 "$peer_py" look shop)" = "$(address shop front)" ]
	! in_it client python3 "$peer_py" look web
	up plain
	! in_it plain python3 "$peer_py" look client
}

@test "two networks do not reach each other; a container on both finds the names of both" {
	cor network create one >/dev/null
	cor network create two >/dev/null
	up first --network one
	up second --network two
	up both --network one --network two
	serve first tcp 0.0.0.0 80
	serve second tcp 0.0.0.0 80
	serve both tcp 0.0.0.0 80
	! can first "$(address second two)"
	! can second "$(address first one)"
	! can first "$(address both two)"
	[ "$(can both first)" = "first $(address both one)" ]
	[ "$(can both second)" = "second $(address both two)" ]
	! in_it first python3 "$peer_py" look second
	# by the host, a published port is everybody's
	up shop --network two -p 8080:80
	serve shop tcp 0.0.0.0 80
	[[ $(in_it first python3 "$peer_py" ask tcp 192.0.2.2 8080) == "shop "* ]]
}

@test "connect and disconnect while it runs: the link, the names, the way out" {
	cor network create one >/dev/null
	cor network create two >/dev/null
	up first --network one
	up second --network two
	serve second tcp 0.0.0.0 80
	! in_it first python3 "$peer_py" look second
	cor network connect --alias prim two first
	[ "$(can first second)" = "second $(address first two)" ]
	[ "$(in_it second python3 "$peer_py" look prim)" = "$(address first two)" ]
	in_it first ip -4 -o addr show eth1 | grep -q "$(address first two)/"
	fails 1 "endpoint with name first already exists in network two" cor network connect two first
	cor network disconnect one first
	in_it first python3 "$peer_py" ping 198.51.100.2
	[ "$(in_it first python3 "$peer_py" look second)" = "$(address second two)" ]
	cor network disconnect two first
	! in_it first python3 "$peer_py" look second
	[ "$(in_it first sh -c 'ip -o link | wc -l')" = 1 ]
	# what was asked for stays asked for
	cor network connect two first
	cor restart -t 0 first >/dev/null
	[ "$(in_it first python3 "$peer_py" look second)" = "$(address second two)" ]
}

@test "an internal network is one: no way out, no way in, no names of the world" {
	cor network create --internal inner >/dev/null
	up web --network inner
	up client --network inner
	serve web tcp 0.0.0.0 80
	[ "$(can client web)" = "web $(address client inner)" ]
	! in_it client python3 "$peer_py" ping 198.51.100.2
	[ -z "$(in_it client ip route show default)" ]
	# a route that the container makes itself does not help it
	up tries --network inner --cap-add NET_ADMIN
	gateway=$(cor network inspect -f '{{(index .IPAM.Config 0).Gateway}}' inner)
	in_it tries ip route add default via "$gateway"
	! in_it tries python3 "$peer_py" ping 198.51.100.2
	! in_it client python3 "$peer_py" look example.org
	fails 125 "ports cannot be published on network inner: it is internal" \
		cor run --rm --network inner -p 8080:80 host: true
}

@test "addresses and MAC addresses that were asked for" {
	cor network create --subnet 10.7.0.0/24 --gateway 10.7.0.254 --ip-range 10.7.0.128/25 \
		--aux-address one=10.7.0.128 mine >/dev/null
	up first --network mine
	[ "$(address first mine)" = 10.7.0.129 ]
	in_it first ip route | grep -q "default via 10.7.0.254"
	up second --network mine --ip 10.7.0.9 --mac-address 02:00:00:00:00:09
	in_it second cat /sys/class/net/eth0/address | grep -qx 02:00:00:00:00:09
	up third --network mine:ip=10.7.0.10,alias=drei
	[ "$(in_it first python3 "$peer_py" look drei)" = 10.7.0.10 ]
	fails 125 "address 10.7.0.9 is in use on network $(cor network inspect -f '{{.Id}}' mine | cut -c1-12)" \
		cor run --rm --network mine --ip 10.7.0.9 host: true
	cor network inspect mine | grep -q '"IPv4Address": "10.7.0.9/24"'
	fails 1 "network mine has active endpoints (name:\"third\" id:\"$(cor inspect -f '{{.Id}}' third | cut -c1-12)\")" \
		cor network rm mine || true
	run cor network rm mine
	[ "$status" = 1 ]
}

@test "icc=false: containers of one network do not reach each other, the gateway they do" {
	cor network create --opt com.docker.network.bridge.enable_icc=false apart >/dev/null
	up web --network apart
	up client --network apart
	serve web tcp 0.0.0.0 80
	! can client "$(address web apart)"
	in_it client python3 "$peer_py" ping 198.51.100.2
}

@test "an MTU is the bridge's, the link's and what passes" {
	cor network create --opt com.docker.network.driver.mtu=1300 small >/dev/null
	up web --network small
	[ "$(in_it web cat /sys/class/net/eth0/mtu)" = 1300 ]
}

@test "macvlan: an address in the outer network" {
	host ip link add probe0 link to-router type macvlan 2>/dev/null || skip "this kernel has no macvlan"
	host ip link del probe0
	cor network create --driver macvlan --opt parent=to-router --subnet 192.0.2.0/24 --gateway 192.0.2.1 outer >/dev/null
	up web --network outer --ip 192.0.2.77
	serve web tcp 0.0.0.0 80
	[ "$(router python3 "$peer_py" ask tcp 192.0.2.77 80)" = "web 192.0.2.1" ]
	[ "$(outside python3 "$peer_py" ask tcp 192.0.2.77 80)" = "web 198.51.100.2" ]
}

@test "hosts and resolv.conf: own name at own address, --add-host host-gateway, --dns" {
	run cor run --rm --hostname me --add-host gw:host-gateway --add-host x:1.2.3.4 host: cat /etc/hosts
	[[ $output == *$'172.17.0.2\tme'* ]]
	[[ $output == *$'172.17.0.1\tgw'* ]]
	[[ $output == *$'1.2.3.4\tx'* ]]
	run cor run --rm --dns 9.9.9.9 --dns-search lab --dns-option ndots:3 host: cat /etc/resolv.conf
	[ "$output" = "nameserver 9.9.9.9
search lab
options ndots:3" ]
}

@test "200 containers on one network reach each other" {
	[ -z "${CORACLE_IN_VM:-}" ] || skip "an emulated CPU is too slow for 200 containers"
	cor network create --subnet 10.20.0.0/16 big >/dev/null
	for i in $(seq 200); do
		cor run -d --name "n$i" --network big host: \
			sh -c "exec python3 $peer_py serve tcp 0.0.0.0 80 n$i" >/dev/null
	done
	up probe --network big
	cat >"$tmp/ask.sh" <<-END
		for i in \$(seq 200); do
			[ "\$(python3 $peer_py ask tcp n\$i 80)" = "n\$i \$1" ] || { echo "n\$i"; exit 1; }
		done
	END
	eventually in_it probe python3 "$peer_py" ask tcp n200 80
	in_it probe sh "$tmp/ask.sh" "$(address probe big)"
	# any of them asks any other
	in_it n200 python3 "$peer_py" ask tcp n1 80
	in_it n1 python3 "$peer_py" ask tcp n100 80
}
