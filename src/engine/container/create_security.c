/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "engine/container/create_internal.h"
#include "engine/container/security.h"
#include "linux/caps.h"

/* Docker's newest; what leaks about or acts on the whole machine. */
static const char *const masked[] = {
	"/proc/asound",	    "/proc/acpi",	 "/proc/interrupts",
	"/proc/kcore",	    "/proc/keys",	 "/proc/latency_stats",
	"/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug",
	"/proc/scsi",	    "/sys/firmware",	 "/sys/devices/virtual/powercap",
};
static const char *const readonly[] = { "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
					"/proc/sysrq-trigger" };

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "net_admin" is stored as "CAP_NET_ADMIN", sorted, each once: as Docker answers. */
static int normalize_caps(struct create *c, const char *member, struct err *err)
{
	json_t *list = json_object_get(c->host, member), *out, *item;
	const char *names[CAPS_KNOWN + 1];
	size_t count = 0, i;
	uint64_t seen = 0;
	bool all = false;
	int cap = -1;

	if (!json_is_array(list))
		return 0;
	json_array_foreach (list, i, item) {
		if (cap_parse(json_string_value(item), &cap, NULL) < 0)
			all = true; /* security_read() took it, so it is ALL */
		else if (!(seen >> cap & 1))
			names[count++] = cap_name(cap);
		if (cap >= 0)
			seen |= (uint64_t)1 << cap;
	}
	qsort(names, count, sizeof(names[0]), compare);
	out = json_array();
	if (all)
		json_array_append_new(out, json_string("ALL"));
	else
		for (i = 0; i < count; i++)
			json_array_append_new(out, json_string(names[i]));
	return json_object_set_new(c->host, member, out) < 0 ? err_oom(err) : 0;
}

static int check_paths(struct create *c, const char *member, const char *const *defaults,
		       size_t count, bool unconfined, struct err *err)
{
	json_t *list = json_object_get(c->host, member), *item;
	size_t i;

	json_array_foreach (list, i, item)
		if (*json_string_value(item) != '/')
			return err_invalid(err, "%s: \"%s\" is not an absolute path", member,
					   json_string_value(item));
	if (json_is_array(list))
		return 0;
	list = unconfined ? NULL : json_array();
	for (i = 0; list && i < count; i++)
		json_array_append_new(list, json_string(defaults[i]));
	json_object_set_new(c->host, member, list ? list : json_null());
	return 0;
}

int create_check_security(struct create *c, struct err *err)
{
	json_t *profile cleanup_json = NULL;
	struct security s;
	int r = security_read(c->host, &s, err);

	/* a profile that cannot be understood is the request's fault, not the start's */
	if (r == 0 && s.seccomp_json)
		r = security_seccomp(&s, &profile, err);
	if (r == 0)
		r = normalize_caps(c, "CapAdd", err);
	if (r == 0)
		r = normalize_caps(c, "CapDrop", err);
	if (r == 0)
		r = check_paths(c, "MaskedPaths", masked, ARRAY_SIZE(masked), s.paths_unconfined,
				err);
	if (r == 0)
		r = check_paths(c, "ReadonlyPaths", readonly, ARRAY_SIZE(readonly),
				s.paths_unconfined, err);
	return r;
}
