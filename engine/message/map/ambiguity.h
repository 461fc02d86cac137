/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ambiguity: places where two readers of a message may see two different things. Any of them makes
 * the message *uncertain* (`on_uncertain`), and a lenient scan looks at it under the other
 * plausible readings (DESIGN promise 6). The names are public: log, `culvert apply --explain`,
 * headers.
 */
#ifndef CULVERT_MESSAGE_MAP_AMBIGUITY_H
#define CULVERT_MESSAGE_MAP_AMBIGUITY_H

#include <stdint.h>

enum ambiguity {
    /* header */
    AMBIGUITY_DUPLICATE_FIELD,      /* a field that may stand once stands twice (RFC 5322 3.6) */
    AMBIGUITY_DUPLICATE_MIME_FIELD, /* the same for Content-* and MIME-Version */
    AMBIGUITY_BLANK_BEFORE_COLON,   /* "Subject :" */
    AMBIGUITY_NOT_A_FIELD,          /* a header line without a field name and colon */
    AMBIGUITY_BLANK_HEADER_LINE,    /* a line of blanks: folding or the end of the header? */
    AMBIGUITY_MISSING_HEADER_END,   /* the header runs into a boundary or body without empty line */
    AMBIGUITY_FROM_LINE,            /* an mbox "From " line in front */
    AMBIGUITY_CONTROL_CHARACTER,    /* a control character in the header, NUL anywhere */
    AMBIGUITY_BARE_LINE_END,        /* CR or LF alone */
    /* MIME parameters */
    AMBIGUITY_BAD_CONTENT_TYPE, /* no type/subtype that RFC 2045 5.1 would accept */
    AMBIGUITY_DUPLICATE_PARAMETER,
    AMBIGUITY_ENCODED_BOUNDARY, /* boundary by RFC 2231 or 2047, or with escapes */
    AMBIGUITY_MISSING_BOUNDARY, /* a multipart without, or with an empty one */
    AMBIGUITY_BAD_BOUNDARY, /* longer than RFC 2046 allows, or with what readers take differently */
    AMBIGUITY_BOUNDARY_PREFIX, /* begins with, or is the beginning of, an enclosing one */
    AMBIGUITY_BAD_PARAMETER,   /* a parameter list that cannot be read in one way */
    AMBIGUITY_DIFFERENT_NAMES, /* several spellings of a file name that do not agree */
    /* multipart structure */
    AMBIGUITY_BOUNDARY_LINE,    /* text behind a boundary on its line, or a boundary in blanks */
    AMBIGUITY_UNCLOSED,         /* a multipart without close delimiter */
    AMBIGUITY_TEXT_AFTER_CLOSE, /* more than plain text behind the close delimiter */
    AMBIGUITY_NO_PARTS,         /* a multipart in which no boundary occurs */
    AMBIGUITY_FRAGMENT,         /* message/partial: readers join it with other messages */
    /* encodings */
    AMBIGUITY_UNKNOWN_ENCODING,
    AMBIGUITY_ENCODED_COMPOSITE,    /* base64 or quoted-printable on multipart or message */
    AMBIGUITY_BASE64_JUNK,          /* characters outside the alphabet, padding in the middle */
    AMBIGUITY_BAD_QUOTED_PRINTABLE, /* "=" that is no escape */
    AMBIGUITY_UNKNOWN_CHARSET,
    AMBIGUITY_BAD_CHARSET_BYTES, /* bytes that the charset does not have */
    AMBIGUITY_BAD_ENCODED_WORD,  /* an encoded word that cannot be decoded (RFC 2047) */
    AMBIGUITY_COUNT
};

/* A set of them. */
typedef uint64_t ambiguity_set;
#define AMBIGUITY_BIT(a) (UINT64_C(1) << (a))

/* "duplicate_field", ...; never NULL. */
const char *ambiguity_name(enum ambiguity a);

#endif
