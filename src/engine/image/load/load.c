/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image/load/load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"

static int say(struct strv *lines, char *line, struct err *err)
{
	return strv_add_owned(lines, line) < 0 ? err_oom(err) : 0;
}

/* A name that another image has moves to this one. */
static int say_moved(struct loader *l, const char *tag, const char *id, struct strv *lines,
		     struct err *err)
{
	char old[IMAGE_ID_SIZE];
	int r = store_image_by_tag(l->store, tag, old, err);

	if (r <= 0 || str_eq(old, id))
		return r < 0 ? r : 0;
	return say(lines,
		   str_printf("The image %s already exists, renaming the old one with ID %s to "
			      "empty string",
			      reference_familiar(tag), old),
		   err);
}

/* The id of a manifest's image is known before it is loaded. */
static int manifest_id(struct loader *l, const char *digest, char id[IMAGE_ID_SIZE],
		       struct err *err)
{
	json_t *document cleanup_json = NULL;
	const char *config = NULL;
	int r = stage_read_json(l, digest, OCI_MANIFEST_MAX, &document, err);

	if (r < 0)
		return r;
	config = json_string_value(json_object_get(json_object_get(document, "config"), "digest"));
	snprintf(id, IMAGE_ID_SIZE, "%s", config ? config : "");
	return 0;
}

int load_and_say(struct loader *l, const char *manifest_digest, const struct strv *tags,
		 const struct load_wish *wish, struct err *err)
{
	/* Seen before the names move, said when they have. */
	struct strv moved cleanup_strv = { 0 };
	static const struct strv none;
	char id[IMAGE_ID_SIZE];
	size_t i;
	int r = 0;

	if (wish->lines)
		r = manifest_id(l, manifest_digest, id, err);
	for (i = 0; r == 0 && wish->lines && i < tags->count; i++)
		r = say_moved(l, tags->items[i], id, &moved, err);
	if (r == 0)
		r = load_manifest(l, manifest_digest, wish->one ? &none : tags, id, err);
	for (i = 0; r == 0 && i < moved.count; i++)
		r = strv_add(wish->lines, moved.items[i]) < 0 ? err_oom(err) : 0;
	for (i = 0; r == 0 && wish->lines && i < tags->count; i++)
		r = say(wish->lines,
			str_printf("Loaded image: %s", reference_familiar(tags->items[i])), err);
	if (r == 0 && wish->lines && tags->count == 0)
		r = say(wish->lines, str_printf("Loaded image ID: %s", id), err);
	if (r == 0 && wish->ret_id)
		memcpy(*wish->ret_id, id, IMAGE_ID_SIZE);
	return r;
}

static int load_source(struct loader *l, const struct source *s, const struct load_wish *wish,
		       struct err *err)
{
	if (source_has(s, "manifest.json"))
		return load_docker(l, s, wish, err);
	if (source_has(s, "index.json"))
		return load_oci(l, s, wish, err);
	return err_invalid(err, "the archive holds no image: neither manifest.json nor index.json");
}

int load_archive(struct loader *l, int fd, struct strv *lines, struct err *err)
{
	const struct load_wish wish = { .lines = lines };
	struct source source cleanup_source = { .dir_fd = -1 };
	int r = source_open_archive(l, fd, &source, err);

	return r < 0 ? r : load_source(l, &source, &wish, err);
}

/* --- transports ------------------------------------------------------------------------------- */

static int load_layout_dir(struct loader *l, const struct reference *ref,
			   const struct load_wish *wish, struct err *err)
{
	struct source source cleanup_source = { .dir_fd = -1 };
	int r = source_open_dir(ref->path, &source, err);

	return r < 0 ? r : load_oci(l, &source, wish, err);
}

/* What changes when the file's content does. */
static int stamp_of(int fd, char **ret, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys(err, errno, "look at the archive");
	if (!S_ISREG(st.st_mode))
		return 0;
	*ret = str_printf("%llx:%llx:%lld:%lld.%ld:%lld.%ld", (unsigned long long)st.st_dev,
			  (unsigned long long)st.st_ino, (long long)st.st_size,
			  (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
			  (long long)st.st_ctim.tv_sec, st.st_ctim.tv_nsec);
	return *ret ? 0 : err_oom(err);
}

static int take_apart(struct loader *l, int fd, const struct reference *ref,
		      const struct load_wish *wish, struct err *err)
{
	struct source source cleanup_source = { .dir_fd = -1 };
	int r = source_open_archive(l, fd, &source, err);

	if (r < 0)
		return r;
	return ref->kind == REF_DOCKER_ARCHIVE ? load_docker(l, &source, wish, err)
					       : load_oci(l, &source, wish, err);
}

static int load_archive_file(struct loader *l, const struct reference *ref,
			     const struct load_wish *wish, struct err *err)
{
	char *path cleanup_free = realpath(ref->path, NULL), *stamp cleanup_free = NULL;
	char *key cleanup_free =
	    str_printf("%s:%s", ref->kind == REF_DOCKER_ARCHIVE ? "docker" : "oci",
		       ref->selector ? ref->selector : "");
	int fd cleanup_fd = -1, r;

	if (path)
		fd = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_ENGINE, errno,
			       "open %s: %s", ref->path, strerror(errno));
	if (!key)
		return err_oom(err);
	r = stamp_of(fd, &stamp, err);
	if (r == 0 && stamp)
		r = store_archive_get(l->store, path, key, stamp, *wish->ret_id, err);
	if (r != 0)
		return r < 0 ? r : 0;
	r = take_apart(l, fd, ref, wish, err);
	if (r == 0 && stamp)
		r = store_archive_set(l->store, path, key, stamp, *wish->ret_id, err);
	return r;
}

int load_transport(struct loader *l, const struct reference *ref, char ret_id[IMAGE_ID_SIZE],
		   struct err *err)
{
	const struct load_wish wish = { .selector = ref->selector,
					.one = true,
					.ret_id = (char(*)[IMAGE_ID_SIZE])ret_id };

	switch (ref->kind) {
	case REF_OCI:
		return load_layout_dir(l, ref, &wish, err);
	case REF_OCI_ARCHIVE:
	case REF_DOCKER_ARCHIVE:
		return load_archive_file(l, ref, &wish, err);
	default:
		return err_invalid(err, "nothing to unpack there");
	}
}
