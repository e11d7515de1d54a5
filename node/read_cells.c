#include "node/read_cells.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "client/actor.h"
#include "client/genesis.h"
#include "host/clock.h"
#include "ledger/command/draft.h"
#include "ledger/day/day.h"
#include "ledger/holding/position.h"
#include "ledger/instruction/explain.h"
#include "ledger/instruction/instruction.h"
#include "ledger/limit/limit.h"
#include "ledger/register/account.h"
#include "ledger/register/asset.h"
#include "ledger/register/key.h"
#include "ledger/register/party.h"
#include "ledger/restriction/restriction.h"
#include "ledger/restriction/restriction_type.h"
#include "node/read_rows.h"

/* ---- Cells -------------------------------------------------------------------------------- */

static void add_bic(struct row_cells *row, const struct bic *bic)
{
    char text[CLIENT_BIC_SIZE] = "";
    if (!bic_absent(bic)) {
        read_bic(bic, text);
    }
    row_cells_add(row, text);
}

static void add_text35(struct row_cells *row, const struct text35 *value)
{
    char text[CLIENT_TEXT35_SIZE];
    read_text35(value, text);
    row_cells_add(row, text);
}

static void add_asset(struct row_cells *row, const struct asset_code *code)
{
    char text[CLIENT_ASSET_SIZE];
    read_asset_code(code, text);
    row_cells_add(row, text);
}

/* Empty for what lies beyond the calendar, such as a key without end. */
static void add_time(struct row_cells *row, uint64_t ms)
{
    char text[CLOCK_TEXT_SIZE] = "";
    if (ms <= ROW_TIME_MS_MAX) {
        clock_utc_text(ms, text);
    }
    row_cells_add(row, text);
}

static void add_hash(struct row_cells *row, const uint8_t *bytes, size_t size)
{
    char text[CELL_SIZE] = "";
    TALLY_ASSERT(2 * size < sizeof text);
    for (size_t i = 0; i < size; i++) {
        (void)snprintf(text + 2 * i, sizeof text - 2 * i, "%02x", bytes[i]);
    }
    row_cells_add(row, text);
}

static unsigned decimals_of(const struct ledger *ledger, const struct asset_code *code)
{
    uint32_t index = code->size > 0 ? asset_find(ledger, code) : RECORD_NONE;
    return index == RECORD_NONE ? 0 : asset_view(ledger, index)->decimals;
}

/* A quantity beside its asset; both empty where there is none. */
static void add_quantity(const struct ledger *ledger, struct row_cells *row,
                         const struct asset_code *code, int64_t quantity)
{
    add_asset(row, code);
    if (code->size > 0) {
        row_cells_add_decimal(row, quantity, decimals_of(ledger, code));
    } else {
        row_cells_add(row, "");
    }
}

/* ---- Drafts ------------------------------------------------------------------------------- */

/* "100 DE000TALY010" */
static void quantity_text(const struct ledger *ledger, const struct asset_code *code,
                          int64_t quantity, char out[CELL_SIZE])
{
    struct row_cells row;
    row_cells_begin(&row);
    add_quantity(ledger, &row, code, quantity);
    (void)snprintf(out, CELL_SIZE, "%.48s %.12s", row_cells_at(&row, 1), row_cells_at(&row, 0));
}

static void what_instruct(const struct ledger *ledger, const struct command_instruct *instruct,
                          char out[CELL_SIZE])
{
    bool delivers = instruct->movement == MOVEMENT_DELI;
    const struct bic *other = delivers ? &instruct->receiver : &instruct->deliverer;
    char securities[CELL_SIZE], cash[CELL_SIZE];
    quantity_text(ledger, &instruct->asset, instruct->quantity, securities);
    quantity_text(ledger, &instruct->currency, instruct->amount, cash);
    (void)snprintf(out, CELL_SIZE, "%s %.36s %s %.11s%s%.30s", delivers ? "DELI" : "RECE",
                   securities, delivers ? "to" : "from", other->text,
                   instruct->currency.size > 0 ? " against " : "",
                   instruct->currency.size > 0 ? cash : "");
}

static void what_revise(const struct command_day_revise *revise, char out[CELL_SIZE])
{
    char time[CLOCK_TEXT_SIZE];
    clock_utc_text(revise->revised_ms <= ROW_TIME_MS_MAX ? revise->revised_ms : 0, time);
    (void)snprintf(out, CELL_SIZE, "%s%s%.*s to %s", day_event_code(revise->event),
                   revise->currency.size > 0 ? " of " : "", (int)revise->currency.size,
                   revise->currency.text, time);
}

static const char *restriction_processing_text(uint8_t processing)
{
    static const char *const words[] = {"block", "reject", "hold"};
    return processing >= RESTRICTION_BLCK && processing <= RESTRICTION_CVHD
               ? words[processing - RESTRICTION_BLCK]
               : "";
}

static void what_restriction_type(const struct command_restriction_type_add *add,
                                  char out[CELL_SIZE])
{
    (void)snprintf(out, CELL_SIZE, "%s %.*s%s%.*s%s%.11s, %u rules%s",
                   restriction_processing_text(add->processing), (int)add->asset.size,
                   add->asset.text, add->account.size > 0 ? "account " : "", (int)add->account.size,
                   add->account.text, add->account.size > 0 ? " of " : "", add->bic.text,
                   (unsigned)add->rule_count, add->negative ? " except" : "");
}

static void what_reference(const struct text35 *reference, char out[CELL_SIZE])
{
    (void)snprintf(out, CELL_SIZE, "%.*s", (int)reference->size, reference->text);
}

void read_cells_what(const struct ledger *ledger, const struct command *command,
                     char out[CELL_SIZE])
{
    char quantity[CELL_SIZE];
    out[0] = '\0';
    switch (command->kind) {
    case COMMAND_INSTRUCT:
        what_instruct(ledger, &command->instruct, out);
        break;
    case COMMAND_ISSUE:
    case COMMAND_REDEEM:
    case COMMAND_CASH_IN:
    case COMMAND_CASH_OUT:
        quantity_text(ledger, &command->issuance.asset, command->issuance.quantity, quantity);
        (void)snprintf(out, CELL_SIZE, "%.40s, account %.*s of %.11s", quantity,
                       (int)command->issuance.account.size, command->issuance.account.text,
                       command->issuance.bic.text);
        break;
    case COMMAND_CREDIT_LIMIT:
        quantity_text(ledger, &command->credit_limit.currency, command->credit_limit.limit,
                      quantity);
        (void)snprintf(out, CELL_SIZE, "%.40s, account %.*s of %.11s", quantity,
                       (int)command->credit_limit.account.size, command->credit_limit.account.text,
                       command->credit_limit.bic.text);
        break;
    case COMMAND_CANCEL:
    case COMMAND_HOLD:
    case COMMAND_RELEASE:
    case COMMAND_AMEND:
        (void)snprintf(out, CELL_SIZE, "%.*s of %.11s", (int)command->target.reference.size,
                       command->target.reference.text, command->target.party.text);
        break;
    case COMMAND_DAY_REVISE:
        what_revise(&command->day_revise, out);
        break;
    case COMMAND_LINK:
    case COMMAND_UNLINK:
        (void)snprintf(out, CELL_SIZE, "%.*s %s %.*s", (int)command->link.reference.size,
                       command->link.reference.text, link_type_code(command->link.type),
                       (int)command->link.linked_reference.size,
                       command->link.linked_reference.text);
        break;
    case COMMAND_PARTIAL_RELEASE:
        (void)snprintf(out, CELL_SIZE, "%lld smallest units of %.*s",
                       (long long)command->partial_release.quantity,
                       (int)command->partial_release.reference.size,
                       command->partial_release.reference.text);
        break;
    case COMMAND_RESTRICTION_SET:
        quantity_text(ledger, &command->restriction_set.asset, command->restriction_set.quantity,
                      quantity);
        (void)snprintf(out, CELL_SIZE, "%.40s, account %.*s of %.11s", quantity,
                       (int)command->restriction_set.account.size,
                       command->restriction_set.account.text, command->restriction_set.bic.text);
        break;
    case COMMAND_RESTRICTION_INCREASE:
    case COMMAND_RESTRICTION_DECREASE:
    case COMMAND_RESTRICTION_RELEASE:
        (void)snprintf(
            out, CELL_SIZE, "%.*s of %.11s", (int)command->restriction_change.reference.size,
            command->restriction_change.reference.text, command->restriction_change.party.text);
        break;
    case COMMAND_RESTRICTION_TYPE_ADD:
        what_restriction_type(&command->restriction_type_add, out);
        break;
    case COMMAND_RESTRICTION_TYPE_END:
        what_reference(&command->restriction_type_end.reference, out);
        break;
    default:
        break; /* its name says it */
    }
}

static bool draft_row(const struct ledger *ledger, uint32_t index, struct row_cells *row)
{
    const struct draft *draft = draft_view(ledger, index);
    const struct bic *party = &party_view(ledger, draft->party)->bic;
    const struct key *key = key_view(ledger, draft->key);
    struct command command;
    char what[CELL_SIZE];
    bool readable = command_decode(&command, party, draft->command, draft->command_size);
    TALLY_ASSERT(readable); /* it was when it was kept */
    read_cells_what(ledger, &command, what);
    add_bic(row, party);
    add_text35(row, &draft->reference);
    row_cells_add(row, command_name(command.kind));
    row_cells_add(row, what);
    add_text35(row, &key->person);
    add_hash(row, key->public_key.bytes, sizeof key->public_key.bytes);
    row_cells_add_integer(row, (int64_t)draft->height);
    add_time(row, draft->lapses_ms);
    add_hash(row, draft->content.bytes, sizeof draft->content.bytes);
    return true;
}

/* ---- History ------------------------------------------------------------------------------ */

static const char *dimension_text(uint8_t dimension)
{
    static const char *const names[DIMENSION_COUNT] = {
        [DIMENSION_SETTLEMENT] = "settlement",
        [DIMENSION_MATCH] = "match",
        [DIMENSION_CANCELLATION] = "cancellation",
        [DIMENSION_HOLD_PARTY] = "party hold",
        [DIMENSION_HOLD_CSD] = "csd hold",
        [DIMENSION_HOLD_VALIDATION] = "validation hold",
        [DIMENSION_HOLD_CONDITIONAL] = "conditional hold",
        [DIMENSION_PROCESSING] = "processing",
    };
    return dimension < DIMENSION_COUNT ? names[dimension] : "";
}

static const char *value_text(uint8_t dimension, uint8_t value)
{
    static const char *const settlement[] = {"UNSETTLED", "PARTLY SETTLED", "SETTLED"};
    static const char *const match[] = {"UNMATCHED", "MATCHED", "NOT REQUIRED"};
    static const char *const cancellation[] = {"NONE", "REQUESTED", "CANCELLED"};
    static const char *const processing[] = {"ACCEPTED", "PENDING", "FAILING", "ENDED"};
    switch (dimension) {
    case DIMENSION_SETTLEMENT:
        return value < 3 ? settlement[value] : "";
    case DIMENSION_MATCH:
        return value < 3 ? match[value] : "";
    case DIMENSION_CANCELLATION:
        return value < 3 ? cancellation[value] : "";
    case DIMENSION_PROCESSING:
        return value < 4 ? processing[value] : "";
    default:
        return value == HOLD_YES ? "YES" : "NO";
    }
}

/* The other side has a line of what both share; its own statuses have events of their own. */
static bool history_has(const struct event *event, bool other_side)
{
    if (event->instruction_sequence == 0) {
        return false; /* not about an instruction */
    }
    if (!other_side) {
        return true;
    }
    return event->kind != EVENT_STATUS && event->counter_reference.size > 0 &&
           event->counter_sequence != event->instruction_sequence;
}

/* Whose command did it; "ledger" when it happened by time or by order. */
static void add_by(struct row_cells *row, const struct bic *actor)
{
    if (bic_absent(actor)) {
        row_cells_add(row, "ledger");
    } else {
        add_bic(row, actor);
    }
}

/* Of a restriction type that decided, which one (of its own line: about which instruction) and by
 * which rule; 0: the type has none, or none was met. */
static void add_restriction_type(struct row_cells *row, const struct event *event, bool other_side)
{
    const struct text35 *other = other_side ? &event->reference : &event->counter_reference;
    char type[CELL_SIZE];
    int size = snprintf(type, sizeof type, "%.*s", (int)other->size, other->text);
    if (event->value != 0) {
        (void)snprintf(type + size, sizeof type - (size_t)size, ", rule %u",
                       (unsigned)event->value);
    }
    row_cells_add(row, dimension_text(event->dimension));
    row_cells_add(row, type);
}

/*
 * Who must act on a status. The ledger knows it of what still is as the event says, at the end of
 * its block; of what has changed since, the reason has to do.
 */
static enum row_actor status_actor(const struct ledger *ledger, const struct event *event,
                                   bool other_side, const struct event_status *status)
{
    uint32_t party = party_find(ledger, other_side ? &event->counterparty : &event->party);
    uint32_t index = party == RECORD_NONE ? RECORD_NONE
                                          : instruction_find(ledger, party,
                                                             other_side ? &event->counter_reference
                                                                        : &event->reference);
    if (status->dimension == DIMENSION_SETTLEMENT && index != RECORD_NONE) {
        const struct instruction *instruction = instruction_view(ledger, index);
        if (!instruction_ended(instruction) && instruction->counterpart != RECORD_NONE &&
            instruction->status[DIMENSION_SETTLEMENT].reason == status->reason) {
            return (enum row_actor)explain_actor(ledger, index, status->reason);
        }
    }
    return actor_of_reason(status->reason);
}

/* What happened, or what a status came to. */
static void add_what(const struct ledger *ledger, struct row_cells *row, const struct event *event,
                     bool other_side, const struct event_status *status)
{
    if (status != NULL) {
        row_cells_add(row, event_name(EVENT_STATUS));
        row_cells_add(row, dimension_text(status->dimension));
        row_cells_add(row, value_text(status->dimension, status->value));
        row_cells_add(row, reason_code(status->reason));
        row_cells_add(row, status->reason == REASON_NONE
                               ? ""
                               : actor_text(status_actor(ledger, event, other_side, status)));
        return;
    }
    row_cells_add(row, event_name(event->kind));
    if (event->kind == EVENT_RESTRICTION_HIT) {
        add_restriction_type(row, event, other_side);
    } else {
        row_cells_add(row, "");
        row_cells_add(row, "");
    }
    row_cells_add(row, reason_code(event->reason));
    row_cells_add(row, "");
}

bool read_cells_history(const struct ledger *ledger, const struct event *event, bool other_side,
                        unsigned place, struct row_cells *row)
{
    struct event_status statuses[EVENT_STATUSES_MAX];
    const struct event_status *status = NULL;
    unsigned own_lines = event->kind == EVENT_STATUS ? 0 : 1;
    if (!history_has(event, other_side) ||
        place >= own_lines + event_statuses(event, other_side, statuses)) {
        return false;
    }
    if (place >= own_lines) {
        status = &statuses[place - own_lines];
    }
    const struct asset_code none = {.size = 0};
    row_cells_begin(row);
    add_time(row, event->time_ms);
    row_cells_add_integer(row, (int64_t)event->height);
    add_bic(row, other_side ? &event->counterparty : &event->party);
    add_text35(row, other_side ? &event->counter_reference : &event->reference);
    add_what(ledger, row, event, other_side, status);
    add_by(row, &event->actor);
    add_bic(row, other_side ? &event->party : &event->counterparty);
    add_quantity(ledger, row, status != NULL ? &none : &event->asset, event->quantity);
    add_quantity(ledger, row, status != NULL ? &none : &event->currency, event->amount);
    return true;
}

/* Its status as of the end of the block, while it is still unmatched: a change to it has no event.
 */
static enum reason unmatched_reason(const struct ledger *ledger, const struct receipt *receipt)
{
    uint32_t party = party_find(ledger, &receipt->party);
    uint32_t index =
        party == RECORD_NONE ? RECORD_NONE : instruction_find(ledger, party, &receipt->reference);
    if (index == RECORD_NONE) {
        return REASON_NONE;
    }
    const struct instruction_status *match =
        &instruction_view(ledger, index)->status[DIMENSION_MATCH];
    return match->value == MATCH_UNMATCHED ? match->reason : REASON_NONE;
}

bool read_cells_instructed(const struct ledger *ledger, const struct receipt *receipt,
                           uint64_t ledger_ms, struct row_cells *row)
{
    if (receipt->command_kind != COMMAND_INSTRUCT || receipt->outcome != OUTCOME_DONE) {
        return false;
    }
    const struct asset_code none = {.size = 0};
    const struct bic nobody = {{0}};
    enum reason reason = unmatched_reason(ledger, receipt);
    row_cells_begin(row);
    add_time(row, ledger_ms);
    row_cells_add_integer(row, (int64_t)receipt->height);
    add_bic(row, &receipt->party);
    add_text35(row, &receipt->reference);
    row_cells_add(row, "INSTRUCTED");
    row_cells_add(row, reason == REASON_NONE ? "" : "match");
    row_cells_add(row, reason == REASON_NONE ? "" : "UNMATCHED");
    row_cells_add(row, reason_code(reason));
    row_cells_add(row, reason == REASON_NONE ? "" : actor_text(actor_of_reason(reason)));
    add_bic(row, &receipt->party);
    add_bic(row, &nobody);
    add_quantity(ledger, row, &none, 0);
    add_quantity(ledger, row, &none, 0);
    return true;
}

/* ---- Allegements -------------------------------------------------------------------------- */

static void add_date(struct row_cells *row, uint32_t date)
{
    char text[CLIENT_DATE_SIZE];
    read_date(date, text);
    row_cells_add(row, text);
}

static void add_asset_at(const struct ledger *ledger, struct row_cells *row, uint32_t asset,
                         int64_t quantity)
{
    const struct asset_code none = {.size = 0};
    add_quantity(ledger, row, asset == RECORD_NONE ? &none : &asset_view(ledger, asset)->code,
                 quantity);
}

/* What sese.028 tells: the terms to be matched, and nothing of how the other party handles them. */
static bool allegement_row(const struct ledger *ledger, uint32_t index, struct row_cells *row)
{
    const struct instruction *instruction = instruction_view(ledger, index);
    const struct instruction_terms *terms = &instruction->terms;
    bool delivers = terms->movement == MOVEMENT_DELI;
    if (instruction->allegement != ALLEGEMENT_SENT || instruction_ended(instruction)) {
        return false;
    }
    add_bic(row, delivers ? &terms->receiver : &terms->deliverer);
    add_bic(row, &party_view(ledger, instruction->party)->bic);
    add_text35(row, &instruction->reference);
    row_cells_add(row, delivers ? "DELI" : "RECE");
    row_cells_add(row, terms->payment == PAYMENT_APMT ? "APMT" : "FREE");
    add_asset_at(ledger, row, terms->asset, terms->quantity);
    add_asset_at(ledger, row, terms->currency, terms->amount);
    add_date(row, terms->trade_date);
    add_date(row, terms->settlement_date);
    add_text35(row, &terms_particulars(terms)->common_reference);
    add_time(row, instruction->allegement_ms);
    return true;
}

/* ---- The settlement day ------------------------------------------------------------------- */

static void add_time_or_none(struct row_cells *row, uint64_t ms)
{
    if (ms == 0) {
        row_cells_add(row, "");
    } else {
        add_time(row, ms);
    }
}

/* A row for each event of the day. */
static bool day_row(const struct ledger *ledger, unsigned place, struct row_cells *row)
{
    const struct business_day *day = day_view(ledger);
    if (place >= day->entry_count) {
        return false;
    }
    const struct day_entry *entry = &day->entry[place];
    add_date(row, day->date);
    row_cells_add(row, day_event_code(entry->event));
    add_asset(row, &entry->currency);
    add_time(row, entry->planned_ms);
    add_time(row, entry->revised_ms);
    add_time_or_none(row, entry->effective_ms);
    return true;
}

/* ---- Links and pools ---------------------------------------------------------------------- */

/* A row for each link, and one for the pool. */
static bool link_row(const struct ledger *ledger, uint32_t index, unsigned place,
                     struct row_cells *row)
{
    const struct instruction *instruction = instruction_view(ledger, index);
    const struct instruction_pool *pool = &instruction_ties(instruction)->pool;
    bool links = place < instruction_ties(instruction)->link_count;
    bool pools = place == instruction_ties(instruction)->link_count && pool->reference.size > 0;
    if (instruction_ended(instruction) || (!links && !pools)) {
        return false;
    }
    add_bic(row, &party_view(ledger, instruction->party)->bic);
    add_text35(row, &instruction->reference);
    if (links) {
        const struct instruction_link *link = &instruction_ties(instruction)->links[place];
        const struct instruction *other = instruction_view(ledger, link->partner);
        row_cells_add(row, link_type_code(link->type));
        add_bic(row, &party_view(ledger, other->party)->bic);
        add_text35(row, &other->reference);
    } else {
        row_cells_add(row, "");
        row_cells_add(row, "");
        row_cells_add(row, "");
    }
    add_text35(row, pools ? &pool->reference : &(const struct text35){.size = 0});
    row_cells_add_integer(row, pools ? pool->number : 0);
    row_cells_add_integer(row, pools ? pool->total : 0);
    return true;
}

/* ---- Keys and policies -------------------------------------------------------------------- */

/* Smallest units, as they are given to `tally key add`. */
static void add_limit(struct row_cells *row, int64_t limit)
{
    if (limit == INT64_MAX) {
        row_cells_add(row, "none");
    } else {
        row_cells_add_integer(row, limit);
    }
}

/* A list of words; what does not fit ends with "...". */
static void add_words(struct row_cells *row, const char *words)
{
    char text[CELL_SIZE];
    if (strlen(words) < sizeof text) {
        row_cells_add(row, words);
        return;
    }
    (void)snprintf(text, sizeof text, "%.*s...", (int)sizeof text - 4, words);
    row_cells_add(row, text);
}

static void add_kinds(struct row_cells *row, const struct command_set *kinds, const char *empty)
{
    char words[GENESIS_KINDS_TEXT_SIZE];
    genesis_kinds_format(kinds, words, sizeof words);
    add_words(row, command_set_empty(kinds) ? empty : words);
}

static void add_key_scope(const struct ledger *ledger, const struct key *key, struct row_cells *row)
{
    char words[KEY_ACCOUNT_MAX * CLIENT_TEXT35_SIZE + 1] = "";
    add_kinds(row, &key->kinds, "all");
    (void)snprintf(words, sizeof words, "%s%s%s", (key->asset_kinds & 1u) != 0 ? "unit " : "",
                   (key->asset_kinds & 2u) != 0 ? "nominal " : "",
                   (key->asset_kinds & 4u) != 0 ? "currency " : "");
    row_cells_add(row, words[0] == '\0' ? "all" : words);
    words[0] = '\0';
    for (uint8_t i = 0; i < key->account_count; i++) {
        char account[CLIENT_TEXT35_SIZE];
        size_t used = strlen(words);
        read_text35(&account_view(ledger, key->accounts[i])->id, account);
        (void)snprintf(words + used, sizeof words - used, "%s%s", used > 0 ? "," : "", account);
    }
    add_words(row, key->account_count == 0 ? "all" : words);
}

static bool key_row(const struct ledger *ledger, uint32_t index, struct row_cells *row)
{
    const struct key *key = key_view(ledger, index);
    char rights[64];
    genesis_rights_format(key->rights, rights, sizeof rights);
    add_bic(row, &party_view(ledger, key->party)->bic);
    add_text35(row, &key->person);
    add_hash(row, key->public_key.bytes, sizeof key->public_key.bytes);
    row_cells_add(row, key->status == KEY_ACTIVE ? "active" : "revoked");
    row_cells_add(row, rights);
    add_key_scope(ledger, key, row);
    add_limit(row, key->amount_limit);
    add_limit(row, key->day_limit);
    add_date(row, key->day_date);
    row_cells_add_integer(row, key->day_used);
    add_time(row, key->valid_until_ms);
    return true;
}

static bool policy_row(const struct ledger *ledger, uint32_t index, struct row_cells *row)
{
    const struct party *party = party_view(ledger, index);
    add_bic(row, &party->bic);
    add_kinds(row, &party->policy.kinds, "none");
    add_limit(row, party->policy.amount);
    return true;
}

/* ---- Restrictions ------------------------------------------------------------------------- */

static bool restriction_row(const struct ledger *ledger, uint32_t index, struct row_cells *row)
{
    static const char *const kinds[] = {"", "blocking", "reservation", "earmarking", "pledging"};
    const struct restriction *restriction = restriction_view(ledger, index);
    const struct position *position = position_view(ledger, restriction->position);
    const struct account *account = account_view(ledger, position->account);
    const struct asset *asset = asset_view(ledger, position->asset);
    bool cancelled = restriction->cancellation == CANCELLATION_CANCELLED;
    TALLY_ASSERT(restriction_kind_known(restriction->kind));
    add_bic(row, &party_view(ledger, restriction->party)->bic);
    add_text35(row, &restriction->reference);
    add_bic(row, &party_view(ledger, account->party)->bic);
    add_text35(row, &account->id);
    add_asset(row, &asset->code);
    row_cells_add(row, kinds[restriction->kind]);
    row_cells_add(row, cancelled ? "CANCELLED"
                                 : value_text(DIMENSION_SETTLEMENT, restriction->settlement));
    row_cells_add(row, reason_code(restriction->reason));
    row_cells_add_decimal(row, restriction->initial, asset->decimals);
    row_cells_add_decimal(row, restriction->used, asset->decimals);
    row_cells_add_decimal(row, restriction->remaining, asset->decimals);
    row_cells_add_decimal(row, restriction->to_fill, asset->decimals);
    add_time(row, restriction->time_ms);
    return true;
}

/* ---- Restriction types -------------------------------------------------------------------- */

/* What it is about: party, account, security; what does not apply is empty. */
static void add_restriction_object(const struct ledger *ledger, const struct restriction_type *type,
                                   struct row_cells *row)
{
    static const char *const objects[] = {"instruction", "security", "securities account",
                                          "cash account", "party"};
    const struct party *party = NULL;
    const struct account *account = NULL;
    const struct asset *asset = NULL;
    switch ((enum restriction_object)type->object) {
    case RESTRICTION_ON_INSTRUCTION:
        break;
    case RESTRICTION_ON_SECURITY:
        asset = asset_view(ledger, type->object_index);
        break;
    case RESTRICTION_ON_SECURITIES_ACCOUNT:
    case RESTRICTION_ON_CASH_ACCOUNT:
        account = account_view(ledger, type->object_index);
        party = party_view(ledger, account->party);
        break;
    case RESTRICTION_ON_PARTY:
        party = party_view(ledger, type->object_index);
        break;
    }
    row_cells_add(row, objects[type->object]);
    if (party == NULL) {
        row_cells_add(row, "");
    } else {
        add_bic(row, &party->bic);
    }
    add_text35(row, account == NULL ? &(struct text35){0} : &account->id);
    add_asset(row, asset == NULL ? &(struct asset_code){0} : &asset->code);
}

static void add_restriction_rule(const struct restriction_rule *rule, struct row_cells *row)
{
    static const char *const movements[] = {"", "DELI", "RECE"};
    static const char *const payments[] = {"", "APMT", "FREE"};
    static const char *const signs[] = {"", "CRDT", "DBIT"};
    TALLY_ASSERT(rule->movement < 3 && rule->payment < 3 && rule->credit_debit < 3);
    add_bic(row, &rule->party);
    add_asset(row, &rule->security);
    add_text35(row, &rule->account);
    add_text35(row, &rule->cash_account);
    add_asset(row, &rule->currency);
    row_cells_add(row, movements[rule->movement]);
    row_cells_add(row, payments[rule->payment]);
    row_cells_add(row, signs[rule->credit_debit]);
    row_cells_add(row, transaction_type_code(rule->transaction_type));
}

/* A row for each rule; one row when there is none. */
static bool restriction_type_row(const struct ledger *ledger, uint32_t index, unsigned place,
                                 struct row_cells *row)
{
    const struct restriction_type *type = restriction_type_view(ledger, index);
    bool ruled = type->rule_count > 0;
    if (place >= (ruled ? type->rule_count : 1u)) {
        return false;
    }
    add_bic(row, &party_view(ledger, type->party)->bic);
    add_text35(row, &type->reference);
    row_cells_add(row, restriction_processing_text(type->processing));
    add_restriction_object(ledger, type, row);
    add_date(row, type->valid_from);
    add_date(row, type->valid_to);
    row_cells_add(row, !ruled ? "none" : type->negative ? "exceptions" : "targets");
    row_cells_add_integer(row, ruled ? place + 1 : 0);
    add_restriction_rule(ruled ? &type->rules[place] : &(struct restriction_rule){0}, row);
    return true;
}

/* ---- Limits ------------------------------------------------------------------------------- */

static bool limit_row(const struct ledger *ledger, uint32_t index, struct row_cells *row)
{
    const struct limit *limit = limit_view(ledger, index);
    const struct asset *asset = asset_view(ledger, limit->asset);
    bool other = limit->scope == LIMIT_COUNTERPARTY;
    add_bic(row, &party_view(ledger, limit->party)->bic);
    row_cells_add(row, other ? "counterparty" : "account");
    if (other) {
        add_bic(row, &party_view(ledger, limit->subject)->bic);
    } else {
        add_text35(row, &account_view(ledger, limit->subject)->id);
    }
    add_asset(row, &asset->code);
    if (limit->amount == INT64_MAX) {
        row_cells_add(row, "none");
    } else {
        row_cells_add_decimal(row, limit->amount, asset->decimals);
    }
    row_cells_add_decimal(row, limit->used, asset->decimals);
    add_date(row, limit->date);
    return true;
}

/* ---- Powers of attorney ------------------------------------------------------------------- */

/* A row for each attorney of a party over all its accounts, or of one account. */
static bool attorney_row(const struct ledger *ledger, uint32_t number, unsigned place,
                         struct row_cells *row)
{
    bool of_account = number >= record_capacity(ledger, RECORD_PARTY);
    uint32_t index = of_account ? number - record_capacity(ledger, RECORD_PARTY) : number;
    uint32_t grantor = of_account ? account_view(ledger, index)->party : index;
    const struct attorneys *attorneys = of_account ? &account_view(ledger, index)->attorneys
                                                   : &party_view(ledger, index)->attorneys;
    if (place >= attorneys->count) {
        return false;
    }
    add_bic(row, &party_view(ledger, grantor)->bic);
    add_bic(row, &party_view(ledger, attorneys->party[place])->bic);
    if (of_account) {
        add_text35(row, &account_view(ledger, index)->id);
    } else {
        row_cells_add(row, "all");
    }
    return true;
}

/* ---- Records ------------------------------------------------------------------------------ */

enum list_kind read_cells_list(enum record_kind kind, unsigned n)
{
    static const struct {
        enum record_kind record;
        enum list_kind list;
    } shown[] = {
        {RECORD_INSTRUCTION, LIST_ALLEGEMENTS},
        {RECORD_INSTRUCTION, LIST_LINKS},
        {RECORD_DRAFT, LIST_DRAFTS},
        {RECORD_LIMIT, LIST_LIMITS},
        {RECORD_RESTRICTION, LIST_RESTRICTIONS},
        {RECORD_RESTRICTION_TYPE, LIST_RESTRICTION_TYPES},
        {RECORD_KEY, LIST_KEYS},
        {RECORD_PARTY, LIST_POLICIES},
        {RECORD_PARTY, LIST_ATTORNEYS},
        {RECORD_ACCOUNT, LIST_ATTORNEYS},
        {RECORD_BUSINESS_DAY, LIST_DAY},
    };
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
        if (shown[i].record == kind && n-- == 0) {
            return shown[i].list;
        }
    }
    return LIST_NONE;
}

uint32_t read_cells_number(const struct ledger *ledger, enum list_kind list, enum record_kind kind,
                           uint32_t index)
{
    bool behind_parties = list == LIST_ATTORNEYS && kind == RECORD_ACCOUNT;
    return behind_parties ? record_capacity(ledger, RECORD_PARTY) + index : index;
}

uint64_t read_cells_key(const struct ledger *ledger, enum list_kind list, uint32_t index)
{
    uint64_t number = list == LIST_DAY ? ledger_date(ledger) : index;
    return number * READ_CELLS_ROWS_MAX;
}

bool read_cells_record(const struct ledger *ledger, enum list_kind list, uint32_t index,
                       unsigned place, struct row_cells *row)
{
    TALLY_ASSERT(place < READ_CELLS_ROWS_MAX);
    row_cells_begin(row);
    switch (list) {
    case LIST_ALLEGEMENTS:
        return place == 0 && allegement_row(ledger, index, row);
    case LIST_LINKS:
        return link_row(ledger, index, place, row);
    case LIST_KEYS:
        return place == 0 && key_row(ledger, index, row);
    case LIST_POLICIES:
        return place == 0 && policy_row(ledger, index, row);
    case LIST_RESTRICTIONS:
        return place == 0 && restriction_row(ledger, index, row);
    case LIST_RESTRICTION_TYPES:
        return restriction_type_row(ledger, index, place, row);
    case LIST_LIMITS:
        return place == 0 && limit_row(ledger, index, row);
    case LIST_DAY:
        return day_row(ledger, place, row);
    case LIST_DRAFTS:
        return place == 0 && draft_row(ledger, index, row);
    case LIST_ATTORNEYS:
        return attorney_row(ledger, index, place, row);
    default:
        TALLY_ASSERT(false);
        return false;
    }
}
