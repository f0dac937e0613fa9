/* SPDX-License-Identifier: Apache-2.0 */
/* --format's templates: any text over a document like inspect's. Nothing but an error or an output
 * within bounds may come of it. */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "cli/format/columns.h"
#include "cli/format/format.h"
#include "cli/format/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char document[] =
    "{\"Name\":\"/web\",\"Size\":1024,\"R\":0.5,\"On\":true,\"None\":null,"
    "\"State\":{\"Pid\":42},\"Config\":{\"Env\":[\"A=1\",\"B=2\"],\"Labels\":{\"a\":\"b\"}},"
    "\"HostConfig\":{\"Binds\":null},\"Networks\":{\"x\":{\"IPAddress\":\"1\"}}}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct template_env env = { .shape = format_inspect_shape };
	static json_t *value;
	struct template *t = NULL;
	struct buf out = BUF_INIT(1 << 20), aligned = BUF_INIT(1 << 22);
	struct err err = { 0 };
	char *text = strndup((const char *)data, size);

	if (!value)
		value = json_loads(document, 0, NULL);
	if (text && template_parse(text, &t, &err) == 0) {
		if (template_execute(t, value, &env, &out, &err) < 0 && err.code == 0)
			abort(); /* an error without a reason */
		columns_align(buf_str(&out), 10, 3, &aligned);
	}
	template_free(t);
	buf_free(&out);
	buf_free(&aligned);
	free(text);
	return 0;
}
