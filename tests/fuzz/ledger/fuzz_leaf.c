/*
 * Goal: no bytes make the decoders of receipts, events and proofs crash or read beyond their input,
 * and what they accept is written again as it was. The first byte chooses the decoder.
 */
#include <string.h>

#include "base/assert.h"
#include "ledger/command/event.h"
#include "ledger/command/receipt.h"
#include "ledger/state/result.h"

enum {
    AGAIN_BYTES = 8192
};

static uint8_t again[AGAIN_BYTES];

static void compare(const struct bytes_writer *writer, const uint8_t *data, size_t size)
{
    TALLY_ASSERT(bytes_writer_ok(writer));
    TALLY_ASSERT(writer->size == size);
    TALLY_ASSERT(memcmp(again, data, size) == 0);
}

static void try_receipt(struct bytes_writer *writer, const uint8_t *data, size_t size)
{
    struct receipt receipt;
    if (receipt_decode(&receipt, data, size)) {
        receipt_encode(&receipt, writer);
        compare(writer, data, size);
    }
}

static void try_event(struct bytes_writer *writer, const uint8_t *data, size_t size)
{
    struct event event;
    if (event_decode(&event, data, size)) {
        event_encode(&event, writer);
        compare(writer, data, size);
    }
}

static void try_leaf_proof(struct bytes_writer *writer, const uint8_t *data, size_t size)
{
    static const struct hash root = {{0}};
    struct leaf_proof proof;
    struct bytes_reader reader;
    bytes_reader_init(&reader, data, size);
    if (leaf_proof_decode(&proof, &reader) && bytes_reader_done(&reader)) {
        TALLY_ASSERT(!leaf_proof_verify(&proof, &root));
        leaf_proof_encode(&proof, writer);
        compare(writer, data, size);
    }
}

static void try_record_proof(struct bytes_writer *writer, const uint8_t *data, size_t size)
{
    static const struct hash root = {{0}};
    static struct record_proof proof;
    struct bytes_reader reader;
    bytes_reader_init(&reader, data, size);
    if (record_proof_decode(&proof, &reader) && bytes_reader_done(&reader)) {
        TALLY_ASSERT(!record_proof_verify(&proof, &root));
        record_proof_encode(&proof, writer);
        compare(writer, data, size);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, again, sizeof(again));
    if (size == 0) {
        return 0;
    }
    if (data[0] % 4 == 0) {
        try_receipt(&writer, data + 1, size - 1);
    } else if (data[0] % 4 == 1) {
        try_event(&writer, data + 1, size - 1);
    } else if (data[0] % 4 == 2) {
        try_leaf_proof(&writer, data + 1, size - 1);
    } else {
        try_record_proof(&writer, data + 1, size - 1);
    }
    return 0;
}
