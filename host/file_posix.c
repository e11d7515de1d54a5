/*
 * file_posix.c: the real disk behind host/file.h.
 *
 * Every call that may be interrupted is repeated; every short write or read is continued. A sync
 * that failed is reported as it is and never repeated: the second one would say "ok" about pages
 * that the kernel has dropped (see file.h).
 *
 * Past the page cache means O_DIRECT, set for the one call: whole blocks go from the memory of the
 * caller to the disk, and what is left before and behind them goes through the page cache. The
 * kernel keeps both ways coherent. A file system that cannot do it gets all bytes the usual way.
 */
#define _GNU_SOURCE /* O_DIRECT */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/file.h"
#include "host/sync_beside.h"

static enum file_status status_of_errno(int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR:
        return FILE_NOT_FOUND;
    case EEXIST:
        return FILE_EXISTS;
    case EACCES:
    case EPERM:
    case EROFS:
        return FILE_DENIED;
    case ENOSPC:
    case EDQUOT:
        return FILE_FULL;
    case EWOULDBLOCK:
        return FILE_LOCKED;
    case ENAMETOOLONG:
    case EINVAL:
        return FILE_PATH;
    case EFBIG:
        return FILE_TOO_LARGE;
    default:
        return FILE_IO;
    }
}

static enum file_status posix_open(void *context, const char *path, enum file_mode mode,
                                   int *handle)
{
    (void)context;
    int flags = O_CLOEXEC | O_NOCTTY;
    switch (mode) {
    case FILE_READ:
        flags |= O_RDONLY;
        break;
    case FILE_WRITE:
        flags |= O_RDWR;
        break;
    case FILE_CREATE:
        flags |= O_RDWR | O_CREAT | O_EXCL;
        break;
    case FILE_WRITE_CREATE:
        flags |= O_RDWR | O_CREAT;
        break;
    }
    int descriptor;
    do {
        descriptor = open(path, flags, 0600);
    } while (descriptor < 0 && errno == EINTR);
    if (descriptor < 0) {
        return status_of_errno(errno);
    }
    *handle = descriptor;
    return FILE_OK;
}

static void posix_close(void *context, int handle)
{
    (void)context;
    /* On Linux the descriptor is gone whatever close says; what matters was synced before. */
    (void)close(handle);
}

/* Writes all of it, one way. */
static enum file_status bytes_write(int handle, const uint8_t *bytes, size_t size, uint64_t offset)
{
    size_t written = 0;
    while (written < size) {
        ssize_t count = pwrite(handle, bytes + written, size - written, (off_t)(offset + written));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return status_of_errno(errno);
        }
        if (count == 0) {
            return FILE_FULL;
        }
        written += (size_t)count;
    }
    return FILE_OK;
}

/*
 * Writes whole blocks past the page cache. *written is how many bytes went that way; what is left
 * of them, since the file system will not take it or stopped within a block, is the caller's.
 */
static enum file_status blocks_write(int handle, const uint8_t *bytes, size_t size, uint64_t offset,
                                     size_t *written)
{
    *written = 0;
    int flags = fcntl(handle, F_GETFL);
    if (flags < 0 || fcntl(handle, F_SETFL, flags | O_DIRECT) != 0) {
        return FILE_OK;
    }
    int error = 0;
    while (error == 0 && *written < size && *written % FILE_BLOCK_SIZE == 0) {
        ssize_t count =
            pwrite(handle, bytes + *written, size - *written, (off_t)(offset + *written));
        if (count > 0) {
            *written += (size_t)count;
        } else if (count == 0 || errno != EINTR) {
            error = count == 0 ? ENOSPC : errno;
        }
    }
    if (fcntl(handle, F_SETFL, flags) != 0) {
        return FILE_IO;
    }
    return error == 0 || error == EINVAL ? FILE_OK : status_of_errno(error);
}

static enum file_status posix_write(void *context, int handle, uint64_t offset, const void *data,
                                    size_t size)
{
    (void)context;
    const uint8_t *bytes = data;
    size_t before = (FILE_BLOCK_SIZE - offset % FILE_BLOCK_SIZE) % FILE_BLOCK_SIZE;
    bool alike = (uintptr_t)bytes % FILE_BLOCK_SIZE == offset % FILE_BLOCK_SIZE;
    if (size < FILE_PAST_CACHE_MIN || !alike) {
        return bytes_write(handle, bytes, size, offset);
    }
    size_t blocks = (size - before) / FILE_BLOCK_SIZE * FILE_BLOCK_SIZE;
    size_t written = 0;
    enum file_status status = bytes_write(handle, bytes, before, offset);
    if (status == FILE_OK) {
        status = blocks_write(handle, bytes + before, blocks, offset + before, &written);
    }
    written += before;
    return status == FILE_OK
               ? bytes_write(handle, bytes + written, size - written, offset + written)
               : status;
}

static enum file_status posix_read(void *context, int handle, uint64_t offset, void *data,
                                   size_t size, size_t *read_size)
{
    (void)context;
    uint8_t *bytes = data;
    size_t done = 0;
    while (done < size) {
        ssize_t count = pread(handle, bytes + done, size - done, (off_t)(offset + done));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return status_of_errno(errno);
        }
        if (count == 0) {
            break;
        }
        done += (size_t)count;
    }
    *read_size = done;
    return FILE_OK;
}

static enum file_status posix_size(void *context, int handle, uint64_t *size)
{
    (void)context;
    struct stat properties;
    if (fstat(handle, &properties) != 0) {
        return status_of_errno(errno);
    }
    *size = (uint64_t)properties.st_size;
    return FILE_OK;
}

static enum file_status posix_sync(void *context, int handle)
{
    (void)context;
    return fdatasync(handle) == 0 ? FILE_OK : status_of_errno(errno);
}

static enum file_status posix_sync_begin(void *context, int handle)
{
    (void)context;
    (void)sync_beside_begin(handle); /* else all of it is done at the end */
    return FILE_OK;
}

static enum file_status posix_sync_end(void *context, int handle)
{
    int error = 0;
    if (!sync_beside_end(handle, &error)) {
        return posix_sync(context, handle);
    }
    return error == 0 ? FILE_OK : status_of_errno(error);
}

static enum file_status posix_truncate(void *context, int handle, uint64_t size)
{
    (void)context;
    int result;
    do {
        result = ftruncate(handle, (off_t)size);
    } while (result != 0 && errno == EINTR);
    return result == 0 ? FILE_OK : status_of_errno(errno);
}

static enum file_status posix_lock(void *context, int handle)
{
    (void)context;
    return flock(handle, LOCK_EX | LOCK_NB) == 0 ? FILE_OK : status_of_errno(errno);
}

static enum file_status posix_rename(void *context, const char *from, const char *to)
{
    (void)context;
    return rename(from, to) == 0 ? FILE_OK : status_of_errno(errno);
}

static enum file_status posix_unlink(void *context, const char *path)
{
    (void)context;
    return unlink(path) == 0 ? FILE_OK : status_of_errno(errno);
}

static enum file_status posix_directory_create(void *context, const char *path)
{
    (void)context;
    return mkdir(path, 0700) == 0 ? FILE_OK : status_of_errno(errno);
}

static enum file_status posix_directory_sync(void *context, const char *path)
{
    (void)context;
    int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        return status_of_errno(errno);
    }
    enum file_status status = fsync(descriptor) == 0 ? FILE_OK : status_of_errno(errno);
    (void)close(descriptor);
    return status;
}

static enum file_status posix_directory_list(void *context, const char *path, file_visit *visit,
                                             void *visit_context)
{
    (void)context;
    DIR *directory = opendir(path);
    if (directory == NULL) {
        return status_of_errno(errno);
    }
    errno = 0;
    for (const struct dirent *entry = readdir(directory); entry != NULL;
         errno = 0, entry = readdir(directory)) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            visit(visit_context, entry->d_name);
        }
    }
    enum file_status status = errno == 0 ? FILE_OK : status_of_errno(errno);
    (void)closedir(directory);
    return status;
}

static const struct file_operations posix_operations = {
    .open = posix_open,
    .close = posix_close,
    .write = posix_write,
    .read = posix_read,
    .size = posix_size,
    .sync = posix_sync,
    .sync_begin = posix_sync_begin,
    .sync_end = posix_sync_end,
    .truncate = posix_truncate,
    .lock = posix_lock,
    .rename = posix_rename,
    .unlink = posix_unlink,
    .directory_create = posix_directory_create,
    .directory_sync = posix_directory_sync,
    .directory_list = posix_directory_list,
};

const struct file_system *file_system_posix(void)
{
    static const struct file_system posix = {.operations = &posix_operations, .context = NULL};
    return &posix;
}
