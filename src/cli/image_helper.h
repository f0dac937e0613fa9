/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORACLE_CLI_IMAGE_HELPER_H
#define CORACLE_CLI_IMAGE_HELPER_H

#include "cli/cli.h"

/* Becomes coracle-image, which links what reads archives: `words` (NULL-terminated, the verb first)
 * are its command line behind --root. Returns only when it cannot be executed. */
int image_helper_exec(struct cli *cli, const struct strv *words, struct err *err);

#endif
