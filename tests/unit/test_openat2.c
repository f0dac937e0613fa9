/* SPDX-License-Identifier: Apache-2.0 */
/* A hostile root file system: whatever its links say, nothing outside is touched. */
#include "support.h"

#include <pthread.h>
#include <sched.h>
#include <sys/mount.h>

#include "base/str.h"
#include "linux/openat2.h"

static struct temp_dir tmp;
static int root = -1;
static struct err err;

/* tmp/outside holds what must not be reached, tmp/root is the root. */
static int set_up(void **state)
{
	temp_dir_make(&tmp);
	assert_int_equal(mkdirat(tmp.fd, "root", 0755), 0);
	assert_int_equal(mkdirat(tmp.fd, "outside", 0755), 0);
	put_file(tmp.fd, "outside/secret", "outside");
	root = openat(tmp.fd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return 0;
}

static int tear_down(void **state)
{
	close_fd(&root);
	temp_dir_remove(&tmp);
	return 0;
}

static void begin(void)
{
	struct stat st;
	int fd = open_in_root(root, ".", O_PATH, 0);

	if (fd == -ENOSYS)
		skip_because("no openat2 here%s", is_emulated() ? " (qemu-user)" : "");
	assert_int_equal(fstat(fd, &st), 0);
	close(fd);
}

static bool outside_is_untouched(void)
{
	DIR *dir cleanup_dir = fdopendir(openat(tmp.fd, "outside", O_RDONLY | O_CLOEXEC));
	int count = 0;

	while (readdir(dir))
		count++;
	return count == 3 && str_eq(get_file(tmp.fd, "outside/secret"), "outside");
}

static void links_stay_in_the_root(void **state)
{
	int fd cleanup_fd = -1;
	char *absolute cleanup_free = str_printf("%s/outside/secret", tmp.path);

	begin();
	put_file(root, "file", "inside");
	assert_int_equal(symlinkat("../../../../file", root, "up"), 0);
	assert_int_equal(symlinkat("/file", root, "absolute"), 0);
	assert_int_equal(symlinkat(absolute, root, "secret"), 0);
	assert_int_equal(symlinkat("../outside/secret", root, "near"), 0);
	assert_int_equal(symlinkat("/proc/self/fd/0", root, "magic"), 0);
	static const char *const good[] = { "up", "absolute", "/absolute", "../file", "/../../up" };

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		fd = open_in_root(root, good[i], O_RDONLY, 0);
		assert_true(fd >= 0);
		char text[16] = "";

		assert_int_equal(read(fd, text, sizeof(text)), 6);
		assert_string_equal(text, "inside");
		close_fd(&fd);
	}
	assert_int_equal(open_in_root(root, "secret", O_RDONLY, 0), -ENOENT);
	assert_int_equal(open_in_root(root, "near", O_RDONLY, 0), -ENOENT);
	assert_int_equal(open_in_root(root, "magic", O_RDONLY, 0), -ENOENT);
	assert_int_equal(open_beneath(root, "up", O_RDONLY, 0), -ELOOP);
	assert_int_equal(open_beneath(root, "../outside/secret", O_RDONLY, 0), -EXDEV);
	assert_int_equal(open_beneath(root, "/file", O_RDONLY, 0), -EXDEV);
}

static void magic_links_are_not_followed(void **state)
{
	int proc cleanup_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char path[64];

	begin();
	snprintf(path, sizeof(path), "self/fd/%d", tmp.fd);
	assert_int_equal(open_in_root(proc, path, O_RDONLY, 0), -ELOOP);
	assert_int_equal(open_in_root(proc, "self/exe", O_RDONLY, 0), -ELOOP);
}

static void directories_are_made_in_the_root(void **state)
{
	int fd cleanup_fd = -1, again cleanup_fd = -1;
	struct stat a, b;

	begin();
	assert_ok(mkdir_in_root(root, "/a//b/./c/", 0750, &fd, &err), &err);
	assert_int_equal(fstat(fd, &a), 0);
	assert_int_equal(fstatat(root, "a/b/c", &b, 0), 0);
	assert_true(a.st_ino == b.st_ino);
	assert_int_equal(symlinkat("/a/b", root, "link"), 0);
	assert_ok(mkdir_in_root(root, "link/d", 0750, &again, &err), &err);
	assert_int_equal(faccessat(root, "a/b/d", F_OK, 0), 0);
	close_fd(&again);
	assert_ok(mkdir_in_root(root, "/", 0750, &again, &err), &err);
	close_fd(&again);
	assert_ok(mkdir_in_root(root, "../../x", 0750, &again, &err), &err);
	assert_int_equal(faccessat(root, "x", F_OK, 0), 0);
	put_file(root, "file", "");
	assert_int_equal(mkdir_in_root(root, "file/x", 0750, &again, &err), -ENOTDIR);
	assert_int_equal(mkdir_in_root(root, "missing/../y", 0750, &again, &err), -ENOENT);
	assert_int_equal(faccessat(root, "y", F_OK, 0), -1);
}

static void nothing_is_made_through_a_link_that_leads_out(void **state)
{
	char *outside cleanup_free = str_printf("%s/outside", tmp.path);
	char *through cleanup_free = str_printf("%s/outside/new", tmp.path);
	int fd = -1;

	begin();
	assert_int_equal(symlinkat(outside, root, "abs"), 0);
	assert_int_equal(symlinkat("../outside", root, "rel"), 0);
	assert_int_equal(symlinkat(through, root, "dangling"), 0);
	static const char *const paths[] = { "abs",   "rel",   "dangling",
					     "abs/x", "rel/x", "dangling/x/y" };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		assert_int_equal(mkdir_in_root(root, paths[i], 0755, &fd, &err), -ELOOP);
		assert_true(mount_point_in_root(root, paths[i], true, &fd, &err) < 0);
		assert_true(mount_point_in_root(root, paths[i], false, &fd, &err) < 0);
	}
	assert_true(outside_is_untouched());
	assert_int_equal(fd, -1);
}

static void mount_points(void **state)
{
	int fd cleanup_fd = -1;
	struct stat st;

	begin();
	assert_ok(mount_point_in_root(root, "/etc/deep/hosts", false, &fd, &err), &err);
	assert_int_equal(fstat(fd, &st), 0);
	assert_true(S_ISREG(st.st_mode) && st.st_size == 0);
	close_fd(&fd);
	assert_ok(mount_point_in_root(root, "/etc/deep/hosts", false, &fd, &err), &err);
	close_fd(&fd);
	assert_ok(mount_point_in_root(root, "/var/lib/data", true, &fd, &err), &err);
	close_fd(&fd);
	assert_int_equal(mount_point_in_root(root, "/etc/deep/hosts", true, &fd, &err), -ENOTDIR);
	assert_int_equal(mount_point_in_root(root, "/var/lib/data", false, &fd, &err), -EISDIR);
	put_file(root, "etc/real", "kept");
	assert_int_equal(symlinkat("real", root, "etc/link"), 0);
	assert_ok(mount_point_in_root(root, "/etc/link", false, &fd, &err), &err);
	assert_string_equal(get_file(root, "etc/real"), "kept");
}

static void parents(void **state)
{
	static const char *const bad[] = { "", "/", ".", "..", "a/..", "a/." };
	int fd cleanup_fd = -1;
	char *name = NULL;

	begin();
	assert_ok(parent_in_root(root, "/dev/x/null/", 0755, &fd, &name, &err), &err);
	assert_string_equal(name, "null");
	free(name);
	assert_int_equal(faccessat(root, "dev/x", F_OK, 0), 0);
	assert_int_equal(faccessat(root, "dev/x/null", F_OK, 0), -1);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(parent_in_root(root, bad[i], 0755, &fd, &name, &err), -EINVAL);
	close_fd(&fd);
	assert_int_equal(parent_in_root(root, "no/such", 0, &fd, &name, &err), -ENOENT);
}

/* --- the race: a directory changes into a link and back while we make and open ---------------- */

static volatile bool racing;

static void *swap_for_ever(void *arg)
{
	while (racing)
		syscall(SYS_renameat2, root, "real", root, "fake", 2 /* RENAME_EXCHANGE */);
	return NULL;
}

static void a_racing_link_wins_nothing(void **state)
{
	pthread_t thread;
	int made = 0;

	begin();
	assert_int_equal(mkdirat(root, "real", 0755), 0);
	assert_int_equal(symlinkat("../outside", root, "fake"), 0);
	racing = true;
	assert_int_equal(pthread_create(&thread, NULL, swap_for_ever, NULL), 0);
	for (int i = 0; i < 3000; i++) {
		int fd cleanup_fd = -1;
		char path[32];

		snprintf(path, sizeof(path), "real/d%d/e", i);
		made += mkdir_in_root(root, path, 0755, &fd, &err) == 0;
		close_fd(&fd);
		snprintf(path, sizeof(path), "real/f%d", i);
		made += mount_point_in_root(root, path, false, &fd, &err) == 0;
		close_fd(&fd);
		fd = open_in_root(root, "real/secret", O_RDONLY, 0);
		if (fd >= 0)
			made = -1000000;
	}
	racing = false;
	pthread_join(thread, NULL);
	assert_true(made > 0);
	assert_true(outside_is_untouched());
}

/* --- procfs ------------------------------------------------------------------------------------
 */

static void a_private_procfs(void **state)
{
	int fd cleanup_fd = -1, file cleanup_fd = -1;
	char text[32] = "";

	begin();
	assert_ok(procfs_open(&fd, &err), &err);
	assert_true(procfs_is(fd));
	file = procfs_open_at(fd, "self/comm", O_RDONLY);
	assert_true(file >= 0);
	assert_true(read(file, text, sizeof(text) - 1) > 0);
	assert_string_equal(text, get_file(AT_FDCWD, "/proc/self/comm"));
	assert_ok(procfs_write(fd, "thread-self/comm", "renamed", &err), &err);
	assert_string_equal(get_file(AT_FDCWD, "/proc/self/comm"), "renamed\n");
	assert_int_equal(procfs_open_at(fd, "self/exe", O_RDONLY), -ELOOP);
	assert_int_equal(procfs_open_at(fd, "self/root/etc/passwd", O_RDONLY), -ELOOP);
	assert_int_equal(procfs_open_at(fd, "../etc/passwd", O_RDONLY), -EXDEV);
	assert_int_equal(procfs_write(fd, "self/absent", "x", &err), -ENOENT);
	assert_non_null(strstr(err.text, "/proc/self/absent"));
	assert_false(procfs_is(tmp.fd));
}

/* CVE-2019-16884 and its kin: /proc is covered, or parts of it are. */
static void a_covered_procfs_is_not_used(void **state)
{
	int fd cleanup_fd = -1, covered cleanup_fd = -1;

	begin();
	need_real_kernel("namespaces");
	need_privileges();
	assert_int_equal(unshare(CLONE_NEWNS), 0);
	assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	covered = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	/* a file of procfs itself, as in CVE-2019-19921: looking at the file's kind is not enough
	 */
	assert_int_equal(mount("/proc/self/comm", "/proc/version", NULL, MS_BIND, NULL), 0);
	assert_int_equal(procfs_open_at(covered, "version", O_RDONLY), -EXDEV);
	assert_ok(procfs_open(&fd, &err), &err);
	close_fd(&covered);
	covered = procfs_open_at(fd, "version", O_RDONLY); /* the fresh one is not covered */
	assert_true(covered >= 0);
	assert_int_equal(umount2("/proc/version", MNT_DETACH), 0);
	assert_int_equal(mount("none", "/proc", "tmpfs", 0, NULL), 0);
	close_fd(&fd);
	if (procfs_open(&fd, &err) == 0)
		assert_true(procfs_is(fd));
	assert_int_equal(umount2("/proc", MNT_DETACH), 0);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(links_stay_in_the_root),
		ROW(magic_links_are_not_followed),
		ROW(directories_are_made_in_the_root),
		ROW(nothing_is_made_through_a_link_that_leads_out),
		ROW(mount_points),
		ROW(parents),
		ROW(a_racing_link_wins_nothing),
		ROW(a_private_procfs),
		ROW(a_covered_procfs_is_not_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
