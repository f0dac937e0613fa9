#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Terminals: size, keys, and the user's own terminal as it was after every kind of end.
bats_require_minimum_version 1.5.0
load helpers

@test "a shell: size, resize, Ctrl-C, exit status" {
	run in_terminal 'expect:# ' 'send:stty size\n' 'expect:24 80' 'size:50,132' 'sleep:0.3' \
		'send:stty size\n' 'expect:50 132' 'send:sleep 50\n' 'sleep:0.5' 'send:\x03' \
		'send:exit 5\n' -- "$coracle_exe" run --rm -it host: sh
	[ "$status" = 5 ]
	[ "${lines[-1]}" = restored ]
}

@test "the size is there from the first moment" {
	run in_terminal -- "$coracle_exe" run --rm -it host: stty size
	[ "$status" = 0 ]
	[[ $output == *'24 80'* ]]
}

@test "Ctrl-P Ctrl-Q leaves it running; attach comes back; other keys by --detach-keys" {
	run in_terminal 'expect:# ' 'send:\x10\x11' -- "$coracle_exe" run --name c1 -it host: sh
	[ "$status" = 0 ]
	[ "${lines[-1]}" = restored ]
	[[ $output == *'read escape sequence'* ]]
	status_is c1 running
	run in_terminal 'send:echo back\n' 'expect:back' 'send:\x01d' -- \
		"$coracle_exe" attach --detach-keys ctrl-a,d c1
	[ "$status" = 0 ]
	[ "${lines[-1]}" = restored ]
	run in_terminal 'send:\n' 'expect:# ' 'send:\x10x\x15' 'send:exit 6\n' -- "$coracle_exe" attach c1
	[ "$status" = 6 ]
	[ "${lines[-1]}" = restored ]
	fails 125 "invalid detach keys: unknown character: 'zz'" cor run --detach-keys zz host: true
}

@test "the terminal is restored when the command is killed" {
	for signal in TERM HUP INT QUIT; do
		run in_terminal 'expect:# ' "signal:$signal" -- "$coracle_exe" run --name "c$signal" -it host: sh
		[ "$status" = $((128 + $(kill -l $signal))) ]
		[ "${lines[-1]}" = restored ]
		status_is "c$signal" running
	done
}

@test "the terminal is restored when the container dies or does not start" {
	run in_terminal 'expect:up' 'sleep:0.2' -- sh -c "'$coracle_exe' run --name c1 -it host: sh -c 'echo up; sleep 1; kill -9 -1; exit 3'"
	[ "${lines[-1]}" = restored ]
	run -127 in_terminal -- "$coracle_exe" run --rm -it host: /nonexistent
	[ "$status" = 127 ]
	[ "${lines[-1]}" = restored ]
}

@test "exec at a terminal, and its status" {
	cor run -d --name c1 host: sleep 100
	run in_terminal 'expect:# ' 'send:stty size; tty\n' 'expect:24 80' 'expect:/dev/pts/' \
		'send:exit 8\n' -- "$coracle_exe" exec -it c1 sh
	[ "$status" = 8 ]
	[ "${lines[-1]}" = restored ]
	run in_terminal 'expect:# ' 'send:\x10\x11' -- "$coracle_exe" exec -it c1 sh
	[ "$status" = 0 ]
	[ "${lines[-1]}" = restored ]
}

@test "-t needs a terminal for -i" {
	fails 125 'cannot attach stdin to a TTY-enabled container because stdin is not a terminal' \
		cor run --rm -it host: true
	cor run -d --name c1 host: sleep 100
	fails 1 'cannot attach stdin to a TTY-enabled container because stdin is not a terminal' \
		cor exec -it c1 true
	[ "$(cor run --rm -t host: sh -c 'test -t 1 && echo terminal' | tr -d '\r')" = terminal ]
}

@test "stopped and continued, the terminal is given back and taken again" {
	run in_terminal 'expect:$ ' "send:'$coracle_exe' run --rm -it host: sh -c 'echo up; read x; echo got-\$x'\n" \
		'expect:up' 'sleep:0.3' 'send:hello\n' 'expect:got-hello' 'expect:$ ' 'send:exit 0\n' -- \
		env PS1='$ ' ENV= sh -i
	[ "$status" = 0 ]
}

@test "a command that ends at once: neither its output nor its status is lost" {
	for _ in $(seq 15); do
		run in_terminal -- "$coracle_exe" run --rm -it host: sh -c 'echo out; exit 3'
		[ "$status" = 3 ]
		[ "${lines[0]}" = out ]
	done
	for _ in $(seq 15); do
		run cor run --rm -i host: sh -c 'echo out; exit 3' < <(seq 10000)
		[ "$status" = 3 ]
		[ "$output" = out ]
	done
}
