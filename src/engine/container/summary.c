/* SPDX-License-Identifier: Apache-2.0 */
/* A row of `coracle ps`: Docker's ContainerSummary. */
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "engine/container/member.h"
#include "engine/container/describe.h"
#include "engine/net/attach.h"

enum { COMMAND_MAX = 4 << 20 };

/* Words with a space get quotes, as Docker shows them. */
static int make_command(const struct container *c, struct buf *text, struct err *err)
{
	json_t *args cleanup_json = describe_args(c), *item;
	size_t i;

	buf_add_str(text, describe_path(c));
	json_array_foreach (args, i, item) {
		const char *word = json_string_value(item);

		buf_printf(text, strchr(word, ' ') ? " '%s'" : " %s", word);
	}
	return text->failed ? err_oom(err) : 0;
}

int container_summary(struct engine *engine, struct container *c, bool size, json_t **ret,
		      struct err *err)
{
	struct buf command cleanup_buf = BUF_INIT(COMMAND_MAX);
	char *status cleanup_free = describe_status(c, time_now_ns());
	char *name cleanup_free = str_printf("/%s", c->name);
	const json_t *config = json_object_get(c->config, "Config");
	const json_t *host = json_object_get(c->config, "HostConfig");
	json_t *row cleanup_json = NULL, *ports cleanup_json = NULL, *networks cleanup_json = NULL;
	int r = make_command(c, &command, err);

	if (r == 0)
		r = describe_port_list(engine, c, &ports, err);
	if (r == 0)
		r = net_networks_describe(engine, c, &networks, err);
	if (r < 0)
		return r;
	if (!status || !name)
		return err_oom(err);
	row = json_pack("{ss s[s] ss ss ss sI sO sO? ss ss s{ss} s{sO} so}", "Id", c->id, "Names",
			name, "Image", c->image, "ImageID", c->image_id, "Command",
			buf_str(&command), "Created", (json_int_t)(c->created_ns / 1000000000),
			"Ports", ports, "Labels", json_object_get(config, "Labels"), "State",
			container_status_name(c->status), "Status", status, "HostConfig",
			"NetworkMode", member_str(host, "NetworkMode"), "NetworkSettings",
			"Networks", networks, "Mounts", describe_mounts(c));
	if (!row)
		return err_oom(err);
	r = size ? describe_size(engine, c, row, err) : 0;
	if (r == 0)
		*ret = take_ptr(&row);
	return r;
}
