/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The versions of newline: what this processor uses, the SSE2 version and the portable one say the
 * same, and what they say is true. The other versions are compiled into this file under other
 * names.
 */
#include "tunnels/wire/newline_masks.h"
#include "tunnels/wire/newline_usual.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* after the headers that it needs */
#include <cmocka.h>

size_t newline_pass_usual_plain(const char *bytes, size_t blocks, struct newline_carry *carry,
                                struct newline_counts *counts);
void newline_classify_portable(const char *bytes, struct newline_masks *out);

#pragma GCC diagnostic ignored "-Wunused-function"
#define newline_pass_usual newline_pass_usual_plain
#define __builtin_cpu_supports(feature) 0
#include "tunnels/wire/newline_usual.c"
#undef __builtin_cpu_supports
#undef newline_pass_usual
#ifdef __SSE2__
#undef __SSE2__
#endif
#define newline_classify newline_classify_portable
#include "tunnels/wire/newline_masks.c"
#undef newline_classify

static uint64_t random_state = 88172645463325252u;

static uint64_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static void check_truth(const char *bytes, const struct newline_masks *masks)
{
    for (unsigned i = 0; i < NEWLINE_BLOCK; i++) {
        assert_int_equal(masks->cr >> i & 1, bytes[i] == '\r');
        assert_int_equal(masks->lf >> i & 1, bytes[i] == '\n');
        assert_int_equal(masks->dot >> i & 1, bytes[i] == '.');
        assert_int_equal(masks->nul >> i & 1, bytes[i] == '\0');
        assert_int_equal(masks->high >> i & 1, (unsigned char)bytes[i] >= 0x80);
    }
}

static void test_masks(void **state)
{
    static const char likely[] = "\r\n.\0\x0c\x0e\x0b-/\x8d\x8a\xae\x80\xff";
    (void)state;
    for (int round = 0; round < 10000; round++) {
        char bytes[NEWLINE_BLOCK];
        struct newline_masks one;
        struct newline_masks other;
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] =
                round % 2 ? (char)next_random() : likely[next_random() % (sizeof likely - 1)];
        newline_classify(bytes, &one);
        check_truth(bytes, &one);
        newline_classify_portable(bytes, &other);
        assert_memory_equal(&one, &other, sizeof one);
    }
}

/* Lines of all lengths with, here and there, something that is not in order. */
static void make_text(char *bytes, size_t len)
{
    static const char *const pieces[] = {
        "\r\n", "\r\n",  "\r\n\r\n", "a",        "word",
        " a.b", "\r\n ", "\r\na.",   "\xc3\xa4", "line of more words"};
    static const char *const rare[] = {"\r", "\n", "\r\n.", ".", "\r\r\n", "\r\n..\r\n"};
    size_t often = 20 + next_random() % 400;
    for (size_t at = 0; at < len;) {
        const char *piece = next_random() % often == 0
                                ? rare[next_random() % (sizeof rare / sizeof *rare)]
                                : pieces[next_random() % (sizeof pieces / sizeof *pieces)];
        for (; *piece && at < len; piece++)
            bytes[at++] = *piece;
        if (next_random() % (20 * often) == 0)
            bytes[at - 1] = '\0';
    }
}

/* What the header says of newline_scan(), byte by byte. */
static size_t scan_slowly(const char *bytes, size_t len, enum newline_state *state,
                          struct newline_counts *counts)
{
    size_t i = 0;
    for (; i < len; i++) {
        char c = bytes[i];
        if ((*state == NEWLINE_CR) != (c == '\n') || (*state == NEWLINE_START && c == '.'))
            break;
        if (c == '\0' && counts->nul_at == UINT64_MAX)
            counts->nul_at = counts->bytes;
        counts->has_8bit |= (unsigned char)c >= 0x80;
        counts->bytes++;
        counts->line++;
        if (c == '\n') {
            uint64_t length = counts->line - 2;
            counts->longest = length > counts->longest ? length : counts->longest;
            counts->lines++;
            counts->line = 0;
        }
        *state = c == '\n' ? NEWLINE_START : c == '\r' ? NEWLINE_CR : NEWLINE_LINE;
    }
    return i;
}

static void assert_same_counts(const struct newline_counts *a, const struct newline_counts *b)
{
    assert_int_equal(a->bytes, b->bytes);
    assert_int_equal(a->line, b->line);
    assert_int_equal(a->lines, b->lines);
    assert_int_equal(a->longest, b->longest);
    assert_int_equal(a->nul_at, b->nul_at);
    assert_int_equal(a->has_8bit, b->has_8bit);
}

/* The scan goes on behind each stop, as its callers let it. */
static void test_scan(void **unused)
{
    (void)unused;
    for (int round = 0; round < 3000; round++) {
        char bytes[3000];
        size_t len = next_random() % sizeof bytes;
        make_text(bytes, len);
        struct newline_counts counts = {.nul_at = UINT64_MAX};
        struct newline_counts truth = {.nul_at = UINT64_MAX};
        enum newline_state state = NEWLINE_START;
        for (size_t at = 0; at < len; at++, state = NEWLINE_LINE) {
            enum newline_state expected = state;
            size_t passed = scan_slowly(bytes + at, len - at, &expected, &truth);
            assert_int_equal(newline_scan(span_of(bytes + at, len - at), &state, &counts), passed);
            assert_int_equal(state, expected);
            assert_same_counts(&counts, &truth);
            at += passed;
        }
    }
}

static void test_usual(void **state)
{
    (void)state;
    for (int round = 0; round < 3000; round++) {
        char bytes[40 * NEWLINE_BLOCK];
        make_text(bytes, sizeof bytes);
        struct newline_carry carry = {next_random() % 2, next_random() % 2};
        struct newline_carry plain_carry = carry;
        struct newline_counts counts = {.nul_at = UINT64_MAX, .line = carry.cr};
        struct newline_counts plain = counts;
        size_t blocks = newline_pass_usual(bytes, 40, &carry, &counts);
        assert_int_equal(newline_pass_usual_plain(bytes, 40, &plain_carry, &plain), blocks);
        assert_int_equal(carry.cr, plain_carry.cr);
        assert_int_equal(carry.start, plain_carry.start);
        assert_same_counts(&counts, &plain);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_masks), cmocka_unit_test(test_scan),
                                       cmocka_unit_test(test_usual)};
    return cmocka_run_group_tests_name("newline", tests, NULL, NULL);
}
