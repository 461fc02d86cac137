/* SPDX-License-Identifier: Apache-2.0 */
/*
 * corpus_gmime: GMime's parser as the second reading of a message, for tests alone. On mail that
 * both readers take for well-formed its tree must equal the map's. One thread.
 */
#ifndef CULVERT_TESTS_SUPPORT_CORPUS_GMIME_H
#define CULVERT_TESTS_SUPPORT_CORPUS_GMIME_H

#include "engine/base/error.h"
#include "engine/message/map/map.h"

enum second_reading {
    READ_ALIKE,
    READ_DIFFERENTLY, /* err says where */
    NOT_COMPARED /* uncertain, over a limit, or of a kind that GMime 3.2.13 is known to break on */
};

/* message_library_init() has to come first. */
enum second_reading gmime_compare(const struct map *map, struct error *err);

#endif
