/* SPDX-License-Identifier: Apache-2.0 */
/*
 * steps: a simple pattern (characters of ASCII, brackets, groups, repetitions that take as much as
 * they can) as steps of our own, which match as the library does and several times faster: a run of
 * characters is one step, and what cannot lead further is not remembered. Where a text has what
 * could be another case or a class above ASCII, or too much is to be tried, they say so, and the
 * library is asked. Private to engine/pattern; any thread once made.
 */
#ifndef CULVERT_PATTERN_STEPS_H
#define CULVERT_PATTERN_STEPS_H

#include "engine/pattern/hint_class.h"
#include "engine/pattern/pattern.h"

enum step_kind {
    STEP_RUN,  /* characters of a class, `least` to `most` of them */
    STEP_FORK, /* the next step, and if it leads nowhere the one at `to` */
    STEP_GO,   /* on at `to` */
    STEP_SAVE, /* here is an end of a group: number `to`, twice, and one for its end */
    STEP_END
};

/* What may come. */
struct step_class {
    uint64_t low, high; /* bytes of ASCII */
    bool above;         /* a byte above them, which only the library knows */
    bool end;           /* nothing more */
};

/* As large as a line of memory. */
struct step {
    uint8_t kind; /* enum step_kind */
    bool lone;    /* of a run: what follows goes on behind all of it or nowhere */
    uint32_t to;
    uint32_t least, most;    /* UINT32_MAX: any number */
    struct step_class class; /* of a run; of a fork: what may come at the next step ... */
    struct step_class other; /* ... and at the one at `to`; of a run: what may come behind it */
};

struct steps;

/* NULL: the pattern, which compiles, is not as simple. */
struct steps *steps_new(struct span source);
void steps_free(struct steps **steps);

enum steps_result { STEPS_FOUND, STEPS_NOT_FOUND, STEPS_NOT_KNOWN };

/* The match that begins at `at`. */
enum steps_result steps_match(const struct steps *steps, struct span text, size_t at,
                              struct pattern_match *match_out);

/* Between the file that makes steps and the one that takes them. */
struct steps {
    struct step *items;
    size_t count;
    size_t groups; /* 0 included */
};

#endif
