/*
 * base/mark.h: which rules a run has reached
 *
 * Problem. A million random runs prove nothing about a rule that none of them reached.
 *
 * Rule. `MARK(name);` stands in the branch where a rule acts. It is nothing at all, and leaves
 * nothing in the object file, unless built with -DTALLY_MARKS (PROFILE=marks). Then it counts, and
 * the program can list all marks that were linked into it, those never reached included. A name may
 * stand in several places; the reader adds them up.
 *
 *     if (vote->view > ahead) {
 *         MARK(vote_from_the_future);
 *         return;
 *     }
 *
 * Counting is not atomic: read the marks of programs with one thread.
 */
#ifndef TALLY_BASE_MARK_H
#define TALLY_BASE_MARK_H

#include <stddef.h>
#include <stdint.h>

/* One place in the code. */
struct mark {
    const char *name;
    const char *file;
    uint64_t hits;
};

#ifdef TALLY_MARKS
/* The linker puts the addresses of all marks of a program side by side in one section. */
#define MARK(mark_name)                                                                 \
    do {                                                                                \
        static struct mark mark_here = {#mark_name, __FILE__, 0};                       \
        static struct mark *mark_listed __attribute__((section("tally_marks"), used)) = \
            &mark_here;                                                                 \
        mark_here.hits++;                                                               \
    } while (0)
#else
#define MARK(mark_name) ((void)0)
#endif

/* The places linked into this program, in the order of linking; 0 without -DTALLY_MARKS. */
size_t mark_count(void);
/* pre: index < mark_count(). The caller may change `hits`, to add up those of other processes. */
struct mark *mark_at(size_t index);

#endif
