/*
 * The read model: whole blocks or nothing, each party sees its own, and no text of a client is ever
 * taken for SQL.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/read_model.h"
#include "node/read_model_sql.h"
#include "tests/support/cmocka.h"

enum {
    ANSWER_SIZE = 1 << 20
};

#define ALICE "ALICEDEFXXX"
#define BOB   "BOBBUS33XXX"

static char path[64];
static struct hash chain_id = {{1, 2, 3}};
static struct read_model *model;
static struct read_model_reader *reader;
static uint8_t answer_bytes[ANSWER_SIZE];
static size_t answer_size;
static struct read_model_answer answer;

static const struct read_model_viewer alice = {ALICE, false};
static const struct read_model_viewer bob = {BOB, false};
static const struct read_model_viewer auditor = {"AUDITFFXXXX", true};

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(path, sizeof(path), "/tmp/tally-read-model-%d", (int)getpid());
    (void)unlink(path);
    assert_int_equal(read_model_open(path, &chain_id, &model), READ_MODEL_OK);
    assert_int_equal(read_model_reader_open(path, &reader), READ_MODEL_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    char side_file[80];
    read_model_reader_close(reader);
    read_model_close(model);
    (void)unlink(path);
    (void)snprintf(side_file, sizeof(side_file), "%s-wal", path);
    (void)unlink(side_file);
    (void)snprintf(side_file, sizeof(side_file), "%s-shm", path);
    (void)unlink(side_file);
    return 0;
}

static void copy(char *out, size_t size, const char *text)
{
    assert_true(strlen(text) < size);
    memset(out, 0, size);
    memcpy(out, text, strlen(text));
}

static struct row_instruction instruction(uint64_t sequence, const char *party,
                                          const char *counterparty, const char *status,
                                          const char *reason)
{
    struct row_instruction row;
    memset(&row, 0, sizeof(row));
    row.sequence = sequence;
    copy(row.party, sizeof(row.party), party);
    (void)snprintf(row.reference, sizeof(row.reference), "REF%llu", (unsigned long long)sequence);
    copy(row.counterparty, sizeof(row.counterparty), counterparty);
    copy(row.account, sizeof(row.account), sequence % 2 == 0 ? "SAFE2" : "SAFE1");
    copy(row.asset, sizeof(row.asset), "DE0007164600");
    row.alleged = strcmp(status, "NMAT") == 0;
    copy(row.movement, sizeof(row.movement), "DELI");
    copy(row.payment, sizeof(row.payment), "APMT");
    copy(row.currency, sizeof(row.currency), "EUR");
    copy(row.trade_date, sizeof(row.trade_date), "2026-11-20");
    copy(row.settlement_date, sizeof(row.settlement_date),
         sequence % 3 == 0 ? "2026-11-24" : "2026-11-23");
    copy(row.status, sizeof(row.status), status);
    copy(row.reason, sizeof(row.reason), reason);
    row.actor = ROW_ACTOR_COUNTERPARTY;
    row.quantity_decimals = 0;
    row.amount_decimals = 2;
    row.quantity = 100;
    row.amount = INT64_C(1234567890123456789);
    row.since_height = 7;
    row.since_ms = 70;
    return row;
}

static void feed_instruction(uint64_t height, const struct row_instruction *row)
{
    assert_int_equal(read_model_begin(model, height, height * 10), READ_MODEL_OK);
    read_model_put_instruction(model, row);
    assert_int_equal(read_model_commit(model), READ_MODEL_OK);
}

static enum read_model_status ask(const struct read_model_viewer *viewer,
                                  const struct read_model_question *question, size_t capacity)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, answer_bytes, capacity);
    enum read_model_status status = read_model_list(reader, viewer, question, &writer, &answer);
    answer_size = writer.size;
    assert_false(writer.failed);
    return status;
}

/* The sequences of the instructions listed, in order; returns how many. */
static size_t ask_sequences(const struct read_model_viewer *viewer, enum list_kind list,
                            const struct list_filter *filter, uint64_t *sequences)
{
    struct read_model_question question = {.list = list, .row_limit = 100};
    if (filter != NULL) {
        question.filter = *filter;
    }
    assert_int_equal(ask(viewer, &question, ANSWER_SIZE), READ_MODEL_OK);
    struct bytes_reader bytes;
    bytes_reader_init(&bytes, answer_bytes, answer_size);
    for (size_t i = 0; i < answer.row_count; i++) {
        struct row_instruction row;
        assert_true(row_instruction_read(&bytes, &row));
        sequences[i] = row.sequence;
    }
    assert_true(bytes_reader_done(&bytes));
    return answer.row_count;
}

static int64_t integer(const char *sql)
{
    sqlite3 *database = NULL;
    int64_t value = 0;
    assert_int_equal(read_model_sql_open(path, false, &database), READ_MODEL_OK);
    assert_int_equal(read_model_sql_integer(database, sql, -1, &value), READ_MODEL_OK);
    (void)sqlite3_close(database);
    return value;
}

/* Four instructions: alice 1 (unmatched), alice 2 (settled), bob 3 (unmatched), bob 4 (failing). */
static void feed_four(void)
{
    struct row_instruction rows[] = {
        instruction(1, ALICE, BOB, "NMAT", "CMIS"),
        instruction(2, ALICE, BOB, "SETT", ""),
        instruction(3, BOB, ALICE, "NMAT", "CMIS"),
        instruction(4, BOB, ALICE, "PENF", "LACK"),
    };
    assert_int_equal(read_model_begin(model, 5, 50), READ_MODEL_OK);
    for (size_t i = 0; i < 4; i++) {
        read_model_put_instruction(model, &rows[i]);
    }
    assert_int_equal(read_model_commit(model), READ_MODEL_OK);
}

static void test_a_block_is_there_whole_or_not_at_all(void **state)
{
    (void)state;
    uint64_t sequences[8];
    struct row_instruction row = instruction(1, ALICE, BOB, "NMAT", "CMIS");
    assert_int_equal(read_model_begin(model, 1, 10), READ_MODEL_OK);
    read_model_put_instruction(model, &row);
    assert_int_equal(ask_sequences(&alice, LIST_INSTRUCTIONS, NULL, sequences), 0);
    read_model_abandon(model);
    assert_int_equal(read_model_height(model), 0);
    feed_instruction(2, &row);
    assert_int_equal(read_model_height(model), 2);
    assert_int_equal(ask_sequences(&alice, LIST_INSTRUCTIONS, NULL, sequences), 1);
    assert_int_equal(answer.height, 2);
    read_model_close(model);
    assert_int_equal(read_model_open(path, &chain_id, &model), READ_MODEL_OK);
    assert_int_equal(read_model_height(model), 2);
}

static void test_another_chain_or_version_is_refused(void **state)
{
    (void)state;
    struct hash other = chain_id;
    other.bytes[0] ^= 1;
    struct read_model *none = NULL;
    assert_int_equal(read_model_open(path, &other, &none), READ_MODEL_FORMAT);
    assert_null(none);
    assert_int_equal(read_model_open("/nonexistent/place", &chain_id, &none), READ_MODEL_FAILED);

    /* as an older release made it: neither fed nor asked */
    sqlite3 *database = NULL;
    struct read_model_reader *unread = NULL;
    assert_int_equal(read_model_sql_open(path, true, &database), READ_MODEL_OK);
    assert_int_equal(read_model_sql_run(database, "PRAGMA user_version = 2"), READ_MODEL_OK);
    (void)sqlite3_close(database);
    assert_int_equal(read_model_open(path, &chain_id, &none), READ_MODEL_FORMAT);
    assert_null(none);
    assert_int_equal(read_model_reader_open(path, &unread), READ_MODEL_FORMAT);
    assert_null(unread);
}

static void test_a_party_sees_its_own_and_what_is_alleged(void **state)
{
    (void)state;
    uint64_t seen[8];
    feed_four();
    assert_int_equal(ask_sequences(&alice, LIST_INSTRUCTIONS, NULL, seen), 2);
    assert_true(seen[0] == 1 && seen[1] == 2);
    assert_int_equal(ask_sequences(&auditor, LIST_INSTRUCTIONS, NULL, seen), 4);
    assert_int_equal(ask_sequences(&alice, LIST_EXCEPTIONS, NULL, seen), 2);
    struct row_instruction untold = instruction(6, BOB, ALICE, "NMAT", "CMIS");
    untold.alleged = false; /* BOB has just instructed; nobody was told */
    feed_instruction(6, &untold);
    assert_int_equal(ask_sequences(&alice, LIST_EXCEPTIONS, NULL, seen), 2);
    assert_true(seen[0] == 1 && seen[1] == 3); /* 3 is alleged; 4 is bob's own failure */
    assert_int_equal(ask_sequences(&bob, LIST_EXCEPTIONS, NULL, seen), 4);
    struct list_filter bobs = {.party = BOB};
    assert_int_equal(ask_sequences(&alice, LIST_INSTRUCTIONS, &bobs, seen), 1);
    assert_int_equal(seen[0], 3);
    struct bytes_reader bytes;
    struct row_instruction row;
    bytes_reader_init(&bytes, answer_bytes, answer_size);
    assert_true(row_instruction_read(&bytes, &row));
    assert_string_equal(row.account, ""); /* the other's account stays hidden */
    bobs = (struct list_filter){.party = BOB, .account = "SAFE1"};
    assert_int_equal(ask_sequences(&alice, LIST_INSTRUCTIONS, &bobs, seen), 0);
    assert_int_equal(ask_sequences(&auditor, LIST_INSTRUCTIONS, &bobs, seen), 1);
}

static void test_filters(void **state)
{
    (void)state;
    uint64_t seen[8];
    feed_four();
    struct list_filter filter = {.status = "NMAT"};
    assert_int_equal(ask_sequences(&auditor, LIST_INSTRUCTIONS, &filter, seen), 2);
    filter = (struct list_filter){.reason = "LACK"};
    assert_int_equal(ask_sequences(&auditor, LIST_INSTRUCTIONS, &filter, seen), 1);
    filter = (struct list_filter){.account = "SAFE2", .party = BOB};
    assert_int_equal(ask_sequences(&auditor, LIST_INSTRUCTIONS, &filter, seen), 1);
    assert_int_equal(seen[0], 4);
    filter = (struct list_filter){.date_from = "2026-11-24", .date_to = "2026-11-30"};
    assert_int_equal(ask_sequences(&auditor, LIST_INSTRUCTIONS, &filter, seen), 1);
    assert_int_equal(seen[0], 3);
    filter = (struct list_filter){.asset = "US0378331005"};
    assert_int_equal(ask_sequences(&auditor, LIST_INSTRUCTIONS, &filter, seen), 0);
    filter = (struct list_filter){.reference = "REF2"};
    assert_int_equal(ask_sequences(&alice, LIST_INSTRUCTIONS, &filter, seen), 1);
}

static void test_texts_are_never_sql(void **state)
{
    (void)state;
    static const char *const attempts[] = {
        "' OR '1'='1", "x'; DROP TABLE events; --", "%", "_", "?1", "REF1' --"};
    uint64_t seen[8];
    feed_four();
    for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
        struct list_filter filter;
        memset(&filter, 0, sizeof(filter));
        copy(filter.reference, sizeof(filter.reference), attempts[i]);
        assert_int_equal(ask_sequences(&auditor, LIST_INSTRUCTIONS, &filter, seen), 0);
        copy(filter.account, sizeof(filter.account), attempts[i]);
        assert_int_equal(ask_sequences(&alice, LIST_EXCEPTIONS, &filter, seen), 0);
    }
    assert_int_equal(integer("SELECT count(*) FROM events"), 0);
    struct row_account row;
    memset(&row, 0, sizeof(row));
    copy(row.party, sizeof(row.party), ALICE);
    copy(row.account, sizeof(row.account), "'); DELETE FROM model; --");
    assert_int_equal(read_model_begin(model, 6, 60), READ_MODEL_OK);
    read_model_put_account(model, &row);
    assert_int_equal(read_model_commit(model), READ_MODEL_OK);
    assert_int_equal(integer("SELECT height FROM model"), 6);
}

static void test_pages_follow_each_other_without_gap(void **state)
{
    (void)state;
    assert_int_equal(read_model_begin(model, 1, 10), READ_MODEL_OK);
    for (uint64_t sequence = 1; sequence <= 25; sequence++) {
        struct row_instruction row = instruction(sequence, ALICE, BOB, "NMAT", "CMIS");
        read_model_put_instruction(model, &row);
    }
    assert_int_equal(read_model_commit(model), READ_MODEL_OK);
    struct read_model_question question = {.list = LIST_INSTRUCTIONS, .row_limit = 10};
    uint32_t total = 0;
    size_t capacity = ANSWER_SIZE;
    do {
        assert_int_equal(ask(&alice, &question, capacity), READ_MODEL_OK);
        total += answer.row_count;
        question.cursor = answer.cursor_next;
        capacity = 600; /* from here on a page ends where the bytes end */
    } while (answer.cursor_next != 0);
    assert_int_equal(total, 25);
    question.cursor = 0;
    assert_int_equal(ask(&alice, &question, 20), READ_MODEL_TOO_LARGE);
    question.cursor = UINT64_MAX;
    assert_int_equal(ask(&alice, &question, ANSWER_SIZE), READ_MODEL_OK);
    assert_int_equal(answer.row_count, 0);
}

/* A row of the list of drafts. */
static void draft(struct row_cells *row, const char *party, const char *reference)
{
    row_cells_begin(row);
    row_cells_add(row, party);
    row_cells_add(row, reference);
    while (row->count < list_form_of(LIST_DRAFTS)->column_count) {
        row_cells_add(row, "7");
    }
}

static void test_a_row_of_a_form_is_its_partys_and_goes_with_its_record(void **state)
{
    (void)state;
    struct read_model_question question = {.list = LIST_DRAFTS, .row_limit = 10};
    struct row_cells row;
    assert_int_equal(read_model_begin(model, 1, 10), READ_MODEL_OK);
    draft(&row, ALICE, "D-1");
    read_model_put_cells(model, LIST_DRAFTS, 4, &row);
    draft(&row, ALICE, "D-2");
    read_model_put_cells(model, LIST_DRAFTS, 4, &row); /* the slot was used again */
    draft(&row, BOB, "D-2");
    read_model_put_cells(model, LIST_DRAFTS, 5, &row);
    assert_int_equal(read_model_commit(model), READ_MODEL_OK);
    assert_int_equal(ask(&alice, &question, ANSWER_SIZE), READ_MODEL_OK);
    assert_int_equal(answer.row_count, 1);
    struct bytes_reader bytes;
    bytes_reader_init(&bytes, answer_bytes, answer_size);
    assert_true(row_cells_read(&bytes, list_form_of(LIST_DRAFTS)->column_count, &row));
    assert_true(bytes_reader_done(&bytes));
    assert_string_equal(row_cells_at(&row, 0), ALICE);
    assert_string_equal(row_cells_at(&row, 1), "D-2");
    assert_int_equal(ask(&auditor, &question, ANSWER_SIZE), READ_MODEL_OK);
    assert_int_equal(answer.row_count, 2);
    copy(question.filter.party, sizeof question.filter.party, ALICE);
    assert_int_equal(ask(&bob, &question, ANSWER_SIZE), READ_MODEL_OK);
    assert_int_equal(answer.row_count, 0);
    copy(question.filter.party, sizeof question.filter.party, "");
    copy(question.filter.reference, sizeof question.filter.reference, "D-1");
    assert_int_equal(ask(&auditor, &question, ANSWER_SIZE), READ_MODEL_OK);
    assert_int_equal(answer.row_count, 0);
    copy(question.filter.reference, sizeof question.filter.reference, "D-2");
    assert_int_equal(read_model_begin(model, 2, 20), READ_MODEL_OK);
    read_model_remove_cells(model, LIST_DRAFTS, 5, 6);
    read_model_remove_cells(model, LIST_DRAFTS, 6, 100); /* never was */
    assert_int_equal(read_model_commit(model), READ_MODEL_OK);
    assert_int_equal(ask(&auditor, &question, ANSWER_SIZE), READ_MODEL_OK);
    assert_int_equal(answer.row_count, 1);
}

/* Every form can be kept, and asked for with every filter set. */
static void test_every_form_is_kept_and_asked_for(void **state)
{
    (void)state;
    const struct list_form *form;
    assert_int_equal(read_model_begin(model, 1, 10), READ_MODEL_OK);
    for (unsigned i = 0; (form = list_form_at(i)) != NULL; i++) {
        struct row_cells row;
        if (form->live) {
            continue;
        }
        row_cells_begin(&row);
        while (row.count < form->column_count) {
            row_cells_add(&row, "2026-11-22");
        }
        read_model_put_cells(model, form->kind, 1, &row);
    }
    assert_int_equal(read_model_commit(model), READ_MODEL_OK);
    for (unsigned i = 0; (form = list_form_at(i)) != NULL; i++) {
        struct read_model_question question = {.list = form->kind, .row_limit = 10};
        if (form->live) {
            continue;
        }
        assert_int_equal(ask(&auditor, &question, ANSWER_SIZE), READ_MODEL_OK);
        assert_int_equal(answer.row_count, 1);
        copy(question.filter.date_from, sizeof question.filter.date_from, "2026-11-22");
        copy(question.filter.date_to, sizeof question.filter.date_to, "2026-11-22");
        assert_int_equal(ask(&auditor, &question, ANSWER_SIZE), READ_MODEL_OK);
        assert_int_equal(answer.row_count, 1);
        copy(question.filter.date_to, sizeof question.filter.date_to, "2026-11-21");
        copy(question.filter.party, sizeof question.filter.party, ALICE);
        copy(question.filter.account, sizeof question.filter.account, "X");
        copy(question.filter.asset, sizeof question.filter.asset, "EUR");
        copy(question.filter.reference, sizeof question.filter.reference, "X");
        copy(question.filter.status, sizeof question.filter.status, "PEND");
        copy(question.filter.reason, sizeof question.filter.reason, "LACK");
        assert_int_equal(ask(&alice, &question, ANSWER_SIZE), READ_MODEL_OK);
        assert_int_equal(answer.row_count, 0);
    }
}

static void test_reasons_are_in_words(void **state)
{
    (void)state;
    assert_int_equal(integer("SELECT count(*) FROM reasons WHERE reason = 'LACK'"
                             " AND meaning = 'lack of securities'"),
                     1);
}

static void test_positions_assets_accounts_parties_and_events(void **state)
{
    (void)state;
    struct row_party party = {.party = ALICE, .roles = 9};
    copy(party.name, sizeof(party.name), "Alice & Sons");
    struct row_asset asset = {.asset = "DE0007164600", .issuer = BOB, .decimals = 0};
    asset.issued = 1000;
    struct row_account account = {.party = ALICE, .account = "SAFE1", .blocked = true};
    struct row_position position = {.party = ALICE, .account = "SAFE1", .asset = "DE0007164600"};
    struct row_event event = {.height = 1, .name = "SETTLED", .party = ALICE, .reference = "REF1"};
    assert_int_equal(read_model_begin(model, 1, 10), READ_MODEL_OK);
    read_model_put_party(model, &party);
    read_model_put_asset(model, &asset);
    read_model_put_account(model, &account);
    position.available = 5;
    read_model_put_position(model, &position);
    position.available = INT64_MIN;
    position.on_loan = INT64_MAX;
    read_model_put_position(model, &position); /* replaces */
    read_model_add_event(model, &event);
    copy(event.party, sizeof(event.party), BOB);
    read_model_add_event(model, &event); /* the same event, the other party */
    assert_int_equal(read_model_commit(model), READ_MODEL_OK);
    static const enum list_kind lists[] = {LIST_PARTIES, LIST_ASSETS, LIST_ACCOUNTS, LIST_POSITIONS,
                                           LIST_EVENTS};
    static const uint16_t of_bob[] = {1, 1, 0, 0, 1};
    static const uint16_t of_auditor[] = {1, 1, 1, 1, 2};
    for (size_t i = 0; i < 5; i++) {
        struct read_model_question question = {.list = lists[i], .row_limit = 10};
        assert_int_equal(ask(&bob, &question, ANSWER_SIZE), READ_MODEL_OK);
        assert_int_equal(answer.row_count, of_bob[i]);
        assert_int_equal(ask(&auditor, &question, ANSWER_SIZE), READ_MODEL_OK);
        assert_int_equal(answer.row_count, of_auditor[i]);
    }
    struct read_model_question question = {.list = LIST_POSITIONS, .row_limit = 10};
    assert_int_equal(ask(&alice, &question, ANSWER_SIZE), READ_MODEL_OK);
    struct bytes_reader bytes;
    struct row_position found;
    bytes_reader_init(&bytes, answer_bytes, answer_size);
    assert_true(row_position_read(&bytes, &found));
    assert_true(found.available == INT64_MIN && found.on_loan == INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_block_is_there_whole_or_not_at_all, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_another_chain_or_version_is_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_party_sees_its_own_and_what_is_alleged, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_filters, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_texts_are_never_sql, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_pages_follow_each_other_without_gap, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_row_of_a_form_is_its_partys_and_goes_with_its_record,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_every_form_is_kept_and_asked_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_reasons_are_in_words, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_positions_assets_accounts_parties_and_events, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
