/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/rootfs/rootfs.h"

#include <sys/mount.h>

#include "base/cleanup.h"
#include "linux/mount.h"

/* These show, or belong to, a namespace of the process that makes them (tmpfs and devpts: the user
 * namespace that their uid= and gid= are of). */
static const char *const special[] = { "proc",	"sysfs",  "mqueue", "devpts",
				       "tmpfs", "cgroup", "cgroup2" };

bool rootfs_is_special(const struct oci_mount *m)
{
	for (size_t i = 0; m->type && i < ARRAY_SIZE(special); i++)
		if (str_eq(m->type, special[i]))
			return true;
	return false;
}

int rootfs_make_special(const struct rootfs_plan *plan, const struct oci_mount *m, int *ret_fd,
			struct err *err)
{
	cleanup_fd int fd = -1;
	uint64_t attrs = m->attr_set | m->attr_set_r;
	int r;

	/* Read-only is a matter of the mount: the super block of a cgroup hierarchy is the host's
	 * too. And a tmpfs is filled before it becomes read-only, in rootfs_seal(). */
	if (str_eq(m->type, "tmpfs"))
		attrs &= ~(uint64_t)MOUNT_ATTR_RDONLY;
	r = mount_fs_fd(m->type, m->source ? m->source : m->type,
			(const char *const *)m->data.items, m->sb_flags & ~(unsigned long)MS_RDONLY,
			attrs, &fd, err);
	if (r == 0 && m->propagation) {
		struct mount_change change = MOUNT_CHANGE_NONE;

		change.propagation = m->propagation;
		change.recursive = m->propagation_recursive;
		r = mount_change_fd(fd, &change, err);
	}
	if (r == 0)
		*ret_fd = take_fd(&fd);
	return r;
}
