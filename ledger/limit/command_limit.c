/*
 * Limits of a party: set, raised, lowered, taken away.
 *
 * Checks, in this order: the party (VALR UNKNOWN), the scope (VALR NOT_ALLOWED), the counterparty
 * or the own account (VALR UNKNOWN; SELF: a party is not its own counterparty), the asset (DSEC),
 * the amount (VALR OUT_OF_RANGE), room (VALR). Who may: the party's own administering key, or the
 * operator; and, as it hands out an amount, within the key's amount limit (four_eyes.h).
 */
#include "ledger/command/execute.h"
#include "ledger/limit/limit.h"
#include "ledger/state.h"

/* The limit that a command is about; RECORD_NONE where a name leads nowhere. */
static struct limit limit_wanted(const struct ledger *ledger, const struct command_limit_set *body)
{
    struct limit wanted = {.party = party_find(ledger, &body->bic),
                           .scope = body->scope,
                           .subject = RECORD_NONE,
                           .asset = asset_find(ledger, &body->asset),
                           .amount = body->amount};
    if (body->scope == LIMIT_COUNTERPARTY) {
        wanted.subject = party_find(ledger, &body->counterparty);
    } else if (body->scope == LIMIT_ACCOUNT && wanted.party != RECORD_NONE) {
        wanted.subject = account_find(ledger, wanted.party, &body->account);
    }
    return wanted;
}

static struct refusal invalid(enum detail detail, enum field field)
{
    return refuse(REASON_VALR, detail, field);
}

/* Exactly what the scope needs is named. */
static struct refusal subject_check(const struct command_limit_set *body,
                                    const struct limit *wanted)
{
    bool counterparty = body->scope == LIMIT_COUNTERPARTY;
    if (!counterparty && !bic_absent(&body->counterparty)) {
        return invalid(DETAIL_NOT_APPLICABLE, FIELD_COUNTERPARTY);
    }
    if (counterparty && body->account.size > 0) {
        return invalid(DETAIL_NOT_APPLICABLE, FIELD_ACCOUNT);
    }
    if (wanted->subject == RECORD_NONE) {
        return invalid(DETAIL_UNKNOWN, counterparty ? FIELD_COUNTERPARTY : FIELD_ACCOUNT);
    }
    return counterparty && wanted->subject == wanted->party
               ? invalid(DETAIL_SELF, FIELD_COUNTERPARTY)
               : refusal_none();
}

struct refusal limit_check(const struct ledger *ledger, const struct command_context *context,
                           const struct command *command)
{
    const struct command_limit_set *body = &command->limit_set;
    struct limit wanted = limit_wanted(ledger, body);
    bool is_operator = (party_view(ledger, context->party)->roles & PARTY_OPERATOR) != 0;
    if (wanted.party == RECORD_NONE) {
        return invalid(DETAIL_UNKNOWN, FIELD_PARTY);
    }
    if (wanted.party != context->party && !is_operator) {
        return invalid(DETAIL_ROLE_MISSING, FIELD_PARTY);
    }
    if (body->scope != LIMIT_COUNTERPARTY && body->scope != LIMIT_ACCOUNT) {
        return invalid(DETAIL_NOT_ALLOWED, FIELD_SCOPE);
    }
    struct refusal refusal = subject_check(body, &wanted);
    if (!refusal_is_none(refusal)) {
        return refusal;
    }
    if (wanted.asset == RECORD_NONE) {
        return refuse(REASON_DSEC, DETAIL_UNKNOWN, FIELD_ASSET);
    }
    if (body->amount < 0) {
        return invalid(DETAIL_OUT_OF_RANGE, FIELD_AMOUNT);
    }
    if (limit_find(ledger, wanted.party, (enum limit_scope)wanted.scope, wanted.subject,
                   wanted.asset) != RECORD_NONE) {
        return refusal_none();
    }
    uint32_t used = party_view(ledger, wanted.party)->limit_count;
    if (!is_operator && !party_share_allows(ledger, RECORD_LIMIT, used, 1)) {
        return invalid(DETAIL_QUOTA_FULL, FIELD_LIMIT);
    }
    return record_count(ledger, RECORD_LIMIT) < record_capacity(ledger, RECORD_LIMIT)
               ? refusal_none()
               : invalid(DETAIL_CAPACITY_FULL, FIELD_LIMIT);
}

void limit_act(struct ledger *ledger, const struct command_context *context,
               const struct command *command)
{
    struct limit wanted = limit_wanted(ledger, &command->limit_set);
    wanted.secret = context->secret;
    limit_set(ledger, &wanted);
    struct event event = {.kind = EVENT_LIMIT_SET,
                          .party = command->limit_set.bic,
                          .reference = command->reference,
                          .asset = command->limit_set.asset,
                          .amount = command->limit_set.amount,
                          .value = command->limit_set.scope};
    limit_subject_tell(ledger, &wanted, &event);
    event_emit(ledger, &event);
}
