/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/bpf.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "linux/syscalls.h"

enum { LOG_SIZE = 64 << 10, PROGRAMS_MAX = 64 };

static void explain(struct err *err, const char *log)
{
	const char *end = log + strlen(log), *line;
	size_t used;

	/* the last line but the verifier's statistics */
	while (end > log && end[-1] == '\n')
		end--;
	for (line = end; line > log && line[-1] != '\n';)
		line--;
	if (line > log && strncmp(line, "processed", 9) == 0) {
		end = line - 1;
		for (line = end; line > log && line[-1] != '\n';)
			line--;
	}
	if (!err || line == end)
		return;
	used = strlen(err->text);
	snprintf(err->text + used, sizeof(err->text) - used, " (%.*s)", (int)(end - line), line);
}

int bpf_load_device_program(const struct bpf_insn *insns, size_t count, const char *name,
			    int *ret_prog_fd, struct err *err)
{
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
		.expected_attach_type = BPF_CGROUP_DEVICE,
		.insns = (uintptr_t)insns,
		.insn_cnt = (uint32_t)count,
		.license = (uintptr_t) "Apache-2.0",
	};
	char *log cleanup_free = NULL;
	int fd, failed;

	strncpy(attr.prog_name, name, sizeof(attr.prog_name) - 1);
	fd = sys_bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
	if (fd >= 0) {
		*ret_prog_fd = fd;
		return 0;
	}
	/* Only a failure is worth the verifier's prose. */
	failed = errno;
	log = calloc(1, LOG_SIZE);
	if (log) {
		attr.log_buf = (uintptr_t)log;
		attr.log_size = LOG_SIZE;
		attr.log_level = 1;
		fd = sys_bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
		if (fd >= 0)
			close(fd);
	}
	err_sys(err, failed, "load a device program");
	if (log)
		explain(err, log);
	return -failed;
}

int bpf_attach_device_program(int cgroup_fd, int prog_fd, int old_prog_fd, struct err *err)
{
	union bpf_attr attr = {
		.target_fd = (uint32_t)cgroup_fd,
		.attach_bpf_fd = (uint32_t)prog_fd,
		.attach_type = BPF_CGROUP_DEVICE,
		.attach_flags = BPF_F_ALLOW_MULTI,
	};

	if (old_prog_fd >= 0) {
		attr.attach_flags |= BPF_F_REPLACE;
		attr.replace_bpf_fd = (uint32_t)old_prog_fd;
	}
	if (sys_bpf(BPF_PROG_ATTACH, &attr, sizeof(attr)) < 0)
		return err_sys(err, errno, "attach a device program");
	return 0;
}

int bpf_detach_device_program(int cgroup_fd, int prog_fd, struct err *err)
{
	union bpf_attr attr = {
		.target_fd = (uint32_t)cgroup_fd,
		.attach_bpf_fd = (uint32_t)prog_fd,
		.attach_type = BPF_CGROUP_DEVICE,
	};

	if (sys_bpf(BPF_PROG_DETACH, &attr, sizeof(attr)) < 0)
		return err_sys(err, errno, "detach a device program");
	return 0;
}

int bpf_device_programs(int cgroup_fd, int *ret_prog_fds, size_t max, struct err *err)
{
	uint32_t ids[PROGRAMS_MAX];
	union bpf_attr attr = { 0 };
	size_t count = 0;

	attr.query.target_fd = (uint32_t)cgroup_fd;
	attr.query.attach_type = BPF_CGROUP_DEVICE;
	attr.query.prog_ids = (uintptr_t)ids;
	attr.query.prog_cnt = PROGRAMS_MAX;
	if (sys_bpf(BPF_PROG_QUERY, &attr, sizeof(attr)) < 0)
		return err_sys(err, errno, "list device programs");
	for (uint32_t i = 0; i < attr.query.prog_cnt && count < max; i++) {
		union bpf_attr by_id = { .prog_id = ids[i] };
		int fd = sys_bpf(BPF_PROG_GET_FD_BY_ID, &by_id, sizeof(by_id));

		if (fd >= 0) {
			ret_prog_fds[count++] = fd;
		} else if (errno != ENOENT) { /* detached and gone meanwhile */
			int failed = errno;

			while (count > 0)
				close(ret_prog_fds[--count]);
			return err_sys(err, failed, "open a device program");
		}
	}
	return (int)count;
}
