/*
 * tallyd: the validator's program. Reads its command line, starts a node, waits for a signal.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/map.h"
#include "crypto/start.h"
#include "host/file.h"
#include "host/secret_memory.h"
#include "node/config.h"
#include "node/log.h"
#include "node/node.h"
#include "node/version.h"
#include "node/watch.h"

struct command {
    const char *config;
    bool first_start;
    bool check;
};

static const char usage[] =
    "usage: tallyd CONFIG [--first-start] [--check]\n"
    "\n"
    "  CONFIG         path of tallyd.ini\n"
    "  --first-start  this key has never voted: make a new vote journal if there is none.\n"
    "                 Never use it again for the same key, least of all after a lost disk.\n"
    "  --check        check configuration, genesis and keys, then exit\n"
    "  --version      print the version\n"
    "  --help         print this\n"
    "\n"
    "The pass phrase of the keys comes from the file named in CONFIG, from\n"
    "$CREDENTIALS_DIRECTORY/tally-passphrase, or from one line on standard input.\n";

/* Reads the arguments. Returns -1 to go on, else the exit code. */
static int command_read(int argc, char **argv, struct command *command)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            (void)fputs(usage, stdout);
            return 0;
        }
        if (strcmp(argv[i], "--version") == 0) {
            (void)puts("tallyd " TALLY_VERSION);
            return 0;
        }
        if (strcmp(argv[i], "--first-start") == 0) {
            command->first_start = true;
        } else if (strcmp(argv[i], "--check") == 0) {
            command->check = true;
        } else if (argv[i][0] != '-' && command->config == NULL) {
            command->config = argv[i];
        } else {
            (void)fprintf(stderr, "tallyd: %s: not an option; see tallyd --help\n", argv[i]);
            return NODE_USAGE;
        }
    }
    if (command->config == NULL) {
        (void)fputs("tallyd: the path of tallyd.ini is missing; see tallyd --help\n", stderr);
        return NODE_USAGE;
    }
    return -1;
}

/* Blocks the signals that end the program, for all threads, and gives a descriptor for them. */
static int signals_take(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR) {
        return -1;
    }
    return signalfd(-1, &set, SFD_CLOEXEC);
}

/* Whoever sends commands chooses the names in them: not so that many fall on one cell. */
static void names_shield(void)
{
    uint8_t secret[MAP_SECRET_SIZE];
    randombytes_buf(secret, sizeof secret);
    map_secret_set(secret);
}

/* Waits until somebody wants the node to stop, or it has ended by itself. */
static void wait_for_end(struct node *node, int signals)
{
    struct pollfd watched[] = {
        {.fd = signals, .events = POLLIN},
        {.fd = node_end_descriptor(node), .events = POLLIN},
    };
    int ready = 0;
    while (ready == 0 || (ready < 0 && errno == EINTR)) {
        ready = poll(watched, 2, WATCH_PERIOD_MS);
        node_watch(node);
    }
}

static int run(const struct command *command)
{
    struct config config;
    struct config_error config_error;
    struct node_error error;
    if (!config_load(file_system_posix(), command->config, &config, &config_error)) {
        (void)fprintf(stderr, "tallyd: %s: %s\n", command->config, config_error.text);
        return NODE_USAGE;
    }
    log_setup(config.log_level, config.log_format);
    if (command->check) {
        bool good = node_check(&config, &error);
        (void)fprintf(stderr, "tallyd: %s\n",
                      good ? "configuration, genesis and keys are good" : error.text);
        return good ? NODE_STOPPED : (int)error.end;
    }
    int signals = signals_take();
    if (signals < 0) {
        (void)fputs("tallyd: cannot take signals\n", stderr);
        return NODE_SYSTEM;
    }
    struct node *node = node_start(&config, command->first_start, &error);
    if (node == NULL) {
        (void)fprintf(stderr, "tallyd: %s\n", error.text);
        return (int)error.end;
    }
    wait_for_end(node, signals);
    return (int)node_stop(node);
}

int main(int argc, char **argv)
{
    struct command command = {.config = NULL};
    int code = command_read(argc, argv, &command);
    if (code >= 0) {
        return code;
    }
    enum crypto_start_status crypto = crypto_start();
    if (crypto != CRYPTO_START_OK) {
        (void)fprintf(stderr, "tallyd: %s; %s\n", crypto_start_status_text(crypto),
                      crypto_start_status_hint(crypto));
        return NODE_SYSTEM;
    }
    if (!secret_memory_harden_process()) {
        LOG(LOG_WARNING, "the process cannot be shielded from debuggers and core dumps");
    }
    names_shield();
    return run(&command);
}
