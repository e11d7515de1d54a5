#include "netsim/market/market.h"

#include <stdlib.h>
#include <string.h>

#include "base/prng.h"
#include "ledger/command/envelope.h"
#include "ledger/genesis.h"
#include "ledger/register/account.h"
#include "ledger/register/asset.h"
#include "ledger/register/key.h"
#include "ledger/register/party.h"
#include "ledger/values/date.h"

enum {
    SHARE_DIVISOR = PARTY_SHARE_DIVISOR,
    DESK_INSTRUCTIONS = 1536,
    DESK_RECORDS = 64,  /* of each kind: restrictions, limits, drafts */
    REFERENCE_SIZE = 8, /* of a command of the opening: O and a number */
    NONCE_SEED_OFFSET = 8,
};

struct market_person {
    struct bic bic;
    struct public_key public_key;
    struct secret_key secret_key;
    struct public_key channel_public_key;
    struct secret_key channel_secret_key;
};

/* Commands of the opening that one party gives in one stage. */
enum opening_group {
    GROUP_ACCOUNTS,
    GROUP_ASSETS,
    GROUP_ISSUES,
    GROUP_CASH,
    GROUP_COUNT
};

struct market {
    struct market_config config;
    struct ledger_genesis genesis;
    struct market_person *people; /* all first keys, by party; then all second ones, ... */
    uint32_t party_count;
    uint32_t people_count;
    struct asset_code *securities; /* the last one is the scarce one */
    struct asset_code *currencies;
    struct text35 *accounts[2]; /* by kind: securities, cash */
    struct text35 issuance_account;
    struct command_party_add *party_adds;
    struct command_key_add *key_adds;
    struct command_account_open *account_opens;
    struct command_asset_add *asset_adds;
    uint32_t account_open_count;
    uint32_t asset_count;
    uint64_t nonce_seed;
};

/* ---- Configurations -------------------------------------------------------------------------- */

void market_config_small(struct market_config *config)
{
    *config = (struct market_config){.seed = 1, .time_ms = MARKET_TIME_MS};
    rule_set_default(&config->rules);
    config->rules.plan.continuous = true; /* schedules begin at any hour */
    market_config_size(config, 4, 1, 1, 1, 512);
}

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

void market_config_size(struct market_config *config, uint32_t participant_count,
                        uint32_t account_count, uint32_t security_count, uint32_t currency_count,
                        uint32_t instruction_count)
{
    uint32_t parties = MARKET_PARTICIPANT + participant_count;
    uint32_t assets = security_count + currency_count + 2;
    uint32_t accounts = 2 * account_count; /* of one participant */
    uint32_t positions = account_count * assets;
    uint32_t opening = participant_count * (accounts + positions) + assets + 2;
    config->participant_count = participant_count;
    config->account_count = account_count;
    config->security_count = security_count;
    config->currency_count = currency_count;
    config->capacity = (struct ledger_capacity){
        .rule_sets = 2,
        .parties = parties + 1,
        .keys = larger(SHARE_DIVISOR, parties + 1),
        .assets = assets + 1,
        .accounts = larger(SHARE_DIVISOR * accounts, participant_count * accounts + 2),
        .positions = SHARE_DIVISOR + larger(SHARE_DIVISOR * larger(positions, assets),
                                            participant_count * positions + assets),
        .instructions = instruction_count,
        .matching_entries = 4 * instruction_count,
        .instruction_ties = instruction_count,
        .instruction_particulars = instruction_count,
        .nonces = instruction_count + opening,
        .references = instruction_count + opening,
        .drafts = 4,
        .restrictions = 4,
        .party_limits = 4,
        .restriction_types = 4,
        .block_receipts = ENVELOPE_COMMAND_COUNT_MAX,
        .block_events = smaller(3 * ENVELOPE_COMMAND_COUNT_MAX,
                                GENESIS_BLOCK_EVENTS_MIN + 2 * (instruction_count + opening)),
    };
    ledger_limits_default(&config->limits);
    config->limits.nonces_per_key = config->capacity.nonces;
    config->limits.instructions_per_party = config->capacity.instructions;
    config->limits.references_per_party = config->capacity.references;
    config->limits.drafts_per_party = config->capacity.drafts;
}

void market_config_desk(struct market_config *config)
{
    market_config_small(config);
    market_config_size(config, 4, 1, 2, 1, DESK_INSTRUCTIONS);
    config->second_persons = true;
    config->capacity.keys *= MARKET_KEY_COUNT;
    config->capacity.drafts = DESK_RECORDS;
    config->capacity.restrictions = DESK_RECORDS;
    config->capacity.party_limits = DESK_RECORDS;
    config->limits.drafts_per_party = config->capacity.drafts;
    config->rules.allegement_delay_minutes = 0;
    command_set_add(&config->rules.approval.kinds, COMMAND_TRANSFORM);
}

static bool config_legal(const struct market_config *config)
{
    return config->participant_count >= 1 && config->participant_count <= MARKET_PARTICIPANTS_MAX &&
           config->account_count >= 1 && config->account_count <= MARKET_ACCOUNTS_MAX &&
           config->security_count >= 1 && config->security_count <= MARKET_SECURITIES_MAX &&
           config->currency_count >= 1 && config->currency_count <= MARKET_CURRENCIES_MAX &&
           config->time_ms >= DATE_DAY_MS;
}

/* ---- Names ----------------------------------------------------------------------------------- */

static const char digits36[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/* Writes a number of so many digits to the base 36. */
static void number_write(char *out, uint32_t width, uint32_t number)
{
    for (uint32_t i = width; i > 0; i--) {
        out[i - 1] = digits36[number % 36];
        number /= 36;
    }
    TALLY_ASSERT(number == 0);
}

static struct text35 text_of(const char *text)
{
    struct text35 out;
    bool valid = text35_parse(text, strlen(text), &out);
    TALLY_ASSERT(valid);
    return out;
}

static struct bic bic_of(uint32_t party)
{
    static const char *const roles[MARKET_PARTICIPANT] = {"OPERDEFFXXX", "BANKDEFFXXX",
                                                          "REGIDEFFXXX"};
    char text[BIC_SIZE + 1] = "P000DEFFXXX";
    struct bic out;
    if (party >= MARKET_PARTICIPANT) {
        number_write(text + 1, 3, party - MARKET_PARTICIPANT);
    }
    bool valid = bic_parse(party < MARKET_PARTICIPANT ? roles[party] : text, BIC_SIZE, &out);
    TALLY_ASSERT(valid);
    return out;
}

/* The last digit of an ISIN is the one that makes it valid. */
static struct asset_code isin_of(uint32_t security)
{
    char text[ISIN_SIZE + 1] = "DE0000000000";
    struct asset_code out;
    number_write(text + 2, 9, security);
    for (char digit = '0'; digit <= '9'; digit++) {
        text[ISIN_SIZE - 1] = digit;
        if (isin_check_digit_valid(text)) {
            break;
        }
    }
    bool valid = asset_code_parse(text, ISIN_SIZE, &out);
    TALLY_ASSERT(valid);
    return out;
}

static struct asset_code currency_of(uint32_t currency)
{
    static const char *const names[MARKET_CURRENCIES_MAX + 1] = {"EUR", "USD", "GBP", "CHF", "SEK",
                                                                 "DKK", "NOK", "PLN", "CZK"};
    struct asset_code out;
    bool valid = asset_code_parse(names[currency], CURRENCY_SIZE, &out);
    TALLY_ASSERT(valid);
    return out;
}

static struct text35 account_of(bool cash, uint32_t number)
{
    char text[] = "S000";
    text[0] = cash ? 'C' : 'S';
    number_write(text + 1, 3, number);
    return text_of(text);
}

/* Reads what number_write() wrote; UINT32_MAX for anything else. */
static uint32_t number_read(const char *text, uint32_t width)
{
    uint64_t number = 0;
    for (uint32_t i = 0; i < width; i++) {
        const char *digit = memchr(digits36, text[i], 36);
        if (digit == NULL) {
            return UINT32_MAX;
        }
        number = number * 36 + (uint64_t)(digit - digits36);
    }
    return number < UINT32_MAX ? (uint32_t)number : UINT32_MAX;
}

/* ---- Making ---------------------------------------------------------------------------------- */

static void *take(size_t count, size_t size)
{
    return calloc(count, size);
}

static bool memory_take(struct market *market)
{
    const struct market_config *config = &market->config;
    uint32_t participants = config->participant_count;
    market->party_count = MARKET_PARTICIPANT + participants;
    market->people_count = market->party_count * (config->second_persons ? MARKET_KEY_COUNT : 1);
    market->account_open_count = 2 + 2 * participants * config->account_count;
    market->asset_count = config->security_count + config->currency_count + 2;
    market->people = take(market->people_count, sizeof *market->people);
    market->securities = take(config->security_count + 1, sizeof *market->securities);
    market->currencies = take(config->currency_count + 1, sizeof *market->currencies);
    market->accounts[0] = take(config->account_count, sizeof *market->accounts[0]);
    market->accounts[1] = take(config->account_count, sizeof *market->accounts[1]);
    market->party_adds = take(market->party_count, sizeof *market->party_adds);
    market->key_adds = take(market->people_count, sizeof *market->key_adds);
    market->account_opens = take(market->account_open_count, sizeof *market->account_opens);
    market->asset_adds = take(market->asset_count, sizeof *market->asset_adds);
    return market->people != NULL && market->securities != NULL && market->currencies != NULL &&
           market->accounts[0] != NULL && market->accounts[1] != NULL &&
           market->party_adds != NULL && market->key_adds != NULL &&
           market->account_opens != NULL && market->asset_adds != NULL;
}

/* The name of whoever holds a key; absent where everybody is alone. */
static struct text35 person_name(const struct market *market, uint32_t key)
{
    static const char *const names[MARKET_KEY_COUNT] = {"First", "Second", "First"};
    return market->config.second_persons ? text_of(names[key]) : (struct text35){0};
}

static void key_make(struct market *market, uint32_t number, struct prng *prng)
{
    struct market_person *person = &market->people[number];
    const uint32_t party = number % market->party_count;
    const bool confined = market->config.second_persons && party >= MARKET_PARTICIPANT;
    uint32_t rights = KEY_SUBMIT;
    uint8_t seed[SIGN_SEED_SIZE];
    person->bic = bic_of(party);
    prng_fill(prng, seed, sizeof seed);
    sign_key_from_seed(seed, &person->public_key, &person->secret_key);
    prng_fill(prng, seed, sizeof seed);
    sign_key_from_seed(seed, &person->channel_public_key, &person->channel_secret_key);
    rights |= number == MARKET_OPERATOR ? (uint32_t)KEY_ADMINISTER : 0;
    rights |= market->config.second_persons ? (uint32_t)KEY_APPROVE : 0;
    market->key_adds[number] = (struct command_key_add){
        .bic = person->bic,
        .public_key = person->public_key,
        .channel_key = person->channel_public_key,
        .rights = rights,
        .amount_limit = confined && number < market->party_count ? MARKET_KEY_LIMIT : INT64_MAX,
        .day_limit = INT64_MAX,
        .valid_until_ms = UINT64_MAX,
        .person = person_name(market, number / market->party_count),
    };
}

static void people_make(struct market *market, struct prng *prng)
{
    static const uint32_t roles[MARKET_PARTICIPANT] = {PARTY_OPERATOR, PARTY_SETTLEMENT_BANK,
                                                       PARTY_REGISTRAR};
    struct text35 name = text_of("A member");
    for (uint32_t i = 0; i < market->people_count; i++) {
        key_make(market, i, prng);
    }
    for (uint32_t i = 0; i < market->party_count; i++) {
        market->party_adds[i] = (struct command_party_add){
            .bic = market->people[i].bic,
            .name = name,
            .roles = i < MARKET_PARTICIPANT ? roles[i] : (uint32_t)PARTY_PARTICIPANT,
        };
    }
}

static void accounts_make(struct market *market)
{
    struct command_account_open *next = market->account_opens;
    market->issuance_account = text_of("ISSUE");
    for (uint32_t i = 0; i < market->config.account_count; i++) {
        market->accounts[0][i] = account_of(false, i);
        market->accounts[1][i] = account_of(true, i);
    }
    *next++ = (struct command_account_open){market->people[MARKET_BANK].bic,
                                            market->issuance_account, ACCOUNT_CASH, false};
    *next++ = (struct command_account_open){market->people[MARKET_REGISTRAR].bic,
                                            market->issuance_account, ACCOUNT_SECURITIES, false};
    for (uint32_t party = MARKET_PARTICIPANT; party < market->party_count; party++) {
        for (uint32_t i = 0; i < 2 * market->config.account_count; i++) {
            bool cash = i % 2 == 1;
            *next++ = (struct command_account_open){
                .bic = market->people[party].bic,
                .id = market->accounts[cash][i / 2],
                .kind = cash ? ACCOUNT_CASH : ACCOUNT_SECURITIES,
                .is_default = i < 2,
            };
        }
    }
    TALLY_ASSERT(next == market->account_opens + market->account_open_count);
}

static void assets_make(struct market *market)
{
    struct text35 name = text_of("An asset");
    for (uint32_t i = 0; i < market->asset_count; i++) {
        bool cash = i > market->config.security_count;
        uint32_t number = cash ? i - market->config.security_count - 1 : i;
        struct asset_code code = cash ? currency_of(number) : isin_of(number);
        (cash ? market->currencies : market->securities)[number] = code;
        market->asset_adds[i] = (struct command_asset_add){
            .code = code,
            .name = name,
            .kind = cash ? ASSET_CURRENCY : ASSET_SECURITY_UNIT,
            .decimals = cash ? 2 : 0,
            .settlement_unit_min = 1,
            .settlement_unit_multiple = 1,
            .issuer = market->people[cash ? MARKET_BANK : MARKET_REGISTRAR].bic,
            .issuance_account = market->issuance_account,
        };
    }
}

static void genesis_make(struct market *market, struct prng *prng)
{
    const struct market_config *config = &market->config;
    struct ledger_genesis *genesis = &market->genesis;
    *genesis = (struct ledger_genesis){
        .time_ms = config->time_ms,
        .capacity = config->capacity,
        .limits = config->limits,
        .rules = config->rules,
        .parties = market->party_adds,
        .party_count = market->party_count,
        .keys = market->key_adds,
        .key_count = market->people_count,
    };
    prng_fill(prng, genesis->chain_id.bytes, sizeof genesis->chain_id.bytes);
    if (!config->opening_by_envelopes) {
        genesis->accounts = market->account_opens;
        genesis->account_count = market->account_open_count;
        genesis->assets = market->asset_adds;
        genesis->asset_count = market->asset_count;
    }
}

struct market *market_new(const struct market_config *config)
{
    struct prng prng;
    struct market *market = config_legal(config) ? calloc(1, sizeof *market) : NULL;
    if (market == NULL) {
        return NULL;
    }
    market->config = *config;
    if (!memory_take(market)) {
        market_free(market);
        return NULL;
    }
    prng_init(&prng, config->seed);
    people_make(market, &prng);
    accounts_make(market);
    assets_make(market);
    genesis_make(market, &prng);
    market->nonce_seed = prng_next(&prng);
    if (ledger_footprint(&config->capacity) == 0) {
        market_free(market);
        return NULL;
    }
    return market;
}

void market_free(struct market *market)
{
    if (market == NULL) {
        return;
    }
    free(market->people);
    free(market->securities);
    free(market->currencies);
    free(market->accounts[0]);
    free(market->accounts[1]);
    free(market->party_adds);
    free(market->key_adds);
    free(market->account_opens);
    free(market->asset_adds);
    free(market);
}

/* ---- Looking --------------------------------------------------------------------------------- */

const struct market_config *market_configuration(const struct market *market)
{
    return &market->config;
}

const struct ledger_genesis *market_genesis(const struct market *market)
{
    return &market->genesis;
}

void market_chain_set(struct market *market, const struct hash *chain_id)
{
    market->genesis.chain_id = *chain_id;
}

uint32_t market_party_count(const struct market *market)
{
    return market->party_count;
}

static const struct market_person *person_at(const struct market *market, uint32_t person)
{
    TALLY_ASSERT(person < market->people_count);
    return &market->people[person];
}

uint32_t market_person(const struct market *market, uint32_t party, uint32_t key)
{
    TALLY_ASSERT(party < market->party_count && key < MARKET_KEY_COUNT);
    TALLY_ASSERT(key == MARKET_KEY_FIRST || market->config.second_persons);
    return key * market->party_count + party;
}

const struct bic *market_bic(const struct market *market, uint32_t party)
{
    return &person_at(market, party)->bic;
}

void market_signing_key(const struct market *market, uint32_t party, struct public_key *public_key,
                        struct secret_key *secret_key)
{
    *public_key = person_at(market, party)->public_key;
    *secret_key = person_at(market, party)->secret_key;
}

void market_channel_key(const struct market *market, uint32_t party, struct public_key *public_key,
                        struct secret_key *secret_key)
{
    *public_key = person_at(market, party)->channel_public_key;
    *secret_key = person_at(market, party)->channel_secret_key;
}

const struct asset_code *market_security(const struct market *market, uint32_t security)
{
    TALLY_ASSERT(security <= market->config.security_count);
    return &market->securities[security];
}

const struct asset_code *market_currency(const struct market *market, uint32_t currency)
{
    TALLY_ASSERT(currency <= market->config.currency_count);
    return &market->currencies[currency];
}

const struct text35 *market_account(const struct market *market, bool cash, uint32_t number)
{
    TALLY_ASSERT(number < market->config.account_count);
    return &market->accounts[cash][number];
}

bool market_account_find(const struct market *market, const struct bic *bic,
                         const struct text35 *id, bool *cash, uint32_t *account)
{
    uint32_t participant = number_read(bic->text + 1, 3);
    uint32_t number = id->size == 4 ? number_read(id->text + 1, 3) : UINT32_MAX;
    if (participant >= market->config.participant_count || number >= market->config.account_count ||
        !bic_equal(bic, &market->people[MARKET_PARTICIPANT + participant].bic)) {
        return false;
    }
    *cash = id->text[0] == 'C';
    *account = participant * market->config.account_count + number;
    return text35_equal(id, &market->accounts[*cash][number]);
}

bool market_asset_find(const struct market *market, const struct asset_code *code, bool *cash,
                       uint32_t *asset)
{
    *cash = code->size == CURRENCY_SIZE;
    if (*cash) {
        for (uint32_t i = 0; i <= market->config.currency_count; i++) {
            if (asset_code_equal(code, &market->currencies[i])) {
                *asset = i;
                return true;
            }
        }
        return false;
    }
    uint32_t number = number_read(code->text + 2, 9);
    *asset = number;
    return number <= market->config.security_count &&
           asset_code_equal(code, &market->securities[number]);
}

/* ---- The opening ----------------------------------------------------------------------------- */

static uint32_t group_party(enum opening_group group)
{
    static const uint32_t parties[GROUP_COUNT] = {MARKET_OPERATOR, MARKET_OPERATOR,
                                                  MARKET_REGISTRAR, MARKET_BANK};
    return parties[group];
}

static uint32_t group_stage(enum opening_group group)
{
    static const uint32_t stages[GROUP_COUNT] = {0, 1, 2, 2};
    return stages[group];
}

/* How many commands it has. */
static uint32_t group_size(const struct market *market, enum opening_group group)
{
    const struct market_config *config = &market->config;
    uint32_t accounts = config->participant_count * config->account_count;
    switch (group) {
    case GROUP_ACCOUNTS:
        return config->opening_by_envelopes ? market->account_open_count : 0;
    case GROUP_ASSETS:
        return config->opening_by_envelopes ? market->asset_count : 0;
    case GROUP_ISSUES: /* the last one is the lender's, of the scarce security */
        return accounts * config->security_count + 1;
    case GROUP_CASH:
        return accounts * config->currency_count;
    default:
        return 0;
    }
}

static uint32_t group_envelopes(const struct market *market, enum opening_group group)
{
    return (group_size(market, group) + MARKET_OPENING_COMMANDS_MAX - 1) /
           MARKET_OPENING_COMMANDS_MAX;
}

uint32_t market_opening_count(const struct market *market)
{
    uint32_t count = 0;
    for (int group = 0; group < GROUP_COUNT; group++) {
        count += group_envelopes(market, (enum opening_group)group);
    }
    return count;
}

/* Issues, or pays in, the plenty: number counts assets within accounts within participants. */
static void plenty_command(const struct market *market, bool cash, uint32_t number,
                           struct command *out)
{
    const struct market_config *config = &market->config;
    uint32_t assets = cash ? config->currency_count : config->security_count;
    uint32_t account = number / assets;
    uint32_t asset = number % assets;
    if (account == config->participant_count * config->account_count) {
        account = (config->participant_count - 1) * config->account_count;
        asset = config->security_count;
    }
    uint32_t party = MARKET_PARTICIPANT + account / config->account_count;
    out->kind = cash ? COMMAND_CASH_IN : COMMAND_ISSUE;
    out->issuance = (struct command_issuance){
        .asset = cash ? market->currencies[asset] : market->securities[asset],
        .bic = market->people[party].bic,
        .account = market->accounts[cash][account % config->account_count],
        .quantity = MARKET_PLENTY,
    };
}

static void opening_command(const struct market *market, enum opening_group group, uint32_t number,
                            uint32_t label, struct command *out)
{
    memset(out, 0, sizeof *out);
    out->date = date_from_ms(market->config.time_ms);
    out->reference.size = REFERENCE_SIZE;
    out->reference.text[0] = 'O';
    number_write(out->reference.text + 1, REFERENCE_SIZE - 1, label);
    switch (group) {
    case GROUP_ACCOUNTS:
        out->kind = COMMAND_ACCOUNT_OPEN;
        out->account_open = market->account_opens[number];
        break;
    case GROUP_ASSETS:
        out->kind = COMMAND_ASSET_ADD;
        out->asset_add = market->asset_adds[number];
        break;
    default:
        plenty_command(market, group == GROUP_CASH, number, out);
        break;
    }
}

/* ---- Signing --------------------------------------------------------------------------------- */

static bool builder_begin(const struct market *market, uint32_t number, uint64_t nonce,
                          uint64_t valid_until_ms, uint8_t *buffer, size_t capacity,
                          struct envelope_builder *builder)
{
    const struct market_person *person = person_at(market, number);
    struct nonce_secret secret = {{0}};
    bytes_put_u64(secret.bytes, nonce);
    bytes_put_u64(secret.bytes + NONCE_SEED_OFFSET, market->nonce_seed);
    return envelope_begin(builder, buffer, capacity, &market->genesis.chain_id, &person->bic,
                          &person->public_key, &secret, valid_until_ms);
}

static bool builder_append(struct envelope_builder *builder, const struct command *command)
{
    uint8_t bytes[COMMAND_BYTES_MAX];
    struct bytes_writer writer;
    bytes_writer_init(&writer, bytes, sizeof bytes);
    command_encode(command, &writer);
    return !writer.failed && envelope_append(builder, bytes, writer.size);
}

bool market_sign(const struct market *market, uint32_t person, const struct command *commands,
                 uint16_t command_count, uint32_t nonce, uint64_t valid_until_ms, uint8_t *buffer,
                 size_t capacity, size_t *size, struct hash *id)
{
    struct envelope_builder builder;
    if (!builder_begin(market, person, nonce, valid_until_ms, buffer, capacity, &builder)) {
        return false;
    }
    for (uint16_t i = 0; i < command_count; i++) {
        if (!builder_append(&builder, &commands[i])) {
            return false;
        }
    }
    return envelope_seal(&builder, &market->people[person].secret_key, size, id);
}

bool market_opening_find(const struct market *market, const struct text35 *reference,
                         uint32_t *envelope, uint32_t *command)
{
    if (reference->size != REFERENCE_SIZE || reference->text[0] != 'O') {
        return false;
    }
    uint32_t label = number_read(reference->text + 1, REFERENCE_SIZE - 1);
    *envelope = label / MARKET_OPENING_COMMANDS_MAX;
    *command = label % MARKET_OPENING_COMMANDS_MAX;
    return *envelope < market_opening_count(market);
}

/* An envelope of the opening: its group, and the first of its commands there. */
struct opening_place {
    enum opening_group group;
    uint32_t first;
};

static struct opening_place opening_place(const struct market *market, uint32_t index)
{
    int group = 0;
    TALLY_ASSERT(index < market_opening_count(market));
    while (index >= group_envelopes(market, (enum opening_group)group)) {
        index -= group_envelopes(market, (enum opening_group)group);
        group++;
    }
    return (struct opening_place){(enum opening_group)group, index * MARKET_OPENING_COMMANDS_MAX};
}

void market_opening_describe(const struct market *market, uint32_t index,
                             struct market_opening *out)
{
    struct opening_place place = opening_place(market, index);
    uint32_t left = group_size(market, place.group) - place.first;
    *out = (struct market_opening){
        .stage = group_stage(place.group),
        .party = group_party(place.group),
        .command_count =
            (uint16_t)(left < MARKET_OPENING_COMMANDS_MAX ? left : MARKET_OPENING_COMMANDS_MAX),
    };
}

bool market_opening_sign(const struct market *market, uint32_t index, uint64_t valid_until_ms,
                         uint8_t *buffer, size_t capacity, struct market_opening *out)
{
    struct opening_place place = opening_place(market, index);
    struct envelope_builder builder;
    size_t size = 0;
    market_opening_describe(market, index, out);
    if (!builder_begin(market, out->party, (UINT64_C(1) << 32) + index, valid_until_ms, buffer,
                       capacity, &builder)) {
        return false;
    }
    for (uint32_t i = 0; i < out->command_count; i++) {
        struct command command;
        opening_command(market, place.group, place.first + i,
                        index * MARKET_OPENING_COMMANDS_MAX + i, &command);
        if (!builder_append(&builder, &command)) {
            return false;
        }
    }
    bool sealed = envelope_seal(&builder, &market->people[out->party].secret_key, &size, &out->id);
    out->size = (uint32_t)size;
    return sealed;
}
