/* SPDX-License-Identifier: Apache-2.0 */
#include "ocicli/launch.h"

#define NO_PIVOT_WHY "a root without pivot_root can be left by the container"

int verb_create(const struct oci_global *g, int argc, char **argv, struct err *err)
{
	cleanup_launch struct launch l = LAUNCH_NONE;
	const struct opt options[] = {
		{ "bundle", 'b', OPT_STRING, &l.bundle, "directory of config.json (default: .)" },
		{ "config", 'f', OPT_STRING, &l.config, "another name for config.json" },
		{ "console-socket", 0, OPT_STRING, &l.console_socket,
		  "unix socket that is sent the terminal's master" },
		{ "pid-file", 0, OPT_STRING, &l.pid_file, "file for the process id" },
		{ "no-pivot", 0, OPT_REFUSED, NULL, NO_PIVOT_WHY },
		{ "no-new-keyring", 0, OPT_BOOL, &l.no_new_keyring,
		  "keep the caller's session keyring" },
		{ "preserve-fds", 0, OPT_INT, &l.preserve_fds,
		  "pass on that many descriptors from 3 on" },
		{ 0 },
	};
	const struct opt_usage usage = { "create", "ID", "Makes a container; start starts it.",
					 options,  1,	 1 };
	int r = opt_parse(&usage, &argc, argv, err);

	if (r != 0)
		return r == OPT_HELPED ? 0 : r;
	l.g = g;
	l.detach = true;
	r = launch_create(&l, argv[0], err);
	if (r < 0)
		return r;
	r = rt_keep(&l.created, err);
	if (r < 0)
		launch_undo(&l);
	return r;
}
