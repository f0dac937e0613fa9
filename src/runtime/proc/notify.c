/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/proc/notify.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "runtime/proc/hooks.h"

static int connect_to(const char *path, int *ret_fd, struct err *err)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	cleanup_fd int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (sock < 0)
		return err_sys(err, errno, "socket");
	if (strlen(path) >= sizeof(addr.sun_path))
		return err_invalid(err, "linux.seccomp.listenerPath: longer than %zu bytes",
				   sizeof(addr.sun_path) - 1);
	memcpy(addr.sun_path, path, strlen(path) + 1);
	if (connect(sock, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		return err_sys(err, errno, "linux.seccomp.listenerPath %s", path);
	*ret_fd = take_fd(&sock);
	return 0;
}

static char *process_state(const struct attend *a)
{
	const struct rt_create_args *args = a->plan->args;
	const struct oci_seccomp *s = &args->spec->linux.seccomp;
	cleanup_json json_t *state =
	    hooks_state(args->spec, args->id, args->bundle, "creating", a->pid);
	cleanup_json json_t *whole = NULL;

	if (!state)
		return NULL;
	whole = json_pack("{s:s, s:[s], s:i, s:s, s:O}", "ociVersion", args->spec->oci_version,
			  "fds", "seccompFd", "pid", (int)a->pid, "metadata",
			  s->listener_metadata ? s->listener_metadata : "", "state", state);
	return whole ? js_dump(whole, JSON_COMPACT) : NULL;
}

int notify_send(struct attend *a, struct hs_message *m, struct err *err)
{
	cleanup_fd int sock = -1;
	cleanup_free char *text = NULL;
	int r;

	if (!a->plan || m->fd_count != 1 || !a->plan->spec->linux.seccomp.listener_path)
		return err_set(err, ERR_ENGINE, EPROTO, "a seccomp listener for nobody");
	text = process_state(a);
	if (!text)
		return err_oom(err);
	r = connect_to(a->plan->spec->linux.seccomp.listener_path, &sock, err);
	if (r < 0)
		return r;
	r = fd_send_fds(sock, text, strlen(text), m->fds, 1);
	return r < 0 ? err_sys(err, r, "send the seccomp listener") : 0;
}
