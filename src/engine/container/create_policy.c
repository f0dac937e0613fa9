/* SPDX-License-Identifier: Apache-2.0 */
/* What happens at the end of a run, and where its output goes. */
#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "engine/container/create_internal.h"

static int check_restart(struct create *c, struct err *err)
{
	static const char *const names[] = { "no", "always", "unless-stopped", "on-failure" };
	json_t *policy = json_object_get(c->host, "RestartPolicy");
	const char *name = "";
	int64_t count = 0;
	size_t i;

	if (js_get_str(policy, "RestartPolicy", "Name", &name, err) < 0 ||
	    js_get_i64(policy, "RestartPolicy", "MaximumRetryCount", INT32_MIN, INT32_MAX, &count,
		       err) < 0)
		return err ? -err->code : -EINVAL;
	if (!*name)
		name = "no";
	for (i = 0; i < ARRAY_SIZE(names) && !str_eq(names[i], name); i++)
		;
	if (i == ARRAY_SIZE(names))
		return err_invalid(err,
				   "invalid restart policy: unknown policy '%s'; use one of 'no', "
				   "'always', 'on-failure', or 'unless-stopped'",
				   name);
	if (count < 0)
		return err_invalid(err, "invalid restart policy: maximum retry count cannot be "
					"negative");
	if (count > 0 && !str_eq(name, "on-failure"))
		return err_invalid(err, "invalid restart policy: maximum retry count can only be "
					"used with 'on-failure'");
	if (member_bool(c->host, "AutoRemove") && !str_eq(name, "no"))
		return err_invalid(err, "can't create 'AutoRemove' container with restart policy");
	json_object_set_new(
	    c->host, "RestartPolicy",
	    json_pack("{ss sI}", "Name", name, "MaximumRetryCount", (json_int_t)count));
	return 0;
}

static int check_log_option(const char *driver, const char *name, const char *value,
			    struct err *err)
{
	uint64_t files;
	int64_t size;

	if (str_eq(driver, "none"))
		return err_invalid(err, "unknown log opt '%s' for none log driver", name);
	if (str_eq(name, "max-size")) {
		if (str_eq(value, "-1"))
			return 0;
		if (str_to_size(value, "max-size", &size, err) < 0)
			return -EINVAL;
		return size > 0 ? 0 : err_invalid(err, "max-size must be a positive number");
	}
	if (str_eq(name, "max-file")) {
		if (str_to_u64(value, 1000, "max-file", &files, err) < 0)
			return -EINVAL;
		return files > 0 ? 0 : err_invalid(err, "max-file cannot be less than 1");
	}
	return err_invalid(err, "unknown log opt '%s' for %s log driver", name, driver);
}

static int check_log(struct create *c, struct err *err)
{
	json_t *log = json_object_get(c->host, "LogConfig"), *options = NULL, *value;
	const char *driver = "", *name;
	int r = js_get_str(log, "LogConfig", "Type", &driver, err);

	if (r == 0)
		r = js_get_obj(log, "LogConfig", "Config", &options, err);
	if (r < 0)
		return r;
	if (!*driver)
		driver = "k8s-file";
	if (!str_eq(driver, "k8s-file") && !str_eq(driver, "json-file") && !str_eq(driver, "none"))
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			       "log driver \"%s\" is not supported: use k8s-file, json-file or "
			       "none",
			       driver);
	json_object_foreach (options, name, value) {
		if (!json_is_string(value))
			return err_invalid(err, "log opt '%s' must be a string", name);
		r = check_log_option(driver, name, json_string_value(value), err);
		if (r < 0)
			return r;
	}
	json_object_set_new(c->host, "LogConfig",
			    json_pack("{ss so}", "Type", driver, "Config",
				      options ? json_incref(options) : json_object()));
	return 0;
}

int create_check_policy(struct create *c, struct err *err)
{
	const char *runtime = member_str(c->host, "Runtime");
	const char *isolation = member_str(c->host, "Isolation");
	json_t *size = json_object_get(c->host, "ConsoleSize"), *item;
	size_t i;
	int r = check_restart(c, err);

	if (r == 0)
		r = check_log(c, err);
	if (r < 0)
		return r;
	if (!*runtime)
		json_object_set_new(c->host, "Runtime", json_string("coracle"));
	else if (!str_eq(runtime, "coracle"))
		return err_invalid(err, "unknown or invalid runtime name: %s", runtime);
	if (*isolation && !str_eq(isolation, "default"))
		return err_invalid(err, "invalid isolation: \"%s\"", isolation);
	json_array_foreach (size, i, item)
		if (i > 1 || !json_is_integer(item) || json_integer_value(item) < 0 ||
		    json_integer_value(item) > UINT16_MAX)
			return err_invalid(err, "ConsoleSize must be two numbers: rows, columns");
	return json_array_size(size) == 1
		   ? err_invalid(err, "ConsoleSize must be two numbers: rows, columns")
		   : 0;
}
