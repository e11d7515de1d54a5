#include "node/prover.h"

#include <stdlib.h>
#include <string.h>

#include "consensus/certificate.h"
#include "ledger/holding/position.h"
#include "ledger/instruction/instruction.h"
#include "ledger/register/account.h"
#include "ledger/register/asset.h"
#include "node/stored.h"

static enum prover_result result_of(enum store_status status)
{
    if (status == STORE_OK) {
        return PROVER_OK;
    }
    return status == STORE_NOT_FOUND ? PROVER_PENDING : PROVER_FAILED;
}

/* ---- Anchors ------------------------------------------------------------------------------ */

static enum prover_result previous_root(const struct prover *prover, uint64_t height,
                                        struct hash *root)
{
    if (height == 1) {
        *root = prover->genesis_root;
        return PROVER_OK;
    }
    struct stored_roots roots;
    enum prover_result result = result_of(stored_roots_get(prover->store, height - 1, &roots));
    if (result == PROVER_OK) {
        *root = roots.result.result_root;
    }
    return result;
}

static enum prover_result fill_steps(const struct prover *prover, struct proof_anchor *anchor)
{
    uint64_t last = anchor->certified_header.exec_height;
    TALLY_ASSERT(last >= anchor->height);
    if (last - anchor->height >= PROOF_STEPS_MAX) {
        return PROVER_FAILED;
    }
    anchor->step_count = (uint16_t)(last - anchor->height + 1);
    for (uint16_t i = 0; i < anchor->step_count; i++) {
        struct stored_roots roots;
        enum prover_result result =
            result_of(stored_roots_get(prover->store, anchor->height + i, &roots));
        if (result != PROVER_OK) {
            return result;
        }
        anchor->steps[i] = (struct proof_step){
            .block_id = roots.block_id,
            .receipts_root = roots.result.receipts_root,
            .events_root = roots.result.events_root,
            .state_root = roots.result.state_root,
        };
    }
    return PROVER_OK;
}

static bool copy_certificate(struct proof_anchor *anchor, const uint8_t *bytes, size_t size)
{
    uint8_t *copy = malloc(size);
    if (copy == NULL) {
        return false;
    }
    memcpy(copy, bytes, size);
    anchor->certificate = copy;
    anchor->certificate_size = (uint32_t)size;
    return true;
}

/* The certificate of the parent that leads the justification of a stored block. */
static enum prover_result certificate_from_child(const struct prover *prover, uint64_t child,
                                                 struct proof_anchor *anchor)
{
    struct stored_block_read block;
    enum prover_result result =
        result_of(stored_block_get(prover->store, prover->validator_count, child, &block));
    if (result != PROVER_OK) {
        return result;
    }
    struct bytes_reader reader;
    struct certificate certificate;
    bytes_reader_init(&reader, block.stored.block.justification,
                      block.stored.block.justification_size);
    uint16_t count = bytes_read_u16(&reader);
    const uint8_t *start = block.stored.block.justification + reader.offset;
    certificate_read(&reader, prover->validator_count, &certificate);
    if (reader.failed || count == 0) {
        result = PROVER_FAILED;
    } else if (!copy_certificate(anchor, start, certificate_size(prover->validator_count))) {
        result = PROVER_FAILED;
    }
    stored_block_free(&block);
    return result;
}

static enum prover_result fill_certified(const struct prover *prover, struct proof_anchor *anchor)
{
    uint64_t by;
    enum prover_result result =
        result_of(stored_certifier(prover->store, prover->validator_count, anchor->height, &by));
    if (result != PROVER_OK) {
        return result;
    }
    struct stored_block_read block;
    result = result_of(stored_block_get(prover->store, prover->validator_count, by, &block));
    if (result != PROVER_OK) {
        return result;
    }
    anchor->certified_header = block.stored.block.header;
    if (block.stored.certificate_size == 0) {
        result = certificate_from_child(prover, by + 1, anchor);
    } else if (!copy_certificate(anchor, block.stored.certificate, block.stored.certificate_size)) {
        result = PROVER_FAILED;
    }
    stored_block_free(&block);
    return result;
}

enum prover_result prover_anchor(const struct prover *prover, uint64_t height,
                                 struct proof_anchor *anchor)
{
    TALLY_ASSERT(height > 0);
    memset(anchor, 0, sizeof *anchor);
    anchor->height = height;
    struct stored_block_read block;
    enum prover_result result =
        result_of(stored_block_get(prover->store, prover->validator_count, height, &block));
    if (result != PROVER_OK) {
        return result;
    }
    anchor->block_header = block.stored.block.header;
    stored_block_free(&block);
    result = previous_root(prover, height, &anchor->previous_root);
    if (result == PROVER_OK) {
        result = fill_certified(prover, anchor);
    }
    if (result == PROVER_OK) {
        result = fill_steps(prover, anchor);
    }
    if (result != PROVER_OK) {
        prover_anchor_free(anchor);
    }
    return result;
}

void prover_anchor_free(struct proof_anchor *anchor)
{
    free((void *)(uintptr_t)anchor->certificate);
    anchor->certificate = NULL;
    anchor->certificate_size = 0;
}

/* ---- Records ------------------------------------------------------------------------------ */

static bool proved_already(const struct proof *proof, enum record_kind kind, uint32_t index)
{
    for (uint8_t i = 0; i < proof->leaf_count; i++) {
        const struct record_proof *record = &proof->leaves[i].record;
        if (record->kind == (uint8_t)kind && record->index == index) {
            return true;
        }
    }
    return false;
}

static bool add_record(const struct ledger *ledger, enum record_kind kind, uint32_t index,
                       struct proof *proof)
{
    if (index == RECORD_NONE || proved_already(proof, kind, index)) {
        return true;
    }
    TALLY_ASSERT(proof->leaf_count < PROOF_LEAVES_MAX);
    struct proof_leaf *leaf = &proof->leaves[proof->leaf_count];
    memset(leaf, 0, sizeof *leaf);
    leaf->tree = PROOF_RECORD;
    proof->leaf_count++;
    return ledger_prove_record(ledger, kind, index, &leaf->record);
}

static bool add_account(const struct ledger *ledger, uint32_t index, struct proof *proof)
{
    return index == RECORD_NONE ||
           (add_record(ledger, RECORD_ACCOUNT, index, proof) &&
            add_record(ledger, RECORD_PARTY, account_view(ledger, index)->party, proof));
}

static bool add_asset(const struct ledger *ledger, uint32_t index, struct proof *proof)
{
    return index == RECORD_NONE ||
           (add_record(ledger, RECORD_ASSET, index, proof) &&
            add_record(ledger, RECORD_PARTY, asset_view(ledger, index)->issuer, proof));
}

static bool add_instruction(const struct ledger *ledger, uint32_t index, struct proof *proof)
{
    const struct instruction *instruction = instruction_view(ledger, index);
    const struct instruction_terms *terms = &instruction->terms;
    bool proved = add_record(ledger, RECORD_INSTRUCTION, index, proof) &&
                  add_record(ledger, RECORD_PARTY, instruction->party, proof) &&
                  add_record(ledger, RECORD_ASSET, terms->asset, proof) &&
                  add_record(ledger, RECORD_ASSET, terms->currency, proof) &&
                  add_record(ledger, RECORD_ACCOUNT, terms->account, proof) &&
                  add_record(ledger, RECORD_ACCOUNT, terms->cash_account, proof);
    uint32_t counterpart = instruction->counterpart;
    if (proved && counterpart != RECORD_NONE) {
        proved =
            add_record(ledger, RECORD_INSTRUCTION, counterpart, proof) &&
            add_record(ledger, RECORD_PARTY, instruction_view(ledger, counterpart)->party, proof);
    }
    return proved;
}

static bool add_position(const struct ledger *ledger, uint32_t index, struct proof *proof)
{
    const struct position *position = position_view(ledger, index);
    return add_record(ledger, RECORD_POSITION, index, proof) &&
           add_account(ledger, position->account, proof) &&
           add_record(ledger, RECORD_ASSET, position->asset, proof);
}

enum prover_result prover_records(const struct ledger *ledger, enum record_kind kind,
                                  uint32_t index, struct proof *proof, uint64_t *height)
{
    bool proved = false;
    proof->leaf_count = 0;
    *height = ledger_state_height(ledger);
    if (*height == 0) {
        return PROVER_PENDING; /* the genesis has no block to anchor it */
    }
    switch (kind) {
    case RECORD_POSITION:
        proved = add_position(ledger, index, proof);
        break;
    case RECORD_ACCOUNT:
        proved = add_account(ledger, index, proof);
        break;
    case RECORD_ASSET:
        proved = add_asset(ledger, index, proof);
        break;
    case RECORD_INSTRUCTION:
        proved = add_instruction(ledger, index, proof);
        break;
    default:
        proved = add_record(ledger, kind, index, proof);
        break;
    }
    return proved ? PROVER_OK : PROVER_PENDING;
}
