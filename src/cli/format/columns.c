/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/format/columns.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/format/lex.h"

struct cell {
	const char *text;
	size_t len;
	int width, column_width; /* in characters; the latter once its column is known */
};

struct line {
	struct cell *cells; /* the last one ends no column */
	size_t count;
};

static int rune_count(const char *text, size_t len)
{
	unsigned code;
	int n = 0;

	for (size_t i = 0; i < len; n++)
		i += utf8_decode(text + i, len - i, &code);
	return n;
}

static size_t count_char(const char *text, size_t len, char c)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += text[i] == c;
	return n;
}

static int split_line(const char *text, size_t len, struct line *ret)
{
	const char *end = text + len, *tab;
	size_t count = count_char(text, len, '\t') + 1;
	struct cell *cells = calloc(count, sizeof(*cells));

	if (!cells)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++, text = tab + 1) {
		tab = memchr(text, '\t', (size_t)(end - text));
		cells[i].text = text;
		cells[i].len = (size_t)((tab ? tab : end) - text);
		cells[i].width = rune_count(text, cells[i].len);
		if (!tab)
			break;
	}
	*ret = (struct line){ cells, count };
	return 0;
}

/* The block of lines from `first` on that have a cell ended by a tab at `column`. */
static void widen_block(struct line *lines, size_t count, size_t first, size_t column,
			int min_width, int padding)
{
	size_t last = first;
	int width = 0;

	for (; last < count && lines[last].count > column + 1; last++)
		if (lines[last].cells[column].width > width)
			width = lines[last].cells[column].width;
	width += padding;
	if (width < min_width)
		width = min_width;
	for (size_t i = first; i < last; i++)
		lines[i].cells[column].column_width = width;
}

static void widen(struct line *lines, size_t count, int min_width, int padding)
{
	for (size_t i = 0; i < count; i++)
		for (size_t c = 0; c + 1 < lines[i].count; c++)
			if (lines[i].cells[c].column_width == 0)
				widen_block(lines, count, i, c, min_width, padding);
}

static void print_line(struct buf *out, const struct line *line)
{
	for (size_t c = 0; c < line->count; c++) {
		buf_add(out, line->cells[c].text, line->cells[c].len);
		if (c + 1 < line->count)
			buf_printf(out, "%*s", line->cells[c].column_width - line->cells[c].width,
				   "");
	}
}

int columns_align(const char *text, int min_width, int padding, struct buf *out)
{
	size_t count = count_char(text, strlen(text), '\n') + 1, n = 0;
	struct line *lines = calloc(count, sizeof(*lines));
	const char *p = text, *end;
	int r = lines ? 0 : -ENOMEM;

	for (; r == 0; p = end + 1) {
		end = strchrnul(p, '\n');
		r = split_line(p, (size_t)(end - p), &lines[n]);
		if (r < 0 || !*end)
			break;
		n++;
	}
	if (r == 0) {
		widen(lines, count, min_width, padding);
		for (size_t i = 0; i < count; i++) {
			print_line(out, &lines[i]);
			if (i + 1 < count)
				buf_add_char(out, '\n');
		}
	} else {
		out->failed = r;
	}
	for (size_t i = 0; lines && i < count; i++)
		free(lines[i].cells);
	free(lines);
	return out->failed;
}
