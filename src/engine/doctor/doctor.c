/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/doctor/doctor.h"

#include <errno.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "linux/netns.h"

static const char *const status_names[] = { "ok", "warn", "missing" };

static int look_at(const struct doctor *d, const struct doctor_check *checks, json_t *list,
		   bool *ret_fit, struct err *err)
{
	for (; checks->name; checks++) {
		struct finding f = { 0 };
		json_t *entry;

		checks->look(d, &f);
		if (f.status == FINDING_MISSING)
			*ret_fit = false;
		entry = json_pack("{ss ss ss ss ss}", "Name", checks->name, "Status",
				  status_names[f.status], "Is", f.is, "Follows", f.follows, "Mend",
				  f.mend);
		if (!entry || json_array_append_new(list, entry) < 0)
			return err_oom(err);
	}
	return 0;
}

int doctor_look(struct engine *engine, json_t **ret, bool *ret_fit, struct err *err)
{
	struct nl inner cleanup_nl = NL_NONE;
	int netns cleanup_fd = -1;
	struct doctor d = { .engine = engine };
	json_t *list cleanup_json = json_array();
	bool fit = true;
	int r;

	if (!list)
		return err_oom(err);
	if (netns_make(&netns, &inner, NULL) == 0)
		d.inner = &inner;
	d.netns_fd = netns;
	r = look_at(&d, doctor_machine, list, &fit, err);
	if (r == 0)
		r = look_at(&d, doctor_network, list, &fit, err);
	if (r < 0)
		return r;
	*ret = take_ptr(&list);
	*ret_fit = fit;
	return 0;
}
