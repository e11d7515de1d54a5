/* channel_admission.c: see channel_admission.h. */
#include "host/channel_admission.h"

#include <string.h>

void admission_init(struct admission *admission, uint32_t burst, uint32_t interval_ms)
{
    TALLY_ASSERT(burst > 0);
    TALLY_ASSERT(interval_ms > 0);
    memset(admission, 0, sizeof(*admission));
    admission->burst = burst;
    admission->interval_ms = interval_ms;
}

/* The entry of an address, or the one to be used for it: a free one, else the oldest. */
static struct admission_address *admission_find(struct admission *admission,
                                                const uint64_t address[2])
{
    struct admission_address *oldest = &admission->addresses[0];
    for (size_t i = 0; i < ADMISSION_ADDRESSES; i++) {
        struct admission_address *entry = &admission->addresses[i];
        if (entry->used && entry->address[0] == address[0] && entry->address[1] == address[1]) {
            return entry;
        }
        if (oldest->used && (!entry->used || entry->heard_ms < oldest->heard_ms)) {
            oldest = entry;
        }
    }
    oldest->used = false;
    return oldest;
}

bool admission_pass(struct admission *admission, const uint64_t address[2], uint64_t now_ms)
{
    uint64_t credit_max = (uint64_t)admission->burst * admission->interval_ms;
    struct admission_address *entry = admission_find(admission, address);
    if (!entry->used) {
        *entry = (struct admission_address){{address[0], address[1]}, now_ms, credit_max, true};
    }
    uint64_t gained = now_ms > entry->heard_ms ? now_ms - entry->heard_ms : 0;
    uint64_t room = credit_max - entry->credit_ms;
    entry->credit_ms += gained < room ? gained : room;
    entry->heard_ms = now_ms;
    TALLY_ASSERT(entry->credit_ms <= credit_max);
    if (entry->credit_ms < admission->interval_ms) {
        return false;
    }
    entry->credit_ms -= admission->interval_ms;
    return true;
}
