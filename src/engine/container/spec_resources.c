/* SPDX-License-Identifier: Apache-2.0 */
/* linux.resources and linux.devices. */
#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "engine/container/member.h"
#include "engine/container/devices.h"
#include "engine/container/spec.h"
#include "engine/root/root.h"

enum { PERIOD_US = 100000 };

/* Left out where nothing was asked for. */
static void put_int(json_t *object, const char *name, int64_t value)
{
	if (value)
		json_object_set_new(object, name, json_integer(value));
}

static json_t *make_memory(const json_t *host)
{
	json_t *memory = json_object();
	json_t *swappiness = json_object_get(host, "MemorySwappiness");

	put_int(memory, "limit", member_int(host, "Memory"));
	put_int(memory, "reservation", member_int(host, "MemoryReservation"));
	put_int(memory, "swap", member_int(host, "MemorySwap"));
	if (json_is_integer(swappiness))
		json_object_set(memory, "swappiness", swappiness);
	if (member_bool(host, "OomKillDisable"))
		json_object_set_new(memory, "disableOOMKiller", json_true());
	return memory;
}

static json_t *make_cpu(const json_t *host)
{
	json_t *cpu = json_object();
	int64_t nano = member_int(host, "NanoCpus");

	put_int(cpu, "shares", member_int(host, "CpuShares"));
	if (nano) {
		put_int(cpu, "period", PERIOD_US);
		put_int(cpu, "quota", nano / (1000000000 / PERIOD_US));
	} else {
		put_int(cpu, "period", member_int(host, "CpuPeriod"));
		put_int(cpu, "quota", member_int(host, "CpuQuota"));
	}
	if (*member_str(host, "CpusetCpus"))
		json_object_set(cpu, "cpus", json_object_get(host, "CpusetCpus"));
	if (*member_str(host, "CpusetMems"))
		json_object_set(cpu, "mems", json_object_get(host, "CpusetMems"));
	return cpu;
}

static void allow(json_t *rules, const char *type, int major, int minor, const char *access)
{
	json_t *rule = json_pack("{sb ss ss}", "allow", 1, "type", type, "access", access);

	if (major >= 0)
		json_object_set_new(rule, "major", json_integer(major));
	if (minor >= 0)
		json_object_set_new(rule, "minor", json_integer(minor));
	json_array_append_new(rules, rule);
}

/* Nodes of any device may be made (CAP_MKNOD), those of the list may be opened. */
static json_t *default_rules(void)
{
	static const struct {
		int major, minor;
	} chars[] = {
		{ 1, 3 }, { 1, 5 }, { 1, 7 }, { 1, 8 },	   { 1, 9 }, /* null zero full (u)random */
		{ 5, 0 }, { 5, 1 }, { 5, 2 }, { 136, -1 },	     /* tty console ptmx pts */
	};
	json_t *rules = json_array();
	size_t i;

	json_array_append_new(rules, json_pack("{sb ss}", "allow", 0, "access", "rwm"));
	allow(rules, "c", -1, -1, "m");
	allow(rules, "b", -1, -1, "m");
	for (i = 0; i < ARRAY_SIZE(chars); i++)
		allow(rules, "c", chars[i].major, chars[i].minor, "rwm");
	return rules;
}

int spec_resources(struct spec_build *b, struct err *err)
{
	json_t *resources cleanup_json = json_object();
	json_t *oci_linux = json_object_get(b->spec, "linux");
	json_t *devices = json_array(), *rules = default_rules();
	json_t *memory cleanup_json = make_memory(b->host), *cpu cleanup_json = make_cpu(b->host);
	int64_t pids = member_int(b->host, "PidsLimit");
	int r;

	json_object_set_new(oci_linux, "devices", devices);
	json_object_set_new(resources, "devices", rules);
	if (json_object_size(memory))
		json_object_set(resources, "memory", memory);
	if (json_object_size(cpu))
		json_object_set(resources, "cpu", cpu);
	if (pids > 0)
		json_object_set_new(resources, "pids",
				    json_pack("{sI}", "limit", (json_int_t)pids));
	r = devices_to_spec(b->host, devices, rules, err);
	/* without groups there is nothing to set: only what was asked for is refused by name */
	if (!b->engine->root->system)
		json_object_del(resources, "devices");
	if (r < 0)
		return r;
	return json_object_set(oci_linux, "resources", resources) < 0 ? err_oom(err) : 0;
}
