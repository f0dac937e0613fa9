/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/names.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

char *name_of_user(uid_t uid)
{
	FILE *file = fopen("/etc/passwd", "re");
	struct passwd *entry = NULL;
	char *name = NULL;

	if (!file)
		return NULL;
	do
		entry = fgetpwent(file);
	while (entry && entry->pw_uid != uid);
	if (entry)
		name = strdup(entry->pw_name);
	fclose(file);
	return name;
}

char *name_of_group(gid_t gid)
{
	FILE *file = fopen("/etc/group", "re");
	struct group *entry = NULL;
	char *name = NULL;

	if (!file)
		return NULL;
	do
		entry = fgetgrent(file);
	while (entry && entry->gr_gid != gid);
	if (entry)
		name = strdup(entry->gr_name);
	fclose(file);
	return name;
}
