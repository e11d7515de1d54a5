/*
 * Goal: whatever the network, the disks, the clocks and up to f members do, nothing wrong ever
 * becomes final, and once they stop everything becomes final. Thousands of random schedules, with a
 * fast stand-in for signatures (netsim/engine/sign_stand_in.c). schedule_runner.h tells the
 * options; `make campaign` runs 100,000 of the campaign's mix, this program by itself fewer, of the
 * wide one.
 */
#include "tests/support/consensus/schedule_runner.h"

#include <sodium.h>
#include <stdio.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__OPTIMIZE__)
enum {
    SCHEDULES_DEFAULT = 150
};
#else
enum {
    SCHEDULES_DEFAULT = 3000
};
#endif

int main(int argc, char **argv)
{
    if (sodium_init() < 0) { /* chooses the fastest BLAKE2b; crypto_start would judge signatures */
        fputs("libsodium did not initialise\n", stderr);
        return SCHEDULE_USAGE;
    }
    return schedule_runner_main(argc, argv, SCHEDULES_DEFAULT, CLUSTER_MIX_WIDE);
}
