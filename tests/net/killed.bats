# SPDX-License-Identifier: Apache-2.0
# Killed at any point: rows, links, elements and sockets of a start that never ended are given back.
load helpers

@test "starts that are killed at any moment leave nothing" {
	cor network create front >/dev/null
	up keeper --network front
	for ms in 2 4 6 8 10 12 14 16 18 20 22 24 26 28 30 35 40 50; do
		nsenter -t "$host_pid" -n "$coracle_exe" run -d --network front -p 8080:80 \
			--name "n$ms" host: sleep 3600 >/dev/null 2>&1 3>&- & pid=$!
		sleep "0.0$(printf %02d $ms)"
		kill -9 $pid 2>/dev/null || true
		wait $pid 2>/dev/null || true
		cor rm -f "n$ms" >/dev/null 2>&1 || true
	done
	# the port and the addresses are free again
	up last --network front -p 8080:80
	serve last tcp 0.0.0.0 80
	[ "$(outside python3 "$peer_py" ask tcp 192.0.2.2 8080)" = "last 198.51.100.2" ]
	[ "$(cor network inspect -f '{{len .Containers}}' front)" = 2 ]
	cor rm -f last keeper >/dev/null
	cor network rm front >/dev/null
	eventually nothing_left
}

@test "everything of ours is killed, again and again: the next start works and gives back the rest" {
	for round in 1 2 3; do
		up "web$round" -p "808$round:80"
		pkill -9 -f "^coracle-(monitor|netd).*$CORACLE_ROOT"
		cor kill "web$round" >/dev/null
		eventually is_over "web$round"
		cor start "web$round" >/dev/null
		serve "web$round" tcp 0.0.0.0 80
		[ "$(outside python3 "$peer_py" ask tcp 192.0.2.2 "808$round")" = "web$round 198.51.100.2" ]
	done
}
is_over() { [ "$(cor inspect -f '{{.State.Running}}' "$1")" = false ]; }
