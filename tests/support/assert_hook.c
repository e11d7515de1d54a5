#include "tests/support/assert_hook.h"

#include "base/assert.h"
#include "tests/support/cmocka.h"

static void hand_to_cmocka(const char *file, int line, const char *expression)
{
    mock_assert(0, expression, file, line);
}

void assert_hook_install(void)
{
    assert_hook_set(hand_to_cmocka);
}
