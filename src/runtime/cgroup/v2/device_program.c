/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device rules as a BPF program (struct bpf_cgroup_dev_ctx, linux/bpf.h). The last rule that
 * matches decides, for each kind of access by itself: rules are tried from the last to the first,
 * and r3 holds those accesses that are still undecided.
 *
 *     r2 type, r3 undecided accesses, r4 major, r5 minor
 *     each rule:   not this type, major or minor?  → next
 *       allow:     r3 &= ~accesses; r3 == 0?  → allow
 *       deny:      r3 & accesses?  → deny
 *     end: deny
 */
#include "runtime/cgroup/controllers.h"

#include <stdlib.h>
#include <string.h>

#include <linux/bpf.h>

enum { RULE_INSNS_MAX = 10, HEAD_INSNS = 6, TAIL_INSNS = 2 };
enum {
	R0 = BPF_REG_0,
	R1 = BPF_REG_1,
	TYPE = BPF_REG_2,
	WANTED = BPF_REG_3,
	MAJOR = BPF_REG_4,
	MINOR = BPF_REG_5,
	SCRATCH = BPF_REG_6
};

struct program {
	struct bpf_insn *insns;
	size_t count;
};

static void emit(struct program *p, uint8_t code, uint8_t dst, uint8_t src, int16_t off,
		 int32_t imm)
{
	p->insns[p->count++] = (struct bpf_insn){
		.code = code, .dst_reg = dst, .src_reg = src, .off = off, .imm = imm
	};
}

static void load(struct program *p, uint8_t dst, size_t offset)
{
	emit(p, BPF_LDX | BPF_MEM | BPF_W, dst, R1, (int16_t)offset, 0);
}

static void give(struct program *p, int verdict)
{
	emit(p, BPF_ALU64 | BPF_MOV | BPF_K, R0, 0, 0, verdict);
	emit(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

static int32_t accesses(const struct oci_device_rule *d)
{
	return (d->read ? BPF_DEVCG_ACC_READ : 0) | (d->write ? BPF_DEVCG_ACC_WRITE : 0) |
	       (d->mknod ? BPF_DEVCG_ACC_MKNOD : 0);
}

/* Jumps to the next rule are emitted with offset 0 and get it when the rule is complete. */
static void emit_rule(struct program *p, const struct oci_device_rule *d)
{
	size_t jumps[4], count = 0;
	int32_t mask = accesses(d);

	if (mask == 0)
		return;
	if (d->type != 'a') {
		jumps[count++] = p->count;
		emit(p, BPF_JMP | BPF_JNE | BPF_K, TYPE, 0, 0,
		     d->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
	}
	if (d->major >= 0) {
		jumps[count++] = p->count;
		emit(p, BPF_JMP | BPF_JNE | BPF_K, MAJOR, 0, 0, (int32_t)d->major);
	}
	if (d->minor >= 0) {
		jumps[count++] = p->count;
		emit(p, BPF_JMP | BPF_JNE | BPF_K, MINOR, 0, 0, (int32_t)d->minor);
	}
	if (cg_rule_is_total(d)) { /* nothing may follow that cannot be reached */
		give(p, d->allow);
		return;
	}
	if (d->allow) {
		emit(p, BPF_ALU64 | BPF_AND | BPF_K, WANTED, 0, 0, ~mask);
		jumps[count++] = p->count;
		emit(p, BPF_JMP | BPF_JNE | BPF_K, WANTED, 0, 0, 0);
	} else {
		emit(p, BPF_ALU64 | BPF_MOV | BPF_X, SCRATCH, WANTED, 0, 0);
		emit(p, BPF_ALU64 | BPF_AND | BPF_K, SCRATCH, 0, 0, mask);
		jumps[count++] = p->count;
		emit(p, BPF_JMP | BPF_JEQ | BPF_K, SCRATCH, 0, 0, 0);
	}
	give(p, d->allow);
	for (size_t i = 0; i < count; i++)
		p->insns[jumps[i]].off = (int16_t)(p->count - jumps[i] - 1);
}

int cg_device_program(const struct cg_rules *rules, struct bpf_insn **ret, size_t *count,
		      struct err *err)
{
	size_t start = cg_rules_start(rules);
	struct program p = { 0 };

	p.insns = calloc(HEAD_INSNS + TAIL_INSNS + (rules->count - start) * RULE_INSNS_MAX,
			 sizeof(*p.insns));
	if (!p.insns)
		return err_oom(err);
	load(&p, TYPE, offsetof(struct bpf_cgroup_dev_ctx, access_type));
	emit(&p, BPF_ALU64 | BPF_MOV | BPF_X, WANTED, TYPE, 0, 0);
	emit(&p, BPF_ALU64 | BPF_RSH | BPF_K, WANTED, 0, 0, 16);
	emit(&p, BPF_ALU64 | BPF_AND | BPF_K, TYPE, 0, 0, 0xffff);
	load(&p, MAJOR, offsetof(struct bpf_cgroup_dev_ctx, major));
	load(&p, MINOR, offsetof(struct bpf_cgroup_dev_ctx, minor));
	for (size_t i = rules->count; i > start; i--)
		emit_rule(&p, &rules->items[i - 1]);
	if (rules->count == start || !cg_rule_is_total(&rules->items[start]))
		give(&p, 0);
	*ret = p.insns;
	*count = p.count;
	return 0;
}
