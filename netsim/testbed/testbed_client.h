/*
 * netsim/testbed/testbed_client.h - one party's connection to one real validator
 *
 * Rule. Requests are numbered by the caller and need not wait for each other; each reply names its
 * request. Replies come on a thread of the channel.
 *
 *     client = testbed_client_open(testbed, market, party, member, on_reply, context);
 *     testbed_client_wait(client, 5000);
 *     testbed_client_ask(client, &request);          on_reply(context, member, &reply)
 */
#ifndef TALLY_NETSIM_TESTBED_TESTBED_CLIENT_H
#define TALLY_NETSIM_TESTBED_TESTBED_CLIENT_H

#include "client/reply.h"
#include "client/request.h"
#include "netsim/testbed/testbed.h"

struct testbed_client;

/* A reply came. Borrowed for the call; on a thread of the channel; must not call back. */
typedef void testbed_replied(void *context, uint16_t member, const struct reply *reply);

/* Dials; NULL when that is not possible at all. Borrows the testbed. */
struct testbed_client *testbed_client_open(const struct testbed *testbed,
                                           const struct market *market, uint32_t party,
                                           uint16_t member, testbed_replied *replied,
                                           void *context);
void testbed_client_close(struct testbed_client *client);

/* Waits until the channel is up; false when the time is over. */
bool testbed_client_wait(struct testbed_client *client, uint32_t timeout_ms);

/* Sends a request; request->id is the caller's. False when it could not be sent now. */
bool testbed_client_ask(struct testbed_client *client, const struct request *request);

#endif
