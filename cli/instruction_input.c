#include "cli/instruction_input.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "cli/decimal.h"
#include "ledger/values/date.h"

static const char *const field_names[INPUT_FIELD_COUNT] = {
#define X(name, column, option) column,
    INPUT_FIELD_LIST(X)
#undef X
};

struct code {
    const char *text;
    uint8_t number;
};

static const struct code movement_codes[] = {
    {"DELI", MOVEMENT_DELI}, {"RECE", MOVEMENT_RECE}, {NULL, 0}};
static const struct code payment_codes[] = {
    {"APMT", PAYMENT_APMT}, {"FREE", PAYMENT_FREE}, {NULL, 0}};
static const struct code credit_debit_codes[] = {
    {"CRDT", CREDIT_DEBIT_CRDT}, {"DBIT", CREDIT_DEBIT_DBIT}, {NULL, 0}};
static const struct code cum_ex_codes[] = {{"CCPN", CUM_EX_CCPN}, {"XCPN", CUM_EX_XCPN}, {NULL, 0}};
static const struct code partial_codes[] = {{"NPAR", PARTIAL_NPAR},
                                            {"PART", PARTIAL_PART},
                                            {"PARC", PARTIAL_PARC},
                                            {"PARQ", PARTIAL_PARQ},
                                            {NULL, 0}};
static const struct code priority_codes[] = {
    {"1", PRIORITY_RESERVED}, {"2", PRIORITY_TOP},         {"3", PRIORITY_HIGH},
    {"4", PRIORITY_NORMAL},   {"0001", PRIORITY_RESERVED}, {"0002", PRIORITY_TOP},
    {"0003", PRIORITY_HIGH},  {"0004", PRIORITY_NORMAL},   {NULL, 0}};
static const struct code hold_codes[] = {
    {"yes", 1}, {"true", 1}, {"no", 0}, {"false", 0}, {NULL, 0}};
static const struct code link_codes[] = {
    {"BEFO", LINK_BEFO}, {"AFTE", LINK_AFTE}, {"WITH", LINK_WITH}, {"INFO", LINK_INFO}, {NULL, 0}};
static const struct code type_codes[] = {
#define X(code, number, by) {#code, number},
    TRANSACTION_TYPES(X)
#undef X
        {NULL, 0}};

struct maker {
    const struct instruction_input *input;
    struct input_fault *fault;
};

const char *input_field_name(enum input_field field)
{
    TALLY_ASSERT(field < INPUT_FIELD_COUNT);
    return field_names[field];
}

enum input_field input_field_find(const char *name)
{
    unsigned field = 0;

    while (field < INPUT_FIELD_COUNT && strcmp(field_names[field], name) != 0) {
        field++;
    }
    return (enum input_field)field;
}

__attribute__((format(printf, 4, 5))) static bool refuse(struct maker *maker,
                                                         enum input_field field, const char *hint,
                                                         const char *format, ...)
{
    va_list arguments;

    maker->fault->field = field;
    maker->fault->hint = hint;
    va_start(arguments, format);
    (void)vsnprintf(maker->fault->text, sizeof maker->fault->text, format, arguments);
    va_end(arguments);
    return false;
}

static const char *text_of(const struct maker *maker, enum input_field field)
{
    return maker->input->fields[field];
}

static bool given(const struct maker *maker, enum input_field field)
{
    return text_of(maker, field)[0] != 0;
}

static bool needed(struct maker *maker, enum input_field field)
{
    return given(maker, field) || refuse(maker, field, "fill it in", "is missing");
}

/* Absent: *out stays as it is. */
static bool take_code(struct maker *maker, enum input_field field, const struct code *codes,
                      const char *hint, uint8_t *out)
{
    if (!given(maker, field)) {
        return true;
    }
    for (; codes->text != NULL; codes++) {
        if (strcmp(codes->text, text_of(maker, field)) == 0) {
            *out = codes->number;
            return true;
        }
    }
    return refuse(maker, field, hint, "\"%s\" is not one of its codes", text_of(maker, field));
}

/* Codes of settlement conditions, with spaces between them. */
static bool take_conditions(struct maker *maker, uint32_t *out)
{
    const char *rest = text_of(maker, INPUT_CONDITIONS);

    while (*rest != 0) {
        size_t size = strcspn(rest, " ");
        uint32_t bit = 0;

        while (bit < CONDITION_COUNT && (size != strlen(condition_code(bit)) ||
                                         strncmp(rest, condition_code(bit), size) != 0)) {
            bit++;
        }
        if (bit == CONDITION_COUNT) {
            return refuse(maker, INPUT_CONDITIONS, "use codes such as NOMC, with spaces between",
                          "\"%s\" names no settlement condition", rest);
        }
        *out |= (condition_set)1 << bit;
        rest += size;
        rest += strspn(rest, " ");
    }
    return true;
}

static bool take_bic(struct maker *maker, enum input_field field, struct bic *out)
{
    const char *text = text_of(maker, field);

    return !given(maker, field) || bic_parse(text, strlen(text), out) ||
           refuse(maker, field, "write 8 or 11 capital letters and digits", "\"%s\" is not a BIC",
                  text);
}

static bool take_text(struct maker *maker, enum input_field field, struct text35 *out)
{
    const char *text = text_of(maker, field);

    return !given(maker, field) || text35_parse(text, strlen(text), out) ||
           refuse(maker, field, "use at most 35 letters, digits, blanks and /-?:().,'+",
                  "\"%s\" is too long or has other characters", text);
}

static bool take_asset(struct maker *maker, enum input_field field, struct asset_code *out)
{
    const char *text = text_of(maker, field);

    return asset_code_parse(text, strlen(text), out) ||
           refuse(maker, field, "check it letter by letter",
                  "\"%s\" is neither a currency nor an ISIN with a right check digit", text);
}

static bool take_date(struct maker *maker, enum input_field field, uint32_t *out)
{
    const char *text = text_of(maker, field);

    return date_parse(text, strlen(text), out) ||
           refuse(maker, field, "write it as 2026-11-22", "\"%s\" is not a date", text);
}

/* A quantity or amount, in the smallest unit of the asset named by another field. */
static bool take_quantity(struct maker *maker, enum input_field field, enum input_field asset,
                          const struct input_context *context, int64_t *out)
{
    unsigned decimals;
    enum decimal_status status;

    if (!context->decimals(context->decimals_context, text_of(maker, asset), &decimals)) {
        maker->fault->unknown = true;
        return refuse(maker, asset, "have it registered, or check it",
                      "\"%s\" is not on the ledger", text_of(maker, asset));
    }
    status = decimal_parse(text_of(maker, field), decimals, out);
    if (status != DECIMAL_OK) {
        return refuse(maker, field, decimal_status_hint(status), "\"%s\" is %s",
                      text_of(maker, field), decimal_status_text(status));
    }
    return *out >= 0 || refuse(maker, field, "write it without a sign", "is negative");
}

static bool make_codes(struct maker *maker, struct command_instruct *out)
{
    uint8_t hold = 0;

    out->payment = PAYMENT_APMT;
    out->priority = 0;
    out->partial = PARTIAL_NPAR;
    out->transaction_type = TRANSACTION_TRAD;
    if (!take_code(maker, INPUT_MOVEMENT, movement_codes, "use DELI or RECE", &out->movement) ||
        !take_code(maker, INPUT_PAYMENT, payment_codes, "use APMT or FREE", &out->payment)) {
        return false;
    }
    if (out->payment == PAYMENT_APMT) {
        out->credit_debit = out->movement == MOVEMENT_DELI ? CREDIT_DEBIT_CRDT : CREDIT_DEBIT_DBIT;
    }
    if (!take_code(maker, INPUT_HOLD, hold_codes, "use yes or no", &hold)) {
        return false;
    }
    out->hold = hold != 0;
    return take_code(maker, INPUT_CREDIT_DEBIT, credit_debit_codes, "use CRDT or DBIT",
                     &out->credit_debit) &&
           take_conditions(maker, &out->conditions) &&
           take_code(maker, INPUT_CUM_EX, cum_ex_codes, "use CCPN, XCPN or leave it empty",
                     &out->cum_ex) &&
           take_code(maker, INPUT_PRIORITY, priority_codes, "use 1 to 4", &out->priority) &&
           take_code(maker, INPUT_PARTIAL, partial_codes, "use NPAR, PART, PARC or PARQ",
                     &out->partial) &&
           take_code(maker, INPUT_TRANSACTION_TYPE, type_codes, "TRAD is an ordinary trade",
                     &out->transaction_type);
}

static bool make_parties(struct maker *maker, const struct input_context *context,
                         struct command_instruct *out)
{
    struct bic depository = {0};

    if (context->depository[0] != 0 &&
        !bic_parse(context->depository, strlen(context->depository), &depository)) {
        return refuse(maker, INPUT_DELIVERER_DEPOSITORY, "fill it in", "is missing");
    }
    out->deliverer_depository = depository;
    out->receiver_depository = depository;
    return take_bic(maker, INPUT_DELIVERER, &out->deliverer) &&
           take_bic(maker, INPUT_RECEIVER, &out->receiver) &&
           take_bic(maker, INPUT_DELIVERER_DEPOSITORY, &out->deliverer_depository) &&
           take_bic(maker, INPUT_RECEIVER_DEPOSITORY, &out->receiver_depository) &&
           take_bic(maker, INPUT_DELIVERER_CLIENT, &out->deliverer_client) &&
           take_bic(maker, INPUT_RECEIVER_CLIENT, &out->receiver_client);
}

static bool make_texts(struct maker *maker, struct command_instruct *out)
{
    return take_text(maker, INPUT_COMMON_REFERENCE, &out->common_reference) &&
           take_text(maker, INPUT_DELIVERER_ACCOUNT, &out->deliverer_account) &&
           take_text(maker, INPUT_RECEIVER_ACCOUNT, &out->receiver_account) &&
           take_text(maker, INPUT_ACCOUNT, &out->account) &&
           take_text(maker, INPUT_CASH_ACCOUNT, &out->cash_account);
}

static bool make_amounts(struct maker *maker, const struct input_context *context,
                         struct command_instruct *out)
{
    bool paid = out->payment == PAYMENT_APMT;

    if (!take_asset(maker, INPUT_ISIN, &out->asset) ||
        !take_quantity(maker, INPUT_QUANTITY, INPUT_ISIN, context, &out->quantity)) {
        return false;
    }
    if (!paid && !given(maker, INPUT_CURRENCY) && !given(maker, INPUT_AMOUNT)) {
        return true;
    }
    if (!needed(maker, INPUT_CURRENCY) || !needed(maker, INPUT_AMOUNT)) {
        return false;
    }
    return take_asset(maker, INPUT_CURRENCY, &out->currency) &&
           take_quantity(maker, INPUT_AMOUNT, INPUT_CURRENCY, context, &out->amount);
}

/* Up to four links to own instructions, in the order of the columns. */
static bool make_links(struct maker *maker, struct command_instruct *out)
{
    _Static_assert(INPUT_LINKED_4 == INPUT_LINK_1 + 2 * COMMAND_LINKS_MAX - 1, "two columns each");

    for (unsigned i = 0; i < COMMAND_LINKS_MAX; i++) {
        enum input_field type = (enum input_field)(INPUT_LINK_1 + 2 * i);
        enum input_field linked = (enum input_field)(INPUT_LINKED_1 + 2 * i);
        struct command_instruct_link *link = &out->links[out->link_count];
        if (!given(maker, type) && !given(maker, linked)) {
            continue;
        }
        if (!needed(maker, type) || !needed(maker, linked) ||
            !take_code(maker, type, link_codes, "use BEFO, AFTE, WITH or INFO", &link->type) ||
            !take_text(maker, linked, &link->reference)) {
            return false;
        }
        out->link_count++;
    }
    return true;
}

/* Up to four restrictions of the own party to draw on, in the order of the columns. */
static bool make_restrictions(struct maker *maker, struct command_instruct *out)
{
    uint8_t only = 0;

    _Static_assert(INPUT_RESTRICTION_4 == INPUT_RESTRICTION_1 + RESTRICTION_DRAWS_MAX - 1,
                   "a column each");
    for (unsigned i = 0; i < RESTRICTION_DRAWS_MAX; i++) {
        enum input_field field = (enum input_field)(INPUT_RESTRICTION_1 + i);
        if (!given(maker, field)) {
            continue;
        }
        if (!take_text(maker, field, &out->restrictions[out->restriction_count])) {
            return false;
        }
        out->restriction_count++;
    }
    if (!take_code(maker, INPUT_RESTRICTED_ONLY, hold_codes, "use yes or no", &only)) {
        return false;
    }
    out->restricted_only = only != 0;
    return true;
}

/* A whole number from 1; absent: *out stays as it is. */
static bool take_count(struct maker *maker, enum input_field field, uint16_t *out)
{
    int64_t number;

    if (!given(maker, field)) {
        return true;
    }
    if (decimal_parse(text_of(maker, field), 0, &number) != DECIMAL_OK || number < 1 ||
        number > UINT16_MAX) {
        return refuse(maker, field, "number the instructions of the pool from 1",
                      "\"%s\" is not a number from 1 to 65535", text_of(maker, field));
    }
    *out = (uint16_t)number;
    return true;
}

/* Number of how many, all three or none. */
static bool make_pool(struct maker *maker, struct command_instruct *out)
{
    if (!given(maker, INPUT_POOL) && !given(maker, INPUT_POOL_NUMBER) &&
        !given(maker, INPUT_POOL_TOTAL)) {
        return true;
    }
    return needed(maker, INPUT_POOL) && needed(maker, INPUT_POOL_NUMBER) &&
           needed(maker, INPUT_POOL_TOTAL) && take_text(maker, INPUT_POOL, &out->pool) &&
           take_count(maker, INPUT_POOL_NUMBER, &out->pool_number) &&
           take_count(maker, INPUT_POOL_TOTAL, &out->pool_total);
}

bool instruction_input_command(const struct instruction_input *input,
                               const struct input_context *context, struct command *out,
                               struct input_fault *fault)
{
    static const enum input_field always[] = {
        INPUT_REFERENCE,  INPUT_MOVEMENT,        INPUT_ISIN,      INPUT_QUANTITY,
        INPUT_TRADE_DATE, INPUT_SETTLEMENT_DATE, INPUT_DELIVERER, INPUT_RECEIVER};
    struct maker maker = {.input = input, .fault = fault};

    memset(out, 0, sizeof *out);
    fault->unknown = false;
    out->kind = COMMAND_INSTRUCT;
    for (size_t i = 0; i < sizeof always / sizeof always[0]; i++) {
        if (!needed(&maker, always[i])) {
            return false;
        }
    }
    return take_text(&maker, INPUT_REFERENCE, &out->reference) &&
           take_date(&maker, INPUT_TRADE_DATE, &out->date) &&
           take_date(&maker, INPUT_SETTLEMENT_DATE, &out->instruct.settlement_date) &&
           make_codes(&maker, &out->instruct) && make_parties(&maker, context, &out->instruct) &&
           make_texts(&maker, &out->instruct) && make_amounts(&maker, context, &out->instruct) &&
           make_links(&maker, &out->instruct) && make_pool(&maker, &out->instruct) &&
           make_restrictions(&maker, &out->instruct);
}
