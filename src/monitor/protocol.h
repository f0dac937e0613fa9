/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a client and a monitor say to each other over attach.sock, a unix SOCK_SEQPACKET socket in
 * the container's (or exec session's) run directory. One message is one packet: a type byte, then
 * the payload, ATTACH_PACKET_MAX bytes in all. The monitor checks SO_PEERCRED: only its own user
 * and root may speak.
 *
 *   client -> monitor   ATTACH_HELLO   u8 flags (ATTACH_WANT_*); always first
 *                       ATTACH_STDIN   bytes for the process's standard input
 *                       ATTACH_EOF     no more input from this client
 *                       ATTACH_RESIZE  u16 rows, u16 columns (host byte order)
 *                       ATTACH_DONE    after ATTACH_EXIT: the run is finished, no clean-up is
 * needed monitor -> client   ATTACH_READY   the hello was accepted ATTACH_STDOUT, ATTACH_STDERR
 * bytes that the process wrote (a terminal: ATTACH_STDOUT only) ATTACH_EXIT    i32 status as in
 * struct exit_record; always last
 *
 * Who says ATTACH_FINISHES means to finish the run himself (`run --rm`, which removes the container
 * before it ends): the monitor does not become the clean-up before he has left, and not at all
 * where he has said ATTACH_DONE.
 *
 * A client that leaves without ATTACH_EOF closes the container's input only where it asked for
 * stdin and the monitor was told `stdin_once`. Output is never dropped for a slow client: the
 * monitor stops reading from the container until the client has room (as a pipe would).
 */
#ifndef CORACLE_MONITOR_PROTOCOL_H
#define CORACLE_MONITOR_PROTOCOL_H

#define ATTACH_SOCKET "attach.sock"

enum { ATTACH_PACKET_MAX = 32768 };

enum attach_type {
	ATTACH_HELLO = 'H',
	ATTACH_STDIN = 'I',
	ATTACH_EOF = 'E',
	ATTACH_RESIZE = 'W',
	ATTACH_DONE = 'D',
	ATTACH_READY = 'R',
	ATTACH_STDOUT = 1,
	ATTACH_STDERR = 2,
	ATTACH_EXIT = 'X',
};

enum {
	ATTACH_WANT_STDIN = 1,
	ATTACH_WANT_STDOUT = 2,
	ATTACH_WANT_STDERR = 4,
	ATTACH_FINISHES = 8,
};

#endif
