/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.sysctl: only settings that belong to one of the container's own namespaces. Any other one
 * is the host's, and a value that smuggles a second setting is how one became root on it
 * (CVE-2022-0811), so that both halves are checked here, before anything is written.
 */
#include "base/cleanup.h"
#include "oci/parse.h"

/* The kernel's names with "." for "/"; an interface's name may itself hold dots, which are then
 * written as "/": net.ipv4.conf.eth0/100.rp_filter. Each part must be a plain name. */
static bool is_sysctl_name(const char *key)
{
	size_t part = 0;

	for (const char *p = key; *p; p++) {
		if (*p == '.' || *p == '/') {
			if (part == 0)
				return false;
			part = 0;
			continue;
		}
		if ((unsigned char)*p <= ' ' || *p == 0x7f)
			return false;
		part++;
	}
	return part > 0;
}

/* Compares with the separators taken as one. */
static bool key_is(const char *key, const char *name)
{
	for (; *key && *name; key++, name++)
		if (*key != *name && !(*key == '/' && *name == '.'))
			return false;
	return *key == *name;
}

static bool key_below(const char *key, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(key, prefix, len) == 0 && (key[len] == '.' || key[len] == '/');
}

static bool is_ipc(const char *key)
{
	static const char *const names[] = {
		"kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem",
		"kernel.shmall", "kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (key_is(key, names[i]))
			return true;
	return key_below(key, "fs.mqueue") || key_below(key, "fs/mqueue");
}

/* The namespace a setting belongs to; -1: the host's. */
static int namespace_of(const char *key)
{
	if (key_below(key, "net"))
		return OCI_NS_NET;
	if (key_below(key, "user"))
		return OCI_NS_USER;
	if (key_is(key, "kernel.domainname"))
		return OCI_NS_UTS;
	if (is_ipc(key))
		return OCI_NS_IPC;
	return -1;
}

static int check_one(const struct oci_linux *l, const struct oci_key_value *s, struct err *err)
{
	static const char *const names[OCI_NS_COUNT] = {
		[OCI_NS_NET] = "network",
		[OCI_NS_USER] = "user",
		[OCI_NS_UTS] = "UTS",
		[OCI_NS_IPC] = "IPC",
	};
	int ns;

	if (!is_sysctl_name(s->key))
		return err_invalid(err, "linux.sysctl: \"%s\" is not a setting's name", s->key);
	for (const unsigned char *p = (const unsigned char *)s->value; *p; p++)
		if ((*p < ' ' && *p != '\t') || *p == 0x7f)
			return err_invalid(err,
					   "linux.sysctl: the value of %s holds a control "
					   "character",
					   s->key);
	if (key_is(s->key, "kernel.hostname"))
		return err_invalid(err, "linux.sysctl: kernel.hostname is set by hostname");
	ns = namespace_of(s->key);
	if (ns < 0)
		return err_invalid(err, "linux.sysctl: %s is not in a namespace of its own",
				   s->key);
	if (!l->ns[ns].set)
		return err_invalid(err, "linux.sysctl: %s needs a private %s namespace", s->key,
				   names[ns]);
	return 0;
}

int oci_sysctl_check(const struct oci_linux *l, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < l->sysctl_count; i++)
		r = check_one(l, &l->sysctl[i], err);
	return r;
}
