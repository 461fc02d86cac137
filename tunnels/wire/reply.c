/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/wire/reply.h"

#include "engine/base/ascii.h"

#include <assert.h>

#define CODE_LEN 3u

static void write_prefix(struct buf *out, unsigned code, char separator, struct span enhanced)
{
    char digits[CODE_LEN + 1] = {(char)('0' + code / 100), (char)('0' + code / 10 % 10),
                                 (char)('0' + code % 10), separator};
    buf_add(out, span_of(digits, sizeof digits));
    if (enhanced.len > 0) {
        buf_add(out, enhanced);
        buf_add_byte(out, ' ');
    }
}

static void write_printable(struct buf *out, struct span text)
{
    char clean[REPLY_LINE_MAX];
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool blank = c == '\t';
        clean[i] = blank ? ' ' : ascii_is_control(c) || ascii_is_8bit(c) ? '?' : c;
    }
    buf_add(out, span_of(clean, text.len));
}

/* The first piece of `rest` that fits on a line; *more_out says whether another line follows. */
static struct span next_line(struct span *rest, size_t room, bool *more_out)
{
    size_t len = span_find_byte(*rest, '\n');
    bool cut = len != SPAN_NONE;
    if (!cut)
        len = rest->len;
    if (len > room) {
        len = room;
        cut = false;
    }
    struct span line = span_sub(*rest, 0, len);
    *rest = span_from(*rest, cut ? len + 1 : len);
    *more_out = cut || rest->len > 0;
    return line;
}

void reply_write(struct buf *out, unsigned code, struct span enhanced, struct span text)
{
    assert(code >= 200 && code <= 599);
    if (enhanced.len >= REPLY_ENHANCED_MAX)
        enhanced.len = 0;
    size_t room = REPLY_LINE_MAX - (CODE_LEN + 1) - 2;
    if (enhanced.len > 0)
        room -= enhanced.len + 1;
    bool more = true;
    while (more) {
        struct span line = next_line(&text, room, &more);
        write_prefix(out, code, more ? '-' : ' ', enhanced);
        write_printable(out, line);
        buf_add(out, SPAN("\r\n"));
    }
}

void reply_write_answer(struct buf *out, const struct answer *answer)
{
    reply_write(out, answer->code, span_str(answer->enhanced), span_str(answer->text));
}

void reply_write_reply(struct buf *out, const struct reply *reply)
{
    reply_write(out, reply->code, reply->enhanced, reply->text);
}
