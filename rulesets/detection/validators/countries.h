/* SPDX-License-Identifier: Apache-2.0 */
/* countries: codes of ISO 3166-1. Constants; any thread. */
#ifndef CULVERT_RULESETS_DETECTION_VALIDATORS_COUNTRIES_H
#define CULVERT_RULESETS_DETECTION_VALIDATORS_COUNTRIES_H

#include "engine/base/span.h"

/* An officially assigned code of two upper-case letters, or XK (Kosovo, of common use). */
bool country_known(struct span code);

#endif
