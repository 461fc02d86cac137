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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = malloc(size ? size : 1);
    char name[AUTH_NAME_MAX + 1];
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
        if (auth_read_name(mechanism, 0, response, name)) {
            CHECK(name[0] != '\0' && strlen(name) <= AUTH_NAME_MAX);
            for (const char *at = name; *at; at++)
                CHECK(!ascii_is_control(*at));
        }
    }
    free(copy);
    return 0;
}
