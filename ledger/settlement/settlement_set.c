#include "ledger/settlement/settlement_set.h"

#include "base/amount.h"
#include "base/mutant.h"
#include "ledger/settlement/booking.h"
#include "ledger/state.h"

void settlement_set_layout(struct settlement_scratch *scratch, uint32_t instruction_capacity,
                           struct arena *arena)
{
    scratch->postings = ARENA_TAKE(arena, struct posting, POSTING_SET_MAX);
    scratch->owners = ARENA_TAKE(arena, uint32_t, POSTING_SET_MAX);
    scratch->members = ARENA_TAKE(arena, uint8_t, instruction_capacity);
}

bool settlement_set_has_room(const struct ledger *ledger, uint32_t count)
{
    TALLY_ASSERT(count <= SETTLEMENT_SET_MAX);
    return event_room(ledger, count * PAIR_EVENTS_MAX);
}

bool settlement_set_has(const struct ledger *ledger, uint32_t index)
{
    TALLY_ASSERT(record_used(ledger, RECORD_INSTRUCTION, index));
    return ledger->settlement_scratch.members[index] != 0;
}

void settlement_set_suppose(const struct ledger *ledger, uint32_t head, bool settles)
{
    struct pair pair = pair_of(ledger, head);

    ledger->settlement_scratch.members[pair.deliverer] = settles ? 1 : 0;
    ledger->settlement_scratch.members[pair.receiver] = settles ? 1 : 0;
}

static void members_mark(const struct ledger *ledger, const uint32_t *heads, uint32_t count,
                         uint8_t mark)
{
    uint8_t *members = ledger->settlement_scratch.members;

    for (uint32_t i = 0; i < count; i++) {
        struct pair pair = pair_of(ledger, heads[i]);
        TALLY_ASSERT(pair.deliverer == heads[i]);
        TALLY_ASSERT(members[heads[i]] != mark); /* named once */
        members[pair.deliverer] = mark;
        members[pair.receiver] = mark;
    }
}

bool settlement_set_eligible(const struct ledger *ledger, const uint32_t *heads, uint32_t count,
                             struct settlement_fault *fault)
{
    bool eligible = true;

    TALLY_ASSERT(count >= 1 && count <= SETTLEMENT_SET_MAX);
    members_mark(ledger, heads, count, 1);
    for (uint32_t i = 0; i < count && eligible; i++) {
        struct pair pair = pair_of(ledger, heads[i]);
        fault->head = heads[i];
        eligibility_check(ledger, &pair, &fault->why);
        eligible = eligibility_given(&fault->why);
    }
    members_mark(ledger, heads, count, 0);
    return eligible;
}

void settlement_set_reasons(const struct ledger *ledger, const uint32_t *heads, uint32_t count,
                            struct eligibility *why)
{
    members_mark(ledger, heads, count, 1);
    for (uint32_t i = 0; i < count; i++) {
        struct pair pair = pair_of(ledger, heads[i]);
        eligibility_check(ledger, &pair, &why[i]);
    }
    members_mark(ledger, heads, count, 0);
}

/* Adds the flows of a pair that move money, or of those that do not. */
static uint32_t pair_postings_add(const struct ledger *ledger, const struct pair *pair, bool cash,
                                  uint32_t posting_count)
{
    const struct settlement_scratch *scratch = &ledger->settlement_scratch;
    struct pair_flows flows;

    pair_flows(ledger, pair, &flows);
    if (MUTANT(SECOND_LEG_FORGOTTEN) && flows.count > 1) {
        flows.count = 1;
    }
    for (uint32_t i = 0; i < flows.count; i++) {
        if (flows.cash[i] == cash) {
            TALLY_ASSERT(posting_count < POSTING_SET_MAX);
            scratch->postings[posting_count] = flows.postings[i];
            scratch->owners[posting_count] = pair->deliverer;
            posting_count++;
        }
    }
    return posting_count;
}

/* Adds those flows of all members. */
static uint32_t postings_add(const struct ledger *ledger, const uint32_t *heads, uint32_t count,
                             bool cash, uint32_t posting_count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct pair pair = pair_of(ledger, heads[i]);
        posting_count = pair_postings_add(ledger, &pair, cash, posting_count);
    }
    return posting_count;
}

/* What the set takes out of a position, net. */
static int128 position_net(const struct ledger *ledger, uint32_t posting_count, uint32_t position)
{
    const struct posting *postings = ledger->settlement_scratch.postings;
    int128 net = 0;

    for (uint32_t i = 0; i < posting_count; i++) {
        if (postings[i].debit == position) {
            net += postings[i].quantity;
        } else if (postings[i].credit == position) {
            net -= postings[i].quantity;
        }
    }
    return net;
}

/* Is it more than can be spent? If not, only the way to the net led out of a balance's range. */
static bool position_lacks(const struct ledger *ledger, uint32_t posting_count, uint32_t position)
{
    return position_net(ledger, posting_count, position) > position_spendable(ledger, position);
}

/* T16, T17: whose position lacks decides what is told, and to whom. */
static void fault_lack(const struct ledger *ledger, uint32_t posting, uint32_t posting_count,
                       bool cash, struct settlement_fault *fault)
{
    const struct settlement_scratch *scratch = &ledger->settlement_scratch;
    struct pair pair = pair_of(ledger, scratch->owners[posting]);
    uint32_t giver = cash && !pair_is_internal(&pair) ? pair_payer(ledger, &pair) : pair.deliverer;
    enum reason own = cash ? REASON_MONY : REASON_LACK;
    enum reason other = cash ? REASON_CMON : REASON_CLAC;
    bool deliverer_gives = giver == pair.deliverer;
    uint32_t position = scratch->postings[posting].debit;
    int128 net = position_net(ledger, posting_count, position);

    *fault = (struct settlement_fault){
        .head = pair.deliverer,
        .why = {.deliverer_reason = deliverer_gives ? own : other,
                .receiver_reason = deliverer_gives ? other : own,
                .queue = QUEUE_POSITION,
                .position = position,
                .need = net < INT64_MAX ? (int64_t)net : INT64_MAX},
    };
}

/* Books the flows in the scratch memory, or none: those that move no money come first. */
static bool flows_book(struct ledger *ledger, uint32_t first_cash, uint32_t posting_count,
                       struct settlement_fault *fault)
{
    enum posting_result result = POSTING_BOOKED;
    uint32_t lacking = 0;

    if (posting_count > 0) {
        result =
            position_post(ledger, ledger->settlement_scratch.postings, posting_count, &lacking);
    }
    switch (result) {
    case POSTING_BOOKED:
        return true;
    case POSTING_LACKING:
        if (position_lacks(ledger, posting_count,
                           ledger->settlement_scratch.postings[lacking].debit)) {
            fault_lack(ledger, lacking, posting_count, lacking >= first_cash, fault);
            return false;
        }
        break;
    case POSTING_OVERFLOW:
        break;
    }
    *fault = (struct settlement_fault){
        .head = RECORD_NONE,
        .why = {.deliverer_reason = REASON_OTHR,
                .receiver_reason = REASON_OTHR,
                .queue = QUEUE_NONE,
                .position = RECORD_NONE},
    };
    return false;
}

bool settlement_set_settle(struct ledger *ledger, const uint32_t *heads, uint32_t count,
                           struct settlement_fault *fault)
{
    if (!settlement_set_eligible(ledger, heads, count, fault)) {
        return false;
    }
    /* Securities first, so that their lack is what is found first. */
    uint32_t first_cash = postings_add(ledger, heads, count, false, 0);
    uint32_t posting_count = postings_add(ledger, heads, count, true, first_cash);
    if (!flows_book(ledger, first_cash, posting_count, fault)) {
        return false;
    }
    /* T19. Booked; nothing below can fail. */
    for (uint32_t i = 0; i < count; i++) {
        struct pair pair = pair_of(ledger, heads[i]);
        waiting_leave(ledger, heads[i]);
        booking_record(ledger, &pair);
    }
    return true;
}

bool settlement_set_settle_part(struct ledger *ledger, const struct pair *part,
                                struct settlement_fault *fault)
{
    TALLY_ASSERT(part->quantity > 0 && pair_is_part(ledger, part));
    fault->head = part->deliverer;
    eligibility_check(ledger, part, &fault->why);
    if (!eligibility_given(&fault->why)) {
        return false;
    }
    uint32_t first_cash = pair_postings_add(ledger, part, false, 0);
    uint32_t posting_count = pair_postings_add(ledger, part, true, first_cash);
    if (!flows_book(ledger, first_cash, posting_count, fault)) {
        return false;
    }
    booking_record(ledger, part);
    return true;
}
