/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/mail/received.h"

#include "engine/base/ascii.h"
#include "engine/base/buf.h"
#include "tunnels/delivery/delivery.h"

#include <time.h>

#define FIELD "Received"

static const struct reply too_many_hops =
    REPLY(554, "5.4.6", "The message goes round in circles: too many Received fields");

/* RFC 5322 section 4.5.6: blanks in front of the colon are obsolete, and read all the same. */
static bool is_received(struct span line)
{
    size_t at = sizeof FIELD - 1;
    if (!span_starts_nocase(line, SPAN(FIELD)))
        return false;
    while (at < line.len && ascii_is_blank(line.ptr[at]))
        at++;
    return at < line.len && line.ptr[at] == ':';
}

const struct reply *received_refusal(const struct tunnel *tunnel, struct span message)
{
    unsigned count = 0;
    while (tunnel->max_received > 0 && message.len > 0) {
        size_t end = span_find_byte(message, '\n');
        struct span line = span_sub(message, 0, end == SPAN_NONE ? message.len : end);
        if (line.len == 0 || span_is(line, "\r"))
            break;
        count += is_received(line);
        if (count > tunnel->max_received)
            return &too_many_hops;
        message = span_from(message, line.len < message.len ? line.len + 1 : line.len);
    }
    return NULL;
}

/* What a client says of itself: a domain or an address literal, in which no comment, string or line
 * can begin or end. */
static void add_name(struct buf *out, struct span name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool bracket = (c == '[' && i == 0) || (c == ']' && i + 1 == name.len);
        bool plain = ascii_is_alnum(c) || (c != '\0' && strchr("-._:", c) != NULL);
        buf_add_byte(out, plain || bracket ? c : '?');
    }
}

static void add_address(struct buf *out, struct span address)
{
    bool needs_tag =
        span_find_byte(address, ':') != SPAN_NONE && !span_starts_nocase(address, SPAN("IPv6:"));
    if (address.len == 0)
        return;
    buf_add_str(out, needs_tag ? " ([IPv6:" : " ([");
    add_name(out, address);
    buf_add_str(out, "])");
}

/* RFC 3848, RFC 6531 section 4.3. */
static void add_protocol(struct buf *out, const struct received *received)
{
    if (!received->is_extended) {
        buf_add_str(out, "SMTP");
        return;
    }
    buf_add_str(out, received->is_utf8 ? "UTF8SMTP" : "ESMTP");
    buf_add_str(out, received->is_secure ? "S" : "");
    buf_add_str(out, received->is_authenticated ? "A" : "");
}

/* A quoted local part could hold anything: such an address is left out. */
static bool is_shown(struct span address)
{
    for (size_t i = 0; i < address.len; i++) {
        char c = address.ptr[i];
        if (c <= ' ' || c > '~' || strchr("\"\\()<>;,", c) != NULL)
            return false;
    }
    return address.len > 0;
}

/* RFC 5322 section 3.3, whatever the locale. */
static void add_date(struct buf *out, int64_t time_s)
{
    static const char days[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct tm tm;
    time_t time = (time_t)time_s;
    if (!gmtime_r(&time, &tm))
        return;
    buf_printf(out, "%.3s, %d %.3s %d %02d:%02d:%02d +0000", days + 3 * tm.tm_wday, tm.tm_mday,
               months + 3 * tm.tm_mon, tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

struct span received_value(const struct received *received, struct arena *arena)
{
    struct buf out = BUF_INIT;
    buf_add_str(&out, "from ");
    if (received->helo.len > 0)
        add_name(&out, received->helo);
    else
        buf_add_str(&out, "unknown");
    add_address(&out, received->address);
    buf_add_str(&out, "\r\n\tby ");
    add_name(&out, received->server_name);
    buf_add_str(&out, " with ");
    add_protocol(&out, received);
    buf_printf(&out, " id %s", received->id);
    if (is_shown(received->recipient))
        buf_printf(&out, "\r\n\tfor <%.*s>", SPAN_ARG(received->recipient));
    buf_add_str(&out, ";\r\n\t");
    add_date(&out, received->time_s);
    struct span value = arena_copy(arena, buf_span(&out));
    buf_fini(&out);
    return value;
}
