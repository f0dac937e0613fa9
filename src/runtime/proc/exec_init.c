/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/proc/exec_plan.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "runtime/proc/become.h"
#include "runtime/proc/handshake.h"
#include "runtime/proc/wait_go.h"
#include "runtime/tty/console.h"

static int take_terminal(const struct exec_plan *plan, struct err *err)
{
	struct console c __attribute__((cleanup(console_clear))) = CONSOLE_NONE;
	cleanup_fd int root = -1;
	int r;

	if (!plan->args->process->terminal)
		return 0;
	root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return err_sys(err, errno, "open the container's root");
	r = console_make(root, plan->args->process, &c, err);
	if (r == 0)
		r = hs_send_fds(plan->child_sock, HS_MASTER, &c.master, 1, err);
	return r < 0 ? r : console_take(&c, err);
}

static int settle(const struct exec_plan *plan, struct err *err)
{
	struct hs_message m = { 0 };
	int r = hs_expect(plan->child_sock, HS_MAPPED, &m, err);

	if (r == 0 && setsid() < 0 && errno != EPERM)
		r = err_sys(err, errno, "setsid");
	if (r == 0)
		r = exec_set_affinity(plan->args->process->exec_cpu_final, err);
	return r < 0 ? r : take_terminal(plan, err);
}

static int work(const struct exec_plan *plan, int *answer_sock, struct err *err)
{
	cleanup_become struct become b = {
		.process = plan->args->process,
		.filter = &plan->filter,
		.new_keyring = true,
		.set_rlimits = !(plan->namespaces & CLONE_NEWUSER),
		.preserve_fds = plan->args->preserve_fds,
	};
	int r = settle(plan, err);

	if (r == 0)
		r = become_set_attributes(&b, err);
	if (r == 0)
		r = become_find_home_here(&b, err);
	if (r == 0)
		r = become_user(&b, err);
	if (r == 0)
		r = hs_send(plan->child_sock, HS_READY, err);
	if (r == 0)
		r = wait_go(plan->child_sock, -1, answer_sock, err);
	return r < 0 ? r : become_execute(&b, false, *answer_sock, err);
}

/*
 * Entry point: in all of the container's namespaces and groups, its root "/", with all capabilities
 * that the stage had: those of its user namespace, or the starter's own. The container's processes
 * can see it and, as it is undumpable, do not more than that.
 */
int exec_init_main(void *arg)
{
	const struct exec_plan *plan = arg;
	int answer_sock = plan->child_sock;
	struct err err = { 0 };

	(void)work(plan, &answer_sock, &err);
	hs_send_failed(answer_sock, &err);
	return 1;
}
