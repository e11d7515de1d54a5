/*
 * channel_admission.h: how often an address may try to connect.
 *
 * A token bucket per address (IPv4: the address; IPv6: its first 64 bits, which one subscriber
 * has). The table is small and fixed; when it is full, the address heard of longest ago is
 * forgotten, which at worst gives a new burst to an attacker who has very many addresses. The caps
 * on half-open and on all connections stand behind it.
 *
 * Pure: the time comes in. One thread (or the caller's lock).
 */
#ifndef TALLY_HOST_CHANNEL_ADMISSION_H
#define TALLY_HOST_CHANNEL_ADMISSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"

#define ADMISSION_ADDRESSES 256u

struct admission_address {
    uint64_t address[2]; /* IPv4 or the IPv6 prefix, and which of the two */
    uint64_t heard_ms;
    uint64_t credit_ms; /* what is left of the burst, in intervals times interval_ms */
    bool used;
};

struct admission {
    uint32_t burst;
    uint32_t interval_ms;
    struct admission_address addresses[ADMISSION_ADDRESSES];
};

/* `burst` connections at once and one more each `interval_ms`; both at least 1. */
void admission_init(struct admission *admission, uint32_t burst, uint32_t interval_ms);

/* Whether this address may connect at `now_ms`; a yes uses up one credit. */
TALLY_MUST_CHECK bool admission_pass(struct admission *admission, const uint64_t address[2],
                                     uint64_t now_ms);

#endif
