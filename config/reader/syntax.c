/* SPDX-License-Identifier: Apache-2.0 */
#include "config/reader/syntax.h"

#include "config/reader/scan.h"
#include "engine/base/mem.h"
#include "engine/base/utf8.h"

#include <stdlib.h>

enum state {
    WANT_VALUE,
    WANT_VALUE_OR_END, /* behind [ */
    WANT_KEY,
    WANT_KEY_OR_END, /* behind { */
    WANT_COLON,
    WANT_COMMA_OR_END,
    WANT_NOTHING
};

/* An object or list that is open. */
struct level {
    bool is_object;
    size_t off;       /* of its bracket */
    size_t index;     /* of the current item */
    struct token key; /* of the current member */
    json_t *keys;     /* the keys so far and their offsets */
};

struct check {
    struct reader *reader;
    const struct document *document;
    struct span text;
    enum state state;
    struct token token;
    bool comma; /* the token before was one */
    bool sound;
    size_t depth;
    struct level levels[SYNTAX_DEPTH_MAX];
};

static struct level *top(struct check *check)
{
    return &check->levels[check->depth - 1];
}

static struct buf decoded(const struct check *check, struct token token)
{
    struct buf text = BUF_INIT;
    scan_decode(span_sub(check->text, token.off, token.len), &text);
    return text;
}

/* The pointer of where the check stands. */
static const char *current_pointer(struct check *check)
{
    struct arena *arena = check->reader->arena;
    const char *pointer = "";
    for (size_t i = 0; i < check->depth; i++) {
        const struct level *level = &check->levels[i];
        if (!level->is_object) {
            pointer = pointer_add_index(arena, pointer, level->index);
        } else if (level->key.len > 0) {
            struct buf key = decoded(check, level->key);
            pointer = pointer_add(arena, pointer, buf_span(&key));
            buf_fini(&key);
        }
    }
    return pointer;
}

static struct place place_at(struct check *check, size_t off)
{
    return place_of_offset(check->reader->arena, check->document, current_pointer(check), off);
}

static const char *line_of(struct check *check, size_t off)
{
    struct place place = place_of_offset(check->reader->arena, check->document, "", off);
    size_t line;
    size_t column;
    locate_line(place.document->text, place.off, &line, &column);
    return arena_printf(check->reader->arena, "%zu:%zu", line, column);
}

/* What stands at the token, as it is written, cut short. */
static const char *shown(struct check *check)
{
    struct arena *arena = check->reader->arena;
    struct span text = span_sub(check->text, check->token.off, check->token.len);
    if (check->token.type == TOKEN_END)
        return "the end of the text";
    if (text.len <= 40)
        return arena_printf(arena, "%.*s", SPAN_ARG(text));
    size_t cut = utf8_floor(text, 40);
    return arena_printf(arena, "%.*s...", (int)cut, text.ptr);
}

static bool missed(struct check *check, const char *expected)
{
    struct place place = place_at(check, check->token.off);
    enum token_type type = check->token.type;
    if (type == TOKEN_BAD)
        return complain(check->reader, &place, "expected %s: %s", expected, check->token.why);
    if (check->comma && (type == TOKEN_OBJECT_END || type == TOKEN_ARRAY_END))
        return complain(check->reader, &place,
                        "expected %s behind the ','; the last entry has no ',' behind it",
                        expected);
    if (type == TOKEN_END && check->depth > 0)
        return complain(check->reader, &place,
                        "expected %s, got the end of the text; the '%c' of %s is still open",
                        expected, top(check)->is_object ? '{' : '[',
                        line_of(check, top(check)->off));
    return complain(check->reader, &place, "expected %s, got %s", expected, shown(check));
}

static const char *expected_end(struct check *check)
{
    return top(check)->is_object ? "',' or '}'" : "',' or ']'";
}

static void value_done(struct check *check)
{
    check->state = check->depth > 0 ? WANT_COMMA_OR_END : WANT_NOTHING;
}

static bool open_level(struct check *check)
{
    if (check->depth == SYNTAX_DEPTH_MAX) {
        struct place place = place_at(check, check->token.off);
        return complain(check->reader, &place, "nested deeper than %d levels", SYNTAX_DEPTH_MAX);
    }
    bool is_object = check->token.type == TOKEN_OBJECT;
    check->depth++;
    *top(check) = (struct level){
        .is_object = is_object, .off = check->token.off, .keys = is_object ? json_object() : NULL};
    check->state = is_object ? WANT_KEY_OR_END : WANT_VALUE_OR_END;
    return true;
}

static void close_level(struct check *check)
{
    json_decref(top(check)->keys);
    check->depth--;
    value_done(check);
}

static bool closes_level(struct check *check)
{
    return check->token.type == (top(check)->is_object ? TOKEN_OBJECT_END : TOKEN_ARRAY_END);
}

static bool take_value(struct check *check)
{
    switch (check->token.type) {
    case TOKEN_OBJECT:
    case TOKEN_ARRAY:
        return open_level(check);
    case TOKEN_STRING:
    case TOKEN_NUMBER:
    case TOKEN_WORD:
        value_done(check);
        return true;
    default:
        return missed(check, "a value");
    }
}

/* A key that stands twice does not end the check: there may be more. */
static bool take_key(struct check *check, const char *expected)
{
    if (check->token.type != TOKEN_STRING)
        return missed(check, expected);
    struct level *level = top(check);
    level->key = check->token;
    struct buf key = decoded(check, check->token);
    json_t *first = json_object_getn(level->keys, key.ptr ? key.ptr : "", key.len);
    if (first) {
        struct place place = place_at(check, check->token.off);
        check->sound =
            complain(check->reader, &place, "the key stands twice in this object; first at %s",
                     line_of(check, (size_t)json_integer_value(first)));
    } else {
        (void)json_object_setn_new_nocheck(level->keys, key.ptr ? key.ptr : "", key.len,
                                           json_integer((json_int_t)check->token.off));
    }
    buf_fini(&key);
    check->state = WANT_COLON;
    return true;
}

static bool take_comma_or_end(struct check *check)
{
    if (closes_level(check)) {
        close_level(check);
        return true;
    }
    if (check->token.type != TOKEN_COMMA)
        return missed(check, expected_end(check));
    struct level *level = top(check);
    if (level->is_object) {
        check->state = WANT_KEY;
    } else {
        level->index++;
        check->state = WANT_VALUE;
    }
    return true;
}

static bool take(struct check *check)
{
    switch (check->state) {
    case WANT_VALUE:
        return take_value(check);
    case WANT_VALUE_OR_END:
    case WANT_KEY_OR_END:
        if (closes_level(check)) {
            close_level(check);
            return true;
        }
        return check->state == WANT_VALUE_OR_END ? take_value(check)
                                                 : take_key(check, "a key in double quotes or '}'");
    case WANT_KEY:
        return take_key(check, "a key in double quotes");
    case WANT_COLON:
        if (check->token.type != TOKEN_COLON)
            return missed(check, "':' behind the key");
        check->state = WANT_VALUE;
        return true;
    case WANT_COMMA_OR_END:
        return take_comma_or_end(check);
    case WANT_NOTHING:
        break;
    }
    return check->token.type == TOKEN_END || missed(check, "nothing behind the last '}'");
}

static bool check_encoding(struct check *check)
{
    size_t valid = utf8_valid_prefix(check->text);
    struct place place = place_of_offset(check->reader->arena, check->document, "", valid);
    if (valid < check->text.len)
        return complain(check->reader, &place, "expected UTF-8, got the byte 0x%02x",
                        (unsigned char)check->text.ptr[valid]);
    if (span_trim(check->text).len == 0)
        return complain(check->reader, &place, "expected '{', got an empty text");
    return true;
}

bool syntax_check(struct reader *reader, const struct document *document)
{
    struct check *check = mem_alloc(sizeof *check);
    check->reader = reader;
    check->document = document;
    check->text = document->text;
    check->sound = true;
    bool going = check_encoding(check);
    size_t at = 0;
    while (going) {
        check->token = scan_next(check->text, at);
        at = check->token.off + check->token.len;
        going = take(check);
        check->comma = check->token.type == TOKEN_COMMA;
        if (going && check->token.type == TOKEN_END)
            break;
    }
    bool sound = going && check->sound;
    while (check->depth > 0)
        close_level(check);
    free(check);
    return sound;
}
