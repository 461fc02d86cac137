/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/log.h"

#include "engine/base/ascii.h"
#include "engine/base/buf.h"
#include "engine/base/utf8.h"

#include <inttypes.h>
#include <time.h>
#include <unistd.h>

static struct {
    int fd;
    enum log_level least;
    enum log_format format;
} sink = {STDERR_FILENO, LOG_INFO, LOG_TEXT};

void log_setup(int fd, enum log_level least, enum log_format format)
{
    sink.fd = fd;
    sink.least = least;
    sink.format = format;
}

bool log_wants(enum log_level level)
{
    return level >= sink.least;
}

static const char *level_name(enum log_level level)
{
    static const char *const names[] = {"debug", "info", "warning", "error"};
    return names[level];
}

/* ISO 8601, UTC, milliseconds. */
static void add_time(struct buf *line)
{
    struct timespec now;
    struct tm tm;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &tm);
    buf_printf(line, "%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ", tm.tm_year + 1900, tm.tm_mon + 1,
               tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, now.tv_nsec / 1000000);
}

/* Quotes, backslashes, control characters and broken UTF-8 leave as JSON's escapes: they are
 * readable in the text format as well. */
static void add_escaped(struct buf *line, struct span text)
{
    while (text.len > 0) {
        uint32_t code = 0;
        size_t len = utf8_decode(text, &code);
        if (len == 0) {
            buf_printf(line, "\\ufffd");
            len = 1;
        } else if (code == '"' || code == '\\') {
            buf_printf(line, "\\%c", (char)code);
        } else if (code < 0x20 || (code >= 0x7f && code < 0xa0)) {
            buf_printf(line, "\\u%04" PRIx32, code);
        } else {
            buf_add(line, span_sub(text, 0, len));
        }
        text = span_from(text, len);
    }
}

static bool needs_quotes(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (ascii_is_control(c) || ascii_is_8bit(c) || c == ' ' || c == '"' || c == '\\' ||
            c == '=')
            return true;
    }
    return text.len == 0;
}

static void add_text(struct buf *line, struct span text, bool whole)
{
    bool cut = !whole && text.len > LOG_FOREIGN_MAX;
    if (cut)
        text.len = LOG_FOREIGN_MAX;
    bool quoted = sink.format == LOG_JSON || cut || needs_quotes(text);
    if (quoted)
        buf_add_byte(line, '"');
    add_escaped(line, text);
    if (cut)
        buf_add_str(line, "...");
    if (quoted)
        buf_add_byte(line, '"');
}

static void add_key(struct buf *line, const char *key)
{
    if (sink.format == LOG_JSON)
        buf_printf(line, ",\"%s\":", key);
    else
        buf_printf(line, " %s=", key);
}

static void add_field(struct buf *line, const struct log_field *field)
{
    add_key(line, field->key);
    if (field->type == LOG_TYPE_NUMBER)
        buf_printf(line, "%" PRId64, field->number);
    else if (field->type == LOG_TYPE_BOOL)
        buf_add_str(line, field->number ? "true" : "false");
    else
        add_text(line, field->text, field->type == LOG_TYPE_WHOLE);
}

void log_fields(enum log_level level, const char *event, const struct log_field *fields,
                size_t count)
{
    struct buf line = BUF_INIT;
    if (sink.format == LOG_JSON)
        buf_add_str(&line, "{\"time\":\"");
    add_time(&line);
    if (sink.format == LOG_JSON)
        buf_printf(&line, "\",\"level\":\"%s\",\"event\":\"%s\"", level_name(level), event);
    else
        buf_printf(&line, " %s %s", level_name(level), event);
    for (size_t i = 0; i < count; i++)
        add_field(&line, &fields[i]);
    buf_add_str(&line, sink.format == LOG_JSON ? "}\n" : "\n");
    /* A log that cannot be written must not stop mail. */
    ssize_t ignored = write(sink.fd, line.ptr, line.len);
    (void)ignored;
    buf_fini(&line);
}
