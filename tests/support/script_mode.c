/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/script_mode.h"

#include "tests/support/rig_client.h"
#include "tests/support/rig_upstream.h"

#include <stdlib.h>

struct setting {
    char letter;
    const char *name, *value;
};

/* In this order: rules bring an inspection of their own, the loop guard goes into it. */
static const struct setting settings[] = {
    {'a', "auth", "clear"},
    {'A', "auth", "pass"},
    {'P', "proxy_protocol", "192.0.2.0/24"},
    {'c', "upstream.chunking", "0"},
    {'y', "upstream.downgrade_8bit", "0"},
    {'x', "upstream.send_proxy", "xforward"},
    {'X', "upstream.send_proxy", "xclient"},
    {'2', "upstream.send_proxy", "proxy_v2"},
    {'q', "upstream.max_connections", "1"},
    {'q', "upstream.connection_wait_timeout", "20"},
    {'o', "upstream.max_messages_per_connection", "2"},
    {'K', "upstream.kept_connections", "0"},
    {'n', "bare_newline", "normalize"},
    {'z', "max_message_size", "500"},
    {'z', "max_errors", "3"},
    {'z', "min_data_rate", "10"},
    {'z', "message_timeout", "50"},
    {'z', "max_connections", "3"},
    {'z', "max_connections_per_client", "2"},
    {'t', "max_connection_rate", "4"},
    {'t', "max_message_rate", "3"},
    {'t', "max_recipient_rate", "5"},
    {'v', "received_header", "on"},
    {'v', "max_received", "2"},
    {'g', "loop_guard", "inspect"},
    {'G', "loop_guard", "pass"},
    {'f', "spool.memory_bytes", "16"},
    {'S', "upstream.tls", "opportunistic"},
};

static const char recipients_rules[] =
    "[ { \"dispose\": \"discard\", \"recipients\": [\"drop*\"] }, "
    "{ \"when\": { \"recipients\": { \"any\": [\"move*\"] } }, "
    "\"dispose\": \"deliver\", \"redirect\": [\"moved@there.example\"] }, "
    "{ \"when\": { \"recipients\": { \"any\": [\"copy*\"] } }, "
    "\"dispose\": \"deliver\", \"bcc\": [\"archive@other.example\"] } ]";

static const char text_rules[] =
    "[ { \"extract\": \"Subject\", \"pattern\": \"secret-[0-9]+\", "
    "\"rules\": [ { \"transform\": \"Mask\" } ] }, "
    "{ \"extract\": \"Body\", \"pattern\": \"refuse this\", "
    "\"rules\": [ { \"dispose\": \"reject\" } ] }, "
    "{ \"extract\": \"Body\", \"pattern\": \"not now\", "
    "\"rules\": [ { \"error\": { \"code\": 451, \"message\": \"later\", \"close\": true } } ] }, "
    "{ \"extract\": \"Body\", \"pattern\": \"drop this\", "
    "\"rules\": [ { \"dispose\": \"discard\" } ] } ]";

static bool set(struct rig_policy *policy, struct span name, struct span value)
{
    return rig_set(policy, name, value) || rig_set_client(policy, name, value) ||
           rig_set_upstream(policy, name, value);
}

const char *script_host(size_t which)
{
    static const char *const hosts[HOSTS] = {"mta.example", "mtb.example", "mtc.example"};
    return hosts[which];
}

static void set_routes(const struct script_mode *mode, struct rig_policy *policy)
{
    const char *all = "* mta.example:25";
    if (script_mode_has(mode, 'H'))
        all = "* 5/mta.example:25 5/mtb.example:25 7/mtc.example:25";
    else if (script_mode_has(mode, 'h'))
        all = "* mta.example:25 mtb.example:25 mtc.example:25";
    rig_no_routes(policy);
    if (script_mode_has(mode, 'R'))
        rig_route(policy, "other.example mtb.example:25 mtc.example:25");
    rig_route(policy, all);
}

void script_mode_add(struct script_mode *mode, struct span letters)
{
    for (size_t i = 0; i < letters.len; i++) {
        unsigned char c = (unsigned char)letters.ptr[i];
        if (c < ARRAY_LEN(mode->on))
            mode->on[c] = true;
    }
}

struct rig_policy *script_mode_policy(const struct script_mode *mode)
{
    struct rig_policy *policy = rig_policy_new();
    bool good = true;
    policy->tunnel.max_recipients = 5;
    set_routes(mode, policy);
    if (script_mode_has(mode, 'D'))
        good = rig_rules(policy, text_rules);
    else if (script_mode_has(mode, 'r'))
        good = rig_rules(policy, recipients_rules);
    for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
        if (script_mode_has(mode, settings[i].letter))
            good &= set(policy, span_str(settings[i].name), span_str(settings[i].value));
    }
    if (!good)
        abort();
    return policy;
}

void script_mode_apply(const struct script_mode *mode, struct rig *rig)
{
    static const unsigned hour_ms = 3600u * 1000u;
    rig_inline_ms(rig, script_mode_has(mode, 'w') ? 0 : hour_ms);
}

void script_mode_offer(const struct script_mode *mode, struct buf *out)
{
    static const struct {
        char letter;
        bool lacks;
        const char *keyword;
    } offers[] = {{'8', true, "8BITMIME"},
                  {'u', true, "SMTPUTF8"},
                  {'p', true, "PIPELINING"},
                  {'k', false, "CHUNKING"},
                  {'k', false, "BINARYMIME"},
                  {'d', false, "DSN"},
                  {'m', false, "MT-PRIORITY"},
                  {'s', false, "SIZE 2000"},
                  {'i', false, "LIMITS MAILMAX=2 RCPTMAX=2 RCPTDOMAINMAX=2"},
                  {'x', false, "XFORWARD NAME ADDR PROTO HELO PORT SOURCE"},
                  {'X', false, "XCLIENT NAME ADDR PROTO HELO PORT LOGIN"},
                  {'a', false, "AUTH PLAIN LOGIN XOAUTH2 CRAM-MD5"}};
    buf_add_str(out, "250-mta\r\n");
    for (size_t i = 0; i < ARRAY_LEN(offers); i++) {
        if (script_mode_has(mode, offers[i].letter) != offers[i].lacks)
            buf_printf(out, "250-%s\r\n", offers[i].keyword);
    }
    buf_add_str(out, "250 HELP\r\n");
}
