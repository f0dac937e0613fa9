/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The user's side of a container's standard streams. One poll loop moves bytes between descriptors
 * 0, 1, 2 and the monitor's socket (monitor/protocol.h), and never waits for anything else: a
 * reader that is slow, a ^S, a full socket only stop their own direction, and signals still arrive.
 */
#ifndef CORACLE_CLI_TERM_ATTACH_H
#define CORACLE_CLI_TERM_ATTACH_H

#include "cli/cli.h"
#include "cli/term/detach.h"
#include "engine/container/container.h"

#include <signal.h>

struct attach {
	struct cli *cli;
	const char *id;	      /* the container's, for signals */
	const char *exec_id;  /* NULL: the container itself */
	bool tty;	      /* the process has a terminal */
	bool in, out, err;    /* streams wanted */
	bool finishes;	      /* the run, once it has ended: the monitor leaves that to us */
	bool forward_signals; /* ours go to the container's first process (never with a terminal) */
	struct detach detach;
	int64_t since_ns; /* set by attach_session() */
	bool detached;	  /* set by attach_session(): left by the keys, the process goes on */
};

enum attach_end {
	ATTACH_ENDED,	 /* *ret_status is the process's */
	ATTACH_DETACHED, /* the user typed the keys */
	ATTACH_LOST,	 /* the monitor went away without a word */
};

/* From the attach socket `sock` (borrowed) until one of the ends. The terminal is raw meanwhile and
 * restored whatever happens; a signal that ends this command restores it first. */
int attach_pump(const struct attach *a, int sock, enum attach_end *ret_end, int *ret_status,
		struct err *err);

/*
 * The whole of an attached session: pumps, attaches again when the monitor was lost and replaced,
 * and finds the exit status where nobody is left to tell it. Returns an exit status for the shell.
 * *sock stays the caller's, and may be another descriptor afterwards.
 */
int attach_session(struct attach *a, struct engine *engine, int *sock, struct err *err);

/* A terminal is asked for and input comes from something else: refused, as Docker does. */
int attach_check_tty(bool in, bool tty, struct err *err);

unsigned char attach_flags(const struct attach *a);

/* signals.c: which signals the loop takes, by signalfd; the mask is put back by the caller. */
int attach_signal_fd(const struct attach *a, sigset_t *ret_before, struct err *err);
/* Has another `coracle kill` send it, so that a container's lock does not hold up the streams. */
void attach_forward_signal(const struct attach *a, int signal);

#endif
