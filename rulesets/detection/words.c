/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/words.h"

#include "engine/base/clock.h"
#include "engine/base/utf8.h"
#include "engine/message/codecs/comparable.h"
#include "rulesets/detection/words_build.h"

#define LATE_EVERY ((size_t)64 << 10) /* bytes between two looks at the clock */

size_t words_count(const struct words *words)
{
    return words->count;
}

uint32_t words_number(const struct words *words, size_t index)
{
    return words->numbers[index];
}

static uint32_t child_of(const struct words *words, uint32_t node, unsigned char c)
{
    if (node == 0)
        return words->root[c];
    const unsigned char *bytes = words->bytes + words->children[node];
    const unsigned char *at = memchr(bytes, c, words->child_counts[node]);
    return at ? words->children[node] + (uint32_t)(at - bytes) : 0;
}

/* One pass. `ring` has where in the text the last WORDS_LONGEST compared bytes come from. */
struct pass {
    const struct words *words;
    struct span text;
    words_found *found;
    void *arg;
    uint32_t state;
    size_t at; /* compared bytes so far */
    bool blank;
    uint32_t ring[WORDS_LONGEST];
    bool first[WORDS_LONGEST]; /* the byte is the first of its character */
};

static bool tell(struct pass *pass, size_t end)
{
    const struct words *words = pass->words;
    uint32_t node = pass->state;
    if (words->word[node] == WORD_NONE)
        node = words->shorter[node];
    for (; node != 0; node = words->shorter[node]) {
        uint32_t word = words->word[node];
        size_t start = (pass->at - words->lengths[word]) % WORDS_LONGEST;
        if (!pass->first[start])
            continue;
        struct word_hit hit = {word, pass->ring[start], (uint32_t)end - pass->ring[start]};
        if (!pass->found(&hit, pass->arg))
            return false;
    }
    return true;
}

static void step(struct pass *pass, unsigned char c, size_t off, bool first)
{
    const struct words *words = pass->words;
    uint32_t node = pass->state, next;
    while ((next = child_of(words, node, c)) == 0 && node != 0)
        node = words->fails[node];
    pass->state = next;
    pass->ring[pass->at % WORDS_LONGEST] = (uint32_t)off;
    pass->first[pass->at % WORDS_LONGEST] = first;
    pass->at++;
}

/* Feeds one character; whether something may end with it. */
static bool feed(struct pass *pass, uint32_t code, size_t off)
{
    uint32_t codes[COMPARABLE_MAX];
    size_t count = comparable_of(code, pass->words->caseless, codes);
    if (count == 0 || (codes[0] == ' ' && pass->blank))
        return false;
    pass->blank = codes[0] == ' ';
    for (size_t i = 0; i < count; i++) {
        char bytes[UTF8_MAX];
        size_t len = utf8_encode(codes[i], bytes);
        for (size_t k = 0; k < len; k++)
            step(pass, (unsigned char)bytes[k], off, i + k == 0);
    }
    return true;
}

/* Past bytes of ASCII at which no word begins. */
static size_t skip(const struct words *words, struct span text, size_t off)
{
    while (off < text.len && words->idle[(unsigned char)text.ptr[off]])
        off++;
    return off;
}

enum words_result words_scan(const struct words *words, struct span text, uint64_t deadline_ns,
                             words_found *found, void *arg)
{
    struct pass pass;
    pass.words = words;
    pass.text = text;
    pass.found = found;
    pass.arg = arg;
    pass.state = 0;
    pass.at = 0;
    pass.blank = false;
    size_t look = LATE_EVERY;
    for (size_t off = 0; off < text.len;) {
        if (pass.state == 0) {
            size_t next = skip(words, text, off);
            pass.blank = pass.blank && next == off;
            off = next;
            if (off == text.len)
                break;
        }
        uint32_t code;
        size_t len = utf8_decode(span_from(text, off), &code);
        if (len == 0) {
            len = 1;
            code = 0xfffd;
        }
        bool fed = feed(&pass, code, off);
        off += len;
        if (fed && !tell(&pass, off))
            return WORDS_ENOUGH;
        if (off >= look) {
            if (clock_is_past(deadline_ns))
                return WORDS_LATE;
            look = off + LATE_EVERY;
        }
    }
    return WORDS_DONE;
}

struct whole {
    struct span text;
    words_found *found;
    void *arg;
};

static bool find_whole(const struct word_hit *hit, void *arg)
{
    const struct whole *whole = arg;
    return !word_is_whole(whole->text, hit->off, hit->len) || whole->found(hit, whole->arg);
}

enum words_result words_scan_any_whole(const struct words *words, struct span text,
                                       uint64_t deadline_ns, words_found *found, void *arg)
{
    struct whole whole = {text, found, arg};
    return words_scan(words, text, deadline_ns, find_whole, &whole);
}

static uint32_t code_before(struct span text, size_t off)
{
    uint32_t code = ' ';
    if (off > 0)
        (void)utf8_decode(span_from(text, utf8_floor(text, off - 1)), &code);
    return code;
}

static uint32_t code_at(struct span text, size_t off)
{
    uint32_t code = ' ';
    if (off < text.len)
        (void)utf8_decode(span_from(text, off), &code);
    return code;
}

bool word_is_whole(struct span text, size_t off, size_t len)
{
    if (len == 0)
        return false;
    if (comparable_joins(code_at(text, off)) && comparable_joins(code_before(text, off)))
        return false;
    size_t end = off + len;
    return !comparable_joins(code_before(text, end)) || !comparable_joins(code_at(text, end));
}

bool word_stands_apart(struct span text, size_t off, size_t len)
{
    return !comparable_joins(code_before(text, off)) && !comparable_joins(code_at(text, off + len));
}
