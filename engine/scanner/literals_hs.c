/* SPDX-License-Identifier: Apache-2.0 */
/*
 * literals_hs: by Hyperscan, or Vectorscan, which has the same calls. A scan needs room of its own
 * (a scratch): what a scan gave back is taken by the next one, of whatever thread, so there are as
 * many as there were scans at a time.
 */
#include "engine/base/mem.h"
#include "engine/scanner/literals.h"
#include "engine/scanner/scanner.h"

#include <hs/hs.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define SCRATCHES_MOST 64u

struct literals_library {
    const struct span *texts;
    size_t count, longest;
    pthread_mutex_t lock;    /* of what follows */
    hs_database_t *database; /* NULL: it was not made yet, or could not be */
    bool tried;
    hs_scratch_t *scratches[SCRATCHES_MOST];
    size_t scratch_count;
};

const char *scanner_library(void)
{
    /* "5.4.11 2024-..." of Vectorscan, "5.4.0 2021-..." of Hyperscan, whose last is 5.4.2. */
    static _Thread_local char name[48];
    unsigned major = 0, minor = 0, patch = 0;
    if (hs_valid_platform() != HS_SUCCESS)
        return NULL;
    (void)sscanf(hs_version(), "%u.%u.%u", &major, &minor, &patch);
    bool vectorscan = major > 5 || (major == 5 && (minor > 4 || (minor == 4 && patch > 2)));
    (void)snprintf(name, sizeof name, "%s %u.%u.%u", vectorscan ? "Vectorscan" : "Hyperscan", major,
                   minor, patch);
    return name;
}

static void clean_up(void *arg)
{
    struct literals_library *library = arg;
    for (size_t i = 0; i < library->scratch_count; i++)
        (void)hs_free_scratch(library->scratches[i]);
    (void)hs_free_database(library->database);
    (void)pthread_mutex_destroy(&library->lock);
}

/* A match is told of by its end and its number, which is the length of its literal. */
static bool compile(struct literals_library *library)
{
    const struct span *texts = library->texts;
    const size_t count = library->count;
    const char **sources = mem_alloc(count * sizeof *sources);
    unsigned *flags = mem_alloc(count * sizeof *flags), *ids = mem_alloc(count * sizeof *ids);
    size_t *lengths = mem_alloc(count * sizeof *lengths);
    hs_compile_error_t *problem = NULL;
    for (size_t i = 0; i < count; i++) {
        sources[i] = texts[i].ptr;
        lengths[i] = texts[i].len;
        ids[i] = (unsigned)texts[i].len;
        flags[i] = HS_FLAG_CASELESS;
    }
    hs_error_t result = hs_compile_lit_multi(sources, flags, ids, lengths, (unsigned)count,
                                             HS_MODE_BLOCK, NULL, &library->database, &problem);
    (void)hs_free_compile_error(problem);
    free(sources);
    free(flags);
    free(ids);
    free(lengths);
    return result == HS_SUCCESS;
}

/* Under the lock, once. */
static void make_database(struct literals_library *library)
{
    if (library->tried)
        return;
    library->tried = true;
    if (!compile(library))
        library->database = NULL;
}

struct literals_library *literals_library_new(const struct span *texts, size_t count, bool now,
                                              struct arena *arena)
{
    struct literals_library *library = ARENA_NEW(arena, struct literals_library);
    if (hs_valid_platform() != HS_SUCCESS || count > UINT_MAX)
        return NULL;
    library->texts = texts;
    library->count = count;
    for (size_t i = 0; i < count; i++)
        library->longest = texts[i].len > library->longest ? texts[i].len : library->longest;
    (void)pthread_mutex_init(&library->lock, NULL);
    arena_defer(arena, clean_up, library);
    if (now)
        make_database(library);
    return library;
}

static hs_scratch_t *take_scratch(struct literals_library *library)
{
    hs_scratch_t *scratch = NULL;
    (void)pthread_mutex_lock(&library->lock);
    make_database(library);
    if (library->scratch_count > 0)
        scratch = library->scratches[--library->scratch_count];
    (void)pthread_mutex_unlock(&library->lock);
    if (!library->database)
        return NULL;
    if (!scratch && hs_alloc_scratch(library->database, &scratch) != HS_SUCCESS)
        return NULL;
    return scratch;
}

static void give_scratch(struct literals_library *library, hs_scratch_t *scratch)
{
    (void)pthread_mutex_lock(&library->lock);
    bool room = library->scratch_count < SCRATCHES_MOST;
    if (room)
        library->scratches[library->scratch_count++] = scratch;
    (void)pthread_mutex_unlock(&library->lock);
    if (!room)
        (void)hs_free_scratch(scratch);
}

struct telling {
    uint64_t *starts;
    size_t most; /* places */
};

static int tell(unsigned length, unsigned long long from, unsigned long long end, unsigned flags,
                void *arg)
{
    const struct telling *telling = arg;
    size_t start = (size_t)end - length;
    (void)from;
    (void)flags;
    if (start < telling->most)
        telling->starts[start / 64] |= UINT64_C(1) << (start & 63);
    return 0;
}

bool literals_library_scan(struct literals_library *library, struct span text, size_t from,
                           size_t end, uint64_t *starts)
{
    struct telling telling = {starts, end - from};
    size_t last = text.len - end < library->longest ? text.len : end + library->longest;
    hs_scratch_t *scratch = last - from <= UINT_MAX ? take_scratch(library) : NULL;
    if (!scratch)
        return false;
    hs_error_t result = hs_scan(library->database, text.ptr + from, (unsigned)(last - from), 0,
                                scratch, tell, &telling);
    give_scratch(library, scratch);
    return result == HS_SUCCESS;
}
