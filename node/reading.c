#include "node/reading.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/holding/position.h"
#include "ledger/instruction/instruction.h"
#include "ledger/register/account.h"
#include "ledger/register/asset.h"
#include "ledger/register/party.h"
#include "ledger/register/rule_set.h"
#include "node/asker.h"
#include "node/read_explain.h"
#include "node/stored.h"

bool reading_answers(enum request_kind kind)
{
    switch (kind) {
    case REQUEST_OUTCOME:
    case REQUEST_INSTRUCTION:
    case REQUEST_POSITION:
    case REQUEST_ACCOUNT:
    case REQUEST_PARTY:
    case REQUEST_ASSET:
    case REQUEST_RECEIPT:
    case REQUEST_EXPLAIN:
    case REQUEST_RULES:
        return true;
    case REQUEST_SUBMIT:
    case REQUEST_LIST:
    case REQUEST_NODE_STATUS:
    case REQUEST_ROOTS:
        return false;
    }
    return false;
}

void reading_refuse(struct reply *reply, enum reply_fault fault, const char *text)
{
    reply->kind = REPLY_ERROR;
    reply->fault = fault;
    (void)snprintf(reply->text, sizeof reply->text, "%s",
                   text != NULL ? text : reply_fault_text(fault));
}

/* Turns a prover's failure into an answer; false when the reading is to be held. */
static bool settle(struct reply *reply, enum prover_result result)
{
    if (result == PROVER_PENDING) {
        return false;
    }
    reading_refuse(reply, REPLY_FAULT_NOT_READY, "the node could not read its store");
    return true;
}

/* ---- Records ------------------------------------------------------------------------------ */

static uint32_t find_party(const struct ledger *ledger, const char *text)
{
    struct bic bic;
    return bic_parse(text, strlen(text), &bic) ? party_find(ledger, &bic) : RECORD_NONE;
}

static uint32_t find_account(const struct ledger *ledger, const struct request *request)
{
    struct text35 id;
    uint32_t party = find_party(ledger, request->party);
    if (party == RECORD_NONE || !text35_parse(request->account, strlen(request->account), &id)) {
        return RECORD_NONE;
    }
    return account_find(ledger, party, &id);
}

static uint32_t find_asset(const struct ledger *ledger, const char *text)
{
    struct asset_code code;
    return asset_code_parse(text, strlen(text), &code) ? asset_find(ledger, &code) : RECORD_NONE;
}

static uint32_t find_position(const struct ledger *ledger, const struct request *request)
{
    uint32_t account = find_account(ledger, request);
    uint32_t asset = find_asset(ledger, request->asset);
    return account == RECORD_NONE || asset == RECORD_NONE ? RECORD_NONE
                                                          : position_find(ledger, account, asset);
}

static uint32_t find_instruction(const struct ledger *ledger, const struct request *request)
{
    struct text35 reference;
    uint32_t party = find_party(ledger, request->party);
    if (party == RECORD_NONE ||
        !text35_parse(request->reference, strlen(request->reference), &reference)) {
        return RECORD_NONE;
    }
    return instruction_find(ledger, party, &reference);
}

static uint32_t find_record(const struct ledger *ledger, const struct request *request,
                            enum record_kind *kind)
{
    switch (request->kind) {
    case REQUEST_POSITION:
        *kind = RECORD_POSITION;
        return find_position(ledger, request);
    case REQUEST_ACCOUNT:
        *kind = RECORD_ACCOUNT;
        return find_account(ledger, request);
    case REQUEST_PARTY:
        *kind = RECORD_PARTY;
        return find_party(ledger, request->party);
    case REQUEST_ASSET:
        *kind = RECORD_ASSET;
        return find_asset(ledger, request->asset);
    case REQUEST_RULES:
        *kind = RECORD_RULE_SET;
        return rule_set_in_force_index(ledger);
    default:
        *kind = RECORD_INSTRUCTION;
        return find_instruction(ledger, request);
    }
}

/* Would the asker be told if the thing that is not there were there? */
static bool may_miss(const struct asker *asker, const struct request *request)
{
    struct bic bic;
    return asker->sees_all || request->kind == REQUEST_PARTY || request->kind == REQUEST_ASSET ||
           (bic_parse(request->party, strlen(request->party), &bic) &&
            bic_equal(&bic, &asker->bic));
}

/*
 * Blocks in which nothing changes repeat the state root. So a root that the last block shows may be
 * certified already, as that of an earlier height: then nobody has to wait.
 */
static void prefer_certified(const struct reading_sources *sources, const struct ledger *ledger,
                             uint64_t *height)
{
    struct progress_heights heights;
    struct stored_roots roots;
    progress_read(sources->progress, &heights);
    if (heights.certified > 0 && heights.certified < *height &&
        stored_roots_get(sources->prover.store, heights.certified, &roots) == STORE_OK &&
        hash_equal(&roots.result.state_root, &ledger_result(ledger)->state_root)) {
        *height = heights.certified;
    }
}

/* The part of a try that needs the ledger. Returns true when the reply is complete. */
static bool take_record(const struct reading_sources *sources, const struct ledger *ledger,
                        struct reading *reading, struct reply *reply)
{
    struct asker asker;
    enum record_kind kind;
    if (!asker_find(ledger, &reading->key, &asker)) {
        reading_refuse(reply, REPLY_FAULT_NOT_ALLOWED, NULL);
        return true;
    }
    uint32_t index = find_record(ledger, &reading->request, &kind);
    bool explains = reading->request.kind == REQUEST_EXPLAIN;
    bool seen = index != RECORD_NONE && asker_sees_record(&asker, ledger, kind, index);
    if (!seen) {
        if (!may_miss(&asker, &reading->request)) {
            reading_refuse(reply, REPLY_FAULT_NOT_ALLOWED, NULL);
        }
        return true;
    }
    reading->taken =
        prover_records(ledger, kind, index, &reading->proof, &reading->height) == PROVER_OK;
    if (reading->taken) {
        prefer_certified(sources, ledger, &reading->height);
    }
    if (reading->taken && explains) {
        read_explain(ledger, index, &reading->explain);
    }
    return false;
}

/* Completes a taken proof with its anchor, once there is one. */
static enum reading_state anchor_and_reply(const struct reading_sources *sources,
                                           struct reading *reading, struct reply *reply,
                                           uint8_t *scratch)
{
    struct progress_heights heights;
    progress_read(sources->progress, &heights);
    if (heights.certified < reading->height) {
        return READING_HELD;
    }
    enum prover_result result =
        prover_anchor(&sources->prover, reading->height, &reading->proof.anchor);
    if (result != PROVER_OK) {
        return settle(reply, result) ? READING_ANSWERED : READING_HELD;
    }
    size_t size = proof_encode(&reading->proof, scratch, PROOF_BYTES_MAX);
    prover_anchor_free(&reading->proof.anchor);
    if (size == 0) {
        reading_refuse(reply, REPLY_FAULT_NO_PROOF, "the proof is too large");
        return READING_ANSWERED;
    }
    reply->found = true;
    reply->state_height = reading->height;
    reply->proof = scratch;
    reply->proof_size = (uint32_t)size;
    reply->explain = reading->explain;
    return READING_ANSWERED;
}

static enum reading_state try_record(const struct reading_sources *sources, struct reading *reading,
                                     struct reply *reply, uint8_t *scratch)
{
    reply->kind = reading->request.kind == REQUEST_EXPLAIN ? REPLY_EXPLAIN : REPLY_POINT;
    if (!reading->taken) {
        const struct ledger *ledger = executor_thread_lock(sources->executor);
        bool complete = take_record(sources, ledger, reading, reply);
        executor_thread_unlock(sources->executor);
        if (complete) {
            return READING_ANSWERED;
        }
    }
    return reading->taken ? anchor_and_reply(sources, reading, reply, scratch) : READING_HELD;
}

/* ---- Receipts of references --------------------------------------------------------------- */

static bool find_asker(const struct reading_sources *sources, const struct reading *reading,
                       struct asker *asker)
{
    const struct ledger *ledger = executor_thread_lock(sources->executor);
    bool found = asker_find(ledger, &reading->key, asker);
    executor_thread_unlock(sources->executor);
    return found;
}

/* Why leaves that there must be cannot be had. */
static void refuse_unread(enum prover_result result, struct reply *reply)
{
    reading_refuse(reply, REPLY_FAULT_NOT_READY,
                   result == PROVER_PENDING
                       ? "the node has just started and computes these results again"
                       : "the node could not read its store");
}

/* The milestone event at a place, if the asker may see it; else the reply says why not. */
static bool take_event_at(const struct reading_sources *sources, const struct asker *asker,
                          struct reading *reading, uint32_t index, struct event *event,
                          struct reply *reply)
{
    struct prover_block *block;
    enum prover_result result = prover_block_open(sources->prover.cache, sources->prover.store,
                                                  LEAF_EVENT, reading->height, &block);
    if (result != PROVER_OK) {
        refuse_unread(result, reply);
        return false;
    }
    TALLY_ASSERT(index < prover_block_count(block));
    const struct ledger_leaf *leaf = prover_block_leaf(block, index);
    bool whole = event_decode(event, leaf->bytes, leaf->size);
    bool seen = whole && asker_sees_event(asker, event);
    if (seen) {
        reading->proof.leaf_count = 1;
        result = prover_block_prove(block, index, &reading->proof.leaves[0]);
        if (result != PROVER_OK) {
            refuse_unread(result, reply);
        }
    } else {
        reading_refuse(reply, REPLY_FAULT_NOT_ALLOWED, NULL);
    }
    prover_block_close(block);
    return seen && result == PROVER_OK;
}

/* Which side of an event an asked reference is. */
enum side {
    SIDE_NONE,
    SIDE_OWN,
    SIDE_COUNTER
};

static enum side side_of(const struct event *event, const struct request *request)
{
    struct bic bic;
    struct text35 reference;
    if (!bic_parse(request->party, strlen(request->party), &bic) ||
        !text35_parse(request->reference, strlen(request->reference), &reference)) {
        return SIDE_NONE;
    }
    if (bic_equal(&bic, &event->party) && text35_equal(&reference, &event->reference)) {
        return SIDE_OWN;
    }
    bool counter = bic_equal(&bic, &event->counterparty) &&
                   text35_equal(&reference, &event->counter_reference);
    return counter ? SIDE_COUNTER : SIDE_NONE;
}

/* A store that could not be read is not one that has nothing: then the reply says so. */
static bool found_in_store(enum store_status status, struct reply *reply)
{
    if (status == STORE_PENDING) {
        refuse_unread(PROVER_PENDING, reply);
    } else if (status != STORE_OK && status != STORE_NOT_FOUND) {
        reading_refuse(reply, REPLY_FAULT_NOT_READY, "the node could not read its store");
    }
    return status == STORE_OK;
}

/*
 * Takes the proof of the latest event of a reference, or of an earlier settlement of it, which that
 * one leads to; false when the reply is complete.
 */
static bool take_event(const struct reading_sources *sources, struct reading *reading,
                       struct reply *reply)
{
    struct asker asker;
    struct event event;
    uint32_t index;
    const struct request *request = &reading->request;
    if (!find_asker(sources, reading, &asker)) {
        reading_refuse(reply, REPLY_FAULT_NOT_ALLOWED, NULL);
        return false;
    }
    enum store_status status = STORE_NOT_FOUND;
    if (strlen(request->party) == STORE_PARTY_SIZE) {
        status = store_get_settled(sources->prover.store, request->party, request->reference,
                                   strlen(request->reference), &reading->height, &index);
    }
    /* Also of a name that may come again: a stranger learns nothing of which names there are. */
    bool missed = status == STORE_NOT_FOUND || status == STORE_PENDING;
    if (missed && !may_miss(&asker, request)) {
        reading_refuse(reply, REPLY_FAULT_NOT_ALLOWED, NULL);
        return false;
    }
    if (!found_in_store(status, reply)) {
        return false;
    }
    if (!take_event_at(sources, &asker, reading, index, &event, reply)) {
        return false;
    }
    /* Names are found by their hash, and one in 2^76 may be another's. */
    enum side side = side_of(&event, request);
    if (side == SIDE_NONE) {
        reading_refuse(reply, REPLY_FAULT_NOT_ALLOWED, NULL);
        return false;
    }
    if (request->settled != 0) {
        uint64_t sequence = side == SIDE_OWN ? event.instruction_sequence : event.counter_sequence;
        status = store_get_part(sources->prover.store, sequence, (uint64_t)request->settled,
                                &reading->height, &index);
        if (!found_in_store(status, reply) ||
            !take_event_at(sources, &asker, reading, index, &event, reply)) {
            return false;
        }
    }
    reading->taken = true;
    return true;
}

static enum reading_state try_receipt(const struct reading_sources *sources,
                                      struct reading *reading, struct reply *reply,
                                      uint8_t *scratch)
{
    reply->kind = REPLY_POINT;
    if (!reading->taken && !take_event(sources, reading, reply)) {
        return READING_ANSWERED;
    }
    return anchor_and_reply(sources, reading, reply, scratch);
}

/* ---- Outcomes of envelopes ---------------------------------------------------------------- */

/* Where an envelope's receipts stand in their block. */
struct receipt_span {
    uint32_t first;
    uint32_t count;
};

static bool receipt_at(const struct prover_block *block, uint32_t index, struct receipt *receipt)
{
    const struct ledger_leaf *leaf = prover_block_leaf(block, index);
    return receipt_decode(receipt, leaf->bytes, leaf->size);
}

static struct receipt_span span_of(const struct prover_block *block, const struct hash *envelope,
                                   uint32_t first)
{
    struct receipt_span span = {.first = first};
    struct receipt receipt;
    while (span.first + span.count < prover_block_count(block) &&
           receipt_at(block, span.first + span.count, &receipt) &&
           hash_equal(&receipt.envelope_id, envelope)) {
        span.count++;
    }
    return span;
}

/* Writes the wanted leaves behind the anchor into the reply. */
static void write_leaves(struct prover_block *block, const struct request *request,
                         struct receipt_span span, struct reply *reply, uint8_t *scratch)
{
    struct proof_leaf *leaf = malloc(sizeof *leaf);
    struct bytes_writer writer;
    uint32_t first = request->first_command < span.count ? request->first_command : span.count;
    uint32_t end =
        first + request->command_count < span.count ? first + request->command_count : span.count;
    uint8_t encoded[PROOF_LEAF_BYTES_MAX];
    /* The frame around them is small; the bound leaves room for it. */
    bytes_writer_init(&writer, scratch + reply->anchor_size,
                      REPLY_BYTES_MAX - 1024u - reply->anchor_size);
    for (uint32_t i = first; leaf != NULL && i < end; i++) {
        bool proved = prover_block_prove(block, span.first + i, leaf) == PROVER_OK;
        size_t size = proved ? proof_leaf_encode(leaf, encoded, sizeof encoded) : 0;
        size_t before = writer.size;
        bytes_write_u32(&writer, (uint32_t)size);
        bytes_write_copy(&writer, encoded, size);
        if (size == 0 || writer.failed) {
            writer.size = before; /* the client asks for the rest */
            break;
        }
        reply->leaf_count++;
    }
    free(leaf);
    reply->leaves = scratch + reply->anchor_size;
    reply->leaves_size = (uint32_t)writer.size;
}

static bool write_anchor(const struct reading_sources *sources, struct reading *reading,
                         struct reply *reply, uint8_t *scratch)
{
    struct proof_anchor *anchor = &reading->proof.anchor;
    if (prover_anchor(&sources->prover, reading->height, anchor) != PROVER_OK) {
        return false;
    }
    size_t size = proof_anchor_encode(anchor, scratch, PROOF_BYTES_MAX);
    prover_anchor_free(anchor);
    reply->anchor = scratch;
    reply->anchor_size = (uint32_t)size;
    return size > 0;
}

static void answer_executed(const struct reading_sources *sources, struct reading *reading,
                            const struct asker *asker, uint32_t index, struct reply *reply,
                            uint8_t *scratch)
{
    struct prover_block *block;
    enum prover_result result = prover_block_open(sources->prover.cache, sources->prover.store,
                                                  LEAF_RECEIPT, reading->height, &block);
    if (result != PROVER_OK) {
        refuse_unread(result, reply);
        return;
    }
    struct receipt receipt;
    struct receipt_span span = span_of(block, &reading->request.envelope_id, index);
    if (span.count == 0 || !receipt_at(block, span.first, &receipt) ||
        !asker_sees_receipt(asker, &receipt)) {
        reading_refuse(reply, REPLY_FAULT_NOT_ALLOWED, NULL);
        prover_block_close(block);
        return;
    }
    reply->stage = STAGE_EXECUTED;
    reply->height = reading->height;
    reply->receipt_total = (uint16_t)span.count;
    if (write_anchor(sources, reading, reply, scratch)) {
        reply->stage = STAGE_CERTIFIED;
        write_leaves(block, &reading->request, span, reply, scratch);
    }
    if (reply->leaf_count == 0) {
        reply->anchor = NULL;
        reply->anchor_size = 0;
        reply->leaves = NULL;
        reply->leaves_size = 0;
    }
    prover_block_close(block);
}

static void try_outcome(const struct reading_sources *sources, struct reading *reading,
                        struct reply *reply, uint8_t *scratch)
{
    struct asker asker;
    uint32_t index;
    reply->kind = REPLY_OUTCOME;
    reply->envelope_id = reading->request.envelope_id;
    reply->first_command = reading->request.first_command;
    if (!find_asker(sources, reading, &asker)) {
        reading_refuse(reply, REPLY_FAULT_NOT_ALLOWED, NULL);
        return;
    }
    enum store_status status = store_get_envelope(
        sources->prover.store, &reading->request.envelope_id, &reading->height, &index);
    bool missed = status == STORE_NOT_FOUND || status == STORE_PENDING;
    if (status == STORE_OK) {
        answer_executed(sources, reading, &asker, index, reply, scratch);
    } else if (missed && verified_set_contains(sources->received, &reading->request.envelope_id)) {
        reply->stage = STAGE_RECEIVED;
    } else if (status == STORE_NOT_FOUND) {
        reply->stage = STAGE_UNKNOWN;
    } else {
        refuse_unread(status == STORE_PENDING ? PROVER_PENDING : PROVER_FAILED, reply);
    }
}

enum reading_state reading_try(const struct reading_sources *sources, struct reading *reading,
                               struct reply *reply, uint8_t *scratch)
{
    TALLY_ASSERT(reading_answers(reading->request.kind));
    memset(reply, 0, sizeof *reply);
    reply->id = reading->request.id;
    switch (reading->request.kind) {
    case REQUEST_OUTCOME:
        try_outcome(sources, reading, reply, scratch);
        return READING_ANSWERED;
    case REQUEST_RECEIPT:
        return try_receipt(sources, reading, reply, scratch);
    default:
        return try_record(sources, reading, reply, scratch);
    }
}
