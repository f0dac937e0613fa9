/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration that `coracle-oci spec` prints and the engine begins from. */
#include <unistd.h>

#include "linux/caps.h"
#include "oci/runtime_spec.h"

/* json_pack gives NULL for any part that could not be had; so do these, and the last one tells. */

static json_t *strings(const char *const *items)
{
	json_t *array = json_array();

	for (; array && *items; items++) {
		if (json_array_append_new(array, json_string(*items)) < 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static json_t *default_capabilities(void)
{
	const char *names[CAPS_KNOWN + 1] = { NULL };
	size_t count = 0;

	for (int cap = 0; cap < CAPS_KNOWN; cap++)
		if (oci_default_caps & CAP_BIT(cap))
			names[count++] = cap_name(cap);
	/* no inheritable and no ambient ones: CVE-2022-24769 */
	return json_pack("{so so so}", "bounding", strings(names), "effective", strings(names),
			 "permitted", strings(names));
}

static json_t *default_process(void)
{
	return json_pack("{sb s{si si} s[s] s[ss] ss so s[{ss si si}] sb}", "terminal", 1, "user",
			 "uid", 0, "gid", 0, "args", "sh", "env",
			 "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
			 "TERM=xterm", "cwd", "/", "capabilities", default_capabilities(),
			 "rlimits", "type", "RLIMIT_NOFILE", "hard", 1024, "soft", 1024,
			 "noNewPrivileges", 1);
}

static json_t *mount_entry(const char *destination, const char *type, const char *source,
			   const char *const *options)
{
	json_t *mount =
	    json_pack("{ss ss ss}", "destination", destination, "type", type, "source", source);

	if (mount && *options && json_object_set_new(mount, "options", strings(options)) < 0) {
		json_decref(mount);
		return NULL;
	}
	return mount;
}

#define OPTIONS(...) ((const char *const[]){ __VA_ARGS__ __VA_OPT__(, ) NULL })

static json_t *default_mounts(bool rootless)
{
	json_t *dev, *pts, *sys;

	dev = mount_entry("/dev", "tmpfs", "tmpfs",
			  OPTIONS("nosuid", "strictatime", "mode=755", "size=65536k"));
	/* group 5 is not mapped where an ordinary user has one id only; sysfs belongs to the
	 * network namespace, which stays the host's */
	if (rootless) {
		pts = mount_entry(
		    "/dev/pts", "devpts", "devpts",
		    OPTIONS("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"));
		sys = mount_entry("/sys", "none", "/sys",
				  OPTIONS("rbind", "nosuid", "noexec", "nodev", "ro"));
	} else {
		pts = mount_entry("/dev/pts", "devpts", "devpts",
				  OPTIONS("nosuid", "noexec", "newinstance", "ptmxmode=0666",
					  "mode=0620", "gid=5"));
		sys = mount_entry("/sys", "sysfs", "sysfs",
				  OPTIONS("nosuid", "noexec", "nodev", "ro"));
	}
	return json_pack(
	    "[o o o o o o o]", mount_entry("/proc", "proc", "proc", OPTIONS()), dev, pts,
	    mount_entry("/dev/shm", "tmpfs", "shm",
			OPTIONS("nosuid", "noexec", "nodev", "mode=1777", "size=65536k")),
	    mount_entry("/dev/mqueue", "mqueue", "mqueue", OPTIONS("nosuid", "noexec", "nodev")),
	    sys,
	    mount_entry("/sys/fs/cgroup", "cgroup", "cgroup",
			OPTIONS("nosuid", "noexec", "nodev", "relatime", "ro")));
}

static json_t *masked_paths(void)
{
	return strings(OPTIONS("/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore",
			       "/proc/keys", "/proc/latency_stats", "/proc/sched_debug",
			       "/proc/scsi", "/proc/timer_list", "/proc/timer_stats",
			       "/sys/devices/virtual/powercap", "/sys/firmware"));
}

static json_t *readonly_paths(void)
{
	return strings(
	    OPTIONS("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"));
}

static json_t *own_id_map(unsigned host)
{
	return json_pack("[{si sI si}]", "containerID", 0, "hostID", (json_int_t)host, "size", 1);
}

static json_t *default_linux(bool rootless)
{
	if (rootless)
		return json_pack("{so so s[{ss} {ss} {ss} {ss} {ss} {ss}] so so}", "uidMappings",
				 own_id_map(geteuid()), "gidMappings", own_id_map(getegid()),
				 "namespaces", "type", "pid", "type", "ipc", "type", "uts", "type",
				 "mount", "type", "cgroup", "type", "user", "maskedPaths",
				 masked_paths(), "readonlyPaths", readonly_paths());
	return json_pack("{s{s[{sb ss}]} s[{ss} {ss} {ss} {ss} {ss} {ss}] so so}", "resources",
			 "devices", "allow", 0, "access", "rwm", "namespaces", "type", "pid",
			 "type", "network", "type", "ipc", "type", "uts", "type", "mount", "type",
			 "cgroup", "maskedPaths", masked_paths(), "readonlyPaths",
			 readonly_paths());
}

int oci_spec_default(bool rootless, json_t **ret, struct err *err)
{
	json_t *spec = json_pack("{ss so s{ss sb} ss so so}", "ociVersion",
				 OCI_RUNTIME_SPEC_VERSION, "process", default_process(), "root",
				 "path", "rootfs", "readonly", 1, "hostname", "coracle", "mounts",
				 default_mounts(rootless), "linux", default_linux(rootless));

	if (!spec)
		return err_oom(err);
	*ret = spec;
	return 0;
}
