/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/formats/html_tree.h"

#include "engine/base/ascii.h"

/* Names of tags and attributes with more than this are looked at. */
#define NAME_DIGITS 3u
#define NAME_MOST 32u

/* One level of the walk. */
struct level {
    const GumboNode *node;
    unsigned next; /* child */
    bool keep_space;
};

struct walk {
    struct html_text *text;
    struct level *levels;
    size_t count, cap;
    /* What is no text of the document, for the lines behind it. */
    const GumboNode **others;
    size_t other_count, other_cap;
};

static bool is_element(const GumboNode *node)
{
    return node->type == GUMBO_NODE_ELEMENT || node->type == GUMBO_NODE_TEMPLATE;
}

static const GumboVector *children_of(const GumboNode *node)
{
    static const GumboVector none = {NULL, 0, 0};
    if (node->type == GUMBO_NODE_DOCUMENT)
        return &node->v.document.children;
    return is_element(node) ? &node->v.element.children : &none;
}

/* What a reader sees between this element and what stands beside it. */
static char separator_of(const GumboNode *node)
{
    if (!is_element(node))
        return 0;
    switch (node->v.element.tag) {
    case GUMBO_TAG_TD:
    case GUMBO_TAG_TH:
        return '\t';
    case GUMBO_TAG_ADDRESS:
    case GUMBO_TAG_ARTICLE:
    case GUMBO_TAG_ASIDE:
    case GUMBO_TAG_BLOCKQUOTE:
    case GUMBO_TAG_BODY:
    case GUMBO_TAG_BR:
    case GUMBO_TAG_BUTTON:
    case GUMBO_TAG_CAPTION:
    case GUMBO_TAG_CENTER:
    case GUMBO_TAG_DD:
    case GUMBO_TAG_DETAILS:
    case GUMBO_TAG_DIR:
    case GUMBO_TAG_DIV:
    case GUMBO_TAG_DL:
    case GUMBO_TAG_DT:
    case GUMBO_TAG_FIELDSET:
    case GUMBO_TAG_FIGCAPTION:
    case GUMBO_TAG_FIGURE:
    case GUMBO_TAG_FOOTER:
    case GUMBO_TAG_FORM:
    case GUMBO_TAG_FRAMESET:
    case GUMBO_TAG_H1:
    case GUMBO_TAG_H2:
    case GUMBO_TAG_H3:
    case GUMBO_TAG_H4:
    case GUMBO_TAG_H5:
    case GUMBO_TAG_H6:
    case GUMBO_TAG_HEAD:
    case GUMBO_TAG_HEADER:
    case GUMBO_TAG_HGROUP:
    case GUMBO_TAG_HR:
    case GUMBO_TAG_HTML:
    case GUMBO_TAG_IFRAME:
    case GUMBO_TAG_LEGEND:
    case GUMBO_TAG_LI:
    case GUMBO_TAG_LISTING:
    case GUMBO_TAG_MAIN:
    case GUMBO_TAG_MENU:
    case GUMBO_TAG_NAV:
    case GUMBO_TAG_NOEMBED:
    case GUMBO_TAG_NOFRAMES:
    case GUMBO_TAG_OL:
    case GUMBO_TAG_OPTGROUP:
    case GUMBO_TAG_OPTION:
    case GUMBO_TAG_P:
    case GUMBO_TAG_PLAINTEXT:
    case GUMBO_TAG_PRE:
    case GUMBO_TAG_SECTION:
    case GUMBO_TAG_SELECT:
    case GUMBO_TAG_SUMMARY:
    case GUMBO_TAG_TABLE:
    case GUMBO_TAG_TBODY:
    case GUMBO_TAG_TEXTAREA:
    case GUMBO_TAG_TFOOT:
    case GUMBO_TAG_THEAD:
    case GUMBO_TAG_TR:
    case GUMBO_TAG_UL:
    case GUMBO_TAG_XMP:
        return '\n';
    default:
        return 0;
    }
}

static bool keeps_space(const GumboNode *node)
{
    if (!is_element(node))
        return false;
    switch (node->v.element.tag) {
    case GUMBO_TAG_PRE:
    case GUMBO_TAG_TEXTAREA:
    case GUMBO_TAG_LISTING:
    case GUMBO_TAG_PLAINTEXT:
    case GUMBO_TAG_XMP:
        return true;
    default:
        return false;
    }
}

/* What is no text of the page: shown elsewhere, or not at all. */
static bool is_aside(const GumboNode *node)
{
    if (node->type == GUMBO_NODE_COMMENT)
        return true;
    if (!is_element(node))
        return false;
    switch (node->v.element.tag) {
    case GUMBO_TAG_SCRIPT:
    case GUMBO_TAG_STYLE:
    case GUMBO_TAG_TITLE:
        return true;
    default:
        return false;
    }
}

static enum html_context context_in(const GumboNode *parent)
{
    if (!is_element(parent))
        return HTML_DATA;
    switch (parent->v.element.tag) {
    case GUMBO_TAG_TITLE:
    case GUMBO_TAG_TEXTAREA:
        return HTML_RCDATA;
    case GUMBO_TAG_SCRIPT:
    case GUMBO_TAG_STYLE:
    case GUMBO_TAG_XMP:
    case GUMBO_TAG_IFRAME:
    case GUMBO_TAG_NOEMBED:
    case GUMBO_TAG_NOFRAMES:
    case GUMBO_TAG_PLAINTEXT:
        return HTML_RAW;
    default:
        return HTML_DATA;
    }
}

static void push(struct walk *walk, const GumboNode *node, bool keep_space)
{
    walk->levels =
        html_grow(walk->text->memory, walk->levels, walk->count, &walk->cap, sizeof *walk->levels);
    walk->levels[walk->count++] = (struct level){node, 0, keep_space || keeps_space(node)};
}

static void remember(struct walk *walk, const GumboNode *node)
{
    walk->others = html_grow(walk->text->memory, walk->others, walk->other_count, &walk->other_cap,
                             sizeof *walk->others);
    walk->others[walk->other_count++] = node;
}

/* A piece of the source that Gumbo points at, cut to what there is; empty where it points at
 * nothing of ours. */
static struct span in_source(const struct html_text *text, GumboStringPiece piece)
{
    struct span source = text->source;
    if (!piece.data || piece.data < source.ptr || piece.data > span_end(source))
        return span_sub(source, 0, 0);
    size_t left = (size_t)(span_end(source) - piece.data);
    return span_of(piece.data, piece.length < left ? piece.length : left);
}

static void add_text_node(struct html_text *text, const GumboNode *node, const GumboNode *parent,
                          bool keep_space)
{
    const GumboText *value = &node->v.text;
    html_text_add(text, in_source(text, value->original_text), span_str(value->text),
                  context_in(parent), keep_space);
}

static bool is_text(const GumboNode *node)
{
    return node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_WHITESPACE ||
           node->type == GUMBO_NODE_CDATA;
}

static void enter(struct walk *walk, const GumboNode *node, const struct level *above)
{
    if (is_text(node)) {
        add_text_node(walk->text, node, above->node, above->keep_space);
        return;
    }
    /* Attributes and asides come later, in the order of the document. */
    if (is_aside(node) || is_element(node))
        remember(walk, node);
    if (is_aside(node))
        return;
    html_text_break(walk->text, separator_of(node));
    push(walk, node, above->keep_space);
}

static void walk_document(struct walk *walk, const GumboNode *document)
{
    push(walk, document, false);
    while (walk->count > 0) {
        struct level *level = &walk->levels[walk->count - 1];
        const GumboVector *children = children_of(level->node);
        if (level->next == children->length) {
            html_text_break(walk->text, separator_of(level->node));
            walk->count--;
            continue;
        }
        struct level above = *level;
        enter(walk, children->data[level->next++], &above);
    }
}

/* Without the quotes, if there are any. */
static struct span unquoted(struct span raw, enum html_context *context)
{
    *context = HTML_BARE_ATTRIBUTE;
    if (raw.len < 1 || (raw.ptr[0] != '"' && raw.ptr[0] != '\''))
        return raw;
    *context = HTML_ATTRIBUTE;
    size_t len = raw.len - 1;
    if (len > 0 && raw.ptr[len] == raw.ptr[0])
        len--;
    return span_sub(raw, 1, len);
}

/* A name that tells nothing. */
static bool is_boring(struct span name)
{
    size_t digits = 0;
    for (size_t i = 0; i < name.len; i++) {
        digits += ascii_is_digit(name.ptr[i]);
        if (ascii_is_8bit(name.ptr[i]))
            return false;
    }
    return digits < NAME_DIGITS && name.len <= NAME_MOST;
}

static void cover_name(struct html_text *text, struct span name)
{
    if (is_boring(name))
        html_text_cover(text, name);
}

/* "<" and the name of the start tag. */
static void cover_tag(struct html_text *text, const GumboNode *node)
{
    struct span tag = in_source(text, node->v.element.original_tag);
    size_t len = tag.len > 0;
    while (len < tag.len && !ascii_is_space(tag.ptr[len]) && !strchr("/>", tag.ptr[len]))
        len++;
    cover_name(text, span_sub(tag, 0, len));
}

static void add_attribute(struct html_text *text, const GumboAttribute *attribute)
{
    struct span value = span_str(attribute->value);
    struct span original = in_source(text, attribute->original_value);
    enum html_context context;
    cover_name(text, in_source(text, attribute->original_name));
    if (value.len == 0)
        return;
    struct span raw = unquoted(original, &context);
    html_text_break(text, '\n');
    html_text_add(text, raw, value, context, true);
    html_text_break(text, '\n');
}

static void add_attributes(struct html_text *text, const GumboNode *node)
{
    /* Copies that Gumbo makes of open elements have the attributes of the first again. */
    const unsigned copies =
        GUMBO_INSERTION_RECONSTRUCTED_FORMATTING_ELEMENT | GUMBO_INSERTION_ADOPTION_AGENCY_CLONED;
    if (!is_element(node) || ((unsigned)node->parse_flags & copies))
        return;
    cover_tag(text, node);
    const GumboVector *attributes = &node->v.element.attributes;
    for (unsigned i = 0; i < attributes->length; i++)
        add_attribute(text, attributes->data[i]);
}

/* Behind "<!--", or "<!" or "<?" where a comment was made of something else. */
static struct span comment_inside(struct span raw)
{
    if (span_starts(raw, SPAN("<!--")))
        return span_from(raw, 4);
    return span_from(raw, raw.len > 1 && raw.ptr[1] == '?' ? 1 : 2);
}

static void add_aside(struct html_text *text, const GumboNode *node)
{
    if (!is_aside(node))
        return;
    html_text_break(text, '\n');
    if (node->type == GUMBO_NODE_COMMENT) {
        struct span raw = in_source(text, node->v.text.original_text);
        html_text_cover(text, raw);
        html_text_add(text, comment_inside(raw), span_str(node->v.text.text), HTML_COMMENT, true);
    }
    const GumboVector *children = children_of(node);
    for (unsigned i = 0; i < children->length; i++) {
        const GumboNode *child = children->data[i];
        if (is_text(child))
            add_text_node(text, child, node, true);
    }
    html_text_break(text, '\n');
}

void html_tree_read(const GumboOutput *output, struct html_text *text)
{
    struct walk walk = {.text = text};
    walk_document(&walk, output->document);
    text->shown = bulk_len(&text->out);
    for (size_t i = 0; i < walk.other_count; i++) {
        add_attributes(text, walk.others[i]);
        add_aside(text, walk.others[i]);
    }
    html_text_add_rest(text);
}
