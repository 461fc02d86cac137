/* SPDX-License-Identifier: Apache-2.0 */
/* Keyed hashes: what their specifications print, and that one way of HMAC is the other. */
#include "engine/base/attrs.h"
#include "engine/base/sip_lanes.h"
#include "transforms/keyed_hashes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t word_at(const unsigned char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

/* Appendix A of the paper, and the vectors that come with it: the key 00 01 .. 0f, texts 00 01 ..
 */
static void test_sip_hash(void **state)
{
    unsigned char key[SIP_KEY_SIZE];
    char text[64];
    (void)state;
    for (unsigned i = 0; i < sizeof key; i++)
        key[i] = (unsigned char)i;
    for (unsigned i = 0; i < sizeof text; i++)
        text[i] = (char)i;
    struct sip_key sip = sip_key_of(key);
    assert_true(sip_hash(&sip, span_of(text, 15)) == UINT64_C(0xa129ca6149be45e5));
    assert_true(sip_hash(&sip, span_of(text, 0)) == UINT64_C(0x726fdb47dd0e0e31));
    assert_true(sip_hash(&sip, span_of(text, 8)) == UINT64_C(0x93f5f5799a932462));
    assert_true(sip_hash_word(&sip, UINT64_C(0x0706050403020100)) ==
                sip_hash(&sip, span_of(text, 8)));
}

/* Of each lane what it is alone, of one word and of several. */
static void test_sip_hash_of_several(void **state)
{
    struct sip_key sip = {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};
    uint64_t words[4][SIP_LANES], out[SIP_LANES];
    unsigned char text[SIP_LANES][31];
    (void)state;
    for (size_t lane = 0; lane < SIP_LANES; lane++) {
        unsigned char padded[32] = {0};
        for (size_t i = 0; i < sizeof text[lane]; i++)
            text[lane][i] = (unsigned char)(37 * i + 91 * lane);
        memcpy(padded, text[lane], sizeof text[lane]);
        padded[31] = sizeof text[lane];
        for (size_t i = 0; i < ARRAY_LEN(words); i++)
            words[i][lane] = le64toh(word_at(padded + 8 * i));
    }
    sip_hash_lanes(&sip, (const uint64_t(*)[SIP_LANES])words, ARRAY_LEN(words), out);
    for (size_t lane = 0; lane < SIP_LANES; lane++)
        assert_true(out[lane] ==
                    sip_hash(&sip, span_of((const char *)text[lane], sizeof text[lane])));
    for (size_t lane = 0; lane < SIP_LANES; lane++)
        words[0][lane] = UINT64_C(7) << 56 | lane;
    sip_hash_lanes(&sip, (const uint64_t(*)[SIP_LANES])words, 1, words[0]);
    for (size_t lane = 0; lane < SIP_LANES; lane++) {
        const char alone[] = {(char)lane, 0, 0, 0, 0, 0, 0};
        assert_true(words[0][lane] == sip_hash(&sip, span_of(alone, sizeof alone)));
    }
}

static void hmac(struct span key, struct span text, char hex[65])
{
    unsigned char out[KEYED_HASH_SIZE];
    struct keyed_hashes *hashes = keyed_hashes_new(key);
    keyed_hashes_of(hashes, text, out);
    keyed_hashes_of(hashes, text, out); /* the first one left nothing behind */
    keyed_hashes_free(&hashes);
    assert_null(hashes);
    for (size_t i = 0; i < sizeof out; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", out[i]);
}

/* RFC 4231, test cases 2 and 6. */
static void test_hmac(void **state)
{
    char hex[65], key[131];
    (void)state;
    hmac(SPAN("Jefe"), SPAN("what do ya want for nothing?"), hex);
    assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof key);
    hmac(span_of(key, sizeof key), SPAN("Test Using Larger Than Block-Size Key - Hash Key First"),
         hex);
    assert_string_equal(hex, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void test_hmac_is_keyed_hash(void **state)
{
    char bytes[300];
    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)rand();
    for (size_t len = 1; len < sizeof bytes; len += 7) {
        unsigned char one[KEYED_HASH_SIZE], other[KEYED_HASH_SIZE];
        struct span key = span_of(bytes, len), text = span_of(bytes, sizeof bytes - len);
        struct keyed_hashes *hashes = keyed_hashes_new(key);
        struct keyed_hash *hash = keyed_hash_new(key);
        keyed_hashes_of(hashes, text, one);
        keyed_hashes_free(&hashes);
        keyed_hash_add(hash, text);
        keyed_hash_end(&hash, other);
        assert_memory_equal(one, other, sizeof one);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sip_hash), cmocka_unit_test(test_sip_hash_of_several),
        cmocka_unit_test(test_hmac), cmocka_unit_test(test_hmac_is_keyed_hash)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
