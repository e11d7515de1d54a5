#include "client/reply.h"

#include <string.h>

#include "base/bytes.h"
#include "client/proof.h"
#include "client/wire.h"
#include "ledger/values/outcome.h"

static void hash_write(struct bytes_writer *writer, const struct hash *hash)
{
    bytes_write_copy(writer, hash->bytes, sizeof hash->bytes);
}

static void hash_read(struct bytes_reader *reader, struct hash *out)
{
    bytes_read_copy(reader, out->bytes, sizeof out->bytes);
}

static void view_write(struct bytes_writer *writer, const uint8_t *data, uint32_t size)
{
    bytes_write_u32(writer, size);
    bytes_write_copy(writer, data, size);
}

static const uint8_t *view_read(struct bytes_reader *reader, uint32_t *size)
{
    *size = bytes_read_u32(reader);
    return bytes_read_view(reader, *size);
}

/* What must hold of any reply, sent or received, beyond the layout. */
static bool reply_sound(const struct reply *reply)
{
    switch (reply->kind) {
    case REPLY_ERROR:
        return reply->fault >= REPLY_FAULT_MALFORMED && reply->fault <= REPLY_FAULT_STOPPED;
    case REPLY_SUBMITTED:
        return reply->submitted >= SUBMIT_RECEIVED && reply->submitted <= SUBMIT_BUSY;
    case REPLY_OUTCOME:
        return reply->stage <= STAGE_CERTIFIED &&
               reply->leaf_count <= REQUEST_OUTCOME_RECEIPTS_MAX &&
               (reply->leaf_count == 0 || reply->stage == STAGE_CERTIFIED) &&
               (reply->leaf_count > 0) == (reply->anchor_size > 0);
    case REPLY_POINT:
    case REPLY_EXPLAIN:
        return reply->found == (reply->proof_size > 0) && reply->proof_size <= PROOF_BYTES_MAX &&
               reply->explain.comparison_count <= REPLY_COMPARISONS_MAX &&
               reply->explain.actor <= ROW_ACTOR_OPERATOR;
    case REPLY_LIST:
        return reply->list >= LIST_INSTRUCTIONS && reply->list <= LIST_KIND_LAST &&
               reply->row_count <= REQUEST_LIST_ROWS_MAX &&
               (reply->row_count > 0) == (reply->rows_size > 0);
    case REPLY_NODE_STATUS:
        return reply->status.peer_count <= REPLY_PEERS_MAX &&
               reply->status.alarm_count <= REPLY_ALARMS_MAX;
    case REPLY_ROOTS:
        return true;
    }
    return false;
}

static void outcome_write(struct bytes_writer *writer, const struct reply *reply)
{
    hash_write(writer, &reply->envelope_id);
    bytes_write_u8(writer, (uint8_t)reply->stage);
    bytes_write_u64(writer, reply->height);
    bytes_write_u16(writer, reply->receipt_total);
    bytes_write_u16(writer, reply->first_command);
    bytes_write_u16(writer, reply->leaf_count);
    view_write(writer, reply->anchor, reply->anchor_size);
    view_write(writer, reply->leaves, reply->leaves_size);
}

static void outcome_read(struct bytes_reader *reader, struct reply *out)
{
    hash_read(reader, &out->envelope_id);
    out->stage = (enum envelope_stage)bytes_read_u8(reader);
    out->height = bytes_read_u64(reader);
    out->receipt_total = bytes_read_u16(reader);
    out->first_command = bytes_read_u16(reader);
    out->leaf_count = bytes_read_u16(reader);
    out->anchor = view_read(reader, &out->anchor_size);
    out->leaves = view_read(reader, &out->leaves_size);
}

static void explain_write(struct bytes_writer *writer, const struct reply_explain *explain)
{
    bytes_write_u8(writer, (uint8_t)explain->actor);
    bytes_write_bool(writer, explain->nearest_found);
    bytes_write_bool(writer, explain->nearest_matched);
    wire_write_text(writer, explain->nearest_party, sizeof explain->nearest_party);
    wire_write_text(writer, explain->nearest_reference, sizeof explain->nearest_reference);
    wire_write_prose(writer, explain->tolerance, sizeof explain->tolerance);
    bytes_write_u16(writer, explain->comparison_count);
    for (uint16_t i = 0; i < explain->comparison_count; i++) {
        const struct reply_comparison *comparison = &explain->comparisons[i];
        wire_write_text(writer, comparison->code, sizeof comparison->code);
        wire_write_prose(writer, comparison->field, sizeof comparison->field);
        bytes_write_u8(writer, comparison->number);
        wire_write_prose(writer, comparison->own, sizeof comparison->own);
        wire_write_prose(writer, comparison->other, sizeof comparison->other);
    }
    bytes_write_u16(writer, explain->detail);
    bytes_write_bool(writer, explain->lack_found);
    wire_write_text(writer, explain->lack_party, sizeof explain->lack_party);
    wire_write_text(writer, explain->lack_account, sizeof explain->lack_account);
    wire_write_text(writer, explain->lack_asset, sizeof explain->lack_asset);
    bytes_write_u8(writer, explain->lack_decimals);
    bytes_write_i64(writer, explain->lack_needed);
    bytes_write_i64(writer, explain->lack_available);
}

static void explain_read(struct bytes_reader *reader, struct reply_explain *out)
{
    uint8_t actor = bytes_read_u8(reader);
    if (actor > ROW_ACTOR_OPERATOR) {
        bytes_reader_fail(reader);
        actor = ROW_ACTOR_NOBODY;
    }
    out->actor = (enum row_actor)actor;
    out->nearest_found = bytes_read_bool(reader);
    out->nearest_matched = bytes_read_bool(reader);
    wire_read_text(reader, out->nearest_party, sizeof out->nearest_party);
    wire_read_text(reader, out->nearest_reference, sizeof out->nearest_reference);
    wire_read_prose(reader, out->tolerance, sizeof out->tolerance);
    out->comparison_count = bytes_read_u16(reader);
    if (out->comparison_count > REPLY_COMPARISONS_MAX) {
        bytes_reader_fail(reader);
        out->comparison_count = 0;
    }
    for (uint16_t i = 0; i < out->comparison_count; i++) {
        struct reply_comparison *comparison = &out->comparisons[i];
        wire_read_text(reader, comparison->code, sizeof comparison->code);
        wire_read_prose(reader, comparison->field, sizeof comparison->field);
        comparison->number = bytes_read_u8(reader);
        wire_read_prose(reader, comparison->own, sizeof comparison->own);
        wire_read_prose(reader, comparison->other, sizeof comparison->other);
    }
    out->detail = bytes_read_u16(reader);
    if (out->detail != DETAIL_NONE && !detail_known(out->detail)) {
        bytes_reader_fail(reader);
    }
    out->lack_found = bytes_read_bool(reader);
    wire_read_text(reader, out->lack_party, sizeof out->lack_party);
    wire_read_text(reader, out->lack_account, sizeof out->lack_account);
    wire_read_text(reader, out->lack_asset, sizeof out->lack_asset);
    out->lack_decimals = bytes_read_u8(reader);
    out->lack_needed = bytes_read_i64(reader);
    out->lack_available = bytes_read_i64(reader);
}

static void status_write(struct bytes_writer *writer, const struct reply_node_status *status)
{
    bytes_write_u16(writer, status->validator);
    wire_write_prose(writer, status->version, sizeof status->version);
    bytes_write_u64(writer, status->utc_ms);
    bytes_write_u64(writer, status->epoch);
    bytes_write_u64(writer, status->view);
    bytes_write_u64(writer, status->final_height);
    bytes_write_u64(writer, status->executed_height);
    bytes_write_u64(writer, status->certified_height);
    hash_write(writer, &status->result_root);
    hash_write(writer, &status->state_root);
    bytes_write_u64(writer, status->state_height);
    bytes_write_u64(writer, status->ledger_ms);
    bytes_write_u64(writer, status->envelopes_pending);
    bytes_write_u64(writer, status->envelopes_final);
    bytes_write_u64(writer, status->commands_final);
    bytes_write_u64(writer, status->finality_p50_us);
    bytes_write_u64(writer, status->finality_p99_us);
    bytes_write_u16(writer, status->peer_count);
    for (uint16_t i = 0; i < status->peer_count; i++) {
        bytes_write_u16(writer, status->peers[i].validator);
        bytes_write_bool(writer, status->peers[i].connected);
        bytes_write_u64(writer, status->peers[i].final_height);
        bytes_write_u64(writer, status->peers[i].silent_ms);
    }
    bytes_write_u16(writer, status->alarm_count);
    for (uint16_t i = 0; i < status->alarm_count; i++) {
        bytes_write_u16(writer, status->alarms[i].code);
        bytes_write_u64(writer, status->alarms[i].since_utc_ms);
        wire_write_prose(writer, status->alarms[i].text, sizeof status->alarms[i].text);
    }
}

/* Reads a count of at most `max`; 0 and failed beyond. */
static uint16_t count_read(struct bytes_reader *reader, uint16_t max)
{
    uint16_t count = bytes_read_u16(reader);

    if (count > max) {
        bytes_reader_fail(reader);
        return 0;
    }
    return count;
}

static void status_read(struct bytes_reader *reader, struct reply_node_status *out)
{
    out->validator = bytes_read_u16(reader);
    wire_read_prose(reader, out->version, sizeof out->version);
    out->utc_ms = bytes_read_u64(reader);
    out->epoch = bytes_read_u64(reader);
    out->view = bytes_read_u64(reader);
    out->final_height = bytes_read_u64(reader);
    out->executed_height = bytes_read_u64(reader);
    out->certified_height = bytes_read_u64(reader);
    hash_read(reader, &out->result_root);
    hash_read(reader, &out->state_root);
    out->state_height = bytes_read_u64(reader);
    out->ledger_ms = bytes_read_u64(reader);
    out->envelopes_pending = bytes_read_u64(reader);
    out->envelopes_final = bytes_read_u64(reader);
    out->commands_final = bytes_read_u64(reader);
    out->finality_p50_us = bytes_read_u64(reader);
    out->finality_p99_us = bytes_read_u64(reader);
    out->peer_count = count_read(reader, REPLY_PEERS_MAX);
    for (uint16_t i = 0; i < out->peer_count; i++) {
        out->peers[i].validator = bytes_read_u16(reader);
        out->peers[i].connected = bytes_read_bool(reader);
        out->peers[i].final_height = bytes_read_u64(reader);
        out->peers[i].silent_ms = bytes_read_u64(reader);
    }
    out->alarm_count = count_read(reader, REPLY_ALARMS_MAX);
    for (uint16_t i = 0; i < out->alarm_count; i++) {
        out->alarms[i].code = bytes_read_u16(reader);
        out->alarms[i].since_utc_ms = bytes_read_u64(reader);
        wire_read_prose(reader, out->alarms[i].text, sizeof out->alarms[i].text);
    }
}

static void roots_write(struct bytes_writer *writer, const struct reply_roots *roots)
{
    bytes_write_u64(writer, roots->height);
    hash_write(writer, &roots->block_id);
    hash_write(writer, &roots->receipts_root);
    hash_write(writer, &roots->events_root);
    hash_write(writer, &roots->state_root);
    hash_write(writer, &roots->result_root);
}

static void roots_read(struct bytes_reader *reader, struct reply_roots *out)
{
    out->height = bytes_read_u64(reader);
    hash_read(reader, &out->block_id);
    hash_read(reader, &out->receipts_root);
    hash_read(reader, &out->events_root);
    hash_read(reader, &out->state_root);
    hash_read(reader, &out->result_root);
}

static void point_write(struct bytes_writer *writer, const struct reply *reply)
{
    bytes_write_bool(writer, reply->found);
    bytes_write_u64(writer, reply->state_height);
    view_write(writer, reply->proof, reply->proof_size);
}

static void point_read(struct bytes_reader *reader, struct reply *out)
{
    out->found = bytes_read_bool(reader);
    out->state_height = bytes_read_u64(reader);
    out->proof = view_read(reader, &out->proof_size);
}

static void fields_write(struct bytes_writer *writer, const struct reply *reply)
{
    switch (reply->kind) {
    case REPLY_ERROR:
        bytes_write_u8(writer, (uint8_t)reply->fault);
        wire_write_prose(writer, reply->text, sizeof reply->text);
        break;
    case REPLY_SUBMITTED:
        hash_write(writer, &reply->envelope_id);
        bytes_write_u8(writer, (uint8_t)reply->submitted);
        wire_write_prose(writer, reply->text, sizeof reply->text);
        break;
    case REPLY_OUTCOME:
        outcome_write(writer, reply);
        break;
    case REPLY_POINT:
        point_write(writer, reply);
        break;
    case REPLY_EXPLAIN:
        point_write(writer, reply);
        explain_write(writer, &reply->explain);
        break;
    case REPLY_LIST:
        bytes_write_u8(writer, (uint8_t)reply->list);
        bytes_write_u64(writer, reply->list_height);
        bytes_write_u64(writer, reply->cursor_next);
        bytes_write_u16(writer, reply->row_count);
        view_write(writer, reply->rows, reply->rows_size);
        break;
    case REPLY_NODE_STATUS:
        status_write(writer, &reply->status);
        break;
    case REPLY_ROOTS:
        roots_write(writer, &reply->roots);
        break;
    }
}

static void fields_read(struct bytes_reader *reader, struct reply *out)
{
    switch (out->kind) {
    case REPLY_ERROR:
        out->fault = (enum reply_fault)bytes_read_u8(reader);
        wire_read_prose(reader, out->text, sizeof out->text);
        break;
    case REPLY_SUBMITTED:
        hash_read(reader, &out->envelope_id);
        out->submitted = (enum submit_answer)bytes_read_u8(reader);
        wire_read_prose(reader, out->text, sizeof out->text);
        break;
    case REPLY_OUTCOME:
        outcome_read(reader, out);
        break;
    case REPLY_POINT:
        point_read(reader, out);
        break;
    case REPLY_EXPLAIN:
        point_read(reader, out);
        explain_read(reader, &out->explain);
        break;
    case REPLY_LIST:
        out->list = (enum list_kind)bytes_read_u8(reader);
        out->list_height = bytes_read_u64(reader);
        out->cursor_next = bytes_read_u64(reader);
        out->row_count = bytes_read_u16(reader);
        out->rows = view_read(reader, &out->rows_size);
        break;
    case REPLY_NODE_STATUS:
        status_read(reader, &out->status);
        break;
    case REPLY_ROOTS:
        roots_read(reader, &out->roots);
        break;
    }
}

size_t reply_encode(const struct reply *reply, void *out, size_t capacity)
{
    struct bytes_writer writer;

    if (!reply_sound(reply)) {
        return 0;
    }
    bytes_writer_init(&writer, out, capacity < REPLY_BYTES_MAX ? capacity : REPLY_BYTES_MAX);
    bytes_write_u32(&writer, reply->id);
    bytes_write_u8(&writer, (uint8_t)reply->kind);
    fields_write(&writer, reply);
    return bytes_writer_ok(&writer) ? writer.size : 0;
}

bool reply_decode(const void *data, size_t size, struct reply *out)
{
    struct bytes_reader reader;

    memset(out, 0, sizeof *out);
    if (size > REPLY_BYTES_MAX) {
        return false;
    }
    bytes_reader_init(&reader, data, size);
    out->id = bytes_read_u32(&reader);
    out->kind = (enum reply_kind)bytes_read_u8(&reader);
    if (out->kind < REPLY_ERROR || out->kind > REPLY_ROOTS) {
        return false;
    }
    fields_read(&reader, out);
    return bytes_reader_done(&reader) && reply_sound(out);
}

bool reply_leaf_next(const struct reply *reply, uint32_t *offset, const uint8_t **leaf,
                     size_t *leaf_size)
{
    struct bytes_reader reader;
    uint32_t size;

    TALLY_ASSERT(*offset <= reply->leaves_size);
    if (*offset == reply->leaves_size) {
        return false;
    }
    bytes_reader_init(&reader, reply->leaves + *offset, reply->leaves_size - *offset);
    *leaf = view_read(&reader, &size);
    if (reader.failed) {
        return false;
    }
    *leaf_size = size;
    *offset += 4u + size;
    return true;
}

const char *reply_fault_text(enum reply_fault fault)
{
    switch (fault) {
    case REPLY_FAULT_MALFORMED:
        return "the node could not read the request";
    case REPLY_FAULT_NOT_ALLOWED:
        return "this key may not read that";
    case REPLY_FAULT_BUSY:
        return "the node is busy";
    case REPLY_FAULT_NOT_READY:
        return "the node is starting or catching up";
    case REPLY_FAULT_NO_PROOF:
        return "known, but not certified yet";
    case REPLY_FAULT_STOPPED:
        return "the node has stopped working and waits for its operator";
    }
    return "unknown fault";
}

const char *submit_answer_text(enum submit_answer answer)
{
    switch (answer) {
    case SUBMIT_RECEIVED:
        return "received";
    case SUBMIT_KNOWN:
        return "these bytes were here before";
    case SUBMIT_MALFORMED:
        return "not an envelope";
    case SUBMIT_WRONG_CHAIN:
        return "addressed to another ledger";
    case SUBMIT_WRONG_SIGNATURE:
        return "the signature does not fit the key";
    case SUBMIT_UNKNOWN_KEY:
        return "the signing key is not on the ledger, or not this party's";
    case SUBMIT_EXPIRED:
        return "its validity has ended";
    case SUBMIT_TOO_FAR_AHEAD:
        return "valid for longer than the ledger permits";
    case SUBMIT_TOO_LARGE:
        return "more commands or bytes than the ledger permits";
    case SUBMIT_BUSY:
        return "the node has no room for it now";
    }
    return "unknown answer";
}

const char *submit_answer_hint(enum submit_answer answer)
{
    switch (answer) {
    case SUBMIT_RECEIVED:
    case SUBMIT_KNOWN:
        return "ask for the outcome";
    case SUBMIT_MALFORMED:
        return "build it anew with a current client";
    case SUBMIT_WRONG_CHAIN:
        return "check which genesis file is in use";
    case SUBMIT_WRONG_SIGNATURE:
        return "sign again with the right key file";
    case SUBMIT_UNKNOWN_KEY:
        return "have the key registered, or choose the right key file";
    case SUBMIT_EXPIRED:
        return "ask for its receipts; if there are none, sign it anew";
    case SUBMIT_TOO_FAR_AHEAD:
        return "choose an earlier end of validity";
    case SUBMIT_TOO_LARGE:
        return "split it into several envelopes";
    case SUBMIT_BUSY:
        return "send the same bytes again, here or to another member";
    }
    return "report this as a defect";
}
