/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/netif.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/cleanup.h"

int netif_up(const char *name, struct err *err)
{
	int sock cleanup_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = { 0 };

	if (sock < 0) /* a kernel without IPv4, or with it switched off */
		sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sock < 0)
		return err_sys(err, errno, "socket");
	if (strlen(name) >= sizeof(request.ifr_name))
		return err_invalid(err, "interface name \"%s\" is too long", name);
	strcpy(request.ifr_name, name);
	if (ioctl(sock, SIOCGIFFLAGS, &request) < 0)
		return err_sys(err, errno, "read the state of interface %s", name);
	if (request.ifr_flags & IFF_UP)
		return 0;
	request.ifr_flags |= IFF_UP;
	if (ioctl(sock, SIOCSIFFLAGS, &request) < 0)
		return err_sys(err, errno, "set interface %s up", name);
	return 0;
}
