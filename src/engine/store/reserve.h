/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Room for removals on a full disk. The database only ever appends to its log, so removing a row
 * needs space before the removed files can give any back: `reserve` in the lib tree is that space.
 */
#ifndef CORACLE_ENGINE_STORE_RESERVE_H
#define CORACLE_ENGINE_STORE_RESERVE_H

/* Before something is removed: gives the file up where the disk is full. */
void store_reserve_spend(int lib_dirfd);
/* After that, and when the database is made: has the file again, where there is room for it. */
void store_reserve_fill(int lib_dirfd);

#endif
