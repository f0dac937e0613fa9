/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/net/counters.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/str.h"

enum { DEV_MAX = 16 << 20, HEADING_LINES = 2 };

/* "  eth0: 1 2 …": a name has neither a colon nor a space (the kernel's dev_valid_name()). Sixteen
 * columns: received bytes, packets, errs, drop, fifo, frame, compressed, multicast; sent bytes,
 * packets, errs, drop, … */
static int parse_line(const char *line, struct net_counters *ret)
{
	struct net_counters c = { .name = "" };
	const char *colon, *name = line + strspn(line, " ");

	colon = strchr(name, ':');
	if (!colon || colon == name || (size_t)(colon - name) >= sizeof(c.name))
		return -EINVAL;
	memcpy(c.name, name, (size_t)(colon - name));
	if (sscanf(colon + 1,
		   "%" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %*u %*u %*u %*u %" SCNu64
		   " %" SCNu64 " %" SCNu64 " %" SCNu64,
		   &c.rx_bytes, &c.rx_packets, &c.rx_errors, &c.rx_dropped, &c.tx_bytes,
		   &c.tx_packets, &c.tx_errors, &c.tx_dropped) != 8)
		return -EINVAL;
	*ret = c;
	return 0;
}

int net_counters_parse(const char *text, struct net_counters **ret, size_t *count, struct err *err)
{
	struct strv lines cleanup_strv = { 0 };
	struct net_counters *list cleanup_free = NULL;
	size_t n = 0;

	if (strv_split(&lines, text, '\n') < 0)
		return err_oom(err);
	list = calloc(lines.count + 1, sizeof(*list));
	if (!list)
		return err_oom(err);
	for (size_t i = HEADING_LINES; i < lines.count; i++) {
		if (!*lines.items[i])
			continue;
		if (parse_line(lines.items[i], &list[n]) < 0)
			return err_set(err, ERR_ENGINE, EINVAL, "net/dev: \"%s\" is no interface",
				       lines.items[i]);
		if (!str_eq(list[n].name, "lo"))
			n++;
	}
	*ret = take_ptr(&list);
	*count = n;
	return 0;
}

int net_counters_read(int process_dir, struct net_counters **ret, size_t *count, struct err *err)
{
	struct buf text cleanup_buf = BUF_INIT(DEV_MAX);
	int fd cleanup_fd = openat(process_dir, "net/dev", O_RDONLY | O_CLOEXEC);
	int r;

	/* the kernel finds no namespace: that is the end of the process */
	if (fd < 0 && (errno == ENOENT || errno == EINVAL || errno == ESRCH))
		return err_set(err, ERR_NOT_FOUND, ESRCH, "the process has ended");
	if (fd < 0)
		return err_sys(err, errno, "open net/dev");
	r = fd_read_all(fd, &text);
	if (r < 0)
		return err_sys(err, r, "read net/dev");
	return net_counters_parse(buf_str(&text), ret, count, err);
}
