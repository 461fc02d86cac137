/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/tls/hello.h"

enum { CLIENT_HELLO = 1, SERVER_NAME = 0, GROUPS = 10, SIGNATURES = 13, HOST_NAME = 0 };

#define VERSION_AND_RANDOM 34u

static bool take(struct span *rest, size_t len, struct span *out)
{
    if (len > rest->len)
        return false;
    *out = span_sub(*rest, 0, len);
    *rest = span_from(*rest, len);
    return true;
}

/* A number of `bytes` bytes, the first the greatest. */
static bool take_number(struct span *rest, size_t bytes, size_t *out)
{
    struct span number;
    if (!take(rest, bytes, &number))
        return false;
    *out = 0;
    for (size_t i = 0; i < number.len; i++)
        *out = *out << 8 | (unsigned char)number.ptr[i];
    return true;
}

/* What is behind its own length. */
static bool take_vector(struct span *rest, size_t length_bytes, struct span *out)
{
    size_t len;
    return take_number(rest, length_bytes, &len) && take(rest, len, out);
}

/* The first host of the list, as the library takes it (RFC 6066 section 3). */
static bool take_name(struct span body, struct tls_hello *hello)
{
    struct span list, name;
    size_t kind;
    if (!take_vector(&body, 2, &list))
        return false;
    while (list.len > 0) {
        if (!take_number(&list, 1, &kind) || !take_vector(&list, 2, &name))
            return false;
        if (kind == HOST_NAME) {
            hello->name = name;
            return true;
        }
    }
    return true;
}

static bool take_extension(size_t kind, struct span body, struct tls_hello *hello)
{
    switch (kind) {
    case SERVER_NAME:
        return take_name(body, hello);
    case GROUPS:
        return take_vector(&body, 2, &hello->groups);
    case SIGNATURES:
        return take_vector(&body, 2, &hello->signatures);
    default:
        return true;
    }
}

static bool take_extensions(struct span rest, struct tls_hello *hello)
{
    struct span all, body;
    size_t kind;
    if (rest.len == 0)
        return true;
    if (!take_vector(&rest, 2, &all))
        return false;
    while (all.len > 0) {
        if (!take_number(&all, 2, &kind) || !take_vector(&all, 2, &body) ||
            !take_extension(kind, body, hello))
            return false;
    }
    return true;
}

bool tls_hello_read(struct span message, struct tls_hello *out)
{
    struct span body, skipped;
    size_t kind;
    *out = (struct tls_hello){.name = SPAN("")};
    return take_number(&message, 1, &kind) && kind == CLIENT_HELLO &&
           take_vector(&message, 3, &body) && take(&body, VERSION_AND_RANDOM, &skipped) &&
           take_vector(&body, 1, &skipped) && take_vector(&body, 2, &out->suites) &&
           take_vector(&body, 1, &skipped) && take_extensions(body, out);
}

bool tls_hello_has(struct span list, uint16_t number)
{
    for (size_t i = 0; i + 1 < list.len; i += 2) {
        if ((unsigned char)list.ptr[i] == number >> 8 &&
            (unsigned char)list.ptr[i + 1] == (number & 0xff))
            return true;
    }
    return false;
}
