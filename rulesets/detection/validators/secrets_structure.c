/* SPDX-License-Identifier: Apache-2.0 */
/* secrets_structure: secrets that have a checksum, or that are something once decoded. */
#include "engine/base/ascii.h"
#include "engine/message/codecs/base64.h"
#include "rulesets/detection/validators/base58.h"
#include "rulesets/detection/validators/families.h"

/* More need not be decoded to know what it is. */
#define DECODED_MAX 96u

struct octets {
    unsigned char at[DECODED_MAX];
    size_t count; /* decoded, DECODED_MAX at most */
    size_t characters;
};

static int sextet(char c)
{
    if (c == '-')
        return 62;
    return c == '_' ? 63 : base64_value(c);
}

/* RFC 4648 sections 4 and 5. Blanks, line ends and the "\n" of strings in source code count for
 * nothing. false: something else is in it. */
static bool decode(struct span text, struct octets *out)
{
    uint32_t bits = 0;
    *out = (struct octets){.count = 0};
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (ascii_is_space(c) || c == '=')
            continue;
        if (c == '\\' && i + 1 < text.len && strchr("nr", text.ptr[i + 1])) {
            i++;
            continue;
        }
        int value = sextet(c);
        if (value < 0)
            return false;
        bits = bits << 6 | (uint32_t)value;
        size_t held = ++out->characters % 4;
        if (held != 1 && out->count < DECODED_MAX)
            out->at[out->count++] = (unsigned char)(bits >> (held == 2 ? 4 : held == 3 ? 2 : 0));
    }
    return out->characters % 4 != 1;
}

static struct span octets_span(const struct octets *octets)
{
    return span_of((const char *)octets->at, octets->count);
}

/* IEEE 802.3, bit by bit: a token has some dozens of octets. */
static uint32_t crc32_of(struct span text)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < text.len; i++) {
        crc ^= (unsigned char)text.ptr[i];
        for (unsigned bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

/* GitHub's and npm's tokens: prefix_, 30 characters, and six that are their CRC 32 in base 62. */
static bool token_crc62(struct span text)
{
    static const char DIGITS[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    size_t prefix = span_find_byte(text, '_');
    if (prefix == SPAN_NONE || text.len != prefix + 37)
        return false;
    uint64_t written = 0;
    for (size_t i = text.len - 6; i < text.len; i++) {
        const char *at = text.ptr[i] ? strchr(DIGITS, text.ptr[i]) : NULL;
        if (!at)
            return false;
        written = written * 62 + (uint64_t)(at - DIGITS);
    }
    return written == crc32_of(span_sub(text, prefix + 1, 30));
}

/* RFC 7515 section 3.1: the header is a JSON object that names its algorithm, the payload an object
 * too (or encrypted, RFC 7516). */
static bool jwt(struct span text)
{
    struct octets header;
    struct span rest = text, first;
    if (!span_next(&rest, '.', &first) || !decode(first, &header) || header.count < 10 ||
        header.at[0] != '{')
        return false;
    return span_find(octets_span(&header), SPAN("\"alg\"")) != SPAN_NONE ||
           span_find(octets_span(&header), SPAN("\"typ\"")) != SPAN_NONE ||
           header.count == DECODED_MAX;
}

/* RFC 7617: "user:password" in printable characters. */
static bool basic_credentials(struct span text)
{
    struct octets pair;
    if (!decode(text, &pair) || pair.count < 5)
        return false;
    for (size_t i = 0; i < pair.count; i++) {
        if (pair.at[i] < 0x20 || pair.at[i] == 0x7f)
            return false;
    }
    size_t colon = span_find_byte(octets_span(&pair), ':');
    return colon != SPAN_NONE && colon > 0 && colon + 3 <= pair.count;
}

/* Discord: the first part is the number of the bot's account, a snowflake of 17 to 20 digits. */
static bool discord_token(struct span text)
{
    struct octets account;
    struct span rest = text, first;
    if (!span_next(&rest, '.', &first) || !decode(first, &account) || account.count < 17 ||
        account.count > 20)
        return false;
    for (size_t i = 0; i < account.count; i++) {
        if (!ascii_is_digit((char)account.at[i]))
            return false;
    }
    return true;
}

/* The key behind the BEGIN line: RFC 1421's header fields are passed over; then DER's SEQUENCE
 * (X.690 section 8.9) or OpenSSH's magic. A fragment of 64 characters counts. */
static bool pem_key(struct span text)
{
    struct octets key;
    size_t begin = span_find(text, SPAN("KEY-----"));
    if (begin == SPAN_NONE)
        return false;
    struct span body = span_from(text, begin + 8);
    size_t end = span_find(body, SPAN("-----END"));
    body = span_sub(body, 0, end);
    bool encrypted = span_find(body, SPAN("DEK-Info:")) != SPAN_NONE;
    size_t colon;
    while ((colon = span_find_byte(body, ':')) != SPAN_NONE) {
        size_t line = span_find_byte(span_from(body, colon), '\n');
        body = span_from(body, line == SPAN_NONE ? body.len : colon + line);
    }
    if (!decode(body, &key) || key.characters < 40)
        return false;
    return encrypted || key.at[0] == 0x30 ||
           (key.count > 14 && memcmp(key.at, "openssh-key-v1", 14) == 0);
}

/* Bitcoin's private key (WIF) and extended private keys (BIP 32): base 58 with a hash. */
static bool bitcoin_key(struct span text)
{
    struct base58 key;
    if (!base58_read(text, BASE58_BITCOIN, &key) || !base58_check_holds(&key))
        return false;
    if (key.count == 82)
        return key.at[45] == 0;
    return (key.count == 37 || (key.count == 38 && key.at[33] == 1)) &&
           (key.at[0] == 0x80 || key.at[0] == 0xef);
}

/* SEP 23 of Stellar: base 32 of 35 octets, 144 in front, CRC 16 (XMODEM) behind, low octet first.
 */
static bool stellar_seed(struct span text)
{
    unsigned char octets[35];
    uint32_t bits = 0, crc = 0;
    if (text.len != 56)
        return false;
    for (size_t i = 0, held = 0, count = 0; i < 56; i++) {
        char c = text.ptr[i];
        if (!(c >= 'A' && c <= 'Z') && !(c >= '2' && c <= '7'))
            return false;
        bits = bits << 5 | (uint32_t)(c >= 'A' ? c - 'A' : c - '2' + 26);
        held += 5;
        if (held >= 8 && count < sizeof octets) {
            held -= 8;
            octets[count++] = (unsigned char)(bits >> held);
        }
    }
    for (size_t i = 0; i < 33; i++) {
        crc ^= (uint32_t)octets[i] << 8;
        for (unsigned bit = 0; bit < 8; bit++)
            crc = (crc << 1 ^ (crc & 0x8000 ? 0x1021u : 0)) & 0xffff;
    }
    return octets[0] == 144 && octets[33] == (crc & 0xff) && octets[34] == crc >> 8;
}

static uint32_t bech32_step(uint32_t sum, unsigned value)
{
    static const uint32_t POLYNOMIAL[] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd,
                                          0x2a1462b3};
    uint32_t top = sum >> 25;
    sum = (sum & 0x1ffffff) << 5 ^ value;
    for (unsigned i = 0; i < 5; i++)
        sum ^= top >> i & 1 ? POLYNOMIAL[i] : 0;
    return sum;
}

/* The age file format: AGE-SECRET-KEY-1 and 58 characters, in which BIP 173's checksum is. */
static bool age_key(struct span text)
{
    static const char ALPHABET[] = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L";
    struct span prefix = SPAN("age-secret-key-");
    if (text.len != prefix.len + 59 || !span_starts_nocase(text, prefix))
        return false;
    uint32_t sum = 1;
    for (size_t i = 0; i < prefix.len; i++)
        sum = bech32_step(sum, (unsigned char)prefix.ptr[i] >> 5);
    sum = bech32_step(sum, 0);
    for (size_t i = 0; i < prefix.len; i++)
        sum = bech32_step(sum, (unsigned char)prefix.ptr[i] & 31);
    for (size_t i = prefix.len + 1; i < text.len; i++) {
        const char *at = strchr(ALPHABET, ascii_upper(text.ptr[i]));
        if (!at || !*at)
            return false;
        sum = bech32_step(sum, (unsigned)(at - ALPHABET));
    }
    return sum == 1;
}

const struct validator validators_secrets_structure[] = {
    {"age_key", age_key, STRENGTH_STRONG},
    {"basic_credentials", basic_credentials, STRENGTH_NONE},
    {"bitcoin_key", bitcoin_key, STRENGTH_STRONG},
    {"discord_token", discord_token, STRENGTH_MEDIUM},
    {"jwt", jwt, STRENGTH_NONE},
    {"pem_key", pem_key, STRENGTH_NONE},
    {"stellar_seed", stellar_seed, STRENGTH_STRONG},
    {"token_crc62", token_crc62, STRENGTH_STRONG},
    {NULL, NULL, STRENGTH_NONE},
};
