#include "tests/support/ledger/model_restriction.h"

#include <string.h>

#include "tests/support/cmocka.h"
#include "tests/support/ledger/model_inside.h"

static struct model_answer answer(enum outcome outcome, enum reason reason)
{
    return (struct model_answer){outcome, reason};
}

static uint32_t party_of(const struct bic *bic)
{
    for (uint32_t i = 0; i < WORLD_PARTY_COUNT; i++) {
        struct bic other = world_bic(i);
        if (memcmp(other.text, bic->text, BIC_SIZE) == 0) {
            return i;
        }
    }
    fail_msg("a party that the model does not know");
    return 0;
}

static bool everything_or_nothing(const struct model_restriction *restriction)
{
    return restriction->kind == RESTRICTION_BLOCKING || restriction->kind == RESTRICTION_PLEDGING;
}

/* What it gets of `wanted`, with so much available. */
static int64_t gets(const struct model_restriction *restriction, int64_t available, int64_t wanted)
{
    if (available >= wanted) {
        return wanted;
    }
    return everything_or_nothing(restriction) || available <= 0 ? 0 : available;
}

static void tell(struct model *model, struct model_restriction *restriction)
{
    bool money = model_is_money(model->positions[restriction->position].asset);
    restriction->reason = REASON_NONE;
    if (restriction->to_fill > 0) {
        restriction->reason = money ? REASON_MONY : REASON_LACK;
    }
}

static void fill_one(struct model *model, struct model_restriction *restriction)
{
    struct model_position *position = &model->positions[restriction->position];
    int64_t taken = gets(restriction, position->available, restriction->to_fill);
    position->available -= taken;
    position->set_aside[restriction->kind] += taken;
    restriction->remaining += taken;
    restriction->to_fill -= taken;
    tell(model, restriction);
    if (taken > 0) {
        model_review(model, restriction->position);
    }
}

void model_restrictions_fill(struct model *model, int32_t position)
{
    for (int32_t i = 0; i < model->restriction_count; i++) {
        struct model_restriction *restriction = &model->restrictions[i];
        if (restriction->position == position && restriction->to_fill > 0) {
            fill_one(model, restriction);
        }
    }
}

static uint32_t waiting_count(const struct model *model, int32_t position)
{
    uint32_t count = 0;
    for (int32_t i = 0; i < model->restriction_count; i++) {
        const struct model_restriction *restriction = &model->restrictions[i];
        count += restriction->position == position && restriction->to_fill > 0;
    }
    return count;
}

static struct model_answer extend(struct model *model, struct model_restriction *restriction,
                                  int64_t quantity)
{
    int64_t available = model->positions[restriction->position].available;
    int64_t taken = gets(restriction, available, quantity);
    bool waits = restriction->to_fill > 0;
    if (restriction->kind == RESTRICTION_EARMARKING) {
        if (taken == 0) {
            return answer(OUTCOME_REFUSED, REASON_INVB);
        }
        quantity = taken;
    } else if (waits && everything_or_nothing(restriction)) {
        return answer(OUTCOME_REFUSED, REASON_VALR);
    } else if (!waits && taken < quantity && waiting_count(model, restriction->position) == 4) {
        return answer(OUTCOME_REFUSED, REASON_VALR);
    }
    restriction->initial += quantity;
    restriction->to_fill += quantity;
    fill_one(model, restriction);
    return answer(OUTCOME_DONE, REASON_NONE);
}

static struct model_answer set_up(struct model *model, uint32_t party,
                                  const struct command *command)
{
    const struct command_restriction_set *body = &command->restriction_set;
    struct model_restriction *restriction = &model->restrictions[model->restriction_count];
    assert_true(model->restriction_count < MODEL_RESTRICTION_MAX);
    *restriction = (struct model_restriction){
        .party = party,
        .reference = command->reference,
        .position = model_position(party_of(&body->bic), model_asset(&body->asset),
                                   model_number(&body->account)),
        .kind = body->kind,
    };
    struct model_answer result = extend(model, restriction, body->quantity);
    if (result.outcome == OUTCOME_DONE) {
        model->restriction_count++;
    }
    return result;
}

static struct model_restriction *named(struct model *model,
                                       const struct command_restriction_change *body)
{
    uint32_t party = party_of(&body->party);
    for (int32_t i = 0; i < model->restriction_count; i++) {
        struct model_restriction *restriction = &model->restrictions[i];
        if (restriction->party == party && restriction->reference.size == body->reference.size &&
            memcmp(restriction->reference.text, body->reference.text, body->reference.size) == 0) {
            return restriction;
        }
    }
    fail_msg("a restriction that the model does not know");
    return NULL;
}

/* Gives up what is to fill first; the rest is available again. */
static void give_up(struct model *model, struct model_restriction *restriction, int64_t quantity)
{
    struct model_position *position = &model->positions[restriction->position];
    int64_t unfilled = quantity < restriction->to_fill ? quantity : restriction->to_fill;
    int64_t freed = quantity - unfilled;
    restriction->initial -= quantity;
    restriction->to_fill -= unfilled;
    restriction->remaining -= freed;
    position->set_aside[restriction->kind] -= freed;
    position->available += freed;
    tell(model, restriction);
    if (freed > 0) {
        model_restrictions_fill(model, restriction->position);
        model_wake(model, restriction->position);
    }
}

struct model_answer model_restrict(struct model *model, uint32_t party,
                                   const struct command *command)
{
    if (command->kind == COMMAND_RESTRICTION_SET) {
        return set_up(model, party, command);
    }
    const struct command_restriction_change *body = &command->restriction_change;
    struct model_restriction *restriction = named(model, body);
    if (restriction->party != party && party != WORLD_OPERATOR) {
        return answer(OUTCOME_REFUSED, REASON_NRGN);
    }
    if (restriction->released) {
        return answer(OUTCOME_REFUSED, REASON_INVB);
    }
    switch (command->kind) {
    case COMMAND_RESTRICTION_INCREASE:
        return extend(model, restriction, body->quantity);
    case COMMAND_RESTRICTION_DECREASE:
        if (body->quantity > restriction->remaining + restriction->to_fill) {
            return answer(OUTCOME_REFUSED, REASON_INVB);
        }
        give_up(model, restriction, body->quantity);
        return answer(OUTCOME_DONE, REASON_NONE);
    default:
        give_up(model, restriction, restriction->remaining + restriction->to_fill);
        restriction->released = true;
        restriction->reason = restriction->party == party ? REASON_CANI : REASON_CTHP;
        return answer(OUTCOME_DONE, REASON_NONE);
    }
}

/* ------------------------------------------------------------------------------------ draws */

/* What a party set up under a reference; MODEL_NONE when it did not. */
static int32_t find_named(const struct model *model, uint32_t party, const struct text35 *name)
{
    for (int32_t i = 0; i < model->restriction_count; i++) {
        const struct model_restriction *restriction = &model->restrictions[i];
        if (restriction->party == party && restriction->reference.size == name->size &&
            memcmp(restriction->reference.text, name->text, name->size) == 0) {
            return i;
        }
    }
    return MODEL_NONE;
}

bool model_draws_allowed(const struct model *model, const struct model_instruction *instruction)
{
    for (uint32_t i = 0; i < instruction->terms.restriction_count; i++) {
        int32_t named = find_named(model, instruction->party, &instruction->terms.restrictions[i]);
        if (named == MODEL_NONE || model->restrictions[named].released) {
            return false;
        }
    }
    return true;
}

bool model_draws(const struct model *model, int32_t head)
{
    const struct model_instruction *instruction = &model->instructions[head];
    return instruction->terms.restriction_count > 0 ||
           model->instructions[instruction->counterpart].terms.restriction_count > 0;
}

uint32_t model_slices(struct model *model, int32_t giver, int32_t position, int64_t quantity,
                      struct model_slice slices[5], int64_t *missing)
{
    const struct model_instruction *instruction = &model->instructions[giver];
    const struct command_instruct *terms = &instruction->terms;
    uint32_t count = 0;
    *missing = 0;
    for (uint32_t i = 0; i < terms->restriction_count && quantity > 0; i++) {
        int32_t named = find_named(model, instruction->party, &terms->restrictions[i]);
        struct model_restriction *restriction = &model->restrictions[named];
        int64_t drawn = restriction->remaining - restriction->planned;
        if (restriction->position != position || drawn <= 0) {
            continue;
        }
        drawn = drawn < quantity ? drawn : quantity;
        restriction->planned += drawn;
        slices[count++] = (struct model_slice){named, drawn};
        quantity -= drawn;
    }
    if (quantity > 0 && terms->restricted_only &&
        model->positions[position].asset == model_asset(&terms->asset)) {
        *missing = quantity;
    } else if (quantity > 0) {
        slices[count++] = (struct model_slice){MODEL_NONE, quantity};
    }
    return count;
}

void model_plans_clear(struct model *model)
{
    for (int32_t i = 0; i < model->restriction_count; i++) {
        model->restrictions[i].planned = 0;
    }
}

void model_slice_use(struct model *model, int32_t restriction, int64_t quantity)
{
    struct model_restriction *drawn = &model->restrictions[restriction];
    drawn->remaining -= quantity;
    drawn->used += quantity;
    model->positions[drawn->position].set_aside[drawn->kind] -= quantity;
    /* It was never available: the movement out of the position is made good here. */
    model->positions[drawn->position].available += quantity;
}

void model_restrictions_compare(const struct model *model, const struct ledger *ledger,
                                const uint32_t *parties, const uint32_t *positions)
{
    for (int32_t i = 0; i < MODEL_POSITION_COUNT; i++) {
        for (uint8_t kind = RESTRICTION_BLOCKING; kind <= RESTRICTION_PLEDGING; kind++) {
            assert_int_equal(
                position_view(ledger, positions[i])->balance[restriction_balance(kind)],
                model->positions[i].set_aside[kind]);
        }
    }
    for (int32_t i = 0; i < model->restriction_count; i++) {
        const struct model_restriction *own = &model->restrictions[i];
        uint32_t index = restriction_find(ledger, parties[own->party], &own->reference);
        if (index == RECORD_NONE) {
            assert_int_equal(own->remaining + own->to_fill, 0); /* over, and forgotten */
            continue;
        }
        const struct restriction *other = restriction_view(ledger, index);
        assert_int_equal(other->position, positions[own->position]);
        assert_int_equal(other->initial, own->initial);
        assert_int_equal(other->used, own->used);
        assert_int_equal(other->remaining, own->remaining);
        assert_int_equal(other->to_fill, own->to_fill);
        assert_int_equal(other->cancellation == CANCELLATION_CANCELLED, own->released);
        assert_string_equal(reason_code(other->reason), reason_code(own->reason));
    }
}
