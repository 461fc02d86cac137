/* SPDX-License-Identifier: Apache-2.0 */
/*
 * families: the tables that validators.c joins, one a file of validators. The entry without a name
 * ends a table. Constants; any thread.
 */
#ifndef CULVERT_RULESETS_DETECTION_VALIDATORS_FAMILIES_H
#define CULVERT_RULESETS_DETECTION_VALIDATORS_FAMILIES_H

#include "rulesets/detection/validators/validators.h"

extern const struct validator validators_africa[];
extern const struct validator validators_andes[];
extern const struct validator validators_brazil[];
extern const struct validator validators_calendar[];
extern const struct validator validators_canada[];
extern const struct validator validators_card[];
extern const struct validator validators_central_america[];
extern const struct validator validators_crypto[];
extern const struct validator validators_east_asia[];
extern const struct validator validators_europe_balkan[];
extern const struct validator validators_europe_baltic[];
extern const struct validator validators_europe_benelux[];
extern const struct validator validators_europe_central[];
extern const struct validator validators_europe_east[];
extern const struct validator validators_europe_france[];
extern const struct validator validators_europe_germanic[];
extern const struct validator validators_europe_iberia[];
extern const struct validator validators_europe_mediterranean[];
extern const struct validator validators_europe_nordic[];
extern const struct validator validators_europe_uk_ireland[];
extern const struct validator validators_finance[];
extern const struct validator validators_generic[];
extern const struct validator validators_iban[];
extern const struct validator validators_mexico[];
extern const struct validator validators_middle_east[];
extern const struct validator validators_network[];
extern const struct validator validators_oceania[];
extern const struct validator validators_passport[];
extern const struct validator validators_secrets[];
extern const struct validator validators_secrets_structure[];
extern const struct validator validators_south_asia[];
extern const struct validator validators_southeast_asia[];
extern const struct validator validators_southern_cone[];
extern const struct validator validators_united_states[];
extern const struct validator validators_vehicle[];

#endif
