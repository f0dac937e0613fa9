/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "cli/container.h"
#include "cli/verbs/stats.h"

void stats_picture_clear(struct stats_picture *picture)
{
	for (size_t i = 0; i < picture->count; i++) {
		free(picture->items[i].name);
		free(picture->items[i].typed);
		container_sample_clear(&picture->items[i].now);
	}
	free(picture->items);
	*picture = (struct stats_picture){ 0 };
}

static const struct stats_item *find(const struct stats_picture *picture, const char *id)
{
	for (size_t i = 0; picture && i < picture->count; i++)
		if (str_eq(picture->items[i].id, id))
			return &picture->items[i];
	return NULL;
}

/* `typed` NULL: none was named. */
static int add(struct engine *engine, struct container *c, const char *typed,
	       const struct stats_picture *before, struct stats_picture *to, struct err *err)
{
	const struct stats_item *last = find(before, c->id);
	struct stats_item *item = &to->items[to->count];
	char id[13];
	int r = container_sample(engine, c, &item->now, err);

	if (r < 0)
		return r;
	to->count++;
	memcpy(item->id, c->id, sizeof(item->id));
	item->name = strdup(c->name);
	item->typed = strdup(typed ? typed : cli_short_id(c->id, id));
	item->cpu = last && item->now.run ? sample_cpu_percent(&last->now, &item->now) : -1;
	return item->name && item->typed ? 0 : err_oom(err);
}

static int take_wanted(struct engine *engine, const struct stats_wanted *wanted,
		       const struct stats_picture *before, struct stats_picture *to,
		       struct err *err)
{
	for (size_t i = 0; i < wanted->count; i++) {
		struct container *c cleanup_container = NULL;
		struct err one = { 0 };
		int r = container_load(engine, wanted->items[i], false, &c, &one);

		if (r < 0 && before && one.class == ERR_NOT_FOUND)
			continue;
		if (r < 0) {
			*err = one;
			return r;
		}
		r = add(engine, c, wanted->items[i], before, to, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int newest_first(const void *a, const void *b)
{
	const struct container *const *x = a, *const *y = b;

	return ((*x)->created_ns < (*y)->created_ns) - ((*x)->created_ns > (*y)->created_ns);
}

static bool runs(const struct container *c)
{
	return c->status == CONTAINER_RUNNING || c->status == CONTAINER_PAUSED;
}

static int take_listed(struct engine *engine, bool all, struct container **list, size_t count,
		       const struct stats_picture *before, struct stats_picture *to,
		       struct err *err)
{
	int r = 0;

	qsort(list, count, sizeof(*list), newest_first);
	for (size_t i = 0; r == 0 && i < count; i++)
		if (all || runs(list[i]))
			r = add(engine, list[i], NULL, before, to, err);
	return r;
}

int stats_take(struct engine *engine, const struct stats *v, const struct stats_wanted *wanted,
	       const struct stats_picture *before, struct stats_picture *ret, struct err *err)
{
	struct stats_picture picture cleanup_with(stats_picture_clear) = { 0 };
	struct container **list = NULL;
	size_t count = 0;
	int r = wanted->count ? 0 : container_list(engine, &list, &count, err);

	if (r < 0)
		return r;
	picture.items = calloc(wanted->count + count + 1, sizeof(*picture.items));
	if (!picture.items)
		r = err_oom(err);
	else if (wanted->count)
		r = take_wanted(engine, wanted, before, &picture, err);
	else
		r = take_listed(engine, v->all, list, count, before, &picture, err);
	container_list_free(list, count);
	if (r < 0)
		return r;
	*ret = picture;
	picture = (struct stats_picture){ 0 };
	return 0;
}

/* --- text ------------------------------------------------------------------------------------ */

#define UNKNOWN "--"

static json_t *percent(double value)
{
	return value < 0 ? json_string(UNKNOWN) : json_sprintf("%.2f%%", value);
}

static json_t *memory(const struct container_sample *s)
{
	uint64_t used = sample_memory_used(s);
	char now[32], limit[32];

	if (s->run && used == UINT64_MAX)
		return json_string(UNKNOWN);
	return json_sprintf("%s / %s", str_bytes_size(s->run ? (double)used : 0, now),
			    str_bytes_size(s->run ? (double)sample_memory_limit(s) : 0, limit));
}

static double memory_percent(const struct container_sample *s)
{
	uint64_t used = sample_memory_used(s), limit = sample_memory_limit(s);

	if (!s->run)
		return 0;
	return used == UINT64_MAX || !limit ? -1 : 100.0 * (double)used / (double)limit;
}

static json_t *in_and_out(uint64_t in, uint64_t out)
{
	char a[32], b[32];

	if (in == UINT64_MAX || out == UINT64_MAX)
		return json_string(UNKNOWN);
	return json_sprintf("%s / %s", cli_list_size((double)in, a), cli_list_size((double)out, b));
}

static json_t *network(const struct container_sample *s)
{
	uint64_t rx, tx;

	sample_network(s, &rx, &tx);
	if (s->run && !s->own_network)
		return json_string(UNKNOWN);
	return in_and_out(rx, tx);
}

static json_t *pids(const struct container_sample *s)
{
	if (s->run && s->group.pids_current == UINT64_MAX)
		return json_string(UNKNOWN);
	return json_sprintf("%llu", s->run ? (unsigned long long)s->group.pids_current : 0);
}

int stats_make_row(const struct stats_item *item, bool no_trunc, json_t **ret, struct err *err)
{
	const struct container_sample *s = &item->now;
	json_t *row cleanup_json = json_object();
	char id[13];

	if (!row)
		return err_oom(err);
	json_object_set_new(row, "Container", json_string(item->typed));
	json_object_set_new(row, "ID",
			    json_string(no_trunc ? item->id : cli_short_id(item->id, id)));
	json_object_set_new(row, "Name", json_string(item->name));
	json_object_set_new(row, "CPUPerc", percent(s->run ? item->cpu : 0));
	json_object_set_new(row, "MemUsage", memory(s));
	json_object_set_new(row, "MemPerc", percent(memory_percent(s)));
	json_object_set_new(row, "NetIO", network(s));
	json_object_set_new(row, "BlockIO",
			    s->run ? in_and_out(s->group.io_read_bytes, s->group.io_write_bytes)
				   : in_and_out(0, 0));
	json_object_set_new(row, "PIDs", pids(s));
	*ret = take_ptr(&row);
	return 0;
}
