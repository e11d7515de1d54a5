#include "node/store_logs.h"

#include <string.h>

static const char ending[] = ".log";

struct walk {
    const struct file_system *system;
    const char *directory;
    enum file_status status;
};

static void sync_one(void *context, const char *name)
{
    struct walk *walk = context;
    size_t size = strlen(name);
    if (walk->status != FILE_OK || size < sizeof ending ||
        strcmp(name + size - (sizeof ending - 1), ending) != 0) {
        return;
    }
    char path[FILE_PATH_SIZE_MAX];
    struct file file;
    walk->status = file_path_join(path, walk->directory, name);
    if (walk->status != FILE_OK) {
        return;
    }
    walk->status = file_open(&file, walk->system, path, FILE_WRITE);
    if (walk->status == FILE_OK) {
        walk->status = file_sync(&file);
        file_close(&file);
    } else if (walk->status == FILE_NOT_FOUND) {
        walk->status = FILE_OK; /* a table by now */
    }
}

enum file_status store_logs_sync(const struct file_system *system, const char *directory)
{
    struct walk walk = {.system = system, .directory = directory, .status = FILE_OK};
    enum file_status listed = directory_list(system, directory, sync_one, &walk);
    if (listed != FILE_OK || walk.status != FILE_OK) {
        return listed != FILE_OK ? listed : walk.status;
    }
    return directory_sync(system, directory);
}
