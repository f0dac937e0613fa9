#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Bad input: one clear line, the right exit status, and nothing left behind (see teardown).
load helpers

@test "flags: unknown, without a value, with a wrong one" {
	fails 125 'unknown flag: --bad' cor run --bad host: true
	fails 125 'unknown flag: --bad' cor ps --bad
	fails 125 "unknown shorthand flag: 'z' in -zd" cor run -zd host: true
	fails 125 'flag needs an argument: --name' cor run --name
	fails 125 'invalid argument "1x" for "-m, --memory" flag: size: "1x" is not a size (as 512, 64m, 1.5GiB)' \
		cor run -m 1x host: true
	fails 125 'invalid argument "x" for "--cpus" flag: "x" is not a number of CPUs (as 2, 0.5)' \
		cor run --cpus x host: true
	fails 125 'unknown flag: --bad' cor --bad ps
	fails 1 "'nosuch' is not a coracle command" cor nosuch
	fails 1 "'container nosuch' is not a coracle command" cor container nosuch
	fails 1 "'coracle run' requires at least 1 argument" cor run
	fails 1 "'coracle rename' requires exactly 2 arguments" cor rename x
	fails 1 "'coracle ps' accepts no arguments" cor ps x
}

@test "what Docker has and we do not is refused by name" {
	fails 125 '--health-cmd is not supported yet: health checks do not exist in this version' \
		cor run --health-cmd true host: true
	fails 125 '--gpus is not supported yet: device requests do not exist in this version; see --device' \
		cor run --gpus all host: true
	fails 125 '--pull always is not supported yet: registries do not exist in this version' \
		cor run --pull always host: true
	fails 125 'data:/x: volumes are not supported yet: they do not exist in this version (bind mounts begin with / or .)' \
		cor run -v data:/x host: true
	fails 125 'conflicting options: network host and the network mode none: nothing can be had beside it' \
		cor run --network none --net host host: true
	run cor run --network nosuch host: true
	[ "$status" = 125 ]
	[ "${#lines[@]}" = 1 ]
}

@test "values out of range" {
	fails 125 'user 4294967296: not in the range 0-4294967294' cor run -u 4294967296 host: true
	[ -z "$(cor ps -aq)" ]
	fails 125 'unable to find user nosuchuser: no matching entries in passwd file' \
		cor run --rm -u nosuchuser host: true
	fails 125 'Minimum memory limit allowed is 6MB' cor run --rm -m 1m host: true
	fails 125 "the working directory 'rel' is invalid, it needs to be an absolute path" \
		cor run --rm -w rel host: true
	run cor run --rm --oom-score-adj 2000 host: true
	[ "$status" = 125 ]
	run cor run --rm --ulimit nofile=5:1 host: true
	[ "$status" = 125 ]
	run cor run --rm --cap-add NOSUCH host: true
	[ "$status" = 125 ]
	run cor run --rm --stop-signal NOSUCH host: true
	[ "$status" = 125 ]
	[ -z "$(cor ps -aq)" ]
}

@test "names: in use, not allowed, unknown, ambiguous" {
	cor create --name web host: true
	run cor create --name web host: true
	[ "$status" = 1 ]
	[[ $output == 'coracle: Conflict. The container name "/web" is already in use'* ]]
	[ "${#lines[@]}" = 1 ]
	run cor create --name 'a b' host: true
	[ "$status" = 1 ]
	fails 1 'No such container: nosuch' cor start nosuch
	fails 1 'No such container: nosuch' cor logs nosuch
	fails 1 'No such container: nosuch' cor exec nosuch true
	fails 1 "Unable to find image 'nosuch:latest' locally" cor create nosuch
	run cor inspect nosuch
	[ "$status" = 1 ]
	[ "${lines[0]}" = 'coracle: No such object: nosuch' ] || [ "${lines[1]}" = 'coracle: No such object: nosuch' ]
}

@test "of many, each that fails is named, and the others are done" {
	cor create --name one host: true
	cor create --name two host: true
	run cor rm one nosuch two
	[ "$status" = 1 ]
	[[ $output == *'coracle: No such container: nosuch'* ]]
	[[ $output == *one* && $output == *two* ]]
	[ -z "$(cor ps -aq)" ]
}

@test "a wrong state is a reason" {
	cor create --name c1 host: sleep 100
	run cor exec c1 true
	[ "$status" = 1 ]
	run cor pause c1
	[ "$status" = 1 ]
	run cor attach c1
	[ "$status" = 1 ]
	[ "$output" = 'coracle: cannot attach to a stopped container, start it first' ]
	cor start c1
	run cor rm c1
	[ "$status" = 1 ]
	cor pause c1
	run cor attach c1
	[ "$output" = 'coracle: cannot attach to a paused container, unpause it first' ]
	run cor exec c1 true
	[ "$status" = 1 ]
	cor unpause c1
}

@test "a full standard output is an error" {
	run sh -c "'$coracle_exe' version >/dev/full"
	[ "$status" = 1 ]
	[[ $output == 'coracle: cannot write to standard output:'* ]]
}

@test "files: env and label files that are wrong, a seccomp profile that is none" {
	printf 'A B=1\n' >"$tmp/env"
	fails 125 "--env-file: $tmp/env: variable 'A B' contains whitespaces" \
		cor run --env-file "$tmp/env" host: true
	fails 125 "--env-file: open $tmp/none: No such file or directory" \
		cor run --env-file "$tmp/none" host: true
	printf 'A=\377\n' >"$tmp/env"
	fails 125 "--env-file: $tmp/env: contains invalid utf8 bytes at line 1" \
		cor run --env-file "$tmp/env" host: true
	echo '{' >"$tmp/p.json"
	run cor run --security-opt "seccomp=$tmp/p.json" host: true
	[ "$status" = 125 ]
	[ "${#lines[@]}" = 1 ]
}
