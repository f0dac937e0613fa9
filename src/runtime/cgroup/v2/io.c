/* SPDX-License-Identifier: Apache-2.0 */
/* io: Documentation/admin-guide/cgroup-v2.rst, IO. */
#include "runtime/cgroup/controllers.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

static const char *const throttle_keys[OCI_THROTTLES] = {
	[OCI_READ_BPS] = "rbps",
	[OCI_WRITE_BPS] = "wbps",
	[OCI_READ_IOPS] = "riops",
	[OCI_WRITE_IOPS] = "wiops",
};

/* The specification's 10 … 1000 on io.weight's 1 … 10000. */
static uint64_t io_weight(uint64_t weight)
{
	return 1 + (weight - 10) * 9999 / 990;
}

static int set_weights(const struct cg_set *s, struct err *err)
{
	const struct oci_resources *r = s->r;
	char value[80], old[80], device[48], text[4096];
	uint64_t now;
	int ret = 0;

	if (r->has & OCI_HAS_BLKIO_WEIGHT && r->blkio_weight != 0) {
		snprintf(value, sizeof(value), "default %" PRIu64, io_weight(r->blkio_weight));
		snprintf(old, sizeof(old), "default 100");
		if (s->undo && cg_get(s->dir, "io.weight", text, sizeof(text)) > 0 &&
		    cg_find_key(text, "default", &now))
			snprintf(old, sizeof(old), "default %" PRIu64, now);
		ret = cg_put_old(s, "io.weight", value, old, err);
	}
	for (size_t i = 0; ret == 0 && i < r->blkio_weight_count; i++) {
		const struct oci_blkio_device *d = &r->blkio_weights[i];

		if (d->value == 0)
			continue;
		snprintf(device, sizeof(device), "%" PRId64 ":%" PRId64, d->major, d->minor);
		snprintf(value, sizeof(value), "%s %" PRIu64, device, io_weight(d->value));
		snprintf(old, sizeof(old), "%s default", device);
		if (s->undo && cg_get(s->dir, "io.weight", text, sizeof(text)) > 0 &&
		    cg_find_key(text, device, &now))
			snprintf(old, sizeof(old), "%s %" PRIu64, device, now);
		ret = cg_put_old(s, "io.weight", value, old, err);
	}
	return ret;
}

/* io.max's line of one device is a list of keys; those not named in a write keep their value. */
static int set_throttle(const struct cg_set *s, size_t kind, const struct oci_blkio_device *d,
			struct err *err)
{
	char value[96], old[320], device[48], text[4096];
	const char *line, *end;

	snprintf(device, sizeof(device), "%" PRId64 ":%" PRId64 " ", d->major, d->minor);
	if (d->value == 0)
		snprintf(value, sizeof(value), "%s%s=max", device, throttle_keys[kind]);
	else
		snprintf(value, sizeof(value), "%s%s=%" PRIu64, device, throttle_keys[kind],
			 d->value);
	snprintf(old, sizeof(old), "%srbps=max wbps=max riops=max wiops=max", device);
	if (s->undo && cg_get(s->dir, "io.max", text, sizeof(text)) > 0) {
		line = strstr(text, device);
		if (line && (line == text || line[-1] == '\n')) {
			end = line + strcspn(line, "\n");
			snprintf(old, sizeof(old), "%.*s", (int)(end - line), line);
		}
	}
	return cg_put_old(s, "io.max", value, old, err);
}

int cg_v2_io_set(const struct cg_set *s, struct err *err)
{
	const struct oci_resources *r = s->r;
	bool weights =
	    (r->has & OCI_HAS_BLKIO_WEIGHT && r->blkio_weight != 0) || r->blkio_weight_count > 0;
	int ret = 0;

	/* Each belongs to one way of scheduling, and each disk has its own: set what is there. */
	if (weights && cg_has(s->dir, "io.weight"))
		ret = set_weights(s, err);
	if (ret == 0 && weights &&
	    (cg_has(s->dir, "io.bfq.weight") || !cg_has(s->dir, "io.weight")))
		ret = cg_bfq_set(s, "io.bfq.weight", "io.bfq.weight", err);
	for (size_t kind = 0; kind < OCI_THROTTLES; kind++)
		for (size_t i = 0; ret == 0 && i < r->throttle_count[kind]; i++)
			ret = set_throttle(s, kind, &r->throttle[kind][i], err);
	return ret;
}

static void add_key(const char *line, const char *key, uint64_t *total)
{
	const char *at = strstr(line, key);
	uint64_t value;

	if (at && sscanf(at + strlen(key), "%" SCNu64, &value) == 1)
		*total += value;
}

void cg_v2_io_stats(int dir, struct cgroup_stats *ret)
{
	char text[16384], *next = text, *line;

	if (cg_get(dir, "io.stat", text, sizeof(text)) < 0)
		return;
	ret->io_read_bytes = ret->io_write_bytes = ret->io_reads = ret->io_writes = 0;
	while ((line = strsep(&next, "\n")) != NULL) {
		add_key(line, " rbytes=", &ret->io_read_bytes);
		add_key(line, " wbytes=", &ret->io_write_bytes);
		add_key(line, " rios=", &ret->io_reads);
		add_key(line, " wios=", &ret->io_writes);
	}
}
