/* SPDX-License-Identifier: Apache-2.0 */
/* faulty_mta_link: the inside of a faulty MTA, for faulty_mta.c (what it does) and
 * faulty_mta_say.c. */
#ifndef CULVERT_TESTS_FAULTY_MTA_LINK_H
#define CULVERT_TESTS_FAULTY_MTA_LINK_H

#include "tests/support/faulty_mta.h"

#define TICK_MS 100u   /* between two bytes of who is slow */
#define DRIP_MS 10000u /* the same of who never gets there */

/* Behind what is still being said, if there is such. */
void mta_say(struct mta_talk *talk, const char *text);
/* The fault, instead of `right`. */
void mta_strike_at(struct mta *mta, struct mta_talk *talk, const char *right);

/* What has come, under TLS if there is any; a whole line of it, without its end. */
struct span mta_received(struct mta_talk *talk);
void mta_forget(struct mta_talk *talk, size_t bytes);
bool mta_take_line(struct mta_talk *talk, char line[1000]);

/* The next byte of who is slow, in either direction. */
void mta_tick(struct mta *mta, struct mta_talk *talk);
bool mta_is_anybody_slow(const struct mta *mta);

#endif
