#include "cli/passphrase.h"

#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "cli/failure.h"
#include "host/secret_memory.h"

/* Reads one line without its end. Byte by byte, so that nothing of the secret stays in a buffer
 * that is not wiped. False at an error or when the line is too long. */
static bool line_read(int descriptor, struct passphrase *out)
{
    char c = 0;
    ssize_t got;

    out->size = 0;
    while ((got = read(descriptor, &c, 1)) == 1 && c != '\n') {
        if (out->size + 1 == sizeof out->text) {
            return false;
        }
        out->text[out->size++] = c;
    }
    out->text[out->size] = 0;
    return got >= 0;
}

static bool terminal_ask(int terminal, const char *prompt, struct passphrase *out)
{
    struct termios before, silent;
    bool good;

    if (tcgetattr(terminal, &before) != 0) {
        return false;
    }
    silent = before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    if (tcsetattr(terminal, TCSAFLUSH, &silent) != 0) {
        return false;
    }
    good = write(terminal, prompt, strlen(prompt)) == (ssize_t)strlen(prompt) &&
           line_read(terminal, out);
    (void)tcsetattr(terminal, TCSAFLUSH, &before);
    return write(terminal, "\n", 1) == 1 && good;
}

static enum exit_code from_terminal(const char *prompt, bool confirm, struct passphrase *out)
{
    struct passphrase *again;
    int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    enum exit_code code = EXIT_DONE;

    if (terminal < 0 || !terminal_ask(terminal, prompt, out)) {
        code = failure(EXIT_KEY, prompt, "use --passphrase-file",
                       "there is no terminal to ask for the pass phrase");
    } else if (confirm) {
        again = secret_memory_take(sizeof *again);
        if (again == NULL || !terminal_ask(terminal, "once more: ", again) ||
            again->size != out->size || memcmp(again->text, out->text, out->size) != 0) {
            code = failure(EXIT_KEY, NULL, "try again", "the two pass phrases differ");
        }
        secret_memory_give(again);
    }
    if (terminal >= 0) {
        (void)close(terminal);
    }
    return code;
}

static enum exit_code from_file(const char *path, struct passphrase *out)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    enum exit_code code = EXIT_DONE;

    if (file < 0 || !line_read(file, out)) {
        code = failure(EXIT_FILES, path, "check the path, its mode and that its line is short",
                       "the pass phrase cannot be read");
    }
    if (file >= 0) {
        (void)close(file);
    }
    return code;
}

enum exit_code passphrase_take(const char *path, const char *prompt, bool confirm,
                               struct passphrase **out)
{
    enum exit_code code;

    *out = secret_memory_take(sizeof **out);
    if (*out == NULL) {
        return failure(EXIT_KEY, NULL, "raise the limit of locked memory (ulimit -l)",
                       "no locked memory for the pass phrase");
    }
    code = path[0] != 0 ? from_file(path, *out) : from_terminal(prompt, confirm, *out);
    if (code != EXIT_DONE) {
        passphrase_give(*out);
        *out = NULL;
    }
    return code;
}

void passphrase_give(struct passphrase *passphrase)
{
    secret_memory_give(passphrase);
}
