/*
 * file.h: Files, as append-only durable storage needs them, behind a table of operations.
 *
 * Why a table: whether a vote survives a crash is decided by the order of write, sync and rename,
 * and only a disk that fails on purpose can test that. Production uses file_system_posix(); tests
 * use netsim/engine/disk.h, a disk in memory that fails or crashes at the n-th operation.
 *
 * The model of durability that code above may rely on, and no more:
 *
 *   what                              survives a power cut after
 *   bytes written to a file           file_sync of that file
 *   a new size (append, truncate)     file_sync of that file
 *   a file's existence or new name    directory_sync of its directory
 *
 * Anything not yet synced may survive or not, each piece by itself, in any order, torn at any byte.
 * After a failed sync nothing is known about what was written since the last good one: the kernel
 * may have dropped those pages and will report the error only once. Code above therefore never
 * retries a failed sync on the same bytes; it writes them anew (FILE_FULL) or stops (FILE_IO).
 *
 * A file is used by one thread at a time; different files may be used by different threads, and
 * file_read may run beside file_read on the same file.
 */
#ifndef TALLY_HOST_FILE_H
#define TALLY_HOST_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

#define FILE_PATH_SIZE_MAX 1024u

/* What a disk takes whole. */
#define FILE_BLOCK_SIZE 4096u
/* From so many bytes on a write may go past the page cache: see file_write. */
#define FILE_PAST_CACHE_MIN (64u << 10)

/* clang-format off */
#define FILE_STATUS_LIST(X)                                                                        \
    X(FILE_OK, "ok", "")                                                                           \
    X(FILE_NOT_FOUND, "no such file", "check the path")                                            \
    X(FILE_EXISTS, "the file exists already", "move the old file away first")                      \
    X(FILE_DENIED, "permission denied", "check owner and mode of the file and its directory")      \
    X(FILE_FULL, "no space left on the disk or in the quota", "free some space; no data was lost") \
    X(FILE_LOCKED, "in use by another process", "stop the other process that uses this directory") \
    X(FILE_TOO_LARGE, "larger than allowed", "check that it is the right file")                    \
    X(FILE_PATH, "the path is too long or not valid", "choose a shorter path")                     \
    X(FILE_IO, "the disk failed", "look at the system log, replace the disk")
/* clang-format on */

STATUS_DECLARE(file_status, FILE_STATUS_LIST);

enum file_mode {
    FILE_READ,         /* must exist; reading only */
    FILE_WRITE,        /* must exist; reading and writing */
    FILE_CREATE,       /* must not exist; reading and writing; mode 0600 */
    FILE_WRITE_CREATE, /* made if missing; reading and writing; mode 0600 */
};

/* Called for each name in a directory, in no order; "." and ".." are left out. */
typedef void file_visit(void *context, const char *name);

/* What a disk can do. `context` is the implementation's own; handles are its small numbers. */
struct file_operations {
    enum file_status (*open)(void *context, const char *path, enum file_mode mode, int *handle);
    void (*close)(void *context, int handle);
    /* All or nothing is NOT promised: after an error any prefix may have been written. */
    enum file_status (*write)(void *context, int handle, uint64_t offset, const void *data,
                              size_t size);
    /* Reads up to `size` bytes; *read_size < size only at the end of the file. */
    enum file_status (*read)(void *context, int handle, uint64_t offset, void *data, size_t size,
                             size_t *read_size);
    enum file_status (*size)(void *context, int handle, uint64_t *size);
    enum file_status (*sync)(void *context, int handle);
    /* As sync, in two steps; between them nothing is written to the file. */
    enum file_status (*sync_begin)(void *context, int handle);
    enum file_status (*sync_end)(void *context, int handle);
    enum file_status (*truncate)(void *context, int handle, uint64_t size);
    enum file_status (*lock)(void *context, int handle);
    enum file_status (*rename)(void *context, const char *from, const char *to);
    enum file_status (*unlink)(void *context, const char *path);
    enum file_status (*directory_create)(void *context, const char *path);
    enum file_status (*directory_sync)(void *context, const char *path);
    enum file_status (*directory_list)(void *context, const char *path, file_visit *visit,
                                       void *visit_context);
};

struct file_system {
    const struct file_operations *operations;
    void *context;
};

/* An open file. Its owner keeps the file_system alive for as long. */
struct file {
    const struct file_system *system;
    int handle;   /* < 0: closed */
    bool syncing; /* a sync was begun and not ended */
};

/* The real disk. Its result lives for ever and may be shared by all threads. */
const struct file_system *file_system_posix(void);

/* A closed file, on which only file_open and file_close are allowed. */
void file_init(struct file *file);

/* Opens `path`. Keeps `system` borrowed. FILE_NOT_FOUND, FILE_EXISTS, FILE_DENIED, FILE_FULL... */
TALLY_MUST_CHECK enum file_status file_open(struct file *file, const struct file_system *system,
                                            const char *path, enum file_mode mode);

/* Closes without syncing, after the end of a sync that was begun. Closing a closed file does
 * nothing. */
void file_close(struct file *file);

/*
 * Writes all of `data` at `offset`. On error any prefix of it may be on the disk.
 *
 * Where much is written that is not read soon, the copy into the page cache is most of what it
 * costs. FILE_PAST_CACHE_MIN bytes and more, which lie in memory as in the file (address and offset
 * leave the same remainder by FILE_BLOCK_SIZE), go past it: their whole blocks from `data` itself,
 * and the call takes as long as the disk. Nothing else changes: they are read back at once, and
 * durable after file_sync.
 */
TALLY_MUST_CHECK enum file_status file_write(struct file *file, uint64_t offset, const void *data,
                                             size_t size);

/* Reads at `offset`; *read_size is less than `size` only where the file ends. */
TALLY_MUST_CHECK enum file_status file_read(const struct file *file, uint64_t offset, void *data,
                                            size_t size, size_t *read_size);

/* The size as the process sees it now. */
TALLY_MUST_CHECK enum file_status file_size(const struct file *file, uint64_t *size);

/* Makes data and size durable. See above for what a failure means. */
TALLY_MUST_CHECK enum file_status file_sync(struct file *file);

/*
 * file_sync in two steps, so that another file can be synced meanwhile: what was written before the
 * begin is durable after FILE_OK of the end, and before that any part of it may be, as if nothing
 * had been begun. Nothing is written to the file in between. The end is due after FILE_OK of the
 * begin, and only then.
 */
TALLY_MUST_CHECK enum file_status file_sync_begin(struct file *file);
TALLY_MUST_CHECK enum file_status file_sync_end(struct file *file);

/* Cuts or extends (with zeros) to `size`. Durable after file_sync. */
TALLY_MUST_CHECK enum file_status file_truncate(struct file *file, uint64_t size);

/* Takes the exclusive lock that keeps two processes off one directory: FILE_LOCKED if another
 * process has it. Freed by file_close, and by the system when the process dies. */
TALLY_MUST_CHECK enum file_status file_lock(struct file *file);

/* Gives a file another name, replacing what had it. Durable after directory_sync. */
TALLY_MUST_CHECK enum file_status file_rename(const struct file_system *system, const char *from,
                                              const char *to);
/* Removes a name. Durable after directory_sync. */
TALLY_MUST_CHECK enum file_status file_unlink(const struct file_system *system, const char *path);

/* Makes a directory (mode 0700) and its name durable. One that exists already is FILE_OK. */
TALLY_MUST_CHECK enum file_status directory_create(const struct file_system *system,
                                                   const char *path);
/* Makes the names in a directory durable. */
TALLY_MUST_CHECK enum file_status directory_sync(const struct file_system *system,
                                                 const char *path);
/* Visits every name in a directory, in no order. */
TALLY_MUST_CHECK enum file_status directory_list(const struct file_system *system, const char *path,
                                                 file_visit *visit, void *context);

/* Writes "directory/name" to `path`. FILE_PATH if it does not fit. */
TALLY_MUST_CHECK enum file_status file_path_join(char path[FILE_PATH_SIZE_MAX],
                                                 const char *directory, const char *name);

/*
 * Replaces the whole content of `path` so that after a crash there is the old content or the new,
 * never a mixture: writes "path.new", syncs it, renames it, syncs the directory. On an error the
 * old content is untouched and the leftover is removed.
 */
TALLY_MUST_CHECK enum file_status file_replace(const struct file_system *system, const char *path,
                                               const void *data, size_t size);

/*
 * Reads a whole file of at most `capacity` bytes into `data`. FILE_TOO_LARGE if it is longer, in
 * which case nothing is to be taken from `data`.
 */
TALLY_MUST_CHECK enum file_status file_read_all(const struct file_system *system, const char *path,
                                                void *data, size_t capacity, size_t *size);

#endif
