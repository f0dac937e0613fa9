/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/proc/become.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"

static const char default_path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/* 0, or -errno: why it cannot be executed by who we are now. */
static int check(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode))
		return -EACCES;
	if (faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0)
		return -errno;
	return 0;
}

static int explain(const char *name, int code, struct err *err)
{
	enum err_class class = ERR_CMD_NOT_INVOKED;

	if (code == -ENOENT || code == -ENOTDIR || code == -ELOOP || code == -ENAMETOOLONG)
		class = ERR_CMD_NOT_FOUND;
	return err_set(err, class, code, "exec: \"%s\": %s", name,
		       code == -EISDIR ? "is a directory" : strerror(-code));
}

static const char *search_path(const struct strv *env)
{
	for (size_t i = 0; i < env->count; i++)
		if (str_starts(env->items[i], "PATH="))
			return env->items[i] + strlen("PATH=");
	return default_path;
}

static int search(const char *name, const struct strv *env, char **ret, struct err *err)
{
	cleanup_strv struct strv dirs = { 0 };
	int denied = 0;

	if (strv_split(&dirs, search_path(env), ':') < 0)
		return err_oom(err);
	for (size_t i = 0; i < dirs.count; i++) {
		const char *dir = dirs.items[i];
		cleanup_free char *path = path_join(*dir ? dir : ".", name);
		int r = path ? check(path) : -ENOMEM;

		if (r == 0) {
			*ret = take_ptr(&path);
			return 0;
		}
		/* As a shell: what may not be executed is remembered while a later one may. */
		if (r == -EACCES)
			denied = r;
	}
	if (denied)
		return explain(name, denied, err);
	return err_set(err, ERR_CMD_NOT_FOUND, ENOENT,
		       "exec: \"%s\": executable file not found in $PATH", name);
}

int command_find(const struct oci_process *process, const struct strv *env, char **ret,
		 struct err *err)
{
	const char *name = process->args.count ? process->args.items[0] : "";
	int r;

	if (*name == '\0')
		return err_set(err, ERR_CMD_NOT_FOUND, ENOENT, "exec: \"\": no command specified");
	if (!strchr(name, '/'))
		return search(name, env, ret, err);
	r = check(name);
	if (r < 0)
		return explain(name, r, err);
	*ret = strdup(name);
	return *ret ? 0 : err_oom(err);
}
