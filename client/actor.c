#include "client/actor.h"

#include <string.h>

enum reason reason_of_code(const char *code)
{
    static const struct {
        const char *code;
        enum reason reason;
    } known[] = {
#define X(code, number, text) {#code, REASON_##code},
        REASONS(X)
#undef X
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(known[i].code, code) == 0) {
            return known[i].reason;
        }
    }
    return REASON_NONE;
}

enum row_actor actor_of_reason(enum reason reason)
{
    switch (reason) {
    case REASON_PREA:
    case REASON_LACK:
    case REASON_MONY:
    case REASON_LINK:
    case REASON_INBC:
    case REASON_PREL:
    case REASON_INVL:
        return ROW_ACTOR_OWNER;
    case REASON_CMIS:
    case REASON_PRCY:
    case REASON_CLAC:
    case REASON_CMON:
    case REASON_CONF:
        return ROW_ACTOR_COUNTERPARTY;
    case REASON_BOTH:
    case REASON_PATD:
        return ROW_ACTOR_BOTH;
    case REASON_CSDH:
    case REASON_CVAL:
    case REASON_CDLR:
    case REASON_CDAC:
    case REASON_BLOC:
    case REASON_SBLO:
    case REASON_PRSY:
        return ROW_ACTOR_OPERATOR;
    default:
        return ROW_ACTOR_NOBODY;
    }
}

const char *actor_text(enum row_actor actor)
{
    switch (actor) {
    case ROW_ACTOR_NOBODY:
        return "nobody";
    case ROW_ACTOR_OWNER:
        return "own party";
    case ROW_ACTOR_COUNTERPARTY:
        return "counterparty";
    case ROW_ACTOR_BOTH:
        return "both parties";
    case ROW_ACTOR_OPERATOR:
        return "operator";
    }
    return "";
}

const char *next_attempt_of_reason(enum reason reason)
{
    switch (reason) {
    case REASON_NONE:
        return "with the next block";
    case REASON_FUTU:
        return "on its settlement date";
    case REASON_LACK:
    case REASON_CLAC:
    case REASON_PART:
    case REASON_PATD:
        return "when securities arrive";
    case REASON_MONY:
    case REASON_CMON:
        return "when cash arrives";
    case REASON_PREA:
    case REASON_PRCY:
    case REASON_BOTH:
    case REASON_CSDH:
    case REASON_CVAL:
    case REASON_CDLR:
    case REASON_PRSY:
    case REASON_PREL:
        return "on release";
    case REASON_LINK:
        return "when the linked one has settled";
    case REASON_INBC:
        return "when the pool is complete";
    case REASON_BLOC:
    case REASON_SBLO:
        return "when the block is lifted";
    case REASON_LATE:
    case REASON_CYCL:
        return "on the next settlement day";
    default:
        return "when it matches"; /* the reasons of unmatched ones */
    }
}
