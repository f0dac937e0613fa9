/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/caps.h"

#include <linux/capability.h>

#include "base/log.h"
#include "oci/parse.h"

#define BIT(cap) (UINT64_C(1) << (cap))

const uint64_t oci_default_caps =
    BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_FSETID) | BIT(CAP_FOWNER) | BIT(CAP_MKNOD) |
    BIT(CAP_NET_RAW) | BIT(CAP_SETGID) | BIT(CAP_SETUID) | BIT(CAP_SETFCAP) | BIT(CAP_SETPCAP) |
    BIT(CAP_NET_BIND_SERVICE) | BIT(CAP_SYS_CHROOT) | BIT(CAP_KILL) | BIT(CAP_AUDIT_WRITE);

static const char *const names[OCI_CAP_COUNT] = {
	[CAP_CHOWN] = "CAP_CHOWN",
	[CAP_DAC_OVERRIDE] = "CAP_DAC_OVERRIDE",
	[CAP_DAC_READ_SEARCH] = "CAP_DAC_READ_SEARCH",
	[CAP_FOWNER] = "CAP_FOWNER",
	[CAP_FSETID] = "CAP_FSETID",
	[CAP_KILL] = "CAP_KILL",
	[CAP_SETGID] = "CAP_SETGID",
	[CAP_SETUID] = "CAP_SETUID",
	[CAP_SETPCAP] = "CAP_SETPCAP",
	[CAP_LINUX_IMMUTABLE] = "CAP_LINUX_IMMUTABLE",
	[CAP_NET_BIND_SERVICE] = "CAP_NET_BIND_SERVICE",
	[CAP_NET_BROADCAST] = "CAP_NET_BROADCAST",
	[CAP_NET_ADMIN] = "CAP_NET_ADMIN",
	[CAP_NET_RAW] = "CAP_NET_RAW",
	[CAP_IPC_LOCK] = "CAP_IPC_LOCK",
	[CAP_IPC_OWNER] = "CAP_IPC_OWNER",
	[CAP_SYS_MODULE] = "CAP_SYS_MODULE",
	[CAP_SYS_RAWIO] = "CAP_SYS_RAWIO",
	[CAP_SYS_CHROOT] = "CAP_SYS_CHROOT",
	[CAP_SYS_PTRACE] = "CAP_SYS_PTRACE",
	[CAP_SYS_PACCT] = "CAP_SYS_PACCT",
	[CAP_SYS_ADMIN] = "CAP_SYS_ADMIN",
	[CAP_SYS_BOOT] = "CAP_SYS_BOOT",
	[CAP_SYS_NICE] = "CAP_SYS_NICE",
	[CAP_SYS_RESOURCE] = "CAP_SYS_RESOURCE",
	[CAP_SYS_TIME] = "CAP_SYS_TIME",
	[CAP_SYS_TTY_CONFIG] = "CAP_SYS_TTY_CONFIG",
	[CAP_MKNOD] = "CAP_MKNOD",
	[CAP_LEASE] = "CAP_LEASE",
	[CAP_AUDIT_WRITE] = "CAP_AUDIT_WRITE",
	[CAP_AUDIT_CONTROL] = "CAP_AUDIT_CONTROL",
	[CAP_SETFCAP] = "CAP_SETFCAP",
	[CAP_MAC_OVERRIDE] = "CAP_MAC_OVERRIDE",
	[CAP_MAC_ADMIN] = "CAP_MAC_ADMIN",
	[CAP_SYSLOG] = "CAP_SYSLOG",
	[CAP_WAKE_ALARM] = "CAP_WAKE_ALARM",
	[CAP_BLOCK_SUSPEND] = "CAP_BLOCK_SUSPEND",
	[CAP_AUDIT_READ] = "CAP_AUDIT_READ",
	[CAP_PERFMON] = "CAP_PERFMON",
	[CAP_BPF] = "CAP_BPF",
	[CAP_CHECKPOINT_RESTORE] = "CAP_CHECKPOINT_RESTORE",
};

int oci_cap_from_name(const char *name)
{
	for (int cap = 0; cap < OCI_CAP_COUNT; cap++)
		if (str_eq(names[cap], name))
			return cap;
	return -1;
}

const char *oci_cap_name(int cap)
{
	return names[cap];
}

static int parse_set(const json_t *caps, const char *where, const char *key, uint64_t *ret,
		     struct err *err)
{
	struct strv list cleanup_strv = { 0 };
	int r = js_get_strv(caps, where, key, &list, err);

	for (size_t i = 0; r == 0 && i < list.count; i++) {
		int cap = oci_cap_from_name(list.items[i]);

		/* config.md: a value that the platform does not know MUST be logged as a warning;
		 * leaving a right out is never the dangerous direction */
		if (cap < 0)
			log_warn("%s.%s: unknown capability \"%s\" is left out", where, key,
				 list.items[i]);
		else
			*ret |= BIT(cap);
	}
	return r;
}

int oci_caps_parse(const json_t *process, const char *where, struct oci_caps *ret, struct err *err)
{
	json_t *caps = NULL;
	char at[OCI_WHERE_MAX];
	int r = js_get_obj(process, where, "capabilities", &caps, err);

	if (r < 0 || !caps)
		return r;
	ret->set = true;
	oci_where(at, where, "capabilities");
	r = parse_set(caps, at, "bounding", &ret->bounding, err);
	if (r == 0)
		r = parse_set(caps, at, "effective", &ret->effective, err);
	if (r == 0)
		r = parse_set(caps, at, "permitted", &ret->permitted, err);
	if (r == 0)
		r = parse_set(caps, at, "inheritable", &ret->inheritable, err);
	if (r == 0)
		r = parse_set(caps, at, "ambient", &ret->ambient, err);
	return r;
}
