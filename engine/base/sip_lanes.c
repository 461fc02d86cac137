/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/sip_lanes.h"

#ifdef __SSE2__

#define AVX2 __attribute__((target("avx2")))
#define AVX2_INLINE __attribute__((target("avx2"), always_inline)) static inline

#define HALF (SIP_LANES / 2)

typedef uint64_t sip_lanes __attribute__((vector_size(HALF * sizeof(uint64_t))));

struct lanes_state {
    sip_lanes v0, v1, v2, v3;
};

AVX2_INLINE void begin(struct lanes_state *s, const struct sip_key *key)
{
    struct sip_state one = sip_begin(key);
    sip_lanes none = {0};
    s->v0 = none + one.v0;
    s->v1 = none + one.v1;
    s->v2 = none + one.v2;
    s->v3 = none + one.v3;
}

AVX2_INLINE void turn(struct lanes_state *s)
{
    s->v0 += s->v1;
    s->v2 += s->v3;
    s->v1 = (s->v1 << 13 | s->v1 >> 51) ^ s->v0;
    s->v3 = (s->v3 << 16 | s->v3 >> 48) ^ s->v2;
    s->v0 = (s->v0 << 32 | s->v0 >> 32) + s->v3;
    s->v2 += s->v1;
    s->v3 = (s->v3 << 21 | s->v3 >> 43) ^ s->v0;
    s->v1 = (s->v1 << 17 | s->v1 >> 47) ^ s->v2;
    s->v2 = s->v2 << 32 | s->v2 >> 32;
}

AVX2_INLINE void add(struct lanes_state *s, const uint64_t words[HALF])
{
    sip_lanes word;
    memcpy(&word, words, sizeof word);
    s->v3 ^= word;
    turn(s);
    turn(s);
    s->v0 ^= word;
}

AVX2_INLINE void end(struct lanes_state *s, uint64_t out[HALF])
{
    s->v2 ^= 0xff;
    for (int i = 0; i < 4; i++)
        turn(s);
    s->v0 ^= s->v1 ^ s->v2 ^ s->v3;
    memcpy(out, &s->v0, sizeof s->v0);
}

/* Two halves, of which one is worked at while the other waits for what it asked. */
AVX2 static void hash_by_avx2(const struct sip_key *key, const uint64_t words[][SIP_LANES],
                              size_t count, uint64_t out[SIP_LANES])
{
    struct lanes_state first, second;
    begin(&first, key);
    begin(&second, key);
    for (size_t i = 0; i < count; i++) {
        add(&first, words[i]);
        add(&second, words[i] + HALF);
    }
    end(&first, out);
    end(&second, out + HALF);
}

#endif

/* Without registers that wide one after the other is as fast. */
static void hash_lane(const struct sip_key *key, const uint64_t words[][SIP_LANES], size_t count,
                      size_t lane, uint64_t out[SIP_LANES])
{
    struct sip_state s = sip_begin(key);
    for (size_t i = 0; i < count; i++)
        sip_add(&s, words[i][lane]);
    out[lane] = sip_end(&s);
}

void sip_hash_lanes(const struct sip_key *key, const uint64_t words[][SIP_LANES], size_t count,
                    uint64_t out[SIP_LANES])
{
#ifdef __SSE2__
    if (__builtin_cpu_supports("avx2")) {
        hash_by_avx2(key, words, count, out);
        return;
    }
#endif
    for (size_t lane = 0; lane < SIP_LANES; lane++)
        hash_lane(key, words, count, lane, out);
}
