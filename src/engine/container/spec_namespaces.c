/* SPDX-License-Identifier: Apache-2.0 */
/* linux.namespaces, id maps, host and domain name, sysctls. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "engine/container/member.h"
#include "engine/container/join.h"
#include "engine/container/spec.h"
#include "engine/net/attach.h"
#include "engine/net/net.h"
#include "engine/root/ids.h"
#include "engine/root/root.h"

int spec_keep_fd(struct spec_build *b, int fd, char ret_path[64], struct err *err)
{
	struct container *c = b->c;

	if (c->join_count == CONTAINER_JOIN_MAX) {
		close_fd(&fd);
		return err_set(err, ERR_ENGINE, EMFILE, "too many joined namespaces");
	}
	c->join_fds[c->join_count++] = fd;
	snprintf(ret_path, 64, "/proc/self/fd/%d", fd);
	return 0;
}

/* A namespace of our own, or the one behind a descriptor. */
static int add_namespace(struct spec_build *b, json_t *list, const char *type, int join_fd,
			 struct err *err)
{
	json_t *entry;
	char path[64];

	if (join_fd >= 0 && spec_keep_fd(b, join_fd, path, err) < 0)
		return -EMFILE;
	entry = json_pack("{ss}", "type", type);
	if (join_fd >= 0)
		json_object_set_new(entry, "path", json_string(path));
	return json_array_append_new(list, entry) < 0 ? err_oom(err) : 0;
}

/* One of the modes private (whatever its word), host, container:ID. */
static int add_mode(struct spec_build *b, json_t *list, const char *member, const char *type,
		    int flag, struct err *err)
{
	const char *mode = member_str(b->host, member);
	char *id cleanup_free = NULL;
	int fd = -1, r;

	if (str_eq(mode, "host"))
		return 0;
	if (container_join_is(mode)) {
		r = container_join_open(b->engine, mode, flag, &fd, &id, err);
		if (r < 0)
			return r;
	}
	return add_namespace(b, list, type, fd, err);
}

/* The namespace that net_attach() made; with a user namespace of its own the container brings one,
 * and the links come later. */
static int add_attached(struct spec_build *b, json_t *list, struct err *err)
{
	int fd = -1;

	b->new_netns = true;
	if (b->c->net->netns_fd >= 0) {
		fd = fcntl(b->c->net->netns_fd, F_DUPFD_CLOEXEC, 3);
		if (fd < 0)
			return err_sys(err, errno, "the network namespace");
	}
	return add_namespace(b, list, "network", fd, err);
}

static int add_network(struct spec_build *b, json_t *list, struct err *err)
{
	struct net_plan plan cleanup_with(net_plan_clear) = NET_PLAN_INIT;
	const char *mode = member_str(b->host, "NetworkMode");
	const struct net_driver *driver;
	int r;

	if (b->c->net)
		return add_attached(b, list, err);
	r = net_driver_find(mode, &driver, err);
	if (r == 0)
		r = driver->plan(b->engine, mode, &plan, err);
	if (r < 0)
		return r;
	b->new_netns = plan.new_namespace;
	b->files_id = take_ptr(&plan.join_id);
	if (!plan.new_namespace && plan.join_fd < 0)
		return 0;
	return add_namespace(b, list, "network", take_fd(&plan.join_fd), err);
}

static json_t *map_line(json_int_t container, json_int_t host, json_int_t size)
{
	return json_pack("{sI sI sI}", "containerID", container, "hostID", host, "size", size);
}

static json_t *map_lines(const struct id_map *maps, size_t count)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < count; i++)
		json_array_append_new(list,
				      map_line(maps[i].inside, maps[i].outside, maps[i].count));
	return list;
}

static int add_user(struct spec_build *b, json_t *list, struct err *err)
{
	json_t *oci_linux = json_object_get(b->spec, "linux"), *uids, *gids;
	const json_t *map = json_object_get(b->c->config, "IdMap");
	struct root_ids ids;

	if (map) {
		uids =
		    json_pack("[o]", map_line(0, member_int(map, "UID"), member_int(map, "Size")));
		gids =
		    json_pack("[o]", map_line(0, member_int(map, "GID"), member_int(map, "Size")));
	} else if (!b->engine->root->system) {
		root_ids_get(&ids);
		uids = map_lines(ids.uids, ids.uid_count);
		gids = map_lines(ids.gids, ids.gid_count);
	} else {
		return 0;
	}
	b->new_userns = true;
	json_object_set_new(oci_linux, "uidMappings", uids);
	json_object_set_new(oci_linux, "gidMappings", gids);
	return add_namespace(b, list, "user", -1, err);
}

/* Names belong to a UTS namespace of our own. */
static int set_names(struct spec_build *b, struct err *err)
{
	const char *mode = member_str(b->host, "UTSMode");
	const char *hostname = member_str(b->config, "Hostname");
	const char *domain = member_str(b->config, "Domainname");

	json_object_del(b->spec, "hostname");
	if (str_eq(mode, "host") || container_join_is(mode))
		return 0;
	if (*hostname)
		json_object_set_new(b->spec, "hostname", json_string(hostname));
	if (*domain)
		json_object_set_new(b->spec, "domainname", json_string(domain));
	return 0;
}

/* In a network of its own nobody else's ports or pings are at stake, so that an unprivileged user
 * may bind port 80 and ping, as Docker has it. */
static int set_sysctls(struct spec_build *b, struct err *err)
{
	json_t *oci_linux = json_object_get(b->spec, "linux"), *sysctls = json_object();

	if (b->new_netns && b->engine->root->system) {
		json_object_set_new(sysctls, "net.ipv4.ip_unprivileged_port_start",
				    json_string("0"));
		/* the groups must exist in the user namespace */
		json_object_set_new(sysctls, "net.ipv4.ping_group_range",
				    json_string(b->new_userns ? "0 65535" : "0 2147483647"));
	}
	json_object_update(sysctls, json_object_get(b->host, "Sysctls"));
	return json_object_set_new(oci_linux, "sysctl", sysctls) < 0 ? err_oom(err) : 0;
}

static void drop_joined(struct container *c)
{
	while (c->join_count > 0)
		close_fd(&c->join_fds[--c->join_count]);
}

int spec_namespaces(struct spec_build *b, struct err *err)
{
	json_t *list = json_array();
	int r;

	drop_joined(b->c);
	if (json_object_set_new(json_object_get(b->spec, "linux"), "namespaces", list) < 0)
		return err_oom(err);
	r = add_namespace(b, list, "mount", -1, err);
	if (r == 0)
		r = add_user(b, list, err);
	if (r == 0)
		r = add_network(b, list, err);
	if (r == 0)
		r = add_mode(b, list, "PidMode", "pid", CLONE_NEWPID, err);
	if (r == 0)
		r = add_mode(b, list, "IpcMode", "ipc", CLONE_NEWIPC, err);
	if (r == 0)
		r = add_mode(b, list, "UTSMode", "uts", CLONE_NEWUTS, err);
	if (r == 0)
		r = add_mode(b, list, "CgroupnsMode", "cgroup", CLONE_NEWCGROUP, err);
	if (r == 0)
		r = set_names(b, err);
	return r < 0 ? r : set_sysctls(b, err);
}
