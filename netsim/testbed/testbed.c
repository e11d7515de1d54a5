#include "netsim/testbed/testbed.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/prng.h"
#include "crypto/keyfile.h"
#include "ledger/values/date.h"

enum {
    PATH_SIZE = 600,
    DIRECTORY_SIZE = 512,
    TEXT_SIZE = 512,
    OPEN_FILES_MAX = 16,
    STOP_WAIT_US = 20000,
    STOP_TRIES = 250,
};

static const char pass_phrase[] = "correct horse";

struct testbed {
    struct testbed_config config;
    char directory[DIRECTORY_SIZE];
    struct genesis genesis;
    struct secret_key signing[TESTBED_MEMBERS_MAX];
    struct secret_key channel[TESTBED_MEMBERS_MAX];
    pid_t processes[TESTBED_MEMBERS_MAX]; /* 0: not running */
};

/* ---- Files ----------------------------------------------------------------------------------- */

static bool file_write(const char *path, const void *data, size_t size)
{
    int file = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    bool written = file >= 0 && write(file, data, size) == (ssize_t)size;
    if (file >= 0) {
        (void)close(file);
    }
    if (!written) {
        (void)fprintf(stderr, "testbed: cannot write %s: %s\n", path, strerror(errno));
    }
    return written;
}

static bool key_write(const char *directory, const char *name, enum keyfile_kind kind,
                      const struct secret_key *secret)
{
    static const struct keyfile_cost cheap = {.passes = 1, .memory_kib = 64};
    const uint8_t random[KEYFILE_RANDOM_SIZE] = {1}; /* sealed once, for a measurement */
    uint8_t bytes[KEYFILE_SIZE];
    char path[PATH_SIZE];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    return keyfile_seal(kind, &cheap, secret, pass_phrase, strlen(pass_phrase), random, bytes) ==
               KEYFILE_OK &&
           file_write(path, bytes, sizeof bytes);
}

static bool node_write(const struct testbed *testbed, unsigned member)
{
    char directory[PATH_SIZE - 32];
    char path[PATH_SIZE];
    char text[TEXT_SIZE];
    (void)snprintf(directory, sizeof directory, "%s/node-%u", testbed->directory, member);
    if (mkdir(directory, 0700) != 0 ||
        !key_write(directory, "signing.key", KEYFILE_VALIDATOR_SIGNING,
                   &testbed->signing[member]) ||
        !key_write(directory, "channel.key", KEYFILE_VALIDATOR_CHANNEL,
                   &testbed->channel[member])) {
        return false;
    }
    (void)snprintf(path, sizeof path, "%s/passphrase", directory);
    (void)snprintf(text, sizeof text, "%s\n", pass_phrase);
    if (!file_write(path, text, strlen(text))) {
        return false;
    }
    (void)snprintf(path, sizeof path, "%s/tallyd.ini", directory);
    (void)snprintf(text, sizeof text,
                   "[node]\ngenesis = ../genesis.tally\nvalidator = %u\ndata = data\n"
                   "signing_key = signing.key\nchannel_key = channel.key\n"
                   "passphrase_file = passphrase\n[listen]\nhandshakes_per_second = 1000\n"
                   "[storage]\ncheckpoint_bytes = %llu\nread_model = %s\n[log]\nlevel = info\n",
                   member, (unsigned long long)testbed->config.checkpoint_bytes,
                   testbed->config.lists ? "yes" : "no");
    return file_write(path, text, strlen(text));
}

static int remove_one(const char *path, const struct stat *status, int flag, struct FTW *place)
{
    (void)status;
    (void)flag;
    (void)place;
    return remove(path);
}

/* ---- The genesis ----------------------------------------------------------------------------- */

static uint16_t free_port(void)
{
    int number = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    bool bound = number >= 0 && bind(number, (struct sockaddr *)&address, size) == 0 &&
                 getsockname(number, (struct sockaddr *)&address, &size) == 0;
    if (number >= 0) {
        (void)close(number);
    }
    return bound ? ntohs(address.sin_port) : 0;
}

static void validators_make(struct testbed *testbed)
{
    struct genesis *genesis = &testbed->genesis;
    struct prng prng;
    prng_init(&prng, testbed->config.member_count);
    genesis->validator_count = testbed->config.member_count;
    for (unsigned i = 0; i < genesis->validator_count; i++) {
        struct genesis_validator *validator = &genesis->validators[i];
        uint8_t seed[SIGN_SEED_SIZE];
        prng_fill(&prng, seed, sizeof seed);
        sign_key_from_seed(seed, &validator->signing, &testbed->signing[i]);
        prng_fill(&prng, seed, sizeof seed);
        sign_key_from_seed(seed, &validator->channel, &testbed->channel[i]);
        (void)snprintf(validator->name, sizeof validator->name, "Validator %u", i);
        (void)snprintf(validator->address, sizeof validator->address, "127.0.0.1:%u",
                       (unsigned)free_port());
    }
}

static void people_make(struct genesis *genesis, const struct ledger_genesis *market)
{
    genesis->party_count = (uint16_t)market->party_count;
    genesis->key_count = (uint16_t)market->key_count;
    for (unsigned i = 0; i < genesis->party_count; i++) {
        struct genesis_party *party = &genesis->parties[i];
        memcpy(party->bic, market->parties[i].bic.text, BIC_SIZE);
        (void)snprintf(party->name, sizeof party->name, "A member");
        party->roles = market->parties[i].roles;
        party->validator = (uint16_t)(i % genesis->validator_count);
        genesis->keys[i] = (struct genesis_key){
            .party = (uint16_t)i,
            .signing = market->keys[i].public_key,
            .channel = market->keys[i].channel_key,
            .rights = market->keys[i].rights,
            .limit = market->keys[i].amount_limit,
        };
    }
}

static void numbers_make(struct genesis *genesis, const struct ledger_genesis *market)
{
    const struct ledger_capacity *capacity = &market->capacity;
    const uint32_t capacities[GENESIS_CAPACITY_COUNT] = {
        [GENESIS_CAPACITY_RULE_SETS] = capacity->rule_sets,
        [GENESIS_CAPACITY_PARTIES] = capacity->parties,
        [GENESIS_CAPACITY_KEYS] = capacity->keys,
        [GENESIS_CAPACITY_ASSETS] = capacity->assets,
        [GENESIS_CAPACITY_ACCOUNTS] = capacity->accounts,
        [GENESIS_CAPACITY_POSITIONS] = capacity->positions,
        [GENESIS_CAPACITY_INSTRUCTIONS] = capacity->instructions,
        [GENESIS_CAPACITY_MATCHING_ENTRIES] = capacity->matching_entries,
        [GENESIS_CAPACITY_INSTRUCTION_TIES] = capacity->instruction_ties,
        [GENESIS_CAPACITY_INSTRUCTION_PARTICULARS] = capacity->instruction_particulars,
        [GENESIS_CAPACITY_NONCES] = capacity->nonces,
        [GENESIS_CAPACITY_REFERENCES] = capacity->references,
        [GENESIS_CAPACITY_DRAFTS] = capacity->drafts,
        [GENESIS_CAPACITY_RESTRICTIONS] = capacity->restrictions,
        [GENESIS_CAPACITY_PARTY_LIMITS] = capacity->party_limits,
        [GENESIS_CAPACITY_RESTRICTION_TYPES] = capacity->restriction_types,
        [GENESIS_CAPACITY_BLOCK_RECEIPTS] = capacity->block_receipts,
        [GENESIS_CAPACITY_BLOCK_EVENTS] = capacity->block_events,
    };
    for (unsigned i = 0; i < GENESIS_CAPACITY_COUNT; i++) {
        genesis->capacities[i] = capacities[i];
    }
    genesis->limits[GENESIS_LIMIT_KEY_NONCES] = market->limits.nonces_per_key;
    genesis->limits[GENESIS_LIMIT_PARTY_INSTRUCTIONS] = market->limits.instructions_per_party;
    genesis->limits[GENESIS_LIMIT_PARTY_REFERENCES] = market->limits.references_per_party;
    genesis->limits[GENESIS_LIMIT_PARTY_DRAFTS] = market->limits.drafts_per_party;
    genesis->rules[GENESIS_RULE_CLOSED_ON_WEEKENDS] = 0;
    genesis->rules[GENESIS_RULE_CONTINUOUS_DAY] = 1;
}

static bool genesis_make(struct testbed *testbed, struct market *market)
{
    struct genesis *genesis = &testbed->genesis;
    struct genesis_fault fault;
    char path[PATH_SIZE];
    genesis_init(genesis);
    (void)snprintf(genesis->chain_name, sizeof genesis->chain_name, "Testbed");
    genesis->created_ms = market_configuration(market)->time_ms;
    validators_make(testbed);
    people_make(genesis, market_genesis(market));
    numbers_make(genesis, market_genesis(market));
    if (!genesis_consistent(genesis, &fault)) {
        (void)fprintf(stderr, "testbed: genesis: %s: %s\n", fault.field, fault.text);
        return false;
    }
    genesis_identify(genesis);
    market_chain_set(market, &genesis->chain_id);
    char *text = malloc(GENESIS_TEXT_BYTES_MAX);
    size_t size = text == NULL ? 0 : genesis_format(genesis, text, GENESIS_TEXT_BYTES_MAX);
    (void)snprintf(path, sizeof path, "%s/genesis.tally", testbed->directory);
    bool written = size > 0 && file_write(path, text, size);
    free(text);
    return written;
}

/* ---- Life ------------------------------------------------------------------------------------ */

struct testbed *testbed_new(const struct testbed_config *config, struct market *market)
{
    struct testbed *testbed = calloc(1, sizeof *testbed);
    if (testbed == NULL || config->member_count < 1 || config->member_count > TESTBED_MEMBERS_MAX ||
        market_party_count(market) > GENESIS_PARTIES_MAX ||
        !market_configuration(market)->opening_by_envelopes) {
        (void)fprintf(stderr, "testbed: too many members or parties, or no opening by envelopes\n");
        free(testbed);
        return NULL;
    }
    testbed->config = *config;
    (void)snprintf(testbed->directory, sizeof testbed->directory, "%s/testbed-XXXXXX",
                   config->parent);
    if (mkdtemp(testbed->directory) == NULL) {
        (void)fprintf(stderr, "testbed: cannot make a directory in %s: %s\n", config->parent,
                      strerror(errno));
        free(testbed);
        return NULL;
    }
    bool written = genesis_make(testbed, market);
    for (unsigned i = 0; written && i < config->member_count; i++) {
        written = node_write(testbed, i);
    }
    if (!written) {
        testbed_free(testbed);
        return NULL;
    }
    return testbed;
}

/* Waits for the end; kills what does not end by itself. */
static void process_end(pid_t process)
{
    for (int i = 0; i < STOP_TRIES; i++) {
        if (waitpid(process, NULL, WNOHANG) == process) {
            return;
        }
        (void)usleep(STOP_WAIT_US);
    }
    (void)kill(process, SIGKILL);
    (void)waitpid(process, NULL, 0);
}

void testbed_free(struct testbed *testbed)
{
    if (testbed == NULL) {
        return;
    }
    for (unsigned i = 0; i < testbed->config.member_count; i++) {
        if (testbed->processes[i] != 0) {
            (void)kill(testbed->processes[i], SIGTERM);
            (void)kill(testbed->processes[i], SIGCONT); /* should it be paused */
        }
    }
    for (unsigned i = 0; i < testbed->config.member_count; i++) {
        if (testbed->processes[i] != 0) {
            process_end(testbed->processes[i]);
        }
    }
    if (!testbed->config.keep) {
        (void)nftw(testbed->directory, remove_one, OPEN_FILES_MAX, FTW_DEPTH | FTW_PHYS);
    }
    free(testbed);
}

static pid_t node_start(const struct testbed *testbed, unsigned member)
{
    char ini[PATH_SIZE];
    char log[PATH_SIZE];
    (void)snprintf(ini, sizeof ini, "%s/node-%u/tallyd.ini", testbed->directory, member);
    (void)snprintf(log, sizeof log, "%s/node-%u/log", testbed->directory, member);
    pid_t process = fork();
    if (process == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* no orphans */
        int file = open(log, O_CREAT | O_APPEND | O_WRONLY, 0600);
        (void)dup2(file, STDERR_FILENO);
        (void)execl(testbed->config.program, "tallyd", ini, "--first-start", (char *)NULL);
        _exit(127);
    }
    return process;
}

bool testbed_start(struct testbed *testbed)
{
    for (unsigned i = 0; i < testbed->config.member_count; i++) {
        pid_t process = node_start(testbed, i);
        if (process <= 0) {
            (void)fprintf(stderr, "testbed: cannot start a process: %s\n", strerror(errno));
            return false;
        }
        testbed->processes[i] = process;
    }
    return true;
}

/* The last line of a validator's log, which says why it ended. */
static void log_tail(const struct testbed *testbed, unsigned member, char out[TEXT_SIZE])
{
    char path[PATH_SIZE];
    out[0] = '\0';
    (void)snprintf(path, sizeof path, "%s/node-%u/log", testbed->directory, member);
    FILE *file = fopen(path, "r");
    while (file != NULL && fgets(out, TEXT_SIZE, file) != NULL) {
    }
    out[strcspn(out, "\n")] = '\0';
    if (file != NULL) {
        (void)fclose(file);
    }
}

bool testbed_alive(struct testbed *testbed)
{
    for (unsigned i = 0; i < testbed->config.member_count; i++) {
        pid_t process = testbed->processes[i];
        if (process != 0 && waitpid(process, NULL, WNOHANG) == process) {
            char line[TEXT_SIZE];
            log_tail(testbed, i, line);
            (void)fprintf(stderr, "testbed: validator %u ended: %s\n", i, line);
            testbed->processes[i] = 0;
            return false;
        }
    }
    return true;
}

void testbed_kill(struct testbed *testbed, uint16_t member)
{
    TALLY_ASSERT(member < testbed->config.member_count);
    if (testbed->processes[member] != 0) {
        (void)kill(testbed->processes[member], SIGKILL);
        (void)waitpid(testbed->processes[member], NULL, 0);
        testbed->processes[member] = 0;
    }
}

void testbed_pause(struct testbed *testbed, uint16_t member, bool paused)
{
    TALLY_ASSERT(member < testbed->config.member_count);
    if (testbed->processes[member] != 0) {
        (void)kill(testbed->processes[member], paused ? SIGSTOP : SIGCONT);
    }
}

pid_t testbed_process(const struct testbed *testbed, uint16_t member)
{
    TALLY_ASSERT(member < testbed->config.member_count);
    return testbed->processes[member];
}

const struct genesis *testbed_genesis(const struct testbed *testbed)
{
    return &testbed->genesis;
}

const char *testbed_directory(const struct testbed *testbed)
{
    return testbed->directory;
}
