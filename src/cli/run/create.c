/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/json.h"
#include "cli/run/run.h"
#include "engine/ahead.h"
#include "engine/container/container.h"

/* O_EXCL: never another container's file. Made before the container, so that a wrong path costs
 * nothing. */
static int open_cidfile(const char *path, int *ret, struct err *err)
{
	int fd;

	if (!path)
		return 0;
	fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0 && errno == EEXIST)
		return err_invalid(err,
				   "container ID file found, make sure the other container isn't "
				   "running or delete %s",
				   path);
	if (fd < 0)
		return err_sys(err, errno, "failed to create the container ID file %s", path);
	*ret = fd;
	return 0;
}

static void print_warnings(const json_t *warnings)
{
	for (size_t i = 0; i < json_array_size(warnings); i++)
		fprintf(stderr, "WARNING: %s\n", json_string_value(json_array_get(warnings, i)));
}

int run_create(struct cli *cli, const struct run *v, enum run_use use, int argc, char **argv,
	       struct engine **ret_engine, struct container **ret, struct err *err)
{
	json_t *request cleanup_json = NULL, *warnings cleanup_json = NULL;
	int cidfile cleanup_fd = -1;
	int r = run_request(v, use != RUN_DETACHED, argc, argv, &request, err);

	if (r == 0)
		r = cli_engine(cli, ret_engine, err);
	if (r == 0)
		r = open_cidfile(v->cidfile, &cidfile, err);
	if (r < 0)
		return r;
	if (use != RUN_CREATED)
		groups_ahead_begin(*ret_engine);
	r = container_create(*ret_engine, v->name, request, &warnings, ret, err);
	print_warnings(warnings);
	if (cidfile < 0)
		return r;
	if (r == 0)
		r = fd_write_all(cidfile, (*ret)->id, strlen((*ret)->id));
	if (r < 0)
		unlink(v->cidfile);
	return r;
}
