/*
 * Goal: one Byzantine validator of four, or two of seven, whatever tricks they play, brings no
 * honest one to do, to execute or to promise anything wrong, and cannot keep a delivery from
 * settling; and each trick is really played.
 */
#include "netsim/adversary/adversary.h"

#include "netsim/check/ledger_checker.h"
#include "netsim/check/watch.h"
#include "tests/support/cmocka.h"
#include "tests/support/netsim/delivery.h"

enum {
    HOSTS_MAX = 9,
    UNTIL_US = 30000000
};

struct setting {
    struct delivery delivery;
    struct simulation *simulation;
    struct watch *watch;
    struct ledger_checker *ledgers;
    struct adversary *adversaries[HOSTS_MAX];
    uint32_t adversaries_count;
    uint32_t members_count;
    uint32_t byzantine_count;
};

static void setting_open(struct setting *setting, uint16_t members_count, uint16_t byzantine_count,
                         uint32_t kinds)
{
    struct simulation_config config;
    struct member_set byzantine = {{0}};
    bool twins = (kinds & (1u << BYZANTINE_TWIN)) != 0;
    delivery_open(&setting->delivery);
    setting->members_count = members_count;
    setting->byzantine_count = byzantine_count;
    setting->adversaries_count = 0;
    simulation_config_defaults(&config, members_count, &setting->delivery.genesis);
    config.twin_count = twins ? byzantine_count : 0;
    setting->simulation = simulation_new(&config);
    assert_non_null(setting->simulation);
    for (uint16_t i = 0; i < byzantine_count; i++) {
        member_set_add(&byzantine, (uint32_t)(members_count - 1 - i));
    }
    setting->watch = watch_new(setting->simulation, &byzantine);
    setting->ledgers = ledger_checker_new(setting->simulation, members_count, &byzantine);
    for (uint32_t host = 0; host < simulation_host_count(setting->simulation); host++) {
        uint32_t member = validator_member(simulation_validator(setting->simulation, host));
        if (member_set_has(&byzantine, member)) {
            setting->adversaries[setting->adversaries_count++] =
                adversary_new(setting->simulation, host, kinds, 77 + member);
        }
    }
    delivery_start(setting->simulation);
}

static bool honest_settled(const struct setting *setting)
{
    for (uint32_t host = 0; host < setting->members_count - setting->byzantine_count; host++) {
        if (!delivery_is_settled_on(setting->simulation, host)) {
            return false;
        }
    }
    return true;
}

static const char *violation(const struct setting *setting)
{
    const char *first = watch_violation(setting->watch);
    return first != NULL ? first : ledger_checker_violation(setting->ledgers);
}

static void setting_play(struct setting *setting)
{
    for (uint64_t now_us = 0; now_us < UNTIL_US; now_us += 1000000) {
        delivery_send(&setting->delivery, setting->simulation);
        simulation_run_until(setting->simulation, now_us + 1000000);
        if (violation(setting) != NULL) {
            fail_msg("%s", violation(setting));
        }
        if (honest_settled(setting)) {
            break;
        }
    }
    simulation_run_until(setting->simulation, simulation_now_us(setting->simulation) + 2000000);
    for (uint32_t host = 0; host < setting->members_count - setting->byzantine_count; host++) {
        ledger_checker_audit(setting->ledgers, host,
                             validator_ledger(simulation_validator(setting->simulation, host)));
    }
    if (violation(setting) != NULL) {
        fail_msg("%s", violation(setting));
    }
    assert_true(honest_settled(setting));
}

static uint64_t setting_deeds(const struct setting *setting, enum byzantine_kind kind)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < setting->adversaries_count; i++) {
        uint64_t counts[BYZANTINE_COUNT];
        adversary_deeds(setting->adversaries[i], counts);
        sum += counts[kind];
    }
    return sum;
}

static void setting_close(struct setting *setting)
{
    for (uint32_t i = 0; i < setting->adversaries_count; i++) {
        adversary_free(setting->adversaries[i]);
    }
    ledger_checker_free(setting->ledgers);
    watch_free(setting->watch);
    simulation_free(setting->simulation);
    delivery_close(&setting->delivery);
}

static void check_kind(enum byzantine_kind kind)
{
    static struct setting setting;
    setting_open(&setting, 4, 1, 1u << kind);
    setting_play(&setting);
    assert_true(setting_deeds(&setting, kind) > 0);
    setting_close(&setting);
}

#define KIND_TEST(symbol, name)             \
    static void test_##symbol(void **state) \
    {                                       \
        (void)state;                        \
        check_kind(symbol);                 \
    }
BYZANTINE_LIST(KIND_TEST)

static void two_of_seven_play_everything_but_silence(void **state)
{
    static struct setting setting;
    (void)state;
    uint32_t kinds = ((1u << BYZANTINE_COUNT) - 1u) & ~(1u << BYZANTINE_SILENT);
    setting_open(&setting, 7, 2, kinds);
    setting_play(&setting);
    assert_true(watch_evidence_count(setting.watch) > 0);
    setting_close(&setting);
}

/* The canaries: who is shown a lie must object. */
static void a_watch_that_is_lied_to_objects(void **state)
{
    static struct setting setting;
    (void)state;
    setting_open(&setting, 4, 0, 0);
    simulation_run_until(setting.simulation, 2000000);
    assert_null(watch_violation(setting.watch));
    watch_lie(setting.watch);
    simulation_run_until(setting.simulation, 20000000);
    assert_non_null(watch_violation(setting.watch));
    setting_close(&setting);
}

static void a_ledger_checker_that_is_lied_to_objects(void **state)
{
    static struct setting setting;
    (void)state;
    setting_open(&setting, 4, 0, 0);
    ledger_checker_lie(setting.ledgers);
    delivery_play(&setting.delivery, setting.simulation, 10000000);
    assert_non_null(ledger_checker_violation(setting.ledgers));
    setting_close(&setting);
}

int main(void)
{
#define KIND_ENTRY(symbol, name) cmocka_unit_test(test_##symbol),
    const struct CMUnitTest tests[] = {
        BYZANTINE_LIST(KIND_ENTRY) cmocka_unit_test(two_of_seven_play_everything_but_silence),
        cmocka_unit_test(a_watch_that_is_lied_to_objects),
        cmocka_unit_test(a_ledger_checker_that_is_lied_to_objects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
