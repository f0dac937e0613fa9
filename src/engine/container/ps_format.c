/* SPDX-License-Identifier: Apache-2.0 */
/* ps(1)'s command line, as far as it chooses columns. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "engine/container/ps.h"

/* name=TITLE, as with -o */
#define PLAIN_COLUMNS "pid,tname,time,ucmd"
#define FULL_COLUMNS "user=UID,pid,ppid,c,stime,tname,time,cmd"
#define BSD_COLUMNS "pid,tname=TTY,stat,bsdtime,args"
#define USER_COLUMNS "user,pid,%cpu,%mem,vsz,rss,tname=TTY,stat,bsdstart,bsdtime=TIME,args=COMMAND"
#define LONG_COLUMNS "s,uid,pid,ppid,c,pri,ni,tname,time,ucmd"

void ps_format_clear(struct ps_format *format)
{
	while (format->count > 0)
		free(format->items[--format->count].title);
}

/* "pid,comm=NAME,user": a title takes the rest of the word, commas too, as in ps(1) — but only with
 * -o; our own lists above have none with commas, so a comma ends it here and there alike. */
static int add_columns(struct ps_format *f, const char *list, struct err *err)
{
	struct strv names cleanup_strv = { 0 };
	size_t i;

	if (strv_split(&names, list, ',') < 0)
		return err_oom(err);
	for (i = 0; i < names.count; i++) {
		const char *name = names.items[i];
		size_t len = strcspn(name, "=");
		int column = ps_column_find(name, len);

		if (column < 0)
			return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
				       "ps column \"%.*s\" is not supported", (int)len, name);
		if (f->count == PS_COLUMNS_MAX)
			return err_invalid(err, "more than %d ps columns", PS_COLUMNS_MAX);
		f->items[f->count].column = column;
		f->items[f->count].title =
		    strdup(name[len] ? name + len + 1 : ps_column_title(column));
		if (!f->items[f->count].title)
			return err_oom(err);
		f->count++;
	}
	return names.count ? 0 : err_invalid(err, "ps option o needs columns");
}

struct scan {
	struct strv words;
	size_t at;
	bool dashed, full, user, own; /* own: by o */
};

static int take_columns(struct scan *s, const char *rest, struct ps_format *f, struct err *err)
{
	s->own = true;
	if (!*rest) {
		if (s->at == s->words.count)
			return err_invalid(err, "ps option o needs columns");
		rest = s->words.items[s->at++];
	}
	return add_columns(f, rest, err);
}

static int scan_word(struct scan *s, const char *word, struct ps_format *f, struct err *err)
{
	bool dash = *word == '-';
	const char *p = word + dash;

	for (s->dashed |= dash; *p; p++) {
		switch (*p) {
		case 'e': /* which processes: those of the container anyway */
		case 'A':
		case 'a':
		case 'x':
		case 'w':
		case 'H':
			break;
		case 'f': /* a BSD f draws a tree, and is accepted as Docker's users type "ef" */
		case 'F':
			s->full = true;
			break;
		case 'u':
			s->user = true;
			break;
		case 'o':
			return take_columns(s, p + 1, f, err);
		default:
			return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
				       "ps option \"%c\" is not supported: use -ef, aux or -o "
				       "COLUMN,…",
				       *p);
		}
	}
	return 0;
}

int ps_format_parse(const char *args, struct ps_format *ret, struct err *err)
{
	struct strv parts cleanup_strv = { 0 };
	struct ps_format f cleanup_with(ps_format_clear) = { .count = 0 };
	struct scan s = { .at = 0 };
	size_t i;
	int r = 0;

	if (strv_split(&parts, args, ' ') < 0)
		return err_oom(err);
	for (i = 0; i < parts.count && r == 0; i++)
		if (*parts.items[i] && strv_add(&s.words, parts.items[i]) < 0)
			r = err_oom(err);
	while (r == 0 && s.at < s.words.count) {
		const char *word = s.words.items[s.at++];

		r = scan_word(&s, word, &f, err);
	}
	strv_free(&s.words);
	if (r == 0 && !s.own)
		r = add_columns(&f,
				s.user	   ? USER_COLUMNS
				: s.full   ? FULL_COLUMNS
				: s.dashed ? PLAIN_COLUMNS
					   : BSD_COLUMNS,
				err);
	if (r < 0)
		return r;
	*ret = f;
	f.count = 0;
	return 0;
}

json_t *ps_format_titles(const struct ps_format *format)
{
	json_t *titles = json_array();
	size_t i;

	for (i = 0; i < format->count; i++)
		json_array_append_new(titles, json_string(format->items[i].title));
	return titles;
}

int ps_format_row(const struct ps_format *format, pid_t pid, json_t **ret, struct err *err)
{
	struct ps_process p cleanup_with(ps_process_clear) = { 0 };
	json_t *row cleanup_json = NULL;
	size_t i;
	int r = ps_process_read(pid, &p, err);

	if (r != 0)
		return r;
	row = json_array();
	for (i = 0; i < format->count; i++) {
		char *text cleanup_free = ps_column_text(format->items[i].column, &p);

		if (!text || json_array_append_new(row, json_string(text)) < 0)
			return err_oom(err);
	}
	*ret = take_ptr(&row);
	return 0;
}
