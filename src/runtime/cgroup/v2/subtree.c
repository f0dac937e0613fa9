/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A v2 controller exists in a group when cgroup.subtree_control of every group above it enables it.
 * That is looked up once, in the new group itself, and repaired from the root down only when
 * something is missing: after the first container nothing is.
 */
#include "runtime/cgroup/internal.h"

#include <fcntl.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/str.h"

enum { ROUNDS = 16 }; /* of emptying a root in which processes go on being made */

static cg_mask bit_of_v2_name(const char *name, size_t len)
{
	for (size_t i = 0; i < cg_controller_count; i++) {
		const char *known = cg_controllers[i].v2_name;

		if (known && strlen(known) == len && memcmp(known, name, len) == 0)
			return CG_BIT(cg_controllers[i].ctl);
	}
	return 0;
}

int cg_v2_controllers(int dir, const char *file, cg_mask *ret, struct err *err)
{
	char text[512];
	cg_mask mask = 0;
	int len = cg_get(dir, file, text, sizeof(text));

	if (len < 0)
		return err_sys(err, len, "read %s", file);
	for (const char *word = text; *word; word += strspn(word, " ")) {
		size_t size = strcspn(word, " ");

		mask |= bit_of_v2_name(word, size);
		word += size;
	}
	*ret = mask;
	return 0;
}

/* "+cpu +memory" */
static int enable_text(cg_mask mask, struct buf *text)
{
	for (size_t i = 0; i < cg_controller_count; i++)
		if (cg_controllers[i].v2_name && mask & CG_BIT(cg_controllers[i].ctl))
			buf_printf(text, "%s+%s", text->len ? " " : "", cg_controllers[i].v2_name);
	return text->failed;
}

/* The real root has no cgroup.type and may hold processes beside enabled controllers. Any other
 * group may not (cgroup-v2.rst, No Internal Process Constraint). Some controllers are accepted all
 * the same, but then make the groups below invalid: so the processes go first. */
static int enable_in_root(const struct cg_layout *l, int dir, const char *text, bool may_move,
			  struct err *err)
{
	bool real_root = !cg_has(dir, "cgroup.type");
	int ret;

	for (int round = 0; round < ROUNDS; round++) {
		ret = real_root ? 0 : cg_v2_empty_root(l, dir, may_move, err);
		if (ret < 0)
			return ret;
		ret = fd_write_file_at(dir, "cgroup.subtree_control", text, err);
		if (ret != -EBUSY || real_root)
			break;
	}
	return ret;
}

static int enable_level(const char *path, int dir, const char *text, struct err *err)
{
	int ret = fd_write_file_at(dir, "cgroup.subtree_control", text, err);

	if (ret == -EBUSY)
		return err_set(err, ERR_CONFLICT, EBUSY,
			       "%s has processes of its own, so no group below it can be limited "
			       "(cgroup v2, no internal processes)",
			       path);
	return ret < 0 ? err_wrap(err, "%s", path) : 0;
}

static int enable_above(const struct cgroup *cg, cg_mask missing, bool may_move, struct err *err)
{
	const struct cg_layout *l = cg->layout;
	size_t row = (size_t)l->v2, root = strlen(l->row[row].mount);
	cleanup_free char *path = cg_full_path(l, row, cg->dir[row].rel);
	cleanup_buf struct buf text = BUF_INIT(256);

	if (!path || enable_text(missing, &text) < 0)
		return err_oom(err);
	for (char *slash = path + root; slash; slash = strchr(slash + 1, '/')) {
		cleanup_fd int dir = -1;
		int ret;

		*slash = '\0';
		dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (dir < 0)
			return err_sys(err, errno, "open %s", path);
		if (slash == path + root)
			ret = enable_in_root(l, dir, buf_str(&text), may_move, err);
		else
			ret = enable_level(path, dir, buf_str(&text), err);
		if (ret < 0)
			return ret;
		*slash = '/';
	}
	return 0;
}

/* A raw file is named after its controller. */
static cg_mask asked_by_unified(const struct oci_resources *r)
{
	cg_mask mask = 0;

	for (size_t i = 0; r && i < r->unified_count; i++)
		mask |= bit_of_v2_name(r->unified[i].key, strcspn(r->unified[i].key, "."));
	return mask;
}

/* What we want for accounting: on a hybrid host v1 has it already. */
static cg_mask always(const struct cg_layout *l)
{
	cg_mask mask = 0;

	for (size_t i = 0; i < cg_controller_count; i++)
		if (cg_controllers[i].v2_always)
			mask |= CG_BIT(cg_controllers[i].ctl);
	for (size_t row = 0; row < l->count; row++)
		mask &= ~l->row[row].v1_ctls;
	return mask;
}

/* A controller is named in a new group's cgroup.controllers from the moment on that somebody else
 * begins to enable it above, but its files come only as that goes on. mkdir(2) waits for it: what
 * was enabled before the group was made is complete in it. Writing subtree_control waits too. */
void cg_v2_look_above(struct cgroup *cg, const char *rel)
{
	const char *slash = strrchr(rel, '/');
	cleanup_free char *above = strndup(rel, slash ? (size_t)(slash - rel) : 0);
	cleanup_free char *path = NULL;
	cleanup_fd int dir = -1;

	if (cg->layout->v2 < 0 || !always(cg->layout) || !above)
		return;
	path = cg_full_path(cg->layout, (size_t)cg->layout->v2, above);
	dir = path ? open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	if (dir >= 0)
		cg_v2_controllers(dir, "cgroup.subtree_control", &cg->v2_settled, NULL);
}

int cg_v2_enable(struct cgroup *cg, const struct oci_resources *r, cg_mask asked, struct err *err)
{
	cg_mask missing, have, want;
	int ret;

	for (size_t row = 0; row < cg->layout->count; row++)
		asked &= ~cg->layout->row[row].v1_ctls;
	asked = (asked | asked_by_unified(r)) & ~(CG_BIT(CG_DEVICES) | CG_BIT(CG_UNIFIED));
	want = (asked | always(cg->layout)) & cg->layout->v2_ctls;
	if (want == 0)
		return 0;
	ret = cg_v2_controllers(cg_v2_fd(cg), "cgroup.controllers", &have, err);
	missing = ret < 0 ? 0 : want & ~(have & cg->v2_settled);
	if (missing == 0)
		return ret;
	asked &= missing;
	ret = enable_above(cg, missing, asked != 0, err);
	/* Accounting that was not asked for is no reason to fail, nor to move anybody. */
	if (ret < 0 && asked != missing)
		ret = asked ? enable_above(cg, asked, true, err) : 0;
	return ret;
}
