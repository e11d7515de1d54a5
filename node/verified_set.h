/*
 * node/verified_set.h - envelopes whose signatures this process has verified already
 *
 * Problem. An envelope passes a node several times: when its client hands it in, in the batch of
 * whoever packed it, and in the batch of a second member that the client asked too. Verifying an
 * Ed25519 signature is the most expensive thing that happens to it.
 *
 * Rule. The fingerprint of an envelope (node/replica/payload.h) covers all its bytes, the signature
 * included. So one found here stands for a verification, and one not found costs one verification
 * and nothing else. The set forgets whenever it likes: a new entry takes the place of whichever
 * shares its slot.
 *
 * Any thread may call the functions below.
 */
#ifndef TALLY_NODE_VERIFIED_SET_H
#define TALLY_NODE_VERIFIED_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto/hash.h"

struct verified_set;

/* A set of `slot_count` slots of 32 bytes; NULL when memory is short. pre: slot_count >= 1. */
struct verified_set *verified_set_new(uint32_t slot_count);
void verified_set_free(struct verified_set *set);

/* Notes that the envelope with this fingerprint carries a correct signature. */
void verified_set_add(struct verified_set *set, const struct hash *fingerprint);

/* Has it been noted, and not been forgotten since? `set` is a struct verified_set; it is untyped so
 * that the function can stand in struct payload_rules. */
bool verified_set_contains(void *set, const struct hash *fingerprint);

#endif
