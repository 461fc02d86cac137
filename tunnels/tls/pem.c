/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/tls/pem.h"

static const struct span begin = SPAN_INIT("-----BEGIN ");
static const struct span finish = SPAN_INIT("-----END ");
static const struct span dashes = SPAN_INIT("-----");

bool pem_next(struct span *rest, struct pem_block *out)
{
    size_t start = span_find(*rest, begin);
    if (start == SPAN_NONE)
        return false;
    struct span text = span_from(*rest, start);
    struct span label = span_from(text, begin.len);
    size_t label_len = span_find(label, dashes);
    if (label_len == SPAN_NONE)
        return false;
    label = span_sub(label, 0, label_len);
    size_t end = span_find(text, finish);
    if (end == SPAN_NONE)
        return false;
    struct span tail = span_from(text, end + finish.len);
    size_t close = span_find(tail, dashes);
    if (close == SPAN_NONE)
        return false;
    size_t len = end + finish.len + close + dashes.len;
    *out = (struct pem_block){label, span_sub(text, 0, len)};
    *rest = span_from(text, len);
    return true;
}

bool pem_next_of(struct span *rest, struct span words, struct pem_block *out)
{
    while (pem_next(rest, out)) {
        if (span_ends_nocase(out->label, words))
            return true;
    }
    return false;
}
