/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Archives of `docker save`: manifest.json names a configuration and plain layers. They have no
 * manifest of a registry's kind, so one is written; layers that some tools left compressed under
 * the name of a tar are known by their first bytes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/decompress.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/path.h"
#include "engine/image/load/load.h"

static void clear_archive(struct docker_archive *archive)
{
	docker_archive_clear(archive);
}

static int layer_type(struct loader *l, const char *digest, const char **ret, int64_t *ret_size,
		      struct err *err)
{
	char head[COMPRESSION_MAGIC];
	int fd cleanup_fd = -1, r;
	ssize_t n;

	r = stage_open(l, digest, &fd, ret_size, err);
	if (r < 0)
		return r;
	n = pread(fd, head, sizeof(head), 0);
	if (n < 0)
		return err_sys(err, errno, "read layer %s", digest);
	switch (compression_of(head, n)) {
	case COMPRESSION_NONE:
		*ret = OCI_MT_LAYER;
		return 0;
	case COMPRESSION_GZIP:
		*ret = OCI_MT_LAYER_GZIP;
		return 0;
	case COMPRESSION_ZSTD:
		*ret = OCI_MT_LAYER_ZSTD;
		return 0;
	case COMPRESSION_OTHER:
		break;
	}
	return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
		       "layer %s is compressed with what no registry takes", digest);
}

static int stage_file(struct loader *l, const struct source *s, const char *name,
		      char digest[SHA256_TEXT], struct err *err)
{
	char *clean cleanup_free = path_clean(name);

	return clean ? source_stage(l, s, clean, NULL, -1, digest, err) : err_oom(err);
}

static int add_layer(struct loader *l, const struct source *s, const char *name, json_t *layers,
		     struct err *err)
{
	char digest[SHA256_TEXT];
	const char *type = NULL;
	int64_t size = 0;
	int r;

	r = stage_file(l, s, name, digest, err);
	if (r == 0)
		r = layer_type(l, digest, &type, &size, err);
	if (r < 0)
		return r;
	return json_array_append_new(layers, json_pack("{s:s,s:s,s:I}", "mediaType", type, "digest",
						       digest, "size", (json_int_t)size)) < 0
		   ? err_oom(err)
		   : 0;
}

static int write_manifest(struct loader *l, const char *config, json_t *layers,
			  char digest[SHA256_TEXT], struct err *err)
{
	json_t *manifest cleanup_json = NULL;
	char *text cleanup_free = NULL;
	int fd cleanup_fd = -1, r;
	int64_t size;

	r = stage_open(l, config, &fd, &size, err);
	if (r < 0)
		return r;
	manifest = json_pack("{s:i,s:s,s:{s:s,s:s,s:I},s:O}", "schemaVersion", 2, "mediaType",
			     OCI_MT_MANIFEST, "config", "mediaType", OCI_MT_CONFIG, "digest",
			     config, "size", (json_int_t)size, "layers", layers);
	text = manifest ? js_dump(manifest, JSON_COMPACT) : NULL;
	return text ? stage_bytes(l, text, strlen(text), digest, err) : err_oom(err);
}

static int add_tags(const struct docker_archive_image *image, struct strv *tags, struct err *err)
{
	size_t i;
	int r;

	for (i = 0; i < image->repo_tags.count; i++) {
		struct reference ref cleanup_reference = { 0 };
		char *full cleanup_free = NULL;

		r = reference_parse_name(image->repo_tags.items[i], true, &ref, err);
		if (r < 0)
			return r;
		full = reference_full_tag(&ref);
		if (!full || strv_add(tags, full) < 0)
			return err_oom(err);
	}
	return 0;
}

static int load_image(struct loader *l, const struct source *s,
		      const struct docker_archive_image *image, const struct load_wish *wish,
		      struct err *err)
{
	json_t *layers cleanup_json = json_array();
	struct strv tags cleanup_strv = { 0 };
	char config[SHA256_TEXT], manifest[SHA256_TEXT];
	size_t i;
	int r;

	if (!layers)
		return err_oom(err);
	r = add_tags(image, &tags, err);
	if (r == 0)
		r = stage_file(l, s, image->config, config, err);
	for (i = 0; r == 0 && i < image->layers.count; i++)
		r = add_layer(l, s, image->layers.items[i], layers, err);
	if (r == 0)
		r = write_manifest(l, config, layers, manifest, err);
	return r < 0 ? r : load_and_say(l, manifest, &tags, wish, err);
}

/* "@N" by its place, else by a name. */
static int is_wanted(const struct docker_archive_image *image, size_t place, const char *selector,
		     struct err *err)
{
	struct strv tags cleanup_strv = { 0 };
	struct reference ref cleanup_reference = { 0 };
	char *full cleanup_free = NULL;
	uint64_t number;
	int r;

	if (selector[0] == '@') {
		r = str_to_u64(selector + 1, OCI_INDEX_MAX, "an image's place", &number, err);
		return r < 0 ? r : number == place;
	}
	r = add_tags(image, &tags, err);
	if (r == 0)
		r = reference_parse_name(selector, true, &ref, err);
	if (r < 0)
		return r;
	full = reference_full_tag(&ref);
	return full ? strv_contains(&tags, full) : err_oom(err);
}

static int choose(const struct docker_archive *archive, const char *selector,
		  const struct docker_archive_image **ret, struct err *err)
{
	size_t i;
	int r;

	if (!selector) {
		if (archive->count > 1)
			return err_invalid(err,
					   "the archive holds %zu images: say which behind a colon",
					   archive->count);
		*ret = &archive->images[0];
		return 0;
	}
	for (i = 0; i < archive->count; i++) {
		r = is_wanted(&archive->images[i], i, selector, err);
		if (r != 0) {
			*ret = &archive->images[i];
			return r < 0 ? r : 0;
		}
	}
	return err_set(err, ERR_NOT_FOUND, ENOENT, "no image %s in the archive", selector);
}

int load_docker(struct loader *l, const struct source *s, const struct load_wish *wish,
		struct err *err)
{
	struct docker_archive archive cleanup_with(clear_archive) = { 0 };
	const struct docker_archive_image *image = NULL;
	json_t *document cleanup_json = NULL;
	size_t i;
	int r;

	r = source_read_json(l, s, "manifest.json", OCI_MANIFEST_MAX, &document, err);
	if (r == 0)
		r = docker_archive_parse(document, &archive, err);
	if (r < 0)
		return r;
	if (wish->one) {
		r = choose(&archive, wish->selector, &image, err);
		return r < 0 ? r : load_image(l, s, image, wish, err);
	}
	for (i = 0; r == 0 && i < archive.count; i++)
		r = load_image(l, s, &archive.images[i], wish, err);
	return r;
}
