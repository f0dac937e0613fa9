/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/args.h"
#include "monitor/monitor.h"

/* Nobody reads what it could print, so it does not: a monitor that fails is replaced by the next
 * command. */
int main(int argc, char **argv)
{
	struct monitor_args args;

	if (monitor_args_parse(argc, argv, &args, NULL) < 0)
		return 2;
	monitor_run(&args, NULL);
	return 1;
}
