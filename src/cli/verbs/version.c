/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <sys/utsname.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "cli/container.h"
#include "cli/format/format.h"
#include "cli/machine.h"
#include "cli/verbs/verbs.h"

struct version {
	const char *format;
};

static const struct cli_option options[] = {
	OPT(version, format, "format", 'f', CLI_STRING, "string",
	    "How to print: json or a template", "json"),
	{ 0 },
};

/* There is one program: what Docker tells of its client and of its server is the same here. */
static json_t *describe(const struct utsname *u)
{
	const char *arch = machine_go_arch(u->machine);
	json_t *details =
	    json_pack("{ss ss ss}", "Arch", arch, "KernelVersion", u->release, "Os", "linux");
	json_t *client = json_pack("{ss ss ss ss}", "Version", CORACLE_VERSION, "Os", "linux",
				   "Arch", arch, "Context", "default");
	json_t *server = json_pack("{s{ss} s[{ss ss so}] ss ss ss ss}", "Platform", "Name",
				   "Coracle", "Components", "Name", "Engine", "Version",
				   CORACLE_VERSION, "Details", details, "Version", CORACLE_VERSION,
				   "Os", "linux", "Arch", arch, "KernelVersion", u->release);

	return json_pack("{so so}", "Client", client, "Server", server);
}

static int run(struct cli *cli, const void *values, int argc, char **argv, struct err *err)
{
	const struct version *v = values;
	const char *format = v->format ? v->format : cli->format;
	json_t *version cleanup_json = NULL;
	struct utsname u;
	int r;

	if (uname(&u) < 0)
		return err_sys(err, errno, "uname");
	version = describe(&u);
	if (!version)
		return err_oom(err);
	if (format && *format) {
		r = format_value(format, version, NULL, err);
		return r < 0 ? r : EXIT_SUCCESS;
	}
	printf("Coracle:\n Version:           %s\n OS/Arch:           linux/%s\n"
	       " Kernel Version:    %s\n",
	       CORACLE_VERSION, machine_go_arch(u.machine), u.release);
	return EXIT_SUCCESS;
}

const struct cli_verb verb_version = {
	.name = "version",
	.usage = "[OPTIONS]",
	.summary = "Show the version",
	.tables = { options },
	.values_size = sizeof(struct version),
	.fail_status = EXIT_FAILED,
	.run = run,
};
