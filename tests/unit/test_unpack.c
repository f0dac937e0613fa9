/* SPDX-License-Identifier: Apache-2.0 */
/* Layers of every kind and of every malice, from tar bytes to a directory. */
#include "support.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <zlib.h>
#include <zstd.h>

#include "archive/record.h"
#include "archive/unpack.h"
#include "base/str.h"
#include "tar_maker.h"

struct fixture {
	struct temp_dir tmp;
	int layer;
};

static struct err err;
static struct buf tar = BUF_INIT(64 << 20);

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	temp_dir_make(&f->tmp);
	assert_int_equal(mkdirat(f->tmp.fd, "layer", 0755), 0);
	f->layer = openat(f->tmp.fd, "layer", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(f->layer >= 0);
	signal(SIGPIPE, SIG_IGN);
	buf_clear(&tar);
	err = (struct err){ 0 };
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	close(f->layer);
	temp_dir_remove(&f->tmp);
	free(f);
	return 0;
}

static int blob_of(const void *data, size_t len)
{
	int fd = memfd_create("blob", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(fd_write_all(fd, data, len), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static int unpack_bytes(struct fixture *f, const void *data, size_t len, const char *diff_id,
			struct buf *report, bool bottom)
{
	struct unpack_result result = { .report_fd = -1 };
	int blob cleanup_fd = blob_of(data, len), r;
	struct unpack_args args = { .blob_fd = blob,
				    .dir_fd = f->layer,
				    .diff_id = diff_id,
				    .limits = ARCHIVE_LIMITS,
				    .need_end = true,
				    .copy_fd = -1,
				    .writer.bottom = bottom };
	struct layer_note_head head;
	char path[RECORD_NAME_MAX + 1];

	r = unpack_layer(&args, &result, &err);
	while (r == 0 && report && layer_report_next(result.report_fd, &head, path, &err) > 0)
		if (head.note != LAYER_SIZE)
			buf_printf(report, "%s %s\n",
				   head.note == LAYER_OPAQUE ? "opaque" : "implied", path);
	close_fd(&result.report_fd);
	return r;
}

static int unpack(struct fixture *f, struct buf *report)
{
	return unpack_bytes(f, tar.data, tar.len, NULL, report, false);
}

static void everything(void **state)
{
	struct fixture *f = *state;
	static const char cap[] = "\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
				  "\x00\x00\x00\x00";
	char value[64], long_name[300];
	struct stat st, other;

	need_real_kernel("mount namespaces");
	need_privileges();
	memset(long_name, 'n', 250);
	strcpy(long_name + 250, "/x");
	tar_add(&tar, (struct tar_entry){ .name = "./", .type = '5', .mode = 0711 });
	tar_add(&tar, (struct tar_entry){ .name = "dir/", .type = '5', .mode = 0500, .uid = 7 });
	tar_add(&tar, (struct tar_entry){ .name = "dir/file",
					  .data = "hello\n",
					  .mode = 06755,
					  .uid = 1000,
					  .gid = 2000,
					  .mtime = 123456789 });
	tar_add(&tar, (struct tar_entry){ .name = "hard", .type = '1', .link = "dir/file" });
	tar_add(&tar, (struct tar_entry){ .name = "soft", .type = '2', .link = "/etc/passwd" });
	tar_add(&tar, (struct tar_entry){
			  .name = "null", .type = '3', .major = 1, .minor = 3, .mode = 0666 });
	tar_add(&tar, (struct tar_entry){ .name = "disk", .type = '4', .major = 8, .minor = 0 });
	tar_add(&tar, (struct tar_entry){ .name = "fifo", .type = '6', .mode = 0620 });
	tar_add(&tar,
		(struct tar_entry){ .name = "y", .data = "long", .pax = { "path", long_name } });
	tar_add(&tar, (struct tar_entry){ .name = "caf\xe9", .data = "latin1" });
	tar_add(&tar,
		(struct tar_entry){ .name = "z",
				    .data = "nfd",
				    .pax = { "path", "cafe\xcc\x81", "mtime", "5.250000000" } });
	tar_add(&tar, (struct tar_entry){
			  .name = "late", .data = "x", .pax = { "mtime", "1000000000000000000" } });
	tar_add(&tar, (struct tar_entry){ .name = "prog",
					  .data = "x",
					  .mode = 0755,
					  .pax = { "SCHILY.xattr.security.capability", cap,
						   "SCHILY.xattr.user.note", "kept",
						   "SCHILY.xattr.user.overlay.redirect", "/etc" },
					  .pax_value_len = sizeof(cap) - 1 });
	tar_add(&tar,
		(struct tar_entry){ .name = "dir2/",
				    .type = '5',
				    .pax = { "SCHILY.xattr.trusted.overlay.opaque", "y",
					     "SCHILY.xattr.trusted.overlay.redirect", "/x" } });
	tar_end(&tar);
	assert_ok(unpack(f, NULL), &err);

	assert_int_equal(fstat(f->layer, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0711);
	assert_int_equal(fstatat(f->layer, "dir", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0500);
	assert_int_equal(st.st_uid, 7);
	assert_int_equal(st.st_mtime, 1000000000);
	assert_int_equal(fstatat(f->layer, "dir/file", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 06755);
	assert_int_equal(st.st_uid, 1000);
	assert_int_equal(st.st_gid, 2000);
	assert_int_equal(st.st_mtime, 123456789);
	/* the last second of the file system */
	assert_int_equal(fstatat(f->layer, "late", &other, 0), 0);
	assert_true(other.st_mtime >= INT32_MAX);
	assert_int_equal(fstatat(f->layer, "hard", &other, 0), 0);
	assert_true(st.st_ino == other.st_ino);
	assert_string_equal(get_file(f->layer, "dir/file"), "hello\n");
	assert_int_equal(readlinkat(f->layer, "soft", value, sizeof(value)), 11);
	assert_int_equal(fstatat(f->layer, "null", &st, 0), 0);
	assert_true(S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3));
	assert_int_equal(st.st_mode & 07777, 0666);
	assert_int_equal(fstatat(f->layer, "disk", &st, 0), 0);
	assert_true(S_ISBLK(st.st_mode) && st.st_rdev == makedev(8, 0));
	assert_int_equal(fstatat(f->layer, "fifo", &st, 0), 0);
	assert_true(S_ISFIFO(st.st_mode));
	assert_string_equal(get_file(f->layer, long_name), "long");
	assert_string_equal(get_file(f->layer, "caf\xe9"), "latin1");
	assert_string_equal(get_file(f->layer, "cafe\xcc\x81"), "nfd");
	assert_int_equal(fstatat(f->layer, "cafe\xcc\x81", &st, 0), 0);
	assert_int_equal(st.st_mtim.tv_sec, 5);
	assert_int_equal(st.st_mtim.tv_nsec, 250000000);
	int prog cleanup_fd = openat(f->layer, "prog", O_RDONLY | O_CLOEXEC);
	assert_int_equal(fgetxattr(prog, "security.capability", value, sizeof(value)), 20);
	assert_memory_equal(value, cap, 20);
	assert_int_equal(fgetxattr(prog, "user.note", value, sizeof(value)), 4);
	assert_int_equal(fgetxattr(prog, "user.overlay.redirect", value, sizeof(value)), -1);
	int dir2 cleanup_fd = openat(f->layer, "dir2", O_RDONLY | O_CLOEXEC);
	assert_int_equal(fgetxattr(dir2, "trusted.overlay.opaque", value, sizeof(value)), -1);
	assert_int_equal(fgetxattr(dir2, "trusted.overlay.redirect", value, sizeof(value)), -1);
}

static bool is_hidden(struct fixture *f, const char *name)
{
	struct stat st;

	return fstatat(f->layer, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISCHR(st.st_mode) &&
	       st.st_rdev == 0;
}

static void whiteouts(void **state)
{
	struct fixture *f = *state;
	struct buf report cleanup_buf = BUF_INIT(65536);
	struct stat st;

	need_real_kernel("mount namespaces");
	need_privileges();
	tar_add(&tar, (struct tar_entry){ .name = "etc/.wh.gone" });
	tar_add(&tar, (struct tar_entry){ .name = ".wh.top" });
	tar_add(&tar, (struct tar_entry){ .name = "full/.wh..wh..opq" });
	tar_add(&tar, (struct tar_entry){ .name = "full/new", .data = "new" });
	/* what the layer has itself is not hidden by its own whiteouts, in either order */
	tar_add(&tar, (struct tar_entry){ .name = "a/own", .data = "own" });
	tar_add(&tar, (struct tar_entry){ .name = "a/.wh.own" });
	tar_add(&tar, (struct tar_entry){ .name = "b/.wh.own" });
	tar_add(&tar, (struct tar_entry){ .name = "b/own", .data = "own" });
	tar_add(&tar, (struct tar_entry){ .name = "c/d/", .type = '5' });
	tar_add(&tar, (struct tar_entry){ .name = "c/.wh.d" });
	tar_add(&tar, (struct tar_entry){ .name = "e/.wh.d" });
	tar_add(&tar, (struct tar_entry){ .name = "e/d/", .type = '5' });
	tar_add(&tar, (struct tar_entry){ .name = "g/.wh.d" });
	tar_add(&tar, (struct tar_entry){ .name = "g/d/deep", .data = "deep" });
	tar_add(&tar, (struct tar_entry){ .name = ".wh..wh.plnk/", .type = '5' });
	tar_add(&tar, (struct tar_entry){ .name = ".wh..wh.plnk/1", .data = "x" });
	tar_end(&tar);
	assert_ok(unpack(f, &report), &err);
	assert_true(is_hidden(f, "etc/gone"));
	assert_true(is_hidden(f, "top"));
	assert_string_equal(get_file(f->layer, "full/new"), "new");
	assert_string_equal(get_file(f->layer, "a/own"), "own");
	assert_string_equal(get_file(f->layer, "b/own"), "own");
	assert_string_equal(get_file(f->layer, "g/d/deep"), "deep");
	assert_int_equal(fstatat(f->layer, ".wh..wh.plnk", &st, 0), -1);
	assert_non_null(strstr(buf_str(&report), "opaque full\n"));
	assert_non_null(strstr(buf_str(&report), "opaque c/d\n"));
	assert_non_null(strstr(buf_str(&report), "opaque e/d\n"));
	assert_non_null(strstr(buf_str(&report), "opaque g/d\n"));
	assert_non_null(strstr(buf_str(&report), "implied etc\n"));
	assert_null(strstr(buf_str(&report), "implied c/d\n"));
}

static void nothing_to_hide_at_the_bottom(void **state)
{
	struct fixture *f = *state;
	struct buf report cleanup_buf = BUF_INIT(65536);
	struct stat st;

	need_real_kernel("mount namespaces");
	need_privileges();
	tar_add(&tar, (struct tar_entry){ .name = "etc/.wh.gone" });
	tar_add(&tar, (struct tar_entry){ .name = "etc/.wh..wh..opq" });
	tar_end(&tar);
	assert_ok(unpack_bytes(f, tar.data, tar.len, NULL, &report, true), &err);
	assert_int_equal(fstatat(f->layer, "etc/gone", &st, AT_SYMLINK_NOFOLLOW), -1);
	assert_string_equal(buf_str(&report), "implied etc\nimplied \n");
}

/* Each is refused with one line that names the entry, and nothing outside has changed. */
static void hostile(void **state)
{
	static const struct {
		struct tar_entry entries[3];
		const char *says;
	} cases[] = {
		{ { { .name = "../out", .data = "x" } }, "leads upwards" },
		{ { { .name = "a/../../out", .data = "x" } }, "leads upwards" },
		{ { { .name = "/out", .data = "x" } }, "absolute" },
		{ { { .name = "//out", .data = "x" } }, "absolute" },
		{ { { .name = "l", .type = '2', .link = "/" }, { .name = "l/out", .data = "x" } },
		  "leads out" },
		{ { { .name = "l", .type = '2', .link = ".." }, { .name = "l/out", .data = "x" } },
		  "leads out" },
		{ { { .name = "l", .type = '2', .link = "/tmp" },
		    { .name = "l/out/", .type = '5' } },
		  "leads out" },
		{ { { .name = "h", .type = '1', .link = "../victim" } }, "leads upwards" },
		{ { { .name = "h", .type = '1', .link = "/etc/passwd" } }, "absolute" },
		{ { { .name = "l", .type = '2', .link = "." },
		    { .name = "v", .data = "x" },
		    { .name = "h", .type = '1', .link = "l/v" } },
		  "symbolic link" },
		{ { { .name = "h", .type = '1', .link = "missing" } }, "no file of this layer" },
		{ { { .name = "h", .type = '1', .link = "h" } }, "no file of this layer" },
		{ { { .name = "d/", .type = '5' }, { .name = "h", .type = '1', .link = "d" } },
		  "no file of this layer" },
		{ { { .name = "l", .type = '2', .link = "d" },
		    { .name = "d/", .type = '5' },
		    { .name = "l/.wh.x" } },
		  "symbolic link" },
		{ { { .name = "l", .type = '2', .link = "/etc" }, { .name = "l/.wh.passwd" } },
		  "symbolic link" },
		{ { { .name = ".wh." } }, "hides no name" },
		{ { { .name = ".wh.." } }, "hides no name" },
		{ { { .name = "d/.wh..." } }, "hides no name" },
		{ { { .name = ".wh.d/x", .data = "x" } }, "reserved" },
		{ { { .name = "f", .data = "x" }, { .name = "f/x", .data = "x" } },
		  "a file is on its path" },
		{ { { .name = "l", .type = '2', .link = "nowhere" },
		    { .name = "l/x", .data = "x" } },
		  "link to nothing" },
		{ { { .name = "white", .type = '3' } }, "0:0" },
		{ { { .name = ".", .data = "x" } }, "must be a directory" },
		{ { { .name = "s", .type = '2', .link = "" } }, "" },
		{ { { .name = "u", .data = "x", .pax = { "uid", "4294967295" } } },
		  "owner is out of range" },
		{ { { .name = "u", .data = "x", .pax = { "gid", "4294967296" } } },
		  "owner is out of range" },
	};
	struct fixture *f = *state;
	struct stat st;
	size_t i, j;

	need_real_kernel("mount namespaces");
	need_privileges();
	put_file(f->tmp.fd, "victim", "safe");
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		buf_clear(&tar);
		for (j = 0; j < 3 && cases[i].entries[j].name; j++)
			tar_add(&tar, cases[i].entries[j]);
		tar_end(&tar);
		if (unpack(f, NULL) == 0)
			fail_msg("case %zu (%s) was accepted", i, cases[i].entries[0].name);
		if (!strstr(err.text, cases[i].says))
			fail_msg("case %zu: %s", i, err.text);
		assert_int_equal(fd_remove_tree_at(f->tmp.fd, "layer", &err), 0);
		close(f->layer);
		assert_int_equal(mkdirat(f->tmp.fd, "layer", 0755), 0);
		f->layer = openat(f->tmp.fd, "layer", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	assert_int_equal(fstatat(f->tmp.fd, "out", &st, AT_SYMLINK_NOFOLLOW), -1);
	assert_int_equal(stat("/out", &st), -1);
	assert_int_equal(stat("/tmp/out", &st), -1);
	assert_string_equal(get_file(f->tmp.fd, "victim"), "safe");
}

/* Links that stay inside are followed, as tools write them. */
static void links_inside(void **state)
{
	struct fixture *f = *state;

	need_real_kernel("mount namespaces");
	need_privileges();
	tar_add(&tar, (struct tar_entry){ .name = "usr/lib/", .type = '5' });
	tar_add(&tar, (struct tar_entry){ .name = "lib", .type = '2', .link = "usr/lib" });
	tar_add(&tar, (struct tar_entry){ .name = "lib/x/y", .data = "y" });
	tar_add(&tar, (struct tar_entry){ .name = "usr/up", .type = '2', .link = "../lib" });
	tar_add(&tar, (struct tar_entry){ .name = "usr/up/z", .data = "z" });
	tar_add(&tar, (struct tar_entry){ .name = "r", .type = '2', .link = "elsewhere" });
	tar_add(&tar, (struct tar_entry){ .name = "r", .data = "now a file" });
	tar_add(&tar, (struct tar_entry){ .name = "t/a", .data = "a" });
	tar_add(&tar, (struct tar_entry){ .name = "t", .data = "now a file" });
	tar_end(&tar);
	assert_ok(unpack(f, NULL), &err);
	assert_string_equal(get_file(f->layer, "usr/lib/x/y"), "y");
	assert_string_equal(get_file(f->layer, "usr/lib/z"), "z");
	assert_string_equal(get_file(f->layer, "r"), "now a file");
	assert_string_equal(get_file(f->layer, "t"), "now a file");
}

static void sparse(void **state)
{
	struct fixture *f = *state;
	char map[512] = "2\n0\n4\n1073741820\n4\n";
	struct stat st;
	char data[8] = { 0 };
	int fd;

	need_real_kernel("mount namespaces");
	need_privileges();
	/* GNU sparse format 1.0: the map stands in front of the data */
	tar_pax(&tar, &(struct tar_entry){ .name = "",
					   .pax = { "GNU.sparse.major", "1", "GNU.sparse.minor",
						    "0", "GNU.sparse.name", "big",
						    "GNU.sparse.realsize", "1073741824" } });
	tar_header(&tar, &(struct tar_entry){ .name = "GNUSparseFile.0/big" }, 512 + 8);
	buf_add(&tar, map, 512);
	buf_add(&tar, "headtail", 8);
	tar_pad(&tar);
	tar_end(&tar);
	assert_ok(unpack(f, NULL), &err);
	fd = openat(f->layer, "big", O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 1 << 30);
	assert_true(st.st_blocks < 1000);
	assert_int_equal(pread(fd, data, 4, (1 << 30) - 4), 4);
	assert_string_equal(data, "tail");
	close(fd);
}

static struct buf gzipped(const void *data, size_t len)
{
	struct buf out = BUF_INIT(64 << 20);
	z_stream z = { 0 };

	assert_int_equal(buf_reserve(&out, compressBound(len) + 64), 0);
	deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, 0);
	z.next_in = (unsigned char *)data;
	z.avail_in = len;
	z.next_out = (unsigned char *)out.data;
	z.avail_out = compressBound(len) + 64;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	buf_commit(&out, z.total_out);
	deflateEnd(&z);
	return out;
}

static void compressed(void **state)
{
	struct fixture *f = *state;
	struct buf gz, zst = BUF_INIT(64 << 20), two = BUF_INIT(64 << 20), second;
	char diff_id[SHA256_TEXT];
	size_t half, i, n;

	need_real_kernel("mount namespaces");
	need_privileges();
	for (i = 0; i < 300; i++) {
		char name[32];

		snprintf(name, sizeof(name), "file-%zu", i);
		tar_add(&tar, (struct tar_entry){ .name = name, .data = "some data" });
		snprintf(name, sizeof(name), "dir-%zu", i);
		tar_add(&tar, (struct tar_entry){ .name = name, .type = '5' });
	}
	tar_end(&tar);
	assert_ok(sha256_of(tar.data, tar.len, diff_id, &err), &err);
	gz = gzipped(tar.data, tar.len);
	assert_ok(unpack_bytes(f, gz.data, gz.len, diff_id, NULL, true), &err);
	assert_string_equal(get_file(f->layer, "file-299"), "some data");
	/* members one behind the other, and zeros behind them */
	half = tar.len / 2;
	two = gzipped(tar.data, half);
	second = gzipped(tar.data + half, tar.len - half);
	two.max = 64 << 20;
	buf_add(&two, second.data, second.len);
	buf_add(&two, "\0\0\0\0", 4);
	assert_ok(unpack_bytes(f, two.data, two.len, diff_id, NULL, true), &err);
	buf_reserve(&zst, ZSTD_compressBound(tar.len) + 16);
	buf_add(&zst, "\x50\x2a\x4d\x18\x04\x00\x00\x00skip", 12);
	n = ZSTD_compress(zst.data + 12, zst.cap - 12, tar.data, tar.len, 3);
	assert_false(ZSTD_isError(n));
	buf_commit(&zst, n);
	assert_ok(unpack_bytes(f, zst.data, zst.len, diff_id, NULL, true), &err);

	/* cut, damaged, or not what was promised */
	assert_true(unpack_bytes(f, gz.data, gz.len - 4, NULL, NULL, true) < 0);
	assert_string_equal(err.text, "the gzip data end early");
	gz.data[gz.len - 6] ^= 1;
	assert_true(unpack_bytes(f, gz.data, gz.len, NULL, NULL, true) < 0);
	assert_non_null(strstr(err.text, "damaged gzip data"));
	assert_true(unpack_bytes(f, zst.data, zst.len - 1, NULL, NULL, true) < 0);
	assert_string_equal(err.text, "the zstd data end early");
	assert_true(unpack_bytes(f, tar.data, tar.len, "sha256:00", NULL, true) < 0);
	assert_non_null(strstr(err.text, diff_id));
	assert_true(unpack_bytes(f, tar.data, 512 * 33 + 100, NULL, NULL, true) < 0);
	assert_non_null(strstr(err.text, "runcated"));
	assert_true(unpack_bytes(f, tar.data, 512 * 36, NULL, NULL, true) < 0);
	assert_non_null(strstr(err.text, "end mark"));
	assert_true(unpack_bytes(f, "this is no tar archive at all", 29, NULL, NULL, true) < 0);
	assert_non_null(strstr(err.text, "tar archive"));
	buf_free(&gz);
	buf_free(&zst);
	buf_free(&two);
	buf_free(&second);
}

static void bomb(void **state)
{
	struct fixture *f = *state;
	struct buf gz = BUF_INIT(64 << 20), chunk;
	char *zeros = calloc(1, 16 << 20);
	struct unpack_result result;
	struct unpack_args args = { .dir_fd = f->layer, .limits = ARCHIVE_LIMITS, .copy_fd = -1 };
	int blob cleanup_fd = -1, pipes[2], i;
	pid_t feeder;

	need_real_kernel("mount namespaces");
	need_privileges();
	tar_header(&tar, &(struct tar_entry){ .name = "big" }, 077777777777u);
	chunk = gzipped(tar.data, tar.len);
	buf_add(&gz, chunk.data, chunk.len);
	buf_free(&chunk);
	chunk = gzipped(zeros, 16 << 20);
	for (i = 0; i < 100; i++)
		buf_add(&gz, chunk.data, chunk.len);
	args.limits.floor = 8 << 20;
	args.limits.factor = 50;
	blob = blob_of(gz.data, gz.len);
	args.blob_fd = blob;
	assert_true(unpack_layer(&args, &result, &err) < 0);
	assert_non_null(strstr(err.text, "decompression bomb"));
	/* the same through a pipe, whose size nobody knows */
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	feeder = fork();
	if (feeder == 0 && close(pipes[0]) == 0)
		_exit(fd_write_all(pipes[1], gz.data, gz.len) < 0);
	close(pipes[1]);
	args.blob_fd = pipes[0];
	assert_true(unpack_layer(&args, &result, &err) < 0);
	assert_non_null(strstr(err.text, "decompression bomb"));
	close(pipes[0]);
	waitpid(feeder, &i, 0);
	free(zeros);
	buf_free(&gz);
	buf_free(&chunk);
}

/* One name that stands for thousands of directories, many times. On a tmpfs: removing so many takes
 * a disk minutes. */
static void implied_directories(void **state)
{
	struct fixture *f = *state;
	char *path cleanup_free = NULL, name[4080];
	size_t at;
	int i;

	need_real_kernel("mount namespaces");
	need_privileges();
	for (i = 0; i < 40; i++) {
		at = (size_t)snprintf(name, sizeof(name), "%d", i);
		while (at < sizeof(name) - 3)
			at += (size_t)snprintf(name + at, 3, "/a");
		tar_add(&tar, (struct tar_entry){ .name = "x", .pax = { "path", name } });
	}
	tar_end(&tar);
	assert_true(asprintf(&path, "%s/layer", f->tmp.path) > 0);
	assert_int_equal(mount("tmpfs", path, "tmpfs", 0, NULL), 0);
	close(f->layer);
	f->layer = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	i = unpack(f, NULL);
	assert_int_equal(umount2(path, MNT_DETACH), 0);
	assert_true(i < 0);
	assert_non_null(strstr(err.text, "no entry of their own"));
}

static void full_disk(void **state)
{
	struct fixture *f = *state;
	struct unpack_result result;
	struct unpack_args args = { .limits = ARCHIVE_LIMITS, .copy_fd = -1 };
	char *path cleanup_free = NULL, *data;
	int blob cleanup_fd = -1, dir cleanup_fd = -1;

	need_real_kernel("mount namespaces");
	need_privileges();
	assert_true(asprintf(&path, "%s/small", f->tmp.path) > 0);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(mount("tmpfs", path, "tmpfs", 0, "size=1m"), 0);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	data = malloc((4 << 20) + 1);
	memset(data, 'x', 4 << 20);
	data[4 << 20] = '\0';
	tar_add(&tar, (struct tar_entry){ .name = "big", .data = data });
	tar_end(&tar);
	blob = blob_of(tar.data, tar.len);
	args.blob_fd = blob;
	args.dir_fd = dir;
	assert_true(unpack_layer(&args, &result, &err) < 0);
	assert_non_null(strstr(err.text, "o space left on device"));
	close_fd(&dir);
	assert_int_equal(umount2(path, MNT_DETACH), 0);
	free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(everything, setup, teardown),
		cmocka_unit_test_setup_teardown(whiteouts, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_to_hide_at_the_bottom, setup, teardown),
		cmocka_unit_test_setup_teardown(hostile, setup, teardown),
		cmocka_unit_test_setup_teardown(links_inside, setup, teardown),
		cmocka_unit_test_setup_teardown(sparse, setup, teardown),
		cmocka_unit_test_setup_teardown(compressed, setup, teardown),
		cmocka_unit_test_setup_teardown(bomb, setup, teardown),
		cmocka_unit_test_setup_teardown(implied_directories, setup, teardown),
		cmocka_unit_test_setup_teardown(full_disk, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
