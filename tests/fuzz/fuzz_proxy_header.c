/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PROXY headers: read piece by piece, as large as the parser asks for, never more is read than the
 * header; what it says is one address that is written and read again as itself.
 */
#include "engine/base/network.h"
#include "tunnels/wire/proxy_header.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

static enum parse_result parse_copy(struct span input, struct proxy_header *out, size_t *len_out)
{
    const char *reason = NULL;
    char *copy = malloc(input.len ? input.len : 1);
    CHECK(copy);
    memcpy(copy, input.ptr, input.len);
    enum parse_result result = proxy_header_parse(span_of(copy, input.len), out, len_out, &reason);
    free(copy);
    CHECK(result != PARSE_BAD || (reason && reason[0] != '\0' && !out->has_client));
    CHECK(result != PARSE_MORE || *len_out > 0);
    return result;
}

static void check_again(const struct proxy_header *header)
{
    char written[PROXY_WRITE_MAX];
    struct proxy_header again;
    size_t len;
    size_t size = proxy_header_write(header, written);
    CHECK(size <= sizeof written);
    CHECK(parse_copy(span_of(written, size), &again, &len) == PARSE_DONE && len == size);
    CHECK(again.has_client == header->has_client);
    CHECK(strcmp(again.client.address, header->client.address) == 0);
    CHECK(strcmp(again.server.address, header->server.address) == 0);
    CHECK(again.client.port == header->client.port && again.server.port == header->server.port);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span input = span_of((const char *)data, size);
    struct proxy_header header, whole;
    size_t have = 0, len = 0, whole_len = 0;
    enum parse_result result;
    while ((result = parse_copy(span_sub(input, 0, have), &header, &len)) == PARSE_MORE &&
           len <= size - have)
        have += len;
    CHECK(have <= PROXY_HEADER_MAX);
    if (result == PARSE_MORE)
        return 0;
    CHECK(parse_copy(input, &whole, &whole_len) == result);
    if (result == PARSE_BAD)
        return 0;
    CHECK(len == have && whole_len == len && whole.has_client == header.has_client);
    CHECK(strcmp(whole.client.address, header.client.address) == 0);
    if (header.has_client) {
        struct network all[2] = {{.is_v6 = false}, {.is_v6 = true}};
        CHECK(networks_hold(all, 2, span_str(header.client.address)));
    }
    check_again(&header);
    return 0;
}
