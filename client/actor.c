#include "client/actor.h"

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
