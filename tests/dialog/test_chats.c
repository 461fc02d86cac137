/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plays all tests/dialog/<name>.chat: whole, byte by byte, and cut in twenty random ways. A name as
 * argument plays that one alone, with the engine's log.
 */
#include "tests/support/chat.h"

#include "engine/base/log.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RANDOM_CUTS 20u
/* A folder that lost its files must not pass. */
#define CHATS_LEAST 40

static const char *const cut_names[] = {"whole", "byte by byte", "random cuts"};

static bool play(const char *path, enum fake_cut cut, uint64_t seed)
{
    struct error err = ERROR_INIT;
    if (chat_play(path, cut, seed, &err))
        return true;
    (void)printf("FAIL %s (%s, seed %u)\n", err.text, cut_names[cut], (unsigned)seed);
    return false;
}

static bool play_all_cuts(const char *path)
{
    bool good = play(path, FAKE_WHOLE, 0) && play(path, FAKE_BYTES, 0);
    for (unsigned seed = 1; good && seed <= RANDOM_CUTS; seed++)
        good = play(path, FAKE_RANDOM, seed * UINT64_C(0x9e3779b97f4a7c15));
    return good;
}

static int is_chat(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return len > 5 && strcmp(entry->d_name + len - 5, ".chat") == 0;
}

static int play_folder(void)
{
    struct dirent **entries;
    int count = scandir(TEST_ROOT "/dialog", &entries, is_chat, alphasort);
    int bad = count < CHATS_LEAST;
    for (int i = 0; i < count; i++) {
        char path[4096];
        (void)snprintf(path, sizeof path, TEST_ROOT "/dialog/%s", entries[i]->d_name);
        bad += !play_all_cuts(path);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    (void)printf("%d chats, %d failed\n", count, bad);
    return bad != 0;
}

int main(int argc, char **argv)
{
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    log_setup(argc > 1 ? 2 : nowhere, LOG_DEBUG, LOG_TEXT);
    if (argc == 1)
        return play_folder();
    char path[4096];
    (void)snprintf(path, sizeof path, TEST_ROOT "/dialog/%s.chat", argv[1]);
    return play_all_cuts(path) ? 0 : 1;
}
