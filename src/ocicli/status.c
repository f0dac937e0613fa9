/* SPDX-License-Identifier: Apache-2.0 */
#include "ocicli/state.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "linux/pidfd.h"
#include "runtime/runtime.h"

enum { PASSWD_MAX = 4 << 20 };

static const char *const names[] = {
	[STATUS_CREATED] = "created",
	[STATUS_RUNNING] = "running",
	[STATUS_PAUSED] = "paused",
	[STATUS_STOPPED] = "stopped",
};

const char *status_name(enum status status)
{
	return names[status];
}

int state_cgroup(const struct state *s, struct cgroup **ret, struct err *err)
{
	int r;

	*ret = NULL;
	if (!s->cgroup_path)
		return 0;
	r = cgroup_open(s->cgroup_path, ret, err);
	return r == -ENOENT ? 0 : r;
}

static bool is_frozen(const struct state *s)
{
	cleanup_cgroup struct cgroup *cg = NULL;
	bool frozen = false;

	if (state_cgroup(s, &cg, NULL) < 0 || !cg)
		return false;
	return cgroup_is_frozen(cg, &frozen, NULL) == 0 && frozen;
}

/* After a restart of the machine numbers and start times begin anew. */
static bool is_alive(const struct state *s)
{
	char boot[BOOT_ID_SIZE];

	if (s->pid <= 0 || sysinfo_boot_id(boot, NULL) < 0 || !str_eq(boot, s->boot_id))
		return false;
	return process_life(s->pid, s->start_time) == PROCESS_ALIVE;
}

enum status state_status(const struct state *s)
{
	struct stat st;

	if (!is_alive(s))
		return STATUS_STOPPED;
	if (is_frozen(s))
		return STATUS_PAUSED;
	/* The file stays when a start was killed after init went: then nobody listens. */
	if (fstatat(s->dir_fd, STATE_START_SOCKET, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    rt_is_waiting(s->dir_fd, STATE_START_SOCKET))
		return STATUS_CREATED;
	return STATUS_RUNNING;
}

/* By the file alone: no module of the name service is loaded into this program for a label. */
static char *user_name(uid_t uid)
{
	cleanup_buf struct buf text = BUF_INIT(PASSWD_MAX);
	cleanup_strv struct strv lines = { 0 };

	if (uid == 0)
		return strdup("root");
	if (fd_read_file_at(AT_FDCWD, "/etc/passwd", PASSWD_MAX, &text, NULL) < 0 ||
	    strv_split(&lines, buf_str(&text), '\n') < 0)
		return strdup("");
	for (size_t i = 0; i < lines.count; i++) {
		cleanup_strv struct strv fields = { 0 };
		uint64_t found;

		if (strv_split(&fields, lines.items[i], ':') == 0 && fields.count > 2 &&
		    str_to_u64(fields.items[2], UINT32_MAX, "uid", &found, NULL) == 0 &&
		    found == uid)
			return strdup(fields.items[0]);
	}
	return strdup("");
}

json_t *state_json(const struct state *s, const struct oci_spec *spec, enum status status)
{
	cleanup_json json_t *j = NULL;
	cleanup_json json_t *annotations = json_object();
	cleanup_free char *owner = user_name(s->owner);

	j = json_pack("{s:s, s:s, s:i, s:s, s:s, s:s, s:s}", "ociVersion",
		      spec && spec->oci_version ? spec->oci_version : "1.2.0", "id", s->id, "pid",
		      status == STATUS_STOPPED ? 0 : (int)s->pid, "status", status_name(status),
		      "bundle", s->bundle, "rootfs", s->rootfs, "created", s->created);
	if (!j || !annotations)
		return NULL;
	for (size_t i = 0; spec && i < spec->annotation_count; i++)
		json_object_set_new(annotations, spec->annotations[i].key,
				    json_string(spec->annotations[i].value));
	if (spec && spec->annotation_count)
		json_object_set(j, "annotations", annotations);
	json_object_set_new(j, "owner", json_string(owner ? owner : ""));
	return take_ptr(&j);
}
