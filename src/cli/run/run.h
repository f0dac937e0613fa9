/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `run` and `create` share: their flags, and how these become the body of Docker's
 * ContainerCreate, which the engine checks in full. Here is only what the client's side of Docker
 * does: files are read, relative paths and the environment are resolved, texts are taken apart.
 */
#ifndef CORACLE_CLI_RUN_RUN_H
#define CORACLE_CLI_RUN_RUN_H

#include <jansson.h>

#include "cli/cli.h"

struct run {
	/* run alone */
	bool detach, sig_proxy;
	const char *detach_keys;

	/* the command */
	struct strv attach;
	bool interactive, tty, init, quiet;
	const char *entrypoint, *workdir, *user;
	struct strv env, env_file, group_add;
	const char *stop_signal;
	int64_t stop_timeout; /* CLI_UNSET */

	/* what it is called */
	const char *name, *hostname, *domainname, *cidfile, *pull;
	struct strv label, label_file, annotation;

	/* what it may use */
	int64_t memory, memory_swap, memory_reservation, memory_swappiness;
	int64_t cpus, cpu_shares, cpu_quota, cpu_period, pids_limit;
	const char *cpuset_cpus, *cpuset_mems;
	struct strv ulimit, device, device_cgroup_rule;
	int64_t shm_size, oom_score_adj;
	bool oom_kill_disable;

	/* what it may do */
	bool privileged, read_only;
	struct strv cap_add, cap_drop, security_opt, sysctl;

	/* what it sees */
	struct strv volume, mount, tmpfs, dns, dns_option, dns_search, add_host, expose;
	struct strv network, network_alias, publish;
	bool publish_all;
	const char *ip, *ip6, *mac_address; /* of the first network */
	const char *net_rate;
	const char *pid, *ipc, *uts, *userns, *cgroupns;

	/* its life */
	bool rm, no_healthcheck;
	const char *restart, *log_driver;
	struct strv log_opt;
};

extern const struct cli_option run_common_options[];  /* run and create */
extern const struct cli_option run_refused_options[]; /* what Docker has besides */
extern const struct cli_option run_only_options[];
extern const struct run run_defaults;

/* The body of ContainerCreate for the flags, image and command. `attached`: `run` without -d. */
int run_request(const struct run *v, bool attached, int argc, char **argv, json_t **ret,
		struct err *err);

/* Makes the container (its lock is held), tells its warnings, and writes the --cidfile. */
struct engine;
struct container;
enum run_use { RUN_CREATED, RUN_DETACHED, RUN_ATTACHED }; /* `create`, `run -d`, `run` */
int run_create(struct cli *cli, const struct run *v, enum run_use use, int argc, char **argv,
	       struct engine **ret_engine, struct container **ret, struct err *err);

/* --- the parts of a request; each fills members of `config` or `host` ------------------------ */

/* env.c: KEY=VALUE and KEY from files and flags; a bare KEY is taken from our environment. */
int run_env(const struct strv *files, const struct strv *flags, json_t *list, struct err *err);
int run_labels(const struct strv *files, const struct strv *flags, json_t *map, struct err *err);

/* mounts.c: --volume, --mount, --tmpfs. */
int run_mounts(const struct run *v, json_t *host, struct err *err);

/* resources.c: limits and devices. */
int run_resources(const struct run *v, json_t *host, struct err *err);

/* ports.c: --publish, --publish-all, --expose. */
int run_ports(const struct run *v, json_t *config, json_t *host, struct err *err);

/* network.c: --network, --ip, --ip6, --mac-address, --network-alias; and fields of Docker's
 * EndpointSettings by the names that --network has for them ("ip", "alias", "gw-priority"), which
 * `network connect` fills in too. */
int run_networks(const struct run *v, json_t *config, json_t *host, struct err *err);
/* net_rate.c: HostConfig.NetRate. */
int run_net_rate(const struct run *v, json_t *host, struct err *err);
int run_endpoint_set(json_t *endpoint, const char *key, const char *value, struct err *err);
int run_endpoint_alias(json_t *endpoint, const char *alias, struct err *err);
int run_endpoint_option(json_t *endpoint, const char *text, struct err *err);

/* policy.c: --restart, --log-*, --security-opt, namespaces. */
int run_policy(const struct run *v, json_t *host, struct err *err);

/* json.c: helpers that leave a member out where there is nothing to say. */
int run_set(json_t *object, const char *key, json_t *value, struct err *err);
int run_set_str(json_t *object, const char *key, const char *text, struct err *err);
int run_set_list(json_t *object, const char *key, const struct strv *list, struct err *err);
int run_set_int(json_t *object, const char *key, int64_t value, int64_t unset, struct err *err);
/* "key=value" items as an object of strings; `flag` names them in errors. A missing "=" is an
 * error, or with `bare_ok` an empty value. */
int run_set_map(json_t *object, const char *key, const struct strv *list, const char *flag,
		bool bare_ok, struct err *err);

#endif
