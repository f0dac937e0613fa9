/* SPDX-License-Identifier: Apache-2.0 */
/* Which directories: system or user, default or asked for. */
#include <errno.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"
#include "engine/root/internal.h"
#include "linux/caps.h"

#define SYSTEM_LIB "/var/lib/coracle"
#define SYSTEM_RUN_BASE "/run"

/* The initial user namespace maps every id to itself; no other may (its owner would have to own all
 * ids). Inside a container with a user namespace uid 0 is an ordinary user with another name. */
static bool in_initial_userns(void)
{
	struct buf map cleanup_buf = BUF_INIT(4096);
	unsigned inside, outside, count;

	if (fd_read_file_at(-1, "/proc/self/uid_map", 4096, &map, NULL) < 0)
		return false;
	return sscanf(buf_str(&map), "%u %u %u", &inside, &outside, &count) == 3 && inside == 0 &&
	       outside == 0 && count == UINT32_MAX;
}

static const char *env(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

static int default_lib(char **ret, struct err *err)
{
	const char *base = env("XDG_DATA_HOME"), *home = env("HOME");

	if (geteuid() == 0)
		*ret = strdup(SYSTEM_LIB);
	else if (base && *base == '/')
		*ret = path_join(base, "coracle");
	else if (home && *home == '/')
		*ret = path_join(home, ".local/share/coracle");
	else
		return err_set(err, ERR_INVALID, EINVAL,
			       "neither XDG_DATA_HOME nor HOME says where to keep containers: give "
			       "--root DIR");
	return *ret ? 0 : err_oom(err);
}

static bool is_own_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid();
}

/* Who gives the same directory as XDG_RUNTIME_DIR and XDG_DATA_HOME would have both trees in one
 * place, and their locks against each other. */
static bool is_same_dir(const char *a, const char *b)
{
	struct stat st_a, st_b;

	return stat(a, &st_a) == 0 && stat(b, &st_b) == 0 && st_a.st_dev == st_b.st_dev &&
	       st_a.st_ino == st_b.st_ino;
}

/* An ordinary user without a session has no run directory of his own. Then the run tree lies in the
 * lib tree: the stamp, not the file system, tells a restart of the machine. A fixed name in /tmp
 * could be anybody's. */
static int run_base(const struct root *root, char **ret, struct err *err)
{
	const char *xdg = env("XDG_RUNTIME_DIR");
	char *session cleanup_free = str_printf("/run/user/%u", (unsigned)geteuid());

	if (!session)
		return err_oom(err);
	if (geteuid() == 0)
		*ret = strdup(SYSTEM_RUN_BASE);
	else if (xdg && *xdg == '/' && is_own_dir(xdg))
		*ret = strdup(xdg);
	else if (is_own_dir(session))
		*ret = take_ptr(&session);
	else
		*ret = strdup(root->lib);
	return *ret ? 0 : err_oom(err);
}

/* FNV-1a, folded: a short name for a path, not a secret. Two paths with one name are told apart by
 * the stamp, which holds the path. */
static uint32_t path_hash(const char *path)
{
	uint64_t h = 0xcbf29ce484222325;

	for (; *path; path++)
		h = (h ^ (unsigned char)*path) * 0x100000001b3;
	return (uint32_t)(h ^ h >> 32);
}

static int absolute_path(const char *dir, char **ret, struct err *err)
{
	char *cwd cleanup_free = NULL;

	if (*dir == '/') {
		*ret = strdup(dir);
	} else {
		cwd = getcwd(NULL, 0);
		if (!cwd)
			return err_sys(err, errno, "the working directory");
		*ret = path_join(cwd, dir);
	}
	return *ret ? 0 : err_oom(err);
}

/* Missing parents are made as mkdir -p would; the directory itself is 0700 from its first moment.
 */
static int make_top(const char *path, struct err *err)
{
	char *parent cleanup_free = strdup(path), *slash;

	if (!parent)
		return err_oom(err);
	while ((slash = strrchr(parent, '/')) && slash != parent && slash[1] == '\0')
		*slash = '\0';
	if (slash && slash != parent) {
		*slash = '\0';
		if (fd_mkdir_all(parent, 0755, err) < 0)
			return -err->code;
	}
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return err_sys(err, errno, "make the root %s", path);
	return 0;
}

/* SQLite opens no path of more than 512 bytes, and its own files' names come behind ours. */
static int check_length(const char *path, struct err *err)
{
	enum { ROOT_PATH_MAX = 480 };
	size_t len = strlen(path);

	if (len <= ROOT_PATH_MAX)
		return 0;
	return err_set(err, ERR_INVALID, ENAMETOOLONG,
		       "the path of the root is %zu bytes long: at most %d are possible", len,
		       ROOT_PATH_MAX);
}

int root_choose_paths(struct root *root, const char *dir, struct err *err)
{
	char *wanted cleanup_free = NULL, *standard cleanup_free = NULL;
	char *base cleanup_free = NULL, *real cleanup_free = NULL;
	char name[32] = "coracle";
	bool is_standard;
	int r;

	if (!dir || !*dir)
		dir = env("CORACLE_ROOT");
	r = dir ? absolute_path(dir, &wanted, err) : default_lib(&wanted, err);
	if (r == 0)
		r = check_length(wanted, err);
	if (r == 0)
		r = make_top(wanted, err);
	if (r < 0)
		return r;
	root->lib = realpath(wanted, NULL);
	if (!root->lib)
		return err_sys(err, errno, "the root %s", wanted);
	r = check_length(root->lib, err); /* a link may be shorter than what it leads to */
	if (r < 0)
		return r;
	if (!dir)
		is_standard = true;
	else if (default_lib(&standard, NULL) == 0 && (real = realpath(standard, NULL)))
		is_standard = str_eq(real, root->lib);
	else
		is_standard = false;
	r = run_base(root, &base, err);
	if (r < 0)
		return r;
	root->system = geteuid() == 0 && caps_have(CAP_SYS_ADMIN) && in_initial_userns();
	if (!is_standard)
		snprintf(name, sizeof(name), "coracle-%08x", path_hash(root->lib));
	root->run = path_join(base, str_eq(base, root->lib) ? "run" : name);
	if (root->run && is_same_dir(root->run, root->lib)) {
		free(root->run);
		root->run = path_join(root->lib, "run");
	}
	/* A user's groups lie where he was given some, beside those of others. */
	if (!root->system)
		snprintf(name, sizeof(name), "coracle-%08x", path_hash(root->lib));
	root->cgroup_parent = strdup(name);
	return root->run && root->cgroup_parent ? 0 : err_oom(err);
}
