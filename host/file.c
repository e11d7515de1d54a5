/* file.c: see file.h. What is common to all disks: the thin layer over the table of operations. */
#include "host/file.h"

#include <stdio.h>
#include <string.h>

STATUS_DEFINE(file_status, FILE_STATUS_LIST)

void file_init(struct file *file)
{
    file->system = NULL;
    file->handle = -1;
    file->syncing = false;
}

enum file_status file_open(struct file *file, const struct file_system *system, const char *path,
                           enum file_mode mode)
{
    TALLY_ASSERT(system != NULL);
    file->system = system;
    file->handle = -1;
    file->syncing = false;
    int handle = -1;
    enum file_status status = system->operations->open(system->context, path, mode, &handle);
    if (status == FILE_OK) {
        TALLY_ASSERT(handle >= 0);
        file->handle = handle;
    }
    return status;
}

void file_close(struct file *file)
{
    if (file->handle >= 0) {
        if (file->syncing) {
            enum file_status ignored = file_sync_end(file);
            (void)ignored;
        }
        file->system->operations->close(file->system->context, file->handle);
        file->handle = -1;
    }
}

enum file_status file_write(struct file *file, uint64_t offset, const void *data, size_t size)
{
    TALLY_ASSERT(file->handle >= 0 && !file->syncing);
    TALLY_ASSERT(size == 0 || data != NULL);
    return file->system->operations->write(file->system->context, file->handle, offset, data, size);
}

enum file_status file_read(const struct file *file, uint64_t offset, void *data, size_t size,
                           size_t *read_size)
{
    TALLY_ASSERT(file->handle >= 0);
    *read_size = 0;
    enum file_status status = file->system->operations->read(file->system->context, file->handle,
                                                             offset, data, size, read_size);
    TALLY_ASSERT(*read_size <= size);
    return status;
}

enum file_status file_size(const struct file *file, uint64_t *size)
{
    TALLY_ASSERT(file->handle >= 0);
    *size = 0;
    return file->system->operations->size(file->system->context, file->handle, size);
}

enum file_status file_sync(struct file *file)
{
    TALLY_ASSERT(file->handle >= 0 && !file->syncing);
    return file->system->operations->sync(file->system->context, file->handle);
}

enum file_status file_sync_begin(struct file *file)
{
    TALLY_ASSERT(file->handle >= 0);
    TALLY_ASSERT(!file->syncing);
    enum file_status status =
        file->system->operations->sync_begin(file->system->context, file->handle);
    file->syncing = status == FILE_OK;
    return status;
}

enum file_status file_sync_end(struct file *file)
{
    TALLY_ASSERT(file->syncing);
    file->syncing = false;
    return file->system->operations->sync_end(file->system->context, file->handle);
}

enum file_status file_truncate(struct file *file, uint64_t size)
{
    TALLY_ASSERT(file->handle >= 0 && !file->syncing);
    return file->system->operations->truncate(file->system->context, file->handle, size);
}

enum file_status file_lock(struct file *file)
{
    TALLY_ASSERT(file->handle >= 0);
    return file->system->operations->lock(file->system->context, file->handle);
}

enum file_status file_rename(const struct file_system *system, const char *from, const char *to)
{
    return system->operations->rename(system->context, from, to);
}

enum file_status file_unlink(const struct file_system *system, const char *path)
{
    return system->operations->unlink(system->context, path);
}

/* "a/b/c" -> "a/b"; "c" -> "."; "/c" -> "/". */
static enum file_status path_parent(char parent[FILE_PATH_SIZE_MAX], const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t size = slash == NULL ? 0 : (size_t)(slash - path);
    if (slash == NULL || size == 0) {
        parent[0] = slash == NULL ? '.' : '/';
        parent[1] = '\0';
        return FILE_OK;
    }
    if (size >= FILE_PATH_SIZE_MAX) {
        return FILE_PATH;
    }
    memcpy(parent, path, size);
    parent[size] = '\0';
    return FILE_OK;
}

enum file_status directory_create(const struct file_system *system, const char *path)
{
    char parent[FILE_PATH_SIZE_MAX];
    enum file_status status = path_parent(parent, path);
    if (status != FILE_OK) {
        return status;
    }
    status = system->operations->directory_create(system->context, path);
    if (status == FILE_EXISTS) {
        return FILE_OK;
    }
    return status == FILE_OK ? directory_sync(system, parent) : status;
}

enum file_status directory_sync(const struct file_system *system, const char *path)
{
    return system->operations->directory_sync(system->context, path);
}

enum file_status directory_list(const struct file_system *system, const char *path,
                                file_visit *visit, void *context)
{
    TALLY_ASSERT(visit != NULL);
    return system->operations->directory_list(system->context, path, visit, context);
}

enum file_status file_path_join(char path[FILE_PATH_SIZE_MAX], const char *directory,
                                const char *name)
{
    int size = snprintf(path, FILE_PATH_SIZE_MAX, "%s/%s", directory, name);
    return size < 0 || (size_t)size >= FILE_PATH_SIZE_MAX ? FILE_PATH : FILE_OK;
}

/* Makes `path` with this content, whole and synced, or reports why not. */
static enum file_status file_write_whole(const struct file_system *system, const char *path,
                                         const void *data, size_t size)
{
    struct file file;
    enum file_status status = file_open(&file, system, path, FILE_CREATE);
    if (status != FILE_OK) {
        return status;
    }
    status = file_write(&file, 0, data, size);
    if (status == FILE_OK) {
        status = file_sync(&file);
    }
    file_close(&file);
    return status;
}

enum file_status file_replace(const struct file_system *system, const char *path, const void *data,
                              size_t size)
{
    char fresh[FILE_PATH_SIZE_MAX];
    char parent[FILE_PATH_SIZE_MAX];
    int length = snprintf(fresh, sizeof(fresh), "%s.new", path);
    if (length < 0 || (size_t)length >= sizeof(fresh)) {
        return FILE_PATH;
    }
    enum file_status status = path_parent(parent, path);
    if (status != FILE_OK) {
        return status;
    }
    enum file_status leftover = file_unlink(system, fresh);
    if (leftover != FILE_OK && leftover != FILE_NOT_FOUND) {
        return leftover;
    }
    status = file_write_whole(system, fresh, data, size);
    if (status == FILE_OK) {
        status = file_rename(system, fresh, path);
    }
    if (status != FILE_OK) {
        /* Best effort: the next replace removes it as well. */
        leftover = file_unlink(system, fresh);
        (void)leftover;
        return status;
    }
    return directory_sync(system, parent);
}

enum file_status file_read_all(const struct file_system *system, const char *path, void *data,
                               size_t capacity, size_t *size)
{
    struct file file;
    *size = 0;
    enum file_status status = file_open(&file, system, path, FILE_READ);
    if (status != FILE_OK) {
        return status;
    }
    uint64_t whole = 0;
    status = file_size(&file, &whole);
    if (status == FILE_OK && whole > capacity) {
        status = FILE_TOO_LARGE;
    }
    if (status == FILE_OK) {
        status = file_read(&file, 0, data, (size_t)whole, size);
    }
    file_close(&file);
    return status;
}
