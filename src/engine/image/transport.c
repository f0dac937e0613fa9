/* SPDX-License-Identifier: Apache-2.0 */
/*
 * coracle-image does it in a process of its own: it decodes strangers' bytes and links the
 * libraries for that, which `coracle` never loads. It answers with one line on its standard output:
 * a JSON object with either "Id", or "Error", "Class" and "Code" of its struct err.
 */
#include "engine/image/transport.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/json.h"
#include "engine/engine.h"
#include "engine/root/root.h"
#include "linux/spawn.h"
#include "oci/digest.h"

enum { ANSWER_MAX = 65536 };

static int read_answer(const struct buf *text, int status, char ret_id[IMAGE_ID_SIZE],
		       struct err *err)
{
	json_t *answer cleanup_json = NULL;
	const char *id, *message;

	if (text->len == 0 || js_parse(text->data, text->len, "answer", &answer, NULL) < 0)
		return err_set(err, ERR_ENGINE, EIO, "coracle-image ended with status %d",
			       spawn_exit_code(status));
	message = json_string_value(json_object_get(answer, "Error"));
	if (message)
		return err_set(err, json_integer_value(json_object_get(answer, "Class")),
			       (int)json_integer_value(json_object_get(answer, "Code")), "%s",
			       message);
	id = json_string_value(json_object_get(answer, "Id"));
	if (!id || strlen(id) != IMAGE_ID_SIZE - 1 || oci_digest_parse(id, "id", NULL, NULL) < 0)
		return err_set(err, ERR_ENGINE, EIO, "coracle-image gave no image's id");
	memcpy(ret_id, id, IMAGE_ID_SIZE);
	return 0;
}

int transport_load(struct engine *engine, const char *reference, char ret_id[IMAGE_ID_SIZE],
		   struct err *err)
{
	char *path cleanup_free = NULL;
	struct buf text cleanup_buf = BUF_INIT(ANSWER_MAX);
	struct spawned child cleanup_spawned = SPAWNED_NONE;
	int pipe_read cleanup_fd = -1, pipe_write cleanup_fd = -1, ends[2], r, status;

	r = engine_helper_path(engine, "coracle-image", &path, err);
	if (r < 0)
		return r;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(err, errno, "make a pipe");
	pipe_read = ends[0];
	pipe_write = ends[1];
	const char *argv[] = { "coracle-image", "--root", engine->root->lib, "unpack", "--",
			       reference,	NULL };
	struct spawn_program program = {
		.path = path,
		.argv = argv,
		.envp = (const char *const *)environ,
		.fds = &(struct spawn_fd){ pipe_write, STDOUT_FILENO },
		.fd_count = 1,
	};
	r = spawn_program(&program, &child, err);
	close_fd(&pipe_write);
	if (r < 0)
		return r;
	r = fd_read_all(pipe_read, &text);
	close_fd(&pipe_read);
	if (spawn_wait(child.pid, &status, err) < 0)
		return -EIO;
	if (r < 0)
		return err_sys(err, r, "read coracle-image's answer");
	return read_answer(&text, status, ret_id, err);
}
