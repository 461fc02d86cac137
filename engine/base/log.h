/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log: one line an event on standard error, `key=value` or JSON. Values that come from outside are
 * escaped and cut at LOG_FOREIGN_MAX bytes. Message content and matched text never go in here:
 * names of rules, places, lengths and counts do. Any thread; a line is written with one write(2),
 * which never waits: what nobody reads is lost and counted (log_sink.h).
 *
 *     log_event(LOG_INFO, "session.open", LOG_STR("s", id), LOG_STR("client", address));
 */
#ifndef CULVERT_BASE_LOG_H
#define CULVERT_BASE_LOG_H

#include "engine/base/attrs.h"
#include "engine/base/span.h"

#define LOG_FOREIGN_MAX 100

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };
enum log_format { LOG_TEXT, LOG_JSON };

enum log_type { LOG_TYPE_SPAN, LOG_TYPE_WHOLE, LOG_TYPE_NUMBER, LOG_TYPE_BOOL };

struct log_field {
    const char *key;
    enum log_type type;
    struct span text;
    int64_t number;
};

#define LOG_SPAN(k, s) ((struct log_field){(k), LOG_TYPE_SPAN, (s), 0})
#define LOG_STR(k, s) LOG_SPAN(k, span_str(s))
/* A text of our own (a complaint about the configuration): escaped, not cut. */
#define LOG_WHOLE(k, s) ((struct log_field){(k), LOG_TYPE_WHOLE, (s), 0})
#define LOG_NUM(k, n) ((struct log_field){(k), LOG_TYPE_NUMBER, {NULL, 0}, (int64_t)(n)})
#define LOG_BOOL(k, b) ((struct log_field){(k), LOG_TYPE_BOOL, {NULL, 0}, (b)})

/* Before any thread is started. `fd` stays the caller's. */
void log_setup(int fd, enum log_level least, enum log_format format);
bool log_wants(enum log_level level);

/* `fields` has `count` entries. Time, level and event come first. */
void log_fields(enum log_level level, const char *event, const struct log_field *fields,
                size_t count);

/* A line for who started the process: `what`, then the fields as text, with neither time nor level,
 * whatever the format of the log is. */
void log_announce(const char *what, const struct log_field *fields, size_t count);

#define log_event(level, event, ...)                                                               \
    do {                                                                                           \
        if (log_wants(level)) {                                                                    \
            const struct log_field fields_[] = {__VA_ARGS__};                                      \
            log_fields((level), (event), fields_, ARRAY_LEN(fields_));                             \
        }                                                                                          \
    } while (0)

#endif
