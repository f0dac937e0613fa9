/* SPDX-License-Identifier: Apache-2.0 */
/* Whose namespaces a container lives in, and what follows for its name and its settings. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "engine/container/create_internal.h"
#include "engine/container/join.h"
#include "engine/root/root.h"
#include "oci/runtime_spec.h"

struct mode {
	const char *member, *what;
	const char *plain[4]; /* accepted words besides container:NAME */
};

static const struct mode modes[] = {
	{ "PidMode", "PID", { "", "private", "host" } },
	{ "IpcMode", "IPC", { "private", "shareable", "host", "none" } },
	{ "UTSMode", "UTS", { "", "private", "host" } },
	{ "CgroupnsMode", "cgroup namespace", { "private", "host" } },
};

static int set_text(json_t *object, const char *member, const char *text, struct err *err)
{
	return json_object_set_new(object, member, json_string(text)) < 0 ? err_oom(err) : 0;
}

/* Another container's namespaces belong to its user namespace, and only who is in that may enter
 * them. */
static int refuse_join(const struct create *c, const char *what, struct err *err)
{
	if (c->engine->root->system)
		return 0;
	return err_set(err, ERR_UNSUPPORTED, EPERM,
		       "%s mode container:NAME needs root: each of an ordinary user's containers "
		       "has a user namespace of its own",
		       what);
}

static int check_mode(struct create *c, const struct mode *m, struct err *err)
{
	const char *text = member_str(c->host, m->member);
	char *resolved cleanup_free = NULL;
	size_t i;
	int r;

	if (container_join_is(text)) {
		r = refuse_join(c, m->what, err);
		if (r == 0)
			r = container_join_check(c->engine, m->what, text, &resolved, err);
		return r < 0 ? r : set_text(c->host, m->member, resolved, err);
	}
	/* "" is the first accepted word: IPC and cgroup modes are never empty in answers */
	if (!*text)
		return set_text(c->host, m->member, m->plain[0], err);
	for (i = 0; i < ARRAY_SIZE(m->plain); i++)
		if (m->plain[i] && str_eq(m->plain[i], text))
			return 0;
	return err_invalid(err, "invalid %s mode: \"%s\"", m->what, text);
}

static bool is_foreign(const char *mode)
{
	return str_eq(mode, "host") || container_join_is(mode);
}

/* A new user namespace owns none of the namespaces that it was not made with: proc, mqueue and
 * settings of theirs are out of its reach. */
static int check_auto_userns(struct create *c, struct err *err)
{
	if (!c->engine->root->system)
		return err_set(err, ERR_UNSUPPORTED, EPERM,
			       "--userns auto needs root: an ordinary user's containers have "
			       "his own ids");
	if (member_bool(c->host, "Privileged"))
		return err_invalid(err, "privileged mode is incompatible with user namespaces");
	if (is_foreign(member_str(c->host, "PidMode")))
		return err_invalid(err, "a user namespace cannot be had with a shared PID "
					"namespace");
	if (is_foreign(member_str(c->host, "IpcMode")))
		return err_invalid(err, "a user namespace cannot be had with a shared IPC "
					"namespace");
	return 0;
}

static int check_userns(struct create *c, struct err *err)
{
	const char *mode = member_str(c->host, "UsernsMode");

	if (str_eq(mode, "auto"))
		return check_auto_userns(c, err);
	if (str_eq(mode, "host") && !c->engine->root->system)
		return err_set(err, ERR_UNSUPPORTED, EPERM,
			       "--userns host needs root: an ordinary user's containers have a "
			       "user namespace of their own");
	if (!*mode || str_eq(mode, "host"))
		return 0;
	if (str_starts(mode, "auto:") || str_starts(mode, "keep-id") || str_eq(mode, "nomap") ||
	    str_eq(mode, "private") || str_starts(mode, "ns:") || container_join_is(mode))
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			       "user namespace mode \"%s\" is not supported: use auto or host",
			       mode);
	return err_invalid(err, "invalid user namespace mode: \"%s\"", mode);
}

/* A name of its own needs a UTS namespace of its own; an id's first twelve digits else. */
static int check_hostname(struct create *c, struct err *err)
{
	bool foreign = is_foreign(member_str(c->host, "UTSMode"));
	char name[65] = "";

	if (foreign && (*member_str(c->config, "Hostname") || *member_str(c->config, "Domainname")))
		return err_invalid(err, "conflicting options: hostname and the UTS mode");
	if (container_join_is(member_str(c->host, "NetworkMode"))) {
		if (*member_str(c->config, "Hostname"))
			return err_invalid(err, "conflicting options: hostname and the network "
						"mode");
		if (json_array_size(json_object_get(c->host, "ExtraHosts")) > 0)
			return err_invalid(err, "conflicting options: custom host-to-IP mapping "
						"and the network mode");
		if (json_array_size(json_object_get(c->host, "Dns")) > 0)
			return err_invalid(err, "conflicting options: dns and the network mode");
	}
	if (foreign || *member_str(c->config, "Hostname"))
		return 0;
	/* who answers under the host's addresses has its name */
	if (!str_eq(member_str(c->host, "NetworkMode"), "host") ||
	    gethostname(name, sizeof(name) - 1) < 0 || !*name)
		snprintf(name, sizeof(name), "%.12s", c->id);
	return set_text(c->config, "Hostname", name, err);
}

/* The rules are those of the runtime; a small configuration asks it now rather than at the start.
 */
static int check_sysctls(struct create *c, struct err *err)
{
	static const struct {
		const char *member, *type;
	} kinds[] = {
		{ "NetworkMode", "network" },
		{ "IpcMode", "ipc" },
		{ "UTSMode", "uts" },
	};
	json_t *sysctls = json_object_get(c->host, "Sysctls"), *spec cleanup_json = NULL;
	struct oci_spec *parsed cleanup_oci_spec = NULL;
	json_t *namespaces = json_array();
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!is_foreign(member_str(c->host, kinds[i].member)))
			json_array_append_new(namespaces, json_pack("{ss}", "type", kinds[i].type));
	spec = json_pack("{ss s{ss} s{so sO?}}", "ociVersion", "1.0.0", "root", "path", "/",
			 "linux", "namespaces", namespaces, "sysctl", sysctls);
	if (!spec)
		return err_oom(err);
	return oci_spec_parse(spec, &parsed, err);
}

int create_check_namespaces(struct create *c, struct err *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < ARRAY_SIZE(modes); i++)
		r = check_mode(c, &modes[i], err);
	if (r == 0)
		r = create_check_networks(c, err);
	if (r == 0)
		r = check_userns(c, err);
	if (r == 0)
		r = check_hostname(c, err);
	if (r == 0 && json_object_get(c->host, "Sysctls"))
		r = check_sysctls(c, err);
	return r;
}
