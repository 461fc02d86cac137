/* SPDX-License-Identifier: Apache-2.0 */
/*
 * descriptors: who may have one of the process's descriptors. An idle client costs one; a mail
 * under way may need one more for its next hop and one for a file. What is used and what the mails
 * that were let in may still need is counted, so that clients are told to come later before these
 * run out (engine/decisions/0028). Counts of the process, as the descriptors are; any thread.
 */
#ifndef CULVERT_TUNNELS_DESCRIPTORS_H
#define CULVERT_TUNNELS_DESCRIPTORS_H

#include "engine/base/attrs.h"

#include <stdbool.h>
#include <stddef.h>

enum descriptors_use {
    DESCRIPTORS_CLIENT,   /* connections of clients, until the socket is closed */
    DESCRIPTORS_UPSTREAM, /* the same to next hops */
    DESCRIPTORS_KEPT,     /* of these, the ones that belong to no mail */
    DESCRIPTORS_MAIL,     /* mails, from MAIL until nothing is left of them */
    DESCRIPTORS_USES
};

void descriptors_take(enum descriptors_use use);
void descriptors_give(enum descriptors_use use);
size_t descriptors_taken(enum descriptors_use use);

/* Asks the system how many there may be. Before that, no limit. */
void descriptors_measure(void);

/* Whether there is room for one more client, for the mail of one that is there, for a connection
 * that waits for its next mail. */
bool descriptors_admit_client(void) MUST_USE;
bool descriptors_admit_mail(void) MUST_USE;
bool descriptors_admit_kept(void) MUST_USE;

/* How many clients there can be, if they have little mail; how many descriptors so many clients
 * need. */
size_t descriptors_for_clients(void);
size_t descriptors_needed(size_t clients);

#endif
