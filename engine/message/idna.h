/* SPDX-License-Identifier: Apache-2.0 */
/*
 * idna: domain names made comparable. What a name looks like says little about which name it is:
 * "BÜCHER.example", "bücher.example." and "xn--bcher-kva.example" are one (RFC 5890, UTS 46). Pure
 * functions over the caller's bytes, any thread.
 */
#ifndef CULVERT_MESSAGE_IDNA_H
#define CULVERT_MESSAGE_IDNA_H

#include "engine/base/arena.h"

/*
 * The name in the form in which equal names are equal: labels in lower case, and as the characters
 * that "xn--" stands for; without dots at the end. A label that IDNA does not know (with a '*', of
 * broken UTF-8, too long) stays as it is but for the case of ASCII letters. `domain` itself where
 * nothing has to change, else in the arena. Linear.
 */
struct span idna_fold(struct span domain, struct arena *arena);

#endif
