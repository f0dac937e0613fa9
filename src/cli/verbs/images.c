/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/time.h"
#include "cli/container.h"
#include "cli/format/format.h"
#include "cli/verbs/images.h"
#include "cli/verbs/verbs.h"
#include "engine/image/image.h"

static const struct cli_option options[] = {
	OPT(images, all, "all", 'a', CLI_BOOL, NULL,
	    "Those without a name too, which are listed anyhow", NULL),
	OPT(images, digests, "digests", 0, CLI_BOOL, NULL, "A column of digests", NULL),
	OPT(images, filters, "filter", 'f', CLI_LIST, "filter",
	    "Only those with KEY=VALUE: before, dangling, label, reference, since",
	    "before= dangling= label= reference= since="),
	OPT(images, format, "format", 0, CLI_STRING, "string",
	    "How to print: json, table, 'table TEMPLATE' or a template", "json table"),
	OPT(images, no_trunc, "no-trunc", 0, CLI_BOOL, NULL, "Whole ids", NULL),
	OPT(images, quiet, "quiet", 'q', CLI_BOOL, NULL, "Only the ids", NULL),
	OPT_REFUSED_BOOL("tree", 0, "images of one platform only"),
	{ 0 },
};

static const char *const headings[][2] = {
	{ "Containers", "CONTAINERS" },
	{ "CreatedAt", "CREATED AT" },
	{ "CreatedSince", "CREATED" },
	{ "Digest", "DIGEST" },
	{ "ID", "IMAGE ID" },
	{ "Repository", "REPOSITORY" },
	{ "SharedSize", "SHARED SIZE" },
	{ "Size", "SIZE" },
	{ "Tag", "TAG" },
	{ "UniqueSize", "UNIQUE SIZE" },
	{ "VirtualSize", "SIZE" },
	{ NULL, NULL },
};

static const struct list_format format = {
	"table {{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}", "{{.ID}}",
	headings, NULL
};
static const struct list_format format_digests = {
	"table {{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}",
	"{{.ID}}", headings, NULL
};

/* "repo:tag" in its two halves; a port's colon is not the tag's. */
static void set_name(json_t *row, const char *reference)
{
	const char *colon = strrchr(reference, ':');

	if (!colon || strchr(colon, '/'))
		colon = reference + strlen(reference);
	json_object_set_new(row, "Repository",
			    json_stringn(reference, (size_t)(colon - reference)));
	json_object_set_new(row, "Tag", json_string(*colon ? colon + 1 : "<none>"));
}

/* Of "repo@sha256:…" the one whose repository the row is about. */
static const char *digest_of(const json_t *image, const char *repository)
{
	const json_t *digests = json_object_get(image, "RepoDigests");
	size_t len = strlen(repository);

	for (size_t i = 0; i < json_array_size(digests); i++) {
		const char *text = json_string_value(json_array_get(digests, i));

		if (strncmp(text, repository, len) == 0 && text[len] == '@')
			return text + len + 1;
	}
	return "<none>";
}

static json_t *containers_of(const json_t *image)
{
	const json_t *count = json_object_get(image, "Containers");

	return json_is_integer(count) && json_integer_value(count) >= 0
		   ? json_sprintf("%lld", (long long)json_integer_value(count))
		   : json_string("N/A");
}

static int make_row(const json_t *image, const char *reference, const struct images *v,
		    json_t **ret, struct err *err)
{
	json_t *row cleanup_json = json_object();
	int64_t created = json_integer_value(json_object_get(image, "Created"));
	const char *id = json_string_value(json_object_get(image, "Id"));
	char text[64], size[32];

	if (!row || !id)
		return err_oom(err);
	set_name(row, reference);
	json_object_set_new(row, "ID", json_string(v->no_trunc ? id : cli_short_id(id, text)));
	json_object_set_new(
	    row, "Digest",
	    json_string(digest_of(image, json_string_value(json_object_get(row, "Repository")))));
	json_object_set_new(row, "CreatedAt", json_string(cli_local_time(created, text)));
	str_human_duration(time_now_ns() / 1000000000 - created, text);
	json_object_set_new(row, "CreatedSince",
			    created > 0 ? json_sprintf("%s ago", text) : json_string("N/A"));
	cli_list_size((double)json_integer_value(json_object_get(image, "Size")), size);
	json_object_set_new(row, "Size", json_string(size));
	str_human_size((double)json_integer_value(json_object_get(image, "Size")), size);
	json_object_set_new(row, "VirtualSize", json_string(size));
	json_object_set_new(row, "Containers", containers_of(image));
	json_object_set_new(row, "SharedSize", json_string("N/A"));
	json_object_set_new(row, "UniqueSize", json_string("N/A"));
	*ret = take_ptr(&row);
	return 0;
}

static int print_image(struct formatter *f, const json_t *image, const struct images *v,
		       struct err *err)
{
	const json_t *tags = json_object_get(image, "RepoTags");
	size_t count = json_array_size(tags);
	int r = 0;

	for (size_t i = 0; r == 0 && (i < count || i == 0); i++) {
		const char *tag =
		    count ? json_string_value(json_array_get(tags, i)) : "<none>:<none>";
		json_t *row cleanup_json = NULL;

		if (!images_tag_matches(v, tag))
			continue;
		r = make_row(image, tag, v, &row, err);
		if (r == 0)
			r = formatter_row(f, row, NULL, err);
	}
	return r;
}

static int run(struct cli *cli, const void *values, int argc, char **argv, struct err *err)
{
	struct images v = *(const struct images *)values;
	struct formatter *f cleanup_formatter = NULL;
	json_t *list cleanup_json = NULL;
	struct engine *engine;
	int r = formatter_new(v.digests ? &format_digests : &format,
			      v.format ? v.format : cli->format, v.quiet, &f, err);

	v.reference = argc > 0 ? argv[0] : NULL;
	if (r == 0)
		r = images_check(&v, err);
	if (r == 0)
		r = cli_engine(cli, &engine, err);
	if (r == 0)
		r = image_list(engine, &list, err);
	if (r == 0)
		r = images_select(engine, &v, list, err);
	for (size_t i = 0; r == 0 && i < json_array_size(list); i++)
		r = print_image(f, json_array_get(list, i), &v, err);
	if (r == 0)
		r = formatter_end(f, err);
	return r < 0 ? r : EXIT_SUCCESS;
}

const struct cli_verb verb_images = {
	.name = "images",
	.usage = "[OPTIONS] [REPOSITORY[:TAG]]",
	.summary = "List images",
	.description = "host: and dir: are no stored images and are not listed.\n\nFields of a "
		       "template: .ID .Repository .Tag .Digest .CreatedSince .CreatedAt .Size",
	.tables = { options },
	.max_args = 1,
	.values_size = sizeof(struct images),
	.fail_status = EXIT_FAILED,
	.run = run,
	.complete = "@image",
};
