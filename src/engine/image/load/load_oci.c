/* SPDX-License-Identifier: Apache-2.0 */
/* Images of an OCI layout (image-spec image-layout.md), in a directory or an archive. */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/log.h"
#include "engine/image/load/load.h"
#include "engine/image/load/platform.h"

enum { NESTING_MAX = 4 };

#define ANNOTATION_NAME "org.opencontainers.image.ref.name"
#define ANNOTATION_FULL_NAME "io.containerd.image.name"

static void clear_index(struct oci_index *index)
{
	oci_index_clear(index);
}

static void clear_manifest(struct oci_manifest *manifest)
{
	oci_manifest_clear(manifest);
}

static int stage_blob(struct loader *l, const struct source *s, const struct oci_descriptor *d,
		      int64_t max, struct err *err)
{
	char *name cleanup_free = NULL;

	if (!str_starts(d->digest, "sha256:"))
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			       "blob %.40s…: only sha256 is supported", d->digest);
	if (max && d->size > max)
		return err_invalid(err, "blob %s: %lld bytes are more than it may have", d->digest,
				   (long long)d->size);
	name = str_printf("blobs/sha256/%s", oci_digest_hex(d->digest));
	return name ? source_stage(l, s, name, d->digest, d->size, NULL, err) : err_oom(err);
}

/* A manifest and all that it names, unless the image is there already. */
static int stage_image(struct loader *l, const struct source *s, const struct oci_descriptor *d,
		       struct err *err)
{
	struct oci_manifest manifest cleanup_with(clear_manifest) = { 0 };
	struct image_row row cleanup_image_row = { 0 };
	json_t *document cleanup_json = NULL;
	size_t i;
	int r;

	r = stage_blob(l, s, d, OCI_MANIFEST_MAX, err);
	if (r == 0)
		r = stage_read_json(l, d->digest, OCI_MANIFEST_MAX, &document, err);
	if (r == 0)
		r = oci_manifest_parse(document, &manifest, err);
	if (r == 0)
		r = store_image_get(l->store, manifest.config.digest, &row, err);
	if (r != 0)
		return r < 0 ? r : 0;
	r = stage_blob(l, s, &manifest.config, OCI_IMAGE_CONFIG_MAX, err);
	for (i = 0; r == 0 && i < manifest.layer_count; i++)
		r = stage_blob(l, s, &manifest.layers[i], 0, err);
	return r;
}

/* Appends the name that the annotations give. What has neither ':' nor '/' is a tag without a
 * repository, as the specification has it: no name to load under. */
static int add_name(const struct oci_descriptor *d, struct strv *tags, struct err *err)
{
	struct reference ref cleanup_reference = { 0 };
	const char *name = oci_pairs_get(&d->annotations, ANNOTATION_FULL_NAME);
	char *full cleanup_free = NULL;

	if (!name)
		name = oci_pairs_get(&d->annotations, ANNOTATION_NAME);
	if (!name || !strpbrk(name, ":/"))
		return 0;
	if (reference_parse_name(name, true, &ref, NULL) < 0) {
		log_warn("the image's name \"%s\" is none and is left out", name);
		return 0;
	}
	full = reference_full_tag(&ref);
	if (!full)
		return err_oom(err);
	return strv_contains(tags, full) || strv_add(tags, full) == 0 ? 0 : err_oom(err);
}

static int load_descriptor(struct loader *l, const struct source *s, const struct oci_descriptor *d,
			   const struct strv *tags, const struct load_wish *wish, int depth,
			   struct err *err);

/* Of an index within the index the manifest for this machine is taken. */
static int load_nested(struct loader *l, const struct source *s, const struct oci_descriptor *d,
		       const struct strv *tags, const struct load_wish *wish, int depth,
		       struct err *err)
{
	struct oci_index index cleanup_with(clear_index) = { 0 };
	json_t *document cleanup_json = NULL;
	size_t i;
	int r;

	if (depth >= NESTING_MAX)
		return err_invalid(err, "an index within an index, more than %d deep", NESTING_MAX);
	r = stage_blob(l, s, d, OCI_MANIFEST_MAX, err);
	if (r == 0)
		r = stage_read_json(l, d->digest, OCI_MANIFEST_MAX, &document, err);
	if (r == 0)
		r = oci_index_parse(document, &index, err);
	if (r < 0)
		return r;
	for (i = 0; i < index.manifest_count; i++)
		if (oci_media_kind(index.manifests[i].media_type) != OCI_MEDIA_OTHER &&
		    platform_fits(&index.manifests[i]))
			return load_descriptor(l, s, &index.manifests[i], tags, wish, depth + 1,
					       err);
	return err_set(err, ERR_NOT_FOUND, ENOENT, "no image for linux/%s",
		       platform_architecture());
}

static int load_descriptor(struct loader *l, const struct source *s, const struct oci_descriptor *d,
			   const struct strv *tags, const struct load_wish *wish, int depth,
			   struct err *err)
{
	int r;

	if (oci_media_kind(d->media_type) == OCI_MEDIA_INDEX)
		return load_nested(l, s, d, tags, wish, depth, err);
	r = stage_image(l, s, d, err);
	return r < 0 ? r : load_and_say(l, d->digest, tags, wish, err);
}

static bool is_image(const struct oci_descriptor *d)
{
	enum oci_media kind = oci_media_kind(d->media_type);

	return kind == OCI_MEDIA_INDEX || kind == OCI_MEDIA_MANIFEST;
}

static bool is_wanted(const struct oci_descriptor *d, const struct load_wish *wish)
{
	struct reference ref cleanup_reference = { 0 };
	const char *name = oci_pairs_get(&d->annotations, ANNOTATION_NAME);
	const char *full = oci_pairs_get(&d->annotations, ANNOTATION_FULL_NAME);
	char *normal cleanup_free = NULL;

	if (!is_image(d) || (!wish->selector && !platform_fits(d)))
		return false;
	if (!wish->selector)
		return true;
	if ((name && str_eq(name, wish->selector)) || (full && str_eq(full, wish->selector)))
		return true;
	if (!full || reference_parse_name(wish->selector, true, &ref, NULL) < 0)
		return false;
	normal = reference_full_tag(&ref);
	return normal && str_eq(full, normal);
}

/* One manifest may stand there several times, once for each name. */
static int load_all(struct loader *l, const struct source *s, const struct oci_index *index,
		    const struct load_wish *wish, struct err *err)
{
	size_t i, j;
	int r = 0;

	for (i = 0; r == 0 && i < index->manifest_count; i++) {
		const struct oci_descriptor *d = &index->manifests[i];
		struct strv tags cleanup_strv = { 0 };

		for (j = 0; j < i; j++)
			if (str_eq(index->manifests[j].digest, d->digest))
				break;
		if (!is_wanted(d, wish) || j < i)
			continue;
		for (j = i; r == 0 && j < index->manifest_count; j++)
			if (str_eq(index->manifests[j].digest, d->digest))
				r = add_name(&index->manifests[j], &tags, err);
		if (r == 0)
			r = load_descriptor(l, s, d, &tags, wish, 0, err);
	}
	return r;
}

static int load_one(struct loader *l, const struct source *s, const struct oci_index *index,
		    const struct load_wish *wish, struct err *err)
{
	static const struct strv none;
	const struct oci_descriptor *found = NULL;
	size_t i;

	for (i = 0; i < index->manifest_count; i++) {
		const struct oci_descriptor *d = &index->manifests[i];

		if (!is_wanted(d, wish) || (found && str_eq(found->digest, d->digest)))
			continue;
		if (found)
			return err_invalid(err,
					   "there are several images: say which behind a colon");
		found = d;
	}
	if (!found)
		return err_set(err, ERR_NOT_FOUND, ENOENT, "no image %s%s there",
			       wish->selector ? wish->selector : "for linux/",
			       wish->selector ? "" : platform_architecture());
	return load_descriptor(l, s, found, &none, wish, 0, err);
}

int load_oci(struct loader *l, const struct source *s, const struct load_wish *wish,
	     struct err *err)
{
	struct oci_index index cleanup_with(clear_index) = { 0 };
	json_t *layout cleanup_json = NULL, *document cleanup_json = NULL;
	const char *version;
	size_t i, images = 0;
	int r;

	r = source_read_json(l, s, "oci-layout", 4096, &layout, err);
	if (r < 0)
		return err_wrap(err, "no OCI layout");
	version = json_string_value(json_object_get(layout, "imageLayoutVersion"));
	if (!version || !str_starts(version, "1."))
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP, "an OCI layout of version \"%.20s\"",
			       version ? version : "");
	r = source_read_json(l, s, "index.json", OCI_MANIFEST_MAX, &document, err);
	if (r == 0)
		r = oci_index_parse(document, &index, err);
	if (r < 0)
		return r;
	for (i = 0; i < index.manifest_count; i++)
		images += is_wanted(&index.manifests[i], wish);
	if (wish->one)
		return load_one(l, s, &index, wish, err);
	if (images == 0)
		return err_set(err, ERR_NOT_FOUND, ENOENT, "no image for linux/%s in the archive",
			       platform_architecture());
	return load_all(l, s, &index, wish, err);
}
