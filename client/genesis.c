#include "client/genesis.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "ledger/command/command.h"
#include "ledger/register/key.h"
#include "ledger/register/party.h"
#include "ledger/values/date.h"
#include "ledger/values/identifier.h"

#define PIECE_SIZE_MAX 4096u

/* One row of a table of numbers. */
struct number {
    const char *name;
    uint64_t low;
    uint64_t high;
    uint64_t normal;
};

#define X(name, text, low, high, normal) {text, low, high, normal},
static const struct number timing_table[GENESIS_TIMING_COUNT] = {GENESIS_TIMING_LIST(X)};
static const struct number limit_table[GENESIS_LIMIT_COUNT] = {GENESIS_LIMIT_LIST(X)};
static const struct number capacity_table[GENESIS_CAPACITY_COUNT] = {GENESIS_CAPACITY_LIST(X)};
static const struct number rule_table[GENESIS_RULE_COUNT] = {GENESIS_RULE_LIST(X)};
#undef X

struct word {
    const char *name;
    uint32_t bit;
};

static const struct word role_words[] = {
    {"operator", PARTY_OPERATOR},
    {"registrar", PARTY_REGISTRAR},
    {"settlement-bank", PARTY_SETTLEMENT_BANK},
    {"participant", PARTY_PARTICIPANT},
    {"auditor", PARTY_AUDITOR},
    {"trading-venue", PARTY_TRADING_VENUE},
    {NULL, 0},
};

static const struct word right_words[] = {
    {"submit", KEY_SUBMIT},
    {"approve", KEY_APPROVE},
    {"administer", KEY_ADMINISTER},
    {"read-all", KEY_READ_ALL},
    {NULL, 0},
};

const char *genesis_timing_name(unsigned index)
{
    return index < GENESIS_TIMING_COUNT ? timing_table[index].name : NULL;
}

const char *genesis_limit_name(unsigned index)
{
    return index < GENESIS_LIMIT_COUNT ? limit_table[index].name : NULL;
}

const char *genesis_capacity_name(unsigned index)
{
    return index < GENESIS_CAPACITY_COUNT ? capacity_table[index].name : NULL;
}

const char *genesis_rule_name(unsigned index)
{
    return index < GENESIS_RULE_COUNT ? rule_table[index].name : NULL;
}

static void numbers_init(uint64_t *values, const struct number *table, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        values[i] = table[i].normal;
    }
}

void genesis_init(struct genesis *genesis)
{
    memset(genesis, 0, sizeof *genesis);
    numbers_init(genesis->timings, timing_table, GENESIS_TIMING_COUNT);
    numbers_init(genesis->limits, limit_table, GENESIS_LIMIT_COUNT);
    numbers_init(genesis->capacities, capacity_table, GENESIS_CAPACITY_COUNT);
    numbers_init(genesis->rules, rule_table, GENESIS_RULE_COUNT);
    approval_policy_default(&genesis->approval);
    memcpy(genesis->reference_currency, "EUR", sizeof "EUR");
    struct day_plan plan;
    day_plan_default(&plan);
    genesis->window_count = plan.window_count;
    memcpy(genesis->windows, plan.window, sizeof genesis->windows);
}

static bool number_set(uint64_t *values, const struct number *table, unsigned count,
                       const char *name, uint64_t value)
{
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(table[i].name, name) == 0) {
            values[i] = value;
            return value >= table[i].low && value <= table[i].high;
        }
    }
    return false;
}

bool genesis_number_set(struct genesis *genesis, const char *name, uint64_t value)
{
    return number_set(genesis->timings, timing_table, GENESIS_TIMING_COUNT, name, value) ||
           number_set(genesis->limits, limit_table, GENESIS_LIMIT_COUNT, name, value) ||
           number_set(genesis->capacities, capacity_table, GENESIS_CAPACITY_COUNT, name, value) ||
           number_set(genesis->rules, rule_table, GENESIS_RULE_COUNT, name, value);
}

static uint32_t words_parse(const struct word *words, const char *text)
{
    uint32_t bits = 0;

    while (*text != 0) {
        size_t length = strcspn(text, ",");
        const struct word *word = words;
        while (word->name != NULL &&
               (strlen(word->name) != length || memcmp(word->name, text, length) != 0)) {
            word++;
        }
        if (word->name == NULL || (bits & word->bit) != 0) {
            return 0;
        }
        bits |= word->bit;
        text += length;
        if (*text == ',' && *++text == 0) {
            return 0;
        }
    }
    return bits;
}

static void words_format(const struct word *words, uint32_t bits, char *out, size_t size)
{
    size_t used = 0;

    TALLY_ASSERT(size > 0);
    out[0] = 0;
    for (const struct word *word = words; word->name != NULL; word++) {
        if ((bits & word->bit) != 0) {
            int written =
                snprintf(out + used, size - used, "%s%s", used > 0 ? "," : "", word->name);
            TALLY_ASSERT(written > 0 && (size_t)written < size - used);
            used += (size_t)written;
        }
    }
}

uint32_t genesis_roles_parse(const char *text)
{
    return words_parse(role_words, text);
}

uint32_t genesis_rights_parse(const char *text)
{
    return words_parse(right_words, text);
}

void genesis_roles_format(uint32_t roles, char *out, size_t size)
{
    words_format(role_words, roles, out, size);
}

void genesis_rights_format(uint32_t rights, char *out, size_t size)
{
    words_format(right_words, rights, out, size);
}

bool genesis_kinds_parse(const char *text, struct command_set *out)
{
    *out = (struct command_set){{0}};
    if (strcmp(text, "none") == 0) {
        return true;
    }
    while (true) {
        size_t length = strcspn(text, ",");
        unsigned kind = 1;
        while (kind < COMMAND_SET_KINDS &&
               (strlen(command_name((uint8_t)kind)) != length || length == 0 ||
                memcmp(command_name((uint8_t)kind), text, length) != 0)) {
            kind++;
        }
        if (kind == COMMAND_SET_KINDS || command_set_has(out, (uint8_t)kind)) {
            return false;
        }
        command_set_add(out, (uint8_t)kind);
        if (text[length] == 0) {
            return true;
        }
        text += length + 1;
    }
}

void genesis_kinds_format(const struct command_set *kinds, char *out, size_t size)
{
    size_t used = 0;

    for (unsigned kind = 0; kind < COMMAND_SET_KINDS; kind++) {
        if (command_set_has(kinds, (uint8_t)kind)) {
            int written = snprintf(out + used, size - used, "%s%s", used > 0 ? "," : "",
                                   command_name((uint8_t)kind));
            TALLY_ASSERT(written > 0 && (size_t)written < size - used);
            used += (size_t)written;
        }
    }
    if (used == 0) {
        TALLY_ASSERT(size > 4);
        memcpy(out, "none", 5);
    }
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool genesis_key_parse(const char *text, struct public_key *out)
{
    if (strlen(text) != 2 * sizeof out->bytes) {
        return false;
    }
    for (size_t i = 0; i < sizeof out->bytes; i++) {
        int high = hex_digit(text[2 * i]);
        int low = hex_digit(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        out->bytes[i] = (uint8_t)(high * 16 + low);
    }
    return true;
}

static void hex_format(const uint8_t *bytes, size_t size, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < size; i++) {
        *out++ = digits[bytes[i] >> 4];
        *out++ = digits[bytes[i] & 15];
    }
    *out = 0;
}

void genesis_key_format(const struct public_key *key, char out[GENESIS_KEY_TEXT_SIZE])
{
    hex_format(key->bytes, sizeof key->bytes, out);
}

void genesis_fingerprint(const struct hash *chain_id, char out[GENESIS_FINGERPRINT_SIZE])
{
    for (unsigned group = 0; group < 16; group++) {
        hex_format(chain_id->bytes + 2 * group, 2, out + 5 * group);
        out[5 * group + 4] = group < 15 ? '-' : 0;
    }
}

uint16_t genesis_faults(const struct genesis *genesis)
{
    return (uint16_t)((genesis->validator_count - 1) / 3);
}

uint16_t genesis_quorum(const struct genesis *genesis)
{
    return (uint16_t)(2 * genesis->validator_count / 3 + 1);
}

const struct genesis_party *genesis_party_find(const struct genesis *genesis, const char *bic)
{
    for (uint16_t i = 0; i < genesis->party_count; i++) {
        if (strcmp(genesis->parties[i].bic, bic) == 0) {
            return &genesis->parties[i];
        }
    }
    return NULL;
}

int32_t genesis_validator_by_channel(const struct genesis *genesis, const struct public_key *key)
{
    for (uint16_t i = 0; i < genesis->validator_count; i++) {
        if (public_key_equal(&genesis->validators[i].channel, key)) {
            return i;
        }
    }
    return -1;
}

__attribute__((format(printf, 3, 4))) static bool fault_set(struct genesis_fault *fault,
                                                            const char *field, const char *format,
                                                            ...)
{
    va_list arguments;

    fault->line = 0;
    (void)snprintf(fault->field, sizeof fault->field, "%s", field);
    va_start(arguments, format);
    (void)vsnprintf(fault->text, sizeof fault->text, format, arguments);
    va_end(arguments);
    return false;
}

static bool numbers_check(const uint64_t *values, const struct number *table, unsigned count,
                          struct genesis_fault *fault)
{
    for (unsigned i = 0; i < count; i++) {
        if (values[i] < table[i].low || values[i] > table[i].high) {
            return fault_set(fault, table[i].name, "%llu is out of range: use %llu to %llu",
                             (unsigned long long)values[i], (unsigned long long)table[i].low,
                             (unsigned long long)table[i].high);
        }
    }
    return true;
}

/* No signing or channel key may stand for two things: who signed or connected would be ambiguous.
 *  */
static bool keys_distinct(const struct genesis *genesis, const struct public_key *key)
{
    unsigned uses = 0;

    for (uint16_t i = 0; i < genesis->validator_count; i++) {
        uses += public_key_equal(&genesis->validators[i].signing, key) ? 1u : 0u;
        uses += public_key_equal(&genesis->validators[i].channel, key) ? 1u : 0u;
    }
    for (uint16_t i = 0; i < genesis->key_count; i++) {
        uses += public_key_equal(&genesis->keys[i].signing, key) ? 1u : 0u;
        uses += public_key_equal(&genesis->keys[i].channel, key) ? 1u : 0u;
    }
    return uses == 1;
}

static bool validators_check(const struct genesis *genesis, struct genesis_fault *fault)
{
    if (genesis->validator_count == 0 || genesis->validator_count > GENESIS_VALIDATORS_MAX) {
        return fault_set(fault, "validator", "%u validators: use 1 to %u",
                         (unsigned)genesis->validator_count, GENESIS_VALIDATORS_MAX);
    }
    for (uint16_t i = 0; i < genesis->validator_count; i++) {
        const struct genesis_validator *validator = &genesis->validators[i];
        if (!client_text_valid(validator->name, sizeof validator->name)) {
            return fault_set(fault, "validator name", "validator %u has no valid name",
                             (unsigned)i);
        }
        if (strchr(validator->address, ':') == NULL || strpbrk(validator->address, " \"") != NULL) {
            return fault_set(fault, "validator address", "\"%s\" is not host:port",
                             validator->address);
        }
        if (!keys_distinct(genesis, &validator->signing) ||
            !keys_distinct(genesis, &validator->channel)) {
            return fault_set(fault, "validator", "a key of validator %u is used twice",
                             (unsigned)i);
        }
    }
    return true;
}

static bool parties_check(const struct genesis *genesis, struct genesis_fault *fault)
{
    for (uint16_t i = 0; i < genesis->party_count; i++) {
        const struct genesis_party *party = &genesis->parties[i];
        struct bic bic;
        if (strlen(party->bic) != BIC_SIZE || !bic_parse(party->bic, BIC_SIZE, &bic)) {
            return fault_set(fault, "party bic", "\"%s\" is not a BIC of 11 characters",
                             party->bic);
        }
        if (genesis_party_find(genesis, party->bic) != party) {
            return fault_set(fault, "party bic", "%s appears twice", party->bic);
        }
        if (!client_text_valid(party->name, sizeof party->name)) {
            return fault_set(fault, "party name", "%s has no valid name", party->bic);
        }
        if (party->roles == 0 || (party->roles & ~(uint32_t)PARTY_ROLES_ALL) != 0) {
            return fault_set(fault, "party roles", "%s has no role", party->bic);
        }
        if (party->validator != GENESIS_NO_VALIDATOR &&
            party->validator >= genesis->validator_count) {
            return fault_set(fault, "party validator",
                             "%s names validator %u, which does not exist", party->bic,
                             (unsigned)party->validator);
        }
    }
    return true;
}

static bool keys_check(const struct genesis *genesis, struct genesis_fault *fault)
{
    bool operator_found = false;

    for (uint16_t i = 0; i < genesis->key_count; i++) {
        const struct genesis_key *key = &genesis->keys[i];
        if (key->party >= genesis->party_count) {
            return fault_set(fault, "key party", "key %u is of an unknown party", (unsigned)i);
        }
        if (key->rights == 0 || (key->rights & ~(uint32_t)KEY_RIGHTS_ALL) != 0 || key->limit < 0) {
            return fault_set(fault, "key rights", "a key of %s has no right, or a negative limit",
                             genesis->parties[key->party].bic);
        }
        if (key->person[0] != 0 && !client_text_valid(key->person, sizeof key->person)) {
            return fault_set(fault, "key person", "a person of %s is no text of 1 to 35 characters",
                             genesis->parties[key->party].bic);
        }
        if (!keys_distinct(genesis, &key->signing) || !keys_distinct(genesis, &key->channel)) {
            return fault_set(fault, "key", "a key of %s is used twice",
                             genesis->parties[key->party].bic);
        }
        operator_found |= (genesis->parties[key->party].roles & PARTY_OPERATOR) != 0 &&
                          (key->rights & KEY_ADMINISTER) != 0;
    }
    return operator_found || fault_set(fault, "key", "no operator has a key that may administer");
}

static bool is_currency(const char *text)
{
    struct asset_code code;

    return strlen(text) == CURRENCY_SIZE && asset_code_parse(text, CURRENCY_SIZE, &code);
}

static bool rates_check(const struct genesis *genesis, struct genesis_fault *fault)
{
    if (!is_currency(genesis->reference_currency)) {
        return fault_set(fault, "reference currency",
                         "\"%s\" is not a currency; write reference currency=EUR",
                         genesis->reference_currency);
    }
    for (uint16_t i = 0; i < genesis->rate_count; i++) {
        const struct genesis_rate *row = &genesis->rates[i];
        if (!is_currency(row->currency)) {
            return fault_set(fault, "rate currency", "\"%s\" is not a currency", row->currency);
        }
        if (strcmp(row->currency, genesis->reference_currency) == 0) {
            return fault_set(fault, "rate currency", "%s is the reference currency itself",
                             row->currency);
        }
        if (i > 0 && strcmp(genesis->rates[i - 1].currency, row->currency) >= 0) {
            return fault_set(fault, "rate currency", "%s is not in ascending order", row->currency);
        }
        if (row->own <= 0 || row->reference <= 0) {
            return fault_set(fault, "rate", "both sides of the rate of %s must be above 0",
                             row->currency);
        }
    }
    return true;
}

static bool rules_check(const struct genesis *genesis, struct genesis_fault *fault)
{
    for (uint16_t i = 0; i < genesis->tolerance_count; i++) {
        const struct genesis_tolerance *row = &genesis->tolerances[i];
        if (!is_currency(row->currency)) {
            return fault_set(fault, "tolerance currency", "\"%s\" is not a currency",
                             row->currency);
        }
        if (i > 0 && strcmp(genesis->tolerances[i - 1].currency, row->currency) >= 0) {
            return fault_set(fault, "tolerance currency", "%s is not in ascending order",
                             row->currency);
        }
        if (row->band < 0 || row->small < 0 || row->large < 0) {
            return fault_set(fault, "tolerance", "%s has a negative amount", row->currency);
        }
    }
    for (uint16_t i = 0; i < genesis->holiday_count; i++) {
        if (!date_valid(genesis->holidays[i]) ||
            (i > 0 && genesis->holidays[i - 1] >= genesis->holidays[i])) {
            return fault_set(fault, "holiday date", "%u is no date, or not in ascending order",
                             (unsigned)genesis->holidays[i]);
        }
    }
    if (!approval_policy_valid(&genesis->approval)) {
        return fault_set(fault, "approval kinds", "approving cannot itself need an approval");
    }
    const char *plan_fault = genesis_plan_fault(genesis);
    return plan_fault == NULL || fault_set(fault, "rule", "%s", plan_fault);
}

bool genesis_consistent(const struct genesis *genesis, struct genesis_fault *fault)
{
    if (!client_text_valid(genesis->chain_name, sizeof genesis->chain_name)) {
        return fault_set(fault, "chain name", "the chain has no valid name of 1 to 35 characters");
    }
    if (genesis->created_ms == 0 || genesis->created_ms % 1000 != 0) {
        return fault_set(fault, "chain created",
                         "the time of creation is missing or not in seconds");
    }
    return numbers_check(genesis->timings, timing_table, GENESIS_TIMING_COUNT, fault) &&
           numbers_check(genesis->limits, limit_table, GENESIS_LIMIT_COUNT, fault) &&
           numbers_check(genesis->capacities, capacity_table, GENESIS_CAPACITY_COUNT, fault) &&
           numbers_check(genesis->rules, rule_table, GENESIS_RULE_COUNT, fault) &&
           rules_check(genesis, fault) && rates_check(genesis, fault) &&
           validators_check(genesis, fault) && parties_check(genesis, fault) &&
           keys_check(genesis, fault);
}

static bool persons_differ(const struct genesis_key *a, const struct genesis_key *b)
{
    struct text35 one, other;

    return text35_parse(a->person, strlen(a->person), &one) &&
           text35_parse(b->person, strlen(b->person), &other) && !person_same(&one, &other);
}

/* May the two of them add a key: one makes it, the other approves? */
static bool keys_govern(const struct genesis *genesis, const struct genesis_key *maker,
                        const struct genesis_key *approver)
{
    return maker->party == approver->party &&
           (genesis->parties[maker->party].roles & PARTY_OPERATOR) != 0 &&
           (maker->rights & KEY_ADMINISTER) != 0 && (approver->rights & KEY_APPROVE) != 0 &&
           persons_differ(maker, approver);
}

bool genesis_governable(const struct genesis *genesis, struct genesis_fault *fault)
{
    bool alone = !command_set_has(&genesis->approval.kinds, COMMAND_KEY_ADD);

    for (uint16_t i = 0; i < genesis->key_count && !alone; i++) {
        for (uint16_t j = 0; j < genesis->key_count; j++) {
            if (keys_govern(genesis, &genesis->keys[i], &genesis->keys[j])) {
                return true;
            }
        }
    }
    return alone || fault_set(fault, "approval kinds",
                              "a new key needs two persons, and no operator has keys of two: "
                              "nothing could ever be approved; see network init --second-person");
}

static void text_encode(struct bytes_writer *writer, const char *text)
{
    size_t length = strlen(text);

    TALLY_ASSERT(length <= UINT8_MAX);
    bytes_write_u8(writer, (uint8_t)length);
    bytes_write_copy(writer, text, length);
}

static void numbers_encode(struct bytes_writer *writer, const uint64_t *values, unsigned count)
{
    bytes_write_u16(writer, (uint16_t)count);
    for (unsigned i = 0; i < count; i++) {
        bytes_write_u64(writer, values[i]);
    }
}

static void day_encode(struct bytes_writer *writer, const struct genesis *genesis)
{
    bytes_write_u16(writer, genesis->window_count);
    for (uint16_t i = 0; i < genesis->window_count; i++) {
        bytes_write_u16(writer, genesis->windows[i].opens_minute);
        bytes_write_u16(writer, genesis->windows[i].minutes);
    }
    bytes_write_u16(writer, genesis->cut_offs_count);
    for (uint16_t i = 0; i < genesis->cut_offs_count; i++) {
        asset_code_write(writer, &genesis->cut_offs[i].currency);
        bytes_write_u16(writer, genesis->cut_offs[i].dvp_minute);
        bytes_write_u16(writer, genesis->cut_offs[i].cash_minute);
    }
    bytes_write_u16(writer, genesis->closing_count);
    for (uint16_t i = 0; i < genesis->closing_count; i++) {
        asset_code_write(writer, &genesis->closings[i].currency);
        bytes_write_u32(writer, genesis->closings[i].date);
    }
}

static void head_encode(struct bytes_writer *writer, const struct genesis *genesis)
{
    bytes_write_u32(writer, GENESIS_VERSION);
    text_encode(writer, genesis->chain_name);
    bytes_write_u64(writer, genesis->created_ms);
    numbers_encode(writer, genesis->timings, GENESIS_TIMING_COUNT);
    numbers_encode(writer, genesis->limits, GENESIS_LIMIT_COUNT);
    numbers_encode(writer, genesis->capacities, GENESIS_CAPACITY_COUNT);
    numbers_encode(writer, genesis->rules, GENESIS_RULE_COUNT);
    bytes_write_u16(writer, genesis->tolerance_count);
    for (uint16_t i = 0; i < genesis->tolerance_count; i++) {
        text_encode(writer, genesis->tolerances[i].currency);
        bytes_write_i64(writer, genesis->tolerances[i].band);
        bytes_write_i64(writer, genesis->tolerances[i].small);
        bytes_write_i64(writer, genesis->tolerances[i].large);
    }
    text_encode(writer, genesis->reference_currency);
    bytes_write_u16(writer, genesis->rate_count);
    for (uint16_t i = 0; i < genesis->rate_count; i++) {
        text_encode(writer, genesis->rates[i].currency);
        bytes_write_i64(writer, genesis->rates[i].own);
        bytes_write_i64(writer, genesis->rates[i].reference);
    }
    bytes_write_u16(writer, genesis->holiday_count);
    for (uint16_t i = 0; i < genesis->holiday_count; i++) {
        bytes_write_u32(writer, genesis->holidays[i]);
    }
    day_encode(writer, genesis);
    approval_policy_write(writer, &genesis->approval);
    bytes_write_u16(writer, genesis->validator_count);
    bytes_write_u16(writer, genesis->party_count);
    bytes_write_u16(writer, genesis->key_count);
}

static void validator_encode(struct bytes_writer *writer, const struct genesis_validator *validator)
{
    text_encode(writer, validator->name);
    text_encode(writer, validator->address);
    bytes_write_copy(writer, validator->signing.bytes, sizeof validator->signing.bytes);
    bytes_write_copy(writer, validator->channel.bytes, sizeof validator->channel.bytes);
}

static void member_encode(struct bytes_writer *writer, const struct genesis_party *party)
{
    text_encode(writer, party->bic);
    text_encode(writer, party->name);
    bytes_write_u32(writer, party->roles);
    bytes_write_u16(writer, party->validator);
}

static void access_encode(struct bytes_writer *writer, const struct genesis_key *key)
{
    bytes_write_u16(writer, key->party);
    bytes_write_copy(writer, key->signing.bytes, sizeof key->signing.bytes);
    bytes_write_copy(writer, key->channel.bytes, sizeof key->channel.bytes);
    bytes_write_u32(writer, key->rights);
    bytes_write_i64(writer, key->limit);
    text_encode(writer, key->person);
}

/* The encoding consists of pieces small enough for a buffer on the stack: the head, then one piece
 * per validator, party and key. */
static unsigned piece_count(const struct genesis *genesis)
{
    return 1u + genesis->validator_count + genesis->party_count + genesis->key_count;
}

static void piece_encode(struct bytes_writer *writer, const struct genesis *genesis, unsigned piece)
{
    TALLY_ASSERT(piece < piece_count(genesis));
    if (piece == 0) {
        head_encode(writer, genesis);
        return;
    }
    piece -= 1;
    if (piece < genesis->validator_count) {
        validator_encode(writer, &genesis->validators[piece]);
        return;
    }
    piece -= genesis->validator_count;
    if (piece < genesis->party_count) {
        member_encode(writer, &genesis->parties[piece]);
        return;
    }
    access_encode(writer, &genesis->keys[piece - genesis->party_count]);
}

size_t genesis_encode(const struct genesis *genesis, void *out, size_t capacity)
{
    struct bytes_writer writer;

    bytes_writer_init(&writer, out, capacity);
    for (unsigned piece = 0; piece < piece_count(genesis); piece++) {
        piece_encode(&writer, genesis, piece);
    }
    return bytes_writer_ok(&writer) ? writer.size : 0;
}

void genesis_identify(struct genesis *genesis)
{
    uint8_t buffer[PIECE_SIZE_MAX];
    struct hash_state state;
    struct bytes_writer writer;

    hash_begin(&state, HASH_GENESIS);
    for (unsigned piece = 0; piece < piece_count(genesis); piece++) {
        bytes_writer_init(&writer, buffer, sizeof buffer);
        piece_encode(&writer, genesis, piece);
        TALLY_ASSERT(bytes_writer_ok(&writer));
        hash_add(&state, buffer, writer.size);
    }
    hash_end(&state, &genesis->chain_id);
}
