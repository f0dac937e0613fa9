/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System calls without a C library: for a program that is put into other people's containers (a few
 * pages, no start-up, nothing of the container's files needed), and for what runs before the
 * library has started. syscall(2) lists the registers.
 */
#ifndef CORACLE_INIT_SYS_H
#define CORACLE_INIT_SYS_H

#include <sys/syscall.h>

#if defined(__x86_64__)

static inline long sys6(long n, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}

/* The kernel enters with argc, argv and envp on the stack: hand its address over, aligned. */
#define SYS_START(function)            \
	__asm__(".globl _start\n"      \
		"_start:\n"            \
		"xor %ebp, %ebp\n"     \
		"mov %rsp, %rdi\n"     \
		"and $-16, %rsp\n"     \
		"call " #function "\n" \
		"hlt\n")

#elif defined(__aarch64__)

static inline long sys6(long n, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = n;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}

#define SYS_START(function)          \
	__asm__(".globl _start\n"    \
		"_start:\n"          \
		"mov x29, #0\n"      \
		"mov x30, #0\n"      \
		"mov x0, sp\n"       \
		"bl " #function "\n" \
		"brk #1\n")

#else
#error "coracle-init: no system call convention for this architecture"
#endif

#define sys(n, a, b, c, d) sys5(n, a, b, c, d, 0)
#define sys5(n, a, b, c, d, e) sys6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)

#endif
