/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.seccomp to a program for seccomp(2), by libseccomp. A profile serves many kernels and
 * machines: names of calls and architectures that do not exist here are skipped. What decides
 * (actions, operators, flags) must be understood, or the filter would not be the one that was asked
 * for.
 */
#include <errno.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "linux/seccomp.h"
#include "linux/syscalls.h"
#include "runtime/sec/arch.h"
#include "runtime/sec/cache.h"
#include "runtime/sec/prefix.h"
#include "runtime/sec/sec.h"

#include <linux/seccomp.h>

static void release_ctx(scmp_filter_ctx *ctx)
{
	if (*ctx)
		seccomp_release(*ctx);
}

static int refused(int code, const char *what, const char *name, struct err *err)
{
	return err_set(err, ERR_ENGINE, code, "seccomp: %s %s: %s", what, name,
		       code == -EEXIST ? "contradicts an earlier rule" : strerror(-code));
}

/* --- names to numbers ----------------------------------------------------------------------- */

static int parse_action(const char *name, bool errno_set, unsigned errno_ret, uint32_t *ret,
			struct err *err)
{
	static const struct {
		const char *name;
		uint32_t action;
		bool data; /* errnoRet is its lower half */
	} actions[] = {
		{ "SCMP_ACT_KILL", SCMP_ACT_KILL_THREAD },
		{ "SCMP_ACT_KILL_THREAD", SCMP_ACT_KILL_THREAD },
		{ "SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS },
		{ "SCMP_ACT_TRAP", SCMP_ACT_TRAP },
		{ "SCMP_ACT_ERRNO", SCMP_ACT_ERRNO(0), true },
		{ "SCMP_ACT_TRACE", SCMP_ACT_TRACE(0), true },
		{ "SCMP_ACT_ALLOW", SCMP_ACT_ALLOW },
		{ "SCMP_ACT_LOG", SCMP_ACT_LOG },
		{ "SCMP_ACT_NOTIFY", SCMP_ACT_NOTIFY },
	};

	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		if (!str_eq(actions[i].name, name))
			continue;
		if (errno_set && !actions[i].data)
			return err_invalid(err, "seccomp: %s takes no errnoRet", name);
		*ret = actions[i].action;
		if (actions[i].data)
			*ret |= errno_set ? errno_ret : EPERM;
		return 0;
	}
	return err_invalid(err, "seccomp: unknown action \"%s\"", name);
}

static int parse_arg(const struct oci_seccomp_arg *arg, struct scmp_arg_cmp *ret, struct err *err)
{
	static const struct {
		const char *name;
		enum scmp_compare op;
	} ops[] = {
		{ "SCMP_CMP_NE", SCMP_CMP_NE },
		{ "SCMP_CMP_LT", SCMP_CMP_LT },
		{ "SCMP_CMP_LE", SCMP_CMP_LE },
		{ "SCMP_CMP_EQ", SCMP_CMP_EQ },
		{ "SCMP_CMP_GE", SCMP_CMP_GE },
		{ "SCMP_CMP_GT", SCMP_CMP_GT },
		{ "SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ops); i++) {
		if (!str_eq(ops[i].name, arg->op))
			continue;
		*ret = (struct scmp_arg_cmp){ .arg = arg->index,
					      .op = ops[i].op,
					      .datum_a = arg->value,
					      .datum_b = arg->value_two };
		return 0;
	}
	return err_invalid(err, "seccomp: unknown operator \"%s\"", arg->op);
}

static int parse_flags(const struct oci_seccomp *s, unsigned *ret, struct err *err)
{
	static const struct {
		const char *name;
		unsigned flag;
	} flags[] = {
		/* one thread loads it, so that there is nobody to synchronise with */
		{ "SECCOMP_FILTER_FLAG_TSYNC", 0 },
		{ "SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG },
		{ "SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW },
		{ "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
		  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV },
	};

	for (size_t i = 0; i < s->flags.count; i++) {
		size_t k = 0;

		while (k < ARRAY_SIZE(flags) && !str_eq(flags[k].name, s->flags.items[i]))
			k++;
		if (k == ARRAY_SIZE(flags))
			return err_invalid(err, "seccomp: unknown flag \"%s\"", s->flags.items[i]);
		*ret |= flags[k].flag;
	}
	return 0;
}

/* --- rules ---------------------------------------------------------------------------------- */

struct compiler {
	scmp_filter_ctx ctx;
	const struct oci_seccomp *profile;
	uint32_t default_action;
	bool archs[8]; /* of sec_archs */
	bool notify;
	struct prefix prefix;
};

static int check_notify(struct compiler *c, const char *name, struct err *err)
{
	/* whoever passes the listener on sends a message for it: with sendmsg or write watched,
	 * that would wait for an answer from the one who waits for the message */
	if (str_eq(name, "write") || str_eq(name, "sendmsg"))
		return err_invalid(err, "seccomp: SCMP_ACT_NOTIFY cannot be used for %s", name);
	if (!c->profile->listener_path)
		return err_invalid(err, "seccomp: SCMP_ACT_NOTIFY needs listenerPath");
	c->notify = true;
	return 0;
}

/* Several conditions on one argument are alternatives, not all at once: so the field's tools have
 * always read them, and profiles rely on it. */
static bool has_alternatives(const struct oci_seccomp_rule *rule)
{
	unsigned seen = 0;

	for (size_t i = 0; i < rule->arg_count; i++) {
		if (seen & 1u << rule->args[i].index)
			return true;
		seen |= 1u << rule->args[i].index;
	}
	return false;
}

static int add_conditions(struct compiler *c, const struct oci_seccomp_rule *rule, uint32_t action,
			  int number, const char *name, struct err *err)
{
	struct scmp_arg_cmp args[6];
	bool alternatives = has_alternatives(rule);
	int r = 0;

	for (size_t i = 0; r == 0 && i < rule->arg_count; i++) {
		r = parse_arg(&rule->args[i], &args[alternatives ? 0 : i], err);
		if (r < 0)
			return r;
		if (alternatives)
			r = seccomp_rule_add_array(c->ctx, action, number, 1, args);
	}
	if (r == 0 && !alternatives)
		r = seccomp_rule_add_array(c->ctx, action, number, (unsigned)rule->arg_count, args);
	return r < 0 ? refused(r, "rule for", name, err) : 0;
}

static int add_rule(struct compiler *c, const struct oci_seccomp_rule *rule, struct err *err)
{
	uint32_t action;
	int r = parse_action(rule->action, rule->errno_set, rule->errno_ret, &action, err);

	for (size_t i = 0; r == 0 && i < rule->names.count; i++) {
		const char *name = rule->names.items[i];
		int number = seccomp_syscall_resolve_name(name);

		if (action == SCMP_ACT_NOTIFY)
			r = check_notify(c, name, err);
		if (r < 0)
			return r;
		if (number != __NR_SCMP_ERROR && action != c->default_action)
			r = add_conditions(c, rule, action, number, name, err);
		else if (number == __NR_SCMP_ERROR && sec_call_newer(name) >= 0 && !rule->arg_count)
			prefix_add_newer(&c->prefix, sec_call_newer(name), action);
	}
	return r;
}

static int add_archs(struct compiler *c, struct err *err)
{
	const struct strv *names = &c->profile->architectures;

	c->archs[0] = true;
	for (size_t i = 0; i < names->count; i++) {
		bool known;
		const struct sec_arch *arch = sec_arch_find(names->items[i], &known);
		int r;

		if (!known)
			return err_invalid(err, "seccomp: unknown architecture \"%s\"",
					   names->items[i]);
		if (!arch)
			continue;
		r = seccomp_arch_add(c->ctx, arch->token);
		if (r < 0 && r != -EEXIST)
			return refused(r, "architecture", arch->name, err);
		c->archs[arch - sec_archs] = true;
	}
	return 0;
}

static bool refuses_by_default(uint32_t action)
{
	uint32_t kind = action & SECCOMP_RET_ACTION_FULL;

	return kind == SECCOMP_RET_ERRNO || kind == SECCOMP_RET_KILL_PROCESS ||
	       kind == SECCOMP_RET_KILL_THREAD || kind == SECCOMP_RET_TRAP;
}

static int begin(struct compiler *c, struct err *err)
{
	const struct oci_seccomp *s = c->profile;
	int r = parse_action(s->default_action, s->default_errno_set, s->default_errno,
			     &c->default_action, err);

	if (r < 0)
		return r;
	if (c->default_action == SCMP_ACT_NOTIFY)
		return err_invalid(err, "seccomp: SCMP_ACT_NOTIFY cannot be the default action");
	c->ctx = seccomp_init(c->default_action);
	if (!c->ctx)
		return err_set(err, ERR_ENGINE, EINVAL,
			       "seccomp: the kernel or libseccomp lacks %s", s->default_action);
	/* a search tree instead of hundreds of comparisons before each call */
	r = seccomp_attr_set(c->ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (r == 0)
		r = seccomp_attr_set(c->ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	return r < 0 ? refused(r, "setting of", "attributes", err) : 0;
}

static int export_code(struct compiler *c, struct buf *b, struct err *err)
{
	int fd cleanup_fd = memfd_create("seccomp", MFD_CLOEXEC);
	int r;

	if (fd < 0)
		return err_sys(err, errno, "memfd_create");
	r = seccomp_export_bpf(c->ctx, fd);
	if (r < 0)
		return refused(r, "export of", "the filter", err);
	if (lseek(fd, 0, SEEK_SET) < 0)
		return err_sys(err, errno, "seccomp: lseek");
	r = fd_read_all(fd, b);
	if (r == -E2BIG)
		return err_invalid(err, "seccomp: the profile gives more than %d instructions",
				   SECCOMP_INSN_MAX);
	return r < 0 ? err_sys(err, r, "seccomp: the filter") : 0;
}

static int build(struct compiler *c, struct sec_filter *ret, struct err *err)
{
	struct buf b cleanup_buf = BUF_INIT(SECCOMP_INSN_MAX * sizeof(struct sock_filter));
	int r = begin(c, err);

	if (r == 0)
		r = parse_flags(c->profile, &ret->flags, err);
	if (r == 0)
		r = add_archs(c, err);
	for (size_t i = 0; r == 0 && i < c->profile->rule_count; i++)
		r = add_rule(c, &c->profile->rules[i], err);
	if (r < 0)
		return r;
	r = prefix_build(&c->prefix, c->profile, c->archs, refuses_by_default(c->default_action));
	if (r == 0)
		r = buf_add(&b, c->prefix.code, c->prefix.length * sizeof(struct sock_filter));
	if (r < 0)
		return err_sys(err, r, "seccomp: the filter's prefix");
	r = export_code(c, &b, err);
	if (r < 0)
		return r;
	if (c->notify)
		ret->flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
	else /* about a listener that there is not: the kernel would refuse the two together */
		ret->flags &= ~(unsigned)SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
	ret->notify = c->notify;
	ret->length = (unsigned short)(b.len / sizeof(struct sock_filter));
	ret->code = (struct sock_filter *)buf_take(&b);
	return ret->code ? 0 : err_oom(err);
}

int sec_filter_compile(const struct oci_seccomp *seccomp, int cache_dirfd, struct sec_filter *ret,
		       struct err *err)
{
	struct buf key cleanup_buf = BUF_INIT(SEC_CACHE_KEY_MAX);
	struct sec_filter filter = { 0 };
	struct compiler *c;
	int r;

	if (cache_dirfd >= 0 && sec_cache_key(seccomp, &key) < 0)
		cache_dirfd = -1;
	if (cache_dirfd >= 0 && sec_cache_get(cache_dirfd, &key, ret))
		return 0;
	c = calloc(1, sizeof(*c));
	if (!c)
		return err_oom(err);
	c->profile = seccomp;
	r = build(c, &filter, err);
	release_ctx(&c->ctx);
	free(c);
	if (r < 0) {
		sec_filter_clear(&filter);
		return r;
	}
	if (cache_dirfd >= 0)
		sec_cache_put(cache_dirfd, &key, &filter);
	*ret = filter;
	return 0;
}

void sec_filter_clear(struct sec_filter *filter)
{
	free(filter->code);
	*filter = (struct sec_filter){ 0 };
}
