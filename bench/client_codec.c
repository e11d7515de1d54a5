/*
 * bench/client_codec.c - what reading and writing the bytes of one instruction costs
 *
 * An envelope of two-sided deliveries is read as a node reads it, then executed, and what comes out
 * of it (receipts, events, records, rows of a list) is written as a node writes it. The limit of
 * reading is the hashing that must be done, of writing a copy of as many bytes.
 *
 * Processor time of one thread. Left out: finding the data for a row (bench ledger_open).
 */
#include <stdlib.h>
#include <string.h>

#include "bench/support/figure.h"
#include "bench/support/machine.h"
#include "bench/support/small_market.h"
#include "client/row.h"
#include "crypto/hash_many.h"
#include "crypto/start.h"
#include "ledger/command/event.h"
#include "ledger/command/receipt.h"
#include "ledger/state.h"

enum {
    COMMANDS = 2000, /* in an envelope */
    RECORD_GROUP = 20,
    ROUNDS = 5,
    REPEATS = 20,
};

/* What is timed: does it once for every instruction. Returns a number that is not 0. */
typedef uint64_t codec_work(struct small_market *market);

static double work_ns(struct small_market *market, codec_work *work, uint32_t count)
{
    double rounds[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        double start = machine_cpu_seconds();
        for (int repeat = 0; repeat < REPEATS; repeat++) {
            figure_require(work(market) != 0, "what was written cannot be read");
        }
        rounds[round] = (machine_cpu_seconds() - start) / REPEATS / count * 1e9;
    }
    return figure_median(rounds, ROUNDS);
}

static void row(const char *what, const char *unit, double value, double limit,
                const char *limit_what)
{
    figure_print(&(struct figure){.layer = "codec",
                                  .what = what,
                                  .value = value,
                                  .unit = unit,
                                  .limit = limit,
                                  .limit_what = limit_what,
                                  .cost = true});
}

/* ------------------------------------------------------------------------------------- reading */

static uint64_t envelope_work(struct small_market *market)
{
    struct envelope envelope;
    return envelope_decode(&envelope, market->bytes, market->size) == ENVELOPE_OK;
}

static uint64_t verify_work(struct small_market *market)
{
    struct envelope envelope;
    return envelope_decode(&envelope, market->bytes, market->size) == ENVELOPE_OK &&
           envelope_verify(&envelope) == ENVELOPE_OK;
}

static uint64_t command_work(struct small_market *market)
{
    struct envelope envelope;
    struct command command;
    const uint8_t *bytes;
    size_t size;
    uint64_t read = 0;
    if (envelope_decode(&envelope, market->bytes, market->size) != ENVELOPE_OK) {
        return 0;
    }
    struct bytes_reader commands = envelope_commands(&envelope);
    while (envelope_next(&commands, &bytes, &size)) {
        read += command_decode(&command, &envelope.party, bytes, size);
    }
    return read == COMMANDS;
}

static void reading(struct small_market *market)
{
    double bytes = (double)market->size / COMMANDS;
    double envelope = work_ns(market, envelope_work, COMMANDS);
    double verified = work_ns(market, verify_work, COMMANDS);
    double decoded = work_ns(market, command_work, COMMANDS) - envelope;
    row(figure_label("envelope of %d, form and identifier", COMMANDS), "ns an instruction",
        envelope, machine_hash_ns(market->size) / COMMANDS,
        figure_label("one hash of its bytes, %.0f an instruction", bytes));
    row(figure_label("envelope of %d, signature", COMMANDS), "ns an instruction",
        verified - envelope, machine_check_ns() / COMMANDS, "one Ed25519 check for all");
    row("signature, by a known key", "ns each", machine_check_known_ns(), machine_check_ns(),
        "one Ed25519 check of libsodium");
    row("signature, one of many", "ns each", machine_check_many_ns(), machine_check_ns(),
        "one Ed25519 check of libsodium");
    row("instruction, decoded", "ns an instruction", decoded, machine_hash_ns((size_t)bytes),
        "one hash of its bytes");
}

/* ------------------------------------------------------------------------------------- writing */

static uint64_t receipt_work(struct small_market *market)
{
    uint8_t bytes[RECEIPT_BYTES_MAX];
    struct receipt receipt;
    const struct ledger_leaf *leaf = &market->output.receipts[0];
    uint64_t written = receipt_decode(&receipt, leaf->bytes, leaf->size);
    for (uint32_t i = 0; i < COMMANDS; i++) {
        struct bytes_writer writer;
        bytes_writer_init(&writer, bytes, sizeof bytes);
        receipt.index = i;
        receipt_encode(&receipt, &writer);
        written += bytes_writer_ok(&writer);
    }
    return written == COMMANDS + 1;
}

static uint64_t receipt_read_work(struct small_market *market)
{
    struct receipt receipt;
    uint64_t read = 0;
    for (uint32_t i = 0; i < COMMANDS; i++) {
        const struct ledger_leaf *leaf = &market->output.receipts[i];
        read += receipt_decode(&receipt, leaf->bytes, leaf->size);
    }
    return read == COMMANDS;
}

static uint64_t event_work(struct small_market *market)
{
    uint8_t bytes[EVENT_BYTES_MAX];
    struct event event;
    const struct ledger_leaf *leaf = &market->output.events[0];
    uint64_t written = event_decode(&event, leaf->bytes, leaf->size);
    for (uint32_t i = 0; i < COMMANDS; i++) {
        struct bytes_writer writer;
        bytes_writer_init(&writer, bytes, sizeof bytes);
        event.sequence = i;
        event_encode(&event, &writer);
        written += bytes_writer_ok(&writer);
    }
    return written == COMMANDS + 1;
}

static uint64_t leaf_work(struct small_market *market)
{
    uint64_t written = 0;
    for (uint32_t i = 0; i < COMMANDS; i++) {
        const struct ledger_leaf *leaf = &market->output.receipts[i];
        struct hash hash;
        leaf_hash(LEAF_RECEIPT, &leaf->salt, leaf->bytes, leaf->size, &hash);
        written += !hash_is_zero(&hash);
    }
    return written == COMMANDS;
}

/* Encoded, salted and hashed: what the renewal of the state root does before the tree. */
static uint64_t record_work(struct small_market *market)
{
    static uint8_t bytes[RECORD_GROUP][RECORD_LEAF_BYTES_MAX];
    struct hash_item leaves[RECORD_GROUP];
    struct hash out[RECORD_GROUP];
    uint64_t written = 0;
    for (uint32_t done = 0; done < COMMANDS; done += RECORD_GROUP) {
        for (uint32_t i = 0; i < RECORD_GROUP; i++) {
            size_t size = record_leaf_write(market->ledger, RECORD_INSTRUCTION, done + i, bytes[i]);
            leaves[i] = (struct hash_item){
                .domain = HASH_RECORD, .data = bytes[i], .size = size, .out = &out[i]};
        }
        hash_many(leaves, RECORD_GROUP);
        for (uint32_t i = 0; i < RECORD_GROUP; i++) {
            written += !hash_is_zero(&out[i]);
        }
    }
    return written == COMMANDS;
}

static size_t record_bytes(struct small_market *market)
{
    uint8_t bytes[RECORD_BYTES_MAX];
    struct bytes_writer writer;
    bytes_writer_init(&writer, bytes, sizeof bytes);
    record_encode(market->ledger, RECORD_INSTRUCTION, 0, &writer);
    return writer.size;
}

static const struct row_instruction example = {.sequence = 1,
                                               .party = "SELLDEFFXXX",
                                               .reference = "R1",
                                               .counterparty = "BUYRDEFFXXX",
                                               .account = "SECURITIES",
                                               .asset = "US0378331005",
                                               .movement = "DELI",
                                               .payment = "APMT",
                                               .currency = "EUR",
                                               .trade_date = "2026-11-17",
                                               .settlement_date = "2026-11-19",
                                               .status = "PEND",
                                               .reason = "LACK",
                                               .actor = ROW_ACTOR_OWNER,
                                               .quantity = 100,
                                               .amount = 150000,
                                               .since_height = 7,
                                               .since_ms = 1};

static size_t row_once(uint64_t sequence)
{
    uint8_t bytes[1024];
    struct row_instruction written = example;
    struct bytes_writer writer;
    written.sequence = sequence;
    bytes_writer_init(&writer, bytes, sizeof bytes);
    row_instruction_write(&writer, &written);
    figure_require(bytes_writer_ok(&writer), "a row cannot be written");
    return writer.size;
}

static uint64_t row_work(struct small_market *market)
{
    uint64_t written = 0;
    (void)market;
    for (uint32_t i = 0; i < COMMANDS; i++) {
        written += row_once(i) > 0;
    }
    return written == COMMANDS;
}

static void writing(struct small_market *market)
{
    size_t receipt = market->output.receipts[0].size;
    size_t event = market->output.events[0].size;
    size_t record = record_bytes(market);
    size_t list_row = row_once(0);
    row("receipt, encoded", "ns a receipt", work_ns(market, receipt_work, COMMANDS),
        machine_copy_ns(receipt), figure_label("a copy of its %zu bytes", receipt));
    row("receipt, decoded", "ns a receipt", work_ns(market, receipt_read_work, COMMANDS),
        machine_copy_ns(receipt), "the same");
    row("receipt's leaf, hashed", "ns a receipt", work_ns(market, leaf_work, COMMANDS),
        machine_hash_ns(receipt + SALT_SIZE), "one hash of its bytes and salt");
    row("event, encoded", "ns an event", work_ns(market, event_work, COMMANDS),
        machine_copy_ns(event), figure_label("a copy of its %zu bytes", event));
    row("instruction's record, encoded, salted, hashed", "ns a record",
        work_ns(market, record_work, COMMANDS),
        machine_hash_many_ns(record + SALT_SIZE + RECORD_PLACE_SIZE),
        figure_label("one of many hashes, of its %zu bytes and salt", record));
    row("row of a list, encoded", "ns a row", work_ns(market, row_work, COMMANDS),
        machine_copy_ns(list_row), figure_label("a copy of its %zu bytes", list_row));
}

/* Sums of a block's leaves. */
struct leaves {
    double receipt_bytes;
    double event_count;
    double event_bytes;
};

static void leaves_add(struct leaves *leaves, const struct ledger_output *output)
{
    for (uint32_t i = 0; i < output->receipt_count; i++) {
        leaves->receipt_bytes += output->receipts[i].size;
    }
    for (uint32_t i = 0; i < output->event_count; i++) {
        leaves->event_bytes += output->events[i].size;
        leaves->event_count++;
    }
}

/* What one instruction that is matched and settled comes to, both sides' blocks together. */
static void results(struct small_market *market)
{
    struct leaves leaves = {0};
    double bytes = (double)market->size / COMMANDS;
    leaves_add(&leaves, &market->output);
    small_market_sides(market, SMALL_MARKET_BUYER, 150000, 100000, COMMANDS);
    leaves_add(&leaves, &market->output);
    row("bytes of its receipt", "bytes each", leaves.receipt_bytes / (2 * COMMANDS), bytes,
        "its bytes in the envelope");
    row("bytes of its events", "bytes each", leaves.event_bytes / (2 * COMMANDS), bytes,
        "the same");
    row("number of its events", "each", leaves.event_count / (2 * COMMANDS), 0, "");
}

int main(void)
{
    static struct small_market market;
    figure_require(crypto_start() == CRYPTO_START_OK, "the cryptographic library fails");
    small_market_open(&market, 4 * COMMANDS);
    small_market_fund(&market);
    small_market_sides(&market, SMALL_MARKET_SELLER, 150000, 100000, COMMANDS);
    reading(&market);
    writing(&market);
    results(&market);
    small_market_close(&market);
    return 0;
}
