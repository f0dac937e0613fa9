/* SPDX-License-Identifier: Apache-2.0 */
/* Device rules in force: by v1's controller where there is one, and by BPF on the v2 side. */
#include <sys/sysmacros.h>

#include "cgroup_support.h"
#include "runtime/cgroup/controllers.h"

static const struct oci_device_rule deny_all = {
	.type = 'a', .major = -1, .minor = -1, .read = true, .write = true, .mknod = true
};

static struct oci_device_rule allow(char type, int major, int minor, bool w)
{
	return (struct oci_device_rule){ .allow = true,
					 .type = type,
					 .major = major,
					 .minor = minor,
					 .read = true,
					 .write = w,
					 .mknod = true };
}

/* How opening a new node of the device ends: 0 opened, 1 refused by the rules, 2 no such device
 * behind a node that the rules let through, 3 the node could not be made. */
struct attempt {
	mode_t type;
	unsigned major, minor;
	int flags;
};

static int tries(void *arg)
{
	const struct attempt *a = arg;
	char path[] = "/dev/shm/coracle-test-node-XXXXXX";
	int fd = mkstemp(path);

	if (fd < 0 || unlink(path) < 0)
		return 4;
	if (mknod(path, a->type | 0600, makedev(a->major, a->minor)) < 0)
		return 3;
	fd = open(path, a->flags | O_NONBLOCK);
	if (fd >= 0)
		fd = 0;
	else
		fd = errno == EPERM || errno == EACCES ? 1 : 2;
	unlink(path);
	return fd;
}

static int attempt(struct cgroup *cg, mode_t type, unsigned major, unsigned minor, int flags)
{
	struct attempt a = { type, major, minor, flags };

	return run_in(cg, tries, &a);
}

/* Skips where even outside of a group devices cannot be tried (a /dev/shm with nodev). */
#define need_devices()                                                        \
	do {                                                                  \
		struct attempt null_ = { S_IFCHR, 1, 3, O_RDWR };             \
		need_groups();                                                \
		if (tries(&null_) != 0)                                       \
			skip_because("device nodes do not work in /dev/shm"); \
	} while (0)

static void expect_defaults(struct cgroup *cg)
{
	assert_int_equal(attempt(cg, S_IFCHR, 1, 3, O_RDWR), 0);    /* null */
	assert_int_equal(attempt(cg, S_IFCHR, 1, 5, O_RDWR), 0);    /* zero */
	assert_int_equal(attempt(cg, S_IFCHR, 1, 9, O_RDONLY), 0);  /* urandom */
	assert_int_equal(attempt(cg, S_IFCHR, 1, 11, O_RDONLY), 1); /* kmsg: made, not opened */
	assert_int_equal(attempt(cg, S_IFBLK, 1, 0, O_RDONLY), 1);  /* a block device */
}

static void default_list(void **state)
{
	struct oci_device_rule rules[] = { deny_all, allow('c', 1, 11, false) };
	struct oci_resources r = { .devices = rules, .device_count = 1 };
	struct cgroup *cg;

	need_devices();
	cg = make("devices", &r);
	expect_defaults(cg);
	unmake(cg);
	r.device_count = 0; /* no rules at all are no permission either */
	cg = make("devices", &r);
	expect_defaults(cg);
	unmake(cg);
	r.device_count = 2;
	cg = make("devices", &r);
	assert_int_not_equal(attempt(cg, S_IFCHR, 1, 11, O_RDONLY), 1);
	assert_int_equal(attempt(cg, S_IFCHR, 1, 11, O_RDWR), 1);
	assert_int_equal(attempt(cg, S_IFBLK, 1, 11, O_RDONLY), 1);
	unmake(cg);
}

static void privileged_list(void **state)
{
	struct oci_device_rule all = deny_all;
	struct oci_resources r = { .devices = &all, .device_count = 1 };
	struct cgroup *cg;

	need_devices();
	all.allow = true;
	cg = make("alldevices", &r);
	assert_int_not_equal(attempt(cg, S_IFCHR, 1, 11, O_RDONLY), 1);
	unmake(cg);
}

/* kmsg permitted and taken away again while the group lives. */
static void updates(void **state)
{
	struct oci_device_rule rules[] = { deny_all, allow('c', 1, 11, true) };
	struct oci_resources r = { .devices = rules, .device_count = 1 };
	struct err err = { 0 };
	struct cgroup *cg;

	need_devices();
	cg = make("devupdate", &r);
	assert_int_equal(attempt(cg, S_IFCHR, 1, 11, O_RDONLY), 1);
	for (int i = 0; i < 2; i++) {
		r.device_count = 2;
		assert_ok(cgroup_update(cg, &r, &err), &err);
		assert_int_not_equal(attempt(cg, S_IFCHR, 1, 11, O_RDONLY), 1);
		assert_int_equal(attempt(cg, S_IFCHR, 1, 3, O_RDWR), 0);
		r.device_count = 1;
		assert_ok(cgroup_update(cg, &r, &err), &err);
		expect_defaults(cg);
	}
	rules[0].allow = true; /* all, and back */
	assert_ok(cgroup_update(cg, &r, &err), &err);
	assert_int_not_equal(attempt(cg, S_IFCHR, 1, 11, O_RDONLY), 1);
	rules[0].allow = false;
	assert_ok(cgroup_update(cg, &r, &err), &err);
	expect_defaults(cg);
	unmake(cg);
}

/* v1 cannot except a device from a wider permission: refused, never ignored. */
static void contradictions(void **state)
{
	struct oci_device_rule rules[] = { deny_all, allow('c', 1, -1, true),
					   allow('c', 1, 11, true) };
	struct oci_resources r = { .devices = rules, .device_count = 3 };
	struct err err = { 0 };
	struct cgroup *cg = NULL;

	need_devices();
	rules[2].allow = false;
	if (on_v2(CG_DEVICES)) {
		cg = make("contra", &r);
		assert_int_equal(attempt(cg, S_IFCHR, 1, 11, O_RDONLY), 1);
		assert_int_equal(attempt(cg, S_IFCHR, 1, 7, O_RDONLY), 0);
		unmake(cg);
		return;
	}
	assert_int_equal(cgroup_create(test_path("contra"), &r, false, &cg, &err), -EOPNOTSUPP);
	assert_int_equal(err.class, ERR_UNSUPPORTED);
	assert_false(exists_anywhere(test_path("contra")));
	rules[1] =
	    allow('c', 1, 11, true); /* the same device, or a part of the denial: taken back */
	rules[2].minor = -1;
	cg = make("contra", &r);
	assert_int_equal(attempt(cg, S_IFCHR, 1, 11, O_RDONLY), 1);
	unmake(cg);
}

/* The BPF program on the v2 side, whoever does it on this host. */
static void program_in_force(void **state)
{
	struct oci_device_rule rules[] = { deny_all, allow('c', 1, 11, true) };
	struct oci_resources r = { .devices = rules, .device_count = 2 };
	struct err err = { 0 };
	struct cg_undo undo = { 0 };
	struct cg_set set = { .r = &r, .fresh = true };
	struct cgroup *cg;

	need_devices();
	if (layout()->v2 < 0)
		skip_because("no cgroup v2 here");
	cg = make("program", NULL);
	set.dir = cgroup_v2_dir(cg);
	assert_int_not_equal(attempt(cg, S_IFBLK, 1, 0, O_RDONLY), 1);
	assert_ok(cg_v2_devices_set(&set, &err), &err);
	assert_int_not_equal(attempt(cg, S_IFCHR, 1, 11, O_RDONLY), 1);
	assert_int_equal(attempt(cg, S_IFBLK, 1, 0, O_RDONLY), 1);
	set.fresh = false;
	set.undo = &undo;
	r.device_count = 1;
	assert_ok(cg_v2_devices_set(&set, &err), &err);
	expect_defaults(cg);
	r.device_count = 2; /* the new program took the old one's place: else both would decide */
	assert_ok(cg_v2_devices_set(&set, &err), &err);
	assert_int_not_equal(attempt(cg, S_IFCHR, 1, 11, O_RDONLY), 1);
	unmake(cg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		group_test(default_list),   group_test(privileged_list),  group_test(updates),
		group_test(contradictions), group_test(program_in_force),
	};

	return run_cgroup_tests(tests);
}
