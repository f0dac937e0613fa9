/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files of spec_*.c: the parts of container_make_spec(). */
#ifndef CORACLE_ENGINE_CONTAINER_SPEC_H
#define CORACLE_ENGINE_CONTAINER_SPEC_H

#include <jansson.h>
#include <stdbool.h>

#include "engine/container/container.h"
#include "engine/container/security.h"

struct spec_build {
	struct engine *engine;
	struct container *c;
	const json_t *config, *host; /* borrowed from c->config */
	json_t *spec;		     /* borrowed by the parts, owned by container_make_spec() */
	struct security security;
	bool new_userns; /* --userns auto, or an ordinary user */
	bool new_netns;
	char *files_id; /* owned: whose hosts, hostname, resolv.conf; see files.h */
};

/* "/proc/self/fd/N" for a descriptor that the starter inherits; takes `fd` over. */
int spec_keep_fd(struct spec_build *b, int fd, char ret_path[64], struct err *err);

int spec_process(struct spec_build *b, struct err *err);
int spec_namespaces(struct spec_build *b, struct err *err);
int spec_mounts(struct spec_build *b, struct err *err);
int spec_resources(struct spec_build *b, struct err *err);

#endif
