/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/ns/sysctl.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "linux/openat2.h"

/* namespaces(7), ipc_namespaces(7), uts; "net." is checked by its prefix. */
static const struct {
	const char *name;
	enum oci_ns kind;
	bool prefix;
} known[] = {
	{ "kernel.msgmax", OCI_NS_IPC, false },
	{ "kernel.msgmnb", OCI_NS_IPC, false },
	{ "kernel.msgmni", OCI_NS_IPC, false },
	{ "kernel.msg_next_id", OCI_NS_IPC, false },
	{ "kernel.auto_msgmni", OCI_NS_IPC, false },
	{ "kernel.sem", OCI_NS_IPC, false },
	{ "kernel.sem_next_id", OCI_NS_IPC, false },
	{ "kernel.shmall", OCI_NS_IPC, false },
	{ "kernel.shmmax", OCI_NS_IPC, false },
	{ "kernel.shmmni", OCI_NS_IPC, false },
	{ "kernel.shm_rmid_forced", OCI_NS_IPC, false },
	{ "kernel.shm_next_id", OCI_NS_IPC, false },
	{ "fs.mqueue.", OCI_NS_IPC, true },
	{ "kernel.domainname", OCI_NS_UTS, false },
	{ "kernel.hostname", OCI_NS_UTS, false },
	{ "net.", OCI_NS_NET, true },
	{ "user.", OCI_NS_USER, true },
};

/* Both spellings of sysctl(8): "net.ipv4.conf.all" and, where the first separator is a slash,
 * "net/ipv4/conf/eth0.1". The path is the second one. */
static char *to_path(const char *key)
{
	size_t first = strcspn(key, "./");
	char *path = strdup(key);

	if (path && key[first] == '.')
		for (char *c = path; *c; c++)
			*c = *c == '.' ? '/' : *c == '/' ? '.' : *c;
	return path;
}

/* Each part is a plain name: no "..", no empty one. */
static bool is_plain(const char *path)
{
	cleanup_strv struct strv parts = { 0 };

	if (strv_split(&parts, path, '/') < 0 || parts.count < 2)
		return false;
	for (size_t i = 0; i < parts.count; i++)
		if (!path_is_component(parts.items[i]))
			return false;
	return true;
}

static bool path_is(const char *path, const char *name, bool prefix)
{
	for (; *name; path++, name++)
		if (*path != (*name == '.' ? '/' : *name))
			return false;
	return prefix || *path == '\0';
}

static int check_one(const struct oci_spec *spec, const char *key, struct err *err)
{
	cleanup_free char *path = to_path(key);

	if (!path)
		return err_oom(err);
	if (!is_plain(path))
		return err_invalid(err, "sysctl %s: not a name of a setting", key);
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (!path_is(path, known[i].name, known[i].prefix))
			continue;
		if (spec->linux.ns[known[i].kind].set)
			return 0;
		return err_invalid(err,
				   "sysctl %s: the container has no %s namespace of its own, and "
				   "the host's setting is not changed",
				   key, ns_name(ns_kind_flags[known[i].kind]));
	}
	return err_invalid(err, "sysctl %s: it belongs to no namespace but the whole machine", key);
}

int sysctl_check(const struct oci_spec *spec, struct err *err)
{
	for (size_t i = 0; i < spec->linux.sysctl_count; i++) {
		const char *key = spec->linux.sysctl[i].key;
		int r = check_one(spec, key, err);

		if (r < 0)
			return r;
		if (spec->hostname && (str_eq(key, "kernel.hostname")))
			return err_invalid(err, "sysctl %s: hostname is set as well", key);
	}
	return 0;
}

int sysctl_write(const struct oci_spec *spec, struct err *err)
{
	cleanup_fd int proc = -1;
	int r;

	if (spec->linux.sysctl_count == 0)
		return 0;
	r = procfs_open(&proc, err);
	for (size_t i = 0; r == 0 && i < spec->linux.sysctl_count; i++) {
		const struct oci_key_value *s = &spec->linux.sysctl[i];
		cleanup_free char *path = to_path(s->key);
		cleanup_free char *full = path ? path_join("sys", path) : NULL;

		if (!full)
			return err_oom(err);
		r = procfs_write(proc, full, s->value, err);
	}
	return r < 0 ? err_wrap(err, "sysctl") : 0;
}
