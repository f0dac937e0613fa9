/* SPDX-License-Identifier: Apache-2.0 */
/* fsopen(2) and fsconfig(2) step by step, for mount_fs.c and mount_overlay*.c only. */
#ifndef CORACLE_LINUX_MOUNT_FS_H
#define CORACLE_LINUX_MOUNT_FS_H

#include <stdint.h>

#include "base/err.h"

/* What the kernel takes for a key or a string. */
enum { FS_STRING_MAX = 255 };

int fs_open(const char *type, int *ret_fs_fd, struct err *err);
/* value NULL: a flag. */
int fs_set(int fs_fd, const char *type, const char *key, const char *value, struct err *err);
/* Creates the super block and a detached mount of it. */
int fs_create_mount(int fs_fd, const char *type, uint64_t attrs, int *ret_mnt_fd, struct err *err);

#endif
