/* SPDX-License-Identifier: Apache-2.0 */
/* The search: where a match can be, and the library there, with limits. */
#include "engine/base/clock.h"
#include "engine/base/mem.h"
#include "engine/base/text_traits.h"
#include "engine/base/utf8.h"
#include "engine/pattern/compiled.h"

#include <stdlib.h>

/*
 * Limits of one search. Retries are backtracks: some ten million a second. A search goes in windows
 * of start positions, so that the deadline is looked at in between and that the limit on a search
 * allows the same work for each byte of a long text as of a short one.
 */
#define RETRIES_IN_MATCH 1000000UL
#define RETRIES_IN_WINDOW 40000000UL
#define WINDOW_BYTES (256u * 1024u)
/* The library takes the end of the range of start positions for the end of the text too: a match
 * that begins in a window is found where it ends before the end of the overlap, and then read once
 * more in the whole text, in which it may be longer. One that cannot be shorter than the overlap is
 * not found there. */
#define WINDOW_OVERLAP (64u * 1024u)
#define MATCH_STACK_ENTRIES 500000u

/* Candidates of the first-byte search are looked at one by one while they are rarer than one in
 * this many bytes; where they are not, the library's own search is as good. */
#define CANDIDATE_SPACING 16u
#define CANDIDATES_FREE 64u
/* The same for the runs that a match must contain: all places where it may begin are tried for
 * each. */
#define RUN_SPACING 512u

static OnigMatchParam *limits_new(void)
{
    OnigMatchParam *limits = onig_new_match_param();
    if (!limits)
        abort();
    (void)onig_initialize_match_param(limits);
    (void)onig_set_match_stack_limit_size_of_match_param(limits, MATCH_STACK_ENTRIES);
    (void)onig_set_retry_limit_in_match_of_match_param(limits, RETRIES_IN_MATCH);
    (void)onig_set_retry_limit_in_search_of_match_param(limits, RETRIES_IN_WINDOW);
    return limits;
}

/* `len` bytes behind `from`, at the start of a character. */
static size_t ahead(const struct pattern *pattern, struct span text, size_t from, size_t len)
{
    if (text.len - from <= len)
        return text.len;
    return pattern->text == PATTERN_UTF8 ? utf8_floor(text, from + len) : from + len;
}

/* A match that begins at `at`, be it as long as it may. */
static int match_at(const struct pattern *pattern, struct span text, size_t at, OnigRegion *region,
                    OnigMatchParam *limits)
{
    const OnigUChar *begin = (const OnigUChar *)text.ptr;
    int len = onig_match_with_param(pattern->regex, begin, begin + text.len, begin + at, region,
                                    ONIG_OPTION_NONE, limits);
    return len < 0 ? len : region->beg[0];
}

static int search_windows(const struct pattern *pattern, struct span text, size_t from,
                          uint64_t deadline_ns, OnigRegion *region, OnigMatchParam *limits)
{
    const OnigUChar *begin = (const OnigUChar *)text.ptr;
    OnigOptionType option = ONIG_OPTION_NONE;
    for (;;) {
        size_t end = ahead(pattern, text, from, WINDOW_BYTES + WINDOW_OVERLAP);
        int at = onig_search_with_param(pattern->regex, begin, begin + text.len, begin + from,
                                        begin + end, region, option, limits);
        if (at >= 0 && end < text.len)
            at = match_at(pattern, text, (size_t)at, region, limits);
        if (at != ONIG_MISMATCH || end == text.len)
            return at;
        if (clock_is_past(deadline_ns))
            return ONIGERR_RETRY_LIMIT_IN_SEARCH_OVER;
        from = ahead(pattern, text, from, WINDOW_BYTES);
        option = ONIG_OPTION_NOT_BEGIN_POSITION; /* \G is where the search began */
    }
}

static bool is_inside_character(const struct pattern *pattern, char c)
{
    return pattern->text == PATTERN_UTF8 && ((unsigned char)c & 0xc0) == 0x80;
}

/* Tries to match only where a match can begin; goes over to windows where that is nearly
 * everywhere. */
static int search_candidates(const struct pattern *pattern, struct span text, size_t from,
                             uint64_t deadline_ns, OnigRegion *region, OnigMatchParam *limits)
{
    const OnigUChar *begin = (const OnigUChar *)text.ptr;
    size_t spared = CANDIDATES_FREE * CANDIDATE_SPACING, tried = 0, began = from;
    for (;; from++) {
        from = byte_set_find(&pattern->first, text, from);
        if (from == text.len)
            return ONIG_MISMATCH;
        if (is_inside_character(pattern, text.ptr[from]))
            continue;
        if (++tried * CANDIDATE_SPACING > from - began + spared)
            return search_windows(pattern, text, from, deadline_ns, region, limits);
        int len = onig_match_with_param(pattern->regex, begin, begin + text.len, begin + from,
                                        region, ONIG_OPTION_NONE, limits);
        if (len != ONIG_MISMATCH)
            return len < 0 ? len : region->beg[0];
        if (tried % CANDIDATES_FREE == 0 && clock_is_past(deadline_ns))
            return ONIGERR_RETRY_LIMIT_IN_SEARCH_OVER;
    }
}

static int search_without_hint(const struct pattern *pattern, struct span text, size_t from,
                               uint64_t deadline_ns, OnigRegion *region, OnigMatchParam *limits)
{
    if (pattern->has_first)
        return search_candidates(pattern, text, from, deadline_ns, region, limits);
    return search_windows(pattern, text, from, deadline_ns, region, limits);
}

/* So few start positions are tried one by one. */
#define RANGE_SHORT 256u

static int search_short_range(const struct pattern *pattern, struct span text, size_t from,
                              size_t end, OnigRegion *region, OnigMatchParam *limits)
{
    const OnigUChar *begin = (const OnigUChar *)text.ptr;
    for (; from < end; from++) {
        if (from < text.len && is_inside_character(pattern, text.ptr[from]))
            continue;
        if (pattern->has_first &&
            (from == text.len || !byte_set_has(&pattern->first, (unsigned char)text.ptr[from])))
            continue;
        int len = onig_match_with_param(pattern->regex, begin, begin + text.len, begin + from,
                                        region, ONIG_OPTION_NONE, limits);
        if (len != ONIG_MISMATCH)
            return len < 0 ? len : region->beg[0];
    }
    return ONIG_MISMATCH;
}

/* Start positions in [from, end): in windows as all searches, the last one longer than asked for,
 * see WINDOW_OVERLAP. */
static int search_range(const struct pattern *pattern, struct span text, size_t from, size_t end,
                        uint64_t deadline_ns, OnigRegion *region, OnigMatchParam *limits)
{
    const OnigUChar *begin = (const OnigUChar *)text.ptr;
    OnigOptionType option = ONIG_OPTION_NONE;
    while (from < end && from < text.len && is_inside_character(pattern, text.ptr[from]))
        from++;
    if (from >= end)
        return ONIG_MISMATCH;
    if (end - from <= RANGE_SHORT && !pattern->from_start)
        return search_short_range(pattern, text, from, end, region, limits);
    while (from < end) {
        size_t len = end - from < WINDOW_BYTES ? end - from : WINDOW_BYTES;
        size_t last = ahead(pattern, text, from, len + WINDOW_OVERLAP);
        int at = onig_search_with_param(pattern->regex, begin, begin + text.len, begin + from,
                                        begin + last, region, option, limits);
        if (at >= 0 && (size_t)at < end && last < text.len)
            at = match_at(pattern, text, (size_t)at, region, limits);
        if (at != ONIG_MISMATCH)
            return at < 0 || (size_t)at < end ? at : ONIG_MISMATCH;
        if (from + len >= end || last == text.len)
            return ONIG_MISMATCH;
        if (clock_is_past(deadline_ns))
            return ONIGERR_RETRY_LIMIT_IN_SEARCH_OVER;
        from = ahead(pattern, text, from, len);
        option = ONIG_OPTION_NOT_BEGIN_POSITION;
    }
    return ONIG_MISMATCH;
}

/* Octets above 0x7f match nothing in a hint that is good for more than ASCII. */
static bool has_hint(const struct pattern *pattern, enum hint_text kind)
{
    if (pattern->hint.run == 0)
        return false;
    return kind <= pattern->hint.text ||
           (pattern->text == PATTERN_BYTES && pattern->hint.text >= HINT_LATIN_PLAIN);
}

/* Bytes of a match in front of its run, at most. */
static size_t most_before(const struct pattern *pattern, enum hint_text kind)
{
    bool wide = pattern->text == PATTERN_UTF8 && kind != HINT_ASCII;
    return pattern->hint.before * (wide ? UTF8_MAX : 1);
}

/* Where a match that contains the run at `run` may begin at the earliest. */
static size_t earliest(const struct pattern *pattern, struct span text, size_t from, size_t run)
{
    size_t most = most_before(pattern, HINT_ANY);
    if (run - from <= most)
        return from;
    return pattern->text == PATTERN_UTF8 ? utf8_floor(text, run - most) : run - most;
}

/* Tries to match only around the runs that a match must contain; goes over to all of the text where
 * these are everywhere. */
static int search_runs(const struct pattern *pattern, struct span text, size_t from,
                       uint64_t deadline_ns, OnigRegion *region, OnigMatchParam *limits)
{
    size_t began = from, tried = 0;
    size_t run = hint_find(&pattern->hint, text, from);
    if (run != SPAN_NONE && pattern->hint.before == HINT_FAR)
        return search_without_hint(pattern, text, from, deadline_ns, region, limits);
    for (; run != SPAN_NONE; run = hint_find(&pattern->hint, text, from)) {
        from = earliest(pattern, text, from, run);
        if (++tried * RUN_SPACING > run - began + CANDIDATES_FREE * RUN_SPACING)
            return search_without_hint(pattern, text, from, deadline_ns, region, limits);
        int at = search_short_range(pattern, text, from, run + 1, region, limits);
        if (at != ONIG_MISMATCH)
            return at;
        if (tried % CANDIDATES_FREE == 0 && clock_is_past(deadline_ns))
            return ONIGERR_RETRY_LIMIT_IN_SEARCH_OVER;
        from = run + 1;
    }
    return ONIG_MISMATCH;
}

static void copy_groups(const struct pattern *pattern, const OnigRegion *region,
                        struct pattern_match *match)
{
    match->count = pattern->group_count;
    if (match->count > PATTERN_GROUPS_MAX)
        match->count = PATTERN_GROUPS_MAX;
    for (size_t i = 0; i < match->count; i++) {
        bool took_part = (int)i < region->num_regs && region->beg[i] != ONIG_REGION_NOTPOS;
        match->group[i].off = took_part ? (size_t)region->beg[i] : SPAN_NONE;
        match->group[i].len = took_part ? (size_t)(region->end[i] - region->beg[i]) : 0;
    }
}

typedef int searching(const struct pattern *pattern, struct span text, size_t from,
                      uint64_t deadline_ns, OnigRegion *region, OnigMatchParam *limits);

/* By `search`, or with NULL in the range up to `end`. */
static enum pattern_result search_by(searching *search, const struct pattern *pattern,
                                     struct span text, size_t from, size_t end,
                                     uint64_t deadline_ns, struct pattern_match *match_out)
{
    if (!text.ptr)
        text.ptr = "";
    if (from > text.len)
        return PATTERN_NOT_FOUND;
    /* The library counts in int. */
    if (text.len > INT32_MAX)
        return PATTERN_OVER_LIMIT;
    /* Arrays of our own save an allocation; the library grows a region only beyond `allocated`. */
    int begins[PATTERN_GROUPS_MAX];
    int ends[PATTERN_GROUPS_MAX];
    OnigRegion local = {PATTERN_GROUPS_MAX, 0, begins, ends, NULL};
    OnigRegion *region = pattern->group_count <= PATTERN_GROUPS_MAX ? &local : onig_region_new();
    if (!region)
        abort();
    OnigMatchParam *limits = limits_new();
    int at = search ? search(pattern, text, from, deadline_ns, region, limits)
                    : search_range(pattern, text, from, end, deadline_ns, region, limits);
    onig_free_match_param(limits);
    if (at >= 0)
        copy_groups(pattern, region, match_out);
    if (region != &local)
        onig_region_free(region, 1);
    if (at >= 0)
        return PATTERN_FOUND;
    return at == ONIG_MISMATCH ? PATTERN_NOT_FOUND : PATTERN_OVER_LIMIT;
}

struct pattern_subject pattern_subject(struct span text)
{
    return pattern_subject_with(text, text_traits(text));
}

struct pattern_subject pattern_subject_with(struct span text, unsigned traits)
{
    return (struct pattern_subject){text, (int)hint_text_with(traits)};
}

struct pattern_subject pattern_subject_ascii(struct span text)
{
    return pattern_subject_with(text, 0);
}

enum pattern_result pattern_search_in(const struct pattern *pattern,
                                      const struct pattern_subject *subject, size_t from,
                                      uint64_t deadline_ns, struct pattern_match *match_out)
{
    bool hint = has_hint(pattern, (enum hint_text)subject->kind);
    return search_by(hint ? search_runs : search_without_hint, pattern, subject->text, from,
                     SPAN_NONE, deadline_ns, match_out);
}

enum pattern_result pattern_search(const struct pattern *pattern, struct span text, size_t from,
                                   uint64_t deadline_ns, struct pattern_match *match_out)
{
    struct pattern_subject subject = pattern_subject(text);
    return pattern_search_in(pattern, &subject, from, deadline_ns, match_out);
}

enum pattern_result pattern_search_plain(const struct pattern *pattern, struct span text,
                                         size_t from, uint64_t deadline_ns,
                                         struct pattern_match *match_out)
{
    return search_by(search_windows, pattern, text, from, SPAN_NONE, deadline_ns, match_out);
}

enum pattern_result pattern_search_within(const struct pattern *pattern,
                                          const struct pattern_subject *subject, size_t from,
                                          size_t end, uint64_t deadline_ns,
                                          struct pattern_match *match_out)
{
    size_t most = subject->text.len + 1; /* an empty match may begin at the end */
    return search_by(NULL, pattern, subject->text, from, end < most ? end : most, deadline_ns,
                     match_out);
}

/* Made when the library is first asked: most patterns need it nowhere. */
struct pattern_matcher {
    OnigMatchParam *limits;
    OnigRegion *region;
};

struct pattern_matcher *pattern_matcher_new(void)
{
    return mem_alloc(sizeof(struct pattern_matcher));
}

static void make_ready(struct pattern_matcher *matcher)
{
    if (matcher->limits)
        return;
    matcher->limits = limits_new();
    matcher->region = onig_region_new();
    if (!matcher->region || onig_region_resize(matcher->region, PATTERN_GROUPS_MAX) != ONIG_NORMAL)
        abort();
}

void pattern_matcher_free(struct pattern_matcher **slot)
{
    struct pattern_matcher *matcher = *slot;
    if (!matcher)
        return;
    *slot = NULL;
    if (matcher->limits) {
        onig_free_match_param(matcher->limits);
        onig_region_free(matcher->region, 1);
    }
    free(matcher);
}

enum pattern_result pattern_match_at(const struct pattern *pattern, struct pattern_matcher *matcher,
                                     struct span text, size_t at, struct pattern_match *match_out)
{
    if (at > text.len)
        return PATTERN_NOT_FOUND;
    enum steps_result taken =
        pattern->steps ? steps_match(pattern->steps, text, at, match_out) : STEPS_NOT_KNOWN;
    if (taken != STEPS_NOT_KNOWN)
        return taken == STEPS_FOUND ? PATTERN_FOUND : PATTERN_NOT_FOUND;
    if (text.len > INT32_MAX)
        return PATTERN_OVER_LIMIT;
    make_ready(matcher);
    int begin = match_at(pattern, text, at, matcher->region, matcher->limits);
    if (begin < 0)
        return begin == ONIG_MISMATCH ? PATTERN_NOT_FOUND : PATTERN_OVER_LIMIT;
    copy_groups(pattern, matcher->region, match_out);
    return PATTERN_FOUND;
}

/* So far ahead a match finds out for itself that it is none. */
#define AHEAD_LEAST 24u
/* To look through all of the text is worth it for so many starts. */
#define AHEAD_OFTEN 64u

bool pattern_may_begin(const struct pattern *pattern, const struct pattern_subject *subject,
                       size_t at, struct pattern_ahead *ahead)
{
    const struct hint *hint = &pattern->hint;
    enum hint_text kind = (enum hint_text)subject->kind;
    bool far = hint->before == HINT_FAR;
    if (!has_hint(pattern, kind) || hint->before < AHEAD_LEAST ||
        (far && ++ahead->asked < AHEAD_OFTEN))
        return true;
    size_t end = far ? subject->text.len : at + most_before(pattern, kind) + hint->run;
    if (!ahead->found || ahead->run < at) {
        size_t from = ahead->seen > at ? ahead->seen : at;
        ahead->run = hint_find(hint, span_sub(subject->text, 0, end), from);
        ahead->found = ahead->run != SPAN_NONE;
        ahead->seen = ahead->found ? ahead->run + 1 : end + 1 - (hint->run < end ? hint->run : end);
    }
    return ahead->found && ahead->run + hint->run <= end;
}
