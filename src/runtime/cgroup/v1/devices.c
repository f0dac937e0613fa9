/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices of v1: Documentation/admin-guide/cgroup-v1/devices.rst. The kernel keeps one default
 * and a list of exceptions to it, while the specification's rules are an ordered list of which the
 * last that matches decides. They are brought into the kernel's form first; what does not fit (a
 * denial inside of a wider permission) is refused, where the kernel would quietly do nothing.
 */
#include "runtime/cgroup/controllers.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/str.h"

struct list {
	bool allow; /* the default; the exceptions are its contrary */
	struct oci_device_rule *items;
	size_t count;
};

static void list_free(struct list *l)
{
	free(l->items);
}

static bool any_access(const struct oci_device_rule *d)
{
	return d->read || d->write || d->mknod;
}

static bool covers(int64_t wide, int64_t number)
{
	return wide == -1 || wide == number;
}

/* Whether every device of `narrow` is one of `wide`. */
static bool contains(const struct oci_device_rule *wide, const struct oci_device_rule *narrow)
{
	return wide->type == narrow->type && covers(wide->major, narrow->major) &&
	       covers(wide->minor, narrow->minor);
}

static bool meet(const struct oci_device_rule *a, const struct oci_device_rule *b)
{
	return a->type == b->type && (covers(a->major, b->major) || covers(b->major, a->major)) &&
	       (covers(a->minor, b->minor) || covers(b->minor, a->minor));
}

static bool share_access(const struct oci_device_rule *a, const struct oci_device_rule *b)
{
	return (a->read && b->read) || (a->write && b->write) || (a->mknod && b->mknod);
}

static void add_exception(struct list *l, const struct oci_device_rule *d)
{
	for (size_t i = 0; i < l->count; i++) {
		struct oci_device_rule *e = &l->items[i];

		if (e->type != d->type || e->major != d->major || e->minor != d->minor)
			continue;
		e->read |= d->read;
		e->write |= d->write;
		e->mknod |= d->mknod;
		return;
	}
	l->items[l->count++] = *d; /* the array has room for all rules, each split in two */
}

static int take_exception(struct list *l, const struct oci_device_rule *d, struct err *err)
{
	for (size_t i = 0; i < l->count; i++) {
		struct oci_device_rule *e = &l->items[i];

		if (!meet(e, d) || !share_access(e, d))
			continue;
		if (!contains(d, e))
			return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
				       "device rule %c %lld:%lld contradicts a part of the wider "
				       "rule before it, which cgroup v1 cannot express",
				       d->type, (long long)d->major, (long long)d->minor);
		e->read &= !d->read;
		e->write &= !d->write;
		e->mknod &= !d->mknod;
	}
	return 0;
}

static int apply(struct list *l, const struct oci_device_rule *d, struct err *err)
{
	if (d->allow != l->allow) {
		add_exception(l, d);
		return 0;
	}
	return take_exception(l, d, err);
}

static int build(const struct cg_rules *rules, struct list *l, struct err *err)
{
	size_t start = cg_rules_start(rules);
	int ret = 0;

	l->items = calloc((rules->count - start) * 2 + 1, sizeof(*l->items));
	if (!l->items)
		return err_oom(err);
	for (size_t i = start; ret == 0 && i < rules->count; i++) {
		struct oci_device_rule d = rules->items[i];

		if (cg_rule_is_total(&d)) { /* only the first can be */
			l->allow = d.allow;
		} else if (d.type != 'a') {
			ret = apply(l, &d, err);
		} else {
			d.type = 'c';
			ret = apply(l, &d, err);
			d.type = 'b';
			if (ret == 0)
				ret = apply(l, &d, err);
		}
	}
	return ret;
}

static void number(int64_t n, char out[24])
{
	if (n < 0)
		snprintf(out, 24, "*");
	else
		snprintf(out, 24, "%lld", (long long)n);
}

static void format(const struct oci_device_rule *d, char out[64])
{
	char major[24], minor[24];

	number(d->major, major);
	number(d->minor, minor);
	snprintf(out, 64, "%c %s:%s %s%s%s", d->type, major, minor, d->read ? "r" : "",
		 d->write ? "w" : "", d->mknod ? "m" : "");
}

/* `now` is devices.list; "a *:* rwm" where everything is allowed. */
static bool has_line(const char *now, const char *line)
{
	const char *at = strstr(now, line);
	size_t len = strlen(line);

	return at && (at == now || at[-1] == '\n') && (at[len] == '\n' || at[len] == '\0');
}

/* What a running group may use is changed line by line, so that what it may go on using is never
 * denied for a moment. */
static int shrink(int dir, const char *now, const struct list *l, struct err *err)
{
	cleanup_strv struct strv lines = { 0 };
	char line[64];

	if (strv_split(&lines, now, '\n') < 0)
		return err_oom(err);
	for (size_t i = 0; i < lines.count; i++) {
		bool stays = false;
		int ret;

		for (size_t k = 0; !stays && k < l->count; k++) {
			format(&l->items[k], line);
			stays = any_access(&l->items[k]) && str_eq(line, lines.items[i]);
		}
		if (stays || lines.items[i][0] == '\0')
			continue;
		ret = fd_write_file_at(dir, "devices.deny", lines.items[i], err);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int write_list(int dir, const struct list *l, const char *now, struct err *err)
{
	const char *file = l->allow ? "devices.deny" : "devices.allow";
	cleanup_fd int fd = openat(dir, file, O_WRONLY | O_CLOEXEC);
	char line[64];
	int ret = 0;

	if (fd < 0)
		return err_sys(err, errno, "open %s", file);
	for (size_t i = 0; ret == 0 && i < l->count; i++) {
		format(&l->items[i], line);
		if (!any_access(&l->items[i]) || (now && has_line(now, line)))
			continue;
		ret = fd_write_all(fd, line, strlen(line));
		if (ret < 0)
			err_sys(err, ret, "write %s to %s", line, file);
	}
	return ret;
}

int cg_v1_devices_set(const struct cg_set *s, struct err *err)
{
	cleanup_with(cg_rules_free) struct cg_rules rules = { 0 };
	cleanup_with(list_free) struct list l = { 0 };
	cleanup_buf struct buf now = BUF_INIT(1 << 20);
	bool listed;
	int ret;

	ret = cg_rules_build(s->r, &rules, err);
	if (ret == 0)
		ret = build(&rules, &l, err);
	if (ret == 0 && !s->fresh)
		ret = fd_read_file_at(s->dir, "devices.list", now.max, &now, err);
	if (ret < 0)
		return ret;
	/* A list of exceptions to "everything" cannot be read back: begin again. */
	listed = !s->fresh && !l.allow && !has_line(buf_str(&now), "a *:* rwm");
	if (listed) {
		ret = shrink(s->dir, buf_str(&now), &l, err);
		return ret < 0 ? ret : write_list(s->dir, &l, buf_str(&now), err);
	}
	if (!s->fresh || !l.allow)
		ret =
		    fd_write_file_at(s->dir, l.allow ? "devices.allow" : "devices.deny", "a", err);
	return ret < 0 ? ret : write_list(s->dir, &l, NULL, err);
}
