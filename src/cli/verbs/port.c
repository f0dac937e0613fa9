/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "cli/container.h"
#include "cli/verbs/verbs.h"
#include "engine/net/attach.h"

/* "53/udp" by number, then protocol; each of its bindings is a line. */
static int compare(const void *a, const void *b)
{
	const char *left = *(const char *const *)a, *right = *(const char *const *)b;
	long difference = strtol(left, NULL, 10) - strtol(right, NULL, 10);

	if (difference)
		return difference < 0 ? -1 : 1;
	return strcmp(strchrnul(left, '/'), strchrnul(right, '/'));
}

static void print_bindings(const char *key, const json_t *list, bool with_key)
{
	json_t *binding;
	size_t i;

	json_array_foreach (list, i, binding) {
		const char *ip = json_string_value(json_object_get(binding, "HostIp"));
		const char *port = json_string_value(json_object_get(binding, "HostPort"));
		bool v6 = strchr(ip, ':');

		if (with_key)
			printf("%s -> ", key);
		printf("%s%s%s:%s\n", v6 ? "[" : "", ip, v6 ? "]" : "", port);
	}
}

static int print_all(json_t *ports, struct err *err)
{
	const char **keys cleanup_free = calloc(json_object_size(ports) + 1, sizeof(char *)), *key;
	json_t *list;
	size_t count = 0;

	if (!keys)
		return err_oom(err);
	json_object_foreach (ports, key, list)
		keys[count++] = key;
	qsort(keys, count, sizeof(*keys), compare);
	for (size_t i = 0; i < count; i++)
		print_bindings(keys[i], json_object_get(ports, keys[i]), true);
	return 0;
}

static int print_one(json_t *ports, const char *what, const char *container, struct err *err)
{
	char *number cleanup_free = strndup(what, strcspn(what, "/"));
	char *key cleanup_free = strchr(what, '/') ? strdup(what) : str_printf("%s/tcp", what);
	uint64_t port;
	json_t *list;
	int r;

	if (!number || !key)
		return err_oom(err);
	r = str_to_u64(number, 65535, "port", &port, err);
	if (r < 0)
		return r;
	list = json_object_get(ports, key);
	if (json_array_size(list) == 0)
		return err_set(err, ERR_NOT_FOUND, ENOENT, "no public port '%s' published for %s",
			       key, container);
	print_bindings(key, list, false);
	return 0;
}

static int run(struct cli *cli, const void *values, int argc, char **argv, struct err *err)
{
	struct container *c cleanup_container = NULL;
	json_t *ports cleanup_json = NULL;
	struct engine *engine;
	int r = cli_load(cli, argv[0], false, &engine, &c, err);

	if (r == 0)
		r = net_ports_describe(engine, c, &ports, err);
	if (r == 0)
		r = argc > 1 ? print_one(ports, argv[1], argv[0], err) : print_all(ports, err);
	return r < 0 ? r : EXIT_SUCCESS;
}

const struct cli_verb verb_port = {
	.name = "port",
	.usage = "CONTAINER [PRIVATE_PORT[/PROTO]]",
	.summary = "List a container's published ports, or where one of them is",
	.min_args = 1,
	.max_args = 2,
	.fail_status = EXIT_FAILED,
	.run = run,
	.complete = "@running",
};
