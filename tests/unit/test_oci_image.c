/* SPDX-License-Identifier: Apache-2.0 */
/* Image documents read and written: digests, indexes, manifests, configurations, docker archives.
 */
#include "support.h"

#include "oci/image_spec.h"
#include "quoted.h"

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define DIGEST "sha256:" HEX64

static void test_digest(void **state)
{
	static const char *const bad[] = {
		"",
		"sha256",
		"sha256:",
		HEX64,
		":" HEX64,
		"sha256:" HEX64 "0",
		"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde",
		"sha256:0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef",
		"sha256:0123456789abcdeg0123456789abcdef0123456789abcdef0123456789abcdef",
		"sha256:../3456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		"sha512:" HEX64,
		"sha256: " HEX64,
		"md5:d41d8cd98f00b204e9800998ecf8427e",
		"sha256-" HEX64,
		"SHA256:" HEX64,
	};
	struct oci_digest d = { 0 };
	char text[OCI_DIGEST_TEXT_MAX];
	struct err err = { 0 };

	assert_ok(oci_digest_parse(DIGEST, "x", &d, &err), &err);
	assert_int_equal(d.algorithm, OCI_SHA256);
	assert_int_equal(d.bytes[1], 0x23);
	assert_string_equal(oci_digest_format(d.algorithm, d.bytes, text), DIGEST);
	assert_ok(oci_digest_parse("sha512:" HEX64 HEX64, "x", &d, &err), &err);
	assert_int_equal(oci_digest_size(d.algorithm), 64);
	assert_string_equal(oci_digest_format(d.algorithm, d.bytes, text), "sha512:" HEX64 HEX64);
	assert_string_equal(oci_digest_hex(DIGEST), HEX64);
	assert_true(oci_digest_is_hex256(HEX64));
	assert_false(oci_digest_is_hex256(HEX64 "0"));
	assert_false(oci_digest_is_hex256(""));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_true(oci_digest_parse(bad[i], "x", NULL, &err) < 0);
	assert_string_equal(err.text, "x: \"SHA256:" HEX64 "\" is not a sha256 or sha512 digest");
}

static void test_media_types(void **state)
{
	enum oci_compression c = OCI_PLAIN;
	struct err err = { 0 };

	assert_int_equal(oci_media_kind(DOCKER_MT_LIST), OCI_MEDIA_INDEX);
	assert_int_equal(oci_media_kind(OCI_MT_MANIFEST), OCI_MEDIA_MANIFEST);
	assert_int_equal(oci_media_kind("application/vnd.oci.empty.v1+json"), OCI_MEDIA_OTHER);
	assert_ok(oci_layer_compression(OCI_MT_LAYER_ZSTD, &c, &err), &err);
	assert_int_equal(c, OCI_ZSTD);
	assert_ok(oci_layer_compression(DOCKER_MT_LAYER_GZIP, &c, &err), &err);
	assert_int_equal(c, OCI_GZIP);
	assert_true(oci_layer_compression(
			"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", &c, &err) < 0);
	assert_int_equal(err.class, ERR_UNSUPPORTED);
}

#define DESCRIPTOR(type, size) "{'mediaType':'" type "','digest':'" DIGEST "','size':" size "}"

static void test_index(void **state)
{
	json_t *j cleanup_json = quoted(
	    "{'schemaVersion':2,'mediaType':'" OCI_MT_INDEX
	    "','manifests':[{'mediaType':'" OCI_MT_MANIFEST "','digest':'" DIGEST
	    "','size':7,'platform':{'architecture':'arm64',"
	    "'os':'linux','variant':'v8','os.version':'1','os.features':['a']},'annotations':{"
	    "'org.opencontainers.image.ref.name':'latest'},'urls':null}," DESCRIPTOR(
		OCI_MT_INDEX, "9223372036854775807") "],'annotations':{'a':'b'}}");
	struct oci_index index = { 0 };
	struct err err = { 0 };

	assert_ok(oci_index_parse(j, &index, &err), &err);
	assert_int_equal(index.manifest_count, 2);
	assert_true(index.manifests[0].has_platform);
	assert_string_equal(index.manifests[0].platform.architecture, "arm64");
	assert_string_equal(index.manifests[0].platform.os_features.items[0], "a");
	assert_string_equal(
	    oci_pairs_get(&index.manifests[0].annotations, "org.opencontainers.image.ref.name"),
	    "latest");
	assert_null(oci_pairs_get(&index.manifests[0].annotations, "x"));
	assert_false(index.manifests[1].has_platform);
	assert_true(index.manifests[1].size == INT64_MAX);
	oci_index_clear(&index);
	oci_index_clear(&index);
}

#define CONFIG DESCRIPTOR(OCI_MT_CONFIG, "10")

static void test_manifest(void **state)
{
	json_t *j cleanup_json = quoted("{'schemaVersion':2,'config':" DESCRIPTOR(
	    DOCKER_MT_CONFIG, "10") ",'layers':[" DESCRIPTOR(DOCKER_MT_LAYER_GZIP,
							     "0") "," DESCRIPTOR(OCI_MT_LAYER,
										 "5") "]}");
	struct oci_manifest m = { 0 };
	struct err err = { 0 };

	assert_ok(oci_manifest_parse(j, &m, &err), &err);
	assert_null(m.media_type);
	assert_int_equal(m.layer_count, 2);
	assert_int_equal(m.layers[1].size, 5);
	assert_string_equal(m.config.digest, DIGEST);
	oci_manifest_clear(&m);
}

struct bad {
	const char *text, *error;
};

typedef int (*parse_fn)(const json_t *j, struct err *err);

static int try_index(const json_t *j, struct err *err)
{
	struct oci_index x = { 0 };

	return oci_index_parse(j, &x, err);
}

static int try_manifest(const json_t *j, struct err *err)
{
	struct oci_manifest x = { 0 };

	return oci_manifest_parse(j, &x, err);
}

static int try_config(const json_t *j, struct err *err)
{
	struct oci_image_config x = { 0 };

	return oci_image_config_parse(j, &x, err);
}

static int try_archive(const json_t *j, struct err *err)
{
	struct docker_archive x = { 0 };

	return docker_archive_parse(j, &x, err);
}

static void check_bad(parse_fn fn, const struct bad *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		json_t *j cleanup_json = quoted(rows[i].text);
		struct err err = { 0 };

		if (fn(j, &err) == 0)
			fail_msg("%s is accepted", rows[i].text);
		if (!str_eq(err.text, rows[i].error))
			fail_msg("%s: \"%s\" instead of \"%s\"", rows[i].text, err.text,
				 rows[i].error);
	}
}

static void test_bad_manifests(void **state)
{
	static const struct bad indexes[] = {
		{ "[]", "index must be an object" },
		{ "{}", "index: schemaVersion is required" },
		{ "{'schemaVersion':1}", "index: schemaVersion 1 is not supported" },
		{ "{'schemaVersion':2}", "index: manifests is required" },
		{ "{'schemaVersion':2,'manifests':[],'layers':[]}",
		  "index: \"layers\" has no place here" },
		{ "{'schemaVersion':2,'manifests':[],'config':{}}",
		  "index: \"config\" has no place here" },
		{ "{'schemaVersion':2,'mediaType':'" OCI_MT_MANIFEST "','manifests':[]}",
		  "index: mediaType \"" OCI_MT_MANIFEST "\" is of something else" },
		{ "{'schemaVersion':2,'manifests':[{'digest':'" DIGEST "','size':1}]}",
		  "index.manifests[0]: mediaType is required" },
		{ "{'schemaVersion':2,'manifests':[{'mediaType':'x','digest':'" DIGEST
		  "','size':1}]}",
		  "index.manifests[0]: mediaType \"x\" is malformed" },
		{ "{'schemaVersion':2,'manifests':[{'mediaType':'a/b c','digest':'" DIGEST
		  "','size':1}]}",
		  "index.manifests[0]: mediaType \"a/b c\" is malformed" },
		{ "{'schemaVersion':2,'manifests':[{'mediaType':'a/b','digest':'" DIGEST "'}]}",
		  "index.manifests[0]: size is required" },
		{ "{'schemaVersion':2,'manifests':[" DESCRIPTOR("a/b", "-1") "]}",
		  "index.manifests[0]: size must be a whole number from 0 to "
		  "9223372036854775807" },
		{ "{'schemaVersion':2,'manifests':[" DESCRIPTOR("a/b", "9223372036854775808") "]}",
		  "index.manifests[0]: size must be a whole number from 0 to "
		  "9223372036854775807" },
		{ "{'schemaVersion':2,'manifests':[{'mediaType':'a/b','digest':'sha256:../../x',"
		  "'size':1}]}",
		  "index.manifests[0]: \"sha256:../../x\" is not a sha256 or sha512 digest" },
	};
	static const struct bad manifests[] = {
		{ "{'schemaVersion':1,'fsLayers':[]}",
		  "manifest: schemaVersion 1 is not supported" },
		{ "{'schemaVersion':2,'config':" CONFIG "}", "manifest: layers is required" },
		{ "{'schemaVersion':2,'layers':[]}", "manifest: config is required" },
		{ "{'schemaVersion':2,'config':" CONFIG ",'layers':[],'manifests':[]}",
		  "manifest: \"manifests\" has no place here" },
		{ "{'schemaVersion':2,'config':" DESCRIPTOR("application/x", "1") ",'layers':[]}",
		  "not an image: its configuration is of media type \"application/x\"" },
		{ "{'schemaVersion':2,'config':" DESCRIPTOR(OCI_MT_CONFIG,
							    "8388609") ",'layers':[]}",
		  "manifest.config: larger than 8388608 bytes" },
		{ "{'schemaVersion':2,'config':" CONFIG ",'layers':[" DESCRIPTOR("a/b", "1") "]}",
		  "a layer of media type \"a/b\" is not supported" },
		{ "{'schemaVersion':2,'config':[],'layers':[]}",
		  "manifest: config must be an object" },
	};

	check_bad(try_index, indexes, ARRAY_SIZE(indexes));
	check_bad(try_manifest, manifests, ARRAY_SIZE(manifests));
}

/* 500 layers are what overlayfs takes; one more is refused. */
static void test_layer_count(void **state)
{
	struct oci_manifest m = { 0 };
	struct err err = { 0 };
	json_t *layers = json_array();
	json_t *layer cleanup_json = quoted(DESCRIPTOR(OCI_MT_LAYER, "1"));
	json_t *j cleanup_json = quoted("{'schemaVersion':2,'config':" CONFIG "}");

	json_object_set_new(j, "layers", layers);
	for (int i = 0; i < 500; i++)
		json_array_append(layers, layer);
	assert_ok(oci_manifest_parse(j, &m, &err), &err);
	assert_int_equal(m.layer_count, 500);
	oci_manifest_clear(&m);
	json_array_append(layers, layer);
	assert_true(oci_manifest_parse(j, &m, &err) < 0);
	assert_string_equal(err.text, "manifest: more than 500 layers");
}

static const char whole_config[] =
    "{'created':'2026-01-01T00:00:00Z','author':'A','architecture':'amd64','os':'linux',"
    "'variant':'v2','os.version':'5','config':{'User':'web:users','ExposedPorts':{'80':{},"
    "'53/udp':{},'8000-8010/tcp':{},'80/tcp':{}},'Env':['PATH=/bin','X'],'Entrypoint':['/e'],"
    "'Cmd':['a','b'],'Volumes':{'/data':{},'cache//x/':{},'/../../etc':{}},'WorkingDir':'w',"
    "'Labels':{'k':'v'},'StopSignal':'SIGINT','ArgsEscaped':true,'Healthcheck':{'Test':["
    "'CMD','x'],'Interval':1000000000,'Timeout':5,'StartPeriod':6,'StartInterval':7,"
    "'Retries':3},'OnBuild':['RUN x'],'Shell':['/bin/sh','-c']},'rootfs':{'type':'layers',"
    "'diff_ids':['" DIGEST "']},'history':[{'created':'x','created_by':'y','comment':'z'},"
    "{'empty_layer':true,'author':'q'}],'moby.x':7}";

static void check_whole(const struct oci_image_config *c)
{
	assert_string_equal(c->architecture, "amd64");
	assert_string_equal(c->variant, "v2");
	assert_string_equal(c->user, "web:users");
	assert_int_equal(c->exposed_ports.count, 3);
	assert_true(strv_contains(&c->exposed_ports, "80/tcp"));
	assert_true(strv_contains(&c->exposed_ports, "53/udp"));
	assert_true(strv_contains(&c->exposed_ports, "8000-8010/tcp"));
	assert_string_equal(c->env.items[1], "X");
	assert_int_equal(c->cmd.count, 2);
	assert_int_equal(c->volumes.count, 3);
	assert_true(strv_contains(&c->volumes, "/data"));
	assert_true(strv_contains(&c->volumes, "/cache/x"));
	assert_true(strv_contains(&c->volumes, "/etc"));
	assert_string_equal(c->working_dir, "w");
	assert_string_equal(oci_pairs_get(&c->labels, "k"), "v");
	assert_string_equal(c->stop_signal, "SIGINT");
	assert_true(c->args_escaped && c->healthcheck.set);
	assert_int_equal(c->healthcheck.interval, 1000000000);
	assert_int_equal(c->healthcheck.start_interval, 7);
	assert_int_equal(c->healthcheck.retries, 3);
	assert_string_equal(c->shell.items[1], "-c");
	assert_string_equal(c->diff_ids.items[0], DIGEST);
	assert_int_equal(c->history_count, 2);
	assert_true(c->history[1].empty_layer);
	assert_string_equal(c->history[0].comment, "z");
}

/* Read, written, read: the same. */
static void test_config(void **state)
{
	json_t *j cleanup_json = quoted(whole_config), *again cleanup_json = NULL,
		  *third cleanup_json = NULL;
	struct oci_image_config c = { 0 };
	struct err err = { 0 };

	assert_ok(oci_image_config_parse(j, &c, &err), &err);
	check_whole(&c);
	assert_ok(oci_image_config_emit(&c, &again, &err), &err);
	oci_image_config_clear(&c);
	assert_ok(oci_image_config_parse(again, &c, &err), &err);
	check_whole(&c);
	assert_ok(oci_image_config_emit(&c, &third, &err), &err);
	assert_true(json_equal(again, third));
	oci_image_config_clear(&c);
	oci_image_config_clear(&c);
}

/* What Docker writes for an image from scratch: nulls and empty strings. */
static void test_bare_config(void **state)
{
	json_t *j cleanup_json = quoted(
	    "{'architecture':'amd64','os':'linux','config':{'User':'','Env':null,'Cmd':null,"
	    "'Volumes':null,'WorkingDir':'','Entrypoint':null,'OnBuild':null,'Labels':null,"
	    "'ExposedPorts':null,'Healthcheck':null},'rootfs':{'type':'layers','diff_ids':null},"
	    "'history':null,'created':null}");
	json_t *bare cleanup_json = quoted("{'rootfs':{'type':'layers'}}"),
		     *out cleanup_json = NULL;
	struct oci_image_config c = { 0 };
	struct err err = { 0 };

	assert_ok(oci_image_config_parse(j, &c, &err), &err);
	assert_null(c.user);
	assert_null(c.working_dir);
	assert_int_equal(c.cmd.count, 0);
	assert_false(c.healthcheck.set);
	oci_image_config_clear(&c);
	assert_ok(oci_image_config_parse(bare, &c, &err), &err);
	assert_null(c.architecture);
	assert_ok(oci_image_config_emit(&c, &out, &err), &err);
	{
		json_t *expected cleanup_json =
		    quoted("{'config':{},'rootfs':{'type':'layers','diff_ids':[]}}");

		assert_true(json_equal(out, expected));
	}
	oci_image_config_clear(&c);
}

#define ROOTFS "'rootfs':{'type':'layers','diff_ids':[]}"

static void test_bad_configs(void **state)
{
	static const struct bad rows[] = {
		{ "[]", "the image's configuration must be an object" },
		{ "{}", "image: rootfs is required" },
		{ "{'rootfs':{}}", "image.rootfs: type is required" },
		{ "{'rootfs':{'type':'tar'}}", "image.rootfs: unknown type \"tar\"" },
		{ "{'rootfs':{'type':'layers','diff_ids':['x']}}",
		  "image.rootfs.diff_ids: \"x\" is not a sha256 or sha512 digest" },
		{ "{'rootfs':{'type':'layers','diff_ids':[1]}}",
		  "image.rootfs: diff_ids must be an array of strings" },
		{ "{" ROOTFS ",'config':[]}", "image: config must be an object" },
		{ "{" ROOTFS ",'config':{'Env':{}}}", "image.config: Env must be an array" },
		{ "{" ROOTFS ",'config':{'Cmd':'sh'}}", "image.config: Cmd must be an array" },
		{ "{" ROOTFS ",'config':{'User':0}}", "image.config: User must be a string" },
		{ "{" ROOTFS ",'config':{'ExposedPorts':{'0':{}}}}",
		  "image.config: ExposedPorts: \"0\" is not a port" },
		{ "{" ROOTFS ",'config':{'ExposedPorts':{'65536/tcp':{}}}}",
		  "image.config: ExposedPorts: \"65536/tcp\" is not a port" },
		{ "{" ROOTFS ",'config':{'ExposedPorts':{'80/icmp':{}}}}",
		  "image.config: ExposedPorts: \"80/icmp\" is not a port" },
		{ "{" ROOTFS ",'config':{'ExposedPorts':{'9-8/tcp':{}}}}",
		  "image.config: ExposedPorts: \"9-8/tcp\" is not a port" },
		{ "{" ROOTFS ",'config':{'ExposedPorts':{'/tcp':{}}}}",
		  "image.config: ExposedPorts: \"/tcp\" is not a port" },
		{ "{" ROOTFS ",'config':{'ExposedPorts':{'8 0':{}}}}",
		  "image.config: ExposedPorts: \"8 0\" is not a port" },
		{ "{" ROOTFS ",'config':{'Volumes':{'/':{}}}}",
		  "image.config: Volumes: \"/\" is not a directory below /" },
		{ "{" ROOTFS ",'config':{'Volumes':{'..':{}}}}",
		  "image.config: Volumes: \"..\" is not a directory below /" },
		{ "{" ROOTFS ",'config':{'Volumes':{'':{}}}}",
		  "image.config: Volumes: \"\" is not a directory below /" },
		{ "{" ROOTFS ",'config':{'Volumes':['/x']}}",
		  "image.config: Volumes must be an object" },
		{ "{" ROOTFS ",'config':{'Labels':{'a':1}}}",
		  "image.config.Labels: a must be a string" },
		{ "{" ROOTFS ",'config':{'Healthcheck':{'Interval':-1}}}",
		  "image.config.Healthcheck: Interval must be a whole number from 0 to "
		  "9223372036854775807" },
		{ "{" ROOTFS ",'history':[1]}", "image.history[0] must be an object" },
		{ "{" ROOTFS ",'history':[{'empty_layer':0}]}",
		  "image.history[0]: empty_layer must be true or false" },
	};

	check_bad(try_config, rows, ARRAY_SIZE(rows));
}

static void test_archive(void **state)
{
	static const struct bad rows[] = {
		{ "{}", "manifest.json must be an array" },
		{ "[]", "manifest.json: no image" },
		{ "[1]", "manifest.json[0] must be an object" },
		{ "[{}]", "manifest.json[0]: Config is required" },
		{ "[{'Config':'../x','Layers':[]}]",
		  "manifest.json[0]: \"../x\" is not a file of the archive" },
		{ "[{'Config':'/x','Layers':[]}]",
		  "manifest.json[0]: \"/x\" is not a file of the archive" },
		{ "[{'Config':'.','Layers':[]}]",
		  "manifest.json[0]: \".\" is not a file of the archive" },
		{ "[{'Config':'x','Layers':['a/../../b']}]",
		  "manifest.json[0]: \"a/../../b\" is not a file of the archive" },
		{ "[{'Config':'x','Layers':['']}]",
		  "manifest.json[0]: \"\" is not a file of the archive" },
		{ "[{'Config':'x','Layers':'a'}]", "manifest.json[0]: Layers must be an array" },
	};
	json_t *j cleanup_json = quoted("[{'Config':'abc.json','RepoTags':['x:1','y:2'],'Layers':["
					"'l1/layer.tar','blobs/sha256/l2']},{'Config':'c',"
					"'RepoTags':null,'Layers':null}]");
	struct docker_archive a = { 0 };
	struct err err = { 0 };

	assert_ok(docker_archive_parse(j, &a, &err), &err);
	assert_int_equal(a.count, 2);
	assert_string_equal(a.images[0].config, "abc.json");
	assert_string_equal(a.images[0].repo_tags.items[1], "y:2");
	assert_string_equal(a.images[0].layers.items[0], "l1/layer.tar");
	assert_int_equal(a.images[1].layers.count, 0);
	docker_archive_clear(&a);
	docker_archive_clear(&a);
	check_bad(try_archive, rows, ARRAY_SIZE(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_digest),	      cmocka_unit_test(test_media_types),
		cmocka_unit_test(test_index),	      cmocka_unit_test(test_manifest),
		cmocka_unit_test(test_bad_manifests), cmocka_unit_test(test_layer_count),
		cmocka_unit_test(test_config),	      cmocka_unit_test(test_bare_config),
		cmocka_unit_test(test_bad_configs),   cmocka_unit_test(test_archive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
