/*
 * cli/node.h - asking a node, and not believing it.
 *
 * node_ask() sends one request and returns its reply, whatever the transport. node_point() asks for
 * one thing and checks the proof against the genesis: what it returns is proved, and a node that
 * answers anything else is reported as lying (EXIT_NODE_LIES), not as an error of the network.
 *
 * Age. A quorum's signatures under an old state stay good for ever, so a proof alone cannot tell
 * what is from what was. What counts is the time of the block whose state is proved, certified
 * through its hash; the header that carries the signatures may be younger, and does not make the
 * state so. When that time lies further back than --max-age allows, by the clock of this machine,
 * or when a node goes back behind a height it proved earlier on the same connection, the answer is
 * refused as stale (EXIT_STALE). Only records are judged, because only they claim to be so now: a
 * receipt or a settlement event remains true however old it is.
 */
#ifndef TALLY_CLI_NODE_H
#define TALLY_CLI_NODE_H

#include <stddef.h>
#include <stdint.h>

#include "cli/cli.h"
#include "client/proof.h"
#include "client/reply.h"
#include "client/request.h"
#include "client/session.h"

enum node_transfer {
    NODE_TRANSFERRED = 0,
    NODE_TIMED_OUT = 1,
    NODE_GONE = 2, /* the connection ended */
};

/* One way to move bytes to a node and back. */
struct node_transport {
    enum node_transfer (*send)(void *context, const void *data, size_t size);
    /* One whole message of at most REPLY_BYTES_MAX into out. */
    enum node_transfer (*receive)(void *context, void *out, size_t *size, unsigned timeout_ms);
    void (*close)(void *context);
};

struct node {
    const struct node_transport *transport;
    void *context;
    unsigned validator;
    uint64_t proved_height; /* highest of the states it has proved on this connection */
    struct session session;
    uint8_t *request_bytes; /* REQUEST_BYTES_MAX */
    uint8_t *reply_bytes;   /* REPLY_BYTES_MAX; what reply's views borrow from */
    struct reply reply;
};

/* Wraps a transport; takes the context, which node_close closes. */
struct node *node_new(const struct node_transport *transport, void *context, unsigned validator);
void node_close(struct node *node);

/* Connects over TLS to a validator of the genesis, with the party's channel key. */
enum exit_code node_open_channel(struct cli *cli, unsigned validator, struct node **out);

/* Sends and waits for the reply, which is node->reply until the next call. Reports and returns the
 * code of: node down, timed out, lies (no reply, or one to something else), busy, not allowed. */
enum exit_code node_ask(struct cli *cli, struct node *node, struct request *request);

/* The same, but says nothing: for callers that try again or elsewhere. *why gets one line. */
enum exit_code node_try(struct cli *cli, struct node *node, struct request *request,
                        const char **why);

/* What to do about a node that failed with this code; "" when there is nothing to say. */
const char *node_hint(enum exit_code code);

/* One thing, proved. */
struct proved {
    uint8_t bytes[PROOF_BYTES_MAX]; /* as it came; what the proof borrows from */
    size_t size;
    struct proof proof;
    struct proof_facts facts;
    uint64_t state_height;
};

/*
 * Asks for one record or receipt and verifies the proof. EXIT_UNKNOWN when the node knows of none
 * (what is absent cannot be proved; with --ask N several nodes are asked and must agree),
 * EXIT_STALE when the record it proves is of too long ago. Reports failures. `what` names the thing
 * for messages. *out is large: not for the stack.
 */
enum exit_code node_point(struct cli *cli, struct request *request, const char *what,
                          struct proved *out);

/* Verifies the POINT or EXPLAIN reply that node_ask just got, and judges the age of the state it
 * proves; reports what is wrong with it. `what` as above. */
enum exit_code node_point_check(struct cli *cli, struct node *node, const char *what,
                                struct proved *out);

/* Reports that this node's answer cannot be relied on; returns EXIT_NODE_LIES. */
enum exit_code node_lies(const struct node *node, const char *why);

/* The proved record of a kind that another proved record names by index, or NULL. */
const struct record_proof *proved_record(const struct proved *proved, enum record_kind kind,
                                         uint32_t index);

#endif
