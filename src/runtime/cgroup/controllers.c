/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/cgroup/controllers.h"

#include "base/cleanup.h"

static bool has(const struct oci_resources *r, uint32_t bits)
{
	return r->has & bits;
}

static bool asks_cpu(const struct oci_resources *r)
{
	return has(r, OCI_HAS_CPU_SHARES | OCI_HAS_CPU_QUOTA | OCI_HAS_CPU_PERIOD |
			  OCI_HAS_CPU_BURST | OCI_HAS_CPU_IDLE);
}

static bool asks_cpuset(const struct oci_resources *r)
{
	return (r->cpuset_cpus && *r->cpuset_cpus) || (r->cpuset_mems && *r->cpuset_mems);
}

static bool asks_memory(const struct oci_resources *r)
{
	return has(r, OCI_HAS_MEM_LIMIT | OCI_HAS_MEM_RESERVATION | OCI_HAS_MEM_SWAP |
			  OCI_HAS_MEM_KERNEL_TCP | OCI_HAS_MEM_SWAPPINESS |
			  OCI_HAS_MEM_OOM_DISABLE);
}

static bool asks_blkio(const struct oci_resources *r)
{
	size_t throttles = 0;

	for (size_t i = 0; i < OCI_THROTTLES; i++)
		throttles += r->throttle_count[i];
	return has(r, OCI_HAS_BLKIO_WEIGHT) || r->blkio_weight_count + throttles > 0;
}

static bool asks_pids(const struct oci_resources *r)
{
	return has(r, OCI_HAS_PIDS_LIMIT);
}

static bool asks_hugetlb(const struct oci_resources *r)
{
	return r->hugepage_count > 0;
}

static bool asks_devices(const struct oci_resources *r)
{
	return r->device_count > 0;
}

static bool asks_unified(const struct oci_resources *r)
{
	return r->unified_count > 0;
}

/* Devices last: what was changed there is not put back by writing old values. */
const struct cg_controller cg_controllers[] = {
	{ CG_CPU, "cpu", true, asks_cpu, cg_v1_cpu_set, cg_v2_cpu_set, cg_v1_cpu_stats,
	  cg_v2_cpu_stats },
	{ CG_CPUACCT, NULL, false, NULL, NULL, NULL, cg_v1_cpuacct_stats, NULL },
	{ CG_CPUSET, "cpuset", false, asks_cpuset, cg_v1_cpuset_set, cg_v2_cpuset_set, NULL, NULL },
	{ CG_MEMORY, "memory", true, asks_memory, cg_v1_memory_set, cg_v2_memory_set,
	  cg_v1_memory_stats, cg_v2_memory_stats },
	{ CG_BLKIO, "io", true, asks_blkio, cg_v1_blkio_set, cg_v2_io_set, cg_v1_blkio_stats,
	  cg_v2_io_stats },
	{ CG_PIDS, "pids", true, asks_pids, cg_v1_pids_set, cg_v2_pids_set, cg_v1_pids_stats,
	  cg_v2_pids_stats },
	{ CG_HUGETLB, "hugetlb", false, asks_hugetlb, cg_v1_hugetlb_set, cg_v2_hugetlb_set, NULL,
	  NULL },
	{ CG_UNIFIED, NULL, false, asks_unified, NULL, cg_v2_unified_set, NULL, NULL },
	{ CG_DEVICES, NULL, false, asks_devices, cg_v1_devices_set, cg_v2_devices_set, NULL, NULL },
};
const size_t cg_controller_count = ARRAY_SIZE(cg_controllers);

int cg_set_all(struct cgroup *cg, const struct oci_resources *r, cg_mask asked,
	       struct cg_undo *undo, struct err *err)
{
	for (size_t i = 0; i < cg_controller_count; i++) {
		const struct cg_controller *c = &cg_controllers[i];
		struct cg_set s = { .r = r, .fresh = undo == NULL, .undo = undo };
		int row, ret;

		if (!(asked & CG_BIT(c->ctl)))
			continue;
		row = cg_home(cg->layout, c->ctl);
		s.dir = row < 0 ? -1 : cg->dir[row].fd;
		if (s.dir < 0)
			return err_set(err, ERR_UNSUPPORTED, EPERM,
				       "cgroup %s: %s cannot be limited: there is no group for it "
				       "that we may write",
				       cg->name, cg_ctl_name(c->ctl));
		ret = cg_refuse_root(cg, s.dir, err);
		if (ret < 0)
			return ret;
		ret = cg->layout->pub[row].v2 ? c->set_v2(&s, err) : c->set_v1(&s, err);
		if (ret == -ENOENT && c->v2_name && cg->layout->pub[row].v2)
			err_set(err, ERR_UNSUPPORTED, ENOENT,
				"%s is not among the controllers that this group may use",
				cg_ctl_name(c->ctl));
		if (ret < 0)
			return err_wrap(err, "cgroup %s", cg->name);
	}
	return 0;
}
