/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>

#include "base/str.h"

static struct temp_dir tmp;
static struct err err;

static int set_up(void **state)
{
	temp_dir_make(&tmp);
	return 0;
}

static int tear_down(void **state)
{
	temp_dir_remove(&tmp);
	return 0;
}

static void whole_files(void **state)
{
	struct buf b cleanup_buf = BUF_INIT(100), small cleanup_buf = BUF_INIT(3);

	put_file(tmp.fd, "f", "twelve bytes");
	assert_ok(fd_read_file_at(tmp.fd, "f", 12, &b, &err), &err);
	assert_ok(fd_read_file_at(tmp.fd, "f", 12, &b, &err), &err);
	assert_string_equal(buf_str(&b), "twelve bytestwelve bytes");
	assert_int_equal(fd_read_file_at(tmp.fd, "f", 11, &b, &err), -E2BIG);
	assert_non_null(strstr(err.text, "f: larger than 11"));
	assert_int_equal(fd_read_file_at(tmp.fd, "f", 100, &small, &err), -E2BIG);
	assert_int_equal(b.len, 24);
	assert_int_equal(fd_read_file_at(tmp.fd, "g", 11, &b, &err), -ENOENT);
}

static void big_files(void **state)
{
	struct buf b cleanup_buf = BUF_INIT(4 << 20);
	char *big cleanup_free = malloc(3 << 20);

	memset(big, 'b', 3 << 20);
	assert_ok(fd_replace_file_at(tmp.fd, "f", big, 3 << 20, 0600, &err), &err);
	assert_ok(fd_read_file_at(tmp.fd, "f", 3 << 20, &b, &err), &err);
	assert_int_equal(b.len, 3 << 20);
	assert_memory_equal(b.data, big, 3 << 20);
}

static void only_regular_files_are_read(void **state)
{
	struct buf b cleanup_buf = BUF_INIT(100);

	put_file(tmp.fd, "f", "x");
	assert_int_equal(symlinkat("f", tmp.fd, "link"), 0);
	assert_int_equal(mkfifoat(tmp.fd, "fifo", 0600), 0);
	assert_int_equal(mkdirat(tmp.fd, "dir", 0700), 0);
	assert_int_equal(fd_read_file_at(tmp.fd, "link", 9, &b, &err), -ELOOP);
	assert_int_equal(fd_read_file_at(tmp.fd, "fifo", 9, &b, &err), -EINVAL); /* at once */
	assert_int_equal(fd_read_file_at(tmp.fd, "dir", 9, &b, &err), -EINVAL);
	assert_int_equal(fd_read_file_at(AT_FDCWD, "/dev/zero", 9, &b, &err), -EINVAL);
	assert_ok(fd_read_file_at(AT_FDCWD, "/proc/self/comm", 99, &b, &err), &err);
}

static void a_replaced_file_is_whole(void **state)
{
	mode_t mask = umask(077);
	struct stat st;

	assert_ok(fd_replace_file_at(tmp.fd, "f", "one", 3, 0644, &err), &err);
	umask(mask);
	assert_int_equal(fstatat(tmp.fd, "f", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(symlinkat("/etc/hostname", tmp.fd, "link"), 0);
	assert_ok(fd_replace_file_at(tmp.fd, "link", "two", 3, 0644, &err), &err);
	assert_int_equal(fstatat(tmp.fd, "link", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_true(S_ISREG(st.st_mode)); /* the link itself was replaced */
	assert_int_equal(fd_replace_file_at(tmp.fd, "no/f", "x", 1, 0644, &err), -ENOENT);
	assert_int_equal(mkdirat(tmp.fd, "d", 0700), 0);
	assert_int_equal(fd_replace_file_at(tmp.fd, "d", "x", 1, 0644, &err), -EISDIR);
}

static void nothing_temporary_is_left(void **state)
{
	int count = 0;
	DIR *dir = opendir(tmp.path);

	assert_int_equal(mkdirat(tmp.fd, "d", 0700), 0);
	assert_true(fd_replace_file_at(tmp.fd, "d", "x", 1, 0644, &err) < 0);
	for (struct dirent *e; (e = readdir(dir));)
		count++;
	closedir(dir);
	assert_int_equal(count, 3); /* ., .., d */
}

static void kernel_files_are_written_at_once(void **state)
{
	assert_ok(fd_write_file_at(AT_FDCWD, "/proc/self/comm", "named", &err), &err);
	assert_string_equal(get_file(AT_FDCWD, "/proc/self/comm"), "named\n");
	assert_true(fd_write_file_at(tmp.fd, "absent", "x", &err) == -ENOENT);
	assert_string_equal(err.text, "write \"x\" to absent: No such file or directory");
	assert_int_equal(faccessat(tmp.fd, "absent", F_OK, 0), -1);
}

static void directories(void **state)
{
	char *deep cleanup_free = str_printf("%s/a//b/c/", tmp.path);

	assert_ok(fd_mkdir_all(deep, 0700, &err), &err);
	assert_ok(fd_mkdir_all(deep, 0700, &err), &err);
	assert_ok(fd_mkdir_at(tmp.fd, "a", 0700, &err), &err);
	put_file(tmp.fd, "f", "x");
	assert_int_equal(symlinkat("a", tmp.fd, "link"), 0);
	assert_int_equal(fd_mkdir_at(tmp.fd, "f", 0700, &err), -ENOTDIR);
	assert_int_equal(fd_mkdir_at(tmp.fd, "link", 0700, &err), -ENOTDIR);

	char *through cleanup_free = str_printf("%s/f/x", tmp.path);

	assert_int_equal(fd_mkdir_all(through, 0700, &err), -ENOTDIR);
}

/* --- removal -----------------------------------------------------------------------------------
 */

static void trees_are_removed_without_following(void **state)
{
	assert_int_equal(mkdirat(tmp.fd, "outside", 0700), 0);
	put_file(tmp.fd, "outside/kept", "x");
	assert_int_equal(mkdirat(tmp.fd, "t", 0700), 0);
	assert_int_equal(mkdirat(tmp.fd, "t/empty", 0), 0);
	assert_int_equal(mkdirat(tmp.fd, "t/full", 0555), 0);
	assert_int_equal(symlinkat("../outside", tmp.fd, "t/link"), 0);
	assert_int_equal(symlinkat("/nowhere", tmp.fd, "t/dangling"), 0);
	assert_int_equal(mkfifoat(tmp.fd, "t/fifo", 0), 0);
	for (int i = 0; i < 300; i++) {
		char name[32];

		snprintf(name, sizeof(name), "t/f%d", i);
		put_file(tmp.fd, name, "");
	}
	assert_ok(fd_remove_tree_at(tmp.fd, "t", &err), &err);
	assert_int_equal(faccessat(tmp.fd, "t", F_OK, AT_SYMLINK_NOFOLLOW), -1);
	assert_string_equal(get_file(tmp.fd, "outside/kept"), "x");
	assert_ok(fd_remove_tree_at(tmp.fd, "t", &err), &err);
	assert_ok(fd_remove_tree_at(tmp.fd, "no/such/thing", &err), &err);
	assert_int_equal(symlinkat("outside", tmp.fd, "top"), 0);
	assert_ok(fd_remove_tree_at(tmp.fd, "top", &err), &err);
	assert_string_equal(get_file(tmp.fd, "outside/kept"), "x");
}

/* Deeper than any path, any stack of descriptors, and most stacks of calls. */
static void a_very_deep_tree_is_removed(void **state)
{
	int fd = dup(tmp.fd), next;

	for (int i = 0; i < 3000; i++) {
		assert_int_equal(mkdirat(fd, "d", 0700), 0);
		next = openat(fd, "d", O_PATH | O_DIRECTORY | O_CLOEXEC);
		assert_true(next >= 0);
		close(fd);
		fd = next;
	}
	close(fd);
	assert_ok(fd_remove_tree_at(tmp.fd, "d", &err), &err);
	assert_int_equal(faccessat(tmp.fd, "d", F_OK, 0), -1);
}

static void names_that_are_no_names(void **state)
{
	static const char *const bad[] = { "", ".", "..", "/", "a/..", "../.." };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(fd_remove_tree_at(tmp.fd, bad[i], &err), -EINVAL);
}

static void what_is_mounted_is_not_entered(void **state)
{
	char *path cleanup_free = str_printf("%s/t/m", tmp.path);
	int results[3];
	bool kept;

	need_real_kernel("namespaces");
	need_privileges();
	assert_int_equal(unshare(CLONE_NEWNS), 0);
	assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	assert_int_equal(mkdirat(tmp.fd, "t", 0700), 0);
	assert_int_equal(mkdirat(tmp.fd, "t/m", 0700), 0);
	assert_int_equal(mkdirat(tmp.fd, "data", 0700), 0);
	put_file(tmp.fd, "data/precious", "x");
	char *data cleanup_free = str_printf("%s/data", tmp.path);

	assert_int_equal(mount(data, path, NULL, MS_BIND, NULL), 0); /* the same file system */
	results[0] = fd_remove_tree_at(tmp.fd, "t", &err);
	results[1] = fd_remove_tree_at(tmp.fd, "t/m", &err);
	results[2] = fd_remove_tree_at(AT_FDCWD, path, &err);
	kept = faccessat(tmp.fd, "data/precious", F_OK, 0) == 0;
	umount2(path, MNT_DETACH);
	assert_true(kept);
	for (int i = 0; i < 3; i++)
		assert_int_equal(results[i], -EBUSY);
}

/* --- passing -----------------------------------------------------------------------------------
 */

static int count_open(void)
{
	int count = 0;
	DIR *dir = opendir("/proc/self/fd");

	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static void descriptors_pass(void **state)
{
	int pair[2], fds[FD_PASS_MAX], got[FD_PASS_MAX], before;
	size_t count = FD_PASS_MAX;
	char text[8];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	for (int i = 0; i < FD_PASS_MAX; i++)
		fds[i] = tmp.fd;
	assert_int_equal(fd_send_fds(pair[0], "hello", 5, fds, FD_PASS_MAX), 0);
	assert_int_equal(fd_recv_fds(pair[1], text, sizeof(text), got, &count), 5);
	assert_int_equal(count, FD_PASS_MAX);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(fcntl(got[i], F_GETFD), FD_CLOEXEC);
		close(got[i]);
	}
	assert_int_equal(fd_send_fds(pair[0], "x", 1, fds, FD_PASS_MAX + 1), -EINVAL);
	assert_int_equal(fd_send_fds(pair[0], "x", 1, NULL, 0), 0);
	count = 4;
	assert_int_equal(fd_recv_fds(pair[1], text, sizeof(text), got, &count), 1);
	assert_int_equal(count, 0);
	/* more than there is room for: all are closed */
	before = count_open();
	assert_int_equal(fd_send_fds(pair[0], "x", 1, fds, 5), 0);
	count = 2;
	assert_int_equal(fd_recv_fds(pair[1], text, sizeof(text), got, &count), -EMFILE);
	assert_int_equal(count_open(), before);
	close(pair[0]);
	count = 2;
	assert_int_equal(fd_recv_fds(pair[1], text, sizeof(text), got, &count), 0);
	assert_int_equal(count, 0);
	close(pair[1]);
}

static void flags(void **state)
{
	int fd cleanup_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_int_equal(fd_set_cloexec(fd, 0), 0);
	assert_int_equal(fcntl(fd, F_GETFD), 0);
	assert_int_equal(fd_set_cloexec(fd, 1), 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fd_set_nonblock(fd, 1), 0);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_int_equal(fd_set_nonblock(fd, 0), 0);
	assert_false(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_int_equal(fd_set_nonblock(-1, 0), -EBADF);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(whole_files),
		ROW(big_files),
		ROW(only_regular_files_are_read),
		ROW(a_replaced_file_is_whole),
		ROW(nothing_temporary_is_left),
		ROW(kernel_files_are_written_at_once),
		ROW(directories),
		ROW(trees_are_removed_without_following),
		ROW(a_very_deep_tree_is_removed),
		ROW(names_that_are_no_names),
		ROW(what_is_mounted_is_not_entered),
		ROW(descriptors_pass),
		ROW(flags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
