/*
 * netsim/engine/member_set.h - a set of members, up to 128
 *
 * Two words of bits: copied by assignment, empty when zeroed.
 *
 *     struct member_set voters = {{0}};
 *     member_set_add(&voters, 97);
 *     member_set_count(&voters)                                 1
 */
#ifndef TALLY_NETSIM_ENGINE_MEMBER_SET_H
#define TALLY_NETSIM_ENGINE_MEMBER_SET_H

#include <stdbool.h>
#include <stdint.h>

enum {
    MEMBER_SET_MAX = 128 /* members are 0 to this, exclusive */
};

struct member_set {
    uint64_t words[2];
};

/* Whether a member is in the set. */
static inline bool member_set_has(const struct member_set *set, uint32_t member)
{
    return (set->words[member / 64] >> (member % 64) & 1u) != 0;
}

/* Puts a member into the set. */
static inline void member_set_add(struct member_set *set, uint32_t member)
{
    set->words[member / 64] |= UINT64_C(1) << (member % 64);
}

/* Takes a member out. */
static inline void member_set_remove(struct member_set *set, uint32_t member)
{
    set->words[member / 64] &= ~(UINT64_C(1) << (member % 64));
}

/* How many there are. */
static inline uint32_t member_set_count(const struct member_set *set)
{
    return (uint32_t)(__builtin_popcountll(set->words[0]) + __builtin_popcountll(set->words[1]));
}

#endif
