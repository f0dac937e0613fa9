/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/propagation.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/str.h"

/* "36 35 98:0 ROOT MOUNT options optional... - TYPE SOURCE SUPER-OPTIONS" (proc(5)) */
enum { FIELD_MOUNT = 4, FIELD_OPTIONAL = 6, MOUNTINFO_MAX = 16 << 20 };

static int mount_id(const char *path, uint64_t *ret, struct err *err)
{
	struct statx stx;

	if (statx(AT_FDCWD, path, 0, STATX_MNT_ID, &stx) < 0)
		return err_sys(err, errno, "bind source %s", path);
	*ret = stx.stx_mnt_id;
	return stx.stx_mask & STATX_MNT_ID
		   ? 0
		   : err_set(err, ERR_UNSUPPORTED, ENOSYS,
			     "shared and slave bind mounts need Linux 5.8 (STATX_MNT_ID)");
}

/* The line of a mount in mountinfo's text, whose newlines become ends of strings; NULL: none. */
static const char *find_line(char *text, uint64_t id)
{
	char *line;

	while ((line = strsep(&text, "\n")))
		if (*line && strtoull(line, NULL, 10) == id)
			return line;
	return NULL;
}

static bool has_field(const struct strv *fields, const char *prefix)
{
	for (size_t i = FIELD_OPTIONAL; i < fields->count; i++) {
		if (str_eq(fields->items[i], "-"))
			return false;
		if (str_starts(fields->items[i], prefix))
			return true;
	}
	return false;
}

int propagation_check(const char *source, const char *wanted, struct err *err)
{
	bool shared = str_ends(wanted, "shared"), slave = str_ends(wanted, "slave");
	struct buf text cleanup_buf = BUF_INIT(MOUNTINFO_MAX);
	struct strv fields cleanup_strv = { 0 };
	const char *line;
	uint64_t id = 0;
	int r;

	if (!shared && !slave)
		return 0;
	r = mount_id(source, &id, err);
	if (r == 0)
		r = fd_read_file_at(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX, &text, err);
	if (r < 0)
		return r;
	if (buf_add_char(&text, '\0') < 0)
		return err_oom(err);
	line = find_line(text.data, id);
	if (line && strv_split(&fields, line, ' ') < 0)
		return err_oom(err);
	if (has_field(&fields, "shared:") || (slave && has_field(&fields, "master:")))
		return 0;
	return err_invalid(err, "path %s is mounted on %s but it is not a shared%s mount", source,
			   fields.count > FIELD_MOUNT ? fields.items[FIELD_MOUNT] : "nothing",
			   slave ? " or slave" : "");
}
