/*
 * ledger/command/envelope.h - signed commands as they travel, are ordered, and are executed
 *
 * Problem. The bytes come from anybody, may be ordered twice, late, or in another order than they
 * were sent, and must take effect at most once.
 *
 * Rule. An envelope names chain, party, key, a random nonce and an end of validity, and carries
 * commands:
 *
 *   | offset | size | field                                                            |
 *   |      0 |    2 | version u16 = 1                                                  |
 *   |      2 |   32 | chain id                                                         |
 *   |     34 |   11 | party BIC                                                        |
 *   |     45 |   32 | public key                                                       |
 *   |     77 |   16 | nonce, random                                                    |
 *   |     93 |    8 | valid until, UTC ms u64                                          |
 *   |    101 |    2 | command count u16, 1 to 10,000                                   |
 *   |    103 |      | commands, each { size u16, bytes }                               |
 *   |    end |   64 | Ed25519 signature over "TALLY-E1" followed by the identifier     |
 *
 * The identifier is H(ENVELOPE, hash_long(all bytes before the signature)) (crypto/hash_long.h), so
 * that a second signature makes no second envelope. The form is checked here, the signature by
 * envelope_verify() when a batch is checked; party, key, rights, nonce and validity are the
 * ledger's to judge (ledger.h). A command that cannot be read is refused on its own; the others of
 * the envelope are not affected.
 */
#ifndef TALLY_LEDGER_COMMAND_ENVELOPE_H
#define TALLY_LEDGER_COMMAND_ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "crypto/hash.h"
#include "crypto/sign.h"
#include "crypto/sign_many.h"
#include "ledger/state/record.h"
#include "ledger/values/identifier.h"

enum {
    ENVELOPE_VERSION = 1,
    ENVELOPE_HEAD_BYTES = 103,
    ENVELOPE_COMMAND_COUNT_MAX = 10000,
    ENVELOPE_BYTES_MAX = 4 * 1024 * 1024,
    ENVELOPE_COMMAND_BYTES_MAX = 2048,
    ENVELOPE_VERIFY_MAX = SIGN_LANES, /* in one call of envelope_verify_many() */
};

/* An envelope whose form is right. Borrows the bytes it was decoded from. */
struct envelope {
    const uint8_t *bytes;
    size_t size;
    struct hash chain_id;
    struct bic party;
    struct public_key key;
    struct nonce_secret nonce;
    uint64_t valid_until_ms;
    uint16_t command_count;
    const uint8_t *commands; /* the { size u16, bytes } list */
    size_t commands_size;
    struct signature signature;
    struct hash id;
};

/* Which check failed first, in this order. Numbered for ever (sent to clients). */
enum envelope_check {
    ENVELOPE_OK = 0,
    ENVELOPE_TOO_LARGE = 1,
    ENVELOPE_TRUNCATED = 2,
    ENVELOPE_VERSION_UNKNOWN = 3,
    ENVELOPE_PARTY_NOT_BIC = 4,
    ENVELOPE_COUNT_OUT_OF_RANGE = 5,
    ENVELOPE_COMMAND_SIZE_WRONG = 6,
    ENVELOPE_TRAILING_BYTES = 7,
    ENVELOPE_SIGNATURE_WRONG = 8,
};

/* Decodes untrusted bytes; computes the identifier. Borrows `bytes` for as long as `out` is used.
 */
enum envelope_check envelope_decode(struct envelope *out, const void *bytes, size_t size);
/* The same of bytes whose identifier is known from an earlier time; NULL: it is not. */
enum envelope_check envelope_decode_known(struct envelope *out, const void *bytes, size_t size,
                                          const struct hash *id);
/* The nonce of an envelope, without looking at the rest; false when it is too short for one. */
bool envelope_nonce(struct nonce_secret *nonce, const void *bytes, size_t size);
/* ENVELOPE_OK or ENVELOPE_SIGNATURE_WRONG. pre: decoded. Pure; any thread. */
enum envelope_check envelope_verify(const struct envelope *envelope);
/*
 * The same for several at once, which costs little more than one: valid[i] tells of envelopes[i]
 * what envelope_verify() would. pre: decoded; count is at most ENVELOPE_VERIFY_MAX.
 */
void envelope_verify_many(const struct envelope *const *envelopes, size_t count, bool *valid);

/* Walks the commands: `*reader` starts as envelope_commands(); false at the end. pre: decoded. */
struct bytes_reader envelope_commands(const struct envelope *envelope);
bool envelope_next(struct bytes_reader *commands, const uint8_t **bytes, size_t *size);

/*
 * Building one (clients and tests): begin, then envelope_append() per encoded command, then seal,
 * which writes the count and the signature. Every function returns false when the buffer or a limit
 * does not suffice.
 */
struct envelope_builder {
    struct bytes_writer writer;
    uint16_t command_count;
};

/* Starts one: all but commands and signature. Borrows the buffer until the seal. */
bool envelope_begin(struct envelope_builder *builder, void *buffer, size_t capacity,
                    const struct hash *chain_id, const struct bic *party,
                    const struct public_key *key, const struct nonce_secret *nonce,
                    uint64_t valid_until_ms);
/* Adds one encoded command. */
bool envelope_append(struct envelope_builder *builder, const void *command, size_t size);
/* Signs; the buffer then holds `*size` bytes, ready to be sent. */
bool envelope_seal(struct envelope_builder *builder, const struct secret_key *secret, size_t *size,
                   struct hash *id);

#endif
