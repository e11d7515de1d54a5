#include "base/mark.h"

#include "base/assert.h"

#ifdef TALLY_MARKS
/* Set by the linker around the section; weak, since a program may have no mark. */
extern struct mark *__start_tally_marks[] __attribute__((weak));
extern struct mark *__stop_tally_marks[] __attribute__((weak));

size_t mark_count(void)
{
    return __start_tally_marks == NULL ? 0 : (size_t)(__stop_tally_marks - __start_tally_marks);
}

struct mark *mark_at(size_t index)
{
    TALLY_ASSERT(index < mark_count());
    return __start_tally_marks[index];
}
#else
size_t mark_count(void)
{
    return 0;
}

struct mark *mark_at(size_t index)
{
    TALLY_ASSERT(index < mark_count()); /* there is none */
    return NULL;
}
#endif
