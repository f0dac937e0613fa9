/* SPDX-License-Identifier: Apache-2.0 */
/* Limits: in the kernel's file, and in force. On whatever layout this kernel has. */
#include <sys/resource.h>

#include "cgroup_support.h"
#include "runtime/cgroup/controllers.h"

enum { MB = 1 << 20 };

/* `code` 0: whatever this kernel says. */
static void refuse(const struct oci_resources *r, int code, enum err_class class, const char *word)
{
	struct cgroup *cg = NULL;
	struct err err = { 0 };

	int got = cgroup_create(test_path("refused"), r, false, &cg, &err);

	if (code ? got != code : got >= 0)
		fail_msg("%s: %d %s", word, got, err.text);
	assert_int_equal(err.class, class);
	if (!strstr(err.text, word))
		fail_msg("\"%s\" does not name %s", err.text, word);
	assert_false(exists_anywhere(test_path("refused")));
}

static void refuses_by_name(void **state)
{
	struct oci_key_limit limit = { .key = (char *)"mlx5", .value = 1 };
	struct oci_resources r = { .has = OCI_HAS_NET_CLASS, .net_class = 1 };

	need_groups();
	refuse(&r, -EOPNOTSUPP, ERR_UNSUPPORTED, "network.classID");
	r = (struct oci_resources){ .rdma = &limit, .rdma_count = 1 };
	refuse(&r, -EOPNOTSUPP, ERR_UNSUPPORTED, "rdma");
	r = (struct oci_resources){ .net_priorities = &limit, .net_priority_count = 1 };
	refuse(&r, -EOPNOTSUPP, ERR_UNSUPPORTED, "network.priorities");
	r = (struct oci_resources){ .has = OCI_HAS_MEM_KERNEL, .mem_kernel = MB };
	refuse(&r, -EOPNOTSUPP, ERR_UNSUPPORTED, "memory.kernel");
	r = (struct oci_resources){ .has = OCI_HAS_CPU_RT_RUNTIME, .cpu_rt_runtime = 1000 };
	refuse(&r, -EOPNOTSUPP, ERR_UNSUPPORTED, "cpu.realtimeRuntime");
	r = (struct oci_resources){ .has = OCI_HAS_BLKIO_LEAF_WEIGHT, .blkio_leaf_weight = 100 };
	refuse(&r, -EOPNOTSUPP, ERR_UNSUPPORTED, "blockIO.leafWeight");
	r = (struct oci_resources){ .has = OCI_HAS_MEM_LIMIT, .mem_limit = -2 };
	refuse(&r, -EINVAL, ERR_INVALID, "memory");
	if (on_v2(CG_MEMORY)) {
		r = (struct oci_resources){ .has = OCI_HAS_MEM_SWAPPINESS, .mem_swappiness = 10 };
		refuse(&r, -EOPNOTSUPP, ERR_UNSUPPORTED, "memory.swappiness");
		r = (struct oci_resources){ .has = OCI_HAS_MEM_OOM_DISABLE,
					    .mem_oom_disable = true };
		refuse(&r, -EOPNOTSUPP, ERR_UNSUPPORTED, "memory.disableOOMKiller");
	}
}

/* A value that the kernel refuses is an error that names file and value; nothing is left. */
static void refuses_values(void **state)
{
	struct oci_resources r = { .cpuset_cpus = (char *)"4000" };

	need_groups();
	if (cg_home(layout(), CG_CPUSET) >= 0)
		refuse(&r, 0, ERR_ENGINE, "\"4000\" to cpuset.cpus");
	if (cg_home(layout(), CG_CPU) >= 0) {
		r = (struct oci_resources){ .has = OCI_HAS_CPU_SHARES, .cpu_shares = 1 };
		refuse(&r, -EINVAL, ERR_INVALID, "cpu shares 1");
		r = (struct oci_resources){ .has = OCI_HAS_CPU_SHARES, .cpu_shares = 262145 };
		refuse(&r, -EINVAL, ERR_INVALID, "262145");
		r = (struct oci_resources){ .has = OCI_HAS_CPU_PERIOD, .cpu_period = 5 };
		refuse(&r, -EINVAL, ERR_ENGINE, "to cpu.");
	}
	if (cg_home(layout(), CG_MEMORY) < 0)
		return;
	r = (struct oci_resources){ .has = OCI_HAS_MEM_LIMIT | OCI_HAS_MEM_SWAP,
				    .mem_limit = 64 * MB,
				    .mem_swap = 32 * MB };
	if (cg_home(layout(), CG_MEMORY) == layout()->v2)
		refuse(&r, -EINVAL, ERR_INVALID, "memory and swap together");
	else
		refuse(&r, -EINVAL, ERR_ENGINE, "memory and swap together");
}

static void memory_files(void **state)
{
	struct oci_resources r = {
		.has = OCI_HAS_MEM_LIMIT | OCI_HAS_MEM_SWAP | OCI_HAS_MEM_RESERVATION,
		.mem_limit = 64 * MB,
		.mem_swap = 96 * MB,
		.mem_reservation = 16 * MB,
	};
	struct cgroup *cg;

	need_controller(CG_MEMORY);
	cg = make("memory", &r);
	if (on_v2(CG_MEMORY)) {
		assert_int_equal(group_number(cg, CG_MEMORY, "memory.max"), 64 * MB);
		assert_int_equal(group_number(cg, CG_MEMORY, "memory.swap.max"), 32 * MB);
		assert_int_equal(group_number(cg, CG_MEMORY, "memory.low"), 16 * MB);
	} else {
		assert_int_equal(group_number(cg, CG_MEMORY, "memory.limit_in_bytes"), 64 * MB);
		assert_int_equal(group_number(cg, CG_MEMORY, "memory.memsw.limit_in_bytes"),
				 96 * MB);
		assert_int_equal(group_number(cg, CG_MEMORY, "memory.soft_limit_in_bytes"),
				 16 * MB);
	}
	unmake(cg);
}

/* Memory, and memory and swap, as two numbers: UINT64_MAX is none. */
static void memory_is(struct cgroup *cg, uint64_t limit, uint64_t both)
{
	uint64_t got_limit, got_swap;
	int dir = cg->dir[cg_home(layout(), CG_MEMORY)].fd;

	if (on_v2(CG_MEMORY)) {
		assert_int_equal(cg_get_u64(dir, "memory.max", &got_limit), 0);
		assert_int_equal(cg_get_u64(dir, "memory.swap.max", &got_swap), 0);
		if (got_swap != UINT64_MAX)
			got_swap += got_limit;
	} else {
		assert_int_equal(cg_get_u64(dir, "memory.limit_in_bytes", &got_limit), 0);
		assert_int_equal(cg_get_u64(dir, "memory.memsw.limit_in_bytes", &got_swap), 0);
		got_limit = got_limit > INT64_MAX / 2 ? UINT64_MAX : got_limit;
		got_swap = got_swap > INT64_MAX / 2 ? UINT64_MAX : got_swap;
	}
	assert_int_equal(got_limit, limit);
	assert_int_equal(got_swap, both);
}

static void update_memory(struct cgroup *cg, int64_t limit, int64_t both)
{
	struct oci_resources r = { .has = OCI_HAS_MEM_LIMIT | OCI_HAS_MEM_SWAP,
				   .mem_limit = limit,
				   .mem_swap = both };
	struct err err = { 0 };

	assert_ok(cgroup_update(cg, &r, &err), &err);
}

/* v1 accepts the two in one order when they rise and in the other when they fall. */
static void memory_up_and_down(void **state)
{
	struct oci_resources r = { .has = OCI_HAS_MEM_LIMIT | OCI_HAS_MEM_SWAP,
				   .mem_limit = 64 * MB,
				   .mem_swap = 64 * MB };
	struct err err = { 0 };
	struct cgroup *cg;

	need_controller(CG_MEMORY);
	cg = make("updown", &r);
	memory_is(cg, 64 * MB, 64 * MB);
	update_memory(cg, 128 * MB, 256 * MB);
	memory_is(cg, 128 * MB, 256 * MB);
	update_memory(cg, 32 * MB, 48 * MB);
	memory_is(cg, 32 * MB, 48 * MB);
	update_memory(cg, 32 * MB, -1);
	memory_is(cg, 32 * MB, UINT64_MAX);
	update_memory(cg, 16 * MB, 16 * MB);
	r = (struct oci_resources){ .has = OCI_HAS_MEM_LIMIT, .mem_limit = -1 };
	assert_ok(cgroup_update(cg, &r, &err), &err);
	memory_is(cg, UINT64_MAX, UINT64_MAX);
	unmake(cg);
}

/* The memory limit was accepted already when the set of CPUs is refused. */
static void update_is_whole(void **state)
{
	struct oci_resources r = { .has = OCI_HAS_MEM_LIMIT | OCI_HAS_MEM_SWAP |
					  OCI_HAS_PIDS_LIMIT | OCI_HAS_CPU_SHARES |
					  OCI_HAS_CPU_QUOTA,
				   .mem_limit = 64 * MB,
				   .mem_swap = 80 * MB,
				   .pids_limit = 20,
				   .cpu_shares = 512,
				   .cpu_quota = 20000 };
	struct err err = { 0 };
	struct cgroup *cg;

	need_controller(CG_MEMORY);
	cg = make("whole", &r);
	r.mem_limit = 128 * MB;
	r.mem_swap = 512 * MB;
	r.cpu_shares = 4096;
	r.cpu_quota = 50000;
	r.pids_limit = INT64_MAX; /* beyond PIDS_MAX: EINVAL */
	assert_int_equal(cgroup_update(cg, &r, &err), -EINVAL);
	assert_non_null(strstr(err.text, "pids.max"));
	memory_is(cg, 64 * MB, 80 * MB);
	assert_int_equal(group_number(cg, CG_PIDS, "pids.max"), 20);
	if (on_v2(CG_CPU)) {
		assert_string_equal(group_file(cg, CG_CPU, "cpu.max"), "20000 100000");
		assert_int_equal(group_number(cg, CG_CPU, "cpu.weight"),
				 cg_v2_weight_of_shares(512));
	} else {
		assert_int_equal(group_number(cg, CG_CPU, "cpu.cfs_quota_us"), 20000);
		assert_int_equal(group_number(cg, CG_CPU, "cpu.shares"), 512);
	}
	unmake(cg);
}

static int holds_memory(void *arg)
{
	char *p = mmap(NULL, 8 * MB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memset(p, 1, 8 * MB);
	*(volatile uint64_t *)arg = 1;
	return sleeps(NULL);
}

static void update_checks_usage(void **state)
{
	struct oci_resources r = { .has = OCI_HAS_MEM_LIMIT | OCI_HAS_MEM_CHECK_UPDATE,
				   .mem_limit = 4096,
				   .mem_check_before_update = true };
	struct err err = { 0 };
	struct cgroup *cg;
	volatile uint64_t *ready;
	pid_t pid;

	need_controller(CG_MEMORY);
	ready = shared_page();
	cg = make("usage", NULL);
	pid = start_in(cg, holds_memory, (void *)ready);
	assert_true(*ready || changes(ready));
	assert_int_equal(cgroup_update(cg, &r, &err), -EBUSY);
	assert_int_equal(kill(pid, 0), 0);
	memory_is(cg, UINT64_MAX, UINT64_MAX);
	end(pid);
	unmake(cg);
}

static int eats(void *arg)
{
	char *p = mmap(NULL, 200 * MB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memset(p, 1, 200 * MB);
	return 0;
}

static uint64_t kills_counted(int fd)
{
	char text[512] = "";
	uint64_t count = 0;
	ssize_t got = pread(fd, text, sizeof(text) - 1, 0);

	assert_true(got > 0);
	assert_true(cg_find_key(text, "oom_kill", &count));
	return count;
}

static void memory_in_force(void **state)
{
	struct oci_resources r = { .has = OCI_HAS_MEM_LIMIT | OCI_HAS_MEM_SWAP,
				   .mem_limit = 32 * MB,
				   .mem_swap = 32 * MB };
	struct cgroup_stats stats;
	struct cgroup *cg;
	struct err err = { 0 };
	struct pollfd p;
	int fd, count_fd;
	bool v1;

	need_controller(CG_MEMORY);
	cg = make("oom", &r);
	assert_ok(cgroup_oom_fd(cg, &fd, &v1, &err), &err);
	assert_ok(cgroup_oom_count_fd(cg, &count_fd, &err), &err);
	assert_true(fd >= 0);
	assert_int_equal(kills_counted(count_fd), 0);
	if (!v1)
		kills_counted(fd); /* poll tells what changed since it was read */
	p = (struct pollfd){ .fd = fd, .events = v1 ? POLLIN : POLLPRI };
	assert_int_equal(poll(&p, 1, 0), 0);
	assert_int_equal(run_in(cg, eats, NULL), 128 + SIGKILL);
	assert_int_equal(poll(&p, 1, 2000), 1);
	assert_int_equal(kills_counted(count_fd), 1);
	assert_ok(cgroup_stats(cg, &stats, &err), &err);
	assert_int_equal(stats.oom_kills, 1);
	assert_int_equal(stats.mem_limit, 32 * MB);
	close(fd);
	close(count_fd);
	unmake(cg);
}

static int forks(void *arg)
{
	int made = 0;

	while (made < 100) {
		pid_t pid = fork();

		if (pid == 0)
			sleeps(NULL);
		if (pid < 0)
			return errno == EAGAIN ? made : 250;
		made++;
	}
	return made;
}

static void pids_in_force(void **state)
{
	struct oci_resources r = { .has = OCI_HAS_PIDS_LIMIT, .pids_limit = 6 };
	struct err err = { 0 };
	struct cgroup *cg;

	need_controller(CG_PIDS);
	cg = make("pids", &r);
	assert_int_equal(run_in(cg, forks, NULL), 5); /* itself is the sixth */
	assert_ok(cgroup_signal(cg, SIGKILL, &err), &err);
	assert_ok(cgroup_wait_empty(cg, 5000, &err), &err);
	r.pids_limit = -1;
	assert_ok(cgroup_update(cg, &r, &err), &err);
	assert_string_equal(group_file(cg, CG_PIDS, "pids.max"), "max");
	unmake(cg);
}

/* 0 and -1 are none. */
static void pids_none(void **state)
{
	struct oci_resources r = { .has = OCI_HAS_PIDS_LIMIT };
	struct cgroup *cg;

	need_controller(CG_PIDS);
	for (r.pids_limit = -1; r.pids_limit <= 0; r.pids_limit++) {
		cg = make("pidsnone", &r);
		assert_string_equal(group_file(cg, CG_PIDS, "pids.max"), "max");
		unmake(cg);
	}
}

static void cpu_files(void **state)
{
	struct oci_resources r = { .has = OCI_HAS_CPU_SHARES | OCI_HAS_CPU_QUOTA |
					  OCI_HAS_CPU_PERIOD | OCI_HAS_CPU_BURST,
				   .cpu_shares = 2048,
				   .cpu_quota = 30000,
				   .cpu_period = 50000,
				   .cpu_burst = 10000 };
	struct err err = { 0 };
	struct cgroup *cg;
	bool v2;

	need_controller(CG_CPU);
	v2 = on_v2(CG_CPU);
	cg = make("cpu", &r);
	if (v2) {
		assert_string_equal(group_file(cg, CG_CPU, "cpu.max"), "30000 50000");
		assert_int_equal(group_number(cg, CG_CPU, "cpu.weight"),
				 cg_v2_weight_of_shares(2048));
		assert_int_equal(group_number(cg, CG_CPU, "cpu.max.burst"), 10000);
	} else {
		assert_int_equal(group_number(cg, CG_CPU, "cpu.shares"), 2048);
		assert_int_equal(group_number(cg, CG_CPU, "cpu.cfs_quota_us"), 30000);
		assert_int_equal(group_number(cg, CG_CPU, "cpu.cfs_period_us"), 50000);
		assert_int_equal(group_number(cg, CG_CPU, "cpu.cfs_burst_us"), 10000);
	}
	/* below the burst: accepted only after that was lowered */
	r = (struct oci_resources){ .has = OCI_HAS_CPU_QUOTA | OCI_HAS_CPU_BURST,
				    .cpu_quota = 5000,
				    .cpu_burst = 0 };
	assert_ok(cgroup_update(cg, &r, &err), &err);
	r = (struct oci_resources){ .has = OCI_HAS_CPU_PERIOD, .cpu_period = 80000 };
	assert_ok(cgroup_update(cg, &r, &err), &err);
	if (v2)
		assert_string_equal(group_file(cg, CG_CPU, "cpu.max"), "5000 80000");
	else
		assert_int_equal(group_number(cg, CG_CPU, "cpu.cfs_period_us"), 80000);
	r = (struct oci_resources){ .has = OCI_HAS_CPU_QUOTA, .cpu_quota = -1 };
	assert_ok(cgroup_update(cg, &r, &err), &err);
	assert_string_equal(group_file(cg, CG_CPU, v2 ? "cpu.max" : "cpu.cfs_quota_us"),
			    v2 ? "max 80000" : "-1");
	unmake(cg);
}

/* Spins for a second of the clock; how much of it was spent on a CPU, in percent. */
static int spins(void *arg)
{
	int64_t end_ns = time_monotonic_ns() + 1000000000;
	struct rusage usage;

	while (time_monotonic_ns() < end_ns)
		;
	getrusage(RUSAGE_SELF, &usage);
	return (int)(((usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
		      usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) /
		     10000);
}

static void cpu_in_force(void **state)
{
	struct oci_resources r = { .has = OCI_HAS_CPU_QUOTA | OCI_HAS_CPU_PERIOD,
				   .cpu_quota = 10000,
				   .cpu_period = 100000 };
	struct cgroup_stats stats;
	struct err err = { 0 };
	struct cgroup *cg;
	int percent;

	need_controller(CG_CPU);
	cg = make("spin", &r);
	percent = run_in(cg, spins, NULL);
	assert_in_range(percent, 1, 40); /* 10; an emulated machine's clock is not so exact */
	assert_ok(cgroup_stats(cg, &stats, &err), &err);
	assert_in_range(stats.cpu_throttled, 1, stats.cpu_periods);
	assert_true(stats.cpu_usage_ns > 10000000);
	unmake(cg);
}

/* Every level has CPUs and memory nodes, asked for or not: else v1 takes nobody. */
static void cpuset_files(void **state)
{
	struct oci_resources r = { .cpuset_cpus = (char *)"0", .cpuset_mems = (char *)"0" };
	struct cgroup *cg, *plain;

	need_controller(CG_CPUSET);
	cg = make("deeper/cpuset", &r);
	assert_string_equal(group_file(cg, CG_CPUSET, "cpuset.cpus"), "0");
	assert_string_equal(group_file(cg, CG_CPUSET, "cpuset.mems"), "0");
	plain = make("deeper/plain", NULL);
	if (!on_v2(CG_CPUSET)) {
		assert_string_not_equal(group_file(plain, CG_CPUSET, "cpuset.cpus"), "");
		assert_string_not_equal(group_file(plain, CG_CPUSET, "cpuset.mems"), "");
	}
	assert_int_equal(run_in(plain, nothing, NULL), 0);
	unmake(plain);
	unmake(cg);
}

static void unified_files(void **state)
{
	struct oci_key_value raw[] = { { (char *)"cgroup.max.depth", (char *)"3" },
				       { (char *)"pids.max", (char *)"77" } };
	struct oci_resources r = { .unified = raw, .unified_count = 1 };
	struct cgroup *cg;

	need_groups();
	if (layout()->v2 < 0) {
		refuse(&r, -EOPNOTSUPP, ERR_UNSUPPORTED, "unified");
		return;
	}
	cg = make("unified", &r);
	assert_string_equal(group_file(cg, CG_UNIFIED, "cgroup.max.depth"), "3");
	unmake(cg);
	r.unified_count = 2;
	if (!on_v2(CG_PIDS)) {
		refuse(&r, -ENOENT, ERR_UNSUPPORTED, "pids.max");
	} else {
		cg = make("unified", &r);
		assert_string_equal(group_file(cg, CG_PIDS, "pids.max"), "77");
		unmake(cg);
	}
	raw[0].key = (char *)"cgroup.procs";
	refuse(&r, -EINVAL, ERR_INVALID, "cgroup.procs");
	raw[0].key = (char *)"../memory.max";
	refuse(&r, -EINVAL, ERR_INVALID, "../memory.max");
}

static void huge_pages(void **state)
{
	struct oci_key_limit limit = { .key = (char *)"2MB", .value = 4 * MB };
	struct oci_resources r = { .hugepages = &limit, .hugepage_count = 1 };
	struct cgroup *cg;

	need_groups();
	if (cg_home(layout(), CG_HUGETLB) < 0) {
		refuse(&r, -ENODEV, ERR_UNSUPPORTED, "hugetlb");
		return;
	}
	cg = make("huge", &r);
	assert_int_equal(
	    group_number(cg, CG_HUGETLB,
			 on_v2(CG_HUGETLB) ? "hugetlb.2MB.max" : "hugetlb.2MB.limit_in_bytes"),
	    4 * MB);
	unmake(cg);
}

static void statistics(void **state)
{
	struct cgroup_stats stats;
	struct err err = { 0 };
	struct cgroup *cg;
	volatile uint64_t *ready;
	pid_t pid;

	need_controller(CG_MEMORY);
	ready = shared_page();
	cg = make("stats", NULL);
	pid = start_in(cg, holds_memory, (void *)ready);
	assert_true(*ready || changes(ready));
	assert_ok(cgroup_stats(cg, &stats, &err), &err);
	assert_int_equal(stats.pids_current, 1);
	assert_true(stats.pids_limit == UINT64_MAX);
	assert_true(stats.mem_limit == UINT64_MAX);
	assert_in_range(stats.mem_usage, 8 * MB, 64 * MB);
	assert_in_range(stats.mem_rss, 8 * MB, 64 * MB);
	assert_true(stats.cpu_usage_ns > 0 && stats.cpu_usage_ns != UINT64_MAX);
	assert_int_equal(stats.oom_kills, 0);
	end(pid);
	unmake(cg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		group_test(refuses_by_name), group_test(refuses_values),
		group_test(memory_files),    group_test(memory_up_and_down),
		group_test(update_is_whole), group_test(update_checks_usage),
		group_test(memory_in_force), group_test(pids_in_force),
		group_test(pids_none),	     group_test(cpu_files),
		group_test(cpu_in_force),    group_test(cpuset_files),
		group_test(unified_files),   group_test(huge_pages),
		group_test(statistics),
	};

	return run_cgroup_tests(tests);
}
