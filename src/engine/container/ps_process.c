/* SPDX-License-Identifier: Apache-2.0 */
/* One process out of /proc (proc(5)). Names and arguments are the container's own bytes. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/str.h"
#include "engine/container/ps.h"

enum { SMALL_FILE = 16384, ARGS_MAX = 1 << 16 };

void ps_process_clear(struct ps_process *process)
{
	free(process->cmdline);
	*process = (struct ps_process){ 0 };
}

/* Printable ASCII stays; what could steer a terminal, or is no UTF-8 for JSON, becomes '?'. */
static void make_printable(char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' || (unsigned char)text[i] > '~')
			text[i] = '?';
}

/* The name may hold spaces and brackets: it ends at the last one. */
static int parse_stat(const char *text, struct ps_process *p)
{
	const char *open = strchr(text, '('), *close = strrchr(text, ')');
	uint64_t user, system;
	int64_t rss;

	if (!open || !close || close < open)
		return -EINVAL;
	snprintf(p->comm, sizeof(p->comm), "%.*s", (int)(close - open - 1), open + 1);
	make_printable(p->comm, strlen(p->comm));
	/* 3 state, 4 ppid, 5 pgrp, 6 session, 7 tty, 8 tpgid, 9-13 flags and faults, 14 utime,
	 * 15 stime, 16-17 children's, 18 priority, 19 nice, 20 threads, 21 -, 22 start, 23 vsize,
	 * 24 rss, 25-38, 39 processor */
	if (sscanf(close + 1,
		   " %c %d %d %d %u %" SCNd64 " %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64
		   " %*d %*d %" SCNd64 " %" SCNd64 " %" SCNd64 " %*d %" SCNu64 " %" SCNu64
		   " %" SCNd64 " %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*d %" SCNd64,
		   &p->state, &p->ppid, &p->pgid, &p->sid, &p->tty, &p->tpgid, &user, &system,
		   &p->priority, &p->nice, &p->threads, &p->start_ticks, &p->vsize, &rss,
		   &p->processor) != 15)
		return -EINVAL;
	p->cpu_ticks = user + system;
	p->rss_pages = rss > 0 ? (uint64_t)rss : 0;
	return 0;
}

static void parse_status(const char *text, struct ps_process *p)
{
	const char *line;

	line = strstr(text, "\nUid:");
	if (line)
		sscanf(line + 5, " %u %u", &p->uid, &p->euid);
	line = strstr(text, "\nGid:");
	if (line)
		sscanf(line + 5, " %u %u", &p->gid, &p->egid);
	line = strstr(text, "\nVmLck:");
	if (line)
		sscanf(line + 7, " %" SCNd64, &p->locked_kb);
}

static int read_cmdline(int dir, struct ps_process *p)
{
	struct buf text cleanup_buf = BUF_INIT(ARGS_MAX);
	int fd cleanup_fd = openat(dir, "cmdline", O_RDONLY | O_CLOEXEC);
	size_t i;

	/* longer ones are cut */
	if (fd < 0 || (fd_read_all(fd, &text) < 0 && text.len == 0) || text.len == 0) {
		p->cmdline = str_printf("[%s]", p->comm);
		return p->cmdline ? 0 : -ENOMEM;
	}
	while (text.len > 0 && text.data[text.len - 1] == '\0')
		text.len--;
	for (i = 0; i < text.len; i++)
		if (text.data[i] == '\0')
			text.data[i] = ' ';
	make_printable(text.data, text.len);
	p->cmdline = strndup(text.data, text.len);
	return p->cmdline ? 0 : -ENOMEM;
}

int ps_process_read(pid_t pid, struct ps_process *ret, struct err *err)
{
	struct buf stat cleanup_buf = BUF_INIT(SMALL_FILE),
			status cleanup_buf = BUF_INIT(SMALL_FILE);
	struct ps_process p cleanup_with(ps_process_clear) = { .pid = pid };
	int dir cleanup_fd = -1;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* ESRCH: it ended after the directory was opened */
	if (dir < 0 || fd_read_file_at(dir, "stat", SMALL_FILE, &stat, NULL) < 0 ||
	    fd_read_file_at(dir, "status", SMALL_FILE, &status, NULL) < 0)
		return 1;
	if (parse_stat(buf_str(&stat), &p) < 0)
		return err_set(err, ERR_ENGINE, EINVAL, "%s/stat cannot be understood", path);
	parse_status(buf_str(&status), &p);
	if (read_cmdline(dir, &p) < 0)
		return err_oom(err);
	*ret = p;
	p.cmdline = NULL;
	return 0;
}
