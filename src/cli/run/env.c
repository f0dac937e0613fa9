/* SPDX-License-Identifier: Apache-2.0 */
/* Environments and labels, from flags and from files of lines. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "cli/format/lex.h"
#include "cli/run/run.h"

enum { FILE_MAX = 1 << 20, LINE_MAX_BYTES = 65536 };

typedef int (*line_fn)(json_t *into, const char *line, struct err *err);

static bool is_utf8(const char *text)
{
	size_t len = strlen(text), n;
	unsigned code;

	for (size_t i = 0; i < len; i += n) {
		n = utf8_decode(text + i, len - i, &code);
		if (code == 0xfffd && n == 1)
			return false;
	}
	return true;
}

/* A line of a file: blank ones and comments are skipped, blanks in front of a name are not its. */
static int take_line(json_t *into, char *line, line_fn fn, struct err *err)
{
	size_t name_len;

	if (str_ends(line, "\r"))
		line[strlen(line) - 1] = '\0';
	line += strspn(line, " \t\v\f");
	if (!*line || *line == '#')
		return 0;
	name_len = strcspn(line, "=");
	if (name_len == 0)
		return err_invalid(err, "no variable name on line '%s'", line);
	if (strcspn(line, " \t\v\f") < name_len)
		return err_invalid(err, "variable '%.*s' contains whitespaces", (int)name_len,
				   line);
	return fn(into, line, err);
}

/* The file is the user's own, named by the user: links and pipes (<(…)) are welcome. */
static int read_file(const char *path, struct buf *text, struct err *err)
{
	int fd cleanup_fd = open(path, O_RDONLY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return err_sys(err, errno, "open %s", path);
	r = fd_read_all(fd, text);
	return r < 0 ? err_sys(err, r, "read %s", path) : 0;
}

static int take_file(json_t *into, const char *path, line_fn fn, struct err *err)
{
	struct buf text cleanup_buf = BUF_INIT(FILE_MAX);
	char *line, *end;
	int r = read_file(path, &text, err), number = 1;

	if (r < 0)
		return r;
	if (text.len && strlen(text.data) != text.len)
		return err_invalid(err, "%s: contains a NUL byte", path);
	line = text.data;
	if (line && str_starts(line, "\xef\xbb\xbf"))
		line += 3;
	for (; line && *line && r == 0; line = end, number++) {
		end = strchrnul(line, '\n');
		if (*end)
			*end++ = '\0';
		if (strlen(line) > LINE_MAX_BYTES)
			r = err_invalid(err, "line %d is too long", number);
		else if (!is_utf8(line))
			r = err_invalid(err, "contains invalid utf8 bytes at line %d", number);
		else
			r = take_line(into, line, fn, err);
	}
	return r < 0 ? err_wrap(err, "%s", path) : 0;
}

static int add_text(json_t *list, const char *text, struct err *err)
{
	json_t *string = json_string(text);

	if (!string)
		return err_invalid(err, "environment: not UTF-8");
	return json_array_append_new(list, string) < 0 ? err_oom(err) : 0;
}

/* KEY alone: our own value. */
static int add_own(json_t *list, const char *name, const char *value, struct err *err)
{
	char *text cleanup_free = str_printf("%s=%s", name, value);

	return text ? add_text(list, text, err) : err_oom(err);
}

/* From a file, a KEY that we do not have either is left out. */
static int env_line(json_t *list, const char *line, struct err *err)
{
	const char *own;

	if (strchr(line, '='))
		return add_text(list, line, err);
	own = getenv(line);
	return own ? add_own(list, line, own, err) : 0;
}

/* By flag, a KEY that we do not have either takes the image's away. */
static int env_flag(json_t *list, const char *text, struct err *err)
{
	const char *own;

	if (!*text || *text == '=')
		return err_invalid(err, "invalid environment variable: %s", text);
	if (strchr(text, '='))
		return add_text(list, text, err);
	own = getenv(text);
	return own ? add_own(list, text, own, err) : add_text(list, text, err);
}

int run_env(const struct strv *files, const struct strv *flags, json_t *list, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < files->count; i++) {
		r = take_file(list, files->items[i], env_line, err);
		if (r < 0)
			err_wrap(err, "--env-file");
	}
	for (size_t i = 0; r == 0 && i < flags->count; i++)
		r = env_flag(list, flags->items[i], err);
	return r;
}

static int label_line(json_t *map, const char *line, struct err *err)
{
	const char *equals = strchrnul(line, '=');
	char *name cleanup_free = strndup(line, (size_t)(equals - line));

	if (!name)
		return err_oom(err);
	if (!*name)
		return err_invalid(err, "invalid label '%s': empty name", line);
	return run_set(map, name, json_string(*equals ? equals + 1 : ""), err);
}

int run_labels(const struct strv *files, const struct strv *flags, json_t *map, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < files->count; i++) {
		r = take_file(map, files->items[i], label_line, err);
		if (r < 0)
			err_wrap(err, "--label-file");
	}
	for (size_t i = 0; r == 0 && i < flags->count; i++)
		r = label_line(map, flags->items[i], err);
	return r;
}
