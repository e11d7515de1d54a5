/* tally-sim replay: the chain of stopped nodes, executed once more by simulated validators. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/genesis.h"
#include "host/file.h"
#include "netsim/replay/replay.h"
#include "netsim/verbs.h"

static void usage(FILE *out)
{
    (void)fputs(
        "Usage: tally-sim replay --genesis FILE DIR...\n"
        "\n"
        "Executes the chain that stopped nodes left once more, each directory (a node's data) by\n"
        "a simulated validator of its own: from the genesis, block by block, without the nodes'\n"
        "results. At every height the roots of receipts, events, state and result have to be\n"
        "those that the node stored, and the result the one that later blocks certify.\n"
        "\n"
        "Exit codes: 0 all roots are equal, 1 one differs or a chain cannot be read, 2 wrong\n"
        "command line.\n",
        out);
}

static bool genesis_load(const char *path, struct genesis *genesis)
{
    char *text = malloc(GENESIS_TEXT_BYTES_MAX);
    struct genesis_fault wrong;
    size_t size;
    bool parsed = false;
    if (text == NULL) {
        return false;
    }
    enum file_status read =
        file_read_all(file_system_posix(), path, text, GENESIS_TEXT_BYTES_MAX, &size);
    if (read != FILE_OK) {
        (void)fprintf(stderr, "tally-sim replay: %s: %s; %s\n", path, file_status_text(read),
                      file_status_hint(read));
    } else if (!genesis_parse(text, size, genesis, &wrong)) {
        (void)fprintf(stderr, "tally-sim replay: %s: line %u: %s: %s\n", path, wrong.line,
                      wrong.field, wrong.text);
    } else {
        parsed = true;
    }
    free(text);
    return parsed;
}

static bool tell(const struct replay_result *result, char **directories)
{
    if (result->equal) {
        (void)printf("%" PRIu64 " blocks executed, all roots equal; %" PRIu64
                     " results are certified\n",
                     result->executed, result->certified);
        return true;
    }
    if (result->root == NULL) {
        (void)printf("%s: height %" PRIu64 ": cannot be executed\n", directories[result->host],
                     result->height);
    } else {
        (void)printf("%s: height %" PRIu64 ": another %s root\n", directories[result->host],
                     result->height, result->root);
    }
    return false;
}

static bool chains_replay(const struct genesis *genesis, char **directories, uint32_t count)
{
    struct node_chain *chains = calloc(count, sizeof *chains);
    struct replay_result result;
    char why[512] = "out of memory";
    uint32_t opened = 0;
    bool open = chains != NULL;
    bool equal = false;
    while (open && opened < count) {
        open = node_chain_open(&chains[opened], genesis, directories[opened], why, sizeof why);
        opened++;
    }
    if (!open) {
        (void)fprintf(stderr, "tally-sim replay: %s\n", why);
    } else if (!replay_run(genesis, chains, count, &result)) {
        (void)fputs("tally-sim replay: no network can be simulated of this genesis\n", stderr);
    } else {
        equal = tell(&result, directories);
    }
    for (uint32_t i = 0; i < opened; i++) {
        node_chain_close(&chains[i]);
    }
    free(chains);
    return equal;
}

int verb_replay(int argc, char **argv)
{
    static const struct option longs[] = {{"genesis", required_argument, NULL, 'g'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    const char *path = NULL;
    int option;
    optind = 1;
    while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1) {
        if (option == 'g') {
            path = optarg;
        } else if (option == 'h') {
            usage(stdout);
            return VERB_DONE;
        } else {
            return VERB_USAGE;
        }
    }
    struct genesis *genesis = calloc(1, sizeof *genesis);
    int code = VERB_USAGE;
    if (path == NULL || optind == argc || genesis == NULL) {
        usage(stderr);
    } else if (!genesis_load(path, genesis)) {
        code = VERB_FAILED;
    } else if (argc - optind > genesis->validator_count) {
        (void)fprintf(stderr, "tally-sim replay: the genesis has %u validators only\n",
                      genesis->validator_count);
    } else {
        bool equal = chains_replay(genesis, argv + optind, (uint32_t)(argc - optind));
        code = equal ? VERB_DONE : VERB_FAILED;
    }
    free(genesis);
    return code;
}
