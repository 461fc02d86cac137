/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/ascii.h"
#include "tunnels/delivery/hops.h"
#include "tunnels/settings/forward.h"
#include "tunnels/settings/settings.h"

enum service_type { SERVICE_SMTP };

static const struct enum_value service_types[] = {{"SMTP", SERVICE_SMTP}, {NULL, 0}};
static const struct enum_value troubles[] = {
    {"pass", TROUBLE_PASS},     {"tag", TROUBLE_TAG},           {"hold", TROUBLE_HOLD},
    {"reject", TROUBLE_REJECT}, {"tempfail", TROUBLE_TEMPFAIL}, {NULL, 0}};

struct address_raw {
    struct span address;
    int64_t priority;
};

#define KEY(n, t) .name = #n, .type = (t), .offset = offsetof(struct address_raw, n)
static const struct key address_keys[] = {
    {KEY(address, KEY_STRING), .required = true, .help = "As a forwarding address alone."},
    {KEY(priority, KEY_INTEGER), .min = 0, .max = 65535, .standard = "10",
     .help = "Lower ones first, as with MX records; equal ones take turns."},
};
#undef KEY
static const struct key_table address_key_table = {"forwarding_address", address_keys,
                                                   ARRAY_LEN(address_keys), NULL};

struct hostname_raw {
    struct span hostname;
    struct string_list forwarding_address;
};

#define KEY(n, t) .name = #n, .type = (t), .offset = offsetof(struct hostname_raw, n)
static const struct key hostname_keys[] = {
    {KEY(hostname, KEY_STRING), .required = true,
     .help = "The recipient's domain: a name, *.name for all names below it, or * for all."},
    {KEY(forwarding_address, KEY_STRINGS), .required = true, .object = &address_key_table,
     .help = "host:port, [IPv6 address]:port (port 25 when left out), smtps://host:port (TLS from "
             "the first byte; port 465), reflect:port or maildir:PATH; of a list the first that "
             "answers. Objects "
             "have a priority."},
};
#undef KEY
static const struct key_table hostname_key_table = {"hostname", hostname_keys,
                                                    ARRAY_LEN(hostname_keys), NULL};

struct header_raw {
    struct span header_name, header_value;
};

#define KEY(n, t) .name = #n, .type = (t), .offset = offsetof(struct header_raw, n)
static const struct key header_keys[] = {
    {KEY(header_name, KEY_STRING), .standard = "X-Culvert-Inspected",
     .help = "Name of the field that every message gets; one that comes in is removed."},
    {KEY(header_value, KEY_STRING), .standard = "true", .help = "Its value."},
};
#undef KEY
static const struct key_table header_key_table = {"inspected_header", header_keys,
                                                  ARRAY_LEN(header_keys), NULL};

struct inspection_raw {
    int64_t max_inspect_size, time_budget_ms;
    int on_uninspectable, on_uncertain, on_error;
};

#define KEY(n, t) .name = #n, .type = (t), .offset = offsetof(struct inspection_raw, n)
static const struct key inspection_keys[] = {
    {KEY(max_inspect_size, KEY_INTEGER), .min = 0, .max = INT64_MAX, .standard = "0",
     .help = "Bytes of the largest message that is inspected; a larger one is uninspectable. 0: no "
             "limit."},
    {KEY(time_budget_ms, KEY_INTEGER), .min = 0, .max = 600000, .standard = "0",
     .help = "Milliseconds for the inspection of a message; 0: 20 seconds."},
    {KEY(on_uninspectable, KEY_ENUM), .values = troubles, .standard = "tag",
     .help = "What happens to a message that cannot be inspected as a whole."},
    {KEY(on_uncertain, KEY_ENUM), .values = troubles, .standard = "reject",
     .help = "What happens to a message that two readers could understand differently."},
    {KEY(on_error, KEY_ENUM), .values = troubles, .standard = "tempfail",
     .help = "What happens to a message whose inspection fails. Without this key one that would "
             "fail at each later try is refused with 554."},
};
#undef KEY
static const struct key_table inspection_key_table = {"inspection", inspection_keys,
                                                      ARRAY_LEN(inspection_keys), NULL};

struct raw {
    struct span name;
    int service_type;
    struct string_list tunnels;
    struct span ruleset;
    struct node hostnames, upstream, inspected_header, inspection, loop_guard;
};

#define KEY(n, t) .name = #n, .type = (t), .offset = offsetof(struct raw, n)
static const struct key service_keys[] = {
    {KEY(name, KEY_STRING), .required = true, .help = "Name of the service, for logs."},
    {KEY(service_type, KEY_ENUM), .values = service_types, .standard = "SMTP",
     .help = "What kind of traffic it serves."},
    {KEY(tunnels, KEY_STRINGS), .required = true,
     .help = "Names of the tunnels whose mail the service takes."},
    {KEY(ruleset, KEY_STRING), .help = "Name of the ruleset that each message goes through."},
    {KEY(hostnames, KEY_ARRAY), .required = true, .object = &hostname_key_table,
     .help = "Where mail goes, by the recipient's domain; the first match wins."},
    {KEY(upstream, KEY_OBJECT), .object = &upstream_key_table,
     .help = "How we talk to the upstream."},
    {KEY(inspected_header, KEY_OBJECT), .object = &header_key_table,
     .help = "The field that says that a message was inspected."},
    {KEY(inspection, KEY_OBJECT), .object = &inspection_key_table,
     .help = "Limits of the inspection and what happens when it cannot be done."},
    {KEY(loop_guard, KEY_OBJECT), .object = &loop_key_table,
     .help = "How our own mail is known when it comes back."},
};
#undef KEY
const struct key_table service_key_table = {"service", service_keys, ARRAY_LEN(service_keys), NULL};

static bool read_hop(struct reader *reader, const struct node *node, struct span text,
                     struct hop *out)
{
    struct error err = ERROR_INIT;
    if (!forward_parse(text, reader->arena, out, &err))
        return node_error(reader, node, "%s, got \"%.*s\"", err.text, SPAN_ARG(text));
    if (out->kind == HOP_MAILDIR)
        out->path = node_path(reader, node, span_str(out->path));
    return true;
}

static bool is_hostname(struct span text)
{
    if (span_is(text, "*"))
        return true;
    if (span_starts(text, SPAN("*.")))
        text = span_from(text, 2);
    return forward_is_host_name(text);
}

/* An address with its priority; one that is not enabled is read and left out. */
static bool read_entry(struct reader *reader, const struct node *node, struct hop *out,
                       bool *enabled_out)
{
    struct address_raw raw = {0};
    struct common_keys common;
    node_defaults(&address_key_table, &raw);
    bool good = node_read(reader, node, &address_key_table, &raw, &common);
    struct node address = node_get(reader, node, "address");
    struct span text;
    *enabled_out = common.enabled;
    if (node_string(&address, &text))
        good &= read_hop(reader, &address, raw.address, out);
    out->priority = (unsigned)raw.priority;
    return good;
}

/* Texts alone are tried in their order. A Maildir takes all mail: there is nothing to fail over to
 * or from. */
static bool read_listed_hop(struct reader *reader, const struct string_list *list, size_t i,
                            struct route *out)
{
    struct hop *hop = &out->hops[out->hop_count];
    bool is_object = !list->items[i].ptr, used = true, good;
    if (is_object != !list->items[0].ptr)
        return node_error(reader, &list->nodes[i],
                          "expected addresses that are all texts, tried in their order, or all "
                          "objects with a priority");
    if (is_object)
        good = read_entry(reader, &list->nodes[i], hop, &used);
    else
        good = read_hop(reader, &list->nodes[i], list->items[i], hop);
    if (!is_object)
        hop->priority = (unsigned)i;
    if (!good || !used)
        return good;
    out->hop_count++;
    return list->count == 1 || hop->kind != HOP_MAILDIR ||
           node_error(reader, &list->nodes[i],
                      "expected a mail server in a list of several addresses, got a Maildir, which "
                      "stands alone");
}

/* Equal ones stay in the order in which they stand. */
static void sort_hops(struct route *route)
{
    for (size_t i = 1; i < route->hop_count; i++) {
        struct hop hop = route->hops[i];
        size_t at = i;
        for (; at > 0 && route->hops[at - 1].priority > hop.priority; at--)
            route->hops[at] = route->hops[at - 1];
        route->hops[at] = hop;
    }
}

static bool read_hops(struct reader *reader, const struct node *node,
                      const struct string_list *list, struct route *out)
{
    bool good = true;
    if (list->count > HOPS_MAX)
        return node_error(reader, node, "expected at most %u addresses, got %zu", HOPS_MAX,
                          list->count);
    for (size_t i = 0; i < list->count; i++)
        good &= read_listed_hop(reader, list, i, out);
    if ((node_is_array(node) && node_count(node) == 0) ||
        (good && list->count > 0 && out->hop_count == 0))
        good = node_error(reader, node, "expected at least one address, got none");
    sort_hops(out);
    return good;
}

static bool read_route(struct reader *reader, const struct node *node, struct route *out,
                       bool *enabled_out)
{
    struct hostname_raw raw = {0};
    struct common_keys common;
    bool good = node_read(reader, node, &hostname_key_table, &raw, &common);
    struct node hostname = node_get(reader, node, "hostname");
    struct node addresses = node_get(reader, node, "forwarding_address");
    struct span text;
    *enabled_out = common.enabled;
    if (node_string(&hostname, &text) && !is_hostname(text))
        good = node_expected(reader, &hostname, "a domain, *.domain or *");
    *out = (struct route){raw.hostname,
                          ARENA_ARRAY(reader->arena, raw.forwarding_address.count, struct hop), 0};
    good &= read_hops(reader, &addresses, &raw.forwarding_address, out);
    return good;
}

/* Every name that `hostname` matches, `front` matches too; "*" apart, which a name of SNI does not.
 */
static bool covers(struct span front, struct span hostname)
{
    if (span_equal_nocase(front, hostname))
        return true;
    if (span_starts(hostname, SPAN("*.")))
        hostname = span_from(hostname, 2);
    return span_starts(front, SPAN("*.")) && hostname.len > front.len - 1 &&
           span_ends_nocase(hostname, span_from(front, 1));
}

/* Entries that can never match are no error, but nobody wants them. */
static void warn_hidden(struct reader *reader, const struct node *node, const struct route *routes,
                        size_t count)
{
    const struct route *last = &routes[count - 1];
    struct node hostname = node_get(reader, node, "hostname");
    bool all = false;
    for (size_t i = 0; i + 1 < count; i++) {
        if (covers(routes[i].hostname, last->hostname)) {
            node_warning(reader, &hostname,
                         "never matches: the entry \"%.*s\" in front of it "
                         "takes all of its mail",
                         SPAN_ARG(routes[i].hostname));
            return;
        }
        all |= span_is(routes[i].hostname, "*");
    }
    if (all)
        node_warning(reader, &hostname,
                     "only taken where the client names a host of it in its TLS handshake (SNI): "
                     "the entry \"*\" in front of it takes all other mail");
}

static bool read_routes(struct reader *reader, const struct node *list, struct service *out)
{
    size_t count = node_count(list);
    bool good = true;
    if (count == 0)
        return !node_is_present(list) ||
               node_error(reader, list, "expected at least one entry, got none");
    out->routes = ARENA_ARRAY(reader->arena, count, struct route);
    for (size_t i = 0; i < count; i++) {
        struct node item = node_at(reader, list, i);
        bool used;
        bool fine = read_route(reader, &item, &out->routes[out->route_count], &used);
        good &= fine;
        if (!fine || !used)
            continue;
        out->route_count++;
        warn_hidden(reader, &item, out->routes, out->route_count);
    }
    if (good && out->route_count == 0)
        return node_error(reader, list, "expected at least one entry that is enabled, got none");
    return good;
}

/* RFC 5322, section 3.6.8: printable ASCII but for the colon. */
static bool is_field_name(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] <= ' ' || text.ptr[i] > '~' || text.ptr[i] == ':')
            return false;
    }
    return text.len > 0 && text.len <= 76;
}

static bool has_control(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (ascii_is_control(text.ptr[i]))
            return true;
    }
    return false;
}

static bool read_header(struct reader *reader, struct node node, struct inspection *out)
{
    struct header_raw raw;
    bool good = settings_read_part(reader, &node, &header_key_table, &raw, sizeof raw);
    struct node name = node_get(reader, &node, "header_name");
    struct node value = node_get(reader, &node, "header_value");
    if (!is_field_name(raw.header_name))
        good = node_expected(reader, &name,
                             "the name of a header field (printable ASCII without "
                             "':' and space, 76 characters at most)");
    else if (settings_is_taken_field(raw.header_name))
        good = node_error(reader, &name,
                          "expected a field of its own: \"%.*s\" would be taken from the message",
                          SPAN_ARG(raw.header_name));
    if (has_control(raw.header_value) || span_trim(raw.header_value).len == 0)
        good = node_expected(reader, &value, "one line of text");
    out->inspected_name = raw.header_name;
    out->inspected_value = raw.header_value;
    return good;
}

static bool check_hold(struct reader *reader, const struct node *node,
                       const struct inspection_raw *raw)
{
    struct node keys[] = {node_get(reader, node, "on_uninspectable"),
                          node_get(reader, node, "on_uncertain"),
                          node_get(reader, node, "on_error")};
    const int values[] = {raw->on_uninspectable, raw->on_uncertain, raw->on_error};
    bool good = true;
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        if (values[i] == TROUBLE_HOLD)
            good = settings_not_yet(reader, &keys[i], "hold");
    }
    return good;
}

static bool read_inspection(struct reader *reader, struct node node, bool enabled,
                            struct inspection *out)
{
    struct inspection_raw raw;
    bool good = settings_read_part(reader, &node, &inspection_key_table, &raw, sizeof raw);
    if (enabled)
        good &= check_hold(reader, &node, &raw);
    out->max_inspect_size = (uint64_t)raw.max_inspect_size;
    out->time_budget_ms = (unsigned)raw.time_budget_ms;
    out->on_uninspectable = (enum trouble_policy)raw.on_uninspectable;
    out->on_uncertain = (enum trouble_policy)raw.on_uncertain;
    out->on_error = (enum trouble_policy)raw.on_error;
    struct node on_error = node_get(reader, &node, "on_error");
    if (!node_is_present(&on_error))
        out->on_error = TROUBLE_BY_CAUSE;
    return good;
}

bool service_settings_read(struct reader *reader, const struct node *node,
                           struct service_settings *out)
{
    struct raw raw = {0};
    *out = (struct service_settings){.node = *node};
    node_defaults(&service_key_table, &raw);
    bool good = node_read(reader, node, &service_key_table, &raw, &out->common);
    good &= settings_check_name(reader, node);
    bool enabled = out->common.enabled;
    struct service *service = &out->service;
    out->tunnels = raw.tunnels;
    out->ruleset = raw.ruleset;
    service->name = raw.name;
    good &= read_routes(reader, &raw.hostnames, service);
    good &= settings_upstream_read(reader, raw.upstream, service, &out->tls);
    good &= read_header(reader, raw.inspected_header, &service->inspection);
    good &= read_inspection(reader, raw.inspection, enabled, &service->inspection);
    good &= settings_loop_read(reader, raw.loop_guard, raw.name, &out->loop);
    service->inspection.loop_guard = out->loop.guard;
    return good;
}

bool service_settings_open(struct reader *reader, struct service_settings *settings)
{
    bool good = settings_upstream_open(reader, &settings->tls, &settings->service.upstream);
    return settings_loop_open(reader, &settings->loop) && good;
}

bool service_settings_try(struct reader *reader, struct service_settings *settings)
{
    return settings_loop_try(reader, &settings->loop);
}
