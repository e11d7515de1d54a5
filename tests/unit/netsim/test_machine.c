/*
 * Goal: threads share cores first come first served, hold them for their processor time and not for
 * their waits, and carry fractions of microseconds over; all instants below are worked out by hand.
 */
#include "netsim/engine/machine.h"

#include "tests/support/cmocka.h"

enum {
    THREADS = 4,
    RUNS_MAX = 16
};

struct worker {
    struct machine_thread thread;
    uint64_t processor_ns;
    uint64_t wait_ns;
    uint32_t repeat; /* ready again so many times */
    bool stop_itself;
    uint64_t begun_us[RUNS_MAX];
    uint64_t done_us[RUNS_MAX];
    uint32_t begun;
    uint32_t done;
};

static struct event_queue *queue;
static struct machine *machine;
static struct worker workers[THREADS];

static void run(void *context, struct machine_cost *cost)
{
    struct worker *worker = context;
    worker->begun_us[worker->begun++] = event_queue_now_us(queue);
    cost->processor_ns = worker->processor_ns;
    cost->wait_ns = worker->wait_ns;
    if (worker->stop_itself) {
        machine_thread_stop(&worker->thread);
    }
}

static void done(void *context)
{
    struct worker *worker = context;
    worker->done_us[worker->done++] = event_queue_now_us(queue);
    if (worker->repeat > 0) {
        worker->repeat--;
        machine_thread_ready(&worker->thread);
    }
}

static void begin(uint32_t cores)
{
    queue = event_queue_new();
    machine = machine_new(queue, cores);
    for (uint32_t i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.processor_ns = 0};
        machine_thread_init(&workers[i].thread, machine, i, run, done, &workers[i]);
    }
}

static void ready(void *context, const struct queue_event *event)
{
    (void)event;
    machine_thread_ready(context);
}

static void ready_at(uint32_t worker, uint64_t time_us)
{
    event_queue_add(queue, &(struct queue_event){.time_us = time_us,
                                                 .run = ready,
                                                 .context = &workers[worker].thread});
}

static void no_drop(const struct queue_event *event)
{
    (void)event;
}

static void end(void)
{
    while (event_queue_run(queue)) {
    }
    machine_free(machine);
    event_queue_free(queue, no_drop);
}

/* The example of the header. */
static void a_wait_frees_the_core(void **state)
{
    (void)state;
    begin(1);
    workers[0].processor_ns = 30000;
    workers[0].wait_ns = 100000;
    workers[1].processor_ns = 20000;
    ready_at(0, 0);
    ready_at(1, 10);
    end();
    assert_int_equal(workers[0].begun_us[0], 0);
    assert_int_equal(workers[0].done_us[0], 130);
    assert_int_equal(workers[1].begun_us[0], 30);
    assert_int_equal(workers[1].done_us[0], 50);
}

/*
 * Two cores, three threads of 10, 40 and 5 us, ready at 0, 0 and 1; the first is ready again at
 * once and stands behind the third then.
 *
 *     core 1   A 0-10   C 10-15   A 15-25
 *     core 2   B 0-40
 */
static void cores_are_given_in_order_of_asking(void **state)
{
    (void)state;
    begin(2);
    workers[0].processor_ns = 10000;
    workers[0].repeat = 1;
    workers[1].processor_ns = 40000;
    workers[2].processor_ns = 5000;
    ready_at(0, 0);
    ready_at(1, 0);
    ready_at(2, 1);
    end();
    assert_int_equal(workers[1].begun_us[0], 0);
    assert_int_equal(workers[2].begun_us[0], 10);
    assert_int_equal(workers[2].done_us[0], 15);
    assert_int_equal(workers[0].begun_us[1], 15);
    assert_int_equal(workers[0].done_us[1], 25);
    assert_int_equal(workers[1].done_us[0], 40);
}

static void without_cores_nobody_waits(void **state)
{
    (void)state;
    begin(0);
    for (uint32_t i = 0; i < THREADS; i++) {
        workers[i].processor_ns = 50000;
        ready_at(i, i);
    }
    end();
    for (uint32_t i = 0; i < THREADS; i++) {
        assert_int_equal(workers[i].begun_us[0], i);
        assert_int_equal(workers[i].done_us[0], i + 50);
    }
}

/* 4 runs of 1.6 us: done after 1, 3, 4 and 6 us, for what is left over is carried. */
static void fractions_are_carried_over(void **state)
{
    (void)state;
    begin(1);
    workers[0].processor_ns = 1600;
    workers[0].repeat = 3;
    ready_at(0, 0);
    end();
    static const uint64_t expected[] = {1, 3, 4, 6};
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(workers[0].done_us[i], expected[i]);
    }
}

static void what_costs_nothing_is_done_at_once(void **state)
{
    (void)state;
    begin(1);
    workers[0].repeat = RUNS_MAX - 1; /* each from within the end of the one before */
    ready_at(0, 9);
    ready_at(0, 9); /* ready or idle again: no second run of its own but one more */
    workers[0].repeat--;
    end();
    assert_int_equal(workers[0].begun, RUNS_MAX);
    assert_int_equal(workers[0].done_us[RUNS_MAX - 1], 9);
}

static void a_busy_thread_is_not_run_again(void **state)
{
    (void)state;
    begin(2);
    workers[0].processor_ns = 10000;
    ready_at(0, 0);
    ready_at(0, 5);
    end();
    assert_int_equal(workers[0].begun, 1);
}

/* Stopped while busy, it is never done, but its core is held until the time is over. Stopped while
 * it waits for a core, it does not run. */
static void a_stopped_thread_is_gone(void **state)
{
    (void)state;
    begin(1);
    workers[0].processor_ns = 10000;
    workers[0].stop_itself = true;
    workers[1].processor_ns = 1000;
    workers[2].processor_ns = 1000;
    ready_at(0, 0);
    ready_at(1, 1);
    ready_at(2, 2);
    for (int i = 0; i < 3; i++) {
        (void)event_queue_run(queue);
    }
    machine_thread_stop(&workers[1].thread);
    end();
    assert_int_equal(workers[0].done, 0);
    assert_int_equal(workers[1].begun, 0);
    assert_int_equal(workers[2].begun_us[0], 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wait_frees_the_core),
        cmocka_unit_test(cores_are_given_in_order_of_asking),
        cmocka_unit_test(without_cores_nobody_waits),
        cmocka_unit_test(fractions_are_carried_over),
        cmocka_unit_test(what_costs_nothing_is_done_at_once),
        cmocka_unit_test(a_busy_thread_is_not_run_again),
        cmocka_unit_test(a_stopped_thread_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
