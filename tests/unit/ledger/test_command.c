/*
 * Goal: every kind of command is read as it was written; a command with bytes missing, bytes too
 * many, another version or a form that is not canonical is refused; the content hash binds party
 * and bytes.
 */
#include "ledger/command/command.h"
#include "ledger/day/business_day.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

static struct bic bic_of(const char *text)
{
    struct bic bic;
    bool valid = bic_parse(text, strlen(text), &bic);
    assert_true(valid);
    return bic;
}

static struct text35 text_of(const char *characters)
{
    struct text35 text;
    bool valid = text35_parse(characters, strlen(characters), &text);
    assert_true(valid);
    return text;
}

static struct asset_code code_of(const char *characters)
{
    struct asset_code code;
    bool valid = asset_code_parse(characters, strlen(characters), &code);
    assert_true(valid);
    return code;
}

static void instruct_fill(struct command_instruct *body)
{
    *body = (struct command_instruct){
        .payment = PAYMENT_APMT,
        .movement = MOVEMENT_RECE,
        .asset = code_of("US0378331005"),
        .quantity = INT64_MAX,
        .settlement_date = 20261124,
        .deliverer = bic_of("AAAADEFF"),
        .receiver = bic_of("BBBBDEFF"),
        .deliverer_depository = bic_of("CCCCDEFF"),
        .receiver_depository = bic_of("DDDDDEFF"),
        .currency = code_of("EUR"),
        .amount = 12345,
        .credit_debit = CREDIT_DEBIT_DBIT,
        .common_reference = text_of("COMMON"),
        .receiver_client = bic_of("EEEEDEFF"),
        .receiver_account = text_of("SEC-1"),
        .account = text_of("SEC-1"),
        .cash_account = text_of("CASH-1"),
        .priority = PRIORITY_NORMAL,
        .partial = PARTIAL_NPAR,
        .transaction_type = TRANSACTION_TRAD,
        .hold = true,
        .link_count = 2,
        .links = {{LINK_AFTE, text_of("FIRST")}, {LINK_INFO, text_of("ABOUT")}},
        .pool = text_of("POOL"),
        .pool_number = 2,
        .pool_total = 3};
}

/* Those about instructions and drafts. */
static void fill_instruction_kind(struct command *command, uint8_t kind)
{
    switch ((enum command_kind)kind) {
    case COMMAND_INSTRUCT:
        instruct_fill(&command->instruct);
        break;
    case COMMAND_CANCEL:
    case COMMAND_HOLD:
    case COMMAND_RELEASE:
    case COMMAND_AMEND:
        command->target = (struct command_target){bic_of("AAAADEFF"), text_of("OTHER"), 3, 4, 2};
        break;
    case COMMAND_LINK:
    case COMMAND_UNLINK:
        command->link = (struct command_link){bic_of("AAAADEFF"), text_of("ONE"),
                                              bic_of("AAAADEFF"), text_of("TWO"), 2};
        break;
    case COMMAND_PARTIAL_RELEASE:
        command->partial_release = (struct command_partial_release){text_of("OTHER"), 50};
        break;
    case COMMAND_APPROVE:
    case COMMAND_DRAFT_REJECT:
        command->approval = (struct command_approval){text_of("DRAFT"), {{7}}};
        break;
    case COMMAND_ATTORNEY_GRANT:
    case COMMAND_ATTORNEY_REVOKE:
        command->attorney = (struct command_attorney){bic_of("AAAADEFF"), text_of("SEC")};
        break;
    case COMMAND_INSTRUCT_MATCHED:
        instruct_fill(&command->instruct_matched.deliver);
        command->instruct_matched.deliverer_reference = text_of("D");
        command->instruct_matched.receiver_reference = text_of("R");
        command->instruct_matched.receiving_account = text_of("SEC");
        command->instruct_matched.receiving_cash_account = text_of("CASH");
        command->instruct_matched.receiver_priority = 4;
        command->instruct_matched.receiver_partial = 1;
        command->instruct_matched.receiver_hold = true;
        break;
    case COMMAND_TRANSFORM:
        command->transform = (struct command_transform){
            bic_of("AAAADEFF"), text_of("OTHER"), code_of("US0378331005"), 100, 5000,
            text_of("NEW")};
        break;
    case COMMAND_ALLEGEMENT_ACCEPT:
        command->allegement_accept = (struct command_allegement_accept){bic_of("AAAADEFF"),
                                                                        text_of("OTHER"),
                                                                        100,
                                                                        5000,
                                                                        text_of("SEC"),
                                                                        text_of("CASH"),
                                                                        4,
                                                                        1,
                                                                        true};
        break;
    case COMMAND_DAY_REVISE:
        command->day_revise = (struct command_day_revise){DAY_DVP_CUT_OFF, code_of("EUR"), 77};
        break;
    default:
        fail_msg("a kind of command that no example is made of");
        break;
    }
}

static void fill_rights_kind(struct command *command, uint8_t kind)
{
    struct key_scope scope = {{{7, 8}}, 5, 2, {text_of("SEC"), text_of("CASH")}};
    switch ((enum command_kind)kind) {
    case COMMAND_KEY_ADD:
        command->key_add = (struct command_key_add){
            bic_of("AAAADEFF"), {{1}}, {{2}}, 3, 4, 5, UINT64_MAX, text_of("ANNA"), 6, scope};
        break;
    case COMMAND_KEY_CHANGE:
        command->key_change =
            (struct command_key_change){{{1}}, 3, 4, 5, UINT64_MAX, text_of("ANNA"), 6, scope};
        break;
    case COMMAND_KEY_REVOKE:
        command->key_revoke = (struct command_key_revoke){{{9}}};
        break;
    case COMMAND_LIMIT_SET:
        command->limit_set = (struct command_limit_set){
            bic_of("AAAADEFF"), 2, bic_of("BBBBDEFF"), text_of("CASH"), code_of("EUR"), 1000};
        break;
    default:
        command->approval_policy =
            (struct command_approval_policy){bic_of("AAAADEFF"), {{{7, 8}}, 1000}};
        break;
    }
}

static void fill_restriction_type(struct command_restriction_type_add *body)
{
    *body = (struct command_restriction_type_add){
        .processing = 1,
        .object = 1,
        .asset = code_of("US0378331005"),
        .negative = true,
        .valid_from = 20261122,
        .valid_to = 20261130,
        .rule_count = 2,
        .rules = {{.party = bic_of("AAAADEFF"), .movement = 1},
                  {.security = code_of("US0378331005"),
                   .account = text_of("SEC"),
                   .cash_account = text_of("CASH"),
                   .currency = code_of("EUR"),
                   .payment = 2,
                   .credit_debit = 1,
                   .transaction_type = 3}}};
}

/* A command of the kind with a body that differs from zero wherever it may. */
static void command_fill(struct command *command, uint8_t kind)
{
    *command = (struct command){.kind = kind, .reference = text_of("REF"), .date = 20261122};
    switch ((enum command_kind)kind) {
    case COMMAND_PARTY_ADD:
        command->party_add =
            (struct command_party_add){bic_of("AAAADEFF"), text_of("A Bank"), 8, 5};
        break;
    case COMMAND_PARTY_CHANGE:
        command->party_change = (struct command_party_change){bic_of("AAAADEFF"), 8, 2, 7};
        break;
    case COMMAND_KEY_ADD:
    case COMMAND_KEY_CHANGE:
    case COMMAND_KEY_REVOKE:
    case COMMAND_APPROVAL_POLICY:
    case COMMAND_LIMIT_SET:
        fill_rights_kind(command, kind);
        break;
    case COMMAND_ASSET_ADD:
        command->asset_add =
            (struct command_asset_add){code_of("US0378331005"), text_of("Shares"), 1, 2, 10, 5,
                                       bic_of("AAAADEFF"),      text_of("ISSUE")};
        break;
    case COMMAND_ASSET_CHANGE:
        command->asset_change = (struct command_asset_change){code_of("EUR"), 2};
        break;
    case COMMAND_ACCOUNT_OPEN:
        command->account_open =
            (struct command_account_open){bic_of("AAAADEFF"), text_of("SEC"), 1, true};
        break;
    case COMMAND_ACCOUNT_CHANGE:
        command->account_change =
            (struct command_account_change){bic_of("AAAADEFF"), text_of("SEC"), 2, false};
        break;
    case COMMAND_CREDIT_LIMIT:
        command->credit_limit = (struct command_credit_limit){bic_of("AAAADEFF"), text_of("CASH"),
                                                              code_of("EUR"), 1000};
        break;
    case COMMAND_RULE_SET:
        rule_set_default(&command->rule_set);
        break;
    case COMMAND_ISSUE:
    case COMMAND_REDEEM:
    case COMMAND_CASH_IN:
    case COMMAND_CASH_OUT:
        command->issuance = (struct command_issuance){code_of("EUR"), bic_of("AAAADEFF"),
                                                      text_of("CASH"), INT64_MIN};
        break;
    case COMMAND_RESTRICTION_SET:
        command->restriction_set = (struct command_restriction_set){
            bic_of("AAAADEFF"), text_of("SEC"), code_of("US0378331005"), 2, 30};
        break;
    case COMMAND_RESTRICTION_TYPE_ADD:
        fill_restriction_type(&command->restriction_type_add);
        break;
    case COMMAND_RESTRICTION_TYPE_END:
        command->restriction_type_end = (struct command_restriction_type_end){text_of("TYPE-1")};
        break;
    case COMMAND_RESTRICTION_INCREASE:
    case COMMAND_RESTRICTION_DECREASE:
    case COMMAND_RESTRICTION_RELEASE:
        command->restriction_change =
            (struct command_restriction_change){bic_of("AAAADEFF"), text_of("SET-1"), 30};
        break;
    default:
        fill_instruction_kind(command, kind);
        break;
    }
}

static size_t encode(const struct command *command, uint8_t *bytes)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, bytes, COMMAND_BYTES_MAX);
    command_encode(command, &writer);
    assert_true(bytes_writer_ok(&writer));
    return writer.size;
}

static const uint8_t kinds[] = {
#define X(name, number, text, right) COMMAND_##name,
    COMMANDS(X)
#undef X
};

enum {
    KIND_COUNT = sizeof(kinds)
};

static void test_round_trip_of_every_kind(void **state)
{
    struct bic party = bic_of("AAAADEFF");
    (void)state;
    for (size_t i = 0; i < KIND_COUNT; i++) {
        uint8_t bytes[COMMAND_BYTES_MAX];
        uint8_t again[COMMAND_BYTES_MAX];
        struct command command;
        struct command back;
        command_fill(&command, kinds[i]);
        size_t size = encode(&command, bytes);
        assert_true(command_decode(&back, &party, bytes, size));
        assert_int_equal(back.kind, kinds[i]);
        assert_int_equal(back.date, 20261122);
        assert_true(text35_equal(&back.reference, &command.reference));
        assert_int_equal(encode(&back, again), size);
        assert_memory_equal(again, bytes, size);
    }
}

/* No command is a beginning of another, and none may be followed by anything. */
static void test_every_other_length_is_refused(void **state)
{
    struct bic party = bic_of("AAAADEFF");
    (void)state;
    for (size_t i = 0; i < KIND_COUNT; i++) {
        uint8_t bytes[COMMAND_BYTES_MAX + 1] = {0};
        struct command command;
        command_fill(&command, kinds[i]);
        size_t size = encode(&command, bytes);
        for (size_t shorter = 0; shorter < size; shorter++) {
            assert_false(command_decode(&command, &party, bytes, shorter));
        }
        assert_false(command_decode(&command, &party, bytes, size + 1));
    }
}

/* Whatever single byte is changed: either it is refused, or it encodes to the changed bytes. */
static void test_only_canonical_forms_are_read(void **state)
{
    struct bic party = bic_of("AAAADEFF");
    (void)state;
    for (size_t i = 0; i < KIND_COUNT; i++) {
        uint8_t bytes[COMMAND_BYTES_MAX];
        uint8_t again[COMMAND_BYTES_MAX];
        struct command command;
        command_fill(&command, kinds[i]);
        size_t size = encode(&command, bytes);
        for (size_t at = 0; at < size; at++) {
            for (uint32_t change = 1; change < 256; change += 7) {
                bytes[at] ^= (uint8_t)change;
                struct command back;
                if (command_decode(&back, &party, bytes, size)) {
                    assert_int_equal(encode(&back, again), size);
                    assert_memory_equal(again, bytes, size);
                }
                bytes[at] ^= (uint8_t)change;
            }
        }
    }
}

static void test_head_is_checked(void **state)
{
    struct bic party = bic_of("AAAADEFF");
    uint8_t bytes[COMMAND_BYTES_MAX];
    struct command command;
    (void)state;
    command_fill(&command, COMMAND_ISSUE);
    size_t size = encode(&command, bytes);
    bytes[1] = COMMAND_VERSION + 1;
    assert_false(command_decode(&command, &party, bytes, size));
    bytes[1] = COMMAND_VERSION;
    bytes[0] = 99;
    assert_false(command_decode(&command, &party, bytes, size));
    assert_int_equal(command.kind, COMMAND_NONE);
    bytes[0] = COMMAND_ISSUE;
    bytes_put_u32(bytes + 6, 20260230); /* kind, version, size, "REF": then the date */
    assert_false(command_decode(&command, &party, bytes, size));
    assert_true(command.reference.size == 3); /* for the receipt */
    command_fill(&command, COMMAND_ISSUE);
    command.reference.size = 0;
    size = encode(&command, bytes);
    assert_false(command_decode(&command, &party, bytes, size));
}

static void test_content_binds_party_and_bytes(void **state)
{
    struct bic one = bic_of("AAAADEFF");
    struct bic two = bic_of("BBBBDEFF");
    uint8_t bytes[COMMAND_BYTES_MAX];
    struct command command;
    struct command a;
    struct command b;
    (void)state;
    command_fill(&command, COMMAND_INSTRUCT);
    size_t size = encode(&command, bytes);
    assert_true(command_decode(&a, &one, bytes, size));
    assert_true(command_decode(&b, &one, bytes, size));
    assert_true(hash_equal(&a.content, &b.content));
    assert_true(command_decode(&b, &two, bytes, size));
    assert_false(hash_equal(&a.content, &b.content));
    command.instruct.amount++;
    size = encode(&command, bytes);
    assert_true(command_decode(&b, &one, bytes, size));
    assert_false(hash_equal(&a.content, &b.content));
}

static void test_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIND_COUNT; i++) {
        const char *name = command_name(kinds[i]);
        assert_true(strlen(name) > 0);
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(name, command_name(kinds[j]));
        }
    }
    assert_string_equal(command_name(0), "");
    assert_string_equal(command_name(255), "");
}

/* Reads a file of the fuzzer's corpus; its size. */
static size_t example_read(const char *name, uint8_t bytes[COMMAND_BYTES_MAX])
{
    char path[300];
    (void)snprintf(path, sizeof path, "tests/fuzz/corpus/command/%s", name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t size = fread(bytes, 1, COMMAND_BYTES_MAX, file);
    (void)fclose(file);
    return size;
}

/* The fuzzer begins at a command of each kind in its present form; one that a change of format has
 * made unreadable would leave it outside the decoder's door. */
static void test_the_corpus_has_an_example_of_every_kind(void **state)
{
    struct bic party = bic_of("AAAADEFF");
    bool known[256] = {false};
    const struct dirent *entry;
    (void)state;
    DIR *corpus = opendir("tests/fuzz/corpus/command");
    assert_non_null(corpus);
    while ((entry = readdir(corpus)) != NULL) {
        uint8_t bytes[COMMAND_BYTES_MAX];
        struct command command;
        if (entry->d_name[0] != '.' &&
            command_decode(&command, &party, bytes, example_read(entry->d_name, bytes))) {
            known[command.kind] = true;
        }
    }
    (void)closedir(corpus);
    for (size_t i = 0; i < KIND_COUNT; i++) {
        if (!known[kinds[i]]) {
            fail_msg("%s: no readable example in tests/fuzz/corpus/command",
                     command_name(kinds[i]));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_corpus_has_an_example_of_every_kind),
        cmocka_unit_test(test_round_trip_of_every_kind),
        cmocka_unit_test(test_every_other_length_is_refused),
        cmocka_unit_test(test_only_canonical_forms_are_read),
        cmocka_unit_test(test_head_is_checked),
        cmocka_unit_test(test_content_binds_party_and_bytes),
        cmocka_unit_test(test_names),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
