/* SPDX-License-Identifier: Apache-2.0 */
#include "transforms/template.h"

#include "engine/base/ascii.h"
#include "engine/base/buf.h"
#include "engine/base/utf8.h"
#include "transforms/user_identity.h"

enum item_kind {
    ITEM_LITERAL,
    ITEM_INPUT,
    ITEM_RULE,
    ITEM_TAG,
    ITEM_SUBJECT, /* of the client's certificate */
    ITEM_SAN,
    ITEM_USER,
    ITEM_NAME,
    ITEM_OWN_NAME,
    ITEM_GROUP
};

struct item {
    enum item_kind kind;
    struct span text; /* the literal or the name */
    size_t group;
};

struct template
{
    struct arena *arena;
    struct item *items;
    size_t count, cap;
    bool captures, uses_tag;
};

#define CAPTURED_MAX 256u

/* What is being read. */
struct parse {
    struct span text;
    size_t at;
    struct template *t;
    const struct pattern *pattern; /* NULL: "\" is a character like others */
};

/* What the client's certificate says is no part of the message; who a rule says it is may be. */
static bool can_capture(enum item_kind kind)
{
    return kind != ITEM_LITERAL && kind != ITEM_RULE && kind != ITEM_SUBJECT && kind != ITEM_SAN;
}

static void add_item(struct template *t, struct item item)
{
    t->items = arena_grow(t->arena, t->items, t->count, &t->cap, sizeof *t->items);
    t->items[t->count++] = item;
    t->captures |= can_capture(item.kind);
    t->uses_tag |= item.kind == ITEM_TAG;
}

static void add_literal(struct template *t, struct span text)
{
    if (text.len > 0)
        add_item(t, (struct item){ITEM_LITERAL, text, 0});
}

static enum item_kind kind_of_name(const struct parse *p, struct span name)
{
    if (p->pattern && pattern_group_by_name(p->pattern, name) >= 0)
        return ITEM_OWN_NAME;
    if (span_is(name, "input"))
        return ITEM_INPUT;
    if (span_is(name, "rule"))
        return ITEM_RULE;
    if (span_is(name, "certificate_subject"))
        return ITEM_SUBJECT;
    if (span_is(name, "certificate_san"))
        return ITEM_SAN;
    if (span_is(name, "user"))
        return ITEM_USER;
    return span_is(name, "tag") ? ITEM_TAG : ITEM_NAME;
}

/* Behind "%": "%" or "(name)s". */
static bool parse_percent(struct parse *p, struct error *err)
{
    struct span rest = span_from(p->text, p->at + 1);
    if (span_starts(rest, SPAN("%"))) {
        add_literal(p->t, span_sub(rest, 0, 1));
        p->at += 2;
        return true;
    }
    size_t close = span_find_byte(rest, ')');
    if (!span_starts(rest, SPAN("(")) || close == SPAN_NONE || close == 1 ||
        !span_starts(span_from(rest, close), SPAN(")s")))
        return error_set(err, "expected \"%%(name)s\" or \"%%%%\" at offset %zu", p->at);
    struct span name = span_sub(rest, 1, close - 1);
    add_item(p->t, (struct item){kind_of_name(p, name), arena_copy(p->t->arena, name), 0});
    p->at += close + 3;
    return true;
}

/* Behind "\k": "<name>". */
static bool parse_named_group(struct parse *p, struct error *err)
{
    struct span rest = span_from(p->text, p->at + 2);
    size_t close = span_find_byte(rest, '>');
    if (!span_starts(rest, SPAN("<")) || close == SPAN_NONE)
        return error_set(err, "expected \"\\k<name>\" at offset %zu", p->at);
    struct span name = span_sub(rest, 1, close - 1);
    if (pattern_group_by_name(p->pattern, name) < 0)
        return error_set(err, "the pattern has no group \"%.*s\" (at offset %zu)", SPAN_ARG(name),
                         p->at);
    add_item(p->t, (struct item){ITEM_OWN_NAME, arena_copy(p->t->arena, name), 0});
    p->at += 2 + close + 1;
    return true;
}

static bool parse_numbered_group(struct parse *p, struct error *err)
{
    size_t digits = 1;
    if (p->at + 2 < p->text.len && ascii_is_digit(p->text.ptr[p->at + 2]))
        digits = 2;
    uint64_t number = 0;
    (void)span_to_u64(span_sub(p->text, p->at + 1, digits), &number);
    /* \12 is group 12 only where there is one; else \1 and a "2". */
    if (digits == 2 && number >= pattern_group_count(p->pattern)) {
        digits = 1;
        number /= 10;
    }
    if (number >= pattern_group_count(p->pattern) || number >= PATTERN_GROUPS_MAX)
        return error_set(err, "the pattern has no group %u (at offset %zu)", (unsigned)number,
                         p->at);
    add_item(p->t, (struct item){ITEM_GROUP, SPAN(""), (size_t)number});
    p->at += 1 + digits;
    return true;
}

static bool parse_backslash(struct parse *p, struct error *err)
{
    char c = p->at + 1 < p->text.len ? p->text.ptr[p->at + 1] : '\0';
    if (c == 'k')
        return parse_named_group(p, err);
    if (ascii_is_digit(c))
        return parse_numbered_group(p, err);
    if (c != '\\')
        return error_set(err, "expected \"\\1\", \"\\k<name>\" or \"\\\\\" at offset %zu", p->at);
    add_literal(p->t, span_sub(p->text, p->at, 1));
    p->at += 2;
    return true;
}

static bool is_special(const struct parse *p, char c)
{
    return c == '%' || (c == '\\' && p->pattern);
}

static struct template *parse(struct span text, const struct pattern *pattern, struct arena *arena,
                              struct error *err)
{
    struct template *t = ARENA_NEW(arena, struct template);
    t->arena = arena;
    struct parse p = {arena_copy(arena, text), 0, t, pattern};
    while (p.at < p.text.len) {
        size_t from = p.at;
        while (p.at < p.text.len && !is_special(&p, p.text.ptr[p.at]))
            p.at++;
        add_literal(t, span_sub(p.text, from, p.at - from));
        if (p.at == p.text.len)
            break;
        if (p.text.ptr[p.at] == '%' ? !parse_percent(&p, err) : !parse_backslash(&p, err))
            return NULL;
    }
    return t;
}

struct template *template_new(struct span text, struct arena *arena, struct error *err)
{
    return parse(text, NULL, arena, err);
}

struct template *template_new_replacement(struct span text, const struct pattern *pattern,
                                          struct arena *arena, struct error *err)
{
    return parse(text, pattern, arena, err);
}

bool template_each_name(const struct template *t, bool (*check)(struct span name, void *arg),
                        void *arg)
{
    for (size_t i = 0; i < t->count; i++) {
        if (t->items[i].kind == ITEM_NAME && !check(t->items[i].text, arg))
            return false;
    }
    return true;
}

bool template_captures(const struct template *t)
{
    return t->captures;
}

bool template_is_fixed(const struct template *t)
{
    for (size_t i = 0; i < t->count; i++) {
        if (t->items[i].kind != ITEM_LITERAL)
            return false;
    }
    return true;
}

bool template_uses_tag(const struct template *t)
{
    return t->uses_tag;
}

struct span text_masked(struct span text, struct arena *arena)
{
    char *out = arena_alloc(arena, text.len + 1);
    size_t len = 0;
    while (text.len > 0) {
        size_t step = utf8_decode(text, NULL);
        char c = text.ptr[0];
        bool plain = step == 1 && !ascii_is_alnum(c) && !ascii_is_control(c);
        out[len++] = plain ? c : '*';
        text = span_from(text, step ? step : 1);
    }
    return span_of(out, len);
}

/* The captured text of an item: where it stands. */
static bool captured(const struct item *item, const struct template_values *values,
                     struct piece **holder, uint64_t *off, uint64_t *len)
{
    struct piece *piece = values->piece;
    if (!piece)
        return false;
    if (item->kind == ITEM_NAME || item->kind == ITEM_OWN_NAME)
        return piece_find_group(piece, item->text, holder, off, len);
    *holder = piece;
    if (item->kind == ITEM_INPUT) {
        (void)piece_view(piece);
        *off = piece->off;
        *len = piece->len;
        return true;
    }
    if (!piece->match || item->group >= piece->match->count ||
        piece->match->group[item->group].off == SPAN_NONE)
        return false;
    *off = piece->match_base + piece->match->group[item->group].off;
    *len = piece->match->group[item->group].len;
    return true;
}

static struct span captured_text(struct view *view, uint64_t off, uint64_t len,
                                 struct leaving *leaving, enum showing showing, struct arena *arena)
{
    struct span text = span_sub(view->text, off, len);
    if (showing == SHOW_CAPTURED)
        return text.len > CAPTURED_MAX ? span_sub(text, 0, CAPTURED_MAX) : text;
    if (showing == SHOW_MASKED)
        return text_masked(text, arena);
    return leaving ? leaving_text(leaving, view, off, len) : view_text_leaving(view, off, len);
}

/* Of a certificate: empty for a client that showed none, or none that is good. */
static struct span of_client(enum item_kind kind, const struct piece *piece)
{
    const struct envelope *envelope = piece ? piece->envelope : NULL;
    if (!envelope)
        return SPAN("");
    return kind == ITEM_SAN ? envelope->certificate_san : envelope->certificate_subject;
}

static struct span user(const struct template_values *values, enum showing showing,
                        struct arena *arena)
{
    const struct envelope *envelope = values->piece ? values->piece->envelope : NULL;
    if (values->user)
        return user_identity_text(values->user, showing, arena);
    return envelope && envelope->user.ptr ? envelope->user : SPAN("");
}

static void expand_item(const struct item *item, const struct template_values *values,
                        enum showing showing, struct arena *arena, struct buf *out)
{
    struct piece *holder;
    uint64_t off, len;
    if (item->kind == ITEM_LITERAL) {
        buf_add(out, item->text);
    } else if (item->kind == ITEM_RULE) {
        buf_add_str(out, values->rule ? values->rule : "");
    } else if (item->kind == ITEM_TAG) {
        if (values->tag.ptr)
            buf_add(out, values->tag);
    } else if (item->kind == ITEM_SUBJECT || item->kind == ITEM_SAN) {
        buf_add(out, of_client(item->kind, values->piece));
    } else if (item->kind == ITEM_USER) {
        buf_add(out, user(values, showing, arena));
    } else if (captured(item, values, &holder, &off, &len)) {
        buf_add(out, captured_text(piece_view(holder), off, len, values->leaving, showing, arena));
    }
}

struct span template_show(const struct template *t, const struct template_values *values,
                          enum showing showing, struct arena *arena)
{
    if (t->count == 0)
        return SPAN("");
    if (t->count == 1 && t->items[0].kind == ITEM_LITERAL)
        return t->items[0].text;
    struct buf out = BUF_INIT;
    for (size_t i = 0; i < t->count; i++)
        expand_item(&t->items[i], values, showing, arena, &out);
    struct span text = arena_copy(arena, buf_span(&out));
    buf_fini(&out);
    return text;
}

struct span template_expand(const struct template *t, const struct template_values *values,
                            struct arena *arena)
{
    return template_show(t, values, SHOW_LEAVING, arena);
}

struct span template_expand_masked(const struct template *t, const struct template_values *values,
                                   struct arena *arena)
{
    return template_show(t, values, SHOW_MASKED, arena);
}

struct span template_expand_captured(const struct template *t, const struct template_values *values,
                                     struct arena *arena)
{
    return template_show(t, values, SHOW_CAPTURED, arena);
}
