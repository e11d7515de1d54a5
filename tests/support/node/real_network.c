#include "tests/support/node/real_network.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/assert.h"
#include "client/session.h"
#include "crypto/keyfile.h"
#include "host/channel.h"
#include "host/clock.h"

enum {
    PATH_SIZE = 600,
    DAY_MS = 86400000
};

static const char pass_phrase[] = "correct horse";

/* ---- Files ---------------------------------------------------------------------------------- */

static void file_write_all(const char *path, const void *data, size_t size)
{
    int file = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    TALLY_ASSERT(file >= 0);
    TALLY_ASSERT(write(file, data, size) == (ssize_t)size);
    close(file);
}

static uint16_t free_port(void)
{
    int socket_number = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    TALLY_ASSERT(bind(socket_number, (struct sockaddr *)&address, size) == 0);
    TALLY_ASSERT(getsockname(socket_number, (struct sockaddr *)&address, &size) == 0);
    close(socket_number);
    return ntohs(address.sin_port);
}

static void key_write(const char *directory, const char *name, enum keyfile_kind kind,
                      const struct secret_key *secret)
{
    static const struct keyfile_cost cheap = {.passes = 1, .memory_kib = 64};
    const uint8_t random[KEYFILE_RANDOM_SIZE] = {1}; /* sealed once, for a test */
    uint8_t bytes[KEYFILE_SIZE];
    char path[PATH_SIZE];
    TALLY_ASSERT(keyfile_seal(kind, &cheap, secret, pass_phrase, strlen(pass_phrase), random,
                              bytes) == KEYFILE_OK);
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    file_write_all(path, bytes, sizeof bytes);
}

static void node_write(const struct real_network *network, unsigned validator)
{
    char directory[PATH_SIZE - 32];
    char path[PATH_SIZE];
    char text[512];
    struct secret_key secret;
    (void)snprintf(directory, sizeof directory, "%s/node-%u", network->directory, validator);
    TALLY_ASSERT(mkdir(directory, 0700) == 0);
    sample_validator_key(validator, &secret);
    key_write(directory, "signing.key", KEYFILE_VALIDATOR_SIGNING, &secret);
    sample_validator_channel(validator, &secret);
    key_write(directory, "channel.key", KEYFILE_VALIDATOR_CHANNEL, &secret);
    (void)snprintf(path, sizeof path, "%s/passphrase", directory);
    (void)snprintf(text, sizeof text, "%s\n", pass_phrase);
    file_write_all(path, text, strlen(text));
    (void)snprintf(path, sizeof path, "%s/tallyd.ini", directory);
    (void)snprintf(text, sizeof text,
                   "[node]\ngenesis = ../genesis.tally\nvalidator = %u\ndata = data\n"
                   "signing_key = signing.key\nchannel_key = channel.key\n"
                   "passphrase_file = passphrase\n[listen]\nhandshakes_per_second = 1000\n"
                   "[storage]\ncheckpoint_bytes = 65536\n[log]\nlevel = info\n",
                   validator);
    file_write_all(path, text, strlen(text));
}

void real_network_make(struct real_network *network, const char *program)
{
    struct genesis *genesis = calloc(1, sizeof *genesis);
    TALLY_ASSERT(genesis != NULL);
    sample_genesis(genesis);
    genesis->created_ms = (clock_utc_ms() / DAY_MS - 1) * DAY_MS;
    genesis->rules[GENESIS_RULE_CLOSED_ON_WEEKENDS] = 0;
    genesis->rules[GENESIS_RULE_CONTINUOUS_DAY] = 1;
    genesis->timings[GENESIS_TIMING_HEARTBEAT_MS] = 500;
    real_network_make_of(network, program, genesis);
    free(genesis);
}

void real_network_make_of(struct real_network *network, const char *program,
                          const struct genesis *wanted)
{
    char path[PATH_SIZE];
    char *text = malloc(GENESIS_TEXT_BYTES_MAX);
    TALLY_ASSERT(text != NULL);
    memset(network, 0, sizeof *network);
    (void)snprintf(network->program, sizeof network->program, "%s", program);
    (void)snprintf(network->directory, sizeof network->directory, "/tmp/tally-network-XXXXXX");
    TALLY_ASSERT(mkdtemp(network->directory) != NULL);
    network->genesis = *wanted;
    struct genesis *genesis = &network->genesis;
    for (unsigned i = 0; i < SAMPLE_VALIDATOR_COUNT; i++) {
        (void)snprintf(genesis->validators[i].address, sizeof genesis->validators[i].address,
                       "127.0.0.1:%u", free_port());
    }
    genesis_identify(genesis);
    size_t size = genesis_format(genesis, text, GENESIS_TEXT_BYTES_MAX);
    TALLY_ASSERT(size > 0);
    (void)snprintf(path, sizeof path, "%s/genesis.tally", network->directory);
    file_write_all(path, text, size);
    free(text);
    for (unsigned i = 0; i < SAMPLE_VALIDATOR_COUNT; i++) {
        node_write(network, i);
    }
}

static void tree_remove(char *directory)
{
    char *const roots[] = {directory, NULL};
    FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    const FTSENT *entry;
    TALLY_ASSERT(walk != NULL);
    while ((entry = fts_read(walk)) != NULL) {
        if (entry->fts_info != FTS_D) {
            TALLY_ASSERT(remove(entry->fts_path) == 0);
        }
    }
    TALLY_ASSERT(fts_close(walk) == 0);
}

void real_network_remove(struct real_network *network)
{
    for (unsigned i = 0; i < SAMPLE_VALIDATOR_COUNT; i++) {
        if (network->processes[i] != 0) {
            (void)real_network_stop(network, i, SIGKILL);
        }
    }
    tree_remove(network->directory);
}

/* ---- Processes ------------------------------------------------------------------------------ */

void real_network_start(struct real_network *network, unsigned validator, bool first_start)
{
    char ini[PATH_SIZE];
    char log[PATH_SIZE];
    TALLY_ASSERT(network->processes[validator] == 0);
    (void)snprintf(ini, sizeof ini, "%s/node-%u/tallyd.ini", network->directory, validator);
    (void)snprintf(log, sizeof log, "%s/node-%u/log", network->directory, validator);
    pid_t process = fork();
    TALLY_ASSERT(process >= 0);
    if (process == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* no orphans when a test dies */
        int file = open(log, O_CREAT | O_APPEND | O_WRONLY, 0600);
        (void)dup2(file, STDERR_FILENO);
        (void)execl(network->program, "tallyd", ini, first_start ? "--first-start" : NULL,
                    (char *)NULL);
        _exit(127);
    }
    network->processes[validator] = process;
}

int real_network_stop(struct real_network *network, unsigned validator, int signal)
{
    int status = 0;
    pid_t process = network->processes[validator];
    TALLY_ASSERT(process > 0);
    TALLY_ASSERT(kill(process, signal) == 0);
    TALLY_ASSERT(waitpid(process, &status, 0) == process);
    network->processes[validator] = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* ---- The client ----------------------------------------------------------------------------- */

struct real_client {
    struct channel_hub *hub;
    struct session session;
    pthread_mutex_t mutex;
    pthread_cond_t news;
    uint64_t channel;
    uint8_t *message; /* the last one */
    size_t size;
    bool fresh;
    uint8_t *answer; /* what the reply borrows */
};

static void on_up(void *context, uint64_t channel, const struct channel_peer *peer)
{
    struct real_client *client = context;
    (void)peer;
    pthread_mutex_lock(&client->mutex);
    client->channel = channel;
    pthread_cond_broadcast(&client->news);
    pthread_mutex_unlock(&client->mutex);
}

static void on_down(void *context, uint64_t channel, const struct channel_peer *peer,
                    enum channel_end reason)
{
    struct real_client *client = context;
    (void)peer;
    (void)reason;
    pthread_mutex_lock(&client->mutex);
    client->channel = client->channel == channel ? CHANNEL_NONE : client->channel;
    pthread_mutex_unlock(&client->mutex);
}

static bool on_message(void *context, uint64_t channel, const struct channel_peer *peer,
                       uint8_t message_class, const uint8_t *data, size_t size)
{
    struct real_client *client = context;
    (void)channel;
    (void)peer;
    (void)message_class;
    pthread_mutex_lock(&client->mutex);
    bool room = !client->fresh;
    if (room) {
        memcpy(client->message, data, size);
        client->size = size;
        client->fresh = true;
        pthread_cond_broadcast(&client->news);
    }
    pthread_mutex_unlock(&client->mutex);
    return room;
}

static bool nobody_comes(void *context, const struct public_key *key, uint32_t *identity)
{
    (void)context;
    (void)key;
    (void)identity;
    return false;
}

static bool nothing_is_admitted(void *context, const struct channel_peer *peer, uint8_t role)
{
    (void)context;
    (void)peer;
    (void)role;
    return false;
}

/* Waits on the condition; false when the time is over. pre: the mutex is held. */
static bool wait_news(struct real_client *client, uint64_t end_ms)
{
    uint64_t now_ms = clock_monotonic_ms();
    if (now_ms >= end_ms) {
        return false;
    }
    struct timespec deadline = clock_deadline(end_ms - now_ms);
    return pthread_cond_timedwait(&client->news, &client->mutex, &deadline) != ETIMEDOUT;
}

static void condition_init(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

struct real_client *real_client_open(const struct real_network *network, unsigned party,
                                     unsigned validator, unsigned timeout_ms)
{
    struct real_client *client = calloc(1, sizeof *client);
    TALLY_ASSERT(client != NULL);
    client->message = malloc(REPLY_BYTES_MAX);
    client->answer = malloc(REPLY_BYTES_MAX);
    TALLY_ASSERT(client->message != NULL && client->answer != NULL);
    pthread_mutex_init(&client->mutex, NULL);
    condition_init(&client->news);
    session_init(&client->session);
    struct channel_config config = {
        .chain_id = network->genesis.chain_id,
        .callbacks = {.context = client,
                      .identify = nobody_comes,
                      .admit = nothing_is_admitted,
                      .up = on_up,
                      .message = on_message,
                      .down = on_down},
    };
    sample_party_channel(party, &config.key);
    channel_limits_default(&config.limits);
    config.limits.message_size_max[SESSION_MESSAGE_CLASS] = REQUEST_BYTES_MAX;
    config.limits.send_bytes_max = 2 * REQUEST_BYTES_MAX;
    TALLY_ASSERT(channel_hub_new(&config, &client->hub) == CHANNEL_OK);
    const struct genesis_validator *node = &network->genesis.validators[validator];
    TALLY_ASSERT(channel_dial(client->hub, node->address, &node->channel, 0, CHANNEL_CLIENT) ==
                 CHANNEL_OK);
    uint64_t end_ms = clock_monotonic_ms() + timeout_ms;
    pthread_mutex_lock(&client->mutex);
    while (client->channel == CHANNEL_NONE && wait_news(client, end_ms)) {
    }
    bool up = client->channel != CHANNEL_NONE;
    pthread_mutex_unlock(&client->mutex);
    if (!up) {
        real_client_close(client);
        return NULL;
    }
    return client;
}

void real_client_close(struct real_client *client)
{
    if (client != NULL) {
        channel_hub_free(client->hub);
        pthread_cond_destroy(&client->news);
        pthread_mutex_destroy(&client->mutex);
        free(client->message);
        free(client->answer);
        free(client);
    }
}

/* Takes the next message into the answer; false when none comes in time. */
static bool next_message(struct real_client *client, uint64_t end_ms, size_t *size)
{
    pthread_mutex_lock(&client->mutex);
    while (!client->fresh && wait_news(client, end_ms)) {
    }
    bool came = client->fresh;
    if (came) {
        memcpy(client->answer, client->message, client->size);
        *size = client->size;
        client->fresh = false;
    }
    pthread_mutex_unlock(&client->mutex);
    return came;
}

bool real_client_ask(struct real_client *client, struct request *request, struct reply *reply,
                     unsigned timeout_ms)
{
    uint8_t *bytes = malloc(REQUEST_BYTES_MAX);
    TALLY_ASSERT(bytes != NULL);
    uint64_t end_ms = clock_monotonic_ms() + timeout_ms;
    size_t size = session_ask(&client->session, request, bytes, REQUEST_BYTES_MAX);
    TALLY_ASSERT(size > 0);
    pthread_mutex_lock(&client->mutex);
    uint64_t channel = client->channel;
    client->fresh = false;
    pthread_mutex_unlock(&client->mutex);
    bool sent = channel != CHANNEL_NONE && channel_send(client->hub, channel, SESSION_MESSAGE_CLASS,
                                                        bytes, size) == CHANNEL_OK;
    free(bytes);
    enum session_finding finding = SESSION_STALE;
    while (sent && finding == SESSION_STALE && next_message(client, end_ms, &size)) {
        finding = session_take(&client->session, client->answer, size, reply);
        TALLY_ASSERT(finding != SESSION_MALFORMED && finding != SESSION_WRONG);
    }
    return finding == SESSION_REPLY;
}

bool real_network_status(const struct real_network *network, unsigned validator,
                         struct reply *reply, unsigned timeout_ms)
{
    struct request request = {.kind = REQUEST_NODE_STATUS};
    struct real_client *client = real_client_open(network, SAMPLE_OPERATOR, validator, timeout_ms);
    bool answered = client != NULL && real_client_ask(client, &request, reply, timeout_ms);
    real_client_close(client);
    return answered;
}

bool real_network_wait(const struct real_network *network, unsigned validator, unsigned timeout_ms)
{
    struct reply *reply = calloc(1, sizeof *reply);
    uint64_t end_ms = clock_monotonic_ms() + timeout_ms;
    bool ready = false;
    TALLY_ASSERT(reply != NULL);
    while (!ready && clock_monotonic_ms() < end_ms) {
        ready = real_network_status(network, validator, reply, 1000) &&
                reply->kind == REPLY_NODE_STATUS && reply->status.executed_height > 0;
    }
    free(reply);
    return ready;
}
