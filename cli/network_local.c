/* A network on this machine: starting and stopping its nodes; and the state of any network. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/assert.h"
#include "cli/failure.h"
#include "cli/node.h"
#include "cli/verb.h"
#include "host/clock.h"

#define STOP_TIMEOUT_MS  15000u
#define START_TIMEOUT_MS 20000u
#define PAUSE_MS         20u
#define SETTLE_MS        100u
#define READY_TEXT       "msg=\"ready\""

struct local_node {
    unsigned index;
    char directory[FILE_PATH_SIZE_MAX];
};

static void node_path(const struct local_node *node, const char *name, char out[FILE_PATH_SIZE_MAX])
{
    (void)snprintf(out, FILE_PATH_SIZE_MAX, "%.1000s/%s", node->directory, name);
}

/* The process that runs this node, or 0: its number is in the pid file and its arguments name the
 * node's configuration (a number alone may have been reused by another program). */
static pid_t node_process(const struct local_node *node)
{
    char path[FILE_PATH_SIZE_MAX], arguments[4096] = "", wanted[FILE_PATH_SIZE_MAX];
    long number = 0;
    size_t size = 0;
    FILE *file;

    node_path(node, "pid", path);
    file = fopen(path, "r");
    if (file == NULL) {
        return 0;
    }
    if (fscanf(file, "%ld", &number) != 1 || number <= 1 || number > INT_MAX) {
        number = 0;
    }
    (void)fclose(file);
    (void)snprintf(path, sizeof path, "/proc/%ld/cmdline", number);
    file = number == 0 ? NULL : fopen(path, "r");
    if (file == NULL) {
        return 0;
    }
    size = fread(arguments, 1, sizeof arguments - 1, file);
    (void)fclose(file);
    node_path(node, "tallyd.ini", wanted);
    for (size_t at = 0; at < size; at += strlen(arguments + at) + 1) {
        if (strcmp(arguments + at, wanted) == 0) {
            return (pid_t)number;
        }
    }
    return 0;
}

/* tallyd stands beside tally unless --tallyd says otherwise. */
static void tallyd_path(struct cli *cli, char out[FILE_PATH_SIZE_MAX])
{
    const char *given = option_value(&cli->options, OPTION_TALLYD, NULL);
    char self[FILE_PATH_SIZE_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    char *slash;

    self[length > 0 ? length : 0] = 0;
    slash = strrchr(self, '/');
    if (given != NULL || slash == NULL) {
        (void)snprintf(out, FILE_PATH_SIZE_MAX, "%.1000s", given == NULL ? "tallyd" : given);
    } else {
        *slash = 0;
        (void)snprintf(out, FILE_PATH_SIZE_MAX, "%.1000s/tallyd", self);
    }
}

/* In the child: becomes tallyd, its output in the node's log, detached from our terminal. */
static _Noreturn void node_become(const struct local_node *node, const char *tallyd, bool first)
{
    char config[FILE_PATH_SIZE_MAX], log_path[FILE_PATH_SIZE_MAX];
    int log_file, nothing;

    node_path(node, "tallyd.ini", config);
    node_path(node, "log", log_path);
    log_file = open(log_path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    nothing = open("/dev/null", O_RDONLY);
    if (log_file < 0 || nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 ||
        dup2(log_file, STDOUT_FILENO) < 0 || dup2(log_file, STDERR_FILENO) < 0) {
        _exit(126);
    }
    (void)setsid();
    (void)execlp(tallyd, "tallyd", config, first ? "--first-start" : (char *)NULL, (char *)NULL);
    _exit(127);
}

static long file_length(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 ? (long)status.st_size : 0;
}

/* Has the log, from this offset on, the line that tells the node listens? */
static bool log_says_ready(const char *path, long from)
{
    FILE *file = fopen(path, "r");
    char line[2048];
    bool ready = false;

    if (file != NULL && fseek(file, from, SEEK_SET) == 0) {
        while (!ready && fgets(line, sizeof line, file) != NULL) {
            ready = strstr(line, READY_TEXT) != NULL;
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return ready;
}

/* The last line of a log, for saying why a node ended. */
static void log_last_line(const char *path, char out[512])
{
    FILE *file = fopen(path, "r");
    char line[512];

    out[0] = 0;
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = 0;
        (void)snprintf(out, 512, "%s", line);
    }
    if (file != NULL) {
        (void)fclose(file);
    }
}

static enum exit_code node_await_ready(const struct local_node *node, pid_t process, long from)
{
    uint64_t deadline_ms = clock_monotonic_ms() + START_TIMEOUT_MS;
    char log_path[FILE_PATH_SIZE_MAX], name[32], last[512];
    int status = 0;

    node_path(node, "log", log_path);
    (void)snprintf(name, sizeof name, "node %u", node->index);
    for (;;) {
        if (log_says_ready(log_path, from)) {
            return EXIT_DONE;
        }
        if (waitpid(process, &status, WNOHANG) == process) {
            log_last_line(log_path, last);
            return failure(EXIT_NETWORK, name, "see its log file", "it ended at once: %s",
                           WIFEXITED(status) && WEXITSTATUS(status) == 127 ? "tallyd not found"
                                                                           : last);
        }
        if (clock_monotonic_ms() > deadline_ms) {
            return failure(EXIT_NETWORK, name, "see its log file", "it is not ready in time");
        }
        clock_sleep_ms(PAUSE_MS);
    }
}

/* A node may end just after it was ready, when what it finds in its data does not let it work. */
static enum exit_code node_still_runs(const struct local_node *node, pid_t process)
{
    char log_path[FILE_PATH_SIZE_MAX], name[32], last[512];

    (void)snprintf(name, sizeof name, "node %u", node->index);
    if (waitpid(process, NULL, WNOHANG) != process) {
        return EXIT_DONE;
    }
    node_path(node, "log", log_path);
    log_last_line(log_path, last);
    return failure(EXIT_NETWORK, name, "see its log file", "it ended soon after its start: %s",
                   last);
}

static enum exit_code node_start(struct cli *cli, const struct local_node *node, pid_t *process,
                                 long *log_from)
{
    char tallyd[FILE_PATH_SIZE_MAX], path[FILE_PATH_SIZE_MAX], number[24], name[32];
    struct stat status;
    bool first;

    *process = 0;
    (void)snprintf(name, sizeof name, "node %u", node->index);
    if (node_process(node) != 0) {
        return EXIT_DONE;
    }
    tallyd_path(cli, tallyd);
    node_path(node, "data", path);
    first = stat(path, &status) != 0;
    node_path(node, "log", path);
    *log_from = file_length(path);
    *process = fork();
    if (*process == 0) {
        node_become(node, tallyd, first);
    }
    if (*process < 0) {
        return failure(EXIT_NETWORK, name, "end other programs, or raise their limit", "%s",
                       strerror(errno));
    }
    (void)snprintf(number, sizeof number, "%ld\n", (long)*process);
    node_path(node, "pid", path);
    return cli_file_write(path, number, strlen(number));
}

/* The node directories of a local network that --only and the disk leave. */
static enum exit_code nodes_find(struct cli *cli, struct local_node *nodes, unsigned *count)
{
    const char *directory = cli->options.arguments[0];
    unsigned long only;

    *count = 0;
    if (!option_number(&cli->options, OPTION_ONLY, 0, GENESIS_VALIDATORS_MAX - 1,
                       GENESIS_VALIDATORS_MAX, &only)) {
        return EXIT_USAGE;
    }
    for (unsigned i = 0; i < GENESIS_VALIDATORS_MAX; i++) {
        struct local_node *node = &nodes[*count];
        char absolute[PATH_MAX];
        char path[FILE_PATH_SIZE_MAX];
        (void)snprintf(path, sizeof path, "%.900s/node-%u", directory, i);
        if ((only != GENESIS_VALIDATORS_MAX && i != only) || realpath(path, absolute) == NULL) {
            continue;
        }
        node->index = i;
        (void)snprintf(node->directory, sizeof node->directory, "%.1000s", absolute);
        (*count)++;
    }
    return *count > 0
               ? EXIT_DONE
               : failure(EXIT_FILES, directory, "name a directory made by `tally network init`",
                         "there is no such node in it");
}

enum exit_code verb_network_up(struct cli *cli)
{
    static struct local_node nodes[GENESIS_VALIDATORS_MAX];
    pid_t processes[GENESIS_VALIDATORS_MAX];
    long log_from[GENESIS_VALIDATORS_MAX];
    unsigned count, started = 0;
    enum exit_code code = nodes_find(cli, nodes, &count);

    for (unsigned i = 0; i < count && code == EXIT_DONE; i++) {
        code = node_start(cli, &nodes[i], &processes[i], &log_from[i]);
    }
    for (unsigned i = 0; i < count && code == EXIT_DONE; i++) {
        if (processes[i] != 0) {
            code = node_await_ready(&nodes[i], processes[i], log_from[i]);
            started++;
        }
    }
    clock_sleep_ms(started > 0 ? SETTLE_MS : 0);
    for (unsigned i = 0; i < count && code == EXIT_DONE; i++) {
        code = processes[i] != 0 ? node_still_runs(&nodes[i], processes[i]) : EXIT_DONE;
    }
    if (code == EXIT_DONE && !cli->quiet) {
        (void)printf("%u of %u nodes started%s\n", started, count,
                     started < count ? "; the rest ran already" : "");
    }
    return code;
}

static enum exit_code node_stop(const struct local_node *node, pid_t process, bool kill_now)
{
    uint64_t deadline_ms = clock_monotonic_ms() + STOP_TIMEOUT_MS;
    char path[FILE_PATH_SIZE_MAX], name[32];

    (void)snprintf(name, sizeof name, "node %u", node->index);
    while (node_process(node) == process) {
        if (clock_monotonic_ms() > deadline_ms) {
            return failure(EXIT_NETWORK, name, "use --kill", "it does not stop");
        }
        /* when it was started by this very process, it stays until it is waited for */
        (void)waitpid(process, NULL, WNOHANG);
        clock_sleep_ms(kill_now ? 2 : PAUSE_MS);
    }
    node_path(node, "pid", path);
    (void)unlink(path);
    return EXIT_DONE;
}

enum exit_code verb_network_down(struct cli *cli)
{
    static struct local_node nodes[GENESIS_VALIDATORS_MAX];
    pid_t processes[GENESIS_VALIDATORS_MAX];
    bool kill_now = option_given(&cli->options, OPTION_KILL);
    unsigned count, stopped = 0;
    enum exit_code code = nodes_find(cli, nodes, &count);

    for (unsigned i = 0; i < count && code == EXIT_DONE; i++) {
        processes[i] = node_process(&nodes[i]);
        if (processes[i] != 0 && kill(processes[i], kill_now ? SIGKILL : SIGTERM) != 0) {
            processes[i] = 0;
        }
    }
    for (unsigned i = 0; i < count && code == EXIT_DONE; i++) {
        if (processes[i] != 0) {
            code = node_stop(&nodes[i], processes[i], kill_now);
            stopped++;
        }
    }
    if (code == EXIT_DONE && !cli->quiet) {
        (void)printf("%u of %u nodes %s\n", stopped, count, kill_now ? "killed" : "stopped");
    }
    return code;
}

static const struct table_column status_columns[] = {
    {"node", TABLE_NUMBER},      {"address", TABLE_LEFT},        {"state", TABLE_LEFT},
    {"final", TABLE_NUMBER},     {"executed", TABLE_NUMBER},     {"certified", TABLE_NUMBER},
    {"peers", TABLE_LEFT},       {"final_p50_ms", TABLE_NUMBER}, {"final_p99_ms", TABLE_NUMBER},
    {"result_root", TABLE_LEFT}, {"state_root", TABLE_LEFT},     {"alarms", TABLE_LEFT},
};

#define STATUS_COLUMN_COUNT (sizeof status_columns / sizeof status_columns[0])
#define ROOT_SHOWN          8u
#define ALARMS_TEXT_SIZE    2048u

/* What one node said, or why it said nothing. */
struct standing {
    struct node *node;
    bool up;
    enum exit_code code; /* of what kept it from answering */
    struct reply_node_status status;
    struct reply_roots roots;
};

static void root_text(const struct hash *root, char out[2 * ROOT_SHOWN + 1])
{
    for (unsigned i = 0; i < ROOT_SHOWN; i++) {
        (void)snprintf(out + 2 * i, 3, "%02x", root->bytes[i]);
    }
}

static const char *state_text(const struct standing *standing)
{
    switch (standing->code) {
    case EXIT_DONE:
        return "up";
    case EXIT_NODE_LIES:
        return "lies";
    case EXIT_KEY:
        return "refuses this key";
    case EXIT_TIMED_OUT:
        return "silent";
    default:
        return "down";
    }
}

static void alarms_text(const struct reply_node_status *status, char *out, size_t size)
{
    size_t used = 0;

    out[0] = 0;
    for (uint16_t i = 0; i < status->alarm_count && used < size; i++) {
        used += (size_t)snprintf(out + used, size - used, "%s%s", i > 0 ? " | " : "",
                                 status->alarms[i].text);
    }
}

static void standing_show(struct cli *cli, const struct standing *standing, unsigned index,
                          struct table *table)
{
    const struct reply_node_status *status = &standing->status;
    char number[8], final[24] = "", executed[24] = "", certified[24] = "", peers[24] = "";
    char p50[24] = "", p99[24] = "", result[2 * ROOT_SHOWN + 1] = "",
         state[2 * ROOT_SHOWN + 1] = "";
    char alarms[ALARMS_TEXT_SIZE] = "";
    unsigned connected = 0;
    const char *cells[STATUS_COLUMN_COUNT] = {number,
                                              cli->genesis->validators[index].address,
                                              state_text(standing),
                                              final,
                                              executed,
                                              certified,
                                              peers,
                                              p50,
                                              p99,
                                              result,
                                              state,
                                              alarms};

    (void)snprintf(number, sizeof number, "%u", index);
    if (standing->up) {
        alarms_text(status, alarms, sizeof alarms);
        for (uint16_t i = 0; i < status->peer_count; i++) {
            connected += status->peers[i].connected ? 1u : 0u;
        }
        (void)snprintf(final, sizeof final, "%" PRIu64, status->final_height);
        (void)snprintf(executed, sizeof executed, "%" PRIu64, status->executed_height);
        (void)snprintf(certified, sizeof certified, "%" PRIu64, status->certified_height);
        (void)snprintf(peers, sizeof peers, "%u of %u", connected, (unsigned)status->peer_count);
        (void)snprintf(p50, sizeof p50, "%" PRIu64, status->finality_p50_us / 1000);
        (void)snprintf(p99, sizeof p99, "%" PRIu64, status->finality_p99_us / 1000);
        root_text(&standing->roots.result_root, result);
        root_text(&standing->roots.state_root, state);
    }
    table_row(table, cells);
}

/* Asks each node how it is. A node that is down is not a failure of the command but its answer. */
static void standings_take(struct cli *cli, struct standing *standings)
{
    for (unsigned i = 0; i < cli->genesis->validator_count; i++) {
        struct request request = {.kind = REQUEST_NODE_STATUS};
        const char *why;
        standings[i].code = cli->open_node(cli, i, &standings[i].node);
        if (standings[i].code != EXIT_DONE) {
            standings[i].node = NULL;
            continue;
        }
        standings[i].code = node_try(cli, standings[i].node, &request, &why);
        standings[i].up = standings[i].code == EXIT_DONE;
        if (standings[i].up) {
            standings[i].status = standings[i].node->reply.status;
        }
    }
}

/* The roots of the highest height that all nodes have executed; true when they are all the same. */
static bool roots_compare(struct cli *cli, struct standing *standings, uint64_t *height)
{
    const struct reply_roots *first = NULL;
    bool same = true;

    *height = UINT64_MAX;
    for (unsigned i = 0; i < cli->genesis->validator_count; i++) {
        if (standings[i].up && standings[i].status.executed_height < *height) {
            *height = standings[i].status.executed_height;
        }
    }
    for (unsigned i = 0; i<cli->genesis->validator_count && * height> 0; i++) {
        struct request request = {.kind = REQUEST_ROOTS, .height = *height};
        const char *why;
        if (!standings[i].up || node_try(cli, standings[i].node, &request, &why) != EXIT_DONE) {
            continue;
        }
        standings[i].roots = standings[i].node->reply.roots;
        first = first == NULL ? &standings[i].roots : first;
        same = same && standings[i].roots.height == *height &&
               hash_equal(&first->result_root, &standings[i].roots.result_root) &&
               hash_equal(&first->state_root, &standings[i].roots.state_root);
    }
    return same;
}

/* Says in one line what is not well: a node that lies before one that is only down. */
static enum exit_code standings_report(struct cli *cli, const struct standing *standings,
                                       unsigned up)
{
    unsigned count = cli->genesis->validator_count;
    unsigned worst = count;
    char name[32];

    for (unsigned i = 0; i < count; i++) {
        if (standings[i].code != EXIT_DONE &&
            (worst == count || standings[i].code == EXIT_NODE_LIES) &&
            (worst == count || standings[worst].code != EXIT_NODE_LIES)) {
            worst = i;
        }
    }
    if (worst == count) {
        return EXIT_DONE;
    }
    (void)snprintf(name, sizeof name, "node %u", worst);
    if (standings[worst].code == EXIT_NODE_LIES) {
        return failure(EXIT_NODE_LIES, name, "do not rely on it, and tell its operator",
                       "its answer is not one to what was asked");
    }
    if (standings[worst].code == EXIT_KEY) {
        return failure(EXIT_KEY, name,
                       "use a key that the ledger knows, or have this one registered",
                       "it does not accept this party's channel key");
    }
    return failure(EXIT_NODE_DOWN, name,
                   up >= genesis_quorum(cli->genesis)
                       ? "the others go on; have its operator look at its log"
                       : "no quorum is left and the network stands still: see the nodes' logs",
                   "it is %s; %u of %u nodes answer", state_text(&standings[worst]), up, count);
}

enum exit_code verb_network_status(struct cli *cli)
{
    struct standing *standings;
    struct table *table;
    unsigned up = 0;
    uint64_t height;
    bool same;
    enum exit_code code = cli_genesis_load(cli);

    if (code == EXIT_DONE) {
        code = cli_unlock(cli);
    }
    if (code != EXIT_DONE) {
        return code;
    }
    standings = calloc(cli->genesis->validator_count, sizeof *standings);
    TALLY_ASSERT(standings != NULL);
    failure_mute(true);
    standings_take(cli, standings);
    failure_mute(false);
    same = roots_compare(cli, standings, &height);
    table = table_new("nodes", status_columns, STATUS_COLUMN_COUNT);
    for (unsigned i = 0; i < cli->genesis->validator_count; i++) {
        standing_show(cli, &standings[i], i, table);
        up += standings[i].up ? 1u : 0u;
        node_close(standings[i].node);
    }
    table_note(table, "roots", "%s at height %" PRIu64 " on all nodes that are up",
               same ? "equal" : "DIFFERENT", up > 0 ? height : 0);
    table_note(table, "quorum", "%u up, %u needed", up, (unsigned)genesis_quorum(cli->genesis));
    cli_show(cli, table);
    code =
        same ? standings_report(cli, standings, up)
             : failure(EXIT_NODES_DIFFER, NULL, "stop and keep the data of all; tell the operator",
                       "nodes have different results at height %" PRIu64, height);
    free(standings);
    return code;
}
