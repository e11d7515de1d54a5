/* Allegement (T5) and its acceptance, as the settlement rules say it. */
#include <string.h>

#include "ledger/day/business_day.h"
#include "ledger/values/date.h"
#include "tests/support/ledger/model_ledger.h"

enum {
    MODEL_HOUR_MS = 3600000,
    MODEL_MINUTE_MS = 60000,
};

/* 16:00 for securities against payment, 17:40 for a payment alone, 18:00 free of payment. */
static uint64_t cut_off_ms(const struct model *model, const struct command_instruct *terms)
{
    bool paid = terms->payment == PAYMENT_APMT;
    uint8_t event = !paid                 ? DAY_FOP_CUT_OFF
                    : terms->quantity > 0 ? DAY_DVP_CUT_OFF
                                          : DAY_CASH_CUT_OFF;
    uint64_t minutes = !paid ? 18 * 60 : terms->quantity > 0 ? 16 * 60 : 17 * 60 + 40;
    char currency[4] = "";
    if (terms->settlement_date != model->today) {
        return (uint64_t)date_to_days(terms->settlement_date) * DATE_DAY_MS +
               minutes * MODEL_MINUTE_MS;
    }
    memcpy(currency, terms->currency.text, paid ? terms->currency.size : 0);
    return model_day_due(&model->day, event, currency);
}

void model_allegement_begin(struct model *model, int32_t index)
{
    struct model_instruction *instruction = &model->instructions[index];
    uint64_t cutoff_ms = cut_off_ms(model, &instruction->terms);

    /* Within five hours of the cut-off, or past it: now; else in an hour. */
    if (model->now_ms + UINT64_C(5) * MODEL_HOUR_MS >= cutoff_ms) {
        instruction->allegement = ALLEGEMENT_SENT;
        instruction->allegement_ms = model->now_ms;
    } else {
        instruction->allegement = ALLEGEMENT_DUE;
        instruction->allegement_ms = model->now_ms + MODEL_HOUR_MS;
    }
}

void model_allegement_end(struct model *model, int32_t index)
{
    model->instructions[index].allegement = ALLEGEMENT_NONE;
    model->instructions[index].allegement_ms = 0;
}

void model_allegements_send(struct model *model)
{
    for (int32_t i = 0; i < model->instruction_count; i++) {
        struct model_instruction *instruction = &model->instructions[i];
        if (instruction->allegement == ALLEGEMENT_DUE &&
            instruction->allegement_ms <= model->now_ms) {
            instruction->allegement = ALLEGEMENT_SENT;
            instruction->allegement_ms = model->now_ms;
        }
    }
}

static uint8_t other_of(uint8_t code, uint8_t one, uint8_t two)
{
    if (code != one && code != two) {
        return code;
    }
    return code == one ? two : one;
}

uint8_t model_sign_opposite(uint8_t credit_debit)
{
    return other_of(credit_debit, CREDIT_DEBIT_CRDT, CREDIT_DEBIT_DBIT);
}

static bool same_text(const struct text35 *a, const struct text35 *b)
{
    return a->size == b->size && memcmp(a->text, b->text, a->size) == 0;
}

enum reason model_accept_check(const struct model *model, uint32_t party,
                               const struct command_allegement_accept *body, int32_t *alleged)
{
    struct bic own = world_bic(party);
    for (int32_t i = 0; i < model->instruction_count; i++) {
        const struct model_instruction *instruction = &model->instructions[i];
        const struct command_instruct *terms = &instruction->terms;
        bool delivers = terms->movement == MOVEMENT_DELI;
        struct bic who = world_bic(instruction->party);
        if (memcmp(&who, &body->party, sizeof who) != 0 ||
            !same_text(&instruction->reference, &body->reference) ||
            instruction->allegement != ALLEGEMENT_SENT ||
            memcmp(delivers ? &terms->receiver : &terms->deliverer, &own, sizeof own) != 0) {
            continue;
        }
        const struct text35 *named =
            delivers ? &terms->receiver_account : &terms->deliverer_account;
        *alleged = i;
        if (body->quantity != terms->quantity) {
            return REASON_DQUA;
        }
        if (body->amount != terms->amount) {
            return REASON_DMON;
        }
        bool other_account =
            body->account.size > 0 && named->size > 0 && !same_text(&body->account, named);
        return other_account ? REASON_SAFE : REASON_NONE;
    }
    return REASON_NRGN;
}

void model_mirror(const struct model *model, int32_t alleged, const struct command *command,
                  struct command *out)
{
    const struct model_instruction *instruction = &model->instructions[alleged];
    const struct command_allegement_accept *body = &command->allegement_accept;
    *out = *command;
    out->kind = COMMAND_INSTRUCT;
    out->date = instruction->trade_date;
    out->instruct = instruction->terms;
    out->instruct.movement = other_of(instruction->terms.movement, MOVEMENT_DELI, MOVEMENT_RECE);
    out->instruct.credit_debit =
        other_of(instruction->terms.credit_debit, CREDIT_DEBIT_CRDT, CREDIT_DEBIT_DBIT);
    out->instruct.account = body->account;
    if (body->account.size == 0) {
        out->instruct.account = out->instruct.movement == MOVEMENT_DELI
                                    ? instruction->terms.deliverer_account
                                    : instruction->terms.receiver_account;
    }
    out->instruct.cash_account = body->cash_account;
    out->instruct.conditions &= CONDITION_NOMC; /* the others are the other side's own */
    out->instruct.priority = body->priority;
    out->instruct.partial = body->partial;
    out->instruct.hold = body->hold;
    /* Links, pools and restrictions are each party's own. */
    out->instruct.restriction_count = 0;
    out->instruct.restricted_only = false;
    out->instruct.link_count = 0;
    out->instruct.pool = (struct text35){0};
    out->instruct.pool_number = 0;
    out->instruct.pool_total = 0;
}
