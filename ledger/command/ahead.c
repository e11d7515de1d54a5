#include "ledger/command/ahead.h"

#include <string.h>

#include "crypto/hash_many.h"
#include "crypto/stream.h"
#include "ledger/state.h"
#include "ledger/state/index.h"

enum {
    SECRETS_TOGETHER = STREAM_BLOCK_SIZE / NONCE_SIZE, /* in one block of the stream */
};

_Static_assert((int)AHEAD_COMMANDS <= (int)HASH_MANY, "a window is hashed in one go");
_Static_assert(AHEAD_SECRETS % SECRETS_TOGETHER == 0, "a piece begins with a whole block");
_Static_assert(AHEAD_SECRETS % AHEAD_COMMANDS == 0, "a window's secrets are of one piece");
_Static_assert(STREAM_BLOCK_SIZE % NONCE_SIZE == 0, "a block is cut into whole secrets");

void ahead_begin(struct ahead *ahead, const struct ledger *ledger,
                 const struct ledger_envelope *envelopes, uint32_t count)
{
    ahead->ledger = ledger;
    ahead->unread = envelopes;
    ahead->end = envelopes + count;
    ahead->envelope_count = 0;
    ahead->envelope_at = 0;
    ahead->over = false;
    ahead->count = 0;
}

/*
 * Each command has a secret of its own, a piece of one stream (ahead.h), of which much is drawn at
 * once: eight of its blocks cost little more than one.
 */
static void secrets_make(struct ahead *ahead, const struct ahead_envelope *of)
{
    uint32_t from = of->first % AHEAD_SECRETS;
    if (from == 0) {
        uint32_t left = of->envelope.command_count - of->first;
        uint32_t count = left < AHEAD_SECRETS ? left : AHEAD_SECRETS;
        stream_draw(&of->secrets, of->first / SECRETS_TOGETHER, ahead->drawn,
                    count * sizeof(ahead->drawn[0]));
    }
    for (uint32_t i = of->at; i < of->end; i++) {
        ahead->window[i].secret = ahead->drawn[from + i - of->at];
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
            command_content_item(&command->command, &command->of->envelope.party, command->bytes,
                                 command->size, &bytes[i], &items[count++]);
        }
    }
    hash_many(items, count);
}

/* Where an instruction will look, as far as it has been found out. */
struct guess {
    bool made; /* the command is an instruction, of an asset that is known */
    uint32_t group;
    uint32_t other; /* who may be its other side; RECORD_NONE: nobody is known */
    uint64_t account_hash;
    uint64_t cash_account_hash;
    uint64_t position_hash;
    uint64_t cash_position_hash;
};

/* What was found last of a kind: most commands of a window name what the one before names. */
struct asset_before {
    const struct asset_code *code; /* NULL: none yet */
    uint32_t index;
};
struct position_before {
    struct index_pair of; /* account and asset */
    uint32_t index;       /* RECORD_NONE: none that its account names, */
    uint64_t hash;        /* but may be one under this; 0: there is none */
};
static const struct position_before position_before_none = {
    {RECORD_NONE, RECORD_NONE}, RECORD_NONE, 0};

static uint32_t asset_ask(const struct ledger *ledger, const struct asset_code *code,
                          struct asset_before *before)
{
    if (before->code == NULL || !asset_code_equal(before->code, code)) {
        *before = (struct asset_before){code, asset_find(ledger, code)};
    }
    return before->index;
}

/* Cells of the names in a command. */
static void names_ask(const struct ledger *ledger, struct ahead_command *next, struct guess *guess)
{
    const struct command_instruct *body = &next->command.instruct;
    struct index_name name = {next->of->party, &next->command.reference};
    next->known.reference_hash = index_name_hash(ledger->map_seed, &name);
    map_prefetch(&ledger->instruction_by_reference, next->known.reference_hash);
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

/* Its terms, if all assets are known that it names, and the cell of its group. */
static void terms_ask(const struct ledger *ledger, struct ahead_command *next,
                      struct asset_before *asset, struct asset_before *currency,
                      struct guess *guess)
{
    const struct command_instruct *body = &next->command.instruct;
    bool paid = body->currency.size != 0;
    bool moved = body->movement == MOVEMENT_DELI || body->movement == MOVEMENT_RECE;
    uint32_t of = moved ? asset_ask(ledger, &body->asset, asset) : RECORD_NONE;
    uint32_t in = paid ? asset_ask(ledger, &body->currency, currency) : RECORD_NONE;
    guess->made = of != RECORD_NONE && (in != RECORD_NONE || !paid);
    if (guess->made) {
        instruct_matched_terms(&next->known.terms, &next->command, of, in);
        next->known.group_hash = matching_ask_cell(&ledger->matching, &next->known.terms);
    }
}

/* The waves after that one: the groups, and who may be the other side. */
static void counterparts_ask(const struct ahead *ahead, struct guess guesses[AHEAD_COMMANDS])
{
    const struct matching *matching = &ahead->ledger->matching;
    for (uint32_t i = 0; i < ahead->count; i++) {
        guesses[i].group = guesses[i].made
                               ? matching_ask_group(matching, ahead->window[i].known.group_hash)
                               : MAP_NONE;
    }
    for (uint32_t i = 0; i < ahead->count; i++) {
        guesses[i].other = guesses[i].group != MAP_NONE
                               ? matching_ask_instruction(matching, guesses[i].group)
                               : RECORD_NONE;
    }
}

/* The account of a name, if it has a hash, or else the default one. */
static uint32_t account_guess(const struct ledger *ledger, uint32_t party, uint64_t account_hash,
                              enum account_kind kind)
{
    return account_hash != 0 ? map_guess(&ledger->account_by_id, account_hash)
                             : index_find_default_account(ledger, party, kind);
}

static void account_ask(const struct ledger *ledger, uint32_t account, uint32_t *before)
{
    if (account != *before && account != RECORD_NONE) {
        record_prefetch(ledger, RECORD_ACCOUNT, account);
    }
    *before = account;
}

static void accounts_ask(struct ahead *ahead, const struct guess guesses[AHEAD_COMMANDS])
{
    const struct ledger *ledger = ahead->ledger;
    uint32_t before = RECORD_NONE;
    uint32_t cash_before = RECORD_NONE;
    for (uint32_t i = 0; i < ahead->count; i++) {
        struct instruct_known *known = &ahead->window[i].known;
        uint32_t party = ahead->window[i].of->party;
        if (guesses[i].made && known->terms.quantity > 0) {
            known->account =
                account_guess(ledger, party, guesses[i].account_hash, ACCOUNT_SECURITIES);
            account_ask(ledger, known->account, &before);
        }
        if (guesses[i].made && known->terms.currency != RECORD_NONE) {
            known->cash_account =
                account_guess(ledger, party, guesses[i].cash_account_hash, ACCOUNT_CASH);
            account_ask(ledger, known->cash_account, &cash_before);
        }
    }
}

/* The position that an account names, or else the cell of the one that is wanted; unless it is that
 * of the command before. */
static void position_ask(const struct ledger *ledger, uint32_t account, uint32_t asset,
                         struct position_before *before)
{
    if (account == RECORD_NONE) {
        *before = position_before_none;
        return;
    }
    if (account == before->of.first && asset == before->of.second) {
        return;
    }
    *before = (struct position_before){{account, asset}, RECORD_NONE, 0};
    before->index = index_guess_position(ledger, account, asset);
    if (before->index != RECORD_NONE) {
        position_prefetch(ledger, before->index);
    } else {
        before->hash = index_pair_hash(ledger->map_seed, &before->of);
        map_prefetch(&ledger->position_by_account, before->hash);
    }
}

/* Over what the other side settles, and what it leaves when it is matched. */
static void other_ask(const struct ledger *ledger, uint32_t other)
{
    const struct instruction *instruction = instruction_view(ledger, other);
    if (instruction->position != RECORD_NONE) {
        position_prefetch(ledger, instruction->position);
    }
    if (instruction->other_position != RECORD_NONE) {
        position_prefetch(ledger, instruction->other_position);
    }
    alleged_prefetch(&ledger->matching.alleged, other);
    __builtin_prefetch(&ledger->allegement_deadlines.place[other]);
}

static void positions_ask(struct ahead *ahead, struct guess guesses[AHEAD_COMMANDS])
{
    const struct ledger *ledger = ahead->ledger;
    struct position_before position = position_before_none;
    struct position_before cash = position_before_none;
    for (uint32_t i = 0; i < ahead->count; i++) {
        struct instruct_known *known = &ahead->window[i].known;
        position_ask(ledger, known->account, known->terms.asset, &position);
        position_ask(ledger, known->cash_account, known->terms.currency, &cash);
        known->position = position.index;
        known->cash_position = cash.index;
        guesses[i].position_hash = position.hash;
        guesses[i].cash_position_hash = cash.hash;
        if (guesses[i].other != RECORD_NONE) {
            other_ask(ledger, guesses[i].other);
        }
    }
}

/* The position of a hash, if there is one. */
static void position_search(const struct ledger *ledger, uint64_t hash, uint32_t *position)
{
    if (hash == 0) {
        return;
    }
    *position = map_guess(&ledger->position_by_account, hash);
    if (*position != RECORD_NONE) {
        position_prefetch(ledger, *position);
    }
}

/* Those that no account names. */
static void positions_search(struct ahead *ahead, const struct guess guesses[AHEAD_COMMANDS])
{
    for (uint32_t i = 0; i < ahead->count; i++) {
        struct instruct_known *known = &ahead->window[i].known;
        position_search(ahead->ledger, guesses[i].position_hash, &known->position);
        position_search(ahead->ledger, guesses[i].cash_position_hash, &known->cash_position);
    }
}

/* A wave over the whole window before the next one: by then memory has answered. */
static void memory_ask(struct ahead *ahead)
{
    struct guess guesses[AHEAD_COMMANDS];
    struct asset_before asset = {0};
    struct asset_before currency = {0};
    for (uint32_t i = 0; i < ahead->count; i++) {
        struct ahead_command *next = &ahead->window[i];
        guesses[i] = (struct guess){0};
        next->known.reference_hash = 0;
        next->known.group_hash = 0;
        next->known.account = RECORD_NONE;
        next->known.cash_account = RECORD_NONE;
        bool instructs = next->readable && next->command.kind == COMMAND_INSTRUCT;
        if (instructs && next->of->party != RECORD_NONE) {
            names_ask(ahead->ledger, next, &guesses[i]);
            terms_ask(ahead->ledger, next, &asset, &currency, &guesses[i]);
        }
    }
    counterparts_ask(ahead, guesses);
    accounts_ask(ahead, guesses);
    positions_ask(ahead, guesses);
    positions_search(ahead, guesses);
}

/*
 * The command before the next one of the window, if there is one that could be read: of the same
 * window, or the last one of the window before, which was a full one if the envelope goes on.
 */
static const struct command *next_known(const struct ahead *ahead, const struct ahead_envelope *of)
{
    const struct ahead_command *before =
        &ahead->window[(ahead->count + AHEAD_COMMANDS - 1) % AHEAD_COMMANDS];
    bool read = ahead->count > 0 || of->first > 0;
    return read && before->readable ? &before->command : NULL;
}

/* Reads commands of an envelope into the window, behind those that are there. */
static void commands_read(struct ahead *ahead, struct ahead_envelope *of)
{
    of->at = ahead->count;
    while (ahead->count < AHEAD_COMMANDS) {
        struct ahead_command *next = &ahead->window[ahead->count];
        if (!envelope_next(&of->rest, &next->bytes, &next->size)) {
            break;
        }
        next->readable =
            command_read(&next->command, next_known(ahead, of), next->bytes, next->size);
        next->of = of;
        ahead->count++;
    }
    of->end = ahead->count;
}

/* Whose envelope it is, and the cell of its nonce. */
static void signer_ask(const struct ledger *ledger, struct ahead_envelope *of)
{
    of->key = key_find(ledger, &of->envelope.key);
    of->party = RECORD_NONE;
    if (of->key != RECORD_NONE) {
        const struct index_nonce nonce = {of->key, of->envelope.nonce};
        of->party = key_view(ledger, of->key)->party;
        map_prefetch(&ledger->nonce_by_key, index_nonce_hash(ledger->map_seed, &nonce));
    }
}

/* Reads the next envelope whose form is right; no member puts another into a valid batch. */
static bool envelope_read(struct ahead *ahead, struct ahead_envelope *of)
{
    while (ahead->unread != ahead->end) {
        const struct ledger_envelope *next = ahead->unread++;
        if (envelope_decode_known(&of->envelope, next->bytes, next->size, next->id) ==
            ENVELOPE_OK) {
            return true;
        }
    }
    return false;
}

/* Reads the envelopes of the next window: at least one, and then those that have room. */
static void envelopes_read(struct ahead *ahead)
{
    uint32_t commands = 0;
    uint32_t count = 0;
    if (ahead->over) {
        ahead->envelopes[0] = ahead->envelopes[ahead->envelope_count];
        commands = ahead->envelopes[0].envelope.command_count;
        count = 1;
    }
    ahead->over = false;
    while (commands < AHEAD_COMMANDS && envelope_read(ahead, &ahead->envelopes[count])) {
        commands += ahead->envelopes[count].envelope.command_count;
        if (count > 0 && commands > AHEAD_COMMANDS) {
            ahead->over = true;
            break;
        }
        count++;
    }
    ahead->envelope_count = count;
    ahead->envelope_at = 0;
}

/* The keys of the streams of secrets. */
static void streams_make(struct ahead *ahead)
{
    struct hash_item items[AHEAD_ENVELOPES];
    for (uint32_t i = 0; i < ahead->envelope_count; i++) {
        struct ahead_envelope *of = &ahead->envelopes[i];
        items[i] = (struct hash_item){.domain = HASH_SALT,
                                      .data = of->envelope.nonce.bytes,
                                      .size = NONCE_SIZE,
                                      .out = &of->secrets};
    }
    hash_many(items, ahead->envelope_count);
}

static void window_fill(struct ahead *ahead)
{
    ahead->count = 0;
    envelopes_read(ahead);
    for (uint32_t i = 0; i < ahead->envelope_count; i++) {
        struct ahead_envelope *of = &ahead->envelopes[i];
        signer_ask(ahead->ledger, of);
        of->rest = envelope_commands(&of->envelope);
        of->first = 0;
        commands_read(ahead, of);
    }
    if (ahead->envelope_count > 0) {
        memory_ask(ahead);
        streams_make(ahead);
        for (uint32_t i = 0; i < ahead->envelope_count; i++) {
            secrets_make(ahead, &ahead->envelopes[i]);
        }
        contents_make(ahead);
    }
}

/* The next window of an envelope that has more commands than one. */
static void window_go_on(struct ahead *ahead, struct ahead_envelope *of)
{
    of->first += ahead->count;
    ahead->count = 0;
    commands_read(ahead, of);
    memory_ask(ahead);
    secrets_make(ahead, of);
    contents_make(ahead);
}

const struct ahead_envelope *ahead_next_envelope(struct ahead *ahead)
{
    if (ahead->envelope_at == ahead->envelope_count) {
        window_fill(ahead);
    }
    return ahead->envelope_at < ahead->envelope_count ? &ahead->envelopes[ahead->envelope_at++]
                                                      : NULL;
}

const struct ahead_command *ahead_next_command(struct ahead *ahead)
{
    TALLY_ASSERT(ahead->envelope_at > 0);
    struct ahead_envelope *of = &ahead->envelopes[ahead->envelope_at - 1];
    if (of->at == of->end && bytes_reader_left(&of->rest) > 0) {
        window_go_on(ahead, of);
    }
    return of->at < of->end ? &ahead->window[of->at++] : NULL;
}
