/*
 * Making and ending restriction types (restriction_type.h): by the operator, with an administering
 * key.
 *
 * Checks of a new one, in this order: operator (VALR), reference free (REFE), processing (VALR),
 * object and what it names (VALR, DSEC, SAFE, CASH), days (DDAT), rules (VALR: a rule asks for
 * something; an exception at entry needs a rule), room (VALR). Of an end: found (NRGN).
 */
#include "ledger/command/execute.h"
#include "ledger/state.h"
#include "ledger/state/housekeeping.h"
#include "ledger/values/date.h"

static bool is_operator(const struct ledger *ledger, const struct command_context *context)
{
    return (party_view(ledger, context->party)->roles & PARTY_OPERATOR) != 0;
}

/* What the object names; RECORD_NONE when it is unknown, or names nothing. */
static uint32_t object_find(const struct ledger *ledger,
                            const struct command_restriction_type_add *body)
{
    uint32_t party = party_find(ledger, &body->bic);
    uint32_t account = RECORD_NONE;
    switch ((enum restriction_object)body->object) {
    case RESTRICTION_ON_SECURITY:
        return asset_find(ledger, &body->asset);
    case RESTRICTION_ON_PARTY:
        return party;
    case RESTRICTION_ON_SECURITIES_ACCOUNT:
    case RESTRICTION_ON_CASH_ACCOUNT:
        account = party == RECORD_NONE ? RECORD_NONE : account_find(ledger, party, &body->account);
        if (account != RECORD_NONE &&
            account_view(ledger, account)->kind !=
                (body->object == RESTRICTION_ON_CASH_ACCOUNT ? ACCOUNT_CASH : ACCOUNT_SECURITIES)) {
            return RECORD_NONE;
        }
        return account;
    case RESTRICTION_ON_INSTRUCTION:
        break;
    }
    return RECORD_NONE;
}

static struct refusal object_check(const struct ledger *ledger,
                                   const struct command_restriction_type_add *body)
{
    if (body->object > RESTRICTION_ON_PARTY) {
        return refuse(REASON_VALR, DETAIL_NOT_ALLOWED, FIELD_OBJECT);
    }
    if (body->object == RESTRICTION_ON_INSTRUCTION || object_find(ledger, body) != RECORD_NONE) {
        return refusal_none();
    }
    switch ((enum restriction_object)body->object) {
    case RESTRICTION_ON_SECURITY:
        return refuse(REASON_DSEC, DETAIL_UNKNOWN, FIELD_ASSET);
    case RESTRICTION_ON_SECURITIES_ACCOUNT:
        return refuse(REASON_SAFE, DETAIL_UNKNOWN, FIELD_ACCOUNT);
    case RESTRICTION_ON_CASH_ACCOUNT:
        return refuse(REASON_CASH, DETAIL_UNKNOWN, FIELD_ACCOUNT);
    default:
        return refuse(REASON_VALR, DETAIL_UNKNOWN, FIELD_PARTY);
    }
}

static struct refusal rules_check(const struct command_restriction_type_add *body)
{
    for (uint32_t i = 0; i < body->rule_count; i++) {
        if (!restriction_rule_sound(&body->rules[i])) {
            return refuse(REASON_VALR, DETAIL_NOT_ALLOWED, FIELD_RULES);
        }
    }
    bool exception = body->negative && body->processing != RESTRICTION_BLCK;
    return exception && body->rule_count == 0 ? refuse(REASON_VALR, DETAIL_MISSING, FIELD_RULES)
                                              : refusal_none();
}

static struct refusal add_check(const struct ledger *ledger, const struct command_context *context,
                                const struct command *command)
{
    const struct command_restriction_type_add *body = &command->restriction_type_add;
    if (restriction_type_find(ledger, context->party, &command->reference) != RECORD_NONE) {
        return refuse(REASON_REFE, DETAIL_EXISTS_DIFFERENTLY, FIELD_REFERENCE);
    }
    if (body->processing < RESTRICTION_BLCK || body->processing > RESTRICTION_CVHD) {
        return refuse(REASON_VALR, DETAIL_NOT_ALLOWED, FIELD_RESTRICTION_PROCESSING);
    }
    struct refusal refusal = object_check(ledger, body);
    if (!refusal_is_none(refusal)) {
        return refusal;
    }
    if (!date_valid(body->valid_from)) {
        return refuse(REASON_DDAT, DETAIL_NOT_ALLOWED, FIELD_VALID_FROM);
    }
    if (body->valid_to != 0 && (!date_valid(body->valid_to) || body->valid_to < body->valid_from ||
                                body->valid_to < ledger_date(ledger))) {
        return refuse(REASON_DDAT, DETAIL_OUT_OF_RANGE, FIELD_VALID_TO);
    }
    refusal = rules_check(body);
    if (!refusal_is_none(refusal)) {
        return refusal;
    }
    return record_count(ledger, RECORD_RESTRICTION_TYPE) ==
                   record_capacity(ledger, RECORD_RESTRICTION_TYPE)
               ? refuse(REASON_VALR, DETAIL_CAPACITY_FULL, FIELD_COMMAND)
               : refusal_none();
}

struct refusal restriction_type_check(const struct ledger *ledger,
                                      const struct command_context *context,
                                      const struct command *command)
{
    if (!is_operator(ledger, context)) {
        return refuse(REASON_VALR, DETAIL_ROLE_MISSING, FIELD_PARTY);
    }
    if (command->kind == COMMAND_RESTRICTION_TYPE_ADD) {
        return add_check(ledger, context, command);
    }
    const struct text35 *named = &command->restriction_type_end.reference;
    return restriction_type_find(ledger, context->party, named) == RECORD_NONE
               ? refuse(REASON_NRGN, DETAIL_UNKNOWN, FIELD_TARGET_REFERENCE)
               : refusal_none();
}

static void add_act(struct ledger *ledger, const struct command_context *context,
                    const struct command *command)
{
    const struct command_restriction_type_add *body = &command->restriction_type_add;
    uint32_t index = record_take(ledger, RECORD_RESTRICTION_TYPE);
    TALLY_ASSERT(index != RECORD_NONE);
    struct restriction_type *type = &ledger->restriction_types[index];
    *type = (struct restriction_type){.sequence = ++ledger->scalars->restriction_sequence,
                                      .party = context->party,
                                      .reference = command->reference,
                                      .processing = body->processing,
                                      .object = body->object,
                                      .object_index = object_find(ledger, body),
                                      .negative = body->negative,
                                      .valid_from = body->valid_from,
                                      .valid_to = body->valid_to,
                                      .rule_count = body->rule_count,
                                      .secret = context->secret};
    for (uint32_t i = 0; i < body->rule_count; i++) {
        type->rules[i] = body->rules[i];
    }
}

void restriction_type_act(struct ledger *ledger, const struct command_context *context,
                          const struct command *command)
{
    if (command->kind == COMMAND_RESTRICTION_TYPE_ADD) {
        add_act(ledger, context, command);
        return;
    }
    uint32_t index =
        restriction_type_find(ledger, context->party, &command->restriction_type_end.reference);
    TALLY_ASSERT(index != RECORD_NONE);
    record_give(ledger, RECORD_RESTRICTION_TYPE, index);
    housekeeping_wake_begin(ledger);
}
