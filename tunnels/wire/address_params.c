/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/wire/address.h"

#include "engine/base/ascii.h"
#include "tunnels/wire/dsn_params.h"

static const struct answer not_a_parameter = {501, "5.5.4", "Bad parameter syntax"};
static const struct answer unknown_parameter = {555, "5.5.4", "Unsupported parameter"};
static const struct answer twice = {501, "5.5.4", "Parameter given twice"};
static const struct answer bad_size = {501, "5.5.4", "Bad SIZE value"};
static const struct answer huge_size = {552, "5.3.4", "The message is larger than any limit"};
static const struct answer bad_body = {501, "5.5.4", "Bad BODY value"};
static const struct answer bad_smtputf8 = {501, "5.5.4", "SMTPUTF8 takes no value"};
static const struct answer bad_ret = {501, "5.5.4", "Bad RET value"};
static const struct answer bad_auth = {501, "5.5.4", "Bad AUTH value"};
static const struct answer bad_envid = {501, "5.5.4", "Bad ENVID value"};
static const struct answer bad_notify = {501, "5.5.4", "Bad NOTIFY value"};
static const struct answer bad_orcpt = {501, "5.5.4", "Bad ORCPT value"};
static const struct answer bad_requiretls = {501, "5.5.4", "REQUIRETLS takes no value"};
static const struct answer bad_priority = {501, "5.5.4", "Bad MT-PRIORITY value"};

static bool refuse(struct answer *answer_out, struct answer answer)
{
    *answer_out = answer;
    return false;
}

/* esmtp-keyword = (ALPHA / DIGIT) *(ALPHA / DIGIT / "-") */
static bool is_keyword(struct span s)
{
    if (s.len == 0 || s.ptr[0] == '-')
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (!ascii_is_alnum(s.ptr[i]) && s.ptr[i] != '-')
            return false;
    }
    return true;
}

/* esmtp-value = 1*(%d33-60 / %d62-126), and UTF-8 (RFC 6531 section 3.3). */
static bool is_value(struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == ' ' || s.ptr[i] == '=' || ascii_is_control(s.ptr[i]))
            return false;
    }
    return s.len > 0;
}

enum parse_result esmtp_param_next(struct span *rest, struct esmtp_param *out)
{
    while (rest->len > 0 && rest->ptr[0] == ' ')
        *rest = span_from(*rest, 1);
    if (rest->len == 0)
        return PARSE_MORE;
    size_t end = span_find_byte(*rest, ' ');
    struct span one = span_sub(*rest, 0, end);
    *rest = span_from(*rest, one.len);
    size_t equal = span_find_byte(one, '=');
    out->has_value = equal != SPAN_NONE;
    out->keyword = span_sub(one, 0, equal);
    out->value = out->has_value ? span_from(one, equal + 1) : span_from(one, one.len);
    bool good = is_keyword(out->keyword) && (!out->has_value || is_value(out->value));
    return good ? PARSE_DONE : PARSE_BAD;
}

static bool is_number(struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!ascii_is_digit(s.ptr[i]))
            return false;
    }
    return s.len > 0;
}

/* RFC 1870 section 4 has up to 20 digits, which is more than fits: what does not fit is too large,
 * not wrong. */
static bool take_size(const struct esmtp_param *param, struct mail_params *out,
                      struct answer *answer_out)
{
    if (out->has_size)
        return refuse(answer_out, twice);
    if (!param->has_value || !is_number(param->value))
        return refuse(answer_out, bad_size);
    if (!span_to_u64(param->value, &out->size))
        return refuse(answer_out, huge_size);
    out->has_size = true;
    return true;
}

static bool take_body(const struct esmtp_param *param, const struct capabilities *offered,
                      struct mail_params *out, struct answer *answer_out)
{
    if (out->body != MAIL_BODY_NONE)
        return refuse(answer_out, twice);
    if (span_is_nocase(param->value, "7BIT"))
        out->body = MAIL_BODY_7BIT;
    else if (span_is_nocase(param->value, "8BITMIME"))
        out->body = MAIL_BODY_8BITMIME;
    else if (offered->binarymime && span_is_nocase(param->value, "BINARYMIME"))
        out->body = MAIL_BODY_BINARYMIME;
    else
        return refuse(answer_out, bad_body);
    return true;
}

static bool take_smtputf8(const struct esmtp_param *param, struct mail_params *out,
                          struct answer *answer_out)
{
    if (out->smtputf8)
        return refuse(answer_out, twice);
    if (param->has_value)
        return refuse(answer_out, bad_smtputf8);
    out->smtputf8 = true;
    return true;
}

static bool take_requiretls(const struct esmtp_param *param, struct mail_params *out,
                            struct answer *answer_out)
{
    if (out->requiretls)
        return refuse(answer_out, twice);
    if (param->has_value)
        return refuse(answer_out, bad_requiretls);
    out->requiretls = true;
    return true;
}

/* priority-value = (["-"] NZDIGIT) / "0"   RFC 6710 section 6 */
static bool take_priority(const struct esmtp_param *param, struct mail_params *out,
                          struct answer *answer_out)
{
    struct span value = param->value;
    bool negative = value.len == 2 && value.ptr[0] == '-' && value.ptr[1] != '0';
    struct span digit = negative ? span_from(value, 1) : value;
    if (out->has_priority)
        return refuse(answer_out, twice);
    if (digit.len != 1 || !ascii_is_digit(digit.ptr[0]))
        return refuse(answer_out, bad_priority);
    out->has_priority = true;
    out->priority = negative ? '0' - digit.ptr[0] : digit.ptr[0] - '0';
    return true;
}

/* A value that is kept as written in `slot`, which is empty until then. */
static bool keep(const struct esmtp_param *param, bool good, struct answer bad, struct span *slot,
                 struct answer *answer_out)
{
    if (slot->len > 0)
        return refuse(answer_out, twice);
    if (!good)
        return refuse(answer_out, bad);
    *slot = param->value;
    return true;
}

/* RFC 4954 section 5: "<>", or a mailbox in xtext. */
static bool is_auth(struct span value)
{
    char plain[ADDRESS_PATH_MAX];
    struct address address;
    size_t len;
    if (span_is(value, "<>"))
        return true;
    return value.len > 0 && value.len <= sizeof plain && xtext_decode(value, plain, &len) &&
           address_parse_mailbox(span_of(plain, len), false, &address);
}

static bool take_mail_param(const struct esmtp_param *param, const struct capabilities *offered,
                            struct mail_params *out, struct answer *answer_out)
{
    if (offered->size && span_is_nocase(param->keyword, "SIZE"))
        return take_size(param, out, answer_out);
    if (offered->eightbitmime && span_is_nocase(param->keyword, "BODY"))
        return take_body(param, offered, out, answer_out);
    if (offered->smtputf8 && span_is_nocase(param->keyword, "SMTPUTF8"))
        return take_smtputf8(param, out, answer_out);
    if (offered->dsn && span_is_nocase(param->keyword, "RET"))
        return keep(param, dsn_is_ret(param->value), bad_ret, &out->ret, answer_out);
    if (offered->dsn && span_is_nocase(param->keyword, "ENVID"))
        return keep(param, dsn_is_envid(param->value), bad_envid, &out->envid, answer_out);
    if (offered->auth.text[0] != '\0' && span_is_nocase(param->keyword, "AUTH"))
        return keep(param, is_auth(param->value), bad_auth, &out->auth, answer_out);
    if (offered->requiretls && span_is_nocase(param->keyword, "REQUIRETLS"))
        return take_requiretls(param, out, answer_out);
    if (offered->mt_priority && span_is_nocase(param->keyword, "MT-PRIORITY"))
        return take_priority(param, out, answer_out);
    return refuse(answer_out, unknown_parameter);
}

bool mail_params_parse(struct span params, const struct capabilities *offered,
                       struct mail_params *out, struct answer *answer_out)
{
    *out =
        (struct mail_params){.ret = SPAN_INIT(""), .envid = SPAN_INIT(""), .auth = SPAN_INIT("")};
    struct esmtp_param param;
    enum parse_result result;
    while ((result = esmtp_param_next(&params, &param)) == PARSE_DONE) {
        if (!take_mail_param(&param, offered, out, answer_out))
            return false;
    }
    return result == PARSE_MORE || refuse(answer_out, not_a_parameter);
}

static bool take_rcpt_param(const struct esmtp_param *param, const struct capabilities *offered,
                            bool utf8, struct rcpt_params *out, struct answer *answer_out)
{
    struct span value = param->value;
    if (offered->dsn && span_is_nocase(param->keyword, "NOTIFY"))
        return keep(param, dsn_is_notify(value), bad_notify, &out->notify, answer_out);
    if (offered->dsn && span_is_nocase(param->keyword, "ORCPT"))
        return keep(param, dsn_is_orcpt(value, utf8), bad_orcpt, &out->orcpt, answer_out);
    return refuse(answer_out, unknown_parameter);
}

bool rcpt_params_parse(struct span params, const struct capabilities *offered, bool utf8,
                       struct rcpt_params *out, struct answer *answer_out)
{
    *out = (struct rcpt_params){SPAN_INIT(""), SPAN_INIT("")};
    struct esmtp_param param;
    enum parse_result result;
    while ((result = esmtp_param_next(&params, &param)) == PARSE_DONE) {
        if (!take_rcpt_param(&param, offered, utf8, out, answer_out))
            return false;
    }
    return result == PARSE_MORE || refuse(answer_out, not_a_parameter);
}

/* xchar = %d33-42 / %d44-60 / %d62-126 */
static bool is_xchar(char c)
{
    return c > ' ' && c < 0x7f && c != '+' && c != '=';
}

bool xtext_decode(struct span text, char *out, size_t *len_out)
{
    *len_out = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '+') {
            /* hexchar = "+" 2(DIGIT / "A" / ... / "F"): lower case is not in it */
            struct span hex = span_sub(text, i + 1, 2);
            if (hex.len < 2 || ascii_hex(hex.ptr[0]) < 0 || ascii_hex(hex.ptr[1]) < 0 ||
                (hex.ptr[0] >= 'a') || (hex.ptr[1] >= 'a'))
                return false;
            c = (char)(ascii_hex(hex.ptr[0]) * 16 + ascii_hex(hex.ptr[1]));
            i += 2;
        } else if (!is_xchar(c)) {
            return false;
        }
        out[(*len_out)++] = c;
    }
    return true;
}
