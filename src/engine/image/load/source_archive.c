/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An archive of images on its way into numbered files:
 *
 *     file or pipe -> decompressor -> parser -> records -> we write and hash
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "archive/decompress.h"
#include "archive/pipeline.h"
#include "archive/record.h"
#include "archive/tar_parse.h"
#include "archive/worker.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "engine/image/load/source.h"

enum { FILES_MAX = 20000 };

struct taking {
	struct loader *l;
	struct source *source;
	struct worker decompressor, parser;
	struct worker_pipe plain, records;
	struct decompress_progress *progress;
	struct record_reader reader;
	struct sha256 *hash;
	struct pump pump; /* counts, although nothing is pumped */
	struct entry *entry;
	struct err *err;
};

static void taking_free(struct taking *t)
{
	worker_kill(&t->decompressor);
	worker_kill(&t->parser);
	worker_pipe_close(&t->plain);
	worker_pipe_close(&t->records);
	decompress_progress_free(t->progress);
	record_reader_clear(&t->reader);
	sha256_free(t->hash);
	if (t->entry)
		entry_clear(t->entry);
	free(t->entry);
}

/* --- the cages -------------------------------------------------------------------------------- */

static int start_workers(struct taking *t, int fd)
{
	bool rootless = loader_maps(t->l) != NULL;
	struct tar_parse_args parse = { .need_end = true };
	struct worker_args decompressor = { .name = "decompressor",
					    .cage = WORKER_DECODER,
					    .fn = decompress_main,
					    .rootless = rootless };
	struct worker_args parser = { .name = "tar parser",
				      .cage = WORKER_DECODER,
				      .fn = tar_parse_main,
				      .arg = &parse,
				      .rootless = rootless };
	int r;

	r = decompress_progress_new(&t->progress, t->err);
	if (r == 0)
		r = worker_pipe_open(&t->plain, t->err);
	if (r == 0)
		r = worker_pipe_open(&t->records, t->err);
	if (r < 0)
		return r;
	decompressor.arg = t->progress;
	decompressor.fds[0] = fd;
	decompressor.fds[1] = t->plain.write_fd;
	parser.fds[0] = t->plain.read_fd;
	parser.fds[1] = t->records.write_fd;
	decompressor.fds[2] = parser.fds[2] = -1;
	tar_parse_prepare();
	r = worker_start(&t->decompressor, &decompressor, t->err);
	close_fd(&t->plain.write_fd);
	if (r == 0)
		r = worker_start(&t->parser, &parser, t->err);
	close_fd(&t->plain.read_fd);
	close_fd(&t->records.write_fd);
	return r;
}

/* --- entries ---------------------------------------------------------------------------------- */

static int add_file(struct taking *t, char *name, char *link, const char *digest, int64_t size)
{
	struct source *s = t->source;
	struct source_file *grown;

	if (name && s->count < FILES_MAX && s->count == s->room) {
		grown = reallocarray(s->files, s->room ? s->room * 2 : 64, sizeof(*grown));
		if (grown) {
			s->files = grown;
			s->room = s->room ? s->room * 2 : 64;
		}
	}
	if (!name || s->count == s->room) {
		free(name);
		free(link);
		return s->count == FILES_MAX
			   ? err_invalid(t->err, "the archive has more than %d files", FILES_MAX)
			   : err_oom(t->err);
	}
	s->files[s->count] = (struct source_file){ .name = name, .link = link, .size = size };
	snprintf(s->files[s->count].digest, SHA256_TEXT, "%s", digest);
	s->count++;
	return 0;
}

static int take_data(struct taking *t, int fd)
{
	const void *data;
	uint64_t offset;
	size_t len;
	int r;

	while ((r = record_data(&t->reader, &offset, &data, &len, t->err)) > 0) {
		if (lseek(fd, 0, SEEK_CUR) != (off_t)offset)
			return err_invalid(t->err, "the archive holds a sparse file");
		r = pump_count(&t->pump, len, t->err);
		if (r == 0)
			r = sha256_add(t->hash, data, len, t->err);
		if (r < 0)
			return r;
		r = fd_write_all(fd, data, len);
		if (r < 0)
			return err_sys(t->err, r, "write a file of the archive");
	}
	return r;
}

static int take_file(struct taking *t, const char *name)
{
	char file[16], digest[SHA256_TEXT];
	int fd cleanup_fd = -1, r;
	off_t size;

	r = stage_create(t->l, file, &fd, t->err);
	if (r == 0)
		r = take_data(t, fd);
	if (r == 0)
		r = sha256_end(t->hash, digest, t->err);
	if (r < 0)
		return r;
	size = lseek(fd, 0, SEEK_CUR);
	if (size != (off_t)t->entry->head.size)
		return err_invalid(t->err, "the archive holds a sparse file");
	r = stage_note(t->l, file, digest, size, t->err);
	return r < 0 ? r : add_file(t, strdup(name), NULL, digest, size);
}

/* A symbolic link starts where it stands, a hard link at the archive's root. */
static int take_link(struct taking *t, const char *name)
{
	const char *slash = strrchr(name, '/');
	char *joined cleanup_free = NULL, *clean;

	if (t->entry->head.type == RECORD_HARDLINK || !slash)
		joined = strdup(t->entry->link);
	else
		joined = str_printf("%.*s/%s", (int)(slash - name), name, t->entry->link);
	clean = joined ? path_clean(joined) : NULL;
	if (!clean)
		return err_oom(t->err);
	if (!path_is_beneath(clean)) {
		free(clean);
		return err_invalid(t->err, "entry \"%.200s\": its link leads out of the archive",
				   name);
	}
	return add_file(t, strdup(name), clean, "", 0);
}

static int take_entry(struct taking *t)
{
	char *name cleanup_free = path_clean(t->entry->name);

	if (!name)
		return err_oom(t->err);
	if (!path_is_beneath(t->entry->name))
		return err_invalid(t->err, "entry \"%.200s\": its path leads out of the archive",
				   t->entry->name);
	switch (t->entry->head.type) {
	case RECORD_DIR:
		return 0;
	case RECORD_FILE:
		return take_file(t, name);
	case RECORD_SYMLINK:
	case RECORD_HARDLINK:
		return take_link(t, name);
	default:
		return err_invalid(t->err, "entry \"%.200s\": no archive of images holds devices",
				   name);
	}
}

static int take_all(struct taking *t)
{
	int r = record_reader_init(&t->reader, t->records.read_fd, t->err);

	while (r == 0) {
		r = record_next(&t->reader, t->entry, t->err);
		if (r <= 0)
			return r;
		r = take_entry(t);
	}
	return r;
}

int source_open_archive(struct loader *l, int fd, struct source *ret, struct err *err)
{
	struct source source cleanup_source = { .dir_fd = -1 };
	struct taking t cleanup_with(taking_free) = { .l = l,
						      .source = &source,
						      .plain = WORKER_PIPE_NONE,
						      .records = WORKER_PIPE_NONE,
						      .reader.fd = -1,
						      .err = err };
	struct worker *const workers[] = { &t.decompressor, &t.parser };
	struct stat st;
	int r;

	t.entry = calloc(1, sizeof(*t.entry));
	if (!t.entry)
		return err_oom(err);
	if (fstat(fd, &st) < 0)
		return err_sys(err, errno, "look at the archive");
	r = sha256_new(&t.hash, err);
	if (r == 0)
		r = start_workers(&t, fd);
	if (r < 0)
		return r;
	t.pump = (struct pump){ .limits = l->limits,
				.space_fd = l->blobs_fd,
				.input_size = S_ISREG(st.st_mode) ? st.st_size : 0,
				.progress = t.progress,
				.copy_fd = -1 };
	r = take_all(&t);
	worker_pipe_close(&t.records);
	r = pipeline_end(r, workers, ARRAY_SIZE(workers), err);
	if (r < 0)
		return r;
	*ret = source;
	source = (struct source){ .dir_fd = -1 };
	return 0;
}
