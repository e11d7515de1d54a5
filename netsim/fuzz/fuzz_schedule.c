#include "netsim/fuzz/fuzz_schedule.h"

#include "base/assert.h"
#include "netsim/adversary/adversary.h"
#include "netsim/check/ledger_checker.h"
#include "netsim/check/watch.h"
#include "netsim/engine/validator.h"
#include "netsim/fuzz/fuzz_faults.h"
#include "netsim/fuzz/fuzz_oracle.h"
#include "netsim/fuzz/fuzz_trace.h"
#include "netsim/market/workload.h"
#include "node/replica/executor.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum {
    HOSTS_MAX = FUZZ_MEMBERS_MAX + FUZZ_FAULTY_MAX,
    EVENTS_MAX = 4000000, /* a schedule that needs more does not end by itself */
    SLICE_US = 10000,     /* of the liveness phase */
    LOOK_SLICES = 5,      /* the oracle looks this often */
    VISITS_MAX = 12,
    CLOCK_DRIFT_MS = 1000,
    INSTRUCTIONS_MAX = 300,
    CLIENT_TIMEOUT_US = 1000000,
    FOLLOW_UP_US = 50000,
    RENEWAL_BLOCKS_MAX = 2, /* so that members soon have their turn for a checkpoint */
    MINUTE_MS = 60000,
    DAY_MS = 24 * 60 * MINUTE_MS,
};

struct schedule {
    const struct fuzz_options *options;
    struct fuzz_verdict *verdict;
    struct simulation *simulation;
    struct watch *watch;
    struct ledger_checker *ledger_checker;
    struct workload *workload; /* NULL: no clients */
    struct workload_results *results;
    struct adversary *adversaries[HOSTS_MAX];
    struct fuzz_faults *faults;
    struct fuzz_oracle *oracle;
    struct fuzz_trace trace;
    bool canary; /* a lie is still to be told */
    enum fuzz_phase phase;
    enum fuzz_outcome outcome;
    uint64_t final_height; /* highest of a healthy member */
    uint64_t executed_height;
    struct fuzz_figures totals; /* of both phases so far */
    struct fuzz_oracle_member members[FUZZ_MEMBERS_MAX];
    struct member_set core;
    uint32_t latencies[HOSTS_MAX * HOSTS_MAX];
};

__attribute__((format(printf, 3, 4))) static void conclude(struct schedule *schedule,
                                                           enum fuzz_outcome outcome,
                                                           const char *format, ...)
{
    va_list arguments;
    if (schedule->outcome != FUZZ_PASSED) {
        return; /* the first reason counts */
    }
    schedule->outcome = outcome;
    va_start(arguments, format);
    (void)vsnprintf(schedule->verdict->text, sizeof schedule->verdict->text, format, arguments);
    va_end(arguments);
}

static uint32_t member_of(const struct schedule *schedule, uint32_t host)
{
    return simulation_member_of(schedule->options->member_count, host);
}

static bool is_healthy(const struct schedule *schedule, uint32_t host)
{
    return fuzz_options_healthy(schedule->options, member_of(schedule, host));
}

/* ----------------------------------------------------------------------------------- observer */

static void on_committed(void *context, uint32_t host, uint64_t height, const uint8_t *stored,
                         size_t size)
{
    struct schedule *schedule = context;
    (void)stored;
    (void)size;
    if (is_healthy(schedule, host) && height > schedule->final_height) {
        schedule->final_height = height;
    }
}

static void on_executed(void *context, uint32_t host, const struct simulation_executed *executed)
{
    struct schedule *schedule = context;
    if (is_healthy(schedule, host) && executed->height > schedule->executed_height) {
        schedule->executed_height = executed->height;
        schedule->totals.envelopes += executed->envelope_count;
    }
}

static void on_evidence(void *context, uint32_t host, const uint8_t *bytes, size_t size)
{
    struct schedule *schedule = context;
    (void)host;
    (void)bytes;
    (void)size;
    schedule->totals.evidence++;
}

static void on_started(void *context, uint32_t host, bool mute)
{
    struct schedule *schedule = context;
    schedule->totals.starts++;
    if (mute && is_healthy(schedule, host)) {
        conclude(schedule, FUZZ_UNSAFE, "healthy member %u started mute", host);
    }
}

static void on_stopped(void *context, uint32_t host, enum simulation_stop why)
{
    struct schedule *schedule = context;
    schedule->totals.stops++;
    if (why == STOP_HALT && is_healthy(schedule, host)) {
        conclude(schedule, FUZZ_UNSAFE, "healthy member %u halted", host);
    }
}

static void on_damage(void *context, uint32_t member, enum fuzz_fault damage)
{
    struct schedule *schedule = context;
    if (damage == FUZZ_AMNESIA || damage == FUZZ_WIPE) {
        watch_journal_lost(schedule->watch, member);
    } else {
        watch_damaged(schedule->watch, member);
    }
}

/* ----------------------------------------------------------------------------------- creation */

struct market *fuzz_schedule_market(void)
{
    struct market_config config;
    memset(&config, 0, sizeof config);
    market_config_small(&config);
    return market_new(&config);
}

/* The minute of the day at which the event comes, by the plan. */
static uint32_t hour_minute(const struct rule_set *rules, enum fuzz_hour hour)
{
    const struct day_plan *plan = &rules->plan;
    const uint32_t minutes[] = {
        [FUZZ_HOUR_REAL_TIME] = plan->real_time_minute,
        [FUZZ_HOUR_WINDOW] = plan->window[0].opens_minute,
        [FUZZ_HOUR_WINDOW_END] = (uint32_t)plan->window[0].opens_minute + plan->window[0].minutes,
        [FUZZ_HOUR_LAST_WINDOW] = (uint32_t)plan->dvp_cut_off_minute - plan->last_window_minutes,
        [FUZZ_HOUR_DVP_CUT_OFF] = plan->dvp_cut_off_minute,
        [FUZZ_HOUR_CASH_CUT_OFF] = plan->cash_cut_off_minute,
        [FUZZ_HOUR_END_OF_DAY] = plan->end_of_day_minute,
        [FUZZ_HOUR_CHANGE] = rules->day_change_minute,
        [FUZZ_HOUR_NIGHT_TIME] = plan->night_time_minute,
        [FUZZ_HOUR_TURN] = rules->day_change_minute,
    };
    TALLY_ASSERT(hour < FUZZ_HOUR_COUNT);
    return minutes[hour];
}

/* The day of T2S; for the turn, all of its end and the next one's beginning in one minute. */
static void hour_rules(enum fuzz_hour hour, struct rule_set *rules)
{
    rules->plan.continuous = false;
    if (hour == FUZZ_HOUR_TURN) {
        rules->plan.dvp_cut_off_minute = rules->day_change_minute;
        rules->plan.cash_cut_off_minute = rules->day_change_minute;
        rules->plan.fop_cut_off_minute = rules->day_change_minute;
        rules->plan.end_of_day_minute = rules->day_change_minute;
        rules->plan.start_of_day_minute = rules->day_change_minute;
        rules->plan.night_time_minute = rules->day_change_minute;
    }
}

struct market *fuzz_schedule_market_of(const struct fuzz_options *options)
{
    struct market_config config;
    memset(&config, 0, sizeof config);
    if (fuzz_options_have(options, FUZZ_DESK)) {
        market_config_desk(&config);
    } else {
        market_config_small(&config);
    }
    if (fuzz_options_have(options, FUZZ_DAY)) {
        hour_rules(options->hour, &config.rules);
        config.time_ms = config.time_ms - config.time_ms % DAY_MS +
                         (uint64_t)hour_minute(&config.rules, options->hour) * MINUTE_MS -
                         SIMULATION_BEGIN_MS - options->hour_lead_ms;
    }
    config.limits.renewal_blocks_max = RENEWAL_BLOCKS_MAX;
    return market_new(&config);
}

static void fill_network(struct schedule *schedule, uint32_t host_count,
                         struct network_config *network)
{
    const struct fuzz_options *options = schedule->options;
    for (uint32_t from = 0; from < host_count; from++) {
        for (uint32_t to = 0; to < host_count; to++) {
            schedule->latencies[from * host_count + to] = fuzz_options_latency_us(
                options, member_of(schedule, from), member_of(schedule, to));
        }
    }
    network->latency_us = schedule->latencies;
    network->jitter_us = options->jitter_us + options->delay_us;
    network->straggler_permille = options->straggler_permille;
    network->straggler_us = options->straggler_us;
    network->uplink_bytes_per_s = options->uplink_bytes_per_s;
    network->queue_bytes_max = options->queue_bytes_max;
    network->reorder = fuzz_options_have(options, FUZZ_REORDER);
    network->loss_permille = options->loss_permille;
    network->duplicate_permille = options->duplicate_permille;
}

static void fill_settings(const struct fuzz_options *options, const struct market *market,
                          struct simulation_config *config)
{
    const uint32_t room = options->waiting_count_max * options->envelope_bytes_max;
    config->timing = (struct consensus_timing){
        .d0_ms = options->d0_ms,
        .d_max_ms = options->d_max_ms,
        .heartbeat_ms = options->heartbeat_ms,
        .block_interval_min_ms = options->block_interval_min_ms,
        .retry_ms = options->retry_ms,
        .skip_ms = options->skip_ms,
        .clock_drift_ms = CLOCK_DRIFT_MS,
    };
    config->limits = (struct consensus_limits){
        .batch_bytes_max = options->batch_bytes_max,
        .lane_quota_batches = options->lane_quota_batches,
        .lane_quota_bytes = options->lane_quota_batches * options->batch_bytes_max,
        .lane_window = options->lane_window,
        .skipped_views_max = options->skipped_views_max,
    };
    config->admission = (struct admission_config){
        .batch_bytes_max = options->batch_bytes_max,
        .batch_age_ms = options->batch_age_ms,
        .envelope_bytes_max = options->envelope_bytes_max,
        .validity_ahead_ms = market_configuration(market)->limits.validity_ahead_ms,
        .waiting_bytes_max = room > options->batch_bytes_max ? room : options->batch_bytes_max,
        .waiting_count_max = options->waiting_count_max,
        .remembered_count_max = options->remembered_count_max,
    };
    config->envelope_count_max =
        executor_envelope_bound((uint64_t)options->member_count * config->limits.lane_quota_bytes);
    config->checkpoint_bytes = options->checkpoint_bytes;
    config->journal_bytes = options->journal_bytes;
    config->segment_bytes = options->segment_bytes;
}

static bool simulation_make(struct schedule *schedule, const struct market *market, bool trace)
{
    const struct fuzz_options *options = schedule->options;
    struct simulation_config config;
    simulation_config_defaults(&config, (uint16_t)options->member_count, market_genesis(market));
    config.seed = options->seed;
    config.twin_count = (uint16_t)options->twin_count;
    fill_settings(options, market, &config);
    fill_network(schedule, options->member_count + options->twin_count, &config.network);
    config.costs.step_ns = (uint64_t)options->step_us * 1000;
    config.costs.check_envelope_ns = (uint64_t)options->step_us * 1000;
    config.costs.execute_block_ns = (uint64_t)options->execute_us * 1000;
    config.trace = trace;
    schedule->simulation = simulation_new(&config);
    return schedule->simulation != NULL;
}

static bool workload_make(struct schedule *schedule, const struct market *market)
{
    const struct fuzz_options *options = schedule->options;
    struct workload_config config;
    if (options->envelope_period_ms == 0) {
        return true;
    }
    workload_config_default(&config);
    config.source.seed = options->seed;
    config.source.instruction_count_max = INSTRUCTIONS_MAX;
    config.source.instructions_per_envelope = 1;
    config.source.validity_ms = options->validity_ms;
    config.source.flaw_permille = (uint16_t)options->flaw_permille;
    config.source.hot_permille = (uint16_t)options->hot_permille;
    config.source.parts_permille = (uint16_t)options->parts_permille;
    config.source.tied_permille = (uint16_t)options->tied_permille;
    config.source.ring_permille = (uint16_t)options->ring_permille;
    config.source.desk_permille = (uint16_t)options->desk_permille;
    for (uint32_t kind = 0; kind < WORKLOAD_KIND_COUNT; kind++) {
        config.source.share[kind] = (uint16_t)options->shares[kind];
    }
    config.points[0] = (struct workload_point){0, 1 + 1000 / options->envelope_period_ms};
    config.point_count = 1;
    config.begin_us = 0;
    config.end_us = (uint64_t)options->safety_ms * 1000;
    config.follow_up_us = FOLLOW_UP_US;
    config.latency_us = options->near_us;
    config.timeout_us = CLIENT_TIMEOUT_US;
    config.home = HOME_RANDOM;
    config.duplicate_permille = options->member_count > 1 ? (uint16_t)options->repeat_permille : 0;
    config.duplicate_members = options->member_count > 2 ? 3 : 2;
    TALLY_ASSERT(workload_fault(&config, market, options->member_count) == NULL);
    schedule->workload = workload_new(&config, market, schedule->simulation);
    schedule->results = calloc(1, sizeof *schedule->results);
    if (schedule->workload != NULL) {
        workload_on_promise(schedule->workload, ledger_checker_promised, schedule->ledger_checker);
    }
    return schedule->workload != NULL && schedule->results != NULL;
}

/* Views after which the view timer grows no more: D0 times 1.25 for each beyond the second. */
static uint32_t timer_views(const struct fuzz_options *options)
{
    uint64_t timer = options->d0_ms;
    uint32_t views = 3;
    while (timer < options->d_max_ms) {
        timer += timer / 4 + 1;
        views++;
    }
    return views;
}

/*
 * Who may sign anything: also a member whose disk rots. Where the last record of a log was synced
 * and rots, the log looks as if it had ended before it, and what it said may be said differently.
 */
static void lying_disks_add(const struct fuzz_options *options, const struct member_set *byzantine,
                            struct member_set *lying)
{
    *lying = *byzantine;
    for (uint32_t member = 0; member < options->member_count; member++) {
        enum fuzz_fault damage;
        if (fuzz_options_damaged(options, member, &damage) && damage == FUZZ_ROT) {
            member_set_add(lying, member);
        }
    }
}

static bool parts_make(struct schedule *schedule, const struct market *market, FILE *trace)
{
    const struct fuzz_options *options = schedule->options;
    const struct simulation_observer observer = {.context = schedule,
                                                 .committed = on_committed,
                                                 .executed = on_executed,
                                                 .evidence = on_evidence,
                                                 .started = on_started,
                                                 .stopped = on_stopped};
    const struct fuzz_oracle_config oracle = {
        .member_count = options->member_count,
        .timer_views = timer_views(options),
        .visits_max = VISITS_MAX,
        .patience_us = (uint64_t)options->liveness_ms * 1000 / 2,
    };
    struct member_set byzantine = {{0}};
    struct member_set lying;
    for (uint32_t member = 0; member < options->member_count; member++) {
        if ((options->core >> member & 1u) != 0) {
            member_set_add(&schedule->core, member);
        }
        if (fuzz_options_kinds(options, member) != 0) {
            member_set_add(&byzantine, member);
        }
    }
    lying_disks_add(options, &byzantine, &lying);
    if (!simulation_make(schedule, market, trace != NULL)) {
        return false;
    }
    if (trace != NULL) {
        fuzz_trace_begin(&schedule->trace, schedule->simulation, trace);
    }
    schedule->watch = watch_new(schedule->simulation, &lying);
    schedule->ledger_checker =
        ledger_checker_new(schedule->simulation, options->member_count, &byzantine);
    schedule->oracle = fuzz_oracle_new(&oracle);
    simulation_observe(schedule->simulation, &observer);
    if (schedule->watch == NULL || schedule->ledger_checker == NULL || schedule->oracle == NULL ||
        !workload_make(schedule, market)) {
        return false;
    }
    for (uint32_t host = 0; host < simulation_host_count(schedule->simulation); host++) {
        const uint32_t member = member_of(schedule, host);
        const uint32_t kinds = fuzz_options_kinds(options, member);
        if (kinds != 0) {
            schedule->adversaries[host] =
                adversary_new(schedule->simulation, host, kinds, options->seed * 64 + member);
        }
    }
    schedule->faults =
        fuzz_faults_new(schedule->simulation, options, trace != NULL ? &schedule->trace : NULL,
                        on_damage, schedule);
    return schedule->faults != NULL;
}

static void parts_free(struct schedule *schedule)
{
    simulation_free(schedule->simulation);
    for (uint32_t host = 0; host < HOSTS_MAX; host++) {
        if (schedule->adversaries[host] != NULL) {
            adversary_free(schedule->adversaries[host]);
        }
    }
    workload_free(schedule->workload);
    free(schedule->results);
    ledger_checker_free(schedule->ledger_checker);
    watch_free(schedule->watch);
    fuzz_oracle_free(schedule->oracle);
    fuzz_faults_free(schedule->faults);
}

/* ------------------------------------------------------------------------------------- phases */

/* What the clients learned must agree with what they handed in. */
static void ask_clients(struct schedule *schedule)
{
    if (schedule->workload == NULL) {
        return;
    }
    const struct workload_book *book = workload_book_of(schedule->workload);
    if (workload_book_contradictions(book) > 0) {
        conclude(schedule, FUZZ_UNSAFE, "clients: %u events that nobody asked for",
                 workload_book_contradictions(book));
    }
    if (workload_book_flawed_done(book) > 0) {
        conclude(schedule, FUZZ_UNSAFE, "clients: %u commands of flawed envelopes were done",
                 workload_book_flawed_done(book));
    }
}

/* Whether there is any reason to go on. */
static bool going_on(struct schedule *schedule)
{
    ask_clients(schedule);
    if (watch_violation(schedule->watch) != NULL) {
        conclude(schedule, FUZZ_UNSAFE, "%s", watch_violation(schedule->watch));
    }
    if (ledger_checker_violation(schedule->ledger_checker) != NULL) {
        conclude(schedule, FUZZ_UNSAFE, "%s", ledger_checker_violation(schedule->ledger_checker));
    }
    if (fuzz_faults_unexplained(schedule->faults) != NULL) {
        conclude(schedule, FUZZ_STUCK, "%s", fuzz_faults_unexplained(schedule->faults));
    }
    if (simulation_event_count(schedule->simulation) >= EVENTS_MAX) {
        conclude(schedule, FUZZ_STUCK, "more than %u events", (unsigned)EVENTS_MAX);
    }
    return schedule->outcome == FUZZ_PASSED;
}

/* What happened since the phase before. */
static void figures_take(struct schedule *schedule, enum fuzz_phase phase)
{
    struct fuzz_figures *totals = &schedule->totals;
    struct fuzz_figures *figures = &schedule->verdict->figures[phase];
    const struct fuzz_figures *before = &schedule->verdict->figures[FUZZ_SAFETY];
    struct network_counts network;
    network_counts_read(simulation_network(schedule->simulation), &network);
    totals->events = simulation_event_count(schedule->simulation);
    totals->time_us = simulation_now_us(schedule->simulation);
    totals->messages = network.delivered;
    totals->blocks = schedule->final_height;
    if (schedule->workload != NULL) {
        workload_results_read(schedule->workload, schedule->results);
        totals->settled = schedule->results->settled;
        memcpy(schedule->verdict->done, schedule->results->done, sizeof schedule->verdict->done);
        memcpy(schedule->verdict->refused, schedule->results->not_done,
               sizeof schedule->verdict->refused);
        schedule->verdict->drafted = schedule->results->drafted;
    }
    *figures = *totals;
    if (phase == FUZZ_LIVENESS) {
        figures->events -= before->events;
        figures->time_us -= before->time_us;
        figures->messages -= before->messages;
        figures->blocks -= before->blocks;
        figures->envelopes -= before->envelopes;
        figures->settled -= before->settled;
        figures->starts -= before->starts;
        figures->stops -= before->stops;
        figures->evidence -= before->evidence;
    }
}

/* Each of the checkers has to notice, so only one of them is told. */
static void lie_once(struct schedule *schedule)
{
    const bool to_ledger = schedule->options->seed % 2 == 0 && schedule->workload != NULL;
    if (schedule->canary) {
        schedule->canary = false;
        if (to_ledger) {
            ledger_checker_lie(schedule->ledger_checker);
        } else {
            watch_lie(schedule->watch);
        }
    }
}

static void run_safety(struct schedule *schedule)
{
    const uint64_t end_us = (uint64_t)schedule->options->safety_ms * 1000;
    while (going_on(schedule) && simulation_now_us(schedule->simulation) < end_us &&
           schedule->final_height < schedule->options->safety_blocks) {
        lie_once(schedule);
        if (!simulation_run_one(schedule->simulation)) {
            break;
        }
    }
}

/* What the core knows, for the oracle; the least height that all of it have executed. */
static uint64_t core_read(struct schedule *schedule)
{
    uint64_t least = UINT64_MAX;
    for (uint32_t member = 0; member < schedule->options->member_count; member++) {
        struct validator *validator = simulation_validator(schedule->simulation, member);
        struct fuzz_oracle_member *known = &schedule->members[member];
        known->present = member_set_has(&schedule->core, member) && validator_is_up(validator);
        if (known->present) {
            validator_summary(validator, &known->summary);
        }
        if (member_set_has(&schedule->core, member)) {
            const uint64_t height = known->present ? known->summary.exec_height : 0;
            least = height < least ? height : least;
        }
    }
    return least;
}

/* Nothing is owed to the clients of the core. */
static bool clients_content(struct schedule *schedule, struct workload_unfinished *unfinished)
{
    memset(unfinished, 0, sizeof *unfinished);
    return schedule->workload == NULL ||
           workload_at_rest(schedule->workload, &schedule->core, 0, unfinished);
}

static void conclude_stuck(struct schedule *schedule, uint64_t wanted,
                           const struct workload_unfinished *unfinished, bool loop)
{
    const bool lost = watch_exhausted(schedule->watch);
    conclude(schedule, lost ? FUZZ_LOST : FUZZ_STUCK,
             "not live%s: height %llu wanted; %u envelopes not executed (first %d), %u deals not "
             "settled (first %d), %u later parts",
             lost ? ", views exhausted" : "", (unsigned long long)wanted,
             unfinished->envelope_count, (int)unfinished->envelope, unfinished->deal_count,
             (int)unfinished->deal, unfinished->later_count);
    char *text = schedule->verdict->text;
    const size_t size = sizeof schedule->verdict->text;
    size_t used = strlen(text);
    for (uint32_t i = 0; i < schedule->options->member_count && used < size; i++) {
        const struct consensus_summary *summary = &schedule->members[i].summary;
        if (schedule->members[i].present) {
            used += (size_t)snprintf(
                text + used, size - used,
                "\n    %u: final %llu executed %llu view %llu final view %llu gap %llu%s%s", i,
                (unsigned long long)summary->final_height, (unsigned long long)summary->exec_height,
                (unsigned long long)summary->view, (unsigned long long)summary->final_view,
                (unsigned long long)summary->gap_view,
                summary->storage_failed ? ", storage failed" : "",
                summary->lane_closed ? ", lane closed" : "");
        }
    }
    if (loop && used + 1 < size) {
        used += (size_t)snprintf(text + used, size - used, "\n  a loop of %u situations:\n",
                                 fuzz_oracle_loop_size(schedule->oracle));
        if (used < size) {
            (void)fuzz_oracle_report(schedule->oracle, text + used, size - used);
        }
    }
}

static void begin_liveness(struct schedule *schedule)
{
    schedule->phase = FUZZ_LIVENESS;
    if (schedule->trace.stream != NULL) {
        fuzz_trace_line(&schedule->trace, 0, "the faults stop for the core");
    }
    if (!fuzz_faults_stop(schedule->faults)) {
        conclude(schedule, FUZZ_STUCK, "a healthy member cannot be started");
    }
    if (schedule->workload != NULL) {
        workload_stop(schedule->workload);
        workload_members(schedule->workload, &schedule->core);
    }
}

static void run_liveness(struct schedule *schedule)
{
    struct simulation *simulation = schedule->simulation;
    const uint64_t wanted = schedule->final_height + schedule->options->liveness_blocks;
    const uint64_t end_us =
        simulation_now_us(simulation) + (uint64_t)schedule->options->liveness_ms * 1000;
    struct workload_unfinished unfinished;
    bool content = false;
    bool loop = false;
    memset(&unfinished, 0, sizeof unfinished);
    begin_liveness(schedule);
    for (uint32_t slice = 1; going_on(schedule) && !content && !loop; slice++) {
        lie_once(schedule);
        simulation_run_until(simulation, simulation_now_us(simulation) + SLICE_US);
        if (slice % LOOK_SLICES == 0) {
            struct network_counts network;
            network_counts_read(simulation_network(simulation), &network);
            const uint64_t least = core_read(schedule);
            content = least >= wanted && clients_content(schedule, &unfinished);
            loop = !content && fuzz_oracle_look(schedule->oracle, simulation_now_us(simulation),
                                                network.delivered, schedule->members);
        }
        if (!content && (loop || simulation_now_us(simulation) >= end_us)) {
            (void)core_read(schedule);
            (void)clients_content(schedule, &unfinished);
            conclude_stuck(schedule, wanted, &unfinished, loop);
        }
    }
}

/* At the end the records of every honest ledger are counted again. */
static void audit(struct schedule *schedule)
{
    const struct fuzz_options *options = schedule->options;
    struct ledger_checker_counts counts;
    for (uint32_t member = 0; member < options->member_count; member++) {
        const struct validator *validator = simulation_validator(schedule->simulation, member);
        if (fuzz_options_kinds(options, member) == 0 && validator_is_up(validator)) {
            ledger_checker_audit(schedule->ledger_checker, member, validator_ledger(validator));
        }
    }
    ledger_checker_counts_read(schedule->ledger_checker, &counts);
    schedule->verdict->audits = counts.audits;
}

void fuzz_schedule_run(const struct fuzz_options *options, const struct market *market, bool canary,
                       FILE *trace, struct fuzz_verdict *verdict)
{
    struct schedule *schedule = calloc(1, sizeof *schedule);
    TALLY_ASSERT(schedule != NULL);
    memset(verdict, 0, sizeof *verdict);
    schedule->options = options;
    schedule->verdict = verdict;
    schedule->canary = canary;
    const bool special =
        fuzz_options_have(options, FUZZ_DAY) || fuzz_options_have(options, FUZZ_DESK);
    struct market *own = special ? fuzz_schedule_market_of(options) : NULL;
    const bool made = parts_make(schedule, own != NULL ? own : market, trace);
    TALLY_ASSERT(made && (own != NULL || !special));
    run_safety(schedule);
    figures_take(schedule, FUZZ_SAFETY);
    if (going_on(schedule)) {
        run_liveness(schedule);
        figures_take(schedule, FUZZ_LIVENESS);
    }
    audit(schedule);
    (void)going_on(schedule);
    verdict->outcome = schedule->outcome;
    verdict->digest = simulation_digest(schedule->simulation);
    fuzz_faults_count(schedule->faults, verdict->faults);
    for (uint32_t host = 0; host < HOSTS_MAX; host++) {
        uint64_t deeds[BYZANTINE_COUNT] = {0};
        if (schedule->adversaries[host] != NULL) {
            adversary_deeds(schedule->adversaries[host], deeds);
        }
        for (uint32_t kind = 0; kind < BYZANTINE_COUNT; kind++) {
            verdict->deeds[kind] += deeds[kind];
        }
    }
    parts_free(schedule);
    market_free(own);
    free(schedule);
}

void fuzz_figures_print(const struct fuzz_figures *figures, FILE *stream)
{
    static const char *const names[] = {"safety", "liveness"};
    fprintf(stream, "%-9s %12s %12s %12s %10s %11s %11s %10s %10s %10s\n", "phase", "events",
            "virtual s", "messages", "blocks", "envelopes", "settled", "starts", "stops",
            "evidence");
    for (int phase = 0; phase < FUZZ_PHASE_COUNT; phase++) {
        const struct fuzz_figures *one = &figures[phase];
        fprintf(stream, "%-9s %12llu %12.3f %12llu %10llu %11llu %11llu %10llu %10llu %10llu\n",
                names[phase], (unsigned long long)one->events, (double)one->time_us / 1e6,
                (unsigned long long)one->messages, (unsigned long long)one->blocks,
                (unsigned long long)one->envelopes, (unsigned long long)one->settled,
                (unsigned long long)one->starts, (unsigned long long)one->stops,
                (unsigned long long)one->evidence);
    }
}
