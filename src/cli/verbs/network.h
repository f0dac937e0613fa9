/* SPDX-License-Identifier: Apache-2.0 */
/* What `network ls` and `network prune` share. */
#ifndef CORACLE_CLI_VERBS_NETWORK_H
#define CORACLE_CLI_VERBS_NETWORK_H

#include "base/str.h"
#include "engine/net/network.h"

/* "label=…" and "label!=…" of the filters, which must all hold. */
bool network_labels_match(const struct network *network, const struct strv *filters);

/* Whether no container, running or not, is on it; a predefined one never is. */
int network_is_dangling(struct engine *engine, const struct network *network, bool *ret,
			struct err *err);

#endif
