/* SPDX-License-Identifier: Apache-2.0 */
/* What is told of the machine by `info` and `version`. */
#ifndef CORACLE_CLI_MACHINE_H
#define CORACLE_CLI_MACHINE_H

#include <stdint.h>

#include "base/err.h"

/* "amd64" for "x86_64": the names that images use. */
const char *machine_go_arch(const char *machine);

/* PRETTY_NAME and VERSION_ID of os-release; malloc'ed, "" where it has none. */
int machine_os(char **ret_name, char **ret_version, struct err *err);

int64_t machine_memory(void); /* bytes */
int machine_cpus(void);	      /* that this process may use */

/* "1" or "2" as Docker counts: hybrid is 1, for its controllers are there. */
const char *machine_cgroup_version(void);

#endif
