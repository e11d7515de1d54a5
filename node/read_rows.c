#include "node/read_rows.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "ledger/holding/position.h"
#include "ledger/instruction/explain.h"
#include "ledger/instruction/instruction.h"
#include "ledger/register/account.h"
#include "ledger/register/asset.h"
#include "ledger/register/party.h"

enum {
    RECEIPT_INDEX_BASE = 1 << 30 /* behind every event's index */
};

void read_bic(const struct bic *bic, char out[CLIENT_BIC_SIZE])
{
    memcpy(out, bic->text, BIC_SIZE);
    out[BIC_SIZE] = '\0';
}

void read_text35(const struct text35 *text, char out[CLIENT_TEXT35_SIZE])
{
    TALLY_ASSERT(text->size < CLIENT_TEXT35_SIZE);
    memcpy(out, text->text, text->size);
    out[text->size] = '\0';
}

void read_asset_code(const struct asset_code *code, char out[CLIENT_ASSET_SIZE])
{
    TALLY_ASSERT(code->size < CLIENT_ASSET_SIZE);
    memcpy(out, code->text, code->size);
    out[code->size] = '\0';
}

static void read_code(const char *code, char out[CLIENT_CODE_SIZE])
{
    (void)snprintf(out, CLIENT_CODE_SIZE, "%s", code);
}

static void read_currency(const struct asset_code *code, char out[CLIENT_CODE_SIZE])
{
    char text[CLIENT_ASSET_SIZE];
    read_asset_code(code, text);
    (void)snprintf(out, CLIENT_CODE_SIZE, "%.3s", text);
}

void read_date(uint32_t date, char out[CLIENT_DATE_SIZE])
{
    if (date == 0) {
        out[0] = '\0';
        return;
    }
    (void)snprintf(out, CLIENT_DATE_SIZE, "%04u-%02u-%02u", date / 10000u % 10000u,
                   date / 100u % 100u, date % 100u);
}

void read_row_party(const struct ledger *ledger, uint32_t index, struct row_party *row)
{
    const struct party *party = party_view(ledger, index);
    *row = (struct row_party){.roles = party->roles, .blocked = party->status != PARTY_ACTIVE};
    read_bic(&party->bic, row->party);
    (void)snprintf(row->name, sizeof row->name, "%.*s", (int)party->name.size, party->name.text);
}

void read_row_asset(const struct ledger *ledger, uint32_t index, struct row_asset *row)
{
    const struct asset *asset = asset_view(ledger, index);
    *row = (struct row_asset){
        .cash = asset_is_currency(asset),
        .decimals = asset->decimals,
        .issued = asset->issued,
        .unit_minimum = asset->settlement_unit_min,
        .unit_multiple = asset->settlement_unit_multiple,
    };
    read_asset_code(&asset->code, row->asset);
    read_bic(&party_view(ledger, asset->issuer)->bic, row->issuer);
}

void read_row_account(const struct ledger *ledger, uint32_t index, struct row_account *row)
{
    const struct account *account = account_view(ledger, index);
    *row = (struct row_account){.cash = account->kind == ACCOUNT_CASH,
                                .blocked = account->status != ACCOUNT_OPEN};
    read_bic(&party_view(ledger, account->party)->bic, row->party);
    read_text35(&account->id, row->account);
}

void read_row_position(const struct ledger *ledger, uint32_t index, struct row_position *row)
{
    const struct position *position = position_view(ledger, index);
    const struct account *account = account_view(ledger, position->account);
    const struct asset *asset = asset_view(ledger, position->asset);
    *row = (struct row_position){
        .decimals = asset->decimals,
        .available = position->balance[POSITION_AVAILABLE],
        .blocked = position->balance[POSITION_BLOCKED],
        .reserved = position->balance[POSITION_RESERVED],
        .earmarked = position->balance[POSITION_EARMARKED],
        .pledged = position->balance[POSITION_PLEDGED],
        .on_loan = position->balance[POSITION_ON_LOAN],
    };
    read_bic(&party_view(ledger, account->party)->bic, row->party);
    read_text35(&account->id, row->account);
    read_asset_code(&asset->code, row->asset);
}

/* ---- Instructions ------------------------------------------------------------------------- */

static const char *status_word(const struct instruction *instruction,
                               const struct explanation *explanation)
{
    const struct instruction_status *status = instruction->status;
    if (status[DIMENSION_CANCELLATION].value == CANCELLATION_CANCELLED) {
        return "CANC";
    }
    if (status[DIMENSION_SETTLEMENT].value == SETTLEMENT_SETTLED) {
        return "SETT";
    }
    if (status[DIMENSION_MATCH].value == MATCH_UNMATCHED) {
        return "NMAT";
    }
    if (status[DIMENSION_PROCESSING].value == PROCESSING_FAILING) {
        return "PENF";
    }
    if (status[DIMENSION_SETTLEMENT].value == SETTLEMENT_PARTIALLY_SETTLED) {
        return "PART";
    }
    return explanation->reason == REASON_FUTU ? "MACH" : "PEND";
}

static void instruction_money(const struct ledger *ledger, const struct instruction *instruction,
                              struct row_instruction *row)
{
    const struct instruction_terms *terms = &instruction->terms;
    row->quantity = terms->quantity;
    row->quantity_settled = instruction->settled_quantity;
    row->amount = terms->amount;
    row->amount_settled = instruction->settled_amount;
    if (terms->asset != RECORD_NONE) {
        const struct asset *asset = asset_view(ledger, terms->asset);
        read_asset_code(&asset->code, row->asset);
        row->quantity_decimals = asset->decimals;
    }
    if (terms->currency != RECORD_NONE) {
        const struct asset *currency = asset_view(ledger, terms->currency);
        read_currency(&currency->code, row->currency);
        row->amount_decimals = currency->decimals;
    }
    uint32_t account = terms->account != RECORD_NONE ? terms->account : terms->cash_account;
    if (account != RECORD_NONE) {
        read_text35(&account_view(ledger, account)->id, row->account);
    }
}

void read_row_instruction(const struct ledger *ledger, uint32_t index, struct row_instruction *row)
{
    const struct instruction *instruction = instruction_view(ledger, index);
    const struct instruction_terms *terms = &instruction->terms;
    bool delivers = terms->movement == MOVEMENT_DELI;
    struct explanation explanation;
    explain_instruction(ledger, index, &explanation);
    *row = (struct row_instruction){
        .sequence = instruction->sequence,
        .actor = (enum row_actor)explanation.actor,
        .since_height = explanation.since_height,
        .since_ms = explanation.since_ms,
        .alleged = instruction->allegement == ALLEGEMENT_SENT,
    };
    _Static_assert((int)EXPLAIN_NOBODY == (int)ROW_ACTOR_NOBODY &&
                       (int)EXPLAIN_OPERATOR == (int)ROW_ACTOR_OPERATOR,
                   "the two enums have the same numbers");
    read_bic(&party_view(ledger, instruction->party)->bic, row->party);
    read_text35(&instruction->reference, row->reference);
    read_bic(delivers ? &terms->receiver : &terms->deliverer, row->counterparty);
    read_code(delivers ? "DELI" : "RECE", row->movement);
    read_code(terms->payment == PAYMENT_APMT ? "APMT" : "FREE", row->payment);
    read_date(terms->trade_date, row->trade_date);
    read_date(terms->settlement_date, row->settlement_date);
    read_code(status_word(instruction, &explanation), row->status);
    read_code(reason_code(explanation.reason), row->reason);
    instruction_money(ledger, instruction, row);
}

/* ---- Events and receipts ------------------------------------------------------------------ */

static uint8_t decimals_of(const struct ledger *ledger, const struct asset_code *code)
{
    uint32_t index = code->size > 0 ? asset_find(ledger, code) : RECORD_NONE;
    return index == RECORD_NONE ? 0 : asset_view(ledger, index)->decimals;
}

void read_row_event(const struct ledger *ledger, const struct event *event, uint32_t index,
                    struct row_event *row)
{
    TALLY_ASSERT(index < RECEIPT_INDEX_BASE);
    *row = (struct row_event){
        .height = event->height,
        .index = index,
        .ledger_ms = event->time_ms,
        .quantity_decimals = decimals_of(ledger, &event->asset),
        .amount_decimals = decimals_of(ledger, &event->currency),
        .quantity = event->quantity,
        .amount = event->amount,
    };
    (void)snprintf(row->name, sizeof row->name, "%s", event_name(event->kind));
    read_bic(&event->party, row->party);
    read_text35(&event->reference, row->reference);
    read_code(reason_code(event->reason), row->reason);
    read_asset_code(&event->asset, row->asset);
    read_currency(&event->currency, row->currency);
}

void read_row_event_counterparty(const struct ledger *ledger, const struct event *event,
                                 uint32_t index, struct row_event *row)
{
    read_row_event(ledger, event, index, row);
    read_bic(&event->counterparty, row->party);
    if (event->counter_reference.size > 0) { /* else what is alleged, by its own reference */
        read_text35(&event->counter_reference, row->reference);
    }
}

void read_row_receipt(const struct receipt *receipt, uint64_t ledger_ms, struct row_event *row)
{
    *row = (struct row_event){
        .height = receipt->height,
        .index = RECEIPT_INDEX_BASE + receipt->index,
        .ledger_ms = ledger_ms,
    };
    (void)snprintf(row->name, sizeof row->name, "RECEIPT-%s",
                   outcome_name((enum outcome)receipt->outcome));
    read_bic(&receipt->party, row->party);
    read_text35(&receipt->reference, row->reference);
    read_code(reason_code(receipt->reason), row->reason);
}
