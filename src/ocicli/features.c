/* SPDX-License-Identifier: Apache-2.0 */
/* runtime-spec features.md: what this runtime can do, whatever this host offers. */
#include <stdio.h>

#include <seccomp.h>

#include "base/cleanup.h"
#include "linux/caps.h"
#include "oci/runtime_spec.h"
#include "ocicli/launch.h"

static json_t *strings(const char *const *items)
{
	json_t *list = json_array();

	for (; list && *items; items++)
		json_array_append_new(list, json_string(*items));
	return list;
}

static json_t *capabilities(void)
{
	json_t *list = json_array();

	for (int n = 0; list && n < CAPS_KNOWN; n++)
		json_array_append_new(list, json_string(cap_name(n)));
	return list;
}

static const char *const hooks[] = {
	"prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop",
	NULL
};

static const char *const mount_options[] = {
	"async",	 "atime",	 "bind",
	"defaults",	 "dev",		 "diratime",
	"dirsync",	 "exec",	 "idmap",
	"iversion",	 "lazytime",	 "loud",
	"mand",		 "noatime",	 "nodev",
	"nodiratime",	 "noexec",	 "noiversion",
	"nolazytime",	 "nomand",	 "norelatime",
	"nostrictatime", "nosuid",	 "nosymfollow",
	"private",	 "ratime",	 "rbind",
	"rdev",		 "rdiratime",	 "relatime",
	"remount",	 "rexec",	 "ridmap",
	"rnoatime",	 "rnodev",	 "rnodiratime",
	"rnoexec",	 "rnorelatime",	 "rnostrictatime",
	"rnosuid",	 "rnosymfollow", "ro",
	"rprivate",	 "rrelatime",	 "rro",
	"rrw",		 "rshared",	 "rslave",
	"rstrictatime",	 "rsuid",	 "rsymfollow",
	"runbindable",	 "rw",		 "shared",
	"silent",	 "slave",	 "strictatime",
	"suid",		 "symfollow",	 "sync",
	"tmpcopyup",	 "unbindable",	 NULL,
};

static const char *const namespaces[] = { "cgroup", "ipc",  "mount", "network", "pid",
					  "time",   "user", "uts",   NULL };

static const char *const actions[] = {
	"SCMP_ACT_ALLOW",	"SCMP_ACT_ERRNO",
	"SCMP_ACT_KILL",	"SCMP_ACT_KILL_PROCESS",
	"SCMP_ACT_KILL_THREAD", "SCMP_ACT_LOG",
	"SCMP_ACT_NOTIFY",	"SCMP_ACT_TRACE",
	"SCMP_ACT_TRAP",	NULL,
};
static const char *const operators[] = { "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT",
					 "SCMP_CMP_LE", "SCMP_CMP_LT", "SCMP_CMP_MASKED_EQ",
					 "SCMP_CMP_NE", NULL };
static const char *const architectures[] = { "SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM",
					     "SCMP_ARCH_X32",	  "SCMP_ARCH_X86",
					     "SCMP_ARCH_X86_64",  NULL };
static const char *const flags[] = { "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
				     "SECCOMP_FILTER_FLAG_TSYNC",
				     "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", NULL };

static json_t *linux_features(void)
{
	return json_pack(
	    "{s:o, s:o, s:{s:b, s:b, s:b, s:b, s:b}, s:{s:b, s:o, s:o, s:o, s:o, s:o}, "
	    "s:{s:b}, s:{s:b}, s:{s:{s:b}}}",
	    "namespaces", strings(namespaces), "capabilities", capabilities(), "cgroup", "v1", 1,
	    "v2", 1, "systemd", 0, "systemdUser", 0, "rdma", 0, "seccomp", "enabled", 1, "actions",
	    strings(actions), "operators", strings(operators), "archs", strings(architectures),
	    "knownFlags", strings(flags), "supportedFlags", strings(flags), "apparmor", "enabled",
	    1, "selinux", "enabled", 0, "mountExtensions", "idmap", "enabled", 1);
}

int verb_features(const struct oci_global *g, int argc, char **argv, struct err *err)
{
	static const struct opt options[] = { { 0 } };
	const struct opt_usage usage = { "features", "", "Prints what this runtime can do.",
					 options,    0,	 0 };
	cleanup_json json_t *j = NULL;
	cleanup_free char *text = NULL;
	char version[32];
	const struct scmp_version *lib = seccomp_version();
	int r = opt_parse(&usage, &argc, argv, err);

	if (r != 0)
		return r == OPT_HELPED ? 0 : r;
	snprintf(version, sizeof(version), "%u.%u.%u", lib->major, lib->minor, lib->micro);
	j = json_pack("{s:s, s:s, s:o, s:o, s:o, s:{s:s, s:s}}", "ociVersionMin", "1.0.0",
		      "ociVersionMax", "1.3.0", "hooks", strings(hooks), "mountOptions",
		      strings(mount_options), "linux", linux_features(), "annotations",
		      "io.github.seccomp.libseccomp.version", version, "org.coracle.version",
		      CORACLE_VERSION);
	text = j ? js_dump(j, JSON_INDENT(2)) : NULL;
	if (!text)
		return err_oom(err);
	puts(text);
	return 0;
}
