/*
 * Goal: what people read says all of it: each alarm of a node, quantities in the asset's own
 * decimals beside the proved smallest units, which node answered instead of another, what a refusal
 * is about; and a slip in a question is refused before a node is asked, instead of answered with
 * nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/start.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cli/command_run.h"
#include "tests/support/cli/fake_node.h"
#include "tests/support/client/sample_genesis.h"
#include "tests/support/cmocka.h"

#define INSTRUCTION                                                          \
    " --asset DE000TALY010 --quantity 10 --trade-date DATE "                 \
    "--settlement-date DATE --deliverer SELLFRPPXXX --receiver BUYRITMMXXX " \
    "--currency EUR --amount 255.00 --reference "

static struct fake_network *network;
static struct command_run last;
static char scratch[] = "/tmp/tally-test-cli.XXXXXX";
static char seller[FILE_PATH_SIZE_MAX];
static char buyer[FILE_PATH_SIZE_MAX];

static enum exit_code run(const char *directory, const char *line)
{
    command_run(network, directory, line, &last);
    return last.code;
}

static void assert_shown(const char *text)
{
    if (strstr(last.shown, text) == NULL) {
        fail_msg("\"%s\" is not shown: %s%s", text, last.said, last.shown);
    }
}

static void assert_said(const char *text)
{
    if (strstr(last.said, text) == NULL || !command_run_one_clear_line(&last)) {
        fail_msg("\"%s\" is not said in one line: %s", text, last.said);
    }
}

static void network_status_shows_every_alarm(void **state)
{
    (void)state;
    fake_network_behave(network, 1, FAKE_ALARMED);
    assert_int_equal(run(seller, "network status"), EXIT_DONE);
    assert_shown("no space left | execution is behind");
    fake_network_behave(network, 1, LIE_NONE);
}

static void network_status_tells_a_liar_from_one_that_is_down(void **state)
{
    (void)state;
    fake_network_behave(network, 0, FAKE_DOWN);
    assert_int_equal(run(seller, "network status"), EXIT_NODE_DOWN);
    assert_said("node 0: it is down; 3 of 4 nodes answer");
    fake_network_behave(network, 2, LIE_GARBAGE);
    assert_int_equal(run(seller, "network status"), EXIT_NODE_LIES);
    assert_said("node 2");
    assert_shown("lies");
    fake_network_behave(network, 0, LIE_NONE);
    fake_network_behave(network, 2, LIE_NONE);
}

static void a_receipt_is_shown_in_the_assets_decimals(void **state)
{
    (void)state;
    char line[256];

    (void)snprintf(line, sizeof line, "receipt S-1 --out %s/receipt.json", scratch);
    assert_int_equal(run(seller, line), EXIT_DONE);
    assert_shown("quantity: 10 DE000TALY010");
    assert_shown("amount: 255.00 EUR");
    assert_shown("25500"); /* what the proof itself says */
}

static void the_node_that_answered_instead_is_named_when_all_went_well(void **state)
{
    (void)state;
    fake_network_behave(network, 0, FAKE_DOWN);
    assert_int_equal(run(seller, "status S-1"), EXIT_DONE);
    assert_non_null(strstr(last.said, "node 0 is down; node 1 answered instead"));
    assert_int_equal(run(seller, "status S-9"), EXIT_UNKNOWN);
    assert_said("S-9");
    fake_network_behave(network, 0, LIE_NONE);
}

static void a_refusal_is_said_once_and_with_its_row(void **state)
{
    (void)state;
    assert_int_equal(run(seller, "submit --movement DELI" INSTRUCTION "S-1 --quantity 11"),
                     EXIT_REFUSED);
    assert_said("S-1: reference: exists with other content; choose another identifier");
    assert_int_equal(run(seller, "submit --movement DELI" INSTRUCTION "S-1 --json"), EXIT_ALREADY);
    assert_non_null(strstr(last.said, "\"error\":\"already\""));
    assert_int_equal(run(seller, "submit --movement DELI" INSTRUCTION "S-1 --quiet"), EXIT_ALREADY);
    assert_said("nothing was changed");
    assert_string_equal(last.shown, "");
}

/* Four letters are no explanation. */
static void a_reason_in_a_list_says_what_it_means(void **state)
{
    (void)state;
    assert_int_equal(run(seller, "history S-1"), EXIT_DONE);
    assert_shown("LACK");
    assert_shown("lack of securities");
    assert_int_equal(run(seller, "history S-1 --json"), EXIT_DONE);
    assert_shown("\"reason\": \"LACK\"");
    assert_shown("\"meaning\": \"lack of securities\"");
    assert_int_equal(run(seller, "drafts --csv"), EXIT_DONE);
    assert_shown("party,reference,command,what,person,submitted_by,height,lapses,content");
}

/* Amount, age, who must act, until when, and what brings it back. */
static void an_exception_says_what_to_do_until_when(void **state)
{
    (void)state;
    assert_int_equal(run(seller, "exceptions --csv"), EXIT_DONE);
    assert_shown("quantity,settled,currency,amount");
    assert_shown("10,4,EUR,255.00,2026-11-24,PEND,LACK,lack of securities,own party,");
    assert_shown(" h,2026-11-24T18:45:00.000Z,when securities arrive\r\n");
    assert_int_equal(run(seller, "exceptions --ask 2 --json"), EXIT_DONE);
    assert_shown("\"next_attempt\": \"when securities arrive\"");
}

static void the_day_is_the_latest_one(void **state)
{
    (void)state;
    assert_int_equal(run(seller, "day --csv"), EXIT_DONE);
    assert_shown("date,event,currency,planned,revised,effective\r\n2026-11-22,7,EUR,7,7,7\r\n");
    assert_int_equal(run(seller, "day --from 2026-11-22 --to 2026-11-23 --csv"), EXIT_DONE);
    assert_shown("2026-11-22,7,EUR,7,7,7\r\n");
}

/* The seller's CASH holds 0.05 now, of which 0.02 came on the 22nd. */
static void a_statement_is_worked_back_from_what_is_held(void **state)
{
    (void)state;
    assert_int_equal(run(seller, "statement --date 2026-11-22 --csv"), EXIT_DONE);
    assert_shown("2026-11-22,SELLFRPPXXX,CASH,EUR,OPENING,,,,,0.03\r\n");
    assert_shown("2026-11-22,SELLFRPPXXX,CASH,EUR,7,7,7,7,0.02,0.05\r\n");
    assert_shown("2026-11-22,SELLFRPPXXX,CASH,EUR,CLOSING,,,,,0.05\r\n");
    assert_int_equal(run(seller, "statement --date 2026-11-21 --csv"), EXIT_DONE);
    assert_shown("2026-11-21,SELLFRPPXXX,CASH,EUR,OPENING,,,,,0.03\r\n"
                 "2026-11-21,SELLFRPPXXX,CASH,EUR,CLOSING,,,,,0.03\r\n");
    assert_int_equal(run(seller, "statement --date 2026-11-23 --csv"), EXIT_DONE);
    assert_shown("2026-11-23,SELLFRPPXXX,CASH,EUR,OPENING,,,,,0.05\r\n"
                 "2026-11-23,SELLFRPPXXX,CASH,EUR,CLOSING,,,,,0.05\r\n");
}

/* Each would otherwise be answered truthfully, with nothing. */
static const char *const slips[] = {
    "positions --asset DE000TALY011",
    "positions --bic SELLFRPPXX",
    "positions --account A_B",
    "instructions --status SETTLED",
    "instructions --reason XXXX",
    "instructions --from 2026-02-30",
    "instructions --to 20261122",
    "events A_B",
    "history A_B",
    "history --from 20261122",
    "drafts A_B",
    "movements A_B",
    "movements --to 2026-13-01",
    "statement --date 2026-02-30",
    "statement --account A_B",
    "events --asset eur",
    "status S-1 --bic SELLER",
    "position SEC DE000TALY011",
    "position SEC_1 EUR",
    "receipt S_1",
    "why S_1",
    "match explain S_1",
    "limit set EUR --quantity 5",
    "limit set EUR --account CASH --counterparty BUYRITMMXXX --quantity 5",
    "limit set EURO --account CASH --quantity 5",
    "limit set EUR --account CASH --quantity 5.001",
    "restrict SEC DE000TALY011 --kind blocking --quantity 1",
    "restrict SEC_1 DE000TALY010 --kind blocking --quantity 1",
    "restrict SEC DE000TALY010 --kind lien --quantity 1",
    "restrict increase R_1 --asset DE000TALY010 --quantity 1",
    "restrict decrease R-1 --quantity 1",
    "restrict release R_1",
    "restrictions R_1",
    "restriction type lock",
    "restriction type block --asset DE000TALY010 --bic SELLFRPPXXX",
    "restriction type block --account SEC --cash-account CASH --bic SELLFRPPXXX",
    "restriction type block --account SEC",
    "restriction type block --rule movement=SELL",
    "restriction type block --rule type=XXXX",
    "restriction type block --rule colour=red",
    "restriction type block --rule DELI",
    "restriction type block --rule security=EUR",
    "restriction type block --rule currency=DE000TALY010",
    "restriction type block --rule ;",
    "restriction type block --rule movement=DELI;movement=RECE",
    "restriction type block --rule movement=DELI;payment=FREE;movement=DELI",
    "restriction type block --from 2026-02-30",
    "restriction type block --to soon",
    "restriction end R_1",
    "restriction types R_1",
    "key change --signing xyz",
    "policy set --kinds release,fly",
    "policy set --limit 1.5",
    "keys --bic SELL",
    "rules show",
    "rules add FILE",
    "rules add FILE --from 2026-02-30",
    "amend S-1",
    "amend S-1 --partial ALL",
    "attorney grant SELL",
    "attorney revoke SELL",
    "transform S_1 --bic SELLFRPPXXX --asset DE000TALY010 --quantity 1 --new-reference S-2",
    "release S_1 --quantity 1",
    "release S-1 --quantity 1 --kind csd",
    "release S-1 --quantity 1.5",
    "forecast --date 2026-02-30",
    "link S-1 NEXT S-2",
    "link S-1 AFTE S_2",
    "unlink S_1 AFTE S-2",
    "links S_1",
    "allege S_1",
    "day --from 2026-02-30",
    "day revise dvp-cut-off --until 24:00",
    "day revise dvp-cut-off --until 16:60",
    "day revise dvp-cut-off --until 1630",
    "day revise dvp-cut-off --until 2026-02-30T16:30",
    "day revise dvp-cut-off",
    "day revise lunch --until 12:00",
};

static void a_slip_in_a_question_is_no_empty_answer(void **state)
{
    (void)state;

    for (size_t i = 0; i < sizeof slips / sizeof slips[0]; i++) {
        if (run(seller, slips[i]) != EXIT_USAGE || !command_run_one_clear_line(&last)) {
            fail_msg("%s: code %d: %s", slips[i], (int)last.code, last.said);
        }
    }
}

/* The last of two would silently count; the same name in another condition's value is no second. */
static void a_rule_has_each_condition_once(void **state)
{
    (void)state;
    assert_int_equal(run(seller, "restriction type block --rule movement=DELI;movement=RECE"),
                     EXIT_USAGE);
    assert_said("has a condition twice");
    assert_int_equal(run(seller, "restriction type block --rule account=X;cash-account=X;sign=X"),
                     EXIT_USAGE);
    assert_said("or a wrong value");
}

/* Asset codes are of two kinds; with the wrong one the rule would never be met. */
static void a_rule_tells_securities_from_currencies(void **state)
{
    (void)state;
    assert_int_equal(run(seller, "restriction type block --rule security=EUR"), EXIT_USAGE);
    assert_said("has a security that is no ISIN");
    assert_int_equal(run(seller, "restriction type block --rule sign=CRDT;currency=DE000TALY010"),
                     EXIT_USAGE);
    assert_said("has a currency that is no code");
    assert_int_equal(run(seller, "restriction type block --rule security=DE000TALY010;currency=E"),
                     EXIT_USAGE);
    assert_said("has a currency that is no code");
}

static void a_bic_of_eight_names_the_head_office(void **state)
{
    (void)state;
    assert_int_equal(run(seller, "status S-1 --bic SELLFRPP"), EXIT_DONE);
    assert_int_equal(run(seller, "position SEC DE000TALY010 --bic SELLFRPP"), EXIT_DONE);
}

/* A receipt of a thousand parts is long: 16 MiB are read, and what is longer is refused as such. */
static void a_long_receipt_is_read(void **state)
{
    static const struct {
        long size;
        const char *said;
    } files[] = {{16L << 20, "not a receipt file"}, {(16L << 20) + 1, "larger than"}};
    char path[FILE_PATH_SIZE_MAX];
    char line[FILE_PATH_SIZE_MAX + 16];

    (void)state;
    (void)snprintf(path, sizeof path, "%s/long.json", scratch);
    (void)snprintf(line, sizeof line, "verify %s", path);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        assert_int_equal(fclose(file), 0);
        assert_int_equal(truncate(path, files[i].size), 0);
        assert_int_equal(run(seller, line), EXIT_MALFORMED);
        assert_said(files[i].said);
    }
}

/* An option that describes one instruction says nothing of those in a file. */
static void files_and_the_description_of_one_instruction_do_not_mix(void **state)
{
    (void)state;
    assert_int_equal(run(seller, "submit any.csv --hold"), EXIT_USAGE);
    assert_said("--hold");
    assert_int_equal(run(seller, "submit any.csv --resume"), EXIT_USAGE);
    assert_int_equal(run(seller, "submit --resume --quantity 1"), EXIT_USAGE);
}

static void a_partys_roles_are_not_changed_by_omission(void **state)
{
    (void)state;
    assert_int_equal(run(seller, "party change --bic SELLFRPPXXX --status suspended"), EXIT_USAGE);
    assert_said("--roles: is missing");
}

static int set_up(void **state)
{
    (void)state;
    if (mkdtemp(scratch) == NULL) {
        return -1;
    }
    network = fake_network_new();
    fake_party_directory(scratch, SAMPLE_SELLER, seller, sizeof seller);
    fake_party_directory(scratch, SAMPLE_BUYER, buyer, sizeof buyer);
    return run(seller, "submit --movement DELI" INSTRUCTION "S-1") == EXIT_DONE &&
                   run(buyer, "submit --movement RECE" INSTRUCTION "B-1") == EXIT_DONE
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    char command[64];

    (void)state;
    fake_network_free(network);
    (void)snprintf(command, sizeof command, "rm -rf %s", scratch);
    return system(command);
}

int main(void)
{
    assert_hook_install();
    if (crypto_start() != CRYPTO_START_OK) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(network_status_shows_every_alarm),
        cmocka_unit_test(network_status_tells_a_liar_from_one_that_is_down),
        cmocka_unit_test(a_receipt_is_shown_in_the_assets_decimals),
        cmocka_unit_test(the_node_that_answered_instead_is_named_when_all_went_well),
        cmocka_unit_test(a_refusal_is_said_once_and_with_its_row),
        cmocka_unit_test(a_reason_in_a_list_says_what_it_means),
        cmocka_unit_test(an_exception_says_what_to_do_until_when),
        cmocka_unit_test(the_day_is_the_latest_one),
        cmocka_unit_test(a_statement_is_worked_back_from_what_is_held),
        cmocka_unit_test(a_slip_in_a_question_is_no_empty_answer),
        cmocka_unit_test(a_rule_has_each_condition_once),
        cmocka_unit_test(a_rule_tells_securities_from_currencies),
        cmocka_unit_test(a_bic_of_eight_names_the_head_office),
        cmocka_unit_test(a_long_receipt_is_read),
        cmocka_unit_test(files_and_the_description_of_one_instruction_do_not_mix),
        cmocka_unit_test(a_partys_roles_are_not_changed_by_omission),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
