/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside src/oci only: what the parsers of single members share. `where` is always the path of the
 * object at hand ("linux.resources.devices[3]"), for errors. As with base/json.h, a member that is
 * missing or null is 0 and leaves the output alone.
 */
#ifndef CORACLE_OCI_PARSE_H
#define CORACLE_OCI_PARSE_H

#include "oci/runtime_spec.h"

enum {
	OCI_WHERE_MAX = 160,
	OCI_ITEMS_MAX = 65536, /* entries of any list: as many as a process may have groups */
};

/* "where.key" and "where[index]", cut where too long. Return `out`. */
const char *oci_where(char out[OCI_WHERE_MAX], const char *where, const char *key);
const char *oci_where_at(char out[OCI_WHERE_MAX], const char *where, const char *key, size_t index);

/* True when the member is there and not null. */
bool oci_has(const json_t *object, const char *key);
/* ERR_INVALID ("WHERE: KEY is required") without it. */
int oci_require(const json_t *object, const char *where, const char *key, struct err *err);
/* A string that is not empty. */
int oci_dup_required(const json_t *object, const char *where, const char *key, char **ret,
		     struct err *err);
/* A string that begins with "/". */
int oci_dup_absolute(const json_t *object, const char *where, const char *key, char **ret,
		     struct err *err);

int oci_get_u32(const json_t *object, const char *where, const char *key, uint32_t max,
		uint32_t *ret, struct err *err);
int oci_get_int(const json_t *object, const char *where, const char *key, int min, int max,
		int *ret, struct err *err);

/* The index of a string in `names` (NULL-terminated); another string is ERR_INVALID. */
int oci_get_enum(const json_t *object, const char *where, const char *key, const char *const *names,
		 int *ret, struct err *err);

/* An array of objects, each parsed by `fn` into a zeroed item. *items and *count are set before the
 * first item, so that the caller's clear function finds what a failure left half done. `items` is
 * the address of a typed pointer. */
typedef int (*oci_item_fn)(const json_t *item, const char *where, void *ret, struct err *err);
int oci_get_items(const json_t *object, const char *where, const char *key, size_t item_size,
		  oci_item_fn fn, void *items, size_t *count, struct err *err);

/* An object of strings; keys may not be empty. */
int oci_get_pairs(const json_t *object, const char *where, const char *key,
		  struct oci_key_value **items, size_t *count, struct err *err);

/* An array of absolute paths. */
int oci_get_paths(const json_t *object, const char *where, const char *key, struct strv *ret,
		  struct err *err);

/* A list of CPUs or memory nodes in the kernel's form: "0-3,7", "0-31:1/4". */
int oci_check_cpulist(const char *text, const char *where, const char *key, struct err *err);

/* Each variable has a name in front of its "=". */
int oci_check_env(const struct strv *env, const char *where, struct err *err);

/* --- members, a file each ------------------------------------------------------------------- */

int oci_id_maps_parse(const json_t *object, const char *where, const char *key,
		      struct oci_id_maps *ret, struct err *err);

int oci_scheduler_parse(const json_t *process, const char *where, struct oci_process *ret,
			struct err *err);
int oci_caps_parse(const json_t *process, const char *where, struct oci_caps *ret, struct err *err);

int oci_mount_parse(const json_t *item, const char *where, void *ret, struct err *err);
void oci_mount_clear(struct oci_mount *mount);
int oci_mount_option(struct oci_mount *mount, const char *option, const char *where,
		     struct err *err);

int oci_linux_parse(const json_t *linux_object, const char *where, struct oci_linux *ret,
		    struct err *err);
void oci_linux_clear(struct oci_linux *l);

int oci_seccomp_parse(const json_t *seccomp, const char *where, struct oci_seccomp *ret,
		      struct err *err);
void oci_seccomp_clear(struct oci_seccomp *seccomp);

int oci_blkio_parse(const json_t *resources, const char *where, struct oci_resources *ret,
		    struct err *err);
int oci_device_rule_parse(const json_t *item, const char *where, void *ret, struct err *err);

int oci_hooks_parse(const json_t *config, struct oci_hooks ret[OCI_HOOK_KINDS], struct err *err);
void oci_hooks_clear(struct oci_hooks hooks[OCI_HOOK_KINDS]);

/* What holds between members: mappings need a user namespace, a hostname a UTS namespace, … */
int oci_spec_check(const struct oci_spec *spec, struct err *err);
int oci_sysctl_check(const struct oci_linux *l, struct err *err);

#endif
