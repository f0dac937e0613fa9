#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Limits: in the kernel's files, and in force; the same on v1, hybrid and v2.
bats_require_minimum_version 1.5.0
load helpers

# limit CONTROLLER V1-FILE V2-FILE CONTAINER: what the kernel's file of the container's group says.
limit() {
	local id v1 v2
	id=$(cor inspect -f '{{.Id}}' "$4")
	v1=/sys/fs/cgroup/$1/$group/$id/$2
	for v2 in /sys/fs/cgroup/$group/$id/$3 /sys/fs/cgroup/unified/$group/$id/$3; do
		[ ! -e "$v1" ] || v2=$v1
		[ ! -e "$v2" ] || { cat "$v2"; return; }
	done
	echo "no file $v1"
	return 1
}

@test "memory, CPU and processes: what was asked for is in the kernel's files" {
	cor run -d --name web -m 64m --memory-swap 64m --cpus 0.5 --pids-limit 50 --cpuset-cpus 0 \
		host: sleep 100
	[ "$(limit memory memory.limit_in_bytes memory.max web)" = 67108864 ]
	[ "$(limit pids pids.max pids.max web)" = 50 ]
	[ "$(limit cpuset cpuset.cpus cpuset.cpus web)" = 0 ]
	case $(limit cpu cpu.cfs_quota_us cpu.max web) in
	50000 | '50000 100000') ;;
	*) limit cpu cpu.cfs_quota_us cpu.max web; false ;;
	esac
	[ "$(cor inspect -f '{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}} {{.HostConfig.PidsLimit}}' web)" = \
		'67108864 500000000 50' ]
}

@test "inside, /proc/self/cgroup shows / everywhere, and no other group is visible" {
	cor run --rm host: cat /proc/self/cgroup >"$tmp/out"
	[ -s "$tmp/out" ]
	! grep -vE '^[0-9]+:[^:]*:/$' "$tmp/out"
	cor run --rm host: find /sys/fs/cgroup -name '*coracle*' >"$tmp/out"
	[ ! -s "$tmp/out" ]
	run cor run --rm host: sh -c 'mkdir /sys/fs/cgroup/*/x /sys/fs/cgroup/x'
	[ "$status" != 0 ]
}

@test "an allocation above the limit is killed, and inspect says OOMKilled" {
	run cor run --name hog -m 64m --memory-swap 64m host: sh -c 'head -c 100m /dev/zero | tail -c 100m | wc -c'
	cor run -d --name hog2 -m 64m --memory-swap 64m host: \
		dd if=/dev/zero of=/dev/null bs=100M count=1
	[ "$(cor wait hog2)" = 137 ]
	[ "$(cor inspect -f '{{.State.OOMKilled}} {{.State.ExitCode}}' hog2)" = 'true 137' ]
	cor run --name tame -m 64m host: true
	[ "$(cor inspect -f '{{.State.OOMKilled}}' tame)" = false ]
}

@test "the process above the limit is refused" {
	cor run --rm --pids-limit 20 host: sh -c \
		'i=0; while [ $i -lt 40 ]; do sleep 20 & i=$((i + 1)); done; ls /proc | grep -c "^[0-9]"' \
		>"$tmp/out" 2>"$tmp/err" || true
	grep -qi 'resource temporarily unavailable\|cannot fork' "$tmp/err"
}

@test "a busy loop gets the share of a CPU that was asked for" {
	cor run -d --name busy --cpus 0.5 host: sh -c 'while :; do :; done'
	sleep 1
	id=$(cor inspect -f '{{.Id}}' busy)
	usage() { # microseconds of CPU so far
		local v1=/sys/fs/cgroup/cpuacct/$group/$id/cpuacct.usage f
		if [ -e "$v1" ]; then
			echo $(($(cat "$v1") / 1000))
			return
		fi
		for f in /sys/fs/cgroup/$group/$id/cpu.stat /sys/fs/cgroup/unified/$group/$id/cpu.stat; do
			[ ! -e "$f" ] || { awk '$1 == "usage_usec" {print $2}' "$f"; return; }
		done
	}
	begin=$(date +%s%N) used=$(usage)
	sleep 6
	used=$(($(usage) - used)) took=$((($(date +%s%N) - begin) / 1000))
	share=$((used * 1000 / took))
	echo "share: $share per mille"
	[ "$share" -le 525 ]
	# A loaded or emulated machine may give it less than its limit: only there is the bound soft.
	[ "$share" -ge 475 ] || [ -n "${CORACLE_IN_VM:-}" ] || [ "$(awk '{print int($1)}' /proc/loadavg)" -ge "$(nproc)" ]
}

@test "a limit that cannot be had is an error, and nothing is made" {
	fails 125 'run: Minimum memory limit allowed is 6MB' cor run -m 1k host: true ||
		[ "$status" = 125 ]
	run cor run --cpuset-cpus 4096 host: true
	[ "$status" = 125 ]
	run cor run --cpus 1000 host: true
	[ "$status" = 125 ]
	run cor run -m 64m --memory-swap 32m host: true
	[ "$status" = 125 ]
	run cor run -m nonsense host: true
	[ "$status" = 125 ]
	run cor run -m -5 host: true
	[ "$status" = 125 ]
	[ -z "$(cor ps -aq)" ]
}

@test "devices: allowed ones open, others do not even with mknod" {
	cor run --rm host: sh -c 'echo x >/dev/null; head -c 1 /dev/zero | wc -c'
	run cor run --rm host: sh -c 'mknod /x b 7 0 && cat /x'
	[ "$status" != 0 ]
	[[ $output == *'peration not permitted'* ]]
	run cor run --rm --device /dev/zero:/dev/mine:r host: sh -c 'head -c 1 /dev/mine | wc -c'
	[ "$output" = 1 ]
}

@test "pause stops every process, unpause lets them go on" {
	cor run -d --name ticker host: sh -c 'while :; do echo tick; sleep 0.05; done'
	eventually sh -c "'$coracle_exe' logs ticker | grep -q tick"
	cor pause ticker
	status_is ticker paused
	sleep 0.3
	count=$(cor logs ticker | wc -l)
	sleep 0.5
	[ "$(cor logs ticker | wc -l)" = "$count" ]
	run cor exec ticker true
	[ "$status" != 0 ]
	cor unpause ticker
	more() { [ "$(cor logs ticker | wc -l)" -gt "$count" ]; }
	eventually more
	cor pause ticker
	cor rm -f ticker
}
