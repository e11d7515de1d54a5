#include "netsim/check/testimony.h"

#include "base/assert.h"
#include "base/bytes.h"
#include "crypto/hash_long.h"

#include <string.h>

enum {
    VOTE_END = 1 + LAYOUT_VOTE_BYTES /* of a record; then the block, if it has one */
};

void testimony_init(struct testimony *testimony, struct checker *checker, uint32_t members_count)
{
    memset(testimony, 0, sizeof *testimony);
    testimony->checker = checker;
    testimony->members_count = members_count;
    testimony->quorum = 2 * members_count / 3 + 1;
    testimony->certificate_bytes = layout_certificate_bytes(members_count);
}

/* --------------------------------------------------------------------------- departure */

/* An honest member passes on certificates of exactly q signers; the own signature, if it is there,
 * leaves with it. */
static void certificate_left(struct testimony *testimony, uint32_t member, const uint8_t *bytes)
{
    struct hash hash;
    uint32_t signers_count = 0;
    for (uint32_t i = 0; i < (testimony->members_count + 7) / 8; i++) {
        signers_count += (uint32_t)__builtin_popcount(bytes[LAYOUT_CERTIFICATE_BITMAP + i]);
    }
    if (signers_count != testimony->quorum) {
        checker_fail(testimony->checker, "node %u sends a certificate of %u signers, not %u",
                     member, signers_count, testimony->quorum);
        return;
    }
    if ((bytes[LAYOUT_CERTIFICATE_BITMAP + member / 8] & (1u << (member % 8))) != 0) {
        memcpy(hash.bytes, bytes + LAYOUT_SAID_HASH, sizeof hash.bytes);
        checker_vote_left(testimony->checker, member, (enum checker_vote_kind)bytes[0],
                          bytes_get_u64(bytes + LAYOUT_SAID_VIEW), &hash);
    }
}

static const struct hash *header_hash_of(struct testimony *testimony, const uint8_t *header)
{
    if (memcmp(testimony->header, header, LAYOUT_HEADER_BYTES) != 0) {
        memcpy(testimony->header, header, LAYOUT_HEADER_BYTES);
        hash_compute(&testimony->header_hash, HASH_HEADER, header, LAYOUT_HEADER_BYTES);
    }
    return &testimony->header_hash;
}

static void proposal_left(struct testimony *testimony, uint32_t member, const uint8_t *bytes,
                          size_t size)
{
    enum {
        HEADER = 1 + LAYOUT_SIGNATURE_BYTES
    };
    const uint8_t *header = bytes + HEADER;
    const uint8_t *justification = header + LAYOUT_HEADER_BYTES + 4;
    TALLY_ASSERT(size >= HEADER + LAYOUT_HEADER_BYTES + 4);
    size_t justification_size = bytes_get_u32(header + LAYOUT_HEADER_BYTES);
    if (justification_size > 0 &&
        justification_size != LAYOUT_JUSTIFICATION_HEAD +
                                  bytes_get_u16(justification) * testimony->certificate_bytes) {
        checker_fail(testimony->checker, "node %u sends a justification of a wrong size", member);
        return;
    }
    for (size_t offset = LAYOUT_JUSTIFICATION_HEAD; offset < justification_size;
         offset += testimony->certificate_bytes) {
        certificate_left(testimony, member, justification + offset);
    }
    if (bytes_get_u16(header + LAYOUT_HEADER_PROPOSER) == member) {
        checker_vote_left(testimony->checker, member, CHECKER_NOTARIZE,
                          bytes_get_u64(header + LAYOUT_HEADER_VIEW),
                          header_hash_of(testimony, header));
    }
}

void testimony_honest_sent(struct testimony *testimony, uint32_t member, const uint8_t *bytes,
                           size_t size)
{
    struct hash hash;
    if (bytes[0] >= LAYOUT_NOTARIZE && bytes[0] <= LAYOUT_FINALIZE) {
        if (bytes_get_u16(bytes + LAYOUT_VOTE_SIGNER) == member) {
            memcpy(hash.bytes, bytes + LAYOUT_SAID_HASH, sizeof hash.bytes);
            checker_vote_left(testimony->checker, member, (enum checker_vote_kind)bytes[0],
                              bytes_get_u64(bytes + LAYOUT_SAID_VIEW), &hash);
        }
    } else if (bytes[0] == LAYOUT_PROPOSAL) {
        proposal_left(testimony, member, bytes, size);
    } else if (bytes[0] == LAYOUT_CERTIFICATE) {
        if (size != 1 + testimony->certificate_bytes) {
            checker_fail(testimony->checker, "node %u sends a certificate of a wrong size", member);
            return;
        }
        certificate_left(testimony, member, bytes + 1);
    }
}

/* ----------------------------------------------------------------------------- batches */

struct signed_batch {
    uint32_t author;
    uint64_t lane_seq;
    struct hash digest;
};

static bool batch_open(const struct testimony *testimony, const uint8_t *bytes, size_t size,
                       struct signed_batch *batch)
{
    enum {
        AUTHOR = 40,
        LANE_SEQ = 42,
        PAYLOAD = 54,
        FIXED = PAYLOAD + LAYOUT_SIGNATURE_BYTES
    };
    if (size <= FIXED) {
        return false;
    }
    batch->author = bytes_get_u16(bytes + AUTHOR);
    batch->lane_seq = bytes_get_u64(bytes + LANE_SEQ);
    struct hash content;
    struct hash_state state;
    hash_long(&content, bytes + PAYLOAD, size - FIXED);
    hash_begin(&state, HASH_BATCH);
    hash_add(&state, bytes, PAYLOAD);
    hash_add(&state, content.bytes, HASH_SIZE);
    hash_end(&state, &batch->digest);
    return batch->author < testimony->members_count && batch->lane_seq > 0;
}

/* Whatever a Byzantine member lets out exists from then on. */
void testimony_byzantine_sent(struct testimony *testimony, const uint8_t *bytes, size_t size)
{
    struct checker_block block;
    struct signed_batch batch;
    if (bytes[0] == LAYOUT_PROPOSAL || bytes[0] == LAYOUT_BLOCK) {
        size_t offset = bytes[0] == LAYOUT_PROPOSAL ? 1 + LAYOUT_SIGNATURE_BYTES : 1;
        if (size > offset &&
            checker_block_read(bytes + offset, size - offset, testimony->members_count, &block)) {
            checker_learn(testimony->checker, &block);
        }
    } else if (bytes[0] == LAYOUT_BATCH && batch_open(testimony, bytes + 1, size - 1, &batch) &&
               !checker_is_honest(testimony->checker, batch.author)) {
        checker_batch_signed(testimony->checker, batch.author, batch.lane_seq, &batch.digest);
    }
}

void testimony_batch_durable(struct testimony *testimony, uint32_t member, const uint8_t *bytes,
                             size_t size)
{
    struct signed_batch batch;
    struct checker *checker = testimony->checker;
    if (!batch_open(testimony, bytes, size, &batch)) {
        checker_fail(checker, "node %u keeps a malformed batch", member);
        return;
    }
    if (batch.author == member || !checker_is_honest(checker, batch.author)) {
        checker_batch_signed(checker, batch.author, batch.lane_seq, &batch.digest);
    } else if (!checker_batch_is_signed(checker, &batch.digest)) {
        checker_fail(checker, "node %u keeps a batch %u.%llu that its author did not write", member,
                     batch.author, (unsigned long long)batch.lane_seq);
    }
    checker_batch_durable(checker, member, &batch.digest);
}

/* ------------------------------------------------------------------ journal, store, evidence */

bool testimony_is_vote(const uint8_t *record, size_t size)
{
    return size >= VOTE_END &&
           (record[0] == LAYOUT_RECORD_NOTARIZE || record[0] == LAYOUT_RECORD_VOTE);
}

void testimony_record(struct testimony *testimony, uint32_t member, const uint8_t *record,
                      size_t size, bool durable)
{
    struct checker_block block;
    struct hash hash;
    if (!testimony_is_vote(record, size)) {
        return;
    }
    enum checker_vote_kind kind = (enum checker_vote_kind)record[1];
    uint64_t view = bytes_get_u64(record + 1 + LAYOUT_SAID_VIEW);
    if (durable) {
        memcpy(hash.bytes, record + 1 + LAYOUT_SAID_HASH, sizeof hash.bytes);
        checker_vote_durable(testimony->checker, member, kind, view, &hash);
        return;
    }
    checker_vote_made(testimony->checker, member, kind, view);
    if (record[0] == LAYOUT_RECORD_NOTARIZE &&
        checker_block_read(record + VOTE_END, size - VOTE_END, testimony->members_count, &block) &&
        block.proposer == member) {
        checker_learn(testimony->checker, &block);
    }
}

void testimony_stored_hash(const uint8_t *stored, size_t size, struct hash *hash)
{
    enum {
        BLOCK = 4
    };
    TALLY_ASSERT(size >= BLOCK + LAYOUT_HEADER_BYTES);
    hash_compute(hash, HASH_HEADER, stored + BLOCK, LAYOUT_HEADER_BYTES);
}

uint32_t testimony_culprit(const uint8_t *evidence, size_t size)
{
    enum {
        FIRST_SIGNER = 3 + LAYOUT_VOTE_SIGNER
    }; /* kind u8, count u16, then the first vote */
    TALLY_ASSERT(size > FIRST_SIGNER + 2);
    return bytes_get_u16(evidence + FIRST_SIGNER);
}

enum testimony_alarm testimony_alarm(enum consensus_alarm code)
{
    switch (code) {
    case CONSENSUS_ALARM_STORAGE_FAILED:
    case CONSENSUS_ALARM_STORAGE_RECOVERED:
    case CONSENSUS_ALARM_EQUIVOCATION:
    case CONSENSUS_ALARM_BATCH_SIGNATURE:
    case CONSENSUS_ALARM_BATCH_INVALID:
        return ALARM_HARMLESS;
    case CONSENSUS_ALARM_VIEWS_EXHAUSTED:
    case CONSENSUS_ALARM_BLOCKS_FULL:
        return ALARM_EXHAUSTED;
    default:
        return ALARM_WRONG;
    }
}
