/* SPDX-License-Identifier: Apache-2.0 */
/* linux.resources.blockIO and .devices (config-linux.md): limits and rights by device number. */
#include <limits.h>

#include "base/cleanup.h"
#include "oci/parse.h"

static int parse_numbers(const json_t *item, const char *where, struct oci_blkio_device *d,
			 struct err *err)
{
	int r = oci_require(item, where, "major", err);

	if (r == 0)
		r = oci_require(item, where, "minor", err);
	if (r == 0)
		r = js_get_i64(item, where, "major", 0, (1 << 12) - 1, &d->major, err);
	if (r == 0)
		r = js_get_i64(item, where, "minor", 0, (1 << 20) - 1, &d->minor, err);
	return r;
}

static int parse_weight(const json_t *item, const char *where, void *ret, struct err *err)
{
	struct oci_blkio_device *d = ret;
	int r = parse_numbers(item, where, d, err);

	if (r == 0)
		r = js_get_u64(item, where, "weight", UINT16_MAX, &d->value, err);
	if (r == 0)
		r = js_get_u64(item, where, "leafWeight", UINT16_MAX, &d->leaf_weight, err);
	if (r == 0 && d->value == 0 && d->leaf_weight == 0)
		r = err_invalid(err, "%s: weight or leafWeight is required", where);
	return r;
}

static int parse_throttle(const json_t *item, const char *where, void *ret, struct err *err)
{
	struct oci_blkio_device *d = ret;
	int r = parse_numbers(item, where, d, err);

	if (r == 0)
		r = oci_require(item, where, "rate", err);
	if (r == 0)
		r = js_get_u64(item, where, "rate", UINT64_MAX, &d->value, err);
	return r;
}

static int parse_group_weight(const json_t *blkio, const char *where, const char *key,
			      uint16_t *ret, struct oci_resources *res, uint32_t bit,
			      struct err *err)
{
	uint64_t weight = 0;
	int r = js_get_u64(blkio, where, key, UINT16_MAX, &weight, err);

	if (r == 0 && oci_has(blkio, key)) {
		*ret = (uint16_t)weight;
		res->has |= bit;
	}
	return r;
}

int oci_blkio_parse(const json_t *resources, const char *where, struct oci_resources *res,
		    struct err *err)
{
	static const char *const throttles[] = {
		[OCI_READ_BPS] = "throttleReadBpsDevice",
		[OCI_WRITE_BPS] = "throttleWriteBpsDevice",
		[OCI_READ_IOPS] = "throttleReadIOPSDevice",
		[OCI_WRITE_IOPS] = "throttleWriteIOPSDevice",
	};
	json_t *blkio = NULL;
	char at[OCI_WHERE_MAX];
	int r = js_get_obj(resources, where, "blockIO", &blkio, err);

	if (r < 0 || !blkio)
		return r;
	oci_where(at, where, "blockIO");
	r = parse_group_weight(blkio, at, "weight", &res->blkio_weight, res, OCI_HAS_BLKIO_WEIGHT,
			       err);
	if (r == 0)
		r = parse_group_weight(blkio, at, "leafWeight", &res->blkio_leaf_weight, res,
				       OCI_HAS_BLKIO_LEAF_WEIGHT, err);
	if (r == 0)
		r = oci_get_items(blkio, at, "weightDevice", sizeof(*res->blkio_weights),
				  parse_weight, &res->blkio_weights, &res->blkio_weight_count, err);
	for (int i = 0; r == 0 && i < OCI_THROTTLES; i++)
		r = oci_get_items(blkio, at, throttles[i], sizeof(*res->throttle[i]),
				  parse_throttle, &res->throttle[i], &res->throttle_count[i], err);
	return r;
}

static int parse_access(const char *text, const char *where, struct oci_device_rule *rule,
			struct err *err)
{
	for (const char *p = text; *p; p++) {
		switch (*p) {
		case 'r':
			rule->read = true;
			break;
		case 'w':
			rule->write = true;
			break;
		case 'm':
			rule->mknod = true;
			break;
		default:
			return err_invalid(err, "%s: access \"%s\" may hold r, w and m only", where,
					   text);
		}
	}
	if (!*text)
		return err_invalid(err, "%s: access must not be empty", where);
	return 0;
}

int oci_device_rule_parse(const json_t *item, const char *where, void *ret, struct err *err)
{
	static const char *const types[] = { "a", "c", "b", "", NULL };
	struct oci_device_rule *rule = ret;
	const char *access = "rwm"; /* what the kernel's own files mean by leaving it out */
	int type = 0;
	int r = oci_require(item, where, "allow", err);

	rule->major = rule->minor = -1;
	if (r == 0)
		r = js_get_bool(item, where, "allow", &rule->allow, err);
	if (r == 0)
		r = oci_get_enum(item, where, "type", types, &type, err);
	if (r == 0)
		r = js_get_i64(item, where, "major", -1, UINT32_MAX, &rule->major, err);
	if (r == 0)
		r = js_get_i64(item, where, "minor", -1, UINT32_MAX, &rule->minor, err);
	if (r == 0)
		r = js_get_str(item, where, "access", &access, err);
	if (r < 0)
		return r;
	rule->type = *types[type] ? types[type][0] : 'a';
	/* the kernel reads "a" as everything, whatever stands behind it */
	if (rule->type == 'a' && (rule->major >= 0 || rule->minor >= 0))
		return err_invalid(err, "%s: major and minor need type c or b", where);
	return parse_access(access, where, rule, err);
}
