/* SPDX-License-Identifier: Apache-2.0 */
/*
 * blkio of v1: Documentation/admin-guide/cgroup-v1/blkio-controller.rst. Weights are BFQ's: the
 * plain ones went with CFQ (5.0), below our floor.
 */
#include "runtime/cgroup/controllers.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

static const char *const throttle_files[OCI_THROTTLES] = {
	[OCI_READ_BPS] = "blkio.throttle.read_bps_device",
	[OCI_WRITE_BPS] = "blkio.throttle.write_bps_device",
	[OCI_READ_IOPS] = "blkio.throttle.read_iops_device",
	[OCI_WRITE_IOPS] = "blkio.throttle.write_iops_device",
};

/* "MAJOR:MINOR value"; the old line of that device puts it back, or 0, which is none. */
static int set_throttle(const struct cg_set *s, const char *file, const struct oci_blkio_device *d,
			struct err *err)
{
	char device[48], value[80], old[80], text[4096];
	uint64_t rate = 0;

	snprintf(device, sizeof(device), "%" PRId64 ":%" PRId64, d->major, d->minor);
	snprintf(value, sizeof(value), "%s %" PRIu64, device, d->value);
	if (s->undo && cg_get(s->dir, file, text, sizeof(text)) > 0)
		cg_find_key(text, device, &rate);
	snprintf(old, sizeof(old), "%s %" PRIu64, device, rate);
	return cg_put_old(s, file, value, old, err);
}

int cg_v1_blkio_set(const struct cg_set *s, struct err *err)
{
	const struct oci_resources *r = s->r;
	int ret;

	ret = cg_bfq_set(s, "blkio.bfq.weight", "blkio.bfq.weight_device", err);
	for (size_t kind = 0; kind < OCI_THROTTLES; kind++)
		for (size_t i = 0; ret == 0 && i < r->throttle_count[kind]; i++)
			ret = set_throttle(s, throttle_files[kind], &r->throttle[kind][i], err);
	return ret;
}

/* Lines of "MAJOR:MINOR Read N"; the "Total N" line at the end has no operation. */
static void sum(int dir, const char *file, uint64_t *reads, uint64_t *writes)
{
	char text[16384], operation[16];
	uint64_t value;

	if (cg_get(dir, file, text, sizeof(text)) < 0)
		return;
	*reads = *writes = 0;
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (sscanf(line, "%*d:%*d %15s %" SCNu64, operation, &value) != 2)
			continue;
		if (strcmp(operation, "Read") == 0)
			*reads += value;
		else if (strcmp(operation, "Write") == 0)
			*writes += value;
	}
}

void cg_v1_blkio_stats(int dir, struct cgroup_stats *ret)
{
	sum(dir, "blkio.throttle.io_service_bytes_recursive", &ret->io_read_bytes,
	    &ret->io_write_bytes);
	sum(dir, "blkio.throttle.io_serviced_recursive", &ret->io_reads, &ret->io_writes);
}
