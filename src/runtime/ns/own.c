/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/ns/own.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/str.h"
#include "linux/netif.h"
#include "runtime/ns/sysctl.h"

static int write_offset(const char *clock, int64_t secs, uint32_t nanosecs, struct err *err)
{
	cleanup_free char *line = str_printf("%s %lld %u", clock, (long long)secs, nanosecs);

	if (!line)
		return err_oom(err);
	return fd_write_file_at(AT_FDCWD, "/proc/self/timens_offsets", line, err);
}

int own_time(const struct oci_spec *spec, const struct ns_plan *ns, struct err *err)
{
	const struct oci_linux *l = &spec->linux;
	cleanup_fd int fd = -1;
	int r = 0;

	if (!ns_is_made(ns, CLONE_NEWTIME))
		return 0;
	if (unshare(CLONE_NEWTIME) < 0)
		return err_sys(err, errno, "make a time namespace");
	if (l->time_monotonic_set)
		r = write_offset("monotonic", l->time_monotonic_secs, l->time_monotonic_nanosecs,
				 err);
	if (r == 0 && l->time_boottime_set)
		r = write_offset("boottime", l->time_boottime_secs, l->time_boottime_nanosecs, err);
	if (r < 0)
		return err_wrap(err, "linux.timeOffsets");
	/* unshare(2) moves only children, and whether execve(2) moves the caller depends on the
	 * kernel (6.1 and later): so enter it. */
	fd = open("/proc/self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(err, errno, "open the new time namespace");
	return ns_enter(fd, CLONE_NEWTIME, err);
}

int own_settings(const struct oci_spec *spec, const struct ns_plan *ns, struct err *err)
{
	int r = 0;

	if (spec->hostname && sethostname(spec->hostname, strlen(spec->hostname)) < 0)
		return err_sys(err, errno, "hostname %s", spec->hostname);
	if (spec->domainname && setdomainname(spec->domainname, strlen(spec->domainname)) < 0)
		return err_sys(err, errno, "domainname %s", spec->domainname);
	if (ns_is_made(ns, CLONE_NEWNET))
		r = netif_up("lo", err);
	return r < 0 ? r : sysctl_write(spec, err);
}
