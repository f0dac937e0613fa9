/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/proc/become.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "linux/fds.h"
#include "linux/rlimit.h"
#include "linux/seccomp.h"

enum { FIRST_FD = 3 };

void become_clear(struct become *b)
{
	strv_free(&b->env);
	free(b->path);
	free(b->home);
	b->path = b->home = NULL;
}

static bool has_variable(const struct strv *env, const char *prefix)
{
	for (size_t i = 0; i < env->count; i++)
		if (str_starts(env->items[i], prefix))
			return true;
	return false;
}

int become_find_home(struct become *b, int root_fd, struct err *err)
{
	struct sec_user user = { 0 };
	char uid[16];

	if (has_variable(&b->process->env, "HOME="))
		return 0;
	snprintf(uid, sizeof(uid), "%u", b->process->uid);
	/* The container's passwd may be anything: when it does not tell, "/" will do. */
	if (sec_user_resolve(root_fd, uid, NULL, &user, NULL) == 0) {
		b->home = str_printf("HOME=%s", user.home && *user.home ? user.home : "/");
		sec_user_clear(&user);
	} else {
		b->home = strdup("HOME=/");
	}
	return b->home ? 0 : err_oom(err);
}

int become_find_home_here(struct become *b, struct err *err)
{
	cleanup_fd int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	return root < 0 ? err_sys(err, errno, "open the container's root")
			: become_find_home(b, root, err);
}

static int copy_environment(struct become *b, struct err *err)
{
	for (size_t i = 0; i < b->process->env.count; i++)
		if (strv_add(&b->env, b->process->env.items[i]) < 0)
			return err_oom(err);
	if (b->home && strv_add(&b->env, b->home) < 0)
		return err_oom(err);
	return 0;
}

static bool needs_admin(const struct become *b)
{
	return b->filter->length && !b->process->no_new_privileges;
}

/* Before the user changes: another user's limits are not root's to set without CAP_SYS_RESOURCE. In
 * a user namespace it is the other way round: from inside, none can be raised. */
static int set_rlimits(const struct become *b, struct err *err)
{
	int r = 0;

	for (size_t i = 0; b->set_rlimits && r == 0 && i < b->process->rlimit_count; i++) {
		const struct oci_rlimit *l = &b->process->rlimits[i];

		r = rlimit_set(0, l->resource, l->soft, l->hard, err);
	}
	return r < 0 ? err_wrap(err, "process.rlimits") : 0;
}

int become_user(struct become *b, struct err *err)
{
	const char *cwd = b->process->cwd ? b->process->cwd : "/";
	int outside, r;

	r = copy_environment(b, err);
	if (r < 0)
		return r;
	/* With all rights first, as the working directory of an image is often its root user's;
	 * where root has less rights than the user (NFS), again as the user. */
	outside = cwd_enter(cwd, b->make_cwd, err);
	if (outside < 0)
		return outside;
	r = set_rlimits(b, err);
	if (r == 0)
		r = identity_set(b->process, needs_admin(b), err);
	if (r == 0 && outside == 1) {
		r = cwd_enter(cwd, false, err);
		if (r == 1)
			r = err_sys(err, EACCES, "working directory %s", cwd);
	}
	if (r == 0)
		r = command_find(b->process, &b->env, &b->path, err);
	return r;
}

int become_filtered(const struct become *b, int *ret_listener, struct err *err)
{
	const struct sec_filter *f = b->filter;

	if (b->process->no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(err, errno, "no_new_privs");
	if (f->length == 0)
		return 0;
	return seccomp_install(f->code, f->length * sizeof(*f->code), f->flags, ret_listener, err);
}

/* What the engine ignores or handles is not the container's; execve keeps ignored ones ignored. */
static void reset_signals(void)
{
	struct sigaction act = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		if (sig != SIGKILL && sig != SIGSTOP)
			sigaction(sig, &act, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static int close_others(const struct become *b, int keep, struct err *err)
{
	int first = FIRST_FD + b->preserve_fds;
	int r;

	for (int fd = FIRST_FD; fd < first; fd++)
		(void)fcntl(fd, F_SETFD, 0);
	r = fds_close_except(first, &keep, 1);
	return r < 0 ? err_sys(err, r, "close descriptors") : 0;
}

static int explain(const char *path, int number, struct err *err)
{
	enum err_class class = number == ENOENT ? ERR_CMD_NOT_FOUND : ERR_CMD_NOT_INVOKED;

	return err_set(err, class, number, "exec %s: %s", path, strerror(number));
}

int become_execute(const struct become *b, bool filtered, int keep, struct err *err)
{
	int listener = -1;
	int r;

	reset_signals();
	r = close_others(b, keep, err);
	/* As late as possible: between the filter and the command there is one system call. What
	 * capabilities are left does not matter to it: execve computes the new ones from the
	 * bounding, inheritable and ambient sets alone. */
	if (r == 0 && !filtered)
		r = become_filtered(b, &listener, err);
	if (r < 0)
		return r;
	execve(b->path, b->process->args.items, b->env.items);
	return explain(b->path, errno, err);
}
