/* SPDX-License-Identifier: Apache-2.0 */
/* What a request may say, and what is stored of it. */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>
#include <cmocka.h>

#include "engine_fixture.h"

struct refusal {
	const char *request; /* over {"Image":…,"Cmd":["true"]} */
	enum err_class class;
	const char *says;
};

static const struct refusal refusals[] = {
	/* members */
	{ "{\"NoSuch\":1}", ERR_UNSUPPORTED, "NoSuch is unknown" },
	{ "{\"HostConfig\":{\"NoSuch\":\"x\"}}", ERR_UNSUPPORTED, "HostConfig.NoSuch is unknown" },
	{ "{\"HostConfig\":{\"PortBindings\":{\"80/tcp\":[{\"HostPort\":\"x\"}]}}}", ERR_INVALID,
	  "port" },
	{ "{\"HostConfig\":{\"PortBindings\":{\"0/tcp\":[{\"HostPort\":\"1\"}]}}}", ERR_INVALID,
	  "port" },
	{ "{\"Healthcheck\":{\"Test\":[\"CMD\",\"x\"]}}", ERR_UNSUPPORTED, "health checks" },
	{ "{\"Volumes\":{\"/x\":{}}}", ERR_UNSUPPORTED, "anonymous volumes" },
	{ "{\"HostConfig\":{\"StorageOpt\":{\"size\":\"1g\"}}}", ERR_UNSUPPORTED, "StorageOpt" },
	{ "{\"NetworkingConfig\":{\"EndpointsConfig\":{\"x\":{\"Aliases\":[\"a\"]}}}}",
	  ERR_NOT_FOUND, "network x not found" },
	{ "{\"Tty\":1}", ERR_INVALID, "Tty must be a boolean" },
	{ "{\"Env\":[1]}", ERR_INVALID, "Env must be an array of strings" },
	{ "{\"HostConfig\":{\"Memory\":\"64m\"}}", ERR_INVALID,
	  "HostConfig.Memory must be an integer" },
	{ "{\"HostConfig\":{\"Sysctls\":{\"a\":1}}}", ERR_INVALID, "Sysctls must be an object" },
	{ "{\"HostConfig\":7}", ERR_INVALID, "HostConfig" },
	{ "{\"Image\":\"\"}", ERR_INVALID, "no image" },
	{ "{\"Image\":\"nosuch\"}", ERR_NOT_FOUND, "nosuch" },
	{ "{\"Cmd\":[],\"Entrypoint\":[\"\"]}", ERR_INVALID, "no command specified" },
	/* memory */
	{ "{\"HostConfig\":{\"Memory\":6291455}}", ERR_INVALID, "Minimum memory limit" },
	{ "{\"HostConfig\":{\"Memory\":-1}}", ERR_INVALID, "Minimum memory limit" },
	{ "{\"HostConfig\":{\"MemorySwap\":67108864}}", ERR_INVALID, "always set the Memory" },
	{ "{\"HostConfig\":{\"Memory\":67108864,\"MemorySwap\":67108863}}", ERR_INVALID,
	  "memoryswap limit should be larger" },
	{ "{\"HostConfig\":{\"Memory\":67108864,\"MemoryReservation\":67108865}}", ERR_INVALID,
	  "memory reservation limit" },
	{ "{\"HostConfig\":{\"MemorySwappiness\":101}}", ERR_INVALID, "swappiness range" },
	/* cpu */
	{ "{\"HostConfig\":{\"NanoCpus\":9999999}}", ERR_INVALID, "range of CPUs is from 0.01" },
	{ "{\"HostConfig\":{\"NanoCpus\":9000000000000}}", ERR_INVALID, "CPUs available" },
	{ "{\"HostConfig\":{\"NanoCpus\":500000000,\"CpuPeriod\":100000}}", ERR_INVALID,
	  "CPU Period cannot both be set" },
	{ "{\"HostConfig\":{\"NanoCpus\":500000000,\"CpuQuota\":50000}}", ERR_INVALID,
	  "CPU Quota cannot both be set" },
	{ "{\"HostConfig\":{\"CpuPeriod\":999}}", ERR_INVALID, "CPU cfs period" },
	{ "{\"HostConfig\":{\"CpuQuota\":999}}", ERR_INVALID, "CPU cfs quota" },
	{ "{\"HostConfig\":{\"CpuShares\":1}}", ERR_INVALID, "CpuShares" },
	{ "{\"HostConfig\":{\"CpusetCpus\":\"0-\"}}", ERR_INVALID, "Invalid value 0-" },
	{ "{\"HostConfig\":{\"CpusetCpus\":\"3-1\"}}", ERR_INVALID, "Invalid value 3-1" },
	{ "{\"HostConfig\":{\"CpusetCpus\":\"8000\"}}", ERR_INVALID, "are not available" },
	{ "{\"HostConfig\":{\"CpusetMems\":\"77\"}}", ERR_INVALID, "memory nodes" },
	/* other limits */
	{ "{\"HostConfig\":{\"PidsLimit\":-2}}", ERR_INVALID, "PidsLimit" },
	{ "{\"HostConfig\":{\"OomScoreAdj\":1001}}", ERR_INVALID, "[-1000, 1000]" },
	{ "{\"HostConfig\":{\"ShmSize\":-1}}", ERR_INVALID, "SHM size" },
	{ "{\"HostConfig\":{\"Ulimits\":[{\"Name\":\"nosuch\",\"Soft\":1,\"Hard\":1}]}}",
	  ERR_INVALID, "invalid ulimit type: nosuch" },
	{ "{\"HostConfig\":{\"Ulimits\":[{\"Name\":\"nofile\",\"Soft\":2,\"Hard\":1}]}}",
	  ERR_INVALID, "less than or equal to hard limit" },
	{ "{\"HostConfig\":{\"Ulimits\":[{\"Name\":\"nofile\",\"Soft\":-1,\"Hard\":1}]}}",
	  ERR_INVALID, "less than or equal to hard limit" },
	{ "{\"HostConfig\":{\"Ulimits\":[{\"Name\":\"nofile\"}]}}", ERR_INVALID, "Ulimits" },
	/* policy */
	{ "{\"HostConfig\":{\"RestartPolicy\":{\"Name\":\"x\"}}}", ERR_INVALID,
	  "unknown policy 'x'" },
	{ "{\"HostConfig\":{\"RestartPolicy\":{\"Name\":\"always\",\"MaximumRetryCount\":1}}}",
	  ERR_INVALID, "only be used with 'on-failure'" },
	{ "{\"HostConfig\":{\"AutoRemove\":true,\"RestartPolicy\":{\"Name\":\"always\"}}}",
	  ERR_INVALID, "can't create 'AutoRemove' container with restart policy" },
	{ "{\"HostConfig\":{\"LogConfig\":{\"Type\":\"syslog\"}}}", ERR_UNSUPPORTED, "syslog" },
	{ "{\"HostConfig\":{\"LogConfig\":{\"Config\":{\"x\":\"y\"}}}}", ERR_INVALID,
	  "unknown log opt 'x'" },
	{ "{\"HostConfig\":{\"LogConfig\":{\"Config\":{\"max-size\":\"0\"}}}}", ERR_INVALID,
	  "max-size" },
	{ "{\"HostConfig\":{\"LogConfig\":{\"Config\":{\"max-file\":\"0\"}}}}", ERR_INVALID,
	  "max-file" },
	{ "{\"HostConfig\":{\"Runtime\":\"zz\"}}", ERR_INVALID, "runtime name: zz" },
	{ "{\"StopSignal\":\"NOSUCH\"}", ERR_INVALID, "invalid stop signal" },
	/* security */
	{ "{\"HostConfig\":{\"CapAdd\":[\"CAP_ZZ\"]}}", ERR_INVALID,
	  "invalid CapAdd: unknown capability: \"CAP_ZZ\"" },
	{ "{\"HostConfig\":{\"CapDrop\":[\"zz\"]}}", ERR_INVALID, "invalid CapDrop" },
	{ "{\"HostConfig\":{\"SecurityOpt\":[\"seccomp=/etc/passwd\"]}}", ERR_INVALID, "seccomp" },
	{ "{\"HostConfig\":{\"SecurityOpt\":[\"seccomp={\"]}}", ERR_INVALID, "seccomp profile" },
	{ "{\"HostConfig\":{\"SecurityOpt\":[\"label=type:x\"]}}", ERR_UNSUPPORTED, "SELinux" },
	{ "{\"HostConfig\":{\"SecurityOpt\":[\"systempaths=x\"]}}", ERR_UNSUPPORTED,
	  "systempaths" },
	{ "{\"HostConfig\":{\"SecurityOpt\":[\"nosuch=x\"]}}", ERR_UNSUPPORTED, "nosuch" },
	{ "{\"HostConfig\":{\"SecurityOpt\":[\"no-new-privileges=maybe\"]}}", ERR_INVALID,
	  "no-new-privileges" },
	{ "{\"HostConfig\":{\"MaskedPaths\":[\"proc/x\"]}}", ERR_INVALID, "MaskedPaths" },
	/* namespaces */
	{ "{\"HostConfig\":{\"PidMode\":\"x\"}}", ERR_INVALID, "invalid PID mode" },
	{ "{\"HostConfig\":{\"IpcMode\":\"x\"}}", ERR_INVALID, "invalid IPC mode" },
	{ "{\"HostConfig\":{\"UTSMode\":\"x\"}}", ERR_INVALID, "invalid UTS mode" },
	{ "{\"HostConfig\":{\"PidMode\":\"container:\"}}", ERR_INVALID, "no container is named" },
	{ "{\"HostConfig\":{\"PidMode\":\"container:nosuch\"}}", ERR_NOT_FOUND, "nosuch" },
	{ "{\"HostConfig\":{\"NetworkMode\":\"nowhere\"}}", ERR_NOT_FOUND, "nowhere" },
	{ "{\"HostConfig\":{\"NetworkMode\":\"none:x\"}}", ERR_NOT_FOUND,
	  "network none:x not found" },
	{ "{\"HostConfig\":{\"UsernsMode\":\"keep-id\"}}", ERR_UNSUPPORTED, "keep-id" },
	{ "{\"HostConfig\":{\"UsernsMode\":\"x\"}}", ERR_INVALID, "user namespace mode" },
	{ "{\"HostConfig\":{\"UsernsMode\":\"auto\",\"Privileged\":true}}", ERR_INVALID,
	  "privileged mode is incompatible" },
	{ "{\"HostConfig\":{\"UsernsMode\":\"auto\",\"PidMode\":\"host\"}}", ERR_INVALID,
	  "shared PID" },
	{ "{\"Hostname\":\"x\",\"HostConfig\":{\"UTSMode\":\"host\"}}", ERR_INVALID,
	  "hostname and the UTS mode" },
	{ "{\"HostConfig\":{\"Sysctls\":{\"kernel.panic\":\"1\"}}}", ERR_INVALID, "kernel.panic" },
	{ "{\"HostConfig\":{\"NetworkMode\":\"host\",\"Sysctls\":{\"net.ipv4.ip_forward\":"
	  "\"1\"}}}",
	  ERR_INVALID, "network namespace" },
	{ "{\"HostConfig\":{\"Sysctls\":{\"net.ipv4.ip_forward\":\"1\\nkernel.x=1\"}}}",
	  ERR_INVALID, "control" },
	/* texts for files of the container */
	{ "{\"Hostname\":\"a b\"}", ERR_INVALID, "hostname" },
	{ "{\"Hostname\":\"a\\n1.2.3.4 evil\"}", ERR_INVALID, "hostname" },
	{ "{\"Domainname\":\"-x\"}", ERR_INVALID, "domain name" },
	{ "{\"HostConfig\":{\"ExtraHosts\":[\"a\"]}}", ERR_INVALID, "bad format for add-host" },
	{ "{\"HostConfig\":{\"ExtraHosts\":[\"a:1.2.3\"]}}", ERR_INVALID, "invalid IP address" },
	{ "{\"HostConfig\":{\"ExtraHosts\":[\"a b:1.2.3.4\"]}}", ERR_INVALID, "host" },
	{ "{\"HostConfig\":{\"Dns\":[\"1.1.1.1\\nsearch x\"]}}", ERR_INVALID, "ip address" },
	{ "{\"HostConfig\":{\"DnsSearch\":[\"a b\"]}}", ERR_INVALID, "search domain" },
	{ "{\"HostConfig\":{\"DnsOptions\":[\"a b\"]}}", ERR_INVALID, "resolver option" },
	{ "{\"Env\":[\"=x\"]}", ERR_INVALID, "invalid environment variable" },
	{ "{\"WorkingDir\":\"rel\"}", ERR_INVALID, "the working directory 'rel' is invalid" },
	/* mounts */
	{ "{\"HostConfig\":{\"Binds\":[\"a:b:c:d\"]}}", ERR_INVALID,
	  "invalid volume specification: 'a:b:c:d'" },
	{ "{\"HostConfig\":{\"Binds\":[\"/a\"]}}", ERR_INVALID, "invalid volume specification" },
	{ "{\"HostConfig\":{\"Binds\":[\"vol:/a\"]}}", ERR_UNSUPPORTED, "named volumes" },
	{ "{\"HostConfig\":{\"Binds\":[\"./a:/a\"]}}", ERR_INVALID, "absolute path" },
	{ "{\"HostConfig\":{\"Binds\":[\"/a:b\"]}}", ERR_INVALID, "must be absolute" },
	{ "{\"HostConfig\":{\"Binds\":[\"/a:/b/..\"]}}", ERR_INVALID, "can't be '/'" },
	{ "{\"HostConfig\":{\"Binds\":[\"/a:/b:ro,rw\"]}}", ERR_INVALID, "invalid mode: ro,rw" },
	{ "{\"HostConfig\":{\"Binds\":[\"/a:/b:x\"]}}", ERR_INVALID, "invalid mode: x" },
	{ "{\"HostConfig\":{\"Binds\":[\"/a:/b\",\"/c:/b/\"]}}", ERR_INVALID,
	  "Duplicate mount point: /b" },
	{ "{\"HostConfig\":{\"Binds\":[\"/a:/b\"],\"Tmpfs\":{\"/b\":\"\"}}}", ERR_INVALID,
	  "Duplicate mount point: /b" },
	{ "{\"HostConfig\":{\"Tmpfs\":{\"/b\":\"size=x\"}}}", ERR_INVALID, "tmpfs option" },
	{ "{\"HostConfig\":{\"Tmpfs\":{\"/b\":\"mode=9\"}}}", ERR_INVALID, "tmpfs option" },
	{ "{\"HostConfig\":{\"Tmpfs\":{\"/b\":\"uid=4294967295\"}}}", ERR_INVALID, "tmpfs option" },
	{ "{\"HostConfig\":{\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/nonexist\",\"Target\":"
	  "\"/m\"}]}}",
	  ERR_INVALID,
	  "invalid mount config for type \"bind\": bind source path does not exist: /nonexist" },
	{ "{\"HostConfig\":{\"Mounts\":[{\"Type\":\"volume\",\"Target\":\"/m\"}]}}",
	  ERR_UNSUPPORTED, "volume" },
	{ "{\"HostConfig\":{\"Mounts\":[{\"Type\":\"x\",\"Target\":\"/m\"}]}}", ERR_UNSUPPORTED,
	  "mount type \"x\"" },
	{ "{\"HostConfig\":{\"Mounts\":[{\"Type\":\"tmpfs\",\"Source\":\"/x\",\"Target\":\"/m\"}]}"
	  "}",
	  ERR_INVALID, "Source must not be specified" },
	{ "{\"HostConfig\":{\"Mounts\":[{\"Type\":\"tmpfs\",\"Target\":\"\"}]}}", ERR_INVALID,
	  "Target must not be empty" },
	{ "{\"HostConfig\":{\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/\",\"Target\":\"/m\","
	  "\"BindOptions\":{\"Propagation\":\"x\"}}]}}",
	  ERR_INVALID, "invalid propagation mode: x" },
	/* devices */
	{ "{\"HostConfig\":{\"Devices\":[{\"PathOnHost\":\"dev/null\"}]}}", ERR_INVALID,
	  "not absolute" },
	{ "{\"HostConfig\":{\"Devices\":[{\"PathOnHost\":\"/dev/null\",\"CgroupPermissions\":"
	  "\"rr\"}]}}",
	  ERR_INVALID, "invalid device mode: rr" },
	{ "{\"HostConfig\":{\"DeviceCgroupRules\":[\"c 1:3\"]}}", ERR_INVALID,
	  "device cgroup rule" },
	{ "{\"HostConfig\":{\"DeviceCgroupRules\":[\"c 1:x rwm\"]}}", ERR_INVALID,
	  "device cgroup rule" },
};

static int count_entries(const char *dir, const char *name)
{
	char path[4096];
	struct dirent *entry;
	int n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	d = opendir(path);
	while (d && (entry = readdir(d)))
		n += entry->d_name[0] != '.';
	if (d)
		closedir(d);
	return n;
}

static void nothing_left(const struct engine_fixture *f)
{
	struct container **list;
	size_t count;

	assert_int_equal(container_list(f->engine, &list, &count, NULL), 0);
	container_list_free(list, count);
	assert_int_equal(count, 0);
	assert_int_equal(count_entries(f->engine->root->lib, "containers"), 0);
	assert_int_equal(count_entries(f->engine->root->lib, "pending"), 0);
	assert_int_equal(count_entries(f->engine->root->run, "containers"), 0);
}

static void test_refused(void **state)
{
	struct engine_fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		const struct refusal *r = &refusals[i];
		struct container *c = NULL;
		struct err err = { 0 };

		if (create(f, NULL, r->request, &c, &err) == 0)
			fail_msg("accepted: %s", r->request);
		if (err.class != r->class || !strstr(err.text, r->says) || strchr(err.text, '\n'))
			fail_msg("%s: class %d, \"%s\"; wanted %d, \"%s\"", r->request, err.class,
				 err.text, r->class, r->says);
	}
	nothing_left(f);
}

/* Members at their zero values are what clients send for nothing. */
static void test_zero_values(void **state)
{
	struct engine_fixture *f = *state;
	struct container *c = NULL;
	struct err err = { 0 };

	if (create(
		f, NULL,
		"{\"Volumes\":{},\"Healthcheck\":{\"Test\":[\"NONE\"]},\"MacAddress\":\"\",\"OnBuild\":null,\"NetworkingConfig\":"
		"{\"EndpointsConfig\":{\"bridge\":{\"Aliases\":null,\"IPPrefixLen\":0}}},"
		"\"HostConfig\":{\"PortBindings\":{},\"VolumesFrom\":null,\"MemorySwappiness\":"
		"-1,\"PidsLimit\":0,\"ShmSize\":0,\"Links\":[],\"BlkioWeight\":0,"
		"\"LogConfig\":{\"Type\":\"\",\"Config\":{}},\"NetworkMode\":\"default\","
		"\"RestartPolicy\":{\"Name\":\"\",\"MaximumRetryCount\":0}}}",
		&c, &err) < 0)
		fail_msg("%s", err.text);
	container_free(c);
}

static const char *text_at(const json_t *j, const char *a, const char *b)
{
	return json_string_value(json_object_get(json_object_get(j, a), b));
}

static json_int_t int_at(const json_t *j, const char *a, const char *b)
{
	return json_integer_value(json_object_get(json_object_get(j, a), b));
}

static char *dump_at(const json_t *j, const char *a, const char *b)
{
	return json_dumps(json_object_get(json_object_get(j, a), b),
			  JSON_COMPACT | JSON_ENCODE_ANY);
}

static void expect_dump(const json_t *j, const char *a, const char *b, const char *text)
{
	char *dump = dump_at(j, a, b);

	assert_non_null(dump);
	assert_string_equal(dump, text);
	free(dump);
}

static void test_defaults(void **state)
{
	struct engine_fixture *f = *state;
	struct container *c = NULL;
	struct err err = { 0 };
	char host[13];

	assert_int_equal(create(f, NULL, "{}", &c, &err), 0);
	snprintf(host, sizeof(host), "%.12s", c->id);
	assert_int_equal(strlen(c->id), 64);
	assert_non_null(strchr(c->name, '_'));
	assert_int_equal(c->status, CONTAINER_CREATED);
	assert_string_equal(text_at(c->config, "Config", "Hostname"), host);
	assert_string_equal(text_at(c->config, "HostConfig", "NetworkMode"), "bridge");
	assert_string_equal(text_at(c->config, "HostConfig", "IpcMode"), "private");
	assert_string_equal(text_at(c->config, "HostConfig", "CgroupnsMode"), "private");
	assert_int_equal(int_at(c->config, "HostConfig", "ShmSize"), 67108864);
	expect_dump(c->config, "HostConfig", "PidsLimit", "null");
	expect_dump(c->config, "HostConfig", "RestartPolicy",
		    "{\"Name\":\"no\",\"MaximumRetryCount\":0}");
	expect_dump(c->config, "HostConfig", "LogConfig", "{\"Type\":\"k8s-file\",\"Config\":{}}");
	container_free(c);
}

static void test_normalized(void **state)
{
	struct engine_fixture *f = *state;
	struct container *c = NULL;
	struct err err = { 0 };

	if (create(f, "/web",
		   "{\"WorkingDir\":\"/a//b/../c\",\"Env\":[\"A=1\"],\"HostConfig\":{\"CapAdd\":"
		   "[\"net_admin\",\"CAP_CHOWN\",\"NET_ADMIN\"],\"CapDrop\":[\"all\"],\"Memory\":"
		   "67108864,\"Privileged\":false}}",
		   &c, &err) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(c->name, "web");
	assert_string_equal(text_at(c->config, "Config", "WorkingDir"), "/a/c");
	expect_dump(c->config, "HostConfig", "CapAdd", "[\"CAP_CHOWN\",\"CAP_NET_ADMIN\"]");
	expect_dump(c->config, "HostConfig", "CapDrop", "[\"ALL\"]");
	assert_int_equal(int_at(c->config, "HostConfig", "MemorySwap"), 134217728);
	container_free(c);
}

static void test_names(void **state)
{
	struct engine_fixture *f = *state;
	struct container *a = NULL, *b = NULL;
	struct err err = { 0 };

	assert_int_equal(create(f, "web", "{}", &a, &err), 0);
	assert_int_equal(create(f, "web", "{}", &b, &err), -EEXIST);
	assert_int_equal(err.class, ERR_CONFLICT);
	assert_int_equal(create(f, "-bad", "{}", &b, &err), -EINVAL);
	assert_int_equal(create(f, "a", "{}", &b, &err), -EINVAL);
	assert_int_equal(create(f, "a b", "{}", &b, &err), -EINVAL);
	assert_int_equal(create(f, "a/b", "{}", &b, &err), -EINVAL);
	assert_int_equal(container_rename(f->engine, a, "web", &err), -EINVAL);
	assert_int_equal(container_rename(f->engine, a, "", &err), -EINVAL);
	assert_int_equal(container_rename(f->engine, a, "db", &err), 0);
	assert_int_equal(create(f, "web", "{}", &b, &err), 0);
	assert_int_equal(container_rename(f->engine, b, "db", &err), -EEXIST);
	assert_int_equal(container_remove(f->engine, a, false, &err), 0);
	assert_int_equal(container_remove(f->engine, b, false, &err), 0);
	container_free(a);
	container_free(b);
	nothing_left(f);
}

/* Ids of user namespaces do not overlap, and are free again when their container is gone. */
static void test_userns_auto(void **state)
{
	static const char request[] = "{\"HostConfig\":{\"UsernsMode\":\"auto\"}}";
	struct engine_fixture *f = *state;
	struct container *c[3] = { NULL };
	struct err err = { 0 };
	json_int_t start[3];

	for (int i = 0; i < 3; i++) {
		if (create(f, NULL, request, &c[i], &err) < 0)
			fail_msg("%s", err.text);
		start[i] = int_at(c[i]->config, "IdMap", "UID");
		assert_int_equal(int_at(c[i]->config, "IdMap", "Size"), 65536);
	}
	assert_int_equal(start[1], start[0] + 65536);
	assert_int_equal(start[2], start[1] + 65536);
	assert_int_equal(container_remove(f->engine, c[1], false, &err), 0);
	container_free(c[1]);
	assert_int_equal(create(f, NULL, request, &c[1], &err), 0);
	assert_int_equal(int_at(c[1]->config, "IdMap", "UID"), start[1]);
	for (int i = 0; i < 3; i++)
		container_free(c[i]);
}

/* What a killed creator left is gone after the next list; what it had completed stays. */
static void test_crash(void **state)
{
	struct engine_fixture *f = *state;
	struct container *c = NULL, **list;
	char path[4096];
	struct err err = { 0 };
	size_t count;

	static const char orphan[] =
	    "00000000000000000000000000000000000000000000000000000000000000aa";

	assert_int_equal(create(f, "whole", "{}", &c, &err), 0);
	snprintf(path, sizeof(path), "%s/pending", f->engine->root->lib);
	write_text(path, c->id, "");
	write_text(path, orphan, "");
	snprintf(path, sizeof(path), "%s/containers/%s", f->engine->root->lib, orphan);
	assert_int_equal(mkdir(path, 0700), 0);
	write_text(path, "junk", "x");
	assert_int_equal(container_list(f->engine, &list, &count, &err), 0);
	assert_int_equal(count, 1);
	assert_string_equal(list[0]->name, "whole");
	assert_true(list[0]->dir_fd >= 0);
	container_list_free(list, count);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(count_entries(f->engine->root->lib, "pending"), 0);
	container_free(c);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, engine_setup, engine_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_refused),    TEST(test_zero_values), TEST(test_defaults),
		TEST(test_normalized), TEST(test_names),       TEST(test_userns_auto),
		TEST(test_crash),
	};

	if (geteuid() != 0) {
		print_message("# skipped: needs root\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
