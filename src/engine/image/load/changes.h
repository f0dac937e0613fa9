/* SPDX-License-Identifier: Apache-2.0 */
/* Dockerfile instructions that change an image's configuration (`import --change`, later `commit`
 * and build). */
#ifndef CORACLE_ENGINE_IMAGE_LOAD_CHANGES_H
#define CORACLE_ENGINE_IMAGE_LOAD_CHANGES_H

#include <jansson.h>

#include "base/err.h"

/* `config` is the "config" object of an image's configuration. CMD, ENTRYPOINT, ENV, EXPOSE,
 * HEALTHCHECK, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME and WORKDIR; anything else is refused by
 * name. $NAME and ${NAME} are replaced from the configuration's environment, except in CMD,
 * ENTRYPOINT, HEALTHCHECK and ONBUILD. */
int change_apply(json_t *config, const char *instruction, struct err *err);

#endif
