/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/documents/fingerprint.h"

#include "engine/base/clock.h"
#include "engine/base/utf8.h"
#include "engine/message/codecs/letters.h"

/* 2^61 - 1, a prime. */
#define MODULUS ((UINT64_C(1) << 61) - 1)

#define BLOCK 1024u /* letters at a time; between blocks the clock is looked at */

/* Rings hold all that a fingerprint may still ask for: a power of two above LENGTH + 3 WINDOW. */
#define RING 64u
#define MARGIN (FINGERPRINT_WINDOW - 1)
_Static_assert(RING > FINGERPRINT_LENGTH + 3 * FINGERPRINT_WINDOW, "the rings are long enough");

struct winnowing {
    const struct fingerprint_key *key;
    struct span text;
    fingerprints_found *found;
    void *arg;
    struct fingerprint told[FINGERPRINTS_TOLD];
    size_t told_count;
    uint64_t count;        /* letters so far */
    uint64_t hash;         /* of the last LENGTH letters */
    uint64_t least;        /* run with the least hash in the window */
    uint64_t kept[RING];   /* runs that were chosen and not yet told, first to last */
    uint64_t first, last;  /* of these, numbers */
    uint64_t hashes[RING]; /* by number of the run */
    uint32_t codes[RING];  /* by number of the letter */
    uint32_t places[RING];
    uint32_t front, behind; /* offsets of the first letter, behind the last one */
};

/* Below 2^61 + 8, and the same modulo MODULUS; `number`: any. */
static inline uint64_t folded(uint64_t number)
{
    return (number & MODULUS) + (number >> 61);
}

static inline uint64_t reduced(uint64_t number)
{
    number = folded(number);
    return number >= MODULUS ? number - MODULUS : number;
}

/* Of numbers below 2^61 + 8; below 2^62 + 2^5. */
static inline uint64_t product(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 wide;
    wide all = (wide)a * b;
    return ((uint64_t)all & MODULUS) + (uint64_t)(all >> 61);
}

static uint64_t times(uint64_t a, uint64_t b)
{
    return reduced(product(a, b));
}

/* Behind the character at `off`. */
static uint32_t end_of(struct span text, uint32_t off)
{
    if ((unsigned char)text.ptr[off] < 0x80)
        return off + 1;
    return off + (uint32_t)utf8_decode(span_from(text, off), NULL);
}

static uint64_t number_at(const unsigned char *bytes)
{
    uint64_t number = 0;
    for (size_t i = 0; i < 8; i++)
        number |= (uint64_t)bytes[i] << (8 * i);
    return number;
}

void fingerprint_key_of(const struct index_key *key, struct fingerprint_key *out)
{
    unsigned char secret[INDEX_KEY_SIZE];
    index_key_derive(key, "fingerprints of documents, 1", secret);
    /* Above all code points, so that no two letters make the same as one. */
    out->base = reduced(number_at(secret)) | (UINT64_C(1) << 32);
    out->leaving = 1;
    for (size_t i = 0; i < FINGERPRINT_LENGTH; i++)
        out->leaving = times(out->leaving, out->base);
    for (uint64_t c = 0; c < 128; c++)
        out->gone[c] = times(out->leaving, c);
    out->secret = sip_key_of(secret + 8);
    explicit_bzero(secret, sizeof secret);
}

static bool tell_all(struct winnowing *w)
{
    size_t count = w->told_count;
    w->told_count = 0;
    return count == 0 || w->found(w->told, count, w->arg);
}

/* The run `at`, of which all letters that it is told with have been read, or there are no more. */
static bool tell(struct winnowing *w, uint64_t at)
{
    uint64_t end = at + FINGERPRINT_LENGTH + MARGIN;
    struct fingerprint *fingerprint = &w->told[w->told_count++];
    fingerprint->value = sip_hash_word(&w->key->secret, w->hashes[at % RING]);
    fingerprint->at = at;
    fingerprint->off = at > MARGIN ? w->places[(at - MARGIN) % RING] : w->front;
    fingerprint->end = w->behind;
    if (end <= w->count)
        fingerprint->end = end_of(w->text, w->places[(end - 1) % RING]);
    return w->told_count < FINGERPRINTS_TOLD || tell_all(w);
}

static bool tell_kept(struct winnowing *w, bool all)
{
    while (w->first < w->last) {
        uint64_t at = w->kept[w->first % RING];
        if (!all && at + FINGERPRINT_LENGTH + MARGIN > w->count)
            return true;
        w->first++;
        if (!tell(w, at))
            return false;
    }
    return !all || tell_all(w);
}

/* Of equal hashes the one that is kept stays, so that a text of one letter has few. */
static void choose(struct winnowing *w, uint64_t run)
{
    uint64_t before = w->least;
    if (run == 0 || w->hashes[run % RING] < w->hashes[w->least % RING]) {
        w->least = run;
    } else if (w->least + FINGERPRINT_WINDOW <= run) {
        w->least = run;
        for (uint64_t i = run; i-- > run - MARGIN;) {
            if (w->hashes[i % RING] < w->hashes[w->least % RING])
                w->least = i;
        }
    }
    if (run == MARGIN || (run > MARGIN && w->least != before))
        w->kept[w->last++ % RING] = w->least;
}

static void take(struct winnowing *w, struct letter letter)
{
    const struct fingerprint_key *key = w->key;
    uint64_t n = w->count++, more = letter.code;
    if (n >= FINGERPRINT_LENGTH) {
        uint32_t code = w->codes[(n - FINGERPRINT_LENGTH) % RING];
        more += MODULUS - (code < 128 ? key->gone[code] : times(key->leaving, code));
    }
    w->hash = folded(product(w->hash, key->base) + more);
    w->codes[n % RING] = letter.code;
    w->places[n % RING] = letter.off;
    if (n + 1 < FINGERPRINT_LENGTH)
        return;
    uint64_t run = n + 1 - FINGERPRINT_LENGTH;
    w->hashes[run % RING] = reduced(w->hash);
    choose(w, run);
}

enum fingerprints_result fingerprints_of(const struct fingerprint_key *key, struct span text,
                                         uint64_t deadline_ns, fingerprints_found *found, void *arg,
                                         uint64_t *letters_out)
{
    struct winnowing w = {.key = key, .text = text, .found = found, .arg = arg};
    struct letters letters;
    struct letter block[BLOCK];
    bool go_on = true, late = false;
    letters_open(&letters, text);
    for (size_t count; go_on && !late && (count = letters_next(&letters, block, BLOCK)) > 0;) {
        if (w.count == 0)
            w.front = block[0].off;
        for (size_t i = 0; i < count && go_on; i++) {
            take(&w, block[i]);
            go_on = w.first == w.last || tell_kept(&w, false);
        }
        w.behind = end_of(text, block[count - 1].off);
        late = clock_is_past(deadline_ns);
    }
    go_on = go_on && (late || tell_kept(&w, true));
    if (letters_out)
        *letters_out = w.count;
    return late ? FINGERPRINTS_LATE : go_on ? FINGERPRINTS_DONE : FINGERPRINTS_ENOUGH;
}
