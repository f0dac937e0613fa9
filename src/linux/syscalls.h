/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System calls and structures that Debian 12's glibc 2.36 and kernel headers (6.1) lack, for x86_64
 * and aarch64 (numbers from 424 on are the same on both). Thin: each returns what the kernel
 * returned, with errno set. fsopen, fsconfig, fsmount, open_tree, move_mount, mount_setattr,
 * pidfd_open, pidfd_send_signal, pidfd_getfd and close_range are glibc's own.
 */
#ifndef CORACLE_LINUX_SYSCALLS_H
#define CORACLE_LINUX_SYSCALLS_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <linux/bpf.h>
#include <linux/kcmp.h>
#include <linux/openat2.h>
#include <linux/sched.h>

#if !defined(__x86_64__) && !defined(__aarch64__)
#error "Coracle knows the system calls of x86_64 and aarch64 only"
#endif

/* clone3(2), kernel 5.3. The child has its own copy of memory unless args->flags says otherwise;
 * with a stack of its own use spawn(). */
static inline pid_t sys_clone3(struct clone_args *args, size_t size)
{
	return (pid_t)syscall(SYS_clone3, args, size);
}

/*
 * clone3(2) with a stack (args->stack, which must be aligned to 16 at its top): the child begins
 * there, calls fn(arg) and ends with what it returns, by exit(2). glibc has this for clone(2) only.
 */
static inline pid_t sys_clone3_call(struct clone_args *args, size_t size, int (*fn)(void *),
				    void *arg)
{
#if defined(__x86_64__)
	register int (*child_fn)(void *) __asm__("r12") = fn;
	register void *child_arg __asm__("r13") = arg;
	long ret = SYS_clone3;

	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp, %%ebp\n\t" /* the outermost frame */
			 "mov %[arg], %%rdi\n\t"
			 "call *%[fn]\n\t"
			 "mov %%eax, %%edi\n\t"
			 "mov %[exit], %%eax\n\t"
			 "syscall\n\t"
			 "1:"
			 : "+a"(ret)
			 : "D"(args),
			   "S"(size), [fn] "r"(child_fn), [arg] "r"(child_arg), [exit] "i"(SYS_exit)
			 : "rcx", "r11", "cc", "memory");
#else
	register long ret __asm__("x0") = (long)args;
	register long x1 __asm__("x1") = (long)size;
	register long x8 __asm__("x8") = SYS_clone3;
	register int (*child_fn)(void *) __asm__("x19") = fn;
	register void *child_arg __asm__("x20") = arg;

	__asm__ volatile("svc #0\n\t"
			 "cbnz x0, 1f\n\t"
			 "mov x29, xzr\n\t" /* the outermost frame */
			 "mov x30, xzr\n\t"
			 "mov x0, %[arg]\n\t"
			 "blr %[fn]\n\t"
			 "mov x8, %[exit]\n\t"
			 "svc #0\n\t"
			 "1:"
			 : "+r"(ret)
			 : "r"(x1),
			   "r"(x8), [fn] "r"(child_fn), [arg] "r"(child_arg), [exit] "i"(SYS_exit)
			 : "cc", "memory");
#endif
	if (ret < 0) {
		errno = (int)-ret;
		return -1;
	}
	return (pid_t)ret;
}

/* openat2(2), kernel 5.6. */
static inline int sys_openat2(int dirfd, const char *path, struct open_how *how, size_t size)
{
	return (int)syscall(SYS_openat2, dirfd, path, how, size);
}

/* kcmp(2); needs CONFIG_KCMP. */
static inline int sys_kcmp(pid_t a, pid_t b, int type, unsigned long i, unsigned long j)
{
	return (int)syscall(SYS_kcmp, a, b, type, i, j);
}

/* bpf(2). */
static inline int sys_bpf(int cmd, union bpf_attr *attr, unsigned size)
{
	return (int)syscall(SYS_bpf, cmd, attr, size);
}

/* pivot_root(2). */
static inline int sys_pivot_root(const char *new_root, const char *put_old)
{
	return (int)syscall(SYS_pivot_root, new_root, put_old);
}

/* PIDFD_GET_INFO (6.13; the exit status from 6.15). The first 64 bytes, which every kernel that
 * has the call takes. */
struct pidfd_info_v0 {
	uint64_t mask;
	uint64_t cgroupid;
	uint32_t pid, tgid, ppid;
	uint32_t ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
	int32_t exit_code; /* as wait(2)'s status */
};
_Static_assert(sizeof(struct pidfd_info_v0) == 64, "the kernel's PIDFD_INFO_SIZE_VER0");

#define PIDFD_GET_INFO_V0 _IOWR(0xff, 11, struct pidfd_info_v0)

enum { /* pidfd_info_v0.mask */
       PIDFD_HAS_PID = 1 << 0,
       PIDFD_HAS_CREDS = 1 << 1,
       PIDFD_HAS_CGROUPID = 1 << 2,
       PIDFD_HAS_EXIT = 1 << 3,
};

#ifndef MOVE_MOUNT_BENEATH
#define MOVE_MOUNT_BENEATH 0x00000200 /* 6.5 */
#endif
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5) /* 5.19 */
#endif
#ifndef FSCONFIG_CMD_CREATE_EXCL
#define FSCONFIG_CMD_CREATE_EXCL                                         \
	8 /* 6.6; only a number here, the enum of older headers lacks it \
	   */
#endif

#endif
