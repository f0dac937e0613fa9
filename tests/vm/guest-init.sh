# SPDX-License-Identifier: Apache-2.0
# PID 1 of the virtual machine of tests/vm/run (busybox sh): mounts, the cgroup layout, the command.
run=$1
. "$run/settings"
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb
export LANG=C.UTF-8 TMPDIR=/var/tmp
put() { mkdir -p "$3"; mount -t "$1" -o "$2" "$1" "$3"; }

[ -e /sbin/modprobe ] || ln -s "${busybox%/*}/modprobe" /sbin/modprobe
mkdir -p /lib/modules; mount --bind "$modules" /lib/modules
put tmpfs mode=755 /run
put tmpfs mode=1777 /dev/shm
# Overlays do not stack on this root: what holds upper layers stands on a tmpfs.
case $(uname -r) in
6.1.*) # where a tmpfs takes neither mapped ids (6.3) nor attributes of users (6.6)
	modprobe loop
	put tmpfs size=1600M /run/disk
	truncate -s 1500M /run/disk/image
	mkfs.ext4 -q -O ^has_journal /run/disk/image && mount -o loop,discard /run/disk/image /var/tmp
	chmod 1777 /var/tmp ;;
*) put tmpfs mode=1777 /var/tmp ;;
esac
put tmpfs mode=1777 /tmp
put tmpfs mode=755 /var/lib/coracle
put devpts gid=5,mode=620,ptmxmode=666 /dev/pts
put mqueue rw /dev/mqueue
ln -sf pts/ptmx /dev/ptmx
ln -sf /proc/self/fd /dev/fd; ln -sf fd/0 /dev/stdin; ln -sf fd/1 /dev/stdout; ln -sf fd/2 /dev/stderr
mkdir -p /dev/net /run/lock
mknod -m 666 /dev/net/tun c 10 200 2>/dev/null
mknod -m 660 /dev/loop-control c 10 237 2>/dev/null
mount --make-rshared /
echo coracle-vm >/proc/sys/kernel/hostname
ip link set lo up
rm -f /.dockerenv
echo vm:x:2000:2000::/tmp:/bin/sh >>/etc/passwd; echo vm:x:2000: >>/etc/group
for f in subuid subgid; do echo vm:200000:65536 >>/etc/$f; done

cg=/sys/fs/cgroup
if [ "$layout" = v2 ]; then
	put cgroup2 nsdelegate,memory_recursiveprot $cg
	sed 's/[a-z]*/+&/g' $cg/cgroup.controllers >$cg/cgroup.subtree_control
else
	put tmpfs mode=755 $cg
	put cgroup none,name=systemd $cg/systemd
	[ "$layout" = v1 ] || put cgroup2 nsdelegate $cg/unified
	for c in $(awk '!/^#/ && $4 {print $1}' /proc/cgroups); do put cgroup "$c" "$cg/$c"; done
fi

for p in /sys/class/virtio-ports/*; do ln -s "/dev/${p##*/}" "/run/vm-$(cat "$p/name")"; done
cat >/run/vm-command <<C
mkfifo /run/o /run/e
cat /run/o >/run/vm-out & pumps=\$!
cat /run/e >/run/vm-err & pumps="\$pumps \$!"
/bin/bash $run/command </dev/null >/run/o 2>/run/e; status=\$?
i=0
for p in \$pumps; do # what was left running may hold the pipes
	while kill -0 \$p 2>/dev/null && [ \$i -lt 20 ]; do i=\$((i + 1)); sleep 0.05; done
done
echo \$status >/run/vm-rc
exec $busybox poweroff -f
C
setsid /bin/sh /run/vm-command &
while :; do wait; done
