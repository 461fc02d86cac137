/* SPDX-License-Identifier: Apache-2.0 */
/*
 * predefined: what comes with the program as data: entities, and profiles of rules over them. The
 * files lie in the folders `entities` and `profiles` of the data folder. Only what is named is
 * compiled. Main thread, while a configuration is loaded.
 */
#ifndef CULVERT_RULESETS_DETECTION_PREDEFINED_H
#define CULVERT_RULESETS_DETECTION_PREDEFINED_H

#include "rulesets/detection/entity.h"

/* $CULVERT_DATA, else share/culvert beside the program or beside its folder, else the one that the
 * program was built for; in the arena. NULL: there is none. */
const char *predefined_folder(struct arena *arena);

/* The paths of the files in a folder of it ("entities", "profiles"), sorted. */
const char *const *predefined_files(const char *folder, struct arena *arena, size_t *count_out);

struct predefined;

/* `reader` is the configuration's: it notes the files that were used. What is read is in its arena
 * and outlives predefined_close(), but for nodes. */
struct predefined *predefined_open(struct reader *reader);
void predefined_close(struct predefined **predefined);

/* That files are read with; its complaints are not the configuration's. */
struct reader *predefined_reader(struct predefined *predefined);

/* NULL: there is none of that name (in the way that an administrator writes it), and `err` is not
 * set; or its file is broken. */
const struct entity *predefined_entity(struct predefined *predefined, struct span name,
                                       struct error *err);

/* What is wrong with a file, when anything is. false then. */
bool predefined_is_good(struct predefined *predefined, const char *path, struct error *err);

/* The names of all entities: reads all files. */
const char *const *predefined_names(struct predefined *predefined, size_t *count_out);

#endif
