/* SPDX-License-Identifier: Apache-2.0 */
/* Weights of the BFQ scheduler, the same on v1 and v2 but for the files' names:
 * Documentation/block/bfq-iosched.rst, 4. */
#include "runtime/cgroup/controllers.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/cleanup.h"

static int set_weight(const struct cg_set *s, const char *file, struct err *err)
{
	char value[16], old[16] = "100", text[4096];
	uint64_t weight;

	snprintf(value, sizeof(value), "%u", s->r->blkio_weight);
	if (s->undo && (cg_get_u64(s->dir, file, &weight) == 0 ||
			(cg_get(s->dir, file, text, sizeof(text)) > 0 &&
			 cg_find_key(text, "default", &weight))))
		snprintf(old, sizeof(old), "%" PRIu64, weight);
	return cg_put_old(s, file, value, old, err);
}

static int set_device(const struct cg_set *s, const char *file, const struct oci_blkio_device *d,
		      struct err *err)
{
	char device[48], value[80], old[80], text[4096];
	uint64_t weight;

	snprintf(device, sizeof(device), "%" PRId64 ":%" PRId64, d->major, d->minor);
	snprintf(value, sizeof(value), "%s %" PRIu64, device, d->value);
	snprintf(old, sizeof(old), "%s default", device);
	if (s->undo && cg_get(s->dir, file, text, sizeof(text)) > 0 &&
	    cg_find_key(text, device, &weight))
		snprintf(old, sizeof(old), "%s %" PRIu64, device, weight);
	return cg_put_old(s, file, value, old, err);
}

int cg_bfq_set(const struct cg_set *s, const char *file, const char *device_file, struct err *err)
{
	const struct oci_resources *r = s->r;
	bool weight = r->has & OCI_HAS_BLKIO_WEIGHT && r->blkio_weight != 0;
	int ret = 0;

	if ((weight && !cg_has(s->dir, file)) ||
	    (r->blkio_weight_count > 0 && !cg_has(s->dir, device_file)))
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "blockIO weight: this kernel has no I/O scheduler with weights "
			       "(%s is missing)",
			       cg_has(s->dir, file) ? device_file : file);
	if (weight)
		ret = set_weight(s, file, err);
	for (size_t i = 0; ret == 0 && i < r->blkio_weight_count; i++)
		if (r->blkio_weights[i].value != 0)
			ret = set_device(s, device_file, &r->blkio_weights[i], err);
	return ret;
}
