/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/proc/handshake.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/fd.h"

struct hs_row {
	const char *name;   /* what the receiver waits for, in its errors */
	size_t payload;	    /* bytes behind the header */
	size_t fds_at_most; /* descriptors that may come with it */
};

static const struct hs_row rows[HS_TYPES] = {
	[HS_ALIVE] = { "the first word of init", 0, 0 },
	[HS_MAPPED] = { "the id maps", 0, 0 },
	[HS_CLONED] = { "the clone of init", sizeof(int32_t), 1 },
	[HS_HOOKS] = { "the mounts of the container", 0, 0 },
	[HS_HOOKS_DONE] = { "the hooks", sizeof(int32_t), 0 },
	[HS_MASTER] = { "the terminal", 0, 1 },
	[HS_LISTENER] = { "the seccomp listener", 0, 1 },
	[HS_READY] = { "the container to be ready", 0, HS_FDS_MAX },
	[HS_KEEP] = { "to be left alone", 0, 0 },
	[HS_GO] = { "the start", 0, 0 },
	[HS_FAILED] = { "a reason", sizeof(struct err), 0 },
};

/* Never leaves the machine or the program: no byte order to care for. */
struct wire {
	uint32_t type;
	union {
		int32_t pid;
		struct err why;
	} body;
};
enum { WIRE_HEADER = offsetof(struct wire, body) };

void hs_message_clear(struct hs_message *m)
{
	for (size_t i = 0; i < m->fd_count; i++)
		close_fd(&m->fds[i]);
	m->fd_count = 0;
}

int hs_pair(int *ret_starter, int *ret_child, struct err *err)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_sys(err, errno, "socketpair");
	*ret_starter = pair[0];
	*ret_child = pair[1];
	return 0;
}

static int send_wire(int sock, const struct wire *wire, const int *fds, size_t count,
		     struct err *err)
{
	const struct hs_row *row = &rows[wire->type];
	int r = fd_send_fds(sock, wire, WIRE_HEADER + row->payload, fds, count);

	if (r < 0)
		return err_sys(err, r, "pass on %s", row->name);
	return 0;
}

int hs_send(int sock, enum hs_type type, struct err *err)
{
	struct wire wire = { .type = type };

	return send_wire(sock, &wire, NULL, 0, err);
}

int hs_send_pid(int sock, enum hs_type type, pid_t pid, int fd, struct err *err)
{
	struct wire wire = { .type = type, .body.pid = pid };

	return send_wire(sock, &wire, &fd, fd >= 0 ? 1 : 0, err);
}

int hs_send_fds(int sock, enum hs_type type, const int *fds, size_t count, struct err *err)
{
	struct wire wire = { .type = type };
	int there[HS_FDS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < count && n < HS_FDS_MAX; i++)
		if (fds[i] >= 0)
			there[n++] = fds[i];
	return send_wire(sock, &wire, there, n, err);
}

void hs_send_failed(int sock, const struct err *why)
{
	struct wire wire = { .type = HS_FAILED, .body.why = *why };

	(void)send_wire(sock, &wire, NULL, 0, NULL);
}

static int check(const struct wire *wire, ssize_t len, size_t fd_count, struct err *err)
{
	if (len < WIRE_HEADER || wire->type >= HS_TYPES)
		return err_set(err, ERR_ENGINE, EPROTO, "malformed message between our processes");
	if ((size_t)len != WIRE_HEADER + rows[wire->type].payload ||
	    fd_count > rows[wire->type].fds_at_most)
		return err_set(err, ERR_ENGINE, EPROTO, "malformed message: %s",
			       rows[wire->type].name);
	return 0;
}

int hs_receive(int sock, struct hs_message *ret, struct err *err)
{
	cleanup_hs_message struct hs_message m = { 0 };
	struct wire wire;
	size_t count = HS_FDS_MAX;
	ssize_t len = fd_recv_fds(sock, &wire, sizeof(wire), m.fds, &count);
	int r;

	/* The end of the last process on the other side with our words unread is a reset. */
	if (len == 0 || len == -ECONNRESET)
		return 1;
	if (len < 0)
		return err_sys(err, (int)len, "receive from our own process");
	m.fd_count = count;
	r = check(&wire, len, count, err);
	if (r < 0)
		return r;
	m.type = wire.type;
	if (rows[m.type].payload == sizeof(int32_t))
		m.pid = wire.body.pid;
	if (m.type == HS_FAILED) {
		m.why = wire.body.why;
		m.why.text[sizeof(m.why.text) - 1] = '\0';
	}
	*ret = m;
	m.fd_count = 0;
	return 0;
}

int hs_expect(int sock, enum hs_type type, struct hs_message *ret, struct err *err)
{
	cleanup_hs_message struct hs_message m = { 0 };
	int r = hs_receive(sock, &m, err);

	if (r < 0)
		return r;
	if (r == 1)
		return err_set(err, ERR_ENGINE, ECONNRESET,
			       "the process that was being started ended while waiting for %s",
			       rows[type].name);
	if (m.type == HS_FAILED)
		return err_set(err, m.why.class, m.why.code, "%s", m.why.text);
	if (m.type != type)
		return err_set(err, ERR_ENGINE, EPROTO, "waiting for %s, got %s", rows[type].name,
			       rows[m.type].name);
	*ret = m;
	m.fd_count = 0;
	return 0;
}
