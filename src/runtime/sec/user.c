/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "user[:group]" of a command line or an image, by the container's own files.
 *
 * Who writes these files and these strings wants to be uid 0. Hence: a text of digits is a number
 * and is never looked up as a name (an image may call an account "1000" and give it uid 0); a
 * number that does not fit is an error and never wraps; an entry whose numbers are not plain does
 * not exist; an unknown name is an error and never a default.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "runtime/sec/accounts.h"
#include "runtime/sec/sec.h"

enum {
	PASSWD_FIELDS = 7, /* name:password:uid:gid:comment:home:shell */
	GROUP_FIELDS = 4,  /* name:password:gid:members */
	GROUPS_MAX = 8192, /* far beyond what anybody uses; the kernel's limit is 65536 */
};

struct resolver {
	struct buf passwd, group;
	char *name; /* of the user's entry; NULL: none. Owned */
	struct sec_user user;
};

static int add_group(struct sec_user *u, uint32_t gid, struct err *err)
{
	size_t n = u->group_count;

	for (size_t i = 0; i < n; i++)
		if (u->groups[i] == gid)
			return 0;
	if (n == GROUPS_MAX)
		return err_invalid(err, "more than %d supplementary groups", GROUPS_MAX);
	if (n == 0 || (n >= 4 && (n & (n - 1)) == 0)) { /* room for 4, 8, 16, … */
		uint32_t *more = reallocarray(u->groups, n ? 2 * n : 4, sizeof(*more));

		if (!more)
			return err_oom(err);
		u->groups = more;
	}
	u->groups[u->group_count++] = gid;
	return 0;
}

/* An id where the text is all digits: 1 and *ret, 0 for a name, an error for one too large. */
static int parse_number(const char *text, const char *what, uint32_t *ret, struct err *err)
{
	if (!accounts_is_number(text))
		return 0;
	if (!accounts_id(text, ret))
		return err_invalid(err, "%s %s: not in the range 0-%u", what, text,
				   ACCOUNTS_ID_MAX);
	return 1;
}

int sec_user_check(const char *user, struct err *err)
{
	cleanup_free char *name = strdup(user);
	char *group = name ? strchr(name, ':') : NULL;
	uint32_t id;
	int r;

	if (!name)
		return err_oom(err);
	if (group)
		*group++ = '\0';
	r = parse_number(name, "user", &id, err);
	if (r >= 0 && group)
		r = parse_number(group, "group", &id, err);
	return r < 0 ? r : 0;
}

/* The first entry that has the name (where not NULL), else the uid. */
static int find_user(struct resolver *r, const char *name, struct err *err)
{
	struct accounts a cleanup_accounts = { 0 };
	int found;

	accounts_begin(&a, &r->passwd);
	while ((found = accounts_next(&a, PASSWD_FIELDS)) > 0) {
		uint32_t gid;

		if (!accounts_id(a.field[3], &gid))
			continue;
		if (name ? !str_eq(a.field[0], name) : a.id != r->user.uid)
			continue;
		r->user.uid = a.id;
		r->user.gid = gid;
		r->name = strdup(a.field[0]);
		r->user.home = strdup(*a.field[5] == '/' ? a.field[5] : "/");
		return r->name && r->user.home ? 0 : err_oom(err);
	}
	if (found < 0)
		return err_oom(err);
	if (name)
		return err_set(err, ERR_INVALID, ENOENT,
			       "unable to find user %s: no matching entries in passwd file", name);
	return 0;
}

static int find_group(struct resolver *r, const char *text, uint32_t *ret, struct err *err)
{
	struct accounts a cleanup_accounts = { 0 };
	int found = parse_number(text, "group", ret, err);

	if (found != 0)
		return found < 0 ? found : 0;
	accounts_begin(&a, &r->group);
	while ((found = accounts_next(&a, GROUP_FIELDS)) > 0) {
		if (!str_eq(a.field[0], text))
			continue;
		*ret = a.id;
		return 0;
	}
	if (found < 0)
		return err_oom(err);
	return err_set(err, ERR_INVALID, ENOENT,
		       "unable to find group %s: no matching entries in group file", text);
}

/* The groups that list the user by name. */
static int add_memberships(struct resolver *r, struct err *err)
{
	struct accounts a cleanup_accounts = { 0 };
	int found, e = 0;

	if (!r->name)
		return 0;
	accounts_begin(&a, &r->group);
	while (e == 0 && (found = accounts_next(&a, GROUP_FIELDS)) > 0)
		if (accounts_has_member(a.field[3], r->name))
			e = add_group(&r->user, a.id, err);
	if (e == 0 && found < 0)
		return err_oom(err);
	return e;
}

static int resolve(struct resolver *r, char *user, const struct strv *groups, struct err *err)
{
	char *group = strchr(user, ':');
	int e;

	if (group)
		*group++ = '\0';
	e = *user ? parse_number(user, "user", &r->user.uid, err) : 1;
	if (e >= 0)
		e = find_user(r, e > 0 ? NULL : user, err);
	if (e == 0 && group && *group)
		e = find_group(r, group, &r->user.gid, err);
	/* the primary group is one of the list too: a process that drops it by setgid(2) must not
	 * gain a file whose group is denied what others may (CVE-2022-36109) */
	if (e == 0)
		e = add_group(&r->user, r->user.gid, err);
	if (e == 0 && !(group && *group))
		e = add_memberships(r, err);
	for (size_t i = 0; e == 0 && groups && i < groups->count; i++) {
		uint32_t gid = 0;

		e = find_group(r, groups->items[i], &gid, err);
		if (e == 0)
			e = add_group(&r->user, gid, err);
	}
	if (e == 0 && !r->user.home) {
		r->user.home = strdup("/");
		if (!r->user.home)
			e = err_oom(err);
	}
	return e;
}

int sec_user_resolve(int root_fd, const char *user, const struct strv *groups, struct sec_user *ret,
		     struct err *err)
{
	struct resolver r = {
		.passwd = BUF_INIT(ACCOUNTS_FILE_MAX),
		.group = BUF_INIT(ACCOUNTS_FILE_MAX),
	};
	char *text cleanup_free = strdup(user ? user : "");
	int e = text ? accounts_read(root_fd, "/etc/passwd", &r.passwd, err) : err_oom(err);

	if (e == 0)
		e = accounts_read(root_fd, "/etc/group", &r.group, err);
	if (e == 0)
		e = resolve(&r, text, groups, err);
	buf_free(&r.passwd);
	buf_free(&r.group);
	free(r.name);
	if (e < 0) {
		sec_user_clear(&r.user);
		return e;
	}
	*ret = r.user;
	return 0;
}

void sec_user_clear(struct sec_user *user)
{
	free(user->groups);
	free(user->home);
	*user = (struct sec_user){ 0 };
}
