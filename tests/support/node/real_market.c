#include "tests/support/node/real_market.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "host/clock.h"
#include "ledger/command/envelope.h"
#include "ledger/holding/position.h"
#include "ledger/instruction/instruction.h"
#include "ledger/register/account.h"
#include "ledger/register/asset.h"
#include "ledger/values/date.h"

enum {
    ASK_MS = 3000,
    VALID_MS = 600000,
    POLL_MS = 20,
    RESUBMIT_MS = 400
};

static struct text35 text(const char *value)
{
    struct text35 out;
    TALLY_ASSERT(text35_parse(value, strlen(value), &out));
    return out;
}

const char *real_market_bic(unsigned party)
{
    static const char *const names[SAMPLE_PARTY_COUNT] = {
        [SAMPLE_OPERATOR] = "OPERDEFFXXX", [SAMPLE_REGISTRAR] = "REGIDEFFXXX",
        [SAMPLE_BANK] = "CASHDEFFXXX",     [SAMPLE_SELLER] = "SELLFRPPXXX",
        [SAMPLE_BUYER] = "BUYRITMMXXX",    [SAMPLE_AUDITOR] = "AUDTNL2AXXX",
    };
    TALLY_ASSERT(party < SAMPLE_PARTY_COUNT);
    return names[party];
}

const char *real_market_asset_code(bool cash)
{
    return cash ? "EUR" : "US0378331005";
}

static struct bic bic_of(unsigned party)
{
    struct bic out;
    TALLY_ASSERT(bic_parse(real_market_bic(party), BIC_SIZE, &out));
    return out;
}

static struct asset_code code_of(bool cash)
{
    struct asset_code out;
    const char *code = real_market_asset_code(cash);
    TALLY_ASSERT(asset_code_parse(code, strlen(code), &out));
    return out;
}

static const char *account_of(bool cash)
{
    return cash ? "CASH1" : "SEC1";
}

void real_market_open(struct real_market *market, const struct real_network *network)
{
    *market = (struct real_market){
        .network = network,
        .today = date_from_ms(clock_utc_ms()),
        .reference_next = 1,
        .nonce_next = clock_utc_ms() << 16,
    };
}

static void command_begin(struct real_market *market, enum command_kind kind, struct command *out)
{
    char reference[24];
    memset(out, 0, sizeof *out);
    (void)snprintf(reference, sizeof reference, "R%llu",
                   (unsigned long long)market->reference_next);
    market->reference_next++;
    out->kind = (uint8_t)kind;
    out->reference = text(reference);
    out->date = market->today;
}

void real_market_account(struct real_market *market, unsigned party, const char *id, bool cash,
                         struct command *out)
{
    command_begin(market, COMMAND_ACCOUNT_OPEN, out);
    out->account_open = (struct command_account_open){
        .bic = bic_of(party),
        .id = text(id),
        .kind = cash ? ACCOUNT_CASH : ACCOUNT_SECURITIES,
        .is_default = true,
    };
}

void real_market_asset(struct real_market *market, bool cash, struct command *out)
{
    command_begin(market, COMMAND_ASSET_ADD, out);
    out->asset_add = (struct command_asset_add){
        .code = code_of(cash),
        .name = text("An asset"),
        .kind = cash ? ASSET_CURRENCY : ASSET_SECURITY_UNIT,
        .decimals = cash ? 2 : 0,
        .settlement_unit_min = 1,
        .settlement_unit_multiple = 1,
        .issuer = bic_of(cash ? SAMPLE_BANK : SAMPLE_REGISTRAR),
        .issuance_account = text("ISSUE"),
    };
}

void real_market_fund(struct real_market *market, unsigned party, bool cash, int64_t quantity,
                      struct command *out)
{
    command_begin(market, cash ? COMMAND_CASH_IN : COMMAND_ISSUE, out);
    out->issuance = (struct command_issuance){
        .asset = code_of(cash),
        .bic = bic_of(party),
        .account = text(account_of(cash)),
        .quantity = quantity,
    };
}

void real_market_trade(struct real_market *market, int64_t quantity, int64_t amount,
                       struct command *deliver, struct command *receive)
{
    command_begin(market, COMMAND_INSTRUCT, deliver);
    deliver->instruct = (struct command_instruct){
        .payment = PAYMENT_APMT,
        .movement = MOVEMENT_DELI,
        .asset = code_of(false),
        .quantity = quantity,
        .settlement_date = market->today,
        .deliverer = bic_of(SAMPLE_SELLER),
        .receiver = bic_of(SAMPLE_BUYER),
        .deliverer_depository = bic_of(SAMPLE_OPERATOR),
        .receiver_depository = bic_of(SAMPLE_OPERATOR),
        .currency = code_of(true),
        .amount = amount,
        .credit_debit = CREDIT_DEBIT_CRDT,
        .priority = PRIORITY_NORMAL,
        .partial = PARTIAL_NPAR,
        .transaction_type = TRANSACTION_TRAD,
    };
    command_begin(market, COMMAND_INSTRUCT, receive);
    receive->instruct = deliver->instruct;
    receive->instruct.movement = MOVEMENT_RECE;
    receive->instruct.credit_debit = CREDIT_DEBIT_DBIT;
}

void real_market_sign(struct real_market *market, unsigned party, const struct command *command,
                      struct real_market_envelope *out)
{
    uint8_t bytes[COMMAND_BYTES_MAX];
    struct bytes_writer writer;
    struct envelope_builder builder;
    struct nonce_secret nonce = {{0}};
    struct secret_key secret;
    struct bic bic = bic_of(party);
    bytes_writer_init(&writer, bytes, sizeof bytes);
    command_encode(command, &writer);
    TALLY_ASSERT(!writer.failed);
    memcpy(nonce.bytes, &market->nonce_next, sizeof market->nonce_next);
    market->nonce_next++;
    sample_party_key(party, &secret);
    const struct genesis_key *key = &market->network->genesis.keys[party];
    out->party = party;
    out->reference = command->reference;
    bool built =
        envelope_begin(&builder, out->bytes, sizeof out->bytes, &market->network->genesis.chain_id,
                       &bic, &key->signing, &nonce, clock_utc_ms() + VALID_MS) &&
        envelope_append(&builder, bytes, writer.size) &&
        envelope_seal(&builder, &secret, &out->size, &out->id);
    TALLY_ASSERT(built);
}

static bool submit(struct real_client *client, const struct real_market_envelope *envelope)
{
    struct request request = {.kind = REQUEST_SUBMIT,
                              .envelope = envelope->bytes,
                              .envelope_size = (uint32_t)envelope->size};
    struct reply *reply = calloc(1, sizeof *reply);
    TALLY_ASSERT(reply != NULL);
    bool taken = real_client_ask(client, &request, reply, ASK_MS) &&
                 reply->kind == REPLY_SUBMITTED &&
                 (reply->submitted == SUBMIT_RECEIVED || reply->submitted == SUBMIT_KNOWN);
    free(reply);
    return taken;
}

bool real_market_submit(struct real_market *market, const struct real_market_envelope *envelope,
                        unsigned validator)
{
    struct real_client *client =
        real_client_open(market->network, envelope->party, validator, ASK_MS);
    bool taken = client != NULL && submit(client, envelope);
    real_client_close(client);
    return taken;
}

/* Checks anchor and leaf against the genesis, and reads the receipt. */
static bool receipt_verify(const struct real_market *market, const struct reply *reply,
                           struct receipt *receipt)
{
    struct proof_anchor *anchor = calloc(1, sizeof *anchor);
    struct proof_leaf *leaf = calloc(1, sizeof *leaf);
    struct proof_facts facts;
    uint32_t offset = 0;
    const uint8_t *bytes;
    size_t size;
    TALLY_ASSERT(anchor != NULL && leaf != NULL);
    bool valid = proof_anchor_decode(reply->anchor, reply->anchor_size, anchor) &&
                 proof_anchor_verify(anchor, &market->network->genesis, &facts) == PROOF_VALID &&
                 reply_leaf_next(reply, &offset, &bytes, &size) &&
                 proof_leaf_decode(bytes, size, leaf) &&
                 proof_leaf_verify(leaf, anchor) == PROOF_VALID &&
                 receipt_decode(receipt, leaf->leaf.bytes, leaf->leaf.size);
    free(anchor);
    free(leaf);
    return valid;
}

/* One question for the outcome; true once the receipt is certified and verified. */
static bool outcome(struct real_market *market, struct real_client *client,
                    const struct real_market_envelope *envelope, struct receipt *receipt)
{
    struct request request = {
        .kind = REQUEST_OUTCOME, .envelope_id = envelope->id, .command_count = 1};
    struct reply *reply = calloc(1, sizeof *reply);
    TALLY_ASSERT(reply != NULL);
    bool certified = real_client_ask(client, &request, reply, ASK_MS) &&
                     reply->kind == REPLY_OUTCOME && reply->stage == STAGE_CERTIFIED &&
                     reply->leaf_count == 1;
    if (certified) {
        TALLY_ASSERT(receipt_verify(market, reply, receipt));
    }
    free(reply);
    return certified;
}

bool real_market_wait(struct real_market *market, const struct real_market_envelope *envelope,
                      unsigned validator, unsigned timeout_ms, struct receipt *receipt)
{
    uint64_t begin_ms = clock_monotonic_ms();
    uint64_t submitted_ms = begin_ms;
    struct real_client *client =
        real_client_open(market->network, envelope->party, validator, timeout_ms);
    bool done = false;
    while (client != NULL && !done && clock_monotonic_ms() - begin_ms < timeout_ms) {
        done = outcome(market, client, envelope, receipt);
        if (!done) {
            clock_sleep_ms(POLL_MS);
        }
        if (!done && clock_monotonic_ms() - submitted_ms >= RESUBMIT_MS) {
            (void)submit(client, envelope);
            submitted_ms = clock_monotonic_ms();
        }
    }
    real_client_close(client);
    return done;
}

void real_market_do(struct real_market *market, unsigned party, const struct command *command,
                    unsigned validator)
{
    struct real_market_envelope envelope;
    struct receipt receipt;
    real_market_sign(market, party, command, &envelope);
    TALLY_ASSERT(real_market_submit(market, &envelope, validator));
    bool done = real_market_wait(market, &envelope, validator, 10000, &receipt);
    TALLY_ASSERT(done);
    if (receipt.outcome != OUTCOME_DONE) {
        (void)fprintf(stderr, "%s: %s %s %s\n", command_name(command->kind),
                      reason_code(receipt.reason), detail_text(receipt.detail),
                      field_name(receipt.field));
    }
    TALLY_ASSERT(receipt.outcome == OUTCOME_DONE);
}

void real_market_prepare(struct real_market *market, int64_t quantity, int64_t amount)
{
    struct command command;
    real_market_account(market, SAMPLE_REGISTRAR, "ISSUE", false, &command);
    real_market_do(market, SAMPLE_OPERATOR, &command, 0);
    real_market_account(market, SAMPLE_BANK, "ISSUE", true, &command);
    real_market_do(market, SAMPLE_OPERATOR, &command, 1);
    for (unsigned party = SAMPLE_SELLER; party <= SAMPLE_BUYER; party++) {
        real_market_account(market, party, account_of(false), false, &command);
        real_market_do(market, SAMPLE_OPERATOR, &command, 2);
        real_market_account(market, party, account_of(true), true, &command);
        real_market_do(market, SAMPLE_OPERATOR, &command, 3);
    }
    real_market_asset(market, false, &command);
    real_market_do(market, SAMPLE_OPERATOR, &command, 0);
    real_market_asset(market, true, &command);
    real_market_do(market, SAMPLE_OPERATOR, &command, 1);
    real_market_fund(market, SAMPLE_SELLER, false, quantity, &command);
    real_market_do(market, SAMPLE_REGISTRAR, &command, 2);
    real_market_fund(market, SAMPLE_BUYER, true, amount, &command);
    real_market_do(market, SAMPLE_BANK, &command, 3);
}

struct proof *real_market_prove(struct real_market *market, unsigned asker, unsigned validator,
                                struct request *request)
{
    struct reply *reply = calloc(1, sizeof *reply);
    struct proof *proof = calloc(1, sizeof *proof);
    struct real_client *client = real_client_open(market->network, asker, validator, ASK_MS);
    TALLY_ASSERT(reply != NULL && proof != NULL);
    bool found = client != NULL && real_client_ask(client, request, reply, 4 * ASK_MS) &&
                 reply->kind == REPLY_POINT && reply->found;
    if (found) {
        struct proof_facts facts;
        TALLY_ASSERT(proof_decode(reply->proof, reply->proof_size, proof));
        TALLY_ASSERT(proof_verify(proof, &market->network->genesis, &facts) == PROOF_VALID);
        proof->anchor.certificate = NULL; /* it lay in the reply */
    } else {
        free(proof);
        proof = NULL;
    }
    real_client_close(client);
    free(reply);
    return proof;
}

int64_t real_market_balance(struct real_market *market, unsigned party, bool cash,
                            unsigned validator)
{
    struct request request = {.kind = REQUEST_POSITION};
    (void)snprintf(request.party, sizeof request.party, "%s", real_market_bic(party));
    (void)snprintf(request.account, sizeof request.account, "%s", account_of(cash));
    (void)snprintf(request.asset, sizeof request.asset, "%s", real_market_asset_code(cash));
    struct proof *proof = real_market_prove(market, party, validator, &request);
    int64_t balance = -1;
    if (proof != NULL) {
        struct position position;
        struct bytes_reader reader;
        const struct record_proof *record = &proof->leaves[0].record;
        bytes_reader_init(&reader, record->bytes, record->size);
        position_decode(&position, &reader);
        TALLY_ASSERT(record->kind == RECORD_POSITION && !reader.failed);
        balance = position.balance[POSITION_AVAILABLE];
        free(proof);
    }
    return balance;
}
