/* SPDX-License-Identifier: Apache-2.0 */
/*
 * words: many words (keywords, terms of dictionaries) found in one pass over a text: an automaton
 * of Aho and Corasick over the text as comparable.h has it, begun only where the first bytes of a
 * word may stand. Runs of blanks and line ends count as one blank. Made with the policy, in its
 * arena; immutable; any thread.
 */
#ifndef CULVERT_RULESETS_DETECTION_WORDS_H
#define CULVERT_RULESETS_DETECTION_WORDS_H

#include "engine/base/arena.h"
#include "engine/base/attrs.h"

#define WORDS_LONGEST                                                                              \
    1024u /* bytes of a word as it is compared; longer ones are not looked for                     \
           */
#define WORD_NONE UINT32_MAX

struct buf;
struct words;

/* `texts`: valid UTF-8. Equal ones (as they are compared) are one word. */
struct words *words_new(const struct span *texts, size_t count, bool caseless, struct arena *arena);

/* Different words. */
size_t words_count(const struct words *words);

/* The number of the word that texts[index] is, from 0; WORD_NONE: nothing is left of it when it is
 * compared, or it is too long. */
uint32_t words_number(const struct words *words, size_t index);

struct word_hit {
    uint32_t word;
    uint32_t off, len; /* in the text that was scanned */
};

/* false: that is enough, the scan ends. */
typedef bool words_found(const struct word_hit *hit, void *arg);

enum words_result { WORDS_DONE, WORDS_ENOUGH, WORDS_LATE };

/* `text`: valid UTF-8 of less than 4 GiB. Hits come in any order, wherever they stand: in the
 * middle of other words too. Time is in proportion to the text and the hits, whatever the words. */
enum words_result words_scan(const struct words *words, struct span text, uint64_t deadline_ns,
                             words_found *found, void *arg) MUST_USE;

/* The same for words that are no part of longer ones (word_is_whole) alone. */
enum words_result words_scan_whole(const struct words *words, struct span text,
                                   uint64_t deadline_ns, words_found *found, void *arg) MUST_USE;

/* The same by the automaton alone, slower: for tests. */
enum words_result words_scan_any_whole(const struct words *words, struct span text,
                                       uint64_t deadline_ns, words_found *found,
                                       void *arg) MUST_USE;

/* Adds `text` as it is compared: without blanks at the ends, and one for each run of them. Returns
 * how many bytes that are; words have up to WORDS_LONGEST. */
size_t words_compared(struct span text, bool caseless, struct buf *out);

/* Whether no letter, digit or '_' stands next to text [off, off + len) that would make a longer
 * word with the one inside. */
bool word_is_whole(struct span text, size_t off, size_t len);

/* The same whatever stands inside: no letter, digit or '_' is next to it. */
bool word_stands_apart(struct span text, size_t off, size_t len);

#endif
