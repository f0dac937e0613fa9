/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state directory of a container, ROOT/ID, 0700:
 *     lock         held exclusively by the command that changes the container
 *     state.json   written once init waits: pid, start time and boot id together, so that neither
 *                  another process with that number nor one after a reboot is taken for it
 *     config.json  a copy of what it was made from: exec and delete need it, the bundle may change
 *     start.sock   where init waits; removed by start
 * A directory without state.json is what a killed create has left: anyone may take it over.
 */
#ifndef CORACLE_OCICLI_STATE_H
#define CORACLE_OCICLI_STATE_H

#include "base/buf.h"
#include "base/err.h"
#include "linux/sysinfo.h"
#include "oci/runtime_spec.h"
#include "runtime/cgroup/cgroup.h"

#define STATE_START_SOCKET "start.sock"

/* A container as a command sees it. */
struct state {
	char *id;
	char *dir_path;	     /* of the state directory */
	int dir_fd, lock_fd; /* owned */
	/* state.json */
	char *bundle, *rootfs, *created, *cgroup_path; /* cgroup_path NULL: it has none */
	uid_t owner;
	pid_t pid;
	uint64_t start_time;
	char boot_id[BOOT_ID_SIZE];
};
#define STATE_NONE ((struct state){ .dir_fd = -1, .lock_fd = -1 })
void state_clear(struct state *s);
#define cleanup_state __attribute__((cleanup(state_clear)))

/* runc's rule for ids: letters, digits, "_+.-", not "." or "..", at most 1024 bytes. */
int state_check_id(const char *id, struct err *err);

/* Makes the directory and takes its lock. An id in use is ERR_CONFLICT. */
int state_make(const char *root, const char *id, struct state *ret, struct err *err);
/* Opens an existing one; with `lock` waits for it. ERR_NOT_FOUND: "container does not exist". */
int state_open(const char *root, const char *id, bool lock, struct state *ret, struct err *err);

/* What a create that was killed has left: a directory without a state, locked; -ENOENT. */
int state_open_rest(const char *root, const char *id, struct state *ret, struct err *err);
int state_write(const struct state *s, struct err *err);
/* `text`: of config.json, as it was read. */
int state_write_config(const struct state *s, const struct buf *text, struct err *err);
int state_read_config(const struct state *s, struct oci_spec **ret, struct err *err);

/* Removes the directory and all that is in it. The lock must be held. */
int state_remove(struct state *s, const char *root, struct err *err);

enum status { STATUS_CREATED, STATUS_RUNNING, STATUS_PAUSED, STATUS_STOPPED };
/* The kernel's word. */
enum status state_status(const struct state *s);
const char *status_name(enum status status);

/* The container's groups, or NULL with 0 where it has none (any more). */
int state_cgroup(const struct state *s, struct cgroup **ret, struct err *err);

/* As `state` prints it. New reference, NULL when out of memory. `spec` may be NULL. */
json_t *state_json(const struct state *s, const struct oci_spec *spec, enum status status);

#endif
