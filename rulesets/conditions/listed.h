/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listed: the items of a list of strings of the configuration, some of which may stand in files:
 * {"file": "partners.txt"} has one on each line. Lines end with LF, CRLF or CR; a byte order mark,
 * blanks around an item, empty lines and what follows a '#' (in front or behind a blank) do not
 * count. Main thread.
 */
#ifndef CULVERT_RULESETS_CONDITIONS_LISTED_H
#define CULVERT_RULESETS_CONDITIONS_LISTED_H

#include "config/reader/node.h"

struct listed {
    struct span text;
    const struct node *node; /* the string, or the object that names the file */
    const char *path;        /* of the file; NULL: it stands in the configuration */
    size_t line;
};

struct listed_items {
    struct listed *items;
    size_t count, cap;
};

/* The table of {"file": ...}. */
extern const struct key_table list_file_keys;

/* Everything that `strings`, read with `list_file_keys` as their object, stands for. A file that is
 * read is noted as one of the configuration's. */
bool listed_read(struct reader *reader, const struct string_list *strings,
                 struct listed_items *out) MUST_USE;

/* Complains of an item, at its line of the file. Returns false. */
bool listed_error(struct reader *reader, const struct listed *item, const char *format, ...)
    PRINTF_LIKE(3, 4);

#endif
