/* SPDX-License-Identifier: Apache-2.0 */
/* Our default profile (profile_calls.c has its tables) as a linux.seccomp object. */
#include <errno.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/personality.h>

#include "base/cleanup.h"
#include "linux/caps.h"
#include "runtime/sec/arch.h"
#include "runtime/sec/profile_calls.h"
#include "runtime/sec/sec.h"

/* Each of these returns 0, or -1 when out of memory. */

static int allow(json_t *rules, const char *const *names)
{
	json_t *list = json_array();

	for (; *names; names++)
		if (json_array_append_new(list, json_string(*names)) < 0)
			break;
	if (*names) {
		json_decref(list);
		return -1;
	}
	return json_array_append_new(
	    rules, json_pack("{so ss}", "names", list, "action", "SCMP_ACT_ALLOW"));
}

/* Allowed where (argument 0 & mask) == value. */
static int allow_masked(json_t *rules, const char *name, uint64_t mask, uint64_t value)
{
	return json_array_append_new(
	    rules, json_pack("{s[s] ss s[{si sI sI ss}]}", "names", name, "action",
			     "SCMP_ACT_ALLOW", "args", "index", 0, "value", (json_int_t)mask,
			     "valueTwo", (json_int_t)value, "op", "SCMP_CMP_MASKED_EQ"));
}

static int allow_personalities(json_t *rules)
{
	/* 0xffffffff asks for the present one; READ_IMPLIES_EXEC and ADDR_NO_RANDOMIZE, which undo
	 * protections, are not among them */
	static const uint64_t values[] = { PER_LINUX, PER_LINUX32, UNAME26, PER_LINUX32 | UNAME26,
					   UINT32_MAX };
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(values); i++)
		r = allow_masked(rules, "personality", UINT32_MAX, values[i]);
	return r;
}

/* Without CAP_SYS_ADMIN no namespace may be made, a user namespace neither, in which one has all
 * capabilities and with them most of the kernel to try. clone3 has its flags behind a pointer: as
 * if the kernel did not have it, so that libc takes clone. */
static int limit_clone(json_t *rules)
{
	const uint64_t namespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
				    CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

	if (allow_masked(rules, "clone", namespaces, 0) < 0)
		return -1;
	return json_array_append_new(rules, json_pack("{s[s] ss si}", "names", "clone3", "action",
						      "SCMP_ACT_ERRNO", "errnoRet", ENOSYS));
}

/* The families as blocks of a power of two, each compared at once. The kernel takes the lower 32
 * bits of the argument: so must we, or AF_ALG + 2^32 would pass. */
static int allow_families(json_t *rules)
{
	int r = 0;

	for (unsigned first = 0, size; r == 0 && first < 64; first += size) {
		uint64_t block;

		size = 1;
		if (!(sec_socket_families >> first & 1))
			continue;
		do {
			size *= 2;
			block = size < 64 ? (UINT64_C(1) << size) - 1 : UINT64_MAX;
		} while (size <= 64 && first % size == 0 && first + size <= 64 &&
			 (sec_socket_families >> first & block) == block);
		size /= 2;
		r = allow_masked(rules, "socket", UINT32_MAX & ~(uint64_t)(size - 1), first);
	}
	return r;
}

static int fill_rules(json_t *rules, uint64_t caps)
{
	int r = allow(rules, sec_calls_always);

	for (size_t i = 0; r == 0 && i < sec_calls_by_cap_count; i++)
		if (caps & sec_calls_by_cap[i].caps)
			r = allow(rules, sec_calls_by_cap[i].names);
	if (r == 0 && !(caps & CAP_BIT(CAP_SYS_ADMIN)))
		r = limit_clone(rules);
	if (r == 0)
		r = allow_personalities(rules);
	return r < 0 ? r : allow_families(rules);
}

static int fill_archs(json_t *archs)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < sec_arch_count; i++)
		if (sec_archs[i].by_default)
			r = json_array_append_new(archs, json_string(sec_archs[i].name));
	return r;
}

int sec_default_profile(uint64_t caps, json_t **ret, struct err *err)
{
	json_t *rules = json_array(), *archs = json_array();
	json_t *profile cleanup_json =
	    json_pack("{ss si so so}", "defaultAction", "SCMP_ACT_ERRNO", "defaultErrnoRet", EPERM,
		      "architectures", archs, "syscalls", rules);

	if (!profile || fill_archs(archs) < 0 || fill_rules(rules, caps) < 0)
		return err_oom(err);
	*ret = take_ptr(&profile);
	return 0;
}
