/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/spec.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "engine/container/member.h"
#include "engine/container/files.h"
#include "engine/root/root.h"
#include "oci/runtime_spec.h"

static void build_clear(struct spec_build *b)
{
	free(b->files_id);
	json_decref(b->spec);
}

static int set_security(struct spec_build *b, struct err *err)
{
	json_t *oci_linux = json_object_get(b->spec, "linux"), *seccomp;
	json_t *masked = json_object_get(b->host, "MaskedPaths");
	json_t *readonly = json_object_get(b->host, "ReadonlyPaths");
	int r = security_seccomp(&b->security, &seccomp, err);

	if (r < 0)
		return r;
	if (seccomp)
		json_object_set_new(oci_linux, "seccomp", seccomp);
	json_object_set_new(oci_linux, "maskedPaths",
			    json_is_array(masked) ? json_incref(masked) : json_array());
	json_object_set_new(oci_linux, "readonlyPaths",
			    json_is_array(readonly) ? json_incref(readonly) : json_array());
	return 0;
}

int container_make_spec(struct engine *engine, struct container *c, json_t **ret, struct err *err)
{
	struct spec_build b cleanup_with(build_clear) = {
		.engine = engine,
		.c = c,
		.config = json_object_get(c->config, "Config"),
		.host = json_object_get(c->config, "HostConfig"),
	};
	json_t *annotations = json_object_get(b.host, "Annotations");
	int r = security_read(b.host, &b.security, err);

	if (r == 0)
		r = oci_spec_default(false, &b.spec, err);
	if (r < 0)
		return r;
	json_object_set_new(b.spec, "root",
			    json_pack("{ss sb}", "path", "rootfs", "readonly",
				      member_bool(b.host, "ReadonlyRootfs")));
	if (annotations)
		json_object_set(b.spec, "annotations", annotations);
	r = spec_namespaces(&b, err);
	if (r == 0)
		r = files_write(&b, err);
	if (r == 0)
		r = spec_process(&b, err);
	if (r == 0)
		r = spec_mounts(&b, err);
	if (r == 0)
		r = spec_resources(&b, err);
	if (r == 0)
		r = set_security(&b, err);
	if (r == 0)
		*ret = take_ptr(&b.spec);
	return r;
}
