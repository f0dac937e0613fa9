/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image/reference.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "oci/digest.h"

enum { NAME_LENGTH_MAX = 255, TAG_LENGTH_MAX = 128, REFERENCE_MAX = 4096 };

#define DEFAULT_REGISTRY "docker.io"

void reference_clear(struct reference *ref)
{
	free(ref->path);
	free(ref->selector);
	free(ref->hex);
	free(ref->repository);
	free(ref->tag);
	free(ref->digest);
	*ref = (struct reference){ 0 };
}

static bool is_lower_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool reference_is_id_prefix(const char *text)
{
	size_t len = strspn(text, "0123456789abcdef");

	return len >= 1 && len <= 64 && !text[len];
}

/* [a-z0-9]+((\.|_|__|-+)[a-z0-9]+)* */
static bool is_path_component(const char *text, size_t len)
{
	size_t i = 0, run;

	for (;;) {
		for (run = i; i < len && is_lower_digit(text[i]); i++)
			;
		if (i == run)
			return false;
		if (i == len)
			return true;
		if (text[i] == '.') {
			i++;
		} else if (text[i] == '_') {
			i += i + 1 < len && text[i + 1] == '_' ? 2 : 1;
		} else if (text[i] == '-') {
			while (i < len && text[i] == '-')
				i++;
		} else {
			return false;
		}
	}
}

/* A host name or [IPv6] with an optional port. */
static bool is_registry(const char *text, size_t len)
{
	size_t i = 0, start;
	bool part = false;

	if (len > 0 && text[0] == '[') {
		for (i = 1; i < len && (is_lower_digit(text[i]) || is_upper(text[i]) ||
					text[i] == ':' || text[i] == '.');
		     i++)
			;
		if (i == len || i == 1 || text[i++] != ']')
			return false;
	} else {
		for (; i < len && text[i] != ':'; i++) {
			bool plain = is_lower_digit(text[i]) || is_upper(text[i]);

			if (!plain && text[i] != '-' && text[i] != '.')
				return false;
			if (!plain && (!part || i + 1 == len || text[i + 1] == ':'))
				return false;
			part = text[i] != '.';
		}
		if (i == 0)
			return false;
	}
	if (i == len)
		return true;
	if (text[i++] != ':' || i == len)
		return false;
	for (start = i; i < len && is_digit(text[i]); i++)
		;
	return i == len && i - start <= 5;
}

/* [A-Za-z0-9_][A-Za-z0-9_.-]{0,127} */
static bool is_tag(const char *text)
{
	size_t len = strlen(text), i;

	if (len == 0 || len > TAG_LENGTH_MAX || text[0] == '.' || text[0] == '-')
		return false;
	for (i = 0; i < len; i++)
		if (!is_lower_digit(text[i]) && !is_upper(text[i]) && !strchr("_.-", text[i]))
			return false;
	return true;
}

/* The first part is a registry only if it looks like one: "a.b/x", "a:5000/x", "localhost/x". */
static size_t registry_length(const char *name)
{
	const char *slash = strchr(name, '/');
	size_t len = slash ? (size_t)(slash - name) : 0, i;

	if (!slash)
		return 0;
	if (len == strlen("localhost") && memcmp(name, "localhost", len) == 0)
		return len;
	for (i = 0; i < len; i++)
		if (name[i] == '.' || name[i] == ':' || name[i] == '[' || is_upper(name[i]))
			return len;
	return 0;
}

static int bad_format(const char *text, struct err *err)
{
	return err_invalid(err, "invalid reference format: \"%s\"", text);
}

static int check_path(const char *path, const char *text, struct err *err)
{
	const char *part = path, *slash;
	size_t i, len;

	for (i = 0; path[i]; i++)
		if (is_upper(path[i]))
			return err_invalid(err,
					   "invalid reference format: repository name (%s) must be "
					   "lowercase",
					   path);
	for (;;) {
		slash = strchr(part, '/');
		len = slash ? (size_t)(slash - part) : strlen(part);
		if (!is_path_component(part, len))
			return bad_format(text, err);
		if (!slash)
			return 0;
		part = slash + 1;
	}
}

/* With a tag behind it, the familiar form would mean something else: "host:latest". */
static bool is_reserved(const char *repository)
{
	static const char *const words[] = { "host", "dir", "oci", "oci-archive",
					     "docker-archive" };
	const char *name = reference_familiar(repository);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (str_eq(name, words[i]))
			return true;
	return false;
}

/* `name` without tag and digest. */
static int set_repository(struct reference *ref, const char *name, const char *text,
			  struct err *err)
{
	size_t len = registry_length(name);
	const char *path = len ? name + len + 1 : name;
	int r;

	if (len && !is_registry(name, len))
		return bad_format(text, err);
	r = check_path(path, text, err);
	if (r < 0)
		return r;
	if (len == strlen("index.docker.io") && memcmp(name, "index.docker.io", len) == 0)
		len = 0;
	if (len == strlen(DEFAULT_REGISTRY) && memcmp(name, DEFAULT_REGISTRY, len) == 0)
		len = 0;
	if (len)
		ref->repository = strdup(name);
	else
		ref->repository =
		    str_printf(DEFAULT_REGISTRY "/%s%s", strchr(path, '/') ? "" : "library/", path);
	if (!ref->repository)
		return err_oom(err);
	if (is_reserved(ref->repository))
		return err_invalid(
		    err, "invalid reference format: \"%s\" is the name of a transport", path);
	if (strlen(ref->repository) > NAME_LENGTH_MAX)
		return err_invalid(err,
				   "invalid reference format: a repository name has at most %d "
				   "characters",
				   NAME_LENGTH_MAX);
	return 0;
}

static int parse_name(const char *text, struct reference *ret, struct err *err)
{
	char *name cleanup_free = strdup(text), *at, *colon, *slash;
	struct reference ref cleanup_reference = { .kind = REF_NAME };
	int r;

	if (!name)
		return err_oom(err);
	at = strchr(name, '@');
	if (at) {
		*at = '\0';
		r = oci_digest_parse(at + 1, "invalid reference format", NULL, err);
		if (r < 0)
			return r;
		ref.digest = strdup(at + 1);
		if (!ref.digest)
			return err_oom(err);
	}
	slash = strrchr(name, '/');
	colon = strrchr(slash ? slash : name, ':');
	if (colon) {
		*colon = '\0';
		if (!is_tag(colon + 1))
			return bad_format(text, err);
	}
	if (colon || !ref.digest) {
		ref.tag = strdup(colon ? colon + 1 : "latest");
		if (!ref.tag)
			return err_oom(err);
	}
	r = set_repository(&ref, name, text, err);
	if (r < 0)
		return r;
	*ret = ref;
	ref = (struct reference){ 0 };
	return 0;
}

/* "PATH[:selector]": the path ends at the first colon, as Podman has it. */
static int parse_transport(const char *rest, enum reference_kind kind, const char *text,
			   struct reference *ret, struct err *err)
{
	struct reference ref cleanup_reference = { .kind = kind };
	const char *colon = strchr(rest, ':');
	size_t len = colon ? (size_t)(colon - rest) : strlen(rest);

	if (len == 0)
		return err_invalid(err, "\"%s\" names no file or directory", text);
	if (colon && !colon[1])
		return err_invalid(err, "\"%s\": nothing behind the last colon", text);
	ref.path = strndup(rest, len);
	if (colon)
		ref.selector = strdup(colon + 1);
	if (!ref.path || (colon && !ref.selector))
		return err_oom(err);
	*ret = ref;
	ref = (struct reference){ 0 };
	return 0;
}

static int parse_dir(const char *rest, const char *text, struct reference *ret, struct err *err)
{
	size_t len = strlen(rest);
	bool writable = str_ends(rest, ":rw");
	char *path;

	if (writable)
		len -= strlen(":rw");
	if (len == 0)
		return err_invalid(err, "\"%s\" names no directory", text);
	path = strndup(rest, len);
	if (!path)
		return err_oom(err);
	*ret = (struct reference){ .kind = REF_DIR, .path = path, .writable = writable };
	return 0;
}

static int parse_id(const char *hex, struct reference *ret, struct err *err)
{
	char *copy = strdup(hex);

	if (!copy)
		return err_oom(err);
	*ret = (struct reference){ .kind = REF_ID, .hex = copy };
	return 0;
}

int reference_parse(const char *text, struct reference *ret, struct err *err)
{
	static const struct {
		const char *prefix;
		enum reference_kind kind;
	} transports[] = {
		{ "oci:", REF_OCI },
		{ "oci-archive:", REF_OCI_ARCHIVE },
		{ "docker-archive:", REF_DOCKER_ARCHIVE },
	};
	size_t i, len = strlen(text);

	if (len == 0)
		return err_invalid(err, "invalid reference format: an image must be named");
	if (len > REFERENCE_MAX)
		return err_invalid(err, "invalid reference format: %zu characters", len);
	if (str_eq(text, "host:")) {
		*ret = (struct reference){ .kind = REF_HOST };
		return 0;
	}
	if (str_starts(text, "host:"))
		return err_invalid(err, "\"%s\": nothing stands behind host:", text);
	if (str_starts(text, "dir:"))
		return parse_dir(text + strlen("dir:"), text, ret, err);
	for (i = 0; i < ARRAY_SIZE(transports); i++)
		if (str_starts(text, transports[i].prefix))
			return parse_transport(text + strlen(transports[i].prefix),
					       transports[i].kind, text, ret, err);
	if (str_starts(text, "sha256:") && reference_is_id_prefix(text + strlen("sha256:")))
		return parse_id(text + strlen("sha256:"), ret, err);
	if (len == 64 && reference_is_id_prefix(text))
		return parse_id(text, ret, err);
	return parse_name(text, ret, err);
}

int reference_parse_name(const char *text, bool tagged, struct reference *ret, struct err *err)
{
	struct reference ref cleanup_reference = { 0 };
	int r = reference_parse(text, &ref, err);

	if (r < 0)
		return r;
	if (ref.kind != REF_NAME)
		return err_invalid(err, "\"%s\" is not a name that an image can be given", text);
	if (tagged && ref.digest)
		return err_invalid(err, "refusing to create a tag with a digest reference");
	*ret = ref;
	ref = (struct reference){ 0 };
	return 0;
}

char *reference_full_tag(const struct reference *ref)
{
	return str_printf("%s:%s", ref->repository, ref->tag);
}

const char *reference_familiar(const char *full)
{
	/* a first part that looks like a registry would be taken for one */
	if (!str_starts(full, DEFAULT_REGISTRY "/") ||
	    registry_length(full + strlen(DEFAULT_REGISTRY "/")) > 0)
		return full;
	full += strlen(DEFAULT_REGISTRY "/");
	if (str_starts(full, "library/") && !strchr(full + strlen("library/"), '/'))
		full += strlen("library/");
	return full;
}
