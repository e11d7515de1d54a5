#include "node/read_deadline.h"

#include <string.h>

#include "base/assert.h"
#include "ledger/day/day.h"
#include "ledger/day/day_gate.h"
#include "ledger/instruction/instruction.h"
#include "ledger/register/party.h"
#include "ledger/register/rule_set.h"
#include "ledger/values/date.h"

#define MINUTE_MS UINT64_C(60000)
#define DAY_MS    (24 * 60 * MINUTE_MS)

static uint32_t later(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* The end of the day on which it is cancelled unless something happens before (day_sweep.h). */
static uint64_t recycled_until_ms(const struct ledger *ledger,
                                  const struct instruction *instruction)
{
    const struct rule_set *rules = rule_set_in_force(ledger);
    bool matched = instruction->status[DIMENSION_MATCH].value != MATCH_UNMATCHED;
    uint16_t days =
        matched ? rules->plan.recycling_matched_days : rules->plan.recycling_unmatched_days;
    uint32_t date = later(instruction->changed_date, instruction->terms.settlement_date);
    if (days == 0) {
        return 0; /* until it settles or is cancelled by its parties */
    }
    if (instruction->counterpart != RECORD_NONE) {
        date = later(date, instruction_view(ledger, instruction->counterpart)->changed_date);
    }
    for (uint16_t i = 0; i < days; i++) {
        date = rule_set_next_business_day(rules, date);
    }
    return (uint64_t)date_to_days(date) * DAY_MS + rules->plan.end_of_day_minute * MINUTE_MS;
}

uint64_t read_deadline_ms(const struct ledger *ledger, uint32_t index)
{
    const struct instruction *instruction = instruction_view(ledger, index);
    if (instruction_ended(instruction)) {
        return 0;
    }
    if (instruction->terms.settlement_date < ledger_date(ledger)) {
        return recycled_until_ms(ledger, instruction);
    }
    return day_cut_off_ms(ledger, &instruction->terms);
}

static uint32_t row_find(const struct ledger *ledger, const struct row_instruction *row)
{
    struct text35 reference;
    struct bic bic;
    if (!bic_parse(row->party, strlen(row->party), &bic) ||
        !text35_parse(row->reference, strlen(row->reference), &reference)) {
        return RECORD_NONE;
    }
    uint32_t party = party_find(ledger, &bic);
    return party == RECORD_NONE ? RECORD_NONE : instruction_find(ledger, party, &reference);
}

void read_deadlines_fill(const struct ledger *ledger, const struct read_model_viewer *viewer,
                         uint8_t *rows, size_t size)
{
    struct bytes_reader reader;
    struct row_instruction row;
    bytes_reader_init(&reader, rows, size);
    while (reader.offset < size) {
        bool whole = row_instruction_read(&reader, &row);
        TALLY_ASSERT(whole); /* the read model wrote it */
        if (!viewer->sees_all && strcmp(row.party, viewer->party) != 0) {
            continue; /* an allegement */
        }
        uint32_t index = row_find(ledger, &row);
        if (index != RECORD_NONE && instruction_view(ledger, index)->sequence == row.sequence) {
            uint8_t *end = rows + reader.offset;
            bytes_put_u64(end - 2 * sizeof row.deadline_ms, day_next_attempt_ms(ledger, index));
            bytes_put_u64(end - sizeof row.deadline_ms, read_deadline_ms(ledger, index));
        }
    }
}
