/* SPDX-License-Identifier: Apache-2.0 */
#include "config/reader/locate.h"

#include "config/reader/scan.h"
#include "engine/base/utf8.h"

static bool opens(enum token_type type)
{
    return type == TOKEN_OBJECT || type == TOKEN_ARRAY;
}

static bool closes(enum token_type type)
{
    return type == TOKEN_OBJECT_END || type == TOKEN_ARRAY_END;
}

/* The end of the value that begins at `at`. */
static size_t skip_value(struct span text, size_t at)
{
    size_t depth = 0;
    do {
        struct token token = scan_next(text, at);
        if (token.type == TOKEN_END || token.type == TOKEN_BAD)
            return text.len;
        if (opens(token.type))
            depth++;
        else if (closes(token.type) && depth > 0)
            depth--;
        at = token.off + token.len;
    } while (depth > 0);
    return at;
}

/* A step of a pointer, with ~1 and ~0 as they are written there, against a string token. */
static bool step_is(struct span step, struct span token)
{
    struct buf key = BUF_INIT;
    scan_decode(token, &key);
    size_t k = 0;
    size_t s = 0;
    bool same = true;
    while (same && s < step.len) {
        char c = step.ptr[s++];
        if (c == '~' && s < step.len)
            c = step.ptr[s++] == '1' ? '/' : '~';
        same = k < key.len && key.ptr[k] == c;
        k++;
    }
    same = same && k == key.len;
    buf_fini(&key);
    return same;
}

struct found {
    size_t value;
    size_t key;
};

/* The member of the object that opens at `at`. */
static bool find_member(struct span text, size_t at, struct span step, struct found *out)
{
    for (at++;;) {
        struct token key = scan_next(text, at);
        if (key.type == TOKEN_COMMA) {
            at = key.off + 1;
            continue;
        }
        if (key.type != TOKEN_STRING)
            return false;
        struct token colon = scan_next(text, key.off + key.len);
        struct token value = scan_next(text, colon.off + colon.len);
        if (step_is(step, span_sub(text, key.off, key.len))) {
            *out = (struct found){value.off, key.off};
            return true;
        }
        at = skip_value(text, value.off);
    }
}

static bool find_item(struct span text, size_t at, struct span step, struct found *out)
{
    uint64_t index;
    if (!span_to_u64(step, &index))
        return false;
    for (at++;; index--) {
        struct token value = scan_next(text, at);
        if (value.type == TOKEN_COMMA)
            value = scan_next(text, value.off + 1);
        if (value.type == TOKEN_END || value.type == TOKEN_BAD || closes(value.type))
            return false;
        if (index == 0) {
            *out = (struct found){value.off, value.off};
            return true;
        }
        at = skip_value(text, value.off);
    }
}

size_t locate(struct span text, struct span pointer, enum locate_what what)
{
    struct token root = scan_next(text, 0);
    struct found found = {root.off, root.off};
    struct span rest = span_from(pointer, 1);
    if (pointer.len == 0)
        rest.ptr = NULL;
    for (struct span step; span_next(&rest, '/', &step);) {
        struct token token = scan_next(text, found.value);
        bool there = (token.type == TOKEN_OBJECT && find_member(text, token.off, step, &found)) ||
                     (token.type == TOKEN_ARRAY && find_item(text, token.off, step, &found));
        if (!there)
            return found.value;
    }
    return what == LOCATE_KEY ? found.key : found.value;
}

void locate_line(struct span text, size_t off, size_t *line_out, size_t *column_out)
{
    size_t line = 1;
    size_t start = 0;
    for (size_t i = 0; i < off && i < text.len; i++) {
        if (text.ptr[i] == '\n') {
            line++;
            start = i + 1;
        }
    }
    *line_out = line;
    size_t characters = 0;
    for (size_t i = start; i < off && i < text.len; i++)
        characters += ((unsigned char)text.ptr[i] & 0xC0u) != 0x80u;
    *column_out = characters + 1;
}

const char *pointer_add(struct arena *arena, const char *pointer, struct span key)
{
    struct buf text = BUF_INIT;
    buf_printf(&text, "%s/", pointer);
    for (size_t i = 0; i < key.len; i++) {
        if (key.ptr[i] == '~')
            buf_add_str(&text, "~0");
        else if (key.ptr[i] == '/')
            buf_add_str(&text, "~1");
        else
            buf_add_byte(&text, key.ptr[i]);
    }
    const char *copy = arena_str(arena, buf_span(&text));
    buf_fini(&text);
    return copy;
}

const char *pointer_add_index(struct arena *arena, const char *pointer, size_t index)
{
    return arena_printf(arena, "%s/%zu", pointer, index);
}
