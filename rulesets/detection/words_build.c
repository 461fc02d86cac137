/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/words_build.h"

#include "engine/base/buf.h"
#include "engine/base/mem.h"
#include "engine/base/utf8.h"
#include "engine/message/codecs/comparable.h"

#include <stdlib.h>

/* A text as it is compared. */
struct term {
    size_t index; /* in the list of texts */
    struct span text;
};

/* The terms that begin with what leads to a node. */
struct range {
    uint32_t first, end;
    uint32_t depth;
};

struct build {
    struct words *words;
    struct term *terms; /* sorted, different, none empty */
    size_t count;
    struct range *ranges; /* by node */
    uint32_t nodes;
};

/* Without blanks at the ends, and one for each run of them. */
static struct span compared(struct span text, bool caseless, struct arena *arena)
{
    struct buf out = BUF_INIT;
    uint32_t code, codes[COMPARABLE_MAX];
    bool blank = true;
    for (size_t off = 0, len; off < text.len; off += len) {
        len = utf8_decode(span_from(text, off), &code);
        if (len == 0) {
            len = 1;
            code = 0xfffd;
        }
        size_t count = comparable_of(code, caseless, codes);
        if (count == 0 || (codes[0] == ' ' && blank))
            continue;
        blank = codes[0] == ' ';
        for (size_t i = 0; i < count; i++) {
            char bytes[UTF8_MAX];
            buf_add(&out, span_of(bytes, utf8_encode(codes[i], bytes)));
        }
    }
    if (out.len > 0 && blank)
        out.len--;
    struct span kept = arena_copy(arena, buf_span(&out));
    buf_fini(&out);
    return kept;
}

static int by_text(const void *a, const void *b)
{
    const struct term *x = a, *y = b;
    size_t len = x->text.len < y->text.len ? x->text.len : y->text.len;
    int order = memcmp(x->text.ptr, y->text.ptr, len);
    if (order == 0)
        order = x->text.len < y->text.len ? -1 : x->text.len > y->text.len;
    return order != 0 ? order : x->index < y->index ? -1 : x->index > y->index;
}

/* Numbers the different terms; returns the bytes of all. */
static size_t number_terms(struct build *build)
{
    struct words *words = build->words;
    size_t bytes = 0, kept = 0;
    qsort(build->terms, build->count, sizeof *build->terms, by_text);
    for (size_t i = 0; i < build->count; i++) {
        struct term *term = &build->terms[i];
        if (term->text.len == 0 || term->text.len > WORDS_LONGEST)
            continue;
        if (kept == 0 || !span_equal(build->terms[kept - 1].text, term->text)) {
            bytes += term->text.len;
            build->terms[kept++] = *term;
        }
        words->numbers[term->index] = (uint32_t)kept - 1;
    }
    build->count = words->count = kept;
    return bytes;
}

static void add_children(struct build *build, uint32_t node)
{
    struct words *words = build->words;
    struct range range = build->ranges[node];
    uint32_t at = range.first;
    words->word[node] = WORD_NONE;
    if (at < range.end && build->terms[at].text.len == range.depth)
        words->word[node] = at++;
    words->children[node] = build->nodes;
    while (at < range.end) {
        char c = build->terms[at].text.ptr[range.depth];
        uint32_t first = at;
        while (at < range.end && build->terms[at].text.ptr[range.depth] == c)
            at++;
        words->bytes[build->nodes] = (unsigned char)c;
        build->ranges[build->nodes++] = (struct range){first, at, range.depth + 1};
    }
    words->child_counts[node] = (uint16_t)(build->nodes - words->children[node]);
}

static uint32_t child_of(const struct words *words, uint32_t node, unsigned char c)
{
    const unsigned char *bytes = words->bytes + words->children[node];
    const unsigned char *at = memchr(bytes, c, words->child_counts[node]);
    return at ? words->children[node] + (uint32_t)(at - bytes) : 0;
}

static void link_children(struct words *words, uint32_t node)
{
    for (uint32_t i = 0; i < words->child_counts[node]; i++) {
        uint32_t child = words->children[node] + i, fail = 0;
        if (node != 0) {
            uint32_t at = words->fails[node];
            while ((fail = child_of(words, at, words->bytes[child])) == 0 && at != 0)
                at = words->fails[at];
        }
        words->fails[child] = fail;
        words->shorter[child] = words->word[fail] != WORD_NONE ? fail : words->shorter[fail];
    }
}

static void set_root(struct words *words)
{
    for (uint32_t i = 0; i < words->child_counts[0]; i++)
        words->root[words->bytes[words->children[0] + i]] = words->children[0] + i;
    for (unsigned c = 0; c < 0x80; c++) {
        uint32_t code[COMPARABLE_MAX];
        (void)comparable_of(c, words->caseless, code);
        words->idle[c] = words->root[code[0]] == 0;
    }
}

static void build_nodes(struct build *build, size_t bytes, struct arena *arena)
{
    struct words *words = build->words;
    size_t most = bytes + 1;
    words->bytes = ARENA_ARRAY(arena, most, unsigned char);
    words->children = ARENA_ARRAY(arena, most, uint32_t);
    words->child_counts = ARENA_ARRAY(arena, most, uint16_t);
    words->fails = ARENA_ARRAY(arena, most, uint32_t);
    words->word = ARENA_ARRAY(arena, most, uint32_t);
    words->shorter = ARENA_ARRAY(arena, most, uint32_t);
    build->ranges = mem_alloc(most * sizeof *build->ranges);
    build->ranges[0] = (struct range){0, (uint32_t)build->count, 0};
    build->nodes = 1;
    for (uint32_t node = 0; node < build->nodes; node++)
        add_children(build, node);
    for (uint32_t node = 0; node < build->nodes; node++)
        link_children(words, node);
    free(build->ranges);
}

struct words *words_new(const struct span *texts, size_t count, bool caseless, struct arena *arena)
{
    struct words *words = ARENA_NEW(arena, struct words);
    struct build build = {.words = words, .count = count};
    words->caseless = caseless;
    words->numbers = ARENA_ARRAY(arena, count, uint32_t);
    build.terms = mem_alloc((count + 1) * sizeof *build.terms);
    for (size_t i = 0; i < count; i++) {
        build.terms[i] = (struct term){i, compared(texts[i], caseless, arena)};
        words->numbers[i] = WORD_NONE;
    }
    size_t bytes = number_terms(&build);
    words->lengths = ARENA_ARRAY(arena, words->count, uint32_t);
    words->texts = ARENA_ARRAY(arena, words->count, struct span);
    for (size_t i = 0; i < words->count; i++) {
        words->texts[i] = build.terms[i].text;
        words->lengths[i] = (uint32_t)build.terms[i].text.len;
    }
    words_add_begins(words, arena);
    build_nodes(&build, bytes, arena);
    set_root(words);
    free(build.terms);
    return words;
}
