/* SPDX-License-Identifier: Apache-2.0 */
#include "transforms/finder.h"

#include "engine/message/codec_reader.h"

#include <time.h>

/* The same place in another view; names of groups are looked up in the piece itself. */
static struct piece *other_text(struct piece *piece, struct view *view, struct arena *arena)
{
    struct piece *other = ARENA_NEW(arena, struct piece);
    *other = *piece;
    other->view = view;
    other->parent = piece;
    other->pattern = NULL;
    other->match = NULL;
    other->is_part = false;
    return other;
}

static void as_is_of(struct sought *sought, struct piece *piece, struct arena *arena)
{
    struct piece *other = other_text(piece, piece->view->parent, arena);
    codec_reader.origin(piece->view, piece->off, piece->len, &other->off, &other->len);
    sought->pieces[SOUGHT_AS_READ] = piece;
    sought->pieces[SOUGHT_AS_IS] = other;
}

static void as_read_of(struct sought *sought, struct piece *piece, struct arena *arena)
{
    struct view *reader = view_as_read(piece_view(piece));
    sought->pieces[SOUGHT_AS_IS] = piece;
    if (!reader)
        return;
    uint64_t off, len;
    reader_range(reader, piece->off, piece->len, &off, &len);
    if (len == piece->len && span_equal(span_sub(reader->text, off, len), piece_text(piece)))
        return;
    sought->pieces[SOUGHT_AS_READ] = other_text(piece, reader, arena);
    sought->pieces[SOUGHT_AS_READ]->off = off;
    sought->pieces[SOUGHT_AS_READ]->len = len;
}

static struct pattern_subject subject_of(struct piece *piece)
{
    struct span text = piece_text(piece);
    return view_is_ascii(piece_view(piece)) ? pattern_subject_ascii(text) : pattern_subject(text);
}

void sought_init(struct sought *sought, struct piece *piece, struct arena *arena)
{
    *sought = (struct sought){.pieces = {NULL, NULL}};
    if (piece_view(piece)->codec == &codec_reader)
        as_is_of(sought, piece, arena);
    else
        as_read_of(sought, piece, arena);
    for (size_t i = 0; i < SOUGHT_COUNT; i++) {
        if (sought->pieces[i])
            sought->subjects[i] = subject_of(sought->pieces[i]);
    }
}

enum pattern_result sought_finds(const struct sought *sought, const struct matcher *matcher,
                                 uint64_t deadline_ns)
{
    enum pattern_result all = PATTERN_NOT_FOUND;
    for (size_t i = 0; i < SOUGHT_COUNT; i++) {
        const struct piece *piece = sought->pieces[i];
        if (!piece)
            continue;
        enum pattern_result one =
            matcher_finds_in(matcher, piece->view, &sought->subjects[i], deadline_ns);
        if (one == PATTERN_FOUND)
            return one;
        all = one == PATTERN_OVER_LIMIT ? one : all;
    }
    return all;
}

/* The group's range in the text as it is; nothing where it took no part. */
static void place(struct find *find, size_t which, size_t group)
{
    const struct pattern_match *match = &find->match;
    bool took_part = group < match->count && match->group[group].off != SPAN_NONE;
    size_t first = took_part ? group : 0;
    uint64_t off = find->piece->off + match->group[first].off;
    uint64_t len = took_part ? match->group[first].len : 0;
    if (which == SOUGHT_AS_READ)
        codec_reader.origin(find->piece->view, off, len, &off, &len);
    find->off = off;
    find->end = off + len;
}

/* Searches one of the texts from `from` on. */
static void search(struct finder *finder, size_t which, size_t from)
{
    struct find *find = &finder->next[which];
    struct piece *piece = finder->sought->pieces[which];
    finder->has_next[which] = false;
    if (!piece)
        return;
    enum pattern_result found =
        matcher_next(finder->matcher, piece->view, &finder->sought->subjects[which], from,
                     finder->deadline_ns, &find->match);
    finder->over_limit |= found == PATTERN_OVER_LIMIT;
    if (found != PATTERN_FOUND)
        return;
    finder->has_next[which] = true;
    find->piece = piece;
    place(find, which, finder->group);
}

static void search_on(struct finder *finder, size_t which)
{
    const struct pattern_match *match = &finder->next[which].match;
    search(finder, which, match->group[0].off + match->group[0].len);
}

void finder_init(struct finder *finder, const struct sought *sought, const struct matcher *matcher,
                 size_t group, uint64_t deadline_ns)
{
    finder->sought = sought;
    finder->matcher = matcher;
    finder->group = group;
    finder->passed = 0;
    finder->deadline_ns = deadline_ns;
    finder->over_limit = false;
    for (size_t i = 0; i < SOUGHT_COUNT; i++)
        search(finder, i, 0);
}

static bool holds(const struct find *outer, const struct find *inner)
{
    return outer->off <= inner->off && inner->end <= outer->end;
}

static bool is_late(struct finder *finder)
{
    struct timespec now;
    if (++finder->passed % 1024 != 0 || finder->deadline_ns == 0)
        return false;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec > finder->deadline_ns;
}

/* Nothing is found any more. */
static void stop(struct finder *finder)
{
    finder->over_limit = true;
    finder->has_next[SOUGHT_AS_IS] = false;
    finder->has_next[SOUGHT_AS_READ] = false;
}

/* Which find comes next; what lies inside of the other one is passed over. */
static size_t first_of_both(struct finder *finder)
{
    const struct find *as_is = &finder->next[SOUGHT_AS_IS];
    const struct find *as_read = &finder->next[SOUGHT_AS_READ];
    while (finder->has_next[SOUGHT_AS_IS] && finder->has_next[SOUGHT_AS_READ]) {
        if (holds(as_is, as_read))
            search_on(finder, SOUGHT_AS_READ);
        else if (holds(as_read, as_is))
            search_on(finder, SOUGHT_AS_IS);
        else
            return as_is->off < as_read->off ? SOUGHT_AS_IS : SOUGHT_AS_READ;
        if (is_late(finder))
            stop(finder);
    }
    return finder->has_next[SOUGHT_AS_IS] ? SOUGHT_AS_IS : SOUGHT_AS_READ;
}

enum pattern_result finder_next(struct finder *finder, struct find *find_out)
{
    size_t which = first_of_both(finder);
    if (!finder->has_next[which])
        return finder->over_limit ? PATTERN_OVER_LIMIT : PATTERN_NOT_FOUND;
    *find_out = finder->next[which];
    search_on(finder, which);
    return PATTERN_FOUND;
}
