/* SPDX-License-Identifier: Apache-2.0 */
/* hugetlb: Documentation/admin-guide/cgroup-v2.rst, HugeTLB. */
#include "runtime/cgroup/controllers.h"

int cg_v2_hugetlb_set(const struct cg_set *s, struct err *err)
{
	char file[64];
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < s->r->hugepage_count; i++) {
		ret = cg_hugetlb_file(&s->r->hugepages[i], "max", file, err);
		if (ret == 0)
			ret = cg_put_u64(s, file, s->r->hugepages[i].value, err);
	}
	return ret;
}
