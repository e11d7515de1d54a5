/*
 * cli/spool.h - what was signed and not yet answered for, kept on disk.
 *
 * Problem. A submission can be interrupted at any moment: power, network, an impatient operator.
 * Signing the same rows anew would be answered correctly by the ledger (it compares content), but a
 * person who asks "has it been sent?" deserves better than "send it and see".
 *
 * Rule. Envelopes are written here, synced, before the first one is sent, and removed when all are
 * answered for. Whoever submits the same source again, or says `submit --resume`, sends the very
 * same bytes, to whichever member answers. A submission is a directory named by its identity (hash
 * of party and source), with one file per envelope:
 *
 *     party/spool/5f0c9a.../0000.envelope     "TALLYSP1" | u16 count | count rows u32 | envelope
 *                           source            the source's name, for people
 */
#ifndef TALLY_CLI_SPOOL_H
#define TALLY_CLI_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/exit_code.h"
#include "crypto/hash.h"
#include "host/file.h"
#include "ledger/command/envelope.h"

#define SPOOL_ENVELOPES_MAX 4096u
#define SPOOL_NAME_SIZE     33u
#define SPOOL_SOURCE_SIZE   200u

/* One spooled envelope, owned by the list it is in. */
struct spooled {
    uint8_t *bytes;
    size_t size;
    struct hash id;
    uint16_t command_count;
    uint32_t *rows; /* the source's row of each command, from 1 */
};

struct spool {
    char directory[FILE_PATH_SIZE_MAX]; /* of this submission */
    char source[SPOOL_SOURCE_SIZE];
    struct spooled *envelopes;
    uint32_t count;
};

/* Opens the submission of this identity below the party's directory: makes its directory, or takes
 * in what an interrupted run left (then spool->count > 0 and nothing is to be signed). Reports
 * failures. */
enum exit_code spool_open(struct spool *spool, const char *party_directory,
                          const struct hash *identity, const char *source);
/* The same for a submission found by spool_each. */
enum exit_code spool_open_named(struct spool *spool, const char *party_directory, const char *name);

/* Adds an envelope, copied, and makes it durable before it returns. */
enum exit_code spool_add(struct spool *spool, const void *envelope, size_t size,
                         const uint32_t *rows, uint16_t row_count);
/* All envelopes are there: from now on a resumed run may rely on the set being whole. */
enum exit_code spool_complete(struct spool *spool);

/* Removes the submission from disk: everything is answered for. */
enum exit_code spool_remove(struct spool *spool);
/* Frees the memory. What was spooled stays on disk; a folder in which nothing was, goes. */
void spool_close(struct spool *spool);

/* Takes a spool file's content apart; false when it is not what spool_add wrote. *out is the
 * caller's, to be given back with spooled_free. */
bool spooled_decode(const void *data, size_t size, struct spooled *out);
void spooled_free(struct spooled *spooled);

/* Names of the submissions that an interrupted run left, at most `max`; returns how many. */
unsigned spool_list(const char *party_directory, char names[][SPOOL_NAME_SIZE], unsigned max);

#endif
