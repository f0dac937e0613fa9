/* SPDX-License-Identifier: Apache-2.0 */
/* hooks (config.md, POSIX-platform Hooks). */
#include <limits.h>
#include <stdlib.h>

#include "oci/parse.h"

static int parse_hook(const json_t *item, const char *where, void *ret, struct err *err)
{
	struct oci_hook *hook = ret;
	int r = oci_dup_absolute(item, where, "path", &hook->path, err);

	if (r == 0)
		r = js_get_strv(item, where, "args", &hook->args, err);
	if (r == 0)
		r = js_get_strv(item, where, "env", &hook->env, err);
	if (r == 0)
		r = oci_check_env(&hook->env, where, err);
	if (r == 0)
		r = oci_get_int(item, where, "timeout", 1, INT_MAX, &hook->timeout, err);
	return r;
}

int oci_hooks_parse(const json_t *config, struct oci_hooks ret[OCI_HOOK_KINDS], struct err *err)
{
	static const char *const names[OCI_HOOK_KINDS] = {
		[OCI_HOOK_PRESTART] = "prestart",
		[OCI_HOOK_CREATE_RUNTIME] = "createRuntime",
		[OCI_HOOK_CREATE_CONTAINER] = "createContainer",
		[OCI_HOOK_START_CONTAINER] = "startContainer",
		[OCI_HOOK_POSTSTART] = "poststart",
		[OCI_HOOK_POSTSTOP] = "poststop",
	};
	json_t *hooks = NULL;
	int r = js_get_obj(config, "", "hooks", &hooks, err);

	for (int i = 0; r == 0 && hooks && i < OCI_HOOK_KINDS; i++)
		r = oci_get_items(hooks, "hooks", names[i], sizeof(*ret[i].items), parse_hook,
				  &ret[i].items, &ret[i].count, err);
	return r;
}

void oci_hooks_clear(struct oci_hooks hooks[OCI_HOOK_KINDS])
{
	for (int i = 0; i < OCI_HOOK_KINDS; i++) {
		for (size_t k = 0; k < hooks[i].count; k++) {
			free(hooks[i].items[k].path);
			strv_free(&hooks[i].items[k].args);
			strv_free(&hooks[i].items[k].env);
		}
		free(hooks[i].items);
		hooks[i] = (struct oci_hooks){ 0 };
	}
}
