/* SPDX-License-Identifier: Apache-2.0 */
/* index_check: whether what an index of documents says of itself is so. */
#include "engine/base/utf8.h"
#include "rulesets/detection/documents/index_format.h"

struct checking {
    const struct index_head *head;
    const struct index_parts *parts;
    uint32_t *counted; /* fingerprints of each document */
};

/* Whether it is found in that line, where all before it from `full_from` on are full. */
static bool is_found(const struct checking *c, uint32_t number, uint32_t full_from, uint64_t value)
{
    uint32_t home = part_of(value, c->head->homes);
    return filter_passes(c->parts->filter[part_of(value, c->head->words)], value) &&
           home <= number && home >= full_from && number - home <= c->head->follow;
}

static bool check_lines(const struct checking *c)
{
    uint32_t full_from = 0;
    uint64_t entries = 0, before = 0;
    for (uint32_t number = 0; number < c->head->lines; number++) {
        const struct index_line *line = &c->parts->lines[number];
        if (line->count > LINE_ENTRIES)
            return false;
        for (uint32_t i = 0; i < line->count; i++, entries++) {
            uint64_t value = index_value(line, i);
            if ((entries > 0 && value <= before) || !is_found(c, number, full_from, value))
                return false;
            before = value;
        }
        full_from = line->count == LINE_ENTRIES ? full_from : number + 1;
    }
    return entries == c->head->entries;
}

static bool count_list(struct checking *c, uint32_t at)
{
    const uint32_t *lists = c->parts->lists;
    if (at >= c->head->lists)
        return false;
    uint32_t count = lists[at];
    if (count < 2 || count > INDEX_OWNERS_MOST || count > c->head->lists - at - 1)
        return false;
    for (uint32_t i = at + 1; i <= at + count; i++) {
        if (lists[i] >= c->head->documents || (i > at + 1 && lists[i] <= lists[i - 1]))
            return false;
        c->counted[lists[i]]++;
    }
    return true;
}

static bool check_owner(struct checking *c, uint32_t owner)
{
    if (owner < c->head->documents)
        c->counted[owner]++;
    else if (owner != OWNER_NONE)
        return owner >= OWNER_LIST && count_list(c, owner - OWNER_LIST);
    return true;
}

static bool check_owners(struct checking *c)
{
    for (uint32_t number = 0; number < c->head->lines; number++) {
        const struct index_line *line = &c->parts->lines[number];
        for (uint32_t i = 0; i < line->count; i++) {
            if (!check_owner(c, line->owner[i]))
                return false;
        }
    }
    return true;
}

static bool is_name(struct span name)
{
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.ptr[i];
        if (c < 0x20 || c == 0x7f)
            return false;
    }
    return name.len > 0 && utf8_is_valid(name);
}

static bool check_documents(const struct checking *c)
{
    struct span names = span_of(c->parts->names, c->head->names_len);
    for (uint32_t i = 0; i < c->head->documents; i++) {
        const struct index_document *document = &c->parts->documents[i];
        if (document->name_off > names.len || document->name_len > names.len - document->name_off ||
            !is_name(span_sub(names, document->name_off, document->name_len)) ||
            document->fingerprints == 0 || document->fingerprints != c->counted[i])
            return false;
    }
    return true;
}

bool index_parts_are_good(const struct index_head *head, const struct index_parts *parts,
                          struct arena *arena)
{
    if (head->documents == 0 || head->documents >= OWNER_LIST || head->words == 0 ||
        head->homes == 0 || head->homes > head->lines || head->follow >= head->lines)
        return false;
    struct checking c = {head, parts, ARENA_ARRAY(arena, head->documents, uint32_t)};
    return check_lines(&c) && check_owners(&c) && check_documents(&c);
}
