/*
 * certificate_table.h: the certificates of the views after the last final one. Internal.
 *
 * Problem. A leader must show why each view between its block and the parent was skipped, however
 * many there are. If these certificates are forgotten, the chain is dead (rule S12).
 *
 * Rule. A ring of `capacity` views keeps at most one NOTARIZATION and one NULLIFICATION per view:
 * both may exist, and which one a later block builds on is its leader's choice (rule S6). Of
 * FINALIZATIONs only the highest is kept, since it covers all below. A view more than `capacity`
 * above the final one has no place: then the network has failed for so long that the operator must
 * raise skipped_views_max.
 */
#ifndef TALLY_CONSENSUS_CERTIFICATE_TABLE_H
#define TALLY_CONSENSUS_CERTIFICATE_TABLE_H

#include "base/arena.h"
#include "consensus/certificate.h"

struct certificate_row {
    uint64_t view; /* 0: unused */
    bool notarized;
    bool nullified;
    struct hash notarized_hash;
    uint64_t block_due_ms; /* when to ask for the notarized block next, if it is missing */
    uint16_t block_turn;   /* whom */
};

struct certificate_table {
    struct certificate_row *rows;
    uint8_t *bytes; /* two certificates per row */
    uint32_t capacity;
    uint16_t validator_count;
    size_t size; /* of one certificate */
    uint64_t final_view;
    struct hash final_hash;
    uint8_t *final_bytes;
    bool final_held; /* false while the last final block is the anchor */
};

/* Starts empty, with rows for capacity views. Keeps memory from the arena. */
void certificate_table_init(struct certificate_table *table, uint32_t capacity,
                            uint16_t validator_count, struct arena *arena);

/* Tells whether a certificate of this view can be kept. */
bool certificate_table_fits(const struct certificate_table *table, uint64_t view);

/* The row of a view, or NULL if there is no NOTARIZATION or NULLIFICATION of it. */
struct certificate_row *certificate_table_row(const struct certificate_table *table, uint64_t view);

/* Tells whether a certificate of this kind and view is held. */
bool certificate_table_holds(const struct certificate_table *table, enum certificate_kind kind,
                             uint64_t view);

/* Copies a verified NOTARIZATION or NULLIFICATION of a view that fits and is not held. */
void certificate_table_put(struct certificate_table *table, const struct certificate *certificate);

/* Copies a verified FINALIZATION of a higher view, and forgets everything of views below it. */
void certificate_table_put_final(struct certificate_table *table,
                                 const struct certificate *certificate);

/* The encoded bytes (table->size of them) of a held certificate, borrowed; NULL if not held. */
const uint8_t *certificate_table_bytes(const struct certificate_table *table,
                                       enum certificate_kind kind, uint64_t view);

/* The lowest view above the final one, up to `limit`, of which nothing is held; limit if none. */
uint64_t certificate_table_gap(const struct certificate_table *table, uint64_t limit);

#endif
