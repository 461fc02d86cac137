/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/codecs/charset.h"

#include "engine/base/utf8.h"
#include "engine/message/codecs/japanese.h"
#include "engine/message/codecs/unicode.h"

#include <errno.h>
#include <iconv.h>

#define NO_CONVERTER ((iconv_t)-1)
/* The longest sequence of bytes that stands for one character in any charset of the list. */
#define LONGEST 8u

/* What a byte of a single-byte charset stands for. */
struct single {
    char text[UTF8_MAX];
    size_t len; /* 0: nothing */
};

struct converter {
    const struct charset *charset;
    bool big;
    iconv_t reader; /* NO_CONVERTER for Unicode's own */
    iconv_t writer; /* these two are opened when they are needed */
    iconv_t checker;
    bool initial;
    struct single *singles;    /* 256; for CHARSET_SINGLE */
    struct japanese *japanese; /* instead of a reader */
};

static void close_converter(void *arg)
{
    struct converter *converter = arg;
    if (converter->reader != NO_CONVERTER)
        (void)iconv_close(converter->reader);
    if (converter->writer != NO_CONVERTER)
        (void)iconv_close(converter->writer);
    if (converter->checker != NO_CONVERTER)
        (void)iconv_close(converter->checker);
}

static bool uses_iconv(const struct converter *converter)
{
    return converter->charset->from != NULL;
}

static void read_singles(struct converter *converter, struct arena *arena)
{
    converter->singles = ARENA_ARRAY(arena, 256, struct single);
    for (int c = 0; c < 256; c++) {
        char in = (char)c, *from = &in, *to = converter->singles[c].text;
        size_t in_left = 1, out_left = UTF8_MAX;
        (void)iconv(converter->reader, NULL, NULL, NULL, NULL);
        if (iconv(converter->reader, &from, &in_left, &to, &out_left) == (size_t)-1)
            continue;
        /* Some (Vietnamese, Hebrew) wait for a combining mark: flush what they hold. */
        (void)iconv(converter->reader, NULL, NULL, &to, &out_left);
        converter->singles[c].len = UTF8_MAX - out_left;
    }
    /* Where a charset has nothing there (TIS-620), Windows and browsers have the same blank. */
    struct single *blank = &converter->singles[0xa0];
    if (blank->len == 0)
        blank->len = utf8_encode(0xa0, blank->text);
}

struct converter *converter_new(const struct charset *charset, bool big, struct arena *arena)
{
    struct converter *converter = ARENA_NEW(arena, struct converter);
    *converter = (struct converter){.charset = charset,
                                    .big = big,
                                    .reader = NO_CONVERTER,
                                    .writer = NO_CONVERTER,
                                    .checker = NO_CONVERTER,
                                    .initial = true};
    if (!uses_iconv(converter))
        return converter;
    arena_defer(arena, close_converter, converter);
    if (strcmp(charset->from, "ISO-2022-JP") == 0) {
        converter->japanese = japanese_new(arena);
        return converter->japanese ? converter : NULL;
    }
    converter->reader = iconv_open("UTF-8", charset->from);
    if (converter->reader == NO_CONVERTER)
        return NULL;
    if (charset->kind == CHARSET_SINGLE)
        read_singles(converter, arena);
    return converter;
}

/* All that an arena shares. */
struct shared {
    struct shared *next;
    const struct charset *charset;
    bool big;
    struct converter *converter; /* NULL: iconv does not have it */
};

struct converter *converter_shared(const struct charset *charset, bool big, struct arena *arena)
{
    static const char key = 0;
    struct shared **slot = arena_once(arena, &key, sizeof *slot);
    while (*slot && ((*slot)->charset != charset || (*slot)->big != big))
        slot = &(*slot)->next;
    if (!*slot) {
        *slot = ARENA_NEW(arena, struct shared);
        (*slot)->charset = charset;
        (*slot)->big = big;
        (*slot)->converter = converter_new(charset, big, arena);
    }
    if ((*slot)->converter)
        converter_reset((*slot)->converter);
    return (*slot)->converter;
}

bool converter_is_initial(const struct converter *converter)
{
    return converter->japanese ? japanese_is_initial(converter->japanese) : converter->initial;
}

void converter_reset(struct converter *converter)
{
    converter->initial = true;
    if (converter->japanese)
        japanese_reset(converter->japanese);
    if (converter->reader != NO_CONVERTER)
        (void)iconv(converter->reader, NULL, NULL, NULL, NULL);
}

/* Follows the escapes of ISO-2022-JP-2. UTF-7 is in its first state behind every line end. Others
 * never are again. */
static void follow_state(struct converter *converter, struct span consumed)
{
    if (consumed.len == 0 || converter->charset->kind != CHARSET_STATEFUL)
        return;
    if (strcmp(converter->charset->from, "UTF-7") == 0) {
        converter->initial = consumed.ptr[consumed.len - 1] == '\n';
        return;
    }
    if (strcmp(converter->charset->from, "ISO-2022-KR") == 0) {
        converter->initial = false;
        return;
    }
    const char *escape = memrchr(consumed.ptr, 0x1b, consumed.len);
    if (!escape)
        return;
    struct span rest = {escape, (size_t)(span_end(consumed) - escape)};
    /* A second set of ISO-2022-JP-2 is designated for one line only. */
    converter->initial = span_starts(rest, SPAN("\x1b(B"));
}

static size_t decode_unicode(const struct converter *converter, struct span raw, bool more,
                             struct bulk *out, size_t *bad_at)
{
    char text[1024];
    size_t at = 0, used = 0, len = 1;
    while (at < raw.len) {
        int32_t code =
            unicode_step(converter->charset->kind, converter->big, span_from(raw, at), more, &len);
        if (len == 0)
            break;
        if (code < 0 && *bad_at == SIZE_MAX)
            *bad_at = at;
        if (used + UTF8_MAX > sizeof text) {
            bulk_add(out, span_of(text, used));
            used = 0;
        }
        used += utf8_encode(code < 0 ? 0xfffd : (uint32_t)code, text + used);
        at += len;
    }
    bulk_add(out, span_of(text, used));
    return at;
}

static size_t decode_singles(const struct converter *converter, struct span raw, struct bulk *out,
                             size_t *bad_at)
{
    for (size_t at = 0; at < raw.len;) {
        char text[1024];
        size_t len = 0;
        for (; at < raw.len && len + UTF8_MAX <= sizeof text; at++) {
            const struct single *single = &converter->singles[(unsigned char)raw.ptr[at]];
            bool bad = single->len == 0;
            if (bad && *bad_at == SIZE_MAX)
                *bad_at = at;
            memcpy(text + len, bad ? UTF8_REPLACEMENT : single->text, bad ? 3 : UTF8_MAX);
            len += bad ? 3 : single->len;
        }
        bulk_add(out, span_of(text, len));
    }
    return raw.len;
}

static size_t decode_iconv(struct converter *converter, struct span raw, bool more,
                           struct bulk *out, size_t *bad_at)
{
    char *in = (char *)(uintptr_t)raw.ptr; /* iconv() does not write to its input */
    size_t in_left = raw.len;
    while (in_left > 0) {
        char chunk[4096], *to = chunk;
        size_t room = sizeof chunk;
        size_t result = iconv(converter->reader, &in, &in_left, &to, &room);
        int code = errno;
        bulk_add(out, span_of(chunk, (size_t)(to - chunk)));
        if (result != (size_t)-1 || code == E2BIG)
            continue;
        if (code == EINVAL && more)
            break;
        if (*bad_at == SIZE_MAX)
            *bad_at = raw.len - in_left;
        bulk_add(out, SPAN(UTF8_REPLACEMENT));
        in++;
        in_left--;
    }
    follow_state(converter, span_sub(raw, 0, raw.len - in_left));
    return raw.len - in_left;
}

size_t converter_decode(struct converter *converter, struct span raw, bool more, struct bulk *out,
                        size_t *bad_at)
{
    *bad_at = SIZE_MAX;
    if (!uses_iconv(converter))
        return decode_unicode(converter, raw, more, out, bad_at);
    if (converter->japanese)
        return japanese_decode(converter->japanese, raw, more, out, bad_at);
    if (converter->singles)
        return decode_singles(converter, raw, out, bad_at);
    return decode_iconv(converter, raw, more, out, bad_at);
}

static size_t step_iconv(struct converter *converter, struct span raw, char *text, size_t *text_len)
{
    size_t most = raw.len < LONGEST ? raw.len : LONGEST;
    for (size_t len = 1; len <= most; len++) {
        char *in = (char *)(uintptr_t)raw.ptr, *to = text;
        size_t in_left = len, out_left = CONVERTER_STEP;
        if (iconv(converter->reader, &in, &in_left, &to, &out_left) != (size_t)-1 ||
            in_left < len) {
            *text_len = CONVERTER_STEP - out_left;
            return len - in_left;
        }
        if (errno != EINVAL)
            break;
    }
    memcpy(text, UTF8_REPLACEMENT, 3);
    *text_len = 3;
    return 1;
}

size_t converter_step(struct converter *converter, struct span raw, char text[CONVERTER_STEP],
                      size_t *text_len)
{
    *text_len = 0;
    if (raw.len == 0)
        return 0;
    if (!uses_iconv(converter)) {
        size_t len;
        int32_t code = unicode_step(converter->charset->kind, converter->big, raw, false, &len);
        *text_len = utf8_encode(code < 0 ? 0xfffd : (uint32_t)code, text);
        return len;
    }
    if (!converter->singles)
        return step_iconv(converter, raw, text, text_len);
    const struct single *single = &converter->singles[(unsigned char)raw.ptr[0]];
    *text_len = single->len > 0 ? single->len : 3;
    memcpy(text, single->len > 0 ? single->text : UTF8_REPLACEMENT, *text_len);
    return 1;
}

static bool encode_unicode(const struct converter *converter, struct span text, struct bulk *out)
{
    while (text.len > 0) {
        uint32_t code = 0xfffd;
        char bytes[4];
        size_t len = utf8_decode(text, &code);
        size_t put = unicode_put(converter->charset->kind, converter->big, code, bytes);
        if (put == 0)
            return false;
        bulk_add(out, span_of(bytes, put));
        text = span_from(text, len > 0 ? len : 1);
    }
    return true;
}

/* Whether the charset as others have it reads `octets` as `text`: some converters write more than
 * they read. */
static bool reads_as(struct converter *converter, struct span octets, struct span text)
{
    char *in = (char *)(uintptr_t)octets.ptr, chunk[512];
    size_t in_left = octets.len;
    if (converter->charset->kind == CHARSET_STATEFUL)
        return true;
    if (converter->checker == NO_CONVERTER)
        converter->checker = iconv_open("UTF-8", converter->charset->to);
    while (in_left > 0 && converter->checker != NO_CONVERTER) {
        char *to = chunk;
        size_t room = sizeof chunk;
        if (iconv(converter->checker, &in, &in_left, &to, &room) == (size_t)-1 && errno != E2BIG)
            return false;
        struct span piece = span_of(chunk, (size_t)(to - chunk));
        if (!span_starts(text, piece))
            return false;
        text = span_from(text, piece.len);
    }
    return text.len == 0;
}

/* As much as fits into one chunk. */
static bool encode_chunk(struct converter *converter, struct span *text, struct bulk *out)
{
    char *in = (char *)(uintptr_t)text->ptr, chunk[512], *to = chunk;
    size_t in_left = text->len, room = sizeof chunk;
    size_t result = iconv(converter->writer, &in, &in_left, &to, &room);
    struct span octets = span_of(chunk, (size_t)(to - chunk));
    /* A count above 0 says that a character was replaced by a similar one. */
    bool good = result == (size_t)-1 ? errno == E2BIG : result == 0;
    if (!good || !reads_as(converter, octets, span_sub(*text, 0, text->len - in_left)))
        return false;
    bulk_add(out, octets);
    *text = span_from(*text, text->len - in_left);
    return true;
}

static bool encode_iconv(struct converter *converter, struct span text, bool last, struct bulk *out)
{
    if (converter->writer == NO_CONVERTER)
        converter->writer = iconv_open(converter->charset->to, "UTF-8");
    if (converter->writer == NO_CONVERTER)
        return false;
    while (text.len > 0) {
        if (!encode_chunk(converter, &text, out)) {
            (void)iconv(converter->writer, NULL, NULL, NULL, NULL);
            return false;
        }
    }
    if (last) {
        char chunk[64], *to = chunk;
        size_t room = sizeof chunk;
        (void)iconv(converter->writer, NULL, NULL, &to, &room);
        bulk_add(out, span_of(chunk, (size_t)(to - chunk)));
    }
    return true;
}

bool converter_encode(struct converter *converter, struct span text, bool last, struct bulk *out)
{
    if (uses_iconv(converter))
        return encode_iconv(converter, text, last, out);
    return encode_unicode(converter, text, out);
}
