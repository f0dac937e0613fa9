/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Profiles as users write them for Docker: linux.seccomp, with architectures mapped from the native
 * one (archMap) and rules that hold for some capabilities, architectures or kernels (includes,
 * excludes). Resolved here to a plain linux.seccomp object, which is checked as one.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/utsname.h>

#include "base/cleanup.h"
#include "linux/caps.h"
#include "oci/runtime_spec.h"
#include "runtime/sec/arch.h"
#include "runtime/sec/sec.h"

struct conditions { /* an includes or excludes object */
	struct strv caps, arches;
	bool kernel_set;
	unsigned kernel[2];
};

static void conditions_clear(struct conditions *c)
{
	strv_free(&c->caps);
	strv_free(&c->arches);
}

static int parse_kernel(const char *text, unsigned out[2])
{
	int end = 0;

	if (strspn(text, "0123456789.") != strlen(text) ||
	    sscanf(text, "%5u.%5u%n", &out[0], &out[1], &end) != 2 || text[end])
		return -EINVAL;
	return 0;
}

static int parse_conditions(const json_t *rule, const char *where, const char *key,
			    struct conditions *ret, struct err *err)
{
	const char *kernel = NULL;
	json_t *object = NULL;
	int cap, r = js_get_obj(rule, where, key, &object, err);

	if (r < 0 || !object)
		return r;
	r = js_get_strv(object, where, "caps", &ret->caps, err);
	if (r == 0)
		r = js_get_strv(object, where, "arches", &ret->arches, err);
	if (r == 0)
		r = js_get_str(object, where, "minKernel", &kernel, err);
	for (size_t i = 0; r == 0 && i < ret->caps.count; i++)
		r = cap_parse(ret->caps.items[i], &cap, err);
	if (r < 0)
		return r;
	if (kernel && parse_kernel(kernel, ret->kernel) < 0)
		return err_invalid(err, "%s: minKernel \"%s\" is not of the form 4.8", where,
				   kernel);
	ret->kernel_set = kernel != NULL;
	return 0;
}

static bool have_cap(const char *name, uint64_t caps)
{
	int cap;

	return cap_parse(name, &cap, NULL) == 0 && (caps & CAP_BIT(cap));
}

static bool have_kernel(const unsigned wanted[2])
{
	struct utsname u;
	unsigned now[2] = { 0, 0 };

	if (uname(&u) < 0 || sscanf(u.release, "%u.%u", &now[0], &now[1]) != 2)
		return false;
	return now[0] != wanted[0] ? now[0] > wanted[0] : now[1] >= wanted[1];
}

/* Included: every condition holds. */
static bool is_included(const struct conditions *c, uint64_t caps)
{
	for (size_t i = 0; i < c->caps.count; i++)
		if (!have_cap(c->caps.items[i], caps))
			return false;
	if (c->arches.count && !strv_contains(&c->arches, sec_archs[0].docker))
		return false;
	return !c->kernel_set || have_kernel(c->kernel);
}

/* Excluded: any condition holds. */
static bool is_excluded(const struct conditions *c, uint64_t caps)
{
	for (size_t i = 0; i < c->caps.count; i++)
		if (have_cap(c->caps.items[i], caps))
			return true;
	if (strv_contains(&c->arches, sec_archs[0].docker))
		return true;
	return c->kernel_set && have_kernel(c->kernel);
}

/* Whether the rule holds here: 1, 0, or an error. */
static int rule_applies(const json_t *rule, const char *where, uint64_t caps, struct err *err)
{
	struct conditions includes = { 0 }, excludes = { 0 };
	int r = parse_conditions(rule, where, "includes", &includes, err);

	if (r == 0)
		r = parse_conditions(rule, where, "excludes", &excludes, err);
	if (r == 0)
		r = is_included(&includes, caps) && !is_excluded(&excludes, caps);
	conditions_clear(&includes);
	conditions_clear(&excludes);
	return r;
}

/* Copies members that are there; shares the values. */
static int copy_members(json_t *to, const json_t *from, const char *const *keys)
{
	for (; *keys; keys++) {
		json_t *value = json_object_get(from, *keys);

		if (value && !json_is_null(value) && json_object_set(to, *keys, value) < 0)
			return -1;
	}
	return 0;
}

static int add_rule(const json_t *rule, const char *where, json_t *rules, struct err *err)
{
	static const char *const keys[] = { "names", "action", "errnoRet", "args", NULL };
	json_t *name = json_object_get(rule, "name"); /* as profiles before 2016 had it */
	json_t *copy = json_object();

	if (!copy || copy_members(copy, rule, keys) < 0) {
		json_decref(copy);
		return err_oom(err);
	}
	if (json_is_string(name) && *json_string_value(name)) {
		if (json_array_size(json_object_get(copy, "names"))) {
			json_decref(copy);
			return err_invalid(err, "%s: has both name and names", where);
		}
		json_object_set_new(copy, "names", json_pack("[O]", name));
	}
	return json_array_append_new(rules, copy) < 0 ? err_oom(err) : 0;
}

static int resolve_rules(const json_t *profile, uint64_t caps, json_t *rules, struct err *err)
{
	json_t *list = NULL, *rule;
	char where[64];
	size_t i;
	int r = js_get_arr(profile, "seccomp", "syscalls", &list, err);

	if (r < 0)
		return r;
	json_array_foreach (list, i, rule) {
		snprintf(where, sizeof(where), "seccomp.syscalls[%zu]", i);
		if (!json_is_object(rule))
			return err_invalid(err, "%s must be an object", where);
		r = rule_applies(rule, where, caps, err);
		if (r > 0)
			r = add_rule(rule, where, rules, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The native architecture and those that the profile gives with it. */
static int resolve_archs(const json_t *profile, json_t *archs, struct err *err)
{
	json_t *map = NULL, *entry, *sub = NULL, *name;
	const char *arch = NULL;
	size_t i, k;
	int r = js_get_arr(profile, "seccomp", "archMap", &map, err);

	if (r < 0 || !map)
		return r;
	if (json_array_size(json_object_get(profile, "architectures")) && json_array_size(map))
		return err_invalid(err, "seccomp: has both architectures and archMap");
	json_array_foreach (map, i, entry) {
		r = js_get_str(entry, "seccomp.archMap", "architecture", &arch, err);
		if (r == 0)
			r = js_get_arr(entry, "seccomp.archMap", "subArchitectures", &sub, err);
		if (r < 0)
			return r;
		if (!arch || !str_eq(arch, sec_archs[0].name))
			continue;
		r = json_array_append_new(archs, json_string(arch));
		json_array_foreach (sub, k, name)
			r = r < 0 ? r : json_array_append(archs, name);
		return r < 0 ? err_oom(err) : 0;
	}
	return 0;
}

/* The result is what oci_spec_parse() will be given: it must take it. */
static int check_result(json_t *seccomp, struct err *err)
{
	struct oci_spec *spec cleanup_oci_spec = NULL;
	json_t *config cleanup_json = json_pack(
	    "{ss s{sO}}", "ociVersion", OCI_RUNTIME_SPEC_VERSION, "linux", "seccomp", seccomp);

	return config ? oci_spec_parse(config, &spec, err) : err_oom(err);
}

int sec_profile_from_json(const json_t *profile, uint64_t caps, json_t **ret, struct err *err)
{
	static const char *const keys[] = { "defaultAction",
					    "defaultErrnoRet",
					    "architectures",
					    "flags",
					    "listenerPath",
					    "listenerMetadata",
					    NULL };
	json_t *rules = json_array(), *archs cleanup_json = json_array();
	json_t *seccomp cleanup_json = json_pack("{so}", "syscalls", rules);
	int r;

	if (!json_is_object(profile))
		return err_invalid(err, "seccomp: a profile must be a JSON object");
	if (!archs || !seccomp || copy_members(seccomp, profile, keys) < 0)
		return err_oom(err);
	r = resolve_archs(profile, archs, err);
	if (r == 0 && json_array_size(archs) &&
	    json_object_set(seccomp, "architectures", archs) < 0)
		r = err_oom(err);
	if (r == 0)
		r = resolve_rules(profile, caps, rules, err);
	if (r == 0)
		r = check_result(seccomp, err);
	if (r < 0)
		return r;
	*ret = take_ptr(&seccomp);
	return 0;
}
