#include "ledger/command/command.h"

#include <string.h>

#include "ledger/command/instruct_form.h"
#include "ledger/values/date.h"

static void write_key(struct bytes_writer *writer, const struct public_key *key)
{
    bytes_write_copy(writer, key->bytes, sizeof(key->bytes));
}

static struct public_key read_key(struct bytes_reader *reader)
{
    struct public_key key;
    bytes_read_copy(reader, key.bytes, sizeof(key.bytes));
    return key;
}

static void party_add_encode(const struct command_party_add *body, struct bytes_writer *writer)
{
    bic_write(writer, &body->bic);
    text35_write(writer, &body->name);
    bytes_write_u32(writer, body->roles);
    bytes_write_u32(writer, body->instruction_quota);
}

static void party_add_decode(struct command_party_add *body, struct bytes_reader *reader)
{
    body->bic = bic_read(reader);
    body->name = text35_read(reader);
    body->roles = bytes_read_u32(reader);
    body->instruction_quota = bytes_read_u32(reader);
}

static void party_change_encode(const struct command_party_change *body,
                                struct bytes_writer *writer)
{
    bic_write(writer, &body->bic);
    bytes_write_u32(writer, body->roles);
    bytes_write_u8(writer, body->status);
    bytes_write_u32(writer, body->instruction_quota);
}

static void party_change_decode(struct command_party_change *body, struct bytes_reader *reader)
{
    body->bic = bic_read(reader);
    body->roles = bytes_read_u32(reader);
    body->status = bytes_read_u8(reader);
    body->instruction_quota = bytes_read_u32(reader);
}

static void key_scope_write(struct bytes_writer *writer, const struct key_scope *scope)
{
    TALLY_ASSERT(scope->account_count <= KEY_ACCOUNT_MAX);
    command_set_write(writer, &scope->kinds);
    bytes_write_u8(writer, scope->asset_kinds);
    bytes_write_u8(writer, scope->account_count);
    for (uint8_t i = 0; i < scope->account_count; i++) {
        text35_write(writer, &scope->accounts[i]);
    }
}

static void key_scope_read(struct bytes_reader *reader, struct key_scope *scope)
{
    scope->kinds = command_set_read(reader);
    scope->asset_kinds = bytes_read_u8(reader);
    scope->account_count = bytes_read_u8(reader);
    if (scope->account_count > KEY_ACCOUNT_MAX) {
        bytes_reader_fail(reader);
        scope->account_count = 0;
    }
    for (uint8_t i = 0; i < scope->account_count; i++) {
        scope->accounts[i] = text35_read(reader);
    }
}

static void key_add_encode(const struct command_key_add *body, struct bytes_writer *writer)
{
    bic_write(writer, &body->bic);
    write_key(writer, &body->public_key);
    write_key(writer, &body->channel_key);
    bytes_write_u32(writer, body->rights);
    bytes_write_i64(writer, body->amount_limit);
    bytes_write_u64(writer, body->valid_from_ms);
    bytes_write_u64(writer, body->valid_until_ms);
    text35_write(writer, &body->person);
    bytes_write_i64(writer, body->day_limit);
    key_scope_write(writer, &body->scope);
}

static void key_add_decode(struct command_key_add *body, struct bytes_reader *reader)
{
    body->bic = bic_read(reader);
    body->public_key = read_key(reader);
    body->channel_key = read_key(reader);
    body->rights = bytes_read_u32(reader);
    body->amount_limit = bytes_read_i64(reader);
    body->valid_from_ms = bytes_read_u64(reader);
    body->valid_until_ms = bytes_read_u64(reader);
    body->person = text35_read(reader);
    body->day_limit = bytes_read_i64(reader);
    key_scope_read(reader, &body->scope);
}

static void key_change_encode(const struct command_key_change *body, struct bytes_writer *writer)
{
    write_key(writer, &body->public_key);
    bytes_write_u32(writer, body->rights);
    bytes_write_i64(writer, body->amount_limit);
    bytes_write_u64(writer, body->valid_from_ms);
    bytes_write_u64(writer, body->valid_until_ms);
    text35_write(writer, &body->person);
    bytes_write_i64(writer, body->day_limit);
    key_scope_write(writer, &body->scope);
}

static void key_change_decode(struct command_key_change *body, struct bytes_reader *reader)
{
    body->public_key = read_key(reader);
    body->rights = bytes_read_u32(reader);
    body->amount_limit = bytes_read_i64(reader);
    body->valid_from_ms = bytes_read_u64(reader);
    body->valid_until_ms = bytes_read_u64(reader);
    body->person = text35_read(reader);
    body->day_limit = bytes_read_i64(reader);
    key_scope_read(reader, &body->scope);
}

static void asset_add_encode(const struct command_asset_add *body, struct bytes_writer *writer)
{
    asset_code_write(writer, &body->code);
    text35_write(writer, &body->name);
    bytes_write_u8(writer, body->kind);
    bytes_write_u8(writer, body->decimals);
    bytes_write_i64(writer, body->settlement_unit_min);
    bytes_write_i64(writer, body->settlement_unit_multiple);
    bic_write(writer, &body->issuer);
    text35_write(writer, &body->issuance_account);
}

static void asset_add_decode(struct command_asset_add *body, struct bytes_reader *reader)
{
    body->code = asset_code_read(reader);
    body->name = text35_read(reader);
    body->kind = bytes_read_u8(reader);
    body->decimals = bytes_read_u8(reader);
    body->settlement_unit_min = bytes_read_i64(reader);
    body->settlement_unit_multiple = bytes_read_i64(reader);
    body->issuer = bic_read(reader);
    body->issuance_account = text35_read(reader);
}

static void account_open_encode(const struct command_account_open *body,
                                struct bytes_writer *writer)
{
    bic_write(writer, &body->bic);
    text35_write(writer, &body->id);
    bytes_write_u8(writer, body->kind);
    bytes_write_bool(writer, body->is_default);
}

static void account_open_decode(struct command_account_open *body, struct bytes_reader *reader)
{
    body->bic = bic_read(reader);
    body->id = text35_read(reader);
    body->kind = bytes_read_u8(reader);
    body->is_default = bytes_read_bool(reader);
}

static void account_change_encode(const struct command_account_change *body,
                                  struct bytes_writer *writer)
{
    bic_write(writer, &body->bic);
    text35_write(writer, &body->id);
    bytes_write_u8(writer, body->status);
    bytes_write_bool(writer, body->is_default);
}

static void account_change_decode(struct command_account_change *body, struct bytes_reader *reader)
{
    body->bic = bic_read(reader);
    body->id = text35_read(reader);
    body->status = bytes_read_u8(reader);
    body->is_default = bytes_read_bool(reader);
}

static void credit_limit_encode(const struct command_credit_limit *body,
                                struct bytes_writer *writer)
{
    bic_write(writer, &body->bic);
    text35_write(writer, &body->account);
    asset_code_write(writer, &body->currency);
    bytes_write_i64(writer, body->limit);
}

static void credit_limit_decode(struct command_credit_limit *body, struct bytes_reader *reader)
{
    body->bic = bic_read(reader);
    body->account = text35_read(reader);
    body->currency = asset_code_read(reader);
    body->limit = bytes_read_i64(reader);
}

static void issuance_encode(const struct command_issuance *body, struct bytes_writer *writer)
{
    asset_code_write(writer, &body->asset);
    bic_write(writer, &body->bic);
    text35_write(writer, &body->account);
    bytes_write_i64(writer, body->quantity);
}

static void issuance_decode(struct command_issuance *body, struct bytes_reader *reader)
{
    body->asset = asset_code_read(reader);
    body->bic = bic_read(reader);
    body->account = text35_read(reader);
    body->quantity = bytes_read_i64(reader);
}

static void restriction_set_encode(const struct command_restriction_set *body,
                                   struct bytes_writer *writer)
{
    bic_write(writer, &body->bic);
    text35_write(writer, &body->account);
    asset_code_write(writer, &body->asset);
    bytes_write_u8(writer, body->kind);
    bytes_write_i64(writer, body->quantity);
}

static void restriction_set_decode(struct command_restriction_set *body,
                                   struct bytes_reader *reader)
{
    body->bic = bic_read(reader);
    body->account = text35_read(reader);
    body->asset = asset_code_read(reader);
    body->kind = bytes_read_u8(reader);
    body->quantity = bytes_read_i64(reader);
}

static void restriction_change_encode(const struct command_restriction_change *body,
                                      struct bytes_writer *writer)
{
    bic_write(writer, &body->party);
    text35_write(writer, &body->reference);
    bytes_write_i64(writer, body->quantity);
}

static void restriction_change_decode(struct command_restriction_change *body,
                                      struct bytes_reader *reader)
{
    body->party = bic_read(reader);
    body->reference = text35_read(reader);
    body->quantity = bytes_read_i64(reader);
}

static void target_encode(const struct command_target *body, struct bytes_writer *writer)
{
    bic_write(writer, &body->party);
    text35_write(writer, &body->reference);
    bytes_write_u8(writer, body->hold);
    bytes_write_u8(writer, body->priority);
    bytes_write_u8(writer, body->partial);
}

static void target_decode(struct command_target *body, struct bytes_reader *reader)
{
    body->party = bic_read(reader);
    body->reference = text35_read(reader);
    body->hold = bytes_read_u8(reader);
    body->priority = bytes_read_u8(reader);
    body->partial = bytes_read_u8(reader);
}

static void allegement_accept_encode(const struct command_allegement_accept *body,
                                     struct bytes_writer *writer)
{
    bic_write(writer, &body->party);
    text35_write(writer, &body->reference);
    bytes_write_i64(writer, body->quantity);
    bytes_write_i64(writer, body->amount);
    text35_write(writer, &body->account);
    text35_write(writer, &body->cash_account);
    bytes_write_u8(writer, body->priority);
    bytes_write_u8(writer, body->partial);
    bytes_write_bool(writer, body->hold);
}

static void allegement_accept_decode(struct command_allegement_accept *body,
                                     struct bytes_reader *reader)
{
    body->party = bic_read(reader);
    body->reference = text35_read(reader);
    body->quantity = bytes_read_i64(reader);
    body->amount = bytes_read_i64(reader);
    body->account = text35_read(reader);
    body->cash_account = text35_read(reader);
    body->priority = bytes_read_u8(reader);
    body->partial = bytes_read_u8(reader);
    body->hold = bytes_read_bool(reader);
}

static void link_encode(const struct command_link *body, struct bytes_writer *writer)
{
    bic_write(writer, &body->party);
    text35_write(writer, &body->reference);
    bic_write(writer, &body->linked_party);
    text35_write(writer, &body->linked_reference);
    bytes_write_u8(writer, body->type);
}

static void link_decode(struct command_link *body, struct bytes_reader *reader)
{
    body->party = bic_read(reader);
    body->reference = text35_read(reader);
    body->linked_party = bic_read(reader);
    body->linked_reference = text35_read(reader);
    body->type = bytes_read_u8(reader);
}

static void matched_encode(const struct command_instruct_matched *body, struct bytes_writer *writer)
{
    instruct_form_write(&body->deliver, writer);
    text35_write(writer, &body->deliverer_reference);
    text35_write(writer, &body->receiver_reference);
    text35_write(writer, &body->receiving_account);
    text35_write(writer, &body->receiving_cash_account);
    bytes_write_u8(writer, body->receiver_priority);
    bytes_write_u8(writer, body->receiver_partial);
    bytes_write_bool(writer, body->receiver_hold);
}

static void matched_decode(struct command_instruct_matched *body, struct bytes_reader *reader)
{
    static const struct command_instruct nothing = {0};
    instruct_form_read(&body->deliver, &nothing, reader);
    body->deliverer_reference = text35_read(reader);
    body->receiver_reference = text35_read(reader);
    body->receiving_account = text35_read(reader);
    body->receiving_cash_account = text35_read(reader);
    body->receiver_priority = bytes_read_u8(reader);
    body->receiver_partial = bytes_read_u8(reader);
    body->receiver_hold = bytes_read_bool(reader);
}

static void transform_encode(const struct command_transform *body, struct bytes_writer *writer)
{
    bic_write(writer, &body->party);
    text35_write(writer, &body->reference);
    asset_code_write(writer, &body->asset);
    bytes_write_i64(writer, body->quantity);
    bytes_write_i64(writer, body->amount);
    text35_write(writer, &body->new_reference);
}

static void transform_decode(struct command_transform *body, struct bytes_reader *reader)
{
    body->party = bic_read(reader);
    body->reference = text35_read(reader);
    body->asset = asset_code_read(reader);
    body->quantity = bytes_read_i64(reader);
    body->amount = bytes_read_i64(reader);
    body->new_reference = text35_read(reader);
}

static void approval_encode(const struct command_approval *body, struct bytes_writer *writer)
{
    text35_write(writer, &body->reference);
    bytes_write_copy(writer, body->content.bytes, HASH_SIZE);
}

static void approval_decode(struct command_approval *body, struct bytes_reader *reader)
{
    body->reference = text35_read(reader);
    bytes_read_copy(reader, body->content.bytes, HASH_SIZE);
}

static void day_revise_encode(const struct command_day_revise *body, struct bytes_writer *writer)
{
    bytes_write_u8(writer, body->event);
    asset_code_write(writer, &body->currency);
    bytes_write_u64(writer, body->revised_ms);
}

static void day_revise_decode(struct command_day_revise *body, struct bytes_reader *reader)
{
    body->event = bytes_read_u8(reader);
    body->currency = asset_code_read(reader);
    body->revised_ms = bytes_read_u64(reader);
}

static void limit_set_encode(const struct command_limit_set *body, struct bytes_writer *writer)
{
    bic_write(writer, &body->bic);
    bytes_write_u8(writer, body->scope);
    bic_write(writer, &body->counterparty);
    text35_write(writer, &body->account);
    asset_code_write(writer, &body->asset);
    bytes_write_i64(writer, body->amount);
}

static void limit_set_decode(struct command_limit_set *body, struct bytes_reader *reader)
{
    body->bic = bic_read(reader);
    body->scope = bytes_read_u8(reader);
    body->counterparty = bic_read(reader);
    body->account = text35_read(reader);
    body->asset = asset_code_read(reader);
    body->amount = bytes_read_i64(reader);
}

/* What is about rights and limits. */
static void rights_encode(const struct command *command, struct bytes_writer *writer)
{
    switch ((enum command_kind)command->kind) {
    case COMMAND_KEY_ADD:
        key_add_encode(&command->key_add, writer);
        return;
    case COMMAND_KEY_REVOKE:
        write_key(writer, &command->key_revoke.public_key);
        return;
    case COMMAND_KEY_CHANGE:
        key_change_encode(&command->key_change, writer);
        return;
    case COMMAND_CREDIT_LIMIT:
        credit_limit_encode(&command->credit_limit, writer);
        return;
    case COMMAND_LIMIT_SET:
        limit_set_encode(&command->limit_set, writer);
        return;
    case COMMAND_APPROVAL_POLICY:
        bic_write(writer, &command->approval_policy.bic);
        approval_policy_write(writer, &command->approval_policy.policy);
        return;
    default:
        TALLY_ASSERT(false);
    }
}

static void rights_decode(struct command *command, struct bytes_reader *reader)
{
    switch ((enum command_kind)command->kind) {
    case COMMAND_KEY_ADD:
        key_add_decode(&command->key_add, reader);
        return;
    case COMMAND_KEY_REVOKE:
        command->key_revoke.public_key = read_key(reader);
        return;
    case COMMAND_KEY_CHANGE:
        key_change_decode(&command->key_change, reader);
        return;
    case COMMAND_CREDIT_LIMIT:
        credit_limit_decode(&command->credit_limit, reader);
        return;
    case COMMAND_LIMIT_SET:
        limit_set_decode(&command->limit_set, reader);
        return;
    case COMMAND_APPROVAL_POLICY:
        command->approval_policy.bic = bic_read(reader);
        command->approval_policy.policy = approval_policy_read(reader);
        return;
    default:
        TALLY_ASSERT(false);
    }
}

static void restriction_type_add_encode(const struct command_restriction_type_add *body,
                                        struct bytes_writer *writer)
{
    bytes_write_u8(writer, body->processing);
    bytes_write_u8(writer, body->object);
    bic_write(writer, &body->bic);
    text35_write(writer, &body->account);
    asset_code_write(writer, &body->asset);
    bytes_write_bool(writer, body->negative);
    bytes_write_u32(writer, body->valid_from);
    bytes_write_u32(writer, body->valid_to);
    restriction_rules_encode(body->rules, body->rule_count, writer);
}

static void restriction_type_add_decode(struct command_restriction_type_add *body,
                                        struct bytes_reader *reader)
{
    body->processing = bytes_read_u8(reader);
    body->object = bytes_read_u8(reader);
    body->bic = bic_read(reader);
    body->account = text35_read(reader);
    body->asset = asset_code_read(reader);
    body->negative = bytes_read_bool(reader);
    body->valid_from = bytes_read_u32(reader);
    body->valid_to = bytes_read_u32(reader);
    body->rule_count = restriction_rules_decode(body->rules, reader);
}

static void restriction_body_encode(const struct command *command, struct bytes_writer *writer)
{
    switch ((enum command_kind)command->kind) {
    case COMMAND_RESTRICTION_SET:
        restriction_set_encode(&command->restriction_set, writer);
        return;
    case COMMAND_RESTRICTION_TYPE_ADD:
        restriction_type_add_encode(&command->restriction_type_add, writer);
        return;
    case COMMAND_RESTRICTION_TYPE_END:
        text35_write(writer, &command->restriction_type_end.reference);
        return;
    default:
        restriction_change_encode(&command->restriction_change, writer);
        return;
    }
}

static void restriction_body_decode(struct command *command, struct bytes_reader *reader)
{
    switch ((enum command_kind)command->kind) {
    case COMMAND_RESTRICTION_SET:
        restriction_set_decode(&command->restriction_set, reader);
        return;
    case COMMAND_RESTRICTION_TYPE_ADD:
        restriction_type_add_decode(&command->restriction_type_add, reader);
        return;
    case COMMAND_RESTRICTION_TYPE_END:
        command->restriction_type_end.reference = text35_read(reader);
        return;
    default:
        restriction_change_decode(&command->restriction_change, reader);
        return;
    }
}

/* Instructions, what is done with them, and what stands behind it. */
static void instruction_body_encode(const struct command *command, struct bytes_writer *writer)
{
    switch ((enum command_kind)command->kind) {
    case COMMAND_INSTRUCT:
        instruct_form_write(&command->instruct, writer);
        return;
    case COMMAND_CANCEL:
    case COMMAND_HOLD:
    case COMMAND_RELEASE:
    case COMMAND_AMEND:
        target_encode(&command->target, writer);
        return;
    case COMMAND_PARTIAL_RELEASE:
        text35_write(writer, &command->partial_release.reference);
        bytes_write_i64(writer, command->partial_release.quantity);
        return;
    case COMMAND_LINK:
    case COMMAND_UNLINK:
        link_encode(&command->link, writer);
        return;
    case COMMAND_APPROVE:
    case COMMAND_DRAFT_REJECT:
        approval_encode(&command->approval, writer);
        return;
    case COMMAND_ALLEGEMENT_ACCEPT:
        allegement_accept_encode(&command->allegement_accept, writer);
        return;
    case COMMAND_DAY_REVISE:
        day_revise_encode(&command->day_revise, writer);
        return;
    case COMMAND_ATTORNEY_GRANT:
    case COMMAND_ATTORNEY_REVOKE:
        bic_write(writer, &command->attorney.attorney);
        text35_write(writer, &command->attorney.account);
        return;
    case COMMAND_INSTRUCT_MATCHED:
        matched_encode(&command->instruct_matched, writer);
        return;
    case COMMAND_TRANSFORM:
        transform_encode(&command->transform, writer);
        return;
    default:
        TALLY_ASSERT(false);
        return;
    }
}

static void body_encode(const struct command *command, struct bytes_writer *writer)
{
    switch ((enum command_kind)command->kind) {
    case COMMAND_PARTY_ADD:
        party_add_encode(&command->party_add, writer);
        return;
    case COMMAND_PARTY_CHANGE:
        party_change_encode(&command->party_change, writer);
        return;
    case COMMAND_KEY_ADD:
    case COMMAND_KEY_REVOKE:
    case COMMAND_KEY_CHANGE:
    case COMMAND_APPROVAL_POLICY:
    case COMMAND_LIMIT_SET:
    case COMMAND_CREDIT_LIMIT:
        rights_encode(command, writer);
        return;
    case COMMAND_ASSET_ADD:
        asset_add_encode(&command->asset_add, writer);
        return;
    case COMMAND_ASSET_CHANGE:
        asset_code_write(writer, &command->asset_change.code);
        bytes_write_u8(writer, command->asset_change.status);
        return;
    case COMMAND_ACCOUNT_OPEN:
        account_open_encode(&command->account_open, writer);
        return;
    case COMMAND_ACCOUNT_CHANGE:
        account_change_encode(&command->account_change, writer);
        return;
    case COMMAND_RULE_SET:
        rule_set_encode(&command->rule_set, writer);
        return;
    case COMMAND_ISSUE:
    case COMMAND_REDEEM:
    case COMMAND_CASH_IN:
    case COMMAND_CASH_OUT:
        issuance_encode(&command->issuance, writer);
        return;
    case COMMAND_RESTRICTION_SET:
    case COMMAND_RESTRICTION_INCREASE:
    case COMMAND_RESTRICTION_DECREASE:
    case COMMAND_RESTRICTION_RELEASE:
    case COMMAND_RESTRICTION_TYPE_ADD:
    case COMMAND_RESTRICTION_TYPE_END:
        restriction_body_encode(command, writer);
        return;
    default:
        instruction_body_encode(command, writer);
        return;
    }
}

/* Instructions, what is done with them, and what stands behind it. */
static void instruction_body_decode(struct command *command, struct bytes_reader *reader)
{
    switch ((enum command_kind)command->kind) {
    case COMMAND_CANCEL:
    case COMMAND_HOLD:
    case COMMAND_RELEASE:
    case COMMAND_AMEND:
        target_decode(&command->target, reader);
        return;
    case COMMAND_PARTIAL_RELEASE:
        command->partial_release.reference = text35_read(reader);
        command->partial_release.quantity = bytes_read_i64(reader);
        return;
    case COMMAND_LINK:
    case COMMAND_UNLINK:
        link_decode(&command->link, reader);
        return;
    case COMMAND_APPROVE:
    case COMMAND_DRAFT_REJECT:
        approval_decode(&command->approval, reader);
        return;
    case COMMAND_ALLEGEMENT_ACCEPT:
        allegement_accept_decode(&command->allegement_accept, reader);
        return;
    case COMMAND_DAY_REVISE:
        day_revise_decode(&command->day_revise, reader);
        return;
    case COMMAND_ATTORNEY_GRANT:
    case COMMAND_ATTORNEY_REVOKE:
        command->attorney.attorney = bic_read(reader);
        command->attorney.account = text35_read(reader);
        return;
    case COMMAND_INSTRUCT_MATCHED:
        matched_decode(&command->instruct_matched, reader);
        return;
    case COMMAND_TRANSFORM:
        transform_decode(&command->transform, reader);
        return;
    default:
        bytes_reader_fail(reader);
        return;
    }
}

static void body_decode(struct command *command, struct bytes_reader *reader)
{
    switch ((enum command_kind)command->kind) {
    case COMMAND_PARTY_ADD:
        party_add_decode(&command->party_add, reader);
        return;
    case COMMAND_PARTY_CHANGE:
        party_change_decode(&command->party_change, reader);
        return;
    case COMMAND_KEY_ADD:
    case COMMAND_KEY_REVOKE:
    case COMMAND_KEY_CHANGE:
    case COMMAND_APPROVAL_POLICY:
    case COMMAND_LIMIT_SET:
    case COMMAND_CREDIT_LIMIT:
        rights_decode(command, reader);
        return;
    case COMMAND_ASSET_ADD:
        asset_add_decode(&command->asset_add, reader);
        return;
    case COMMAND_ASSET_CHANGE:
        command->asset_change.code = asset_code_read(reader);
        command->asset_change.status = bytes_read_u8(reader);
        return;
    case COMMAND_ACCOUNT_OPEN:
        account_open_decode(&command->account_open, reader);
        return;
    case COMMAND_ACCOUNT_CHANGE:
        account_change_decode(&command->account_change, reader);
        return;
    case COMMAND_RULE_SET:
        rule_set_decode(&command->rule_set, reader);
        return;
    case COMMAND_ISSUE:
    case COMMAND_REDEEM:
    case COMMAND_CASH_IN:
    case COMMAND_CASH_OUT:
        issuance_decode(&command->issuance, reader);
        return;
    case COMMAND_RESTRICTION_SET:
    case COMMAND_RESTRICTION_INCREASE:
    case COMMAND_RESTRICTION_DECREASE:
    case COMMAND_RESTRICTION_RELEASE:
    case COMMAND_RESTRICTION_TYPE_ADD:
    case COMMAND_RESTRICTION_TYPE_END:
        restriction_body_decode(command, reader);
        return;
    default:
        instruction_body_decode(command, reader);
        return;
    }
}

void command_encode(const struct command *command, struct bytes_writer *writer)
{
    TALLY_ASSERT(command_name(command->kind)[0] != '\0');
    bytes_write_u8(writer, command->kind);
    bytes_write_u8(writer, COMMAND_VERSION);
    text35_write(writer, &command->reference);
    bytes_write_u32(writer, command->date);
    body_encode(command, writer);
}

/* The largest body is ten times as long as the one that is common: of that one, only it is emptied,
 * and not its lists. */
static const size_t emptied[2] = {
    [false] = sizeof(struct command),
    [true] = offsetof(struct command, instruct) + offsetof(struct command_instruct, links),
};

bool command_read(struct command *command, const struct command *known, const void *bytes,
                  size_t size)
{
    static const struct command_instruct nothing = {0};
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes, size);
    uint8_t kind = bytes_read_u8(&reader);
    uint8_t version = bytes_read_u8(&reader);
    memset(command, 0, emptied[kind == COMMAND_INSTRUCT]);
    bool named = kind == COMMAND_INSTRUCT || command_name(kind)[0] != '\0';
    if (version != COMMAND_VERSION || !named || size > COMMAND_BYTES_MAX) {
        return false;
    }
    bool instructed = known != NULL && known->kind == COMMAND_INSTRUCT;
    command->kind = kind;
    text35_take(&command->reference, &reader);
    command->date = bytes_read_u32(&reader);
    bool date_known = instructed && command->date == known->date;
    if (command->reference.size == 0 || !(date_known || date_valid(command->date))) {
        bytes_reader_fail(&reader);
    }
    if (kind == COMMAND_INSTRUCT) {
        instruct_form_read(&command->instruct, instructed ? &known->instruct : &nothing, &reader);
    } else {
        body_decode(command, &reader);
    }
    return bytes_reader_done(&reader);
}

bool command_decode(struct command *command, const struct bic *party, const void *bytes,
                    size_t size)
{
    struct command_content_bytes copy;
    struct hash_item item;
    if (!command_read(command, NULL, bytes, size)) {
        return false;
    }
    command_content_item(command, party, bytes, size, &copy, &item);
    hash_many(&item, 1);
    return true;
}

void command_content_item(struct command *command, const struct bic *party, const void *bytes,
                          size_t size, struct command_content_bytes *copy, struct hash_item *item)
{
    TALLY_ASSERT(size <= COMMAND_BYTES_MAX);
    memcpy(copy->bytes, party->text, BIC_SIZE);
    memcpy(copy->bytes + BIC_SIZE, bytes, size);
    *item = (struct hash_item){.domain = HASH_COMMAND,
                               .data = copy->bytes,
                               .size = BIC_SIZE + size,
                               .out = &command->content};
}
