#include "ledger/command/execute.h"

#include <string.h>

#include "base/mutant.h"
#include "ledger/command/ahead.h"
#include "ledger/command/four_eyes.h"
#include "ledger/command/rights.h"
#include "ledger/instruction/instruct.h"
#include "ledger/state.h"
#include "ledger/state/index.h"
#include "ledger/values/date.h"

struct refusal refuse(enum reason reason, enum detail detail, enum field field)
{
    return (struct refusal){reason, detail, field};
}

struct command_result result_done(void)
{
    return (struct command_result){.outcome = OUTCOME_DONE, .refusal = refusal_none()};
}

struct command_result result_refused(struct refusal refusal)
{
    return (struct command_result){.outcome = OUTCOME_REFUSED, .refusal = refusal};
}

static struct command_result result_unrecorded(enum detail detail, enum field field)
{
    return (struct command_result){.outcome = OUTCOME_UNRECORDED,
                                   .refusal = refuse(REASON_OTHR, detail, field)};
}

static struct command_result result_already(uint64_t height, uint32_t index)
{
    return (struct command_result){
        .outcome = OUTCOME_ALREADY, .first_height = height, .first_index = index};
}

/* Was the reference used before? OUTCOME_NONE when it was not. */
static struct command_result repetition(const struct ledger *ledger,
                                        const struct command_context *context,
                                        const struct command *command)
{
    struct command_result differs =
        result_refused(refuse(REASON_REFE, DETAIL_EXISTS_DIFFERENTLY, FIELD_REFERENCE));
    uint32_t draft = draft_find(ledger, context->party, &command->reference);
    if (draft != RECORD_NONE) {
        const struct draft *found = draft_view(ledger, draft);
        struct command_result waits = result_already(found->height, found->receipt_index);
        waits.outcome = OUTCOME_WAITING;
        return hash_equal(&found->content, &command->content) ? waits : differs;
    }
    if (instruct_kind(command->kind)) {
        const struct index_name name = {context->party, &command->reference};
        uint32_t index = index_find_instruction_by(
            ledger, instruct_reference_hash(ledger, context, name.text), &name);
        if (index == RECORD_NONE) {
            return (struct command_result){.outcome = OUTCOME_NONE};
        }
        const struct instruction *found = instruction_view(ledger, index);
        struct command_result already = result_already(found->submitted_height, 0);
        already.first_index = found->receipt_index;
        already.instruction_sequence = found->sequence;
        bool same = memcmp(found->content, command->content.bytes, sizeof(found->content)) == 0;
        return same ? already : differs;
    }
    uint32_t index = reference_find(ledger, context->party, &command->reference);
    if (index == RECORD_NONE) {
        return (struct command_result){.outcome = OUTCOME_NONE};
    }
    const struct reference_entry *found = reference_view(ledger, index);
    return hash_equal(&found->content, &command->content)
               ? result_already(found->height, found->receipt_index)
               : differs;
}

/* I7: what may have been forgotten must not act again, and nothing is dated ahead. */
static struct refusal date_check(const struct ledger *ledger, const struct command *command)
{
    bool instructs = command->kind == COMMAND_INSTRUCT;
    enum reason reason = instructs ? REASON_DTRD : REASON_VALR;
    enum field field = instructs ? FIELD_TRADE_DATE : FIELD_DATE;
    if (command->date < ledger->scalars->purge_date) {
        return refuse(reason, DETAIL_TOO_OLD, field);
    }
    if (command->date > ledger->scalars->business_date) {
        return refuse(reason, DETAIL_IN_FUTURE, field);
    }
    return refusal_none();
}

static struct refusal family_check(const struct ledger *ledger,
                                   const struct command_context *context,
                                   const struct command *command, struct instruct_plan *plan)
{
    switch ((enum command_kind)command->kind) {
    case COMMAND_ISSUE:
    case COMMAND_REDEEM:
    case COMMAND_CASH_IN:
    case COMMAND_CASH_OUT:
        return issuance_check(ledger, context, command);
    case COMMAND_RESTRICTION_SET:
    case COMMAND_RESTRICTION_INCREASE:
    case COMMAND_RESTRICTION_DECREASE:
    case COMMAND_RESTRICTION_RELEASE:
        return restriction_check(ledger, context, command);
    case COMMAND_RESTRICTION_TYPE_ADD:
    case COMMAND_RESTRICTION_TYPE_END:
        return restriction_type_check(ledger, context, command);
    case COMMAND_INSTRUCT:
        return instruct_check(ledger, context, command, plan);
    case COMMAND_ALLEGEMENT_ACCEPT:
        return allegement_accept_check(ledger, context, command);
    case COMMAND_ATTORNEY_GRANT:
    case COMMAND_ATTORNEY_REVOKE:
        return attorney_check(ledger, context, command);
    case COMMAND_INSTRUCT_MATCHED:
        return matched_check(ledger, context, command);
    case COMMAND_TRANSFORM:
        return transform_check(ledger, context, command);
    case COMMAND_CANCEL:
    case COMMAND_HOLD:
    case COMMAND_RELEASE:
    case COMMAND_AMEND:
        return target_check(ledger, context, command);
    case COMMAND_PARTIAL_RELEASE:
        return partial_release_check(ledger, context, command);
    case COMMAND_LINK:
    case COMMAND_UNLINK:
        return links_check(ledger, context, command);
    case COMMAND_APPROVE:
    case COMMAND_DRAFT_REJECT:
        return approval_check(ledger, context, command);
    case COMMAND_LIMIT_SET:
        return limit_check(ledger, context, command);
    case COMMAND_DAY_REVISE:
        return day_check(ledger, context, command);
    default:
        return reference_data_check(ledger, context, command);
    }
}

static struct command_result family_act(struct ledger *ledger,
                                        const struct command_context *context,
                                        const struct command *command,
                                        const struct instruct_plan *plan)
{
    switch ((enum command_kind)command->kind) {
    case COMMAND_ISSUE:
    case COMMAND_REDEEM:
    case COMMAND_CASH_IN:
    case COMMAND_CASH_OUT:
        issuance_act(ledger, context, command);
        return result_done();
    case COMMAND_RESTRICTION_SET:
    case COMMAND_RESTRICTION_INCREASE:
    case COMMAND_RESTRICTION_DECREASE:
    case COMMAND_RESTRICTION_RELEASE:
        restriction_act(ledger, context, command);
        return result_done();
    case COMMAND_RESTRICTION_TYPE_ADD:
    case COMMAND_RESTRICTION_TYPE_END:
        restriction_type_act(ledger, context, command);
        return result_done();
    case COMMAND_INSTRUCT:
        return instruct_act(ledger, context, command, plan);
    case COMMAND_ALLEGEMENT_ACCEPT:
        return allegement_accept_act(ledger, context, command);
    case COMMAND_ATTORNEY_GRANT:
    case COMMAND_ATTORNEY_REVOKE:
        attorney_act(ledger, context, command);
        return result_done();
    case COMMAND_INSTRUCT_MATCHED:
        return matched_act(ledger, context, command);
    case COMMAND_TRANSFORM:
        return transform_act(ledger, context, command);
    case COMMAND_CANCEL:
    case COMMAND_HOLD:
    case COMMAND_RELEASE:
    case COMMAND_AMEND:
        return target_act(ledger, context, command);
    case COMMAND_PARTIAL_RELEASE:
        return partial_release_act(ledger, context, command);
    case COMMAND_LINK:
    case COMMAND_UNLINK:
        return links_act(ledger, context, command);
    case COMMAND_APPROVE:
    case COMMAND_DRAFT_REJECT:
        return approval_act(ledger, context, command);
    case COMMAND_LIMIT_SET:
        limit_act(ledger, context, command);
        return result_done();
    case COMMAND_DAY_REVISE:
        day_act(ledger, context, command);
        return result_done();
    default:
        reference_data_act(ledger, context, command);
        return result_done();
    }
}

static struct command_result draft_keep(struct ledger *ledger,
                                        const struct command_context *context,
                                        const struct command *command, const void *bytes,
                                        size_t size, struct refusal cause)
{
    if (!draft_has_room(ledger, context->party)) {
        return result_refused(refuse(REASON_VALR, DETAIL_QUOTA_FULL, FIELD_COMMAND));
    }
    if (!event_room(ledger, COMMAND_EVENTS_MAX)) {
        return result_refused(refuse(REASON_VALR, DETAIL_BLOCK_FULL, FIELD_COMMAND));
    }
    TALLY_ASSERT(size <= DRAFT_COMMAND_BYTES_MAX);
    struct draft draft = {.party = context->party,
                          .key = context->key,
                          .reference = command->reference,
                          .content = command->content,
                          .height = ledger->scalars->height,
                          .receipt_index = context->receipt_index,
                          .lapses_ms = ledger->scalars->time_ms +
                                       (uint64_t)ledger->limits.draft_days * DATE_DAY_MS,
                          .value = command_value(ledger, command),
                          .kind = command->kind,
                          .secret = context->secret,
                          .command_size = (uint16_t)size};
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes, size);
    bytes_read_copy(&reader, draft.command, size);
    draft_add(ledger, &draft);
    draft_tell(ledger, EVENT_DRAFTED, &draft, RECORD_NONE, REASON_NONE);
    struct command_result result = result_done();
    result.outcome = OUTCOME_WAITING;
    result.refusal = cause;
    return result;
}

static void reference_keep(struct ledger *ledger, const struct command_context *context,
                           const struct command *command)
{
    struct reference_entry entry = {.party = context->party,
                                    .reference = command->reference,
                                    .date = command->date,
                                    .content = command->content,
                                    .height = ledger->scalars->height,
                                    .receipt_index = context->receipt_index,
                                    .command_kind = command->kind};
    reference_add(ledger, &entry);
}

struct command_result execute_command(struct ledger *ledger, const struct command_context *context,
                                      const struct command *command, const void *bytes, size_t size,
                                      bool approved)
{
    struct instruct_plan plan;
    struct refusal refusal = rights_check(ledger, context->key, command);
    if (!refusal_is_none(refusal)) {
        return result_refused(refusal);
    }
    struct command_result repeated = repetition(ledger, context, command);
    if (repeated.outcome != OUTCOME_NONE && !MUTANT(REFERENCE_UNCHECKED)) {
        return repeated;
    }
    refusal = date_check(ledger, command);
    if (refusal_is_none(refusal)) {
        refusal = family_check(ledger, context, command, &plan);
    }
    if (!refusal_is_none(refusal)) {
        return result_refused(refusal);
    }
    int64_t day_value = 0;
    if (!approved) {
        struct refusal cause = four_eyes_cause(ledger, context, command, &day_value);
        if (cause.detail != DETAIL_NONE) {
            return draft_keep(ledger, context, command, bytes, size, cause);
        }
    }
    bool keeps_reference = !instruct_kind(command->kind);
    uint32_t references = command->kind == COMMAND_APPROVE ? 2 : 1; /* its own, the draft's */
    if (keeps_reference && !reference_has_room(ledger, context->party, references)) {
        return result_refused(refuse(REASON_VALR, DETAIL_QUOTA_FULL, FIELD_REFERENCE));
    }
    if (!event_room(ledger, COMMAND_EVENTS_MAX)) {
        return result_refused(refuse(REASON_VALR, DETAIL_BLOCK_FULL, FIELD_COMMAND));
    }
    struct command_result result = family_act(ledger, context, command, &plan);
    if (result.outcome == OUTCOME_DONE || result.outcome == OUTCOME_PENDING) {
        key_day_use(ledger, context->key, ledger_date(ledger), day_value);
    }
    if (keeps_reference && result.outcome != OUTCOME_REFUSED) {
        reference_keep(ledger, context, command);
    }
    return result;
}

static void receipt_emit(struct ledger *ledger, const struct envelope *envelope,
                         uint16_t command_index, const struct command *command,
                         const struct command_result *result)
{
    struct receipt receipt = {.height = ledger->scalars->height,
                              .index = ledger->receipts.count,
                              .envelope_id = envelope->id,
                              .command_index = command_index,
                              .party = envelope->party,
                              .outcome = (uint8_t)result->outcome,
                              .reason = result->refusal.reason,
                              .detail = result->refusal.detail,
                              .field = result->refusal.field,
                              .instruction_sequence = result->instruction_sequence,
                              .first_height = result->first_height,
                              .first_index = result->first_index};
    if (result->refusal.detail == DETAIL_RESTRICTED) {
        const struct restriction_hit *hit = ledger->restriction_queues.last_hit;
        receipt.restriction = restriction_type_view(ledger, hit->type)->reference;
        receipt.rule = hit->rule;
    }
    if (command != NULL) {
        receipt.command_kind = command->kind;
        receipt.reference = command->reference;
    }
    uint8_t *place = leaf_list_place(&ledger->receipts);
    leaf_list_commit(&ledger->receipts, receipt_put(&receipt, place));
}

/* Objections that leave nothing behind, and repetition. OUTCOME_NONE when there is none. */
static struct command_result envelope_objection(const struct ledger *ledger,
                                                const struct envelope *envelope, uint32_t key)
{
    if (!hash_equal(&envelope->chain_id, &ledger->chain_id)) {
        return result_unrecorded(DETAIL_CHAIN, FIELD_CHAIN_ID);
    }
    if (key == RECORD_NONE) {
        return result_unrecorded(DETAIL_KEY_UNKNOWN, FIELD_KEY);
    }
    uint32_t nonce = nonce_find(ledger, key, &envelope->nonce);
    if (nonce != RECORD_NONE && !MUTANT(NONCE_UNCHECKED)) {
        const struct nonce_entry *first = nonce_view(ledger, nonce);
        return hash_equal(&first->envelope_id, &envelope->id)
                   ? result_already(first->height, first->receipt_first)
                   : result_unrecorded(DETAIL_NONCE_REUSED, FIELD_NONCE);
    }
    uint64_t now = ledger->scalars->time_ms;
    if (envelope->valid_until_ms < now && !MUTANT(EXPIRY_UNCHECKED)) {
        return result_unrecorded(DETAIL_EXPIRED, FIELD_VALID_UNTIL);
    }
    if (envelope->valid_until_ms - now > ledger->limits.validity_ahead_ms) {
        return result_unrecorded(DETAIL_VALIDITY_TOO_LONG, FIELD_VALID_UNTIL);
    }
    return (struct command_result){.outcome = OUTCOME_NONE};
}

/* Objections to the whole envelope that are remembered with its nonce. */
static struct refusal envelope_refusal(const struct ledger *ledger, const struct envelope *envelope,
                                       uint32_t key)
{
    const struct key *signer = key_view(ledger, key);
    const struct party *party = party_view(ledger, signer->party);
    if (!bic_equal(&party->bic, &envelope->party)) {
        return refuse(REASON_VALR, DETAIL_KEY_OF_OTHER_PARTY, FIELD_PARTY);
    }
    if (!key_usable(signer, ledger->scalars->time_ms)) {
        return refuse(REASON_VALR, DETAIL_KEY_INACTIVE, FIELD_KEY);
    }
    if (party->status != PARTY_ACTIVE) {
        return refuse(REASON_VALR, DETAIL_INACTIVE, FIELD_PARTY);
    }
    return refusal_none();
}

static bool nonce_keep(struct ledger *ledger, const struct envelope *envelope, uint32_t key,
                       uint16_t receipt_count)
{
    struct nonce_entry entry = {.key = key,
                                .nonce = envelope->nonce,
                                .envelope_id = envelope->id,
                                .valid_until_ms = envelope->valid_until_ms,
                                .height = ledger->scalars->height,
                                .receipt_first = ledger->receipts.count,
                                .receipt_count = receipt_count};
    return nonce_add(ledger, &entry) != RECORD_NONE;
}

/* pre: the envelope is the current one of those read ahead. */
static void execute_commands(struct ledger *ledger, struct ahead *ahead,
                             const struct envelope *envelope, uint32_t key)
{
    const struct ahead_command *next;
    uint32_t party = key_view(ledger, key)->party;
    ledger->actor = envelope->party;
    for (uint16_t i = 0; (next = ahead_next_command(ahead)) != NULL; i++) {
        struct command_context context = {.party = party,
                                          .key = key,
                                          .secret = next->secret,
                                          .receipt_index = ledger->receipts.count,
                                          .known = &next->known};
        struct command_result result;
        if (next->readable) {
            result =
                execute_command(ledger, &context, &next->command, next->bytes, next->size, false);
        } else {
            result = result_refused(refuse(REASON_VALR, DETAIL_MALFORMED, FIELD_COMMAND));
        }
        receipt_emit(ledger, envelope, i, &next->command, &result);
    }
    ledger->actor = (struct bic){{0}};
}

/* Is there room in the block's output for whatever the envelope may come to? */
static bool output_room(const struct ledger *ledger, uint32_t receipt_count)
{
    bool receipts = ledger->receipts.capacity - ledger->receipts.count >= receipt_count;
    bool events = ledger->events.count == 0 || event_room(ledger, ledger->events.capacity / 4);
    return receipts && events;
}

/* Returns false, having done nothing, when the output lacks room. */
static bool execute_envelope(struct ledger *ledger, struct ahead *ahead,
                             const struct ahead_envelope *read)
{
    const struct envelope *envelope = &read->envelope;
    struct command_result result;
    if (!output_room(ledger, envelope->command_count)) {
        return false;
    }
    /* One before it may have added the key. */
    uint32_t key = read->key != RECORD_NONE ? read->key : key_find(ledger, &envelope->key);
    result = envelope_objection(ledger, envelope, key);
    if (result.outcome != OUTCOME_NONE) {
        receipt_emit(ledger, envelope, RECEIPT_WHOLE_ENVELOPE, NULL, &result);
        return true;
    }
    struct refusal refusal = envelope_refusal(ledger, envelope, key);
    bool refused = !refusal_is_none(refusal);
    if (!nonce_keep(ledger, envelope, key, refused ? 1 : envelope->command_count)) {
        result = result_unrecorded(DETAIL_NONCES_FULL, FIELD_NONCE);
        receipt_emit(ledger, envelope, RECEIPT_WHOLE_ENVELOPE, NULL, &result);
        return true;
    }
    if (refused) {
        result = result_refused(refusal);
        receipt_emit(ledger, envelope, RECEIPT_WHOLE_ENVELOPE, NULL, &result);
        return true;
    }
    execute_commands(ledger, ahead, envelope, key);
    return true;
}

uint32_t execute_envelopes(struct ledger *ledger, const struct ledger_envelope *envelopes,
                           uint32_t count)
{
    struct ahead ahead;
    const struct ahead_envelope *next;
    uint32_t skipped = 0;
    ahead_begin(&ahead, ledger, envelopes, count);
    while ((next = ahead_next_envelope(&ahead)) != NULL) {
        if (!execute_envelope(ledger, &ahead, next)) {
            skipped++;
        }
    }
    return skipped;
}
