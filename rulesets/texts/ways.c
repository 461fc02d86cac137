/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/texts/ways.h"

#include "engine/base/utf8.h"
#include "engine/message/codecs/codec_charset.h"
#include "engine/message/codecs/codec_folded.h"
#include "engine/message/codecs/codec_source.h"
#include "engine/message/codecs/codec_turned.h"

static struct way folded(struct view *view, uint64_t off, uint64_t len)
{
    struct way way = {view_as_folded(view), off, len};
    if (way.view != view)
        folded_range(way.view, off, len, &way.off, &way.len);
    return way;
}

static size_t add(struct way *ways, struct view *view, uint64_t off, uint64_t len)
{
    if (view->is_bytes && !utf8_is_valid(span_sub(view->text, off, len))) {
        view = view_open(view, off, len, &codec_charset, view->part, NULL);
        off = 0;
        len = view->text.len;
    }
    bool whole = off == 0 && len == view->text.len;
    struct view *turned = whole ? view_as_turned(view) : NULL;
    ways[0] = folded(view, off, len);
    if (turned)
        ways[1] = folded(turned, 0, turned->text.len);
    return turned ? 2 : 1;
}

size_t ways_of(struct view *view, uint64_t off, uint64_t len, struct way ways[WAYS_MAX])
{
    size_t count = add(ways, view, off, len);
    struct view *source = view_source(view);
    if (!source)
        return count;
    source_range(source, off, len, &off, &len);
    return count + add(ways + count, source, off, len);
}
