/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/formats/html_text.h"

#include "engine/base/ascii.h"
#include "engine/base/utf8.h"
#include "engine/message/codecs/sight.h"

void html_text_init(struct html_text *text, struct span source, struct html_memory *memory,
                    struct bulk_budget *budget)
{
    *text = (struct html_text){.arena = budget->arena, .memory = memory, .source = source};
    bulk_init(&text->out, budget, source.len);
    html_references_init(&text->references, memory);
}

void html_text_cover(struct html_text *text, struct span source)
{
    uint32_t from = (uint32_t)(source.ptr - text->source.ptr);
    uint32_t to = from + (uint32_t)source.len;
    struct html_cover *last = text->cover_count > 0 ? &text->covers[text->cover_count - 1] : NULL;
    if (source.len == 0)
        return;
    if (last && from == last->to) {
        last->to = to;
        return;
    }
    text->covers = html_grow(text->memory, text->covers, text->cover_count, &text->cover_cap,
                             sizeof *text->covers);
    text->covers[text->cover_count++] = (struct html_cover){from, to};
}

static int strength(char separator)
{
    return separator == '\n' ? 3 : separator == '\t' ? 2 : separator == ' ' ? 1 : 0;
}

void html_text_break(struct html_text *text, char separator)
{
    if (strength(separator) > strength(text->separator))
        text->separator = separator;
}

static bool is_markup(struct span rest)
{
    return rest.len > 1 && (ascii_is_alpha(rest.ptr[1]) || strchr("/!?", rest.ptr[1])) &&
           rest.ptr[1] != '\0';
}

/* Length of a tag or comment that Gumbo left out of the tree; 0 when it does not end. */
static size_t markup_length(struct span rest)
{
    if (span_starts(rest, SPAN("<!--"))) {
        size_t end = span_find(rest, SPAN("-->"));
        return end == SPAN_NONE ? 0 : end + 3;
    }
    char quote = 0;
    for (size_t i = 1; i < rest.len; i++) {
        char c = rest.ptr[i];
        if (quote)
            quote = c == quote ? 0 : quote;
        else if ((c == '"' || c == '\'') && rest.ptr[i - 1] == '=')
            quote = c;
        else if (c == '>')
            return i + 1;
    }
    return 0;
}

/* One step over the source beside the text that it should give. */
struct step {
    struct span source; /* len 0: the end */
    size_t wanted_len;  /* of the text; 0: the source gives none */
};

/* Gumbo makes broken UTF-8 of references to numbers that are far too large. */
static size_t character_length(struct span wanted)
{
    size_t len = utf8_decode(wanted, NULL);
    if (len > 0)
        return len;
    for (len = 1; len < wanted.len && ((unsigned char)wanted.ptr[len] & 0xc0) == 0x80; len++)
        ;
    return len;
}

static size_t characters_length(struct span wanted, size_t characters)
{
    size_t len = 0;
    for (; characters > 0 && len < wanted.len; characters--)
        len += character_length(span_from(wanted, len));
    return len;
}

static bool decodes_references(enum html_context context)
{
    return context != HTML_RAW && context != HTML_COMMENT;
}

static bool in_attribute(enum html_context context)
{
    return context == HTML_ATTRIBUTE || context == HTML_BARE_ATTRIBUTE;
}

static struct step next_step(struct html_text *text, struct span rest, struct span wanted,
                             enum html_context context)
{
    const struct span replacement = SPAN(UTF8_REPLACEMENT);
    struct step step = {span_sub(rest, 0, 1), 0};
    char c = rest.ptr[0];
    if (c == '&' && decodes_references(context)) {
        struct html_reference reference =
            html_reference_at(&text->references, rest, in_attribute(context));
        if (reference.source.len > 0) {
            step.source = reference.source;
            step.wanted_len = characters_length(wanted, reference.characters);
            return step;
        }
    }
    if (c == '<' && context == HTML_DATA && is_markup(rest)) {
        step.source = span_sub(rest, 0, markup_length(rest));
        return step;
    }
    if (c == '\r') { /* line ends are one character to Gumbo */
        step.source = span_sub(rest, 0, rest.len > 1 && rest.ptr[1] == '\n' ? 2 : 1);
        step.wanted_len = wanted.len > 0 && wanted.ptr[0] == '\n';
        return step;
    }
    if (c == '\0') { /* dropped, or replaced */
        step.wanted_len = span_starts(wanted, replacement) ? replacement.len : 0;
        return step;
    }
    size_t len = utf8_decode(rest, NULL);
    step.source = span_sub(rest, 0, len > 0 ? len : 1);
    if (span_starts(wanted, step.source))
        step.wanted_len = step.source.len;
    else if ((ascii_is_control(c) || ascii_is_8bit(c)) && span_starts(wanted, replacement))
        step.wanted_len = replacement.len; /* control characters: Gumbo takes them for bad bytes */
    return step;
}

/* How many bytes of both are the same and nothing but themselves; ASCII without white space where
 * `solid`. */
static size_t plain_run(struct span raw, struct span wanted, bool solid)
{
    size_t most = raw.len < wanted.len ? raw.len : wanted.len, len = 0;
    for (; len < most && raw.ptr[len] == wanted.ptr[len]; len++) {
        unsigned char c = (unsigned char)raw.ptr[len];
        if (c == '&' || c == '<' || c == '\r' || c == '\0' || (solid && (c <= ' ' || c >= 0x80)))
            break;
    }
    return len;
}

/* Whether a step that gives no text is one that may: markup, NUL, a line end at the start. */
static bool may_be_silent(const struct step *step, bool at_start)
{
    char c = step->source.ptr[0];
    return c == '<' || c == '\0' || (at_start && (c == '\r' || c == '\n'));
}

static bool is_aligned(struct html_text *text, struct span raw, struct span wanted,
                       enum html_context context)
{
    bool at_start = true;
    while (wanted.len > 0) {
        size_t run = plain_run(raw, wanted, false);
        raw = span_from(raw, run);
        wanted = span_from(wanted, run);
        at_start = at_start && run == 0;
        if (wanted.len == 0)
            return true;
        if (raw.len == 0)
            return false;
        struct step step = next_step(text, raw, wanted, context);
        if (step.source.len == 0 || (step.wanted_len == 0 && !may_be_silent(&step, at_start)))
            return false;
        at_start = at_start && step.wanted_len == 0;
        raw = span_from(raw, step.source.len);
        wanted = span_from(wanted, step.wanted_len);
    }
    return true;
}

static struct html_run *add_run(struct html_text *text, struct span source, size_t text_len,
                                enum html_context context)
{
    text->runs = arena_grow(text->arena, text->runs, text->count, &text->cap, sizeof *text->runs);
    struct html_run *run = &text->runs[text->count++];
    *run = (struct html_run){.text = (uint32_t)bulk_len(&text->out),
                             .text_len = (uint32_t)text_len,
                             .source = (uint32_t)(source.ptr - text->source.ptr),
                             .source_len = (uint32_t)source.len,
                             .context = context};
    return run;
}

/* Adds a character that stands at `source`, joined with the run before where both go on. */
static void put(struct html_text *text, struct span source, struct span character,
                enum html_context context)
{
    struct html_run *last = text->count > 0 ? &text->runs[text->count - 1] : NULL;
    size_t at = (size_t)(source.ptr - text->source.ptr);
    bool joins = last && span_equal(source, character) && last->text_len == last->source_len &&
                 !last->lost && last->context == context && last->source + last->source_len == at &&
                 last->text + last->text_len == bulk_len(&text->out);
    if (joins) {
        last->text_len += (uint32_t)character.len;
        last->source_len += (uint32_t)character.len;
    } else {
        (void)add_run(text, source, character.len, context);
    }
    bulk_add(&text->out, character);
}

/* Writes what is wanted between the text so far and the next character. */
static void put_separator(struct html_text *text)
{
    char separator = text->separator;
    text->separator = 0;
    if (separator == 0 || bulk_len(&text->out) == 0)
        return;
    if (separator == ' ')
        put(text, text->blank, SPAN(" "), text->blank_context);
    else
        bulk_add_byte(&text->out, separator);
}

/* Nobody sees these, so that nobody can hide a number with them. */
static bool is_invisible(struct span character)
{
    uint32_t code = 0;
    (void)utf8_decode(character, &code);
    return sight_of(code) == SIGHT_NOTHING;
}

static void add_character(struct html_text *text, struct span source, struct span character,
                          enum html_context context, bool keep_space)
{
    html_text_cover(text, source);
    if (!utf8_is_valid(character))
        character = SPAN(UTF8_REPLACEMENT);
    char c = character.ptr[0];
    if (is_invisible(character))
        return;
    if (!keep_space && (ascii_is_space(c) || c == '\f')) {
        if (text->separator == 0) {
            text->blank = source;
            text->blank_context = context;
        } else if (text->separator == ' ' && span_end(text->blank) == source.ptr) {
            text->blank.len += source.len;
        }
        html_text_break(text, ' ');
        return;
    }
    put_separator(text);
    /* Every other HTML text has these; the rarer kinds of blanks are left to codec_reader. */
    put(text, source, span_equal(character, SPAN("\xc2\xa0")) ? SPAN(" ") : character, context);
}

/* ASCII without white space, the same in the source. */
static void add_run_of_text(struct html_text *text, struct span source, enum html_context context)
{
    html_text_cover(text, source);
    put_separator(text);
    put(text, source, source, context);
}

static void add_lost(struct html_text *text, struct span raw, struct span wanted,
                     enum html_context context)
{
    put_separator(text);
    html_text_cover(text, raw);
    if (wanted.len == 0)
        return;
    struct html_run *run = add_run(text, raw, 0, context);
    size_t before = bulk_len(&text->out);
    run->lost = true;
    while (wanted.len > 0) {
        struct span character = span_sub(wanted, 0, character_length(wanted));
        bulk_add(&text->out, utf8_is_valid(character) ? character : SPAN(UTF8_REPLACEMENT));
        wanted = span_from(wanted, character.len);
    }
    run->text_len = (uint32_t)(bulk_len(&text->out) - before);
}

void html_text_add_source(struct html_text *text, struct span raw)
{
    put_separator(text);
    if (raw.len > 0)
        put(text, raw, raw, HTML_RAW);
}

void html_text_add(struct html_text *text, struct span raw, struct span wanted,
                   enum html_context context, bool keep_space)
{
    static const enum html_context others[] = {HTML_DATA, HTML_RCDATA, HTML_RAW};
    bool good = is_aligned(text, raw, wanted, context);
    for (size_t i = 0; !good && !in_attribute(context) && i < ARRAY_LEN(others); i++) {
        good = is_aligned(text, raw, wanted, others[i]);
        if (good)
            context = others[i];
    }
    if (!good) {
        add_lost(text, raw, wanted, context);
        return;
    }
    while (wanted.len > 0) {
        size_t run = plain_run(raw, wanted, true);
        if (run > 0) {
            add_run_of_text(text, span_sub(raw, 0, run), context);
            raw = span_from(raw, run);
            wanted = span_from(wanted, run);
            continue;
        }
        struct step step = next_step(text, raw, wanted, context);
        struct span characters = span_sub(wanted, 0, step.wanted_len);
        if (characters.len > 0)
            add_character(text, step.source, characters, context, keep_space);
        else if (step.source.ptr[0] != '<')
            html_text_cover(text, step.source);
        raw = span_from(raw, step.source.len);
        wanted = span_from(wanted, characters.len);
    }
}
