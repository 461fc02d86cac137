/* SPDX-License-Identifier: Apache-2.0 */
/* codec_charset: decoding, and the way back of offsets; writing back is in codec_charset_write.c.
 */
#include "engine/message/codecs/codec_charset.h"

#include "engine/base/ascii.h"
#include "engine/base/utf8.h"

#define PIECE ((size_t)64 << 10)
#define SAMPLE ((size_t)4096)

static const struct charset utf8 = {"utf8", NULL, NULL, CHARSET_UTF8, false, false};
static const struct charset latin1 = {"iso88591", NULL, NULL, CHARSET_LATIN1, false, false};
static const struct charset utf16 = {"utf16", NULL, NULL, CHARSET_UTF16, false, true};
static const struct charset utf32 = {"utf32", NULL, NULL, CHARSET_UTF32, false, true};
const struct charset charset_unknown = {"unknown", NULL, NULL, CHARSET_LATIN1, false, false};

const struct charset *part_charset(struct views *views, const struct part *part, bool *unknown_out)
{
    *unknown_out = false;
    struct span name = {NULL, 0};
    ambiguity_set found = 0;
    const struct param *param = params_find(&part->type, "charset");
    if (param)
        name = param->value;
    else
        name = params_find_extended(&part->type, "charset", views_arena(views), &found);
    if (!name.ptr || span_trim(name).len == 0)
        return NULL;
    const struct charset *charset = charset_find(name);
    *unknown_out = charset == NULL;
    return charset;
}

static bool is_wide(const struct charset *charset)
{
    return charset->kind == CHARSET_UTF16 || charset->kind == CHARSET_UTF32;
}

bool charset_lacks_order(const struct charset_state *state)
{
    return is_wide(state->charset) && !state->charset->has_order && state->skip == 0;
}

/* UTF-16 or UTF-32 shows by its mark or by its zeroes, which no other text has. NULL: neither. */
static const struct charset *wide(struct span raw)
{
    bool big;
    if (charset_mark(&utf32, raw, &big) > 0)
        return &utf32;
    if (charset_mark(&utf16, raw, &big) > 0)
        return &utf16;
    struct span sample = span_sub(raw, 0, SAMPLE);
    size_t zeroes[4] = {0, 0, 0, 0};
    if (span_find_byte(sample, '\0') == SPAN_NONE)
        return NULL;
    for (size_t i = 0; i < sample.len; i++)
        zeroes[i % 4] += sample.ptr[i] == '\0';
    size_t even = zeroes[0] + zeroes[2], odd = zeroes[1] + zeroes[3];
    if (sample.len < 4 || (even > odd ? even : odd) * 3 <= sample.len)
        return NULL;
    return (even + odd) * 3 > sample.len * 2 ? &utf32 : &utf16;
}

/* Every blank and line end of UTF-16 has a zero: without one, text that is nearly all ASCII is no
 * UTF-16, whatever it is called. */
static bool is_narrow(struct span raw)
{
    size_t ascii = 0;
    bool blank = false;
    for (size_t i = 0; i < raw.len; i++) {
        if (raw.ptr[i] == '\0')
            return false;
        ascii += (unsigned char)raw.ptr[i] < 0x80;
        blank = blank || ascii_is_space(raw.ptr[i]);
    }
    return (blank && ascii * 16 >= raw.len * 15) || (raw.len > 0 && ascii == raw.len);
}

/* How to read it where nothing usable is declared. What is ASCII behind a mark is no UTF-16. */
static const struct charset *undeclared(struct span raw)
{
    const struct charset *found = wide(raw);
    bool big;
    if (found && !is_narrow(span_from(raw, charset_mark(found, raw, &big))))
        return found;
    return charset_is_mostly_utf8(raw) ? &utf8 : &latin1;
}

static void note(struct view *view, enum ambiguity what, uint64_t off)
{
    uint64_t len = 0;
    view_origin(view->parent, view->off + off, 1, &off, &len);
    map_note(views_map(view->views), what, view->part->index, off);
}

static const struct charset *choose(struct view *view, struct span raw,
                                    const struct charset *declared)
{
    if (!declared) {
        const struct charset *guess = undeclared(raw), *found = wide(raw);
        if (found && guess != found)
            note(view, AMBIGUITY_BAD_CHARSET_BYTES, 0);
        return guess;
    }
    if (declared == &charset_unknown && charset_is_plain(raw))
        return &utf8;
    if (declared == &charset_unknown) {
        view->uninspected = UNINSPECTED_CHARSET;
        view->read_only = "the charset of this text is not known";
        note(view, AMBIGUITY_UNKNOWN_CHARSET, 0);
        return &latin1;
    }
    if (is_wide(declared) && is_narrow(raw)) {
        note(view, AMBIGUITY_BAD_CHARSET_BYTES, 0);
        return charset_is_mostly_utf8(raw) ? &utf8 : &latin1;
    }
    const struct charset *found = declared->kind <= CHARSET_ASCII ? wide(raw) : NULL;
    if (found) {
        note(view, AMBIGUITY_BAD_CHARSET_BYTES, 0);
        return found;
    }
    if (declared->kind != CHARSET_ASCII)
        return declared;
    if (charset_is_mostly_utf8(raw))
        return &utf8;
    if (charset_bad_matters(&utf8, raw))
        note(view, AMBIGUITY_BAD_CHARSET_BYTES, ascii_prefix(raw));
    return &latin1;
}

bool charset_is_guessed_alike(const struct charset_state *state, struct span octets)
{
    const struct charset *declared = state->declared;
    if (declared && is_wide(declared) && !is_narrow(octets))
        return state->charset == declared;
    if (declared && declared->kind != CHARSET_ASCII)
        return !is_wide(declared);
    const struct charset *found = wide(octets);
    return (found ? found : undeclared(octets)) == state->charset;
}

/* Where to cut a text with states: behind a line end, where the state should be the first. What is
 * not longer than `tried` was not enough for a character. */
static size_t cut(const struct charset_state *state, struct span rest, size_t tried)
{
    size_t most = PIECE + tried;
    if (rest.len <= most)
        return rest.len;
    if (state->charset->kind != CHARSET_STATEFUL)
        return most;
    const char *end = memrchr(rest.ptr + tried, '\n', PIECE);
    return end ? (size_t)(end + 1 - rest.ptr) : most;
}

static void convert(struct view *view, struct charset_state *state, struct span raw)
{
    struct bulk out;
    size_t bad = SIZE_MAX, tried = 0;
    bulk_init(&out, views_budget(view->views), raw.len + raw.len / 2);
    for (size_t at = 0; at < raw.len;) {
        struct span rest = span_from(raw, at);
        struct span piece = span_sub(rest, 0, cut(state, rest, tried));
        size_t bad_at;
        size_t used =
            converter_decode(state->converter, piece, piece.len < rest.len, &out, &bad_at);
        if (bad_at != SIZE_MAX && bad == SIZE_MAX)
            bad = at + bad_at;
        tried = used > 0 ? 0 : piece.len;
        if (tried == rest.len) { /* no converter leaves the end: what it left was not read */
            view->uninspected = UNINSPECTED_CHARSET;
            break;
        }
        at += used;
        if (state->charset->kind != CHARSET_STATEFUL || converter_is_initial(state->converter))
            points_offer(&state->points, at, bulk_len(&out));
    }
    if (bad != SIZE_MAX && charset_bad_matters(state->charset, raw))
        note(view, AMBIGUITY_BAD_CHARSET_BYTES, state->skip + bad);
    view_take_bulk(view, &out);
}

static void read_octets(struct view *view, struct span raw, const void *detail)
{
    struct arena *arena = views_arena(view->views);
    struct charset_state *state = ARENA_NEW(arena, struct charset_state);
    view->state = state;
    state->declared = detail;
    state->charset = choose(view, raw, detail);
    state->big = state->charset->has_order ? state->charset->big
                                           : is_wide(state->charset) && charset_guess_big(raw);
    state->skip = charset_mark(state->charset, raw, &state->big);
    if (state->charset->has_order && state->big != state->charset->big)
        note(view, AMBIGUITY_BAD_CHARSET_BYTES, 0);
    points_init(&state->points, arena);
    /* Others go by the RFC, or see no UTF-16 where nobody says so. */
    if (charset_lacks_order(state) && (!state->big || !detail) && raw.len > 0)
        note(view, AMBIGUITY_BAD_CHARSET_BYTES, 0);
    raw = span_from(raw, state->skip);
    view->is_ascii = span_is_ascii(raw);
    bool as_it_is = view->is_ascii && state->charset->kind <= CHARSET_LATIN1;
    if (as_it_is || (state->charset->kind == CHARSET_UTF8 && utf8_is_valid(raw))) {
        view->ascii_known = true;
        view->text = raw;
        return;
    }
    state->converter = converter_new(state->charset, state->big, arena);
    if (state->converter) {
        convert(view, state, raw);
        return;
    }
    state->converter = converter_new(&latin1, false, arena);
    state->charset = &latin1;
    view->uninspected = UNINSPECTED_CHARSET;
    view->read_only = "the charset of this text is not known";
    note(view, AMBIGUITY_UNKNOWN_CHARSET, 0);
    convert(view, state, raw);
}

static void decode(struct view *view, struct span raw, const void *detail)
{
    read_octets(view, raw, detail);
    /* As in the message itself: readers stop there or leave it out. */
    if (span_find_byte(view->text, '\0') != SPAN_NONE)
        note(view, AMBIGUITY_CONTROL_CHARACTER, 0);
}

static struct span octets_of(const struct view *view)
{
    const struct charset_state *state = view->state;
    return span_from(span_sub(view->parent->text, view->off, view->len), state->skip);
}

/* To the last place at or before text offset `text` where a character begins. */
static struct point walk(const struct view *view, struct point from, uint64_t text)
{
    const struct charset_state *state = view->state;
    struct span octets = octets_of(view);
    char character[CONVERTER_STEP];
    while (from.text < text) {
        size_t len;
        size_t used =
            converter_step(state->converter, span_from(octets, from.raw), character, &len);
        if (used == 0 || from.text + len > text)
            break;
        from.raw += used;
        from.text += len;
    }
    return from;
}

/* The same for texts with states: to the start of a line in the first state. */
static struct point walk_lines(const struct view *view, struct point from, uint64_t text,
                               bool behind)
{
    const struct charset_state *state = view->state;
    struct span octets = octets_of(view);
    struct point at = from, safe = from;
    struct arena *scratch = arena_new();
    struct bulk_budget budget = {.arena = scratch, .memory_left = UINT64_C(1) << 20};
    converter_reset(state->converter);
    size_t tried = 0; /* a line that ends within a character is read with the next one */
    while (at.raw < octets.len && (behind ? safe.text < text : at.text < text)) {
        struct span rest = span_from(octets, at.raw);
        size_t end = span_find_byte(span_from(rest, tried), '\n');
        struct span line = span_sub(rest, 0, end == SPAN_NONE ? rest.len : tried + end + 1);
        struct bulk out;
        size_t bad;
        bulk_init(&out, &budget, line.len * 2);
        size_t used = converter_decode(state->converter, line, line.len < rest.len, &out, &bad);
        tried = used > 0 ? 0 : line.len;
        at.raw += used;
        at.text += bulk_len(&out);
        bool boundary = converter_is_initial(state->converter) || at.raw == octets.len;
        if (boundary && (behind || at.text <= text))
            safe = at;
    }
    arena_free(&scratch);
    return behind && safe.text < text ? at : safe;
}

void charset_find_range(const struct view *view, uint64_t off, uint64_t len, struct point *near,
                        struct point *from_out, struct point *to_out)
{
    const struct charset_state *state = view->state;
    struct point start = points_before_text(&state->points, off);
    if (near && near->text <= off && near->text > start.text)
        start = *near;
    if (state->charset->kind == CHARSET_STATEFUL) {
        *from_out = walk_lines(view, start, off, false);
        *to_out = walk_lines(view, *from_out, off + len, true);
        if (near)
            *near = *from_out;
        return;
    }
    *from_out = walk(view, start, off);
    *to_out = walk(view, *from_out, off + len);
    if (to_out->text < off + len) { /* in the middle of a character: all of it */
        char character[CONVERTER_STEP];
        size_t text;
        to_out->raw += converter_step(state->converter, span_from(octets_of(view), to_out->raw),
                                      character, &text);
        to_out->text += text;
    }
    if (near)
        *near = *from_out;
}

/* The same from where the last question was: finds come in order, and a text with states may have
 * no line that begins in the first one for long. */
static void find_range_again(const struct view *view, uint64_t off, uint64_t len)
{
    struct charset_state *state = view->state;
    struct point near = state->from;
    bool inside = off >= state->from.text && off < state->to.text && off + len <= state->to.text;
    if (state->is_whole && inside && len > 0)
        return;
    charset_find_range(view, off, len, &near, &state->from, &state->to);
    state->is_whole = state->charset->kind == CHARSET_STATEFUL &&
                      span_find_byte(span_sub(view->text, off, len), '\n') == SPAN_NONE;
}

static void origin(const struct view *view, uint64_t off, uint64_t len, uint64_t *off_out,
                   uint64_t *len_out)
{
    const struct charset_state *state = view->state;
    uint64_t base = view->off + state->skip;
    if (!state->converter) {
        *off_out = base + off;
        *len_out = len;
        return;
    }
    find_range_again(view, off, len);
    *off_out = base + state->from.raw;
    *len_out = state->to.raw - state->from.raw;
}

const struct codec codec_charset = {"charset", decode, charset_write_back, origin};
