/*
 * `tally network init`: a genesis, the key files and the configurations of a new network.
 *
 *     DIR/genesis.tally
 *         node-0/     tallyd.ini signing.key channel.key [passphrase]     one per validator
 *         parties/    OPERDEFFXXX/ party.ini signing.key channel.key [passphrase]     one per party
 *
 * For a network over several machines the directories are made here and carried there: the ceremony
 * in which each member makes its own keys uses `tally keygen` and a genesis edited by hand.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/assert.h"
#include "cli/failure.h"
#include "cli/key_make.h"
#include "cli/passphrase.h"
#include "cli/verb.h"
#include "host/clock.h"
#include "host/secret_memory.h"
#include "ledger/register/key.h"
#include "ledger/register/party.h"
#include "ledger/values/identifier.h"

#define PORT_DEFAULT  7100ul
#define TEXT_SIZE     2048u
#define SPEC_SIZE     160u
#define RANDOM_WORD   24u
#define DEFAULT_PARTY "TALYZZZZXXX:Operator:operator"

/* How pass phrases are made: one for all that the operator knows, or a random one per directory,
 * written beside the keys it opens (tests and demonstrations). */
struct sealing {
    struct keyfile_cost cost;
    struct passphrase *common; /* NULL: random ones */
};

static enum exit_code directory_make(const char *path)
{
    enum file_status status = directory_create(file_system_posix(), path);

    return status == FILE_OK ? EXIT_DONE
                             : failure(EXIT_FILES, path, file_status_hint(status), "%s",
                                       file_status_text(status));
}

static void random_word(char out[2 * RANDOM_WORD + 1])
{
    uint8_t bytes[RANDOM_WORD];

    randombytes_buf(bytes, sizeof bytes);
    (void)sodium_bin2hex(out, 2 * RANDOM_WORD + 1, bytes, sizeof bytes);
}

/* Makes one signing and one channel key in a directory, and the file of their pass phrase if
 * random. */
static enum exit_code keys_make(const char *directory, const struct sealing *sealing,
                                enum keyfile_kind signing_kind, enum keyfile_kind channel_kind,
                                struct public_key *signing, struct public_key *channel)
{
    char path[FILE_PATH_SIZE_MAX];
    char word[2 * RANDOM_WORD + 1];
    const char *phrase = sealing->common != NULL ? sealing->common->text : word;
    size_t size = sealing->common != NULL ? sealing->common->size : sizeof word - 1;
    enum exit_code code = EXIT_DONE;

    random_word(word);
    if (sealing->common == NULL) {
        (void)snprintf(path, sizeof path, "%.1000s/passphrase", directory);
        code = cli_file_write(path, word, sizeof word - 1);
    }
    if (code == EXIT_DONE) {
        (void)snprintf(path, sizeof path, "%.1000s/signing.key", directory);
        code = key_make(path, signing_kind, &sealing->cost, phrase, size, signing);
    }
    if (code == EXIT_DONE) {
        (void)snprintf(path, sizeof path, "%.1000s/channel.key", directory);
        code = key_make(path, channel_kind, &sealing->cost, phrase, size, channel);
    }
    secret_memory_wipe(word, sizeof word);
    return code;
}

static const char *passphrase_line(const struct sealing *sealing)
{
    return sealing->common == NULL ? "passphrase_file = passphrase\n" : "";
}

static enum exit_code validator_make(const char *directory, unsigned index,
                                     const struct sealing *sealing, struct genesis *genesis)
{
    struct genesis_validator *validator = &genesis->validators[index];
    char path[FILE_PATH_SIZE_MAX];
    char text[TEXT_SIZE];
    enum exit_code code;

    (void)snprintf(path, sizeof path, "%.900s/node-%u", directory, index);
    code = directory_make(path);
    if (code == EXIT_DONE) {
        code = keys_make(path, sealing, KEYFILE_VALIDATOR_SIGNING, KEYFILE_VALIDATOR_CHANNEL,
                         &validator->signing, &validator->channel);
    }
    if (code != EXIT_DONE) {
        return code;
    }
    (void)snprintf(text, sizeof text,
                   "# %s: settings of this node alone; what all agree on is in the genesis\n"
                   "[node]\n"
                   "genesis = ../genesis.tally\n"
                   "validator = %u\n"
                   "data = data\n"
                   "signing_key = signing.key\n"
                   "channel_key = channel.key\n"
                   "%s\n"
                   "[listen]\n"
                   "address = %s\n",
                   validator->name, index, passphrase_line(sealing), validator->address);
    (void)snprintf(path, sizeof path, "%.900s/node-%u/tallyd.ini", directory, index);
    return cli_file_write(path, text, strlen(text));
}

/* The directory of a key's holder: the party's for its first person, BIC-2 for the second. */
static enum exit_code person_make(const char *directory, unsigned index,
                                  const struct sealing *sealing, struct genesis *genesis)
{
    struct genesis_key *key = &genesis->keys[index];
    const struct genesis_party *party = &genesis->parties[key->party];
    const char *name = index < genesis->party_count ? party->bic : key->person;
    char path[FILE_PATH_SIZE_MAX];
    char text[TEXT_SIZE];
    enum exit_code code;

    (void)snprintf(path, sizeof path, "%.900s/parties/%s", directory, name);
    code = directory_make(path);
    if (code == EXIT_DONE) {
        code = keys_make(path, sealing, KEYFILE_PARTY_SIGNING, KEYFILE_PARTY_CHANNEL, &key->signing,
                         &key->channel);
    }
    if (code != EXIT_DONE) {
        return code;
    }
    (void)snprintf(text, sizeof text,
                   "# %s\n"
                   "[party]\n"
                   "bic = %s\n"
                   "genesis = ../../genesis.tally\n"
                   "signing_key = signing.key\n"
                   "channel_key = channel.key\n"
                   "%snode = %u\n",
                   party->name, party->bic, passphrase_line(sealing),
                   party->validator == GENESIS_NO_VALIDATOR ? 0u : (unsigned)party->validator);
    (void)snprintf(path, sizeof path, "%.900s/parties/%s/party.ini", directory, name);
    return cli_file_write(path, text, strlen(text));
}

/* What a party of these roles needs its first key for. */
static uint32_t rights_for(uint32_t roles)
{
    uint32_t rights = 0;

    if ((roles & PARTY_OPERATOR) != 0) {
        rights |= KEY_SUBMIT | KEY_APPROVE | KEY_ADMINISTER | KEY_READ_ALL;
    }
    if ((roles & (PARTY_REGISTRAR | PARTY_SETTLEMENT_BANK | PARTY_PARTICIPANT)) != 0) {
        rights |= KEY_SUBMIT | KEY_APPROVE | KEY_ADMINISTER;
    }
    if ((roles & PARTY_AUDITOR) != 0) {
        rights |= KEY_READ_ALL;
    }
    return rights;
}

/* "BIC:NAME:ROLES"; name and roles may be left out. */
static enum exit_code party_take(const char *spec, struct genesis *genesis)
{
    struct genesis_party *party = &genesis->parties[genesis->party_count];
    struct genesis_key *key = &genesis->keys[genesis->key_count];
    char text[SPEC_SIZE];
    char *name, *roles;
    struct bic bic;

    if (strlen(spec) >= sizeof text || genesis->party_count == GENESIS_PARTIES_MAX) {
        return failure(EXIT_USAGE, "--party",
                       "write BIC:NAME:ROLES, and not more parties than a genesis has",
                       "too long, or too many parties");
    }
    strcpy(text, spec);
    name = strchr(text, ':');
    roles = name == NULL ? NULL : strchr(name + 1, ':');
    if (name != NULL) {
        *name++ = 0;
    }
    if (roles != NULL) {
        *roles++ = 0;
    }
    if (!bic_parse(text, strlen(text), &bic)) {
        return failure(EXIT_USAGE, "--party", "use 8 or 11 letters and digits",
                       "\"%s\" is not a BIC", text);
    }
    memcpy(party->bic, bic.text, BIC_SIZE);
    (void)snprintf(party->name, sizeof party->name, "%.35s", name == NULL ? text : name);
    party->roles = genesis_roles_parse(roles == NULL ? "participant" : roles);
    if (party->roles == 0) {
        return failure(EXIT_USAGE, "--party", option_meaning(OPTION_ROLES),
                       "\"%s\" is no list of roles", roles == NULL ? "" : roles);
    }
    party->validator = (uint16_t)(genesis->party_count % genesis->validator_count);
    key->party = genesis->party_count;
    key->rights = rights_for(party->roles);
    key->limit = INT64_MAX;
    (void)snprintf(key->person, sizeof key->person, "%.*s-1", BIC_SIZE,
                   bic.text); /* its first one */
    genesis->party_count++;
    genesis->key_count++;
    return EXIT_DONE;
}

static enum exit_code parties_take(struct cli *cli, struct genesis *genesis)
{
    const struct option_values *specs = &cli->options.values[OPTION_PARTY_SPEC];
    bool operator_found = false;
    enum exit_code code = EXIT_DONE;

    for (unsigned i = 0; i < specs->count && code == EXIT_DONE; i++) {
        code = party_take(specs->items[i], genesis);
    }
    for (uint16_t i = 0; i < genesis->party_count; i++) {
        operator_found |= (genesis->parties[i].roles & PARTY_OPERATOR) != 0;
    }
    return code != EXIT_DONE || operator_found ? code : party_take(DEFAULT_PARTY, genesis);
}

/* A second person for each operator, behind the first keys of all: with the rights of the first. */
static enum exit_code second_persons_take(struct genesis *genesis)
{
    for (uint16_t i = 0; i < genesis->party_count; i++) {
        struct genesis_key *key = &genesis->keys[genesis->key_count];
        if ((genesis->parties[i].roles & PARTY_OPERATOR) == 0) {
            continue;
        }
        if (genesis->key_count == GENESIS_KEYS_MAX) {
            return failure(EXIT_USAGE, "--second-person", "name fewer parties",
                           "more keys than a genesis has");
        }
        *key = genesis->keys[i];
        memcpy(key->person, genesis->parties[i].bic, BIC_SIZE);
        strcpy(key->person + BIC_SIZE, "-2");
        genesis->key_count++;
    }
    return EXIT_DONE;
}

/* "NAME=VALUE" of the genesis's tables of numbers. */
static enum exit_code numbers_take(struct cli *cli, struct genesis *genesis)
{
    const struct option_values *settings = &cli->options.values[OPTION_SET];

    for (unsigned i = 0; i < settings->count; i++) {
        char name[64];
        const char *equals = strchr(settings->items[i], '=');
        char *end = NULL;
        unsigned long long value = 0;
        size_t length = equals == NULL ? 0 : (size_t)(equals - settings->items[i]);
        if (equals != NULL && length < sizeof name) {
            memcpy(name, settings->items[i], length);
            name[length] = 0;
            value = strtoull(equals + 1, &end, 10);
        }
        if (end == NULL || *end != 0 || equals[1] < '0' || equals[1] > '9' ||
            !genesis_number_set(genesis, name, value)) {
            return failure(EXIT_USAGE, "--set",
                           "see a genesis file for names and client/genesis.h "
                           "for bounds",
                           "\"%s\" is not a number of the genesis within its bounds",
                           settings->items[i]);
        }
    }
    return EXIT_DONE;
}

/* "CCY:BAND:SMALL:LARGE" */
static enum exit_code tolerances_take(struct cli *cli, struct genesis *genesis)
{
    const struct option_values *values = &cli->options.values[OPTION_TOLERANCE];

    if (values->count == 0) {
        genesis->tolerance_count = 1;
        genesis->tolerances[0] = (struct genesis_tolerance){"EUR", 10000000, 200, 2500};
    }
    for (unsigned i = 0; i < values->count; i++) {
        struct genesis_tolerance *row = &genesis->tolerances[genesis->tolerance_count];
        int used = 0;
        if (genesis->tolerance_count == GENESIS_TOLERANCES_MAX ||
            sscanf(values->items[i], "%3[A-Z]:%" SCNd64 ":%" SCNd64 ":%" SCNd64 "%n", row->currency,
                   &row->band, &row->small, &row->large, &used) != 4 ||
            values->items[i][used] != 0) {
            return failure(EXIT_USAGE, "--tolerance", "write it as EUR:10000000:200:2500",
                           "\"%s\" is not understood", values->items[i]);
        }
        genesis->tolerance_count++;
    }
    return EXIT_DONE;
}

static enum exit_code validators_take(struct cli *cli, struct genesis *genesis)
{
    const struct option_values *hosts = &cli->options.values[OPTION_HOST];
    unsigned long count, port;

    if (!option_number(&cli->options, OPTION_VALIDATORS, 1, GENESIS_VALIDATORS_MAX, 4, &count) ||
        !option_number(&cli->options, OPTION_PORT, 1, 65535 - GENESIS_VALIDATORS_MAX, PORT_DEFAULT,
                       &port)) {
        return EXIT_USAGE;
    }
    if (hosts->count > 0 && hosts->count != count) {
        return failure(EXIT_USAGE, "--host", "give it once per validator",
                       "%u hosts for %lu validators", hosts->count, count);
    }
    genesis->validator_count = (uint16_t)count;
    for (unsigned i = 0; i < count; i++) {
        struct genesis_validator *validator = &genesis->validators[i];
        /* on one machine the ports differ; on several they need not */
        unsigned long own_port = hosts->count > 0 ? port : port + i;
        (void)snprintf(validator->name, sizeof validator->name, "Validator %u", i);
        (void)snprintf(validator->address, sizeof validator->address, "%.50s:%lu",
                       hosts->count > 0 ? hosts->items[i] : "127.0.0.1", own_port);
    }
    return EXIT_DONE;
}

static enum exit_code genesis_describe(struct cli *cli, struct genesis *genesis)
{
    enum exit_code code;

    genesis_init(genesis);
    (void)snprintf(genesis->chain_name, sizeof genesis->chain_name, "%.35s",
                   option_value(&cli->options, OPTION_NAME, "Tally network"));
    genesis->created_ms = clock_utc_ms() / 1000 * 1000;
    code = numbers_take(cli, genesis);
    if (code == EXIT_DONE) {
        code = tolerances_take(cli, genesis);
    }
    if (code == EXIT_DONE) {
        code = validators_take(cli, genesis);
    }
    if (code == EXIT_DONE) {
        code = parties_take(cli, genesis);
    }
    return code == EXIT_DONE && option_given(&cli->options, OPTION_SECOND_PERSON)
               ? second_persons_take(genesis)
               : code;
}

static enum exit_code genesis_write(const char *directory, struct genesis *genesis)
{
    struct genesis_fault fault;
    char path[FILE_PATH_SIZE_MAX];
    char *text;
    size_t size;
    enum exit_code code;

    if (!genesis_consistent(genesis, &fault)) {
        return failure(EXIT_USAGE, fault.field, "change the options", "%s", fault.text);
    }
    genesis_identify(genesis);
    text = malloc(GENESIS_TEXT_BYTES_MAX);
    TALLY_ASSERT(text != NULL);
    size = genesis_format(genesis, text, GENESIS_TEXT_BYTES_MAX);
    TALLY_ASSERT(size > 0);
    (void)snprintf(path, sizeof path, "%.1000s/genesis.tally", directory);
    code = cli_file_write(path, text, size);
    free(text);
    return code;
}

static enum exit_code directories_fill(const char *directory, const struct sealing *sealing,
                                       struct genesis *genesis)
{
    char path[FILE_PATH_SIZE_MAX];
    enum exit_code code = directory_make(directory);

    (void)snprintf(path, sizeof path, "%.1000s/parties", directory);
    if (code == EXIT_DONE) {
        code = directory_make(path);
    }
    for (unsigned i = 0; i < genesis->validator_count && code == EXIT_DONE; i++) {
        code = validator_make(directory, i, sealing, genesis);
    }
    for (unsigned i = 0; i < genesis->key_count && code == EXIT_DONE; i++) {
        code = person_make(directory, i, sealing, genesis);
    }
    return code == EXIT_DONE ? genesis_write(directory, genesis) : code;
}

/* --kdf-cost interactive makes random pass phrases and leaves them beside the keys; otherwise one
 * is asked for and left nowhere. */
static enum exit_code sealing_begin(struct cli *cli, struct sealing *out)
{
    out->common = NULL;
    if (!key_cost_take(cli, &out->cost)) {
        return EXIT_USAGE;
    }
    if (strcmp(option_value(&cli->options, OPTION_KDF_COST, "normal"), "interactive") == 0 &&
        !option_given(&cli->options, OPTION_PASSPHRASE_FILE)) {
        return EXIT_DONE;
    }
    return passphrase_take(option_value(&cli->options, OPTION_PASSPHRASE_FILE, ""),
                           "new pass phrase for all keys: ", true, &out->common);
}

enum exit_code verb_network_init(struct cli *cli)
{
    const char *directory = cli->options.arguments[0];
    struct genesis *genesis = malloc(sizeof *genesis);
    char fingerprint[GENESIS_FINGERPRINT_SIZE];
    struct sealing sealing;
    struct table *record;
    enum exit_code code;

    TALLY_ASSERT(genesis != NULL);
    code = genesis_describe(cli, genesis);
    if (code == EXIT_DONE) {
        code = sealing_begin(cli, &sealing);
    }
    if (code == EXIT_DONE) {
        code = directories_fill(directory, &sealing, genesis);
        passphrase_give(sealing.common);
    }
    if (code == EXIT_DONE) {
        genesis_fingerprint(&genesis->chain_id, fingerprint);
        record = record_new("network");
        record_set(record, "directory", "%s", directory);
        record_set(record, "chain", "%s", genesis->chain_name);
        record_set(record, "validators", "%u", (unsigned)genesis->validator_count);
        record_set(record, "tolerates", "%u faulty", (unsigned)genesis_faults(genesis));
        record_set(record, "parties", "%u", (unsigned)genesis->party_count);
        record_set(record, "fingerprint", "%s", fingerprint);
        cli_show(cli, record);
    }
    free(genesis);
    return code;
}
