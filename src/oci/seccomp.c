/* SPDX-License-Identifier: Apache-2.0 */
/* linux.seccomp (config-linux.md): its shape. What the names mean is runtime/sec's business. */
#include <stdlib.h>

#include "oci/parse.h"

enum { ERRNO_MAX = 4095 }; /* MAX_ERRNO of the kernel: what a filter can return */

static int parse_arg(const json_t *item, const char *where, void *ret, struct err *err)
{
	struct oci_seccomp_arg *arg = ret;
	uint32_t index = 0;
	int r = oci_require(item, where, "index", err);

	if (r == 0)
		r = oci_require(item, where, "value", err);
	if (r == 0)
		r = oci_dup_required(item, where, "op", &arg->op, err);
	if (r == 0)
		r = oci_get_u32(item, where, "index", 5, &index, err);
	arg->index = index;
	if (r == 0)
		r = js_get_u64(item, where, "value", UINT64_MAX, &arg->value, err);
	if (r == 0)
		r = js_get_u64(item, where, "valueTwo", UINT64_MAX, &arg->value_two, err);
	return r;
}

static int parse_errno(const json_t *object, const char *where, const char *key, bool *set,
		       unsigned *ret, struct err *err)
{
	*set = oci_has(object, key);
	return oci_get_u32(object, where, key, ERRNO_MAX, ret, err);
}

static int parse_rule(const json_t *item, const char *where, void *ret, struct err *err)
{
	struct oci_seccomp_rule *rule = ret;
	int r = js_get_strv(item, where, "names", &rule->names, err);

	if (r == 0 && rule->names.count == 0)
		r = err_invalid(err, "%s: names must not be empty", where);
	if (r == 0)
		r = oci_dup_required(item, where, "action", &rule->action, err);
	if (r == 0)
		r = parse_errno(item, where, "errnoRet", &rule->errno_set, &rule->errno_ret, err);
	if (r == 0)
		r = oci_get_items(item, where, "args", sizeof(*rule->args), parse_arg, &rule->args,
				  &rule->arg_count, err);
	return r;
}

int oci_seccomp_parse(const json_t *seccomp, const char *where, struct oci_seccomp *s,
		      struct err *err)
{
	int r = oci_dup_required(seccomp, where, "defaultAction", &s->default_action, err);

	s->set = true;
	if (r == 0)
		r = parse_errno(seccomp, where, "defaultErrnoRet", &s->default_errno_set,
				&s->default_errno, err);
	if (r == 0)
		r = js_get_strv(seccomp, where, "architectures", &s->architectures, err);
	if (r == 0)
		r = js_get_strv(seccomp, where, "flags", &s->flags, err);
	if (r == 0)
		r = js_dup_str(seccomp, where, "listenerPath", &s->listener_path, err);
	if (r == 0)
		r = js_dup_str(seccomp, where, "listenerMetadata", &s->listener_metadata, err);
	if (r == 0)
		r = oci_get_items(seccomp, where, "syscalls", sizeof(*s->rules), parse_rule,
				  &s->rules, &s->rule_count, err);
	if (r < 0)
		return r;
	if (s->listener_path && *s->listener_path != '/')
		return err_invalid(err, "%s: listenerPath must be an absolute path", where);
	if (s->listener_metadata && !s->listener_path)
		return err_invalid(err, "%s: listenerMetadata needs listenerPath", where);
	return 0;
}

static void rule_clear(struct oci_seccomp_rule *rule)
{
	strv_free(&rule->names);
	free(rule->action);
	for (size_t i = 0; i < rule->arg_count; i++)
		free(rule->args[i].op);
	free(rule->args);
}

void oci_seccomp_clear(struct oci_seccomp *s)
{
	free(s->default_action);
	strv_free(&s->architectures);
	strv_free(&s->flags);
	free(s->listener_path);
	free(s->listener_metadata);
	for (size_t i = 0; i < s->rule_count; i++)
		rule_clear(&s->rules[i]);
	free(s->rules);
	*s = (struct oci_seccomp){ 0 };
}
