/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/netlink.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"

enum { ANSWER_MAX = 64 << 10, SEND_ROOM = 8 << 20, ANSWER_ROOM = 1 << 20 };

/* --- sockets --------------------------------------------------------------------------------- */

struct nl nl_take(int fd)
{
	static const int on = 1;
	int room = SEND_ROOM, answers = ANSWER_ROOM;

	/* The reason in words, and answers without a copy of the request. */
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	/* A dump's filter is obeyed, or refused. */
	setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	/* A batch is one message to the socket. Past net.core.wmem_max needs CAP_NET_ADMIN. */
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &answers, sizeof(answers)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &answers, sizeof(answers));
	return (struct nl){ .fd = fd, .seq = 1 };
}

int nl_open(int protocol, struct nl *ret, struct err *err)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);

	if (fd < 0)
		return err_sys(err, errno, "netlink socket");
	*ret = nl_take(fd);
	return 0;
}

void nl_close(struct nl *nl)
{
	close_fd(&nl->fd);
}

/* --- building -------------------------------------------------------------------------------- */

void nl_batch_free(struct nl_batch *batch)
{
	buf_free(&batch->buf);
	buf_free(&batch->what);
}

static struct nlmsghdr *open_message(const struct nl_batch *batch)
{
	return (struct nlmsghdr *)(batch->buf.data + batch->message);
}

/* Zeroed, so that padding tells nothing of our memory. NULL when the batch has failed. */
static void *reserve(struct nl_batch *batch, size_t len)
{
	void *at;

	if (batch->buf.failed || buf_reserve(&batch->buf, NLMSG_ALIGN(len)) < 0)
		return NULL;
	at = batch->buf.data + batch->buf.len;
	memset(at, 0, NLMSG_ALIGN(len));
	buf_commit(&batch->buf, NLMSG_ALIGN(len));
	return at;
}

static void set_message_len(struct nl_batch *batch)
{
	if (!batch->buf.failed)
		open_message(batch)->nlmsg_len = (uint32_t)(batch->buf.len - batch->message);
}

void nl_begin(struct nl_batch *batch, uint16_t type, uint16_t flags, const void *header,
	      size_t header_len, const char *format, ...)
{
	struct nlmsghdr *message;
	char what[256];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	if (len < 0 || (size_t)len >= sizeof(what))
		len = sizeof(what) - 1;
	buf_add(&batch->what, what, (size_t)len + 1);
	batch->message = batch->buf.len;
	message = reserve(batch, NLMSG_HDRLEN + header_len);
	if (!message)
		return;
	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_REQUEST | flags;
	memcpy(NLMSG_DATA(message), header, header_len);
	set_message_len(batch);
}

static void put(struct nl_batch *batch, uint16_t type, const void *data, size_t len, size_t more)
{
	struct nlattr *attribute;

	if (NLA_HDRLEN + len + more > UINT16_MAX) {
		if (!batch->buf.failed)
			batch->buf.failed = -E2BIG;
		return;
	}
	attribute = reserve(batch, NLA_HDRLEN + len + more);
	if (!attribute)
		return;
	attribute->nla_type = type;
	attribute->nla_len = (uint16_t)(NLA_HDRLEN + len + more);
	if (len > 0)
		memcpy((char *)attribute + NLA_HDRLEN, data, len);
	set_message_len(batch);
}

void nl_put(struct nl_batch *batch, uint16_t type, const void *data, size_t len)
{
	put(batch, type, data, len, 0);
}

void nl_put_str(struct nl_batch *batch, uint16_t type, const char *text)
{
	put(batch, type, text, strlen(text), 1);
}

void nl_put_u8(struct nl_batch *batch, uint16_t type, uint8_t value)
{
	nl_put(batch, type, &value, sizeof(value));
}

void nl_put_u16(struct nl_batch *batch, uint16_t type, uint16_t value)
{
	nl_put(batch, type, &value, sizeof(value));
}

void nl_put_u32(struct nl_batch *batch, uint16_t type, uint32_t value)
{
	nl_put(batch, type, &value, sizeof(value));
}

void nl_put_u64(struct nl_batch *batch, uint16_t type, uint64_t value)
{
	nl_put(batch, type, &value, sizeof(value));
}

void nl_put_be32(struct nl_batch *batch, uint16_t type, uint32_t value)
{
	nl_put_u32(batch, type, htonl(value));
}

size_t nl_nest(struct nl_batch *batch, uint16_t type)
{
	return nl_nest_header(batch, type, NULL, 0);
}

size_t nl_nest_header(struct nl_batch *batch, uint16_t type, const void *prefix, size_t len)
{
	size_t at = batch->buf.len;

	put(batch, type, prefix, len, 0);
	return at;
}

void nl_nest_end(struct nl_batch *batch, size_t nest)
{
	size_t len = batch->buf.len - nest;

	if (batch->buf.failed)
		return;
	if (len > UINT16_MAX)
		batch->buf.failed = -E2BIG;
	else
		((struct nlattr *)(batch->buf.data + nest))->nla_len = (uint16_t)len;
}

size_t nl_message_len(const struct nl_batch *batch)
{
	return batch->buf.len - batch->message;
}

/* --- talking --------------------------------------------------------------------------------- */

/* The description of message number `at` of a batch. */
static const char *what_of(const struct nl_batch *batch, uint32_t at)
{
	const char *what = buf_str(&batch->what), *end = what + batch->what.len;

	while (at-- > 0 && what < end)
		what += strlen(what) + 1;
	return what < end && *what ? what : "netlink";
}

static void number(struct nl_batch *batch, uint32_t seq)
{
	size_t at = 0;

	while (at < batch->buf.len) {
		struct nlmsghdr *message = (struct nlmsghdr *)(batch->buf.data + at);

		message->nlmsg_seq = seq++;
		at += NLMSG_ALIGN(message->nlmsg_len);
	}
}

/* What the kernel adds in words; attributes lie behind the header of the request, which alone is
 * given back (NETLINK_CAP_ACK). */
static const char *extended(const struct nlmsghdr *message)
{
	const struct nlattr *table[NLMSGERR_ATTR_MAX + 1];

	if (!(message->nlmsg_flags & NLM_F_ACK_TLVS))
		return NULL;
	nl_parse(message, sizeof(struct nlmsgerr), table, NLMSGERR_ATTR_MAX);
	return nl_get_str(table[NLMSGERR_ATTR_MSG]);
}

static int refused(const struct nlmsghdr *message, const char *what, struct err *err)
{
	const struct nlmsgerr *answer = NLMSG_DATA(message);
	const char *reason = extended(message);

	if (reason)
		return err_sys(err, answer->error, "%s (%s)", what, reason);
	return err_sys(err, answer->error, "%s", what);
}

static int send_batch(struct nl *nl, struct nl_batch *batch, uint32_t *ret_first, struct err *err)
{
	if (batch->buf.failed || batch->what.failed)
		return err_set(err, ERR_INVALID, batch->buf.failed ? batch->buf.failed : E2BIG,
			       "%s: the request is too large for netlink", what_of(batch, 0));
	*ret_first = nl->seq;
	number(batch, nl->seq);
	nl->seq += 1 << 16; /* more than a batch has messages */
	while (send(nl->fd, batch->buf.data, batch->buf.len, 0) < 0)
		if (errno != EINTR)
			return err_sys(err, errno, "%s: send to netlink", what_of(batch, 0));
	return 0;
}

/* All answers are there when send() returns: the kernel worked in it. Of a batch of nftables a
 * refusal may come more than once, and for its first mark. */
static int read_answers(struct nl *nl, const struct nl_batch *batch, uint32_t first,
			struct err *err)
{
	static _Thread_local char room[ANSWER_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	int result = 0;
	ssize_t len;

	while ((len = recv(nl->fd, room, sizeof(room), MSG_DONTWAIT)) >= 0 || errno == EINTR) {
		struct nlmsghdr *message = (struct nlmsghdr *)room;

		for (; NLMSG_OK(message, len); message = NLMSG_NEXT(message, len)) {
			const struct nlmsgerr *answer = NLMSG_DATA(message);

			if (message->nlmsg_type != NLMSG_ERROR || !answer->error || result < 0 ||
			    message->nlmsg_seq - first >= 1 << 16)
				continue;
			result = refused(message, what_of(batch, message->nlmsg_seq - first), err);
		}
	}
	if (errno != EAGAIN && result == 0)
		return err_sys(err, errno, "%s: answers of netlink", what_of(batch, 0));
	return result;
}

static void clear(struct nl_batch *batch)
{
	buf_clear(&batch->buf);
	buf_clear(&batch->what);
	batch->buf.failed = batch->what.failed = 0;
}

int nl_send(struct nl *nl, struct nl_batch *batch, struct err *err)
{
	uint32_t first;
	int r =
	    nl_batch_is_empty(batch) && !batch->buf.failed ? 1 : send_batch(nl, batch, &first, err);

	if (r == 0)
		r = read_answers(nl, batch, first, err);
	clear(batch);
	return r > 0 ? 0 : r;
}

/* 1: more to come. */
static int take_answer(const struct nl_batch *batch, const struct nlmsghdr *message, nl_fn fn,
		       void *arg, struct err *err)
{
	const struct nlmsgerr *answer = NLMSG_DATA(message);
	int r;

	if (message->nlmsg_flags & NLM_F_DUMP_INTR)
		return err_set(err, ERR_ENGINE, EAGAIN, "%s: changed meanwhile", what_of(batch, 0));
	if (message->nlmsg_type == NLMSG_DONE)
		return 0;
	if (message->nlmsg_type == NLMSG_ERROR)
		return answer->error ? refused(message, what_of(batch, 0), err) : 0;
	r = fn(arg, message);
	if (r != 0)
		return r < 0 ? r : -ECANCELED;
	return message->nlmsg_flags & NLM_F_MULTI ? 1 : 0;
}

static int read_dump(struct nl *nl, const struct nl_batch *batch, uint32_t first, nl_fn fn,
		     void *arg, struct err *err)
{
	char *room cleanup_free = malloc(ANSWER_MAX);
	ssize_t len;
	int r = 1;

	if (!room)
		return err_oom(err);
	while (r == 1) {
		struct nlmsghdr *message = (struct nlmsghdr *)room;

		len = recv(nl->fd, room, ANSWER_MAX, 0);
		if (len < 0 && errno != EINTR)
			return err_sys(err, errno, "%s: answers of netlink", what_of(batch, 0));
		for (; r == 1 && len > 0 && NLMSG_OK(message, len);
		     message = NLMSG_NEXT(message, len))
			if (message->nlmsg_seq == first)
				r = take_answer(batch, message, fn, arg, err);
	}
	return r;
}

/* What is left of an answer that was not read to its end would be taken for the next one's. */
static void drain(struct nl *nl)
{
	char room[64];

	while (recv(nl->fd, room, sizeof(room), MSG_DONTWAIT | MSG_TRUNC) >= 0)
		;
}

int nl_ask(struct nl *nl, struct nl_batch *batch, nl_fn fn, void *arg, struct err *err)
{
	uint32_t first;
	int r = send_batch(nl, batch, &first, err);

	if (r == 0)
		r = read_dump(nl, batch, first, fn, arg, err);
	if (r < 0)
		drain(nl);
	clear(batch);
	return r;
}

/* --- reading --------------------------------------------------------------------------------- */

static void parse(const char *at, size_t len, const struct nlattr **table, unsigned max)
{
	memset(table, 0, sizeof(*table) * (max + 1));
	while (len >= NLA_HDRLEN) {
		const struct nlattr *attribute = (const struct nlattr *)at;
		unsigned type = attribute->nla_type & NLA_TYPE_MASK;
		size_t step = NLA_ALIGN(attribute->nla_len);

		if (attribute->nla_len < NLA_HDRLEN || attribute->nla_len > len)
			return;
		if (type <= max)
			table[type] = attribute;
		if (step >= len)
			return;
		at += step;
		len -= step;
	}
}

void nl_parse(const struct nlmsghdr *message, size_t header_len, const struct nlattr **table,
	      unsigned max)
{
	size_t skip = NLMSG_HDRLEN + NLMSG_ALIGN(header_len);

	if (message->nlmsg_len < skip)
		parse(NULL, 0, table, max);
	else
		parse((const char *)message + skip, message->nlmsg_len - skip, table, max);
}

void nl_parse_nested(const struct nlattr *attribute, const struct nlattr **table, unsigned max)
{
	parse(nl_data(attribute), nl_len(attribute), table, max);
}

uint32_t nl_get_u32(const struct nlattr *attribute)
{
	uint32_t value = 0;

	if (attribute && nl_len(attribute) == sizeof(value))
		memcpy(&value, nl_data(attribute), sizeof(value));
	return value;
}

uint32_t nl_get_be32(const struct nlattr *attribute)
{
	return ntohl(nl_get_u32(attribute));
}

const char *nl_get_str(const struct nlattr *attribute)
{
	size_t len = attribute ? nl_len(attribute) : 0;
	const char *text = attribute ? nl_data(attribute) : NULL;

	return len > 0 && text[len - 1] == '\0' ? text : NULL;
}
