#include "consensus/voting.h"

#include <string.h>

#include "base/assert.h"
#include "base/mark.h"
#include "base/mutant.h"
#include "consensus/batches.h"
#include "consensus/evidence.h"
#include "consensus/execution.h"
#include "consensus/pacing.h"
#include "consensus/proposal.h"
#include "consensus/repair.h"
#include "consensus/view.h"

/* ------------------------------------------------------------------------ the votes of others */

/* The cheap questions, before any signature is checked: is this vote of any use? */
static bool vote_wanted(const struct consensus *core, struct view_slot *slot,
                        const struct vote *vote)
{
    const struct cast_vote *held = view_slot_vote(slot, vote->kind, vote->signer);
    if (held != NULL) {
        MARK(vote_held_already);
        /* Only a conflicting one is, and only once. */
        return !hash_equal(&held->hash, &vote->hash) && !slot->accused[vote->signer];
    }
    const uint8_t *certificate =
        certificate_table_bytes(&core->certificates, (enum certificate_kind)vote->kind, vote->view);
    if (certificate == NULL) {
        return true;
    }
    /* After the certificate only a vote for something else matters: it may be evidence. */
    const struct certificate_row *row = certificate_table_row(&core->certificates, vote->view);
    return vote->kind == VOTE_NOTARIZE && row != NULL &&
           !hash_equal(&row->notarized_hash, &vote->hash);
}

static void report_evidence(struct consensus *core, struct view_slot *slot, const struct vote *a,
                            const struct vote *b)
{
    if (slot->accused[a->signer] || MUTANT(EVIDENCE_DROPPED)) {
        return;
    }
    slot->accused[a->signer] = true;
    MARK(evidence_of_votes);
    struct evidence evidence;
    evidence_make(&evidence, a, b);
    if (evidence.kind == EVIDENCE_DOUBLE_NOTARIZE &&
        a->signer == leader_of(&core->leaders, slot->view)) {
        MARK(leader_equivocated_by_votes);
        slot->equivocated = true;
    }
    struct bytes_writer writer = effect_write(&core->effects);
    evidence_write(&writer, &evidence);
    effect_evidence(&core->effects, &writer);
    effect_alarm(&core->effects, CONSENSUS_ALARM_EQUIVOCATION, a->signer);
}

static struct vote held_vote(const struct consensus *core, uint64_t view, enum vote_kind kind,
                             uint16_t signer, const struct cast_vote *cast)
{
    return (struct vote){.kind = kind,
                         .epoch = core->config.epoch,
                         .view = view,
                         .hash = cast->hash,
                         .signer = signer,
                         .signature = cast->signature};
}

void voting_record(struct consensus *core, struct view_slot *slot, const struct vote *vote)
{
    for (enum vote_kind kind = VOTE_NOTARIZE; kind <= VOTE_FINALIZE; kind++) {
        const struct cast_vote *cast = view_slot_vote(slot, kind, vote->signer);
        if (cast == NULL) {
            continue;
        }
        const struct vote held = held_vote(core, vote->view, kind, vote->signer, cast);
        if (evidence_classify(&held, vote) != 0) {
            report_evidence(core, slot, &held, vote);
        }
    }
    if (view_slot_vote(slot, vote->kind, vote->signer) == NULL) {
        view_slot_cast(slot, vote);
        core->changed = true;
    }
}

void voting_on_certificate(struct consensus *core, const struct certificate *certificate)
{
    struct view_slot *slot = core_slot(core, certificate->view);
    for (uint16_t i = 0; slot != NULL && i < core->n; i++) {
        if (!certificate_signed_by(certificate, i) || slot->accused[i] || i == core->config.self) {
            continue;
        }
        for (enum vote_kind kind = VOTE_NOTARIZE; kind <= VOTE_FINALIZE; kind++) {
            const struct cast_vote *cast = view_slot_vote(slot, kind, i);
            if (cast == NULL || hash_equal(&cast->hash, &certificate->hash)) {
                continue;
            }
            struct vote certified;
            const struct vote held = held_vote(core, slot->view, kind, i, cast);
            certificate_vote(certificate, i, &certified);
            if (evidence_classify(&held, &certified) != 0) {
                MARK(evidence_from_certificate);
                report_evidence(core, slot, &held, &certified);
            }
        }
    }
}

void voting_on_vote(struct consensus *core, uint16_t from, const uint8_t *bytes, size_t size)
{
    struct message_vote message;
    if (!message_vote_read(bytes, size, core->n, &message)) {
        effect_trace(&core->effects, CONSENSUS_TRACE_MALFORMED, from, core->view, NULL);
        return;
    }
    const struct vote *vote = &message.vote;
    if (vote->epoch != core->config.epoch && !MUTANT(EPOCH_UNCHECKED)) {
        MARK(vote_of_another_epoch);
        return;
    }
    repair_on_report(core, from, &message.report);
    if (from == vote->signer) {
        pacing_heard(core, from);
        if (core->peers[from].view < vote->view && vote->kind != VOTE_FINALIZE) {
            core->peers[from].view = vote->view;
        }
    }
    if (vote->view <= core->certificates.final_view) {
        if (vote->kind != VOTE_FINALIZE) {
            MARK(vote_stale_answered);
            repair_answer_stale(core, from);
        }
        return;
    }
    if (vote->view > core_add(core->view, VIEW_VOTES_AHEAD) && !MUTANT(FUTURE_VOTES_UNBOUNDED)) {
        MARK(vote_too_far_ahead);
        return;
    }
    struct view_slot *slot = core_slot_claim(core, vote->view);
    if (slot == NULL || !vote_wanted(core, slot, vote) ||
        !vote_verify(vote, &core->config.chain_id, &core->validators[vote->signer])) {
        effect_trace(&core->effects, CONSENSUS_TRACE_DROP, from, vote->view, &vote->hash);
        return;
    }
    if (vote->signer == core->config.self) {
        MARK(own_vote_unknown);
        /* Signed with this key, and this node did not. */
        core_mute(core, CONSENSUS_ALARM_MUTE_OWN_VOTE_UNKNOWN);
        return;
    }
    voting_record(core, slot, vote);
}

/* ------------------------------------------------------------------------------- counting */

/* The hash that most of a table's votes are for; only a quorum's matters. */
static bool table_quorum(const struct consensus *core, const struct vote_table *table,
                         struct hash *out)
{
    const uint16_t quorum =
        MUTANT(QUORUM_MINUS_ONE) && core->quorum > 1 ? (uint16_t)(core->quorum - 1) : core->quorum;
    if (table->count < quorum) {
        return false;
    }
    for (uint16_t i = 0; i + quorum <= core->n; i++) {
        if (!table->votes[i].cast) {
            continue;
        }
        uint16_t equal_count = 0;
        for (uint16_t j = i; j < core->n; j++) {
            if (table->votes[j].cast &&
                memcmp(table->votes[j].hash.bytes, table->votes[i].hash.bytes, HASH_SIZE) == 0) {
                equal_count++;
            }
        }
        if (equal_count >= quorum) {
            *out = table->votes[i].hash;
            return true;
        }
    }
    return false;
}

static void form_certificate(struct consensus *core, uint64_t view, enum vote_kind kind,
                             const struct vote_table *table, const struct hash *hash)
{
    uint8_t bytes[CERTIFICATE_SIZE_MAX];
    struct bytes_writer writer;
    struct certificate_builder builder;
    bytes_writer_init(&writer, bytes, sizeof bytes);
    certificate_begin(&builder, &writer, core->n, (enum certificate_kind)kind, core->config.epoch,
                      view, hash);
    bool complete = false;
    for (uint16_t i = 0; i < core->n && !complete; i++) {
        const struct cast_vote *vote = &table->votes[i];
        if (vote->cast && hash_equal(&vote->hash, hash)) {
            complete = certificate_add(&builder, i, &vote->signature);
        }
    }
    TALLY_ASSERT(complete);
    struct bytes_reader reader;
    struct certificate certificate;
    bytes_reader_init(&reader, bytes, writer.size);
    certificate_read(&reader, core->n, &certificate);
    TALLY_ASSERT(bytes_reader_done(&reader));
    const bool accepted = view_certificate(core, &certificate, CERTIFICATE_FROM_VOTES);
    TALLY_ASSERT(accepted);
}

/* The lowest view that is neither final nor out of the window. */
static uint64_t first_open_view(const struct consensus *core)
{
    const uint64_t oldest = core->view > VIEW_PAST ? core->view - VIEW_PAST : 1;
    const uint64_t unfinal = core->certificates.final_view + 1;
    return oldest > unfinal ? oldest : unfinal;
}

bool voting_notarize_holds(struct consensus *core, struct view_slot *slot)
{
    const struct cast_vote *own = core_own_vote(core, slot, VOTE_NOTARIZE);
    if (own == NULL) {
        return false;
    }
    const uint32_t index = block_pool_find(&core->pool, &own->hash);
    struct chain_point parent;
    struct block block;
    struct block_body body;
    if (index == BLOCK_POOL_NONE) {
        return false;
    }
    block_pool_open(&core->pool, index, &block);
    return core_chain_point(core, &block.header.parent_hash, &parent) &&
           block_body_open(block.body, block.body_size, core->n, &body) &&
           batches_check(core, &body, parent.cut, true, NULL) == BATCHES_HELD;
}

/* The journal's vote for this block rests on batches that a power cut took: others must not be told
 * by a certificate that they are held here. */
static bool rests_on_lost_batches(struct consensus *core, struct view_slot *slot,
                                  const struct hash *hash)
{
    const struct cast_vote *own = core_own_vote(core, slot, VOTE_NOTARIZE);
    if (!slot->notarize_replayed || own == NULL || !hash_equal(&own->hash, hash)) {
        return false;
    }
    slot->notarize_replayed = !voting_notarize_holds(core, slot);
    return slot->notarize_replayed;
}

static void count_slot(struct consensus *core, struct view_slot *slot)
{
    const uint64_t view = slot->view;
    for (enum vote_kind kind = VOTE_NOTARIZE; kind <= VOTE_FINALIZE; kind++) {
        struct vote_table *table = view_slot_table(slot, kind);
        if (!table->changed || !effect_list_room(&core->effects)) {
            continue;
        }
        table->changed = false;
        struct hash hash;
        if (certificate_table_holds(&core->certificates, (enum certificate_kind)kind, view) ||
            !table_quorum(core, table, &hash)) {
            continue;
        }
        if (kind == VOTE_NOTARIZE && rests_on_lost_batches(core, slot, &hash)) {
            MARK(notarize_waits_for_lost_batches);
            table->changed = true;
            continue;
        }
        MARK(certificate_formed);
        form_certificate(core, view, kind, table, &hash);
        if (core_slot(core, view) != slot) {
            return; /* final now, or out of the window */
        }
    }
}

void voting_count(struct consensus *core)
{
    const uint64_t from = first_open_view(core);
    const uint64_t until = core_add(core->view, VIEW_VOTES_AHEAD);
    for (uint64_t view = from; view <= until; view++) {
        struct view_slot *slot = core_slot(core, view);
        if (slot != NULL) {
            count_slot(core, slot);
        }
    }
}

/* --------------------------------------------------------------------------- the own votes */

void voting_sign(const struct consensus *core, enum vote_kind kind, uint64_t view,
                 const struct hash *hash, struct vote *out)
{
    TALLY_ASSERT(core_may_sign(core));
    *out = (struct vote){.kind = kind,
                         .epoch = core->config.epoch,
                         .view = view,
                         .hash = *hash,
                         .signer = core->config.self};
    vote_sign(out, &core->config.chain_id, core->config.secret_key);
}

void voting_send(struct consensus *core, const struct vote *vote, uint16_t to)
{
    if (core->n == 1) {
        return;
    }
    struct message_vote message = {.vote = *vote};
    core_report(core, &message.report);
    struct bytes_writer writer = effect_write(&core->effects);
    message_vote_write(&writer, core->n, &message);
    effect_send(&core->effects, &writer, to, CONSENSUS_CLASS_VOTE,
                MUTANT(SEND_BEFORE_DURABLE) ? 0 : core->effects.seq);
}

/* Persists, sends and records a NULLIFY or FINALIZE. */
static void cast_vote(struct consensus *core, struct view_slot *slot, enum vote_kind kind,
                      const struct hash *hash)
{
    struct vote vote;
    voting_sign(core, kind, slot->view, hash, &vote);
    if (!MUTANT(VOTE_NOT_JOURNALLED)) {
        core_persist(core, &(struct journal_record){.kind = JOURNAL_VOTE, .vote = vote});
    }
    if (kind == VOTE_NULLIFY && MUTANT(NULLIFY_REPEATED)) {
        core_persist(core, &(struct journal_record){.kind = JOURNAL_VOTE, .vote = vote});
    }
    voting_send(core, &vote, CONSENSUS_ALL);
    voting_record(core, slot, &vote);
    pacing_heard(core, core->config.self);
    core->changed = true;
    effect_trace(&core->effects,
                 kind == VOTE_NULLIFY ? CONSENSUS_TRACE_NULLIFY : CONSENSUS_TRACE_FINALIZE,
                 core->config.self, slot->view, hash);
}

/* A leader that cannot build on anything hands over after half of the others' patience. */
static bool cannot_propose(struct consensus *core, struct view_slot *slot)
{
    const uint64_t hand_over_ms = core_add(core->pacing.start_ms, view_delay_ms(core, core->view));
    if (leader_of(&core->leaders, core->view) != core->config.self || !core->pacing.armed ||
        slot->proposal_state != PROPOSAL_NONE || !core_due(core, hand_over_ms)) {
        return false;
    }
    struct parent_choice choice;
    proposal_parent(core, core->view, &choice);
    if (!choice.found) {
        MARK(nullify_cannot_propose);
    }
    return !choice.found;
}

static bool reason_to_nullify(struct consensus *core, struct view_slot *slot)
{
    const uint16_t leader = leader_of(&core->leaders, core->view);
    if (slot->proposal_state == PROPOSAL_INVALID) {
        MARK(nullify_invalid_proposal);
        return true;
    }
    if (view_slot_vote(slot, VOTE_NULLIFY, leader) != NULL && !MUTANT(NO_LEADER_NULLIFY_JOIN)) {
        MARK(nullify_joins_leader);
        return true;
    }
    if (view_slot_table(slot, VOTE_NULLIFY)->count >= core->witness && !MUTANT(NO_WITNESS_JOIN)) {
        MARK(nullify_joins_witnesses);
        return true;
    }
    if (core->pacing.armed) {
        const bool no_proposal = slot->proposal_state == PROPOSAL_NONE;
        if (no_proposal && core_due(core, core->pacing.prop_ms)) {
            MARK(nullify_no_proposal_in_time);
            return true;
        }
        if (core_due(core, core->pacing.cert_ms)) {
            MARK(nullify_no_certificate_in_time);
            return true;
        }
    }
    return cannot_propose(core, slot);
}

/* If the view fails for want of batches, their lanes are slow: see lane.h. */
static void blame_lanes(struct consensus *core, struct view_slot *slot)
{
    const uint32_t index = block_pool_find(&core->pool, &slot->proposal_hash);
    struct chain_point parent;
    struct block block;
    struct block_body body;
    if (slot->proposal_state != PROPOSAL_WAITING || index == BLOCK_POOL_NONE) {
        return;
    }
    block_pool_open(&core->pool, index, &block);
    if (core_chain_point(core, &block.header.parent_hash, &parent) &&
        block_body_open(block.body, block.body_size, core->n, &body)) {
        MARK(lanes_blamed);
        batches_blame(core, &body, parent.cut);
    }
}

void voting_nullify(struct consensus *core)
{
    struct view_slot *slot = core_slot(core, core->view);
    TALLY_ASSERT(slot != NULL);
    if (!core_may_sign(core) || !effect_list_room(&core->effects) ||
        core_own_vote(core, slot, VOTE_NULLIFY) != NULL) {
        return;
    }
    /* E3: never both. */
    if (core_own_vote(core, slot, VOTE_FINALIZE) != NULL && !MUTANT(NULLIFY_AFTER_FINALIZE)) {
        MARK(rule_E3_no_nullify_after_finalize);
        return;
    }
    if (!reason_to_nullify(core, slot)) {
        return;
    }
    blame_lanes(core, slot);
    const struct hash zero = {{0}};
    cast_vote(core, slot, VOTE_NULLIFY, &zero);
}

void voting_notarize(struct consensus *core)
{
    struct view_slot *slot = core_slot(core, core->view);
    TALLY_ASSERT(slot != NULL);
    if (slot->proposal_state == PROPOSAL_NONE || slot->proposal_state == PROPOSAL_INVALID) {
        return;
    }
    /* E1 and E4: once per view, and not after giving up. */
    const struct cast_vote *own = core_own_vote(core, slot, VOTE_NOTARIZE);
    if (own != NULL ||
        (core_own_vote(core, slot, VOTE_NULLIFY) != NULL && !MUTANT(NOTARIZE_AFTER_NULLIFY))) {
        if (own == NULL) {
            MARK(rule_E4_no_notarize_after_nullify);
        }
        return;
    }
    if (!effect_list_room(&core->effects) || proposal_check(core, slot) != PROPOSAL_VALID ||
        !core_may_sign(core)) {
        return;
    }
    const uint32_t index = block_pool_find(&core->pool, &slot->proposal_hash);
    TALLY_ASSERT(index != BLOCK_POOL_NONE);
    TALLY_ASSERT(core->pool.blocks[index].justification_size > 0);
    struct vote vote;
    voting_sign(core, VOTE_NOTARIZE, slot->view, &slot->proposal_hash, &vote);
    if (!MUTANT(VOTE_NOT_JOURNALLED)) {
        core_persist(core,
                     &(struct journal_record){.kind = JOURNAL_NOTARIZE,
                                              .vote = vote,
                                              .block_bytes = block_pool_bytes(&core->pool, index),
                                              .block_size = core->pool.blocks[index].size});
    }
    core->pool.blocks[index].journalled = true;
    voting_send(core, &vote, CONSENSUS_ALL);
    voting_record(core, slot, &vote);
    pacing_heard(core, core->config.self);
    core->changed = true;
    effect_trace(&core->effects, CONSENSUS_TRACE_NOTARIZE, core->config.self, slot->view,
                 &slot->proposal_hash);
}

/* The conditions of FINALIZE; the essay of voting.h in code. */
static bool may_finalize(const struct consensus *core, struct view_slot *slot,
                         const struct certificate_row *row)
{
    if (core_own_vote(core, slot, VOTE_FINALIZE) != NULL) {
        return false;
    }
    if (core_own_vote(core, slot, VOTE_NULLIFY) != NULL && !MUTANT(FINALIZE_AFTER_NULLIFY)) {
        MARK(rule_E3_no_finalize_after_nullify);
        return false;
    }
    if (slot->view <= core->floor && !MUTANT(FINALIZE_BELOW_FLOOR)) {
        return false;
    }
    const struct cast_vote *own = core_own_vote(core, slot, VOTE_NOTARIZE);
    if (own != NULL && !hash_equal(&own->hash, &row->notarized_hash) &&
        !MUTANT(FINALIZE_OTHER_HASH)) {
        MARK(rule_E1_no_finalize_of_another_block);
        return false;
    }
    if (slot->equivocated) {
        MARK(no_finalize_under_equivocation);
    }
    return !slot->equivocated;
}

/*
 * A notarized block must survive the crash of all who hold it in memory only; and its header
 * certifies a result.
 */
static void note_notarized_block(struct consensus *core, const struct hash *hash)
{
    const uint32_t index = block_pool_find(&core->pool, hash);
    if (index == BLOCK_POOL_NONE) {
        return;
    }
    struct pool_block *block = &core->pool.blocks[index];
    if (!block->result_noted) {
        block->result_noted = true;
        execution_certified(core, &block->header);
    }
    if (block->journalled || block->justification_size == 0 || core->storage_failed) {
        return;
    }
    MARK(notarized_block_journalled);
    block->journalled = true;
    core_persist(core, &(struct journal_record){.kind = JOURNAL_BLOCK,
                                                .block_bytes = block_pool_bytes(&core->pool, index),
                                                .block_size = block->size});
}

void voting_finalize(struct consensus *core)
{
    const uint64_t from = first_open_view(core);
    for (uint64_t view = from; view <= core->view; view++) {
        const struct certificate_row *row = certificate_table_row(&core->certificates, view);
        if (row == NULL || !row->notarized) {
            continue;
        }
        /* The certificate may have been the first that was heard of the view. */
        struct view_slot *slot = core_slot_claim(core, view);
        if (slot == NULL) {
            continue;
        }
        if (!effect_list_room(&core->effects)) {
            return;
        }
        note_notarized_block(core, &row->notarized_hash);
        if (core_may_sign(core) && may_finalize(core, slot, row)) {
            const struct hash hash = row->notarized_hash;
            cast_vote(core, slot, VOTE_FINALIZE, &hash);
        }
    }
}
