/*
 * journal.c: see journal.h. Names, rotation and the judgement of what was found; the bytes are
 * record_file.c's.
 *
 * Not deterministic: the instance id (random) and the disk.
 */
#include "node/journal.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "node/record_file.h"

STATUS_DEFINE(journal_status, JOURNAL_STATUS_LIST)

enum {
    KIND_JOURNAL = 1,
    NAME_SIZE = 40,
};

struct journal {
    const struct file_system *system;
    char directory[FILE_PATH_SIZE_MAX];
    char path[FILE_PATH_SIZE_MAX]; /* of the current file */
    struct hash owner;
    struct file lock;
    struct file mark;
    struct record_file records;
};

void journal_mark_encode(const struct journal_mark *mark, uint8_t bytes[JOURNAL_MARK_SIZE])
{
    memcpy(bytes, mark->instance, sizeof(mark->instance));
    bytes_put_u64(bytes + sizeof(mark->instance), mark->number);
}

void journal_mark_decode(struct journal_mark *mark, const uint8_t bytes[JOURNAL_MARK_SIZE])
{
    memcpy(mark->instance, bytes, sizeof(mark->instance));
    mark->number = bytes_get_u64(bytes + sizeof(mark->instance));
}

static enum journal_status status_of(enum file_status status)
{
    switch (status) {
    case FILE_OK:
        return JOURNAL_OK;
    case FILE_FULL:
        return JOURNAL_FULL;
    case FILE_LOCKED:
        return JOURNAL_LOCKED;
    case FILE_TOO_LARGE:
        return JOURNAL_TOO_LARGE;
    default:
        return JOURNAL_IO;
    }
}

/* Whose journal it is: one key on one chain. */
static void owner_of(struct hash *owner, const struct hash *chain_id, const struct public_key *key)
{
    struct hash_state state;
    hash_begin(&state, HASH_JOURNAL);
    hash_add(&state, chain_id->bytes, sizeof(chain_id->bytes));
    hash_add(&state, key->bytes, sizeof(key->bytes));
    hash_end(&state, owner);
}

/* ---- Names ------------------------------------------------------------------------------ */

static enum file_status path_of(const struct journal *journal, uint64_t file_number,
                                const char *suffix, char path[FILE_PATH_SIZE_MAX])
{
    char name[NAME_SIZE];
    (void)snprintf(name, sizeof(name), "journal-%016llx.log%s", (unsigned long long)file_number,
                   suffix);
    return file_path_join(path, journal->directory, name);
}

/* The file number in a name, or 0 if it is not a journal's. */
static uint64_t number_of_name(const char *name)
{
    static const char digits[] = "0123456789abcdef";
    if (strlen(name) != strlen("journal-0123456789abcdef.log") ||
        strncmp(name, "journal-", 8) != 0 || strcmp(name + 24, ".log") != 0) {
        return 0;
    }
    uint64_t number = 0;
    for (size_t i = 8; i < 24; i++) {
        const char *digit = strchr(digits, name[i]);
        if (digit == NULL) {
            return 0;
        }
        number = number << 4 | (uint64_t)(digit - digits);
    }
    return number;
}

struct listing {
    uint64_t newest;
    uint64_t second; /* an older one that a crash during rotation left behind; 0: none */
    uint32_t count;
};

static void listing_add(void *context, const char *name)
{
    struct listing *listing = context;
    uint64_t number = number_of_name(name);
    if (number == 0) {
        return;
    }
    listing->count += 1;
    if (number > listing->newest) {
        listing->second = listing->newest;
        listing->newest = number;
    } else if (number > listing->second) {
        listing->second = number;
    }
}

/* ---- Opening ---------------------------------------------------------------------------- */

/* Allocates, and opens lock and mark. On JOURNAL_OK *out is locked; else there is nothing. */
static enum journal_status journal_begin(const struct file_system *system, const char *directory,
                                         const struct hash *chain_id, const struct public_key *key,
                                         struct journal **out)
{
    *out = NULL;
    struct journal *journal = calloc(1, sizeof(*journal));
    if (journal == NULL || strlen(directory) >= FILE_PATH_SIZE_MAX) {
        free(journal);
        return JOURNAL_IO;
    }
    journal->system = system;
    memcpy(journal->directory, directory, strlen(directory) + 1);
    owner_of(&journal->owner, chain_id, key);
    file_init(&journal->lock);
    file_init(&journal->mark);
    file_init(&journal->records.file);
    char path[FILE_PATH_SIZE_MAX];
    enum file_status status = file_path_join(path, directory, "lock");
    if (status == FILE_OK) {
        status = file_open(&journal->lock, system, path, FILE_WRITE_CREATE);
    }
    if (status == FILE_OK) {
        status = file_lock(&journal->lock);
    }
    if (status == FILE_OK) {
        status = file_path_join(path, directory, "mark");
    }
    if (status == FILE_OK) {
        status = file_open(&journal->mark, system, path, FILE_WRITE_CREATE);
    }
    if (status != FILE_OK) {
        journal_close(journal);
        return status_of(status);
    }
    *out = journal;
    return JOURNAL_OK;
}

/* Gives a finished file its name for good. */
static enum file_status journal_publish(const struct journal *journal, const char *fresh,
                                        const char *path)
{
    enum file_status status = file_rename(journal->system, fresh, path);
    return status == FILE_OK ? directory_sync(journal->system, journal->directory) : status;
}

/* Starts file `number` under a temporary name, which is written to `fresh`. */
static enum file_status journal_file_begin(const struct journal *journal,
                                           const struct record_file_header *header,
                                           struct record_file *records,
                                           char fresh[FILE_PATH_SIZE_MAX])
{
    enum file_status status = path_of(journal, header->file_number, ".new", fresh);
    if (status != FILE_OK) {
        return status;
    }
    status = file_unlink(journal->system, fresh); /* a crash may have left one */
    if (status != FILE_OK && status != FILE_NOT_FOUND) {
        return status;
    }
    return record_file_create(records, journal->system, fresh, header);
}

enum journal_status journal_create(const struct file_system *system, const char *directory,
                                   const struct hash *chain_id, const struct public_key *key,
                                   struct journal **journal)
{
    *journal = NULL;
    enum file_status status = directory_create(system, directory);
    if (status != FILE_OK) {
        return status_of(status);
    }
    struct journal *made = NULL;
    enum journal_status result = journal_begin(system, directory, chain_id, key, &made);
    if (result != JOURNAL_OK) {
        return result;
    }
    struct listing listing = {0, 0, 0};
    status = directory_list(system, directory, listing_add, &listing);
    if (status != FILE_OK || listing.count > 0) {
        journal_close(made);
        return status != FILE_OK ? status_of(status) : JOURNAL_EXISTS;
    }
    struct record_file_header header = {
        .kind = KIND_JOURNAL, .owner = made->owner, .file_number = 1, .first_number = 1};
    randombytes_buf(header.instance, sizeof(header.instance));
    char fresh[FILE_PATH_SIZE_MAX];
    status = path_of(made, 1, "", made->path);
    if (status == FILE_OK) {
        status = journal_file_begin(made, &header, &made->records, fresh);
    }
    if (status == FILE_OK) {
        status = journal_publish(made, fresh, made->path);
    }
    if (status != FILE_OK) {
        journal_close(made);
        return status_of(status);
    }
    record_mark_write(&made->mark, &made->records);
    *journal = made;
    return JOURNAL_OK;
}

struct replay {
    journal_visit *visit;
    void *context;
};

static bool replay_record(void *context, uint64_t number, uint64_t offset, const uint8_t *body,
                          size_t size)
{
    (void)offset;
    const struct replay *replay = context;
    if (replay->visit != NULL) {
        replay->visit(replay->context, number, body, size);
    }
    return true;
}

/* Judges what reading the file gave. */
static enum journal_status journal_judge(const struct journal *journal, enum record_check check,
                                         const struct journal_mark *expected)
{
    switch (check) {
    case RECORD_OK:
    case RECORD_TORN_TAIL:
        break;
    case RECORD_FOREIGN:
        return JOURNAL_FOREIGN;
    case RECORD_LOST:
    case RECORD_HEADER:
        return JOURNAL_LOST;
    case RECORD_STOPPED:
    case RECORD_IO:
    case RECORD_MEMORY:
        return JOURNAL_IO;
    }
    const struct record_file *records = &journal->records;
    if (expected != NULL &&
        (memcmp(expected->instance, records->header.instance, sizeof(expected->instance)) != 0 ||
         expected->number > records->durable_number)) {
        return JOURNAL_ROLLED_BACK;
    }
    return JOURNAL_OK;
}

enum journal_status journal_open(const struct file_system *system, const char *directory,
                                 const struct hash *chain_id, const struct public_key *key,
                                 const struct journal_mark *expected, journal_visit *visit,
                                 void *context, struct journal **journal)
{
    *journal = NULL;
    struct listing listing = {0, 0, 0};
    enum file_status status = directory_list(system, directory, listing_add, &listing);
    if (status == FILE_NOT_FOUND || (status == FILE_OK && listing.count == 0)) {
        return JOURNAL_MISSING;
    }
    if (status != FILE_OK) {
        return status_of(status);
    }
    struct journal *opened = NULL;
    enum journal_status result = journal_begin(system, directory, chain_id, key, &opened);
    if (result != JOURNAL_OK) {
        return result;
    }
    struct record_file_identity identity = {KIND_JOURNAL, opened->owner, listing.newest};
    struct replay replay = {visit, context};
    struct record_scan scan;
    enum record_check check = RECORD_IO;
    if (path_of(opened, listing.newest, "", opened->path) == FILE_OK) {
        check = record_file_open(&opened->records, system, opened->path, &identity, &opened->mark,
                                 replay_record, &replay, &scan);
    }
    result = journal_judge(opened, check, expected);
    if (result != JOURNAL_OK) {
        journal_close(opened);
        return result;
    }
    char older[FILE_PATH_SIZE_MAX];
    if (listing.second != 0 && path_of(opened, listing.second, "", older) == FILE_OK) {
        status = file_unlink(system, older); /* all that lived in it is in the newest */
        (void)status;
    }
    record_mark_write(&opened->mark, &opened->records);
    *journal = opened;
    return JOURNAL_OK;
}

void journal_close(struct journal *journal)
{
    if (journal == NULL) {
        return;
    }
    record_file_close(&journal->records);
    file_close(&journal->mark);
    file_close(&journal->lock);
    free(journal);
}

/* ---- Writing ---------------------------------------------------------------------------- */

enum journal_status journal_append(struct journal *journal, const void *record, size_t size,
                                   uint64_t *number)
{
    if (size > JOURNAL_RECORD_SIZE_MAX) {
        return JOURNAL_TOO_LARGE;
    }
    return status_of(record_file_append(&journal->records, record, size, NULL, 0, number, NULL));
}

enum journal_status journal_sync(struct journal *journal)
{
    bool something = journal->records.pending_size > 0;
    enum file_status status = record_file_sync(&journal->records);
    if (status == FILE_OK && something) {
        record_mark_write(&journal->mark, &journal->records);
    }
    return status_of(status);
}

uint64_t journal_durable(const struct journal *journal)
{
    return journal->records.durable_number;
}

void journal_mark_read(const struct journal *journal, struct journal_mark *mark)
{
    memcpy(mark->instance, journal->records.header.instance, sizeof(mark->instance));
    mark->number = journal->records.durable_number;
}

uint64_t journal_size(const struct journal *journal)
{
    return journal->records.size + journal->records.pending_size;
}

bool journal_rotation_due(const struct journal *journal, uint64_t bytes_max)
{
    uint64_t kept = journal->records.header.carried_size;
    return journal_size(journal) > bytes_max && journal_size(journal) > 2 * kept;
}

/* ---- Rotation --------------------------------------------------------------------------- */

struct rotation {
    struct record_file *fresh;
    journal_live *live;
    void *context;
    enum file_status status;
};

static bool rotation_record(void *context, uint64_t number, uint64_t offset, const uint8_t *body,
                            size_t size)
{
    (void)offset;
    struct rotation *rotation = context;
    if (!rotation->live(rotation->context, number, body, size)) {
        return true;
    }
    rotation->status = record_file_carry(rotation->fresh, number, body, size);
    return rotation->status == FILE_OK;
}

/* Copies the live records of the current file to `fresh`, which ends up complete and synced. */
static enum journal_status rotation_copy(struct journal *journal, struct rotation *rotation)
{
    struct record_file old;
    struct record_scan scan;
    file_init(&old.file);
    struct record_file_identity identity = {KIND_JOURNAL, journal->owner,
                                            journal->records.header.file_number};
    enum record_check check = record_file_survey(&old, journal->system, journal->path, &identity,
                                                 rotation_record, rotation, &scan);
    if (check == RECORD_OK || check == RECORD_STOPPED || check == RECORD_LOST ||
        check == RECORD_TORN_TAIL) {
        record_file_close(&old);
    }
    if (check == RECORD_STOPPED) {
        return status_of(rotation->status);
    }
    if (check == RECORD_IO || check == RECORD_MEMORY) {
        return JOURNAL_IO;
    }
    if (check != RECORD_OK || scan.end != journal->records.size) {
        return JOURNAL_LOST;
    }
    return status_of(record_file_carry_end(rotation->fresh));
}

enum journal_status journal_rotate(struct journal *journal, journal_live *live, void *context)
{
    TALLY_ASSERT(journal->records.pending_size == 0);
    TALLY_ASSERT(!journal->records.failed);
    struct record_file_header header = journal->records.header;
    header.file_number += 1;
    header.first_number = journal->records.next_number;
    header.carried_size = 0;
    struct record_file fresh;
    file_init(&fresh.file);
    char fresh_path[FILE_PATH_SIZE_MAX];
    char path[FILE_PATH_SIZE_MAX];
    enum journal_status status = status_of(path_of(journal, header.file_number, "", path));
    if (status == JOURNAL_OK) {
        status = status_of(journal_file_begin(journal, &header, &fresh, fresh_path));
    }
    if (status != JOURNAL_OK) {
        return status;
    }
    struct rotation rotation = {&fresh, live, context, FILE_OK};
    status = rotation_copy(journal, &rotation);
    if (status != JOURNAL_OK) {
        record_file_close(&fresh);
        enum file_status leftover = file_unlink(journal->system, fresh_path);
        (void)leftover;
        return status;
    }
    if (journal_publish(journal, fresh_path, path) != FILE_OK) {
        /* Which of the two files carries the name after a crash is not known: stop. */
        record_file_close(&fresh);
        journal->records.failed = true;
        return JOURNAL_IO;
    }
    enum file_status removed = file_unlink(journal->system, journal->path);
    (void)removed; /* what remains is removed by the next opening */
    record_file_close(&journal->records);
    journal->records = fresh;
    memcpy(journal->path, path, sizeof(path));
    record_mark_write(&journal->mark, &journal->records);
    return JOURNAL_OK;
}
