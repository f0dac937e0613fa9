/* SPDX-License-Identifier: Apache-2.0 */
/* hugetlb of v1: Documentation/admin-guide/cgroup-v1/hugetlb.rst. */
#include "runtime/cgroup/controllers.h"

int cg_v1_hugetlb_set(const struct cg_set *s, struct err *err)
{
	char file[64];
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < s->r->hugepage_count; i++) {
		ret = cg_hugetlb_file(&s->r->hugepages[i], "limit_in_bytes", file, err);
		if (ret == 0)
			ret = cg_put_u64(s, file, s->r->hugepages[i].value, err);
	}
	return ret;
}
