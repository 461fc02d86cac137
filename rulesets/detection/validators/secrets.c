/* SPDX-License-Identifier: Apache-2.0 */
/* secrets: whether a string is random enough to be a secret, and no placeholder for one. */
#include "engine/base/ascii.h"
#include "rulesets/detection/validators/families.h"

/* What manuals, templates and masked listings have where the secret belongs. */
static const char *const PLACEHOLDERS[] = {
    "example", "placeholder", "changeme", "change-me", "change_me", "your", "insert",
    "replace", "dummy",       "sample",   "redacted",  "fake",      "xxxx", "deadbeef",
    "....",    "****",        "${",       "{{",        "<",         "%(",   "\xe2\x80\xa6",
};

/* A run of one character, or of characters that follow each other in ASCII. The 'A' is what base64
 * makes of zeros, which real keys have. */
#define RUN_MAX 6u

static bool has_run(struct span text)
{
    size_t same = 1, rising = 1;
    for (size_t i = 1; i < text.len; i++) {
        same = text.ptr[i] == text.ptr[i - 1] && text.ptr[i] != 'A' ? same + 1 : 1;
        rising = text.ptr[i] == text.ptr[i - 1] + 1 ? rising + 1 : 1;
        if (same >= RUN_MAX || rising > RUN_MAX)
            return true;
    }
    return false;
}

/* process.env.API_KEY, settings.key: where a program has it from. */
static bool is_path_of_names(struct span text)
{
    size_t dots = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (!ascii_is_alpha(text.ptr[i]) && text.ptr[i] != '_' && text.ptr[i] != '.')
            return false;
        dots += text.ptr[i] == '.';
    }
    return dots > 0;
}

static bool is_placeholder(struct span text)
{
    for (size_t i = 0; i < sizeof PLACEHOLDERS / sizeof *PLACEHOLDERS; i++) {
        if (span_find_nocase(text, span_str(PLACEHOLDERS[i])) != SPAN_NONE)
            return true;
    }
    return has_run(text);
}

/* log2(x) in 1/65536, for x from 1 to 65535: the whole part, then a bit of the rest a squaring. */
static uint64_t log2_fixed(uint64_t x)
{
    uint64_t whole = 0;
    while (x >> (whole + 1))
        whole++;
    uint64_t value = (x << 31) >> whole, result = whole << 16;
    for (uint64_t bit = 1u << 15; bit > 0; bit >>= 1) {
        value = value * value >> 31;
        if (value >> 32) {
            value >>= 1;
            result |= bit;
        }
    }
    return result;
}

/* Shannon's entropy of the characters, in 1/65536 bit a character: log2(n) - sum(c * log2(c)) / n.
 */
static uint64_t entropy(struct span text)
{
    uint64_t counts[256] = {0}, sum = 0;
    text = span_sub(text, 0, 65535);
    if (text.len == 0)
        return 0;
    for (size_t i = 0; i < text.len; i++)
        counts[(unsigned char)text.ptr[i]]++;
    for (size_t c = 0; c < 256; c++)
        sum += counts[c] > 1 ? counts[c] * log2_fixed(counts[c]) : 0;
    uint64_t most = log2_fixed(text.len) * text.len;
    return sum < most ? (most - sum) / text.len : 0;
}

static unsigned kinds_of_characters(struct span text)
{
    unsigned lower = 0, upper = 0, digit = 0, other = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (ascii_is_digit(c))
            digit = 1;
        else if (!ascii_is_alpha(c))
            other = 1;
        else if (c >= 'a')
            lower = 1;
        else
            upper = 1;
    }
    return lower + upper + digit + other;
}

/* At least 3 bits a character: hexadecimal digits have up to 4, base64 up to 6, a word about 2.5.
 */
static bool secret_entropy(struct span text)
{
    return entropy(text) >= 3u << 16 && !is_placeholder(text) && !is_path_of_names(text);
}

/* Upper and lower case and digits, at least 3.5 bits: keys in base64 among hashes and identifiers,
 * which are in one case. */
static bool secret_mixed(struct span text)
{
    return kinds_of_characters(text) >= 3 && entropy(text) >= 7u << 15 && !is_placeholder(text) &&
           !is_path_of_names(text);
}

/* The characters of a token behind a prefix that says what it is: not a placeholder. */
static bool secret_token(struct span text)
{
    return entropy(text) >= 5u << 15 && !is_placeholder(text);
}

/* What says in YAML that the value comes from elsewhere. */
static bool is_tag(struct span text)
{
    static const char *const TAGS[] = {"!vault",  "!secret",      "!sops",    "!ref", "!sub",
                                       "!getatt", "!importvalue", "!env_var", "!env", "!reference"};
    for (size_t i = 0; i < sizeof TAGS / sizeof *TAGS; i++) {
        if (span_is_nocase(text, TAGS[i]))
            return true;
    }
    return false;
}

/* Names of values instead of values: $NAME, ${NAME}, $(command), %NAME%, <name>, [name], name(). */
static bool is_reference(struct span text)
{
    static const char *const BRACKETS[] = {"<>", "[]", "{}", "()", "%%", "@@", "**", "##"};
    char first = text.ptr[0], last = text.ptr[text.len - 1];
    for (size_t i = 0; i < sizeof BRACKETS / sizeof *BRACKETS; i++) {
        if (first == BRACKETS[i][0] && last == BRACKETS[i][1])
            return true;
    }
    if (first == '$' && text.len > 1 && (ascii_is_alpha(text.ptr[1]) || strchr("{(", text.ptr[1])))
        return true;
    return is_tag(text) || span_find(text, SPAN("()")) != SPAN_NONE ||
           span_find(text, SPAN("->")) != SPAN_NONE || span_find(text, SPAN("://")) != SPAN_NONE;
}

static bool is_common_word(struct span text)
{
    static const char *const WORDS[] = {
        "password",    "passwort", "passwd",    "passw0rd", "kennwort",   "secret",      "token",
        "username",    "user",     "pass",      "pwd",      "null",       "none",        "true",
        "false",       "nil",      "undefined", "required", "optional",   "string",      "hidden",
        "empty",       "default",  "test",      "foobar",   "protected",  "expired",     "reset",
        "credentials", "admin",    "root",      "guest",    "mypassword", "my-password", "changeit",
    };
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
        if (span_is_nocase(text, WORDS[i]))
            return true;
    }
    return false;
}

static unsigned distinct(struct span text)
{
    bool seen[256] = {false};
    unsigned count = 0;
    for (size_t i = 0; i < text.len; i++) {
        count += !seen[(unsigned char)text.ptr[i]];
        seen[(unsigned char)text.ptr[i]] = true;
    }
    return count;
}

/* A function's name and its bracket: get_password(arguments. */
static bool is_call(struct span text)
{
    size_t i = 0;
    while (i < text.len && (ascii_is_alnum(text.ptr[i]) || strchr("_.:", text.ptr[i])))
        i++;
    return i > 0 && i < text.len && text.ptr[i] == '(';
}

/* Words, also capitalised and with the marks that stand in and behind words, dates and numbers are
 * what follows "password:" in letters that give none away. A password has letters, or marks of
 * other kinds, and with the letters digits, such marks or capitals here and there. */
static bool is_chosen(struct span text)
{
    size_t letters = 0, digits = 0, marks = 0, turns = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (ascii_is_digit(c))
            digits++;
        else if (ascii_is_alpha(c) || ascii_is_8bit(c))
            letters++;
        else if (!strchr("-.,;:'_/()?", c))
            marks++;
        turns += i > 0 && c >= 'A' && c <= 'Z' && ascii_lower(text.ptr[i - 1]) == text.ptr[i - 1];
    }
    return letters + marks > 0 && (digits > 0 || marks > 0 || (turns >= 3 && text.len <= 16));
}

/* What people choose: six characters or more, five different ones. */
static bool secret_password(struct span text)
{
    return text.len >= 6 && text.len <= 128 && is_chosen(text) && distinct(text) >= 5 &&
           !is_placeholder(text) && !is_reference(text) && !is_call(text) && !is_common_word(text);
}

/* Where the syntax already says that it is a password (a URL, a connection string): three
 * characters or more. */
static bool secret_url_password(struct span text)
{
    return text.len >= 3 && distinct(text) >= 2 && !is_placeholder(text) && !is_reference(text) &&
           !is_common_word(text);
}

/* RFC 4648 section 6, as one-time-password secrets have it: 16 characters or more. */
static bool secret_base32(struct span text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len && text.ptr[i] != '='; i++) {
        char c = ascii_upper(text.ptr[i]);
        if (ascii_is_space(c) || c == '-')
            continue;
        if (!ascii_is_alpha(c) && !(c >= '2' && c <= '7'))
            return false;
        count++;
    }
    return count >= 16 && distinct(text) >= 7 && !is_placeholder(text);
}

/* BIP 39: 12 to 24 words, three at a time, of 3 to 8 letters, few of them twice. */
static bool secret_mnemonic(struct span text)
{
    size_t words = 0;
    for (size_t i = 0; i < text.len;) {
        size_t start = i;
        while (i < text.len && text.ptr[i] >= 'a' && text.ptr[i] <= 'z')
            i++;
        if (i - start < 3 || i - start > 8)
            return false;
        words++;
        if (i < text.len && text.ptr[i++] != ' ')
            return false;
    }
    return words >= 12 && words <= 24 && words % 3 == 0;
}

const struct validator validators_secrets[] = {
    {"secret_base32", secret_base32, STRENGTH_NONE},
    {"secret_entropy", secret_entropy, STRENGTH_NONE},
    {"secret_mixed", secret_mixed, STRENGTH_NONE},
    {"secret_mnemonic", secret_mnemonic, STRENGTH_NONE},
    {"secret_password", secret_password, STRENGTH_NONE},
    {"secret_token", secret_token, STRENGTH_NONE},
    {"secret_url_password", secret_url_password, STRENGTH_NONE},
    {NULL, NULL, STRENGTH_NONE},
};
