/* SPDX-License-Identifier: Apache-2.0 */
/*
 * script: a fuzzer's bytes as what happens to the engine on the fake network: who says what, who
 * goes, time. Every byte string is a script; readable ones make good seeds. A line is one step:
 *
 *     C text      the client sends the rest of the line, with escapes (\r \n \0 \xHH); a new client
 *                 calls where there is none
 *     U text      the newest upstream connection does
 *     c, u        that side ends its stream
 *     r, R        the client, the upstream breaks it
 *     n           another client calls
 *     t N         N seconds pass
 *     w, W        workers hold; go
 *     l           reload
 *     k N         the upstream takes N bytes more (without N: all)
 *     d           drain
 *     b           an upstream that behaves offers CHUNKING and BINARYMIME from now on
 *     o, q, a     reload: TLS towards the upstream where it is offered; always; always, and a login
 *     s           the newest upstream connection takes part in a TLS handshake; what it says by U
 *                 goes under TLS then
 *     x text      it says these bytes as they are
 *     e, f, i     reload: TLS towards clients is offered; required; from the first byte
 *     h           the client takes part in a TLS handshake; what it says by C goes under TLS then
 *     y text      it says these bytes as they are
 */
#ifndef CULVERT_TESTS_SCRIPT_H
#define CULVERT_TESTS_SCRIPT_H

#include "tests/support/rig.h"

/*
 * Answers of a well-behaved upstream are given where `polite` is set. Aborts when something is left
 * behind, when a client gets what is no reply, or a polite upstream a command that it does not know
 * or a CR or LF that stands alone; or when a login is sent in clear, or mail is though the settings
 * never allowed it (the first step is q or a, and no other reload comes).
 */
void script_play(const uint8_t *data, size_t size, bool polite);

#endif
