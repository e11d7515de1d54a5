/*
 * Goal: the schedules of a campaign (test_schedules) hold with real signatures too. Fewer of them:
 * a signature costs more than everything else together.
 */
#include "crypto/start.h"
#include "tests/support/consensus/schedule_runner.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    enum crypto_start_status status = crypto_start();
    if (status != CRYPTO_START_OK) {
        fprintf(stderr, "%s\n", crypto_start_status_text(status));
        return SCHEDULE_USAGE;
    }
    return schedule_runner_main(argc, argv, 12, CLUSTER_MIX_CAMPAIGN);
}
