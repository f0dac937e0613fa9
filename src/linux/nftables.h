/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nf_tables by netlink: one transaction on one table of the family inet. Messages are collected and
 * committed by nft_commit(), all or none of them.
 *
 * Registers are the kernel's 32-bit ones, counted from 0 here; a value takes as many as it needs,
 * and values of a concatenation lie in registers one behind the other.
 */
#ifndef CORACLE_LINUX_NFTABLES_H
#define CORACLE_LINUX_NFTABLES_H

#include <netinet/in.h> /* before linux/netfilter.h, which has the same names */

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "linux/netlink.h"

struct nft {
	struct nl_batch batch;
	const char *table;
	uint32_t set_id;
	const char *set; /* of the elements that are being added */
	bool deleting;
	size_t list, expressions; /* open nests */
};
/* `table` is borrowed until nft_commit() or nft_free(). */
void nft_begin(struct nft *t, const char *table);
void nft_free(struct nft *t);
#define cleanup_nft cleanup_with(nft_free)

/* Ends the transaction and sends it; *t is empty afterwards. Errors name the object and the
 * kernel's reason; -ENOENT where the table, a set or an element is missing. */
int nft_commit(struct nl *nl, struct nft *t, struct err *err);

void nft_add_table(struct nft *t);
void nft_delete_table(struct nft *t);

/* A chain to jump to; and one at a hook (NF_INET_*), `type` "filter" or "nat", that lets pass what
 * no rule decides. */
void nft_add_chain(struct nft *t, const char *name);
void nft_add_base_chain(struct nft *t, const char *name, const char *type, uint32_t hook,
			int32_t priority);

/* --- sets and maps --------------------------------------------------------------------------- */

enum { NFT_FIELDS_MAX = 4 };

/* A field of a key or of a map's value: the number of its type for nft(8)'s listing, and its size;
 * in a concatenation each is filled up to 4 bytes. */
struct nft_field {
	uint32_t type, len;
};
#define NFT_FIELD_IP4 ((struct nft_field){ 7, 4 })
#define NFT_FIELD_IP6 ((struct nft_field){ 8, 16 })
#define NFT_FIELD_PROTO ((struct nft_field){ 12, 1 })
#define NFT_FIELD_PORT ((struct nft_field){ 13, 2 })
#define NFT_FIELD_LINK ((struct nft_field){ 41, 16 })

struct nft_set {
	const char *name;
	bool interval; /* elements are ranges in each field */
	struct nft_field key[NFT_FIELDS_MAX],
	    value[NFT_FIELDS_MAX]; /* len 0 ends; no value: a set */
};
void nft_add_set(struct nft *t, const struct nft_set *set);

/* Elements of one set, added or deleted. Adding what is there already is fine as long as its value
 * is the same. */
void nft_elements(struct nft *t, const char *set, bool deleting);
/* `key_end` NULL: one key; `value_len` 0: none. Lengths count the filling. */
void nft_element(struct nft *t, const void *key, const void *key_end, size_t key_len,
		 const void *value, size_t value_len);
void nft_elements_end(struct nft *t);

/* --- rules ----------------------------------------------------------------------------------- */

void nft_rule(struct nft *t, const char *chain);
void nft_rule_end(struct nft *t);

/* Loads into register `to`. */
void nft_load_meta(struct nft *t, uint32_t key, unsigned to); /* NFT_META_* */
void nft_load_payload(struct nft *t, uint32_t base, uint32_t offset, uint32_t len, unsigned to);
void nft_load_ct(struct nft *t, uint32_t key, unsigned to); /* NFT_CT_* */
/* The address type of the destination (RTN_LOCAL, …). */
void nft_load_destination_type(struct nft *t, unsigned to);

/* The rule ends here unless register `from` compares so (NFT_CMP_*). */
void nft_compare(struct nft *t, unsigned from, uint32_t op, const void *data, size_t len);
/* from & mask, in place. */
void nft_mask(struct nft *t, unsigned from, const void *mask, size_t len);
/* … unless the key is in the set (`inverted`: is not). */
void nft_in(struct nft *t, const char *set, unsigned from, bool inverted);
/* … unless the key is in the map, whose value is put into `to`. */
void nft_map(struct nft *t, const char *map, unsigned from, unsigned to);

void nft_verdict(struct nft *t, int32_t verdict); /* NF_ACCEPT, NF_DROP, NFT_RETURN */
void nft_jump(struct nft *t, const char *chain);
void nft_masquerade(struct nft *t);
/* To the address in a register, and the port in another (< 0: as it is). */
void nft_dnat(struct nft *t, uint32_t family, unsigned address, int port);

#endif
