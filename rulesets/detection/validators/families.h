/* SPDX-License-Identifier: Apache-2.0 */
/*
 * families: the tables that validators.c joins, one a file of validators. The entry without a name
 * ends a table. Constants; any thread.
 */
#ifndef CULVERT_RULESETS_DETECTION_VALIDATORS_FAMILIES_H
#define CULVERT_RULESETS_DETECTION_VALIDATORS_FAMILIES_H

#include "rulesets/detection/validators/validators.h"

extern const struct validator validators_card[];
extern const struct validator validators_east_asia[];
extern const struct validator validators_generic[];
extern const struct validator validators_iban[];
extern const struct validator validators_middle_east[];
extern const struct validator validators_south_asia[];
extern const struct validator validators_southeast_asia[];

#endif
