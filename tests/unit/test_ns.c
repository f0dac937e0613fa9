/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"
#include "in_child.h"

#include <sched.h>
#include <grp.h>
#include <pwd.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "base/str.h"
#include "linux/mount.h"
#include "linux/netif.h"
#include "linux/ns.h"
#include "linux/pidfd.h"
#include "linux/spawn.h"

static struct err err;

static void names(void **state)
{
	assert_string_equal(ns_name(CLONE_NEWNS), "mnt");
	assert_string_equal(ns_name(CLONE_NEWTIME), "time");
	assert_string_equal(ns_name(0), "?");
}

static void kinds_are_checked(void **state)
{
	struct temp_dir tmp;
	int fd cleanup_fd = -1;

	need_real_kernel("ioctl_ns");
	assert_ok(ns_open_path("/proc/self/ns/uts", CLONE_NEWUTS, &fd, &err), &err);
	assert_int_equal(ns_open_path("/proc/self/ns/uts", CLONE_NEWNET, &fd, &err), -EINVAL);
	assert_non_null(strstr(err.text, "of kind uts, not net"));
	assert_int_equal(ns_open_path("/proc/self/status", CLONE_NEWNET, &fd, &err), -EINVAL);
	assert_int_equal(ns_open_path("/nowhere", CLONE_NEWNET, &fd, &err), -ENOENT);
	temp_dir_make(&tmp);
	assert_int_equal(mkfifoat(tmp.fd, "fifo", 0600), 0);
	char *fifo cleanup_free = str_printf("%s/fifo", tmp.path);

	assert_int_equal(ns_open_path(fifo, CLONE_NEWNET, &fd, &err), -EINVAL); /* at once */
	temp_dir_remove(&tmp);
	assert_int_equal(ns_open(0x3fffffff, CLONE_NEWNET, &fd, &err), -ENOENT);
	assert_int_equal(err.class, ERR_NOT_FOUND);
}

static int enter_and_compare(void *arg)
{
	struct ns_id wanted, now;
	int *fds = arg;

	if (ns_id(fds[0], &wanted) < 0 || ns_enter(fds[0], CLONE_NEWUTS, NULL) < 0 ||
	    ns_id_of(0, CLONE_NEWUTS, &now) < 0 || !ns_id_equal(wanted, now))
		return 1;
	if (ns_enter_process(fds[1], CLONE_NEWIPC | CLONE_NEWNET, NULL) < 0)
		return 2;
	return 0;
}

__attribute__((noreturn)) static int wait_for_kill(void *arg)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* also when the test has failed */
	for (;;)
		pause();
}

static void entering(void **state)
{
	struct spawn_args args = SPAWN_ARGS(SPAWN_CLONE);
	struct spawned child cleanup_spawned = SPAWNED_NONE;
	int fds[2] = { -1, -1 }, status;
	struct ns_id ours, its;

	need_real_kernel("namespaces");
	need_privileges();
	args.flags = CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET;
	args.pidfd = true;
	assert_ok(spawn(&args, wait_for_kill, NULL, &child, &err), &err);
	assert_ok(ns_open(child.pid, CLONE_NEWUTS, &fds[0], &err), &err);
	fds[1] = child.pidfd;
	assert_int_equal(in_child(enter_and_compare, fds), 0);
	assert_int_equal(ns_id_of(0, CLONE_NEWUTS, &ours), 0);
	assert_int_equal(ns_id_of(child.pid, CLONE_NEWUTS, &its), 0);
	assert_false(ns_id_equal(ours, its));
	assert_int_equal(ns_enter(fds[0], CLONE_NEWNET, &err), -EINVAL);
	kill(child.pid, SIGKILL);
	assert_ok(spawn_wait(child.pid, &status, &err), &err);
	close(fds[0]);
}

static int lo_up(void *arg)
{
	struct ifreq request = { .ifr_name = "lo" };
	int sock = socket(AF_INET, SOCK_DGRAM, 0);
	struct err e;

	if (unshare(CLONE_NEWNET) < 0)
		return 1;
	close(sock);
	sock = socket(AF_INET, SOCK_DGRAM, 0);
	if (netif_up("lo", &e) < 0 || netif_up("lo", &e) < 0)
		return 2;
	if (ioctl(sock, SIOCGIFFLAGS, &request) < 0 || !(request.ifr_flags & IFF_UP))
		return 3;
	if (netif_up("nosuch0", &e) != -ENODEV || !strstr(e.text, "nosuch0"))
		return 4;
	if (netif_up("a-name-longer-than-15", &e) != -EINVAL)
		return 5;
	return 0;
}

static void loopback(void **state)
{
	need_privileges();
	assert_int_equal(in_child(lo_up, NULL), 0);
}

/* --- id maps -----------------------------------------------------------------------------------
 */

static void maps_as_data(void **state)
{
	static const struct id_map map[] = { { 0, 100000, 10 }, { 10, 5, 1 } };
	static const struct id_map same[] = { { 0, 0, 10 }, { 20, 20, 1 } };

	assert_true(id_map_outside(map, 2, 0) == 100000);
	assert_true(id_map_outside(map, 2, 9) == 100009);
	assert_true(id_map_outside(map, 2, 10) == 5);
	assert_true(id_map_outside(map, 2, 11) == -1);
	assert_false(id_map_is_identity(map, 2));
	assert_true(id_map_is_identity(same, 2));
}

static int look_at_map(void *arg)
{
	struct ns_id id;
	int fd = *(int *)arg;

	if (ns_id(fd, &id) < 0 || setns(fd, CLONE_NEWUSER) < 0)
		return 1;
	return str_starts(get_file(AT_FDCWD, "/proc/self/uid_map"),
			  "         0     100000      65536\n")
		   ? 0
		   : 2;
}

static void a_namespace_without_a_process(void **state)
{
	static const struct id_map map[] = { { 0, 100000, 65536 } };
	const struct userns_maps maps = { map, map, 1, 1 };
	int fd cleanup_fd = -1, owner cleanup_fd = -1;
	struct ns_id ours, its;

	need_real_kernel("namespaces");
	need_privileges();
	assert_ok(userns_create(&maps, &fd, &err), &err);
	assert_int_equal(waitpid(-1, NULL, WNOHANG | __WALL), -1); /* no child is left */
	assert_int_equal(in_child(look_at_map, &fd), 0);
	assert_int_equal(ns_owner(fd, &owner), 0);
	assert_int_equal(ns_id_of(0, CLONE_NEWUSER, &ours), 0);
	assert_int_equal(ns_id(owner, &its), 0);
	assert_true(ns_id_equal(ours, its));
}

static void wrong_maps_are_named(void **state)
{
	static const struct id_map empty[] = { { 0, 100000, 0 } };
	static const struct id_map wraps[] = { { 0, UINT32_MAX, 2 } };
	static const struct id_map twice[] = { { 0, 100000, 2 }, { 1, 200000, 2 } };
	static const struct id_map good[] = { { 0, 100000, 2 } };
	struct id_map many[ID_MAP_MAX + 1];
	struct userns_maps maps = { empty, good, 1, 1 };
	int fd = -1;

	need_real_kernel("namespaces");
	need_privileges();
	assert_int_equal(userns_create(&maps, &fd, &err), -EINVAL);
	assert_non_null(strstr(err.text, "uid map"));
	maps = (struct userns_maps){ good, wraps, 1, 1 };
	assert_int_equal(userns_create(&maps, &fd, &err), -EINVAL);
	assert_non_null(strstr(err.text, "gid map: 0:4294967295:2"));
	maps = (struct userns_maps){ twice, good, 2, 1 };
	assert_int_equal(userns_create(&maps, &fd, &err), -EINVAL);
	maps = (struct userns_maps){ good, good, 0, 1 };
	assert_int_equal(userns_create(&maps, &fd, &err), -EINVAL);
	for (unsigned i = 0; i <= ID_MAP_MAX; i++)
		many[i] = (struct id_map){ i, 100000 + i, 1 };
	maps = (struct userns_maps){ many, good, ID_MAP_MAX + 1, 1 };
	assert_int_equal(userns_create(&maps, &fd, &err), -EINVAL);
	assert_non_null(strstr(err.text, "341"));
	maps.uid_count = 200; /* the kernel's 340, and whole: see the file's length */
	assert_ok(userns_create(&maps, &fd, &err), &err);
	assert_int_equal(fd < 0, 0);
	close(fd);
}

static void become(uid_t uid)
{
	if (setgroups(0, NULL) < 0 || setresgid(uid, uid, uid) < 0 || setresuid(uid, uid, uid) < 0)
		_exit(90);
	/* Cleared by the change of ids; a process that began as this user has it. */
	prctl(PR_SET_DUMPABLE, 1);
}

static int own_id_only(void *arg)
{
	const struct id_map own[] = { { 0, 65534, 1 } };
	const struct userns_maps mine = { own, own, 1, 1 };
	int fd = -1;
	struct err e;

	become(65534);
	if (userns_create(&mine, &fd, &e) < 0)
		return e.code == EPERM || e.code == ENOSPC ? 77 : 1;
	if (setns(fd, CLONE_NEWUSER) < 0 || getuid() != 0 || getgid() != 0)
		return 2;
	if (!str_starts(get_file(AT_FDCWD, "/proc/self/setgroups"), "deny"))
		return 3;
	close(fd);
	return 0;
}

static int not_ones_own(void *arg)
{
	const struct id_map other[] = { { 0, 65533, 1 } };
	const struct userns_maps theirs = { other, other, 1, 1 };
	int fd = -1;
	struct err e;

	become(65534);
	if (userns_create(&theirs, &fd, &e) == 0)
		return 1;
	return e.class == ERR_DENIED && fd == -1 ? 0 : 2;
}

static void an_ordinary_user_maps_itself(void **state)
{
	int r;

	need_real_kernel("namespaces");
	need_privileges();
	r = in_child(own_id_only, NULL);
	if (r == 77)
		skip_because("unprivileged user namespaces are switched off");
	assert_int_equal(r, 0);
	assert_int_equal(in_child(not_ones_own, NULL), 0);
}

/* With /etc/subuid of our own making, seen by newuidmap in a mount namespace of our own. */
static int by_newuidmap(void *arg)
{
	const struct id_map range[] = { { 0, 65534, 1 }, { 1, 300000, 1000 } };
	const struct userns_maps maps = { range, range, 2, 2 };
	struct temp_dir *tmp = arg;
	char *sub cleanup_free = str_printf("%s/sub", tmp->path);
	int fd = -1;
	struct err e;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount(sub, "/etc/subuid", NULL, MS_BIND, NULL) < 0 ||
	    mount(sub, "/etc/subgid", NULL, MS_BIND, NULL) < 0)
		return 77;
	become(65534);
	if (userns_create(&maps, &fd, &e) < 0) {
		fprintf(stderr, "%s\n", e.text);
		return 1;
	}
	if (setns(fd, CLONE_NEWUSER) < 0)
		return 2;
	return strstr(get_file(AT_FDCWD, "/proc/self/uid_map"), "300000       1000") ? 0 : 3;
}

static void an_ordinary_user_maps_its_subordinate_ids(void **state)
{
	struct temp_dir tmp;
	struct stat st;
	int r;

	need_real_kernel("namespaces");
	need_privileges();
	if (stat("/usr/bin/newuidmap", &st) < 0 || !(st.st_mode & 06000))
		skip_because("newuidmap (package uidmap) is not installed set-id");
	if (access("/etc/subuid", F_OK) < 0 || access("/etc/subgid", F_OK) < 0)
		skip_because("/etc/subuid is missing");
	temp_dir_make(&tmp);
	chmod(tmp.path, 0755);
	put_file(tmp.fd, "sub", "nobody:300000:65536\n");
	r = in_child(by_newuidmap, &tmp);
	temp_dir_remove(&tmp);
	if (r == 77)
		skip_because("/etc/subuid cannot be covered here");
	assert_int_equal(r, 0);
}

static void subordinate_ranges(void **state)
{
	struct id_range ranges[4];
	struct temp_dir tmp;
	char *file;

	temp_dir_make(&tmp);
	file = str_printf("%s/subuid", tmp.path);
	assert_int_equal(subid_ranges(file, "web", 1000, ranges, 4, &err), 0); /* missing */
	put_file(tmp.fd, "subuid",
		 "# comment\nother:1:2\nweb:100000:65536\nweb:x:1\nweb:5:\nweb:4294967295:2\n"
		 "1000:300000:10\nweb2:7:7\nweb:400000:1");
	assert_int_equal(subid_ranges(file, "web", 1000, ranges, 4, &err), 3);
	assert_int_equal(ranges[0].first, 100000);
	assert_int_equal(ranges[0].count, 65536);
	assert_int_equal(ranges[1].first, 300000);
	assert_int_equal(ranges[2].first, 400000);
	assert_int_equal(subid_ranges(file, "web", 1000, ranges, 1, &err), 1);
	assert_int_equal(subid_ranges(file, NULL, 7, ranges, 4, &err), 0);
	free(file);
	temp_dir_remove(&tmp);
}

/* --- idmapped mounts ---------------------------------------------------------------------------
 */

static void ids_are_mapped_in_a_mount(void **state)
{
	static const struct id_map map[] = { { 0, 100000, 65536 } };
	const struct userns_maps maps = { map, map, 1, 1 };
	struct mount_change change = MOUNT_CHANGE_NONE;
	int userns cleanup_fd = -1, fd cleanup_fd = -1, r;
	struct temp_dir tmp;
	struct stat st;

	need_real_kernel("namespaces");
	need_privileges();
	temp_dir_make(&tmp);
	put_file(tmp.fd, "f", "x");
	assert_ok(userns_create(&maps, &userns, &err), &err);
	change.userns_fd = userns;
	r = mount_bind_fd(tmp.fd, false, &change, &fd, &err);
	if (r == 0)
		assert_int_equal(fstatat(fd, "f", &st, 0), 0);
	temp_dir_remove(&tmp);
	if (r == -EINVAL && err.class == ERR_UNSUPPORTED)
		skip_because("the file system of TMPDIR cannot be idmapped");
	assert_ok(r, &err);
	assert_int_equal(st.st_uid, 100000);
	assert_int_equal(st.st_gid, 100000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(kinds_are_checked),
		cmocka_unit_test(entering),
		cmocka_unit_test(loopback),
		cmocka_unit_test(maps_as_data),
		cmocka_unit_test(a_namespace_without_a_process),
		cmocka_unit_test(wrong_maps_are_named),
		cmocka_unit_test(an_ordinary_user_maps_itself),
		cmocka_unit_test(an_ordinary_user_maps_its_subordinate_ids),
		cmocka_unit_test(subordinate_ranges),
		cmocka_unit_test(ids_are_mapped_in_a_mount),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
