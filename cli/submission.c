#include "cli/submission.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/assert.h"
#include "cli/failure.h"
#include "cli/node.h"
#include "cli/submission_rows.h"
#include "host/clock.h"
#include "ledger/command/receipt.h"

#define CHUNK_SMALL       100ul
#define CHUNK_LARGE       1000ul
#define POLLED_MAX        16u
#define VALID_FOR_DEFAULT 3600ul
#define VALID_FOR_MAX     604800ul
#define POLL_FIRST_MS     3u
#define POLL_LAST_MS      60u
#define RESEND_AFTER_MS   3000u
#define BUSY_PAUSE_MS     50u
#define SPOOLED_REMARK    "what was signed is spooled: `tally submit --resume` sends the same bytes"

struct added {
    uint8_t *bytes;
    size_t size;
    uint32_t row;
};

/* How far an envelope has come in this run. */
struct progress {
    bool sent;
    bool final;
    bool done;
    uint64_t sent_us;
    uint64_t final_us;
    uint64_t unknown_since_ms; /* 0: the node knows it */
};

struct submission {
    struct cli *cli;
    char source[SPOOL_SOURCE_SIZE];
    char source_hash[2 * HASH_SIZE + 1]; /* empty: the commands did not come from files */
    struct added *added;
    uint32_t added_count;
    struct spool spool;
    struct progress *progress; /* one per spooled envelope */
    bool taken_up;             /* the spool was left by an earlier run */
    uint32_t known_count;      /* envelopes that a node had before they were handed in */
    struct submission_rows rows;
};

struct submission *submission_new(struct cli *cli, const char *source)
{
    struct submission *submission = calloc(1, sizeof *submission);

    TALLY_ASSERT(submission != NULL);
    submission->cli = cli;
    (void)snprintf(submission->source, sizeof submission->source, "%.199s", source);
    return submission;
}

void submission_free(struct submission *submission)
{
    for (uint32_t i = 0; i < submission->added_count; i++) {
        free(submission->added[i].bytes);
    }
    free(submission->added);
    free(submission->progress);
    submission_rows_free(&submission->rows);
    spool_close(&submission->spool);
    free(submission);
}

void submission_source(struct submission *submission, const struct hash *hash)
{
    (void)sodium_bin2hex(submission->source_hash, sizeof submission->source_hash, hash->bytes,
                         sizeof hash->bytes);
}

void submission_add(struct submission *submission, const struct command *command, uint32_t row)
{
    uint8_t bytes[COMMAND_BYTES_MAX];
    struct bytes_writer writer;
    struct added *added;

    bytes_writer_init(&writer, bytes, sizeof bytes);
    command_encode(command, &writer);
    TALLY_ASSERT(bytes_writer_ok(&writer));
    submission->added =
        realloc(submission->added, (submission->added_count + 1) * sizeof submission->added[0]);
    TALLY_ASSERT(submission->added != NULL);
    added = &submission->added[submission->added_count++];
    added->bytes = malloc(writer.size);
    TALLY_ASSERT(added->bytes != NULL);
    memcpy(added->bytes, bytes, writer.size);
    added->size = writer.size;
    added->row = row;
}

/* The same commands of the same party under the same key are the same submission: what was signed
 * with a key that is not accepted must not stand in the way of the right one. */
static void identity_of(const struct submission *submission, struct hash *out)
{
    struct hash_state state;
    struct public_key key;

    hash_begin(&state, HASH_SOURCE);
    hash_add(&state, submission->cli->genesis->chain_id.bytes, sizeof(struct hash));
    hash_add(&state, submission->cli->party.bic, sizeof submission->cli->party.bic);
    sign_key_public(submission->cli->signing, &key);
    hash_add(&state, key.bytes, sizeof key.bytes);
    for (uint32_t i = 0; i < submission->added_count; i++) {
        hash_add_u32(&state, (uint32_t)submission->added[i].size);
        hash_add(&state, submission->added[i].bytes, submission->added[i].size);
    }
    hash_end(&state, out);
}

/* Signs the commands from..from+count-1 and spools the envelope. */
static enum exit_code envelope_seal_one(struct submission *submission, uint32_t from,
                                        uint16_t count, uint64_t valid_until_ms)
{
    struct cli *cli = submission->cli;
    size_t capacity = ENVELOPE_HEAD_BYTES + SIGN_SIGNATURE_SIZE + count * (COMMAND_BYTES_MAX + 2u);
    uint8_t *buffer = malloc(capacity);
    uint32_t *rows = malloc(count * sizeof rows[0]);
    struct envelope_builder builder;
    struct nonce_secret nonce;
    struct public_key key;
    struct bic bic;
    struct hash id;
    size_t size = 0;
    bool good;
    enum exit_code code;

    TALLY_ASSERT(buffer != NULL && rows != NULL);
    randombytes_buf(nonce.bytes, sizeof nonce.bytes);
    sign_key_public(cli->signing, &key);
    good = bic_parse(cli->party.bic, strlen(cli->party.bic), &bic) &&
           envelope_begin(&builder, buffer, capacity, &cli->genesis->chain_id, &bic, &key, &nonce,
                          valid_until_ms);
    for (uint16_t i = 0; i < count && good; i++) {
        const struct added *added = &submission->added[from + i];
        rows[i] = added->row;
        good = envelope_append(&builder, added->bytes, added->size);
    }
    good = good && envelope_seal(&builder, cli->signing, &size, &id);
    code = good ? spool_add(&submission->spool, buffer, size, rows, count)
                : failure(EXIT_MALFORMED, cli->party.directory, "check bic in party.ini",
                          "no envelope can be made for party %s", cli->party.bic);
    free(buffer);
    free(rows);
    return code;
}

/* How the commands are cut into envelopes, and until when these are valid. */
struct sealing {
    unsigned long chunk;
    unsigned long valid_for;
};

/* Reads the options before anything is written, so that a wrong one leaves nothing in the spool. */
static enum exit_code sealing_read(const struct submission *submission, struct sealing *out)
{
    const struct options *options = &submission->cli->options;
    unsigned long chunk;

    /* small envelopes are final sooner, large ones cost less: some hundred for a large file */
    chunk = submission->added_count / 200u;
    chunk = chunk < CHUNK_SMALL ? CHUNK_SMALL : chunk;
    chunk = chunk > CHUNK_LARGE ? CHUNK_LARGE : chunk;
    if (!option_number(options, OPTION_CHUNK, 1, ENVELOPE_COMMAND_COUNT_MAX, chunk, &out->chunk) ||
        !option_number(options, OPTION_VALID_FOR, 1, VALID_FOR_MAX, VALID_FOR_DEFAULT,
                       &out->valid_for)) {
        return EXIT_USAGE;
    }
    if ((submission->added_count + out->chunk - 1) / out->chunk > SPOOL_ENVELOPES_MAX) {
        return failure(EXIT_USAGE, "--chunk", "use a larger one", "more than %u envelopes",
                       SPOOL_ENVELOPES_MAX);
    }
    return EXIT_DONE;
}

static enum exit_code envelopes_seal(struct submission *submission, const struct sealing *sealing)
{
    uint64_t valid_until_ms = clock_utc_ms() + sealing->valid_for * 1000u;
    enum exit_code code = EXIT_DONE;

    for (uint32_t from = 0; from < submission->added_count && code == EXIT_DONE;
         from += (uint32_t)sealing->chunk) {
        uint32_t left = submission->added_count - from;
        uint16_t count = (uint16_t)(left < sealing->chunk ? left : sealing->chunk);
        code = envelope_seal_one(submission, from, count, valid_until_ms);
    }
    return code == EXIT_DONE ? spool_complete(&submission->spool) : code;
}

/* Leaves the node that does not answer and goes to the next member; when all were tried, reports.
 */
static enum exit_code node_change(struct submission *submission, const char *why)
{
    struct cli *cli = submission->cli;
    unsigned count = cli->genesis->validator_count;
    unsigned left = cli->node_index;

    node_close(cli->node);
    cli->node = NULL;
    failure_mute(true);
    for (unsigned step = 1; step <= count && cli->node == NULL; step++) {
        unsigned next = (left + step) % count;
        if (cli->open_node(cli, next, &cli->node) == EXIT_DONE) {
            cli->node_index = next;
        }
    }
    failure_mute(false);
    if (cli->node == NULL) {
        return failure(EXIT_NODE_DOWN, submission->source, "see `tally network status`",
                       "no member's node can be reached");
    }
    (void)snprintf(cli->remark, sizeof cli->remark, "node %u: %s; node %u went on instead", left,
                   why, cli->node_index);
    return EXIT_DONE;
}

static enum exit_code answer_code(enum submit_answer answer)
{
    switch (answer) {
    case SUBMIT_RECEIVED:
    case SUBMIT_KNOWN:
        return EXIT_DONE;
    case SUBMIT_WRONG_SIGNATURE:
    case SUBMIT_UNKNOWN_KEY:
    case SUBMIT_WRONG_CHAIN:
        return EXIT_KEY;
    case SUBMIT_EXPIRED:
    case SUBMIT_TOO_FAR_AHEAD:
        return EXIT_EXPIRED;
    case SUBMIT_BUSY:
        return EXIT_TIMED_OUT;
    case SUBMIT_MALFORMED:
    case SUBMIT_TOO_LARGE:
        return EXIT_MALFORMED;
    }
    return EXIT_NODE_LIES;
}

/* An envelope that came too late may have been executed in time, by way of an earlier hand-in. If
 * not, it never will be, and the spool lets go of it. */
static enum exit_code envelope_expired(struct submission *submission, uint32_t index)
{
    struct cli *cli = submission->cli;
    struct request request = {.kind = REQUEST_OUTCOME,
                              .envelope_id = submission->spool.envelopes[index].id};
    enum exit_code code = node_ask(cli, cli->node, &request);

    if (code != EXIT_DONE || cli->node->reply.stage >= STAGE_ORDERED) {
        return code;
    }
    code = spool_remove(&submission->spool);
    failure_remark(NULL);
    return code != EXIT_DONE ? code
                             : failure(EXIT_EXPIRED, submission->source,
                                       "submit it again: what was done in time is answered ALREADY",
                                       "what was signed is no longer valid and was dropped");
}

/* Hands one envelope in: waits while the node is busy, changes the node when it is gone. */
static enum exit_code envelope_send(struct submission *submission, uint32_t index)
{
    struct cli *cli = submission->cli;
    const struct spooled *spooled = &submission->spool.envelopes[index];
    uint64_t deadline_ms = clock_monotonic_ms() + cli->timeout_ms;
    unsigned changes = 0;

    for (;;) {
        struct request request = {.kind = REQUEST_SUBMIT,
                                  .envelope = spooled->bytes,
                                  .envelope_size = (uint32_t)spooled->size};
        const char *why = "";
        enum exit_code code = node_try(cli, cli->node, &request, &why);
        if (code == EXIT_DONE && cli->node->reply.submitted != SUBMIT_BUSY) {
            enum submit_answer answer = cli->node->reply.submitted;
            code = answer_code(answer);
            if (answer == SUBMIT_EXPIRED) {
                return envelope_expired(submission, index);
            }
            submission->known_count += answer == SUBMIT_KNOWN ? 1u : 0u;
            return code == EXIT_DONE ? EXIT_DONE
                                     : failure(code, submission->source, submit_answer_hint(answer),
                                               "%s", submit_answer_text(answer));
        }
        if (clock_monotonic_ms() >= deadline_ms) {
            return failure(EXIT_TIMED_OUT, submission->source, "try again later",
                           "the node stays busy");
        }
        if (code != EXIT_DONE) {
            if (++changes > cli->genesis->validator_count) {
                return failure(code, submission->source, node_hint(code),
                               "all members were tried; of the last one: %s", why);
            }
            code = node_change(submission, why);
            if (code != EXIT_DONE) {
                return code;
            }
        } else {
            clock_sleep_ms(BUSY_PAUSE_MS);
        }
    }
}

static void progress_show(const struct submission *submission, uint32_t sent, uint32_t done)
{
    const struct cli *cli = submission->cli;

    if (!cli->quiet && cli->terminal && submission->spool.count > 1) {
        char bar[31];
        uint32_t filled = 30 * done / submission->spool.count;
        memset(bar, '.', 30);
        memset(bar, '#', filled);
        bar[30] = 0;
        (void)fprintf(stderr, "\r[%s] %u of %u envelopes sent, %u final and certified ", bar,
                      (unsigned)sent, (unsigned)submission->spool.count, (unsigned)done);
        (void)fputs(done == submission->spool.count ? "\n" : "", stderr);
    }
}

/* Fetches and verifies the receipts of a certified envelope. */
static enum exit_code receipts_fetch(struct submission *submission, uint32_t index, uint16_t total)
{
    struct cli *cli = submission->cli;
    const struct spooled *spooled = &submission->spool.envelopes[index];

    for (uint16_t first = 0; first < total;) {
        uint16_t left = (uint16_t)(total - first);
        struct request request = {
            .kind = REQUEST_OUTCOME,
            .envelope_id = spooled->id,
            .first_command = first,
            .command_count =
                left < REQUEST_OUTCOME_RECEIPTS_MAX ? left : REQUEST_OUTCOME_RECEIPTS_MAX,
        };
        enum exit_code code = node_ask(cli, cli->node, &request);
        if (code == EXIT_DONE && (cli->node->reply.leaf_count == 0 ||
                                  !hash_equal(&cli->node->reply.envelope_id, &spooled->id))) {
            code = node_lies(cli->node, "it certified an envelope and then withheld its receipts");
        }
        if (code == EXIT_DONE) {
            code = submission_rows_take(&submission->rows, cli, cli->node, spooled);
        }
        if (code != EXIT_DONE) {
            return code;
        }
        first = (uint16_t)(first + cli->node->reply.leaf_count);
    }
    return EXIT_DONE;
}

/* Asks how far one envelope is, and does what follows from it. */
static enum exit_code envelope_poll(struct submission *submission, uint32_t index)
{
    struct cli *cli = submission->cli;
    struct progress *progress = &submission->progress[index];
    struct request request = {.kind = REQUEST_OUTCOME,
                              .envelope_id = submission->spool.envelopes[index].id};
    const char *why = "";
    enum exit_code code = node_try(cli, cli->node, &request, &why);
    const struct reply *reply = &cli->node->reply;

    if (code == EXIT_NODE_DOWN || code == EXIT_TIMED_OUT) {
        return node_change(submission, why);
    }
    if (code != EXIT_DONE) {
        return node_lies(cli->node, why);
    }
    if (reply->stage >= STAGE_ORDERED && !progress->final) {
        progress->final = true;
        progress->final_us = clock_monotonic_us();
    }
    if (reply->stage == STAGE_CERTIFIED) {
        code = receipts_fetch(submission, index, reply->receipt_total);
        progress->done = code == EXIT_DONE;
        return code;
    }
    if (reply->stage != STAGE_UNKNOWN) {
        progress->unknown_since_ms = 0;
        return EXIT_DONE;
    }
    /* another member may not have it yet; if it stays so, the first one never passed it on */
    if (progress->unknown_since_ms == 0) {
        progress->unknown_since_ms = clock_monotonic_ms();
    } else if (clock_monotonic_ms() - progress->unknown_since_ms > RESEND_AFTER_MS) {
        progress->unknown_since_ms = 0;
        return envelope_send(submission, index);
    }
    return EXIT_DONE;
}

/* Asks for the oldest few that are not done; later ones can hardly be final before them. */
static enum exit_code outcomes_poll(struct submission *submission, uint32_t *done)
{
    unsigned polled = 0;

    *done = 0;
    for (uint32_t i = 0; i < submission->spool.count; i++) {
        if (!submission->progress[i].done && polled < POLLED_MAX) {
            enum exit_code code = envelope_poll(submission, i);
            if (code != EXIT_DONE) {
                return code;
            }
            polled++;
        }
        *done += submission->progress[i].done ? 1u : 0u;
    }
    return EXIT_DONE;
}

static enum exit_code outcomes_await(struct submission *submission)
{
    uint64_t moved_ms = clock_monotonic_ms();
    uint32_t count = submission->spool.count;
    uint32_t done = 0;
    unsigned pause_ms = POLL_FIRST_MS;

    while (done < count) {
        uint32_t before = done;
        enum exit_code code = outcomes_poll(submission, &done);
        if (code != EXIT_DONE) {
            return code;
        }
        progress_show(submission, count, done);
        if (done > before) {
            moved_ms = clock_monotonic_ms();
            pause_ms = POLL_FIRST_MS;
        } else if (clock_monotonic_ms() - moved_ms > submission->cli->timeout_ms) {
            return failure(EXIT_TIMED_OUT, submission->source, "see `tally network status`",
                           "%u of %u envelopes have no certified outcome yet",
                           (unsigned)(count - done), (unsigned)count);
        }
        if (done < count) {
            clock_sleep_ms(pause_ms);
            pause_ms = pause_ms * 3 / 2 < POLL_LAST_MS ? pause_ms * 3 / 2 + 1 : POLL_LAST_MS;
        }
    }
    return EXIT_DONE;
}

static enum exit_code spooled_hand_in(struct submission *submission)
{
    enum exit_code code = cli_node(submission->cli);

    submission->progress = calloc(submission->spool.count + 1, sizeof submission->progress[0]);
    TALLY_ASSERT(submission->progress != NULL);
    for (uint32_t i = 0; i < submission->spool.count && code == EXIT_DONE; i++) {
        submission->progress[i].sent_us = clock_monotonic_us();
        code = envelope_send(submission, i);
        submission->progress[i].sent = code == EXIT_DONE;
        progress_show(submission, i + 1, 0);
    }
    if (code != EXIT_DONE || option_given(&submission->cli->options, OPTION_NO_WAIT)) {
        return code;
    }
    code = outcomes_await(submission);
    return code == EXIT_DONE ? spool_remove(&submission->spool) : code;
}

/* Sends what is spooled, waits, and clears the spool. Whatever fails, the spool is mentioned. */
static enum exit_code spooled_run(struct submission *submission)
{
    enum exit_code code;

    failure_remark(SPOOLED_REMARK);
    code = spooled_hand_in(submission);
    failure_remark(NULL);
    return code;
}

enum exit_code submission_run(struct submission *submission)
{
    struct cli *cli = submission->cli;
    char kept[SPOOL_SOURCE_SIZE];
    struct hash identity;
    struct sealing sealing;
    enum exit_code code = cli_genesis_load(cli);

    if (code == EXIT_DONE) {
        code = cli_unlock(cli);
    }
    if (code == EXIT_DONE) {
        code = sealing_read(submission, &sealing);
    }
    if (code != EXIT_DONE || submission->added_count == 0) {
        return code;
    }
    identity_of(submission, &identity);
    (void)snprintf(kept, sizeof kept, "%.120s%s%s", submission->source,
                   submission->source_hash[0] == 0 ? "" : " ", submission->source_hash);
    code = spool_open(&submission->spool, cli->party.directory, &identity, kept);
    submission->taken_up = code == EXIT_DONE && submission->spool.count > 0;
    if (code == EXIT_DONE && !submission->taken_up) {
        code = envelopes_seal(submission, &sealing);
    }
    return code == EXIT_DONE ? spooled_run(submission) : code;
}

/* What was interrupted before anything was sent is none of the user's business: no outcome, no
 * table. */
static enum exit_code named_resume(struct cli *cli, const char *name)
{
    struct submission *submission = submission_new(cli, name);
    enum exit_code code = spool_open_named(&submission->spool, cli->party.directory, name);

    if (code == EXIT_DONE && submission->spool.count > 0) {
        (void)snprintf(submission->source, sizeof submission->source, "%s",
                       submission->spool.source);
        submission->taken_up = true;
        code = spooled_run(submission);
        if (code == EXIT_DONE && !option_given(&cli->options, OPTION_NO_WAIT)) {
            code = submission_finish(submission);
        }
    }
    submission_free(submission);
    return code;
}

enum exit_code submission_resume(struct cli *cli)
{
    char names[64][SPOOL_NAME_SIZE];
    enum exit_code worst = EXIT_DONE;
    enum exit_code code = cli_party_load(cli);
    unsigned count;

    if (code != EXIT_DONE) {
        return code;
    }
    count = spool_list(cli->party.directory, names, 64);
    if (count == 0 && !cli->quiet) {
        (void)fprintf(stderr, "the spool is empty: nothing is left to send\n");
    }
    for (unsigned i = 0; i < count; i++) {
        code = named_resume(cli, names[i]);
        worst = code != EXIT_DONE ? code : worst;
    }
    return worst;
}

static int compare_u64(const void *a, const void *b)
{
    uint64_t left, right;

    memcpy(&left, a, sizeof left);
    memcpy(&right, b, sizeof right);
    return left < right ? -1 : left > right;
}

void submission_totals(const struct submission *submission, struct submission_totals *out)
{
    uint32_t count = submission->progress == NULL ? 0 : submission->spool.count;
    uint64_t *times = malloc((count + 1) * sizeof times[0]);
    uint32_t finals = 0;

    TALLY_ASSERT(times != NULL);
    memset(out, 0, sizeof *out);
    submission_rows_count(&submission->rows, out);
    for (uint32_t i = 0; i < count; i++) {
        if (submission->progress[i].final) {
            times[finals++] = submission->progress[i].final_us - submission->progress[i].sent_us;
        }
    }
    if (finals > 0) {
        qsort(times, finals, sizeof times[0], compare_u64);
        out->final_p50_us = times[(finals - 1) / 2];
        out->final_p99_us = times[(finals - 1) * 99 / 100];
    }
    free(times);
}

enum exit_code submission_finish(struct submission *submission)
{
    struct submission_totals totals;
    enum exit_code code;

    submission_totals(submission, &totals);
    submission_rows_show(&submission->rows, submission->cli, submission->source,
                         submission->source_hash, &totals);
    code = submission_rows_report(&submission->rows, submission->source);
    if (code == EXIT_DONE && submission->taken_up && submission->rows.count > 0 &&
        submission->known_count >= submission->spool.count) {
        code = failure(EXIT_ALREADY, submission->source, "the outcomes are those of the first time",
                       "it was handed in before; nothing was done twice");
    }
    return code;
}
