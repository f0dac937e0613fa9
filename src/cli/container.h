/* SPDX-License-Identifier: Apache-2.0 */
/* What verbs over containers share. */
#ifndef CORACLE_CLI_CONTAINER_H
#define CORACLE_CLI_CONTAINER_H

#include "cli/cli.h"
#include "engine/container/container.h"

/* Opens the engine and loads a container, its lock taken with `lock`. */
int cli_load(struct cli *cli, const char *what, bool lock, struct engine **ret_engine,
	     struct container **ret, struct err *err);

/* --timeout's seconds for container_stop(): not given is the container's own. */
int cli_timeout(int64_t given, int *ret, struct err *err);

/* A time as --since and --until take it: RFC 3339 in full or down to a date (local time without an
 * offset), Unix seconds, or a duration before now ("10m"). */
int cli_parse_time(const char *text, const char *flag, int64_t *ret_ns, struct err *err);

/* "KEY=VALUE" filters as given by --filter, each key one of `known` (NULL-terminated). */
int cli_check_filters(const struct strv *filters, const char *const *known, struct err *err);
/* Whether some filter of the key has a value that `match` accepts, or there is none of the key. */
bool cli_filter(const struct strv *filters, const char *key,
		bool (*match)(const void *arg, const char *value), const void *arg);
/* Labels {"k":"v"} against "k" or "k=v". */
bool cli_label_matches(const json_t *labels, const char *wanted);
/* The method {{.Label "key"}} of a list's rows (struct list_format): `labels` is the object. */
int cli_label_method(const void *labels, const char *name, const json_t *args, json_t **ret,
		     struct err *err);
/* "a=1,b=2" of an object of strings, as Docker lists labels; malloc'ed. */
char *cli_join_labels(const json_t *labels);

/* The first 12 hex digits of an id, without "sha256:". */
char *cli_short_id(const char *id, char out[13]);

/* "1.98MB": decimal, three digits, as Docker lists sizes (elsewhere it shows four). */
char *cli_list_size(double bytes, char out[32]);

/* Unix seconds as "2026-11-24 03:44:40 +0000 UTC" in the local zone. */
char *cli_local_time(int64_t seconds, char out[64]);

#endif
