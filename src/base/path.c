/* SPDX-License-Identifier: Apache-2.0 */
#include "base/path.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

char *path_join(const char *dir, const char *name)
{
	size_t dir_len = strlen(dir);
	const char *slash = "/";

	while (dir_len > 0 && dir[dir_len - 1] == '/')
		dir_len--;
	while (*name == '/')
		name++;
	if (dir_len == 0 && !*dir)
		slash = "";
	return str_printf("%.*s%s%s", (int)dir_len, dir, slash, name);
}

/* Where ".." leads from the cleaned out[0..len): the new length. */
static size_t step_up(char *out, size_t len, bool rooted)
{
	size_t cut = len;

	while (cut > 0 && out[cut - 1] != '/')
		cut--;
	if (rooted)
		return cut > 1 ? cut - 1 : 1;
	if (len == 0 || str_eq(out + cut, "..")) {
		if (len)
			out[len++] = '/';
		memcpy(out + len, "..", 3);
		return len + 2;
	}
	return cut ? cut - 1 : 0;
}

char *path_clean(const char *path)
{
	bool rooted = *path == '/';
	size_t len = 0, part;
	char *out = malloc(strlen(path) + 2); /* "." for "" is longer than its source */

	if (!out)
		return NULL;
	if (rooted)
		out[len++] = '/';
	out[len] = '\0';
	for (; *path; path += part) {
		while (*path == '/')
			path++;
		part = strcspn(path, "/");
		if (part == 0 || (part == 1 && path[0] == '.'))
			continue;
		if (part == 2 && path[0] == '.' && path[1] == '.') {
			len = step_up(out, len, rooted);
		} else {
			if (len > 0 && out[len - 1] != '/')
				out[len++] = '/';
			memcpy(out + len, path, part);
			len += part;
		}
		out[len] = '\0';
	}
	if (len == 0)
		memcpy(out, ".", 2);
	return out;
}

bool path_is_beneath(const char *path)
{
	long depth = 0;
	size_t part;

	if (*path == '/')
		return false;
	for (; *path; path += part) {
		while (*path == '/')
			path++;
		part = strcspn(path, "/");
		if (part == 0 || (part == 1 && path[0] == '.'))
			continue;
		depth += part == 2 && path[0] == '.' && path[1] == '.' ? -1 : 1;
		if (depth < 0)
			return false;
	}
	return true;
}

const char *path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash || slash[1] == '\0')
		return slash == path || !slash ? path : slash;
	return slash + 1;
}

bool path_is_component(const char *name)
{
	size_t len = 0;

	if (str_eq(name, "") || str_eq(name, ".") || str_eq(name, ".."))
		return false;
	for (; name[len]; len++)
		if (name[len] == '/' || (unsigned char)name[len] < 0x20 || name[len] == 0x7f)
			return false;
	return len <= 255;
}
