#include "ledger/matching/match_field.h"

#include <string.h>

#include "base/assert.h"
#include "base/map.h"

#define FIELD_BIT(name) ((match_field_set)1 << (MATCH_FIELD_##name - 1))

_Static_assert((int)MATCH_FIELD_RECEIVER_ACCOUNT == MATCH_FIELD_COUNT,
               "fields are numbered without gap");
_Static_assert((int)MATCH_FIELD_COMMON_REFERENCE == MATCH_FIELD_OPTIONAL_FIRST,
               "the first optional field");
_Static_assert(MATCH_FIELD_OPTIONAL_FIRST + MATCH_FIELD_OPTIONAL_COUNT - 1 == MATCH_FIELD_COUNT,
               "the optional fields are the last ones");

enum reason match_field_reason(enum match_field field)
{
    switch (field) {
#define X(name, number, code, place) \
    case MATCH_FIELD_##name:         \
        return REASON_##code;
        MATCH_FIELDS(X)
#undef X
    }
    return REASON_NONE;
}

enum field match_field_place(enum match_field field)
{
    switch (field) {
#define X(name, number, code, place) \
    case MATCH_FIELD_##name:         \
        return FIELD_##place;
        MATCH_FIELDS(X)
#undef X
    }
    return FIELD_NONE;
}

enum credit_debit match_field_deliverer_cash(const struct instruction_terms *terms)
{
    if (terms->credit_debit == CREDIT_DEBIT_NONE || terms->movement == MOVEMENT_DELI) {
        return (enum credit_debit)terms->credit_debit;
    }
    return terms->credit_debit == CREDIT_DEBIT_CRDT ? CREDIT_DEBIT_DBIT : CREDIT_DEBIT_CRDT;
}

bool match_field_opt_out(const struct instruction_terms *terms)
{
    return (terms->conditions & CONDITION_NOMC) != 0;
}

/* One of the optional fields, as bytes: its size is 0 when absent. */
struct optional_field {
    const char *text;
    uint32_t size;
};

static struct optional_field optional_from_text(const struct text35 *text)
{
    return (struct optional_field){text->text, text->size};
}

static struct optional_field optional_from_bic(const struct bic *bic)
{
    return (struct optional_field){bic->text, bic_absent(bic) ? 0 : BIC_SIZE};
}

static struct optional_field optional_at(const struct instruction_terms *terms, uint32_t i)
{
    switch ((enum match_field)(MATCH_FIELD_OPTIONAL_FIRST + i)) {
    case MATCH_FIELD_COMMON_REFERENCE:
        return optional_from_text(&terms_particulars(terms)->common_reference);
    case MATCH_FIELD_DELIVERER_CLIENT:
        return optional_from_bic(&terms_particulars(terms)->deliverer_client);
    case MATCH_FIELD_RECEIVER_CLIENT:
        return optional_from_bic(&terms_particulars(terms)->receiver_client);
    case MATCH_FIELD_DELIVERER_ACCOUNT:
        return optional_from_text(terms_account(terms, MOVEMENT_DELI));
    default:
        TALLY_ASSERT(i == MATCH_FIELD_OPTIONAL_COUNT - 1);
        return optional_from_text(terms_account(terms, MOVEMENT_RECE));
    }
}

_Static_assert(MATCH_FIELD_OPTIONAL_COUNT == 5, "as many as the pattern below has bits");

uint8_t match_field_pattern(const struct instruction_terms *terms)
{
    const struct instruction_particulars *named = terms_particulars(terms);
    unsigned pattern = 0;

    if (terms->account_id != NULL) {
        pattern = terms->movement == MOVEMENT_DELI ? 8u : 16u;
    }
    if (terms->particulars == NULL) {
        return (uint8_t)pattern;
    }
    pattern |= named->common_reference.size > 0 ? 1u : 0u;
    pattern |= !bic_absent(&named->deliverer_client) ? 2u : 0u;
    pattern |= !bic_absent(&named->receiver_client) ? 4u : 0u;
    pattern |= named->deliverer_account.size > 0 ? 8u : 0u;
    pattern |= named->receiver_account.size > 0 ? 16u : 0u;
    return (uint8_t)pattern;
}

bool match_field_optional_equal(const struct instruction_terms *a,
                                const struct instruction_terms *b, uint32_t i)
{
    struct optional_field left = optional_at(a, i);
    struct optional_field right = optional_at(b, i);

    TALLY_ASSERT(left.size > 0);
    TALLY_ASSERT(right.size > 0);
    return left.size == right.size && memcmp(left.text, right.text, left.size) == 0;
}

uint64_t match_field_optional_hash(const struct instruction_terms *terms, uint32_t i, uint64_t seed)
{
    struct optional_field field = optional_at(terms, i);

    TALLY_ASSERT(field.size > 0);
    return map_hash(seed + 1 + i, field.text, field.size);
}

/* Fields 1 and 3 to 10. */
static match_field_set compare_trade(const struct instruction_terms *a,
                                     const struct instruction_terms *b)
{
    match_field_set set = 0;

    set |= a->payment != b->payment ? FIELD_BIT(PAYMENT) : 0;
    set |= a->asset != b->asset ? FIELD_BIT(ASSET) : 0;
    set |= a->trade_date != b->trade_date ? FIELD_BIT(TRADE_DATE) : 0;
    set |= a->quantity != b->quantity ? FIELD_BIT(QUANTITY) : 0;
    set |= a->settlement_date != b->settlement_date ? FIELD_BIT(SETTLEMENT_DATE) : 0;
    set |= !bic_equal(&a->deliverer, &b->deliverer) ? FIELD_BIT(DELIVERER) : 0;
    set |= !bic_equal(&a->receiver, &b->receiver) ? FIELD_BIT(RECEIVER) : 0;
    set |= !bic_equal(&a->deliverer_depository, &b->deliverer_depository)
               ? FIELD_BIT(DELIVERER_DEPOSITORY)
               : 0;
    set |= !bic_equal(&a->receiver_depository, &b->receiver_depository)
               ? FIELD_BIT(RECEIVER_DEPOSITORY)
               : 0;
    return set;
}

/* Fields 11 and 13 of two instructions against payment, 16 to 18 of two free ones. */
static match_field_set compare_cash_exact(const struct instruction_terms *a,
                                          const struct instruction_terms *b)
{
    bool same_currency = a->currency == b->currency;
    bool same_cash = match_field_deliverer_cash(a) == match_field_deliverer_cash(b);
    match_field_set set = 0;

    if (a->payment != b->payment) {
        return 0;
    }
    if (a->payment == PAYMENT_APMT) {
        set |= !same_currency ? FIELD_BIT(CURRENCY) : 0;
        set |= !same_cash ? FIELD_BIT(CREDIT_DEBIT) : 0;
        return set;
    }
    set |= !same_currency ? FIELD_BIT(FREE_CURRENCY) : 0;
    set |= same_currency && a->amount != b->amount ? FIELD_BIT(FREE_AMOUNT) : 0;
    set |= !same_cash ? FIELD_BIT(FREE_CREDIT_DEBIT) : 0;
    return set;
}

/* Fields 14 and 15. */
static match_field_set compare_additional(const struct instruction_terms *a,
                                          const struct instruction_terms *b)
{
    match_field_set set = 0;

    set |= match_field_opt_out(a) != match_field_opt_out(b) ? FIELD_BIT(OPT_OUT) : 0;
    set |= a->cum_ex != b->cum_ex ? FIELD_BIT(CUM_EX) : 0;
    return set;
}

/* Credit or debit, whatever the side, as compare_cash_exact() compares it. */
static bool same_cash(const struct instruction_terms *a, const struct instruction_terms *b)
{
    return match_field_deliverer_cash(a) == match_field_deliverer_cash(b);
}

bool match_field_exact_equal(const struct instruction_terms *a, const struct instruction_terms *b)
{
    /* One after the other in the terms, so they are compared in one go. */
    _Static_assert(offsetof(struct instruction_terms, receiver_depository) ==
                       offsetof(struct instruction_terms, deliverer) + 3 * BIC_SIZE,
                   "parties and depositories have no gap");
    const char *parties_a = (const char *)a + offsetof(struct instruction_terms, deliverer);
    const char *parties_b = (const char *)b + offsetof(struct instruction_terms, deliverer);

    return a->payment == b->payment && a->asset == b->asset && a->trade_date == b->trade_date &&
           a->quantity == b->quantity && a->settlement_date == b->settlement_date &&
           a->currency == b->currency && a->cum_ex == b->cum_ex &&
           match_field_opt_out(a) == match_field_opt_out(b) && same_cash(a, b) &&
           (a->payment == PAYMENT_APMT || a->amount == b->amount) &&
           memcmp(parties_a, parties_b, 4 * BIC_SIZE) == 0;
}

match_field_set match_field_compare(const struct instruction_terms *a,
                                    const struct instruction_terms *b,
                                    const struct tolerance_band *tolerance)
{
    match_field_set set = compare_trade(a, b) | compare_cash_exact(a, b) | compare_additional(a, b);
    unsigned given = (unsigned)match_field_pattern(a) & match_field_pattern(b);

    set |= a->movement == b->movement ? FIELD_BIT(MOVEMENT) : 0;
    if (a->payment == PAYMENT_APMT && b->payment == PAYMENT_APMT && a->currency == b->currency) {
        bool a_delivers = a->movement == MOVEMENT_DELI || b->movement != MOVEMENT_DELI;
        const struct instruction_terms *deliverer = a_delivers ? a : b;
        const struct instruction_terms *receiver = a_delivers ? b : a;
        set |= !tolerance_covers(tolerance, deliverer->amount, receiver->amount) ? FIELD_BIT(AMOUNT)
                                                                                 : 0;
    }
    for (uint32_t i = 0; i < MATCH_FIELD_OPTIONAL_COUNT; i++) {
        if ((given >> i & 1u) != 0 && !match_field_optional_equal(a, b, i)) {
            set |= (match_field_set)1 << (MATCH_FIELD_OPTIONAL_FIRST - 1 + i);
        }
    }
    return set;
}

bool match_field_rest_agree(const struct instruction_terms *a, const struct instruction_terms *b,
                            const struct tolerance_band *tolerance)
{
    const struct instruction_terms *deliverer = a->movement == MOVEMENT_DELI ? a : b;
    const struct instruction_terms *receiver = deliverer == a ? b : a;

    TALLY_ASSERT(a->movement != b->movement);
    if (a->payment == PAYMENT_APMT &&
        !tolerance_covers(tolerance, deliverer->amount, receiver->amount)) {
        return false;
    }
    if (a->particulars == NULL && b->particulars == NULL) {
        return true; /* each gives its own account alone */
    }
    for (unsigned both = (unsigned)match_field_pattern(a) & match_field_pattern(b); both != 0;
         both &= both - 1) {
        if (!match_field_optional_equal(a, b, (uint32_t)__builtin_ctz(both))) {
            return false;
        }
    }
    return true;
}

bool match_field_agree(const struct instruction_terms *a, const struct instruction_terms *b,
                       const struct tolerance_band *tolerance)
{
    return a->movement != b->movement && match_field_exact_equal(a, b) &&
           match_field_rest_agree(a, b, tolerance);
}
