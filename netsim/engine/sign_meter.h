/*
 * netsim/engine/sign_meter.h - how many signatures were made and checked in this process
 *
 * The simulator does not time the real code; it counts its signatures and prices them. Both
 * programs count: the stand-in (sign_stand_in.c) itself, and a wrapper that the linker puts around
 * the real functions (sign_counted.c). In a program with neither, the counts stay 0.
 */
#ifndef TALLY_NETSIM_ENGINE_SIGN_METER_H
#define TALLY_NETSIM_ENGINE_SIGN_METER_H

#include <stdint.h>

struct sign_meter {
    uint64_t created;
    uint64_t verified;
};

extern struct sign_meter sign_meter;

#endif
