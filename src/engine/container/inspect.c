/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/path.h"
#include "base/str.h"
#include "engine/container/member.h"
#include "engine/container/describe.h"
#include "engine/container/security.h"
#include "engine/root/root.h"

static json_t *state_object(const struct container *c)
{
	const struct run_state *s = &c->state;
	bool up = container_is_up(c), restarting = c->status == CONTAINER_RESTARTING;

	return json_pack("{ss sb sb sb sb sb si si ss so so}", "Status",
			 container_status_name(c->status), "Running", up || restarting, "Paused",
			 c->status == CONTAINER_PAUSED, "Restarting", restarting, "OOMKilled",
			 s->oom, "Dead", c->status == CONTAINER_DEAD, "Pid", up ? (int)s->pid : 0,
			 "ExitCode", up ? 0 : s->exit_status, "Error", s->error ? s->error : "",
			 "StartedAt", describe_time(s->started_ns), "FinishedAt",
			 describe_time(s->finished_ns));
}

/* The path of a file of the container's directory, "" while there is none. */
static json_t *file_path(struct engine *engine, const struct container *c, const char *name)
{
	char *path cleanup_free = str_printf("%s/containers/%s/%s", engine->root->lib, c->id, name);

	if (!path || c->dir_fd < 0 || faccessat(c->dir_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return json_string("");
	return json_string(path);
}

/* Sessions that run: their directories stay a while after their end, with an exit record. */
static json_t *exec_ids(const struct container *c)
{
	int fd = c->run_fd < 0
		     ? -1
		     : openat(c->run_fd, "exec", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir cleanup_dir = fd < 0 ? NULL : fdopendir(fd);
	json_t *ids = NULL;
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		char *record cleanup_free = path_join(entry->d_name, RECORD_FILE);

		if (strlen(entry->d_name) != 64 || !record ||
		    faccessat(fd, record, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			continue;
		if (!ids)
			ids = json_array();
		json_array_append_new(ids, json_string(entry->d_name));
	}
	return ids ? ids : json_null();
}

static json_t *absolute_lowers(struct engine *engine, const json_t *snapshot)
{
	struct buf text cleanup_buf = BUF_INIT(1 << 20);
	json_t *item;
	size_t i;

	json_array_foreach (json_object_get(snapshot, "Lowers"), i, item) {
		const char *path = json_string_value(item);

		if (*path == '/')
			buf_printf(&text, "%s%s", i ? ":" : "", path);
		else
			buf_printf(&text, "%s%s/%s", i ? ":" : "", engine->root->lib, path);
	}
	return json_string(buf_str(&text));
}

static json_t *graph_driver(struct engine *engine, const struct container *c)
{
	const json_t *snapshot = json_object_get(c->config, "Snapshot");
	const char *path = member_str(snapshot, "Path");
	json_t *data = json_pack("{ss}", "ID", c->id);

	if (*path) {
		json_object_set_new(data, "Path", json_string(path));
	} else {
		json_object_set_new(data, "LowerDir", absolute_lowers(engine, snapshot));
		json_object_set_new(data, "UpperDir", file_path(engine, c, "upper"));
		json_object_set_new(data, "WorkDir", file_path(engine, c, "work"));
	}
	return json_pack("{so ss}", "Data", data, "Name", member_str(snapshot, "Driver"));
}

static const char *apparmor_of(const json_t *host)
{
	struct security s = { 0 };

	return security_read(host, &s, NULL) == 0 && s.apparmor ? s.apparmor : "";
}

static json_t *top_part(struct engine *engine, const struct container *c)
{
	const json_t *host = json_object_get(c->config, "HostConfig");
	char *name cleanup_free = str_printf("/%s", c->name);

	return json_pack(
	    "{ss so ss so so ss so so so so ss si ss ss ss ss ss so}", "Id", c->id, "Created",
	    describe_time(c->created_ns), "Path", describe_path(c), "Args", describe_args(c),
	    "State", state_object(c), "Image", c->image_id, "ResolvConfPath",
	    file_path(engine, c, "resolv.conf"), "HostnamePath", file_path(engine, c, "hostname"),
	    "HostsPath", file_path(engine, c, "hosts"), "LogPath", file_path(engine, c, "log"),
	    "Name", name ? name : "", "RestartCount", (int)c->state.restart_count, "Driver",
	    member_str(c->config, "Driver"), "Platform", "linux", "MountLabel", "", "ProcessLabel",
	    "", "AppArmorProfile", apparmor_of(host), "ExecIDs", exec_ids(c));
}

int container_inspect(struct engine *engine, struct container *c, bool size, json_t **ret,
		      struct err *err)
{
	json_t *out cleanup_json = top_part(engine, c), *network = NULL;
	int r = out ? describe_network_settings(engine, c, &network, err) : err_oom(err);

	if (r < 0)
		return r;
	json_object_set(out, "HostConfig", json_object_get(c->config, "HostConfig"));
	json_object_set_new(out, "GraphDriver", graph_driver(engine, c));
	if (size)
		r = describe_size(engine, c, out, err);
	json_object_set_new(out, "Mounts", describe_mounts(c));
	json_object_set(out, "Config", json_object_get(c->config, "Config"));
	json_object_set_new(out, "NetworkSettings", network);
	if (r == 0)
		*ret = take_ptr(&out);
	return r;
}
