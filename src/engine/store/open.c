/* SPDX-License-Identifier: Apache-2.0 */
/* Opening the database: making it, bringing it up to date, and refusing what is not ours. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "engine/store/internal.h"
#include "engine/store/reserve.h"
#include "engine/store/schema.h"
#include "linux/flock.h"

/* A database that is missing or empty beside containers was lost: to make a new one would turn
 * their directories into garbage. */
static int refuse_lost(int lib_dirfd, const char *lib_path, struct err *err)
{
	int fd = openat(lib_dirfd, "containers", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir cleanup_dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			return err_set(err, ERR_ENGINE, EUCLEAN,
				       "the database %s/" STORE_FILE " is missing or empty, but "
				       "%s/containers holds containers: put it back, or move them "
				       "away",
				       lib_path, lib_path);
	return 0;
}

/* mknod, not open: closing a descriptor of the file would drop the POSIX locks that another
 * connection of this process holds on it. Its companions get its mode. */
static int make_file(int lib_dirfd, const char *lib_path, struct err *err)
{
	struct stat st;

	if (fstatat(lib_dirfd, STORE_FILE, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		if (!S_ISREG(st.st_mode))
			return err_set(err, ERR_ENGINE, EINVAL,
				       "%s/" STORE_FILE ": not a regular file", lib_path);
		return st.st_size > 0 ? 0 : refuse_lost(lib_dirfd, lib_path, err);
	}
	if (errno != ENOENT)
		return err_sys(err, errno, "%s/" STORE_FILE, lib_path);
	if (refuse_lost(lib_dirfd, lib_path, err) < 0)
		return -EUCLEAN;
	if (mknodat(lib_dirfd, STORE_FILE, S_IFREG | 0600, 0) < 0 && errno != EEXIST)
		return err_sys(err, errno, "make %s/" STORE_FILE, lib_path);
	return 0;
}

static int check_ours(struct store *store, int64_t version, struct err *err)
{
	int64_t application, tables;

	if (version > (int64_t)store_migration_count)
		return err_set(err, ERR_ENGINE, EPROTONOSUPPORT,
			       "the database %s has version %lld, from a newer coracle; this one "
			       "knows up to %zu",
			       store_path(store), (long long)version, store_migration_count);
	if (store_get_int(store, "PRAGMA application_id", &application, err) < 0 ||
	    store_get_int(store, "SELECT count(*) FROM sqlite_schema", &tables, err) < 0)
		return -EIO;
	if (tables > 0 && (application != STORE_APPLICATION_ID || version < 1))
		return err_set(err, ERR_ENGINE, EINVAL, "%s is the database of another program",
			       store_path(store));
	return 0;
}

static int run_migrations(struct store *store, int64_t version, struct err *err)
{
	char *done cleanup_free = str_printf("PRAGMA application_id=%d; PRAGMA user_version=%zu",
					     STORE_APPLICATION_ID, store_migration_count);
	int r;

	if (!done)
		return err_oom(err);
	for (; version < (int64_t)store_migration_count; version++) {
		r = store_exec(store, store_migrations[version].sql, err);
		if (r < 0)
			return err_wrap(err, "migration \"%s\"", store_migrations[version].name);
	}
	return store_exec(store, done, err);
}

static int migrate_from(struct store *store, int64_t version, struct err *err)
{
	int r = store_exec(store, "PRAGMA journal_mode=WAL", err);

	if (r == 0)
		r = store_begin(store, err);
	if (r < 0)
		return r;
	r = run_migrations(store, version, err);
	if (r < 0) {
		store_end(store, false, NULL);
		return r;
	}
	r = store_end(store, true, err);
	if (r == 0)
		store_truncate_log(store);
	return r;
}

/* One process makes or migrates: changing the journal mode tolerates no other. Another may have
 * been faster, so the version is read again under the lock. */
static int migrate(struct store *store, int lib_dirfd, const char *lib_path, struct err *err)
{
	int lock cleanup_fd = openat(lib_dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int64_t version;
	int r;

	r = lock < 0 ? -errno : flock_wait(lock, FLOCK_EXCLUSIVE);
	if (r < 0)
		return err_sys(err, r, "lock %s", lib_path);
	r = store_get_int(store, "PRAGMA user_version", &version, err);
	if (r == 0)
		r = check_ours(store, version, err);
	if (r == 0 && version < (int64_t)store_migration_count)
		r = migrate_from(store, version, err);
	return r;
}

int store_open(int lib_dirfd, const char *lib_path, struct store **ret, struct err *err)
{
	struct store *store cleanup_with(store_close_ptr) = NULL;
	int64_t version;
	int r;

	r = make_file(lib_dirfd, lib_path, err);
	if (r == 0)
		r = store_connect(lib_path, &store, err);
	if (r == 0)
		r = store_configure(store, err);
	if (r == 0)
		r = store_get_int(store, "PRAGMA user_version", &version, err);
	if (r < 0)
		return r;
	if (version != (int64_t)store_migration_count) {
		r = migrate(store, lib_dirfd, lib_path, err);
		if (r < 0)
			return r;
		store_reserve_fill(lib_dirfd);
	}
	*ret = take_ptr(&store);
	return 0;
}
