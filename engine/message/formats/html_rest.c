/* SPDX-License-Identifier: Apache-2.0 */
/* html_rest: what of an HTML source is in no part of the tree. */
#include "engine/message/formats/html_text.h"

#include "engine/base/ascii.h"

#include <stdlib.h>

static int by_source(const void *left, const void *right)
{
    const struct html_cover *a = left, *b = right;
    return a->from < b->from ? -1 : a->from > b->from;
}

/* Length of a tag without attributes at the start of `s`, "</b >" say; 0 where none stands. */
static size_t plain_tag(struct span s)
{
    size_t at = 1, digits = 0;
    if (s.len < 3 || s.ptr[0] != '<')
        return 0;
    at += s.ptr[1] == '/';
    size_t name = at;
    for (; at < s.len && ascii_is_alnum(s.ptr[at]); at++)
        digits += ascii_is_digit(s.ptr[at]);
    if (at == name || at - name > 32 || digits > 2)
        return 0;
    while (at < s.len && (ascii_is_space(s.ptr[at]) || s.ptr[at] == '/'))
        at++;
    return at < s.len && s.ptr[at] == '>' ? at + 1 : 0;
}

static bool is_markup(char c)
{
    return ascii_is_space(c) || c == '\f' || c == '=' || c == '/' || c == '<' || c == '>' ||
           c == '"' || c == '\'';
}

/* Without the markup at its ends; nothing where it is only that. */
static void add_piece(struct html_text *text, struct span piece)
{
    while (piece.len > 0 && is_markup(piece.ptr[0]))
        piece = span_from(piece, 1);
    while (piece.len > 0 && is_markup(piece.ptr[piece.len - 1]))
        piece.len--;
    if (piece.len == 0)
        return;
    html_text_break(text, '\n');
    html_text_add_source(text, piece);
    html_text_break(text, '\n');
}

/* Without the plain tags in it. */
static void add_gap(struct html_text *text, struct span gap)
{
    size_t at = 0;
    while (at < gap.len) {
        size_t tag = plain_tag(span_from(gap, at));
        if (tag == 0) {
            at++;
            continue;
        }
        add_piece(text, span_sub(gap, 0, at));
        gap = span_from(gap, at + tag);
        at = 0;
    }
    add_piece(text, gap);
}

void html_text_add_rest(struct html_text *text)
{
    size_t count = text->cover_count;
    struct html_cover *covers = text->covers;
    size_t at = 0;
    if (count > 0)
        qsort(covers, count, sizeof *covers, by_source);
    for (size_t i = 0; i <= count; i++) {
        size_t from = i < count ? covers[i].from : text->source.len;
        if (from > at)
            add_gap(text, span_sub(text->source, at, from - at));
        if (i < count && covers[i].to > at)
            at = covers[i].to;
    }
}
