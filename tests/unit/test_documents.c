/* SPDX-License-Identifier: Apache-2.0 */
/* Documents in a text: how much of which is found, where, and what does not matter: how it is set,
 * what boilerplate stands around it, what is in too many documents. */
#include "rulesets/detection/documents/documents.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/pattern/pattern.h"
#include "rulesets/detection/documents/document_index.h"
#include "rulesets/detection/documents/index_build.h"
#include "rulesets/detection/look.h"

#include <stdio.h>

#define KEY SPAN("a key of sixteen")

/* About 600 letters and digits each, without a run of 29 in common. */
static const char plan[] =
    "The harbour project moves to its second phase in March. Steel for the northern quay is bought "
    "from two suppliers, at 1,140 euros a tonne, which nobody outside the board is to know before "
    "the contract is signed. Should the price pass 1,300 we walk away, and the quay is built of "
    "concrete instead, eleven weeks later. The city has been promised 240 jobs; internally we "
    "reckon with 155. Lenders are told of the second number only when they ask for it. The "
    "crane that was ordered in autumn is to be cancelled against a penalty of four per cent, "
    "as soon as the insurer has agreed to the change of the foundations. Ms Osei signs for "
    "the works, Mr Lindqvist for the money, and both have to sign what is above ninety thousand.";
static const char recipe[] =
    "Wash a kilo of quinces, rub off the down, quarter them and leave the cores where they are. "
    "Cover with water and simmer under a lid for fifty minutes until a needle goes in without any "
    "force. Pour through a cloth overnight and do not press, or the jelly turns cloudy. Weigh the "
    "juice, add four fifths of its weight in sugar and the juice of a lemon, then boil it fast "
    "until a drop sets on a cold plate. Skim, fill hot glasses to the rim, close them and stand "
    "them on their lids for five minutes. Kept dark and cool the jelly lasts through two winters. "
    "What is left in the cloth makes a good paste with almonds and a little cardamom in it.";
static const char disclaimer[] =
    "This message and any attachments are intended only for the use of the addressee and may "
    "contain information that is privileged and confidential. If you are not the intended "
    "recipient you are hereby notified that any dissemination of this communication is strictly "
    "prohibited. If you have received it in error, please notify us immediately and delete it.";
static const char letter[] =
    "Dear Mr Brown, thank you for the pleasant afternoon on Tuesday. The samples arrived in good "
    "order and the colleagues in the workshop like the blue one best, though green would do. We "
    "shall place the order by the end of the week, six boxes of each, to be sent to the old "
    "address. Could you tell me who is going to drive the van, so that the gate lets him pass? ";

/* An index of plan, recipe and, where they are given, one more document and boilerplate. */
struct world {
    struct arena *arena;
    struct document_set set;
    struct buf file;
    struct index_built built;
    size_t left_out;
};

static void count_left_out(struct span name, void *arg)
{
    struct world *world = arg;
    (void)name;
    world->left_out++;
}

static void add(struct index_build *build, const char *name, const char *text)
{
    (void)index_build_text(build, span_str(text));
    assert_true(index_build_document(build, span_str(name)));
}

static void open_index(struct world *world, const struct index_key *key)
{
    struct error err = ERROR_INIT;
    const struct document_index *index =
        document_index_of(buf_span(&world->file), key, world->arena, &err);
    assert_string_equal(err.text, "");
    world->set = (struct document_set){
        .name = "papers", .index = index, .threshold = 10, .of = CONTAINMENT_EITHER};
}

static void world_open(struct world *world, const char *more, const char *boilerplate)
{
    struct index_key key;
    struct error err = ERROR_INIT;
    index_key_of(KEY, &key);
    *world = (struct world){.arena = arena_new()};
    struct index_build *build = index_build_new(&key);
    if (boilerplate) {
        (void)index_build_text(build, span_str(boilerplate));
        index_build_exclude(build);
    }
    add(build, "plan.txt", plan);
    add(build, "recipe.txt", recipe);
    if (more)
        add(build, "more.txt", more);
    assert_true(
        index_build_finish(build, count_left_out, world, &world->file, &world->built, &err));
    index_build_free(&build);
    open_index(world, &key);
}

static void world_close(struct world *world)
{
    buf_fini(&world->file);
    arena_free(&world->arena);
}

static struct sightings look_in(struct world *world, struct span text)
{
    struct subject *subject = ARENA_NEW(world->arena, struct subject);
    struct look_limits limits = {.deadline_ns = 0};
    struct sightings found;
    *subject =
        (struct subject){.kind = SUBJECT_DOCUMENTS, .name = "papers", .documents = &world->set};
    const struct subject *subjects[] = {subject};
    look(lookout_new(subjects, 1, world->arena), text, &limits, world->arena, &found);
    assert_true(found.complete);
    return found;
}

/* The finds as "plan.txt, 84 % [begin...end]". */
static const char *finds(struct world *world, struct span text)
{
    struct buf got = BUF_INIT;
    struct sightings found = look_in(world, text);
    for (size_t i = 0; i < found.count; i++) {
        const struct sighting *one = &found.items[i];
        assert_true(one->len > 8 && one->off + one->len <= text.len);
        buf_printf(&got, "%s%s [%.*s...%.*s]", i > 0 ? "; " : "", one->evidence.detail,
                   SPAN_ARG(span_sub(text, one->off, 3)),
                   SPAN_ARG(span_sub(text, one->off + one->len - 3, 3)));
    }
    const char *copy = arena_str(world->arena, buf_span(&got));
    buf_fini(&got);
    return copy;
}

static void expect(struct world *world, const char *text, const char *wanted)
{
    assert_string_equal(finds(world, span_str(text)), wanted);
}

static const char *joined(struct world *world, const char *a, const char *b, const char *c)
{
    return arena_printf(world->arena, "%s\r\n\r\n%s\r\n\r\n%s", a, b, c);
}

static void test_whole(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL, NULL);
    expect(&world, plan, "plan.txt, 100 % [The...and]");
    expect(&world, recipe, "recipe.txt, 100 % [Was... it]");
    expect(&world, letter, "");
    expect(&world, "", "");
    world_close(&world);
}

/* Nine letters at most on both sides may be hidden with it. */
static void test_within_another_text(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL, NULL);
    const char *text = joined(&world, letter, plan, letter);
    struct sightings found = look_in(&world, span_str(text));
    assert_int_equal(found.count, 1);
    size_t begin = strlen(letter) + 4, end = begin + strlen(plan);
    assert_in_range(found.items[0].off, begin - 20, begin);
    assert_in_range(found.items[0].off + found.items[0].len, end - 1, end + 20);
    assert_int_equal(found.items[0].confidence, CONFIDENCE_HIGH);
    assert_int_equal(found.items[0].weight, 1);
    world_close(&world);
}

static const char *set_otherwise(struct world *world, const char *text)
{
    struct buf out = BUF_INIT;
    size_t column = 0;
    buf_add_str(&out, "> > ");
    for (size_t i = 0; text[i]; i++) {
        if (text[i] == ' ' && column > 40) {
            buf_add_str(&out, "\r\n> > ");
            column = 0;
        } else if (text[i] == ' ') {
            buf_add_str(&out, i % 3 ? "  " : "\xc2\xa0");
        } else if (text[i] == ',') {
            buf_add_str(&out, " \xe2\x80\x93 ");
        } else {
            bool lower = text[i] >= 'a' && text[i] <= 'z';
            buf_add_byte(&out, lower && i % 2 ? (char)(text[i] - 32) : text[i]);
        }
        column++;
    }
    const char *copy = arena_str(world->arena, buf_span(&out));
    buf_fini(&out);
    return copy;
}

static void test_how_it_is_set_does_not_matter(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL, NULL);
    expect(&world, set_otherwise(&world, plan), "plan.txt, 100 % [THe...aNd]");
    world_close(&world);
}

static unsigned score(struct world *world, struct span text)
{
    unsigned percent = 0;
    struct sightings found = look_in(world, text);
    if (found.count > 0)
        assert_int_equal(sscanf(found.items[0].evidence.detail, "plan.txt, %u %%", &percent), 1);
    return percent;
}

/* Another letter in every `every`-th place. */
static struct span edited(struct world *world, size_t every)
{
    struct span copy = arena_copy(world->arena, span_str(plan));
    char *bytes = (char *)(uintptr_t)copy.ptr;
    for (size_t i = every / 2; i < copy.len; i += every)
        bytes[i] = bytes[i] == 'q' ? 'x' : 'q';
    return copy;
}

static void test_edits_lower_the_score(void **state)
{
    (void)state;
    struct world world;
    unsigned last = 100;
    world_open(&world, NULL, NULL);
    world.set.threshold = 1;
    world.set.of = CONTAINMENT_SOURCE;
    for (size_t every = 400; every >= 50; every /= 2) {
        unsigned now = score(&world, edited(&world, every));
        /* One letter is in 20 runs, and so in about 20 of `every` fingerprints. */
        assert_in_range(now, 100 - 3500 / every, 100 - 1000 / every);
        assert_true(now < last);
        last = now;
    }
    assert_int_equal(score(&world, edited(&world, 15)), 0);
    world_close(&world);
}

static void test_a_part(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL, NULL);
    world.set.threshold = 1;
    world.set.of = CONTAINMENT_SOURCE;
    for (size_t parts = 1; parts <= 4; parts++) {
        unsigned now = score(&world, span_sub(span_str(plan), 0, (sizeof plan - 1) / parts));
        assert_in_range(now, 100 / parts - 6, 100 / parts + 3);
    }
    world_close(&world);
}

static void test_both_ways_round(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL, NULL);
    struct span piece = span_sub(span_str(plan), 100, 200); /* a quarter of it */
    const char *alone = arena_str(world.arena, piece);
    const char *among = joined(&world, letter, alone, recipe + 300);
    world.set.threshold = 60;
    expect(&world, alone, "plan.txt, 100 % of the text [wo ...lev]");
    assert_null(strstr(finds(&world, span_str(among)), "plan"));
    world.set.of = CONTAINMENT_SOURCE;
    expect(&world, alone, "");
    world.set.of = CONTAINMENT_MESSAGE;
    expect(&world, alone, "plan.txt, 100 % of the text [wo ...lev]");
    expect(&world, joined(&world, letter, plan, letter), "");
    world.set.of = CONTAINMENT_SOURCE;
    assert_non_null(
        strstr(finds(&world, span_str(joined(&world, letter, plan, letter))), "plan.txt, 100 %"));
    world_close(&world);
}

static void test_least_length(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, "The code of the northern gate is seven kings nine queens.", NULL);
    const char *piece = arena_str(world.arena, span_sub(span_str(plan), 100, 120));
    world.set.min_length = 60;
    assert_string_not_equal(finds(&world, span_str(piece)), "");
    world.set.min_length = 100;
    expect(&world, piece, "");
    /* All of a document counts, however short it is. */
    expect(&world, "the code of the northern gate is: seven kings, nine queens",
           "more.txt, 100 % [the...ens]");
    world_close(&world);
}

static void test_several_pieces(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL, NULL);
    struct span text = span_str(plan);
    const char *first = arena_str(world.arena, span_sub(text, 0, 200));
    const char *second = arena_str(world.arena, span_sub(text, 400, 200));
    struct sightings found = look_in(&world, span_str(joined(&world, first, letter, second)));
    assert_int_equal(found.count, 2);
    assert_true(found.items[0].identity == found.items[1].identity); /* of one document */
    assert_int_equal(found.items[0].term, found.items[1].term);
    found = look_in(&world, span_str(joined(&world, first, recipe, second)));
    assert_int_equal(found.count, 3);
    assert_true(found.items[0].identity != found.items[1].identity);
    assert_true(found.items[0].identity == found.items[2].identity);
    world_close(&world);
}

static void test_boilerplate(void **state)
{
    (void)state;
    struct world world;
    const char *signed_plan;
    world_open(&world, NULL, NULL);
    signed_plan = joined(&world, plan, disclaimer, "");
    struct world without, with;
    world_open(&without, signed_plan, NULL);
    /* Whoever has the same disclaimer is no leak ... */
    assert_non_null(
        strstr(finds(&without, span_str(joined(&world, letter, disclaimer, ""))), "more.txt"));
    world_open(&with, signed_plan, disclaimer);
    expect(&with, joined(&world, letter, disclaimer, ""), "");
    assert_true(with.built.excluded > 30);
    /* ... and it is no part of the text that would have to be the document's. */
    with.set.of = CONTAINMENT_MESSAGE;
    with.set.threshold = 90;
    assert_non_null(strstr(finds(&with, span_str(signed_plan)), "plan.txt, 9"));
    without.set.of = CONTAINMENT_MESSAGE;
    without.set.threshold = 90;
    assert_null(strstr(finds(&without, span_str(signed_plan)), "plan.txt"));
    world_close(&world);
    world_close(&without);
    world_close(&with);
}

static void test_copies(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL, NULL);
    const char *copy = set_otherwise(&world, recipe);
    struct world copied;
    world_open(&copied, copy, NULL);
    assert_int_equal(copied.built.copies, 1);
    assert_int_equal(copied.built.documents, 2);
    expect(&copied, recipe, "recipe.txt, 100 % [Was... it]");
    world_close(&world);
    world_close(&copied);
}

/* What is in very many documents says nothing of any; what is all boilerplate is no document. */
static void test_common(void **state)
{
    (void)state;
    struct index_key key;
    struct world world = {.arena = arena_new()};
    struct error err = ERROR_INIT;
    index_key_of(KEY, &key);
    struct index_build *build = index_build_new(&key);
    add(build, "form.txt", disclaimer);
    for (int i = 0; i < 64; i++) {
        char text[1000];
        (void)snprintf(text, sizeof text, "%s Number %d%d%d%d%d%d%d%d, %d%d%d%d%d%d%d%d%d.",
                       disclaimer, i, i, i, i, i, i, i, i, i * 7, i, i, i * 3, i, i, i, i, i * 5);
        add(build, "letter.txt", text);
    }
    add(build, "plan.txt", plan);
    assert_true(index_build_finish(build, count_left_out, &world, &world.file, &world.built, &err));
    index_build_free(&build);
    assert_int_equal(world.left_out, 1);
    assert_int_equal(world.built.documents, 65);
    assert_true(world.built.common > 30);
    open_index(&world, &key);
    expect(&world, disclaimer, "");
    expect(&world, plan, "plan.txt, 100 % [The...and]");
    world_close(&world);
}

/* In two documents: both are found, and the same text is both's. */
static void test_versions(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL, NULL);
    const char *second = arena_printf(world.arena, "%s %s", plan, letter);
    struct world versions;
    world_open(&versions, second, NULL);
    struct sightings found = look_in(&versions, span_str(plan));
    assert_int_equal(found.count, 2);
    assert_true(found.items[0].identity != found.items[1].identity);
    assert_true(found.items[0].term != found.items[1].term);
    world_close(&world);
    world_close(&versions);
}

/* More than is kept of one text: it is read a second time, and nothing else is different. */
static void test_very_long(void **state)
{
    (void)state;
    struct world world;
    struct buf text = BUF_INIT;
    world_open(&world, NULL, NULL);
    world.set.of = CONTAINMENT_SOURCE;
    for (size_t i = 0; i < 400; i++) {
        buf_add_str(&text, i % 2 ? plan : recipe);
        buf_add_str(&text, letter);
    }
    struct sightings found = look_in(&world, buf_span(&text));
    size_t step = strlen(letter), at = 0;
    assert_int_equal(found.count, 400);
    for (size_t i = 0; i < found.count; i++) {
        size_t len = i % 2 ? strlen(plan) : strlen(recipe);
        assert_in_range(at - found.items[i].off, 0, 20);
        assert_in_range(found.items[i].off + found.items[i].len, at + len - 1, at + len + 20);
        assert_string_equal(found.items[i].evidence.detail,
                            i % 2 ? "plan.txt, 100 %" : "recipe.txt, 100 %");
        at += len + step;
    }
    assert_true(found.items[0].identity == found.items[398].identity);
    buf_fini(&text);
    world_close(&world);
}

static void test_limits(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL, NULL);
    struct subject subject = {.kind = SUBJECT_DOCUMENTS, .name = "papers", .documents = &world.set};
    const struct subject *subjects[] = {&subject};
    const struct lookout *lookout = lookout_new(subjects, 1, world.arena);
    const char *pieces = joined(&world, arena_str(world.arena, span_sub(span_str(plan), 0, 200)),
                                letter, plan + 400);
    struct sightings found;
    look(lookout, span_str(pieces), &(struct look_limits){.sightings = 1}, world.arena, &found);
    assert_int_equal(found.count, 1);
    assert_true(!found.complete && found.too_many);
    look(lookout, span_str(pieces), &(struct look_limits){.deadline_ns = 1}, world.arena, &found);
    assert_int_equal(found.count, 0);
    assert_false(found.complete);
    world_close(&world);
}

static void test_names(void **state)
{
    (void)state;
    struct index_key key;
    struct world world = {.arena = arena_new()};
    struct error err = ERROR_INIT;
    index_key_of(KEY, &key);
    struct index_build *build = index_build_new(&key);
    add(build, "a\nb\xff\xc2\x9b/\xc3\xa4.txt", plan);
    assert_false(index_build_document(build, SPAN("short.txt")));
    assert_true(index_build_finish(build, count_left_out, &world, &world.file, &world.built, &err));
    index_build_free(&build);
    open_index(&world, &key);
    assert_int_equal(document_set_count(&world.set), 1);
    assert_true(span_is(document_set_name(&world.set, 0), "a?b\xef\xbf\xbd?/\xc3\xa4.txt"));
    world_close(&world);
}

static void test_nothing_to_write(void **state)
{
    (void)state;
    struct index_key key;
    struct world world = {.left_out = 0};
    struct error err = ERROR_INIT;
    index_key_of(KEY, &key);
    struct index_build *build = index_build_new(&key);
    (void)index_build_text(build, span_str(disclaimer));
    index_build_exclude(build);
    add(build, "form.txt", disclaimer);
    assert_false(
        index_build_finish(build, count_left_out, &world, &world.file, &world.built, &err));
    assert_string_equal(err.text, "there is no document to look for");
    assert_int_equal(world.left_out, 1);
    index_build_free(&build);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_within_another_text),
        cmocka_unit_test(test_how_it_is_set_does_not_matter),
        cmocka_unit_test(test_edits_lower_the_score),
        cmocka_unit_test(test_a_part),
        cmocka_unit_test(test_both_ways_round),
        cmocka_unit_test(test_least_length),
        cmocka_unit_test(test_several_pieces),
        cmocka_unit_test(test_boilerplate),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_common),
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_very_long),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_nothing_to_write),
    };
    pattern_library_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
