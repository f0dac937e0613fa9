/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that keeps one container, or one exec session: theory of operation.
 *
 *      stdout ──FIFO──▶ stream ──▶ log            (stream.c, logfile.c)
 *      stderr ──FIFO──▶ stream ──▶ clients        (client.c)
 *      stdin  ◀──FIFO── input  ◀── clients        (input.c)
 *      terminal's master: one stream and the input
 *      pidfd  ──▶ status, drain, exit record, exec of the clean-up   (end.c)
 *
 * One thread, one event loop, and all of its memory in this struct: one chunk per stream, one input
 * chunk, one buffer of the log. A stream reads its next chunk when the log and every client that
 * wants it have had the last one, so that whoever is slow slows the container, as a pipe does.
 *
 * It may be killed at any instruction: what it must not forget is in progress.h, the rest is found
 * again by its successor (adopt.c).
 */
#ifndef CORACLE_MONITOR_MONITOR_H
#define CORACLE_MONITOR_MONITOR_H

#include "base/loop.h"
#include "monitor/args.h"
#include "monitor/logfile.h"
#include "monitor/progress.h"
#include "monitor/protocol.h"
#include "monitor/record.h"

enum {
	CHUNK = 16384,	 /* a packet, and the longest part of a line in the log */
	CLIENT_MAX = 32, /* attached at the same time; more are refused */
	TAIL_MAX =
	    1 << 20, /* kept of what is in a pipe at the end, for a client that is slow: all of
		      * it, unless root in the container made the pipe larger than others may */
	HELLO_WAIT_S = 10,  /* wait_client: a CLI killed before it could attach */
	FINISH_WAIT_S = 10, /* a CLI that was stopped, or is slow to finish the run */
};

struct monitor;

struct stream {
	struct monitor *monitor;
	int index; /* 0 stdout, 1 stderr */
	int fd;	   /* -1: none, or at its end; borrowed from args */
	bool terminal;
	struct loop_source *source;
	int64_t budget; /* bytes that may still be read: all there was when the process ended */
	size_t pending; /* bytes of the chunk that some client still waits for; 0: the chunk is free
			 */
	struct carry carry;
	char *tail; /* after the end: what was read ahead, in the log already */
	size_t tail_len, tail_at;
	/* The chunk with room in front: for the carry while it is logged, then for the packet's
	 * type byte while it is sent. */
	char space[CARRY_MAX + CHUNK];
};

struct client {
	struct monitor *monitor;
	int fd; /* -1: a free entry */
	struct loop_source *source;
	bool hello;
	bool told;	       /* has had the exit status, and finishes the run */
	unsigned char flags;   /* ATTACH_* */
	unsigned char waiting; /* a bit per stream whose chunk it has not had yet */
	uint32_t events;       /* as armed */
};

struct input {
	struct loop_source *source; /* while something is pending */
	int fd;			    /* FIFO or the terminal's master; -1: closed */
	bool close_after;
	size_t at, len;
	char data[ATTACH_PACKET_MAX];
};

struct monitor {
	const struct monitor_args *args;
	struct loop *loop;
	struct loop_source *child, *listener, *patience;
	struct logfile log;
	struct progress *progress; /* NULL: no log, or no room for the file */
	bool atime_checked, atime_works;
	int peek[2]; /* pipe that tee(2) fills */
	int slave;   /* keeps the terminal from hanging up while nobody has it open */
	struct stream streams[2];
	struct client clients[CLIENT_MAX];
	struct input input;
	bool open;	  /* pumping has begun */
	bool ended;	  /* the process has exited */
	bool lingering;	  /* the record is written; only clients are left */
	bool handed_over; /* a client finishes the run */
	struct exit_record record;
};

/* monitor.c. Runs until the process has ended and becomes the clean-up; returns only on failure. */
int monitor_run(const struct monitor_args *args, struct err *err);
void monitor_open_streams(struct monitor *m);

/* stream.c */
int stream_init(struct monitor *m, int index, int fd, bool terminal);
void stream_arm(struct stream *s);
/* Reads, logs and offers one chunk; false when there was nothing to do, or a client is waited for.
 */
bool stream_pump(struct stream *s);
/* A client has had the chunk, or is gone. */
void stream_delivered(struct stream *s);
bool stream_finished(const struct stream *s);
void stream_set_end(struct stream *s);
/* Reads and logs what is left, keeping (up to TAIL_MAX of) it for the clients. */
void stream_absorb(struct stream *s);
void stream_flush_carry(struct stream *s);
char *stream_packet(struct stream *s);

/* fifo.c: exact transfer from a FIFO to the log. */
ssize_t fifo_peek(struct stream *s, char *data, size_t len);
void fifo_begin(struct stream *s, const char *data, size_t len, const struct carry *after);
void fifo_consume(struct stream *s, char *data, size_t len);
void fifo_commit(struct stream *s);
/* Continues after a killed monitor. */
void fifo_resume(struct monitor *m);

/* client.c */
int clients_listen(struct monitor *m);
void clients_stop_listening(struct monitor *m);
bool clients_want(const struct monitor *m, int index);
/* Sends the stream's fresh chunk to those that want it; who has no room gets it later. */
void clients_offer(struct monitor *m, int index);
/* Input has room again. */
void clients_resume_input(struct monitor *m);
/* Reads what is already there of clients that came at the last moment. */
void clients_catch_up(struct monitor *m);
/* Sends the exit status to those that have had everything; how many are left. */
unsigned clients_say_exit(struct monitor *m);
/* Whether one that finishes the run has been told and is still there. */
bool clients_finisher(const struct monitor *m);

/* input.c */
void input_init(struct monitor *m);
bool input_busy(const struct monitor *m);
void input_write(struct monitor *m, const char *data, size_t len);
void input_end(struct monitor *m);

/* end.c */
int end_watch(struct monitor *m, struct err *err);
/* Something was delivered, or pumping has begun: go on with the end, if it has come. */
void end_continue(struct monitor *m);
/* The run is finished, the container perhaps gone: nothing is left to do. */
_Noreturn void end_done(void);

#endif
