/*
 * Goal: a proper sese.023 gives its fields; a hostile one (external entity, entity bomb, nesting,
 * size, disguise) opens no file, asks no network, takes no time, and is refused with a reason;
 * nothing that a message instructs is dropped in silence.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/sese023.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

#define OPENING \
    "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:sese.023.001.11\"><SctiesSttlmTxInstr>"
#define CLOSING "</SctiesSttlmTxInstr></Document>"

static const char proper[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" OPENING
    "<TxId>SELL-1</TxId><SttlmTpAndAddtlParams>"
    "<SctiesMvmntTp>DELI</SctiesMvmntTp><Pmt>APMT</Pmt></"
    "SttlmTpAndAddtlParams><TradDtls><TradDt><Dt>"
    "<Dt>2026-11-20</Dt></Dt></TradDt></TradDtls><!-- a remark --><FinInstrmId>"
    "<ISIN>DE0001102580</ISIN></FinInstrmId><QtyAndAcctDtls><SttlmQty><Qty><Unit>100</Unit></Qty>"
    "</SttlmQty></QtyAndAcctDtls><SttlmAmt><Amt Ccy=\"EUR\">1000.50</Amt></SttlmAmt>" CLOSING;

static struct instruction_input input;
static struct sese023_fault fault;

static bool read_text(const char *text)
{
    return sese023_read(text, strlen(text), &input, &fault);
}

static void a_proper_message_gives_its_fields(void **state)
{
    (void)state;
    if (!read_text(proper)) {
        fail_msg("%s", fault.text);
    }
    assert_string_equal(input.fields[INPUT_REFERENCE], "SELL-1");
    assert_string_equal(input.fields[INPUT_MOVEMENT], "DELI");
    assert_string_equal(input.fields[INPUT_TRADE_DATE], "2026-11-20");
    assert_string_equal(input.fields[INPUT_QUANTITY], "100");
    assert_string_equal(input.fields[INPUT_AMOUNT], "1000.50");
    assert_string_equal(input.fields[INPUT_CURRENCY], "EUR");
    assert_string_equal(input.fields[INPUT_HOLD], "");
}

static void what_may_repeat_repeats(void **state)
{
    (void)state;
    if (!read_text(OPENING "<TxId>A-2</TxId><NbCounts><TtlNb><CurInstrNb>002</CurInstrNb>"
                           "<TtlOfLkdInstrs>003</TtlOfLkdInstrs></TtlNb></NbCounts>"
                           "<Lnkgs><PrcgPos><Cd>AFTE</Cd></PrcgPos>"
                           "<Ref><SctiesSttlmTxId>A-1</SctiesSttlmTxId></Ref></Lnkgs>"
                           "<Lnkgs><Ref><PoolId>BASKET</PoolId></Ref></Lnkgs>"
                           "<Lnkgs><PrcgPos><Cd>INFO</Cd></PrcgPos>"
                           "<Ref><SctiesSttlmTxId>A-0</SctiesSttlmTxId></Ref></Lnkgs>"
                           "<SttlmParams><SttlmTxCond><Cd>NOMC</Cd></SttlmTxCond>"
                           "<SttlmTxCond><Cd>CLEN</Cd></SttlmTxCond></SttlmParams>" CLOSING)) {
        fail_msg("%s", fault.text);
    }
    assert_string_equal(input.fields[INPUT_LINK_1], "AFTE");
    assert_string_equal(input.fields[INPUT_LINKED_1], "A-1");
    assert_string_equal(input.fields[INPUT_LINK_2], "INFO");
    assert_string_equal(input.fields[INPUT_LINKED_2], "A-0");
    assert_string_equal(input.fields[INPUT_LINK_3], "");
    assert_string_equal(input.fields[INPUT_POOL], "BASKET");
    assert_string_equal(input.fields[INPUT_POOL_NUMBER], "002");
    assert_string_equal(input.fields[INPUT_POOL_TOTAL], "003");
    assert_string_equal(input.fields[INPUT_CONDITIONS], "NOMC CLEN");
}

static void assert_refused(const char *text, const char *reason)
{
    if (read_text(text)) {
        fail_msg("accepted: %.200s", text);
    }
    if (strstr(fault.text, reason) == NULL) {
        fail_msg("refused for \"%s\", expected \"%s\"", fault.text, reason);
    }
}

#define LINK(type, reference)                                                     \
    "<Lnkgs><PrcgPos><Cd>" type "</Cd></PrcgPos><Ref><SctiesSttlmTxId>" reference \
    "</SctiesSttlmTxId></Ref></Lnkgs>"

static void a_fifth_link_is_not_dropped_in_silence(void **state)
{
    (void)state;
    assert_refused(OPENING "<TxId>A</TxId>" LINK("AFTE", "1") LINK("AFTE", "2") LINK("AFTE", "3")
                       LINK("AFTE", "4") LINK("AFTE", "5") CLOSING,
                   "given twice");
    assert_refused(OPENING "<Lnkgs><PrcgPos><Cd>AFTE</Cd></PrcgPos><PrcgPos><Cd>BEFO</Cd>"
                           "</PrcgPos></Lnkgs>" CLOSING,
                   "given twice");
}

static void entities_are_refused_unread(void **state)
{
    (void)state;
    assert_refused("<?xml version=\"1.0\"?><!DOCTYPE Document [<!ENTITY xxe SYSTEM "
                   "\"file:///etc/passwd\">]>" OPENING "<TxId>&xxe;</TxId>" CLOSING,
                   "document type");
    assert_refused("<!DOCTYPE Document SYSTEM \"http://192.0.2.1/evil.dtd\">" OPENING CLOSING,
                   "document type");
    assert_refused("<!DOCTYPE d [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;\">"
                   "<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]>" OPENING "<TxId>&c;</TxId>" CLOSING,
                   "document type");
    assert_refused(OPENING "<TxId>&undefined;</TxId>" CLOSING, "not well-formed");
}

static void deep_nesting_is_refused(void **state)
{
    (void)state;
    size_t depth = 20000;
    char *text = malloc(7 * depth + 200);
    size_t size;

    assert_non_null(text);
    size = (size_t)sprintf(text, "%s", OPENING);
    for (size_t i = 0; i < depth; i++) {
        memcpy(text + size, "<a>", 3);
        size += 3;
    }
    text[size] = 0;
    assert_false(sese023_read(text, size, &input, &fault));
    free(text);
    assert_refused(OPENING
                   "<a><b><c><d><e><f><g><h><i><j><k><l><m>x</m></l></k></j></i></h></g></f>"
                   "</e></d></c></b></a>" CLOSING,
                   "deeply nested");
}

static void too_large_a_file_is_not_even_parsed(void **state)
{
    (void)state;
    char *text = malloc(SESE023_BYTES_MAX + 1);

    assert_non_null(text);
    memset(text, ' ', SESE023_BYTES_MAX + 1);
    assert_false(sese023_read(text, SESE023_BYTES_MAX + 1, &input, &fault));
    assert_non_null(strstr(fault.text, "too large"));
    free(text);
}

static void disguised_encodings_are_refused(void **state)
{
    (void)state;
    static const char utf16[] = "\xff\xfe<\0D\0o\0c\0";

    assert_false(sese023_read(utf16, sizeof utf16 - 1, &input, &fault));
    assert_refused("", "not well-formed");
    assert_refused("reference,movement\nA,DELI\n", "not well-formed");
    assert_refused(OPENING "<TxId>caf\xc3\xa9</TxId>" CLOSING, "characters");
}

static void nothing_instructed_is_dropped(void **state)
{
    (void)state;
    assert_refused(OPENING "<Lnkgs><Ref><OthrTxId>P1</OthrTxId></Ref></Lnkgs>" CLOSING,
                   "not supported, and is not ignored");
    assert_refused(OPENING "<TxId>A</TxId><TxId>B</TxId>" CLOSING, "given twice");
    assert_refused(OPENING "<TxId lang=\"en\">A</TxId>" CLOSING, "attribute");
    assert_refused(OPENING "<TxId>A<b/></TxId>" CLOSING, "TxId");
    assert_refused(OPENING "<TxId><![CDATA[A]]></TxId>" CLOSING, "more than text");
    assert_refused(OPENING "<TxId></TxId>" CLOSING, "empty");
    assert_refused(OPENING "<TxId>THIS-REFERENCE-IS-LONGER-THAN-FORTY-CHARS</TxId>" CLOSING,
                   "too long");
}

static void other_documents_are_refused(void **state)
{
    (void)state;
    assert_refused("<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:sese.024.001.12\"/>",
                   "not a Document");
    assert_refused("<Document><SctiesSttlmTxInstr/></Document>", "not a Document");
    assert_refused(OPENING "<TxId xmlns=\"urn:other\">A</TxId>" CLOSING, "namespace");
    assert_refused(OPENING "</SctiesSttlmTxInstr><SctiesSttlmTxInstr>" CLOSING, "more than one");
}

static void the_table_of_paths_names_every_needed_field(void **state)
{
    (void)state;
    bool found[INPUT_FIELD_COUNT] = {false};
    const char *path;
    enum input_field field;

    for (unsigned row = 0; sese023_path(row, &path, &field); row++) {
        found[field] = true;
    }
    found[INPUT_CURRENCY] = true; /* the attribute of SttlmAmt/Amt */
    for (unsigned i = INPUT_LINK_2; i <= INPUT_LINKED_4; i++) {
        found[i] = true; /* a further Lnkgs */
    }
    for (unsigned i = INPUT_RESTRICTION_1; i <= INPUT_RESTRICTED_ONLY; i++) {
        found[i] = true; /* sese.023 has no place for these */
    }
    for (unsigned i = 0; i < INPUT_FIELD_COUNT; i++) {
        if (!found[i]) {
            fail_msg("no path for %s", input_field_name((enum input_field)i));
        }
    }
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_may_repeat_repeats),
        cmocka_unit_test(a_fifth_link_is_not_dropped_in_silence),
        cmocka_unit_test(a_proper_message_gives_its_fields),
        cmocka_unit_test(entities_are_refused_unread),
        cmocka_unit_test(deep_nesting_is_refused),
        cmocka_unit_test(too_large_a_file_is_not_even_parsed),
        cmocka_unit_test(disguised_encodings_are_refused),
        cmocka_unit_test(nothing_instructed_is_dropped),
        cmocka_unit_test(other_documents_are_refused),
        cmocka_unit_test(the_table_of_paths_names_every_needed_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
