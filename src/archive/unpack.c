/* SPDX-License-Identifier: Apache-2.0 */
#include "archive/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/record.h"
#include "archive/tar_parse.h"
#include "base/cleanup.h"
#include "base/str.h"

struct unpack {
	const struct unpack_args *args;
	struct worker decompressor, parser, writer;
	struct worker_pipe plain, tar, records;
	struct decompress_progress *progress;
	struct sha256 *hash;
	struct pump pump;
	int report_fd;
	bool compressed;
};

static void unpack_free(struct unpack *u)
{
	worker_kill(&u->decompressor);
	worker_kill(&u->parser);
	worker_kill(&u->writer);
	worker_pipe_close(&u->plain);
	worker_pipe_close(&u->tar);
	worker_pipe_close(&u->records);
	decompress_progress_free(u->progress);
	sha256_free(u->hash);
	close_fd(&u->report_fd);
}

static int look_at_blob(struct unpack *u, struct err *err)
{
	char head[COMPRESSION_MAGIC];
	struct stat st;
	ssize_t n;

	if (fstat(u->args->blob_fd, &st) < 0)
		return err_sys(err, errno, "look at the archive");
	if (!S_ISREG(st.st_mode)) {
		u->compressed = true; /* only its reader will know */
		return 0;
	}
	n = pread(u->args->blob_fd, head, sizeof(head), lseek(u->args->blob_fd, 0, SEEK_CUR));
	if (n < 0)
		return err_sys(err, errno, "read the archive");
	u->compressed = compression_of(head, n) != COMPRESSION_NONE;
	u->pump.input_size = st.st_size;
	return 0;
}

static int start_decompressor(struct unpack *u, struct err *err)
{
	struct worker_args args = { .name = "decompressor",
				    .cage = WORKER_DECODER,
				    .fn = decompress_main,
				    .rootless = u->args->maps != NULL };
	int r;

	if (!u->compressed)
		return 0;
	r = decompress_progress_new(&u->progress, err);
	if (r == 0)
		r = worker_pipe_open(&u->plain, err);
	if (r < 0)
		return r;
	args.arg = u->progress;
	u->pump.progress = u->progress;
	args.fds[0] = u->args->blob_fd;
	args.fds[1] = u->plain.write_fd;
	args.fds[2] = -1;
	r = worker_start(&u->decompressor, &args, err);
	close_fd(&u->plain.write_fd);
	return r;
}

static int start_parser(struct unpack *u, struct err *err)
{
	struct tar_parse_args parse = { .need_end = u->args->need_end };
	struct worker_args args = { .name = "tar parser",
				    .cage = WORKER_DECODER,
				    .fn = tar_parse_main,
				    .arg = &parse,
				    .rootless = u->args->maps != NULL };
	int r = worker_pipe_open(&u->tar, err);

	if (r == 0)
		r = worker_pipe_open(&u->records, err);
	if (r < 0)
		return r;
	args.fds[0] = u->tar.read_fd;
	args.fds[1] = u->records.write_fd;
	args.fds[2] = -1;
	tar_parse_prepare();
	r = worker_start(&u->parser, &args, err);
	close_fd(&u->tar.read_fd);
	close_fd(&u->records.write_fd);
	return r;
}

static int start_writer(struct unpack *u, struct err *err)
{
	struct layer_writer_args writer = u->args->writer;
	struct worker_args args = { .name = "layer's writer",
				    .cage = WORKER_WRITER,
				    .fn = layer_writer_main,
				    .arg = &writer,
				    .dir_fd = u->args->dir_fd,
				    .rootless = u->args->maps != NULL,
				    .maps = u->args->maps };
	int r;

	u->report_fd = memfd_create("coracle-layer", MFD_CLOEXEC);
	if (u->report_fd < 0)
		return err_sys(err, errno, "make the layer's report");
	args.fds[0] = u->records.read_fd;
	args.fds[1] = u->report_fd;
	args.fds[2] = -1;
	r = worker_start(&u->writer, &args, err);
	close_fd(&u->records.read_fd);
	return r;
}

static int run(struct unpack *u, struct err *err)
{
	struct worker *const workers[] = { &u->decompressor, &u->parser, &u->writer };
	int r;

	u->pump.limits = u->args->limits;
	u->pump.space_fd = u->args->dir_fd;
	u->pump.copy_fd = u->args->copy_fd;
	u->pump.hash = u->hash;
	r = pump_run(&u->pump, u->compressed ? u->plain.read_fd : u->args->blob_fd, u->tar.write_fd,
		     err);
	worker_pipe_close(&u->plain);
	worker_pipe_close(&u->tar);
	return pipeline_end(r, workers, ARRAY_SIZE(workers), err);
}

int unpack_layer(const struct unpack_args *args, struct unpack_result *ret, struct err *err)
{
	struct unpack u cleanup_with(unpack_free) = { .args = args,
						      .plain = WORKER_PIPE_NONE,
						      .tar = WORKER_PIPE_NONE,
						      .records = WORKER_PIPE_NONE,
						      .report_fd = -1 };
	char diff_id[SHA256_TEXT];
	int r;

	r = sha256_new(&u.hash, err);
	if (r == 0)
		r = look_at_blob(&u, err);
	if (r == 0)
		r = start_decompressor(&u, err);
	if (r == 0)
		r = start_parser(&u, err);
	if (r == 0)
		r = start_writer(&u, err);
	if (r == 0)
		r = run(&u, err);
	if (r == 0)
		r = sha256_end(u.hash, diff_id, err);
	if (r < 0)
		return r;
	if (args->diff_id && !str_eq(diff_id, args->diff_id))
		return err_set(err, ERR_INVALID, EBADMSG,
			       "its content is %s, not what the image's configuration says (%s)",
			       diff_id, args->diff_id);
	if (lseek(u.report_fd, 0, SEEK_SET) < 0)
		return err_sys(err, errno, "read the layer's report");
	memcpy(ret->diff_id, diff_id, sizeof(diff_id));
	ret->tar_size = u.pump.size;
	ret->report_fd = take_fd(&u.report_fd);
	return 0;
}

/* The writer handled a stranger's names: what it wrote is checked like anything else. */
int layer_report_next(int report_fd, struct layer_note_head *ret, char *path, struct err *err)
{
	ssize_t n = read(report_fd, ret, sizeof(*ret));

	if (n == 0)
		return 0;
	if (n < 0)
		return err_sys(err, errno, "read the layer's report");
	if (n != sizeof(*ret) || ret->path_len > RECORD_NAME_MAX ||
	    read(report_fd, path, ret->path_len) != (ssize_t)ret->path_len)
		return err_set(err, ERR_ENGINE, EBADMSG, "the layer's report is damaged");
	path[ret->path_len] = '\0';
	return 1;
}
