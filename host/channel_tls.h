/*
 * channel_tls.h: TLS 1.3 with raw Ed25519 keys, over memory.
 *
 * A thin layer over GnuTLS: credentials from an Ed25519 key, and a session whose bytes go in and
 * out through two functions of its owner. It knows nothing of sockets or threads.
 */
#ifndef TALLY_HOST_CHANNEL_TLS_H
#define TALLY_HOST_CHANNEL_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "crypto/sign.h"

struct tls_credentials;
struct tls;

/* Makes credentials from a key; the key is borrowed (GnuTLS keeps a copy of its own). NULL if it
 * cannot be used. May be shared by all threads. */
struct tls_credentials *tls_credentials_new(const struct secret_key *key);
void tls_credentials_free(struct tls_credentials *credentials);

/* What a session needs of its owner. */
struct tls_owner {
    void *context;
    /* Encrypted bytes from the peer: copies at most `size`, 0 when none are there now. */
    size_t (*pull)(void *context, uint8_t *data, size_t size);
    /* Encrypted bytes to the peer: takes all of them. False without memory. */
    bool (*push)(void *context, const uint8_t *data, size_t size);
    /* In the handshake: may this key be at the other end? */
    bool (*verify)(void *context, const struct public_key *key);
};

enum tls_result {
    TLS_OK,     /* handshake: done; receive, send: *size bytes were moved */
    TLS_AGAIN,  /* more bytes from the peer are needed */
    TLS_CLOSED, /* the peer closed cleanly */
    TLS_KEY,    /* `verify` refused the peer's key */
    TLS_FAILED,
};

/* A session as client (dialer) or server. Copies `owner`, borrows the credentials. NULL without
 * memory. */
struct tls *tls_new(struct tls_credentials *credentials, bool client,
                    const struct tls_owner *owner);
void tls_free(struct tls *tls);

/* Goes on with the handshake. TLS_OK only after `verify` has said yes. */
TALLY_MUST_CHECK enum tls_result tls_handshake(struct tls *tls);

/* Decrypts what has come, a record at a time; *data is borrowed until the next call, or tls_free.
 * TLS_KEY: the peer has refused ours. */
TALLY_MUST_CHECK enum tls_result tls_receive(struct tls *tls, const uint8_t **data, size_t *size);

/* Encrypts; everything is taken, at most 16 KiB at once. */
#define TLS_SEND_SIZE_MAX 16384u
TALLY_MUST_CHECK enum tls_result tls_send(struct tls *tls, const uint8_t *data, size_t size);

/* Tells the peer that nothing more comes. */
void tls_goodbye(struct tls *tls);

#endif
