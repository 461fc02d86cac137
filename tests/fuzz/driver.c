/* SPDX-License-Identifier: Apache-2.0 */
/*
 * driver: runs a fuzz target over files and folders of seeds, for compilers without libFuzzer and
 * for ctest. A missing folder is an error: a test that runs nothing must not pass.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t ran;

static int run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        return 1;
    }
    struct stat st;
    if (fstat(fileno(file), &st) != 0)
        st.st_size = 0;
    uint8_t *data = malloc(st.st_size > 0 ? (size_t)st.st_size : 1);
    if (!data)
        abort();
    size_t size = fread(data, 1, (size_t)st.st_size, file);
    (void)fclose(file);
    (void)LLVMFuzzerTestOneInput(data, size);
    free(data);
    ran++;
    return 0;
}

static int run_folder(const char *path)
{
    DIR *folder = opendir(path);
    if (!folder) {
        perror(path);
        return 1;
    }
    int bad = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char name[4096];
        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        bad |= run_file(name);
    }
    (void)closedir(folder);
    return bad;
}

int main(int argc, char **argv)
{
    int bad = 0;
    for (int i = 1; i < argc; i++) {
        struct stat st;
        bool folder = stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode);
        bad |= folder ? run_folder(argv[i]) : run_file(argv[i]);
    }
    (void)printf("%zu seeds\n", ran);
    return bad || ran == 0;
}
