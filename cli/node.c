#include "cli/node.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "cli/failure.h"
#include "host/clock.h"

#define IDLE_HEARTBEATS 5u

struct node *node_new(const struct node_transport *transport, void *context, unsigned validator)
{
    struct node *node = calloc(1, sizeof *node);

    TALLY_ASSERT(node != NULL);
    node->transport = transport;
    node->context = context;
    node->validator = validator;
    node->request_bytes = malloc(REQUEST_BYTES_MAX);
    node->reply_bytes = malloc(REPLY_BYTES_MAX);
    TALLY_ASSERT(node->request_bytes != NULL && node->reply_bytes != NULL);
    session_init(&node->session);
    return node;
}

void node_close(struct node *node)
{
    if (node == NULL) {
        return;
    }
    node->transport->close(node->context);
    free(node->request_bytes);
    free(node->reply_bytes);
    free(node);
}

/* What to say of a reply that is an error. */
static enum exit_code fault_code(enum reply_fault fault)
{
    switch (fault) {
    case REPLY_FAULT_NOT_ALLOWED:
        return EXIT_KEY;
    case REPLY_FAULT_NO_PROOF:
        return EXIT_TIMED_OUT;
    case REPLY_FAULT_MALFORMED:
        return EXIT_DEFECT;
    case REPLY_FAULT_BUSY:
    case REPLY_FAULT_NOT_READY:
    case REPLY_FAULT_STOPPED:
        return EXIT_NODE_DOWN;
    }
    return EXIT_NODE_LIES;
}

/* Waits for the reply to the outstanding request, dropping stale ones. */
static enum exit_code reply_await(struct node *node, unsigned timeout_ms, const char **why)
{
    uint64_t deadline_ms = clock_monotonic_ms() + timeout_ms;

    for (;;) {
        uint64_t now_ms = clock_monotonic_ms();
        unsigned left_ms = now_ms < deadline_ms ? (unsigned)(deadline_ms - now_ms) : 0;
        size_t size = 0;
        enum node_transfer transfer =
            node->transport->receive(node->context, node->reply_bytes, &size, left_ms);
        if (transfer != NODE_TRANSFERRED) {
            *why = transfer == NODE_GONE ? "the connection ended" : "no answer in time";
            return transfer == NODE_GONE ? EXIT_NODE_DOWN : EXIT_TIMED_OUT;
        }
        switch (session_take(&node->session, node->reply_bytes, size, &node->reply)) {
        case SESSION_REPLY:
            return EXIT_DONE;
        case SESSION_STALE:
            break;
        case SESSION_MALFORMED:
            *why = "it sent bytes that are no reply";
            return EXIT_NODE_LIES;
        case SESSION_WRONG:
            *why = "it answered something that was not asked";
            return EXIT_NODE_LIES;
        }
    }
}

enum exit_code node_try(struct cli *cli, struct node *node, struct request *request,
                        const char **why)
{
    enum exit_code code;
    size_t size = session_ask(&node->session, request, node->request_bytes, REQUEST_BYTES_MAX);

    if (size == 0) {
        *why = "the question is not valid: an identifier has wrong characters or is too long";
        return EXIT_USAGE;
    }
    if (node->transport->send(node->context, node->request_bytes, size) != NODE_TRANSFERRED) {
        *why = "the connection ended";
        return EXIT_NODE_DOWN;
    }
    code = reply_await(node, cli->timeout_ms, why);
    if (code == EXIT_DONE && node->reply.kind == REPLY_ERROR) {
        *why = reply_fault_text(node->reply.fault);
        return fault_code(node->reply.fault);
    }
    return code;
}

const char *node_hint(enum exit_code code)
{
    switch (code) {
    case EXIT_NODE_DOWN:
        return "is it running? try another with --node N";
    case EXIT_TIMED_OUT:
        return "ask again, or another node with --node N";
    case EXIT_NODE_LIES:
        return "do not rely on it: ask another with --node N and tell its operator";
    case EXIT_KEY:
        return "use a key of the party concerned";
    default:
        return "";
    }
}

enum exit_code node_ask(struct cli *cli, struct node *node, struct request *request)
{
    char name[32];
    const char *why = "";
    enum exit_code code = node_try(cli, node, request, &why);

    (void)snprintf(name, sizeof name, "node %u", node->validator);
    return code == EXIT_DONE ? EXIT_DONE : failure(code, name, node_hint(code), "%s", why);
}

enum exit_code node_lies(const struct node *node, const char *why)
{
    char name[32];

    (void)snprintf(name, sizeof name, "node %u", node->validator);
    return failure(EXIT_NODE_LIES, name, node_hint(EXIT_NODE_LIES), "%s", why);
}

/* An idle network makes one block per heartbeat, and a result is certified a few blocks later: a
 * slow heartbeat needs more than the default. What was asked for expressly is left as it is. */
static uint64_t age_max_ms(const struct cli *cli)
{
    uint64_t asked_ms = (uint64_t)cli->age_max_s * 1000;
    uint64_t idle_ms = IDLE_HEARTBEATS * cli->genesis->timings[GENESIS_TIMING_HEARTBEAT_MS];

    return option_given(&cli->options, OPTION_MAX_AGE) || asked_ms > idle_ms ? asked_ms : idle_ms;
}

static enum exit_code node_stale(const struct node *node, const char *what, uint64_t age_ms,
                                 uint64_t limit_ms)
{
    return failure(EXIT_STALE, what,
                   "ask another member with --node N, or accept it with --max-age; if the whole "
                   "network stands still, `tally network status` tells",
                   "node %u proves a state that is %" PRIu64 " s old, and the limit is %" PRIu64
                   " s",
                   node->validator, age_ms / 1000, limit_ms / 1000);
}

/* Is the proved state of now, and not behind what the node has proved before? */
static enum exit_code age_check(const struct cli *cli, struct node *node, const char *what,
                                const struct proof_facts *facts)
{
    uint64_t limit_ms = age_max_ms(cli);
    uint64_t now_ms = clock_utc_ms();

    if (facts->height < node->proved_height) {
        return failure(EXIT_STALE, what, "ask another member with --node N, and tell its operator",
                       "node %u went back to block %" PRIu64 " after it had proved block %" PRIu64,
                       node->validator, facts->height, node->proved_height);
    }
    node->proved_height = facts->height;
    if (limit_ms > 0 && now_ms > facts->ledger_ms && now_ms - facts->ledger_ms > limit_ms) {
        return node_stale(node, what, now_ms - facts->ledger_ms, limit_ms);
    }
    return EXIT_DONE;
}

enum exit_code node_point_check(struct cli *cli, struct node *node, const char *what,
                                struct proved *out)
{
    enum proof_result result = PROOF_MALFORMED;

    out->size = node->reply.proof_size;
    if (out->size > 0 && out->size <= sizeof out->bytes) {
        memcpy(out->bytes, node->reply.proof, out->size);
        if (proof_decode(out->bytes, out->size, &out->proof)) {
            result = proof_verify(&out->proof, cli->genesis, &out->facts);
        }
    }
    out->state_height = node->reply.state_height;
    if (result != PROOF_VALID) {
        return node_lies(node, proof_result_text(result));
    }
    return out->proof.leaves[0].tree == PROOF_RECORD ? age_check(cli, node, what, &out->facts)
                                                     : EXIT_DONE;
}

/* That something is absent no single node can prove: with --ask, others must say the same. */
static enum exit_code absence_confirm(struct cli *cli, struct request *request, const char *what,
                                      unsigned long ask_count, struct proved *out)
{
    unsigned asked = 1;

    for (unsigned i = 0; i < cli->genesis->validator_count && asked < ask_count; i++) {
        struct node *other;
        enum exit_code code;
        const char *why;
        if (i == cli->node_index || cli->open_node(cli, i, &other) != EXIT_DONE) {
            continue;
        }
        asked++;
        code = node_try(cli, other, request, &why);
        if (code == EXIT_DONE && other->reply.found) {
            code = node_point_check(cli, other, what, out);
            node_close(other);
            return code;
        }
        node_close(other);
    }
    return failure(EXIT_UNKNOWN, what,
                   asked > genesis_faults(cli->genesis)
                       ? "check the identifier"
                       : "check the identifier, or let --ask compare several nodes",
                   "not known to %u node%s asked", asked, asked == 1 ? "" : "s");
}

enum exit_code node_point(struct cli *cli, struct request *request, const char *what,
                          struct proved *out)
{
    unsigned long ask_count;
    enum exit_code code;

    if (!option_number(&cli->options, OPTION_ASK, 1, GENESIS_VALIDATORS_MAX, 1, &ask_count)) {
        return EXIT_USAGE;
    }
    code = cli_node(cli);
    if (code == EXIT_DONE) {
        code = node_ask(cli, cli->node, request);
    }
    if (code != EXIT_DONE) {
        return code;
    }
    return cli->node->reply.found ? node_point_check(cli, cli->node, what, out)
                                  : absence_confirm(cli, request, what, ask_count, out);
}

const struct record_proof *proved_record(const struct proved *proved, enum record_kind kind,
                                         uint32_t index)
{
    for (uint8_t i = 0; i < proved->proof.leaf_count; i++) {
        const struct proof_leaf *leaf = &proved->proof.leaves[i];
        if (leaf->tree == PROOF_RECORD && leaf->record.kind == (uint8_t)kind &&
            leaf->record.index == index) {
            return &leaf->record;
        }
    }
    return NULL;
}
