/* SPDX-License-Identifier: Apache-2.0 */
/* References: what was accepted as a name, written in full, is the same name again. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "engine/image/reference.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void round_trip(const struct reference *ref)
{
	char *full cleanup_free = reference_full_tag(ref), *again cleanup_free = NULL;
	struct reference second cleanup_reference = { 0 };
	struct reference third cleanup_reference = { 0 };

	if (!full || reference_parse(full, &second, NULL) < 0 || second.kind != REF_NAME)
		abort();
	again = reference_full_tag(&second);
	if (!again || !str_eq(full, again))
		abort();
	/* the familiar form means the same */
	if (reference_parse(reference_familiar(full), &third, NULL) < 0)
		abort();
	if (third.kind == REF_NAME && !str_eq(third.repository, ref->repository))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text cleanup_free = strndup((const char *)data, size);
	struct reference ref cleanup_reference = { 0 };

	if (text && reference_parse(text, &ref, NULL) == 0 && ref.kind == REF_NAME && ref.tag)
		round_trip(&ref);
	return 0;
}
