/*
 * ledger/command/ahead.h - the envelopes of a block, read some way ahead of their execution
 *
 * Problem. A command touches a dozen records among millions: each is in no cache, and the processor
 * waits for one after the other, although all are named in the command's bytes. Its content is
 * a hash and its secret a piece of a stream, which cost a fraction when many are made at once.
 *
 * Rule. Commands are read in windows: those of as many envelopes as have room in one, all of each;
 * or some of one envelope that has more. Those of a window are hashed together, and the memory is
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
 *     ahead_begin(&ahead, ledger, envelopes, count);
 *     while ((envelope = ahead_next_envelope(&ahead)) != NULL) {
 *         if it is to be executed:
 *             while ((command = ahead_next_command(&ahead)) != NULL) { execute it }
 *     }
 */
#ifndef TALLY_LEDGER_COMMAND_AHEAD_H
#define TALLY_LEDGER_COMMAND_AHEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger/command/command.h"
#include "ledger/command/envelope.h"
#include "ledger/instruction/instruct.h"
#include "ledger/ledger.h"

enum {
    AHEAD_COMMANDS = 16, /* in a window: as many as memory can be asked for at once, or so */
    AHEAD_ENVELOPES = AHEAD_COMMANDS, /* none is without a command */
    AHEAD_SECRETS = 32,               /* drawn together: two windows' */
};

struct ahead_envelope {
    struct envelope envelope;
    uint32_t key;        /* whose it is; RECORD_NONE: no such key was there when it was read, */
    uint32_t party;      /* and no party of it */
    struct hash secrets; /* the key of their stream */
    struct bytes_reader rest; /* commands that no window has had */
    uint32_t first;           /* number of its first command in the window */
    uint32_t at;              /* its next command in the window, */
    uint32_t end;             /* and behind its last there */
};

struct ahead_command {
    const struct ahead_envelope *of;
    struct command command; /* as far as it is readable */
    const uint8_t *bytes;   /* borrowed from the envelope */
    size_t size;
    bool readable;
    struct nonce_secret secret;  /* what it makes must not open what others of its envelope made */
    struct instruct_known known; /* of an instruction */
};

struct ahead {
    const struct ledger *ledger;          /* borrowed, as are the next two */
    const struct ledger_envelope *unread; /* envelopes of the block */
    const struct ledger_envelope *end;
    uint32_t envelope_count; /* of the window */
    uint32_t envelope_at;    /* behind the current one */
    bool over;               /* one more was read, which has no room: the next window's first */
    struct ahead_envelope envelopes[AHEAD_ENVELOPES + 1];
    struct nonce_secret drawn[AHEAD_SECRETS]; /* of a long envelope: two windows' */
    uint32_t count;                           /* of commands in the window */
    struct ahead_command window[AHEAD_COMMANDS];
};

/* Starts before the first of the envelopes. Borrows ledger and envelopes. */
void ahead_begin(struct ahead *ahead, const struct ledger *ledger,
                 const struct ledger_envelope *envelopes, uint32_t count);
/* The next envelope whose form is right, whatever was taken of the one before; NULL at the end.
 * Borrowed until the next call. */
const struct ahead_envelope *ahead_next_envelope(struct ahead *ahead);
/* The next command of that envelope; NULL at its end. Borrowed until the next call of either. */
const struct ahead_command *ahead_next_command(struct ahead *ahead);

#endif
