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
#include "engine/net/attach.h"
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

/* The host as the container reaches it: its gateway, or in the host's own network itself. */
static int host_gateway(const struct spec_build *b, char out[IP_TEXT], struct err *err)
{
	const struct net_attachment *net = b->c->net;

	if (!b->new_netns) {
		strcpy(out, "127.0.0.1");
		return 0;
	}
	for (size_t i = 0; net && i < net->count; i++) {
		const struct network *n = net->networks[i];
		const struct ip *ip = ip_is_set(&n->v4.gateway) ? &n->v4.gateway : &n->v6.gateway;

		if (ip_is_set(ip)) {
			ip_format(ip, out);
			return 0;
		}
	}
	return err_invalid(err, "host-gateway: the container has no gateway");
}

static int add_extra_hosts(const struct spec_build *b, struct buf *text, struct err *err)
{
	char gateway[IP_TEXT];
	json_t *item;
	size_t i, name;

	json_array_foreach (json_object_get(b->host, "ExtraHosts"), i, item) {
		const char *entry = json_string_value(item), *address;
		size_t len;

		name = strcspn(entry, ":=");
		address = entry + name + 1;
		if (str_eq(address, "host-gateway")) {
			if (host_gateway(b, gateway, err) < 0)
				return err ? -err->code : -EINVAL;
			address = gateway;
		}
		len = strlen(address);
		if (*address == '[') {
			address++;
			len -= 2;
		}
		buf_printf(text, "%.*s\t%.*s\n", (int)len, address, (int)name, entry);
	}
	return 0;
}

/* The container's own name at each of its addresses; without any at the only address there is. */
static void add_own(const struct spec_build *b, const char *name, struct buf *text)
{
	const char *domain = member_str(b->config, "Domainname");
	const struct net_attachment *net = b->c->net;
	struct ip loopback = { .len = 4, .bytes = { 127, 0, 0, 1 } };
	char address[IP_TEXT];

	for (size_t i = 0; i < (net && net->count ? net->count * 2 : 1); i++) {
		const struct ip *ip = !net || !net->count ? &loopback
				      : i % 2		  ? &net->leases[i / 2].ip6
							  : &net->leases[i / 2].ip4;

		if (!ip_is_set(ip))
			continue;
		if (*domain)
			buf_printf(text, "%s\t%s.%s %s\n", ip_format(ip, address), name, domain,
				   name);
		else
			buf_printf(text, "%s\t%s\n", ip_format(ip, address), name);
	}
}

static int write_hosts(const struct spec_build *b, struct err *err)
{
	struct buf text cleanup_buf = BUF_INIT(2 * FILE_MAX_BYTES);
	char room[65];
	int r;

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
		add_own(b, hostname_of(b, room), &text);
	}
	r = add_extra_hosts(b, &text, err);
	return r < 0 ? r : write_file(b, "hosts", &text, err);
}

/* --- resolv.conf ----------------------------------------------------------------------------- */

static bool first_word_is(const char *line, const char *word)
{
	size_t len = strlen(word);

	return strncmp(line, word, len) == 0 && (line[len] == ' ' || line[len] == '\t');
}

/* The host's lines, without what the request replaces, and in a network of its own without
 * resolvers that listen on the host's loopback. */
static void add_host_lines(const struct spec_build *b, const char *host, bool own, struct buf *text)
{
	bool dns = own || json_array_size(json_object_get(b->host, "Dns")) > 0;
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

/* Whether any line names a resolver that a network of its own can reach. */
static bool has_resolver(const struct buf *text)
{
	return str_starts(buf_str(text), "nameserver") || strstr(buf_str(text), "\nnameserver");
}

/* coracle-netd answers on the gateway of each bridge. */
static const struct ip *own_resolver(const struct network *network)
{
	if (!str_eq(network->driver, "bridge"))
		return NULL;
	if (ip_is_set(&network->v4.gateway))
		return &network->v4.gateway;
	return ip_is_set(&network->v6.gateway) ? &network->v6.gateway : NULL;
}

/* Networks with names: their own resolver, which asks the host's, or those of --dns, for others.
 * The default network has no names; its own resolver is asked only where the host's are out of
 * reach (127.0.0.53). */
static bool add_own_resolver(const struct spec_build *b, bool only_named, struct buf *text)
{
	const struct net_attachment *net = b->c->net;
	char address[IP_TEXT];

	for (size_t i = 0; net && i < net->count; i++) {
		const struct ip *ip = own_resolver(net->networks[i]);

		if (!ip || (only_named && network_is_predefined(net->networks[i]->name) &&
			    !net->networks[i]->internal))
			continue;
		buf_printf(text, "nameserver %s\n", ip_format(ip, address));
		return true;
	}
	return false;
}

static int write_resolv(const struct spec_build *b, struct err *err)
{
	struct buf host cleanup_buf = BUF_INIT(FILE_MAX_BYTES);
	struct buf text cleanup_buf = BUF_INIT(2 * FILE_MAX_BYTES);
	bool own = add_own_resolver(b, true, &text);
	json_t *item;
	size_t i;

	read_host("/etc/resolv.conf", &host);
	if (!own)
		json_array_foreach (json_object_get(b->host, "Dns"), i, item)
			buf_printf(&text, "nameserver %s\n", json_string_value(item));
	add_list(b, "DnsSearch", "search", &text);
	add_list(b, "DnsOptions", "options", &text);
	add_host_lines(b, buf_str(&host), own, &text);
	if (!has_resolver(&text))
		add_own_resolver(b, false, &text);
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

int files_refresh(struct engine *engine, struct container *c, struct err *err)
{
	struct spec_build b = {
		.engine = engine,
		.c = c,
		.config = json_object_get(c->config, "Config"),
		.host = json_object_get(c->config, "HostConfig"),
		.new_netns = true,
	};
	int r = net_attachment_load(engine, c->id, &c->net, err);

	if (r == 0)
		r = write_hosts(&b, err);
	return r < 0 ? r : write_resolv(&b, err);
}
