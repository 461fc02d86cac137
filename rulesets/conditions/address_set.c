/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/conditions/address_set.h"

#include "engine/base/ascii.h"
#include "engine/base/wildcard.h"
#include "engine/message/idna.h"
#include "rulesets/conditions/string_set.h"

/* What has wildcards. Without a domain of its own it is about the address as a whole. */
struct wild {
    struct span local; /* or all of it */
    struct span domain;
    bool has_domain;
};

struct address_set {
    struct arena *arena;
    const struct own_domains *own;
    bool case_sensitive;
    bool null, internal, external;
    struct string_set addresses; /* without wildcards */
    struct string_set domains;   /* "*@corp.example" */
    struct string_set above;     /* "*@*.corp.example" */
    struct wild *wild;
    size_t wild_count, wild_cap;
};

struct address_set *address_set_new(const struct own_domains *own, bool case_sensitive,
                                    struct arena *arena)
{
    struct address_set *set = ARENA_NEW(arena, struct address_set);
    set->arena = arena;
    set->own = own;
    set->case_sensitive = case_sensitive;
    return set;
}

static bool has_wildcard(struct span text)
{
    return span_find_byte(text, '*') != SPAN_NONE || span_find_byte(text, '?') != SPAN_NONE;
}

/* Of what an address cannot have outside of quotation marks. People write names and lists there. */
static bool has_stray(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '\0' || ascii_is_space(c) || ascii_is_control(c) || strchr("<>,;()\"", c))
            return true;
    }
    return false;
}

static void add_wild(struct address_set *set, struct wild wild)
{
    set->wild =
        arena_grow(set->arena, set->wild, set->wild_count, &set->wild_cap, sizeof *set->wild);
    set->wild[set->wild_count++] = wild;
}

bool address_set_add_domain(struct address_set *set, struct span domain, struct error *err)
{
    struct span folded = idna_fold(domain, set->arena);
    if (folded.len == 0 || has_stray(folded) || span_find_byte(folded, '@') != SPAN_NONE ||
        folded.ptr[0] == '.' || span_find(folded, SPAN("..")) != SPAN_NONE)
        return error_set(err, "expected a domain like corp.example or *.corp.example, got \"%.*s\"",
                         SPAN_ARG(span_sub(domain, 0, 80)));
    struct span behind = span_from(folded, 2);
    if (!has_wildcard(folded))
        string_set_add(&set->domains, folded, set->arena);
    else if (span_starts(folded, SPAN("*.")) && behind.len > 0 && !has_wildcard(behind))
        string_set_add(&set->above, behind, set->arena);
    else
        add_wild(set, (struct wild){SPAN("*"), folded, true});
    return true;
}

static bool add_address(struct address_set *set, struct span item, size_t at, struct error *err)
{
    struct span written = span_sub(item, 0, at);
    struct span local = mail_address_unquoted(written, set->arena);
    struct span domain = span_from(item, at + 1);
    bool quoted = local.ptr != written.ptr;
    if (local.len == 0 || span_is(local, "*"))
        return address_set_add_domain(set, domain, err);
    if (domain.len == 0 || has_stray(domain) || (!quoted && has_stray(local)))
        return error_set(err, "expected one address, domain or pattern, got \"%.*s\"",
                         SPAN_ARG(span_sub(item, 0, 80)));
    if (!set->case_sensitive)
        local = mail_address_lower(local, set->arena);
    domain = idna_fold(domain, set->arena);
    if (has_wildcard(local) || has_wildcard(domain))
        add_wild(set, (struct wild){local, domain, true});
    else
        string_set_add(&set->addresses, mail_address_of_parts(local, domain, set->arena).text,
                       set->arena);
    return true;
}

static bool add_own(struct address_set *set, struct span word, bool *which, struct error *err)
{
    *which = true;
    return set->own || error_set(err, "\"%.*s\" needs own_domains, at the top of the configuration",
                                 SPAN_ARG(word));
}

/* Without '@': a domain, a word, or a pattern for all of an address. */
static bool add_word(struct address_set *set, struct span item, struct error *err)
{
    static const char *const words[] = {"internal", "external", NULL};
    if (has_wildcard(item) && !has_stray(item)) {
        add_wild(set, (struct wild){idna_fold(item, set->arena), SPAN(""), false});
        return true;
    }
    if (span_is_nocase(item, "postmaster")) { /* RFC 5321 section 4.1.1.3: it may stand alone */
        string_set_add(&set->addresses, mail_address_lower(item, set->arena), set->arena);
        return true;
    }
    if (span_find_byte(item, '.') != SPAN_NONE || item.ptr[0] == '[')
        return address_set_add_domain(set, item, err);
    const char *near = suggest(item, words);
    return error_set(err,
                     "expected an address, a domain, a pattern, internal, external or <>, got "
                     "\"%.*s\"%s%s%s",
                     SPAN_ARG(span_sub(item, 0, 80)), near ? "; did you mean \"" : "",
                     near ? near : "", near ? "\"?" : "");
}

bool address_set_add(struct address_set *set, struct span item, struct error *err)
{
    if (item.len == 0 || span_is(item, "<>")) {
        set->null = true;
        return true;
    }
    if (span_is_nocase(item, "internal"))
        return add_own(set, item, &set->internal, err);
    if (span_is_nocase(item, "external"))
        return add_own(set, item, &set->external, err);
    size_t at = mail_address_last_at(item);
    return at == SPAN_NONE ? add_word(set, item, err) : add_address(set, item, at, err);
}

static bool wild_matches(const struct address_set *set, const struct wild *wild,
                         const struct mail_address *address)
{
    if (!wild->has_domain)
        return wildcard_matches(wild->local, address->folded);
    if (address->domain.len == 0 || !wildcard_matches(wild->domain, address->domain))
        return false;
    return set->case_sensitive ? wildcard_matches_case(wild->local, address->local)
                               : wildcard_matches(wild->local, address->local);
}

static bool is_own(const struct address_set *set, const struct mail_address *address)
{
    if (address->text.len == 0 || !set->own || (!set->internal && !set->external))
        return false;
    return own_domains_hold(set->own, address) ? set->internal : set->external;
}

bool address_set_has(const struct address_set *set, const struct mail_address *address)
{
    struct span text = set->case_sensitive ? address->text : address->folded;
    if (address->text.len == 0 && set->null)
        return true;
    if (is_own(set, address) || string_set_has(&set->addresses, text))
        return true;
    if (address->domain.len > 0 && (string_set_has(&set->domains, address->domain) ||
                                    string_set_has_behind_dot(&set->above, address->domain)))
        return true;
    for (size_t i = 0; i < set->wild_count; i++) {
        if (wild_matches(set, &set->wild[i], address))
            return true;
    }
    return false;
}
