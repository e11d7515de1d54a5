/*
 * Approving and rejecting drafts: the second pair of eyes.
 *
 * Checks, in this order: a draft of the own party under the reference (NRGN), its content is what
 * was seen (REFE), another key than the submitting one (VALR SAME_KEY), which is still usable (VALR
 * KEY_INACTIVE), a limit that suffices (VALR LIMIT); the last three for approval only. Then the
 * approved command is judged as if submitted now; what it comes to is the approval's own result.
 */
#include "ledger/command/execute.h"
#include "ledger/state.h"

static void draft_command(const struct ledger *ledger, const struct draft *draft,
                          struct command *command)
{
    bool readable = command_decode(command, &party_view(ledger, draft->party)->bic, draft->command,
                                   draft->command_size);
    TALLY_ASSERT(readable); /* it was when it was kept */
}

struct refusal approval_check(const struct ledger *ledger, const struct command_context *context,
                              const struct command *command)
{
    uint32_t index = draft_find(ledger, context->party, &command->approval.reference);
    if (index == RECORD_NONE) {
        return refuse(REASON_NRGN, DETAIL_UNKNOWN, FIELD_TARGET_REFERENCE);
    }
    const struct draft *draft = draft_view(ledger, index);
    if (!hash_equal(&draft->content, &command->approval.content)) {
        return refuse(REASON_REFE, DETAIL_EXISTS_DIFFERENTLY, FIELD_TARGET_REFERENCE);
    }
    if (command->kind == COMMAND_DRAFT_REJECT) {
        return refusal_none();
    }
    if (draft->key == context->key) {
        return refuse(REASON_VALR, DETAIL_SAME_KEY, FIELD_KEY);
    }
    if (!key_usable(key_view(ledger, draft->key), ledger->scalars->time_ms)) {
        return refuse(REASON_VALR, DETAIL_KEY_INACTIVE, FIELD_KEY);
    }
    struct command approved;
    draft_command(ledger, draft, &approved);
    if (command_value(&approved) > key_view(ledger, context->key)->amount_limit) {
        return refuse(REASON_VALR, DETAIL_LIMIT, FIELD_AMOUNT_LIMIT);
    }
    return refusal_none();
}

static void approved_event(struct ledger *ledger, const struct command_context *context,
                           const struct draft *draft)
{
    struct event event = {.kind = EVENT_APPROVED,
                          .party = party_view(ledger, context->party)->bic,
                          .reference = draft->reference};
    event_emit(ledger, &event, &draft->secret);
}

struct command_result approval_act(struct ledger *ledger, const struct command_context *context,
                                   const struct command *command)
{
    uint32_t index = draft_find(ledger, context->party, &command->approval.reference);
    TALLY_ASSERT(index != RECORD_NONE);
    if (command->kind == COMMAND_DRAFT_REJECT) {
        draft_drop(ledger, index);
        return result_done();
    }
    struct draft draft = *draft_view(ledger, index);
    struct command approved;
    draft_command(ledger, &draft, &approved);
    /* The submitter's right and envelope stand behind it; only the limit was open. */
    struct command_context as_submitted = {.party = draft.party,
                                           .key = draft.key,
                                           .secret = draft.secret,
                                           .receipt_index = context->receipt_index};
    draft_remove(ledger, index);
    struct command_result result =
        execute_command(ledger, &as_submitted, &approved, draft.command, draft.command_size, true);
    if (result.outcome == OUTCOME_DONE || result.outcome == OUTCOME_PENDING) {
        approved_event(ledger, context, &draft);
    }
    return result;
}
