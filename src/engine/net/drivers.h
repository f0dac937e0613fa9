/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of the table of net.c. */
#ifndef CORACLE_ENGINE_NET_DRIVERS_H
#define CORACLE_ENGINE_NET_DRIVERS_H

#include "engine/net/net.h"

extern const struct net_driver net_driver_none;	     /* a namespace with nothing but lo */
extern const struct net_driver net_driver_host;	     /* the host's own */
extern const struct net_driver net_driver_container; /* another container's */

#endif
