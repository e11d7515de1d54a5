#include "netsim/market/workload_source.h"

#include <stdlib.h>
#include <string.h>

#include "ledger/command/command.h"
#include "ledger/command/envelope.h"
#include "ledger/values/date.h"
#include "netsim/market/workload_desk.h"
#include "netsim/market/workload_source_inside.h"

enum {
    QUANTITY_MAX = 1000,
    AMOUNT_MAX = 100000,
    AHEAD_DAYS = 30,    /* of a deal for later */
    COMMAND_ROOM = 512, /* bytes of one command of these kinds in an envelope, at most */
    LATER_ENVELOPES_MAX = 4,
    CIRCLE_PARTIES = 3,
    CIRCLE_INSTRUCTIONS = 2, /* of each party */
    REDRAWS_MAX = 16,
    CHAIN_ID_OFFSET = 2,
};

void workload_source_config_default(struct workload_source_config *config)
{
    *config = (struct workload_source_config){
        .seed = 1,
        .instruction_count_max = 100000,
        .instructions_per_envelope = 1,
        .validity_ms = 300000,
    };
}

const char *workload_source_fault(const struct workload_source_config *config,
                                  const struct market *market)
{
    uint32_t sum = 0;
    uint32_t participants = market_configuration(market)->participant_count;
    for (int kind = 0; kind < WORKLOAD_KIND_COUNT; kind++) {
        sum += config->share[kind];
    }
    if (sum > 1000 || config->share[WORKLOAD_DVP] != 0 || config->share[WORKLOAD_CURE] != 0) {
        return "the shares of deals sum up to more than 1000, or dvp or cure have one";
    }
    if (config->instructions_per_envelope == 0 ||
        config->instructions_per_envelope > WORKLOAD_PER_ENVELOPE_MAX) {
        return "instructions per envelope are not 1 to 10000";
    }
    if (config->validity_ms == 0) {
        return "envelopes are valid for no time";
    }
    if (config->parts_permille > 1000 ||
        config->tied_permille + config->ring_permille + config->desk_permille > 1000 ||
        config->flaw_permille > 1000 || config->hot_permille > 1000 ||
        config->zipf_permille > ZIPF_EXPONENT_MAX) {
        return "a permille is above 1000, or the exponent above 4000";
    }
    if (participants < 2) {
        return "a deal needs two participants";
    }
    if (config->desk_permille > 0 &&
        (participants < 3 || !market_configuration(market)->second_persons ||
         market_configuration(market)->security_count < 2)) {
        return "a back office needs three participants, second persons and two securities";
    }
    if (participants < 3 && config->share[WORKLOAD_LACK_SECURITIES] +
                                config->share[WORKLOAD_CIRCLE] + config->ring_permille) {
        return "a lack of securities or a circle needs three participants";
    }
    return NULL;
}

/* The opening's envelopes are numbered first; their bytes are made when they are asked for. */
static void opening_record(struct workload_source *source)
{
    for (uint32_t i = 0; i < source->opening_count; i++) {
        struct market_opening opening;
        market_opening_describe(source->market, i, &opening);
        uint32_t number = workload_book_add_envelope(source->book, opening.party);
        workload_book_envelope(source->book, number)->stage = (uint8_t)(opening.stage + 1);
        for (uint16_t c = 0; c < opening.command_count; c++) {
            (void)workload_book_add_command(source->book, COMMAND_NONE);
        }
    }
}

struct workload_source *workload_source_new(const struct workload_source_config *config,
                                            const struct market *market)
{
    const struct market_config *people = market_configuration(market);
    if (workload_source_fault(config, market) != NULL) {
        return NULL;
    }
    struct workload_source *source = calloc(1, sizeof *source);
    if (source == NULL) {
        return NULL;
    }
    uint32_t commands = config->instructions_per_envelope + CIRCLE_INSTRUCTIONS;
    source->config = *config;
    source->market = market;
    source->participants = people->participant_count;
    source->accounts = people->account_count;
    source->lender = (source->participants - 1) * source->accounts;
    source->opening_count = market_opening_count(market);
    if (commands < MARKET_OPENING_COMMANDS_MAX) {
        commands = MARKET_OPENING_COMMANDS_MAX;
    }
    source->bytes_max = ENVELOPE_HEAD_BYTES + (size_t)commands * COMMAND_ROOM;
    source->book = workload_book_new(market);
    source->scratch = calloc(commands, sizeof *source->scratch);
    source->bytes = malloc(source->bytes_max);
    prng_init(&source->prng, config->seed);
    bool ready =
        source->book != NULL && source->scratch != NULL && source->bytes != NULL &&
        zipf_init(&source->zipf, source->participants * source->accounts, config->zipf_permille);
    if (!ready) {
        workload_source_free(source);
        return NULL;
    }
    opening_record(source);
    return source;
}

void workload_source_free(struct workload_source *source)
{
    if (source == NULL) {
        return;
    }
    workload_book_free(source->book);
    zipf_free(&source->zipf);
    workload_desk_free(source);
    free(source->accepted);
    free(source->scratch);
    free(source->bytes);
    free(source);
}

struct workload_book *workload_source_book(struct workload_source *source)
{
    return source->book;
}

/* ---- Drawing --------------------------------------------------------------------------------- */

static uint32_t participant_of(const struct workload_source *source, uint32_t account)
{
    return account / source->accounts;
}

/* The busiest accounts belong to different participants. */
uint32_t workload_source_account(struct workload_source *source)
{
    uint32_t rank = zipf_draw(&source->zipf, &source->prng);
    return rank % source->participants * source->accounts + rank / source->participants;
}

/* An account of another participant than these two (either may be WORKLOAD_NONE). */
uint32_t workload_source_other(struct workload_source *source, uint32_t one, uint32_t two)
{
    uint32_t account = 0;
    for (int i = 0; i < REDRAWS_MAX; i++) {
        account = workload_source_account(source);
        if (participant_of(source, account) != one && participant_of(source, account) != two) {
            return account;
        }
    }
    /* so skewed that nearly all goes to the excluded: take the next participant that is not */
    uint32_t participant = participant_of(source, account);
    while (participant == one || participant == two) {
        participant = (participant + 1) % source->participants;
    }
    return participant * source->accounts + account % source->accounts;
}

static enum workload_kind draw_kind(struct workload_source *source)
{
    uint32_t draw = (uint32_t)prng_below(&source->prng, 1000);
    for (int kind = 0; kind < WORKLOAD_KIND_COUNT; kind++) {
        if (draw < source->config.share[kind]) {
            return (enum workload_kind)kind;
        }
        draw -= source->config.share[kind];
    }
    return WORKLOAD_DVP;
}

/* A deal of the kind between two accounts, without instructions yet. */
uint32_t workload_source_deal(struct workload_source *source, enum workload_kind kind,
                              uint32_t deliverer, uint32_t receiver)
{
    const struct market_config *market = market_configuration(source->market);
    uint32_t number = workload_book_add_deal(source->book, kind);
    struct workload_deal *deal = workload_book_deal(source->book, number);
    bool scarce =
        kind == WORKLOAD_LACK_SECURITIES || kind == WORKLOAD_CIRCLE || kind == WORKLOAD_CURE;
    deal->deliverer = deliverer;
    deal->receiver = receiver;
    deal->free = kind == WORKLOAD_FREE || kind == WORKLOAD_CURE;
    deal->security = scarce ? market->security_count
                            : (uint32_t)prng_below(&source->prng, market->security_count);
    deal->quantity = 1 + (int64_t)prng_below(&source->prng, QUANTITY_MAX);
    if (kind == WORKLOAD_LACK_CASH || kind == WORKLOAD_CANCEL) {
        deal->currency = market->currency_count; /* the scarce one */
    } else if (!deal->free) {
        deal->currency = (uint32_t)prng_below(&source->prng, market->currency_count);
    }
    if (!deal->free) {
        deal->amount = 1 + (int64_t)prng_below(&source->prng, AMOUNT_MAX);
    }
    return number;
}

/* Does a chance come? One that is never asked for is not drawn. */
static bool comes(struct workload_source *source, uint32_t permille)
{
    return permille > 0 && prng_below(&source->prng, 1000) < permille;
}

/* Which sides allow parts: mostly both. */
static void parts_draw(struct workload_source *source, uint32_t number)
{
    struct workload_deal *deal = workload_book_deal(source->book, number);
    if ((deal->kind == WORKLOAD_LACK_SECURITIES || deal->kind == WORKLOAD_HOLD) &&
        comes(source, source->config.parts_permille)) {
        deal->parts =
            (uint8_t)(prng_chance(&source->prng, 3, 4) ? 3 : 1u << prng_below(&source->prng, 2));
    }
}

void workload_source_instruct(struct workload_source *source, uint32_t deal_number, uint8_t side)
{
    uint32_t number = workload_book_add_command(source->book, COMMAND_INSTRUCT);
    struct workload_command *command = workload_book_command(source->book, number);
    struct workload_deal *deal = workload_book_deal(source->book, deal_number);
    command->deal = deal_number;
    command->side = side;
    command->held = deal->kind == WORKLOAD_HOLD && side == 0;
    command->instructs = true;
    deal->commands[side] = number;
    deal->parts_left++;
}

/* Which sides of a deal are instructed: a bit for each. */
static uint32_t draw_sides(struct workload_source *source, enum workload_kind kind)
{
    bool one_sided =
        kind == WORKLOAD_UNMATCHED || (kind == WORKLOAD_CANCEL && prng_chance(&source->prng, 1, 2));
    return one_sided ? 1u << prng_below(&source->prng, 2) : 3;
}

void workload_source_envelope(struct workload_source *source, struct drawn *drawn, uint32_t person)
{
    TALLY_ASSERT(drawn->count < DRAWN_ENVELOPES_MAX);
    drawn->numbers[drawn->count] = workload_book_add_envelope(source->book, person);
    drawn->count++;
}

/* Of a participant. */
static void drawn_envelope(struct workload_source *source, struct drawn *drawn, uint32_t party)
{
    workload_source_envelope(source, drawn, MARKET_PARTICIPANT + party);
}

static bool needs_scarce(enum workload_kind kind)
{
    return kind == WORKLOAD_LACK_SECURITIES;
}

/* Any account of the same participant. */
static uint32_t draw_sibling(struct workload_source *source, uint32_t account)
{
    return participant_of(source, account) * source->accounts +
           (uint32_t)prng_below(&source->prng, source->accounts);
}

/* Deals between two participants: an envelope of each. */
static void draw_pair_bundle(struct workload_source *source, enum workload_kind first_kind)
{
    uint32_t lender = participant_of(source, source->lender);
    uint32_t excluded = needs_scarce(first_kind) ? lender : WORKLOAD_NONE;
    bool hot = prng_below(&source->prng, 1000) < source->config.hot_permille &&
               !(needs_scarce(first_kind) && lender <= 1);
    uint32_t a = hot ? 0 : workload_source_other(source, excluded, WORKLOAD_NONE);
    uint32_t b =
        hot ? source->accounts : workload_source_other(source, excluded, participant_of(source, a));
    if (hot && prng_chance(&source->prng, 1, 2)) {
        a = source->accounts;
        b = 0;
    }
    bool with_lender = participant_of(source, a) == lender || participant_of(source, b) == lender;
    uint32_t first_deal = workload_book_deal_count(source->book);
    uint32_t count = source->config.instructions_per_envelope;
    uint32_t sides[WORKLOAD_PER_ENVELOPE_MAX];
    for (uint32_t i = 0; i < count; i++) {
        enum workload_kind kind = i == 0 ? first_kind : draw_kind(source);
        if (kind == WORKLOAD_CIRCLE || (needs_scarce(kind) && with_lender)) {
            kind = WORKLOAD_DVP;
        }
        if (source->config.accounts_vary && !hot && i > 0) {
            a = draw_sibling(source, a);
            b = draw_sibling(source, b);
        }
        (void)workload_source_deal(source, kind, a, b);
        parts_draw(source, first_deal + i);
        sides[i] = draw_sides(source, kind);
    }
    for (uint8_t side = 0; side < 2; side++) {
        bool begun = false;
        for (uint32_t i = 0; i < count; i++) {
            if ((sides[i] & 1u << side) == 0) {
                continue;
            }
            if (!begun) {
                drawn_envelope(source, &source->bundle, participant_of(source, side == 0 ? a : b));
                begun = true;
            }
            workload_source_instruct(source, first_deal + i, side);
            source->instructions++;
        }
    }
}

/* Two deals from one participant to another, one of whom ties them. */
static void draw_tied_bundle(struct workload_source *source)
{
    static const enum workload_kind kinds[] = {WORKLOAD_DVP, WORKLOAD_FREE, WORKLOAD_HOLD,
                                               WORKLOAD_LACK_CASH};
    static const enum workload_tie mirror[] = {TIE_NONE, TIE_BEFORE, TIE_AFTER, TIE_WITH, TIE_POOL};
    const uint32_t a = workload_source_account(source);
    const uint32_t b = workload_source_other(source, participant_of(source, a), WORKLOAD_NONE);
    const uint8_t tie = (uint8_t)(TIE_AFTER + prng_below(&source->prng, TIE_POOL));
    const uint8_t side = (uint8_t)prng_below(&source->prng, 2);
    const uint32_t first = workload_book_deal_count(source->book);
    for (uint32_t i = 0; i < 2; i++) {
        const uint32_t number =
            workload_source_deal(source, kinds[prng_below(&source->prng, 4)], a, b);
        struct workload_deal *deal = workload_book_deal(source->book, number);
        deal->tie = i == 1 ? tie : (uint8_t)mirror[tie];
        deal->tie_side = side;
        deal->tie_says = i == 1 || tie == TIE_POOL;
        deal->tied = first + 1 - i;
    }
    for (uint32_t turn = 0; turn < 2; turn++) {
        const uint8_t one = turn == 0 ? side : (uint8_t)(1 - side);
        drawn_envelope(source, &source->bundle, participant_of(source, one == 0 ? a : b));
        workload_source_instruct(source, first, one);
        workload_source_instruct(source, first + 1, one);
        source->instructions += 2;
    }
}

/* Three deliver to each other, free of payment, what none of them has. */
static void draw_ring_bundle(struct workload_source *source)
{
    uint32_t accounts[CIRCLE_PARTIES];
    accounts[0] = workload_source_account(source);
    accounts[1] = workload_source_other(source, participant_of(source, accounts[0]), WORKLOAD_NONE);
    accounts[2] = workload_source_other(source, participant_of(source, accounts[0]),
                                        participant_of(source, accounts[1]));
    const uint32_t first = workload_book_deal_count(source->book);
    for (uint32_t leg = 0; leg < CIRCLE_PARTIES; leg++) {
        const uint32_t number = workload_source_deal(source, WORKLOAD_CURE, accounts[leg],
                                                     accounts[(leg + 1) % CIRCLE_PARTIES]);
        struct workload_deal *deal = workload_book_deal(source->book, number);
        deal->kind = WORKLOAD_CIRCLE;
        deal->ring = first;
        deal->quantity = workload_book_deal(source->book, first)->quantity;
    }
    for (uint32_t party = 0; party < CIRCLE_PARTIES; party++) {
        drawn_envelope(source, &source->bundle, participant_of(source, accounts[party]));
        workload_source_instruct(source, first + party, 0);
        workload_source_instruct(source, first + (party + CIRCLE_PARTIES - 1) % CIRCLE_PARTIES, 1);
        source->instructions += CIRCLE_INSTRUCTIONS;
    }
}

/* Circles from the lender to B to C and back; C's envelope first, the lender's last. */
static void draw_circle_bundle(struct workload_source *source)
{
    uint32_t lender = participant_of(source, source->lender);
    uint32_t b = workload_source_other(source, lender, WORKLOAD_NONE);
    uint32_t c = source->participants > 3
                     ? workload_source_other(source, lender, participant_of(source, b))
                     : (1 - participant_of(source, b)) * source->accounts;
    if (b > c) {
        uint32_t higher = b;
        b = c;
        c = higher;
    }
    uint32_t circles = source->config.instructions_per_envelope / CIRCLE_INSTRUCTIONS;
    circles = circles > 0 ? circles : 1;
    uint32_t first_deal = workload_book_deal_count(source->book);
    for (uint32_t i = 0; i < circles; i++) {
        uint32_t leg = workload_source_deal(source, WORKLOAD_CIRCLE, source->lender, b);
        int64_t quantity = workload_book_deal(source->book, leg)->quantity;
        leg = workload_source_deal(source, WORKLOAD_CIRCLE, b, c);
        workload_book_deal(source->book, leg)->quantity = quantity;
        leg = workload_source_deal(source, WORKLOAD_CIRCLE, c, source->lender);
        workload_book_deal(source->book, leg)->quantity = quantity;
    }
    const uint32_t accounts[CIRCLE_PARTIES] = {source->lender, b, c};
    for (uint32_t party = CIRCLE_PARTIES; party-- > 0;) {
        drawn_envelope(source, &source->bundle, participant_of(source, accounts[party]));
        for (uint32_t i = 0; i < circles; i++) {
            uint32_t leg = first_deal + CIRCLE_PARTIES * i;
            workload_source_instruct(source, leg + (party + CIRCLE_PARTIES - 1) % CIRCLE_PARTIES,
                                     1);
            workload_source_instruct(source, leg + party, 0);
            source->instructions += CIRCLE_INSTRUCTIONS;
        }
    }
}

/* An envelope that must come to nothing: one side of a deal that is never heard of again. */
static void draw_flawed(struct workload_source *source)
{
    uint32_t a = workload_source_account(source);
    uint32_t b = workload_source_other(source, participant_of(source, a), WORKLOAD_NONE);
    uint32_t deal = workload_source_deal(source, WORKLOAD_UNMATCHED, a, b);
    drawn_envelope(source, &source->bundle, participant_of(source, a));
    uint32_t number = workload_book_envelope_count(source->book) - 1;
    workload_book_envelope(source->book, number)->flaw =
        (uint8_t)(FLAW_EXPIRED + prng_below(&source->prng, FLAW_COUNT - FLAW_EXPIRED));
    workload_source_instruct(source, deal, 0);
}

static void draw_bundle(struct workload_source *source)
{
    source->bundle = (struct drawn){.count = 0};
    if (comes(source, source->config.tied_permille)) {
        draw_tied_bundle(source);
        return;
    }
    if (comes(source, source->config.desk_permille)) {
        workload_desk_draw(source);
        return;
    }
    if (comes(source, source->config.ring_permille)) {
        draw_ring_bundle(source);
        return;
    }
    enum workload_kind kind = draw_kind(source);
    if (kind == WORKLOAD_CIRCLE) {
        draw_circle_bundle(source);
    } else {
        draw_pair_bundle(source, kind);
    }
    if (prng_below(&source->prng, 1000) < source->config.flaw_permille) {
        draw_flawed(source);
    }
}

/* ---- Signing --------------------------------------------------------------------------------- */

/* D and the number of the deal: its two sides match each other and nothing else. */
static struct text35 deal_reference(uint32_t deal)
{
    struct text35 reference;
    workload_book_reference(deal, &reference);
    reference.text[0] = 'D';
    return reference;
}

static void instruct_command(const struct workload_source *source,
                             const struct workload_command *record, struct command *out)
{
    const struct workload_deal *deal = workload_book_deal(source->book, record->deal);
    const struct market *market = source->market;
    bool delivers = record->side == 0;
    uint32_t own = (delivers ? deal->deliverer : deal->receiver) % source->accounts;
    const struct bic *depository = market_bic(market, MARKET_OPERATOR);
    out->instruct = (struct command_instruct){
        .payment = deal->free ? PAYMENT_FREE : PAYMENT_APMT,
        .movement = delivers ? MOVEMENT_DELI : MOVEMENT_RECE,
        .asset = *market_security(market, deal->security),
        .quantity = deal->quantity,
        .settlement_date =
            deal->kind == WORKLOAD_AHEAD ? date_add(out->date, AHEAD_DAYS) : out->date,
        .deliverer =
            *market_bic(market, MARKET_PARTICIPANT + participant_of(source, deal->deliverer)),
        .receiver =
            *market_bic(market, MARKET_PARTICIPANT + participant_of(source, deal->receiver)),
        .deliverer_depository = *depository,
        .receiver_depository = *depository,
        .common_reference = deal_reference(record->deal),
        .account = *market_account(market, false, own),
        .priority = PRIORITY_NORMAL,
        .partial = (deal->parts >> record->side & 1u) != 0 ? PARTIAL_PARQ : PARTIAL_NPAR,
        .transaction_type = TRANSACTION_TRAD,
        .hold = record->held,
    };
    if (!deal->free) {
        out->instruct.currency = *market_currency(market, deal->currency);
        out->instruct.amount = deal->amount;
        if (deal->kind == WORKLOAD_DISAGREE && !delivers) {
            out->instruct.amount += AMOUNT_MAX; /* no tolerance goes so far */
        }
        out->instruct.credit_debit = delivers ? CREDIT_DEBIT_CRDT : CREDIT_DEBIT_DBIT;
        out->instruct.cash_account = *market_account(market, true, own);
    }
}

/* The instruction of the side that ties two deals names the other one, or their pool. */
static void tie_write(const struct workload_source *source, const struct workload_command *record,
                      struct command_instruct *out)
{
    static const enum link_type types[] = {
        [TIE_AFTER] = LINK_AFTE, [TIE_BEFORE] = LINK_BEFO, [TIE_WITH] = LINK_WITH};
    const struct workload_deal *deal = workload_book_deal(source->book, record->deal);
    if (!deal->tie_says || deal->tie_side != record->side) {
        return;
    }
    if (deal->tie == TIE_POOL) {
        const bool second = deal->tied < record->deal;
        out->pool = deal_reference(second ? deal->tied : record->deal);
        out->pool_number = second ? 2 : 1;
        out->pool_total = 2;
        return;
    }
    const struct workload_deal *other = workload_book_deal(source->book, deal->tied);
    out->link_count = 1;
    out->links[0].type = (uint8_t)types[deal->tie];
    workload_book_reference(other->commands[record->side], &out->links[0].reference);
}

/* The side that draws on a restriction names it. */
static void draw_write(const struct workload_source *source, const struct workload_command *record,
                       struct command_instruct *out)
{
    const struct workload_deal *deal = workload_book_deal(source->book, record->deal);
    if (deal->restriction != WORKLOAD_NONE && deal->draw_side == record->side) {
        out->restriction_count = 1;
        workload_book_reference(deal->restriction, &out->restrictions[0]);
        out->restricted_only = deal->restricted_only;
    }
}

static void command_write(const struct workload_source *source, uint32_t party, uint32_t number,
                          uint32_t date, struct command *out)
{
    const struct workload_command *record = workload_book_command(source->book, number);
    memset(out, 0, sizeof *out);
    out->kind = record->kind;
    out->date = date;
    workload_book_reference(number, &out->reference);
    if (record->kind == COMMAND_INSTRUCT) {
        instruct_command(source, record, out);
        tie_write(source, record, &out->instruct);
        draw_write(source, record, &out->instruct);
        return;
    }
    if (workload_desk_write(source, number, out)) {
        return;
    }
    const struct workload_deal *deal = workload_book_deal(source->book, record->deal);
    if (record->kind == COMMAND_PARTIAL_RELEASE) {
        workload_book_reference(deal->commands[record->side], &out->partial_release.reference);
        out->partial_release.quantity = deal->quantity / 2;
        return;
    }
    out->target.party = *market_bic(source->market, party);
    workload_book_instruction_reference(source->book, record->deal, record->side,
                                        &out->target.reference);
    out->target.hold = record->kind == COMMAND_RELEASE ? DIMENSION_HOLD_PARTY : 0;
}

/* Copies the bytes to the envelope's record. */
static void bytes_keep(struct workload_source *source, struct workload_envelope *envelope,
                       size_t size)
{
    envelope->bytes = malloc(size);
    TALLY_ASSERT(envelope->bytes != NULL);
    memcpy(envelope->bytes, source->bytes, size);
    envelope->size = (uint32_t)size;
}

static void flaw_make(struct workload_envelope *envelope)
{
    switch ((enum workload_flaw)envelope->flaw) {
    case FLAW_MALFORMED:
        envelope->size -= 1;
        break;
    case FLAW_SIGNATURE:
        envelope->bytes[envelope->size - 1] ^= 1;
        break;
    case FLAW_CHAIN:
        envelope->bytes[CHAIN_ID_OFFSET] ^= 1;
        break;
    default:
        break;
    }
}

static void envelope_sign(struct workload_source *source, uint32_t number, uint64_t utc_ms)
{
    struct workload_envelope *envelope = workload_book_envelope(source->book, number);
    uint32_t date = date_from_ms(utc_ms);
    size_t size = 0;
    envelope->valid_until_ms =
        envelope->flaw == FLAW_EXPIRED ? utc_ms - 1 : utc_ms + source->config.validity_ms;
    for (uint32_t i = 0; i < envelope->command_count; i++) {
        command_write(source, envelope->party, envelope->first_command + i, date,
                      &source->scratch[i]);
        workload_desk_written(source, envelope->party, envelope->first_command + i,
                              &source->scratch[i]);
    }
    bool fits = market_sign(source->market, envelope->party, source->scratch,
                            envelope->command_count, number, envelope->valid_until_ms,
                            source->bytes, source->bytes_max, &size, &envelope->id);
    TALLY_ASSERT(fits);
    bytes_keep(source, envelope, size);
    flaw_make(envelope);
}

static void opening_sign(struct workload_source *source, uint32_t number, uint64_t utc_ms)
{
    struct workload_envelope *envelope = workload_book_envelope(source->book, number);
    struct market_opening opening;
    envelope->valid_until_ms = utc_ms + source->config.validity_ms;
    bool fits = market_opening_sign(source->market, number, envelope->valid_until_ms, source->bytes,
                                    source->bytes_max, &opening);
    TALLY_ASSERT(fits);
    envelope->id = opening.id;
    bytes_keep(source, envelope, opening.size);
}

/* ---- The stream ------------------------------------------------------------------------------ */

/* Are all envelopes of the opening before this one's stage executed? */
static bool stage_reached(const struct workload_source *source, uint32_t number)
{
    uint8_t stage = number < source->opening_count
                        ? workload_book_envelope(source->book, number)->stage
                        : UINT8_MAX;
    for (uint32_t i = source->opening_count; i-- > 0;) {
        const struct workload_envelope *envelope = workload_book_envelope(source->book, i);
        if (envelope->stage < stage && !envelope->executed) {
            return false;
        }
    }
    return true;
}

bool workload_source_open(const struct workload_source *source)
{
    return stage_reached(source, source->opening_count);
}

bool workload_source_halfway(const struct workload_source *source)
{
    return source->bundle.next < source->bundle.count;
}

enum workload_next workload_source_next(struct workload_source *source, uint64_t utc_ms,
                                        uint32_t *number)
{
    if (source->opening_next <= source->opening_count) {
        if (!stage_reached(source, source->opening_next)) {
            return WORKLOAD_WAIT;
        }
        *number = source->opening_next;
        source->opening_next++;
        if (*number < source->opening_count) {
            opening_sign(source, *number, utc_ms);
            return WORKLOAD_ENVELOPE;
        }
    }
    if (!workload_source_halfway(source)) {
        if (source->instructions >= source->config.instruction_count_max) {
            return WORKLOAD_END;
        }
        draw_bundle(source);
    }
    *number = source->bundle.numbers[source->bundle.next];
    source->bundle.next++;
    envelope_sign(source, *number, utc_ms);
    return WORKLOAD_ENVELOPE;
}

/* ---- Later parts ----------------------------------------------------------------------------- */

static bool has_later_part(enum workload_kind kind)
{
    return kind == WORKLOAD_LACK_SECURITIES || kind == WORKLOAD_HOLD || kind == WORKLOAD_CANCEL;
}

static void accepted_push(struct workload_source *source, uint32_t deal)
{
    if (source->accepted_count == source->accepted_capacity) {
        uint32_t capacity = source->accepted_capacity > 0 ? 2 * source->accepted_capacity : 16;
        uint32_t *grown = realloc(source->accepted, capacity * sizeof *grown);
        TALLY_ASSERT(grown != NULL);
        source->accepted = grown;
        source->accepted_capacity = capacity;
    }
    source->accepted[source->accepted_count] = deal;
    source->accepted_count++;
}

static void accepted_take_up(struct workload_source *source)
{
    uint32_t deal;
    while (workload_book_next_accepted(source->book, &deal)) {
        const struct workload_deal *record = workload_book_deal(source->book, deal);
        const struct workload_command *first = workload_book_command(
            source->book, record->commands[record->commands[0] == WORKLOAD_NONE ? 1 : 0]);
        if (has_later_part((enum workload_kind)record->kind) && !record->desk &&
            workload_book_envelope(source->book, first->envelope)->flaw == FLAW_NONE) {
            accepted_push(source, deal);
        }
    }
}

uint32_t workload_source_follow_ups(struct workload_source *source)
{
    accepted_take_up(source);
    return source->accepted_count - source->accepted_first + workload_desk_ready(source);
}

static void later_envelope(struct workload_source *source, uint32_t account)
{
    drawn_envelope(source, &source->later, participant_of(source, account));
    workload_book_envelope(source->book, workload_book_envelope_count(source->book) - 1)
        ->follow_up = true;
}

static void later_delivery(struct workload_source *source, uint32_t receiver, int64_t quantity)
{
    uint32_t cure = workload_source_deal(source, WORKLOAD_CURE, source->lender, receiver);
    workload_book_deal(source->book, cure)->quantity = quantity;
    later_envelope(source, source->lender);
    workload_source_instruct(source, cure, 0);
    later_envelope(source, receiver);
    workload_source_instruct(source, cure, 1);
}

/* The lender delivers what is lacking, in two halves where parts are allowed: both sides instruct.
 */
static void later_cure(struct workload_source *source, uint32_t number)
{
    const struct workload_deal deal = *workload_book_deal(source->book, number);
    const int64_t half = deal.parts != 0 ? deal.quantity / 2 : 0;
    if (half > 0) {
        later_delivery(source, deal.deliverer, half);
    }
    later_delivery(source, deal.deliverer, deal.quantity - half);
}

static void later_command(struct workload_source *source, uint32_t number, uint8_t side,
                          enum command_kind kind)
{
    const struct workload_deal *deal = workload_book_deal(source->book, number);
    later_envelope(source, side == 0 ? deal->deliverer : deal->receiver);
    uint32_t command = workload_book_add_command(source->book, kind);
    workload_book_command(source->book, command)->deal = number;
    workload_book_command(source->book, command)->side = side;
}

/* Each side that was instructed is released, half of it first where parts are allowed, or
 * cancelled. */
static void later_targets(struct workload_source *source, uint32_t number, enum command_kind kind)
{
    for (uint8_t side = 0; side < 2; side++) {
        const struct workload_deal *deal = workload_book_deal(source->book, number);
        uint32_t target = deal->commands[side];
        if (target == WORKLOAD_NONE ||
            (kind == COMMAND_RELEASE && !workload_book_command(source->book, target)->held)) {
            continue;
        }
        if (kind == COMMAND_RELEASE && side == 0 && deal->parts == 3 && deal->quantity > 1) {
            later_command(source, number, side, COMMAND_PARTIAL_RELEASE);
        }
        later_command(source, number, side, kind);
    }
}

/* The later part of a deal. */
static void later_make(struct workload_source *source, uint32_t deal)
{
    switch ((enum workload_kind)workload_book_deal(source->book, deal)->kind) {
    case WORKLOAD_LACK_SECURITIES:
        later_cure(source, deal);
        break;
    case WORKLOAD_HOLD:
        later_targets(source, deal, COMMAND_RELEASE);
        break;
    default:
        later_targets(source, deal, COMMAND_CANCEL);
        break;
    }
}

bool workload_source_follow_up(struct workload_source *source, uint64_t utc_ms, uint32_t *number,
                               bool *more)
{
    if (source->later.next == source->later.count) {
        accepted_take_up(source);
        source->later = (struct drawn){.count = 0};
        if (source->accepted_first < source->accepted_count) {
            later_make(source, source->accepted[source->accepted_first]);
            source->accepted_first++;
        } else if (!workload_desk_step(source)) {
            return false;
        }
        TALLY_ASSERT(source->later.count >= 1 && source->later.count <= LATER_ENVELOPES_MAX);
    }
    *number = source->later.numbers[source->later.next];
    source->later.next++;
    *more = source->later.next < source->later.count;
    envelope_sign(source, *number, utc_ms);
    return true;
}
