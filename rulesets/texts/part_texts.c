/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/texts/part_texts.h"

#include "rulesets/texts/declared.h"
#include "rulesets/texts/inline_views.h"

#define PDF_SAMPLE 1024
/* A few control characters in a short text hide nothing. */
#define OPAQUE_LEAST 256u

void part_note_nul(struct run *run, const struct view *view, const struct part *part)
{
    if (view->is_bytes || span_find_byte(view->text, '\0') == SPAN_NONE)
        return;
    uint64_t off = (uint64_t)(part->body.ptr - run->map->bytes.ptr);
    map_note(run->map, AMBIGUITY_CONTROL_CHARACTER, part->index, off);
}

/* By its first byte, which is rare in texts: memmem() would set up tables for the few bytes. */
static bool holds_pdf_mark(struct span start)
{
    for (size_t at = 0, next; (next = span_find_byte(span_from(start, at), '%')) != SPAN_NONE;) {
        at += next + 1;
        if (span_starts(span_from(start, at), SPAN("PDF-")))
            return true;
    }
    return false;
}

/* What calls itself text may be an archive, and what is no text hides what it says. */
static uint32_t hidden_by_look(struct span content, bool is_bytes)
{
    enum content_look look = looks_like(content);
    uint32_t reasons = 0;
    if (look == LOOK_CONTAINER || look == LOOK_DOCUMENT ||
        (look == LOOK_BINARY && (is_bytes || content.len >= OPAQUE_LEAST)) ||
        holds_pdf_mark(span_sub(content, 0, PDF_SAMPLE)))
        reasons |= 1u << UNINSPECTED_CONTAINER;
    if (holds_pgp_message(content))
        reasons |= 1u << UNINSPECTED_ENCRYPTED;
    return reasons;
}

static void find_out(struct run *run, const struct part *part, struct part_texts *texts)
{
    texts->count = open_texts(run->views, part, texts->items);
    if (texts->count == 0)
        texts->items[texts->count++] = open_content(run->views, part);
    texts->uninspected = hidden_by_look(texts->items[0]->text, texts->items[0]->is_bytes);
    for (size_t i = 0; i < texts->count; i++) {
        texts->uninspected |= inline_foreign(texts->items[i]);
        part_note_nul(run, texts->items[i], part);
    }
}

const struct part_texts *part_texts_of(struct run *run, const struct part *part)
{
    if (run->texts_map != run->map) {
        run->texts = ARENA_ARRAY(run->arena, run->map->part_count, struct part_texts);
        run->texts_map = run->map;
    }
    struct part_texts *texts = &run->texts[part->index];
    if (texts->count == 0)
        find_out(run, part, texts);
    return texts;
}
