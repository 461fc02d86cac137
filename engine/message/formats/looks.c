/* SPDX-License-Identifier: Apache-2.0 */
/* looks: what octets are, by their first bytes. */
#include "engine/message/open.h"

#include "engine/base/ascii.h"
#include "engine/base/byte_set.h"
#include "engine/base/utf8.h"

#define SAMPLE ((size_t)4096)
#define MEDIA_SAMPLE ((size_t)64 << 10)
#define END_SAMPLE ((size_t)1024)
#define LEAST 24u /* bytes that may be text */
#define PDF_SAMPLE ((size_t)1024)
/* The record that ends a zip, with the longest comment. */
#define ZIP_TAIL ((size_t)22 + 65535)

struct magic {
    size_t off;
    struct span bytes;
    enum content_look look;
};

/* The first of them for a text: an archive is never plain text, so one that only begins like one is
 * read. */
static const struct magic magics[] = {
    {0, SPAN_INIT("%!PS"), LOOK_DOCUMENT},
#define MAGICS_OF_TEXT 1u
    {0, SPAN_INIT("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), LOOK_DOCUMENT}, /* OLE2: old Office */
    {0, SPAN_INIT("PK\x03\x04"), LOOK_CONTAINER}, /* zip, Office, OpenDocument, jar, epub */
    {0, SPAN_INIT("PK\x05\x06"), LOOK_CONTAINER},
    {0, SPAN_INIT("PK\x07\x08"), LOOK_CONTAINER},
    {0, SPAN_INIT("7z\xbc\xaf\x27\x1c"), LOOK_CONTAINER},
    {0, SPAN_INIT("Rar!\x1a\x07"), LOOK_CONTAINER},
    {0, SPAN_INIT("\x1f\x8b"), LOOK_CONTAINER},
    {0, SPAN_INIT("\x1f\x9d"), LOOK_CONTAINER},
    {0, SPAN_INIT("BZh"), LOOK_CONTAINER},
    {0, SPAN_INIT("\xfd\x37zXZ\0"), LOOK_CONTAINER},
    {0, SPAN_INIT("\x28\xb5\x2f\xfd"), LOOK_CONTAINER}, /* zstd */
    {0, SPAN_INIT("\x04\x22\x4d\x18"), LOOK_CONTAINER}, /* lz4 */
    {0, SPAN_INIT("MSCF\0"), LOOK_CONTAINER},
    {2, SPAN_INIT("-lh"), LOOK_CONTAINER}, /* lha */
    {0, SPAN_INIT("SQLite format 3\0"), LOOK_CONTAINER},
    {0, SPAN_INIT("ISc("), LOOK_CONTAINER},
    {0, SPAN_INIT("\x60\xea"), LOOK_CONTAINER}, /* arj */
    {0, SPAN_INIT("!<arch>\n"), LOOK_CONTAINER},
    {0, SPAN_INIT("xar!"), LOOK_CONTAINER},
    {257, SPAN_INIT("ustar"), LOOK_CONTAINER},
    {0, SPAN_INIT("\x78\x9f\x3e\x22"), LOOK_CONTAINER}, /* TNEF */
    {0, SPAN_INIT("!BDN"), LOOK_CONTAINER},             /* Outlook's store */
    {32769, SPAN_INIT("CD001"), LOOK_CONTAINER},
    {0, SPAN_INIT("\x89PNG\r\n\x1a\n"), LOOK_MEDIA},
    {0, SPAN_INIT("\xff\xd8\xff"), LOOK_MEDIA},
    {0, SPAN_INIT("GIF87a"), LOOK_MEDIA},
    {0, SPAN_INIT("GIF89a"), LOOK_MEDIA},
    {0, SPAN_INIT("II*\0"), LOOK_MEDIA},
    {0, SPAN_INIT("MM\0*"), LOOK_MEDIA},
    {8, SPAN_INIT("WAVE"), LOOK_MEDIA}, /* these three in a RIFF: see is_certain() */
    {8, SPAN_INIT("AVI "), LOOK_MEDIA},
    {8, SPAN_INIT("WEBP"), LOOK_MEDIA},
    {0, SPAN_INIT("OggS"), LOOK_MEDIA},
    {0, SPAN_INIT("fLaC"), LOOK_MEDIA},
    {0, SPAN_INIT("ID3"), LOOK_MEDIA},
    {0, SPAN_INIT("\xff\xfb"), LOOK_MEDIA},
    {0, SPAN_INIT("\xff\xf3"), LOOK_MEDIA},
    {0, SPAN_INIT("\x1a\x45\xdf\xa3"), LOOK_MEDIA}, /* Matroska, WebM */
    {0, SPAN_INIT("\0\0\x01\xba"), LOOK_MEDIA},
    {0, SPAN_INIT("\x30\x26\xb2\x75\x8e\x66\xcf\x11"), LOOK_MEDIA},
    {0, SPAN_INIT("\0\0\x01\0"), LOOK_MEDIA}, /* icon */
    {4, SPAN_INIT("ftyp"), LOOK_MEDIA},
    {0, SPAN_INIT("wOFF"), LOOK_MEDIA},
    {0, SPAN_INIT("wOF2"), LOOK_MEDIA},
    {0, SPAN_INIT("MThd\0\0\0\x06"), LOOK_MEDIA},
    {0, SPAN_INIT("8BPS\0\x01"), LOOK_MEDIA},
    {0, SPAN_INIT("#!AMR"), LOOK_MEDIA},
    {0, SPAN_INIT("\xff\xf1"), LOOK_MEDIA}, /* AAC */
    {0, SPAN_INIT("\0\0\0\x0cjP  "), LOOK_MEDIA},
    {0, SPAN_INIT("BM"), LOOK_MEDIA},
    {0,
     SPAN_INIT("\x7f"
               "ELF"),
     LOOK_BINARY},
    {0, SPAN_INIT("MZ"), LOOK_BINARY},
    {0, SPAN_INIT("\xfe\xed\xfa"), LOOK_BINARY},
    {0, SPAN_INIT("\xcf\xfa\xed\xfe"), LOOK_BINARY},
    {0, SPAN_INIT("\xca\xfe\xba\xbe"), LOOK_BINARY},
};

/* Tags at the start of what browsers would show as HTML. */
static const struct span tags[] = {
    SPAN_INIT("<!doctype html"),
    SPAN_INIT("<html"),
    SPAN_INIT("<head"),
    SPAN_INIT("<body"),
    SPAN_INIT("<table"),
    SPAN_INIT("<div"),
    SPAN_INIT("<p>"),
    SPAN_INIT("<script"),
    SPAN_INIT("<title"),
    SPAN_INIT("<meta"),
    SPAN_INIT("<font"),
    SPAN_INIT("<style"),
    SPAN_INIT("<iframe"),
    SPAN_INIT("<h1"),
    SPAN_INIT("<br"),
    SPAN_INIT("<b>"),
    SPAN_INIT("<a "),
    SPAN_INIT("<img"),
    SPAN_INIT("<span"),
    SPAN_INIT("<center"),
};

static bool begins_with_tag(struct span text)
{
    if (span_starts(text, SPAN("\xef\xbb\xbf")))
        text = span_from(text, 3);
    for (;;) {
        text = span_trim(text);
        if (!span_starts(text, SPAN("<!--")))
            break;
        size_t end = span_find(text, SPAN("-->"));
        if (end == SPAN_NONE)
            return true;
        text = span_from(text, end + 3);
    }
    for (size_t i = 0; span_starts(text, SPAN("<")) && i < ARRAY_LEN(tags); i++) {
        if (span_starts_nocase(text, tags[i]))
            return true;
    }
    return false;
}

/* Characters that no text has: the control characters but blanks, line ends and escape. */
static const struct byte_set foreign = {
    .ascii = {3, 3, 3, 3, 3, 3, 3, 3, 2, 2, 2, 0, 2, 2, 3, 3 | 0x80}};

static size_t count_foreign(struct span sample)
{
    size_t count = 0;
    for (size_t at = byte_set_find(&foreign, sample, 0); at < sample.len; at++)
        count += byte_set_has(&foreign, (unsigned char)sample.ptr[at]);
    return count;
}

/* Text in ASCII or UTF-8, up to a character that the sample may have cut. */
static bool is_plain(struct span sample, bool cut)
{
    if (byte_set_find(&foreign, sample, 0) < sample.len)
        return false;
    size_t valid = utf8_valid_prefix(sample);
    return valid == sample.len || (cut && sample.len - valid < UTF8_MAX);
}

/* UTF-16 shows in its zeroes: western text has them in every other byte. */
static bool is_utf16(struct span sample)
{
    if (span_starts(sample, SPAN("\xff\xfe")) || span_starts(sample, SPAN("\xfe\xff")))
        return true;
    size_t zeroes[2] = {0, 0};
    for (size_t i = 0; i < sample.len; i++)
        zeroes[i % 2] += sample.ptr[i] == '\0';
    size_t most = zeroes[0] > zeroes[1] ? zeroes[0] : zeroes[1];
    bool others = count_foreign(sample) > zeroes[0] + zeroes[1];
    return sample.len >= 4 && !others && most * 3 > sample.len;
}

/* 8-bit text in some charset: hardly a control character. */
static bool is_mostly_printable(struct span sample)
{
    return count_foreign(sample) * 50 <= sample.len;
}

static uint32_t number(struct span content, size_t off, bool big)
{
    uint32_t value = 0;
    for (size_t i = 0; i < 4 && off + i < content.len; i++)
        value |= (uint32_t)(unsigned char)content.ptr[off + i] << (big ? 24 - 8 * i : 8 * i);
    return value;
}

/* Sizes as the header of a bitmap has them. */
static bool is_bitmap(struct span content)
{
    uint32_t size = number(content, 2, false), header = number(content, 14, false);
    return content.len >= 26 && size <= content.len && number(content, 6, false) == 0 &&
           header >= 12 && header <= 124;
}

/* The version, and a size in which the high bits are clear (ID3v2 section 3.1). */
static bool is_id3(struct span content)
{
    return content.len >= 10 && content.ptr[3] >= 2 && content.ptr[3] <= 4 &&
           (unsigned char)content.ptr[4] < 0xff && (number(content, 6, true) & 0x80808080) == 0;
}

/* The first box of an MP4 and its size. */
static bool is_first_box(struct span content)
{
    uint32_t size = number(content, 0, true);
    return size >= 16 && size <= 1024 && size % 4 == 0 && size <= content.len;
}

/* Whether more than a few letters, which any text may begin with, say that it is media. */
static bool is_certain(struct span content, struct span bytes)
{
    if (span_starts(bytes, SPAN("BM")))
        return is_bitmap(content);
    if (span_starts(bytes, SPAN("ID3")))
        return is_id3(content);
    if (span_starts(bytes, SPAN("ftyp")))
        return is_first_box(content);
    if (span_starts(bytes, SPAN("WAVE")) || span_starts(bytes, SPAN("AVI ")) ||
        span_starts(bytes, SPAN("WEBP")))
        return span_starts(content, SPAN("RIFF"));
    return true;
}

/* ASCII in one byte a character or in two, a fifth of anything else apart: packed data has three
 * fifths of it. */
static bool is_readable(struct span sample)
{
    size_t narrow = 0, wide[2] = {0, 0};
    for (size_t i = 0; i < sample.len; i++) {
        char c = sample.ptr[i];
        bool readable = ascii_is_space(c) || (c > ' ' && c <= '~');
        narrow += readable;
        wide[i % 2] += readable && i > 0 && sample.ptr[i - 1] == '\0';
    }
    size_t most = wide[0] > wide[1] ? wide[0] : wide[1];
    return narrow * 5 >= sample.len * 4 || most * 5 >= sample.len / 2 * 4;
}

/* These end with what is packed, and not, as others, with properties. */
static bool ends_packed(struct span magic)
{
    return span_starts(magic, SPAN("\x89PNG")) || span_starts(magic, SPAN("GIF8")) ||
           span_starts(magic, SPAN("\xff\xd8\xff"));
}

/* A signature and text behind it: what was put there, or all there is. */
static bool holds_text(struct span content, struct span magic)
{
    struct span first = span_sub(content, magic.len, END_SAMPLE);
    if (first.len < LEAST)
        return false;
    if (content.len < 2 * END_SAMPLE)
        return is_readable(first);
    bool last = is_readable(span_from(content, content.len - END_SAMPLE));
    return last && (ends_packed(magic) || is_readable(first));
}

/* Media is skipped, so it has to be sure. Pictures may begin with pages of readable properties. */
static bool is_media(struct span content, const struct magic *magic)
{
    return is_certain(content, magic->bytes) && !holds_text(content, magic->bytes) &&
           !is_mostly_printable(span_sub(content, 0, MEDIA_SAMPLE));
}

/* Readers of PDF look for its signature in the first kilobyte, those of RTF skip blanks and take
 * less than the whole word. */
static bool is_document(struct span content, bool plain)
{
    struct span start = span_trim(span_sub(content, 0, PDF_SAMPLE));
    if (span_starts(start, SPAN("%PDF-")) || span_starts(start, SPAN("{\\rt")))
        return true;
    return !plain && span_find(start, SPAN("%PDF-")) != SPAN_NONE;
}

/* The directory of a zip is at its end, so anything may stand in front. Its third octet is rare in
 * texts and quickly looked for. */
static bool has_zip_directory(struct span content)
{
    struct span tail = span_from(content, content.len > ZIP_TAIL ? content.len - ZIP_TAIL : 0);
    for (size_t at = 0, next; (next = span_find_byte(span_from(tail, at), '\x05')) != SPAN_NONE;) {
        at += next + 1;
        if (at >= 3 && span_starts(span_from(tail, at - 3), SPAN("PK\x05\x06")))
            return true;
    }
    return false;
}

enum content_look looks_like(struct span content)
{
    struct span sample = span_sub(content, 0, SAMPLE);
    bool plain = is_plain(sample, sample.len < content.len);
    if (is_document(content, plain))
        return LOOK_DOCUMENT;
    for (size_t i = 0; i < (plain ? MAGICS_OF_TEXT : ARRAY_LEN(magics)); i++) {
        const struct magic *magic = &magics[i];
        if (span_starts(span_from(content, magic->off), magic->bytes) &&
            (magic->look != LOOK_MEDIA || is_media(content, magic)))
            return magic->look;
    }
    if (has_zip_directory(content))
        return LOOK_CONTAINER;
    if ((plain || is_mostly_printable(sample)) && begins_with_tag(sample))
        return LOOK_HTML;
    if (plain || is_utf16(sample) || is_mostly_printable(sample))
        return LOOK_TEXT;
    return LOOK_BINARY;
}
