/*
 * Goal: every kind of record is read as it was written and in no other form; slots are taken lowest
 * first; what a block touched is known; the leaf of a record depends on kind, slot, salt and bytes.
 */
#include "ledger/state/record.h"

#include <string.h>

#include "ledger/limit/limit.h"
#include "ledger/register/key.h"
#include "ledger/state.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/letter.h"

enum {
    SELLER = WORLD_PARTICIPANT,
    BUYER = WORLD_PARTICIPANT + 1
};

/* A world with at least one record of every kind. */
static void fixture_open(struct world *world)
{
    struct command command;
    struct command buy;
    world_open(world, NULL);
    world_fund(world, SELLER, WORLD_ISIN_1, 100);
    world_fund(world, BUYER, WORLD_EUR, 1000);
    world_trade(world, &(struct world_trade){SELLER, BUYER, WORLD_ISIN_1, 5, 100, WORLD_TODAY},
                &command, &buy);
    (void)world_instruct(world, &command);
    (void)world_instruct(world, &buy);
    world_command(world, COMMAND_RESTRICTION_SET, &command);
    command.restriction_set =
        (struct command_restriction_set){world_bic(SELLER), world_account(WORLD_ISIN_1, 0),
                                         world_asset(WORLD_ISIN_1), RESTRICTION_RESERVATION, 1000};
    assert_int_equal(world_submit(world, SELLER, &command).outcome, OUTCOME_DONE);
    world_command(world, COMMAND_LIMIT_SET, &command);
    command.limit_set = (struct command_limit_set){.bic = world_bic(SELLER),
                                                   .scope = LIMIT_COUNTERPARTY,
                                                   .counterparty = world_bic(BUYER),
                                                   .asset = world_asset(WORLD_EUR),
                                                   .amount = 1000};
    assert_int_equal(world_submit(world, WORLD_OPERATOR, &command).outcome, OUTCOME_DONE);
    world_command(world, COMMAND_RESTRICTION_TYPE_ADD, &command);
    command.restriction_type_add = (struct command_restriction_type_add){
        .processing = RESTRICTION_BLCK,
        .object = RESTRICTION_ON_SECURITIES_ACCOUNT,
        .bic = world_bic(SELLER),
        .account = world_account(WORLD_ISIN_1, 1),
        .negative = true,
        .valid_from = WORLD_TODAY,
        .valid_to = WORLD_MONDAY,
        .rule_count = 2,
        .rules = {{.party = world_bic(BUYER), .movement = MOVEMENT_DELI},
                  {.security = world_asset(WORLD_ISIN_1),
                   .account = world_account(WORLD_ISIN_1, 0),
                   .cash_account = world_account(WORLD_EUR, 0),
                   .currency = world_asset(WORLD_EUR),
                   .payment = PAYMENT_APMT,
                   .credit_debit = CREDIT_DEBIT_CRDT,
                   .transaction_type = TRANSACTION_TRAD}}};
    assert_int_equal(world_submit(world, WORLD_OPERATOR, &command).outcome, OUTCOME_DONE);
    letter_key_add(world, WORLD_BANK, 1, KEY_SUBMIT, 10);
    world_command(world, COMMAND_CASH_IN, &command);
    command.issuance = (struct command_issuance){world_asset(WORLD_EUR), world_bic(SELLER),
                                                 world_account(WORLD_EUR, 0), 5000};
    struct receipt receipt = letter_submit_by(world, WORLD_BANK, 1, &command);
    assert_int_equal(receipt.outcome, OUTCOME_WAITING);
}

static size_t encode(const struct ledger *ledger, enum record_kind kind, uint32_t index,
                     uint8_t *bytes)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, bytes, RECORD_BYTES_MAX);
    record_encode(ledger, kind, index, &writer);
    assert_true(bytes_writer_ok(&writer));
    return writer.size;
}

static const struct salt other_salt = {{7, 7, 7}};

static bool decode(struct ledger *ledger, enum record_kind kind, uint32_t index,
                   const uint8_t *bytes, size_t size)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes, size);
    return record_decode(ledger, kind, index, &other_salt, &reader);
}

/* Is the salt that the record came with its own from then on? */
static bool salt_kept(const struct ledger *ledger, enum record_kind kind, uint32_t index)
{
    struct salt salt;
    record_salt(ledger, kind, index, &salt);
    return memcmp(salt.bytes, other_salt.bytes, SALT_SIZE) == 0;
}

static bool has_nonce(enum record_kind kind)
{
    return kind != RECORD_SCALARS && kind != RECORD_BUSINESS_DAY && kind != RECORD_NONCE &&
           kind != RECORD_REFERENCE;
}

static void test_round_trip_of_every_record(void **state)
{
    struct world world;
    (void)state;
    fixture_open(&world);
    for (uint32_t number = 0; number < RECORD_KIND_COUNT; number++) {
        enum record_kind kind = (enum record_kind)number;
        assert_true(record_count(world.ledger, kind) > 0);
        uint32_t i = 0;
        while ((i = record_next(world.ledger, kind, i)) != RECORD_NONE) {
            uint8_t bytes[RECORD_BYTES_MAX + 1] = {0};
            uint8_t again[RECORD_BYTES_MAX];
            size_t size = encode(world.ledger, kind, i, bytes);
            for (size_t shorter = 0; shorter < size; shorter++) {
                assert_false(decode(world.ledger, kind, i, bytes, shorter));
            }
            assert_false(decode(world.ledger, kind, i, bytes, size + 1));
            assert_true(decode(world.ledger, kind, i, bytes, size));
            assert_int_equal(encode(world.ledger, kind, i, again), size);
            assert_memory_equal(again, bytes, size);
            assert_int_equal(salt_kept(world.ledger, kind, i), has_nonce(kind));
            i++;
        }
    }
    world_close(&world);
}

/* Whatever byte is changed: refused, or read as exactly that. */
static void test_only_canonical_forms_are_read(void **state)
{
    struct world world;
    (void)state;
    fixture_open(&world);
    for (uint32_t number = 0; number < RECORD_KIND_COUNT; number++) {
        enum record_kind kind = (enum record_kind)number;
        uint32_t index = record_next(world.ledger, kind, 0);
        uint8_t kept[RECORD_BYTES_MAX];
        uint8_t again[RECORD_BYTES_MAX];
        size_t size = encode(world.ledger, kind, index, kept);
        for (size_t at = 0; at < size; at++) {
            uint8_t bytes[RECORD_BYTES_MAX];
            memcpy(bytes, kept, size);
            bytes[at] ^= 0x81;
            if (decode(world.ledger, kind, index, bytes, size)) {
                assert_int_equal(encode(world.ledger, kind, index, again), size);
                assert_memory_equal(again, bytes, size);
            }
        }
        assert_true(decode(world.ledger, kind, index, kept, size));
    }
    world_close(&world);
}

static void test_lowest_slot_first(void **state)
{
    struct world world;
    (void)state;
    world_open(&world, NULL);
    struct ledger *ledger = world.ledger;
    assert_int_equal(record_take(ledger, RECORD_DRAFT), 0);
    assert_int_equal(record_take(ledger, RECORD_DRAFT), 1);
    assert_int_equal(record_take(ledger, RECORD_DRAFT), 2);
    record_give(ledger, RECORD_DRAFT, 1);
    assert_int_equal(record_next(ledger, RECORD_DRAFT, 1), 2);
    ledger->drafts[1].command_size = 77;
    assert_int_equal(record_take(ledger, RECORD_DRAFT), 1);
    assert_int_equal(ledger->drafts[1].command_size, 0); /* zeroed */
    assert_false(record_used(ledger, RECORD_DRAFT, 3));
    assert_false(record_used(ledger, RECORD_DRAFT, UINT32_MAX));
    expect_assert_failure(record_give(ledger, RECORD_DRAFT, 3));
    expect_assert_failure(record_touch(ledger, RECORD_DRAFT, UINT32_MAX));
    world_close(&world);
}

static void test_touched_is_of_the_last_block(void **state)
{
    struct world world;
    (void)state;
    world_open(&world, NULL);
    world_fund(&world, SELLER, WORLD_EUR, 5);
    uint32_t position = world_position(&world, SELLER, WORLD_EUR, 0);
    bool found = false;
    for (uint32_t i = record_touched_next(world.ledger, RECORD_POSITION, 0); i != RECORD_NONE;
         i = record_touched_next(world.ledger, RECORD_POSITION, i + 1)) {
        found = found || i == position;
    }
    assert_true(found);
    world_block(&world);
    assert_int_equal(record_touched_next(world.ledger, RECORD_POSITION, 0), RECORD_NONE);
    /* An empty block touches nothing at all. */
    assert_int_equal(record_touched_next(world.ledger, RECORD_SCALARS, 0), RECORD_NONE);
    world_close(&world);
}

static void test_leaf_binds_everything(void **state)
{
    struct salt salt = {{1}};
    struct hash leaf;
    struct hash other;
    (void)state;
    record_leaf(&salt, RECORD_PARTY, 3, "abc", 3, &leaf);
    record_leaf(&salt, RECORD_KEY, 3, "abc", 3, &other);
    assert_false(hash_equal(&leaf, &other));
    record_leaf(&salt, RECORD_PARTY, 4, "abc", 3, &other);
    assert_false(hash_equal(&leaf, &other));
    record_leaf(&salt, RECORD_PARTY, 3, "abd", 3, &other);
    assert_false(hash_equal(&leaf, &other));
    record_leaf(&other_salt, RECORD_PARTY, 3, "abc", 3, &other);
    assert_false(hash_equal(&leaf, &other));
}

/* What most blocks are full of is short: two compressions of BLAKE2b for a settled instruction, and
 * one for a position. */
static void test_common_records_are_short(void **state)
{
    enum {
        COMPRESSED = 128
    };
    struct world world;
    struct command sell;
    struct command buy;
    uint8_t bytes[RECORD_BYTES_MAX];
    (void)state;
    world_open(&world, NULL);
    world_fund(&world, SELLER, WORLD_ISIN_1, 100);
    world_fund(&world, BUYER, WORLD_EUR, 1000);
    world_trade(&world, &(struct world_trade){SELLER, BUYER, WORLD_ISIN_1, 5, 100, WORLD_TODAY},
                &sell, &buy);
    uint32_t index = world_instruct(&world, &sell);
    (void)world_instruct(&world, &buy);
    assert_true(instruction_ended(instruction_view(world.ledger, index)));
    size_t salted = SALT_SIZE + RECORD_PLACE_SIZE;
    assert_true(salted + encode(world.ledger, RECORD_INSTRUCTION, index, bytes) <= 2 * COMPRESSED);
    index = world_position(&world, SELLER, WORLD_ISIN_1, 0);
    assert_true(salted + encode(world.ledger, RECORD_POSITION, index, bytes) <= COMPRESSED);
    world_close(&world);
}

/* A sale that lacks the securities, one of tomorrow, and one that nobody answers. */
static uint32_t open_sale(struct world *world, uint32_t date, bool answered)
{
    struct command sell;
    struct command buy;

    world_trade(world, &(struct world_trade){SELLER, BUYER, WORLD_ISIN_2, 5, 100, date}, &sell,
                &buy);
    uint32_t index = world_instruct(world, &sell);
    if (answered) {
        (void)world_instruct(world, &buy);
    }
    return index;
}

static size_t encode_instruction(const struct instruction *instruction,
                                 uint8_t bytes[RECORD_BYTES_MAX])
{
    struct bytes_writer writer;

    bytes_writer_init(&writer, bytes, RECORD_BYTES_MAX);
    instruction_encode(instruction, &writer);
    assert_true(bytes_writer_ok(&writer));
    return writer.size;
}

static bool record_reads(const uint8_t *bytes, size_t size)
{
    struct instruction read;
    struct instruction_rare rare;
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes, size);
    instruction_decode(&read, &rare, &reader);
    return bytes_reader_done(&reader);
}

static bool instruction_read(const struct instruction *instruction)
{
    uint8_t bytes[RECORD_BYTES_MAX];
    return record_reads(bytes, encode_instruction(instruction, bytes));
}

#define REFUSED_WITH(from, field, wrong)          \
    do {                                          \
        struct instruction changed = (from);      \
        assert_true(instruction_read(&changed));  \
        changed.field = (wrong);                  \
        assert_false(instruction_read(&changed)); \
    } while (0)

/* The same with another byte at one place. */
static bool record_reads_with(uint8_t *bytes, size_t size, size_t at, uint8_t value)
{
    uint8_t was = bytes[at];
    bytes[at] = value;
    bool reads = record_reads(bytes, size);
    bytes[at] = was;
    return reads;
}

/* Writes an instruction's bytes; where they begin to differ from others. */
static size_t write_other(const struct instruction *instruction, const uint8_t *others,
                          uint8_t *bytes, size_t *size)
{
    size_t at = 0;
    *size = encode_instruction(instruction, bytes);
    while (bytes[at] == others[at]) {
        at++;
    }
    return at;
}

/* An instruction waits in one place, and says of that place only; what no ledger writes is not read
 * as a record. */
static void test_a_place_in_a_queue_that_no_ledger_writes_is_refused(void **state)
{
    struct world world;
    (void)state;
    world_open(&world, NULL);
    struct instruction lacking =
        *instruction_view(world.ledger, open_sale(&world, WORLD_TODAY, true));
    struct instruction dated =
        *instruction_view(world.ledger, open_sale(&world, WORLD_TOMORROW, true));
    struct instruction unmatched =
        *instruction_view(world.ledger, open_sale(&world, WORLD_TODAY, false));
    assert_int_equal(lacking.queue, QUEUE_POSITION);
    assert_int_equal(dated.queue, QUEUE_DATE);
    assert_int_equal(unmatched.queue, QUEUE_NONE);

    REFUSED_WITH(lacking, queue, QUEUE_DATE);
    REFUSED_WITH(lacking, waiting_need, -1);
    REFUSED_WITH(lacking, part_least, -1);
    REFUSED_WITH(lacking, part_least, lacking.waiting_need);
    REFUSED_WITH(lacking, counterpart, RECORD_NONE);
    REFUSED_WITH(lacking, terms.movement, MOVEMENT_RECE);
    REFUSED_WITH(lacking, status[DIMENSION_PROCESSING].value, PROCESSING_ENDED);
    REFUSED_WITH(dated, waiting_need, 1);
    REFUSED_WITH(dated, part_least, 1);
    REFUSED_WITH(dated, waiting_for, 20261131);
    REFUSED_WITH(unmatched, queue, QUEUE_DATE);
    REFUSED_WITH(lacking, allegement, ALLEGEMENT_DUE);

    struct instruction limited = lacking;
    limited.queue = QUEUE_LIMIT;
    REFUSED_WITH(limited, waiting_need, 0);
    REFUSED_WITH(limited, part_least, 1);
    world_close(&world);
}

/* The same where an instruction has no memory to say it: in the bytes of its place, which are
 * queue, position, need, least part, date and limit. */
static void test_a_second_place_in_a_queue_is_refused(void **state)
{
    struct world world;
    uint8_t bytes[RECORD_BYTES_MAX];
    uint8_t others[RECORD_BYTES_MAX];
    size_t size = 0;
    (void)state;
    world_open(&world, NULL);
    struct instruction lacking =
        *instruction_view(world.ledger, open_sale(&world, WORLD_TODAY, true));
    assert_int_equal(lacking.part_least, 0);
    struct instruction other = lacking;
    other.waiting_for++;
    (void)encode_instruction(&other, others);
    size_t position = write_other(&lacking, others, bytes, &size);
    other = lacking;
    other.part_least = 1;
    (void)encode_instruction(&other, others);
    size_t date = write_other(&lacking, others, bytes, &size) + 1;
    assert_true(record_reads(bytes, size));
    assert_false(record_reads_with(bytes, size, position - 1, QUEUE_NONE));
    assert_false(record_reads_with(bytes, size, position - 1, QUEUE_LIMIT));
    assert_false(record_reads_with(bytes, size, position - 1, QUEUE_LIMIT + 1));
    assert_false(record_reads_with(bytes, size, position, 0));
    assert_false(record_reads_with(bytes, size, date, 1));
    assert_false(record_reads_with(bytes, size, date + 1, 1));

    lacking.queue = QUEUE_LIMIT;
    size = encode_instruction(&lacking, bytes);
    assert_int_equal(bytes[position], 0);
    assert_true(record_reads(bytes, size));
    assert_false(record_reads_with(bytes, size, position, 1));
    assert_false(record_reads_with(bytes, size, date + 1, 0));

    struct instruction dated =
        *instruction_view(world.ledger, open_sale(&world, WORLD_TOMORROW, true));
    other = dated;
    other.waiting_for++;
    (void)encode_instruction(&other, others);
    date = write_other(&dated, others, bytes, &size);
    assert_int_equal(bytes[date - 4], QUEUE_DATE);
    assert_true(record_reads(bytes, size));
    assert_false(record_reads_with(bytes, size, date - 3, 1));
    world_close(&world);
}

/* An allegement is due or sent as long as an instruction is open and unmatched, with its time. */
static void test_an_allegement_that_no_ledger_writes_is_refused(void **state)
{
    struct world world;
    (void)state;
    world_open(&world, NULL);
    struct instruction matched =
        *instruction_view(world.ledger, open_sale(&world, WORLD_TOMORROW, true));
    struct instruction unmatched =
        *instruction_view(world.ledger, open_sale(&world, WORLD_TODAY, false));
    assert_int_not_equal(unmatched.allegement, ALLEGEMENT_NONE);

    REFUSED_WITH(unmatched, status[DIMENSION_PROCESSING].value, PROCESSING_ENDED);
    REFUSED_WITH(unmatched, allegement, ALLEGEMENT_NONE);
    REFUSED_WITH(unmatched, allegement, ALLEGEMENT_SENT + 1);
    REFUSED_WITH(unmatched, allegement_ms, 0);
    REFUSED_WITH(matched, allegement_ms, WORLD_START_MS);
    REFUSED_WITH(matched, allegement, ALLEGEMENT_DUE);
    matched.allegement_ms = WORLD_START_MS;
    matched.allegement = ALLEGEMENT_SENT;
    assert_false(instruction_read(&matched));

    /* A state that the record has no bits for is not read as the one in those it has. */
    uint8_t bytes[RECORD_BYTES_MAX];
    uint8_t others[RECORD_BYTES_MAX];
    size_t size = 0;
    struct instruction other = unmatched;
    other.allegement = ALLEGEMENT_SENT;
    unmatched.allegement = ALLEGEMENT_DUE;
    (void)encode_instruction(&other, others);
    size_t state_at = write_other(&unmatched, others, bytes, &size);
    assert_int_equal(bytes[state_at], ALLEGEMENT_DUE);
    assert_true(record_reads(bytes, size));
    assert_false(record_reads_with(bytes, size, state_at, ALLEGEMENT_DUE + 4));
    world_close(&world);
}

/* A status as at the submission is left out, and one that is not is counted from there. */
static void test_a_status_has_one_form_only(void **state)
{
    struct world world;
    uint8_t bytes[RECORD_BYTES_MAX];
    uint8_t longer[RECORD_BYTES_MAX];
    struct bytes_writer writer;
    struct bytes_reader reader;
    struct instruction read;
    struct instruction_rare rare;
    (void)state;
    world_open(&world, NULL);
    struct instruction made =
        *instruction_view(world.ledger, open_sale(&world, WORLD_TOMORROW, false));
    for (uint32_t i = 0; i < DIMENSION_COUNT; i++) {
        made.status[i] =
            instruction_status_make(0, REASON_NONE, made.submitted_height, made.submitted_ms);
    }
    made.submitted_ms = WORLD_START_MS;
    bytes_writer_init(&writer, bytes, sizeof(bytes));
    for (uint32_t i = 0; i < DIMENSION_COUNT; i++) {
        made.status[i].time_ms = WORLD_START_MS;
    }
    instruction_encode(&made, &writer);
    size_t size = writer.size;
    bytes_reader_init(&reader, bytes, size);
    instruction_decode(&read, &rare, &reader);
    assert_true(bytes_reader_done(&reader));
    assert_memory_equal(read.status, made.status, sizeof(made.status));

    /* The same, written out: value 0, no reason, no block and no time later. */
    struct instruction told = made;
    told.status[DIMENSION_HOLD_CSD].time_ms++;
    size_t at = write_other(&told, bytes, longer, &size);
    assert_int_equal(longer[at], 1u << DIMENSION_HOLD_CSD);
    assert_int_equal(longer[at + 1], 0);
    assert_int_equal(longer[at + 3], 1);
    assert_true(record_reads(longer, size));
    assert_false(record_reads_with(longer, size, at + 3, 0));
    assert_false(record_reads_with(longer, size, at + 1, 4));  /* a reason, and there is none */
    assert_false(record_reads_with(longer, size, at + 1, 8));  /* as the one before */
    assert_false(record_reads_with(longer, size, at + 1, 16)); /* no such bit */

    /* Two of one time: it is said once. */
    told.status[DIMENSION_PROCESSING].time_ms++;
    (void)write_other(&told, bytes, longer, &size);
    assert_int_equal(longer[at], 1u << DIMENSION_HOLD_CSD | 1u << DIMENSION_PROCESSING);
    assert_int_equal(longer[at + 4], 8);
    assert_true(record_reads(longer, size));
    memmove(longer + at + 7, longer + at + 5, size - at - 5);
    longer[at + 4] = 0;
    longer[at + 5] = 0;
    longer[at + 6] = 1;
    assert_false(record_reads(longer, size + 2));
    longer[at + 6] = 2;
    assert_true(record_reads(longer, size + 2));
    world_close(&world);
}

/* What most instructions do not say is told by bits, and the bytes have to bear them out. */
static void test_what_an_instruction_says_has_one_form_only(void **state)
{
    struct world world;
    uint8_t bytes[RECORD_BYTES_MAX];
    uint8_t other[RECORD_BYTES_MAX];
    struct bytes_writer writer;
    struct bytes_reader reader;
    (void)state;
    world_open(&world, NULL);
    bytes_writer_init(&writer, bytes, sizeof(bytes));
    instruction_encode(instruction_view(world.ledger, open_sale(&world, WORLD_TOMORROW, false)),
                       &writer);
    size_t size = writer.size;
    bytes_reader_init(&reader, bytes, size);
    uint32_t said = bytes_read_number_u32(&reader);
    size_t head = reader.offset;
    assert_true(record_reads(bytes, size));
    for (uint32_t bit = 0; bit < 20; bit++) {
        size_t put = bytes_put_number(other, said ^ 1u << bit);
        memcpy(other + put, bytes + head, size - head);
        /* Two bits of an amount bring no bytes along, and say something else. */
        assert_int_equal(record_reads(other, put + size - head), bit == 1 || bit == 2);
    }
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip_of_every_record),
        cmocka_unit_test(test_only_canonical_forms_are_read),
        cmocka_unit_test(test_a_place_in_a_queue_that_no_ledger_writes_is_refused),
        cmocka_unit_test(test_a_second_place_in_a_queue_is_refused),
        cmocka_unit_test(test_an_allegement_that_no_ledger_writes_is_refused),
        cmocka_unit_test(test_a_status_has_one_form_only),
        cmocka_unit_test(test_what_an_instruction_says_has_one_form_only),
        cmocka_unit_test(test_common_records_are_short),
        cmocka_unit_test(test_lowest_slot_first),
        cmocka_unit_test(test_touched_is_of_the_last_block),
        cmocka_unit_test(test_leaf_binds_everything),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
