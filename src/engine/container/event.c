/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/event.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/log.h"
#include "base/time.h"
#include "engine/container/container.h"
#include "engine/root/root.h"

void engine_event(struct engine *engine, const char *type, const char *action, const char *id,
		  const char *from, json_t *attributes)
{
	bool container = strcmp(type, "container") == 0;
	json_t *event cleanup_json = json_object();
	char *line cleanup_free = NULL;
	int64_t now = time_now_ns();
	struct err err;

	if (!attributes)
		attributes = json_object();
	/* the first three are the old form, which clients still read */
	if (container) {
		json_object_set_new(event, "status", json_string(action));
		json_object_set_new(event, "id", json_string(id));
		json_object_set_new(event, "from", json_string(from ? from : ""));
	}
	json_object_set_new(event, "Type", json_string(type));
	json_object_set_new(event, "Action", json_string(action));
	json_object_set_new(event, "Actor",
			    json_pack("{ss so}", "ID", id, "Attributes", attributes));
	json_object_set_new(event, "scope", json_string("local"));
	json_object_set_new(event, "time", json_integer(now / 1000000000));
	json_object_set_new(event, "timeNano", json_integer(now));
	line = event ? js_dump(event, JSON_COMPACT) : NULL;
	if (!line)
		log_warn("event %s of %s: out of memory", action, id);
	else if (root_append_event(engine->root, line, &err) < 0)
		log_warn("event %s of %s: %s", action, id, err.text);
}

void container_event(struct engine *engine, const struct container *c, const char *action,
		     json_t *more_attributes)
{
	json_t *labels = json_object_get(json_object_get(c->config, "Config"), "Labels");
	json_t *attributes = json_object();

	if (labels)
		json_object_update(attributes, labels);
	json_object_set_new(attributes, "image", json_string(c->image));
	json_object_set_new(attributes, "name", json_string(c->name));
	if (more_attributes) {
		json_object_update(attributes, more_attributes);
		json_decref(more_attributes);
	}
	engine_event(engine, "container", action, c->id, c->image, attributes);
}
