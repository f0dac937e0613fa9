# SPDX-License-Identifier: Apache-2.0
# Network objects: output shapes as Docker's, and what is refused.
load helpers

@test "create, ls, inspect, rm: what Docker prints" {
	id=$(cor network create --label a=b front)
	[[ $id =~ ^[0-9a-f]{64}$ ]]
	run cor network ls
	[[ ${lines[0]} == "NETWORK ID "*"NAME "*"DRIVER "*"SCOPE" ]]
	[[ $output == *"${id:0:12}   front "*"bridge "*local* ]]
	[ "$(cor network ls --format '{{.Name}}' | sort | xargs)" = "bridge front host none" ]
	[ "$(cor network ls -q --no-trunc -f name=front)" = "$id" ]
	[ "$(cor network ls -q -f label=a=b -f driver=bridge)" = "${id:0:12}" ]
	cor network inspect front | jq -e --arg id "$id" '.[0].Id == $id and .[0].Driver == "bridge" and
		.[0].Labels == {"a": "b"} and .[0].Internal == false and .[0].Containers == {} and
		(.[0].IPAM.Config[0].Subnet | test("^172\\."))' >/dev/null
	[ "$(cor network inspect -f '{{.Name}} {{.Scope}}' "${id:0:8}")" = "front local" ]
	[ "$(cor network rm front)" = front ]
	run cor network inspect front
	[ "$status" = 1 ]
	[[ $output == *"network front not found"* ]]
	cor network create unused >/dev/null
	[[ $(cor network prune -f) == *"Deleted Networks:"*unused* ]]
}

# refused STATUS WORDS COMMAND...: one line that has the words, and no network more than before.
refused() {
	local expected=$1 words=$2 before_ls
	shift 2
	before_ls=$(cor network ls -q)
	run cor "$@"
	[ "$status" = "$expected" ] && [ "${#lines[@]}" -le 2 ] && [[ $output == *"$words"* ]] &&
		[ "$(cor network ls -q)" = "$before_ls" ] && [ -z "$(cor ps -aq)" ] ||
		{ echo "status $status: $output"; return 1; }
}

@test "networks that cannot be" {
	cor network create --subnet 10.1.0.0/16 first >/dev/null
	refused 1 overlap network create --subnet 10.1.2.0/24 second
	refused 1 first network create --subnet 10.0.0.0/8 second
	refused 1 "already exists" network create first
	refused 1 gateway network create --subnet 10.2.0.0/24 --gateway 10.3.0.1 second
	refused 1 range network create --subnet 10.2.0.0/24 --ip-range 10.3.0.0/25 second
	refused 1 subnet network create --subnet 10.2.0.0/99 second
	refused 1 subnet network create --subnet ten second
	refused 1 mtu network create --opt com.docker.network.driver.mtu=20 second
	refused 1 mtu network create --opt com.docker.network.driver.mtu=70000 second
	refused 1 nosuch network create --opt nosuch=1 second
	refused 1 weave network create --driver weave second
	refused 1 name network create 'bad name'
	refused 1 name network create $'bad\nname'
	refused 1 name network create -- -x
	refused 1 "" network create bridge
	refused 1 bridge network rm bridge
	refused 1 "not found" network rm nosuch
}

@test "endpoints and ports that cannot be" {
	cor network create --subnet 10.1.0.0/24 first >/dev/null
	refused 125 "not in the subnet" run --rm --network first --ip 10.9.0.1 host: true
	refused 125 gateway run --rm --network first --ip 10.1.0.1 host: true
	refused 125 10.1.0.255 run --rm --network first --ip 10.1.0.255 host: true
	refused 125 address run --rm --network first --ip ten host: true
	refused 125 MAC run --rm --network first --mac-address 01:00:00:00:00:01 host: true
	refused 125 "network nosuch not found" run --rm --network nosuch host: true
	refused 125 host run --rm --network host -p 80:80 host: true
	refused 125 none run --rm --network none -p 80:80 host: true
	refused 125 port run --rm -p 0:80:x host: true
	refused 125 port run --rm -p 80:65536 host: true
	refused 125 port run --rm -p 80:0 host: true
	refused 125 xyz run --rm -p 80:80/xyz host: true
	refused 125 "" run --rm -p 90-80:90-80 host: true
	refused 125 "" run --rm -p 80-90:80-85 host: true
	refused 125 "" run --rm -p 1.2.3:80:80 host: true
	refused 125 "not an address of this host" run --rm -p 9.9.9.9:80:80 host: true
	refused 125 links run --rm --link x host: true
}

@test "a subnet that is used up says so" {
	cor network create --subnet 10.1.0.0/30 tiny >/dev/null
	up first --network tiny
	fails 125 "no free address in 10.1.0.0/30 of network tiny" cor run --rm --network tiny host: true
	cor rm -f first >/dev/null
	up second --network tiny
}

@test "the host's routes are avoided, and a subnet that became the host's is another" {
	host ip route add 172.17.0.0/16 via 192.0.2.1
	run cor run --rm host: ip -4 -o addr show eth0
	[[ $output == *"inet 172.18.0.2/16"* ]]
	eventually bridgeless
	host ip route add 172.18.0.0/16 via 192.0.2.1
	run cor run --rm host: ip -4 -o addr show eth0
	[[ $output == *"inet 172.19.0.2/16"* ]]
	host ip route del 172.17.0.0/16
	host ip route del 172.18.0.0/16
}
bridgeless() { [ -z "$(host ip -o link show type bridge)" ]; }
