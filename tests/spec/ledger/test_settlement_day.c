/*
 * Goal: a whole settlement day on the bare ledger, hour by hour: what each step of the script
 * (tests/support/ledger/settlement_day.h) comes to, and what is told of each instruction at the
 * hours that matter. The same script runs in the simulator and on real nodes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/start.h"
#include "ledger/state.h"
#include "ledger/values/date.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/settlement_day.h"

enum {
    A = WORLD_PARTICIPANT,
    B,
    C,
    D
};

struct show {
    struct settlement_day day;
    struct hash chain_id;
    struct ledger *ledger;
    void *memory;
    uint32_t next; /* step */
    uint32_t statements;
};

static void block(struct show *show, uint64_t ts_ms, const struct ledger_envelope *envelope,
                  enum outcome outcome)
{
    struct ledger_output output;
    struct ledger_block made = {.height = ledger_height(show->ledger) + 1,
                                .ts_ms = ts_ms,
                                .envelopes = envelope,
                                .envelope_count = envelope == NULL ? 0 : 1};
    memcpy(made.block_id.bytes, &made.height, sizeof made.height);
    ledger_apply(show->ledger, &made, &output);
    for (uint32_t i = 0; i < output.event_count; i++) {
        struct event event;
        bool readable = event_decode(&event, output.events[i].bytes, output.events[i].size);
        assert_true(readable);
        show->statements += event.kind == EVENT_STATEMENTS ? 1 : 0;
    }
    if (envelope != NULL) {
        struct receipt receipt;
        bool readable = receipt_decode(&receipt, output.receipts[0].bytes, output.receipts[0].size);
        assert_true(readable);
        if (receipt.outcome != outcome) {
            print_message("%s: %s %s %s\n", show->day.steps[show->next].say,
                          reason_code(receipt.reason), detail_name(receipt.detail),
                          field_name(receipt.field));
        }
        assert_string_equal(outcome_name((enum outcome)receipt.outcome), outcome_name(outcome));
    }
    assert_int_equal(invariant_first_broken(show->ledger), INVARIANT_NONE);
}

/* Blocks come with the steps, and whenever something falls due: until this hour. */
static void play(struct show *show, uint64_t until_ms)
{
    while (true) {
        bool more =
            show->next < show->day.step_count && show->day.steps[show->next].ts_ms <= until_ms;
        uint64_t to_ms = more ? show->day.steps[show->next].ts_ms : until_ms;
        uint64_t due_ms = business_day_next_ms(show->ledger->business_day);
        while (due_ms <= to_ms) {
            block(show, due_ms, NULL, OUTCOME_NONE);
            due_ms = business_day_next_ms(show->ledger->business_day);
        }
        if (!more) {
            block(show, to_ms, NULL, OUTCOME_NONE);
            return;
        }
        uint8_t bytes[SETTLEMENT_DAY_ENVELOPE_SIZE];
        struct ledger_envelope envelope = {
            .bytes = bytes,
            .size = settlement_day_envelope(&show->day, show->next, &show->chain_id, bytes)};
        block(show, to_ms, &envelope, show->day.steps[show->next].outcome);
        show->next++;
    }
}

static uint64_t hour(uint32_t hours, uint32_t minutes)
{
    return (uint64_t)date_to_days(WORLD_TODAY) * DATE_DAY_MS + (hours * 60ull + minutes) * 60000ull;
}

static void said(const struct show *show, uint32_t party, const char *reference,
                 const char *expected)
{
    char status[32];
    settlement_day_status(show->ledger, party, reference, status);
    if (strcmp(status, expected) != 0) {
        print_message("%s: %s\n", reference, status);
    }
    assert_string_equal(status, expected);
}

static void show_open(struct show *show)
{
    struct ledger_genesis genesis;
    bool started = crypto_start() != CRYPTO_START_NO_LIBRARY;
    assert_true(started);
    memset(show, 0, sizeof *show);
    memset(show->chain_id.bytes, 0x5a, sizeof show->chain_id.bytes);
    settlement_day_make(&show->day);
    settlement_day_genesis(&show->day, &show->chain_id, &genesis);
    size_t size = ledger_footprint(&genesis.capacity);
    show->memory = aligned_alloc(64, (size + 63) / 64 * 64);
    assert_non_null(show->memory);
    memset(show->memory, 0, size);
    assert_int_equal(ledger_new(show->memory, &genesis, &show->ledger), GENESIS_OK);
}

static void test_a_whole_settlement_day(void **state)
{
    static struct show show;
    (void)state;
    show_open(&show);
    play(&show, hour(9, 12));
    said(&show, A, "PLAIN", "SETTLED");
    said(&show, B, "LARGE-R", "-"); /* a draft is no instruction */
    play(&show, hour(9, 26));
    said(&show, A, "LARGE", "SETTLED"); /* released by second persons on both sides */
    play(&show, hour(9, 31));
    said(&show, A, "CIRCLE1", "SETTLED"); /* freed together */
    said(&show, B, "CIRCLE2", "SETTLED");
    said(&show, C, "CIRCLE3", "SETTLED");
    play(&show, hour(9, 51));
    said(&show, B, "BLOCKED", "PENDING BLOC");
    said(&show, D, "BLOCKED-R", "PENDING BLOC");
    said(&show, C, "PART", "PENDING LACK");
    said(&show, D, "PART-R", "PENDING CLAC");
    play(&show, hour(10, 1)); /* in a partial window: what is there is delivered */
    said(&show, C, "PART", "PART SETTLED, PENDING PART");
    said(&show, D, "PART-R", "PART SETTLED, PENDING PART");
    play(&show, hour(13, 1));
    said(&show, B, "BLOCKED", "SETTLED");
    play(&show, hour(15, 59));
    said(&show, D, "FAIL", "PENDING LACK");
    said(&show, A, "FAIL-R", "PENDING CLAC");
    play(&show, hour(16, 50));
    said(&show, A, "EXTENDED", "SETTLED");
    said(&show, A, "DOLLARS", "FAILING LATE");
    said(&show, D, "DOLLARS-R", "FAILING LATE");
    said(&show, A, "LATE", "FAILING LATE");
    assert_int_equal(show.statements, 0);
    play(&show, hour(18, 1));
    said(&show, D, "FAIL", "FAILING LACK");
    said(&show, A, "FAIL-R", "FAILING CLAC");
    assert_int_equal(show.statements, 1);
    play(&show, hour(18, 46)); /* Friday has begun */
    assert_int_equal(ledger_date(show.ledger), WORLD_TOMORROW);
    said(&show, D, "FAIL", "PENDING LACK");
    said(&show, A, "LATE", "PENDING LATE");
    play(&show, hour(20, 1)); /* and its settlement has opened */
    said(&show, A, "LATE", "SETTLED");
    said(&show, A, "DOLLARS", "SETTLED");
    said(&show, D, "FAIL", "PENDING LACK"); /* recycled, and still short of 15 */
    play(&show, show.day.end_ms);
    said(&show, D, "FAIL", "SETTLED");
    char text[SETTLEMENT_DAY_TEXT_SIZE];
    settlement_day_tell(&show.day, show.ledger, text);
    assert_string_equal(text, settlement_day_expected());
    free(show.memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_whole_settlement_day)};
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
