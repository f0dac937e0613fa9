/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "linux/mount.h"
#include "linux/mount_fs.h"

/* A failed step with the kernel's explanation, if it left one: "e overlay: …" lines in the log of
 * the context. The last error is the one that counts. */
static int fail(int fs_fd, int number, const char *type, const char *what, const char *detail,
		struct err *err)
{
	char line[512], message[512] = "";
	ssize_t n;

	while ((n = read(fs_fd, line, sizeof(line) - 1)) > 0) {
		line[n] = '\0';
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == 'e' && line[1] == ' ')
			memcpy(message, line + 2, strlen(line + 2) + 1);
	}
	err_sys(err, number, "mount %s: %s%s", type, what, detail);
	if (err && *message) {
		size_t used = strlen(err->text);

		snprintf(err->text + used, sizeof(err->text) - used, " (%s)", message);
	}
	return -number;
}

int fs_open(const char *type, int *ret_fs_fd, struct err *err)
{
	int fd = fsopen(type, FSOPEN_CLOEXEC);

	if (fd < 0 && errno == ENODEV)
		return err_set(err, ERR_UNSUPPORTED, ENODEV,
			       "this kernel has no file system \"%s\"", type);
	if (fd < 0)
		return err_sys(err, errno, "mount %s", type);
	*ret_fs_fd = fd;
	return 0;
}

int fs_set(int fs_fd, const char *type, const char *key, const char *value, struct err *err)
{
	unsigned cmd = value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG;

	if (strlen(key) > FS_STRING_MAX || (value && strlen(value) > FS_STRING_MAX))
		return err_invalid(err, "mount %s: option \"%.64s…\" is longer than %d bytes", type,
				   key, FS_STRING_MAX);
	if (fsconfig(fs_fd, cmd, key, value, 0) < 0)
		return fail(fs_fd, errno, type, "option ", key, err);
	return 0;
}

int fs_create_mount(int fs_fd, const char *type, uint64_t attrs, int *ret_mnt_fd, struct err *err)
{
	int fd;

	if (fsconfig(fs_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return fail(fs_fd, errno, type, "create", "", err);
	fd = fsmount(fs_fd, FSMOUNT_CLOEXEC, attrs);
	if (fd < 0)
		return fail(fs_fd, errno, type, "attach", "", err);
	*ret_mnt_fd = fd;
	return 0;
}

static int set_option(int fs_fd, const char *type, const char *option, struct err *err)
{
	const char *equals = strchr(option, '=');
	char key[FS_STRING_MAX + 1];

	if (!equals)
		return fs_set(fs_fd, type, option, NULL, err);
	if ((size_t)(equals - option) >= sizeof(key))
		return err_invalid(err, "mount %s: option \"%.64s…\" is too long", type, option);
	memcpy(key, option, (size_t)(equals - option));
	key[equals - option] = '\0';
	return fs_set(fs_fd, type, key, equals + 1, err);
}

static int set_sb_flags(int fs_fd, const char *type, unsigned long flags, struct err *err)
{
	static const struct {
		unsigned long flag;
		const char *name;
	} names[] = {
		{ MS_RDONLY, "ro" },	     { MS_SYNCHRONOUS, "sync" }, { MS_DIRSYNC, "dirsync" },
		{ MS_LAZYTIME, "lazytime" }, { MS_MANDLOCK, "mand" },
	};
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!(flags & names[i].flag))
			continue;
		r = fs_set(fs_fd, type, names[i].name, NULL, err);
		if (r < 0)
			return r;
		flags &= ~names[i].flag;
	}
	if (flags)
		return err_invalid(err, "mount %s: flags 0x%lx are not of a file system", type,
				   flags);
	return 0;
}

int mount_fs_fd(const char *type, const char *source, const char *const *options,
		unsigned long sb_flags, uint64_t attrs, int *ret_mnt_fd, struct err *err)
{
	int fs_fd cleanup_fd = -1;
	int r = fs_open(type, &fs_fd, err);

	if (r == 0 && source)
		r = fs_set(fs_fd, type, "source", source, err);
	for (; r == 0 && options && *options; options++)
		r = set_option(fs_fd, type, *options, err);
	if (r == 0)
		r = set_sb_flags(fs_fd, type, sb_flags, err);
	return r < 0 ? r : fs_create_mount(fs_fd, type, attrs, ret_mnt_fd, err);
}
