/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far the pump has come, kept so that a monitor killed by SIGKILL at any instruction is
 * continued exactly: nothing that a container wrote is logged twice or not at all.
 *
 *     peek (tee)  ->  begin  ->  append to the log  ->  consume (read)  ->  commit
 *
 * The page is shared memory of the file `progress` in the run directory, so a store is as durable
 * as the machine's uptime and costs no system call. It has two slots; `active` names the valid one
 * and is the last word written.
 *
 * Whether a chunk that was begun had also been consumed cannot be told from the pipe's contents (a
 * container may write the same bytes for ever). It is told from the FIFO's access time: begin sets
 * it to a marker, tee(2) leaves it alone, and read(2) replaces it, within the same system call that
 * takes the bytes. Where the file system keeps no access times, or the FIFO belongs to another user
 * than an unprivileged monitor's, the bytes are compared instead.
 */
#ifndef CORACLE_MONITOR_PROGRESS_H
#define CORACLE_MONITOR_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROGRESS_FILE "progress"

/* Bytes that were consumed and are not in the log yet: an incomplete UTF-8 sequence. */
enum { CARRY_MAX = 3 };
struct carry {
	uint8_t len;
	char bytes[CARRY_MAX];
};

struct progress_slot {
	uint64_t log_ino, log_size; /* the log file before the chunk in flight */
	uint64_t hash;		    /* of the chunk's bytes */
	uint64_t log_lost;	    /* bytes that could not be logged so far */
	uint32_t marked;	    /* the FIFO's access time tells … */
	uint32_t atime_works;	    /* … which a read has shown to be so */
	uint32_t length;	    /* of the chunk in flight; 0: none */
	uint32_t stream;	    /* its index, 0 or 1 */
	struct carry carry[2];	    /* of each stream, before the chunk */
	struct carry after;	    /* of its stream, after it */
};

struct progress {
	uint32_t magic, active;
	struct progress_slot slots[2];
};

/* Maps the file, made where missing or `fresh`; NULL (errno says) when the disk is full: the pump
 * works without. */
struct progress *progress_open(int dirfd, bool fresh);
void progress_close(struct progress *p);

const struct progress_slot *progress_get(const struct progress *p);
void progress_set(struct progress *p, const struct progress_slot *slot);

uint64_t progress_hash(const char *data, size_t len);

#endif
