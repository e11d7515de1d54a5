/*
 * effect_list.h: the effects of the step in progress, and the bytes they refer to. Internal.
 *
 * Rule. Everything a step emits is written into fixed memory that lives until the next step. What a
 * single event can cause is bounded, and every action that emits asks for room first; one that
 * finds none is put off: the step ends, and its deadline asks the driver to come back at once.
 */
#ifndef TALLY_CONSENSUS_EFFECT_LIST_H
#define TALLY_CONSENSUS_EFFECT_LIST_H

#include "base/arena.h"
#include "base/bytes.h"
#include "consensus/step.h"

/* Effects that one action (a vote, a proposal, a commit, an answer) emits at most. */
#define EFFECT_ACTION_MAX 192
/* Effects of one step besides those of a long justification, one PERSIST per certificate. */
#define EFFECT_STEP_MAX 1024

_Static_assert(EFFECT_ACTION_MAX * 4 <= EFFECT_STEP_MAX, "a step has room for several actions");
_Static_assert(EFFECT_ACTION_MAX >= CONSENSUS_PEERS_MAX + 32, "one action may address every peer");

struct effect_list {
    struct consensus_effect *items;
    uint32_t count;
    uint32_t capacity;
    uint8_t *bytes;
    size_t bytes_used;
    size_t bytes_capacity;
    size_t action_bytes_max; /* bytes that one action emits at most */
    uint64_t seq;            /* of the last PERSIST */
    uint64_t promised_seq;   /* of the last record that may not wait */
    bool trace;
};

/* Starts empty, with room for capacity effects and their bytes. Keeps memory from the arena. */
void effect_list_init(struct effect_list *list, uint32_t capacity, size_t bytes_capacity,
                      size_t action_bytes_max, struct arena *arena);

/* Starts a step: forgets the effects of the last one. */
void effect_list_clear(struct effect_list *list);

/* Tells whether one more action of any kind fits. */
bool effect_list_room(const struct effect_list *list);

/* A writer over the free bytes; end it with one of the functions below. */
struct bytes_writer effect_write(struct effect_list *list);

/* Each takes what was written since effect_write. A record may wait if only later sends rest on
 * it. */
void effect_persist(struct effect_list *list, const struct bytes_writer *writer, bool may_wait);
void effect_send(struct effect_list *list, const struct bytes_writer *writer, uint16_t to,
                 enum consensus_class class, uint64_t after_seq);
void effect_evidence(struct effect_list *list, const struct bytes_writer *writer);

/* Sends the same bytes as the last effect_send to one more peer. */
void effect_send_again(struct effect_list *list, uint16_t to);

/* Takes a slot for an effect that the caller fills in. */
struct consensus_effect *effect_add(struct effect_list *list, enum consensus_effect_kind kind);

/* Take a slot for an ALARM or, if tracing is on, a TRACE. */
void effect_alarm(struct effect_list *list, enum consensus_alarm code, uint16_t peer);
void effect_trace(struct effect_list *list, enum consensus_trace code, uint16_t peer, uint64_t view,
                  const struct hash *hash);

#endif
