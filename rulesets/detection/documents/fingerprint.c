/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/documents/fingerprint.h"

#include "engine/base/attrs.h"
#include "engine/base/clock.h"
#include "engine/base/utf8.h"
#include "engine/message/codecs/letters.h"
#include "rulesets/detection/documents/run_values.h"

/* Letters at hand at a time; between two times the clock is looked at. */
#define PLACE_BITS 10u
#define ROOM ((size_t)1 << PLACE_BITS)

#define MARGIN (FINGERPRINT_WINDOW - 1)
/* Letters that must be at hand from the first of a window on, for all of its runs to be told. */
#define AHEAD (MARGIN + FINGERPRINT_LENGTH + MARGIN)

/* Places that are compared at once, up to as many too many. */
#define TOGETHER 4u
#define SLACK ((size_t)16)

/* Each step for all letters at hand, so that none waits for the one before. A run has the number of
 * its first letter, a window that of its first run; numbers are of what is at hand. */
struct hand {
    uint32_t codes[ROOM], offs[ROOM];
    unsigned char bytes[ROOM];   /* the lowest of each code */
    uint64_t mixes[ROOM];        /* of each letter */
    uint64_t hashes[ROOM];       /* of each run: a cyclic polynomial (Cohen 1997) of the mixes */
    int32_t least[ROOM + SLACK]; /* of each window: its least hash, and where that is */
    int32_t pairs[ROOM + SLACK];
    uint32_t windows[ROOM]; /* that have another least run than the one before */
    uint32_t runs[ROOM];    /* that are chosen */
    uint64_t values[ROOM];  /* of these */
};

struct winnowing {
    const struct fingerprint_key *key;
    struct span text;
    struct hand *hand;
    fingerprints_found *found;
    void *arg;
    uint64_t before; /* letters in front of those at hand */
    size_t count;    /* letters at hand */
    size_t mixed;    /* of these, that have their mixes */
    size_t plain;    /* from there on all codes are a byte */
    size_t hashed;   /* runs that have their hashes */
    size_t next;     /* window */
    size_t run_count;
    bool any;        /* run was chosen */
    uint64_t chosen; /* the last, of all */
    uint64_t chosen_hash;
    struct fingerprint told[FINGERPRINTS_TOLD];
    size_t told_count;
};

void fingerprint_key_of(const struct index_key *key, struct fingerprint_key *out)
{
    unsigned char secret[INDEX_KEY_SIZE];
    index_key_derive(key, "fingerprints of documents, 2", secret);
    out->secret = sip_key_of(secret);
    struct sip_key mixing = sip_key_of(secret + SIP_KEY_SIZE);
    for (uint64_t c = 0; c < ARRAY_LEN(out->mixes); c++)
        out->mixes[c] = sip_hash_word(&mixing, c);
    out->spread = sip_hash_word(&mixing, ARRAY_LEN(out->mixes)) | 1;
    explicit_bzero(&mixing, sizeof mixing);
    explicit_bzero(secret, sizeof secret);
}

/* Behind the character at `off`. */
static uint32_t end_of(struct span text, uint32_t off)
{
    if ((unsigned char)text.ptr[off] < 0x80)
        return off + 1;
    return off + (uint32_t)utf8_decode(span_from(text, off), NULL);
}

static inline uint64_t mix_of(const struct fingerprint_key *key, uint32_t code)
{
    if (code < ARRAY_LEN(key->mixes))
        return key->mixes[code];
    uint64_t mix = code * key->spread;
    return mix ^ mix >> 32;
}

static inline uint64_t turned(uint64_t word, unsigned by)
{
    return word << by | word >> (64 - by);
}

static void hash_runs(struct winnowing *w)
{
    struct hand *hand = w->hand;
    for (; w->mixed < w->count; w->mixed++) {
        uint32_t code = hand->codes[w->mixed];
        hand->bytes[w->mixed] = (unsigned char)code;
        hand->mixes[w->mixed] = mix_of(w->key, code);
        w->plain = code > UINT8_MAX ? w->mixed + 1 : w->plain;
    }
    if (w->count < FINGERPRINT_LENGTH)
        return;
    size_t run = w->hashed, end = w->count - FINGERPRINT_LENGTH + 1;
    uint64_t hash = 0;
    if (run == 0) {
        for (size_t i = 0; i < FINGERPRINT_LENGTH; i++)
            hash = turned(hash, 1) ^ hand->mixes[i];
        hand->hashes[run++] = hash;
    }
    for (hash = hand->hashes[run - 1]; run < end; run++) {
        hash = turned(hash, 1) ^ turned(hand->mixes[run - 1], FINGERPRINT_LENGTH) ^
               hand->mixes[run + FINGERPRINT_LENGTH - 1];
        hand->hashes[run] = hash;
    }
    w->hashed = end;
}

/* The less of each two. */
typedef int32_t places __attribute__((vector_size(TOGETHER * sizeof(int32_t))));

static inline void less(const int32_t *a, const int32_t *b, int32_t *out)
{
    places x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    places first = x < y;
    x = (x & first) | (y & ~first);
    memcpy(out, &x, sizeof x);
}

/* The first bits of a hash and, so that of equal ones the last is the least, how far from the end
 * its run is. */
static inline int32_t place_of(uint64_t hash, size_t run)
{
    return (int32_t)(hash >> (33 + PLACE_BITS) << PLACE_BITS | (ROOM - 1 - run));
}

static inline size_t run_of(int32_t place)
{
    return ROOM - 1 - ((uint32_t)place & (ROOM - 1));
}

/* Of windows up to `end`: the least of 2 runs, of 4, of 8, and of these and 2. */
_Static_assert(FINGERPRINT_WINDOW == 10, "a window is 8 runs and 2");
static void find_least(struct hand *hand, size_t from, size_t end)
{
    int32_t *least = hand->least, *pairs = hand->pairs;
    for (size_t i = from; i < end + 9; i++)
        least[i] = place_of(hand->hashes[i], i);
    for (size_t i = from; i < end + 8; i += TOGETHER)
        less(least + i, least + i + 1, pairs + i);
    for (size_t i = from; i < end + 6; i += TOGETHER)
        less(pairs + i, pairs + i + 2, least + i);
    for (size_t i = from; i < end; i += TOGETHER) {
        less(least + i, least + i + 4, least + i);
        less(least + i, pairs + i + 8, least + i);
    }
}

/* A window is in `windows` when it is the first or its least run is another one. */
static size_t find_changes(struct hand *hand, size_t from, size_t end)
{
    size_t count = 1;
    hand->windows[0] = (uint32_t)from;
    for (size_t i = from + 1; i < end; i++) {
        hand->windows[count] = (uint32_t)i;
        count += hand->least[i] != hand->least[i - 1];
    }
    return count;
}

static bool tell_all(struct winnowing *w)
{
    size_t count = w->told_count;
    w->told_count = 0;
    return count == 0 || w->found(w->told, count, w->arg);
}

static bool tell(struct winnowing *w, size_t run, uint64_t value)
{
    const struct hand *hand = w->hand;
    size_t last = run + FINGERPRINT_LENGTH + MARGIN - 1;
    if (last >= w->count)
        last = w->count - 1;
    w->told[w->told_count++] =
        (struct fingerprint){.value = value,
                             .at = w->before + run,
                             .off = hand->offs[run > MARGIN ? run - MARGIN : 0],
                             .end = end_of(w->text, hand->offs[last])};
    return w->told_count < FINGERPRINTS_TOLD || tell_all(w);
}

static bool tell_runs(struct winnowing *w)
{
    struct hand *hand = w->hand;
    struct run_letters letters = {hand->codes, hand->bytes, w->plain};
    run_values(&w->key->secret, &letters, hand->runs, w->run_count, hand->values);
    for (size_t i = 0; i < w->run_count; i++) {
        if (!tell(w, hand->runs[i], hand->values[i]))
            return false;
    }
    return true;
}

/* Of equal hashes the run that was chosen stays, as long as the windows have it, so that a text of
 * one letter has few. `last`: the last window whose least one this is. */
static void choose(struct winnowing *w, size_t run, size_t last)
{
    uint64_t number = w->before + run, hash = w->hand->hashes[run];
    if (w->any &&
        (number == w->chosen || (hash == w->chosen_hash && w->chosen >= w->before + last)))
        return;
    w->any = true;
    w->chosen = number;
    w->chosen_hash = hash;
    w->hand->runs[w->run_count++] = (uint32_t)run;
}

/* The windows from w->next up to `end`. */
static bool choose_all(struct winnowing *w, size_t end)
{
    struct hand *hand = w->hand;
    if (end <= w->next)
        return true;
    find_least(hand, w->next, end);
    size_t count = find_changes(hand, w->next, end);
    w->next = end;
    hand->windows[count] = (uint32_t)end;
    w->run_count = 0;
    for (size_t i = 0; i < count; i++)
        choose(w, run_of(hand->least[hand->windows[i]]), hand->windows[i + 1] - 1);
    return tell_runs(w);
}

/* Keeps what the next windows, and the letters in front of their runs, need. */
static void make_room(struct winnowing *w)
{
    struct hand *hand = w->hand;
    if (w->next <= MARGIN)
        return;
    size_t gone = w->next - MARGIN, kept = w->count - gone;
    memmove(hand->codes, hand->codes + gone, kept * sizeof *hand->codes);
    memmove(hand->offs, hand->offs + gone, kept * sizeof *hand->offs);
    memmove(hand->bytes, hand->bytes + gone, kept);
    memmove(hand->mixes, hand->mixes + gone, kept * sizeof *hand->mixes);
    memmove(hand->hashes, hand->hashes + gone, (w->hashed - gone) * sizeof *hand->hashes);
    w->before += gone;
    w->count = w->mixed = kept;
    w->hashed -= gone;
    w->next = MARGIN;
    w->plain = w->plain > gone ? w->plain - gone : 0;
}

static size_t up_to(size_t count, size_t ahead)
{
    return count > ahead ? count - ahead : 0;
}

enum fingerprints_result fingerprints_of(const struct fingerprint_key *key, struct span text,
                                         uint64_t deadline_ns, fingerprints_found *found, void *arg,
                                         uint64_t *letters_out)
{
    struct hand hand;
    struct winnowing w = {.key = key, .text = text, .hand = &hand, .found = found, .arg = arg};
    struct letters letters;
    bool go_on = true, late = false;
    letters_open(&letters, text);
    while (go_on && !late) {
        size_t more =
            letters_next(&letters, hand.codes + w.count, hand.offs + w.count, ROOM - w.count);
        if (more == 0)
            break;
        w.count += more;
        hash_runs(&w);
        go_on = choose_all(&w, up_to(w.count, AHEAD - 1));
        make_room(&w);
        late = clock_is_past(deadline_ns);
    }
    if (go_on && !late)
        go_on = choose_all(&w, up_to(w.count, FINGERPRINT_GUARANTEE - 1)) && tell_all(&w);
    if (letters_out)
        *letters_out = w.before + w.count;
    return late ? FINGERPRINTS_LATE : go_on ? FINGERPRINTS_DONE : FINGERPRINTS_ENOUGH;
}
