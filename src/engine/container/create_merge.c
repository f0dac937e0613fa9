/* SPDX-License-Identifier: Apache-2.0 */
/* What the image's configuration says where the request says nothing, by Docker's rules. */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/path.h"
#include "base/str.h"
#include "engine/container/create_internal.h"

/* An image's file is as hostile as any input: each member is checked as the request's are. */
struct image_part {
	json_t *env, *cmd, *entrypoint, *labels, *ports, *volumes, *healthcheck;
	const char *user, *working_dir, *stop_signal;
};

static int strings_of(const json_t *config, const char *key, json_t **ret, struct err *err)
{
	json_t *items = NULL, *item;
	size_t i;
	int r = js_get_arr(config, "the image's config", key, &items, err);

	if (r < 0)
		return r;
	json_array_foreach (items, i, item)
		if (!json_is_string(item))
			return err_invalid(err, "the image's config: %s must hold strings", key);
	*ret = items;
	return 0;
}

static int read_image(const json_t *image, struct image_part *ret, struct err *err)
{
	static const char where[] = "the image's config";
	struct image_part p = { .user = "", .working_dir = "", .stop_signal = "" };
	json_t *config = NULL;
	int r = js_get_obj(image, "the image", "config", &config, err);

	if (r < 0 || !config) {
		*ret = p;
		return r;
	}
	if (strings_of(config, "Env", &p.env, err) < 0 ||
	    strings_of(config, "Cmd", &p.cmd, err) < 0 ||
	    strings_of(config, "Entrypoint", &p.entrypoint, err) < 0 ||
	    js_get_obj(config, where, "Labels", &p.labels, err) < 0 ||
	    js_get_obj(config, where, "ExposedPorts", &p.ports, err) < 0 ||
	    js_get_obj(config, where, "Volumes", &p.volumes, err) < 0 ||
	    js_get_obj(config, where, "Healthcheck", &p.healthcheck, err) < 0 ||
	    js_get_str(config, where, "User", &p.user, err) < 0 ||
	    js_get_str(config, where, "WorkingDir", &p.working_dir, err) < 0 ||
	    js_get_str(config, where, "StopSignal", &p.stop_signal, err) < 0)
		return err ? -err->code : -EINVAL;
	*ret = p;
	return 0;
}

static size_t length(const json_t *array)
{
	return json_is_array(array) ? json_array_size(array) : 0;
}

static bool is_one_empty(const json_t *array)
{
	return length(array) == 1 && *json_string_value(json_array_get(array, 0)) == '\0';
}

/*
 * The image's command belongs to the image's entry point: whoever gives an entry point of his own
 * gets neither. [""] resets the entry point without giving one.
 */
static int merge_command(struct create *c, const struct image_part *image, struct err *err)
{
	json_t *entrypoint = json_object_get(c->config, "Entrypoint");
	json_t *cmd = json_object_get(c->config, "Cmd");

	if (length(entrypoint) == 0) {
		if (length(cmd) == 0 && image->cmd)
			json_object_set_new(c->config, "Cmd", json_deep_copy(image->cmd));
		if (!json_is_array(entrypoint) && image->entrypoint)
			json_object_set_new(c->config, "Entrypoint",
					    json_deep_copy(image->entrypoint));
	}
	if (is_one_empty(json_object_get(c->config, "Entrypoint")))
		json_object_set_new(c->config, "Entrypoint", json_null());
	if (length(json_object_get(c->config, "Entrypoint")) == 0 &&
	    length(json_object_get(c->config, "Cmd")) == 0)
		return err_invalid(err, "no command specified");
	return 0;
}

static bool has_variable(const json_t *env, const char *entry)
{
	size_t name = strcspn(entry, "="), i;
	const char *text;
	json_t *item;

	json_array_foreach (env, i, item) {
		text = json_string_value(item);
		if (strcspn(text, "=") == name && strncmp(text, entry, name) == 0)
			return true;
	}
	return false;
}

static void merge_env(struct create *c, const struct image_part *image)
{
	json_t *env = json_object_get(c->config, "Env"), *item;
	size_t i;

	json_array_foreach (image->env, i, item)
		if (!has_variable(env, json_string_value(item)))
			json_array_append(env, item);
}

static int merge_labels(struct create *c, const struct image_part *image, struct err *err)
{
	json_t *labels = json_object_get(c->config, "Labels"), *value;
	const char *key;

	json_object_foreach (image->labels, key, value) {
		if (!json_is_string(value))
			return err_invalid(err, "the image's config: label \"%s\" must be a string",
					   key);
		if (!json_object_get(labels, key))
			json_object_set(labels, key, value);
	}
	return 0;
}

static void merge_ports(struct create *c, const struct image_part *image)
{
	json_t *ports = json_object_get(c->config, "ExposedPorts"), *value;
	const char *key;

	if (!image->ports || json_object_size(image->ports) == 0)
		return;
	if (!ports) {
		ports = json_object();
		json_object_set_new(c->config, "ExposedPorts", ports);
	}
	json_object_foreach (image->ports, key, value)
		json_object_set_new(ports, key, json_object());
}

static void merge_text(struct create *c, const char *key, const char *image)
{
	if (*image && *member_str(c->config, key) == '\0')
		json_object_set_new(c->config, key, json_string(image));
}

/* Said aloud, because a user of the image may count on them. */
static void warn_missing(struct create *c, const struct image_part *image)
{
	const char *path, *test = NULL;
	json_t *value;

	json_object_foreach (image->volumes, path, value)
		create_warn(c,
			    "the image's volume %s is kept with the container: anonymous volumes "
			    "are not supported",
			    path);
	if (image->healthcheck)
		test = json_string_value(
		    json_array_get(json_object_get(image->healthcheck, "Test"), 0));
	if (test && !str_eq(test, "NONE"))
		create_warn(c, "the image's health check is not run: health checks are not "
			       "supported");
}

static int check_directory(struct create *c, struct err *err)
{
	const char *dir = member_str(c->config, "WorkingDir");
	char *clean cleanup_free = NULL;

	if (!*dir)
		return 0;
	if (*dir != '/')
		return err_invalid(err,
				   "the working directory '%s' is invalid, it needs to be an "
				   "absolute path",
				   dir);
	clean = path_clean(dir);
	if (!clean)
		return err_oom(err);
	json_object_set_new(c->config, "WorkingDir", json_string(clean));
	return 0;
}

int create_merge_image(struct create *c, struct err *err)
{
	struct image_part image = { 0 };
	int r = read_image(c->image->config, &image, err);

	if (r < 0)
		return r;
	merge_text(c, "User", image.user);
	merge_text(c, "WorkingDir", image.working_dir);
	merge_text(c, "StopSignal", image.stop_signal);
	merge_env(c, &image);
	merge_ports(c, &image);
	warn_missing(c, &image);
	r = merge_command(c, &image, err);
	if (r == 0)
		r = merge_labels(c, &image, err);
	return r < 0 ? r : check_directory(c, err);
}
