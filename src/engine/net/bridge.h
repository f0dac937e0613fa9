/* SPDX-License-Identifier: Apache-2.0 */
/* Between bridge.c and the pool. */
#ifndef CORACLE_ENGINE_NET_BRIDGE_H
#define CORACLE_ENGINE_NET_BRIDGE_H

#include <net/if.h>

#include "base/err.h"

/* A name for a veth on the host that nobody has: "veth" and eight random digits. */
int bridge_veth_name(char ret[IFNAMSIZ], struct err *err);

#endif
