#include "cli/spool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "cli/failure.h"

#define MAGIC          "TALLYSP1"
#define MAGIC_SIZE     8u
#define FILE_BYTES_MAX (MAGIC_SIZE + 2u + 4u * ENVELOPE_COMMAND_COUNT_MAX + ENVELOPE_BYTES_MAX)

static enum exit_code file_failure(const char *path, enum file_status status)
{
    return failure(EXIT_FILES, path, file_status_hint(status), "%s", file_status_text(status));
}

static void envelope_path(const struct spool *spool, uint32_t index, char out[FILE_PATH_SIZE_MAX])
{
    (void)snprintf(out, FILE_PATH_SIZE_MAX, "%.1000s/%04u.envelope", spool->directory,
                   (unsigned)index);
}

static void source_path(const struct spool *spool, char out[FILE_PATH_SIZE_MAX])
{
    (void)snprintf(out, FILE_PATH_SIZE_MAX, "%.1000s/source", spool->directory);
}

static void spooled_append(struct spool *spool, const struct spooled *spooled)
{
    spool->envelopes = realloc(spool->envelopes, (spool->count + 1) * sizeof spool->envelopes[0]);
    TALLY_ASSERT(spool->envelopes != NULL);
    spool->envelopes[spool->count++] = *spooled;
}

void spooled_free(struct spooled *spooled)
{
    free(spooled->bytes);
    free(spooled->rows);
    spooled->bytes = NULL;
    spooled->rows = NULL;
}

static void *copied(const void *data, size_t size)
{
    void *copy = malloc(size > 0 ? size : 1);

    TALLY_ASSERT(copy != NULL);
    memcpy(copy, data, size);
    return copy;
}

bool spooled_decode(const void *data, size_t size, struct spooled *out)
{
    struct bytes_reader reader;
    struct envelope envelope;
    uint8_t magic[MAGIC_SIZE];
    const uint8_t *bytes;

    memset(out, 0, sizeof *out);
    bytes_reader_init(&reader, data, size);
    bytes_read_copy(&reader, magic, sizeof magic);
    out->command_count = bytes_read_u16(&reader);
    if (reader.failed || memcmp(magic, MAGIC, MAGIC_SIZE) != 0) {
        return false;
    }
    out->rows = malloc((out->command_count + 1u) * sizeof out->rows[0]);
    TALLY_ASSERT(out->rows != NULL);
    for (uint16_t i = 0; i < out->command_count; i++) {
        out->rows[i] = bytes_read_u32(&reader);
    }
    out->size = bytes_reader_left(&reader);
    bytes = bytes_read_view(&reader, out->size);
    if (reader.failed || envelope_decode(&envelope, bytes, out->size) != ENVELOPE_OK ||
        envelope.command_count != out->command_count) {
        spooled_free(out);
        return false;
    }
    out->bytes = copied(bytes, out->size);
    out->id = envelope.id;
    return true;
}

static enum exit_code envelopes_load(struct spool *spool)
{
    char path[FILE_PATH_SIZE_MAX];
    uint8_t *content = malloc(FILE_BYTES_MAX);
    enum exit_code code = EXIT_DONE;

    TALLY_ASSERT(content != NULL);
    for (uint32_t i = 0; i < SPOOL_ENVELOPES_MAX && code == EXIT_DONE; i++) {
        struct spooled spooled;
        size_t size;
        enum file_status status;
        envelope_path(spool, i, path);
        status = file_read_all(file_system_posix(), path, content, FILE_BYTES_MAX, &size);
        if (status == FILE_NOT_FOUND) {
            break;
        }
        if (status != FILE_OK) {
            code = file_failure(path, status);
        } else if (!spooled_decode(content, size, &spooled)) {
            code = failure(EXIT_MALFORMED, path, "remove it and submit the source again",
                           "this is not a spooled envelope");
        } else {
            spooled_append(spool, &spooled);
        }
    }
    free(content);
    return code;
}

/* Removes what a run left that was interrupted before anything was sent. */
static void leftovers_remove(const struct spool *spool)
{
    char path[FILE_PATH_SIZE_MAX];
    enum file_status status = FILE_OK;

    for (uint32_t i = 0; i < SPOOL_ENVELOPES_MAX && status == FILE_OK; i++) {
        envelope_path(spool, i, path);
        status = file_unlink(file_system_posix(), path);
    }
}

/* Without the `source` file, written last, the set may not be whole: nothing of it was sent. */
static enum exit_code spool_load(struct spool *spool)
{
    char path[FILE_PATH_SIZE_MAX];
    size_t size = 0;
    enum file_status status;

    source_path(spool, path);
    status =
        file_read_all(file_system_posix(), path, spool->source, sizeof spool->source - 1, &size);
    if (status == FILE_NOT_FOUND) {
        leftovers_remove(spool);
        return EXIT_DONE;
    }
    if (status != FILE_OK) {
        return file_failure(path, status);
    }
    spool->source[size] = 0;
    return envelopes_load(spool);
}

static enum exit_code directory_make(const char *path)
{
    enum file_status status = directory_create(file_system_posix(), path);

    return status == FILE_OK ? EXIT_DONE : file_failure(path, status);
}

enum exit_code spool_open_named(struct spool *spool, const char *party_directory, const char *name)
{
    enum exit_code code;

    memset(spool, 0, sizeof *spool);
    (void)snprintf(spool->directory, sizeof spool->directory, "%.900s/spool", party_directory);
    code = directory_make(spool->directory);
    if (code != EXIT_DONE) {
        return code;
    }
    (void)snprintf(spool->directory, sizeof spool->directory, "%.900s/spool/%s", party_directory,
                   name);
    code = directory_make(spool->directory);
    return code == EXIT_DONE ? spool_load(spool) : code;
}

enum exit_code spool_open(struct spool *spool, const char *party_directory,
                          const struct hash *identity, const char *source)
{
    char name[SPOOL_NAME_SIZE];
    enum exit_code code;

    for (unsigned i = 0; i < 16; i++) {
        (void)snprintf(name + 2 * i, 3, "%02x", identity->bytes[i]);
    }
    code = spool_open_named(spool, party_directory, name);
    if (code == EXIT_DONE && spool->count == 0) {
        (void)snprintf(spool->source, sizeof spool->source, "%s", source);
    }
    return code;
}

enum exit_code spool_add(struct spool *spool, const void *envelope, size_t size,
                         const uint32_t *rows, uint16_t row_count)
{
    char path[FILE_PATH_SIZE_MAX];
    struct bytes_writer writer;
    struct spooled spooled;
    enum file_status status;
    bool decoded;
    uint8_t *content = malloc(FILE_BYTES_MAX);

    TALLY_ASSERT(content != NULL);
    TALLY_ASSERT(spool->count < SPOOL_ENVELOPES_MAX);
    bytes_writer_init(&writer, content, FILE_BYTES_MAX);
    bytes_write_copy(&writer, MAGIC, MAGIC_SIZE);
    bytes_write_u16(&writer, row_count);
    for (uint16_t i = 0; i < row_count; i++) {
        bytes_write_u32(&writer, rows[i]);
    }
    bytes_write_copy(&writer, envelope, size);
    TALLY_ASSERT(bytes_writer_ok(&writer));
    decoded = spooled_decode(content, writer.size, &spooled);
    TALLY_ASSERT(decoded);
    envelope_path(spool, spool->count, path);
    status = file_replace(file_system_posix(), path, content, writer.size);
    free(content);
    spooled_append(spool, &spooled);
    return status == FILE_OK ? EXIT_DONE : file_failure(path, status);
}

enum exit_code spool_complete(struct spool *spool)
{
    char path[FILE_PATH_SIZE_MAX];
    enum file_status status;

    source_path(spool, path);
    status = file_replace(file_system_posix(), path, spool->source, strlen(spool->source));
    return status == FILE_OK ? EXIT_DONE : file_failure(path, status);
}

enum exit_code spool_remove(struct spool *spool)
{
    char path[FILE_PATH_SIZE_MAX];
    enum file_status status;

    /* `source` first: what is left of an interrupted removal then counts as nothing */
    source_path(spool, path);
    status = file_unlink(file_system_posix(), path);
    for (uint32_t i = 0; i < spool->count && status == FILE_OK; i++) {
        envelope_path(spool, i, path);
        status = file_unlink(file_system_posix(), path);
    }
    if (status == FILE_OK && remove(spool->directory) != 0) {
        status = FILE_IO;
    }
    return status == FILE_OK ? EXIT_DONE : file_failure(spool->directory, status);
}

void spool_close(struct spool *spool)
{
    if (spool->count == 0 && spool->directory[0] != 0) {
        (void)remove(spool->directory); /* if it is empty: nothing was signed */
    }
    for (uint32_t i = 0; i < spool->count; i++) {
        spooled_free(&spool->envelopes[i]);
    }
    free(spool->envelopes);
    spool->envelopes = NULL;
    spool->count = 0;
}

struct lister {
    char (*names)[SPOOL_NAME_SIZE];
    unsigned max;
    unsigned count;
};

static void list_one(void *context, const char *name)
{
    struct lister *lister = context;

    if (strlen(name) == SPOOL_NAME_SIZE - 1 && lister->count < lister->max) {
        strcpy(lister->names[lister->count++], name);
    }
}

static int name_compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

unsigned spool_list(const char *party_directory, char names[][SPOOL_NAME_SIZE], unsigned max)
{
    char path[FILE_PATH_SIZE_MAX];
    struct lister lister = {.names = names, .max = max};

    (void)snprintf(path, sizeof path, "%.1000s/spool", party_directory);
    if (directory_list(file_system_posix(), path, list_one, &lister) != FILE_OK) {
        return 0;
    }
    qsort(names, lister.count, SPOOL_NAME_SIZE, name_compare);
    return lister.count;
}
