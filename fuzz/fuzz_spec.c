/* SPDX-License-Identifier: Apache-2.0 */
/* config.json: whatever the bytes are, an answer or an error with words, and nothing lost. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "oci/runtime_spec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct oci_spec *spec cleanup_oci_spec = NULL;
	json_t *j cleanup_json = NULL;
	struct err err = { 0 };
	int r = js_parse((const char *)data, size, "config.json", &j, &err);

	if (r == 0)
		r = oci_spec_parse(j, &spec, &err);
	if ((r < 0) != (err.code != 0) || (r < 0 && !*err.text) || (r < 0 && spec))
		abort();
	return 0;
}
