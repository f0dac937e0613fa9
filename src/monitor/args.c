/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/args.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stddef.h>

#include "base/cleanup.h"

enum kind { TEXT, FLAG, U64, I64, INT, FD, LOG };

/* One table serves both directions, so that what is written is what is read. */
static const struct word {
	const char *name; /* "--name=value" */
	enum kind kind;
	size_t offset;
	bool required;
} words[] = {
	{ "coracle", TEXT, offsetof(struct monitor_args, coracle), true },
	{ "root", TEXT, offsetof(struct monitor_args, root), true },
	{ "id", TEXT, offsetof(struct monitor_args, id), true },
	{ "exec-id", TEXT, offsetof(struct monitor_args, exec_id), false },
	{ "home", TEXT, offsetof(struct monitor_args, home), false },
	{ "xdg-runtime-dir", TEXT, offsetof(struct monitor_args, xdg_runtime_dir), false },
	{ "xdg-data-home", TEXT, offsetof(struct monitor_args, xdg_data_home), false },
	{ "run", U64, offsetof(struct monitor_args, run), true },
	{ "pid", INT, offsetof(struct monitor_args, pid), true },
	{ "started", I64, offsetof(struct monitor_args, started_ns), true },
	{ "adopt", FLAG, offsetof(struct monitor_args, adopt), false },
	{ "stdin-once", FLAG, offsetof(struct monitor_args, stdin_once), false },
	{ "wait-client", FLAG, offsetof(struct monitor_args, wait_client), false },
	{ "log", LOG, offsetof(struct monitor_args, log), false },
	{ "log-max-size", U64, offsetof(struct monitor_args, log_max_size), false },
	{ "log-max-file", INT, offsetof(struct monitor_args, log_max_file), false },
	{ "run-fd", FD, offsetof(struct monitor_args, run_fd), true },
	{ "log-fd", FD, offsetof(struct monitor_args, log_fd), false },
	{ "lock-fd", FD, offsetof(struct monitor_args, lock_fd), true },
	{ "pidfd", FD, offsetof(struct monitor_args, pidfd), true },
	{ "listen-fd", FD, offsetof(struct monitor_args, listen_fd), false },
	{ "stdin-fd", FD, offsetof(struct monitor_args, stdin_fd), false },
	{ "stdout-fd", FD, offsetof(struct monitor_args, stdout_fd), false },
	{ "stderr-fd", FD, offsetof(struct monitor_args, stderr_fd), false },
	{ "tty-fd", FD, offsetof(struct monitor_args, tty_fd), false },
	{ "oom-fd", FD, offsetof(struct monitor_args, oom_fd), false },
	{ "oom-base", U64, offsetof(struct monitor_args, oom_base), false },
	{ "hold-mnt", FD, offsetof(struct monitor_args, hold_fd[0]), false },
	{ "hold-net", FD, offsetof(struct monitor_args, hold_fd[1]), false },
	{ "hold-cgroup", FD, offsetof(struct monitor_args, hold_fd[2]), false },
	{ "hold-root", FD, offsetof(struct monitor_args, hold_fd[3]), false },
};
_Static_assert(sizeof(pid_t) == sizeof(int) && sizeof(unsigned) == sizeof(int), "INT words");

static const char *const log_names[] = {
	[MONITOR_LOG_NONE] = "none",
	[MONITOR_LOG_K8S_FILE] = "k8s-file",
	[MONITOR_LOG_JSON_FILE] = "json-file",
};

/* NULL with *ret_skip where the word is at its default and stays away. */
static char *format_word(const struct word *w, const struct monitor_args *args, bool *ret_skip)
{
	const char *at = (const char *)args + w->offset;
	const char *text;
	int number;

	*ret_skip = false;
	switch (w->kind) {
	case TEXT:
		text = *(const char *const *)at;
		*ret_skip = !text;
		return text ? str_printf("--%s=%s", w->name, text) : NULL;
	case FLAG:
		*ret_skip = !*(const bool *)at;
		return *ret_skip ? NULL : str_printf("--%s=1", w->name);
	case U64:
		return str_printf("--%s=%" PRIu64, w->name, *(const uint64_t *)at);
	case I64:
		return str_printf("--%s=%" PRId64, w->name, *(const int64_t *)at);
	case LOG:
		return str_printf("--%s=%s", w->name, log_names[*(const enum monitor_log *)at]);
	case FD:
	case INT:
		break;
	}
	number = *(const int *)at;
	*ret_skip = w->kind == FD && number < 0;
	return *ret_skip ? NULL : str_printf("--%s=%d", w->name, number);
}

int monitor_args_format(const struct monitor_args *args, struct strv *argv, struct err *err)
{
	char *text;
	bool skip;

	if (strv_add(argv, "coracle-monitor") < 0)
		return err_oom(err);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		text = format_word(&words[i], args, &skip);
		if (!skip && strv_add_owned(argv, text) < 0)
			return err_oom(err);
	}
	return 0;
}

static int parse_log(const char *value, enum monitor_log *ret, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(log_names); i++) {
		if (str_eq(value, log_names[i])) {
			*ret = (enum monitor_log)i;
			return 0;
		}
	}
	return err_invalid(err, "--log: unknown driver \"%s\"", value);
}

static int parse_value(const struct word *w, char *value, struct monitor_args *args,
		       struct err *err)
{
	char *at = (char *)args + w->offset;
	int64_t number;
	int code;

	switch (w->kind) {
	case TEXT:
		*(const char **)at = value;
		return 0;
	case FLAG:
		*(bool *)at = true;
		return 0;
	case U64:
		return str_to_u64(value, UINT64_MAX, w->name, (uint64_t *)at, err);
	case I64:
		return str_to_i64(value, INT64_MIN, INT64_MAX, w->name, (int64_t *)at, err);
	case LOG:
		return parse_log(value, (enum monitor_log *)at, err);
	case FD:
	case INT:
		break;
	}
	/* Standard descriptors are /dev/null: none of them is one of ours. */
	code = str_to_i64(value, w->kind == FD ? 3 : 0, INT_MAX, w->name, &number, err);
	if (code < 0)
		return code;
	*(int *)at = (int)number;
	return 0;
}

static int parse_word(char *text, struct monitor_args *args, uint64_t *seen, struct err *err)
{
	char *value = strchr(text, '=');
	size_t len;

	if (!str_starts(text, "--") || !value)
		return err_invalid(err, "unexpected argument \"%s\"", text);
	text += 2;
	len = (size_t)(value - text);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strlen(words[i].name) == len && strncmp(words[i].name, text, len) == 0) {
			*seen |= UINT64_C(1) << i;
			return parse_value(&words[i], value + 1, args, err);
		}
	}
	return err_invalid(err, "unknown argument \"--%s\"", text);
}

static int check(const struct monitor_args *args, uint64_t seen, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (words[i].required && !(seen & UINT64_C(1) << i))
			return err_invalid(err, "--%s is missing", words[i].name);
	if (args->pid <= 0)
		return err_invalid(err, "--pid: %d", args->pid);
	if (args->log != MONITOR_LOG_NONE && (args->log_fd < 0 || args->log_max_file < 1))
		return err_invalid(err, "a log needs --log-fd and --log-max-file");
	return 0;
}

int monitor_args_parse(int argc, char **argv, struct monitor_args *ret, struct err *err)
{
	struct monitor_args args = MONITOR_ARGS_INIT;
	uint64_t seen = 0;
	int code;

	for (int i = 1; i < argc; i++) {
		code = parse_word(argv[i], &args, &seen, err);
		if (code < 0)
			return code;
	}
	code = check(&args, seen, err);
	if (code < 0)
		return code;
	*ret = args;
	return 0;
}
