/* SPDX-License-Identifier: Apache-2.0 */
/* coracle-oci: the OCI runtime command line. */
#include "ocicli/ocicli.h"

int main(int argc, char **argv)
{
	return ocicli_main(argc, argv);
}
