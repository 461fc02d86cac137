/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/log.h"

#include "engine/base/ascii.h"
#include "engine/base/log_sink.h"
#include "engine/base/utf8.h"

#include <time.h>

/* Longer lines are cut: what is logged is bounded, and so is the stack. */
#define LINE_MAX_BYTES 4096u
/* Kept for the end of a text that is cut and of the line, so that it stays whole in its format. */
#define END_BYTES 16u
/* Of one escape; of what stands around a value; of a number. */
#define ESCAPE_BYTES 6u
#define AROUND_BYTES 16u
#define NUMBER_BYTES 20u

/* A line under construction. There is one a message, so nothing here goes through printf. */
struct line {
    enum log_format format;
    size_t len;
    char bytes[LINE_MAX_BYTES];
};

static struct {
    enum log_level least;
    enum log_format format;
} sink = {LOG_INFO, LOG_TEXT};

void log_setup(int fd, enum log_level least, enum log_format format)
{
    log_sink_open(fd);
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

static size_t room(const struct line *line)
{
    size_t most = sizeof line->bytes - END_BYTES;
    return line->len < most ? most - line->len : 0;
}

static void add(struct line *line, struct span text)
{
    size_t left = sizeof line->bytes - line->len;
    size_t len = text.len < left ? text.len : left;
    memcpy(line->bytes + line->len, text.ptr, len);
    line->len += len;
}

static void add_str(struct line *line, const char *text)
{
    add(line, span_str(text));
}

static void add_byte(struct line *line, char c)
{
    add(line, span_of(&c, 1));
}

/* With zeros in front up to `digits`. */
static void add_number(struct line *line, uint64_t number, size_t digits)
{
    char text[20];
    size_t at = sizeof text;
    do {
        text[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0 || sizeof text - at < digits);
    add(line, span_of(text + at, sizeof text - at));
}

static void add_signed(struct line *line, int64_t number)
{
    if (number < 0)
        add_byte(line, '-');
    add_number(line, number < 0 ? -(uint64_t)number : (uint64_t)number, 1);
}

static void add_escape(struct line *line, uint32_t code)
{
    static const char digits[] = "0123456789abcdef";
    add_str(line, "\\u");
    for (unsigned shift = 16; shift > 0; shift -= 4)
        add_byte(line, digits[code >> (shift - 4) & 15]);
}

/* ISO 8601, UTC, milliseconds. */
static void add_time(struct line *line)
{
    struct timespec now;
    struct tm tm;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &tm);
    const struct {
        int number;
        size_t digits;
        char behind;
    } pieces[] = {{tm.tm_year + 1900, 4, '-'},
                  {tm.tm_mon + 1, 2, '-'},
                  {tm.tm_mday, 2, 'T'},
                  {tm.tm_hour, 2, ':'},
                  {tm.tm_min, 2, ':'},
                  {tm.tm_sec, 2, '.'},
                  {(int)(now.tv_nsec / 1000000), 3, 'Z'}};
    for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
        add_number(line, (uint64_t)pieces[i].number, pieces[i].digits);
        add_byte(line, pieces[i].behind);
    }
}

/* Control characters, and what makes a terminal or viewer show a line as two, or turned round. */
static bool is_misleading(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2066 && code <= 0x2069);
}

/* Quotes, backslashes, misleading characters and broken UTF-8 leave as JSON's escapes: they are
 * readable in the text format as well. Returns what the line had no room for. */
static struct span add_escaped(struct line *line, struct span text)
{
    while (text.len > 0 && room(line) >= ESCAPE_BYTES) {
        uint32_t code = 0;
        size_t len = utf8_decode(text, &code);
        if (len == 0) {
            add_escape(line, 0xfffd);
            len = 1;
        } else if (code == '"' || code == '\\') {
            add_byte(line, '\\');
            add_byte(line, (char)code);
        } else if (is_misleading(code)) {
            add_escape(line, code);
        } else {
            add(line, span_sub(text, 0, len));
        }
        text = span_from(text, len);
    }
    return text;
}

/* Most values are plain words: they need neither quotes nor escapes. */
static bool is_plain(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (ascii_is_control(c) || ascii_is_8bit(c) || c == ' ' || c == '"' || c == '\\' ||
            c == '=')
            return false;
    }
    return text.len > 0;
}

static void add_text(struct line *line, struct span text, bool whole)
{
    bool cut = !whole && text.len > LOG_FOREIGN_MAX;
    if (cut)
        text.len = LOG_FOREIGN_MAX;
    bool plain = is_plain(text);
    bool quoted = line->format == LOG_JSON || cut || !plain;
    if (quoted)
        add_byte(line, '"');
    if (plain && text.len <= room(line))
        add(line, text);
    else
        cut |= add_escaped(line, text).len > 0;
    if (cut)
        add_str(line, "...");
    if (quoted)
        add_byte(line, '"');
}

static void add_key(struct line *line, const char *key)
{
    add_str(line, line->format == LOG_JSON ? ",\"" : " ");
    add_str(line, key);
    add_str(line, line->format == LOG_JSON ? "\":" : "=");
}

static void add_field(struct line *line, const struct log_field *field)
{
    if (room(line) < strlen(field->key) + AROUND_BYTES + NUMBER_BYTES)
        return;
    add_key(line, field->key);
    if (field->type == LOG_TYPE_NUMBER)
        add_signed(line, field->number);
    else if (field->type == LOG_TYPE_BOOL)
        add_str(line, field->number ? "true" : "false");
    else
        add_text(line, field->text, field->type == LOG_TYPE_WHOLE);
}

static void add_head(struct line *line, enum log_level level, const char *event)
{
    bool json = line->format == LOG_JSON;
    add_str(line, json ? "{\"time\":\"" : "");
    add_time(line);
    add_str(line, json ? "\",\"level\":\"" : " ");
    add_str(line, level_name(level));
    add_str(line, json ? "\",\"event\":\"" : " ");
    add_str(line, event);
    add_str(line, json ? "\"" : "");
}

static bool end_line(struct line *line)
{
    struct span end = line->format == LOG_JSON ? SPAN("}\n") : SPAN("\n");
    if (line->len > sizeof line->bytes - end.len)
        line->len = sizeof line->bytes - end.len;
    add(line, end);
    return log_sink_write(span_of(line->bytes, line->len));
}

static bool write_line(enum log_level level, const char *event, const struct log_field *fields,
                       size_t count)
{
    struct line line;
    line.format = sink.format;
    line.len = 0;
    add_head(&line, level, event);
    for (size_t i = 0; i < count; i++)
        add_field(&line, &fields[i]);
    return end_line(&line);
}

/* Behind the first line that goes out again: how many did not. */
static void tell_lost(void)
{
    static const char *const events[] = {"log.lost"};
    uint64_t lost = log_sink_take_lost();
    const struct log_field field = LOG_NUM("lines", lost);
    if (lost > 0 && !write_line(LOG_WARNING, events[0], &field, 1))
        log_sink_put_lost(lost);
}

void log_announce(const char *what, const struct log_field *fields, size_t count)
{
    struct line line;
    line.format = LOG_TEXT;
    line.len = 0;
    add_str(&line, what);
    for (size_t i = 0; i < count; i++)
        add_field(&line, &fields[i]);
    (void)end_line(&line);
}

void log_fields(enum log_level level, const char *event, const struct log_field *fields,
                size_t count)
{
    if (write_line(level, event, fields, count))
        tell_lost();
}
