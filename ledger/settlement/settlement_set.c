#include "ledger/settlement/settlement_set.h"

#include "base/amount.h"
#include "base/mutant.h"
#include "ledger/settlement/booking.h"
#include "ledger/state.h"

void settlement_set_layout(struct settlement_scratch *scratch, struct arena *arena)
{
    scratch->postings = ARENA_TAKE(arena, struct posting, POSTING_SET_MAX);
    scratch->owners = ARENA_TAKE(arena, uint32_t, POSTING_SET_MAX);
    scratch->drawn = ARENA_TAKE(arena, uint32_t, POSTING_SET_MAX);
    scratch->set = ARENA_TAKE(arena, struct settlement_member, SETTLEMENT_SET_MAX);
}

bool settlement_set_has_room(const struct ledger *ledger, uint32_t count)
{
    TALLY_ASSERT(count <= SETTLEMENT_SET_MAX);
    return event_room(ledger, count * PAIR_EVENTS_MAX);
}

bool settlement_set_has(const struct ledger *ledger, uint32_t index)
{
    return instruction_view(ledger, index)->in_set;
}

void settlement_set_suppose(const struct ledger *ledger, uint32_t head, bool settles)
{
    struct pair pair = pair_of(ledger, head);

    ledger->instructions[pair.deliverer].in_set = settles;
    ledger->instructions[pair.receiver].in_set = settles;
}

static void member_mark(const struct ledger *ledger, const struct pair *pair, bool mark)
{
    struct instruction *instructions = ledger->instructions;

    TALLY_ASSERT(instructions[pair->deliverer].in_set != mark); /* named once */
    instructions[pair->deliverer].in_set = mark;
    instructions[pair->receiver].in_set = mark;
}

/* The set of these heads: what they are pairs of and would move. They count as members until
 * set_leave(). */
static const struct settlement_member *set_enter(const struct ledger *ledger, const uint32_t *heads,
                                                 uint32_t count)
{
    struct settlement_member *set = ledger->settlement_scratch.set;

    TALLY_ASSERT(count >= 1 && count <= SETTLEMENT_SET_MAX);
    for (uint32_t i = 0; i < count; i++) {
        set[i].pair = pair_of(ledger, heads[i]);
        TALLY_ASSERT(set[i].pair.deliverer == heads[i]);
        pair_flows(ledger, &set[i].pair, &set[i].flows);
        member_mark(ledger, &set[i].pair, 1);
    }
    return set;
}

static void set_leave(const struct ledger *ledger, const struct settlement_member *set,
                      uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        member_mark(ledger, &set[i].pair, 0);
    }
}

static bool set_eligible(const struct ledger *ledger, const struct settlement_member *set,
                         uint32_t count, struct settlement_fault *fault)
{
    bool eligible = true;

    for (uint32_t i = 0; i < count && eligible; i++) {
        fault->head = set[i].pair.deliverer;
        eligibility_check(ledger, &set[i].pair, &set[i].flows, &fault->why);
        eligible = eligibility_given(&fault->why);
    }
    return eligible;
}

bool settlement_set_eligible(const struct ledger *ledger, const uint32_t *heads, uint32_t count,
                             struct settlement_fault *fault)
{
    const struct settlement_member *set = set_enter(ledger, heads, count);
    bool eligible = set_eligible(ledger, set, count, fault);

    set_leave(ledger, set, count);
    return eligible;
}

void settlement_set_reasons(const struct ledger *ledger, const uint32_t *heads, uint32_t count,
                            struct eligibility *why)
{
    const struct settlement_member *set = set_enter(ledger, heads, count);

    for (uint32_t i = 0; i < count; i++) {
        eligibility_check(ledger, &set[i].pair, &set[i].flows, &why[i]);
    }
    set_leave(ledger, set, count);
}

static uint32_t flow_giver(const struct ledger *ledger, const struct pair *pair, bool cash)
{
    return cash && !pair_is_internal(pair) ? pair_payer(ledger, pair) : pair->deliverer;
}

/* T16, T17: whose position lacks decides what is told, and to whom. */
static void fault_lack(const struct ledger *ledger, uint32_t head, bool cash, uint32_t position,
                       int128 need, struct settlement_fault *fault)
{
    struct pair pair = pair_of(ledger, head);
    enum reason own = cash ? REASON_MONY : REASON_LACK;
    enum reason other = cash ? REASON_CMON : REASON_CLAC;
    bool deliverer_gives = flow_giver(ledger, &pair, cash) == pair.deliverer;

    *fault = (struct settlement_fault){
        .head = head,
        .why = {.deliverer_reason = deliverer_gives ? own : other,
                .receiver_reason = deliverer_gives ? other : own,
                .queue = QUEUE_POSITION,
                .position = position,
                .need = need < INT64_MAX ? (int64_t)need : INT64_MAX},
    };
}

static void posting_add(const struct ledger *ledger, uint32_t head, const struct posting *flow,
                        uint32_t *posting_count, uint32_t restriction, int64_t quantity)
{
    const struct settlement_scratch *scratch = &ledger->settlement_scratch;
    struct posting *posting = &scratch->postings[*posting_count];

    TALLY_ASSERT(*posting_count < POSTING_SET_MAX);
    *posting = *flow;
    posting->quantity = quantity;
    if (restriction != RECORD_NONE) {
        posting->source = (uint8_t)restriction_balance(restriction_view(ledger, restriction)->kind);
    }
    scratch->owners[*posting_count] = head;
    scratch->drawn[*posting_count] = restriction;
    (*posting_count)++;
}

/* Does neither side of a pair name restrictions to draw on, as most do not? */
static bool pair_draws_none(const struct ledger *ledger, const struct pair *pair)
{
    return instruction_view(ledger, pair->deliverer)->ties == NULL &&
           instruction_view(ledger, pair->receiver)->ties == NULL;
}

/* Adds a flow part by part; false when it is to come out of restrictions that do not suffice. */
static bool flow_add(const struct ledger *ledger, const struct pair *pair,
                     const struct posting *flow, bool cash, uint32_t *posting_count)
{
    uint32_t giver;
    struct restriction_split split;

    if (pair_draws_none(ledger, pair)) {
        posting_add(ledger, pair->deliverer, flow, posting_count, RECORD_NONE, flow->quantity);
        return true;
    }
    giver = flow_giver(ledger, pair, cash);
    if (!restriction_draws_any(&instruction_ties(instruction_view(ledger, giver))->draws)) {
        posting_add(ledger, pair->deliverer, flow, posting_count, RECORD_NONE, flow->quantity);
        return true;
    }
    restriction_split(ledger, giver, flow, &split);
    for (uint32_t i = 0; i < split.count; i++) {
        posting_add(ledger, pair->deliverer, flow, posting_count, split.restriction[i],
                    split.quantity[i]);
    }
    return split.missing == 0;
}

/* Adds the flows of a pair that move money, or of those that do not. */
static bool pair_postings_add(const struct ledger *ledger, const struct settlement_member *member,
                              bool cash, uint32_t *posting_count, struct settlement_fault *fault)
{
    const struct pair *pair = &member->pair;
    uint32_t count = member->flows.count;

    if (MUTANT(SECOND_LEG_FORGOTTEN) && count > 1) {
        count = 1;
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct posting *flow = &member->flows.postings[i];
        if (member->flows.cash[i] == cash && !flow_add(ledger, pair, flow, cash, posting_count)) {
            /* No arrival helps, only more of what the restrictions hold. */
            fault_lack(ledger, pair->deliverer, cash, flow->debit, INT64_MAX, fault);
            return false;
        }
    }
    return true;
}

/* Adds those flows of all members. */
static bool postings_add(const struct ledger *ledger, const struct settlement_member *set,
                         uint32_t count, bool cash, uint32_t *posting_count,
                         struct settlement_fault *fault)
{
    bool planned = true;

    for (uint32_t i = 0; i < count && planned; i++) {
        planned = pair_postings_add(ledger, &set[i], cash, posting_count, fault);
    }
    return planned;
}

/* Plans last for one booking. */
static void plans_clear(const struct ledger *ledger, uint32_t posting_count)
{
    const uint32_t *drawn = ledger->settlement_scratch.drawn;

    for (uint32_t i = 0; i < posting_count; i++) {
        if (drawn[i] != RECORD_NONE) {
            restriction_plan_clear(ledger, drawn[i]);
        }
    }
}

/* What the set takes out of a position's available balance, net. */
static int128 position_net(const struct ledger *ledger, uint32_t posting_count, uint32_t position)
{
    const struct posting *postings = ledger->settlement_scratch.postings;
    int128 net = 0;

    for (uint32_t i = 0; i < posting_count; i++) {
        if (postings[i].debit == position && postings[i].source == POSITION_AVAILABLE) {
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

/* What was drawn counts as used, for the side that gave it. */
static void draws_record(struct ledger *ledger, uint32_t first_cash, uint32_t posting_count)
{
    const struct settlement_scratch *scratch = &ledger->settlement_scratch;

    for (uint32_t i = 0; i < posting_count; i++) {
        if (scratch->drawn[i] != RECORD_NONE) {
            struct pair pair = pair_of(ledger, scratch->owners[i]);
            restriction_use(ledger, scratch->drawn[i], flow_giver(ledger, &pair, i >= first_cash),
                            scratch->postings[i].quantity);
        }
    }
}

/* Counts all flows into the parties' limits; true when one of them does not allow it. */
static bool fault_limit(struct ledger *ledger, uint32_t posting_count,
                        struct settlement_fault *fault)
{
    const struct settlement_scratch *scratch = &ledger->settlement_scratch;
    uint32_t place = 0;
    int64_t need = 0;
    uint32_t limit = limit_use(ledger, scratch->postings, posting_count, &place, &need);

    if (limit == RECORD_NONE) {
        return false;
    }
    *fault = (struct settlement_fault){
        .head = scratch->owners[place],
        .why = {.deliverer_reason = REASON_OTHR,
                .receiver_reason = REASON_OTHR,
                .queue = QUEUE_LIMIT,
                .position = limit,
                .need = need},
    };
    return true;
}

/* Books the flows in the scratch memory, or none: those that move no money come first. */
static bool flows_book(struct ledger *ledger, uint32_t first_cash, uint32_t posting_count,
                       struct settlement_fault *fault)
{
    const struct settlement_scratch *scratch = &ledger->settlement_scratch;
    enum posting_result result = POSTING_BOOKED;
    uint32_t lacking = 0;

    if (fault_limit(ledger, posting_count, fault)) {
        return false;
    }
    if (posting_count > 0) {
        result = position_post(ledger, scratch->postings, posting_count, &lacking);
    }
    if (result != POSTING_BOOKED) {
        limit_unuse(ledger, ledger->settlement_scratch.postings, posting_count);
    }
    switch (result) {
    case POSTING_BOOKED:
        draws_record(ledger, first_cash, posting_count);
        return true;
    case POSTING_LACKING:
        if (position_lacks(ledger, posting_count, scratch->postings[lacking].debit)) {
            fault_lack(ledger, scratch->owners[lacking], lacking >= first_cash,
                       scratch->postings[lacking].debit,
                       position_net(ledger, posting_count, scratch->postings[lacking].debit),
                       fault);
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
                .queue = QUEUE_DATE,
                .position = RECORD_NONE,
                .date = rule_set_next_business_day(rule_set_in_force(ledger), ledger_date(ledger))},
    };
    return false;
}

/*
 * The postings of a pair alone that draws on no restriction, as nearly all are: its flows as they
 * stand, securities first. Returns how many of them move no money.
 */
static uint32_t flows_copy(const struct ledger *ledger, const struct settlement_member *member)
{
    const struct settlement_scratch *scratch = &ledger->settlement_scratch;
    uint32_t first_cash = 0;

    for (uint32_t i = 0; i < member->flows.count; i++) {
        TALLY_ASSERT(i == 0 || member->flows.cash[i] || !member->flows.cash[i - 1]);
        scratch->postings[i] = member->flows.postings[i];
        scratch->owners[i] = member->pair.deliverer;
        scratch->drawn[i] = RECORD_NONE;
        first_cash += member->flows.cash[i] ? 0 : 1;
    }
    return first_cash;
}

/* Plans and books the flows of a set that is eligible, or nothing. */
static bool set_book(struct ledger *ledger, const struct settlement_member *set, uint32_t count,
                     struct settlement_fault *fault)
{
    uint32_t posting_count = 0;

    if (count == 1 && pair_draws_none(ledger, &set[0].pair) && !MUTANT(SECOND_LEG_FORGOTTEN)) {
        return flows_book(ledger, flows_copy(ledger, &set[0]), set[0].flows.count, fault);
    }
    /* Securities first, so that their lack is what is found first. */
    bool planned = postings_add(ledger, set, count, false, &posting_count, fault);
    uint32_t first_cash = posting_count;
    planned = planned && postings_add(ledger, set, count, true, &posting_count, fault);
    plans_clear(ledger, posting_count);
    return planned && flows_book(ledger, first_cash, posting_count, fault);
}

static bool settle(struct ledger *ledger, const uint32_t *heads, uint32_t count, bool matched,
                   struct settlement_fault *fault)
{
    const struct settlement_member *set = set_enter(ledger, heads, count);
    bool eligible = set_eligible(ledger, set, count, fault);

    set_leave(ledger, set, count);
    if (!eligible || !set_book(ledger, set, count, fault)) {
        return false;
    }
    /* T19. Booked; nothing below can fail. */
    for (uint32_t i = 0; i < count; i++) {
        waiting_leave(ledger, heads[i]);
        booking_record(ledger, &set[i].pair, matched);
    }
    return true;
}

bool settlement_set_settle(struct ledger *ledger, const uint32_t *heads, uint32_t count,
                           struct settlement_fault *fault)
{
    return settle(ledger, heads, count, false, fault);
}

bool settlement_set_settle_matched(struct ledger *ledger, uint32_t head,
                                   struct settlement_fault *fault)
{
    return settle(ledger, &head, 1, true, fault);
}

bool settlement_set_settle_part(struct ledger *ledger, const struct pair *part,
                                struct settlement_fault *fault)
{
    struct settlement_member member = {.pair = *part};

    TALLY_ASSERT(part->quantity > 0 && pair_is_part(ledger, part));
    pair_flows(ledger, part, &member.flows);
    if (!set_eligible(ledger, &member, 1, fault) || !set_book(ledger, &member, 1, fault)) {
        return false;
    }
    booking_record(ledger, part, false);
    return true;
}
