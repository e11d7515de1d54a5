/*
 * quorum.h: how many validators are enough.
 *
 * Problem. Of n validators some may lie. Two groups that each decide something must share at least
 * one honest member, and the honest ones alone must be able to decide.
 *
 * Rule. The fault bound is f = floor((n - 1) / 3) and the quorum is q = floor(2n / 3) + 1. Then
 *     2q - n > f      two quorums overlap in an honest validator (safety)
 *     n - f >= q      the honest validators are a quorum by themselves (liveness)
 * and these also hold where n is not 3f + 1, which is where "2f + 1" goes wrong:
 *
 *     n    1  2  3  4  5  6  7  8  9  10
 *     f    0  0  0  1  1  1  2  2  2  3
 *     q    1  2  3  3  4  5  5  6  7  7
 *
 * f + 1 validators are a "witness": at least one of them is honest.
 */
#ifndef TALLY_CONSENSUS_QUORUM_H
#define TALLY_CONSENSUS_QUORUM_H

#include <stdint.h>

/* The most validators that one epoch may have. */
#define CONSENSUS_VALIDATORS_MAX 128

/* The largest number of faulty validators that n tolerate. n is 1 to CONSENSUS_VALIDATORS_MAX. */
uint16_t quorum_faults(uint16_t validator_count);

/* The number of validators that decide. */
uint16_t quorum_size(uint16_t validator_count);

/* The number of validators of which at least one is honest: f + 1. */
uint16_t quorum_witness(uint16_t validator_count);

#endif
