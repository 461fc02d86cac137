/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A byte, a table, a NUL, a text. The table becomes an index, however odd it is; the text is
 * searched. Then bytes of the index are changed as the text says, once with a hash of the whole
 * that is right: an index of somebody with the key who means harm. Nothing may be read that is not
 * there.
 */
#include "engine/base/mem.h"
#include "engine/base/utf8.h"
#include "tests/support/exact_rig.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct finds {
    struct span text;
    size_t count;
};

static bool check_find(const struct exact_find *find, void *arg)
{
    struct finds *finds = arg;
    if (find->len == 0 || find->off > finds->text.len || find->len > finds->text.len - find->off ||
        find->cell == 0 || (find->cell & ~find->around) != 0)
        abort();
    return ++finds->count < 1000;
}

static void search(const struct exact_match *match, struct span text)
{
    struct finds finds = {text, 0};
    if (exact_search(match, text, 0, check_find, &finds) == EXACT_LATE)
        abort();
}

/* The text is where and what, three bytes a change. */
static void search_damaged(const struct exact_rig *rig, struct span text, struct span changes,
                           bool hash_is_right)
{
    char *copy = mem_copy(rig->bytes, rig->size);
    uint64_t whole = exact_layout_of(&rig->index->head).whole;
    struct error err = ERROR_INIT;
    for (; changes.len >= 3; changes = span_from(changes, 3)) {
        size_t at = (size_t)(unsigned char)changes.ptr[0] << 8 | (unsigned char)changes.ptr[1];
        copy[at % rig->size] ^= changes.ptr[2];
    }
    if (hash_is_right) {
        uint64_t hash = htole64(sip_hash(&rig->index->keys.whole, span_of(copy, (size_t)whole)));
        memcpy(copy + whole, &hash, sizeof hash);
    }
    struct exact_index *index = exact_index_of(span_of(copy, rig->size), &rig->key, &err);
    if (index) {
        struct exact_match match = rig->match;
        match.index = index;
        match.columns = UINT64_MAX >> (64 - index->head.columns);
        search(&match, text);
    }
    exact_index_free(&index);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct exact_rig rig;
    struct span input = span_of((const char *)data, size);
    size_t end = size > 0 ? span_find_byte(span_from(input, 1), '\0') : SPAN_NONE;
    if (end == SPAN_NONE || size > 4000)
        return 0;
    struct span text = span_from(input, end + 2);
    if (!utf8_is_valid(text))
        return 0;
    exact_rig_open(&rig, span_sub(input, 1, end), 1 + data[0] % 4u);
    if (rig.index) {
        rig.match.match = 1 + data[0] / 4u % 3u;
        rig.match.within = data[0] / 16u * 8u;
        search(&rig.match, text);
        search_damaged(&rig, text, text, false);
        search_damaged(&rig, text, text, true);
    } else if (!error_is_set(&rig.err)) {
        abort();
    }
    exact_rig_close(&rig);
    return 0;
}
