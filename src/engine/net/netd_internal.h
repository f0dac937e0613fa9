/* SPDX-License-Identifier: Apache-2.0 */
/* What netd.c and netd_start.c share. */
#ifndef CORACLE_ENGINE_NET_NETD_INTERNAL_H
#define CORACLE_ENGINE_NET_NETD_INTERNAL_H

struct engine;

/* Tells a running netd to take everything away and end. */
void netd_dismiss(struct engine *engine);

#endif
