/* SPDX-License-Identifier: Apache-2.0 */
#include "ocicli/ocicli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "ocicli/opt.h"
#include "runtime/runtime.h"

#define OCI_SPEC_VERSION "1.3.0"

static const struct verb {
	const char *name;
	oci_verb_fn fn;
	int failed;  /* exit status of an error */
	bool starts; /* a process in a container: our program must be out of its reach */
	const char *about;
} verbs[] = {
	{ "create", verb_create, EXIT_RUNTIME, true, "make a container from a bundle" },
	{ "delete", verb_delete, EXIT_RUNTIME, false, "delete a stopped container" },
	{ "exec", verb_exec, EXIT_EXEC, true, "run a further process in a container" },
	{ "features", verb_features, EXIT_RUNTIME, false, "print what this runtime can do" },
	{ "kill", verb_kill, EXIT_RUNTIME, false, "signal a container" },
	{ "list", verb_list, EXIT_RUNTIME, false, "list containers" },
	{ "pause", verb_pause, EXIT_RUNTIME, false, "freeze all processes of a container" },
	{ "ps", verb_ps, EXIT_RUNTIME, false, "list the processes of a container" },
	{ "resume", verb_resume, EXIT_RUNTIME, false, "thaw a paused container" },
	{ "run", verb_run, EXIT_RUNTIME, true, "make and start a container" },
	{ "spec", verb_spec, EXIT_RUNTIME, false, "write a config.json" },
	{ "start", verb_start, EXIT_RUNTIME, false, "start a created container" },
	{ "state", verb_state, EXIT_RUNTIME, false, "print a container's state" },
};

struct global_options {
	const char *root, *log, *log_format;
	bool debug, version, help;
};

static int usage(FILE *to)
{
	fprintf(to, "Usage: coracle-oci [global options] COMMAND [options] [operands]\n\n"
		    "  --root DIR            where the state of containers is\n"
		    "  --log FILE            write messages there too\n"
		    "  --log-format FORMAT   text or json\n"
		    "  --debug               more messages\n"
		    "  --version, -v         print the version\n\nCommands:\n");
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		fprintf(to, "  %-10s %s\n", verbs[i].name, verbs[i].about);
	return to == stdout ? 0 : EXIT_RUNTIME;
}

static int print_version(void)
{
	printf("coracle-oci version %s\nspec: %s\n", CORACLE_VERSION, OCI_SPEC_VERSION);
	return 0;
}

static bool is_rootless(void)
{
	cleanup_buf struct buf map = BUF_INIT(4096);
	unsigned inside, outside, count;

	if (geteuid() != 0)
		return true;
	if (fd_read_file_at(AT_FDCWD, "/proc/self/uid_map", 4096, &map, NULL) < 0)
		return false;
	/* Root of a user namespace is an ordinary user as far as groups and limits go. */
	return sscanf(buf_str(&map), "%u %u %u", &inside, &outside, &count) != 3 || outside != 0 ||
	       count != UINT32_MAX;
}

static char *default_root(void)
{
	const char *runtime_dir = getenv("XDG_RUNTIME_DIR");

	if (is_rootless() && runtime_dir && *runtime_dir == '/')
		return path_join(runtime_dir, "coracle-oci");
	return strdup("/run/coracle-oci");
}

static int open_log(const struct global_options *o, struct err *err)
{
	enum log_level level = o->debug ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO;
	enum log_format format = LOG_FORMAT_TEXT;
	int fd = STDERR_FILENO;

	if (o->log_format && str_eq(o->log_format, "json"))
		format = LOG_FORMAT_JSON;
	else if (o->log_format && !str_eq(o->log_format, "text"))
		return err_invalid(err, "invalid log-format: %s", o->log_format);
	if (o->log && *o->log) {
		fd = open(o->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
		if (fd < 0)
			return err_sys(err, errno, "log file %s", o->log);
	}
	log_open(fd, level, format);
	return 0;
}

static int tell(const struct global_options *o, const char *verb, const struct err *err)
{
	/* The log is for the engine above, standard error for whoever sits there. */
	if (o->log && *o->log)
		log_error("%s", err->text);
	if (o->log_format && str_eq(o->log_format, "json") && !o->log)
		log_error("%s failed: %s", verb, err->text);
	else
		fprintf(stderr, "coracle-oci: %s failed: %s\n", verb, err->text);
	return EXIT_RUNTIME;
}

static int run_verb(const struct global_options *o, char *const *whole, int argc, char **argv)
{
	cleanup_free char *root = o->root ? path_clean(o->root) : default_root();
	struct oci_global g = { .root = root, .debug = o->debug, .rootless = is_rootless() };
	struct err err = { 0 };

	for (size_t i = 0; root && i < ARRAY_SIZE(verbs); i++) {
		int r;

		if (!str_eq(argv[0], verbs[i].name))
			continue;
		r = open_log(o, &err);
		if (r == 0 && verbs[i].starts)
			r = rt_seal_self(whole, &err);
		if (r == 0)
			r = verbs[i].fn(&g, argc - 1, argv + 1, &err);
		if (r >= 0)
			return r;
		(void)tell(o, verbs[i].name, &err);
		return verbs[i].failed;
	}
	fprintf(stderr, "coracle-oci: no such command: %s\n", argv[0]);
	return EXIT_RUNTIME;
}

/* The parser moves the words of argv. */
static char **copy_words(int argc, char **argv)
{
	char **words = calloc((size_t)argc + 1, sizeof(*words));

	for (int i = 0; words && i < argc; i++)
		words[i] = argv[i];
	return words;
}

int ocicli_main(int argc, char **argv)
{
	struct global_options o = { 0 };
	const char *manager = "cgroupfs";
	bool systemd = false;
	const struct opt options[] = {
		{ "root", 0, OPT_STRING, &o.root, "" },
		{ "log", 0, OPT_STRING, &o.log, "" },
		{ "log-format", 0, OPT_STRING, &o.log_format, "" },
		{ "debug", 0, OPT_BOOL, &o.debug, "" },
		{ "version", 'v', OPT_BOOL, &o.version, "" },
		{ "help", 'h', OPT_BOOL, &o.help, "" },
		{ "systemd-cgroup", 0, OPT_BOOL, &systemd, "" },
		{ "cgroup-manager", 0, OPT_STRING, &manager, "" },
		{ "rootless", 0, OPT_REFUSED, NULL, "it is found out" },
		{ "criu", 0, OPT_REFUSED, NULL, "there are no checkpoints yet" },
		{ 0 },
	};
	const struct opt_usage global = { .verb = "coracle-oci",
					  .options = options,
					  .operands = "COMMAND",
					  .max = -1,
					  .first_ends = true };
	cleanup_free char **whole = copy_words(argc, argv);
	struct err err = { 0 };

	if (!whole)
		return EXIT_RUNTIME;
	fd_fill_standard();
	argc--;
	argv++;
	if (opt_parse(&global, &argc, argv, &err) < 0)
		return tell(&o, "start", &err);
	if (systemd || !str_eq(manager, "cgroupfs")) {
		err_set(&err, ERR_UNSUPPORTED, EOPNOTSUPP,
			"%s is not supported: groups are made in the cgroup file system directly",
			systemd ? "--systemd-cgroup" : "--cgroup-manager other than cgroupfs");
		return tell(&o, "start", &err);
	}
	if (o.version)
		return print_version();
	if (o.help || argc == 0 || str_eq(argv[0], "help"))
		return usage(o.help || argc ? stdout : stderr);
	return run_verb(&o, whole, argc, argv);
}
