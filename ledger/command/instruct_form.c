#include "ledger/command/instruct_form.h"

enum {
    OFFSET_SAID = 4,
    OFFSET_SETTLEMENT_DATE = 6,
    OFFSET_QUANTITY = 10,
    OFFSET_PARTIES = 18,
    FIXED_SIZE = 62,
};

enum instruct_said {
#define X(name, bit) SAID_##name = 1 << (bit),
    INSTRUCT_SAID(X)
#undef X
};

/* Those that few instructions have, together. */
enum {
    SAID_CODES = SAID_CONDITIONS | SAID_CUM_EX | SAID_PRIORITY,
    SAID_NAMES = SAID_COMMON_REFERENCE | SAID_DELIVERER_CLIENT | SAID_RECEIVER_CLIENT |
                 SAID_DELIVERER_ACCOUNT | SAID_RECEIVER_ACCOUNT | SAID_ACCOUNT | SAID_CASH_ACCOUNT,
    SAID_LISTS = SAID_LINKS | SAID_POOL | SAID_RESTRICTIONS,
};

static bool pays(const struct command_instruct *body)
{
    return body->currency.size != 0 || body->amount != 0 || body->credit_debit != 0;
}

static bool pooled(const struct command_instruct *body)
{
    return body->pool.size != 0 || body->pool_number != 0 || body->pool_total != 0;
}

static uint32_t said_of(const struct command_instruct *body)
{
    uint32_t said = 0;
    said |= pays(body) ? SAID_PAYMENT : 0;
    said |= body->conditions != 0 ? SAID_CONDITIONS : 0;
    said |= body->cum_ex != 0 ? SAID_CUM_EX : 0;
    said |= body->priority != 0 ? SAID_PRIORITY : 0;
    said |= body->common_reference.size != 0 ? SAID_COMMON_REFERENCE : 0;
    said |= !bic_absent(&body->deliverer_client) ? SAID_DELIVERER_CLIENT : 0;
    said |= !bic_absent(&body->receiver_client) ? SAID_RECEIVER_CLIENT : 0;
    said |= body->deliverer_account.size != 0 ? SAID_DELIVERER_ACCOUNT : 0;
    said |= body->receiver_account.size != 0 ? SAID_RECEIVER_ACCOUNT : 0;
    said |= body->account.size != 0 ? SAID_ACCOUNT : 0;
    said |= body->cash_account.size != 0 ? SAID_CASH_ACCOUNT : 0;
    said |= body->link_count != 0 ? SAID_LINKS : 0;
    said |= pooled(body) ? SAID_POOL : 0;
    said |= body->restriction_count != 0 ? SAID_RESTRICTIONS : 0;
    said |= body->hold ? SAID_HOLD : 0;
    said |= body->restricted_only ? SAID_RESTRICTED_ONLY : 0;
    return said;
}

static void text_write(struct bytes_writer *writer, const struct text35 *text)
{
    if (text->size != 0) {
        text35_write(writer, text);
    }
}

static void client_write(struct bytes_writer *writer, const struct bic *bic)
{
    if (!bic_absent(bic)) {
        bic_write(writer, bic);
    }
}

static void lists_write(const struct command_instruct *body, struct bytes_writer *writer)
{
    TALLY_ASSERT(body->link_count <= COMMAND_LINKS_MAX);
    TALLY_ASSERT(body->restriction_count <= RESTRICTION_DRAWS_MAX);
    if (body->link_count != 0) {
        bytes_write_u8(writer, body->link_count);
        for (uint32_t i = 0; i < body->link_count; i++) {
            bytes_write_u8(writer, body->links[i].type);
            text35_write(writer, &body->links[i].reference);
        }
    }
    if (pooled(body)) {
        text35_write(writer, &body->pool);
        bytes_write_u16(writer, body->pool_number);
        bytes_write_u16(writer, body->pool_total);
    }
    if (body->restriction_count != 0) {
        bytes_write_u8(writer, body->restriction_count);
        for (uint32_t i = 0; i < body->restriction_count; i++) {
            text35_write(writer, &body->restrictions[i]);
        }
    }
}

void instruct_form_write(const struct command_instruct *body, struct bytes_writer *writer)
{
    bytes_write_u8(writer, body->payment);
    bytes_write_u8(writer, body->movement);
    bytes_write_u8(writer, body->partial);
    bytes_write_u8(writer, body->transaction_type);
    bytes_write_u16(writer, (uint16_t)said_of(body));
    bytes_write_u32(writer, body->settlement_date);
    bytes_write_i64(writer, body->quantity);
    bic_write(writer, &body->deliverer);
    bic_write(writer, &body->receiver);
    bic_write(writer, &body->deliverer_depository);
    bic_write(writer, &body->receiver_depository);
    asset_code_write(writer, &body->asset);
    if (pays(body)) {
        asset_code_write(writer, &body->currency);
        bytes_write_i64(writer, body->amount);
        bytes_write_u8(writer, body->credit_debit);
    }
    if (body->conditions != 0) {
        bytes_write_u32(writer, body->conditions);
    }
    if (body->cum_ex != 0) {
        bytes_write_u8(writer, body->cum_ex);
    }
    if (body->priority != 0) {
        bytes_write_u8(writer, body->priority);
    }
    text_write(writer, &body->common_reference);
    client_write(writer, &body->deliverer_client);
    client_write(writer, &body->receiver_client);
    text_write(writer, &body->deliverer_account);
    text_write(writer, &body->receiver_account);
    text_write(writer, &body->account);
    text_write(writer, &body->cash_account);
    lists_write(body, writer);
}

/*
 * The four parties, which stand one after the other both in the bytes and in memory; false if one
 * is neither a BIC nor absent. Mostly they are those of the command before, or two of them are.
 */
static bool parties_take(struct command_instruct *body, const struct command_instruct *known,
                         const uint8_t *bytes)
{
    _Static_assert(offsetof(struct command_instruct, receiver_depository) ==
                       offsetof(struct command_instruct, deliverer) + 3 * BIC_SIZE,
                   "parties and depositories have no gap");
    const size_t first = offsetof(struct command_instruct, deliverer);
    struct bic *to = (struct bic *)((uint8_t *)body + first);
    const struct bic *from = (const struct bic *)((const uint8_t *)known + first);
    if (memcmp(from, bytes, 4 * BIC_SIZE) == 0) {
        memcpy(to, bytes, 4 * BIC_SIZE);
        return true;
    }
    bool valid = true;
    for (size_t i = 0; i < 4; i++) {
        valid = bic_from_bytes(&to[i], &from[i], bytes + i * BIC_SIZE) && valid;
    }
    return valid;
}

/* What stands at fixed places. The bits of what it says besides; 0 when it is too short. */
static uint32_t fixed_read(struct command_instruct *body, const struct command_instruct *known,
                           struct bytes_reader *reader)
{
    const uint8_t *fixed = bytes_read_view(reader, FIXED_SIZE);
    if (fixed == NULL) {
        return 0;
    }
    body->payment = fixed[0];
    body->movement = fixed[1];
    body->partial = fixed[2];
    body->transaction_type = fixed[3];
    body->settlement_date = bytes_get_u32(fixed + OFFSET_SETTLEMENT_DATE);
    body->quantity = bytes_get_i64(fixed + OFFSET_QUANTITY);
    if (!parties_take(body, known, fixed + OFFSET_PARTIES)) {
        bytes_reader_fail(reader);
    }
    return bytes_get_u16(fixed + OFFSET_SAID);
}

/* A bit says that a field is there, so it must not be empty. */
static inline void filled_check(struct bytes_reader *reader, bool filled)
{
    if (!filled) {
        bytes_reader_fail(reader);
    }
}

static void payment_read(struct command_instruct *body, const struct command_instruct *known,
                         struct bytes_reader *reader)
{
    asset_code_take(&body->currency, &known->currency, reader);
    body->amount = bytes_read_i64(reader);
    body->credit_debit = bytes_read_u8(reader);
    filled_check(reader, pays(body));
}

static void codes_read(struct command_instruct *body, uint32_t said, struct bytes_reader *reader)
{
    if ((said & SAID_CONDITIONS) != 0) {
        body->conditions = bytes_read_u32(reader);
        filled_check(reader, body->conditions != 0);
    }
    if ((said & SAID_CUM_EX) != 0) {
        body->cum_ex = bytes_read_u8(reader);
        filled_check(reader, body->cum_ex != 0);
    }
    if ((said & SAID_PRIORITY) != 0) {
        body->priority = bytes_read_u8(reader);
        filled_check(reader, body->priority != 0);
    }
}

static void text_read(struct text35 *text, struct bytes_reader *reader)
{
    text35_take(text, reader);
    filled_check(reader, text->size != 0);
}

/* One that the command before had is not looked at once more. */
static void text_read_known(struct text35 *text, const struct text35 *known,
                            struct bytes_reader *reader)
{
    /* Size and characters stand in memory as in the bytes. */
    if (known->size != 0 && bytes_read_same(reader, known, 1u + known->size)) {
        *text = *known;
        return;
    }
    text_read(text, reader);
}

static void client_read(struct bic *bic, struct bytes_reader *reader)
{
    *bic = bic_read(reader);
    filled_check(reader, !bic_absent(bic));
}

static void names_read(struct command_instruct *body, const struct command_instruct *known,
                       uint32_t said, struct bytes_reader *reader)
{
    if ((said & SAID_COMMON_REFERENCE) != 0) {
        text_read(&body->common_reference, reader);
    }
    if ((said & SAID_DELIVERER_CLIENT) != 0) {
        client_read(&body->deliverer_client, reader);
    }
    if ((said & SAID_RECEIVER_CLIENT) != 0) {
        client_read(&body->receiver_client, reader);
    }
    if ((said & SAID_DELIVERER_ACCOUNT) != 0) {
        text_read_known(&body->deliverer_account, &known->deliverer_account, reader);
    }
    if ((said & SAID_RECEIVER_ACCOUNT) != 0) {
        text_read_known(&body->receiver_account, &known->receiver_account, reader);
    }
    if ((said & SAID_ACCOUNT) != 0) {
        text_read_known(&body->account, &known->account, reader);
    }
    if ((said & SAID_CASH_ACCOUNT) != 0) {
        text_read_known(&body->cash_account, &known->cash_account, reader);
    }
}

static void links_read(struct command_instruct *body, struct bytes_reader *reader)
{
    body->link_count = bytes_read_u8(reader);
    if (body->link_count > COMMAND_LINKS_MAX) {
        body->link_count = 0;
        bytes_reader_fail(reader);
    }
    for (uint32_t i = 0; i < body->link_count; i++) {
        body->links[i].type = bytes_read_u8(reader);
        body->links[i].reference = text35_read(reader);
    }
    filled_check(reader, body->link_count != 0);
}

static void restrictions_read(struct command_instruct *body, struct bytes_reader *reader)
{
    body->restriction_count = bytes_read_u8(reader);
    if (body->restriction_count > RESTRICTION_DRAWS_MAX) {
        body->restriction_count = 0;
        bytes_reader_fail(reader);
    }
    for (uint32_t i = 0; i < body->restriction_count; i++) {
        body->restrictions[i] = text35_read(reader);
        filled_check(reader, body->restrictions[i].size != 0);
    }
    filled_check(reader, body->restriction_count != 0);
}

static void lists_read(struct command_instruct *body, uint32_t said, struct bytes_reader *reader)
{
    if ((said & SAID_LINKS) != 0) {
        links_read(body, reader);
    }
    if ((said & SAID_POOL) != 0) {
        body->pool = text35_read(reader);
        body->pool_number = bytes_read_u16(reader);
        body->pool_total = bytes_read_u16(reader);
        filled_check(reader, pooled(body));
    }
    if ((said & SAID_RESTRICTIONS) != 0) {
        restrictions_read(body, reader);
    }
}

void instruct_form_read(struct command_instruct *body, const struct command_instruct *known,
                        struct bytes_reader *reader)
{
    uint32_t said = fixed_read(body, known, reader);
    asset_code_take(&body->asset, &known->asset, reader);
    if ((said & SAID_PAYMENT) != 0) {
        payment_read(body, known, reader);
    }
    if ((said & SAID_CODES) != 0) {
        codes_read(body, said, reader);
    }
    if ((said & SAID_NAMES) != 0) {
        names_read(body, known, said, reader);
    }
    if ((said & SAID_LISTS) != 0) {
        lists_read(body, said, reader);
    }
    body->hold = (said & SAID_HOLD) != 0;
    body->restricted_only = (said & SAID_RESTRICTED_ONLY) != 0;
}
