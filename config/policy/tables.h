/* SPDX-License-Identifier: Apache-2.0 */
/* tables: the key tables of the top level, from which all others are reached: for the schema. */
#ifndef CULVERT_CONFIG_TABLES_H
#define CULVERT_CONFIG_TABLES_H

#include "config/reader/node.h"

extern const struct key_table top_key_table;

#endif
