/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec_html: the source of an HTML text below, above what a reader sees: tags and entities
 * resolved, white space collapsed, blocks and cells on lines and behind tabs of their own; then,
 * each on lines of its own, titles, scripts, styles, attribute values and comments, because every
 * byte that leaves is looked at. Gumbo parses, with a budget of memory and, for all HTML of the
 * message, of time; what is beyond it is UNINSPECTED_HTML_TOO_COMPLEX. Edits change text and
 * values, never tags.
 */
#ifndef CULVERT_MESSAGE_FORMATS_CODEC_HTML_H
#define CULVERT_MESSAGE_FORMATS_CODEC_HTML_H

#include "engine/message/view.h"

extern const struct codec codec_html;

/* How much of the text, from its begin, a reader sees; all of it where the view is of another
 * codec. */
uint64_t codec_html_shown(const struct view *view);

#endif
