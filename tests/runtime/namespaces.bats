#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Each kind of namespace: private, the host's, another container's by path.
load helpers

ns_of() { readlink "/proc/$1/ns/$2"; }

@test "all kinds are private when listed without a path" {
	edit 'ns("time")'
	start_container
	pid=$(field pid)
	for kind in cgroup ipc mnt net pid time uts; do
		[ "$(ns_of "$pid" $kind)" != "$(ns_of self $kind)" ] || { echo "$kind"; false; }
	done
	[ "$(ns_of "$pid" user)" = "$(ns_of self user)" ]
}

@test "all kinds but the mount namespace are the host's when not listed" {
	edit 'l["namespaces"] = [{"type": "mount"}]; del c["hostname"]
no_mount("/sys"); no_mount("/sys/fs/cgroup")'
	start_container
	pid=$(field pid)
	for kind in cgroup ipc net pid time user uts; do
		[ "$(ns_of "$pid" $kind)" = "$(ns_of self $kind)" ] || { echo "$kind"; false; }
	done
}

@test "all kinds are joined by path" {
	edit 'ns("time"); userns()'
	chown -R 100000:100000 "$bundle/rootfs"
	start_container
	pid=$(field pid)
	first=$id
	edit "ns('time', '/proc/$pid/ns/time'); ns('ipc', '/proc/$pid/ns/ipc'); ns('uts', '/proc/$pid/ns/uts')
ns('network', '/proc/$pid/ns/net'); ns('pid', '/proc/$pid/ns/pid'); ns('user', '/proc/$pid/ns/user')
ns('cgroup', '/proc/$pid/ns/cgroup'); del c['hostname']; l['uidMappings'] = l['gidMappings'] = []"
	id=$id-b
	start_container
	second=$(field pid)
	for kind in cgroup ipc net pid time user uts; do
		[ "$(ns_of "$second" $kind)" = "$(ns_of "$pid" $kind)" ] || { echo "$kind"; false; }
	done
	[ "$(ns_of "$second" mnt)" != "$(ns_of "$pid" mnt)" ]
	in_running 'id -u; ps | grep -c "[s]leep 1000"'
	is "$(printf '0\n2')"
	oci delete -f "$id"
	id=$first
}

@test "network, IPC, UTS and PID of another container, without user namespaces" {
	start_container
	pid=$(field pid)
	edit "[ns(k, f'/proc/$pid/ns/{n}') for k, n in (('network','net'),('ipc','ipc'),('uts','uts'),('pid','pid'))]
del c['hostname']"
	first=$id id=$id-b
	in_container 'for n in net ipc uts pid; do readlink /proc/self/ns/$n; done; hostname'
	ok
	line "$(ns_of "$pid" net)"
	line "$(ns_of "$pid" ipc)"
	line "$(ns_of "$pid" uts)"
	line "$(ns_of "$pid" pid)"
	line coracle
	id=$first
}

@test "a new user namespace beside a network namespace that is joined or the host's" {
	edit 'userns(); no_ns("network")'
	chown -R 100000:100000 "$bundle/rootfs"
	in_container 'readlink /proc/self/ns/net; grep " /sys " /proc/mounts; touch /sys/x'
	line "$(ns_of self net)"
	has " /sys sysfs ro"
	fails
	edit 'ns("network", "/proc/self/ns/net")'
	in_container 'readlink /proc/self/ns/net; grep " /sys " /proc/mounts'
	ok
	line "$(ns_of self net)"
	has " /sys sysfs ro"
}

@test "a mount namespace that is joined: the root is found in it, nothing is mounted" {
	start_container
	pid=$(field pid)
	first=$id id=$id-b
	edit "ns('mount', '/proc/$pid/ns/mnt')"
	in_container 'true'
	fails
	has "mounts: without a new mount namespace"
	edit "c['mounts'] = []; l['maskedPaths'] = l['readonlyPaths'] = []; c['root'] = {'path': '/'}; ns('pid', '/proc/$pid/ns/pid')"
	in_container 'readlink /proc/self/ns/mnt; ls /'
	ok
	line "$(ns_of "$pid" mnt)"
	line bin
	id=$first
}

@test "what is no namespace, or of another kind, or missing" {
	edit 'ns("network", "/proc/self/ns/uts")'
	in_container true
	fails
	edit 'ns("network", "/etc/passwd")'
	in_container true
	fails
	edit 'ns("network", "/no/such")'
	in_container true
	fails
	has /no/such
	assert_nothing_left
}

@test "hostname and domainname, never the host's" {
	edit 'c["hostname"] = "boat"; c["domainname"] = "sea"'
	in_container 'hostname; cat /proc/sys/kernel/domainname'
	is "$(printf 'boat\nsea')"
	edit 'no_ns("uts")'
	in_container true
	fails
	has "hostname: needs a private UTS namespace"
}

@test "a cgroup namespace is rooted at the container's groups, and so is the mount" {
	in_container 'cat /proc/self/cgroup; grep cgroup /proc/self/mountinfo | cut -d" " -f4'
	ok
	not grep -v ':/$' <<<"$(grep : <<<"$output")"
	not grep -v '^/$' <<<"$(grep -v : <<<"$output")"
	start_container
	in_running 'cat /proc/self/cgroup'
	not grep -v ':/$' <<<"$output"
}

@test "the loopback interface of a new network namespace is up" {
	in_container 'ip addr show lo'
	has "LOOPBACK,UP"
	has 127.0.0.1
}

@test "time offsets" {
	edit 'ns("time"); l["timeOffsets"] = {"boottime": {"secs": 1000000, "nanosecs": 0}, "monotonic": {"secs": 5, "nanosecs": 1}}'
	in_container 'cut -d. -f1 /proc/uptime; cat /proc/self/timens_offsets'
	ok
	[ "${lines[0]}" -gt 1000000 ]
	has "boottime      1000000"
	start_container
	in_running 'cut -d. -f1 /proc/uptime'
	[ "${lines[0]}" -gt 1000000 ]
	edit 'no_ns("time")'
	id=$id-b in_container true
	fails
	has "timeOffsets: needs a new time namespace"
}

@test "time offsets under a user namespace" {
	edit 'userns(); ns("time"); l["timeOffsets"] = {"boottime": {"secs": 1000000, "nanosecs": 0}}'
	chown -R 100000:100000 "$bundle/rootfs"
	in_container 'cut -d. -f1 /proc/uptime'
	ok
	[ "${lines[0]}" -gt 1000000 ]
}

@test "a user namespace: maps, owner of files, device nodes, capabilities only inside" {
	edit 'userns(); c["root"]["readonly"] = False'
	chown -R 100000:100000 "$bundle/rootfs"
	in_container 'id -u; cat /proc/self/uid_map; echo x >/made; echo x >/dev/null; head -c 3 /dev/zero | wc -c; mknod /dev/sda b 8 0; true'
	ok
	line 0
	line 3
	has "100000      65536"
	has "mknod: /dev/sda: Operation not permitted"
	[ "$(stat -c %u "$bundle/rootfs/made")" = 100000 ]
	start_container
	in_running 'id -u; cat /proc/self/uid_map'
	line 0
	has "100000      65536"
}

@test "a user namespace needs maps, and maps a user namespace" {
	edit 'ns("user")'
	in_container true
	fails
	has "a new user namespace needs uidMappings"
	edit 'userns(); no_ns("user")'
	in_container true
	fails
	has "need a user namespace"
	assert_nothing_left
}

@test "many lines of maps are carried whole or refused" {
	edit 'userns(); l["uidMappings"] = l["gidMappings"] = [{"containerID": i, "hostID": 100000 + 2 * i, "size": 1} for i in range(250)]'
	chown -R 100000:100000 "$bundle/rootfs"
	in_container 'wc -l </proc/self/uid_map; sed -n "\$p" /proc/self/uid_map'
	ok
	line 250
	has 100498
	# More than the kernel takes at once, more than it takes at all, more than 64 KB.
	for lines in 340 341 6000; do
		edit "l['uidMappings'] = [{'containerID': i, 'hostID': 1000000 + 2 * i, 'size': 1} for i in range($lines)]"
		in_container true
		fails
		[[ $output == *lines* || $output == *"more than 340 entries"* ]]
	done
	assert_nothing_left
}

@test "sysctl: only of the container's own namespaces, and whole" {
	edit 'l["sysctl"] = {"net.ipv4.ip_forward": "1", "kernel.shm_rmid_forced": "1", "net/ipv4/conf/lo/arp_filter": "1"}'
	in_container 'cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shm_rmid_forced /proc/sys/net/ipv4/conf/lo/arp_filter'
	is "$(printf '1\n1\n1')"
	for bad in kernel.core_pattern vm.swappiness kernel.modprobe net..ipv4 ../x net.ipv4/../../kernel/core_pattern; do
		edit "l['sysctl'] = {'$bad': '1'}"
		in_container true
		fails
		has sysctl
	done
	edit 'l["sysctl"] = {"net.ipv4.ip_forward": "1"}; no_ns("network"); no_mount("/sys")'
	in_container true
	fails
	has "needs a private network namespace"
	edit 'ns("network"); l["sysctl"] = {"kernel.shm_rmid_forced": "1+kernel.core_pattern=x\n/tmp/y"}'
	before=$(cat /proc/sys/kernel/core_pattern)
	in_container true
	fails
	[ "$(cat /proc/sys/kernel/core_pattern)" = "$before" ]
	assert_nothing_left
}
