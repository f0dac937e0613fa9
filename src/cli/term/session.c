/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/time.h"
#include "cli/term/attach.h"
#include "monitor/protocol.h"

/* Replacing a lost monitor is the next command's work: we are that command, so often at most. */
enum { ATTEMPTS = 5 };

int attach_check_tty(bool in, bool tty, struct err *err)
{
	if (in && tty && !isatty(STDIN_FILENO))
		return err_invalid(err, "cannot attach stdin to a TTY-enabled container because "
					"stdin is not a terminal");
	return 0;
}

unsigned char attach_flags(const struct attach *a)
{
	return (unsigned char)((a->in ? ATTACH_WANT_STDIN : 0) | (a->out ? ATTACH_WANT_STDOUT : 0) |
			       (a->err ? ATTACH_WANT_STDERR : 0) |
			       (a->finishes ? ATTACH_FINISHES : 0));
}

/* An exec session's record, where its monitor did not live to tell. */
static int session_status(const struct attach *a, const struct container *c, int *ret,
			  struct err *err)
{
	char *path cleanup_free = str_printf("exec/%s", a->exec_id);
	struct exit_record record;
	int dir cleanup_fd = -1;

	if (!path)
		return err_oom(err);
	dir = openat(c->run_fd, path, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (dir < 0 || record_read(dir, &record, NULL) != 0)
		return err_set(err, ERR_ENGINE, EIO,
			       "the session's monitor was lost and its exit status with it");
	*ret = record.status;
	return 0;
}

/*
 * The socket was closed without an exit status. 1: attached again (*sock), 0: *ret_status is known.
 * Loading the container puts a new monitor in the place of the lost one.
 */
static int after_loss(struct attach *a, struct engine *engine, int *sock, int *ret_status,
		      struct err *err)
{
	struct container *c cleanup_container = NULL;
	int r = container_load(engine, a->id, false, &c, err);

	/* Loading has finished the run, and a temporary container goes with it. */
	if (r == -ENOENT && !a->exec_id)
		return container_exit_told(engine, a->id, a->since_ns, ret_status, err);
	if (r < 0)
		return r;
	a->finishes = false; /* the new one is not our child */
	a->in = false;	     /* lost with the monitor that held its other end */
	if (a->exec_id && session_status(a, c, ret_status, err) == 0)
		return 0;
	if (a->exec_id || a->tty)
		return err_set(err, ERR_ENGINE, EIO,
			       "the monitor was lost, and the terminal with it");
	if (c->status != CONTAINER_RUNNING && c->status != CONTAINER_PAUSED)
		return container_wait(engine, a->id, WAIT_NOT_RUNNING, ret_status, err);
	close_fd(sock);
	r = container_attach(c, NULL, attach_flags(a), sock, err);
	if (r < 0)
		return r;
	cli_complain("the container's monitor was lost; attached to the new one");
	return 1;
}

int attach_session(struct attach *a, struct engine *engine, int *sock, struct err *err)
{
	int status = 0, r;
	enum attach_end end;

	a->since_ns = time_now_ns();
	for (int i = 0; i < ATTEMPTS; i++) {
		r = attach_pump(a, *sock, &end, &status, err);
		if (r < 0)
			return r;
		if (end == ATTACH_DETACHED) {
			fprintf(stderr, "read escape sequence\n");
			a->detached = true;
			return EXIT_SUCCESS;
		}
		r = end == ATTACH_LOST ? after_loss(a, engine, sock, &status, err) : 0;
		if (r < 0)
			return r;
		if (r == 0)
			break;
	}
	if (status < 0 || status > 255)
		return err_set(err, ERR_ENGINE, EIO, "the exit status is unknown");
	return status;
}
