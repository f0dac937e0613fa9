/* SPDX-License-Identifier: Apache-2.0 */
/* The linux object (config-linux.md) without resources and seccomp, which have files of their own.
 */
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "oci/parse.h"

static int parse_namespace(const json_t *item, const char *where, struct oci_linux *l,
			   struct err *err)
{
	static const char *const names[] = {
		[OCI_NS_CGROUP] = "cgroup", [OCI_NS_IPC] = "ipc", [OCI_NS_NET] = "network",
		[OCI_NS_MOUNT] = "mount",   [OCI_NS_PID] = "pid", [OCI_NS_TIME] = "time",
		[OCI_NS_USER] = "user",	    [OCI_NS_UTS] = "uts", [OCI_NS_COUNT] = NULL,
	};
	struct oci_namespace *ns;
	const char *path = NULL;
	int type = 0, r;

	r = oci_require(item, where, "type", err);
	if (r == 0)
		r = oci_get_enum(item, where, "type", names, &type, err);
	if (r == 0)
		r = js_get_str(item, where, "path", &path, err);
	if (r < 0)
		return r;
	ns = &l->ns[type];
	if (ns->set)
		return err_invalid(err, "%s: the %s namespace is listed twice", where, names[type]);
	ns->set = true;
	if (!path || !*path)
		return 0;
	if (*path != '/')
		return err_invalid(err, "%s: path \"%s\" must be an absolute path", where, path);
	return js_dup_str(item, where, "path", &ns->path, err);
}

static int parse_namespaces(const json_t *object, const char *where, struct oci_linux *l,
			    struct err *err)
{
	json_t *list = NULL, *item;
	char at[OCI_WHERE_MAX];
	size_t i;
	int r = js_get_arr(object, where, "namespaces", &list, err);

	json_array_foreach (list, i, item) {
		oci_where_at(at, where, "namespaces", i);
		if (!json_is_object(item))
			return err_invalid(err, "%s must be an object", at);
		r = parse_namespace(item, at, l, err);
		if (r < 0)
			return r;
	}
	return r;
}

static int parse_device(const json_t *item, const char *where, void *ret, struct err *err)
{
	static const char *const types[] = { "c", "b", "u", "p", NULL };
	struct oci_device *d = ret;
	uint32_t mode = 0666;
	int type = 0;
	int r = oci_dup_absolute(item, where, "path", &d->path, err);

	if (r == 0)
		r = oci_require(item, where, "type", err);
	if (r == 0)
		r = oci_get_enum(item, where, "type", types, &type, err);
	d->type = types[type][0];
	if (r == 0 && d->type != 'p')
		r = oci_require(item, where, "major", err);
	if (r == 0 && d->type != 'p')
		r = oci_require(item, where, "minor", err);
	/* 12 and 20 bits: MINORBITS of the kernel */
	if (r == 0)
		r = js_get_i64(item, where, "major", 0, (1 << 12) - 1, &d->major, err);
	if (r == 0)
		r = js_get_i64(item, where, "minor", 0, (1 << 20) - 1, &d->minor, err);
	/* some writers put st_mode here, with the type's bits */
	if (r == 0)
		r = oci_get_u32(item, where, "fileMode", S_IFMT | 07777, &mode, err);
	d->mode = mode & 07777;
	if (r == 0)
		r = oci_get_u32(item, where, "uid", UINT32_MAX - 1, &d->uid, err);
	if (r == 0)
		r = oci_get_u32(item, where, "gid", UINT32_MAX - 1, &d->gid, err);
	return r;
}

static int parse_propagation(const json_t *object, const char *where, struct oci_linux *l,
			     struct err *err)
{
	static const char *const names[] = { "private",	 "shared",  "slave",  "unbindable",
					     "rprivate", "rshared", "rslave", "runbindable",
					     "",	 NULL };
	static const unsigned long flags[] = { MS_PRIVATE,
					       MS_SHARED,
					       MS_SLAVE,
					       MS_UNBINDABLE,
					       MS_PRIVATE | MS_REC,
					       MS_SHARED | MS_REC,
					       MS_SLAVE | MS_REC,
					       MS_UNBINDABLE | MS_REC,
					       0 };
	int i = 8;
	int r = oci_get_enum(object, where, "rootfsPropagation", names, &i, err);

	if (r == 0)
		l->rootfs_propagation = flags[i];
	return r;
}

static int parse_offset(const json_t *offsets, const char *where, const char *key, bool *set,
			int64_t *secs, uint32_t *nanosecs, struct err *err)
{
	json_t *offset = NULL;
	char at[OCI_WHERE_MAX];
	int r = js_get_obj(offsets, where, key, &offset, err);

	if (r < 0 || !offset)
		return r;
	*set = true;
	oci_where(at, where, key);
	r = js_get_i64(offset, at, "secs", INT64_MIN, INT64_MAX, secs, err);
	return r < 0 ? r : oci_get_u32(offset, at, "nanosecs", 999999999, nanosecs, err);
}

static int parse_time_offsets(const json_t *object, const char *where, struct oci_linux *l,
			      struct err *err)
{
	json_t *offsets = NULL;
	char at[OCI_WHERE_MAX];
	int r = js_get_obj(object, where, "timeOffsets", &offsets, err);

	if (r < 0 || !offsets)
		return r;
	oci_where(at, where, "timeOffsets");
	r = parse_offset(offsets, at, "monotonic", &l->time_monotonic_set, &l->time_monotonic_secs,
			 &l->time_monotonic_nanosecs, err);
	if (r < 0)
		return r;
	return parse_offset(offsets, at, "boottime", &l->time_boottime_set, &l->time_boottime_secs,
			    &l->time_boottime_nanosecs, err);
}

static int parse_personality(const json_t *object, const char *where, struct oci_linux *l,
			     struct err *err)
{
	static const char *const domains[] = { "LINUX", "LINUX32", NULL };
	json_t *personality = NULL, *flags = NULL;
	char at[OCI_WHERE_MAX];
	int domain = 0, r = js_get_obj(object, where, "personality", &personality, err);

	if (r < 0 || !personality)
		return r;
	oci_where(at, where, "personality");
	r = oci_require(personality, at, "domain", err);
	if (r == 0)
		r = oci_get_enum(personality, at, "domain", domains, &domain, err);
	if (r == 0)
		r = js_get_arr(personality, at, "flags", &flags, err);
	if (r < 0)
		return r;
	/* config-linux.md: "no flag values are supported" */
	if (json_array_size(flags))
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP, "%s: flags are not supported", at);
	l->personality_set = true;
	l->personality = domain ? PER_LINUX32 : PER_LINUX;
	return 0;
}

/* An empty list of network devices asks for nothing; an empty intelRdt object would make a group.
 */
static bool is_asked_for(const json_t *object, const char *key)
{
	return oci_has(object, key) &&
	       !(str_eq(key, "netDevices") && json_object_size(json_object_get(object, key)) == 0 &&
		 json_is_object(json_object_get(object, key)));
}

static int refuse_unsupported(const json_t *object, const char *where, struct err *err)
{
	static const char *const names[] = { "intelRdt", "netDevices", "memoryPolicy" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (is_asked_for(object, names[i]))
			return err_set(err, ERR_UNSUPPORTED, ENOTSUP, "%s: %s is not supported",
				       where, names[i]);
	return 0;
}

static int parse_resources(const json_t *object, const char *where, struct oci_linux *l,
			   struct err *err)
{
	json_t *resources = NULL;
	int r = js_get_obj(object, where, "resources", &resources, err);

	return r < 0 || !resources ? r : oci_resources_parse(resources, &l->resources, err);
}

static int parse_seccomp(const json_t *object, const char *where, struct oci_linux *l,
			 struct err *err)
{
	json_t *seccomp = NULL;
	char at[OCI_WHERE_MAX];
	int r = js_get_obj(object, where, "seccomp", &seccomp, err);

	if (r < 0 || !seccomp)
		return r;
	return oci_seccomp_parse(seccomp, oci_where(at, where, "seccomp"), &l->seccomp, err);
}

int oci_linux_parse(const json_t *object, const char *where, struct oci_linux *l, struct err *err)
{
	int r = refuse_unsupported(object, where, err);

	if (r == 0)
		r = parse_namespaces(object, where, l, err);
	if (r == 0)
		r = oci_id_maps_parse(object, where, "uidMappings", &l->uid_maps, err);
	if (r == 0)
		r = oci_id_maps_parse(object, where, "gidMappings", &l->gid_maps, err);
	if (r == 0)
		r = oci_get_items(object, where, "devices", sizeof(*l->devices), parse_device,
				  &l->devices, &l->device_count, err);
	if (r == 0)
		r = js_dup_str(object, where, "cgroupsPath", &l->cgroups_path, err);
	if (r == 0)
		r = parse_resources(object, where, l, err);
	if (r == 0)
		r = parse_propagation(object, where, l, err);
	if (r == 0)
		r = oci_get_paths(object, where, "maskedPaths", &l->masked_paths, err);
	if (r == 0)
		r = oci_get_paths(object, where, "readonlyPaths", &l->readonly_paths, err);
	if (r == 0)
		r = parse_seccomp(object, where, l, err);
	if (r == 0)
		r = oci_get_pairs(object, where, "sysctl", &l->sysctl, &l->sysctl_count, err);
	if (r == 0)
		r = js_dup_str(object, where, "mountLabel", &l->mount_label, err);
	if (r == 0)
		r = parse_time_offsets(object, where, l, err);
	return r < 0 ? r : parse_personality(object, where, l, err);
}

void oci_linux_clear(struct oci_linux *l)
{
	for (int i = 0; i < OCI_NS_COUNT; i++)
		free(l->ns[i].path);
	free(l->uid_maps.items);
	free(l->gid_maps.items);
	for (size_t i = 0; i < l->device_count; i++)
		free(l->devices[i].path);
	free(l->devices);
	free(l->cgroups_path);
	oci_resources_clear(&l->resources);
	strv_free(&l->masked_paths);
	strv_free(&l->readonly_paths);
	oci_seccomp_clear(&l->seccomp);
	oci_key_values_free(l->sysctl, l->sysctl_count);
	free(l->mount_label);
	*l = (struct oci_linux){ 0 };
}
