#include "bench/support/workspace.h"

#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    PATH_SIZE = 400,
    OPEN_FILES_MAX = 16
};

static volatile sig_atomic_t child; /* the process that works, for the handler */

static void pass_on(int signal)
{
    if (child > 0) {
        (void)kill((pid_t)child, signal == SIGINT ? SIGTERM : signal);
    }
}

static int remove_one(const char *path, const struct stat *status, int flag, struct FTW *place)
{
    (void)status;
    (void)flag;
    (void)place;
    return remove(path);
}

/* What the child started ends with it, but may still be writing for a moment. */
static void directory_remove(const char *directory)
{
    for (int i = 0; i < 50 && access(directory, F_OK) == 0; i++) {
        (void)nftw(directory, remove_one, OPEN_FILES_MAX, FTW_DEPTH | FTW_PHYS);
        (void)usleep(access(directory, F_OK) == 0 ? 20000 : 0);
    }
}

int workspace_run(const char *parent, workspace_work *work, void *context)
{
    char directory[PATH_SIZE];
    const struct sigaction action = {.sa_handler = pass_on};
    int status = 0;
    (void)snprintf(directory, sizeof directory, "%s/bench-XXXXXX", parent);
    if (mkdtemp(directory) == NULL) {
        (void)fprintf(stderr, "bench: cannot make a directory in %s: %s\n", parent,
                      strerror(errno));
        return 1;
    }
    (void)fflush(stdout);
    pid_t process = fork();
    if (process == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        int code = work(context, directory);
        (void)fflush(stdout);
        _exit(code);
    }
    child = process;
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGHUP, &action, NULL);
    while (process > 0 && waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
    child = 0;
    directory_remove(directory);
    if (process > 0 && WIFEXITED(status)) {
        return WEXITSTATUS(status);
    }
    (void)fprintf(stderr, "bench: the work was stopped by signal %d\n",
                  process > 0 ? WTERMSIG(status) : 0);
    return 1;
}
