/*
 * Goal: the record of one side names who must act where it says so, and where it does not - a
 * limit, a full position - the command that tells.
 */
#include "cli/view.h"

#include <string.h>

#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

static void who_must_act_is_told_or_where_it_is_told(void **state)
{
    struct instruction instruction;
    struct instruction_status *settlement = &instruction.status[DIMENSION_SETTLEMENT];

    (void)state;
    memset(&instruction, 0, sizeof instruction);
    instruction.status[DIMENSION_MATCH].value = MATCH_MATCHED;
    settlement->reason = REASON_OTHR;
    assert_string_equal(instruction_actor(&instruction), "see `tally why`");
    settlement->reason = REASON_SBLO;
    assert_string_equal(instruction_actor(&instruction), "operator");
    settlement->reason = REASON_OTHR;
    instruction.status[DIMENSION_PROCESSING].value = PROCESSING_ENDED; /* nothing keeps it now */
    assert_string_not_equal(instruction_actor(&instruction), "see `tally why`");
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_must_act_is_told_or_where_it_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
