#include "netsim/check/ledger_checker.h"

#include "base/amount.h"
#include "base/assert.h"
#include "base/crc32c.h"
#include "ledger/command/event.h"
#include "ledger/command/receipt.h"
#include "ledger/register/account.h"
#include "ledger/register/asset.h"
#include "ledger/register/party.h"
#include "ledger/state/invariant.h"
#include "netsim/check/ledger_audit.h"
#include "netsim/check/ledger_proofs.h"
#include "netsim/check/ledger_told.h"
#include "netsim/engine/hash_index.h"
#include "netsim/engine/room.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TEXT_SIZE = 256
};

struct known_receipt {
    struct hash leaf;
    uint32_t envelope; /* number; HASH_INDEX_NONE: of one that was not executed */
    uint16_t command_index;
};

struct known_envelope {
    uint64_t height;
    uint32_t first_index; /* of its receipts, in the block */
    uint32_t receipts_count;
};

/* What the witness of a height came to. */
struct known_result {
    struct result result;
    uint64_t leaves; /* digest of all receipts and events */
    uint32_t receipt_first;
    uint32_t receipt_count;
};

/* An instruction by its sequence. */
struct known_end {
    int64_t quantity; /* settled so far, by the events */
    int64_t amount;
    bool settled;
    bool ended;
    uint32_t record; /* checksum of its record at the end */
};

struct ledger_checker {
    uint32_t members_count;
    struct member_set byzantine;
    struct known_result *heights; /* by height; 0 unused */
    uint64_t heights_count;       /* height of the last witness */
    uint32_t heights_capacity;
    struct known_receipt *receipts;
    uint32_t receipts_count;
    uint32_t receipts_capacity;
    struct known_envelope *envelopes;
    uint32_t envelopes_count;
    uint32_t envelopes_capacity;
    struct hash_index envelope_index;
    struct known_end *ends;
    uint32_t ends_capacity;
    int64_t *held; /* by position, as the events say */
    uint32_t held_count;
    uint32_t *moved; /* positions that the events of the block at hand name */
    uint32_t moved_count;
    uint32_t moved_capacity;
    struct ledger_told *told;
    int64_t lie; /* units that the next movement is off by */
    struct ledger_checker_counts counts;
    char text[TEXT_SIZE];
};

__attribute__((format(printf, 2, 3))) static void fail(struct ledger_checker *checker,
                                                       const char *format, ...)
{
    if (checker->text[0] == '\0') {
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(checker->text, sizeof checker->text, format, arguments);
        va_end(arguments);
    }
}

/* ------------------------------------------------------------------------ conservation */

static void position_moves(struct ledger_checker *checker, uint32_t position, int64_t quantity)
{
    checker->moved = room_for(checker->moved, &checker->moved_capacity, checker->moved_count,
                              sizeof *checker->moved);
    checker->moved[checker->moved_count++] = position;
    checker->held[position] += quantity;
}

static void move(struct ledger_checker *checker, const struct ledger *ledger, uint32_t from_account,
                 uint32_t to_account, uint32_t asset, int64_t quantity)
{
    uint32_t from =
        from_account == RECORD_NONE ? RECORD_NONE : position_find(ledger, from_account, asset);
    uint32_t to =
        to_account == RECORD_NONE ? RECORD_NONE : position_find(ledger, to_account, asset);
    if (from == RECORD_NONE || to == RECORD_NONE || quantity <= 0) {
        fail(checker, "height %llu: an event moves %lld of asset %u between accounts %u and %u",
             (unsigned long long)checker->heights_count, (long long)quantity, asset, from_account,
             to_account);
        return;
    }
    position_moves(checker, from, -quantity);
    position_moves(checker, to, quantity + checker->lie);
    checker->lie = 0;
}

static uint32_t account_named(const struct ledger *ledger, const struct bic *bic,
                              const struct text35 *id, bool cash)
{
    uint32_t party = party_find(ledger, bic);
    if (party == RECORD_NONE) {
        return RECORD_NONE;
    }
    return id->size > 0
               ? account_find(ledger, party, id)
               : account_find_default(ledger, party, cash ? ACCOUNT_CASH : ACCOUNT_SECURITIES);
}

static void event_issued(struct ledger_checker *checker, const struct ledger *ledger,
                         const struct event *event)
{
    uint32_t asset = asset_find(ledger, &event->asset);
    if (asset == RECORD_NONE) {
        fail(checker, "an asset that does not exist is issued or redeemed");
        return;
    }
    uint32_t issuer = asset_view(ledger, asset)->issuance_account;
    bool cash = asset_view(ledger, asset)->kind == ASSET_CURRENCY;
    uint32_t holder = account_named(ledger, &event->counterparty, &event->counter_account, cash);
    bool back = event->kind == EVENT_REDEEMED;
    move(checker, ledger, back ? holder : issuer, back ? issuer : holder, asset, event->quantity);
}

/*
 * Books what an event says has settled of an instruction. False if it had settled before, if it is
 * more than was matched, if the money does not keep step (floor(due * settled / quantity)), or if
 * the reason is not that of a whole, of a part (PAIN) or of the last one (PARC).
 */
static bool settles(struct ledger_checker *checker, const struct instruction *instruction,
                    const struct event *event)
{
    checker->ends = room_for(checker->ends, &checker->ends_capacity, instruction->sequence,
                             sizeof *checker->ends);
    struct known_end *end = &checker->ends[instruction->sequence];
    int128 due = instruction->terms.payment == PAYMENT_APMT ? instruction->settlement_amount : 0;
    int64_t all = instruction->terms.quantity;
    bool first = end->quantity == 0;
    if (end->settled || event->quantity < 0 || event->quantity > all - end->quantity ||
        event->amount < 0 || event->amount > due - end->amount ||
        (event->quantity == 0 && all > 0)) {
        return false;
    }
    end->quantity += event->quantity;
    end->amount += event->amount;
    end->settled = end->quantity == all;
    enum reason reason = !end->settled ? REASON_PAIN : first ? REASON_NONE : REASON_PARC;
    return event->reason == reason && end->amount == (all > 0 ? due * end->quantity / all : due);
}

/* Both legs, as the two instructions were matched: into the books. */
static void legs_move(struct ledger_checker *checker, const struct ledger *ledger,
                      const struct event *event, uint32_t deliverer, uint32_t receiver)
{
    const struct instruction *gives = instruction_view(ledger, deliverer);
    const struct instruction *takes = instruction_view(ledger, receiver);
    uint32_t into = takes->terms.account;
    if (deliverer == receiver) {
        into =
            account_find(ledger, gives->party, &terms_particulars(&gives->terms)->receiver_account);
    }
    if (event->quantity > 0 && gives->terms.account != into) {
        move(checker, ledger, gives->terms.account, into, gives->terms.asset, event->quantity);
    }
    bool deliverer_is_paid = gives->terms.credit_debit == CREDIT_DEBIT_CRDT;
    uint32_t payer = deliverer_is_paid ? takes->terms.cash_account : gives->terms.cash_account;
    uint32_t payee = deliverer_is_paid ? gives->terms.cash_account : takes->terms.cash_account;
    if (gives->terms.payment == PAYMENT_APMT && event->amount > 0 && payer != payee) {
        move(checker, ledger, payer, payee, gives->terms.currency, event->amount);
    }
}

static void event_settled(struct ledger_checker *checker, const struct ledger *ledger,
                          const struct event *event)
{
    uint32_t party = party_find(ledger, &event->party);
    uint32_t deliverer =
        party == RECORD_NONE ? RECORD_NONE : instruction_find(ledger, party, &event->reference);
    if (deliverer == RECORD_NONE) {
        fail(checker, "an instruction settled that is not there");
        return;
    }
    const struct instruction *gives = instruction_view(ledger, deliverer);
    uint32_t receiver = gives->counterpart;
    if (receiver == RECORD_NONE || gives->terms.movement != MOVEMENT_DELI ||
        gives->sequence != event->instruction_sequence) {
        fail(checker, "instruction %llu settled as a delivery, which it is not",
             (unsigned long long)event->instruction_sequence);
        return;
    }
    const struct instruction *takes = instruction_view(ledger, receiver);
    bool against = gives->terms.payment == PAYMENT_APMT;
    if (!settles(checker, gives, event) ||
        (receiver != deliverer && !settles(checker, takes, event)) ||
        (against && event->quantity > 0 && event->amount <= 0)) {
        fail(checker, "instruction %llu settled %lld for %lld, not what was matched",
             (unsigned long long)gives->sequence, (long long)event->quantity,
             (long long)event->amount);
    }
    if (gives->status[DIMENSION_SETTLEMENT].value != takes->status[DIMENSION_SETTLEMENT].value) {
        fail(checker, "instruction %llu and its counterpart did not settle together",
             (unsigned long long)gives->sequence);
    }
    checker->counts.settlements += checker->ends[gives->sequence].settled ? 1 : 0;
    legs_move(checker, ledger, event, deliverer, receiver);
}

static void check_events(struct ledger_checker *checker, const struct ledger_output *output,
                         const struct ledger *ledger)
{
    checker->moved_count = 0;
    for (uint32_t i = 0; i < output->event_count; i++) {
        const struct ledger_leaf *leaf = &output->events[i];
        struct event event;
        if (!event_decode(&event, leaf->bytes, leaf->size)) {
            fail(checker, "height %llu: event %u does not decode",
                 (unsigned long long)output->height, i);
        } else if (event.kind == EVENT_ISSUED || event.kind == EVENT_REDEEMED) {
            event_issued(checker, ledger, &event);
        } else if (event.kind == EVENT_SETTLED) {
            event_settled(checker, ledger, &event);
        }
    }
    checker->counts.events += output->event_count;
}

static void check_position(struct ledger_checker *checker, const struct ledger *ledger,
                           uint32_t position)
{
    char text[LEDGER_AUDIT_TEXT_SIZE];
    int64_t held = ledger_audit_held(position_view(ledger, position));
    if (held != checker->held[position]) {
        fail(checker, "height %llu: position %u holds %lld; by the events it must be %lld",
             (unsigned long long)checker->heights_count, position, (long long)held,
             (long long)checker->held[position]);
    }
    if (!ledger_audit_position(ledger, position, text)) {
        fail(checker, "height %llu: %s", (unsigned long long)checker->heights_count, text);
    }
}

static void check_instruction(struct ledger_checker *checker, const struct ledger *ledger,
                              uint32_t index)
{
    const struct instruction *instruction = instruction_view(ledger, index);
    uint8_t bytes[RECORD_BYTES_MAX];
    char text[LEDGER_AUDIT_TEXT_SIZE];
    struct bytes_writer writer;
    if (!ledger_audit_instruction(ledger, index, text)) {
        fail(checker, "height %llu: %s", (unsigned long long)checker->heights_count, text);
    }
    checker->ends = room_for(checker->ends, &checker->ends_capacity, instruction->sequence,
                             sizeof *checker->ends);
    struct known_end *end = &checker->ends[instruction->sequence];
    bool settled = instruction->status[DIMENSION_SETTLEMENT].value == SETTLEMENT_SETTLED;
    if (settled != end->settled || instruction->settled_quantity != end->quantity ||
        instruction->settled_amount != end->amount) {
        fail(checker, "instruction %llu: its record and the events differ about its settlement",
             (unsigned long long)instruction->sequence);
    }
    bytes_writer_init(&writer, bytes, sizeof bytes);
    record_encode(ledger, RECORD_INSTRUCTION, index, &writer);
    uint32_t record = crc32c(0, bytes, writer.size);
    if (end->ended && end->record != record) {
        fail(checker, "I5: instruction %llu changed after its end",
             (unsigned long long)instruction->sequence);
    }
    end->ended = instruction->status[DIMENSION_PROCESSING].value == PROCESSING_ENDED;
    end->record = record;
}

/* What the block touched, and what the events say that it must have touched. */
static void check_touched(struct ledger_checker *checker, const struct ledger *ledger)
{
    for (uint32_t i = 0; i < checker->moved_count; i++) {
        check_position(checker, ledger, checker->moved[i]);
    }
    for (uint32_t i = record_touched_next(ledger, RECORD_POSITION, 0); i != RECORD_NONE;
         i = record_touched_next(ledger, RECORD_POSITION, i + 1)) {
        check_position(checker, ledger, i);
    }
    for (uint32_t i = record_touched_next(ledger, RECORD_INSTRUCTION, 0); i != RECORD_NONE;
         i = record_touched_next(ledger, RECORD_INSTRUCTION, i + 1)) {
        if (record_used(ledger, RECORD_INSTRUCTION, i)) {
            check_instruction(checker, ledger, i);
        }
    }
}

static void check_told(struct ledger_checker *checker, const struct ledger_output *output,
                       const struct ledger *ledger)
{
    char text[LEDGER_TOLD_TEXT_SIZE];
    if (!ledger_told_block(checker->told, ledger, output, text)) {
        fail(checker, "height %llu: %s", (unsigned long long)output->height, text);
    }
}

/* ---------------------------------------------------------------------------- receipts */

/* Was the envelope executed, or only answered? (See the table in ledger/command/execute.h.) */
static bool is_execution(const struct receipt *receipt)
{
    return receipt->command_index != RECEIPT_WHOLE_ENVELOPE || receipt->outcome == OUTCOME_REFUSED;
}

static uint32_t envelope_executed(struct ledger_checker *checker, const struct receipt *receipt)
{
    uint32_t number = hash_index_find(&checker->envelope_index, &receipt->envelope_id);
    uint32_t command =
        receipt->command_index == RECEIPT_WHOLE_ENVELOPE ? 0 : receipt->command_index;
    if (number == HASH_INDEX_NONE) {
        checker->envelopes = room_for(checker->envelopes, &checker->envelopes_capacity,
                                      checker->envelopes_count, sizeof *checker->envelopes);
        number = checker->envelopes_count++;
        hash_index_put(&checker->envelope_index, &receipt->envelope_id, number);
        checker->envelopes[number] = (struct known_envelope){receipt->height, receipt->index, 0};
    }
    struct known_envelope *envelope = &checker->envelopes[number];
    if (envelope->height != receipt->height || envelope->receipts_count != command ||
        envelope->first_index + command != receipt->index) {
        fail(checker, "an envelope was executed at height %llu, and again at height %llu",
             (unsigned long long)envelope->height, (unsigned long long)receipt->height);
    }
    envelope->receipts_count++;
    return number;
}

static void check_already(struct ledger_checker *checker, const struct receipt *receipt)
{
    uint32_t number = hash_index_find(&checker->envelope_index, &receipt->envelope_id);
    if (number == HASH_INDEX_NONE || checker->envelopes[number].height != receipt->first_height ||
        checker->envelopes[number].first_index != receipt->first_index) {
        fail(checker, "height %llu: somebody is told that an envelope was done at %llu.%u, falsely",
             (unsigned long long)receipt->height, (unsigned long long)receipt->first_height,
             receipt->first_index);
    }
}

static void check_receipts(struct ledger_checker *checker, const struct ledger_output *output)
{
    for (uint32_t i = 0; i < output->receipt_count; i++) {
        const struct ledger_leaf *leaf = &output->receipts[i];
        struct receipt receipt;
        checker->receipts = room_for(checker->receipts, &checker->receipts_capacity,
                                     checker->receipts_count, sizeof *checker->receipts);
        struct known_receipt *known = &checker->receipts[checker->receipts_count++];
        *known = (struct known_receipt){leaf->hash, HASH_INDEX_NONE, 0};
        if (!receipt_decode(&receipt, leaf->bytes, leaf->size) ||
            receipt.height != output->height || receipt.index != i) {
            fail(checker, "height %llu: receipt %u does not decode, or is another's",
                 (unsigned long long)output->height, i);
            continue;
        }
        known->command_index = receipt.command_index;
        if (is_execution(&receipt)) {
            known->envelope = envelope_executed(checker, &receipt);
        } else if (receipt.outcome == OUTCOME_ALREADY) {
            check_already(checker, &receipt);
        }
    }
    checker->counts.receipts += output->receipt_count;
}

void ledger_checker_promised(void *ledger_checker, const struct workload_promise *promise)
{
    struct ledger_checker *checker = ledger_checker;
    if (member_set_has(&checker->byzantine, promise->member)) {
        return;
    }
    checker->counts.promises++;
    const struct known_result *known =
        promise->height <= checker->heights_count ? &checker->heights[promise->height] : NULL;
    if (known == NULL || promise->receipt_index >= known->receipt_count) {
        fail(checker, "node %u promised a receipt at %llu.%u that no honest member has",
             promise->member, (unsigned long long)promise->height, promise->receipt_index);
        return;
    }
    const struct known_receipt *receipt =
        &checker->receipts[known->receipt_first + promise->receipt_index];
    uint32_t envelope = hash_index_find(&checker->envelope_index, &promise->envelope_id);
    if (receipt->envelope != envelope || receipt->command_index != promise->command_index ||
        memcmp(&receipt->leaf, &promise->receipt, sizeof receipt->leaf) != 0) {
        fail(checker, "node %u promised a receipt at %llu.%u that is another one", promise->member,
             (unsigned long long)promise->height, promise->receipt_index);
    }
}

/* ------------------------------------------------------------------------------ blocks */

static uint64_t leaves_digest(uint64_t digest, const struct ledger_leaf *leaves, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint64_t word = (uint64_t)crc32c(0, leaves[i].bytes, leaves[i].size) << 32 |
                        crc32c(leaves[i].size, leaves[i].hash.bytes, HASH_SIZE);
        digest = (digest ^ word) * UINT64_C(0x9E3779B97F4A7C15);
        digest ^= digest >> 29;
    }
    return digest;
}

static uint64_t output_digest(const struct ledger_output *output)
{
    uint64_t digest = leaves_digest(output->height, output->receipts, output->receipt_count);
    return leaves_digest(digest + output->receipt_count, output->events, output->event_count);
}

void ledger_checker_audit(struct ledger_checker *checker, uint32_t member,
                          const struct ledger *ledger)
{
    char text[LEDGER_AUDIT_TEXT_SIZE];
    unsigned long long height = (unsigned long long)ledger_height(ledger);
    checker->counts.audits++;
    if (!ledger_audit_all(ledger, text)) {
        fail(checker, "node %u, height %llu: %s", member, height, text);
        return;
    }
    enum invariant broken = invariant_first_broken(ledger);
    if (broken != INVARIANT_NONE) {
        fail(checker, "node %u, height %llu: the ledger says that its invariant I%d is broken",
             member, height, (int)broken);
    }
    for (uint32_t i = record_next(ledger, RECORD_POSITION, 0);
         ledger_height(ledger) == checker->heights_count && i != RECORD_NONE;
         i = record_next(ledger, RECORD_POSITION, i + 1)) {
        if (i >= checker->held_count ||
            ledger_audit_held(position_view(ledger, i)) != checker->held[i]) {
            fail(checker, "node %u, height %llu: position %u is not what the events made it",
                 member, height, i);
        }
    }
}

static void witness(struct ledger_checker *checker, uint32_t member,
                    const struct ledger_output *output, const struct ledger *ledger)
{
    if (checker->held == NULL) {
        checker->held_count = record_capacity(ledger, RECORD_POSITION);
        checker->held = calloc(checker->held_count, sizeof *checker->held);
        TALLY_ASSERT(checker->held != NULL);
    }
    checker->heights = room_for(checker->heights, &checker->heights_capacity, output->height,
                                sizeof *checker->heights);
    checker->heights[output->height] = (struct known_result){
        output->result, output_digest(output), checker->receipts_count, output->receipt_count};
    checker->heights_count = output->height;
    checker->counts.heights++;
    char text[LEDGER_PROOFS_TEXT_SIZE];
    check_receipts(checker, output);
    check_events(checker, output, ledger);
    check_touched(checker, ledger);
    check_told(checker, output, ledger);
    if (!ledger_proofs_check(output, ledger, text)) {
        fail(checker, "height %llu: %s", (unsigned long long)output->height, text);
    }
    if (output->height % LEDGER_CHECKER_PERIOD == 0) {
        ledger_checker_audit(checker, member, ledger);
    }
}

void ledger_checker_executed(struct ledger_checker *checker, uint32_t member,
                             const struct ledger_output *output, const struct ledger *ledger)
{
    checker->counts.blocks++;
    if (output->height == checker->heights_count + 1) {
        witness(checker, member, output, ledger);
        return;
    }
    if (output->height > checker->heights_count) {
        fail(checker, "node %u executed height %llu before anybody executed %llu", member,
             (unsigned long long)output->height, (unsigned long long)checker->heights_count + 1);
        return;
    }
    const struct known_result *known = &checker->heights[output->height];
    if (memcmp(&known->result, &output->result, sizeof known->result) != 0) {
        fail(checker, "node %u came to other roots at height %llu than the first to execute it",
             member, (unsigned long long)output->height);
    } else if (known->receipt_count != output->receipt_count ||
               known->leaves != output_digest(output)) {
        fail(checker, "node %u has other receipts or events at height %llu, under the same roots",
             member, (unsigned long long)output->height);
    }
}

static void on_executed(void *context, uint32_t host, const struct simulation_executed *executed)
{
    struct ledger_checker *checker = context;
    if (host < checker->members_count && !member_set_has(&checker->byzantine, host)) {
        ledger_checker_executed(checker, host, executed->output, executed->ledger);
    }
}

/* -------------------------------------------------------------------------------- life */

struct ledger_checker *ledger_checker_new(struct simulation *simulation, uint32_t members_count,
                                          const struct member_set *byzantine)
{
    struct ledger_checker *checker = calloc(1, sizeof *checker);
    TALLY_ASSERT(checker != NULL);
    checker->members_count = members_count;
    checker->told = ledger_told_new();
    checker->byzantine = *byzantine;
    hash_index_init(&checker->envelope_index, 256);
    if (simulation != NULL) {
        struct simulation_observer observer = {.context = checker, .executed = on_executed};
        simulation_observe(simulation, &observer);
    }
    return checker;
}

void ledger_checker_free(struct ledger_checker *checker)
{
    hash_index_free(&checker->envelope_index);
    free(checker->heights);
    free(checker->receipts);
    free(checker->envelopes);
    free(checker->ends);
    free(checker->held);
    free(checker->moved);
    ledger_told_free(checker->told);
    free(checker);
}

const char *ledger_checker_violation(const struct ledger_checker *checker)
{
    return checker->text[0] == '\0' ? NULL : checker->text;
}

void ledger_checker_counts_read(const struct ledger_checker *checker,
                                struct ledger_checker_counts *counts)
{
    *counts = checker->counts;
}

void ledger_checker_lie(struct ledger_checker *checker)
{
    checker->lie = 1;
}
