/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/sec/arch.h"

#include <linux/audit.h>
#include <seccomp.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/str.h"

const struct sec_arch sec_archs[] = {
#if defined(__x86_64__)
	{ "SCMP_ARCH_X86_64", "amd64", SCMP_ARCH_X86_64, AUDIT_ARCH_X86_64, true },
	{ "SCMP_ARCH_X86", "x86", SCMP_ARCH_X86, AUDIT_ARCH_I386, true },
	/* hardly any kernel has it, and nobody misses it */
	{ "SCMP_ARCH_X32", "x32", SCMP_ARCH_X32, AUDIT_ARCH_X86_64, false },
#elif defined(__aarch64__)
	{ "SCMP_ARCH_AARCH64", "arm64", SCMP_ARCH_AARCH64, AUDIT_ARCH_AARCH64, true },
	{ "SCMP_ARCH_ARM", "arm", SCMP_ARCH_ARM, AUDIT_ARCH_ARM, true },
#endif
};
const size_t sec_arch_count = ARRAY_SIZE(sec_archs);

static const char *const foreign[] = {
	"SCMP_ARCH_X86",	 "SCMP_ARCH_X86_64",   "SCMP_ARCH_X32",	    "SCMP_ARCH_ARM",
	"SCMP_ARCH_AARCH64",	 "SCMP_ARCH_MIPS",     "SCMP_ARCH_MIPS64",  "SCMP_ARCH_MIPS64N32",
	"SCMP_ARCH_MIPSEL",	 "SCMP_ARCH_MIPSEL64", "SCMP_ARCH_PPC",	    "SCMP_ARCH_PPC64",
	"SCMP_ARCH_MIPSEL64N32", "SCMP_ARCH_PPC64LE",  "SCMP_ARCH_S390",    "SCMP_ARCH_S390X",
	"SCMP_ARCH_PARISC",	 "SCMP_ARCH_PARISC64", "SCMP_ARCH_RISCV64", "SCMP_ARCH_LOONGARCH64",
	"SCMP_ARCH_M68K",	 "SCMP_ARCH_SH",       "SCMP_ARCH_SHEB",
};

const struct sec_arch *sec_arch_find(const char *name, bool *ret_known)
{
	*ret_known = true;
	for (size_t i = 0; i < sec_arch_count; i++)
		if (str_eq(sec_archs[i].name, name))
			return &sec_archs[i];
	for (size_t i = 0; i < ARRAY_SIZE(foreign); i++)
		if (str_eq(foreign[i], name))
			return NULL;
	*ret_known = false;
	return NULL;
}

static const struct newer_call {
	const char *name;
	int number;
} newer_calls[] = {
	{ "cachestat", 451 },	      { "fchmodat2", 452 },	   { "map_shadow_stack", 453 },
	{ "futex_wake", 454 },	      { "futex_wait", 455 },	   { "futex_requeue", 456 },
	{ "statmount", 457 },	      { "listmount", 458 },	   { "lsm_get_self_attr", 459 },
	{ "lsm_set_self_attr", 460 }, { "lsm_list_modules", 461 }, { "mseal", 462 },
	{ "setxattrat", 463 },	      { "getxattrat", 464 },	   { "listxattrat", 465 },
	{ "removexattrat", 466 },     { "open_tree_attr", 467 },   { "file_getattr", 468 },
	{ "file_setattr", 469 },
};

static int find_newer(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(newer_calls); i++)
		if (str_eq(newer_calls[i].name, name))
			return newer_calls[i].number;
	return -1;
}

enum { I386_LAST_SOCKET_CALL = 373, I386_LAST_IPC_CALL = 402 };

int sec_call_number_at_most(const char *name, uint32_t token)
{
	int number = seccomp_syscall_resolve_name_arch(token, name);

	if (number == __NR_SCMP_ERROR)
		return find_newer(name);
	if (number >= 0)
		return number;
	/* negative ones are libseccomp's own: calls that the architecture lacks, or on i386 those
	 * that socketcall(2) and ipc(2) once were the only way to make and that have had numbers of
	 * their own since 4.3 and 5.1 */
	if (token == SCMP_ARCH_X86 && number <= -100 && number >= -120)
		return I386_LAST_SOCKET_CALL;
	if (token == SCMP_ARCH_X86 && number <= -200 && number >= -224)
		return I386_LAST_IPC_CALL;
	return -1;
}

int sec_call_newer(const char *name)
{
	if (seccomp_syscall_resolve_name(name) != __NR_SCMP_ERROR)
		return -1;
	return find_newer(name);
}
