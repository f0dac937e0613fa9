/* SPDX-License-Identifier: Apache-2.0 */
#include "netd/netd.h"

int main(int argc, char **argv)
{
	return netd_main(argc, argv);
}
