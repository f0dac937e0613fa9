#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# own-net.sh COMMAND...: runs a command in a network namespace of its own, with lo up, so that bridges,
# rules and forwarding of the containers that it starts never are the machine's. An ordinary user's
# containers have no bridge: the command runs as it is.
[ "$(id -u)" = 0 ] || exec "$@"
exec unshare --net sh -c 'ip link set lo up && exec "$@"' sh "$@"
