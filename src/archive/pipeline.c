/* SPDX-License-Identifier: Apache-2.0 */
#include "archive/pipeline.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/str.h"

enum { BLOCK = 256 << 10 };

/* Looking at the free space for every block would cost more than the block. */
static const uint64_t space_step = 16ull << 20;

static int check_size(const struct pump *pump, struct err *err)
{
	const struct archive_limits *l = &pump->limits;
	uint64_t came_in = pump->input_size, most = UINT64_MAX;
	char text[32];

	if (!came_in && pump->progress)
		came_in = decompress_consumed(pump->progress);
	if (l->factor && came_in < UINT64_MAX / l->factor) {
		most = came_in * l->factor;
		most = most < l->floor ? l->floor : most;
	}
	if (l->most && l->most < most)
		most = l->most;
	if (pump->size <= most)
		return 0;
	return err_set(err, ERR_INVALID, EFBIG,
		       "the archive expands to more than %s: refused as a decompression bomb",
		       str_human_size((double)most, text));
}

static int check_space(const struct pump *pump, struct err *err)
{
	struct statvfs fs;

	if (fstatvfs(pump->space_fd, &fs) < 0)
		return err_sys(err, errno, "look at the free space");
	if (fs.f_bavail < fs.f_blocks / 100 || fs.f_favail < fs.f_files / 100)
		return err_set(err, ERR_ENGINE, ENOSPC, "no space left on device");
	return 0;
}

int pump_count(struct pump *pump, size_t len, struct err *err)
{
	uint64_t before = pump->size / space_step;
	int r;

	pump->size += len;
	r = check_size(pump, err);
	if (r == 0 && pump->size / space_step != before)
		r = check_space(pump, err);
	return r;
}

static int pass(struct pump *pump, int to, const void *data, size_t len, struct err *err)
{
	int r = pump_count(pump, len, err);

	if (r == 0 && pump->hash)
		r = sha256_add(pump->hash, data, len, err);
	if (r < 0)
		return r;
	if (pump->copy_fd >= 0) {
		r = fd_write_all(pump->copy_fd, data, len);
		if (r < 0)
			return err_sys(err, r, "write the archive's copy");
	}
	r = fd_write_all(to, data, len);
	if (r == -EPIPE)
		return err_set(err, ERR_ENGINE, EPIPE, "the tar parser ended early");
	return r < 0 ? err_sys(err, r, "feed the tar parser") : 0;
}

int pump_run(struct pump *pump, int from, int to, struct err *err)
{
	char *block cleanup_free = malloc(BLOCK);
	ssize_t n;
	int r = check_space(pump, err);

	if (!block)
		return err_oom(err);
	while (r == 0) {
		n = read(from, block, BLOCK);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(err, errno, "read the archive");
		if (n == 0)
			return 0;
		r = pass(pump, to, block, n, err);
	}
	return r;
}

/* A pipe that broke is never the cause: the one at its other end is. */
int pipeline_end(int own, struct worker *const *workers, size_t count, struct err *err)
{
	struct err one, first;
	int result = own, r;
	size_t i;

	if (own < 0 && own != -EPIPE) {
		for (i = 0; i < count; i++)
			worker_kill(workers[i]);
		return own;
	}
	for (i = 0; i < count; i++) {
		r = worker_finish(workers[i], &one);
		if (r < 0 && (result == 0 || result == -EPIPE)) {
			first = one;
			result = r;
		}
	}
	if (result < 0 && result != own && err)
		*err = first;
	return result;
}
