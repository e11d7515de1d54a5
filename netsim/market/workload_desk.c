#include "netsim/market/workload_desk.h"

#include <stdlib.h>

#include "ledger/limit/limit.h"
#include "ledger/restriction/restriction.h"
#include "netsim/market/workload_source_inside.h"

enum {
    FIRST_CAPACITY = 16,
    CHANGE_MAX = 10, /* by which a restriction grows or shrinks */
    REJECTED_ONE_IN = 5,
};

enum desk_job {
    JOB_AMEND,
    JOB_ACCEPT,
    JOB_RESTRICT,
    JOB_APPROVE,
    JOB_LIMIT,
    JOB_TRANSFORM,
    JOB_COUNT
};

void workload_desk_free(struct workload_source *source)
{
    free(source->desk.jobs);
}

static uint32_t participant_of(const struct workload_source *source, uint32_t account)
{
    return account / source->accounts;
}

static struct workload_deal *deal_of(const struct workload_source *source,
                                     const struct workload_job *job)
{
    return workload_book_deal(source->book, job->deal);
}

/* The account of a side. */
static uint32_t side_account(const struct workload_deal *deal, uint8_t side)
{
    return side == 0 ? deal->deliverer : deal->receiver;
}

/* Whoever holds this key of a side's participant. */
static uint32_t side_person(const struct workload_source *source, const struct workload_deal *deal,
                            uint8_t side, uint32_t key)
{
    return market_person(
        source->market, MARKET_PARTICIPANT + participant_of(source, side_account(deal, side)), key);
}

/* Somebody whom the deal is no business of. */
static uint32_t stranger(struct workload_source *source, const struct workload_deal *deal)
{
    const uint32_t account = workload_source_other(source, participant_of(source, deal->deliverer),
                                                   participant_of(source, deal->receiver));
    return market_person(source->market, MARKET_PARTICIPANT + participant_of(source, account),
                         MARKET_KEY_FIRST);
}

static bool chance(struct workload_source *source, uint32_t one_in)
{
    return prng_chance(&source->prng, 1, one_in);
}

/* ---- Envelopes of a job ---------------------------------------------------------------------- */

static void await(struct workload_job *job, uint32_t command)
{
    job->awaited[job->awaited[0] == WORKLOAD_NONE ? 0 : 1] = command;
}

/* An envelope with one command about a side of the job's deal. Good until the next one is made. */
static struct workload_ask *command_add(struct workload_source *source, struct drawn *drawn,
                                        struct workload_job *job, uint32_t person,
                                        enum command_kind kind, enum workload_must must)
{
    workload_source_envelope(source, drawn, person);
    workload_book_envelope(source->book, workload_book_envelope_count(source->book) - 1)
        ->follow_up = drawn == &source->later;
    const uint32_t number = workload_book_add_command(source->book, kind);
    struct workload_command *command = workload_book_command(source->book, number);
    command->deal = job->deal;
    command->side = job->side;
    struct workload_ask *ask = workload_book_add_ask(source->book);
    ask->must = (uint8_t)must;
    ask->subject = job->subject;
    ask->counterparty = WORKLOAD_NONE;
    await(job, number);
    return ask;
}

static uint32_t last_command(const struct workload_source *source)
{
    return workload_book_command_count(source->book) - 1;
}

/* Both sides of a deal instruct, in an envelope each. */
static void both_instruct(struct workload_source *source, struct drawn *drawn,
                          struct workload_job *job, uint32_t deal, enum workload_must must)
{
    for (uint8_t side = 0; side < 2; side++) {
        const struct workload_deal *record = workload_book_deal(source->book, deal);
        workload_source_envelope(source, drawn,
                                 side_person(source, record, side, MARKET_KEY_FIRST));
        workload_source_instruct(source, deal, side);
        if (must != MUST_NOTHING) {
            workload_book_add_ask(source->book)->must = (uint8_t)must;
        }
        await(job, last_command(source));
        source->instructions++;
    }
}

/* ---- Beginning a job ------------------------------------------------------------------------- */

static void accept_begin(struct workload_source *source, struct workload_job *job)
{
    const struct workload_deal *deal = deal_of(source, job);
    const uint8_t alleges = (uint8_t)(1 - job->side);
    workload_source_envelope(source, &source->bundle,
                             side_person(source, deal, alleges, MARKET_KEY_FIRST));
    workload_source_instruct(source, job->deal, alleges);
    await(job, last_command(source));
    source->instructions++;
}

/* What is to be set aside: all that the side will give, half of it, or double. */
static void restriction_set(struct workload_source *source, struct drawn *drawn,
                            struct workload_job *job)
{
    const struct workload_deal deal = *deal_of(source, job);
    const int64_t gives = job->side == 0 ? deal.quantity : deal.amount;
    const int64_t quantities[] = {gives, gives, (gives + 1) / 2, 2 * gives};
    struct workload_ask *ask =
        command_add(source, drawn, job, side_person(source, &deal, job->side, MARKET_KEY_FIRST),
                    COMMAND_RESTRICTION_SET, MUST_NOTHING);
    ask->cash = job->side == 1;
    ask->account = side_account(&deal, job->side);
    ask->asset = job->side == 1 ? deal.currency : deal.security;
    ask->kind = (uint8_t)(RESTRICTION_BLOCKING + prng_below(&source->prng, 3));
    ask->quantity = quantities[prng_below(&source->prng, 4)];
    job->subject = last_command(source);
    job->step = 1;
}

/* Half of them set aside all that a side has: what the lender delivers it first. */
static void restrict_begin(struct workload_source *source, struct workload_job *job)
{
    const uint32_t lender = participant_of(source, source->lender);
    if (participant_of(source, deal_of(source, job)->deliverer) == lender || chance(source, 2)) {
        restriction_set(source, &source->bundle, job);
        return;
    }
    const struct workload_deal deal = *deal_of(source, job);
    job->side = 0;
    job->deal = workload_source_deal(source, WORKLOAD_CURE, deal.deliverer, deal.receiver);
    deal_of(source, job)->desk = true;
    const int64_t quantity = deal_of(source, job)->quantity;
    const uint32_t first =
        workload_source_deal(source, WORKLOAD_CURE, source->lender, deal.deliverer);
    workload_book_deal(source->book, first)->quantity = quantity;
    both_instruct(source, &source->bundle, job, first, MUST_NOTHING);
}

static void limit_ask(struct workload_source *source, struct drawn *drawn, struct workload_job *job,
                      uint32_t person, enum workload_must must, int64_t amount)
{
    const struct workload_deal deal = *deal_of(source, job);
    const uint8_t other = (uint8_t)(1 - job->side);
    struct workload_ask *ask = command_add(source, drawn, job, person, COMMAND_LIMIT_SET, must);
    ask->participant = participant_of(source, side_account(&deal, job->side));
    ask->asset = deal.currency;
    ask->quantity = amount;
    if (job->subject == WORKLOAD_NONE) {
        ask->counterparty = participant_of(source, side_account(&deal, other));
    } else {
        ask->account = side_account(&deal, job->side);
    }
}

/* A limit of either side over the other one, or of the payer over its account. */
static void limit_begin(struct workload_source *source, struct workload_job *job)
{
    const bool of_account = job->side == 1 && chance(source, 2);
    job->subject = of_account ? 0 : WORKLOAD_NONE;
    limit_ask(source, &source->bundle, job,
              market_person(source->market, MARKET_OPERATOR, MARKET_KEY_FIRST), MUST_NOTHING,
              deal_of(source, job)->amount - 1);
}

static void job_begin(struct workload_source *source, struct workload_job *job)
{
    switch ((enum desk_job)job->kind) {
    case JOB_ACCEPT:
        accept_begin(source, job);
        return;
    case JOB_RESTRICT:
        restrict_begin(source, job);
        return;
    case JOB_LIMIT:
        limit_begin(source, job);
        return;
    case JOB_APPROVE:
        deal_of(source, job)->amount += MARKET_KEY_LIMIT;
        both_instruct(source, &source->bundle, job, job->deal, MUST_WAIT);
        return;
    default:
        both_instruct(source, &source->bundle, job, job->deal, MUST_NOTHING);
        return;
    }
}

static struct workload_job *job_add(struct workload_source *source)
{
    struct workload_desk *desk = &source->desk;
    if (desk->count == desk->capacity) {
        uint32_t capacity = desk->capacity > 0 ? 2 * desk->capacity : FIRST_CAPACITY;
        struct workload_job *grown = realloc(desk->jobs, capacity * sizeof *grown);
        TALLY_ASSERT(grown != NULL);
        desk->jobs = grown;
        desk->capacity = capacity;
    }
    desk->count++;
    return &desk->jobs[desk->count - 1];
}

void workload_desk_draw(struct workload_source *source)
{
    static const enum workload_kind kinds[JOB_COUNT] = {
        [JOB_AMEND] = WORKLOAD_HOLD,  [JOB_ACCEPT] = WORKLOAD_DVP, [JOB_RESTRICT] = WORKLOAD_DVP,
        [JOB_APPROVE] = WORKLOAD_DVP, [JOB_LIMIT] = WORKLOAD_DVP,  [JOB_TRANSFORM] = WORKLOAD_HOLD};
    const enum desk_job kind = (enum desk_job)prng_below(&source->prng, JOB_COUNT);
    const uint32_t deliverer = workload_source_account(source);
    const uint32_t receiver =
        workload_source_other(source, participant_of(source, deliverer), WORKLOAD_NONE);
    struct workload_job *job = job_add(source);
    *job = (struct workload_job){
        .deal = workload_source_deal(source, kinds[kind], deliverer, receiver),
        .kind = (uint8_t)kind,
        .side = (uint8_t)prng_below(&source->prng, 2),
        .awaited = {WORKLOAD_NONE, WORKLOAD_NONE},
        .subject = WORKLOAD_NONE,
    };
    deal_of(source, job)->desk = true;
    job_begin(source, job);
}

/* ---- Its steps ------------------------------------------------------------------------------- */

static struct workload_ask *later_add(struct workload_source *source, struct workload_job *job,
                                      uint32_t person, enum command_kind kind,
                                      enum workload_must must)
{
    return command_add(source, &source->later, job, person, kind, must);
}

/* The same by this key of the job's side. */
static struct workload_ask *own_add(struct workload_source *source, struct workload_job *job,
                                    uint32_t key, enum command_kind kind, enum workload_must must)
{
    return later_add(source, job, side_person(source, deal_of(source, job), job->side, key), kind,
                     must);
}

/* Another priority, another partial indicator, or both. */
static void amendment_draw(struct workload_source *source, struct workload_ask *ask)
{
    ask->kind = (uint8_t)(chance(source, 2) ? PRIORITY_HIGH : PRIORITY_NORMAL);
    ask->partial = (uint8_t)(chance(source, 3)   ? 0
                             : chance(source, 2) ? PARTIAL_PARQ
                                                 : PARTIAL_NPAR);
}

static void amend_step(struct workload_source *source, struct workload_job *job, uint32_t step)
{
    switch (step) {
    case 0:
        amendment_draw(source, later_add(source, job, stranger(source, deal_of(source, job)),
                                         COMMAND_AMEND, MUST_BE_REFUSED));
        return;
    case 1:
    case 3:
        amendment_draw(source, own_add(source, job, MARKET_KEY_FIRST, COMMAND_AMEND, MUST_NOTHING));
        return;
    case 2: {
        const uint8_t side = job->side;
        job->side = 0; /* the one that is on hold */
        (void)own_add(source, job, MARKET_KEY_FIRST, COMMAND_RELEASE, MUST_NOTHING);
        job->side = side;
        return;
    }
    default:
        job->over = true;
        return;
    }
}

/* The counterparty accepts: that is its instruction. */
static void accept_rightly(struct workload_source *source, struct workload_job *job)
{
    (void)own_add(source, job, MARKET_KEY_FIRST, COMMAND_ALLEGEMENT_ACCEPT, MUST_NOTHING);
    job->subject = last_command(source);
    workload_book_command(source->book, job->subject)->instructs = true;
    deal_of(source, job)->commands[job->side] = job->subject;
    deal_of(source, job)->parts_left++;
    source->instructions++;
}

/* Was the command done that later steps are about? */
static bool subject_done(const struct workload_source *source, const struct workload_job *job)
{
    return workload_book_command(source->book, job->subject)->outcome == OUTCOME_DONE;
}

static void accept_step(struct workload_source *source, struct workload_job *job, uint32_t step)
{
    if (step == 0 && chance(source, 2)) {
        own_add(source, job, MARKET_KEY_FIRST, COMMAND_ALLEGEMENT_ACCEPT, MUST_BE_REFUSED)
            ->false_terms = true;
    } else if (step == 0) {
        (void)later_add(source, job, stranger(source, deal_of(source, job)),
                        COMMAND_ALLEGEMENT_ACCEPT, MUST_BE_REFUSED);
    } else if (step == 1) {
        accept_rightly(source, job);
    } else if (step == 2 && subject_done(source, job)) {
        (void)own_add(source, job, MARKET_KEY_FIRST, COMMAND_ALLEGEMENT_ACCEPT, MUST_BE_REFUSED);
    } else {
        job->over = true;
    }
}

/* Both sides instruct; perhaps the one that set aside draws on it. */
static void restricted_instruct(struct workload_source *source, struct workload_job *job)
{
    struct workload_deal *deal = deal_of(source, job);
    if (chance(source, 2)) {
        deal->restriction = job->subject;
        deal->draw_side = job->side;
        deal->restricted_only = job->side == 0 && chance(source, 2);
    }
    both_instruct(source, &source->later, job, job->deal, MUST_NOTHING);
}

static void restriction_change(struct workload_source *source, struct workload_job *job,
                               uint32_t step)
{
    static const enum command_kind kinds[] = {
        COMMAND_RESTRICTION_RELEASE, COMMAND_RESTRICTION_DECREASE, COMMAND_RESTRICTION_INCREASE,
        COMMAND_RESTRICTION_DECREASE, COMMAND_RESTRICTION_RELEASE};
    const int64_t quantities[] = {0, MARKET_PLENTY,
                                  1 + (int64_t)prng_below(&source->prng, CHANGE_MAX), 1, 0};
    const uint32_t which = step - 2;
    const uint8_t hands = which == 0 ? (uint8_t)(1 - job->side) : job->side;
    later_add(source, job, side_person(source, deal_of(source, job), hands, MARKET_KEY_FIRST),
              kinds[which], which < 2 ? MUST_BE_REFUSED : MUST_NOTHING)
        ->quantity = quantities[which];
}

static void restrict_step(struct workload_source *source, struct workload_job *job, uint32_t step)
{
    if (step == 0) {
        restriction_set(source, &source->later, job);
    } else if (step == 1) {
        restricted_instruct(source, job);
    } else if (step < 7) {
        restriction_change(source, job, step);
    } else {
        job->over = true;
    }
}

/* The draft of the job's side is approved, or rejected, by this key. */
static struct workload_ask *sign_off(struct workload_source *source, struct workload_job *job,
                                     uint32_t key, enum command_kind kind, enum workload_must must)
{
    struct workload_ask *ask = own_add(source, job, key, kind, must);
    ask->subject = deal_of(source, job)->commands[job->side];
    return ask;
}

static void approve_step(struct workload_source *source, struct workload_job *job, uint32_t step)
{
    switch (step) {
    case 0:
        (void)sign_off(source, job, MARKET_KEY_FIRST, COMMAND_APPROVE, MUST_BE_REFUSED);
        return;
    case 1:
        (void)sign_off(source, job, MARKET_KEY_OTHER, COMMAND_APPROVE, MUST_BE_REFUSED);
        return;
    case 2:
        sign_off(source, job, MARKET_KEY_SECOND, COMMAND_APPROVE, MUST_BE_REFUSED)->false_terms =
            true;
        return;
    case 3:
        (void)sign_off(source, job, MARKET_KEY_SECOND,
                       chance(source, REJECTED_ONE_IN) ? COMMAND_DRAFT_REJECT : COMMAND_APPROVE,
                       MUST_NOTHING);
        job->subject = last_command(source);
        return;
    case 4:
        job->side = (uint8_t)(1 - job->side);
        (void)sign_off(source, job, MARKET_KEY_SECOND, COMMAND_APPROVE, MUST_NOTHING);
        job->side = (uint8_t)(1 - job->side);
        return;
    case 5:
        if (subject_done(source, job)) {
            (void)sign_off(source, job, MARKET_KEY_SECOND, COMMAND_APPROVE, MUST_BE_REFUSED);
            return;
        }
        break;
    default:
        break;
    }
    job->over = true;
}

static void limit_step(struct workload_source *source, struct workload_job *job, uint32_t step)
{
    const uint32_t operates = market_person(source->market, MARKET_OPERATOR, MARKET_KEY_FIRST);
    const struct workload_deal *deal = deal_of(source, job);
    switch (step) {
    case 0:
        both_instruct(source, &source->later, job, job->deal, MUST_NOTHING);
        return;
    case 1:
        limit_ask(source, &source->later, job,
                  side_person(source, deal, job->side, MARKET_KEY_FIRST), MUST_BE_REFUSED,
                  INT64_MAX);
        return;
    case 2:
        limit_ask(source, &source->later, job, operates, MUST_NOTHING, 2 * deal->amount);
        return;
    case 3:
        limit_ask(source, &source->later, job, operates, MUST_NOTHING, INT64_MAX);
        return;
    default:
        job->over = true;
        return;
    }
}

static struct workload_ask *transform_ask(struct workload_source *source, struct workload_job *job,
                                          uint32_t person, enum workload_must must)
{
    const uint32_t securities = market_configuration(source->market)->security_count;
    const struct workload_deal deal = *deal_of(source, job);
    struct workload_ask *ask = later_add(source, job, person, COMMAND_TRANSFORM, must);
    ask->asset = (deal.security + 1) % securities;
    ask->quantity = 1 + deal.quantity / (1 + (int64_t)prng_below(&source->prng, 3));
    return ask;
}

static void transform_step(struct workload_source *source, struct workload_job *job, uint32_t step)
{
    const uint32_t party = job->side == 0 ? MARKET_OPERATOR : MARKET_REGISTRAR;
    switch (step) {
    case 0:
        (void)transform_ask(source, job,
                            side_person(source, deal_of(source, job), job->side, MARKET_KEY_FIRST),
                            MUST_BE_REFUSED);
        return;
    case 1:
        (void)transform_ask(source, job, market_person(source->market, party, MARKET_KEY_FIRST),
                            MUST_WAIT);
        job->subject = last_command(source);
        return;
    case 2:
        (void)later_add(source, job, market_person(source->market, party, MARKET_KEY_OTHER),
                        COMMAND_APPROVE, MUST_BE_REFUSED);
        return;
    case 3:
        (void)later_add(source, job, market_person(source->market, party, MARKET_KEY_SECOND),
                        COMMAND_APPROVE, MUST_NOTHING);
        return;
    case 4:
        job->side = 0; /* the one that is on hold */
        (void)own_add(source, job, MARKET_KEY_FIRST, COMMAND_RELEASE, MUST_NOTHING);
        return;
    default:
        job->over = true;
        return;
    }
}

static bool is_ready(const struct workload_source *source, const struct workload_job *job)
{
    for (int i = 0; i < 2; i++) {
        if (job->awaited[i] != WORKLOAD_NONE &&
            workload_book_command(source->book, job->awaited[i])->outcome == OUTCOME_NONE) {
            return false;
        }
    }
    return !job->over;
}

uint32_t workload_desk_ready(const struct workload_source *source)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < source->desk.count; i++) {
        count += is_ready(source, &source->desk.jobs[i]) ? 1 : 0;
    }
    return count;
}

bool workload_desk_step(struct workload_source *source)
{
    typedef void job_step(struct workload_source *, struct workload_job *, uint32_t);
    static job_step *const steps[JOB_COUNT] = {
        [JOB_AMEND] = amend_step,     [JOB_ACCEPT] = accept_step, [JOB_RESTRICT] = restrict_step,
        [JOB_APPROVE] = approve_step, [JOB_LIMIT] = limit_step,   [JOB_TRANSFORM] = transform_step};
    for (uint32_t i = 0; i < source->desk.count; i++) {
        struct workload_job *job = &source->desk.jobs[i];
        if (is_ready(source, job)) {
            const uint32_t step = job->step++;
            job->awaited[0] = WORKLOAD_NONE;
            job->awaited[1] = WORKLOAD_NONE;
            steps[job->kind](source, job, step);
            if (!job->over) {
                return true;
            }
        }
    }
    return false;
}

/* ---- Writing --------------------------------------------------------------------------------- */

static const struct bic *participant_bic(const struct workload_source *source, uint32_t participant)
{
    return market_bic(source->market, MARKET_PARTICIPANT + participant);
}

static void accept_write(const struct workload_source *source, const struct workload_ask *ask,
                         const struct workload_command *record,
                         struct command_allegement_accept *out)
{
    const struct workload_deal *deal = workload_book_deal(source->book, record->deal);
    const uint8_t alleges = (uint8_t)(1 - record->side);
    const uint32_t own = side_account(deal, record->side) % source->accounts;
    out->party = *participant_bic(source, participant_of(source, side_account(deal, alleges)));
    workload_book_instruction_reference(source->book, record->deal, alleges, &out->reference);
    out->quantity = deal->quantity + (ask->false_terms ? 1 : 0);
    out->amount = deal->amount;
    out->account = *market_account(source->market, false, own);
    out->cash_account = *market_account(source->market, true, own);
    out->priority = PRIORITY_NORMAL;
    out->partial = PARTIAL_NPAR;
}

static void restriction_write(const struct workload_source *source, const struct workload_ask *ask,
                              const struct workload_command *record, struct command *out)
{
    const uint32_t owner = workload_book_envelope(source->book, record->envelope)->party;
    if (record->kind == COMMAND_RESTRICTION_SET) {
        out->restriction_set = (struct command_restriction_set){
            .bic = *market_bic(source->market, owner),
            .account = *market_account(source->market, ask->cash, ask->account % source->accounts),
            .asset = ask->cash ? *market_currency(source->market, ask->asset)
                               : *market_security(source->market, ask->asset),
            .kind = ask->kind,
            .quantity = ask->quantity,
        };
        return;
    }
    const struct workload_command *set = workload_book_command(source->book, ask->subject);
    const uint32_t setter = workload_book_envelope(source->book, set->envelope)->party;
    out->restriction_change.party = *market_bic(source->market, setter);
    workload_book_reference(ask->subject, &out->restriction_change.reference);
    out->restriction_change.quantity = ask->quantity;
}

static void limit_write(const struct workload_source *source, const struct workload_ask *ask,
                        struct command_limit_set *out)
{
    const bool of_account = ask->counterparty == WORKLOAD_NONE;
    out->bic = *participant_bic(source, ask->participant);
    out->scope = of_account ? LIMIT_ACCOUNT : LIMIT_COUNTERPARTY;
    out->asset = *market_currency(source->market, ask->asset);
    out->amount = ask->quantity;
    if (of_account) {
        out->account = *market_account(source->market, true, ask->account % source->accounts);
    } else {
        out->counterparty = *participant_bic(source, ask->counterparty);
    }
}

static void transform_write(const struct workload_source *source, const struct workload_ask *ask,
                            const struct workload_command *record, uint32_t number,
                            struct command_transform *out)
{
    const struct workload_deal *deal = workload_book_deal(source->book, record->deal);
    out->party = *participant_bic(source, participant_of(source, deal->deliverer));
    workload_book_instruction_reference(source->book, record->deal, 0, &out->reference);
    out->asset = *market_security(source->market, ask->asset);
    out->quantity = ask->quantity;
    workload_book_reference(number, &out->new_reference);
}

bool workload_desk_write(const struct workload_source *source, uint32_t number, struct command *out)
{
    const struct workload_command *record = workload_book_command(source->book, number);
    const struct workload_ask *ask = workload_book_ask(source->book, number);
    if (ask == NULL) {
        return false;
    }
    const struct workload_deal *deal = workload_book_deal(source->book, record->deal);
    switch ((enum command_kind)record->kind) {
    case COMMAND_AMEND:
        out->target.party =
            *participant_bic(source, participant_of(source, side_account(deal, record->side)));
        workload_book_instruction_reference(source->book, record->deal, record->side,
                                            &out->target.reference);
        out->target.priority = ask->kind;
        out->target.partial = ask->partial;
        return true;
    case COMMAND_ALLEGEMENT_ACCEPT:
        accept_write(source, ask, record, &out->allegement_accept);
        return true;
    case COMMAND_APPROVE:
    case COMMAND_DRAFT_REJECT:
        workload_book_reference(ask->subject, &out->approval.reference);
        out->approval.content = workload_book_ask(source->book, ask->subject)->content;
        out->approval.content.bytes[0] ^= ask->false_terms ? 1 : 0;
        return true;
    case COMMAND_LIMIT_SET:
        limit_write(source, ask, &out->limit_set);
        return true;
    case COMMAND_TRANSFORM:
        transform_write(source, ask, record, number, &out->transform);
        return true;
    case COMMAND_RESTRICTION_SET:
    case COMMAND_RESTRICTION_INCREASE:
    case COMMAND_RESTRICTION_DECREASE:
    case COMMAND_RESTRICTION_RELEASE:
        restriction_write(source, ask, record, out);
        return true;
    default:
        return false; /* a release is written like anybody's */
    }
}

void workload_desk_written(const struct workload_source *source, uint32_t person, uint32_t number,
                           const struct command *command)
{
    struct workload_ask *ask = workload_book_ask(source->book, number);
    uint8_t bytes[COMMAND_BYTES_MAX];
    struct bytes_writer writer;
    struct command decoded;
    if (ask == NULL || ask->must != MUST_WAIT) {
        return;
    }
    bytes_writer_init(&writer, bytes, sizeof bytes);
    command_encode(command, &writer);
    bool valid = !writer.failed &&
                 command_decode(&decoded, market_bic(source->market, person), bytes, writer.size);
    TALLY_ASSERT(valid);
    ask->content = decoded.content;
}
