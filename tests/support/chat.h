/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chat: plays a dialogue between clients, the engine and upstreams from a file. The language is
 * described in tests/dialog/README.md.
 */
#ifndef CULVERT_TESTS_CHAT_H
#define CULVERT_TESTS_CHAT_H

#include "engine/base/error.h"
#include "tests/support/fake/fake.h"

/* Plays the whole file with what is sent cut as said. False with "file:line: what" in `err`. */
bool chat_play(const char *path, enum fake_cut cut, uint64_t seed, struct error *err) MUST_USE;

#endif
