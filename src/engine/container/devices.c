/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/devices.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/path.h"
#include "base/str.h"
#include "engine/container/member.h"

enum { DEPTH_MAX = 8, DEVICES_MAX = 4096 };

/* --- form ------------------------------------------------------------------------------------ */

static bool is_access(const char *text)
{
	size_t len = strlen(text);

	return len >= 1 && len <= 3 && strspn(text, "rwm") == len && text[1] != text[0] &&
	       (len < 3 || (text[2] != text[0] && text[2] != text[1]));
}

static int clean_path(json_t *device, const char *member, const char *path, struct err *err)
{
	char *clean cleanup_free = NULL;

	if (*path != '/')
		return err_invalid(err, "device path \"%s\" is not absolute", path);
	clean = path_clean(path);
	return clean && json_object_set_new(device, member, json_string(clean)) == 0 ? 0
										     : err_oom(err);
}

static int check_device(json_t *device, struct err *err)
{
	const char *host = "", *inside = "", *access = "";
	int r;

	if (!json_is_object(device))
		return err_invalid(err, "Devices: each must be an object");
	if (js_get_str(device, "Devices", "PathOnHost", &host, err) < 0 ||
	    js_get_str(device, "Devices", "PathInContainer", &inside, err) < 0 ||
	    js_get_str(device, "Devices", "CgroupPermissions", &access, err) < 0)
		return -EINVAL;
	if (!*access)
		access = "rwm";
	if (!is_access(access))
		return err_invalid(err, "invalid device mode: %s", access);
	if (!*inside)
		inside = host;
	r = json_object_set_new(device, "CgroupPermissions", json_string(access)) < 0 ? err_oom(err)
										      : 0;
	if (r == 0)
		r = clean_path(device, "PathInContainer", inside, err);
	/* last: the texts above may be this member's own */
	return r < 0 ? r : clean_path(device, "PathOnHost", host, err);
}

/* "c 1:3 rwm", "b *:* m" */
static int parse_rule(const char *text, json_t **ret, struct err *err)
{
	struct strv words cleanup_strv = { 0 }, numbers cleanup_strv = { 0 };
	uint64_t number[2] = { 0, 0 };
	json_t *rule cleanup_json = NULL;
	static const char *const members[] = { "major", "minor" };
	size_t i;

	if (strv_split(&words, text, ' ') < 0 ||
	    (words.count == 3 && strv_split(&numbers, words.items[1], ':') < 0))
		return err_oom(err);
	if (words.count != 3 || numbers.count != 2 || strlen(words.items[0]) != 1 ||
	    !strchr("acb", *words.items[0]) || !is_access(words.items[2]))
		return err_invalid(err, "invalid device cgroup rule format: '%s'", text);
	rule =
	    json_pack("{sb ss ss}", "allow", 1, "type", words.items[0], "access", words.items[2]);
	for (i = 0; i < 2; i++) {
		if (str_eq(numbers.items[i], "*"))
			continue;
		if (str_to_u64(numbers.items[i], INT32_MAX, "device", &number[i], NULL) < 0)
			return err_invalid(err, "invalid device cgroup rule format: '%s'", text);
		json_object_set_new(rule, members[i], json_integer((json_int_t)number[i]));
	}
	*ret = take_ptr(&rule);
	return *ret ? 0 : err_oom(err);
}

int devices_check(json_t *host, struct err *err)
{
	json_t *item, *rule;
	size_t i;
	int r = 0;

	json_array_foreach (json_object_get(host, "Devices"), i, item) {
		r = check_device(item, err);
		if (r < 0)
			return r;
	}
	json_array_foreach (json_object_get(host, "DeviceCgroupRules"), i, item) {
		r = parse_rule(json_string_value(item), &rule, err);
		if (r < 0)
			return r;
		json_decref(rule);
	}
	return 0;
}

/* --- the machine's devices ------------------------------------------------------------------- */

struct adder {
	json_t *devices, *rules; /* rules NULL: a rule for all is there already */
};

static int add_node(struct adder *a, const char *inside, const struct stat *st, const char *access,
		    struct err *err)
{
	const char *type = S_ISCHR(st->st_mode) ? "c" : "b";
	json_int_t major = major(st->st_rdev), minor = minor(st->st_rdev);
	json_t *device = json_pack("{ss ss sI sI si sI sI}", "path", inside, "type", type, "major",
				   major, "minor", minor, "fileMode", (int)(st->st_mode & 0777),
				   "uid", (json_int_t)st->st_uid, "gid", (json_int_t)st->st_gid);

	if (json_array_append_new(a->devices, device) < 0)
		return err_oom(err);
	if (a->rules &&
	    json_array_append_new(a->rules,
				  json_pack("{sb ss sI sI ss}", "allow", 1, "type", type, "major",
					    major, "minor", minor, "access", access)) < 0)
		return err_oom(err);
	if (json_array_size(a->devices) > DEVICES_MAX)
		return err_invalid(err, "more than %d devices", DEVICES_MAX);
	return 0;
}

/* What every container's /dev has of its own, or must not share. */
static bool is_own(const char *path)
{
	static const char *const own[] = { "/dev/console", "/dev/pts",	   "/dev/shm",
					   "/dev/mqueue",  "/dev/ptmx",	   "/dev/fd",
					   "/dev/full",	   "/dev/null",	   "/dev/random",
					   "/dev/tty",	   "/dev/urandom", "/dev/zero" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(own); i++)
		if (str_eq(own[i], path))
			return true;
	return false;
}

/* Links are not followed: they would give a device a second name, or lead out of /dev. */
static int add_tree(struct adder *a, int dirfd, const char *name, const char *inside,
		    const char *access, int depth, struct err *err)
{
	int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir cleanup_dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	struct stat st;
	int r = 0;

	if (!dir)
		return err_sys(err, errno, "devices of %s", inside);
	while (r == 0 && (entry = readdir(dir))) {
		char *path cleanup_free = NULL;

		if (entry->d_name[0] == '.')
			continue;
		path = path_join(inside, entry->d_name);
		if (!path)
			return err_oom(err);
		if (is_own(path) || fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX)
			r = add_tree(a, fd, entry->d_name, path, access, depth + 1, err);
		else if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
			r = add_node(a, path, &st, access, err);
	}
	return r;
}

static int add_device(struct adder *a, const json_t *device, struct err *err)
{
	const char *host = member_str(device, "PathOnHost");
	const char *inside = member_str(device, "PathInContainer");
	const char *access = member_str(device, "CgroupPermissions");
	char *real cleanup_free = realpath(host, NULL);
	size_t before = json_array_size(a->devices);
	struct stat st;
	int r = 0;

	if (!real || stat(real, &st) < 0)
		return err_set(err, ERR_INVALID, errno,
			       "error gathering device information while adding custom device "
			       "\"%s\": %s",
			       host, strerror(errno));
	if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
		return add_node(a, inside, &st, access, err);
	if (S_ISDIR(st.st_mode))
		r = add_tree(a, AT_FDCWD, real, inside, access, 0, err);
	if (r == 0 && json_array_size(a->devices) == before)
		return err_invalid(err,
				   "error gathering device information while adding custom device "
				   "\"%s\": not a device node",
				   host);
	return r;
}

int devices_to_spec(const json_t *host, json_t *devices, json_t *rules, struct err *err)
{
	bool privileged = member_bool(host, "Privileged");
	struct adder a = { .devices = devices, .rules = privileged ? NULL : rules };
	json_t *item, *rule;
	size_t i;
	int r = 0;

	if (privileged) {
		json_array_append_new(rules, json_pack("{sb ss}", "allow", 1, "access", "rwm"));
		r = add_tree(&a, AT_FDCWD, "/dev", "/dev", "rwm", 0, err);
	}
	json_array_foreach (json_object_get(host, "Devices"), i, item)
		if (r == 0)
			r = add_device(&a, item, err);
	json_array_foreach (json_object_get(host, "DeviceCgroupRules"), i, item) {
		if (r < 0)
			break;
		r = parse_rule(json_string_value(item), &rule, err);
		if (r == 0 && json_array_append_new(rules, rule) < 0)
			r = err_oom(err);
	}
	return r;
}
