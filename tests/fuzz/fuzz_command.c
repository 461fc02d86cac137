/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Command lines: whole and in pieces give the same commands and faults; a command never holds a
 * line end or a NUL. The first byte of the input chooses the pieces.
 */
#include "tunnels/wire/command.h"

#include "engine/base/buf.h"
#include "tunnels/wire/bdat.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

/* A size that is understood is that number however it is written, and is never more than fits. */
static void check_bdat(struct span argument)
{
    struct bdat bdat, again;
    struct buf text = BUF_INIT;
    if (bdat_parse(argument, &bdat) != PARSE_DONE)
        return;
    buf_printf(&text, "%llu%s", (unsigned long long)bdat.size, bdat.last ? " last" : "");
    CHECK(bdat_parse(buf_span(&text), &again) == PARSE_DONE);
    CHECK(again.size == bdat.size && again.last == bdat.last);
    buf_fini(&text);
}

/* What was read, as text: one line a command or fault. */
static void read_all(struct span input, size_t piece, struct buf *out)
{
    struct command_reader reader;
    struct buf kept = BUF_INIT;
    size_t at = 0;
    command_reader_init(&reader);
    for (;;) {
        struct command command;
        enum command_fault fault;
        size_t consumed;
        /* a copy of the exact size, so that the sanitizer sees a byte too far */
        char *copy = malloc(kept.len ? kept.len : 1);
        struct span window = span_of(copy, kept.len);
        CHECK(copy);
        memcpy(copy, buf_span(&kept).ptr, kept.len);
        enum parse_result result = command_read(&reader, window, &command, &consumed, &fault);
        CHECK(consumed <= kept.len);
        if (result == PARSE_DONE) {
            CHECK(consumed >= 2 && consumed <= COMMAND_AUTH_MAX);
            CHECK(consumed <= COMMAND_MAX || command.verb == COMMAND_AUTH);
            CHECK(span_find_byte(command.name, '\n') == SPAN_NONE);
            CHECK(span_find_byte(command.argument, '\r') == SPAN_NONE);
            CHECK(span_find_byte(command.argument, '\0') == SPAN_NONE);
            check_bdat(command.argument);
            buf_printf(out, "%d %zu %zu\n", command.verb, command.name.len, command.argument.len);
        } else if (result == PARSE_BAD) {
            buf_printf(out, "bad %d\n", fault);
        }
        free(copy);
        buf_consume(&kept, consumed);
        if (result == PARSE_BAD && command_fault_is_fatal(fault))
            break;
        if (result != PARSE_MORE)
            continue;
        CHECK(kept.len < COMMAND_AUTH_MAX);
        if (at == input.len)
            break;
        struct span more = span_sub(input, at, piece);
        at += more.len;
        buf_add(&kept, more);
    }
    buf_fini(&kept);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct span input = span_of((const char *)data + 1, size - 1);
    struct buf whole = BUF_INIT;
    struct buf pieces = BUF_INIT;
    read_all(input, SIZE_MAX, &whole);
    read_all(input, 1 + data[0] % 64u, &pieces);
    /* A line that is far too long may be skipped as one piece or as endless ones. */
    if (size < COMMAND_SKIP_MAX)
        CHECK(span_equal(buf_span(&whole), buf_span(&pieces)));
    buf_fini(&whole);
    buf_fini(&pieces);
    return 0;
}
