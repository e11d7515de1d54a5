/* clock.c: see clock.h. */
#include "host/clock.h"

#include <errno.h>
#include <stdio.h>

#include "base/assert.h"

enum {
    MS_PER_SECOND = 1000,
    NS_PER_MS = 1000000,
    NS_PER_SECOND = 1000000000,
};

static struct timespec clock_read(clockid_t clock)
{
    struct timespec now;
    int result = clock_gettime(clock, &now);
    TALLY_ASSERT(result == 0);
    TALLY_ASSERT(now.tv_sec >= 0);
    return now;
}

uint64_t clock_monotonic_us(void)
{
    struct timespec now = clock_read(CLOCK_MONOTONIC);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

uint64_t clock_monotonic_ms(void)
{
    return clock_monotonic_us() / 1000u;
}

uint64_t clock_utc_ms(void)
{
    struct timespec now = clock_read(CLOCK_REALTIME);
    return (uint64_t)now.tv_sec * MS_PER_SECOND + (uint64_t)now.tv_nsec / NS_PER_MS;
}

void clock_utc_text(uint64_t utc_ms, char text[CLOCK_TEXT_SIZE])
{
    time_t seconds = (time_t)(utc_ms / MS_PER_SECOND);
    struct tm parts;
    TALLY_ASSERT(gmtime_r(&seconds, &parts) != NULL);
    TALLY_ASSERT(parts.tm_year + 1900 <= 9999);
    char buffer[64];
    int size = snprintf(buffer, sizeof(buffer), "%04d-%02d-%02dT%02d:%02d:%02d.%03uZ",
                        parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour,
                        parts.tm_min, parts.tm_sec, (unsigned)(utc_ms % MS_PER_SECOND));
    TALLY_ASSERT(size == CLOCK_TEXT_SIZE - 1);
    for (int i = 0; i <= size; i++) {
        text[i] = buffer[i];
    }
}

void clock_condition_init(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    TALLY_ASSERT(pthread_condattr_init(&attributes) == 0);
    TALLY_ASSERT(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
    TALLY_ASSERT(pthread_cond_init(condition, &attributes) == 0);
    (void)pthread_condattr_destroy(&attributes);
}

struct timespec clock_deadline(uint64_t delay_ms)
{
    struct timespec deadline = clock_read(CLOCK_MONOTONIC);
    deadline.tv_sec += (time_t)(delay_ms / MS_PER_SECOND);
    deadline.tv_nsec += (long)(delay_ms % MS_PER_SECOND) * NS_PER_MS;
    if (deadline.tv_nsec >= NS_PER_SECOND) {
        deadline.tv_sec += 1;
        deadline.tv_nsec -= NS_PER_SECOND;
    }
    TALLY_ASSERT(deadline.tv_nsec < NS_PER_SECOND);
    return deadline;
}

void clock_sleep_ms(uint64_t delay_ms)
{
    struct timespec deadline = clock_deadline(delay_ms);
    int result;
    do {
        result = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, NULL);
    } while (result == EINTR);
    TALLY_ASSERT(result == 0);
}
