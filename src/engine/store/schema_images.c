/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/store/schema.h"

/*
 * images        id: digest of the configuration, "sha256:<64 hex>". manifest: digest of a manifest
 *               blob that names this configuration. size: bytes of the unpacked layers.
 * layers        chain: the chain id, 64 hex digits, the directory below layers/; diff: its own
 *               digest, unpacked ("sha256:…"); size: bytes of its files.
 * image_layers  position 0 is the lowest; blob: the digest of the layer's blob as it came.
 * tags          name: in full, "docker.io/library/busybox:latest".
 * archives      what a file that was used as oci-archive:FILE or docker-archive:FILE held when it
 *               was last looked at, so that it need not be unpacked to find its image again.
 *
 * The trigger closes the gap between resolving an image and storing its container: an image that
 * was removed meanwhile ends the transaction.
 */
const char store_schema_images[] =
    "CREATE TABLE images ("
    "	id TEXT PRIMARY KEY,"
    "	manifest TEXT NOT NULL,"
    "	manifest_type TEXT NOT NULL,"
    "	manifest_size INTEGER NOT NULL,"
    "	size INTEGER NOT NULL,"
    "	loaded_ns INTEGER NOT NULL);"
    "CREATE INDEX images_by_manifest ON images (manifest);"
    "CREATE TABLE layers ("
    "	chain TEXT PRIMARY KEY,"
    "	diff TEXT NOT NULL,"
    "	size INTEGER NOT NULL);"
    "CREATE TABLE image_layers ("
    "	image TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,"
    "	position INTEGER NOT NULL,"
    "	chain TEXT NOT NULL REFERENCES layers (chain),"
    "	blob TEXT NOT NULL,"
    "	PRIMARY KEY (image, position)) WITHOUT ROWID;"
    "CREATE INDEX image_layers_by_chain ON image_layers (chain);"
    "CREATE INDEX image_layers_by_blob ON image_layers (blob);"
    "CREATE TABLE tags ("
    "	name TEXT PRIMARY KEY,"
    "	image TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,"
    "	tagged_ns INTEGER NOT NULL);"
    "CREATE INDEX tags_by_image ON tags (image);"
    "CREATE TABLE archives ("
    "	path TEXT NOT NULL,"
    "	selector TEXT NOT NULL,"
    "	stamp TEXT NOT NULL,"
    "	image TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,"
    "	PRIMARY KEY (path, selector)) WITHOUT ROWID;"
    "CREATE TRIGGER containers_have_images BEFORE INSERT ON containers"
    " WHEN NEW.image_id != '' AND NOT EXISTS (SELECT 1 FROM images WHERE id = NEW.image_id)"
    " BEGIN SELECT RAISE(ABORT, 'the image was removed'); END;";
