/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node: typed reading of JSON configuration. A node is a JSON value that knows its file and its
 * JSON pointer (RFC 6901). Errors are collected in a `struct reader`, all of a run, each as
 *
 *     file:line:col: /pointer: expected ..., got ...; did you mean ...
 *
 * An object is read through a table of keys: the same table drives reading, "unknown key", the JSON
 * schema and the test that the reference documents every key. Main thread.
 */
#ifndef CULVERT_CONFIG_NODE_H
#define CULVERT_CONFIG_NODE_H

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/stamp.h"

#include <jansson.h>

struct document; /* one file: its text and its tree */

struct node {
    const struct document *document;
    const json_t *json;
    const char *pointer; /* "/tunnels/0/port" */
};

/* Everything read is in `arena`, which must outlive what was read. */
struct reader {
    struct arena *arena;
    struct buf complaints; /* text for people, a line each */
    size_t error_count;
    size_t warning_count;
    struct document *documents;
    /* What the configuration names and others have read for it: certificates, keys, passwords. */
    struct stamped_file *files;
    size_t file_count, file_cap;
    /* What is bad only because time has passed, or has not yet, is not complained about. */
    bool forgives_dates;
    /* Who may own secrets besides root and the user of this process: the one it will become. */
    uid_t secrets_owner;
};

enum key_type {
    KEY_STRING,  /* struct span */
    KEY_BOOL,    /* bool */
    KEY_INTEGER, /* int64_t within min..max */
    KEY_NUMBER,  /* double within min..max */
    KEY_ENUM,    /* int: a value of `values`; case, space, '_' and '-' do not matter */
    KEY_PATH,    /* struct span: a path, made relative to the folder of the file; "" stays "" */
    KEY_PATTERN, /* struct pattern_source: text and place, compiled by whoever wants it */
    KEY_STRINGS, /* struct string_list: an array of strings, or one string; with `object` an item
                    may also be such an object, whose `ptr` is NULL in the list */
    KEY_OBJECT,  /* struct node: json NULL when absent; read by its own table (`object`) later */
    KEY_ARRAY,   /* struct node: the same; `object` is the table of its items, for the schema */
    KEY_ANY      /* struct node: looked into by the caller */
};

struct enum_value {
    const char *name; /* as in the documents: "SMTP Message" */
    int value;
};

struct key {
    const char *name;
    enum key_type type;
    size_t offset; /* in the structure that is filled */
    bool required;
    int64_t min, max;                /* KEY_INTEGER, KEY_NUMBER; min == max == 0: any */
    const struct enum_value *values; /* KEY_ENUM: ends with name NULL */
    const struct key_table *object;  /* KEY_OBJECT, KEY_ARRAY, KEY_STRINGS: what is inside */
    const char *standard; /* the default as the documents write it, or NULL; in "(...)": in words */
    const char *help;     /* one sentence: for the schema */
    bool as_text;         /* KEY_OBJECT: may also be a JSON string that holds the object */
};

struct key_table {
    const char *name; /* "tunnel": for messages and the schema */
    const struct key *keys;
    size_t count;
    /* Further allowed objects of the same kind, for tables that come in variants (rules). NULL. */
    const struct key_table *const *also;
};

struct string_list {
    struct span *items;
    struct node *nodes; /* where each stands, for later complaints */
    size_t count;
};

struct pattern_source {
    struct span text; /* ptr NULL: absent */
    struct node node;
};

void reader_init(struct reader *reader, struct arena *arena);
void reader_fini(struct reader *reader); /* frees the complaints and documents, not the arena */

/* Appends all complaints to `out`; there are COMPLAINTS_MAX lines at most, then one that says how
 * many more there would be. */
#define COMPLAINTS_MAX 100
void reader_report(const struct reader *reader, struct buf *out);

/* Notes a file, `path` of the arena, that belongs to the configuration and is going to be read: a
 * change of it from now on is a change of the configuration. */
void reader_note_file(struct reader *reader, const char *path);

/* Reads and parses a file, or every *.json of a folder merged. false: see complaints. */
bool reader_load(struct reader *reader, const char *path, struct node *root_out) MUST_USE;
/* The same for a text in memory; `name` stands for the file. */
bool reader_load_text(struct reader *reader, const char *name, struct span text,
                      struct node *root_out) MUST_USE;

/*
 * Reads `node`, an object, through `table` into the structure `out`, which holds the defaults.
 * Every object may also carry name, description, enabled and comment; `common_out` (may be NULL)
 * gets them. false when anything was wrong (everything wrong is complained about).
 */
struct common_keys {
    struct span name;
    struct span description;
    bool enabled;
};
extern const struct key_table common_key_table; /* those four */
/* An absent node reads as an empty object without required keys. */
bool node_read(struct reader *reader, const struct node *node, const struct key_table *table,
               void *out, struct common_keys *common_out) MUST_USE;

/* `path` as KEY_PATH makes it of a path that stands in `node`; in the arena. */
const char *node_path(struct reader *reader, const struct node *node, struct span path);

/* Sets in `out`, of zeros, every default that `table` states: so there is one place for it. */
void node_defaults(const struct key_table *table, void *out);

/* The same with several tables at once (a rule: the common keys of rules, plus those of its kind).
 */
bool node_read_with(struct reader *reader, const struct node *node,
                    const struct key_table *const *tables, void *const *outs, size_t count,
                    struct common_keys *common_out) MUST_USE;

/* Members and items. json is NULL in the result when it is not there. */
struct node node_get(struct reader *reader, const struct node *object, const char *key);
struct node node_at(struct reader *reader, const struct node *array, size_t index);
size_t node_count(const struct node *array); /* 0 when it is none */
const char *const *node_keys(struct reader *reader, const struct node *object); /* ends with NULL */
bool node_is_present(const struct node *node);
bool node_is_object(const struct node *node);
bool node_is_array(const struct node *node);
bool node_is_disabled(const struct node *node);              /* an object with "enabled": false */
bool node_string(const struct node *node, struct span *out); /* false: not a string */

/* "config.json:12:7", of the value; in the arena. */
const char *node_place(struct reader *reader, const struct node *node);

/* The value of the word that `node` is; complains. For words that need more than KEY_ENUM. */
bool node_enum(struct reader *reader, const struct node *node, const struct enum_value *values,
               int *out) MUST_USE;

/* Complaints. The text begins behind "file:line:col: /pointer: ". node_error() returns false. */
bool node_error(struct reader *reader, const struct node *node, const char *format, ...)
    PRINTF_LIKE(3, 4);
void node_warning(struct reader *reader, const struct node *node, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* The commonest one: "expected `what`, got <the value>". Returns false. */
bool node_expected(struct reader *reader, const struct node *node, const char *what);

/* Complains about every item of a list of objects whose "name" an earlier item has, with both
 * places. */
bool node_unique_names(struct reader *reader, const struct node *array);

/* The nearest of `names` (NULL-terminated) to `word`, or NULL when none is near; for "did you
 * mean". */
const char *suggest(struct span word, const char *const *names);

/* Equal for an administrator: case, space, '_' and '-' do not matter. */
bool same_word(struct span a, const char *b);

#endif
