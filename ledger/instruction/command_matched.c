/*
 * Submitting both sides of a trade as one, already matched, by who has power of attorney of both
 * parties (or is one of them and has the other's): both instructions are made and matched in the
 * same block.
 *
 * The command says the deliverer's side, and of the receiver's what differs: reference, accounts,
 * priority, partial indicator, hold. All else is mirrored.
 *
 * Checks, in this order: the side said is the deliverer's (VALR), no internal transfer (SETR), no
 * links and no pool (INVL: each party links its own, by a command), both
 * parties known (ICAG), power of attorney over the accounts used (ICAG, NO_ATTORNEY), references
 * given and free with each party (REFE), then all checks of an instruction for either side
 * (command_instruct.c), the deliverer's first.
 */
#include <string.h>

#include "ledger/command/execute.h"
#include "ledger/instruction/instruct.h"
#include "ledger/state.h"

static uint8_t sign_opposite(uint8_t credit_debit)
{
    if (credit_debit == CREDIT_DEBIT_CRDT) {
        return CREDIT_DEBIT_DBIT;
    }
    return credit_debit == CREDIT_DEBIT_DBIT ? CREDIT_DEBIT_CRDT : credit_debit;
}

/* The command that would instruct one side. */
static void side_make(const struct command *command, bool delivers, struct command *out)
{
    const struct command_instruct_matched *body = &command->instruct_matched;
    *out = (struct command){.kind = COMMAND_INSTRUCT,
                            .reference =
                                delivers ? body->deliverer_reference : body->receiver_reference,
                            .date = command->date,
                            .content = command->content,
                            .instruct = body->deliver};
    if (delivers) {
        return;
    }
    out->instruct.movement = MOVEMENT_RECE;
    out->instruct.credit_debit = sign_opposite(body->deliver.credit_debit);
    out->instruct.account = body->receiving_account;
    out->instruct.cash_account = body->receiving_cash_account;
    out->instruct.priority = body->receiver_priority;
    out->instruct.partial = body->receiver_partial;
    out->instruct.hold = body->receiver_hold;
    out->instruct.restriction_count = 0; /* they are the deliverer's */
    memset(out->instruct.restrictions, 0, sizeof out->instruct.restrictions);
    out->instruct.restricted_only = false;
}

static bool allowed(const struct ledger *ledger, uint32_t attorney, uint32_t party,
                    const struct command_instruct *side)
{
    bool securities = side->quantity > 0;
    bool cash = side->payment == PAYMENT_APMT;
    uint32_t account =
        instruct_account(ledger, party, &side->account, ACCOUNT_SECURITIES, RECORD_NONE);
    uint32_t cash_account =
        instruct_account(ledger, party, &side->cash_account, ACCOUNT_CASH, RECORD_NONE);
    return (!securities || attorney_allows(ledger, party, attorney, account)) &&
           (!cash || attorney_allows(ledger, party, attorney, cash_account)) &&
           (securities || cash || attorney_allows(ledger, party, attorney, RECORD_NONE));
}

static struct refusal check_side(const struct ledger *ledger, const struct command_context *context,
                                 const struct command *command, bool delivers)
{
    const struct command_instruct *body = &command->instruct_matched.deliver;
    uint32_t party = party_find(ledger, delivers ? &body->deliverer : &body->receiver);
    struct command side;
    if (party == RECORD_NONE) {
        return refuse(REASON_ICAG, DETAIL_UNKNOWN, delivers ? FIELD_DELIVERER : FIELD_RECEIVER);
    }
    side_make(command, delivers, &side);
    if (!allowed(ledger, context->party, party, &side.instruct)) {
        return refuse(REASON_ICAG, DETAIL_NO_ATTORNEY, delivers ? FIELD_DELIVERER : FIELD_RECEIVER);
    }
    enum field field = delivers ? FIELD_DELIVERER_REFERENCE : FIELD_RECEIVER_REFERENCE;
    if (side.reference.size == 0) {
        return refuse(REASON_REFE, DETAIL_MISSING, field);
    }
    if (instruction_find(ledger, party, &side.reference) != RECORD_NONE) {
        return refuse(REASON_REFE, DETAIL_EXISTS_DIFFERENTLY, field);
    }
    struct command_context own = instruct_context(context, party, !delivers);
    struct instruct_plan plan;
    return instruct_check(ledger, &own, &side, &plan);
}

struct refusal matched_check(const struct ledger *ledger, const struct command_context *context,
                             const struct command *command)
{
    const struct command_instruct *body = &command->instruct_matched.deliver;
    if (body->movement != MOVEMENT_DELI) {
        return refuse(REASON_VALR, DETAIL_NOT_ALLOWED, FIELD_MOVEMENT);
    }
    if (body->transaction_type == TRANSACTION_OWNI) {
        return refuse(REASON_SETR, DETAIL_NOT_APPLICABLE, FIELD_TRANSACTION_TYPE);
    }
    if (body->link_count != 0 || body->pool.size != 0) {
        return refuse(REASON_INVL, DETAIL_NOT_APPLICABLE,
                      body->link_count != 0 ? FIELD_LINKED_REFERENCE : FIELD_POOL);
    }
    struct refusal refusal = check_side(ledger, context, command, true);
    return refusal_is_none(refusal) ? check_side(ledger, context, command, false) : refusal;
}

struct command_result matched_act(struct ledger *ledger, const struct command_context *context,
                                  const struct command *command)
{
    const struct command_instruct *body = &command->instruct_matched.deliver;
    uint32_t index[2];
    for (uint32_t i = 0; i < 2; i++) {
        bool delivers = i == 0;
        uint32_t party = party_find(ledger, delivers ? &body->deliverer : &body->receiver);
        struct command_context own = instruct_context(context, party, !delivers);
        struct command side;
        side_make(command, delivers, &side);
        struct instruct_plan plan;
        instruct_plan_make(ledger, &own, &side, &plan);
        index[i] = instruct_make(ledger, &own, &side, &plan);
    }
    struct command_result result = result_done();
    result.instruction_sequence = instruction_view(ledger, index[0])->sequence;
    lifecycle_accept_pair(ledger, index[0], index[1]);
    return result;
}
