/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making a container: a request is filled up (request.c), merged with the image's configuration,
 * and checked part by part. Each check reads c->config and c->host and may put a value into its
 * stored form ("64m" of a log option stays; "net_admin" becomes "CAP_NET_ADMIN").
 */
#ifndef CORACLE_ENGINE_CONTAINER_CREATE_INTERNAL_H
#define CORACLE_ENGINE_CONTAINER_CREATE_INTERNAL_H

#include <jansson.h>
#include <stdbool.h>

#include "engine/container/member.h"
#include "engine/engine.h"
#include "engine/image/image.h"

struct create {
	struct engine *engine;
	char id[65];
	json_t *config, *host;	 /* owned; complete */
	const json_t *endpoints; /* the request's EndpointsConfig; NULL: none */
	json_t *networks;	 /* owned; see net/attach.h; NULL: host, none, container: */
	bool on_bridge;		 /* one of them is a bridge */
	json_t *mount_points;	 /* owned; array, see mounts.h */
	json_t *warnings;	 /* owned; array of texts */
	struct image *image;	 /* owned */
};

void create_warn(struct create *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* create_merge.c: the image's defaults (Docker's rules), command, environment, directory, labels.
 */
int create_merge_image(struct create *c, struct err *err);
/* create_process.c: hostname, names of hosts and resolvers, stop signal, environment, labels. */
int create_check_process(struct create *c, struct err *err);
/* create_resources.c, create_cpu.c */
int create_check_memory(struct create *c, struct err *err);
int create_check_cpu(struct create *c, struct err *err);
int create_check_limits(struct create *c, struct err *err); /* pids, ulimits, shm, OOM score */
/* create_policy.c: restart policy, log driver, --rm. */
int create_check_policy(struct create *c, struct err *err);
/* create_security.c: capabilities, security options, masked paths. */
int create_check_security(struct create *c, struct err *err);
/* create_namespaces.c: modes of all namespaces, sysctls that need them. */
int create_check_namespaces(struct create *c, struct err *err);
/* create_networks.c: NetworkMode, EndpointsConfig, MacAddress; fills networks. */
int create_check_networks(struct create *c, struct err *err);
/* create_ports.c: PortBindings, PublishAllPorts; the networks are known. */
int create_check_ports(struct create *c, struct err *err);
/* create_mounts.c: Binds, Mounts, Tmpfs; fills mount_points. */
int create_check_mounts(struct create *c, struct err *err);

#endif
