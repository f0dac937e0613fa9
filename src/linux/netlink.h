/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Netlink (netlink(7), and rtnetlink(7) on it): messages are collected in a batch and sent with one
 * system call; the kernel works through it before that returns.
 *
 * Debian has no static libmnl, and the programs that start containers are static: so the few lines
 * of it that we need are here.
 */
#ifndef CORACLE_LINUX_NETLINK_H
#define CORACLE_LINUX_NETLINK_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"

struct nl {
	int fd;
	uint32_t seq;
};
#define NL_NONE ((struct nl){ .fd = -1 })

/* A socket of NETLINK_ROUTE, NETLINK_NETFILTER, NETLINK_SOCK_DIAG in the caller's network
 * namespace; it stays there wherever it is passed to. */
int nl_open(int protocol, struct nl *ret, struct err *err);
/* Takes a socket over that another process opened; same settings. */
struct nl nl_take(int fd);
void nl_close(struct nl *nl);
#define cleanup_nl cleanup_with(nl_close)

/* --- building ------------------------------------------------------------------------------------
 * A batch holds complete messages. Attributes go to the message begun last. What does not fit (a
 * batch of 16 MiB, an attribute of 64 KiB: its length has 16 bits) fails the whole batch, which
 * nl_send() reports: no call needs checking.
 */
struct nl_batch {
	struct buf buf;
	size_t message;	 /* offset of the open message */
	struct buf what; /* per message its description, NUL-terminated */
};
#define NL_BATCH_INIT ((struct nl_batch){ .buf = BUF_INIT(16 << 20), .what = BUF_INIT(4 << 20) })
void nl_batch_free(struct nl_batch *batch);
#define cleanup_nl_batch cleanup_with(nl_batch_free)
static inline bool nl_batch_is_empty(const struct nl_batch *batch)
{
	return batch->buf.len == 0;
}

/* Begins a message: NLM_F_REQUEST and `flags`, then the family's header (struct ifinfomsg, …).
 * `format` says what it does, for errors: "add address 10.0.0.2/24 to eth0". */
void nl_begin(struct nl_batch *batch, uint16_t type, uint16_t flags, const void *header,
	      size_t header_len, const char *format, ...) __attribute__((format(printf, 6, 7)));
void nl_put(struct nl_batch *batch, uint16_t type, const void *data, size_t len);
void nl_put_str(struct nl_batch *batch, uint16_t type, const char *text); /* with its NUL */
void nl_put_u8(struct nl_batch *batch, uint16_t type, uint8_t value);
void nl_put_u16(struct nl_batch *batch, uint16_t type, uint16_t value);
void nl_put_u32(struct nl_batch *batch, uint16_t type, uint32_t value);
void nl_put_u64(struct nl_batch *batch, uint16_t type, uint64_t value);
void nl_put_be32(struct nl_batch *batch, uint16_t type, uint32_t value);
/* An attribute that holds attributes, until nl_nest_end(); returns what that takes. Set
 * NLA_F_NESTED in `type` where the kernel wants it (nftables, newer rtnetlink); rtnetlink takes
 * both. `prefix` are bytes before the first attribute (VETH_INFO_PEER has a struct ifinfomsg
 * there); 0: none. */
size_t nl_nest(struct nl_batch *batch, uint16_t type);
size_t nl_nest_header(struct nl_batch *batch, uint16_t type, const void *prefix, size_t len);
void nl_nest_end(struct nl_batch *batch, size_t nest);
/* Bytes of the message begun last: elements are split over messages by this. */
size_t nl_message_len(const struct nl_batch *batch);

/* --- talking --------------------------------------------------------------------------------- */

/* Sends the batch. What is refused is answered, whether NLM_F_ACK asked for an answer or not; the
 * first refusal is the error: its description, the kernel's reason and the extended text ("add … :
 * No such device (invalid master)"), class ERR_ENGINE, code its errno. Messages behind a refused
 * one were still worked through (rtnetlink) or all undone (nftables, between its batch marks). The
 * batch is empty afterwards in any case. */
int nl_send(struct nl *nl, struct nl_batch *batch, struct err *err);

/* Sends one request with NLM_F_DUMP (or one that has an answer) and calls back with each message of
 * the answer until it is done; a callback's non-zero value ends it and is returned. */
typedef int (*nl_fn)(void *arg, const struct nlmsghdr *message);
int nl_ask(struct nl *nl, struct nl_batch *batch, nl_fn fn, void *arg, struct err *err);

/* --- reading --------------------------------------------------------------------------------- */

/* Attributes behind the family's header by their type: table[0 … max], NULL where absent. Nothing
 * past the message is touched whatever its lengths say. */
void nl_parse(const struct nlmsghdr *message, size_t header_len, const struct nlattr **table,
	      unsigned max);
void nl_parse_nested(const struct nlattr *attribute, const struct nlattr **table, unsigned max);
static inline const void *nl_data(const struct nlattr *attribute)
{
	return (const char *)attribute + NLA_HDRLEN;
}
static inline size_t nl_len(const struct nlattr *attribute)
{
	return attribute->nla_len - NLA_HDRLEN;
}
/* 0 where the attribute is missing or has another size. */
uint32_t nl_get_u32(const struct nlattr *attribute);
uint32_t nl_get_be32(const struct nlattr *attribute);
/* NULL where it is missing or not NUL-terminated. */
const char *nl_get_str(const struct nlattr *attribute);

#endif
