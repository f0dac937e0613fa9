/* SPDX-License-Identifier: Apache-2.0 */
/* Signals as users write them (signal(7)). */
#ifndef CORACLE_BASE_SIGNALS_H
#define CORACLE_BASE_SIGNALS_H

/* "TERM", "SIGTERM", "15", "RTMIN", "RTMIN+3", "RTMAX-1", any case: 1 to 64; -1 for what is none.
 * The C library keeps some real-time numbers for itself: RTMIN is the kernel's 34 as glibc counts.
 */
int signal_number(const char *text);

/* "TERM"; NULL for a number without a name of its own (a real-time signal). */
const char *signal_name(int number);

#endif
