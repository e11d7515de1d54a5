#include "netsim/testbed/testbed_usage.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PATH_SIZE = 900,
    TEXT_SIZE = 2048,
    STAT_USER_FIELD = 11, /* of a stat file, counted from the first behind the name */
    STAT_STATES = 8,      /* of /proc/stat: user nice system idle iowait irq softirq steal */
    STAT_IDLE = 3,
    STAT_IOWAIT = 4,
    DEPTH_MAX = 4
};

static bool file_read(const char *path, char out[TEXT_SIZE])
{
    FILE *file = fopen(path, "r");
    size_t size = file == NULL ? 0 : fread(out, 1, TEXT_SIZE - 1, file);
    out[size] = 0;
    if (file != NULL) {
        (void)fclose(file);
    }
    return size > 0;
}

/* The number behind a word such as "VmRSS:"; 0 without it. */
static uint64_t number_behind(const char *text, const char *word)
{
    const char *found = strstr(text, word);
    return found == NULL ? 0 : strtoull(found + strlen(word), NULL, 10);
}

static uint64_t ticks_us(uint64_t ticks)
{
    return ticks * 1000000 / (uint64_t)sysconf(_SC_CLK_TCK);
}

static uint64_t machine_read(void)
{
    char text[TEXT_SIZE];
    uint64_t ticks = 0;
    if (!file_read("/proc/stat", text)) {
        return 0;
    }
    char *field = strchr(text, ' ');
    for (int i = 0; field != NULL && i < STAT_STATES; i++) {
        uint64_t value = strtoull(field + 1, &field, 10);
        ticks += i == STAT_IDLE || i == STAT_IOWAIT ? 0 : value;
    }
    return ticks_us(ticks);
}

/* The two times of a stat file, of a process or a thread; and its name, if that is wanted. */
static bool times_read(const char *path, uint64_t *user_us, uint64_t *system_us,
                       char name[TESTBED_THREAD_NAME_SIZE])
{
    char text[TEXT_SIZE];
    if (!file_read(path, text)) {
        return false;
    }
    /* the name stands in brackets and may contain anything */
    const char *begin = strchr(text, '(');
    char *end = strrchr(text, ')');
    if (begin == NULL || end == NULL) {
        return false;
    }
    (void)snprintf(name, TESTBED_THREAD_NAME_SIZE, "%.*s", (int)(end - begin - 1), begin + 1);
    char *field = end;
    for (int i = 0; field != NULL && i <= STAT_USER_FIELD; i++) {
        field = strchr(field + 1, ' ');
    }
    if (field == NULL) {
        return false;
    }
    *user_us = ticks_us(strtoull(field + 1, &field, 10));
    *system_us = ticks_us(strtoull(field, NULL, 10));
    return true;
}

/* ---- Threads --------------------------------------------------------------------------------- */

static void thread_add(struct testbed_usage *usage, const char *name, uint64_t used_us)
{
    uint32_t i = 0;
    while (i < usage->thread_count && strcmp(usage->threads[i].name, name) != 0) {
        i++;
    }
    if (i == TESTBED_THREAD_NAMES) {
        return; /* more names than there are kinds of threads: the total has it */
    }
    if (i == usage->thread_count) {
        usage->thread_count++;
        (void)snprintf(usage->threads[i].name, sizeof usage->threads[i].name, "%s", name);
    }
    usage->threads[i].used_us += used_us;
}

/* The library of streams has several threads; they are one to us. */
static const char *name_shown(const char *name, uint32_t cores_seen, uint32_t executors_seen)
{
    if (strncmp(name, "nng", 3) == 0) {
        return "nng";
    }
    bool second = (strcmp(name, "core") == 0 && cores_seen > 0) ||
                  (strcmp(name, "execute") == 0 && executors_seen > 0);
    return second ? "store" : name;
}

static void threads_read(pid_t process, struct testbed_usage *usage)
{
    char path[PATH_SIZE];
    uint32_t cores = 0;
    uint32_t executors = 0;
    (void)snprintf(path, sizeof path, "/proc/%ld/task", (long)process);
    DIR *tasks = opendir(path);
    const struct dirent *entry;
    while (tasks != NULL && (entry = readdir(tasks)) != NULL) {
        char name[TESTBED_THREAD_NAME_SIZE];
        uint64_t user_us;
        uint64_t system_us;
        (void)snprintf(path, sizeof path, "/proc/%ld/task/%s/stat", (long)process, entry->d_name);
        if (entry->d_name[0] == '.' || !times_read(path, &user_us, &system_us, name)) {
            continue;
        }
        thread_add(usage, name_shown(name, cores, executors), user_us + system_us);
        cores += strcmp(name, "core") == 0 ? 1 : 0;
        executors += strcmp(name, "execute") == 0 ? 1 : 0;
    }
    if (tasks != NULL) {
        (void)closedir(tasks);
    }
}

/* ---- Processes ------------------------------------------------------------------------------- */

static void process_read(pid_t process, struct testbed_usage *usage)
{
    char path[PATH_SIZE];
    char text[TEXT_SIZE];
    char name[TESTBED_THREAD_NAME_SIZE];
    uint64_t user_us = 0;
    uint64_t system_us = 0;
    (void)snprintf(path, sizeof path, "/proc/%ld/stat", (long)process);
    if (times_read(path, &user_us, &system_us, name)) {
        usage->user_us += user_us;
        usage->system_us += system_us;
    }
    (void)snprintf(path, sizeof path, "/proc/%ld/status", (long)process);
    if (file_read(path, text)) {
        uint64_t resident = number_behind(text, "VmRSS:") << 10;
        usage->resident_bytes = resident > usage->resident_bytes ? resident : usage->resident_bytes;
    }
    (void)snprintf(path, sizeof path, "/proc/%ld/io", (long)process);
    if (file_read(path, text)) {
        usage->written_bytes += number_behind(text, "\nwrite_bytes:");
    }
    threads_read(process, usage);
}

void testbed_usage_read(const struct testbed *testbed, struct testbed_usage *out)
{
    *out = (struct testbed_usage){.machine_us = machine_read()};
    for (uint16_t i = 0; i < testbed_genesis(testbed)->validator_count; i++) {
        pid_t process = testbed_process(testbed, i);
        if (process != 0) {
            process_read(process, out);
        }
    }
}

static uint64_t since(uint64_t before, uint64_t after)
{
    return after > before ? after - before : 0;
}

void testbed_usage_since(const struct testbed_usage *before, const struct testbed_usage *after,
                         struct testbed_usage *out)
{
    struct testbed_usage used = *after;
    used.user_us = since(before->user_us, after->user_us);
    used.system_us = since(before->system_us, after->system_us);
    used.machine_us = since(before->machine_us, after->machine_us);
    used.written_bytes = since(before->written_bytes, after->written_bytes);
    for (uint32_t i = 0; i < used.thread_count; i++) {
        for (uint32_t k = 0; k < before->thread_count; k++) {
            if (strcmp(used.threads[i].name, before->threads[k].name) == 0) {
                used.threads[i].used_us =
                    since(before->threads[k].used_us, used.threads[i].used_us);
            }
        }
    }
    *out = used;
}

/* ---- Disk ------------------------------------------------------------------------------------ */

static uint64_t directory_bytes(const char *directory, int depth)
{
    uint64_t bytes = 0;
    DIR *opened = opendir(directory);
    const struct dirent *entry;
    while (opened != NULL && (entry = readdir(opened)) != NULL) {
        char path[PATH_SIZE];
        struct stat status;
        int size = snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 || size < 0 ||
            (size_t)size >= sizeof path || lstat(path, &status) != 0) {
            continue;
        }
        if (S_ISDIR(status.st_mode)) {
            bytes += depth > 0 ? directory_bytes(path, depth - 1) : 0;
        } else {
            bytes += (uint64_t)status.st_size;
        }
    }
    if (opened != NULL) {
        (void)closedir(opened);
    }
    return bytes;
}

uint64_t testbed_disk_bytes(const struct testbed *testbed)
{
    uint64_t bytes = 0;
    for (uint16_t i = 0; i < testbed_genesis(testbed)->validator_count; i++) {
        char path[PATH_SIZE];
        (void)snprintf(path, sizeof path, "%s/node-%u/data", testbed_directory(testbed), i);
        bytes += directory_bytes(path, DEPTH_MAX);
    }
    return bytes;
}
