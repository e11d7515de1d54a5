/*
 * protocol.h: the whole of what a validator asks of its consensus, as a table of seven functions.
 *
 * Problem. Two protocols can only be compared if everything around them stays the same: batches,
 * blocks, files, execution, catching up, clients. So the rest of a validator must not know which
 * one it runs, and what it may rely on has to be written down.
 *
 * Rule. The code outside consensus/ (node/replica/, and through it all of node/) reaches a running
 * core through this table only. `consensus_simplex` is the protocol of the product, described in
 * step.h. Another one fills in the same table; the smallest example is in netsim/fixed_leader/. The
 * table costs one indirect call per step; nothing else stands between a driver and its core.
 *
 *     const struct consensus_protocol *protocol = &consensus_simplex;
 *     struct consensus *core = protocol->create(memory, &config);
 *     protocol->step(core, &event, &effects);
 *
 * `struct consensus` is a handle: only its own protocol knows what is behind it.
 *
 * What a protocol promises
 *   1. It is a machine as step.h describes: the same events and effects, and it leaves the driver
 *      the same duties. The same configuration and events give the same effects. It lives in the
 *      memory of create(), and takes no other; it has no clock, thread or chance of its own but the
 *      seed of its configuration. Effects stay valid until its next step.
 *   2. It takes every configuration that consensus_config_check() calls legal, and no other. It may
 *      ignore what it has no use for.
 *   3. Payload travels in signed batches (batch.h), numbered in lanes (lane.h). A LOCAL_BATCH is
 *      taken whenever lane_room() was above 0, and becomes the next number of the own lane by a
 *      STORE_BATCH, also after a restart. A batch is sent by SEND_BATCH, first after its
 *      BATCH_CHECKED. summary().own_lane_named never exceeds own_lane_seq, and reaches a batch's
 *      number when the batch stands in a block, or in a proposal that is to become one. A block is
 *      committed where its batches are stored and checked, not before.
 *   4. Final blocks have the one encoding of header.h and block.h: heights without a gap from the
 *      anchor on, views and times rising, parent_hash chained, each lane's batches in the order of
 *      their numbers, each once, and the cut that results. A justification is there, if only the
 *      empty one (00 00). The certificate of a COMMIT is absent, or has certificate_size() bytes in
 *      the form of certificate.h; what it proves is the protocol's affair. So store, execution and
 *      RANGE messages are the same for all. A run of blocks can be sent only up to one that has a
 *      certificate, so that should come often.
 *   5. As long as no more members fail than the protocol bears, no two members commit different
 *      blocks at one height, whatever is lost, and whoever restarts. After a restart COMMIT goes on
 *      behind the last block of the store; until the first block is durable the same may come
 *      again.
 *   6. A header's exec_height and result_root are a result that EXECUTED reported to its maker; the
 *      height never falls. No block orders batches while CONSENSUS_UNEXECUTED_MAX such blocks below
 *      it are not covered by a result, and COMMIT never runs more than CONSENSUS_RESTORE_BLOCKS
 *      ahead of EXECUTED. A block comes soon after a result with content, carried-over work or
 *      WORK_DUE, and after heartbeat_ms without any; else an idle network makes none.
 *   7. Journal records are its own bytes. With what is durable (store, batch log, journal) it can
 *      go on after any crash without contradicting what it said; also if a record is durable and
 *      others' batches that it names are not, which the driver's syncs may leave (step.h, 4). If
 *      the journal is lost and something said may be in it, the core says nothing more of that
 *      kind, and summary().mute tells why.
 *   8. Nobody sends a lost message again unasked: the protocol asks. While storage has failed it
 *      commits and promises nothing.
 *   9. A message is any bytes, from a peer that the channel has authenticated. Two kinds are the
 *      driver's: it writes MESSAGE_BATCH for SEND_BATCH, and MESSAGE_RANGE for SEND_BLOCKS; the
 *      receiving core has to read them. All others are the protocol's own, first byte included. A
 *      SEND to CONSENSUS_ALL means what step.h says.
 *
 * Clients check final blocks by certificates that verify. A protocol whose certificates do not is
 * for simulations only.
 *
 * To add one: write its machine, fill in a table, and name it to the simulator (netsim/README.md).
 */
#ifndef TALLY_CONSENSUS_PROTOCOL_H
#define TALLY_CONSENSUS_PROTOCOL_H

#include "consensus/step.h"

struct consensus_protocol {
    const char *name; /* for people and reports; one word */

    /* The memory that create() needs, aligned to 16; 0 if the configuration is illegal. */
    size_t (*footprint)(const struct consensus_config *config);

    /* Builds a core in so much memory. Borrows the secret key for ever, and the memory. */
    struct consensus *(*create)(void *memory, const struct consensus_config *config);

    /* Takes one event, fills effects. An event out of the order of duty 2 of step.h asserts. */
    void (*step)(struct consensus *core, const struct consensus_event *event,
                 struct consensus_effects *effects);

    /* The rest may be called between any two steps, and changes nothing. */

    /* Where the core stands. The views and gap_view are the protocol's own measure of progress;
     * every other field means what step.h says. */
    void (*summary)(const struct consensus *core, struct consensus_summary *out);

    /* How many more LOCAL_BATCH events would be taken now. */
    uint32_t (*lane_room)(const struct consensus *core);

    /* What a validator last reported to have executed; 0 if it did not. */
    uint64_t (*peer_exec_height)(const struct consensus *core, uint16_t peer);

    /* Whether a journal record may still matter; one that does not is left out when the journal is
     * rotated. */
    bool (*record_is_live)(const struct consensus *core, const uint8_t *bytes, size_t size);
};

/* Simplex with journalled certificates, lanes and certified results: the product's protocol. */
extern const struct consensus_protocol consensus_simplex;

#endif
