/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that end up in files or calls of the container: names, addresses, variables, signals. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/signals.h"
#include "base/str.h"
#include "engine/container/create_internal.h"
#include "runtime/sec/sec.h"

enum { HOSTNAME_MAX = 63 };

#define NAME_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._"

/* They are written to /etc/hosts and resolv.conf: a newline would be a second line. */
static int check_name(const char *what, const char *name, struct err *err)
{
	size_t len = strlen(name);

	if (len > HOSTNAME_MAX)
		return err_invalid(err, "%s \"%s\" is longer than %d characters", what, name,
				   HOSTNAME_MAX);
	if (strspn(name, NAME_CHARS) != len || *name == '-' || *name == '.')
		return err_invalid(err, "invalid %s: \"%s\"", what, name);
	return 0;
}

static bool is_address(const char *text)
{
	unsigned char address[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

/* "name:address" or "name=address"; an IPv6 address may stand in brackets. */
static int check_extra_host(const char *text, struct err *err)
{
	size_t name_len = strcspn(text, ":=");
	char *name cleanup_free = strndup(text, name_len), *address cleanup_free = NULL;
	size_t len;
	int r;

	if (!name)
		return err_oom(err);
	if (!text[name_len] || !name_len)
		return err_invalid(err, "bad format for add-host: \"%s\"", text);
	r = check_name("host", name, err);
	if (r < 0)
		return r;
	text += name_len + 1;
	if (str_eq(text, "host-gateway")) /* found out when the networks are there */
		return 0;
	len = strlen(text);
	address = *text == '[' && len > 1 && text[len - 1] == ']' ? strndup(text + 1, len - 2)
								  : strdup(text);
	if (!address)
		return err_oom(err);
	if (!is_address(address))
		return err_invalid(err, "invalid IP address in add-host: \"%s\"", text);
	return 0;
}

static int check_resolver(struct create *c, struct err *err)
{
	const char *text;
	json_t *item;
	size_t i;

	json_array_foreach (json_object_get(c->host, "Dns"), i, item)
		if (!is_address(json_string_value(item)))
			return err_invalid(err, "%s is not an ip address", json_string_value(item));
	json_array_foreach (json_object_get(c->host, "DnsSearch"), i, item) {
		text = json_string_value(item);
		if (!str_eq(text, ".") && check_name("search domain", text, err) < 0)
			return -EINVAL;
	}
	json_array_foreach (json_object_get(c->host, "DnsOptions"), i, item) {
		text = json_string_value(item);
		if (!*text || strspn(text, NAME_CHARS ":") != strlen(text))
			return err_invalid(err, "invalid resolver option: \"%s\"", text);
	}
	json_array_foreach (json_object_get(c->host, "ExtraHosts"), i, item)
		if (check_extra_host(json_string_value(item), err) < 0)
			return err ? -err->code : -EINVAL;
	return 0;
}

static int check_env(struct create *c, struct err *err)
{
	const char *text;
	json_t *item;
	size_t i;

	json_array_foreach (json_object_get(c->config, "Env"), i, item) {
		text = json_string_value(item);
		if (*text == '\0' || *text == '=')
			return err_invalid(err, "invalid environment variable: %s", text);
	}
	return 0;
}

static int check_stop(struct create *c, struct err *err)
{
	const char *signal = member_str(c->config, "StopSignal");
	int64_t timeout = member_int(c->config, "StopTimeout");

	if (*signal && signal_number(signal) <= 0)
		return err_invalid(err, "invalid stop signal: %s", signal);
	if (timeout < -1 || timeout > INT32_MAX)
		return err_invalid(err, "invalid stop timeout: %lld", (long long)timeout);
	return 0;
}

int create_check_process(struct create *c, struct err *err)
{
	const char *hostname = member_str(c->config, "Hostname");
	const char *domain = member_str(c->config, "Domainname");
	int r = 0;

	if (*hostname)
		r = check_name("hostname", hostname, err);
	if (r == 0 && *domain)
		r = check_name("domain name", domain, err);
	if (r == 0)
		r = check_resolver(c, err);
	if (r == 0)
		r = check_env(c, err);
	if (r == 0)
		r = sec_user_check(member_str(c->config, "User"), err);
	return r < 0 ? r : check_stop(c, err);
}
