/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A caged child process of a pipeline: a fork of the caller without exec, so that nothing needs to
 * be found or loaded inside the cage. It keeps the descriptors it is given and no others, dies with
 * its parent, and reports its error through a page of memory that is shared with the parent and
 * believed as far as a line of text goes.
 */
#ifndef CORACLE_ARCHIVE_WORKER_H
#define CORACLE_ARCHIVE_WORKER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "linux/ns.h"

enum worker_cage { WORKER_DECODER, WORKER_WRITER };

enum { WORKER_FDS = 4 };

/* Runs in the cage, with the descriptors given as 0, 1, …; 0 or a negative number with `err`. */
typedef int (*worker_fn)(void *arg, struct err *err);

struct worker_args {
	const char *name; /* for errors: "decompressor" */
	enum worker_cage cage;
	worker_fn fn;
	void *arg;
	int fds[WORKER_FDS]; /* borrowed; -1 ends the list */
	int dir_fd;	     /* WORKER_WRITER: its root. Borrowed */
	bool rootless;
	const struct userns_maps *maps; /* rootless WORKER_WRITER: ids of its user namespace */
};

struct worker {
	const char *name;
	pid_t pid;	    /* 0: none */
	struct err *report; /* shared */
};

int worker_start(struct worker *w, const struct worker_args *args, struct err *err);

/* Waits for the end. The worker's own error, or what killed it. Safe on a zeroed worker: 0. */
int worker_finish(struct worker *w, struct err *err);

/* Kills and waits. Safe on a zeroed worker, and after worker_finish(). */
void worker_kill(struct worker *w);
#define cleanup_worker __attribute__((cleanup(worker_kill)))

/* A pipe of which both ends close on exec. */
struct worker_pipe {
	int read_fd, write_fd;
};
int worker_pipe_open(struct worker_pipe *p, struct err *err);
void worker_pipe_close(struct worker_pipe *p);
#define WORKER_PIPE_NONE ((struct worker_pipe){ -1, -1 })
#define cleanup_worker_pipe __attribute__((cleanup(worker_pipe_close)))

#endif
