/* SPDX-License-Identifier: Apache-2.0 */
/* From a stored container to the OCI configuration of a start: parsed back, as the runtime does. */
#include <linux/mount.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mount.h>
#include <unistd.h>
#include <cmocka.h>

#include "engine/container/spec.h"
#include "engine/container/member.h"
#include "engine_fixture.h"
#include "linux/caps.h"
#include "oci/runtime_spec.h"
#include "runtime/sec/sec.h"
#include "support.h"

struct made {
	struct container *c;
	json_t *json;
	struct oci_spec *spec;
};

static struct made make(const struct engine_fixture *f, const char *request)
{
	struct err err = { 0 };
	struct made m = { 0 };

	if (create(f, NULL, request, &m.c, &err) < 0)
		fail_msg("%s: %s", request, err.text);
	/* its networks would have been attached before */
	if (str_eq(member_str(json_object_get(m.c->config, "HostConfig"), "NetworkMode"), "bridge"))
		json_object_set_new(json_object_get(m.c->config, "HostConfig"), "NetworkMode",
				    json_string("none"));
	if (container_make_spec(f->engine, m.c, &m.json, &err) < 0 ||
	    oci_spec_parse(m.json, &m.spec, &err) < 0)
		fail_msg("%s: %s", request, err.text);
	return m;
}

static void unmake(struct made *m)
{
	container_free(m->c);
	json_decref(m->json);
	oci_spec_free(m->spec);
}

static const struct oci_mount *mount_at(const struct made *m, const char *destination)
{
	for (size_t i = 0; i < m->spec->mount_count; i++)
		if (str_eq(m->spec->mounts[i].destination, destination))
			return &m->spec->mounts[i];
	return NULL;
}

static char *file_of(const struct made *m, const char *name)
{
	struct buf text = BUF_INIT(65536);

	assert_int_equal(fd_read_file_at(m->c->dir_fd, name, 65536, &text, NULL), 0);
	return buf_take(&text);
}

static void test_defaults(void **state)
{
	struct made m = make(*state, "{\"Hostname\":\"box\"}");
	const struct oci_spec *s = m.spec;
	uint64_t fourteen = 0xa80425fb;
	char *hosts = file_of(&m, "hosts"), *hostname = file_of(&m, "hostname");

	assert_int_equal(s->process.args.count, 1);
	assert_string_equal(s->process.args.items[0], "true");
	assert_string_equal(s->process.cwd, "/");
	assert_string_equal(s->hostname, "box");
	assert_int_equal(s->process.caps.bounding, fourteen);
	assert_int_equal(s->process.caps.permitted, fourteen);
	assert_int_equal(s->process.caps.effective, fourteen);
	assert_int_equal(s->process.caps.inheritable, 0);
	assert_int_equal(s->process.caps.ambient, 0);
	assert_false(s->process.no_new_privileges);
	assert_int_equal(s->process.rlimit_count, 0);
	assert_false(s->root_readonly);
	for (int ns = 0; ns < OCI_NS_COUNT; ns++)
		assert_int_equal(s->linux.ns[ns].set, ns != OCI_NS_TIME && ns != OCI_NS_USER);
	assert_true(strv_contains(&s->process.env, "HOSTNAME=box"));
	assert_true(strv_contains(&s->linux.masked_paths, "/proc/kcore"));
	assert_true(strv_contains(&s->linux.masked_paths, "/proc/interrupts"));
	assert_true(strv_contains(&s->linux.readonly_paths, "/proc/sys"));
	assert_true(s->linux.seccomp.set);
	assert_false(s->linux.resources.devices[0].allow);
	assert_true(mount_at(&m, "/sys")->attr_set & MOUNT_ATTR_RDONLY);
	assert_true(mount_at(&m, "/sys/fs/cgroup")->attr_set & MOUNT_ATTR_RDONLY);
	assert_non_null(mount_at(&m, "/etc/hosts"));
	assert_string_equal(hostname, "box\n");
	assert_non_null(strstr(hosts, "127.0.0.1\tbox\n"));
	free(hosts);
	free(hostname);
	unmake(&m);
}

static void test_process(void **state)
{
	struct made m = make(
	    *state,
	    "{\"Entrypoint\":[\"/e\",\"x\"],\"Cmd\":[\"a b\"],\"Tty\":true,\"Env\":[\"PATH=/p\","
	    "\"HOSTNAME\",\"A=1\",\"A=2\"],\"WorkingDir\":\"/w\",\"HostConfig\":{\"ConsoleSize\":"
	    "[24,80],\"OomScoreAdj\":5,\"Ulimits\":[{\"Name\":\"nofile\",\"Soft\":5,\"Hard\":-1}],"
	    "\"SecurityOpt\":[\"no-new-privileges\"],\"ReadonlyRootfs\":true}}");
	const struct oci_process *p = &m.spec->process;

	assert_int_equal(p->args.count, 3);
	assert_string_equal(p->args.items[2], "a b");
	assert_true(p->terminal);
	assert_int_equal(p->console_height, 24);
	assert_int_equal(p->console_width, 80);
	assert_int_equal(p->env.count, 3);
	assert_string_equal(p->env.items[0], "PATH=/p");
	assert_string_equal(p->env.items[1], "TERM=xterm");
	assert_string_equal(p->env.items[2], "A=2");
	assert_string_equal(p->cwd, "/w");
	assert_int_equal(p->oom_score_adj, 5);
	assert_int_equal(p->rlimits[0].soft, 5);
	assert_true(p->rlimits[0].hard == UINT64_MAX);
	assert_true(p->no_new_privileges);
	assert_true(m.spec->root_readonly);
	assert_true(mount_at(&m, "/etc/hosts")->attr_set & MOUNT_ATTR_RDONLY);
	unmake(&m);
}

static void expect_caps(void **state, const char *request, uint64_t caps)
{
	struct made m = make(*state, request);

	assert_int_equal(m.spec->process.caps.bounding, caps);
	assert_int_equal(m.spec->process.caps.effective, caps);
	unmake(&m);
}

static void test_caps(void **state)
{
	expect_caps(state, "{\"HostConfig\":{\"CapDrop\":[\"ALL\"]}}", 0);
	expect_caps(state, "{\"HostConfig\":{\"CapDrop\":[\"ALL\"],\"CapAdd\":[\"net_raw\"]}}",
		    1 << 13);
	expect_caps(state, "{\"HostConfig\":{\"CapAdd\":[\"ALL\"]}}", cap_all());
	expect_caps(state, "{\"HostConfig\":{\"CapAdd\":[\"ALL\"],\"CapDrop\":[\"CHOWN\"]}}",
		    cap_all() & ~(uint64_t)1);
	expect_caps(state, "{\"HostConfig\":{\"CapAdd\":[\"SYS_ADMIN\"],\"CapDrop\":[\"CHOWN\"]}}",
		    0xa80425fa | 1 << 21);
	expect_caps(state, "{\"HostConfig\":{\"Privileged\":true}}", cap_all());
}

static void test_privileged(void **state)
{
	struct made m = make(*state, "{\"HostConfig\":{\"Privileged\":true}}");

	assert_int_equal(m.spec->linux.masked_paths.count, 0);
	assert_int_equal(m.spec->linux.readonly_paths.count, 0);
	assert_false(m.spec->linux.seccomp.set);
	assert_false(mount_at(&m, "/sys")->attr_set & MOUNT_ATTR_RDONLY);
	assert_false(mount_at(&m, "/sys/fs/cgroup")->attr_set & MOUNT_ATTR_RDONLY);
	unmake(&m);
	m = make(*state, "{\"HostConfig\":{\"SecurityOpt\":[\"seccomp=unconfined\","
			 "\"systempaths=unconfined\"]}}");
	assert_int_equal(m.spec->linux.masked_paths.count, 0);
	assert_false(m.spec->linux.seccomp.set);
	unmake(&m);
}

static void test_resources(void **state)
{
	struct made m = make(*state, "{\"HostConfig\":{\"Memory\":67108864,\"NanoCpus\":500000000,"
				     "\"PidsLimit\":50,\"CpuShares\":512,\"CpusetCpus\":\"0\"}}");
	const struct oci_resources *r = &m.spec->linux.resources;

	assert_int_equal(r->mem_limit, 67108864);
	assert_int_equal(r->mem_swap, 134217728);
	assert_int_equal(r->cpu_period, 100000);
	assert_int_equal(r->cpu_quota, 50000);
	assert_int_equal(r->cpu_shares, 512);
	assert_int_equal(r->pids_limit, 50);
	assert_string_equal(r->cpuset_cpus, "0");
	unmake(&m);
	m = make(*state, "{}");
	assert_int_equal(m.spec->linux.resources.has, 0);
	unmake(&m);
}

static void test_namespaces(void **state)
{
	struct made m = make(*state, "{\"HostConfig\":{\"PidMode\":\"host\",\"IpcMode\":\"host\","
				     "\"UTSMode\":\"host\",\"NetworkMode\":\"host\","
				     "\"CgroupnsMode\":\"host\"}}");

	for (int ns = 0; ns < OCI_NS_COUNT; ns++)
		assert_int_equal(m.spec->linux.ns[ns].set, ns == OCI_NS_MOUNT);
	assert_null(m.spec->hostname);
	assert_true(mount_at(&m, "/dev/shm")->bind);
	unmake(&m);
	m = make(*state, "{\"HostConfig\":{\"UsernsMode\":\"auto\"}}");
	assert_true(m.spec->linux.ns[OCI_NS_USER].set);
	assert_int_equal(m.spec->linux.uid_maps.items[0].container, 0);
	assert_true(m.spec->linux.uid_maps.items[0].host >= 65536);
	assert_int_equal(m.spec->linux.uid_maps.items[0].size, 65536);
	unmake(&m);
	m = make(*state, "{\"HostConfig\":{\"IpcMode\":\"none\"}}");
	assert_null(mount_at(&m, "/dev/shm"));
	unmake(&m);
}

static void test_mounts(void **state)
{
	struct made m =
	    make(*state, "{\"HostConfig\":{\"Init\":false,\"Binds\":[\"/tmp:/a/b:ro\","
			 "\"/tmp:/a:private\",\"/tmp:/dev/shm\"],\"Tmpfs\":{\"/t\":\"exec,"
			 "size=1m\"},\"ShmSize\":1048576}}");
	const struct oci_mount *outer = mount_at(&m, "/a"), *inner = mount_at(&m, "/a/b");
	const struct oci_mount *t = mount_at(&m, "/t");

	/* whatever the order of the flags */
	assert_true(outer < inner);
	assert_true(inner->attr_set_r & MOUNT_ATTR_RDONLY);
	assert_true(inner->recursive_bind);
	assert_int_equal(outer->propagation & MS_PRIVATE, MS_PRIVATE);
	assert_true(t->attr_set & MOUNT_ATTR_NOSUID);
	assert_false(t->attr_set & MOUNT_ATTR_NOEXEC);
	assert_true(strv_contains(&t->data, "size=1m"));
	/* the user's takes the place of the default one */
	assert_true(mount_at(&m, "/dev/shm")->bind);
	unmake(&m);
}

/* A root file system that shows our own state is covered there. */
static void test_state_is_hidden(void **state)
{
	struct engine_fixture *f = *state;
	const struct oci_mount *lib, *run;
	struct made m;

	need_real_kernel("openat2");
	m = make(f, "{\"Image\":\"host:\"}");
	lib = mount_at(&m, f->engine->root->lib);
	run = mount_at(&m, f->engine->root->run);
	assert_non_null(lib);
	assert_non_null(run);
	assert_string_equal(lib->type, "tmpfs");
	assert_true(lib->attr_set & MOUNT_ATTR_RDONLY);
	unmake(&m);
	m = make(f, "{\"Image\":\"dir:/tmp\"}");
	assert_non_null(mount_at(&m, f->engine->root->lib + strlen("/tmp")));
	unmake(&m);
	m = make(f, "{}");
	assert_null(mount_at(&m, f->engine->root->lib));
	unmake(&m);
}

static void test_devices(void **state)
{
	struct made m = make(*state, "{\"HostConfig\":{\"Devices\":[{\"PathOnHost\":\"/dev/zero\","
				     "\"PathInContainer\":\"/dev/z\",\"CgroupPermissions\":\"r\"}],"
				     "\"DeviceCgroupRules\":[\"b 7:* rw\"]}}");
	const struct oci_resources *r = &m.spec->linux.resources;
	const struct oci_device_rule *a = &r->devices[r->device_count - 2], *b = a + 1;

	assert_int_equal(m.spec->linux.device_count, 1);
	assert_string_equal(m.spec->linux.devices[0].path, "/dev/z");
	assert_int_equal(m.spec->linux.devices[0].minor, 5);
	assert_true(a->allow && a->read && !a->write && a->type == 'c' && a->major == 1);
	assert_true(b->allow && b->type == 'b' && b->major == 7 && b->minor == -1 && !b->mknod);
	unmake(&m);
}

static void test_resolver_files(void **state)
{
	struct made m = make(*state, "{\"HostConfig\":{\"Dns\":[\"9.9.9.9\"],\"DnsSearch\":[\".\"],"
				     "\"ExtraHosts\":[\"a:1.2.3.4\",\"b=[::2]\"]}}");
	char *hosts = file_of(&m, "hosts"), *resolv = file_of(&m, "resolv.conf");

	assert_non_null(strstr(hosts, "1.2.3.4\ta\n"));
	assert_non_null(strstr(hosts, "::2\tb\n"));
	assert_true(str_starts(resolv, "nameserver 9.9.9.9\n"));
	assert_null(strstr(resolv, "search"));
	assert_null(strstr(resolv + 1, "nameserver"));
	free(hosts);
	free(resolv);
	unmake(&m);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, engine_setup, engine_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_defaults),	   TEST(test_process),	       TEST(test_caps),
		TEST(test_privileged),	   TEST(test_resources),       TEST(test_namespaces),
		TEST(test_mounts),	   TEST(test_state_is_hidden), TEST(test_devices),
		TEST(test_resolver_files),
	};

	if (geteuid() != 0) {
		print_message("# skipped: needs root\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
