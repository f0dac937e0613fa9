/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/runtime_spec.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "oci/parse.h"

/* config.md, Specification version: SemVer 2.0.0. Minor versions only add, so that any 1.x is read;
 * 0.x came before the first release and is close enough to be read as well, as other runtimes do.
 */
static int check_version(const char *text, struct err *err)
{
	unsigned major = 0;
	const char *p = text;

	for (int part = 0; part < 3; part++) {
		size_t digits = strspn(p, "0123456789");

		if (digits == 0 || digits > 9)
			goto malformed;
		if (part == 0)
			major = (unsigned)strtoul(p, NULL, 10);
		p += digits;
		if (part < 2 && *p++ != '.')
			goto malformed;
	}
	if (*p && *p != '-' && *p != '+')
		goto malformed;
	if (major > 1)
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP, "ociVersion: \"%s\" is not supported",
			       text);
	return 0;
malformed:
	return err_invalid(err, "ociVersion: \"%s\" is not a version", text);
}

static int parse_root(const json_t *config, struct oci_spec *spec, struct err *err)
{
	json_t *root = NULL;
	int r = js_get_obj(config, "", "root", &root, err);

	if (r < 0 || !root)
		return r;
	r = oci_dup_required(root, "root", "path", &spec->root_path, err);
	return r < 0 ? r : js_get_bool(root, "root", "readonly", &spec->root_readonly, err);
}

static int parse_process(const json_t *config, struct oci_spec *spec, struct err *err)
{
	const json_t *process = json_object_get(config, "process");

	if (!oci_has(config, "process"))
		return 0;
	return oci_process_parse(process, &spec->process, err);
}

static int parse_linux(const json_t *config, struct oci_spec *spec, struct err *err)
{
	json_t *linux_object = NULL;
	int r = js_get_obj(config, "", "linux", &linux_object, err);

	return r < 0 || !linux_object ? r
				      : oci_linux_parse(linux_object, "linux", &spec->linux, err);
}

/* A configuration for another platform would start as something that it does not describe. */
static int refuse_platforms(const json_t *config, struct err *err)
{
	static const char *const names[] = { "windows", "solaris", "vm", "zos", "freebsd" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (oci_has(config, names[i]) && !oci_has(config, "linux"))
			return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
				       "the configuration is for the platform \"%s\"", names[i]);
	if (oci_has(config, "vm"))
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			       "vm: virtual machines are not supported");
	return 0;
}

static int parse_all(const json_t *config, struct oci_spec *spec, struct err *err)
{
	int r = oci_dup_required(config, "", "ociVersion", &spec->oci_version, err);

	if (r == 0)
		r = check_version(spec->oci_version, err);
	if (r == 0)
		r = refuse_platforms(config, err);
	if (r == 0)
		r = parse_process(config, spec, err);
	if (r == 0)
		r = parse_root(config, spec, err);
	if (r == 0)
		r = js_dup_str(config, "", "hostname", &spec->hostname, err);
	if (r == 0)
		r = js_dup_str(config, "", "domainname", &spec->domainname, err);
	if (r == 0)
		r = oci_get_items(config, "", "mounts", sizeof(*spec->mounts), oci_mount_parse,
				  &spec->mounts, &spec->mount_count, err);
	if (r == 0)
		r = oci_hooks_parse(config, spec->hooks, err);
	if (r == 0)
		r = parse_linux(config, spec, err);
	if (r == 0)
		r = oci_get_pairs(config, "", "annotations", &spec->annotations,
				  &spec->annotation_count, err);
	return r < 0 ? r : oci_spec_check(spec, err);
}

int oci_spec_parse(const json_t *config, struct oci_spec **ret, struct err *err)
{
	struct oci_spec *spec cleanup_oci_spec = NULL;
	int r;

	if (!json_is_object(config))
		return err_invalid(err, "the configuration must be a JSON object");
	spec = calloc(1, sizeof(*spec));
	if (!spec)
		return err_oom(err);
	spec->process.umask = -1;
	r = parse_all(config, spec, err);
	if (r < 0)
		return r;
	*ret = take_ptr(&spec);
	return 0;
}

void oci_spec_free(struct oci_spec *spec)
{
	if (!spec)
		return;
	free(spec->oci_version);
	oci_process_clear(&spec->process);
	free(spec->root_path);
	free(spec->hostname);
	free(spec->domainname);
	for (size_t i = 0; i < spec->mount_count; i++)
		oci_mount_clear(&spec->mounts[i]);
	free(spec->mounts);
	oci_hooks_clear(spec->hooks);
	oci_linux_clear(&spec->linux);
	oci_key_values_free(spec->annotations, spec->annotation_count);
	free(spec);
}
