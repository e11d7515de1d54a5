/*
 * letter.h: envelopes with every part chosen, for tests of what the ledger says to odd ones.
 *
 * world_add() always signs a proper envelope with a party's first key. A letter may name another
 * chain, another party, another key, a nonce used before, a validity that is over, and may carry
 * several commands or bytes that are none.
 *
 *     struct letter letter = letter_to(&world, WORLD_PARTICIPANT);
 *     letter.valid_until_ms = 1;
 *     letter_add(&world, &letter, &command, 1);
 *     world_block(&world);
 */
#ifndef TALLY_TESTS_SUPPORT_LEDGER_LETTER_H
#define TALLY_TESTS_SUPPORT_LEDGER_LETTER_H

#include "tests/support/ledger/world.h"

struct letter {
    struct hash chain_id;
    struct bic party;
    uint32_t key_party; /* whose key signs */
    uint32_t key;       /* 0 the one of the genesis, others are added by letter_key_add() */
    uint64_t nonce;
    uint64_t valid_until_ms;
    bool garbled; /* the commands' bytes are nonsense */
};

/* A proper one with a nonce never used before. */
struct letter letter_to(struct world *world, uint32_t party);
/* Adds the envelope to the next block; the same letter and commands give the same bytes. */
void letter_add(struct world *world, const struct letter *letter, const struct command *commands,
                uint32_t count);
/* The public key of a number, and registering it: rights as given, amount limit as given. */
struct public_key letter_key(uint32_t party, uint32_t key);
void letter_key_add(struct world *world, uint32_t party, uint32_t key, uint32_t rights,
                    int64_t amount_limit);
/* One letter in a block of its own: its first receipt. */
struct receipt letter_submit(struct world *world, const struct letter *letter,
                             const struct command *command);
/* One command of a party under one of its keys, in a block of its own. */
struct receipt letter_submit_by(struct world *world, uint32_t party, uint32_t key,
                                const struct command *command);
void letter_assert(const struct receipt *receipt, enum outcome outcome, enum reason reason,
                   enum detail detail, enum field field);

#endif
