/* SPDX-License-Identifier: Apache-2.0 */
/* linux.resources (config-linux.md, Control groups). What a kernel will not take is its driver's to
 * report; checked here is what no kernel takes, and what would write elsewhere than it says. */
#include <limits.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "oci/parse.h"

/* A 64-bit number and the bit that says it is there. */
static int get_i64(const json_t *object, const char *where, const char *key, int64_t min,
		   int64_t *ret, struct oci_resources *res, uint32_t bit, struct err *err)
{
	int r = js_get_i64(object, where, key, min, INT64_MAX, ret, err);

	if (r == 0 && oci_has(object, key))
		res->has |= bit;
	return r;
}

static int get_u64(const json_t *object, const char *where, const char *key, uint64_t max,
		   uint64_t *ret, struct oci_resources *res, uint32_t bit, struct err *err)
{
	int r = js_get_u64(object, where, key, max, ret, err);

	if (r == 0 && oci_has(object, key))
		res->has |= bit;
	return r;
}

static int get_bool(const json_t *object, const char *where, const char *key, bool *ret,
		    struct oci_resources *res, uint32_t bit, struct err *err)
{
	int r = js_get_bool(object, where, key, ret, err);

	if (r == 0 && oci_has(object, key))
		res->has |= bit;
	return r;
}

static int parse_memory(const json_t *resources, const char *where, struct oci_resources *res,
			struct err *err)
{
	json_t *m = NULL;
	char at[OCI_WHERE_MAX];
	int r = js_get_obj(resources, where, "memory", &m, err);

	if (r < 0 || !m)
		return r;
	oci_where(at, where, "memory");
	r = get_i64(m, at, "limit", -1, &res->mem_limit, res, OCI_HAS_MEM_LIMIT, err);
	if (r == 0)
		r = get_i64(m, at, "reservation", -1, &res->mem_reservation, res,
			    OCI_HAS_MEM_RESERVATION, err);
	if (r == 0)
		r = get_i64(m, at, "swap", -1, &res->mem_swap, res, OCI_HAS_MEM_SWAP, err);
	if (r == 0)
		r = get_i64(m, at, "kernel", -1, &res->mem_kernel, res, OCI_HAS_MEM_KERNEL, err);
	if (r == 0)
		r = get_i64(m, at, "kernelTCP", -1, &res->mem_kernel_tcp, res,
			    OCI_HAS_MEM_KERNEL_TCP, err);
	if (r == 0)
		r = get_u64(m, at, "swappiness", 100, &res->mem_swappiness, res,
			    OCI_HAS_MEM_SWAPPINESS, err);
	if (r == 0)
		r = get_bool(m, at, "disableOOMKiller", &res->mem_oom_disable, res,
			     OCI_HAS_MEM_OOM_DISABLE, err);
	if (r == 0)
		r = get_bool(m, at, "useHierarchy", &res->mem_use_hierarchy, res,
			     OCI_HAS_MEM_USE_HIERARCHY, err);
	if (r == 0)
		r = get_bool(m, at, "checkBeforeUpdate", &res->mem_check_before_update, res,
			     OCI_HAS_MEM_CHECK_UPDATE, err);
	return r;
}

static int parse_cpu_sets(const json_t *cpu, const char *at, struct oci_resources *res,
			  struct err *err)
{
	int r = js_dup_str(cpu, at, "cpus", &res->cpuset_cpus, err);

	if (r == 0)
		r = js_dup_str(cpu, at, "mems", &res->cpuset_mems, err);
	if (r == 0 && res->cpuset_cpus)
		r = oci_check_cpulist(res->cpuset_cpus, at, "cpus", err);
	if (r == 0 && res->cpuset_mems)
		r = oci_check_cpulist(res->cpuset_mems, at, "mems", err);
	if (r < 0)
		return r;
	if (res->cpuset_cpus && !*res->cpuset_cpus)
		free(take_ptr(&res->cpuset_cpus));
	if (res->cpuset_mems && !*res->cpuset_mems)
		free(take_ptr(&res->cpuset_mems));
	return 0;
}

static int parse_cpu(const json_t *resources, const char *where, struct oci_resources *res,
		     struct err *err)
{
	json_t *c = NULL;
	char at[OCI_WHERE_MAX];
	int r = js_get_obj(resources, where, "cpu", &c, err);

	if (r < 0 || !c)
		return r;
	oci_where(at, where, "cpu");
	r = get_u64(c, at, "shares", UINT64_MAX, &res->cpu_shares, res, OCI_HAS_CPU_SHARES, err);
	if (r == 0)
		r = get_i64(c, at, "quota", INT64_MIN, &res->cpu_quota, res, OCI_HAS_CPU_QUOTA,
			    err);
	if (r == 0)
		r = get_u64(c, at, "period", UINT64_MAX, &res->cpu_period, res, OCI_HAS_CPU_PERIOD,
			    err);
	if (r == 0)
		r = get_u64(c, at, "burst", UINT64_MAX, &res->cpu_burst, res, OCI_HAS_CPU_BURST,
			    err);
	if (r == 0)
		r = get_i64(c, at, "realtimeRuntime", INT64_MIN, &res->cpu_rt_runtime, res,
			    OCI_HAS_CPU_RT_RUNTIME, err);
	if (r == 0)
		r = get_u64(c, at, "realtimePeriod", UINT64_MAX, &res->cpu_rt_period, res,
			    OCI_HAS_CPU_RT_PERIOD, err);
	if (r == 0)
		r = get_i64(c, at, "idle", INT64_MIN, &res->cpu_idle, res, OCI_HAS_CPU_IDLE, err);
	if (r == 0 && (res->cpu_idle < 0 || res->cpu_idle > 1))
		r = err_invalid(err, "%s: idle must be 0 or 1", at);
	return r < 0 ? r : parse_cpu_sets(c, at, res, err);
}

static int parse_pids(const json_t *resources, const char *where, struct oci_resources *res,
		      struct err *err)
{
	json_t *pids = NULL;
	char at[OCI_WHERE_MAX];
	int r = js_get_obj(resources, where, "pids", &pids, err);

	if (r < 0 || !pids)
		return r;
	oci_where(at, where, "pids");
	return get_i64(pids, at, "limit", INT64_MIN, &res->pids_limit, res, OCI_HAS_PIDS_LIMIT,
		       err);
}

static int parse_hugepage(const json_t *item, const char *where, void *ret, struct err *err)
{
	struct oci_key_limit *limit = ret;
	size_t digits;
	int r = oci_dup_required(item, where, "pageSize", &limit->key, err);

	if (r == 0)
		r = oci_require(item, where, "limit", err);
	if (r == 0)
		r = js_get_u64(item, where, "limit", UINT64_MAX, &limit->value, err);
	limit->value2 = UINT64_MAX;
	if (r < 0)
		return r;
	/* it becomes a part of the controller's file name */
	digits = strspn(limit->key, "0123456789");
	if (digits == 0 || digits > 10 || limit->key[0] == '0' ||
	    !(str_eq(limit->key + digits, "KB") || str_eq(limit->key + digits, "MB") ||
	      str_eq(limit->key + digits, "GB")))
		return err_invalid(err, "%s: pageSize \"%s\" is not of the form 64KB, 2MB or 1GB",
				   where, limit->key);
	return 0;
}

static int parse_rdma(const json_t *resources, const char *where, struct oci_resources *res,
		      struct err *err)
{
	json_t *map = NULL, *value;
	const char *device;
	char at[OCI_WHERE_MAX], name[OCI_WHERE_MAX];
	size_t i = 0;
	int r = js_get_obj(resources, where, "rdma", &map, err);

	if (r < 0 || json_object_size(map) == 0)
		return r;
	oci_where(at, where, "rdma");
	res->rdma = calloc(json_object_size(map), sizeof(*res->rdma));
	if (!res->rdma)
		return err_oom(err);
	res->rdma_count = json_object_size(map);
	json_object_foreach (map, device, value) {
		struct oci_key_limit *limit = &res->rdma[i++];

		oci_where(name, at, device);
		/* "DEVICE hca_handle=N …" is one line of the controller's file */
		if (!*device || strpbrk(device, " \t\r\n/"))
			return err_invalid(err, "%s: \"%s\" is not a device", at, device);
		if (!json_is_object(value))
			return err_invalid(err, "%s must be an object", name);
		limit->value = limit->value2 = UINT64_MAX;
		limit->key = strdup(device);
		if (!limit->key)
			return err_oom(err);
		r = js_get_u64(value, name, "hcaHandles", UINT32_MAX, &limit->value, err);
		if (r == 0)
			r = js_get_u64(value, name, "hcaObjects", UINT32_MAX, &limit->value2, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int parse_priority(const json_t *item, const char *where, void *ret, struct err *err)
{
	struct oci_key_limit *limit = ret;
	int r = oci_dup_required(item, where, "name", &limit->key, err);

	if (r == 0)
		r = oci_require(item, where, "priority", err);
	if (r == 0)
		r = js_get_u64(item, where, "priority", UINT32_MAX, &limit->value, err);
	limit->value2 = UINT64_MAX;
	/* "INTERFACE PRIORITY" is one line of net_prio.ifpriomap */
	if (r == 0 && strpbrk(limit->key, " \t\r\n/"))
		r = err_invalid(err, "%s: \"%s\" is not an interface", where, limit->key);
	return r;
}

static int parse_network(const json_t *resources, const char *where, struct oci_resources *res,
			 struct err *err)
{
	json_t *network = NULL;
	char at[OCI_WHERE_MAX];
	int r = js_get_obj(resources, where, "network", &network, err);

	if (r < 0 || !network)
		return r;
	oci_where(at, where, "network");
	r = oci_get_u32(network, at, "classID", UINT32_MAX, &res->net_class, err);
	if (r == 0 && oci_has(network, "classID"))
		res->has |= OCI_HAS_NET_CLASS;
	if (r < 0)
		return r;
	return oci_get_items(network, at, "priorities", sizeof(*res->net_priorities),
			     parse_priority, &res->net_priorities, &res->net_priority_count, err);
}

/* Files that move, kill or freeze processes instead of limiting them: the runtime's own. */
static bool is_control_file(const char *name)
{
	static const char *const names[] = {
		"cgroup.procs", "cgroup.threads", "cgroup.kill",
		"cgroup.type",	"cgroup.freeze",  "cgroup.subtree_control",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (str_eq(names[i], name))
			return true;
	return false;
}

static int parse_unified(const json_t *resources, const char *where, struct oci_resources *res,
			 struct err *err)
{
	int r = oci_get_pairs(resources, where, "unified", &res->unified, &res->unified_count, err);

	for (size_t i = 0; r == 0 && i < res->unified_count; i++) {
		const char *key = res->unified[i].key;

		/* a file of the group itself, in no other directory */
		if (strspn(key,
			   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") !=
			strlen(key) ||
		    !strchr(key, '.') || *key == '.')
			r = err_invalid(err, "%s.unified: \"%s\" is not a cgroup file", where, key);
		else if (is_control_file(key))
			r = err_invalid(err, "%s.unified: \"%s\" is not a resource", where, key);
	}
	return r;
}

static int parse_all(const json_t *resources, const char *where, struct oci_resources *res,
		     struct err *err)
{
	int r = parse_memory(resources, where, res, err);

	if (r == 0)
		r = parse_cpu(resources, where, res, err);
	if (r == 0)
		r = parse_pids(resources, where, res, err);
	if (r == 0)
		r = oci_blkio_parse(resources, where, res, err);
	if (r == 0)
		r = oci_get_items(resources, where, "hugepageLimits", sizeof(*res->hugepages),
				  parse_hugepage, &res->hugepages, &res->hugepage_count, err);
	if (r == 0)
		r = parse_rdma(resources, where, res, err);
	if (r == 0)
		r = parse_network(resources, where, res, err);
	if (r == 0)
		r = oci_get_items(resources, where, "devices", sizeof(*res->devices),
				  oci_device_rule_parse, &res->devices, &res->device_count, err);
	return r < 0 ? r : parse_unified(resources, where, res, err);
}

int oci_resources_parse(const json_t *resources, struct oci_resources *ret, struct err *err)
{
	struct oci_resources res = { 0 };
	int r;

	if (!json_is_object(resources))
		return err_invalid(err, "linux.resources must be an object");
	r = parse_all(resources, "linux.resources", &res, err);
	if (r < 0) {
		oci_resources_clear(&res);
		return r;
	}
	*ret = res;
	return 0;
}

static void free_limits(struct oci_key_limit *limits, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(limits[i].key);
	free(limits);
}

void oci_resources_clear(struct oci_resources *res)
{
	free(res->cpuset_cpus);
	free(res->cpuset_mems);
	free(res->blkio_weights);
	for (int i = 0; i < OCI_THROTTLES; i++)
		free(res->throttle[i]);
	free_limits(res->hugepages, res->hugepage_count);
	free_limits(res->rdma, res->rdma_count);
	free_limits(res->net_priorities, res->net_priority_count);
	free(res->devices);
	oci_key_values_free(res->unified, res->unified_count);
	*res = (struct oci_resources){ 0 };
}
