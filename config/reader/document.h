/* SPDX-License-Identifier: Apache-2.0 */
/*
 * document: one text of configuration: a file, a JSON string that holds an object, or the merged
 * tree of a folder, whose values remember the file that they come from. Private to the reader,
 * which owns them all. Main thread.
 */
#ifndef CULVERT_CONFIG_DOCUMENT_H
#define CULVERT_CONFIG_DOCUMENT_H

#include "config/reader/locate.h"
#include "config/reader/node.h"

struct origins; /* merge.h */

struct document {
    struct document *next;
    const char *name;   /* as complaints show it */
    const char *folder; /* of the file: "" or with a '/' at its end */
    struct buf bytes;
    struct span text; /* `bytes` without a byte order mark */
    json_t *root;
    struct node string;      /* the JSON string whose value the text is, or all NULL */
    struct origins *origins; /* of a merged tree, which has no text of its own */
};

/* A place in a file. */
struct place {
    const struct document *document;
    size_t off;
    const char *pointer;
};

struct document *document_new(struct reader *reader, const char *name);
void documents_free(struct reader *reader);

/* Checks and parses the text; complains. */
bool document_parse(struct reader *reader, struct document *document) MUST_USE;

/* The value of `node`, a JSON string, as a document of its own; its root in *out. */
bool document_in_string(struct reader *reader, const struct node *node, struct node *out) MUST_USE;

/* The file and the pointer in it that a node of a merged tree comes from. */
struct node document_origin(struct arena *arena, const struct node *node);

struct place place_of(struct arena *arena, const struct node *node, enum locate_what what);
/* Of an offset of the document's text; `pointer` counts from the document's root. */
struct place place_of_offset(struct arena *arena, const struct document *document,
                             const char *pointer, size_t off);

/* A complaint about a place; returns false. */
bool complain(struct reader *reader, const struct place *place, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* One about a file as a whole: no line, no pointer. */
bool complain_file(struct reader *reader, const char *name, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* About the key in front of the value. */
bool complain_key(struct reader *reader, const struct node *node, const char *format, ...)
    PRINTF_LIKE(3, 4);

#endif
