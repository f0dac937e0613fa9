/* SPDX-License-Identifier: Apache-2.0 */
#include "archive/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/capability.h>

#include "archive/sandbox_filter.h"
#include "linux/caps.h"
#include "linux/mount.h"
#include "linux/syscalls.h"

enum { NOBODY = 65534 };

#define WRITER_CAPS                                                             \
	(CAP_BIT(CAP_CHOWN) | CAP_BIT(CAP_DAC_OVERRIDE) | CAP_BIT(CAP_FOWNER) | \
	 CAP_BIT(CAP_FSETID) | CAP_BIT(CAP_MKNOD) | CAP_BIT(CAP_SETFCAP))

/* Decompressors have windows of up to 128 MiB; what wants more is no layer of ours. */
static const rlim_t memory_max = 1ul << 30;

static int limit(int resource, rlim_t value, struct err *err)
{
	struct rlimit both = { value, value };

	return setrlimit(resource, &both) < 0 ? err_sys(err, errno, "limit a helper") : 0;
}

static int limit_memory(struct err *err)
{
#if defined(__SANITIZE_ADDRESS__)
	return 0; /* its shadow is larger than any limit */
#else
	return limit(RLIMIT_AS, memory_max, err);
#endif
}

/* Not dumpable keeps other processes of the same id from tracing us. A change of ids clears the
 * signal of the parent's death, hence here. */
static int no_way_back(struct err *err)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return err_sys(err, errno, "confine a helper");
	return limit(RLIMIT_CORE, 0, err);
}

/* Nothing is in there but the numbers of our own descriptors, and it goes away with us. */
static int empty_root(struct err *err)
{
	if (chroot("/proc/self/fdinfo") < 0 || chdir("/") < 0)
		return err_sys(err, errno, "change to an empty root (is /proc mounted?)");
	return 0;
}

int sandbox_enter_decoder(bool userns, struct err *err)
{
	int r = empty_root(err);

	if (r == 0)
		r = caps_bound(0, err);
	if (r < 0)
		return r;
	/* in a user namespace without a map there is no other id to become */
	if (!userns && (setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
			setresuid(NOBODY, NOBODY, NOBODY) < 0))
		return err_sys(err, errno, "give up the ids of a decoder");
	r = caps_set(0, 0, 0, err);
	if (r == 0)
		r = no_way_back(err);
	if (r == 0)
		r = limit(RLIMIT_FSIZE, 0, err);
	if (r == 0)
		r = limit_memory(err);
	return r < 0 ? r : sandbox_filter_decoder(err);
}

/* The directory becomes /, and the mount that was / is let go. A descriptor belongs to the mount
 * namespace it was opened in, and its mount cannot be copied in another; the working directory
 * moves with us. */
static int pivot_into(int dir_fd, struct err *err)
{
	struct mount_change change = MOUNT_CHANGE_NONE;
	int mnt, r;

	change.set = MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;
	if (fchdir(dir_fd) < 0 || unshare(CLONE_NEWNS) < 0)
		return err_sys(err, errno, "separate a mount namespace");
	/* nothing of what follows may reach the host's table */
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
		return err_sys(err, errno, "separate a mount namespace (is / a mount point?)");
	r = mount_clone_fd(AT_FDCWD, ".", false, &mnt, err);
	if (r == 0)
		r = mount_change_fd(mnt, &change, err);
	if (r < 0)
		return r;
	r = mount_attach_at(mnt, -1, "/", 0, err);
	if (r < 0)
		return r;
	if (fchdir(mnt) < 0 || sys_pivot_root(".", ".") < 0 || umount2(".", MNT_DETACH) < 0 ||
	    chdir("/") < 0)
		return err_sys(err, errno, "enter the layer's directory");
	close(mnt);
	close(dir_fd);
	return 0;
}

int sandbox_enter_writer(int dir_fd, struct err *err)
{
	int r = pivot_into(dir_fd, err);

	umask(0);
	if (r == 0)
		r = caps_bound(WRITER_CAPS, err);
	if (r == 0)
		r = caps_set(WRITER_CAPS, WRITER_CAPS, 0, err);
	if (r == 0)
		r = no_way_back(err);
	if (r == 0)
		r = limit_memory(err);
	return r < 0 ? r : sandbox_filter_writer(err);
}
