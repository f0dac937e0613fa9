/* SPDX-License-Identifier: Apache-2.0 */
/* The arguments of a monitor, and the execve that makes one. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "engine/container/life.h"
#include "engine/root/root.h"
#include "runtime/cgroup/cgroup.h"

enum { LOG_MAX_SIZE = 10 << 20, LOG_MAX_FILE = 3 };

static const char *env_or_null(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

void monitor_args_common(struct engine *engine, const struct container *c,
			 struct monitor_args *args)
{
	args->coracle = engine->self;
	args->root = engine->root->lib;
	args->id = c->id;
	args->run = c->state.run;
	/* as long as it lives, who has the lib tree but not our /run knows that somebody does */
	args->hold_fd[3] = engine->root->live_fd;
	if (!engine->root->system) {
		args->home = env_or_null("HOME");
		args->xdg_runtime_dir = env_or_null("XDG_RUNTIME_DIR");
		args->xdg_data_home = env_or_null("XDG_DATA_HOME");
	}
}

/* The options were checked when the container was made. */
void monitor_args_log(const struct container *c, struct monitor_args *args)
{
	const json_t *log = json_object_get(host_config_of(c), "LogConfig");
	const json_t *options = json_object_get(log, "Config");
	const char *type = config_str(log, "Type"), *size = config_str(options, "max-size"),
		   *count = config_str(options, "max-file");
	int64_t max_size = LOG_MAX_SIZE;
	uint64_t max_file = LOG_MAX_FILE;

	args->log = str_eq(type, "none")	? MONITOR_LOG_NONE
		    : str_eq(type, "json-file") ? MONITOR_LOG_JSON_FILE
						: MONITOR_LOG_K8S_FILE;
	if (str_eq(size, "-1"))
		max_size = 0;
	else if (*size)
		str_to_size(size, "max-size", &max_size, NULL);
	if (*count)
		str_to_u64(count, 1000, "max-file", &max_file, NULL);
	args->log_max_size = (uint64_t)max_size;
	args->log_max_file = max_file > 0 ? (unsigned)max_file : 1;
	args->log_fd = args->log == MONITOR_LOG_NONE ? -1 : c->dir_fd;
}

/* Those of 0, 1, 2 are /dev/null: a descriptor of ours that landed there was moved by the starter.
 */
static int pass_on(const struct monitor_args *args)
{
	const int fds[] = {
		args->run_fd,	  args->log_fd,	    args->lock_fd,    args->pidfd,
		args->listen_fd,  args->stdin_fd,   args->stdout_fd,  args->stderr_fd,
		args->tty_fd,	  args->oom_fd,	    args->hold_fd[0], args->hold_fd[1],
		args->hold_fd[2], args->hold_fd[3],
	};

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		if (fds[i] >= 0 && fd_set_cloexec(fds[i], 0) < 0)
			return -errno;
	return 0;
}

int monitor_become(const char *program, const struct monitor_args *args, struct err *err)
{
	struct strv argv cleanup_strv = { 0 };
	char *envp[] = { NULL };
	int r = monitor_args_format(args, &argv, err);

	if (r < 0)
		return r;
	if (pass_on(args) < 0)
		return err_sys(err, errno, "hand descriptors to the monitor");
	execve(program, argv.items, envp);
	return err_sys(err, errno, "execute %s", program);
}

int oom_open(struct cgroup *cg, int *ret_fd, uint64_t *ret_count, struct err *err)
{
	char text[1024], *at;
	int fd cleanup_fd = -1, r;
	ssize_t n;

	*ret_fd = -1;
	*ret_count = 0;
	r = cg ? cgroup_oom_count_fd(cg, &fd, err) : 0;
	if (r < 0 || fd < 0)
		return r;
	n = pread(fd, text, sizeof(text) - 1, 0);
	if (n < 0)
		return err_sys(err, errno, "read the count of OOM kills");
	text[n] = '\0';
	at = strstr(text, "oom_kill ");
	*ret_count = at ? strtoull(at + strlen("oom_kill "), NULL, 10) : 0;
	*ret_fd = take_fd(&fd);
	return 0;
}
