/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/ascii.h"
#include "engine/message/region.h"
#include "engine/metrics/metrics.h"
#include "tests/support/rig_upstream.h"
#include "tests/support/script_link.h"

#include <stdio.h>
#include <stdlib.h>

#define STEPS_MAX 400u
#define SECONDS_MAX 1000u

void script_die(const char *why)
{
    (void)fprintf(stderr, "script: %s\n", why);
    abort();
}

void script_unescape(struct span text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '\\' && i + 1 < text.len) {
            c = text.ptr[++i];
            if (c == 'r')
                c = '\r';
            else if (c == 'n')
                c = '\n';
            else if (c == '0')
                c = '\0';
            else if (c == 'x' && i + 2 < text.len && ascii_hex(text.ptr[i + 1]) >= 0 &&
                     ascii_hex(text.ptr[i + 2]) >= 0) {
                c = (char)(ascii_hex(text.ptr[i + 1]) * 16 + ascii_hex(text.ptr[i + 2]));
                i += 2;
            }
        }
        buf_add_byte(out, c);
    }
}

static uint64_t number_of(struct span text, uint64_t most)
{
    uint64_t number;
    if (!span_to_u64(span_trim(text), &number))
        return most;
    return number < most ? number : most;
}

static void settle(struct script *script)
{
    for (bool more = true; more;) {
        fake_settle(script->rig.loop);
        script_meet_mtas(script);
        more = script_serve_mtas(script);
        more |= script_carry_mtas(script);
        more |= script_carry_clients(script);
    }
}

static void say_as_client(struct script *script, struct span text, bool raw)
{
    if (!script_client(script) || script_client(script)->ended)
        script_call(script, 0);
    if (script_client(script) && !script_client(script)->ended)
        script_say_client(script, text, raw);
}

static void leave(struct script *script, char how)
{
    struct caller *caller = script_client(script);
    struct mta *mta = script_mta(script);
    bool is_client = how == 'c' || how == 'r';
    if (is_client ? !caller || caller->ended : !mta || mta->ended)
        return;
    struct fake_peer *peer = is_client ? caller->peer : mta->peer;
    if (how == 'c' || how == 'u')
        fake_end(peer);
    else
        fake_break(peer);
    if (is_client) {
        caller->broken = how == 'r';
        caller->ended = true;
    } else {
        mta->ended = true;
    }
}

static void put_in_force(struct script *script, struct rig_policy *policy)
{
    script->reloaded = true;
    rig_reload(&script->rig, policy);
    rig_policy_drop(&policy);
}

/* Letters: all of them; none: a smaller limit, and newlines are put right. */
static void reload(struct script *script, struct span letters)
{
    if (!script->rig.place)
        return;
    if (letters.len > 0)
        script->mode = (struct script_mode){{false}};
    script_mode_add(&script->mode, letters);
    script_mode_add(&script->ever, letters);
    script_mode_apply(&script->mode, &script->rig);
    struct rig_policy *policy = script_mode_policy(&script->mode);
    if (letters.len == 0) {
        policy->tunnel.max_message_size = 500;
        policy->tunnel.bare_newline = BARE_NEWLINE_NORMALIZE;
        script_mode_add(&script->ever, SPAN("n"));
    }
    script->never_clear = false;
    script->only_tls = false;
    put_in_force(script, policy);
}

static void reload_tls(struct script *script, char how)
{
    if (!script->rig.place)
        return;
    struct rig_policy *policy = script_mode_policy(&script->mode);
    bool good = rig_set_upstream(policy, SPAN("upstream.tls"),
                                 how == 'o' ? SPAN("opportunistic") : SPAN("require"));
    if (how == 'a')
        good = good && rig_set_upstream(policy, SPAN("upstream.username"), SPAN("gateway")) &&
               rig_set_upstream(policy, SPAN("upstream.password"), SPAN("secret"));
    if (!good)
        script_die("no such setting");
    script->only_tls = false;
    script->never_clear = how != 'o' && (script->never_clear || script->clients == 0);
    put_in_force(script, policy);
}

static void set_host(uint64_t number)
{
    static const enum fake_answer answers[] = {FAKE_ACCEPT, FAKE_REFUSE, FAKE_SILENT};
    fake_serve(script_host(number % HOSTS), 25, answers[number / HOSTS % ARRAY_LEN(answers)]);
}

static void refuse_next(struct script *script, struct span rest)
{
    uint64_t code = number_of(rest, 599);
    bool refuses = code >= 400 && code != 421;
    script->next_code = refuses ? (unsigned)code : 0;
}

/* Whether the letter is that of something that happens outside the talk. */
static bool step_around(struct script *script, char letter, struct span rest)
{
    switch (letter) {
    case 'e':
    case 'f':
    case 'i':
        script_reload_client(script, letter);
        script->reloaded = true;
        return true;
    case 'o':
    case 'q':
    case 'a':
        reload_tls(script, letter);
        return true;
    case 'l':
    case 'L':
        reload(script, letter == 'L' ? rest : SPAN(""));
        return true;
    case 't':
        fake_advance(script->rig.loop, number_of(rest, SECONDS_MAX) * 1000);
        return true;
    case 'w':
    case 'W':
        fake_hold_workers(letter == 'w');
        return true;
    case 'b':
        script_mode_add(&script->mode, SPAN("k"));
        return true;
    case 'v':
        set_host(number_of(rest, 2 * HOSTS));
        return true;
    case 'd':
        if (script->rig.place)
            rig_drain(&script->rig);
        return true;
    default:
        return false;
    }
}

static void step(struct script *script, struct span line)
{
    char letter = line.len > 0 ? line.ptr[0] : '\0';
    struct span rest = span_from(line, 1);
    if (rest.len > 0 && rest.ptr[0] == ' ')
        rest = span_from(rest, 1);
    if (step_around(script, letter, rest)) {
        settle(script);
        return;
    }
    switch (letter) {
    case 'C':
    case 'y':
        say_as_client(script, rest, letter == 'y');
        break;
    case 'h':
        script_secure_client(script);
        break;
    case 'U':
    case 'x':
        script_say_mta(script, rest, letter == 'x');
        break;
    case 's':
        script_secure_mta(script);
        break;
    case 'c':
    case 'u':
    case 'r':
    case 'R':
        leave(script, letter);
        break;
    case 'n':
        script_call(script, (unsigned)number_of(rest, 0));
        break;
    case 'k':
        if (script_mta(script))
            fake_take_only(script_mta(script)->peer, number_of(rest, SIZE_MAX));
        break;
    case 'j':
        refuse_next(script, rest);
        break;
    case 'm':
    case 'M':
        script->mute = letter == 'm';
        break;
    default:
        break;
    }
    settle(script);
}

/* How the bytes are cut the talk must not depend on; old scripts have it in their first byte. */
static enum fake_cut cut_of(const struct script *script, unsigned first)
{
    if (first != '@')
        return (enum fake_cut)(first % 3);
    if (script_mode_has(&script->mode, 'B'))
        return FAKE_BYTES;
    return script_mode_has(&script->mode, 'N') ? FAKE_RANDOM : FAKE_WHOLE;
}

static void begin(struct script *script, struct span *rest)
{
    unsigned first = rest->len > 0 ? (unsigned char)rest->ptr[0] : 0;
    struct span letters = SPAN_INIT("");
    if (first == '@')
        (void)span_next(rest, '\n', &letters);
    script_mode_add(&script->mode, letters);
    script_mode_add(&script->ever, letters);
    fake_cut(cut_of(script, first), first + 1);
    for (size_t i = 0; i < HOSTS; i++)
        fake_serve(script_host(i), 25, FAKE_ACCEPT);
    struct rig_policy *policy = script_mode_policy(&script->mode);
    rig_init(&script->rig, policy);
    script_mode_apply(&script->mode, &script->rig);
    rig_policy_drop(&policy);
}

static void forget_tape(struct tape *tape)
{
    buf_fini(&tape->said);
    free(tape->marks);
}

static void forget(struct script *script)
{
    for (size_t i = 0; i < script->clients; i++) {
        tls_far_free(&script->callers[i].tls);
        buf_fini(&script->callers[i].heard);
        buf_fini(&script->callers[i].said);
    }
    for (size_t i = 0; i < script->mta_count; i++) {
        tls_far_free(&script->mtas[i].tls);
        buf_fini(&script->mtas[i].heard);
        forget_tape(&script->mtas[i].clear);
        forget_tape(&script->mtas[i].secret);
    }
}

/* What is counted while it is there. */
static void check_nothing_is_left(void)
{
    static const enum metric_id of_upstreams[] = {METRIC_UPSTREAM_OPEN, METRIC_UPSTREAM_WAITING,
                                                  METRIC_UPSTREAM_DOWN};
    if (region_bytes_in_use() != 0)
        script_die("a message's memory is still counted");
    if (metric_read(metric_by(METRIC_CONNECTIONS, SPAN("test"))) != 0)
        script_die("a client is still counted");
    for (size_t host = 0; host < HOSTS; host++) {
        char name[64];
        (void)snprintf(name, sizeof name, "%s:25", script_host(host));
        for (size_t i = 0; i < ARRAY_LEN(of_upstreams); i++) {
            if (metric_read(metric_by(of_upstreams[i], span_str(name))) != 0)
                script_die("a connection to an upstream is still counted");
        }
    }
}

static void end(struct script *script)
{
    settle(script);
    script_check_clients(script);
    for (size_t i = 0; i < script->mta_count; i++) {
        if (!script->mtas[i].tls)
            script_check_clear(script, &script->mtas[i]);
    }
    script_judge(script);
    forget(script);
    const char *left = rig_fini(&script->rig);
    if (left)
        script_die(left);
    if (rig_policies() != 0)
        script_die("a policy is still held");
    check_nothing_is_left();
}

void script_play(const uint8_t *data, size_t size, bool polite)
{
    struct script *script = calloc(1, sizeof *script);
    struct span rest = span_of((const char *)data, size);
    struct span line;
    if (!script)
        abort();
    script_open_log();
    script->polite = polite;
    begin(script, &rest);
    for (unsigned steps = 0; steps < STEPS_MAX && span_next(&rest, '\n', &line); steps++)
        step(script, line);
    end(script);
    free(script);
}
