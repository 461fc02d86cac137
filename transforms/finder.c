/* SPDX-License-Identifier: Apache-2.0 */
#include "transforms/finder.h"

#include "engine/base/clock.h"
#include "engine/message/codecs/codec_reader.h"
#include "engine/message/codecs/codec_source.h"
#include "engine/pattern/pattern_set.h"

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
    other->texts = NULL;
    other->bodies = NULL;
    return other;
}

/* The piece is one of the texts above another one. */
static void as_is_of(struct sought *sought, struct piece *piece, struct arena *arena)
{
    const struct codec *codec = piece->view->codec;
    struct piece *other = other_text(piece, piece->view->parent, arena);
    codec->origin(piece->view, piece->off, piece->len, &other->off, &other->len);
    sought->pieces[codec == &codec_source ? SOUGHT_SOURCE : SOUGHT_AS_READ] = piece;
    sought->pieces[SOUGHT_AS_IS] = other;
}

typedef void (*range_above)(const struct view *view, uint64_t off, uint64_t len, uint64_t *off_out,
                            uint64_t *len_out);

static void look_in(struct sought *sought, size_t which, struct view *view, range_above range,
                    struct arena *arena)
{
    struct piece *piece = sought->pieces[SOUGHT_AS_IS];
    uint64_t off, len;
    if (!view)
        return;
    range(view, piece->off, piece->len, &off, &len);
    if (len == piece->len && span_equal(span_sub(view->text, off, len), piece_text(piece)))
        return;
    sought->pieces[which] = other_text(piece, view, arena);
    sought->pieces[which]->off = off;
    sought->pieces[which]->len = len;
}

static struct pattern_subject subject_of(struct piece *piece)
{
    struct span text = piece_text(piece);
    return view_is_ascii(piece_view(piece)) ? pattern_subject_ascii(text) : pattern_subject(text);
}

void sought_init(struct sought *sought, struct piece *piece, struct arena *arena)
{
    *sought = (struct sought){.pieces = {NULL, NULL}};
    struct view *view = piece_view(piece);
    if (view->codec == &codec_reader || view->codec == &codec_source) {
        as_is_of(sought, piece, arena);
    } else {
        sought->pieces[SOUGHT_AS_IS] = piece;
        look_in(sought, SOUGHT_AS_READ, view_as_read(view), reader_range, arena);
        look_in(sought, SOUGHT_SOURCE, view_source(view), source_range, arena);
    }
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
    if (which != SOUGHT_AS_IS)
        find->piece->view->codec->origin(find->piece->view, off, len, &off, &len);
    find->off = off;
    find->end = off + len;
}

static bool may_have(const struct sought *sought, size_t which, const struct matcher *matcher)
{
    const uint64_t *maybe = sought->maybe[which];
    return sought->pieces[which] &&
           (!maybe || matcher->number == 0 || pattern_set_has(maybe, matcher->number - 1));
}

bool sought_may_have(const struct sought *sought, const struct matcher *matcher)
{
    for (size_t i = 0; i < SOUGHT_COUNT; i++) {
        if (may_have(sought, i, matcher))
            return true;
    }
    return false;
}

/* Searches one of the texts from `from` on. */
static void search(struct finder *finder, size_t which, size_t from)
{
    struct find *find = &finder->next[which];
    struct piece *piece = finder->sought->pieces[which];
    finder->has_next[which] = false;
    if (!may_have(finder->sought, which, finder->matcher))
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
    return ++finder->passed % 1024 == 0 && clock_is_past(finder->deadline_ns);
}

/* Nothing is found any more. */
static void stop(struct finder *finder)
{
    finder->over_limit = true;
    for (size_t i = 0; i < SOUGHT_COUNT; i++)
        finder->has_next[i] = false;
}

/* Passes over a find that lies inside of the next one of another text. false: there is none. */
static bool pass_over_one(struct finder *finder)
{
    for (size_t i = 0; i < SOUGHT_COUNT; i++) {
        for (size_t k = 0; k < SOUGHT_COUNT; k++) {
            if (i == k || !finder->has_next[i] || !finder->has_next[k] ||
                !holds(&finder->next[i], &finder->next[k]))
                continue;
            search_on(finder, k);
            return true;
        }
    }
    return false;
}

/* Which find comes next. */
static size_t first_of_all(struct finder *finder)
{
    size_t first = SOUGHT_AS_IS;
    while (pass_over_one(finder)) {
        if (is_late(finder))
            stop(finder);
    }
    for (size_t i = 0; i < SOUGHT_COUNT; i++) {
        if (finder->has_next[i] &&
            (!finder->has_next[first] || finder->next[i].off < finder->next[first].off))
            first = i;
    }
    return first;
}

enum pattern_result finder_next(struct finder *finder, struct find *find_out)
{
    size_t which = first_of_all(finder);
    if (!finder->has_next[which])
        return finder->over_limit ? PATTERN_OVER_LIMIT : PATTERN_NOT_FOUND;
    *find_out = finder->next[which];
    search_on(finder, which);
    return PATTERN_FOUND;
}
