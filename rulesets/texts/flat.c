/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The body of a message without any MIME structure, for messages whose structure can be read in
 * several ways: as it stands, as if all of it were quoted-printable, and each run of base64 lines
 * decoded, once more where such lines come out. Each of these in the charset that it looks like and
 * in those that the message names, and as HTML where it has tags or references. Nothing is edited
 * here; places lead back to the original bytes.
 */
#include "engine/base/ascii.h"
#include "engine/message/codecs/codec_charset.h"
#include "engine/message/codecs/codec_transfer.h"
#include "engine/message/formats/codec_html.h"
#include "rulesets/texts/extract.h"

/* Runs of base64 of a message; shorter ones than RUN_LEAST hide no secret worth the search. */
#define RUNS_MAX 1000
#define RUN_LEAST 8u
#define CHARSETS_MAX 4

struct flat {
    struct run *run;
    const struct rule *rule;
    struct piece *parent;
    struct piece_list *out;
    const struct part *part;
    const struct charset *charsets[CHARSETS_MAX]; /* that parts of the message name */
    size_t charset_count;
    size_t runs;
};

static void add(struct flat *flat, struct view *view)
{
    run_note(flat->run, view->uninspected);
    struct piece *piece = run_piece(flat->run, flat->parent, flat->rule, view, flat->part);
    if (piece)
        piece_list_add(flat->run, flat->out, piece);
}

static bool may_be_html(struct span text)
{
    for (size_t at; (at = span_find_byte(text, '<')) != SPAN_NONE; text = span_from(text, at + 1)) {
        char next = at + 1 < text.len ? text.ptr[at + 1] : ' ';
        if (ascii_is_alpha(next) || next == '!' || next == '/' || next == '?')
            return true;
    }
    return false;
}

static bool has_reference(struct span text)
{
    for (size_t at; (at = span_find_byte(text, '&')) != SPAN_NONE; text = span_from(text, at + 1)) {
        char next = at + 1 < text.len ? text.ptr[at + 1] : ' ';
        if (ascii_is_alpha(next) || next == '#')
            return true;
    }
    return false;
}

/* `charset` NULL: the one that the octets look like. */
static void add_text(struct flat *flat, struct view *octets, const struct charset *charset)
{
    if (run_is_late(flat->run))
        return;
    struct view *text = view_open(octets, 0, octets->text.len, &codec_charset, flat->part, charset);
    if (text->text.ptr != octets->text.ptr)
        add(flat, text);
    else if (charset)
        return; /* what it says was looked at */
    if (may_be_html(text->text) || has_reference(text->text))
        add(flat, view_open(text, 0, text->text.len, &codec_html, flat->part, NULL));
}

static struct view *add_octets(struct flat *flat, struct view *parent, uint64_t off, uint64_t len,
                               const struct codec *codec)
{
    struct view *view = view_open(parent, off, len, codec, flat->part, NULL);
    add(flat, view);
    add_text(flat, view, NULL);
    for (size_t i = 0; i < flat->charset_count; i++)
        add_text(flat, view, flat->charsets[i]);
    return view;
}

static void find_charsets(struct flat *flat)
{
    const struct map *map = flat->run->map;
    for (size_t i = 0; i < map->part_count && flat->charset_count < CHARSETS_MAX; i++) {
        bool unknown, known_before = false;
        const struct charset *charset = part_charset(flat->run->views, &map->parts[i], &unknown);
        for (size_t k = 0; k < flat->charset_count; k++)
            known_before |= flat->charsets[k] == charset;
        if (charset && charset->kind > CHARSET_LATIN1 && !known_before)
            flat->charsets[flat->charset_count++] = charset;
    }
}

static bool is_base64(struct span line)
{
    for (size_t i = 0; i < line.len; i++) {
        char c = line.ptr[i];
        if (!ascii_is_alnum(c) && c != '+' && c != '/' && c != '=')
            return false;
    }
    return line.len > 0;
}

static void add_runs(struct flat *flat, struct view *view, unsigned depth);

/* Twice encoded is what some gateways make; more is nothing that a reader undoes. */
static void add_run(struct flat *flat, struct view *view, size_t from, size_t to, unsigned depth)
{
    if (to - from < RUN_LEAST)
        return;
    if (flat->runs++ >= RUNS_MAX) {
        run_note(flat->run, UNINSPECTED_LIMIT);
        return;
    }
    struct view *decoded = add_octets(flat, view, from, to - from, &codec_base64);
    if (depth == 0)
        add_runs(flat, decoded, depth + 1);
}

static void add_runs(struct flat *flat, struct view *view, unsigned depth)
{
    size_t run_from = 0, run_to = 0;
    for (size_t at = 0; at < view->text.len;) {
        size_t next;
        struct span line = span_line(view->text, at, &next);
        if (is_base64(line)) {
            if (run_to == run_from)
                run_from = at;
            run_to = at + line.len;
        } else {
            add_run(flat, view, run_from, run_to, depth);
            run_from = run_to = next;
        }
        at = next;
    }
    add_run(flat, view, run_from, run_to, depth);
}

void flat_sources(struct run *run, const struct rule *rule, struct piece *parent,
                  struct piece_list *out)
{
    struct span bytes = run->map->bytes;
    const struct part *part = &run->map->parts[0];
    struct flat flat = {.run = run, .rule = rule, .parent = parent, .out = out, .part = part};
    struct view *root = views_root(run->views);
    uint64_t body = part->header.len > 0 ? (uint64_t)(span_end(part->header) - bytes.ptr) : 0;
    find_charsets(&flat);
    struct view *plain = add_octets(&flat, root, body, bytes.len - body, &codec_identity);
    struct view *quoted = add_octets(&flat, root, body, bytes.len - body, &codec_quoted_printable);
    add_runs(&flat, plain, 0);
    if (!span_equal(quoted->text, plain->text))
        add_runs(&flat, quoted, 0);
}
