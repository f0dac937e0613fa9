/* SPDX-License-Identifier: Apache-2.0 */
#include "ocicli/state.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "linux/flock.h"

enum { ID_MAX = 1024, STATE_MAX = 64 << 10, TRIES = 100 };

static const char state_file[] = "state.json", config_file[] = "config.json", lock_file[] = "lock";

void state_clear(struct state *s)
{
	free(s->id);
	free(s->dir_path);
	free(s->bundle);
	free(s->rootfs);
	free(s->created);
	free(s->cgroup_path);
	close_fd(&s->dir_fd);
	close_fd(&s->lock_fd);
	*s = STATE_NONE;
}

int state_check_id(const char *id, struct err *err)
{
	size_t len = strlen(id);

	if (len == 0 || len > ID_MAX || str_eq(id, ".") || str_eq(id, ".."))
		return err_invalid(err, "invalid container ID format: \"%.64s\"", id);
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)id[i]) && !strchr("_+.-", id[i]))
			return err_invalid(err, "invalid container ID format: \"%.64s\"", id);
	return 0;
}

static int prepare(const char *root, const char *id, struct state *s, struct err *err)
{
	int r = state_check_id(id, err);

	if (r < 0)
		return r;
	s->id = strdup(id);
	s->dir_path = path_join(root, id);
	return s->id && s->dir_path ? 0 : err_oom(err);
}

/* The directory may have been removed, and another made, while its lock was waited for. */
static bool still_there(const struct state *s)
{
	struct stat a, b;

	return fstat(s->dir_fd, &a) == 0 && stat(s->dir_path, &b) == 0 && a.st_ino == b.st_ino &&
	       a.st_dev == b.st_dev;
}

static int not_found(const char *id, struct err *err)
{
	return err_set(err, ERR_NOT_FOUND, ENOENT, "container \"%s\" does not exist", id);
}

static int open_directory(struct state *s, struct err *err)
{
	close_fd(&s->dir_fd);
	s->dir_fd = open(s->dir_path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (s->dir_fd >= 0)
		return 0;
	if (errno == ENOENT || errno == ENAMETOOLONG)
		return not_found(s->id, err);
	return err_sys(err, errno, "%s", s->dir_path);
}

static int take_lock(struct state *s, struct err *err)
{
	int r;

	for (int i = 0; i < TRIES; i++) {
		close_fd(&s->lock_fd);
		r = open_directory(s, err);
		if (r == 0)
			r = flock_open(s->dir_fd, lock_file, FLOCK_EXCLUSIVE, &s->lock_fd, err);
		if (r == -ENOENT)
			return not_found(s->id, err);
		if (r < 0 || still_there(s))
			return r;
	}
	return err_set(err, ERR_CONFLICT, EBUSY, "container \"%s\" comes and goes", s->id);
}

static bool has_state(const struct state *s)
{
	return faccessat(s->dir_fd, state_file, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* --- state.json ------------------------------------------------------------------------------ */

static int read_state(struct state *s, struct err *err)
{
	cleanup_json json_t *j = NULL;
	const char *boot = "";
	uint64_t start_time = 0;
	int64_t pid = 0, owner = 0;
	int r = js_read_file_at(s->dir_fd, state_file, STATE_MAX, &j, err);

	if (r == 0)
		r = js_dup_str(j, "state.json", "bundle", &s->bundle, err);
	if (r == 0)
		r = js_dup_str(j, "state.json", "rootfs", &s->rootfs, err);
	if (r == 0)
		r = js_dup_str(j, "state.json", "created", &s->created, err);
	if (r == 0)
		r = js_dup_str(j, "state.json", "cgroupPath", &s->cgroup_path, err);
	if (r == 0)
		r = js_get_i64(j, "state.json", "pid", 0, INT32_MAX, &pid, err);
	if (r == 0)
		r = js_get_i64(j, "state.json", "owner", 0, UINT32_MAX, &owner, err);
	if (r == 0)
		r = js_get_u64(j, "state.json", "startTime", UINT64_MAX, &start_time, err);
	if (r == 0)
		r = js_get_str(j, "state.json", "bootId", &boot, err);
	if (r < 0)
		return r;
	s->pid = (pid_t)pid;
	s->owner = (uid_t)owner;
	s->start_time = start_time;
	snprintf(s->boot_id, sizeof(s->boot_id), "%s", boot);
	return 0;
}

static json_t *to_json(const struct state *s)
{
	cleanup_json json_t *j =
	    json_pack("{s:i, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:s}", "version", 1, "id", s->id,
		      "bundle", s->bundle, "rootfs", s->rootfs, "created", s->created, "pid",
		      (json_int_t)s->pid, "startTime", (json_int_t)s->start_time, "owner",
		      (json_int_t)s->owner, "bootId", s->boot_id);

	if (j && s->cgroup_path &&
	    json_object_set_new(j, "cgroupPath", json_string(s->cgroup_path)) < 0)
		return NULL;
	return take_ptr(&j);
}

int state_write(const struct state *s, struct err *err)
{
	cleanup_json json_t *j = to_json(s);

	return j ? js_replace_file_at(s->dir_fd, state_file, j, 0600, err) : err_oom(err);
}

int state_write_config(const struct state *s, const struct buf *text, struct err *err)
{
	return fd_replace_file_at(s->dir_fd, config_file, text->data, text->len, 0600, err);
}

int state_read_config(const struct state *s, struct oci_spec **ret, struct err *err)
{
	cleanup_json json_t *config = NULL;
	int r = js_read_file_at(s->dir_fd, config_file, OCI_CONFIG_MAX, &config, err);

	return r < 0 ? r : oci_spec_parse(config, ret, err);
}

/* --- making, opening, removing --------------------------------------------------------------- */

static int empty_directory(struct state *s, struct err *err)
{
	static const char *const files[] = { state_file, config_file, STATE_START_SOCKET };

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (unlinkat(s->dir_fd, files[i], 0) < 0 && errno != ENOENT)
			return err_sys(err, errno, "remove %s/%s", s->dir_path, files[i]);
	return 0;
}

int state_make(const char *root, const char *id, struct state *ret, struct err *err)
{
	cleanup_state struct state s = STATE_NONE;
	int r = prepare(root, id, &s, err);

	if (r == 0)
		r = fd_mkdir_all(root, 0700, err);
	if (r < 0)
		return r;
	if (mkdir(s.dir_path, 0700) < 0 && errno != EEXIST)
		return err_sys(err, errno, "%s", s.dir_path);
	r = take_lock(&s, err);
	if (r < 0)
		return r;
	if (has_state(&s))
		return err_set(err, ERR_CONFLICT, EEXIST, "container with id \"%s\" exists already",
			       id);
	r = empty_directory(&s, err);
	if (r < 0)
		return r;
	*ret = s;
	s = STATE_NONE;
	return 0;
}

int state_open_rest(const char *root, const char *id, struct state *ret, struct err *err)
{
	cleanup_state struct state s = STATE_NONE;
	int r = prepare(root, id, &s, err);

	if (r == 0)
		r = take_lock(&s, err);
	if (r == 0 && has_state(&s)) /* another has been faster */
		r = not_found(id, err);
	if (r < 0)
		return r;
	*ret = s;
	s = STATE_NONE;
	return 0;
}

int state_open(const char *root, const char *id, bool lock, struct state *ret, struct err *err)
{
	cleanup_state struct state s = STATE_NONE;
	int r = prepare(root, id, &s, err);

	if (r == 0)
		r = lock ? take_lock(&s, err) : open_directory(&s, err);
	if (r == 0 && !has_state(&s))
		r = not_found(id, err);
	if (r == 0)
		r = read_state(&s, err);
	if (r < 0)
		return r;
	*ret = s;
	s = STATE_NONE;
	return 0;
}

int state_remove(struct state *s, const char *root, struct err *err)
{
	cleanup_fd int dir = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return err_sys(err, errno, "%s", root);
	/* state.json first: without it the rest is nobody's. */
	if (unlinkat(s->dir_fd, state_file, 0) < 0 && errno != ENOENT)
		return err_sys(err, errno, "remove %s/%s", s->dir_path, state_file);
	return fd_remove_tree_at(dir, s->id, err);
}
