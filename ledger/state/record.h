/*
 * ledger/state/record.h - what all records share: kinds, slots, salts, and the rule of change
 *
 * Problem. Whatever influences a later block must be under the state root, and provable one record
 * at a time, without hashing everything after every block.
 *
 * Rule. Records of one kind lie in a dense array; a new one takes the lowest free slot. Whoever
 * changes a record says so with record_touch() in the same block. At the end of a block the touched
 * records are encoded, salted and hashed into their kind's Merkle tree if the renewal is due
 * (result.h). A free slot's leaf is the zero hash. Everything not in a record (hash indexes, wait
 * queues, matching buckets, heaps) is a function of the records and is rebuilt from them when a
 * snapshot is restored.
 *
 * Leaf of a record: hash(HASH_RECORD, salt[16] | kind u8 | index u32 | record bytes). The salt is
 * the record's own secret nonce, 128 bits, drawn once when the record is made and the same for its
 * life; so a sibling in a proof cannot be guessed open, and whoever is shown a record, and with it
 * the salt, learns the salt of no other. It stands beside the record's bytes, in snapshots and
 * proofs, and not in them. Two kinds have no nonce of their own: the salts of remembered envelopes
 * and references are half a hash(HASH_SALT, a secret[16] | kind u8 | index u32), the secret being
 * the envelope's nonce and the party's. Scalars and business day, which all know, are salted with
 * the first half of the chain's id.
 *
 * Kinds are numbered for ever; the number is part of leaves, snapshots and the state root.
 */
#ifndef TALLY_LEDGER_STATE_RECORD_H
#define TALLY_LEDGER_STATE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/slots.h"
#include "crypto/hash.h"
#include "crypto/hash_many.h"

enum record_kind {
    RECORD_SCALARS = 0,           /* one record: clocks, counters, cursors (scalars.h) */
    RECORD_RULE_SET = 1,          /* rule_set.h */
    RECORD_PARTY = 2,             /* party.h */
    RECORD_KEY = 3,               /* key.h */
    RECORD_ASSET = 4,             /* asset.h */
    RECORD_ACCOUNT = 5,           /* account.h */
    RECORD_POSITION = 6,          /* position.h */
    RECORD_INSTRUCTION = 7,       /* instruction.h */
    RECORD_NONCE = 8,             /* nonce.h: envelopes remembered against replay */
    RECORD_REFERENCE = 9,         /* reference.h: commands remembered against repetition */
    RECORD_DRAFT = 10,            /* draft.h: commands that wait for approval */
    RECORD_BUSINESS_DAY = 11,     /* business_day.h: the present settlement day */
    RECORD_RESTRICTION = 12,      /* restriction.h */
    RECORD_LIMIT = 13,            /* limit.h: what may settle in a day */
    RECORD_RESTRICTION_TYPE = 14, /* restriction_type.h */
    RECORD_KIND_COUNT = 15,
};

/* No record: a kind's capacity is always below it. */
#define RECORD_NONE UINT32_MAX

enum {
    RECORD_BYTES_MAX = 2560, /* no encoded record is longer */
    RECORD_PLACE_SIZE = 5,   /* kind and index */
    NONCE_SIZE = 16,
    SALT_SIZE = 16,
    RECORD_LEAF_BYTES_MAX = SALT_SIZE + RECORD_PLACE_SIZE + RECORD_BYTES_MAX,
};

/* An envelope's nonce; of a record, what was drawn from the nonce for the command that made it
 * (execute.h). */
struct nonce_secret {
    uint8_t bytes[NONCE_SIZE];
};

/* What keeps a leaf's hash from being opened by guessing. */
struct salt {
    uint8_t bytes[SALT_SIZE];
};

struct ledger;

/* Notes where the records of each kind stand. pre: they are laid out. */
void record_arrays_note(struct ledger *ledger);

/* Marks a record as changed (or made, or removed) in this block. pre: index below the kind's
 * capacity. */
void record_touch(struct ledger *ledger, enum record_kind kind, uint32_t index);

/* Takes the lowest free slot, zeroed and touched; RECORD_NONE when the kind's capacity is used up.
 */
uint32_t record_take(struct ledger *ledger, enum record_kind kind);

/* Frees a slot. pre: in use, and no other record refers to it. */
void record_give(struct ledger *ledger, enum record_kind kind, uint32_t index);

/* Asks memory for a record, and does not wait for it. pre: index below the kind's capacity. */
void record_prefetch(const struct ledger *ledger, enum record_kind kind, uint32_t index);

/* The same for what record_touch() marks. */
void record_touch_prefetch(const struct ledger *ledger, enum record_kind kind, uint32_t index);

/* Is the slot in use? False also beyond the capacity. */
bool record_used(const struct ledger *ledger, enum record_kind kind, uint32_t index);
/* The next slot in use at or after `from`; RECORD_NONE when there is none. */
uint32_t record_next(const struct ledger *ledger, enum record_kind kind, uint32_t from);
/* Slots in use, and the capacity. */
uint32_t record_count(const struct ledger *ledger, enum record_kind kind);
uint32_t record_capacity(const struct ledger *ledger, enum record_kind kind);

/* Encodes a record's bytes as they are now. pre: in use. */
void record_encode(const struct ledger *ledger, enum record_kind kind, uint32_t index,
                   struct bytes_writer *writer);
/* The salt of a record, and the leaf of record bytes under it. */
void record_salt(const struct ledger *ledger, enum record_kind kind, uint32_t index,
                 struct salt *salt);
void record_leaf(const struct salt *salt, enum record_kind kind, uint32_t index, const void *bytes,
                 size_t size, struct hash *leaf);

/*
 * Writes what the leaf of a record is the hash of, under HASH_RECORD, as the record is now: at most
 * RECORD_LEAF_BYTES_MAX. Returns how many bytes. pre: in use.
 */
size_t record_leaf_write(const struct ledger *ledger, enum record_kind kind, uint32_t index,
                         uint8_t *out);

/* Reads a record's salt and bytes into a slot; false when they are not what record_encode() writes.
 * pre: slot in use. A salt that is drawn from another record's secret is not kept. */
bool record_decode(struct ledger *ledger, enum record_kind kind, uint32_t index,
                   const struct salt *salt, struct bytes_reader *reader);

/*
 * The records made, changed or removed by the last ledger_apply(), in order of their slots: the
 * next one at or after `from`; RECORD_NONE at the end. record_used() tells removed ones.
 */
uint32_t record_touched_next(const struct ledger *ledger, enum record_kind kind, uint32_t from);

/*
 * The same as a walk that asks memory for some records ahead of the one at hand:
 *
 *     struct record_walk walk = record_walk_begin(ledger, kind);
 *     for (uint32_t i = record_walk_next(&walk); i != RECORD_NONE; i = record_walk_next(&walk))
 */
struct record_walk {
    const struct ledger *ledger; /* borrowed */
    enum record_kind kind;
    struct slots_walk next;
    struct slots_walk asked; /* the next one that memory is asked for */
};
struct record_walk record_walk_begin(const struct ledger *ledger, enum record_kind kind);
/* The next touched one, RECORD_NONE at the end. */
uint32_t record_walk_next(struct record_walk *walk);

#endif
