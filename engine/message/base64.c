/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/base64.h"

#include "engine/base/ascii.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#define V(c, n) [(unsigned char)(c)] = (n) + 1
/* One more than the value, so that 0 stands for all that is not of the alphabet. */
static const unsigned char values[256] = {
    V('A', 0),  V('B', 1),  V('C', 2),  V('D', 3),  V('E', 4),  V('F', 5),  V('G', 6),  V('H', 7),
    V('I', 8),  V('J', 9),  V('K', 10), V('L', 11), V('M', 12), V('N', 13), V('O', 14), V('P', 15),
    V('Q', 16), V('R', 17), V('S', 18), V('T', 19), V('U', 20), V('V', 21), V('W', 22), V('X', 23),
    V('Y', 24), V('Z', 25), V('a', 26), V('b', 27), V('c', 28), V('d', 29), V('e', 30), V('f', 31),
    V('g', 32), V('h', 33), V('i', 34), V('j', 35), V('k', 36), V('l', 37), V('m', 38), V('n', 39),
    V('o', 40), V('p', 41), V('q', 42), V('r', 43), V('s', 44), V('t', 45), V('u', 46), V('v', 47),
    V('w', 48), V('x', 49), V('y', 50), V('z', 51), V('0', 52), V('1', 53), V('2', 54), V('3', 55),
    V('4', 56), V('5', 57), V('6', 58), V('7', 59), V('8', 60), V('9', 61), V('+', 62), V('/', 63),
};
#undef V

int base64_value(char c)
{
    return (int)values[(unsigned char)c] - 1;
}

static void note_junk(struct base64_decoder *decoder, size_t at)
{
    if (!decoder->junk)
        decoder->junk_at = at;
    decoder->junk = true;
}

/* The quantum that is not finished: n characters hold n-1 octets. */
static size_t flush(struct base64_decoder *decoder, char *out)
{
    size_t len = decoder->phase > 1 ? decoder->phase - 1 : 0;
    uint32_t bits = decoder->bits << (6 * (4 - decoder->phase));
    for (size_t i = 0; i < len; i++)
        out[i] = (char)(bits >> (16 - 8 * i));
    decoder->phase = 0;
    decoder->bits = 0;
    return len;
}

/* One character the slow way: line ends, padding, junk. */
static size_t take(struct base64_decoder *decoder, char c, size_t at, char *out)
{
    int value = base64_value(c);
    if (value < 0) {
        if (c == '=') {
            /* "=" that completes a quantum, or the second of two. */
            if (decoder->phase < 2 && !decoder->padded)
                note_junk(decoder, at);
            decoder->padded = true;
            return flush(decoder, out);
        }
        if (!ascii_is_space(c))
            note_junk(decoder, at);
        return 0;
    }
    if (decoder->padded) {
        note_junk(decoder, at);
        decoder->padded = false;
    }
    decoder->bits = decoder->bits << 6 | (uint32_t)value;
    if (++decoder->phase < 4)
        return 0;
    out[0] = (char)(decoder->bits >> 16);
    out[1] = (char)(decoder->bits >> 8);
    out[2] = (char)decoder->bits;
    decoder->phase = 0;
    decoder->bits = 0;
    return 3;
}

size_t base64_decode(struct base64_decoder *decoder, struct span raw, size_t at, char *out)
{
    const unsigned char *in = (const unsigned char *)raw.ptr;
    size_t i = 0, len = 0;
    while (i < raw.len) {
        while (decoder->phase == 0 && !decoder->padded && i + 4 <= raw.len) {
            unsigned a = values[in[i]], b = values[in[i + 1]];
            unsigned c = values[in[i + 2]], d = values[in[i + 3]];
            if (a == 0 || b == 0 || c == 0 || d == 0)
                break;
            uint32_t bits = (a - 1) << 18 | (b - 1) << 12 | (c - 1) << 6 | (d - 1);
            out[len] = (char)(bits >> 16);
            out[len + 1] = (char)(bits >> 8);
            out[len + 2] = (char)bits;
            len += 3;
            i += 4;
        }
        if (i < raw.len) {
            len += take(decoder, raw.ptr[i], at + i, out + len);
            i++;
        }
    }
    return len;
}

size_t base64_decode_end(struct base64_decoder *decoder, size_t at, char *out)
{
    if (decoder->phase > 0)
        note_junk(decoder, at); /* padding is missing: some readers drop the rest */
    return flush(decoder, out);
}

void base64_quantum(const char *octets, size_t count, char out[4])
{
    uint32_t bits = (uint32_t)(unsigned char)octets[0] << 16;
    if (count > 1)
        bits |= (uint32_t)(unsigned char)octets[1] << 8;
    if (count > 2)
        bits |= (unsigned char)octets[2];
    out[0] = alphabet[bits >> 18];
    out[1] = alphabet[bits >> 12 & 63];
    out[2] = count > 1 ? alphabet[bits >> 6 & 63] : '=';
    out[3] = count > 2 ? alphabet[bits & 63] : '=';
}

static void put(struct base64_encoder *encoder, const char *octets, size_t count)
{
    char quantum[6] = "\r\n";
    size_t lead = 0;
    if (encoder->line > 0 && encoder->column > 0 && encoder->column + 4 > encoder->line) {
        lead = 2;
        encoder->column = 0;
    }
    base64_quantum(octets, count, quantum + 2);
    bulk_add(encoder->out, span_of(quantum + 2 - lead, 4 + lead));
    encoder->column += 4;
}

/* Whole quanta at once, up to the end of the line. */
static size_t put_line(struct base64_encoder *encoder, struct span octets)
{
    size_t room;
    char *to = bulk_reserve(encoder->out, 1024, &room);
    size_t quanta = octets.len / 3;
    size_t left = encoder->line > encoder->column ? (encoder->line - encoder->column) / 4 : 0;
    if (encoder->line > 0 && quanta > left)
        quanta = left;
    if (!to || quanta > room / 4)
        quanta = to ? room / 4 : 0;
    for (size_t i = 0; i < quanta; i++)
        base64_quantum(octets.ptr + 3 * i, 3, to + 4 * i);
    if (quanta > 0)
        bulk_commit(encoder->out, 4 * quanta);
    encoder->column += 4 * quanta;
    return 3 * quanta;
}

void base64_encode(struct base64_encoder *encoder, struct span octets)
{
    while (octets.len > 0) {
        if (encoder->rest_len == 0 && octets.len >= 3) {
            size_t done = put_line(encoder, octets);
            octets = span_from(octets, done);
            if (octets.len >= 3) { /* the line is full */
                put(encoder, octets.ptr, 3);
                octets = span_from(octets, 3);
            }
            continue;
        }
        encoder->rest[encoder->rest_len++] = octets.ptr[0];
        octets = span_from(octets, 1);
        if (encoder->rest_len == 3) {
            put(encoder, encoder->rest, 3);
            encoder->rest_len = 0;
        }
    }
}

void base64_encode_end(struct base64_encoder *encoder)
{
    if (encoder->rest_len > 0)
        put(encoder, encoder->rest, encoder->rest_len);
    encoder->rest_len = 0;
}
