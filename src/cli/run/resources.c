/* SPDX-License-Identifier: Apache-2.0 */
/* Limits, and devices. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "cli/run/run.h"

/* "nofile=1024[:2048]"; of the same name the last one counts. */
static int add_ulimit(json_t *list, const char *text, struct err *err)
{
	const char *equals = strchr(text, '='), *colon;
	char *name cleanup_free = NULL, *soft cleanup_free = NULL;
	int64_t low = 0, high = 0;
	json_t *object;

	if (!equals || equals == text)
		return err_invalid(err, "invalid ulimit argument: %s", text);
	colon = strchrnul(equals + 1, ':');
	name = strndup(text, (size_t)(equals - text));
	soft = strndup(equals + 1, (size_t)(colon - equals - 1));
	if (!name || !soft)
		return err_oom(err);
	if (str_to_i64(soft, -1, INT64_MAX, "--ulimit", &low, err) < 0)
		return -EINVAL;
	high = low;
	if (*colon && str_to_i64(colon + 1, -1, INT64_MAX, "--ulimit", &high, err) < 0)
		return -EINVAL;
	for (size_t i = json_array_size(list); i-- > 0;)
		if (str_eq(name,
			   json_string_value(json_object_get(json_array_get(list, i), "Name"))))
			json_array_remove(list, i);
	object = json_pack("{ss sI sI}", "Name", name, "Hard", (json_int_t)high, "Soft",
			   (json_int_t)low);
	if (!object)
		return err_invalid(err, "invalid ulimit argument: %s", text);
	return json_array_append_new(list, object) < 0 ? err_oom(err) : 0;
}

static bool is_mode(const char *text)
{
	return *text && strspn(text, "rwm") == strlen(text) && strlen(text) <= 3;
}

/* "PATH[:PATH_INSIDE][:rwm]" */
static int add_device(json_t *list, const char *text, struct err *err)
{
	struct strv parts cleanup_strv = { 0 };
	const char *inside, *mode = "rwm";
	json_t *object;

	if (strv_split(&parts, text, ':') < 0)
		return err_oom(err);
	if (parts.count == 0 || parts.count > 3)
		return err_invalid(err, "invalid device specification: %s", text);
	if (*parts.items[0] != '/' && strchr(parts.items[0], '='))
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			       "--device %s: names of the container device interface are not "
			       "supported yet",
			       text);
	if (*parts.items[0] != '/')
		return err_invalid(err, "%s is not an absolute path", parts.items[0]);
	inside = parts.items[0];
	if (parts.count == 2 && is_mode(parts.items[1]))
		mode = parts.items[1];
	else if (parts.count > 1)
		inside = parts.items[1];
	if (parts.count == 3)
		mode = parts.items[2];
	if (!is_mode(mode))
		return err_invalid(err, "bad mode specified: %s", mode);
	if (*inside != '/')
		return err_invalid(err, "%s is not an absolute path", inside);
	object = json_pack("{ss ss ss}", "PathOnHost", parts.items[0], "PathInContainer", inside,
			   "CgroupPermissions", mode);
	if (!object)
		return err_invalid(err, "--device: not UTF-8");
	return json_array_append_new(list, object) < 0 ? err_oom(err) : 0;
}

static int add_each(json_t *host, const char *member, const struct strv *items,
		    int (*add)(json_t *list, const char *text, struct err *err), struct err *err)
{
	json_t *list;
	int r;

	if (items->count == 0)
		return 0;
	list = json_array();
	r = run_set(host, member, list, err);
	for (size_t i = 0; r == 0 && i < items->count; i++)
		r = add(list, items->items[i], err);
	return r;
}

static int add_cpu(const struct run *v, json_t *host, struct err *err)
{
	if (v->cpus && (v->cpu_period || v->cpu_quota))
		return err_invalid(err, "conflicting options: --cpus cannot be used with "
					"--cpu-period or --cpu-quota");
	if (run_set_int(host, "NanoCpus", v->cpus, 0, err) < 0 ||
	    run_set_int(host, "CpuShares", v->cpu_shares, 0, err) < 0 ||
	    run_set_int(host, "CpuPeriod", v->cpu_period, 0, err) < 0 ||
	    run_set_int(host, "CpuQuota", v->cpu_quota, 0, err) < 0 ||
	    run_set_str(host, "CpusetCpus", v->cpuset_cpus, err) < 0 ||
	    run_set_str(host, "CpusetMems", v->cpuset_mems, err) < 0)
		return -err->code;
	return 0;
}

static int add_memory(const struct run *v, json_t *host, struct err *err)
{
	if (run_set_int(host, "Memory", v->memory, 0, err) < 0 ||
	    run_set_int(host, "MemorySwap", v->memory_swap, 0, err) < 0 ||
	    run_set_int(host, "MemoryReservation", v->memory_reservation, 0, err) < 0 ||
	    run_set_int(host, "MemorySwappiness", v->memory_swappiness, -1, err) < 0 ||
	    run_set_int(host, "ShmSize", v->shm_size, 0, err) < 0 ||
	    run_set_int(host, "OomScoreAdj", v->oom_score_adj, 0, err) < 0)
		return -err->code;
	return v->oom_kill_disable ? run_set(host, "OomKillDisable", json_true(), err) : 0;
}

int run_resources(const struct run *v, json_t *host, struct err *err)
{
	int r = add_memory(v, host, err);

	if (r == 0)
		r = add_cpu(v, host, err);
	if (r == 0)
		r = run_set_int(host, "PidsLimit", v->pids_limit, CLI_UNSET, err);
	if (r == 0)
		r = add_each(host, "Ulimits", &v->ulimit, add_ulimit, err);
	if (r == 0)
		r = add_each(host, "Devices", &v->device, add_device, err);
	if (r == 0)
		r = run_set_list(host, "DeviceCgroupRules", &v->device_cgroup_rule, err);
	return r;
}
