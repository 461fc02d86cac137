/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/map/ambiguity.h"

#include "engine/base/attrs.h"

#include <assert.h>

static const char *const names[] = {
    [AMBIGUITY_DUPLICATE_FIELD] = "duplicate_field",
    [AMBIGUITY_DUPLICATE_MIME_FIELD] = "duplicate_mime_field",
    [AMBIGUITY_BLANK_BEFORE_COLON] = "blank_before_colon",
    [AMBIGUITY_NOT_A_FIELD] = "not_a_field",
    [AMBIGUITY_BLANK_HEADER_LINE] = "blank_header_line",
    [AMBIGUITY_MISSING_HEADER_END] = "missing_header_end",
    [AMBIGUITY_FROM_LINE] = "from_line",
    [AMBIGUITY_CONTROL_CHARACTER] = "control_character",
    [AMBIGUITY_BARE_LINE_END] = "bare_line_end",
    [AMBIGUITY_BAD_CONTENT_TYPE] = "bad_content_type",
    [AMBIGUITY_DUPLICATE_PARAMETER] = "duplicate_parameter",
    [AMBIGUITY_ENCODED_BOUNDARY] = "encoded_boundary",
    [AMBIGUITY_MISSING_BOUNDARY] = "missing_boundary",
    [AMBIGUITY_BAD_BOUNDARY] = "bad_boundary",
    [AMBIGUITY_BOUNDARY_PREFIX] = "boundary_prefix",
    [AMBIGUITY_BAD_PARAMETER] = "bad_parameter",
    [AMBIGUITY_DIFFERENT_NAMES] = "different_names",
    [AMBIGUITY_BOUNDARY_LINE] = "boundary_line",
    [AMBIGUITY_UNCLOSED] = "unclosed",
    [AMBIGUITY_TEXT_AFTER_CLOSE] = "text_after_close",
    [AMBIGUITY_NO_PARTS] = "no_parts",
    [AMBIGUITY_FRAGMENT] = "fragment",
    [AMBIGUITY_UNKNOWN_ENCODING] = "unknown_encoding",
    [AMBIGUITY_ENCODED_COMPOSITE] = "encoded_composite",
    [AMBIGUITY_BASE64_JUNK] = "base64_junk",
    [AMBIGUITY_BAD_QUOTED_PRINTABLE] = "bad_quoted_printable",
    [AMBIGUITY_UNKNOWN_CHARSET] = "unknown_charset",
    [AMBIGUITY_BAD_CHARSET_BYTES] = "bad_charset_bytes",
    [AMBIGUITY_BAD_ENCODED_WORD] = "bad_encoded_word",
};

_Static_assert(ARRAY_LEN(names) == AMBIGUITY_COUNT, "every ambiguity has a name");
_Static_assert(AMBIGUITY_COUNT <= 64, "they fit in an ambiguity_set");

const char *ambiguity_name(enum ambiguity a)
{
    assert((unsigned)a < AMBIGUITY_COUNT);
    return names[a];
}
