/*
 * clock.h: the two clocks a driver hands to the cores.
 *
 * The cores never read a clock: time arrives with each event. Timers are judged on the monotonic
 * clock, which never jumps; block timestamps are judged on UTC, which an operator or NTP may move.
 * Mixing the two up is the mistake this header exists to prevent, so each value says its clock in
 * its name.
 *
 * All functions may be called from any thread.
 */
#ifndef TALLY_HOST_CLOCK_H
#define TALLY_HOST_CLOCK_H

#include <pthread.h>
#include <stdint.h>
#include <time.h>

/* Milliseconds since an arbitrary point in the past. Never falls; stops for no one. */
uint64_t clock_monotonic_ms(void);

/* Microseconds of the same clock, for measurements. */
uint64_t clock_monotonic_us(void);

/* Milliseconds since 1970-01-01T00:00:00Z. May jump. */
uint64_t clock_utc_ms(void);

/* Writes "2026-11-22T01:45:09.123Z" (24 characters and a zero). The year must have 4 digits. */
#define CLOCK_TEXT_SIZE 25
void clock_utc_text(uint64_t utc_ms, char text[CLOCK_TEXT_SIZE]);

/* Makes a condition whose waits end by the monotonic clock. To be destroyed by the caller. */
void clock_condition_init(pthread_cond_t *condition);

/* The absolute monotonic instant `delay_ms` from now, for pthread_cond_timedwait on such a
 * condition. */
struct timespec clock_deadline(uint64_t delay_ms);

/* Sleeps for at least `delay_ms`, also when signals arrive. */
void clock_sleep_ms(uint64_t delay_ms);

#endif
