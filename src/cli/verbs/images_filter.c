/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>

#include "base/json.h"
#include "cli/container.h"
#include "cli/verbs/images.h"
#include "engine/image/image.h"

static const char *const known[] = { "before", "dangling", "label", "reference", "since", NULL };

int images_check(const struct images *v, struct err *err)
{
	int r = cli_check_filters(&v->filters, known, err);
	bool dangling;

	for (size_t i = 0; r == 0 && i < v->filters.count; i++)
		if (str_starts(v->filters.items[i], "dangling="))
			r = str_to_bool(v->filters.items[i] + strlen("dangling="),
					"invalid filter 'dangling'", &dangling, err);
	return r;
}

/* A pattern with or without a tag against "repo:tag". */
static bool reference_matches(const char *pattern, const char *tag)
{
	const char *colon = strrchr(tag, ':');
	char name[512];

	if (fnmatch(pattern, tag, FNM_PATHNAME) == 0)
		return true;
	if (!colon)
		return false;
	snprintf(name, sizeof(name), "%.*s", (int)(colon - tag), tag);
	return fnmatch(pattern, name, FNM_PATHNAME) == 0;
}

static bool match_reference(const void *tag, const char *pattern)
{
	return reference_matches(pattern, tag);
}

bool images_tag_matches(const struct images *v, const char *tag)
{
	if (v->reference && !reference_matches(v->reference, tag))
		return false;
	return cli_filter(&v->filters, "reference", match_reference, tag);
}

static bool match_dangling(const void *arg, const char *value)
{
	bool wanted = false;

	str_to_bool(value, "dangling", &wanted, NULL);
	return wanted == (json_array_size(json_object_get(arg, "RepoTags")) == 0);
}

static bool labels_match(const struct images *v, const json_t *image)
{
	for (size_t i = 0; i < v->filters.count; i++)
		if (str_starts(v->filters.items[i], "label=") &&
		    !cli_label_matches(json_object_get(image, "Labels"),
				       v->filters.items[i] + strlen("label=")))
			return false;
	return true;
}

/* --filter before=IMAGE, since=IMAGE: when that one was made, as its row in the list says. */
static int bound(struct engine *engine, const struct images *v, const json_t *list, const char *key,
		 json_int_t *ret, struct err *err)
{
	for (size_t i = 0; i < v->filters.count; i++) {
		json_t *image cleanup_json = NULL;
		const char *id;
		int r;

		if (!str_starts(v->filters.items[i], key))
			continue;
		r = image_inspect(engine, v->filters.items[i] + strlen(key), &image, err);
		if (r < 0)
			return r;
		id = json_string_value(json_object_get(image, "Id"));
		for (size_t k = 0; id && k < json_array_size(list); k++) {
			const json_t *row = json_array_get(list, k);

			if (str_eq(json_string_value(json_object_get(row, "Id")), id))
				*ret = json_integer_value(json_object_get(row, "Created"));
		}
	}
	return 0;
}

int images_select(struct engine *engine, const struct images *v, json_t *list, struct err *err)
{
	json_int_t before = -1, since = -1;
	int r = bound(engine, v, list, "before=", &before, err);

	if (r == 0)
		r = bound(engine, v, list, "since=", &since, err);
	if (r < 0)
		return r;
	for (size_t i = json_array_size(list); i-- > 0;) {
		const json_t *image = json_array_get(list, i);
		json_int_t created = json_integer_value(json_object_get(image, "Created"));

		if ((before >= 0 && created >= before) || (since >= 0 && created <= since) ||
		    !cli_filter(&v->filters, "dangling", match_dangling, image) ||
		    !labels_match(v, image))
			json_array_remove(list, i);
	}
	return 0;
}
