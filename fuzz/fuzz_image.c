/* SPDX-License-Identifier: Apache-2.0 */
/* Image documents: the first byte says which; a configuration that was read is written and read
 * again, and must be the same. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "oci/image_spec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void round_trip(const struct oci_image_config *config)
{
	struct oci_image_config again = { 0 };
	json_t *first cleanup_json = NULL, *second cleanup_json = NULL;

	if (oci_image_config_emit(config, &first, NULL) < 0 ||
	    oci_image_config_parse(first, &again, NULL) < 0 ||
	    oci_image_config_emit(&again, &second, NULL) < 0 || !json_equal(first, second))
		abort();
	oci_image_config_clear(&again);
}

static void try_config(const json_t *j)
{
	struct oci_image_config config = { 0 };

	if (oci_image_config_parse(j, &config, NULL) == 0)
		round_trip(&config);
	oci_image_config_clear(&config);
}

static void try_others(const json_t *j, int which)
{
	struct oci_index index = { 0 };
	struct oci_manifest manifest = { 0 };
	struct docker_archive archive = { 0 };

	if (which == 'i')
		oci_index_parse(j, &index, NULL);
	else if (which == 'm')
		oci_manifest_parse(j, &manifest, NULL);
	else
		docker_archive_parse(j, &archive, NULL);
	oci_index_clear(&index);
	oci_manifest_clear(&manifest);
	docker_archive_clear(&archive);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *j cleanup_json = NULL;

	if (size < 1 || js_parse((const char *)data + 1, size - 1, "document", &j, NULL) < 0)
		return 0;
	if (*data == 'c')
		try_config(j);
	else
		try_others(j, *data);
	return 0;
}
