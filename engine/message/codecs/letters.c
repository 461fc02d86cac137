/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/codecs/letters.h"

#include "engine/base/attrs.h"
#include "engine/base/utf8.h"

#include <glib.h>

/* Lower case, of letters and digits of ASCII; 0 for all else. */
static const unsigned char ascii[128] = {
    ['0'] = '0', ['1'] = '1', ['2'] = '2', ['3'] = '3', ['4'] = '4', ['5'] = '5', ['6'] = '6',
    ['7'] = '7', ['8'] = '8', ['9'] = '9', ['A'] = 'a', ['B'] = 'b', ['C'] = 'c', ['D'] = 'd',
    ['E'] = 'e', ['F'] = 'f', ['G'] = 'g', ['H'] = 'h', ['I'] = 'i', ['J'] = 'j', ['K'] = 'k',
    ['L'] = 'l', ['M'] = 'm', ['N'] = 'n', ['O'] = 'o', ['P'] = 'p', ['Q'] = 'q', ['R'] = 'r',
    ['S'] = 's', ['T'] = 't', ['U'] = 'u', ['V'] = 'v', ['W'] = 'w', ['X'] = 'x', ['Y'] = 'y',
    ['Z'] = 'z', ['a'] = 'a', ['b'] = 'b', ['c'] = 'c', ['d'] = 'd', ['e'] = 'e', ['f'] = 'f',
    ['g'] = 'g', ['h'] = 'h', ['i'] = 'i', ['j'] = 'j', ['k'] = 'k', ['l'] = 'l', ['m'] = 'm',
    ['n'] = 'n', ['o'] = 'o', ['p'] = 'p', ['q'] = 'q', ['r'] = 'r', ['s'] = 's', ['t'] = 't',
    ['u'] = 'u', ['v'] = 'v', ['w'] = 'w', ['x'] = 'x', ['y'] = 'y', ['z'] = 'z',
};

void letters_open(struct letters *letters, struct span text)
{
    *letters = (struct letters){.text = text};
}

size_t letters_of(uint32_t code, uint32_t out[COMPARABLE_MAX])
{
    size_t count = comparable_of(code, true, out), kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (g_unichar_isalnum(out[i]))
            out[kept++] = out[i];
    }
    return kept;
}

/* Where the next ones go. */
struct output {
    uint32_t *codes, *offs;
    size_t count;
};

static inline void put(struct output *out, const uint32_t *codes, size_t count, size_t off)
{
    for (size_t i = 0; i < count; i++) {
        out->codes[out->count] = codes[i];
        out->offs[out->count++] = (uint32_t)off;
    }
}

/* Han and Kana are what they are; the rest is looked up, once while it is remembered. */
static void put_other(struct letters *letters, uint32_t code, size_t off, struct output *out)
{
    uint32_t codes[COMPARABLE_MAX];
    if (code >= 0x4e00 && code < 0x9fa6) {
        put(out, &code, 1, off);
        return;
    }
    size_t slot = code % LETTERS_MEMO;
    if (letters->memo[slot].code != code) {
        size_t count = letters_of(code, codes);
        if (count > ARRAY_LEN(letters->memo[slot].plain)) {
            put(out, codes, count, off);
            return;
        }
        letters->memo[slot].code = code;
        letters->memo[slot].count = (uint32_t)count;
        for (size_t i = 0; i < count; i++)
            letters->memo[slot].plain[i] = codes[i];
    }
    put(out, letters->memo[slot].plain, letters->memo[slot].count, off);
}

/* Without a branch for what is no letter. */
static inline void put_plain(unsigned char c, size_t off, struct output *out)
{
    out->codes[out->count] = ascii[c];
    out->offs[out->count] = (uint32_t)off;
    out->count += ascii[c] != 0;
}

#define TOGETHER ((size_t)8)
_Static_assert(TOGETHER <= COMPARABLE_MAX, "there is room for as many");

static inline bool are_plain(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return (word & UINT64_C(0x8080808080808080)) == 0;
}

/* Of a character behind those of ASCII. Returns its length, 1 where it is none. */
static size_t decode(struct span text, size_t at, uint32_t *code)
{
    unsigned char lead = (unsigned char)text.ptr[at];
    *code = 0;
    if (lead >= 0xc2 && lead < 0xe0 && at + 1 < text.len) {
        unsigned char inner = (unsigned char)text.ptr[at + 1] ^ 0x80u;
        if (inner < 0x40) {
            *code = (lead & 0x1fu) << 6 | inner;
            return 2;
        }
    }
    size_t len = utf8_decode(span_from(text, at), code);
    return len > 0 ? len : 1;
}

size_t letters_next(struct letters *letters, uint32_t *codes, uint32_t *offs, size_t room)
{
    struct span text = letters->text;
    struct output out = {codes, offs, 0};
    size_t at = letters->at;
    while (at < text.len && out.count + COMPARABLE_MAX <= room) {
        if (text.len - at >= TOGETHER && are_plain(text.ptr + at)) {
            for (size_t i = 0; i < TOGETHER; i++, at++)
                put_plain((unsigned char)text.ptr[at], at, &out);
        } else if ((unsigned char)text.ptr[at] < 0x80) {
            put_plain((unsigned char)text.ptr[at], at, &out);
            at++;
        } else {
            uint32_t code;
            size_t len = decode(text, at, &code);
            if (code != 0)
                put_other(letters, code, at, &out);
            at += len;
        }
    }
    letters->at = at;
    return out.count;
}
