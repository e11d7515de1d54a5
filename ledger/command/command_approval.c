/*
 * Approving and rejecting drafts: the second pair of eyes.
 *
 * Checks, in this order: a draft of the own party under the reference, not lapsed (NRGN); its
 * content is what was seen (REFE). For approval only, all VALR: another key than the maker's
 * (SAME_KEY); a person named for both (PERSON_UNKNOWN), and not the same one (SAME_PERSON); the
 * maker's key still usable (KEY_INACTIVE); the approver's scope covers the command (OUTSIDE_SCOPE),
 * its amount limit (LIMIT) and what is left of its day (DAY_LIMIT) suffice. Then the command is
 * judged as if submitted now, with the maker's rights of now; what it comes to is the approval's
 * own result. The amount that was signed counts into the approver's day.
 */
#include "base/mutant.h"
#include "ledger/command/execute.h"
#include "ledger/command/four_eyes.h"
#include "ledger/command/rights.h"
#include "ledger/state.h"

static void draft_command(const struct ledger *ledger, const struct draft *draft,
                          struct command *command)
{
    bool readable = command_decode(command, &party_view(ledger, draft->party)->bic, draft->command,
                                   draft->command_size);
    TALLY_ASSERT(readable); /* it was when it was kept */
}

static struct refusal person_check(const struct key *maker, const struct key *approver)
{
    if (public_key_equal(&maker->public_key, &approver->public_key)) {
        return refuse(REASON_VALR, DETAIL_SAME_KEY, FIELD_KEY);
    }
    if (maker->person.size == 0 || approver->person.size == 0) {
        return refuse(REASON_VALR, DETAIL_PERSON_UNKNOWN, FIELD_PERSON);
    }
    if (person_same(&maker->person, &approver->person) && !MUTANT(PERSON_UNCHECKED)) {
        return refuse(REASON_VALR, DETAIL_SAME_PERSON, FIELD_PERSON);
    }
    return refusal_none();
}

static struct refusal approver_check(const struct ledger *ledger,
                                     const struct command_context *context,
                                     const struct draft *draft)
{
    const struct key *maker = key_view(ledger, draft->key);
    const struct key *approver = key_view(ledger, context->key);
    struct refusal refusal = person_check(maker, approver);
    if (!refusal_is_none(refusal)) {
        return refusal;
    }
    if (!key_usable(maker, ledger->scalars->time_ms)) {
        return refuse(REASON_VALR, DETAIL_KEY_INACTIVE, FIELD_KEY);
    }
    struct command approved;
    draft_command(ledger, draft, &approved);
    refusal = rights_scope_check(ledger, context->key, &approved);
    if (!refusal_is_none(refusal)) {
        return refusal;
    }
    if (command_value(ledger, &approved) > approver->amount_limit) {
        return refuse(REASON_VALR, DETAIL_LIMIT, FIELD_AMOUNT_LIMIT);
    }
    if (key_day_exceeded(approver, ledger_date(ledger), command_day_value(ledger, &approved))) {
        return refuse(REASON_VALR, DETAIL_DAY_LIMIT, FIELD_DAY_LIMIT);
    }
    return refusal_none();
}

struct refusal approval_check(const struct ledger *ledger, const struct command_context *context,
                              const struct command *command)
{
    uint32_t index = draft_find(ledger, context->party, &command->approval.reference);
    if (index == RECORD_NONE || draft_lapsed(ledger, index)) {
        return refuse(REASON_NRGN, DETAIL_UNKNOWN, FIELD_TARGET_REFERENCE);
    }
    const struct draft *draft = draft_view(ledger, index);
    if (!hash_equal(&draft->content, &command->approval.content) && !MUTANT(APPROVED_UNSEEN)) {
        return refuse(REASON_REFE, DETAIL_EXISTS_DIFFERENTLY, FIELD_TARGET_REFERENCE);
    }
    if (command->kind == COMMAND_DRAFT_REJECT) {
        return refusal_none();
    }
    return approver_check(ledger, context, draft);
}

struct command_result approval_act(struct ledger *ledger, const struct command_context *context,
                                   const struct command *command)
{
    uint32_t index = draft_find(ledger, context->party, &command->approval.reference);
    TALLY_ASSERT(index != RECORD_NONE);
    struct draft draft = *draft_view(ledger, index);
    draft_remove(ledger, index);
    if (command->kind == COMMAND_DRAFT_REJECT) {
        draft_tell(ledger, EVENT_DRAFT_DROPPED, &draft, context->key, REASON_NONE);
        return result_done();
    }
    struct command approved;
    draft_command(ledger, &draft, &approved);
    int64_t day_value = command_day_value(ledger, &approved);
    /* The maker's right and envelope stand behind it; only the second person was missing. */
    struct command_context as_submitted = {.party = draft.party,
                                           .key = draft.key,
                                           .secret = draft.secret,
                                           .receipt_index = context->receipt_index};
    struct command_result result =
        execute_command(ledger, &as_submitted, &approved, draft.command, draft.command_size, true);
    if (result.outcome == OUTCOME_REFUSED) {
        draft_tell(ledger, EVENT_DRAFT_DROPPED, &draft, context->key, result.refusal.reason);
        return result;
    }
    key_day_use(ledger, context->key, ledger_date(ledger), day_value);
    draft_tell(ledger, EVENT_APPROVED, &draft, context->key, REASON_NONE);
    return result;
}
