/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/nftables.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

#include "base/cleanup.h"

enum { TYPE_BITS = 6, MESSAGE_MAX = 32 << 10 };

/* --- the transaction ------------------------------------------------------------------------- */

static void mark(struct nft *t, uint16_t type)
{
	struct nfgenmsg header = { .version = NFNETLINK_V0, .res_id = htons(NFNL_SUBSYS_NFTABLES) };

	nl_begin(&t->batch, type, 0, &header, sizeof(header), "rules of table %s", t->table);
}

void nft_begin(struct nft *t, const char *table)
{
	*t = (struct nft){ .batch = NL_BATCH_INIT, .table = table };
	mark(t, NFNL_MSG_BATCH_BEGIN);
}

void nft_free(struct nft *t)
{
	nl_batch_free(&t->batch);
}

int nft_commit(struct nl *nl, struct nft *t, struct err *err)
{
	int r;

	mark(t, NFNL_MSG_BATCH_END);
	r = nl_send(nl, &t->batch, err);
	nft_free(t);
	return r;
}

static struct nfgenmsg header_inet(void)
{
	return (struct nfgenmsg){ .nfgen_family = NFPROTO_INET, .version = NFNETLINK_V0 };
}

#define BEGIN(t, type, flags, ...)                                                           \
	do {                                                                                 \
		struct nfgenmsg header_ = header_inet();                                     \
		nl_begin(&(t)->batch, NFNL_SUBSYS_NFTABLES << 8 | (type), (flags), &header_, \
			 sizeof(header_), __VA_ARGS__);                                      \
	} while (0)

static size_t nest(struct nft *t, uint16_t type)
{
	return nl_nest(&t->batch, NLA_F_NESTED | type);
}

static void nest_end(struct nft *t, size_t at)
{
	nl_nest_end(&t->batch, at);
}

static void put(struct nft *t, uint16_t type, uint32_t value)
{
	nl_put_be32(&t->batch, type, value);
}

void nft_add_table(struct nft *t)
{
	BEGIN(t, NFT_MSG_NEWTABLE, NLM_F_CREATE, "add table inet %s", t->table);
	nl_put_str(&t->batch, NFTA_TABLE_NAME, t->table);
}

void nft_delete_table(struct nft *t)
{
	BEGIN(t, NFT_MSG_DELTABLE, 0, "delete table inet %s", t->table);
	nl_put_str(&t->batch, NFTA_TABLE_NAME, t->table);
}

/* --- chains ---------------------------------------------------------------------------------- */

void nft_add_chain(struct nft *t, const char *name)
{
	BEGIN(t, NFT_MSG_NEWCHAIN, NLM_F_CREATE, "add chain inet %s %s", t->table, name);
	nl_put_str(&t->batch, NFTA_CHAIN_TABLE, t->table);
	nl_put_str(&t->batch, NFTA_CHAIN_NAME, name);
}

void nft_add_base_chain(struct nft *t, const char *name, const char *type, uint32_t hook,
			int32_t priority)
{
	size_t at;

	nft_add_chain(t, name);
	nl_put_str(&t->batch, NFTA_CHAIN_TYPE, type);
	at = nest(t, NFTA_CHAIN_HOOK);
	put(t, NFTA_HOOK_HOOKNUM, hook);
	put(t, NFTA_HOOK_PRIORITY, (uint32_t)priority);
	nest_end(t, at);
	put(t, NFTA_CHAIN_POLICY, NF_ACCEPT);
}

/* --- sets ------------------------------------------------------------------------------------ */

static uint32_t filled(uint32_t len)
{
	return (len + 3) & ~UINT32_C(3);
}

/* One type stands for itself, several for a concatenation of six bits each. */
static void measure(const struct nft_field fields[NFT_FIELDS_MAX], uint32_t *ret_type,
		    uint32_t *ret_len, unsigned *ret_count)
{
	uint32_t type = 0, len = 0;
	unsigned n = 0;

	for (; n < NFT_FIELDS_MAX && fields[n].len; n++) {
		type = type << TYPE_BITS | fields[n].type;
		len += filled(fields[n].len);
	}
	*ret_type = type;
	*ret_len = n == 1 ? fields[0].len : len;
	*ret_count = n;
}

/* How many bytes of a concatenation belong to which field: what the kernel's pipapo works by. */
static void put_description(struct nft *t, const struct nft_set *set, unsigned count)
{
	size_t description = nest(t, NFTA_SET_DESC), concat = nest(t, NFTA_SET_DESC_CONCAT), field;

	for (unsigned i = 0; i < count; i++) {
		field = nest(t, NFTA_LIST_ELEM);
		put(t, NFTA_SET_FIELD_LEN, filled(set->key[i].len));
		nest_end(t, field);
	}
	nest_end(t, concat);
	nest_end(t, description);
}

/* For nft(8) alone: names of links are text, not numbers to be turned round. */
static void put_byte_order(struct nft *t)
{
	enum { KEY_BYTE_ORDER = 0, HOST_ENDIAN = 1 };
	const struct {
		uint8_t type, len;
		uint32_t value;
	} __attribute__((packed)) order = { KEY_BYTE_ORDER, sizeof(uint32_t), HOST_ENDIAN };

	nl_put(&t->batch, NFTA_SET_USERDATA, &order, sizeof(order));
}

void nft_add_set(struct nft *t, const struct nft_set *set)
{
	uint32_t key_type, key_len, value_type, value_len, flags = 0;
	unsigned key_count, value_count;

	measure(set->key, &key_type, &key_len, &key_count);
	measure(set->value, &value_type, &value_len, &value_count);
	if (set->interval)
		flags |= NFT_SET_INTERVAL;
	if (key_count > 1)
		flags |= NFT_SET_CONCAT;
	if (value_count > 0)
		flags |= NFT_SET_MAP;
	BEGIN(t, NFT_MSG_NEWSET, NLM_F_CREATE, "add set inet %s %s", t->table, set->name);
	nl_put_str(&t->batch, NFTA_SET_TABLE, t->table);
	nl_put_str(&t->batch, NFTA_SET_NAME, set->name);
	put(t, NFTA_SET_ID, ++t->set_id);
	put(t, NFTA_SET_FLAGS, flags);
	put(t, NFTA_SET_KEY_TYPE, key_type);
	put(t, NFTA_SET_KEY_LEN, key_len);
	if (value_count > 0) {
		put(t, NFTA_SET_DATA_TYPE, value_type);
		put(t, NFTA_SET_DATA_LEN, value_len);
	}
	if (key_count > 1)
		put_description(t, set, key_count);
	else if (set->key[0].type == NFT_FIELD_LINK.type)
		put_byte_order(t);
}

void nft_elements(struct nft *t, const char *set, bool deleting)
{
	BEGIN(t, deleting ? NFT_MSG_DELSETELEM : NFT_MSG_NEWSETELEM, deleting ? 0 : NLM_F_CREATE,
	      "%s set inet %s %s", deleting ? "delete elements of" : "add elements to", t->table,
	      set);
	nl_put_str(&t->batch, NFTA_SET_ELEM_LIST_TABLE, t->table);
	nl_put_str(&t->batch, NFTA_SET_ELEM_LIST_SET, set);
	t->list = nest(t, NFTA_SET_ELEM_LIST_ELEMENTS);
	t->set = set;
	t->deleting = deleting;
}

static void put_value(struct nft *t, uint16_t type, const void *data, size_t len)
{
	size_t at = nest(t, type);

	nl_put(&t->batch, NFTA_DATA_VALUE, data, len);
	nest_end(t, at);
}

/* An attribute holds 64 KiB: a long list goes on in a message of its own. */
void nft_element(struct nft *t, const void *key, const void *key_end, size_t key_len,
		 const void *value, size_t value_len)
{
	size_t at;

	if (nl_message_len(&t->batch) > MESSAGE_MAX) {
		nft_elements_end(t);
		nft_elements(t, t->set, t->deleting);
	}
	at = nest(t, NFTA_LIST_ELEM);
	put_value(t, NFTA_SET_ELEM_KEY, key, key_len);
	if (key_end)
		put_value(t, NFTA_SET_ELEM_KEY_END, key_end, key_len);
	if (value_len > 0 && !t->deleting)
		put_value(t, NFTA_SET_ELEM_DATA, value, value_len);
	nest_end(t, at);
}

void nft_elements_end(struct nft *t)
{
	nest_end(t, t->list);
}

/* --- rules ----------------------------------------------------------------------------------- */

void nft_rule(struct nft *t, const char *chain)
{
	BEGIN(t, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, "add rule inet %s %s", t->table,
	      chain);
	nl_put_str(&t->batch, NFTA_RULE_TABLE, t->table);
	nl_put_str(&t->batch, NFTA_RULE_CHAIN, chain);
	t->expressions = nest(t, NFTA_RULE_EXPRESSIONS);
}

void nft_rule_end(struct nft *t)
{
	nest_end(t, t->expressions);
}

struct open_expression {
	size_t element, data;
};

static struct open_expression open_expression(struct nft *t, const char *name)
{
	struct open_expression e = { .element = nest(t, NFTA_LIST_ELEM) };

	nl_put_str(&t->batch, NFTA_EXPR_NAME, name);
	e.data = nest(t, NFTA_EXPR_DATA);
	return e;
}

static void close_expression(struct nft *t, struct open_expression e)
{
	nest_end(t, e.data);
	nest_end(t, e.element);
}

static void put_register(struct nft *t, uint16_t type, unsigned number)
{
	put(t, type, NFT_REG32_00 + number);
}

void nft_load_meta(struct nft *t, uint32_t key, unsigned to)
{
	struct open_expression e = open_expression(t, "meta");

	put(t, NFTA_META_KEY, key);
	put_register(t, NFTA_META_DREG, to);
	close_expression(t, e);
}

void nft_load_payload(struct nft *t, uint32_t base, uint32_t offset, uint32_t len, unsigned to)
{
	struct open_expression e = open_expression(t, "payload");

	put_register(t, NFTA_PAYLOAD_DREG, to);
	put(t, NFTA_PAYLOAD_BASE, base);
	put(t, NFTA_PAYLOAD_OFFSET, offset);
	put(t, NFTA_PAYLOAD_LEN, len);
	close_expression(t, e);
}

void nft_load_ct(struct nft *t, uint32_t key, unsigned to)
{
	struct open_expression e = open_expression(t, "ct");

	put(t, NFTA_CT_KEY, key);
	put_register(t, NFTA_CT_DREG, to);
	close_expression(t, e);
}

void nft_load_destination_type(struct nft *t, unsigned to)
{
	struct open_expression e = open_expression(t, "fib");

	put_register(t, NFTA_FIB_DREG, to);
	put(t, NFTA_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
	put(t, NFTA_FIB_FLAGS, NFTA_FIB_F_DADDR);
	close_expression(t, e);
}

void nft_compare(struct nft *t, unsigned from, uint32_t op, const void *data, size_t len)
{
	struct open_expression e = open_expression(t, "cmp");

	put_register(t, NFTA_CMP_SREG, from);
	put(t, NFTA_CMP_OP, op);
	put_value(t, NFTA_CMP_DATA, data, len);
	close_expression(t, e);
}

void nft_mask(struct nft *t, unsigned from, const void *mask, size_t len)
{
	static const char zero[16];
	struct open_expression e = open_expression(t, "bitwise");

	put_register(t, NFTA_BITWISE_SREG, from);
	put_register(t, NFTA_BITWISE_DREG, from);
	put(t, NFTA_BITWISE_LEN, (uint32_t)len);
	put_value(t, NFTA_BITWISE_MASK, mask, len);
	put_value(t, NFTA_BITWISE_XOR, zero, len);
	close_expression(t, e);
}

void nft_in(struct nft *t, const char *set, unsigned from, bool inverted)
{
	struct open_expression e = open_expression(t, "lookup");

	nl_put_str(&t->batch, NFTA_LOOKUP_SET, set);
	put_register(t, NFTA_LOOKUP_SREG, from);
	if (inverted)
		put(t, NFTA_LOOKUP_FLAGS, NFT_LOOKUP_F_INV);
	close_expression(t, e);
}

void nft_map(struct nft *t, const char *map, unsigned from, unsigned to)
{
	struct open_expression e = open_expression(t, "lookup");

	nl_put_str(&t->batch, NFTA_LOOKUP_SET, map);
	put_register(t, NFTA_LOOKUP_SREG, from);
	put_register(t, NFTA_LOOKUP_DREG, to);
	close_expression(t, e);
}

static void put_verdict(struct nft *t, int32_t verdict, const char *chain)
{
	struct open_expression e = open_expression(t, "immediate");
	size_t data, code;

	put(t, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	data = nest(t, NFTA_IMMEDIATE_DATA);
	code = nest(t, NFTA_DATA_VERDICT);
	put(t, NFTA_VERDICT_CODE, (uint32_t)verdict);
	if (chain)
		nl_put_str(&t->batch, NFTA_VERDICT_CHAIN, chain);
	nest_end(t, code);
	nest_end(t, data);
	close_expression(t, e);
}

void nft_verdict(struct nft *t, int32_t verdict)
{
	put_verdict(t, verdict, NULL);
}

void nft_jump(struct nft *t, const char *chain)
{
	put_verdict(t, NFT_JUMP, chain);
}

void nft_masquerade(struct nft *t)
{
	close_expression(t, open_expression(t, "masq"));
}

void nft_dnat(struct nft *t, uint32_t family, unsigned address, int port)
{
	struct open_expression e = open_expression(t, "nat");

	put(t, NFTA_NAT_TYPE, NFT_NAT_DNAT);
	put(t, NFTA_NAT_FAMILY, family);
	put_register(t, NFTA_NAT_REG_ADDR_MIN, address);
	if (port >= 0)
		put_register(t, NFTA_NAT_REG_PROTO_MIN, (unsigned)port);
	close_expression(t, e);
}
