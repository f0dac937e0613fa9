/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/log_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"

enum { BLOCK = 65536, HEAD = 64 };

void log_reader_close(struct log_reader *r)
{
	close_fd(&r->fd);
	buf_free(&r->text);
	r->taken = 0;
}

int log_reader_open(struct log_reader *r, int dir_fd, unsigned number, struct err *err)
{
	char name[24] = "log";
	struct stat st;
	int fd cleanup_fd = -1;

	if (number > 0)
		snprintf(name, sizeof(name), "log.%u", number);
	fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 1 : err_sys(err, errno, "open %s", name);
	if (fstat(fd, &st) < 0)
		return err_sys(err, errno, "look at %s", name);
	log_reader_close(r);
	r->fd = take_fd(&fd);
	r->ino = st.st_ino;
	r->offset = 0;
	return 0;
}

/* max-file=1 begins the same file anew. */
static void notice_truncation(struct log_reader *r)
{
	struct stat st;

	if (fstat(r->fd, &st) == 0 && st.st_size < r->offset) {
		r->offset = 0;
		r->taken = 0;
		buf_clear(&r->text);
	}
}

static ssize_t fill(struct log_reader *r)
{
	ssize_t n;
	int code;

	buf_consume(&r->text, r->taken);
	r->taken = 0;
	if (r->text.len >= LOG_LINE_MAX - BLOCK)
		buf_clear(&r->text); /* no line of ours is that long: somebody's own text */
	code = buf_reserve(&r->text, BLOCK);
	if (code < 0)
		return code;
	n = pread(r->fd, r->text.data + r->text.len, BLOCK, (off_t)r->offset);
	if (n < 0)
		return -errno;
	buf_commit(&r->text, (size_t)n);
	r->offset += n;
	return n;
}

int log_reader_next(struct log_reader *r, const char **ret, size_t *len, struct err *err)
{
	const char *start, *newline;
	ssize_t n;

	for (;;) {
		start = r->text.data + r->taken;
		newline =
		    r->text.len > r->taken ? memchr(start, '\n', r->text.len - r->taken) : NULL;
		if (newline) {
			*ret = start;
			*len = (size_t)(newline - start) + 1;
			r->taken += *len;
			return 0;
		}
		n = fill(r);
		if (n < 0)
			return err_sys(err, (int)n, "read the log");
		if (n > 0)
			continue;
		notice_truncation(r);
		if (r->offset > 0 || fill(r) <= 0)
			return 1;
	}
}

/* The word behind the time and the stream: 'F' ends a line. */
static bool ends_line(const char *head, size_t len)
{
	const char *space = memchr(head, ' ', len);

	if (space)
		space = memchr(space + 1, ' ', len - (size_t)(space + 1 - head));
	return !space || space + 1 >= head + len || space[1] != 'P';
}

/* A record begins at `offset`; true when there were enough before. Walking backwards, a line is
 * whole when the end of the one before it is met. */
static bool meet(struct log_tail *t, struct log_reader *r, int64_t offset, const char *head,
		 size_t len)
{
	bool counts = !t->any || !t->k8s || ends_line(head, len);

	if (counts && t->left == 0)
		return true;
	if (counts)
		t->left--;
	t->any = true;
	r->offset = offset;
	return false;
}

/* The block with a few bytes of what follows it, so that a head can be read across the border. */
static ssize_t read_block(int fd, int64_t start, int64_t end, char *block)
{
	return pread(fd, block, (size_t)(end - start) + HEAD, (off_t)start);
}

int log_reader_seek_tail(struct log_reader *r, struct log_tail *tail, struct err *err)
{
	char block[BLOCK + HEAD];
	bool enough = false;
	struct stat st;
	int64_t end;

	if (fstat(r->fd, &st) < 0)
		return err_sys(err, errno, "look at the log");
	r->offset = end = st.st_size;
	while (end > 0 && !enough) {
		int64_t start = end > BLOCK ? end - BLOCK : 0;
		ssize_t n = read_block(r->fd, start, end, block);

		if (n < 0)
			return err_sys(err, errno, "read the log");
		for (int64_t i = end - 1; i >= start && !enough; i--) {
			/* A record begins behind each newline but the last, and with the file. */
			if (i + 1 < st.st_size && i - start < n && block[i - start] == '\n')
				enough = meet(tail, r, i + 1, block + (i + 1 - start),
					      (size_t)(n - (i + 1 - start)));
		}
		end = start;
	}
	if (!enough && st.st_size > 0)
		enough = meet(tail, r, 0, block, st.st_size < HEAD ? (size_t)st.st_size : HEAD);
	return enough;
}

/* --- records ---------------------------------------------------------------------------------- */

int log_parse_k8s(const char *line, size_t len, struct log_record *ret)
{
	const char *end = line + len - 1, *stream, *tag;
	char time[TIME_TEXT_MAX];
	size_t n;

	stream = memchr(line, ' ', len);
	if (!stream || (size_t)(stream - line) >= sizeof(time))
		return -EINVAL;
	n = (size_t)(stream - line);
	memcpy(time, line, n);
	time[n] = '\0';
	stream++;
	tag = memchr(stream, ' ', (size_t)(end - stream));
	if (!tag || end - tag < 3 || tag[2] != ' ' || (tag[1] != 'F' && tag[1] != 'P'))
		return -EINVAL;
	if (strncmp(stream, "stdout ", 7) == 0)
		ret->stream = 1;
	else if (strncmp(stream, "stderr ", 7) == 0)
		ret->stream = 2;
	else
		return -EINVAL;
	if (time_parse(time, &ret->time_ns, NULL) < 0)
		return -EINVAL;
	ret->owned = NULL;
	ret->data = tag + 3;
	ret->len = (size_t)(end - ret->data) + (tag[1] == 'F');
	return 0;
}

int log_parse_json(const char *line, size_t len, struct log_record *ret)
{
	json_t *j cleanup_json = NULL;
	const json_t *text;
	const char *stream = NULL, *time = NULL;
	char *data;

	/* Docker's own escapes include \u0000, which a checked parse would refuse. */
	j = json_loadb(line, len, JSON_ALLOW_NUL, NULL);
	text = json_object_get(j, "log");
	stream = json_string_value(json_object_get(j, "stream"));
	time = json_string_value(json_object_get(j, "time"));
	if (!json_is_string(text) || !stream || !time || time_parse(time, &ret->time_ns, NULL) < 0)
		return -EINVAL;
	ret->stream = str_eq(stream, "stderr") ? 2 : 1;
	ret->len = json_string_length(text);
	data = malloc(ret->len + 1);
	if (!data)
		return -ENOMEM;
	memcpy(data, json_string_value(text), ret->len + 1);
	ret->data = ret->owned = data;
	return 0;
}
