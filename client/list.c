#include "client/list.h"

#include <stddef.h>

#define COLUMNS(array) array, sizeof(array) / sizeof(array)[0]

static const struct list_column history_columns[] = {
    {"time", LIST_TEXT, LIST_ROLE_DATE},         {"height", LIST_INTEGER, LIST_ROLE_NONE},
    {"party", LIST_TEXT, LIST_ROLE_PARTY},       {"reference", LIST_TEXT, LIST_ROLE_REFERENCE},
    {"event", LIST_TEXT, LIST_ROLE_NONE},        {"dimension", LIST_TEXT, LIST_ROLE_NONE},
    {"status", LIST_TEXT, LIST_ROLE_NONE},       {"reason", LIST_TEXT, LIST_ROLE_REASON},
    {"who_must_act", LIST_TEXT, LIST_ROLE_NONE}, {"by", LIST_TEXT, LIST_ROLE_NONE},
    {"counterparty", LIST_TEXT, LIST_ROLE_NONE}, {"asset", LIST_TEXT, LIST_ROLE_ASSET},
    {"quantity", LIST_DECIMAL, LIST_ROLE_NONE},  {"currency", LIST_TEXT, LIST_ROLE_NONE},
    {"amount", LIST_DECIMAL, LIST_ROLE_NONE},
};

static const struct list_column draft_columns[] = {
    {"party", LIST_TEXT, LIST_ROLE_PARTY},    {"reference", LIST_TEXT, LIST_ROLE_REFERENCE},
    {"command", LIST_TEXT, LIST_ROLE_NONE},   {"what", LIST_TEXT, LIST_ROLE_NONE},
    {"person", LIST_TEXT, LIST_ROLE_NONE},    {"submitted_by", LIST_TEXT, LIST_ROLE_NONE},
    {"height", LIST_INTEGER, LIST_ROLE_NONE}, {"lapses", LIST_TEXT, LIST_ROLE_NONE},
    {"content", LIST_TEXT, LIST_ROLE_NONE},
};

static const struct list_column movement_columns[] = {
    {"date", LIST_TEXT, LIST_ROLE_DATE},           {"time", LIST_TEXT, LIST_ROLE_NONE},
    {"height", LIST_INTEGER, LIST_ROLE_NONE},      {"party", LIST_TEXT, LIST_ROLE_PARTY},
    {"account", LIST_TEXT, LIST_ROLE_ACCOUNT},     {"asset", LIST_TEXT, LIST_ROLE_ASSET},
    {"change", LIST_DECIMAL, LIST_ROLE_NONE},      {"event", LIST_TEXT, LIST_ROLE_NONE},
    {"reference", LIST_TEXT, LIST_ROLE_REFERENCE}, {"counterparty", LIST_TEXT, LIST_ROLE_NONE},
};

static const struct list_column allegement_columns[] = {
    {"party", LIST_TEXT, LIST_ROLE_PARTY},          {"counterparty", LIST_TEXT, LIST_ROLE_OTHER},
    {"reference", LIST_TEXT, LIST_ROLE_REFERENCE},  {"movement", LIST_TEXT, LIST_ROLE_NONE},
    {"payment", LIST_TEXT, LIST_ROLE_NONE},         {"isin", LIST_TEXT, LIST_ROLE_ASSET},
    {"quantity", LIST_DECIMAL, LIST_ROLE_NONE},     {"currency", LIST_TEXT, LIST_ROLE_NONE},
    {"amount", LIST_DECIMAL, LIST_ROLE_NONE},       {"trade_date", LIST_TEXT, LIST_ROLE_NONE},
    {"settlement_date", LIST_TEXT, LIST_ROLE_DATE}, {"common_reference", LIST_TEXT, LIST_ROLE_NONE},
    {"since", LIST_TEXT, LIST_ROLE_NONE},
};

/* Everybody's. */
static const struct list_column day_columns[] = {
    {"date", LIST_TEXT, LIST_ROLE_DATE},      {"event", LIST_TEXT, LIST_ROLE_NONE},
    {"currency", LIST_TEXT, LIST_ROLE_ASSET}, {"planned", LIST_TEXT, LIST_ROLE_NONE},
    {"revised", LIST_TEXT, LIST_ROLE_NONE},   {"effective", LIST_TEXT, LIST_ROLE_NONE},
};

static const struct list_column link_columns[] = {
    {"party", LIST_TEXT, LIST_ROLE_PARTY},
    {"reference", LIST_TEXT, LIST_ROLE_REFERENCE},
    {"link", LIST_TEXT, LIST_ROLE_NONE},
    {"linked_party", LIST_TEXT, LIST_ROLE_NONE},
    {"linked_reference", LIST_TEXT, LIST_ROLE_NONE},
    {"pool", LIST_TEXT, LIST_ROLE_NONE},
    {"pool_number", LIST_INTEGER, LIST_ROLE_NONE},
    {"pool_total", LIST_INTEGER, LIST_ROLE_NONE},
};

static const struct list_column forecast_columns[] = {
    {"line", LIST_TEXT, LIST_ROLE_NONE},
    {"outcome", LIST_TEXT, LIST_ROLE_NONE},
    {"reference", LIST_TEXT, LIST_ROLE_REFERENCE},
    {"party", LIST_TEXT, LIST_ROLE_PARTY},
    {"counterparty_reference", LIST_TEXT, LIST_ROLE_NONE},
    {"counterparty", LIST_TEXT, LIST_ROLE_NONE},
    {"isin", LIST_TEXT, LIST_ROLE_ASSET},
    {"quantity", LIST_DECIMAL, LIST_ROLE_NONE},
    {"currency", LIST_TEXT, LIST_ROLE_NONE},
    {"amount", LIST_DECIMAL, LIST_ROLE_NONE},
    {"reason", LIST_TEXT, LIST_ROLE_REASON},
    {"who_must_act", LIST_TEXT, LIST_ROLE_NONE},
    {"account", LIST_TEXT, LIST_ROLE_ACCOUNT},
    {"lacks", LIST_TEXT, LIST_ROLE_NONE},
    {"short_by", LIST_DECIMAL, LIST_ROLE_NONE},
    {"pairs", LIST_INTEGER, LIST_ROLE_NONE},
    {"value", LIST_DECIMAL, LIST_ROLE_NONE},
    {"part_quantity", LIST_DECIMAL, LIST_ROLE_NONE},
    {"part_amount", LIST_DECIMAL, LIST_ROLE_NONE},
};

static const struct list_column key_columns[] = {
    {"party", LIST_TEXT, LIST_ROLE_PARTY},      {"person", LIST_TEXT, LIST_ROLE_NONE},
    {"public_key", LIST_TEXT, LIST_ROLE_NONE},  {"status", LIST_TEXT, LIST_ROLE_NONE},
    {"rights", LIST_TEXT, LIST_ROLE_NONE},      {"kinds", LIST_TEXT, LIST_ROLE_NONE},
    {"asset_kinds", LIST_TEXT, LIST_ROLE_NONE}, {"accounts", LIST_TEXT, LIST_ROLE_NONE},
    {"limit", LIST_TEXT, LIST_ROLE_NONE},       {"day_limit", LIST_TEXT, LIST_ROLE_NONE},
    {"day", LIST_TEXT, LIST_ROLE_NONE},         {"day_used", LIST_INTEGER, LIST_ROLE_NONE},
    {"valid_until", LIST_TEXT, LIST_ROLE_NONE},
};

static const struct list_column policy_columns[] = {
    {"party", LIST_TEXT, LIST_ROLE_PARTY},
    {"kinds", LIST_TEXT, LIST_ROLE_NONE},
    {"limit", LIST_TEXT, LIST_ROLE_NONE},
};

static const struct list_column restriction_columns[] = {
    {"party", LIST_TEXT, LIST_ROLE_PARTY},       {"reference", LIST_TEXT, LIST_ROLE_REFERENCE},
    {"holder", LIST_TEXT, LIST_ROLE_OTHER},      {"account", LIST_TEXT, LIST_ROLE_ACCOUNT},
    {"asset", LIST_TEXT, LIST_ROLE_ASSET},       {"kind", LIST_TEXT, LIST_ROLE_NONE},
    {"status", LIST_TEXT, LIST_ROLE_NONE},       {"reason", LIST_TEXT, LIST_ROLE_REASON},
    {"initial", LIST_DECIMAL, LIST_ROLE_NONE},   {"used", LIST_DECIMAL, LIST_ROLE_NONE},
    {"remaining", LIST_DECIMAL, LIST_ROLE_NONE}, {"to_fill", LIST_DECIMAL, LIST_ROLE_NONE},
    {"since", LIST_TEXT, LIST_ROLE_DATE},
};

static const struct list_column limit_columns[] = {
    {"party", LIST_TEXT, LIST_ROLE_PARTY},   {"scope", LIST_TEXT, LIST_ROLE_NONE},
    {"of", LIST_TEXT, LIST_ROLE_NONE},       {"asset", LIST_TEXT, LIST_ROLE_ASSET},
    {"limit", LIST_DECIMAL, LIST_ROLE_NONE}, {"used", LIST_DECIMAL, LIST_ROLE_NONE},
    {"date", LIST_TEXT, LIST_ROLE_DATE},
};

static const struct list_column attorney_columns[] = {
    {"party", LIST_TEXT, LIST_ROLE_PARTY},
    {"attorney", LIST_TEXT, LIST_ROLE_OTHER},
    {"account", LIST_TEXT, LIST_ROLE_ACCOUNT},
};

static const struct list_column restriction_type_columns[] = {
    {"party", LIST_TEXT, LIST_ROLE_PARTY},
    {"reference", LIST_TEXT, LIST_ROLE_REFERENCE},
    {"processing", LIST_TEXT, LIST_ROLE_NONE},
    {"object", LIST_TEXT, LIST_ROLE_NONE},
    {"holder", LIST_TEXT, LIST_ROLE_NONE},
    {"account", LIST_TEXT, LIST_ROLE_NONE},
    {"asset", LIST_TEXT, LIST_ROLE_ASSET},
    {"from", LIST_TEXT, LIST_ROLE_DATE},
    {"to", LIST_TEXT, LIST_ROLE_NONE},
    {"rules", LIST_TEXT, LIST_ROLE_NONE},
    {"rule", LIST_INTEGER, LIST_ROLE_NONE},
    {"if_party", LIST_TEXT, LIST_ROLE_NONE},
    {"if_security", LIST_TEXT, LIST_ROLE_NONE},
    {"if_account", LIST_TEXT, LIST_ROLE_NONE},
    {"if_cash_account", LIST_TEXT, LIST_ROLE_NONE},
    {"if_currency", LIST_TEXT, LIST_ROLE_NONE},
    {"if_movement", LIST_TEXT, LIST_ROLE_NONE},
    {"if_payment", LIST_TEXT, LIST_ROLE_NONE},
    {"if_sign", LIST_TEXT, LIST_ROLE_NONE},
    {"if_type", LIST_TEXT, LIST_ROLE_NONE},
};

static const struct list_form forms[] = {
    {LIST_HISTORY, "history", COLUMNS(history_columns), false},
    {LIST_DRAFTS, "drafts", COLUMNS(draft_columns), false},
    {LIST_MOVEMENTS, "movements", COLUMNS(movement_columns), false},
    {LIST_ALLEGEMENTS, "allegements", COLUMNS(allegement_columns), false},
    {LIST_DAY, "day", COLUMNS(day_columns), false},
    {LIST_LINKS, "links", COLUMNS(link_columns), false},
    {LIST_FORECAST, "forecast", COLUMNS(forecast_columns), true},
    {LIST_KEYS, "keys", COLUMNS(key_columns), false},
    {LIST_POLICIES, "policies", COLUMNS(policy_columns), false},
    {LIST_RESTRICTIONS, "restrictions", COLUMNS(restriction_columns), false},
    {LIST_LIMITS, "limits", COLUMNS(limit_columns), false},
    {LIST_ATTORNEYS, "attorneys", COLUMNS(attorney_columns), false},
    {LIST_RESTRICTION_TYPES, "restriction_types", COLUMNS(restriction_type_columns), false},
};

const struct list_form *list_form_at(unsigned index)
{
    return index < sizeof forms / sizeof forms[0] ? &forms[index] : NULL;
}

const struct list_form *list_form_of(enum list_kind kind)
{
    const struct list_form *form;

    for (unsigned i = 0; (form = list_form_at(i)) != NULL; i++) {
        if (form->kind == kind) {
            return form;
        }
    }
    return NULL;
}

unsigned list_form_column(const struct list_form *form, enum list_role role)
{
    for (unsigned i = 0; i < form->column_count; i++) {
        if (form->columns[i].role == role) {
            return i;
        }
    }
    return form->column_count;
}
