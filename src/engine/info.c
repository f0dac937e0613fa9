/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/info.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "engine/container/container.h"
#include "engine/image/image.h"
#include "engine/root/root.h"
#include "engine/store/containers.h"
#include "runtime/cgroup/cgroup.h"

#define API_VERSION "1.50"
#define API_VERSION_MIN "1.24"

static const char *go_arch(const char *machine)
{
	if (str_eq(machine, "x86_64"))
		return "amd64";
	return str_eq(machine, "aarch64") ? "arm64" : machine;
}

/* A value of os-release(5), quotes taken off; malloc'ed, "" where it is not there. */
static char *os_release(const char *key)
{
	struct buf text cleanup_buf = BUF_INIT(65536);
	size_t len = strlen(key);
	const char *line, *end;

	/* /etc/os-release is most often a link to this */
	if (fd_read_file_at(-1, "/usr/lib/os-release", 65536, &text, NULL) < 0)
		fd_read_file_at(-1, "/etc/os-release", 65536, &text, NULL);
	for (line = buf_str(&text); *line; line = *end ? end + 1 : end) {
		end = strchrnul(line, '\n');
		if (strncmp(line, key, len) != 0 || line[len] != '=')
			continue;
		line += len + 1;
		len = (size_t)(end - line);
		if (len >= 2 && (*line == '"' || *line == '\'') && line[len - 1] == *line)
			return strndup(line + 1, len - 2);
		return strndup(line, len);
	}
	return strdup("");
}

/* --- groups ---------------------------------------------------------------------------------- */

struct groups {
	bool v1, memory, cpu, cpuset, pids, swap;
};

static bool names(const char *list, const char *name)
{
	struct strv parts cleanup_strv = { 0 };

	return strv_split(&parts, list, ',') == 0 && strv_contains(&parts, name);
}

static struct groups find_groups(void)
{
	struct buf controllers cleanup_buf = BUF_INIT(4096);
	const struct cgroup_hierarchy *h;
	struct groups g = { 0 };
	size_t count = 0, i;
	char *p;

	h = cgroup_hierarchies(&count, NULL);
	for (i = 0; h && i < count; i++) {
		if (h[i].v2)
			continue;
		g.memory |= names(h[i].mount_options, "memory");
		g.cpu |= names(h[i].mount_options, "cpu");
		g.cpuset |= names(h[i].mount_options, "cpuset");
		g.pids |= names(h[i].mount_options, "pids");
	}
	g.v1 = g.memory || g.cpu || g.cpuset || g.pids;
	g.swap = access("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes", F_OK) == 0;
	if (g.v1 ||
	    fd_read_file_at(-1, "/sys/fs/cgroup/cgroup.controllers", 4096, &controllers, NULL) < 0)
		return g;
	for (p = controllers.data; p && *p; p++)
		if (*p == ' ' || *p == '\n')
			*p = ',';
	g.memory = g.swap = names(buf_str(&controllers), "memory");
	g.cpu = names(buf_str(&controllers), "cpu");
	g.cpuset = names(buf_str(&controllers), "cpuset");
	g.pids = names(buf_str(&controllers), "pids");
	return g;
}

static void add_groups(json_t *info, json_t *warnings)
{
	struct groups g = find_groups();
	const struct {
		const char *member;
		bool have;
		const char *warning;
	} rows[] = {
		{ "MemoryLimit", g.memory, "WARNING: No memory limit support" },
		{ "SwapLimit", g.swap, "WARNING: No swap limit support" },
		{ "CpuCfsPeriod", g.cpu, "WARNING: No cpu cfs period support" },
		{ "CpuCfsQuota", g.cpu, "WARNING: No cpu cfs quota support" },
		{ "CPUShares", g.cpu, "WARNING: No cpu shares support" },
		{ "CPUSet", g.cpuset, "WARNING: No cpuset support" },
		{ "PidsLimit", g.pids, "WARNING: No pids limit support" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		json_object_set_new(info, rows[i].member, json_boolean(rows[i].have));
		if (!rows[i].have)
			json_array_append_new(warnings, json_string(rows[i].warning));
	}
	json_object_set_new(info, "OomKillDisable", json_boolean(g.v1 && g.memory));
	json_object_set_new(info, "CgroupDriver", json_string("cgroupfs"));
	json_object_set_new(info, "CgroupVersion", json_string(g.v1 ? "1" : "2"));
}

/* --- containers, images ---------------------------------------------------------------------- */

static int add_counts(struct engine *engine, json_t *info, struct err *err)
{
	struct container **list;
	size_t count, i, running = 0, paused = 0;
	json_t *images cleanup_json = NULL;
	int r = container_list(engine, &list, &count, err);

	if (r < 0)
		return r;
	for (i = 0; i < count; i++) {
		running +=
		    list[i]->status == CONTAINER_RUNNING || list[i]->status == CONTAINER_RESTARTING;
		paused += list[i]->status == CONTAINER_PAUSED;
	}
	container_list_free(list, count);
	r = image_list(engine, &images, err);
	if (r < 0)
		return r;
	json_object_set_new(info, "Containers", json_integer((json_int_t)count));
	json_object_set_new(info, "ContainersRunning", json_integer((json_int_t)running));
	json_object_set_new(info, "ContainersPaused", json_integer((json_int_t)paused));
	json_object_set_new(info, "ContainersStopped",
			    json_integer((json_int_t)(count - running - paused)));
	json_object_set_new(info, "Images", json_integer((json_int_t)json_array_size(images)));
	return 0;
}

static int add_id(struct engine *engine, json_t *info, struct err *err)
{
	char *id cleanup_free = NULL;
	char text[40];
	struct store *store;
	int r = engine_store(engine, &store, err);

	if (r == 0)
		r = store_meta_get(store, "id", &id, err);
	if (r < 0)
		return r;
	snprintf(text, sizeof(text), "%.8s-%.4s-%.4s-%.4s-%.12s", id, id + 8, id + 12, id + 16,
		 id + 20);
	json_object_set_new(info, "ID", json_string(text));
	return 0;
}

static json_t *security_options(const struct engine *engine)
{
	json_t *options = json_pack("[ss]", "name=seccomp,profile=builtin", "name=cgroupns");

	if (!engine->root->system)
		json_array_append_new(options, json_string("name=rootless"));
	return options;
}

static void add_machine(struct engine *engine, json_t *info)
{
	char *name cleanup_free = os_release("PRETTY_NAME");
	char *version cleanup_free = os_release("VERSION_ID");
	struct utsname u = { 0 };
	struct sysinfo s = { 0 };
	cpu_set_t cpus;

	uname(&u);
	sysinfo(&s);
	json_object_set_new(info, "KernelVersion", json_string(u.release));
	json_object_set_new(info, "OperatingSystem", json_string(name && *name ? name : "Linux"));
	json_object_set_new(info, "OSVersion", json_string(version ? version : ""));
	json_object_set_new(info, "OSType", json_string("linux"));
	json_object_set_new(info, "Architecture", json_string(u.machine));
	json_object_set_new(
	    info, "NCPU",
	    json_integer(sched_getaffinity(0, sizeof(cpus), &cpus) == 0 ? CPU_COUNT(&cpus) : 1));
	json_object_set_new(info, "MemTotal",
			    json_integer((json_int_t)s.totalram * (json_int_t)s.mem_unit));
	json_object_set_new(info, "Name", json_string(u.nodename));
	json_object_set_new(info, "DockerRootDir", json_string(engine->root->lib));
	json_object_set_new(info, "RunDir", json_string(engine->root->run));
	json_object_set_new(info, "CgroupParent", json_string(engine->root->cgroup_parent));
}

static void add_engine(struct engine *engine, json_t *info)
{
	char *runtime cleanup_free = NULL, *init cleanup_free = NULL;

	engine_helper_path(engine, "coracle-oci", &runtime, NULL);
	engine_helper_path(engine, "coracle-init", &init, NULL);
	json_object_set_new(info, "ServerVersion", json_string(CORACLE_VERSION));
	json_object_set_new(info, "Driver", json_string("overlay"));
	json_object_set_new(info, "DriverStatus", json_array());
	json_object_set_new(info, "Plugins",
			    json_pack("{s[] s[sss] sn s[sss]}", "Volume", "Network", "none", "host",
				      "container", "Authorization", "Log", "k8s-file", "json-file",
				      "none"));
	json_object_set_new(info, "LoggingDriver", json_string("k8s-file"));
	json_object_set_new(
	    info, "Runtimes",
	    json_pack("{s{ss}}", "coracle", "path", runtime ? runtime : "coracle-oci"));
	json_object_set_new(info, "DefaultRuntime", json_string("coracle"));
	json_object_set_new(info, "InitBinary", json_string(init ? init : "coracle-init"));
	json_object_set_new(info, "Swarm",
			    json_pack("{ss ss ss sb ss sn}", "NodeID", "", "NodeAddr", "",
				      "LocalNodeState", "inactive", "ControlAvailable", 0, "Error",
				      "", "RemoteManagers"));
	/* no command has to stay for a container to live */
	json_object_set_new(info, "LiveRestoreEnabled", json_true());
	json_object_set_new(info, "SecurityOptions", security_options(engine));
	json_object_set_new(info, "Labels", json_array());
}

int engine_info(struct engine *engine, json_t **ret, struct err *err)
{
	json_t *info cleanup_json = json_object(), *warnings = json_array();
	char now[TIME_TEXT_MAX];
	int r = add_id(engine, info, err);

	if (r == 0)
		r = add_counts(engine, info, err);
	if (r < 0) {
		json_decref(warnings);
		return r;
	}
	add_engine(engine, info);
	add_groups(info, warnings);
	add_machine(engine, info);
	json_object_set_new(info, "SystemTime", json_string(time_format(time_now_ns(), now)));
	json_object_set_new(info, "Warnings", json_array_size(warnings) ? warnings : json_null());
	if (json_array_size(warnings) == 0)
		json_decref(warnings);
	*ret = take_ptr(&info);
	return 0;
}

int engine_version(struct engine *engine, json_t **ret, struct err *err)
{
	struct utsname u = { 0 };
	json_t *version;

	uname(&u);
	version = json_pack(
	    "{s{ss} s[{ss ss s{ss ss ss ss ss ss}}] ss ss ss ss ss ss}", "Platform", "Name",
	    "Coracle", "Components", "Name", "Engine", "Version", CORACLE_VERSION, "Details",
	    "ApiVersion", API_VERSION, "Arch", go_arch(u.machine), "Experimental", "false",
	    "KernelVersion", u.release, "MinAPIVersion", API_VERSION_MIN, "Os", "linux", "Version",
	    CORACLE_VERSION, "ApiVersion", API_VERSION, "MinAPIVersion", API_VERSION_MIN, "Os",
	    "linux", "Arch", go_arch(u.machine), "KernelVersion", u.release);
	if (!version)
		return err_oom(err);
	*ret = version;
	return 0;
}
