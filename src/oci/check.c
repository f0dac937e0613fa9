/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold between the members of a configuration. */
#include "oci/parse.h"

enum { NAME_BYTES_MAX = 64 }; /* __NEW_UTS_LEN of the kernel */

static int check_name(const struct oci_spec *spec, const char *what, const char *name,
		      struct err *err)
{
	if (!name || !*name)
		return 0;
	if (strlen(name) > NAME_BYTES_MAX)
		return err_invalid(err, "%s: longer than %d bytes", what, NAME_BYTES_MAX);
	for (const unsigned char *p = (const unsigned char *)name; *p; p++)
		if (*p <= ' ' || *p == 0x7f)
			return err_invalid(err, "%s: holds a space or a control character", what);
	if (!spec->linux.ns[OCI_NS_UTS].set)
		return err_invalid(err, "%s: needs a private UTS namespace", what);
	return 0;
}

static int check_user_namespace(const struct oci_linux *l, struct err *err)
{
	const struct oci_namespace *user = &l->ns[OCI_NS_USER];
	bool mapped = l->uid_maps.count || l->gid_maps.count;

	if (mapped && !user->set)
		return err_invalid(err, "linux: uidMappings and gidMappings need a user namespace");
	if (user->set && !user->path && !(l->uid_maps.count && l->gid_maps.count))
		return err_invalid(err, "linux: a new user namespace needs uidMappings and "
					"gidMappings");
	return 0;
}

static int check_time_namespace(const struct oci_linux *l, struct err *err)
{
	const struct oci_namespace *time = &l->ns[OCI_NS_TIME];

	if (!l->time_monotonic_set && !l->time_boottime_set)
		return 0;
	/* time_namespaces(7): the offsets are fixed once a process lives in it */
	if (!time->set || time->path)
		return err_invalid(err, "linux.timeOffsets: needs a new time namespace");
	return 0;
}

static int check_mounts(const struct oci_spec *spec, struct err *err)
{
	for (size_t i = 0; i < spec->mount_count; i++) {
		const struct oci_mount *m = &spec->mounts[i];

		if (m->idmap && !m->uid_maps.count && !spec->linux.ns[OCI_NS_USER].set)
			return err_invalid(err,
					   "mounts[%zu]: idmap without mappings needs a user "
					   "namespace",
					   i);
	}
	return 0;
}

/* Whatever a path in the group's tree may be, it is below the tree. */
static int check_cgroups_path(const char *path, struct err *err)
{
	const char *p = path;

	while (p && *p) {
		size_t len = strcspn(p, "/");

		if (len == 2 && p[0] == '.' && p[1] == '.')
			return err_invalid(err, "linux: cgroupsPath \"%s\" holds \"..\"", path);
		if (len > 255)
			return err_invalid(err, "linux: a part of cgroupsPath is longer than 255 "
						"bytes");
		p += len + (p[len] == '/');
	}
	return 0;
}

int oci_spec_check(const struct oci_spec *spec, struct err *err)
{
	const struct oci_linux *l = &spec->linux;
	int r = check_name(spec, "hostname", spec->hostname, err);

	if (r == 0)
		r = check_name(spec, "domainname", spec->domainname, err);
	if (r == 0)
		r = check_user_namespace(l, err);
	if (r == 0)
		r = check_time_namespace(l, err);
	if (r == 0)
		r = check_mounts(spec, err);
	if (r == 0)
		r = check_cgroups_path(l->cgroups_path, err);
	if (r == 0)
		r = oci_sysctl_check(l, err);
	if (r < 0)
		return r;
	/* without one they would be hidden from the whole machine */
	if ((l->masked_paths.count || l->readonly_paths.count) && !l->ns[OCI_NS_MOUNT].set)
		return err_invalid(err, "linux: maskedPaths and readonlyPaths need a private mount "
					"namespace");
	return 0;
}
