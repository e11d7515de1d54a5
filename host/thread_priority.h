/*
 * host/thread_priority.h - which threads stand back
 *
 * Problem. A thread that computes for milliseconds (a signature check after the other, a block of
 * thousands of instructions) keeps a processor from those that answer within microseconds: a vote
 * waits for a whole turn of it, and each round of votes once more.
 *
 * Rule. Who works long stands back: it gets less of a processor that others want (nice value 5, a
 * third of theirs), all of one that nobody wants, and a thread that wakes goes before it. No
 * privilege is needed, since nothing is raised. Nice values of threads count within the process's
 * session or control group, so other programs gain nothing by it.
 *
 *     core, accepted, dialed    nice 0    short, many wakes, the way of each vote
 *     check, execute            nice 5    long
 *
 * Source: sched(7), setpriority(2): on Linux a nice value is a thread's.
 */
#ifndef TALLY_HOST_THREAD_PRIORITY_H
#define TALLY_HOST_THREAD_PRIORITY_H

#define THREAD_PRIORITY_BACK 5 /* added to the nice value */

/* The calling thread stands back behind the others of its process. Once a thread; threads that it
 * starts stand back, too. Never fails: where the kernel refuses, nothing changes. */
void thread_priority_back(void);

#endif
