/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/formats/html_scan.h"

#include "engine/base/ascii.h"

struct scan {
    struct span source;
    size_t at;
    size_t tags;
    size_t depth;
    unsigned char open[HTML_SCAN_DEPTH]; /* hashes of the names of open elements */
    unsigned counts[256];                /* of each hash in `open` */
};

static bool is_one_of(struct span name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (span_is_nocase(name, names[i]))
            return true;
    }
    return false;
}

/* Elements that hold nothing, or whose end tag may be left out because the next one ends them. */
static bool does_not_nest(struct span name)
{
    static const char *const names[] = {
        "br",     "img",     "p",       "td",       "tr",       "li",      "hr",       "meta",
        "input",  "link",    "th",      "tbody",    "thead",    "tfoot",   "option",   "dt",
        "dd",     "col",     "area",    "base",     "html",     "head",    "body",     "wbr",
        "source", "track",   "embed",   "rp",       "param",    "rt",      "frame",    "image",
        "keygen", "bgsound", "isindex", "optgroup", "colgroup", "caption", "basefont",
    };
    return is_one_of(name, names, sizeof names / sizeof names[0]);
}

/* Elements whose content has no tags. */
static bool is_raw(struct span name)
{
    static const char *const names[] = {"style",  "script",  "title",    "textarea",
                                        "iframe", "noembed", "noframes", "xmp"};
    return is_one_of(name, names, sizeof names / sizeof names[0]);
}

/* Behind the next `what`, or at the end. */
static void skip_past(struct scan *scan, struct span what)
{
    size_t found = span_find(span_from(scan->source, scan->at), what);
    scan->at = found == SPAN_NONE ? scan->source.len : scan->at + found + what.len;
}

/* To the end tag of an element with raw text. */
static void skip_raw(struct scan *scan, struct span name)
{
    struct span rest = span_from(scan->source, scan->at);
    for (size_t at = 0;;) {
        size_t found = span_find_byte(span_from(rest, at), '<');
        if (found == SPAN_NONE) {
            scan->at = scan->source.len;
            return;
        }
        at += found + 1;
        if (at < rest.len && rest.ptr[at] == '/' &&
            span_starts_nocase(span_from(rest, at + 1), name)) {
            scan->at += at - 1;
            return;
        }
    }
}

/* An attribute's value may have quotes with anything between them. */
static void skip_value(struct scan *scan)
{
    struct span source = scan->source;
    while (scan->at < source.len && ascii_is_space(source.ptr[scan->at]))
        scan->at++;
    if (scan->at < source.len && (source.ptr[scan->at] == '"' || source.ptr[scan->at] == '\'')) {
        struct span quote = span_sub(source, scan->at++, 1);
        skip_past(scan, quote);
        return;
    }
    while (scan->at < source.len && !ascii_is_space(source.ptr[scan->at]) &&
           source.ptr[scan->at] != '>')
        scan->at++;
}

/* Behind the ">" of a tag. false: too many attributes. */
static bool skip_attributes(struct scan *scan, bool *closes_itself_out)
{
    struct span source = scan->source;
    size_t count = 0;
    bool in_name = false;
    *closes_itself_out = false;
    while (scan->at < source.len) {
        char c = source.ptr[scan->at++];
        if (c == '>')
            return true;
        *closes_itself_out = c == '/';
        if (c == '=' && in_name) {
            skip_value(scan);
            in_name = false;
        } else if (c == '/' || ascii_is_space(c)) {
            in_name = in_name && c != '/';
            /* white space may stand before "=" */
            size_t next = scan->at;
            in_name = in_name && next < source.len &&
                      (source.ptr[next] == '=' || ascii_is_space(source.ptr[next]));
        } else if (!in_name) {
            in_name = true;
            if (++count > HTML_SCAN_ATTRIBUTES)
                return false;
        }
    }
    return true;
}

static unsigned char hash_of(struct span name)
{
    unsigned hash = 5381;
    for (size_t i = 0; i < name.len && i < 32; i++)
        hash = hash * 33 + (unsigned char)ascii_lower(name.ptr[i]);
    return (unsigned char)(hash ^ hash >> 8);
}

/* An end tag ends what was opened within the element, too; one that ends nothing is nothing. */
static void close_element(struct scan *scan, struct span name)
{
    unsigned char hash = hash_of(name);
    if (scan->counts[hash] == 0)
        return;
    unsigned char top;
    do {
        top = scan->open[--scan->depth];
        scan->counts[top]--;
    } while (top != hash);
}

/* false: too deep. */
static bool open_element(struct scan *scan, struct span name)
{
    if (does_not_nest(name))
        return true;
    if (scan->depth == HTML_SCAN_DEPTH)
        return false;
    unsigned char hash = hash_of(name);
    scan->open[scan->depth++] = hash;
    scan->counts[hash]++;
    return true;
}

static struct span read_name(struct scan *scan)
{
    struct span source = scan->source;
    size_t begin = scan->at;
    while (scan->at < source.len && !ascii_is_space(source.ptr[scan->at]) &&
           source.ptr[scan->at] != '/' && source.ptr[scan->at] != '>')
        scan->at++;
    return span_sub(source, begin, scan->at - begin);
}

/* At the name of a start tag or, with `end`, of an end tag. false: too much. */
static bool read_tag(struct scan *scan, bool end)
{
    bool closes_itself;
    struct span name = read_name(scan);
    if (++scan->tags > HTML_SCAN_TAGS || !skip_attributes(scan, &closes_itself))
        return false;
    if (end) {
        close_element(scan, name);
        return true;
    }
    if (is_raw(name)) {
        skip_raw(scan, name);
        return true;
    }
    return closes_itself || open_element(scan, name);
}

bool html_scan_is_too_complex(struct span source)
{
    struct scan scan = {.source = source};
    for (;;) {
        skip_past(&scan, SPAN("<"));
        struct span rest = span_from(source, scan.at);
        if (rest.len == 0)
            return false;
        bool end = rest.ptr[0] == '/';
        if (span_starts(rest, SPAN("!--"))) {
            scan.at += 1; /* "<!-->" is whole */
            skip_past(&scan, SPAN("-->"));
        } else if (rest.len > end && ascii_is_alpha(rest.ptr[end])) {
            scan.at += end;
            if (!read_tag(&scan, end))
                return true;
        }
    }
}
