/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/time.h"
#include "cli/container.h"
#include "cli/format/format.h"
#include "cli/machine.h"
#include "cli/verbs/verbs.h"
#include "engine/image/image.h"
#include "engine/root/root.h"

struct info {
	const char *format;
};

static const struct cli_option options[] = {
	OPT(info, format, "format", 'f', CLI_STRING, "string", "How to print: json or a template",
	    "json"),
	{ 0 },
};

static int count(struct engine *engine, json_t *info, struct err *err)
{
	int running = 0, paused = 0, stopped = 0;
	json_t *images cleanup_json = NULL;
	struct container **list;
	size_t n;
	int r = container_list(engine, &list, &n, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		if (list[i]->status == CONTAINER_PAUSED)
			paused++;
		else if (list[i]->status == CONTAINER_RUNNING)
			running++;
		else
			stopped++;
	}
	container_list_free(list, n);
	r = image_list(engine, &images, err);
	if (r < 0)
		return r;
	json_object_set_new(info, "Containers", json_integer((json_int_t)n));
	json_object_set_new(info, "ContainersRunning", json_integer(running));
	json_object_set_new(info, "ContainersPaused", json_integer(paused));
	json_object_set_new(info, "ContainersStopped", json_integer(stopped));
	json_object_set_new(info, "Images", json_integer((json_int_t)json_array_size(images)));
	return 0;
}

static int add_machine(json_t *info, struct err *err)
{
	char *os cleanup_free = NULL, *os_version cleanup_free = NULL;
	char now[TIME_TEXT_MAX];
	struct utsname u;

	if (machine_os(&os, &os_version, err) < 0)
		return -ENOMEM;
	if (uname(&u) < 0)
		return err_sys(err, errno, "uname");
	json_object_set_new(info, "SystemTime", json_string(time_format(time_now_ns(), now)));
	json_object_set_new(info, "KernelVersion", json_string(u.release));
	json_object_set_new(info, "OperatingSystem", json_string(os));
	json_object_set_new(info, "OSVersion", json_string(os_version));
	json_object_set_new(info, "OSType", json_string("linux"));
	json_object_set_new(info, "Architecture", json_string(u.machine));
	json_object_set_new(info, "NCPU", json_integer(machine_cpus()));
	json_object_set_new(info, "MemTotal", json_integer(machine_memory()));
	json_object_set_new(info, "Name", json_string(u.nodename));
	return 0;
}

static json_t *security_options(const struct root *root)
{
	json_t *list = json_array();

	if (access("/sys/kernel/security/apparmor", F_OK) == 0)
		json_array_append_new(list, json_string("name=apparmor"));
	json_array_append_new(list, json_string("name=seccomp,profile=builtin"));
	if (!root->system)
		json_array_append_new(list, json_string("name=rootless"));
	json_array_append_new(list, json_string("name=cgroupns"));
	return list;
}

static int gather(struct engine *engine, json_t *info, struct err *err)
{
	int r = count(engine, info, err);

	if (r < 0)
		return r;
	json_object_set_new(info, "Driver", json_string("overlay"));
	json_object_set_new(info, "Plugins",
			    json_pack("{s[] s[sss] s[sss]}", "Volume", "Network", "none", "host",
				      "container", "Log", "k8s-file", "json-file", "none"));
	json_object_set_new(info, "LoggingDriver", json_string("k8s-file"));
	json_object_set_new(info, "CgroupDriver", json_string("cgroupfs"));
	json_object_set_new(info, "CgroupVersion", json_string(machine_cgroup_version()));
	r = add_machine(info, err);
	if (r < 0)
		return r;
	json_object_set_new(info, "DockerRootDir", json_string(engine->root->lib));
	json_object_set_new(info, "CgroupParent", json_string(engine->root->cgroup_parent));
	json_object_set_new(info, "RunDir", json_string(engine->root->run));
	json_object_set_new(info, "ServerVersion", json_string(CORACLE_VERSION));
	json_object_set_new(info, "DefaultRuntime", json_string("coracle"));
	json_object_set_new(info, "InitBinary", json_string("coracle-init"));
	json_object_set_new(info, "SecurityOptions", security_options(engine->root));
	json_object_set_new(info, "Warnings", json_array());
	return 0;
}

static const char *text(const json_t *info, const char *key)
{
	const char *value = json_string_value(json_object_get(info, key));

	return value ? value : "";
}

static long long number(const json_t *info, const char *key)
{
	return json_integer_value(json_object_get(info, key));
}

static void print_words(const char *title, const json_t *list)
{
	printf("%s", title);
	for (size_t i = 0; i < json_array_size(list); i++)
		printf(" %s", json_string_value(json_array_get(list, i)));
	printf("\n");
}

static void print(const json_t *info)
{
	const json_t *plugins = json_object_get(info, "Plugins");
	const json_t *security = json_object_get(info, "SecurityOptions");
	char memory[32];

	printf("Containers: %lld\n Running: %lld\n Paused: %lld\n Stopped: %lld\nImages: %lld\n",
	       number(info, "Containers"), number(info, "ContainersRunning"),
	       number(info, "ContainersPaused"), number(info, "ContainersStopped"),
	       number(info, "Images"));
	printf("Server Version: %s\nStorage Driver: %s\nLogging Driver: %s\nCgroup Driver: %s\n"
	       "Cgroup Version: %s\nPlugins:\n",
	       text(info, "ServerVersion"), text(info, "Driver"), text(info, "LoggingDriver"),
	       text(info, "CgroupDriver"), text(info, "CgroupVersion"));
	print_words(" Network:", json_object_get(plugins, "Network"));
	print_words(" Log:", json_object_get(plugins, "Log"));
	printf("Init Binary: %s\nSecurity Options:\n", text(info, "InitBinary"));
	for (size_t i = 0; i < json_array_size(security); i++) {
		const char *option = json_string_value(json_array_get(security, i));

		printf("  %s\n", str_starts(option, "name=") ? option + strlen("name=") : option);
	}
	printf("Kernel Version: %s\nOperating System: %s\nOSType: %s\nArchitecture: %s\n"
	       "CPUs: %lld\nTotal Memory: %s\nName: %s\nRoot Dir: %s\nRun Dir: %s\n",
	       text(info, "KernelVersion"), text(info, "OperatingSystem"), text(info, "OSType"),
	       text(info, "Architecture"), number(info, "NCPU"),
	       str_bytes_size((double)number(info, "MemTotal"), memory), text(info, "Name"),
	       text(info, "DockerRootDir"), text(info, "RunDir"));
}

static int run(struct cli *cli, const void *values, int argc, char **argv, struct err *err)
{
	const struct info *v = values;
	const char *format = v->format ? v->format : cli->format;
	json_t *info cleanup_json = json_object();
	struct engine *engine;
	int r = info ? cli_engine(cli, &engine, err) : err_oom(err);

	if (r == 0)
		r = gather(engine, info, err);
	if (r < 0)
		return r;
	if (format && *format) {
		r = format_value(format, info, NULL, err);
		return r < 0 ? r : EXIT_SUCCESS;
	}
	print(info);
	return EXIT_SUCCESS;
}

const struct cli_verb verb_info = {
	.name = "info",
	.usage = "[OPTIONS]",
	.summary = "Show what the engine has and where it runs",
	.tables = { options },
	.values_size = sizeof(struct info),
	.fail_status = EXIT_FAILED,
	.run = run,
};
