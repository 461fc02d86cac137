/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pattern_work: how much Oniguruma does, counted and not timed. In a test that is linked with it
 * (work.cmake) every match and search goes through it: each costs something to begin,
 * the steps that it goes back, and the bytes of the text that it reads, by pages that may not be
 * read until it asks for them. One thread.
 */
#ifndef CULVERT_TESTS_SUPPORT_WORK_PATTERN_WORK_H
#define CULVERT_TESTS_SUPPORT_WORK_PATTERN_WORK_H

#include "engine/base/span.h"

#include <stdint.h>

struct pattern_work {
    uint64_t tries, back, read;
};

/* A copy of `text` whose reading is counted; the counts are 0 again. */
struct span pattern_work_begin(struct span text);

/* The counts; the copy is gone. */
struct pattern_work pattern_work_end(void);

#endif
