/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mask: overwrites characters of the piece. keep_left and keep_right count characters; with
 * keep_delimiters what is neither letter nor digit stays and is not counted. A piece of which all
 * would stay is masked whole: who asks for a mask wants something hidden. Line ends always stay:
 * they tell nothing, and a body without them is another body. One edit for each run of hidden
 * characters, so what stays is not touched.
 */
#include "engine/base/utf8.h"
#include "engine/message/codecs/sight.h"
#include "transforms/classes.h"

struct mask {
    struct span character;
    int64_t keep_left, keep_right;
    bool keep_delimiters;
};

static const struct mask defaults = {.character = SPAN_INIT("*")};

static const struct key keys[] = {
    {.name = "mask_character",
     .type = KEY_STRING,
     .offset = offsetof(struct mask, character),
     .standard = "\"*\"",
     .help = "The one character that stands for each hidden one."},
    {.name = "keep_left",
     .type = KEY_INTEGER,
     .offset = offsetof(struct mask, keep_left),
     .min = 0,
     .max = INT32_MAX,
     .standard = "0",
     .help = "How many characters at the beginning stay."},
    {.name = "keep_right",
     .type = KEY_INTEGER,
     .offset = offsetof(struct mask, keep_right),
     .min = 0,
     .max = INT32_MAX,
     .standard = "0",
     .help = "How many characters at the end stay."},
    {.name = "keep_delimiters",
     .type = KEY_BOOL,
     .offset = offsetof(struct mask, keep_delimiters),
     .standard = "false",
     .help = "Whether what is neither letter nor digit stays, and is not counted."},
};

static const struct key_table table = {
    .name = "transform Mask", .keys = keys, .count = ARRAY_LEN(keys)};

static bool finish(void *settings, const struct node *node, struct reader *reader)
{
    const struct mask *mask = settings;
    size_t len = utf8_decode(mask->character, NULL);
    struct node place = node_get(reader, node, "mask_character");
    if (len == 0 || len != mask->character.len)
        return node_error(reader, &place, "expected one character, got %zu",
                          utf8_count(mask->character));
    if ((unsigned char)mask->character.ptr[0] < 0x20 || mask->character.ptr[0] == 0x7f)
        return node_error(reader, &place, "expected a character that can be seen");
    return true;
}

/* Punctuation above ASCII, and signs that nobody sees among it. */
static bool is_punctuation(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0xa1, 0xa9},     {0xab, 0xb1},     {0xb4, 0xb4},     {0xb6, 0xb8},     {0xbb, 0xbb},
        {0xbf, 0xbf},     {0xd7, 0xd7},     {0xf7, 0xf7},     {0x2000, 0x206f}, {0x2212, 0x2212},
        {0x3001, 0x3003}, {0x3008, 0x3011}, {0xfeff, 0xfeff}, {0xff0c, 0xff0f}, {0xff1a, 0xff1b},
    };
    for (size_t i = 0; i < ARRAY_LEN(ranges); i++) {
        if (code >= ranges[i].first && code <= ranges[i].last)
            return true;
    }
    return false;
}

static bool is_delimiter(uint32_t code)
{
    if (code >= 0x80)
        return sight_of(code) == SIGHT_BLANK || is_punctuation(code);
    return !((code >= '0' && code <= '9') || (code >= 'A' && code <= 'Z') ||
             (code >= 'a' && code <= 'z'));
}

/* The next character of a text that need not be UTF-8 (octets): then each byte is one. */
static size_t next_character(struct span text, uint32_t *code_out)
{
    size_t len = utf8_decode(text, code_out);
    if (len > 0)
        return len;
    *code_out = 'x';
    return 1;
}

static bool counts(const struct mask *mask, uint32_t code)
{
    return code != '\r' && code != '\n' && !(mask->keep_delimiters && is_delimiter(code));
}

static uint64_t count_characters(const struct mask *mask, struct span text)
{
    uint64_t count = 0;
    while (text.len > 0) {
        uint32_t code;
        size_t len = next_character(text, &code);
        count += counts(mask, code);
        text = span_from(text, len);
    }
    return count;
}

static struct span stars(const struct mask *mask, size_t count, struct arena *arena)
{
    size_t len = mask->character.len;
    char *text = arena_alloc(arena, count * len + 1);
    for (size_t i = 0; i < count; i++)
        memcpy(text + i * len, mask->character.ptr, len);
    return span_of(text, count * len);
}

/* A run of `count` hidden characters that ends at `end`. */
static bool hide_run(const struct mask *mask, struct piece *piece, uint64_t off, uint64_t end,
                     size_t count, struct transform_context *context, struct error *err)
{
    struct edit edit = {.off = piece->off + off, .len = end - off, .kind = EDIT_MASK};
    if (!context->record_only)
        edit.with = stars(mask, count, context->arena);
    return count == 0 || transform_edit(context, piece, edit, err);
}

static enum transform_result apply(const void *settings, struct piece *piece,
                                   struct transform_context *context, struct error *err)
{
    const struct mask *mask = settings;
    struct span text = piece_text(piece);
    uint64_t total = count_characters(mask, text);
    uint64_t left = (uint64_t)mask->keep_left, right = (uint64_t)mask->keep_right;
    if (total == 0)
        return TRANSFORM_NOTHING;
    if (total <= left || total - left <= right)
        left = right = 0;
    uint64_t seen = 0, run_from = 0;
    size_t run = 0, at = 0;
    while (at < text.len) {
        uint32_t code;
        size_t len = next_character(span_from(text, at), &code);
        bool counted = counts(mask, code);
        bool hidden = counted && seen >= left && seen < total - right;
        seen += counted;
        if (hidden && run++ == 0)
            run_from = at;
        if (!hidden) {
            if (!hide_run(mask, piece, run_from, at, run, context, err))
                return TRANSFORM_FAILED;
            run = 0;
        }
        at += len;
    }
    bool good = hide_run(mask, piece, run_from, at, run, context, err);
    return good ? TRANSFORM_DONE : TRANSFORM_FAILED;
}

const struct transform_class transform_mask = {
    .name = "Mask",
    .keys = &table,
    .settings_size = sizeof(struct mask),
    .defaults = &defaults,
    .edits_piece = true,
    .finish = finish,
    .apply = apply,
};
