/*
 * node/intake.h - envelopes of clients on their way to the core
 *
 * Problem. Whatever a client hands in has its signature verified first, and many clients hand in
 * single instructions, each on a channel and a thread of its own. One by one that is most of what
 * such an instruction costs its node; eight verified at once cost little more than one
 * (crypto/sign_many.h).
 *
 * Rule. A channel's thread leaves its envelope here and reads on. One thread takes what waits, up
 * to ENVELOPE_VERIFY_MAX at a time, verifies it together and hands it on in the order in which it
 * came. While it verifies, others come, so groups grow with the load.
 *
 * Where envelopes come so fast that two or more would come within gather_ms, the first of a group
 * waits so long for others, or until the group is full. Its batch waits for the block before it
 * anyway, and processors that verify one by one are what all wait for in the end.
 *
 * An envelope that comes alone is verified by the channel's own thread, which is sooner than
 * another one wakes: when nothing waits or is being verified, and none came for a while (quiet_us).
 * The latter counts on a busy machine, where the channels' threads take turns on a processor: each
 * of them would find nobody else verifying, and none would leave its envelope to be taken together.
 *
 *     came          [a]         [b]    [c d e]     [f g]
 *     verified      |--a--|     |--b--||--c d e--||--f g--|
 *     by            channel     channel  intake     intake
 *
 *     each 0.5 ms one, gathered for 2 ms: four or five verified in 55 us, where each took 38
 *     each 2.5 ms one: nothing is waited for
 *
 * What does not decode, or was verified before (verified_set.h), passes with its verdict and keeps
 * its place. What waits is bounded in number and bytes.
 *
 * Not deterministic: which envelopes are verified together. The verdicts are a function of the
 * bytes.
 */
#ifndef TALLY_NODE_INTAKE_H
#define TALLY_NODE_INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "ledger/command/envelope.h"
#include "node/core_thread.h"
#include "node/verified_set.h"

struct intake;

/*
 * Called on the intake's thread, or within intake_put(), with 1 to ENVELOPE_VERIFY_MAX envelopes.
 * Takes the memory of each: frees it, or hands it on.
 */
typedef void intake_done(void *context, const struct core_submission *submissions, size_t count);

struct intake_config {
    struct verified_set *verified; /* borrowed; asked, and told what was verified here */
    uint32_t count_max;            /* how many may wait */
    size_t bytes_max;              /* and how large they may be together; one always finds room */
    uint64_t quiet_us;             /* when none came for so long, the next one comes alone */
    uint32_t gather_ms;            /* the first of a group waits so long for others, if any come */
    intake_done *done;
    void *context;
};

/* Copies the configuration and starts the thread. NULL when memory or threads are short. */
struct intake *intake_start(const struct intake_config *config);

/*
 * Leaves an envelope, to be handed on with this ticket. Copies its bytes. `well_formed` says that
 * envelope_decode() accepted them; else only `envelope->bytes` and `size` count, and it is handed
 * on as one whose signature is not valid. False when there is no room. Any thread.
 */
TALLY_MUST_CHECK bool intake_put(struct intake *intake, uint64_t ticket,
                                 const struct envelope *envelope, bool well_formed);

/* Waits for the group under way, frees what waits and everything else. No other thread may use it
 * any more. Accepts NULL. */
void intake_stop(struct intake *intake);

#endif
