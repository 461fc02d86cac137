/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_words: words, a line each, a NUL, a text. One pass must find what a naive search finds:
 * every word at every place, no more; and of whole words those that are no part of longer ones.
 */
#include "engine/base/buf.h"
#include "engine/base/utf8.h"
#include "engine/message/codecs/comparable.h"
#include "rulesets/detection/words.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define WORDS_MOST 12u
#define TEXT_MOST 2000u

static void check(bool good)
{
    if (!good)
        abort();
}

/* A text as it is compared; of each byte where its character begins and ends below. */
struct plain {
    struct buf bytes;
    uint32_t begins[TEXT_MOST * COMPARABLE_MAX * UTF8_MAX],
        ends[TEXT_MOST * COMPARABLE_MAX * UTF8_MAX];
    bool first[TEXT_MOST * COMPARABLE_MAX * UTF8_MAX], last[TEXT_MOST * COMPARABLE_MAX * UTF8_MAX];
};

static void add(struct plain *plain, uint32_t code, size_t off, size_t end, bool first, bool last)
{
    char bytes[UTF8_MAX];
    size_t len = utf8_encode(code, bytes);
    for (size_t i = 0; i < len; i++) {
        size_t at = plain->bytes.len;
        plain->begins[at] = (uint32_t)off;
        plain->ends[at] = (uint32_t)end;
        plain->first[at] = first && i == 0;
        plain->last[at] = last && i + 1 == len;
        buf_add_byte(&plain->bytes, bytes[i]);
    }
}

static void make_plain(struct plain *plain, struct span text, bool caseless)
{
    bool blank = false;
    plain->bytes = (struct buf)BUF_INIT;
    for (size_t off = 0, len; off < text.len; off += len) {
        uint32_t code, codes[COMPARABLE_MAX];
        len = utf8_decode(span_from(text, off), &code);
        size_t count = comparable_of(code, caseless, codes);
        if (count == 0 || (codes[0] == ' ' && blank))
            continue;
        blank = codes[0] == ' ';
        for (size_t i = 0; i < count; i++)
            add(plain, codes[i], off, off + len, i == 0, i + 1 == count);
    }
}

struct hits {
    struct word_hit items[TEXT_MOST * WORDS_MOST];
    size_t count;
};

static bool keep(const struct word_hit *hit, void *arg)
{
    struct hits *hits = arg;
    check(hits->count < ARRAY_LEN(hits->items));
    hits->items[hits->count++] = *hit;
    return true;
}

static int by_place(const void *a, const void *b)
{
    const struct word_hit *x = a, *y = b;
    if (x->off != y->off)
        return x->off < y->off ? -1 : 1;
    if (x->len != y->len)
        return x->len < y->len ? -1 : 1;
    return x->word < y->word ? -1 : x->word > y->word;
}

static struct span trimmed(const struct plain *plain)
{
    struct span all = buf_span(&plain->bytes);
    while (all.len > 0 && all.ptr[0] == ' ')
        all = span_from(all, 1);
    while (all.len > 0 && all.ptr[all.len - 1] == ' ')
        all.len--;
    return all;
}

static void search(const struct plain *text, struct span word, uint32_t number, struct hits *hits)
{
    for (size_t at = 0; at + word.len <= text->bytes.len; at++) {
        size_t end = at + word.len - 1;
        if (!text->first[at] || !text->last[end] ||
            memcmp(text->bytes.ptr + at, word.ptr, word.len) != 0)
            continue;
        struct word_hit hit = {number, text->begins[at], text->ends[end] - text->begins[at]};
        (void)keep(&hit, hits);
    }
}

/* Each word once. */
static void search_all(const struct words *words, const struct span *list, size_t count,
                       const struct plain *text, bool caseless, struct hits *hits)
{
    static struct plain word;
    bool done[WORDS_MOST] = {false};
    for (size_t i = 0; i < count; i++) {
        uint32_t number = words_number(words, i);
        make_plain(&word, list[i], caseless);
        struct span compared = trimmed(&word);
        check((number == WORD_NONE) == (compared.len == 0 || compared.len > WORDS_LONGEST));
        check(number == WORD_NONE || number < words_count(words));
        if (number != WORD_NONE && !done[number]) {
            done[number] = true;
            search(text, compared, number, hits);
        }
        buf_fini(&word.bytes);
    }
}

static size_t read_words(struct span lines, struct span out[WORDS_MOST])
{
    size_t count = 0;
    while (count < WORDS_MOST && span_next(&lines, '\n', &out[count]))
        count++;
    return count;
}

static void compare(struct hits *got, struct hits *wanted)
{
    check(got->count == wanted->count);
    qsort(got->items, got->count, sizeof *got->items, by_place);
    qsort(wanted->items, wanted->count, sizeof *wanted->items, by_place);
    for (size_t i = 0; i < got->count; i++)
        check(by_place(&got->items[i], &wanted->items[i]) == 0);
    got->count = 0;
}

static void keep_whole(struct hits *hits, struct span text)
{
    size_t kept = 0;
    for (size_t i = 0; i < hits->count; i++) {
        if (word_is_whole(text, hits->items[i].off, hits->items[i].len))
            hits->items[kept++] = hits->items[i];
    }
    hits->count = kept;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct hits got, wanted;
    static struct plain plain;
    struct span input = span_of((const char *)data, size), list[WORDS_MOST];
    size_t end = span_find_byte(input, '\0');
    if (end == SPAN_NONE || size > TEXT_MOST || !utf8_is_valid(input))
        return 0;
    bool caseless = size % 2 == 0;
    struct span text = span_from(input, end + 1);
    size_t count = read_words(span_sub(input, 0, end), list);
    struct arena *arena = arena_new();
    struct words *words = words_new(list, count, caseless, arena);
    got.count = wanted.count = 0;
    make_plain(&plain, text, caseless);
    search_all(words, list, count, &plain, caseless, &wanted);
    buf_fini(&plain.bytes);
    check(words_scan(words, text, 0, keep, &got) == WORDS_DONE);
    compare(&got, &wanted);
    keep_whole(&wanted, text);
    check(words_scan_whole(words, text, 0, keep, &got) == WORDS_DONE);
    compare(&got, &wanted);
    check(words_scan_any_whole(words, text, 0, keep, &got) == WORDS_DONE);
    compare(&got, &wanted);
    arena_free(&arena);
    return 0;
}
