/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/codecs/base64.h"

#include "engine/base/ascii.h"

#define LONGEST_LINE 1000u

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/*
 * Four tables, one for each place in a quantum, with the value where its bits belong and a flag
 * above them. Together the flags of four characters of the alphabet are 15; zero stands for all
 * that is not of the alphabet.
 */
#define T(at, c, n)                                                                                \
    [(unsigned char)(c)] = (uint32_t)(n) << (18 - 6 * (at)) | UINT32_C(1) << (24 + (at))
#define TABLE(at)                                                                                  \
    {                                                                                              \
        T(at, 'A', 0), T(at, 'B', 1), T(at, 'C', 2), T(at, 'D', 3), T(at, 'E', 4), T(at, 'F', 5),  \
            T(at, 'G', 6), T(at, 'H', 7), T(at, 'I', 8), T(at, 'J', 9), T(at, 'K', 10),            \
            T(at, 'L', 11), T(at, 'M', 12), T(at, 'N', 13), T(at, 'O', 14), T(at, 'P', 15),        \
            T(at, 'Q', 16), T(at, 'R', 17), T(at, 'S', 18), T(at, 'T', 19), T(at, 'U', 20),        \
            T(at, 'V', 21), T(at, 'W', 22), T(at, 'X', 23), T(at, 'Y', 24), T(at, 'Z', 25),        \
            T(at, 'a', 26), T(at, 'b', 27), T(at, 'c', 28), T(at, 'd', 29), T(at, 'e', 30),        \
            T(at, 'f', 31), T(at, 'g', 32), T(at, 'h', 33), T(at, 'i', 34), T(at, 'j', 35),        \
            T(at, 'k', 36), T(at, 'l', 37), T(at, 'm', 38), T(at, 'n', 39), T(at, 'o', 40),        \
            T(at, 'p', 41), T(at, 'q', 42), T(at, 'r', 43), T(at, 's', 44), T(at, 't', 45),        \
            T(at, 'u', 46), T(at, 'v', 47), T(at, 'w', 48), T(at, 'x', 49), T(at, 'y', 50),        \
            T(at, 'z', 51), T(at, '0', 52), T(at, '1', 53), T(at, '2', 54), T(at, '3', 55),        \
            T(at, '4', 56), T(at, '5', 57), T(at, '6', 58), T(at, '7', 59), T(at, '8', 60),        \
            T(at, '9', 61), T(at, '+', 62), T(at, '/', 63),                                        \
    }
static const uint32_t tables[4][256] = {TABLE(0), TABLE(1), TABLE(2), TABLE(3)};
#undef TABLE
#undef T

int base64_value(char c)
{
    uint32_t entry = tables[3][(unsigned char)c];
    return entry == 0 ? -1 : (int)(entry & 63);
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

/* Line ends and blanks: measures lines, because offsets in regular ones follow by counting. */
static void take_space(struct base64_decoder *decoder, char c, size_t at)
{
    if (c == '\r') {
        decoder->cr = at + 1;
        return;
    }
    size_t line = at - decoder->line_start;
    if (c != '\n' || decoder->cr != at || line < 1 || line > LONGEST_LINE) {
        decoder->irregular = true;
        return;
    }
    decoder->empty = decoder->empty || line == 1;
    if (decoder->first_line == 0)
        decoder->first_line = line - 1;
    decoder->line_start = at + 1;
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
        if (ascii_is_space(c))
            take_space(decoder, c, at);
        else
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
        if (decoder->empty && base64_value(raw.ptr[i]) >= 0)
            decoder->irregular = true;
        while (decoder->phase == 0 && !decoder->padded && i + 4 <= raw.len) {
            uint32_t bits = tables[0][in[i]] | tables[1][in[i + 1]] | tables[2][in[i + 2]] |
                            tables[3][in[i + 3]];
            if (bits >> 24 != 15)
                break;
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
    if (decoder->phase == 1)
        note_junk(decoder, at); /* six bits are no octet */
    if (decoder->phase > 1)
        decoder->irregular = true; /* readers supply the padding that is missing here */
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
