#include "netsim/number_option.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool number_read(const char *text, uint64_t least, uint64_t most, uint64_t *number)
{
    char *end = NULL;
    if (*text < '0' || *text > '9') {
        return false;
    }
    errno = 0;
    *number = strtoull(text, &end, 10);
    return errno == 0 && *end == '\0' && *number >= least && *number <= most;
}

bool number_option_take(struct number_option *options, size_t count, const char *name,
                        const char *value)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(name, options[i].name) == 0) {
            options[i].given =
                number_read(value, options[i].least, options[i].most, &options[i].value);
            return options[i].given;
        }
    }
    return false;
}
