/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the database as networks. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "engine/container/member.h"
#include "engine/net/network_internal.h"
#include "engine/root/root.h"

void network_free(struct network *network)
{
	if (!network)
		return;
	free(network->name);
	free(network->driver);
	json_decref(network->doc);
	network_subnet_clear(&network->v4);
	network_subnet_clear(&network->v6);
	free(network);
}

void network_list_free(struct network **list, size_t count)
{
	size_t i;

	for (i = 0; list && i < count; i++)
		network_free(list[i]);
	free(list);
}

bool network_is_predefined(const char *name)
{
	return str_eq(name, "bridge") || str_eq(name, "host") || str_eq(name, "none");
}

bool network_has_links(const struct network *network)
{
	return !str_eq(network->driver, "host") && !str_eq(network->driver, "none") &&
	       !str_eq(network->driver, "null");
}

void network_default_link(const struct engine *engine, char ret[IFNAMSIZ])
{
	const char *dash = strchr(engine->root->cgroup_parent, '-');

	if (dash)
		snprintf(ret, IFNAMSIZ, "cr0-%.8s", dash + 1);
	else
		snprintf(ret, IFNAMSIZ, "coracle0");
}

static int fill(struct network *n, struct err *err)
{
	int r = network_ipam_parse(json_object_get(n->doc, "IPAM"), &n->v4, &n->v6, err);

	n->internal = member_bool(n->doc, "Internal");
	if (r == 0)
		r = network_ipam_complete(&n->v4, err);
	if (r == 0)
		r = network_ipam_complete(&n->v6, err);
	return r < 0 ? r : network_options_read(n, json_object_get(n->doc, "Options"), err);
}

int network_from_row(const struct network_row *row, struct network **ret, struct err *err)
{
	struct network *n cleanup_network = calloc(1, sizeof(*n));
	int r;

	if (!n)
		return err_oom(err);
	memcpy(n->id, row->id, sizeof(n->id));
	n->created_ns = row->created_ns;
	n->name = strdup(row->name);
	n->driver = strdup(row->driver);
	if (!n->name || !n->driver)
		return err_oom(err);
	r = js_parse(row->config, strlen(row->config), row->name, &n->doc, err);
	if (r == 0)
		r = fill(n, err);
	if (r < 0) {
		err_wrap(err, "the database's row of network %s", row->name);
		return r;
	}
	*ret = take_ptr(&n);
	return 0;
}

static int find(struct store *store, const char *what, struct network **ret, struct err *err)
{
	struct network_row row cleanup_with(network_row_clear) = { 0 };
	int r = store_network_find(store, what, &row, err);

	return r < 0 ? r : network_from_row(&row, ret, err);
}

int network_find(struct engine *engine, const char *what, struct network **ret, struct err *err)
{
	struct err why = { 0 };
	struct store *store;
	int r = engine_store(engine, &store, err);

	if (r < 0)
		return r;
	r = find(store, what, ret, &why);
	if (r < 0 && why.class == ERR_NOT_FOUND && network_is_predefined(what)) {
		r = network_make_predefined(engine, str_eq(what, "bridge"), err);
		return r < 0 ? r : find(store, what, ret, err);
	}
	if (r < 0 && err)
		*err = why;
	return r;
}

static void free_rows(struct network_row *rows, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		network_row_clear(&rows[i]);
	free(rows);
}

int network_list(struct engine *engine, struct network ***ret, size_t *ret_count, struct err *err)
{
	struct network_row *rows = NULL;
	struct network **list;
	struct store *store;
	size_t count = 0, i;
	int r = network_make_predefined(engine, false, err);

	if (r == 0)
		r = engine_store(engine, &store, err);
	if (r == 0)
		r = store_network_list(store, &rows, &count, err);
	if (r < 0)
		return r;
	list = calloc(count + 1, sizeof(struct network *));
	if (!list)
		r = err_oom(err);
	for (i = 0; r == 0 && i < count; i++)
		r = network_from_row(&rows[i], &list[i], err);
	free_rows(rows, count);
	if (r < 0) {
		network_list_free(list, count);
		return r;
	}
	*ret = list;
	*ret_count = count;
	return 0;
}
