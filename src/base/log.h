/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Diagnostics for whoever runs the program. Silent until a program's main() calls log_open():
 * libraries may log, but never decide where it goes. Errors that end a command travel by
 * struct err, not through here.
 */
#ifndef CORACLE_BASE_LOG_H
#define CORACLE_BASE_LOG_H

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

/* Log to `fd` (borrowed, -1: nowhere) what is at least as grave as `level`. */
void log_open(int fd, enum log_level level, enum log_format format);

void log_message(enum log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#define log_error(...) log_message(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...) log_message(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...) log_message(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_message(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
