/*
 * ledger/register/attorney.h - power of attorney: who may instruct for another party
 *
 * Problem. A clearing house, a trading venue or a lending agent submits both sides of a trade that
 * it has matched itself, in the name of parties that agreed to this beforehand. The agreement must
 * be on the ledger, where everybody sees the same and where it can be revoked.
 *
 * Rule. A party grants another one power of attorney for one of its accounts, or for all. The
 * attorney may then submit matched pairs (command_matched.c) that settle over these accounts: each
 * account that an instruction uses, for securities and for cash, must be covered. It may do nothing
 * else with them. Each account, and each party as a whole, has at most ATTORNEYS_MAX of them, kept
 * in the order in which they were granted. Granting counts as moving everything, so that a key with
 * an amount limit needs a second person for it.
 *
 * Example. A grants C power over SEC1 and CASH1: C submits A's delivery from SEC1 against payment
 * to CASH1; from SEC2 it is refused: ICAG, NO_ATTORNEY, deliverer.
 *
 * Source: T2S UDFS 3.6.1.2 (already matched instructions).
 */
#ifndef TALLY_LEDGER_REGISTER_ATTORNEY_H
#define TALLY_LEDGER_REGISTER_ATTORNEY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "ledger/state/record.h"

enum {
    ATTORNEYS_MAX = 4
};

struct attorneys {
    uint8_t count;
    uint32_t party[ATTORNEYS_MAX]; /* indexes */
};

/* Writes count and indexes, and reads them; reading fails the reader on any other form. */
void attorneys_encode(const struct attorneys *attorneys, struct bytes_writer *writer);
void attorneys_decode(struct attorneys *attorneys, struct bytes_reader *reader);

/* Is the party among them? */
bool attorneys_have(const struct attorneys *attorneys, uint32_t party);
/* Adds one. pre: not there, and not full. Takes one out. pre: there. */
void attorneys_add(struct attorneys *attorneys, uint32_t party);
void attorneys_remove(struct attorneys *attorneys, uint32_t party);

/*
 * May `attorney` instruct over this account of `grantor`? A party may over its own ones. `account`
 * RECORD_NONE: only if it may over all.
 */
bool attorney_allows(const struct ledger *ledger, uint32_t grantor, uint32_t attorney,
                     uint32_t account);

#endif
