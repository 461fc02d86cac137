/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_look: any text, a few entities of every kind and a dictionary. Finds lie in the text, on
 * characters, in order, and what is found does not depend on how it is looked for; when the time is
 * over the look ends and says so.
 */
#include "engine/base/clock.h"
#include "engine/base/utf8.h"
#include "rulesets/detection/dictionary.h"
#include "rulesets/detection/entity.h"
#include "rulesets/detection/look.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SUBJECTS 6u

static const char entities_json[] =
    "{\"entities\": [{\"name\": \"card\", \"pattern\": \"[0-9]{4}(?:[ -]?[0-9]{4}){3}\", "
    "\"validators\": "
    "[\"credit_card\"], \"keywords\": [\"card no\", \"karte\"]},"
    " {\"name\": \"badge\", \"patterns\": [{\"pattern\": \"B-[0-9]{4,6}\"}, {\"pattern\": "
    "\"[0-9]{4}\", \"keyword_required\": true}], \"keywords\": [\"badge\"], \"near\": 20, "
    "\"exclusion_keywords\": [\"order\"]},"
    " {\"name\": \"key\", \"pattern\": \"(?:key|secret)[ =:]{1,3}([A-Za-z0-9]{8,20})\", "
    "\"group\": 1, \"boundary\": \"token\", \"category\": \"secret\"},"
    " {\"name\": \"mail\", \"pattern\": \"[a-z.]+@[a-z]+(?:[.][a-z]+)+\", \"boundary\": \"none\"},"
    " {\"name\": \"greedy\", \"pattern\": \"(?:a|aa)+b|[^x]{3,9}x\", \"boundary\": \"none\"}]}";
static const char dictionary_json[] = "{\"name\": \"terms\", \"terms\": [\"purchase date\", "
                                      "\"Straße\", \"a\"], \"whole_words\": true}";

struct world {
    struct arena *arena;
    struct subject subjects[SUBJECTS];
    struct lookout *lookout;
};

static void check(bool good)
{
    if (!good)
        abort();
}

static void build(struct world *world)
{
    static struct reader reader;
    static struct entities entities;
    static struct dictionaries dictionaries;
    struct node list, node;
    pattern_library_init();
    world->arena = arena_new();
    reader_init(&reader, world->arena);
    check(reader_load_text(&reader, "e.json", span_str(entities_json), &node));
    list = node_get(&reader, &node, "entities");
    check(reader_load_text(&reader, "d.json", span_str(dictionary_json), &node));
    check(entities_read(&reader, &list, &entities) && entities.count == SUBJECTS - 1);
    check(dictionary_read(&reader, &node, &dictionaries));
    const struct subject *subjects[SUBJECTS];
    for (size_t i = 0; i < SUBJECTS; i++) {
        subjects[i] = &world->subjects[i];
        world->subjects[i] = i < entities.count
                                 ? (struct subject){.kind = SUBJECT_ENTITY,
                                                    .name = entities.items[i].name,
                                                    .entity = &entities.items[i]}
                                 : (struct subject){.kind = SUBJECT_DICTIONARY,
                                                    .name = "terms",
                                                    .dictionary = &dictionaries.items[0]};
        world->subjects[i].index = i;
    }
    world->lookout = lookout_new(subjects, SUBJECTS, world->arena);
}

static bool on_character(struct span text, size_t at)
{
    return at == text.len || utf8_floor(text, at) == at;
}

static void check_finds(const struct sightings *found, struct span text)
{
    for (size_t i = 0; i < found->count; i++) {
        const struct sighting *one = &found->items[i], *last = one - 1;
        check(one->len > 0 && (size_t)one->off + one->len <= text.len);
        check(on_character(text, one->off) && on_character(text, one->off + one->len));
        check(one->confidence == CONFIDENCE_LOW || one->confidence == CONFIDENCE_MEDIUM ||
              one->confidence == CONFIDENCE_HIGH);
        check(i == 0 || last->off < one->off ||
              (last->off == one->off && last->subject->index <= one->subject->index));
    }
}

static void check_same(const struct sightings *a, const struct sightings *b)
{
    check(a->count == b->count && a->complete == b->complete);
    for (size_t i = 0; i < a->count; i++) {
        const struct sighting *x = &a->items[i], *y = &b->items[i];
        check(x->subject == y->subject && x->off == y->off && x->len == y->len);
        check(x->confidence == y->confidence && x->identity == y->identity);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct world world;
    struct span text = span_of((const char *)data, size);
    struct sightings found, plain, own, late;
    if (!world.arena)
        build(&world);
    if (!utf8_is_valid(text))
        return 0;
    struct arena *arena = arena_new();
    struct look_limits limits = {.how = LOOK_BY_LIBRARY}, plainly = {.how = LOOK_PLAIN};
    struct look_limits ours = {.how = LOOK_WITHOUT_LIBRARY};
    struct look_limits over = {.deadline_ns = 1, .sightings = 3};
    look(world.lookout, text, &limits, arena, &found);
    check_finds(&found, text);
    look(world.lookout, text, &ours, arena, &own);
    check_same(&found, &own);
    look(world.lookout, text, &plainly, arena, &plain);
    if (plain.complete) /* Oniguruma alone may come to its limit where nothing can begin */
        check_same(&found, &plain);
    look(world.lookout, text, &over, arena, &late);
    check_finds(&late, text);
    arena_free(&arena);
    return 0;
}
