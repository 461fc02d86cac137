/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/conditions/asked.h"

void asked_about(struct asked *asked, const struct message *message, const struct map *map,
                 struct arena *arena)
{
    if (asked->message != message || asked->map != map)
        *asked = (struct asked){.message = message, .map = map, .arena = arena};
}

const struct mail_address *asked_sender(struct asked *asked)
{
    if (!asked->sender) {
        asked->sender = ARENA_NEW(asked->arena, struct mail_address);
        *asked->sender = mail_address_of(asked->message->envelope.sender, asked->arena);
    }
    return asked->sender;
}

const struct mail_address *asked_recipients(struct asked *asked)
{
    const struct envelope *envelope = &asked->message->envelope;
    if (!asked->recipients) {
        asked->recipients =
            ARENA_ARRAY(asked->arena, envelope->recipient_count, struct mail_address);
        for (size_t i = 0; i < envelope->recipient_count; i++)
            asked->recipients[i] = mail_address_of(envelope->recipients[i], asked->arena);
    }
    return asked->recipients;
}

const struct header_addresses *asked_field(struct asked *asked, uint32_t number)
{
    const struct part *top = &asked->map->parts[0];
    if (!asked->fields)
        asked->fields =
            ARENA_ARRAY(asked->arena, top->field_count, const struct header_addresses *);
    if (!asked->fields[number]) {
        struct header_addresses *addresses = ARENA_NEW(asked->arena, struct header_addresses);
        header_addresses_read(asked->map->fields[top->first_field + number].value, asked->arena,
                              addresses);
        asked->incomplete |= addresses->incomplete;
        asked->fields[number] = addresses;
    }
    return asked->fields[number];
}

struct asked_answer *asked_answer_to(struct asked *asked, size_t question)
{
    if (question >= asked->answer_count) {
        size_t count = question * 2 + 16;
        struct asked_answer *answers = ARENA_ARRAY(asked->arena, count, struct asked_answer);
        if (asked->answer_count > 0)
            memcpy(answers, asked->answers, asked->answer_count * sizeof *answers);
        asked->answers = answers;
        asked->answer_count = count;
    }
    return &asked->answers[question];
}
