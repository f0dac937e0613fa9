/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/join.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "engine/container/container.h"
#include "engine/store/containers.h"
#include "linux/ns.h"
#include "linux/pidfd.h"

int container_join_check(struct engine *engine, const char *what, const char *mode, char **ret_mode,
			 struct err *err)
{
	struct container_row row cleanup_with(container_row_clear) = { 0 };
	const char *name = mode + strlen("container:");
	struct store *store;
	int r;

	if (!container_join_is(mode) || !*name)
		return err_invalid(err, "invalid %s mode: \"%s\": no container is named", what,
				   mode);
	r = engine_store(engine, &store, err);
	if (r == 0)
		r = store_container_find(store, name, &row, err);
	if (r < 0)
		return err_wrap(err, "%s mode", what);
	*ret_mode = str_printf("container:%s", row.id);
	return *ret_mode ? 0 : err_oom(err);
}

int container_join_open(struct engine *engine, const char *mode, int flag, int *ret_fd,
			char **ret_id, struct err *err)
{
	struct container *other cleanup_container = NULL;
	char *id cleanup_free = NULL;
	int fd cleanup_fd = -1;
	int r = container_load(engine, mode + strlen("container:"), false, &other, err);

	if (r < 0)
		return err_wrap(err, "cannot join the %s namespace", ns_name(flag));
	if (other->status == CONTAINER_RUNNING || other->status == CONTAINER_PAUSED)
		r = ns_open(other->state.pid, flag, &fd, err);
	/* only now: while it lived until here, the pid was nobody else's when it was opened */
	if (r < 0 || fd < 0 ||
	    process_life(other->state.pid, other->state.start_time) != PROCESS_ALIVE)
		return err_set(err, ERR_CONFLICT, ESRCH,
			       "cannot join the %s namespace of container %s: it is not running",
			       ns_name(flag), other->name);
	id = strdup(other->id);
	if (!id)
		return err_oom(err);
	*ret_fd = take_fd(&fd);
	*ret_id = take_ptr(&id);
	return 0;
}
