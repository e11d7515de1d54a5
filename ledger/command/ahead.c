#include "ledger/command/ahead.h"

#include <string.h>

#include "crypto/hash_many.h"
#include "crypto/stream.h"
#include "ledger/instruction/instruct.h"
#include "ledger/state.h"
#include "ledger/state/index.h"

enum {
    SECRETS_TOGETHER = STREAM_BLOCK_SIZE / NONCE_SIZE, /* in one block of the stream */
};

_Static_assert((int)AHEAD_COMMANDS <= (int)HASH_MANY, "a window is hashed in one go");
_Static_assert(AHEAD_COMMANDS % SECRETS_TOGETHER == 0, "windows begin with a whole block");
_Static_assert(STREAM_BLOCK_SIZE % NONCE_SIZE == 0, "a block is cut into whole secrets");

void ahead_begin(struct ahead *ahead, const struct ledger *ledger, const struct envelope *envelope,
                 uint32_t party)
{
    ahead->ledger = ledger;
    ahead->envelope = envelope;
    ahead->party = party;
    hash_compute(&ahead->secrets, HASH_SALT, envelope->nonce.bytes, NONCE_SIZE);
    ahead->rest = envelope_commands(envelope);
    ahead->first = 0;
    ahead->count = 0;
    ahead->at = 0;
}

/* Each command has a secret of its own, a piece of one stream (ahead.h). */
static void secrets_make(struct ahead *ahead)
{
    struct nonce_secret secrets[AHEAD_COMMANDS];
    TALLY_ASSERT(ahead->first % SECRETS_TOGETHER == 0);
    stream_draw(&ahead->secrets, ahead->first / SECRETS_TOGETHER, secrets,
                ahead->count * sizeof(secrets[0]));
    for (uint32_t i = 0; i < ahead->count; i++) {
        ahead->window[i].secret = secrets[i];
    }
}

static void contents_make(struct ahead *ahead)
{
    struct command_content_bytes bytes[AHEAD_COMMANDS];
    struct hash_item items[AHEAD_COMMANDS];
    uint32_t count = 0;
    for (uint32_t i = 0; i < ahead->count; i++) {
        struct ahead_command *command = &ahead->window[i];
        if (command->readable) {
            command_content_item(&command->command, &ahead->envelope->party, command->bytes,
                                 command->size, &bytes[i], &items[count++]);
        }
    }
    hash_many(items, count);
}

/* Where an instruction will look, as far as it has been found out. */
struct guess {
    bool made;    /* the command is an instruction */
    bool matched; /* and it is known what it would be matched by */
    uint32_t group_hash;
    uint32_t group;
    uint32_t other; /* who may be its other side; RECORD_NONE: nobody is known */
    uint64_t account_hash;
    uint64_t cash_account_hash;
    uint64_t position_hash;
    uint64_t cash_position_hash;
};

/* Cells of the names in a command. */
static void names_ask(const struct ahead *ahead, struct ahead_command *next, struct guess *guess)
{
    const struct ledger *ledger = ahead->ledger;
    const struct command_instruct *body = &next->command.instruct;
    struct index_name name = {ahead->party, &next->command.reference};
    next->reference_hash = index_name_hash(ledger->map_seed, &name);
    map_prefetch(&ledger->instruction_by_reference, next->reference_hash);
    if (body->account.size != 0) {
        name.text = &body->account;
        guess->account_hash = index_name_hash(ledger->map_seed, &name);
        map_prefetch(&ledger->account_by_id, guess->account_hash);
    }
    if (body->cash_account.size != 0) {
        name.text = &body->cash_account;
        guess->cash_account_hash = index_name_hash(ledger->map_seed, &name);
        map_prefetch(&ledger->account_by_id, guess->cash_account_hash);
    }
}

/* The account of a name, if it has a hash, or else the default one. */
static uint32_t account_guess(const struct ahead *ahead, uint64_t account_hash,
                              enum account_kind kind)
{
    return account_hash != 0 ? map_guess(&ahead->ledger->account_by_id, account_hash)
                             : index_find_default_account(ahead->ledger, ahead->party, kind);
}

/* An account, and the cell of its position, unless it is that of `before`: of another command. */
static uint64_t account_ask(const struct ledger *ledger, uint32_t account,
                            const struct asset_code *code, struct index_pair *before)
{
    struct index_pair pair = {account, asset_find(ledger, code)};
    if (pair.first == RECORD_NONE || pair.second == RECORD_NONE ||
        (pair.first == before->first && pair.second == before->second)) {
        return 0;
    }
    *before = pair;
    uint64_t position_hash = index_pair_hash(ledger->map_seed, &pair);
    map_prefetch(&ledger->position_by_account, position_hash);
    record_prefetch(ledger, RECORD_ACCOUNT, account);
    return position_hash;
}

static void accounts_ask(const struct ahead *ahead, struct guess guesses[AHEAD_COMMANDS])
{
    struct index_pair before = {RECORD_NONE, RECORD_NONE};
    struct index_pair cash_before = before;
    for (uint32_t i = 0; i < ahead->count; i++) {
        const struct command_instruct *body = &ahead->window[i].command.instruct;
        if (guesses[i].made && body->quantity > 0) {
            guesses[i].position_hash = account_ask(
                ahead->ledger, account_guess(ahead, guesses[i].account_hash, ACCOUNT_SECURITIES),
                &body->asset, &before);
        }
        if (guesses[i].made && body->currency.size != 0) {
            guesses[i].cash_position_hash = account_ask(
                ahead->ledger, account_guess(ahead, guesses[i].cash_account_hash, ACCOUNT_CASH),
                &body->currency, &cash_before);
        }
    }
}

static void position_ask(const struct ledger *ledger, uint64_t position_hash)
{
    uint32_t position = map_guess(&ledger->position_by_account, position_hash);
    if (position != MAP_NONE) {
        record_prefetch(ledger, RECORD_POSITION, position);
    }
}

/* Asks for the cell of its group, by what has to agree exactly, as it will be if it is taken. */
static void match_ask(const struct ledger *ledger, const struct command *command,
                      struct guess *guess)
{
    const struct command_instruct *body = &command->instruct;
    bool paid = body->currency.size != 0;
    guess->matched = body->movement == MOVEMENT_DELI || body->movement == MOVEMENT_RECE;
    if (!guess->matched) {
        return;
    }
    const struct instruction_terms terms =
        instruct_matched_terms(command, asset_find(ledger, &body->asset),
                               paid ? asset_find(ledger, &body->currency) : RECORD_NONE);
    guess->group_hash = matching_ask_cell(&ledger->matching, &terms);
}

/* The waves after that one: the groups, and who may be the other side. */
static void counterparts_ask(const struct ahead *ahead, struct guess guesses[AHEAD_COMMANDS])
{
    const struct matching *matching = &ahead->ledger->matching;
    for (uint32_t i = 0; i < ahead->count; i++) {
        guesses[i].group =
            guesses[i].matched ? matching_ask_group(matching, guesses[i].group_hash) : MAP_NONE;
    }
    for (uint32_t i = 0; i < ahead->count; i++) {
        guesses[i].other = guesses[i].group != MAP_NONE
                               ? matching_ask_instruction(matching, guesses[i].group)
                               : RECORD_NONE;
    }
}

/* Over what the other side settles, and what it leaves when it is matched. */
static void other_ask(const struct ledger *ledger, uint32_t other)
{
    const struct instruction *instruction = instruction_view(ledger, other);
    if (instruction->position != RECORD_NONE) {
        record_prefetch(ledger, RECORD_POSITION, instruction->position);
    }
    if (instruction->other_position != RECORD_NONE) {
        record_prefetch(ledger, RECORD_POSITION, instruction->other_position);
    }
    alleged_prefetch(&ledger->matching.alleged, other);
    __builtin_prefetch(&ledger->allegement_deadlines.place[other]);
}

/* A wave over the whole window before the next one: by then memory has answered. */
static void memory_ask(struct ahead *ahead)
{
    const struct ledger *ledger = ahead->ledger;
    struct guess guesses[AHEAD_COMMANDS];
    for (uint32_t i = 0; i < ahead->count; i++) {
        struct ahead_command *next = &ahead->window[i];
        next->reference_hash = 0;
        guesses[i] =
            (struct guess){.made = next->readable && next->command.kind == COMMAND_INSTRUCT};
        if (guesses[i].made) {
            names_ask(ahead, next, &guesses[i]);
            match_ask(ahead->ledger, &next->command, &guesses[i]);
        }
    }
    counterparts_ask(ahead, guesses);
    accounts_ask(ahead, guesses);
    for (uint32_t i = 0; i < ahead->count; i++) {
        if (guesses[i].position_hash != 0) {
            position_ask(ledger, guesses[i].position_hash);
        }
        if (guesses[i].cash_position_hash != 0) {
            position_ask(ledger, guesses[i].cash_position_hash);
        }
        if (guesses[i].other != RECORD_NONE) {
            other_ask(ledger, guesses[i].other);
        }
    }
}

/*
 * The command before the next one of the window, if there is one that could be read. pre: there is
 * a next one, so the window before was a full one.
 */
static const struct command *next_known(const struct ahead *ahead)
{
    const struct ahead_command *before =
        &ahead->window[(ahead->count + AHEAD_COMMANDS - 1) % AHEAD_COMMANDS];
    bool read = ahead->first + ahead->count > 0;
    return read && before->readable ? &before->command : NULL;
}

static void window_fill(struct ahead *ahead)
{
    ahead->first += ahead->count;
    ahead->count = 0;
    ahead->at = 0;
    while (ahead->count < AHEAD_COMMANDS) {
        struct ahead_command *next = &ahead->window[ahead->count];
        if (!envelope_next(&ahead->rest, &next->bytes, &next->size)) {
            break;
        }
        next->readable = command_read(&next->command, next_known(ahead), next->bytes, next->size);
        ahead->count++;
    }
    if (ahead->count > 0) {
        memory_ask(ahead);
        secrets_make(ahead);
        contents_make(ahead);
    }
}

const struct ahead_command *ahead_next(struct ahead *ahead)
{
    if (ahead->at == ahead->count) {
        window_fill(ahead);
    }
    return ahead->at < ahead->count ? &ahead->window[ahead->at++] : NULL;
}
