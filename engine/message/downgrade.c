/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/downgrade.h"

#include "engine/base/utf8.h"
#include "engine/message/codecs/base64.h"
#include "engine/message/codecs/quoted.h"
#include "engine/message/map/part_header.h"
#include "engine/message/render.h"

#define BASE64_LINE 76u
#define SLICES 16u
#define RULE "downgrade"

/* Readers agree on where parts and encodings are all the same. With any other ambiguity an encoding
 * that we declare might not be the one that is believed. */
#define HARMLESS                                                                                   \
    (AMBIGUITY_BIT(AMBIGUITY_DUPLICATE_FIELD) | AMBIGUITY_BIT(AMBIGUITY_CONTROL_CHARACTER) |       \
     AMBIGUITY_BIT(AMBIGUITY_DIFFERENT_NAMES) | AMBIGUITY_BIT(AMBIGUITY_BASE64_JUNK) |             \
     AMBIGUITY_BIT(AMBIGUITY_UNKNOWN_CHARSET) | AMBIGUITY_BIT(AMBIGUITY_BAD_CHARSET_BYTES) |       \
     AMBIGUITY_BIT(AMBIGUITY_BAD_ENCODED_WORD))

struct work {
    struct views *views;
    struct map *map;
    struct bulk_budget *budget; /* of what is encoded: it must outlive views_seal() */
    const char *reason;         /* why it cannot be */
    bool failed;
};

bool downgrade_is_needless(struct span original, const struct edits *edits)
{
    struct render render;
    struct span slices[SLICES];
    size_t count;
    render_init(&render, original, edits);
    while ((count = render_next(&render, slices, SLICES)) > 0) {
        for (size_t i = 0; i < count; i++) {
            if (!span_is_ascii(slices[i]))
                return false;
        }
    }
    return true;
}

static struct bulk_budget *budget_new(const struct spool_limits *spool, struct arena *arena)
{
    struct bulk_budget *budget = ARENA_NEW(arena, struct bulk_budget);
    *budget = (struct bulk_budget){
        .arena = arena, .memory_left = view_limits_default.memory_bytes, .spool = spool};
    return budget;
}

/* The message as the rules leave it, in one piece. */
static bool flatten(struct span original, const struct edits *edits, struct bulk_budget *budget,
                    struct span *out)
{
    struct render render;
    struct span slices[SLICES];
    struct bulk bulk;
    struct error err = ERROR_INIT;
    size_t count;
    render_init(&render, original, edits);
    bulk_init(&bulk, budget, (size_t)render_size(&render));
    while ((count = render_next(&render, slices, SLICES)) > 0) {
        for (size_t i = 0; i < count; i++)
            bulk_add(&bulk, slices[i]);
    }
    return bulk_finish(&bulk, out, &err);
}

/* A signature is over the part as it stands, encoding included (RFC 1847 section 2.1). */
static bool is_sealed(const struct map *map, const struct part *part)
{
    for (;; part = &map->parts[part->parent]) {
        if (part_is_type(part, "multipart", "signed") ||
            part_is_type(part, "multipart", "encrypted") ||
            part_is_type(part, "application", "pkcs7-mime") ||
            part_is_type(part, "application", "x-pkcs7-mime"))
            return true;
        if (part->parent == MAP_NONE)
            return false;
    }
}

static bool refuse(struct work *work, const char *reason)
{
    work->reason = reason;
    return false;
}

static bool declare(struct work *work, const struct part *part, const char *encoding)
{
    struct error err = ERROR_INIT;
    return part_set_encoding(work->views, part, encoding, RULE, &err) ||
           refuse(work, "the header of a part has no end");
}

/* Text stays readable without decoding, all else costs least in base64. */
static bool encode(struct work *work, const struct part *part)
{
    bool is_text = part_is_type(part, "text", NULL);
    struct bulk bulk;
    bulk_init(&bulk, work->budget, part->body.len / 2 * 3);
    if (is_text) {
        struct quoted_encoder encoder = {.out = &bulk};
        quoted_encode(&encoder, part->body);
        quoted_encode_end(&encoder, false);
    } else {
        struct base64_encoder encoder = {.out = &bulk, .line = BASE64_LINE};
        base64_encode(&encoder, part->body);
        base64_encode_end(&encoder);
        if (part->body.len > 0 && part->body.ptr[part->body.len - 1] == '\n')
            bulk_add(&bulk, SPAN("\r\n")); /* the last one was a part of the content */
    }
    struct edit edit = {.off = (uint64_t)(part->body.ptr - work->map->bytes.ptr),
                        .len = part->body.len,
                        .kind = EDIT_CODEC,
                        .rule = RULE};
    struct error err = ERROR_INIT;
    if (!bulk_finish(&bulk, &edit.with, &err)) {
        work->failed = true;
        return false;
    }
    edits_add(&views_root(work->views)->edits, edit);
    return declare(work, part, is_text ? "quoted-printable" : "base64");
}

static bool do_leaf(struct work *work, const struct part *part)
{
    if (span_is_ascii(part->body) && part->encoding != ENCODING_BINARY)
        return part->encoding != ENCODING_8BIT || is_sealed(work->map, part) ||
               declare(work, part, "7bit");
    if (is_sealed(work->map, part))
        return refuse(work, "a signed or encrypted part has 8-bit text");
    /* RFC 2046 section 5.2: these may not be encoded. */
    if (part_is_type(part, "message", NULL))
        return refuse(work, "a part of type message has 8-bit text");
    if (part->encoding > ENCODING_BINARY)
        return refuse(work, "an encoded part has 8-bit text all the same");
    return encode(work, part);
}

/* What holds parts may have none of the encodings (RFC 2045 section 6.4): it says that nothing of
 * it is 8-bit any more. */
static bool do_part(struct work *work, const struct part *part)
{
    if (part->kind == PART_LEAF)
        return do_leaf(work, part);
    bool says_8bit = part->encoding == ENCODING_8BIT || part->encoding == ENCODING_BINARY;
    return !says_8bit || is_sealed(work->map, part) || declare(work, part, "7bit");
}

/* Preambles, epilogues and what else is no part's. */
static bool rest_is_ascii(const struct map *map)
{
    for (size_t i = 0; i < map->tile_count; i++) {
        const struct tile *tile = &map->tiles[i];
        if (tile->kind != TILE_BODY && !span_is_ascii(span_sub(map->bytes, tile->off, tile->len)))
            return false;
    }
    return true;
}

static bool do_all(struct work *work)
{
    if (work->map->over_limit)
        return refuse(work, "it is too complex");
    if (work->map->ambiguities & ~HARMLESS)
        return refuse(work, "it could be read in several ways");
    if (!rest_is_ascii(work->map))
        return refuse(work, "there is 8-bit text outside of its parts");
    for (size_t i = 0; i < work->map->part_count; i++) {
        if (!do_part(work, &work->map->parts[i]))
            return false;
    }
    struct error err = ERROR_INIT;
    return views_seal(work->views, &err) || refuse(work, "its parts overlap");
}

void downgrade(struct span original, const struct edits *edits, const struct spool_limits *spool,
               struct arena *arena, struct downgrade *out)
{
    *out = (struct downgrade){.result = DOWNGRADE_NEEDLESS, .bytes = original, .edits = edits};
    if (downgrade_is_needless(original, edits))
        return;
    struct work work = {.budget = budget_new(spool, arena)};
    struct span whole = original;
    if (edits && edits->count > 0 && !flatten(original, edits, work.budget, &whole)) {
        out->result = DOWNGRADE_FAILED;
        return;
    }
    struct view_limits limits = view_limits_default;
    limits.spool = spool;
    work.map = map_build(whole, &map_limits_default, READING_STRICT, arena);
    work.views = views_new(work.map, &limits, arena);
    out->has_8bit_header = work.map->has_8bit_header;
    if (out->has_8bit_header) {
        work.reason = "a header has 8-bit text";
        out->result = DOWNGRADE_REFUSED;
    } else if (!do_all(&work)) {
        out->result = work.failed ? DOWNGRADE_FAILED : DOWNGRADE_REFUSED;
    } else {
        out->result = DOWNGRADE_DONE;
        out->bytes = whole;
        out->edits = views_edits(work.views);
    }
    out->reason = work.reason;
}
