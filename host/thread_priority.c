#include "host/thread_priority.h"

#include <errno.h>
#include <sys/resource.h>

#define THIS_THREAD 0 /* as "who" of PRIO_PROCESS */

void thread_priority_back(void)
{
    errno = 0;
    const int nice_now = getpriority(PRIO_PROCESS, THIS_THREAD);
    if (errno == 0) {
        (void)setpriority(PRIO_PROCESS, THIS_THREAD, nice_now + THREAD_PRIORITY_BACK);
    }
}
