/*
 * Goal: what the ledger does becomes rows of the right party: each change of a status with its
 * reason and who must act, what both sides share on both sides, and a draft with what it would do.
 */
#include "node/read_cells.h"

#include <stdio.h>
#include <string.h>

#include "ledger/day/day.h"
#include "ledger/limit/limit.h"
#include "ledger/register/account.h"
#include "ledger/restriction/restriction.h"
#include "ledger/restriction/restriction_type.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/world.h"

enum {
    ALICE = WORLD_PARTICIPANT,
    BOB = WORLD_PARTICIPANT + 1,
    LINES_MAX = 64,
};

enum {
    HISTORY_PARTY = 2,
    HISTORY_REFERENCE = 3,
    HISTORY_EVENT = 4,
    HISTORY_DIMENSION = 5,
    HISTORY_STATUS = 6,
    HISTORY_REASON = 7,
    HISTORY_ACTOR = 8,
    HISTORY_BY = 9,
    HISTORY_QUANTITY = 12,
    HISTORY_AMOUNT = 14,
};

struct fixture {
    struct world world;
    struct command deliver;
    struct command receive;
    struct row_cells lines[LINES_MAX]; /* of the last block */
    unsigned count;
};

static struct fixture fixture;

static void open(void)
{
    world_open(&fixture.world, NULL);
    world_fund(&fixture.world, ALICE, WORLD_ISIN_1, 100);
    world_fund(&fixture.world, BOB, WORLD_EUR, 5000);
    const struct world_trade trade = {.deliverer = ALICE,
                                      .receiver = BOB,
                                      .asset = WORLD_ISIN_1,
                                      .quantity = 10,
                                      .amount = 1000,
                                      .settlement_date = WORLD_TODAY};
    world_trade(&fixture.world, &trade, &fixture.deliver, &fixture.receive);
}

static void event_lines_take(const struct event *event)
{
    for (unsigned side = 0; side < 2; side++) {
        unsigned place = 0;
        assert_true(fixture.count + READ_CELLS_HISTORY_MAX < LINES_MAX);
        while (read_cells_history(fixture.world.ledger, event, side == 1, place,
                                  &fixture.lines[fixture.count])) {
            assert_false(fixture.lines[fixture.count].failed);
            assert_int_equal(fixture.lines[fixture.count].count,
                             list_form_of(LIST_HISTORY)->column_count);
            fixture.count++;
            place++;
            assert_true(place <= READ_CELLS_HISTORY_MAX);
        }
    }
}

/* The history's lines of the last block. */
static void lines_take(void)
{
    const struct world *world = &fixture.world;
    fixture.count = 0;
    for (uint32_t i = 0; i < world->output.event_count; i++) {
        struct event event;
        const struct ledger_leaf *leaf = &world->output.events[i];
        assert_true(event_decode(&event, leaf->bytes, leaf->size));
        struct event first;
        if (event_first(&event, &first)) {
            event_lines_take(&first);
        }
        event_lines_take(&event);
    }
}

/* The one line of a party with this event, dimension and status. */
static const struct row_cells *line_of(uint32_t party, const char *event, const char *dimension,
                                       const char *status)
{
    const struct row_cells *found = NULL;
    struct bic bic = world_bic(party);
    for (unsigned i = 0; i < fixture.count; i++) {
        const struct row_cells *line = &fixture.lines[i];
        if (memcmp(row_cells_at(line, HISTORY_PARTY), bic.text, BIC_SIZE) == 0 &&
            strcmp(row_cells_at(line, HISTORY_EVENT), event) == 0 &&
            strcmp(row_cells_at(line, HISTORY_DIMENSION), dimension) == 0 &&
            strcmp(row_cells_at(line, HISTORY_STATUS), status) == 0) {
            assert_null(found);
            found = line;
        }
    }
    return found;
}

static void the_first_line_says_that_it_is_unmatched(void **state)
{
    (void)state;
    struct receipt receipt;
    struct row_cells line;
    open();
    (void)world_instruct(&fixture.world, &fixture.deliver);
    const struct world *world = &fixture.world;
    const struct ledger_leaf *leaf = &world->output.receipts[world->output.receipt_count - 1];
    assert_true(receipt_decode(&receipt, leaf->bytes, leaf->size));
    assert_true(read_cells_instructed(world->ledger, &receipt, 1, &line));
    assert_false(line.failed);
    assert_int_equal(line.count, list_form_of(LIST_HISTORY)->column_count);
    assert_string_equal(row_cells_at(&line, HISTORY_EVENT), "INSTRUCTED");
    assert_string_equal(row_cells_at(&line, HISTORY_STATUS), "UNMATCHED");
    assert_string_equal(row_cells_at(&line, HISTORY_REASON), "CMIS");
    assert_string_equal(row_cells_at(&line, HISTORY_ACTOR), "counterparty");
    assert_int_equal(strncmp(row_cells_at(&line, HISTORY_REFERENCE), fixture.deliver.reference.text,
                             fixture.deliver.reference.size),
                     0);
    receipt.outcome = OUTCOME_REFUSED;
    assert_false(read_cells_instructed(world->ledger, &receipt, 1, &line));
    receipt.outcome = OUTCOME_DONE;
    receipt.command_kind = COMMAND_HOLD;
    assert_false(read_cells_instructed(world->ledger, &receipt, 1, &line));
    lines_take();
    assert_null(line_of(BOB, "STATUS", "match", "UNMATCHED")); /* nothing in BOB's history */
    world_close(&fixture.world);
}

static void a_settlement_is_in_both_histories(void **state)
{
    (void)state;
    open();
    (void)world_instruct(&fixture.world, &fixture.deliver);
    (void)world_instruct(&fixture.world, &fixture.receive);
    lines_take();
    const uint32_t parties[] = {ALICE, BOB};
    char bob[BIC_SIZE + 1] = "";
    memcpy(bob, world_bic(BOB).text, BIC_SIZE); /* whose command let it settle */
    for (unsigned i = 0; i < 2; i++) {
        const struct row_cells *line = line_of(parties[i], "SETTLED", "", "");
        assert_non_null(line);
        assert_string_equal(row_cells_at(line, HISTORY_QUANTITY), "10");
        assert_string_equal(row_cells_at(line, HISTORY_AMOUNT), "10.00");
        assert_string_equal(row_cells_at(line, HISTORY_BY), bob);
        assert_non_null(line_of(parties[i], "MATCHED", "", ""));
        line = line_of(parties[i], "STATUS", "match", "MATCHED");
        assert_non_null(line);
        line = line_of(parties[i], "STATUS", "settlement", "SETTLED");
        assert_non_null(line);
        assert_string_equal(row_cells_at(line, HISTORY_ACTOR), "");
    }
    world_close(&fixture.world);
}

/* OTHR alone says nothing: whose limit it is, the ledger knows, and each side sees it its way. */
static void history_says_who_must_act_on_a_limit(void **state)
{
    (void)state;
    struct command limit;
    open();
    struct world *world = &fixture.world;
    world_command(world, COMMAND_LIMIT_SET, &limit);
    limit.limit_set = (struct command_limit_set){.bic = world_bic(BOB),
                                                 .scope = LIMIT_COUNTERPARTY,
                                                 .counterparty = world_bic(ALICE),
                                                 .asset = world_asset(WORLD_EUR),
                                                 .amount = 1};
    assert_int_equal(world_submit(world, WORLD_OPERATOR, &limit).outcome, OUTCOME_DONE);
    (void)world_instruct(world, &fixture.deliver);
    (void)world_instruct(world, &fixture.receive);
    lines_take();
    const struct row_cells *own = line_of(BOB, "STATUS", "settlement", "UNSETTLED");
    const struct row_cells *other = line_of(ALICE, "STATUS", "settlement", "UNSETTLED");
    assert_true(own != NULL && other != NULL);
    assert_string_equal(row_cells_at(own, HISTORY_REASON), "OTHR");
    assert_string_equal(row_cells_at(own, HISTORY_ACTOR), "own party");
    assert_string_equal(row_cells_at(other, HISTORY_REASON), "OTHR");
    assert_string_equal(row_cells_at(other, HISTORY_ACTOR), "counterparty");
    world_close(world);
}

static void an_allegement_is_listed_while_it_waits(void **state)
{
    (void)state;
    struct row_cells row;
    struct bic alice = world_bic(ALICE);
    open();
    struct world *world = &fixture.world;
    uint32_t index = world_instruct(world, &fixture.deliver);
    while (world_view(world, index)->allegement == ALLEGEMENT_DUE) {
        assert_false(read_cells_record(world->ledger, LIST_ALLEGEMENTS, index, 0, &row));
        world_day(world, ledger_date(world->ledger) + 1);
    }
    assert_int_equal(world_view(world, index)->allegement, ALLEGEMENT_SENT);
    assert_true(read_cells_record(world->ledger, LIST_ALLEGEMENTS, index, 0, &row));
    assert_false(row.failed);
    const struct list_form *form = list_form_of(LIST_ALLEGEMENTS);
    assert_int_equal(row.count, form->column_count);
    assert_int_equal(form->columns[0].role, LIST_ROLE_PARTY); /* BOB's list */
    assert_int_equal(strncmp(row_cells_at(&row, 1), alice.text, BIC_SIZE), 0);
    assert_string_equal(row_cells_at(&row, 3), "DELI");
    assert_string_equal(row_cells_at(&row, 6), "10");
    assert_string_equal(row_cells_at(&row, 8), "10.00");
    (void)world_instruct(world, &fixture.receive); /* matched: it is over */
    assert_false(read_cells_record(world->ledger, LIST_ALLEGEMENTS, index, 0, &row));
    world_close(world);
}

static void links_and_pool_are_listed_while_open(void **state)
{
    (void)state;
    struct row_cells row;
    open();
    struct world *world = &fixture.world;
    struct command other = fixture.deliver;
    other.reference = world_text("OTHER");
    other.instruct.pool = world_text("BASKET");
    other.instruct.pool_number = 1;
    other.instruct.pool_total = 2;
    other.instruct.link_count = 1;
    other.instruct.links[0] = (struct command_instruct_link){LINK_AFTE, fixture.deliver.reference};
    uint32_t first = world_instruct(world, &fixture.deliver);
    assert_false(read_cells_record(world->ledger, LIST_LINKS, first, 0, &row));
    uint32_t second = world_instruct(world, &other);
    assert_true(read_cells_record(world->ledger, LIST_LINKS, first, 0, &row));
    assert_string_equal(row_cells_at(&row, 2), "BEFO");
    assert_string_equal(row_cells_at(&row, 4), "OTHER");
    assert_false(read_cells_record(world->ledger, LIST_LINKS, first, 1, &row));
    assert_true(read_cells_record(world->ledger, LIST_LINKS, second, 0, &row));
    assert_string_equal(row_cells_at(&row, 2), "AFTE");
    assert_string_equal(row_cells_at(&row, 5), "");
    assert_true(read_cells_record(world->ledger, LIST_LINKS, second, 1, &row));
    assert_string_equal(row_cells_at(&row, 2), "");
    assert_string_equal(row_cells_at(&row, 5), "BASKET");
    assert_string_equal(row_cells_at(&row, 7), "2");
    assert_int_equal(row.count, list_form_of(LIST_LINKS)->column_count);
    assert_false(read_cells_record(world->ledger, LIST_LINKS, second, 2, &row));
    world_close(world);
}

static void a_key_says_what_it_may_do(void **state)
{
    (void)state;
    struct row_cells row;
    open();
    const struct ledger *ledger = fixture.world.ledger;
    uint32_t index = record_next(ledger, RECORD_KEY, 0);
    assert_true(read_cells_record(ledger, LIST_KEYS, index, 0, &row));
    assert_false(row.failed);
    assert_int_equal(row.count, list_form_of(LIST_KEYS)->column_count);
    assert_int_equal(strlen(row_cells_at(&row, 2)), 64);
    assert_string_equal(row_cells_at(&row, 3), "active");
    assert_string_equal(row_cells_at(&row, 5), "all");
    assert_string_equal(row_cells_at(&row, 7), "all");
    assert_false(read_cells_record(ledger, LIST_KEYS, index, 1, &row));
    index = record_next(ledger, RECORD_PARTY, 0);
    assert_true(read_cells_record(ledger, LIST_POLICIES, index, 0, &row));
    assert_int_equal(row.count, list_form_of(LIST_POLICIES)->column_count);
    assert_string_equal(row_cells_at(&row, 1), "none");
    assert_string_equal(row_cells_at(&row, 2), "none");
    world_close(&fixture.world);
}

/* Of a party and of its accounts in one list, under keys of their own. */
static void a_power_of_attorney_says_over_which_account(void **state)
{
    (void)state;
    struct row_cells row;
    struct command grant;
    open();
    struct world *world = &fixture.world;
    uint32_t party = world_party_index(world, ALICE);
    struct text35 id = world_account(WORLD_ISIN_1, 1);
    uint32_t account = account_find(world->ledger, party, &id);
    world_command(world, COMMAND_ATTORNEY_GRANT, &grant);
    grant.attorney.attorney = world_bic(BOB);
    assert_int_equal(world_submit(world, ALICE, &grant).outcome, OUTCOME_DONE);
    world_command(world, COMMAND_ATTORNEY_GRANT, &grant);
    grant.attorney = (struct command_attorney){world_bic(WORLD_BANK), id};
    assert_int_equal(world_submit(world, ALICE, &grant).outcome, OUTCOME_DONE);

    uint32_t of_party = read_cells_number(world->ledger, LIST_ATTORNEYS, RECORD_PARTY, party);
    uint32_t of_account = read_cells_number(world->ledger, LIST_ATTORNEYS, RECORD_ACCOUNT, account);
    assert_true(read_cells_record(world->ledger, LIST_ATTORNEYS, of_party, 0, &row));
    assert_false(row.failed);
    assert_int_equal(row.count, list_form_of(LIST_ATTORNEYS)->column_count);
    assert_memory_equal(row_cells_at(&row, 1), world_bic(BOB).text, BIC_SIZE);
    assert_string_equal(row_cells_at(&row, 2), "all");
    assert_false(read_cells_record(world->ledger, LIST_ATTORNEYS, of_party, 1, &row));
    assert_true(read_cells_record(world->ledger, LIST_ATTORNEYS, of_account, 0, &row));
    assert_memory_equal(row_cells_at(&row, 0), world_bic(ALICE).text, BIC_SIZE);
    assert_memory_equal(row_cells_at(&row, 2), id.text, id.size);
    assert_false(read_cells_record(world->ledger, LIST_ATTORNEYS, of_account, 1, &row));
    for (uint32_t i = 0; i < record_capacity(world->ledger, RECORD_PARTY); i++) {
        assert_int_not_equal(of_account, i); /* no party's key */
    }
    world_close(world);
}

static void a_restriction_says_what_is_left_of_it(void **state)
{
    (void)state;
    struct row_cells row;
    struct command set, less;
    open();
    struct world *world = &fixture.world;
    world_command(world, COMMAND_RESTRICTION_SET, &set);
    set.restriction_set = (struct command_restriction_set){
        .bic = world_bic(ALICE),
        .account = world_account(WORLD_ISIN_1, 0),
        .asset = world_asset(WORLD_ISIN_1),
        .kind = RESTRICTION_RESERVATION,
        .quantity = 130, /* of 100 that there are */
    };
    assert_int_equal(world_submit(world, ALICE, &set).outcome, OUTCOME_DONE);
    uint32_t index = record_next(world->ledger, RECORD_RESTRICTION, 0);
    assert_true(read_cells_record(world->ledger, LIST_RESTRICTIONS, index, 0, &row));
    assert_false(row.failed);
    assert_int_equal(row.count, list_form_of(LIST_RESTRICTIONS)->column_count);
    assert_string_equal(row_cells_at(&row, 5), "reservation");
    assert_string_equal(row_cells_at(&row, 6), "PARTLY SETTLED");
    assert_string_equal(row_cells_at(&row, 7), "LACK");
    assert_string_equal(row_cells_at(&row, 8), "130");
    assert_string_equal(row_cells_at(&row, 10), "100");
    assert_string_equal(row_cells_at(&row, 11), "30");
    assert_false(read_cells_record(world->ledger, LIST_RESTRICTIONS, index, 1, &row));
    world_command(world, COMMAND_RESTRICTION_RELEASE, &less);
    less.restriction_change =
        (struct command_restriction_change){.party = world_bic(ALICE), .reference = set.reference};
    assert_int_equal(world_submit(world, ALICE, &less).outcome, OUTCOME_DONE);
    assert_true(read_cells_record(world->ledger, LIST_RESTRICTIONS, index, 0, &row));
    assert_string_equal(row_cells_at(&row, 6), "CANCELLED");
    world_close(world);
}

static void a_restriction_type_has_a_row_for_each_rule(void **state)
{
    (void)state;
    struct row_cells row;
    struct command type;
    char what[CELL_SIZE];
    open();
    struct world *world = &fixture.world;
    world_command(world, COMMAND_RESTRICTION_TYPE_ADD, &type);
    type.restriction_type_add = (struct command_restriction_type_add){
        .processing = RESTRICTION_CVHD,
        .object = RESTRICTION_ON_SECURITIES_ACCOUNT,
        .bic = world_bic(ALICE),
        .account = world_account(WORLD_ISIN_1, 0),
        .negative = true,
        .valid_from = WORLD_TODAY,
        .rule_count = 2,
        .rules = {{.party = world_bic(ALICE), .movement = MOVEMENT_DELI},
                  {.currency = world_asset(WORLD_EUR), .transaction_type = TRANSACTION_TRAD}}};
    read_cells_what(world->ledger, &type, what);
    assert_string_equal(what, "hold account SEC1 of PARADEFFXXX, 2 rules except");
    assert_int_equal(world_submit(world, WORLD_OPERATOR, &type).outcome, OUTCOME_DONE);
    assert_int_equal(read_cells_list(RECORD_RESTRICTION_TYPE, 0), LIST_RESTRICTION_TYPES);
    assert_true(read_cells_record(world->ledger, LIST_RESTRICTION_TYPES, 0, 0, &row));
    assert_false(row.failed);
    assert_int_equal(row.count, list_form_of(LIST_RESTRICTION_TYPES)->column_count);
    assert_string_equal(row_cells_at(&row, 2), "hold");
    assert_string_equal(row_cells_at(&row, 3), "securities account");
    assert_string_equal(row_cells_at(&row, 4), "PARADEFFXXX");
    assert_string_equal(row_cells_at(&row, 5), "SEC1");
    assert_string_equal(row_cells_at(&row, 8), ""); /* until it is ended */
    assert_string_equal(row_cells_at(&row, 9), "exceptions");
    assert_string_equal(row_cells_at(&row, 11), "PARADEFFXXX");
    assert_string_equal(row_cells_at(&row, 16), "DELI");
    assert_true(read_cells_record(world->ledger, LIST_RESTRICTION_TYPES, 0, 1, &row));
    assert_string_equal(row_cells_at(&row, 10), "2");
    assert_string_equal(row_cells_at(&row, 15), "EUR");
    assert_string_equal(row_cells_at(&row, 19), "TRAD");
    assert_false(read_cells_record(world->ledger, LIST_RESTRICTION_TYPES, 0, 2, &row));
    world_close(world);
}

static void history_says_which_restriction_type_decided(void **state)
{
    (void)state;
    struct command type;
    open();
    struct world *world = &fixture.world;
    world_command(world, COMMAND_RESTRICTION_TYPE_ADD, &type);
    type.reference = world_text("RT-1");
    type.restriction_type_add =
        (struct command_restriction_type_add){.processing = RESTRICTION_CVHD,
                                              .object = RESTRICTION_ON_SECURITY,
                                              .asset = world_asset(WORLD_ISIN_1),
                                              .valid_from = WORLD_TODAY,
                                              .rule_count = 1,
                                              .rules = {{.movement = MOVEMENT_DELI}}};
    assert_int_equal(world_submit(world, WORLD_OPERATOR, &type).outcome, OUTCOME_DONE);
    fixture.deliver.reference = world_text("S-1");
    (void)world_instruct(world, &fixture.deliver);
    lines_take();
    const struct row_cells *line =
        line_of(ALICE, "RESTRICTION_HIT", "validation hold", "RT-1, rule 1");
    assert_non_null(line);
    assert_string_equal(row_cells_at(line, HISTORY_REASON), "CVAL");
    assert_non_null(line_of(WORLD_OPERATOR, "RESTRICTION_HIT", "validation hold", "S-1, rule 1"));
    world_close(world);
}

/* Without rules a type holds whatever names its object: there is no rule to be named. */
static void history_names_no_rule_of_a_type_without(void **state)
{
    (void)state;
    struct command type;
    open();
    struct world *world = &fixture.world;
    world_command(world, COMMAND_RESTRICTION_TYPE_ADD, &type);
    type.reference = world_text("RT-1");
    type.restriction_type_add =
        (struct command_restriction_type_add){.processing = RESTRICTION_CVHD,
                                              .object = RESTRICTION_ON_SECURITY,
                                              .asset = world_asset(WORLD_ISIN_1),
                                              .valid_from = WORLD_TODAY};
    assert_int_equal(world_submit(world, WORLD_OPERATOR, &type).outcome, OUTCOME_DONE);
    fixture.deliver.reference = world_text("S-1");
    (void)world_instruct(world, &fixture.deliver);
    lines_take();
    assert_non_null(line_of(ALICE, "RESTRICTION_HIT", "validation hold", "RT-1"));
    assert_non_null(line_of(WORLD_OPERATOR, "RESTRICTION_HIT", "validation hold", "S-1"));
    world_close(world);
}

static void the_day_has_a_row_for_each_event_and_is_kept(void **state)
{
    (void)state;
    struct row_cells row;
    unsigned place = 0;
    open();
    struct world *world = &fixture.world;
    uint32_t index = record_next(world->ledger, RECORD_BUSINESS_DAY, 0);
    uint64_t key = read_cells_key(world->ledger, LIST_DAY, index);
    while (read_cells_record(world->ledger, LIST_DAY, index, place, &row)) {
        assert_false(row.failed);
        assert_int_equal(row.count, list_form_of(LIST_DAY)->column_count);
        assert_int_equal(strlen(row_cells_at(&row, 0)), 10);
        assert_true(row_cells_at(&row, 1)[0] != 0);
        assert_string_equal(row_cells_at(&row, 3), row_cells_at(&row, 4)); /* nobody moved it */
        place++;
    }
    assert_int_equal(place, day_view(world->ledger)->entry_count);
    assert_string_equal(row_cells_at(&row, 0), ""); /* behind the last there is nothing */
    world_day(world, ledger_date(world->ledger) + 1);
    assert_true(read_cells_key(world->ledger, LIST_DAY, index) >= key + READ_CELLS_ROWS_MAX);
    world_close(world);
}

static void what_a_command_would_do_is_one_line(void **state)
{
    (void)state;
    char what[CELL_SIZE];
    char expected[CELL_SIZE];
    struct bic bob = world_bic(BOB);
    open();
    read_cells_what(fixture.world.ledger, &fixture.deliver, what);
    (void)snprintf(expected, sizeof expected, "DELI 10 %.12s to %.11s against 10.00 EUR",
                   fixture.deliver.instruct.asset.text, bob.text);
    assert_string_equal(what, expected);
    struct command command = {.kind = COMMAND_CASH_IN};
    command.issuance = (struct command_issuance){
        .asset = fixture.deliver.instruct.currency, .bic = bob, .quantity = INT64_MAX};
    read_cells_what(fixture.world.ledger, &command, what);
    assert_non_null(strstr(what, "92233720368547758.07 EUR, account "));
    command = (struct command){.kind = COMMAND_DAY_REVISE};
    command.day_revise = (struct command_day_revise){.event = DAY_DVP_CUT_OFF,
                                                     .currency = fixture.deliver.instruct.currency};
    read_cells_what(fixture.world.ledger, &command, what);
    assert_string_equal(what, "dvp-cut-off of EUR to 1970-01-01T00:00:00.000Z");
    world_close(&fixture.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_line_says_that_it_is_unmatched),
        cmocka_unit_test(a_settlement_is_in_both_histories),
        cmocka_unit_test(history_says_who_must_act_on_a_limit),
        cmocka_unit_test(an_allegement_is_listed_while_it_waits),
        cmocka_unit_test(links_and_pool_are_listed_while_open),
        cmocka_unit_test(a_key_says_what_it_may_do),
        cmocka_unit_test(a_restriction_says_what_is_left_of_it),
        cmocka_unit_test(a_power_of_attorney_says_over_which_account),
        cmocka_unit_test(a_restriction_type_has_a_row_for_each_rule),
        cmocka_unit_test(history_says_which_restriction_type_decided),
        cmocka_unit_test(history_names_no_rule_of_a_type_without),
        cmocka_unit_test(the_day_has_a_row_for_each_event_and_is_kept),
        cmocka_unit_test(what_a_command_would_do_is_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
