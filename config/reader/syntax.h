/* SPDX-License-Identifier: Apache-2.0 */
/*
 * syntax: says in plain words what is wrong with a JSON text and where: Jansson's own messages name
 * the end of a token and its grammar. Also finds keys that stand twice, all of them.
 */
#ifndef CULVERT_CONFIG_SYNTAX_H
#define CULVERT_CONFIG_SYNTAX_H

#include "config/reader/document.h"

/* Deeper nesting is an error: trees are walked by recursion. */
#define SYNTAX_DEPTH_MAX 200

bool syntax_check(struct reader *reader, const struct document *document) MUST_USE;

#endif
