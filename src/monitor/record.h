/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a run of a container, or an exec session, ended: the file `exit` in its run directory,
 * written by its monitor, replaced atomically, read by everybody. Text, a "key value" line each, so
 * that the monitor needs no library; unknown keys are skipped, a missing `run` or `status` makes
 * the file invalid.
 */
#ifndef CORACLE_MONITOR_RECORD_H
#define CORACLE_MONITOR_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define RECORD_FILE "exit"

struct exit_record {
	uint64_t run; /* the run's number; 0 for an exec session */
	int status;   /* 0-255 as a shell shows it: 128 + signal when killed; -1: unknown */
	int signal;   /* what killed it, 0: none */
	bool core_dumped;
	bool oom;	   /* the OOM killer took a process of its group during this run */
	bool output_lost;  /* it ended while no monitor was there to read what it wrote last */
	uint64_t log_lost; /* bytes that a full disk kept out of the log */
	int64_t started_ns, finished_ns; /* CLOCK_REALTIME since the epoch */
};

int record_write(int dirfd, const struct exit_record *record, struct err *err);
/* 1 when there is no record (yet), 0 when *ret was filled. */
int record_read(int dirfd, struct exit_record *ret, struct err *err);

#endif
