/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The body of a message without any MIME structure, for messages whose structure can be read in
 * several ways: as it stands, as if all of it were quoted-printable, and each run of base64 lines
 * decoded. Nothing is edited here; places lead back to the original bytes.
 */
#include "engine/base/ascii.h"
#include "engine/message/codec_transfer.h"
#include "rulesets/run.h"

/* Runs of base64 of a message; shorter ones than RUN_LEAST hide no secret worth the search. */
#define RUNS_MAX 1000
#define RUN_LEAST 8u

struct flat {
    struct run *run;
    const struct rule *rule;
    struct piece *parent;
    struct piece_list *out;
    uint64_t body; /* offset */
    size_t runs;
};

static void add(struct flat *flat, uint64_t off, uint64_t len, const struct codec *codec)
{
    struct run *run = flat->run;
    const struct part *part = &run->map->parts[0];
    struct view *view = view_open(views_root(run->views), off, len, codec, part, NULL);
    run_note(run, view->uninspected);
    struct piece *piece = run_piece(run, flat->parent, flat->rule, view, part);
    if (piece)
        piece_list_add(run, flat->out, piece);
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

/* The line at `at`, without its end; *next_out is where the next one begins. */
static struct span line_at(struct span text, size_t at, size_t *next_out)
{
    struct span rest = span_from(text, at);
    size_t end = span_find_byte(rest, '\n');
    *next_out = end == SPAN_NONE ? text.len : at + end + 1;
    struct span line = span_sub(rest, 0, end);
    if (line.len > 0 && line.ptr[line.len - 1] == '\r')
        line.len--;
    return line;
}

static void add_run(struct flat *flat, size_t from, size_t to)
{
    if (to - from < RUN_LEAST)
        return;
    if (flat->runs++ >= RUNS_MAX) {
        run_note(flat->run, UNINSPECTED_LIMIT);
        return;
    }
    add(flat, flat->body + from, to - from, &codec_base64);
}

static void add_runs(struct flat *flat, struct span body)
{
    size_t run_from = 0, run_to = 0;
    for (size_t at = 0; at < body.len;) {
        size_t next;
        struct span line = line_at(body, at, &next);
        if (is_base64(line)) {
            if (run_to == run_from)
                run_from = at;
            run_to = at + line.len;
        } else {
            add_run(flat, run_from, run_to);
            run_from = run_to = next;
        }
        at = next;
    }
    add_run(flat, run_from, run_to);
}

void flat_sources(struct run *run, const struct rule *rule, struct piece *parent,
                  struct piece_list *out)
{
    struct span bytes = run->map->bytes;
    struct span header = run->map->parts[0].header;
    struct flat flat = {.run = run, .rule = rule, .parent = parent, .out = out};
    if (header.len > 0)
        flat.body = (uint64_t)(span_end(header) - bytes.ptr);
    add(&flat, flat.body, bytes.len - flat.body, &codec_identity);
    add(&flat, flat.body, bytes.len - flat.body, &codec_quoted_printable);
    add_runs(&flat, span_from(bytes, flat.body));
}
