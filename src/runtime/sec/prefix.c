/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/sec/prefix.h"

#include <errno.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>

#include "base/cleanup.h"
#include "base/str.h"

enum {
	ARCH_AT = offsetof(struct seccomp_data, arch),
	NUMBER_AT = offsetof(struct seccomp_data, nr),
	ARG0_AT = offsetof(struct seccomp_data, args), /* its lower half: both machines are
							  little-endian */
	X32_BIT = 0x40000000,
};

static void emit(struct prefix *p, unsigned code, uint32_t k, unsigned yes, unsigned no)
{
	if (p->length < PREFIX_MAX)
		p->code[p->length] = (struct sock_filter){
			.code = (uint16_t)code, .k = k, .jt = (uint8_t)yes, .jf = (uint8_t)no
		};
	p->length++;
}

static void emit_load(struct prefix *p, uint32_t at)
{
	emit(p, BPF_LD | BPF_W | BPF_ABS, at, 0, 0);
}

static void emit_return_if(struct prefix *p, unsigned test, uint32_t value, uint32_t action)
{
	emit(p, BPF_JMP | test | BPF_K, value, 0, 1);
	emit(p, BPF_RET | BPF_K, action, 0, 0);
}

/* A jump whose target is filled in by patch(): the distance of JA has 32 bits. */
static size_t emit_jump(struct prefix *p)
{
	emit(p, BPF_JMP | BPF_JA, 0, 0, 0);
	return p->length - 1;
}

static void patch(struct prefix *p, size_t jump)
{
	if (jump < PREFIX_MAX)
		p->code[jump].k = (uint32_t)(p->length - jump - 1);
}

void prefix_add_newer(struct prefix *p, int number, uint32_t action)
{
	for (size_t i = 0; i < p->newer_count; i++)
		if (p->newer[i].number == number)
			return;
	if (p->newer_count == PREFIX_NEWER_MAX)
		return;
	p->newer[p->newer_count].number = number;
	p->newer[p->newer_count++].action = action;
}

/* --- hidden calls --------------------------------------------------------------------------- */

enum { I386_SOCKETCALL = 102, I386_IPC = 117 };

static const struct hidden_call {
	const char *name;
	int by;	       /* the i386 call that hides it … */
	unsigned code; /* … under this first argument */
} hidden_calls[] = {
	{ "socket", I386_SOCKETCALL, 1 },
	{ "bind", I386_SOCKETCALL, 2 },
	{ "connect", I386_SOCKETCALL, 3 },
	{ "listen", I386_SOCKETCALL, 4 },
	{ "accept", I386_SOCKETCALL, 5 },
	{ "getsockname", I386_SOCKETCALL, 6 },
	{ "getpeername", I386_SOCKETCALL, 7 },
	{ "socketpair", I386_SOCKETCALL, 8 },
	{ "send", I386_SOCKETCALL, 9 },
	{ "recv", I386_SOCKETCALL, 10 },
	{ "sendto", I386_SOCKETCALL, 11 },
	{ "recvfrom", I386_SOCKETCALL, 12 },
	{ "shutdown", I386_SOCKETCALL, 13 },
	{ "setsockopt", I386_SOCKETCALL, 14 },
	{ "getsockopt", I386_SOCKETCALL, 15 },
	{ "sendmsg", I386_SOCKETCALL, 16 },
	{ "recvmsg", I386_SOCKETCALL, 17 },
	{ "accept4", I386_SOCKETCALL, 18 },
	{ "recvmmsg", I386_SOCKETCALL, 19 },
	{ "sendmmsg", I386_SOCKETCALL, 20 },
	{ "semop", I386_IPC, 1 },
	{ "semget", I386_IPC, 2 },
	{ "semctl", I386_IPC, 3 },
	{ "semtimedop", I386_IPC, 4 },
	{ "msgsnd", I386_IPC, 11 },
	{ "msgrcv", I386_IPC, 12 },
	{ "msgget", I386_IPC, 13 },
	{ "msgctl", I386_IPC, 14 },
	{ "shmat", I386_IPC, 21 },
	{ "shmdt", I386_IPC, 22 },
	{ "shmget", I386_IPC, 23 },
	{ "shmctl", I386_IPC, 24 },
};

/* Whether some rule looks at the call's arguments. */
static bool has_conditions(const struct oci_seccomp *s, const char *name)
{
	for (size_t i = 0; i < s->rule_count; i++)
		if (s->rules[i].arg_count && strv_contains(&s->rules[i].names, name))
			return true;
	return false;
}

static void hide(struct prefix *p, const struct oci_seccomp *s, int by)
{
	size_t other = 0;
	bool begun = false;

	for (size_t i = 0; i < ARRAY_SIZE(hidden_calls); i++) {
		const struct hidden_call *call = &hidden_calls[i];

		if (call->by != by || !has_conditions(s, call->name))
			continue;
		if (!begun) {
			emit_load(p, NUMBER_AT);
			emit(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)by, 1, 0);
			other = emit_jump(p);
			emit_load(p, ARG0_AT);
			/* ipc(2) takes a version in the upper half */
			emit(p, BPF_ALU | BPF_AND | BPF_K, 0xffff, 0, 0);
			begun = true;
		}
		emit_return_if(p, BPF_JEQ, call->code, SECCOMP_RET_ERRNO | ENOSYS);
	}
	if (begun)
		patch(p, other);
}

static void hide_all(struct prefix *p, const struct oci_seccomp *s)
{
	size_t start = p->length, other;

	emit_load(p, ARCH_AT);
	emit(p, BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_I386, 1, 0);
	other = emit_jump(p);
	hide(p, s, I386_SOCKETCALL);
	hide(p, s, I386_IPC);
	if (p->length == other + 1)
		p->length = start;
	else
		patch(p, other);
}

/* --- newer and unknown calls ---------------------------------------------------------------- */

/* The largest number that the profile has a word about, whatever that is; -1: none. */
static int newest_call(const struct oci_seccomp *s, uint32_t token)
{
	int newest = -1;

	for (size_t i = 0; i < s->rule_count; i++) {
		const struct strv *names = &s->rules[i].names;

		for (size_t k = 0; k < names->count; k++) {
			int number = sec_call_number_at_most(names->items[k], token);

			if (number > newest)
				newest = number;
		}
	}
	return newest;
}

/* The smallest number that a block has something to say about. */
static uint32_t first_of_interest(const struct prefix *p, int newest)
{
	int first = newest >= 0 ? newest + 1 : INT_MAX;

	for (size_t i = 0; i < p->newer_count; i++)
		if (p->newer[i].number < first)
			first = p->newer[i].number;
	return (uint32_t)first;
}

/* The block of one architecture. Jumps to the end of the prefix are noted in ends[]. */
static void emit_arch(struct prefix *p, const struct oci_seccomp *s, const struct sec_arch *arch,
		      bool unknown, size_t *ends, size_t *end_count)
{
	int newest = newest_call(s, arch->token);
	size_t other;

	if (p->newer_count == 0 && (!unknown || newest < 0))
		return;
	emit_load(p, ARCH_AT);
	emit(p, BPF_JMP | BPF_JEQ | BPF_K, arch->audit, 1, 0);
	other = emit_jump(p);
	emit_load(p, NUMBER_AT);
	if (arch->audit == AUDIT_ARCH_X86_64) {
		/* x32's calls have the same architecture and numbers of their own */
		emit(p, BPF_JMP | BPF_JSET | BPF_K, X32_BIT, 0, 1);
		ends[(*end_count)++] = emit_jump(p);
	}
	/* one comparison for nearly every call */
	emit(p, BPF_JMP | BPF_JGE | BPF_K, first_of_interest(p, unknown ? newest : -1), 1, 0);
	ends[(*end_count)++] = emit_jump(p);
	for (size_t i = 0; i < p->newer_count; i++)
		emit_return_if(p, BPF_JEQ, (uint32_t)p->newer[i].number, p->newer[i].action);
	if (unknown && newest >= 0)
		emit_return_if(p, BPF_JGT, (uint32_t)newest, SECCOMP_RET_ERRNO | ENOSYS);
	ends[(*end_count)++] = emit_jump(p);
	patch(p, other);
}

int prefix_build(struct prefix *p, const struct oci_seccomp *s, const bool *archs, bool unknown)
{
	size_t ends[16], end_count = 0;

	for (size_t i = 0; i < sec_arch_count; i++)
		if (archs[i] && sec_archs[i].audit == AUDIT_ARCH_I386)
			hide_all(p, s);
	for (size_t i = 0; i < sec_arch_count; i++)
		if (archs[i] && sec_archs[i].token != SCMP_ARCH_X32)
			emit_arch(p, s, &sec_archs[i], unknown, ends, &end_count);
	for (size_t i = 0; i < end_count; i++)
		patch(p, ends[i]);
	return p->length > PREFIX_MAX ? -E2BIG : 0;
}
