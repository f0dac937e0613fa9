/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "ocicli/launch.h"

int verb_spec(const struct oci_global *g, int argc, char **argv, struct err *err)
{
	const char *bundle = ".";
	bool rootless = false;
	const struct opt options[] = {
		{ "bundle", 'b', OPT_STRING, &bundle, "directory to write to (default: .)" },
		{ "rootless", 0, OPT_BOOL, &rootless, "for an ordinary user" },
		{ 0 },
	};
	const struct opt_usage usage = { "spec", "", "Writes a config.json.", options, 0, 0 };
	cleanup_json json_t *config = NULL;
	cleanup_free char *text = NULL;
	cleanup_fd int dir = -1, fd = -1;
	int r = opt_parse(&usage, &argc, argv, err);

	if (r != 0)
		return r == OPT_HELPED ? 0 : r;
	r = oci_spec_default(rootless, &config, err);
	if (r < 0)
		return r;
	text = js_dump(config, JSON_INDENT(8));
	if (!text)
		return err_oom(err);
	dir = open(bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_sys(err, errno, "%s", bundle);
	fd = openat(dir, "config.json", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0 && errno == EEXIST)
		return err_set(err, ERR_CONFLICT, EEXIST,
			       "file config.json exists. Remove it first");
	if (fd < 0)
		return err_sys(err, errno, "config.json");
	r = fd_write_all(fd, text, strlen(text));
	if (r == 0)
		r = fd_write_all(fd, "\n", 1);
	return r < 0 ? err_sys(err, r, "write config.json") : 0;
}
