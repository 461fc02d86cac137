/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/texts/declared.h"

#include "engine/message/formats/text_format.h"

struct kind {
    const char *subtype;
    bool is_prefix;
};

static const struct kind containers[] = {
    {"pdf", false},
    {"x-pdf", false},
    {"rtf", false},
    {"x-rtf", false},
    {"msword", false},
    {"vnd.openxmlformats", true},
    {"vnd.oasis.opendocument", true},
    {"vnd.ms-", true},
    {"ms-tnef", false},
    {"zip", false},
    {"x-zip", true},
    {"x-7z", true},
    {"x-rar", true},
    {"vnd.rar", false},
    {"gzip", false},
    {"x-gzip", false},
    {"x-tar", false},
    {"x-bzip", true},
    {"pkcs7-", true},
    {"x-pkcs7-", true},
    {"pkcs12", false},
    {"x-pkcs12", false},
    {"mac-binhex", true},
};

static bool has_param(const struct params *params, const char *name, const char *value)
{
    const struct param *param = params_find(params, name);
    return param && span_is_nocase(param->value, value);
}

enum uninspected declared_wrapped(const struct part *part)
{
    if (part_is_type(part, "multipart", "encrypted") ||
        part_is_type(part, "application", "pgp-encrypted"))
        return UNINSPECTED_ENCRYPTED;
    if (part_is_type(part, "application", "pkcs7-mime") ||
        part_is_type(part, "application", "x-pkcs7-mime"))
        return has_param(&part->type, "smime-type", "signed-data") ||
                       has_param(&part->type, "smime-type", "certs-only")
                   ? UNINSPECTED_CONTAINER
                   : UNINSPECTED_ENCRYPTED;
    return UNINSPECTED_NONE;
}

bool declared_signature(const struct part *part)
{
    return part_is_type(part, "application", "pkcs7-signature") ||
           part_is_type(part, "application", "x-pkcs7-signature");
}

bool declared_container(const struct part *part, struct span content)
{
    if (part_is_type(part, "text", "rtf"))
        return true;
    if (!part_is_type(part, "application", NULL))
        return false;
    /* What Windows calls a table of comma-separated values. */
    if (part_is_type(part, "application", "vnd.ms-excel") && looks_like(content) == LOOK_TEXT &&
        span_find_byte(content, '\0') == SPAN_NONE)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(containers); i++) {
        struct span name = span_of(containers[i].subtype, strlen(containers[i].subtype));
        if (span_starts_nocase(part->type.subtype, name) &&
            (containers[i].is_prefix || part->type.subtype.len == name.len))
            return true;
    }
    return false;
}

static bool has_message_name(struct span name)
{
    static const struct span suffixes[] = {SPAN_INIT(".eml"),   SPAN_INIT(".mht"),
                                           SPAN_INIT(".mhtml"), SPAN_INIT(".emlx"),
                                           SPAN_INIT(".mbox"),  SPAN_INIT(".mbx")};
    for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
        if (name_ends(name, suffixes[i]))
            return true;
    }
    return false;
}

#define HEADER_SAMPLE ((size_t)16 << 10)
#define FIELDS_LEAST 2u

/* Fields that every message has some of, at the start. */
static bool looks_like_message(struct span content)
{
    static const char *const names[] = {"From",     "To",           "Subject",    "Date",
                                        "Received", "Content-Type", "Message-ID", "MIME-Version"};
    struct span rest = span_sub(content, 0, HEADER_SAMPLE), line;
    size_t found = 0;
    if (span_starts(rest, SPAN("From ")))
        (void)span_next(&rest, '\n', &line);
    while (found < FIELDS_LEAST && span_next(&rest, '\n', &line)) {
        size_t colon = span_find_byte(line, ':');
        bool continues = line.len > 0 && (line.ptr[0] == ' ' || line.ptr[0] == '\t');
        if (span_trim(line).len == 0 || (colon == SPAN_NONE && !continues))
            break;
        for (size_t i = 0; i < ARRAY_LEN(names) && !continues; i++)
            found += span_is_nocase(span_sub(line, 0, colon), names[i]);
    }
    return found >= FIELDS_LEAST;
}

bool declared_hides_message(const struct part *part, struct span name, struct span content)
{
    if (part->kind != PART_LEAF || part_is_type(part, "message", NULL))
        return false;
    return has_message_name(name) ||
           (part_is_type(part, "application", NULL) && looks_like_message(content));
}

bool file_hides_message(struct span name, struct span content)
{
    return has_message_name(name) || looks_like_message(content);
}

/* Looked for by its first G, which is rare in texts. */
bool holds_pgp_message(struct span text)
{
    const struct span armour = SPAN("-----BEGIN PGP MESSAGE-----");
    const size_t before = sizeof "-----BE" - 1;
    for (size_t at = 0, next; (next = span_find_byte(span_from(text, at), 'G')) != SPAN_NONE;) {
        at += next + 1;
        if (at > before && span_starts(span_from(text, at - before - 1), armour))
            return true;
    }
    return false;
}
