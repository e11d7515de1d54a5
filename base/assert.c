#include "base/assert.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static assert_hook *hook_current;

void assert_hook_set(assert_hook *hook)
{
    hook_current = hook;
}

/* Writes one piece of the last line this process prints; nothing can be done if that fails. */
static void last_words(const char *text)
{
    ssize_t written = write(STDERR_FILENO, text, strlen(text));
    (void)written;
}

/* Writes a line number without the C library's formatting, which may allocate. */
static void last_number(int number)
{
    char digits[12];
    size_t first = sizeof(digits) - 1;
    digits[first] = '\0';
    for (unsigned rest = (unsigned)number; rest != 0; rest /= 10) {
        first--;
        digits[first] = (char)('0' + rest % 10);
    }
    last_words(&digits[first]);
}

_Noreturn void assert_fail(const char *file, int line, const char *expression)
{
    if (hook_current != NULL) {
        hook_current(file, line, expression);
        abort();
    }
    last_words("assertion failed: ");
    last_words(expression);
    last_words(" at ");
    last_words(file);
    last_words(":");
    last_number(line);
    last_words("\n");
    abort();
}
