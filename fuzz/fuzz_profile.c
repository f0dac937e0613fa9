/* SPDX-License-Identifier: Apache-2.0 */
/* Seccomp profiles in Docker's format: resolved, and, where small, compiled: the jumps of what we
 * put in front of the program must stay within it. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "runtime/sec/sec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_jumps(const struct sec_filter *f)
{
	if (f->length == 0 || BPF_CLASS(f->code[f->length - 1].code) != BPF_RET)
		abort();
	for (size_t i = 0; i < f->length; i++) {
		const struct sock_filter *p = &f->code[i];
		size_t far = p->jt > p->jf ? p->jt : p->jf;

		if (BPF_CLASS(p->code) != BPF_JMP)
			continue;
		if (BPF_OP(p->code) == BPF_JA)
			far = p->k;
		if (far >= f->length - i - 1)
			abort();
	}
}

static void compile(json_t *profile)
{
	struct oci_spec *spec cleanup_oci_spec = NULL;
	struct sec_filter filter = { 0 };
	json_t *config cleanup_json =
	    json_pack("{ss s{sO}}", "ociVersion", "1.3.0", "linux", "seccomp", profile);

	/* what was resolved is what the parser takes */
	if (oci_spec_parse(config, &spec, NULL) < 0)
		abort();
	if (sec_filter_compile(&spec->linux.seccomp, -1, &filter, NULL) == 0)
		check_jumps(&filter);
	sec_filter_clear(&filter);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *j cleanup_json = NULL, *profile cleanup_json = NULL;

	if (js_parse((const char *)data, size, "profile", &j, NULL) < 0)
		return 0;
	if (sec_profile_from_json(j, 0, &profile, NULL) == 0 && size < 2048)
		compile(profile);
	return 0;
}
