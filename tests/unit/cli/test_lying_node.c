/*
 * Goal: a node that alters, swaps, withholds or makes up anything, or passes off the past as the
 * present, is caught, and told apart from one that is down, slow, busy or refuses; and what was
 * signed goes out once, whoever fails.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/failure.h"
#include "cli/verb.h"
#include "crypto/start.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cli/fake_node.h"
#include "tests/support/client/sample_genesis.h"
#include "tests/support/cmocka.h"

static struct fake_network *network;
static char scratch[] = "/tmp/tally-test-cli.XXXXXX";
static char seller[FILE_PATH_SIZE_MAX];
static char buyer[FILE_PATH_SIZE_MAX];

/* Standard output goes nowhere for a while. */
static void output_hide(bool hide)
{
    static int saved = -1;
    int nothing;

    (void)fflush(stdout);
    if (hide) {
        saved = dup(STDOUT_FILENO);
        nothing = open("/dev/null", O_WRONLY);
        assert_true(saved >= 0 && nothing >= 0 && dup2(nothing, STDOUT_FILENO) >= 0);
        (void)close(nothing);
    } else {
        assert_true(dup2(saved, STDOUT_FILENO) >= 0);
        (void)close(saved);
    }
}

/* Runs one command line as a party; DATE in it stands for the ledger's date. */
static enum exit_code run(const char *directory, const char *line)
{
    static struct cli cli;
    char date[CLIENT_DATE_SIZE];
    char copy[512];
    char *words[48];
    int count = 0;
    enum exit_code code;

    fake_network_date(date);
    (void)snprintf(copy, sizeof copy, "%s", line);
    for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " ")) {
        words[count++] = strcmp(word, "DATE") == 0 ? date : word;
    }
    words[count++] = (char[]){"--as"};
    char path[FILE_PATH_SIZE_MAX];
    (void)snprintf(path, sizeof path, "%s", directory);
    words[count++] = path;
    words[count++] = (char[]){"--timeout"};
    words[count++] = (char[]){"1"};
    words[count] = NULL;
    memset(&cli, 0, sizeof cli);
    cli.open_node = fake_node_open;
    cli.test = network;
    failure_mute(true);
    output_hide(true);
    code = verb_main(&cli, count, words);
    output_hide(false);
    failure_mute(false);
    return code;
}

#define DELIVER                                                                             \
    "submit --movement DELI --asset DE000TALY010 --quantity 10 --trade-date DATE "          \
    "--settlement-date DATE --deliverer SELLFRPPXXX --receiver BUYRITMMXXX --currency EUR " \
    "--amount 255.00 --quiet --reference "
#define RECEIVE                                                                             \
    "submit --movement RECE --asset DE000TALY010 --quantity 10 --trade-date DATE "          \
    "--settlement-date DATE --deliverer SELLFRPPXXX --receiver BUYRITMMXXX --currency EUR " \
    "--amount 255.00 --quiet --reference "

static void all_behave(int behaviour)
{
    for (unsigned i = 0; i < SAMPLE_VALIDATOR_COUNT; i++) {
        fake_network_behave(network, i, behaviour);
    }
}

static void honest_answers_are_believed(void **state)
{
    (void)state;
    all_behave(LIE_NONE);
    assert_int_equal(run(seller, DELIVER "S-1"), EXIT_DONE);
    assert_int_equal(run(seller, "status S-1"), EXIT_DONE);
    assert_int_equal(run(seller, "why S-1"), EXIT_DONE);
    assert_int_equal(run(buyer, RECEIVE "B-1"), EXIT_DONE);
    assert_int_equal(run(buyer, "position SEC DE000TALY010"), EXIT_DONE);
    assert_int_equal(run(buyer, "positions"), EXIT_DONE);
    assert_int_equal(run(buyer, "receipt B-1 --out /dev/null/none"), EXIT_FILES);
}

/* What another node proves where one's own does not know it yet is as good, and is what is kept. */
static void a_receipt_by_way_of_another_node_is_whole(void **state)
{
    (void)state;
    char line[2 * FILE_PATH_SIZE_MAX];

    all_behave(LIE_NONE);
    fake_network_behave(network, 0, FAKE_BEHIND);
    assert_int_equal(run(seller, "status S-1 --quiet --node 0"), EXIT_UNKNOWN);
    assert_int_equal(run(seller, "status S-1 --quiet --node 0 --ask 2"), EXIT_DONE);
    (void)snprintf(line, sizeof line, "receipt B-1 --quiet --node 0 --ask 2 --out %s/behind.json",
                   scratch);
    assert_int_equal(run(buyer, line), EXIT_DONE);
    (void)snprintf(line, sizeof line, "verify %s/behind.json --quiet", scratch);
    assert_int_equal(run(buyer, line), EXIT_DONE);
    all_behave(LIE_NONE);
}

/* The node proves a true settlement, of another party that uses the same reference. */
static void a_receipt_of_another_partys_reference_is_not_ones_own(void **state)
{
    (void)state;
    all_behave(LIE_NONE);
    assert_int_equal(run(seller, "receipt S-1 --out /dev/null/none"), EXIT_FILES);
    assert_int_equal(run(seller, "receipt B-1 --out /dev/null/none"), EXIT_NODE_LIES);
    assert_int_equal(run(buyer, "receipt S-1 --out /dev/null/none"), EXIT_NODE_LIES);
}

static void the_same_again_is_already_there(void **state)
{
    (void)state;
    all_behave(LIE_NONE);
    assert_int_equal(run(seller, DELIVER "S-1"), EXIT_ALREADY);
    assert_int_equal(run(seller, "submit --resume --quiet"), EXIT_DONE);
}

static void every_lie_about_one_thing_is_caught(void **state)
{
    (void)state;
    static const int lies[] = {LIE_GARBAGE, LIE_OTHER_KIND,   LIE_OTHER_ID,
                               LIE_CONTENT, LIE_OTHER_RECORD, LIE_LEFT_OUT,
                               LIE_ROOT,    LIE_SIGNATURE,    LIE_NULLIFICATION};

    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        all_behave(lies[i]);
        if (run(seller, "status S-1") != EXIT_NODE_LIES ||
            run(seller, "why S-1") != EXIT_NODE_LIES ||
            run(buyer, "position SEC DE000TALY010") != EXIT_NODE_LIES) {
            fail_msg("lie %d was believed", lies[i]);
        }
        if (lies[i] != LIE_LEFT_OUT && lies[i] != LIE_OTHER_RECORD &&
            run(buyer, "receipt B-1 --out /dev/null/none") != EXIT_NODE_LIES) {
            fail_msg("lie %d about a receipt was believed", lies[i]);
        }
    }
}

static void every_lie_about_an_outcome_is_caught(void **state)
{
    (void)state;
    static const int lies[] = {LIE_GARBAGE,        LIE_OTHER_KIND,        LIE_CONTENT,
                               LIE_ROOT,           LIE_SIGNATURE,         LIE_NULLIFICATION,
                               LIE_OTHER_ENVELOPE, LIE_WITHHELD_RECEIPTS, LIE_MISCOUNTED_RECEIPTS};

    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        unsigned before;
        all_behave(LIE_NONE);
        all_behave(lies[i]);
        before = fake_network_executed(network);
        if (run(seller, "cancel S-1 --date DATE --reference X --quiet") != EXIT_NODE_LIES) {
            fail_msg("lie %d was believed", lies[i]);
        }
        /* what was signed is still there, and a member that is honest tells what became of it */
        all_behave(LIE_NONE);
        (void)run(seller, "submit --resume --quiet");
        assert_true(fake_network_executed(network) <= before + 1);
        assert_int_equal(run(seller, "submit --resume --quiet"), EXIT_DONE);
    }
}

/* A quorum's signatures under an old state stay good: only its time tells that it is old. */
static void an_old_state_is_caught_by_its_age(void **state)
{
    (void)state;
    all_behave(LIE_NONE);
    assert_int_equal(run(seller, "status S-1 --max-age 1"), EXIT_DONE);
    all_behave(LIE_OLD);
    assert_int_equal(run(seller, "status S-1"), EXIT_STALE);
    assert_int_equal(run(seller, "why S-1"), EXIT_STALE);
    assert_int_equal(run(buyer, "position SEC DE000TALY010"), EXIT_STALE);
    assert_int_equal(run(buyer, "position SEC DE000TALY010 --max-age 3000"), EXIT_STALE);
    assert_int_equal(run(buyer, "position SEC DE000TALY010 --max-age 0"), EXIT_DONE);
    assert_int_equal(run(seller, "status S-1 --max-age 7200"), EXIT_DONE);
    assert_int_equal(run(seller, "why S-1 --max-age 0"), EXIT_DONE);
    /* that it was settled stays true */
    assert_int_equal(run(seller, "receipt S-1 --out /dev/null/none"), EXIT_FILES);
    fake_network_behave(network, 2, LIE_NONE);
    assert_int_equal(run(seller, "status S-1 --node 2"), EXIT_DONE);
}

static void nothing_is_signed_upon_an_old_asset(void **state)
{
    (void)state;
    unsigned before;

    all_behave(LIE_OLD);
    before = fake_network_executed(network);
    assert_int_equal(run(seller, DELIVER "S-9"), EXIT_STALE);
    assert_int_equal(fake_network_executed(network), before);
}

/* Of two questions of one run, the second is answered with an earlier block than the first. */
static void a_node_that_goes_back_is_caught(void **state)
{
    (void)state;
    unsigned before;

    fake_network_idle(network, 2);
    all_behave(LIE_GOES_BACK);
    before = fake_network_executed(network);
    assert_int_equal(run(seller, "status S-1"), EXIT_DONE);
    all_behave(LIE_GOES_BACK);
    assert_int_equal(run(seller, DELIVER "S-9"), EXIT_STALE);
    all_behave(LIE_GOES_BACK);
    assert_int_equal(run(seller, DELIVER "S-9 --max-age 0"), EXIT_STALE);
    assert_int_equal(fake_network_executed(network), before);
}

static void the_greatest_age_is_a_number_of_seconds(void **state)
{
    (void)state;
    all_behave(LIE_NONE);
    assert_int_equal(run(seller, "status S-1 --max-age -1"), EXIT_USAGE);
    assert_int_equal(run(seller, "status S-1 --max-age 1m"), EXIT_USAGE);
    assert_int_equal(run(seller, "status S-1 --max-age 99999999999"), EXIT_USAGE);
}

static void lies_in_lists_are_caught_where_they_can_be(void **state)
{
    (void)state;
    all_behave(LIE_MALFORMED_ROWS);
    assert_int_equal(run(buyer, "positions"), EXIT_NODE_LIES);
    all_behave(LIE_ENDLESS_LIST);
    assert_int_equal(run(buyer, "positions"), EXIT_NODE_LIES);
    all_behave(LIE_NONE);
    assert_int_equal(run(buyer, "positions --ask 2"), EXIT_DONE);
}

static void a_node_that_is_down_is_replaced_unless_it_was_asked_for(void **state)
{
    (void)state;
    all_behave(LIE_NONE);
    fake_network_behave(network, 0, FAKE_DOWN);
    assert_int_equal(run(seller, "status S-1 --quiet"), EXIT_DONE);
    assert_int_equal(run(seller, "status S-1 --node 0"), EXIT_NODE_DOWN);
    assert_int_equal(run(seller, DELIVER "S-2"), EXIT_DONE);
    all_behave(FAKE_DOWN);
    assert_int_equal(run(seller, "status S-1"), EXIT_NODE_DOWN);
}

static void a_silent_node_times_out(void **state)
{
    (void)state;
    all_behave(FAKE_SILENT);
    assert_int_equal(run(seller, "status S-1"), EXIT_TIMED_OUT);
    all_behave(FAKE_GONE);
    assert_int_equal(run(seller, "status S-1"), EXIT_NODE_DOWN);
}

static void admission_refusals_have_their_codes(void **state)
{
    (void)state;
    all_behave(FAKE_EXPIRED);
    assert_int_equal(run(seller, "cancel S-2 --date DATE --reference Y1 --quiet"), EXIT_EXPIRED);
    all_behave(FAKE_UNKNOWN_KEY);
    assert_int_equal(run(seller, "cancel S-2 --date DATE --reference Y2 --quiet"), EXIT_KEY);
    all_behave(FAKE_NOT_ALLOWED);
    assert_int_equal(run(seller, "status S-1"), EXIT_KEY);
    all_behave(FAKE_BUSY_TWICE);
    assert_int_equal(run(seller, "hold S-2 --date DATE --reference Y3 --quiet"), EXIT_DONE);
    all_behave(FAKE_REPLAYED);
    assert_int_equal(run(seller, "release S-2 --date DATE --reference Y4 --quiet"), EXIT_DONE);
}

static void a_submission_survives_its_node(void **state)
{
    (void)state;
    unsigned before;

    all_behave(LIE_NONE);
    (void)run(seller, "submit --resume --quiet");
    before = fake_network_executed(network);
    fake_network_behave(network, 0, FAKE_GONE);
    /* the decimals of the asset cannot be asked for: nothing is signed */
    assert_int_equal(run(seller, DELIVER "S-3"), EXIT_NODE_DOWN);
    assert_int_equal(fake_network_executed(network), before);
    /* what is signed goes to the next member, whose ledger refuses to cancel what has settled */
    assert_int_equal(run(seller, "cancel S-1 --date DATE --reference Y5 --quiet"), EXIT_REFUSED);
    assert_int_equal(fake_network_executed(network), before + 1);
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
    return 0;
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
        cmocka_unit_test(honest_answers_are_believed),
        cmocka_unit_test(a_receipt_by_way_of_another_node_is_whole),
        cmocka_unit_test(a_receipt_of_another_partys_reference_is_not_ones_own),
        cmocka_unit_test(the_same_again_is_already_there),
        cmocka_unit_test(every_lie_about_one_thing_is_caught),
        cmocka_unit_test(every_lie_about_an_outcome_is_caught),
        cmocka_unit_test(an_old_state_is_caught_by_its_age),
        cmocka_unit_test(nothing_is_signed_upon_an_old_asset),
        cmocka_unit_test(a_node_that_goes_back_is_caught),
        cmocka_unit_test(the_greatest_age_is_a_number_of_seconds),
        cmocka_unit_test(lies_in_lists_are_caught_where_they_can_be),
        cmocka_unit_test(a_node_that_is_down_is_replaced_unless_it_was_asked_for),
        cmocka_unit_test(a_silent_node_times_out),
        cmocka_unit_test(admission_refusals_have_their_codes),
        cmocka_unit_test(a_submission_survives_its_node),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
