#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The life of a container under bad conditions: killed monitors, killed commands, commands that
# meet. What a user could see, and what the kernel says.

bats_require_minimum_version 1.5.0
BUILD=${CORACLE_BUILD:-$BATS_TEST_DIRNAME/../../build}

setup() {
	[ "$(id -u)" = 0 ] || skip "needs root"
	ROOT=$(mktemp -d "${TMPDIR:-/tmp}/coracle-life.XXXXXX")
	export CORACLE_ROOT=$ROOT/lib
	cor ps >/dev/null
}

teardown() {
	[ -n "${ROOT:-}" ] || return 0
	cor ps -aq | xargs -r -n 50 timeout $patience "$BUILD/src/cmd/coracle" rm -f >/dev/null
	pkill -TERM -f "^coracle-netd --root $CORACLE_ROOT " || true
	rm -rf --one-file-system "$ROOT" "$(run_dir)"
}

# What hangs is ended after this; an emulated CPU (tests/vm) is ten times slower.
patience=60
[ -z "${CORACLE_IN_VM:-}" ] || patience=400
cor() {
	timeout $patience "$BUILD/src/cmd/coracle" "$@"
}

run_dir() {
	echo "/run/$(group)"
}

# The name of this root's groups and run directory.
group() {
	local stamp
	for stamp in /run/coracle-*/stamp; do
		grep -qsxF "root $CORACLE_ROOT" "$stamp" && basename "$(dirname "$stamp")" && return
	done
}

pid_of() {
	cor inspect -f '{{.State.Pid}}' "$1"
}

# The processes of all monitors of this root: coracle-netd is in their group too.
monitors() {
	local p
	for p in $(cat "/sys/fs/cgroup/unified/$(group)/monitors/cgroup.procs" 2>/dev/null ||
		cat "/sys/fs/cgroup/$(group)/monitors/cgroup.procs"); do
		[ "$(cat "/proc/$p/comm" 2>/dev/null)" = coracle-netd ] || echo "$p"
	done
}

# A process is not dead when kill(1) returns.
kill_monitors() {
	local pids p
	pids=$(monitors)
	kill -9 $pids
	for p in $pids; do
		while [ -e "/proc/$p" ]; do sleep 0.01; done
	done
}

# Waits up to ten seconds (in a virtual machine: a minute) until a command succeeds.
eventually() {
	local end=$((SECONDS + 10 ${CORACLE_IN_VM:++ 50}))
	while [ $SECONDS -le $end ]; do
		"$@" && return
		sleep 0.1
	done
	echo "not in time: $*"
	return 1
}

not_there() {
	! [ -e "$1" ]
}

gone() {
	pkill -TERM -f "^coracle-netd --root $CORACLE_ROOT " || true
	[ -z "$(find /sys/fs/cgroup -type d -path "*$(group)*" 2>/dev/null)" ] &&
		[ -z "$(ls "$(run_dir)/containers" "$CORACLE_ROOT/containers" | grep -v : | tr -d '\n')" ]
}

status_is() {
	[ "$(cor inspect -f '{{.State.Status}}' "$1")" = "$2" ]
}

@test "nothing is left of a container that is gone" {
	cor run --rm host: true
	eventually gone
}

@test "exit statuses are exact" {
	run cor run --rm host: sh -c 'exit 42'
	[ "$status" = 42 ]
	run cor run --rm host: sh -c 'sh -c "kill -9 \$\$"; exit $?'
	[ "$status" = 137 ]
	run cor run --rm --init host: sh -c 'kill -TERM $$'
	[ "$status" = 143 ]
	run -127 cor run --rm host: /nonexistent
	run cor run --rm host: /etc/passwd
	[ "$status" = 126 ]
}

@test "standard input ends when the caller's does" {
	[ "$(echo x | cor run -i --rm host: cat)" = x ]
	head -c 3000000 /dev/zero | cor run -i --rm host: wc -c | grep -qx 3000000
}

@test "/dev/stdout opens for an ordinary user of the container, with a user namespace too" {
	[ "$(cor run --rm -u 1000 host: sh -c 'echo hi >/dev/stdout')" = hi ]
	[ "$(cor run --rm -u 1000 host: sh -c 'echo hi >/dev/stderr' 2>&1 >/dev/null)" = hi ]
	root=host:
	if [ "$(stat -f -c %T /)" = overlayfs ]; then # it cannot be mounted with mapped ids
		root=dir:$ROOT/mappable
		mkdir -p "$ROOT/mappable/bin"
		cp "$(command -v busybox)" "$ROOT/mappable/bin/sh"
	fi
	[ "$(cor run --rm --userns auto -u 1000 "$root" sh -c 'echo hi >/dev/stdout')" = hi ]
	cor run -d --name c1 -u 1000 host: sleep 100
	[ "$(cor exec -u 1001 c1 sh -c 'echo hi >/dev/stdout')" = hi ]
}

@test "a container goes on when its command is killed" {
	"$BUILD/src/cmd/coracle" run --name c1 host: sh -c 'echo one; sleep 1.5; echo two' >"$ROOT/out" &
	eventually grep -qs one "$ROOT/out"
	kill -9 $!
	eventually status_is c1 exited
	[ "$(cor logs c1)" = "$(printf 'one\ntwo')" ]
	[ "$(cor inspect -f '{{.State.ExitCode}}' c1)" = 0 ]
}

# Whether the kernel keeps the exit status of a process that somebody else has reaped. Before, that of
# an adopted container is known only when its new monitor was quicker than that (docs/lifecycle.md).
keeps_exit_status() {
	printf '6.15\n%s\n' "$(uname -r)" | sort -V -C
}

@test "20 killed monitors under load: the next command replaces them and no byte is lost" {
	mkdir "$ROOT/flags"
	for i in $(seq 20); do
		cor run -d --name "c$i" -v "$ROOT/flags:/mnt" --log-opt max-size=-1 host: sh -c \
			"seq -f '%012.0f' 1 60000; while ! [ -e /mnt/go ]; do sleep 0.2; done
			seq -f '%012.0f' 60001 65000; exit $i" >/dev/null
	done
	for _ in 1 2 3; do
		kill_monitors
		[ "$(cor ps -q | wc -l)" = 20 ]
	done
	touch "$ROOT/flags/go"
	for i in $(seq 20); do
		code=$(cor wait "c$i")
		[ "$code" = "$i" ] || { [ "$code" = 255 ] && ! keeps_exit_status; }
		[ "$(cor logs "c$i" | sha256sum)" = "$(seq -f '%012.0f' 1 65000 | sha256sum)" ]
	done
}

@test "a container that ended without a monitor is finished by the next command" {
	cor run -d --name c1 -v "$ROOT:/mnt" host: sh -c 'while ! [ -e /mnt/go ]; do sleep 0.1; done'
	pid=$(pid_of c1)
	kill_monitors
	touch "$ROOT/go"
	eventually not_there "/proc/$pid"
	status_is c1 exited
	[ "$(cor ps -q)" = "" ]
	cor rm c1
	eventually gone
}

@test "restart: a temporary container survives it" {
	local first
	cor run -d --rm --name c1 --network none host: sleep 60
	first=$(pid_of c1)
	cor exec c1 touch /kept
	cor restart -t 0 c1
	[ "$(pid_of c1)" != "$first" ]
	cor exec c1 ls /kept
	cor stop -t 0 c1
	eventually gone
}

@test "run --rm whose monitor and container are lost ends with a status, not with an error" {
	local rc=0 run pid
	"$BUILD/src/cmd/coracle" run --rm --name c1 --network none host: sh -c 'echo up; sleep 60' \
		>"$ROOT/out" 2>"$ROOT/err" 3>&- &
	run=$!
	up() { grep -q up "$ROOT/out"; }
	eventually up
	pid=$(pid_of c1)
	kill -STOP $run # it is to find both gone
	kill -KILL $(monitors)
	kill -KILL "$pid"
	kill -CONT $run
	wait $run || rc=$?
	# 255: nobody saw how it ended
	[ "$rc" = 137 ] || [ "$rc" = 255 ] || { cat "$ROOT/err"; echo "status $rc"; return 1; }
	! grep -q 'No such container' "$ROOT/err"
	eventually gone
}

@test "a lost monitor does not end the restart policy" {
	cor run -d --name c1 --restart always host: sleep 1
	kill_monitors
	cor ps >/dev/null
	eventually restarted c1 1
	cor rm -f c1
	eventually gone
}

restarted() {
	[ "$(cor inspect -f '{{.RestartCount}}' "$1")" -ge "$2" ]
}

@test "restart policies: counts, limits and delays" {
	cor run -d --name f1 --restart on-failure:2 host: sh -c 'exit 3'
	eventually status_is f1 exited
	[ "$(cor inspect -f '{{.RestartCount}} {{.State.ExitCode}}' f1)" = "2 3" ]
	cor run -d --name ok --restart on-failure host: true
	eventually status_is ok exited
	[ "$(cor inspect -f '{{.RestartCount}}' ok)" = 0 ]
	cor run -d --name a1 --restart always host: true
	eventually restarted a1 3
	cor stop a1
	status_is a1 exited
	n=$(cor inspect -f '{{.RestartCount}}' a1)
	sleep 1.5
	status_is a1 exited
	[ "$(cor inspect -f '{{.RestartCount}}' a1)" = "$n" ]
	cor rm f1 ok a1
	eventually gone
}

@test "a pending restart is cancelled by stop and by rm, and nothing is left waiting" {
	cor run -d --name c1 --restart always host: false
	eventually restarted c1 6
	eventually status_is c1 restarting
	cor rm -f c1
	eventually gone
	[ "$(monitors 2>/dev/null)" = "" ]
}

@test "a killed waiter for a restart is replaced" {
	cor run -d --name c1 --restart always host: false
	eventually restarted c1 5
	eventually status_is c1 restarting
	n=$(cor inspect -f '{{.RestartCount}}' c1)
	kill_monitors
	cor ps >/dev/null
	eventually restarted c1 $((n + 1))
}

@test "stop: the signal, the time, and then SIGKILL" {
	cor run -d --name t1 host: sh -c 'trap "echo term; exit 5" TERM; while :; do sleep 0.1; done'
	cor stop t1
	[ "$(cor inspect -f '{{.State.ExitCode}}' t1)" = 5 ]
	[ "$(cor logs t1)" = term ]
	cor run -d --name k1 host: sh -c 'trap "" TERM; while :; do sleep 0.1; done'
	start=$(date +%s)
	cor stop -t 1 k1
	[ $(($(date +%s) - start)) -le 4 ]
	[ "$(cor inspect -f '{{.State.ExitCode}}' k1)" = 137 ]
	cor run -d --name s1 --stop-signal INT host: sh -c 'trap "exit 6" INT; while :; do sleep 0.1; done'
	cor stop s1
	[ "$(cor inspect -f '{{.State.ExitCode}}' s1)" = 6 ]
}

@test "stop with a negative time waits for ever" {
	cor run -d --name k1 host: sh -c 'trap "" TERM; while :; do sleep 0.1; done'
	for t in -1 -5; do
		run timeout 2 "$BUILD/src/cmd/coracle" stop -t $t k1
		[ "$status" = 124 ]
		status_is k1 running
	done
}

@test "kill: any signal; a paused container takes SIGKILL" {
	cor run -d --name c1 host: sh -c 'trap "echo usr" USR1; while :; do sleep 0.1; done'
	sleep 0.3
	cor kill -s USR1 c1
	eventually sh -c "timeout 9 '$BUILD/src/cmd/coracle' logs c1 | grep -qx usr"
	cor pause c1
	status_is c1 paused
	run cor exec c1 true
	[ "$status" != 0 ]
	[[ "$output" == *"is paused"* ]]
	cor kill c1
	status_is c1 exited
	[ "$(cor inspect -f '{{.State.ExitCode}}' c1)" = 137 ]
	run cor kill c1
	[ "$status" = 1 ]
	[[ "$output" == *"is not running"* ]]
}

@test "pause holds the processes, stop ends a paused container" {
	cor run -d --name c1 host: sh -c 'trap "exit 0" TERM; while :; do echo x; sleep 0.05; done'
	cor pause c1
	a=$(cor logs c1 | wc -l)
	sleep 0.5
	[ "$(cor logs c1 | wc -l)" = "$a" ]
	cor unpause c1
	eventually sh -c "[ \$(timeout 9 '$BUILD/src/cmd/coracle' logs c1 | wc -l) -gt $a ]"
	cor pause c1
	cor stop c1
	[ "$(cor inspect -f '{{.State.ExitCode}}' c1)" = 0 ]
}

@test "restart in a tight loop: one mount of the upper at a time" {
	cor run -d --name c1 host: sh -c 'date >>/mark; exec sleep 100'
	for i in $(seq 15); do
		cor restart -t 0 c1
		live=$(overlay_mounts c1)
		[ "$live" -le 1 ] || { echo "round $i: $live"; false; }
	done
	[ "$(cor exec c1 sh -c 'wc -l </mark')" -ge 15 ]
	cor rm -f c1
	eventually gone
}

# How many processes of the machine see an overlay with the container's upper, by mount namespace.
overlay_mounts() {
	local id
	id=$(cor inspect -f '{{.Id}}' "$1")
	for p in /proc/[0-9]*; do
		grep -qs "upperdir=[^,]*$id" "$p/mountinfo" && readlink "$p/ns/mnt"
	done | sort -u | wc -l
}

@test "stop, restart, start, kill and rm -f at once: no deadlock, and an end that is one of theirs" {
	for round in $(seq 4); do
		cor run -d --name c1 host: sleep 100 >/dev/null
		pids=()
		for verb in "stop -t 0" "restart -t 0" "start" "kill" "restart -t 0" "stop -t 0"; do
			cor $verb c1 >/dev/null 2>&1 &
			pids+=($!)
		done
		for p in "${pids[@]}"; do
			wait "$p" && code=0 || code=$?
			[ "$code" != 124 ] # none hung
		done
		[ "$(overlay_mounts c1)" -le 1 ]
		cor rm -f c1 >/dev/null
	done
	eventually gone
}

@test "rm -f during the clean-up" {
	for i in $(seq 10); do
		cor run -d --name "c$i" host: sleep 0.2 >/dev/null
	done
	sleep 0.2
	for i in $(seq 10); do
		cor rm -f "c$i" >/dev/null &
	done
	wait
	[ "$(cor ps -aq)" = "" ]
	eventually gone
}

@test "a full pipe of a stopped reader does not hold up stop and rm" {
	mkfifo "$ROOT/slow"
	sleep 100 <>"$ROOT/slow" &
	reader=$!
	"$BUILD/src/cmd/coracle" run --name c1 host: sh -c 'exec seq 1 10000000' >"$ROOT/slow" 2>/dev/null &
	runner=$!
	eventually status_is c1 running
	sleep 0.5
	cor stop -t 0 c1
	cor rm c1
	kill $reader $runner
	eventually gone
}

@test "exec sessions: status, input, a killed monitor, a container that ends" {
	cor run -d --name c1 host: sleep 100
	run cor exec c1 sh -c 'exit 9'
	[ "$status" = 9 ]
	[ "$(echo hello | cor exec -i c1 cat)" = hello ]
	run -127 cor exec c1 /nonexistent
	cor exec -d c1 sh -c 'sleep 1; echo done >/mark'
	kill_monitors
	cor ps >/dev/null
	eventually cor exec c1 test -e /mark
	"$BUILD/src/cmd/coracle" exec c1 sleep 100 &
	session=$!
	sleep 0.5
	cor stop -t 0 c1
	wait $session && code=0 || code=$?
	[ "$code" = 137 ]
	run cor exec c1 true
	[ "$status" != 0 ]
}

@test "an out-of-memory kill shows in inspect" {
	cor run -d --name c1 -m 32m host: sh -c 'head -c 200m /dev/zero | tail -c 200m >/dev/null; exit 0'
	cor wait c1
	[ "$(cor inspect -f '{{.State.OOMKilled}}' c1)" = true ]
	cor start c1
	cor stop -t 0 c1
}

@test "events tell the life in order" {
	cor run --rm --name c1 host: true
	cor events --since 0 --until "$(date +%s.%N)" --format '{{.Action}}' >"$ROOT/events"
	[ "$(grep -xE 'create|start|die|destroy' "$ROOT/events" | tr '\n' ' ')" = "create start die destroy " ]
}

@test "wait: the end of a run, of a restart policy, of a removed container" {
	cor run -d --name c1 host: sh -c 'sleep 0.5; exit 7'
	[ "$(cor wait c1)" = 7 ]
	[ "$(cor wait c1)" = 7 ]
	cor run -d --rm --name r1 host: sh -c 'sleep 0.5; exit 8'
	[ "$(cor wait r1)" = 8 ]
	cor run -d --name f1 --restart on-failure:1 host: sh -c 'sleep 0.2; exit 9'
	[ "$(cor wait f1)" = 9 ]
	[ "$(cor wait f1)" = 9 ]
	[ "$(cor inspect -f '{{.RestartCount}}' f1)" = 1 ]
	# under a policy that never gives up each exit is one, also one that was over in no time
	cor run -d --name a1 --restart always host: sh -c 'sleep 0.2; exit 6'
	[ "$(cor wait a1 a1 a1)" = $'6\n6\n6' ]
	cor run -d --name a2 --restart always host: sh -c 'exit 5'
	[ "$(cor wait a2 a2 a2 a2)" = $'5\n5\n5\n5' ]
	cor rm -f a1 a2
}

@test "16 at a time: 200 containers leave nothing" {
	seq 200 | timeout 300 xargs -P 16 -I{} "$BUILD/src/cmd/coracle" run --rm host: true
	[ "$(cor ps -aq)" = "" ]
	eventually gone
	[ "$(monitors 2>/dev/null)" = "" ]
}

@test "a container whose run directory is lost is not forgotten while it lives" {
	cor run -d --name c1 host: sleep 1000
	cor run -d --name c2 host: true
	pid=$(pid_of c1)
	group=$(group)
	eventually status_is c2 exited
	rm -rf "/run/$group"
	run cor rm c1
	[ "$status" = 1 ]
	[[ $output == *"processes of an earlier run are still in the group $group/"* ]]
	[ -e "/proc/$pid" ]
	cor rm -f c1 c2
	! [ -e "/proc/$pid" ]
	eventually gone
}

zombie() {
	grep -q '^State:.Z' "/proc/$1/status"
}

@test "a container whose monitor has not told its end yet runs for everybody" {
	cor run -d --name c1 -v "$ROOT:/mnt" host: sh -c 'while ! [ -e /mnt/go ]; do sleep 0.1; done; exit 3'
	pid=$(pid_of c1)
	monitor=$(monitors)
	kill -STOP "$monitor"
	touch "$ROOT/go"
	eventually zombie "$pid"
	status_is c1 running
	[[ $(cor ps --format '{{.Status}}') == "Up "* ]]
	run cor exec c1 true
	[[ $output == *"is not running"* ]]
	cor wait c1 >"$ROOT/code" &
	sleep 0.2
	kill -CONT "$monitor"
	wait $!
	[ "$(cat "$ROOT/code")" = 3 ]
	eventually status_is c1 exited
	[ "$(cor inspect -f '{{.State.ExitCode}}' c1)" = 3 ]
}

@test "a container whose start was killed before there was a process is still only created" {
	local dir
	dir=$(run_dir)/containers/$(cor create --rm --name c1 host: sleep 1000)
	mkdir -p "$dir"
	exec 9>"$dir/monitor.lock"
	flock 9
	"$BUILD/src/cmd/coracle" start c1 9>&- &
	eventually test -S "$dir/attach.sock"
	status_is c1 created # the starter waits for the monitor's lock
	kill -9 $! $(monitors)
	exec 9>&-
	[ "$(cor ps -a --format '{{.Status}}')" = Created ]
	cor start c1
	status_is c1 running
	cor rm -f c1
	eventually gone
}
