/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our own program out of the container's reach (CVE-2019-5736).
 *
 * Until its execve, init is a copy of the engine: its /proc/PID/exe is the engine's file, a link
 * that leads straight to it past every mount namespace. Who can open it there, even for reading,
 * holds a descriptor that can be reopened for writing through /proc/self/fd once the file is no
 * longer being executed: as the host's root, if that is who the container's root is. And
 * "#!/proc/self/exe" has the kernel execute it inside the container.
 *
 * Being undumpable (init, exec) keeps others from the link unless they have CAP_SYS_PTRACE. So the
 * program also executes itself once more, through a detached read-only mount of its own file: the
 * link then leads into a mount that nobody can write through or reach to change. What an ordinary
 * user may write is copied to a sealed memfd. What the program's path was is in argv[0] from then
 * on, because the link names nothing any more.
 */
#include "runtime/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/str.h"
#include "linux/caps.h"
#include "linux/mount.h"

static const char self[] = "/proc/self/exe";

enum { SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

static bool is_sealed(int exe)
{
	int seals = fcntl(exe, F_GET_SEALS);

	if (seals >= 0 && (seals & SEALS) == SEALS)
		return true;
	return faccessat(AT_FDCWD, self, W_OK, AT_EACCESS) < 0 &&
	       (errno == EROFS || errno == EACCES);
}

static int read_only_mount(int exe, int *ret_fd, struct err *err)
{
	struct mount_change change = MOUNT_CHANGE_NONE;

	change.set = MOUNT_ATTR_RDONLY;
	change.propagation = MS_PRIVATE;
	return mount_bind_fd(exe, false, &change, ret_fd, err);
}

static int sealed_copy(int exe, int *ret_fd, struct err *err)
{
	cleanup_fd int fd = memfd_create("coracle", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct stat st;
	ssize_t n = 1;

	if (fd < 0 || fstat(exe, &st) < 0)
		return err_sys(err, errno, "copy of our own program");
	for (off_t left = st.st_size; left > 0 && n > 0; left -= n)
		n = sendfile(fd, exe, NULL, (size_t)left);
	if (n <= 0 || fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		return err_sys(err, errno, "seal the copy of our own program");
	*ret_fd = take_fd(&fd);
	return 0;
}

/* Whether that path leads to the program that runs. A sealed one's link says "/" or the name of a
 * memfd, and an upgrade puts another file there. */
static bool leads_here(const char *path, const struct stat *here)
{
	struct stat st;

	return *path == '/' && stat(path, &st) == 0 && st.st_dev == here->st_dev &&
	       st.st_ino == here->st_ino;
}

/* The link's text; an upgrade while we run leaves " (deleted)" behind the name. */
static int read_link(char path[PATH_MAX], struct err *err)
{
	static const char deleted[] = " (deleted)";
	ssize_t n = readlink(self, path, PATH_MAX - 1);

	if (n < 0)
		return err_sys(err, errno, "%s", self);
	path[n] = '\0';
	if (str_ends(path, deleted))
		path[(size_t)n - (sizeof(deleted) - 1)] = '\0';
	return 0;
}

int rt_own_path(char **ret, struct err *err)
{
	const char *name = program_invocation_name;
	char path[PATH_MAX];
	struct stat here;
	int r;

	if (stat(self, &here) < 0)
		return err_sys(err, errno, "%s", self);
	r = read_link(path, err);
	if (r < 0)
		return r;
	*ret = strdup(!leads_here(path, &here) && *name == '/' ? name : path);
	return *ret ? 0 : err_oom(err);
}

static int execute_again(int fd, char *const *argv, struct err *err)
{
	cleanup_strv struct strv words = { 0 };
	char path[PATH_MAX];
	int r = read_link(path, err);

	if (r < 0)
		return r;
	if (strv_add(&words, path) < 0)
		return err_oom(err);
	for (size_t i = 1; argv[i]; i++)
		if (strv_add(&words, argv[i]) < 0)
			return err_oom(err);
	syscall(SYS_execveat, fd, "", words.items, environ, AT_EMPTY_PATH);
	return err_sys(err, errno, "execute our own program through a read-only mount");
}

int rt_seal_self(char *const *argv, struct err *err)
{
	cleanup_fd int exe = open(self, O_RDONLY | O_CLOEXEC), fd = -1;
	int r;

	if (exe < 0)
		return err_sys(err, errno, "%s", self);
	if (is_sealed(exe)) {
		/* The name that the second execve gave is a descriptor's number. */
		(void)prctl(PR_SET_NAME, path_base(argv[0]), 0, 0, 0);
		return 0;
	}
	r = caps_have(CAP_SYS_ADMIN) ? read_only_mount(exe, &fd, err) : sealed_copy(exe, &fd, err);
	if (r < 0)
		return err_wrap(err, "keep our own program out of the container's reach");
	return execute_again(fd, argv, err);
}
