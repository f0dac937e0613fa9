/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/caps.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>

#include "base/cleanup.h"

static const char *const names[CAPS_KNOWN] = {
	"CAP_CHOWN",
	"CAP_DAC_OVERRIDE",
	"CAP_DAC_READ_SEARCH",
	"CAP_FOWNER",
	"CAP_FSETID",
	"CAP_KILL",
	"CAP_SETGID",
	"CAP_SETUID",
	"CAP_SETPCAP",
	"CAP_LINUX_IMMUTABLE",
	"CAP_NET_BIND_SERVICE",
	"CAP_NET_BROADCAST",
	"CAP_NET_ADMIN",
	"CAP_NET_RAW",
	"CAP_IPC_LOCK",
	"CAP_IPC_OWNER",
	"CAP_SYS_MODULE",
	"CAP_SYS_RAWIO",
	"CAP_SYS_CHROOT",
	"CAP_SYS_PTRACE",
	"CAP_SYS_PACCT",
	"CAP_SYS_ADMIN",
	"CAP_SYS_BOOT",
	"CAP_SYS_NICE",
	"CAP_SYS_RESOURCE",
	"CAP_SYS_TIME",
	"CAP_SYS_TTY_CONFIG",
	"CAP_MKNOD",
	"CAP_LEASE",
	"CAP_AUDIT_WRITE",
	"CAP_AUDIT_CONTROL",
	"CAP_SETFCAP",
	"CAP_MAC_OVERRIDE",
	"CAP_MAC_ADMIN",
	"CAP_SYSLOG",
	"CAP_WAKE_ALARM",
	"CAP_BLOCK_SUSPEND",
	"CAP_AUDIT_READ",
	"CAP_PERFMON",
	"CAP_BPF",
	"CAP_CHECKPOINT_RESTORE",
};

const char *cap_name(int number)
{
	return number >= 0 && number < CAPS_KNOWN ? names[number] : NULL;
}

int cap_parse(const char *name, int *ret, struct err *err)
{
	const char *plain = strncasecmp(name, "CAP_", 4) ? name : name + 4;

	for (int i = 0; i < CAPS_KNOWN; i++) {
		if (strcasecmp(plain, names[i] + 4) == 0) {
			*ret = i;
			return 0;
		}
	}
	return err_invalid(err, "\"%s\" is not a capability", name);
}

/* No file is read: the bounding set answers for every number that the kernel knows, and the numbers
 * have no gaps. */
int cap_last(void)
{
	int known = 0, unknown = 64;

	while (unknown - known > 1) {
		int middle = (known + unknown) / 2;

		if (prctl(PR_CAPBSET_READ, middle, 0, 0, 0) >= 0)
			known = middle;
		else
			unknown = middle;
	}
	return known;
}

uint64_t cap_all(void)
{
	return UINT64_MAX >> (63 - cap_last());
}

typedef struct __user_cap_data_struct cap_data[2]; /* low and high 32 bits */

static uint64_t join(uint32_t low, uint32_t high)
{
	return low | (uint64_t)high << 32;
}

static int get_data(cap_data data)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };

	return syscall(SYS_capget, &header, data) < 0 ? -errno : 0;
}

int caps_get(struct cap_sets *ret, struct err *err)
{
	cap_data data = { 0 };
	struct cap_sets sets = { 0 };
	int r = get_data(data), last = cap_last();

	if (r < 0)
		return err_sys(err, r, "capget");
	sets.effective = join(data[0].effective, data[1].effective);
	sets.permitted = join(data[0].permitted, data[1].permitted);
	sets.inheritable = join(data[0].inheritable, data[1].inheritable);
	for (int i = 0; i <= last; i++) {
		if (prctl(PR_CAPBSET_READ, i, 0, 0, 0) == 1)
			sets.bounding |= CAP_BIT(i);
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, i, 0, 0) == 1)
			sets.ambient |= CAP_BIT(i);
	}
	*ret = sets;
	return 0;
}

int caps_set(uint64_t effective, uint64_t permitted, uint64_t inheritable, struct err *err)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	cap_data data = {
		{ (uint32_t)effective, (uint32_t)permitted, (uint32_t)inheritable },
		{ (uint32_t)(effective >> 32), (uint32_t)(permitted >> 32),
		  (uint32_t)(inheritable >> 32) },
	};

	if (syscall(SYS_capset, &header, data) < 0)
		return err_sys(err, errno, "capset");
	return 0;
}

/* One call per capability that goes: dropping what is gone already succeeds. Without the right to
 * drop it is enough that nothing is left to drop. */
int caps_bound(uint64_t keep, struct err *err)
{
	for (int i = 0; i < 64; i++) {
		int there;

		if ((keep & CAP_BIT(i)) || prctl(PR_CAPBSET_DROP, i, 0, 0, 0) == 0)
			continue;
		there = prctl(PR_CAPBSET_READ, i, 0, 0, 0);
		if (there < 0) /* the kernel knows no more */
			return 0;
		if (there > 0)
			return err_sys(err, EPERM, "drop %s from the bounding set",
				       cap_name(i) ? cap_name(i) : "a capability");
	}
	return 0;
}

uint64_t caps_permitted(void)
{
	cap_data data = { 0 };

	return get_data(data) == 0 ? join(data[0].permitted, data[1].permitted) : 0;
}

int caps_ambient(uint64_t wanted, struct err *err)
{
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return err_sys(err, errno, "clear the ambient capabilities");
	for (int i = 0; i < 64; i++)
		if ((wanted & CAP_BIT(i)) &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0) < 0)
			return err_sys(err, errno, "make %s ambient",
				       cap_name(i) ? cap_name(i) : "a capability");
	return 0;
}

bool caps_have(int number)
{
	cap_data data = { 0 };

	return get_data(data) == 0 &&
	       (join(data[0].effective, data[1].effective) & CAP_BIT(number));
}

int caps_keep_over_setuid(bool on, struct err *err)
{
	if (prctl(PR_SET_KEEPCAPS, on, 0, 0, 0) < 0)
		return err_sys(err, errno, "keep capabilities");
	return 0;
}
