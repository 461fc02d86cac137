/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scan: what is known to be looked for, and one file that it is looked for in. Private to the
 * commands that look at detection. Main thread.
 */
#ifndef CULVERT_COMMANDS_SCAN_H
#define CULVERT_COMMANDS_SCAN_H

#include "engine/base/buf.h"
#include "engine/message/open.h"
#include "rulesets/detection/look.h"

/* A file that was read: a text, or a message, which is its texts. */
struct scan_file {
    struct span name;    /* as it was given */
    struct buf content;  /* what `raw` and, where nothing had to be added, `message` are of */
    struct buf wire;     /* a message whose lines had LF */
    struct span raw;     /* the bytes of the file */
    struct span message; /* what the map is of */
    size_t before;       /* bytes of it in front of those of the file */
    uint64_t *added;     /* where CR of ours stand in it */
    size_t added_count, added_cap;
    bool is_mail;
    struct arena *arena; /* of all that is made of it */
    struct map *map;
    struct views *views;
};

/* Reads `fd` to its end. On failure nothing is to be freed. */
bool scan_file_read(int fd, struct span name, bool is_mail, struct scan_file *out,
                    struct error *err) MUST_USE;
void scan_file_fini(struct scan_file *file);

/* The range of the file's bytes that is message [off, off+len). */
void scan_file_place(const struct scan_file *file, uint64_t off, uint64_t len, uint64_t *off_out,
                     uint64_t *len_out);

/* One text of a file. */
struct scan_text {
    const char *part; /* "text", "Subject", "1.2", "name of 1.2" ... */
    struct view *view;
    struct view *seen; /* the way in which it is looked at, folded: there are several of a view */
};

struct scan_texts {
    struct scan_text *items;
    size_t count, cap;
    /* What could not be looked at, and why. */
    struct scan_gap {
        const char *part;
        enum uninspected reason;
    } * gaps;
    size_t gap_count, gap_cap;
};

/* In the file's arena. */
void scan_texts_of(struct scan_file *file, struct scan_texts *out);

struct scan_find {
    const char *part;
    uint64_t off, len; /* in the file's bytes */
    struct sighting sighting;
    struct span value;
};

struct scan_finds {
    struct scan_find *items; /* by place, then by subject */
    size_t count, cap;
};

struct scan_style {
    bool json, show_values;
};

/* A line for each. */
void scan_report(const struct scan_file *file, const struct scan_finds *finds,
                 const struct scan_style *style, struct buf *out);

#endif
