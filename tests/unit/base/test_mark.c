/* Goal: marks cost nothing where they are not built in, and count each place where they are. */
#include "base/mark.h"
#include "tests/support/cmocka.h"

#include <string.h>

static void reach_some(unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        MARK(test_mark_reached);
        if (i == 2) {
            MARK(test_mark_reached_once);
        }
        if (i > 1000) {
            MARK(test_mark_never_reached);
        }
    }
}

static const struct mark *find(const char *name)
{
    for (size_t i = 0; i < mark_count(); i++) {
        if (strcmp(mark_at(i)->name, name) == 0) {
            return mark_at(i);
        }
    }
    return NULL;
}

static void counts_what_was_reached(void **state)
{
    (void)state;
    reach_some(5);
#ifdef TALLY_MARKS
    assert_int_equal(find("test_mark_reached")->hits, 5);
    assert_int_equal(find("test_mark_reached_once")->hits, 1);
    assert_int_equal(find("test_mark_never_reached")->hits, 0);
    assert_non_null(strstr(find("test_mark_reached")->file, "test_mark.c"));
#else
    assert_int_equal(mark_count(), 0);
    assert_null(find("test_mark_reached"));
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_what_was_reached),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
