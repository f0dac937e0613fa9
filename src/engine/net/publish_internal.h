/* SPDX-License-Identifier: Apache-2.0 */
/* Between publish.c and publish_bind.c. */
#ifndef CORACLE_ENGINE_NET_PUBLISH_INTERNAL_H
#define CORACLE_ENGINE_NET_PUBLISH_INTERNAL_H

#include "engine/store/networks.h"

/* The number that the kernel chose for a socket bound to port 0. */
uint16_t publish_bound_port(int fd);

/* Whether a socket of the host listens (UDP: is bound) on a port of the row: ERR_CONFLICT. */
int publish_look(const struct port_row *row, struct err *err);

#endif
