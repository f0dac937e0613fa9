/* SPDX-License-Identifier: Apache-2.0 */
/* Locks, terminals, device programs, kcmp, what system this is. */
#include "support.h"
#include "in_child.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

#include "base/str.h"
#include "linux/bpf.h"
#include "linux/flock.h"
#include "linux/kcmp.h"
#include "linux/mount.h"
#include "linux/spawn.h"
#include "linux/sysinfo.h"
#include "linux/tty.h"

static struct err err;

/* --- locks --------------------------------------------------------------------------------------
 */

static void locks(void **state)
{
	struct temp_dir tmp;
	int a cleanup_fd = -1, b cleanup_fd = -1, copy;
	struct stat st;

	temp_dir_make(&tmp);
	assert_int_equal(flock_is_held(tmp.fd, "lock"), 0); /* missing */
	assert_ok(flock_open(tmp.fd, "lock", FLOCK_EXCLUSIVE, &a, &err), &err);
	assert_int_equal(fstat(a, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(fcntl(a, F_GETFD), FD_CLOEXEC);
	assert_int_equal(flock_is_held(tmp.fd, "lock"), 1);
	assert_int_equal(flock_try_open(tmp.fd, "lock", FLOCK_SHARED, &b, &err), 1);
	assert_int_equal(flock_open_within(tmp.fd, "lock", FLOCK_SHARED, 50, &b, &err), -ETIMEDOUT);
	assert_int_equal(b, -1);
	assert_int_equal(flock_wait(a, FLOCK_SHARED), 0);
	assert_ok(flock_try_open(tmp.fd, "lock", FLOCK_SHARED, &b, &err), &err);
	assert_int_equal(flock_is_held(tmp.fd, "lock"), 0);
	assert_int_equal(flock_try(b, FLOCK_EXCLUSIVE), 1);
	assert_int_equal(flock_release(a), 0);
	assert_int_equal(flock_try(b, FLOCK_EXCLUSIVE), 0);
	copy = fcntl(b, F_DUPFD_CLOEXEC, 3); /* a copy keeps it */
	close_fd(&b);
	assert_int_equal(flock_is_held(tmp.fd, "lock"), 1);
	close(copy);
	assert_int_equal(flock_is_held(tmp.fd, "lock"), 0);
	assert_int_equal(symlinkat("lock", tmp.fd, "link"), 0);
	assert_int_equal(flock_open(tmp.fd, "link", FLOCK_SHARED, &b, &err), -ELOOP);
	temp_dir_remove(&tmp);
}

/* --- terminals ----------------------------------------------------------------------------------
 */

static void terminal_pair(void **state)
{
	int master cleanup_fd = -1, slave cleanup_fd = -1;
	unsigned short rows = 0, columns = 0;
	struct tty_saved saved = TTY_SAVED_NONE;
	struct termios before, now;
	unsigned index = 0;
	char path[32], text[16] = "";
	struct stat by_path, by_fd;

	if (access("/dev/ptmx", R_OK | W_OK) < 0)
		skip_because("no /dev/ptmx");
	assert_ok(tty_open_pair(-1, &master, &slave, &index, &err), &err);
	assert_int_equal(fcntl(master, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(slave, F_GETFD), FD_CLOEXEC);
	snprintf(path, sizeof(path), "/dev/pts/%u", index);
	assert_int_equal(fstat(slave, &by_fd), 0);
	if (stat(path, &by_path) == 0)
		assert_true(by_path.st_rdev == by_fd.st_rdev);
	assert_int_equal(tty_set_size(master, 24, 132), 0);
	assert_int_equal(tty_get_size(slave, &rows, &columns), 0);
	assert_true(rows == 24 && columns == 132);

	assert_int_equal(tcgetattr(slave, &before), 0);
	assert_ok(tty_make_raw(slave, &saved, &err), &err);
	assert_int_equal(tcgetattr(slave, &now), 0);
	assert_false(now.c_lflag & (ECHO | ICANON | ISIG));
	assert_false(now.c_oflag & OPOST);
	assert_int_equal(write(slave, "a\n", 2), 2);
	assert_int_equal(read(master, text, sizeof(text)), 2); /* no \r added */
	tty_restore(&saved);
	assert_int_equal(tcgetattr(slave, &now), 0);
	assert_int_equal(now.c_lflag, before.c_lflag);
	assert_int_equal(now.c_oflag, before.c_oflag);
	tty_restore(&saved);

	int null cleanup_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_int_equal(tty_get_size(null, &rows, &columns), -ENOTTY);
	assert_int_equal(tty_make_raw(null, &saved, &err), -ENOTTY);
}

static int take_and_check(void *arg)
{
	int slave = *(int *)arg;

	if (setsid() < 0 || tty_take_control(slave, NULL) < 0)
		return 1;
	return tcgetsid(slave) == getpid() && open("/dev/tty", O_RDWR | O_CLOEXEC) >= 0 ? 0 : 2;
}

static void controlling_terminal(void **state)
{
	int master cleanup_fd = -1, slave cleanup_fd = -1;

	if (access("/dev/ptmx", R_OK | W_OK) < 0)
		skip_because("no /dev/ptmx");
	need_real_kernel("/dev/tty as the kernel has it");
	assert_ok(tty_open_pair(-1, &master, &slave, NULL, &err), &err);
	assert_int_equal(in_child(take_and_check, &slave), 0);
}

static void terminal_of_another_devpts(void **state)
{
	static const char *const options[] = { "newinstance", "ptmxmode=0666", NULL };
	int devpts cleanup_fd = -1, master cleanup_fd = -1, slave cleanup_fd = -1;
	unsigned index = 99;
	struct stat st;

	need_real_kernel("the mount API");
	need_privileges();
	assert_ok(mount_fs_fd("devpts", NULL, options, 0, 0, &devpts, &err), &err);
	assert_ok(tty_open_pair(devpts, &master, &slave, &index, &err), &err);
	assert_int_equal(index, 0);
	assert_int_equal(fstatat(devpts, "0", &st, 0), 0);
}

/* --- device programs ----------------------------------------------------------------------------
 */

#define RETURN_ALL(value)                                                                      \
	{                                                                                      \
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = (value) }, \
		{                                                                              \
			.code = BPF_JMP | BPF_EXIT                                             \
		}                                                                              \
	}

struct device_world {
	char path[128];
	int fd;
};

static bool device_world_make(struct device_world *w)
{
	const char *v2 = access("/sys/fs/cgroup/cgroup.procs", F_OK) == 0
			     ? "/sys/fs/cgroup"
			     : "/sys/fs/cgroup/unified";

	snprintf(w->path, sizeof(w->path), "%s/coracle-test-bpf-%d", v2, (int)getpid());
	if (mkdir(w->path, 0755) < 0)
		return false;
	w->fd = open(w->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return true;
}

static int open_null_inside(void *arg)
{
	struct device_world *w = arg;
	int fd;

	if (fd_write_file_at(w->fd, "cgroup.procs", "0", NULL) < 0)
		return 99;
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return fd < 0 ? errno : 0;
}

static void device_programs(void **state)
{
	const struct bpf_insn allow[] = RETURN_ALL(1), deny[] = RETURN_ALL(0);
	const struct bpf_insn broken[] = { { .code = BPF_JMP | BPF_EXIT } };
	int allow_fd cleanup_fd = -1, deny_fd cleanup_fd = -1, found[4], r;
	struct device_world w = { .fd = -1 };
	int results[5] = { 0 };

	need_real_kernel("bpf");
	need_privileges();
	r = bpf_load_device_program(allow, 2, "allow", &allow_fd, &err);
	if (r == -EPERM || r == -ENOSYS)
		skip_because("no right to load BPF programs here");
	assert_ok(r, &err);
	assert_ok(bpf_load_device_program(deny, 2, "deny", &deny_fd, &err), &err);
	assert_true(bpf_load_device_program(broken, 1, "broken", &r, &err) < 0);
	assert_non_null(strstr(err.text, "R0")); /* the verifier's words */
	if (!device_world_make(&w))
		skip_because("no v2 group can be made here");
	results[0] = bpf_attach_device_program(w.fd, deny_fd, -1, &err);
	results[1] = in_child(open_null_inside, &w);
	results[2] = bpf_attach_device_program(w.fd, allow_fd, deny_fd, &err);
	results[3] = in_child(open_null_inside, &w);
	r = bpf_device_programs(w.fd, found, 4, &err);
	for (int i = 0; i < r; i++)
		close(found[i]);
	results[4] = bpf_detach_device_program(w.fd, allow_fd, &err);
	close(w.fd);
	for (int i = 0; i < 1000 && rmdir(w.path) < 0; i++)
		usleep(1000);
	assert_int_equal(results[0], 0);
	assert_int_equal(results[1], EPERM);
	assert_int_equal(results[2], 0);
	assert_int_equal(results[3], 0);
	assert_int_equal(results[4], 0);
	assert_int_equal(r, 1); /* replaced, not added */
}

/* --- kcmp, sysinfo ------------------------------------------------------------------------------
 */

static void same_open_file(void **state)
{
	int a cleanup_fd = open("/dev/null", O_RDONLY | O_CLOEXEC), r;
	int b cleanup_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int copy cleanup_fd = fcntl(a, F_DUPFD_CLOEXEC, 3);

	r = kcmp_same_file(getpid(), a, getpid(), copy);
	if (r == -ENOSYS)
		skip_because("this kernel has no kcmp");
	assert_int_equal(r, 1);
	assert_int_equal(kcmp_same_file(getpid(), a, getpid(), b), 0);
	assert_int_equal(kcmp_same_file(getpid(), a, getpid(), 9999), -EBADF);
	assert_int_equal(kcmp_shared(getpid(), getpid(), KCMP_VM), 1);
	assert_int_equal(kcmp_shared(getpid(), 0x3fffffff, KCMP_VM), -ESRCH);
}

static void which_system(void **state)
{
	char a[BOOT_ID_SIZE], b[BOOT_ID_SIZE];
	struct kernel_version v = sysinfo_kernel();

	assert_ok(sysinfo_boot_id(a, &err), &err);
	assert_ok(sysinfo_boot_id(b, &err), &err);
	assert_string_equal(a, b);
	assert_int_equal(strlen(a), 36);
	assert_true(v.major >= 3);
	assert_true(sysinfo_kernel_at_least(v.major, v.minor));
	assert_false(sysinfo_kernel_at_least(v.major, v.minor + 1));
	assert_false(sysinfo_kernel_at_least(v.major + 1, 0));
	assert_true(sysinfo_kernel_at_least(v.major - 1, 999));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(locks),
		cmocka_unit_test(terminal_pair),
		cmocka_unit_test(controlling_terminal),
		cmocka_unit_test(terminal_of_another_devpts),
		cmocka_unit_test(device_programs),
		cmocka_unit_test(same_open_file),
		cmocka_unit_test(which_system),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
