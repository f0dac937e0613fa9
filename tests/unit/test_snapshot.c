/* SPDX-License-Identifier: Apache-2.0 */
/* Root file systems over host: and dir:, through the driver of this machine and through the copy
 * driver: what is seen, what a write changes, what diff says. */
#include "support.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "base/json.h"
#include "engine/engine.h"
#include "engine/image/image.h"
#include "engine/image/snapshot.h"
#include "engine/root/root.h"
#include "engine/store/images.h"
#include "linux/ns.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

struct fixture {
	struct temp_dir tmp;
	struct engine *engine;
	json_t *snapshot;
	int container_fd;
};

static struct err err;

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	char *root cleanup_free = NULL;

	*state = f;
	f->container_fd = -1;
	temp_dir_make(&f->tmp);
	assert_int_equal(mkdirat(f->tmp.fd, "image", 0755), 0);
	assert_int_equal(mkdirat(f->tmp.fd, "image/dir", 0751), 0);
	put_file(f->tmp.fd, "image/file", "old\n");
	put_file(f->tmp.fd, "image/gone", "old\n");
	put_file(f->tmp.fd, "image/dir/a", "a\n");
	put_file(f->tmp.fd, "image/dir/b", "b\n");
	assert_int_equal(symlinkat("/nowhere", f->tmp.fd, "image/link"), 0);
	assert_int_equal(linkat(f->tmp.fd, "image/file", f->tmp.fd, "image/twin", 0), 0);
	assert_true(asprintf(&root, "%s/root", f->tmp.path) > 0);
	assert_ok(engine_open(root, &f->engine, &err), &err);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	json_decref(f->snapshot);
	close_fd(&f->container_fd);
	fd_remove_tree_at(AT_FDCWD, f->engine->root->run, NULL);
	engine_close(f->engine);
	temp_dir_remove(&f->tmp);
	free(f);
	return 0;
}

static void create(struct fixture *f, const char *form, const char *driver)
{
	struct image *image cleanup_image = NULL;
	char *reference cleanup_free = NULL;
	struct store *store;

	assert_true(asprintf(&reference, form, f->tmp.path) > 0);
	assert_ok(image_resolve(f->engine, reference, &image, &err), &err);
	if (driver) {
		assert_ok(engine_store(f->engine, &store, &err), &err);
		assert_ok(store_fact_set(store, "snapshot", driver, &err), &err);
	}
	assert_ok(snapshot_create(f->engine, image, ID, &f->snapshot, &err), &err);
	assert_ok(root_container_dir(f->engine->root, ID, false, &f->container_fd, &err), &err);
}

static int mount_it(struct fixture *f, int userns_fd, bool temporary, bool readonly)
{
	struct snapshot_mount_args args = { .container_fd = f->container_fd,
					    .lib_fd = f->engine->root->lib_fd,
					    .userns_fd = userns_fd,
					    .temporary = temporary,
					    .readonly = readonly };
	int fd = -1;

	assert_ok(snapshot_mount(f->snapshot, &args, &fd, &err), &err);
	return fd;
}

static void expect_changes(struct fixture *f, const char *expected)
{
	json_t *changes cleanup_json = NULL;
	struct buf text cleanup_buf = BUF_INIT(65536);
	json_t *item;
	size_t i;

	assert_ok(snapshot_changes(f->engine, f->snapshot, ID, &changes, &err), &err);
	json_array_foreach (changes, i, item) {
		buf_printf(&text, "%c %s\n",
			   "CAD"[json_integer_value(json_object_get(item, "Kind"))],
			   json_string_value(json_object_get(item, "Path")));
	}
	assert_string_equal(buf_str(&text), expected);
}

static void change_things(int root)
{
	int fd;

	assert_string_equal(get_file(root, "file"), "old\n");
	put_file(root, "file", "new\n");
	put_file(root, "added", "new\n");
	assert_int_equal(unlinkat(root, "gone", 0), 0);
	assert_int_equal(unlinkat(root, "dir/a", 0), 0);
	assert_int_equal(unlinkat(root, "dir/b", 0), 0);
	assert_int_equal(unlinkat(root, "dir", AT_REMOVEDIR), 0);
	assert_int_equal(mkdirat(root, "dir", 0700), 0);
	put_file(root, "dir/b", "again, longer\n");
	put_file(root, "dir/c", "c\n");
	assert_int_equal(mkdirat(root, "sub", 0755), 0);
	put_file(root, "sub/x\xff", "x\n");
	/* what the runtime makes for its mounts is nobody's change */
	assert_int_equal(mkdirat(root, "proc", 0755), 0);
	assert_int_equal(mkdirat(root, "etc", 0755), 0);
	put_file(root, "etc/hosts", "");
	fd = openat(root, "link", O_RDONLY);
	assert_true(fd < 0);
}

#define EXPECTED     \
	"A /added\n" \
	"C /dir\n"   \
	"D /dir/a\n" \
	"C /dir/b\n" \
	"A /dir/c\n" \
	"C /file\n"  \
	"D /gone\n"  \
	"A /sub\n"   \
	"A /sub/x\xef\xbf\xbd\n"

static void copy_on_write(struct fixture *f, const char *driver)
{
	int root cleanup_fd = -1;
	struct stat a, b;
	int64_t size = 0;

	create(f, "dir:%s/image", driver);
	root = mount_it(f, -1, false, false);
	assert_int_equal(fstatat(root, "file", &a, 0), 0);
	assert_int_equal(fstatat(root, "twin", &b, 0), 0);
	assert_true(a.st_ino == b.st_ino);
	assert_int_equal(fstatat(root, "dir", &a, 0), 0);
	assert_int_equal(a.st_mode & 07777, 0751);
	expect_changes(f, "");
	change_things(root);
	close_fd(&root);
	expect_changes(f, EXPECTED);
	assert_string_equal(get_file(f->tmp.fd, "image/file"), "old\n");
	assert_string_equal(get_file(f->tmp.fd, "image/dir/a"), "a\n");
	/* stays for the next start */
	root = mount_it(f, -1, false, true);
	assert_string_equal(get_file(root, "file"), "new\n");
	assert_null(get_file(root, "gone"));
	assert_int_equal(mkdirat(root, "x", 0700), -1);
	assert_int_equal(errno, EROFS);
	close_fd(&root);
	assert_ok(snapshot_size(f->engine, f->snapshot, ID, &size, &err), &err);
	assert_true(size >= 4 + 4 + 14 + 2 + 2);
	assert_ok(snapshot_remove(f->engine, f->snapshot, ID, &err), &err);
	assert_int_equal(unlinkat(f->engine->root->containers_fd, ID, AT_REMOVEDIR), 0);
}

static void overlay_keeps_the_image(void **state)
{
	need_real_kernel("overlayfs");
	need_privileges();
	copy_on_write(*state, NULL);
	assert_string_equal(
	    json_string_value(json_object_get(((struct fixture *)*state)->snapshot, "Driver")),
	    "overlay");
}

static void copy_keeps_the_image(void **state)
{
	need_real_kernel("open_tree");
	need_privileges();
	copy_on_write(*state, "copy");
}

static void temporary_mounts_again(void **state)
{
	struct fixture *f = *state;
	int root;

	need_real_kernel("overlayfs");
	need_privileges();
	create(f, "dir:%s/image", NULL);
	root = mount_it(f, -1, true, false);
	put_file(root, "file", "new\n");
	close(root);
	root = mount_it(f, -1, true, false);
	assert_string_equal(get_file(root, "file"), "new\n");
	close(root);
}

static void host_is_seen_and_not_changed(void **state)
{
	struct fixture *f = *state;
	struct stat st, host;
	int root;

	need_real_kernel("overlayfs");
	need_privileges();
	create(f, "host:", NULL);
	root = mount_it(f, -1, true, false);
	assert_int_equal(stat("/usr/bin/env", &host), 0);
	assert_int_equal(fstatat(root, "usr/bin/env", &st, 0), 0);
	assert_true(st.st_size == host.st_size);
	/* other mounts are not included */
	assert_int_equal(fstatat(root, "proc/self", &st, 0), -1);
	assert_int_equal(mkdirat(root, "coracle-was-here", 0755), 0);
	assert_int_equal(stat("/coracle-was-here", &st), -1);
	close(root);
	expect_changes(f, "A /coracle-was-here\n");
}

static void writable_directory(void **state)
{
	struct fixture *f = *state;
	int root;

	need_real_kernel("open_tree");
	need_privileges();
	create(f, "dir:%s/image:rw", NULL);
	root = mount_it(f, -1, false, false);
	put_file(root, "file", "through\n");
	close(root);
	assert_string_equal(get_file(f->tmp.fd, "image/file"), "through\n");
	root = mount_it(f, -1, false, true);
	assert_int_equal(mkdirat(root, "x", 0700), -1);
	close(root);
	assert_ok(snapshot_remove(f->engine, f->snapshot, ID, &err), &err);
	assert_string_equal(get_file(f->tmp.fd, "image/file"), "through\n");
}

/* Deleted files and opaque directories stay so when the layers are seen through a map, and owners
 * are the container's. */
static void mapped(struct fixture *f, const char *driver)
{
	const struct id_map map = { 0, 100000, 65536 };
	const struct userns_maps maps = { &map, &map, 1, 1 };
	int userns cleanup_fd = -1, root;
	struct stat st;

	create(f, "dir:%s/image", driver);
	root = mount_it(f, -1, false, false);
	change_things(root);
	close(root);
	assert_ok(userns_create(&maps, &userns, &err), &err);
	root = mount_it(f, userns, false, false);
	assert_int_equal(fstatat(root, "file", &st, 0), 0);
	assert_int_equal(st.st_uid, 100000);
	assert_int_equal(fstatat(root, "twin", &st, 0), 0);
	assert_int_equal(st.st_uid, 100000);
	assert_int_equal(fstat(root, &st), 0);
	assert_int_equal(st.st_uid, 100000);
	assert_null(get_file(root, "gone"));
	assert_null(get_file(root, "dir/a"));
	assert_string_equal(get_file(root, "dir/c"), "c\n");
	close(root);
}

static void overlay_mapped(void **state)
{
	need_real_kernel("overlayfs");
	need_privileges();
	mapped(*state, NULL);
}

static void copy_mapped(void **state)
{
	need_real_kernel("open_tree");
	need_privileges();
	mapped(*state, "copy");
}

static void missing_and_wrong(void **state)
{
	struct fixture *f = *state;
	struct image *image cleanup_image = NULL;
	char *reference cleanup_free = NULL;

	assert_int_equal(image_resolve(f->engine, "dir:/nonexistent", &image, &err), -ENOENT);
	assert_int_equal(err.class, ERR_NOT_FOUND);
	assert_true(asprintf(&reference, "dir:%s/image/file", f->tmp.path) > 0);
	assert_int_equal(image_resolve(f->engine, reference, &image, &err), -EINVAL);
	assert_int_equal(image_resolve(f->engine, "nothere", &image, &err), -ENOENT);
	assert_string_equal(err.text, "Unable to find image 'nothere:latest' locally");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(overlay_keeps_the_image, setup, teardown),
		cmocka_unit_test_setup_teardown(copy_keeps_the_image, setup, teardown),
		cmocka_unit_test_setup_teardown(temporary_mounts_again, setup, teardown),
		cmocka_unit_test_setup_teardown(host_is_seen_and_not_changed, setup, teardown),
		cmocka_unit_test_setup_teardown(writable_directory, setup, teardown),
		cmocka_unit_test_setup_teardown(overlay_mapped, setup, teardown),
		cmocka_unit_test_setup_teardown(copy_mapped, setup, teardown),
		cmocka_unit_test_setup_teardown(missing_and_wrong, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
