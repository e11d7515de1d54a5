#include "ledger/holding/position.h"

#include <string.h>

#include "base/amount.h"
#include "base/mutant.h"
#include "ledger/limit/provision.h"
#include "ledger/state.h"
#include "ledger/state/index.h"

enum {
    NUMBERS = 10 + POSITION_BALANCE_COUNT,
    LONGEST = NUMBERS * BYTES_NUMBER_MAX + 1,
};

void position_encode(const struct position *position, struct bytes_writer *writer)
{
    uint8_t own[LONGEST];
    uint8_t *start = bytes_write_begin(writer, own, LONGEST);
    uint8_t *at = bytes_put_number_at(start, position->account);
    at = bytes_put_number_at(at, position->asset);
    for (size_t i = 0; i < POSITION_BALANCE_COUNT; i++) {
        at = bytes_put_signed_at(at, position->balance[i]);
    }
    at = bytes_put_signed_at(at, position->credit_limit);
    at = bytes_put_number_at(at, position->changed_height);
    *at++ = position->holds;
    at = bytes_put_number_at(at, position->wake_turn);
    at = bytes_put_number_at(at, position->wake_ms);
    at = bytes_put_number_at(at, position->optimisation_turn);
    at = bytes_put_number_at(at, position->part_turn);
    at = bytes_put_number_at(at, position->part_ms);
    at = bytes_put_number_at(at, position->review);
    TALLY_ASSERT(at - start <= LONGEST);
    bytes_write_end(writer, own, start, at);
}

void position_decode(struct position *position, struct bytes_reader *reader)
{
    *position = (struct position){0};
    position->account = bytes_read_number_u32(reader);
    position->asset = bytes_read_number_u32(reader);
    for (size_t i = 0; i < POSITION_BALANCE_COUNT; i++) {
        position->balance[i] = bytes_read_signed_number(reader);
        if (i != POSITION_AVAILABLE && position->balance[i] < 0) {
            bytes_reader_fail(reader);
        }
    }
    position->credit_limit = bytes_read_signed_number(reader);
    position->changed_height = bytes_read_number(reader);
    position->holds = bytes_read_bool(reader);
    position->wake_turn = bytes_read_number(reader);
    position->wake_ms = bytes_read_number(reader);
    position->optimisation_turn = bytes_read_number(reader);
    position->part_turn = bytes_read_number(reader);
    position->part_ms = bytes_read_number(reader);
    position->review = bytes_read_number(reader);
    if (position->credit_limit < 0) {
        bytes_reader_fail(reader);
    }
}

uint32_t position_find(const struct ledger *ledger, uint32_t account, uint32_t asset)
{
    return index_find_position(ledger, account, asset);
}

/* Nobody who is shown an account or another position of it learns what salts this one. */
static struct nonce_secret secret_draw(const struct nonce_secret *account, uint32_t index)
{
    uint8_t source[NONCE_SIZE + 4];
    struct hash hash;
    struct nonce_secret secret;
    memcpy(source, account->bytes, NONCE_SIZE);
    bytes_put_u32(source + NONCE_SIZE, index);
    hash_compute(&hash, HASH_SECRET, source, sizeof(source));
    memcpy(secret.bytes, hash.bytes, NONCE_SIZE);
    return secret;
}

uint32_t position_open(struct ledger *ledger, uint32_t account, uint32_t asset)
{
    uint32_t found = position_find(ledger, account, asset);
    if (found != RECORD_NONE) {
        return found;
    }
    uint32_t index = record_take(ledger, RECORD_POSITION);
    if (index == RECORD_NONE) {
        return RECORD_NONE;
    }
    struct position *position = &ledger->positions[index];
    position->account = account;
    position->asset = asset;
    position->changed_height = ledger->scalars->height;
    position->secret = secret_draw(&account_view(ledger, account)->secret, index);
    account_at(ledger, account)->position_count++;
    record_touch(ledger, RECORD_ACCOUNT, account);
    uint32_t owner = account_view(ledger, account)->party;
    party_at(ledger, owner)->position_count++;
    record_touch(ledger, RECORD_PARTY, owner);
    index_enter(ledger, RECORD_POSITION, index);
    return index;
}

struct position *position_at(struct ledger *ledger, uint32_t index)
{
    TALLY_ASSERT(record_used(ledger, RECORD_POSITION, index));
    return &ledger->positions[index];
}

inline const struct position *position_view(const struct ledger *ledger, uint32_t index)
{
    TALLY_ASSERT(record_used(ledger, RECORD_POSITION, index));
    return &ledger->positions[index];
}

void position_prefetch(const struct ledger *ledger, uint32_t index)
{
    const uint8_t *position = (const uint8_t *)&ledger->positions[index];
    __builtin_prefetch(position, 1);
    __builtin_prefetch(position + ARENA_LINE, 1);
}

bool position_is_counterweight(const struct ledger *ledger, uint32_t index)
{
    const struct position *position = position_view(ledger, index);
    return asset_view(ledger, position->asset)->issuance_account == position->account;
}

int64_t position_spendable(const struct ledger *ledger, uint32_t index)
{
    if (position_is_counterweight(ledger, index)) {
        return INT64_MAX;
    }
    return provision_total(position_view(ledger, index));
}

int64_t position_held(const struct position *position)
{
    int64_t held = 0;
    for (size_t i = 0; i < POSITION_BALANCE_COUNT; i++) {
        bool fits = amount_add(held, position->balance[i], &held);
        TALLY_ASSERT(fits);
    }
    return held;
}

bool position_can_take(const struct position *position, int64_t quantity)
{
    int64_t held = 0;
    TALLY_ASSERT(quantity > 0);
    return amount_add(position_held(position), quantity, &held);
}

/* What is left of a balance; false if that is out of range. */
static bool balance_left(const struct position *position, uint8_t balance, int64_t quantity,
                         int64_t *left)
{
    TALLY_ASSERT(quantity > 0);
    return amount_sub(position->balance[balance], quantity, left) && *left >= -INT64_MAX;
}

static bool balance_can_give(const struct position *position, uint8_t balance, int64_t quantity)
{
    int64_t left = 0;
    return balance_left(position, balance, quantity, &left);
}

bool position_can_give(const struct position *position, int64_t quantity)
{
    return balance_can_give(position, POSITION_AVAILABLE, quantity);
}

/* Undoes the first `count` postings, last one first. */
static void postings_undo(struct ledger *ledger, const struct posting *postings, uint32_t count)
{
    for (uint32_t i = count; i-- > 0;) {
        const struct posting *posting = &postings[i];
        int64_t *gave = &ledger->positions[posting->debit].balance[posting->source];
        int64_t *took = &ledger->positions[posting->credit].balance[POSITION_AVAILABLE];
        bool back = amount_add(*gave, posting->quantity, gave) &&
                    amount_sub(*took, posting->quantity, took);
        TALLY_ASSERT(back);
    }
}

/* Has the balance that gives fallen below what it may? */
static bool posting_lacks(const struct ledger *ledger, const struct posting *posting)
{
    const struct position *debit = &ledger->positions[posting->debit];
    int64_t left = debit->balance[posting->source];

    if (left >= 0) { /* it did not come to a limit */
        return false;
    }
    return posting->source != POSITION_AVAILABLE || position_spendable(ledger, posting->debit) < 0;
}

/* The first posting whose debit is now below its limit; `count` when there is none. */
static uint32_t postings_first_lack(const struct ledger *ledger, const struct posting *postings,
                                    uint32_t count)
{
    for (uint32_t i = 0; i < count && !MUTANT(PROVISION_UNCHECKED); i++) {
        if (posting_lacks(ledger, &postings[i])) {
            return i;
        }
    }
    return count;
}

/* Applies a posting; false, and no change, if it leads a balance, or the sum of a position's, out
 * of 64 bits. */
static bool posting_apply(struct ledger *ledger, const struct posting *posting)
{
    struct position *debit = position_at(ledger, posting->debit);
    struct position *credit = position_at(ledger, posting->credit);
    int64_t *takes = &credit->balance[POSITION_AVAILABLE];
    int64_t left = 0;
    TALLY_ASSERT(posting->quantity > 0);
    TALLY_ASSERT(posting->debit != posting->credit);
    TALLY_ASSERT(posting->source < POSITION_BALANCE_COUNT);
    TALLY_ASSERT(debit->asset == credit->asset);
    if (!position_can_take(credit, posting->quantity) ||
        !balance_left(debit, posting->source, posting->quantity, &left)) {
        return false;
    }
    debit->balance[posting->source] = left;
    bool took = amount_add(*takes, posting->quantity, takes);
    if (MUTANT(CREDIT_BOOKED_TWICE)) {
        *takes += posting->quantity;
    }
    TALLY_ASSERT(took);
    return true;
}

/* What all others hold of an asset changes when its issuance position gives or takes. */
static void asset_issued_move(struct ledger *ledger, const struct posting *posting)
{
    const struct position *debit = &ledger->positions[posting->debit];
    uint32_t index = debit->asset;
    struct asset *asset = asset_at(ledger, index);
    bool fits = true;
    if (asset->issuance_account == debit->account) {
        fits = amount_add(asset->issued, posting->quantity, &asset->issued);
    } else if (asset->issuance_account == ledger->positions[posting->credit].account) {
        fits = amount_sub(asset->issued, posting->quantity, &asset->issued);
    } else {
        return;
    }
    TALLY_ASSERT(fits);
    record_touch(ledger, RECORD_ASSET, index);
}

static bool position_is_empty(const struct position *position)
{
    if (position->balance[POSITION_AVAILABLE] != 0) { /* the usual case */
        return false;
    }
    for (size_t i = 0; i < POSITION_BALANCE_COUNT; i++) {
        if (position->balance[i] != 0) {
            return false;
        }
    }
    return true;
}

/* After a balance changed: stamps the record and keeps the account's count of held positions. */
static void position_changed(struct ledger *ledger, uint32_t index)
{
    struct position *position = &ledger->positions[index];
    bool holds = !position_is_empty(position);
    if (holds != position->holds) {
        struct account *account = account_at(ledger, position->account);
        TALLY_ASSERT(holds || account->held_count > 0);
        account->held_count = holds ? account->held_count + 1 : account->held_count - 1;
        position->holds = holds;
        record_touch(ledger, RECORD_ACCOUNT, position->account);
    }
    position->changed_height = ledger->scalars->height;
    record_touch(ledger, RECORD_POSITION, index);
}

/*
 * Posting `index` cannot be applied to the 64 bits of a balance. A giver that sinks so far, and is
 * not the issuance position, is below any limit it could have: it lacks, unless one before it does.
 */
static enum posting_result posting_out_of_range(struct ledger *ledger,
                                                const struct posting *postings, uint32_t index,
                                                uint32_t *fault)
{
    const struct posting *failed = &postings[index];
    bool gives =
        balance_can_give(&ledger->positions[failed->debit], failed->source, failed->quantity);
    uint32_t lacking = postings_first_lack(ledger, postings, index);
    postings_undo(ledger, postings, index);
    if (gives || position_is_counterweight(ledger, failed->debit)) {
        return POSTING_OVERFLOW;
    }
    if (fault != NULL) {
        *fault = lacking;
    }
    return POSTING_LACKING;
}

/* Something is available: to restrictions that are to fill, then to whom it may help. Where nobody
 * waits, nothing of that is asked. */
static void position_arrived(struct ledger *ledger, uint32_t index)
{
    const struct position *position = &ledger->positions[index];
    if (position->restriction_first != 0) {
        restriction_fill(ledger, index);
    }
    if ((position->waiting_root | position->part_root | position->touch_root) != 0 ||
        position->review != 0) {
        waiting_wake(ledger, index);
    }
}

enum posting_result position_post(struct ledger *ledger, const struct posting *postings,
                                  uint32_t count, uint32_t *fault)
{
    TALLY_ASSERT(count >= 1 && count <= POSTING_SET_MAX);
    for (uint32_t i = 0; i < count; i++) {
        if (!posting_apply(ledger, &postings[i])) {
            return posting_out_of_range(ledger, postings, i, fault);
        }
    }
    uint32_t lacking = postings_first_lack(ledger, postings, count);
    if (lacking < count) {
        postings_undo(ledger, postings, count);
        if (fault != NULL) {
            *fault = lacking;
        }
        return POSTING_LACKING;
    }
    for (uint32_t i = 0; i < count; i++) {
        position_changed(ledger, postings[i].debit);
        position_changed(ledger, postings[i].credit);
        asset_issued_move(ledger, &postings[i]);
    }
    for (uint32_t i = 0; i < count; i++) {
        position_arrived(ledger, postings[i].credit);
    }
    return POSTING_BOOKED;
}

bool position_shift(struct ledger *ledger, uint32_t index, enum position_balance from,
                    enum position_balance to, int64_t quantity)
{
    TALLY_ASSERT(quantity > 0);
    TALLY_ASSERT(from != to && from < POSITION_BALANCE_COUNT && to < POSITION_BALANCE_COUNT);
    struct position *position = position_at(ledger, index);
    int64_t given = 0;
    int64_t taken = 0;
    int64_t floor = from == POSITION_AVAILABLE ? -position->credit_limit : 0;
    if (!amount_sub(position->balance[from], quantity, &given) || given < floor ||
        !amount_add(position->balance[to], quantity, &taken)) {
        return false;
    }
    position->balance[from] = given;
    position->balance[to] = taken;
    position_changed(ledger, index);
    if (to == POSITION_AVAILABLE) {
        position_arrived(ledger, index);
    }
    return true;
}
