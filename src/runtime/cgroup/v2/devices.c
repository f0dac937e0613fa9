/* SPDX-License-Identifier: Apache-2.0 */
/* Devices on v2: a BPF program on the group (cgroup-v2.rst, Device controller). */
#include "runtime/cgroup/controllers.h"

#include <stdlib.h>

#include <linux/bpf.h>

#include "base/cleanup.h"
#include "linux/bpf.h"

enum { PROGRAMS_MAX = 64 };

/* Whether every access is allowed: then no program is needed in a new group. */
static bool allows_all(const struct cg_rules *rules)
{
	for (size_t i = cg_rules_start(rules); i < rules->count; i++)
		if (!rules->items[i].allow)
			return false;
	return cg_rule_is_total(&rules->items[cg_rules_start(rules)]);
}

/* The new program takes the old one's place in one step. More than one are not ours alone; they
 * stay, since each of them has to agree. */
static int attach(int dir, int prog, struct err *err)
{
	int old[PROGRAMS_MAX], count, ret;

	count = bpf_device_programs(dir, old, PROGRAMS_MAX, err);
	if (count < 0)
		return count;
	ret = bpf_attach_device_program(dir, prog, count == 1 ? old[0] : -1, err);
	for (int i = 0; i < count; i++)
		close_fd(&old[i]);
	return ret;
}

int cg_v2_devices_set(const struct cg_set *s, struct err *err)
{
	cleanup_with(cg_rules_free) struct cg_rules rules = { 0 };
	cleanup_free struct bpf_insn *insns = NULL;
	cleanup_fd int prog = -1;
	size_t count;
	int ret;

	ret = cg_rules_build(s->r, &rules, err);
	if (ret < 0 || (s->fresh && allows_all(&rules)))
		return ret;
	ret = cg_device_program(&rules, &insns, &count, err);
	if (ret == 0)
		ret = bpf_load_device_program(insns, count, "coracle_devices", &prog, err);
	if (ret < 0)
		return ret;
	return s->fresh ? bpf_attach_device_program(s->dir, prog, -1, err)
			: attach(s->dir, prog, err);
}
