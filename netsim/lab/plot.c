/* Scripts for gnuplot, and drawing them: see plot.h. */
#include "netsim/lab/plot.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    NO_GNUPLOT = 127,
};

FILE *plot_begin(const char *directory, const char *name)
{
    char path[FILE_PATH_SIZE_MAX];
    int size = snprintf(path, sizeof path, "%s/%s.gp", directory, name);
    FILE *script = size > 0 && (size_t)size < sizeof path ? fopen(path, "w") : NULL;
    if (script == NULL) {
        (void)fprintf(stderr, "tally-sim: %s/%s.gp: cannot be written: %s\n", directory, name,
                      strerror(errno));
        return NULL;
    }
    (void)fprintf(script, "# Draws %s.svg and %s.png: gnuplot %s.gp\n", name, name, name);
    return script;
}

void plot_canvas(FILE *script, const char *name, unsigned width, unsigned height)
{
    (void)fprintf(script,
                  "set encoding utf8\n"
                  "do for [kind in 'svg png'] {\n"
                  "if (kind eq 'svg') {\n"
                  "    set terminal svg size %u,%u font 'DejaVu Sans,12' background 'white'\n"
                  "} else {\n"
                  "    set terminal pngcairo size %u,%u font 'DejaVu Sans,10' background 'white'\n"
                  "}\n"
                  "set output '%s.'.kind\n"
                  "set border 3 lc rgb '#444444'\n"
                  "set tics nomirror\n"
                  "set grid y lc rgb '#dddddd' lt 1\n",
                  width, height, width, height, name);
}

void plot_text(FILE *script, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text != '\'' && *text != '\n' && *text != '\\') {
            (void)fputc(*text, script);
        }
    }
}

/* 0 when drawn; NO_GNUPLOT; anything else: refused. */
static int gnuplot_run(const char *directory, const char *script)
{
    int status = 0;
    (void)fflush(NULL); /* or the child would print it again */
    pid_t child = fork();
    if (child < 0) {
        return 1;
    }
    if (child == 0) {
        /* Scripts are UTF-8, whatever the terminal speaks. */
        if (chdir(directory) == 0 && setenv("LC_ALL", "C.UTF-8", 1) == 0) {
            (void)execlp("gnuplot", "gnuplot", script, (char *)NULL);
            _exit(errno == ENOENT ? NO_GNUPLOT : 1);
        }
        _exit(1);
    }
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) {
            return 1;
        }
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

bool plot_end(FILE *script, const char *directory, const char *name)
{
    static bool told;
    char file[64];
    (void)fputs("unset output\n}\n", script);
    bool written = !ferror(script);
    if (fclose(script) != 0 || !written) {
        (void)fprintf(stderr, "tally-sim: %s/%s.gp: cannot be written\n", directory, name);
        return false;
    }
    (void)snprintf(file, sizeof file, "%s.gp", name);
    int code = gnuplot_run(directory, file);
    if (code == NO_GNUPLOT && !told) {
        told = true;
        (void)fprintf(stderr,
                      "tally-sim: gnuplot is not installed (Debian: gnuplot-nox): no plots; "
                      "the scripts *.gp are in %s\n",
                      directory);
    }
    if (code != 0 && code != NO_GNUPLOT) {
        (void)fprintf(stderr, "tally-sim: gnuplot refused %s/%s\n", directory, file);
    }
    return code == 0 || code == NO_GNUPLOT;
}
