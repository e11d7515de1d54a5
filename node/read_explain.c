#include "node/read_explain.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ledger/holding/position.h"
#include "ledger/instruction/explain.h"
#include "ledger/matching/matching.h"
#include "ledger/register/account.h"
#include "ledger/register/asset.h"
#include "ledger/register/party.h"
#include "node/read_rows.h"

_Static_assert(REPLY_COMPARISONS_MAX >= (unsigned)MATCH_FIELD_COUNT, "all of them fit");

static void write_number(int64_t value, uint8_t places, char out[REPLY_VALUE_SIZE])
{
    uint64_t size = value < 0 ? (uint64_t)0 - (uint64_t)value : (uint64_t)value;
    uint64_t unit = 1;
    int decimals = places < ASSET_DECIMALS_MAX ? places : ASSET_DECIMALS_MAX;
    for (int i = 0; i < decimals; i++) {
        unit *= 10;
    }
    const char *sign = value < 0 ? "-" : "";
    if (decimals == 0) {
        (void)snprintf(out, REPLY_VALUE_SIZE, "%s%" PRIu64, sign, size);
    } else {
        (void)snprintf(out, REPLY_VALUE_SIZE, "%s%" PRIu64 ".%0*" PRIu64, sign, size / unit,
                       decimals, size % unit);
    }
}

static void write_date(uint32_t date, char out[REPLY_VALUE_SIZE])
{
    (void)snprintf(out, REPLY_VALUE_SIZE, "%04u-%02u-%02u", date / 10000u, date / 100u % 100u,
                   date % 100u);
}

static void write_bic(const struct bic *bic, char out[REPLY_VALUE_SIZE])
{
    char text[CLIENT_BIC_SIZE];
    read_bic(bic, text);
    (void)snprintf(out, REPLY_VALUE_SIZE, "%s", text);
}

static void write_text(const struct text35 *value, char out[REPLY_VALUE_SIZE])
{
    char text[CLIENT_TEXT35_SIZE];
    read_text35(value, text);
    (void)snprintf(out, REPLY_VALUE_SIZE, "%s", text);
}

static void write_asset(const struct ledger *ledger, uint32_t index, char out[REPLY_VALUE_SIZE])
{
    char text[CLIENT_ASSET_SIZE] = "";
    if (index != RECORD_NONE) {
        read_asset_code(&asset_view(ledger, index)->code, text);
    }
    (void)snprintf(out, REPLY_VALUE_SIZE, "%s", text);
}

static uint8_t decimals(const struct ledger *ledger, uint32_t asset)
{
    return asset == RECORD_NONE ? 0 : asset_view(ledger, asset)->decimals;
}

static void write_code(uint8_t value, uint8_t first, const char *first_code, uint8_t second,
                       const char *second_code, char out[REPLY_VALUE_SIZE])
{
    const char *code = value == first ? first_code : value == second ? second_code : "";
    (void)snprintf(out, REPLY_VALUE_SIZE, "%s", code);
}

static void write_party_field(const struct instruction_terms *terms, enum match_field field,
                              char out[REPLY_VALUE_SIZE])
{
    switch (field) {
    case MATCH_FIELD_DELIVERER:
        write_bic(&terms->deliverer, out);
        break;
    case MATCH_FIELD_RECEIVER:
        write_bic(&terms->receiver, out);
        break;
    case MATCH_FIELD_DELIVERER_DEPOSITORY:
        write_bic(&terms->deliverer_depository, out);
        break;
    case MATCH_FIELD_RECEIVER_DEPOSITORY:
        write_bic(&terms->receiver_depository, out);
        break;
    case MATCH_FIELD_COMMON_REFERENCE:
        write_text(&terms_particulars(terms)->common_reference, out);
        break;
    case MATCH_FIELD_DELIVERER_CLIENT:
        write_bic(&terms_particulars(terms)->deliverer_client, out);
        break;
    case MATCH_FIELD_RECEIVER_CLIENT:
        write_bic(&terms_particulars(terms)->receiver_client, out);
        break;
    case MATCH_FIELD_DELIVERER_ACCOUNT:
        write_text(terms_account(terms, MOVEMENT_DELI), out);
        break;
    case MATCH_FIELD_RECEIVER_ACCOUNT:
        write_text(terms_account(terms, MOVEMENT_RECE), out);
        break;
    default:
        out[0] = '\0';
        break;
    }
}

static void write_field(const struct ledger *ledger, const struct instruction_terms *terms,
                        enum match_field field, char out[REPLY_VALUE_SIZE])
{
    switch (field) {
    case MATCH_FIELD_PAYMENT:
        write_code(terms->payment, PAYMENT_APMT, "APMT", PAYMENT_FREE, "FREE", out);
        break;
    case MATCH_FIELD_MOVEMENT:
        write_code(terms->movement, MOVEMENT_DELI, "DELI", MOVEMENT_RECE, "RECE", out);
        break;
    case MATCH_FIELD_ASSET:
        write_asset(ledger, terms->asset, out);
        break;
    case MATCH_FIELD_TRADE_DATE:
        write_date(terms->trade_date, out);
        break;
    case MATCH_FIELD_QUANTITY:
        write_number(terms->quantity, decimals(ledger, terms->asset), out);
        break;
    case MATCH_FIELD_SETTLEMENT_DATE:
        write_date(terms->settlement_date, out);
        break;
    case MATCH_FIELD_CURRENCY:
    case MATCH_FIELD_FREE_CURRENCY:
        write_asset(ledger, terms->currency, out);
        break;
    case MATCH_FIELD_AMOUNT:
    case MATCH_FIELD_FREE_AMOUNT:
        write_number(terms->amount, decimals(ledger, terms->currency), out);
        break;
    case MATCH_FIELD_CREDIT_DEBIT:
    case MATCH_FIELD_FREE_CREDIT_DEBIT:
        write_code(terms->credit_debit, CREDIT_DEBIT_CRDT, "CRDT", CREDIT_DEBIT_DBIT, "DBIT", out);
        break;
    case MATCH_FIELD_OPT_OUT:
        write_code(match_field_opt_out(terms), 1, "NOMC", 0, "", out);
        break;
    case MATCH_FIELD_CUM_EX:
        write_code(terms->cum_ex, CUM_EX_CCPN, "CCPN", CUM_EX_XCPN, "XCPN", out);
        break;
    default:
        write_party_field(terms, field, out);
        break;
    }
}

/* Does the field exist where these terms stand: 11 to 13 against payment, 16 to 18 free of it? */
static bool field_applies(const struct instruction_terms *terms, enum match_field field)
{
    if (field >= MATCH_FIELD_CURRENCY && field <= MATCH_FIELD_CREDIT_DEBIT) {
        return terms->payment == PAYMENT_APMT;
    }
    if (field >= MATCH_FIELD_FREE_CURRENCY && field <= MATCH_FIELD_FREE_CREDIT_DEBIT) {
        return terms->payment == PAYMENT_FREE;
    }
    return true;
}

/* "2.00 up to 100000.00, 25.00 above, EUR" */
static void write_tolerance(const struct ledger *ledger, const struct instruction_terms *terms,
                            char out[REPLY_VALUE_SIZE])
{
    out[0] = '\0';
    if (terms->currency == RECORD_NONE) {
        return;
    }
    const struct tolerance_band *band = matching_tolerance(ledger, terms);
    uint8_t places = decimals(ledger, terms->currency);
    char small[REPLY_VALUE_SIZE], large[REPLY_VALUE_SIZE], limit[REPLY_VALUE_SIZE];
    write_number(band->below, places, small);
    write_number(band->above, places, large);
    write_number(band->threshold, places, limit);
    if (band->below == 0 && band->above == 0) {
        (void)snprintf(out, REPLY_VALUE_SIZE, "none");
    } else {
        (void)snprintf(out, REPLY_VALUE_SIZE, "%.12s up to %.16s, %.12s above", small, limit,
                       large);
    }
}

/* All matching fields of two instructions side by side. */
static void explain_compare(const struct ledger *ledger, uint32_t index, uint32_t nearest,
                            match_field_set differing, struct reply_explain *out)
{
    const struct instruction *own = instruction_view(ledger, index);
    const struct instruction *other = instruction_view(ledger, nearest);
    out->nearest_found = true;
    read_bic(&party_view(ledger, other->party)->bic, out->nearest_party);
    read_text35(&other->reference, out->nearest_reference);
    write_tolerance(ledger, &own->terms, out->tolerance);
    for (unsigned number = 1; number <= MATCH_FIELD_COUNT; number++) {
        enum match_field field = (enum match_field)number;
        bool differs = match_field_set_has(differing, field);
        if (!differs && !field_applies(&own->terms, field)) {
            continue;
        }
        struct reply_comparison *comparison = &out->comparisons[out->comparison_count];
        out->comparison_count++;
        comparison->number = (uint8_t)number;
        (void)snprintf(comparison->code, sizeof comparison->code, "%s",
                       differs ? reason_code(match_field_reason(field)) : "");
        (void)snprintf(comparison->field, sizeof comparison->field, "%s",
                       field_name(match_field_place(field)));
        write_field(ledger, &own->terms, field, comparison->own);
        write_field(ledger, &other->terms, field, comparison->other);
    }
}

static void explain_lack(const struct ledger *ledger, const struct explanation *explanation,
                         struct reply_explain *out)
{
    const struct position *position = position_view(ledger, explanation->position);
    const struct account *account = account_view(ledger, position->account);
    const struct asset *asset = asset_view(ledger, position->asset);
    out->lack_found = true;
    read_bic(&party_view(ledger, account->party)->bic, out->lack_party);
    read_text35(&account->id, out->lack_account);
    read_asset_code(&asset->code, out->lack_asset);
    out->lack_decimals = asset->decimals;
    out->lack_needed = explanation->needed;
    out->lack_available = explanation->spendable;
}

void read_explain(const struct ledger *ledger, uint32_t index, struct reply_explain *out)
{
    struct explanation explanation;
    memset(out, 0, sizeof *out);
    explain_instruction(ledger, index, &explanation);
    out->actor = (enum row_actor)explanation.actor;
    const struct instruction *own = instruction_view(ledger, index);
    if (explanation.nearest != RECORD_NONE) {
        explain_compare(ledger, index, explanation.nearest, explanation.differing, out);
    } else if (own->counterpart != RECORD_NONE && own->counterpart != index) {
        explain_compare(ledger, index, own->counterpart, 0, out); /* it matched */
        out->nearest_matched = true;
    }
    out->detail = (uint16_t)explanation.detail;
    /* The balance of the other side is not shown. */
    if (explanation.position != RECORD_NONE &&
        account_view(ledger, position_view(ledger, explanation.position)->account)->party ==
            instruction_view(ledger, index)->party) {
        explain_lack(ledger, &explanation, out);
    }
}
