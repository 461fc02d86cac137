/* SPDX-License-Identifier: Apache-2.0 */
/* Letters of a text, the keyed hash, and what winnowing promises: whatever two texts have in common
 * is found from the guaranteed length on, and never below the length of a fingerprint. */
#include "rulesets/detection/documents/fingerprint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/base/attrs.h"
#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/utf8.h"
#include "engine/message/codecs/letters.h"
#include "tests/support/random.h"

#include <stdlib.h>

static struct random_source source = {20261122};

static void expect_letters(const char *text, const char *wanted)
{
    struct letters letters;
    uint32_t codes[COMPARABLE_MAX], offs[COMPARABLE_MAX];
    struct buf got = BUF_INIT;
    char bytes[UTF8_MAX];
    letters_open(&letters, span_str(text));
    for (size_t count; (count = letters_next(&letters, codes, offs, ARRAY_LEN(codes))) > 0;) {
        for (size_t i = 0; i < count; i++)
            buf_add(&got, span_of(bytes, utf8_encode(codes[i], bytes)));
    }
    buf_add_byte(&got, '\0');
    assert_string_equal(got.ptr, wanted);
    buf_fini(&got);
}

static void test_letters(void **state)
{
    (void)state;
    expect_letters("", "");
    expect_letters(" .,;:-\r\n\t_()[]{}<>@#$%^&*+=|\\/~`'\"", "");
    expect_letters("> The  Quick,\r\n> brown-FOX (No. 7)", "thequickbrownfoxno7");
    expect_letters("Caf\xc3\xa9 Stra\xc3\x9f"
                   "e \xef\xbc\xa1\xef\xbc\x91 \xef\xac\x81n",
                   "cafestrassea1fin");
    expect_letters("cafe\xcc\x81 se\xc2\xadven ze\xe2\x80\x8bro", "cafesevenzero");
    expect_letters("\xd0\x9f\xd0\xa0\xd0\x98\xd0\x92\xd0\x95\xd0\xa2", /* Cyrillic */
                   "\xd0\xbf\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82");
    expect_letters("\xe6\xa9\x9f\xe5\xaf\x86\xe3\x80\x82\xe6\x96\x87",
                   "\xe6\xa9\x9f\xe5\xaf\x86\xe6\x96\x87");
    /* Two characters of one slot of the memory, one after the other. */
    expect_letters("\xc4\x80\xc8\x80\xc4\x80\xc8\x80", "aaaa");
}

static void test_letters_know_their_places(void **state)
{
    (void)state;
    struct letters letters;
    uint32_t codes[COMPARABLE_MAX], offs[COMPARABLE_MAX];
    letters_open(&letters, SPAN("a \xef\xac\x81-z"));
    /* No more at a time than there is room for, were the next one a ligature of 18. */
    assert_int_equal(letters_next(&letters, codes, offs, ARRAY_LEN(codes)), 1);
    assert_int_equal(offs[0], 0);
    assert_int_equal(letters_next(&letters, codes, offs, ARRAY_LEN(codes)), 2);
    assert_int_equal(offs[0], 2);
    assert_int_equal(offs[1], 2);
    assert_int_equal(letters_next(&letters, codes, offs, ARRAY_LEN(codes)), 1);
    assert_int_equal(offs[0], 6);
    assert_int_equal(letters_next(&letters, codes, offs, ARRAY_LEN(codes)), 0);
}

/* Of the authors' reference: key 00..0f, message 00..07. */
static void test_siphash(void **state)
{
    (void)state;
    const struct sip_key key = {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};
    assert_true(sip_hash_word(&key, UINT64_C(0x0706050403020100)) == UINT64_C(0x93f5f5799a932462));
}

struct print {
    struct fingerprint items[8192];
    size_t count;
};

static bool add(const struct fingerprint *fingerprints, size_t count, void *arg)
{
    struct print *print = arg;
    assert_in_range(count, 1, FINGERPRINTS_TOLD);
    assert_true(print->count + count <= ARRAY_LEN(print->items));
    memcpy(print->items + print->count, fingerprints, count * sizeof *fingerprints);
    print->count += count;
    return true;
}

static void print_with(const char *key_text, struct span text, struct print *out)
{
    struct index_key key;
    struct fingerprint_key fingerprint_key;
    index_key_of(span_str(key_text), &key);
    fingerprint_key_of(&key, &fingerprint_key);
    out->count = 0;
    assert_int_equal(fingerprints_of(&fingerprint_key, text, 0, add, out, NULL), FINGERPRINTS_DONE);
}

static void print_of(struct span text, struct print *out)
{
    print_with("a key of sixteen", text, out);
}

static size_t in_common(const struct print *a, const struct print *b)
{
    size_t count = 0;
    for (size_t i = 0; i < a->count; i++) {
        for (size_t j = 0; j < b->count; j++)
            count += a->items[i].value == b->items[j].value;
    }
    return count;
}

static void add_random_letters(struct buf *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_add_byte(text, "abcdefghijklmnopqrstuvwxyz0123456789"[random_below(&source, 36)]);
}

/* The same letters as somebody else would set them. */
static void add_set_otherwise(struct buf *text, struct span letters)
{
    for (size_t i = 0; i < letters.len; i++) {
        char c = letters.ptr[i];
        if (random_below(&source, 3) == 0)
            buf_add_str(text, random_below(&source, 2) ? " " : "\r\n> ");
        if (random_below(&source, 8) == 0)
            buf_add_str(text, "\xe2\x80\x94"); /* a dash */
        bool upper = random_below(&source, 2) && c >= 'a' && c <= 'z';
        buf_add_byte(text, upper ? (char)(c - 32) : c);
    }
}

/* Random texts with a run of `shared` letters in common: whether any fingerprint is. */
static bool find_shared(size_t shared)
{
    static struct print one, other;
    struct buf a = BUF_INIT, b = BUF_INIT;
    size_t before = random_below(&source, 60);
    add_random_letters(&a, before + shared + random_below(&source, 60));
    add_random_letters(&b, random_below(&source, 60));
    /* So that not by chance one letter more is in common. */
    buf_add_str(&b, "\xe6\xa9\x9f");
    add_set_otherwise(&b, span_sub(buf_span(&a), before, shared));
    buf_add_str(&b, "\xe5\xaf\x86");
    add_random_letters(&b, random_below(&source, 60));
    print_of(buf_span(&a), &one);
    print_of(buf_span(&b), &other);
    buf_fini(&a);
    buf_fini(&b);
    return in_common(&one, &other) > 0;
}

static void test_what_is_shared_is_found(void **state)
{
    (void)state;
    size_t found = 0;
    for (int i = 0; i < 3000; i++) {
        assert_true(find_shared(FINGERPRINT_GUARANTEE + random_below(&source, 40)));
        assert_true(find_shared(FINGERPRINT_GUARANTEE));
        assert_false(find_shared(FINGERPRINT_LENGTH - 1));
        found += find_shared(FINGERPRINT_GUARANTEE - 1);
    }
    assert_true(found < 3000); /* the promise is not held by keeping all */
}

static void test_lengths(void **state)
{
    (void)state;
    static struct print print;
    struct buf text = BUF_INIT;
    add_random_letters(&text, 20000);
    print_of(span_sub(buf_span(&text), 0, FINGERPRINT_GUARANTEE - 1), &print);
    assert_int_equal(print.count, 0);
    print_of(span_sub(buf_span(&text), 0, FINGERPRINT_GUARANTEE), &print);
    assert_int_equal(print.count, 1);
    /* 2 / (w + 1) of the letters. */
    print_of(buf_span(&text), &print);
    assert_in_range(print.count, 3400, 3900);
    /* What follows each other closely enough to leave no gap. */
    for (size_t i = 1; i < print.count; i++)
        assert_in_range(print.items[i].at - print.items[i - 1].at, 1, FINGERPRINT_WINDOW);
    buf_fini(&text);
}

/* Of a text of one letter the hashes are all the same. */
static void test_one_letter(void **state)
{
    (void)state;
    static struct print print;
    char text[2000];
    memset(text, 'a', sizeof text);
    print_of(span_of(text, sizeof text), &print);
    assert_in_range(print.count, 150, 220);
}

static uint64_t mix(const struct fingerprint_key *fingerprint_key, uint32_t code)
{
    uint64_t more = code * fingerprint_key->spread;
    return code < 128 ? fingerprint_key->mixes[code] : more ^ more >> 32;
}

static uint64_t hash_of(const struct fingerprint_key *fingerprint_key, const uint32_t *codes)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < FINGERPRINT_LENGTH; i++)
        hash = (hash << 1 | hash >> 63) ^ mix(fingerprint_key, codes[i]);
    return hash;
}

/* Of each window the run with the least of the first 21 bits; of several the last; but one that was
 * chosen stays where the hash of the least is its own. */
static size_t winnow_plainly(const struct fingerprint_key *fingerprint_key, const uint32_t *codes,
                             size_t count, uint64_t *out)
{
    size_t chosen = 0;
    for (size_t window = 0; window + FINGERPRINT_GUARANTEE <= count; window++) {
        size_t least = window;
        for (size_t run = window; run < window + FINGERPRINT_WINDOW; run++) {
            if (hash_of(fingerprint_key, codes + run) >> 43 <=
                hash_of(fingerprint_key, codes + least) >> 43)
                least = run;
        }
        size_t last = chosen > 0 ? (size_t)out[chosen - 1] : 0;
        bool stays =
            chosen > 0 &&
            (last == least || (last >= window && hash_of(fingerprint_key, codes + last) ==
                                                     hash_of(fingerprint_key, codes + least)));
        if (!stays)
            out[chosen++] = least;
    }
    return chosen;
}

/* What is kept of a run: of its codes in as many bytes each as the widest needs. */
static uint64_t value_plainly(const struct fingerprint_key *fingerprint_key, const uint32_t *codes)
{
    unsigned char bytes[4 * FINGERPRINT_LENGTH];
    uint32_t most = 0;
    size_t len = 0;
    for (size_t i = 0; i < FINGERPRINT_LENGTH; i++)
        most = codes[i] > most ? codes[i] : most;
    unsigned width = most > UINT16_MAX ? 4 : most > UINT8_MAX ? 2 : 1;
    for (size_t i = 0; i < FINGERPRINT_LENGTH; i++) {
        for (unsigned n = 0; n < width; n++)
            bytes[len++] = (unsigned char)(codes[i] >> 8 * n);
    }
    return sip_hash(&fingerprint_key->secret, span_of((const char *)bytes, len));
}

static void add_other_letters(struct buf *text, uint32_t first, uint32_t different, size_t count)
{
    char bytes[UTF8_MAX];
    for (; count > 0; count--)
        buf_add(text, span_of(bytes, utf8_encode(first + random_below(&source, different), bytes)));
}

/* Words again and again, runs of one letter, of few letters, other scripts, ligatures. */
static void add_varied(struct buf *text)
{
    static const char *const words[] = {
        "a", "ab",       "0",   "zeit", "\xd1\x88\xd0\xb0", "\xe6\xa9\x9f", "\xef\xac\x81",
        " ", "\xc3\xa9", "\r\n"};
    const char *word = words[random_below(&source, ARRAY_LEN(words))];
    for (uint32_t count = random_below(&source, 4) ? random_below(&source, 3)
                                                   : random_below(&source, 60);
         count > 0; count--)
        buf_add_str(text, word);
    if (random_below(&source, 3) == 0)
        add_random_letters(text, random_below(&source, 90));
    if (random_below(&source, 12) == 0)
        add_other_letters(text, 0x430, 32, random_below(&source, 400)); /* Cyrillic */
    if (random_below(&source, 20) == 0)
        add_other_letters(text, 0x10330, 16, random_below(&source, 90)); /* Gothic */
}

static void test_against_plain_winnowing(void **state)
{
    (void)state;
    static struct print print;
    static uint32_t codes[16384], offs[16384];
    static uint64_t wanted[16384];
    struct index_key key;
    struct fingerprint_key fingerprint_key;
    index_key_of(SPAN("a key of sixteen"), &key);
    fingerprint_key_of(&key, &fingerprint_key);
    for (size_t round = 0; round < 60; round++) {
        struct buf text = BUF_INIT;
        struct letters letters;
        size_t count = 0;
        for (size_t size = random_below(&source, round % 2 ? 200 : 9000); text.len < size;)
            add_varied(&text);
        letters_open(&letters, buf_span(&text));
        for (size_t more; (more = letters_next(&letters, codes + count, offs + count, 20)) > 0;)
            count += more;
        size_t chosen = winnow_plainly(&fingerprint_key, codes, count, wanted);
        print_of(buf_span(&text), &print);
        assert_int_equal(print.count, chosen);
        for (size_t i = 0; i < chosen; i++) {
            assert_int_equal(print.items[i].at, wanted[i]);
            assert_true(print.items[i].value == value_plainly(&fingerprint_key, codes + wanted[i]));
            assert_int_equal(print.items[i].off, offs[wanted[i] > 9 ? wanted[i] - 9 : 0]);
            if (wanted[i] + 29 < count)
                assert_in_range(print.items[i].end, offs[wanted[i] + 28] + 1,
                                offs[wanted[i] + 29] + 4);
        }
        buf_fini(&text);
    }
}

static void test_places(void **state)
{
    (void)state;
    static struct print print;
    struct buf text = BUF_INIT;
    buf_add_str(&text, "...\r\n");
    add_random_letters(&text, 100);
    buf_add_str(&text, "\xc3\xa9!\r\n");
    print_of(buf_span(&text), &print);
    for (size_t i = 0; i < print.count; i++) {
        uint64_t at = print.items[i].at, behind = at + FINGERPRINT_LENGTH + 9;
        assert_int_equal(print.items[i].off, 5 + (at > 9 ? at - 9 : 0));
        assert_int_equal(print.items[i].end, behind < 101 ? 5 + behind : 107);
    }
    assert_int_equal(print.items[0].off, 5);
    assert_int_equal(print.items[print.count - 1].end, 107);
    buf_fini(&text);
}

static void test_another_key(void **state)
{
    (void)state;
    static struct print one, other;
    struct buf text = BUF_INIT;
    add_random_letters(&text, 5000);
    print_with("a key of sixteen", buf_span(&text), &one);
    print_with("a key of sixteem", buf_span(&text), &other);
    assert_int_equal(in_common(&one, &other), 0);
    print_with("a key of sixteen", buf_span(&text), &other);
    assert_true(in_common(&one, &other) >= one.count);
    buf_fini(&text);
}

static bool add_one(const struct fingerprint *fingerprints, size_t count, void *arg)
{
    return !add(fingerprints, count, arg);
}

static void test_ends(void **state)
{
    (void)state;
    static struct print print;
    struct index_key key;
    struct fingerprint_key fingerprint_key;
    struct buf text = BUF_INIT;
    uint64_t letters;
    index_key_of(SPAN("a key of sixteen"), &key);
    fingerprint_key_of(&key, &fingerprint_key);
    add_random_letters(&text, 5000);
    assert_int_equal(fingerprints_of(&fingerprint_key, buf_span(&text), 0, add_one, &print, NULL),
                     FINGERPRINTS_ENOUGH);
    assert_int_equal(print.count, FINGERPRINTS_TOLD);
    assert_int_equal(fingerprints_of(&fingerprint_key, buf_span(&text), 1, add, &print, &letters),
                     FINGERPRINTS_LATE);
    assert_true(letters < 5000);
    buf_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_letters),
        cmocka_unit_test(test_letters_know_their_places),
        cmocka_unit_test(test_siphash),
        cmocka_unit_test(test_what_is_shared_is_found),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_one_letter),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_another_key),
        cmocka_unit_test(test_against_plain_winnowing),
        cmocka_unit_test(test_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
