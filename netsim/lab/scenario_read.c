/* A scenario's file: libinih cuts it into section, name and value; scenario_field.h says what each
 * means. */
#include <ini.h>
#include <stdlib.h>
#include <string.h>

#include "netsim/lab/scenario_field.h"

struct reader {
    struct scenario *scenario;
    struct scenario_error *error;
    const char *name; /* of the file */
    const char *text; /* not yet read */
    size_t left;
    uint32_t line; /* being handled, from 1 */
    bool failed;
};

/* The first error is the one to mend first. Always 0, which tells libinih that a line is wrong. */
static int refuse(struct reader *reader, const char *section, const char *name, const char *why)
{
    if (!reader->failed) {
        reader->failed = true;
        (void)scenario_refuse(reader->error, reader->line, "%.120s:%u: [%.32s] %.64s: %.240s",
                              reader->name, reader->line, section, name, why);
    }
    return 0;
}

/* Called by libinih for each setting. */
static int setting_read(void *context, const char *section, const char *name, const char *value)
{
    struct reader *reader = context;
    char why[256] = "";
    if (!section_known(section)) {
        (void)snprintf(why, sizeof why, "unknown section; known are %s", section_names());
        return refuse(reader, section, name == NULL ? "" : name, why);
    }
    if (value == NULL || value[0] == '\0') {
        return refuse(reader, section, name == NULL ? "" : name, "give a value after =");
    }
    if (strcmp(section, "fault") == 0) {
        if (strcmp(name, "at") != 0) {
            return refuse(reader, section, name, "a line of the time line begins with `at =`");
        }
        return scenario_fault_add(reader->scenario, value, why, sizeof why) ||
               refuse(reader, section, name, why);
    }
    const struct scenario_field *field = field_find(section, name);
    if (field == NULL) {
        return refuse(reader, section, name,
                      "unknown field; remove it or correct its name (`tally-sim help scenario`)");
    }
    if (field_given(reader->scenario, field)) {
        return refuse(reader, section, name, "is given twice; remove one");
    }
    return field_set(reader->scenario, field, value, why, sizeof why) ||
           refuse(reader, section, name, why);
}

/* Called by libinih for each line: how we know its number. */
static char *line_read(char *line, int capacity, void *context)
{
    struct reader *reader = context;
    if (reader->left == 0) {
        return NULL;
    }
    const char *end = memchr(reader->text, '\n', reader->left);
    size_t size = end == NULL ? reader->left : (size_t)(end - reader->text) + 1;
    reader->line += 1;
    if (size >= (size_t)capacity) {
        (void)refuse(reader, "file", "", "the line is too long");
        return NULL;
    }
    memcpy(line, reader->text, size);
    line[size] = '\0';
    reader->text += size;
    reader->left -= size;
    return line;
}

/* The lines of comment at the top say what the scenario is about; they are shown with its results.
 */
static void comment_read(struct scenario *scenario, const char *text, size_t size)
{
    size_t used = 0;
    while (size > 0 && text[0] == '#') {
        const char *end = memchr(text, '\n', size);
        size_t length = end == NULL ? size : (size_t)(end - text);
        size_t skip = length > 1 && text[1] == ' ' ? 2 : 1;
        if (used + length - skip + 2 > sizeof scenario->comment) {
            return;
        }
        memcpy(scenario->comment + used, text + skip, length - skip);
        used += length - skip;
        scenario->comment[used++] = '\n';
        scenario->comment[used] = '\0';
        size_t taken = end == NULL ? length : length + 1;
        text += taken;
        size -= taken;
    }
}

bool scenario_parse(struct scenario *scenario, const char *text, size_t size, const char *name,
                    const char *directory, struct scenario_error *error)
{
    struct reader reader = {
        .scenario = scenario, .error = error, .name = name, .text = text, .left = size};
    memset(error, 0, sizeof *error);
    if (memchr(text, '\0', size) != NULL) {
        return scenario_refuse(error, 0, "%.120s: holds a zero byte; is it a text file?", name);
    }
    if (strlen(directory) >= sizeof scenario->directory) {
        return scenario_refuse(error, 0, "%.120s: its path is too long", name);
    }
    memcpy(scenario->directory, directory, strlen(directory) + 1);
    comment_read(scenario, text, size);
    int line = ini_parse_stream(line_read, &reader, setting_read, &reader);
    if (line > 0 && (!reader.failed || (uint32_t)line < error->line)) {
        reader.failed = true; /* libinih goes on behind a malformed line: that one is the first */
        (void)scenario_refuse(error, (uint32_t)line,
                              "%.120s:%d: is neither [section], name = value, nor a comment", name,
                              line);
    }
    return !reader.failed;
}

bool scenario_load(struct scenario *scenario, const char *path, struct scenario_error *error)
{
    char directory[SCENARIO_PATH_SIZE] = "";
    const char *slash = strrchr(path, '/');
    size_t size = 0;
    memset(error, 0, sizeof *error);
    if (slash != NULL && (size_t)(slash - path) + 1 < sizeof directory) {
        memcpy(directory, path, slash == path ? 1 : (size_t)(slash - path));
    }
    char *text = malloc(SCENARIO_BYTES_MAX);
    if (text == NULL) {
        return scenario_refuse(error, 0, "%.120s: out of memory", path);
    }
    enum file_status status =
        file_read_all(file_system_posix(), path, text, SCENARIO_BYTES_MAX, &size);
    bool read = status == FILE_OK
                    ? scenario_parse(scenario, text, size, path, directory, error)
                    : scenario_refuse(error, 0, "%.120s: %s; %s", path, file_status_text(status),
                                      file_status_hint(status));
    free(text);
    return read;
}
