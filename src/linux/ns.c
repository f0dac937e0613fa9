/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/ns.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/nsfs.h>

#include "base/cleanup.h"

const struct ns_type ns_types[NS_TYPES] = {
	{ "cgroup", CLONE_NEWCGROUP }, { "ipc", CLONE_NEWIPC }, { "mnt", CLONE_NEWNS },
	{ "net", CLONE_NEWNET },       { "pid", CLONE_NEWPID }, { "time", CLONE_NEWTIME },
	{ "user", CLONE_NEWUSER },     { "uts", CLONE_NEWUTS },
};

const char *ns_name(int flag)
{
	for (size_t i = 0; i < NS_TYPES; i++)
		if (ns_types[i].flag == flag)
			return ns_types[i].name;
	return "?";
}

static void ns_path(pid_t pid, int flag, char out[48])
{
	if (pid == 0)
		snprintf(out, 48, "/proc/thread-self/ns/%s", ns_name(flag));
	else
		snprintf(out, 48, "/proc/%d/ns/%s", (int)pid, ns_name(flag));
}

int ns_open(pid_t pid, int flag, int *ret_fd, struct err *err)
{
	char path[48];
	int fd;

	ns_path(pid, flag, path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && (errno == ENOENT || errno == ESRCH)) {
		int failed = errno;

		err_sys(err, failed, "open %s", path);
		if (err)
			err->class = ERR_NOT_FOUND;
		return -failed;
	}
	if (fd < 0)
		return err_sys(err, errno, "open %s", path);
	*ret_fd = fd;
	return 0;
}

int ns_open_path(const char *path, int flag, int *ret_fd, struct err *err)
{
	/* O_NONBLOCK: what is no namespace may be a FIFO. */
	int fd cleanup_fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int type;

	if (fd < 0)
		return err_sys(err, errno, "open namespace %s", path);
	type = ioctl(fd, NS_GET_NSTYPE);
	if (type < 0)
		return err_invalid(err, "%s is not a namespace", path);
	if (type != flag)
		return err_invalid(err, "%s is a namespace of kind %s, not %s", path, ns_name(type),
				   ns_name(flag));
	*ret_fd = take_fd(&fd);
	return 0;
}

int ns_enter(int fd, int flag, struct err *err)
{
	if (setns(fd, flag) < 0)
		return err_sys(err, errno, "enter a %s namespace", ns_name(flag));
	return 0;
}

int ns_enter_process(int pidfd, int flags, struct err *err)
{
	if (setns(pidfd, flags) < 0)
		return err_sys(err, errno, "enter the namespaces of a process");
	return 0;
}

int ns_id(int fd, struct ns_id *ret)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	*ret = (struct ns_id){ st.st_dev, st.st_ino };
	return 0;
}

int ns_id_of(pid_t pid, int flag, struct ns_id *ret)
{
	struct stat st;
	char path[48];

	ns_path(pid, flag, path);
	if (stat(path, &st) < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	*ret = (struct ns_id){ st.st_dev, st.st_ino };
	return 0;
}

int ns_owner(int fd, int *ret_userns_fd)
{
	int owner = ioctl(fd, NS_GET_USERNS);

	if (owner < 0)
		return -errno;
	*ret_userns_fd = owner;
	return 0;
}
