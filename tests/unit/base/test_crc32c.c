/*
 * Goal: the table-driven checksum is CRC-32C, in one piece or in several, and finds every single
 * and double bit error and every short burst in a record.
 */
#include <string.h>

#include "base/crc32c.h"
#include "base/prng.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

/* The definition, bit by bit. */
static uint32_t slow_crc32c(const uint8_t *data, size_t size)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < size; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc & 1) != 0 ? crc >> 1 ^ UINT32_C(0x82f63b78) : crc >> 1;
        }
    }
    return ~crc;
}

/* RFC 3720, appendix B.4. */
static void published_vectors_hold(void **state)
{
    (void)state;
    uint8_t data[32];
    memset(data, 0, sizeof(data));
    assert_int_equal(crc32c(0, data, sizeof(data)), UINT32_C(0x8a9136aa));
    memset(data, 0xff, sizeof(data));
    assert_int_equal(crc32c(0, data, sizeof(data)), UINT32_C(0x62a8ab43));
    for (uint8_t i = 0; i < 32; i++) {
        data[i] = i;
    }
    assert_int_equal(crc32c(0, data, sizeof(data)), UINT32_C(0x46dd794e));
    assert_int_equal(crc32c(0, "123456789", 9), UINT32_C(0xe3069283));
    assert_int_equal(crc32c(0, NULL, 0), 0);
}

static void it_agrees_with_the_definition_in_any_pieces(void **state)
{
    (void)state;
    struct prng prng;
    prng_init(&prng, 1);
    for (int round = 0; round < 2000; round++) {
        uint8_t data[100];
        size_t size = (size_t)prng_below(&prng, sizeof(data) + 1);
        size_t cut = (size_t)prng_below(&prng, size + 1);
        prng_fill(&prng, data, size);
        uint32_t expected = slow_crc32c(data, size);
        assert_int_equal(crc32c(0, data, size), expected);
        assert_int_equal(crc32c(crc32c(0, data, cut), data + cut, size - cut), expected);
    }
}

static void small_damage_is_always_found(void **state)
{
    (void)state;
    uint8_t data[24];
    struct prng prng;
    prng_init(&prng, 2);
    prng_fill(&prng, data, sizeof(data));
    uint32_t intact = crc32c(0, data, sizeof(data));
    const size_t bits = 8 * sizeof(data);
    for (size_t a = 0; a < bits; a++) {
        data[a / 8] ^= (uint8_t)(1u << a % 8);
        assert_int_not_equal(crc32c(0, data, sizeof(data)), intact);
        for (size_t b = a + 1; b < bits; b++) {
            data[b / 8] ^= (uint8_t)(1u << b % 8);
            assert_int_not_equal(crc32c(0, data, sizeof(data)), intact);
            data[b / 8] ^= (uint8_t)(1u << b % 8);
        }
        data[a / 8] ^= (uint8_t)(1u << a % 8);
    }
    expect_assert_failure((void)crc32c(0, NULL, 1));
}

/* Of every length and from every alignment. */
static void the_instruction_and_the_table_agree(void **state)
{
    (void)state;
    uint8_t data[200];
    struct prng prng;
    prng_init(&prng, 5);
    for (size_t i = 0; i < sizeof(data); i++) {
        data[i] = (uint8_t)prng_next(&prng);
    }
    for (size_t first = 0; first < 9; first++) {
        for (size_t size = 0; size <= sizeof(data) - first; size++) {
            uint32_t seed = (uint32_t)prng_next(&prng);
            assert_int_equal(crc32c(seed, data + first, size),
                             crc32c_by_table(seed, data + first, size));
        }
    }
    assert_int_equal(crc32c_by_table(0, "123456789", 9), UINT32_C(0xe3069283));
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_vectors_hold),
        cmocka_unit_test(the_instruction_and_the_table_agree),
        cmocka_unit_test(it_agrees_with_the_definition_in_any_pieces),
        cmocka_unit_test(small_damage_is_always_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
