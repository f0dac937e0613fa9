/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel, groups, file systems, privileges. */
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "engine/doctor/doctor.h"
#include "engine/engine.h"
#include "engine/root/root.h"
#include "linux/caps.h"

static bool file_has(const char *path, const char *word)
{
	struct buf text cleanup_buf = BUF_INIT(1 << 20);

	return fd_read_file_at(AT_FDCWD, path, 1 << 20, &text, NULL) == 0 &&
	       strstr(buf_str(&text), word);
}

static void kernel(const struct doctor *d, struct finding *ret)
{
	unsigned major = 0, minor = 0;
	struct utsname u = { 0 };

	uname(&u);
	sscanf(u.release, "%u.%u", &major, &minor);
	SAY(is, "Linux %s, %s", u.release, u.machine);
	if (major > 5 || (major == 5 && minor >= 10))
		return;
	ret->status = FINDING_MISSING;
	SAY(follows, "containers cannot be started");
	SAY(mend, "Linux 5.10 or newer");
}

static void groups(const struct doctor *d, struct finding *ret)
{
	bool v2 = access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0;
	bool unified = access("/sys/fs/cgroup/unified/cgroup.procs", F_OK) == 0;
	bool v1 = access("/sys/fs/cgroup/memory", F_OK) == 0;

	SAY(is, "%s",
	    v2	      ? "cgroup v2"
	    : unified ? "cgroup v1 and v2 (hybrid)"
	    : v1      ? "cgroup v1"
		      : "none");
	if (v2 || unified || v1)
		return;
	ret->status = FINDING_MISSING;
	SAY(follows, "no limits, and no way to end a container as a whole");
	SAY(mend, "mount the cgroup file system at /sys/fs/cgroup");
}

static void overlay(const struct doctor *d, struct finding *ret)
{
	if (file_has("/proc/filesystems", "\toverlay\n")) {
		SAY(is, "overlay");
		return;
	}
	ret->status = FINDING_WARN;
	SAY(is, "no overlay in /proc/filesystems");
	SAY(follows, "image layers are copied for each container, unless the module is loaded on "
		     "demand");
	SAY(mend, "modprobe overlay");
}

static void seccomp(const struct doctor *d, struct finding *ret)
{
	if (file_has("/proc/sys/kernel/seccomp/actions_avail", "errno")) {
		SAY(is, "filters");
		return;
	}
	ret->status = FINDING_MISSING;
	SAY(is, "no seccomp filters");
	SAY(follows, "containers are refused unless --security-opt seccomp=unconfined is given");
	SAY(mend, "a kernel with CONFIG_SECCOMP_FILTER");
}

static void user_namespaces(const struct doctor *d, struct finding *ret)
{
	struct buf text cleanup_buf = BUF_INIT(64);

	if (access("/proc/self/ns/user", F_OK) == 0 &&
	    (fd_read_file_at(AT_FDCWD, "/proc/sys/user/max_user_namespaces", 64, &text, NULL) < 0 ||
	     *buf_str(&text) != '0')) {
		SAY(is, "there");
		return;
	}
	ret->status = d->engine->root->system ? FINDING_WARN : FINDING_MISSING;
	SAY(is, "none can be made");
	SAY(follows, "no --userns auto, and no containers of ordinary users");
	SAY(mend, "sysctl user.max_user_namespaces=10000");
}

static void privileges(const struct doctor *d, struct finding *ret)
{
	if (!d->engine->root->system) {
		ret->status = FINDING_WARN;
		SAY(is, "an ordinary user");
		SAY(follows, "no bridge networks, no limits; network none or host");
		SAY(mend, "run as root, where that is wanted");
	} else if (!caps_have(CAP_SYS_RESOURCE)) {
		ret->status = FINDING_WARN;
		SAY(is, "root without CAP_SYS_RESOURCE");
		SAY(follows, "limits (ulimits, OOM scores) cannot be raised above our own");
	} else {
		SAY(is, "root");
	}
}

static void id_maps(const struct doctor *d, struct finding *ret)
{
	bool tools =
	    access("/usr/bin/newuidmap", X_OK) == 0 && access("/usr/bin/newgidmap", X_OK) == 0;

	if (tools || d->engine->root->system) {
		SAY(is, "%s", tools ? "newuidmap, newgidmap" : "not needed by root");
		return;
	}
	ret->status = FINDING_WARN;
	SAY(is, "no newuidmap and newgidmap");
	SAY(follows, "an ordinary user's containers have one user id");
	SAY(mend, "install uidmap, and give the user a line in /etc/subuid and /etc/subgid");
}

const struct doctor_check doctor_machine[] = {
	{ "kernel", kernel },
	{ "cgroups", groups },
	{ "overlay", overlay },
	{ "seccomp", seccomp },
	{ "user namespaces", user_namespaces },
	{ "privileges", privileges },
	{ "id maps", id_maps },
	{ 0 },
};
