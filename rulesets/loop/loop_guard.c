/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/loop/loop_guard.h"

#include "engine/base/ascii.h"
#include "engine/base/buf.h"
#include "transforms/keyed_hash.h"

#include <inttypes.h>
#include <stdio.h>

#define HEX_LEN (2 * KEYED_HASH_SIZE)
#define TOKEN_LEN 16u /* of a recipient */
#define TOKENS_IN_A_LINE 4u
/* There are more tokens than recipients: who sees one name in To and counts must not find out that
 * somebody else got the mail. */
#define TOKENS_LEAST 8u
#define NODE_MAX 64u
#define EARLY_S 300 /* clocks of nodes differ */
#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

/* The parts of a field as they stand in it. */
struct parts {
    struct span node, hops, time, recipients, digest, mac;
};

const char *loop_state_name(enum loop_state state)
{
    static const char *const names[] = {"none", "unknown", "forged", "stale", "changed", "same"};
    return names[state];
}

static void write_hex(const unsigned char *octets, size_t count, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < count; i++) {
        out[2 * i] = digits[octets[i] >> 4];
        out[2 * i + 1] = digits[octets[i] & 15];
    }
}

static void add_line(struct keyed_hash *hash, struct span text)
{
    keyed_hash_add(hash, text);
    keyed_hash_add(hash, SPAN("\n"));
}

/* None of what is hashed here can hold a line end. */
static void mac_of(const struct loop_guard *guard, const struct parts *parts,
                   struct span message_id, char out[HEX_LEN])
{
    unsigned char octets[KEYED_HASH_SIZE];
    struct keyed_hash *hash = keyed_hash_new(guard->key);
    add_line(hash, SPAN("culvert loop 1"));
    add_line(hash, guard->service);
    add_line(hash, parts->node);
    add_line(hash, parts->hops);
    add_line(hash, parts->time);
    add_line(hash, parts->recipients);
    add_line(hash, parts->digest);
    add_line(hash, message_id);
    keyed_hash_end(&hash, octets);
    write_hex(octets, sizeof octets, out);
}

/* The time makes it another one in each message. */
static void token_of(const struct loop_guard *guard, struct span time, struct span recipient,
                     char out[TOKEN_LEN])
{
    unsigned char octets[KEYED_HASH_SIZE];
    struct keyed_hash *hash = keyed_hash_new(guard->key);
    size_t at = recipient.len;
    while (at > 0 && recipient.ptr[at - 1] != '@')
        at--;
    add_line(hash, SPAN("culvert recipient 1"));
    add_line(hash, time);
    keyed_hash_add(hash, span_sub(recipient, 0, at));
    for (size_t i = at; i < recipient.len; i++) {
        char c = ascii_lower(recipient.ptr[i]);
        keyed_hash_add(hash, span_of(&c, 1));
    }
    keyed_hash_end(&hash, octets);
    write_hex(octets, TOKEN_LEN / 2, out);
}

/* --- reading --- */

static bool take(struct span *rest, struct span key, struct span *value_out)
{
    if (!span_starts(*rest, key))
        return false;
    *rest = span_from(*rest, key.len);
    size_t end = span_find_byte(*rest, ';');
    *value_out = span_sub(*rest, 0, end == SPAN_NONE ? rest->len : end);
    *rest = span_from(*rest, end == SPAN_NONE ? rest->len : end + 1);
    return value_out->len > 0;
}

/* As written by us, but for blanks, which folding may move. */
static bool read_parts(struct span value, struct parts *out)
{
    struct span version;
    return take(&value, SPAN("v="), &version) && span_is(version, "1") &&
           take(&value, SPAN("n="), &out->node) && take(&value, SPAN("h="), &out->hops) &&
           take(&value, SPAN("t="), &out->time) && take(&value, SPAN("r="), &out->recipients) &&
           take(&value, SPAN("d="), &out->digest) && take(&value, SPAN("m="), &out->mac) &&
           value.len == 0;
}

static bool is_listed(struct span list, struct span token)
{
    struct span item;
    bool found = false;
    while (list.len > 0 && span_next(&list, ',', &item))
        found |= keyed_hash_equal(item, token);
    return found;
}

/* Mail servers send copies for some of them each; nobody may come in addition. */
static bool is_for_the_same(const struct loop_guard *guard, const struct parts *parts,
                            const struct envelope *envelope)
{
    if (envelope->recipient_count > LOOP_RECIPIENTS_MAX || envelope->recipient_count == 0)
        return false;
    for (size_t i = 0; i < envelope->recipient_count; i++) {
        char token[TOKEN_LEN];
        token_of(guard, parts->time, envelope->recipients[i], token);
        if (!is_listed(parts->recipients, span_of(token, TOKEN_LEN)))
            return false;
    }
    return true;
}

static enum loop_state judge(const struct loop_guard *guard, const struct message *message,
                             const struct loop_content *content, const struct parts *parts,
                             uint64_t time)
{
    char mac[HEX_LEN];
    mac_of(guard, parts, content->message_id, mac);
    if (!keyed_hash_equal(parts->mac, span_of(mac, HEX_LEN)))
        return LOOP_FORGED;
    if ((int64_t)time < message->time_s - guard->max_age_s ||
        (int64_t)time > message->time_s + EARLY_S)
        return LOOP_STALE;
    bool same = content->hex[0] && keyed_hash_equal(parts->digest, span_str(content->hex));
    return same && is_for_the_same(guard, parts, &message->envelope) ? LOOP_SAME : LOOP_CHANGED;
}

struct loop_finding loop_guard_look(const struct loop_guard *guard, const struct message *message,
                                    struct arena *arena)
{
    struct loop_finding finding = {.state = LOOP_NONE, .node = SPAN("")};
    struct loop_content content;
    struct parts parts;
    uint64_t hops, time;
    if (!guard || guard->key.len == 0) {
        finding.state = guard ? LOOP_UNKNOWN : LOOP_NONE;
        return finding;
    }
    struct loop_digest *digest =
        loop_digest_new(message->envelope.sender, guard->ignored, guard->ignored_count, arena);
    loop_digest_add(digest, message->bytes);
    loop_digest_end(digest, &content);
    if (content.guard_count == 0)
        return finding;
    finding.state = LOOP_FORGED;
    if (content.guard_count > 1 || !read_parts(content.guard, &parts) ||
        !span_to_u64(parts.hops, &hops) || !span_to_u64(parts.time, &time) || hops == 0 ||
        hops > LOOP_HOPS_MAX || time > INT64_MAX / 2)
        return finding;
    finding.state = judge(guard, message, &content, &parts, time);
    if (finding.state < LOOP_CHANGED)
        return finding;
    finding.hops = (unsigned)hops;
    finding.node = parts.node;
    return finding;
}

/* --- writing --- */

/* A name that can end nothing. */
static void add_node(struct buf *out, struct span name)
{
    buf_add_str(out, name.len == 0 ? "?" : "");
    for (size_t i = 0; i < name.len && i < NODE_MAX; i++) {
        char c = name.ptr[i];
        bool plain = ascii_is_alnum(c) || c == '.' || c == '-' || c == '_';
        buf_add_byte(out, plain ? c : '?');
    }
}

static void add_recipients(const struct loop_guard *guard, struct span time,
                           const struct span *recipients, size_t count, struct buf *out)
{
    if (count == 0 || count > LOOP_RECIPIENTS_MAX) {
        buf_add_byte(out, '*');
        return;
    }
    size_t padded = TOKENS_LEAST;
    while (padded < count)
        padded *= 2;
    for (size_t i = 0; i < padded; i++) {
        char token[TOKEN_LEN];
        char nobody[16];
        int len = snprintf(nobody, sizeof nobody, "%zu", i); /* no address: it has no domain */
        token_of(guard, time, i < count ? recipients[i] : span_of(nobody, (size_t)len), token);
        buf_add_str(out, i == 0 ? "" : i % TOKENS_IN_A_LINE == 0 ? ",\r\n\t" : ",");
        buf_add(out, span_of(token, TOKEN_LEN));
    }
}

struct span loop_guard_value(const struct loop_guard *guard, int64_t now_s, unsigned hops,
                             const struct span *recipients, size_t count, struct arena *arena)
{
    if (!guard || guard->key.len == 0)
        return SPAN("");
    struct buf out = BUF_INIT;
    struct span time = span_str(arena_printf(arena, "%" PRId64, now_s));
    buf_add_str(&out, "v=1; n=");
    add_node(&out, guard->node);
    buf_printf(&out, "; h=%u; t=%.*s;\r\n\tr=", hops, SPAN_ARG(time));
    add_recipients(guard, time, recipients, count, &out);
    buf_add_str(&out, ";\r\n\td=" ZEROS ";\r\n\tm=" ZEROS);
    struct span value = arena_copy(arena, buf_span(&out));
    buf_fini(&out);
    return value;
}

/* The bytes of the field in the edit that writes it; they are in the arena, nobody else's. */
static char *place_of(const struct edits *edits, struct span value)
{
    for (size_t i = 0; i < edits->count; i++) {
        size_t at = span_find(edits->items[i].with, value);
        if (at != SPAN_NONE)
            return (char *)(uintptr_t)edits->items[i].with.ptr + at;
    }
    return NULL;
}

static void content_of(const struct loop_guard *guard, const struct message *message,
                       const struct edits *edits, struct arena *arena, struct loop_content *out)
{
    struct render render;
    struct span slices[16];
    size_t count;
    struct loop_digest *digest =
        loop_digest_new(message->envelope.sender, guard->ignored, guard->ignored_count, arena);
    render_init(&render, message->bytes, edits);
    while ((count = render_next(&render, slices, sizeof slices / sizeof slices[0])) > 0) {
        for (size_t i = 0; i < count; i++)
            loop_digest_add(digest, slices[i]);
    }
    loop_digest_end(digest, out);
}

void loop_guard_sign(const struct loop_guard *guard, const struct message *message,
                     const struct edits *edits, struct span value, struct arena *arena)
{
    struct loop_content content;
    struct parts parts;
    char *place = place_of(edits, value);
    if (!place)
        return;
    content_of(guard, message, edits, arena, &content);
    char *mac = place + value.len - HEX_LEN;
    char *digest = mac - HEX_LEN - sizeof ";\r\n\tm=" + 1;
    if (content.hex[0])
        memcpy(digest, content.hex, HEX_LEN);
    if (content.guard_count == 1 && read_parts(content.guard, &parts)) {
        parts.digest = span_of(digest, HEX_LEN);
        mac_of(guard, &parts, content.message_id, mac);
    }
}
