/* SPDX-License-Identifier: Apache-2.0 */
/* The command line up to the engine: flags, and the request that run and create make of them. */
#include "support.h"

#include <jansson.h>

#include "base/json.h"
#include "cli/option.h"
#include "cli/run/run.h"
#include "cli/term/detach.h"

struct values {
	bool all, tty, interactive;
	const char *name;
	struct strv env;
	int64_t time, size, swap, cpus;
};

static const struct cli_option options[] = {
	OPT(values, all, "all", 'a', CLI_BOOL, NULL, "", NULL),
	OPT(values, cpus, "cpus", 0, CLI_CPUS, "decimal", "", NULL),
	OPT(values, env, "env", 'e', CLI_LIST, "list", "", NULL),
	OPT(values, interactive, "interactive", 'i', CLI_BOOL, NULL, "", NULL),
	OPT(values, name, "name", 'n', CLI_STRING, "string", "", NULL),
	OPT_REFUSED("publish", 'p', "no bridge"),
	OPT(values, size, "size", 's', CLI_SIZE, "bytes", "", NULL),
	OPT(values, swap, "swap", 0, CLI_SIZE_FREE, "bytes", "", NULL),
	OPT(values, time, "time", 0, CLI_INT, "int", "", NULL),
	OPT(values, tty, "tty", 't', CLI_BOOL, NULL, "", NULL),
	OPT_REFUSED_BOOL("windows", 0, "!only on Windows"),
	{ 0 },
};

/* Splits at spaces; `_` stands for an empty word. */
static int parse(const char *line, bool flags_first, struct values *v, struct strv *rest,
		 struct err *err)
{
	cli_tables tables = (const struct cli_option *[CLI_TABLES_MAX]){ options };
	static struct strv words; /* strings of *v point into it */
	char *positional[64];
	int count = 0, r;

	strv_free(&words);
	assert_int_equal(strv_split(&words, line, ' '), 0);
	for (size_t i = 0; i < words.count; i++)
		if (str_eq(words.items[i], "_"))
			words.items[i][0] = '\0';
	*v = (struct values){ 0 };
	r = cli_parse(tables, flags_first, (int)words.count, words.items, v, positional, &count,
		      err);
	for (int i = 0; i < count; i++)
		strv_add(rest, positional[i]);
	return r;
}

static void fails(const char *line, const char *expected)
{
	struct strv rest cleanup_strv = { 0 };
	struct err err = { 0 };
	struct values v;

	assert_true(parse(line, false, &v, &rest, &err) < 0);
	assert_string_equal(err.text, expected);
	strv_free(&v.env);
}

static void flags(void **state)
{
	struct strv rest cleanup_strv = { 0 };
	struct err err = { 0 };
	struct values v;

	assert_ok(parse("x -ita --name=web y -e A=1 -eB=2 -e=C --env D --time -5 -s64m", false, &v,
			&rest, &err),
		  &err);
	assert_true(v.interactive && v.tty && v.all);
	assert_string_equal(v.name, "web");
	assert_int_equal(v.env.count, 4);
	assert_string_equal(v.env.items[1], "B=2");
	assert_string_equal(v.env.items[2], "C");
	assert_int_equal(v.time, -5);
	assert_int_equal(v.size, 64 << 20);
	assert_int_equal(rest.count, 2);
	strv_free(&v.env);
	strv_free(&rest);

	assert_ok(parse("-a --tty=false image -i -- -x", true, &v, &rest, &err), &err);
	assert_true(v.all && !v.tty && !v.interactive);
	assert_int_equal(rest.count, 4);
	assert_string_equal(rest.items[1], "-i");
	strv_free(&rest);

	assert_ok(parse("-a=false --name _ -- --tty", false, &v, &rest, &err), &err);
	assert_false(v.all);
	assert_string_equal(v.name, "");
	assert_string_equal(rest.items[0], "--tty");
	assert_int_equal(parse("-ah", false, &v, &rest, &err), 1);
	assert_int_equal(parse("--help", false, &v, &rest, &err), 1);
	assert_int_equal(parse("--help=true", false, &v, &rest, &err), 1);
	assert_ok(parse("--help=false", false, &v, &rest, &err), &err);
	assert_ok(parse("--swap -1 --cpus 1.5 -", false, &v, &rest, &err), &err);
	assert_int_equal(v.swap, -1);
	assert_int_equal(v.cpus, 1500000000);
}

static void wrong_flags(void **state)
{
	fails("--bad", "unknown flag: --bad");
	fails("--bad=1", "unknown flag: --bad");
	fails("-azi", "unknown shorthand flag: 'z' in -azi");
	fails("--name", "flag needs an argument: --name");
	fails("-ae", "flag needs an argument: 'e' in -ae");
	fails("--=x", "bad flag syntax: --=x");
	fails("--help=x", "invalid argument \"x\" for \"--help\" flag: value: \"x\" is neither "
			  "true nor false");
	fails("---x", "bad flag syntax: ---x");
	fails("--time abc",
	      "invalid argument \"abc\" for \"--time\" flag: value: \"abc\" is not a number");
	fails("-s 10q", "invalid argument \"10q\" for \"-s, --size\" flag: size: \"10q\" is not a "
			"size (as 512, 64m, 1.5GiB)");
	fails("-s -1", "invalid argument \"-1\" for \"-s, --size\" flag: size: \"-1\" is not a "
		       "size (as 512, 64m, 1.5GiB)");
	fails("-i=maybe", "invalid argument \"maybe\" for \"-i, --interactive\" flag: value: "
			  "\"maybe\" is neither true nor false");
	fails("--cpus 1.5x", "invalid argument \"1.5x\" for \"--cpus\" flag: \"1.5x\" is not a "
			     "number of CPUs (as 2, 0.5)");
	fails("--cpus 0.0000000001", "invalid argument \"0.0000000001\" for \"--cpus\" flag: "
				     "0.0000000001 is finer than a billionth");
	fails("-p 80:80", "--publish is not supported yet: no bridge");
	fails("--publish=80", "--publish is not supported yet: no bridge");
	fails("--publish", "--publish is not supported yet: no bridge");
	fails("--windows", "--windows is not supported: only on Windows");
}

/* A request's member by a path ("HostConfig.Binds.0") as JSON text. */
static const char *member(const json_t *request, const char *path)
{
	struct strv parts cleanup_strv = { 0 };
	static char text[4096];
	char *dumped;

	strv_split(&parts, path, '.');
	for (size_t i = 0; i < parts.count; i++)
		request = json_is_array(request)
			      ? json_array_get(request, (size_t)atoi(parts.items[i]))
			      : json_object_get(request, parts.items[i]);
	if (!request)
		return "absent";
	dumped = js_dump(request, JSON_COMPACT | JSON_ENCODE_ANY);
	snprintf(text, sizeof(text), "%s", dumped);
	free(dumped);
	return text;
}

static int make(int argc, const char **argv, json_t **ret, struct err *err)
{
	cli_tables tables =
	    (const struct cli_option *[CLI_TABLES_MAX]){ run_common_options, run_only_options,
							 run_refused_options };
	char *positional[64];
	struct run v = run_defaults;
	int count = 0;
	int r = cli_parse(tables, true, argc, (char **)argv, &v, positional, &count, err);

	if (r == 0)
		r = run_request(&v, !v.detach, count, positional, ret, err);
	cli_values_clear(tables, &v);
	return r;
}

#define REQUEST(...)                                                                       \
	({                                                                                 \
		const char *request_argv[] = { __VA_ARGS__ };                              \
		struct err request_err = { 0 };                                            \
		json_t *request_made = NULL;                                               \
		assert_ok(make((int)ARRAY_SIZE(request_argv), request_argv, &request_made, \
			       &request_err),                                              \
			  &request_err);                                                   \
		request_made;                                                              \
	})
#define REFUSED(expected, ...)                                                               \
	do {                                                                                 \
		const char *refused_argv[] = { __VA_ARGS__ };                                \
		struct err refused_err = { 0 };                                              \
		json_t *refused_made = NULL;                                                 \
		assert_true(make((int)ARRAY_SIZE(refused_argv), refused_argv, &refused_made, \
				 &refused_err) < 0);                                         \
		assert_string_equal(refused_err.text, expected);                             \
	} while (0)
#define MEMBER(request, path, expected) assert_string_equal(member(request, path), expected)

static void streams(void **state)
{
	json_t *r cleanup_json = REQUEST("-it", "img", "sh", "-c", "x");

	MEMBER(r, "AttachStdin", "true");
	MEMBER(r, "OpenStdin", "true");
	MEMBER(r, "StdinOnce", "true");
	MEMBER(r, "Tty", "true");
	MEMBER(r, "Image", "\"img\"");
	MEMBER(r, "Cmd", "[\"sh\",\"-c\",\"x\"]");
	MEMBER(r, "Entrypoint", "absent");
	json_unref(&r);
	r = REQUEST("-di", "--entrypoint", "", "img");
	MEMBER(r, "AttachStdin", "false");
	MEMBER(r, "AttachStdout", "false");
	MEMBER(r, "OpenStdin", "true");
	MEMBER(r, "StdinOnce", "false");
	MEMBER(r, "Cmd", "absent");
	MEMBER(r, "Entrypoint", "[\"\"]");
	json_unref(&r);
	r = REQUEST("-a", "stdin", "-a", "STDERR", "-i", "img");
	MEMBER(r, "AttachStdin", "true");
	MEMBER(r, "AttachStdout", "false");
	MEMBER(r, "AttachStderr", "true");
	REFUSED("valid streams are STDIN, STDOUT and STDERR", "-a", "x", "img");
	REFUSED("conflicting options: cannot specify both --attach and --detach", "-d", "-a",
		"stdin", "img");
}

static void environment(void **state)
{
	struct temp_dir dir;
	char *path, *crlf;
	json_t *r cleanup_json = NULL;

	temp_dir_make(&dir);
	setenv("CORACLE_TEST_OWN", "mine", 1);
	unsetenv("CORACLE_TEST_NONE");
	put_file(dir.fd, "env",
		 "\xef\xbb\xbf# note\n\n  A=1\nB= two words \nCORACLE_TEST_OWN\n"
		 "CORACLE_TEST_NONE\nC=\"x\"\n");
	put_file(dir.fd, "crlf", "A=1\r\nB=2\r\n");
	assert_true(asprintf(&path, "%s/env", dir.path) > 0);
	assert_true(asprintf(&crlf, "%s/crlf", dir.path) > 0);
	r = REQUEST("--env-file", path, "-e", "CORACLE_TEST_OWN", "-e", "CORACLE_TEST_NONE", "-e",
		    "D=", "img");
	MEMBER(r, "Env",
	       "[\"A=1\",\"B= two words \",\"CORACLE_TEST_OWN=mine\",\"C=\\\"x\\\"\","
	       "\"CORACLE_TEST_OWN=mine\",\"CORACLE_TEST_NONE\",\"D=\"]");
	json_unref(&r);
	r = REQUEST("--label-file", crlf, "-l", "B=3", "-l", "bare", "img");
	MEMBER(r, "Labels", "{\"A\":\"1\",\"B\":\"3\",\"bare\":\"\"}");
	REFUSED("invalid environment variable: =x", "-e", "=x", "img");
	REFUSED("invalid environment variable: ", "-e", "", "img");
	put_file(dir.fd, "env", "A B=1\n");
	assert_true(make(3, (const char *[]){ "--env-file", path, "img" }, &r, &(struct err){ 0 }) <
		    0);
	put_file(dir.fd, "env", "=1\n");
	assert_true(make(3, (const char *[]){ "--env-file", path, "img" }, &r, &(struct err){ 0 }) <
		    0);
	put_file(dir.fd, "env", "A=\xff\n");
	assert_true(make(3, (const char *[]){ "--env-file", path, "img" }, &r, &(struct err){ 0 }) <
		    0);
	free(path);
	free(crlf);
	temp_dir_remove(&dir);
}

static void mounts(void **state)
{
	json_t *r cleanup_json = REQUEST("-v", "/a/../b:/in:ro", "--tmpfs", "/run:size=64m,exec",
					 "--tmpfs", "/tmp", "img");

	MEMBER(r, "HostConfig.Binds", "[\"/b:/in:ro\"]");
	MEMBER(r, "HostConfig.Tmpfs", "{\"/run\":\"size=64m,exec\",\"/tmp\":\"\"}");
	json_unref(&r);
	r = REQUEST("--mount", "type=bind,source=/a,target=/b,readonly,bind-propagation=rslave",
		    "--mount", "type=tmpfs,dst=/t,tmpfs-size=1m,tmpfs-mode=1770", "--mount",
		    "\"type=bind\",\"src=/x,y\",target=/z", "img");
	MEMBER(r, "HostConfig.Mounts.0",
	       "{\"Type\":\"bind\",\"Source\":\"/a\",\"Target\":\"/b\",\"ReadOnly\":true,"
	       "\"BindOptions\":{\"Propagation\":\"rslave\"}}");
	MEMBER(r, "HostConfig.Mounts.1",
	       "{\"Type\":\"tmpfs\",\"Target\":\"/t\",\"TmpfsOptions\":{\"SizeBytes\":1048576,"
	       "\"Mode\":1016}}");
	MEMBER(r, "HostConfig.Mounts.2.Source", "\"/x,y\"");
	REFUSED("invalid spec: :/x: empty section between colons", "-v", ":/x", "img");
	REFUSED("invalid volume specification: '/a:/b:ro:x'", "-v", "/a:/b:ro:x", "img");
	REFUSED("data:/x: volumes are not supported yet: they do not exist in this version (bind "
		"mounts begin with / or .)",
		"-v", "data:/x", "img");
	REFUSED("/x: volumes are not supported yet: they do not exist in this version (bind "
		"mounts begin with / or .)",
		"-v", "/x", "img");
	REFUSED("unexpected key 'foo' in 'foo=1'", "--mount", "type=bind,foo=1", "img");
	REFUSED("invalid field 'foo' must be a key=value pair", "--mount", "foo", "img");
	REFUSED("--mount: target is required in 'type=bind,src=/a'", "--mount", "type=bind,src=/a",
		"img");
	REFUSED("cannot mix 'tmpfs-*' options with mount type 'bind'", "--mount",
		"type=bind,src=/a,dst=/b,tmpfs-size=1m", "img");
}

static void limits(void **state)
{
	json_t *r cleanup_json =
	    REQUEST("-m", "64m", "--memory-swap", "-1", "--cpus", "0.5", "--pids-limit", "50",
		    "--ulimit", "nofile=1:2", "--ulimit", "core=-1", "--ulimit", "nofile=5",
		    "--device", "/dev/null:/dev/x:r", "--device", "/dev/zero:rw", "--device",
		    "/dev/full", "--stop-timeout", "0", "--oom-score-adj", "-5", "img");

	MEMBER(r, "HostConfig.Memory", "67108864");
	MEMBER(r, "HostConfig.MemorySwap", "-1");
	MEMBER(r, "HostConfig.NanoCpus", "500000000");
	MEMBER(r, "HostConfig.PidsLimit", "50");
	MEMBER(r, "HostConfig.Ulimits",
	       "[{\"Name\":\"core\",\"Hard\":-1,\"Soft\":-1},"
	       "{\"Name\":\"nofile\",\"Hard\":5,\"Soft\":5}]");
	MEMBER(r, "HostConfig.Devices.0",
	       "{\"PathOnHost\":\"/dev/null\",\"PathInContainer\":\"/dev/x\","
	       "\"CgroupPermissions\":\"r\"}");
	MEMBER(r, "HostConfig.Devices.1.CgroupPermissions", "\"rw\"");
	MEMBER(r, "HostConfig.Devices.2.PathInContainer", "\"/dev/full\"");
	MEMBER(r, "StopTimeout", "0");
	MEMBER(r, "HostConfig.OomScoreAdj", "-5");
	MEMBER(r, "HostConfig.CpuShares", "absent");
	REFUSED("invalid ulimit argument: nofile", "--ulimit", "nofile", "img");
	REFUSED("bad mode specified: x", "--device", "/dev/null:/dev/null:x", "img");
	REFUSED("dev is not an absolute path", "--device", "dev", "img");
	REFUSED("conflicting options: --cpus cannot be used with --cpu-period or --cpu-quota",
		"--cpus", "1", "--cpu-quota", "1000", "img");
}

static void policies(void **state)
{
	json_t *r cleanup_json =
	    REQUEST("--restart", "on-failure:3", "--log-opt", "max-size=1m", "--security-opt",
		    "no-new-privileges", "--security-opt", "systempaths=unconfined", "--sysctl",
		    "net.core.somaxconn=5", "--expose", "80", "--expose", "90-91/udp", "img");

	MEMBER(r, "HostConfig.RestartPolicy", "{\"Name\":\"on-failure\",\"MaximumRetryCount\":3}");
	MEMBER(r, "HostConfig.LogConfig", "{\"Type\":\"\",\"Config\":{\"max-size\":\"1m\"}}");
	MEMBER(r, "HostConfig.SecurityOpt", "[\"no-new-privileges\"]");
	MEMBER(r, "HostConfig.MaskedPaths", "[]");
	MEMBER(r, "HostConfig.NetworkMode", "\"default\"");
	MEMBER(r, "ExposedPorts", "{\"80/tcp\":{},\"90/udp\":{},\"91/udp\":{}}");
	REFUSED("conflicting options: cannot specify both --restart and --rm", "--rm", "--restart",
		"always", "img");
	REFUSED("invalid restart policy format: maximum retry count must be an integer",
		"--restart", "on-failure:x", "img");
	REFUSED("invalid --security-opt: \"foo\"", "--security-opt", "foo", "img");
	REFUSED("--sysctl: \"x\" is not KEY=VALUE", "--sysctl", "x", "img");
	REFUSED("--pull always is not supported yet: registries do not exist in this version",
		"--pull", "always", "img");
	REFUSED("invalid range format for --expose: x", "--expose", "x", "img");
}

static void ports(void **state)
{
	json_t *r cleanup_json =
	    REQUEST("-p", "8080:80", "-p", "[::1]:53:53/UDP", "-p", "127.0.0.1::90", "-p",
		    "7000-7001:70-71", "-p", "6000-6010:60", "-p", "target=5,published=6", "img");

	MEMBER(r, "HostConfig.PortBindings",
	       "{\"80/tcp\":[{\"HostIp\":\"\",\"HostPort\":\"8080\"}],"
	       "\"53/udp\":[{\"HostIp\":\"::1\",\"HostPort\":\"53\"}],"
	       "\"90/tcp\":[{\"HostIp\":\"127.0.0.1\",\"HostPort\":\"\"}],"
	       "\"70/tcp\":[{\"HostIp\":\"\",\"HostPort\":\"7000\"}],"
	       "\"71/tcp\":[{\"HostIp\":\"\",\"HostPort\":\"7001\"}],"
	       "\"60/tcp\":[{\"HostIp\":\"\",\"HostPort\":\"6000-6010\"}],"
	       "\"5/tcp\":[{\"HostIp\":\"\",\"HostPort\":\"6\"}]}");
	REFUSED("--publish 80:0: no container port is given", "-p", "80:0", "img");
	REFUSED("--publish 80:65536: invalid container port \"65536\"", "-p", "80:65536", "img");
	REFUSED("--publish 65536:80: invalid host port \"65536\"", "-p", "65536:80", "img");
	REFUSED("--publish 80:80/xyz: the protocol is tcp, udp or sctp", "-p", "80:80/xyz", "img");
	REFUSED("--publish 90-80:80: invalid host port \"90-80\"", "-p", "90-80:80", "img");
	REFUSED("--publish 80-90:80-85: invalid ranges: 11 host ports for 6 container ports", "-p",
		"80-90:80-85", "img");
	REFUSED("--publish ::1:80:80: an IPv6 address needs brackets around it", "-p", "::1:80:80",
		"img");
	REFUSED("--publish [::1:80: \"]:\" is missing behind the address", "-p", "[::1:80", "img");
	REFUSED("--publish : invalid container port \"\"", "-p", "", "img");
}

static void detach_keys(void **state)
{
	struct err err = { 0 };
	struct detach d;
	char out[64];
	size_t n = 0;

	assert_ok(detach_parse(NULL, &d, &err), &err);
	assert_int_equal(d.count, 2);
	assert_false(detach_filter(&d, "a\x10", 2, out, &n));
	assert_int_equal(n, 1); /* the first key is held back */
	assert_false(detach_filter(&d,
				   "\x10"
				   "b",
				   2, out, &n));
	assert_memory_equal(out,
			    "a\x10\x10"
			    "b",
			    4);
	assert_int_equal(n, 4);
	n = 0;
	assert_false(detach_filter(&d, "x\x10", 2, out, &n));
	assert_true(detach_filter(&d, "\x11rest", 5, out, &n));
	assert_int_equal(n, 1);

	assert_ok(detach_parse("a,ctrl-a,ctrl-@,ctrl-_", &d, &err), &err);
	assert_memory_equal(d.keys, "a\x01\x00\x1f", 4);
	assert_ok(detach_parse("x", &d, &err), &err);
	n = 0;
	assert_true(detach_filter(&d, "abx", 3, out, &n));
	assert_int_equal(n, 2);
	assert_true(detach_parse("ctrl-", &d, &err) < 0);
	assert_true(detach_parse("ab", &d, &err) < 0);
	assert_true(detach_parse("a,,b", &d, &err) < 0);
	assert_true(detach_parse("a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q", &d, &err) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flags),       cmocka_unit_test(wrong_flags),
		cmocka_unit_test(streams),     cmocka_unit_test(environment),
		cmocka_unit_test(mounts),      cmocka_unit_test(limits),
		cmocka_unit_test(policies),    cmocka_unit_test(ports),
		cmocka_unit_test(detach_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
