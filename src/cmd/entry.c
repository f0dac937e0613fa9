/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first instructions of coracle and coracle-oci, before the C library's.
 *
 * A program that starts containers executes itself once more through a read-only mount of its own
 * file (runtime/proc/seal.c tells why: CVE-2019-5736). Done in main() that costs a second start of
 * the C library; done here, where nothing has been set up yet, a third of it. What cannot be done
 * here (an ordinary user, a kernel without the calls) is left to rt_seal_self(), which finds out by
 * itself.
 *
 * Nothing is relocated and there is no thread pointer: no global pointers, no stack protector, no
 * errno, no library.
 */
#include <fcntl.h>
#include <linux/mount.h>
#include <stddef.h>

#include "init/sys.h"

/* The kernel's register state is kept for _start: on x86_64 rdx, on aarch64 x0 (the AMD64 and
 * AArch64 ABIs, process initialization). */
#if defined(__x86_64__)
__asm__(".text\n\t"
	".globl coracle_entry\n\t"
	".type coracle_entry, @function\n"
	"coracle_entry:\n\t"
	"xor %ebp, %ebp\n\t"
	"mov %rsp, %rdi\n\t"
	"push %rdx\n\t"
	"sub $8, %rsp\n\t"
	"call coracle_seal_early\n\t"
	"add $8, %rsp\n\t"
	"pop %rdx\n\t"
	"jmp _start\n");
#elif defined(__aarch64__)
__asm__(".text\n\t"
	".globl coracle_entry\n\t"
	".type coracle_entry, %function\n"
	"coracle_entry:\n\t"
	"stp x0, x30, [sp, #-16]!\n\t"
	"add x0, sp, #16\n\t"
	"bl coracle_seal_early\n\t"
	"ldp x0, x30, [sp], #16\n\t"
	"b _start\n");
#endif

void coracle_seal_early(long *stack);

static int is(const char *word, const char *verb)
{
	while (*word && *word == *verb) {
		word++;
		verb++;
	}
	return *word == *verb;
}

/* Whether any word is a verb that starts a process in a container. One that is not meant so (a
 * container's name) costs a millisecond; none is missed. */
static int starts(char **argv)
{
	for (; *argv; argv++)
		if (is(*argv, "run") || is(*argv, "start") || is(*argv, "restart") ||
		    is(*argv, "exec") || is(*argv, "create"))
			return 1;
	return 0;
}

void coracle_seal_early(long *stack)
{
	static const char self[] = "/proc/self/exe", empty[] = "";
	struct mount_attr change = { .attr_set = MOUNT_ATTR_RDONLY, .propagation = 1 << 18 };
	char **argv = (char **)(stack + 1), **envp = argv + stack[0] + 1, *name = argv[0];
	char path[4096];
	long fd, n;

	/* Not writable, be it for the second time, by its mount, or for an ordinary user. */
	if (stack[0] < 2 || !starts(argv + 1) ||
	    sys(SYS_faccessat, AT_FDCWD, self, 2 /* W_OK */, 0) != 0)
		return;
	n = sys(SYS_readlinkat, AT_FDCWD, self, path, sizeof(path) - 1);
	if (n <= 0)
		return;
	path[n] = '\0';
	fd = sys(SYS_open_tree, AT_FDCWD, self, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC, 0);
	if (fd < 0)
		return;
	argv[0] = path; /* what the link names no longer: rt_own_path() */
	if (sys5(SYS_mount_setattr, fd, empty, AT_EMPTY_PATH, &change, sizeof(change)) == 0)
		sys5(SYS_execveat, fd, empty, argv, envp, AT_EMPTY_PATH);
	argv[0] = name;
	sys(SYS_close, fd, 0, 0, 0);
}
