/* SPDX-License-Identifier: Apache-2.0 */
/*
 * part_header: edits of the fields that say how a part's body is to be read, for a body that had to
 * be re-encoded. Only what has to change is touched; what is missing is added at the end of the
 * header. They are edits of the root view. One thread.
 */
#ifndef CULVERT_MESSAGE_MAP_PART_HEADER_H
#define CULVERT_MESSAGE_MAP_PART_HEADER_H

#include "engine/message/view.h"

/* Content-Transfer-Encoding: `encoding`. */
bool part_set_encoding(struct views *views, const struct part *part, const char *encoding,
                       const char *rule, struct error *err) MUST_USE;

/* The charset parameter of Content-Type, and only that. */
bool part_set_charset(struct views *views, const struct part *part, const char *charset,
                      const char *rule, struct error *err) MUST_USE;

/*
 * A multipart that calls itself quoted-printable and has no escape in it (map_encoding.c) would not
 * be what it was with one of ours in it: it says from now on that it is not encoded. When all edits
 * of the root are known, before they are sealed.
 */
void part_headers_follow(struct views *views);

#endif
