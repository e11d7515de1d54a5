/* Reading and writing the genesis file. One line is one call of one *_line function, chosen by its
 * keyword; each takes its fields in their fixed order. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/genesis.h"
#include "ledger/values/date.h"

#define LINE_SIZE_MAX   2048u
#define FIELDS_MAX      8u
#define CREATED_SIZE    21u
#define ROLES_TEXT_SIZE 80u

struct field {
    char *name;
    char *value;
};

struct parser {
    struct genesis *genesis;
    struct genesis_fault *fault;
    char line[LINE_SIZE_MAX];
    char *keyword;
    struct field fields[FIELDS_MAX];
    unsigned field_count;
    unsigned field_next;
    unsigned stage; /* of the last line: keywords come in order */
    unsigned timing_count;
    unsigned limit_count;
    unsigned capacity_count;
    unsigned rule_count;
    bool approval_seen;
};

typedef bool line_reader(struct parser *parser);

__attribute__((format(printf, 3, 4))) static bool refuse(struct parser *parser, const char *field,
                                                         const char *format, ...)
{
    va_list arguments;

    (void)snprintf(parser->fault->field, sizeof parser->fault->field, "%s", field);
    va_start(arguments, format);
    (void)vsnprintf(parser->fault->text, sizeof parser->fault->text, format, arguments);
    va_end(arguments);
    return false;
}

/* The value of the next field, which must have this name; NULL (and the fault set) otherwise. */
static char *take(struct parser *parser, const char *name)
{
    if (parser->field_next >= parser->field_count) {
        (void)refuse(parser, name, "%s= is missing", name);
        return NULL;
    }
    if (strcmp(parser->fields[parser->field_next].name, name) != 0) {
        (void)refuse(parser, name, "expected %s= but found %s=", name,
                     parser->fields[parser->field_next].name);
        return NULL;
    }
    return parser->fields[parser->field_next++].value;
}

static bool take_text(struct parser *parser, const char *name, char *out, size_t size)
{
    const char *value = take(parser, name);

    if (value == NULL) {
        return false;
    }
    if (strlen(value) >= size) {
        return refuse(parser, name, "longer than %zu characters", size - 1);
    }
    memset(out, 0, size);
    memcpy(out, value, strlen(value));
    return true;
}

/* A whole number without sign, leading zeros or anything else, so that it has one spelling. */
static bool number_parse(const char *text, uint64_t *out)
{
    uint64_t value = 0;

    if (text[0] == 0 || (text[0] == '0' && text[1] != 0)) {
        return false;
    }
    for (; *text != 0; text++) {
        unsigned digit = (unsigned)(*text - '0');
        if (*text < '0' || *text > '9' || value > (UINT64_MAX - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    *out = value;
    return true;
}

static bool take_number(struct parser *parser, const char *name, uint64_t max, uint64_t *out)
{
    const char *value = take(parser, name);

    if (value == NULL) {
        return false;
    }
    if (!number_parse(value, out) || *out > max) {
        return refuse(parser, name, "\"%s\" is not a whole number up to %llu", value,
                      (unsigned long long)max);
    }
    return true;
}

static bool take_amount(struct parser *parser, const char *name, int64_t *out)
{
    uint64_t value;

    if (!take_number(parser, name, INT64_MAX, &value)) {
        return false;
    }
    *out = (int64_t)value;
    return true;
}

static bool take_key(struct parser *parser, const char *name, struct public_key *out)
{
    const char *value = take(parser, name);

    if (value == NULL) {
        return false;
    }
    return genesis_key_parse(value, out) ||
           refuse(parser, name, "a key is 64 hexadecimal digits in lower case");
}

/* "2026-11-22T08:00:00Z" to milliseconds since 1970. */
static bool time_parse(const char *text, uint64_t *out)
{
    uint32_t date;
    unsigned part[3];

    if (strlen(text) != CREATED_SIZE - 1 || text[10] != 'T' || text[13] != ':' || text[16] != ':' ||
        text[19] != 'Z' || !date_parse(text, 10, &date)) {
        return false;
    }
    for (unsigned i = 0; i < 3; i++) {
        char tens = text[11 + 3 * i];
        char ones = text[12 + 3 * i];
        if (tens < '0' || tens > '9' || ones < '0' || ones > '9') {
            return false;
        }
        part[i] = (unsigned)(tens - '0') * 10 + (unsigned)(ones - '0');
    }
    if (part[0] > 23 || part[1] > 59 || part[2] > 59) {
        return false;
    }
    *out = (uint64_t)date_to_days(date) * DATE_DAY_MS +
           ((part[0] * 60u + part[1]) * 60u + part[2]) * UINT64_C(1000);
    return true;
}

static bool version_line(struct parser *parser)
{
    uint64_t version;

    if (!take_number(parser, "version", UINT32_MAX, &version)) {
        return false;
    }
    return version == GENESIS_VERSION ||
           refuse(parser, "version", "version %llu is not known to this program: use a newer one",
                  (unsigned long long)version);
}

static bool chain_line(struct parser *parser)
{
    const char *created;

    if (!take_text(parser, "name", parser->genesis->chain_name,
                   sizeof parser->genesis->chain_name)) {
        return false;
    }
    created = take(parser, "created");
    if (created == NULL) {
        return false;
    }
    return time_parse(created, &parser->genesis->created_ms) ||
           refuse(parser, "created", "write the time as 2026-11-22T08:00:00Z");
}

static bool number_line(struct parser *parser, const char *expected, uint64_t *out)
{
    const char *name = take(parser, "name");

    if (name == NULL) {
        return false;
    }
    if (expected == NULL) {
        return refuse(parser, "name", "%s is one line too many", name);
    }
    if (strcmp(name, expected) != 0) {
        return refuse(parser, "name", "expected %s but found %s", expected, name);
    }
    return take_number(parser, "value", UINT64_MAX, out);
}

static bool timing_line(struct parser *parser)
{
    unsigned index = parser->timing_count++;

    return number_line(parser, genesis_timing_name(index),
                       &parser->genesis->timings[index % GENESIS_TIMING_COUNT]);
}

static bool limit_line(struct parser *parser)
{
    unsigned index = parser->limit_count++;

    return number_line(parser, genesis_limit_name(index),
                       &parser->genesis->limits[index % GENESIS_LIMIT_COUNT]);
}

static bool capacity_line(struct parser *parser)
{
    unsigned index = parser->capacity_count++;

    return number_line(parser, genesis_capacity_name(index),
                       &parser->genesis->capacities[index % GENESIS_CAPACITY_COUNT]);
}

static bool rule_line(struct parser *parser)
{
    unsigned index = parser->rule_count++;

    return number_line(parser, genesis_rule_name(index),
                       &parser->genesis->rules[index % GENESIS_RULE_COUNT]);
}

static bool tolerance_line(struct parser *parser)
{
    struct genesis *genesis = parser->genesis;
    struct genesis_tolerance *row;

    if (genesis->tolerance_count == GENESIS_TOLERANCES_MAX) {
        return refuse(parser, "tolerance", "more than %u lines", GENESIS_TOLERANCES_MAX);
    }
    row = &genesis->tolerances[genesis->tolerance_count++];
    return take_text(parser, "currency", row->currency, sizeof row->currency) &&
           take_amount(parser, "band", &row->band) && take_amount(parser, "small", &row->small) &&
           take_amount(parser, "large", &row->large);
}

static bool reference_line(struct parser *parser)
{
    return take_text(parser, "currency", parser->genesis->reference_currency,
                     sizeof parser->genesis->reference_currency);
}

static bool rate_line(struct parser *parser)
{
    struct genesis *genesis = parser->genesis;
    struct genesis_rate *row;

    if (genesis->rate_count == GENESIS_RATES_MAX) {
        return refuse(parser, "rate", "more than %u lines", GENESIS_RATES_MAX);
    }
    row = &genesis->rates[genesis->rate_count++];
    return take_text(parser, "currency", row->currency, sizeof row->currency) &&
           take_amount(parser, "own", &row->own) &&
           take_amount(parser, "reference", &row->reference);
}

static bool holiday_line(struct parser *parser)
{
    struct genesis *genesis = parser->genesis;
    const char *date = take(parser, "date");

    if (date == NULL) {
        return false;
    }
    if (genesis->holiday_count == GENESIS_HOLIDAYS_MAX) {
        return refuse(parser, "holiday", "more than %u lines", GENESIS_HOLIDAYS_MAX);
    }
    return date_parse(date, strlen(date), &genesis->holidays[genesis->holiday_count++]) ||
           refuse(parser, "date", "write the date as 2026-12-25");
}

static bool take_currency(struct parser *parser, struct asset_code *out)
{
    const char *text = take(parser, "currency");

    if (text == NULL) {
        return false;
    }
    return (strlen(text) == CURRENCY_SIZE && asset_code_parse(text, CURRENCY_SIZE, out)) ||
           refuse(parser, "currency", "\"%s\" is not a currency", text);
}

static bool take_minute(struct parser *parser, const char *name, uint16_t *out)
{
    uint64_t minute;

    if (!take_number(parser, name, 1440, &minute)) {
        return false;
    }
    *out = (uint16_t)minute;
    return true;
}

static bool window_line(struct parser *parser)
{
    struct genesis *genesis = parser->genesis;
    struct partial_window *row;

    if (genesis->window_count == DAY_WINDOW_MAX) {
        return refuse(parser, "opens", "more than %u lines", (unsigned)DAY_WINDOW_MAX);
    }
    row = &genesis->windows[genesis->window_count++];
    return take_minute(parser, "opens", &row->opens_minute) &&
           take_minute(parser, "minutes", &row->minutes);
}

static bool cut_offs_line(struct parser *parser)
{
    struct genesis *genesis = parser->genesis;
    struct currency_cut_offs *row;

    if (genesis->cut_offs_count == DAY_CURRENCY_MAX) {
        return refuse(parser, "currency", "more than %u lines", (unsigned)DAY_CURRENCY_MAX);
    }
    row = &genesis->cut_offs[genesis->cut_offs_count++];
    return take_currency(parser, &row->currency) && take_minute(parser, "dvp", &row->dvp_minute) &&
           take_minute(parser, "cash", &row->cash_minute);
}

static bool closing_line(struct parser *parser)
{
    struct genesis *genesis = parser->genesis;
    struct currency_closing *row;
    const char *date;

    if (genesis->closing_count == DAY_CLOSING_MAX) {
        return refuse(parser, "currency", "more than %u lines", (unsigned)DAY_CLOSING_MAX);
    }
    row = &genesis->closings[genesis->closing_count++];
    if (!take_currency(parser, &row->currency)) {
        return false;
    }
    date = take(parser, "date");
    if (date == NULL) {
        return false;
    }
    return date_parse(date, strlen(date), &row->date) ||
           refuse(parser, "date", "write the date as 2026-12-25");
}

/* "none", or an amount below the largest one, which stands for none. */
static bool take_limit(struct parser *parser, const char *name, int64_t *out)
{
    const char *text = take(parser, name);
    uint64_t limit = INT64_MAX;

    if (text == NULL) {
        return false;
    }
    if (strcmp(text, "none") != 0 && (!number_parse(text, &limit) || limit >= INT64_MAX)) {
        return refuse(parser, name, "\"%s\" is neither an amount nor none", text);
    }
    *out = (int64_t)limit;
    return true;
}

static bool approval_line(struct parser *parser)
{
    struct approval_policy *policy = &parser->genesis->approval;
    const char *kinds = take(parser, "kinds");

    parser->approval_seen = true;
    if (kinds == NULL) {
        return false;
    }
    if (!genesis_kinds_parse(kinds, &policy->kinds)) {
        return refuse(parser, "kinds", "use kinds of commands with commas between them, or none");
    }
    return take_limit(parser, "amount", &policy->amount);
}

static bool validator_line(struct parser *parser)
{
    struct genesis *genesis = parser->genesis;
    struct genesis_validator *row;
    uint64_t index;

    if (genesis->validator_count == GENESIS_VALIDATORS_MAX) {
        return refuse(parser, "validator", "more than %u lines", GENESIS_VALIDATORS_MAX);
    }
    if (!take_number(parser, "index", UINT16_MAX, &index)) {
        return false;
    }
    if (index != genesis->validator_count) {
        return refuse(parser, "index", "expected %u: validators are numbered in order",
                      (unsigned)genesis->validator_count);
    }
    row = &genesis->validators[genesis->validator_count++];
    return take_text(parser, "name", row->name, sizeof row->name) &&
           take_text(parser, "address", row->address, sizeof row->address) &&
           take_key(parser, "signing", &row->signing) && take_key(parser, "channel", &row->channel);
}

static bool party_line(struct parser *parser)
{
    struct genesis *genesis = parser->genesis;
    struct genesis_party *row;
    const char *text;
    uint64_t validator = GENESIS_NO_VALIDATOR;

    if (genesis->party_count == GENESIS_PARTIES_MAX) {
        return refuse(parser, "party", "more than %u lines", GENESIS_PARTIES_MAX);
    }
    row = &genesis->parties[genesis->party_count++];
    if (!take_text(parser, "bic", row->bic, sizeof row->bic) ||
        !take_text(parser, "name", row->name, sizeof row->name)) {
        return false;
    }
    text = take(parser, "roles");
    if (text == NULL) {
        return false;
    }
    row->roles = genesis_roles_parse(text);
    if (row->roles == 0) {
        return refuse(parser, "roles",
                      "use operator, registrar, settlement-bank, participant, auditor");
    }
    text = take(parser, "validator");
    if (text == NULL) {
        return false;
    }
    if (strcmp(text, "none") != 0 &&
        (!number_parse(text, &validator) || validator >= GENESIS_NO_VALIDATOR)) {
        return refuse(parser, "validator", "\"%s\" is neither an index nor none", text);
    }
    row->validator = (uint16_t)validator;
    return true;
}

static bool key_line(struct parser *parser)
{
    struct genesis *genesis = parser->genesis;
    const struct genesis_party *party;
    struct genesis_key *row;
    const char *text;

    if (genesis->key_count == GENESIS_KEYS_MAX) {
        return refuse(parser, "key", "more than %u lines", GENESIS_KEYS_MAX);
    }
    row = &genesis->keys[genesis->key_count++];
    text = take(parser, "party");
    if (text == NULL) {
        return false;
    }
    party = genesis_party_find(genesis, text);
    if (party == NULL) {
        return refuse(parser, "party", "%s is not among the parties above", text);
    }
    row->party = (uint16_t)(party - genesis->parties);
    if (!take_key(parser, "signing", &row->signing) ||
        !take_key(parser, "channel", &row->channel)) {
        return false;
    }
    text = take(parser, "rights");
    if (text == NULL) {
        return false;
    }
    row->rights = genesis_rights_parse(text);
    if (row->rights == 0) {
        return refuse(parser, "rights", "use submit, approve, administer, read-all");
    }
    if (!take_limit(parser, "limit", &row->limit) ||
        !take_text(parser, "person", row->person, sizeof row->person)) {
        return false;
    }
    if (strcmp(row->person, "none") == 0) {
        memset(row->person, 0, sizeof row->person);
    }
    return true;
}

static const struct {
    const char *keyword;
    line_reader *read;
    bool once;
} line_table[] = {
    {"tally-genesis", version_line, true},
    {"chain", chain_line, true},
    {"timing", timing_line, false},
    {"limit", limit_line, false},
    {"capacity", capacity_line, false},
    {"rule", rule_line, false},
    {"approval", approval_line, true},
    {"tolerance", tolerance_line, false},
    {"reference", reference_line, true},
    {"rate", rate_line, false},
    {"holiday", holiday_line, false},
    {"partial-window", window_line, false},
    {"currency-cut-offs", cut_offs_line, false},
    {"closing-day", closing_line, false},
    {"validator", validator_line, false},
    {"party", party_line, false},
    {"key", key_line, false},
};

#define LINE_KIND_COUNT (sizeof line_table / sizeof line_table[0])

/* Takes one `name=value` or `name="value"` off the line; NULL when there is none in that form. */
static char *field_split(char *at, struct field *out)
{
    char *end;

    out->name = at;
    while ((*at >= 'a' && *at <= 'z') || *at == '-') {
        at++;
    }
    if (at == out->name || *at != '=') {
        return NULL;
    }
    *at++ = 0;
    if (*at == '"') {
        out->value = ++at;
        end = strchr(at, '"');
    } else {
        out->value = at;
        end = at + strcspn(at, " \"");
        if (*end == '"' || end == at) {
            return NULL;
        }
    }
    if (end == NULL) {
        return NULL;
    }
    at = *end == '"' ? end + 1 : end;
    if (*at != 0 && *at != ' ') {
        return NULL;
    }
    if (*at == ' ' && at[1] == 0) {
        return NULL;
    }
    if (*at == ' ') {
        *at++ = 0;
    }
    *end = 0;
    return at;
}

static bool line_split(struct parser *parser)
{
    char *at = parser->line + strcspn(parser->line, " ");

    parser->keyword = parser->line;
    parser->field_count = 0;
    parser->field_next = 0;
    if (*at == ' ') {
        *at++ = 0;
    }
    while (*at != 0) {
        if (parser->field_count == FIELDS_MAX) {
            return refuse(parser, parser->keyword, "too many fields");
        }
        at = field_split(at, &parser->fields[parser->field_count]);
        if (at == NULL) {
            return refuse(parser, parser->keyword,
                          "field %u is not name=value, separated by one space",
                          parser->field_count + 1);
        }
        parser->field_count++;
    }
    return true;
}

static bool line_read(struct parser *parser)
{
    unsigned kind = 0;

    if (!line_split(parser)) {
        return false;
    }
    while (kind < LINE_KIND_COUNT && strcmp(line_table[kind].keyword, parser->keyword) != 0) {
        kind++;
    }
    if (kind == LINE_KIND_COUNT) {
        return refuse(parser, parser->keyword, "not a keyword of a genesis file");
    }
    /* stage is one more than the kind of the last line, so that 0 says: nothing yet */
    if (kind + 1 < parser->stage || (kind + 1 == parser->stage && line_table[kind].once) ||
        (parser->stage == 0 && kind != 0)) {
        return refuse(parser, parser->keyword, "this line is out of its place");
    }
    parser->stage = kind + 1;
    if (!line_table[kind].read(parser)) {
        char field[sizeof parser->fault->field];
        (void)snprintf(field, sizeof field, "%s %.30s", parser->keyword, parser->fault->field);
        memcpy(parser->fault->field, field, sizeof field);
        return false;
    }
    if (parser->field_next != parser->field_count) {
        return refuse(parser, parser->keyword, "%s= does not belong here",
                      parser->fields[parser->field_next].name);
    }
    return true;
}

static bool lines_read(struct parser *parser, const char *text, size_t size)
{
    size_t at = 0;

    while (at < size) {
        const char *end = memchr(text + at, '\n', size - at);
        size_t length = end == NULL ? size - at : (size_t)(end - (text + at));
        parser->fault->line++;
        if (length >= sizeof parser->line) {
            return refuse(parser, "line", "longer than %zu characters", sizeof parser->line - 1);
        }
        for (size_t i = 0; i < length; i++) {
            if (text[at + i] < 0x20 || text[at + i] > 0x7e) {
                return refuse(parser, "line", "column %zu is not printable ASCII", i + 1);
            }
        }
        memcpy(parser->line, text + at, length);
        parser->line[length] = 0;
        at += length + 1;
        if (length > 0 && parser->line[0] != '#' && !line_read(parser)) {
            return false;
        }
    }
    return true;
}

static bool counts_check(struct parser *parser)
{
    parser->fault->line = 0;
    if (parser->stage == 0) {
        return refuse(parser, "tally-genesis", "this is not a genesis file");
    }
    if (parser->timing_count != GENESIS_TIMING_COUNT) {
        return refuse(parser, "timing", "%s is missing", genesis_timing_name(parser->timing_count));
    }
    if (parser->limit_count != GENESIS_LIMIT_COUNT) {
        return refuse(parser, "limit", "%s is missing", genesis_limit_name(parser->limit_count));
    }
    if (parser->capacity_count != GENESIS_CAPACITY_COUNT) {
        return refuse(parser, "capacity", "%s is missing",
                      genesis_capacity_name(parser->capacity_count));
    }
    if (parser->rule_count != GENESIS_RULE_COUNT) {
        return refuse(parser, "rule", "%s is missing", genesis_rule_name(parser->rule_count));
    }
    return parser->approval_seen || refuse(parser, "approval", "the line is missing");
}

bool genesis_parse(const char *text, size_t size, struct genesis *out, struct genesis_fault *fault)
{
    struct parser parser = {.genesis = out, .fault = fault};

    memset(out, 0, sizeof *out);
    memset(fault, 0, sizeof *fault);
    if (size > GENESIS_TEXT_BYTES_MAX) {
        return refuse(&parser, "file", "larger than %u bytes", GENESIS_TEXT_BYTES_MAX);
    }
    if (!lines_read(&parser, text, size) || !counts_check(&parser) ||
        !genesis_consistent(out, fault)) {
        return false;
    }
    genesis_identify(out);
    return true;
}

struct printer {
    char *out;
    size_t capacity;
    size_t size;
    bool failed;
};

__attribute__((format(printf, 2, 3))) static void print(struct printer *printer, const char *format,
                                                        ...)
{
    va_list arguments;
    int written;

    if (printer->failed) {
        return;
    }
    va_start(arguments, format);
    written = vsnprintf(printer->out + printer->size, printer->capacity - printer->size, format,
                        arguments);
    va_end(arguments);
    if (written < 0 || (size_t)written >= printer->capacity - printer->size) {
        printer->failed = true;
        return;
    }
    printer->size += (size_t)written;
}

static void date_print(uint32_t date, char out[CLIENT_DATE_SIZE])
{
    (void)snprintf(out, CLIENT_DATE_SIZE, "%04u-%02u-%02u", date / 10000 % 10000, date / 100 % 100,
                   date % 100);
}

static void numbers_print(struct printer *printer, const char *keyword,
                          const char *(*name)(unsigned), const uint64_t *values, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        print(printer, "%s name=%s value=%llu\n", keyword, name(i), (unsigned long long)values[i]);
    }
}

static void rules_print(struct printer *printer, const struct genesis *genesis)
{
    char date[CLIENT_DATE_SIZE];

    for (uint16_t i = 0; i < genesis->tolerance_count; i++) {
        const struct genesis_tolerance *row = &genesis->tolerances[i];
        print(printer, "tolerance currency=%s band=%lld small=%lld large=%lld\n", row->currency,
              (long long)row->band, (long long)row->small, (long long)row->large);
    }
    print(printer, "reference currency=%s\n", genesis->reference_currency);
    for (uint16_t i = 0; i < genesis->rate_count; i++) {
        const struct genesis_rate *row = &genesis->rates[i];
        print(printer, "rate currency=%s own=%lld reference=%lld\n", row->currency,
              (long long)row->own, (long long)row->reference);
    }
    for (uint16_t i = 0; i < genesis->holiday_count; i++) {
        date_print(genesis->holidays[i], date);
        print(printer, "holiday date=%s\n", date);
    }
    for (uint16_t i = 0; i < genesis->window_count; i++) {
        print(printer, "partial-window opens=%u minutes=%u\n",
              (unsigned)genesis->windows[i].opens_minute, (unsigned)genesis->windows[i].minutes);
    }
    for (uint16_t i = 0; i < genesis->cut_offs_count; i++) {
        const struct currency_cut_offs *row = &genesis->cut_offs[i];
        print(printer, "currency-cut-offs currency=%.*s dvp=%u cash=%u\n", CURRENCY_SIZE,
              row->currency.text, (unsigned)row->dvp_minute, (unsigned)row->cash_minute);
    }
    for (uint16_t i = 0; i < genesis->closing_count; i++) {
        date_print(genesis->closings[i].date, date);
        print(printer, "closing-day currency=%.*s date=%s\n", CURRENCY_SIZE,
              genesis->closings[i].currency.text, date);
    }
}

static void limit_print(struct printer *printer, int64_t limit)
{
    if (limit == INT64_MAX) {
        print(printer, "none");
    } else {
        print(printer, "%lld", (long long)limit);
    }
}

static void approval_print(struct printer *printer, const struct approval_policy *policy)
{
    char kinds[GENESIS_KINDS_TEXT_SIZE];

    genesis_kinds_format(&policy->kinds, kinds, sizeof kinds);
    print(printer, "approval kinds=%s amount=", kinds);
    limit_print(printer, policy->amount);
    print(printer, "\n");
}

static void members_print(struct printer *printer, const struct genesis *genesis)
{
    char signing[GENESIS_KEY_TEXT_SIZE];
    char channel[GENESIS_KEY_TEXT_SIZE];
    char words[ROLES_TEXT_SIZE];

    for (uint16_t i = 0; i < genesis->validator_count; i++) {
        const struct genesis_validator *row = &genesis->validators[i];
        genesis_key_format(&row->signing, signing);
        genesis_key_format(&row->channel, channel);
        print(printer, "validator index=%u name=\"%s\" address=%s signing=%s channel=%s\n",
              (unsigned)i, row->name, row->address, signing, channel);
    }
    for (uint16_t i = 0; i < genesis->party_count; i++) {
        const struct genesis_party *row = &genesis->parties[i];
        genesis_roles_format(row->roles, words, sizeof words);
        print(printer, "party bic=%s name=\"%s\" roles=%s validator=", row->bic, row->name, words);
        if (row->validator == GENESIS_NO_VALIDATOR) {
            print(printer, "none\n");
        } else {
            print(printer, "%u\n", (unsigned)row->validator);
        }
    }
    for (uint16_t i = 0; i < genesis->key_count; i++) {
        const struct genesis_key *row = &genesis->keys[i];
        genesis_key_format(&row->signing, signing);
        genesis_key_format(&row->channel, channel);
        genesis_rights_format(row->rights, words, sizeof words);
        print(printer, "key party=%s signing=%s channel=%s rights=%s limit=",
              genesis->parties[row->party].bic, signing, channel, words);
        limit_print(printer, row->limit);
        print(printer, row->person[0] == 0 ? " person=none\n" : " person=\"%s\"\n", row->person);
    }
}

size_t genesis_format(const struct genesis *genesis, char *out, size_t capacity)
{
    struct printer printer = {.out = out, .capacity = capacity};
    uint64_t seconds = genesis->created_ms % DATE_DAY_MS / 1000;
    char date[CLIENT_DATE_SIZE];

    date_print(date_from_ms(genesis->created_ms), date);
    print(&printer,
          "# Tally genesis. Compare its fingerprint with the other members before use.\n");
    print(&printer, "tally-genesis version=%u\n", GENESIS_VERSION);
    print(&printer, "chain name=\"%s\" created=%sT%02u:%02u:%02uZ\n\n", genesis->chain_name, date,
          (unsigned)(seconds / 3600), (unsigned)(seconds / 60 % 60), (unsigned)(seconds % 60));
    numbers_print(&printer, "timing", genesis_timing_name, genesis->timings, GENESIS_TIMING_COUNT);
    numbers_print(&printer, "limit", genesis_limit_name, genesis->limits, GENESIS_LIMIT_COUNT);
    numbers_print(&printer, "capacity", genesis_capacity_name, genesis->capacities,
                  GENESIS_CAPACITY_COUNT);
    numbers_print(&printer, "rule", genesis_rule_name, genesis->rules, GENESIS_RULE_COUNT);
    approval_print(&printer, &genesis->approval);
    rules_print(&printer, genesis);
    print(&printer, "\n");
    members_print(&printer, genesis);
    return printer.failed ? 0 : printer.size;
}
