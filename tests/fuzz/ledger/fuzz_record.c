/*
 * Goal: no bytes make the decoders of records crash or read beyond their input, and what they
 * accept is written again as it was. The first byte chooses the kind of record.
 */
#include <string.h>

#include "base/assert.h"
#include "ledger/command/draft.h"
#include "ledger/command/nonce.h"
#include "ledger/command/reference.h"
#include "ledger/day/business_day.h"
#include "ledger/holding/position.h"
#include "ledger/instruction/instruction.h"
#include "ledger/limit/limit.h"
#include "ledger/register/account.h"
#include "ledger/register/asset.h"
#include "ledger/register/key.h"
#include "ledger/register/party.h"
#include "ledger/register/rule_set.h"
#include "ledger/restriction/restriction.h"
#include "ledger/restriction/restriction_type.h"
#include "ledger/state/scalars.h"

/* Decodes into `record` and encodes what came out; the reader says whether it was accepted. */
#define TRY(type, name)                      \
    {                                        \
        struct type record;                  \
        name##_decode(&record, &reader);     \
        if (bytes_reader_done(&reader)) {    \
            name##_encode(&record, &writer); \
        }                                    \
        break;                               \
    }

/* An instruction has what few have of it beside it. */
static void instruction_try(struct bytes_reader *reader, struct bytes_writer *writer)
{
    struct instruction record;
    struct instruction_rare rare;
    instruction_decode(&record, &rare, reader);
    if (bytes_reader_done(reader)) {
        instruction_encode(&record, writer);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t again[RECORD_BYTES_MAX];
    struct bytes_reader reader;
    struct bytes_writer writer;
    if (size == 0) {
        return 0;
    }
    bytes_reader_init(&reader, data + 1, size - 1);
    bytes_writer_init(&writer, again, sizeof(again));
    switch ((enum record_kind)(data[0] % RECORD_KIND_COUNT)) {
    case RECORD_SCALARS:
        TRY(scalars, scalars)
    case RECORD_RULE_SET:
        TRY(rule_set, rule_set)
    case RECORD_PARTY:
        TRY(party, party)
    case RECORD_KEY:
        TRY(key, key)
    case RECORD_ASSET:
        TRY(asset, asset)
    case RECORD_ACCOUNT:
        TRY(account, account)
    case RECORD_POSITION:
        TRY(position, position)
    case RECORD_INSTRUCTION:
        instruction_try(&reader, &writer);
        break;
    case RECORD_NONCE:
        TRY(nonce_entry, nonce_entry)
    case RECORD_REFERENCE:
        TRY(reference_entry, reference_entry)
    case RECORD_DRAFT:
        TRY(draft, draft)
    case RECORD_LIMIT:
        TRY(limit, limit)
    case RECORD_BUSINESS_DAY:
        TRY(business_day, business_day)
    case RECORD_RESTRICTION:
        TRY(restriction, restriction)
    case RECORD_RESTRICTION_TYPE:
        TRY(restriction_type, restriction_type)
    case RECORD_KIND_COUNT:
        break;
    }
    if (bytes_reader_done(&reader)) {
        TALLY_ASSERT(bytes_writer_ok(&writer));
        TALLY_ASSERT(writer.size == size - 1);
        TALLY_ASSERT(memcmp(again, data + 1, size - 1) == 0);
    }
    return 0;
}
