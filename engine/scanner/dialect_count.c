/* SPDX-License-Identifier: Apache-2.0 */
/* dialect_count: quantifiers. */
#include "engine/base/ascii.h"
#include "engine/scanner/dialect_parse.h"

#define COUNT_MAX 8000u /* of a repetition; the library holds some 32,000 bytes */

/* Digits up to COUNT_MAX. false: none, or more. */
static bool parse_number(struct parser *p, uint32_t *out)
{
    uint32_t value = 0;
    size_t began = p->at;
    for (; ascii_is_digit(peek(p, 0)) && value <= COUNT_MAX; p->at++)
        value = value * 10 + (uint32_t)(peek(p, 0) - '0');
    *out = value;
    return p->at > began && value <= COUNT_MAX;
}

/* Behind "{". Braces that are no count are letters to Oniguruma: not held. */
static bool parse_braces(struct parser *p, struct count *count)
{
    bool has_least = parse_number(p, &count->least);
    if (!has_least)
        count->least = 0;
    count->most = count->least;
    if (accept(p, ",")) {
        bool has_most = ascii_is_digit(peek(p, 0));
        if (has_most && !parse_number(p, &count->most))
            return false;
        if (!has_most && !has_least)
            return false;
        if (!has_most)
            count->most = COUNT_ANY;
    } else if (!has_least) {
        return false;
    }
    return accept(p, "}") && count->least <= count->most;
}

static struct count times(struct count a, struct count b)
{
    struct count product = {a.least * b.least, COUNT_ANY};
    if (a.most != COUNT_ANY && b.most != COUNT_ANY)
        product.most = a.most * b.most;
    return product;
}

/* What makes one reluctant or possessive changes which match
 * is taken, or takes some away: what is left is enough. "{n}?" is "(?:{n})?" in this syntax. */
struct count parse_count(struct parser *p)
{
    struct count all = {1, 1};
    for (unsigned levels = 0; !p->failed; levels++) {
        struct count count = {0, COUNT_ANY};
        bool marks = true;
        if (accept(p, "?")) {
            count.most = 1;
        } else if (accept(p, "+")) {
            count.least = 1;
        } else if (accept(p, "{")) {
            marks = false;
            if (!parse_braces(p, &count))
                parse_fail(p);
        } else if (!accept(p, "*")) {
            return all;
        }
        if (marks || count.least != count.most)
            (void)(accept(p, "?") || (marks && accept(p, "+")));
        all = times(all, count);
        bool too_many = all.least > COUNT_MAX || (all.most != COUNT_ANY && all.most > COUNT_MAX);
        if (levels > 2 || too_many)
            parse_fail(p);
    }
    return all;
}
