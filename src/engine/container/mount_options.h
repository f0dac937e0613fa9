/* SPDX-License-Identifier: Apache-2.0 */
/* The options of -v and --tmpfs, and the OCI mount's words that they become. */
#ifndef CORACLE_ENGINE_CONTAINER_MOUNT_OPTIONS_H
#define CORACLE_ENGINE_CONTAINER_MOUNT_OPTIONS_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"

struct bind_options {
	bool readonly, nonrecursive, readonly_nonrecursive;
	const char *propagation; /* a literal: "rprivate" */
};
#define BIND_OPTIONS_INIT                 \
	{                                 \
		.propagation = "rprivate" \
	}

/* "ro,z,rshared": each kind at most once. */
int bind_options_parse(const char *text, struct bind_options *ret, struct err *err);
/* The literal for a propagation's name; NULL for what is none. */
const char *bind_propagation(const char *name);
/* New reference: ["rbind","rprivate","rro"]. */
int bind_options_words(const struct bind_options *options, json_t **ret, struct err *err);

/* "size=64m,exec" over the defaults nosuid, nodev, noexec. New reference. */
int tmpfs_options_words(const char *text, json_t **ret, bool *ret_readonly, struct err *err);

#endif
