#include "netsim/check/accountability.h"

#include "base/assert.h"
#include "base/bytes.h"
#include "crypto/hash.h"
#include "netsim/check/layout.h"
#include "netsim/engine/room.h"

#include <stdlib.h>
#include <string.h>

enum {
    VIEWS_MAX = 1 << 20
};

/* What a member said of a view; a second hash of a kind convicts, so one is enough. */
struct statements {
    bool said[LAYOUT_FINALIZE + 1];
    struct hash hash[LAYOUT_FINALIZE + 1];
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
    if (member >= accountability->members_count || kind < LAYOUT_NOTARIZE ||
        kind > LAYOUT_FINALIZE || view >= VIEWS_MAX) {
        return; /* nothing that an honest core would take */
    }
    struct statements *statements = statements_of(accountability, view, member);
    bool differs =
        statements->said[kind] && memcmp(statements->hash[kind].bytes, hash, HASH_SIZE) != 0;
    statements->said[kind] = true;
    memcpy(statements->hash[kind].bytes, hash, HASH_SIZE);
    if (differs || (statements->said[LAYOUT_NULLIFY] && statements->said[LAYOUT_FINALIZE])) {
        member_set_add(&accountability->culprits, member);
    }
}

/* ----------------------------------------------------------------------------- decoders */

static void read_certificate(struct accountability *accountability, const uint8_t *bytes)
{
    for (uint32_t member = 0; member < accountability->members_count; member++) {
        if ((bytes[LAYOUT_CERTIFICATE_BITMAP + member / 8] & (1u << (member % 8))) != 0) {
            state(accountability, member, bytes[0], bytes_get_u64(bytes + LAYOUT_SAID_VIEW),
                  bytes + LAYOUT_SAID_HASH);
        }
    }
}

/* The certificates in a block's justification. */
static void read_block(struct accountability *accountability, const uint8_t *bytes, size_t size)
{
    if (size < LAYOUT_HEADER_BYTES + 4) {
        return;
    }
    const uint8_t *justification = bytes + LAYOUT_HEADER_BYTES + 4;
    size_t justification_size = bytes_get_u32(bytes + LAYOUT_HEADER_BYTES);
    size_t step = layout_certificate_bytes(accountability->members_count);
    if (justification_size > size - LAYOUT_HEADER_BYTES - 4) {
        return;
    }
    for (size_t offset = LAYOUT_JUSTIFICATION_HEAD; offset + step <= justification_size;
         offset += step) {
        read_certificate(accountability, justification + offset);
    }
}

/* The proposal is its leader's NOTARIZE. */
static void read_proposal(struct accountability *accountability, const uint8_t *block, size_t size)
{
    struct hash hash;
    if (size < LAYOUT_HEADER_BYTES + 4) {
        return;
    }
    hash_compute(&hash, HASH_HEADER, block, LAYOUT_HEADER_BYTES);
    state(accountability, bytes_get_u16(block + LAYOUT_HEADER_PROPOSER), LAYOUT_NOTARIZE,
          bytes_get_u64(block + LAYOUT_HEADER_VIEW), hash.bytes);
    read_block(accountability, block, size);
}

static void read_vote(struct accountability *accountability, const uint8_t *bytes)
{
    state(accountability, bytes_get_u16(bytes + LAYOUT_VOTE_SIGNER), bytes[0],
          bytes_get_u64(bytes + LAYOUT_SAID_VIEW), bytes + LAYOUT_SAID_HASH);
}

void accountability_hear(struct accountability *accountability, const uint8_t *message, size_t size)
{
    if (message[0] >= LAYOUT_NOTARIZE && message[0] <= LAYOUT_FINALIZE &&
        size >= LAYOUT_VOTE_BYTES) {
        read_vote(accountability, message);
    } else if (message[0] == LAYOUT_CERTIFICATE &&
               size > layout_certificate_bytes(accountability->members_count)) {
        read_certificate(accountability, message + 1);
    } else if (message[0] == LAYOUT_PROPOSAL && size > 1 + LAYOUT_SIGNATURE_BYTES) {
        read_proposal(accountability, message + 1 + LAYOUT_SIGNATURE_BYTES,
                      size - 1 - LAYOUT_SIGNATURE_BYTES);
    } else if (message[0] == LAYOUT_BLOCK) {
        read_block(accountability, message + 1, size - 1);
    }
}

void accountability_read(struct accountability *accountability, const uint8_t *record, size_t size)
{
    if ((record[0] == LAYOUT_RECORD_NOTARIZE || record[0] == LAYOUT_RECORD_VOTE) &&
        size > LAYOUT_VOTE_BYTES) {
        read_vote(accountability, record + 1);
        read_block(accountability, record + 1 + LAYOUT_VOTE_BYTES, size - 1 - LAYOUT_VOTE_BYTES);
    } else if (record[0] == LAYOUT_RECORD_CERTIFICATE &&
               size > layout_certificate_bytes(accountability->members_count)) {
        read_certificate(accountability, record + 1);
    } else if (record[0] == LAYOUT_RECORD_BLOCK) {
        read_block(accountability, record + 1, size - 1);
    }
}
