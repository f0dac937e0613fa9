/* SPDX-License-Identifier: Apache-2.0 */
/* The process object (config.md, Process): what to run, as whom, within which bounds. */
#include <linux/ioprio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/cleanup.h"
#include "oci/parse.h"

/* In a set*id call -1 means "leave as it is", so that it must never get there. */
#define ID_MAX (UINT32_MAX - 1)

static int parse_gids(const json_t *user, const char *where, struct oci_process *ret,
		      struct err *err)
{
	json_t *array = NULL, *item;
	size_t i;
	int r = js_get_arr(user, where, "additionalGids", &array, err);

	if (r < 0 || json_array_size(array) == 0)
		return r;
	if (json_array_size(array) > OCI_ITEMS_MAX)
		return err_invalid(err, "%s: additionalGids has more than %d entries", where,
				   OCI_ITEMS_MAX);
	ret->additional_gids = calloc(json_array_size(array), sizeof(*ret->additional_gids));
	if (!ret->additional_gids)
		return err_oom(err);
	json_array_foreach (array, i, item) {
		json_int_t gid = json_integer_value(item);

		if (!json_is_integer(item) || gid < 0 || gid > ID_MAX)
			return err_invalid(err,
					   "%s: additionalGids[%zu] must be a whole number from 0 "
					   "to %u",
					   where, i, ID_MAX);
		ret->additional_gids[i] = (uint32_t)gid;
	}
	ret->additional_gid_count = json_array_size(array);
	return 0;
}

static int parse_user(const json_t *process, const char *where, struct oci_process *ret,
		      struct err *err)
{
	json_t *user = NULL;
	char at[OCI_WHERE_MAX];
	int r = js_get_obj(process, where, "user", &user, err);

	if (r < 0 || !user)
		return r;
	oci_where(at, where, "user");
	r = oci_get_u32(user, at, "uid", ID_MAX, &ret->uid, err);
	if (r == 0)
		r = oci_get_u32(user, at, "gid", ID_MAX, &ret->gid, err);
	if (r == 0)
		r = oci_get_int(user, at, "umask", 0, 0777, &ret->umask, err);
	return r < 0 ? r : parse_gids(user, at, ret, err);
}

static int parse_console_size(const json_t *process, const char *where, struct oci_process *ret,
			      struct err *err)
{
	json_t *size = NULL;
	char at[OCI_WHERE_MAX];
	int r = js_get_obj(process, where, "consoleSize", &size, err);

	if (r < 0 || !size)
		return r;
	oci_where(at, where, "consoleSize");
	r = oci_require(size, at, "height", err);
	if (r == 0)
		r = oci_require(size, at, "width", err);
	/* struct winsize holds unsigned shorts */
	if (r == 0)
		r = oci_get_u32(size, at, "height", UINT16_MAX, &ret->console_height, err);
	if (r == 0)
		r = oci_get_u32(size, at, "width", UINT16_MAX, &ret->console_width, err);
	return r;
}

static int parse_rlimit(const json_t *item, const char *where, void *ret, struct err *err)
{
	static const char *const names[] = {
		[RLIMIT_CPU] = "RLIMIT_CPU",
		[RLIMIT_FSIZE] = "RLIMIT_FSIZE",
		[RLIMIT_DATA] = "RLIMIT_DATA",
		[RLIMIT_STACK] = "RLIMIT_STACK",
		[RLIMIT_CORE] = "RLIMIT_CORE",
		[RLIMIT_RSS] = "RLIMIT_RSS",
		[RLIMIT_NPROC] = "RLIMIT_NPROC",
		[RLIMIT_NOFILE] = "RLIMIT_NOFILE",
		[RLIMIT_MEMLOCK] = "RLIMIT_MEMLOCK",
		[RLIMIT_AS] = "RLIMIT_AS",
		[RLIMIT_LOCKS] = "RLIMIT_LOCKS",
		[RLIMIT_SIGPENDING] = "RLIMIT_SIGPENDING",
		[RLIMIT_MSGQUEUE] = "RLIMIT_MSGQUEUE",
		[RLIMIT_NICE] = "RLIMIT_NICE",
		[RLIMIT_RTPRIO] = "RLIMIT_RTPRIO",
		[RLIMIT_RTTIME] = "RLIMIT_RTTIME",
		[RLIMIT_NLIMITS] = NULL,
	};
	struct oci_rlimit *limit = ret;
	int r = oci_require(item, where, "type", err);

	if (r == 0)
		r = oci_require(item, where, "soft", err);
	if (r == 0)
		r = oci_require(item, where, "hard", err);
	if (r == 0)
		r = oci_get_enum(item, where, "type", names, &limit->resource, err);
	if (r == 0)
		r = js_get_u64(item, where, "soft", UINT64_MAX, &limit->soft, err);
	if (r == 0)
		r = js_get_u64(item, where, "hard", UINT64_MAX, &limit->hard, err);
	if (r < 0)
		return r;
	if (limit->soft > limit->hard)
		return err_invalid(err, "%s: soft is greater than hard", where);
	return 0;
}

static int parse_rlimits(const json_t *process, const char *where, struct oci_process *ret,
			 struct err *err)
{
	unsigned seen = 0;
	int r = oci_get_items(process, where, "rlimits", sizeof(*ret->rlimits), parse_rlimit,
			      &ret->rlimits, &ret->rlimit_count, err);

	for (size_t i = 0; r == 0 && i < ret->rlimit_count; i++) {
		unsigned bit = 1u << ret->rlimits[i].resource;

		if (seen & bit)
			r = err_invalid(err, "%s.rlimits[%zu]: the type is listed twice", where, i);
		seen |= bit;
	}
	return r;
}

static int parse_io_priority(const json_t *process, const char *where, struct oci_process *ret,
			     struct err *err)
{
	static const char *const names[] = {
		[IOPRIO_CLASS_NONE] = "", /* not a name of the specification */
		[IOPRIO_CLASS_RT] = "IOPRIO_CLASS_RT",
		[IOPRIO_CLASS_BE] = "IOPRIO_CLASS_BE",
		[IOPRIO_CLASS_IDLE] = "IOPRIO_CLASS_IDLE",
		NULL,
	};
	json_t *priority = NULL;
	char at[OCI_WHERE_MAX];
	int r = js_get_obj(process, where, "ioPriority", &priority, err);

	if (r < 0 || !priority)
		return r;
	oci_where(at, where, "ioPriority");
	r = oci_require(priority, at, "class", err);
	if (r == 0)
		r = oci_get_enum(priority, at, "class", names, &ret->io_priority_class, err);
	if (r == 0)
		r = oci_get_int(priority, at, "priority", 0, 7, &ret->io_priority, err);
	if (r < 0)
		return r;
	if (ret->io_priority_class == IOPRIO_CLASS_NONE)
		return err_invalid(err, "%s: class must not be empty", at);
	ret->io_priority_set = true;
	return 0;
}

static int parse_affinity(const json_t *process, const char *where, struct oci_process *ret,
			  struct err *err)
{
	json_t *affinity = NULL;
	char at[OCI_WHERE_MAX];
	int r = js_get_obj(process, where, "execCPUAffinity", &affinity, err);

	if (r < 0 || !affinity)
		return r;
	oci_where(at, where, "execCPUAffinity");
	r = js_dup_str(affinity, at, "initial", &ret->exec_cpu_initial, err);
	if (r == 0)
		r = js_dup_str(affinity, at, "final", &ret->exec_cpu_final, err);
	if (r == 0 && ret->exec_cpu_initial)
		r = oci_check_cpulist(ret->exec_cpu_initial, at, "initial", err);
	if (r == 0 && ret->exec_cpu_final)
		r = oci_check_cpulist(ret->exec_cpu_final, at, "final", err);
	return r;
}

static int parse_command(const json_t *process, const char *where, struct oci_process *ret,
			 struct err *err)
{
	int r = oci_dup_absolute(process, where, "cwd", &ret->cwd, err);

	if (r == 0)
		r = js_get_strv(process, where, "args", &ret->args, err);
	if (r == 0 && ret->args.count == 0)
		r = err_invalid(err, "%s: args must not be empty", where);
	if (r == 0)
		r = js_get_strv(process, where, "env", &ret->env, err);
	if (r == 0)
		r = oci_check_env(&ret->env, where, err);
	if (r == 0)
		r = js_get_bool(process, where, "terminal", &ret->terminal, err);
	return r < 0 ? r : parse_console_size(process, where, ret, err);
}

static int parse_rights(const json_t *process, const char *where, struct oci_process *ret,
			struct err *err)
{
	int r = parse_user(process, where, ret, err);

	if (r == 0)
		r = oci_caps_parse(process, where, &ret->caps, err);
	if (r == 0)
		r = js_get_bool(process, where, "noNewPrivileges", &ret->no_new_privileges, err);
	if (r == 0)
		r = js_dup_str(process, where, "apparmorProfile", &ret->apparmor_profile, err);
	if (r == 0)
		r = js_dup_str(process, where, "selinuxLabel", &ret->selinux_label, err);
	return r;
}

static int parse_bounds(const json_t *process, const char *where, struct oci_process *ret,
			struct err *err)
{
	int r = parse_rlimits(process, where, ret, err);

	if (r == 0)
		r = oci_get_int(process, where, "oomScoreAdj", -1000, 1000, &ret->oom_score_adj,
				err);
	ret->oom_score_adj_set = oci_has(process, "oomScoreAdj");
	if (r == 0)
		r = parse_io_priority(process, where, ret, err);
	if (r == 0)
		r = oci_scheduler_parse(process, where, ret, err);
	return r < 0 ? r : parse_affinity(process, where, ret, err);
}

int oci_process_parse(const json_t *process, struct oci_process *ret, struct err *err)
{
	struct oci_process p = { .set = true, .umask = -1 };
	int r;

	if (!json_is_object(process))
		return err_invalid(err, "process must be an object");
	r = parse_command(process, "process", &p, err);
	if (r == 0)
		r = parse_rights(process, "process", &p, err);
	if (r == 0)
		r = parse_bounds(process, "process", &p, err);
	if (r < 0) {
		oci_process_clear(&p);
		return r;
	}
	*ret = p;
	return 0;
}

void oci_process_clear(struct oci_process *p)
{
	free(p->cwd);
	strv_free(&p->args);
	strv_free(&p->env);
	free(p->additional_gids);
	free(p->rlimits);
	free(p->apparmor_profile);
	free(p->selinux_label);
	free(p->exec_cpu_initial);
	free(p->exec_cpu_final);
	*p = (struct oci_process){ .umask = -1 };
}
