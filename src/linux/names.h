/* SPDX-License-Identifier: Apache-2.0 */
/* Names of the host's users and groups. */
#ifndef CORACLE_LINUX_NAMES_H
#define CORACLE_LINUX_NAMES_H

#include <sys/types.h>

/* The name in /etc/passwd or /etc/group (passwd(5), group(5)); malloc'ed, NULL where there is none
 * or no memory. The files alone are asked: the name services of nsswitch.conf are plug-ins, which a
 * static program cannot load. */
char *name_of_user(uid_t uid);
char *name_of_group(gid_t gid);

#endif
