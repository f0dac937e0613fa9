/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "cli/container.h"
#include "cli/format/format.h"
#include "cli/verbs/verbs.h"
#include "engine/image/image.h"
#include "engine/net/network.h"

struct inspect {
	const char *format, *type;
	bool size, verbose;
};

static const struct inspect defaults = { .type = "" };
static const struct inspect container_defaults = { .type = "container" };
static const struct inspect image_defaults = { .type = "image" };
static const struct inspect network_defaults = { .type = "network" };

#define FORMAT                                                    \
	OPT(inspect, format, "format", 'f', CLI_STRING, "string", \
	    "How to print: json, or a template for each", "json")
#define SIZE \
	OPT(inspect, size, "size", 's', CLI_BOOL, NULL, "Bytes of a container's layers too", NULL)

static const struct cli_option options[] = {
	FORMAT,
	SIZE,
	OPT(inspect, type, "type", 0, CLI_STRING, "string",
	    "Look only for: container, image or network", "container image network"),
	{ 0 },
};
static const struct cli_option container_options[] = { FORMAT, SIZE, { 0 } };
static const struct cli_option image_options[] = {
	FORMAT,
	OPT_REFUSED("platform", 0, "images of one platform only"),
	{ 0 },
};

static const struct cli_option network_options[] = {
	FORMAT,
	OPT(inspect, verbose, "verbose", 'v', CLI_BOOL, NULL,
	    "Accepted: only networks of swarms have more to tell", NULL),
	{ 0 },
};

static int look_container(struct cli *cli, const struct inspect *v, const char *what, json_t **ret,
			  struct err *err)
{
	struct container *c cleanup_container = NULL;
	struct engine *engine;
	int r = cli_load(cli, what, false, &engine, &c, err);

	return r < 0 ? r : container_inspect(engine, c, v->size, ret, err);
}

static int look_image(struct cli *cli, const char *what, json_t **ret, struct err *err)
{
	struct engine *engine;
	int r = cli_engine(cli, &engine, err);

	return r < 0 ? r : image_inspect(engine, what, ret, err);
}

static int look_network(struct cli *cli, const char *what, json_t **ret, struct err *err)
{
	struct network *network cleanup_network = NULL;
	struct engine *engine;
	int r = cli_engine(cli, &engine, err);

	if (r == 0)
		r = network_find(engine, what, &network, err);
	return r < 0 ? r : network_inspect(engine, network, ret, err);
}

/* Without a type: containers come before images of the same name, and these before networks. */
static int look(struct cli *cli, const struct inspect *v, const char *what, json_t **ret,
		struct err *err)
{
	int r;

	if (str_eq(v->type, "container"))
		return look_container(cli, v, what, ret, err);
	if (str_eq(v->type, "image"))
		return look_image(cli, what, ret, err);
	if (str_eq(v->type, "network"))
		return look_network(cli, what, ret, err);
	r = look_container(cli, v, what, ret, err);
	if (r < 0 && err->class == ERR_NOT_FOUND)
		r = look_image(cli, what, ret, err);
	if (r < 0 && err->class == ERR_NOT_FOUND)
		r = look_network(cli, what, ret, err);
	if (r < 0 && err->class == ERR_NOT_FOUND)
		return err_set(err, ERR_NOT_FOUND, ENOENT, "No such object: %s", what);
	return r;
}

static int print_array(const json_t *found, struct err *err)
{
	char *text cleanup_free = js_dump(found, JSON_INDENT(4));

	if (!text)
		return err_oom(err);
	printf("%s\n", text);
	return 0;
}

static int print(struct cli *cli, const struct inspect *v, const json_t *found, struct err *err)
{
	static const struct template_env env = { .shape = format_inspect_shape,
						 .omitted = format_inspect_omitted };
	const char *text = v->format ? v->format : cli->format;
	json_t *one;
	size_t i;

	if (!text || !*text)
		return print_array(found, err);
	json_array_foreach (found, i, one) {
		int r = format_value(text, one, &env, err);

		if (r < 0)
			return r;
	}
	return 0;
}

static int check(const struct inspect *v, struct err *err)
{
	struct template *t cleanup_template = NULL;

	if (*v->type && !str_eq(v->type, "container") && !str_eq(v->type, "image") &&
	    !str_eq(v->type, "network"))
		return err_invalid(err, "\"%s\" is not a valid value for --type", v->type);
	if (!v->format || str_eq(v->format, "json"))
		return 0;
	return template_parse(v->format, &t, err) < 0 ? err_wrap(err, "template parsing error") : 0;
}

static int run(struct cli *cli, const void *values, int argc, char **argv, struct err *err)
{
	const struct inspect *v = values;
	json_t *found cleanup_json = json_array();
	int status = EXIT_SUCCESS;
	int r = found ? check(v, err) : err_oom(err);

	if (r < 0)
		return r;
	for (int i = 0; i < argc; i++) {
		json_t *one = NULL;
		struct err why = { 0 };

		if (look(cli, v, argv[i], &one, &why) < 0) {
			cli_complain("%s", why.text);
			status = EXIT_FAILED;
		} else if (json_array_append_new(found, one) < 0) {
			return err_oom(err);
		}
	}
	r = print(cli, v, found, err);
	return r < 0 ? r : status;
}

#define COMMON                                                                \
	.min_args = 1, .max_args = -1, .values_size = sizeof(struct inspect), \
	.fail_status = EXIT_FAILED, .run = run

const struct cli_verb verb_inspect = {
	.name = "inspect",
	.usage = "[OPTIONS] NAME|ID [NAME|ID...]",
	.summary = "Show all that is known of containers, images or networks",
	.tables = { options },
	.defaults = &defaults,
	.complete = "@container",
	COMMON,
};

const struct cli_verb verb_inspect_container = {
	.name = "container inspect",
	.usage = "[OPTIONS] CONTAINER [CONTAINER...]",
	.summary = "Show all that is known of containers",
	.tables = { container_options },
	.defaults = &container_defaults,
	.complete = "@container",
	COMMON,
};

const struct cli_verb verb_inspect_image = {
	.name = "image inspect",
	.usage = "[OPTIONS] IMAGE [IMAGE...]",
	.summary = "Show all that is known of images",
	.tables = { image_options },
	.defaults = &image_defaults,
	.complete = "@image",
	COMMON,
};

const struct cli_verb verb_inspect_network = {
	.name = "network inspect",
	.usage = "[OPTIONS] NETWORK [NETWORK...]",
	.summary = "Show all that is known of networks",
	.tables = { network_options },
	.defaults = &network_defaults,
	.complete = "@network",
	COMMON,
};
