/* SPDX-License-Identifier: Apache-2.0 */
/*
 * params: the value of Content-Type and Content-Disposition taken apart (RFC 2045 section 5.1, RFC
 * 2183): a leading token or type/subtype, then parameters, with quoting and comments, and RFC 2231
 * sections (`name*0*=`). Offsets only; nothing is decoded here but quoting. Reads hostile input.
 */
#ifndef CULVERT_MESSAGE_MAP_PARAMS_H
#define CULVERT_MESSAGE_MAP_PARAMS_H

#include "engine/base/arena.h"
#include "engine/message/map/ambiguity.h"

/* One `attribute[*section][*]=value` as it stands. */
struct param {
    struct span attribute; /* without "*0*"; as written */
    struct span raw;       /* from the attribute to the end of the value, quotes included */
    struct span raw_value; /* the value, quotes included */
    struct span value;     /* without quotes, backslashes and folding; in the arena if it differs */
    int section;           /* RFC 2231 section 3; -1 for none */
    bool extended;         /* a "*" behind: charset'lang'percent-encoded (RFC 2231 section 4) */
    bool quoted;
};

struct params {
    struct span type;    /* "text" of text/plain, "attachment"; as written */
    struct span subtype; /* "" for a disposition */
    struct param *items;
    size_t count;
    ambiguity_set ambiguities;
    bool over_limit; /* more than `max` parameters: the rest was not read */
};

/* `value` is a field value as in struct field; the spans point into it. `with_subtype` for
 * Content-Type. At most `max` parameters (DESIGN: 200). */
void params_parse(struct span value, bool with_subtype, size_t max, struct arena *arena,
                  struct params *out);

/* The first plain (no section, not extended) parameter of that name, or NULL. */
const struct param *params_find(const struct params *params, const char *attribute);

/* The decoded text (UTF-8) of the parameter in its RFC 2231 spelling (`name*`, `name*0` ...), in
 * the arena; an empty span with ptr NULL where there is none. */
struct span params_find_extended(const struct params *params, const char *attribute,
                                 struct arena *arena, ambiguity_set *found);

#endif
