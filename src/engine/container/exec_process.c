/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/exec_process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "engine/container/life.h"
#include "linux/caps.h"
#include "linux/pidfd.h"
#include "runtime/sec/sec.h"

void exec_process_clear(struct exec_process *p)
{
	oci_process_clear(&p->process);
	oci_spec_free(p->spec);
	p->spec = NULL;
}

static bool has_name(const json_t *env, const char *name, size_t len)
{
	const json_t *word;
	size_t i;

	json_array_foreach (env, i, word) {
		const char *text = json_string_value(word);

		if (text && strncmp(text, name, len) == 0 && text[len] == '=')
			return true;
	}
	return false;
}

/* The container's environment; what the caller gives replaces, and "NAME" alone removes. */
static json_t *merge_env(const json_t *base, const json_t *own, bool terminal)
{
	json_t *env = json_array();
	const json_t *word;
	const char *text;
	size_t i;

	json_array_foreach (own, i, word) {
		text = json_string_value(word);
		if (text && strchr(text, '='))
			json_array_append(env, (json_t *)word);
	}
	json_array_foreach (base, i, word) {
		text = json_string_value(word);
		if (text && !has_name(own, text, strcspn(text, "=")))
			json_array_append(env, (json_t *)word);
	}
	if (terminal && !has_name(env, "TERM", 4))
		json_array_append_new(env, json_string("TERM=xterm"));
	return env;
}

static json_t *all_capabilities(void)
{
	json_t *names = json_array();

	for (int i = 0; i < CAPS_KNOWN; i++)
		json_array_append_new(names, json_string(cap_name(i)));
	return names;
}

static void make_privileged(json_t *process)
{
	json_t *caps cleanup_json = all_capabilities();

	json_object_set_new(
	    process, "capabilities",
	    json_pack("{sO sO sO}", "bounding", caps, "effective", caps, "permitted", caps));
	json_object_del(process, "apparmorProfile");
	json_object_set_new(process, "noNewPrivileges", json_false());
}

/* {"process":…} of the container's config.json, changed. */
static int lay_over(json_t *process, const json_t *config, struct err *err)
{
	const json_t *cmd = json_object_get(config, "Cmd"), *size;
	const char *cwd = config_str(config, "WorkingDir");
	bool terminal = config_bool(config, "Tty");

	if (json_array_size(cmd) == 0)
		return err_invalid(err, "No exec command specified");
	if (*cwd && *cwd != '/')
		return err_invalid(err, "the working directory \"%s\" is not absolute", cwd);
	json_object_set(process, "args", (json_t *)cmd);
	json_object_set_new(process, "terminal", json_boolean(terminal));
	json_object_set_new(
	    process, "env",
	    merge_env(json_object_get(process, "env"), json_object_get(config, "Env"), terminal));
	if (*cwd)
		json_object_set_new(process, "cwd", json_string(cwd));
	json_object_del(process, "consoleSize");
	size = json_object_get(config, "ConsoleSize"); /* [height, width] */
	if (terminal && json_array_size(size) == 2)
		json_object_set_new(process, "consoleSize",
				    json_pack("{sO sO}", "height", json_array_get(size, 0), "width",
					      json_array_get(size, 1)));
	if (config_bool(config, "Privileged"))
		make_privileged(process);
	return 0;
}

/* /proc/PID/root of the process that is surely still the container's. */
static int open_root(const struct container *c, int *ret_fd, struct err *err)
{
	char path[40];
	int fd cleanup_fd = -1;

	snprintf(path, sizeof(path), "/proc/%d/root", c->state.pid);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(err, errno, "open the root of container %s", c->id);
	if (process_life(c->state.pid, c->state.start_time) != PROCESS_ALIVE)
		return err_set(err, ERR_CONFLICT, ESRCH, "container %s is not running", c->id);
	*ret_fd = take_fd(&fd);
	return 0;
}

static int resolve_user(const struct container *c, const json_t *config,
			struct oci_process *process, struct err *err)
{
	struct sec_user user cleanup_with(sec_user_clear) = { 0 };
	struct strv groups cleanup_strv = { 0 };
	const char *name = config_str(config, "User");
	int root cleanup_fd = -1, r;

	if (!*name)
		name = config_str(config_of(c), "User");
	r = open_root(c, &root, err);
	if (r == 0)
		r = js_get_strv(host_config_of(c), "HostConfig", "GroupAdd", &groups, err);
	if (r == 0)
		r = sec_user_resolve(root, name, &groups, &user, err);
	if (r < 0)
		return r;
	process->uid = user.uid;
	process->gid = user.gid;
	free(process->additional_gids);
	process->additional_gids = take_ptr(&user.groups);
	process->additional_gid_count = user.group_count;
	return 0;
}

static int find_host_uid(const struct oci_spec *spec, uint32_t uid, uid_t *ret, struct err *err)
{
	const struct oci_id_maps *maps = &spec->linux.uid_maps;

	if (maps->count == 0) {
		*ret = uid;
		return 0;
	}
	for (size_t i = 0; i < maps->count; i++) {
		if (uid < maps->items[i].container ||
		    uid - maps->items[i].container >= maps->items[i].size)
			continue;
		*ret = maps->items[i].host + (uid - maps->items[i].container);
		return 0;
	}
	return err_invalid(err, "user %u is not mapped in the container's user namespace", uid);
}

int exec_process_make(const struct container *c, const json_t *config, struct exec_process *ret,
		      struct err *err)
{
	struct exec_process p cleanup_with(exec_process_clear) = { 0 };
	json_t *spec cleanup_json = NULL, *process;
	int r = js_read_file_at(c->dir_fd, "config.json", OCI_CONFIG_MAX, &spec, err);

	if (r == 0)
		r = oci_spec_parse(spec, &p.spec, err);
	if (r < 0)
		return r;
	process = json_object_get(spec, "process");
	r = lay_over(process, config, err);
	if (r == 0)
		r = oci_process_parse(process, &p.process, err);
	if (r == 0)
		r = resolve_user(c, config, &p.process, err);
	if (r == 0)
		r = find_host_uid(p.spec, p.process.uid, &p.host_uid, err);
	if (r < 0)
		return r;
	if (!config_bool(config, "Privileged") && p.spec->linux.seccomp.set)
		p.seccomp = &p.spec->linux.seccomp;
	*ret = p;
	p = (struct exec_process){ 0 };
	return 0;
}
