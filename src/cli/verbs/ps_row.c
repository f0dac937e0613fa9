/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/time.h"
#include "cli/format/lex.h"
#include "cli/format/value.h"
#include "cli/verbs/ps.h"

static const char *member(const json_t *summary, const char *key)
{
	const char *text = json_string_value(json_object_get(summary, key));

	return text ? text : "";
}

/* At most `max` characters, the last one then an ellipsis; appended to *out. */
static void add_shortened(struct buf *out, const char *text, int max)
{
	size_t len = strlen(text), at = 0, cut = 0;
	unsigned code;

	for (int i = 0; at < len && i < max; i++) {
		cut = at;
		at += utf8_decode(text + at, len - at, &code);
	}
	if (at == len) {
		buf_add(out, text, len);
		return;
	}
	buf_add(out, text, cut);
	buf_add_str(out, "\xe2\x80\xa6");
}

static json_t *command_of(const json_t *summary, bool no_trunc)
{
	struct buf text cleanup_buf = BUF_INIT(1 << 20), quoted cleanup_buf = BUF_INIT(8 << 20);

	if (no_trunc)
		buf_add_str(&text, member(summary, "Command"));
	else
		add_shortened(&text, member(summary, "Command"), 20);
	value_quote(&quoted, buf_str(&text), text.len);
	return json_stringn(buf_str(&quoted), quoted.len);
}

static json_t *names_of(const json_t *summary)
{
	struct buf b cleanup_buf = BUF_INIT(1 << 16);
	const json_t *names = json_object_get(summary, "Names");

	for (size_t i = 0; i < json_array_size(names); i++) {
		const char *name = json_string_value(json_array_get(names, i));

		buf_printf(&b, "%s%s", i ? "," : "", name + (*name == '/'));
	}
	return json_stringn(buf_str(&b), b.len);
}

/* Sources of the mounts, each at most 15 characters. */
static json_t *mounts_of(const json_t *summary, bool no_trunc)
{
	struct buf b cleanup_buf = BUF_INIT(1 << 20);
	const json_t *mounts = json_object_get(summary, "Mounts");

	for (size_t i = 0; i < json_array_size(mounts); i++) {
		const json_t *mount = json_array_get(mounts, i);
		const char *name = member(mount, "Name");

		if (!*name)
			name = member(mount, "Source");
		buf_add_str(&b, i ? "," : "");
		add_shortened(&b, name, no_trunc ? 4096 : 15);
	}
	return json_stringn(buf_str(&b), b.len);
}

static json_t *networks_of(const json_t *summary)
{
	const json_t *settings = json_object_get(summary, "NetworkSettings");
	struct buf b cleanup_buf = BUF_INIT(1 << 20);
	const char **names cleanup_free = NULL;

	if (value_sorted_keys(json_object_get(settings, "Networks"), &names) < 0)
		return NULL;
	for (size_t i = 0; names[i]; i++)
		buf_printf(&b, "%s%s", i ? "," : "", names[i]);
	return json_stringn(buf_str(&b), b.len);
}

static json_t *size_of(const json_t *summary, bool size)
{
	char rw[32], all[32];
	json_int_t bytes = json_integer_value(json_object_get(summary, "SizeRw"));
	json_int_t total = json_integer_value(json_object_get(summary, "SizeRootFs"));

	if (!size)
		return json_string("0B");
	cli_list_size((double)bytes, rw);
	if (total <= 0)
		return json_string(rw);
	return json_sprintf("%s (virtual %s)", rw, cli_list_size((double)total, all));
}

static json_t *id_of(const json_t *summary, bool no_trunc)
{
	char id[13];

	return json_string(no_trunc ? member(summary, "Id")
				    : cli_short_id(member(summary, "Id"), id));
}

static void set_times(json_t *row, const json_t *summary)
{
	int64_t created = json_integer_value(json_object_get(summary, "Created"));
	char text[64], duration[32];

	json_object_set_new(row, "CreatedAt", json_string(cli_local_time(created, text)));
	str_human_duration(time_now_ns() / 1000000000 - created, duration);
	json_object_set_new(row, "RunningFor", json_sprintf("%s ago", duration));
}

int ps_make_row(const json_t *summary, bool no_trunc, bool size, json_t **ret, struct err *err)
{
	json_t *row cleanup_json = json_object();
	const json_t *labels = json_object_get(summary, "Labels");
	char *joined cleanup_free = cli_join_labels(labels);

	if (!row || !joined)
		return err_oom(err);
	json_object_set_new(row, "ID", id_of(summary, no_trunc));
	json_object_set_new(row, "Names", names_of(summary));
	json_object_set_new(row, "Image", json_string(member(summary, "Image")));
	json_object_set_new(row, "Command", command_of(summary, no_trunc));
	set_times(row, summary);
	json_object_set_new(row, "Ports", ps_ports(summary));
	json_object_set_new(row, "State", json_string(member(summary, "State")));
	json_object_set_new(row, "Status", json_string(member(summary, "Status")));
	json_object_set_new(row, "Size", size_of(summary, size));
	json_object_set_new(row, "Labels", json_string(joined));
	json_object_set_new(row, "LocalVolumes", json_string("0"));
	json_object_set_new(row, "Mounts", mounts_of(summary, no_trunc));
	json_object_set_new(row, "Networks", networks_of(summary));
	json_object_set_new(row, "Platform", json_null());
	*ret = take_ptr(&row);
	return 0;
}
