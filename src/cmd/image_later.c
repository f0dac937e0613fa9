/* SPDX-License-Identifier: Apache-2.0 */
/* Until the engine's own functions are there; weak, and removed with them. */
#include <errno.h>

#include "engine/image/image.h"

static int later(struct err *err)
{
	return err_set(err, ERR_NOT_FOUND, ENOENT, "No such image");
}

__attribute__((weak)) int image_list(struct engine *engine, json_t **ret, struct err *err)
{
	*ret = json_array();
	return 0;
}

__attribute__((weak)) int image_inspect(struct engine *engine, const char *reference, json_t **ret,
					struct err *err)
{
	return later(err);
}

__attribute__((weak)) int image_tag(struct engine *engine, const char *source, const char *target,
				    struct err *err)
{
	return later(err);
}

__attribute__((weak)) int image_remove(struct engine *engine, const char *reference, bool force,
				       json_t **ret, struct err *err)
{
	return later(err);
}
