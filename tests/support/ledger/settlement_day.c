#include "tests/support/ledger/settlement_day.h"

#include <stdio.h>
#include <string.h>

#include "crypto/sign.h"
#include "ledger/command/envelope.h"
#include "ledger/day/business_day.h"
#include "ledger/register/account.h"
#include "ledger/register/asset.h"
#include "ledger/register/key.h"
#include "ledger/register/party.h"
#include "ledger/state.h"
#include "ledger/values/date.h"
#include "tests/support/cmocka.h"

enum {
    A = WORLD_PARTICIPANT,
    B,
    C,
    D,
    MINUTE_MS = 60000,
    KEY_LIMIT = 10000000, /* of who asks, for participants: EUR 100,000.00 */
};

static uint64_t at(uint32_t date, uint32_t hour, uint32_t minute)
{
    return (uint64_t)date_to_days(date) * DATE_DAY_MS + (hour * 60ull + minute) * MINUTE_MS;
}

static void key_pair(uint32_t party, uint32_t key, struct public_key *public_key,
                     struct secret_key *secret_key)
{
    uint8_t seed[32] = {0};
    seed[0] = (uint8_t)(party + 1);
    seed[1] = (uint8_t)key;
    sign_key_from_seed(seed, public_key, secret_key);
}

static void people_make(struct settlement_day *day)
{
    static const uint32_t roles[] = {PARTY_OPERATOR, PARTY_SETTLEMENT_BANK, PARTY_REGISTRAR};
    for (uint32_t i = 0; i < WORLD_PARTY_COUNT; i++) {
        bool participant = i >= WORLD_PARTICIPANT;
        day->parties[i] = (struct command_party_add){
            .bic = world_bic(i),
            .name = world_text("A member"),
            .roles = participant ? (uint32_t)PARTY_PARTICIPANT : roles[i],
        };
        for (uint32_t key = 0; key < 2; key++) {
            struct command_key_add *add = &day->keys[2 * i + key];
            struct secret_key secret;
            uint32_t asks = KEY_SUBMIT | (i == WORLD_OPERATOR ? (uint32_t)KEY_ADMINISTER : 0u);
            *add = (struct command_key_add){
                .bic = world_bic(i),
                .rights = key == 0 ? asks : (uint32_t)KEY_APPROVE,
                .person = world_text(key == 0 ? "ASKS" : "APPROVES"),
                .day_limit = INT64_MAX,
                .amount_limit = participant && key == 0 ? KEY_LIMIT : INT64_MAX,
                .valid_until_ms = UINT64_C(4102444800000),
            };
            key_pair(i, key, &add->public_key, &secret);
        }
    }
}

/* ------------------------------------------------------------------------------ the script */

/* The next step; its command has the kind, a reference and the day's date. */
static struct command *step(struct settlement_day *day, const char *say, uint64_t ts_ms,
                            uint32_t party, enum command_kind kind, const char *reference)
{
    struct settlement_day_step *made = &day->steps[day->step_count++];
    assert_true(day->step_count <= SETTLEMENT_DAY_STEP_MAX);
    made->say = say;
    made->ts_ms = ts_ms;
    made->party = party;
    made->outcome = OUTCOME_DONE;
    made->command.kind = (uint8_t)kind;
    made->command.reference = world_text(reference);
    made->command.date = WORLD_TODAY;
    return &made->command;
}

/* The step before waits for a second person, who approves it now. */
static void approved(struct settlement_day *day, const char *say, uint64_t ts_ms,
                     const char *reference)
{
    struct settlement_day_step *asked = &day->steps[day->step_count - 1];
    struct command *command = step(day, say, ts_ms, asked->party, COMMAND_APPROVE, reference);
    struct command decoded;
    uint8_t bytes[COMMAND_BYTES_MAX];
    struct bytes_writer writer;
    struct bic bic = world_bic(asked->party);
    bytes_writer_init(&writer, bytes, sizeof bytes);
    command_encode(&asked->command, &writer);
    bool readable = command_decode(&decoded, &bic, bytes, writer.size);
    assert_true(readable);
    asked->outcome = OUTCOME_WAITING;
    command->approval.reference = asked->command.reference;
    command->approval.content = decoded.content;
    day->steps[day->step_count - 1].key = 1;
}

static void set_up(struct settlement_day *day)
{
    uint64_t ts_ms = at(WORLD_TODAY, 8, 50);
    static char references[64][8];
    uint32_t count = 0;
    struct command *command;
    for (uint32_t i = WORLD_BANK; i < WORLD_PARTICIPANT + 4; i++) {
        for (uint32_t cash = 0; cash < 2; cash++) {
            bool issuer = i < WORLD_PARTICIPANT;
            if (issuer && (cash == 1) != (i == WORLD_BANK)) {
                continue;
            }
            (void)snprintf(references[count], 8, "OPEN%u", (unsigned)count);
            command = step(day, "an account is opened", ts_ms, WORLD_OPERATOR, COMMAND_ACCOUNT_OPEN,
                           references[count++]);
            command->account_open = (struct command_account_open){
                world_bic(i),
                issuer ? world_text("ISSUE") : world_account(cash ? WORLD_EUR : WORLD_ISIN_1, 0),
                cash ? ACCOUNT_CASH : ACCOUNT_SECURITIES, !issuer};
        }
    }
    for (uint32_t i = 0; i < WORLD_ASSET_COUNT; i++) {
        bool cash = i >= WORLD_EUR;
        (void)snprintf(references[count], 8, "ADD%u", (unsigned)i);
        command = step(day, "an asset is added", ts_ms, WORLD_OPERATOR, COMMAND_ASSET_ADD,
                       references[count++]);
        command->asset_add = (struct command_asset_add){
            .code = world_asset((enum world_asset)i),
            .name = world_text("An asset"),
            .kind = cash ? ASSET_CURRENCY : ASSET_SECURITY_UNIT,
            .decimals = cash ? 2 : 0,
            .settlement_unit_min = 1,
            .settlement_unit_multiple = 1,
            .issuer = world_bic(cash ? WORLD_BANK : WORLD_REGISTRAR),
            .issuance_account = world_text("ISSUE"),
        };
    }
}

static void fund(struct settlement_day *day, uint64_t ts_ms, const char *reference, uint32_t party,
                 enum world_asset asset, int64_t quantity)
{
    bool cash = asset >= WORLD_EUR;
    struct command *command = step(day, cash ? "cash is paid in" : "securities are issued", ts_ms,
                                   cash ? WORLD_BANK : WORLD_REGISTRAR,
                                   cash ? COMMAND_CASH_IN : COMMAND_ISSUE, reference);
    command->issuance = (struct command_issuance){world_asset(asset), world_bic(party),
                                                  world_account(asset, 0), quantity};
}

struct deal {
    const char *reference; /* of the deliverer; the receiver's has "-R" */
    uint32_t deliverer;
    uint32_t receiver;
    enum world_asset asset;
    int64_t quantity;
    int64_t amount; /* 0: free of payment */
    enum world_asset currency;
    uint8_t partial;
};

static struct command *instruct(struct settlement_day *day, const char *say, uint64_t ts_ms,
                                const struct deal *deal, bool receives)
{
    char reference[16];
    struct command *command;
    (void)snprintf(reference, sizeof reference, "%s%s", deal->reference, receives ? "-R" : "");
    command = step(day, say, ts_ms, receives ? deal->receiver : deal->deliverer, COMMAND_INSTRUCT,
                   reference);
    command->instruct = (struct command_instruct){
        .payment = deal->amount == 0 ? PAYMENT_FREE : PAYMENT_APMT,
        .movement = receives ? MOVEMENT_RECE : MOVEMENT_DELI,
        .asset = world_asset(deal->asset),
        .quantity = deal->quantity,
        .settlement_date = WORLD_TODAY,
        .deliverer = world_bic(deal->deliverer),
        .receiver = world_bic(deal->receiver),
        .deliverer_depository = world_bic(WORLD_OPERATOR),
        .receiver_depository = world_bic(WORLD_OPERATOR),
        .amount = deal->amount,
        .priority = PRIORITY_NORMAL,
        .partial = deal->partial == 0 ? PARTIAL_NPAR : deal->partial,
        .transaction_type = TRANSACTION_TRAD,
    };
    if (deal->amount > 0) {
        command->instruct.currency = world_asset(deal->currency);
        command->instruct.credit_debit = receives ? CREDIT_DEBIT_DBIT : CREDIT_DEBIT_CRDT;
    }
    return command;
}

static void both(struct settlement_day *day, const char *say, uint64_t ts_ms,
                 const struct deal *deal)
{
    (void)instruct(day, say, ts_ms, deal, false);
    (void)instruct(day, say, ts_ms, deal, true);
}

static void account_set(struct settlement_day *day, const char *say, uint64_t ts_ms,
                        const char *reference, uint32_t party, uint8_t status)
{
    struct command *command =
        step(day, say, ts_ms, WORLD_OPERATOR, COMMAND_ACCOUNT_CHANGE, reference);
    command->account_change = (struct command_account_change){
        world_bic(party), world_account(WORLD_ISIN_1, 0), status, true};
}

static void morning(struct settlement_day *day)
{
    const struct deal plain = {"PLAIN", A, B, WORLD_ISIN_1, 10, 500000, WORLD_EUR, 0};
    const struct deal large = {"LARGE", A, B, WORLD_ISIN_1, 40, 20000000, WORLD_EUR, 0};
    const struct deal circle[] = {{"CIRCLE1", A, B, WORLD_ISIN_2, 60, 300000, WORLD_EUR, 0},
                                  {"CIRCLE2", B, C, WORLD_ISIN_2, 60, 300000, WORLD_EUR, 0},
                                  {"CIRCLE3", C, A, WORLD_ISIN_2, 60, 300000, WORLD_EUR, 0}};
    const struct deal part = {"PART", C, D, WORLD_ISIN_1, 100, 10000000, WORLD_EUR, PARTIAL_PARQ};
    const struct deal blocked = {"BLOCKED", B, D, WORLD_ISIN_1, 5, 0, WORLD_EUR, 0};
    fund(day, at(WORLD_TODAY, 9, 0), "FUND1", A, WORLD_ISIN_1, 200);
    fund(day, at(WORLD_TODAY, 9, 0), "FUND2", B, WORLD_EUR, 50000000);
    fund(day, at(WORLD_TODAY, 9, 0), "FUND3", C, WORLD_ISIN_1, 40);
    fund(day, at(WORLD_TODAY, 9, 0), "FUND4", D, WORLD_EUR, 50000000);
    fund(day, at(WORLD_TODAY, 9, 0), "FUND5", D, WORLD_USD, 50000000);
    both(day, "an ordinary delivery against payment", at(WORLD_TODAY, 9, 5), &plain);
    (void)instruct(day, "B receives a large one: above its key's limit, it waits",
                   at(WORLD_TODAY, 9, 10), &large, true);
    approved(day, "a second person at B releases it", at(WORLD_TODAY, 9, 15), "APPROVE1");
    (void)instruct(day, "A delivers the large one: above its limit too", at(WORLD_TODAY, 9, 20),
                   &large, false);
    approved(day, "a second person at A releases it", at(WORLD_TODAY, 9, 25), "APPROVE2");
    for (uint32_t i = 0; i < 3; i++) {
        both(day, "a circle: nobody holds what he delivers", at(WORLD_TODAY, 9, 30), &circle[i]);
    }
    account_set(day, "the operator blocks B's account", at(WORLD_TODAY, 9, 40), "BLOCK", B,
                ACCOUNT_BLOCKED);
    both(day, "a free delivery out of the blocked account", at(WORLD_TODAY, 9, 45), &blocked);
    both(day, "C has 40 of the 100 that it delivers", at(WORLD_TODAY, 9, 50), &part);
    account_set(day, "the account is free again", at(WORLD_TODAY, 13, 0), "UNBLOCK", B,
                ACCOUNT_OPEN);
}

static void afternoon(struct settlement_day *day)
{
    const struct deal fail = {"FAIL", D, A, WORLD_ISIN_1, 100, 1200000, WORLD_EUR, 0};
    const struct deal extended = {"EXTENDED", A, D, WORLD_ISIN_1, 10, 500000, WORLD_EUR, 0};
    const struct deal dollars = {"DOLLARS", A, D, WORLD_ISIN_1, 10, 500000, WORLD_USD, 0};
    const struct deal late = {"LATE", A, D, WORLD_ISIN_1, 20, 900000, WORLD_EUR, 0};
    struct command *command;
    both(day, "D has not what it delivers to A", at(WORLD_TODAY, 15, 0), &fail);
    command = step(day, "the operator asks for half an hour more, for the euro",
                   at(WORLD_TODAY, 15, 40), WORLD_OPERATOR, COMMAND_DAY_REVISE, "EXTEND");
    command->day_revise = (struct command_day_revise){DAY_DVP_CUT_OFF, world_asset(WORLD_EUR),
                                                      at(WORLD_TODAY, 16, 30)};
    approved(day, "a second person at the operator approves", at(WORLD_TODAY, 15, 45), "APPROVE3");
    both(day, "in euros, within the half hour", at(WORLD_TODAY, 16, 10), &extended);
    both(day, "in dollars, past the cut-off", at(WORLD_TODAY, 16, 11), &dollars);
    both(day, "in euros, past the moved cut-off", at(WORLD_TODAY, 16, 45), &late);
    /* Friday began at 18:45 and opened at 20:00: late ones settle; then D gets what it lacks. */
    fund(day, at(WORLD_TODAY, 20, 30), "FUND6", D, WORLD_ISIN_1, 50);
    day->end_ms = at(WORLD_TODAY, 20, 45);
}

void settlement_day_make(struct settlement_day *day)
{
    memset(day, 0, sizeof *day);
    people_make(day);
    set_up(day);
    morning(day);
    afternoon(day);
}

/* ------------------------------------------------------------------------- running and telling */

void settlement_day_genesis(const struct settlement_day *day, const struct hash *chain_id,
                            struct ledger_genesis *genesis)
{
    *genesis = (struct ledger_genesis){.chain_id = *chain_id, .time_ms = at(WORLD_TODAY, 8, 45)};
    ledger_capacity_demo(&genesis->capacity);
    ledger_limits_default(&genesis->limits);
    rule_set_default(&genesis->rules);
    genesis->parties = day->parties;
    genesis->party_count = WORLD_PARTY_COUNT;
    genesis->keys = day->keys;
    genesis->key_count = SETTLEMENT_DAY_KEYS;
}

size_t settlement_day_envelope(const struct settlement_day *day, uint32_t number,
                               const struct hash *chain_id,
                               uint8_t bytes[SETTLEMENT_DAY_ENVELOPE_SIZE])
{
    const struct settlement_day_step *made = &day->steps[number];
    struct envelope_builder builder;
    struct public_key public_key;
    struct secret_key secret_key;
    struct nonce_secret nonce = {{1}};
    struct bic bic = world_bic(made->party);
    uint8_t command[COMMAND_BYTES_MAX];
    struct bytes_writer writer;
    struct hash id;
    size_t size = 0;
    assert_true(number < day->step_count);
    nonce.bytes[1] = (uint8_t)number;
    key_pair(made->party, made->key, &public_key, &secret_key);
    bytes_writer_init(&writer, command, sizeof command);
    command_encode(&made->command, &writer);
    assert_true(bytes_writer_ok(&writer));
    bool made_whole = envelope_begin(&builder, bytes, SETTLEMENT_DAY_ENVELOPE_SIZE, chain_id, &bic,
                                     &public_key, &nonce, made->ts_ms + 30 * MINUTE_MS) &&
                      envelope_append(&builder, command, writer.size) &&
                      envelope_seal(&builder, &secret_key, &size, &id);
    assert_true(made_whole);
    return size;
}

void settlement_day_status_text(const struct instruction_status status[DIMENSION_COUNT],
                                char out[32])
{
    if (status[DIMENSION_SETTLEMENT].value == SETTLEMENT_SETTLED) {
        (void)snprintf(out, 32, "SETTLED");
    } else if (status[DIMENSION_CANCELLATION].value == CANCELLATION_CANCELLED) {
        (void)snprintf(out, 32, "CANCELLED %s", reason_code(status[DIMENSION_CANCELLATION].reason));
    } else if (status[DIMENSION_MATCH].value == MATCH_UNMATCHED) {
        (void)snprintf(out, 32, "UNMATCHED %s", reason_code(status[DIMENSION_MATCH].reason));
    } else {
        bool failing = status[DIMENSION_PROCESSING].value == PROCESSING_FAILING;
        bool partly = status[DIMENSION_SETTLEMENT].value == SETTLEMENT_PARTIALLY_SETTLED;
        (void)snprintf(out, 32, "%s%s %s", partly ? "PART SETTLED, " : "",
                       failing ? "FAILING" : "PENDING",
                       reason_code(status[DIMENSION_SETTLEMENT].reason));
    }
}

void settlement_day_status(const struct ledger *ledger, uint32_t party, const char *reference,
                           char out[32])
{
    struct bic bic = world_bic(party);
    struct text35 text = world_text(reference);
    uint32_t index = instruction_find(ledger, party_find(ledger, &bic), &text);
    (void)snprintf(out, 32, "-");
    if (index != RECORD_NONE) {
        settlement_day_status_text(instruction_view(ledger, index)->status, out);
    }
}

static int64_t holding(const struct ledger *ledger, uint32_t party, enum world_asset asset)
{
    struct bic bic = world_bic(party);
    struct asset_code code = world_asset(asset);
    struct text35 id = world_account(asset, 0);
    uint32_t account = account_find(ledger, party_find(ledger, &bic), &id);
    uint32_t position = account == RECORD_NONE
                            ? RECORD_NONE
                            : position_find(ledger, account, asset_find(ledger, &code));
    return position == RECORD_NONE ? 0
                                   : position_view(ledger, position)->balance[POSITION_AVAILABLE];
}

void settlement_day_tell_by(const struct settlement_day *day,
                            const struct settlement_day_reader *reader,
                            char text[SETTLEMENT_DAY_TEXT_SIZE])
{
    static const char *const names[WORLD_ASSET_COUNT] = {"ISIN_1", "ISIN_2", "EUR", "USD"};
    size_t used = 0;
    for (uint32_t i = 0; i < day->step_count; i++) {
        const struct settlement_day_step *made = &day->steps[i];
        char reference[TEXT_SIZE_MAX + 1] = "";
        char status[32];
        if (made->command.kind != COMMAND_INSTRUCT) {
            continue;
        }
        memcpy(reference, made->command.reference.text, made->command.reference.size);
        reader->status(reader->context, made->party, reference, status);
        used += (size_t)snprintf(text + used, SETTLEMENT_DAY_TEXT_SIZE - used, "%-10s %s\n",
                                 reference, status);
        assert_true(used < SETTLEMENT_DAY_TEXT_SIZE);
    }
    for (uint32_t party = A; party <= D; party++) {
        for (uint32_t asset = 0; asset < WORLD_ASSET_COUNT; asset++) {
            int64_t held = reader->holding(reader->context, party, (enum world_asset)asset);
            used += (size_t)snprintf(text + used, SETTLEMENT_DAY_TEXT_SIZE - used, "%c %s %lld\n",
                                     (int)('A' + party - A), names[asset], (long long)held);
            assert_true(used < SETTLEMENT_DAY_TEXT_SIZE);
        }
    }
}

struct ledger_reader {
    const struct ledger *ledger;
};

static void ledger_status(void *context, uint32_t party, const char *reference, char out[32])
{
    settlement_day_status(((const struct ledger_reader *)context)->ledger, party, reference, out);
}

static int64_t ledger_holding(void *context, uint32_t party, enum world_asset asset)
{
    return holding(((const struct ledger_reader *)context)->ledger, party, asset);
}

void settlement_day_tell(const struct settlement_day *day, const struct ledger *ledger,
                         char text[SETTLEMENT_DAY_TEXT_SIZE])
{
    struct ledger_reader context = {ledger};
    const struct settlement_day_reader reader = {&context, ledger_status, ledger_holding};
    settlement_day_tell_by(day, &reader, text);
}

const char *settlement_day_expected(void)
{
    return "PLAIN      SETTLED\n"
           "PLAIN-R    SETTLED\n"
           "LARGE-R    SETTLED\n"
           "LARGE      SETTLED\n"
           "CIRCLE1    SETTLED\n"
           "CIRCLE1-R  SETTLED\n"
           "CIRCLE2    SETTLED\n"
           "CIRCLE2-R  SETTLED\n"
           "CIRCLE3    SETTLED\n"
           "CIRCLE3-R  SETTLED\n"
           "BLOCKED    SETTLED\n"
           "BLOCKED-R  SETTLED\n"
           "PART       PART SETTLED, PENDING PART\n"
           "PART-R     PART SETTLED, PENDING PART\n"
           "FAIL       SETTLED\n"
           "FAIL-R     SETTLED\n"
           "EXTENDED   SETTLED\n"
           "EXTENDED-R SETTLED\n"
           "DOLLARS    SETTLED\n"
           "DOLLARS-R  SETTLED\n"
           "LATE       SETTLED\n"
           "LATE-R     SETTLED\n"
           "A ISIN_1 210\n"
           "A ISIN_2 0\n"
           "A EUR 20700000\n"
           "A USD 500000\n"
           "B ISIN_1 45\n"
           "B ISIN_2 0\n"
           "B EUR 29500000\n"
           "B USD 0\n"
           "C ISIN_1 0\n"
           "C ISIN_2 0\n"
           "C EUR 4000000\n"
           "C USD 0\n"
           "D ISIN_1 35\n"
           "D ISIN_2 0\n"
           "D EUR 45800000\n"
           "D USD 49500000\n";
}
