/* SPDX-License-Identifier: Apache-2.0 */
/*
 * coracle-image: what decodes strangers' archives, executed by `coracle`.
 *
 *     coracle-image --root DIR load [--quiet] [--input FILE] [--expand-limit SIZE]
 *     coracle-image --root DIR import [--change LINE]... [--message TEXT] [--expand-limit SIZE]
 *                              [--] FILE|- [NAME]
 *     coracle-image --root DIR unpack [--] REFERENCE      answers with one line of JSON
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/log.h"
#include "engine/image/load/load.h"

struct command {
	struct engine *engine;
	const char *input, *message;
	struct strv changes;
	int64_t expand_limit; /* bytes; -1: the usual limits; 0: none */
	char **words;	      /* what is no flag */
	int count;
};

static void command_clear(struct command *c)
{
	strv_free(&c->changes);
	engine_close(c->engine);
}

static int open_loader(struct command *c, struct loader *l, struct err *err)
{
	int r = loader_open(c->engine, l, err);

	if (r == 0 && c->expand_limit >= 0)
		l->limits = (struct archive_limits){ .most = (uint64_t)c->expand_limit };
	return r;
}

/* "-" and none are standard input. */
static int open_input(const char *name, int *ret, struct err *err)
{
	if (!name || str_eq(name, "-"))
		*ret = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	else
		*ret = open(name, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	return *ret < 0 ? err_sys(err, errno, "open %s", name ? name : "standard input") : 0;
}

static int run_load(struct command *c, struct err *err)
{
	struct loader loader cleanup_loader = {
		.lock_fd = -1, .tmp_fd = -1, .blobs_fd = -1, .layers_fd = -1
	};
	struct strv lines cleanup_strv = { 0 };
	int fd cleanup_fd = -1, r;
	size_t i;

	if (c->count > 0)
		return err_invalid(err, "load takes no argument: %s", c->words[0]);
	r = open_input(c->input, &fd, err);
	if (r == 0)
		r = open_loader(c, &loader, err);
	if (r == 0)
		r = load_archive(&loader, fd, &lines, err);
	/* what was loaded before the failure is there */
	for (i = 0; i < lines.count; i++)
		puts(lines.items[i]);
	return r;
}

static int run_import(struct command *c, struct err *err)
{
	struct loader loader cleanup_loader = {
		.lock_fd = -1, .tmp_fd = -1, .blobs_fd = -1, .layers_fd = -1
	};
	struct import_args args = { .changes = &c->changes, .message = c->message };
	struct reference ref cleanup_reference = { 0 };
	char *tag cleanup_free = NULL, id[IMAGE_ID_SIZE];
	int fd cleanup_fd = -1, r = 0;

	if (c->count < 1 || c->count > 2)
		return err_invalid(err, "import takes a file and a name");
	if (c->count == 2) {
		r = reference_parse_name(c->words[1], true, &ref, err);
		if (r == 0 && !(tag = reference_full_tag(&ref)))
			r = err_oom(err);
	}
	if (r == 0)
		r = open_input(c->words[0], &fd, err);
	if (r == 0)
		r = open_loader(c, &loader, err);
	if (r < 0)
		return r;
	args.fd = fd;
	args.from = c->words[0];
	args.tag = tag;
	r = load_import(&loader, &args, id, err);
	if (r == 0)
		puts(id);
	return r;
}

static int run_unpack(struct command *c, struct err *err)
{
	struct loader loader cleanup_loader = {
		.lock_fd = -1, .tmp_fd = -1, .blobs_fd = -1, .layers_fd = -1
	};
	struct reference ref cleanup_reference = { 0 };
	char id[IMAGE_ID_SIZE];
	int r;

	if (c->count != 1)
		return err_invalid(err, "unpack takes one reference");
	r = reference_parse(c->words[0], &ref, err);
	if (r == 0)
		r = open_loader(c, &loader, err);
	if (r == 0)
		r = load_transport(&loader, &ref, id, err);
	if (r < 0)
		return err_wrap(err, "%s", c->words[0]);
	printf("{\"Id\":\"%s\"}\n", id);
	return 0;
}

/* --- the command line --------------------------------------------------------------------------
 */

/* Options of all verbs: whoever executes us is another program of ours. */
static int parse_option(struct command *c, const char *name, const char *value, struct err *err)
{
	if (str_eq(name, "--input"))
		c->input = value;
	else if (str_eq(name, "--message"))
		c->message = value;
	else if (str_eq(name, "--change"))
		return strv_add(&c->changes, value) < 0 ? err_oom(err) : 0;
	else if (str_eq(name, "--expand-limit"))
		return str_to_size(value, name, &c->expand_limit, err);
	else
		return err_invalid(err, "unknown flag: %s", name);
	return 0;
}

static int parse(struct command *c, int argc, char **argv, struct err *err)
{
	int i, r;

	for (i = 0; i < argc && str_starts(argv[i], "-") && !str_eq(argv[i], "-"); i++) {
		if (str_eq(argv[i], "--")) {
			i++;
			break;
		}
		if (str_eq(argv[i], "--quiet"))
			continue; /* there is no progress to be quiet about */
		if (i + 1 == argc)
			return err_invalid(err, "flag needs an argument: %s", argv[i]);
		r = parse_option(c, argv[i], argv[i + 1], err);
		if (r < 0)
			return r;
		i++;
	}
	c->words = argv + i;
	c->count = argc - i;
	return 0;
}

static int run(const char *root, const char *verb, int argc, char **argv, struct err *err)
{
	struct command command cleanup_with(command_clear) = { .expand_limit = -1 };
	int r = parse(&command, argc, argv, err);

	if (r == 0)
		r = engine_open(root, &command.engine, err);
	if (r < 0)
		return r;
	if (str_eq(verb, "load"))
		return run_load(&command, err);
	if (str_eq(verb, "import"))
		return run_import(&command, err);
	if (str_eq(verb, "unpack"))
		return run_unpack(&command, err);
	return err_invalid(err, "unknown command: %s", verb);
}

static void answer(const struct err *err)
{
	json_t *j cleanup_json = json_pack("{s:s,s:i,s:i}", "Error", err->text, "Class",
					   (int)err->class, "Code", err->code);

	/* a text that cut a name in the middle of a character is no JSON */
	if (!j)
		j = json_pack("{s:s,s:i,s:i}", "Error", "the image cannot be unpacked", "Class",
			      (int)err->class, "Code", err->code);
	json_dumpf(j, stdout, JSON_COMPACT);
	putchar('\n');
}

int main(int argc, char **argv)
{
	struct err err = { 0 };
	const char *root, *verb;

	fd_fill_standard();
	signal(SIGPIPE, SIG_IGN);
	umask(022);
	log_open(STDERR_FILENO, LOG_LEVEL_WARN, LOG_FORMAT_TEXT);
	if (argc < 4 || !str_eq(argv[1], "--root")) {
		fprintf(stderr, "coracle-image is run by coracle.\n");
		return 125;
	}
	root = argv[2];
	verb = argv[3];
	if (run(root, verb, argc - 4, argv + 4, &err) >= 0)
		return fflush(stdout) == 0 ? 0 : 1;
	if (str_eq(verb, "unpack"))
		answer(&err);
	fflush(stdout);
	if (!str_eq(verb, "unpack"))
		fprintf(stderr, "coracle: %s\n", err.text);
	return 1;
}
