#include "netsim/check/ledger_proofs.h"

#include "base/assert.h"
#include "crypto/merkle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Every leaf is the hash of its bytes, and the list has this root. */
static bool list_check(const struct ledger_leaf *leaves, uint32_t count, enum leaf_kind kind,
                       const struct hash *expected)
{
    struct hash root;
    struct hash *hashes = calloc((size_t)count + 1, sizeof *hashes);
    bool right = true;
    TALLY_ASSERT(hashes != NULL);
    for (uint32_t i = 0; i < count; i++) {
        leaf_hash(kind, &leaves[i].salt, leaves[i].bytes, leaves[i].size, &hashes[i]);
        right = right && hash_equal(&hashes[i], &leaves[i].hash);
    }
    merkle_list_root(hashes, count, hashes, &root);
    free(hashes);
    return right && hash_equal(&root, expected);
}

static bool record_check(const struct ledger *ledger, enum record_kind kind, uint32_t index,
                         const struct hash *state_root)
{
    uint8_t bytes[RECORD_BYTES_MAX];
    struct bytes_writer writer;
    struct record_proof proof;
    bytes_writer_init(&writer, bytes, sizeof bytes);
    record_encode(ledger, kind, index, &writer);
    return ledger_prove_record(ledger, kind, index, &proof) && proof.size == writer.size &&
           memcmp(proof.bytes, bytes, writer.size) == 0 && record_proof_verify(&proof, state_root);
}

/* The first and the last record of a kind that the block touched and left there. */
static bool touched_check(const struct ledger *ledger, enum record_kind kind,
                          const struct hash *state_root)
{
    uint32_t first = RECORD_NONE;
    uint32_t last = RECORD_NONE;
    for (uint32_t i = record_touched_next(ledger, kind, 0); i != RECORD_NONE;
         i = record_touched_next(ledger, kind, i + 1)) {
        if (record_used(ledger, kind, i)) {
            first = first == RECORD_NONE ? i : first;
            last = i;
        }
    }
    return first == RECORD_NONE ||
           (record_check(ledger, kind, first, state_root) &&
            (last == first || record_check(ledger, kind, last, state_root)));
}

bool ledger_proofs_check(const struct ledger_output *output, const struct ledger *ledger,
                         char text[LEDGER_PROOFS_TEXT_SIZE])
{
    const char *what = NULL;
    if (!list_check(output->receipts, output->receipt_count, LEAF_RECEIPT,
                    &output->result.receipts_root)) {
        what = "a receipt is not under its root";
    } else if (!list_check(output->events, output->event_count, LEAF_EVENT,
                           &output->result.events_root)) {
        what = "an event is not under its root";
    }
    for (uint32_t kind = 0; what == NULL && kind < RECORD_KIND_COUNT; kind++) {
        if (output->state_height == output->height &&
            !touched_check(ledger, (enum record_kind)kind, &output->result.state_root)) {
            what = "a changed record is not under the state root";
        }
    }
    if (what != NULL) {
        (void)snprintf(text, LEDGER_PROOFS_TEXT_SIZE, "%s", what);
    }
    return what == NULL;
}
