/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OCI image-spec 1.1 and Docker image manifest schema 2 as data: descriptors, indexes, manifests,
 * configurations, and the rows of a docker-archive's manifest.json. Everything here comes from
 * strangers: every count is bounded, every digest and size checked, and a document that could be
 * read both as an index and as a manifest is refused (its digest would name two different images).
 *
 * Strings that are absent are NULL. Members that are null count as absent. Unknown members are
 * ignored. All pointers are owned by the struct they hang from; *_clear() releases them, accepts a
 * zeroed struct and leaves one. On failure *ret is untouched.
 */
#ifndef CORACLE_OCI_IMAGE_SPEC_H
#define CORACLE_OCI_IMAGE_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "base/str.h"
#include "oci/digest.h"
#include "oci/key_value.h"

enum {
	OCI_MANIFEST_MAX = 4 << 20, /* bytes of an index or a manifest: what registries accept */
	OCI_IMAGE_CONFIG_MAX = 8 << 20, /* bytes of a configuration */
	OCI_LAYERS_MAX = 500,		/* overlayfs takes 500 lower layers, and no more */
	OCI_INDEX_MAX = 4096,		/* manifests of an index */
	OCI_HISTORY_MAX = 8192,
	OCI_LIST_MAX = 16384, /* entries of any other list or map: Env, Labels, Volumes, … */
};

#define OCI_MT_INDEX "application/vnd.oci.image.index.v1+json"
#define OCI_MT_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define OCI_MT_CONFIG "application/vnd.oci.image.config.v1+json"
#define OCI_MT_LAYER "application/vnd.oci.image.layer.v1.tar"
#define OCI_MT_LAYER_GZIP "application/vnd.oci.image.layer.v1.tar+gzip"
#define OCI_MT_LAYER_ZSTD "application/vnd.oci.image.layer.v1.tar+zstd"
#define DOCKER_MT_LIST "application/vnd.docker.distribution.manifest.list.v2+json"
#define DOCKER_MT_MANIFEST "application/vnd.docker.distribution.manifest.v2+json"
#define DOCKER_MT_CONFIG "application/vnd.docker.container.image.v1+json"
#define DOCKER_MT_LAYER "application/vnd.docker.image.rootfs.diff.tar"
#define DOCKER_MT_LAYER_GZIP "application/vnd.docker.image.rootfs.diff.tar.gzip"
#define DOCKER_MT_LAYER_ZSTD "application/vnd.docker.image.rootfs.diff.tar.zstd"

struct oci_pairs { /* annotations, labels */
	struct oci_key_value *items;
	size_t count;
};
/* The value of `key`, or NULL. */
const char *oci_pairs_get(const struct oci_pairs *pairs, const char *key);

struct oci_platform {
	char *architecture, *os, *variant, *os_version;
	struct strv os_features;
};

struct oci_descriptor {
	char *media_type; /* never NULL */
	char *digest;	  /* checked: see oci/digest.h */
	int64_t size;	  /* bytes, >= 0; whoever fetches bounds it by the kind of the blob */
	struct strv urls;
	struct oci_pairs annotations;
	char *artifact_type;
	bool has_platform;
	struct oci_platform platform;
};

/* What a media type says about a blob. */
enum oci_media {
	OCI_MEDIA_OTHER, /* an artifact of some kind; not an image */
	OCI_MEDIA_INDEX,
	OCI_MEDIA_MANIFEST,
	OCI_MEDIA_CONFIG,
	OCI_MEDIA_LAYER,	 /* a layer, see oci_layer_compression() */
	OCI_MEDIA_LAYER_FOREIGN, /* non-distributable: its bytes are elsewhere, we refuse it */
};
enum oci_media oci_media_kind(const char *media_type);

enum oci_compression { OCI_PLAIN, OCI_GZIP, OCI_ZSTD };
/* Of a layer's media type (OCI_MEDIA_LAYER); anything else: ERR_UNSUPPORTED that names it. */
int oci_layer_compression(const char *media_type, enum oci_compression *ret, struct err *err);

struct oci_index {
	char *media_type; /* NULL: not said (allowed by the specification) */
	struct oci_descriptor *manifests;
	size_t manifest_count;
	struct oci_pairs annotations;
};
int oci_index_parse(const json_t *j, struct oci_index *ret, struct err *err);
void oci_index_clear(struct oci_index *index);

struct oci_manifest {
	char *media_type; /* NULL: not said */
	struct oci_descriptor config;
	struct oci_descriptor *layers; /* lowest first */
	size_t layer_count;
	struct oci_pairs annotations;
};
/* An image's manifest: an artifact (config of another media type) is ERR_UNSUPPORTED, and so is
 * schema 1. Every layer is OCI_MEDIA_LAYER, and there are at most OCI_LAYERS_MAX. */
int oci_manifest_parse(const json_t *j, struct oci_manifest *ret, struct err *err);
void oci_manifest_clear(struct oci_manifest *manifest);

struct oci_healthcheck {
	bool set;
	struct strv test; /* ["NONE"], ["CMD", …], ["CMD-SHELL", text]; empty: inherited */
	int64_t interval, timeout, start_period, start_interval; /* nanoseconds, 0: default */
	int64_t retries;					 /* 0: default */
};

struct oci_history {
	char *created, *created_by, *author, *comment;
	bool empty_layer;
};

struct oci_image_config {
	char *created; /* RFC 3339 as written; not believed to be a time */
	char *author, *architecture, *os, *variant, *os_version;
	/* config */
	char *user;		     /* "user[:group]" as written; see sec_user_resolve() */
	struct strv exposed_ports;   /* checked, normal form "80/tcp", "8000-8010/udp" */
	struct strv env;	     /* as written; "NAME=value" is not promised */
	struct strv entrypoint, cmd; /* count 0: unset or empty */
	struct strv volumes;	     /* absolute and cleaned: no "..", never "/" */
	char *working_dir;	     /* as written; may be relative (then to "/") */
	struct oci_pairs labels;
	char *stop_signal; /* as written */
	bool args_escaped;
	struct oci_healthcheck healthcheck;
	struct strv on_build, shell;
	/* rootfs, history */
	struct strv diff_ids; /* checked digests, lowest first */
	struct oci_history *history;
	size_t history_count;
};
/* architecture and os may be NULL in images of careless tools: whoever chooses a platform decides.
 */
int oci_image_config_parse(const json_t *j, struct oci_image_config *ret, struct err *err);
void oci_image_config_clear(struct oci_image_config *config);
/* The document in canonical form: what is absent is left out, so that parsing it again gives the
 * same struct. New reference. */
int oci_image_config_emit(const struct oci_image_config *config, json_t **ret, struct err *err);

struct docker_archive_image { /* a row of manifest.json of `docker save` */
	char *config;	      /* file names within the archive: path_is_beneath() holds for each */
	struct strv repo_tags;
	struct strv layers; /* lowest first */
};
struct docker_archive {
	struct docker_archive_image *images;
	size_t count;
};
int docker_archive_parse(const json_t *j, struct docker_archive *ret, struct err *err);
void docker_archive_clear(struct docker_archive *archive);

#endif
