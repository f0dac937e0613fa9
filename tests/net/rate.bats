# SPDX-License-Identifier: Apache-2.0
# --net-rate: both directions, on the host's side, and nothing left of it.
load helpers

rate_py=$BATS_TEST_DIRNAME/rate.py
ifbs() { host ip -o link show type ifb | wc -l; }
# between LOW HIGH NUMBER
between() { awk -v low="$1" -v high="$2" -v n="$3" 'BEGIN { exit !(n >= low && n <= high) }' || { echo "$3"; false; }; }

need_ifb() {
	host ip link add probe0 type ifb 2>/dev/null || skip "this kernel has no ifb links"
	host ip link del probe0
}

@test "what it sends and what it receives is limited to the rate" {
	need_ifb
	up box --net-rate 20mbit,64kb
	outside python3 "$rate_py" take 198.51.100.2 7000 4 >"$tmp/sent" 3>&- & servers=$!
	eventually outside sh -c 'ss -ltn | grep -q :7000'
	in_it box python3 "$rate_py" sink 198.51.100.2 7000 4
	wait $servers
	between 15 23 "$(cat "$tmp/sent")"
	outside python3 "$rate_py" give 198.51.100.2 7001 4 >/dev/null 3>&- & servers=$!
	eventually outside sh -c 'ss -ltn | grep -q :7001'
	between 15 23 "$(in_it box python3 "$rate_py" source 198.51.100.2 7001 4)"
}

@test "it goes with the container, killed or not" {
	need_ifb
	up box --net-rate 1mbit
	[ "$(ifbs)" = 1 ]
	cor rm -f box >/dev/null
	[ "$(ifbs)" = 0 ]
	up box --net-rate 1mbit
	pid=$(cor inspect -f '{{.State.Pid}}' box)
	pkill -9 -f "^coracle-(monitor|netd).*$CORACLE_ROOT"
	kill -9 "$pid"
	cor rm -f box >/dev/null
	[ "$(ifbs)" = 0 ]
}

@test "rates that cannot be" {
	fails 125 'invalid --net-rate: "fast"' cor run --rm --net-rate fast host: true
	fails 125 'invalid --net-rate: "10mfoo": units are bit, kbit, mbit, gbit' cor run --rm --net-rate 10mfoo host: true
	fails 125 'network rate 100 bit/s: from 8 kbit to 1 tbit are possible' cor run --rm --net-rate 100 host: true
	fails 125 'network burst 100 bytes: from 2 KiB to 1 GiB are possible' cor run --rm --net-rate 1mbit,100 host: true
	fails 125 'conflicting options: a network rate and the network mode none' \
		cor run --rm --network none --net-rate 1mbit host: true
	fails 125 'conflicting options: a network rate and the network mode host' \
		cor run --rm --network host --net-rate 1mbit host: true
}
