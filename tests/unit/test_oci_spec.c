/* SPDX-License-Identifier: Apache-2.0 */
/* config.json read: the specification's own examples, what each member becomes, and what is refused
 * with which words. */
#include "support.h"

#include <linux/ioprio.h>
#include <linux/sched.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/resource.h>

#include "base/path.h"
#include "linux/caps.h"
#include "oci/runtime_spec.h"
#include "quoted.h"

static struct oci_spec *parse(const char *text)
{
	json_t *j cleanup_json = quoted(text);
	struct oci_spec *spec = NULL;
	struct err err = { 0 };

	if (oci_spec_parse(j, &spec, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	return spec;
}

struct bad {
	const char *text, *error;
};

/* Each `text` is put into `frame` in place of the one %s. */
static void check_bad(const char *frame, const struct bad *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char *text cleanup_free = NULL;
		json_t *j cleanup_json = NULL;
		struct oci_spec *spec = (struct oci_spec *)&count;
		struct err err = { 0 };
		char *whole = str_printf("%s", frame), *at = strstr(whole, "%s");

		*at = '\0';
		text = str_printf("%s%s%s", whole, rows[i].text, at + 2);
		free(whole);
		j = quoted(text);
		if (oci_spec_parse(j, &spec, &err) == 0)
			fail_msg("%s is accepted", text);
		if (!str_eq(err.text, rows[i].error))
			fail_msg("%s: \"%s\" instead of \"%s\"", text, err.text, rows[i].error);
		assert_ptr_equal(spec, &count); /* outputs stay untouched */
	}
}
#define assert_bad(frame, rows) check_bad(frame, rows, ARRAY_SIZE(rows))

/* --- the specification's own files ---------------------------------------------------------- */

static int parse_file(const char *dir, const char *name, struct err *err)
{
	struct oci_spec *spec cleanup_oci_spec = NULL;
	json_t *j cleanup_json = NULL;
	char *path cleanup_free = str_printf("%s/runtime-spec/%s/%s", TEST_DATA, dir, name);
	int r = js_read_file_at(AT_FDCWD, path, OCI_CONFIG_MAX, &j, err);

	return r < 0 ? r : oci_spec_parse(j, &spec, err);
}

static void test_good_files(void **state)
{
	static const struct {
		const char *name, *refused; /* by name, because it is of another platform, … */
	} files[] = {
		{ "freebsd-example.json", "the configuration is for the platform \"freebsd\"" },
		{ "freebsd-minimal.json", "the configuration is for the platform \"freebsd\"" },
		{ "linux-netdevice.json", "linux: netDevices is not supported" },
		{ "linux-rdma.json", NULL },
		{ "minimal-for-start.json", NULL },
		{ "minimal.json", NULL },
		{ "spec-example.json", NULL },
		{ "zos-example.json", "the configuration is for the platform \"zos\"" },
		{ "zos-minimal.json", "the configuration is for the platform \"zos\"" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		struct err err = { 0 };
		int r = parse_file("good", files[i].name, &err);

		assert_string_equal(err.text, files[i].refused ? files[i].refused : "");
		assert_int_equal(r < 0, files[i].refused != NULL);
		if (r < 0)
			assert_int_equal(err.class, ERR_UNSUPPORTED);
	}
}

static void test_bad_files(void **state)
{
	static const char *const files[] = { "freebsd-vnet-disable.json", "invalid-json.json",
					     "linux-hugepage.json", "linux-netdevice.json",
					     "linux-rdma.json" };

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		struct err err = { 0 };

		assert_true(parse_file("bad", files[i], &err) < 0);
		assert_true(*err.text);
	}
}

/* --- top level ------------------------------------------------------------------------------ */

static void test_top(void **state)
{
	struct oci_spec *s cleanup_oci_spec =
	    parse("{'ociVersion':'1.2.1-rc.1+x','root':{'path':'r','readonly':true},"
		  "'hostname':'h','domainname':'d.org','unknown':{'a':1},'process':null,"
		  "'annotations':{'a':'1','b':''},'linux':{'namespaces':[{'type':'uts'}]}}");

	assert_string_equal(s->root_path, "r");
	assert_true(s->root_readonly);
	assert_string_equal(s->hostname, "h");
	assert_string_equal(s->domainname, "d.org");
	assert_false(s->process.set);
	assert_int_equal(s->annotation_count, 2);
	assert_string_equal(s->annotations[0].key, "a");
	assert_string_equal(s->annotations[0].value, "1");
	assert_true(s->linux.ns[OCI_NS_UTS].set);
	assert_null(s->linux.ns[OCI_NS_UTS].path);
	assert_false(s->linux.ns[OCI_NS_PID].set);
	assert_int_equal(s->linux.resources.has, 0);
	assert_false(s->linux.seccomp.set);
}

static void test_bad_top(void **state)
{
	static const struct bad rows[] = {
		{ "[]", "the configuration must be a JSON object" },
		{ "{}", "ociVersion is required" },
		{ "{'ociVersion':1}", "ociVersion must be a string" },
		{ "{'ociVersion':''}", "ociVersion must not be empty" },
		{ "{'ociVersion':'1'}", "ociVersion: \"1\" is not a version" },
		{ "{'ociVersion':'1.0'}", "ociVersion: \"1.0\" is not a version" },
		{ "{'ociVersion':'1.0.0x'}", "ociVersion: \"1.0.0x\" is not a version" },
		{ "{'ociVersion':'v1.0.0'}", "ociVersion: \"v1.0.0\" is not a version" },
		{ "{'ociVersion':'2.0.0'}", "ociVersion: \"2.0.0\" is not supported" },
		{ "{'ociVersion':'99999999999.0.0'}",
		  "ociVersion: \"99999999999.0.0\" is not a version" },
		{ "{'ociVersion':'1.0.0','vm':{},'linux':{}}",
		  "vm: virtual machines are not supported" },
		{ "{'ociVersion':'1.0.0','windows':{}}",
		  "the configuration is for the platform \"windows\"" },
		{ "{'ociVersion':'1.0.0','root':{}}", "root: path is required" },
		{ "{'ociVersion':'1.0.0','root':{'path':''}}", "root: path must not be empty" },
		{ "{'ociVersion':'1.0.0','root':[]}", "root must be an object" },
		{ "{'ociVersion':'1.0.0','root':{'path':'r','readonly':'yes'}}",
		  "root: readonly must be true or false" },
		{ "{'ociVersion':'1.0.0','hostname':'h'}",
		  "hostname: needs a private UTS namespace" },
		{ "{'ociVersion':'1.0.0','domainname':'h'}",
		  "domainname: needs a private UTS namespace" },
		{ "{'ociVersion':'1.0.0','hostname':'a b'}",
		  "hostname: holds a space or a control character" },
		{ "{'ociVersion':'1.0.0','hostname':'"
		  "0123456789012345678901234567890123456789012345678901234567890123x'}",
		  "hostname: longer than 64 bytes" },
		{ "{'ociVersion':'1.0.0','annotations':{'a':1}}",
		  "annotations: a must be a string" },
		{ "{'ociVersion':'1.0.0','annotations':{'':'x'}}", "annotations: a key is empty" },
		{ "{'ociVersion':'1.0.0','mounts':{}}", "mounts must be an array" },
		{ "{'ociVersion':'1.0.0','hooks':[]}", "hooks must be an object" },
		{ "{'ociVersion':'1.0.0','linux':1}", "linux must be an object" },
		{ "{'ociVersion':'1.0.0','process':[]}", "process must be an object" },
	};

	assert_bad("%s", rows);
}

/* NUL bytes and double members are refused where text becomes JSON. */
static void test_bad_json(void **state)
{
	static const char *const rows[] = {
		"{\"ociVersion\":\"1.0.0\\u0000\"}",
		"{\"ociVersion\":\"1.0.0\",\"ociVersion\":\"1.0.0\"}",
		"{\"ociVersion\":\"1.0.0\"",
		"{\"ociVersion\":\"1.0.0\"} x",
		"{\"process\":{\"user\":{\"uid\":18446744073709551616}}}",
		"{\"ociVersion\":\"1.0.0\",\"hostname\":\"\xff\"}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		json_t *j = NULL;

		assert_true(js_parse(rows[i], strlen(rows[i]), "config.json", &j, NULL) < 0);
		assert_null(j);
	}
}

/* --- process -------------------------------------------------------------------------------- */

static void test_process(void **state)
{
	struct oci_spec *s cleanup_oci_spec = parse(
	    "{'ociVersion':'1.0.0','process':{'cwd':'/w','args':['a','','b'],"
	    "'env':['A=1','B='],'terminal':true,'consoleSize':{'height':24,'width':80},"
	    "'user':{'uid':4294967294,'gid':7,'umask':63,'additionalGids':[1,4294967294]},"
	    "'capabilities':{'bounding':['CAP_KILL','CAP_CHOWN','CAP_NO_SUCH'],"
	    "'ambient':['CAP_CHECKPOINT_RESTORE']},'noNewPrivileges':true,"
	    "'rlimits':[{'type':'RLIMIT_NOFILE','soft':10,'hard':18446744073709551615}],"
	    "'oomScoreAdj':-1000,'apparmorProfile':'p','selinuxLabel':'l',"
	    "'ioPriority':{'class':'IOPRIO_CLASS_BE','priority':7},"
	    "'scheduler':{'policy':'SCHED_RR','priority':5,'flags':['SCHED_FLAG_RESET_ON_FORK']},"
	    "'execCPUAffinity':{'initial':'0-3,7','final':''}}}");
	const struct oci_process *p = &s->process;

	assert_true(p->set && p->terminal && p->no_new_privileges);
	assert_string_equal(p->cwd, "/w");
	assert_int_equal(p->args.count, 3);
	assert_string_equal(p->args.items[1], "");
	assert_int_equal(p->env.count, 2);
	assert_int_equal(p->console_height, 24);
	assert_int_equal(p->console_width, 80);
	assert_int_equal(p->uid, 4294967294);
	assert_int_equal(p->gid, 7);
	assert_int_equal(p->umask, 077);
	assert_int_equal(p->additional_gid_count, 2);
	assert_int_equal(p->additional_gids[1], 4294967294);
	assert_true(p->caps.set);
	assert_int_equal(p->caps.bounding, 1 << 5 | 1 << 0);
	assert_int_equal(p->caps.ambient, 1LL << 40);
	assert_int_equal(p->caps.effective, 0);
	assert_int_equal(p->rlimits[0].resource, RLIMIT_NOFILE);
	assert_int_equal(p->rlimits[0].soft, 10);
	assert_true(p->rlimits[0].hard == RLIM_INFINITY);
	assert_true(p->oom_score_adj_set);
	assert_int_equal(p->oom_score_adj, -1000);
	assert_int_equal(p->io_priority_class, IOPRIO_CLASS_BE);
	assert_int_equal(p->io_priority, 7);
	assert_int_equal(p->scheduler_policy, SCHED_RR);
	assert_int_equal(p->scheduler_flags, SCHED_FLAG_RESET_ON_FORK);
	assert_string_equal(p->exec_cpu_initial, "0-3,7");
}

static void test_process_unset(void **state)
{
	struct oci_spec *s cleanup_oci_spec =
	    parse("{'ociVersion':'1.0.0','process':{'cwd':'/','args':['a']}}");

	assert_int_equal(s->process.umask, -1);
	assert_int_equal(s->process.uid, 0);
	assert_false(s->process.caps.set);
	assert_false(s->process.oom_score_adj_set);
	assert_false(s->process.io_priority_set);
	assert_false(s->process.scheduler_set);
}

#define PROCESS "{'ociVersion':'1.0.0','process':{'cwd':'/','args':['a'],%s}}"
#define U32 " must be a whole number from 0 to 4294967294"

static void test_bad_process(void **state)
{
	static const struct bad rows[] = {
		{ "'user':{'uid':4294967295}", "process.user: uid" U32 },
		{ "'user':{'uid':4294967296}", "process.user: uid" U32 },
		{ "'user':{'uid':18446744073709551615}", "process.user: uid" U32 },
		{ "'user':{'gid':-1}", "process.user: gid" U32 },
		{ "'user':{'uid':1.0}", "process.user: uid" U32 },
		{ "'user':{'uid':1e3}", "process.user: uid" U32 },
		{ "'user':{'uid':'0'}", "process.user: uid" U32 },
		{ "'user':{'uid':true}", "process.user: uid" U32 },
		{ "'user':'root'", "process: user must be an object" },
		{ "'user':{'umask':512}",
		  "process.user: umask must be a whole number from 0 to 511" },
		{ "'user':{'additionalGids':[0,-1]}", "process.user: additionalGids[1]" U32 },
		{ "'user':{'additionalGids':['0']}", "process.user: additionalGids[0]" U32 },
		{ "'env':['A']", "process: env[0] \"A\" must be of the form NAME=value" },
		{ "'env':['A=1','=1']", "process: env[1] \"=1\" must be of the form NAME=value" },
		{ "'env':[1]", "process: env must be an array of strings" },
		{ "'terminal':1", "process: terminal must be true or false" },
		{ "'consoleSize':{'height':1}", "process.consoleSize: width is required" },
		{ "'consoleSize':{'height':65536,'width':1}",
		  "process.consoleSize: height must be a whole number from 0 to 65535" },
		{ "'rlimits':[{'type':'RLIMIT_NOFILE','soft':1}]",
		  "process.rlimits[0]: hard is required" },
		{ "'rlimits':[{'type':'RLIMIT_X','soft':1,'hard':1}]",
		  "process.rlimits[0]: unknown type \"RLIMIT_X\"" },
		{ "'rlimits':[{'type':'RLIMIT_AS','soft':2,'hard':1}]",
		  "process.rlimits[0]: soft is greater than hard" },
		{ "'rlimits':[{'type':'RLIMIT_AS','soft':1,'hard':1},"
		  "{'type':'RLIMIT_AS','soft':1,'hard':1}]",
		  "process.rlimits[1]: the type is listed twice" },
		{ "'rlimits':[{'type':'RLIMIT_AS','soft':-1,'hard':1}]",
		  "process.rlimits[0]: soft must be a whole number from 0 to "
		  "18446744073709551615" },
		{ "'rlimits':['RLIMIT_AS']", "process.rlimits[0] must be an object" },
		{ "'oomScoreAdj':1001",
		  "process: oomScoreAdj must be a whole number from -1000 to 1000" },
		{ "'oomScoreAdj':-1001",
		  "process: oomScoreAdj must be a whole number from -1000 to 1000" },
		{ "'capabilities':[]", "process: capabilities must be an object" },
		{ "'capabilities':{'bounding':'CAP_KILL'}",
		  "process.capabilities: bounding must be an array" },
		{ "'ioPriority':{'class':'IOPRIO_CLASS_X'}",
		  "process.ioPriority: unknown class \"IOPRIO_CLASS_X\"" },
		{ "'ioPriority':{'class':''}", "process.ioPriority: class must not be empty" },
		{ "'ioPriority':{}", "process.ioPriority: class is required" },
		{ "'ioPriority':{'class':'IOPRIO_CLASS_BE','priority':8}",
		  "process.ioPriority: priority must be a whole number from 0 to 7" },
		{ "'scheduler':{}", "process.scheduler: policy is required" },
		{ "'scheduler':{'policy':'SCHED_ISO'}",
		  "process.scheduler: SCHED_ISO is not implemented by Linux" },
		{ "'scheduler':{'policy':'SCHED_OTHER','priority':1}",
		  "process.scheduler: priority needs SCHED_FIFO or SCHED_RR" },
		{ "'scheduler':{'policy':'SCHED_FIFO'}",
		  "process.scheduler: SCHED_FIFO and SCHED_RR need a priority from 1 to 99" },
		{ "'scheduler':{'policy':'SCHED_IDLE','nice':3}",
		  "process.scheduler: nice needs SCHED_OTHER or SCHED_BATCH" },
		{ "'scheduler':{'policy':'SCHED_OTHER','nice':20}",
		  "process.scheduler: nice must be a whole number from -20 to 19" },
		{ "'scheduler':{'policy':'SCHED_OTHER','runtime':1}",
		  "process.scheduler: runtime, deadline and period need SCHED_DEADLINE" },
		{ "'scheduler':{'policy':'SCHED_OTHER','flags':['F']}",
		  "process.scheduler: unknown flag \"F\"" },
		{ "'execCPUAffinity':{'initial':'0-3;x'}",
		  "process.execCPUAffinity: initial \"0-3;x\" is not a list like \"0-3,7\"" },
	};
	static const struct bad commands[] = {
		{ "{}", "process: cwd is required" },
		{ "{'cwd':'','args':['a']}", "process: cwd must not be empty" },
		{ "{'cwd':'w','args':['a']}", "process: cwd \"w\" must be an absolute path" },
		{ "{'cwd':'/'}", "process: args must not be empty" },
		{ "{'cwd':'/','args':[]}", "process: args must not be empty" },
		{ "{'cwd':'/','args':['a',null]}", "process: args must be an array of strings" },
		{ "{'cwd':'/','args':'a'}", "process: args must be an array" },
	};

	assert_bad(PROCESS, rows);
	assert_bad("{'ociVersion':'1.0.0','process':%s}", commands);
}

/* --- linux ---------------------------------------------------------------------------------- */

static void test_linux(void **state)
{
	struct oci_spec *s cleanup_oci_spec = parse(
	    "{'ociVersion':'1.0.0','linux':{'namespaces':[{'type':'user'},{'type':'time'},"
	    "{'type':'network','path':'/proc/1/ns/net'},{'type':'pid','path':''},{'type':'mount'},"
	    "{'type':'ipc'}],'uidMappings':[{'containerID':0,'hostID':1000,'size':1},"
	    "{'containerID':1,'hostID':100000,'size':65536}],'gidMappings':[{'containerID':0,"
	    "'hostID':0,'size':4294967295}],'devices':[{'path':'/dev/x','type':'c','major':10,"
	    "'minor':229,'fileMode':8630,'uid':1,'gid':2},{'path':'/dev/p','type':'p'}],"
	    "'cgroupsPath':'/a/b','rootfsPropagation':'rslave','maskedPaths':['/proc/kcore'],"
	    "'readonlyPaths':['/proc/sys'],'sysctl':{'net.ipv4.ip_forward':'1','kernel.shmmax':"
	    "'1 2\\t3','net/ipv4/conf/eth0.1/rp_filter':'2'},'mountLabel':'m','timeOffsets':{"
	    "'boottime':{'secs':-5},'monotonic':{'secs':7,'nanosecs':999999999}},"
	    "'personality':{'domain':'LINUX32','flags':[]}}}");
	const struct oci_linux *l = &s->linux;

	assert_string_equal(l->ns[OCI_NS_NET].path, "/proc/1/ns/net");
	assert_true(l->ns[OCI_NS_PID].set);
	assert_null(l->ns[OCI_NS_PID].path);
	assert_int_equal(l->uid_maps.count, 2);
	assert_int_equal(l->uid_maps.items[1].host, 100000);
	assert_int_equal(l->gid_maps.items[0].size, 4294967295);
	assert_int_equal(l->devices[0].type, 'c');
	assert_int_equal(l->devices[0].minor, 229);
	assert_int_equal(l->devices[0].mode, 0666);
	assert_int_equal(l->devices[0].gid, 2);
	assert_int_equal(l->devices[1].mode, 0666);
	assert_int_equal(l->rootfs_propagation, MS_SLAVE | MS_REC);
	assert_string_equal(l->masked_paths.items[0], "/proc/kcore");
	assert_int_equal(l->sysctl_count, 3);
	assert_true(l->time_boottime_set && l->time_monotonic_set);
	assert_int_equal(l->time_boottime_secs, -5);
	assert_int_equal(l->time_monotonic_nanosecs, 999999999);
	assert_true(l->personality_set);
	assert_int_equal(l->personality, PER_LINUX32);
}

#define LINUX "{'ociVersion':'1.0.0','linux':{%s}}"
#define MAP(container, host, size) \
	"{'containerID':" #container ",'hostID':" #host ",'size':" #size "}"

static void test_bad_linux(void **state)
{
	static const struct bad rows[] = {
		{ "'intelRdt':{}", "linux: intelRdt is not supported" },
		{ "'netDevices':{'eth0':{}}", "linux: netDevices is not supported" },
		{ "'memoryPolicy':{}", "linux: memoryPolicy is not supported" },
		{ "'namespaces':{}", "linux: namespaces must be an array" },
		{ "'namespaces':['pid']", "linux.namespaces[0] must be an object" },
		{ "'namespaces':[{}]", "linux.namespaces[0]: type is required" },
		{ "'namespaces':[{'type':'net'}]", "linux.namespaces[0]: unknown type \"net\"" },
		{ "'namespaces':[{'type':'pid'},{'type':'ipc'},{'type':'pid'}]",
		  "linux.namespaces[2]: the pid namespace is listed twice" },
		{ "'namespaces':[{'type':'pid','path':'/x'},{'type':'pid'}]",
		  "linux.namespaces[1]: the pid namespace is listed twice" },
		{ "'namespaces':[{'type':'pid','path':'x'}]",
		  "linux.namespaces[0]: path \"x\" must be an absolute path" },
		{ "'uidMappings':[" MAP(0, 0, 1) "]",
		  "linux: uidMappings and gidMappings need a user namespace" },
		{ "'namespaces':[{'type':'user'}]",
		  "linux: a new user namespace needs uidMappings and gidMappings" },
		{ "'namespaces':[{'type':'user'}],'uidMappings':[" MAP(0, 0, 1) "]",
		  "linux: a new user namespace needs uidMappings and gidMappings" },
		{ "'uidMappings':[" MAP(0, 0, 0) "]", "linux.uidMappings[0]: size must not be 0" },
		{ "'uidMappings':[" MAP(1, 0, 4294967295) "]",
		  "linux.uidMappings[0]: the range ends past 4294967294" },
		{ "'uidMappings':[" MAP(0, 4294967295, 1) "]",
		  "linux.uidMappings[0]: the range ends past 4294967294" },
		{ "'uidMappings':[" MAP(0, 0, 4294967296) "]",
		  "linux.uidMappings[0]: size must be a whole number from 0 to 4294967295" },
		{ "'uidMappings':[{'containerID':0,'hostID':0}]",
		  "linux.uidMappings[0]: size is required" },
		{ "'uidMappings':[" MAP(0, 0, 10) "," MAP(9, 100, 1) "]",
		  "linux: uidMappings[1] overlaps with uidMappings[0]" },
		{ "'uidMappings':[" MAP(0, 0, 10) "," MAP(10, 5, 100) "]",
		  "linux: uidMappings[1] overlaps with uidMappings[0]" },
		{ "'devices':[{'path':'dev/x','type':'c'}]",
		  "linux.devices[0]: path \"dev/x\" must be an absolute path" },
		{ "'devices':[{'path':'/dev/x','type':'d'}]",
		  "linux.devices[0]: unknown type \"d\"" },
		{ "'devices':[{'path':'/dev/x','type':'c','major':1}]",
		  "linux.devices[0]: minor is required" },
		{ "'devices':[{'path':'/dev/x','type':'c','major':4096,'minor':1}]",
		  "linux.devices[0]: major must be a whole number from 0 to 4095" },
		{ "'devices':[{'path':'/dev/x','type':'c','major':1,'minor':-1}]",
		  "linux.devices[0]: minor must be a whole number from 0 to 1048575" },
		{ "'devices':[{'path':'/dev/x','type':'p','fileMode':65536}]",
		  "linux.devices[0]: fileMode must be a whole number from 0 to 65535" },
		{ "'cgroupsPath':'/a/../../b'", "linux: cgroupsPath \"/a/../../b\" holds \"..\"" },
		{ "'cgroupsPath':7", "linux: cgroupsPath must be a string" },
		{ "'rootfsPropagation':'rw'", "linux: unknown rootfsPropagation \"rw\"" },
		{ "'maskedPaths':['proc']",
		  "linux: maskedPaths[0] \"proc\" must be an absolute path" },
		{ "'readonlyPaths':['/proc']",
		  "linux: maskedPaths and readonlyPaths need a private mount namespace" },
		{ "'timeOffsets':{'monotonic':{'secs':1}}",
		  "linux.timeOffsets: needs a new time namespace" },
		{ "'namespaces':[{'type':'time','path':'/x'}],'timeOffsets':{'boottime':{}}",
		  "linux.timeOffsets: needs a new time namespace" },
		{ "'timeOffsets':{'monotonic':{'nanosecs':1000000000}}",
		  "linux.timeOffsets.monotonic: nanosecs must be a whole number from 0 to "
		  "999999999" },
		{ "'personality':{'domain':'BSD'}", "linux.personality: unknown domain \"BSD\"" },
		{ "'personality':{'domain':'LINUX','flags':['X']}",
		  "linux.personality: flags are not supported" },
		{ "'personality':{}", "linux.personality: domain is required" },
	};

	assert_bad(LINUX, rows);
}

/* CVE-2022-0811 among others: settings of the host, and values that are more than one. */
static void test_bad_sysctl(void **state)
{
	static const struct bad rows[] = {
		{ "'kernel.core_pattern':'|/x'",
		  "linux.sysctl: kernel.core_pattern is not in a namespace of its own" },
		{ "'vm.overcommit_memory':'1'",
		  "linux.sysctl: vm.overcommit_memory is not in a namespace of its own" },
		{ "'fs.file-max':'1'",
		  "linux.sysctl: fs.file-max is not in a namespace of its own" },
		{ "'kernel.msgmax':'1\\nkernel.core_pattern=|/x'",
		  "linux.sysctl: the value of kernel.msgmax holds a control character" },
		{ "'net.ipv4.ip_forward':'1'",
		  "linux.sysctl: net.ipv4.ip_forward needs a private network namespace" },
		{ "'user.max_pid_namespaces':'1'",
		  "linux.sysctl: user.max_pid_namespaces needs a private user namespace" },
		{ "'kernel.domainname':'x'",
		  "linux.sysctl: kernel.domainname needs a private UTS namespace" },
		{ "'kernel.hostname':'x'", "linux.sysctl: kernel.hostname is set by hostname" },
		{ "'kernel/hostname':'x'", "linux.sysctl: kernel.hostname is set by hostname" },
		{ "'net/../kernel/core_pattern':'x'",
		  "linux.sysctl: \"net/../kernel/core_pattern\" is not a setting's name" },
		{ "'net...kernel':'x'", "linux.sysctl: \"net...kernel\" is not a setting's name" },
		{ "'.net':'x'", "linux.sysctl: \".net\" is not a setting's name" },
		{ "'/proc/sys/net':'x'",
		  "linux.sysctl: \"/proc/sys/net\" is not a setting's name" },
		{ "'net.':'x'", "linux.sysctl: \"net.\" is not a setting's name" },
		{ "'net ipv4':'x'", "linux.sysctl: \"net ipv4\" is not a setting's name" },
		{ "'network.x':'x'", "linux.sysctl: network.x is not in a namespace of its own" },
		{ "'kernel.shmmaxx':'x'",
		  "linux.sysctl: kernel.shmmaxx is not in a namespace of its own" },
		{ "'net.x':1", "linux.sysctl: net.x must be a string" },
	};

	assert_bad("{'ociVersion':'1.0.0','linux':{'namespaces':[{'type':'ipc'}],"
		   "'sysctl':{%s}}}",
		   rows);
}

/* --- resources ------------------------------------------------------------------------------ */

static void test_resources(void **state)
{
	struct oci_spec *s cleanup_oci_spec = parse(
	    "{'ociVersion':'1.0.0','linux':{'resources':{'memory':{'limit':0,'swap':-1,"
	    "'swappiness':100,'disableOOMKiller':false},'cpu':{'shares':18446744073709551615,"
	    "'quota':-1,'period':100000,'cpus':'0-1','mems':'','idle':1},'pids':{'limit':-1},"
	    "'blockIO':{'weight':500,'weightDevice':[{'major':8,'minor':0,'leafWeight':10}],"
	    "'throttleWriteIOPSDevice':[{'major':8,'minor':16,'rate':18446744073709551615}]},"
	    "'hugepageLimits':[{'pageSize':'2MB','limit':5}],'rdma':{'mlx5_1':{'hcaHandles':3}},"
	    "'network':{'classID':0,'priorities':[{'name':'eth0','priority':4294967295}]},"
	    "'devices':[{'allow':false},{'allow':true,'type':'c','major':1,'minor':-1,'access':"
	    "'mr'}],'unified':{'memory.high':'max','io.cost.weight':'default 1'}}}}");
	const struct oci_resources *r = &s->linux.resources;

	assert_int_equal(r->has, OCI_HAS_MEM_LIMIT | OCI_HAS_MEM_SWAP | OCI_HAS_MEM_SWAPPINESS |
				     OCI_HAS_MEM_OOM_DISABLE | OCI_HAS_CPU_SHARES |
				     OCI_HAS_CPU_QUOTA | OCI_HAS_CPU_PERIOD | OCI_HAS_CPU_IDLE |
				     OCI_HAS_PIDS_LIMIT | OCI_HAS_BLKIO_WEIGHT | OCI_HAS_NET_CLASS);
	assert_int_equal(r->mem_swap, -1);
	assert_true(r->cpu_shares == UINT64_MAX);
	assert_int_equal(r->cpu_quota, -1);
	assert_string_equal(r->cpuset_cpus, "0-1");
	assert_null(r->cpuset_mems);
	assert_int_equal(r->pids_limit, -1);
	assert_int_equal(r->blkio_weights[0].leaf_weight, 10);
	assert_int_equal(r->throttle_count[OCI_READ_BPS], 0);
	assert_true(r->throttle[OCI_WRITE_IOPS][0].value == UINT64_MAX);
	assert_string_equal(r->hugepages[0].key, "2MB");
	assert_int_equal(r->rdma[0].value, 3);
	assert_true(r->rdma[0].value2 == UINT64_MAX);
	assert_int_equal(r->net_priorities[0].value, 4294967295);
	assert_int_equal(r->devices[0].type, 'a');
	assert_true(r->devices[0].read && r->devices[0].write && r->devices[0].mknod);
	assert_int_equal(r->devices[0].major, -1);
	assert_true(r->devices[1].allow && r->devices[1].read && r->devices[1].mknod);
	assert_false(r->devices[1].write);
	assert_int_equal(r->devices[1].minor, -1);
	assert_string_equal(r->unified[0].key, "memory.high");
}

static void test_bad_resources(void **state)
{
	static const struct bad rows[] = {
		{ "'memory':{'limit':-2}", "linux.resources.memory: limit must be a whole number "
					   "from -1 to 9223372036854775807" },
		{ "'memory':{'limit':9223372036854775808}",
		  "linux.resources.memory: limit must be a whole number from -1 to "
		  "9223372036854775807" },
		{ "'memory':{'limit':'64m'}", "linux.resources.memory: limit must be a whole "
					      "number from -1 to 9223372036854775807" },
		{ "'memory':{'limit':1.5}", "linux.resources.memory: limit must be a whole number "
					    "from -1 to 9223372036854775807" },
		{ "'memory':{'swappiness':101}",
		  "linux.resources.memory: swappiness must be a whole number from 0 to 100" },
		{ "'memory':[]", "linux.resources: memory must be an object" },
		{ "'cpu':{'shares':-1}", "linux.resources.cpu: shares must be a whole number from "
					 "0 to 18446744073709551615" },
		{ "'cpu':{'cpus':'../x'}",
		  "linux.resources.cpu: cpus \"../x\" is not a list like \"0-3,7\"" },
		{ "'cpu':{'idle':2}", "linux.resources.cpu: idle must be 0 or 1" },
		{ "'blockIO':{'weight':65536}",
		  "linux.resources.blockIO: weight must be a whole number from 0 to 65535" },
		{ "'blockIO':{'weightDevice':[{'major':8,'minor':0}]}",
		  "linux.resources.blockIO.weightDevice[0]: weight or leafWeight is required" },
		{ "'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':0}]}",
		  "linux.resources.blockIO.throttleReadBpsDevice[0]: rate is required" },
		{ "'hugepageLimits':[{'pageSize':'../x','limit':1}]",
		  "linux.resources.hugepageLimits[0]: pageSize \"../x\" is not of the form 64KB, "
		  "2MB or 1GB" },
		{ "'hugepageLimits':[{'pageSize':'0KB','limit':1}]",
		  "linux.resources.hugepageLimits[0]: pageSize \"0KB\" is not of the form 64KB, "
		  "2MB or 1GB" },
		{ "'hugepageLimits':[{'pageSize':'2MB'}]",
		  "linux.resources.hugepageLimits[0]: limit is required" },
		{ "'rdma':{'a b':{}}", "linux.resources.rdma: \"a b\" is not a device" },
		{ "'rdma':{'a':{'hcaHandles':4294967296}}",
		  "linux.resources.rdma.a: hcaHandles must be a whole number from 0 to "
		  "4294967295" },
		{ "'network':{'classID':4294967296}",
		  "linux.resources.network: classID must be a whole number from 0 to "
		  "4294967295" },
		{ "'network':{'priorities':[{'name':'a b','priority':1}]}",
		  "linux.resources.network.priorities[0]: \"a b\" is not an interface" },
		{ "'devices':[{}]", "linux.resources.devices[0]: allow is required" },
		{ "'devices':[{'allow':true,'access':''}]",
		  "linux.resources.devices[0]: access must not be empty" },
		{ "'devices':[{'allow':true,'access':'rx'}]",
		  "linux.resources.devices[0]: access \"rx\" may hold r, w and m only" },
		{ "'devices':[{'allow':true,'type':'p'}]",
		  "linux.resources.devices[0]: unknown type \"p\"" },
		{ "'devices':[{'allow':true,'type':'a','major':8}]",
		  "linux.resources.devices[0]: major and minor need type c or b" },
		{ "'devices':[{'allow':true,'major':-2}]",
		  "linux.resources.devices[0]: major must be a whole number from -1 to "
		  "4294967295" },
		{ "'unified':{'../x.y':'1'}",
		  "linux.resources.unified: \"../x.y\" is not a cgroup file" },
		{ "'unified':{'a/memory.max':'1'}",
		  "linux.resources.unified: \"a/memory.max\" is not a cgroup file" },
		{ "'unified':{'memory':'1'}",
		  "linux.resources.unified: \"memory\" is not a cgroup file" },
		{ "'unified':{'cgroup.procs':'1'}",
		  "linux.resources.unified: \"cgroup.procs\" is not a resource" },
		{ "'unified':{'cgroup.kill':'1'}",
		  "linux.resources.unified: \"cgroup.kill\" is not a resource" },
		{ "'unified':{'memory.max':1}",
		  "linux.resources.unified: memory.max must be a string" },
		{ "'pids':{'limit':null},'cpu':{'quota':9223372036854775808}",
		  "linux.resources.cpu: quota must be a whole number from -9223372036854775808 to "
		  "9223372036854775807" },
	};

	assert_bad("{'ociVersion':'1.0.0','linux':{'resources':{%s}}}", rows);
}

/* --- seccomp, hooks ------------------------------------------------------------------------- */

static void test_seccomp_and_hooks(void **state)
{
	struct oci_spec *s cleanup_oci_spec =
	    parse("{'ociVersion':'1.0.0','hooks':{'prestart':[{'path':'/a','args':['a','b'],'env':"
		  "['A=b'],'timeout':3}],'poststop':[{'path':'/z'},{'path':'/y'}]},"
		  "'linux':{'seccomp':{'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':38,"
		  "'architectures':['SCMP_ARCH_X86'],'flags':['F'],'listenerPath':'/l',"
		  "'listenerMetadata':'m','syscalls':[{'names':['a','b'],'action':'SCMP_ACT_ALLOW',"
		  "'errnoRet':0,'args':[{'index':5,'value':18446744073709551615,'valueTwo':2,'op':"
		  "'SCMP_CMP_EQ'}]}]}}}");
	const struct oci_seccomp *c = &s->linux.seccomp;

	assert_int_equal(s->hooks[OCI_HOOK_PRESTART].count, 1);
	assert_int_equal(s->hooks[OCI_HOOK_PRESTART].items[0].timeout, 3);
	assert_string_equal(s->hooks[OCI_HOOK_PRESTART].items[0].args.items[1], "b");
	assert_int_equal(s->hooks[OCI_HOOK_POSTSTOP].count, 2);
	assert_int_equal(s->hooks[OCI_HOOK_POSTSTOP].items[1].timeout, 0);
	assert_true(c->set && c->default_errno_set);
	assert_int_equal(c->default_errno, 38);
	assert_string_equal(c->listener_metadata, "m");
	assert_true(c->rules[0].errno_set);
	assert_int_equal(c->rules[0].args[0].index, 5);
	assert_true(c->rules[0].args[0].value == UINT64_MAX);
}

static void test_bad_seccomp_and_hooks(void **state)
{
	static const struct bad rows[] = {
		{ "'linux':{'seccomp':{}}", "linux.seccomp: defaultAction is required" },
		{ "'linux':{'seccomp':{'defaultAction':'A','defaultErrnoRet':4096}}",
		  "linux.seccomp: defaultErrnoRet must be a whole number from 0 to 4095" },
		{ "'linux':{'seccomp':{'defaultAction':'A','syscalls':[{'names':[],'action':"
		  "'B'}]}}",
		  "linux.seccomp.syscalls[0]: names must not be empty" },
		{ "'linux':{'seccomp':{'defaultAction':'A','syscalls':[{'names':['x']}]}}",
		  "linux.seccomp.syscalls[0]: action is required" },
		{ "'linux':{'seccomp':{'defaultAction':'A','syscalls':[{'names':['x'],'action':"
		  "'B','args':[{'index':6,'value':0,'op':'C'}]}]}}",
		  "linux.seccomp.syscalls[0].args[0]: index must be a whole number from 0 to 5" },
		{ "'linux':{'seccomp':{'defaultAction':'A','syscalls':[{'names':['x'],'action':"
		  "'B','args':[{'index':0,'value':-1,'op':'C'}]}]}}",
		  "linux.seccomp.syscalls[0].args[0]: value must be a whole number from 0 to "
		  "18446744073709551615" },
		{ "'linux':{'seccomp':{'defaultAction':'A','listenerPath':'l'}}",
		  "linux.seccomp: listenerPath must be an absolute path" },
		{ "'linux':{'seccomp':{'defaultAction':'A','listenerMetadata':'l'}}",
		  "linux.seccomp: listenerMetadata needs listenerPath" },
		{ "'hooks':{'prestart':[{}]}", "hooks.prestart[0]: path is required" },
		{ "'hooks':{'createRuntime':[{'path':'x'}]}",
		  "hooks.createRuntime[0]: path \"x\" must be an absolute path" },
		{ "'hooks':{'poststart':[{'path':'/x','timeout':0}]}",
		  "hooks.poststart[0]: timeout must be a whole number from 1 to 2147483647" },
		{ "'hooks':{'poststop':[{'path':'/x','env':['A']}]}",
		  "hooks.poststop[0]: env[0] \"A\" must be of the form NAME=value" },
		{ "'hooks':{'startContainer':{}}", "hooks: startContainer must be an array" },
	};

	assert_bad("{'ociVersion':'1.0.0',%s}", rows);
}

/* --- parts alone, and the default ----------------------------------------------------------- */

static void test_parts(void **state)
{
	json_t *p cleanup_json = quoted("{'cwd':'/','args':['a'],'user':{'uid':5}}");
	json_t *r cleanup_json = quoted("{'pids':{'limit':7}}");
	struct oci_process process = { 0 };
	struct oci_resources resources = { 0 };
	struct err err = { 0 };

	assert_ok(oci_process_parse(p, &process, &err), &err);
	assert_int_equal(process.uid, 5);
	oci_process_clear(&process);
	oci_process_clear(&process);
	assert_ok(oci_resources_parse(r, &resources, &err), &err);
	assert_int_equal(resources.pids_limit, 7);
	oci_resources_clear(&resources);
	oci_resources_clear(&resources);
	assert_true(oci_process_parse(NULL, &process, &err) < 0);
	assert_true(oci_resources_parse(NULL, &resources, &err) < 0);
	oci_spec_free(NULL);
}

static void test_default(void **state)
{
	for (int rootless = 0; rootless < 2; rootless++) {
		struct oci_spec *s cleanup_oci_spec = NULL;
		json_t *j cleanup_json = NULL;
		struct err err = { 0 };

		assert_ok(oci_spec_default(rootless, &j, &err), &err);
		assert_ok(oci_spec_parse(j, &s, &err), &err);
		assert_int_equal(s->process.caps.bounding, 0xa80425fb);
		assert_int_equal(s->process.caps.effective, 0xa80425fb);
		assert_int_equal(s->process.caps.inheritable, 0);
		assert_int_equal(s->process.caps.ambient, 0);
		assert_true(s->process.no_new_privileges && s->root_readonly);
		assert_int_equal(s->mount_count, 7);
		assert_int_equal(s->linux.ns[OCI_NS_USER].set, rootless);
		assert_int_equal(s->linux.ns[OCI_NS_NET].set, !rootless);
		assert_true(s->linux.ns[OCI_NS_CGROUP].set && s->linux.ns[OCI_NS_MOUNT].set);
		assert_true(strv_contains(&s->linux.masked_paths, "/proc/kcore"));
		assert_true(strv_contains(&s->linux.readonly_paths, "/proc/sys"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_files),
		cmocka_unit_test(test_bad_files),
		cmocka_unit_test(test_top),
		cmocka_unit_test(test_bad_top),
		cmocka_unit_test(test_bad_json),
		cmocka_unit_test(test_process),
		cmocka_unit_test(test_process_unset),
		cmocka_unit_test(test_bad_process),
		cmocka_unit_test(test_linux),
		cmocka_unit_test(test_bad_linux),
		cmocka_unit_test(test_bad_sysctl),
		cmocka_unit_test(test_resources),
		cmocka_unit_test(test_bad_resources),
		cmocka_unit_test(test_seccomp_and_hooks),
		cmocka_unit_test(test_bad_seccomp_and_hooks),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_default),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
