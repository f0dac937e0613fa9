/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"

enum { MAGIC = 0x43504731 };

/* The bytes are written, not only the size set: a store into a hole of a full file system would be
 * SIGBUS. */
static int fill(int fd, bool fresh)
{
	static const struct progress empty = { .magic = MAGIC };
	struct progress old;

	if (!fresh && pread(fd, &old, sizeof(old), 0) == sizeof(old) && old.magic == MAGIC &&
	    old.active < 2)
		return 0;
	if (ftruncate(fd, 0) < 0)
		return -errno;
	return fd_write_all(fd, &empty, sizeof(empty));
}

struct progress *progress_open(int dirfd, bool fresh)
{
	cleanup_fd int fd = -1;
	struct progress *p;

	fd = openat(dirfd, PROGRESS_FILE, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || fill(fd, fresh) < 0)
		return NULL;
	p = mmap(NULL, sizeof(*p), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return p == MAP_FAILED ? NULL : p;
}

void progress_close(struct progress *p)
{
	if (p)
		munmap(p, sizeof(*p));
}

const struct progress_slot *progress_get(const struct progress *p)
{
	return &p->slots[p->active];
}

void progress_set(struct progress *p, const struct progress_slot *slot)
{
	uint32_t next = !p->active;

	p->slots[next] = *slot;
	/* The kill may come between any two stores: the name of the slot is the last. */
	__atomic_store_n(&p->active, next, __ATOMIC_RELEASE);
}

/* FNV-1a: no attacker gains by a collision, it only has to notice other bytes. */
uint64_t progress_hash(const char *data, size_t len)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)data[i]) * UINT64_C(0x100000001b3);
	return hash;
}
