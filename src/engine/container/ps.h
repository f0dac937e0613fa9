/* SPDX-License-Identifier: Apache-2.0 */
/* A small ps(1) over the host's /proc, for `top`: columns, and a process as they show it. Nothing
 * is forked, and nothing of a container's own files is read. */
#ifndef CORACLE_ENGINE_CONTAINER_PS_H
#define CORACLE_ENGINE_CONTAINER_PS_H

#include <jansson.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

enum { PS_COLUMNS_MAX = 64 };

struct ps_format {
	struct {
		int column;  /* of ps_columns.c */
		char *title; /* owned */
	} items[PS_COLUMNS_MAX];
	size_t count;
};
void ps_format_clear(struct ps_format *format);

/* "-ef", "aux", "-eo pid,comm=NAME", …: what selects processes is accepted and without meaning, the
 * rest chooses columns. ERR_UNSUPPORTED for other options and columns, by name. */
int ps_format_parse(const char *args, struct ps_format *ret, struct err *err);

/* ["UID","PID",…] and one process's row; a process that is gone gives 1 and no row. */
json_t *ps_format_titles(const struct ps_format *format);
int ps_format_row(const struct ps_format *format, pid_t pid, json_t **ret, struct err *err);

/* --- ps_process.c, ps_columns.c --------------------------------------------------------------- */

struct ps_process {
	pid_t pid, ppid, pgid, sid;
	char state;
	char comm[64];
	char *cmdline; /* arguments joined by spaces; "[comm]" without; owned */
	uid_t uid, euid;
	gid_t gid, egid;
	unsigned tty;
	uint64_t cpu_ticks, start_ticks, vsize, rss_pages;
	int64_t nice, priority, threads, processor, tpgid;
	int64_t locked_kb;
};
/* 1: gone. */
int ps_process_read(pid_t pid, struct ps_process *ret, struct err *err);
void ps_process_clear(struct ps_process *process);

/* The number of a column by its name; -1. */
int ps_column_find(const char *name, size_t len);
const char *ps_column_title(int column);
/* A value as text; malloc'ed. */
char *ps_column_text(int column, const struct ps_process *process);

#endif
