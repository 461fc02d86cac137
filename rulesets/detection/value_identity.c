/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/ascii.h"
#include "engine/base/utf8.h"
#include "engine/message/codecs/comparable.h"
#include "rulesets/detection/lookout.h"

/* Two rounds of multiplication keep what an observer sees of it apart from the seed. */
static uint64_t mix(uint64_t hash, uint64_t more)
{
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)(hash ^ more ^ 0x9e3779b97f4a7c15u) * 0xd6e8feb86659fd93u;
    uint64_t folded = (uint64_t)product ^ (uint64_t)(product >> 64);
    product = (wide)(folded + more) * 0xa0761d6478bd642fu;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static bool is_entity(const struct subject *subject, enum category category)
{
    return subject->kind == SUBJECT_ENTITY && subject->entity->category == (int)category;
}

/* 4111-1111-1111-1111 is 4111111111111111, but a.b@c.example is not ab@c.example. */
static bool keeps_separators(const struct subject *subject, struct span value)
{
    return is_entity(subject, CATEGORY_SECRET) || is_entity(subject, CATEGORY_CRYPTO) ||
           is_entity(subject, CATEGORY_NETWORK) || is_entity(subject, CATEGORY_DATE) ||
           span_find_byte(value, '@') != SPAN_NONE;
}

/* Characters in a row, eight bytes of them at a time. */
struct digest {
    uint64_t hash, word;
    unsigned count; /* bytes in `word` */
};

static inline void digest_byte(struct digest *digest, char byte)
{
    digest->word |= (uint64_t)(unsigned char)byte << 8 * digest->count;
    if (++digest->count < sizeof digest->word)
        return;
    digest->hash = mix(digest->hash, digest->word);
    digest->word = 0;
    digest->count = 0;
}

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Eight bytes at once, where they are just what they are compared as, but for capitals: of ASCII,
 * and neither blanks but the space nor a grave accent. */
static bool digest_eight(struct digest *digest, const char *bytes, bool caseless)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    uint64_t grave = word ^ EACH('`');
    if (((word | ((word - EACH(' ')) & ~word) | ((grave - EACH(1)) & ~grave)) & EACH(0x80)) != 0)
        return false;
    uint64_t from_a = word + EACH(0x80 - 'A'), behind_z = word + EACH(0x80 - 'Z' - 1);
    if (caseless)
        word |= (from_a & ~behind_z & EACH(0x80)) >> 2;
    digest->hash = mix(digest->hash, digest->word | word << 8 * digest->count);
    digest->word = digest->count == 0 ? 0 : word >> (64 - 8 * digest->count);
    return true;
}

static void digest_code(struct digest *digest, uint32_t code)
{
    char bytes[UTF8_MAX];
    if (code < 0x80) {
        digest_byte(digest, (char)code);
        return;
    }
    size_t len = utf8_encode(code, bytes);
    for (size_t i = 0; i < len; i++)
        digest_byte(digest, bytes[i]);
}

static uint64_t digest_end(const struct digest *digest)
{
    return mix(mix(digest->hash, digest->word), digest->count);
}

/* What a character that begins `rest` counts as; returns its bytes. */
static size_t digest_character(struct digest *digest, struct span rest, bool caseless, bool all)
{
    uint32_t code = (unsigned char)rest.ptr[0], codes[COMPARABLE_MAX];
    size_t len = code < 0x80 ? 1 : utf8_decode(rest, &code);
    size_t count = len > 0 ? comparable_of(code, caseless, codes) : 0;
    for (size_t i = 0; i < count; i++) {
        if (all || codes[i] >= 0x80 || ascii_is_alnum((char)codes[i]))
            digest_code(digest, codes[i]);
    }
    return len > 0 ? len : 1;
}

uint64_t value_identity(const struct lookout *lookout, const struct sighting *sighting,
                        struct span value)
{
    const struct subject *subject = sighting->subject;
    if (subject->kind != SUBJECT_ENTITY)
        return mix(mix(lookout->seed, subject->index), sighting->term);
    bool caseless = !is_entity(subject, CATEGORY_SECRET) && !is_entity(subject, CATEGORY_CRYPTO);
    bool all = keeps_separators(subject, value);
    struct digest digest = {.hash = mix(lookout->seed, subject->index)};
    for (size_t off = 0; off < value.len;) {
        char c = value.ptr[off];
        if (all && value.len - off >= 8 && digest_eight(&digest, value.ptr + off, caseless)) {
            off += 8;
        } else if (ascii_is_alnum(c)) {
            digest_byte(&digest, caseless ? ascii_lower(c) : c);
            off++;
        } else if (!all && !ascii_is_8bit(c)) {
            off++; /* a separator */
        } else {
            off += digest_character(&digest, span_from(value, off), caseless, all);
        }
    }
    return digest_end(&digest);
}
