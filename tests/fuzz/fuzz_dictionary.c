/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_dictionary: a CSV file. It is a dictionary or there is a complaint that says where; every
 * keyword of it is found in itself.
 */
#include "engine/message/codecs/sight.h"
#include "rulesets/detection/dictionary.h"
#include "rulesets/detection/look.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
    if (!good)
        abort();
}

/* What is looked for in is a folded text, without what nobody sees. */
static bool is_seen(struct span text)
{
    size_t len;
    enum sight sight;
    return sight_next(text, &len, &sight) == text.len;
}

/* A keyword, as it is written, is found as that keyword, or as one that is compared alike. */
static void look_for_itself(const struct lookout *lookout, const struct dictionary_term *term,
                            struct arena *arena)
{
    struct look_limits limits = {.deadline_ns = 0};
    struct sightings found;
    look(lookout, term->text, &limits, arena, &found);
    bool whole = false;
    for (size_t i = 0; i < found.count; i++) {
        check(found.items[i].off + found.items[i].len <= term->text.len);
        whole |= found.items[i].len > 0;
    }
    check(found.complete && whole);
}

static void look_for_all(const struct dictionary *dictionary, struct arena *arena)
{
    struct subject *subject = ARENA_NEW(arena, struct subject);
    *subject = (struct subject){
        .kind = SUBJECT_DICTIONARY, .name = dictionary->name, .dictionary = dictionary};
    const struct subject *subjects[] = {subject};
    struct lookout *lookout = lookout_new(subjects, 1, arena);
    size_t keywords = 0;
    for (size_t i = 0; i < dictionary->count; i++) {
        const struct dictionary_term *term = &dictionary->terms[i];
        check(term->text.len > 0);
        check(term->weight >= -DICTIONARY_WEIGHT_MAX && term->weight <= DICTIONARY_WEIGHT_MAX);
        check(term->is_pattern == (term->pattern != NULL));
        if (!term->is_pattern && is_seen(term->text) && keywords++ < 20)
            look_for_itself(lookout, term, arena);
    }
    check(dictionary_entries(dictionary) <= dictionary->count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int file = -1;
    struct reader reader;
    struct node root;
    struct dictionaries dictionaries = {NULL, 0, 0};
    if (file < 0) {
        pattern_library_init();
        file = memfd_create("terms.csv", MFD_CLOEXEC);
    }
    check(file >= 0 && ftruncate(file, 0) == 0);
    check(size == 0 || pwrite(file, data, size, 0) == (ssize_t)size);
    struct arena *arena = arena_new();
    reader_init(&reader, arena);
    const char *json = arena_printf(
        arena, "{\"name\": \"d\", \"file\": \"/proc/self/fd/%d\", \"whole_words\": %s}", file,
        size % 2 ? "false" : "true");
    check(reader_load_text(&reader, "c.json", span_str(json), &root));
    if (dictionary_read(&reader, &root, &dictionaries)) {
        check(reader.error_count == 0 && dictionaries.count == 1);
        look_for_all(&dictionaries.items[0], arena);
    } else {
        check(reader.error_count > 0);
    }
    reader_fini(&reader);
    arena_free(&arena);
    return 0;
}
