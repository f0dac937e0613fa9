/* SPDX-License-Identifier: Apache-2.0 */
/* process.capabilities (config.md): the five sets of capabilities(7), by name. */
#include <linux/capability.h>

#include "base/log.h"
#include "linux/caps.h"
#include "oci/parse.h"

const uint64_t oci_default_caps =
    CAP_BIT(CAP_CHOWN) | CAP_BIT(CAP_DAC_OVERRIDE) | CAP_BIT(CAP_FSETID) | CAP_BIT(CAP_FOWNER) |
    CAP_BIT(CAP_MKNOD) | CAP_BIT(CAP_NET_RAW) | CAP_BIT(CAP_SETGID) | CAP_BIT(CAP_SETUID) |
    CAP_BIT(CAP_SETFCAP) | CAP_BIT(CAP_SETPCAP) | CAP_BIT(CAP_NET_BIND_SERVICE) |
    CAP_BIT(CAP_SYS_CHROOT) | CAP_BIT(CAP_KILL) | CAP_BIT(CAP_AUDIT_WRITE);

/* -1 for another text. The specification's names only: no other case, no missing "CAP_". */
static int number_of(const char *name)
{
	for (int cap = 0; cap < CAPS_KNOWN; cap++)
		if (str_eq(cap_name(cap), name))
			return cap;
	return -1;
}

static int parse_set(const json_t *caps, const char *where, const char *key, uint64_t *ret,
		     struct err *err)
{
	struct strv list cleanup_strv = { 0 };
	int r = js_get_strv(caps, where, key, &list, err);

	for (size_t i = 0; r == 0 && i < list.count; i++) {
		int cap = number_of(list.items[i]);

		/* config.md: a value that the platform does not know MUST be logged as a warning;
		 * leaving a right out is never the dangerous direction */
		if (cap < 0)
			log_warn("%s.%s: unknown capability \"%s\" is left out", where, key,
				 list.items[i]);
		else
			*ret |= CAP_BIT(cap);
	}
	return r;
}

int oci_caps_parse(const json_t *process, const char *where, struct oci_caps *ret, struct err *err)
{
	json_t *caps = NULL;
	char at[OCI_WHERE_MAX];
	int r = js_get_obj(process, where, "capabilities", &caps, err);

	if (r < 0 || !caps)
		return r;
	ret->set = true;
	oci_where(at, where, "capabilities");
	r = parse_set(caps, at, "bounding", &ret->bounding, err);
	if (r == 0)
		r = parse_set(caps, at, "effective", &ret->effective, err);
	if (r == 0)
		r = parse_set(caps, at, "permitted", &ret->permitted, err);
	if (r == 0)
		r = parse_set(caps, at, "inheritable", &ret->inheritable, err);
	if (r == 0)
		r = parse_set(caps, at, "ambient", &ret->ambient, err);
	return r;
}
