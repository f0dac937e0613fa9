/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/str.h"
#include "engine/container/member.h"
#include "engine/container/join.h"
#include "engine/store/containers.h"

enum { FILE_MAX_BYTES = 1 << 20, CHAIN_MAX = 16 };

/* In place, not by rename: a running container that shares the file sees the new contents. */
static int write_file(const struct spec_build *b, const char *name, const struct buf *text,
		      struct err *err)
{
	const json_t *map = json_object_get(b->c->config, "IdMap");
	int fd cleanup_fd =
	    openat(b->c->dir_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	int r;

	if (text->failed)
		return err_oom(err);
	if (fd < 0)
		return err_sys(err, errno, "write %s", name);
	r = fd_write_all(fd, text->data, text->len);
	/* whatever the caller's umask; and the container's root may edit them */
	if (r == 0 && fchmod(fd, 0644) < 0)
		r = -errno;
	if (r == 0 && map &&
	    fchown(fd, (uid_t)member_int(map, "UID"), (gid_t)member_int(map, "GID")) < 0)
		r = -errno;
	return r < 0 ? err_sys(err, r, "write %s", name) : 0;
}

/* A file of the host, links followed; a missing one is empty. */
static void read_host(const char *path, struct buf *text)
{
	int fd cleanup_fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && fd_read_all(fd, text) < 0)
		buf_clear(text);
}

static const char *hostname_of(const struct spec_build *b, char room[65])
{
	const char *name = member_str(b->config, "Hostname");

	if (!*name && gethostname(room, 65) == 0) {
		room[64] = '\0';
		name = room;
	}
	return name;
}

static int write_hostname(const struct spec_build *b, struct err *err)
{
	struct buf text cleanup_buf = BUF_INIT(256);
	char room[65];

	buf_printf(&text, "%s\n", hostname_of(b, room));
	return write_file(b, "hostname", &text, err);
}

/* --- hosts ----------------------------------------------------------------------------------- */

static void add_extra_hosts(const struct spec_build *b, struct buf *text)
{
	json_t *item;
	size_t i, name;

	json_array_foreach (json_object_get(b->host, "ExtraHosts"), i, item) {
		const char *entry = json_string_value(item), *address;
		size_t len;

		name = strcspn(entry, ":=");
		address = entry + name + 1;
		len = strlen(address);
		if (*address == '[') {
			address++;
			len -= 2;
		}
		buf_printf(text, "%.*s\t%.*s\n", (int)len, address, (int)name, entry);
	}
}

static int write_hosts(const struct spec_build *b, struct err *err)
{
	struct buf text cleanup_buf = BUF_INIT(2 * FILE_MAX_BYTES);
	const char *domain = member_str(b->config, "Domainname");
	char room[65];
	const char *name = hostname_of(b, room);

	if (!b->new_netns) {
		read_host("/etc/hosts", &text);
		if (text.len > 0 && text.data[text.len - 1] != '\n')
			buf_add_char(&text, '\n');
	} else {
		buf_add_str(&text, "127.0.0.1\tlocalhost\n"
				   "::1\tlocalhost ip6-localhost ip6-loopback\n"
				   "fe00::\tip6-localnet\n"
				   "ff00::\tip6-mcastprefix\n"
				   "ff02::1\tip6-allnodes\n"
				   "ff02::2\tip6-allrouters\n");
		/* the only address there is */
		if (*domain)
			buf_printf(&text, "127.0.0.1\t%s.%s %s\n", name, domain, name);
		else
			buf_printf(&text, "127.0.0.1\t%s\n", name);
	}
	add_extra_hosts(b, &text);
	return write_file(b, "hosts", &text, err);
}

/* --- resolv.conf ----------------------------------------------------------------------------- */

static bool first_word_is(const char *line, const char *word)
{
	size_t len = strlen(word);

	return strncmp(line, word, len) == 0 && (line[len] == ' ' || line[len] == '\t');
}

/* The host's lines, without what the request replaces, and in a network of its own without
 * resolvers that listen on the host's loopback. */
static void add_host_lines(const struct spec_build *b, const char *host, struct buf *text)
{
	bool dns = json_array_size(json_object_get(b->host, "Dns")) > 0;
	bool search = json_array_size(json_object_get(b->host, "DnsSearch")) > 0;
	bool options = json_array_size(json_object_get(b->host, "DnsOptions")) > 0;
	const char *line, *end, *address;

	for (line = host; *line; line = *end ? end + 1 : end) {
		end = strchrnul(line, '\n');
		if (first_word_is(line, "nameserver")) {
			address = line + strlen("nameserver");
			address += strspn(address, " \t");
			if (dns || (b->new_netns &&
				    (str_starts(address, "127.") || str_starts(address, "::1"))))
				continue;
		}
		if (search && (first_word_is(line, "search") || first_word_is(line, "domain")))
			continue;
		if (options && first_word_is(line, "options"))
			continue;
		buf_add(text, line, (size_t)(end - line));
		buf_add_char(text, '\n');
	}
}

static void add_list(const struct spec_build *b, const char *member, const char *word,
		     struct buf *text)
{
	json_t *list = json_object_get(b->host, member), *item;
	size_t i;

	/* "--dns-search ." is the way to ask for none */
	if (json_array_size(list) == 0 ||
	    (json_array_size(list) == 1 && str_eq(json_string_value(json_array_get(list, 0)), ".")))
		return;
	buf_add_str(text, word);
	json_array_foreach (list, i, item)
		buf_printf(text, " %s", json_string_value(item));
	buf_add_char(text, '\n');
}

static int write_resolv(const struct spec_build *b, struct err *err)
{
	struct buf host cleanup_buf = BUF_INIT(FILE_MAX_BYTES);
	struct buf text cleanup_buf = BUF_INIT(2 * FILE_MAX_BYTES);
	json_t *item;
	size_t i;

	read_host("/etc/resolv.conf", &host);
	json_array_foreach (json_object_get(b->host, "Dns"), i, item)
		buf_printf(&text, "nameserver %s\n", json_string_value(item));
	add_list(b, "DnsSearch", "search", &text);
	add_list(b, "DnsOptions", "options", &text);
	add_host_lines(b, buf_str(&host), &text);
	return write_file(b, "resolv.conf", &text, err);
}

/* --- sharing --------------------------------------------------------------------------------- */

/* Who shares a network is found under its name: the host name is that container's too. */
static int take_names(struct spec_build *b, const json_t *config, struct err *err)
{
	const char *domain = member_str(config, "Domainname");

	/* in a UTS namespace of our own, else there is none to set */
	if (!json_object_get(b->spec, "hostname"))
		return 0;
	if (json_object_set_new(b->spec, "hostname", json_string(member_str(config, "Hostname"))) <
	    0)
		return err_oom(err);
	if (*domain)
		json_object_set_new(b->spec, "domainname", json_string(domain));
	return 0;
}

/* The joined container may itself have joined another: the files are at the end of the chain. */
static int follow_chain(struct spec_build *b, struct err *err)
{
	struct store *store;
	int step, r = engine_store(b->engine, &store, err);

	for (step = 0; r == 0 && step < CHAIN_MAX; step++) {
		struct container_row row cleanup_with(container_row_clear) = { 0 };
		json_t *config cleanup_json = NULL;
		const char *mode;

		r = store_container_find(store, b->files_id, &row, err);
		if (r == 0)
			r = js_parse(row.config, strlen(row.config), "configuration", &config, err);
		if (r < 0)
			return r;
		mode = member_str(config, "NetworkMode");
		if (!container_join_is(mode))
			return take_names(b, json_object_get(config, "Config"), err);
		free(b->files_id);
		b->files_id = strdup(mode + strlen("container:"));
		if (!b->files_id)
			return err_oom(err);
	}
	return r < 0 ? r : err_invalid(err, "container networks are joined in a circle");
}

int files_write(struct spec_build *b, struct err *err)
{
	int r;

	if (b->files_id)
		return follow_chain(b, err);
	b->files_id = strdup(b->c->id);
	if (!b->files_id)
		return err_oom(err);
	r = write_hostname(b, err);
	if (r == 0)
		r = write_hosts(b, err);
	return r < 0 ? r : write_resolv(b, err);
}
