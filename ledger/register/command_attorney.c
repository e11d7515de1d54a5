/*
 * Granting and revoking power of attorney (attorney.h), for one own account or for all.
 *
 * Checks, in this order: attorney known and another party (ICAG), account known and open (SAFE; a
 * power over a closed one may be revoked), then for a grant: not there yet, room for one more; for
 * a revocation: there (VALR).
 */
#include "ledger/command/execute.h"
#include "ledger/state.h"

/* The attorneys of the account that is named, or of the party as a whole. pre: checked. */
static struct attorneys *attorneys_of(struct ledger *ledger, uint32_t party,
                                      const struct text35 *account)
{
    if (account->size == 0) {
        record_touch(ledger, RECORD_PARTY, party);
        return &party_at(ledger, party)->attorneys;
    }
    uint32_t index = account_find(ledger, party, account);
    record_touch(ledger, RECORD_ACCOUNT, index);
    return &account_at(ledger, index)->attorneys;
}

struct refusal attorney_check(const struct ledger *ledger, const struct command_context *context,
                              const struct command *command)
{
    const struct command_attorney *body = &command->attorney;
    const struct attorneys *attorneys = &party_view(ledger, context->party)->attorneys;
    bool grants = command->kind == COMMAND_ATTORNEY_GRANT;
    uint32_t attorney = party_find(ledger, &body->attorney);
    if (attorney == RECORD_NONE) {
        return refuse(REASON_ICAG, DETAIL_UNKNOWN, FIELD_ATTORNEY);
    }
    if (attorney == context->party) {
        return refuse(REASON_ICAG, DETAIL_SELF, FIELD_ATTORNEY);
    }
    if (body->account.size != 0) {
        uint32_t account = account_find(ledger, context->party, &body->account);
        if (account == RECORD_NONE) {
            return refuse(REASON_SAFE, DETAIL_UNKNOWN, FIELD_ACCOUNT);
        }
        if (grants && account_view(ledger, account)->status == ACCOUNT_CLOSED) {
            return refuse(REASON_SAFE, DETAIL_CLOSED, FIELD_ACCOUNT);
        }
        attorneys = &account_view(ledger, account)->attorneys;
    }
    if (attorneys_have(attorneys, attorney) == grants) {
        return refuse(REASON_VALR, grants ? DETAIL_IDENTICAL : DETAIL_UNKNOWN, FIELD_ATTORNEY);
    }
    if (grants && attorneys->count == ATTORNEYS_MAX) {
        return refuse(REASON_VALR, DETAIL_ATTORNEYS_FULL, FIELD_ATTORNEY);
    }
    return refusal_none();
}

void attorney_act(struct ledger *ledger, const struct command_context *context,
                  const struct command *command)
{
    const struct command_attorney *body = &command->attorney;
    struct attorneys *attorneys = attorneys_of(ledger, context->party, &body->account);
    bool grants = command->kind == COMMAND_ATTORNEY_GRANT;
    uint32_t attorney = party_find(ledger, &body->attorney);
    if (grants) {
        attorneys_add(attorneys, attorney);
    } else {
        attorneys_remove(attorneys, attorney);
    }
    struct event event = {.kind = EVENT_ATTORNEY,
                          .party = party_view(ledger, context->party)->bic,
                          .reference = command->reference,
                          .counterparty = body->attorney,
                          .account = body->account,
                          .value = grants ? 1 : 0};
    event_emit(ledger, &event);
}
