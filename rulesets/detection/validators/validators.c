/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/validators/validators.h"

#include <pthread.h>
#include <stdlib.h>

#include "rulesets/detection/validators/families.h"

#define NAMES_MAX 512u

static const struct validator *const FAMILIES[] = {
    validators_africa,
    validators_andes,
    validators_brazil,
    validators_calendar,
    validators_canada,
    validators_card,
    validators_central_america,
    validators_crypto,
    validators_east_asia,
    validators_europe_balkan,
    validators_europe_baltic,
    validators_europe_benelux,
    validators_europe_central,
    validators_europe_east,
    validators_europe_france,
    validators_europe_germanic,
    validators_europe_iberia,
    validators_europe_mediterranean,
    validators_europe_nordic,
    validators_europe_uk_ireland,
    validators_finance,
    validators_generic,
    validators_iban,
    validators_mexico,
    validators_middle_east,
    validators_network,
    validators_oceania,
    validators_passport,
    validators_secrets,
    validators_secrets_structure,
    validators_south_asia,
    validators_southeast_asia,
    validators_southern_cone,
    validators_united_states,
    validators_vehicle,
};
#define FAMILY_COUNT (sizeof FAMILIES / sizeof *FAMILIES)

/* Sorted once, at the first question; constant from then on. */
static const char *sorted_names[NAMES_MAX + 1];
static pthread_once_t sorted_once = PTHREAD_ONCE_INIT;

const struct validator *validator_find(struct span name)
{
    for (size_t i = 0; i < FAMILY_COUNT; i++) {
        for (const struct validator *v = FAMILIES[i]; v->name; v++) {
            if (span_is(name, v->name))
                return v;
        }
    }
    return NULL;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort_names(void)
{
    size_t count = 0;
    for (size_t i = 0; i < FAMILY_COUNT; i++) {
        for (const struct validator *v = FAMILIES[i]; v->name && count < NAMES_MAX; v++)
            sorted_names[count++] = v->name;
    }
    qsort(sorted_names, count, sizeof *sorted_names, compare_names);
}

const char *const *validator_names(void)
{
    pthread_once(&sorted_once, sort_names);
    return sorted_names;
}
