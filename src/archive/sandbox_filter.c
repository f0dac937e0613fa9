/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of allowed system calls, made into a classic BPF program by hand: it is a list of equals,
 * and is needed several times per layer, so that compiling it from a description would cost more
 * than running it.
 */
#include "archive/sandbox_filter.h"

#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "base/cleanup.h"
#include "linux/seccomp.h"
#include "linux/syscalls.h"

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#else
#define ARCH AUDIT_ARCH_AARCH64
#endif

/* A sanitizer reads its own mappings, and reports by calls of its own: it must not be killed. */
#if defined(__SANITIZE_ADDRESS__)
#define OTHERWISE (SECCOMP_RET_ERRNO | EPERM)
#else
#define OTHERWISE SECCOMP_RET_KILL_PROCESS
#endif

/* What libc and the libraries need to compute. */
static const int common[] = {
	__NR_read,	  __NR_write,	       __NR_readv,	  __NR_writev, __NR_close,
	__NR_exit,	  __NR_exit_group,     __NR_brk,	  __NR_munmap, __NR_mremap,
	__NR_madvise,	  __NR_futex,	       __NR_rt_sigreturn, __NR_getpid, __NR_gettid,
	__NR_getrandom,	  __NR_clock_gettime,  __NR_gettimeofday, __NR_tgkill, __NR_restart_syscall,
	__NR_sched_yield, __NR_rt_sigprocmask, __NR_sysinfo, /* qsort(3) asks how much memory there
								is */
#if defined(__SANITIZE_ADDRESS__)
	__NR_sigaltstack,
#endif
#ifdef __NR_time
	__NR_time,
#endif
};

/* Memory that is never executable. */
static const int without_exec[] = { __NR_mmap, __NR_mprotect };

/* Libraries look for files that they can do without (character set tables). */
static const int denied[] = { __NR_openat, __NR_newfstatat };

static const int files[] = {
	__NR_openat,   __NR_openat2,	__NR_mkdirat,	__NR_mknodat,	__NR_symlinkat,
	__NR_linkat,   __NR_unlinkat,	__NR_fchmod,	__NR_fchmodat,	__NR_fchown,
	__NR_fchownat, __NR_utimensat,	__NR_fsetxattr, __NR_ftruncate, __NR_pwrite64,
	__NR_fstat,    __NR_newfstatat, __NR_statx,	__NR_lseek,	__NR_getdents64,
	__NR_fcntl,    __NR_geteuid,	__NR_fgetxattr,
};

enum { PROGRAM_MAX = 256 };

struct program {
	struct sock_filter code[PROGRAM_MAX];
	size_t count;
};

static void add(struct program *p, struct sock_filter insn)
{
	p->code[p->count++] = insn;
}

static void add_return(struct program *p, unsigned value)
{
	add(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, value));
}

static void begin(struct program *p)
{
	add(p, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
					    offsetof(struct seccomp_data, arch)));
	add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0));
	add_return(p, SECCOMP_RET_KILL_PROCESS);
	/* x32's numbers have bit 30 set and match none below */
	add(p, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
					    offsetof(struct seccomp_data, nr)));
}

static void add_list(struct program *p, const int *calls, size_t count, unsigned value)
{
	size_t i;

	for (i = 0; i < count; i++) {
		add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i], 0, 1));
		add_return(p, value);
	}
}

static void add_without_exec(struct program *p)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(without_exec); i++) {
		add(p,
		    (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, without_exec[i], 0, 4));
		add(p, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						    offsetof(struct seccomp_data, args[2])));
		add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1));
		add_return(p, SECCOMP_RET_KILL_PROCESS);
		add_return(p, SECCOMP_RET_ALLOW);
	}
}

static int load(struct program *p, struct err *err)
{
	add_return(p, OTHERWISE);
	return seccomp_install(p->code, p->count * sizeof(p->code[0]), 0, NULL, err);
}

int sandbox_filter_decoder(struct err *err)
{
	struct program p = { .count = 0 };

	begin(&p);
	add_list(&p, common, ARRAY_SIZE(common), SECCOMP_RET_ALLOW);
	add_without_exec(&p);
	add_list(&p, denied, ARRAY_SIZE(denied), SECCOMP_RET_ERRNO | EACCES);
	return load(&p, err);
}

int sandbox_filter_writer(struct err *err)
{
	struct program p = { .count = 0 };

	begin(&p);
	add_list(&p, common, ARRAY_SIZE(common), SECCOMP_RET_ALLOW);
	add_list(&p, files, ARRAY_SIZE(files), SECCOMP_RET_ALLOW);
	add_without_exec(&p);
	return load(&p, err);
}
