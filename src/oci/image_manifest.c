/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Indexes and manifests (image-spec image-index.md, manifest.md; Docker image manifest version 2,
 * schema 2). One document, one meaning: with the members of both it could be taken for either, so
 * that two readers run two images under one digest (CVE-2021-41190).
 */
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "oci/image_parse.h"

int oci_check_schema(const json_t *j, const char *where, enum oci_media kind, char **media_type,
		     struct err *err)
{
	int64_t version = 0;
	int r;

	if (!json_is_object(j))
		return err_invalid(err, "%s must be an object", where);
	r = oci_require(j, where, "schemaVersion", err);
	if (r == 0)
		r = js_get_i64(j, where, "schemaVersion", 0, INT64_MAX, &version, err);
	if (r == 0)
		r = js_dup_str(j, where, "mediaType", media_type, err);
	if (r < 0)
		return r;
	if (version != 2)
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			       "%s: schemaVersion %lld is not supported", where,
			       (long long)version);
	if (*media_type && oci_media_kind(*media_type) != kind)
		return err_invalid(err, "%s: mediaType \"%.128s\" is of something else", where,
				   *media_type);
	return 0;
}

static int refuse_members(const json_t *j, const char *where, const char *const *names,
			  struct err *err)
{
	for (; *names; names++)
		if (oci_has(j, *names))
			return err_invalid(err, "%s: \"%s\" has no place here", where, *names);
	return 0;
}

static int index_parse(const json_t *j, struct oci_index *index, struct err *err)
{
	static const char *const foreign[] = { "config", "layers", "fsLayers", NULL };
	int r = oci_check_schema(j, "index", OCI_MEDIA_INDEX, &index->media_type, err);

	if (r == 0)
		r = refuse_members(j, "index", foreign, err);
	if (r == 0)
		r = oci_require(j, "index", "manifests", err);
	if (r == 0)
		r = oci_get_items(j, "index", "manifests", sizeof(*index->manifests),
				  oci_descriptor_parse, &index->manifests, &index->manifest_count,
				  err);
	if (r == 0 && index->manifest_count > OCI_INDEX_MAX)
		r = err_invalid(err, "index: more than %d manifests", OCI_INDEX_MAX);
	return r < 0 ? r : oci_get_map(j, "index", "annotations", &index->annotations, err);
}

int oci_index_parse(const json_t *j, struct oci_index *ret, struct err *err)
{
	struct oci_index index = { 0 };
	int r = index_parse(j, &index, err);

	if (r < 0) {
		oci_index_clear(&index);
		return r;
	}
	*ret = index;
	return 0;
}

void oci_index_clear(struct oci_index *index)
{
	free(index->media_type);
	oci_descriptors_free(index->manifests, index->manifest_count);
	oci_pairs_free(&index->annotations);
	*index = (struct oci_index){ 0 };
}

static int parse_config_descriptor(const json_t *j, struct oci_manifest *m, struct err *err)
{
	json_t *config = NULL;
	int r = oci_require(j, "manifest", "config", err);

	if (r == 0)
		r = js_get_obj(j, "manifest", "config", &config, err);
	if (r == 0)
		r = oci_descriptor_parse(config, "manifest.config", &m->config, err);
	if (r < 0)
		return r;
	if (oci_media_kind(m->config.media_type) != OCI_MEDIA_CONFIG)
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			       "not an image: its configuration is of media type \"%.128s\"",
			       m->config.media_type);
	if (m->config.size > OCI_IMAGE_CONFIG_MAX)
		return err_invalid(err, "manifest.config: larger than %d bytes",
				   OCI_IMAGE_CONFIG_MAX);
	return 0;
}

static int parse_layers(const json_t *j, struct oci_manifest *m, struct err *err)
{
	enum oci_compression compression;
	int r = oci_require(j, "manifest", "layers", err);

	if (r == 0)
		r = oci_get_items(j, "manifest", "layers", sizeof(*m->layers), oci_descriptor_parse,
				  &m->layers, &m->layer_count, err);
	if (r == 0 && m->layer_count > OCI_LAYERS_MAX)
		r = err_invalid(err, "manifest: more than %d layers", OCI_LAYERS_MAX);
	for (size_t i = 0; r == 0 && i < m->layer_count; i++)
		r = oci_layer_compression(m->layers[i].media_type, &compression, err);
	return r;
}

static int manifest_parse(const json_t *j, struct oci_manifest *m, struct err *err)
{
	static const char *const foreign[] = { "manifests", "fsLayers", NULL };
	int r = oci_check_schema(j, "manifest", OCI_MEDIA_MANIFEST, &m->media_type, err);

	if (r == 0)
		r = refuse_members(j, "manifest", foreign, err);
	if (r == 0)
		r = parse_config_descriptor(j, m, err);
	if (r == 0)
		r = parse_layers(j, m, err);
	return r < 0 ? r : oci_get_map(j, "manifest", "annotations", &m->annotations, err);
}

int oci_manifest_parse(const json_t *j, struct oci_manifest *ret, struct err *err)
{
	struct oci_manifest m = { 0 };
	int r = manifest_parse(j, &m, err);

	if (r < 0) {
		oci_manifest_clear(&m);
		return r;
	}
	*ret = m;
	return 0;
}

void oci_manifest_clear(struct oci_manifest *m)
{
	free(m->media_type);
	oci_descriptor_clear(&m->config);
	oci_descriptors_free(m->layers, m->layer_count);
	oci_pairs_free(&m->annotations);
	*m = (struct oci_manifest){ 0 };
}

/* --- manifest.json of `docker save` --------------------------------------------------------- */

static int check_member(const char *name, const char *where, struct err *err)
{
	if (*name && path_is_beneath(name) && !str_eq(path_base(name), "."))
		return 0;
	return err_invalid(err, "%s: \"%.160s\" is not a file of the archive", where, name);
}

static int parse_archive_image(const json_t *row, const char *where, void *ret, struct err *err)
{
	struct docker_archive_image *image = ret;
	int r = oci_dup_required(row, where, "Config", &image->config, err);

	if (r == 0)
		r = check_member(image->config, where, err);
	if (r == 0)
		r = oci_get_strings(row, where, "RepoTags", OCI_LIST_MAX, &image->repo_tags, err);
	if (r == 0)
		r = oci_get_strings(row, where, "Layers", OCI_LAYERS_MAX, &image->layers, err);
	for (size_t i = 0; r == 0 && i < image->layers.count; i++)
		r = check_member(image->layers.items[i], where, err);
	return r;
}

int docker_archive_parse(const json_t *j, struct docker_archive *ret, struct err *err)
{
	struct docker_archive archive = { 0 };
	json_t *holder = json_pack("{sO}", "manifest.json", j);
	int r;

	if (!holder)
		return err_oom(err);
	r = oci_get_items(holder, "", "manifest.json", sizeof(*archive.images), parse_archive_image,
			  &archive.images, &archive.count, err);
	json_decref(holder);
	if (r == 0 && archive.count > OCI_INDEX_MAX)
		r = err_invalid(err, "manifest.json: more than %d images", OCI_INDEX_MAX);
	if (r == 0 && archive.count == 0)
		r = err_invalid(err, "manifest.json: no image");
	if (r < 0) {
		docker_archive_clear(&archive);
		return r;
	}
	*ret = archive;
	return 0;
}

void docker_archive_clear(struct docker_archive *archive)
{
	for (size_t i = 0; i < archive->count; i++) {
		free(archive->images[i].config);
		strv_free(&archive->images[i].repo_tags);
		strv_free(&archive->images[i].layers);
	}
	free(archive->images);
	*archive = (struct docker_archive){ 0 };
}
