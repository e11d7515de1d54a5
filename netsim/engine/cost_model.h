/*
 * netsim/engine/cost_model.h - what work costs, in nanoseconds
 *
 * Rule. The simulator runs the real code but does not time it: the time that a step takes is the
 * sum of what it does, priced by this table. `tally-sim calibrate` measures the table on a machine.
 * All zero: processors are infinitely fast, as the fault tests want it.
 *
 *     a turn with 3 votes and 1 proposal of 2 KB that signs one vote, disk sync 400 us:
 *     4 x step_ns + 4 x verify_ns + 2048 x hash_byte_ns + sign_ns + sync
 */
#ifndef TALLY_NETSIM_ENGINE_COST_MODEL_H
#define TALLY_NETSIM_ENGINE_COST_MODEL_H

#include <stdint.h>

/* Name in the file of costs, and what it prices. */
#define COST_MODEL_LIST(X)                                                              \
    X(step_ns, "one event of the consensus core, without its signatures and hashes")    \
    X(turn_ns, "waking a thread of a validator to do something: scheduler, locks")      \
    X(sign_ns, "one Ed25519 signature")                                                 \
    X(verify_ns, "one Ed25519 check")                                                   \
    X(hash_ns, "one BLAKE2b hash, whatever its size")                                   \
    X(hash_kib_ns, "each KiB hashed")                                                   \
    X(check_envelope_ns, "taking one envelope apart, without its signature")            \
    X(execute_block_ns, "executing a block, however small")                             \
    X(execute_command_ns, "executing one command")                                      \
    X(settle_ns, "settling one pair, on top")                                           \
    X(store_kib_ns, "each KiB of results put into the store")                           \
    X(store_block_ns, "storing the results of a block, however small")                  \
    X(list_block_ns, "taking a block into the read model, however small")               \
    X(list_command_ns, "each command of it")                                            \
    X(channel_message_ns, "sending or receiving one message: system calls, encryption") \
    X(channel_kib_ns, "each KiB of it")                                                 \
    X(submit_ns, "taking one envelope from a client")                                   \
    X(write_kib_ns, "each KiB written to a file")                                       \
    X(sync_ns, "one sync of a file")                                                    \
    X(sync_kib_ns, "each KiB that it makes durable")

#define COST_MODEL_FIELD(name, text) uint64_t name;
struct cost_model {
    COST_MODEL_LIST(COST_MODEL_FIELD)
};

#endif
