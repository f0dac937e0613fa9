/* SPDX-License-Identifier: Apache-2.0 */
/* What a compiled filter answers to a call, without making it: the classic BPF that seccomp(2)
 * accepts, interpreted. */
#ifndef CORACLE_TESTS_SECCOMP_SIM_H
#define CORACLE_TESTS_SECCOMP_SIM_H

#include <linux/seccomp.h>

#include "runtime/sec/sec.h"

static inline uint32_t sim_load(const struct seccomp_data *d, uint32_t at)
{
	uint32_t word;

	assert_true(at % 4 == 0 && at + 4 <= sizeof(*d));
	memcpy(&word, (const char *)d + at, 4);
	return word;
}

static inline bool sim_test(const struct sock_filter *i, uint32_t a)
{
	switch (BPF_OP(i->code)) {
	case BPF_JEQ:
		return a == i->k;
	case BPF_JGT:
		return a > i->k;
	case BPF_JGE:
		return a >= i->k;
	case BPF_JSET:
		return (a & i->k) != 0;
	}
	fail_msg("jump %#x", i->code);
	return false;
}

/* SECCOMP_RET_* with its data. */
static inline uint32_t sim_run(const struct sec_filter *f, uint32_t arch, int nr, uint64_t arg0)
{
	struct seccomp_data d = { .nr = nr, .arch = arch, .args = { arg0 } };
	uint32_t a = 0;

	for (size_t pc = 0; pc < f->length; pc++) {
		const struct sock_filter *i = &f->code[pc];

		switch (i->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			a = sim_load(&d, i->k);
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= i->k;
			break;
		case BPF_JMP | BPF_JA:
			pc += i->k;
			break;
		case BPF_RET | BPF_K:
			return i->k;
		default:
			assert_int_equal(BPF_CLASS(i->code), BPF_JMP);
			pc += sim_test(i, a) ? i->jt : i->jf;
		}
	}
	fail_msg("ran past the end");
	return 0;
}

#endif
