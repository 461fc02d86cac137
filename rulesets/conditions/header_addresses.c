/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/conditions/header_addresses.h"

#include "engine/base/ascii.h"
#include "engine/message/map/header_tokens.h"

/* Text that is being put together; there is room for all of the field. */
struct text {
    char *ptr;
    size_t len;
};

struct parsing {
    struct span text;  /* decoded */
    struct span shape; /* the same, but letters for what encoded words hold: no '<', no '"' */
    struct arena *arena;
    struct header_addresses *out;
    struct text local, domain;
    bool has_local;    /* which may be empty: ""@corp.example */
    bool wants_domain; /* behind local '@' */
    bool has_domain;   /* and there it is, as far as it goes */
    bool in_route;     /* behind an '@' without a local part: "<@relay,@other:bob@corp.example>" */
    bool had_angle;
    /* A quote or comment that does not end would hide what is behind it from us but not from all:
     * these have no meaning any more. */
    bool no_quotes, no_comments;
    size_t first;       /* address of this mailbox */
    struct span hidden; /* a name with an '@' in it: the address, where there is no other */
};

static void add(struct parsing *p, struct span local, struct span domain)
{
    struct header_addresses *out = p->out;
    if (out->count >= HEADER_ADDRESSES_MAX) {
        out->incomplete = true;
        return;
    }
    struct mail_address address =
        mail_address_of_parts(arena_copy(p->arena, local), arena_copy(p->arena, domain), p->arena);
    if (address.domain.len == 0) /* "a@." */
        return;
    out->items = arena_grow(p->arena, out->items, out->count, &out->cap, sizeof *out->items);
    out->items[out->count++] = address;
}

static void append(struct text *text, struct span more)
{
    if (more.len > 0)
        memcpy(text->ptr + text->len, more.ptr, more.len);
    text->len += more.len;
}

static void set(struct text *text, struct span to)
{
    text->len = 0;
    append(text, to);
}

/* Dots may have blanks and comments around them (RFC 5322 section 4.4). */
static bool goes_on(const struct text *text, struct span word)
{
    return text->len > 0 &&
           (text->ptr[text->len - 1] == '.' || (word.len > 0 && word.ptr[0] == '.'));
}

static void finish_address(struct parsing *p)
{
    if (p->has_domain)
        add(p, span_of(p->local.ptr, p->local.len), span_of(p->domain.ptr, p->domain.len));
    p->has_local = p->has_domain = p->wants_domain = p->in_route = false;
    p->local.len = 0;
}

static bool ends_address(char c)
{
    return (unsigned char)c <= ' ' || c == 0x7f || strchr("<>()[],;:\"\\", c) != NULL;
}

/* What some programs show as the address. */
static void add_hidden(struct parsing *p, struct span text)
{
    for (size_t at = 0; at < text.len;) {
        size_t end = at;
        while (end < text.len && !ends_address(text.ptr[end]))
            end++;
        struct span word = span_sub(text, at, end - at);
        size_t sign = mail_address_last_at(word);
        if (sign != SPAN_NONE && sign > 0 && sign + 1 < word.len)
            add(p, span_sub(word, 0, sign), span_from(word, sign + 1));
        at = end + 1;
    }
}

static void finish_mailbox(struct parsing *p)
{
    finish_address(p);
    if (p->out->count == p->first)
        add_hidden(p, p->hidden);
    p->hidden = SPAN("");
    p->first = p->out->count;
    p->had_angle = false;
}

static void take_word(struct parsing *p, struct span word)
{
    if (p->wants_domain) {
        set(&p->domain, word);
        p->has_domain = true;
        p->wants_domain = false;
        return;
    }
    if (p->has_domain && goes_on(&p->domain, word)) {
        append(&p->domain, word);
        return;
    }
    if (p->has_domain)
        finish_address(p);
    if (p->in_route) {
        p->in_route = false;
        return;
    }
    p->has_local = true;
    if (goes_on(&p->local, word))
        append(&p->local, word);
    else
        set(&p->local, word);
}

static void note_hidden(struct parsing *p, struct span text)
{
    if (p->hidden.len == 0 && span_find_byte(text, '@') != SPAN_NONE)
        p->hidden = text;
}

static void take_at(struct parsing *p)
{
    if (p->has_domain) { /* "a@b@c": two readings of it */
        struct span domain = span_of(p->domain.ptr, p->domain.len);
        finish_address(p);
        set(&p->local, domain);
        p->has_local = true;
    }
    if (p->has_local)
        p->wants_domain = true;
    else
        p->in_route = true;
}

static size_t take_comment(struct parsing *p, size_t at)
{
    size_t end = p->no_comments ? 0 : comment_end(p->shape, at);
    p->no_comments |= end == 0;
    return end > 0 ? end : at + 1;
}

static size_t take_quoted(struct parsing *p, size_t at)
{
    size_t end = p->no_quotes ? 0 : quoted_end(p->shape, at);
    p->no_quotes |= end == 0;
    if (end == 0)
        return at + 1;
    struct span text = span_sub(p->text, at, end - at);
    note_hidden(p, span_sub(text, 1, text.len - 2));
    take_word(p, mail_address_unquoted(text, p->arena));
    return end;
}

static bool ends_word(char c)
{
    return (unsigned char)c <= ' ' || c == 0x7f || strchr("()<>@,;:\"", c) != NULL;
}

static size_t take_atoms(struct parsing *p, size_t at)
{
    size_t end = at;
    if (p->wants_domain && p->shape.ptr[at] == '[') {
        size_t len = span_find_byte(span_sub(p->shape, at, 256), ']');
        end = len == SPAN_NONE ? at : at + len + 1;
    }
    while (end < p->shape.len && !ends_word(p->shape.ptr[end]))
        end++;
    struct span text = span_sub(p->text, at, end - at);
    note_hidden(p, text);
    take_word(p, text);
    return end;
}

/* Of what is in front of "<" only the name is meant. */
static void take_angle(struct parsing *p)
{
    finish_address(p);
    if (!p->had_angle)
        p->out->count = p->first;
    p->had_angle = true;
}

/* Behind what stands at `at`. */
static size_t take(struct parsing *p, size_t at)
{
    char c = p->shape.ptr[at];
    switch (c) {
    case '(':
        return take_comment(p, at);
    case '"':
        return take_quoted(p, at);
    case '@':
        take_at(p);
        return at + 1;
    case '<':
        take_angle(p);
        return at + 1;
    case ':': /* the name of a group, or a route, was in front of it */
        finish_address(p);
        p->hidden = SPAN("");
        return at + 1;
    case '>':
        finish_address(p);
        return at + 1;
    case ',':
    case ';':
        finish_mailbox(p);
        return at + 1;
    default:
        return ends_word(c) ? at + 1 : take_atoms(p, at);
    }
}

void header_addresses_read(struct span value, struct arena *arena, struct header_addresses *out)
{
    struct header_text header;
    header_text_decode(span_trim(value), arena, &header);
    struct parsing p = {.text = header.text,
                        .shape = header_shape_of(&header, arena),
                        .arena = arena,
                        .out = out,
                        .local = {arena_alloc(arena, header.text.len + 1), 0},
                        .domain = {arena_alloc(arena, header.text.len + 1), 0},
                        .hidden = SPAN("")};
    *out = (struct header_addresses){0};
    for (size_t at = 0; at < p.shape.len;)
        at = take(&p, at);
    finish_mailbox(&p);
}
