/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The masks of newline: what this processor uses, the SSE2 version and the portable one are the
 * same, and what they say is true. The other two versions are compiled into this file under other
 * names.
 */
#include "tunnels/wire/newline_masks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* after the headers that it needs */
#include <cmocka.h>

void newline_classify_portable(const char *bytes, size_t blocks, struct newline_masks *out);
void newline_classify_sse2(const char *bytes, size_t blocks, struct newline_masks *out);

#ifdef __SSE2__
#define HAS_SSE2 1
#define newline_classify newline_classify_sse2
#define __builtin_cpu_supports(feature) 0
#pragma GCC diagnostic ignored "-Wunused-function"
#include "tunnels/wire/newline_masks.c"
#undef __builtin_cpu_supports
#undef newline_classify
#undef __SSE2__
#endif
#define newline_classify newline_classify_portable
#include "tunnels/wire/newline_masks.c"
#undef newline_classify

enum { BLOCKS = 3, BYTES = BLOCKS * NEWLINE_BLOCK };

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
    for (unsigned i = 0; i < BYTES; i++) {
        const struct newline_masks *m = &masks[i / NEWLINE_BLOCK];
        unsigned bit = i % NEWLINE_BLOCK;
        assert_int_equal(m->cr >> bit & 1, bytes[i] == '\r');
        assert_int_equal(m->lf >> bit & 1, bytes[i] == '\n');
        assert_int_equal(m->dot >> bit & 1, bytes[i] == '.');
        assert_int_equal(m->nul >> bit & 1, bytes[i] == '\0');
        assert_int_equal(m->high >> bit & 1, (unsigned char)bytes[i] >= 0x80);
    }
}

static void test_masks(void **state)
{
    static const char likely[] = "\r\n.\0\x0c\x0e\x0b-/\x8d\x8a\xae\x80\xff";
    (void)state;
    for (int round = 0; round < 5000; round++) {
        char bytes[BYTES];
        struct newline_masks one[BLOCKS];
        struct newline_masks other[BLOCKS];
        for (size_t i = 0; i < BYTES; i++)
            bytes[i] =
                round % 2 ? (char)next_random() : likely[next_random() % (sizeof likely - 1)];
        newline_classify(bytes, BLOCKS, one);
        check_truth(bytes, one);
        newline_classify_portable(bytes, BLOCKS, other);
        assert_memory_equal(one, other, sizeof one);
#ifdef HAS_SSE2
        newline_classify_sse2(bytes, BLOCKS, other);
        assert_memory_equal(one, other, sizeof one);
#endif
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_masks)};
    return cmocka_run_group_tests_name("newline", tests, NULL, NULL);
}
