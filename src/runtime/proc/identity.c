/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/proc/become.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "linux/caps.h"

static bool has_only_primary(const struct oci_process *p)
{
	for (size_t i = 0; i < p->additional_gid_count; i++)
		if (p->additional_gids[i] != p->gid)
			return false;
	return true;
}

static int set_groups(const struct oci_process *p, struct err *err)
{
	if (setgroups(p->additional_gid_count, p->additional_gids) == 0)
		return 0;
	/* An ordinary user's single-id map comes with setgroups denied for ever: there is no group
	 * to add (the primary one, which is in the list too, is the process's by setgid), and those
	 * of the user cannot be dropped. */
	if (errno == EPERM && has_only_primary(p))
		return 0;
	return err_sys(err, errno, "supplementary groups");
}

static int set_user(const struct oci_process *p, struct err *err)
{
	int r = set_groups(p, err);

	if (r < 0)
		return r;
	if (setresgid(p->gid, p->gid, p->gid) < 0)
		return err_sys(err, errno, "become group %u (is it in the gid map?)", p->gid);
	if (setresuid(p->uid, p->uid, p->uid) < 0)
		return err_sys(err, errno, "become user %u (is it in the uid map?)", p->uid);
	return 0;
}

/* What this process does not have itself it cannot give: on a host that lacks a capability, a
 * privileged container lacks it too. */
static void tell_missing(uint64_t missing)
{
	for (int n = 0; n < CAPS_KNOWN; n++)
		if (missing & CAP_BIT(n))
			log_warn("%s is not ours to give; the container goes without", cap_name(n));
}

int identity_set(const struct oci_process *p, bool keep_admin, struct err *err)
{
	const struct oci_caps *want = &p->caps;
	uint64_t have = caps_permitted();
	uint64_t permitted = want->permitted & have;
	uint64_t inheritable = want->inheritable & have & want->bounding;
	uint64_t held = keep_admin ? CAP_BIT(CAP_SYS_ADMIN) & have : 0;
	int r;

	tell_missing((want->permitted | want->bounding) & ~have);

	r = caps_bound(want->bounding, err);
	if (r == 0)
		r = caps_keep_over_setuid(true, err);
	if (r == 0)
		r = set_user(p, err);
	if (r == 0)
		r = caps_set((want->effective & permitted) | held, permitted | held, inheritable,
			     err);
	if (r == 0)
		r = caps_keep_over_setuid(false, err);
	if (r == 0)
		r = caps_ambient(want->ambient & permitted & inheritable, err);
	return r;
}
