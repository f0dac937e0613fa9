/* SPDX-License-Identifier: Apache-2.0 */
/* A file system in a tar archive becomes an image of one layer, whose blob is the plain tar. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/decompress.h"
#include "archive/worker.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/time.h"
#include "engine/image/load/changes.h"
#include "engine/image/load/load.h"
#include "engine/image/load/platform.h"

static void clear_config(struct oci_image_config *config)
{
	oci_image_config_clear(config);
}

/* Decompresses into a staged file. */
static int stage_plain(struct loader *l, int fd, char digest[SHA256_TEXT], int64_t *ret_size,
		       struct err *err)
{
	struct worker_args args = { .name = "decompressor",
				    .cage = WORKER_DECODER,
				    .fn = decompress_main,
				    .rootless = loader_maps(l) != NULL };
	struct decompress_progress *progress cleanup_progress = NULL;
	struct worker_pipe plain cleanup_worker_pipe = WORKER_PIPE_NONE;
	struct worker worker cleanup_worker = { 0 }, *const workers[] = { &worker };
	struct sha256 *hash cleanup_sha256 = NULL;
	struct pump pump = { .limits = l->limits, .space_fd = l->blobs_fd, .copy_fd = -1 };
	int out cleanup_fd = -1, r;
	struct stat st;
	char file[16];

	r = decompress_progress_new(&progress, err);
	if (r == 0)
		r = worker_pipe_open(&plain, err);
	if (r == 0)
		r = sha256_new(&hash, err);
	if (r == 0)
		r = stage_create(l, file, &out, err);
	if (r == 0 && fstat(fd, &st) < 0)
		r = err_sys(err, errno, "look at the archive");
	if (r < 0)
		return r;
	args.arg = progress;
	args.fds[0] = fd;
	args.fds[1] = plain.write_fd;
	args.fds[2] = -1;
	pump.progress = progress;
	pump.input_size = S_ISREG(st.st_mode) ? st.st_size : 0;
	pump.hash = hash;
	r = worker_start(&worker, &args, err);
	if (r < 0)
		return r;
	close_fd(&plain.write_fd);
	r = pump_run(&pump, plain.read_fd, out, err);
	close_fd(&plain.read_fd);
	r = pipeline_end(r, workers, 1, err);
	if (r == 0)
		r = sha256_end(hash, digest, err);
	*ret_size = (int64_t)pump.size;
	return r < 0 ? r : stage_note(l, file, digest, *ret_size, err);
}

static int build_config(const struct import_args *args, const char *diff_id, json_t **ret,
			struct err *err)
{
	struct oci_image_config checked cleanup_with(clear_config) = { 0 };
	json_t *document cleanup_json = NULL, *config = json_object();
	char *comment cleanup_free = NULL;
	char now[TIME_TEXT_MAX];
	size_t i;
	int r = 0;

	time_format(time_now_ns(), now);
	comment =
	    args->message ? strdup(args->message) : str_printf("Imported from %s", args->from);
	document = json_pack("{s:s,s:s,s:s,s:o,s:{s:s,s:[s]},s:[{s:s,s:s}]}", "created", now,
			     "architecture", platform_architecture(), "os", "linux", "config",
			     config, "rootfs", "type", "layers", "diff_ids", diff_id, "history",
			     "created", now, "comment", comment ? comment : "");
	if (!document || !comment)
		return document ? err_oom(err) : err_invalid(err, "the message is not UTF-8");
	for (i = 0; r == 0 && i < args->changes->count; i++)
		r = change_apply(config, args->changes->items[i], err);
	if (r == 0)
		r = oci_image_config_parse(document, &checked, err);
	if (r == 0)
		*ret = take_ptr(&document);
	return r;
}

static int stage_json(struct loader *l, const json_t *document, char digest[SHA256_TEXT],
		      size_t *ret_size, struct err *err)
{
	char *text cleanup_free = js_dump(document, JSON_COMPACT);

	if (!text)
		return err_oom(err);
	*ret_size = strlen(text);
	return stage_bytes(l, text, *ret_size, digest, err);
}

int load_import(struct loader *l, const struct import_args *args, char ret_id[IMAGE_ID_SIZE],
		struct err *err)
{
	json_t *config cleanup_json = NULL, *manifest cleanup_json = NULL;
	char layer[SHA256_TEXT], config_digest[SHA256_TEXT], digest[SHA256_TEXT];
	struct strv tags cleanup_strv = { 0 };
	int64_t layer_size = 0;
	size_t size = 0;
	int r;

	/* the changes first: a wrong one should not be found out after minutes */
	r = build_config(args,
			 "sha256:" /* any */
			 "0000000000000000000000000000000000000000000000000000000000000000",
			 &config, err);
	if (r == 0)
		r = stage_plain(l, args->fd, layer, &layer_size, err);
	if (r < 0)
		return r;
	json_decref(take_ptr(&config));
	r = build_config(args, layer, &config, err);
	if (r == 0)
		r = stage_json(l, config, config_digest, &size, err);
	if (r < 0)
		return r;
	manifest =
	    json_pack("{s:i,s:s,s:{s:s,s:s,s:I},s:[{s:s,s:s,s:I}]}", "schemaVersion", 2,
		      "mediaType", OCI_MT_MANIFEST, "config", "mediaType", OCI_MT_CONFIG, "digest",
		      config_digest, "size", (json_int_t)size, "layers", "mediaType", OCI_MT_LAYER,
		      "digest", layer, "size", (json_int_t)layer_size);
	if (!manifest || (args->tag && strv_add(&tags, args->tag) < 0))
		return err_oom(err);
	r = stage_json(l, manifest, digest, &size, err);
	l->need_end = true; /* no digest would tell that the archive was cut */
	return r < 0 ? r : load_manifest(l, digest, &tags, ret_id, err);
}
