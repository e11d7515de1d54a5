#include "tests/support/cli/fake_node.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/assert.h"
#include "cli/failure.h"
#include "cli/node.h"
#include "cli/view.h"
#include "client/genesis_ledger.h"
#include "client/row.h"
#include "client/row_cells.h"
#include "consensus/certificate.h"
#include "host/clock.h"
#include "ledger/command/envelope.h"
#include "ledger/command/event.h"
#include "ledger/command/receipt.h"
#include "ledger/holding/position.h"
#include "ledger/ledger.h"
#include "ledger/register/account.h"
#include "ledger/register/asset.h"
#include "ledger/register/party.h"
#include "ledger/values/date.h"
#include "tests/support/client/sample_genesis.h"

#define BLOCKS_MAX   512u
#define RECEIPTS_MAX 64u
#define EPOCH        1u

struct fake_block {
    struct header header;
    struct hash id;
    struct hash previous_root;
    struct result result;
    struct hash envelope_id;
    uint16_t receipt_count;
    struct leaf_proof receipts[RECEIPTS_MAX];
    bool settled;
    struct leaf_proof settlement;
};

struct fake_network {
    struct genesis genesis;
    struct genesis_ledger start;
    void *memory;
    struct ledger *ledger;
    uint64_t height;
    struct fake_block blocks[BLOCKS_MAX]; /* by height */
    int behaviour[SAMPLE_VALIDATOR_COUNT];
    unsigned executed;
    unsigned busy;
    unsigned back; /* how many blocks LIE_GOES_BACK has gone back */
};

struct fake_link {
    struct fake_network *network;
    unsigned validator;
    struct request request;
    uint8_t *reply;
    size_t reply_size;
    bool asked;
};

/* An hour before the tests began, so that envelopes of now are neither expired nor too far ahead.
 * */
static uint64_t created_ms(void)
{
    static uint64_t created;

    if (created == 0) {
        created = clock_utc_ms() / 1000 * 1000 - 3600000;
    }
    return created;
}

void fake_network_date(char out[CLIENT_DATE_SIZE])
{
    date_text(date_from_ms(created_ms()), out);
}

static struct bic bic_of(const char *text)
{
    struct bic bic;
    bool parsed = bic_parse(text, strlen(text), &bic);

    TALLY_ASSERT(parsed);
    return bic;
}

static struct text35 text_of(const char *text)
{
    struct text35 out;
    bool parsed = text35_parse(text, strlen(text), &out);

    TALLY_ASSERT(parsed);
    return out;
}

static struct asset_code code_of(const char *text)
{
    struct asset_code out;
    bool parsed = asset_code_parse(text, strlen(text), &out);

    TALLY_ASSERT(parsed);
    return out;
}

/* Keeps the proofs of a block's receipts, and of its settlement if there is one. */
static void block_keep(struct fake_network *network, struct fake_block *block,
                       const struct ledger_output *output)
{
    struct event event;

    block->result = output->result;
    block->receipt_count = (uint16_t)output->receipt_count;
    TALLY_ASSERT(output->receipt_count <= RECEIPTS_MAX);
    for (uint32_t i = 0; i < output->receipt_count; i++) {
        ledger_prove_receipt(network->ledger, i, &block->receipts[i]);
    }
    for (uint32_t i = 0; i < output->event_count; i++) {
        struct leaf_proof proof;
        ledger_prove_event(network->ledger, i, &proof);
        if (event_decode(&event, proof.bytes, proof.size) && event.kind == EVENT_SETTLED) {
            block->settled = true;
            block->settlement = proof;
        }
    }
}

static void block_apply(struct fake_network *network, const uint8_t *bytes, size_t size)
{
    struct fake_block *block = &network->blocks[++network->height];
    struct ledger_envelope item = {.bytes = bytes, .size = size};
    struct ledger_output output;
    struct envelope envelope;
    struct ledger_block input = {.height = network->height, .envelopes = &item};

    TALLY_ASSERT(network->height < BLOCKS_MAX);
    block->header = (struct header){
        .epoch = EPOCH,
        .view = network->height,
        .height = network->height,
        .parent_view = network->height - 1,
        .ts_ms = network->genesis.created_ms + 1000 * network->height,
    };
    header_hash(&block->header, &block->id);
    block->previous_root = ledger_result(network->ledger)->result_root;
    input.ts_ms = block->header.ts_ms;
    input.block_id = block->id;
    input.envelope_count = bytes == NULL ? 0 : 1;
    if (bytes != NULL && envelope_decode(&envelope, bytes, size) == ENVELOPE_OK) {
        block->envelope_id = envelope.id;
    }
    ledger_apply(network->ledger, &input, &output);
    block_keep(network, block, &output);
}

/* Signs the commands as the party and applies them as one block. */
static void commands_apply(struct fake_network *network, unsigned party,
                           const struct command *commands, uint16_t count)
{
    static uint8_t buffer[8192];
    struct envelope_builder builder;
    struct nonce_secret nonce = {{0}};
    struct secret_key secret;
    struct public_key key;
    struct bic bic = bic_of(network->genesis.parties[party].bic);
    struct hash id;
    size_t size = 0;
    bool good;

    nonce.bytes[0] = (uint8_t)(network->height + 1);
    sample_party_key(party, &secret);
    sign_key_public(&secret, &key);
    good = envelope_begin(&builder, buffer, sizeof buffer, &network->genesis.chain_id, &bic, &key,
                          &nonce, network->genesis.created_ms + 3600000);
    for (uint16_t i = 0; i < count && good; i++) {
        uint8_t bytes[COMMAND_BYTES_MAX];
        struct bytes_writer writer;
        bytes_writer_init(&writer, bytes, sizeof bytes);
        command_encode(&commands[i], &writer);
        good = bytes_writer_ok(&writer) && envelope_append(&builder, bytes, writer.size);
    }
    good = good && envelope_seal(&builder, &secret, &size, &id);
    TALLY_ASSERT(good);
    block_apply(network, buffer, size);
}

static struct command command_of(uint8_t kind, const char *reference)
{
    return (struct command){
        .kind = kind, .reference = text_of(reference), .date = date_from_ms(created_ms())};
}

static struct command open_command(const char *reference, const char *bic, const char *id,
                                   uint8_t kind)
{
    struct command command = command_of(COMMAND_ACCOUNT_OPEN, reference);

    command.account_open = (struct command_account_open){
        .bic = bic_of(bic), .id = text_of(id), .kind = kind, .is_default = true};
    return command;
}

static struct command asset_command(const char *reference, const char *code, const char *issuer,
                                    uint8_t kind, uint8_t decimals)
{
    struct command command = command_of(COMMAND_ASSET_ADD, reference);

    command.asset_add = (struct command_asset_add){.code = code_of(code),
                                                   .name = text_of(code),
                                                   .kind = kind,
                                                   .decimals = decimals,
                                                   .settlement_unit_min = 1,
                                                   .settlement_unit_multiple = 1,
                                                   .issuer = bic_of(issuer),
                                                   .issuance_account = text_of("ISSUE")};
    return command;
}

static struct command issuance_command(uint8_t kind, const char *asset, const char *bic,
                                       const char *account, int64_t quantity)
{
    struct command command = command_of(kind, "ISSUANCE");

    command.issuance = (struct command_issuance){.asset = code_of(asset),
                                                 .bic = bic_of(bic),
                                                 .account = text_of(account),
                                                 .quantity = quantity};
    return command;
}

static void market_make(struct fake_network *network)
{
    const struct genesis_party *parties = network->genesis.parties;
    const struct command registration[] = {
        open_command("O1", parties[SAMPLE_REGISTRAR].bic, "ISSUE", ACCOUNT_SECURITIES),
        open_command("O2", parties[SAMPLE_BANK].bic, "ISSUE", ACCOUNT_CASH),
        open_command("O3", parties[SAMPLE_SELLER].bic, "SEC", ACCOUNT_SECURITIES),
        open_command("O4", parties[SAMPLE_SELLER].bic, "CASH", ACCOUNT_CASH),
        open_command("O5", parties[SAMPLE_BUYER].bic, "SEC", ACCOUNT_SECURITIES),
        open_command("O6", parties[SAMPLE_BUYER].bic, "CASH", ACCOUNT_CASH),
        asset_command("A1", "DE000TALY010", parties[SAMPLE_REGISTRAR].bic, ASSET_SECURITY_UNIT, 0),
        asset_command("A2", "EUR", parties[SAMPLE_BANK].bic, ASSET_CURRENCY, 2),
    };
    const struct command issue =
        issuance_command(COMMAND_ISSUE, "DE000TALY010", parties[SAMPLE_SELLER].bic, "SEC", 1000);
    const struct command cash =
        issuance_command(COMMAND_CASH_IN, "EUR", parties[SAMPLE_BUYER].bic, "CASH", 5000000);

    commands_apply(network, SAMPLE_OPERATOR, registration, 8);
    commands_apply(network, SAMPLE_REGISTRAR, &issue, 1);
    commands_apply(network, SAMPLE_BANK, &cash, 1);
}

struct fake_network *fake_network_new(void)
{
    struct fake_network *network = calloc(1, sizeof *network);
    enum genesis_check check;
    size_t footprint;

    TALLY_ASSERT(network != NULL);
    sample_genesis(&network->genesis);
    network->genesis.created_ms = created_ms();
    network->genesis.rules[GENESIS_RULE_CLOSED_ON_WEEKENDS] = 0;
    network->genesis.rules[GENESIS_RULE_DAY_CHANGE_MINUTE] = 1440;
    network->genesis.rules[GENESIS_RULE_CONTINUOUS_DAY] = 1;
    genesis_identify(&network->genesis);
    genesis_ledger_make(&network->genesis, &network->start);
    ledger_capacity_demo(&network->start.ledger.capacity);
    footprint = ledger_footprint(&network->start.ledger.capacity);
    TALLY_ASSERT(footprint > 0);
    network->memory = aligned_alloc(64, (footprint + 63) / 64 * 64);
    TALLY_ASSERT(network->memory != NULL);
    check = ledger_new(network->memory, &network->start.ledger, &network->ledger);
    if (check != GENESIS_OK) {
        (void)fprintf(stderr, "fake node: %s\n", genesis_check_text(check));
        abort();
    }
    market_make(network);
    return network;
}

void fake_network_free(struct fake_network *network)
{
    free(network->memory);
    free(network);
}

void fake_network_behave(struct fake_network *network, unsigned validator, int behaviour)
{
    TALLY_ASSERT(validator < SAMPLE_VALIDATOR_COUNT);
    network->behaviour[validator] = behaviour;
    network->busy = 0;
    network->back = 0;
}

void fake_network_idle(struct fake_network *network, unsigned block_count)
{
    for (unsigned i = 0; i < block_count; i++) {
        block_apply(network, NULL, 0);
    }
}

unsigned fake_network_executed(const struct fake_network *network)
{
    return network->executed;
}

/* A certificate of a quorum over a header; returns its size. */
static uint32_t certificate_make(const struct fake_network *network, const struct header *header,
                                 enum certificate_kind kind, uint8_t *out, size_t capacity)
{
    struct certificate_builder builder;
    struct bytes_writer writer;
    struct hash hash = {{0}};

    if (kind != CERTIFICATE_NULLIFICATION) {
        header_hash(header, &hash);
    }
    bytes_writer_init(&writer, out, capacity);
    certificate_begin(&builder, &writer, SAMPLE_VALIDATOR_COUNT, kind, header->epoch, header->view,
                      &hash);
    for (uint16_t i = 0; i < 3; i++) {
        struct secret_key secret;
        struct vote vote = {.kind = (enum vote_kind)kind,
                            .epoch = header->epoch,
                            .view = header->view,
                            .hash = hash,
                            .signer = i};
        sample_validator_key(i, &secret);
        vote_sign(&vote, &network->genesis.chain_id, &secret);
        (void)certificate_add(&builder, i, &vote.signature);
    }
    TALLY_ASSERT(bytes_writer_ok(&writer));
    return (uint32_t)writer.size;
}

/* The anchor of a height, certified by a header one above it. The block is dated anew, so that what
 * is true of it is so now, unless the node is to show the past. */
static void anchor_make(const struct fake_network *network, uint64_t height, int behaviour,
                        struct proof_anchor *out)
{
    static uint8_t certificate[CERTIFICATE_SIZE_MAX];
    const struct fake_block *block = &network->blocks[height];
    const struct result *result = &block->result;
    struct hash id, root;

    memset(out, 0, sizeof *out);
    out->height = height;
    out->previous_root = block->previous_root;
    out->block_header = block->header;
    if (behaviour != LIE_OLD) {
        out->block_header.ts_ms = clock_utc_ms();
    }
    header_hash(&out->block_header, &id);
    result_chain(&block->previous_root, height, &id, &result->receipts_root, &result->events_root,
                 &result->state_root, &root);
    out->step_count = 1;
    out->steps[0] =
        (struct proof_step){id, result->receipts_root, result->events_root, result->state_root};
    out->certified_header = (struct header){
        .epoch = EPOCH,
        .view = height + 1,
        .height = height + 1,
        .parent_view = height,
        .parent_hash = id,
        .ts_ms = clock_utc_ms(),
        .exec_height = height,
        .result_root = root,
    };
    out->certificate_size = certificate_make(
        network, &out->certified_header,
        behaviour == LIE_NULLIFICATION ? CERTIFICATE_NULLIFICATION : CERTIFICATE_NOTARIZATION,
        certificate, sizeof certificate);
    out->certificate = certificate;
    if (behaviour == LIE_SIGNATURE) {
        certificate[out->certificate_size - 40] ^= 1;
    }
    if (behaviour == LIE_ROOT) {
        out->steps[0].state_root.bytes[3] ^= 1;
        out->steps[0].events_root.bytes[3] ^= 1;
    }
}

static void leaf_add(const struct fake_network *network, struct proof *proof, enum record_kind kind,
                     uint32_t index)
{
    struct proof_leaf *leaf = &proof->leaves[proof->leaf_count];
    bool proved;

    TALLY_ASSERT(proof->leaf_count < PROOF_LEAVES_MAX);
    if (index == RECORD_NONE) {
        return;
    }
    leaf->tree = PROOF_RECORD;
    proved = ledger_prove_record(network->ledger, kind, index, &leaf->record);
    TALLY_ASSERT(proved);
    proof->leaf_count++;
}

/* The record asked for and those it names. False when there is none. */
static bool records_prove(const struct fake_network *network, const struct request *request,
                          struct proof *proof)
{
    const struct ledger *ledger = network->ledger;
    struct bic bic = {{0}};
    uint32_t party, index;

    if (request->kind == REQUEST_RULES) {
        leaf_add(network, proof, RECORD_RULE_SET, rule_set_in_force_index(ledger));
        return true;
    }
    if (request->kind == REQUEST_ASSET) {
        struct asset_code code;
        if (!asset_code_parse(request->asset, strlen(request->asset), &code) ||
            (index = asset_find(ledger, &code)) == RECORD_NONE) {
            return false;
        }
        leaf_add(network, proof, RECORD_ASSET, index);
        return true;
    }
    party = bic_parse(request->party, strlen(request->party), &bic) ? party_find(ledger, &bic)
                                                                    : RECORD_NONE;
    if (party == RECORD_NONE) {
        return false;
    }
    if (request->kind == REQUEST_POSITION) {
        struct text35 account = text_of(request->account);
        struct asset_code code = code_of(request->asset);
        uint32_t owner = account_find(ledger, party, &account);
        uint32_t asset = asset_find(ledger, &code);
        index = owner == RECORD_NONE || asset == RECORD_NONE ? RECORD_NONE
                                                             : position_find(ledger, owner, asset);
        leaf_add(network, proof, RECORD_POSITION, index);
        leaf_add(network, proof, RECORD_ACCOUNT, owner);
        leaf_add(network, proof, RECORD_ASSET, asset);
    } else {
        struct text35 reference = text_of(request->reference);
        index = instruction_find(ledger, party, &reference);
        if (index != RECORD_NONE) {
            const struct instruction *instruction = instruction_view(ledger, index);
            leaf_add(network, proof, RECORD_INSTRUCTION, index);
            leaf_add(network, proof, RECORD_ASSET, instruction->terms.asset);
            leaf_add(network, proof, RECORD_ASSET, instruction->terms.currency);
        }
    }
    leaf_add(network, proof, RECORD_PARTY, party);
    return index != RECORD_NONE;
}

static void settlement_prove(const struct fake_network *network, struct proof *proof,
                             uint64_t *height)
{
    for (uint64_t h = network->height; h > 0 && proof->leaf_count == 0; h--) {
        if (network->blocks[h].settled) {
            proof->leaves[0].tree = PROOF_EVENT;
            proof->leaves[0].leaf = network->blocks[h].settlement;
            proof->leaf_count = 1;
            *height = h;
        }
    }
}

static void point_answer(struct fake_network *network, const struct request *request, int behaviour,
                         struct reply *reply)
{
    static struct proof proof;
    static uint8_t bytes[PROOF_BYTES_MAX];
    struct request asked = *request;
    uint64_t height = network->height;

    memset(&proof, 0, sizeof proof);
    if (behaviour == LIE_OTHER_RECORD) {
        asked.kind = REQUEST_ASSET;
        strcpy(asked.asset, strcmp(request->asset, "EUR") == 0 ? "DE000TALY010" : "EUR");
    }
    if (asked.kind == REQUEST_RECEIPT) {
        settlement_prove(network, &proof, &height);
        reply->found = proof.leaf_count > 0;
    } else {
        reply->found = records_prove(network, &asked, &proof);
    }
    reply->found = reply->found && behaviour != FAKE_BEHIND;
    if (!reply->found) {
        return;
    }
    if (behaviour == LIE_GOES_BACK) {
        height -= network->back++;
    }
    if (behaviour == LIE_LEFT_OUT) {
        proof.leaf_count = 1;
    }
    if (behaviour == LIE_CONTENT) {
        struct proof_leaf *leaf = &proof.leaves[0];
        bool record = leaf->tree == PROOF_RECORD;
        uint8_t *content = record ? leaf->record.bytes : leaf->leaf.bytes;
        content[(record ? leaf->record.size : leaf->leaf.size) / 2] ^= 1;
    }
    anchor_make(network, height, behaviour, &proof.anchor);
    reply->state_height = height;
    reply->proof = bytes;
    reply->proof_size = (uint32_t)proof_encode(&proof, bytes, sizeof bytes);
    TALLY_ASSERT(reply->proof_size > 0);
}

static const struct fake_block *block_of(const struct fake_network *network,
                                         const struct hash *envelope_id, uint64_t *height)
{
    for (*height = 1; *height <= network->height; (*height)++) {
        if (hash_equal(&network->blocks[*height].envelope_id, envelope_id)) {
            return &network->blocks[*height];
        }
    }
    return NULL;
}

static void outcome_answer(const struct fake_network *network, const struct request *request,
                           int behaviour, struct reply *reply)
{
    static struct proof_anchor anchor;
    static struct proof_leaf leaf;
    static uint8_t anchor_bytes[8192], leaves[REPLY_BYTES_MAX / 2];
    struct bytes_writer writer;
    uint64_t height;
    const struct fake_block *block = block_of(network, &request->envelope_id, &height);
    uint8_t bytes[PROOF_LEAF_BYTES_MAX];

    reply->envelope_id = request->envelope_id;
    if (block == NULL) {
        reply->stage = STAGE_UNKNOWN;
        return;
    }
    reply->stage = STAGE_CERTIFIED;
    reply->height = height;
    reply->receipt_total = block->receipt_count;
    if (request->command_count == 0 || behaviour == LIE_WITHHELD_RECEIPTS) {
        return;
    }
    if (behaviour == LIE_OTHER_ENVELOPE) {
        block = &network->blocks[height = 1];
    }
    anchor_make(network, height, behaviour, &anchor);
    reply->anchor = anchor_bytes;
    reply->anchor_size = (uint32_t)proof_anchor_encode(&anchor, anchor_bytes, sizeof anchor_bytes);
    bytes_writer_init(&writer, leaves, sizeof leaves);
    for (uint16_t i = 0; i < block->receipt_count; i++) {
        size_t size;
        leaf.tree = PROOF_RECEIPT;
        leaf.leaf = block->receipts[i];
        leaf.leaf.bytes[20] ^= behaviour == LIE_CONTENT ? 1 : 0;
        size = proof_leaf_encode(&leaf, bytes, sizeof bytes);
        bytes_write_u32(&writer, (uint32_t)size);
        bytes_write_copy(&writer, bytes, size);
    }
    TALLY_ASSERT(bytes_writer_ok(&writer));
    reply->leaves = leaves;
    reply->leaves_size = (uint32_t)writer.size;
    reply->leaf_count =
        (uint16_t)(block->receipt_count + (behaviour == LIE_MISCOUNTED_RECEIPTS ? 1 : 0));
}

static void submit_answer_make(struct fake_network *network, const struct request *request,
                               int behaviour, struct reply *reply)
{
    struct envelope envelope;
    uint64_t height;

    reply->submitted = SUBMIT_RECEIVED;
    if (behaviour == FAKE_EXPIRED) {
        reply->submitted = SUBMIT_EXPIRED;
    } else if (behaviour == FAKE_UNKNOWN_KEY) {
        reply->submitted = SUBMIT_UNKNOWN_KEY;
    } else if (behaviour == FAKE_BUSY_TWICE && network->busy < 2) {
        network->busy++;
        reply->submitted = SUBMIT_BUSY;
    } else if (envelope_decode(&envelope, request->envelope, request->envelope_size) !=
                   ENVELOPE_OK ||
               envelope_verify(&envelope) != ENVELOPE_OK) {
        reply->submitted = SUBMIT_WRONG_SIGNATURE;
    } else {
        if (behaviour == FAKE_REPLAYED) {
            reply->submitted = SUBMIT_KNOWN;
        }
        reply->envelope_id = envelope.id;
        if (block_of(network, &envelope.id, &height) == NULL) {
            block_apply(network, request->envelope, request->envelope_size);
            network->executed++;
        }
    }
}

/* What stands in a column of the lists of client/list.h. */
static const char *form_cell(const struct list_column *column)
{
    switch (column->role) {
    case LIST_ROLE_PARTY:
        return "SELLFRPPXXX";
    case LIST_ROLE_ACCOUNT:
        return "CASH";
    case LIST_ROLE_ASSET:
        return "EUR";
    case LIST_ROLE_DATE:
        return "2026-11-22";
    case LIST_ROLE_REASON:
        return "LACK";
    default:
        return column->value == LIST_DECIMAL ? "0.02" : "7";
    }
}

static void form_row_write(const struct list_form *form, struct bytes_writer *writer)
{
    struct row_cells row;

    row_cells_begin(&row);
    for (unsigned i = 0; i < form->column_count; i++) {
        row_cells_add(&row, form_cell(&form->columns[i]));
    }
    row_cells_write(writer, &row);
}

/* An instruction of yesterday that lacks securities. */
static void instruction_row_write(struct bytes_writer *writer)
{
    static uint64_t since_ms; /* every node says the same */
    struct row_instruction row = {.sequence = 1,
                                  .actor = ROW_ACTOR_OWNER,
                                  .amount_decimals = 2,
                                  .quantity = 10,
                                  .quantity_settled = 4,
                                  .amount = 25500,
                                  .since_height = 3,

                                  .deadline_ms = UINT64_C(1795545900000)};

    since_ms = since_ms == 0 ? clock_utc_ms() - UINT64_C(90030000) : since_ms;
    row.since_ms = since_ms;
    strcpy(row.party, "SELLFRPPXXX");
    strcpy(row.reference, "S-1");
    strcpy(row.counterparty, "BUYRITMMXXX");
    strcpy(row.asset, "DE000TALY010");
    strcpy(row.movement, "DELI");
    strcpy(row.payment, "APMT");
    strcpy(row.currency, "EUR");
    strcpy(row.trade_date, "2026-11-22");
    strcpy(row.settlement_date, "2026-11-24");
    strcpy(row.status, "PEND");
    strcpy(row.reason, "LACK");
    row_instruction_write(writer, &row);
}

static void list_answer(const struct request *request, int behaviour, struct reply *reply)
{
    static uint8_t rows[512];
    struct row_position row = {.decimals = 2, .available = 5};
    struct bytes_writer writer;

    strcpy(row.party, "SELLFRPPXXX");
    strcpy(row.account, "CASH");
    strcpy(row.asset, "EUR");
    bytes_writer_init(&writer, rows, sizeof rows);
    if (list_form_of(request->list) != NULL) {
        form_row_write(list_form_of(request->list), &writer);
    } else if (request->list == LIST_INSTRUCTIONS || request->list == LIST_EXCEPTIONS) {
        instruction_row_write(&writer);
    } else {
        row_position_write(&writer, &row);
    }
    reply->list = request->list;
    reply->list_height = 3;
    reply->cursor_next = behaviour == LIE_ENDLESS_LIST ? 1 : 0;
    reply->row_count = 1;
    reply->rows = rows;
    reply->rows_size = (uint32_t)writer.size - (behaviour == LIE_MALFORMED_ROWS ? 1 : 0);
}

static void reply_make(struct fake_link *link, int behaviour, struct reply *reply)
{
    const struct request *request = &link->request;

    memset(reply, 0, sizeof *reply);
    reply->id = request->id + (behaviour == LIE_OTHER_ID ? 1u : 0u);
    reply->kind = behaviour == LIE_OTHER_KIND ? REPLY_ROOTS : session_expected(request->kind);
    if (behaviour == FAKE_NOT_ALLOWED) {
        reply->kind = REPLY_ERROR;
        reply->fault = REPLY_FAULT_NOT_ALLOWED;
    }
    switch (reply->kind) {
    case REPLY_SUBMITTED:
        submit_answer_make(link->network, request, behaviour, reply);
        break;
    case REPLY_OUTCOME:
        outcome_answer(link->network, request, behaviour, reply);
        break;
    case REPLY_POINT:
    case REPLY_EXPLAIN:
        point_answer(link->network, request, behaviour, reply);
        break;
    case REPLY_LIST:
        list_answer(request, behaviour, reply);
        break;
    case REPLY_NODE_STATUS:
        if (behaviour == FAKE_ALARMED) {
            reply->status.alarm_count = 2;
            strcpy(reply->status.alarms[0].text, "no space left");
            strcpy(reply->status.alarms[1].text, "execution is behind");
        }
        break;
    case REPLY_ERROR:
    case REPLY_ROOTS:
        break;
    }
}

static enum node_transfer fake_send(void *context, const void *data, size_t size)
{
    static struct reply reply;
    struct fake_link *link = context;
    int behaviour = link->network->behaviour[link->validator];
    bool decoded;

    if (behaviour == FAKE_GONE) {
        return NODE_GONE;
    }
    decoded = request_decode(data, size, &link->request);
    TALLY_ASSERT(decoded);
    reply_make(link, behaviour, &reply);
    link->reply_size = reply_encode(&reply, link->reply, REPLY_BYTES_MAX);
    TALLY_ASSERT(link->reply_size > 0);
    link->asked = behaviour != FAKE_SILENT;
    if (behaviour == LIE_GARBAGE) {
        memset(link->reply, 0xee, link->reply_size);
    }
    return NODE_TRANSFERRED;
}

static enum node_transfer fake_receive(void *context, void *out, size_t *size, unsigned timeout_ms)
{
    struct fake_link *link = context;

    (void)timeout_ms;
    if (!link->asked) {
        return NODE_TIMED_OUT;
    }
    memcpy(out, link->reply, link->reply_size);
    *size = link->reply_size;
    link->asked = false;
    return NODE_TRANSFERRED;
}

static void fake_close(void *context)
{
    struct fake_link *link = context;

    free(link->reply);
    free(link);
}

static const struct node_transport fake_transport = {fake_send, fake_receive, fake_close};

enum exit_code fake_node_open(struct cli *cli, unsigned validator, struct node **out)
{
    struct fake_network *network = cli->test;
    struct fake_link *link;

    TALLY_ASSERT(validator < SAMPLE_VALIDATOR_COUNT);
    if (network->behaviour[validator] == FAKE_DOWN) {
        return failure(EXIT_NODE_DOWN, "fake node", "", "is down");
    }
    link = calloc(1, sizeof *link);
    TALLY_ASSERT(link != NULL);
    link->network = network;
    link->validator = validator;
    link->reply = malloc(REPLY_BYTES_MAX);
    TALLY_ASSERT(link->reply != NULL);
    *out = node_new(&fake_transport, link, validator);
    return EXIT_DONE;
}

static void file_write_all(const char *directory, const char *name, const void *data, size_t size)
{
    char path[FILE_PATH_SIZE_MAX];
    FILE *file;
    size_t written;

    (void)snprintf(path, sizeof path, "%.900s/%s", directory, name);
    file = fopen(path, "wb");
    TALLY_ASSERT(file != NULL);
    written = fwrite(data, 1, size, file);
    TALLY_ASSERT(written == size);
    (void)fclose(file);
}

static void key_write(const char *directory, const char *name, enum keyfile_kind kind,
                      const struct secret_key *secret)
{
    static const struct keyfile_cost cheap = {.passes = 1, .memory_kib = KEYFILE_MEMORY_MIN_KIB};
    const uint8_t random[KEYFILE_RANDOM_SIZE] = {7};
    uint8_t bytes[KEYFILE_SIZE];
    enum keyfile_status status = keyfile_seal(kind, &cheap, secret, "phrase", 6, random, bytes);

    TALLY_ASSERT(status == KEYFILE_OK);
    file_write_all(directory, name, bytes, sizeof bytes);
}

void fake_party_directory(const char *parent, unsigned party, char *out, size_t size)
{
    static struct genesis genesis;
    static char text[GENESIS_TEXT_BYTES_MAX];
    struct secret_key secret;
    char ini[512];
    size_t text_size;

    sample_genesis(&genesis);
    genesis.created_ms = created_ms();
    genesis.rules[GENESIS_RULE_CLOSED_ON_WEEKENDS] = 0;
    genesis.rules[GENESIS_RULE_DAY_CHANGE_MINUTE] = 1440;
    genesis.rules[GENESIS_RULE_CONTINUOUS_DAY] = 1;
    text_size = genesis_format(&genesis, text, sizeof text);
    (void)snprintf(out, size, "%.800s/%s", parent, genesis.parties[party].bic);
    (void)mkdir(out, 0700);
    (void)snprintf(ini, sizeof ini,
                   "[party]\nbic = %s\ngenesis = genesis.tally\nsigning_key = signing.key\n"
                   "channel_key = channel.key\npassphrase_file = passphrase\nnode = 0\n",
                   genesis.parties[party].bic);
    file_write_all(out, "party.ini", ini, strlen(ini));
    file_write_all(out, "genesis.tally", text, text_size);
    file_write_all(out, "passphrase", "phrase\n", 7);
    sample_party_key(party, &secret);
    key_write(out, "signing.key", KEYFILE_PARTY_SIGNING, &secret);
    sample_party_channel(party, &secret);
    key_write(out, "channel.key", KEYFILE_PARTY_CHANNEL, &secret);
}
