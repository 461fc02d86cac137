/* SPDX-License-Identifier: Apache-2.0 */
/* process: what the system says of the process, measured when somebody asks. */
#include "engine/base/log_sink.h"
#include "engine/metrics/internal.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define US_IN_S 1000000
#define STAT_BYTES 1024
/* Fields of /proc/self/stat behind the name in parentheses, which may hold anything (proc(5)). */
#define STAT_START_FIELD 20

static size_t read_file(const char *path, char *out, size_t size)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    size_t len = fread(out, 1, size - 1, file);
    (void)fclose(file);
    out[len] = '\0';
    return len;
}

static void measure_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    struct rlimit limit;
    int64_t count = 0;
    if (folder) {
        while (readdir(folder))
            count++;
        (void)closedir(folder);
        metric_set(metric_bare(METRIC_PROCESS_DESCRIPTORS), count - 3); /* ".", "..", its own */
    }
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        metric_set(metric_bare(METRIC_PROCESS_DESCRIPTORS_MAX), (int64_t)limit.rlim_cur);
}

static void measure_memory(void)
{
    char text[STAT_BYTES];
    int64_t page = sysconf(_SC_PAGESIZE);
    if (read_file("/proc/self/statm", text, sizeof text) == 0)
        return;
    char *end;
    long long pages = strtoll(text, &end, 10);
    metric_set(metric_bare(METRIC_PROCESS_VIRTUAL), pages * page);
    metric_set(metric_bare(METRIC_PROCESS_RESIDENT), strtoll(end, NULL, 10) * page);
}

static void measure_cpu(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return;
    int64_t seconds = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec;
    int64_t us = usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
    metric_set(metric_bare(METRIC_PROCESS_CPU), seconds * US_IN_S + us);
}

/* The system knows it in ticks since it was started itself. Once: the clocks that it is computed of
 * drift apart. */
static void measure_start(void)
{
    char text[STAT_BYTES];
    struct timespec now, up;
    if (metric_read(metric_bare(METRIC_PROCESS_START)) != 0 ||
        read_file("/proc/self/stat", text, sizeof text) == 0 ||
        clock_gettime(CLOCK_REALTIME, &now) != 0 || clock_gettime(CLOCK_BOOTTIME, &up) != 0)
        return;
    const char *at = strrchr(text, ')');
    for (int field = 0; at && field < STAT_START_FIELD; field++)
        at = strchr(at + 1, ' ');
    if (at)
        metric_set(metric_bare(METRIC_PROCESS_START),
                   now.tv_sec - up.tv_sec + strtoll(at, NULL, 10) / sysconf(_SC_CLK_TCK));
}

void process_measure(void)
{
    measure_descriptors();
    measure_memory();
    measure_cpu();
    measure_start();
    metric_set(metric_bare(METRIC_LOG_LOST), (int64_t)log_sink_lost());
}
