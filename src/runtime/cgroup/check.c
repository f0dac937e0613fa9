/* SPDX-License-Identifier: Apache-2.0 */
/* Refusals by name, before anything is made. */
#include "runtime/cgroup/internal.h"

static int refuse(struct err *err, const char *what, const char *why)
{
	return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP, "linux.resources.%s: %s", what, why);
}

static int check_memory(const struct cg_layout *l, const struct oci_resources *r, struct err *err)
{
	int home = cg_home(l, CG_MEMORY);
	bool v2 = home >= 0 && l->pub[home].v2;

	if (r->has & OCI_HAS_MEM_KERNEL && r->mem_kernel > 0)
		return refuse(err, "memory.kernel",
			      "kernels since 5.16 have no limit of kernel memory alone");
	if (r->has & OCI_HAS_MEM_USE_HIERARCHY && !r->mem_use_hierarchy)
		return refuse(err, "memory.useHierarchy",
			      "accounting without hierarchy is not supported");
	if (v2 && r->has & OCI_HAS_MEM_KERNEL_TCP && r->mem_kernel_tcp > 0)
		return refuse(err, "memory.kernelTCP", "cgroup v2 does not have it");
	if (v2 && r->has & OCI_HAS_MEM_SWAPPINESS)
		return refuse(err, "memory.swappiness", "cgroup v2 does not have it");
	if (v2 && r->has & OCI_HAS_MEM_OOM_DISABLE && r->mem_oom_disable)
		return refuse(err, "memory.disableOOMKiller", "cgroup v2 does not have it");
	if ((r->has & OCI_HAS_MEM_LIMIT && r->mem_limit < -1) ||
	    (r->has & OCI_HAS_MEM_SWAP && r->mem_swap < -1) ||
	    (r->has & OCI_HAS_MEM_RESERVATION && r->mem_reservation < -1))
		return err_invalid(err, "linux.resources.memory: a limit is -1 (none) or greater");
	return 0;
}

static int check_cpu(const struct oci_resources *r, struct err *err)
{
	if (r->has & OCI_HAS_CPU_RT_RUNTIME && r->cpu_rt_runtime != 0)
		return refuse(err, "cpu.realtimeRuntime", "is not implemented");
	if (r->has & OCI_HAS_CPU_RT_PERIOD && r->cpu_rt_period != 0)
		return refuse(err, "cpu.realtimePeriod", "is not implemented");
	if (r->has & OCI_HAS_CPU_IDLE && r->cpu_idle != 0 && r->cpu_idle != 1)
		return err_invalid(err, "linux.resources.cpu.idle is 0 or 1");
	return 0;
}

static int check_weight(uint64_t weight, struct err *err)
{
	if (weight != 0 && (weight < 10 || weight > 1000))
		return err_invalid(err, "linux.resources.blockIO: a weight is 10 to 1000");
	return 0;
}

static int check_blkio(const struct oci_resources *r, struct err *err)
{
	int ret = r->has & OCI_HAS_BLKIO_WEIGHT ? check_weight(r->blkio_weight, err) : 0;

	if (r->has & OCI_HAS_BLKIO_LEAF_WEIGHT && r->blkio_leaf_weight != 0)
		return refuse(err, "blockIO.leafWeight", "no kernel since 5.0 has it");
	for (size_t i = 0; ret == 0 && i < r->blkio_weight_count; i++) {
		ret = check_weight(r->blkio_weights[i].value, err);
		if (ret == 0 && r->blkio_weights[i].leaf_weight != 0)
			ret = refuse(err, "blockIO.weightDevice.leafWeight",
				     "no kernel since 5.0 has it");
	}
	return ret;
}

static int check_others(const struct oci_resources *r, struct err *err)
{
	if (r->rdma_count > 0)
		return refuse(err, "rdma", "is not implemented");
	if (r->has & OCI_HAS_NET_CLASS)
		return refuse(err, "network.classID", "is not implemented");
	if (r->net_priority_count > 0)
		return refuse(err, "network.priorities", "is not implemented");
	return 0;
}

/* A raw v2 file of a controller that this host has on v1 is not there. */
static int check_unified(const struct cg_layout *l, const struct oci_resources *r, struct err *err)
{
	for (size_t i = 0; i < r->unified_count; i++) {
		const char *key = r->unified[i].key;

		if (l->v2 < 0)
			return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
				       "linux.resources.unified: %s: this host has no cgroup v2",
				       key);
	}
	return 0;
}

int cg_home(const struct cg_layout *l, enum cg_ctl ctl)
{
	for (size_t row = 0; row < l->count; row++)
		if (l->row[row].v1_ctls & CG_BIT(ctl))
			return (int)row;
	if (ctl == CG_DEVICES || ctl == CG_UNIFIED || l->v2_ctls & CG_BIT(ctl))
		return l->v2;
	return -1;
}

int cg_check(const struct cg_layout *l, const struct oci_resources *r, cg_mask *ret,
	     struct err *err)
{
	cg_mask asked = 0;
	int done = check_memory(l, r, err);

	if (done == 0)
		done = check_cpu(r, err);
	if (done == 0)
		done = check_blkio(r, err);
	if (done == 0)
		done = check_others(r, err);
	if (done == 0)
		done = check_unified(l, r, err);
	for (size_t i = 0; done == 0 && i < cg_controller_count; i++) {
		const struct cg_controller *c = &cg_controllers[i];

		if (!c->asked || !c->asked(r))
			continue;
		if (cg_home(l, c->ctl) < 0)
			return err_set(err, ERR_UNSUPPORTED, ENODEV,
				       "linux.resources: this host has no %s controller",
				       cg_ctl_name(c->ctl));
		asked |= CG_BIT(c->ctl);
	}
	if (done < 0)
		return done;
	*ret = asked;
	return 0;
}
