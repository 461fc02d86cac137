/* SPDX-License-Identifier: Apache-2.0 */
/*
 * script: a fuzzer's bytes as what happens to the engine on the fake network: who says what, who
 * goes, time. Every byte string is a script; readable ones make good seeds. A first line that
 * begins with '@' names the configuration by letters (script_mode.h). Every other line is one step:
 *
 *     C text      the client sends the rest of the line, with escapes (\r \n \0 \xHH); a new client
 *                 calls where there is none
 *     U text      the newest upstream connection does
 *     c, u        that side ends its stream
 *     r, R        the client, the upstream breaks it
 *     n N         another client calls, from 192.0.2.7 or N addresses further
 *     t N         N seconds pass
 *     w, W        workers hold; go
 *     l           reload
 *     k N         the upstream takes N bytes more (without N: all)
 *     d           drain
 *     b           upstreams that behave offer CHUNKING and BINARYMIME from now on
 *     L LETTERS   reload with these letters (script_mode), for the engine and for upstreams
 *     j CODE      an upstream that behaves says this next, instead of what is right (4xx, 5xx)
 *     m, M        upstreams that behave are silent; speak again
 *     v N         host N % 3 takes calls (N / 3 is 0), refuses them (1), is silent (2)
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
 * behind (sockets, timers, counts, memory); when a client gets what is no reply; when what it was
 * told does not agree with what the upstreams have (script_judge.c); when a polite upstream gets a
 * command, a parameter or a byte that it did not offer to take, or more than it allowed; when a
 * login is sent in clear, or mail is though the settings never allowed it (the first step is q or
 * a, and no other reload comes).
 */
void script_play(const uint8_t *data, size_t size, bool polite);

#endif
