/*
 * model_rights.h: who may sign what, and what two persons sign, as plainly as possible.
 *
 * It stands before the plain model of settlement (model_ledger.h): every command comes here with
 * the number of the key that signed it. What needs a second person is tried on a copy of the model,
 * to learn whether it would be refused anyway, and kept; an approval hands the kept command on.
 *
 * It knows four keys of each party: number 0 is that of the genesis (world.h), the others are those
 * that the test registers as they are described here.
 */
#ifndef TALLY_TESTS_SUPPORT_LEDGER_MODEL_RIGHTS_H
#define TALLY_TESTS_SUPPORT_LEDGER_MODEL_RIGHTS_H

#include "tests/support/ledger/model_ledger.h"

enum {
    MODEL_KEYS = 4,
    MODEL_KINDS = 128,
    MODEL_DRAFT_MAX = 4096,
};

struct model_key {
    bool known;
    uint32_t rights;
    char person;
    int64_t amount_limit;
    int64_t day_limit;
    int64_t used; /* on `used_day` */
    uint32_t used_day;
    bool confined; /* to `kinds` */
    bool kinds[MODEL_KINDS];
};

struct model_policy {
    bool kinds[MODEL_KINDS];
    int64_t amount;
};

struct model_draft {
    bool waits;
    uint32_t party;
    uint32_t key;
    uint64_t made_ms;
    struct command command;
};

struct model_rights {
    struct model_key keys[WORLD_PARTY_COUNT][MODEL_KEYS];
    struct model_policy policies[WORLD_PARTY_COUNT];
    struct model_draft drafts[MODEL_DRAFT_MAX];
    uint32_t draft_count;
    uint32_t forgotten_before; /* what is dated before it is refused */
    uint64_t now_ms;
    uint32_t draft_days; /* a draft lapses after so many */
    struct model *copy;  /* to try commands on */
};

/* The keys of the genesis; no party demands anything. `copy` is memory for a second model. */
void model_rights_open(struct model_rights *rights, struct model *copy);
/* The block's time; and its end, when drafts whose time is over go. */
void model_rights_block_begin(struct model_rights *rights, uint64_t ts_ms, uint32_t today,
                              uint32_t retention_days);
void model_rights_block_end(struct model_rights *rights);
/* A command signed with key `key` of the party: what it comes to. */
struct model_answer model_rights_command(struct model_rights *rights, struct model *model,
                                         uint32_t party, uint32_t key,
                                         const struct command *command);

#endif
