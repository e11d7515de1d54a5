/*
 * client/session.h - the first frame each side of a connection sends.
 *
 * Problem.  TLS says which key is at the other end; it does not say which ledger that key means to talk
 * about, which protocol version it speaks, or in what capacity it came. And a TLS 1.3 dialer holds the
 * handshake for complete before the listener has judged its key, so "connected" means nothing yet.
 *
 * Rule.  The dialer sends one HELLO. The listener looks the channel key up, judges the HELLO, and sends one
 * WELCOME carrying its answer; any answer but SESSION_ACCEPTED is followed by closing. The dialer takes the
 * connection for up only after an accepting WELCOME. Both frames name the chain, so that a client pointed at
 * the wrong network learns so in words before it says anything else.
 *
 *     dialer                               listener
 *     HELLO  "TALLY-H1" version role  -->  looks up the channel key, judges
 *            chain id, instance      <--   WELCOME "TALLY-W1" version answer, chain id, validator, time
 *
 * Source: RFC 7250 (raw public keys leave the naming of the peer to the application).
 */
#ifndef CLIENT_SESSION_H
#define CLIENT_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/hash.h"

#define SESSION_VERSION 1u          /* raised when an older peer could misread a newer one */
#define SESSION_HELLO_SIZE 51u      /* 8 magic, 2 version, 1 role, 32 chain id, 8 instance */
#define SESSION_WELCOME_SIZE 53u    /* 8 magic, 2 version, 1 answer, 32 chain id, 2 validator, 8 time */

/* In what capacity the dialer came. Validators open one connection for votes and one for bulk data. */
enum session_role {
    SESSION_CLIENT = 1,
    SESSION_VALIDATOR_VOTE = 2,
    SESSION_VALIDATOR_BULK = 3,
};

/* The listener's judgement; numbered for ever, in the order in which the checks are made. */
enum session_answer {
    SESSION_ACCEPTED = 0,
    SESSION_WRONG_VERSION = 1, /* the two programs are too far apart in age */
    SESSION_WRONG_CHAIN = 2,   /* the dialer holds another genesis */
    SESSION_UNKNOWN_KEY = 3,   /* the channel key is registered neither in the genesis nor on the ledger */
    SESSION_WRONG_ROLE = 4,    /* a known key, but not one of the role it asks for */
    SESSION_BUSY = 5,          /* this listener's connection limit is reached */
};

struct session_hello {
    uint16_t version;
    enum session_role role;
    struct hash chain_id;
    uint64_t instance; /* drawn anew by each start of the dialing process: tells a restart from a duplicate */
};

struct session_welcome {
    uint16_t version;
    enum session_answer answer;
    struct hash chain_id;
    uint16_t validator; /* the listener's index in the genesis */
    uint64_t utc_ms;    /* the listener's clock, so that a client can name a clock that is off */
};

/* Writes exactly SESSION_HELLO_SIZE bytes. */
void session_hello_encode(const struct session_hello *hello, uint8_t out[SESSION_HELLO_SIZE]);

/* Reads a HELLO; false when size, magic or role is not a HELLO's. Judges neither version nor chain. */
bool session_hello_decode(const void *data, size_t size, struct session_hello *out)
    __attribute__((warn_unused_result));

/* Writes exactly SESSION_WELCOME_SIZE bytes. */
void session_welcome_encode(const struct session_welcome *welcome, uint8_t out[SESSION_WELCOME_SIZE]);

/* Reads a WELCOME; false when size, magic or answer is not a WELCOME's. */
bool session_welcome_decode(const void *data, size_t size, struct session_welcome *out)
    __attribute__((warn_unused_result));

/* The part of the listener's judgement that needs no key register: version, then chain. */
enum session_answer session_judge(const struct session_hello *hello, const struct hash *chain_id);

/* The answer in words, and what to do about it. Never NULL. */
const char *session_answer_text(enum session_answer answer);
const char *session_answer_hint(enum session_answer answer);

#endif
