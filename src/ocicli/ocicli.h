/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The OCI runtime command line, in runc's syntax, over the runtime library. Every verb is a file;
 * main.c has their table. What a command leaves for the next is in the state directory (state.h).
 */
#ifndef CORACLE_OCICLI_OCICLI_H
#define CORACLE_OCICLI_OCICLI_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

struct oci_global {
	const char *root; /* where the state directories are */
	bool rootless;	  /* an ordinary user, or root of a user namespace */
	bool debug;
};

/* Takes the words after the verb. Returns the exit status (>= 0), or -errno with err. */
typedef int (*oci_verb_fn)(const struct oci_global *g, int argc, char **argv, struct err *err);

enum { EXIT_RUNTIME = 1, EXIT_EXEC = 255 }; /* runc's: of exec, and of all the rest */

int verb_create(const struct oci_global *g, int argc, char **argv, struct err *err);
int verb_run(const struct oci_global *g, int argc, char **argv, struct err *err);
int verb_start(const struct oci_global *g, int argc, char **argv, struct err *err);
int verb_state(const struct oci_global *g, int argc, char **argv, struct err *err);
int verb_kill(const struct oci_global *g, int argc, char **argv, struct err *err);
int verb_delete(const struct oci_global *g, int argc, char **argv, struct err *err);
int verb_exec(const struct oci_global *g, int argc, char **argv, struct err *err);
int verb_pause(const struct oci_global *g, int argc, char **argv, struct err *err);
int verb_resume(const struct oci_global *g, int argc, char **argv, struct err *err);
int verb_list(const struct oci_global *g, int argc, char **argv, struct err *err);
int verb_ps(const struct oci_global *g, int argc, char **argv, struct err *err);
int verb_spec(const struct oci_global *g, int argc, char **argv, struct err *err);
int verb_features(const struct oci_global *g, int argc, char **argv, struct err *err);

int ocicli_main(int argc, char **argv);

#endif
