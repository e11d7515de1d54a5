/*
 * Goal: the engine's containers keep what they are given: a fifo its order over growth and
 * wrapping, a packet its bytes for as long as it is held, the pool a block for whoever needs it
 * next.
 */
#include <string.h>

#include "netsim/engine/fifo.h"
#include "netsim/engine/memory_pool.h"
#include "netsim/engine/packet.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

static void a_fifo_keeps_its_order(void **state)
{
    (void)state;
    struct fifo fifo = {.item_size = sizeof(uint32_t)};
    uint32_t in = 0;
    uint32_t out = 0;
    uint32_t item;
    for (uint32_t round = 0; round < 200; round++) {
        for (uint32_t i = 0; i < round % 7; i++, in++) {
            fifo_push(&fifo, &in);
        }
        for (uint32_t i = 0; i < round % 5 && fifo.count > 0; i++, out++) {
            assert_int_equal(*(const uint32_t *)fifo_first(&fifo), out);
            fifo_pop(&fifo, &item);
            assert_int_equal(item, out);
        }
        assert_int_equal(fifo.count, in - out);
    }
    for (; fifo.count > 0; out++) {
        fifo_pop(&fifo, &item);
        assert_int_equal(item, out);
    }
    assert_int_equal(in, out);
    expect_assert_failure(fifo_pop(&fifo, &item));
    expect_assert_failure(fifo_first(&fifo));
    fifo_free(&fifo);
    expect_assert_failure(fifo_push(&(struct fifo){.item_size = 0}, &item));
}

static void a_packet_lives_while_it_is_held(void **state)
{
    (void)state;
    static const uint8_t bytes[] = "a vote";
    struct packet *packet = packet_new(bytes, sizeof bytes);
    assert_ptr_equal(packet_hold(packet), packet);
    packet_release(packet);
    assert_int_equal(packet->size, sizeof bytes);
    assert_memory_equal(packet->bytes, bytes, sizeof bytes);
    struct packet *same = packet_new(bytes, sizeof bytes);
    struct packet *other = packet_new(bytes, sizeof bytes - 1);
    assert_true(packet->digest == same->digest);
    assert_true(packet->digest != other->digest);
    packet_release(packet);
    packet_release(same);
    packet_release(other);
    expect_assert_failure(packet_new(bytes, 0));
}

/* Every single bit and the length count, and so does what was mixed before. */
static void a_digest_depends_on_every_bit(void **state)
{
    (void)state;
    uint8_t bytes[33];
    memset(bytes, 0x33, sizeof bytes);
    uint64_t digest = digest_bytes(1, bytes, sizeof bytes);
    for (unsigned bit = 0; bit < 8 * sizeof bytes; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_true(digest_bytes(1, bytes, sizeof bytes) != digest);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_true(digest_bytes(1, bytes, sizeof bytes - 1) != digest);
    assert_true(digest_bytes(2, bytes, sizeof bytes) != digest);
    assert_true(digest_bytes(1, bytes, sizeof bytes) == digest);
}

static void the_pool_hands_out_the_smallest_that_fits(void **state)
{
    (void)state;
    void *large = memory_pool_take(1000000);
    void *small = memory_pool_take(1000);
    assert_int_equal((uintptr_t)large % 64, 0);
    assert_int_equal((uintptr_t)small % 64, 0);
    memory_pool_give(large);
    memory_pool_give(small);
    memory_pool_give(NULL);
    assert_ptr_equal(memory_pool_take(900), small);
    assert_ptr_equal(memory_pool_take(900), large); /* better than fresh pages */
    void *third = memory_pool_take(900);
    assert_true(third != small && third != large);
    memory_pool_give(third);
    memory_pool_give(small);
    memory_pool_give(large);
    void *larger = memory_pool_take(2000000); /* none fits */
    assert_true(larger != large);
    memory_pool_give(larger);
    memory_pool_clear();
    expect_assert_failure(memory_pool_take(0));
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fifo_keeps_its_order),
        cmocka_unit_test(a_packet_lives_while_it_is_held),
        cmocka_unit_test(a_digest_depends_on_every_bit),
        cmocka_unit_test(the_pool_hands_out_the_smallest_that_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
