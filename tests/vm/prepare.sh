#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# prepare.sh CACHE KERNEL: QEMU 10, a Debian cloud kernel (6.12 or 6.1) and an initrd for tests/vm/run,
# unpacked below CACHE; nothing is installed on the host. Does nothing when it was done before.
set -eu
cache=$1 version=$2
. "$(dirname "$(readlink -f "$0")")/../lib/fetch.sh"
kernel=$cache/$version
exec 9>"$cache/lock"; flock 9
[ ! -e "$kernel/ok" ] || exit 0
case $version in
6.1) suites="debian/bookworm debian-security/bookworm-security" ;;
6.12) suites="debian/bookworm-backports" ;;
*) echo "no kernel $version: 6.12 or 6.1"; exit 1 ;;
esac
command -v busybox >/dev/null || { echo "busybox-static is not installed"; exit 1; }
mkdir -p "$cache/bin"
cp -f "$(command -v busybox)" "$cache/bin/busybox"
[ -e "$cache/kmod/bin/kmod" ] || fetch_unpack "$cache" debian/bookworm "$cache/kmod" kmod
# QEMU 7.2's TCG corrupts EFLAGS around cmpxchg16b; 10 does not.
[ -e "$cache/qemu/usr/bin/qemu-system-x86_64" ] || fetch_unpack "$cache" debian/bookworm-backports \
	"$cache/qemu" qemu-system-x86 qemu-system-data seabios
# Its libraries and the C virtiofsd of 7.2 stand beside it; LD_LIBRARY_PATH finds them.
[ -e "$cache/qemu/usr/lib/qemu/virtiofsd" ] || fetch_unpack "$cache" debian/bookworm "$cache/qemu" \
	qemu-system-common libcapstone4 libpmem1 libdaxctl1 libndctl6 libkmod2 libfdt1 librdmacm1 \
	libibverbs1 libslirp0 libvdeplug2 libfuse3-3 libaio1 liburing2 libnl-3-200 libnl-route-3-200 \
	libcap-ng0 libpixman-1-0 libpng16-16 libjpeg62-turbo libnuma1 libsnappy1v5 liblzo2-2 libglib2.0-0 \
	libseccomp2 libgnutls30 libnettle8 libhogweed6 libsasl2-2 libbpf1
export LD_LIBRARY_PATH=$cache/qemu/usr/lib/x86_64-linux-gnu:$cache/qemu/lib/x86_64-linux-gnu
missing=$(ldd "$cache/qemu/usr/bin/qemu-system-x86_64" "$cache/qemu/usr/lib/qemu/virtiofsd" |
	sed -n 's/^[[:space:]]*\(.*\) => not found/\1/p' | tr '\n' ' ')
[ -z "$missing" ] || { echo "QEMU lacks the libraries $missing"; exit 1; }
unset LD_LIBRARY_PATH
rm -rf "$kernel"
fetch_unpack "$cache" "$suites" "$kernel" linux-image-cloud-amd64
release=$(ls "$kernel/lib/modules")
for a in depmod modprobe; do ln -sf ../kmod/bin/kmod "$cache/bin/$a"; done
"$cache/bin/depmod" -b "$kernel" "$release"

# The uncompressed kernel (PVH entry) boots 2 s sooner under TCG: find it within the bzImage.
image=$(ls "$kernel"/boot/vmlinuz-*)
for kind in 'lz4 \x02\x21\x4c\x18' 'zstd \x28\xb5\x2f\xfd' 'xz \xfd7zXZ\x00' 'gzip \x1f\x8b\x08'; do
	for at in $(LC_ALL=C grep -obUaP "${kind#* }" "$image" | cut -d: -f1); do
		tail -c +$((at + 1)) "$image" | "${kind%% *}" -dc >"$kernel/vmlinux" 2>/dev/null || true
		[ "$(head -c4 "$kernel/vmlinux" | tail -c3)" != ELF ] || break 2
	done
done
[ "$(head -c4 "$kernel/vmlinux" | tail -c3)" = ELF ] || cp "$image" "$kernel/vmlinux"

initrd=$kernel/initrd.d
mkdir -p "$initrd/bin" "$initrd/modules"
cp "$cache/bin/busybox" "$initrd/bin/"
number=100
for module in virtio_pci virtio_console virtiofs overlay; do
	"$cache/bin/modprobe" -d "$kernel" -S "$release" -D "$module"
done | awk '$1 == "insmod" && !seen[$2]++ {print $2}' | while read -r file; do
	number=$((number + 1))
	case $file in *.xz) xz -dc "$file" ;; *) cat "$file" ;; esac >"$initrd/modules/$number.ko"
done
cat >"$initrd/init" <<'INIT'
#!/bin/busybox sh
b=/bin/busybox
$b mkdir -p /proc /sys /dev /low /rw /new
$b mount -t proc proc /proc; $b mount -t sysfs sys /sys; $b mount -t devtmpfs dev /dev
for f in /modules/*; do $b insmod "$f"; done
$b mount -t virtiofs -o ro host /low && $b mount -t tmpfs -o mode=755,size=90% rw /rw &&
	$b mkdir /rw/upper /rw/work &&
	$b mount -t overlay -o lowerdir=/low,upperdir=/rw/upper,workdir=/rw/work root /new || $b poweroff -f
for w in $($b cat /proc/cmdline); do
	case $w in vm.run=*) run=${w#*=} ;; vm.busybox=*) box=${w#*=} ;; esac
done
for m in proc sys dev; do $b mkdir -p /new/$m; $b mount --move /$m /new/$m; done
exec $b switch_root /new "$box" sh "$run/init" "$run"
INIT
chmod +x "$initrd/init"
(cd "$initrd" && find . | busybox cpio -o -H newc 2>/dev/null | gzip -1) >"$kernel/initrd"
: >"$kernel/ok"
