/*
 * assert_hook.h: let a test program see failed assertions.
 *
 * Call assert_hook_install() first in main(). A failed TALLY_ASSERT then fails the running cmocka
 * test with its file and line, and inside expect_assert_failure(...) it is what the test wants.
 */
#ifndef TALLY_TESTS_SUPPORT_ASSERT_HOOK_H
#define TALLY_TESTS_SUPPORT_ASSERT_HOOK_H

/* Hands failed assertions to cmocka from now on. */
void assert_hook_install(void);

#endif
