/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The option strings of a mount (config.md, Linux mount options), sorted by the call that each one
 * is an argument of: mount_setattr(2) for this mount or recursively, propagation, the flags of a
 * new super block, and what only the file system itself can understand.
 */
#include <linux/mount.h>
#include <sys/mount.h>

#include "oci/parse.h"

enum option_kind {
	ATTR,	     /* sets bits of this mount */
	ATTR_R,	     /* the same, recursively */
	SUPER,	     /* MS_* of the super block */
	PROPAGATION, /* MS_* | MS_REC */
	BIND,
	FLAG,
	IGNORE,
};
enum option_flag { TMPCOPYUP, COPY_SYMLINK, IDMAP, RIDMAP };

/* The access time modes are one field of three values: whoever sets one clears the field. */
#define ATIME MOUNT_ATTR__ATIME

#define ATTR_PAIR(name_, set_, clear_)                              \
	{ name_, ATTR, .set = (set_), .clear = (clear_) },          \
	{                                                           \
		"r" name_, ATTR_R, .set = (set_), .clear = (clear_) \
	}
#define PROPAGATION_PAIR(name_, bit_)                          \
	{ name_, PROPAGATION, .set = (bit_) },                 \
	{                                                      \
		"r" name_, PROPAGATION, .set = (bit_) | MS_REC \
	}

static const struct option {
	const char *name;
	enum option_kind kind;
	uint64_t set, clear; /* bits of the kind */
} options[] = {
	ATTR_PAIR("ro", MOUNT_ATTR_RDONLY, 0),
	ATTR_PAIR("rw", 0, MOUNT_ATTR_RDONLY),
	ATTR_PAIR("suid", 0, MOUNT_ATTR_NOSUID),
	ATTR_PAIR("nosuid", MOUNT_ATTR_NOSUID, 0),
	ATTR_PAIR("dev", 0, MOUNT_ATTR_NODEV),
	ATTR_PAIR("nodev", MOUNT_ATTR_NODEV, 0),
	ATTR_PAIR("exec", 0, MOUNT_ATTR_NOEXEC),
	ATTR_PAIR("noexec", MOUNT_ATTR_NOEXEC, 0),
	ATTR_PAIR("diratime", 0, MOUNT_ATTR_NODIRATIME),
	ATTR_PAIR("nodiratime", MOUNT_ATTR_NODIRATIME, 0),
	ATTR_PAIR("symfollow", 0, MOUNT_ATTR_NOSYMFOLLOW),
	ATTR_PAIR("nosymfollow", MOUNT_ATTR_NOSYMFOLLOW, 0),
	ATTR_PAIR("relatime", MOUNT_ATTR_RELATIME, ATIME),
	ATTR_PAIR("noatime", MOUNT_ATTR_NOATIME, ATIME),
	ATTR_PAIR("strictatime", MOUNT_ATTR_STRICTATIME, ATIME),
	/* the kernel's default is relatime: taking another mode away leads there, and relatime
	 * itself cannot be taken away without naming another */
	ATTR_PAIR("atime", MOUNT_ATTR_RELATIME, ATIME),
	ATTR_PAIR("nostrictatime", MOUNT_ATTR_RELATIME, ATIME),
	ATTR_PAIR("norelatime", 0, 0),

	PROPAGATION_PAIR("shared", MS_SHARED),
	PROPAGATION_PAIR("slave", MS_SLAVE),
	PROPAGATION_PAIR("private", MS_PRIVATE),
	PROPAGATION_PAIR("unbindable", MS_UNBINDABLE),

	{ "sync", SUPER, .set = MS_SYNCHRONOUS },
	{ "async", SUPER, .clear = MS_SYNCHRONOUS },
	{ "dirsync", SUPER, .set = MS_DIRSYNC },
	{ "mand", SUPER, .set = MS_MANDLOCK },
	{ "nomand", SUPER, .clear = MS_MANDLOCK },
	{ "silent", SUPER, .set = MS_SILENT },
	{ "loud", SUPER, .clear = MS_SILENT },
	{ "acl", SUPER, .set = MS_POSIXACL },
	{ "noacl", SUPER, .clear = MS_POSIXACL },
	{ "iversion", SUPER, .set = MS_I_VERSION },
	{ "noiversion", SUPER, .clear = MS_I_VERSION },
	{ "lazytime", SUPER, .set = MS_LAZYTIME },
	{ "nolazytime", SUPER, .clear = MS_LAZYTIME },
	{ "remount", SUPER, .set = MS_REMOUNT },

	{ "bind", BIND },
	{ "rbind", BIND, .set = MS_REC },
	{ "tmpcopyup", FLAG, .set = TMPCOPYUP },
	{ "copy-symlink", FLAG, .set = COPY_SYMLINK },
	{ "idmap", FLAG, .set = IDMAP },
	{ "ridmap", FLAG, .set = RIDMAP },
	{ "defaults", IGNORE },
};

/* A later option wins over an earlier one about the same bits. */
static void apply(uint64_t *set, uint64_t *clear, const struct option *o)
{
	*set = (*set & ~o->clear) | o->set;
	*clear = (*clear & ~(o->set & ~(uint64_t)ATIME)) | o->clear;
}

static int apply_propagation(struct oci_mount *m, const struct option *o, const char *where,
			     struct err *err)
{
	unsigned long kind = o->set & ~(uint64_t)MS_REC;

	/* mount(2) takes one at a time; which of two was meant is not ours to guess */
	if (m->propagation && m->propagation != kind)
		return err_invalid(err, "%s: \"%s\" contradicts an earlier propagation option",
				   where, o->name);
	m->propagation = kind;
	m->propagation_recursive |= (o->set & MS_REC) != 0;
	return 0;
}

static void apply_flag(struct oci_mount *m, enum option_flag flag)
{
	switch (flag) {
	case TMPCOPYUP:
		m->tmpcopyup = true;
		break;
	case COPY_SYMLINK:
		m->copy_symlink = true;
		break;
	case RIDMAP:
		m->idmap_recursive = true;
		m->idmap = true;
		break;
	case IDMAP:
		m->idmap = true;
		break;
	}
}

static int apply_option(struct oci_mount *m, const struct option *o, const char *where,
			struct err *err)
{
	switch (o->kind) {
	case ATTR:
		apply(&m->attr_set, &m->attr_clear, o);
		/* "ro" of a new file system is said of the super block too */
		if ((o->set | o->clear) & MOUNT_ATTR_RDONLY)
			m->sb_flags = o->set ? m->sb_flags | MS_RDONLY : m->sb_flags & ~MS_RDONLY;
		break;
	case ATTR_R:
		apply(&m->attr_set_r, &m->attr_clear_r, o);
		break;
	case SUPER:
		m->sb_flags = (m->sb_flags & ~o->clear) | o->set;
		break;
	case PROPAGATION:
		return apply_propagation(m, o, where, err);
	case BIND:
		m->bind = true;
		m->recursive_bind |= o->set != 0;
		break;
	case FLAG:
		apply_flag(m, (enum option_flag)o->set);
		break;
	case IGNORE:
		break;
	}
	return 0;
}

int oci_mount_option(struct oci_mount *m, const char *text, const char *where, struct err *err)
{
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (str_eq(options[i].name, text))
			return apply_option(m, &options[i], where, err);
	if (!*text)
		return 0;
	return strv_add(&m->data, text) < 0 ? err_oom(err) : 0;
}
