/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/image_helper.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "engine/root/root.h"

int image_helper_exec(struct cli *cli, const struct strv *words, struct err *err)
{
	char *path cleanup_free = NULL;
	struct strv argv cleanup_strv = { 0 };
	struct engine *engine;
	int r = cli_engine(cli, &engine, err);

	if (r == 0)
		r = engine_helper_path(engine, "coracle-image", &path, err);
	if (r < 0)
		return r;
	if (strv_add(&argv, "coracle-image") < 0 || strv_add(&argv, "--root") < 0 ||
	    strv_add(&argv, engine->root->lib) < 0)
		return err_oom(err);
	for (size_t i = 0; i < words->count; i++)
		if (strv_add(&argv, words->items[i]) < 0)
			return err_oom(err);
	fflush(stdout);
	execv(path, argv.items);
	return err_sys(err, errno, "execute %s", path);
}
