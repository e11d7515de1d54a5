/*
 * Goal: no configuration file crashes the parser; what is refused is refused with one printable
 * line, and what is accepted is within its ranges.
 */
#include <string.h>

#include "base/assert.h"
#include "node/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct config config;
    struct config_error error;
    if (!config_parse((const char *)data, size, "/etc/tally", &config, &error)) {
        size_t length = strlen(error.text);
        TALLY_ASSERT(length > 0);
        for (size_t i = 0; i < length; i++) {
            TALLY_ASSERT(error.text[i] >= ' ' && error.text[i] <= '~');
        }
        return 0;
    }
    TALLY_ASSERT(config.workers >= 1 && config.workers <= 64);
    TALLY_ASSERT(config.genesis[0] == '/');
    TALLY_ASSERT(config.channel_key[0] == '/');
    TALLY_ASSERT(config.validator == CONFIG_OBSERVER || config.signing_key[0] == '/');
    TALLY_ASSERT(config.peer_count <= CONFIG_PEERS_MAX);
    return 0;
}
