#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Namespaces of the host and of other containers, and the files that go with them.
load helpers

up() { cor run -d --network none --name web --hostname webhost --add-host foo:9.9.9.9 "$@" host: sleep 600; }

# The namespace that a new container with these flags is in.
ns_of() {
	local kind=$1
	shift
	cor run --rm --network none "$@" host: readlink "/proc/self/ns/$kind"
}

@test "all namespaces are the container's own" {
	local kind
	for kind in cgroup ipc mnt net pid uts; do
		[ "$(ns_of $kind)" != "$(readlink /proc/self/ns/$kind)" ]
	done
	[ "$(ns_of user)" = "$(readlink /proc/self/ns/user)" ]
	run cor run --rm --network none --userns auto "$(mappable_root)" readlink /proc/self/ns/user
	[[ $output == "user:["*"]" && $output != "$(readlink /proc/self/ns/user)" ]]
}

@test "the host's, one at a time" {
	[ "$(ns_of pid --pid host)" = "$(readlink /proc/self/ns/pid)" ]
	[ "$(ns_of ipc --ipc host)" = "$(readlink /proc/self/ns/ipc)" ]
	[ "$(ns_of uts --uts host)" = "$(readlink /proc/self/ns/uts)" ]
	[ "$(ns_of cgroup --cgroupns host)" = "$(readlink /proc/self/ns/cgroup)" ]
	[ "$(cor run --rm --network host host: readlink /proc/self/ns/net)" = "$(readlink /proc/self/ns/net)" ]
	[ "$(cor run --rm --network host host: hostname)" = "$(hostname)" ]
}

@test "another container's network, with its name and its files" {
	up
	run cor run --rm --network container:web host: sh -c 'readlink /proc/self/ns/net; hostname; cat /etc/hosts'
	[ "${lines[0]}" = "$(cor exec web readlink /proc/self/ns/net)" ]
	[ "${lines[1]}" = webhost ]
	[[ $output == *$'9.9.9.9\tfoo'* ]]
	# what one writes the other reads; a third at the end of a chain too
	cor run -d --name two --network container:web host: sleep 600
	cor run --rm --network container:two host: sh -c 'echo 8.8.8.8 bar >>/etc/hosts'
	[[ $(cor exec web cat /etc/hosts) == *'8.8.8.8 bar'* ]]
}

@test "another container's PID, UTS and IPC namespace" {
	up --ipc shareable
	run cor run --rm --network none --pid container:web host: ps -eo args=
	[ "${lines[0]}" = 'sleep 600' ]
	[ "$(cor run --rm --network none --uts container:web host: hostname)" = webhost ]
	fails 125 'conflicting options: hostname and the UTS mode' \
		cor run --rm --network none --uts container:web --hostname x host: true
}

@test "the id is kept, so that a renamed container is still the same one" {
	local id
	id=$(up)
	cor create --name two --network container:web --pid container:web host: readlink /proc/self/ns/net
	cor rename web other
	[ "$(cor inspect -f '{{.HostConfig.NetworkMode}}' two)" = "container:$id" ]
	[ "$(cor start -a two)" = "$(cor exec other readlink /proc/self/ns/net)" ]
}

@test "what cannot be joined is named" {
	fails 125 'network mode: No such container: nosuch' cor run --rm --network container:nosuch host: true
	fails 125 'PID mode: No such container: nosuch' cor run --rm --network none --pid container:nosuch host: true
	cor create --name web --network none host: sleep 600
	fails 125 'cannot join the net namespace of container web: it is not running' \
		cor run --rm --network container:web host: true
	cor start web
	run cor run --rm --network none --ipc container:web host: true
	[ "$status" = 125 ]
	[[ $output == *'non-shareable IPC'* ]]
	# who has ended since is not joined by his pid
	cor create --name two --network container:web host: true
	cor kill web
	eventually status_is web exited
	run cor start two
	[ "$status" = 1 ]
	[[ $output == *'it is not running'* ]]
}

@test "user namespaces of two containers share no id, and a third takes the place of a removed one" {
	local first second root
	root=$(mappable_root)
	cor run -d --name one --network none --userns auto "$root" sleep 600
	cor run -d --name two --network none --userns auto "$root" sleep 600
	first=$(awk '{print $2}' "/proc/$(cor inspect -f '{{.State.Pid}}' one)/uid_map")
	second=$(awk '{print $2}' "/proc/$(cor inspect -f '{{.State.Pid}}' two)/uid_map")
	[ "$second" -ge $((first + 65536)) ] || [ "$first" -ge $((second + 65536)) ]
	cor rm -f one
	[ "$(cor run --rm --network none --userns auto "$root" awk '{print $2}' /proc/self/uid_map)" = "$first" ]
}

@test "under a user namespace files are the container's, and what it deleted stays deleted" {
	mkdir -p "$tmp/image/bin" "$tmp/image/old"
	cp "$(command -v busybox)" "$tmp/image/bin/sh"
	touch "$tmp/image/old/a" "$tmp/image/gone"
	cor run --name uu --network none --userns auto "dir:$tmp/image" sh -c \
		'rm -r /old /gone && mkdir /old && touch /new && chown 7:8 /new && ls -ln /bin/sh /new'
	run cor logs uu
	[[ $output == *' 0 '*' 0 '*'/bin/sh'* ]]
	[[ $output == *' 7 '*' 8 '*'/new'* ]]
	run cor diff uu
	[[ $output == *'D /gone'* && $output == *'A /new'* ]]
	cor start uu
	cor wait uu
	[[ $(cor logs uu) != *"can't remove '/old/a'"* ]]
	[ -e "$tmp/image/gone" ] && [ -e "$tmp/image/old/a" ]
	[ "$(stat -c %u:%g "$tmp/image/gone")" = 0:0 ]
}

# in_mounts PROPAGATION COMMAND...: in a mount namespace of its own, all its mounts so
in_mounts() { timeout 60 unshare -m --propagation "$1" "${@:2}"; }

@test "a shared bind mount needs a shared source, a slave one a shared or slave source" {
	local run=("$coracle_exe" run --rm --network none) on
	mkdir "$tmp/src"
	on=$(findmnt -no TARGET -T "$tmp/src")
	fails 125 "path $tmp/src is mounted on $on but it is not a shared mount" \
		in_mounts private "${run[@]}" -v "$tmp/src:/mnt:rshared" host: true
	fails 125 "path $tmp/src is mounted on $on but it is not a shared or slave mount" \
		in_mounts private "${run[@]}" --mount "type=bind,src=$tmp/src,dst=/mnt,bind-propagation=slave" host: true
	for how in rshared rslave rprivate; do
		in_mounts shared "${run[@]}" -v "$tmp/src:/mnt:$how" host: true
	done
	[ -z "$(cor ps -aq)" ]
}
