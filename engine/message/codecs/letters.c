/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/codecs/letters.h"

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

static size_t put(struct letter *out, const uint32_t *codes, size_t count, size_t off)
{
    for (size_t i = 0; i < count; i++)
        out[i] = (struct letter){codes[i], (uint32_t)off};
    return count;
}

/* Han and Kana are what they are; the rest is looked up, once while it is remembered. */
static size_t other(struct letters *letters, uint32_t code, size_t off, struct letter *out)
{
    uint32_t codes[COMPARABLE_MAX];
    if (code >= 0x4e00 && code < 0x9fa6)
        return put(out, &code, 1, off);
    size_t slot = code % LETTERS_MEMO;
    if (letters->memo[slot].code != code) {
        size_t count = letters_of(code, codes);
        if (count > 2)
            return put(out, codes, count, off);
        letters->memo[slot].code = code;
        letters->memo[slot].count = (uint32_t)count;
        for (size_t i = 0; i < count; i++)
            letters->memo[slot].plain[i] = codes[i];
    }
    return put(out, letters->memo[slot].plain, letters->memo[slot].count, off);
}

size_t letters_next(struct letters *letters, struct letter *out, size_t room)
{
    struct span text = letters->text;
    size_t count = 0, at = letters->at;
    while (at < text.len && count + COMPARABLE_MAX <= room) {
        unsigned char c = (unsigned char)text.ptr[at];
        if (c < 0x80) {
            out[count] = (struct letter){ascii[c], (uint32_t)at++};
            count += ascii[c] != 0;
            continue;
        }
        uint32_t code = 0;
        size_t len = utf8_decode(span_from(text, at), &code);
        if (len > 0)
            count += other(letters, code, at, out + count);
        at += len > 0 ? len : 1;
    }
    letters->at = at;
    return count;
}
