/* SPDX-License-Identifier: Apache-2.0 */
/* index_finish: the fingerprints of all documents as the bytes of an index. */
#include "engine/base/mem.h"
#include "rulesets/detection/documents/index_build_parts.h"

#include <stdlib.h>

/* How full lines are, in fifths: so one fingerprint in five is not in its own. */
#define FULL 4u
/* So one in thirty of what is not there passes the filter. */
#define ENTRIES_OF_WORD 8u

struct entry {
    uint64_t value;
    uint32_t owner;
};

struct finishing {
    struct index_build *build;
    struct index_head head;
    struct index_built built;
    /* Until they are put one behind the other. */
    struct entry *entries; /* ascending */
    struct buf lists, documents, names;
};

/* Of documents with the same fingerprints the first stays. */
static int by_sum(const void *a, const void *b)
{
    const struct built_document *const *x = a, *const *y = b;
    if ((*x)->sum != (*y)->sum)
        return (*x)->sum < (*y)->sum ? -1 : 1;
    if ((*x)->marks != (*y)->marks)
        return (*x)->marks < (*y)->marks ? -1 : 1;
    return *x < *y ? -1 : *x > *y;
}

static void find_copies(struct finishing *f)
{
    uint32_t count = f->build->document_count;
    struct built_document **order = mem_alloc(count * sizeof *order);
    for (uint32_t i = 0; i < count; i++)
        order[i] = &f->build->documents[i];
    if (count > 1)
        qsort(order, count, sizeof *order, by_sum);
    for (uint32_t i = 1; i < count; i++) {
        order[i]->copy =
            order[i]->sum == order[i - 1]->sum && order[i]->marks == order[i - 1]->marks;
        f->built.copies += order[i]->copy;
    }
    free(order);
}

static void drop_copies(struct finishing *f)
{
    struct index_build *build = f->build;
    size_t kept = 0;
    for (size_t i = 0; i < build->mark_count; i++) {
        uint32_t document = build->marks[i].document;
        if (document == EXCLUDED || !build->documents[document].copy)
            build->marks[kept++] = build->marks[i];
    }
    build->mark_count = kept;
    if (kept > 1)
        qsort(build->marks, kept, sizeof *build->marks, mark_by_value);
}

/* The marks of one value from `at` on: how many; whether they count. */
static size_t group_at(const struct index_build *build, size_t at, bool *counts_out,
                       bool *common_out)
{
    size_t end = at;
    while (end < build->mark_count && build->marks[end].value == build->marks[at].value)
        end++;
    bool excluded = build->marks[end - 1].document == EXCLUDED;
    *common_out = !excluded && end - at > INDEX_OWNERS_MOST;
    *counts_out = !excluded && !*common_out;
    return end - at;
}

static size_t count_entries(struct finishing *f)
{
    struct index_build *build = f->build;
    size_t entries = 0;
    for (size_t at = 0, len; at < build->mark_count; at += len) {
        bool counts, common;
        len = group_at(build, at, &counts, &common);
        entries++;
        f->built.common += common;
        f->built.excluded += !counts && !common;
        for (size_t i = at; counts && i < at + len; i++)
            build->documents[build->marks[i].document].fingerprints++;
    }
    return entries;
}

static struct span name_of(const struct finishing *f, const struct built_document *document)
{
    return span_sub(buf_span(&f->build->names), document->name_off, document->name_len);
}

static void number_documents(struct finishing *f, index_build_left_out *left_out, void *arg)
{
    for (uint32_t i = 0; i < f->build->document_count; i++) {
        struct built_document *document = &f->build->documents[i];
        struct span name = name_of(f, document);
        if (document->copy)
            continue;
        if (document->fingerprints == 0) {
            left_out(name, arg);
            continue;
        }
        struct index_document row = {(uint32_t)f->names.len, (uint32_t)name.len,
                                     document->fingerprints};
        document->number = f->built.documents++;
        buf_add(&f->names, name);
        buf_add(&f->documents, span_of((const char *)&row, sizeof row));
    }
}

static void add_number(struct buf *list, uint32_t number)
{
    buf_add(list, span_of((const char *)&number, sizeof number));
}

static uint32_t owner_of(struct finishing *f, size_t at, size_t len, bool counts)
{
    const struct index_build *build = f->build;
    if (!counts)
        return OWNER_NONE;
    if (len == 1)
        return build->documents[build->marks[at].document].number;
    uint32_t place = (uint32_t)(f->lists.len / 4);
    add_number(&f->lists, (uint32_t)len);
    for (size_t i = at; i < at + len; i++)
        add_number(&f->lists, build->documents[build->marks[i].document].number);
    return OWNER_LIST + place;
}

static void make_entries(struct finishing *f, size_t count)
{
    uint32_t entry = 0;
    f->entries = mem_alloc(count * sizeof *f->entries);
    for (size_t at = 0, len; at < f->build->mark_count; at += len) {
        bool counts, common;
        len = group_at(f->build, at, &counts, &common);
        f->entries[entry++] =
            (struct entry){f->build->marks[at].value, owner_of(f, at, len, counts)};
    }
    f->head.entries = entry;
}

static void make_head(struct finishing *f)
{
    struct index_head *head = &f->head;
    memcpy(head->magic, INDEX_MAGIC, sizeof head->magic);
    head->version = INDEX_VERSION;
    head->order = INDEX_ORDER;
    head->length = FINGERPRINT_LENGTH;
    head->window = FINGERPRINT_WINDOW;
    index_key_id(&f->build->index_key, head->key_id);
    head->names_len = f->names.len;
    head->documents = f->built.documents;
    head->lists = (uint32_t)(f->lists.len / 4);
    head->words = (head->entries / ENTRIES_OF_WORD / WORDS_OF_LINE + 1) * WORDS_OF_LINE;
    head->homes = head->entries / FULL + 1;
}

/* Whether there is room for it in the line `number`. */
static bool put(struct finishing *f, struct index_line *line, uint32_t number,
                const struct entry *entry)
{
    uint32_t home = part_of(entry->value, f->head.homes);
    if (home > number || line->count == LINE_ENTRIES)
        return false;
    line->low[line->count] = (uint32_t)entry->value;
    line->high[line->count] = (uint32_t)(entry->value >> 32);
    line->owner[line->count++] = entry->owner;
    f->head.follow = number - home > f->head.follow ? number - home : f->head.follow;
    return true;
}

static void add_lines(struct finishing *f, struct buf *out)
{
    struct index_head *head = &f->head;
    for (uint32_t entry = 0; entry < head->entries || head->lines < head->homes; head->lines++) {
        struct index_line line = {.count = 0};
        while (entry < head->entries && put(f, &line, head->lines, &f->entries[entry]))
            entry++;
        buf_add(out, span_of((const char *)&line, sizeof line));
    }
}

static void add_filter(const struct finishing *f, struct buf *out)
{
    uint64_t *filter = mem_alloc(f->head.words * sizeof *filter);
    for (uint32_t i = 0; i < f->head.entries; i++) {
        uint64_t value = f->entries[i].value;
        filter[part_of(value, f->head.words)] |= filter_mask(value);
    }
    buf_add(out, span_of((const char *)filter, f->head.words * sizeof *filter));
    free(filter);
}

static void put_together(struct finishing *f, struct buf *out)
{
    struct index_head *head = &f->head;
    size_t from = out->len;
    buf_add(out, span_of((const char *)head, sizeof *head));
    add_filter(f, out);
    add_lines(f, out);
    buf_add(out, buf_span(&f->documents));
    buf_add(out, buf_span(&f->lists));
    buf_add(out, buf_span(&f->names));
    head->size = out->len - from;
    memcpy(out->ptr + from, head, sizeof *head);
    index_seal(&f->build->index_key, span_from(buf_span(out), from), head->seal);
    memcpy(out->ptr + from, head, sizeof *head);
}

static bool is_too_much(const struct finishing *f, size_t entries)
{
    return entries > INDEX_ENTRIES_MOST || f->build->names.len > UINT32_MAX ||
           f->build->mark_count + entries >= OWNER_LIST;
}

bool index_build_finish(struct index_build *build, index_build_left_out *left_out, void *arg,
                        struct buf *out, struct index_built *built_out, struct error *err)
{
    struct finishing f = {.build = build};
    bool good = true;
    find_copies(&f);
    drop_copies(&f);
    size_t entries = count_entries(&f);
    number_documents(&f, left_out, arg);
    f.built.fingerprints = (uint32_t)entries - f.built.common - f.built.excluded;
    if (is_too_much(&f, entries))
        good = error_set(err, "there are too many documents for one index");
    else if (f.built.documents == 0)
        good = error_set(err, "there is no document to look for");
    if (good) {
        make_entries(&f, entries);
        make_head(&f);
        put_together(&f, out);
    }
    free(f.entries);
    buf_fini(&f.lists);
    buf_fini(&f.documents);
    buf_fini(&f.names);
    *built_out = f.built;
    return good;
}
