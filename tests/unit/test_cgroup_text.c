/* SPDX-License-Identifier: Apache-2.0 */
/* What of the control groups can be decided without a kernel: texts, numbers, device programs. */
#include <math.h>

#include <linux/bpf.h>

#include "runtime/cgroup/controllers.h"
#include "support.h"

static void proc_lines(void **state)
{
	char text[] = "12:cpu,cpuacct:/a:b\n11:name=systemd:/x\nrubbish\n5::no slash\n0::/c\n";
	char *next = text;
	struct cg_proc_line line;

	assert_true(cg_proc_next(&next, &line));
	assert_string_equal(line.list, "cpu,cpuacct");
	assert_string_equal(line.path, "/a:b");
	assert_int_equal(cg_mask_of_list(line.list), CG_BIT(CG_CPU) | CG_BIT(CG_CPUACCT));
	assert_true(cg_proc_next(&next, &line));
	assert_string_equal(line.list, "name=systemd");
	assert_int_equal(cg_mask_of_list(line.list), 0);
	assert_true(cg_proc_next(&next, &line));
	assert_string_equal(line.list, "");
	assert_string_equal(line.path, "/c");
	assert_false(cg_proc_next(&next, &line));
}

#define MOUNTS                                                                            \
	"20 1 8:1 / / rw shared:1 - ext4 /dev/vda rw\n"                                   \
	"30 20 0:29 /docker/x /odd\\040place rw,nosuid - cgroup cgroup rw,cpu,cpuacct\n"  \
	"31 20 0:29 / /cg/cpu rw - cgroup cgroup rw,xattr,cpu,cpuacct\n"                  \
	"32 20 0:30 / /cg/systemd rw shared:4 master:2 - cgroup cgroup rw,name=systemd\n" \
	"33 20 0:31 / /elsewhere rw - cgroup2 cgroup2 rw\n"                               \
	"34 20 0:31 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"                   \
	"35 20 0:32 /only/a/part /part rw - cgroup cgroup rw,memory\n"                    \
	"36 20 0:33 / /sys/fs/cgroupsomething rw - cgroup cgroup rw,pids\nshort line\n"

static void expect_mount(const char *list, const char *mount, const char *root)
{
	char *got_mount, *got_root;

	assert_int_equal(cg_mountinfo_find(MOUNTS, "/sys/fs/cgroup", list, &got_mount, &got_root),
			 0);
	assert_string_equal(got_mount, mount);
	assert_string_equal(got_root, root);
	free(got_mount);
	free(got_root);
}

static void mountinfo(void **state)
{
	char *mount, *root;

	expect_mount("cpu,cpuacct", "/cg/cpu", "/");
	expect_mount("name=systemd", "/cg/systemd", "/");
	expect_mount("", "/sys/fs/cgroup/unified", "/");
	expect_mount("memory", "/part", "/only/a/part");
	expect_mount("pids", "/sys/fs/cgroupsomething", "/");
	assert_int_equal(cg_mountinfo_find(MOUNTS, "/sys/fs/cgroup", "blkio", &mount, &root),
			 -ENOENT);
	assert_int_equal(cg_mountinfo_find(MOUNTS, "/sys/fs/cgroup", "cpu,blkio", &mount, &root),
			 -ENOENT);
}

static void keys(void **state)
{
	uint64_t value = 7;

	assert_true(cg_find_key("oom 1\noom_kill 23\n", "oom_kill", &value));
	assert_int_equal(value, 23);
	assert_true(cg_find_key("oom 1\noom_kill 23\n", "oom", &value));
	assert_int_equal(value, 1);
	assert_false(cg_find_key("oom_kill_disable 0\n", "oom_kill", &value));
	assert_false(cg_find_key("", "oom", &value));
}

/* The curve as it is written down, by libm. */
static uint64_t weight_by_libm(double shares)
{
	double l = log2(shares);

	return (uint64_t)ceil(pow(10, (l * l + 125 * l) / 612.0 - 7.0 / 34.0));
}

static void weights(void **state)
{
	assert_int_equal(cg_v2_weight_of_shares(2), 1);
	assert_int_equal(cg_v2_weight_of_shares(1024), 100);
	assert_int_equal(cg_v2_weight_of_shares(262144), 10000);
	assert_int_equal(cg_v2_weight_of_shares(UINT64_MAX), 10000);
	for (uint64_t shares = 3; shares < 262144; shares++)
		if (cg_v2_weight_of_shares(shares) != weight_by_libm((double)shares))
			fail_msg("%d shares: weight %d, libm says %d", (int)shares,
				 (int)cg_v2_weight_of_shares(shares),
				 (int)weight_by_libm((double)shares));
}

static void page_sizes(void **state)
{
	static const char *const bad[] = { "",	      "2M",   "0MB",	      "02MB",
					   "MB",      "2TB",  "2MB/",	      "../2MB",
					   "2MB.max", "-2MB", "99999999999MB" };
	struct oci_key_limit limit = { .key = (char *)"2MB" };
	struct err err = { 0 };
	char file[64];

	assert_int_equal(cg_hugetlb_file(&limit, "max", file, &err), 0);
	assert_string_equal(file, "hugetlb.2MB.max");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		limit.key = (char *)bad[i];
		assert_int_equal(cg_hugetlb_file(&limit, "max", file, &err), -EINVAL);
		assert_int_equal(err.class, ERR_INVALID);
	}
}

/* --- device programs ------------------------------------------------------------------------- */

/* Runs the few kinds of instruction that the programs consist of; aborts on any other. */
static int run(const struct bpf_insn *insns, size_t count, struct bpf_cgroup_dev_ctx ctx)
{
	uint64_t r[11] = { 0 };

	for (size_t pc = 0; pc < count; pc++) {
		const struct bpf_insn *i = &insns[pc];
		int64_t imm = i->imm;

		switch (i->code) {
		case BPF_LDX | BPF_MEM | BPF_W:
			assert_int_equal(i->src_reg, BPF_REG_1);
			assert_true(i->off >= 0 && (size_t)i->off + 4 <= sizeof(ctx));
			r[i->dst_reg] = *(const uint32_t *)((const char *)&ctx + i->off);
			break;
		case BPF_ALU64 | BPF_MOV | BPF_X:
			r[i->dst_reg] = r[i->src_reg];
			break;
		case BPF_ALU64 | BPF_MOV | BPF_K:
			r[i->dst_reg] = (uint64_t)imm;
			break;
		case BPF_ALU64 | BPF_AND | BPF_K:
			r[i->dst_reg] &= (uint64_t)imm;
			break;
		case BPF_ALU64 | BPF_RSH | BPF_K:
			r[i->dst_reg] >>= imm;
			break;
		case BPF_JMP | BPF_JNE | BPF_K:
			pc += r[i->dst_reg] != (uint64_t)imm ? (size_t)i->off : 0;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			pc += r[i->dst_reg] == (uint64_t)imm ? (size_t)i->off : 0;
			break;
		case BPF_JMP | BPF_EXIT:
			return (int)r[0];
		default:
			fail_msg("instruction %zu has code 0x%x", pc, i->code);
		}
	}
	fail_msg("ran off the end");
	return -1;
}

static struct oci_device_rule rule(bool allow, char type, int major, int minor, const char *access)
{
	return (struct oci_device_rule){
		.allow = allow,
		.type = type,
		.major = major,
		.minor = minor,
		.read = strchr(access, 'r') != NULL,
		.write = strchr(access, 'w') != NULL,
		.mknod = strchr(access, 'm') != NULL,
	};
}

static bool allowed(struct oci_device_rule *list, size_t count, char type, unsigned major,
		    unsigned minor, const char *access)
{
	struct cg_rules rules = { list, count };
	struct oci_device_rule a = rule(true, type, 0, 0, access);
	struct bpf_cgroup_dev_ctx ctx = {
		.access_type =
		    (type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR) |
		    ((a.read ? BPF_DEVCG_ACC_READ : 0u) | (a.write ? BPF_DEVCG_ACC_WRITE : 0u) |
		     (a.mknod ? BPF_DEVCG_ACC_MKNOD : 0u))
			<< 16,
		.major = major,
		.minor = minor,
	};
	struct bpf_insn *insns;
	size_t insn_count;
	int verdict;

	assert_int_equal(cg_device_program(&rules, &insns, &insn_count, NULL), 0);
	verdict = run(insns, insn_count, ctx);
	free(insns);
	return verdict;
}

static void program_allow_list(void **state)
{
	struct oci_device_rule list[] = {
		rule(false, 'a', -1, -1, "rwm"), rule(true, 'c', 1, 3, "rwm"),
		rule(true, 'c', 136, -1, "rw"),	 rule(true, 'b', 8, 0, "r"),
		rule(true, 'b', 8, 0, "w"),
	};

	assert_true(allowed(list, 5, 'c', 1, 3, "rw"));
	assert_true(allowed(list, 5, 'c', 136, 77, "rw"));
	assert_false(allowed(list, 5, 'c', 136, 77, "m"));
	assert_false(allowed(list, 5, 'c', 136, 77, "rm"));
	assert_false(allowed(list, 5, 'c', 1, 5, "r"));
	assert_false(allowed(list, 5, 'b', 1, 3, "r"));
	assert_true(allowed(list, 5, 'b', 8, 0, "rw")); /* one access by each of two rules */
	assert_false(allowed(list, 5, 'b', 8, 1, "r"));
	assert_false(allowed(list, 1, 'c', 1, 3, "r"));
	assert_false(allowed(list, 0, 'c', 1, 3, "r")); /* no rule at all: denied */
}

static void program_last_match(void **state)
{
	struct oci_device_rule list[] = {
		rule(true, 'a', -1, -1, "rwm"),	  rule(false, 'b', -1, -1, "rw"),
		rule(true, 'b', 7, -1, "r"),	  rule(false, 'b', 7, 1, "r"),
		rule(false, 'a', 10, 229, "rwm"),
	};

	assert_true(allowed(list, 5, 'c', 1, 1, "rwm"));
	assert_true(allowed(list, 5, 'b', 8, 0, "m"));
	assert_false(allowed(list, 5, 'b', 8, 0, "mr"));
	assert_true(allowed(list, 5, 'b', 7, 0, "r"));
	assert_false(allowed(list, 5, 'b', 7, 0, "rw"));
	assert_false(allowed(list, 5, 'b', 7, 1, "r"));
	assert_false(allowed(list, 5, 'c', 10, 229, "m"));
	assert_false(allowed(list, 5, 'b', 10, 229, "r"));
	list[4] = rule(false, 'a', -1, -1, "rwm"); /* a total rule makes all before it moot */
	assert_false(allowed(list, 5, 'c', 1, 1, "r"));
}

static void rules_checked(void **state)
{
	struct oci_device_rule bad[] = { rule(true, 'x', 1, 1, "r"), rule(true, 'c', -2, 1, "r"),
					 rule(true, 'c', 1, 1 << 20, "r") };

	for (size_t i = 0; i < 3; i++) {
		struct oci_resources r = { .devices = &bad[i], .device_count = 1 };
		struct cg_rules rules;

		assert_int_equal(cg_rules_build(&r, &rules, NULL), -EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(proc_lines),
		cmocka_unit_test(mountinfo),
		cmocka_unit_test(keys),
		cmocka_unit_test(weights),
		cmocka_unit_test(page_sizes),
		cmocka_unit_test(program_allow_list),
		cmocka_unit_test(program_last_match),
		cmocka_unit_test(rules_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
