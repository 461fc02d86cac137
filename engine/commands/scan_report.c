/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/ascii.h"
#include "engine/base/json_text.h"
#include "engine/commands/scan.h"
#include "rulesets/detection/vocabulary.h"
#include "transforms/template.h"

/* Moves on through the file; places come in order. */
struct cursor {
    struct span raw;
    uint64_t at, line_start;
    size_t line; /* from 1 */
};

static void move(struct cursor *cursor, uint64_t to)
{
    for (; cursor->at < to; cursor->at++) {
        if (cursor->raw.ptr[cursor->at] != '\n')
            continue;
        cursor->line++;
        cursor->line_start = cursor->at + 1;
    }
}

/* On one line, without what a terminal would act on. */
static void plain_text(struct buf *out, struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        buf_add_byte(out, ascii_is_control(text.ptr[i]) ? ' ' : text.ptr[i]);
}

static struct span shown(const struct scan_file *file, const struct scan_find *find,
                         const struct scan_style *style)
{
    return style->show_values ? find->value : text_masked(find->value, file->arena);
}

static void evidence_text(struct buf *out, const struct sighting *sighting)
{
    const struct evidence *evidence = &sighting->evidence;
    size_t start = out->len;
    if (evidence->validator)
        buf_printf(out, ", validator %s", evidence->validator);
    if (evidence->column_head)
        buf_printf(out, ", keyword \"%.*s\" heads the column", SPAN_ARG(evidence->keyword));
    else if (evidence->keyword.len > 0)
        buf_printf(out, ", keyword \"%.*s\" at %u", SPAN_ARG(evidence->keyword),
                   evidence->distance);
    if (evidence->detail)
        buf_printf(out, ", %s", evidence->detail);
    if (sighting->subject->kind == SUBJECT_DICTIONARY)
        buf_printf(out, ", term %u", sighting->term + 1);
    if (out->len == start)
        buf_add_str(out, ", pattern");
    memmove(out->ptr + start, out->ptr + start + 2, out->len - start - 2);
    out->len -= 2;
}

static void report_tsv(const struct scan_file *file, const struct scan_find *find,
                       const struct cursor *place, const struct scan_style *style, struct buf *out)
{
    plain_text(out, file->name);
    buf_printf(out, "\t%zu:%llu\t%llu\t%llu\t%s\t%s\t%s\t", place->line,
               (unsigned long long)(find->off - place->line_start + 1),
               (unsigned long long)find->off, (unsigned long long)find->len, find->part,
               find->sighting.subject->name, confidence_name(find->sighting.confidence));
    evidence_text(out, &find->sighting);
    buf_add_byte(out, '\t');
    plain_text(out, shown(file, find, style));
    buf_add_byte(out, '\n');
}

static void json_member(struct buf *out, const char *name, struct span text)
{
    buf_printf(out, ",\"%s\":", name);
    json_text(out, text);
}

static void report_json(const struct scan_file *file, const struct scan_find *find,
                        const struct cursor *place, const struct scan_style *style, struct buf *out)
{
    const struct evidence *evidence = &find->sighting.evidence;
    buf_add_str(out, "{\"file\":");
    json_text(out, file->name);
    buf_printf(out, ",\"offset\":%llu,\"length\":%llu,\"line\":%zu,\"column\":%llu",
               (unsigned long long)find->off, (unsigned long long)find->len, place->line,
               (unsigned long long)(find->off - place->line_start + 1));
    json_member(out, "part", span_str(find->part));
    json_member(out, "entity", span_str(find->sighting.subject->name));
    json_member(out, "confidence", span_str(confidence_name(find->sighting.confidence)));
    if (evidence->validator)
        json_member(out, "validator", span_str(evidence->validator));
    if (evidence->keyword.len > 0) {
        json_member(out, "keyword", evidence->keyword);
        buf_printf(out, ",\"distance\":%u", evidence->distance);
        if (evidence->column_head)
            buf_add_str(out, ",\"column_head\":true");
    }
    if (evidence->detail)
        json_member(out, "detail", span_str(evidence->detail));
    if (find->sighting.subject->kind == SUBJECT_DICTIONARY)
        buf_printf(out, ",\"term\":%u,\"weight\":%d", find->sighting.term + 1,
                   find->sighting.weight);
    json_member(out, "value", shown(file, find, style));
    buf_add_str(out, "}\n");
}

void scan_report(const struct scan_file *file, const struct scan_finds *finds,
                 const struct scan_style *style, struct buf *out)
{
    struct cursor cursor = {.raw = file->raw, .line = 1};
    for (size_t i = 0; i < finds->count; i++) {
        move(&cursor, finds->items[i].off);
        if (style->json)
            report_json(file, &finds->items[i], &cursor, style, out);
        else
            report_tsv(file, &finds->items[i], &cursor, style, out);
    }
}
