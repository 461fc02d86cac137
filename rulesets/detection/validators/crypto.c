/* SPDX-License-Identifier: Apache-2.0 */
/* crypto: addresses of crypto currencies, by their own checksums. */
#include "engine/base/ascii.h"
#include "rulesets/detection/validators/base58.h"
#include "rulesets/detection/validators/bech32.h"
#include "rulesets/detection/validators/families.h"
#include "rulesets/detection/validators/keccak.h"

/* Base58check of 25 bytes that begin with one of the `versions`. */
static bool base58_address(struct span text, const char *alphabet, struct span versions)
{
    struct base58 bytes;
    return base58_read(text, alphabet, &bytes) && bytes.count == 25 &&
           span_find_byte(versions, (char)bytes.at[0]) != SPAN_NONE && base58_check_holds(&bytes);
}

/* P2PKH and P2SH by base58check, SegWit by BIP 173 and BIP 350; main net. */
static bool bitcoin(struct span text)
{
    return bech32_segwit_holds(text, SPAN("bc")) ||
           base58_address(text, BASE58_BITCOIN, SPAN("\x00\x05"));
}

static bool bitcoin_cash(struct span text)
{
    struct span scheme = SPAN("bitcoincash:");
    if (span_starts_nocase(text, scheme))
        text = span_from(text, scheme.len);
    return cashaddr_holds(text, SPAN("bitcoincash"));
}

static bool litecoin(struct span text)
{
    return bech32_segwit_holds(text, SPAN("ltc")) ||
           base58_address(text, BASE58_BITCOIN, SPAN("\x30\x32"));
}

static bool dogecoin(struct span text)
{
    return base58_address(text, BASE58_BITCOIN, SPAN("\x1e\x16"));
}

static bool dash(struct span text)
{
    return base58_address(text, BASE58_BITCOIN, SPAN("\x4c\x10"));
}

static bool tron(struct span text)
{
    return base58_address(text, BASE58_BITCOIN, SPAN("\x41"));
}

/* Classic addresses; their alphabet is one of their own. */
static bool ripple(struct span text)
{
    return base58_address(text, BASE58_RIPPLE, SPAN("\x00"));
}

/* Transparent addresses have a version of two bytes: 1cb8 and 1cbd. */
static bool zcash(struct span text)
{
    struct base58 bytes;
    return base58_read(text, BASE58_BITCOIN, &bytes) && bytes.count == 26 && bytes.at[0] == 0x1c &&
           (bytes.at[1] == 0xb8 || bytes.at[1] == 0xbd) && base58_check_holds(&bytes);
}

/* EIP-55: a letter is upper case where the digit of the hash of the lower-case address is 8 or
 * more. An address all of one case has no checksum: then its form is all there is. */
static bool ethereum(struct span text)
{
    char lower[40];
    unsigned char hash[KECCAK_SIZE];
    size_t upper = 0, letters = 0, wrong = 0;
    if (text.len != 42 || !span_starts_nocase(text, SPAN("0x")))
        return false;
    for (size_t i = 0; i < 40; i++) {
        lower[i] = ascii_lower(text.ptr[i + 2]);
        if (ascii_hex(lower[i]) < 0)
            return false;
    }
    keccak_256(span_of(lower, sizeof lower), hash);
    for (size_t i = 0; i < 40; i++) {
        bool is_upper = text.ptr[i + 2] != lower[i];
        bool high = (hash[i / 2] >> (i % 2 == 0 ? 4 : 0) & 8) != 0;
        upper += is_upper;
        letters += ascii_is_alpha(lower[i]);
        wrong += ascii_is_alpha(lower[i]) && is_upper != high;
    }
    return wrong == 0 || upper == 0 || upper == letters;
}

/* Monero writes blocks of 8 bytes as 11 characters; the last block of an address is shorter. */
static bool monero_block(struct span text, size_t size, unsigned char *out)
{
    struct base58 bytes;
    if (!base58_read(text, BASE58_BITCOIN, &bytes))
        return false;
    size_t skip = 0; /* zeros that base58_read() counts for each '1' */
    while (skip < bytes.count && bytes.at[skip] == 0)
        skip++;
    if (bytes.count - skip > size)
        return false;
    memset(out, 0, size);
    memcpy(out + size - (bytes.count - skip), bytes.at + skip, bytes.count - skip);
    return true;
}

/* Network byte 18, 19 or 42 (sub-address), two keys, for 19 a payment id; four bytes of Keccak. */
static bool monero(struct span text)
{
    unsigned char bytes[80], hash[KECCAK_SIZE];
    if (text.len != 95 && text.len != 106)
        return false;
    size_t blocks = text.len / 11, rest = text.len % 11; /* 7 characters are 5 bytes */
    size_t size = blocks * 8 + (rest == 7 ? 5 : 0);
    for (size_t i = 0; i < blocks; i++) {
        if (!monero_block(span_sub(text, i * 11, 11), 8, bytes + i * 8))
            return false;
    }
    if (!monero_block(span_sub(text, blocks * 11, rest), size - blocks * 8, bytes + blocks * 8))
        return false;
    bool network = text.len == 106 ? bytes[0] == 19 : bytes[0] == 18 || bytes[0] == 42;
    keccak_256(span_of((const char *)bytes, size - 4), hash);
    return network && memcmp(hash, bytes + size - 4, 4) == 0;
}

/* RFC 4648 base32, without padding, of 35 bytes. */
static bool base32_read(struct span text, unsigned char out[35])
{
    unsigned held = 0, bits = 0;
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        size_t digit = span_find_byte(SPAN("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"), text.ptr[i]);
        if (digit == SPAN_NONE)
            return false;
        held = (held << 5 | (unsigned)digit) & 0xfff;
        bits += 5;
        if (bits >= 8) {
            bits -= 8;
            out[count++] = (unsigned char)(held >> bits);
        }
    }
    return true;
}

/* Stellar's strkey (SEP-0023): version G, 32 bytes, CRC-16/XMODEM, low byte first. */
static bool stellar(struct span text)
{
    unsigned char bytes[35];
    unsigned crc = 0;
    if (text.len != 56 || text.ptr[0] != 'G' || !base32_read(text, bytes))
        return false;
    for (size_t i = 0; i < 33; i++) {
        crc ^= (unsigned)bytes[i] << 8;
        for (int bit = 0; bit < 8; bit++)
            crc = (crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1) & 0xffff;
    }
    return bytes[33] == (crc & 0xff) && bytes[34] == crc >> 8;
}

const struct validator validators_crypto[] = {
    {"bitcoin", bitcoin, STRENGTH_STRONG},   {"bitcoin_cash", bitcoin_cash, STRENGTH_STRONG},
    {"dash", dash, STRENGTH_STRONG},         {"dogecoin", dogecoin, STRENGTH_STRONG},
    {"ethereum", ethereum, STRENGTH_STRONG}, {"litecoin", litecoin, STRENGTH_STRONG},
    {"monero", monero, STRENGTH_STRONG},     {"ripple", ripple, STRENGTH_STRONG},
    {"stellar", stellar, STRENGTH_STRONG},   {"tron", tron, STRENGTH_STRONG},
    {"zcash", zcash, STRENGTH_STRONG},       {NULL, NULL, STRENGTH_NONE},
};
