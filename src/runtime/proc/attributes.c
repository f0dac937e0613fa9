/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/proc/become.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/personality.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/ioprio.h>
#include <linux/keyctl.h>

#include "base/cleanup.h"
#include "linux/openat2.h"

enum { UMASK_DEFAULT = 0022 };

/* sched(7); glibc 2.36 has neither the call nor the structure. */
struct sched_attributes {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

static int set_scheduler(const struct oci_process *p, struct err *err)
{
	struct sched_attributes attr = {
		.size = sizeof(attr),
		.policy = (uint32_t)p->scheduler_policy,
		.flags = p->scheduler_flags,
		.nice = p->scheduler_nice,
		.priority = (uint32_t)p->scheduler_priority,
		.runtime = p->scheduler_runtime,
		.deadline = p->scheduler_deadline,
		.period = p->scheduler_period,
	};

	if (p->scheduler_set && syscall(SYS_sched_setattr, 0, &attr, 0) < 0)
		return err_sys(err, errno, "process.scheduler");
	return 0;
}

static int set_io_priority(const struct oci_process *p, struct err *err)
{
	int value = IOPRIO_PRIO_VALUE(p->io_priority_class, p->io_priority);

	if (p->io_priority_set && syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, value) < 0)
		return err_sys(err, errno, "process.ioPriority");
	return 0;
}

/* Anonymous: a named one could be joined by its name from elsewhere. A kernel without keyrings has
 * none to leak. */
static int join_keyring(struct err *err)
{
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS)
		return err_sys(err, errno, "make a session keyring");
	return 0;
}

/* Through a procfs of our own: the container's may be a file that only looks like one
 * (CVE-2019-16884). */
static int set_profile(const struct oci_process *p, struct err *err)
{
	cleanup_fd int proc = -1;
	cleanup_free char *line = NULL;
	int r;

	if (!p->apparmor_profile && !p->selinux_label)
		return 0;
	if (p->selinux_label && access("/sys/fs/selinux", F_OK) < 0)
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "process.selinuxLabel: SELinux is not enabled here");
	r = procfs_open(&proc, err);
	if (r == 0 && p->selinux_label)
		r = procfs_write(proc, "self/attr/exec", p->selinux_label, err);
	if (r < 0 || !p->apparmor_profile)
		return r;
	line = str_printf("exec %s", p->apparmor_profile);
	if (!line)
		return err_oom(err);
	r = procfs_write(proc, "self/attr/apparmor/exec", line, err);
	return r < 0 ? err_wrap(err, "process.apparmorProfile %s (is AppArmor enabled here?)",
				p->apparmor_profile)
		     : 0;
}

int become_set_attributes(const struct become *b, struct err *err)
{
	const struct oci_process *p = b->process;
	int r = set_scheduler(p, err);

	if (r == 0)
		r = set_io_priority(p, err);
	if (r == 0)
		r = set_profile(p, err);
	if (r == 0 && b->new_keyring)
		r = join_keyring(err);
	umask(p->umask >= 0 ? (mode_t)p->umask : UMASK_DEFAULT);
	return r;
}
