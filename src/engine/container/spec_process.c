/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "engine/container/member.h"
#include "engine/container/spec.h"
#include "linux/caps.h"
#include "linux/rlimit.h"
#include "runtime/sec/sec.h"

#define DEFAULT_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* Index of the variable that `entry` sets, or the array's size. */
static size_t find_variable(const json_t *env, const char *entry)
{
	size_t name = strcspn(entry, "="), i;
	const char *text;
	json_t *item;

	json_array_foreach (env, i, item) {
		text = json_string_value(item);
		if (strncmp(text, entry, name) == 0 && text[name] == '=')
			return i;
	}
	return json_array_size(env);
}

/* NAME=value replaces or adds; NAME alone takes a default away. */
static void set_variable(json_t *env, const char *entry)
{
	size_t at = find_variable(env, entry);

	if (!strchr(entry, '=')) {
		if (at < json_array_size(env))
			json_array_remove(env, at);
	} else if (at < json_array_size(env)) {
		json_array_set_new(env, at, json_string(entry));
	} else {
		json_array_append_new(env, json_string(entry));
	}
}

static int make_env(struct spec_build *b, json_t **ret, struct err *err)
{
	const char *hostname = json_string_value(json_object_get(b->spec, "hostname"));
	char *entry cleanup_free = NULL;
	json_t *env = json_array(), *item;
	size_t i;

	json_array_append_new(env, json_string(DEFAULT_PATH));
	if (!hostname)
		hostname = member_str(b->config, "Hostname");
	if (*hostname) {
		entry = str_printf("HOSTNAME=%s", hostname);
		json_array_append_new(env, json_string(entry ? entry : ""));
	}
	if (member_bool(b->config, "Tty"))
		json_array_append_new(env, json_string("TERM=xterm"));
	json_array_foreach (json_object_get(b->config, "Env"), i, item)
		set_variable(env, json_string_value(item));
	*ret = env;
	return env ? 0 : err_oom(err);
}

static json_t *make_args(const struct spec_build *b)
{
	json_t *args = json_array();

	if (member_bool(b->host, "Init")) {
		json_array_append_new(args, json_string("/dev/init"));
		json_array_append_new(args, json_string("--"));
	}
	json_array_extend(args, json_object_get(b->config, "Entrypoint"));
	json_array_extend(args, json_object_get(b->config, "Cmd"));
	return args;
}

static json_t *make_caps(uint64_t caps)
{
	json_t *names = json_array(), *sets;
	int cap;

	for (cap = 0; cap < CAPS_KNOWN; cap++)
		if (caps >> cap & 1)
			json_array_append_new(names, json_string(cap_name(cap)));
	/* never an inheritable one: a file with inheritable capabilities would get them */
	sets = json_pack("{sO sO sO}", "bounding", names, "effective", names, "permitted", names);
	json_decref(names);
	return sets;
}

static json_t *unlimited_or(int64_t value)
{
	/* RLIM_INFINITY does not fit jansson's integers: digits in a string, as js_parse() has it
	 */
	return value == -1 ? json_string("18446744073709551615") : json_integer(value);
}

static int make_rlimits(const struct spec_build *b, json_t **ret, struct err *err)
{
	json_t *rlimits cleanup_json = json_array(), *item;
	int resource, r;
	size_t i;

	json_array_foreach (json_object_get(b->host, "Ulimits"), i, item) {
		r = rlimit_parse(member_str(item, "Name"), &resource, err);
		if (r < 0)
			return r;
		json_array_append_new(rlimits,
				      json_pack("{ss so so}", "type", rlimit_name(resource), "soft",
						unlimited_or(member_int(item, "Soft")), "hard",
						unlimited_or(member_int(item, "Hard"))));
	}
	*ret = take_ptr(&rlimits);
	return *ret ? 0 : err_oom(err);
}

static json_t *console_size(const struct spec_build *b)
{
	const json_t *size = json_object_get(b->host, "ConsoleSize");
	json_int_t rows = json_integer_value(json_array_get(size, 0));
	json_int_t columns = json_integer_value(json_array_get(size, 1));

	return rows && columns ? json_pack("{sI sI}", "height", rows, "width", columns) : NULL;
}

int spec_process(struct spec_build *b, struct err *err)
{
	const char *cwd = member_str(b->config, "WorkingDir");
	int64_t oom = member_int(b->host, "OomScoreAdj");
	json_t *process, *env, *rlimits, *size;
	int r = make_env(b, &env, err);

	if (r < 0)
		return r;
	r = make_rlimits(b, &rlimits, err);
	if (r < 0) {
		json_decref(env);
		return r;
	}
	process =
	    json_pack("{sb s{si si} so so ss so so sb}", "terminal", member_bool(b->config, "Tty"),
		      "user", "uid", 0, "gid", 0, "args", make_args(b), "env", env, "cwd",
		      *cwd ? cwd : "/", "capabilities", make_caps(b->security.caps), "rlimits",
		      rlimits, "noNewPrivileges", b->security.no_new_privileges);
	if (!process)
		return err_oom(err);
	/* 0 is left alone: to lower what the caller has needs a capability */
	if (oom)
		json_object_set_new(process, "oomScoreAdj", json_integer(oom));
	if (b->security.apparmor)
		json_object_set_new(process, "apparmorProfile", json_string(b->security.apparmor));
	size = member_bool(b->config, "Tty") ? console_size(b) : NULL;
	if (size)
		json_object_set_new(process, "consoleSize", size);
	return json_object_set_new(b->spec, "process", process) < 0 ? err_oom(err) : 0;
}
