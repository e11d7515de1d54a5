#include "tests/support/consensus/byzantine.h"

#include "base/assert.h"
#include "consensus/message.h"

#include <stdlib.h>
#include <string.h>

void byzantine_init(struct byzantine *byzantine)
{
    byzantine->scratch = malloc(2 * (size_t)BYZANTINE_MESSAGE_MAX);
    TALLY_ASSERT(byzantine->scratch != NULL);
    byzantine->view_seen = 0;
    memset(&byzantine->hash_seen, 1, sizeof byzantine->hash_seen); /* a zero hash means none */
    memset(byzantine->omnivoted, 0, sizeof byzantine->omnivoted);
    memset(byzantine->memory, 0, sizeof byzantine->memory);
    byzantine->omnivoted_next = 0;
    byzantine->memory_next = 0;
}

void byzantine_free(struct byzantine *byzantine)
{
    for (uint32_t i = 0; i < BYZANTINE_MEMORY; i++) {
        sim_message_release(byzantine->memory[i]);
    }
    free(byzantine->scratch);
}

static bool plays(const struct byzantine *byzantine, enum byzantine_kind kind)
{
    return (byzantine->kinds & (1u << kind)) != 0;
}

static bool coin(struct byzantine *byzantine)
{
    return prng_chance(byzantine->prng, 1, 2);
}

static uint16_t count16(const struct byzantine *byzantine)
{
    return (uint16_t)byzantine->nodes_count;
}

static void emit(struct byzantine *byzantine, uint32_t to, const struct bytes_writer *writer)
{
    if (bytes_writer_ok(writer)) {
        byzantine->emit(byzantine->context, to, writer->data, writer->size);
    }
}

static void emit_to_all(struct byzantine *byzantine, const struct bytes_writer *writer)
{
    for (uint32_t to = 0; to < byzantine->nodes_count; to++) {
        if (to != byzantine->index) {
            emit(byzantine, to, writer);
        }
    }
}

/* ------------------------------------------------------------------- signed again */

static void vote_rewrite(struct byzantine *byzantine, struct bytes_writer *writer,
                         struct message_vote *message)
{
    vote_sign(&message->vote, &byzantine->chain_id, byzantine->secret_key);
    bytes_writer_init(writer, byzantine->scratch, BYZANTINE_MESSAGE_MAX);
    message_vote_write(writer, count16(byzantine), message);
}

static void vote_cast(struct byzantine *byzantine, struct bytes_writer *writer, enum vote_kind kind,
                      uint64_t view, const struct hash *hash)
{
    struct message_vote message;
    memset(&message, 0, sizeof message);
    message.vote.kind = kind;
    message.vote.epoch = byzantine->epoch;
    message.vote.view = view;
    message.vote.signer = (uint16_t)byzantine->index;
    if (kind != VOTE_NULLIFY) {
        message.vote.hash = *hash;
    }
    vote_rewrite(byzantine, writer, &message);
}

static void proposal_rewrite(struct byzantine *byzantine, struct bytes_writer *writer,
                             struct message_proposal *message)
{
    struct vote vote;
    memset(&vote, 0, sizeof vote);
    vote.kind = VOTE_NOTARIZE;
    vote.epoch = message->block.header.epoch;
    vote.view = message->block.header.view;
    vote.signer = (uint16_t)byzantine->index;
    header_hash(&message->block.header, &vote.hash);
    vote_sign(&vote, &byzantine->chain_id, byzantine->secret_key);
    message->signature = vote.signature;
    bytes_writer_init(writer, byzantine->scratch, BYZANTINE_MESSAGE_MAX);
    message_proposal_write(writer, message);
}

/* --------------------------------------------------------------------- the tricks */

/* To about half of the others goes a block with another time stamp. */
static bool equivocate(struct byzantine *byzantine, uint32_t to, const uint8_t *bytes, size_t size)
{
    struct message_proposal message;
    struct bytes_writer writer;
    if (!message_proposal_read(bytes, size, count16(byzantine), &message) ||
        message.block.header.proposer != byzantine->index ||
        ((message.block.header.view + to) & 1u) == 0) {
        return false;
    }
    message.block.header.ts_ms += 1;
    proposal_rewrite(byzantine, &writer, &message);
    emit(byzantine, to, &writer);
    if (prng_chance(byzantine->prng, 1, 4)) { /* and sometimes both */
        byzantine->emit(byzantine->context, to, bytes, size);
    }
    return true;
}

static bool conflict(struct byzantine *byzantine, uint32_t to, const uint8_t *bytes, size_t size)
{
    struct message_vote message;
    struct bytes_writer writer;
    if (!message_vote_read(bytes, size, count16(byzantine), &message) || coin(byzantine)) {
        return false;
    }
    if (message.vote.kind == VOTE_NULLIFY) {
        message.vote.kind = coin(byzantine) ? VOTE_FINALIZE : VOTE_NOTARIZE;
        message.vote.hash = byzantine->hash_seen;
    } else if (coin(byzantine)) {
        message.vote.kind = VOTE_NULLIFY;
        memset(&message.vote.hash, 0, sizeof message.vote.hash);
    } else {
        message.vote.hash.bytes[prng_below(byzantine->prng, HASH_SIZE)] ^= 1u;
    }
    vote_rewrite(byzantine, &writer, &message);
    emit(byzantine, to, &writer);
    return true;
}

static bool lie(struct byzantine *byzantine, uint32_t to, const uint8_t *bytes, size_t size)
{
    struct message_status message;
    struct bytes_writer writer;
    uint8_t lanes[8 * CLUSTER_NODES_MAX];
    if (!message_status_read(bytes, size, count16(byzantine), &message)) {
        return false;
    }
    uint64_t *const fields[] = {&message.view, &message.final_view, &message.final_height,
                                &message.gap_view, &message.report.exec_height};
    uint64_t *field = fields[prng_below(byzantine->prng, sizeof fields / sizeof fields[0])];
    static const uint64_t lies[] = {0, 1, 7, 1000, UINT64_MAX / 2, UINT64_MAX};
    *field = coin(byzantine) ? *field + prng_below(byzantine->prng, 3) - 1
                             : lies[prng_below(byzantine->prng, sizeof lies / sizeof lies[0])];
    for (uint32_t lane = 0; lane < byzantine->nodes_count; lane++) {
        bytes_put_u64(lanes + 8 * lane, lies[prng_below(byzantine->prng, 6)]);
    }
    message.report.lane_held = coin(byzantine) ? lanes : message.report.lane_held;
    bytes_writer_init(&writer, byzantine->scratch, BYZANTINE_MESSAGE_MAX);
    message_status_write(&writer, count16(byzantine), &message);
    emit(byzantine, to, &writer);
    return true;
}

/* To about half of the others goes another batch of the same number, at times of bad content. */
static bool fork_lane(struct byzantine *byzantine, uint32_t to, const uint8_t *bytes, size_t size)
{
    struct batch batch;
    struct bytes_writer writer;
    uint8_t *payload = byzantine->scratch + BYZANTINE_MESSAGE_MAX;
    if (!message_batch_read(bytes, size, count16(byzantine), &batch) ||
        batch.author != byzantine->index || ((batch.lane_seq + to) & 1u) == 0) {
        return false;
    }
    TALLY_ASSERT(batch.payload_size <= BYZANTINE_MESSAGE_MAX);
    memcpy(payload, batch.payload, batch.payload_size);
    payload[0] = prng_chance(byzantine->prng, 1, 4) ? UINT8_MAX : 1;
    batch.payload = payload;
    batch_sign(&batch, byzantine->secret_key);
    bytes_writer_init(&writer, byzantine->scratch, BYZANTINE_MESSAGE_MAX);
    message_batch_write(&writer, &batch);
    emit(byzantine, to, &writer);
    return true;
}

static void mutate_number(struct byzantine *byzantine, uint64_t *number)
{
    *number += coin(byzantine) ? 1 : UINT64_MAX; /* one more, one less */
}

static void mutate_header(struct byzantine *byzantine, struct header *header)
{
    switch (prng_below(byzantine->prng, 11)) {
    case 0:
        mutate_number(byzantine, &header->view);
        break;
    case 1:
        mutate_number(byzantine, &header->height);
        break;
    case 2:
        mutate_number(byzantine, &header->parent_view);
        break;
    case 3:
        mutate_number(byzantine, &header->ts_ms);
        break;
    case 4:
        mutate_number(byzantine, &header->exec_height);
        break;
    case 5:
        mutate_number(byzantine, &header->epoch);
        break;
    case 6:
        header->parent_hash.bytes[0] ^= 1u;
        break;
    case 7:
        header->result_root.bytes[0] ^= 1u;
        break;
    case 8:
        header->just_root.bytes[0] ^= 1u;
        break;
    case 9:
        header->batch_count ^= 1u;
        break;
    default:
        header->proposer = (uint16_t)((header->proposer + 1u) % byzantine->nodes_count);
        break;
    }
}

/* Changes one field of a proposal: of the header, or the body with a root that fits it. */
static bool mutate_proposal(struct byzantine *byzantine, struct bytes_writer *writer,
                            const uint8_t *bytes, size_t size)
{
    struct message_proposal message;
    uint8_t *body = byzantine->scratch + BYZANTINE_MESSAGE_MAX;
    if (!message_proposal_read(bytes, size, count16(byzantine), &message)) {
        return false;
    }
    if (coin(byzantine)) {
        mutate_header(byzantine, &message.block.header);
    } else {
        uint32_t body_size = message.block.body_size;
        TALLY_ASSERT(body_size <= BYZANTINE_MESSAGE_MAX);
        memcpy(body, message.block.body, body_size);
        body[prng_below(byzantine->prng, body_size)] ^= 1u;
        message.block.body = body;
        block_body_root(body, body_size, &message.block.header.body_root);
    }
    proposal_rewrite(byzantine, writer, &message);
    return true;
}

static bool mutate(struct byzantine *byzantine, uint32_t to, const uint8_t *bytes, size_t size)
{
    struct message_vote message;
    struct bytes_writer writer;
    if (!prng_chance(byzantine->prng, 1, 4)) {
        return false;
    }
    if (message_vote_read(bytes, size, count16(byzantine), &message)) {
        mutate_number(byzantine, coin(byzantine) ? &message.vote.view : &message.vote.epoch);
        vote_rewrite(byzantine, &writer, &message);
    } else if (!mutate_proposal(byzantine, &writer, bytes, size)) {
        TALLY_ASSERT(size <= BYZANTINE_MESSAGE_MAX);
        bytes_writer_init(&writer, byzantine->scratch, BYZANTINE_MESSAGE_MAX);
        bytes_write_copy(&writer, bytes, size);
        byzantine->scratch[prng_below(byzantine->prng, size)] ^=
            (uint8_t)(1u << prng_below(byzantine->prng, 8));
    }
    emit(byzantine, to, &writer);
    return true;
}

/* Blocks and batches go to f+1 members only: enough, with the other liars, to notarise. */
static bool withheld(const struct byzantine *byzantine, uint32_t to, uint8_t kind)
{
    bool payload = kind == MESSAGE_PROPOSAL || kind == MESSAGE_BATCH || kind == MESSAGE_BLOCK ||
                   kind == MESSAGE_JUSTIFICATION || kind == MESSAGE_RANGE;
    uint32_t distance = (to + byzantine->nodes_count - byzantine->index) % byzantine->nodes_count;
    return payload && distance > cluster_faulty_max(byzantine->nodes_count) + 1;
}

void byzantine_send(struct byzantine *byzantine, uint32_t to, const uint8_t *bytes, size_t size)
{
    TALLY_ASSERT(size > 0);
    if (plays(byzantine, BYZANTINE_SILENT) ||
        (plays(byzantine, BYZANTINE_SELECTIVE) && coin(byzantine)) ||
        (plays(byzantine, BYZANTINE_WITHHOLD) && withheld(byzantine, to, bytes[0]))) {
        return;
    }
    bool replaced =
        (plays(byzantine, BYZANTINE_EQUIVOCATE) && equivocate(byzantine, to, bytes, size)) ||
        (plays(byzantine, BYZANTINE_CONFLICT) && conflict(byzantine, to, bytes, size)) ||
        (plays(byzantine, BYZANTINE_STATUS) && lie(byzantine, to, bytes, size)) ||
        (plays(byzantine, BYZANTINE_BATCH) && fork_lane(byzantine, to, bytes, size)) ||
        (plays(byzantine, BYZANTINE_MUTATE) && mutate(byzantine, to, bytes, size));
    if (!replaced) {
        byzantine->emit(byzantine->context, to, bytes, size);
    }
}

/* ------------------------------------------------------------------ what it hears of */

/* Every block it hears of gets all three votes, once. */
static void omnivote(struct byzantine *byzantine, uint64_t view, const struct hash *hash)
{
    static const enum vote_kind kinds[] = {VOTE_NOTARIZE, VOTE_FINALIZE, VOTE_NULLIFY};
    struct bytes_writer writer;
    for (uint32_t i = 0; i < BYZANTINE_SEEN; i++) {
        if (hash_equal(&byzantine->omnivoted[i], hash)) {
            return;
        }
    }
    byzantine->omnivoted[byzantine->omnivoted_next++ % BYZANTINE_SEEN] = *hash;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        vote_cast(byzantine, &writer, kinds[i], view, hash);
        emit_to_all(byzantine, &writer);
    }
}

void byzantine_observe(struct byzantine *byzantine, struct sim_message *message)
{
    struct message_proposal proposal;
    struct message_vote vote;
    if (plays(byzantine, BYZANTINE_REPLAY) && prng_chance(byzantine->prng, 1, 8)) {
        uint32_t place = byzantine->memory_next++ % BYZANTINE_MEMORY;
        sim_message_release(byzantine->memory[place]);
        byzantine->memory[place] = sim_message_share(message);
    }
    if (message_proposal_read(message->bytes, message->size, count16(byzantine), &proposal)) {
        byzantine->view_seen = proposal.block.header.view;
        byzantine->hash_seen = proposal.hash;
    } else if (message_vote_read(message->bytes, message->size, count16(byzantine), &vote) &&
               vote.vote.kind != VOTE_NULLIFY) {
        byzantine->view_seen = vote.vote.view;
        byzantine->hash_seen = vote.vote.hash;
    } else {
        return;
    }
    if (plays(byzantine, BYZANTINE_OMNIVOTE)) {
        omnivote(byzantine, byzantine->view_seen, &byzantine->hash_seen);
    }
}

/* ----------------------------------------------------------------------- unprompted */

static void flood(struct byzantine *byzantine)
{
    static const uint64_t distances[] = {1, 2, 5, 31, 32, 33, 64, 1000, UINT64_MAX / 2, UINT64_MAX};
    struct bytes_writer writer;
    for (uint32_t i = 0; i < 6; i++) {
        uint64_t view = byzantine->view_seen + distances[prng_below(byzantine->prng, 10)];
        enum vote_kind kind = (enum vote_kind)(1 + prng_below(byzantine->prng, 3));
        vote_cast(byzantine, &writer, kind, view == 0 ? 1 : view, &byzantine->hash_seen);
        emit_to_all(byzantine, &writer);
    }
}

/* A certificate of the right size whose signatures are its own, or nothing at all. */
static void forge(struct byzantine *byzantine)
{
    uint8_t bitmap[CERTIFICATE_BITMAP_MAX] = {0};
    uint8_t signatures[CLUSTER_NODES_MAX * SIGN_SIGNATURE_SIZE];
    struct bytes_writer writer;
    struct certificate certificate;
    uint32_t quorum = cluster_quorum(byzantine->nodes_count);
    struct vote vote;
    memset(&vote, 0, sizeof vote);
    vote.kind = (enum vote_kind)(1 + prng_below(byzantine->prng, 3));
    vote.epoch = byzantine->epoch;
    vote.view = byzantine->view_seen + prng_below(byzantine->prng, 4);
    vote.view += vote.view == 0;
    vote.signer = (uint16_t)byzantine->index;
    if (vote.kind != VOTE_NULLIFY) {
        vote.hash = byzantine->hash_seen;
    }
    vote_sign(&vote, &byzantine->chain_id, byzantine->secret_key);
    for (uint32_t i = 0; i < quorum; i++) {
        bitmap[i / 8] = (uint8_t)(bitmap[i / 8] | (1u << (i % 8)));
        memcpy(signatures + i * SIGN_SIGNATURE_SIZE, vote.signature.bytes, SIGN_SIGNATURE_SIZE);
    }
    certificate.kind = (enum certificate_kind)vote.kind;
    certificate.epoch = vote.epoch;
    certificate.view = vote.view;
    certificate.hash = vote.hash;
    certificate.bitmap = bitmap;
    certificate.signatures = signatures;
    bytes_writer_init(&writer, byzantine->scratch, BYZANTINE_MESSAGE_MAX);
    message_certificate_write(&writer, count16(byzantine), &certificate);
    if (coin(byzantine) && bytes_writer_ok(&writer)) {
        byzantine->scratch[prng_below(byzantine->prng, writer.size)] ^= 1u;
    }
    emit_to_all(byzantine, &writer);
}

/* A vote in another's name, under its own key. */
static void impersonate(struct byzantine *byzantine)
{
    struct message_vote message;
    struct bytes_writer writer;
    memset(&message, 0, sizeof message);
    message.vote.kind = (enum vote_kind)(1 + prng_below(byzantine->prng, 3));
    message.vote.epoch = byzantine->epoch;
    message.vote.view = byzantine->view_seen + prng_below(byzantine->prng, 3);
    message.vote.view += message.vote.view == 0;
    message.vote.signer = (uint16_t)prng_below(byzantine->prng, byzantine->nodes_count);
    if (message.vote.kind != VOTE_NULLIFY) {
        message.vote.hash = byzantine->hash_seen;
    }
    vote_rewrite(byzantine, &writer, &message);
    emit_to_all(byzantine, &writer);
}

static void replay(struct byzantine *byzantine)
{
    for (uint32_t i = 0; i < 4; i++) {
        struct sim_message *message =
            byzantine->memory[prng_below(byzantine->prng, BYZANTINE_MEMORY)];
        uint32_t to = (uint32_t)prng_below(byzantine->prng, byzantine->nodes_count);
        if (message != NULL && to != byzantine->index) {
            byzantine->emit(byzantine->context, to, message->bytes, message->size);
        }
    }
}

void byzantine_act(struct byzantine *byzantine)
{
    if (plays(byzantine, BYZANTINE_FUTURE)) {
        flood(byzantine);
    }
    if (plays(byzantine, BYZANTINE_FORGE)) {
        forge(byzantine);
        impersonate(byzantine);
    }
    if (plays(byzantine, BYZANTINE_REPLAY)) {
        replay(byzantine);
    }
}
