#include "client/genesis_ledger.h"

#include <string.h>

#include "ledger/values/date.h"

static uint32_t capacity(const struct genesis *genesis, enum genesis_capacity index)
{
    TALLY_ASSERT(genesis->capacities[index] <= UINT32_MAX);
    return (uint32_t)genesis->capacities[index];
}

static uint32_t limit(const struct genesis *genesis, enum genesis_limit index)
{
    TALLY_ASSERT(genesis->limits[index] <= UINT32_MAX);
    return (uint32_t)genesis->limits[index];
}

static uint16_t rule(const struct genesis *genesis, enum genesis_rule index)
{
    TALLY_ASSERT(genesis->rules[index] <= UINT16_MAX);
    return (uint16_t)genesis->rules[index];
}

static void capacity_make(const struct genesis *genesis, struct ledger_capacity *out)
{
    out->rule_sets = capacity(genesis, GENESIS_CAPACITY_RULE_SETS);
    out->parties = capacity(genesis, GENESIS_CAPACITY_PARTIES);
    out->keys = capacity(genesis, GENESIS_CAPACITY_KEYS);
    out->assets = capacity(genesis, GENESIS_CAPACITY_ASSETS);
    out->accounts = capacity(genesis, GENESIS_CAPACITY_ACCOUNTS);
    out->positions = capacity(genesis, GENESIS_CAPACITY_POSITIONS);
    out->instructions = capacity(genesis, GENESIS_CAPACITY_INSTRUCTIONS);
    out->matching_entries = capacity(genesis, GENESIS_CAPACITY_MATCHING_ENTRIES);
    out->instruction_ties = capacity(genesis, GENESIS_CAPACITY_INSTRUCTION_TIES);
    out->instruction_particulars = capacity(genesis, GENESIS_CAPACITY_INSTRUCTION_PARTICULARS);
    out->nonces = capacity(genesis, GENESIS_CAPACITY_NONCES);
    out->references = capacity(genesis, GENESIS_CAPACITY_REFERENCES);
    out->drafts = capacity(genesis, GENESIS_CAPACITY_DRAFTS);
    out->restrictions = capacity(genesis, GENESIS_CAPACITY_RESTRICTIONS);
    out->party_limits = capacity(genesis, GENESIS_CAPACITY_PARTY_LIMITS);
    out->restriction_types = capacity(genesis, GENESIS_CAPACITY_RESTRICTION_TYPES);
    out->block_receipts = capacity(genesis, GENESIS_CAPACITY_BLOCK_RECEIPTS);
    out->block_events = capacity(genesis, GENESIS_CAPACITY_BLOCK_EVENTS);
}

static void limits_make(const struct genesis *genesis, struct ledger_limits *out)
{
    out->validity_ahead_ms = genesis->limits[GENESIS_LIMIT_VALIDITY_MS];
    out->nonces_per_key = limit(genesis, GENESIS_LIMIT_KEY_NONCES);
    out->instructions_per_party = limit(genesis, GENESIS_LIMIT_PARTY_INSTRUCTIONS);
    out->references_per_party = limit(genesis, GENESIS_LIMIT_PARTY_REFERENCES);
    out->drafts_per_party = limit(genesis, GENESIS_LIMIT_PARTY_DRAFTS);
    out->draft_days = limit(genesis, GENESIS_LIMIT_DRAFT_DAYS);
    out->renewal_blocks_max = limit(genesis, GENESIS_LIMIT_RENEWAL_BLOCKS);
    out->renewal_records_max = limit(genesis, GENESIS_LIMIT_RENEWAL_RECORDS);
}

static void tolerance_make(const struct genesis *genesis, struct rule_set *out)
{
    _Static_assert(GENESIS_TOLERANCES_MAX <= RULE_TOLERANCE_MAX, "every tolerance has its place");
    _Static_assert(GENESIS_HOLIDAYS_MAX <= RULE_HOLIDAY_MAX, "every holiday has its place");

    out->tolerance_count = (uint8_t)genesis->tolerance_count;
    for (uint16_t i = 0; i < genesis->tolerance_count; i++) {
        const struct genesis_tolerance *row = &genesis->tolerances[i];
        bool parsed =
            asset_code_parse(row->currency, strlen(row->currency), &out->tolerance[i].currency);
        TALLY_ASSERT(parsed);
        out->tolerance[i].threshold = row->band;
        out->tolerance[i].below = row->small;
        out->tolerance[i].above = row->large;
    }
    out->holiday_count = (uint8_t)genesis->holiday_count;
    memcpy(out->holiday, genesis->holidays, genesis->holiday_count * sizeof genesis->holidays[0]);
}

static void valuation_make(const struct genesis *genesis, struct valuation *out)
{
    _Static_assert(GENESIS_RATES_MAX <= VALUATION_RATE_MAX, "every rate has its place");
    bool parsed =
        asset_code_parse(genesis->reference_currency, CURRENCY_SIZE, &out->reference_currency);

    out->rate_count = (uint8_t)genesis->rate_count;
    for (uint16_t i = 0; i < genesis->rate_count; i++) {
        const struct genesis_rate *row = &genesis->rates[i];
        parsed = asset_code_parse(row->currency, CURRENCY_SIZE, &out->rate[i].currency) && parsed;
        out->rate[i].own = row->own;
        out->rate[i].reference = row->reference;
    }
    TALLY_ASSERT(parsed);
}

static void rules_make(const struct genesis *genesis, struct rule_set *out)
{
    out->effective_date = date_from_ms(genesis->created_ms);
    out->day_change_minute = rule(genesis, GENESIS_RULE_DAY_CHANGE_MINUTE);
    out->closed_on_weekends = genesis->rules[GENESIS_RULE_CLOSED_ON_WEEKENDS] != 0;
    out->retention_days = rule(genesis, GENESIS_RULE_RETENTION_DAYS);
    out->settlement_ahead_days = rule(genesis, GENESIS_RULE_SETTLEMENT_AHEAD_DAYS);
    out->wake_budget = (uint32_t)genesis->rules[GENESIS_RULE_WAKE_BUDGET];
    out->optimisation_budget = (uint32_t)genesis->rules[GENESIS_RULE_OPTIMISATION_BUDGET];
    out->optimisation_pairs = (uint32_t)genesis->rules[GENESIS_RULE_OPTIMISATION_PAIRS];
    out->partial_value_unit = (int64_t)genesis->rules[GENESIS_RULE_PARTIAL_VALUE_UNIT];
    out->partial_value_nominal = (int64_t)genesis->rules[GENESIS_RULE_PARTIAL_VALUE_NOMINAL];
    out->allegement_delay_minutes = rule(genesis, GENESIS_RULE_ALLEGEMENT_DELAY_MINUTES);
    out->allegement_late_minutes = rule(genesis, GENESIS_RULE_ALLEGEMENT_LATE_MINUTES);
    genesis_plan_make(genesis, &out->plan);
    out->approval = genesis->approval;
    tolerance_make(genesis, out);
    valuation_make(genesis, &out->valuation);
}

static void parties_make(const struct genesis *genesis, struct genesis_ledger *out)
{
    for (uint16_t i = 0; i < genesis->party_count; i++) {
        const struct genesis_party *row = &genesis->parties[i];
        struct command_party_add *add = &out->parties[i];
        bool parsed = bic_parse(row->bic, strlen(row->bic), &add->bic) &&
                      text35_parse(row->name, strlen(row->name), &add->name);
        TALLY_ASSERT(parsed);
        add->roles = row->roles;
    }
    for (uint16_t i = 0; i < genesis->key_count; i++) {
        const struct genesis_key *row = &genesis->keys[i];
        struct command_key_add *add = &out->keys[i];
        add->bic = out->parties[row->party].bic;
        add->public_key = row->signing;
        add->channel_key = row->channel;
        add->rights = row->rights;
        add->amount_limit = row->limit;
        add->day_limit = INT64_MAX;
        if (row->person[0] != 0) {
            bool named = text35_parse(row->person, strlen(row->person), &add->person);
            TALLY_ASSERT(named);
        }
        add->valid_from_ms = genesis->created_ms;
        add->valid_until_ms = GENESIS_KEY_VALID_UNTIL_MS;
    }
}

void genesis_ledger_make(const struct genesis *genesis, struct genesis_ledger *out)
{
    TALLY_ASSERT(genesis->party_count > 0 && genesis->key_count > 0);
    TALLY_ASSERT(!hash_is_zero(&genesis->chain_id));
    memset(out, 0, sizeof *out);
    out->ledger.chain_id = genesis->chain_id;
    out->ledger.time_ms = genesis->created_ms;
    capacity_make(genesis, &out->ledger.capacity);
    limits_make(genesis, &out->ledger.limits);
    rules_make(genesis, &out->ledger.rules);
    parties_make(genesis, out);
    out->ledger.parties = out->parties;
    out->ledger.party_count = genesis->party_count;
    out->ledger.keys = out->keys;
    out->ledger.key_count = genesis->key_count;
}

/* ---- Back again --------------------------------------------------------------------------- */

static void currency_text(const struct asset_code *code, char out[4])
{
    memset(out, 0, 4);
    memcpy(out, code->text, code->size < 3 ? code->size : 3);
}

static void plan_take(const struct day_plan *plan, struct genesis *out)
{
    out->rules[GENESIS_RULE_CONTINUOUS_DAY] = plan->continuous ? 1 : 0;
    out->rules[GENESIS_RULE_START_OF_DAY_MINUTE] = plan->start_of_day_minute;
    out->rules[GENESIS_RULE_NIGHT_TIME_MINUTE] = plan->night_time_minute;
    out->rules[GENESIS_RULE_REAL_TIME_MINUTE] = plan->real_time_minute;
    out->rules[GENESIS_RULE_DVP_CUT_OFF_MINUTE] = plan->dvp_cut_off_minute;
    out->rules[GENESIS_RULE_CASH_CUT_OFF_MINUTE] = plan->cash_cut_off_minute;
    out->rules[GENESIS_RULE_FOP_CUT_OFF_MINUTE] = plan->fop_cut_off_minute;
    out->rules[GENESIS_RULE_END_OF_DAY_MINUTE] = plan->end_of_day_minute;
    out->rules[GENESIS_RULE_EXTENSION_MINUTES] = plan->extension_minutes_max;
    out->rules[GENESIS_RULE_LAST_WINDOW_MINUTES] = plan->last_window_minutes;
    out->rules[GENESIS_RULE_RECYCLING_UNMATCHED_DAYS] = plan->recycling_unmatched_days;
    out->rules[GENESIS_RULE_RECYCLING_MATCHED_DAYS] = plan->recycling_matched_days;
    out->rules[GENESIS_RULE_SWEEP_BUDGET] = plan->sweep_budget;
    out->window_count = plan->window_count;
    memcpy(out->windows, plan->window, sizeof out->windows);
    out->cut_offs_count = plan->currency_count;
    memcpy(out->cut_offs, plan->currency, sizeof out->cut_offs);
    out->closing_count = plan->closing_count;
    memcpy(out->closings, plan->closing, sizeof out->closings);
}

static bool money_take(const struct rule_set *rules, struct genesis *out)
{
    if (rules->tolerance_count > GENESIS_TOLERANCES_MAX ||
        rules->valuation.rate_count > GENESIS_RATES_MAX ||
        rules->holiday_count > GENESIS_HOLIDAYS_MAX) {
        return false;
    }
    out->tolerance_count = rules->tolerance_count;
    for (uint16_t i = 0; i < rules->tolerance_count; i++) {
        struct genesis_tolerance *row = &out->tolerances[i];
        currency_text(&rules->tolerance[i].currency, row->currency);
        row->band = rules->tolerance[i].threshold;
        row->small = rules->tolerance[i].below;
        row->large = rules->tolerance[i].above;
    }
    currency_text(&rules->valuation.reference_currency, out->reference_currency);
    out->rate_count = rules->valuation.rate_count;
    for (uint16_t i = 0; i < out->rate_count; i++) {
        currency_text(&rules->valuation.rate[i].currency, out->rates[i].currency);
        out->rates[i].own = rules->valuation.rate[i].own;
        out->rates[i].reference = rules->valuation.rate[i].reference;
    }
    out->holiday_count = rules->holiday_count;
    memcpy(out->holidays, rules->holiday, rules->holiday_count * sizeof out->holidays[0]);
    return true;
}

bool genesis_rules_take(const struct rule_set *rules, struct genesis *genesis)
{
    struct genesis_fault fault;

    genesis->rules[GENESIS_RULE_DAY_CHANGE_MINUTE] = rules->day_change_minute;
    genesis->rules[GENESIS_RULE_CLOSED_ON_WEEKENDS] = rules->closed_on_weekends ? 1 : 0;
    genesis->rules[GENESIS_RULE_RETENTION_DAYS] = rules->retention_days;
    genesis->rules[GENESIS_RULE_SETTLEMENT_AHEAD_DAYS] = rules->settlement_ahead_days;
    genesis->rules[GENESIS_RULE_WAKE_BUDGET] = rules->wake_budget;
    genesis->rules[GENESIS_RULE_OPTIMISATION_BUDGET] = rules->optimisation_budget;
    genesis->rules[GENESIS_RULE_OPTIMISATION_PAIRS] = rules->optimisation_pairs;
    genesis->rules[GENESIS_RULE_PARTIAL_VALUE_UNIT] = (uint64_t)rules->partial_value_unit;
    genesis->rules[GENESIS_RULE_PARTIAL_VALUE_NOMINAL] = (uint64_t)rules->partial_value_nominal;
    genesis->rules[GENESIS_RULE_ALLEGEMENT_DELAY_MINUTES] = rules->allegement_delay_minutes;
    genesis->rules[GENESIS_RULE_ALLEGEMENT_LATE_MINUTES] = rules->allegement_late_minutes;
    plan_take(&rules->plan, genesis);
    genesis->approval = rules->approval;
    return money_take(rules, genesis) && genesis_consistent(genesis, &fault);
}
