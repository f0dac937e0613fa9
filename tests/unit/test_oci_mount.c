/* SPDX-License-Identifier: Apache-2.0 */
/* Each option string of a mount, and what mounts are refused. */
#include "support.h"

#include <linux/mount.h>
#include <sys/mount.h>

#include "oci/runtime_spec.h"
#include "quoted.h"

static struct oci_spec *parse_one(const char *mount, struct err *err)
{
	char *text = str_printf("{'ociVersion':'1.0.0','mounts':[%s]}", mount);
	json_t *j cleanup_json = quoted(text);
	struct oci_spec *spec = NULL;

	free(text);
	if (oci_spec_parse(j, &spec, err) == 0)
		assert_int_equal(spec->mount_count, 1);
	return spec;
}

/* A bind mount with a list of options ("ro,nosuid"). */
static struct oci_spec *bind_with(const char *options)
{
	struct strv list cleanup_strv = { 0 };
	struct err err = { 0 };
	struct oci_spec *spec;
	char *quotes = str_printf("'bind'"), *text;

	strv_split(&list, options, ',');
	for (size_t i = 0; i < list.count; i++) {
		text = str_printf("%s,'%s'", quotes, list.items[i]);
		free(quotes);
		quotes = text;
	}
	text = str_printf("{'destination':'/d','source':'/s','options':[%s]}", quotes);
	spec = parse_one(text, &err);
	if (!spec)
		fail_msg("%s: %s", options, err.text);
	free(quotes);
	free(text);
	return spec;
}

#define RO MOUNT_ATTR_RDONLY
#define ATIME MOUNT_ATTR__ATIME

static void test_attributes(void **state)
{
	static const struct {
		const char *options;
		uint64_t set, clear;
	} rows[] = {
		{ "ro", RO, 0 },
		{ "rw", 0, RO },
		{ "ro,rw", 0, RO },
		{ "rw,ro", RO, 0 },
		{ "nosuid", MOUNT_ATTR_NOSUID, 0 },
		{ "suid", 0, MOUNT_ATTR_NOSUID },
		{ "nodev", MOUNT_ATTR_NODEV, 0 },
		{ "dev", 0, MOUNT_ATTR_NODEV },
		{ "noexec", MOUNT_ATTR_NOEXEC, 0 },
		{ "exec", 0, MOUNT_ATTR_NOEXEC },
		{ "nodiratime", MOUNT_ATTR_NODIRATIME, 0 },
		{ "diratime", 0, MOUNT_ATTR_NODIRATIME },
		{ "nosymfollow", MOUNT_ATTR_NOSYMFOLLOW, 0 },
		{ "symfollow", 0, MOUNT_ATTR_NOSYMFOLLOW },
		{ "noatime", MOUNT_ATTR_NOATIME, ATIME },
		{ "strictatime", MOUNT_ATTR_STRICTATIME, ATIME },
		{ "relatime", 0, ATIME },
		{ "atime", 0, ATIME },
		{ "nostrictatime", 0, ATIME },
		{ "norelatime", 0, 0 },
		{ "noatime,strictatime", MOUNT_ATTR_STRICTATIME, ATIME },
		{ "strictatime,noatime,atime", 0, ATIME },
		{ "defaults", 0, 0 },
		{ "ro,nosuid,nodev,noexec,noatime",
		  RO | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC |
		      MOUNT_ATTR_NOATIME,
		  ATIME },
		{ "nosuid,ro,suid", RO, MOUNT_ATTR_NOSUID },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct strv list cleanup_strv = { 0 };
		struct oci_spec *s = bind_with(rows[i].options);
		const struct oci_mount *m = s->mounts;
		char *recursive = str_printf("%s", "");

		if (m->attr_set != rows[i].set || m->attr_clear != rows[i].clear)
			fail_msg("%s: %#llx %#llx", rows[i].options,
				 (unsigned long long)m->attr_set,
				 (unsigned long long)m->attr_clear);
		assert_true(m->bind && !m->recursive_bind);
		assert_int_equal(m->attr_set_r | m->attr_clear_r, 0);
		assert_int_equal(m->data.count, 0);
		oci_spec_free(s);
		/* the same recursively: each with an r in front */
		strv_split(&list, rows[i].options, ',');
		for (size_t k = 0; k < list.count; k++) {
			bool plain = str_eq(list.items[k], "defaults");
			char *more = str_printf("%s%s%s%s", recursive, k ? "," : "",
						plain ? "" : "r", list.items[k]);

			free(recursive);
			recursive = more;
		}
		s = bind_with(recursive);
		if (s->mounts->attr_set_r != rows[i].set ||
		    s->mounts->attr_clear_r != rows[i].clear)
			fail_msg("%s", recursive);
		assert_int_equal(s->mounts->attr_set | s->mounts->attr_clear, 0);
		free(recursive);
		oci_spec_free(s);
	}
}

static void test_super_flags(void **state)
{
	static const struct {
		const char *option;
		unsigned long flags;
	} rows[] = {
		{ "sync", MS_SYNCHRONOUS },
		{ "dirsync", MS_DIRSYNC },
		{ "mand", MS_MANDLOCK },
		{ "silent", MS_SILENT },
		{ "acl", MS_POSIXACL },
		{ "iversion", MS_I_VERSION },
		{ "lazytime", MS_LAZYTIME },
		{ "remount", MS_REMOUNT },
		{ "ro", MS_RDONLY },
		{ "rw", 0 },
		{ "async", 0 },
		{ "nomand", 0 },
		{ "loud", 0 },
		{ "noacl", 0 },
		{ "noiversion", 0 },
		{ "nolazytime", 0 },
		{ "sync','async", 0 },
		{ "ro','rw", 0 },
		{ "silent','loud", 0 },
		{ "lazytime','nolazytime", 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text = str_printf("{'destination':'/d','type':'tmpfs','options':['%s']}",
					rows[i].option);
		struct err err = { 0 };
		struct oci_spec *s cleanup_oci_spec = parse_one(text, &err);

		assert_non_null(s);
		assert_int_equal(s->mounts->sb_flags, rows[i].flags);
		assert_int_equal(s->mounts->data.count, 0);
		free(text);
	}
}

static void test_propagation(void **state)
{
	static const struct {
		const char *options;
		unsigned long flag;
		bool recursive;
	} rows[] = {
		{ "private", MS_PRIVATE, false },
		{ "rprivate", MS_PRIVATE, true },
		{ "slave", MS_SLAVE, false },
		{ "rslave", MS_SLAVE, true },
		{ "shared", MS_SHARED, false },
		{ "rshared", MS_SHARED, true },
		{ "unbindable", MS_UNBINDABLE, false },
		{ "runbindable", MS_UNBINDABLE, true },
		{ "private,rprivate", MS_PRIVATE, true },
		{ "rslave,slave", MS_SLAVE, true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct oci_spec *s cleanup_oci_spec = bind_with(rows[i].options);

		assert_int_equal(s->mounts->propagation, rows[i].flag);
		assert_int_equal(s->mounts->propagation_recursive, rows[i].recursive);
	}
}

static void test_kinds(void **state)
{
	struct err err = { 0 };
	struct oci_spec *s = parse_one("{'destination':'d','source':'s','type':'bind'}", &err);

	assert_true(s->mounts->bind && !s->mounts->recursive_bind);
	assert_string_equal(s->mounts->destination, "d");
	oci_spec_free(s);
	s = parse_one("{'destination':'/d','source':'s','type':'none','options':['rbind']}", &err);
	assert_true(s->mounts->bind && s->mounts->recursive_bind);
	oci_spec_free(s);
	s = parse_one("{'destination':'/d','source':'','type':'tmpfs','options':['size=64k',"
		      "'mode=755','','uid=0','tmpcopyup','huge=never']}",
		      &err);
	assert_false(s->mounts->bind);
	assert_null(s->mounts->source);
	assert_true(s->mounts->tmpcopyup);
	assert_int_equal(s->mounts->data.count, 4);
	assert_string_equal(s->mounts->data.items[0], "size=64k");
	assert_string_equal(s->mounts->data.items[3], "huge=never");
	oci_spec_free(s);
	s = parse_one("{'destination':'/d','source':'/s','options':['bind','copy-symlink',"
		      "'ridmap'],'uidMappings':[{'containerID':0,'hostID':5,'size':9}],"
		      "'gidMappings':[{'containerID':0,'hostID':6,'size':9}]}",
		      &err);
	assert_true(s->mounts->copy_symlink && s->mounts->idmap && s->mounts->idmap_recursive);
	assert_int_equal(s->mounts->gid_maps.items[0].host, 6);
	oci_spec_free(s);
	s = parse_one("{'destination':'/d','source':'/s','options':['bind'],"
		      "'uidMappings':[{'containerID':0,'hostID':5,'size':9}],"
		      "'gidMappings':[{'containerID':0,'hostID':6,'size':9}]}",
		      &err);
	assert_true(s->mounts->idmap && !s->mounts->idmap_recursive);
	oci_spec_free(s);
}

static void test_bad(void **state)
{
	static const struct {
		const char *mount, *error;
	} rows[] = {
		{ "'/d'", "mounts[0] must be an object" },
		{ "{}", "mounts[0]: destination is required" },
		{ "{'destination':''}", "mounts[0]: destination must not be empty" },
		{ "{'destination':7}", "mounts[0]: destination must be a string" },
		{ "{'destination':'/d'}", "mounts[0]: type is required unless it is a bind mount" },
		{ "{'destination':'/d','type':'tmpfs','options':'ro'}",
		  "mounts[0]: options must be an array" },
		{ "{'destination':'/d','type':'tmpfs','options':[1]}",
		  "mounts[0]: options must be an array of strings" },
		{ "{'destination':'/d','options':['bind']}",
		  "mounts[0]: a bind mount needs a source" },
		{ "{'destination':'/d','source':'/s','options':['bind','size=1']}",
		  "mounts[0]: unknown option \"size=1\" of a bind mount" },
		{ "{'destination':'/d','source':'/s','options':['bind','noexce']}",
		  "mounts[0]: unknown option \"noexce\" of a bind mount" },
		{ "{'destination':'/d','source':'/s','options':['bind','tmpcopyup']}",
		  "mounts[0]: tmpcopyup needs a tmpfs" },
		{ "{'destination':'/d','type':'proc','options':['tmpcopyup']}",
		  "mounts[0]: tmpcopyup needs a tmpfs" },
		{ "{'destination':'/d','type':'tmpfs','options':['copy-symlink']}",
		  "mounts[0]: copy-symlink needs a bind mount" },
		{ "{'destination':'/d','type':'tmpfs','options':['idmap']}",
		  "mounts[0]: id mappings are supported for bind mounts only" },
		{ "{'destination':'/d','source':'/s','options':['bind','idmap']}",
		  "mounts[0]: idmap without mappings needs a user namespace" },
		{ "{'destination':'/d','source':'/s','options':['bind'],'uidMappings':["
		  "{'containerID':0,'hostID':5,'size':9}]}",
		  "mounts[0]: uidMappings and gidMappings must be given together" },
		{ "{'destination':'/d','source':'/s','options':['bind'],'uidMappings':["
		  "{'containerID':0,'hostID':5}]}",
		  "mounts[0].uidMappings[0]: size is required" },
		{ "{'destination':'/d','source':'/s','options':['bind','shared','private']}",
		  "mounts[0]: \"private\" contradicts an earlier propagation option" },
		{ "{'destination':'/d','type':'tmpfs','options':['copy-symlink','bind'],"
		  "'source':3}",
		  "mounts[0]: source must be a string" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err err = { 0 };
		struct oci_spec *s = parse_one(rows[i].mount, &err);

		if (s)
			fail_msg("%s is accepted", rows[i].mount);
		assert_string_equal(err.text, rows[i].error);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_attributes),  cmocka_unit_test(test_super_flags),
		cmocka_unit_test(test_propagation), cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
