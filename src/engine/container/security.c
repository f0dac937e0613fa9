/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/security.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/str.h"
#include "engine/container/member.h"
#include "linux/caps.h"
#include "oci/runtime_spec.h"
#include "runtime/sec/sec.h"

static bool is_all(const char *name)
{
	return strcasecmp(name, "ALL") == 0 || strcasecmp(name, "CAP_ALL") == 0;
}

/* The set of a list; *ret_all where it holds ALL. */
static int read_caps(const json_t *list, const char *what, uint64_t *ret, bool *ret_all,
		     struct err *err)
{
	uint64_t set = 0;
	bool all = false;
	json_t *item;
	size_t i;
	int cap;

	json_array_foreach (list, i, item) {
		const char *name = json_string_value(item);

		if (is_all(name)) {
			all = true;
			continue;
		}
		if (cap_parse(name, &cap, NULL) < 0)
			return err_invalid(err, "invalid %s: unknown capability: \"%s\"", what,
					   name);
		if (!(cap_all() >> cap & 1))
			return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
				       "%s: this kernel does not know %s", what, cap_name(cap));
		set |= (uint64_t)1 << cap;
	}
	*ret = set;
	*ret_all = all;
	return 0;
}

/* Docker's rules: --cap-add ALL, then what is dropped goes; --cap-drop ALL, then what is added
 * comes; else the default set, with both applied. */
static int effective_caps(const json_t *host, bool privileged, uint64_t *ret, struct err *err)
{
	uint64_t add, drop;
	bool add_all, drop_all;
	int r = read_caps(json_object_get(host, "CapAdd"), "CapAdd", &add, &add_all, err);

	if (r == 0)
		r = read_caps(json_object_get(host, "CapDrop"), "CapDrop", &drop, &drop_all, err);
	if (r < 0)
		return r;
	if (privileged)
		*ret = cap_all();
	else if (add_all)
		*ret = drop_all ? 0 : cap_all() & ~drop;
	else if (drop_all)
		*ret = add;
	else
		*ret = ((oci_default_caps & ~drop) | add) & cap_all();
	return 0;
}

static bool have_apparmor(void)
{
	struct buf text cleanup_buf = BUF_INIT(16);

	return fd_read_file_at(-1, "/sys/module/apparmor/parameters/enabled", 16, &text, NULL) ==
		   0 &&
	       *buf_str(&text) == 'Y';
}

static int read_apparmor(struct security *s, const char *value, struct err *err)
{
	if (!*value)
		return err_invalid(err, "invalid --security-opt: apparmor= needs a profile");
	if (!have_apparmor() && !str_eq(value, "unconfined"))
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			       "AppArmor is not enabled on this kernel: security option "
			       "apparmor=%s",
			       value);
	s->apparmor = str_eq(value, "unconfined") ? NULL : value;
	return 0;
}

static int read_seccomp(struct security *s, const char *value, struct err *err)
{
	s->seccomp_unconfined = str_eq(value, "unconfined");
	s->seccomp_json = *value == '{' ? value : NULL;
	if (s->seccomp_unconfined || s->seccomp_json || str_eq(value, "builtin"))
		return 0;
	return err_invalid(err,
			   "invalid security option seccomp=%s: a profile's JSON, unconfined or "
			   "builtin",
			   value);
}

static int read_label(const char *value, struct err *err)
{
	/* without SELinux there are no labels to switch off */
	if (str_eq(value, "disable"))
		return 0;
	return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
		       "security option label=%s is not supported: SELinux labels", value);
}

static int read_paths(struct security *s, const char *name, const char *value, struct err *err)
{
	bool all = str_eq(name, "systempaths") ? str_eq(value, "unconfined")
					       : strcasecmp(value, "ALL") == 0;

	if (!all)
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			       "security option %s=%s is not supported: use systempaths=unconfined",
			       name, value);
	s->paths_unconfined = true;
	return 0;
}

static int read_option(struct security *s, const char *option, struct err *err)
{
	size_t len = strcspn(option, "=:");
	const char *value = option[len] ? option + len + 1 : "";
	char *name cleanup_free = strndup(option, len);

	if (!name)
		return err_oom(err);
	if (str_eq(name, "no-new-privileges")) {
		s->no_new_privileges = true;
		return option[len] ? str_to_bool(value, option, &s->no_new_privileges, err) : 0;
	}
	if (!option[len])
		return err_invalid(err, "invalid --security-opt: \"%s\"", option);
	if (str_eq(name, "seccomp"))
		return read_seccomp(s, value, err);
	if (str_eq(name, "apparmor"))
		return read_apparmor(s, value, err);
	if (str_eq(name, "label"))
		return read_label(value, err);
	if (str_eq(name, "systempaths") || str_eq(name, "unmask"))
		return read_paths(s, name, value, err);
	return err_set(err, ERR_UNSUPPORTED, ENOTSUP, "security option \"%s\" is not supported",
		       name);
}

int security_read(const json_t *host, struct security *ret, struct err *err)
{
	struct security s = { .privileged = member_bool(host, "Privileged") };
	json_t *item;
	size_t i;
	int r = effective_caps(host, s.privileged, &s.caps, err);

	json_array_foreach (json_object_get(host, "SecurityOpt"), i, item) {
		if (r < 0)
			break;
		r = read_option(&s, json_string_value(item), err);
	}
	if (r < 0)
		return r;
	if (s.privileged)
		s.paths_unconfined = true;
	if (s.privileged && !s.seccomp_json)
		s.seccomp_unconfined = true;
	*ret = s;
	return 0;
}

int security_seccomp(const struct security *security, json_t **ret, struct err *err)
{
	json_t *profile cleanup_json = NULL;
	int r;

	if (security->seccomp_unconfined) {
		*ret = NULL;
		return 0;
	}
	if (!security->seccomp_json)
		return sec_default_profile(security->caps, ret, err);
	r = js_parse(security->seccomp_json, strlen(security->seccomp_json), "the seccomp profile",
		     &profile, err);
	return r < 0 ? r : sec_profile_from_json(profile, security->caps, ret, err);
}
