#include "tests/support/ledger/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/amount.h"
#include "crypto/sign.h"
#include "crypto/start.h"
#include "ledger/command/envelope.h"
#include "ledger/register/key.h"
#include "ledger/state.h"
#include "ledger/state/invariant.h"
#include "ledger/state/snapshot.h"
#include "ledger/values/date.h"
#include "tests/support/cmocka.h"

enum {
    BLOCK_BYTES_MAX = WORLD_BLOCK_COMMANDS_MAX * 1500,
    MINUTE_MS = 60000,
    ASSETS_MAX = 256, /* as many as there is room for */
};

static const struct world_options small_options = {
    .instructions = 4096, .references = 8192, .wake_budget = 1000};

static const char *const asset_names[WORLD_ASSET_COUNT] = {"US0378331005", "DE0007164600", "EUR",
                                                           "USD"};

struct text35 world_text(const char *text)
{
    struct text35 out;
    bool valid = text35_parse(text, strlen(text), &out);
    assert_true(valid);
    return out;
}

struct bic world_bic(uint32_t party)
{
    static const char *const names[WORLD_PARTICIPANT] = {"OPERDEFFXXX", "BANKDEFFXXX",
                                                         "REGIDEFFXXX"};
    char text[BIC_SIZE + 1];
    struct bic out;
    bool valid;
    assert_true(party < WORLD_PARTY_COUNT);
    if (party < WORLD_PARTICIPANT) {
        valid = bic_parse(names[party], BIC_SIZE, &out);
    } else {
        (void)snprintf(text, sizeof text, "PAR%cDEFFXXX", (char)('A' + party - WORLD_PARTICIPANT));
        valid = bic_parse(text, BIC_SIZE, &out);
    }
    assert_true(valid);
    return out;
}

struct asset_code world_asset(enum world_asset asset)
{
    struct asset_code out;
    bool valid = asset_code_parse(asset_names[asset], strlen(asset_names[asset]), &out);
    assert_true(valid);
    return out;
}

static bool is_cash(enum world_asset asset)
{
    return asset == WORLD_EUR || asset == WORLD_USD;
}

struct text35 world_account(enum world_asset asset, uint32_t number)
{
    char text[8];
    (void)snprintf(text, sizeof text, "%s%u", is_cash(asset) ? "CASH" : "SEC",
                   (unsigned)number + 1);
    return world_text(text);
}

static void key_of(uint32_t party, struct public_key *public_key, struct secret_key *secret_key)
{
    uint8_t seed[32] = {0};
    seed[0] = (uint8_t)(party + 1);
    sign_key_from_seed(seed, public_key, secret_key);
}

static struct command_account_open account_open(uint32_t party, const char *id, uint8_t kind,
                                                bool is_default)
{
    return (struct command_account_open){world_bic(party), world_text(id), kind, is_default};
}

static void people_fill(struct world_people *people)
{
    static const uint32_t roles[WORLD_PARTICIPANT] = {PARTY_OPERATOR, PARTY_SETTLEMENT_BANK,
                                                      PARTY_REGISTRAR};
    uint32_t count = 0;
    for (uint32_t i = 0; i < WORLD_PARTY_COUNT; i++) {
        struct secret_key secret_key;
        people->parties[i] = (struct command_party_add){
            .bic = world_bic(i),
            .name = world_text("A member"),
            .roles = i < WORLD_PARTICIPANT ? roles[i] : (uint32_t)PARTY_PARTICIPANT,
        };
        people->keys[i] = (struct command_key_add){
            .bic = world_bic(i),
            .rights = KEY_SUBMIT | (i == WORLD_OPERATOR ? (uint32_t)KEY_ADMINISTER : 0),
            .amount_limit = INT64_MAX,
            .day_limit = INT64_MAX,
            .person = world_text("KEY 0"),
            .valid_until_ms = UINT64_MAX,
        };
        key_of(i, &people->keys[i].public_key, &secret_key);
    }
    people->accounts[count++] = account_open(WORLD_BANK, "ISSUE", ACCOUNT_CASH, false);
    people->accounts[count++] = account_open(WORLD_REGISTRAR, "ISSUE", ACCOUNT_SECURITIES, false);
    for (uint32_t i = WORLD_PARTICIPANT; i < WORLD_PARTY_COUNT; i++) {
        people->accounts[count++] = account_open(i, "SEC1", ACCOUNT_SECURITIES, true);
        people->accounts[count++] = account_open(i, "SEC2", ACCOUNT_SECURITIES, false);
        people->accounts[count++] = account_open(i, "CASH1", ACCOUNT_CASH, true);
        people->accounts[count++] = account_open(i, "CASH2", ACCOUNT_CASH, false);
    }
    assert_int_equal(count, WORLD_ACCOUNTS_MAX);
    for (uint32_t i = 0; i < WORLD_ASSET_COUNT; i++) {
        people->assets[i] = (struct command_asset_add){
            .code = world_asset((enum world_asset)i),
            .name = world_text("An asset"),
            .kind = is_cash((enum world_asset)i) ? ASSET_CURRENCY : ASSET_SECURITY_UNIT,
            .decimals = is_cash((enum world_asset)i) ? 2 : 0,
            .settlement_unit_min = 1,
            .settlement_unit_multiple = 1,
            .issuer = world_bic(is_cash((enum world_asset)i) ? WORLD_BANK : WORLD_REGISTRAR),
            .issuance_account = world_text("ISSUE"),
        };
    }
}

void world_genesis(struct world_people *people, const struct world_options *options,
                   struct ledger_genesis *genesis)
{
    const struct world_options *chosen = options != NULL ? options : &small_options;

    *genesis = (struct ledger_genesis){.time_ms = WORLD_START_MS};
    people_fill(people);
    people->assets[WORLD_ISIN_2].kind = ASSET_SECURITY_NOMINAL;
    if (chosen->unit_min > 0) {
        people->assets[WORLD_ISIN_2].settlement_unit_min = chosen->unit_min;
        people->assets[WORLD_ISIN_2].settlement_unit_multiple = chosen->unit_multiple;
    }
    memset(genesis->chain_id.bytes, 0x5a, sizeof genesis->chain_id.bytes);
    ledger_capacity_demo(&genesis->capacity);
    genesis->capacity.instructions = chosen->instructions;
    genesis->capacity.matching_entries = 32 * chosen->instructions;
    genesis->capacity.instruction_ties = chosen->instructions;
    genesis->capacity.instruction_particulars = chosen->instructions;
    genesis->capacity.references = chosen->references;
    if (chosen->block_events != 0) {
        genesis->capacity.block_events = chosen->block_events;
    }
    ledger_limits_default(&genesis->limits);
    genesis->limits.instructions_per_party = chosen->instructions;
    genesis->limits.references_per_party = chosen->references;
    rule_set_default(&genesis->rules);
    approval_policy_none(&genesis->rules.approval); /* one key a party: nobody could approve */
    genesis->rules.wake_budget = chosen->wake_budget;
    genesis->rules.optimisation_budget = RULE_OPTIMISATION_BUDGET_MAX; /* never used up */
    genesis->rules.valuation.rate_count = 1;
    genesis->rules.valuation.rate[0] = (struct currency_rate){world_asset(WORLD_USD), 125, 100};
    if (chosen->parts_all_day) {
        genesis->rules.plan.window_count = 1;
        genesis->rules.plan.window[0] = (struct partial_window){5 * 60, 10 * 60};
    }
    if (chosen->retention_days != 0) {
        genesis->rules.retention_days = chosen->retention_days;
    }
    genesis->parties = people->parties;
    genesis->party_count = WORLD_PARTY_COUNT;
    genesis->keys = people->keys;
    genesis->key_count = WORLD_PARTY_COUNT;
    genesis->accounts = people->accounts;
    genesis->account_count = WORLD_ACCOUNTS_MAX;
    genesis->assets = people->assets;
    genesis->asset_count = WORLD_ASSET_COUNT;
}

bool world_lists_none = false;

/* A ledger fresh from the genesis, in memory of its own. */
static struct ledger *ledger_make(const struct world_options *options, uint64_t start_ms,
                                  void **memory)
{
    struct world_people people;
    struct ledger_genesis genesis;
    struct ledger *ledger = NULL;
    size_t size;

    world_genesis(&people, options, &genesis);
    genesis.time_ms = start_ms;
    size = ledger_footprint(&genesis.capacity);
    assert_true(size > 0);
    *memory = aligned_alloc(64, (size + 63) / 64 * 64);
    assert_non_null(*memory);
    memset(*memory, 0, size);
    assert_int_equal(ledger_new(*memory, &genesis, &ledger), GENESIS_OK);
    if (world_lists_none) {
        ledger->matching.listed_max = 0;
    }
    return ledger;
}

void world_open(struct world *world, const struct world_options *options)
{
    world_open_at(world, options, WORLD_START_MS);
}

void world_open_at(struct world *world, const struct world_options *options, uint64_t start_ms)
{
    /* Tests of the simulator have a stand-in for signatures, which keeps another rule. */
    bool started = crypto_start() != CRYPTO_START_NO_LIBRARY;

    assert_true(started);
    memset(world, 0, sizeof *world);
    world->options = options != NULL ? *options : small_options;
    world->ledger = ledger_make(&world->options, start_ms, &world->memory);
    world->bytes = malloc(BLOCK_BYTES_MAX);
    assert_non_null(world->bytes);
    world->replay = status_replay_new();
    world->ts_ms = start_ms + 1000;
}

static void older_forget(struct world *world)
{
    free(world->older_memory);
    world->older_memory = NULL;
    world->older = NULL;
}

void world_optimisation(struct world *world, uint32_t budget, uint32_t pairs)
{
    struct rule_set *rules = &world->ledger->rule_sets[world->ledger->rule_set_current];

    rules->optimisation_budget = budget;
    rules->optimisation_pairs = pairs;
    record_touch(world->ledger, RECORD_RULE_SET, world->ledger->rule_set_current);
}

void world_close(struct world *world)
{
    older_forget(world);
    status_replay_free(world->replay);
    free(world->memory);
    free(world->bytes);
}

static void chunks_copy(struct ledger *from, struct ledger *to,
                        const struct snapshot_manifest *manifest, uint8_t *bytes)
{
    for (uint32_t kind = 0; kind < RECORD_KIND_COUNT; kind++) {
        uint32_t count = snapshot_chunk_count(manifest, (enum record_kind)kind);
        for (uint32_t chunk = 0; chunk < count; chunk++) {
            struct bytes_writer writer;
            bytes_writer_init(&writer, bytes, SNAPSHOT_CHUNK_BYTES_MAX);
            snapshot_chunk_write(from, (enum record_kind)kind, chunk, &writer);
            assert_false(writer.failed);
            assert_int_equal(
                snapshot_restore_chunk(to, (enum record_kind)kind, chunk, bytes, writer.size),
                SNAPSHOT_OK);
        }
    }
}

bool world_restore(struct world *world)
{
    struct snapshot_manifest manifest;
    void *memory;
    struct ledger *restored;
    uint8_t *bytes;

    if (!snapshot_ready(world->ledger)) {
        return false;
    }
    older_forget(world);
    bytes = malloc(SNAPSHOT_CHUNK_BYTES_MAX);
    assert_non_null(bytes);
    restored = ledger_make(&world->options, WORLD_START_MS, &memory);
    snapshot_manifest_take(world->ledger, &manifest);
    assert_int_equal(snapshot_restore_begin(restored, &manifest), SNAPSHOT_OK);
    chunks_copy(world->ledger, restored, &manifest, bytes);
    assert_int_equal(snapshot_restore_end(restored), SNAPSHOT_OK);
    free(bytes);
    world->older = world->ledger;
    world->older_memory = world->memory;
    world->ledger = restored;
    world->memory = memory;
    return true;
}

uint32_t world_party_index(const struct world *world, uint32_t party)
{
    struct bic bic = world_bic(party);
    return party_find(world->ledger, &bic);
}

uint32_t world_asset_index(const struct world *world, enum world_asset asset)
{
    struct asset_code code = world_asset(asset);
    return asset_find(world->ledger, &code);
}

uint32_t world_position(const struct world *world, uint32_t party, enum world_asset asset,
                        uint32_t number)
{
    struct text35 id = world_account(asset, number);
    uint32_t account = account_find(world->ledger, world_party_index(world, party), &id);
    assert_int_not_equal(account, RECORD_NONE);
    return position_find(world->ledger, account, world_asset_index(world, asset));
}

int64_t world_available(const struct world *world, uint32_t party, enum world_asset asset)
{
    uint32_t position = world_position(world, party, asset, 0);
    return position == RECORD_NONE
               ? 0
               : position_view(world->ledger, position)->balance[POSITION_AVAILABLE];
}

void world_command(struct world *world, enum command_kind kind, struct command *out)
{
    char text[16];
    memset(out, 0, sizeof *out);
    (void)snprintf(text, sizeof text, "R%u", (unsigned)world->reference_next++);
    out->kind = (uint8_t)kind;
    out->reference = world_text(text);
    out->date = date_from_ms(world->ts_ms);
}

void world_add(struct world *world, uint32_t party, const struct command *command)
{
    uint8_t bytes[COMMAND_BYTES_MAX];
    struct bytes_writer writer;
    struct envelope_builder builder;
    struct nonce_secret nonce = {0};
    struct public_key public_key;
    struct secret_key secret_key;
    struct bic bic = world_bic(party);
    struct hash id;
    size_t size = 0;
    uint8_t *start = world->bytes + world->bytes_used;
    bool built;

    assert_true(world->envelope_count < WORLD_BLOCK_COMMANDS_MAX);
    bytes_writer_init(&writer, bytes, sizeof bytes);
    command_encode(command, &writer);
    assert_false(writer.failed);
    world->nonce_next++;
    memcpy(nonce.bytes, &world->nonce_next, sizeof world->nonce_next);
    key_of(party, &public_key, &secret_key);
    built = envelope_begin(&builder, start, BLOCK_BYTES_MAX - world->bytes_used,
                           ledger_chain_id(world->ledger), &bic, &public_key, &nonce,
                           world->ts_ms + 5 * MINUTE_MS) &&
            envelope_append(&builder, bytes, writer.size) &&
            envelope_seal(&builder, &secret_key, &size, &id);
    assert_true(built);
    world->envelopes[world->envelope_count++] =
        (struct ledger_envelope){.bytes = start, .size = size};
    world->bytes_used += size;
}

static void check_positions(const struct ledger *ledger)
{
    int64_t sums[ASSETS_MAX] = {0};
    int64_t held[ASSETS_MAX] = {0};
    for (uint32_t i = record_next(ledger, RECORD_POSITION, 0); i != RECORD_NONE;
         i = record_next(ledger, RECORD_POSITION, i + 1)) {
        const struct position *position = position_view(ledger, i);
        assert_true(position->asset < ASSETS_MAX);
        sums[position->asset] += position_held(position);
        if (!position_is_counterweight(ledger, i)) {
            held[position->asset] += position_held(position);
            /* I2 */
            assert_true(position->balance[POSITION_AVAILABLE] >= -position->credit_limit);
        }
    }
    for (uint32_t i = 0; i < record_count(ledger, RECORD_ASSET); i++) {
        /* I1 */
        assert_int_equal(sums[i], 0);
        assert_int_equal(held[i], asset_view(ledger, i)->issued);
    }
}

/* I6: open or ended badly, and yet without a reason? */
static void check_reasons(const struct instruction *instruction)
{
    const struct instruction_status *status = instruction->status;
    if (status[DIMENSION_CANCELLATION].value != CANCELLATION_NONE) {
        assert_int_not_equal(status[DIMENSION_CANCELLATION].reason, REASON_NONE);
    }
    if (status[DIMENSION_MATCH].value == MATCH_UNMATCHED) {
        assert_int_not_equal(status[DIMENSION_MATCH].reason, REASON_NONE);
    } else if (!instruction_ended(instruction)) {
        assert_int_not_equal(status[DIMENSION_SETTLEMENT].reason, REASON_NONE);
    }
}

/* I3: both sides settled alike, in the same block, or neither did. */
static void check_pair(const struct ledger *ledger, uint32_t index)
{
    const struct instruction *one = instruction_view(ledger, index);
    const struct instruction *other = instruction_view(ledger, one->counterpart);
    const struct instruction_status *ones = &one->status[DIMENSION_SETTLEMENT];
    const struct instruction_status *others = &other->status[DIMENSION_SETTLEMENT];
    assert_int_equal(other->counterpart, index);
    assert_int_equal(others->value, ones->value);
    assert_int_equal(other->settled_quantity, one->settled_quantity);
    assert_int_equal(other->settled_amount, one->settled_amount);
    assert_int_equal(instruction_ended(other), instruction_ended(one));
    if (ones->value == SETTLEMENT_SETTLED) {
        assert_int_equal(others->height, ones->height);
    }
}

static void check_instruction(const struct ledger *ledger, uint32_t index)
{
    const struct instruction *instruction = instruction_view(ledger, index);
    bool settled = instruction->status[DIMENSION_SETTLEMENT].value == SETTLEMENT_SETTLED;
    check_reasons(instruction);
    /* I4: settled and left make what was instructed, and the money keeps step. */
    assert_int_equal(instruction->settled_quantity == instruction->terms.quantity,
                     settled || instruction->terms.quantity == 0);
    assert_int_equal(instruction->status[DIMENSION_SETTLEMENT].value ==
                         SETTLEMENT_PARTIALLY_SETTLED,
                     !settled && instruction->settled_quantity > 0);
    if (instruction->terms.quantity > 0) {
        int64_t in_step = -1;
        assert_true(amount_mul_div(instruction->settlement_amount, instruction->settled_quantity,
                                   instruction->terms.quantity, &in_step));
        assert_int_equal(instruction->settled_amount, in_step);
    }
    if (instruction->status[DIMENSION_MATCH].value != MATCH_MATCHED) {
        assert_int_equal(instruction->settled_amount, 0);
    } else if (instruction->counterpart != RECORD_NONE) { /* else it is forgotten already */
        check_pair(ledger, index);
    }
}

static void check_told(struct world *world)
{
    char text[STATUS_REPLAY_TEXT_SIZE];
    if (!status_replay_block(world->replay, world->ledger, &world->output, text)) {
        fail_msg("height %u: %s", (unsigned)world->output.height, text);
    }
}

void world_block(struct world *world)
{
    struct ledger_block block = {
        .height = ledger_height(world->ledger) + 1,
        .ts_ms = world->ts_ms,
        .envelopes = world->envelopes,
        .envelope_count = world->envelope_count,
    };
    const struct ledger *ledger = world->ledger;
    memcpy(block.block_id.bytes, &block.height, sizeof block.height);
    ledger_apply(world->ledger, &block, &world->output);
    assert_int_equal(world->output.skipped_count, 0);
    if (world->older != NULL) {
        struct ledger_output output;
        ledger_apply(world->older, &block, &output);
        assert_memory_equal(&output.result, &world->output.result, sizeof output.result);
        older_forget(world);
    }
    world->ts_ms += 1000;
    world->bytes_used = 0;
    world->envelope_count = 0;
    assert_int_equal(invariant_first_broken(world->ledger), INVARIANT_NONE);
    check_positions(ledger);
    for (uint32_t i = record_next(ledger, RECORD_INSTRUCTION, 0); i != RECORD_NONE;
         i = record_next(ledger, RECORD_INSTRUCTION, i + 1)) {
        check_instruction(ledger, i);
    }
    check_told(world);
}

void world_receipt(const struct world *world, uint32_t index, struct receipt *out)
{
    bool valid;
    assert_true(index < world->output.receipt_count);
    valid = receipt_decode(out, world->output.receipts[index].bytes,
                           world->output.receipts[index].size);
    assert_true(valid);
}

void world_settle_down(struct world *world)
{
    do {
        world_block(world);
    } while (world->output.more_due);
}

void world_day(struct world *world, uint32_t date)
{
    /* 09:00 of a business day is always that settlement day. */
    uint64_t ts_ms = (uint64_t)date_to_days(date) * DATE_DAY_MS + 9 * 60 * MINUTE_MS;
    assert_true(ts_ms > world->ts_ms);
    world->ts_ms = ts_ms;
    world_block(world);
    assert_int_equal(ledger_date(world->ledger), date);
}

struct receipt world_submit(struct world *world, uint32_t party, const struct command *command)
{
    struct receipt receipt;
    world_add(world, party, command);
    world_block(world);
    assert_int_equal(world->output.receipt_count, 1);
    world_receipt(world, 0, &receipt);
    return receipt;
}

uint32_t world_instruct(struct world *world, const struct command *command)
{
    const struct bic *bic = command->instruct.movement == MOVEMENT_DELI
                                ? &command->instruct.deliverer
                                : &command->instruct.receiver;
    struct receipt receipt;
    uint32_t party = 0;
    uint32_t index;
    struct bic candidate = world_bic(party);
    while (!bic_equal(&candidate, bic)) {
        party++;
        candidate = world_bic(party);
    }
    receipt = world_submit(world, party, command);
    assert_string_equal(reason_code(receipt.reason), "");
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    index = instruction_find(world->ledger, world_party_index(world, party), &command->reference);
    assert_int_not_equal(index, RECORD_NONE);
    return index;
}

void world_fund(struct world *world, uint32_t party, enum world_asset asset, int64_t quantity)
{
    struct command command;
    struct receipt receipt;
    world_command(world, is_cash(asset) ? COMMAND_CASH_IN : COMMAND_ISSUE, &command);
    command.issuance = (struct command_issuance){
        .asset = world_asset(asset),
        .bic = world_bic(party),
        .account = world_account(asset, 0),
        .quantity = quantity,
    };
    receipt = world_submit(world, is_cash(asset) ? WORLD_BANK : WORLD_REGISTRAR, &command);
    assert_string_equal(reason_code(receipt.reason), "");
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
}

struct receipt world_target(struct world *world, uint32_t sender, enum command_kind kind,
                            uint32_t instruction, uint8_t hold, uint8_t priority)
{
    const struct instruction *view = world_view(world, instruction);
    struct command command;
    world_command(world, kind, &command);
    command.target = (struct command_target){
        .party = party_view(world->ledger, view->party)->bic,
        .reference = view->reference,
        .hold = hold,
        .priority = priority,
    };
    return world_submit(world, sender, &command);
}

void world_trade(struct world *world, const struct world_trade *trade, struct command *deliver,
                 struct command *receive)
{
    bool free_of_payment = trade->amount == 0;
    world_command(world, COMMAND_INSTRUCT, deliver);
    deliver->instruct = (struct command_instruct){
        .payment = free_of_payment ? PAYMENT_FREE : PAYMENT_APMT,
        .movement = MOVEMENT_DELI,
        .asset = world_asset(trade->asset),
        .quantity = trade->quantity,
        .settlement_date = trade->settlement_date,
        .deliverer = world_bic(trade->deliverer),
        .receiver = world_bic(trade->receiver),
        .deliverer_depository = world_bic(WORLD_OPERATOR),
        .receiver_depository = world_bic(WORLD_OPERATOR),
        .amount = trade->amount,
        .priority = PRIORITY_NORMAL,
        .partial = PARTIAL_NPAR,
        .transaction_type = TRANSACTION_TRAD,
    };
    if (!free_of_payment) {
        deliver->instruct.currency = world_asset(WORLD_EUR);
        deliver->instruct.credit_debit = CREDIT_DEBIT_CRDT;
    }
    world_command(world, COMMAND_INSTRUCT, receive);
    receive->instruct = deliver->instruct;
    receive->instruct.movement = MOVEMENT_RECE;
    receive->instruct.credit_debit =
        free_of_payment ? CREDIT_DEBIT_NONE : (uint8_t)CREDIT_DEBIT_DBIT;
}

const struct instruction *world_view(const struct world *world, uint32_t instruction)
{
    return instruction_view(world->ledger, instruction);
}

void world_assert_status(const struct world *world, uint32_t instruction,
                         enum instruction_dimension dimension, uint8_t value, enum reason reason)
{
    const struct instruction_status *status = &world_view(world, instruction)->status[dimension];
    assert_int_equal(status->value, value);
    assert_string_equal(reason_code(status->reason), reason_code(reason));
}

uint32_t world_event_count(const struct world *world, enum event_kind kind)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < world->output.event_count; i++) {
        struct event event;
        bool valid =
            event_decode(&event, world->output.events[i].bytes, world->output.events[i].size);
        assert_true(valid);
        bool matched = event.kind == EVENT_SETTLED && event.value != 0;
        count += event.kind == kind || (kind == EVENT_MATCHED && matched) ? 1 : 0;
    }
    return count;
}
