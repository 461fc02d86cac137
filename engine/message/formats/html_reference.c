/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/formats/html_reference.h"

#include "engine/base/ascii.h"
#include "engine/base/utf8.h"

/* The longest name has 31 characters. */
#define NAME_MOST 36u
/* Names that one document may have; more is no mail. */
#define KNOWN_MOST 400u
#define SLOTS 1024u

struct html_known {
    struct span key; /* the name as it stands, with what ends it; ptr NULL: free */
    bool in_attribute;
    size_t len; /* of the source; 0: no reference */
    size_t characters;
};

void html_references_init(struct html_references *references, struct html_memory *memory)
{
    *references = (struct html_references){.memory = memory, .slots = SLOTS};
    references->known = html_alloc(memory, SLOTS * sizeof *references->known);
    memset(references->known, 0, SLOTS * sizeof *references->known);
}

/* &#123; or &#x7b; always one character; the semicolon may be missing. */
static struct html_reference numeric(struct span s)
{
    size_t at = 2;
    bool hex = at < s.len && ascii_lower(s.ptr[at]) == 'x';
    at += hex;
    size_t first = at;
    while (at < s.len && (hex ? ascii_hex(s.ptr[at]) >= 0 : ascii_is_digit(s.ptr[at])))
        at++;
    if (at == first)
        return (struct html_reference){span_sub(s, 0, 0), 0};
    if (at < s.len && s.ptr[at] == ';')
        at++;
    return (struct html_reference){span_sub(s, 0, at), 1};
}

static const GumboNode *find_child(const GumboNode *node, GumboTag tag)
{
    const GumboVector *children = &node->v.element.children;
    for (unsigned i = 0; i < children->length; i++) {
        const GumboNode *child = children->data[i];
        if (child->type == GUMBO_NODE_ELEMENT && child->v.element.tag == tag)
            return child;
    }
    return NULL;
}

/* What Gumbo makes of "x" and the name: the "x" keeps the text from being white space only. */
static struct span ask(struct html_memory *memory, struct span name, bool in_attribute)
{
    char *document = html_alloc(memory, name.len + 32);
    size_t len = 0;
    struct span before = in_attribute ? SPAN("<body title=\"x") : SPAN("<body>x");
    struct span behind = in_attribute ? SPAN("\">") : SPAN("");
    memcpy(document, before.ptr, before.len);
    len += before.len;
    memcpy(document + len, name.ptr, name.len);
    len += name.len;
    memcpy(document + len, behind.ptr, behind.len);
    len += behind.len;
    const GumboOutput *output = html_parse(memory, span_of(document, len));
    const GumboNode *body = find_child(output->root, GUMBO_TAG_BODY);
    const char *text = NULL;
    if (body && in_attribute) {
        const GumboAttribute *title = gumbo_get_attribute(&body->v.element.attributes, "title");
        text = title ? title->value : NULL;
    } else if (body && body->v.element.children.length > 0) {
        const GumboNode *child = body->v.element.children.data[0];
        text = child->type == GUMBO_NODE_TEXT ? child->v.text.text : NULL;
    }
    return text && text[0] == 'x' ? span_str(text + 1) : name;
}

/* The end of the name is what is equal at the end of both; at least one character came out. */
static void learn(struct html_known *known, struct span result)
{
    struct span name = known->key;
    known->len = 0;
    known->characters = 0;
    if (span_equal(result, name) || result.len == 0)
        return;
    size_t least = utf8_decode(result, NULL);
    size_t same = 0;
    while (same < name.len && same + least < result.len &&
           name.ptr[name.len - 1 - same] == result.ptr[result.len - 1 - same])
        same++;
    known->len = name.len - same;
    known->characters = utf8_count(span_sub(result, 0, result.len - same));
}

static size_t hash_of(struct span key, bool in_attribute)
{
    uint64_t hash = in_attribute ? 77 : 5381;
    for (size_t i = 0; i < key.len; i++)
        hash = hash * 33 + (unsigned char)key.ptr[i];
    return (size_t)(hash % SLOTS);
}

struct html_reference html_reference_at(struct html_references *references, struct span s,
                                        bool in_attribute)
{
    struct html_reference none = {span_sub(s, 0, 0), 0};
    if (s.len > 1 && s.ptr[1] == '#')
        return numeric(s);
    size_t len = 1;
    while (len < s.len && len < NAME_MOST && ascii_is_alnum(s.ptr[len]))
        len++;
    if (len == 1)
        return none;
    if (len < s.len && (s.ptr[len] == ';' || s.ptr[len] == '='))
        len++;
    struct span key = span_sub(s, 0, len);
    size_t slot = hash_of(key, in_attribute);
    struct html_known *known = &references->known[slot];
    while (known->key.ptr &&
           !(known->in_attribute == in_attribute && span_equal(known->key, key))) {
        slot = (slot + 1) % SLOTS;
        known = &references->known[slot];
    }
    if (!known->key.ptr) {
        if (references->count == KNOWN_MOST)
            return none;
        references->count++;
        known->key = key;
        known->in_attribute = in_attribute;
        learn(known, ask(references->memory, key, in_attribute));
    }
    return (struct html_reference){span_sub(s, 0, known->len), known->characters};
}
