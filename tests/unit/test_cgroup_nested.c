/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Coracle inside of a container: a cgroup namespace of its own whose root, an ordinary v2 group of
 * the host, holds the container's processes. On a hybrid host hugetlb is the controller that v2
 * has; on pure v2 all of them are tried by the same calls.
 */
#include <sched.h>
#include <sys/mount.h>

#include "cgroup_support.h"

/* Enters `group` of the v2 hierarchy and sees it as /sys/fs/cgroup, alone. 0 or a line number. */
static int nest(const char *group, bool own_namespace)
{
	cleanup_fd int dir = -1, part = -1;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return __LINE__;
	dir = open(group, O_PATH | O_DIRECTORY | O_CLOEXEC); /* a mount of this namespace */
	if (fd_write_file_at(dir, "cgroup.procs", "0", NULL) < 0)
		return __LINE__;
	if (own_namespace && unshare(CLONE_NEWCGROUP) < 0)
		return __LINE__;
	/* between: the same file system does not go twice on one mount point */
	if (mount("none", "/sys/fs/cgroup", "tmpfs", 0, NULL) < 0)
		return __LINE__;
	if (own_namespace)
		return mount("cgroup2", "/sys/fs/cgroup", "cgroup2", 0, NULL) < 0 ? __LINE__ : 0;
	/* a part of the host's hierarchy, bound, as containers without a namespace have it */
	part = open_tree(dir, "", OPEN_TREE_CLONE | AT_EMPTY_PATH | O_CLOEXEC);
	return move_mount(part, "", AT_FDCWD, "/sys/fs/cgroup", MOVE_MOUNT_F_EMPTY_PATH) < 0
		   ? __LINE__
		   : 0;
}

static struct oci_key_limit pages = { .key = (char *)"2MB", .value = 8 << 20 };
static const struct oci_resources limits = { .hugepages = &pages, .hugepage_count = 1 };

/* A bystander that is in the root with us, then a limited container. */
static int in_own_namespace(const char *group)
{
	cleanup_cgroup struct cgroup *cg = NULL, *by_pid = NULL;
	struct err err = { 0 };
	int ret = nest(group, true);
	pid_t bystander;
	char text[64] = "";

	if (ret != 0)
		return 1;
	bystander = fork();
	if (bystander == 0)
		sleeps(NULL);
	if (cgroup_create("coracle/nested", &limits, false, &cg, &err) < 0) {
		fprintf(stderr, "# %s\n", err.text);
		return 2;
	}
	if (cgroup_hierarchies(&(size_t){ 0 }, &err)->name[0] != '\0' || !cg->layout->pub[0].v2)
		return 3;
	cg_get(cgroup_v2_dir(cg), "hugetlb.2MB.max", text, sizeof(text));
	if (!str_eq(text, "8388608"))
		return 4;
	if (run_in(cg, nothing, NULL) != 0)
		return 5;
	if (cgroup_open_pid(bystander, &by_pid, &err) < 0 ||
	    !str_eq(by_pid->dir[cg->layout->v2].rel, "coracle-outer"))
		return 6;
	if (run_in(cg, (int (*)(void *))cgroup_leave, NULL) != 0)
		return 7;
	if (cgroup_remove(cg, &err) < 0)
		return 8;
	end(bystander);
	return 0;
}

/* Here the root is somebody else's: nothing is moved, and the limit is refused by name. Without a
 * limit the container runs. */
static int in_foreign_part(const char *group)
{
	cleanup_cgroup struct cgroup *cg = NULL;
	struct err err = { 0 };
	pid_t bystander;

	if (nest(group, false) != 0)
		return 1;
	bystander = fork();
	if (bystander == 0)
		sleeps(NULL);
	if (cgroup_create("coracle/nested", &limits, false, &cg, &err) == 0)
		return 2;
	if (err.class != ERR_UNSUPPORTED || !strstr(err.text, "no internal processes")) {
		fprintf(stderr, "# %s\n", err.text);
		return 3;
	}
	if (access("/sys/fs/cgroup/coracle", F_OK) == 0 ||
	    access("/sys/fs/cgroup/coracle-outer", F_OK) == 0)
		return 4;
	if (cgroup_create("coracle/nested", NULL, false, &cg, &err) < 0) {
		fprintf(stderr, "# %s\n", err.text);
		return 5;
	}
	if (run_in(cg, nothing, NULL) != 0 || cgroup_remove(cg, &err) < 0)
		return 6;
	end(bystander);
	return 0;
}

/* What a process knows about the mounts it learns once: so the inside is a program of its own. */
static void nested(const char *how)
{
	struct cgroup *cg;
	struct err err = { 0 };
	cleanup_free char *path = NULL;
	pid_t pid;

	need_groups();
	if (layout()->v2 < 0 || !on_v2(CG_HUGETLB))
		skip_because("no cgroup v2 with a controller here");
	cg = make("outer", &limits); /* so that the controller is there for those below */
	path = cg_full_path(layout(), (size_t)layout()->v2, test_path("outer"));
	pid = fork();
	if (pid == 0) {
		execl("/proc/self/exe", "test_cgroup_nested", how, path, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(exit_code(pid), 0);
	assert_ok(cgroup_signal(cg, SIGKILL, &err), &err);
	unmake(cg);
}

static void own_namespace(void **state)
{
	nested("own");
}

static void foreign_part(void **state)
{
	nested("foreign");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		group_test(own_namespace),
		group_test(foreign_part),
	};

	if (argc == 3)
		return str_eq(argv[1], "own") ? in_own_namespace(argv[2])
					      : in_foreign_part(argv[2]);
	return run_cgroup_tests(tests);
}
