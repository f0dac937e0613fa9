/* SPDX-License-Identifier: Apache-2.0 */
/* Every verb: one file each beside this one. */
#ifndef CORACLE_CLI_VERBS_VERBS_H
#define CORACLE_CLI_VERBS_VERBS_H

#include "cli/cli.h"

extern const struct cli_verb verb_attach, verb_create, verb_diff, verb_doctor, verb_events,
    verb_exec, verb_images, verb_import, verb_info, verb_inspect, verb_inspect_container,
    verb_inspect_image, verb_inspect_network, verb_network_connect, verb_network_create,
    verb_network_disconnect, verb_network_ls, verb_network_prune, verb_network_rm, verb_port,
    verb_internal, verb_kill, verb_load, verb_logs, verb_pause, verb_ps, verb_rename, verb_restart,
    verb_rm, verb_rmi, verb_run, verb_start, verb_stats, verb_stop, verb_tag, verb_top,
    verb_unpause, verb_version, verb_wait;

#endif
