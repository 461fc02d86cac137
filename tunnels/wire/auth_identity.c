/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth_identity: whose login an exchange is. Rules ask for it, so a name counts only where it
 * stands in the response that the mechanism has it in, and where the server has no choice but to
 * read the same: a password is never one, whatever a client writes in front of it.
 */
#include "engine/base/ascii.h"
#include "engine/base/attrs.h"
#include "engine/message/codecs/base64.h"
#include "tunnels/wire/auth.h"

#define OCTETS_MAX (AUTH_LINE_MAX / 4 * 3 + 6)

/* What a response says of the name. */
enum mention { MENTION_NAME, MENTION_NOTHING, MENTION_UNREADABLE };

typedef enum mention name_reader(struct span octets, char out[AUTH_NAME_MAX + 1]);

/* A name goes into logs and header fields: one line, no control characters. */
static enum mention take(struct span name, char out[AUTH_NAME_MAX + 1])
{
    if (name.len == 0 || name.len > AUTH_NAME_MAX)
        return MENTION_UNREADABLE;
    for (size_t i = 0; i < name.len; i++) {
        if (ascii_is_control(name.ptr[i]))
            return MENTION_UNREADABLE;
    }
    memcpy(out, name.ptr, name.len);
    out[name.len] = '\0';
    return MENTION_NAME;
}

/* authzid NUL authcid NUL password: who has the password, which has no NUL. */
static enum mention read_plain(struct span octets, char out[AUTH_NAME_MAX + 1])
{
    size_t first = span_find_byte(octets, '\0');
    struct span rest = first == SPAN_NONE ? SPAN("") : span_from(octets, first + 1);
    size_t second = span_find_byte(rest, '\0');
    if (second == SPAN_NONE || span_find_byte(span_from(rest, second + 1), '\0') != SPAN_NONE)
        return MENTION_UNREADABLE;
    return take(span_sub(rest, 0, second), out);
}

/* "user=NAME" 0x01 ... */
static enum mention read_xoauth2(struct span octets, char out[AUTH_NAME_MAX + 1])
{
    size_t end = span_find_byte(octets, '\x01');
    if (!span_starts(octets, SPAN("user=")) || end == SPAN_NONE)
        return MENTION_UNREADABLE;
    return take(span_sub(octets, 5, end - 5), out);
}

/* In front of a ',': in it ',' and '=' are "=2C" and "=3D" (RFC 5801 section 4). */
static enum mention take_escaped(struct span octets, char out[AUTH_NAME_MAX + 1])
{
    char plain[AUTH_NAME_MAX + 1];
    size_t len = 0;
    size_t end = span_find_byte(octets, ',');
    if (end == SPAN_NONE)
        return MENTION_UNREADABLE;
    struct span name = span_sub(octets, 0, end);
    for (size_t i = 0; i < name.len && len < sizeof plain; i++) {
        struct span left = span_from(name, i);
        bool comma = span_starts(left, SPAN("=2C")), equals = span_starts(left, SPAN("=3D"));
        if (name.ptr[i] == '=' && !comma && !equals)
            return MENTION_UNREADABLE;
        plain[len++] = comma ? ',' : equals ? '=' : name.ptr[i];
        i += comma || equals ? 2 : 0;
    }
    return take(span_of(plain, len), out);
}

/* "n,a=NAME," 0x01 ... */
static enum mention read_oauthbearer(struct span octets, char out[AUTH_NAME_MAX + 1])
{
    if (!span_starts(octets, SPAN("n,a=")))
        return MENTION_UNREADABLE;
    return take_escaped(span_from(octets, 4), out);
}

/* "n,[a=OTHER],n=NAME,r=..." at first; "c=..." then, and nothing. */
static enum mention read_scram(struct span octets, char out[AUTH_NAME_MAX + 1])
{
    if (octets.len == 0 || span_starts(octets, SPAN("c=")))
        return MENTION_NOTHING;
    if (!span_starts(octets, SPAN("n,")) && !span_starts(octets, SPAN("y,")))
        return MENTION_UNREADABLE;
    struct span rest = span_from(octets, 2);
    size_t end = span_find_byte(rest, ',');
    rest = end == SPAN_NONE ? SPAN("") : span_from(rest, end + 1);
    return span_starts(rest, SPAN("n=")) ? take_escaped(span_from(rest, 2), out)
                                         : MENTION_UNREADABLE;
}

/* NAME, a space, the digest in hexadecimal. */
static enum mention read_cram_md5(struct span octets, char out[AUTH_NAME_MAX + 1])
{
    enum { DIGEST = 32 };
    if (octets.len < DIGEST + 1 || octets.ptr[octets.len - DIGEST - 1] != ' ')
        return MENTION_UNREADABLE;
    struct span digest = span_from(octets, octets.len - DIGEST);
    for (size_t i = 0; i < digest.len; i++) {
        if (ascii_hex(digest.ptr[i]) < 0)
            return MENTION_UNREADABLE;
    }
    return take(span_sub(octets, 0, octets.len - DIGEST - 1), out);
}

/* Behind an opening '"': the text up to the closing one, '\' in front of what stands for itself;
 * `rest` is what follows. */
static bool unquote(struct span *rest, char *out, size_t *len_out)
{
    size_t at = 0;
    *len_out = 0;
    while (at < rest->len && rest->ptr[at] != '"') {
        at += rest->ptr[at] == '\\';
        if (at == rest->len)
            return false;
        if (*len_out <= AUTH_NAME_MAX)
            out[(*len_out)++] = rest->ptr[at];
        at++;
    }
    bool closed = at < rest->len;
    *rest = span_from(*rest, at + 1);
    return closed;
}

/* One of `KEY=value` or `KEY="value"`, and the ',' behind it; `value` has AUTH_NAME_MAX + 1
 * bytes. */
static bool next_directive(struct span *rest, struct span *key_out, char *value, size_t *len_out)
{
    size_t equals = span_find_byte(*rest, '=');
    *len_out = 0;
    if (equals == SPAN_NONE)
        return false;
    *key_out = span_trim(span_sub(*rest, 0, equals));
    *rest = span_from(*rest, equals + 1);
    if (span_starts(*rest, SPAN("\""))) {
        *rest = span_from(*rest, 1);
        if (!unquote(rest, value, len_out))
            return false;
    }
    size_t comma = span_find_byte(*rest, ',');
    struct span behind = span_trim(span_sub(*rest, 0, comma));
    *rest = comma == SPAN_NONE ? SPAN("") : span_from(*rest, comma + 1);
    return *len_out == 0 || behind.len == 0;
}

/* username="NAME",realm=..., in any order, and nothing behind the server's last word. */
static enum mention read_digest_md5(struct span octets, char out[AUTH_NAME_MAX + 1])
{
    char value[AUTH_NAME_MAX + 1];
    enum mention found = octets.len == 0 ? MENTION_NOTHING : MENTION_UNREADABLE;
    while (octets.len > 0) {
        struct span key;
        size_t len;
        if (!next_directive(&octets, &key, value, &len))
            return MENTION_UNREADABLE;
        if (!span_is_nocase(key, "username"))
            continue;
        if (found == MENTION_NAME)
            return MENTION_UNREADABLE;
        found = take(span_of(value, len), out);
        if (found != MENTION_NAME)
            return found;
    }
    return found;
}

static const struct {
    const char *mechanism;
    name_reader *read;
} readers[] = {{"PLAIN", read_plain},       {"LOGIN", take},
               {"XOAUTH2", read_xoauth2},   {"OAUTHBEARER", read_oauthbearer},
               {"CRAM-MD5", read_cram_md5}, {"DIGEST-MD5", read_digest_md5}};

static name_reader *reader_of(struct span mechanism)
{
    for (size_t i = 0; i < ARRAY_LEN(readers); i++) {
        if (span_is_nocase(mechanism, readers[i].mechanism))
            return readers[i].read;
    }
    return span_starts_nocase(mechanism, SPAN("SCRAM-")) ? read_scram : NULL;
}

bool auth_has_name(struct span mechanism)
{
    return reader_of(mechanism) != NULL;
}

/* RFC 4648 section 4, and nothing that one decoder takes and another does not. */
static bool is_strict(struct span text)
{
    size_t len = text.len;
    while (len > 0 && text.len - len < 2 && text.ptr[len - 1] == '=')
        len--;
    for (size_t i = 0; i < len; i++) {
        if (base64_value(text.ptr[i]) < 0)
            return false;
    }
    return text.len % 4 == 0;
}

/* `octets` has OCTETS_MAX bytes. */
static bool decode(struct span text, char *octets, size_t *len_out)
{
    struct base64_decoder decoder = {.phase = 0};
    if (!is_strict(text) || base64_room(text.len) > OCTETS_MAX)
        return false;
    *len_out = base64_decode(&decoder, text, 0, octets);
    return true;
}

static enum mention read_name(struct span mechanism, struct span response,
                              char out[AUTH_NAME_MAX + 1])
{
    char octets[OCTETS_MAX];
    size_t len;
    name_reader *read = reader_of(mechanism);
    if (!read || !decode(response, octets, &len))
        return MENTION_UNREADABLE;
    enum mention mention = read(span_of(octets, len), out);
    explicit_bzero(octets, sizeof octets);
    return mention;
}

static void forget(struct auth_identity *identity)
{
    explicit_bzero(identity->name, sizeof identity->name);
}

void auth_identity_begin(struct auth_identity *identity, struct span mechanism,
                         struct span response)
{
    forget(identity);
    identity->asks_name = true;
    if (response.ptr)
        auth_identity_response(identity, mechanism, response);
    identity->asks_name = false;
}

/* The words of LOGIN are nowhere laid down; these are what servers ask with. */
void auth_identity_challenge(struct auth_identity *identity, struct span mechanism,
                             struct span challenge)
{
    char octets[OCTETS_MAX];
    size_t len = 0;
    identity->asks_name = false;
    if (!span_is_nocase(mechanism, "LOGIN") || !decode(span_trim(challenge), octets, &len))
        return;
    while (len > 0 && (octets[len - 1] == '\0' || octets[len - 1] == ':' || octets[len - 1] == ' '))
        len--;
    struct span words = span_of(octets, len);
    identity->asks_name = span_is_nocase(words, "Username") || span_is_nocase(words, "User Name");
}

void auth_identity_response(struct auth_identity *identity, struct span mechanism,
                            struct span response)
{
    bool is_login = span_is_nocase(mechanism, "LOGIN");
    char name[AUTH_NAME_MAX + 1];
    if (is_login && !identity->asks_name)
        return;
    /* "=": an initial response of no octets (RFC 4954 section 4). */
    if (span_is(response, "="))
        response = SPAN("");
    enum mention mention = read_name(mechanism, response, name);
    if (mention != MENTION_NOTHING)
        forget(identity);
    if (mention == MENTION_NAME)
        memcpy(identity->name, name, strlen(name) + 1);
}
