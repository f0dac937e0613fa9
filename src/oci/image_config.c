/* SPDX-License-Identifier: Apache-2.0 */
/* An image's configuration (image-spec config.md, and Docker's additions to it). */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "oci/image_parse.h"

/* "80", "80/tcp", "8000-8010/udp" in the normal form. */
static int normal_port(const char *text, char out[64])
{
	const char *slash = strchrnul(text, '/'), *dash;
	const char *protocol = *slash ? slash + 1 : "tcp";
	char range[16];
	uint64_t first, last;

	if (!str_eq(protocol, "tcp") && !str_eq(protocol, "udp") && !str_eq(protocol, "sctp"))
		return -EINVAL;
	if ((size_t)(slash - text) >= sizeof(range))
		return -EINVAL;
	memcpy(range, text, (size_t)(slash - text));
	range[slash - text] = '\0';
	dash = strchr(range, '-');
	if (dash)
		range[dash - range] = '\0';
	if (str_to_u64(range, UINT16_MAX, "port", &first, NULL) < 0 || first == 0)
		return -EINVAL;
	last = first;
	if (dash && (str_to_u64(dash + 1, UINT16_MAX, "port", &last, NULL) < 0 || last < first))
		return -EINVAL;
	if (last == first)
		snprintf(out, 64, "%llu/%s", (unsigned long long)first, protocol);
	else
		snprintf(out, 64, "%llu-%llu/%s", (unsigned long long)first,
			 (unsigned long long)last, protocol);
	return 0;
}

static int parse_ports(const json_t *c, const char *where, struct strv *ret, struct err *err)
{
	json_t *map = NULL, *value;
	const char *key;
	char port[64];
	int r = js_get_obj(c, where, "ExposedPorts", &map, err);

	if (r < 0)
		return r;
	if (json_object_size(map) > OCI_LIST_MAX)
		return err_invalid(err, "%s: ExposedPorts has more than %d entries", where,
				   OCI_LIST_MAX);
	json_object_foreach (map, key, value) {
		if (normal_port(key, port) < 0)
			return err_invalid(err, "%s: ExposedPorts: \"%.64s\" is not a port", where,
					   key);
		if (!strv_contains(ret, port) && strv_add(ret, port) < 0)
			return err_oom(err);
	}
	return 0;
}

/* CVE-2022-23648: a volume's path climbed out of the root and the host's files were copied in. */
static int parse_volumes(const json_t *c, const char *where, struct strv *ret, struct err *err)
{
	json_t *map = NULL, *value;
	const char *key;
	int r = js_get_obj(c, where, "Volumes", &map, err);

	if (r < 0)
		return r;
	if (json_object_size(map) > OCI_LIST_MAX)
		return err_invalid(err, "%s: Volumes has more than %d entries", where,
				   OCI_LIST_MAX);
	json_object_foreach (map, key, value) {
		char *rooted cleanup_free = path_join("/", key);
		char *clean cleanup_free = rooted ? path_clean(rooted) : NULL;

		if (!clean)
			return err_oom(err);
		if (str_eq(clean, "/") || strlen(clean) >= PATH_MAX)
			return err_invalid(
			    err, "%s: Volumes: \"%.160s\" is not a directory below /", where, key);
		if (!strv_contains(ret, clean) && strv_add(ret, clean) < 0)
			return err_oom(err);
	}
	return 0;
}

static int parse_healthcheck(const json_t *c, const char *where, struct oci_healthcheck *h,
			     struct err *err)
{
	json_t *j = NULL;
	char at[OCI_WHERE_MAX];
	int r = js_get_obj(c, where, "Healthcheck", &j, err);

	if (r < 0 || !j)
		return r;
	h->set = true;
	oci_where(at, where, "Healthcheck");
	r = oci_get_strings(j, at, "Test", OCI_LIST_MAX, &h->test, err);
	if (r == 0)
		r = js_get_i64(j, at, "Interval", 0, INT64_MAX, &h->interval, err);
	if (r == 0)
		r = js_get_i64(j, at, "Timeout", 0, INT64_MAX, &h->timeout, err);
	if (r == 0)
		r = js_get_i64(j, at, "StartPeriod", 0, INT64_MAX, &h->start_period, err);
	if (r == 0)
		r = js_get_i64(j, at, "StartInterval", 0, INT64_MAX, &h->start_interval, err);
	if (r == 0)
		r = js_get_i64(j, at, "Retries", 0, INT32_MAX, &h->retries, err);
	return r;
}

static int parse_command(const json_t *c, const char *where, struct oci_image_config *ret,
			 struct err *err)
{
	int r = oci_get_strings(c, where, "Env", OCI_LIST_MAX, &ret->env, err);

	if (r == 0)
		r = oci_get_strings(c, where, "Entrypoint", OCI_LIST_MAX, &ret->entrypoint, err);
	if (r == 0)
		r = oci_get_strings(c, where, "Cmd", OCI_LIST_MAX, &ret->cmd, err);
	if (r == 0)
		r = oci_get_strings(c, where, "OnBuild", OCI_LIST_MAX, &ret->on_build, err);
	if (r == 0)
		r = oci_get_strings(c, where, "Shell", OCI_LIST_MAX, &ret->shell, err);
	if (r == 0)
		r = js_get_bool(c, where, "ArgsEscaped", &ret->args_escaped, err);
	return r;
}

static int parse_defaults(const json_t *j, struct oci_image_config *ret, struct err *err)
{
	static const char where[] = "image.config";
	json_t *c = NULL;
	int r = js_get_obj(j, "image", "config", &c, err);

	if (r < 0 || !c)
		return r;
	r = js_dup_str(c, where, "User", &ret->user, err);
	if (r == 0)
		r = parse_ports(c, where, &ret->exposed_ports, err);
	if (r == 0)
		r = parse_command(c, where, ret, err);
	if (r == 0)
		r = parse_volumes(c, where, &ret->volumes, err);
	if (r == 0)
		r = js_dup_str(c, where, "WorkingDir", &ret->working_dir, err);
	if (r == 0)
		r = oci_get_map(c, where, "Labels", &ret->labels, err);
	if (r == 0)
		r = js_dup_str(c, where, "StopSignal", &ret->stop_signal, err);
	return r < 0 ? r : parse_healthcheck(c, where, &ret->healthcheck, err);
}

static int parse_rootfs(const json_t *j, struct oci_image_config *ret, struct err *err)
{
	static const char *const types[] = { "layers", NULL };
	json_t *rootfs = NULL;
	int type = 0, r = oci_require(j, "image", "rootfs", err);

	if (r == 0)
		r = js_get_obj(j, "image", "rootfs", &rootfs, err);
	if (r == 0)
		r = oci_require(rootfs, "image.rootfs", "type", err);
	if (r == 0)
		r = oci_get_enum(rootfs, "image.rootfs", "type", types, &type, err);
	if (r == 0)
		r = oci_get_strings(rootfs, "image.rootfs", "diff_ids", OCI_LAYERS_MAX,
				    &ret->diff_ids, err);
	for (size_t i = 0; r == 0 && i < ret->diff_ids.count; i++)
		r = oci_digest_parse(ret->diff_ids.items[i], "image.rootfs.diff_ids", NULL, err);
	return r;
}

static int parse_history(const json_t *item, const char *where, void *ret, struct err *err)
{
	struct oci_history *h = ret;
	int r = js_dup_str(item, where, "created", &h->created, err);

	if (r == 0)
		r = js_dup_str(item, where, "created_by", &h->created_by, err);
	if (r == 0)
		r = js_dup_str(item, where, "author", &h->author, err);
	if (r == 0)
		r = js_dup_str(item, where, "comment", &h->comment, err);
	return r < 0 ? r : js_get_bool(item, where, "empty_layer", &h->empty_layer, err);
}

static int parse_all(const json_t *j, struct oci_image_config *ret, struct err *err)
{
	int r = js_dup_str(j, "image", "created", &ret->created, err);

	if (r == 0)
		r = js_dup_str(j, "image", "author", &ret->author, err);
	if (r == 0)
		r = js_dup_str(j, "image", "architecture", &ret->architecture, err);
	if (r == 0)
		r = js_dup_str(j, "image", "os", &ret->os, err);
	if (r == 0)
		r = js_dup_str(j, "image", "variant", &ret->variant, err);
	if (r == 0)
		r = js_dup_str(j, "image", "os.version", &ret->os_version, err);
	if (r == 0)
		r = parse_rootfs(j, ret, err);
	if (r == 0)
		r = parse_defaults(j, ret, err);
	if (r == 0)
		r = oci_get_items(j, "image", "history", sizeof(*ret->history), parse_history,
				  &ret->history, &ret->history_count, err);
	if (r == 0 && ret->history_count > OCI_HISTORY_MAX)
		r = err_invalid(err, "image: history has more than %d entries", OCI_HISTORY_MAX);
	return r;
}

/* Docker writes "" for what is not set. */
static void drop_empty(char **text)
{
	if (*text && !**text)
		free(take_ptr(text));
}

int oci_image_config_parse(const json_t *j, struct oci_image_config *ret, struct err *err)
{
	struct oci_image_config config = { 0 };
	char **texts[] = { &config.created, &config.author,	 &config.architecture,
			   &config.os,	    &config.variant,	 &config.os_version,
			   &config.user,    &config.working_dir, &config.stop_signal };
	int r;

	if (!json_is_object(j))
		return err_invalid(err, "the image's configuration must be an object");
	r = parse_all(j, &config, err);
	if (r < 0) {
		oci_image_config_clear(&config);
		return r;
	}
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		drop_empty(texts[i]);
	*ret = config;
	return 0;
}

void oci_image_config_clear(struct oci_image_config *c)
{
	char *texts[] = { c->created,	 c->author, c->architecture, c->os,	    c->variant,
			  c->os_version, c->user,   c->working_dir,  c->stop_signal };
	struct strv *lists[] = { &c->exposed_ports, &c->env,	  &c->entrypoint,
				 &c->cmd,	    &c->volumes,  &c->on_build,
				 &c->shell,	    &c->diff_ids, &c->healthcheck.test };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		free(texts[i]);
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		strv_free(lists[i]);
	oci_pairs_free(&c->labels);
	for (size_t i = 0; i < c->history_count; i++) {
		free(c->history[i].created);
		free(c->history[i].created_by);
		free(c->history[i].author);
		free(c->history[i].comment);
	}
	free(c->history);
	*c = (struct oci_image_config){ 0 };
}
