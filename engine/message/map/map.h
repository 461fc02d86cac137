/* SPDX-License-Identifier: Apache-2.0 */
/*
 * map: where everything is in a message. Our own single pass over the bytes: linear, offsets only,
 * with hard limits, before any library sees the message. The tiles cover the message from the first
 * to the last byte without gap or overlap; a field tile starts with its name and a colon; a
 * boundary counts only at a line start. One strict reading; what could be read otherwise is noted
 * as an ambiguity. A map lives in the arena it was built in and points into the message's bytes.
 */
#ifndef CULVERT_MESSAGE_MAP_MAP_H
#define CULVERT_MESSAGE_MAP_MAP_H

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "engine/message/map/ambiguity.h"
#include "engine/message/map/params.h"

#define MAP_NONE UINT32_MAX /* "no such part" */

enum tile_kind {
    TILE_FIELD,      /* name ':' value, continuation lines and the line end */
    TILE_JUNK,       /* a header line that is no field (and an mbox "From " line) */
    TILE_HEADER_END, /* the empty line */
    TILE_BODY,       /* the body of a leaf, without the line end that the next boundary owns */
    TILE_BOUNDARY,   /* CRLF "--" boundary blanks CRLF; without the first CRLF where the line
                        stands right behind a header or another boundary */
    TILE_CLOSE,      /* the same with "--" behind the boundary */
    TILE_PROLOGUE,   /* preamble of a multipart (RFC 2046 5.1.1) */
    TILE_EPILOGUE,
    TILE_UNREAD /* what lies behind the point where a limit ended the pass */
};

struct tile {
    uint64_t off;
    uint64_t len;
    enum tile_kind kind;
    uint32_t part;
};

struct field {
    struct span name;  /* as written, without blanks before the colon */
    struct span raw;   /* the whole tile */
    struct span value; /* behind the colon, up to the last line end: folding and blanks included */
    uint32_t part;
};

enum part_kind { PART_LEAF, PART_MULTIPART, PART_MESSAGE };

enum transfer_encoding {
    ENCODING_7BIT,
    ENCODING_8BIT,
    ENCODING_BINARY,
    ENCODING_QUOTED_PRINTABLE,
    ENCODING_BASE64,
    ENCODING_UUENCODE, /* x-uuencode and its other names */
    ENCODING_UNKNOWN
};

/*
 * A part is a header and a body: part 0 is the message itself. The parts of a multipart, and the
 * message in a message/rfc822 (or message/global) part, are its children. Children have higher
 * numbers than their parent, siblings stand in the order of the message.
 *
 * A multipart that cannot be opened (no boundary, or none of its lines occurs) is a leaf of type
 * text/plain, as RFC 2045 5.2 has it for a type that makes no sense: so rules for text see it. An
 * encoded message/rfc822 is a leaf; an encoded multipart is followed, as readers do. Where a limit
 * ended the pass, a PART_MULTIPART or PART_MESSAGE may have no child.
 */
struct part {
    uint32_t index, parent, first_child, next_sibling; /* MAP_NONE where there is none */
    uint32_t depth;                                    /* 0 for the message */
    enum part_kind kind;
    bool is_message; /* its header is that of a message: the top, or the child of a PART_MESSAGE */
    uint32_t first_field, field_count; /* in map->fields */
    struct span header;                /* all fields, without the empty line */
    struct span body;                  /* as its TILE_BODY; for composites all that is inside */
    struct params type;                /* defaults of RFC 2045 5.2 and 2046 5.1.5 filled in */
    struct params disposition;         /* type "" where there is no Content-Disposition */
    const struct field *type_field, *disposition_field, *encoding_field; /* NULL: not there */
    struct span boundary; /* of a PART_MULTIPART, as this reading follows it */
    bool closed;          /* its close delimiter was there */
    enum transfer_encoding encoding;
    ambiguity_set ambiguities; /* of this part */
};

struct map_limits {
    size_t header_bytes;    /* of one header block [256 KiB] */
    size_t field_bytes;     /* of one field [100 KiB] */
    size_t fields;          /* of one header block [2000] */
    size_t all_fields;      /* of the message [50000] */
    size_t parameters;      /* of one field [200] */
    size_t all_parameters;  /* of the message [20000] */
    size_t depth;           /* of nesting [32] */
    size_t parts;           /* of the message [1000] */
    size_t boundary_length; /* what we follow; RFC 2046 allows 70 [2048] */
};
extern const struct map_limits map_limits_default;

/* How to read where a message can be read in several ways. */
enum reading {
    READING_STRICT,  /* ours: the first of duplicates, RFC grammar */
    READING_LAST,    /* the last of duplicates */
    READING_LENIENT, /* boundaries that are encoded, prefixed or followed by text; blanks ignored;
                        a line of blanks ends the header; encoded composites are followed; a
                        lone CR ends a line; a missing boundary is guessed */
    READING_COUNT
};

struct ambiguity_note {
    enum ambiguity what;
    uint32_t part;
    uint64_t off; /* where in the message */
};

struct map {
    struct span bytes;
    enum reading reading;
    struct tile *tiles;
    size_t tile_count;
    struct field *fields;
    size_t field_count;
    struct part *parts;
    size_t part_count;
    struct ambiguity_note *notes; /* one of a kind for each part, the first MAP_NOTES_MAX */
    size_t note_count;
    ambiguity_set ambiguities; /* of all parts; empty: the message is certain */
    struct arena *arena;
    const char *over_limit; /* NULL, or the name (as in map_limits) of what ended the pass */
    bool has_8bit_header;   /* raw bytes above 0x7f in some header */
};
#define MAP_NOTES_MAX 64

/*
 * Never fails: what is too much sets over_limit and leaves the rest as TILE_UNREAD. `bytes` and
 * `arena` must outlive the map; `limits` need not.
 */
struct map *map_build(struct span bytes, const struct map_limits *limits, enum reading reading,
                      struct arena *arena);

/* Notes an ambiguity that shows only on decoding (broken base64 ...). */
void map_note(struct map *map, enum ambiguity what, uint32_t part, uint64_t off);

/* The `nth` (from 0) field of that name (case-insensitive) of the part, or NULL. */
const struct field *map_field(const struct map *map, const struct part *part, const char *name,
                              size_t nth);

/* text/plain and the like: compares case-insensitively; subtype NULL means any. */
bool part_is_type(const struct part *part, const char *type, const char *subtype);

/*
 * A leaf or nested message that a reader shows as an attachment: Content-Disposition attachment, or
 * a file name, or a type that is neither text nor multipart; every PART_MESSAGE.
 */
bool part_is_attachment(const struct part *part);

/* Checks the tiling (DESIGN section 4): for tests and fuzzing. */
bool map_tiles_are_whole(const struct map *map, struct error *err) MUST_USE;

#endif
