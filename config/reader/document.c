/* SPDX-License-Identifier: Apache-2.0 */
#include "config/reader/document.h"

#include "config/reader/merge.h"
#include "config/reader/scan.h"
#include "config/reader/syntax.h"
#include "engine/base/mem.h"

#include <stdlib.h>

struct document *document_new(struct reader *reader, const char *name)
{
    struct document *document = mem_alloc(sizeof *document);
    document->name = arena_str(reader->arena, span_str(name));
    const char *slash = strrchr(name, '/');
    document->folder =
        arena_str(reader->arena, span_of(name, slash ? (size_t)(slash + 1 - name) : 0));
    document->next = reader->documents;
    reader->documents = document;
    return document;
}

void documents_free(struct reader *reader)
{
    while (reader->documents) {
        struct document *first = reader->documents;
        reader->documents = first->next;
        json_decref(first->root);
        buf_fini(&first->bytes);
        origins_free(&first->origins);
        free(first);
    }
}

bool document_parse(struct reader *reader, struct document *document)
{
    document->text = buf_span(&document->bytes);
    if (span_starts(document->text, SPAN("\xef\xbb\xbf")))
        document->text = span_from(document->text, 3);
    if (!syntax_check(reader, document))
        return false;
    json_error_t failure;
    document->root = json_loadb(document->text.ptr, document->text.len,
                                JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &failure);
    if (document->root)
        return true;
    /* Whatever our own check does not know. */
    size_t off = failure.position > 0 ? (size_t)failure.position : 0;
    struct place place = place_of_offset(reader->arena, document, "", off);
    return complain(reader, &place, "%s", failure.text);
}

bool document_in_string(struct reader *reader, const struct node *node, struct node *out)
{
    struct span text;
    *out = (struct node){NULL, NULL, node->pointer};
    if (!node_string(node, &text) || span_trim(text).len == 0)
        return true;
    struct node origin = document_origin(reader->arena, node);
    struct document *document = document_new(reader, "");
    document->string = *node;
    document->name = origin.document->name;
    document->folder = origin.document->folder;
    buf_add(&document->bytes, text);
    if (!document_parse(reader, document))
        return false;
    *out = (struct node){document, document->root, ""};
    return true;
}

struct node document_origin(struct arena *arena, const struct node *node)
{
    return node->document && node->document->origins ? origins_find(arena, node) : *node;
}

struct place place_of_offset(struct arena *arena, const struct document *document,
                             const char *pointer, size_t off)
{
    if (!document->string.document)
        return (struct place){document, off, pointer};
    struct place outer = place_of(arena, &document->string, LOCATE_VALUE);
    struct token token = scan_next(outer.document->text, outer.off);
    size_t bom = (size_t)(document->text.ptr - buf_span(&document->bytes).ptr);
    outer.off += scan_raw_offset(span_sub(outer.document->text, token.off, token.len), off + bom);
    outer.pointer = arena_printf(arena, "%s%s", outer.pointer, pointer);
    return outer;
}

struct place place_of(struct arena *arena, const struct node *node, enum locate_what what)
{
    struct node origin = document_origin(arena, node);
    size_t off = locate(origin.document->text, span_str(origin.pointer), what);
    return place_of_offset(arena, origin.document, origin.pointer, off);
}
