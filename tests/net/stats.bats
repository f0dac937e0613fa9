# SPDX-License-Identifier: Apache-2.0
# What `stats` shows of the network: known bytes are seen in its columns.
load helpers

# datagrams COUNT ADDRESS: each is 1,000 bytes, and 42 of headers.
send_py='import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(int(sys.argv[1])): s.sendto(bytes(1000), (sys.argv[2], 9))'
net_io() { cor stats --no-stream --format '{{.NetIO}}' "$@"; }

@test "bytes that were sent and received" {
	up web
	in_it web python3 -c "$send_py" 3000 172.17.0.1
	host python3 -c "$send_py" 1000 "$(address web)"
	run net_io web
	echo "$output"
	[[ $output =~ ^1\.[0-2][0-9]?MB\ /\ 3\.[1-3][0-9]?MB$ ]]
	run cor stats --no-stream --format json web
	[ "$(python3 -c 'import json, sys; print(*sorted(json.loads(sys.argv[1])))' "$output")" = \
		"BlockIO CPUPerc Container ID MemPerc MemUsage Name NetIO PIDs" ]
}

@test "the table: columns, who runs, and all" {
	up web
	cor create --name idle host: true >/dev/null
	run cor stats --no-stream
	[ "$status" = 0 ]
	[[ ${lines[0]} =~ ^CONTAINER\ ID\ +NAME\ +CPU\ %\ +MEM\ USAGE\ /\ LIMIT\ +MEM\ %\ +NET\ I/O\ +BLOCK\ I/O\ +PIDS$ ]]
	[ "${#lines[@]}" = 2 ]
	[[ ${lines[1]} == *web* ]]
	run cor stats --no-stream -a --no-trunc --format '{{.Name}} {{.ID}} {{.NetIO}}'
	[ "${#lines[@]}" = 2 ]
	[[ $output == *"idle $(cor inspect -f '{{.Id}}' idle) 0B / 0B"* ]]
}

@test "the host's network has no bytes of the container's" {
	up web --network host
	[ "$(net_io web)" = "--" ]
}

@test "errors" {
	fails 1 "No such container: nobody" cor stats --no-stream nobody
	run cor stats --no-stream --format '{{.Wrong'
	[ "$status" != 0 ]
}
