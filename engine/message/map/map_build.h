/* SPDX-License-Identifier: Apache-2.0 */
/*
 * map_build: what the files of the map share while one is being built. The pass never goes back:
 * `pos` only grows, and every byte before `tiled` lies in a tile. Nesting is a stack of open
 * composites, so depth costs memory by limit and no recursion.
 */
#ifndef CULVERT_MESSAGE_MAP_MAP_BUILD_H
#define CULVERT_MESSAGE_MAP_MAP_BUILD_H

#include "engine/message/map/map.h"

/* Where in an open multipart the pass is. */
enum inside { INSIDE_PROLOGUE, INSIDE_PARTS, INSIDE_EPILOGUE };

/* A composite part whose end has not come yet. */
struct open_part {
    uint32_t part;
    bool is_multipart;
    enum inside inside;
    struct span boundary;
};

/* What a part will hold as pointers once the arrays stop moving. */
struct part_links {
    uint32_t last_child;
    uint32_t type_field, disposition_field, encoding_field; /* MAP_NONE: not there */
    bool odd_encoding;      /* a spelling of none: certain only if the text looks like no other */
    bool encoded_multipart; /* certain only if its boundary lines stand there as they are */
};

struct builder {
    struct map *map;
    const struct map_limits *limits;
    struct arena *arena;
    size_t pos;
    size_t tiled;
    size_t tile_cap, field_cap, part_cap, link_cap, open_cap;
    struct part_links *links; /* as long as map->parts */
    struct open_part *open;   /* outermost first */
    size_t open_count;
    size_t parameters_left;
};

/* A boundary line. */
struct boundary_hit {
    size_t tile;  /* where its tile begins: with the line end that it owns */
    size_t line;  /* where the line begins */
    size_t end;   /* behind its line end */
    size_t level; /* of the multipart in builder->open */
    bool close;
};

/* map.c */
void builder_note(struct builder *b, enum ambiguity what, uint32_t part, size_t off);
/* The bytes from `tiled` to `end` become a tile; nothing where there are none. */
void builder_tile(struct builder *b, enum tile_kind kind, uint32_t part, size_t end);
bool builder_is_over(const struct builder *b);
void builder_over(struct builder *b, const char *limit);

/* map_header.c: reads the header block at `pos`. */
enum header_end {
    HEADER_BEFORE_BODY, /* `pos` is behind the empty line */
    HEADER_AT_BOUNDARY, /* a boundary line stands at `pos`: in `hit` */
    HEADER_AT_END,      /* the message ends */
    HEADER_OVER_LIMIT
};
enum header_end header_read(struct builder *b, uint32_t part, struct boundary_hit *hit);

/* map_fields.c: remembers what matters of the field that was added last. */
struct header_fields {
    uint32_t first[32]; /* index in map->fields by known name; MAP_NONE */
};
void header_fields_init(struct header_fields *known);
void header_fields_see(struct builder *b, struct header_fields *known, uint32_t part);

/* map_mime.c: what kind of part the header that was read makes it. */
void mime_read(struct builder *b, uint32_t part);

/* map_boundary.c: chooses the boundary of a multipart; false: it has none to follow. */
bool boundary_choose(struct builder *b, uint32_t part);

/* "=?charset?Q?text?=" somewhere. */
bool boundary_has_encoded_word(struct span text);

/* map_encoded.c: with every encoded word replaced by the octets that it stands for. */
struct span encoded_words_decode(struct span text, struct arena *arena);

/* map_encoding.c: what Content-Transfer-Encoding means (RFC 2045 section 6). `field` may be NULL.
 */
enum transfer_encoding encoding_read(struct builder *b, uint32_t part, const struct field *field);
/* At the end of the pass: notes encodings that the text belies. */
void encodings_check(struct builder *b);

/* map_returned.c: whether the part lies in the message that a multipart/report returns (RFC 6522
 * section 3), and `hit` is the close delimiter of that report. NULL: no boundary. */
bool is_returned(const struct builder *b, uint32_t part, const struct boundary_hit *hit);

/* map_names.c: notes file names that do not agree. */
void names_compare(struct builder *b, uint32_t part);

/* map_around.c: where in text around the parts, from `from` to `end`, something stands that a
 * reader could take for more than text; SIZE_MAX: nowhere. */
size_t around_find(const struct builder *b, size_t from, size_t end);

/* map_body.c */
/* Whether the line at `line` (which begins with "--") is a boundary line of an open multipart. */
bool boundary_match(struct builder *b, size_t line, struct boundary_hit *hit);
/* The next boundary line in the body that begins at `from`. */
bool boundary_find(struct builder *b, size_t from, struct boundary_hit *hit);

#endif
