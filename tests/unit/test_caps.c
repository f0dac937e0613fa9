/* SPDX-License-Identifier: Apache-2.0 */
/* Capabilities, seccomp, resource limits: each changed in a child, seen through the kernel. */
#include "support.h"
#include "in_child.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "base/str.h"
#include "linux/caps.h"
#include "linux/rlimit.h"
#include "linux/seccomp.h"
#include "linux/spawn.h"

static struct err err;

static void names(void **state)
{
	int number = -1;

	assert_string_equal(cap_name(0), "CAP_CHOWN");
	assert_string_equal(cap_name(CAP_SYS_ADMIN), "CAP_SYS_ADMIN");
	assert_string_equal(cap_name(40), "CAP_CHECKPOINT_RESTORE");
	assert_null(cap_name(41));
	assert_null(cap_name(-1));
	for (int i = 0; i < CAPS_KNOWN; i++) {
		assert_ok(cap_parse(cap_name(i), &number, &err), &err);
		assert_int_equal(number, i);
		assert_ok(cap_parse(cap_name(i) + 4, &number, &err), &err);
		assert_int_equal(number, i);
	}
	assert_ok(cap_parse("cap_net_raw", &number, &err), &err);
	assert_int_equal(number, CAP_NET_RAW);
	assert_ok(cap_parse("Kill", &number, &err), &err);
	assert_int_equal(number, CAP_KILL);
	assert_int_equal(cap_parse("CAP_ALL", &number, &err), -EINVAL);
	assert_int_equal(cap_parse("CAP_", &number, &err), -EINVAL);
	assert_int_equal(cap_parse("", &number, &err), -EINVAL);
	assert_int_equal(cap_parse("CAP_CAP_KILL", &number, &err), -EINVAL);
}

static uint64_t status_set(const char *name)
{
	return strtoull(strstr(get_file(AT_FDCWD, "/proc/self/status"), name) + strlen(name), NULL,
			16);
}

static void sets_are_the_kernels(void **state)
{
	struct cap_sets sets;
	char last[16];

	assert_ok(caps_get(&sets, &err), &err);
	assert_true(sets.effective == status_set("CapEff:"));
	assert_true(sets.permitted == status_set("CapPrm:"));
	assert_true(sets.inheritable == status_set("CapInh:"));
	assert_true(sets.bounding == status_set("CapBnd:"));
	assert_true(sets.ambient == status_set("CapAmb:"));
	snprintf(last, sizeof(last), "%d\n", cap_last());
	assert_string_equal(get_file(AT_FDCWD, "/proc/sys/kernel/cap_last_cap"), last);
	assert_true(cap_all() == UINT64_MAX >> (63 - cap_last()));
}

static int reduce(void *arg)
{
	uint64_t few = CAP_BIT(CAP_KILL) | CAP_BIT(CAP_CHOWN);
	struct cap_sets sets;

	if (caps_bound(few, NULL) < 0 || caps_set(few, few, few, NULL) < 0 ||
	    caps_ambient(CAP_BIT(CAP_KILL), NULL) < 0 || caps_get(&sets, NULL) < 0)
		return 1;
	if (sets.bounding != few || sets.effective != few || sets.permitted != few ||
	    sets.inheritable != few || sets.ambient != CAP_BIT(CAP_KILL))
		return 2;
	if (!caps_have(CAP_KILL) || caps_have(CAP_SYS_ADMIN))
		return 3;
	if (caps_ambient(CAP_BIT(CAP_SYS_ADMIN), NULL) != -EPERM)
		return 4;
	if (caps_set(CAP_BIT(CAP_SYS_ADMIN), few, few, NULL) != -EPERM)
		return 5;
	if (caps_bound(0, NULL) != -EPERM) /* without CAP_SETPCAP */
		return 6;
	return 0;
}

static int keep_over_setuid(void *arg)
{
	struct cap_sets sets;

	if (caps_keep_over_setuid(true, NULL) < 0 || setresuid(65534, 65534, 65534) < 0 ||
	    caps_get(&sets, NULL) < 0)
		return 1;
	return sets.effective == 0 && (sets.permitted & CAP_BIT(CAP_KILL)) ? 0 : 2;
}

static void sets_are_reduced(void **state)
{
	if (!caps_have(CAP_SETPCAP) || !caps_have(CAP_KILL) || !caps_have(CAP_CHOWN))
		skip_because("no capabilities to give away");
	assert_int_equal(in_child(reduce, NULL), 0);
	assert_int_equal(in_child(keep_over_setuid, NULL), 0);
}

/* --- seccomp ------------------------------------------------------------------------------------
 */

/* getppid gives EXDEV, all else passes; enough to see that a filter is in force. */
static const struct sock_filter filter[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EXDEV),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

static int load_filter(void *arg)
{
	int listener = -1;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (seccomp_install(filter, sizeof(filter), SECCOMP_FILTER_FLAG_LOG, NULL, NULL) < 0)
		return 1;
	if (syscall(SYS_getppid) != -1 || errno != EXDEV)
		return 2;
	if (seccomp_install(filter, sizeof(filter), SECCOMP_FILTER_FLAG_NEW_LISTENER, &listener,
			    NULL) < 0 ||
	    fcntl(listener, F_GETFD) != FD_CLOEXEC)
		return 3;
	return 0;
}

static int load_without_right(void *arg)
{
	if (setresuid(65534, 65534, 65534) < 0)
		return 1;
	return seccomp_install(filter, sizeof(filter), 0, NULL, NULL) == -EACCES ? 0 : 2;
}

static void filters(void **state)
{
	struct err e;

	need_real_kernel("seccomp");
	assert_int_equal(in_child(load_filter, NULL), 0);
	if (geteuid() == 0)
		assert_int_equal(in_child(load_without_right, NULL), 0);
	assert_true(seccomp_has_action(SECCOMP_RET_ERRNO));
	assert_false(seccomp_has_action(0x12340000));
	assert_true(seccomp_has_flags(SECCOMP_FILTER_FLAG_TSYNC));
	assert_true(seccomp_has_flags(SECCOMP_FILTER_FLAG_LOG));
	assert_false(seccomp_has_flags(1U << 30));
	assert_int_equal(seccomp_install(filter, 7, 0, NULL, &e), -EINVAL);
	assert_int_equal(seccomp_install(filter, 0, 0, NULL, &e), -EINVAL);
	assert_int_equal(seccomp_install(filter, 8 * 4097, 0, NULL, &e), -EINVAL);
}

static int load_unknown_flag(void *arg)
{
	struct err e;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return seccomp_install(filter, sizeof(filter), 1U << 30, NULL, &e) == -EINVAL &&
		       e.class == ERR_UNSUPPORTED
		   ? 0
		   : 1;
}

static void unknown_flags_are_refused(void **state)
{
	need_real_kernel("seccomp");
	assert_int_equal(in_child(load_unknown_flag, NULL), 0);
}

/* --- limits -------------------------------------------------------------------------------------
 */

static void limit_names(void **state)
{
	int resource = -1;

	assert_ok(rlimit_parse("nofile", &resource, &err), &err);
	assert_int_equal(resource, RLIMIT_NOFILE);
	assert_ok(rlimit_parse("RLIMIT_CORE", &resource, &err), &err);
	assert_int_equal(resource, RLIMIT_CORE);
	assert_int_equal(rlimit_parse("files", &resource, &err), -EINVAL);
	assert_int_equal(rlimit_parse("", &resource, &err), -EINVAL);
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		assert_ok(rlimit_parse(rlimit_name(i), &resource, &err), &err);
		assert_int_equal(resource, i);
	}
	assert_null(rlimit_name(RLIM_NLIMITS));
	assert_null(rlimit_name(-1));
}

static int set_limits(void *arg)
{
	uint64_t soft = 0, hard = 0;
	struct rlimit now;
	struct err e;

	if (rlimit_set(0, RLIMIT_CORE, 0, 4096, &e) < 0 ||
	    rlimit_get(0, RLIMIT_CORE, &soft, &hard, &e) < 0 || soft != 0 || hard != 4096)
		return 1;
	if (getrlimit(RLIMIT_CORE, &now) < 0 || now.rlim_max != 4096)
		return 2;
	if (rlimit_set(0, RLIMIT_CORE, 2, 1, &e) != -EINVAL || !strstr(e.text, "RLIMIT_CORE"))
		return 3;
	if (rlimit_set(0, RLIMIT_CORE, RLIM_INFINITY, 1, &e) != -EINVAL ||
	    !strstr(e.text, "limit unlimited is above"))
		return 3;
	if (rlimit_set(0, 99, 1, 1, &e) != -EINVAL)
		return 4;
	if (caps_have(CAP_SYS_RESOURCE) && caps_set(0, 0, 0, &e) < 0)
		return 5;
	if (rlimit_set(0, RLIMIT_CORE, 0, 8192, &e) != -EPERM || e.class != ERR_DENIED ||
	    !strstr(e.text, "4096"))
		return 6;
	return 0;
}

static void limits(void **state)
{
	assert_int_equal(in_child(set_limits, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(sets_are_the_kernels),
		cmocka_unit_test(sets_are_reduced),
		cmocka_unit_test(filters),
		cmocka_unit_test(unknown_flags_are_refused),
		cmocka_unit_test(limit_names),
		cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
