/* Where results go: see out_directory.h. */
#include "netsim/lab/out_directory.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "host/file.h"

bool out_directory_make(const char *path)
{
    char part[FILE_PATH_SIZE_MAX];
    struct stat found;
    if (path[0] == '\0' || strlen(path) >= sizeof part) {
        (void)fprintf(stderr, "tally-sim: %.80s: an empty path, or one that is too long\n", path);
        return false;
    }
    memcpy(part, path, strlen(path) + 1);
    for (char *slash = strchr(part + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(part, 0777); /* whether it is there shows below */
        *slash = '/';
    }
    int error = mkdir(path, 0777) == 0 ? 0 : errno;
    if (stat(path, &found) == 0 && S_ISDIR(found.st_mode)) {
        return true;
    }
    (void)fprintf(stderr, "tally-sim: %s: cannot be made: %s\n", path,
                  strerror(error == EEXIST ? ENOTDIR : error));
    return false;
}
