/*
 * Goal: whatever command meets a node that lies, it ends with that code and one line that names the
 * node and what to do, shows nothing as if it were true, and leaves nothing half-submitted; the
 * same for a node that says that the envelope came too late, or that its key is unknown. Every
 * command of the program that asks a node has a row, or the test fails.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/verb.h"
#include "crypto/start.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cli/command_run.h"
#include "tests/support/cli/fake_node.h"
#include "tests/support/client/sample_genesis.h"
#include "tests/support/cmocka.h"

/* What a command asks a node for; it decides which lies can be told. */
enum asking {
    ASKS_NOTHING,
    ASKS_STATUS,
    ASKS_LIST,
    ASKS_POINT,
    ASKS_RECEIPT,
    SUBMITS,        /* signs at once */
    LOOKS_UP_FIRST, /* the asset, for its decimals, and signs then */
};

#define INSTRUCTION                                                          \
    "--movement DELI --asset DE000TALY010 --quantity 10 --trade-date DATE "  \
    "--settlement-date DATE --deliverer SELLFRPPXXX --receiver BUYRITMMXXX " \
    "--currency EUR --amount 255.00 --reference "
#define CONTENT " --content 5555555555555555555555555555555555555555555555555555555555555555"

static const struct {
    const char *command;
    enum asking asking;
    unsigned party;
    const char *words; /* after the command; DATE stands for the ledger's date */
} rows[] = {
    {"network init", ASKS_NOTHING, 0, ""},
    {"network up", ASKS_NOTHING, 0, ""},
    {"network down", ASKS_NOTHING, 0, ""},
    {"network status", ASKS_STATUS, SAMPLE_SELLER, ""},
    {"keygen", ASKS_NOTHING, 0, ""},
    {"key show", ASKS_NOTHING, 0, ""},
    {"party add", SUBMITS, SAMPLE_OPERATOR, "--bic NEWPDEFFXXX --name New --date DATE"},
    {"party change", SUBMITS, SAMPLE_OPERATOR,
     "--bic SELLFRPPXXX --roles participant --status active --date DATE"},
    {"key add", SUBMITS, SAMPLE_OPERATOR,
     "--bic SELLFRPPXXX --date DATE --signing "
     "5555555555555555555555555555555555555555555555555555555555555555"},
    {"key revoke", SUBMITS, SAMPLE_OPERATOR,
     "--date DATE --signing 6666666666666666666666666666666666666666666666666666666666666666"},
    {"asset add", SUBMITS, SAMPLE_OPERATOR,
     "--asset XS000TALY028 --name Other --issuer REGIDEFFXXX --account ISSUE --date DATE"},
    {"asset change", SUBMITS, SAMPLE_OPERATOR, "--asset EUR --status active --date DATE"},
    {"account open", SUBMITS, SAMPLE_OPERATOR,
     "--bic SELLFRPPXXX --account NEW --kind cash --date DATE"},
    {"account change", SUBMITS, SAMPLE_OPERATOR,
     "--bic SELLFRPPXXX --account SEC --status open --default --date DATE"},
    {"credit limit", LOOKS_UP_FIRST, SAMPLE_BANK,
     "--bic SELLFRPPXXX --account CASH --currency EUR --amount 5 --date DATE"},
    {"issue", LOOKS_UP_FIRST, SAMPLE_REGISTRAR,
     "--asset DE000TALY010 --bic SELLFRPPXXX --account SEC --quantity 1 --date DATE"},
    {"redeem", LOOKS_UP_FIRST, SAMPLE_REGISTRAR,
     "--asset DE000TALY010 --bic SELLFRPPXXX --account SEC --quantity 1 --date DATE"},
    {"cash in", LOOKS_UP_FIRST, SAMPLE_BANK,
     "--currency EUR --bic BUYRITMMXXX --account CASH --amount 1 --date DATE"},
    {"cash out", LOOKS_UP_FIRST, SAMPLE_BANK,
     "--currency EUR --bic BUYRITMMXXX --account CASH --amount 1 --date DATE"},
    {"submit", LOOKS_UP_FIRST, SAMPLE_SELLER, INSTRUCTION "S-2"},
    {"cancel", SUBMITS, SAMPLE_SELLER, "S-1 --date DATE"},
    {"hold", SUBMITS, SAMPLE_SELLER, "S-1 --date DATE"},
    {"release", SUBMITS, SAMPLE_SELLER, "S-1 --date DATE"},
    {"amend", SUBMITS, SAMPLE_SELLER, "S-1 --priority 3 --date DATE"},
    {"approve", SUBMITS, SAMPLE_SELLER, "S-1 --date DATE" CONTENT},
    {"reject", SUBMITS, SAMPLE_SELLER, "S-1 --date DATE" CONTENT},
    {"allege accept", LOOKS_UP_FIRST, SAMPLE_BUYER,
     "S-1 --bic SELLFRPPXXX --asset DE000TALY010 --quantity 1 --currency EUR --amount 1 --date "
     "DATE"},
    {"allege", ASKS_LIST, SAMPLE_AUDITOR, ""},
    {"limit set", LOOKS_UP_FIRST, SAMPLE_SELLER,
     "EUR --counterparty BUYRITMMXXX --quantity 5 --date DATE"},
    {"limits", ASKS_LIST, SAMPLE_AUDITOR, ""},
    {"restrict", LOOKS_UP_FIRST, SAMPLE_SELLER,
     "SEC DE000TALY010 --kind blocking --quantity 1 --date DATE"},
    {"restrict increase", LOOKS_UP_FIRST, SAMPLE_SELLER,
     "R-1 --asset DE000TALY010 --quantity 1 --date DATE"},
    {"restrict decrease", LOOKS_UP_FIRST, SAMPLE_SELLER,
     "R-1 --asset DE000TALY010 --quantity 1 --date DATE"},
    {"restrict release", SUBMITS, SAMPLE_SELLER, "R-1 --date DATE"},
    {"restrictions", ASKS_LIST, SAMPLE_AUDITOR, ""},
    {"restriction type", SUBMITS, SAMPLE_OPERATOR,
     "block --asset DE000TALY010 --rule type=CORP --except --date DATE"},
    {"restriction end", SUBMITS, SAMPLE_OPERATOR, "RT-1 --date DATE"},
    {"restriction types", ASKS_LIST, SAMPLE_AUDITOR, ""},
    {"key change", SUBMITS, SAMPLE_OPERATOR,
     "--limit 5 --date DATE --signing "
     "6666666666666666666666666666666666666666666666666666666666666666"},
    {"keys", ASKS_LIST, SAMPLE_AUDITOR, ""},
    {"policy set", SUBMITS, SAMPLE_OPERATOR, "--bic SELLFRPPXXX --kinds release --date DATE"},
    {"policies", ASKS_LIST, SAMPLE_AUDITOR, ""},
    {"rules show", ASKS_POINT, SAMPLE_SELLER, "--out /dev/null/none"},
    {"rules add", SUBMITS, SAMPLE_OPERATOR,
     "examples/rules/t2s.rules --from 2027-01-01 --date DATE"},
    {"attorney grant", SUBMITS, SAMPLE_SELLER, "BUYRITMMXXX --date DATE"},
    {"attorney revoke", SUBMITS, SAMPLE_SELLER, "BUYRITMMXXX --date DATE"},
    {"attorneys", ASKS_LIST, SAMPLE_AUDITOR, ""},
    {"submit matched", LOOKS_UP_FIRST, SAMPLE_SELLER,
     "--deliverer-reference S-3 --receiver-reference B-3 --asset DE000TALY010 --quantity 10 "
     "--trade-date DATE --settlement-date DATE --deliverer SELLFRPPXXX --receiver BUYRITMMXXX "
     "--currency EUR --amount 255.00"},
    {"transform", LOOKS_UP_FIRST, SAMPLE_OPERATOR,
     "S-1 --bic SELLFRPPXXX --asset DE000TALY010 --quantity 1 --new-reference S-2 --date DATE"},
    {"forecast", ASKS_LIST, SAMPLE_AUDITOR, ""},
    {"link", SUBMITS, SAMPLE_SELLER, "S-1 AFTE S-2 --date DATE"},
    {"unlink", SUBMITS, SAMPLE_SELLER, "S-1 AFTE S-2 --date DATE"},
    {"links", ASKS_LIST, SAMPLE_AUDITOR, ""},
    {"day", ASKS_LIST, SAMPLE_AUDITOR, ""},
    {"day revise", SUBMITS, SAMPLE_OPERATOR, "dvp-cut-off --until 16:30 --date DATE"},
    {"status", ASKS_POINT, SAMPLE_SELLER, "S-1"},
    {"why", ASKS_POINT, SAMPLE_SELLER, "S-1"},
    {"match explain", ASKS_POINT, SAMPLE_SELLER, "S-1"},
    {"position", ASKS_POINT, SAMPLE_SELLER, "SEC DE000TALY010"},
    {"positions", ASKS_LIST, SAMPLE_AUDITOR, ""},
    {"instructions", ASKS_LIST, SAMPLE_AUDITOR, ""},
    {"exceptions", ASKS_LIST, SAMPLE_AUDITOR, ""},
    {"events", ASKS_LIST, SAMPLE_AUDITOR, ""},
    {"history", ASKS_LIST, SAMPLE_AUDITOR, ""},
    {"drafts", ASKS_LIST, SAMPLE_AUDITOR, ""},
    {"movements", ASKS_LIST, SAMPLE_AUDITOR, ""},
    {"statement", ASKS_LIST, SAMPLE_AUDITOR, ""},
    {"assets", ASKS_LIST, SAMPLE_AUDITOR, ""},
    {"accounts", ASKS_LIST, SAMPLE_AUDITOR, ""},
    {"parties", ASKS_LIST, SAMPLE_AUDITOR, ""},
    {"conservation", ASKS_LIST, SAMPLE_AUDITOR, ""},
    {"receipt", ASKS_RECEIPT, SAMPLE_SELLER, "S-1 --out /dev/null/none"},
    {"verify", ASKS_NOTHING, 0, ""},
    {"help", ASKS_NOTHING, 0, ""},
    {"completion", ASKS_NOTHING, 0, ""},
};

#define ROW_COUNT (sizeof rows / sizeof rows[0])

static const int lies[] = {
    LIE_GARBAGE,   LIE_OTHER_KIND,    LIE_OTHER_ID,       LIE_CONTENT,           LIE_ROOT,
    LIE_SIGNATURE, LIE_NULLIFICATION, LIE_OTHER_ENVELOPE, LIE_WITHHELD_RECEIPTS, LIE_MALFORMED_ROWS,
};

static struct fake_network *network;
static char scratch[] = "/tmp/tally-test-cli.XXXXXX";
static char directories[SAMPLE_PARTY_COUNT][FILE_PATH_SIZE_MAX];
static struct command_run last;

/* Which lies can be told to someone who asks this. */
static bool can_lie(enum asking asking, int lie)
{
    switch (lie) {
    case LIE_GARBAGE:
    case LIE_OTHER_KIND:
    case LIE_OTHER_ID:
        return true;
    case LIE_CONTENT:
    case LIE_ROOT:
    case LIE_SIGNATURE:
    case LIE_NULLIFICATION:
        return asking >= ASKS_POINT;
    case LIE_OTHER_ENVELOPE:
    case LIE_WITHHELD_RECEIPTS:
        return asking >= SUBMITS;
    default:
        return asking == ASKS_LIST;
    }
}

static void all_behave(int behaviour)
{
    for (unsigned i = 0; i < SAMPLE_VALIDATOR_COUNT; i++) {
        fake_network_behave(network, i, behaviour);
    }
}

/* Runs a command line as a party; fills `last`. */
static enum exit_code run(unsigned party, const char *command, const char *words)
{
    char line[1024];

    (void)snprintf(line, sizeof line, "%s %s", command, words);
    command_run(network, directories[party], line, &last);
    return last.code;
}

static void check(size_t row, enum exit_code expected, enum exit_code found, const char *why)
{
    if (found != expected || !command_run_one_clear_line(&last) ||
        (last.shown[0] != 0 && rows[row].asking != ASKS_STATUS)) {
        fail_msg("%s, %s: exit code %d, expected %d; it said \"%s\" and showed \"%s\"",
                 rows[row].command, why, (int)found, (int)expected, last.said, last.shown);
    }
}

/* Nobody has executed it twice, and nothing waits in the spool once an honest node was asked. */
static void check_whole(size_t row, unsigned before)
{
    all_behave(LIE_NONE);
    (void)run(rows[row].party, "submit", "--resume --quiet");
    if (fake_network_executed(network) > before + 1 ||
        (rows[row].asking == LOOKS_UP_FIRST && fake_network_executed(network) != before)) {
        fail_msg("%s: executed %u times", rows[row].command,
                 fake_network_executed(network) - before);
    }
    if (run(rows[row].party, "submit", "--resume --quiet") != EXIT_DONE) {
        fail_msg("%s: something stays in the spool", rows[row].command);
    }
}

static void every_command_has_a_row(void **state)
{
    (void)state;
    const struct verb *verb;

    for (unsigned i = 0; (verb = verb_at(i)) != NULL; i++) {
        size_t row = 0;
        while (row < ROW_COUNT && strcmp(rows[row].command, verb->name) != 0) {
            row++;
        }
        if (row == ROW_COUNT) {
            fail_msg("no row for %s", verb->name);
        }
        /* what may be told a lie says so in its help, and what asks nobody does not */
        assert_int_equal((verb->exits & EXIT_BIT(EXIT_NODE_LIES)) != 0,
                         rows[row].asking != ASKS_NOTHING);
    }
}

static void every_command_catches_every_lie(void **state)
{
    (void)state;
    unsigned told = 0;

    for (size_t row = 0; row < ROW_COUNT; row++) {
        for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
            unsigned before = fake_network_executed(network);
            char why[16];
            if (rows[row].asking == ASKS_NOTHING || !can_lie(rows[row].asking, lies[i])) {
                continue;
            }
            (void)snprintf(why, sizeof why, "lie %d", lies[i]);
            all_behave(lies[i]);
            if (rows[row].asking == LOOKS_UP_FIRST && lies[i] >= LIE_OTHER_ENVELOPE) {
                continue; /* of the asset it tells the truth, and the rest is another row's */
            }
            check(row, EXIT_NODE_LIES, run(rows[row].party, rows[row].command, rows[row].words),
                  why);
            told++;
            if (rows[row].asking >= SUBMITS) {
                check_whole(row, before);
            }
        }
    }
    print_message("%u lies told\n", told);
}

static void every_submission_is_told_that_it_came_too_late(void **state)
{
    (void)state;
    for (size_t row = 0; row < ROW_COUNT; row++) {
        unsigned before = fake_network_executed(network);
        if (rows[row].asking < SUBMITS) {
            continue;
        }
        all_behave(FAKE_EXPIRED);
        check(row, EXIT_EXPIRED, run(rows[row].party, rows[row].command, rows[row].words),
              "expired");
        assert_int_equal(run(rows[row].party, "submit", "--resume --quiet"), EXIT_DONE);
        assert_int_equal(fake_network_executed(network), before);
    }
}

/* What was signed with a key that is not known yet is kept, and done once when it is. */
static void every_submission_is_told_that_its_key_is_unknown(void **state)
{
    (void)state;
    for (size_t row = 0; row < ROW_COUNT; row++) {
        unsigned before = fake_network_executed(network);
        if (rows[row].asking < SUBMITS) {
            continue;
        }
        all_behave(FAKE_UNKNOWN_KEY);
        check(row, EXIT_KEY, run(rows[row].party, rows[row].command, rows[row].words), "key");
        assert_non_null(strstr(last.said, "is spooled"));
        assert_int_equal(fake_network_executed(network), before);
        all_behave(LIE_NONE);
        (void)run(rows[row].party, "submit", "--resume --quiet");
        assert_int_equal(fake_network_executed(network), before + 1);
        assert_int_equal(run(rows[row].party, "submit", "--resume --quiet"), EXIT_DONE);
    }
}

static void every_question_and_submission_finds_its_nodes_down(void **state)
{
    (void)state;
    for (size_t row = 0; row < ROW_COUNT; row++) {
        unsigned before = fake_network_executed(network);
        bool spooled;
        if (rows[row].asking == ASKS_NOTHING) {
            continue;
        }
        all_behave(FAKE_GONE);
        check(row, EXIT_NODE_DOWN, run(rows[row].party, rows[row].command, rows[row].words),
              "gone");
        spooled = strstr(last.said, "is spooled") != NULL;
        assert_int_equal(spooled, rows[row].asking == SUBMITS);
        assert_int_equal(fake_network_executed(network), before);
        all_behave(LIE_NONE);
        (void)run(rows[row].party, "submit", "--resume --quiet");
        assert_int_equal(fake_network_executed(network), before + (spooled ? 1 : 0));
    }
}

/* The same bytes once more, from a spool that was not cleared: answered as there before. */
static void an_envelope_that_was_handed_in_before_is_said_to_be(void **state)
{
    (void)state;
    unsigned before;

    all_behave(LIE_NONE);
    assert_int_equal(run(SAMPLE_SELLER, "submit", INSTRUCTION "R-1 --no-wait"), EXIT_DONE);
    before = fake_network_executed(network);
    all_behave(FAKE_REPLAYED);
    assert_int_equal(run(SAMPLE_SELLER, "submit", "--resume"), EXIT_ALREADY);
    assert_true(command_run_one_clear_line(&last));
    assert_non_null(strstr(last.said, "nothing was done twice"));
    assert_int_equal(fake_network_executed(network), before);
}

static int set_up(void **state)
{
    (void)state;
    if (mkdtemp(scratch) == NULL) {
        return -1;
    }
    network = fake_network_new();
    for (unsigned i = 0; i < SAMPLE_PARTY_COUNT; i++) {
        fake_party_directory(scratch, i, directories[i], sizeof directories[i]);
    }
    all_behave(LIE_NONE);
    if (run(SAMPLE_SELLER, "submit", INSTRUCTION "S-1") != EXIT_DONE) {
        return -1;
    }
    return run(SAMPLE_BUYER, "submit",
               "--movement RECE --asset DE000TALY010 --quantity 10 --trade-date DATE "
               "--settlement-date DATE --deliverer SELLFRPPXXX --receiver BUYRITMMXXX "
               "--currency EUR --amount 255.00 --reference B-1") == EXIT_DONE
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
        cmocka_unit_test(every_command_has_a_row),
        cmocka_unit_test(every_command_catches_every_lie),
        cmocka_unit_test(every_submission_is_told_that_it_came_too_late),
        cmocka_unit_test(every_submission_is_told_that_its_key_is_unknown),
        cmocka_unit_test(every_question_and_submission_finds_its_nodes_down),
        cmocka_unit_test(an_envelope_that_was_handed_in_before_is_said_to_be),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
