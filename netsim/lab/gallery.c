/* The list of a gallery, and what of it is done: see gallery.h. */
#include "netsim/lab/gallery.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Each holds the stamp of what was begun, or is done. */
static const char begun_name[] = "begun.txt";
static const char done_name[] = "done.txt";

/* ---- The list --------------------------------------------------------------------------- */

static bool name_legal(const char *name)
{
    return name[0] != '\0' && strlen(name) < GALLERY_NAME_SIZE &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(name);
}

static const char *take_scenario(struct gallery *gallery, char *words)
{
    char *rest = NULL;
    char *word = strtok_r(words, " ", &rest);
    if (gallery->count == GALLERY_ENTRIES_MAX) {
        return "too many scenarios";
    }
    struct gallery_entry *entry = &gallery->entries[gallery->count];
    if (word == NULL || !name_legal(word)) {
        return "name the scenario: lower case letters, digits and -";
    }
    for (uint32_t i = 0; i < gallery->count; i++) {
        if (strcmp(gallery->entries[i].name, word) == 0) {
            return "this scenario is in the list already";
        }
    }
    memcpy(entry->name, word, strlen(word) + 1);
    while ((word = strtok_r(NULL, " ", &rest)) != NULL) {
        if (entry->axis_count == SWEEP_AXES_MAX || strlen(word) >= sizeof entry->axes[0] ||
            strchr(word, '=') == NULL) {
            return "write SECTION.FIELD=VALUES, at most 8 times";
        }
        memcpy(entry->axes[entry->axis_count++], word, strlen(word) + 1);
    }
    gallery->count++;
    return NULL;
}

/* The words of a plot after its name: "x COLUMN y COLUMNS [by COLUMN] [log AXES]". */
static const char *take_columns(struct plot_sweep *plot, char *rest)
{
    char *word;
    while ((word = strtok_r(NULL, " ", &rest)) != NULL) {
        char *value = strtok_r(NULL, " ", &rest);
        if (value == NULL) {
            return "a word is missing after the last one";
        }
        if (strcmp(word, "x") == 0) {
            plot->x = value;
        } else if (strcmp(word, "y") == 0) {
            plot->y = value;
        } else if (strcmp(word, "by") == 0) {
            plot->by = value;
        } else if (strcmp(word, "log") == 0 && strspn(value, "xy") == strlen(value)) {
            plot->log_x = strchr(value, 'x') != NULL;
            plot->log_y = strchr(value, 'y') != NULL;
        } else {
            return "write x COLUMN y COLUMNS [by COLUMN] [log x|y|xy] : TITLE";
        }
    }
    return plot->x == NULL || plot->y == NULL ? "x and y are needed" : NULL;
}

static const char *take_plot(struct gallery *gallery, const char *words)
{
    struct gallery_entry *entry =
        gallery->count == 0 ? NULL : &gallery->entries[gallery->count - 1];
    if (entry == NULL || entry->axis_count == 0) {
        return "a plot follows a scenario that varies something";
    }
    if (entry->plot_count == GALLERY_PLOTS_MAX) {
        return "too many plots of one scenario";
    }
    struct gallery_plot *one = &entry->plots[entry->plot_count];
    memcpy(one->line, words, strlen(words) + 1);
    char *title = strstr(one->line, " : ");
    if (title == NULL) {
        return "a plot ends in ' : TITLE'";
    }
    *title = '\0';
    one->plot.title = title + 3;
    char *rest = NULL;
    one->plot.name = strtok_r(one->line, " ", &rest);
    if (one->plot.name == NULL || !name_legal(one->plot.name)) {
        return "name the plot: lower case letters, digits and -";
    }
    entry->plot_count++;
    return take_columns(&one->plot, rest);
}

static const char *take_line(struct gallery *gallery, char *line)
{
    static const char scenario[] = "scenario ";
    static const char plot[] = "plot ";
    if (line[0] == '\0' || line[0] == '#') {
        return NULL;
    }
    if (strncmp(line, scenario, sizeof scenario - 1) == 0) {
        return take_scenario(gallery, line + sizeof scenario - 1);
    }
    if (strncmp(line, plot, sizeof plot - 1) == 0) {
        return take_plot(gallery, line + sizeof plot - 1);
    }
    return "is neither 'scenario ...', 'plot ...' nor a comment";
}

bool gallery_parse(struct gallery *gallery, const char *text, char *why, size_t why_size)
{
    memset(gallery, 0, sizeof *gallery);
    for (uint32_t number = 1; *text != '\0'; number++) {
        char line[GALLERY_LINE_SIZE];
        size_t size = strcspn(text, "\n");
        const char *fault = "is too long";
        if (size < sizeof line) {
            memcpy(line, text, size);
            line[size] = '\0';
            fault = take_line(gallery, line);
        }
        if (fault != NULL) {
            (void)snprintf(why, why_size, "line %" PRIu32 ": %s", number, fault);
            return false;
        }
        text += size + (text[size] == '\n' ? 1 : 0);
    }
    if (gallery->count == 0) {
        (void)snprintf(why, why_size, "line 1: names no scenario");
    }
    return gallery->count > 0;
}

/* ---- What is done ----------------------------------------------------------------------- */

static void matrix_print(const struct latency_matrix *matrix, FILE *out)
{
    for (uint32_t from = 0; from < matrix->region_count; from++) {
        (void)fputs(matrix->names[from], out);
        for (uint32_t to = 0; to < matrix->region_count; to++) {
            (void)fprintf(out, " %" PRIu32, matrix->one_way_us[from][to]);
        }
        (void)fputc('\n', out);
    }
}

static void stamp_print(const struct gallery_entry *entry, const struct scenario *scenario,
                        FILE *out)
{
    scenario_write(scenario, out);
    matrix_print(&scenario->matrix, out);
    for (uint32_t i = 0; i < entry->axis_count; i++) {
        (void)fprintf(out, "vary %s\n", entry->axes[i]);
    }
}

static void plots_stamp_print(const struct gallery_entry *entry, const struct scenario *scenario,
                              FILE *out)
{
    stamp_print(entry, scenario, out);
    (void)fprintf(out, "title %.*s\n", (int)strcspn(scenario->comment, "\n"), scenario->comment);
    for (uint32_t i = 0; i < entry->plot_count; i++) {
        const struct plot_sweep *plot = &entry->plots[i].plot;
        (void)fprintf(out, "plot %s %s %s %s %d %d %s\n", plot->name, plot->x, plot->y,
                      plot->by == NULL ? "-" : plot->by, plot->log_x, plot->log_y, plot->title);
    }
}

static char *text_by(const struct gallery_entry *entry, const struct scenario *scenario,
                     void (*print)(const struct gallery_entry *, const struct scenario *, FILE *))
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    TALLY_ASSERT(out != NULL);
    print(entry, scenario, out);
    bool written = !ferror(out);
    written = fclose(out) == 0 && written;
    TALLY_ASSERT(written);
    return text;
}

char *gallery_stamp(const struct gallery_entry *entry, const struct scenario *scenario)
{
    return text_by(entry, scenario, stamp_print);
}

char *gallery_plots_stamp(const struct gallery_entry *entry, const struct scenario *scenario)
{
    return text_by(entry, scenario, plots_stamp_print);
}

/* Does the file hold exactly this text? */
static bool file_is(const char *directory, const char *name, const char *text)
{
    char path[FILE_PATH_SIZE_MAX];
    FILE *file = file_path_join(path, directory, name) == FILE_OK ? fopen(path, "r") : NULL;
    if (file == NULL) {
        return false;
    }
    int byte = fgetc(file);
    while (byte != EOF && *text != '\0' && byte == (unsigned char)*text) {
        byte = fgetc(file);
        text++;
    }
    bool same = byte == EOF && *text == '\0' && !ferror(file);
    (void)fclose(file);
    return same;
}

static bool file_put(const char *directory, const char *name, const char *text)
{
    char path[FILE_PATH_SIZE_MAX];
    FILE *file = file_path_join(path, directory, name) == FILE_OK ? fopen(path, "w") : NULL;
    bool written = file != NULL && fputs(text, file) != EOF;
    if (file != NULL) {
        written = fclose(file) == 0 && written;
    }
    if (!written) {
        (void)fprintf(stderr, "tally-sim gallery: %s/%s: cannot be written: %s\n", directory, name,
                      strerror(errno));
    }
    return written;
}

static int is_point(const struct dirent *entry)
{
    const char *end = strrchr(entry->d_name, '.');
    return end != NULL && strcmp(end, ".result") == 0;
}

static void points_remove(const char *directory)
{
    struct dirent **entries = NULL;
    int count = scandir(directory, &entries, is_point, alphasort);
    for (int i = 0; i < count; i++) {
        char path[FILE_PATH_SIZE_MAX];
        if (file_path_join(path, directory, entries[i]->d_name) == FILE_OK) {
            (void)unlink(path);
        }
        free(entries[i]);
    }
    free(entries);
}

bool gallery_done(const char *directory, const char *plots_stamp)
{
    return file_is(directory, done_name, plots_stamp);
}

bool gallery_begin(const char *directory, const char *stamp, bool again)
{
    char path[FILE_PATH_SIZE_MAX];
    (void)mkdir(directory, 0777); /* whether it is there shows below */
    if (file_path_join(path, directory, done_name) == FILE_OK) {
        (void)unlink(path);
    }
    if (again || !file_is(directory, begun_name, stamp)) {
        points_remove(directory);
    }
    return file_put(directory, begun_name, stamp);
}

bool gallery_end(const char *directory, const char *plots_stamp)
{
    return file_put(directory, done_name, plots_stamp);
}
