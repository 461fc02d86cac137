/* SPDX-License-Identifier: Apache-2.0 */
#include "config/reader/node.h"
#include "engine/base/ascii.h"

/* Longer words are not worth a guess. */
#define WORD_MAX 48

static char folded(char c)
{
    return c == ' ' || c == '-' ? '_' : ascii_lower(c);
}

bool same_word(struct span a, const char *b)
{
    size_t i = 0;
    for (; i < a.len && b[i]; i++) {
        if (folded(a.ptr[i]) != folded(b[i]))
            return false;
    }
    return i == a.len && !b[i];
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Edit distance in which exchanging two neighbours is one step, as people mistype. */
static size_t distance(struct span a, struct span b)
{
    size_t rows[3][WORD_MAX + 1];
    for (size_t j = 0; j <= b.len; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i - 1) % 3];
        const size_t *twice = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            char x = folded(a.ptr[i - 1]);
            char y = folded(b.ptr[j - 1]);
            row[j] = least(above[j - 1] + (x != y), least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && x == folded(b.ptr[j - 2]) && folded(a.ptr[i - 2]) == y)
                row[j] = least(row[j], twice[j - 2] + 1);
        }
    }
    return rows[a.len % 3][b.len];
}

/* How far off a word of that length may be: short words are near to everything. */
static size_t tolerance(size_t len)
{
    return len <= 4 ? 1 : len <= 8 ? 2 : 3;
}

/* A word that breaks off ("warn") is worth a guess when there is no better one. */
static bool begins(struct span word, struct span name)
{
    return word.len >= 3 && word.len < name.len && distance(word, span_sub(name, 0, word.len)) == 0;
}

const char *suggest(struct span word, const char *const *names)
{
    const char *best = NULL;
    size_t best_distance = SIZE_MAX;
    if (word.len == 0 || word.len > WORD_MAX)
        return NULL;
    for (size_t i = 0; names[i]; i++) {
        struct span name = span_str(names[i]);
        if (name.len > WORD_MAX)
            continue;
        size_t d = distance(word, name);
        if (d > tolerance(least(word.len, name.len)))
            d = begins(word, name) ? WORD_MAX : SIZE_MAX;
        if (d < best_distance) {
            best = names[i];
            best_distance = d;
        }
    }
    return best;
}
