/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/member.h"

int64_t member_int(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

const char *member_str(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

bool member_bool(const json_t *object, const char *name)
{
	return json_is_true(json_object_get(object, name));
}
