/* SPDX-License-Identifier: Apache-2.0 */
/*
 * References to images as text (see image.h for the kinds). Names follow the grammar of
 * distribution's reference package: an optional registry, lower-case path components, a tag, a
 * digest; they are kept in full ("docker.io/library/busybox:latest") and shown in the familiar form
 * ("busybox:latest"). Pure text: nothing is looked up.
 */
#ifndef CORACLE_ENGINE_IMAGE_REFERENCE_H
#define CORACLE_ENGINE_IMAGE_REFERENCE_H

#include <stdbool.h>

#include "base/err.h"

enum reference_kind {
	REF_NAME,
	REF_ID, /* "sha256:" and 1 to 64 hex digits, or exactly 64 hex digits */
	REF_HOST,
	REF_DIR,
	REF_OCI,
	REF_OCI_ARCHIVE,
	REF_DOCKER_ARCHIVE,
};

struct reference {
	enum reference_kind kind;
	char *path;	/* REF_DIR and the transports: as written */
	bool writable;	/* dir:…:rw */
	char *selector; /* what stands behind a transport's path; NULL: nothing */
	char *hex;	/* REF_ID: the digits */
	/* REF_NAME */
	char *repository; /* in full: "docker.io/library/busybox" */
	char *tag;	  /* "latest" where neither tag nor digest was given; else may be NULL */
	char *digest;	  /* "sha256:…" or NULL */
};
void reference_clear(struct reference *ref);
#define cleanup_reference __attribute__((cleanup(reference_clear)))

/* ERR_INVALID "invalid reference format…" for what is none of these. */
int reference_parse(const char *text, struct reference *ret, struct err *err);

/* As reference_parse, and refuses what is not a name ("docker.io/library/x:tag" of tags). With
 * `tagged` a digest is refused too. */
int reference_parse_name(const char *text, bool tagged, struct reference *ret, struct err *err);

/* "docker.io/library/busybox:latest" of a REF_NAME with a tag; malloc'ed, NULL when out of memory.
 */
char *reference_full_tag(const struct reference *ref);

/* The familiar form of a full name with or without tag or digest: "docker.io/library/x:1" gives
 * "x:1", "docker.io/a/b" gives "a/b". Points into `full`. */
const char *reference_familiar(const char *full);

/* Hex digits only, 1 to 64 of them, lower case: what could be the beginning of an id. */
bool reference_is_id_prefix(const char *text);

#endif
