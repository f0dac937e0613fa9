/* SPDX-License-Identifier: Apache-2.0 */
/* What coracle-image can be asked to do. Each call commits what it made, image by image. */
#ifndef CORACLE_ENGINE_IMAGE_LOAD_LOAD_H
#define CORACLE_ENGINE_IMAGE_LOAD_LOAD_H

#include "engine/image/load/loader.h"
#include "engine/image/load/source.h"
#include "engine/image/reference.h"

/* `load`: all images of an archive of `docker save` or of an OCI layout, under the names that it
 * gives them. *lines gets what Docker prints: "Loaded image: busybox:latest". */
int load_archive(struct loader *l, int fd, struct strv *lines, struct err *err);

/* oci:, oci-archive:, docker-archive: one image, without a name. */
int load_transport(struct loader *l, const struct reference *ref, char ret_id[IMAGE_ID_SIZE],
		   struct err *err);

struct import_args {
	int fd;		  /* a tar archive, compressed or not */
	const char *from; /* what to say it came from */
	const struct strv *changes;
	const char *message; /* NULL: "Imported from …" */
	const char *tag;     /* a full name, or NULL */
};
int load_import(struct loader *l, const struct import_args *args, char ret_id[IMAGE_ID_SIZE],
		struct err *err);

/* --- parts ------------------------------------------------------------------------------------ */

/* Of a layout's index.json; `selector` NULL: all of them with their names, else just that one. With
 * `one` there must be exactly one, and no names are given. */
struct load_wish {
	const char *selector;
	bool one;
	struct strv *lines;	       /* NULL: nothing to say */
	char (*ret_id)[IMAGE_ID_SIZE]; /* of the last */
};
int load_oci(struct loader *l, const struct source *s, const struct load_wish *wish,
	     struct err *err);
int load_docker(struct loader *l, const struct source *s, const struct load_wish *wish,
		struct err *err);

/* Loads a staged manifest under these full names, and says so. */
int load_and_say(struct loader *l, const char *manifest_digest, const struct strv *tags,
		 const struct load_wish *wish, struct err *err);

#endif
