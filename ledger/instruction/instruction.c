#include "ledger/instruction/instruction.h"

#include "base/amount.h"
#include "ledger/state.h"
#include "ledger/state/index.h"

bool instruction_particulars_any(const struct instruction_particulars *particulars)
{
    return particulars->common_reference.size > 0 || !bic_absent(&particulars->deliverer_client) ||
           !bic_absent(&particulars->receiver_client) || particulars->deliverer_account.size > 0 ||
           particulars->receiver_account.size > 0;
}

bool instruction_indexes_find(struct ledger *ledger, uint32_t index)
{
    struct instruction *instruction = &ledger->instructions[index];
    instruction->terms.account_id = instruction_account_id(ledger, instruction->terms.account);
    const struct instruction_terms *terms = &instruction->terms;
    bool internal = terms->transaction_type == TRANSACTION_OWNI;
    uint32_t other = internal ? account_find(ledger, instruction->party,
                                             &terms_particulars(terms)->receiver_account)
                              : terms->cash_account;
    uint32_t other_asset = internal ? terms->asset : terms->currency;
    bool has_first = terms->account != RECORD_NONE;
    bool has_other = other != RECORD_NONE;

    instruction->counterparty =
        party_find(ledger, terms->movement == MOVEMENT_DELI ? &terms->receiver : &terms->deliverer);
    instruction->position =
        has_first ? position_find(ledger, terms->account, terms->asset) : RECORD_NONE;
    instruction->other_position =
        has_other ? position_find(ledger, other, other_asset) : RECORD_NONE;
    return instruction->counterparty != RECORD_NONE &&
           has_first == (instruction->position != RECORD_NONE) &&
           has_other == (instruction->other_position != RECORD_NONE);
}

const struct text35 *instruction_account_id(const struct ledger *ledger, uint32_t account)
{
    return account == RECORD_NONE ? NULL : &account_view(ledger, account)->id;
}

uint32_t instruction_find(const struct ledger *ledger, uint32_t party,
                          const struct text35 *reference)
{
    return index_find_instruction(ledger, party, reference);
}

inline struct instruction *instruction_at(struct ledger *ledger, uint32_t index)
{
    TALLY_ASSERT(record_used(ledger, RECORD_INSTRUCTION, index));
    return &ledger->instructions[index];
}

inline const struct instruction *instruction_view(const struct ledger *ledger, uint32_t index)
{
    TALLY_ASSERT(record_used(ledger, RECORD_INSTRUCTION, index));
    return &ledger->instructions[index];
}

inline bool instruction_ended(const struct instruction *instruction)
{
    return instruction->status[DIMENSION_PROCESSING].value == PROCESSING_ENDED;
}

int64_t instruction_quantity_left(const struct instruction *instruction)
{
    int64_t left = 0;
    bool fits = amount_sub(instruction->terms.quantity, instruction->settled_quantity, &left);
    TALLY_ASSERT(fits && left >= 0);
    return left;
}

int64_t instruction_amount_left(const struct instruction *instruction)
{
    bool matched = instruction->status[DIMENSION_MATCH].value == MATCH_MATCHED;
    int64_t due = matched ? instruction->settlement_amount : instruction->terms.amount;
    int64_t left = 0;
    bool fits = amount_sub(due, instruction->settled_amount, &left);
    TALLY_ASSERT(fits && left >= 0);
    return left;
}

bool instruction_held(const struct instruction *instruction)
{
    for (uint32_t i = DIMENSION_HOLD_PARTY; i <= DIMENSION_HOLD_CONDITIONAL; i++) {
        if (instruction->status[i].value == HOLD_YES) {
            return true;
        }
    }
    return false;
}

/* False: it is what it was. */
static bool status_set(struct ledger *ledger, uint32_t index, enum instruction_dimension dimension,
                       uint8_t value, enum reason reason)
{
    struct instruction *instruction = instruction_at(ledger, index);
    struct instruction_status *status = &instruction->status[dimension];
    TALLY_ASSERT(!instruction_ended(instruction)); /* I5 */
    TALLY_ASSERT(dimension < DIMENSION_COUNT);
    if (status->value == value && status->reason == reason) {
        return false;
    }
    if (status->value != value && dimension != DIMENSION_PROCESSING) {
        instruction->changed_date = ledger->scalars->business_date;
    }
    *status =
        instruction_status_make(value, reason, ledger->scalars->height, ledger->scalars->time_ms);
    record_touch(ledger, RECORD_INSTRUCTION, index);
    return true;
}

void instruction_advance_told(struct ledger *ledger, uint32_t index,
                              enum instruction_dimension dimension, uint8_t value,
                              enum processing_status processing)
{
    struct instruction *instruction = instruction_at(ledger, index);
    struct instruction_status *status = &instruction->status[dimension];
    struct instruction_status *processed = &instruction->status[DIMENSION_PROCESSING];
    const struct scalars *scalars = ledger->scalars;
    TALLY_ASSERT(!instruction_ended(instruction)); /* I5 */
    TALLY_ASSERT(dimension < DIMENSION_PROCESSING);
    if (status->value != value) {
        instruction->changed_date = scalars->business_date;
    }
    struct instruction_status now =
        instruction_status_make(value, REASON_NONE, scalars->height, scalars->time_ms);
    if (status->value != value || status->reason != REASON_NONE) {
        *status = now;
    }
    if (processed->value != processing || processed->reason != REASON_NONE) {
        *processed = now;
        processed->value = processing & INSTRUCTION_STATUS_MAX;
    }
    record_touch(ledger, RECORD_INSTRUCTION, index);
}

void instruction_status_set(struct ledger *ledger, uint32_t index,
                            enum instruction_dimension dimension, uint8_t value, enum reason reason)
{
    if (status_set(ledger, index, dimension, value, reason)) {
        event_emit_status(ledger, index, (uint8_t)dimension, value, reason);
    }
}

void instruction_status_set_told(struct ledger *ledger, uint32_t index,
                                 enum instruction_dimension dimension, uint8_t value,
                                 enum reason reason)
{
    (void)status_set(ledger, index, dimension, value, reason);
}

const char *link_type_code(uint8_t type)
{
    switch ((enum link_type)type) {
    case LINK_BEFO:
        return "BEFO";
    case LINK_AFTE:
        return "AFTE";
    case LINK_WITH:
        return "WITH";
    case LINK_INFO:
        return "INFO";
    }
    return "";
}
