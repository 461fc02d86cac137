/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The texts of a file: of a message those that rules look at, each with the name of its part. Which
 * they are is said here once more: rulesets/texts gathers for rules, which stop at limits, ask for
 * content or metadata, and need of a part no more than that it is another one. Here a file may be
 * no message, every part is named as it is looked for by hand, what is not searched is said part
 * by part, and fields are read that no detect asks for. How a text is looked at is one thing for
 * both (ways.h), and so is what its type declares (declared.h).
 */
#include "engine/commands/scan.h"

#include "engine/message/codecs/codec_charset.h"
#include "engine/message/codecs/codec_transfer.h"
#include "engine/message/formats/inline_file.h"
#include "rulesets/texts/declared.h"
#include "rulesets/texts/ways.h"

#define SPELLINGS_MAX 16
#define INLINE_MAX 1000u /* files that stand in one text */

struct taking {
    struct scan_file *file;
    struct scan_texts *out;
};

static void note(struct taking *t, const char *part, enum uninspected reason)
{
    struct scan_texts *out = t->out;
    if (reason == UNINSPECTED_NONE)
        return;
    for (size_t i = out->gap_count; i > 0 && out->gaps[i - 1].part == part; i--) {
        if (out->gaps[i - 1].reason == reason) /* in another way of the same text */
            return;
    }
    out->gaps =
        arena_grow(t->file->arena, out->gaps, out->gap_count, &out->gap_cap, sizeof *out->gaps);
    out->gaps[out->gap_count++] = (struct scan_gap){part, reason};
}

/* In all the ways in which readers see it. */
static void take(struct taking *t, const char *part, struct view *view)
{
    struct scan_texts *out = t->out;
    struct way ways[WAYS_MAX];
    size_t count = ways_of(view, 0, view->text.len, ways);
    for (size_t i = 0; i < count; i++) {
        for (const struct view *below = ways[i].view; below; below = below->parent)
            note(t, part, below->uninspected);
        out->items =
            arena_grow(t->file->arena, out->items, out->count, &out->cap, sizeof *out->items);
        out->items[out->count++] = (struct scan_text){part, view, ways[i].view};
    }
}

/* "1.2": as IMAP counts (RFC 3501 section 6.4.5), a nested message like a part of one. */
static const char *number_of(const struct taking *t, const struct part *part)
{
    const struct map *map = t->file->map;
    const char *number = NULL;
    for (; part->parent != MAP_NONE; part = &map->parts[part->parent]) {
        size_t nth = 1;
        uint32_t i = map->parts[part->parent].first_child;
        for (; i != part->index && i != MAP_NONE; i = map->parts[i].next_sibling)
            nth++;
        number = number ? arena_printf(t->file->arena, "%zu.%s", nth, number)
                        : arena_printf(t->file->arena, "%zu", nth);
    }
    return number ? number : "1";
}

static const char *const fields[] = {"Subject", "Thread-Topic", "Comments", "Keywords", "From",
                                     "Sender",  "To",           "Cc",       "Bcc",      "Reply-To"};

static void take_fields(struct taking *t, const struct part *part)
{
    for (size_t n = 0; n < sizeof fields / sizeof *fields; n++) {
        const struct field *field;
        const char *name = fields[n];
        if (part->index != 0)
            name = arena_printf(t->file->arena, "%s of %s", name, number_of(t, part));
        for (size_t nth = 0; (field = map_field(t->file->map, part, fields[n], nth)); nth++) {
            struct view *raw = open_field_raw(t->file->views, field);
            take(t, name, open_field(t->file->views, field));
            if (raw)
                take(t, name, raw);
        }
    }
}

static void take_names(struct taking *t, const struct part *part)
{
    struct view *names[SPELLINGS_MAX];
    size_t count = open_filenames(t->file->views, part, names, SPELLINGS_MAX);
    const char *name = arena_printf(t->file->arena, "name of %s", number_of(t, part));
    for (size_t i = 0; i < count; i++)
        take(t, name, names[i]);
}

/* What stands uuencoded in a text. */
static void take_inline(struct taking *t, const char *number, struct view *text)
{
    struct inline_file file;
    struct view *texts[TEXTS_MAX];
    uint64_t at = 0;
    if (text->codec != &codec_charset)
        return;
    for (size_t n = 1; n <= INLINE_MAX && inline_file_in(text, at, &file); n++) {
        const char *part = arena_printf(t->file->arena, "%s, file %zu", number, n);
        at = file.off + file.len;
        if (file.kind != INLINE_UUENCODE) {
            note(t, part, UNINSPECTED_CONTAINER);
            continue;
        }
        struct view *name =
            view_open(text, file.name_off, file.name_len, &codec_file_name, text->part, NULL);
        struct view *octets =
            view_open(text, file.off, file.len, &codec_uuencode, text->part, NULL);
        enum content_look look = looks_like(octets->text);
        take(t, part, name);
        size_t count =
            look == LOOK_TEXT || look == LOOK_HTML ? open_file_texts(octets, name->text, texts) : 0;
        for (size_t i = 0; i < count; i++)
            take(t, part, texts[i]);
        if (count == 0 && look != LOOK_MEDIA)
            note(t, part, UNINSPECTED_CONTAINER);
    }
}

static void take_texts(struct taking *t, const char *number, struct view **texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        take(t, number, texts[i]);
    if (count > 0)
        take_inline(t, number, texts[0]);
}

static void take_leaf(struct taking *t, const struct part *part)
{
    struct view *texts[TEXTS_MAX];
    const char *number = number_of(t, part);
    struct view *octets = open_content(t->file->views, part);
    enum uninspected wrapped = declared_wrapped(part);
    enum content_look look = looks_like(octets->text);
    if (wrapped != UNINSPECTED_NONE) {
        note(t, number, wrapped);
        return;
    }
    if (declared_signature(part) && look == LOOK_BINARY)
        return;
    size_t count = open_texts(t->file->views, part, texts);
    take_texts(t, number, texts, count);
    if (declared_container(part, octets->text) || (count == 0 && look != LOOK_MEDIA))
        note(t, number, UNINSPECTED_CONTAINER);
    if (count > 0 && holds_pgp_message(texts[0]->text))
        note(t, number, UNINSPECTED_ENCRYPTED);
}

/* Around the parts of a multipart: no reader shows it, but it is there. */
static void take_around(struct taking *t)
{
    const struct map *map = t->file->map;
    for (size_t i = 0; i < map->tile_count; i++) {
        const struct tile *tile = &map->tiles[i];
        if (tile->kind == TILE_UNREAD)
            note(t, "the end", UNINSPECTED_LIMIT);
        if ((tile->kind != TILE_PROLOGUE && tile->kind != TILE_EPILOGUE) ||
            span_trim(span_sub(map->bytes, tile->off, tile->len)).len == 0)
            continue;
        const struct part *part = &map->parts[tile->part];
        struct view *octets = view_open(views_root(t->file->views), tile->off, tile->len,
                                        &codec_identity, part, NULL);
        take(t, arena_printf(t->file->arena, "around %s", number_of(t, part)),
             view_open(octets, 0, octets->text.len, &codec_charset, part, NULL));
    }
}

static void take_message(struct taking *t)
{
    const struct map *map = t->file->map;
    for (size_t i = 0; i < map->part_count; i++) {
        const struct part *part = &map->parts[i];
        if (part->is_message)
            take_fields(t, part);
        take_names(t, part);
        if (part->kind == PART_LEAF)
            take_leaf(t, part);
    }
    take_around(t);
}

/* A file that is no message: there is a body alone. */
static void take_file(struct taking *t)
{
    struct view *texts[TEXTS_MAX];
    struct view *octets = open_content(t->file->views, &t->file->map->parts[0]);
    size_t count = open_file_texts(octets, t->file->name, texts);
    enum content_look look = looks_like(texts[0]->text);
    if (look == LOOK_TEXT || look == LOOK_HTML)
        take_texts(t, "text", texts, count);
    else
        note(t, "text", UNINSPECTED_CONTAINER);
}

void scan_texts_of(struct scan_file *file, struct scan_texts *out)
{
    struct taking t = {file, out};
    *out = (struct scan_texts){.count = 0};
    if (file->is_mail)
        take_message(&t);
    else
        take_file(&t);
}
