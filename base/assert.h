/*
 * assert.h: stop at the first sign of a bug, in every build.
 *
 * Problem. A validator whose memory contradicts itself must not sign one more message: a wrong
 * signature harms the whole network, a stopped node harms only itself.
 *
 * Rule. Three kinds of failure are never mixed. What the ledger may refuse is an outcome, what
 * the world may do wrong is a status (base/status.h), and what can only be a mistake in this
 * program is an assertion. TALLY_ASSERT is compiled into every profile and never has side effects.
 * State one condition per assertion, so that the line number says which one broke.
 *
 *     TALLY_ASSERT(index < slots->capacity);
 *     TALLY_ASSERT(slots_used(slots, index));
 *
 * A failed assertion calls the hook, if one was set, and then aborts. A test sets a hook that jumps
 * away (tests/support/assert_hook.h); a daemon sets one that adds its height and view to the log.
 */
#ifndef TALLY_BASE_ASSERT_H
#define TALLY_BASE_ASSERT_H

/* Called with the place and the text of the broken condition, before the process is aborted. */
typedef void assert_hook(const char *file, int line, const char *expression);

/*
 * Sets what runs before the abort; NULL restores the default, one line on standard error.
 * Call it at start, before other threads exist. The hook may leave by longjmp; if it returns,
 * the process aborts.
 */
void assert_hook_set(assert_hook *hook);

/* Reports a broken condition and never returns. Use TALLY_ASSERT. */
_Noreturn __attribute__((cold)) void assert_fail(const char *file, int line,
                                                 const char *expression);

/* Stops the process unless the condition holds. */
#define TALLY_ASSERT(condition) \
    ((condition) ? (void)0 : assert_fail(__FILE__, __LINE__, #condition))

/* Marks a function whose result must not be dropped. */
#define TALLY_MUST_CHECK __attribute__((warn_unused_result))

#endif
