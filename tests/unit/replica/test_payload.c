/*
 * Goal: a payload is a list of whole, signed envelopes of this chain and nothing else, and every
 * member comes to the same verdict about any bytes.
 */
#include "node/replica/payload.h"

#include "base/prng.h"
#include "crypto/start.h"
#include "tests/support/cmocka.h"
#include "tests/unit/replica/envelopes.h"

enum {
    SIZE = 400,
    PAYLOAD_MAX = 4096
};

static const uint64_t VALID_UNTIL = 1000000;

struct fixture {
    uint8_t bytes[PAYLOAD_MAX];
    struct bytes_writer writer;
    struct payload_rules rules;
    unsigned asked;
    bool known;
};

static bool known(void *context, const struct hash *fingerprint)
{
    struct fixture *fixture = context;
    (void)fingerprint;
    fixture->asked++;
    return fixture->known;
}

static void open_fixture(struct fixture *fixture)
{
    *fixture = (struct fixture){.rules = {.chain_id = envelopes_chain(1),
                                          .payload_bytes_max = PAYLOAD_MAX,
                                          .known = known,
                                          .context = fixture}};
    bytes_writer_init(&fixture->writer, fixture->bytes, sizeof fixture->bytes);
}

static void add(struct fixture *fixture, uint8_t chain, uint32_t nonce)
{
    uint8_t envelope[SIZE];
    envelopes_make(envelope, sizeof envelope, chain, nonce, VALID_UNTIL);
    payload_append(&fixture->writer, envelope, sizeof envelope);
    assert_false(fixture->writer.failed);
}

static enum payload_result check(struct fixture *fixture)
{
    return payload_check(&fixture->rules, fixture->bytes, fixture->writer.size);
}

static void walks_what_was_appended(void **state)
{
    (void)state;
    struct fixture fixture;
    struct bytes_reader reader;
    struct payload_item item;
    uint32_t count;
    open_fixture(&fixture);
    add(&fixture, 1, 1);
    add(&fixture, 1, 2);
    assert_true(payload_count(fixture.bytes, fixture.writer.size, &count));
    assert_int_equal(count, 2);
    payload_reader_init(&reader, fixture.bytes, fixture.writer.size);
    assert_true(payload_next(&reader, &item));
    assert_ptr_equal(item.bytes, fixture.bytes + PAYLOAD_PREFIX_BYTES);
    assert_int_equal(item.size, SIZE);
    assert_true(payload_next(&reader, &item));
    assert_false(payload_next(&reader, &item));
    assert_true(bytes_reader_done(&reader));
}

static void accepts_signed_envelopes_of_this_chain(void **state)
{
    (void)state;
    struct fixture fixture;
    open_fixture(&fixture);
    add(&fixture, 1, 1);
    add(&fixture, 1, 2);
    assert_int_equal(check(&fixture), PAYLOAD_VALID);
    assert_int_equal(fixture.asked, 2);
}

static void refuses_nothing_and_too_much(void **state)
{
    (void)state;
    struct fixture fixture;
    open_fixture(&fixture);
    assert_int_equal(check(&fixture), PAYLOAD_EMPTY);
    add(&fixture, 1, 1);
    fixture.rules.payload_bytes_max = SIZE + PAYLOAD_PREFIX_BYTES;
    assert_int_equal(check(&fixture), PAYLOAD_VALID);
    fixture.rules.payload_bytes_max--;
    assert_int_equal(check(&fixture), PAYLOAD_TOO_LARGE);
}

/* Cut at any byte but the ends of envelopes, a list is torn, and no signature is looked at. */
static void refuses_a_list_cut_anywhere(void **state)
{
    (void)state;
    struct fixture fixture;
    open_fixture(&fixture);
    add(&fixture, 1, 1);
    add(&fixture, 1, 2);
    size_t whole = SIZE + PAYLOAD_PREFIX_BYTES;
    for (size_t size = 1; size < 2 * whole; size++) {
        if (size != whole) {
            assert_int_equal(payload_check(&fixture.rules, fixture.bytes, size), PAYLOAD_TORN);
        }
    }
    assert_int_equal(fixture.asked, 0);
}

static void refuses_an_envelope_of_size_zero(void **state)
{
    (void)state;
    struct fixture fixture;
    const uint8_t zero[PAYLOAD_PREFIX_BYTES] = {0};
    open_fixture(&fixture);
    add(&fixture, 1, 1);
    bytes_write_copy(&fixture.writer, zero, sizeof zero);
    assert_int_equal(check(&fixture), PAYLOAD_TORN);
}

static void refuses_a_foreign_chain(void **state)
{
    (void)state;
    struct fixture fixture;
    open_fixture(&fixture);
    add(&fixture, 1, 1);
    add(&fixture, 2, 2);
    assert_int_equal(check(&fixture), PAYLOAD_ENVELOPE_MISADDRESSED);
}

/* Whichever byte of a valid payload is changed, it is valid no more. */
static void refuses_any_changed_byte(void **state)
{
    (void)state;
    struct fixture fixture;
    open_fixture(&fixture);
    add(&fixture, 1, 1);
    for (size_t i = 0; i < fixture.writer.size; i += 3) {
        fixture.bytes[i] ^= 0x41;
        assert_int_not_equal(check(&fixture), PAYLOAD_VALID);
        fixture.bytes[i] ^= 0x41;
    }
    assert_int_equal(check(&fixture), PAYLOAD_VALID);
}

static void trusts_what_was_verified_before(void **state)
{
    (void)state;
    struct fixture fixture;
    open_fixture(&fixture);
    add(&fixture, 1, 1);
    fixture.bytes[fixture.writer.size - 1] ^= 1; /* the signature */
    assert_int_equal(check(&fixture), PAYLOAD_ENVELOPE_SIGNATURE);
    fixture.known = true;
    assert_int_equal(check(&fixture), PAYLOAD_VALID);
}

/* What a list may hold at a place. */
enum entry {
    ENTRY_RIGHT,
    ENTRY_KNOWN, /* and its signature wrong, so that it shows when it is verified */
    ENTRY_WRONG_SIGNATURE,
    ENTRY_OTHER_CHAIN,
    ENTRY_MALFORMED,
};

enum {
    ENTRIES_MAX = 3 * ENVELOPE_VERIFY_MAX
};

struct list {
    uint8_t bytes[ENTRIES_MAX * (ENVELOPE_SMALLEST + PAYLOAD_PREFIX_BYTES)];
    struct bytes_writer writer;
    struct hash known[ENTRIES_MAX];
    size_t known_count;
    enum payload_result wanted;
};

static bool list_knows(void *context, const struct hash *fingerprint)
{
    const struct list *list = context;
    for (size_t i = 0; i < list->known_count; i++) {
        if (hash_equal(&list->known[i], fingerprint)) {
            return true;
        }
    }
    return false;
}

/* Signing costs most of the test, so each envelope is signed once. */
static void entry_make(uint8_t out[ENVELOPE_SMALLEST], enum entry entry, uint32_t place)
{
    static uint8_t made[2][ENTRIES_MAX][ENVELOPE_SMALLEST];
    const uint8_t chain = entry == ENTRY_OTHER_CHAIN ? 2 : 1;
    uint8_t *envelope = made[chain - 1][place];
    if (envelope[0] == 0) {
        envelopes_make(envelope, ENVELOPE_SMALLEST, chain, place, VALID_UNTIL);
    }
    memcpy(out, envelope, ENVELOPE_SMALLEST);
    if (entry == ENTRY_KNOWN || entry == ENTRY_WRONG_SIGNATURE) {
        out[ENVELOPE_SMALLEST - 40] ^= 4;
    } else if (entry == ENTRY_MALFORMED) {
        out[0] ^= 4; /* the version */
    }
}

static void list_add(struct list *list, enum entry entry, uint32_t place)
{
    static const enum payload_result results[] = {
        [ENTRY_RIGHT] = PAYLOAD_VALID,
        [ENTRY_KNOWN] = PAYLOAD_VALID,
        [ENTRY_WRONG_SIGNATURE] = PAYLOAD_ENVELOPE_SIGNATURE,
        [ENTRY_OTHER_CHAIN] = PAYLOAD_ENVELOPE_MISADDRESSED,
        [ENTRY_MALFORMED] = PAYLOAD_ENVELOPE_MALFORMED,
    };
    uint8_t bytes[ENVELOPE_SMALLEST];
    struct envelope envelope;
    entry_make(bytes, entry, place);
    payload_append(&list->writer, bytes, sizeof bytes);
    if (entry == ENTRY_KNOWN) {
        assert_int_equal(envelope_decode(&envelope, bytes, sizeof bytes), ENVELOPE_OK);
        payload_envelope_fingerprint(&envelope, &list->known[list->known_count++]);
    }
    if (list->wanted == PAYLOAD_VALID) {
        list->wanted = results[entry];
    }
}

static enum payload_result list_check(struct list *list)
{
    const struct payload_rules rules = {.chain_id = envelopes_chain(1),
                                        .payload_bytes_max = sizeof list->bytes,
                                        .known = list_knows,
                                        .context = list};
    assert_true(bytes_writer_ok(&list->writer));
    return payload_check(&rules, list->bytes, list->writer.size);
}

static void list_open(struct list *list)
{
    list->known_count = 0;
    list->wanted = PAYLOAD_VALID;
    bytes_writer_init(&list->writer, list->bytes, sizeof list->bytes);
}

/* Signatures are verified several at once: none may be left out, wherever it stands in lists of any
 * length. */
static void a_wrong_signature_is_found_at_every_place(void **state)
{
    (void)state;
    static struct list list;
    for (uint32_t count = 1; count <= 2 * ENVELOPE_VERIFY_MAX + 1; count++) {
        for (uint32_t wrong = 0; wrong <= count; wrong++) {
            list_open(&list);
            for (uint32_t i = 0; i < count; i++) {
                list_add(&list, i == wrong ? ENTRY_WRONG_SIGNATURE : ENTRY_RIGHT, i);
            }
            assert_int_equal(list.wanted,
                             wrong == count ? PAYLOAD_VALID : PAYLOAD_ENVELOPE_SIGNATURE);
            assert_int_equal(list_check(&list), list.wanted);
        }
    }
}

/* The first envelope at fault decides, as if each were judged before the next is looked at. */
static void the_first_envelope_at_fault_is_named(void **state)
{
    (void)state;
    static struct list list;
    const enum entry faults[] = {ENTRY_WRONG_SIGNATURE, ENTRY_OTHER_CHAIN, ENTRY_MALFORMED};
    for (uint32_t first = 0; first < ENVELOPE_VERIFY_MAX; first++) {
        for (unsigned pair = 0; pair < 9; pair++) {
            list_open(&list);
            for (uint32_t i = 0; i < ENVELOPE_VERIFY_MAX + 2; i++) {
                list_add(&list,
                         i == first       ? faults[pair / 3]
                         : i == first + 1 ? faults[pair % 3]
                                          : ENTRY_RIGHT,
                         i);
            }
            assert_int_equal(list_check(&list), list.wanted);
        }
    }
}

/* The same of lists drawn at random, with what is known between the others. */
static void mixed_lists_are_judged_one_by_one(void **state)
{
    (void)state;
    static struct list list;
    struct prng prng;
    unsigned seen[PAYLOAD_ENVELOPE_SIGNATURE + 1] = {0};
    prng_init(&prng, 41);
    for (unsigned round = 0; round < 400; round++) {
        const uint32_t count = 1 + (uint32_t)prng_below(&prng, ENTRIES_MAX);
        const uint64_t faults = prng_below(&prng, 3); /* 0 to 2 in 16 */
        list_open(&list);
        for (uint32_t i = 0; i < count; i++) {
            const enum entry fault = (enum entry)(ENTRY_WRONG_SIGNATURE + prng_below(&prng, 3));
            const enum entry fine = (enum entry)prng_below(&prng, 2);
            list_add(&list, prng_below(&prng, 16) < faults ? fault : fine, i);
        }
        assert_int_equal(list_check(&list), list.wanted);
        seen[list.wanted]++;
    }
    assert_true(seen[PAYLOAD_VALID] > 0 && seen[PAYLOAD_ENVELOPE_SIGNATURE] > 0);
    assert_true(seen[PAYLOAD_ENVELOPE_MALFORMED] > 0 && seen[PAYLOAD_ENVELOPE_MISADDRESSED] > 0);
}

/* The identifier leaves the signature out; the fingerprint must not. */
static void fingerprint_covers_the_signature(void **state)
{
    (void)state;
    uint8_t bytes[SIZE];
    struct envelope envelope;
    struct hash before;
    struct hash after;
    envelopes_make(bytes, sizeof bytes, 1, 1, VALID_UNTIL);
    assert_int_equal(envelope_decode(&envelope, bytes, sizeof bytes), ENVELOPE_OK);
    payload_envelope_fingerprint(&envelope, &before);
    bytes[SIZE - 1] ^= 1;
    assert_int_equal(envelope_decode(&envelope, bytes, sizeof bytes), ENVELOPE_OK);
    payload_envelope_fingerprint(&envelope, &after);
    assert_false(hash_equal(&before, &after));
    bytes[SIZE - 1] ^= 1;
    bytes[SIZE - SIGN_SIGNATURE_SIZE - 1] ^= 1; /* of the last command */
    assert_int_equal(envelope_decode(&envelope, bytes, sizeof bytes), ENVELOPE_OK);
    payload_envelope_fingerprint(&envelope, &after);
    assert_false(hash_equal(&before, &after));
}

static void gives_identifiers_in_order(void **state)
{
    (void)state;
    struct fixture fixture;
    struct bytes_reader reader;
    struct payload_item item;
    struct hash identifiers[4] = {{{0}}};
    open_fixture(&fixture);
    for (uint32_t i = 0; i < 3; i++) {
        add(&fixture, 1, i);
    }
    assert_int_equal(
        payload_check_identify(&fixture.rules, fixture.bytes, fixture.writer.size, identifiers),
        PAYLOAD_VALID);
    payload_reader_init(&reader, fixture.bytes, fixture.writer.size);
    for (uint32_t i = 0; payload_next(&reader, &item); i++) {
        struct envelope envelope;
        assert_int_equal(envelope_decode(&envelope, item.bytes, item.size), ENVELOPE_OK);
        assert_true(hash_equal(&identifiers[i], &envelope.id));
    }
    assert_true(hash_is_zero(&identifiers[3]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walks_what_was_appended),
        cmocka_unit_test(accepts_signed_envelopes_of_this_chain),
        cmocka_unit_test(refuses_nothing_and_too_much),
        cmocka_unit_test(refuses_a_list_cut_anywhere),
        cmocka_unit_test(refuses_an_envelope_of_size_zero),
        cmocka_unit_test(refuses_a_foreign_chain),
        cmocka_unit_test(refuses_any_changed_byte),
        cmocka_unit_test(trusts_what_was_verified_before),
        cmocka_unit_test(a_wrong_signature_is_found_at_every_place),
        cmocka_unit_test(the_first_envelope_at_fault_is_named),
        cmocka_unit_test(mixed_lists_are_judged_one_by_one),
        cmocka_unit_test(gives_identifiers_in_order),
        cmocka_unit_test(fingerprint_covers_the_signature),
    };
    if (crypto_start() != CRYPTO_START_OK) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
