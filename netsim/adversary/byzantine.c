#include "netsim/adversary/byzantine.h"

#include "base/assert.h"
#include "consensus/message.h"
#include "netsim/adversary/falsify.h"

#include <stdlib.h>
#include <string.h>

static const uint64_t lies[] = {0, 1, 7, 1000, UINT64_MAX / 2, UINT64_MAX};

void byzantine_init(struct byzantine *byzantine)
{
    TALLY_ASSERT(byzantine->message_max >= 1 << 14);
    byzantine->scratch = malloc(2 * byzantine->message_max);
    TALLY_ASSERT(byzantine->scratch != NULL);
    memset(byzantine->deeds, 0, sizeof byzantine->deeds);
    memset(&byzantine->latest.hash, 1, sizeof byzantine->latest.hash); /* a zero hash means none */
    if ((byzantine->kinds & 1u << BYZANTINE_FALSIFY) != 0) {
        byzantine->falsehoods = prng_next(byzantine->prng);
    }
}

void byzantine_free(struct byzantine *byzantine)
{
    for (uint32_t i = 0; i < BYZANTINE_MEMORY; i++) {
        free(byzantine->memory[i].bytes);
    }
    free(byzantine->later.proposal.bytes);
    free(byzantine->later.block.bytes);
    free(byzantine->scratch);
}

static bool plays(const struct byzantine *byzantine, enum byzantine_kind kind)
{
    return (byzantine->kinds & (1u << kind)) != 0;
}

static void did(struct byzantine *byzantine, enum byzantine_kind kind)
{
    byzantine->deeds[kind]++;
}

static void memory_keep(struct byzantine_memory *memory, const uint8_t *bytes, size_t size)
{
    memory->bytes = realloc(memory->bytes, size);
    TALLY_ASSERT(memory->bytes != NULL);
    memcpy(memory->bytes, bytes, size);
    memory->size = (uint32_t)size;
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
    bytes_writer_init(writer, byzantine->scratch, byzantine->message_max);
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
    bytes_writer_init(writer, byzantine->scratch, byzantine->message_max);
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
        message.vote.hash = byzantine->latest.hash;
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
    uint8_t lanes[8 * CONSENSUS_VALIDATORS_MAX];
    if (!message_status_read(bytes, size, count16(byzantine), &message)) {
        return false;
    }
    uint64_t *const fields[] = {&message.view, &message.final_view, &message.final_height,
                                &message.gap_view, &message.report.exec_height};
    uint64_t *field = fields[prng_below(byzantine->prng, sizeof fields / sizeof fields[0])];
    *field = coin(byzantine) ? *field + prng_below(byzantine->prng, 3) - 1
                             : lies[prng_below(byzantine->prng, sizeof lies / sizeof lies[0])];
    for (uint32_t lane = 0; lane < byzantine->nodes_count; lane++) {
        bytes_put_u64(lanes + 8 * lane, lies[prng_below(byzantine->prng, 6)]);
    }
    message.report.lane_held = coin(byzantine) ? lanes : message.report.lane_held;
    bytes_writer_init(&writer, byzantine->scratch, byzantine->message_max);
    message_status_write(&writer, count16(byzantine), &message);
    emit(byzantine, to, &writer);
    return true;
}

/* Another payload, at times of bad content. */
static void fork_payload(struct byzantine *byzantine, struct batch *batch)
{
    uint8_t *payload = byzantine->scratch + byzantine->message_max;
    bool bad = prng_chance(byzantine->prng, 1, 4);
    uint32_t size = 0;
    if (byzantine->fork != NULL && !bad) {
        size = byzantine->fork(byzantine->context, batch->payload, batch->payload_size, payload);
    }
    if (size == 0) {
        size = batch->payload_size;
        memcpy(payload, batch->payload, size);
        payload[0] = bad ? UINT8_MAX : 1;
    }
    batch->payload = payload;
    batch->payload_size = size;
}

/* To about half of the others goes another batch of the same number. */
static bool fork_lane(struct byzantine *byzantine, uint32_t to, const uint8_t *bytes, size_t size)
{
    struct batch batch;
    struct bytes_writer writer;
    if (!message_batch_read(bytes, size, count16(byzantine), &batch) ||
        batch.author != byzantine->index || ((batch.lane_seq + to) & 1u) == 0 ||
        2 * (size_t)batch.payload_size + BATCH_FIXED_SIZE + 1 > byzantine->message_max) {
        return false;
    }
    fork_payload(byzantine, &batch);
    batch_sign(&batch, byzantine->secret_key);
    bytes_writer_init(&writer, byzantine->scratch, byzantine->message_max);
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
    uint8_t *body = byzantine->scratch + byzantine->message_max;
    if (!message_proposal_read(bytes, size, count16(byzantine), &message) ||
        size > byzantine->message_max) {
        return false;
    }
    if (coin(byzantine)) {
        mutate_header(byzantine, &message.block.header);
    } else {
        uint32_t body_size = message.block.body_size;
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
    if (!prng_chance(byzantine->prng, 1, 4) || size > byzantine->message_max) {
        return false;
    }
    if (message_vote_read(bytes, size, count16(byzantine), &message)) {
        mutate_number(byzantine, coin(byzantine) ? &message.vote.view : &message.vote.epoch);
        vote_rewrite(byzantine, &writer, &message);
    } else if (!mutate_proposal(byzantine, &writer, bytes, size)) {
        bytes_writer_init(&writer, byzantine->scratch, byzantine->message_max);
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
    return payload && distance > quorum_witness(count16(byzantine));
}

/* Something signed now names something earlier. */
static bool reuse(struct byzantine *byzantine, uint32_t to, const uint8_t *bytes, size_t size)
{
    struct message_vote vote;
    struct message_proposal proposal;
    struct bytes_writer writer;
    const struct byzantine_seen *old =
        &byzantine->seen[prng_below(byzantine->prng, BYZANTINE_SEEN)];
    if (old->view == 0 || !prng_chance(byzantine->prng, 1, 4)) {
        return false;
    }
    if (message_vote_read(bytes, size, count16(byzantine), &vote)) {
        if (vote.vote.kind != VOTE_NULLIFY) {
            vote.vote.hash = old->hash;
        }
        vote.vote.view = coin(byzantine) ? old->view : vote.vote.view;
        vote_rewrite(byzantine, &writer, &vote);
    } else if (message_proposal_read(bytes, size, count16(byzantine), &proposal) &&
               old->view < proposal.block.header.view) {
        proposal.block.header.parent_view = old->view;
        proposal.block.header.parent_hash = old->hash;
        proposal_rewrite(byzantine, &writer, &proposal);
    } else {
        return false;
    }
    emit(byzantine, to, &writer);
    return true;
}

/* It proposes to some, and gives its own view up towards others. */
static bool give_up_own(struct byzantine *byzantine, uint32_t to, const uint8_t *bytes, size_t size)
{
    struct message_proposal message;
    struct bytes_writer writer;
    if (!message_proposal_read(bytes, size, count16(byzantine), &message) ||
        message.block.header.proposer != byzantine->index ||
        ((message.block.header.view + to) & 1u) == 0) {
        return false;
    }
    vote_cast(byzantine, &writer, VOTE_NULLIFY, message.block.header.view, NULL);
    emit(byzantine, to, &writer);
    return true;
}

/* What is false in the proposal of a view, the same towards all; in one view of four, nothing. */
static enum falsify falsehood_of(const struct byzantine *byzantine, uint64_t view)
{
    struct prng prng;
    prng_init(&prng, byzantine->falsehoods + view);
    return prng_chance(&prng, 3, 4) ? (enum falsify)prng_below(&prng, FALSIFY_COUNT)
                                    : FALSIFY_COUNT;
}

/*
 * One member is told that the view is given up, and joins. The others notarize the block; without
 * the FINALIZE of these two it is not final yet.
 */
static bool later_begin(struct byzantine *byzantine, uint32_t to,
                        const struct message_proposal *whole, struct message_proposal *bare)
{
    struct byzantine_later *later = &byzantine->later;
    struct bytes_writer writer;
    bytes_writer_init(&writer, byzantine->scratch, byzantine->message_max);
    message_block_write(&writer, &whole->block);
    if (to != whole->block.header.height % byzantine->nodes_count || !bytes_writer_ok(&writer)) {
        return false;
    }
    memory_keep(&later->block, writer.data, writer.size);
    proposal_rewrite(byzantine, &writer, bare);
    memory_keep(&later->proposal, writer.data, writer.size);
    later->hash = whole->hash;
    later->to = to;
    later->beside_left = 0;
    vote_cast(byzantine, &writer, VOTE_NULLIFY, whole->block.header.view, NULL);
    emit(byzantine, to, &writer);
    return true;
}

static bool later_unfinished(const struct byzantine *byzantine, const uint8_t *bytes, size_t size)
{
    struct message_vote message;
    return message_vote_read(bytes, size, count16(byzantine), &message) &&
           message.vote.kind == VOTE_FINALIZE &&
           hash_equal(&message.vote.hash, &byzantine->later.hash);
}

/* The next block tells the member that there is one before it; now it gets the proposal. */
static void later_next(struct byzantine *byzantine, const struct header *next)
{
    struct byzantine_later *later = &byzantine->later;
    if (later->proposal.size > 0 && hash_equal(&next->parent_hash, &later->hash)) {
        byzantine->emit(byzantine->context, later->to, later->proposal.bytes, later->proposal.size);
        did(byzantine, BYZANTINE_FALSIFY);
        later->proposal.size = 0;
        later->beside_left = BYZANTINE_BESIDE;
    }
}

/* The block itself, beside what the member is told anyway: it counts when it was asked for. */
static void later_beside(struct byzantine *byzantine, uint32_t to)
{
    struct byzantine_later *later = &byzantine->later;
    if (later->beside_left > 0 && to == later->to) {
        later->beside_left--;
        byzantine->emit(byzantine->context, to, later->block.bytes, later->block.size);
        did(byzantine, BYZANTINE_FALSIFY);
    }
}

/* One rule is broken in its own proposal. A bad batch comes after the block that demands it. */
static bool falsify(struct byzantine *byzantine, uint32_t to, const uint8_t *bytes, size_t size)
{
    const struct falsifier falsifier = {.member = (uint16_t)byzantine->index,
                                        .member_count = count16(byzantine),
                                        .chain_id = byzantine->chain_id,
                                        .secret_key = byzantine->secret_key,
                                        .memory = byzantine->scratch + byzantine->message_max,
                                        .memory_size = byzantine->message_max};
    struct message_proposal message;
    struct bytes_writer writer;
    struct batch batch;
    if (later_unfinished(byzantine, bytes, size)) {
        return true;
    }
    if (!message_proposal_read(bytes, size, count16(byzantine), &message) ||
        message.block.header.proposer != byzantine->index) {
        return false;
    }
    const struct message_proposal whole = message;
    const enum falsify what = falsehood_of(byzantine, message.block.header.view);
    if (what == FALSIFY_COUNT || !falsify_proposal(&falsifier, what, &message, &batch) ||
        (what == FALSIFY_BARE && to != message.block.header.height % byzantine->nodes_count)) {
        return false;
    }
    if (what == FALSIFY_LATER) {
        return later_begin(byzantine, to, &whole, &message);
    }
    proposal_rewrite(byzantine, &writer, &message);
    emit(byzantine, to, &writer);
    if (batch.payload_size > 0) {
        bytes_writer_init(&writer, byzantine->scratch, byzantine->message_max);
        message_batch_write(&writer, &batch);
        emit(byzantine, to, &writer);
    }
    return true;
}

/* Plays a trick if it is one of the member's. Was the message replaced? */
typedef bool trick(struct byzantine *byzantine, uint32_t to, const uint8_t *bytes, size_t size);
static bool played(struct byzantine *byzantine, enum byzantine_kind kind, trick *play, uint32_t to,
                   const uint8_t *bytes, size_t size)
{
    bool replaced = plays(byzantine, kind) && play(byzantine, to, bytes, size);
    byzantine->deeds[kind] += replaced;
    return replaced;
}

/* Is the message kept back altogether? */
static bool kept_back(struct byzantine *byzantine, uint32_t to, uint8_t kind)
{
    enum byzantine_kind reason = BYZANTINE_COUNT;
    if (plays(byzantine, BYZANTINE_SILENT)) {
        reason = BYZANTINE_SILENT;
    } else if (plays(byzantine, BYZANTINE_SELECTIVE) && coin(byzantine)) {
        reason = BYZANTINE_SELECTIVE;
    } else if (plays(byzantine, BYZANTINE_WITHHOLD) && withheld(byzantine, to, kind)) {
        reason = BYZANTINE_WITHHOLD;
    } else {
        return false;
    }
    did(byzantine, reason);
    return true;
}

static void say(struct byzantine *byzantine, uint32_t to, const uint8_t *bytes, size_t size)
{
    static const struct {
        enum byzantine_kind kind;
        trick *play;
    } tricks[] = {
        {BYZANTINE_EQUIVOCATE, equivocate},
        {BYZANTINE_CONFLICT, conflict},
        {BYZANTINE_STATUS, lie},
        {BYZANTINE_BATCH, fork_lane},
        {BYZANTINE_MUTATE, mutate},
        {BYZANTINE_GIVE_UP, give_up_own},
        {BYZANTINE_EARLIER, reuse},
        {BYZANTINE_FALSIFY, falsify},
    };
    TALLY_ASSERT(size > 0);
    if (kept_back(byzantine, to, bytes[0])) {
        return;
    }
    for (size_t i = 0; i < sizeof tricks / sizeof tricks[0]; i++) {
        if (played(byzantine, tricks[i].kind, tricks[i].play, to, bytes, size)) {
            return;
        }
    }
    byzantine->emit(byzantine->context, to, bytes, size);
}

void byzantine_send(struct byzantine *byzantine, uint32_t to, const uint8_t *bytes, size_t size)
{
    say(byzantine, to, bytes, size);
    later_beside(byzantine, to);
}

/* ------------------------------------------------------------------ what it hears of */

/* Every block it hears of gets all three votes, once. */
static void omnivote(struct byzantine *byzantine, uint64_t view, const struct hash *hash)
{
    static const enum vote_kind kinds[] = {VOTE_NOTARIZE, VOTE_FINALIZE, VOTE_NULLIFY};
    struct bytes_writer writer;
    if (byzantine->omnivoted_next == BYZANTINE_OMNIVOTES_MAX) {
        return;
    }
    for (uint32_t i = 0; i < BYZANTINE_SEEN; i++) {
        if (hash_equal(&byzantine->omnivoted[i].hash, hash)) {
            return;
        }
    }
    byzantine->omnivoted[byzantine->omnivoted_next++ % BYZANTINE_SEEN] =
        (struct byzantine_seen){view, *hash};
    did(byzantine, BYZANTINE_OMNIVOTE);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        vote_cast(byzantine, &writer, kinds[i], view, hash);
        emit_to_all(byzantine, &writer);
    }
}

static void remember(struct byzantine *byzantine, const uint8_t *bytes, size_t size)
{
    struct byzantine_memory *memory =
        &byzantine->memory[byzantine->memory_next++ % BYZANTINE_MEMORY];
    if (size <= BYZANTINE_REPLAY_MAX) {
        memory_keep(memory, bytes, size);
    }
}

/* Its own NULLIFY for a view that others still work in. */
static void give_up(struct byzantine *byzantine, uint64_t view)
{
    struct bytes_writer writer;
    if (view <= byzantine->given_up) {
        return;
    }
    byzantine->given_up = view;
    did(byzantine, BYZANTINE_GIVE_UP);
    vote_cast(byzantine, &writer, VOTE_NULLIFY, view, NULL);
    emit_to_all(byzantine, &writer);
}

/* A vote goes back to who signed it; so does one that it remembers, unprompted. */
static void echo(struct byzantine *byzantine, const uint8_t *bytes, size_t size)
{
    struct message_vote message;
    if (message_vote_read(bytes, size, count16(byzantine), &message) &&
        message.vote.signer != byzantine->index) {
        byzantine->emit(byzantine->context, message.vote.signer, bytes, size);
        did(byzantine, BYZANTINE_ECHO);
    }
}

void byzantine_observe(struct byzantine *byzantine, const uint8_t *bytes, size_t size)
{
    struct message_proposal proposal;
    struct message_vote vote;
    bool repeats = plays(byzantine, BYZANTINE_REPLAY) || plays(byzantine, BYZANTINE_FOREIGN) ||
                   plays(byzantine, BYZANTINE_ECHO);
    if (repeats && prng_chance(byzantine->prng, 1, 8)) {
        remember(byzantine, bytes, size);
    }
    if (plays(byzantine, BYZANTINE_ECHO)) {
        echo(byzantine, bytes, size);
    }
    if (message_proposal_read(bytes, size, count16(byzantine), &proposal)) {
        byzantine->latest = (struct byzantine_seen){proposal.block.header.view, proposal.hash};
        byzantine->seen[byzantine->seen_next++ % BYZANTINE_SEEN] = byzantine->latest;
        later_next(byzantine, &proposal.block.header);
    } else if (message_vote_read(bytes, size, count16(byzantine), &vote) &&
               vote.vote.kind != VOTE_NULLIFY) {
        byzantine->latest = (struct byzantine_seen){vote.vote.view, vote.vote.hash};
    } else {
        return;
    }
    if (plays(byzantine, BYZANTINE_OMNIVOTE)) {
        omnivote(byzantine, byzantine->latest.view, &byzantine->latest.hash);
    }
    if (plays(byzantine, BYZANTINE_GIVE_UP)) {
        give_up(byzantine, byzantine->latest.view);
    }
}

/* ----------------------------------------------------------------------- unprompted */

static void flood(struct byzantine *byzantine)
{
    static const uint64_t distances[] = {1, 2, 5, 31, 32, 33, 64, 1000, UINT64_MAX / 2, UINT64_MAX};
    struct bytes_writer writer;
    for (uint32_t i = 0; i < 6; i++) {
        uint64_t view = byzantine->latest.view + distances[prng_below(byzantine->prng, 10)];
        enum vote_kind kind = (enum vote_kind)(1 + prng_below(byzantine->prng, 3));
        vote_cast(byzantine, &writer, kind, view == 0 ? 1 : view, &byzantine->latest.hash);
        emit_to_all(byzantine, &writer);
    }
}

/* A certificate of the right size whose signatures are its own, or nothing at all. */
static void forge(struct byzantine *byzantine)
{
    uint8_t bitmap[CERTIFICATE_BITMAP_MAX] = {0};
    uint8_t signatures[CERTIFICATE_SIGNERS_MAX * SIGN_SIGNATURE_SIZE];
    struct bytes_writer writer;
    struct certificate certificate;
    uint32_t quorum = quorum_size(count16(byzantine));
    struct vote vote;
    memset(&vote, 0, sizeof vote);
    vote.kind = (enum vote_kind)(1 + prng_below(byzantine->prng, 3));
    vote.epoch = byzantine->epoch;
    vote.view = byzantine->latest.view + prng_below(byzantine->prng, 4);
    vote.view += vote.view == 0;
    vote.signer = (uint16_t)byzantine->index;
    if (vote.kind != VOTE_NULLIFY) {
        vote.hash = byzantine->latest.hash;
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
    bytes_writer_init(&writer, byzantine->scratch, byzantine->message_max);
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
    message.vote.view = byzantine->latest.view + prng_below(byzantine->prng, 3);
    message.vote.view += message.vote.view == 0;
    message.vote.signer = (uint16_t)prng_below(byzantine->prng, byzantine->nodes_count);
    if (message.vote.kind != VOTE_NULLIFY) {
        message.vote.hash = byzantine->latest.hash;
    }
    vote_rewrite(byzantine, &writer, &message);
    emit_to_all(byzantine, &writer);
}

static void replay(struct byzantine *byzantine)
{
    for (uint32_t i = 0; i < 4; i++) {
        const struct byzantine_memory *memory =
            &byzantine->memory[prng_below(byzantine->prng, BYZANTINE_MEMORY)];
        uint32_t to = (uint32_t)prng_below(byzantine->prng, byzantine->nodes_count);
        if (memory->size > 0 && to != byzantine->index) {
            byzantine->emit(byzantine->context, to, memory->bytes, memory->size);
            did(byzantine, BYZANTINE_REPLAY);
        }
    }
}

/* A vote that would be right on another chain, or in the epoch before or after. */
static void vote_elsewhere(struct byzantine *byzantine)
{
    struct hash chain_id = byzantine->chain_id;
    uint64_t epoch = byzantine->epoch;
    struct bytes_writer writer;
    if (coin(byzantine)) {
        byzantine->chain_id.bytes[0] ^= 1u;
    } else {
        byzantine->epoch += coin(byzantine) ? 1 : UINT64_MAX;
    }
    if (byzantine->latest.view > 0) {
        enum vote_kind kind = (enum vote_kind)(1 + prng_below(byzantine->prng, 3));
        vote_cast(byzantine, &writer, kind, byzantine->latest.view, &byzantine->latest.hash);
        emit_to_all(byzantine, &writer);
        did(byzantine, BYZANTINE_FOREIGN);
    }
    byzantine->chain_id = chain_id;
    byzantine->epoch = epoch;
}

/* What somebody said, with the epoch (or of a batch, the chain) exchanged. */
static void repeat_elsewhere(struct byzantine *byzantine)
{
    enum {
        EPOCH = 1,
        CERTIFICATE_EPOCH = 2,
        PROPOSAL_EPOCH = 65
    };
    const struct byzantine_memory *memory =
        &byzantine->memory[prng_below(byzantine->prng, BYZANTINE_MEMORY)];
    struct bytes_writer writer;
    if (memory->size < PROPOSAL_EPOCH + 8 || memory->size > byzantine->message_max) {
        return;
    }
    size_t place = memory->bytes[0] == MESSAGE_PROPOSAL      ? PROPOSAL_EPOCH
                   : memory->bytes[0] == MESSAGE_CERTIFICATE ? CERTIFICATE_EPOCH
                                                             : EPOCH;
    bytes_writer_init(&writer, byzantine->scratch, byzantine->message_max);
    bytes_write_copy(&writer, memory->bytes, memory->size);
    byzantine->scratch[place] ^= 1u;
    emit_to_all(byzantine, &writer);
    did(byzantine, BYZANTINE_FOREIGN);
}

/* One question to everybody. */
static void ask(struct byzantine *byzantine, uint32_t what)
{
    struct message_certificate_request certificate = {byzantine->epoch, 1, 0};
    struct message_hash_request block = {byzantine->epoch, byzantine->latest.hash};
    struct message_range_request range = {byzantine->epoch, 1, MESSAGE_RANGE_BLOCKS_MAX};
    struct message_batch_request batch = {byzantine->epoch, MESSAGE_BATCH_REQUEST_MAX, {{{0}}}};
    struct bytes_writer writer;
    bytes_writer_init(&writer, byzantine->scratch, byzantine->message_max);
    switch (what) {
    case 0:
        certificate.view = byzantine->latest.view + prng_below(byzantine->prng, 3);
        certificate.view -= prng_below(byzantine->prng, 8);
        certificate.kind = (uint8_t)prng_below(byzantine->prng, 4);
        message_certificate_request_write(&writer, &certificate);
        break;
    case 1:
        message_block_request_write(&writer, &block);
        break;
    case 2:
        message_justification_request_write(&writer, &block);
        break;
    case 3:
        range.from_height += prng_below(byzantine->prng, 8);
        message_range_request_write(&writer, &range);
        break;
    default:
        for (uint32_t i = 0; i < MESSAGE_BATCH_REQUEST_MAX; i++) {
            batch.digests[i] = byzantine->seen[i % BYZANTINE_SEEN].hash;
        }
        message_batch_request_write(&writer, &batch);
        break;
    }
    emit_to_all(byzantine, &writer);
    did(byzantine, BYZANTINE_ASK);
}

void byzantine_act(struct byzantine *byzantine)
{
    if (plays(byzantine, BYZANTINE_FUTURE)) {
        flood(byzantine);
        did(byzantine, BYZANTINE_FUTURE);
    }
    if (plays(byzantine, BYZANTINE_FORGE)) {
        forge(byzantine);
        impersonate(byzantine);
        did(byzantine, BYZANTINE_FORGE);
    }
    if (plays(byzantine, BYZANTINE_REPLAY)) {
        replay(byzantine);
    }
    if (plays(byzantine, BYZANTINE_FOREIGN)) {
        vote_elsewhere(byzantine);
        repeat_elsewhere(byzantine);
    }
    for (uint32_t i = 0; plays(byzantine, BYZANTINE_ASK) && i < 10; i++) {
        ask(byzantine, i % 5);
    }
    for (uint32_t i = 0; plays(byzantine, BYZANTINE_ECHO) && i < BYZANTINE_MEMORY; i++) {
        echo(byzantine, byzantine->memory[i].bytes, byzantine->memory[i].size);
    }
}
