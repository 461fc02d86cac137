/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/codecs/japanese.h"

#include "engine/base/utf8.h"

#include <errno.h>
#include <iconv.h>

#define NO_CONVERTER ((iconv_t)-1)
#define PAIRS 256u
#define ESC 0x1b

enum set { SET_ASCII, SET_ROMAN, SET_KANA, SET_KANJI, SET_SUPPLEMENT };

struct japanese {
    iconv_t standard; /* EUC-JP: the sets with the high bit */
    iconv_t windows;  /* CP932, which has the rows of NEC and IBM */
    enum set set;
};

/* What is decoded, and where to. */
struct step {
    struct span raw;
    size_t at;
    bool more;
    struct bulk *out;
    size_t *bad_at;
};

static const struct {
    struct span bytes; /* behind ESC */
    enum set set;
} escapes[] = {
    {SPAN_INIT("(B"), SET_ASCII},  {SPAN_INIT("(J"), SET_ROMAN},
    {SPAN_INIT("(I"), SET_KANA},   {SPAN_INIT("$@"), SET_KANJI},
    {SPAN_INIT("$B"), SET_KANJI},  {SPAN_INIT("$(@"), SET_KANJI},
    {SPAN_INIT("$(B"), SET_KANJI}, {SPAN_INIT("$(D"), SET_SUPPLEMENT},
};

static void close_japanese(void *arg)
{
    struct japanese *japanese = arg;
    if (japanese->standard != NO_CONVERTER)
        (void)iconv_close(japanese->standard);
    if (japanese->windows != NO_CONVERTER)
        (void)iconv_close(japanese->windows);
}

struct japanese *japanese_new(struct arena *arena)
{
    struct japanese *japanese = ARENA_NEW(arena, struct japanese);
    japanese->standard = iconv_open("UTF-8", "EUC-JP");
    japanese->windows = iconv_open("UTF-8", "CP932");
    japanese->set = SET_ASCII;
    arena_defer(arena, close_japanese, japanese);
    bool good = japanese->standard != NO_CONVERTER && japanese->windows != NO_CONVERTER;
    return good ? japanese : NULL;
}

bool japanese_is_initial(const struct japanese *japanese)
{
    return japanese->set == SET_ASCII;
}

void japanese_reset(struct japanese *japanese)
{
    japanese->set = SET_ASCII;
}

static void add_bad(struct step *step, size_t at)
{
    if (*step->bad_at == SIZE_MAX)
        *step->bad_at = at;
    bulk_add(step->out, SPAN(UTF8_REPLACEMENT));
}

/* One character of two bytes in EUC: a row of Shift JIS holds two of it. */
static bool convert_one(iconv_t converter, const char *euc, struct bulk *out)
{
    unsigned row = (unsigned char)euc[0] & 0x7fu, cell = (unsigned char)euc[1] & 0x7fu;
    unsigned lead = ((row + 1) >> 1) + (row < 0x5f ? 0x70u : 0xb0u);
    unsigned trail = cell + (row % 2 == 0 ? 0x7eu : cell > 0x5f ? 0x20u : 0x1fu);
    char octets[2] = {(char)lead, (char)trail}, text[32], *to = text, *in = octets;
    size_t left = sizeof octets, room = sizeof text;
    (void)iconv(converter, NULL, NULL, NULL, NULL);
    if (iconv(converter, &in, &left, &to, &room) == (size_t)-1)
        return false;
    bulk_add(out, span_of(text, (size_t)(to - text)));
    return true;
}

/* Characters of `width` bytes each in EUC; those of the first one were read at `at`. */
static void convert(struct japanese *japanese, struct step *step, size_t at, struct span octets,
                    size_t width)
{
    char *in = (char *)(uintptr_t)octets.ptr;
    size_t left = octets.len;
    (void)iconv(japanese->standard, NULL, NULL, NULL, NULL);
    while (left > 0) {
        char text[1024], *to = text;
        size_t room = sizeof text;
        size_t result = iconv(japanese->standard, &in, &left, &to, &room);
        int code = errno;
        bulk_add(step->out, span_of(text, (size_t)(to - text)));
        if (result != (size_t)-1 || code == E2BIG)
            continue;
        if (width == 3 || !convert_one(japanese->windows, in, step->out))
            add_bad(step, at + (octets.len - left) / width * 2);
        in += width;
        left -= width;
    }
}

static bool is_graphic(char c)
{
    return c > ' ' && c < 0x7f;
}

/* A run of characters of two bytes. false: what is left may go on. */
static bool read_pairs(struct japanese *japanese, struct step *step)
{
    char octets[PAIRS * 3];
    size_t len = 0, count = 0, width = japanese->set == SET_SUPPLEMENT ? 3 : 2;
    struct span rest = span_from(step->raw, step->at);
    while (count < PAIRS && count * 2 + 1 < rest.len && is_graphic(rest.ptr[count * 2]) &&
           is_graphic(rest.ptr[count * 2 + 1])) {
        if (width == 3)
            octets[len++] = (char)0x8f;
        octets[len++] = (char)(rest.ptr[count * 2] | 0x80);
        octets[len++] = (char)(rest.ptr[count * 2 + 1] | 0x80);
        count++;
    }
    if (count == 0) {
        if (rest.len == 1 && step->more)
            return false;
        add_bad(step, step->at++);
        return true;
    }
    convert(japanese, step, step->at, span_of(octets, len), width);
    step->at += count * 2;
    return true;
}

/* Whether more bytes could make an escape of what stands behind ESC. */
static bool begins_escape(struct span rest)
{
    for (size_t i = 0; i < ARRAY_LEN(escapes); i++) {
        if (span_starts(escapes[i].bytes, rest))
            return true;
    }
    return false;
}

/* The same for an escape sequence. */
static bool read_escape(struct japanese *japanese, struct step *step)
{
    struct span rest = span_from(step->raw, step->at + 1);
    for (size_t i = 0; i < ARRAY_LEN(escapes); i++) {
        if (!span_starts(rest, escapes[i].bytes))
            continue;
        japanese->set = escapes[i].set;
        step->at += 1 + escapes[i].bytes.len;
        return true;
    }
    if (step->more && begins_escape(rest))
        return false;
    add_bad(step, step->at++);
    return true;
}

/* What one byte is in the sets of one; 0: nothing. */
static uint32_t single(enum set set, char c)
{
    if (c == 0x0e || c == 0x0f || (unsigned char)c > 0x7f)
        return 0;
    if (set == SET_KANA && is_graphic(c))
        return c < 0x60 ? 0xff61 + (uint32_t)(c - 0x21) : 0;
    if (set == SET_ROMAN && c == '\\')
        return 0xa5;
    return set == SET_ROMAN && c == '~' ? 0x203e : (uint32_t)c;
}

static void read_single(struct japanese *japanese, struct step *step)
{
    char text[UTF8_MAX], c = step->raw.ptr[step->at];
    uint32_t code = single(japanese->set, c);
    if (code == 0 && c != '\0')
        add_bad(step, step->at);
    else
        bulk_add(step->out, span_of(text, utf8_encode(code, text)));
    step->at++;
}

static void read_ascii(struct step *step)
{
    size_t start = step->at;
    while (step->at < step->raw.len && single(SET_ASCII, step->raw.ptr[step->at]) != 0 &&
           step->raw.ptr[step->at] != ESC)
        step->at++;
    bulk_add(step->out, span_sub(step->raw, start, step->at - start));
}

size_t japanese_decode(struct japanese *japanese, struct span raw, bool more, struct bulk *out,
                       size_t *bad_at)
{
    struct step step = {raw, 0, more, out, bad_at};
    while (step.at < raw.len) {
        char c = raw.ptr[step.at];
        if (c == ESC) {
            if (!read_escape(japanese, &step))
                break;
        } else if (japanese->set >= SET_KANJI && is_graphic(c)) {
            if (!read_pairs(japanese, &step))
                break;
        } else if (japanese->set == SET_ASCII && single(SET_ASCII, c) != 0) {
            read_ascii(&step);
        } else {
            read_single(japanese, &step);
        }
    }
    return step.at;
}
