/* SPDX-License-Identifier: Apache-2.0 */
/* linux.resources.devices: config-linux.md, Allowed Device list. */
#include "runtime/cgroup/internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

enum { NUMBER_MAX = (1 << 20) - 1, RULES_MAX = 4096 };

#define EVERYTHING .allow = true, .read = true, .write = true, .mknod = true

/* Every container has these (config-linux.md, Default Devices), whatever else is denied; and a
 * node may always be made, as long as it cannot be opened. */
static const struct oci_device_rule defaults[] = {
	{ .allow = true, .type = 'c', .major = -1, .minor = -1, .mknod = true },
	{ .allow = true, .type = 'b', .major = -1, .minor = -1, .mknod = true },
	{ EVERYTHING, .type = 'c', .major = 1, .minor = 3 },	/* null */
	{ EVERYTHING, .type = 'c', .major = 1, .minor = 5 },	/* zero */
	{ EVERYTHING, .type = 'c', .major = 1, .minor = 7 },	/* full */
	{ EVERYTHING, .type = 'c', .major = 1, .minor = 8 },	/* random */
	{ EVERYTHING, .type = 'c', .major = 1, .minor = 9 },	/* urandom */
	{ EVERYTHING, .type = 'c', .major = 5, .minor = 0 },	/* tty */
	{ EVERYTHING, .type = 'c', .major = 5, .minor = 2 },	/* ptmx */
	{ EVERYTHING, .type = 'c', .major = 136, .minor = -1 }, /* pts */
};

static bool is_number(int64_t number)
{
	return number >= -1 && number <= NUMBER_MAX;
}

static int check(const struct oci_device_rule *d, struct err *err)
{
	if (!strchr("abc", d->type) || d->type == '\0')
		return err_invalid(err, "device rule: type must be a, b or c");
	if (!is_number(d->major) || !is_number(d->minor))
		return err_invalid(err, "device rule: %lld:%lld is not a device number",
				   (long long)d->major, (long long)d->minor);
	return 0;
}

int cg_rules_build(const struct oci_resources *r, struct cg_rules *ret, struct err *err)
{
	size_t count = r->device_count + ARRAY_SIZE(defaults);
	struct oci_device_rule *items;
	int done;

	if (r->device_count > RULES_MAX)
		return err_invalid(err, "more than %d device rules", RULES_MAX);
	for (size_t i = 0; i < r->device_count; i++) {
		done = check(&r->devices[i], err);
		if (done < 0)
			return done;
	}
	items = calloc(count, sizeof(*items));
	if (!items)
		return err_oom(err);
	if (r->device_count > 0)
		memcpy(items, r->devices, r->device_count * sizeof(*items));
	memcpy(items + r->device_count, defaults, sizeof(defaults));
	*ret = (struct cg_rules){ items, count };
	return 0;
}

bool cg_rule_is_total(const struct oci_device_rule *d)
{
	return d->type == 'a' && d->major == -1 && d->minor == -1 && d->read && d->write &&
	       d->mknod;
}

size_t cg_rules_start(const struct cg_rules *r)
{
	size_t start = r->count;

	while (start > 0 && !cg_rule_is_total(&r->items[start - 1]))
		start--;
	return start > 0 ? start - 1 : 0;
}
