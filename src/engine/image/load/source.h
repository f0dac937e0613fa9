/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files by name, of a layout's directory or of an archive that was taken apart.
 *
 * Of an archive every regular file was written to a numbered file of our own and hashed; its names
 * exist only in memory, so that none of them ever meets the file system. Links in it (`docker save`
 * wrote some) are resolved by name.
 */
#ifndef CORACLE_ENGINE_IMAGE_LOAD_SOURCE_H
#define CORACLE_ENGINE_IMAGE_LOAD_SOURCE_H

#include "engine/image/load/loader.h"

struct source_file {
	char *name, *link; /* clean; link: another name, or NULL */
	char digest[SHA256_TEXT];
	int64_t size;
};

struct source {
	int dir_fd; /* a directory; -1: an archive */
	struct source_file *files;
	size_t count, room;
};

void source_close(struct source *s);
#define cleanup_source __attribute__((cleanup(source_close)))

int source_open_dir(const char *path, struct source *ret, struct err *err);

/* Takes the archive that `fd` holds (compressed or not) apart into the loader's directory. */
int source_open_archive(struct loader *l, int fd, struct source *ret, struct err *err);

bool source_has(const struct source *s, const char *name);

/* A small file as a JSON document. */
int source_read_json(struct loader *l, const struct source *s, const char *name, size_t max,
		     json_t **ret, struct err *err);

/* Makes the file a staged blob. `expected` and `size` (-1) are verified where given. */
int source_stage(struct loader *l, const struct source *s, const char *name, const char *expected,
		 int64_t size, char ret_digest[SHA256_TEXT], struct err *err);

#endif
