/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/scanner/literals.h"

#include "engine/base/ascii.h"
#include "tests/support/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define MOST 40u
#define LONGEST 14u
#define TEXT 3000u

/* Few, so that literals share their first bytes; many of them alike but for bit 5. */
static const char kinds[] = {'a', 'A', 'b', '\0', ' ', '-', '\r', '_', '\x7f', '@', '`', '\xe1'};

static bool stands_at(struct span literal, struct span text, size_t at)
{
    bool stands = text.len - at >= literal.len;
    for (size_t i = 0; stands && i < literal.len; i++)
        stands = ascii_lower(text.ptr[at + i]) == literal.ptr[i];
    return stands;
}

static bool any_stands_at(const struct span *literals, size_t count, struct span text, size_t at)
{
    bool stands = false;
    for (size_t i = 0; i < count; i++)
        stands |= stands_at(literals[i], text, at);
    return stands;
}

static struct span write_literal(struct random_source *random, uint32_t some, struct arena *arena)
{
    size_t len = LITERALS_LEAST + random_below(random, LONGEST - LITERALS_LEAST + 1);
    char *bytes = ARENA_ARRAY(arena, len, char);
    for (size_t i = 0; i < len; i++)
        bytes[i] = ascii_lower(kinds[random_below(random, some)]);
    return span_of(bytes, len);
}

static size_t write_literals(struct random_source *random, uint32_t some, struct arena *arena,
                             struct span *out)
{
    size_t count = 0;
    for (uint32_t tries = 1 + random_below(random, MOST); tries > 0; tries--) {
        struct span literal = write_literal(random, some, arena);
        bool equal = false;
        for (size_t i = 0; i < count; i++)
            equal |= span_equal(out[i], literal);
        if (!equal)
            out[count++] = literal;
    }
    return count;
}

/* One of the literals at its very end. */
static void write_text(struct random_source *random, uint32_t some, struct span last, char *bytes,
                       size_t len)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = kinds[random_below(random, some)];
    if (len >= last.len)
        memcpy(bytes + len - last.len, last.ptr, last.len);
}

static void expect_starts(const struct span *texts, size_t count, const struct literals *literals,
                          struct span text, size_t from, size_t end)
{
    for (enum literals_by by = LITERALS_BY_FASTEST; by <= LITERALS_BY_OWN; by++) {
        uint64_t starts[TEXT / 64 + 1] = {0};
        literals_scan(literals, text, from, end, by, starts);
        for (size_t i = 0; i < sizeof starts * 8; i++) {
            bool is = from + i < end && any_stands_at(texts, count, text, from + i);
            assert_int_equal(starts[i / 64] >> (i & 63) & 1, is);
        }
    }
}

/* Against byte by byte; each text in a place of its own, so that what reads behind it is seen. */
static void test_each_start_is_told(void **state)
{
    (void)state;
    struct random_source random = {1};
    for (unsigned round = 0; round < 300; round++) {
        struct arena *arena = arena_new();
        struct span texts[MOST];
        uint32_t some = 2 + random_below(&random, sizeof kinds - 1);
        size_t count = write_literals(&random, some, arena, texts);
        const struct literals *literals = literals_new(texts, count, arena);
        for (unsigned i = 0; i < 4; i++) {
            size_t len = 1 + random_below(&random, i == 0 ? TEXT : 200);
            size_t from = random_below(&random, (uint32_t)len);
            size_t end = from + random_below(&random, (uint32_t)(len - from) + 1);
            char *bytes = malloc(len);
            write_text(&random, some, texts[0], bytes, len);
            expect_starts(texts, count, literals, span_of(bytes, len), 0, len);
            expect_starts(texts, count, literals, span_of(bytes, len), from, end);
            free(bytes);
        }
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_start_is_told)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
