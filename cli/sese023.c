#include "cli/sese023.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define NAMESPACE    "urn:iso:std:iso:20022:tech:xsd:sese.023.001.11"
#define DEPTH_MAX    12u
#define PATH_SIZE    160u
#define ELEMENTS_MAX 512u

static const struct {
    const char *path; /* below SctiesSttlmTxInstr */
    enum input_field field;
} path_table[] = {
    {"TxId", INPUT_REFERENCE},
    {"SttlmTpAndAddtlParams/SctiesMvmntTp", INPUT_MOVEMENT},
    {"SttlmTpAndAddtlParams/Pmt", INPUT_PAYMENT},
    {"SttlmTpAndAddtlParams/CmonId", INPUT_COMMON_REFERENCE},
    {"TradDtls/TradDt/Dt/Dt", INPUT_TRADE_DATE},
    {"TradDtls/SttlmDt/Dt/Dt", INPUT_SETTLEMENT_DATE},
    {"TradDtls/TradTxCond/Cd", INPUT_CUM_EX},
    {"FinInstrmId/ISIN", INPUT_ISIN},
    {"QtyAndAcctDtls/SttlmQty/Qty/Unit", INPUT_QUANTITY},
    {"QtyAndAcctDtls/SttlmQty/Qty/FaceAmt", INPUT_QUANTITY},
    {"QtyAndAcctDtls/SttlmQty/Qty/DgtlTknUnit", INPUT_QUANTITY},
    {"QtyAndAcctDtls/SfkpgAcct/Id", INPUT_ACCOUNT},
    {"QtyAndAcctDtls/BlckChainAdrOrWllt/Id", INPUT_ACCOUNT},
    {"QtyAndAcctDtls/CshAcct/Prtry", INPUT_CASH_ACCOUNT},
    {"SttlmParams/HldInd/Ind", INPUT_HOLD},
    {"SttlmParams/Prty/Nmrc", INPUT_PRIORITY},
    {"SttlmParams/SctiesTxTp/Cd", INPUT_TRANSACTION_TYPE},
    {"SttlmParams/SttlmTxCond/Cd", INPUT_CONDITIONS},
    {"SttlmParams/PrtlSttlmInd", INPUT_PARTIAL},
    {"DlvrgSttlmPties/Dpstry/Id/AnyBIC", INPUT_DELIVERER_DEPOSITORY},
    {"DlvrgSttlmPties/Pty1/Id/AnyBIC", INPUT_DELIVERER},
    {"DlvrgSttlmPties/Pty1/SfkpgAcct/Id", INPUT_DELIVERER_ACCOUNT},
    {"DlvrgSttlmPties/Pty2/Id/AnyBIC", INPUT_DELIVERER_CLIENT},
    {"RcvgSttlmPties/Dpstry/Id/AnyBIC", INPUT_RECEIVER_DEPOSITORY},
    {"RcvgSttlmPties/Pty1/Id/AnyBIC", INPUT_RECEIVER},
    {"RcvgSttlmPties/Pty1/SfkpgAcct/Id", INPUT_RECEIVER_ACCOUNT},
    {"RcvgSttlmPties/Pty2/Id/AnyBIC", INPUT_RECEIVER_CLIENT},
    {"Lnkgs/PrcgPos/Cd", INPUT_LINK_1}, /* each Lnkgs fills the next pair of columns */
    {"Lnkgs/Ref/SctiesSttlmTxId", INPUT_LINKED_1},
    {"Lnkgs/Ref/PoolId", INPUT_POOL},
    {"NbCounts/TtlNb/CurInstrNb", INPUT_POOL_NUMBER},
    {"NbCounts/TtlNb/TtlOfLkdInstrs", INPUT_POOL_TOTAL},
    {"SttlmAmt/Amt", INPUT_AMOUNT},
    {"SttlmAmt/CdtDbtInd", INPUT_CREDIT_DEBIT},
};

#define PATH_COUNT (sizeof path_table / sizeof path_table[0])

struct walk {
    struct instruction_input *out;
    struct sese023_fault *fault;
    char path[PATH_SIZE];
    unsigned depth;
    unsigned elements;
};

bool sese023_path(unsigned row, const char **path, enum input_field *field)
{
    if (row >= PATH_COUNT) {
        return false;
    }
    *path = path_table[row].path;
    *field = path_table[row].field;
    return true;
}

__attribute__((format(printf, 3, 4))) static bool refuse(struct sese023_fault *fault, long line,
                                                         const char *format, ...)
{
    va_list arguments;

    fault->line = line > 0 ? (uint32_t)line : 0;
    va_start(arguments, format);
    (void)vsnprintf(fault->text, sizeof fault->text, format, arguments);
    va_end(arguments);
    return false;
}

/* The text of an element that has no child elements, in place; NULL when it holds anything else. */
static const char *content_of(const xmlNode *element)
{
    const xmlNode *child = element->children;

    if (child == NULL) {
        return "";
    }
    return child->type == XML_TEXT_NODE && child->next == NULL ? (const char *)child->content
                                                               : NULL;
}

/* Where a further link's type or reference goes: behind the references that came before. */
static enum input_field link_place(const struct instruction_input *out, enum input_field field)
{
    unsigned link = 0;

    while (link + 1 < COMMAND_LINKS_MAX && out->fields[INPUT_LINKED_1 + 2 * link][0] != 0) {
        link++;
    }
    return (enum input_field)(field + 2 * link);
}

/* Several conditions stand in one column, with spaces between them: room for one more? */
static bool condition_fits(const char *place, const char *text)
{
    return strlen(place) + 1 + strlen(text) < INPUT_TEXT_SIZE;
}

static bool field_set(struct walk *walk, const xmlNode *element, enum input_field field,
                      const char *text)
{
    char *place;

    if (field == INPUT_LINK_1 || field == INPUT_LINKED_1) {
        field = link_place(walk->out, field);
    }
    place = walk->out->fields[field];
    if (place[0] != 0 && (field != INPUT_CONDITIONS || !condition_fits(place, text))) {
        return refuse(walk->fault, xmlGetLineNo(element), "%.100s is given twice", walk->path);
    }
    if (text[0] == 0 || strlen(text) >= INPUT_TEXT_SIZE) {
        return refuse(walk->fault, xmlGetLineNo(element), "%.100s is empty or too long",
                      walk->path);
    }
    for (const char *c = text; *c != 0; c++) {
        if (*c < 0x20 || *c > 0x7e) {
            return refuse(walk->fault, xmlGetLineNo(element),
                          "%.100s has characters that the ledger does not use", walk->path);
        }
    }
    if (place[0] != 0) {
        strcat(place, " ");
    }
    strcat(place, text);
    return true;
}

/* Only SttlmAmt/Amt may have an attribute: its currency. */
static bool attributes_take(struct walk *walk, const xmlNode *element)
{
    for (const xmlAttr *attribute = element->properties; attribute != NULL;
         attribute = attribute->next) {
        const xmlNode *value = attribute->children;
        if (strcmp(walk->path, "SttlmAmt/Amt") != 0 ||
            strcmp((const char *)attribute->name, "Ccy") != 0 || value == NULL ||
            value->next != NULL || value->type != XML_TEXT_NODE) {
            return refuse(walk->fault, xmlGetLineNo(element),
                          "%.80s has an attribute that is not supported", walk->path);
        }
        if (!field_set(walk, element, INPUT_CURRENCY, (const char *)value->content)) {
            return false;
        }
    }
    return true;
}

static bool leaf_take(struct walk *walk, const xmlNode *element)
{
    const char *text = content_of(element);

    if (text == NULL) {
        return refuse(walk->fault, xmlGetLineNo(element), "%.100s holds more than text",
                      walk->path);
    }
    for (size_t row = 0; row < PATH_COUNT; row++) {
        if (strcmp(path_table[row].path, walk->path) == 0) {
            return field_set(walk, element, path_table[row].field, text);
        }
    }
    return refuse(walk->fault, xmlGetLineNo(element),
                  "%.100s is not supported, and is not ignored: remove it or instruct otherwise",
                  walk->path);
}

static bool blank(const xmlNode *node)
{
    return node->type == XML_COMMENT_NODE || (node->type == XML_TEXT_NODE && xmlIsBlankNode(node));
}

static bool element_walk(struct walk *walk, const xmlNode *element);

static bool children_walk(struct walk *walk, const xmlNode *element)
{
    size_t length = strlen(walk->path);

    for (const xmlNode *child = element->children; child != NULL; child = child->next) {
        int written;
        if (blank(child)) {
            continue;
        }
        if (child->type != XML_ELEMENT_NODE) {
            return refuse(walk->fault, xmlGetLineNo(child),
                          "%.100s holds something that is neither element nor text", walk->path);
        }
        written = snprintf(walk->path + length, sizeof walk->path - length, "%s%s",
                           length > 0 ? "/" : "", (const char *)child->name);
        if (written < 0 || (size_t)written >= sizeof walk->path - length) {
            return refuse(walk->fault, xmlGetLineNo(child), "element names are too long");
        }
        if (!element_walk(walk, child)) {
            return false;
        }
        walk->path[length] = 0;
    }
    return true;
}

static bool element_walk(struct walk *walk, const xmlNode *element)
{
    bool leaf = true;
    bool good;

    if (element->ns == NULL || strcmp((const char *)element->ns->href, NAMESPACE) != 0) {
        return refuse(walk->fault, xmlGetLineNo(element), "%.60s is not in namespace %s",
                      walk->path, NAMESPACE);
    }
    if (++walk->elements > ELEMENTS_MAX || walk->depth == DEPTH_MAX) {
        return refuse(walk->fault, xmlGetLineNo(element), "too many or too deeply nested elements");
    }
    for (const xmlNode *child = element->children; child != NULL; child = child->next) {
        leaf = leaf && child->type != XML_ELEMENT_NODE;
    }
    if (!attributes_take(walk, element)) {
        return false;
    }
    walk->depth++;
    good = leaf ? leaf_take(walk, element) : children_walk(walk, element);
    walk->depth--;
    return good;
}

static bool document_walk(const xmlDoc *document, struct walk *walk)
{
    const xmlNode *root = xmlDocGetRootElement(document);
    const xmlNode *message;

    if (document->intSubset != NULL || document->extSubset != NULL) {
        return refuse(walk->fault, 0, "a document type declaration is not allowed");
    }
    if (root == NULL || strcmp((const char *)root->name, "Document") != 0 || root->ns == NULL ||
        strcmp((const char *)root->ns->href, NAMESPACE) != 0) {
        return refuse(walk->fault, 0, "this is not a Document of %s", NAMESPACE);
    }
    message = root->children;
    while (message != NULL && blank(message)) {
        message = message->next;
    }
    if (message == NULL || message->type != XML_ELEMENT_NODE ||
        strcmp((const char *)message->name, "SctiesSttlmTxInstr") != 0) {
        return refuse(walk->fault, 0, "the message is not a SctiesSttlmTxInstr");
    }
    for (const xmlNode *after = message->next; after != NULL; after = after->next) {
        if (!blank(after)) {
            return refuse(walk->fault, xmlGetLineNo(after), "more than one message in a file");
        }
    }
    return children_walk(walk, message);
}

static bool contains(const char *data, size_t size, const char *text)
{
    size_t length = strlen(text);

    for (size_t at = 0; at + length <= size; at++) {
        if (memcmp(data + at, text, length) == 0) {
            return true;
        }
    }
    return false;
}

static void silence(void *context, const char *format, ...)
{
    (void)context;
    (void)format;
}

bool sese023_parse(const void *data, size_t size, struct instruction_input *out,
                   struct sese023_fault *fault)
{
    struct walk walk = {.out = out, .fault = fault};
    const xmlError *error;
    xmlDoc *document;
    bool good;

    memset(out, 0, sizeof *out);
    memset(fault, 0, sizeof *fault);
    if (size > SESE023_BYTES_MAX) {
        return refuse(fault, 0, "larger than %u bytes", SESE023_BYTES_MAX);
    }
    if (memchr(data, 0, size) != NULL) {
        return refuse(fault, 0, "zero bytes: the file is not UTF-8 text");
    }
    /* libxml2 would take in declarations before we could look at the tree; none gets that far */
    if (contains(data, size, "<!DOCTYPE") || contains(data, size, "<!ENTITY")) {
        return refuse(fault, 0, "a document type declaration is not allowed");
    }
    xmlSetGenericErrorFunc(NULL, silence);
    document = xmlReadMemory(data, (int)size, NULL, "UTF-8",
                             XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    if (document == NULL) {
        error = xmlGetLastError();
        return refuse(fault, error != NULL ? error->line : 0, "not well-formed XML: %.120s",
                      error != NULL && error->message != NULL ? error->message : "unreadable");
    }
    good = document_walk(document, &walk);
    xmlFreeDoc(document);
    return good;
}
