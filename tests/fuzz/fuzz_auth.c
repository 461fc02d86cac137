/* SPDX-License-Identifier: Apache-2.0 */
/* Arguments of AUTH: what is taken is one line; a name that is read can stand in a log. */
#include "engine/base/ascii.h"
#include "tunnels/wire/auth.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

static void check_identity(struct span mechanism, struct span response)
{
    struct auth_identity identity, again;
    auth_identity_begin(&identity, mechanism, response);
    CHECK(strlen(identity.name) <= AUTH_NAME_MAX);
    CHECK(identity.name[0] == '\0' || (response.ptr && auth_has_name(mechanism)));
    for (const char *at = identity.name; *at; at++)
        CHECK(!ascii_is_control(*at));
    /* Behind a challenge that does not ask for it, no name of LOGIN; else the same. */
    auth_identity_begin(&again, mechanism, (struct span){NULL, 0});
    auth_identity_challenge(&again, mechanism, response);
    auth_identity_response(&again, mechanism, response);
    bool is_login = span_is_nocase(mechanism, "LOGIN");
    CHECK(strcmp(again.name, identity.name) == 0 || is_login || span_is(response, "="));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = malloc(size ? size : 1);
    struct span mechanism, response;
    CHECK(copy);
    memcpy(copy, data, size);
    if (auth_parse(span_of(copy, size), &mechanism, &response)) {
        struct auth_list list = {""}, same = {""};
        CHECK(auth_is_line(response) && auth_is_line(mechanism));
        auth_list_add(&list, mechanism);
        auth_list_add(&list, SPAN("PLAIN"));
        same = list;
        auth_list_keep(&list, &same);
        CHECK(strcmp(list.text, same.text) == 0);
        check_identity(mechanism, response);
    }
    free(copy);
    return 0;
}
