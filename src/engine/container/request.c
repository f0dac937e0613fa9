/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/request.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"

enum kind {
	BOOLEAN,
	INTEGER,
	STRING,
	STRINGS, /* array of strings */
	ARRAY,
	OBJECT,
	SET,	  /* object whose keys are what matters */
	TEXT_MAP, /* object of strings */
};

struct member {
	const char *name;
	enum kind kind;
	const char *absent; /* JSON; NULL: the member is left out */
	const char *refuse; /* what is not supported; NULL: it is */
};

static const struct member config_members[] = {
	{ "Hostname", STRING, "\"\"" },
	{ "Domainname", STRING, "\"\"" },
	{ "User", STRING, "\"\"" },
	{ "AttachStdin", BOOLEAN, "false" },
	{ "AttachStdout", BOOLEAN, "false" },
	{ "AttachStderr", BOOLEAN, "false" },
	{ "ExposedPorts", SET },
	{ "Tty", BOOLEAN, "false" },
	{ "OpenStdin", BOOLEAN, "false" },
	{ "StdinOnce", BOOLEAN, "false" },
	{ "Env", STRINGS, "[]" },
	{ "Cmd", STRINGS, "null" },
	{ "Healthcheck", OBJECT, NULL, "health checks" },
	{ "ArgsEscaped", BOOLEAN, NULL, "escaped arguments (Windows)" },
	{ "Image", STRING, "\"\"" },
	{ "Volumes", SET, "null", "anonymous volumes" },
	{ "WorkingDir", STRING, "\"\"" },
	{ "Entrypoint", STRINGS, "null" },
	{ "NetworkDisabled", BOOLEAN, NULL, "use the network mode none instead" },
	{ "MacAddress", STRING },
	{ "OnBuild", STRINGS, "null", "build triggers" },
	{ "Labels", TEXT_MAP, "{}" },
	{ "StopSignal", STRING },
	{ "StopTimeout", INTEGER },
	{ "Shell", STRINGS, NULL },
};

static const struct member host_members[] = {
	{ "Binds", STRINGS, "null" },
	{ "ContainerIDFile", STRING, "\"\"" },
	{ "LogConfig", OBJECT, "{\"Type\":\"\",\"Config\":{}}" },
	{ "NetworkMode", STRING, "\"\"" },
	{ "NetRate", OBJECT },
	{ "PortBindings", OBJECT, "{}" },
	{ "RestartPolicy", OBJECT, "{\"Name\":\"no\",\"MaximumRetryCount\":0}" },
	{ "AutoRemove", BOOLEAN, "false" },
	{ "VolumeDriver", STRING, "\"\"", "volumes" },
	{ "VolumesFrom", STRINGS, "null", "volumes" },
	{ "Mounts", ARRAY },
	{ "ConsoleSize", ARRAY, "[0,0]" },
	{ "Annotations", TEXT_MAP },
	{ "CapAdd", STRINGS, "null" },
	{ "CapDrop", STRINGS, "null" },
	{ "CgroupnsMode", STRING, "\"private\"" },
	{ "Dns", STRINGS, "[]" },
	{ "DnsOptions", STRINGS, "[]" },
	{ "DnsSearch", STRINGS, "[]" },
	{ "ExtraHosts", STRINGS, "null" },
	{ "GroupAdd", STRINGS, "null" },
	{ "IpcMode", STRING, "\"private\"" },
	{ "Cgroup", STRING, "\"\"", "joining another container's group" },
	{ "Links", STRINGS, "null", "links" },
	{ "OomScoreAdj", INTEGER, "0" },
	{ "PidMode", STRING, "\"\"" },
	{ "Privileged", BOOLEAN, "false" },
	{ "PublishAllPorts", BOOLEAN, "false" },
	{ "ReadonlyRootfs", BOOLEAN, "false" },
	{ "SecurityOpt", STRINGS, "null" },
	{ "StorageOpt", TEXT_MAP, NULL, "storage options" },
	{ "Tmpfs", TEXT_MAP },
	{ "UTSMode", STRING, "\"\"" },
	{ "UsernsMode", STRING, "\"\"" },
	{ "ShmSize", INTEGER, "67108864" },
	{ "Sysctls", TEXT_MAP },
	{ "Runtime", STRING, "\"coracle\"" },
	{ "Isolation", STRING, "\"\"" },
	{ "CpuShares", INTEGER, "0" },
	{ "Memory", INTEGER, "0" },
	{ "NanoCpus", INTEGER, "0" },
	{ "CgroupParent", STRING, "\"\"", "a parent group of your own" },
	{ "BlkioWeight", INTEGER, "0", "block I/O weights" },
	{ "BlkioWeightDevice", ARRAY, "[]", "block I/O weights" },
	{ "BlkioDeviceReadBps", ARRAY, "[]", "block I/O limits" },
	{ "BlkioDeviceWriteBps", ARRAY, "[]", "block I/O limits" },
	{ "BlkioDeviceReadIOps", ARRAY, "[]", "block I/O limits" },
	{ "BlkioDeviceWriteIOps", ARRAY, "[]", "block I/O limits" },
	{ "CpuPeriod", INTEGER, "0" },
	{ "CpuQuota", INTEGER, "0" },
	{ "CpuRealtimePeriod", INTEGER, "0", "real-time scheduling limits" },
	{ "CpuRealtimeRuntime", INTEGER, "0", "real-time scheduling limits" },
	{ "CpusetCpus", STRING, "\"\"" },
	{ "CpusetMems", STRING, "\"\"" },
	{ "Devices", ARRAY, "[]" },
	{ "DeviceCgroupRules", STRINGS, "null" },
	{ "DeviceRequests", ARRAY, "null", "device requests (GPUs)" },
	{ "KernelMemory", INTEGER, NULL, "kernel memory limits" },
	{ "KernelMemoryTCP", INTEGER, NULL, "kernel memory limits" },
	{ "MemoryReservation", INTEGER, "0" },
	{ "MemorySwap", INTEGER, "0" },
	{ "MemorySwappiness", INTEGER, "null" },
	{ "OomKillDisable", BOOLEAN, "false" },
	{ "PidsLimit", INTEGER, "null" },
	{ "Ulimits", ARRAY, "[]" },
	{ "CpuCount", INTEGER, "0", "a Windows option" },
	{ "CpuPercent", INTEGER, "0", "a Windows option" },
	{ "IOMaximumIOps", INTEGER, "0", "a Windows option" },
	{ "IOMaximumBandwidth", INTEGER, "0", "a Windows option" },
	{ "MaskedPaths", STRINGS, "null" },
	{ "ReadonlyPaths", STRINGS, "null" },
	{ "Init", BOOLEAN },
};

bool request_is_nothing(const json_t *value)
{
	const char *key;
	json_t *item;
	size_t i;

	switch (json_typeof(value)) {
	case JSON_OBJECT:
		json_object_foreach ((json_t *)value, key, item)
			if (!request_is_nothing(item))
				return false;
		return true;
	case JSON_ARRAY:
		json_array_foreach (value, i, item)
			if (!request_is_nothing(item))
				return false;
		return true;
	case JSON_STRING:
		return *json_string_value(value) == '\0';
	case JSON_INTEGER:
		return json_integer_value(value) == 0;
	case JSON_REAL:
		return json_real_value(value) == 0;
	case JSON_TRUE:
		return false;
	default:
		return true;
	}
}

static bool is_empty(const json_t *value)
{
	return json_object_size(value) == 0 && json_array_size(value) == 0 &&
	       (json_is_object(value) || json_is_array(value) || request_is_nothing(value));
}

static const char *kind_name(enum kind kind)
{
	static const char *const names[] = {
		[BOOLEAN] = "a boolean", [INTEGER] = "an integer",
		[STRING] = "a string",	 [STRINGS] = "an array of strings",
		[ARRAY] = "an array",	 [OBJECT] = "an object",
		[SET] = "an object",	 [TEXT_MAP] = "an object of strings",
	};

	return names[kind];
}

static bool all_strings(const json_t *value)
{
	const char *key;
	json_t *item;
	size_t i;

	json_array_foreach (value, i, item)
		if (!json_is_string(item))
			return false;
	json_object_foreach ((json_t *)value, key, item)
		if (!json_is_string(item))
			return false;
	return true;
}

static bool is_kind(const json_t *value, enum kind kind)
{
	switch (kind) {
	case BOOLEAN:
		return json_is_boolean(value);
	case INTEGER:
		return json_is_integer(value);
	case STRING:
		return json_is_string(value);
	case STRINGS:
		return json_is_array(value) && all_strings(value);
	case ARRAY:
		return json_is_array(value);
	case OBJECT:
	case SET:
		return json_is_object(value);
	case TEXT_MAP:
		return json_is_object(value) && all_strings(value);
	}
	return false;
}

static const struct member *find_member(const struct member *members, size_t count,
					const char *name)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (str_eq(members[i].name, name))
			return &members[i];
	return NULL;
}

/* {"Test":["NONE"]} says that there shall be none. */
static bool is_no_healthcheck(const struct member *m, const json_t *value)
{
	const json_t *test = json_object_get(value, "Test");
	const char *word = json_string_value(json_array_get(test, 0));

	return str_eq(m->name, "Healthcheck") && word && str_eq(word, "NONE");
}

static int check_member(const struct member *m, const char *where, const json_t *value,
			struct err *err)
{
	if (json_is_null(value) || is_no_healthcheck(m, value))
		return 0;
	if (!is_kind(value, m->kind))
		return err_invalid(err, "%s%s must be %s", where, m->name, kind_name(m->kind));
	if (m->refuse && !(m->kind == SET ? is_empty(value) : request_is_nothing(value)))
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP, "%s%s is not supported: %s", where,
			       m->name, m->refuse);
	return 0;
}

/* In the table's order; what was given, else what stands for absence. */
static int fill(const json_t *given, const char *where, const struct member *members, size_t count,
		json_t **ret, struct err *err)
{
	json_t *filled cleanup_json = json_object();
	json_t *value;
	size_t i;
	int r;

	for (i = 0; i < count; i++) {
		const struct member *m = &members[i];

		value = json_object_get(given, m->name);
		if (value) {
			r = check_member(m, where, value, err);
			if (r < 0)
				return r;
		}
		if (value && !json_is_null(value) && !m->refuse)
			value = json_deep_copy(value);
		else if (m->absent)
			value = json_loads(m->absent, JSON_DECODE_ANY, NULL);
		else
			continue;
		if (json_object_set_new(filled, m->name, value) < 0)
			return err_oom(err);
	}
	*ret = take_ptr(&filled);
	return 0;
}

/* What is in it, create_networks.c reads. */
static int check_networking(const json_t *networking, struct err *err)
{
	const char *name;
	json_t *value;

	if (!json_is_null(networking) && !json_is_object(networking))
		return err_invalid(err, "NetworkingConfig must be an object");
	json_object_foreach ((json_t *)networking, name, value)
		if (!str_eq(name, "EndpointsConfig") && !is_empty(value))
			return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
				       "NetworkingConfig.%s is unknown and not supported", name);
	return 0;
}

static int check_known(const json_t *given, const char *where, const struct member *members,
		       size_t count, struct err *err)
{
	const char *name;
	json_t *value;

	json_object_foreach ((json_t *)given, name, value) {
		if (!*where && (str_eq(name, "HostConfig") || str_eq(name, "NetworkingConfig")))
			continue;
		if (!find_member(members, count, name) && !is_empty(value))
			return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
				       "%s%s is unknown and not supported", where, name);
	}
	return 0;
}

int request_split(const json_t *request, json_t **ret_config, json_t **ret_host, struct err *err)
{
	json_t *config cleanup_json = NULL, *host cleanup_json = NULL;
	json_t *networking = json_object_get(request, "NetworkingConfig");
	json_t *given = NULL;
	int r;

	if (!json_is_object(request))
		return err_invalid(err, "the request must be an object");
	r = js_get_obj(request, "request", "HostConfig", &given, err);
	if (r == 0 && networking)
		r = check_networking(networking, err);
	if (r == 0)
		r = check_known(request, "", config_members, ARRAY_SIZE(config_members), err);
	if (r == 0)
		r = check_known(given, "HostConfig.", host_members, ARRAY_SIZE(host_members), err);
	if (r == 0)
		r = fill(request, "", config_members, ARRAY_SIZE(config_members), &config, err);
	if (r == 0)
		r = fill(given, "HostConfig.", host_members, ARRAY_SIZE(host_members), &host, err);
	if (r < 0)
		return r;
	*ret_config = take_ptr(&config);
	*ret_host = take_ptr(&host);
	return 0;
}
