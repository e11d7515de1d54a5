/*
 * pack_draw.h: random commands of one party that belong into one envelope.
 *
 * The ledger reads the commands of an envelope some way ahead of their execution
 * (ledger/command/ahead.h). So these are drawn to be about each other: they open accounts, make
 * them the default ones or block them, and add assets, and between and before that instruct over
 * them, by name or not; they name references of each other, and repeat them.
 *
 *     struct pack_draw draw = {.world = &world, .prng = &prng};
 *     struct command commands[PACK_COMMANDS_MAX];
 *     uint32_t count = pack_draw_commands(&draw, WORLD_OPERATOR, commands);
 */
#ifndef TALLY_TESTS_SUPPORT_LEDGER_PACK_DRAW_H
#define TALLY_TESTS_SUPPORT_LEDGER_PACK_DRAW_H

#include "base/prng.h"
#include "ledger/command/command.h"
#include "tests/support/ledger/world.h"

enum {
    PACK_COMMANDS_MAX = 20, /* more than are read ahead at once */
    PACK_OFFERS = 16,
};

struct pack_draw {
    struct world *world; /* borrowed */
    struct prng *prng;   /* borrowed */
    uint32_t account_next;
    uint32_t asset_next;
    struct command offers[PACK_OFFERS]; /* the last instructions: some of them find an other side */
    uint32_t offer_count;
};

/* Draws 2 to PACK_COMMANDS_MAX commands; how many. */
uint32_t pack_draw_commands(struct pack_draw *draw, uint32_t sender, struct command *out);

#endif
