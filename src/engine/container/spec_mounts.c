/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts in the order in which they are made: what every container has, our files, the user's. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/path.h"
#include "base/str.h"
#include "engine/container/member.h"
#include "engine/container/join.h"
#include "engine/container/propagation.h"
#include "engine/container/spec.h"
#include "engine/root/ids.h"
#include "engine/root/root.h"
#include "linux/mount.h"
#include "linux/openat2.h"

static int add_mount(json_t *mounts, const char *destination, const char *type, const char *source,
		     json_t *options, struct err *err)
{
	json_t *mount = json_pack("{ss ss ss so}", "destination", destination, "type", type,
				  "source", source, "options", options);

	return json_array_append_new(mounts, mount) < 0 ? err_oom(err) : 0;
}

static const char *destination_of(const json_t *mount)
{
	return member_str(mount, "destination");
}

static void drop_option(json_t *mount, const char *prefix)
{
	json_t *options = json_object_get(mount, "options");
	size_t i = json_array_size(options);

	while (i-- > 0)
		if (str_starts(json_string_value(json_array_get(options, i)), prefix))
			json_array_remove(options, i);
}

/* --- what every container has ---------------------------------------------------------------- */

static int size_shm(struct spec_build *b, json_t *mount, struct err *err)
{
	char *size cleanup_free =
	    str_printf("size=%lld", (long long)member_int(b->host, "ShmSize"));

	drop_option(mount, "size=");
	return size && json_array_append_new(json_object_get(mount, "options"),
					     json_string(size)) == 0
		   ? 0
		   : err_oom(err);
}

/* 1: leave this default out. */
static int adapt_shm(struct spec_build *b, json_t *mount, struct err *err)
{
	const char *mode = member_str(b->host, "IpcMode");
	char source[64] = "/dev/shm";
	int fd, r;

	if (str_eq(mode, "none"))
		return 1;
	if (container_join_is(mode)) {
		r = container_join_shm(b->engine, mode, &fd, err);
		if (r == 0)
			r = spec_keep_fd(b, fd, source, err);
		if (r < 0)
			return r;
	} else if (!str_eq(mode, "host")) {
		return size_shm(b, mount, err);
	}
	json_object_set_new(mount, "type", json_string("bind"));
	json_object_set_new(mount, "source", json_string(source));
	json_object_set_new(mount, "options", json_pack("[ss]", "rbind", "rprivate"));
	return 0;
}

/* sysfs shows the network namespace of whoever mounts it and wants it to be owned; a foreign one
 * cannot be had in a user namespace, so the host's view is bound, read-only. */
static void adapt_sys(struct spec_build *b, json_t *mount)
{
	if (b->new_userns && !b->new_netns) {
		json_object_set_new(mount, "type", json_string("bind"));
		json_object_set_new(mount, "source", json_string("/sys"));
		json_object_set_new(
		    mount, "options",
		    json_pack("[ssssss]", "rbind", "rprivate", "nosuid", "noexec", "nodev", "rro"));
	} else if (b->security.privileged) {
		drop_option(mount, "ro");
	}
}

static int adapt_default(struct spec_build *b, json_t *mount, struct err *err)
{
	const char *destination = destination_of(mount);
	struct root_ids ids;

	if (str_eq(destination, "/dev/shm"))
		return adapt_shm(b, mount, err);
	if (str_eq(destination, "/sys"))
		adapt_sys(b, mount);
	if (str_eq(destination, "/sys/fs/cgroup") && b->security.privileged)
		drop_option(mount, "ro");
	if (str_eq(destination, "/dev/pts") && !b->engine->root->system) {
		root_ids_get(&ids);
		if (ids.single)
			drop_option(mount, "gid=");
	}
	return 0;
}

/* A mount of the user's takes the place of a default one; his /dev that of all below it. */
static bool is_replaced(const struct spec_build *b, const char *destination)
{
	json_t *point;
	size_t i;

	json_array_foreach (json_object_get(b->c->config, "MountPoints"), i, point) {
		const char *own = member_str(point, "Destination");

		if (str_eq(own, destination))
			return true;
		if (str_eq(own, "/dev") && str_starts(destination, "/dev/"))
			return true;
	}
	return false;
}

static int add_defaults(struct spec_build *b, json_t *mounts, struct err *err)
{
	json_t *mount;
	size_t i;
	int r;

	json_array_foreach (json_object_get(b->spec, "mounts"), i, mount) {
		if (is_replaced(b, destination_of(mount)))
			continue;
		r = adapt_default(b, mount, err);
		if (r < 0)
			return r;
		if (r == 0)
			json_array_append(mounts, mount);
	}
	return 0;
}

/* --- ours ------------------------------------------------------------------------------------ */

static int add_file(struct spec_build *b, json_t *mounts, const char *name, const char *destination,
		    struct err *err)
{
	char *source cleanup_free =
	    str_printf("%s/containers/%s/%s", b->engine->root->lib, b->files_id, name);

	if (!source)
		return err_oom(err);
	if (is_replaced(b, destination))
		return 0;
	return add_mount(mounts, destination, "bind", source,
			 json_pack("[sss]", "rbind", "rprivate",
				   member_bool(b->host, "ReadonlyRootfs") ? "ro" : "rw"),
			 err);
}

static int add_init(struct spec_build *b, json_t *mounts, struct err *err)
{
	char *program cleanup_free = NULL;
	int r;

	if (!member_bool(b->host, "Init"))
		return 0;
	/* a mount point for it would be made in the user's own directory */
	if (is_replaced(b, "/dev"))
		return err_invalid(err, "--init cannot be combined with a mount on /dev");
	r = engine_helper_path(b->engine, "coracle-init", &program, err);
	if (r < 0)
		return r;
	/* read-only: the file is the host's */
	return add_mount(mounts, "/dev/init", "bind", program,
			 json_pack("[ssss]", "bind", "rprivate", "ro", "nosuid"), err);
}

/* The root file system is one mount of the host without what is mounted on it, and /run, say,
 * mostly is another mount: there is nothing to hide then, and a mount point would only be made in
 * the container's layer. What cannot be told counts as shown. */
static bool is_shown(const char *directory, const char *tree, const char *path)
{
	int dir cleanup_fd = -1, view cleanup_fd = -1, seen cleanup_fd = -1;
	struct statx a, b;

	dir = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || statx(dir, "", AT_EMPTY_PATH, STATX_MNT_ID, &a) < 0 ||
	    statx(AT_FDCWD, tree, 0, STATX_INO | STATX_MNT_ID, &b) < 0 ||
	    a.stx_mnt_id == b.stx_mnt_id)
		return true;
	/* Another mount may still show the same directory (mount --bind): a view tells. */
	if (mount_clone_fd(dir, "", false, &view, NULL) < 0)
		return true;
	seen = open_beneath(view, path, O_PATH | O_DIRECTORY, 0);
	if (seen < 0)
		return seen != -ENOENT;
	return statx(seen, "", AT_EMPTY_PATH, STATX_INO, &a) < 0 ||
	       (a.stx_ino == b.stx_ino && a.stx_dev_major == b.stx_dev_major &&
		a.stx_dev_minor == b.stx_dev_minor);
}

/* Our trees, where the root file system shows them: who can write below containers/ or read the
 * blobs of other containers has left his own. */
static int hide_tree(json_t *mounts, const char *shown, const char *tree, struct err *err)
{
	size_t len = strlen(shown);
	struct stat st;

	/* "/srv" shows "/srv/x" as "/x"; "/" shows all */
	if (len == 1)
		len = 0;
	if (strncmp(shown, tree, len) != 0 || tree[len] != '/' || stat(tree, &st) < 0 ||
	    !is_shown(shown, tree, tree + len + 1))
		return 0;
	return add_mount(
	    mounts, tree + len, "tmpfs", "tmpfs",
	    json_pack("[ssssss]", "ro", "nosuid", "nodev", "noexec", "mode=0700", "size=4k"), err);
}

/* The directory of the host that the root file system is made of, or NULL. */
static const char *shown_directory(const struct container *c)
{
	const json_t *snapshot = json_object_get(c->config, "Snapshot");
	const char *path = member_str(snapshot, "Path");
	const char *lower =
	    json_string_value(json_array_get(json_object_get(snapshot, "Lowers"), 0));

	if (*path == '/')
		return path;
	return lower && *lower == '/' ? lower : NULL;
}

static int hide_state(struct spec_build *b, json_t *mounts, struct err *err)
{
	const char *shown = shown_directory(b->c);
	const char *const trees[] = { b->engine->root->lib, b->engine->root->run,
				      "/var/lib/coracle", "/run/coracle" };
	size_t i;
	int r = 0;

	for (i = 0; shown && r == 0 && i < ARRAY_SIZE(trees); i++)
		if (i < 2 || !(str_eq(trees[i], trees[0]) || str_eq(trees[i], trees[1])))
			r = hide_tree(mounts, shown, trees[i], err);
	return r;
}

/* --- the user's ------------------------------------------------------------------------------ */

static int make_source(const json_t *point, struct err *err)
{
	const char *source = member_str(point, "Source");
	struct stat st;

	if (!str_eq(member_str(point, "Type"), "bind") || stat(source, &st) == 0)
		return 0;
	if (errno != ENOENT)
		return err_sys(err, errno, "bind source %s", source);
	if (!member_bool(point, "Create"))
		return err_invalid(err, "bind source path does not exist: %s", source);
	return fd_mkdir_all(source, 0755, err);
}

static size_t depth(const char *path)
{
	size_t n = 0;

	for (; *path; path++)
		n += *path == '/';
	return n;
}

/* By depth, so that /a is mounted before /a/b, whatever the order of the flags. */
static int add_points(struct spec_build *b, json_t *mounts, struct err *err)
{
	json_t *points = json_object_get(b->c->config, "MountPoints"), *point;
	size_t level, added = 0, i;
	int r;

	for (level = 1; added < json_array_size(points); level++) {
		json_array_foreach (points, i, point) {
			if (depth(member_str(point, "Destination")) != level)
				continue;
			added++;
			r = make_source(point, err);
			if (r == 0)
				r = propagation_check(member_str(point, "Source"),
						      member_str(point, "Propagation"), err);
			if (r == 0)
				r = add_mount(mounts, member_str(point, "Destination"),
					      member_str(point, "Type"),
					      *member_str(point, "Source")
						  ? member_str(point, "Source")
						  : "tmpfs",
					      json_incref(json_object_get(point, "Options")), err);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

/* An ordinary user's container cannot make device nodes. The runtime binds the host's of the same
 * name instead; what has another name on the host is bound here, and the runtime finds it there. */
static int add_devices(struct spec_build *b, json_t *mounts, struct err *err)
{
	const json_t *devices = json_object_get(b->host, "Devices"), *device;
	size_t i;
	int r = 0;

	json_array_foreach (devices, i, device) {
		const char *source = member_str(device, "PathOnHost");
		const char *inside = member_str(device, "PathInContainer");

		if (r == 0 && !str_eq(source, inside))
			r = add_mount(mounts, inside, "bind", source,
				      json_pack("[sss]", "bind", "nosuid", "noexec"), err);
	}
	return r;
}

int spec_mounts(struct spec_build *b, struct err *err)
{
	json_t *mounts cleanup_json = json_array();
	int r = add_defaults(b, mounts, err);

	if (r == 0)
		r = hide_state(b, mounts, err);
	if (r == 0)
		r = add_file(b, mounts, "resolv.conf", "/etc/resolv.conf", err);
	if (r == 0)
		r = add_file(b, mounts, "hostname", "/etc/hostname", err);
	if (r == 0)
		r = add_file(b, mounts, "hosts", "/etc/hosts", err);
	if (r == 0)
		r = add_init(b, mounts, err);
	if (r == 0)
		r = add_points(b, mounts, err);
	if (r == 0 && !b->engine->root->system)
		r = add_devices(b, mounts, err);
	if (r < 0)
		return r;
	return json_object_set(b->spec, "mounts", mounts) < 0 ? err_oom(err) : 0;
}
