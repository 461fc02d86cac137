/* SPDX-License-Identifier: Apache-2.0 */
/*
 * asked: what conditions have asked about the addresses of one message, so that each question is
 * answered once, however many rules and pieces there are. Embedded in a run; one thread.
 */
#ifndef CULVERT_RULESETS_CONDITIONS_ASKED_H
#define CULVERT_RULESETS_CONDITIONS_ASKED_H

#include "engine/message/map/map.h"
#include "engine/message/message.h"
#include "rulesets/conditions/header_addresses.h"

struct asked_answer {
    bool known;
    const char *quantifier; /* that does not hold; NULL: all do */
    const char *where;
};

struct asked {
    const struct message *message;
    const struct map *map;
    struct arena *arena;
    struct mail_address *sender, *recipients; /* NULL: not asked for yet */
    const struct header_addresses **fields;   /* of the message's header; NULL: the same */
    struct asked_answer *answers;
    size_t answer_count;
    bool incomplete; /* there are more addresses than are looked at */
};

/* Of `message` in the reading that `map` is; forgets what was known of another one. */
void asked_about(struct asked *asked, const struct message *message, const struct map *map,
                 struct arena *arena);

const struct mail_address *asked_sender(struct asked *asked);
const struct mail_address *asked_recipients(struct asked *asked);

/* The addresses of the field of that number of the message's header. */
const struct header_addresses *asked_field(struct asked *asked, uint32_t number);

/* Where the answer to the question of that number is kept. */
struct asked_answer *asked_answer_to(struct asked *asked, size_t question);

#endif
