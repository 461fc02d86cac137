/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pattern: a compiled regular expression (Oniguruma's Ruby syntax), the one door to that library.
 * Compile and free on the main thread only; search from any thread, forward only, with limits for
 * each search. A limit that is hit is an outcome of its own, never "no match" (DESIGN promise 5).
 */
#ifndef CULVERT_PATTERN_PATTERN_H
#define CULVERT_PATTERN_PATTERN_H

#include "engine/base/error.h"
#include "engine/base/span.h"

#define PATTERN_GROUPS_MAX 32 /* groups that a match hands out, 0 (the whole) included */

struct pattern;

/* What the text is: PATTERN_UTF8 wants valid UTF-8, PATTERN_BYTES takes any octets. */
enum pattern_text { PATTERN_UTF8, PATTERN_BYTES };

struct pattern_match {
    size_t count; /* groups, 0 included */
    struct {
        size_t off; /* SPAN_NONE: the group took no part */
        size_t len;
    } group[PATTERN_GROUPS_MAX];
};

enum pattern_result { PATTERN_FOUND, PATTERN_NOT_FOUND, PATTERN_OVER_LIMIT };

void pattern_library_init(void); /* in main, before any thread and any other call */
const char *pattern_library_version(void);

/* On failure `err` has Oniguruma's message and "at offset N" where it names a place. */
struct pattern *pattern_new(struct span source, enum pattern_text text, struct error *err) MUST_USE;
void pattern_free(struct pattern **pattern);

struct span pattern_source(const struct pattern *pattern);
size_t pattern_group_count(const struct pattern *pattern); /* group 0 included */
/* Number of the named group, or -1; names in order of group number by index. */
int pattern_group_by_name(const struct pattern *pattern, struct span name);
/* Name of group `n`, or an empty span. */
struct span pattern_group_name(const struct pattern *pattern, size_t n);

/* A text that is searched several times: what there is to know of it is found out once. */
struct pattern_subject {
    struct span text;
    int kind; /* enum hint_text */
};
struct pattern_subject pattern_subject(struct span text);
/* The same where text_traits() of it are known. */
struct pattern_subject pattern_subject_with(struct span text, unsigned traits);
/* The same where it is known that no byte is above 0x7f. */
struct pattern_subject pattern_subject_ascii(struct span text);

/* First match at or behind `from`. Text before `from` is seen by look-behind. `deadline_ns` as of
 * CLOCK_MONOTONIC (0: none) bounds long texts: past it the result is PATTERN_OVER_LIMIT. */
enum pattern_result pattern_search(const struct pattern *pattern, struct span text, size_t from,
                                   uint64_t deadline_ns, struct pattern_match *match_out);
enum pattern_result pattern_search_in(const struct pattern *pattern,
                                      const struct pattern_subject *subject, size_t from,
                                      uint64_t deadline_ns, struct pattern_match *match_out);

/* The first match that begins at or behind `from` and before `end`: the one that a search of the
 * whole text from `from` on finds if it begins there. */
enum pattern_result pattern_search_within(const struct pattern *pattern,
                                          const struct pattern_subject *subject, size_t from,
                                          size_t end, uint64_t deadline_ns,
                                          struct pattern_match *match_out);

/* What matching at single places needs, made once for many. One thread. */
struct pattern_matcher;
struct pattern_matcher *pattern_matcher_new(void);
void pattern_matcher_free(struct pattern_matcher **matcher);

/* The match that begins at `at`, the start of a character, as a search finds it there. */
enum pattern_result pattern_match_at(const struct pattern *pattern, struct pattern_matcher *matcher,
                                     struct span text, size_t at, struct pattern_match *match_out);

/* Where what every match must contain stands, for starts that ascend; all 0 at first. */
struct pattern_ahead {
    bool found;
    size_t run;  /* the first place behind the last start, where it was found */
    size_t seen; /* so far was looked */
    size_t asked;
};

/* false: no match can begin at `at`. Each byte of the text is looked at once, however many starts
 * are asked for; not at all where a match is short, or nothing is known of it, and where it may be
 * of any length only once many starts were asked for. */
bool pattern_may_begin(const struct pattern *pattern, const struct pattern_subject *subject,
                       size_t at, struct pattern_ahead *ahead);

/* A search by the library alone, without our short cuts, for tests. */
enum pattern_result pattern_search_plain(const struct pattern *pattern, struct span text,
                                         size_t from, uint64_t deadline_ns,
                                         struct pattern_match *match_out);

#endif
