/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Publishing ports: from what was asked for to rows, and the sockets that hold the numbers.
 *
 * A number taken by one of our containers is refused by its row, one taken by another program by
 * binding it. The sockets are then held by netd, so that nobody else gets the number meanwhile; of
 * a container with more than PUBLISH_HELD_MAX ports none are, and the others' are looked up in the
 * kernel's tables (sock_diag(7)).
 */
#ifndef CORACLE_ENGINE_NET_PUBLISH_H
#define CORACLE_ENGINE_NET_PUBLISH_H

#include <jansson.h>

#include "base/ip.h"
#include "engine/store/networks.h"

enum { PUBLISH_HELD_MAX = 256 };

struct published {
	struct port_row *rows; /* owned */
	size_t count;
	int *socks; /* owned, closed: bound (and listening) */
	size_t sock_count;
};
void published_clear(struct published *p);
#define cleanup_published cleanup_with(published_clear)

/* `host` is HostConfig (PortBindings, PublishAllPorts), `exposed` Config.ExposedPorts; `host_ip`
 * stands for a binding without an address (not set: any). Adds the rows to the store, within a
 * transaction. ERR_CONFLICT "port 80/tcp on 0.0.0.0 is in use" and the like. */
int publish(struct store *store, const char *container, const json_t *host, const json_t *exposed,
	    const struct ip *host_ip, struct published *ret, struct err *err);

/* "80/tcp": number and protocol of a key of PortBindings. */
int publish_parse_key(const char *key, uint16_t *ret_port, int *ret_proto, struct err *err);
const char *publish_proto_name(int proto);

/* Binds one port, as publish() does: ERR_CONFLICT where it is in use. TCP sockets listen. */
int publish_bind(int proto, const struct ip *host, uint16_t port, int *ret_fd, struct err *err);

#endif
