/*
 * Submitting one side of a settlement (T1 to T3): validation, and entry into the ledger.
 *
 * Checks, in this order; the first objection is the answer (ISO 20022 RejectionReason75Code):
 *    1. payment, movement          VALR    not APMT/FREE, DELI/RECE
 *    2. transaction type           SETR    unknown, or not this party's to instruct
 *    3. asset                      DSEC    not on the ledger, or of the wrong kind
 *    4. settlement date            DDAT    no date, before the trade date, too far ahead
 *    5. parties                    ICAG    no participant, absent, not on the ledger, wrong side
 *    6. depositories               DEPT    absent
 *    7. quantity                   DQUA (TOO_LARGE: more than INSTRUCTION_VALUE_MAX), MINO, MUNO
 *    8. currency, amount, sign     NCRR, DMON (TOO_LARGE likewise)
 *    9. securities account         SAFE    also when named for a payment free of delivery
 *   10. cash account               CASH    also when named for a delivery free of payment
 *   11. codes, priority            VALR    conditions, cum/ex, partial indicator, priority
 *   12. links, pool                INVL    see link_check.h
 *   13. restrictions to draw on    INVB
 *   14. restriction types (RJCT)   VALR
 *   15. quota and capacities       VALR    QUOTA_FULL, CAPACITY_FULL
 * The trade date was judged before, with the reference (execute.c): DTRD.
 */
#include <string.h>

#include "ledger/command/execute.h"
#include "ledger/instruction/instruct.h"
#include "ledger/instruction/rare.h"
#include "ledger/link/link_check.h"
#include "ledger/settlement/priority.h"
#include "ledger/state.h"
#include "ledger/state/index.h"
#include "ledger/values/date.h"

/* What is known of an instruction beforehand, or that nothing is. */
static const struct instruct_known *known_of(const struct command_context *context)
{
    static const struct instruct_known nothing = {.account = RECORD_NONE,
                                                  .cash_account = RECORD_NONE,
                                                  .position = RECORD_NONE,
                                                  .cash_position = RECORD_NONE};
    return context->known != NULL ? context->known : &nothing;
}

/* What the names in a command stand for; RECORD_NONE where nothing is named, or nothing known, and
 * then no record either. */
struct named {
    uint32_t counterparty;
    uint32_t asset;
    uint32_t currency;
    uint32_t account;
    uint32_t cash_account;
    const struct party *party; /* whose instruction it will be */
    const struct asset *asset_record;
    const struct asset *currency_record;
    const struct account *account_record;
    const struct account *cash_account_record;
};

/* Accounts are named, or the party's default ones, as far as the instruction settles over any. */
static void names_find(const struct ledger *ledger, uint32_t party,
                       const struct instruct_known *known, const struct command_instruct *body,
                       struct named *named)
{
    const struct bic *other = body->movement == MOVEMENT_DELI ? &body->receiver : &body->deliverer;
    named->party = party_view(ledger, party);
    named->counterparty = bic_absent(other) ? RECORD_NONE : party_find(ledger, other);
    if (known->group_hash != 0) {
        named->asset = known->terms.asset;
        named->currency = known->terms.currency;
    } else {
        named->asset = asset_find(ledger, &body->asset);
        named->currency =
            body->currency.size != 0 ? asset_find(ledger, &body->currency) : RECORD_NONE;
    }
    named->asset_record = named->asset != RECORD_NONE ? asset_view(ledger, named->asset) : NULL;
    named->currency_record =
        named->currency != RECORD_NONE ? asset_view(ledger, named->currency) : NULL;
    bool cash = named->asset_record != NULL && asset_is_currency(named->asset_record);
    named->account = body->quantity > 0 ? instruct_account(ledger, party, &body->account,
                                                           cash ? ACCOUNT_CASH : ACCOUNT_SECURITIES,
                                                           known->account)
                                        : RECORD_NONE;
    named->account_record =
        named->account != RECORD_NONE ? account_view(ledger, named->account) : NULL;
    named->cash_account = body->payment == PAYMENT_APMT
                              ? instruct_account(ledger, party, &body->cash_account, ACCOUNT_CASH,
                                                 known->cash_account)
                              : RECORD_NONE;
    named->cash_account_record =
        named->cash_account != RECORD_NONE ? account_view(ledger, named->cash_account) : NULL;
}

static struct refusal check_codes_first(const struct command_context *context,
                                        const struct command_instruct *body,
                                        const struct named *named)
{
    if (body->payment != PAYMENT_APMT && body->payment != PAYMENT_FREE) {
        return refuse(REASON_VALR, DETAIL_NOT_ALLOWED, FIELD_PAYMENT);
    }
    if (body->movement != MOVEMENT_DELI && body->movement != MOVEMENT_RECE) {
        return refuse(REASON_VALR, DETAIL_NOT_ALLOWED, FIELD_MOVEMENT);
    }
    enum instructed_by by = transaction_type_by(body->transaction_type);
    if (context->generated) {
        by = by == BY_NOBODY ? BY_NOBODY : BY_PARTY;
    }
    if (by < BY_OPERATOR) {
        return refuse(REASON_SETR, DETAIL_NOT_ALLOWED, FIELD_TRANSACTION_TYPE);
    }
    if (by == BY_OPERATOR && (named->party->roles & PARTY_OPERATOR) == 0) {
        return refuse(REASON_SETR, DETAIL_ROLE_MISSING, FIELD_TRANSACTION_TYPE);
    }
    bool internal = body->transaction_type == TRANSACTION_OWNI;
    if (internal && (body->payment != PAYMENT_FREE || body->movement != MOVEMENT_DELI)) {
        return refuse(REASON_SETR, DETAIL_NOT_APPLICABLE, FIELD_PAYMENT);
    }
    return refusal_none();
}

static struct refusal check_asset(const struct asset *asset, const struct command_instruct *body)
{
    if (asset == NULL) {
        return refuse(REASON_DSEC, DETAIL_UNKNOWN, FIELD_ASSET);
    }
    if (asset_is_currency(asset) && body->transaction_type != TRANSACTION_OWNI) {
        return refuse(REASON_DSEC, DETAIL_NOT_ALLOWED, FIELD_ASSET);
    }
    return refusal_none();
}

static struct refusal check_settlement_date(const struct ledger *ledger,
                                            const struct command *command)
{
    uint32_t date = command->instruct.settlement_date;
    if (date != command->date && !date_valid(date)) {
        return refuse(REASON_DDAT, DETAIL_NOT_ALLOWED, FIELD_SETTLEMENT_DATE);
    }
    if (date < command->date || date > day_today(ledger)->settlement_date_last) {
        return refuse(REASON_DDAT, DETAIL_OUT_OF_RANGE, FIELD_SETTLEMENT_DATE);
    }
    return refusal_none();
}

/* On its own side a party names itself, or another one that is refused later. */
static bool party_known(const struct ledger *ledger, const struct bic *own, const struct bic *bic)
{
    return bic_equal(own, bic) || (!bic_absent(bic) && party_find(ledger, bic) != RECORD_NONE);
}

static struct refusal check_parties(const struct ledger *ledger,
                                    const struct command_instruct *body, const struct named *named)
{
    if ((named->party->roles & PARTY_PARTICIPANT) == 0) {
        return refuse(REASON_ICAG, DETAIL_ROLE_MISSING, FIELD_PARTY);
    }
    const struct bic *own = &named->party->bic;
    bool delivers = body->movement == MOVEMENT_DELI;
    bool other_known = named->counterparty != RECORD_NONE;
    if (delivers ? !party_known(ledger, own, &body->deliverer) : !other_known) {
        return refuse(REASON_ICAG, DETAIL_UNKNOWN, FIELD_DELIVERER);
    }
    if (delivers ? !other_known : !party_known(ledger, own, &body->receiver)) {
        return refuse(REASON_ICAG, DETAIL_UNKNOWN, FIELD_RECEIVER);
    }
    if (!bic_equal(own, delivers ? &body->deliverer : &body->receiver)) {
        return refuse(REASON_ICAG, DETAIL_NOT_OWNER, delivers ? FIELD_DELIVERER : FIELD_RECEIVER);
    }
    bool internal = body->transaction_type == TRANSACTION_OWNI;
    if (bic_equal(&body->deliverer, &body->receiver) != internal) {
        return refuse(REASON_ICAG, internal ? DETAIL_NOT_OWNER : DETAIL_SELF, FIELD_RECEIVER);
    }
    if (bic_absent(&body->deliverer_depository)) {
        return refuse(REASON_DEPT, DETAIL_MISSING, FIELD_DELIVERER_DEPOSITORY);
    }
    if (bic_absent(&body->receiver_depository)) {
        return refuse(REASON_DEPT, DETAIL_MISSING, FIELD_RECEIVER_DEPOSITORY);
    }
    return refusal_none();
}

static struct refusal check_quantity(const struct asset *asset, const struct command_instruct *body)
{
    bool payment_only = body->quantity == 0 && body->payment == PAYMENT_APMT;
    if (payment_only) {
        return refusal_none();
    }
    if (body->quantity <= 0) {
        return refuse(REASON_DQUA, DETAIL_OUT_OF_RANGE, FIELD_QUANTITY);
    }
    if (body->quantity > INSTRUCTION_VALUE_MAX) {
        return refuse(REASON_DQUA, DETAIL_TOO_LARGE, FIELD_QUANTITY);
    }
    if (body->quantity < asset->settlement_unit_min) {
        return refuse(REASON_MINO, DETAIL_NONE, FIELD_QUANTITY);
    }
    if (asset->settlement_unit_multiple != 1 &&
        body->quantity % asset->settlement_unit_multiple != 0) {
        return refuse(REASON_MUNO, DETAIL_NONE, FIELD_QUANTITY);
    }
    return refusal_none();
}

/* Free of payment may still name an amount, to be matched only: then all three fields. */
static struct refusal check_amount(const struct asset *currency,
                                   const struct command_instruct *body)
{
    bool named = body->currency.size != 0 || body->amount != 0 || body->credit_debit != 0;
    if (body->payment == PAYMENT_FREE && !named) {
        return refusal_none();
    }
    if (currency == NULL || !asset_is_currency(currency)) {
        return refuse(REASON_NCRR, DETAIL_UNKNOWN, FIELD_CURRENCY);
    }
    if (body->amount <= 0) {
        return refuse(REASON_DMON, DETAIL_OUT_OF_RANGE, FIELD_AMOUNT);
    }
    if (body->amount > INSTRUCTION_VALUE_MAX) {
        return refuse(REASON_DMON, DETAIL_TOO_LARGE, FIELD_AMOUNT);
    }
    if (currency->settlement_unit_multiple != 1 &&
        body->amount % currency->settlement_unit_multiple != 0) {
        return refuse(REASON_DMON, DETAIL_NOT_ALLOWED, FIELD_AMOUNT);
    }
    if (body->credit_debit != CREDIT_DEBIT_CRDT && body->credit_debit != CREDIT_DEBIT_DBIT) {
        return refuse(REASON_DMON, DETAIL_NOT_ALLOWED, FIELD_CREDIT_DEBIT);
    }
    if (body->transaction_type == TRANSACTION_OWNI) {
        return refuse(REASON_DMON, DETAIL_NOT_APPLICABLE, FIELD_AMOUNT);
    }
    return refusal_none();
}

uint64_t instruct_reference_hash(const struct ledger *ledger, const struct command_context *context,
                                 const struct text35 *reference)
{
    const struct index_name name = {context->party, reference};
    uint64_t hash = known_of(context)->reference_hash;
    return hash != 0 ? hash : index_name_hash(ledger->map_seed, &name);
}

uint32_t instruct_account(const struct ledger *ledger, uint32_t party, const struct text35 *named,
                          enum account_kind kind, uint32_t guess)
{
    return named->size != 0 ? index_find_account_from(ledger, party, named, guess)
                            : account_find_default(ledger, party, kind);
}

static struct refusal check_account(uint32_t account, const struct account *record,
                                    enum account_kind kind, const struct asset *asset,
                                    enum field field)
{
    enum reason reason = kind == ACCOUNT_CASH ? REASON_CASH : REASON_SAFE;
    if (record == NULL) {
        return refuse(reason, DETAIL_UNKNOWN, field);
    }
    if (record->kind != kind) {
        return refuse(reason, DETAIL_NOT_ALLOWED, field);
    }
    if (record->status == ACCOUNT_CLOSED) {
        return refuse(reason, DETAIL_CLOSED, field);
    }
    /* Issuing is a command of its own: nothing settles over the counterweight. */
    if (asset->issuance_account == account) {
        return refuse(reason, DETAIL_NOT_ALLOWED, field);
    }
    return refusal_none();
}

/* The own side's matching field must not contradict the account it settles over. */
static struct refusal check_account_named(const struct account *account,
                                          const struct command_instruct *body)
{
    bool delivers = body->movement == MOVEMENT_DELI;
    const struct text35 *named = delivers ? &body->deliverer_account : &body->receiver_account;
    if (named->size != 0 && !text35_equal(named, &account->id)) {
        return refuse(REASON_SAFE, DETAIL_NOT_ALLOWED,
                      delivers ? FIELD_DELIVERER_ACCOUNT : FIELD_RECEIVER_ACCOUNT);
    }
    return refusal_none();
}

static struct refusal check_internal_accounts(const struct ledger *ledger,
                                              const struct command_context *context,
                                              const struct command_instruct *body,
                                              const struct named *named)
{
    const struct asset *asset = named->asset_record;
    enum account_kind kind = asset_is_currency(asset) ? ACCOUNT_CASH : ACCOUNT_SECURITIES;
    struct refusal refusal =
        check_account(named->account, named->account_record, kind, asset, FIELD_ACCOUNT);
    if (!refusal_is_none(refusal)) {
        return refusal;
    }
    refusal = check_account_named(named->account_record, body);
    if (!refusal_is_none(refusal)) {
        return refusal;
    }
    uint32_t taking = account_find(ledger, context->party, &body->receiver_account);
    const struct account *record = taking != RECORD_NONE ? account_view(ledger, taking) : NULL;
    refusal = check_account(taking, record, kind, asset, FIELD_RECEIVER_ACCOUNT);
    if (!refusal_is_none(refusal)) {
        return refusal;
    }
    return named->account == taking ? refuse(REASON_SAFE, DETAIL_SELF, FIELD_RECEIVER_ACCOUNT)
                                    : refusal_none();
}

static struct refusal check_accounts(const struct ledger *ledger,
                                     const struct command_context *context,
                                     const struct command_instruct *body, const struct named *named)
{
    if (body->transaction_type == TRANSACTION_OWNI) {
        return check_internal_accounts(ledger, context, body, named);
    }
    /* Payment free of delivery settles over no securities account, free of payment over no cash. */
    if (body->quantity == 0 && body->account.size != 0) {
        return refuse(REASON_SAFE, DETAIL_NOT_APPLICABLE, FIELD_ACCOUNT);
    }
    if (body->payment == PAYMENT_FREE && body->cash_account.size != 0) {
        return refuse(REASON_CASH, DETAIL_NOT_APPLICABLE, FIELD_CASH_ACCOUNT);
    }
    if (body->quantity > 0) {
        struct refusal refusal =
            check_account(named->account, named->account_record, ACCOUNT_SECURITIES,
                          named->asset_record, FIELD_ACCOUNT);
        if (!refusal_is_none(refusal)) {
            return refusal;
        }
        refusal = check_account_named(named->account_record, body);
        if (!refusal_is_none(refusal)) {
            return refusal;
        }
    }
    if (body->payment == PAYMENT_FREE) {
        return refusal_none();
    }
    return check_account(named->cash_account, named->cash_account_record, ACCOUNT_CASH,
                         named->currency_record, FIELD_CASH_ACCOUNT);
}

static struct refusal check_codes_last(const struct ledger *ledger,
                                       const struct command_context *context,
                                       const struct command_instruct *body)
{
    condition_set allowed = context->generated ? condition_set_known() : condition_set_instructed();
    if ((body->conditions & ~allowed) != 0) {
        return refuse(REASON_VALR, DETAIL_NOT_ALLOWED, FIELD_CONDITIONS);
    }
    if ((body->conditions & CONDITION_CLEN) != 0 && (body->conditions & CONDITION_DIRT) != 0) {
        return refuse(REASON_VALR, DETAIL_CONTRADICTION, FIELD_CONDITIONS);
    }
    if (body->cum_ex > CUM_EX_XCPN) {
        return refuse(REASON_VALR, DETAIL_NOT_ALLOWED, FIELD_CUM_EX);
    }
    if (body->partial < PARTIAL_NPAR || body->partial > PARTIAL_PARQ) {
        return refuse(REASON_VALR, DETAIL_NOT_ALLOWED, FIELD_PARTIAL);
    }
    if (body->quantity == 0 && body->partial != PARTIAL_NPAR) {
        return refuse(REASON_VALR, DETAIL_NOT_APPLICABLE,
                      FIELD_PARTIAL); /* no securities to part */
    }
    if (body->priority != 0 && !context->generated &&
        !priority_allowed(ledger, context->party, body->priority)) {
        return refuse(REASON_VALR, DETAIL_NOT_ALLOWED, FIELD_PRIORITY);
    }
    return refusal_none();
}

/* Is anything said of links and pools? */
static bool links_said(const struct command_instruct *body)
{
    return (body->link_count | body->pool.size | body->pool_number | body->pool_total) != 0;
}

/* Is anything given that may have to be kept apart (rare.h)? */
static bool particulars_given(const struct command_instruct *body)
{
    return (body->common_reference.size | body->deliverer_account.size |
            body->receiver_account.size) != 0 ||
           !bic_absent(&body->deliverer_client) || !bic_absent(&body->receiver_client);
}

/* The own side's account is known by its number, and a counterparty that names another differs. */
static void particulars_make(const struct command_instruct *body, struct instruct_plan *plan)
{
    bool delivers = body->movement == MOVEMENT_DELI;
    bool known = plan->terms.account != RECORD_NONE;
    struct instruction_particulars *particulars = &plan->particulars;

    plan->terms.particulars = NULL;
    if (!particulars_given(body)) {
        return;
    }
    *particulars = (struct instruction_particulars){
        .common_reference = body->common_reference,
        .deliverer_client = body->deliverer_client,
        .receiver_client = body->receiver_client,
    };
    if (!known || !delivers) {
        particulars->deliverer_account = body->deliverer_account;
    }
    if (!known || delivers) {
        particulars->receiver_account = body->receiver_account;
    }
    plan->terms.particulars = instruction_particulars_any(particulars) ? particulars : NULL;
}

void instruct_matched_terms(struct instruction_terms *terms, const struct command *command,
                            uint32_t asset, uint32_t currency)
{
    const struct command_instruct *body = &command->instruct;
    *terms = (struct instruction_terms){
        .payment = body->payment,
        .movement = body->movement,
        .asset = asset,
        .trade_date = command->date,
        .quantity = body->quantity,
        .settlement_date = body->settlement_date,
        .deliverer = body->deliverer,
        .receiver = body->receiver,
        .deliverer_depository = body->deliverer_depository,
        .receiver_depository = body->receiver_depository,
        .currency = currency,
        .amount = body->amount,
        .credit_debit = body->credit_debit,
        .conditions = body->conditions,
        .cum_ex = body->cum_ex,
    };
}

/* The instruction's terms, with indexes for identifiers. pre: the checks above passed. */
static void terms_make(const struct ledger *ledger, uint32_t party,
                       const struct instruct_known *known, const struct command *command,
                       const struct named *named, struct instruct_plan *plan)
{
    struct instruction_terms *terms = &plan->terms;
    const struct command_instruct *body = &command->instruct;
    plan->group_hash = known->group_hash;
    if (known->group_hash != 0) {
        *terms = known->terms;
    } else {
        instruct_matched_terms(terms, command, named->asset, named->currency);
    }
    terms->account_id = named->account_record != NULL ? &named->account_record->id : NULL;
    terms->account = named->account;
    terms->cash_account = named->cash_account;
    terms->priority = body->priority != 0
                          ? body->priority
                          : (uint8_t)priority_default(ledger, party, body->transaction_type);
    terms->partial = body->partial;
    terms->transaction_type = body->transaction_type;
    particulars_make(body, plan);
}

/* The operator's rules at entry; which one decided is kept for the receipt. */
static struct refusal check_restriction_types(const struct ledger *ledger,
                                              const struct command_context *context,
                                              const struct instruction_terms *terms)
{
    if (context->generated || !restriction_types_any(ledger)) {
        return refusal_none();
    }
    return restriction_type_applies(ledger, RESTRICTION_RJCT, context->party, terms,
                                    ledger->restriction_queues.last_hit)
               ? refuse(REASON_VALR, DETAIL_RESTRICTED, FIELD_RESTRICTION_TYPE)
               : refusal_none();
}

/* The account of the same party where an internal transfer takes; RECORD_NONE for others. */
static uint32_t taking_account(const struct ledger *ledger, uint32_t party,
                               const struct instruction_terms *terms)
{
    return terms->transaction_type == TRANSACTION_OWNI
               ? account_find(ledger, party, &terms_particulars(terms)->receiver_account)
               : RECORD_NONE;
}

/* Finds a position over which it settles, and counts it if it is still to be opened. */
static uint32_t plan_position(const struct ledger *ledger, uint32_t account, uint32_t asset,
                              uint32_t guess, uint32_t *missing_count)
{
    uint32_t position = account != RECORD_NONE
                            ? index_find_position_from(ledger, account, asset, guess)
                            : RECORD_NONE;
    *missing_count += account != RECORD_NONE && position == RECORD_NONE ? 1 : 0;
    return position;
}

static void plan_positions(const struct ledger *ledger, uint32_t party,
                           const struct instruct_known *known, struct instruct_plan *plan)
{
    const struct instruction_terms *terms = &plan->terms;
    uint32_t taking = taking_account(ledger, party, terms);
    TALLY_ASSERT(taking == RECORD_NONE || terms->cash_account == RECORD_NONE);
    plan->missing_count = 0;
    plan->position =
        plan_position(ledger, terms->account, terms->asset, known->position, &plan->missing_count);
    plan->other_account = taking != RECORD_NONE ? taking : terms->cash_account;
    plan->other_asset = taking != RECORD_NONE ? terms->asset : terms->currency;
    plan->other_position = plan_position(ledger, plan->other_account, plan->other_asset,
                                         known->cash_position, &plan->missing_count);
}

/* Does it have what is kept apart (rare.h)? */
static bool ties_given(const struct command_instruct *body)
{
    return body->link_count > 0 || body->pool.size > 0 || body->restriction_count > 0;
}

/* For its own ties, and for those of each that it is linked with, if that has none yet. */
static struct refusal check_ties_room(const struct ledger *ledger,
                                      const struct command_context *context,
                                      const struct command_instruct *body)
{
    if (!ties_given(body)) {
        return refusal_none();
    }
    uint32_t needed = context->second ? 2 : 1;
    for (uint32_t i = 0; i < body->link_count; i++) {
        uint32_t partner = instruction_find(ledger, context->party, &body->links[i].reference);
        needed += instruction_view(ledger, partner)->ties == NULL ? 1 : 0;
    }
    enum field other = body->pool.size > 0 ? FIELD_POOL : FIELD_RESTRICTION;
    return rare_has_room(ledger, needed, 0)
               ? refusal_none()
               : refuse(REASON_VALR, DETAIL_CAPACITY_FULL,
                        body->link_count > 0 ? FIELD_LINKED_REFERENCE : other);
}

/* What is given of the optional fields. */
static enum field particulars_field(const struct instruction_particulars *particulars)
{
    if (particulars->common_reference.size > 0) {
        return FIELD_COMMON_REFERENCE;
    }
    if (!bic_absent(&particulars->deliverer_client) || !bic_absent(&particulars->receiver_client)) {
        return bic_absent(&particulars->deliverer_client) ? FIELD_RECEIVER_CLIENT
                                                          : FIELD_DELIVERER_CLIENT;
    }
    return particulars->deliverer_account.size > 0 ? FIELD_DELIVERER_ACCOUNT
                                                   : FIELD_RECEIVER_ACCOUNT;
}

static struct refusal check_rare_room(const struct ledger *ledger,
                                      const struct command_context *context,
                                      const struct command_instruct *body,
                                      const struct instruct_plan *plan)
{
    if (plan->terms.particulars != NULL && !rare_has_room(ledger, 0, context->second ? 2 : 1)) {
        return refuse(REASON_VALR, DETAIL_CAPACITY_FULL, particulars_field(&plan->particulars));
    }
    return check_ties_room(ledger, context, body);
}

static struct refusal check_room(const struct ledger *ledger, const struct command_context *context,
                                 const struct command_instruct *body, const struct party *party,
                                 const struct instruct_plan *plan)
{
    uint32_t quota = party->instruction_quota != 0 ? party->instruction_quota
                                                   : ledger->limits.instructions_per_party;
    if (party->instruction_count >= quota) {
        return refuse(REASON_VALR, DETAIL_QUOTA_FULL, FIELD_QUOTA);
    }
    uint32_t taken = context->second ? 1 : 0;
    if (record_count(ledger, RECORD_INSTRUCTION) + taken >=
        record_capacity(ledger, RECORD_INSTRUCTION)) {
        return refuse(REASON_VALR, DETAIL_CAPACITY_FULL, FIELD_COMMAND);
    }
    if (!lifecycle_has_room(ledger, &plan->terms)) {
        return refuse(REASON_VALR, DETAIL_CAPACITY_FULL, FIELD_COMMAND);
    }
    uint32_t needed = plan->missing_count;
    uint32_t taken_positions = context->second ? 2 : 0; /* at most */
    if (record_capacity(ledger, RECORD_POSITION) - record_count(ledger, RECORD_POSITION) <
        needed + taken_positions) {
        return refuse(REASON_VALR, DETAIL_CAPACITY_FULL, FIELD_ACCOUNT);
    }
    return needed == 0 || party_share_allows(ledger, RECORD_POSITION, party->position_count, needed)
               ? check_rare_room(ledger, context, body, plan)
               : refuse(REASON_VALR, DETAIL_QUOTA_FULL, FIELD_ACCOUNT);
}

/* Is anything said of restrictions to draw on? */
static bool draws_said(const struct command_instruct *body)
{
    return body->restriction_count != 0 || body->restricted_only;
}

/* What asks for the instruction as it would be, and plans it. pre: the checks before passed. */
static struct refusal check_terms(const struct ledger *ledger,
                                  const struct command_context *context,
                                  const struct command *command, const struct named *named,
                                  struct instruct_plan *plan)
{
    const struct instruct_known *known = known_of(context);
    struct refusal refusal = refusal_none();
    plan->counterparty = named->counterparty;
    plan->reference_hash = instruct_reference_hash(ledger, context, &command->reference);
    terms_make(ledger, context->party, known, command, named, plan);
    if (draws_said(&command->instruct)) {
        refusal = restriction_draws_resolve(ledger, context->party, &command->instruct,
                                            &plan->terms, &plan->draws);
    }
    if (refusal_is_none(refusal)) {
        refusal = check_restriction_types(ledger, context, &plan->terms);
    }
    if (refusal_is_none(refusal)) {
        plan_positions(ledger, context->party, known, plan);
        refusal = check_room(ledger, context, &command->instruct, named->party, plan);
    }
    return refusal;
}

struct refusal instruct_check(const struct ledger *ledger, const struct command_context *context,
                              const struct command *command, struct instruct_plan *plan)
{
    const struct command_instruct *body = &command->instruct;
    struct named named;
    names_find(ledger, context->party, known_of(context), body, &named);
    struct refusal refusal = check_codes_first(context, body, &named);
    if (refusal_is_none(refusal)) {
        refusal = check_asset(named.asset_record, body);
    }
    if (refusal_is_none(refusal)) {
        refusal = check_settlement_date(ledger, command);
    }
    if (refusal_is_none(refusal)) {
        refusal = check_parties(ledger, body, &named);
    }
    if (refusal_is_none(refusal)) {
        refusal = check_quantity(named.asset_record, body);
    }
    if (refusal_is_none(refusal)) {
        refusal = check_amount(named.currency_record, body);
    }
    if (refusal_is_none(refusal)) {
        refusal = check_accounts(ledger, context, body, &named);
    }
    if (refusal_is_none(refusal)) {
        refusal = check_codes_last(ledger, context, body);
    }
    if (refusal_is_none(refusal)) {
        refusal = links_said(body) ? link_check_new(ledger, context->party, body) : refusal_none();
    }
    if (refusal_is_none(refusal)) {
        refusal = check_terms(ledger, context, command, &named, plan);
    }
    return refusal;
}

void instruct_plan_make(const struct ledger *ledger, const struct command_context *context,
                        const struct command *command, struct instruct_plan *plan)
{
    struct named named;
    names_find(ledger, context->party, known_of(context), &command->instruct, &named);
    plan->counterparty = named.counterparty;
    plan->reference_hash = instruct_reference_hash(ledger, context, &command->reference);
    terms_make(ledger, context->party, known_of(context), command, &named, plan);
    struct refusal refusal = restriction_draws_resolve(ledger, context->party, &command->instruct,
                                                       &plan->terms, &plan->draws);
    TALLY_ASSERT(refusal_is_none(refusal));
    plan_positions(ledger, context->party, known_of(context), plan);
}

/* The position that was planned, opened if it was not there. */
static uint32_t open_position(struct ledger *ledger, uint32_t planned, uint32_t account,
                              uint32_t asset)
{
    if (account == RECORD_NONE || planned != RECORD_NONE) {
        return planned;
    }
    uint32_t position = position_open(ledger, account, asset);
    TALLY_ASSERT(position != RECORD_NONE);
    return position;
}

static void statuses_begin(struct ledger *ledger, struct instruction *instruction, bool hold)
{
    const struct instruction_status first =
        instruction_status_make(0, REASON_NONE, ledger->scalars->height, ledger->scalars->time_ms);
    for (uint32_t i = 0; i < DIMENSION_COUNT; i++) {
        instruction->status[i] = first;
    }
    if (instruction->terms.transaction_type == TRANSACTION_OWNI) {
        instruction->status[DIMENSION_MATCH].value = MATCH_NOT_REQUIRED;
    } else {
        instruction->status[DIMENSION_MATCH].reason = REASON_CMIS;
    }
    if (hold) {
        instruction->status[DIMENSION_HOLD_PARTY].value = HOLD_YES;
        instruction->status[DIMENSION_HOLD_PARTY].reason = REASON_PTYH;
    }
}

/* The restrictions, the links and the pool that it was submitted with. */
static void ties_begin(struct ledger *ledger, uint32_t index, const struct command_instruct *body,
                       const struct restriction_draws *draws)
{
    const struct instruction *instruction = instruction_view(ledger, index);

    if (!ties_given(body)) {
        return;
    }
    if (body->restriction_count > 0) {
        rare_ties(ledger, index)->draws = *draws;
    }
    for (uint32_t i = 0; i < body->link_count; i++) {
        link_add(ledger, index,
                 instruction_find(ledger, instruction->party, &body->links[i].reference),
                 (enum link_type)body->links[i].type);
    }
    rare_ties(ledger, index)->pool =
        (struct instruction_pool){body->pool, body->pool_number, body->pool_total};
    pool_enter(ledger, index);
}

uint32_t instruct_make(struct ledger *ledger, const struct command_context *context,
                       const struct command *command, const struct instruct_plan *plan)
{
    uint32_t index = record_take(ledger, RECORD_INSTRUCTION);
    TALLY_ASSERT(index != RECORD_NONE);
    struct instruction *instruction = &ledger->instructions[index];
    instruction->terms = plan->terms;
    instruction->terms.particulars = NULL;
    if (plan->terms.particulars != NULL) {
        *rare_particulars(ledger, index) = plan->particulars;
    }
    instruction->sequence = ++ledger->scalars->instruction_sequence;
    instruction->party = context->party;
    instruction->reference = command->reference;
    memcpy(instruction->content, command->content.bytes, sizeof(instruction->content));
    instruction->counterpart = RECORD_NONE;
    instruction->receipt_index = context->receipt_index;
    instruction->submitted_height = ledger->scalars->height & INSTRUCTION_HEIGHT_MAX;
    instruction->submitted_ms = ledger->scalars->time_ms & INSTRUCTION_TIME_MAX;
    instruction->changed_date = ledger->scalars->business_date;
    instruction->secret = context->secret;
    statuses_begin(ledger, instruction, command->instruct.hold);
    if (!context->generated && restriction_types_any(ledger)) {
        restriction_type_hold(ledger, index);
    }
    index_enter_instruction(ledger, index, plan->reference_hash);
    party_at(ledger, context->party)->instruction_count++;
    record_touch(ledger, RECORD_PARTY, context->party);
    instruction->counterparty = plan->counterparty;
    instruction->position =
        open_position(ledger, plan->position, plan->terms.account, plan->terms.asset);
    instruction->other_position =
        open_position(ledger, plan->other_position, plan->other_account, plan->other_asset);
    ties_begin(ledger, index, &command->instruct, &plan->draws);
    return index;
}

void instruct_body(const struct ledger *ledger, uint32_t index, struct command_instruct *out)
{
    const struct instruction *instruction = instruction_view(ledger, index);
    const struct instruction_terms *terms = &instruction->terms;
    *out = (struct command_instruct){
        .payment = terms->payment,
        .movement = terms->movement,
        .asset = asset_view(ledger, terms->asset)->code,
        .quantity = terms->quantity,
        .settlement_date = terms->settlement_date,
        .deliverer = terms->deliverer,
        .receiver = terms->receiver,
        .deliverer_depository = terms->deliverer_depository,
        .receiver_depository = terms->receiver_depository,
        .amount = terms->amount,
        .credit_debit = terms->credit_debit,
        .conditions = terms->conditions,
        .cum_ex = terms->cum_ex,
        .common_reference = terms_particulars(terms)->common_reference,
        .deliverer_client = terms_particulars(terms)->deliverer_client,
        .receiver_client = terms_particulars(terms)->receiver_client,
        .deliverer_account = *terms_account(terms, MOVEMENT_DELI),
        .receiver_account = *terms_account(terms, MOVEMENT_RECE),
        .priority = terms->priority,
        .partial = terms->partial,
        .transaction_type = terms->transaction_type,
        .hold = instruction->status[DIMENSION_HOLD_PARTY].value == HOLD_YES,
    };
    if (terms->currency != RECORD_NONE) {
        out->currency = asset_view(ledger, terms->currency)->code;
    }
    if (terms->account != RECORD_NONE) {
        out->account = account_view(ledger, terms->account)->id;
    }
    if (terms->cash_account != RECORD_NONE) {
        out->cash_account = account_view(ledger, terms->cash_account)->id;
    }
}

struct command_result instruct_act(struct ledger *ledger, const struct command_context *context,
                                   const struct command *command, const struct instruct_plan *plan)
{
    uint32_t index = instruct_make(ledger, context, command, plan);
    struct command_result result = result_done();
    result.instruction_sequence = instruction_view(ledger, index)->sequence;
    lifecycle_accept(ledger, index, plan->group_hash);
    link_began(ledger, index);
    return result;
}

struct command_context instruct_context(const struct command_context *context, uint32_t party,
                                        bool second)
{
    static const uint8_t place[] = {2};
    struct command_context own = *context;
    own.party = party;
    own.known = NULL; /* it is of another party, or reference, or command */
    own.second = second;
    if (second) {
        struct hash hash;
        hash_keyed(&hash, HASH_SALT, context->secret.bytes, NONCE_SIZE, place, sizeof(place));
        memcpy(own.secret.bytes, hash.bytes, NONCE_SIZE);
    }
    return own;
}

bool instruct_kind(uint8_t kind)
{
    return kind == COMMAND_INSTRUCT || kind == COMMAND_ALLEGEMENT_ACCEPT;
}
