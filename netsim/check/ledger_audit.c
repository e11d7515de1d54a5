#include "netsim/check/ledger_audit.h"

#include "base/amount.h"
#include "base/assert.h"
#include "ledger/register/account.h"
#include "ledger/register/asset.h"
#include "ledger/register/party.h"
#include "ledger/restriction/restriction.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((format(printf, 2, 3))) static bool wrong(char *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, LEDGER_AUDIT_TEXT_SIZE, format, arguments);
    va_end(arguments);
    return false;
}

/* ---------------------------------------------------------------------------- positions */

int64_t ledger_audit_held(const struct position *position)
{
    int128 sum = 0;
    for (uint32_t i = 0; i < POSITION_BALANCE_COUNT; i++) {
        sum += position->balance[i];
    }
    TALLY_ASSERT(sum >= INT64_MIN && sum <= INT64_MAX);
    return (int64_t)sum;
}

static bool is_issuance(const struct ledger *ledger, const struct position *position)
{
    return asset_view(ledger, position->asset)->issuance_account == position->account;
}

bool ledger_audit_position(const struct ledger *ledger, uint32_t index,
                           char text[LEDGER_AUDIT_TEXT_SIZE])
{
    const struct position *position = position_view(ledger, index);
    bool holds = false;
    for (uint32_t i = 0; i < POSITION_BALANCE_COUNT; i++) {
        holds = holds || position->balance[i] != 0;
        if (i != POSITION_AVAILABLE && position->balance[i] < 0) {
            return wrong(text, "I2: balance %u of position %u is negative", i, index);
        }
    }
    if (!is_issuance(ledger, position) &&
        (int128)position->balance[POSITION_AVAILABLE] + position->credit_limit < 0) {
        return wrong(text, "I2: position %u is overdrawn: %lld available, limit %lld", index,
                     (long long)position->balance[POSITION_AVAILABLE],
                     (long long)position->credit_limit);
    }
    if (holds != position->holds) {
        return wrong(text, "I8: position %u does not know whether it holds anything", index);
    }
    return true;
}

/* ------------------------------------------------------------------------- instructions */

static bool is_settled(const struct instruction *instruction)
{
    return instruction->status[DIMENSION_SETTLEMENT].value == SETTLEMENT_SETTLED;
}

static bool is_cancelled(const struct instruction *instruction)
{
    return instruction->status[DIMENSION_CANCELLATION].value == CANCELLATION_CANCELLED;
}

static bool audit_pair(const struct ledger *ledger, uint32_t index, char *text)
{
    const struct instruction *one = instruction_view(ledger, index);
    if (one->counterpart == RECORD_NONE || one->counterpart == index) {
        return true;
    }
    if (!record_used(ledger, RECORD_INSTRUCTION, one->counterpart)) {
        return wrong(text, "I3: instruction %u outlived its counterpart", index);
    }
    const struct instruction *other = instruction_view(ledger, one->counterpart);
    if (other->counterpart != index) {
        return wrong(text, "I3: instruction %u is matched with one that is not matched with it",
                     index);
    }
    if (is_settled(one) != is_settled(other) || one->settled_quantity != other->settled_quantity ||
        one->settled_amount != other->settled_amount) {
        return wrong(text, "I3: only one leg, or one side, of instruction %u settled", index);
    }
    if (is_settled(one) &&
        one->status[DIMENSION_SETTLEMENT].height != other->status[DIMENSION_SETTLEMENT].height) {
        return wrong(text, "I3: the sides of instruction %u settled in different blocks", index);
    }
    return true;
}

/* I4: what has settled, its money, and what the status says of it, go together. */
static bool in_step(const struct instruction *one, int64_t due)
{
    int128 all = one->terms.quantity;
    int128 settled = one->settled_quantity;
    uint8_t value = one->status[DIMENSION_SETTLEMENT].value;
    if (settled < 0 || settled > all || is_settled(one) != (value == SETTLEMENT_SETTLED)) {
        return false;
    }
    if (is_settled(one)) {
        return settled == all && one->settled_amount == due;
    }
    return settled == 0 ? value == SETTLEMENT_UNSETTLED && one->settled_amount == 0
                        : value == SETTLEMENT_PARTIALLY_SETTLED && settled < all &&
                              one->settled_amount == due * settled / all;
}

/* Does the other one have the same link, seen from there? */
static bool is_mirrored(const struct instruction *other, uint32_t index, uint8_t type)
{
    const uint8_t mirror = type == LINK_BEFO   ? (uint8_t)LINK_AFTE
                           : type == LINK_AFTE ? (uint8_t)LINK_BEFO
                                               : type;
    for (uint8_t i = 0; i < instruction_ties(other)->link_count; i++) {
        if (instruction_ties(other)->links[i].partner == index) {
            return instruction_ties(other)->links[i].type == mirror;
        }
    }
    return false;
}

/* I11: links are on both sides, and who has settled has kept them. */
static bool audit_links(const struct ledger *ledger, uint32_t index, char *text)
{
    const struct instruction *one = instruction_view(ledger, index);
    for (uint8_t i = 0; i < instruction_ties(one)->link_count; i++) {
        const struct instruction_link *link = &instruction_ties(one)->links[i];
        const struct instruction *other = record_used(ledger, RECORD_INSTRUCTION, link->partner)
                                              ? instruction_view(ledger, link->partner)
                                              : NULL;
        if (other == NULL || !is_mirrored(other, index, link->type)) {
            return wrong(text, "I11: instruction %u is linked with one that is not linked with it",
                         index);
        }
        if (!is_settled(one) || link->type == LINK_INFO || link->type == LINK_BEFO) {
            continue;
        }
        const uint64_t height = one->status[DIMENSION_SETTLEMENT].height;
        const uint64_t partner = other->status[DIMENSION_SETTLEMENT].height;
        if (!is_settled(other) || partner > height ||
            (link->type == LINK_WITH && partner != height)) {
            return wrong(text, "I11: instruction %u settled without the one it is linked with",
                         index);
        }
    }
    return true;
}

bool ledger_audit_instruction(const struct ledger *ledger, uint32_t index,
                              char text[LEDGER_AUDIT_TEXT_SIZE])
{
    const struct instruction *one = instruction_view(ledger, index);
    int64_t due = one->terms.payment == PAYMENT_APMT ? one->settlement_amount : 0;
    bool ended = one->status[DIMENSION_PROCESSING].value == PROCESSING_ENDED;
    if (!audit_pair(ledger, index, text) || !audit_links(ledger, index, text)) {
        return false;
    }
    if (!in_step(one, due)) {
        return wrong(text, "I4: instruction %u settled %lld of %lld for %lld of %lld", index,
                     (long long)one->settled_quantity, (long long)one->terms.quantity,
                     (long long)one->settled_amount, (long long)due);
    }
    if (ended != (is_settled(one) || is_cancelled(one)) || (is_settled(one) && is_cancelled(one))) {
        return wrong(text, "I5: instruction %u does not know whether it ended", index);
    }
    bool matched = one->status[DIMENSION_MATCH].value != MATCH_UNMATCHED;
    enum instruction_dimension why = is_cancelled(one) ? DIMENSION_CANCELLATION
                                     : matched         ? DIMENSION_SETTLEMENT
                                                       : DIMENSION_MATCH;
    if (!is_settled(one) && one->status[why].reason == REASON_NONE) {
        return wrong(text, "I6: nobody said why instruction %u waits or was cancelled", index);
    }
    return true;
}

/* ------------------------------------------------------------------------- restrictions */

/* The balance that a restriction of a kind sets aside in; written down once more. */
static const uint32_t kind_balance[] = {0, POSITION_BLOCKED, POSITION_RESERVED, POSITION_EARMARKED,
                                        POSITION_PLEDGED};

static bool audit_restriction(const struct ledger *ledger, uint32_t index, int128 *sums, char *text)
{
    const struct restriction *one = restriction_view(ledger, index);
    if (one->kind < 1 || one->kind > 4) {
        return wrong(text, "I8: restriction %u is of no kind", index);
    }
    if (one->used < 0 || one->remaining < 0 || one->to_fill < 0 ||
        (int128)one->used + one->remaining + one->to_fill != one->initial) {
        return wrong(text, "I8: restriction %u: %lld used, %lld remaining, %lld to fill of %lld",
                     index, (long long)one->used, (long long)one->remaining,
                     (long long)one->to_fill, (long long)one->initial);
    }
    if (one->cancellation == CANCELLATION_CANCELLED && (one->remaining != 0 || one->to_fill != 0)) {
        return wrong(text, "I5: restriction %u was released and holds something", index);
    }
    if ((one->reason == REASON_NONE) !=
        (one->to_fill == 0 && one->cancellation != CANCELLATION_CANCELLED)) {
        return wrong(text, "I6: restriction %u does not say why it waits or ended", index);
    }
    sums[one->position * POSITION_BALANCE_COUNT + kind_balance[one->kind]] += one->remaining;
    return true;
}

/* I8: the balances of every position are what its restrictions hold. */
static bool audit_restrictions(const struct ledger *ledger, char *text)
{
    int128 *sums = calloc((size_t)record_capacity(ledger, RECORD_POSITION) * POSITION_BALANCE_COUNT,
                          sizeof *sums);
    TALLY_ASSERT(sums != NULL);
    bool right = true;
    for (uint32_t i = record_next(ledger, RECORD_RESTRICTION, 0); i != RECORD_NONE && right;
         i = record_next(ledger, RECORD_RESTRICTION, i + 1)) {
        right = audit_restriction(ledger, i, sums, text);
    }
    for (uint32_t i = record_next(ledger, RECORD_POSITION, 0); i != RECORD_NONE && right;
         i = record_next(ledger, RECORD_POSITION, i + 1)) {
        const struct position *position = position_view(ledger, i);
        for (uint32_t j = POSITION_BLOCKED; j <= POSITION_PLEDGED && right; j++) {
            if (position->balance[j] != sums[i * POSITION_BALANCE_COUNT + j]) {
                right = wrong(
                    text, "I8: balance %u of position %u is not what its restrictions hold", j, i);
            }
        }
    }
    free(sums);
    return right;
}

/* ----------------------------------------------------------------------- sums and counts */

/* What is counted over all records. */
struct tally {
    int128 *sums;           /* by asset */
    int64_t *issuance;      /* by asset: what its issuance position holds */
    uint32_t *instructions; /* by party */
    uint32_t *positions;    /* by account */
    uint32_t *held;         /* by account */
};

static bool tally_take(const struct ledger *ledger, struct tally *tally)
{
    uint32_t assets = record_capacity(ledger, RECORD_ASSET);
    uint32_t accounts = record_capacity(ledger, RECORD_ACCOUNT);
    tally->sums = calloc(assets, sizeof *tally->sums);
    tally->issuance = calloc(assets, sizeof *tally->issuance);
    tally->instructions =
        calloc(record_capacity(ledger, RECORD_PARTY), sizeof *tally->instructions);
    tally->positions = calloc(accounts, sizeof *tally->positions);
    tally->held = calloc(accounts, sizeof *tally->held);
    return tally->sums != NULL && tally->issuance != NULL && tally->instructions != NULL &&
           tally->positions != NULL && tally->held != NULL;
}

static void tally_give(struct tally *tally)
{
    free(tally->sums);
    free(tally->issuance);
    free(tally->instructions);
    free(tally->positions);
    free(tally->held);
}

static bool count_positions(const struct ledger *ledger, struct tally *tally, char *text)
{
    for (uint32_t i = record_next(ledger, RECORD_POSITION, 0); i != RECORD_NONE;
         i = record_next(ledger, RECORD_POSITION, i + 1)) {
        const struct position *position = position_view(ledger, i);
        if (!ledger_audit_position(ledger, i, text)) {
            return false;
        }
        tally->sums[position->asset] += ledger_audit_held(position);
        tally->positions[position->account]++;
        tally->held[position->account] += position->holds;
        if (is_issuance(ledger, position)) {
            tally->issuance[position->asset] = ledger_audit_held(position);
        }
    }
    return true;
}

static bool same_reference(const struct instruction *a, const struct instruction *b)
{
    return a->party == b->party && a->reference.size == b->reference.size &&
           memcmp(a->reference.text, b->reference.text, a->reference.size) == 0;
}

static bool count_instructions(const struct ledger *ledger, struct tally *tally, char *text)
{
    for (uint32_t i = record_next(ledger, RECORD_INSTRUCTION, 0); i != RECORD_NONE;
         i = record_next(ledger, RECORD_INSTRUCTION, i + 1)) {
        const struct instruction *one = instruction_view(ledger, i);
        if (!ledger_audit_instruction(ledger, i, text)) {
            return false;
        }
        uint32_t named = instruction_find(ledger, one->party, &one->reference);
        if (named == RECORD_NONE || !same_reference(one, instruction_view(ledger, named))) {
            return wrong(text, "I7: instruction %u is not found by its reference", i);
        }
        if (named != i) {
            return wrong(text, "I7: instructions %u and %u have one reference", i, named);
        }
        tally->instructions[one->party]++;
    }
    return true;
}

static bool compare(const struct ledger *ledger, const struct tally *tally, char *text)
{
    for (uint32_t i = record_next(ledger, RECORD_ASSET, 0); i != RECORD_NONE;
         i = record_next(ledger, RECORD_ASSET, i + 1)) {
        if (tally->sums[i] != 0) {
            return wrong(text, "I1: the positions of asset %u do not sum to zero", i);
        }
        if (-(int128)tally->issuance[i] != asset_view(ledger, i)->issued) {
            return wrong(text, "I1: asset %u says that %lld are issued, and its issuer owes %lld",
                         i, (long long)asset_view(ledger, i)->issued,
                         (long long)-tally->issuance[i]);
        }
    }
    for (uint32_t i = record_next(ledger, RECORD_PARTY, 0); i != RECORD_NONE;
         i = record_next(ledger, RECORD_PARTY, i + 1)) {
        if (party_view(ledger, i)->instruction_count != tally->instructions[i]) {
            return wrong(text, "I10: party %u has %u instructions and counts %u", i,
                         tally->instructions[i], party_view(ledger, i)->instruction_count);
        }
    }
    for (uint32_t i = record_next(ledger, RECORD_ACCOUNT, 0); i != RECORD_NONE;
         i = record_next(ledger, RECORD_ACCOUNT, i + 1)) {
        const struct account *account = account_view(ledger, i);
        if (account->position_count != tally->positions[i] ||
            account->held_count != tally->held[i]) {
            return wrong(text, "I10: account %u miscounts its positions", i);
        }
    }
    return true;
}

bool ledger_audit_all(const struct ledger *ledger, char text[LEDGER_AUDIT_TEXT_SIZE])
{
    struct tally tally;
    bool taken = tally_take(ledger, &tally);
    TALLY_ASSERT(taken);
    bool right = count_positions(ledger, &tally, text) &&
                 count_instructions(ledger, &tally, text) && compare(ledger, &tally, text) &&
                 audit_restrictions(ledger, text);
    tally_give(&tally);
    return right;
}
