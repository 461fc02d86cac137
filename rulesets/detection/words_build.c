/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/words_build.h"

#include "engine/base/buf.h"
#include "engine/base/mem.h"
#include "engine/base/utf8.h"
#include "engine/message/codecs/comparable.h"

#include <stdlib.h>

/* A text as it is compared. */
struct term {
    uint64_t head;  /* its first eight bytes, for sorting */
    uint32_t index; /* in the list of texts */
};

/* The words that begin with what leads to a node. */
struct range {
    uint32_t first, end;
};

struct build {
    struct words *words;
    struct buf raw;  /* all texts, as they are compared */
    size_t *offsets; /* of each in `raw`; one more behind the last */
    struct term *terms;
    size_t count;
    struct range *ranges; /* by node */
    uint32_t nodes;
};

static void add_comparable(const uint32_t *codes, size_t count, struct buf *out)
{
    for (size_t i = 0; i < count; i++) {
        char bytes[UTF8_MAX];
        if (codes[i] < 0x80)
            buf_add_byte(out, (char)codes[i]);
        else
            buf_add(out, span_of(bytes, utf8_encode(codes[i], bytes)));
    }
}

size_t words_compared(struct span text, bool caseless, struct buf *out)
{
    uint32_t code, codes[COMPARABLE_MAX];
    size_t before = out->len;
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
        add_comparable(codes, count, out);
    }
    if (out->len > before && blank)
        out->len--;
    return out->len - before;
}

/* What nearly all text above ASCII is made of need not be taken apart each time. */
static void add_characters(struct words *words, struct arena *arena)
{
    uint32_t codes[COMPARABLE_MAX];
    struct buf bytes = BUF_INIT;
    for (uint32_t c = 0; c < ARRAY_LEN(words->plain); c++) {
        (void)comparable_of(c, words->caseless, codes);
        words->plain[c] = (unsigned char)codes[0];
    }
    words->above = ARENA_ARRAY(arena, WORDS_ABOVE_COUNT, struct words_above);
    for (uint32_t c = 0x80; c < 0x3100; c++) {
        uint32_t index = words_above_index(c);
        if (index == WORDS_ABOVE_COUNT)
            continue;
        struct words_above *above = &words->above[index];
        bytes.len = 0;
        add_comparable(codes, comparable_of(c, words->caseless, codes), &bytes);
        above->joins = comparable_joins(c);
        above->size = bytes.len > WORDS_ABOVE_BYTES ? WORDS_ABOVE_MORE : (unsigned char)bytes.len;
        if (bytes.len > 0 && bytes.len <= WORDS_ABOVE_BYTES)
            memcpy(above->bytes, bytes.ptr, bytes.len);
    }
    buf_fini(&bytes);
}

static struct span text_of(const struct build *build, const struct term *term)
{
    const size_t *at = build->offsets + term->index;
    return span_of(build->raw.ptr + at[0], at[1] - at[0]);
}

static uint64_t head_of(struct span text)
{
    uint64_t head = 0;
    for (size_t i = 0; i < sizeof head; i++)
        head = head << 8 | (i < text.len ? (unsigned char)text.ptr[i] : 0);
    return head;
}

static int compare(struct span a, struct span b)
{
    int order = memcmp(a.ptr, b.ptr, a.len < b.len ? a.len : b.len);
    return order != 0 ? order : a.len < b.len ? -1 : a.len > b.len;
}

static int by_text(const void *a, const void *b, void *arg)
{
    const struct build *build = arg;
    const struct term *x = a, *y = b;
    if (x->head != y->head)
        return x->head < y->head ? -1 : 1;
    int order = compare(text_of(build, x), text_of(build, y));
    return order != 0 ? order : x->index < y->index ? -1 : x->index > y->index;
}

static void gather(struct build *build, const struct span *texts, size_t count)
{
    build->offsets = mem_alloc((count + 1) * sizeof *build->offsets);
    build->terms = mem_alloc((count + 1) * sizeof *build->terms);
    for (size_t i = 0; i < count; i++) {
        build->words->numbers[i] = WORD_NONE;
        size_t len = words_compared(texts[i], build->words->caseless, &build->raw);
        build->offsets[i + 1] = build->raw.len;
        if (len > 0 && len <= WORDS_LONGEST)
            build->terms[build->count++] = (struct term){
                head_of(span_from(buf_span(&build->raw), build->offsets[i])), (uint32_t)i};
    }
    qsort_r(build->terms, build->count, sizeof *build->terms, by_text, build);
}

/* Numbers the different ones and keeps their bytes. */
static void number_words(struct build *build, struct arena *arena)
{
    struct words *words = build->words;
    size_t bytes = 0, kept = 0;
    for (size_t i = 0; i < build->count; i++) {
        struct term *term = &build->terms[i];
        struct span text = text_of(build, term);
        if (kept == 0 || !span_equal(text_of(build, &build->terms[kept - 1]), text)) {
            bytes += text.len;
            build->terms[kept++] = *term;
        }
        words->numbers[term->index] = (uint32_t)kept - 1;
    }
    words->count = kept;
    words->pool = arena_alloc(arena, bytes);
    words->starts = ARENA_ARRAY(arena, kept + 1, size_t);
    for (size_t i = 0, at = 0; i < kept; i++) {
        struct span text = text_of(build, &build->terms[i]);
        memcpy(words->pool + at, text.ptr, text.len);
        words->starts[i] = at;
        words->starts[i + 1] = at += text.len;
    }
}

static size_t in_common(struct span a, struct span b)
{
    size_t i = 0;
    while (i < a.len && i < b.len && a.ptr[i] == b.ptr[i])
        i++;
    return i;
}

/* Each word has nodes for what it has in common with a neighbour, and one more. */
static size_t count_nodes(const struct words *words)
{
    size_t nodes = 1, before = 0;
    for (size_t i = 0; i < words->count; i++) {
        struct span text = words_text(words, (uint32_t)i);
        size_t behind =
            i + 1 < words->count ? in_common(text, words_text(words, (uint32_t)i + 1)) : 0;
        size_t most = (before > behind ? before : behind) + 1;
        nodes += (most < text.len ? most : text.len) - before;
        before = behind;
    }
    return nodes;
}

static void add_children(struct build *build, uint32_t number)
{
    struct words *words = build->words;
    struct words_node *node = &words->nodes[number];
    struct range range = build->ranges[number];
    uint32_t at = range.first;
    node->word = WORD_NONE;
    if (number != 0 && range.end - range.first == 1) {
        node->word = at;
        node->children = (uint32_t)words_text(words, at).len - node->depth;
        return;
    }
    if (at < range.end && words_text(words, at).len == node->depth)
        node->word = at++;
    node->children = build->nodes;
    while (at < range.end) {
        char c = words_text(words, at).ptr[node->depth];
        uint32_t first = at;
        while (at < range.end && words_text(words, at).ptr[node->depth] == c)
            at++;
        words->bytes[build->nodes] = (unsigned char)c;
        words->nodes[build->nodes].depth = (uint16_t)(node->depth + 1);
        build->ranges[build->nodes++] = (struct range){first, at};
    }
    node->child_count = (uint16_t)(build->nodes - node->children);
}

static void link_node(struct words *words, uint32_t number)
{
    struct words_node *node = &words->nodes[number];
    bool has_tail = node->child_count == 0 && node->children > 0;
    node->ends = words->nodes[node->fail].ends;
    node->tails = words->nodes[node->fail].tails;
    if (number != 0 && has_tail)
        node->tails = number;
    else if (node->word != WORD_NONE)
        node->ends = number;
    for (uint32_t i = 0; i < node->child_count; i++) {
        uint32_t child = node->children + i, at = node->fail, fail = 0;
        while (number != 0 && (fail = words_child(words, at, words->bytes[child])) == 0 && at != 0)
            at = words->nodes[at].fail;
        words->nodes[child].fail = fail;
    }
}

static void build_nodes(struct build *build, struct arena *arena)
{
    struct words *words = build->words;
    size_t count = count_nodes(words);
    words->nodes = ARENA_ARRAY(arena, count, struct words_node);
    words->bytes = ARENA_ARRAY(arena, count, unsigned char);
    build->ranges = mem_alloc(count * sizeof *build->ranges);
    build->ranges[0] = (struct range){0, (uint32_t)words->count};
    build->nodes = 1;
    for (uint32_t node = 0; node < build->nodes; node++)
        add_children(build, node);
    for (uint32_t i = 0; i < words->nodes[0].child_count; i++)
        words->root[words->bytes[words->nodes[0].children + i]] = words->nodes[0].children + i;
    for (uint32_t node = 0; node < build->nodes; node++)
        link_node(words, node);
    free(build->ranges);
}

struct words *words_new(const struct span *texts, size_t count, bool caseless, struct arena *arena)
{
    struct words *words = ARENA_NEW(arena, struct words);
    struct build build = {.words = words, .raw = BUF_INIT};
    words->caseless = caseless;
    words->numbers = ARENA_ARRAY(arena, count, uint32_t);
    add_characters(words, arena);
    gather(&build, texts, count);
    number_words(&build, arena);
    free(build.terms);
    free(build.offsets);
    buf_fini(&build.raw);
    build_nodes(&build, arena);
    words_add_heads(words, arena);
    words_add_begins(words, arena);
    return words;
}

size_t words_count(const struct words *words)
{
    return words->count;
}

uint32_t words_number(const struct words *words, size_t index)
{
    return words->numbers[index];
}
