/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors and platforms (image-spec descriptor.md, image-index.md), and media types. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "oci/image_parse.h"

static const struct {
	const char *name;
	enum oci_media kind;
	enum oci_compression compression;
} media_types[] = {
	{ OCI_MT_INDEX, OCI_MEDIA_INDEX },
	{ DOCKER_MT_LIST, OCI_MEDIA_INDEX },
	{ OCI_MT_MANIFEST, OCI_MEDIA_MANIFEST },
	{ DOCKER_MT_MANIFEST, OCI_MEDIA_MANIFEST },
	{ OCI_MT_CONFIG, OCI_MEDIA_CONFIG },
	{ DOCKER_MT_CONFIG, OCI_MEDIA_CONFIG },
	{ OCI_MT_LAYER, OCI_MEDIA_LAYER, OCI_PLAIN },
	{ OCI_MT_LAYER_GZIP, OCI_MEDIA_LAYER, OCI_GZIP },
	{ OCI_MT_LAYER_ZSTD, OCI_MEDIA_LAYER, OCI_ZSTD },
	{ DOCKER_MT_LAYER, OCI_MEDIA_LAYER, OCI_PLAIN },
	{ DOCKER_MT_LAYER_GZIP, OCI_MEDIA_LAYER, OCI_GZIP },
	{ DOCKER_MT_LAYER_ZSTD, OCI_MEDIA_LAYER, OCI_ZSTD },
	{ "application/vnd.oci.image.layer.nondistributable.v1.tar", OCI_MEDIA_LAYER_FOREIGN },
	{ "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", OCI_MEDIA_LAYER_FOREIGN },
	{ "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd", OCI_MEDIA_LAYER_FOREIGN },
	{ "application/vnd.docker.image.rootfs.foreign.diff.tar", OCI_MEDIA_LAYER_FOREIGN },
	{ "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", OCI_MEDIA_LAYER_FOREIGN },
};

enum oci_media oci_media_kind(const char *media_type)
{
	for (size_t i = 0; i < ARRAY_SIZE(media_types); i++)
		if (str_eq(media_types[i].name, media_type))
			return media_types[i].kind;
	return OCI_MEDIA_OTHER;
}

int oci_layer_compression(const char *media_type, enum oci_compression *ret, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(media_types); i++) {
		if (media_types[i].kind != OCI_MEDIA_LAYER ||
		    !str_eq(media_types[i].name, media_type))
			continue;
		*ret = media_types[i].compression;
		return 0;
	}
	return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
		       "a layer of media type \"%.128s\" is not supported", media_type);
}

/* RFC 6838: two names of letters, digits and a few signs around one slash. */
static bool is_media_type(const char *text)
{
	static const char name[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				   "!#$&-^_.+";
	size_t type = strspn(text, name);
	size_t subtype = text[type] == '/' ? strspn(text + type + 1, name) : 0;

	return type > 0 && type <= 127 && subtype > 0 && subtype <= 127 &&
	       text[type + 1 + subtype] == '\0';
}

int oci_get_strings(const json_t *object, const char *where, const char *key, size_t max,
		    struct strv *ret, struct err *err)
{
	json_t *array = NULL;
	int r = js_get_arr(object, where, key, &array, err);

	if (r < 0)
		return r;
	if (json_array_size(array) > max)
		return err_invalid(err, "%s: %s has more than %zu entries", where, key, max);
	return js_get_strv(object, where, key, ret, err);
}

int oci_get_map(const json_t *object, const char *where, const char *key, struct oci_pairs *ret,
		struct err *err)
{
	int r = oci_get_pairs(object, where, key, &ret->items, &ret->count, err);

	if (r == 0 && ret->count > OCI_LIST_MAX)
		r = err_invalid(err, "%s: %s has more than %d entries", where, key, OCI_LIST_MAX);
	return r;
}

void oci_pairs_free(struct oci_pairs *pairs)
{
	oci_key_values_free(pairs->items, pairs->count);
	*pairs = (struct oci_pairs){ 0 };
}

const char *oci_pairs_get(const struct oci_pairs *pairs, const char *key)
{
	for (size_t i = 0; i < pairs->count; i++)
		if (str_eq(pairs->items[i].key, key))
			return pairs->items[i].value;
	return NULL;
}

static int parse_platform(const json_t *item, const char *where, struct oci_descriptor *d,
			  struct err *err)
{
	struct oci_platform *p = &d->platform;
	json_t *platform = NULL;
	char at[OCI_WHERE_MAX];
	int r = js_get_obj(item, where, "platform", &platform, err);

	if (r < 0 || !platform)
		return r;
	d->has_platform = true;
	oci_where(at, where, "platform");
	r = js_dup_str(platform, at, "architecture", &p->architecture, err);
	if (r == 0)
		r = js_dup_str(platform, at, "os", &p->os, err);
	if (r == 0)
		r = js_dup_str(platform, at, "variant", &p->variant, err);
	if (r == 0)
		r = js_dup_str(platform, at, "os.version", &p->os_version, err);
	if (r == 0)
		r = oci_get_strings(platform, at, "os.features", OCI_LIST_MAX, &p->os_features,
				    err);
	return r;
}

int oci_descriptor_parse(const json_t *item, const char *where, void *ret, struct err *err)
{
	struct oci_descriptor *d = ret;
	int r = oci_dup_required(item, where, "mediaType", &d->media_type, err);

	if (r == 0 && !is_media_type(d->media_type))
		r = err_invalid(err, "%s: mediaType \"%.128s\" is malformed", where, d->media_type);
	if (r == 0)
		r = oci_dup_required(item, where, "digest", &d->digest, err);
	if (r == 0)
		r = oci_digest_parse(d->digest, where, NULL, err);
	if (r == 0)
		r = oci_require(item, where, "size", err);
	if (r == 0)
		r = js_get_i64(item, where, "size", 0, INT64_MAX, &d->size, err);
	if (r == 0)
		r = oci_get_strings(item, where, "urls", OCI_LIST_MAX, &d->urls, err);
	if (r == 0)
		r = oci_get_map(item, where, "annotations", &d->annotations, err);
	if (r == 0)
		r = js_dup_str(item, where, "artifactType", &d->artifact_type, err);
	return r < 0 ? r : parse_platform(item, where, d, err);
}

void oci_descriptor_clear(struct oci_descriptor *d)
{
	free(d->media_type);
	free(d->digest);
	strv_free(&d->urls);
	oci_pairs_free(&d->annotations);
	free(d->artifact_type);
	free(d->platform.architecture);
	free(d->platform.os);
	free(d->platform.variant);
	free(d->platform.os_version);
	strv_free(&d->platform.os_features);
	*d = (struct oci_descriptor){ 0 };
}

void oci_descriptors_free(struct oci_descriptor *items, size_t count)
{
	for (size_t i = 0; i < count; i++)
		oci_descriptor_clear(&items[i]);
	free(items);
}
