#include "ledger/restriction/restriction_draw.h"

#include "base/amount.h"
#include "base/mutant.h"
#include "ledger/command/execute.h"
#include "ledger/state.h"

void restriction_draws_encode(const struct restriction_draws *draws, struct bytes_writer *writer)
{
    bytes_write_u8(writer, draws->count);
    bytes_write_bool(writer, draws->restricted_only);
    for (uint32_t i = 0; i < draws->count; i++) {
        bytes_write_u32(writer, draws->restriction[i]);
        bytes_write_u64(writer, draws->sequence[i]);
    }
}

void restriction_draws_decode(struct restriction_draws *draws, struct bytes_reader *reader)
{
    *draws = (struct restriction_draws){.count = bytes_read_u8(reader)};
    draws->restricted_only = bytes_read_bool(reader);
    if (draws->count > RESTRICTION_DRAWS_MAX || (draws->restricted_only && draws->count == 0)) {
        bytes_reader_fail(reader);
        draws->count = 0;
    }
    for (uint32_t i = 0; i < draws->count; i++) {
        draws->restriction[i] = bytes_read_u32(reader);
        draws->sequence[i] = bytes_read_u64(reader);
    }
}

/* ---------------------------------------------------------------------------------- at entry */

static bool delivers(const struct instruction_terms *terms)
{
    return terms->movement == MOVEMENT_DELI && terms->quantity > 0;
}

static bool pays(const struct instruction_terms *terms)
{
    return terms->payment == PAYMENT_APMT && terms->credit_debit == CREDIT_DEBIT_DBIT;
}

static bool is_position_of(const struct position *position, uint32_t account, uint32_t asset)
{
    return position->account == account && position->asset == asset;
}

static bool gives_from(const struct instruction_terms *terms, const struct position *position)
{
    return (delivers(terms) && is_position_of(position, terms->account, terms->asset)) ||
           (pays(terms) && is_position_of(position, terms->cash_account, terms->currency));
}

static struct refusal invalid(enum detail detail)
{
    return refuse(REASON_INVB, detail, FIELD_RESTRICTION);
}

static struct refusal name_resolve(const struct ledger *ledger, uint32_t party,
                                   const struct text35 *name, const struct instruction_terms *terms,
                                   struct restriction_draws *draws)
{
    uint32_t index = restriction_find(ledger, party, name);
    if (index == RECORD_NONE) {
        return invalid(DETAIL_UNKNOWN);
    }
    const struct restriction *restriction = restriction_view(ledger, index);
    if (restriction->cancellation == CANCELLATION_CANCELLED) {
        return invalid(DETAIL_CLOSED);
    }
    if (!gives_from(terms, position_view(ledger, restriction->position))) {
        return invalid(DETAIL_NOT_APPLICABLE);
    }
    for (uint32_t i = 0; i < draws->count; i++) {
        if (draws->restriction[i] == index) {
            return invalid(DETAIL_SELF);
        }
    }
    if (restriction->kind == RESTRICTION_PLEDGING) {
        return invalid(DETAIL_NOT_ALLOWED);
    }
    draws->restriction[draws->count] = index;
    draws->sequence[draws->count] = restriction->sequence;
    draws->count++;
    return refusal_none();
}

struct refusal restriction_draws_resolve(const struct ledger *ledger, uint32_t party,
                                         const struct command_instruct *body,
                                         const struct instruction_terms *terms,
                                         struct restriction_draws *draws)
{
    if (body->restriction_count == 0 && !body->restricted_only) {
        draws->count = 0;
        draws->restricted_only = false;
        return refusal_none();
    }
    TALLY_ASSERT(body->restriction_count <= RESTRICTION_DRAWS_MAX);
    *draws = (struct restriction_draws){.restricted_only = body->restricted_only};
    bool on_delivery = false;
    for (uint32_t i = 0; i < body->restriction_count; i++) {
        struct refusal refusal = name_resolve(ledger, party, &body->restrictions[i], terms, draws);
        if (!refusal_is_none(refusal)) {
            return refusal;
        }
        const struct restriction *named = restriction_view(ledger, draws->restriction[i]);
        on_delivery = on_delivery || position_view(ledger, named->position)->asset == terms->asset;
    }
    return body->restricted_only && !on_delivery
               ? refuse(REASON_INVB, DETAIL_NOT_APPLICABLE, FIELD_RESTRICTED_ONLY)
               : refusal_none();
}

/* ------------------------------------------------------------------------------ at settlement */

/* What remains of the i-th that is named, if it is still that one and in this position. */
static int64_t remaining_of(const struct ledger *ledger, const struct restriction_draws *draws,
                            uint32_t i, uint32_t position)
{
    uint32_t index = draws->restriction[i];
    if (!record_used(ledger, RECORD_RESTRICTION, index)) {
        return 0;
    }
    const struct restriction *restriction = restriction_view(ledger, index);
    return restriction->sequence == draws->sequence[i] && restriction->position == position
               ? restriction->remaining
               : 0;
}

int64_t restriction_drawable(const struct ledger *ledger, const struct instruction *instruction,
                             uint32_t position)
{
    const struct restriction_draws *draws = &instruction_ties(instruction)->draws;
    int64_t sum = 0;
    for (uint32_t i = 0; i < draws->count; i++) {
        bool fits = amount_add(sum, remaining_of(ledger, draws, i, position), &sum);
        TALLY_ASSERT(fits); /* all of it is held in one position */
    }
    return sum;
}

bool restriction_drawn(const struct ledger *ledger, uint32_t head)
{
    const struct instruction *instruction = instruction_view(ledger, head);
    return instruction_ties(instruction)->draws.count > 0 ||
           instruction_ties(instruction_view(ledger, instruction->counterpart))->draws.count > 0;
}

static void part_add(struct restriction_split *out, uint32_t restriction, int64_t quantity)
{
    TALLY_ASSERT(out->count < RESTRICTION_PARTS_MAX);
    out->restriction[out->count] = restriction;
    out->quantity[out->count] = quantity;
    out->count++;
}

void restriction_split(const struct ledger *ledger, uint32_t instruction,
                       const struct posting *flow, struct restriction_split *out)
{
    const struct instruction *giver = instruction_view(ledger, instruction);
    const struct restriction_draws *draws = &instruction_ties(giver)->draws;
    int64_t *planned = ledger->restriction_queues.planned;
    int64_t left = flow->quantity;
    TALLY_ASSERT(left > 0);
    *out = (struct restriction_split){0};
    for (uint32_t i = 0; i < draws->count && left > 0; i++) {
        int64_t remaining = remaining_of(ledger, draws, i, flow->debit);
        if (remaining == 0) {
            continue;
        }
        int64_t drawn = remaining - planned[draws->restriction[i]];
        drawn = drawn < left && !MUTANT(DRAW_UNBOUNDED) ? drawn : left;
        if (drawn > 0) {
            planned[draws->restriction[i]] += drawn;
            part_add(out, draws->restriction[i], drawn);
            left -= drawn;
        }
    }
    if (left == 0) {
        return;
    }
    if (draws->restricted_only && position_view(ledger, flow->debit)->asset == giver->terms.asset) {
        out->missing = left;
    } else {
        part_add(out, RECORD_NONE, left);
    }
}

void restriction_plan_clear(const struct ledger *ledger, uint32_t restriction)
{
    TALLY_ASSERT(record_used(ledger, RECORD_RESTRICTION, restriction));
    ledger->restriction_queues.planned[restriction] = 0;
}
