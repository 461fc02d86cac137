/* SPDX-License-Identifier: Apache-2.0 */
#include "config/policy/interfaces.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <unistd.h>

static const char *numeric(const struct sockaddr *address, socklen_t len, struct arena *arena)
{
    char text[INET6_ADDRSTRLEN + IF_NAMESIZE + 1];
    if (getnameinfo(address, len, text, sizeof text, NULL, 0, NI_NUMERICHOST) != 0)
        return NULL;
    return arena_str(arena, span_str(text));
}

static bool is_link_local(const struct sockaddr *address)
{
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)address;
    return IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr);
}

static const char *first_address(const struct ifaddrs *list, const char *name, int family,
                                 struct arena *arena)
{
    for (; list; list = list->ifa_next) {
        const struct sockaddr *address = list->ifa_addr;
        if (!address || address->sa_family != family || strcmp(list->ifa_name, name) != 0)
            continue;
        if (family == AF_INET)
            return numeric(address, sizeof(struct sockaddr_in), arena);
        if (!is_link_local(address))
            return numeric(address, sizeof(struct sockaddr_in6), arena);
    }
    return NULL;
}

static const char *this_interface(const char *name, struct arena *arena)
{
    struct ifaddrs *list;
    if (getifaddrs(&list) != 0)
        return NULL;
    const char *address = first_address(list, name, AF_INET, arena);
    if (!address)
        address = first_address(list, name, AF_INET6, arena);
    freeifaddrs(list);
    return address;
}

static const char *this_resolve(const char *name, struct arena *arena)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list;
    const char *address = NULL;
    if (getaddrinfo(name, NULL, &hints, &list) != 0)
        return NULL;
    for (const struct addrinfo *it = list; it && !address; it = it->ai_next) {
        if (it->ai_family == AF_INET)
            address = numeric(it->ai_addr, it->ai_addrlen, arena);
    }
    if (!address)
        address = numeric(list->ai_addr, list->ai_addrlen, arena);
    freeaddrinfo(list);
    return address;
}

static const char *this_name(struct arena *arena)
{
    char name[256];
    if (gethostname(name, sizeof name) != 0)
        return "localhost";
    name[sizeof name - 1] = '\0';
    return arena_str(arena, span_str(name));
}

const struct host this_host = {this_interface, this_resolve, this_name};

/* As inet_ntop() writes it, so that equal addresses are equal texts. Brackets may stand around. */
static const char *literal(struct span text, struct arena *arena)
{
    char copy[INET6_ADDRSTRLEN];
    unsigned char address[16];
    if (text.len > 2 && text.ptr[0] == '[' && text.ptr[text.len - 1] == ']')
        text = span_sub(text, 1, text.len - 2);
    if (text.len == 0 || text.len >= sizeof copy)
        return NULL;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    int family = strchr(copy, ':') ? AF_INET6 : AF_INET;
    if (inet_pton(family, copy, address) != 1 || !inet_ntop(family, address, copy, sizeof copy))
        return NULL;
    return arena_str(arena, span_str(copy));
}

static const char *look_up(struct span name, const struct host *host, struct arena *arena)
{
    const char *text = arena_str(arena, name);
    const char *address = literal(name, arena);
    if (!address)
        address = host->interface_address(text, arena);
    /* Half an address ("10.0.0") is none, whatever the resolver makes of it. */
    if (!address && text[strspn(text, "0123456789.")] != '\0')
        address = host->resolve(text, arena);
    return address;
}

static const char *unknown(struct reader *reader, const struct node *aliases, struct span name)
{
    const char *near = suggest(name, node_keys(reader, aliases));
    const char *text = arena_printf(reader->arena,
                                    "expected an alias of node.interfaces, a network interface, "
                                    "an address or a host name of this host, got \"%.*s\"",
                                    SPAN_ARG(name));
    return near ? arena_printf(reader->arena, "%s; did you mean \"%s\"?", text, near) : text;
}

const char *interface_address(struct reader *reader, const struct node *aliases, struct span name,
                              const struct host *host, const char **why_out)
{
    struct node alias = node_get(reader, aliases, arena_str(reader->arena, name));
    struct span value;
    bool is_alias = node_string(&alias, &value);
    const char *address = look_up(is_alias ? value : name, host, reader->arena);
    if (!address && is_alias)
        *why_out = arena_printf(reader->arena,
                                "the alias \"%.*s\" stands for \"%.*s\" (%s), which is no network "
                                "interface, address or host name of this host",
                                SPAN_ARG(name), SPAN_ARG(value), node_place(reader, &alias));
    else if (!address)
        *why_out = unknown(reader, aliases, name);
    return address;
}
