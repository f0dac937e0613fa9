#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Where everything lives: roots apart from each other, restarts of the machine, crashes, damage.
load helpers

other() { CORACLE_ROOT=$tmp/other cor "$@"; }

# Removes the groups that a true restart would have taken, once the monitor has left its own.
rm_groups() {
	find /sys/fs/cgroup -depth -type d -path "*/$group*" -exec rmdir {} + 2>/dev/null
	[ -z "$(find /sys/fs/cgroup -type d -path "*/$group*")" ]
}

no_monitor_of() { ! pgrep -f "^coracle.*$1" >/dev/null; }

forget_other() {
	local run
	run=$(other info -f '{{.RunDir}}')
	other ps -aq | xargs -r -n 9 env CORACLE_ROOT="$tmp/other" timeout $patience "$coracle_exe" rm -f
	eventually no_monitor_of "$tmp/other"
	rm -rf "$run"
}

@test "two roots do not see each other" {
	cor run -d --name web --network none host: sleep 600
	[ -z "$(other ps -aq)" ]
	run other inspect web
	[ "$status" = 1 ]
	other create --name web --network none host: true
	[ "$(other ps -aq | wc -l)" = 1 ]
	[ "$(cor ps -q | wc -l)" = 1 ]
	forget_other
}

@test "every directory is ours alone, however it was before" {
	local dir
	cor create --network none host: true
	chmod 755 "$CORACLE_ROOT" "$CORACLE_ROOT/containers" "$run_dir"
	cor ps
	for dir in "$CORACLE_ROOT" "$CORACLE_ROOT"/*/ "$CORACLE_ROOT"/containers/*/ "$run_dir" "$run_dir"/*/; do
		[ "$(stat -c %a "$dir")" = 700 ] || { stat "$dir"; return 1; }
	done
	[ -z "$(find "$CORACLE_ROOT" -maxdepth 1 -name 'coracle.db*' -perm /077)" ]
}

@test "a directory that is no root is left as it is" {
	mkdir -m 755 "$tmp/etc"
	touch "$tmp/etc/passwd"
	fails 1 "$tmp/etc is not empty and is not a root of coracle" cor --root "$tmp/etc" ps
	[ "$(stat -c %a "$tmp/etc")" = 755 ]
	chown 1000 "$tmp/etc"
	fails 1 "$tmp/etc belongs to uid 1000, not to 0" cor --root "$tmp/etc" ps
}

said_one() { [ "$(at_long logs long)" = one ]; }

@test "a relative root, and one whose path is 200 characters long" {
	local long long_run
	long=$(printf "%s/%0$((198 - ${#tmp}))d" "$tmp" 7)
	[ ${#long} -ge 199 ]
	[ "$(cd "$tmp" && cor --root ./root/../root info -f '{{.DockerRootDir}}')" = "$CORACLE_ROOT" ]
	at_long() { CORACLE_ROOT=$long cor "$@"; }
	[ "$(at_long run --rm --network none host: echo works)" = works ]
	at_long run -d --name long --network none host: sh -c 'echo one; sleep 600'
	eventually said_one
	[ "$(at_long exec long echo two)" = two ]
	long_run=$(at_long info -f '{{.RunDir}}')
	at_long rm -f long
	eventually no_monitor_of "$long"
	rm -rf "$long_run"
}

@test "a root whose path is too long for the database is refused, and not made" {
	local long
	long=$(printf "%s/%0200d/%0200d/%0$((77 - ${#tmp}))d" "$tmp" 1 2 3)
	cor --root "$long" create --name c1 --network none host: true
	rm -rf "$(cor --root "$long" info -f '{{.RunDir}}')" "$long"
	fails 125 "the path of the root is 481 bytes long: at most 480 are possible" \
		cor --root "${long}4" run --rm host: true
	[ ! -e "${long}4" ]
}

@test "after a restart of the machine nothing is believed: containers have exited" {
	local pid
	cor run -d --name web --network none host: sleep 600
	cor run --name done --network none host: sh -c 'exit 3' || true
	cor create --name new --network none host: true
	pid=$(cor inspect -f '{{.State.Pid}}' web)
	# its run is finished by now, or by this command
	[ "$(cor inspect -f '{{.State.Status}} {{.State.ExitCode}}' done)" = 'exited 3' ]
	sed -i 's/^boot .*/boot 00000000-1111-2222-3333-444444444444/' "$run_dir/stamp"
	[ "$(cor inspect -f '{{.State.Status}} {{.State.ExitCode}} {{.State.Pid}}' web)" = 'exited 255 0' ]
	[ "$(cor inspect -f '{{.State.Status}} {{.State.ExitCode}}' done)" = 'exited 3' ]
	[ "$(cor inspect -f '{{.State.Status}}' new)" = created ]
	[ -z "$(cor ps -q)" ]
	[ -z "$(find /run -maxdepth 1 -name "${run_dir##*/}.stale-*")" ]
	# no signal goes to what an old pid means now
	fails 1 "cannot kill container: web: container $(cor inspect -f '{{.Id}}' web) is not running" cor kill web
	kill -0 "$pid"
	kill -9 "$pid"
	eventually rm_groups
}

@test "another PID namespace with our directories is refused while a container runs" {
	local there
	cor run -d --name web --network none host: sleep 600
	there=$(unshare -pf --mount-proc readlink /proc/self/ns/pid)
	run unshare -pf --mount-proc timeout $patience "$coracle_exe" ps
	[ "$status" = 1 ]
	[ "${#lines[@]}" = 1 ]
	[[ $output == *"$(readlink /proc/self/ns/pid)"*'pid:['* ]]
	[ "${there%%[*}" = pid: ]
	status_is web running
	cor rm -f web
	unshare -pf --mount-proc timeout $patience "$coracle_exe" ps
}

@test "who has the lib tree but not /run does not take the containers for dead" {
	cor run -d --name web --network none host: sleep 600
	run unshare -pmf --mount-proc sh -c "mount -t tmpfs none /run && timeout $patience '$coracle_exe' start web"
	[ "$status" = 1 ]
	[ "${#lines[@]}" = 1 ]
	[[ $output == *'has running containers of another PID namespace'* ]]
	status_is web running
	cor stop -t 0 web
	unshare -pmf --mount-proc sh -c "mount -t tmpfs none /run && timeout $patience '$coracle_exe' ps -a" | grep Exited
	cor start web
	status_is web running
}

@test "a killed create or rm leaves nothing that the next command does not finish" {
	local i
	for i in $(seq 60); do
		timeout -s KILL "0.0$((RANDOM % 90 + 10))" "$coracle_exe" create --network none host: true || true
	done >"$tmp/ids"
	cor ps -aq --no-trunc >"$tmp/have"
	# who was told an id has a container, and every container has a directory of its own
	for i in $(cat "$tmp/ids"); do grep -qx "$i" "$tmp/have"; done
	[ "$(ls "$CORACLE_ROOT/containers" | sort)" = "$(sort "$tmp/have")" ]
	[ -z "$(ls "$CORACLE_ROOT/pending")" ]
	for i in $(cat "$tmp/have"); do
		timeout -s KILL "0.0$((RANDOM % 90 + 10))" "$coracle_exe" rm "$i" || true
	done
	cor ps -aq | xargs -r timeout $patience "$coracle_exe" rm
	[ -z "$(ls "$CORACLE_ROOT/containers" "$CORACLE_ROOT/pending" | grep -v ':$' | tr -d '\n')" ]
}

@test "a damaged, newer, foreign or lost database is refused with one line, and kept" {
	local sum
	cor create --name web --network none host: true
	cor rm web
	cp "$CORACLE_ROOT/coracle.db" "$tmp/db"
	rm "$CORACLE_ROOT"/coracle.db-*
	head -c 20000 /dev/urandom >"$CORACLE_ROOT/coracle.db"
	sum=$(md5sum <"$CORACLE_ROOT/coracle.db")
	run cor ps
	[ "$status" = 1 ]
	[ "${#lines[@]}" = 1 ]
	[[ $output == *'coracle.db is damaged'* ]]
	[ "$(md5sum <"$CORACLE_ROOT/coracle.db")" = "$sum" ]
	cp "$tmp/db" "$CORACLE_ROOT/coracle.db"
	python3 -c 'import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute("pragma user_version=9999"); c.commit()' \
		"$CORACLE_ROOT/coracle.db"
	run cor ps
	[ "$status" = 1 ]
	[ "${#lines[@]}" = 1 ]
	[[ $output == *'from a newer coracle'* ]]
	rm "$CORACLE_ROOT"/coracle.db*
	mkdir "$CORACLE_ROOT/containers/$(printf '%064d' 1)"
	run cor ps
	[ "$status" = 1 ]
	[ "${#lines[@]}" = 1 ]
	[[ $output == *'is missing or empty'* ]]
	rmdir "$CORACLE_ROOT"/containers/*
	cor ps
}

@test "a container of the host's root does not see the engine's files" {
	run cor run --rm --network none host: sh -c "ls -A '$CORACLE_ROOT' '$run_dir'; cat '$CORACLE_ROOT/coracle.db'"
	[ "$status" != 0 ]
	[[ $output != *containers* && $output != *SQLite* ]]
	run cor run --rm --network none -v /:/mnt/host:ro host: ls "/mnt/host$CORACLE_ROOT/containers"
	[ "$status" = 0 ] # asked for is asked for
}

@test "what the host's root does not show needs no hiding: the container's layer stays empty" {
	mkdir "$tmp/mnt"
	mount -t tmpfs none "$tmp/mnt"
	there() { cor --root "$tmp/mnt/root" "$@"; }
	there run --name c1 --network none host: true && changes=$(there diff c1) || changes=failed
	there_run=$(there info -f '{{.RunDir}}')
	there rm -f c1
	eventually no_monitor_of "$tmp/mnt/root"
	umount -l "$tmp/mnt"
	rm -rf "$there_run"
	[[ $changes != failed && $changes != *"$tmp/mnt/root"* ]]
}

@test "no start syncs anything" {
	command -v strace >/dev/null || skip "needs strace"
	local i
	cor ps
	for i in 1 2 3; do
		timeout $patience strace -f -o "$tmp/trace.$i" -e trace=fsync,fdatasync,sync,syncfs,msync,sync_file_range \
			"$coracle_exe" run --rm --network none host: true
	done
	! grep -hE 'sync' "$tmp"/trace.*
}
