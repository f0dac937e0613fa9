/* SPDX-License-Identifier: Apache-2.0 */
/* What happens to it, what it may do, and whose namespaces it shares. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/json.h"
#include "cli/run/run.h"

enum { PROFILE_MAX = 4 << 20 };

/* "on-failure[:3]"; the engine knows the names. */
static int add_restart(const char *text, json_t *host, struct err *err)
{
	const char *colon = text ? strchrnul(text, ':') : NULL;
	char *name cleanup_free = NULL;
	int64_t count = 0;
	json_t *policy;

	if (!text)
		return 0;
	if (colon == text)
		return err_invalid(err, "invalid restart policy format: no policy provided before "
					"colon");
	if (*colon && str_to_i64(colon + 1, INT32_MIN, INT32_MAX, "--restart", &count, NULL) < 0)
		return err_invalid(err, "invalid restart policy format: maximum retry count must "
					"be an integer");
	name = strndup(text, (size_t)(colon - text));
	if (!name)
		return err_oom(err);
	policy = json_pack("{ss sI}", "Name", name, "MaximumRetryCount", (json_int_t)count);
	return run_set(host, "RestartPolicy", policy, err);
}

static int add_log(const struct run *v, json_t *host, struct err *err)
{
	json_t *log;
	int r;

	if (!v->log_driver && v->log_opt.count == 0)
		return 0;
	if (v->log_driver && str_eq(v->log_driver, "none") && v->log_opt.count)
		return err_invalid(err, "invalid logging opts for driver none");
	log = json_object();
	r = run_set(host, "LogConfig", log, err);
	if (r == 0)
		r = run_set_str(log, "Type", v->log_driver ? v->log_driver : "", err);
	if (r == 0)
		r = run_set_map(log, "Config", &v->log_opt, "--log-opt", false, err);
	return r;
}

/* The profile's text travels, not its name: the engine reads no file for a client. */
static int add_seccomp_file(json_t *list, const char *path, struct err *err)
{
	struct buf text cleanup_buf = BUF_INIT(PROFILE_MAX);
	json_t *profile cleanup_json = NULL, *option;
	char *compact cleanup_free = NULL;
	int fd cleanup_fd = open(path, O_RDONLY | O_CLOEXEC), r;

	if (fd < 0)
		return err_sys(err, errno, "opening seccomp profile (%s) failed", path);
	r = fd_read_all(fd, &text);
	if (r < 0)
		return err_sys(err, r, "read %s", path);
	r = js_parse(buf_str(&text), text.len, path, &profile, err);
	if (r < 0)
		return err_wrap(err, "compacting json for seccomp profile failed");
	compact = js_dump(profile, JSON_COMPACT);
	option = compact ? json_sprintf("seccomp=%s", compact) : NULL;
	return option && json_array_append_new(list, option) == 0 ? 0 : err_oom(err);
}

static int add_security(const char *text, json_t *list, bool *systempaths, struct err *err)
{
	json_t *option;

	if (str_eq(text, "systempaths=unconfined")) {
		*systempaths = true;
		return 0;
	}
	if (str_starts(text, "seccomp=") || str_starts(text, "seccomp:")) {
		const char *value = text + strlen("seccomp=");

		if (!str_eq(value, "unconfined") && !str_eq(value, "builtin"))
			return add_seccomp_file(list, value, err);
	} else if (!strpbrk(text, "=:") && !str_eq(text, "no-new-privileges")) {
		return err_invalid(err, "invalid --security-opt: \"%s\"", text);
	}
	option = json_string(text);
	if (!option)
		return err_invalid(err, "--security-opt: not UTF-8");
	return json_array_append_new(list, option) < 0 ? err_oom(err) : 0;
}

static int add_security_opts(const struct run *v, json_t *host, struct err *err)
{
	bool systempaths = false;
	json_t *list;
	int r;

	if (v->security_opt.count == 0)
		return 0;
	list = json_array();
	r = run_set(host, "SecurityOpt", list, err);
	for (size_t i = 0; r == 0 && i < v->security_opt.count; i++)
		r = add_security(v->security_opt.items[i], list, &systempaths, err);
	if (r == 0 && systempaths)
		r = run_set(host, "MaskedPaths", json_array(), err);
	if (r == 0 && systempaths)
		r = run_set(host, "ReadonlyPaths", json_array(), err);
	return r;
}

static int add_namespaces(const struct run *v, json_t *host, struct err *err)
{
	if (run_set_str(host, "PidMode", v->pid, err) < 0 ||
	    run_set_str(host, "IpcMode", v->ipc, err) < 0 ||
	    run_set_str(host, "UTSMode", v->uts, err) < 0 ||
	    run_set_str(host, "UsernsMode", v->userns, err) < 0 ||
	    run_set_str(host, "CgroupnsMode", v->cgroupns, err) < 0)
		return -err->code;
	return 0;
}

static int add_privileges(const struct run *v, json_t *host, struct err *err)
{
	int r = run_set_list(host, "CapAdd", &v->cap_add, err);

	if (r == 0)
		r = run_set_list(host, "CapDrop", &v->cap_drop, err);
	if (r == 0)
		r = run_set_list(host, "GroupAdd", &v->group_add, err);
	if (r == 0)
		r = run_set_map(host, "Sysctls", &v->sysctl, "--sysctl", false, err);
	if (r == 0 && v->privileged)
		r = run_set(host, "Privileged", json_true(), err);
	if (r == 0 && v->read_only)
		r = run_set(host, "ReadonlyRootfs", json_true(), err);
	return r;
}

static int add_resolver(const struct run *v, json_t *host, struct err *err)
{
	int r = run_set_list(host, "Dns", &v->dns, err);

	if (r == 0)
		r = run_set_list(host, "DnsOptions", &v->dns_option, err);
	if (r == 0)
		r = run_set_list(host, "DnsSearch", &v->dns_search, err);
	if (r == 0)
		r = run_set_list(host, "ExtraHosts", &v->add_host, err);
	return r;
}

int run_policy(const struct run *v, json_t *host, struct err *err)
{
	int r;

	if (v->rm && v->restart && *v->restart && !str_eq(v->restart, "no"))
		return err_invalid(err,
				   "conflicting options: cannot specify both --restart and --rm");
	r = add_restart(v->restart && *v->restart ? v->restart : NULL, host, err);
	if (r == 0 && v->rm)
		r = run_set(host, "AutoRemove", json_true(), err);
	if (r == 0)
		r = add_log(v, host, err);
	if (r == 0)
		r = add_security_opts(v, host, err);
	if (r == 0)
		r = add_privileges(v, host, err);
	if (r == 0)
		r = add_resolver(v, host, err);
	return r < 0 ? r : add_namespaces(v, host, err);
}
