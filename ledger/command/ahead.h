/*
 * ledger/command/ahead.h - the commands of an envelope, read some way ahead of their execution
 *
 * Problem. A command touches a dozen records among millions: each is in no cache, and the processor
 * waits for one after the other, although all are named in the command's bytes. Its content is
 * a hash and its secret a piece of a stream, which cost a fraction when many are made at once.
 *
 * Rule. Commands are read in windows. Those of a window are hashed together, and then the memory is
 * asked for that they will want, in waves: cells of the indexes, those of the matching index among
 * them; then, for as far as the cells say where, what may match with them and accounts; then
 * positions that their accounts name, cells of other ones, and positions of what may match; then
 * those other ones. Nothing waits for an answer. What is found on the way goes on to the execution
 * as far as no command before it can change it: see struct instruct_known
 * (ledger/instruction/instruct.h). So results do not depend on it.
 *
 * Secrets. What a command makes is salted (ledger/state/record.h) with a secret of its own, drawn
 * from the envelope's nonce (crypto/stream.h):
 *
 *     secret of command k = bytes 16k to 16k+15 of the stream of the key H(SALT, nonce)
 *
 * Whoever is shown one of them cannot tell the nonce or another secret from it.
 *
 *     struct ahead ahead;
 *     ahead_begin(&ahead, ledger, &envelope, party);
 *     while ((command = ahead_next(&ahead)) != NULL) { execute it }
 */
#ifndef TALLY_LEDGER_COMMAND_AHEAD_H
#define TALLY_LEDGER_COMMAND_AHEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger/command/command.h"
#include "ledger/command/envelope.h"
#include "ledger/instruction/instruct.h"

enum {
    AHEAD_COMMANDS = 16, /* in a window: as many as memory can be asked for at once, or so */
    AHEAD_SECRETS = 32,  /* drawn together: two windows' */
};

struct ahead_command {
    struct command command; /* as far as it is readable */
    const uint8_t *bytes;   /* borrowed from the envelope */
    size_t size;
    bool readable;
    struct nonce_secret secret;  /* what it makes must not open what others of its envelope made */
    struct instruct_known known; /* of an instruction */
};

struct ahead {
    const struct ledger *ledger;     /* borrowed */
    const struct envelope *envelope; /* borrowed */
    uint32_t party;
    struct hash secrets;                      /* the key of their stream */
    struct nonce_secret drawn[AHEAD_SECRETS]; /* of this window, and of the other one of a piece */
    struct bytes_reader rest;
    uint32_t first; /* number of the window's first command in the envelope */
    uint32_t count; /* in the window */
    uint32_t at;    /* next one of the window */
    struct ahead_command window[AHEAD_COMMANDS];
};

/* Starts before the first command. Borrows both; `party` is the index of who sent it. */
void ahead_begin(struct ahead *ahead, const struct ledger *ledger, const struct envelope *envelope,
                 uint32_t party);
/* The next command; NULL at the end. Borrowed until the next call. */
const struct ahead_command *ahead_next(struct ahead *ahead);

#endif
