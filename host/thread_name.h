/*
 * host/thread_name.h - what a thread is called
 *
 * Problem. Where a node's processor time goes is asked of the running process, by an operator (`top
 * -H`, `perf`) or a measurement (/proc/PID/task/TID/stat); threads that all bear the program's name
 * do not answer.
 *
 * Rule. A thread names itself when it begins. The name says what it does, not who: "execute".
 */
#ifndef TALLY_HOST_THREAD_NAME_H
#define TALLY_HOST_THREAD_NAME_H

#define THREAD_NAME_SIZE 16u /* with its terminating zero */

/* Names the calling thread. A longer name is cut. Any thread; never fails. */
void thread_name_set(const char *name);

#endif
