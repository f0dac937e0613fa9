/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/describe.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "engine/container/member.h"
#include "engine/image/snapshot.h"

json_t *describe_time(int64_t ns)
{
	char text[TIME_TEXT_MAX];
	size_t len;

	if (ns == 0)
		return json_string("0001-01-01T00:00:00Z");
	time_format(ns, text);
	len = strlen(text) - 1; /* of what stands before the Z */
	while (len > 0 && text[len - 1] == '0')
		len--;
	if (len > 0 && text[len - 1] == '.')
		len--;
	text[len] = 'Z';
	text[len + 1] = '\0';
	return json_string(text);
}

static const char *ago(int64_t since_ns, int64_t now_ns, char room[32])
{
	return str_human_duration((now_ns - since_ns) / 1000000000, room);
}

char *describe_status(const struct container *c, int64_t now_ns)
{
	const struct run_state *s = &c->state;
	char room[32];

	switch (c->status) {
	case CONTAINER_RUNNING:
		return str_printf("Up %s", ago(s->started_ns, now_ns, room));
	case CONTAINER_PAUSED:
		return str_printf("Up %s (Paused)", ago(s->started_ns, now_ns, room));
	case CONTAINER_RESTARTING:
		return str_printf("Restarting (%d) %s ago", s->exit_status,
				  ago(s->finished_ns, now_ns, room));
	case CONTAINER_EXITED:
		/* when the machine went down nobody wrote the time down */
		if (s->finished_ns == 0)
			return str_printf("Exited (%d)", s->exit_status);
		return str_printf("Exited (%d) %s ago", s->exit_status,
				  ago(s->finished_ns, now_ns, room));
	case CONTAINER_CREATED:
		return strdup("Created");
	case CONTAINER_DEAD:
		return strdup("Dead");
	}
	return NULL;
}

static const json_t *config_of_container(const struct container *c)
{
	return json_object_get(c->config, "Config");
}

const char *describe_path(const struct container *c)
{
	const json_t *config = config_of_container(c);
	const json_t *words = json_object_get(config, "Entrypoint");

	if (json_array_size(words) == 0)
		words = json_object_get(config, "Cmd");
	return json_array_size(words) ? json_string_value(json_array_get(words, 0)) : "";
}

json_t *describe_args(const struct container *c)
{
	const json_t *config = config_of_container(c);
	json_t *args = json_array();

	json_array_extend(args, json_object_get(config, "Entrypoint"));
	json_array_extend(args, json_object_get(config, "Cmd"));
	json_array_remove(args, 0);
	return args;
}

json_t *describe_mounts(const struct container *c)
{
	static const char *const members[] = { "Type", "Source", "Destination",
					       "Mode", "RW",	 "Propagation" };
	json_t *list = json_array(), *point, *out;
	size_t i, k;

	json_array_foreach (json_object_get(c->config, "MountPoints"), i, point) {
		if (member_bool(point, "Hidden"))
			continue;
		out = json_object();
		for (k = 0; k < ARRAY_SIZE(members); k++)
			json_object_set(out, members[k], json_object_get(point, members[k]));
		json_array_append_new(list, out);
	}
	return list;
}

int describe_size(struct engine *engine, const struct container *c, json_t *into, struct err *err)
{
	const json_t *snapshot = json_object_get(c->config, "Snapshot");
	struct image *image cleanup_image = NULL;
	int64_t changed = 0;
	int r;

	if (c->dir_fd < 0)
		return 0;
	r = snapshot_size(engine, snapshot, c->id, &changed, err);
	if (r < 0)
		return r;
	json_object_set_new(into, "SizeRw", json_integer(changed));
	if (*c->image_id && image_resolve(engine, c->image_id, &image, NULL) == 0)
		json_object_set_new(into, "SizeRootFs", json_integer(changed + image->size));
	return 0;
}
