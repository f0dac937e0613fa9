/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORACLE_CLI_FORMAT_COLUMNS_H
#define CORACLE_CLI_FORMAT_COLUMNS_H

#include "base/buf.h"

/*
 * Aligns text with tabs as Go's tabwriter does: a cell ends with a tab, and the cells of successive
 * lines that have one in that place form a column, as wide as its widest cell and `padding`, at
 * least `min_width`. What follows a line's last tab belongs to no column. Appends to *out; returns
 * out->failed.
 */
int columns_align(const char *text, int min_width, int padding, struct buf *out);

#endif
