/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

#include "base/str.h"
#include "linux/mount.h"

static struct temp_dir tmp;
static struct err err;

/* A mount namespace of our own: nothing here reaches the host's table. */
static void begin(void)
{
	need_real_kernel("the mount API");
	need_privileges();
	assert_int_equal(unshare(CLONE_NEWNS), 0);
	assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	temp_dir_make(&tmp);
}

static int tear_down(void **state)
{
	if (tmp.path)
		temp_dir_remove(&tmp);
	tmp = (struct temp_dir){ 0 };
	return 0;
}

static int open_dir(int dirfd, const char *name, int flags)
{
	int fd = openat(dirfd, name, O_DIRECTORY | O_CLOEXEC | flags);

	assert_true(fd >= 0);
	return fd;
}

static void fs_by_options(void **state)
{
	const char *const options[] = { "size=1m", "mode=0751", NULL };
	int fd cleanup_fd = -1;
	struct statfs sfs;
	struct statvfs vfs;
	struct stat st;

	begin();
	assert_ok(mount_fs_fd("tmpfs", "mine", options, MS_RDONLY, MOUNT_ATTR_NOSUID, &fd, &err),
		  &err);
	assert_int_equal(fstatfs(fd, &sfs), 0);
	assert_int_equal(sfs.f_type, 0x01021994);
	assert_int_equal(sfs.f_blocks * sfs.f_bsize, 1 << 20);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0751);
	assert_int_equal(fstatvfs(fd, &vfs), 0);
	assert_true(vfs.f_flag & ST_NOSUID);
	assert_int_equal(mkdirat(fd, "x", 0700), -1);
	assert_int_equal(errno, EROFS);
}

static void fs_refusals_are_named(void **state)
{
	const char *const unknown[] = { "sise=1m", NULL };
	char big[400] = "size=";
	const char *const too_long[] = { big, NULL };
	int fd = -1;

	begin();
	assert_int_equal(mount_fs_fd("nosuchfs", NULL, NULL, 0, 0, &fd, &err), -ENODEV);
	assert_int_equal(err.class, ERR_UNSUPPORTED);
	assert_non_null(strstr(err.text, "nosuchfs"));
	assert_int_equal(mount_fs_fd("tmpfs", NULL, unknown, 0, 0, &fd, &err), -EINVAL);
	assert_non_null(strstr(err.text, "sise"));
	memset(big + 5, '1', 300);
	assert_int_equal(mount_fs_fd("tmpfs", NULL, too_long, 0, 0, &fd, &err), -EINVAL);
	assert_non_null(strstr(err.text, "255"));
	assert_int_equal(mount_fs_fd("tmpfs", NULL, NULL, MS_NODEV, 0, &fd, &err), -EINVAL);
	assert_int_equal(fd, -1);
}

static void bind_with_attributes(void **state)
{
	struct mount_change change = MOUNT_CHANGE_NONE;
	int target cleanup_fd = -1, fd cleanup_fd = -1;

	begin();
	put_file(tmp.fd, "f", "text");
	assert_int_equal(mkdirat(tmp.fd, "t", 0700), 0);
	target = open_dir(tmp.fd, "t", O_PATH);
	change.set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOATIME;
	change.propagation = MS_PRIVATE;
	assert_ok(mount_bind_fd(tmp.fd, true, &change, &fd, &err), &err);
	assert_ok(mount_attach(fd, target, &err), &err);
	assert_string_equal(get_file(tmp.fd, "t/f"), "text");
	assert_int_equal(faccessat(tmp.fd, "t/f", W_OK, 0), -1);
	assert_int_equal(errno, EROFS);
	assert_int_equal(faccessat(tmp.fd, "f", W_OK, 0), 0);

	char *path cleanup_free = str_printf("%s/t", tmp.path);

	assert_ok(mount_detach(path, &err), &err);
	assert_int_equal(mount_detach(path, &err), -EINVAL);
}

static void a_detached_mount_dies_with_its_descriptor(void **state)
{
	int fd = -1;

	begin();
	assert_ok(mount_clone_fd(tmp.fd, "", false, &fd, &err), &err);
	close(fd);
	assert_int_equal(rmdir(tmp.path), 0);
	assert_int_equal(mkdir(tmp.path, 0700), 0);
	close(tmp.fd);
	tmp.fd = open_dir(AT_FDCWD, tmp.path, O_RDONLY);
}

/* --- overlays ----------------------------------------------------------------------------------
 */

/* Layer i holds "who" (its number) and a file of its own. */
static void make_layers(int count, int *lowers)
{
	char name[32], text[32];
	int fd cleanup_fd = -1;

	for (int i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "odd,la:yer\\%d", i);
		assert_int_equal(mkdirat(tmp.fd, name, 0755), 0);
		fd = open_dir(tmp.fd, name, O_RDONLY);
		snprintf(text, sizeof(text), "%d", i);
		put_file(fd, "who", text);
		snprintf(name, sizeof(name), "only-in-%d", i);
		put_file(fd, name, text);
		close_fd(&fd);
		snprintf(name, sizeof(name), "odd,la:yer\\%d", i);
		lowers[i] = open_dir(tmp.fd, name, i % 2 ? O_PATH : O_RDONLY);
	}
}

static void make_upper(int *ret_upper, int *ret_work)
{
	assert_int_equal(mkdirat(tmp.fd, "upper", 0755), 0);
	assert_int_equal(mkdirat(tmp.fd, "work", 0755), 0);
	*ret_upper = open_dir(tmp.fd, "upper", O_PATH);
	*ret_work = open_dir(tmp.fd, "work", O_PATH);
}

static bool has_backend(enum overlay_backend backend)
{
	return backend >= mount_overlay_probe();
}

static int count_mounts(void)
{
	FILE *f cleanup_file = fopen("/proc/self/mountinfo", "re");
	int count = 0, c;

	while ((c = getc(f)) != EOF)
		count += c == '\n';
	return count;
}

static void overlay_by(enum overlay_backend backend, int layers)
{
	int lowers[120], upper cleanup_fd = -1, work cleanup_fd = -1, fd cleanup_fd = -1;
	int before = count_mounts();
	char name[32];

	make_layers(layers, lowers);
	make_upper(&upper, &work);
	assert_ok(mount_overlay_fd_by(backend, lowers, layers, upper, work,
				      OVERLAY_NO_REDIRECT | OVERLAY_NO_METACOPY | OVERLAY_NO_INDEX,
				      &fd, &err),
		  &err);
	for (int i = 0; i < layers; i++)
		close(lowers[i]);
	assert_string_equal(get_file(fd, "who"), "0");
	snprintf(name, sizeof(name), "only-in-%d", layers - 1);
	assert_non_null(get_file(fd, name));
	put_file(fd, "new", "written");
	assert_int_equal(unlinkat(fd, "who", 0), 0);
	assert_string_equal(get_file(tmp.fd, "upper/new"), "written");
	assert_string_equal(get_file(tmp.fd, "odd,la:yer\\0/who"), "0");
	assert_int_equal(count_mounts(), before);
}

static void overlay_each_way(void **state)
{
	enum overlay_backend backend = (enum overlay_backend)(uintptr_t)*state;

	begin();
	if (!has_backend(backend))
		skip_because("this kernel lacks overlay back end %d", backend);
	overlay_by(backend, 2);
}

static void overlay_120_layers(void **state)
{
	enum overlay_backend backend = (enum overlay_backend)(uintptr_t)*state;

	begin();
	if (!has_backend(backend))
		skip_because("this kernel lacks overlay back end %d", backend);
	overlay_by(backend, 120);
}

static void overlay_without_upper(void **state)
{
	int lowers[2], fd cleanup_fd = -1;

	begin();
	make_layers(2, lowers);
	for (enum overlay_backend b = mount_overlay_probe(); b <= OVERLAY_MOUNT2; b++) {
		close_fd(&fd);
		assert_ok(mount_overlay_fd_by(b, lowers, 2, -1, -1, 0, &fd, &err), &err);
		assert_string_equal(get_file(fd, "only-in-1"), "1");
		assert_int_equal(mkdirat(fd, "x", 0700), -1);
		assert_int_equal(errno, EROFS);
	}
	assert_int_equal(mount_overlay_fd(lowers, 1, -1, -1, 0, &fd, &err), -EINVAL);
	assert_int_equal(mount_overlay_fd(lowers, 0, -1, -1, 0, &fd, &err), -EINVAL);
	assert_int_equal(mount_overlay_fd(lowers, 1, lowers[0], -1, 0, &fd, &err), -EINVAL);
	close(lowers[0]);
	close(lowers[1]);
}

static void overlay_volatile_marks_its_work(void **state)
{
	int lower, upper cleanup_fd = -1, work cleanup_fd = -1, fd cleanup_fd = -1;

	begin();
	make_layers(1, &lower);
	make_upper(&upper, &work);
	assert_ok(mount_overlay_fd(&lower, 1, upper, work, OVERLAY_VOLATILE, &fd, &err), &err);
	close(lower);
	assert_int_equal(faccessat(tmp.fd, "work/work/incompat/volatile", F_OK, 0), 0);
}

/* An idmapped layer is a detached mount; a copy of one is detached all the same. */
static void overlay_of_detached_layers(void **state)
{
	int lowers[2], detached[2] = { -1, -1 }, upper cleanup_fd = -1, work cleanup_fd = -1;
	int fd cleanup_fd = -1;

	begin();
	make_layers(2, lowers);
	make_upper(&upper, &work);
	for (enum overlay_backend b = OVERLAY_MOUNT2;; b = mount_overlay_probe()) {
		for (int i = 0; i < 2; i++)
			assert_ok(mount_clone_fd(lowers[i], "", false, &detached[i], &err), &err);
		if (b == OVERLAY_MOUNT2)
			assert_ok(mount_overlay_fd_by(b, detached, 2, upper, work, 0, &fd, &err),
				  &err);
		else
			assert_ok(mount_overlay_fd(detached, 2, upper, work, 0, &fd, &err), &err);
		close_fd(&detached[0]);
		close_fd(&detached[1]);
		assert_string_equal(get_file(fd, "who"), "0");
		assert_non_null(get_file(fd, "only-in-1"));
		close_fd(&fd);
		if (b == mount_overlay_probe())
			break;
	}
	close(lowers[0]);
	close(lowers[1]);
}

static void upper_and_work_must_be_siblings_for_mount2(void **state)
{
	int lower, upper cleanup_fd = -1, work cleanup_fd = -1, fd = -1;

	begin();
	make_layers(1, &lower);
	make_upper(&upper, &work);
	assert_int_equal(mkdirat(tmp.fd, "work/deep", 0755), 0);
	close_fd(&work);
	work = open_dir(tmp.fd, "work/deep", O_PATH);
	assert_int_equal(mount_overlay_fd_by(OVERLAY_MOUNT2, &lower, 1, upper, work, 0, &fd, &err),
			 -EINVAL);
	assert_non_null(strstr(err.text, "one directory"));
	close(lower);
}

#define BACKEND(test, backend)                                                          \
	{                                                                               \
#test " " #backend, test, NULL, tear_down, (void *)(uintptr_t)(backend) \
	}
#define PLAIN(test) cmocka_unit_test_teardown(test, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLAIN(fs_by_options),
		PLAIN(fs_refusals_are_named),
		PLAIN(bind_with_attributes),
		PLAIN(a_detached_mount_dies_with_its_descriptor),
		BACKEND(overlay_each_way, OVERLAY_BY_FD),
		BACKEND(overlay_each_way, OVERLAY_LOWERDIR_PLUS),
		BACKEND(overlay_each_way, OVERLAY_MOUNT2),
		BACKEND(overlay_120_layers, OVERLAY_BY_FD),
		BACKEND(overlay_120_layers, OVERLAY_LOWERDIR_PLUS),
		BACKEND(overlay_120_layers, OVERLAY_MOUNT2),
		PLAIN(overlay_without_upper),
		PLAIN(overlay_volatile_marks_its_work),
		PLAIN(overlay_of_detached_layers),
		PLAIN(upper_and_work_must_be_siblings_for_mount2),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
