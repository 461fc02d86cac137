/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A look is linear in the text, whatever the text: what Oniguruma does is counted for all
 * predefined entities over hostile texts of one size and of four times that. LOOK_WORK_SIZE is the
 * first size (16384); of the samples of the entities every LOOK_WORK_EACH-th (400) from
 * LOOK_WORK_FROM (0) on is taken; all take an hour.
 */
#include "engine/base/utf8.h"
#include "tests/support/all_entities.h"
#include "tests/support/work/pattern_work.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* What a byte may cost, and how many times as much a text may of four times the size; a page more
 * or less is read by chance. */
#define WORK_OF_BYTE 2000u
#define TIMES_OF_FOUR 4.5
#define TRY 50u /* what it costs to begin one */
#define BY_CHANCE 600000u

static const char *const repeated[] = {
    "eyJ-",
    "eyJhbGciOi.",
    "1-",
    "1 ",
    "1.",
    "1/1-",
    "+1 ",
    "12 ",
    "123-45-",
    "4111 ",
    "4111-1111-",
    "411111111111111 ",
    "0000000000000001",
    "192.168.",
    "00:1a:",
    "DE89 ",
    "GB82WEST",
    "AKIA",
    "AKIA-",
    "ghp_",
    "xoxb-1-",
    "sk-",
    "-----BEGIN ",
    "-----BEGIN RSA PRIVATE KEY-----\n",
    "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADAN",
    "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----",
    "Private-Lines: 1\nA",
    "\"kty\":\"RSA\",",
    "\"kty\":\"RSA\",\"n\":\"A\",",
    "kind: Secret\ndata:\n",
    "user:\n token: ",
    "password=",
    "password: a ",
    "token=",
    "api_key=\"",
    "Authorization: Bearer ",
    "postgres://a:",
    "https://a:b",
    "https://a.example/",
    "http://",
    "otpauth://totp/a?",
    "$ANSIBLE_VAULT;1.1;AES256\n00",
    "openvpn 0a ",
    "a@",
    "a.",
    "a-",
    "a@a.",
    "a-a@a-",
    "passport ",
    "ssn ssn 123 ",
    "credit card iban swift ",
    "passport A1234567 ",
    "A",
    "Aa0+",
    "_",
    " ",
    "\r\n",
    "a,1\n",
    "\"a\",\"1\"\n",
    "\xcc\x81",
    "1\xcc\x81",
    "4\xe2\x80\x8b",
    "4<b></b>1",
    "\xc3\x9f",
    "\xef\xac\x80 1",
    "\xe4\xb8\xad",
    "\xf0\x9f\x98\x80",
};

static void repeat(struct buf *text, struct span piece, size_t size)
{
    text->len = 0;
    while (text->len + piece.len <= size)
        buf_add(text, piece);
}

static struct pattern_work work_of(const struct lookout *lookout, struct span text)
{
    struct arena *arena = arena_new();
    struct look_limits limits = {.sightings = 0};
    struct sightings found;
    look(lookout, pattern_work_begin(text), &limits, arena, &found);
    arena_free(&arena);
    return pattern_work_end();
}

static uint64_t total(struct pattern_work work)
{
    return work.tries * TRY + work.back + work.read;
}

/* Whether it is linear, and how much a byte costs. */
static bool is_linear(const struct lookout *lookout, struct span piece, size_t size,
                      const char *name)
{
    struct buf text = BUF_INIT;
    repeat(&text, piece, size);
    struct pattern_work small = work_of(lookout, buf_span(&text));
    repeat(&text, piece, 4 * size);
    struct pattern_work large = work_of(lookout, buf_span(&text));
    uint64_t of_byte = total(large) / text.len;
    bool good = (double)total(large) <= TIMES_OF_FOUR * (double)total(small) + BY_CHANCE &&
                of_byte <= WORK_OF_BYTE;
    if (!good || test_setting("LOOK_WORK_PRINT", SIZE_MAX) <= of_byte)
        print_message("%s \"%.*s\": %" PRIu64 " a byte, %.1f times; tries %" PRIu64
                      ", back %" PRIu64 ", read %" PRIu64 "%s\n",
                      name, SPAN_ARG(piece), of_byte, (double)total(large) / (double)total(small),
                      large.tries, large.back, large.read, good ? "" : " ***");
    buf_fini(&text);
    return good;
}

static void test_hostile_texts(void **state)
{
    const struct all_entities *all = *state;
    size_t size = test_setting("LOOK_WORK_SIZE", 16384), bad = 0;
    for (size_t i = 0; i < sizeof repeated / sizeof repeated[0]; i++)
        bad += !is_linear(all->lookout, span_str(repeated[i]), size, "all");
    assert_int_equal(bad, 0);
}

static struct span beginning(struct span sample, size_t len)
{
    return span_sub(sample, 0, len < sample.len ? utf8_floor(sample, len) : sample.len);
}

/* Beginnings of samples, over and over: what tries of their own entity are made of. */
static void test_beginnings_of_samples(void **state)
{
    struct all_entities *all = *state;
    size_t size = test_setting("LOOK_WORK_SIZE", 16384), bad = 0;
    size_t step = test_setting("LOOK_WORK_EACH", 400), from = test_setting("LOOK_WORK_FROM", 0);
    for (size_t i = from; i < all->sample_count; i += step) {
        for (size_t len = 8; len < 2 * all->samples[i].len && len <= 128; len *= 2)
            bad += !is_linear(all->lookout, beginning(all->samples[i], len), size, "sample");
    }
    assert_int_equal(bad, 0);
}

static int load(void **state)
{
    static struct all_entities all;
    all_entities_load(&all);
    *state = &all;
    return 0;
}

static int unload(void **state)
{
    all_entities_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hostile_texts),
        cmocka_unit_test(test_beginnings_of_samples),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
