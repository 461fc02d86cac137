/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A text is looked at in parts: a value that stands over the seam of two, with each of its bytes
 * (the first hundred) the first of the second one, is found as anywhere else. Of entities whose
 * rows are of several kinds: numbers, tokens, literals, marks. LOOK_SEAMS_ALL=1: of all of them.
 */
#include "engine/base/buf.h"
#include "engine/scanner/openings.h"
#include "tests/support/all_entities.h"
#include "tests/support/same_finds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SEAMS_MOST 100u

static const char *const names[] = {
    "credit_card",
    "iban",
    "us_ssn",
    "email",
    "ipv4",
    "ipv6",
    "mac_address",
    "url",
    "jwt",
    "swift",
    "phone_e164",
    "bitcoin_address",
    "vin",
    "aws_session_token",
    "github_personal_token",
    "private_key_pkcs8",
};

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

/* Words up to `end`, the last character a blank. */
static void fill(struct buf *text, size_t end)
{
    while (text->len + 6 < end)
        buf_add_str(text, "words ");
    while (text->len < end)
        buf_add_byte(text, ' ');
}

/* The first sample, a string or pieces of one. */
static void add_sample(struct all_entities *all, size_t entity, struct buf *out)
{
    struct span piece;
    struct node match = node_get(&all->reader, &all->entities.items[entity].samples, "match");
    struct node first = node_at(&all->reader, &match, 0);
    struct node text = node_get(&all->reader, &first, "text");
    if (node_string(&text, &piece))
        buf_add(out, piece);
    for (size_t i = 0; node_is_array(&text) && i < node_count(&text); i++) {
        struct node item = node_at(&all->reader, &text, i);
        assert_true(node_string(&item, &piece));
        buf_add(out, piece);
    }
    assert_true(out->len > 0);
}

/* One text in which the sample stands over as many seams as it has bytes. Returns whether it was
 * found at each: what some match ends where their text does. */
static bool look_over_seams(struct all_entities *all, size_t entity)
{
    struct buf sample = BUF_INIT, text = BUF_INIT;
    struct arena *arena = arena_new();
    size_t seams = 0;
    add_sample(all, entity, &sample);
    for (size_t before = 0; before <= sample.len && seams < SEAMS_MOST; before++) {
        fill(&text, ++seams * OPENINGS_PART - before);
        buf_add(&text, buf_span(&sample));
        buf_add_byte(&text, ' ');
    }
    size_t finds = same_finds(lookout_new(&all->subjects[entity], 1, arena), buf_span(&text));
    arena_free(&arena);
    buf_fini(&sample);
    buf_fini(&text);
    return finds >= seams;
}

static bool is_named(const char *name)
{
    bool wanted = false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        wanted = wanted || strcmp(names[i], name) == 0;
    return wanted;
}

static void test_values_over_seams(void **state)
{
    struct all_entities *all = *state;
    bool every = test_setting("LOOK_SEAMS_ALL", 0) != 0;
    size_t looked = 0;
    for (size_t i = 0; i < all->entities.count; i++) {
        const char *name = all->entities.items[i].name;
        bool named = is_named(name);
        if (!named && !every)
            continue;
        if (!look_over_seams(all, i) && named)
            fail_msg("%s is not found at each seam", name);
        looked += named;
    }
    assert_int_equal(looked, sizeof names / sizeof names[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_values_over_seams)};
    return cmocka_run_group_tests(tests, load, unload);
}
