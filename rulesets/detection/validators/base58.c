/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/validators/base58.h"

#include "transforms/keyed_hash.h"

/* bytes = bytes * 58 + digit, the last byte being the lowest. */
static bool push_digit(struct base58 *bytes, unsigned digit)
{
    unsigned carry = digit;
    for (size_t i = bytes->count; i-- > 0;) {
        carry += (unsigned)bytes->at[i] * 58;
        bytes->at[i] = (unsigned char)carry;
        carry >>= 8;
    }
    if (carry == 0)
        return true;
    if (bytes->count == BASE58_MAX)
        return false;
    memmove(bytes->at + 1, bytes->at, bytes->count++);
    bytes->at[0] = (unsigned char)carry;
    return true;
}

bool base58_read(struct span text, const char *alphabet, struct base58 *out)
{
    size_t zeros = 0;
    out->count = 0;
    while (zeros < text.len && text.ptr[zeros] == alphabet[0])
        zeros++;
    for (size_t i = zeros; i < text.len; i++) {
        size_t digit = span_find_byte(span_str(alphabet), text.ptr[i]);
        if (digit == SPAN_NONE || !push_digit(out, (unsigned)digit))
            return false;
    }
    if (out->count + zeros > BASE58_MAX)
        return false;
    memmove(out->at + zeros, out->at, out->count);
    memset(out->at, 0, zeros);
    out->count += zeros;
    return true;
}

static void sha_256(struct span bytes, unsigned char out[KEYED_HASH_SIZE])
{
    struct keyed_hash *hash = keyed_hash_new((struct span){NULL, 0});
    keyed_hash_add(hash, bytes);
    keyed_hash_end(&hash, out);
}

bool base58_check_holds(const struct base58 *bytes)
{
    unsigned char hash[KEYED_HASH_SIZE];
    if (bytes->count <= 4)
        return false;
    sha_256(span_of((const char *)bytes->at, bytes->count - 4), hash);
    sha_256(span_of((const char *)hash, sizeof hash), hash);
    return memcmp(hash, bytes->at + bytes->count - 4, 4) == 0;
}
