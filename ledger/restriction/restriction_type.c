#include "ledger/restriction/restriction_type.h"

#include "base/mutant.h"
#include "ledger/settlement/pair.h"
#include "ledger/state.h"
#include "ledger/state/housekeeping.h"
#include "ledger/values/date.h"

/* ------------------------------------------------------------------------------------ bytes */

void restriction_rules_encode(const struct restriction_rule *rules, uint8_t count,
                              struct bytes_writer *writer)
{
    TALLY_ASSERT(count <= RESTRICTION_RULES_MAX);
    bytes_write_u8(writer, count);
    for (uint32_t i = 0; i < count; i++) {
        bic_write(writer, &rules[i].party);
        asset_code_write(writer, &rules[i].security);
        text35_write(writer, &rules[i].account);
        text35_write(writer, &rules[i].cash_account);
        asset_code_write(writer, &rules[i].currency);
        bytes_write_u8(writer, rules[i].movement);
        bytes_write_u8(writer, rules[i].payment);
        bytes_write_u8(writer, rules[i].credit_debit);
        bytes_write_u8(writer, rules[i].transaction_type);
    }
}

uint8_t restriction_rules_decode(struct restriction_rule *rules, struct bytes_reader *reader)
{
    uint8_t count = bytes_read_u8(reader);
    if (count > RESTRICTION_RULES_MAX) {
        bytes_reader_fail(reader);
        return 0;
    }
    for (uint32_t i = 0; i < count; i++) {
        rules[i].party = bic_read(reader);
        rules[i].security = asset_code_read(reader);
        rules[i].account = text35_read(reader);
        rules[i].cash_account = text35_read(reader);
        rules[i].currency = asset_code_read(reader);
        rules[i].movement = bytes_read_u8(reader);
        rules[i].payment = bytes_read_u8(reader);
        rules[i].credit_debit = bytes_read_u8(reader);
        rules[i].transaction_type = bytes_read_u8(reader);
    }
    return count;
}

static bool rule_asks(const struct restriction_rule *rule)
{
    return !bic_absent(&rule->party) || rule->security.size != 0 || rule->account.size != 0 ||
           rule->cash_account.size != 0 || rule->currency.size != 0 || rule->movement != 0 ||
           rule->payment != 0 || rule->credit_debit != 0 || rule->transaction_type != 0;
}

bool restriction_rule_sound(const struct restriction_rule *rule)
{
    return rule_asks(rule) && rule->movement <= MOVEMENT_RECE && rule->payment <= PAYMENT_FREE &&
           rule->credit_debit <= CREDIT_DEBIT_DBIT &&
           (rule->transaction_type == 0 ||
            transaction_type_code(rule->transaction_type)[0] != '\0');
}

void restriction_type_encode(const struct restriction_type *type, struct bytes_writer *writer)
{
    bytes_write_u64(writer, type->sequence);
    bytes_write_u32(writer, type->party);
    text35_write(writer, &type->reference);
    bytes_write_u8(writer, type->processing);
    bytes_write_u8(writer, type->object);
    bytes_write_u32(writer, type->object_index);
    bytes_write_bool(writer, type->negative);
    bytes_write_u32(writer, type->valid_from);
    bytes_write_u32(writer, type->valid_to);
    restriction_rules_encode(type->rules, type->rule_count, writer);
}

void restriction_type_decode(struct restriction_type *type, struct bytes_reader *reader)
{
    *type = (struct restriction_type){0};
    type->sequence = bytes_read_u64(reader);
    type->party = bytes_read_u32(reader);
    type->reference = text35_read(reader);
    type->processing = bytes_read_u8(reader);
    type->object = bytes_read_u8(reader);
    type->object_index = bytes_read_u32(reader);
    type->negative = bytes_read_bool(reader);
    type->valid_from = bytes_read_u32(reader);
    type->valid_to = bytes_read_u32(reader);
    type->rule_count = restriction_rules_decode(type->rules, reader);
    bool dates =
        date_valid(type->valid_from) &&
        (type->valid_to == 0 || (date_valid(type->valid_to) && type->valid_from <= type->valid_to));
    bool on_all = type->object == RESTRICTION_ON_INSTRUCTION;
    bool sound = !type->negative || type->processing == RESTRICTION_BLCK || type->rule_count > 0;
    for (uint32_t i = 0; i < type->rule_count; i++) {
        sound = sound && restriction_rule_sound(&type->rules[i]);
    }
    if (type->sequence == 0 || type->reference.size == 0 || !dates || !sound ||
        type->processing < RESTRICTION_BLCK || type->processing > RESTRICTION_CVHD ||
        type->object > RESTRICTION_ON_PARTY || on_all != (type->object_index == RECORD_NONE)) {
        bytes_reader_fail(reader);
    }
}

/* ----------------------------------------------------------------------------------- asking */

const struct restriction_type *restriction_type_view(const struct ledger *ledger, uint32_t index)
{
    TALLY_ASSERT(record_used(ledger, RECORD_RESTRICTION_TYPE, index));
    return &ledger->restriction_types[index];
}

uint32_t restriction_type_find(const struct ledger *ledger, uint32_t party,
                               const struct text35 *reference)
{
    for (uint32_t i = record_next(ledger, RECORD_RESTRICTION_TYPE, 0); i != RECORD_NONE;
         i = record_next(ledger, RECORD_RESTRICTION_TYPE, i + 1)) {
        const struct restriction_type *type = &ledger->restriction_types[i];
        if (type->party == party && text35_equal(&type->reference, reference)) {
            return i;
        }
    }
    return RECORD_NONE;
}

static bool counts_on(const struct restriction_type *type, uint32_t day)
{
    if (MUTANT(RESTRICTION_TYPE_IGNORED) || MUTANT(RESTRICTION_TYPE_FOR_EVER)) {
        return MUTANT(RESTRICTION_TYPE_FOR_EVER);
    }
    return type->valid_from <= day && (type->valid_to == 0 || day <= type->valid_to);
}

static bool account_is(const struct ledger *ledger, uint32_t account, const struct text35 *id)
{
    return account != RECORD_NONE && text35_equal(&account_view(ledger, account)->id, id);
}

static bool asset_is(const struct ledger *ledger, uint32_t asset, const struct asset_code *code)
{
    return asset != RECORD_NONE && asset_code_equal(&asset_view(ledger, asset)->code, code);
}

static bool code_is(uint8_t asked, uint8_t value)
{
    return asked == 0 || asked == value;
}

static bool rule_met(const struct ledger *ledger, const struct restriction_rule *rule,
                     uint32_t party, const struct instruction_terms *terms)
{
    return (bic_absent(&rule->party) || bic_equal(&rule->party, &party_view(ledger, party)->bic)) &&
           (rule->security.size == 0 || asset_is(ledger, terms->asset, &rule->security)) &&
           (rule->account.size == 0 || account_is(ledger, terms->account, &rule->account)) &&
           (rule->cash_account.size == 0 ||
            account_is(ledger, terms->cash_account, &rule->cash_account)) &&
           (rule->currency.size == 0 || asset_is(ledger, terms->currency, &rule->currency)) &&
           code_is(rule->movement, terms->movement) && code_is(rule->payment, terms->payment) &&
           code_is(rule->credit_debit, terms->credit_debit) &&
           code_is(rule->transaction_type, terms->transaction_type);
}

/* The number of the first rule that is met; 0 when there is none. */
static uint8_t first_rule_met(const struct ledger *ledger, const struct restriction_type *type,
                              uint32_t party, const struct instruction_terms *terms)
{
    for (uint8_t i = 0; i < type->rule_count; i++) {
        if (rule_met(ledger, &type->rules[i], party, terms)) {
            return (uint8_t)(i + 1);
        }
    }
    return 0;
}

static bool takes_internally(const struct ledger *ledger, uint32_t party,
                             const struct instruction_terms *terms, uint32_t account)
{
    return terms->transaction_type == TRANSACTION_OWNI &&
           account_find(ledger, party, &terms_particulars(terms)->receiver_account) == account;
}

/* Does the object of the type occur in an instruction of these terms? */
static bool object_occurs(const struct ledger *ledger, const struct restriction_type *type,
                          uint32_t party, const struct instruction_terms *terms)
{
    uint32_t object = type->object_index;
    switch ((enum restriction_object)type->object) {
    case RESTRICTION_ON_INSTRUCTION:
        return true;
    case RESTRICTION_ON_SECURITY:
        return terms->asset == object;
    case RESTRICTION_ON_SECURITIES_ACCOUNT:
    case RESTRICTION_ON_CASH_ACCOUNT:
        return terms->account == object || terms->cash_account == object ||
               takes_internally(ledger, party, terms, object);
    case RESTRICTION_ON_PARTY:
        return party == object;
    }
    TALLY_ASSERT(false);
    return false;
}

/* Of two types that decide alike, the older one explains. */
static void hit_note(const struct ledger *ledger, uint32_t type, uint8_t rule,
                     struct restriction_hit *hit)
{
    if (hit->type == RECORD_NONE ||
        ledger->restriction_types[type].sequence < ledger->restriction_types[hit->type].sequence) {
        *hit = (struct restriction_hit){type, rule};
    }
}

bool restriction_types_any(const struct ledger *ledger)
{
    return record_count(ledger, RECORD_RESTRICTION_TYPE) > 0;
}

bool restriction_type_applies(const struct ledger *ledger, enum restriction_processing processing,
                              uint32_t party, const struct instruction_terms *terms,
                              struct restriction_hit *hit)
{
    bool excepted = false;
    *hit = (struct restriction_hit){RECORD_NONE, 0};
    for (uint32_t i = record_next(ledger, RECORD_RESTRICTION_TYPE, 0); i != RECORD_NONE;
         i = record_next(ledger, RECORD_RESTRICTION_TYPE, i + 1)) {
        const struct restriction_type *type = &ledger->restriction_types[i];
        if (type->processing != processing || !counts_on(type, ledger_date(ledger)) ||
            !object_occurs(ledger, type, party, terms)) {
            continue;
        }
        uint8_t met = first_rule_met(ledger, type, party, terms);
        if (met == 0 && type->rule_count > 0) {
            continue;
        }
        if (type->negative) {
            excepted = true;
        } else {
            hit_note(ledger, i, met, hit);
        }
    }
    return hit->type != RECORD_NONE && !excepted;
}

/* Is one instruction of a pair blocked by the type? `rule` receives what was met. */
static bool side_blocked(const struct ledger *ledger, const struct restriction_type *type,
                         uint32_t index, uint8_t *rule)
{
    const struct instruction *side = instruction_view(ledger, index);
    if (!object_occurs(ledger, type, side->party, &side->terms)) {
        return false;
    }
    *rule = first_rule_met(ledger, type, side->party, &side->terms);
    return type->rule_count == 0 || (*rule != 0) != type->negative;
}

enum reason restriction_type_blocks(const struct ledger *ledger, const struct pair *pair,
                                    uint32_t day, struct restriction_hit *hit)
{
    *hit = (struct restriction_hit){RECORD_NONE, 0};
    if (record_count(ledger, RECORD_RESTRICTION_TYPE) == 0) {
        return REASON_NONE;
    }
    for (uint32_t i = record_next(ledger, RECORD_RESTRICTION_TYPE, 0); i != RECORD_NONE;
         i = record_next(ledger, RECORD_RESTRICTION_TYPE, i + 1)) {
        const struct restriction_type *type = &ledger->restriction_types[i];
        uint8_t rule = 0;
        if (type->processing == RESTRICTION_BLCK && counts_on(type, day) &&
            (side_blocked(ledger, type, pair->deliverer, &rule) ||
             side_blocked(ledger, type, pair->receiver, &rule))) {
            hit_note(ledger, i, rule, hit);
        }
    }
    if (hit->type == RECORD_NONE) {
        return REASON_NONE;
    }
    return ledger->restriction_types[hit->type].object == RESTRICTION_ON_SECURITY ? REASON_SBLO
                                                                                  : REASON_BLOC;
}

/* ---------------------------------------------------------------------------------- telling */

void restriction_type_tell(struct ledger *ledger, const struct restriction_hit *hit,
                           uint32_t instruction, uint8_t dimension, enum reason reason)
{
    const struct restriction_type *type = restriction_type_view(ledger, hit->type);
    const struct instruction *subject = instruction_view(ledger, instruction);
    struct event event = {.kind = EVENT_RESTRICTION_HIT,
                          .party = party_view(ledger, subject->party)->bic,
                          .reference = subject->reference,
                          .instruction_sequence = subject->sequence,
                          .counterparty = party_view(ledger, type->party)->bic,
                          .counter_reference = type->reference,
                          .asset = asset_view(ledger, subject->terms.asset)->code,
                          .settlement_date = subject->terms.settlement_date,
                          .dimension = dimension,
                          .value = hit->rule,
                          .reason = reason};
    event_emit(ledger, &event);
}

void restriction_type_hold(struct ledger *ledger, uint32_t instruction)
{
    struct instruction *subject = instruction_at(ledger, instruction);
    struct restriction_hit hit;
    if (restriction_type_applies(ledger, RESTRICTION_CVHD, subject->party, &subject->terms, &hit)) {
        subject->status[DIMENSION_HOLD_VALIDATION].value = HOLD_YES;
        subject->status[DIMENSION_HOLD_VALIDATION].reason = REASON_CVAL;
        restriction_type_tell(ledger, &hit, instruction, DIMENSION_HOLD_VALIDATION, REASON_CVAL);
    }
}

void restriction_type_tell_pair(struct ledger *ledger, const struct pair *pair, enum reason reason)
{
    struct restriction_hit hit;
    enum reason told =
        instruction_view(ledger, pair->deliverer)->status[DIMENSION_SETTLEMENT].reason;
    if (told == reason ||
        restriction_type_blocks(ledger, pair, ledger_date(ledger), &hit) == REASON_NONE) {
        return;
    }
    restriction_type_tell(ledger, &hit, pair->deliverer, DIMENSION_SETTLEMENT, reason);
    if (!pair_is_internal(pair)) {
        restriction_type_tell(ledger, &hit, pair->receiver, DIMENSION_SETTLEMENT, reason);
    }
}

void restriction_type_day_changed(struct ledger *ledger)
{
    for (uint32_t i = record_next(ledger, RECORD_RESTRICTION_TYPE, 0); i != RECORD_NONE;
         i = record_next(ledger, RECORD_RESTRICTION_TYPE, i + 1)) {
        const struct restriction_type *type = &ledger->restriction_types[i];
        if (type->valid_to != 0 && type->valid_to < ledger_date(ledger)) {
            record_give(ledger, RECORD_RESTRICTION_TYPE, i);
            housekeeping_wake_begin(ledger);
        }
    }
}

bool restriction_type_refers(const struct ledger *ledger, uint32_t index)
{
    const struct restriction_type *type = restriction_type_view(ledger, index);
    if (!record_used(ledger, RECORD_PARTY, type->party)) {
        return false;
    }
    switch ((enum restriction_object)type->object) {
    case RESTRICTION_ON_INSTRUCTION:
        return true;
    case RESTRICTION_ON_SECURITY:
        return record_used(ledger, RECORD_ASSET, type->object_index);
    case RESTRICTION_ON_SECURITIES_ACCOUNT:
    case RESTRICTION_ON_CASH_ACCOUNT:
        return record_used(ledger, RECORD_ACCOUNT, type->object_index);
    case RESTRICTION_ON_PARTY:
        return record_used(ledger, RECORD_PARTY, type->object_index);
    }
    return false;
}
