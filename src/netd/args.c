/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "netd/netd.h"

static int parse_fd(const char *value, const char *flag, int *ret, struct err *err)
{
	uint64_t fd;
	int r = str_to_u64(value, INT_MAX, flag, &fd, err);

	if (r < 0)
		return r;
	if (fd < 3 || fd_set_cloexec((int)fd, 1) < 0)
		return err_invalid(err, "%s %s: no descriptor that was passed on", flag, value);
	*ret = (int)fd;
	return 0;
}

static int parse_flag(struct netd_args *args, const char *flag, const char *value, struct err *err)
{
	uint64_t number = 0;
	int r;

	if (str_eq(flag, "--root"))
		args->root = value;
	else if (str_eq(flag, "--coracle"))
		args->coracle = value;
	else if (str_eq(flag, "--lock"))
		return parse_fd(value, flag, &args->lock_fd, err);
	else if (str_eq(flag, "--socket"))
		return parse_fd(value, flag, &args->listen_fd, err);
	else if (str_eq(flag, "--log"))
		return parse_fd(value, flag, &args->log_fd, err);
	else if (str_eq(flag, "--linger") || str_eq(flag, "--pool")) {
		r = str_to_u64(value, 86400, flag, &number, err);
		if (str_eq(flag, "--pool"))
			args->pool = (unsigned)number;
		else
			args->linger_ns = (int64_t)number * 1000000000;
		return r;
	} else
		return err_invalid(err, "unknown flag: %s", flag);
	return 0;
}

int netd_args_parse(int argc, char **argv, struct netd_args *ret, struct err *err)
{
	struct netd_args args = { .lock_fd = -1, .listen_fd = -1, .log_fd = -1 };
	int r;

	for (int i = 1; i < argc; i += 2) {
		if (i + 1 == argc)
			return err_invalid(err, "flag needs an argument: %s", argv[i]);
		r = parse_flag(&args, argv[i], argv[i + 1], err);
		if (r < 0)
			return r;
	}
	if (!args.root || !args.coracle || args.lock_fd < 0 || args.listen_fd < 0 ||
	    args.log_fd < 0)
		return err_invalid(err, NETD_PROGRAM " is run by coracle");
	*ret = args;
	return 0;
}
