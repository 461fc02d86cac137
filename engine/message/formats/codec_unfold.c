/* SPDX-License-Identifier: Apache-2.0 */
/* codec_unfold: RFC 5545 section 3.1, and the soft line breaks of quoted-printable values. */
#include "engine/message/formats/content_line.h"

#include "engine/base/ascii.h"
#include "engine/message/codecs/stretches.h"
#include "engine/message/splice.h"

#define LINE_MOST 75u /* octets, without the line end */

/* How many bytes of line end stand at the end of the line. */
static size_t line_end(struct span line)
{
    if (line.len == 0 || line.ptr[line.len - 1] != '\n')
        return 0;
    return line.len > 1 && line.ptr[line.len - 2] == '\r' ? 2 : 1;
}

static void decode(struct view *view, struct span raw, const void *detail)
{
    struct stretches text;
    struct content_head head;
    view->is_bytes = view->parent->is_bytes;
    if (!stretches_begin(&text, view, raw))
        return;
    content_head_init(&head, *(const bool *)detail);
    for (size_t at = 0, next; at < raw.len && !stretches_is_over(&text); at = next) {
        size_t end = span_find_byte(span_from(raw, at), '\n');
        struct span line = span_sub(raw, at, end == SPAN_NONE ? raw.len : end + 1);
        size_t len = line.len - line_end(line);
        next = at + line.len;
        (void)content_head_add(&head, span_sub(line, 0, len));
        bool soft = head.quoted_printable && len > 0 && len < line.len && line.ptr[len - 1] == '=';
        if (soft) {
            stretches_keep(&text, at, len - 1, STRETCH_PLAIN);
        } else if (next < raw.len && ascii_is_blank(raw.ptr[next])) {
            stretches_keep(&text, at, len, STRETCH_PLAIN);
            next++;
        } else {
            stretches_keep(&text, at, line.len, STRETCH_PLAIN);
            content_head_reset(&head);
        }
    }
    stretches_end(&text);
    content_head_fini(&head);
}

/* Where to break what begins at `at`: not within a character, not within "=XX". */
static size_t break_at(struct span line, size_t at, size_t most, bool quoted_printable)
{
    size_t end = at + most;
    for (size_t i = 0; i < 3 && end > at + 4 && ((unsigned char)line.ptr[end] & 0xc0) == 0x80; i++)
        end--;
    for (size_t i = 1; quoted_printable && i <= 2; i++) {
        if (line.ptr[end - i] == '=')
            return end - i;
    }
    return end;
}

void content_line_fold(struct span line, bool quotes, struct bulk *out)
{
    struct content_line parts;
    size_t end_len = line_end(line), at = 0, column = 0;
    struct span end = end_len > 0 ? span_from(line, line.len - end_len) : SPAN("\r\n");
    struct span rest = span_sub(line, 0, line.len - end_len);
    content_line_parse(rest, quotes, &parts);
    bool quoted = parts.encoding == LINE_QUOTED_PRINTABLE;
    while (rest.len - at > LINE_MOST - column) {
        size_t stop = break_at(rest, at, LINE_MOST - 1 - column, quoted);
        bool soft = quoted && stop >= parts.value;
        bulk_add(out, span_sub(rest, at, stop - at));
        if (soft)
            bulk_add_byte(out, '=');
        bulk_add(out, end);
        if (!soft)
            bulk_add_byte(out, ' ');
        column = !soft;
        at = stop;
    }
    bulk_add(out, span_from(rest, at));
    bulk_add(out, span_sub(end, 0, end_len));
}

/* The lines of the text that the next edits touch. */
struct group {
    uint64_t from, end;
    size_t edits_end;
};

static uint64_t end_of_line(struct span text, uint64_t at)
{
    size_t end = span_find_byte(span_from(text, at), '\n');
    return end == SPAN_NONE ? text.len : at + end + 1;
}

static struct group next_group(const struct view *view, size_t first, uint64_t behind)
{
    struct span text = view->text;
    const struct edit *edit = &view->edits.items[first];
    struct span before = span_sub(text, behind, edit->off - behind);
    const char *start = before.len > 0 ? memrchr(before.ptr, '\n', before.len) : NULL;
    struct group group = {.from = start ? (uint64_t)(start + 1 - text.ptr) : behind};
    size_t i = first;
    for (; i < view->edits.count; i++) {
        edit = &view->edits.items[i];
        if (i > first && edit->off >= group.end && group.end < text.len)
            break;
        uint64_t last = edit->off + edit->len;
        if (i == first || last > group.end)
            group.end = end_of_line(text, edit->len > 0 ? last - 1 : last);
    }
    group.edits_end = i;
    return group;
}

static bool fold_lines(const struct view *view, struct span lines, bool at_start, struct bulk *out,
                       struct error *err)
{
    while (lines.len > 0) {
        struct span line = span_sub(lines, 0, end_of_line(lines, 0));
        if (ascii_is_blank(line.ptr[0]) && !at_start)
            return error_set(err,
                             "a line would begin with a blank and so belong to the one before");
        content_line_fold(line, *(const bool *)view->detail, out);
        lines = span_from(lines, line.len);
        at_start = false;
    }
    return true;
}

static bool write_group(struct view *view, struct group group, struct splice *splice,
                        struct error *err)
{
    const char *rule = splice_edit(splice)->rule;
    struct bulk changed, out;
    struct span piece, lines, with;
    uint64_t off, len;
    bulk_init(&changed, views_budget(view->views), (size_t)(group.end - group.from) + 128);
    splice->at = group.from;
    while (splice_next(splice, group.end, group.end == view->text.len, &piece))
        bulk_add(&changed, piece);
    if (!bulk_finish(&changed, &lines, err))
        return false;
    bulk_init(&out, views_budget(view->views), lines.len + lines.len / 16);
    if (!fold_lines(view, lines, group.from == 0, &out, err) || !bulk_finish(&out, &with, err))
        return false;
    stretches_origin(view, group.from, group.end - group.from, &off, &len);
    if (group.end == view->text.len)
        len = view->off + view->len - off;
    edits_add(
        &view->parent->edits,
        (struct edit){.off = off, .len = len, .with = with, .kind = EDIT_CODEC, .rule = rule});
    return true;
}

static bool encode(struct view *view, struct error *err)
{
    struct splice splice;
    uint64_t behind = 0;
    splice_init(&splice, view->text, &view->edits);
    while (splice_edit(&splice)) {
        struct group group = next_group(view, splice.next, behind);
        if (!write_group(view, group, &splice, err))
            return false;
        behind = group.end;
    }
    return true;
}

const struct codec codec_unfold = {"unfolded", decode, encode, stretches_origin};
