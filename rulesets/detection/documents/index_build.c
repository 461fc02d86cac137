/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/documents/index_build.h"

#include "engine/base/mem.h"
#include "engine/base/utf8.h"
#include "rulesets/detection/documents/index_build_parts.h"

#include <stdlib.h>

#define NAME_MOST 1024u /* bytes */

struct index_build *index_build_new(const struct index_key *key)
{
    struct index_build *build = mem_alloc(sizeof *build);
    build->index_key = *key;
    fingerprint_key_of(key, &build->key);
    return build;
}

void index_build_free(struct index_build **slot)
{
    struct index_build *build = *slot;
    *slot = NULL;
    if (!build)
        return;
    index_key_wipe(&build->index_key);
    explicit_bzero(&build->key, sizeof build->key);
    free(build->marks);
    free(build->documents);
    buf_fini(&build->names);
    free(build);
}

static void add_mark(struct index_build *build, uint64_t value)
{
    if (build->mark_count == build->mark_cap) {
        build->mark_cap = build->mark_cap ? 2 * build->mark_cap : 4096;
        build->marks = mem_resize(build->marks, build->mark_cap * sizeof *build->marks);
    }
    build->marks[build->mark_count++] = (struct mark){value, build->document_count};
}

static bool take(const struct fingerprint *fingerprints, size_t count, void *arg)
{
    for (size_t i = 0; i < count; i++)
        add_mark(arg, fingerprints[i].value);
    return true;
}

uint64_t index_build_text(struct index_build *build, struct span text)
{
    uint64_t letters = 0;
    enum fingerprints_result done = fingerprints_of(&build->key, text, 0, take, build, &letters);
    (void)done; /* there is no deadline */
    return letters;
}

int mark_by_value(const void *a, const void *b)
{
    const struct mark *x = a, *y = b;
    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    return x->document < y->document ? -1 : x->document > y->document;
}

/* The marks since `first`, each once, by value. */
static void sort_new(struct index_build *build, size_t first)
{
    struct mark *marks = build->marks;
    size_t count = build->mark_count - first, kept = first;
    if (count > 1)
        qsort(marks + first, count, sizeof *marks, mark_by_value);
    for (size_t i = first; i < build->mark_count; i++) {
        if (i == first || marks[i].value != marks[i - 1].value)
            marks[kept++] = marks[i];
    }
    build->mark_count = kept;
}

/* Names are shown to people and in logs. */
static void add_name(struct index_build *build, struct span name)
{
    size_t from = build->names.len;
    while (name.len > 0 && build->names.len - from < NAME_MOST) {
        uint32_t code;
        size_t len = utf8_decode(name, &code);
        if (len == 0)
            buf_add_str(&build->names, UTF8_REPLACEMENT);
        else if (code < 0x20 || (code >= 0x7f && code < 0xa0))
            buf_add_byte(&build->names, '?');
        else
            buf_add(&build->names, span_sub(name, 0, len));
        name = span_from(name, len > 0 ? len : 1);
    }
    if (build->names.len == from)
        buf_add_byte(&build->names, '?');
}

/* Values are random numbers to whom has no key, so a sum tells sets of them apart. */
static uint64_t sum_of(const struct index_build *build, size_t first)
{
    uint64_t sum = 0;
    for (size_t i = first; i < build->mark_count; i++)
        sum = sum * UINT64_C(0x9e3779b97f4a7c15) + build->marks[i].value;
    return sum;
}

bool index_build_document(struct index_build *build, struct span name)
{
    size_t first = build->mark_first;
    sort_new(build, first);
    if (build->mark_count == first)
        return false;
    if (build->document_count == build->document_cap) {
        build->document_cap = build->document_cap ? 2 * build->document_cap : 64;
        build->documents =
            mem_resize(build->documents, build->document_cap * sizeof *build->documents);
    }
    size_t name_off = build->names.len;
    add_name(build, name);
    build->documents[build->document_count++] =
        (struct built_document){.name_off = name_off,
                                .name_len = build->names.len - name_off,
                                .sum = sum_of(build, first),
                                .marks = build->mark_count - first};
    build->mark_first = build->mark_count;
    return true;
}

void index_build_exclude(struct index_build *build)
{
    size_t first = build->mark_first;
    sort_new(build, first);
    for (size_t i = first; i < build->mark_count; i++)
        build->marks[i].document = EXCLUDED;
    build->mark_first = build->mark_count;
}
