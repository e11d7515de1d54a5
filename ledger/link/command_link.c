/*
 * Link and unlink: sese.030 LINK, UNLK.
 *
 * A party links its own instructions; the operator anybody's. Checks, in this order: the
 * instruction known and own (NRGN), not ended (DSET, DCAN), not settled in part (INVM); the other
 * one known and own (INVL); then for a link what link_check.h lists, for taking one away that there
 * is one of that type (INVL). A link that is there already is answered ALREADY.
 */
#include "ledger/command/execute.h"
#include "ledger/link/link.h"
#include "ledger/link/link_check.h"
#include "ledger/state.h"

/* One that the party may link; RECORD_NONE when there is none. */
static uint32_t own_find(const struct ledger *ledger, const struct command_context *context,
                         const struct bic *bic, const struct text35 *reference)
{
    bool is_operator = (party_view(ledger, context->party)->roles & PARTY_OPERATOR) != 0;
    uint32_t party = party_find(ledger, bic);

    if (party == RECORD_NONE || (party != context->party && !is_operator)) {
        return RECORD_NONE;
    }
    return instruction_find(ledger, party, reference);
}

static struct refusal check_open(const struct instruction *instruction)
{
    uint8_t settlement = instruction->status[DIMENSION_SETTLEMENT].value;

    if (instruction_ended(instruction)) {
        bool settled = settlement == SETTLEMENT_SETTLED;
        return refuse(settled ? REASON_DSET : REASON_DCAN, DETAIL_CLOSED, FIELD_TARGET_REFERENCE);
    }
    return settlement == SETTLEMENT_PARTIALLY_SETTLED
               ? refuse(REASON_INVM, DETAIL_IN_PARTS, FIELD_TARGET_REFERENCE)
               : refusal_none();
}

/* Is there a link of exactly that type? */
static bool linked_as(const struct ledger *ledger, uint32_t index, uint32_t partner, uint8_t type)
{
    const struct instruction *instruction = instruction_view(ledger, index);
    uint32_t place = link_find(instruction, partner);

    return place != INSTRUCTION_LINKS_MAX &&
           instruction_ties(instruction)->links[place].type == type;
}

struct refusal links_check(const struct ledger *ledger, const struct command_context *context,
                           const struct command *command)
{
    const struct command_link *body = &command->link;
    uint32_t index = own_find(ledger, context, &body->party, &body->reference);
    uint32_t partner = own_find(ledger, context, &body->linked_party, &body->linked_reference);
    struct refusal refusal;

    if (index == RECORD_NONE) {
        return refuse(REASON_NRGN, DETAIL_UNKNOWN, FIELD_TARGET_REFERENCE);
    }
    refusal = check_open(instruction_view(ledger, index));
    if (!refusal_is_none(refusal)) {
        return refusal;
    }
    if (partner == RECORD_NONE) {
        return refuse(REASON_INVL, DETAIL_UNKNOWN, FIELD_LINKED_REFERENCE);
    }
    if (command->kind == COMMAND_UNLINK) {
        return linked_as(ledger, index, partner, body->type)
                   ? refusal_none()
                   : refuse(REASON_INVL, DETAIL_NOT_LINKED, FIELD_LINKED_REFERENCE);
    }
    return linked_as(ledger, index, partner, body->type)
               ? refusal_none()
               : link_check(ledger, index, partner, body->type);
}

struct command_result links_act(struct ledger *ledger, const struct command_context *context,
                                const struct command *command)
{
    const struct command_link *body = &command->link;
    uint32_t index = own_find(ledger, context, &body->party, &body->reference);
    uint32_t partner = own_find(ledger, context, &body->linked_party, &body->linked_reference);
    bool there = linked_as(ledger, index, partner, body->type);
    struct command_result result = result_done();

    result.instruction_sequence = instruction_view(ledger, index)->sequence;
    if (command->kind == COMMAND_UNLINK) {
        TALLY_ASSERT(there);
        event_emit_link(ledger, EVENT_UNLINKED, index, partner, body->type);
        link_remove(ledger, index, partner);
    } else if (there) {
        result.outcome = OUTCOME_ALREADY;
    } else {
        event_emit_link(ledger, EVENT_LINKED, index, partner, body->type);
        link_add(ledger, index, partner, (enum link_type)body->type);
    }
    return result;
}
