/* SPDX-License-Identifier: Apache-2.0 */
/*
 * floor ROOTFS SCRATCH: the floor under any engine's `run`: makes the kernel objects of one
 * container in the cheapest order known, runs /true in it, removes them, and does nothing else: no
 * configuration, no state, no log, no seccomp filter, no capabilities dropped.
 *
 * Objects: namespaces mnt, pid, uts, ipc, net and cgroup; a group in every mounted hierarchy below
 * /sys/fs/cgroup; an overlay (volatile) over ROOTFS with its upper layer in SCRATCH; /proc.
 * Exit status: that of /true; 125 when a step failed.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { GROUPS_MAX = 24 };

struct group {
	char path[256];
	int tasks; /* v1: opened `tasks`; -1 on v2 */
};

static struct group groups[GROUPS_MAX];
static int group_count, v2_dir = -1;

static void must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
	_exit(125);
}

static void fill_cpuset(const char *base, const char *path)
{
	static const char *const files[] = { "cpuset.cpus", "cpuset.mems" };

	for (int i = 0; i < 2; i++) {
		char name[320], value[256];
		int fd;
		ssize_t n;

		snprintf(name, sizeof(name), "%s/%s", base, files[i]);
		fd = open(name, O_RDONLY | O_CLOEXEC);
		must(fd >= 0, name);
		n = read(fd, value, sizeof(value));
		close(fd);
		snprintf(name, sizeof(name), "%s/%s", path, files[i]);
		fd = open(name, O_WRONLY | O_CLOEXEC);
		must(fd >= 0 && write(fd, value, n) == n, name);
		close(fd);
	}
}

static void make_group(const char *base)
{
	struct group *g = &groups[group_count];
	char name[320];

	snprintf(g->path, sizeof(g->path), "%s/coracle-floor-%d", base, getpid());
	must(mkdir(g->path, 0755) == 0, g->path);
	group_count++;
	snprintf(name, sizeof(name), "%s/tasks", g->path);
	g->tasks = open(name, O_WRONLY | O_CLOEXEC);
	if (g->tasks < 0) {
		v2_dir = open(g->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		return;
	}
	if (strstr(base, "/cpuset"))
		fill_cpuset(base, g->path);
}

static void make_groups(void)
{
	DIR *dir;
	struct dirent *entry;

	if (access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0) {
		make_group("/sys/fs/cgroup");
		return;
	}
	dir = opendir("/sys/fs/cgroup");
	must(dir != NULL, "/sys/fs/cgroup");
	while ((entry = readdir(dir)) && group_count < GROUPS_MAX) {
		char base[128];
		struct stat st;

		snprintf(base, sizeof(base), "/sys/fs/cgroup/%.100s", entry->d_name);
		if (entry->d_name[0] != '.' && lstat(base, &st) == 0 && S_ISDIR(st.st_mode))
			make_group(base);
	}
	closedir(dir);
}

static int sys_fsconfig(int fd, unsigned cmd, const char *key, const char *value)
{
	return (int)syscall(SYS_fsconfig, fd, cmd, key, value, 0);
}

static int mount_overlay(const char *rootfs, const char *scratch)
{
	char upper[200], work[200];
	int fs, mnt;

	snprintf(upper, sizeof(upper), "%.150s/upper-%d", scratch, getpid());
	snprintf(work, sizeof(work), "%.150s/work-%d", scratch, getpid());
	must(mkdir(upper, 0755) == 0 && mkdir(work, 0755) == 0, scratch);
	fs = (int)syscall(SYS_fsopen, "overlay", 1 /* FSOPEN_CLOEXEC */);
	must(fs >= 0, "fsopen");
	must(sys_fsconfig(fs, 1, "lowerdir", rootfs) == 0 &&
		 sys_fsconfig(fs, 1, "upperdir", upper) == 0 &&
		 sys_fsconfig(fs, 1, "workdir", work) == 0 &&
		 sys_fsconfig(fs, 0, "volatile", NULL) == 0 &&
		 sys_fsconfig(fs, 6 /* FSCONFIG_CMD_CREATE */, NULL, NULL) == 0,
	     "overlay");
	mnt = (int)syscall(SYS_fsmount, fs, 1, 0);
	must(mnt >= 0, "fsmount");
	close(fs);
	return mnt;
}

static void child(int mnt)
{
	static char *const argv[] = { "/true", NULL };
	static char *const envp[] = { NULL };

	for (int i = 0; i < group_count; i++)
		if (groups[i].tasks >= 0)
			must(write(groups[i].tasks, "0", 1) == 1, groups[i].path);
	must(unshare(CLONE_NEWCGROUP) == 0, "unshare");
	must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0, "private");
	must(syscall(SYS_move_mount, mnt, "", AT_FDCWD, "/mnt", 4 /* F_EMPTY_PATH */) == 0, "/mnt");
	must(chdir("/mnt") == 0, "/mnt");
	must(mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0, "proc");
	must(syscall(SYS_pivot_root, ".", ".") == 0, "pivot_root");
	must(umount2(".", MNT_DETACH) == 0 && chdir("/") == 0, "old root");
	must(sethostname("floor", 5) == 0, "hostname");
	execve(argv[0], argv, envp);
	must(0, "/true");
}

static void remove_traces(const char *scratch)
{
	static const char *const names[] = { "work-%d/work/incompat/volatile/dirty",
					     "work-%d/work/incompat/volatile",
					     "work-%d/work/incompat",
					     "work-%d/work",
					     "work-%d",
					     "upper-%d" };

	for (int i = 0; i < group_count; i++)
		rmdir(groups[i].path);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char name[64], path[256];

		snprintf(name, sizeof(name), names[i], getpid());
		snprintf(path, sizeof(path), "%.150s/%s", scratch, name);
		remove(path);
	}
}

int main(int argc, char **argv)
{
	struct clone_args args = {
		.flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET,
		.exit_signal = SIGCHLD,
	};
	int status, mnt, ns, net;
	char path[64];
	long pid;

	if (argc != 3) {
		fprintf(stderr, "usage: floor ROOTFS SCRATCH\n");
		return 125;
	}
	make_groups();
	mnt = mount_overlay(argv[1], argv[2]);
	if (v2_dir >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)v2_dir;
	}
	pid = syscall(SYS_clone3, &args, sizeof(args));
	must(pid >= 0, "clone3");
	if (pid == 0)
		child(mnt);
	/* Held past the exit, so that the teardown of mounts and network is not waited for. */
	snprintf(path, sizeof(path), "/proc/%ld/ns/mnt", pid);
	ns = open(path, O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/%ld/ns/net", pid);
	net = open(path, O_RDONLY | O_CLOEXEC);
	must(waitpid((pid_t)pid, &status, 0) == pid, "waitpid");
	remove_traces(argv[2]);
	(void)ns; /* closed by the exit */
	(void)net;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 125;
}
