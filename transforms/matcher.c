/* SPDX-License-Identifier: Apache-2.0 */
#include "transforms/matcher.h"

#include "engine/base/utf8.h"

static void free_pattern(void *arg)
{
    struct pattern *pattern = arg;
    pattern_free(&pattern);
}

static const struct pattern *compile(struct reader *reader, const struct pattern_source *source,
                                     enum pattern_text text)
{
    struct error err = ERROR_INIT;
    struct pattern *pattern = pattern_new(source->text, text, &err);
    if (pattern)
        arena_defer(reader->arena, free_pattern, pattern);
    else
        (void)node_error(reader, &source->node, "%s%s", err.text,
                         text == PATTERN_BYTES ? " (when it looks at octets)" : "");
    return pattern;
}

bool matcher_read(struct reader *reader, const struct pattern_source *source,
                  struct matcher *matcher_out)
{
    *matcher_out = (struct matcher){NULL, NULL, 0};
    if (!source->text.ptr)
        return true;
    if (source->text.len == 0)
        return node_error(reader, &source->node,
                          "expected a pattern, got an empty one, which finds nothing");
    matcher_out->text = compile(reader, source, PATTERN_UTF8);
    if (matcher_out->text)
        matcher_out->octets = compile(reader, source, PATTERN_BYTES);
    return matcher_out->octets != NULL;
}

const struct pattern *matcher_for(const struct matcher *matcher, const struct view *view)
{
    return view->is_bytes ? matcher->octets : matcher->text;
}

enum pattern_result matcher_next(const struct matcher *matcher, const struct view *view,
                                 const struct pattern_subject *subject, size_t from,
                                 uint64_t deadline_ns, struct pattern_match *match_out)
{
    const struct pattern *pattern = matcher_for(matcher, view);
    for (;;) {
        enum pattern_result found =
            pattern_search_in(pattern, subject, from, deadline_ns, match_out);
        if (found != PATTERN_FOUND || match_out->group[0].len > 0)
            return found;
        from = match_out->group[0].off;
        size_t len = 0;
        if (from < subject->text.len)
            len = utf8_decode(span_from(subject->text, from), NULL);
        from += len > 0 ? len : 1;
    }
}

enum pattern_result matcher_finds(const struct matcher *matcher, struct span text,
                                  uint64_t deadline_ns)
{
    struct pattern_match match;
    return pattern_search(matcher->text, text, 0, deadline_ns, &match);
}

enum pattern_result matcher_finds_in(const struct matcher *matcher, const struct view *view,
                                     const struct pattern_subject *subject, uint64_t deadline_ns)
{
    struct pattern_match match;
    return pattern_search_in(matcher_for(matcher, view), subject, 0, deadline_ns, &match);
}

/* Only as many groups as there are: a piece is made for each of many matches. */
static const struct pattern_match *keep_match(const struct pattern_match *match,
                                              struct arena *arena)
{
    size_t size = offsetof(struct pattern_match, group) + match->count * sizeof match->group[0];
    struct pattern_match *copy = arena_alloc(arena, size);
    memcpy(copy, match, size);
    return copy;
}

struct piece *piece_of_match(struct piece *parent, const struct pattern *pattern,
                             const struct pattern_match *match, size_t group, const char *rule,
                             struct arena *arena)
{
    if (group >= match->count || match->group[group].off == SPAN_NONE ||
        match->group[group].len == 0)
        return NULL;
    struct piece *piece = ARENA_NEW(arena, struct piece);
    *piece = *parent;
    piece->off = parent->off + match->group[group].off;
    piece->len = match->group[group].len;
    piece->parent = parent;
    piece->rule = rule;
    piece->pattern = pattern;
    piece->match = keep_match(match, arena);
    piece->match_base = parent->off;
    piece->is_part = false;
    piece->texts = NULL;
    piece->bodies = NULL;
    return piece;
}
