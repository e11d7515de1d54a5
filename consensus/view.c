#include "consensus/view.h"

#include <string.h>

#include "base/assert.h"
#include "base/mark.h"
#include "base/mutant.h"
#include "consensus/evidence.h"
#include "consensus/pacing.h"
#include "consensus/repair.h"
#include "consensus/voting.h"

uint64_t view_delay_ms(const struct consensus *core, uint64_t view)
{
    const uint64_t cap = core->config.timing.d_max_ms;
    uint64_t delay = core->config.timing.d0_ms;
    const uint64_t base = MUTANT(TIMER_RESETS_ON_VIEW) ? view : core->certificates.final_view;
    if (view <= core_add(base, 2) || MUTANT(TIMER_NEVER_GROWS)) {
        return delay;
    }
    for (uint64_t grown = view - base - 2; grown > 0 && delay < cap; grown--) {
        delay = delay + delay / 4 + 1;
    }
    return delay < cap ? delay : cap;
}

/* Views about to lose their slot can never be finalized by this node again (rule S1). */
static void raise_floor(struct consensus *core)
{
    if (core->view <= VIEW_PAST + 1) {
        return;
    }
    const uint64_t floor = core->view - VIEW_PAST - 1;
    if (floor <= core->floor || floor <= core->certificates.final_view) {
        return;
    }
    core->floor = floor;
    MARK(rule_S1_floor_raised);
    if (core->started) {
        core_persist(core, &(struct journal_record){.kind = JOURNAL_FLOOR, .view = floor});
    }
}

static void enter(struct consensus *core, uint64_t view)
{
    TALLY_ASSERT(view > core->view);
    core->view = view;
    raise_floor(core);
    struct view_slot *slot = core_slot_claim(core, view);
    TALLY_ASSERT(slot != NULL);
    /* Whatever votes came early are counted again under the new view's rules. */
    for (enum vote_kind kind = VOTE_NOTARIZE; kind <= VOTE_FINALIZE; kind++) {
        view_slot_table(slot, kind)->changed = true;
    }
    pacing_enter(core);
    if (core->started) {
        repair_progress(core);
        effect_trace(&core->effects, CONSENSUS_TRACE_ENTER, leader_of(&core->leaders, view), view,
                     NULL);
    }
    core->changed = true;
}

void view_restart(struct consensus *core, uint64_t view)
{
    TALLY_ASSERT(view >= 1);
    if (view > core->view) {
        enter(core, view);
    }
}

/*
 * A certificate with an own signature that the journal does not know means that the journal was
 * rolled back, or that another node runs with this key.
 */
static void check_own_signature(struct consensus *core, const struct certificate *certificate)
{
    const uint16_t self = core->config.self;
    if (self == CONSENSUS_OBSERVER || !core->started || certificate->view <= core->floor ||
        !certificate_signed_by(certificate, self)) {
        return;
    }
    struct view_slot *slot = core_slot(core, certificate->view);
    const struct cast_vote *own =
        slot == NULL ? NULL : core_own_vote(core, slot, (enum vote_kind)certificate->kind);
    if (own == NULL || !hash_equal(&own->hash, &certificate->hash)) {
        MARK(own_signature_unknown);
        core_mute(core, CONSENSUS_ALARM_MUTE_OWN_VOTE_UNKNOWN);
    }
}

static void journal_certificate(struct consensus *core, const struct certificate *certificate)
{
    if (!MUTANT(CERTIFICATE_NOT_JOURNALLED)) {
        core_persist(core, &(struct journal_record){.kind = JOURNAL_CERTIFICATE,
                                                    .certificate = *certificate});
    }
}

/* What of a certificate's kind and view is held already, or is of no use. */
static bool certificate_useless(const struct consensus *core, const struct certificate *certificate)
{
    const struct certificate_table *table = &core->certificates;
    if (certificate->kind == CERTIFICATE_FINALIZATION) {
        return certificate->view < table->final_view ||
               (certificate->view == table->final_view && table->final_held &&
                hash_equal(&certificate->hash, &table->final_hash));
    }
    if (certificate->kind == CERTIFICATE_NULLIFICATION && table->final_held &&
        certificate->view == table->final_view) {
        return false; /* impossible, and therefore of use */
    }
    if (!certificate_table_fits(table, certificate->view)) {
        return true;
    }
    const struct certificate_row *row = certificate_table_row(table, certificate->view);
    if (row == NULL) {
        return false;
    }
    if (certificate->kind == CERTIFICATE_NULLIFICATION) {
        return row->nullified;
    }
    if (MUTANT(NULLIFICATION_CANCELS) && row->nullified) {
        return true;
    }
    return row->notarized && hash_equal(&certificate->hash, &row->notarized_hash);
}

/*
 * The held certificate that cannot exist beside this one while at most f are faulty: two blocks
 * certified for one view, or a final view given up. NULL if there is none.
 */
static const uint8_t *certificate_conflict(const struct consensus *core,
                                           const struct certificate *certificate)
{
    const struct certificate_table *table = &core->certificates;
    const uint64_t view = certificate->view;
    switch (certificate->kind) {
    case CERTIFICATE_NOTARIZATION:
        return certificate_table_bytes(table, CERTIFICATE_NOTARIZATION, view);
    case CERTIFICATE_NULLIFICATION:
        return certificate_table_bytes(table, CERTIFICATE_FINALIZATION, view);
    case CERTIFICATE_FINALIZATION:
        break;
    }
    const uint8_t *held = certificate_table_bytes(table, CERTIFICATE_FINALIZATION, view);
    if (held == NULL) {
        held = certificate_table_bytes(table, CERTIFICATE_NULLIFICATION, view);
    }
    const struct certificate_row *row = certificate_table_row(table, view);
    if (held == NULL && row != NULL && row->notarized &&
        !hash_equal(&row->notarized_hash, &certificate->hash)) {
        held = certificate_table_bytes(table, CERTIFICATE_NOTARIZATION, view);
    }
    return held;
}

/* Names everyone who signed both of two certificates that cannot both be, and stops. */
static void halt_on_conflict(struct consensus *core, const struct certificate *certificate,
                             const uint8_t *held_bytes)
{
    struct bytes_reader reader;
    struct certificate held;
    bytes_reader_init(&reader, held_bytes, core->certificates.size);
    certificate_read(&reader, core->n, &held);
    TALLY_ASSERT(bytes_reader_done(&reader));
    MARK(halt_on_conflicting_certificates);
    for (uint16_t i = 0; i < core->n && !MUTANT(EVIDENCE_DROPPED); i++) {
        struct evidence evidence;
        if (evidence_between(&evidence, certificate, &held, i)) {
            struct bytes_writer writer = effect_write(&core->effects);
            evidence_write(&writer, &evidence);
            effect_evidence(&core->effects, &writer);
        }
    }
    core_halt(core, CONSENSUS_HALT_CONFLICTING_FINALS, core->tip.height);
}

static void accept_final(struct consensus *core, const struct certificate *certificate)
{
    certificate_table_put_final(&core->certificates, certificate);
    core->exhausted = false;
    core->changed = true;
    core->catch_up.missing = (struct hash){{0}};
    if (core->started) {
        repair_progress(core);
    }
}

static void accept_other(struct consensus *core, const struct certificate *certificate)
{
    certificate_table_put(&core->certificates, certificate);
    core->changed = true;
}

static void trace_certificate(struct consensus *core, const struct certificate *certificate)
{
    const enum consensus_trace codes[] = {
        CONSENSUS_TRACE_NOTARIZATION, CONSENSUS_TRACE_NULLIFICATION, CONSENSUS_TRACE_FINALIZATION};
    effect_trace(&core->effects, codes[certificate->kind - CERTIFICATE_NOTARIZATION],
                 CONSENSUS_OBSERVER, certificate->view, &certificate->hash);
}

/* Was this very signature verified before: as a vote, or in a certificate that is held? */
static bool signature_known(const struct certificate *certificate, uint16_t signer,
                            struct view_slot *slot, const struct certificate *held)
{
    struct vote vote;
    certificate_vote(certificate, signer, &vote);
    const struct cast_vote *cast = slot == NULL ? NULL : view_slot_vote(slot, vote.kind, signer);
    if (cast != NULL && hash_equal(&cast->hash, &vote.hash) &&
        memcmp(cast->signature.bytes, vote.signature.bytes, SIGN_SIGNATURE_SIZE) == 0) {
        return true;
    }
    if (held == NULL || !hash_equal(&held->hash, &vote.hash) ||
        !certificate_signed_by(held, signer)) {
        return false;
    }
    struct vote certified;
    certificate_vote(held, signer, &certified);
    return memcmp(certified.signature.bytes, vote.signature.bytes, SIGN_SIGNATURE_SIZE) == 0;
}

bool view_certificate_genuine(struct consensus *core, const struct certificate *certificate)
{
    uint8_t known[CERTIFICATE_BITMAP_MAX] = {0};
    TALLY_ASSERT(certificate->epoch == core->config.epoch || MUTANT(EPOCH_UNCHECKED));
    struct view_slot *slot = core_slot(core, certificate->view);
    struct certificate held;
    const uint8_t *bytes =
        certificate_table_bytes(&core->certificates, certificate->kind, certificate->view);
    if (bytes != NULL) {
        struct bytes_reader reader;
        bytes_reader_init(&reader, bytes, core->certificates.size);
        certificate_read(&reader, core->n, &held);
        TALLY_ASSERT(bytes_reader_done(&reader));
    }
    for (uint16_t i = 0; i < core->n; i++) {
        if (certificate_signed_by(certificate, i) &&
            signature_known(certificate, i, slot, bytes == NULL ? NULL : &held)) {
            MARK(signature_of_certificate_known);
            known[i / 8] = (uint8_t)(known[i / 8] | (1u << (i % 8)));
        }
    }
    return certificate_verify_rest(certificate, &core->config.chain_id, core->validators, core->n,
                                   known);
}

bool view_certificate(struct consensus *core, const struct certificate *certificate,
                      enum certificate_source source)
{
    if (certificate->epoch != core->config.epoch && !MUTANT(EPOCH_UNCHECKED)) {
        MARK(certificate_of_another_epoch);
        return false;
    }
    if (certificate_useless(core, certificate)) {
        return true;
    }
    if (source == CERTIFICATE_FROM_PEER && !view_certificate_genuine(core, certificate)) {
        MARK(certificate_refused);
        return false;
    }
    const uint8_t *conflict = certificate_conflict(core, certificate);
    if (conflict != NULL) {
        halt_on_conflict(core, certificate, conflict);
        return true;
    }
    if (source != CERTIFICATE_FROM_JOURNAL) {
        check_own_signature(core, certificate);
        voting_on_certificate(core, certificate);
        journal_certificate(core, certificate);
        trace_certificate(core, certificate);
    }
    const uint64_t view = certificate->view;
    const bool opens = view >= core->view;
    if (view > core->view) {
        MARK(views_jumped_by_certificate);
    }
    if (certificate->kind == CERTIFICATE_NOTARIZATION &&
        certificate_table_holds(&core->certificates, CERTIFICATE_NULLIFICATION, view)) {
        MARK(rule_S7_notarized_although_nullified);
    }
    if (certificate->kind == CERTIFICATE_FINALIZATION) {
        accept_final(core, certificate);
    } else {
        accept_other(core, certificate);
    }
    if (core->started && view == core->view && certificate->kind == CERTIFICATE_NULLIFICATION) {
        pacing_given_up(core);
    }
    if (opens) {
        enter(core, core_add(view, 1));
    }
    const bool news = opens || certificate->kind == CERTIFICATE_FINALIZATION;
    if (news && (source == CERTIFICATE_FROM_PEER || source == CERTIFICATE_FROM_VOTES)) {
        repair_forward(core, certificate->kind, view);
    }
    return true;
}

void view_on_certificate(struct consensus *core, uint16_t from, const uint8_t *bytes, size_t size)
{
    struct certificate certificate;
    if (!message_certificate_read(bytes, size, core->n, &certificate)) {
        effect_trace(&core->effects, CONSENSUS_TRACE_MALFORMED, from, core->view, NULL);
        return;
    }
    /* A view too far ahead to be kept (rule S8): whoever is there must know a newer final block. */
    if (certificate.kind != CERTIFICATE_FINALIZATION &&
        certificate.view > core->certificates.final_view &&
        !certificate_table_fits(&core->certificates, certificate.view)) {
        MARK(rule_S8_certificate_from_afar);
        repair_status_now(core);
        return;
    }
    if (!view_certificate(core, &certificate, CERTIFICATE_FROM_PEER)) {
        effect_trace(&core->effects, CONSENSUS_TRACE_DROP, from, certificate.view, NULL);
    }
}
