/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/store/schema.h"

/*
 * networks  cursor4, cursor6: the address given out last. Addresses are blobs of 4 or 16 bytes,
 *           most significant first, so that they compare as numbers do.
 * leases    what a container that runs holds of a network; unique addresses.
 * names     by which it is found there.
 * ports     published ports; `single` tells ranges apart, which are few, so that a look for
 *           conflicts costs the same with 1 and with 5,000 ports.
 *
 * No row of containers goes while it holds any of them without taking them along.
 */
const char store_schema_networks[] =
    "CREATE TABLE networks ("
    "	id TEXT PRIMARY KEY,"
    "	name TEXT NOT NULL UNIQUE,"
    "	driver TEXT NOT NULL,"
    "	config TEXT NOT NULL,"
    "	created_ns INTEGER NOT NULL,"
    "	cursor4 BLOB,"
    "	cursor6 BLOB);"
    "CREATE TABLE leases ("
    "	network TEXT NOT NULL REFERENCES networks (id),"
    "	container TEXT NOT NULL REFERENCES containers (id) ON DELETE CASCADE,"
    "	ip4 BLOB,"
    "	ip6 BLOB,"
    "	mac BLOB NOT NULL,"
    "	host_link TEXT NOT NULL,"
    "	link TEXT NOT NULL,"
    "	position INTEGER NOT NULL,"
    "	endpoint TEXT NOT NULL,"
    "	aliases TEXT NOT NULL,"
    "	PRIMARY KEY (container, network)) WITHOUT ROWID;"
    "CREATE UNIQUE INDEX leases_by_ip4 ON leases (network, ip4) WHERE ip4 IS NOT NULL;"
    "CREATE UNIQUE INDEX leases_by_ip6 ON leases (network, ip6) WHERE ip6 IS NOT NULL;"
    "CREATE TABLE names ("
    "	network TEXT NOT NULL,"
    "	name TEXT NOT NULL COLLATE NOCASE,"
    "	container TEXT NOT NULL REFERENCES containers (id) ON DELETE CASCADE,"
    "	PRIMARY KEY (network, name, container)) WITHOUT ROWID;"
    "CREATE INDEX names_by_container ON names (container);"
    "CREATE TABLE ports ("
    "	proto INTEGER NOT NULL,"
    "	single INTEGER NOT NULL,"
    "	first INTEGER NOT NULL,"
    "	last INTEGER NOT NULL,"
    "	host BLOB NOT NULL,"
    "	target INTEGER NOT NULL,"
    "	container TEXT NOT NULL REFERENCES containers (id) ON DELETE CASCADE);"
    "CREATE INDEX ports_by_number ON ports (proto, single, first);"
    "CREATE INDEX ports_by_container ON ports (container);";
