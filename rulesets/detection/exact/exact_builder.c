/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/exact/exact_builder.h"

#include "engine/base/mem.h"
#include "rulesets/detection/exact/exact_builder_cells.h"

#include <stdlib.h>
#include <sys/random.h>

#define LETTERS_LEAST 2u  /* of a cell that is looked for */
#define LETTERS_ALONE 3u  /* of one that finds a row alone */
#define NUMBER_GROUPS 10u /* that a number may be written in */
#define CELLS_A_BUCKET 4u

struct exact_builder *exact_builder_new(const struct index_key *key, const struct span *names,
                                        uint32_t columns, uint32_t common)
{
    struct exact_builder *builder = mem_alloc(sizeof *builder);
    struct exact_head *head = &builder->head;
    *head = (struct exact_head){.version = EXACT_VERSION,
                                .columns = columns,
                                .words = {2, 2, 2}, /* O'Brien may be written for OBRIEN */
                                .common = common};
    if (getrandom(head->salt, sizeof head->salt, 0) != (ssize_t)sizeof head->salt)
        abort(); /* the kernel has had no random numbers since it started */
    exact_keys_init(&builder->keys, key, head->salt);
    memcpy(head->check, builder->keys.check, sizeof head->check);
    for (uint32_t i = 0; i < columns; i++)
        memcpy(builder->names[i], names[i].ptr, names[i].len);
    return builder;
}

void exact_builder_free(struct exact_builder **slot)
{
    struct exact_builder *builder = *slot;
    if (!builder)
        return;
    exact_keys_fini(&builder->keys);
    free(builder->cells);
    free(builder->seen.slots);
    free(builder);
    *slot = NULL;
}

static bool put_row(struct row_set *set, uint64_t hash)
{
    size_t at = (size_t)hash & (set->cap - 1);
    while (set->slots[at] != 0 && set->slots[at] != hash)
        at = (at + 1) & (set->cap - 1);
    bool is_new = set->slots[at] == 0;
    set->slots[at] = hash;
    set->count += is_new;
    return is_new;
}

/* Whether no row had this hash before. */
static bool is_new_row(struct row_set *set, uint64_t hash)
{
    if (set->count * 2 >= set->cap) {
        struct row_set larger = {.cap = set->cap ? set->cap * 2 : 1024};
        larger.slots = mem_alloc(larger.cap * sizeof *larger.slots);
        for (size_t i = 0; i < set->cap; i++) {
            if (set->slots[i] != 0)
                (void)put_row(&larger, set->slots[i]);
        }
        free(set->slots);
        *set = larger;
    }
    return put_row(set, hash ? hash : 1);
}

/* In how many words a text may show it: as many as it has itself, one more where letters and
 * digits may be parted, or the groups that a number is written in. */
static void note_words(struct exact_head *head, const struct exact_normal *normal)
{
    enum exact_sort sort = exact_sort_of(normal->letters, normal->digits);
    uint32_t words = normal->words + (sort == EXACT_MIXED);
    if (sort == EXACT_NUMBERS) {
        uint32_t groups = (uint32_t)(normal->letters + 1) / 2;
        groups = groups < NUMBER_GROUPS ? groups : NUMBER_GROUPS;
        words = words > groups ? words : groups;
    }
    words = words < EXACT_WORDS ? words : EXACT_WORDS;
    if (head->words[sort] < words)
        head->words[sort] = words;
}

/* Of one cell; false: it is none that is looked for. */
static bool make_cell(struct exact_builder *builder, struct span text, struct exact_column *column,
                      struct built_cell *out)
{
    struct exact_normal normal;
    if (!exact_normal_of(text, &normal)) {
        column->too_long++;
        return false;
    }
    /* A letter of a script in which one is a word is as good as two others. */
    size_t letters = normal.letters + (normal.size > 2 * normal.letters ? 1 : 0);
    if (letters < LETTERS_LEAST || normal.letters == 0) {
        *(normal.letters == 0 ? &column->empty : &column->too_short) += 1;
        return false;
    }
    struct exact_tag tag = exact_keys_tag(&builder->keys, &normal);
    out->tag = tag.tag;
    out->mark = tag.mark;
    out->filter = exact_keys_filter(&builder->keys, exact_hash(builder->keys.base, &normal));
    out->place = letters < LETTERS_ALONE ? EXACT_SHARED : 0;
    note_words(&builder->head, &normal);
    exact_sizes_add(&builder->sizes, exact_sort_of(normal.letters, normal.digits), normal.size);
    return true;
}

static void keep_cell(struct exact_builder *builder, const struct built_cell *cell)
{
    if (builder->count == builder->cap) {
        builder->cap = builder->cap ? builder->cap + builder->cap / 2 : 4096;
        builder->cells = mem_resize(builder->cells, builder->cap * sizeof *builder->cells);
    }
    builder->cells[builder->count++] = *cell;
}

bool exact_builder_add(struct exact_builder *builder, const struct span *cells)
{
    struct exact_head *head = &builder->head;
    struct built_cell row[EXACT_COLUMNS_MAX];
    uint64_t tags[EXACT_COLUMNS_MAX] = {0};
    bool is_cell[EXACT_COLUMNS_MAX];
    if ((head->rows + UINT64_C(1)) * head->columns > EXACT_PLACES_MAX)
        return false;
    for (uint32_t i = 0; i < head->columns; i++) {
        is_cell[i] = make_cell(builder, cells[i], &builder->report.columns[i], &row[i]);
        tags[i] = is_cell[i] ? row[i].tag : 0;
    }
    struct span all = span_of((const char *)tags, head->columns * sizeof *tags);
    if (is_new_row(&builder->seen, sip_hash(&builder->keys.whole, all))) {
        for (uint32_t i = 0; i < head->columns; i++) {
            row[i].place |= head->rows * head->columns + i;
            if (is_cell[i])
                keep_cell(builder, &row[i]);
        }
    } else {
        builder->report.repeated++;
    }
    head->rows++;
    return true;
}

static int by_tag(const void *a, const void *b)
{
    const struct built_cell *x = a, *y = b;
    if (x->tag != y->tag)
        return x->tag < y->tag ? -1 : 1;
    return x->place < y->place ? -1 : x->place > y->place;
}

size_t built_cells_end(const struct exact_builder *builder, size_t first, bool *weak_out)
{
    const struct built_cell *cells = builder->cells;
    uint32_t columns = builder->head.columns;
    size_t at = first, rows = 0;
    for (; at < builder->count && cells[at].tag == cells[first].tag; at++)
        rows += at == first || (cells[at].place & ~EXACT_SHARED) / columns !=
                                   (cells[at - 1].place & ~EXACT_SHARED) / columns;
    *weak_out = rows > builder->head.common || (cells[first].place & EXACT_SHARED);
    return at;
}

/* Numbers of the entries, and of what they share. */
static bool count_entries(struct exact_builder *builder)
{
    struct exact_head *head = &builder->head;
    bool weak;
    for (size_t first = 0, end; first < builder->count; first = end) {
        end = built_cells_end(builder, first, &weak);
        head->entries++;
        head->shared += !weak && end - first > 1 ? end - first + 1 : 0;
        for (size_t i = first; i < end; i++) {
            uint32_t place = builder->cells[i].place & ~EXACT_SHARED;
            struct exact_column *column = &builder->report.columns[place % head->columns];
            *(weak ? &column->weak : &column->strong) += 1;
        }
    }
    return head->shared <= EXACT_PLACES_MAX;
}

bool exact_builder_end(struct exact_builder *builder, struct exact_report *out)
{
    struct exact_head *head = &builder->head;
    if (builder->count > 0)
        qsort(builder->cells, builder->count, sizeof *builder->cells, by_tag);
    if (!count_entries(builder))
        return false;
    head->bucket_bits = 1;
    while (head->bucket_bits < EXACT_BUCKET_BITS_MAX &&
           ((uint64_t)CELLS_A_BUCKET << head->bucket_bits) < head->entries)
        head->bucket_bits++;
    head->blocks = head->entries / 20 + 1; /* 12.8 bits a cell: one text of 300 passes in vain */
    head->size = exact_layout_of(head).size;
    builder->report.rows = head->rows;
    builder->report.cells = (size_t)head->entries;
    builder->report.bytes = (size_t)head->size;
    *out = builder->report;
    return true;
}
