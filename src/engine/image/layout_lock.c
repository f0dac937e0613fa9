/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image/layout_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "engine/image/layout.h"
#include "engine/root/root.h"

enum { BYTE_CONTENT, BYTE_INDEX, BYTE_LAYERS };

int layout_lock_open(const struct root *root, int *ret_fd, struct err *err)
{
	int fd = openat(root->lib_fd, IMAGES_LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_sys(err, errno, "open %s/" IMAGES_LOCK, root->lib);
	*ret_fd = fd;
	return 0;
}

static int lock(int fd, int command, short type, off_t byte, struct err *err)
{
	struct flock range = { .l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1 };
	int r;

	do
		r = fcntl(fd, command, &range);
	while (r < 0 && errno == EINTR);
	if (r == 0)
		return 0;
	if (command == F_OFD_SETLK && (errno == EAGAIN || errno == EACCES))
		return 1;
	return err_sys(err, errno, "lock " IMAGES_LOCK);
}

/* Two layers that share a byte merely wait for each other. */
static off_t layer_byte(const char *chain)
{
	char head[16] = { 0 };
	int i;

	for (i = 0; i < 15 && chain[i]; i++)
		head[i] = chain[i];
	return BYTE_LAYERS + (off_t)strtoull(head, NULL, 16);
}

int layout_lock_adding(int fd, struct err *err)
{
	return lock(fd, F_OFD_SETLKW, F_RDLCK, BYTE_CONTENT, err);
}

int layout_lock_removing(int fd, struct err *err)
{
	return lock(fd, F_OFD_SETLK, F_WRLCK, BYTE_CONTENT, err);
}

int layout_lock_index(int fd, struct err *err)
{
	return lock(fd, F_OFD_SETLKW, F_WRLCK, BYTE_INDEX, err);
}

int layout_lock_layer(int fd, const char *chain, struct err *err)
{
	return lock(fd, F_OFD_SETLKW, F_WRLCK, layer_byte(chain), err);
}

void layout_unlock_index(int fd)
{
	lock(fd, F_OFD_SETLK, F_UNLCK, BYTE_INDEX, NULL);
}

void layout_unlock_layer(int fd, const char *chain)
{
	lock(fd, F_OFD_SETLK, F_UNLCK, layer_byte(chain), NULL);
}
