/* SPDX-License-Identifier: Apache-2.0 */
/* A static /bin/true without libc: what a benchmark of starts should start. */
void _start(void) __attribute__((noreturn));

#if defined(__x86_64__)
void _start(void)
{
	__asm__ volatile("syscall" : : "a"(60), "D"(0) : "rcx", "r11", "memory");
	__builtin_unreachable();
}
#elif defined(__aarch64__)
void _start(void)
{
	register long number __asm__("x8") = 93;
	register long status __asm__("x0") = 0;

	__asm__ volatile("svc 0" : : "r"(number), "r"(status) : "memory");
	__builtin_unreachable();
}
#endif
