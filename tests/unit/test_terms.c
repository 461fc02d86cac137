/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Terms of many dictionaries, looked for together, against a search of one term after the other at
 * one place after the other: the same finds in the same order. Dictionaries and texts are made at
 * random of few letters, so that terms overlap, repeat and stand in each other. TERMS_ROUNDS is how
 * many (300), TERMS_SEED where they begin (1).
 */
#include "engine/base/utf8.h"
#include "engine/message/codecs/comparable.h"
#include "rulesets/detection/dictionary.h"
#include "rulesets/detection/look.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define DICTIONARIES 6u
#define TERMS 12u
#define FINDS 20000u
#define KINDS 10u

struct world {
    struct arena *arena;
    struct reader reader;
    struct dictionaries dictionaries;
    const struct subject *subjects[DICTIONARIES];
    struct buf text;
    uint64_t seed;
};

static size_t pick(struct world *world, size_t count)
{
    world->seed = world->seed * 6364136223846793005u + 1442695040888963407u;
    return (size_t)(world->seed >> 33) % count;
}

static size_t setting(const char *name, size_t standard)
{
    uint64_t value;
    const char *text = getenv(name);
    return text && span_to_u64(span_str(text), &value) ? (size_t)value : standard;
}

/* --- dictionaries and a text --- */

static void add_letters(struct world *world, struct buf *out, size_t kind, size_t most)
{
    static const char *const letters[KINDS][12] = {
        {"a", "b", "a", "b", "a", "b", "a", "b", " ", "-", "a", "b"},
        {"a", "A", "b", "_", "-", " ", "'", "`", "a", "b", "B", "9"},
        {"e", "\xc3\xa9", "\xcc\x81", "\xc3\x9f", "s", "\xe2\x80\x8b", "\xef\xac\x81", "f", "i",
         " ", "\xc2\xa0", "x"},
        {"\xe6\x97\xa5", "\xe6\x9c\xac", "a", "\xd0\xb0", "\xd0\x91", "\xd0\xb1", " ", "1",
         "\xc2\xbd", "\xe2\x80\x99", "'", "\xef\xbd\x81"},
        {"c", "d", "e", "f", "g", "h", "i", "j", " ", "k", "l", "m"},
        {"a", ".", "_", "\x7f", "(", "a", "1", "'", " ", "abcdefg", "?", "`"},
        {"abcdefgh", "i", " ", "a", "AB", "(", "\xc3\xa9", "  ", "b", "-", "ABCDEFG", "_"},
        {"\xd0\xb0", "\xd0\x91", "\xd0\xb9", "\xd1\x91", " ", "\xd0\xb2", "a", "\xcc\x88",
         "\xd0\xb0\xd0\xb1", "\xe2\x80\x8b", "-", "\xc2\xab"},
        {"a ", "a ", "a", "a ", "b ", "a a ", "-", "a ", "a a a ", "b", "a ", "a "},
        {"\xe3\x81\x8b", "\xe3\x81\x8c", "\xe3\x82\x99", "\xe4\xba\xba", "\xe5\x8f\xb7", " ",
         "\xe2\x80\xa6", "\xe2\x81\xbf", "a", "\xe3\x80\x82", "\xea\xb0\x80", "b"},
    };
    for (size_t i = 1 + pick(world, most); i > 0; i--)
        buf_add_str(out, letters[kind][pick(world, 12)]);
}

static void add_dictionary(struct world *world, size_t kind)
{
    struct buf json = BUF_INIT;
    struct node node;
    buf_printf(&json, "{\"name\": \"d%zu\", \"case_sensitive\": %s, \"whole_words\": %s, %s",
               world->dictionaries.count, pick(world, 3) ? "false" : "true",
               pick(world, 3) ? "true" : "false",
               pick(world, 8) ? "\"terms\": [" : "\"type\": \"regex\", \"terms\": [");
    for (size_t i = 1 + pick(world, TERMS); i > 0; i--) {
        bool front = pick(world, 2) == 0; /* so that something is left of it */
        buf_add_str(&json, front ? "\"a" : "\"");
        add_letters(world, &json, kind, pick(world, 4) ? 4 : 20);
        buf_add_str(&json, front ? "\"" : "a\"");
        buf_add_str(&json, i > 1 ? ", " : "]}");
    }
    size_t before = world->dictionaries.count;
    if (!reader_load_text(&world->reader, "c.json", arena_copy(world->arena, buf_span(&json)),
                          &node) ||
        !dictionary_read(&world->reader, &node, &world->dictionaries))
        world->dictionaries.count = before; /* a term of which nothing is left */
    buf_fini(&json);
}

static void make_text(struct world *world, size_t kind)
{
    size_t size = 20 + pick(world, pick(world, 8) ? 400 : 3000);
    while (world->text.len < size) {
        const struct dictionary *dictionary =
            &world->dictionaries.items[pick(world, world->dictionaries.count)];
        struct span term = dictionary->terms[pick(world, dictionary->count)].text;
        size_t choice = pick(world, 6);
        if (choice < 3)
            buf_add(&world->text, term);
        else if (choice == 3)
            buf_add(&world->text, span_sub(term, 0, utf8_floor(term, pick(world, term.len + 1))));
        else
            add_letters(world, &world->text, kind, 5);
        if (choice % 2)
            buf_add_str(&world->text, choice == 1 ? " " : choice == 3 ? "\r\n " : "");
    }
}

/* --- one by one --- */

struct finds {
    struct sighting items[FINDS];
    size_t count;
};

static size_t compare_at(struct span text, size_t *off, bool caseless, bool *blank,
                         uint32_t codes[COMPARABLE_MAX])
{
    uint32_t code;
    *off += utf8_decode(span_from(text, *off), &code);
    size_t count = comparable_of(code, caseless, codes);
    if (count == 0 || (codes[0] == ' ' && *blank))
        return 0;
    *blank = codes[0] == ' ';
    return count;
}

/* A term as it is compared. */
static size_t compared(struct span text, bool caseless, uint32_t *out)
{
    size_t count = 0;
    bool blank = true;
    for (size_t off = 0; off < text.len;)
        count += compare_at(text, &off, caseless, &blank, out + count);
    return count > 0 && blank ? count - 1 : count;
}

/* Where the term that begins at `off` ends; 0: another text is there. */
static size_t end_of(struct span text, size_t off, const uint32_t *term, size_t count,
                     bool caseless)
{
    bool blank = false;
    size_t at = 0, begun = off;
    while (at < count) {
        uint32_t codes[COMPARABLE_MAX];
        if (off == text.len)
            return 0;
        size_t more = compare_at(text, &off, caseless, &blank, codes);
        if ((more == 0 && at == 0) || more > count - at ||
            memcmp(codes, term + at, more * sizeof *codes) != 0)
            return 0;
        at += more;
    }
    return off > begun ? off : 0;
}

static void keep(struct finds *finds, const struct subject *subject, size_t number, size_t off,
                 size_t len)
{
    assert_true(finds->count < FINDS);
    finds->items[finds->count++] = (struct sighting){
        .subject = subject, .off = (uint32_t)off, .len = (uint32_t)len, .term = (uint32_t)number};
}

static void search_pattern(const struct subject *subject, size_t number, struct span text,
                           struct finds *finds)
{
    struct pattern_match match;
    for (size_t from = 0; from <= text.len;) {
        if (pattern_search(subject->dictionary->terms[number].pattern, text, from, 0, &match) !=
            PATTERN_FOUND)
            return;
        size_t off = match.group[0].off, len = match.group[0].len;
        if (len > 0)
            keep(finds, subject, number, off, len);
        from = len > 0          ? off + len
               : off < text.len ? off + utf8_decode(span_from(text, off), NULL)
                                : text.len + 1;
    }
}

static void search_term(const struct subject *subject, size_t number, struct span text,
                        struct finds *finds)
{
    static uint32_t codes[100000], before[100000];
    const struct dictionary_term *terms = subject->dictionary->terms, *term = &terms[number];
    bool caseless = !term->case_sensitive;
    size_t count = compared(term->text, caseless, codes);
    for (size_t i = 0; i < number; i++) { /* of equal ones the first is meant */
        if (!terms[i].is_pattern && terms[i].case_sensitive == term->case_sensitive &&
            compared(terms[i].text, caseless, before) == count &&
            memcmp(before, codes, count * sizeof *codes) == 0)
            return;
    }
    for (size_t off = 0; off < text.len; off += utf8_decode(span_from(text, off), NULL)) {
        size_t end = end_of(text, off, codes, count, caseless);
        if (end > 0 && (!term->whole || word_is_whole(text, off, end - off)))
            keep(finds, subject, number, off, end - off);
    }
}

static void search_all(const struct world *world, struct span text, struct finds *finds)
{
    finds->count = 0;
    for (size_t i = 0; i < world->dictionaries.count; i++) {
        const struct dictionary *dictionary = &world->dictionaries.items[i];
        for (size_t k = 0; k < dictionary->count; k++) {
            if (dictionary->terms[k].is_pattern)
                search_pattern(world->subjects[i], k, text, finds);
            else
                search_term(world->subjects[i], k, text, finds);
        }
    }
}

/* Without case, with, patterns. */
static int sort_of(const struct sighting *find)
{
    const struct dictionary_term *term = &find->subject->dictionary->terms[find->term];
    return term->is_pattern ? 2 : term->case_sensitive ? 1 : 0;
}

static int by_place(const void *a, const void *b)
{
    const struct sighting *x = a, *y = b;
    if (x->off != y->off)
        return x->off < y->off ? -1 : 1;
    if (x->subject->index != y->subject->index)
        return x->subject->index < y->subject->index ? -1 : 1;
    if (x->len != y->len)
        return x->len < y->len ? -1 : 1;
    if (sort_of(x) != sort_of(y))
        return sort_of(x) - sort_of(y);
    return x->term < y->term ? -1 : x->term > y->term;
}

/* --- */

static void open_world(struct world *world)
{
    world->arena = arena_new();
    world->dictionaries = (struct dictionaries){NULL, 0, 0};
    world->text = (struct buf)BUF_INIT;
    reader_init(&world->reader, world->arena);
    size_t kind = pick(world, KINDS);
    while (world->dictionaries.count == 0) {
        for (size_t i = 1 + pick(world, DICTIONARIES - 1); i > 0; i--)
            add_dictionary(world, pick(world, 5) ? kind : pick(world, KINDS));
    }
    for (size_t i = 0; i < world->dictionaries.count; i++) {
        struct subject *subject = ARENA_NEW(world->arena, struct subject);
        *subject = (struct subject){.kind = SUBJECT_DICTIONARY,
                                    .name = world->dictionaries.items[i].name,
                                    .index = i,
                                    .dictionary = &world->dictionaries.items[i]};
        world->subjects[i] = subject;
    }
    make_text(world, kind);
}

static void close_world(struct world *world)
{
    buf_fini(&world->text);
    reader_fini(&world->reader);
    arena_free(&world->arena);
}

static void compare(const struct sightings *found, const struct finds *wanted, struct span text)
{
    size_t i = 0;
    while (i < found->count && i < wanted->count &&
           by_place(&found->items[i], &wanted->items[i]) == 0)
        i++;
    if (i == found->count && i == wanted->count)
        return;
    const struct sighting *one = i < found->count ? &found->items[i] : &wanted->items[i];
    const struct dictionary_term *term = &one->subject->dictionary->terms[one->term];
    print_error("\"%.*s\"\n", SPAN_ARG(text));
    fail_msg("%zu finds, %zu wanted; the first that differs: \"%.*s\" of %s at %u, %u bytes",
             found->count, wanted->count, SPAN_ARG(term->text), one->subject->name, one->off,
             one->len);
}

/* One dictionary that is full takes nothing from the others. */
static void check_limit(struct world *world, const struct lookout *lookout, struct span text,
                        const struct finds *wanted)
{
    struct look_limits limits = {.sightings = 1 + pick(world, 6)};
    size_t counts[2][DICTIONARIES] = {{0}};
    struct sightings found;
    bool too_many = false;
    look(lookout, text, &limits, world->arena, &found);
    for (size_t i = 0; i < wanted->count; i++)
        counts[0][wanted->items[i].subject->index]++;
    for (size_t i = 0; i < found.count; i++)
        counts[1][found.items[i].subject->index]++;
    for (size_t i = 0; i < DICTIONARIES; i++) {
        bool full = counts[0][i] > limits.sightings;
        too_many |= full;
        assert_int_equal(counts[1][i], full ? limits.sightings : counts[0][i]);
    }
    assert_int_equal(found.too_many, too_many);
    assert_int_equal(found.complete, !too_many);
}

static void test_same_finds(void **state)
{
    static struct finds wanted;
    struct world world = {.seed = setting("TERMS_SEED", 1)};
    size_t finds = 0;
    (void)state;
    for (size_t i = setting("TERMS_ROUNDS", 300); i > 0; i--) {
        struct look_limits limits = {.deadline_ns = 0};
        struct sightings found;
        open_world(&world);
        struct span text = buf_span(&world.text);
        const struct lookout *lookout =
            lookout_new(world.subjects, world.dictionaries.count, world.arena);
        look(lookout, text, &limits, world.arena, &found);
        assert_true(found.complete);
        search_all(&world, text, &wanted);
        if (wanted.count > 1)
            qsort(wanted.items, wanted.count, sizeof *wanted.items, by_place);
        compare(&found, &wanted, text);
        check_limit(&world, lookout, text, &wanted);
        finds += found.count;
        close_world(&world);
    }
    print_message("%zu finds\n", finds);
    assert_true(finds > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_same_finds)};
    pattern_library_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
