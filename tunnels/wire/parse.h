/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parse: what every parser of the wire answers. The parsers take bytes and do no I/O; they may be
 * given the same bytes again with more behind them, and give the same result however the bytes were
 * split.
 */
#ifndef CULVERT_WIRE_PARSE_H
#define CULVERT_WIRE_PARSE_H

enum parse_result {
    PARSE_DONE, /* one thing is complete */
    PARSE_MORE, /* right so far, more bytes are needed */
    PARSE_BAD   /* it can never become right */
};

#endif
