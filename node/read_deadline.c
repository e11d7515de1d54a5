#include "node/read_deadline.h"

#include <string.h>

#include "base/assert.h"
#include "ledger/day/day.h"
#include "ledger/instruction/instruction.h"
#include "ledger/register/party.h"

uint64_t read_deadline_ms(const struct ledger *ledger, uint32_t index)
{
    const struct instruction *instruction = instruction_view(ledger, index);
    if (instruction_ended(instruction) ||
        instruction->terms.settlement_date < ledger_date(ledger)) {
        return 0;
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
            bytes_put_u64(rows + reader.offset - sizeof row.deadline_ms,
                          read_deadline_ms(ledger, index));
        }
    }
}
