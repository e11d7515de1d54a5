#include "cli/view.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "cli/decimal.h"
#include "client/actor.h"
#include "host/clock.h"
#include "ledger/command/command.h"
#include "ledger/holding/position.h"
#include "ledger/register/account.h"
#include "ledger/register/asset.h"
#include "ledger/register/party.h"
#include "ledger/values/outcome.h"

void text_copy(char *out, size_t out_size, const char *text, size_t size)
{
    TALLY_ASSERT(size < out_size);
    memcpy(out, text, size);
    out[size] = 0;
}

void date_text(uint32_t date, char out[CLIENT_DATE_SIZE])
{
    out[0] = 0;
    if (date != 0) {
        (void)snprintf(out, CLIENT_DATE_SIZE, "%04u-%02u-%02u", (unsigned)(date / 10000 % 10000),
                       (unsigned)(date / 100 % 100), (unsigned)(date % 100));
    }
}

static bool party_find_proved(const struct proved *proved, uint32_t index, char out[BIC_SIZE + 1])
{
    const struct record_proof *record = proved_record(proved, RECORD_PARTY, index);
    struct bytes_reader reader;
    struct party party;

    if (record == NULL) {
        return false;
    }
    bytes_reader_init(&reader, record->bytes, record->size);
    memset(&party, 0, sizeof party);
    party_decode(&party, &reader);
    text_copy(out, BIC_SIZE + 1, party.bic.text, BIC_SIZE);
    return bytes_reader_done(&reader);
}

static bool asset_find_proved(const struct proved *proved, uint32_t index, char out[ISIN_SIZE + 1],
                              unsigned *decimals)
{
    const struct record_proof *record = proved_record(proved, RECORD_ASSET, index);
    struct bytes_reader reader;
    struct asset asset;

    if (record == NULL) {
        return false;
    }
    bytes_reader_init(&reader, record->bytes, record->size);
    memset(&asset, 0, sizeof asset);
    asset_decode(&asset, &reader);
    text_copy(out, ISIN_SIZE + 1, asset.code.text, asset.code.size);
    *decimals = asset.decimals;
    return bytes_reader_done(&reader);
}

/* The first leaf's record, when it is of the kind that was asked for. */
static const struct record_proof *first_record(const struct proved *proved, enum record_kind kind)
{
    const struct proof_leaf *leaf = &proved->proof.leaves[0];

    return leaf->tree == PROOF_RECORD && leaf->record.kind == (uint8_t)kind ? &leaf->record : NULL;
}

static bool text_is(const struct text35 *text, const char *wanted)
{
    return text->size == strlen(wanted) && memcmp(text->text, wanted, text->size) == 0;
}

bool instruction_view_make(const struct proved *proved, const char *party, const char *reference,
                           struct instruction_view *out)
{
    const struct record_proof *record = first_record(proved, RECORD_INSTRUCTION);
    const struct instruction *instruction = &out->instruction;
    struct bytes_reader reader;

    memset(out, 0, sizeof *out);
    if (record == NULL) {
        return false;
    }
    bytes_reader_init(&reader, record->bytes, record->size);
    instruction_decode(&out->instruction, &out->rare, &reader);
    if (!bytes_reader_done(&reader) || !text_is(&instruction->reference, reference) ||
        !party_find_proved(proved, instruction->party, out->party) ||
        strcmp(out->party, party) != 0 ||
        !asset_find_proved(proved, instruction->terms.asset, out->asset, &out->quantity_decimals)) {
        return false;
    }
    return instruction->terms.currency == RECORD_NONE ||
           asset_find_proved(proved, instruction->terms.currency, out->currency,
                             &out->amount_decimals);
}

const char *instruction_state(const struct instruction *instruction)
{
    const struct instruction_status *status = instruction->status;

    if (status[DIMENSION_SETTLEMENT].value == SETTLEMENT_SETTLED) {
        return "SETTLED";
    }
    if (status[DIMENSION_CANCELLATION].value == CANCELLATION_CANCELLED) {
        return "CANCELLED";
    }
    if (status[DIMENSION_SETTLEMENT].value == SETTLEMENT_PARTIALLY_SETTLED) {
        return "PARTLY SETTLED";
    }
    if (status[DIMENSION_MATCH].value == MATCH_UNMATCHED) {
        return "UNMATCHED";
    }
    return status[DIMENSION_PROCESSING].value == PROCESSING_FAILING ? "FAILING" : "PENDING";
}

const struct instruction_status *instruction_deciding(const struct instruction *instruction)
{
    const struct instruction_status *status = instruction->status;

    if (status[DIMENSION_SETTLEMENT].value == SETTLEMENT_SETTLED) {
        return &status[DIMENSION_SETTLEMENT];
    }
    if (status[DIMENSION_CANCELLATION].value == CANCELLATION_CANCELLED) {
        return &status[DIMENSION_CANCELLATION];
    }
    return status[DIMENSION_MATCH].value == MATCH_UNMATCHED ? &status[DIMENSION_MATCH]
                                                            : &status[DIMENSION_SETTLEMENT];
}

const char *instruction_actor(const struct instruction *instruction)
{
    enum reason reason = instruction_deciding(instruction)->reason;

    if (reason == REASON_PART) { /* the rest is the deliverer's to bring */
        bool delivers = instruction->terms.movement == MOVEMENT_DELI;
        return actor_text(delivers ? ROW_ACTOR_OWNER : ROW_ACTOR_COUNTERPARTY);
    }
    if (reason == REASON_OTHR && !instruction_ended(instruction)) {
        return "see `tally why`"; /* a limit, a full position: the record does not say which */
    }
    return actor_text(actor_of_reason(reason));
}

static void status_fill(const struct instruction *instruction, struct table *record)
{
    static const struct {
        enum instruction_dimension dimension;
        const char *name;
    } holds[] = {{DIMENSION_HOLD_PARTY, "party"},
                 {DIMENSION_HOLD_CSD, "csd"},
                 {DIMENSION_HOLD_VALIDATION, "validation"},
                 {DIMENSION_HOLD_CONDITIONAL, "conditional"}};
    const struct instruction_status *deciding = instruction_deciding(instruction);
    char held[64] = "";
    char since[CLOCK_TEXT_SIZE];

    for (size_t i = 0; i < sizeof holds / sizeof holds[0]; i++) {
        if (instruction->status[holds[i].dimension].value == HOLD_YES) {
            size_t used = strlen(held);
            (void)snprintf(held + used, sizeof held - used, "%s%s", used > 0 ? "," : "",
                           holds[i].name);
        }
    }
    clock_utc_text(deciding->time_ms, since);
    record_set(record, "status", "%s", instruction_state(instruction));
    record_set(record, "matched", "%s",
               instruction->status[DIMENSION_MATCH].value == MATCH_MATCHED ? "yes" : "no");
    record_set(record, "reason", "%s", reason_code(deciding->reason));
    record_set(record, "explanation", "%s", reason_text(deciding->reason));
    record_set(record, "who_must_act", "%s", instruction_actor(instruction));
    record_set(record, "since_height", "%" PRIu64, (uint64_t)deciding->height);
    record_set(record, "since", "%s", since);
    record_set(record, "hold", "%s", held[0] == 0 ? "no" : held);
    if (instruction->status[DIMENSION_CANCELLATION].value == CANCELLATION_REQUESTED) {
        record_set(record, "cancellation", "requested, awaits the counterparty");
    }
}

void instruction_view_fill(const struct instruction_view *view, struct table *record)
{
    const struct instruction *instruction = &view->instruction;
    const struct instruction_terms *terms = &instruction->terms;
    char number[DECIMAL_TEXT_SIZE];
    char date[CLIENT_DATE_SIZE];

    record_set(record, "reference", "%.*s", (int)instruction->reference.size,
               instruction->reference.text);
    record_set(record, "party", "%s", view->party);
    status_fill(instruction, record);
    record_set(record, "movement", "%s", terms->movement == MOVEMENT_DELI ? "DELI" : "RECE");
    record_set(record, "payment", "%s", terms->payment == PAYMENT_APMT ? "APMT" : "FREE");
    record_set(record, "deliverer", "%.*s", BIC_SIZE, terms->deliverer.text);
    record_set(record, "receiver", "%.*s", BIC_SIZE, terms->receiver.text);
    record_set(record, "isin", "%s", view->asset);
    decimal_format(terms->quantity, view->quantity_decimals, number);
    record_set(record, "quantity", "%s", number);
    decimal_format(instruction->settled_quantity, view->quantity_decimals, number);
    record_set(record, "settled_quantity", "%s", number);
    if (view->currency[0] != 0) {
        record_set(record, "currency", "%s", view->currency);
        decimal_format(terms->amount, view->amount_decimals, number);
        record_set(record, "amount", "%s", number);
        decimal_format(instruction->settlement_amount, view->amount_decimals, number);
        record_set(record, "matched_amount", "%s", number);
        decimal_format(instruction->settled_amount, view->amount_decimals, number);
        record_set(record, "settled_amount", "%s", number);
    }
    date_text(terms->trade_date, date);
    record_set(record, "trade_date", "%s", date);
    date_text(terms->settlement_date, date);
    record_set(record, "settlement_date", "%s", date);
}

bool position_view_fill(const struct proved *proved, const char *party, const char *account,
                        const char *asset, struct table *record)
{
    static const char *const names[POSITION_BALANCE_COUNT] = {"available", "blocked", "earmarked",
                                                              "reserved",  "pledged", "on_loan"};
    const struct record_proof *first = first_record(proved, RECORD_POSITION);
    const struct record_proof *account_record;
    struct bytes_reader reader;
    struct position position;
    struct account owner;
    char bic[BIC_SIZE + 1], code[ISIN_SIZE + 1], number[DECIMAL_TEXT_SIZE];
    unsigned decimals;

    if (first == NULL) {
        return false;
    }
    memset(&position, 0, sizeof position);
    bytes_reader_init(&reader, first->bytes, first->size);
    position_decode(&position, &reader);
    account_record = proved_record(proved, RECORD_ACCOUNT, position.account);
    if (!bytes_reader_done(&reader) || account_record == NULL) {
        return false;
    }
    memset(&owner, 0, sizeof owner);
    bytes_reader_init(&reader, account_record->bytes, account_record->size);
    account_decode(&owner, &reader);
    if (!bytes_reader_done(&reader) || !text_is(&owner.id, account) ||
        !party_find_proved(proved, owner.party, bic) || strcmp(bic, party) != 0 ||
        !asset_find_proved(proved, position.asset, code, &decimals) || strcmp(code, asset) != 0) {
        return false;
    }
    record_set(record, "party", "%s", bic);
    record_set(record, "account", "%s", account);
    record_set(record, "asset", "%s", code);
    for (unsigned i = 0; i < POSITION_BALANCE_COUNT; i++) {
        decimal_format(position.balance[i], decimals, number);
        record_set(record, names[i], "%s", number);
    }
    record_set(record, "changed_height", "%" PRIu64, position.changed_height);
    return true;
}

static void set_text35(struct table *record, const char *name, const struct text35 *text)
{
    if (text->size > 0) {
        record_set(record, name, "%.*s", (int)text->size, text->text);
    }
}

static void set_asset(struct table *record, const char *name, const struct asset_code *code)
{
    if (code->size > 0) {
        record_set(record, name, "%.*s", (int)code->size, code->text);
    }
}

static void set_bic(struct table *record, const char *name, const struct bic *bic)
{
    if (!bic_absent(bic)) {
        record_set(record, name, "%.*s", BIC_SIZE, bic->text);
    }
}

void event_view_fill(const struct event *event, struct table *record)
{
    char date[CLIENT_DATE_SIZE];
    char time[CLOCK_TEXT_SIZE];

    clock_utc_text(event->time_ms, time);
    record_set(record, "event", "%s", event_name(event->kind));
    record_set(record, "height", "%" PRIu64, event->height);
    record_set(record, "ledger_time", "%s", time);
    set_bic(record, "party", &event->party);
    set_text35(record, "reference", &event->reference);
    set_bic(record, "counterparty", &event->counterparty);
    set_text35(record, "counterparty_reference", &event->counter_reference);
    set_asset(record, "asset", &event->asset);
    if (event->asset.size > 0) {
        record_set(record, "quantity_in_smallest_units", "%" PRId64, event->quantity);
    }
    set_asset(record, "currency", &event->currency);
    if (event->currency.size > 0) {
        record_set(record, "amount_in_smallest_units", "%" PRId64, event->amount);
    }
    set_text35(record, "account", &event->account);
    set_text35(record, "counterparty_account", &event->counter_account);
    set_text35(record, "cash_account", &event->cash_account);
    set_text35(record, "counterparty_cash_account", &event->counter_cash_account);
    date_text(event->settlement_date, date);
    if (date[0] != 0) {
        record_set(record, "settlement_date", "%s", date);
    }
    if (event->reason != REASON_NONE) {
        record_set(record, "reason", "%s", reason_code(event->reason));
        record_set(record, "explanation", "%s", reason_text(event->reason));
    }
}

void receipt_view_fill(const struct receipt *receipt, struct table *record)
{
    record_set(record, "receipt", "%s", outcome_name((enum outcome)receipt->outcome));
    record_set(record, "command", "%s", command_name(receipt->command_kind));
    record_set(record, "height", "%" PRIu64, receipt->height);
    set_bic(record, "party", &receipt->party);
    set_text35(record, "reference", &receipt->reference);
    if (receipt->reason != REASON_NONE) {
        record_set(record, "reason", "%s", reason_code(receipt->reason));
        record_set(record, "explanation", "%s", reason_text(receipt->reason));
    }
}

void proof_note(const struct proof_facts *facts, struct table *table)
{
    char time[CLOCK_TEXT_SIZE];

    clock_utc_text(facts->ledger_ms, time);
    table_note(table, "proved", "block %" PRIu64 " of %s, signed by %u of %u validators",
               facts->height, time, (unsigned)facts->signer_count,
               (unsigned)facts->validator_count);
}
