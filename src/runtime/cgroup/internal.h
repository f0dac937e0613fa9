/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of runtime/cgroup share, and nobody else includes.
 *
 *     layout.c, mountinfo.c   which hierarchies there are, and where
 *     group.c, make.c         create and open; directories in every hierarchy
 *     check.c                 what is asked of whom; refusals by name
 *     controllers.c           the table: one row per controller, implemented in v1/ and v2/
 *     update.c                limits of a running container, with undo
 *     join.c freeze.c signal.c events.c procs.c remove.c stats.c oom.c
 *                             one operation each; v2 is used where the group has a v2 side
 *
 * Directories are named by full path only when they are made or removed: cgroupfs has no symbolic
 * links, and a container may make directories below its own group alone. Files are reached through
 * an O_PATH descriptor of the group.
 */
#ifndef CORACLE_RUNTIME_CGROUP_INTERNAL_H
#define CORACLE_RUNTIME_CGROUP_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "runtime/cgroup/cgroup.h"

enum { CG_ROWS_MAX = CGROUP_V1_MAX + 1 };

/* Controllers; the names are the kernel's (/proc/cgroups), blkio is called io on v2. */
enum cg_ctl {
	CG_CPU,
	CG_CPUACCT,
	CG_CPUSET,
	CG_MEMORY,
	CG_BLKIO,
	CG_PIDS,
	CG_HUGETLB,
	CG_FREEZER,
	CG_DEVICES,
	CG_UNIFIED, /* not a controller: raw v2 files */
	CG_CTL_COUNT
};
typedef uint32_t cg_mask; /* of 1 << enum cg_ctl */
#define CG_BIT(ctl) ((cg_mask)1 << (ctl))

/* --- layout -------------------------------------------------------------------------------- */

struct cg_row {
	char *mount;	 /* absolute path of the hierarchy's root as the caller sees it */
	cg_mask v1_ctls; /* controllers bound to this v1 hierarchy */
	bool in_root;	 /* the caller was in its root group when it asked first */
};

struct cg_layout {
	size_t count;
	int v2;					  /* index of the v2 row, or -1 */
	cg_mask v2_ctls;			  /* what its root offers */
	struct cgroup_hierarchy pub[CG_ROWS_MAX]; /* what cgroup_hierarchies() shows */
	struct cg_row row[CG_ROWS_MAX];
};

/* The process's table, found out on first use. */
int cg_layout(const struct cg_layout **ret, struct err *err);
/* The same afresh: `proc_cgroup` is the text of /proc/self/cgroup, `standard` is /sys/fs/cgroup,
 * `mountinfo` the file to fall back to. Release with cg_layout_clear(). */
int cg_layout_find(const char *proc_cgroup, const char *standard, const char *mountinfo,
		   struct cg_layout *ret, struct err *err);
void cg_layout_clear(struct cg_layout *l);
/* Index of the row that carries `ctl`: v1's, else v2's if it has it; -1: not on this host. */
int cg_home(const struct cg_layout *l, enum cg_ctl ctl);

/* One line of /proc/PID/cgroup, "ID:LIST:PATH"; LIST is "" for v2. Points into the text, which is
 * cut up; *next is the rest. False at the end; a malformed line is skipped. */
struct cg_proc_line {
	char *list, *path;
};
bool cg_proc_next(char **next, struct cg_proc_line *ret);
cg_mask cg_mask_of_list(const char *list);
const char *cg_ctl_name(enum cg_ctl ctl);

/* Fills *ret_mount and *ret_root (malloc'ed) from mountinfo text with the best mount of the
 * hierarchy `list` ("" is v2): one below `standard` before others, one of the whole hierarchy
 * before a part of it. 0, or -ENOENT when there is none. */
int cg_mountinfo_find(const char *text, const char *standard, const char *list, char **ret_mount,
		      char **ret_root);
int cg_mountinfo_read(const char *file, struct buf *text, struct err *err);

/* --- a group ------------------------------------------------------------------------------- */

struct cg_dir {
	int fd;	   /* O_PATH; -1: no group in this hierarchy */
	char *rel; /* path below the row's mount, without a leading slash; "" is the root itself */
	bool made; /* by this process, so that a failed create takes it away again */
};

struct cgroup {
	const struct cg_layout *layout;
	char *name;	    /* for error texts */
	bool killed;	    /* cgroup.kill was written: see struct cgroup_join */
	cg_mask v2_settled; /* controllers whose v2 files are known to be there: see v2/subtree.c */
	struct cg_dir dir[CG_ROWS_MAX];
};

/* Descriptor of the v2 side, or -1. */
int cg_v2_fd(const struct cgroup *cg);
/* Descriptor of the v1 group that carries `ctl`, or -1. */
int cg_v1_fd(const struct cgroup *cg, enum cg_ctl ctl);
/* Any side whose cgroup.procs lists the processes: v2's before v1's; -1: the group has none. */
int cg_any_fd(const struct cgroup *cg);

/* A process may be in the root group of a hierarchy (cgroup_open_pid): what changes or signals all
 * that is in `dir` is refused there. */
int cg_refuse_root(const struct cgroup *cg, int dir, struct err *err);

int cg_alloc(const char *name, struct cgroup **ret, struct err *err);
char *cg_full_path(const struct cg_layout *l, size_t row, const char *rel);

enum cg_existing { CG_EXISTING_KEEP, CG_EXISTING_REPLACE };
/* Makes the directory of one hierarchy and what is missing above it, and opens it. REPLACE: an
 * empty group of that name is made anew, any other is -EEXIST. */
/* The levels down to `rel` itself, as levels that others lie below. */
int cg_make_above(const struct cg_layout *l, size_t row, const char *rel, struct err *err);
int cg_make_dir(struct cgroup *cg, size_t row, const char *rel, enum cg_existing existing,
		struct err *err);
/* Removes one hierarchy's directory with all below it, then the empty ones above it. 0, or
 * -errno without text (-EBUSY: processes inside). Missing: 0. */
int cg_remove_dir(const struct cgroup *cg, size_t row);

/* --- controllers --------------------------------------------------------------------------- */

/* Old values, for putting back when a later write is refused. */
struct cg_undo {
	struct cg_undo_item {
		int dir; /* borrowed from the group */
		char *file, *value;
	} * items;
	size_t count;
};

struct cg_set {
	int dir;
	const struct oci_resources *r;
	bool fresh;	      /* just made: every value is the kernel's default, nobody is inside */
	struct cg_undo *undo; /* NULL when fresh */
};

struct cg_controller {
	enum cg_ctl ctl;
	const char *v2_name; /* in cgroup.controllers; NULL: the core has it, or BPF */
	bool v2_always;	     /* enabled even when nothing is asked, for accounting */
	bool (*asked)(const struct oci_resources *r);
	/* Writes what is asked; NULL: nothing can be. */
	int (*set_v1)(const struct cg_set *s, struct err *err);
	int (*set_v2)(const struct cg_set *s, struct err *err);
	/* Adds what it knows; silent about what is not there. */
	void (*stats_v1)(int dir, struct cgroup_stats *ret);
	void (*stats_v2)(int dir, struct cgroup_stats *ret);
};
extern const struct cg_controller cg_controllers[];
extern const size_t cg_controller_count;

/* Refuses by name what `r` asks and this host's layout cannot give; else 0 and the asked ones. */
int cg_check(const struct cg_layout *l, const struct oci_resources *r, cg_mask *ret,
	     struct err *err);
/* Sets every controller of `asked`, in the table's order. */
int cg_set_all(struct cgroup *cg, const struct oci_resources *r, cg_mask asked,
	       struct cg_undo *undo, struct err *err);
void cg_undo_run(struct cg_undo *u); /* puts back, last first */
void cg_undo_clear(struct cg_undo *u);

/* v2/subtree.c: makes the asked controllers available in the group, and if it can those that we
 * want for accounting. Those that this host's v2 does not have are left out. */
int cg_v2_enable(struct cgroup *cg, const struct oci_resources *r, cg_mask asked, struct err *err);
/* Controllers named in cgroup.controllers or cgroup.subtree_control of a v2 directory. */
int cg_v2_controllers(int dir, const char *file, cg_mask *ret, struct err *err);
/* Before the group `rel` is made: what the group above it already enables. */
void cg_v2_look_above(struct cgroup *cg, const char *rel);
/* v2/nested.c: moves every process of the v2 root (not the real one) into a group below it; with
 * !may_move, -EBUSY when there is one. */
int cg_v2_empty_root(const struct cg_layout *l, int root, bool may_move, struct err *err);
/* Moves the caller there: into a root with enabled controllers it cannot go. */
int cg_v2_enter_leaf(int root, struct err *err);

/* v1/cpuset.c: fills cpus and mems from the parents where they are empty. */
int cg_v1_cpuset_inherit(int dir, struct err *err);
int cg_v1_cpuset_clone_children(int dir, struct err *err);
/* v1/memory.c: switches hierarchical accounting on (before 5.11 it may be off). */
int cg_v1_memory_hierarchy(int dir, struct err *err);

/* --- files --------------------------------------------------------------------------------- */

/* Writes, keeping the old value in s->undo. */
int cg_put(const struct cg_set *s, const char *file, const char *value, struct err *err);
/* The same where the file does not read as it is written: `old` is what puts it back. */
int cg_put_old(const struct cg_set *s, const char *file, const char *value, const char *old,
	       struct err *err);
int cg_put_u64(const struct cg_set *s, const char *file, uint64_t value, struct err *err);
int cg_put_i64(const struct cg_set *s, const char *file, int64_t value, struct err *err);

/* Values that bind each other, where the right order depends on the old ones (limit and
 * memory+swap, quota and period): those refused with EINVAL are tried again after the others.
 * Entries with an empty value are skipped. */
struct cg_pair {
	const char *file;
	char value[48];
};
int cg_put_any_order(const struct cg_set *s, const struct cg_pair *pairs, size_t count,
		     struct err *err);

bool cg_has(int dir, const char *file);
/* Reads a small file as text into `out` without its final newline; its length, or -errno. -E2BIG
 * when it does not fit. */
int cg_get(int dir, const char *file, char *out, size_t size);
/* One number; "max" is UINT64_MAX. 0 or -errno. */
int cg_get_u64(int dir, const char *file, uint64_t *ret);
/* The number behind "key " at the start of a line; false when there is none. */
bool cg_find_key(const char *text, const char *key, uint64_t *ret);

/* --- processes ----------------------------------------------------------------------------- */

/* Appends the process ids of the group at `dir` and below it; sorted, unique. Those of another PID
 * namespace (shown as 0) are counted in *hidden. */
struct cg_pids {
	pid_t *items;
	size_t count, room, hidden;
};
int cg_pids_read(int dir, struct cg_pids *ret, struct err *err);
/* The same of the group alone, unsorted; 0 or -errno. */
int cg_pids_read_own(int dir, struct cg_pids *ret);
void cg_pids_free(struct cg_pids *p);

/* --- cgroup.events ------------------------------------------------------------------------- */

/* Waits for `events` on `fd`: 0, -ETIMEDOUT or -errno. CLOCK_MONOTONIC. */
int cg_poll_until(int fd, short events, int64_t deadline_ns);
int cg_events_open(int dir);
int cg_events_read(int fd, const char *key, bool *ret);
/* Until `key` of cgroup.events is `wanted`; 0, -ETIMEDOUT or -errno. */
int cg_events_wait(int dir, const char *key, bool wanted, int timeout_ms);

/* --- device rules -------------------------------------------------------------------------- */

/* The container's rules followed by those for the nodes that every container has. */
struct cg_rules {
	struct oci_device_rule *items;
	size_t count;
};
int cg_rules_build(const struct oci_resources *r, struct cg_rules *ret, struct err *err);
static inline void cg_rules_free(struct cg_rules *r)
{
	free(r->items);
}
/* Type a, any number, every access: decides for every device. */
bool cg_rule_is_total(const struct oci_device_rule *d);
/* Index of the last rule that is total, or 0: earlier ones cannot matter. */
size_t cg_rules_start(const struct cg_rules *r);

#endif
