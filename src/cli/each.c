/* SPDX-License-Identifier: Apache-2.0 */
/* Verbs that take many containers: each is tried, every failure is named, the status tells. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli/cli.h"

enum { AT_ONCE_MAX = 16 };

static int one(struct cli *cli, const char *what, const void *values, cli_each_fn fn)
{
	struct err err = { 0 };
	int r = fn(cli, what, values, &err);

	if (r >= 0)
		return r == CLI_EACH_SILENT ? CLI_EACH_SILENT : EXIT_SUCCESS;
	cli_complain("%s", err.text);
	return EXIT_FAILED;
}

static void report(const char *what, int result, int *status)
{
	if (result == EXIT_SUCCESS)
		printf("%s\n", what);
	else if (result != CLI_EACH_SILENT)
		*status = EXIT_FAILED;
}

int cli_each(struct cli *cli, int argc, char **argv, const void *values, cli_each_fn fn)
{
	int status = EXIT_SUCCESS;

	for (int i = 0; i < argc; i++)
		report(argv[i], one(cli, argv[i], values, fn), &status);
	return status;
}

static pid_t begin(struct cli *cli, const char *what, const void *values, cli_each_fn fn)
{
	pid_t pid;
	int status;

	fflush(stdout);
	pid = fork();
	if (pid != 0)
		return pid;
	/* The child: a process like its parent before the engine was opened. */
	status = one(cli, what, values, fn);
	if (cli->engine)
		engine_close(cli->engine);
	_exit(status);
}

static int result_of(pid_t pid)
{
	int status;

	if (pid < 0)
		return EXIT_FAILED;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return EXIT_FAILED;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILED;
}

int cli_each_at_once(struct cli *cli, int argc, char **argv, const void *values, cli_each_fn fn)
{
	pid_t pids[AT_ONCE_MAX];
	int status = EXIT_SUCCESS, begun = 0;

	if (argc == 1)
		return cli_each(cli, argc, argv, values, fn);
	for (int i = 0; i < argc; i++) {
		for (; begun < argc && begun < i + AT_ONCE_MAX; begun++) {
			pids[begun % AT_ONCE_MAX] = begin(cli, argv[begun], values, fn);
			if (pids[begun % AT_ONCE_MAX] < 0)
				cli_complain("%s: fork: %s", argv[begun], strerror(errno));
		}
		report(argv[i], result_of(pids[i % AT_ONCE_MAX]), &status);
	}
	return status;
}
