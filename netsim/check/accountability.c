#include "netsim/check/accountability.h"

#include "base/assert.h"
#include "base/bytes.h"
#include "crypto/hash.h"
#include "netsim/engine/room.h"

#include <stdlib.h>
#include <string.h>

/* As consensus/message.h, certificate.h, block.h and journal_record.h document them. */
enum {
    NOTARIZE = 1,
    NULLIFY = 2,
    FINALIZE = 3,
    MESSAGE_OF_PROPOSAL = 5,
    MESSAGE_OF_CERTIFICATE = 6,
    MESSAGE_OF_BLOCK = 10,
    RECORD_OF_NOTARIZE = 2,
    RECORD_OF_VOTE = 3,
    RECORD_OF_CERTIFICATE = 4,
    RECORD_OF_BLOCK = 5,
    HEADER_BYTES = 215,
    SIGNATURE_BYTES = 64,
    VOTE_BYTES = 115,
    VIEWS_MAX = 1 << 20
};

/* What a member said of a view; a second hash of a kind convicts, so one is enough. */
struct statements {
    bool said[FINALIZE + 1];
    struct hash hash[FINALIZE + 1];
};

struct accountability {
    uint32_t members_count;
    struct statements *statements; /* by view, then member */
    uint64_t views_count;          /* in use */
    uint32_t statements_capacity;
    struct member_set culprits;
};

struct accountability *accountability_new(uint32_t members_count)
{
    struct accountability *accountability = calloc(1, sizeof *accountability);
    TALLY_ASSERT(accountability != NULL && members_count <= MEMBER_SET_MAX);
    accountability->members_count = members_count;
    return accountability;
}

void accountability_free(struct accountability *accountability)
{
    free(accountability->statements);
    free(accountability);
}

void accountability_reset(struct accountability *accountability)
{
    if (accountability->views_count > 0) {
        memset(accountability->statements, 0,
               accountability->views_count * accountability->members_count *
                   sizeof *accountability->statements);
    }
    accountability->views_count = 0;
    memset(&accountability->culprits, 0, sizeof accountability->culprits);
}

struct member_set accountability_culprits(const struct accountability *accountability)
{
    return accountability->culprits;
}

static struct statements *statements_of(struct accountability *accountability, uint64_t view,
                                        uint32_t member)
{
    uint64_t row = view * accountability->members_count;
    accountability->statements =
        room_for(accountability->statements, &accountability->statements_capacity,
                 row + accountability->members_count - 1, sizeof *accountability->statements);
    if (view >= accountability->views_count) {
        accountability->views_count = view + 1;
    }
    return &accountability->statements[row + member];
}

static void state(struct accountability *accountability, uint32_t member, uint32_t kind,
                  uint64_t view, const uint8_t *hash)
{
    if (member >= accountability->members_count || kind < NOTARIZE || kind > FINALIZE ||
        view >= VIEWS_MAX) {
        return; /* nothing that an honest core would take */
    }
    struct statements *statements = statements_of(accountability, view, member);
    bool differs =
        statements->said[kind] && memcmp(statements->hash[kind].bytes, hash, HASH_SIZE) != 0;
    statements->said[kind] = true;
    memcpy(statements->hash[kind].bytes, hash, HASH_SIZE);
    if (differs || (statements->said[NULLIFY] && statements->said[FINALIZE])) {
        member_set_add(&accountability->culprits, member);
    }
}

/* ----------------------------------------------------------------------------- decoders */

static size_t certificate_bytes(const struct accountability *accountability)
{
    return 49 + (accountability->members_count + 7) / 8 +
           (2 * (size_t)accountability->members_count / 3 + 1) * SIGNATURE_BYTES;
}

static void read_certificate(struct accountability *accountability, const uint8_t *bytes)
{
    enum {
        VIEW = 9,
        HASH = 17,
        BITMAP = 49
    };
    for (uint32_t member = 0; member < accountability->members_count; member++) {
        if ((bytes[BITMAP + member / 8] & (1u << (member % 8))) != 0) {
            state(accountability, member, bytes[0], bytes_get_u64(bytes + VIEW), bytes + HASH);
        }
    }
}

/* The certificates in a block's justification. */
static void read_block(struct accountability *accountability, const uint8_t *bytes, size_t size)
{
    enum {
        COUNT = 2
    };
    if (size < HEADER_BYTES + 4) {
        return;
    }
    const uint8_t *justification = bytes + HEADER_BYTES + 4;
    size_t justification_size = bytes_get_u32(bytes + HEADER_BYTES);
    size_t step = certificate_bytes(accountability);
    if (justification_size > size - HEADER_BYTES - 4) {
        return;
    }
    for (size_t offset = COUNT; offset + step <= justification_size; offset += step) {
        read_certificate(accountability, justification + offset);
    }
}

/* The proposal is its leader's NOTARIZE. */
static void read_proposal(struct accountability *accountability, const uint8_t *block, size_t size)
{
    enum {
        VIEW = 8,
        PROPOSER = 213
    };
    struct hash hash;
    if (size < HEADER_BYTES + 4) {
        return;
    }
    hash_compute(&hash, HASH_HEADER, block, HEADER_BYTES);
    state(accountability, bytes_get_u16(block + PROPOSER), NOTARIZE, bytes_get_u64(block + VIEW),
          hash.bytes);
    read_block(accountability, block, size);
}

/* kind u8 | epoch | view | hash | signer */
static void read_vote(struct accountability *accountability, const uint8_t *bytes)
{
    enum {
        VIEW = 9,
        HASH = 17,
        SIGNER = 49
    };
    state(accountability, bytes_get_u16(bytes + SIGNER), bytes[0], bytes_get_u64(bytes + VIEW),
          bytes + HASH);
}

void accountability_hear(struct accountability *accountability, const uint8_t *message, size_t size)
{
    if (message[0] >= NOTARIZE && message[0] <= FINALIZE && size >= VOTE_BYTES) {
        read_vote(accountability, message);
    } else if (message[0] == MESSAGE_OF_CERTIFICATE && size > certificate_bytes(accountability)) {
        read_certificate(accountability, message + 1);
    } else if (message[0] == MESSAGE_OF_PROPOSAL && size > 1 + SIGNATURE_BYTES) {
        read_proposal(accountability, message + 1 + SIGNATURE_BYTES, size - 1 - SIGNATURE_BYTES);
    } else if (message[0] == MESSAGE_OF_BLOCK) {
        read_block(accountability, message + 1, size - 1);
    }
}

void accountability_read(struct accountability *accountability, const uint8_t *record, size_t size)
{
    if ((record[0] == RECORD_OF_NOTARIZE || record[0] == RECORD_OF_VOTE) && size > VOTE_BYTES) {
        read_vote(accountability, record + 1);
        read_block(accountability, record + 1 + VOTE_BYTES, size - 1 - VOTE_BYTES);
    } else if (record[0] == RECORD_OF_CERTIFICATE && size > certificate_bytes(accountability)) {
        read_certificate(accountability, record + 1);
    } else if (record[0] == RECORD_OF_BLOCK) {
        read_block(accountability, record + 1, size - 1);
    }
}
