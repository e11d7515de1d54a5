/*
 * Goal: whatever the network, the disks, the clocks and up to f members do, nothing wrong ever
 * becomes final, and once they stop everything becomes final. Thousands of random schedules, with a
 * fast stand-in for signatures (tests/support/consensus/sign_fast.h). schedule_runner.h tells the
 * options; `make campaign` runs 100,000.
 */
#include "tests/support/consensus/schedule_runner.h"
#include "tests/support/consensus/sign_fast.h"

int main(int argc, char **argv)
{
    return schedule_runner_main(argc, argv, 3000);
}
