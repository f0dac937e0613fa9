/* SPDX-License-Identifier: Apache-2.0 */
/* Filters as they are compiled and as the kernel applies them, both ways: what is permitted works,
 * what is refused is refused, in 64- and in 32-bit calls. */
#include "support.h"

#include <linux/audit.h>
#include <linux/capability.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>

#include "linux/caps.h"
#include "seccomp_sim.h"

#define ERRNO(number) (SECCOMP_RET_ERRNO | (number))

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#else
#define NATIVE AUDIT_ARCH_AARCH64
#endif

/* --- profiles to filters -------------------------------------------------------------------- */

static int compile_in(int cache, json_t *profile, struct sec_filter *ret, struct err *err)
{
	struct oci_spec *spec cleanup_oci_spec = NULL;
	json_t *config cleanup_json =
	    json_pack("{ss s{so}}", "ociVersion", "1.3.0", "linux", "seccomp", profile);
	int r;

	assert_non_null(config);
	r = oci_spec_parse(config, &spec, err);
	return r < 0 ? r : sec_filter_compile(&spec->linux.seccomp, cache, ret, err);
}

static int compile_text(const char *text, struct sec_filter *ret, struct err *err)
{
	json_t *j = NULL;

	assert_ok(js_parse(text, strlen(text), "profile", &j, err), err);
	return compile_in(-1, j, ret, err);
}

static void compile_default(uint64_t caps, struct sec_filter *ret)
{
	struct err err = { 0 };
	json_t *profile = NULL;

	assert_ok(sec_default_profile(caps, &profile, &err), &err);
	assert_ok(compile_in(-1, profile, ret, &err), &err);
}

static uint32_t ask(const struct sec_filter *f, const char *name, uint64_t arg0)
{
	int nr = seccomp_syscall_resolve_name_arch(SCMP_ARCH_NATIVE, name);

	assert_true(nr >= 0);
	return sim_run(f, NATIVE, nr, arg0);
}

#define assert_answer(f, name, arg0, expected)                                               \
	do {                                                                                 \
		uint32_t answer_ = ask(f, name, arg0);                                       \
		if (answer_ != (uint32_t)(expected))                                         \
			fail_msg("%s(%#llx): %#x instead of %#x", name,                      \
				 (unsigned long long)(arg0), answer_, (uint32_t)(expected)); \
	} while (0)

/* --- the default profile, asked ------------------------------------------------------------- */

static void test_default_permits(void **state)
{
	static const char *const names[] = {
		"read",	    "write",	     "openat",	     "execve",	"futex",
		"mmap",	    "ptrace",	     "socketpair",   "bind",	"chroot",
		"mknodat",  "setuid",	     "capset",	     "prctl",	"seccomp",
		"ioctl",    "epoll_pwait",   "memfd_create", "openat2", "faccessat2",
		"io_setup", "clock_gettime", "sendmmsg",     "rseq",	"close_range",
	};
	struct sec_filter f = { 0 };

	compile_default(oci_default_caps, &f);
	assert_int_equal(f.flags, 0);
	assert_false(f.notify);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_answer(&f, names[i], 0, SECCOMP_RET_ALLOW);
	assert_answer(&f, "clone", SIGCHLD, SECCOMP_RET_ALLOW);
	assert_answer(&f, "clone", CLONE_VM | CLONE_THREAD | CLONE_SIGHAND, SECCOMP_RET_ALLOW);
	sec_filter_clear(&f);
}

static void test_default_refuses(void **state)
{
	static const char *const names[] = {
		"mount",
		"umount2",
		"pivot_root",
		"unshare",
		"setns",
		"bpf",
		"keyctl",
		"add_key",
		"request_key",
		"io_uring_setup",
		"io_uring_enter",
		"userfaultfd",
		"kexec_load",
		"reboot",
		"swapon",
		"init_module",
		"acct",
		"quotactl",
		"sethostname",
		"perf_event_open",
		"finit_module",
		"syslog",
		"settimeofday",
		"clock_settime",
		"move_mount",
		"open_by_handle_at",
		"fsopen",
		"fsmount",
		"open_tree",
		"mount_setattr",
		"kcmp",
		"pidfd_getfd",
		"process_madvise",
		"mbind",
		"move_pages",
		"migrate_pages",
		"vhangup",
		"nfsservctl",
		"lookup_dcookie",
		"fanotify_init",
		"setdomainname",
		"swapoff",
		"delete_module",
	};
	struct sec_filter f = { 0 };

	compile_default(oci_default_caps, &f);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_answer(&f, names[i], 0, ERRNO(EPERM));
	assert_answer(&f, "clone3", 0, ERRNO(ENOSYS));
	sec_filter_clear(&f);
}

static void test_default_clone_flags(void **state)
{
	static const unsigned long flags[] = { CLONE_NEWNS,  CLONE_NEWCGROUP, CLONE_NEWUTS,
					       CLONE_NEWIPC, CLONE_NEWUSER,   CLONE_NEWPID,
					       CLONE_NEWNET };
	struct sec_filter plain = { 0 }, admin = { 0 };

	compile_default(oci_default_caps, &plain);
	compile_default(oci_default_caps | CAP_BIT(CAP_SYS_ADMIN), &admin);
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		assert_answer(&plain, "clone", flags[i] | SIGCHLD, ERRNO(EPERM));
		/* the kernel looks at the lower half alone */
		assert_answer(&plain, "clone", flags[i] | 1ULL << 32, ERRNO(EPERM));
		assert_answer(&admin, "clone", flags[i] | SIGCHLD, SECCOMP_RET_ALLOW);
	}
	assert_answer(&admin, "clone3", 0, SECCOMP_RET_ALLOW);
	sec_filter_clear(&plain);
	sec_filter_clear(&admin);
}

static void test_default_families(void **state)
{
	static const unsigned refused[] = { AF_ALG,  AF_VSOCK,	 AF_DECnet, AF_ECONET, AF_ATMSVC,
					    AF_IRDA, AF_WANPIPE, AF_ISDN,   AF_CAIF };
	struct sec_filter f = { 0 };

	compile_default(oci_default_caps, &f);
	for (unsigned family = 0; family < 70; family++) {
		bool no = family >= 46;

		for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
			no |= family == refused[i];
		assert_answer(&f, "socket", family, no ? ERRNO(EPERM) : SECCOMP_RET_ALLOW);
		/* the kernel takes an int */
		assert_answer(&f, "socket", family | 1ULL << 32,
			      no ? ERRNO(EPERM) : SECCOMP_RET_ALLOW);
		assert_answer(&f, "socket", family | 0xffffffffULL << 32,
			      no ? ERRNO(EPERM) : SECCOMP_RET_ALLOW);
	}
	sec_filter_clear(&f);
}

static void test_default_personality(void **state)
{
	static const unsigned yes[] = { PER_LINUX, PER_LINUX32, UNAME26, UNAME26 | PER_LINUX32,
					0xffffffff };
	static const unsigned no[] = { ADDR_NO_RANDOMIZE, READ_IMPLIES_EXEC, MMAP_PAGE_ZERO,
				       PER_SVR4, ADDR_COMPAT_LAYOUT };
	struct sec_filter f = { 0 };

	compile_default(oci_default_caps, &f);
	for (size_t i = 0; i < ARRAY_SIZE(yes); i++)
		assert_answer(&f, "personality", yes[i], SECCOMP_RET_ALLOW);
	for (size_t i = 0; i < ARRAY_SIZE(no); i++)
		assert_answer(&f, "personality", no[i], ERRNO(EPERM));
	sec_filter_clear(&f);
}

/* Each capability opens its own calls and none else. */
static void test_default_by_cap(void **state)
{
	static const struct {
		int cap;
		const char *name;
	} rows[] = {
		{ CAP_SYS_ADMIN, "mount" },
		{ CAP_SYS_ADMIN, "unshare" },
		{ CAP_SYS_ADMIN, "setns" },
		{ CAP_SYS_PTRACE, "kcmp" },
		{ CAP_SYS_PTRACE, "pidfd_getfd" },
		{ CAP_SYS_CHROOT, "chroot" },
		{ CAP_SYS_BOOT, "reboot" },
		{ CAP_SYS_MODULE, "init_module" },
		{ CAP_SYS_MODULE, "finit_module" },
		{ CAP_SYS_PACCT, "acct" },
		{ CAP_SYS_TIME, "settimeofday" },
		{ CAP_SYS_TIME, "clock_settime" },
		{ CAP_SYS_TTY_CONFIG, "vhangup" },
		{ CAP_SYS_NICE, "mbind" },
		{ CAP_DAC_READ_SEARCH, "open_by_handle_at" },
#if defined(__x86_64__)
		{ CAP_SYS_RAWIO, "iopl" },
		{ CAP_SYS_RAWIO, "ioperm" },
#endif
	};

	for (int cap = 0; cap < CAPS_KNOWN; cap++) {
		struct sec_filter f = { 0 };

		compile_default(CAP_BIT(cap), &f);
		for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
			assert_answer(&f, rows[i].name, 0,
				      rows[i].cap == cap ? SECCOMP_RET_ALLOW : ERRNO(EPERM));
		assert_answer(&f, "bpf", 0,
			      cap == CAP_BPF || cap == CAP_SYS_ADMIN ? SECCOMP_RET_ALLOW
								     : ERRNO(EPERM));
		assert_answer(&f, "perf_event_open", 0,
			      cap == CAP_PERFMON || cap == CAP_SYS_ADMIN ? SECCOMP_RET_ALLOW
									 : ERRNO(EPERM));
		assert_answer(&f, "syslog", 0,
			      cap == CAP_SYSLOG || cap == CAP_SYS_ADMIN ? SECCOMP_RET_ALLOW
									: ERRNO(EPERM));
		/* whatever one has */
		assert_answer(&f, "keyctl", 0, ERRNO(EPERM));
		assert_answer(&f, "socket", AF_ALG, ERRNO(EPERM));
		sec_filter_clear(&f);
	}
}

/* Calls newer than libseccomp, and newer than we are. */
static void test_newer_calls(void **state)
{
	struct sec_filter f = { 0 };

	compile_default(oci_default_caps, &f);
	assert_int_equal(sim_run(&f, NATIVE, 451, 0), SECCOMP_RET_ALLOW); /* cachestat */
	assert_int_equal(sim_run(&f, NATIVE, 452, 0), SECCOMP_RET_ALLOW); /* fchmodat2 */
	assert_int_equal(sim_run(&f, NATIVE, 459, 0), ERRNO(EPERM));	  /* lsm_get_self_attr */
	assert_int_equal(sim_run(&f, NATIVE, 462, 0), SECCOMP_RET_ALLOW); /* mseal */
	assert_int_equal(sim_run(&f, NATIVE, 466, 0), SECCOMP_RET_ALLOW); /* removexattrat */
	assert_int_equal(sim_run(&f, NATIVE, 600, 0), ERRNO(ENOSYS));
	assert_int_equal(sim_run(&f, NATIVE, 0x3fffffff, 0), ERRNO(ENOSYS));
#if defined(__x86_64__)
	assert_int_equal(sim_run(&f, AUDIT_ARCH_I386, 452, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(sim_run(&f, AUDIT_ARCH_I386, 600, 0), ERRNO(ENOSYS));
	/* x32 is not in the profile */
	assert_int_equal(sim_run(&f, NATIVE, 0x40000000 | 452, 0), SECCOMP_RET_KILL_PROCESS);
#endif
	assert_int_equal(sim_run(&f, AUDIT_ARCH_MIPS, 452, 0), SECCOMP_RET_KILL_PROCESS);
	sec_filter_clear(&f);
	/* an old profile: what it could not know is unknown, and its errors stand */
	{
		struct err err = { 0 };

		assert_ok(compile_text("{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{"
				       "\"names\":[\"read\",\"faccessat2\",\"no_such_call\"],"
				       "\"action\":\"SCMP_ACT_ALLOW\"}]}",
				       &f, &err),
			  &err);
	}
	assert_int_equal(sim_run(&f, NATIVE, 452, 0), ERRNO(ENOSYS));
	assert_answer(&f, "faccessat2", 0, SECCOMP_RET_ALLOW);
	assert_answer(&f, "openat2", 0, ERRNO(EPERM));
	sec_filter_clear(&f);
}

static void test_default_allow(void **state)
{
	struct sec_filter f = { 0 };
	struct err err = { 0 };

	assert_ok(compile_text("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":["
			       "{\"names\":[\"chmod\",\"fchmodat2\"],\"action\":\"SCMP_ACT_ERRNO\","
			       "\"errnoRet\":13},{\"names\":[\"kcmp\"],\"action\":"
			       "\"SCMP_ACT_KILL\"}]}",
			       &f, &err),
		  &err);
	assert_answer(&f, "openat2", 0, SECCOMP_RET_ALLOW);
	assert_answer(&f, "kcmp", 0, SECCOMP_RET_KILL_THREAD);
	assert_int_equal(sim_run(&f, NATIVE, 452, 0), ERRNO(13));
	assert_int_equal(sim_run(&f, NATIVE, 600, 0), SECCOMP_RET_ALLOW);
	sec_filter_clear(&f);
}

/* Conditions on different arguments hold together, on one argument are alternatives. */
static void test_conditions(void **state)
{
	struct sec_filter f = { 0 };
	struct err err = { 0 };

	assert_ok(
	    compile_text("{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":"
			 "[\"dup\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":["
			 "{\"index\":0,\"value\":5,\"op\":\"SCMP_CMP_EQ\"},"
			 "{\"index\":0,\"value\":18446744073709551615,\"op\":\"SCMP_CMP_EQ\"}]},"
			 "{\"names\":[\"dup2\",\"dup3\"],\"action\":\"SCMP_ACT_TRACE\","
			 "\"errnoRet\":7,\"args\":["
			 "{\"index\":0,\"value\":10,\"op\":\"SCMP_CMP_GT\"},"
			 "{\"index\":1,\"value\":0,\"op\":\"SCMP_CMP_EQ\"}]}]}",
			 &f, &err),
	    &err);
	assert_answer(&f, "dup", 5, SECCOMP_RET_ALLOW);
	assert_answer(&f, "dup", UINT64_MAX, SECCOMP_RET_ALLOW);
	assert_answer(&f, "dup", 6, ERRNO(EPERM));
	assert_answer(&f, "dup3", 11, SECCOMP_RET_TRACE | 7);
	assert_answer(&f, "dup3", 10, ERRNO(EPERM));
	sec_filter_clear(&f);
}

#define ALLOW_READ "\"syscalls\":[{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ALLOW\"}]"

static void test_bad_profiles(void **state)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		{ "{\"defaultAction\":\"SCMP_ACT_MAYBE\"}",
		  "seccomp: unknown action \"SCMP_ACT_MAYBE\"" },
		{ "{\"defaultAction\":\"SCMP_ACT_NOTIFY\"}",
		  "seccomp: SCMP_ACT_NOTIFY cannot be the default action" },
		{ "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"defaultErrnoRet\":1}",
		  "seccomp: SCMP_ACT_ALLOW takes no errnoRet" },
		{ "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"flags\":[\"FAST\"]}",
		  "seccomp: unknown flag \"FAST\"" },
		{ "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"architectures\":[\"SCMP_ARCH_PDP11\"]}",
		  "seccomp: unknown architecture \"SCMP_ARCH_PDP11\"" },
		{ "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"read\"],"
		  "\"action\":\"allow\"}]}",
		  "seccomp: unknown action \"allow\"" },
		{ "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"read\"],"
		  "\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"value\":1,\"op\":\"==\"}]}]}",
		  "seccomp: unknown operator \"==\"" },
		{ "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"listenerPath\":\"/run/x\",\"syscalls\":["
		  "{\"names\":[\"write\"],\"action\":\"SCMP_ACT_NOTIFY\"}]}",
		  "seccomp: SCMP_ACT_NOTIFY cannot be used for write" },
		{ "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":["
		  "{\"names\":[\"mknod\"],\"action\":\"SCMP_ACT_NOTIFY\"}]}",
		  "seccomp: SCMP_ACT_NOTIFY needs listenerPath" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct sec_filter f = { .length = 77 };
		struct err err = { 0 };

		assert_true(compile_text(rows[i].text, &f, &err) < 0);
		assert_string_equal(err.text, rows[i].error);
		assert_int_equal(f.length, 77);
	}
}

static void test_flags_and_notify(void **state)
{
	struct sec_filter f = { 0 };
	struct err err = { 0 };

	assert_ok(compile_text("{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"architectures\":["
			       "\"SCMP_ARCH_RISCV64\",\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_AARCH64\"],"
			       "\"flags\":[\"SECCOMP_FILTER_FLAG_TSYNC\","
			       "\"SECCOMP_FILTER_FLAG_LOG\",\"SECCOMP_FILTER_FLAG_SPEC_ALLOW\"],"
			       "\"listenerPath\":\"/run/x.sock\",\"syscalls\":[{\"names\":"
			       "[\"mknodat\"],\"action\":\"SCMP_ACT_NOTIFY\"}]}",
			       &f, &err),
		  &err);
	assert_int_equal(f.flags, SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW |
				      SECCOMP_FILTER_FLAG_NEW_LISTENER);
	assert_true(f.notify);
	assert_answer(&f, "mknodat", 0, SECCOMP_RET_USER_NOTIF);
	sec_filter_clear(&f);
}

/* --- the cache ------------------------------------------------------------------------------ */

static json_t *small_profile(const char *call)
{
	return json_pack("{ss s[{s[s] ss}]}", "defaultAction", "SCMP_ACT_ERRNO", "syscalls",
			 "names", call, "action", "SCMP_ACT_ALLOW");
}

/* The name of the one file below `fd`. */
static void only_file(int fd, char out[256])
{
	DIR *dir cleanup_dir = fdopendir(dup(fd));
	struct dirent *entry;
	int count = 0;

	rewinddir(dir);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(out, 256, "%s", entry->d_name);
		count++;
	}
	assert_int_equal(count, 1);
}

/* Whether a filter for `call` compiled with the cache is right. */
static void check_cached(int fd, const char *call, const char *other)
{
	struct sec_filter f = { 0 };
	struct err err = { 0 };

	assert_ok(compile_in(fd, small_profile(call), &f, &err), &err);
	assert_answer(&f, call, 0, SECCOMP_RET_ALLOW);
	assert_int_not_equal(ask(&f, other, 0), SECCOMP_RET_ALLOW);
	sec_filter_clear(&f);
}

static void test_cache(void **state)
{
	struct temp_dir t;
	struct stat st;
	char name[256];
	int fd;

	temp_dir_make(&t);
	check_cached(t.fd, "read", "write");
	only_file(t.fd, name);
	assert_int_equal(fstatat(t.fd, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	check_cached(t.fd, "read", "write");
	fd = openat(t.fd, name, O_RDWR | O_CLOEXEC);
	assert_int_equal(st.st_size > 100, 1);
	for (off_t at = 0; at < st.st_size; at += 7) { /* damaged anywhere: not believed */
		char c;

		assert_int_equal(pread(fd, &c, 1, at), 1);
		c ^= 0x10;
		assert_int_equal(pwrite(fd, &c, 1, at), 1);
		check_cached(t.fd, "read", "write");
		close(fd);
		fd = openat(t.fd, name, O_RDWR | O_CLOEXEC); /* it was written anew */
	}
	assert_int_equal(ftruncate(fd, 20), 0);
	check_cached(t.fd, "read", "write");
	close(fd);
	temp_dir_remove(&t);
}

/* A file that others could have written, or a link, is not believed; nor one of another profile. */
static void test_cache_owner(void **state)
{
	struct temp_dir t;
	char read_name[256], name[256];

	temp_dir_make(&t);
	check_cached(t.fd, "read", "write");
	only_file(t.fd, read_name);
	assert_int_equal(renameat(t.fd, read_name, t.fd, ".kept"), 0);
	check_cached(t.fd, "write", "read");
	only_file(t.fd, name);
	/* the file of another profile under this one's name */
	assert_int_equal(renameat(t.fd, ".kept", t.fd, name), 0);
	check_cached(t.fd, "write", "read");
	assert_int_equal(fchmodat(t.fd, name, 0660, 0), 0);
	check_cached(t.fd, "write", "read");
	assert_int_equal(renameat(t.fd, name, t.fd, ".target"), 0);
	assert_int_equal(symlinkat(".target", t.fd, name), 0);
	check_cached(t.fd, "write", "read");
	if (geteuid() == 0) {
		assert_int_equal(fchownat(t.fd, name, 1, 1, 0), 0);
		check_cached(t.fd, "write", "read");
	}
	temp_dir_remove(&t);
}

/* A cache that cannot be written costs a compilation, not the start. */
static void test_cache_unusable(void **state)
{
	int fd cleanup_fd = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	check_cached(fd, "read", "write");
}

/* --- profiles in Docker's format ------------------------------------------------------------ */

static json_t *resolve(const char *text, uint64_t caps, struct err *err)
{
	json_t *j cleanup_json = NULL, *out = NULL;

	assert_ok(js_parse(text, strlen(text), "profile", &j, err), err);
	return sec_profile_from_json(j, caps, &out, err) < 0 ? NULL : out;
}

static void test_docker_format(void **state)
{
	static const char text[] =
	    "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":1,\"archMap\":["
	    "{\"architecture\":\"SCMP_ARCH_X86_64\",\"subArchitectures\":[\"SCMP_ARCH_X86\","
	    "\"SCMP_ARCH_X32\"]},{\"architecture\":\"SCMP_ARCH_AARCH64\",\"subArchitectures\":["
	    "\"SCMP_ARCH_ARM\"]},{\"architecture\":\"SCMP_ARCH_RISCV64\",\"subArchitectures\":"
	    "null}],\"syscalls\":["
	    "{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ALLOW\",\"comment\":\"\",\"args\":null},"
	    "{\"name\":\"write\",\"action\":\"SCMP_ACT_ALLOW\"},"
	    "{\"names\":[\"mount\"],\"action\":\"SCMP_ACT_ALLOW\",\"includes\":{\"caps\":["
	    "\"CAP_SYS_ADMIN\"]}},"
	    "{\"names\":[\"umount2\"],\"action\":\"SCMP_ACT_ALLOW\",\"includes\":{\"caps\":["
	    "\"CAP_SYS_ADMIN\",\"CAP_SYS_CHROOT\"]}},"
	    "{\"names\":[\"setns\"],\"action\":\"SCMP_ACT_ALLOW\",\"excludes\":{\"caps\":["
	    "\"CAP_SYS_ADMIN\"]}},"
	    "{\"names\":[\"kcmp\"],\"action\":\"SCMP_ACT_ALLOW\",\"includes\":{\"arches\":["
	    "\"s390x\"]}},"
	    "{\"names\":[\"bpf\"],\"action\":\"SCMP_ACT_ALLOW\",\"includes\":{\"arches\":["
	    "\"amd64\",\"arm64\"]}},"
	    "{\"names\":[\"acct\"],\"action\":\"SCMP_ACT_ALLOW\",\"excludes\":{\"arches\":["
	    "\"amd64\",\"arm64\"]}},"
	    "{\"names\":[\"ptrace\"],\"action\":\"SCMP_ACT_ALLOW\",\"includes\":{\"minKernel\":"
	    "\"4.8\"}},"
	    "{\"names\":[\"reboot\"],\"action\":\"SCMP_ACT_ALLOW\",\"includes\":{\"minKernel\":"
	    "\"99.0\"}},"
	    "{\"names\":[\"clone3\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":38}]}";
	struct sec_filter f = { 0 };
	struct err err = { 0 };
	json_t *plain = resolve(text, 0, &err);

	assert_non_null(plain);
	assert_ok(compile_in(-1, plain, &f, &err), &err);
	assert_answer(&f, "read", 0, SECCOMP_RET_ALLOW);
	assert_answer(&f, "write", 0, SECCOMP_RET_ALLOW);
	assert_answer(&f, "mount", 0, ERRNO(EPERM));
	assert_answer(&f, "umount2", 0, ERRNO(EPERM));
	assert_answer(&f, "setns", 0, SECCOMP_RET_ALLOW);
	assert_answer(&f, "kcmp", 0, ERRNO(EPERM));
	assert_answer(&f, "bpf", 0, SECCOMP_RET_ALLOW);
	assert_answer(&f, "acct", 0, ERRNO(EPERM));
	assert_answer(&f, "ptrace", 0, SECCOMP_RET_ALLOW);
	assert_answer(&f, "reboot", 0, ERRNO(EPERM));
	assert_answer(&f, "clone3", 0, ERRNO(ENOSYS));
#if defined(__x86_64__)
	assert_int_equal(sim_run(&f, AUDIT_ARCH_I386, 3 /* read */, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(sim_run(&f, NATIVE, 0x40000000, 0), SECCOMP_RET_ALLOW); /* x32's read */
#endif
	sec_filter_clear(&f);
	plain = resolve(text, CAP_BIT(CAP_SYS_ADMIN), &err);
	assert_non_null(plain);
	assert_ok(compile_in(-1, plain, &f, &err), &err);
	assert_answer(&f, "mount", 0, SECCOMP_RET_ALLOW);
	assert_answer(&f, "umount2", 0, ERRNO(EPERM)); /* both capabilities are wanted */
	assert_answer(&f, "setns", 0, ERRNO(EPERM));
	sec_filter_clear(&f);
}

static void test_docker_format_bad(void **state)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		{ "[]", "seccomp: a profile must be a JSON object" },
		{ "{}", "linux.seccomp: defaultAction is required" },
		{ "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[7]}",
		  "seccomp.syscalls[0] must be an object" },
		{ "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{}]}",
		  "linux.seccomp.syscalls[0]: names must not be empty" },
		{ "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"name\":\"read\","
		  "\"names\":[\"write\"],\"action\":\"SCMP_ACT_ALLOW\"}]}",
		  "seccomp.syscalls[0]: has both name and names" },
		{ "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"read\"],"
		  "\"action\":\"SCMP_ACT_ALLOW\",\"includes\":{\"caps\":[\"CAP_FLY\"]}}]}",
		  "\"CAP_FLY\" is not a capability" },
		{ "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"read\"],"
		  "\"action\":\"SCMP_ACT_ALLOW\",\"includes\":{\"minKernel\":\"new\"}}]}",
		  "seccomp.syscalls[0]: minKernel \"new\" is not of the form 4.8" },
		{ "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_X86\"],"
		  "\"archMap\":[{\"architecture\":\"SCMP_ARCH_X86_64\"}]}",
		  "seccomp: has both architectures and archMap" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err err = { 0 };

		assert_null(resolve(rows[i].text, 0, &err));
		assert_string_equal(err.text, rows[i].error);
	}
}

/* --- the default profile, in force ---------------------------------------------------------- */

/* Runs `fn` in a child under the filter; its exit status is the number of the line that failed. */
static void run_under(const struct sec_filter *f, int (*fn)(void))
{
	struct sock_fprog prog = { .len = f->length, .filter = f->code };
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, f->flags, &prog) < 0)
			_exit(1);
		_exit(fn());
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status)
		fail_msg("case %d (status %#x)", WEXITSTATUS(status), status);
}

static bool fails(long r, int number)
{
	return r == -1 && errno == number;
}

/* Arguments are such that without a filter each call would answer something else than EPERM. */
static int native_calls(void)
{
	int pair[2], n = 10;

	if (fails(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), EPERM))
		return n;
	n++;
	if (socket(AF_UNIX, SOCK_STREAM, 0) < 0 || socket(AF_NETLINK, SOCK_RAW, 0) < 0)
		return n;
	n++;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 || write(pair[0], "x", 1) != 1)
		return n;
	n++;
	if (!fails(syscall(SYS_socket, AF_ALG, SOCK_SEQPACKET, 0), EPERM))
		return n;
	n++;
	if (!fails(syscall(SYS_socket, AF_ALG | 1L << 32, SOCK_SEQPACKET, 0), EPERM))
		return n;
	n++;
	if (!fails(syscall(SYS_socket, AF_VSOCK, SOCK_STREAM, 0), EPERM))
		return n;
	n++;
	if (!fails(syscall(SYS_mount, NULL, NULL, NULL, 0, NULL), EPERM))
		return n;
	n++;
	if (!fails(syscall(SYS_unshare, 0), EPERM) || !fails(syscall(SYS_setns, -1, 0), EPERM))
		return n;
	n++;
	if (!fails(syscall(SYS_bpf, 9999, NULL, 0), EPERM) ||
	    !fails(syscall(SYS_keyctl, 9999, 0, 0, 0, 0), EPERM))
		return n;
	n++;
	if (!fails(syscall(SYS_io_uring_setup, 0, NULL), EPERM) ||
	    !fails(syscall(SYS_userfaultfd, -1), EPERM))
		return n;
	n++;
	if (!fails(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL), EPERM))
		return n;
	n++;
	if (!fails(syscall(SYS_clone3, NULL, 0), ENOSYS) || !fails(syscall(600), ENOSYS))
		return n;
	n++;
	if (personality(0xffffffff) < 0 ||
	    !fails(syscall(SYS_personality, ADDR_NO_RANDOMIZE), EPERM))
		return n;
	n++;
	if (!fails(ptrace(PTRACE_DETACH, getppid(), 0, 0), ESRCH))
		return n;
	n++;
	if (!fails(syscall(452, -1, "x", 0, 0x40000000), EINVAL) && errno != ENOSYS)
		return n;
	return 0;
}

static void test_in_force(void **state)
{
	struct sec_filter f = { 0 };

	need_real_kernel("seccomp");
	compile_default(oci_default_caps, &f);
	run_under(&f, native_calls);
	sec_filter_clear(&f);
}

#if defined(__x86_64__)
/* A 32-bit call from this 64-bit program: pointers must lie in the lower 4 GB. */
static long call32(long nr, uintptr_t a, uintptr_t b, uintptr_t c)
{
	long r;

	__asm__ volatile("int $0x80"
			 : "=a"(r)
			 : "a"(nr), "b"(a), "c"(b), "d"(c)
			 : "memory", "r8", "r9", "r10", "r11");
	return (int)r;
}

enum { /* of asm/unistd_32.h */
       I386_MOUNT = 21,
       I386_GETPID = 20,
       I386_SOCKETCALL = 102,
       I386_CLONE = 120,
       I386_UNSHARE = 310,
       I386_SOCKET = 359,
       I386_CLONE3 = 435,
};

static bool have_32bit_calls(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		signal(SIGSEGV, SIG_DFL); /* cmocka's handler is the parent's business */
		_exit(call32(I386_GETPID, 0, 0, 0) == getpid() ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	return status == 0;
}

static int calls_of_32bit(void)
{
	uint32_t *args = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	int n = 10;

	if (args == MAP_FAILED || call32(I386_GETPID, 0, 0, 0) != getpid())
		return n;
	n++;
	/* ordinary sockets work … */
	if (call32(I386_SOCKET, AF_UNIX, SOCK_STREAM, 0) < 0 ||
	    call32(I386_SOCKET, AF_INET, SOCK_DGRAM, 0) < 0)
		return n;
	n++;
	/* … AF_ALG and AF_VSOCK do not … */
	if (call32(I386_SOCKET, AF_ALG, SOCK_SEQPACKET, 0) != -EPERM ||
	    call32(I386_SOCKET, AF_VSOCK, SOCK_STREAM, 0) != -EPERM)
		return n;
	n++;
	/* … nor where the family is hidden from the filter … */
	args[0] = AF_ALG;
	args[1] = SOCK_SEQPACKET;
	args[2] = 0;
	if (call32(I386_SOCKETCALL, 1, (uintptr_t)args, 0) != -ENOSYS)
		return n;
	n++;
	/* … while socketcall's other calls go on: listen on what is not a descriptor */
	args[0] = 9999;
	if (call32(I386_SOCKETCALL, 4, (uintptr_t)args, 0) != -EBADF)
		return n;
	n++;
	if (call32(I386_MOUNT, 0, 0, 0) != -EPERM || call32(I386_UNSHARE, 0, 0, 0) != -EPERM)
		return n;
	n++;
	if (call32(I386_CLONE, CLONE_NEWUSER | SIGCHLD, 0, 0) != -EPERM ||
	    call32(I386_CLONE3, 0, 0, 0) != -ENOSYS || call32(600, 0, 0, 0) != -ENOSYS)
		return n;
	return 0;
}

static void test_in_force_32bit(void **state)
{
	struct sec_filter f = { 0 };

	need_real_kernel("32-bit calls");
	if (!have_32bit_calls())
		skip_because("this kernel has no 32-bit calls");
	compile_default(oci_default_caps, &f);
	run_under(&f, calls_of_32bit);
	sec_filter_clear(&f);
}

/* Any rule about an argument that ipc or socketcall would hide. */
static void test_hidden_calls(void **state)
{
	static const char text[] =
	    "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"architectures\":[\"SCMP_ARCH_X86_64\","
	    "\"SCMP_ARCH_X86\"],\"syscalls\":[{\"names\":[\"socketcall\",\"ipc\",\"socket\"],"
	    "\"action\":\"SCMP_ACT_ALLOW\"},{\"names\":[\"socketpair\",\"shmget\"],\"action\":"
	    "\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"value\":1,\"op\":\"SCMP_CMP_EQ\"}]}]}";
	struct sec_filter f = { 0 };
	struct err err = { 0 };

	assert_ok(compile_text(text, &f, &err), &err);
	assert_int_equal(sim_run(&f, AUDIT_ARCH_I386, 102, 1), SECCOMP_RET_ALLOW);
	assert_int_equal(sim_run(&f, AUDIT_ARCH_I386, 102, 8), ERRNO(ENOSYS));
	assert_int_equal(sim_run(&f, AUDIT_ARCH_I386, 117, 23), ERRNO(ENOSYS));
	assert_int_equal(sim_run(&f, AUDIT_ARCH_I386, 117, 0x10000 | 23), ERRNO(ENOSYS));
	assert_int_equal(sim_run(&f, AUDIT_ARCH_I386, 117, 21), SECCOMP_RET_ALLOW);
	assert_int_equal(sim_run(&f, AUDIT_ARCH_I386, 360, 1), SECCOMP_RET_ALLOW);
	assert_int_equal(sim_run(&f, AUDIT_ARCH_I386, 360, 2), ERRNO(EPERM));
	/* 64-bit calls of the same numbers are other calls */
	assert_int_not_equal(sim_run(&f, NATIVE, 102, 1), SECCOMP_RET_ALLOW);
	sec_filter_clear(&f);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_default_permits),
		cmocka_unit_test(test_default_refuses),
		cmocka_unit_test(test_default_clone_flags),
		cmocka_unit_test(test_default_families),
		cmocka_unit_test(test_default_personality),
		cmocka_unit_test(test_default_by_cap),
		cmocka_unit_test(test_newer_calls),
		cmocka_unit_test(test_default_allow),
		cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_bad_profiles),
		cmocka_unit_test(test_flags_and_notify),
		cmocka_unit_test(test_cache),
		cmocka_unit_test(test_cache_owner),
		cmocka_unit_test(test_cache_unusable),
		cmocka_unit_test(test_docker_format),
		cmocka_unit_test(test_docker_format_bad),
		cmocka_unit_test(test_in_force),
#if defined(__x86_64__)
		cmocka_unit_test(test_in_force_32bit),
		cmocka_unit_test(test_hidden_calls),
#endif
	};

	/* libseccomp asks the kernel what it has, and qemu-user has nothing to say */
	if (is_emulated())
		seccomp_api_set(5);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
