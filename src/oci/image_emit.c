/* SPDX-License-Identifier: Apache-2.0 */
/* An image's configuration written: members in the specification's order, absent ones left out. */
#include "base/cleanup.h"
#include "oci/image_spec.h"

/* Each adds a member to *object, a new reference of which is stolen; after a failure *object is
 * NULL and stays so, and the end sees it. */

static void put(json_t **object, const char *key, json_t *value)
{
	if (!*object) {
		json_decref(value);
		return;
	}
	if (json_object_set_new(*object, key, value) < 0) {
		json_decref(*object);
		*object = NULL;
	}
}

static void put_text(json_t **object, const char *key, const char *text)
{
	if (text)
		put(object, key, json_string(text));
}

static void put_number(json_t **object, const char *key, int64_t number)
{
	if (number)
		put(object, key, json_integer(number));
}

static void put_true(json_t **object, const char *key, bool value)
{
	if (value)
		put(object, key, json_true());
}

static json_t *list(const struct strv *v)
{
	json_t *array = json_array();

	for (size_t i = 0; array && i < v->count; i++) {
		if (json_array_append_new(array, json_string(v->items[i])) < 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static void put_list(json_t **object, const char *key, const struct strv *v)
{
	if (v->count)
		put(object, key, list(v));
}

/* A set as Go writes one: {"80/tcp": {}}. */
static void put_set(json_t **object, const char *key, const struct strv *v)
{
	json_t *set = json_object();

	if (!v->count) {
		json_decref(set);
		return;
	}
	for (size_t i = 0; i < v->count; i++)
		put(&set, v->items[i], json_object());
	put(object, key, set);
}

static void put_pairs(json_t **object, const char *key, const struct oci_pairs *pairs)
{
	json_t *map = json_object();

	if (!pairs->count) {
		json_decref(map);
		return;
	}
	for (size_t i = 0; i < pairs->count; i++)
		put(&map, pairs->items[i].key, json_string(pairs->items[i].value));
	put(object, key, map);
}

static void put_healthcheck(json_t **object, const struct oci_healthcheck *h)
{
	json_t *j;

	if (!h->set)
		return;
	j = json_object();
	put_list(&j, "Test", &h->test);
	put_number(&j, "Interval", h->interval);
	put_number(&j, "Timeout", h->timeout);
	put_number(&j, "StartPeriod", h->start_period);
	put_number(&j, "StartInterval", h->start_interval);
	put_number(&j, "Retries", h->retries);
	put(object, "Healthcheck", j);
}

static json_t *emit_defaults(const struct oci_image_config *c)
{
	json_t *j = json_object();

	put_text(&j, "User", c->user);
	put_set(&j, "ExposedPorts", &c->exposed_ports);
	put_list(&j, "Env", &c->env);
	put_list(&j, "Entrypoint", &c->entrypoint);
	put_list(&j, "Cmd", &c->cmd);
	put_set(&j, "Volumes", &c->volumes);
	put_text(&j, "WorkingDir", c->working_dir);
	put_pairs(&j, "Labels", &c->labels);
	put_text(&j, "StopSignal", c->stop_signal);
	put_true(&j, "ArgsEscaped", c->args_escaped);
	put_healthcheck(&j, &c->healthcheck);
	put_list(&j, "OnBuild", &c->on_build);
	put_list(&j, "Shell", &c->shell);
	return j;
}

static json_t *emit_history(const struct oci_image_config *c)
{
	json_t *array = json_array();

	for (size_t i = 0; array && i < c->history_count; i++) {
		const struct oci_history *h = &c->history[i];
		json_t *j = json_object();

		put_text(&j, "created", h->created);
		put_text(&j, "created_by", h->created_by);
		put_text(&j, "author", h->author);
		put_text(&j, "comment", h->comment);
		put_true(&j, "empty_layer", h->empty_layer);
		if (json_array_append_new(array, j) < 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

int oci_image_config_emit(const struct oci_image_config *c, json_t **ret, struct err *err)
{
	json_t *j = json_object(), *rootfs = json_object();

	put_text(&j, "created", c->created);
	put_text(&j, "author", c->author);
	put_text(&j, "architecture", c->architecture);
	put_text(&j, "os", c->os);
	put_text(&j, "variant", c->variant);
	put_text(&j, "os.version", c->os_version);
	put(&j, "config", emit_defaults(c));
	put(&rootfs, "type", json_string("layers"));
	put(&rootfs, "diff_ids", list(&c->diff_ids));
	put(&j, "rootfs", rootfs);
	if (c->history_count)
		put(&j, "history", emit_history(c));
	if (!j)
		return err_oom(err);
	*ret = j;
	return 0;
}
