/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/root/stamp.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/str.h"
#include "linux/ns.h"
#include "linux/pidfd.h"

enum { STAMP_MAX = 8192 };

int stamp_now(struct stamp *ret, struct err *err)
{
	struct stamp stamp = { 0 };
	struct ns_id ns;
	int r;

	r = sysinfo_boot_id(stamp.boot, err);
	if (r < 0)
		return r;
	r = ns_id_of(0, CLONE_NEWPID, &ns);
	if (r < 0)
		return err_sys(err, r, "the own PID namespace");
	stamp.pid_ns = ns.ino;
	if (process_start_time(1, &stamp.init_start) < 0)
		stamp.init_start = 0;
	*ret = stamp;
	return 0;
}

bool stamp_same_boot(const struct stamp *a, const struct stamp *b)
{
	return str_eq(a->boot, b->boot);
}

bool stamp_same(const struct stamp *a, const struct stamp *b)
{
	return stamp_same_boot(a, b) && a->pid_ns == b->pid_ns &&
	       (!a->init_start || !b->init_start || a->init_start == b->init_start);
}

int stamp_read(const struct root *root, int dirfd, const char *name, struct stamp *ret,
	       struct err *err)
{
	struct buf text cleanup_buf = BUF_INIT(STAMP_MAX);
	struct stamp stamp = { 0 };
	int path_at = 0, r;

	r = fd_read_file_at(dirfd, name, STAMP_MAX, &text, err);
	if (r == -ENOENT || (r == 0 && text.len == 0))
		return 1;
	if (r < 0)
		return r;
	if (sscanf(buf_str(&text), "boot %36s\npidns %" SCNu64 "\ninit %" SCNu64 "\nroot %n",
		   stamp.boot, &stamp.pid_ns, &stamp.init_start, &path_at) != 3 ||
	    path_at == 0) {
		*ret = (struct stamp){ 0 };
		return 0;
	}
	if (!str_eq(buf_str(&text) + path_at, root->lib))
		return err_set(err, ERR_CONFLICT, EEXIST,
			       "%s is the run directory of another root, %s: choose another --root",
			       root->run, buf_str(&text) + path_at);
	*ret = stamp;
	return 0;
}

char *stamp_text(const struct root *root, const struct stamp *stamp)
{
	return str_printf("boot %s\npidns %" PRIu64 "\ninit %" PRIu64 "\nroot %s", stamp->boot,
			  stamp->pid_ns, stamp->init_start, root->lib);
}

int stamp_refuse(const struct root *root, const struct stamp *other, const struct stamp *now,
		 struct err *err)
{
	return err_set(err, ERR_CONFLICT, EBUSY,
		       "the root %s has running containers of another PID namespace, pid:[%" PRIu64
		       "]; this is pid:[%" PRIu64 "]: use another --root",
		       root->lib, other->pid_ns, now->pid_ns);
}
