/* SPDX-License-Identifier: Apache-2.0 */
/* weight: whether a received message may take the rules long, told from a look at its bytes. Any
 * thread. */
#ifndef CULVERT_TUNNELS_MAIL_WEIGHT_H
#define CULVERT_TUNNELS_MAIL_WEIGHT_H

#include "engine/base/span.h"

/* Below this nothing takes long. */
#define WEIGHT_LIGHT ((size_t)8 << 10)

/* Whether it is larger than WEIGHT_LIGHT and seems to hold HTML or a charset with states (the
 * ISO-2022 family, UTF-7), whose cost does not follow from their size alone. A guess: who hides it
 * is stopped by the time that the loop gives to a message. Linear. */
bool weight_is_heavy(struct span message);

#endif
