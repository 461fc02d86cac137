/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The predefined entities: every file of config/entities is read, and every sample of every entity
 * comes out exactly as it is written there: value and confidence, and nothing where there is none.
 */
#include "rulesets/detection/entity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rulesets/detection/look.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#define FOLDER TEST_ROOT "/../config/entities"

struct files {
    struct arena *arena;
    struct reader reader;
    struct entities entities;
};

static int is_json(const struct dirent *entry)
{
    return span_ends_nocase(span_str(entry->d_name), SPAN(".json"));
}

static int load(void **state)
{
    static struct files files;
    pattern_library_init();
    files.arena = arena_new();
    reader_init(&files.reader, files.arena);
    struct dirent **names;
    int count = scandir(FOLDER, &names, is_json, alphasort);
    assert_true(count > 0);
    bool good = true;
    for (int i = 0; i < count; i++) {
        const char *path = arena_printf(files.arena, "%s/%s", FOLDER, names[i]->d_name);
        good &= entities_read_file(&files.reader, path, &files.entities);
        free(names[i]);
    }
    free(names);
    struct buf complaints = BUF_INIT;
    reader_report(&files.reader, &complaints);
    if (complaints.len > 0)
        print_error("%.*s\n", SPAN_ARG(buf_span(&complaints)));
    assert_int_equal(complaints.len, 0);
    buf_fini(&complaints);
    *state = &files;
    return good ? 0 : -1;
}

static int unload(void **state)
{
    struct files *files = *state;
    reader_fini(&files->reader);
    arena_free(&files->arena);
    return 0;
}

/* A text that is written as one string or as several, which are one. */
static struct span joined(struct files *files, struct node node)
{
    struct span text = SPAN("");
    if (node_string(&node, &text))
        return text;
    struct buf all = BUF_INIT;
    assert_true(node_is_array(&node));
    for (size_t i = 0; i < node_count(&node); i++) {
        struct node piece = node_at(&files->reader, &node, i);
        assert_true(node_string(&piece, &text));
        buf_add(&all, text);
    }
    text = arena_copy(files->arena, buf_span(&all));
    buf_fini(&all);
    return text;
}

#define SHOWN 60u /* bytes of a text or value in a complaint */

static void print_sightings(const struct sightings *found, struct span text)
{
    for (size_t i = 0; i < found->count; i++) {
        const struct sighting *one = &found->items[i];
        const struct evidence *evidence = &one->evidence;
        print_error(
            "    found at %u, %u bytes: \"%.*s\" %s, validator %s, keyword \"%.*s\" at %u\n",
            one->off, one->len, SPAN_ARG(span_sub(text, one->off, SHOWN)),
            confidence_name(one->confidence), evidence->validator ? evidence->validator : "none",
            SPAN_ARG(evidence->keyword), evidence->distance);
    }
}

/* One sample; false (and what was found printed) when it comes out otherwise. */
static bool holds(const struct lookout *lookout, const char *name, struct span text,
                  struct span value, struct span confidence)
{
    struct arena *arena = arena_new();
    struct look_limits limits = {.deadline_ns = 0};
    struct sightings found;
    look(lookout, text, &limits, arena, &found);
    bool good = found.complete && found.count == (value.ptr ? 1 : 0);
    if (good && value.ptr) {
        const struct sighting *one = &found.items[0];
        good = span_equal(span_sub(text, one->off, one->len), value) &&
               span_is(confidence, confidence_name(one->confidence));
    }
    if (!good) {
        print_error("%s: \"%.*s\" wants \"%.*s\" (%zu bytes) %.*s\n", name,
                    SPAN_ARG(span_sub(text, 0, SHOWN)), SPAN_ARG(span_sub(value, 0, SHOWN)),
                    value.len, SPAN_ARG(confidence));
        print_sightings(&found, text);
    }
    arena_free(&arena);
    return good;
}

static size_t check_matches(struct files *files, const struct lookout *lookout, const char *name,
                            const struct node *samples, size_t *bad)
{
    struct node list = node_get(&files->reader, samples, "match");
    for (size_t i = 0; i < node_count(&list); i++) {
        struct node sample = node_at(&files->reader, &list, i);
        struct span text = joined(files, node_get(&files->reader, &sample, "text"));
        struct span value = joined(files, node_get(&files->reader, &sample, "value"));
        struct span confidence = joined(files, node_get(&files->reader, &sample, "confidence"));
        *bad += !holds(lookout, name, text, value, confidence);
    }
    return node_count(&list);
}

static size_t check_others(struct files *files, const struct lookout *lookout, const char *name,
                           const struct node *samples, size_t *bad)
{
    struct node list = node_get(&files->reader, samples, "no_match");
    for (size_t i = 0; i < node_count(&list); i++) {
        struct span text = joined(files, node_at(&files->reader, &list, i));
        *bad += !holds(lookout, name, text, (struct span){NULL, 0}, SPAN("nothing"));
    }
    return node_count(&list);
}

static void test_samples(void **state)
{
    struct files *files = *state;
    size_t bad = 0, few = 0, samples = 0;
    for (size_t i = 0; i < files->entities.count; i++) {
        const struct entity *entity = &files->entities.items[i];
        struct subject subject = {
            .kind = SUBJECT_ENTITY, .name = entity->name, .index = i, .entity = entity};
        const struct subject *subjects[] = {&subject};
        struct arena *arena = arena_new();
        struct lookout *lookout = lookout_new(subjects, 1, arena);
        size_t matches = check_matches(files, lookout, entity->name, &entity->samples, &bad);
        size_t others = check_others(files, lookout, entity->name, &entity->samples, &bad);
        few += matches < 3 || others < 4;
        samples += matches + others;
        arena_free(&arena);
    }
    print_message("%zu samples of %zu entities\n", samples, files->entities.count);
    assert_int_equal(bad, 0);
    assert_int_equal(few, 0);
}

static void test_names(void **state)
{
    struct files *files = *state;
    size_t secrets = 0, count = files->entities.count;
    for (size_t i = 0; i < count; i++) {
        const struct entity *entity = &files->entities.items[i];
        assert_ptr_equal(entities_find(&files->entities, span_str(entity->name)), entity);
        assert_true(entity->title.len > 0 && entity->source.len > 0 && entity->region.len > 0);
        secrets += entity->category == CATEGORY_SECRET;
    }
    assert_true(secrets >= 200);
    assert_true(count - secrets >= 150);
}

/* What texts are full of is no match that a validator has to refuse. */
static void test_not_even_tried(void **state)
{
    static const struct {
        const char *entity, *text;
    } cases[] = {
        {"ipv6", "10:30, 10:30:12.417, 1:2:3:4:5:6:7 and a1:b2:c3:d4:e5:f6: dead:beef, Add: 7"},
        {"sasl_passwd_line",
         "[worker-3] INFO request:finished [x]  a:b123456 [17:30] anna:b123456"},
        {"date", "10:30, 1.2.3.4, 20.30, 1-2-3, 12/34"},
    };
    const struct files *files = *state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct entity *entity = entities_find(&files->entities, span_str(cases[i].entity));
        assert_non_null(entity);
        for (size_t row = 0; row < entity->row_count; row++) {
            struct pattern_match match;
            assert_int_equal(pattern_search_plain(entity->rows[row].pattern,
                                                  span_str(cases[i].text), 0, 0, &match),
                             PATTERN_NOT_FOUND);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_not_even_tried),
        cmocka_unit_test(test_samples),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
