/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/sysinfo.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/str.h"

const char *machine_go_arch(const char *machine)
{
	static const char *const names[][2] = {
		{ "x86_64", "amd64" },	  { "aarch64", "arm64" },   { "armv7l", "arm" },
		{ "ppc64le", "ppc64le" }, { "riscv64", "riscv64" }, { "s390x", "s390x" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (str_eq(names[i][0], machine))
			return names[i][1];
	return machine;
}

/* The value of KEY= in os-release(5), without its quotes. */
static char *os_value(const char *text, const char *key)
{
	size_t len = strlen(key);
	const char *end;

	for (; *text; text = *end ? end + 1 : end) {
		end = strchrnul(text, '\n');
		if (strncmp(text, key, len) != 0)
			continue;
		text += len;
		if (end - text >= 2 && (*text == '"' || *text == '\'') && end[-1] == *text)
			return strndup(text + 1, (size_t)(end - text) - 2);
		return strndup(text, (size_t)(end - text));
	}
	return strdup("");
}

int machine_os(char **ret_name, char **ret_version, struct err *err)
{
	struct buf text cleanup_buf = BUF_INIT(65536);
	int fd cleanup_fd = open("/etc/os-release", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		fd = open("/usr/lib/os-release", O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		fd_read_all(fd, &text);
	*ret_name = os_value(buf_str(&text), "PRETTY_NAME=");
	*ret_version = os_value(buf_str(&text), "VERSION_ID=");
	return *ret_name && *ret_version ? 0 : err_oom(err);
}

int64_t machine_memory(void)
{
	struct sysinfo info;

	return sysinfo(&info) < 0 ? 0 : (int64_t)info.totalram * info.mem_unit;
}

int machine_cpus(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set)
							    : (int)sysconf(_SC_NPROCESSORS_ONLN);
}

const char *machine_cgroup_version(void)
{
	struct statfs fs;

	return statfs("/sys/fs/cgroup", &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC ? "2" : "1";
}
