/* SPDX-License-Identifier: Apache-2.0 */
/*
 * random_mail: messages with a secret in random places, encodings and structures, well-formed or
 * with tricks that make readers differ. The same seed gives the same message.
 */
#ifndef CULVERT_TESTS_RANDOM_MAIL_H
#define CULVERT_TESTS_RANDOM_MAIL_H

#include "engine/base/buf.h"
#include "tests/support/random.h"

/* Every secret begins with this and has 8 digits behind it. */
#define RANDOM_MAIL_SECRET "QX-"

/* Appends a message with CRLF line ends. `tricks`: how many readers may differ about it. */
void random_mail(struct random_source *random, bool tricks, struct buf *out);

#endif
