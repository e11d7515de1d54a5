/*
 * Accepting an allegement: the counterparty makes the mirror of the alleged instruction, and the
 * two match in the same block.
 *
 * The mirror has the terms of the alleged instruction with the opposite movement and sign. The
 * acceptor adds what is its own: accounts, priority, partial indicator, hold. The quantity and the
 * amount are said again, so that what is accepted is what was seen, and so that the key's limits
 * can be asked.
 *
 * Checks, in this order: an open allegement against the own party (NRGN: whether other references
 * exist is not told), quantity (DQUA) and amount (DMON) as alleged, then all checks of an
 * instruction (command_instruct.c) over the mirror.
 */
#include "base/mutant.h"
#include "ledger/command/execute.h"
#include "ledger/instruction/instruct.h"
#include "ledger/state.h"

/* The instruction that is alleged to the party of the context; RECORD_NONE when there is none. */
static uint32_t alleged_find(const struct ledger *ledger, const struct command_context *context,
                             const struct command_allegement_accept *body)
{
    uint32_t party = party_find(ledger, &body->party);
    uint32_t index =
        party == RECORD_NONE ? RECORD_NONE : instruction_find(ledger, party, &body->reference);
    if (index == RECORD_NONE) {
        return RECORD_NONE;
    }
    const struct instruction *alleged = instruction_view(ledger, index);
    const struct bic *named = alleged->terms.movement == MOVEMENT_DELI ? &alleged->terms.receiver
                                                                       : &alleged->terms.deliverer;
    bool to_me =
        bic_equal(named, &party_view(ledger, context->party)->bic) || MUTANT(ALLEGEMENT_OF_OTHERS);
    bool waits = alleged->allegement == ALLEGEMENT_SENT || MUTANT(ALLEGEMENT_ACCEPTED_TWICE);
    return to_me && waits ? index : RECORD_NONE;
}

static uint8_t sign_opposite(uint8_t credit_debit)
{
    if (credit_debit == CREDIT_DEBIT_NONE) {
        return CREDIT_DEBIT_NONE;
    }
    return credit_debit == CREDIT_DEBIT_CRDT ? CREDIT_DEBIT_DBIT : CREDIT_DEBIT_CRDT;
}

/* The command that would instruct the mirror. */
static void mirror_make(const struct ledger *ledger, uint32_t alleged,
                        const struct command *command, struct command *out)
{
    const struct command_allegement_accept *body = &command->allegement_accept;
    const struct instruction_terms *terms = &instruction_view(ledger, alleged)->terms;
    bool delivers = terms->movement == MOVEMENT_RECE;
    bool ordinary = transaction_type_by(terms->transaction_type) == BY_PARTY;
    /* Which of the own accounts the counterparty named, if it did. */
    struct text35 named = *terms_account(terms, delivers ? MOVEMENT_DELI : MOVEMENT_RECE);

    *out = (struct command){.kind = COMMAND_INSTRUCT,
                            .reference = command->reference,
                            .date = terms->trade_date,
                            .content = command->content};
    instruct_body(ledger, alleged, &out->instruct);
    out->instruct.movement = delivers ? MOVEMENT_DELI : MOVEMENT_RECE;
    out->instruct.credit_debit = sign_opposite(terms->credit_debit);
    out->instruct.conditions &= CONDITION_NOMC;
    out->instruct.account = body->account.size == 0 && terms->quantity > 0 ? named : body->account;
    out->instruct.cash_account = body->cash_account;
    out->instruct.priority = body->priority;
    out->instruct.partial = body->partial;
    out->instruct.transaction_type = ordinary ? terms->transaction_type : (uint8_t)TRANSACTION_TRAD;
    out->instruct.hold = body->hold;
}

struct refusal allegement_accept_check(const struct ledger *ledger,
                                       const struct command_context *context,
                                       const struct command *command)
{
    const struct command_allegement_accept *body = &command->allegement_accept;
    uint32_t alleged = alleged_find(ledger, context, body);
    if (alleged == RECORD_NONE) {
        return refuse(REASON_NRGN, DETAIL_NOT_ALLEGED, FIELD_TARGET_REFERENCE);
    }
    const struct instruction_terms *terms = &instruction_view(ledger, alleged)->terms;
    if (body->quantity != terms->quantity) {
        return refuse(REASON_DQUA, DETAIL_ALLEGED_DIFFERENTLY, FIELD_QUANTITY);
    }
    if (body->amount != terms->amount) {
        return refuse(REASON_DMON, DETAIL_ALLEGED_DIFFERENTLY, FIELD_AMOUNT);
    }
    struct command mirror;
    mirror_make(ledger, alleged, command, &mirror);
    struct instruct_plan plan;
    return instruct_check(ledger, context, &mirror, &plan);
}

struct command_result allegement_accept_act(struct ledger *ledger,
                                            const struct command_context *context,
                                            const struct command *command)
{
    uint32_t alleged = alleged_find(ledger, context, &command->allegement_accept);
    struct command mirror;
    TALLY_ASSERT(alleged != RECORD_NONE);
    mirror_make(ledger, alleged, command, &mirror);
    struct instruct_plan plan;
    instruct_plan_make(ledger, context, &mirror, &plan);
    uint32_t index = instruct_make(ledger, context, &mirror, &plan);
    struct command_result result = result_done();
    result.instruction_sequence = instruction_view(ledger, index)->sequence;
    lifecycle_accept_matched(ledger, index, alleged);
    return result;
}
