/* SPDX-License-Identifier: Apache-2.0 */
/* User namespaces and their id maps: see ns.h. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/capability.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/str.h"
#include "linux/caps.h"
#include "linux/ns.h"
#include "linux/spawn.h"

enum { MAP_TEXT_MAX = 4095 }; /* the kernel takes less than a page in one write */

bool id_map_is_identity(const struct id_map *maps, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (maps[i].inside != maps[i].outside)
			return false;
	return true;
}

int64_t id_map_outside(const struct id_map *maps, size_t count, uint32_t inside)
{
	for (size_t i = 0; i < count; i++)
		if (inside >= maps[i].inside && inside - maps[i].inside < maps[i].count)
			return (int64_t)maps[i].outside + (inside - maps[i].inside);
	return -1;
}

/* The kernel says only EINVAL; say which line. */
static int check_maps(const char *what, const struct id_map *maps, size_t count, struct err *err)
{
	if (count == 0 || count > ID_MAP_MAX)
		return err_invalid(err, "%s map: %zu lines (1 to %d are possible)", what, count,
				   ID_MAP_MAX);
	for (size_t i = 0; i < count; i++)
		if (maps[i].count == 0 || maps[i].inside > UINT32_MAX - maps[i].count ||
		    maps[i].outside > UINT32_MAX - maps[i].count)
			return err_invalid(err, "%s map: %u:%u:%u is no range of ids", what,
					   maps[i].inside, maps[i].outside, maps[i].count);
	return 0;
}

static int write_map(int proc_fd, const char *name, const struct id_map *maps, size_t count,
		     struct err *err)
{
	struct buf text cleanup_buf = BUF_INIT(MAP_TEXT_MAX);
	int fd cleanup_fd = -1;

	for (size_t i = 0; i < count; i++)
		buf_printf(&text, "%u %u %u\n", maps[i].inside, maps[i].outside, maps[i].count);
	if (text.failed)
		return err_sys(err, text.failed, "%s: too many lines", name);
	fd = openat(proc_fd, name, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(err, errno, "open %s", name);
	if (write(fd, text.data, text.len) != (ssize_t)text.len)
		return err_sys(err, errno, "write %s", name);
	return 0;
}

static bool is_own_single_id(const struct userns_maps *m)
{
	return m->uid_count == 1 && m->uids[0].count == 1 && m->uids[0].outside == geteuid() &&
	       m->gid_count == 1 && m->gids[0].count == 1 && m->gids[0].outside == getegid();
}

/* newuidmap PID INSIDE OUTSIDE COUNT … : set-id programs of the host, never of a container. */
static int run_map_helper(const char *path, pid_t pid, const struct id_map *maps, size_t count,
			  struct err *err)
{
	struct strv argv cleanup_strv = { 0 };
	struct spawn_program program = { .path = path };
	int status, r;

	r = strv_add(&argv, path);
	if (r == 0)
		r = strv_add_owned(&argv, str_printf("%d", (int)pid));
	for (size_t i = 0; r == 0 && i < count; i++) {
		const uint32_t numbers[] = { maps[i].inside, maps[i].outside, maps[i].count };

		for (size_t k = 0; r == 0 && k < ARRAY_SIZE(numbers); k++)
			r = strv_add_owned(&argv, str_printf("%u", numbers[k]));
	}
	if (r < 0)
		return err_oom(err);
	program.argv = (const char *const *)argv.items;
	r = spawn_run(&program, &status, err);
	if (r == -ENOENT)
		return err_set(err, ERR_DENIED, ENOENT,
			       "mapping more than one's own id needs %s (package uidmap)", path);
	if (r < 0)
		return r;
	if (status != 0)
		return err_set(err, ERR_DENIED, EPERM,
			       "%s refused the id map: is it within /etc/subuid and /etc/subgid?",
			       path);
	return 0;
}

static int write_by_helpers(pid_t pid, const struct userns_maps *m, struct err *err)
{
	int r = run_map_helper("/usr/bin/newuidmap", pid, m->uids, m->uid_count, err);

	return r < 0 ? r : run_map_helper("/usr/bin/newgidmap", pid, m->gids, m->gid_count, err);
}

static int write_directly(pid_t pid, const struct userns_maps *m, bool deny_setgroups,
			  struct err *err)
{
	int proc_fd cleanup_fd = -1, r = 0;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	proc_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (proc_fd < 0)
		return err_sys(err, errno, "open %s", path);
	/* Without it an unprivileged user could drop a group that denies access (CVE-2014-8989). */
	if (deny_setgroups)
		r = fd_write_file_at(proc_fd, "setgroups", "deny", err);
	if (r == 0)
		r = write_map(proc_fd, "uid_map", m->uids, m->uid_count, err);
	return r < 0 ? r : write_map(proc_fd, "gid_map", m->gids, m->gid_count, err);
}

int userns_write_maps(pid_t pid, const struct userns_maps *maps, struct err *err)
{
	int r = check_maps("uid", maps->uids, maps->uid_count, err);

	if (r == 0)
		r = check_maps("gid", maps->gids, maps->gid_count, err);
	if (r < 0)
		return r;
	if (caps_have(CAP_SETUID) && caps_have(CAP_SETGID))
		return write_directly(pid, maps, false, err);
	if (is_own_single_id(maps))
		return write_directly(pid, maps, true, err);
	return write_by_helpers(pid, maps, err);
}

/* Child: has just been made in a new user namespace, with all capabilities there and no rights
 * outside; ends when its parent closes the other end, or dies. */
static int wait_for_eof(void *arg)
{
	int *pair = arg;
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(pair[1]);
	return read(pair[0], &byte, 1) == 0 ? 0 : 1;
}

int userns_create(const struct userns_maps *maps, int *ret_fd, struct err *err)
{
	struct spawn_args args = SPAWN_ARGS(SPAWN_CLONE);
	struct spawned child cleanup_spawned = SPAWNED_NONE;
	int pair[2], fd cleanup_fd = -1, status, r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_sys(err, errno, "socketpair");
	args.flags = CLONE_NEWUSER;
	r = spawn(&args, wait_for_eof, pair, &child, err);
	close(pair[0]);
	if (r == 0) {
		r = userns_write_maps(child.pid, maps, err);
		if (r == 0)
			r = ns_open(child.pid, CLONE_NEWUSER, &fd, err);
		close(pair[1]);
		spawn_wait(child.pid, &status, NULL);
	} else {
		close(pair[1]);
	}
	if (r < 0)
		return err_wrap(err, "make a user namespace");
	*ret_fd = take_fd(&fd);
	return 0;
}

/* "name:first:count"; lines that are not are skipped, as newuidmap(1) does. */
static bool parse_subid(char *line, const char *name, const char *number, struct id_range *ret)
{
	char *first = strchr(line, ':'), *count = first ? strchr(first + 1, ':') : NULL;
	uint64_t a, b;

	if (!count)
		return false;
	*first++ = '\0';
	*count++ = '\0';
	count[strcspn(count, "\n")] = '\0';
	if (!(name && str_eq(line, name)) && !str_eq(line, number))
		return false;
	if (str_to_u64(first, UINT32_MAX, "", &a, NULL) < 0 ||
	    str_to_u64(count, UINT32_MAX, "", &b, NULL) < 0 || b == 0 || a + b > UINT32_MAX)
		return false;
	*ret = (struct id_range){ (uint32_t)a, (uint32_t)b };
	return true;
}

int subid_ranges(const char *file, const char *name, uid_t uid, struct id_range *ret, size_t max,
		 struct err *err)
{
	FILE *f cleanup_file = fopen(file, "re");
	char line[512], number[16];
	size_t count = 0;

	if (!f && errno == ENOENT)
		return 0;
	if (!f)
		return err_sys(err, errno, "open %s", file);
	snprintf(number, sizeof(number), "%u", (unsigned)uid);
	while (count < max && fgets(line, sizeof(line), f))
		if (parse_subid(line, name, number, &ret[count]))
			count++;
	return (int)count;
}
