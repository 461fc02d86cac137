/* SPDX-License-Identifier: Apache-2.0 */
/* index_check: whether what an index of documents says of itself is so. */
#include "engine/base/utf8.h"
#include "rulesets/detection/documents/index_format.h"

struct checking {
    const struct index_head *head;
    const struct index_parts *parts;
    uint32_t *counted; /* fingerprints of each document */
};

/* That of a slot's entries each is one of its own, and known to its filter. */
static bool check_slot(const struct checking *c, uint32_t number)
{
    const struct index_slot *slot = &c->parts->slots[number];
    for (uint32_t i = slot->first; i < slot->first + slot->count; i++) {
        const struct index_entry *entry = &c->parts->entries[i];
        uint64_t value = index_entry_value(entry), mask = filter_mask(value);
        if (slot_number(value, c->head->slots) != number ||
            (i > 0 && value <= index_entry_value(entry - 1)) ||
            (slot->filter[filter_word(value)] & mask) != mask)
            return false;
    }
    return true;
}

static bool check_slots(const struct checking *c)
{
    uint32_t behind = 0, all = c->head->entries;
    for (uint32_t i = 0; i < c->head->slots; i++) {
        const struct index_slot *slot = &c->parts->slots[i];
        if (slot->first != behind || slot->count > all - behind || !check_slot(c, i))
            return false;
        behind += slot->count;
    }
    return behind == all;
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

static bool check_owners(struct checking *c)
{
    for (uint32_t i = 0; i < c->head->entries; i++) {
        uint32_t owner = c->parts->entries[i].owner;
        if (owner < c->head->documents)
            c->counted[owner]++;
        else if (owner != OWNER_NONE && (owner < OWNER_LIST || !count_list(c, owner - OWNER_LIST)))
            return false;
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
    if (head->documents == 0 || head->documents >= OWNER_LIST || head->slots == 0)
        return false;
    struct checking c = {head, parts, ARENA_ARRAY(arena, head->documents, uint32_t)};
    return check_slots(&c) && check_owners(&c) && check_documents(&c);
}
