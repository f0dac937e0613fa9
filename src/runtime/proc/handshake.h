/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the processes of a start say to each other: one row per message, over one SOCK_SEQPACKET
 * pair. The starter holds one end; the stage (where there is one) and init, its child, hold the
 * other, so that the end of all of them is an end of file for the starter.
 *
 *     message        who              when
 *     HS_ALIVE       init   → starter its first word: clone3 did not kill it
 *     HS_MAPPED      starter→ child   the id maps of the child's user namespace are written
 *     HS_CLONED      stage  → starter init exists: its pid, and a pidfd
 *     HS_HOOKS       init   → starter the mounts are in place, the old root is still there: the
 *                                     hooks prestart and createRuntime may run
 *     HS_HOOKS_DONE  starter→ init    they have; the pid by which the host knows init
 *     HS_MASTER      init   → starter the terminal's master
 *     HS_LISTENER    init   → starter the listener of a seccomp filter that notifies; it is loaded
 *     HS_READY       init   → starter all is done but execve; its mount and network namespaces
 *     HS_KEEP        starter→ init    it is recorded: when I leave, wait on at the start socket
 *     HS_GO          starter→ init    execve now (also by the start socket)
 *     HS_FAILED      any child→starter instead of any of its messages: why; it exits
 *
 * An end of file where HS_GO was sent is the answer "executed": the socket is close-on-exec.
 */
#ifndef CORACLE_RUNTIME_PROC_HANDSHAKE_H
#define CORACLE_RUNTIME_PROC_HANDSHAKE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

enum hs_type {
	HS_ALIVE,
	HS_MAPPED,
	HS_CLONED,
	HS_HOOKS,
	HS_HOOKS_DONE,
	HS_MASTER,
	HS_LISTENER,
	HS_READY,
	HS_KEEP,
	HS_GO,
	HS_FAILED,
	HS_TYPES
};

enum { HS_FDS_MAX = 2 };

struct hs_message {
	enum hs_type type;
	pid_t pid;	/* HS_CLONED, HS_HOOKS_DONE */
	struct err why; /* HS_FAILED */
	int fds[HS_FDS_MAX];
	size_t fd_count;
};
void hs_message_clear(struct hs_message *m); /* closes descriptors nobody took */
#define cleanup_hs_message __attribute__((cleanup(hs_message_clear)))

/* Close-on-exec both. */
int hs_pair(int *ret_starter, int *ret_child, struct err *err);

/* Sends a message without payload; with a pid; with descriptors (borrowed; -1 ones are left out).
 * A peer that is gone is EPIPE. */
int hs_send(int sock, enum hs_type type, struct err *err);
int hs_send_pid(int sock, enum hs_type type, pid_t pid, int fd, struct err *err);
int hs_send_fds(int sock, enum hs_type type, const int *fds, size_t count, struct err *err);
/* Says why the sender ends. Nothing can be done when this fails too. */
void hs_send_failed(int sock, const struct err *why);

/* The next message: 0, 1 at end of file, or an error. What does not fit its row is refused. */
int hs_receive(int sock, struct hs_message *ret, struct err *err);

/* The next message, which must be `type`. HS_FAILED becomes the caller's error; an end of file is
 * an error that says what was waited for (ECONNRESET). */
int hs_expect(int sock, enum hs_type type, struct hs_message *ret, struct err *err);

#endif
