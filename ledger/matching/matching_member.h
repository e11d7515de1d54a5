/*
 * ledger/matching/matching_member.h - where an unmatched instruction is in the matching index
 *
 * Rule. It stands in the instruction's own record, which whoever looks at a candidate reads anyhow,
 * in memory that only matched ones use for something else (instruction.h), and is not in the
 * record's bytes. Who leaves the index leaves zeroes, which say: not in it.
 */
#ifndef TALLY_LEDGER_MATCHING_MATCHING_MEMBER_H
#define TALLY_LEDGER_MATCHING_MATCHING_MEMBER_H

#include <stdint.h>

struct matching_member {
    uint32_t group; /* plus one */
    uint32_t next;  /* plus one: listed after it; where there are buckets, its first entry */
};

#endif
