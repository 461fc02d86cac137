/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/loop/loop_digest.h"

#include "engine/base/ascii.h"
#include "engine/base/buf.h"
#include "engine/base/wildcard.h"
#include "transforms/keyed_hash.h"

#include <stdio.h>

/* Of a longer header nobody says that it is the same. */
#define HEADER_MAX ((size_t)1 << 20)
#define HEADER_END "\r\n\r\n"

struct loop_digest {
    struct arena *arena;
    const struct span *ignored;
    size_t ignored_count;
    struct keyed_hash *hash;
    struct buf header; /* until its end is there */
    bool in_body, too_long;
    struct loop_content content;
};

struct loop_digest *loop_digest_new(struct span sender, const struct span *ignored, size_t count,
                                    struct arena *arena)
{
    struct loop_digest *digest = ARENA_NEW(arena, struct loop_digest);
    digest->arena = arena;
    digest->ignored = ignored;
    digest->ignored_count = count;
    digest->hash = keyed_hash_new(SPAN(""));
    keyed_hash_add(digest->hash, sender);
    keyed_hash_add(digest->hash, SPAN("\n"));
    return digest;
}

/* The text on one line with single blanks, or without any. */
static struct span unfolded(struct span text, bool without_blanks, struct arena *arena)
{
    char *out = arena_alloc(arena, text.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool blank = ascii_is_blank(c) || c == '\r' || c == '\n';
        if (!blank)
            out[len++] = c;
        else if (!without_blanks && len > 0 && out[len - 1] != ' ')
            out[len++] = ' ';
    }
    return span_trim(span_of(out, len));
}

static bool is_ignored(const struct loop_digest *digest, struct span name)
{
    if (span_is_nocase(name, "Received") || span_is_nocase(name, "Return-Path"))
        return true;
    for (size_t i = 0; i < digest->ignored_count; i++) {
        if (wildcard_matches(digest->ignored[i], name))
            return true;
    }
    return false;
}

static void add_lower(struct loop_digest *digest, struct span name)
{
    char *out = arena_alloc(digest->arena, name.len + 1);
    for (size_t i = 0; i < name.len; i++)
        out[i] = ascii_lower(name.ptr[i]);
    keyed_hash_add(digest->hash, span_of(out, name.len));
}

static void add_field(struct loop_digest *digest, struct span field)
{
    struct loop_content *content = &digest->content;
    size_t colon = span_find_byte(field, ':');
    struct span name = span_trim(span_sub(field, 0, colon == SPAN_NONE ? 0 : colon));
    struct span value = colon == SPAN_NONE ? field : span_from(field, colon + 1);
    if (span_is_nocase(name, LOOP_FIELD)) {
        content->guard_count++;
        content->guard = unfolded(value, true, digest->arena);
        return;
    }
    if (is_ignored(digest, name))
        return;
    value = unfolded(value, false, digest->arena);
    if (span_is_nocase(name, "Message-ID") && content->message_id.len == 0)
        content->message_id = value;
    add_lower(digest, name);
    keyed_hash_add(digest->hash, SPAN(":"));
    keyed_hash_add(digest->hash, value);
    keyed_hash_add(digest->hash, SPAN("\n"));
}

/* The length of the field at the front, with the lines that continue it. */
static size_t field_length(struct span header)
{
    size_t len = 0;
    do {
        size_t end = span_find_byte(span_from(header, len), '\n');
        len = end == SPAN_NONE ? header.len : len + end + 1;
    } while (len < header.len && ascii_is_blank(header.ptr[len]));
    return len;
}

static void end_header(struct loop_digest *digest, struct span header)
{
    while (header.len > 0) {
        size_t len = field_length(header);
        add_field(digest, span_sub(header, 0, len));
        header = span_from(header, len);
    }
    keyed_hash_add(digest->hash, SPAN("\n"));
    digest->in_body = true;
}

/* Where the body begins, in the header as far as it is there; SPAN_NONE. */
static size_t body_start(struct span header, size_t from)
{
    if (span_starts(header, SPAN("\r\n")))
        return 2;
    size_t back = from < sizeof HEADER_END ? from : sizeof HEADER_END;
    size_t at = span_find(span_from(header, from - back), SPAN(HEADER_END));
    return at == SPAN_NONE ? SPAN_NONE : from - back + at + sizeof HEADER_END - 1;
}

void loop_digest_add(struct loop_digest *digest, struct span bytes)
{
    struct buf *header = &digest->header;
    if (digest->in_body) {
        keyed_hash_add(digest->hash, bytes);
        return;
    }
    size_t from = header->len;
    size_t room = HEADER_MAX - from;
    buf_add(header, span_sub(bytes, 0, room));
    size_t start = body_start(buf_span(header), from);
    if (start != SPAN_NONE) {
        end_header(digest, span_sub(buf_span(header), 0, start - 2));
        keyed_hash_add(digest->hash, span_from(bytes, start - from));
    } else if (bytes.len >= room) {
        digest->too_long = true;
        end_header(digest, buf_span(header)); /* our own field is in front */
    }
}

void loop_digest_end(struct loop_digest *digest, struct loop_content *out)
{
    unsigned char octets[KEYED_HASH_SIZE];
    if (!digest->in_body)
        end_header(digest, buf_span(&digest->header));
    keyed_hash_end(&digest->hash, octets);
    for (size_t i = 0; i < KEYED_HASH_SIZE && !digest->too_long; i++)
        (void)snprintf(digest->content.hex + 2 * i, 3, "%02x", octets[i]);
    buf_fini(&digest->header);
    *out = digest->content;
}
